//! The Machines, their Nodes, and etcd's members.

use super::Detail;
use super::section::{Section, known, unreadable};
use crate::report::table::Table;
use crate::status::{Age, EtcdMembers, Machine, Node, Observation};

/// In the order of `kubectl get machines`, with what is being waited for.
pub(super) fn machines(machines: &[Machine], detail: Detail) -> Section {
    if machines.is_empty() {
        return Section::line("Machines", "none");
    }
    let empty = match detail {
        Detail::Usual => Table::new(["name", "phase", "zone", "age", "message"]).cut(),
        Detail::Wide => Table::new(["name", "phase", "type", "zone", "age", "node", "message"]),
    };
    let table = machines.iter().fold(empty, |table, it| {
        let (name, phase) = (&*it.name, known(it.phase.as_deref()));
        let zone = known(it.zone.as_deref());
        let (age, message) = (&*age(it.age), it.message.as_deref().unwrap_or_default());
        let (kind, node) = (known(it.instance_type.as_deref()), known(it.node.as_deref()));
        match detail {
            Detail::Usual => table.row([name, phase, zone, age, message]),
            Detail::Wide => table.row([name, phase, kind, zone, age, node, message]),
        }
    });
    Section::line("Machines", "").with_table(table)
}

/// In the order of `kubectl get nodes`, with how each stands with its configuration.
pub(super) fn nodes(nodes: &[Node], detail: Detail) -> Section {
    if nodes.is_empty() {
        return Section::line("Nodes", "none");
    }
    let empty = match detail {
        Detail::Usual => Table::new(["name", "status", "age", "version", "config"]),
        Detail::Wide => {
            Table::new(["name", "status", "roles", "age", "version", "config", "configuration"])
        }
    };
    let table = nodes.iter().fold(empty, |table, it| {
        let (name, status, roles) = (&*it.name, &*readiness(it), &*it.roles.join(","));
        let (age, version) = (&*age(it.age), known(it.kubelet_version.as_deref()));
        let (config, configuration) = (it.config_word(), known(it.current_config.as_deref()));
        match detail {
            Detail::Usual => table.row([name, status, age, version, config]),
            Detail::Wide => table.row([name, status, roles, age, version, config, configuration]),
        }
    });
    Section::line("Nodes", "").with_table(table)
}

/// In kubectl's words.
fn readiness(node: &Node) -> String {
    let ready = if node.is_ready { "Ready" } else { "NotReady" };
    let disabled = if node.is_schedulable { "" } else { ",SchedulingDisabled" };
    format!("{ready}{disabled}")
}

fn age(age: Option<Age>) -> String {
    age.map_or_else(|| "-".to_owned(), |it| it.to_string())
}

/// In the operator's own words; where they run is listed when asked.
pub(super) fn etcd_members(members: &EtcdMembers, detail: Detail) -> Section {
    let said = match &members.conditions {
        Observation::Unreadable(reason) => unreadable(reason),
        Observation::Known(conditions) => conditions
            .iter()
            .find(|it| it.kind == "EtcdMembersAvailable")
            .map_or_else(|| "unknown".to_owned(), |it| it.message.clone()),
    };
    let said = match &members.pods {
        // Where Pods matter, a finding has the reason.
        Observation::Unreadable(_) => format!("{said} · Pods could not be read"),
        Observation::Known(_) => said,
    };
    let section = |said| Section::line("etcd members", said);
    match (&members.endpoints, detail) {
        (Observation::Unreadable(reason), _) => {
            section(format!("{said} · location {}", unreadable(reason)))
        }
        (Observation::Known(endpoints), Detail::Wide) if !endpoints.is_empty() => {
            let empty = Table::new(["id", "address", "node", "etcd node"]);
            section(said).with_table(endpoints.iter().fold(empty, |table, it| {
                let is_etcd_node = match it.is_etcd_node {
                    Some(true) => "yes",
                    Some(false) => "no",
                    None => "unknown",
                };
                table.row([it.id.as_str(), &it.address, known(it.node.as_deref()), is_etcd_node])
            }))
        }
        (Observation::Known(_), _) => section(said),
    }
}
