//! The metrics of the members, as Prometheus has it: what to ask, and what the answers say.
//!
//! Questions ask for sums over buckets alone. Quantiles are made of them here, as those of the API server are, so
//! that both are bounded alike.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::histogram::{Estimate, Histogram};
use super::threshold::LEADERS;
use crate::model::names::ETCD_NAMESPACE;

/// The stretches of time that are asked for, in `PromQL` and in seconds. The first one is judged.
pub const RANGES: [(&str, f64); 3] = [("1h", 3600.0), ("1d", 86_400.0), ("1w", 604_800.0)];

/// The series of the cluster's etcd: the job, as the alerts of Red Hat's etcd operator choose it, and the namespace,
/// because thanos-querier also has each etcd of a hosted control plane or of an application. A Prometheus of the user's
/// own may have no label `namespace`.
const OF_ETCD: &str = "{job=~\".*etcd.*\",namespace=~\"openshift-etcd|\"}";
/// The labels that tell members apart.
const BY_MEMBER: &str = "sum by (namespace, pod, instance)";

/// The metrics of the members.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberView {
    /// The host that was asked.
    pub source: String,
    /// The figures over an hour, a day and a week.
    pub ranges: Vec<MemberRange>,
    /// The database of each member.
    pub databases: Vec<MemberDatabase>,
    /// The members of which Prometheus has no current metrics, or not all, so that the view is not of all members.
    #[serde(default)]
    pub silent: Vec<String>,
    /// The members on no Node of the operator of etcd, such as those of another cluster. They are not judged.
    #[serde(default)]
    pub others: Vec<String>,
}

/// The figures of the members over a stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberRange {
    /// The length: `1h`, `1d` or `1w`.
    pub range: String,
    /// The length in seconds.
    pub seconds: f64,
    /// The number of these seconds of which Prometheus has samples; null where it does not tell.
    pub known_seconds: Option<f64>,
    /// The members.
    pub members: Vec<MemberFigures>,
}

/// The figures of one member.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberFigures {
    /// The member's pod, or its address.
    pub member: String,
    /// The 99th percentile of `etcd_disk_wal_fsync_duration_seconds`.
    pub fsync: Option<Estimate>,
    /// The 99th percentile of `etcd_disk_backend_commit_duration_seconds`.
    pub commit: Option<Estimate>,
    /// The 99th percentile of `etcd_network_peer_round_trip_time_seconds`, all peers together.
    pub peer_round_trip: Option<Estimate>,
    /// The number of elections of a leader that the member saw.
    pub leader_changes: Option<f64>,
    /// The largest number of them within 15 minutes; null for the longer ranges.
    pub most_leader_changes: Option<f64>,
    /// The number of the member's proposals that failed.
    pub failed_proposals: Option<f64>,
}

/// The database of one member.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberDatabase {
    /// The member's pod, or its address.
    pub member: String,
    /// The size of its file in bytes.
    pub bytes: Option<f64>,
    /// The part that is in use, in bytes.
    pub in_use: Option<f64>,
    /// The size that it may have, in bytes.
    pub quota: Option<f64>,
}

/// A figure of a member that is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Figure {
    /// The sync of the write-ahead log.
    Fsync,
    /// The commit into the database file.
    Commit,
    /// The round trip to its peers.
    PeerRoundTrip,
    /// Elections, an hour.
    LeaderChanges,
    /// Failed proposals, a second.
    FailedProposals,
}

/// The subject of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Buckets of the sync.
    Fsync,
    /// Buckets of the commit.
    Commit,
    /// Buckets of the round trip.
    PeerRoundTrip,
    /// Elections.
    LeaderChanges,
    /// The most elections within 15 minutes.
    MostLeaderChanges,
    /// Failed proposals.
    FailedProposals,
    /// The size of the file.
    Size,
    /// The part of it that is in use.
    InUse,
    /// The quota.
    Quota,
    /// The age of the oldest sample of the longest range.
    Age,
    /// 1 for a member that Prometheus reaches, 0 for another.
    Up,
}

