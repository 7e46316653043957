//! One scrape of an API server's `/metrics`, as far as it tells of etcd, summed while it is read.
//!
//! The names and labels changed between Kubernetes 1.23 (OpenShift 4.10) and 1.35 (4.22); `docs/perf.md`
//! has the table. All of them are read here, so that the rest of `perf` knows one form:
//!
//! | since | what changed |
//! |---|---|
//! | 1.25 | `etcd_request_duration_seconds` has 23 bounds, 11 before |
//! | 1.26 | its label `type` is a resource, a Go type before; `etcd_db_total_size_in_bytes` is `apiserver_storage_db_total_size_in_bytes` |
//! | 1.28 | `etcd_requests_total` and `etcd_request_errors_total` come; the size is `apiserver_storage_size_bytes` |
//! | 1.30 | the label of that size is `storage_cluster_id`, `cluster` before |
//! | 1.34 | `type` is `group` and `resource`; `apiserver_resource_objects` and `apiserver_resource_size_estimate_bytes` come |

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::exposition::{ExpositionError, Lines, Sample};
use super::histogram::Histogram;

/// The number of pairs of an operation and a resource that a scrape may have. A large cluster has some thousands.
const MOST_PAIRS: usize = 50_000;

/// A request that an API server sends to etcd, by what it does there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operation {
    /// A read of one key.
    Get,
    /// A read of a page of keys, and their values.
    List,
    /// A count of keys, or a read of keys without values.
    Count,
    /// A transaction that makes a key.
    Create,
    /// A transaction that changes a key.
    Update,
    /// A transaction that deletes a key.
    Delete,
    /// An operation of a newer release, which this version does not know.
    Unknown,
}

/// The API server's process that a scrape comes from, as far as the scrape tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Process {
    /// The start of the process, in seconds since 1970 (`process_start_time_seconds`).
    pub started: Option<f64>,
    /// The Kubernetes version: `v1.33.4` (`kubernetes_build_info`).
    pub version: Option<String>,
    /// A digest of the server's name, where a family has the label `apiserver_id_hash`.
    pub id_hash: Option<String>,
}

/// Requests to the API server with one verb.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calls {
    /// The durations; watches and other long-running requests left out.
    pub duration: Histogram,
    /// The number of requests that were answered (`apiserver_request_total`).
    pub answered: f64,
    /// The number of requests that were answered with a 5xx status.
    pub failed: f64,
    /// The number of requests that were answered with 429.
    pub rejected: f64,
}

/// A scrape, with every sum already made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scrape {
    /// The time when the API server began to answer; `None` for a file whose time nothing confirms.
    pub read_at: Option<Timestamp>,
    /// The process that it comes from.
    pub process: Process,
    /// The durations of requests to etcd, by operation and resource.
    pub requests: BTreeMap<(Operation, String), Histogram>,
    /// The number of requests that etcd's client reported as failed; `None` before Kubernetes 1.28.
    pub errors: Option<BTreeMap<Operation, f64>>,
    /// The size of the database in bytes, by etcd endpoint (up to 1.28) or storage cluster.
    pub sizes: BTreeMap<String, f64>,
    /// The number of stored objects by resource.
    pub objects: BTreeMap<String, f64>,
    /// The estimated size of all objects of a resource in bytes; empty before Kubernetes 1.34.
    pub object_bytes: BTreeMap<String, f64>,
    /// Requests to the API server by verb.
    pub calls: BTreeMap<String, Calls>,
    /// Operations that this version does not know.
    pub unknown_operations: BTreeSet<String>,
    /// The time of the process's last garbage collection, in seconds since 1970. Go does so at least every two
    /// minutes, so a scrape is at most that much younger.
    pub collected: Option<f64>,
}

