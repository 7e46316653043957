//! What the judgments mean together.
//!
//! An API server feels the network, the members' disks and their processors as one number. So a sentence
//! names the disk only where the metrics of the members do, or says of a pattern what it fits.

use serde::{Deserialize, Serialize};

use super::figures::Figures;
use super::judgment::Judgment;
use super::threshold::{self, Level, Threshold};

/// The meaning of the judgments together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Conclusion {
    /// The worst level of etcd's figures.
    pub level: Level,
    /// A summary in one sentence.
    pub summary: String,
    /// Possible causes, a sentence each.
    pub points: Vec<String>,
}

impl Default for Conclusion {
    fn default() -> Self {
        Self { level: Level::Unknown, summary: String::new(), points: Vec::new() }
    }
}

/// The share of all writes from which on one resource is named.
const MANY: f64 = 0.5;

/// Says what the judgments mean together.
#[must_use]
pub fn conclude(figures: &Figures, judgments: &[Judgment]) -> Conclusion {
    let judged = Judged { figures, judgments };
    let of_etcd = || judgments.iter().filter(|it| it.id != threshold::API_WRITES.id);
    let felt = [judged.level(&threshold::WRITES), judged.level(&threshold::READS)];
    let worst = of_etcd().map(|it| it.level).max().unwrap_or(Level::Unknown);
    let named = |level: Level| {
        let named: Vec<&str> =
            of_etcd().filter(|it| it.level == level).map(|it| it.figure.as_str()).collect();
        named.join("; ")
    };
    let many = |name: &str| match figures.requests_named(name) {
        Some(it) if it.count > 0.0 => "too few",
        _ => "no",
    };
    let unmeasured = match felt {
        [Level::Unknown, Level::Unknown] if !figures.are_of_window() => {
            let why = figures.window.interruptions.last();
            let why = why.map_or("the readings are not comparable", String::as_str);
            Some(format!("nothing is known of the time between the readings, because {why}"))
        }
        [Level::Unknown, Level::Unknown] => {
            let (reads, writes) = (many("reads"), many("writes"));
            Some(format!("{reads} reads and {writes} writes were measured"))
        }
        [Level::Unknown, _] => Some(format!("{} writes were measured", many("writes"))),
        _ => None,
    };
    let silent = judged.silent();
    let (level, summary) = match worst {
        Level::Beyond => {
            (worst, format!("etcd exceeds a documented limit: {}.", named(Level::Beyond)))
        }
        Level::Close => {
            (worst, format!("etcd is close to a documented limit: {}.", named(Level::Close)))
        }
        _ if felt == [Level::Unknown; 2] || !silent.is_empty() => {
            let unreached = (!silent.is_empty()).then(|| unreached(silent));
            let reasons: Vec<String> = unmeasured.into_iter().chain(unreached).collect();
            let reasons = reasons.join("; ");
            (Level::Unknown, format!("It is unknown whether etcd is the bottleneck: {reasons}."))
        }
        _ if felt.first() == Some(&Level::Unknown) => {
            let many = many("writes");
            let summary = format!(
                "Reads are fast. The speed of writes is unknown: {many} writes were measured."
            );
            (Level::Unknown, summary)
        }
        _ => (
            Level::Healthy,
            format!("etcd is not the bottleneck, as measured through {}.", seer(figures)),
        ),
    };
    Conclusion { level, summary, points: points(&judged, level) }
}

/// Figures with their judgments.
struct Judged<'a> {
    figures: &'a Figures,
    judgments: &'a [Judgment],
}

impl Judged<'_> {
    fn level(&self, threshold: &Threshold) -> Level {
        let found = self.judgments.iter().find(|it| it.id == threshold.id);
        found.map_or(Level::Unknown, |it| it.level)
    }

    /// The members of which Prometheus has no current metrics, or not all.
    fn silent(&self) -> &[String] {
        self.figures.members.as_ref().map_or(&[], |it| &it.silent)
    }

    fn is_of_few(&self, threshold: &Threshold) -> bool {
        self.judgments.iter().any(|it| it.id == threshold.id && it.is_of_few())
    }
}

/// `Prometheus has no complete metrics of etcd-b, which may be the slow member`
fn unreached(silent: &[String]) -> String {
    let which = if silent.len() == 1 { "which" } else { "one of which" };
    format!(
        "Prometheus has no complete metrics of {}, {which} may be the slow member",
        silent.join(", ")
    )
}

/// `this API server`
fn seer(figures: &Figures) -> String {
    match figures.api_servers.asked {
        0 | 1 => "this API server".to_owned(),
        many => format!("{many} API servers"),
    }
}

