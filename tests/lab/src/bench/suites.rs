//! The time that the tests take, from the log of the last `make test`.

use std::path::Path;

use super::{Claim, Section};
use crate::binaries::repository;

/// The number of tests that are named, slowest first.
const NAMED: usize = 15;

/// The time that `make test` is to take at most, in minutes.
const PROMISED: f64 = 8.0;

/// A binary of tests.
#[derive(Debug, PartialEq)]
struct Suite {
    name: String,
    passed: u32,
    seconds: f64,
}

/// What the log of a run says.
#[derive(Debug, Default, PartialEq)]
struct Log {
    suites: Vec<Suite>,
    /// Seconds and names.
    slowest: Vec<(f64, String)>,
    has_failed: bool,
}

/// Returns the section of the tests; `None` without a log of a run that passed.
pub(super) fn read(log: &Path) -> Option<Section> {
    let log = Log::parse(&std::fs::read_to_string(log).ok()?);
    (!log.has_failed && !log.suites.is_empty()).then(|| log.section())
}

impl Log {
    fn parse(text: &str) -> Self {
        let mut log = Self::default();
        let mut name = "";
        for line in text.lines() {
            if let Some(running) = line.trim_start().strip_prefix("Running ") {
                name = running.split(" (").next().unwrap_or(running);
            } else if let Some(result) = line.strip_prefix("test result: ") {
                log.has_failed |= !result.starts_with("ok");
                log.suites.extend(Suite::of(name, result));
            } else if let Some((seconds, test)) = line.split_once(" s  ")
                && let Ok(seconds) = seconds.trim().parse()
            {
                log.slowest.push((seconds, test.trim().to_owned()));
            }
        }
        log.suites.sort_by(|a, b| b.seconds.total_cmp(&a.seconds));
        log.slowest.sort_by(|a, b| b.0.total_cmp(&a.0));
        log
    }

    fn section(&self) -> Section {
        let minutes = self.suites.iter().map(|it| it.seconds).sum::<f64>() / 60.0;
        let mut text =
            "From the log of the `make test` before, without the time to build the tests.\n\n\
                        | suite | tests | seconds |\n|---|---|---|\n"
                .to_owned();
        // A suite without a time was left out, or measures nothing.
        for it in self.suites.iter().filter(|it| it.seconds >= 0.05) {
            // Cargo names a suite of the lab by its path in that package.
            let is_of_lab = repository().join("tests/lab").join(&it.name).exists();
            let folder = if is_of_lab { "tests/lab/" } else { "" };
            text.push_str(&format!(
                "| `{folder}{}` | {} | {:.1} |\n",
                it.name, it.passed, it.seconds
            ));
        }
        text.push_str(
            "\nThe tests with a real API server run two at a time on two cores, each thread with a control plane of \
             its own. Each test loads a cluster, and many wait: for the stand-ins of operators, for the pause before a \
             request is sent again, for a deadline. More threads than cores would be faster, and tests of deadlines \
             would fail now and then on a loaded machine. The slowest:\n\n",
        );
        text.push_str("| test | seconds |\n|---|---|\n");
        for (seconds, test) in self.slowest.iter().take(NAMED) {
            text.push_str(&format!("| {test} | {seconds:.1} |\n"));
        }
        let claims = vec![Claim::at_most("`make test`, warm", (PROMISED, minutes), "min")];
        Section { title: "The tests", claims, text }
    }
}

impl Suite {
    /// `ok. 12 passed; 0 failed; …; finished in 110.38s`
    fn of(name: &str, result: &str) -> Option<Self> {
        let passed = result.split_once(". ")?.1.split_once(" passed")?.0.parse().ok()?;
        let seconds = result.rsplit_once("finished in ")?.1.trim_end_matches('s').parse().ok()?;
        (passed > 0).then(|| Self { name: name.to_owned(), passed, seconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "     Running unittests src/lib.rs (target/debug/deps/oc_etcd-1)\n\
        test result: ok. 272 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 6.13s\n\
        \x20    Running unittests src/main.rs (target/debug/deps/oc_etcd-2)\n\
        test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
        \x20    Running tests/apiserver/main.rs (target/debug/deps/apiserver-1)\n\
        test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 60.10s\n\n\
        \x20 17.0 s  one\n\x20 40.5 s  two of them\n";

    #[test]
    fn suites_and_tests_are_listed_slowest_first() {
        let log = Log::parse(LOG);
        let suites: Vec<_> = log.suites.iter().map(|it| (it.name.as_str(), it.passed)).collect();
        assert_eq!(suites, [("tests/apiserver/main.rs", 2), ("unittests src/lib.rs", 272)]);
        assert_eq!(log.slowest, [(40.5, "two of them".to_owned()), (17.0, "one".to_owned())]);
        assert!(!log.has_failed);
    }

    #[test]
    fn a_run_that_failed_is_no_measurement() {
        assert!(Log::parse(&LOG.replacen("ok. 2", "FAILED. 1", 1)).has_failed);
    }
}