/// The reason why a text is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScrapeError {
    /// The text is no exposition, or is damaged.
    #[error(transparent)]
    Exposition(#[from] ExpositionError),
    /// The text holds no family of an API server.
    #[error("the file contains no API server metrics: etcd_request_duration_seconds is missing")]
    NotOfApiServer,
    /// The durations of requests have no bucket that holds all of them, so that they cannot be counted.
    #[error(
        "etcd_request_duration_seconds has no bucket for all requests (le=\"+Inf\"); the file is possibly \
         filtered"
    )]
    NoBucket,
    /// The text has more rows than any API server.
    #[error("the file contains more than {MOST_PAIRS} pairs of operation and resource")]
    TooMany,
}

/// Reads a scrape while it arrives.
#[derive(Debug)]
pub struct ScrapeReader {
    lines: Lines<fn(&str) -> bool>,
    scrape: Scrape,
    has_totals: bool,
    errors: BTreeMap<Operation, f64>,
}

impl Default for ScrapeReader {
    fn default() -> Self {
        Self {
            lines: Lines::new(is_wanted),
            scrape: Scrape::default(),
            has_totals: false,
            errors: BTreeMap::new(),
        }
    }
}

/// Tells whether a line of that name is used: everything that [`ScrapeReader::take`] knows.
fn is_wanted(name: &str) -> bool {
    matches!(
        name,
        "etcd_request_duration_seconds_bucket"
            | "etcd_request_duration_seconds_sum"
            | "etcd_requests_total"
            | "etcd_request_errors_total"
            | "etcd_db_total_size_in_bytes"
            | "apiserver_storage_db_total_size_in_bytes"
            | "apiserver_storage_size_bytes"
            | "apiserver_storage_objects"
            | "apiserver_resource_objects"
            | "apiserver_resource_size_estimate_bytes"
            | "apiserver_request_total"
            | "apiserver_request_duration_seconds_bucket"
            | "apiserver_request_duration_seconds_sum"
            | "process_start_time_seconds"
            | "kubernetes_build_info"
            | "go_memstats_last_gc_time_seconds"
    )
}

impl Scrape {
    /// Tells whether both are one scrape, and not two of a process to which nothing happened: a scrape is a request
    /// itself, and so is each renewal of a lease.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        self.process == other.process
            && self.collected == other.collected
            && self.requests == other.requests
            && self.calls == other.calls
    }
}

impl ScrapeReader {
    /// Takes the next bytes.
    ///
    /// # Errors
    /// When they cannot belong to a scrape.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), ScrapeError> {
        let Self { lines, scrape, has_totals, errors } = self;
        lines.feed(bytes, &mut |it| take(it, scrape, has_totals, errors))?;
        if self.scrape.requests.len() > MOST_PAIRS {
            return Err(ScrapeError::TooMany);
        }
        Ok(())
    }

    /// Ends the scrape.
    ///
    /// # Errors
    /// When it breaks off, or is none of an API server.
    pub fn finish(mut self) -> Result<Scrape, ScrapeError> {
        self.lines.end()?;
        if self.scrape.requests.is_empty() {
            return Err(ScrapeError::NotOfApiServer);
        }
        if !self.scrape.requests.values().all(Histogram::is_whole) {
            return Err(ScrapeError::NoBucket);
        }
        // A family without any row is not written, so no error and no such family look alike; the
        // totals came with the same release.
        self.scrape.errors = self.has_totals.then_some(self.errors);
        Ok(self.scrape)
    }
}

fn take(
    it: Sample<'_>,
    scrape: &mut Scrape,
    has_totals: &mut bool,
    errors: &mut BTreeMap<Operation, f64>,
) {
    match it.name {
        "etcd_request_duration_seconds_bucket" | "etcd_request_duration_seconds_sum" => {
            take_request(&it, scrape);
        }
        "etcd_requests_total" => *has_totals = true,
        "etcd_request_errors_total" => *errors.entry(operation(&it)).or_default() += it.value,
        "etcd_db_total_size_in_bytes"
        | "apiserver_storage_db_total_size_in_bytes"
        | "apiserver_storage_size_bytes" => take_size(&it, &mut scrape.sizes),
        // Up to 1.34 both are there, and say the same.
        "apiserver_storage_objects" | "apiserver_resource_objects" => {
            take_gauge(&it, &mut scrape.objects);
        }
        "apiserver_resource_size_estimate_bytes" => take_gauge(&it, &mut scrape.object_bytes),
        "process_start_time_seconds" => scrape.process.started = Some(it.value),
        "kubernetes_build_info" => {
            scrape.process.version = it.label("git_version").map(Cow::into_owned);
        }
        "go_memstats_last_gc_time_seconds" => scrape.collected = Some(it.value),
        _ => take_call(&it, scrape),
    }
    if let Some(hash) = it.label("apiserver_id_hash") {
        scrape.process.id_hash = Some(hash.into_owned());
    }
}

