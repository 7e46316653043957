//! The metrics of the members: what is no number, no quota or no answer is unknown, and never judged healthy.

use oc_etcd::perf::figures::Surroundings;
use oc_etcd::perf::members::{Figure, MemberView, Question, Series, Subject, series};
use oc_etcd::perf::report::PerfReport;
use oc_etcd::perf::threshold::Level;
use oc_etcd::report::Format;
use oc_etcd::report::bar::Bars;
use oc_etcd::report::style::Style;
use serde_json::json;

use super::{GIB, answer, healthy, report, surroundings, text};

/// The view of two members, one of which writes slowly or is not reached.
fn view(answers: Vec<(Question, Vec<Series>)>) -> MemberView {
    let fsync = |member, bound| [(member, Some(bound), 1000.0), (member, Some("+Inf"), 1000.0)];
    let fast = [fsync("etcd-a", "0.004"), fsync("etcd-b", "0.002")].concat();
    let answers = [vec![answer(Subject::Fsync, "1h", &fast)], answers].concat();
    MemberView::of("thanos.example.com", &answers).unwrap()
}

fn judged(view: MemberView) -> PerfReport {
    report(&healthy(), GIB, Surroundings { members: Some(view), ..surroundings() })
}

fn level(report: &PerfReport, id: &str) -> Level {
    report.judgments.iter().find(|it| it.id == id).unwrap().level
}

#[test]
fn a_member_that_prometheus_does_not_reach_is_told_and_nothing_is_healthy_for_its_sake() {
    let up = |reached| {
        let rows = [("etcd-a", None, 1.0), ("etcd-b", None, reached), ("etcd-c", None, reached)];
        let rows = if reached > 0.0 { &rows[..2] } else { &rows };
        judged(view(vec![answer(Subject::Up, "", rows)]))
    };
    let all = up(1.0);
    assert_eq!(level(&all, "wal-fsync"), Level::Healthy);
    let silent = up(0.0);
    assert_eq!(silent.figures.members.as_ref().unwrap().silent, ["etcd-b", "etcd-c"]);
    assert_eq!(level(&silent, "wal-fsync"), Level::Unknown);
    let told: Vec<&str> = silent.figures.unknown.iter().map(|it| it.what.as_str()).collect();
    assert!(told.contains(&"view of etcd-b") && told.contains(&"view of etcd-c"), "{told:?}");
    assert_eq!(all.conclusion.level, Level::Healthy);
    assert_eq!(silent.conclusion.level, Level::Unknown);
    assert_eq!(
        silent.conclusion.summary,
        "It is unknown whether etcd is the bottleneck: Prometheus has no complete metrics of etcd-b, etcd-c, one of which \
         may be the slow member."
    );
    let shown = text(&silent, &Style::default(), Bars::None, Format::Human);
    assert!(shown.contains("; 2 incomplete"), "{shown}");
    // What is known to be slow is slow all the same.
    let slow = [
        ("etcd-a", Some("0.032"), 0.0),
        ("etcd-a", Some("0.064"), 9.0),
        ("etcd-a", Some("+Inf"), 9.0),
    ];
    let answers = [
        answer(Subject::Commit, "1h", &slow),
        answer(Subject::Up, "", &[("etcd-a", None, 1.0), ("etcd-b", None, 0.0)]),
    ];
    assert_eq!(level(&judged(view(answers.into())), "backend-commit"), Level::Beyond);
}

#[test]
fn a_member_without_a_figure_of_its_disk_is_told_as_one_that_is_not_reached() {
    let up = ["etcd-a", "etcd-b", "etcd-c"].map(|it| (it, None, 1.0));
    let partial = judged(view(vec![answer(Subject::Up, "", &up)]).of_nodes(None).unwrap());
    assert_eq!(partial.figures.members.as_ref().unwrap().silent, ["etcd-c"]);
    assert_eq!(level(&partial, "wal-fsync"), Level::Unknown);
    assert_eq!(partial.conclusion.level, Level::Unknown);
}

