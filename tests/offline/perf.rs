//! `perf`: what two scrapes say, how it is judged and shown. Nothing here needs an API server.
#![expect(clippy::float_cmp, reason = "counts are whole numbers")]

mod files;
mod judgments;
mod members;
mod memory;
mod releases;
pub(crate) mod screen;
mod windows;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::Timestamp;
use oc_etcd::perf::comparison::PerfComparison;
use oc_etcd::perf::figures::{ApiServers, Gap, Quota, Surroundings};
use oc_etcd::perf::members::{MemberView, Question, Series, Subject, questions, series};
use oc_etcd::perf::report::PerfReport;
use oc_etcd::perf::scrape::{Scrape, ScrapeReader};
use oc_etcd::perf::window::{Interruption, Window};
use oc_etcd::report::bar::Bars;
use oc_etcd::report::style::Style;
use oc_etcd::report::{self, Format};
use serde_json::{Value, json};

/// The bounds of Kubernetes 1.25 and newer.
const BOUNDS: [f64; 23] = [
    0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0,
    10.0, 15.0, 20.0, 30.0, 45.0, 60.0,
];
const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// The scrape of a text.
fn read(text: &str) -> Scrape {
    let mut reader = ScrapeReader::default();
    reader.feed(text.as_bytes()).unwrap();
    reader.finish().unwrap()
}

/// The scrape of a text, made at a second.
fn read_at(text: &str, second: i64) -> Scrape {
    Scrape { read_at: Timestamp::from_second(second).ok(), ..read(text) }
}

/// The rows of a histogram with that many observations, each of that many seconds.
fn histogram(name: &str, labels: &str, observed: &[(f64, usize)]) -> String {
    let mut text = String::new();
    for bound in BOUNDS.into_iter().chain([f64::INFINITY]) {
        let count: usize = observed.iter().filter(|it| it.0 <= bound).map(|it| it.1).sum();
        let bound = if bound.is_finite() { bound.to_string() } else { "+Inf".to_owned() };
        writeln!(text, "{name}_bucket{{{labels},le=\"{bound}\"}} {count}").unwrap();
    }
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let sum: f64 = observed.iter().map(|it| it.0 * it.1 as f64).sum();
    writeln!(text, "{name}_sum{{{labels}}} {sum}").unwrap();
    text
}

/// The rows of requests to etcd with one operation on one resource.
fn requests(operation: &str, resource: &str, observed: &[(f64, usize)]) -> String {
    let labels = format!("operation=\"{operation}\",type=\"{resource}\"");
    histogram("etcd_request_duration_seconds", &labels, observed)
}

/// The rows that every scrape of Kubernetes 1.33 has.
fn rest(started: f64, size: f64) -> String {
    format!(
        "etcd_requests_total{{operation=\"get\",type=\"x\"}} 1\n\
         apiserver_storage_size_bytes{{storage_cluster_id=\"etcd-0\"}} {size}\n\
         apiserver_storage_objects{{resource=\"events\"}} 12000\n\
         apiserver_storage_objects{{resource=\"secrets\"}} 700\n\
         kubernetes_build_info{{git_version=\"v1.33.4\"}} 1\n\
         process_start_time_seconds {started}\n\
         go_memstats_last_gc_time_seconds 1999990\n"
    )
}

/// A cluster of three API servers, all of which were asked, with a quota of 8 GiB.
fn surroundings() -> Surroundings {
    Surroundings {
        cluster: Some("lab-x99n4".to_owned()),
        api_servers: ApiServers { asked: 3, of: Some(3), ..ApiServers::default() },
        quota: Some(Quota { bytes: 8.0 * GIB, source: "etcd/cluster".to_owned() }),
        ..Surroundings::default()
    }
}

/// The report of half a minute in which these rows came about.
fn report(rows: &str, size: f64, surroundings: Surroundings) -> PerfReport {
    let nothing = requests("get", "x", &[]);
    let before = read_at(&format!("{nothing}{}", rest(1000.0, size)), 2_000_000);
    let after = read_at(&format!("{nothing}{rows}{}", rest(1000.0, size)), 2_000_030);
    PerfReport::new(&Window::between(&before, &after).unwrap(), surroundings)
}

