//! The tests that need a real API server. Each thread has a kube-apiserver and an etcd of its own, which
//! start once and are reset between tests. Each test runs the built `oc-etcd` as a user would.
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
mod kubeconfigs;
mod layout;
mod masters;
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

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};
use suite::Suite;

/// A test: its name, and what it does with the control plane.
pub(crate) type Case = (&'static str, fn(&mut Suite) -> anyhow::Result<()>);

/// How many of the slowest tests are named at the end.
const SLOWEST: usize = 100;

/// The control planes that no test uses at the moment, and how long each test took.
#[derive(Default)]
struct Shared {
    idle: Vec<Suite>,
    took: Vec<(Duration, &'static str)>,
}

impl Shared {
    fn of(shared: &Mutex<Self>) -> MutexGuard<'_, Self> {
        shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let cases: Vec<Case> = [
        init::cases(),
        kubeconfigs::cases(),
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
        masters::cases(),
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
    let mut shared = Shared::of(&shared);
    // What failed is told last, where whoever reads the end of a log sees it.
    if !conclusion.has_failed() {
        tell_times(&mut shared.took);
    }
    // etcd and kube-apiserver end before the process does.
    for suite in shared.idle.drain(..) {
        if conclusion.has_failed() {
            suite.keep_logs();
        }
    }
    conclusion.exit_code()
}

fn trial((name, case): Case, shared: &Arc<Mutex<Shared>>) -> Trial {
    let shared = Arc::clone(shared);
    Trial::test(name, move || {
        let mut suite = suite(&shared)?;
        let started = Instant::now();
        // A case that panics leaves its control plane as it is; the next one resets it.
        let ended = catch_unwind(AssertUnwindSafe(|| case(&mut suite)));
        let errors = suite.stand_in_errors();
        let mut shared = Shared::of(&shared);
        shared.took.push((started.elapsed(), name));
        shared.idle.push(suite);
        drop(shared);
        match ended {
            Ok(ended) => ended.map_err(|error| Failed::from(format!("{error:#}\n{errors}"))),
            Err(panic) => resume_unwind(panic),
        }
    })
}

/// Returns a control plane that no other test uses, and starts one where all are in use.
fn suite(shared: &Mutex<Shared>) -> Result<Suite, Failed> {
    if let Some(suite) = Shared::of(shared).idle.pop() {
        return Ok(suite);
    }
    let started = Instant::now();
    let suite = Suite::start().map_err(|error| Failed::from(format!("{error:#}")))?;
    Shared::of(shared).took.push((started.elapsed(), "a control plane's start"));
    Ok(suite)
}

#[expect(clippy::print_stderr, reason = "for whoever runs the tests")]
fn tell_times(took: &mut [(Duration, &'static str)]) {
    took.sort_by(|a, b| b.cmp(a));
    for (time, name) in took.iter().take(SLOWEST) {
        eprintln!("{:6.1} s  {name}", time.as_secs_f32());
    }
}
