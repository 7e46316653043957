//! The documented thresholds, each with the page that it comes from.

use serde::{Deserialize, Serialize};

use super::histogram::Estimate;

/// A limit that a figure is compared with. Values are in the figure's unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// The stable name of the judgment.
    pub id: &'static str,
    /// The figure that is judged, for people.
    pub figure: &'static str,
    /// The unit of the figure.
    pub unit: Unit,
    /// Above this value the figure is close to the limit.
    pub close: f64,
    /// Above this value the figure is beyond the limit.
    pub beyond: f64,
    /// The name of the limit and its publisher.
    pub source: &'static str,
    /// The page.
    pub url: &'static str,
}

/// Below this number of requests the 99th percentile is the slowest request alone.
pub const FEW: f64 = 100.0;
/// Below this number of requests nothing is said to be beyond a limit, or to be healthy.
pub const FEWEST: f64 = 10.0;

/// The unit of a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// A part of a whole, from 0 to 1.
    Share,
    /// A number per second.
    PerSecond,
    /// A number per hour.
    PerHour,
}

/// The relation of a figure to its threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Level {
    /// The figure is below both limits.
    Healthy,
    /// The figure is not known.
    Unknown,
    /// The figure is above the first limit, or the buckets do not tell whether it is above the second.
    Close,
    /// The figure is above the second limit.
    Beyond,
}

impl Level {
    /// The word for it, for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Unknown => "unknown",
            Self::Close => "close",
            Self::Beyond => "beyond",
        }
    }
}

const MIXIN: &str =
    "https://github.com/etcd-io/etcd/blob/main/contrib/mixin/alerts/alerts.libsonnet";
const OPERATOR_RULES: &str = "https://github.com/openshift/cluster-etcd-operator/blob/main/manifests/0000_90_etcd-operator_03_prometheusrule.yaml";
const PRACTICES: &str = "https://docs.redhat.com/en/documentation/openshift_container_platform/4.20/html/etcd/etcd-practices";
const FAQ: &str = "https://etcd.io/docs/v3.5/faq/";
const SLO: &str =
    "https://github.com/kubernetes/community/blob/master/sig-scalability/slos/api_call_latency.md";

/// Writes as the API server feels them: etcd itself warns of requests over 100 ms, and its alert begins at
/// 150 ms.
pub const WRITES: Threshold = Threshold {
    id: "write-latency",
    figure: "writes, p99",
    unit: Unit::Seconds,
    close: 0.1,
    beyond: 0.15,
    source: "etcdGRPCRequestsSlow (etcd)",
    url: MIXIN,
};

/// Reads of one key as the API server feels them.
pub const READS: Threshold = Threshold { id: "read-latency", figure: "reads, p99", ..WRITES };

/// Lists as the API server feels them. How long a list takes depends on how much it lists, so the limit is
/// the one of Red Hat's alert for reads of any size.
pub const LISTS: Threshold = Threshold {
    id: "list-latency",
    figure: "lists, p99",
    unit: Unit::Seconds,
    close: 1.0,
    beyond: 3.0,
    source: "etcdGRPCReadRequestsSlow (Red Hat)",
    url: OPERATOR_RULES,
};

/// Requests that etcd's client reported as failed.
pub const FAILURES: Threshold = Threshold {
    id: "failed-requests",
    figure: "failed requests",
    unit: Unit::Share,
    close: 0.01,
    beyond: 0.05,
    source: "etcdHighNumberOfFailedGRPCRequests (etcd)",
    url: MIXIN,
};

/// The size of the database against its quota.
pub const SIZE: Threshold = Threshold {
    id: "database-size",
    figure: "database / quota",
    unit: Unit::Share,
    close: 0.65,
    beyond: 0.85,
    source: "etcdDatabaseQuotaLowSpace (Red Hat)",
    url: OPERATOR_RULES,
};

/// Requests to the API server that change one object.
pub const API_WRITES: Threshold = Threshold {
    id: "api-write-latency",
    figure: "API writes, p99",
    unit: Unit::Seconds,
    close: 0.8,
    beyond: 1.0,
    source: "API call latency SLO (Kubernetes)",
    url: SLO,
};

/// The sync of the write-ahead log that every write waits for.
pub const FSYNC: Threshold = Threshold {
    id: "wal-fsync",
    figure: "WAL fsync, p99",
    unit: Unit::Seconds,
    close: 0.008,
    beyond: 0.01,
    source: "recommended etcd practices (Red Hat)",
    url: PRACTICES,
};

