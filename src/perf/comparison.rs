//! Two reports side by side: did it get better?
//!
//! Means are exact and decide; a quantile decides only where the buckets of before and after do not
//! overlap.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use super::figures::Figures;
use super::histogram::Estimate;
use super::members::Figure;
use super::threshold::FEW;
use crate::model::text::printable;

/// A ratio of means that is nearer to one than this says nothing.
const NOISE: f64 = 0.05;
/// A load that differs by more than this factor is told.
const OTHER_LOAD: f64 = 1.5;

/// A report beside an earlier one.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PerfComparison {
    /// The earlier one.
    pub before: Occasion,
    /// The later one.
    pub after: Occasion,
    /// Figure by figure.
    pub figures: Vec<FigureChange>,
    /// Notes for whoever reads the figures.
    pub notes: Vec<String>,
}

/// The time and the subject of a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Occasion {
    /// The name of the cluster; null where the name is unknown.
    pub cluster: Option<String>,
    /// The end of the window.
    pub measured_at: Option<Timestamp>,
    /// The length of its window in seconds.
    pub seconds: Option<f64>,
    /// The number of API servers that were asked.
    pub api_servers: usize,
    /// The version of the API servers.
    pub version: Option<String>,
}

/// A figure before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FigureChange {
    /// The figure: `writes, mean`.
    pub figure: String,
    /// The unit.
    pub unit: ComparedUnit,
    /// Before; null where it was not known.
    pub before: Option<Estimate>,
    /// After; null where it is not known.
    pub after: Option<Estimate>,
    /// After divided by before.
    pub ratio: Option<Estimate>,
    /// The meaning of the ratio.
    pub trend: Trend,
}

/// The unit of a figure that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ComparedUnit {
    /// Seconds.
    Seconds,
    /// A number per second.
    PerSecond,
    /// Bytes.
    Bytes,
}

/// The meaning of a ratio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Trend {
    /// A figure that got better.
    Better,
    /// A figure that got worse.
    Worse,
    /// A figure that is as before, or whose buckets tell no difference.
    Same,
    /// A load, which is neither good nor bad.
    Neutral,
    /// A value of one side is unknown.
    Unknown,
}

impl Trend {
    /// The word for it, for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Same => "same",
            Self::Neutral => "",
            Self::Unknown => "unknown",
        }
    }
}

impl PerfComparison {
    /// Compares two reports.
    #[must_use]
    pub fn of(before: &Figures, after: &Figures) -> Self {
        let mut figures = Vec::new();
        let are_measured = before.are_of_window() && after.are_of_window();
        for name in ["writes", "reads", "lists"] {
            let mean = |report: &Figures| {
                report.requests_named(name).and_then(|it| it.mean).map(Estimate::exact)
            };
            let p99 = |report: &Figures| report.requests_named(name).and_then(|it| it.p99);
            let mean = latency(format!("{name}, mean"), mean(before), mean(after));
            let p99 = latency(format!("{name}, p99"), p99(before), p99(after));
            let is_enough = are_measured && is_enough(before, name) && is_enough(after, name);
            figures.extend([mean, p99].map(|it| it.judged(is_enough)));
        }
        // The slowest verb of those that have many requests before and after.
        let many = |report: &Figures| -> BTreeSet<String> {
            let many = report.changes().filter(|it| it.count >= FEW && it.p99.is_some());
            many.map(|it| it.verb.clone()).collect()
        };
        let verbs = &many(before) & &many(after);
        let change = |report: &Figures| {
            let meant = |verb: &String| verbs.is_empty() || verbs.contains(verb);
            let known = report.changes().filter(|it| meant(&it.verb)).filter_map(|it| it.p99);
            known.max_by(|a, b| a.value.total_cmp(&b.value))
        };
        let changes = latency("API writes, p99".to_owned(), change(before), change(after));
        figures.push(changes.judged(are_measured && !verbs.is_empty()));
        for (name, figure) in [
            ("WAL fsync, p99", Figure::Fsync),
            ("backend commit, p99", Figure::Commit),
            ("peer round trip, p99", Figure::PeerRoundTrip),
        ] {
            let worst = |report: &Figures| worst(report, figure);
            if worst(before).is_some() || worst(after).is_some() {
                figures.push(latency(name.to_owned(), worst(before), worst(after)));
            }
        }
        let size = |report: &Figures| report.size().map(Estimate::exact);
        figures.push(quantity("database", ComparedUnit::Bytes, size(before), size(after)));
        for name in ["writes", "reads", "lists"] {
            let rate = |report: &Figures| rate(report, name).map(Estimate::exact);
            let unit = ComparedUnit::PerSecond;
            figures.push(quantity(&format!("{name}, rate"), unit, rate(before), rate(after)));
        }
        Self {
            before: Occasion::of(before),
            after: Occasion::of(after),
            figures,
            notes: notes(before, after),
        }
    }
}