/// What people read of it.
fn text(report: &PerfReport, style: &Style, bars: Bars, format: Format) -> String {
    let mut out = Vec::new();
    report::perf::write(report, format, (style, bars), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// A healthy load: fast reads, lists and writes of several resources.
fn healthy() -> String {
    [
        requests("get", "pods", &[(0.002, 500)]),
        requests("list", "pods", &[(0.04, 20)]),
        requests("create", "events", &[(0.003, 600)]),
        requests("update", "leases.coordination.k8s.io", &[(0.003, 300)]),
        requests("update", "nodes", &[(0.003, 90)]),
        requests("update", "clusteroperators.config.openshift.io", &[(0.003, 20)]),
        requests("delete", "pods", &[(0.004, 10)]),
        requests("create", "secrets", &[(0.006, 5)]),
        calls("POST", 0.01, 600, 0),
        calls("LIST", 0.03, 40, 0),
    ]
    .concat()
}

/// The rows of requests to the API server with one verb, some of them answered with 500.
fn calls(verb: &str, seconds: f64, count: usize, failed: usize) -> String {
    let labels = format!("verb=\"{verb}\",resource=\"pods\",subresource=\"\"");
    let rows = histogram("apiserver_request_duration_seconds", &labels, &[(seconds, count)]);
    format!(
        "{rows}apiserver_request_total{{{labels},code=\"200\"}} {}\n\
         apiserver_request_total{{{labels},code=\"500\"}} {failed}\n",
        count - failed
    )
}

/// The answer to a question of [`questions`], with the value of each member, or of each of its buckets.
fn answer(
    subject: Subject,
    range: &str,
    rows: &[(&str, Option<&str>, f64)],
) -> (Question, Vec<Series>) {
    let mut all = questions().into_iter();
    let question = all.find(|it| it.subject == subject && it.range == range).unwrap();
    let row = |(member, le, value): &(&str, Option<&str>, f64)| {
        let mut metric = BTreeMap::from([("pod", *member), ("instance", "10.0.0.1:9979")]);
        metric.extend(le.map(|le| ("le", le)));
        json!({"metric": metric, "value": [1.7e9, value.to_string()]})
    };
    let rows: Vec<Value> = rows.iter().map(row).collect();
    let answer = json!({"status": "success", "data": {"resultType": "vector", "result": rows}});
    (question, series(&answer).unwrap())
}

/// A member's view in which the 99th percentile of every duration lies in the bucket up to that bound.
fn members(fsync: &str, peer: &str, in_use: f64) -> MemberView {
    let mut answers = Vec::new();
    for range in ["1h", "1d", "1w"] {
        for (subject, bound) in
            [(Subject::Fsync, fsync), (Subject::Commit, "0.008"), (Subject::PeerRoundTrip, peer)]
        {
            let rows = [
                ("etcd-a", Some("0.0001"), 0.0),
                ("etcd-a", Some(bound), 1000.0),
                ("etcd-a", Some("+Inf"), 1000.0),
            ];
            answers.push(answer(subject, range, &rows));
        }
        answers.push(answer(Subject::LeaderChanges, range, &[("etcd-a", None, 0.0)]));
        answers.push(answer(Subject::FailedProposals, range, &[("etcd-a", None, 0.0)]));
    }
    answers.push(answer(Subject::Size, "", &[("etcd-a", None, 2.0 * GIB)]));
    answers.push(answer(Subject::InUse, "", &[("etcd-a", None, in_use)]));
    answers.push(answer(Subject::Quota, "", &[("etcd-a", None, 8.0 * GIB)]));
    answers.push(answer(Subject::Age, "", &[("etcd-a", None, 100_000.0)]));
    MemberView::of("thanos.example.com", &answers).unwrap()
}

/// Documents of both kinds, with something in every field.
pub(crate) fn documents() -> Vec<Value> {
    let failed = vec![Gap::new("10.0.0.3:6443", "not reached")];
    let api_servers = ApiServers { asked: 2, of: Some(3), failed, ..ApiServers::default() };
    let everything = Surroundings {
        api_servers,
        interruptions: vec![Interruption::Restart],
        members: Some(members("0.016", "0.0256", GIB)),
        ..surroundings()
    };
    let (one, other) =
        (report(&healthy(), GIB, everything), report("", GIB, Surroundings::default()));
    let comparison = PerfComparison::of(&other.figures, &one.figures);
    let mut documents = Vec::new();
    for it in [&one, &other] {
        documents.push(
            serde_json::from_str(&text(it, &Style::default(), Bars::None, Format::Json)).unwrap(),
        );
    }
    let mut out = Vec::new();
    let drawing = (&Style::default(), Bars::None);
    report::perf::write_comparison(&comparison, Format::Json, drawing, &mut out).unwrap();
    documents.push(serde_json::from_slice(&out).unwrap());
    documents
}