fn points(judged: &Judged<'_>, worst: Level) -> Vec<String> {
    let level = |threshold: &Threshold| judged.level(threshold);
    let is_high = |threshold: &Threshold| level(threshold) >= Level::Close;
    let mut points = Vec::new();
    if !judged.figures.are_of_window() {
        points.push(
            "Both readings must come from one API server, and each connection through the load balancer may reach \
             another one. Save the second metrics file again until both have the same process_start_time_seconds, \
             or measure the cluster with --all, which asks each API server at its own address."
                .to_owned(),
        );
    }
    if judged.judgments.iter().any(Judgment::is_of_few) {
        points.push(format!(
            "The p99 of fewer than {:.0} requests is the single slowest request, which may be an outlier. A longer \
             measurement has more requests.",
            threshold::FEW
        ));
    }
    if judged.figures.members.is_some() {
        points.extend(of_members(judged));
    } else if is_high(&threshold::WRITES) && !judged.is_of_few(&threshold::WRITES) {
        points.push(pattern(level(&threshold::READS)).to_owned());
    }
    if is_high(&threshold::LISTS) && level(&threshold::READS) == Level::Healthy {
        points.push(lists(judged.figures));
    }
    if is_high(&threshold::SIZE) {
        points.push(
            "Size: when the database reaches its quota, etcd rejects all writes. The largest resources are \
             listed above; defragmentation frees the space of deleted data."
                .to_owned(),
        );
    }
    if worst >= Level::Close {
        points.extend(load(judged.figures));
    }
    let are_slow = is_high(&threshold::API_WRITES) && !judged.is_of_few(&threshold::API_WRITES);
    if are_slow && worst < Level::Close {
        points.push(
            "The API server is slow, but its requests to etcd are not: check admission webhooks, CPU usage \
             and request queues."
                .to_owned(),
        );
    }
    points
}

/// Says what the API server's view alone allows to say of slow writes.
const fn pattern(reads: Level) -> &'static str {
    match reads {
        Level::Healthy => {
            "Writes are slow but reads are not. Unlike a read, a write waits until a majority of the \
             members has stored the write on disk, so slow disks are likely. Only the metrics of the members can confirm the cause."
        }
        Level::Unknown => {
            "Writes are slow, and no reads were measured for comparison. Only the metrics of the members \
             can show whether disks, network, CPU or load are the cause."
        }
        Level::Close | Level::Beyond => {
            "Reads and writes are slow. Only the metrics of the members can show whether disks, network, \
             CPU or load are the cause."
        }
    }
}

fn of_members(judged: &Judged<'_>) -> Vec<String> {
    let high = |threshold: &Threshold| {
        let found = judged.judgments.iter().find(|it| it.id == threshold.id)?;
        (found.level >= Level::Close).then(|| found.of.clone().unwrap_or_default())
    };
    let mut points = Vec::new();
    if let Some(member) = high(&threshold::FSYNC).or_else(|| high(&threshold::COMMIT)) {
        points.push(format!("Disk: {member} has the slowest disk writes."));
    }
    if let Some(member) = high(&threshold::PEERS) {
        points.push(format!(
            "Network: {member} has slow round trips. A round trip \
             includes the processing time of the other member."
        ));
    }
    if high(&threshold::LEADERS).is_some() {
        points.push(
            "The leader changed: members did not receive heartbeats from the leader in time, or members \
             were restarted."
                .to_owned(),
        );
    }
    if let Some(member) = high(&threshold::FRAGMENTATION) {
        points.push(format!(
            "Size: about half of the database file of {member} is unused; defragmentation frees this space."
        ));
    }
    if points.is_empty() && judged.level(&threshold::WRITES) >= Level::Close {
        points.push(match judged.silent() {
            [] => {
                "In the last hour, the metrics of the members show no slow disk and no slow peer: check the CPU \
                 usage of the members, and the network between the API servers and etcd."
                    .to_owned()
            }
            silent => format!("{}.", unreached(silent)),
        });
    }
    points
}

fn lists(figures: &Figures) -> String {
    let largest = figures.load.largest.first();
    let largest = largest.map(|it| format!(" The largest resource is {}.", it.resource));
    format!(
        "Lists are slow but reads of single keys are not: lists of many or large objects are a likely \
         cause.{}",
        largest.unwrap_or_default()
    )
}

/// The one resource that makes most of the writes. Metrics name no client.
fn load(figures: &Figures) -> Option<String> {
    let first = figures.load.writers.first().filter(|it| it.share >= MANY)?;
    if first.count < threshold::FEW * MANY {
        return None;
    }
    let percent = first.share * 100.0;
    Some(if first.resource == super::scrape::EVENTS {
        format!(
            "Events: {percent:.0} % of the writes are events. oc get events -A lists the objects of the \
             events."
        )
    } else {
        format!(
            "Load: {} makes {percent:.0} % of the writes. The metrics do not identify the clients; oc get \
             apirequestcounts does.",
            first.resource
        )
    })
}