/// A question to Prometheus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The subject.
    pub subject: Subject,
    /// The range of [`RANGES`] that it is of; empty for what is now.
    pub range: &'static str,
    /// The expression in `PromQL`.
    pub expression: String,
}

/// A series of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// True for a series of [`ETCD_NAMESPACE`], false for one without a namespace.
    is_of_namespace: bool,
    member: String,
    upper: Option<f64>,
    value: f64,
}

/// Lists what is asked.
#[must_use]
pub fn questions() -> Vec<Question> {
    let mut all = Vec::new();
    for (range, _) in RANGES {
        let buckets = [
            (Subject::Fsync, "etcd_disk_wal_fsync_duration_seconds_bucket"),
            (Subject::Commit, "etcd_disk_backend_commit_duration_seconds_bucket"),
            (Subject::PeerRoundTrip, "etcd_network_peer_round_trip_time_seconds_bucket"),
        ];
        for (subject, name) in buckets {
            let expression = format!(
                "sum by (namespace, pod, instance, le) (increase({name}{OF_ETCD}[{range}]))"
            );
            all.push(Question { subject, range, expression });
        }
        let counters = [
            (Subject::LeaderChanges, "etcd_server_leader_changes_seen_total"),
            (Subject::FailedProposals, "etcd_server_proposals_failed_total"),
        ];
        for (subject, name) in counters {
            let expression = format!("{BY_MEMBER} (increase({name}{OF_ETCD}[{range}]))");
            all.push(Question { subject, range, expression });
        }
    }
    // The alerts count elections of 15 minutes, and an hour hides a storm of five minutes.
    let storm = format!("increase(etcd_server_leader_changes_seen_total{OF_ETCD}[15m])");
    let (range, _) = RANGES[0];
    let expression =
        format!("max by (namespace, pod, instance) (max_over_time(({storm})[{range}:1m]))");
    all.push(Question { subject: Subject::MostLeaderChanges, range, expression });
    let gauges = [
        (Subject::Size, "etcd_mvcc_db_total_size_in_bytes"),
        (Subject::InUse, "etcd_mvcc_db_total_size_in_use_in_bytes"),
        (Subject::Quota, "etcd_server_quota_backend_bytes"),
    ];
    for (subject, name) in gauges {
        let expression = format!("{BY_MEMBER} ({name}{OF_ETCD})");
        all.push(Question { subject, range: "", expression });
    }
    // The oldest sample, as far as steps of half an hour tell; of a younger Prometheus, steps of 5 s.
    let age = |range: &str| {
        let oldest = format!("min_over_time(timestamp(etcd_server_has_leader{OF_ETCD})[{range}])");
        format!("time() - min by (namespace, pod, instance) ({oldest})")
    };
    let expression = format!("({}) or ({})", age("1w:30m"), age("31m:5s"));
    all.push(Question { subject: Subject::Age, range: "", expression });
    let expression = format!("min by (namespace, pod, instance) (up{OF_ETCD})");
    all.push(Question { subject: Subject::Up, range: "", expression });
    all
}

/// Reads an answer of Prometheus' `/api/v1/query`. `None` when it is none. A series whose value is no number tells
/// nothing, and is left out.
#[must_use]
pub fn series(answer: &Value) -> Option<Vec<Series>> {
    if answer["status"] != "success" || answer["data"]["resultType"] != "vector" {
        return None;
    }
    let read = |it: &Value| -> Option<Series> {
        let labels = &it["metric"];
        let member = labels["pod"].as_str().or_else(|| labels["instance"].as_str())?;
        let upper = match labels["le"].as_str() {
            Some(upper) => Some(upper.parse().ok()?),
            None => None,
        };
        let value: f64 = it["value"][1].as_str()?.parse().ok()?;
        let is_of_namespace = labels["namespace"] == ETCD_NAMESPACE;
        Some(Series { is_of_namespace, member: member.to_owned(), upper, value })
    };
    let all: Option<Vec<Series>> = answer["data"]["result"].as_array()?.iter().map(read).collect();
    all.map(|all| all.into_iter().filter(|it| it.value.is_finite()).collect())
}

