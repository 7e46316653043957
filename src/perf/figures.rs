//! The figures of a measurement.
//!
//! A report holds names of resources, verbs, members and addresses, and numbers; nothing of any object.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::histogram::Estimate;
use super::members::MemberView;
use super::scrape::{EVENTS, LEASES, Operation};
use super::window::{Beginning, Interruption, Window};

/// The number of resources that are listed.
pub const LISTED: usize = 5;

/// The figures of a measurement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    /// The name of the cluster, which no other cluster has: `lab-x99n4`; null where the name is unknown.
    #[serde(default)]
    pub cluster: Option<String>,
    /// The end of the window; null where no scrape tells the time.
    pub measured_at: Option<Timestamp>,
    /// The stretch of time that the figures are of.
    pub window: WindowSummary,
    /// The API servers that were asked.
    pub api_servers: ApiServers,
    /// Requests of the API servers to etcd.
    pub requests: Vec<RequestFigures>,
    /// The database.
    pub database: Database,
    /// The causes of the load.
    pub load: Load,
    /// Requests to the API servers by verb.
    pub api_requests: Vec<CallFigures>,
    /// The metrics of the members, from Prometheus; null where Prometheus was not asked.
    pub members: Option<MemberView>,
    /// Everything that could not be learned, each with the reason.
    pub unknown: Vec<Gap>,
}

/// The stretch of time that figures are of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WindowSummary {
    /// The length; null where the time of a scrape is not known.
    pub seconds: Option<f64>,
    /// The beginning: a scrape, or a start of the process.
    pub begins_with: BeginningName,
    /// The reasons why the window had to begin anew, one for each time.
    pub interruptions: Vec<String>,
}

/// A [`Beginning`] in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum BeginningName {
    /// The first scrape.
    Scrape,
    /// The start of the API server's process between the two scrapes.
    Restart,
    /// The start of the API server's process, which may be long before the first scrape.
    ProcessStart,
}

/// The API servers that were asked, and those that were not.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiServers {
    /// The number of API servers that were asked.
    pub asked: usize,
    /// The number of API servers of the cluster; null where the number is not known.
    pub of: Option<usize>,
    /// The Kubernetes version of those that were asked: `v1.33.4`.
    pub version: Option<String>,
    /// The API servers that could not be asked.
    pub failed: Vec<Gap>,
}

/// Something that is not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// The name: a metric's, an address.
    pub what: String,
    /// The reason.
    pub reason: String,
}

impl Gap {
    /// Names something that is not known.
    #[must_use]
    pub fn new(what: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { what: what.into(), reason: reason.into() }
    }
}

/// The figures of one kind of request to etcd.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestFigures {
    /// `reads`, `lists`, `counts`, `writes`, or a kind of write: `creates`, `updates`, `deletes`.
    pub name: String,
    /// The number of requests.
    pub count: f64,
    /// The number per second; null where the length of the window is not known.
    pub per_second: Option<f64>,
    /// The mean in seconds, which no bucket blurs; null without requests.
    pub mean: Option<f64>,
    /// The median in seconds.
    pub p50: Option<Estimate>,
    /// The 90th percentile in seconds.
    pub p90: Option<Estimate>,
    /// The 99th percentile in seconds.
    pub p99: Option<Estimate>,
    /// The number of failed requests; null where the release does not tell.
    pub failed: Option<f64>,
}

/// The size of the database.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Database {
    /// The size in bytes, by etcd endpoint or by the API server's name for the cluster.
    pub sizes: BTreeMap<String, f64>,
    /// The quota; null where it is not known.
    pub quota: Option<Quota>,
}

/// The size that the database may have.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    /// The size in bytes.
    pub bytes: f64,
    /// The object or metric that it was read from.
    pub source: String,
}

/// The causes of the load.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Load {
    /// The resources that write most, the most first.
    pub writers: Vec<Writer>,
    /// The share of all writes that are of events; null without writes.
    pub events_share: Option<f64>,
    /// The share of all writes that are of leases; null without writes.
    pub leases_share: Option<f64>,
    /// The resources that take most room, the largest first: by bytes where the release estimates them,
    /// else by objects.
    pub largest: Vec<Stored>,
}

/// A resource that writes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Writer {
    /// The resource.
    pub resource: String,
    /// The number of writes.
    pub count: f64,
    /// The number per second; null where the length of the window is not known.
    pub per_second: Option<f64>,
    /// The share of all writes.
    pub share: f64,
}

/// A resource that is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stored {
    /// The resource.
    pub resource: String,
    /// The number of objects.
    pub objects: Option<f64>,
    /// The estimated size of the objects in bytes; null before Kubernetes 1.34.
    pub bytes: Option<f64>,
}

