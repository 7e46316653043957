//! Each judgment, shown once: healthy, close and beyond, and what it points to.

use oc_etcd::perf::comparison::{PerfComparison, Trend};
use oc_etcd::perf::conclusion::Conclusion;
use oc_etcd::perf::figures::Surroundings;
use oc_etcd::perf::report::PerfReport;
use oc_etcd::perf::threshold::Level;

use super::{GIB, calls, healthy, members, report, requests, surroundings};

fn level(report: &PerfReport, id: &str) -> Level {
    report.judgments.iter().find(|it| it.id == id).unwrap().level
}

/// The conclusion of these requests.
fn conclusion(rows: &str) -> Conclusion {
    report(rows, GIB, surroundings()).conclusion
}

#[test]
fn a_fast_etcd_is_not_the_bottleneck() {
    let report = report(&healthy(), GIB, surroundings());
    assert!(report.judgments.iter().all(|it| it.level == Level::Healthy), "{:?}", report.judgments);
    assert_eq!(
        report.conclusion.summary,
        "etcd is not the bottleneck, as measured through 3 API servers."
    );
    assert!(report.conclusion.points.is_empty());
}

#[test]
fn slow_writes_beside_fast_reads_fit_a_disk_and_slow_both_fit_anything() {
    let writes = |seconds| requests("update", "nodes", &[(0.003, 900), (seconds, 100)]);
    let reads = |seconds| requests("get", "nodes", &[(seconds, 100)]);
    let found = conclusion(&format!("{}{}", writes(0.3), reads(0.003)));
    assert_eq!(found.level, Level::Beyond);
    assert!(found.points[0].contains(
        "slow disks are likely. Only the metrics of the members can confirm \
        the cause"
    ));
    let found = conclusion(&format!("{}{}", writes(0.3), reads(0.3)));
    assert!(found.points[0].starts_with("Reads and writes are slow."));
    assert!(!found.points.iter().any(|it| it.contains("fits")));
    let found = conclusion(&writes(0.3));
    assert!(found.points[0].contains("no reads were measured"));
    // The limit of 150 ms lies within a bucket.
    let close = report(&format!("{}{}", writes(0.15), reads(0.003)), GIB, surroundings());
    assert_eq!(level(&close, "write-latency"), Level::Close);
    assert!(close.judgments[0].is_undecided);
}

#[test]
fn slow_lists_point_to_what_is_large() {
    let reads = requests("get", "pods", &[(0.003, 100)]);
    let lists = |seconds| requests("list", "pods", &[(seconds, 10)]);
    let healthy = report(&format!("{reads}{}", lists(0.9)), GIB, surroundings());
    assert_eq!(level(&healthy, "list-latency"), Level::Healthy);
    let close = report(&format!("{reads}{}", lists(2.0)), GIB, surroundings());
    assert_eq!(level(&close, "list-latency"), Level::Close);
    let beyond = conclusion(&format!("{reads}{}", lists(4.5)));
    assert_eq!(beyond.level, Level::Beyond);
    assert!(beyond.points[0].ends_with("The largest resource is events."), "{beyond:?}");
}

#[test]
fn a_large_database_is_told_by_its_share_of_the_quota() {
    for (size, expected) in [(5.0, Level::Healthy), (6.0, Level::Close), (7.0, Level::Beyond)] {
        let report = report(&healthy(), size * GIB, surroundings());
        assert_eq!(level(&report, "database-size"), expected, "{size} GiB");
        let is_told = report.conclusion.points.iter().any(|it| it.starts_with("Size:"));
        assert_eq!(is_told, expected >= Level::Close);
    }
    let unknown = report(&healthy(), 7.0 * GIB, Surroundings::default());
    assert_eq!(level(&unknown, "database-size"), Level::Unknown);
}

#[test]
fn failed_requests_are_judged_by_their_share() {
    for (failed, expected) in [(10, Level::Healthy), (30, Level::Close), (80, Level::Beyond)] {
        let rows = format!(
            "{}etcd_request_errors_total{{operation=\"update\",type=\"nodes\"}} {failed}\n",
            requests("update", "nodes", &[(0.003, 1000)])
        );
        assert_eq!(level(&report(&rows, GIB, surroundings()), "failed-requests"), expected);
    }
}

