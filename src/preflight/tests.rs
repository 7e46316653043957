//! What `check` makes of clusters.

use std::collections::BTreeSet;

use super::{CheckReport, Verdict, report};
use crate::check::{Check, Severity};
use crate::model::kind::Kind;
use crate::model::rights;
use crate::model::rights::Need;
use crate::model::snapshot::{Permission, Snapshot};
use crate::status::fixtures::{cluster, forbid, initialized, troubled, two_machines};

/// The same cluster for a user who has the rights that are picked.
fn allowed(snapshot: Snapshot, may: impl Fn(Need) -> bool) -> Snapshot {
    let mut snapshot = snapshot;
    snapshot.permissions = rights::ALL
        .iter()
        .map(|it| Permission {
            verb: it.verb,
            kind: it.kind,
            namespace: it.namespace(),
            name: it.name,
            is_allowed: may(it.need()),
        })
        .collect();
    snapshot
}

fn of(snapshot: Snapshot) -> CheckReport {
    report(&allowed(snapshot, |_| true), &BTreeSet::new(), "1.0.0")
}

/// The checks that did not pass, with the words for their verdicts.
fn told(report: &CheckReport) -> Vec<(&'static str, &'static str)> {
    let checks = report.checks().filter(|it| it.verdict != Verdict::Passed);
    checks.map(|it| (it.check.id(), it.verdict.word())).collect()
}

#[test]
fn a_cluster_is_ready_before_and_after_init() {
    let before = of(cluster(&["4.16"]));
    let expected = [
        ("not-initialized", "note"),
        ("upgrade-waits-for-pool", "note"),
        ("etcd-members-unmanaged", "note"),
    ];
    assert_eq!(told(&before), expected);
    assert!(before.is_ready);
    let after = of(two_machines());
    assert!(after.is_ready, "{:?}", told(&after));
    assert!(told(&after).contains(&("even-machine-count", "note")), "{:?}", told(&after));
    assert!(!told(&after).iter().any(|it| it.0 == "not-initialized"));
}

#[test]
fn each_check_tells_what_it_found() {
    let report = of(two_machines());
    let found = |check| report.checks().find(|it| it.check == check).unwrap().found.as_deref();
    for it in report.checks().filter(|it| it.verdict != Verdict::Unknown) {
        assert!(it.found.is_some(), "{}", it.check);
        assert_ne!(it.subject, it.check.id(), "a row has a name");
        assert!(it.subject.len() <= 19, "{}", it.subject);
    }
    for (check, expected) in [
        (Check::NotOpenShift, "OpenShift 4.16.8"),
        (Check::PlatformUnsupported, "AWS us-east-1"),
        (Check::HostedControlPlane, "HighlyAvailable"),
        (Check::NoMachineApi, "3 Machines"),
        (Check::OperatorDegraded, "machine-config, etcd, kube-apiserver available"),
        (Check::UpgradeInProgress, "none, at 4.16.8"),
        (Check::MasterPoolNotUpdated, "3 of 3 updated"),
        (Check::FipsMismatch, "off"),
        (Check::NotRendered, "rendered-etcd-1 served"),
        (Check::Drifted, "5 of 5 as init created them"),
        (Check::ZoneSubnetMismatch, "us-east-1a, us-east-1b, us-east-1c"),
        (Check::MachineFailed, "0 of 2 failed"),
        (Check::NodeNotJoining, "2 of 2 Ready"),
        (Check::EtcdUnhealthy, "3 members are available"),
    ] {
        assert_eq!(found(check), Some(expected), "{check}");
    }
    let before = of(cluster(&["4.16"]));
    let pool = before.checks().find(|it| it.check == Check::NotRendered).unwrap();
    assert_eq!(pool.found.as_deref(), Some("none yet"));
    // What could not be judged was not found.
    let mut hidden = cluster(&["4.16"]);
    forbid(&mut hidden, Kind::Machine, "machines.machine.openshift.io");
    let report = of(hidden);
    let machines = report.checks().find(|it| it.check == Check::MachineFailed).unwrap();
    assert_eq!((machines.verdict, machines.found.as_deref()), (Verdict::Unknown, None));
}

#[test]
fn trouble_is_told_once_and_at_its_worst() {
    let report = of(troubled());
    assert!(!report.is_ready);
    let verdict = |check| report.checks().find(|it| it.check == check).unwrap();
    let failed = verdict(Check::MachineFailed);
    // `status` warns of it, and `add-machine` refuses to go on.
    assert_eq!(failed.verdict, Verdict::Blocker);
    assert_eq!(failed.findings.len(), 1, "{:?}", failed.findings);
    assert_eq!(verdict(Check::StaleAfterUpgrade).verdict, Verdict::Warning);
    let joining = verdict(Check::NodeNotJoining);
    assert_eq!(joining.verdict, Verdict::Warning);
    let lost = verdict(Check::InstanceArchitectureMismatch);
    assert_eq!(
        (lost.verdict, lost.because.as_deref()),
        (Verdict::Unknown, Some("nodes could not be read"))
    );
    assert_eq!(verdict(Check::PermissionDenied).verdict, Verdict::Blocker);
}

