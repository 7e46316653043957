//! `--from`, `--save` and `--compare`: the program on files.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::{GIB, healthy, requests, rest};
use crate::golden_file::repository;
use crate::{program, schema};

/// A directory with two scrapes, half a minute apart by the time of the files.
struct Scrapes {
    directory: PathBuf,
}

impl Scrapes {
    fn new(name: &str, writes: &str) -> Self {
        let directory = program::directory(name);
        let scrapes = Self { directory };
        let nothing = requests("get", "x", &[]);
        scrapes.write("one", &format!("{nothing}{}", rest(1000.0, GIB)), 2_000_000);
        scrapes.write("two", &format!("{nothing}{writes}{}", rest(1000.0, GIB)), 2_000_030);
        scrapes
    }

    fn path(&self, name: &str) -> String {
        self.directory.join(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str, second: u64) {
        fs::write(self.path(name), text).unwrap();
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
        File::options().write(true).open(self.path(name)).unwrap().set_modified(time).unwrap();
    }

    fn run(&self, first: &str, second: &str, more: &[&str]) -> program::Run {
        let (first, second) = (self.path(first), self.path(second));
        program::run(&[&["perf", "--from", &first, &second], more].concat())
    }

    fn json(&self, first: &str, second: &str, more: &[&str]) -> Value {
        let ran = self.run(first, second, &[&["-o", "json"], more].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        let document = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(schema::complaints(&document), [""; 0]);
        document
    }
}

#[test]
fn two_files_are_measured_packed_or_not() {
    let scrapes = Scrapes::new("perf-files", &healthy());
    let plain = scrapes.json("one", "two", &[]);
    assert_eq!(plain["window"]["seconds"], 30.0);
    assert_eq!(plain["requests"][2]["count"], 1025.0);
    let text = fs::read(scrapes.path("two")).unwrap();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(&text).unwrap();
    fs::write(scrapes.path("two.gz"), packed.finish().unwrap()).unwrap();
    // The time of the packed file is not that of the scrape, and the scrape says so.
    let packed = scrapes.json("one", "two.gz", &[]);
    assert_eq!(packed["window"]["seconds"], Value::Null);
    assert_eq!(packed["requests"][2]["p99"], plain["requests"][2]["p99"]);
    assert_eq!(packed["requests"][2]["perSecond"], Value::Null);
    let told = scrapes.json("one", "two.gz", &["--for", "60s"]);
    assert_eq!(told["window"]["seconds"], 60.0);
}

#[test]
fn files_that_do_not_belong_together_are_told() {
    let scrapes = Scrapes::new("perf-apart", &healthy());
    let ran = scrapes.run("two", "one", &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("one is older than"), "{}", ran.stderr);
    let other = format!("{}{}", healthy(), rest(1_999_999.0, GIB));
    scrapes.write("other", &other, 2_000_029);
    let document = scrapes.json("one", "other", &[]);
    assert_eq!(document["window"]["interruptions"][0], "another API server responded");
    assert_eq!(document["window"]["beginsWith"], "processStart");
    assert_eq!(document["window"]["seconds"], 30.0);
}

#[test]
fn the_weeks_of_another_api_server_are_no_verdict_about_the_time_between_the_files() {
    let scrapes = Scrapes::new("perf-other-server", &healthy());
    let slow = requests("update", "nodes", &[(0.003, 900), (2.0, 100)]);
    for (name, rows, started) in [("fast", healthy(), 2000.0), ("slow", slow, 2000.0)] {
        scrapes.write(name, &format!("{rows}{}", rest(started, GIB)), 2_000_029);
        let document = scrapes.json("one", name, &["--for", "1m"]);
        assert_eq!(document["conclusion"]["level"], "unknown", "{name}");
        for it in document["judgments"].as_array().unwrap() {
            assert_eq!((&it["level"], &it["observed"]), (&"unknown".into(), &Value::Null), "{it}");
        }
        let shown = scrapes.run("one", name, &["--for", "1m", "-o", "wide"]).stdout;
        assert!(shown.contains("because another API server responded"), "{shown}");
        assert!(shown.contains("process_start_time_seconds"), "{shown}");
        assert!(!shown.contains("set the time with --for"), "{shown}");
        // What is of another time is neither better nor worse.
        let saved = scrapes.path(&format!("{name}.json"));
        scrapes.run("one", name, &["--save", &saved]);
        let compared = scrapes.json("one", "two", &["--compare", &saved]);
        let figures = compared["figures"].as_array().unwrap();
        let is_judged = |it: &&Value| it["trend"] == "better" || it["trend"] == "worse";
        assert_eq!(figures.iter().find(is_judged), None, "{name}");
        assert!(
            compared["notes"].to_string().contains("The measurement before is of all requests")
        );
    }
    // The time since a restart belongs to the time between the files.
    scrapes.write("restarted", &format!("{}{}", healthy(), rest(2_000_010.0, GIB)), 2_000_030);
    let document = scrapes.json("one", "restarted", &[]);
    assert_eq!(document["window"]["beginsWith"], "restart");
    assert_eq!(document["window"]["seconds"], 20.0);
    assert_eq!(document["conclusion"]["level"], "healthy");
}

#[test]
fn what_is_no_scrape_is_refused_by_name() {
    let scrapes = Scrapes::new("perf-wrong", &healthy());
    let whole = fs::read_to_string(scrapes.path("two")).unwrap();
    scrapes.write("half", &whole[..whole.len() / 2 - 3], 2_000_030);
    scrapes.write("page", "<html>\n", 2_000_030);
    fs::create_dir(scrapes.path("must-gather")).unwrap();
    for (name, told) in [
        ("half", "the file ends in the middle of a line"),
        ("page", "the file contains no API server metrics"),
        ("must-gather", "A must-gather contains no metrics since OpenShift 4.8"),
        ("missing", "cannot be read: No such file or directory"),
    ] {
        let ran = scrapes.run("one", name, &[]);
        assert_eq!(ran.code, 1, "{name}");
        assert!(ran.stderr.contains(told) && ran.stderr.contains(name), "{name}: {}", ran.stderr);
    }
}

#[test]
fn a_figure_beyond_its_limit_is_an_exit_code_of_its_own() {
    let slow = requests("update", "nodes", &[(0.3, 100)]);
    let ran = Scrapes::new("perf-exit", &slow).run("one", "two", &["-o", "name"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (5, "judgment/write-latency\n"));
}

#[test]
fn what_was_saved_is_compared() {
    let slow = requests("update", "nodes", &[(0.012, 500), (0.3, 5)]);
    let fast = requests("update", "nodes", &[(0.003, 500)]);
    let before = Scrapes::new("perf-before", &slow);
    let after = Scrapes::new("perf-after", &fast);
    let saved = after.path("before.json");
    let ran = before.run("one", "two", &["--save", &saved]);
    assert!(ran.stderr.contains("saved in"), "{}", ran.stderr);
    // A measurement is not lost to a second one.
    let again = before.run("one", "two", &["--save", &saved]);
    assert!(again.code == 1 && again.stderr.contains("is not overwritten"), "{}", again.stderr);
    let document = after.json("one", "two", &["--compare", &saved]);
    assert_eq!(document["kind"], "PerfComparison");
    let figure = |name: &str| {
        let figures = document["figures"].as_array().unwrap();
        figures.iter().find(|it| it["figure"] == name).unwrap().clone()
    };
    let mean = figure("writes, mean");
    assert_eq!(mean["trend"], "better");
    let ratio = mean["ratio"]["value"].as_f64().unwrap();
    let expected = 0.003 / ((0.012 * 500.0 + 0.3 * 5.0) / 505.0);
    assert!((ratio - expected).abs() < 1e-6, "{ratio} instead of {expected}");
    assert_eq!(figure("reads, mean")["trend"], "unknown");
    let shown = after.run("one", "two", &["--compare", &saved]).stdout;
    assert!(shown.starts_with("Before") && shown.contains("better"), "{shown}");
    let ran = after.run("one", "two", &["--compare", &after.path("one")]);
    assert!(ran.code == 1 && ran.stderr.contains("not a JSON document"), "{}", ran.stderr);
    // The command that is advised is called as this run is.
    fs::write(after.path("plan.json"), r#"{"kind": "Plan", "apiVersion": "oc-etcd/v1"}"#).unwrap();
    let program = after.directory.join("kubectl-etcd");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_oc-etcd"), &program).unwrap();
    let (one, two, plan) = (after.path("one"), after.path("two"), after.path("plan.json"));
    let arguments = ["perf", "--from", &one, &two, "--compare", &plan];
    let ran = program::run_as(&program, &arguments);
    assert!(ran.stderr.contains("`kubectl etcd perf`"), "{}", ran.stderr);
    assert!(ran.code == 1 && !ran.stderr.contains("oc etcd"), "{}", ran.stderr);
}

#[test]
fn a_scrape_of_each_release_is_read_from_its_file() {
    for release in ["4.10", "4.16", "4.22"] {
        let path = repository().join(format!("tests/metrics/{release}.txt"));
        let before = fs::read_to_string(&path).unwrap();
        let scrapes = Scrapes::new(&format!("perf-release-{release}"), "");
        scrapes.write("before", &since_nothing(&before), 2_000_000);
        let (before, path) = (scrapes.path("before"), path.display().to_string());
        let ran = program::run(&["perf", "--from", &before, &path, "-o", "json"]);
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(document["requests"][2]["count"], 1600.0, "{release}");
        assert_eq!(document["conclusion"]["level"], "healthy", "{release}");
        // The same scrape twice says nothing, and is told.
        let ran = program::run(&["perf", "--from", &path, &path]);
        assert_eq!(ran.code, 1, "{release}");
        assert!(ran.stderr.contains("contain the same metrics"), "{}", ran.stderr);
    }
}

/// A scrape with every counter of its requests at zero.
fn since_nothing(text: &str) -> String {
    let is_counter =
        |it: &str| it.starts_with("etcd_request") || it.starts_with("apiserver_request");
    let zero = |line: &str| match line.rsplit_once(' ') {
        Some((row, _)) if is_counter(line) => format!("{row} 0"),
        _ => line.to_owned(),
    };
    text.lines().map(zero).chain([String::new()]).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_powershell_writes_is_read() {
    let scrapes = Scrapes::new("perf-utf16", &healthy());
    let plain = scrapes.json("one", "two", &[]);
    let text = fs::read_to_string(scrapes.path("two")).unwrap();
    let text = text.replace('\n', "\r\n");
    for (name, mark, bytes) in [
        ("little", &b"\xff\xfe"[..], u16::to_le_bytes as fn(u16) -> [u8; 2]),
        ("big", &b"\xfe\xff"[..], u16::to_be_bytes as fn(u16) -> [u8; 2]),
    ] {
        let wide = [mark.to_vec(), text.encode_utf16().flat_map(bytes).collect()].concat();
        fs::write(scrapes.path(name), wide).unwrap();
        let read = scrapes.json("one", name, &["--for", "30s"]);
        assert_eq!(read["requests"], plain["requests"], "{name}");
    }
    let marked = ["\u{feff}", &text].concat();
    scrapes.write("marked", &marked, 2_000_030);
    assert_eq!(scrapes.json("one", "marked", &[])["requests"], plain["requests"]);
}

#[test]
fn a_scrape_that_lacks_buckets_or_numbers_is_refused() {
    let scrapes = Scrapes::new("perf-lacking", &healthy());
    let whole = fs::read_to_string(scrapes.path("two")).unwrap();
    let without = |part: &str| -> String {
        let is_kept = |it: &&str| !(it.starts_with("etcd_request_d") && it.contains(part));
        whole.split_inclusive('\n').filter(is_kept).collect()
    };
    scrapes.write("filtered", &without("_bucket"), 2_000_030);
    scrapes.write("unbounded", &without("+Inf"), 2_000_030);
    let sum = whole.lines().find(|it| it.starts_with("etcd_request_duration_seconds_sum")).unwrap();
    let row = sum.rsplit_once(' ').unwrap().0;
    scrapes.write("nan", &whole.replace(sum, &format!("{row} NaN")), 2_000_030);
    for (name, told) in [
        ("filtered", "has no bucket"),
        ("unbounded", "has no bucket"),
        ("nan", "a line of etcd_request_duration_seconds_sum cannot be parsed"),
    ] {
        let ran = scrapes.run("one", name, &[]);
        assert_eq!(ran.code, 1, "{name}: {}", ran.stdout);
        assert!(ran.stderr.contains(told) && ran.stderr.contains(name), "{name}: {}", ran.stderr);
    }
}

#[test]
fn where_a_measurement_cannot_be_saved_is_told_before_it_begins() {
    let scrapes = Scrapes::new("perf-nowhere", &healthy());
    let nowhere = scrapes.path("missing/saved.json");
    let ran = scrapes.run("one", "two", &["--save", &nowhere]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("missing/saved.json cannot be written"), "{}", ran.stderr);
}

#[test]
fn a_few_requests_are_neither_better_nor_worse() {
    let (slow, fast) =
        (requests("update", "nodes", &[(0.012, 3)]), requests("update", "nodes", &[(0.003, 3)]));
    let before = Scrapes::new("perf-few-before", &slow);
    let after = Scrapes::new("perf-few-after", &fast);
    let saved = after.path("before.json");
    before.run("one", "two", &["--save", &saved]);
    let document = after.json("one", "two", &["--compare", &saved]);
    let mean = &document["figures"][0];
    assert_eq!((&mean["figure"], &mean["trend"]), (&"writes, mean".into(), &"unknown".into()));
    assert!(document["notes"].to_string().contains("fewer than 100 writes"), "{document:#}");
}

#[test]
fn advice_about_saved_scrapes_is_no_flag_that_has_another_meaning_there() {
    // With --from, --for is the time between the files, and makes no measurement longer.
    let few = requests("update", "nodes", &[(0.3, 3)]);
    let many = requests("update", "nodes", &[(0.012, 500)]);
    let short = Scrapes::new("perf-advice-short", &few);
    let long = Scrapes::new("perf-advice-long", &many);
    let (of_short, of_long) = (long.path("short.json"), long.path("long.json"));
    short.run("one", "two", &["--save", &of_short]);
    long.run("one", "two", &["--save", &of_long]);
    for (scrapes, saved, expected) in [
        (&long, &of_short, Some("The measurement before has fewer than 100 writes")),
        (&short, &of_long, Some("The measurement after has fewer than 100 writes")),
        (&short, &of_short, Some("Both measurements have fewer than 100 writes")),
        (&long, &of_long, None),
    ] {
        let document = scrapes.json("one", "two", &["--compare", saved]);
        let notes = document["notes"].to_string();
        assert!(!notes.contains("--for"), "{notes}");
        let few = notes.contains("fewer than 100 writes");
        assert_eq!(few, expected.is_some(), "{notes}");
        assert!(expected.is_none_or(|it| notes.contains(it)), "{notes}");
    }
    let report = short.run("one", "two", &[]).stdout;
    assert!(report.contains("fewer than 100 requests") && !report.contains("--for"), "{report}");
}