#[test]
fn the_members_are_those_on_the_nodes_of_the_cluster() {
    let nodes = |names: &[&str]| names.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
    // Another cluster has a slow member.
    let slow = [
        ("etcd-z", Some("0.032"), 0.0),
        ("etcd-z", Some("0.064"), 9.0),
        ("etcd-z", Some("+Inf"), 9.0),
    ];
    let fleet = view(vec![answer(Subject::Commit, "1h", &slow)]);
    let own = judged(fleet.clone().of_nodes(Some(&nodes(&["a", "b"]))).unwrap());
    let members = own.figures.members.as_ref().unwrap();
    assert_eq!((&members.others, &members.silent), (&nodes(&["etcd-z"]), &nodes(&[])));
    assert!(own.figures.unknown.iter().any(|it| it.what == "cluster of etcd-z"));
    assert_eq!(
        (level(&own, "backend-commit"), own.conclusion.level),
        (Level::Unknown, Level::Healthy)
    );
    let all = judged(fleet.of_nodes(Some(&nodes(&["a", "b", "z"]))).unwrap());
    assert_eq!(level(&all, "backend-commit"), Level::Beyond);
    // One of three members has no metrics.
    let two = view(Vec::new()).of_nodes(Some(&nodes(&["a", "b", "c"]))).unwrap();
    assert_eq!(two.silent, ["etcd-c"]);
    assert_eq!(judged(two).conclusion.level, Level::Unknown);
    // A Prometheus of the user's own may know no Pods.
    let counted = |count| view(Vec::new()).of_nodes(Some(&vec!["x".to_owned(); count]));
    assert_eq!(counted(2).unwrap().silent, [""; 0]);
    assert_eq!(counted(3).unwrap().silent, ["1 of 3 members"]);
    let reason = "thanos.example.com has the metrics of 2 members of etcd, and the cluster has 1";
    assert_eq!(counted(1).unwrap_err(), reason);
}

#[test]
fn what_is_no_number_is_no_figure() {
    let rows = |values: &[&str]| {
        let row = |value: &&str| json!({"metric": {"pod": "etcd-a"}, "value": [1.7e9, value]});
        let rows: Vec<_> = values.iter().map(row).collect();
        let answer = json!({"status": "success", "data": {"resultType": "vector", "result": rows}});
        series(&answer).map(|it| it.len())
    };
    assert_eq!(rows(&["1", "NaN", "+Inf", "-Inf"]), Some(1));
    let (question, _) = answer(Subject::LeaderChanges, "1h", &[]);
    let nan = judged(view(vec![(question, Vec::new())]));
    assert_eq!(level(&nan, "leader-changes"), Level::Unknown);
}

#[test]
fn a_quota_that_is_not_above_zero_is_none() {
    // etcd has -1 where quotas are off.
    for off in [-1.0, 0.0] {
        let quotas = answer(Subject::Quota, "", &[("etcd-a", None, off)]);
        let sizes = answer(Subject::Size, "", &[("etcd-a", None, GIB)]);
        let report = judged(view(vec![quotas, sizes]));
        let quota = report.figures.database.quota.as_ref();
        assert_eq!(quota.map(|it| it.source.as_str()), Some("etcd/cluster"), "{off}");
    }
}

#[test]
fn an_election_is_one_election() {
    // Prometheus extrapolates: one in an hour of samples every 30 s is 1.0084.
    let elections = |count| {
        let view = view(vec![answer(Subject::LeaderChanges, "1h", &[("etcd-a", None, count)])]);
        (view.ranges[0].members[0].leader_changes, level(&judged(view), "leader-changes"))
    };
    assert_eq!(elections(1.0084), (Some(1.0), Level::Healthy));
    assert_eq!(elections(0.0), (Some(0.0), Level::Healthy));
    assert_eq!(elections(2.0168).1, Level::Close);
    assert_eq!(elections(17.1).1, Level::Beyond);
}