fn take_request(it: &Sample<'_>, scrape: &mut Scrape) {
    let operation = operation(it);
    if operation == Operation::Unknown
        && let Some(name) = it.label("operation")
    {
        scrape.unknown_operations.insert(name.into_owned());
    }
    // What is counted is named by its key up to 1.33, and nothing is told by resource.
    let resource = if operation == Operation::Count { None } else { resource(it) };
    let histogram = scrape.requests.entry((operation, resource.unwrap_or_default())).or_default();
    add(it, histogram);
}

fn add(it: &Sample<'_>, histogram: &mut Histogram) {
    match it.label("le").map(|it| it.parse()) {
        Some(Ok(upper)) => histogram.add_bucket(upper, it.value),
        None if it.name.ends_with("_sum") => histogram.add_sum(it.value),
        _ => {}
    }
}

fn operation(it: &Sample<'_>) -> Operation {
    match it.label("operation").as_deref() {
        Some("get") => Operation::Get,
        Some("list") => Operation::List,
        Some("listWithCount" | "listOnlyKeys") => Operation::Count,
        Some("create") => Operation::Create,
        Some("update") => Operation::Update,
        Some("delete") => Operation::Delete,
        _ => Operation::Unknown,
    }
}

/// The resource as the newer releases have it: `secrets`, `machines.machine.openshift.io`.
fn resource(it: &Sample<'_>) -> Option<String> {
    if let Some(of_type) = it.label("type") {
        return Some(of_go_type(&of_type).to_owned());
    }
    let resource = it.label("resource")?;
    Some(match it.label("group") {
        Some(group) => format!("{resource}.{group}"),
        None => resource.into_owned(),
    })
}

/// A resource by the Go type that releases up to 1.25 name: `*core.Secret`. Of most types the resource is
/// not told, so the type is shown; all custom resources have one.
fn of_go_type(name: &str) -> &str {
    let name = name.strip_prefix('*').unwrap_or(name);
    match name.strip_suffix("List").unwrap_or(name) {
        "core.Event" => EVENTS,
        "coordination.Lease" => LEASES,
        "core.Secret" => "secrets",
        "core.ConfigMap" => "configmaps",
        "core.Pod" => "pods",
        "core.Node" => "nodes",
        "core.Endpoints" => "endpoints",
        "unstructured.Unstructured" => CUSTOM_RESOURCES,
        other => other,
    }
}

/// The resource of events, of both API groups: they are stored as one.
pub const EVENTS: &str = "events";
/// The resource of leases.
pub const LEASES: &str = "leases.coordination.k8s.io";
/// The name for all custom resources together, which releases up to 1.25 do not tell apart.
pub const CUSTOM_RESOURCES: &str = "custom resources";

fn take_size(it: &Sample<'_>, sizes: &mut BTreeMap<String, f64>) {
    let names = ["endpoint", "storage_cluster_id", "cluster"];
    let name = names.into_iter().find_map(|name| it.label(name));
    // −1 stands for a member that did not answer.
    if it.value >= 0.0 {
        sizes.insert(name.map_or_else(|| "etcd".to_owned(), Cow::into_owned), it.value);
    }
}

fn take_gauge(it: &Sample<'_>, gauges: &mut BTreeMap<String, f64>) {
    // −1 stands for a count that failed.
    if let Some(name) = resource(it).filter(|_| it.value >= 0.0) {
        gauges.insert(name, it.value);
    }
}