/// Requests to the API servers with one verb.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallFigures {
    /// The verb, as the API server counts it: `POST`, `LIST`.
    pub verb: String,
    /// The number of requests.
    pub count: f64,
    /// The number per second; null where the length of the window is not known.
    pub per_second: Option<f64>,
    /// The median in seconds.
    #[serde(default)]
    pub p50: Option<Estimate>,
    /// The 99th percentile in seconds.
    pub p99: Option<Estimate>,
    /// The share that failed with a 5xx status; null without requests.
    pub failed_share: Option<f64>,
    /// The share that was rejected with 429; null without requests.
    pub rejected_share: Option<f64>,
}

/// Facts that are known beside the scrapes.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The name of the cluster.
    pub cluster: Option<String>,
    /// The API servers.
    pub api_servers: ApiServers,
    /// The reasons why windows had to begin anew.
    pub interruptions: Vec<Interruption>,
    /// The quota of the database.
    pub quota: Option<Quota>,
    /// The metrics of the members.
    pub members: Option<MemberView>,
    /// Everything that could not be learned.
    pub unknown: Vec<Gap>,
}

impl Figures {
    /// Takes the figures of a window.
    #[must_use]
    pub fn new(window: &Window, surroundings: Surroundings) -> Self {
        let mut unknown = unseen(surroundings.members.as_ref());
        unknown.extend(surroundings.unknown);
        unknown.extend(missing(window));
        let database = Database {
            sizes: window.last.sizes.clone(),
            quota: quota(surroundings.members.as_ref()).or(surroundings.quota),
        };
        let version = window.last.process.version.clone();
        Self {
            cluster: surroundings.cluster,
            measured_at: window.last.read_at,
            window: WindowSummary {
                seconds: window.seconds,
                begins_with: match window.beginning {
                    Beginning::Scrape => BeginningName::Scrape,
                    Beginning::Restart => BeginningName::Restart,
                    Beginning::ProcessStart => BeginningName::ProcessStart,
                },
                interruptions: surroundings.interruptions.iter().map(ToString::to_string).collect(),
            },
            api_servers: ApiServers { version, ..surroundings.api_servers },
            requests: requests(window),
            database,
            load: load(window),
            api_requests: calls(window),
            members: surroundings.members,
            unknown,
        }
    }

    /// Tells whether the requests are of the time that was to be measured. Those since the start of a process may be
    /// of weeks, and do not show how etcd was meanwhile.
    #[must_use]
    pub fn are_of_window(&self) -> bool {
        self.window.begins_with != BeginningName::ProcessStart
    }

    /// The figures of a kind of request.
    #[must_use]
    pub fn requests_named(&self, name: &str) -> Option<&RequestFigures> {
        self.requests.iter().find(|it| it.name == name)
    }

    /// The largest size of the database in bytes.
    #[must_use]
    pub fn size(&self) -> Option<f64> {
        self.database.sizes.values().copied().reduce(f64::max)
    }

    /// The verbs that change one object.
    pub fn changes(&self) -> impl Iterator<Item = &CallFigures> {
        self.api_requests.iter().filter(|it| is_change(&it.verb))
    }
}

/// The quota that a member reports.
fn quota(members: Option<&MemberView>) -> Option<Quota> {
    let quotas = members?.databases.iter().filter_map(|it| it.quota);
    let bytes = quotas.reduce(f64::min)?;
    Some(Quota { bytes, source: "etcd_server_quota_backend_bytes".to_owned() })
}

/// The members that are missing from the metrics of the members, and the members of nobody knows which cluster.
fn unseen(members: Option<&MemberView>) -> Vec<Gap> {
    let silent = members.into_iter().flat_map(|it| &it.silent);
    let silent = silent.map(|it| {
        Gap::new(format!("view of {it}"), "Prometheus has no current metrics of it, or not all")
    });
    let others = members.into_iter().flat_map(|it| &it.others);
    let others = others.map(|it| {
        Gap::new(format!("cluster of {it}"), "etcd/cluster has no such Node; not judged")
    });
    silent.chain(others).collect()
}