impl MemberView {
    /// Makes the view of the answers. `None` when no answer holds a member of etcd. Where series have the namespace of
    /// etcd, a series without a namespace is of another etcd. A member that is no target of Prometheus now, such as that of a
    /// replaced master, is left out.
    #[must_use]
    pub fn of(source: &str, answers: &[(Question, Vec<Series>)]) -> Option<Self> {
        let all = || answers.iter().flat_map(|(_, it)| it);
        let found = Answers { answers, are_of_namespace: all().any(|it| it.is_of_namespace) };
        let scraped = found.members(found.series(Subject::Up, ""));
        let members = if scraped.is_empty() { found.members(all()) } else { scraped };
        if members.is_empty() {
            return None;
        }
        let ages = found.series(Subject::Age, "").filter(|it| members.contains(it.member.as_str()));
        let age = ages.map(|it| it.value).reduce(f64::max);
        let ranges = RANGES.map(|(range, seconds)| MemberRange {
            range: range.to_owned(),
            seconds,
            known_seconds: age.map(|it| it.min(seconds)),
            members: members.iter().map(|member| found.figures(member, range)).collect(),
        });
        let databases = members.iter().map(|member| MemberDatabase {
            member: (*member).to_owned(),
            bytes: found.value(Subject::Size, "", member),
            in_use: found.value(Subject::InUse, "", member),
            // A quota that is off is -1.
            quota: found.value(Subject::Quota, "", member).filter(|it| *it > 0.0),
        });
        let silent = found.series(Subject::Up, "").filter(|it| it.value < 1.0);
        Some(Self {
            source: source.to_owned(),
            silent: silent.map(|it| it.member.clone()).collect(),
            databases: databases.collect(),
            ranges: ranges.into(),
            others: Vec::new(),
        })
    }

    /// Tells the members of the cluster from others, and finds the members that are missing, by the Nodes on which the
    /// operator of etcd runs the members. Members without names of Pods are counted. Without the Nodes, all are taken.
    ///
    /// # Errors
    /// The reason why the view is not of the cluster: it has more members. A sentence without its beginning and end.
    pub fn of_nodes(mut self, nodes: Option<&[String]>) -> Result<Self, String> {
        let pods: BTreeSet<String> =
            nodes.into_iter().flatten().map(|it| format!("etcd-{it}")).collect();
        let names: Vec<String> = self.databases.iter().map(|it| it.member.clone()).collect();
        if names.iter().any(|it| pods.contains(it)) {
            let is_own = |it: &String| pods.contains(it);
            self.others = names.iter().filter(|it| !is_own(it)).cloned().collect();
            for range in &mut self.ranges {
                range.members.retain(|it| is_own(&it.member));
            }
            self.databases.retain(|it| is_own(&it.member));
            self.silent.retain(is_own);
            self.silent.extend(pods.into_iter().filter(|it| !names.contains(it)));
        } else if let Some(nodes) = nodes {
            // Two jobs may scrape a member at two ports.
            let host = |it: &String| it.rsplit_once(':').map_or(it.clone(), |it| it.0.to_owned());
            let (hosts, of) = (names.iter().map(host).collect::<BTreeSet<_>>().len(), nodes.len());
            if hosts > of {
                return Err(format!(
                    "{} has the metrics of {hosts} members of etcd, and the cluster has {of}",
                    self.source
                ));
            }
            let missing = of.saturating_sub(names.len());
            self.silent.extend((missing > 0).then(|| format!("{missing} of {of} members")));
        }
        let lacking = self.ranges.iter().take(1).flat_map(MemberRange::lacking);
        let lacking: Vec<String> =
            lacking.filter(|it| !self.silent.contains(it)).cloned().collect();
        self.silent.extend(lacking);
        Ok(self)
    }
}

struct Answers<'a> {
    answers: &'a [(Question, Vec<Series>)],
    are_of_namespace: bool,
}

impl<'a> Answers<'a> {
    const fn has(&self, series: &Series) -> bool {
        series.is_of_namespace == self.are_of_namespace
    }