/// The verbs and subresources whose requests last as long as the client wants, as Red Hat's alert
/// `KubeAPIErrorBudgetBurn` leaves them out.
const LONG_RUNNING: [&str; 4] = ["WATCH", "WATCHLIST", "CONNECT", "PROXY"];
const LONG_RUNNING_PARTS: [&str; 5] = ["proxy", "log", "exec", "attach", "portforward"];

fn take_call(it: &Sample<'_>, scrape: &mut Scrape) {
    let (Some(verb), Some(_)) = (it.label("verb"), it.label("resource")) else { return };
    let part = it.label("subresource");
    let lasts = part.is_some_and(|it| LONG_RUNNING_PARTS.contains(&&*it));
    if lasts || LONG_RUNNING.contains(&&*verb) {
        return;
    }
    let calls = match scrape.calls.get_mut(&*verb) {
        Some(calls) => calls,
        None => scrape.calls.entry(verb.into_owned()).or_default(),
    };
    if it.name != "apiserver_request_total" {
        return add(it, &mut calls.duration);
    }
    calls.answered += it.value;
    match it.label("code").as_deref() {
        Some("429") => calls.rejected += it.value,
        Some(code) if code.starts_with('5') => calls.failed += it.value,
        _ => {}
    }
}

impl Operation {
    /// Tells whether the operation writes. Each write is one transaction of etcd.
    #[must_use]
    pub const fn is_write(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::Delete)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Scrape, ScrapeError> {
        let mut reader = ScrapeReader::default();
        reader.feed(text.as_bytes())?;
        reader.finish()
    }

    #[test]
    fn a_go_type_is_the_resource_that_it_stands_for() {
        for (name, resource) in [
            ("*core.Event", EVENTS),
            ("*core.EventList", EVENTS),
            ("*coordination.Lease", LEASES),
            ("*unstructured.UnstructuredList", CUSTOM_RESOURCES),
            ("*apps.Deployment", "apps.Deployment"),
            ("secrets", "secrets"),
            ("machines.machine.openshift.io", "machines.machine.openshift.io"),
        ] {
            assert_eq!(of_go_type(name), resource, "{name}");
        }
    }

    #[test]
    fn what_is_no_scrape_of_an_api_server_is_refused() {
        assert_eq!(read("<html>\n"), Err(ScrapeError::NotOfApiServer));
        assert_eq!(
            read("etcd_disk_wal_fsync_duration_seconds_sum 1\n"),
            Err(ScrapeError::NotOfApiServer)
        );
        assert_eq!(read("etcd_requests_total{"), Err(ExpositionError::BrokenOff.into()));
    }

    #[test]
    fn every_wanted_name_is_taken_into_account() {
        // A row that is wanted and means nothing would be parsed in vain.
        for (name, labels) in [
            ("etcd_requests_total", "operation=\"get\""),
            ("etcd_db_total_size_in_bytes", "endpoint=\"x\""),
            ("apiserver_storage_size_bytes", "cluster=\"x\""),
            ("apiserver_resource_objects", "resource=\"x\""),
            ("apiserver_resource_size_estimate_bytes", "group=\"y\",resource=\"x\""),
            ("apiserver_request_total", "verb=\"GET\",resource=\"x\",code=\"200\""),
            ("process_start_time_seconds", "a=\"b\""),
            ("kubernetes_build_info", "git_version=\"v1\""),
            ("go_memstats_last_gc_time_seconds", "a=\"b\""),
        ] {
            let least = "etcd_request_duration_seconds_bucket{operation=\"get\",type=\"x\",le=\"+Inf\"} 1\n";
            let more = format!("{least}{name}{{{labels}}} 1\n");
            assert!(is_wanted(name));
            assert_ne!(read(&more).unwrap(), read(least).unwrap(), "{name}");
        }
    }

    #[test]
    fn an_unknown_operation_is_kept_by_name() {
        let text =
            "etcd_request_duration_seconds_bucket{operation=\"stream\",type=\"x\",le=\"+Inf\"} 1\n";
        assert!(read(text).unwrap().unknown_operations.contains("stream"));
    }
}