/// The name of a kind of request, and the operations that it has.
type FigureKind = (&'static str, fn(Operation) -> bool);

const KINDS: [FigureKind; 7] = [
    ("reads", |it| it == Operation::Get),
    ("lists", |it| it == Operation::List),
    ("writes", Operation::is_write),
    ("creates", |it| it == Operation::Create),
    ("updates", |it| it == Operation::Update),
    ("deletes", |it| it == Operation::Delete),
    ("counts", |it| it == Operation::Count),
];

fn requests(window: &Window) -> Vec<RequestFigures> {
    let figures = |(name, is_meant): FigureKind| {
        let histogram = window.requests_of(is_meant);
        let failed = window.errors.as_ref().map(|errors| {
            errors.iter().filter(|(it, _)| is_meant(**it)).fold(0.0, |sum, (_, count)| sum + count)
        });
        RequestFigures {
            name: name.to_owned(),
            count: histogram.count(),
            per_second: window.seconds.map(|it| histogram.count() / it),
            mean: histogram.mean(),
            p50: histogram.quantile(0.5),
            p90: histogram.quantile(0.9),
            p99: histogram.quantile(0.99),
            failed,
        }
    };
    KINDS.into_iter().map(figures).collect()
}

fn load(window: &Window) -> Load {
    let writes = window.writes_by_resource();
    let total: f64 = writes.values().sum();
    let share = |resource: &str| {
        let count = writes.get(resource).copied().unwrap_or_default();
        (total > 0.0).then(|| count / total)
    };
    let mut most: Vec<(&str, f64)> =
        writes.iter().filter(|(_, count)| **count > 0.0).map(|(it, count)| (*it, *count)).collect();
    most.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let named = |(resource, count): (&str, f64)| Writer {
        resource: resource.to_owned(),
        count,
        per_second: window.seconds.map(|it| count / it),
        share: count / total,
    };
    Load {
        writers: most.into_iter().take(LISTED).map(named).collect(),
        events_share: share(EVENTS),
        leases_share: share(LEASES),
        largest: largest(window),
    }
}

fn largest(window: &Window) -> Vec<Stored> {
    let (objects, bytes) = (&window.last.objects, &window.last.object_bytes);
    let measure = if bytes.is_empty() { objects } else { bytes };
    let mut found: Vec<(&String, f64)> =
        measure.iter().filter(|it| *it.1 > 0.0).map(|(name, value)| (name, *value)).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(b.0)));
    let stored = |(name, _): (&String, f64)| Stored {
        resource: name.clone(),
        objects: objects.get(name).copied(),
        bytes: bytes.get(name).copied(),
    };
    found.into_iter().take(LISTED).map(stored).collect()
}

fn calls(window: &Window) -> Vec<CallFigures> {
    let figures = |(verb, calls): (&String, &super::scrape::Calls)| {
        let share = |part: f64| (calls.answered > 0.0).then(|| part / calls.answered);
        CallFigures {
            verb: verb.clone(),
            count: calls.answered,
            per_second: window.seconds.map(|it| calls.answered / it),
            p50: calls.duration.quantile(0.5),
            p99: calls.duration.quantile(0.99),
            failed_share: share(calls.failed),
            rejected_share: share(calls.rejected),
        }
    };
    window.calls.iter().map(figures).filter(|it| it.count > 0.0).collect()
}

/// Tells whether an API verb changes one object, as Kubernetes' SLO has it.
fn is_change(verb: &str) -> bool {
    matches!(verb, "POST" | "PUT" | "PATCH" | "APPLY" | "DELETE")
}

/// The metrics that the release does not have, or has under a form that says less.
fn missing(window: &Window) -> Vec<Gap> {
    let last = &window.last;
    let mut gaps = Vec::new();
    let mut gap = |is_missing: bool, what: &str, reason: &str| {
        if is_missing {
            gaps.push(Gap::new(what, reason));
        }
    };
    let not_served = "not served by this API server";
    gap(
        window.errors.is_none(),
        "etcd_request_errors_total",
        "served by API servers since Kubernetes 1.28",
    );
    gap(
        last.sizes.is_empty(),
        "apiserver_storage_size_bytes",
        "the metric and its predecessors have no value: etcd did not respond to the API server, or the \
         metric is not served",
    );
    gap(last.objects.is_empty(), "apiserver_storage_objects", not_served);
    gap(
        last.object_bytes.is_empty(),
        "apiserver_resource_size_estimate_bytes",
        "served by API servers since Kubernetes 1.34; earlier API servers report the resources with the \
         most objects instead",
    );
    gap(window.calls.is_empty(), "apiserver_request_total", not_served);
    gap(
        last.process.started.is_none(),
        "process_start_time_seconds",
        "not served, so a restart is only detected by decreasing counters",
    );
    gap(
        window.seconds.is_none(),
        "rates",
        match window.beginning {
            Beginning::Scrape => {
                "the time between the metrics files is unknown; set the time with --for"
            }
            Beginning::Restart | Beginning::ProcessStart => {
                "the time since the start of the API server is unknown"
            }
        },
    );
    if window.requests.keys().any(|(_, it)| it == super::scrape::CUSTOM_RESOURCES) {
        let reason =
            "API servers up to Kubernetes 1.25 count custom resources of all kinds together";
        gaps.push(Gap::new("writes by custom resource", reason));
    }
    for name in window.unknown_operations() {
        gaps.push(Gap::new(
            format!("operation {name}"),
            "unknown to this version of oc-etcd and omitted",
        ));
    }
    gaps
}
