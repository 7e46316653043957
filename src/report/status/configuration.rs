//! The pool, its MachineConfigs and the user data.

use super::Detail;
use super::section::{Section, known};
use crate::report::table::Table;
use crate::status::{MachineConfig, Pool, PoolProgress, State, UserData};

/// Returns the section of the pool: its state, and the number of nodes that follow it.
pub(super) fn pool(pool: &Pool, detail: Detail) -> Section {
    let word =
        match (pool.state, &pool.configuration, &pool.served) {
            (PoolProgress::NotInitialized, ..) => return Section::line("Pool", "none"),
            (PoolProgress::Waiting, Some(wanted), Some(served)) if wanted != served => {
                if pool.paused { "rendered, not rolled out" } else { "rolling out" }
            }
            (PoolProgress::Waiting, ..) => "not rendered yet",
            (PoolProgress::RenderDegraded, ..) => "cannot be rendered",
            (PoolProgress::Incomplete, ..) => "rendered, and incomplete",
            (PoolProgress::Unknown, ..) => "rendered, completeness unknown",
            (PoolProgress::Rendered, ..) if pool.updated_count < pool.machine_count => {
                if pool.paused { "partly rolled out" } else { "rolling out" }
            }
            (PoolProgress::Rendered, ..) => "rendered",
            (PoolProgress::Foreign, ..) => "not created by oc-etcd",
        };
    let paused = if pool.paused { ", paused" } else { "" };
    let section = Section::line("Pool", format!("{word}{paused} · {}", nodes_of(pool)));
    match detail {
        Detail::Usual => section,
        Detail::Wide => section.with_list(
            Table::new(["what", "name"])
                .row(["configuration", known(pool.configuration.as_deref())])
                .row(["served", known(pool.served.as_deref())]),
        ),
    }
}

fn nodes_of(pool: &Pool) -> String {
    let Pool { machine_count, updated_count, ready_count, degraded_count, .. } = pool;
    let degraded = match degraded_count {
        0 => String::new(),
        some => format!(", {some} degraded"),
    };
    let total = match machine_count {
        0 => return format!("no nodes{degraded}"),
        1 => "1 node".to_owned(),
        many => format!("{many} nodes"),
    };
    if updated_count == machine_count && ready_count == machine_count {
        return format!("{total}, updated and ready{degraded}");
    }
    format!("{total}, {updated_count} updated, {ready_count} ready{degraded}")
}

/// Returns the section of MachineConfigs: their number by state. Those that have drifted or could not be
/// compared are listed; all of them when asked.
pub(super) fn machine_configs(all: &[MachineConfig], detail: Detail) -> Section {
    let mut states: Vec<State> = all.iter().map(|it| it.state).collect();
    states.sort_unstable();
    states.dedup();
    let counts: Vec<String> = states.into_iter().map(|state| count(all, state)).collect();
    let line = if counts.is_empty() { "none".to_owned() } else { counts.join(", ") };
    let section = Section::line("MachineConfigs", line);
    let is_told = |it: &&MachineConfig| it.state.is_drift() || it.state == State::Unknown;
    let mut drifted = all.iter().filter(is_told).peekable();
    match detail {
        Detail::Wide if !all.is_empty() => section.with_table(whole(all)),
        Detail::Usual if drifted.peek().is_some() => section.with_list(brief(drifted)),
        _ => section,
    }
}

fn count(all: &[MachineConfig], state: State) -> String {
    match (all.iter().filter(|it| it.state == state).count(), state) {
        (many @ 2.., State::Differs) => format!("{many} differ"),
        (count, state) => format!("{count} {state}"),
    }
}

fn brief<'a>(drifted: impl Iterator<Item = &'a MachineConfig>) -> Table {
    drifted.fold(Table::new(["state", "name", "because"]).cut(), |table, it| {
        let why = match it.differences.as_slice() {
            [] => it.because.clone(),
            differences => differences.join(", "),
        };
        table.row([it.state.to_string(), it.name.clone(), why])
    })
}

fn whole(all: &[MachineConfig]) -> Table {
    all.iter().fold(Table::new(["name", "state", "source", "because"]), |table, it| {
        let because = match it.state {
            State::MadeByOperator | State::MadeBySomebodyElse => "",
            _ => &it.because,
        };
        table.row([it.name.as_str(), &it.state.to_string(), known(it.source.as_deref()), because])
    })
}

/// Returns the section of the user data: the URL of the configuration, and the trusted authorities.
pub(super) fn user_data(user_data: &UserData, detail: Detail) -> Section {
    let state = user_data.state.to_string();
    let url = user_data.url.as_deref();
    match detail {
        _ if user_data.state == State::Missing => Section::line("User data", state),
        Detail::Usual => {
            let parts: Vec<&str> = [state.as_str()].into_iter().chain(url).collect();
            Section::line("User data", parts.join(" · "))
        }
        Detail::Wide => Section::line("User data", state).with_list(
            Table::new(["what", "value"])
                .row(["url", known(url)])
                .row(["certificate authorities", &user_data.certificate_authorities.to_string()]),
        ),
    }
}
