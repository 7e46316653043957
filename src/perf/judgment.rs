//! Figures beside their thresholds, and what they mean together.
//!
//! An API server feels the network, the members' disks and their processors as one number. So a sentence
//! names the disk only where the metrics of the members does, or says of a pattern what it fits.

use serde::{Deserialize, Serialize};

use super::figures::Figures;
use super::histogram::Estimate;
use super::members::{Figure, MemberView};
use super::threshold::{self, Level, Threshold, Unit};

/// A figure beside its threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Judgment {
    /// The stable name: `write-latency`.
    pub id: String,
    /// The figure, for people: `writes, p99`.
    pub figure: String,
    /// The verb, member or endpoint that the figure is of; null where there is one alone.
    pub of: Option<String>,
    /// The relation to the threshold.
    pub level: Level,
    /// The observed value, in the unit; null where it is not known.
    pub observed: Option<Estimate>,
    /// The unit.
    pub unit: Unit,
    /// Above this value the figure is close to the limit.
    pub close: f64,
    /// Above this value the figure is beyond the limit.
    pub beyond: f64,
    /// True where the buckets leave open on which side of `beyond` the figure lies.
    pub is_undecided: bool,
    /// The publisher of the limit.
    pub source: String,
    /// The page that documents the limit.
    pub url: String,
}

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

/// Puts every figure of a report beside its threshold. The members' figures are judged where the members
/// were asked, each by its worst member within the last hour.
#[must_use]
pub fn judge(figures: &Figures) -> Vec<Judgment> {
    let of = |name: &str| {
        let found = figures.requests_named(name).filter(|_| figures.are_of_window());
        found.map(|it| Times { count: it.count, p50: it.p50, p99: it.p99 }).unwrap_or_default()
    };
    let judged = |threshold, times: &Times| latency(threshold, None, times).of_number(times.count);
    let mut all = vec![
        judged(&threshold::WRITES, &of("writes")),
        judged(&threshold::READS, &of("reads")),
        judged(&threshold::LISTS, &of("lists")),
        failures(figures),
        size(figures),
        api_writes(figures),
    ];
    all.extend(figures.members.iter().flat_map(judge_members));
    all
}

fn judgment(threshold: &Threshold, of: Option<String>, observed: Option<Estimate>) -> Judgment {
    Judgment {
        id: threshold.id.to_owned(),
        figure: threshold.figure.to_owned(),
        of,
        level: threshold.level(observed.as_ref()),
        is_undecided: observed.is_some_and(|it| threshold.is_undecided(&it)),
        observed,
        unit: threshold.unit,
        close: threshold.close,
        beyond: threshold.beyond,
        source: threshold.source.to_owned(),
        url: threshold.url.to_owned(),
    }
}

/// How long some requests took.
#[derive(Default)]
struct Times {
    count: f64,
    p50: Option<Estimate>,
    p99: Option<Estimate>,
}

/// Judges requests by their 99th percentile. Of a few requests that is the slowest one, which may be an outlier: they
/// are beyond the limit where half of them is.
fn latency(threshold: &Threshold, of: Option<String>, times: &Times) -> Judgment {
    let judgment = judgment(threshold, of, times.p99);
    let is_told = times.count >= threshold::FEW
        || times.count >= threshold::FEWEST && threshold.level(times.p50.as_ref()) == Level::Beyond;
    let is_accident = judgment.level == Level::Beyond && !is_told;
    let level = if is_accident { Level::Close } else { judgment.level };
    Judgment { level, ..judgment }
}

impl Judgment {
    /// The same, as far as this number of requests tells: a few healthy requests do not make a figure healthy.
    fn of_number(self, count: f64) -> Self {
        let is_told = self.level != Level::Healthy || count >= threshold::FEWEST;
        Self { level: if is_told { self.level } else { Level::Unknown }, ..self }
    }

    /// Tells whether the figure is beyond its limit, and of too few requests to say so of all.
    fn is_of_few(&self) -> bool {
        // An exact value at the limit is close to it.
        let is_beyond =
            |it: Estimate| it.at_least >= self.beyond && it.at_most != Some(it.at_least);
        self.level == Level::Close && self.observed.is_some_and(is_beyond)
    }
}