    fn members(&self, series: impl Iterator<Item = &'a Series>) -> BTreeSet<&'a str> {
        series.filter(|it| self.has(it)).map(|it| it.member.as_str()).collect()
    }

    fn series(&self, subject: Subject, range: &str) -> impl Iterator<Item = &'a Series> {
        let found = self.answers.iter().find(|(it, _)| it.subject == subject && it.range == range);
        found.into_iter().flat_map(|(_, series)| series).filter(|it| self.has(it))
    }

    fn value(&self, subject: Subject, range: &str, member: &str) -> Option<f64> {
        self.series(subject, range).find(|it| it.member == member).map(|it| it.value)
    }

    /// A number of events. `increase` extrapolates to the ends of the range, so that one event is 1.008.
    fn count(&self, subject: Subject, range: &str, member: &str) -> Option<f64> {
        self.value(subject, range, member).map(f64::round)
    }

    fn p99(&self, subject: Subject, range: &str, member: &str) -> Option<Estimate> {
        let mut histogram = Histogram::default();
        for it in self.series(subject, range).filter(|it| it.member == member) {
            histogram.add_bucket(it.upper?, it.value);
        }
        histogram.quantile(0.99)
    }

    fn figures(&self, member: &str, range: &str) -> MemberFigures {
        MemberFigures {
            member: member.to_owned(),
            fsync: self.p99(Subject::Fsync, range, member),
            commit: self.p99(Subject::Commit, range, member),
            peer_round_trip: self.p99(Subject::PeerRoundTrip, range, member),
            leader_changes: self.count(Subject::LeaderChanges, range, member),
            most_leader_changes: self.count(Subject::MostLeaderChanges, range, member),
            failed_proposals: self.count(Subject::FailedProposals, range, member),
        }
    }
}

impl MemberRange {
    /// Returns the members without a figure of their disk that another member has.
    fn lacking(&self) -> impl Iterator<Item = &String> {
        let has_fsync = self.members.iter().any(|it| it.fsync.is_some());
        let has_commit = self.members.iter().any(|it| it.commit.is_some());
        let is_lacking = move |it: &&MemberFigures| {
            has_fsync && it.fsync.is_none() || has_commit && it.commit.is_none()
        };
        self.members.iter().filter(is_lacking).map(|it| &it.member)
    }

    /// The highest value of a figure, and the member that has it. What is counted is given for an hour or
    /// a second of the time that Prometheus knows.
    #[must_use]
    pub fn worst(&self, figure: Figure) -> Option<(&str, Estimate)> {
        let seconds = self.known_seconds.unwrap_or(self.seconds).max(1.0);
        let value = |it: &MemberFigures| match figure {
            Figure::Fsync => it.fsync,
            Figure::Commit => it.commit,
            Figure::PeerRoundTrip => it.peer_round_trip,
            Figure::LeaderChanges => it.leader_changes_an_hour(seconds).map(Estimate::exact),
            Figure::FailedProposals => it.failed_proposals.map(|it| Estimate::exact(it / seconds)),
        };
        let known = self.members.iter().filter_map(|it| Some((it.member.as_str(), value(it)?)));
        known.max_by(|a, b| a.1.value.total_cmp(&b.1.value))
    }
}

impl MemberFigures {
    /// The elections an hour: of 15 minutes where so many are in them that the alerts of etcd fire. Elections are rare:
    /// of a time under an hour nobody can tell how many an hour has.
    fn leader_changes_an_hour(&self, seconds: f64) -> Option<f64> {
        let of_hour = self.leader_changes.map(|it| it * 3600.0 / seconds.max(3600.0));
        let of_storm = self.most_leader_changes.map(|it| it * 4.0);
        let of_storm = of_storm.filter(|it| *it > LEADERS.beyond);
        of_hour.into_iter().chain(of_storm).reduce(f64::max)
    }
}