impl Occasion {
    fn of(report: &Figures) -> Self {
        Self {
            cluster: report.cluster.clone(),
            measured_at: report.measured_at,
            seconds: report.window.seconds,
            api_servers: report.api_servers.asked,
            version: report.api_servers.version.clone(),
        }
    }
}

impl FigureChange {
    /// The same change; of too few requests, or of requests of another time, nobody can tell better from worse.
    fn judged(self, is_enough: bool) -> Self {
        let trend = if is_enough { self.trend } else { Trend::Unknown };
        Self { trend, ..self }
    }
}

/// Tells whether there were enough requests of a kind to compare them.
fn is_enough(report: &Figures, name: &str) -> bool {
    report.requests_named(name).is_some_and(|it| it.count >= FEW)
}

fn worst(report: &Figures, figure: Figure) -> Option<Estimate> {
    report.members.as_ref()?.ranges.first()?.worst(figure).map(|it| it.1)
}

fn rate(report: &Figures, name: &str) -> Option<f64> {
    report.requests_named(name).filter(|_| report.are_of_window())?.per_second
}

fn latency(figure: String, before: Option<Estimate>, after: Option<Estimate>) -> FigureChange {
    let ratio = before.zip(after).and_then(|(before, after)| ratio(&before, &after));
    let trend = match (before, after, ratio) {
        (Some(_), Some(_), Some(ratio)) => trend(&ratio),
        _ => Trend::Unknown,
    };
    FigureChange { figure, unit: ComparedUnit::Seconds, before, after, ratio, trend }
}

fn quantity(
    figure: &str,
    unit: ComparedUnit,
    before: Option<Estimate>,
    after: Option<Estimate>,
) -> FigureChange {
    let ratio = before.zip(after).and_then(|(before, after)| ratio(&before, &after));
    let is_known = before.is_some() && after.is_some();
    let trend = if is_known { Trend::Neutral } else { Trend::Unknown };
    FigureChange { figure: figure.to_owned(), unit, before, after, ratio, trend }
}

/// After divided by before, with the bounds that both allow.
fn ratio(before: &Estimate, after: &Estimate) -> Option<Estimate> {
    let over = |over: f64, under: f64| (under > 0.0).then(|| over / under);
    let at_least = before.at_most.and_then(|it| over(after.at_least, it)).unwrap_or_default();
    let at_most = after.at_most.and_then(|it| over(it, before.at_least));
    Some(Estimate { value: over(after.value, before.value)?, at_least, at_most })
}

/// Quantiles on both sides of the bound of a bucket may be nearly equal, although their buckets differ.
fn trend(ratio: &Estimate) -> Trend {
    if ratio.at_most.is_some_and(|it| it <= 1.0) && ratio.value <= 1.0 - NOISE {
        Trend::Better
    } else if ratio.at_least >= 1.0 && ratio.value >= 1.0 + NOISE {
        Trend::Worse
    } else {
        Trend::Same
    }
}