#[test]
fn the_one_resource_that_writes_most_is_named_once_something_is_wrong() {
    let storm = requests("create", "events", &[(0.3, 900)]);
    let found = conclusion(&storm);
    assert!(
        found.points.iter().any(|it| it.starts_with("Events: 100 % of the writes are events."))
    );
    let noisy = requests("update", "secrets", &[(0.3, 900)]);
    let found = conclusion(&noisy);
    let point = found.points.iter().find(|it| it.starts_with("Load: secrets makes 100 %")).unwrap();
    assert!(point.contains("oc get apirequestcounts"), "{point}");
    // As long as nothing is wrong, a share is a figure and no hint.
    let quiet = requests("create", "events", &[(0.003, 900)]);
    assert!(
        conclusion(&format!("{quiet}{}", requests("get", "x", &[(0.003, 9)]))).points.is_empty()
    );
}

#[test]
fn a_slow_api_server_over_a_fast_etcd_is_no_matter_of_etcd() {
    for (seconds, expected) in [(0.7, Level::Healthy), (0.9, Level::Close), (3.0, Level::Beyond)] {
        let rows = format!("{}{}", healthy(), calls("PATCH", seconds, 100, 0));
        let report = report(&rows, GIB, surroundings());
        assert_eq!(level(&report, "api-write-latency"), expected, "{seconds} s");
        assert_eq!(report.conclusion.level, Level::Healthy);
        let is_told = report.conclusion.points.iter().any(|it| it.contains("admission webhooks"));
        assert_eq!(is_told, expected >= Level::Close);
    }
}

#[test]
fn the_members_own_view_names_the_disk_and_the_network() {
    let slow = requests("update", "nodes", &[(0.3, 900)]);
    let with =
        |members| report(&slow, GIB, Surroundings { members: Some(members), ..surroundings() });
    for (fsync, expected) in [("0.008", Level::Healthy), ("0.016", Level::Close)] {
        assert_eq!(level(&with(members(fsync, "0.0016", GIB)), "wal-fsync"), expected);
    }
    let disk = with(members("0.016", "0.0016", 1.5 * GIB));
    assert!(disk.conclusion.points[0].starts_with("Disk: etcd-a has the slowest"));
    assert!(!disk.conclusion.points.iter().any(|it| it.contains("fits")));
    let network = with(members("0.002", "0.1024", 1.5 * GIB));
    assert!(network.conclusion.points[0].starts_with("Network: "));
    let fragmented = with(members("0.002", "0.0016", 0.5 * GIB));
    assert_eq!(level(&fragmented, "fragmentation"), Level::Beyond);
    let neither = with(members("0.002", "0.0016", 1.5 * GIB));
    assert!(neither.conclusion.points[0].starts_with(
        "In the last hour, the metrics of the members show no slow \
            disk"
    ));
    // The members know their quota.
    assert_eq!(neither.figures.database.quota.unwrap().source, "etcd_server_quota_backend_bytes");
}

#[test]
fn without_writes_nothing_is_said_of_them() {
    let nothing = conclusion("");
    assert_eq!(nothing.level, Level::Unknown);
    let reads = conclusion(&requests("get", "nodes", &[(0.003, 100)]));
    assert_eq!(reads.level, Level::Unknown);
    assert!(reads.summary.contains("no writes were measured"));
}

#[test]
fn one_slow_request_of_a_few_is_no_verdict() {
    let reads = requests("get", "nodes", &[(0.003, 100)]);
    let writes = |observed: &[(f64, usize)]| {
        report(&format!("{reads}{}", requests("update", "nodes", observed)), GIB, surroundings())
    };
    // The p99 of twelve is the slowest of them.
    let few = writes(&[(0.003, 11), (0.3, 1)]);
    assert_eq!(level(&few, "write-latency"), Level::Close);
    let points = few.conclusion.points.join(" ");
    assert!(
        points.contains("p99 of fewer than 100 requests is the single slowest request"),
        "{points}"
    );
    // Where half of them is beyond, so is etcd; and of many the slowest hundredth counts.
    assert_eq!(level(&writes(&[(0.003, 5), (0.3, 7)]), "write-latency"), Level::Beyond);
    let many = writes(&[(0.003, 980), (0.3, 20)]);
    assert_eq!(level(&many, "write-latency"), Level::Beyond);
    assert!(!many.conclusion.points.join(" ").contains("fewer than 100"));
    // So it is with the requests to the API server.
    let rows = format!("{}{}", healthy(), calls("PATCH", 3.0, 1, 0));
    let rows = format!("{rows}{}", calls("PUT", 0.003, 500, 0));
    let one = report(&rows, GIB, surroundings());
    assert_eq!(level(&one, "api-write-latency"), Level::Healthy);
}