#[test]
fn a_storm_of_elections_in_a_quiet_hour_is_beyond_the_limit_of_the_alert() {
    let storm = |most| {
        let hour = answer(Subject::LeaderChanges, "1h", &[("etcd-a", None, most)]);
        let most = answer(Subject::MostLeaderChanges, "1h", &[("etcd-a", None, most)]);
        level(&judged(view(vec![hour, most])), "leader-changes")
    };
    assert_eq!(storm(1.0), Level::Healthy);
    assert_eq!(storm(3.1), Level::Close);
    assert_eq!(storm(4.2), Level::Beyond);
}

/// Within the hour after `add-disk` has replaced a master, Prometheus still has the samples of the old member.
#[test]
fn the_member_of_a_replaced_master_is_not_judged() {
    let fsync = [
        ("etcd-gone", Some("2"), 0.0),
        ("etcd-gone", Some("4"), 9.0),
        ("etcd-gone", Some("+Inf"), 9.0),
        ("etcd-new", Some("0.001"), 9.0),
        ("etcd-new", Some("+Inf"), 9.0),
    ];
    let answers = [
        answer(Subject::Fsync, "1h", &fsync),
        answer(Subject::Age, "", &[("etcd-gone", None, 604_800.0), ("etcd-new", None, 1800.0)]),
        answer(Subject::Up, "", &[("etcd-new", None, 1.0)]),
    ];
    let view = MemberView::of("thanos.example.com", &answers).unwrap();
    assert_eq!(view.ranges[0].worst(Figure::Fsync).unwrap().0, "etcd-new");
    assert_eq!(view.ranges[0].known_seconds, Some(1800.0));
    assert_eq!(level(&judged(view), "wal-fsync"), Level::Healthy);
}

#[test]
fn every_figure_of_the_members_is_judged_close_and_beyond() {
    let p99 = |subject, lower: &'static str, upper: &'static str| {
        let rows = [
            ("etcd-a", Some(lower), 0.0),
            ("etcd-a", Some(upper), 9.0),
            ("etcd-a", Some("+Inf"), 9.0),
        ];
        vec![answer(subject, "1h", &rows)]
    };
    let failed = |count| vec![answer(Subject::FailedProposals, "1h", &[("etcd-a", None, count)])];
    let empty = |in_use| {
        vec![
            answer(Subject::Size, "", &[("etcd-a", None, GIB)]),
            answer(Subject::InUse, "", &[("etcd-a", None, in_use)]),
        ]
    };
    for (id, close, beyond) in [
        (
            "backend-commit",
            p99(Subject::Commit, "0.016", "0.032"),
            p99(Subject::Commit, "0.032", "0.064"),
        ),
        (
            "peer-round-trip",
            p99(Subject::PeerRoundTrip, "0.0256", "0.0512"),
            p99(Subject::PeerRoundTrip, "0.0512", "0.1024"),
        ),
        ("failed-proposals", failed(0.5 * 3600.0), failed(6.0 * 3600.0)),
        ("fragmentation", empty(0.52 * GIB), empty(0.4 * GIB)),
    ] {
        assert_eq!(level(&judged(view(close)), id), Level::Close, "{id}");
        assert_eq!(level(&judged(view(beyond)), id), Level::Beyond, "{id}");
    }
    // fsync of 8 to 16 ms is close, for the limit of 10 ms lies between.
    let view = |lower, upper| MemberView::of("x", &p99(Subject::Fsync, lower, upper)).unwrap();
    assert_eq!(level(&judged(view("0.008", "0.016")), "wal-fsync"), Level::Close);
    assert_eq!(level(&judged(view("0.016", "0.032")), "wal-fsync"), Level::Beyond);
    assert_eq!(view("0.008", "0.016").ranges[0].worst(Figure::Fsync).unwrap().0, "etcd-a");
}