fn notes(before: &Figures, after: &Figures) -> Vec<String> {
    let mut notes = Vec::new();
    match (&before.cluster, &after.cluster) {
        (Some(then), Some(now)) if then == now => {}
        (Some(then), Some(now)) => notes.push(format!(
            "The measurements are of two clusters: {} before, {} after.",
            printable(then),
            printable(now)
        )),
        (None, _) | (_, None) => {
            notes.push(
                "It is unknown whether both measurements are of the same cluster.".to_owned(),
            );
        }
    }
    if let (Some(then), Some(now)) = (rate(before, "writes"), rate(after, "writes")) {
        let factor = now.max(then) / now.min(then).max(f64::MIN_POSITIVE);
        if factor > OTHER_LOAD {
            notes.push(format!(
                "The load differs: {then:.1} writes/s before, {now:.1} writes/s after. The latencies are \
                 for different loads."
            ));
        }
    }
    let (asked, were) = (after.api_servers.asked, before.api_servers.asked);
    if asked != were {
        notes.push(format!("Before, {were} API servers were measured; now, {asked}."));
    }
    if before.api_servers.version != after.api_servers.version {
        notes.push("The version of the API server has changed.".to_owned());
    }
    if let (Some(then), Some(now)) = (&before.members, &after.members)
        && then.source != now.source
    {
        notes.push(format!(
            "The metrics of the members are from {} before and from {} after: the measurements may be of two clusters.",
            then.source, now.source
        ));
    }
    for (which, figures) in [("before", before), ("after", after)] {
        if !figures.are_of_window() {
            notes.push(format!(
                "The measurement {which} is of all requests since the start of an API server, and tells nothing of the \
                 time that was to be measured."
            ));
        }
    }
    notes.extend(few(before, after));
    notes
}

/// Names the measurements that are too short, with what they have too few of. The measurement before cannot be made
/// longer any more.
fn few(before: &Figures, after: &Figures) -> Vec<String> {
    let lacking = |is_of: fn(bool, bool) -> bool| {
        let all = ["writes", "reads", "lists"].into_iter();
        let few = all.filter(|it| is_of(!is_enough(before, it), !is_enough(after, it)));
        few.collect::<Vec<_>>().join(", ")
    };
    let cases = [
        ("The measurement before has", lacking(|before, after| before && !after), ""),
        (
            "The measurement after has",
            lacking(|before, after| !before && after),
            ": a longer measurement has more",
        ),
        ("Both measurements have", lacking(|before, after| before && after), ""),
    ];
    let cases = cases.into_iter().filter(|(_, few, _)| !few.is_empty());
    cases
        .map(|(which, few, advice)| {
            format!("{which} fewer than {FEW:.0} {few}, too few for a comparison{advice}.")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_as_certain_as_its_sides() {
        let bucket =
            |at_least, at_most| Estimate { value: at_most, at_least, at_most: Some(at_most) };
        let trend_of = |before, after| trend(&ratio(&before, &after).unwrap());
        assert_eq!(trend_of(bucket(0.2, 0.4), bucket(0.1, 0.2)), Trend::Better);
        assert_eq!(trend_of(bucket(0.1, 0.2), bucket(0.2, 0.4)), Trend::Worse);
        assert_eq!(trend_of(bucket(0.1, 0.2), bucket(0.1, 0.2)), Trend::Same);
        // 0.99 % and 1.01 % of the requests beyond the bound that both buckets have.
        let near = |value| Estimate { value, ..bucket(0.025, 0.05) };
        let (below, above) = (Estimate { value: 0.0249, ..bucket(0.005, 0.025) }, near(0.0252));
        assert_eq!(trend_of(below, above), Trend::Same);
        assert_eq!(trend_of(above, below), Trend::Same);
        assert_eq!(trend_of(below, near(0.04)), Trend::Worse);
        assert_eq!(trend_of(Estimate::exact(0.1), Estimate::exact(0.09)), Trend::Better);
        assert_eq!(trend_of(Estimate::exact(0.1), Estimate::exact(0.104)), Trend::Same);
        assert_eq!(trend_of(Estimate::exact(0.1), Estimate::exact(0.2)), Trend::Worse);
        // From the first bucket nothing is known of how much worse it is, only that it is.
        let worse = ratio(&bucket(0.0, 0.005), &bucket(0.025, 0.05)).unwrap();
        assert_eq!((worse.at_least, worse.at_most), (5.0, None));
        let unbounded = Estimate { value: 60.0, at_least: 60.0, at_most: None };
        assert_eq!(trend_of(unbounded, bucket(0.1, 0.2)), Trend::Better);
    }
}