fn failures(figures: &Figures) -> Judgment {
    let kinds = ["reads", "lists", "counts", "writes"];
    let kinds = || kinds.iter().filter_map(|name| figures.requests_named(name));
    let failed: Option<f64> = kinds().map(|it| it.failed).sum();
    let count: f64 = kinds().map(|it| it.count).sum();
    let failed = failed.filter(|_| count > 0.0 && figures.are_of_window());
    let share = failed.map(|it| Estimate::exact(it / count));
    judgment(&threshold::FAILURES, None, share).of_number(count)
}

fn size(figures: &Figures) -> Judgment {
    let sizes = figures.database.sizes.iter();
    let largest = sizes.max_by(|a, b| a.1.total_cmp(b.1));
    let of_members = figures.members.iter().flat_map(|it| &it.databases);
    let member = of_members
        .filter_map(|it| it.bytes.map(|bytes| (&it.member, bytes)))
        .max_by(|a, b| a.1.total_cmp(&b.1));
    let (name, bytes) = match (member, largest) {
        (Some((name, bytes)), _) => (Some(name.clone()), Some(bytes)),
        (None, Some((name, bytes))) => (Some(name.clone()), Some(*bytes)),
        (None, None) => (None, None),
    };
    let share =
        bytes.zip(figures.database.quota.as_ref()).map(|(bytes, quota)| bytes / quota.bytes);
    // One size needs no name.
    let name = name.filter(|_| figures.members.is_some() || figures.database.sizes.len() > 1);
    judgment(&threshold::SIZE, name, share.map(Estimate::exact))
}

/// Judges each verb that changes one object, and gives the worst judgment. A verb of a few requests counts after each verb
/// of many, unless so many of its requests are slow that it is beyond the limit.
fn api_writes(figures: &Figures) -> Judgment {
    let changes = || figures.changes().filter(|_| figures.are_of_window());
    let judged = changes().map(|it| {
        let times = Times { count: it.count, p50: it.p50, p99: it.p99 };
        let judgment = latency(&threshold::API_WRITES, Some(it.verb.clone()), &times);
        (it.count >= threshold::FEW || judgment.level == Level::Beyond, judgment)
    });
    let value = |it: &Judgment| it.observed.map_or(0.0, |it| it.value);
    let worst = judged.max_by(|(is_told, a), (is_also_told, b)| {
        let by_level = (is_told, a.level).cmp(&(is_also_told, b.level));
        by_level.then_with(|| value(a).total_cmp(&value(b)))
    });
    let none = || latency(&threshold::API_WRITES, None, &Times::default());
    // Where the slowest verb is fast, all are.
    let count = changes().map(|it| it.count).sum();
    worst.map_or_else(none, |it| it.1).of_number(count)
}

fn judge_members(view: &MemberView) -> Vec<Judgment> {
    let latest = view.ranges.first();
    let worst = |figure: Figure| latest.and_then(|it| it.worst(figure));
    let of = |threshold, figure| {
        let (member, observed) = worst(figure).unzip();
        judgment(threshold, member.map(str::to_owned), observed)
    };
    let fragmented = view.databases.iter().filter_map(|it| Some((&it.member, it.fragmentation()?)));
    let fragmented = fragmented.max_by(|a, b| a.1.total_cmp(&b.1));
    let (member, share) = fragmented.unzip();
    let mut all = vec![
        of(&threshold::FSYNC, Figure::Fsync),
        of(&threshold::COMMIT, Figure::Commit),
        of(&threshold::PEERS, Figure::PeerRoundTrip),
        of(&threshold::LEADERS, Figure::LeaderChanges),
        of(&threshold::PROPOSALS, Figure::FailedProposals),
        judgment(&threshold::FRAGMENTATION, member.cloned(), share.map(Estimate::exact)),
    ];
    // A member without metrics may be the slow one.
    for it in all.iter_mut().filter(|it| it.level == Level::Healthy && !view.silent.is_empty()) {
        it.level = Level::Unknown;
    }
    all
}

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