#[test]
fn a_missing_right_to_make_blocks_and_one_to_remove_is_a_note() {
    let maker = allowed(cluster(&["4.16"]), |need| need == Need::Making);
    let report = report(&maker, &BTreeSet::new(), "1.0.0");
    assert!(report.is_ready);
    let found: Vec<String> = report
        .findings()
        .into_iter()
        .filter(|it| it.check == Check::PermissionDenied)
        .map(|it| format!("{}: {}", it.severity, it.message))
        .collect();
    assert_eq!(
        found,
        [
            "note: you may not patch machineconfigs.machineconfiguration.openshift.io \
             98-master-etcd-disk: add-disk needs this permission",
            "note: you may not delete machineconfigs.machineconfiguration.openshift.io \
             98-master-etcd-disk: remove-disk needs this permission",
            "note: you may not patch controlplanemachinesets.machine.openshift.io cluster in \
             openshift-machine-api: add-disk and remove-disk need this permission",
            "note: you may not watch controlplanemachinesets.machine.openshift.io cluster in \
             openshift-machine-api: add-disk and remove-disk need this permission",
            "note: you may not delete machines.machine.openshift.io in openshift-machine-api: \
             remove-machine and teardown need this permission",
            "note: you may not delete machineconfigpools.machineconfiguration.openshift.io etcd: \
             teardown needs this permission",
            "note: you may not delete machineconfigs.machineconfiguration.openshift.io: teardown \
             and a change of the layout need this permission",
            "note: you may not delete secrets etcd-user-data in openshift-machine-api: teardown \
             needs this permission",
        ]
    );
    let nobody = allowed(cluster(&["4.16"]), |_| false);
    let report = super::report(&nobody, &BTreeSet::new(), "1.0.0");
    assert_eq!(report.counts.blockers, 1);
    let severities: Vec<Severity> = report
        .findings()
        .iter()
        .filter(|it| it.check == Check::PermissionDenied)
        .map(|it| it.severity)
        .collect();
    assert_eq!(severities.iter().filter(|it| **it == Severity::Blocker).count(), 13);
}

#[test]
fn what_could_not_be_looked_at_is_unknown_and_counts() {
    let mut snapshot = initialized(0);
    forbid(&mut snapshot, Kind::MachineConfig, "machineconfigs");
    let report = of(snapshot);
    let unknown: Vec<&str> = report
        .checks()
        .filter(|it| it.verdict == Verdict::Unknown)
        .map(|it| it.check.id())
        .collect();
    for id in
        ["source-missing", "user-data-invalid", "drifted", "not-rendered", "disk-device-uncertain"]
    {
        assert!(unknown.contains(&id), "{id}: {unknown:?}");
    }
    assert!(!unknown.contains(&"operator-degraded"), "{unknown:?}");
    assert!(!report.is_ready);
    // Nobody was asked what the user may do.
    let report = super::report(&cluster(&["4.16"]), &BTreeSet::new(), "1.0.0");
    assert_eq!((report.counts.unknown, report.is_ready), (1, false));
}

#[test]
fn nothing_later_is_asked_of_a_cluster_that_the_tool_is_not_for() {
    let report = of(cluster(&["4.16", "variants/hosted"]));
    let verdicts: Vec<(&str, &str)> =
        report.checks().take(6).map(|it| (it.check.id(), it.verdict.word())).collect();
    assert_eq!(
        verdicts,
        [
            ("not-openshift", "passed"),
            ("hosted-control-plane", "blocker"),
            ("platform-unsupported", "unknown"),
            ("no-machine-api", "unknown"),
            ("permission-denied", "passed"),
            ("unreadable", "passed"),
        ]
    );
    assert_eq!(report.counts.unknown, report.counts.checks - 4);
}

#[test]
fn what_is_ignored_is_marked_and_does_not_count() {
    let upgrading = allowed(cluster(&["4.16", "variants/upgrading-4.16"]), |_| true);
    let counted = report(&upgrading, &BTreeSet::new(), "1.0.0");
    assert_eq!((counted.is_ready, counted.counts.blockers), (false, 1));
    let ignored = report(&upgrading, &BTreeSet::from([Check::UpgradeInProgress]), "1.0.0");
    assert!(ignored.is_ready, "{:?}", told(&ignored));
    let findings = ignored.findings();
    let upgrade = findings.iter().find(|it| it.check == Check::UpgradeInProgress).unwrap();
    assert_eq!(upgrade.severity, Severity::Warning);
    assert!(upgrade.message.ends_with(" (ignored)"), "{}", upgrade.message);
    assert_eq!((ignored.counts.warnings, ignored.counts.ignored), (1, 1));
}
