//! The metrics of each release from OpenShift 4.10 to 4.22: the same load under each release's names, labels
//! and buckets gives the same figures, and what a release does not have is unknown by name.
//!
//! The texts in tests/metrics are our own; their names, labels and bounds are those of the API server's
//! source (`staging/src/k8s.io/apiserver/pkg/storage/etcd3/metrics` and `…/endpoints/metrics`).

use std::fs;

use oc_etcd::perf::figures::Surroundings;
use oc_etcd::perf::report::PerfReport;
use oc_etcd::perf::scrape::Operation;
use oc_etcd::perf::window::Window;

use super::read;
use crate::golden_file::repository;

/// What a release tells beyond what all of them tell.
struct Expected {
    /// The name of the machines among the writers.
    machines: &'static str,
    /// How many sizes of the database there are.
    sizes: usize,
    /// What is unknown.
    unknown: &'static [&'static str],
}

const ERRORS: &str = "etcd_request_errors_total";
const SIZES: &str = "apiserver_resource_size_estimate_bytes";
const RATES: &str = "rates";
const CUSTOM: &str = "writes by custom resource";
const MACHINES: &str = "machines.machine.openshift.io";

fn expect(release: &str, expected: &Expected) {
    let text =
        fs::read_to_string(repository().join(format!("tests/metrics/{release}.txt"))).unwrap();
    let scrape = read(&text);
    let report = PerfReport::new(&Window::since_start(&scrape, None), Surroundings::default());
    let figures = &report.figures;
    let minor: u32 = release.strip_prefix("4.").unwrap().parse().unwrap();
    let version = format!("v1.{}.4+0123abc", minor + 13);
    assert_eq!(figures.api_servers.version.as_deref(), Some(version.as_str()));
    let counts: Vec<(&str, f64)> =
        figures.requests.iter().map(|it| (it.name.as_str(), it.count)).collect();
    let all = [
        ("reads", 100.0),
        ("lists", 4.0),
        ("writes", 1600.0),
        ("creates", 1000.0),
        ("updates", 600.0),
        ("deletes", 0.0),
        ("counts", 10.0),
    ];
    assert_eq!(counts, all);
    // 1350 of 1600 in the first bucket, 10 above the second: the bounds are other ones since 1.25, and those
    // around this quantile are the same.
    let p99 = figures.requests_named("writes").unwrap().p99.unwrap();
    assert_eq!((p99.at_least, p99.at_most), (0.005, Some(0.025)));
    // The slowest lies in a bucket that older releases have wider.
    let events = &scrape.requests[&(Operation::Create, "events".to_owned())];
    let slowest = events.quantile(0.999);
    let narrow = if minor < 12 { 0.025 } else { 0.05 };
    assert_eq!(slowest.map(|it| (it.at_least, it.at_most)), Some((narrow, Some(0.1))));
    let writers: Vec<(&str, f64)> =
        figures.load.writers.iter().map(|it| (it.resource.as_str(), it.count)).collect();
    let leases = "leases.coordination.k8s.io";
    assert_eq!(writers, [("events", 1000.0), (leases, 500.0), (expected.machines, 100.0)]);
    assert_eq!((figures.load.events_share, figures.load.leases_share), (Some(0.625), Some(0.3125)));
    assert_eq!((figures.database.sizes.len(), figures.size()), (expected.sizes, Some(1.1e9)));
    let largest = &figures.load.largest;
    let by_size = !expected.unknown.contains(&SIZES);
    assert_eq!(largest.iter().all(|it| it.bytes.is_some()), by_size);
    assert_eq!(largest[0].resource, if by_size { "secrets" } else { "events" });
    assert_eq!(largest.iter().find(|it| it.resource == "events").unwrap().objects, Some(12345.0));
    // A count of −1 has failed, and is none.
    assert!(!largest.iter().any(|it| it.resource == "nodes"));
    let post = figures.api_requests.iter().find(|it| it.verb == "POST").unwrap();
    assert_eq!(
        (post.count, post.failed_share, post.rejected_share),
        (1000.0, Some(0.004), Some(0.006))
    );
    // Watches and pages such as /readyz are no requests for objects.
    assert_eq!(figures.api_requests.len(), 1);
    let failed = figures.requests_named("writes").unwrap().failed;
    assert_eq!(failed, (!expected.unknown.contains(&ERRORS)).then_some(5.0));
    let unknown: Vec<&str> = figures.unknown.iter().map(|it| it.what.as_str()).collect();
    assert_eq!(unknown, expected.unknown);
}

macro_rules! releases {
    ($($name:ident $release:literal $machines:expr, $sizes:literal, $unknown:expr;)*) => {
        $(
            #[test]
            fn $name() {
                let expected = Expected { machines: $machines, sizes: $sizes, unknown: $unknown };
                expect($release, &expected);
            }
        )*
    };
}

releases! {
    the_metrics_of_4_10 "4.10" "custom resources", 2, &[ERRORS, SIZES, RATES, CUSTOM];
    the_metrics_of_4_11 "4.11" "custom resources", 2, &[ERRORS, SIZES, RATES, CUSTOM];
    the_metrics_of_4_12 "4.12" "custom resources", 2, &[ERRORS, SIZES, RATES, CUSTOM];
    the_metrics_of_4_13 "4.13" MACHINES, 2, &[ERRORS, SIZES, RATES];
    the_metrics_of_4_14 "4.14" MACHINES, 2, &[ERRORS, SIZES, RATES];
    the_metrics_of_4_15 "4.15" MACHINES, 2, &[SIZES, RATES];
    the_metrics_of_4_16 "4.16" MACHINES, 1, &[SIZES, RATES];
    the_metrics_of_4_17 "4.17" MACHINES, 1, &[SIZES, RATES];
    the_metrics_of_4_18 "4.18" MACHINES, 1, &[SIZES, RATES];
    the_metrics_of_4_19 "4.19" MACHINES, 1, &[SIZES, RATES];
    the_metrics_of_4_20 "4.20" MACHINES, 1, &[SIZES, RATES];
    the_metrics_of_4_21 "4.21" MACHINES, 1, &[RATES];
    the_metrics_of_4_22 "4.22" MACHINES, 1, &[RATES];
}