/// The commit of a batch into the database file.
pub const COMMIT: Threshold = Threshold {
    id: "backend-commit",
    figure: "backend commit, p99",
    unit: Unit::Seconds,
    close: 0.016,
    beyond: 0.025,
    source: "FAQ (etcd)",
    url: FAQ,
};

/// The round trip between members.
pub const PEERS: Threshold = Threshold {
    id: "peer-round-trip",
    figure: "peer round trip, p99",
    unit: Unit::Seconds,
    close: 0.0256,
    beyond: 0.05,
    source: "recommended etcd practices (Red Hat)",
    url: PRACTICES,
};

/// Elections of a leader. Red Hat's and etcd's alerts begin at four in 15 minutes, which is more than three; none is
/// expected.
pub const LEADERS: Threshold = Threshold {
    id: "leader-changes",
    figure: "leader changes",
    unit: Unit::PerHour,
    close: 1.0,
    beyond: 12.0,
    source: "etcdHighNumberOfLeaderChanges (etcd)",
    url: MIXIN,
};

/// Proposals that the members did not agree on.
pub const PROPOSALS: Threshold = Threshold {
    id: "failed-proposals",
    figure: "failed proposals",
    unit: Unit::PerSecond,
    close: 0.1,
    beyond: 5.0,
    source: "etcdHighNumberOfFailedProposals (etcd)",
    url: MIXIN,
};

/// The part of the database file that holds nothing.
pub const FRAGMENTATION: Threshold = Threshold {
    id: "fragmentation",
    figure: "fragmentation",
    unit: Unit::Share,
    close: 0.45,
    beyond: 0.5,
    source: "etcdDatabaseHighFragmentationRatio (etcd)",
    url: MIXIN,
};

/// Every threshold, in the order in which judgments are shown.
pub const ALL: [&Threshold; 12] = [
    &WRITES,
    &READS,
    &LISTS,
    &FAILURES,
    &SIZE,
    &API_WRITES,
    &FSYNC,
    &COMMIT,
    &PEERS,
    &LEADERS,
    &PROPOSALS,
    &FRAGMENTATION,
];

impl Threshold {
    /// Compares a bounded figure with the limits. Where a limit lies within the bounds, nothing but
    /// [`Level::Close`] can be said.
    #[must_use]
    pub fn level(&self, figure: Option<&Estimate>) -> Level {
        let Some(figure) = figure else { return Level::Unknown };
        let at_most = figure.at_most.unwrap_or(f64::INFINITY);
        // A bucket's lower bound is not in it; an exact value is.
        let is_exact = at_most <= figure.at_least;
        let is_beyond =
            figure.at_least > self.beyond || !is_exact && figure.at_least >= self.beyond;
        match (at_most <= self.close, is_beyond) {
            (true, _) => Level::Healthy,
            (false, true) => Level::Beyond,
            (false, false) => Level::Close,
        }
    }

    /// Tells whether the bounds of a figure leave open on which side of the limit it lies.
    #[must_use]
    pub fn is_undecided(&self, figure: &Estimate) -> bool {
        let at_most = figure.at_most.unwrap_or(f64::INFINITY);
        figure.at_least < self.beyond && at_most > self.beyond
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_says_no_more_than_the_bounds_allow() {
        let between = |at_least, at_most| Estimate { value: at_least, at_least, at_most };
        for (figure, level, is_undecided) in [
            (between(0.05, Some(0.1)), Level::Healthy, false),
            // 1.25 and newer: the limit of 150 ms lies in the bucket.
            (between(0.1, Some(0.2)), Level::Close, true),
            // 1.23 and 1.24.
            (between(0.1, Some(0.25)), Level::Close, true),
            (between(0.025, Some(0.1)), Level::Healthy, false),
            (between(0.2, Some(0.4)), Level::Beyond, false),
            (between(60.0, None), Level::Beyond, false),
            (Estimate::exact(0.12), Level::Close, false),
            (Estimate::exact(0.15), Level::Close, false),
            (Estimate::exact(0.151), Level::Beyond, false),
        ] {
            assert_eq!(WRITES.level(Some(&figure)), level, "{figure:?}");
            assert_eq!(WRITES.is_undecided(&figure), is_undecided, "{figure:?}");
        }
        assert_eq!(WRITES.level(None), Level::Unknown);
    }

    #[test]
    fn limits_ascend_and_names_are_unique() {
        let names: std::collections::BTreeSet<&str> = ALL.iter().map(|it| it.id).collect();
        assert_eq!(names.len(), ALL.len());
        assert!(ALL.iter().all(|it| it.close < it.beyond && it.url.starts_with("https://")));
    }
}
