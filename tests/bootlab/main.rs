//! Proves what the script of etcd's disk and the kubelet's role do, on machines: some are not booted and see
//! files as disks, and the others are booted in QEMU with the units and files that Ignition wrote.
//!
//! `cargo test --test boot -- NAME` runs those whose name contains NAME; `-- --include-ignored` runs also the
//! scenarios that CI passes over. Without the packages of `tests/bootlab/build` the tests say what they leave
//! out; with `OC_ETCD_REQUIRE_BOOT=1` they fail.

mod boots;
mod cuts;
mod disk;
#[path = "../offline/golden_file.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "it belongs to the offline tests")]
mod golden_file;
mod kubelet;
mod lab;
mod machine;
mod masters;
mod mutants;
mod qemu;
mod script;
mod shell;
#[path = "../offline/snapshot.rs"]
#[expect(dead_code, clippy::unwrap_used, clippy::panic, reason = "it belongs to the offline tests")]
mod snapshot;
mod table;

use std::process::ExitCode;

use anyhow::Result;
use libtest_mimic::{Arguments, Failed, Trial};
use oc_etcd::derive::disk::{Disk, machine_config};
use oc_etcd_lab::omission::left_out;
use script::{RULES, Subject};
use table::Scenario;

/// How many tests run at once where the arguments do not say so. An emulated machine takes a core, and 1 GiB.
const AT_ONCE: usize = 4;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    arguments.test_threads.get_or_insert(cores.min(AT_ONCE));
    let scenarios = scenarios();
    let mut trials = script_trials();
    trials.extend(boot_trials(&scenarios));
    let names: Vec<String> = trials.iter().map(|it| it.name().to_owned()).collect();
    let rows = scenarios.clone();
    trials.push(trial("table::is_whole_and_names_tests".to_owned(), None, move || {
        table::is_whole(&rows, &names)
    }));
    let conclusion = libtest_mimic::run(&arguments, trials);
    if let Err(error) = table::write(&scenarios) {
        left_out(&format!("the table of docs/disk.md: {error:#}"));
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

/// The scenarios of the table, with the word before the names of their tests.
fn scenarios() -> Vec<(&'static str, Scenario)> {
    let cuts = table::quick(
        "every_beginning_of_the_writes",
        "A power cut after each write of mkfs.xfs and xfs_admin, replayed",
        cuts::every_prefix,
    );
    let boots = boots::SCENARIOS.iter().map(|it| ("boot", *it));
    let masters = masters::SCENARIOS.iter().map(|it| ("master", *it));
    let kubelets = kubelet::SCENARIOS.iter().map(|it| ("kubelet", *it));
    std::iter::once(("cut", cuts)).chain(boots).chain(masters).chain(kubelets).collect()
}

/// The tests that boot nothing.
fn script_trials() -> Vec<Trial> {
    let missing = shell::missing();
    let mut trials: Vec<Trial> = RULES
        .iter()
        .map(|(name, rule)| {
            trial(format!("script::{name}"), missing.clone(), move || {
                let (script, _) = shell::script_of(&machine_config(&Disk::Probe, "3.2.0", "test"))?;
                rule(&Subject { script, directory: (*name).to_owned() })
            })
        })
        .collect();
    trials.extend(masters::RULES.iter().map(|(name, rule)| {
        trial(format!("script_of_masters::{name}"), missing.clone(), move || {
            let (script, _) = shell::script_of(&machine_config(&Disk::Probe, "3.2.0", "test"))?;
            rule(&Subject { script, directory: format!("master-{name}") })
        })
    }));
    let of_masters = "script_of_masters::each_mutant_breaks_a_rule".to_owned();
    trials.push(trial(of_masters, missing.clone(), masters::each_mutant_breaks_a_rule));
    let mutants = "script::each_mutant_breaks_a_rule".to_owned();
    trials.push(trial(mutants, missing, mutants::each_breaks_a_rule));
    trials
}

fn boot_trials(scenarios: &[(&'static str, Scenario)]) -> Vec<Trial> {
    let (booted, script) = (lab::missing(), shell::missing());
    scenarios
        .iter()
        .map(|(prefix, scenario)| {
            let (prefix, scenario) = (*prefix, *scenario);
            let missing = if prefix == "cut" { script.clone() } else { booted.clone() };
            trial(format!("{prefix}::{}", scenario.name), missing, move || {
                table::run(prefix, &scenario)
            })
            .with_ignored_flag(!scenario.is_quick)
        })
        .collect()
}

fn trial(
    name: String,
    missing: Option<String>,
    test: impl FnOnce() -> Result<()> + Send + 'static,
) -> Trial {
    Trial::test(name, move || match missing {
        Some(why) if lab::is_required() => Err(Failed::from(why)),
        Some(why) => {
            left_out(&format!("machines for the disk of etcd: {why}"));
            Ok(())
        }
        None => test().map_err(|error| Failed::from(format!("{error:#}"))),
    })
}