impl MemberDatabase {
    /// The share of the file that holds nothing. `None` below the 100 MiB from which on etcd's alert
    /// counts it.
    #[must_use]
    pub fn fragmentation(&self) -> Option<f64> {
        let (bytes, in_use) = self.bytes.zip(self.in_use)?;
        (bytes > 0.0 && in_use > 104_857_600.0).then(|| 1.0 - in_use / bytes)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(
        subject: Subject,
        range: &str,
        rows: &[(&str, Option<&str>, f64)],
    ) -> (Question, Vec<Series>) {
        let question =
            questions().into_iter().find(|it| it.subject == subject && it.range == range).unwrap();
        let row = |(member, le, value): &(&str, Option<&str>, f64)| {
            let mut metric = json!({"instance": "10.0.0.1:9979", "pod": member});
            if let Some(le) = le {
                metric["le"] = (*le).into();
            }
            json!({"metric": metric, "value": [1.7e9, value.to_string()]})
        };
        let result: Vec<Value> = rows.iter().map(row).collect();
        let answer =
            json!({"status": "success", "data": {"resultType": "vector", "result": result}});
        (question, series(&answer).unwrap())
    }

    #[test]
    fn the_worst_member_is_named_and_its_quantile_is_bounded() {
        let fsync = answer(
            Subject::Fsync,
            "1h",
            &[
                ("etcd-a", Some("0.008"), 1000.0),
                ("etcd-a", Some("+Inf"), 1000.0),
                ("etcd-b", Some("0.008"), 980.5),
                ("etcd-b", Some("0.016"), 1000.0),
                ("etcd-b", Some("+Inf"), 1000.0),
            ],
        );
        let leaders = answer(Subject::LeaderChanges, "1h", &[("etcd-a", None, 2.0)]);
        let age = answer(Subject::Age, "", &[("etcd-a", None, 7200.0)]);
        let view = MemberView::of("prometheus", &[fsync, leaders, age]).unwrap();
        let (member, p99) = view.ranges[0].worst(Figure::Fsync).unwrap();
        assert_eq!((member, p99.at_least, p99.at_most), ("etcd-b", 0.008, Some(0.016)));
        assert_eq!(
            view.ranges[0].worst(Figure::LeaderChanges),
            Some(("etcd-a", Estimate::exact(2.0)))
        );
        assert_eq!(view.ranges[0].worst(Figure::Commit), None);
        assert_eq!(view.ranges[0].known_seconds, Some(3600.0));
        assert_eq!(view.ranges[2].known_seconds, Some(7200.0));
    }

    #[test]
    fn another_etcd_is_no_member() {
        let all = questions();
        let is_chosen = |it: &Question| it.expression.contains(r#"namespace=~"openshift-etcd|""#);
        assert!(all.iter().all(is_chosen));
        let sizes = |rows: &[(Option<&str>, f64)]| {
            let row = |(namespace, value): &(Option<&str>, f64)| {
                let metric = json!({"pod": "etcd-0", "namespace": namespace});
                json!({"metric": metric, "value": [1.7e9, value.to_string()]})
            };
            let rows: Vec<Value> = rows.iter().map(row).collect();
            let data = json!({"resultType": "vector", "result": rows});
            let found = series(&json!({"status": "success", "data": data})).unwrap();
            let (question, _) = answer(Subject::Size, "", &[]);
            let view = MemberView::of("x", &[(question, found)]).unwrap();
            view.databases.iter().map(|it| it.bytes).collect::<Vec<_>>()
        };
        assert_eq!(sizes(&[(None, 9.0), (Some(ETCD_NAMESPACE), 1.0)]), [Some(1.0)]);
        assert_eq!(sizes(&[(None, 9.0)]), [Some(9.0)]);
    }

    #[test]
    fn no_member_is_no_view_and_no_vector_is_no_answer() {
        assert_eq!(MemberView::of("x", &[answer(Subject::Fsync, "1h", &[])]), None);
        for wrong in [
            json!({"status": "error", "error": "x"}),
            json!({"status": "success", "data": {"resultType": "matrix", "result": []}}),
            json!({"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}}]}}),
            json!("html"),
        ] {
            assert_eq!(series(&wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_small_database_is_not_judged_by_its_fragmentation() {
        let small =
            MemberDatabase { bytes: Some(4e7), in_use: Some(1e7), ..MemberDatabase::default() };
        let large =
            MemberDatabase { bytes: Some(4e9), in_use: Some(1e9), ..MemberDatabase::default() };
        assert_eq!((small.fragmentation(), large.fragmentation()), (None, Some(0.75)));
    }
}