#[test]
fn a_verb_of_a_few_requests_hides_no_verb_of_many() {
    let of =
        |rows: &[String]| report(&format!("{}{}", healthy(), rows.concat()), GIB, surroundings());
    let judged = |rows: &[String]| {
        let report = of(rows);
        let found = report.judgments.into_iter().find(|it| it.id == "api-write-latency").unwrap();
        (found.level, found.of.unwrap())
    };
    let slow = |verb, count| calls(verb, 2.5, count, 0);
    let few = calls("DELETE", 3.5, 1, 0);
    assert_eq!(judged(&[slow("PUT", 200), few.clone()]), (Level::Beyond, "PUT".to_owned()));
    assert_eq!(judged(std::slice::from_ref(&few)), (Level::Healthy, "POST".to_owned()));
    assert!(of(std::slice::from_ref(&few)).conclusion.points.is_empty());
    // A verb of which half is slow is slow, however many others are fast.
    assert_eq!(judged(&[slow("PUT", 20)]), (Level::Beyond, "PUT".to_owned()));
    // Of one request alone nobody says that the API server is slow.
    let alone = report(&few, GIB, surroundings());
    assert_eq!(level(&alone, "api-write-latency"), Level::Close);
    assert!(!alone.conclusion.points.join(" ").contains("admission webhooks"));
    let (before, after) =
        (of(std::slice::from_ref(&few)), of(&[slow("PUT", 200), slow("POST", 600), few]));
    let compared = PerfComparison::of(&before.figures, &after.figures).figures;
    let writes = compared.iter().find(|it| it.figure == "API writes, p99").unwrap();
    assert_eq!(writes.trend, Trend::Worse);
}

#[test]
fn a_comparison_of_two_clusters_is_told() {
    let of = |cluster: Option<&str>| {
        let cluster = cluster.map(str::to_owned);
        report(&healthy(), GIB, Surroundings { cluster, ..surroundings() }).figures
    };
    let of_cluster = |before, after| {
        let notes = PerfComparison::of(&of(before), &of(after)).notes;
        notes.into_iter().filter(|it| it.contains("cluster")).collect::<Vec<_>>()
    };
    let (lab, other) = (Some("lab-x99n4"), Some("lab-q7hzz"));
    assert_eq!(of_cluster(lab, lab), [""; 0]);
    let two = "The measurements are of two clusters: lab-x99n4 before, lab-q7hzz after.";
    assert_eq!(of_cluster(lab, other), [two]);
    let unknown = "It is unknown whether both measurements are of the same cluster.";
    for (before, after) in [(None, lab), (lab, None), (None, None)] {
        assert_eq!(of_cluster(before, after), [unknown]);
    }
}

#[test]
fn a_few_fast_requests_are_no_verdict() {
    let of = |writes, reads| {
        let writes = requests("update", "nodes", &[(0.003, writes)]);
        report(
            &format!("{writes}{}", requests("get", "nodes", &[(0.003, reads)])),
            GIB,
            surroundings(),
        )
    };
    let few = of(1, 1);
    for id in ["write-latency", "read-latency", "failed-requests"] {
        assert_eq!(level(&few, id), Level::Unknown, "{id}");
    }
    assert_eq!(few.conclusion.level, Level::Unknown);
    assert_eq!(
        few.conclusion.summary,
        "It is unknown whether etcd is the bottleneck: too few reads and too few writes were measured."
    );
    assert_eq!(
        of(9, 10).conclusion.summary,
        "Reads are fast. The speed of writes is unknown: too few writes were measured."
    );
    assert_eq!(of(10, 9).conclusion.level, Level::Healthy);
    // A slow verb of a few requests is slow for the few alone; all verbs together are many.
    let calls = |posts| {
        let rows = format!("{}{}", calls("DELETE", 0.01, 2, 0), calls("POST", 0.003, posts, 0));
        level(&report(&rows, GIB, surroundings()), "api-write-latency")
    };
    assert_eq!((calls(0), calls(100)), (Level::Unknown, Level::Healthy));
}

#[test]
fn a_share_of_a_few_writes_points_to_nobody() {
    let slow = |count| conclusion(&requests("update", "secrets", &[(0.3, count)]));
    let is_named = |it: &Conclusion| it.points.iter().any(|it| it.starts_with("Load: secrets"));
    assert!(!is_named(&slow(9)) && is_named(&slow(100)));
}
