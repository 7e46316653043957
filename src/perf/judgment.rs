//! Figures beside their thresholds.

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
    pub(super) fn is_of_few(&self) -> bool {
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
