//! The tests that need a real API server: one kube-apiserver and etcd for all of them, started once
//! and reset between tests. Each test runs the built `oc-etcd` as a user would.
//!
//! `cargo test --test apiserver -- NAME` runs those whose name contains NAME. Without the programs of
//! `make controlplane` it fails and says so.

mod fakes;
#[path = "../offline/golden_file.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "it belongs to the offline tests")]
mod golden_file;
mod leak;
mod observe;
#[path = "../offline/schema.rs"]
#[expect(clippy::unwrap_used, reason = "it belongs to the offline tests")]
mod schema;
mod suite;

mod add_machine;
mod asking;
mod check;
mod clients;
mod completion;
mod connection;
mod diff;
mod dry_run;
mod errors;
mod events;
mod faults;
mod follow;
mod foreign;
mod guards;
mod ignition;
mod init;
mod layout;
mod perf;
mod plugin;
mod procedure;
mod query;
mod removal;
mod requests;
mod rights;
mod saved_plan;
mod secrets;
mod status;
mod teardown;
mod users;
mod variants;
mod waiting;
mod yaml;
#[path = "../offline/yaml_as_go.rs"]
mod yaml_as_go;

use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use suite::Suite;

/// A test: its name, and what it does with the control plane.
pub(crate) type Case = (&'static str, fn(&mut Suite) -> anyhow::Result<()>);

/// How many of the slowest tests are named at the end.
const SLOWEST: usize = 100;

/// What the tests share: the control plane, once a test needs it, and how long each test took.
#[derive(Default)]
struct Shared {
    suite: Option<Suite>,
    took: Vec<(Duration, &'static str)>,
}

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // There is one control plane, so there is one thread.
    arguments.test_threads = Some(1);
    let cases: Vec<Case> = [
        init::cases(),
        ignition::cases(),
        layout::cases(),
        foreign::cases(),
        variants::cases(),
        waiting::cases(),
        dry_run::cases(),
        diff::cases(),
        saved_plan::cases(),
        users::cases(),
        rights::cases(),
        errors::cases(),
        secrets::cases(),
        add_machine::cases(),
        removal::cases(),
        teardown::cases(),
        guards::cases(),
        status::cases(),
        check::cases(),
        asking::cases(),
        plugin::cases(),
        completion::cases(),
        connection::cases(),
        clients::cases(),
        procedure::cases(),
        query::cases(),
        yaml::cases(),
        events::cases(),
        follow::cases(),
        faults::cases(),
        requests::cases(),
        perf::cases(),
    ]
    .concat();
    let shared = Arc::new(Mutex::new(Shared::default()));
    let trials = cases.into_iter().map(|case| trial(case, &shared)).collect();
    let conclusion = libtest_mimic::run(&arguments, trials);
    let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
    tell_times(&mut shared.took);
    if let Some(suite) = shared.suite.take() {
        if conclusion.has_failed() {
            suite.keep_logs();
        }
        // Ends etcd and kube-apiserver before the process does.
        drop(suite);
    }
    conclusion.exit_code()
}

fn trial((name, case): Case, shared: &Arc<Mutex<Shared>>) -> Trial {
    let shared = Arc::clone(shared);
    Trial::test(name, move || {
        // A case that panicked has left the lock poisoned, and the control plane is fine.
        let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
        let started = Instant::now();
        let Shared { suite, took } = &mut *shared;
        let suite = match suite {
            Some(suite) => suite,
            none => {
                let suite = Suite::start().map_err(|error| Failed::from(format!("{error:#}")))?;
                took.push((started.elapsed(), "the control plane's start"));
                none.insert(suite)
            }
        };
        let started = Instant::now();
        let ended = case(suite);
        took.push((started.elapsed(), name));
        ended.map_err(|error| Failed::from(format!("{error:#}\n{}", suite.stand_in_errors())))
    })
}

#[expect(clippy::print_stderr, reason = "for whoever runs the tests")]
fn tell_times(took: &mut [(Duration, &'static str)]) {
    took.sort_by(|a, b| b.cmp(a));
    for (time, name) in took.iter().take(SLOWEST) {
        eprintln!("{:6.1} s  {name}", time.as_secs_f32());
    }
}
