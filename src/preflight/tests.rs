//! What `check` makes of clusters.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{CheckReport, Verdict, report};
use crate::check::{Check, Finding, Severity};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::rights;
use crate::model::rights::Need;
use crate::model::snapshot::{Permission, Snapshot, Unreadable, UnreadableReason};
use crate::openshift::etcd_stability;
use crate::plan::add_machine::{self, AddMachineRequest};
use crate::plan::init::{self, InitRequest};
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
fn a_node_of_others_with_the_role_etcd_counts_among_no_etcd_nodes() {
    let labels = [(names::NODE_ROLE_ETCD, ""), (names::NODE_ROLE_WORKER, "")];
    let worker = Object::new(ObjectRef::cluster(Kind::Node, "w")).with_labels(labels);
    let report = of(two_machines().with_objects([worker]));
    let found = |check| report.checks().find(|it| it.check == check).unwrap().found.as_deref();
    assert_eq!(found(Check::MixedRoles), Some("node/w"));
    assert_eq!(found(Check::TaintMissing), Some("2 Nodes tainted"));
    assert_eq!(found(Check::NodeNotInPool), Some("2 Nodes in the etcd pool"));
}

/// Each zone has its machine, and whoever made it, there is nothing to do.
#[test]
fn a_machine_that_somebody_else_made_keeps_no_cluster_from_being_ready() {
    let ours = two_machines();
    let foreign = ours.machines_of(names::ETCD).map(|it| {
        let mut body = it.body().clone();
        body["metadata"]["labels"].as_object_mut().unwrap().remove(names::MANAGED_BY.0);
        Object::from_value(body).unwrap()
    });
    let report = of(ours.clone().with_objects(foreign.collect::<Vec<_>>()));
    let row = row(&report, Check::ForeignObject);
    assert_eq!((row.verdict, row.findings.len()), (Verdict::Note, 2), "{row:?}");
    assert!(row.findings.iter().all(|it| it.hint.is_none()), "{row:?}");
    assert!(report.is_ready, "{:?}", told(&report));
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
        (Check::OperatorDegraded, "machine-config, etcd, kube-apiserver, machine-api available"),
        (Check::UpgradeInProgress, "none, at 4.16.8"),
        (Check::MasterPoolNotUpdated, "3 of 3 updated"),
        (Check::FipsMismatch, "off"),
        (Check::NotRendered, "rendered-etcd-1 served"),
        (Check::Drifted, "none: all MachineConfigs of init are as init created them"),
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
    // `add-machine` refuses outdated copies, too.
    assert_eq!(verdict(Check::StaleAfterUpgrade).verdict, Verdict::Blocker);
    let joining = verdict(Check::NodeNotJoining);
    assert_eq!(joining.verdict, Verdict::Warning);
    let lost = verdict(Check::InstanceArchitectureMismatch);
    assert_eq!(
        (lost.verdict, lost.because.as_deref()),
        (Verdict::Unknown, Some("nodes could not be read"))
    );
    assert_eq!(verdict(Check::PermissionDenied).verdict, Verdict::Blocker);
}

/// What the user may do tells nothing about the cluster.
#[test]
fn the_rights_that_are_missing_are_told_once_for_each_role() {
    let of = |snapshot: Snapshot, may: fn(Need) -> bool| {
        let report = report(&allowed(snapshot, may), &BTreeSet::new(), "1.0.0");
        let found = report.findings().into_iter();
        let found = found.filter(|it| it.check == Check::PermissionDenied).map(|it| {
            let hint = it.hint.unwrap().to_string();
            (it.severity, it.message, hint)
        });
        (report.is_ready, found.collect::<Vec<_>>())
    };
    let (is_ready, found) = of(cluster(&["4.16"]), |need| need == Need::Making);
    assert!(is_ready);
    let note = |message: &str, hint: &str| (Severity::Note, message.to_owned(), hint.to_owned());
    assert_eq!(
        found,
        [
            note(
                "you may not patch machineconfigs.machineconfiguration.openshift.io 98-master-etcd-disk, delete \
                 machineconfigs.machineconfiguration.openshift.io 98-master-etcd-disk, patch \
                 controlplanemachinesets.machine.openshift.io cluster in openshift-machine-api, watch \
                 controlplanemachinesets.machine.openshift.io cluster in openshift-machine-api: the role oc-etcd-disk, for \
                 add-disk and remove-disk, has these permissions",
                "bind the role oc-etcd-disk of deploy/rbac.yaml to the user, then verify: oc etcd check",
            ),
            note(
                "you may not list pods, delete machines.machine.openshift.io in openshift-machine-api, delete \
                 machineconfigpools.machineconfiguration.openshift.io etcd, delete \
                 machineconfigs.machineconfiguration.openshift.io, delete secrets etcd-user-data in openshift-machine-api: \
                 the role oc-etcd-remover, for remove-machine and teardown, has these permissions",
                "bind the role oc-etcd-remover of deploy/rbac.yaml to the user, then verify: oc etcd check",
            ),
        ]
    );
    let roles = |found: &[(Severity, String, String)]| -> Vec<(Severity, String)> {
        let role =
            |it: &str| it.split("the role ").nth(1).unwrap().split(',').next().unwrap().to_owned();
        found.iter().map(|it| (it.0, role(&it.1))).collect()
    };
    let all = ["oc-etcd-disk", "oc-etcd-operator", "oc-etcd-remover"];
    let all = all.map(|it| (Severity::Note, it.to_owned()));
    let told = |found: &[(Severity, String, String)]| {
        let mut told = roles(found);
        told.sort();
        told
    };
    // A viewer reads no Secrets, and knows whether the rest is ready.
    let mut viewed = cluster(&["4.16"]);
    for name in [names::MASTER_USER_DATA, names::ETCD_USER_DATA] {
        let reference = ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, name);
        viewed.remove(&reference);
        let what = reference.to_string();
        let reason = UnreadableReason::Forbidden;
        viewed.unreadable.push(Unreadable { what, kind: Kind::Secret, reason });
    }
    let (is_ready, found) = of(viewed.clone(), |_| false);
    assert_eq!((is_ready, told(&found)), (true, all.to_vec()), "{found:#?}");
    let secrets = "get secrets master-user-data";
    assert!(found.iter().any(|it| it.1.contains(secrets) && it.1.contains("oc-etcd-operator")));
    // What else could not be read was not judged.
    forbid(&mut viewed, Kind::Node, "nodes");
    let (is_ready, found) = of(viewed, |_| true);
    assert!(!is_ready);
    assert_eq!(roles(&found)[0], (Severity::Blocker, "oc-etcd-viewer".to_owned()));
    // A Secret that could not be read for another reason counts.
    let mut failed = cluster(&["4.16"]);
    let reference =
        ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, names::MASTER_USER_DATA);
    failed.remove(&reference);
    let reason = UnreadableReason::Failed("InternalError (500)".to_owned());
    failed.unreadable.push(Unreadable { what: reference.to_string(), kind: Kind::Secret, reason });
    assert!(!of(failed, |_| true).0);
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
        report.checks().take(7).map(|it| (it.check.id(), it.verdict.word())).collect();
    assert_eq!(
        verdicts,
        [
            ("not-openshift", "passed"),
            ("hosted-control-plane", "blocker"),
            ("platform-unsupported", "unknown"),
            ("no-machine-api", "unknown"),
            ("release-untested", "unknown"),
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

/// The row of a check.
fn row(report: &CheckReport, check: Check) -> &super::Checked {
    report.checks().find(|it| it.check == check).unwrap()
}

fn changed(
    snapshot: &Snapshot,
    kind: Kind,
    name: &str,
    change: impl FnOnce(&mut serde_json::Value),
) -> Snapshot {
    let mut body = snapshot.cluster(kind, name).unwrap().body().clone();
    change(&mut body);
    snapshot.clone().with_objects([Object::from_value(body).unwrap()])
}

#[test]
fn what_keeps_add_disk_from_a_change_is_a_note_in_a_row() {
    let calm = cluster(&["4.20"]);
    let name = "control-plane-machine-set";
    let degraded = of(changed(&calm, Kind::ClusterOperator, name, |it| {
        let conditions = it["status"]["conditions"].as_array_mut().unwrap();
        conditions.retain(|it| it["type"] != "Degraded");
        conditions.push(serde_json::json!({"type": "Degraded", "status": "True"}));
    }));
    let operators = row(&degraded, Check::OperatorDegraded);
    assert_eq!(operators.verdict, Verdict::Note);
    assert_eq!(operators.found.as_deref(), Some("clusteroperator/control-plane-machine-set"));
    let progress = row(&degraded, Check::OperatorProgressing).found.as_deref();
    assert!(progress.unwrap().contains(name), "{progress:?}");

    let paused = of(changed(&calm, Kind::MachineConfigPool, "master", |it| {
        it["spec"]["paused"] = true.into();
    }));
    let pool = row(&paused, Check::MasterPoolPaused);
    assert_eq!((pool.verdict, pool.found.as_deref()), (Verdict::Note, Some("paused")));
    let off = of(changed(&calm, Kind::Etcd, "cluster", |it| {
        it["spec"]["managementState"] = "Unmanaged".into();
    }));
    assert_eq!(row(&off, Check::EtcdUnstable).verdict, Verdict::Note);
}

/// The operator counts a cordoned master as one that is not updated.
#[test]
fn a_master_pool_that_waits_for_no_configuration_is_told_with_what_it_waits_for() {
    let behind = |updated: i64, is_paused: bool, node: &Value| {
        let pool = changed(&cluster(&["4.20"]), Kind::MachineConfigPool, "master", |it| {
            let conditions = it["status"]["conditions"].as_array_mut().unwrap();
            conditions.retain(|it| it["type"] != "Updated");
            conditions.push(serde_json::json!({"type": "Updated", "status": "False"}));
            it["status"]["updatedMachineCount"] = updated.into();
            it["spec"]["paused"] = is_paused.into();
        });
        let name = etcd_stability::masters(&pool).last().unwrap().name().to_owned();
        let there = changed(&pool, Kind::Node, &name, |it| {
            let fields = node.as_object().into_iter().flatten();
            fields.for_each(|(field, value)| it[field] = value.clone());
        });
        let plan = init::plan(&there, &InitRequest::new("1.0.0"));
        let found = plan.findings.iter().find(|it| it.check == Check::MasterPoolNotUpdated);
        let found = found.unwrap();
        let hint = found.hint.as_deref().unwrap().replace(&name, "NODE");
        (found.severity, found.message.replace(&name, "NODE"), hint)
    };
    let is = |severity, message: &str, hint: &str| (severity, message.to_owned(), hint.to_owned());
    let none = serde_json::json!({});
    assert_eq!(
        behind(3, false, &serde_json::json!({"spec": {"unschedulable": true}})),
        is(
            Severity::Warning,
            "all masters have the newest configuration, but node/NODE is cordoned",
            "oc adm uncordon NODE"
        )
    );
    let not_ready = serde_json::json!([{"type": "Ready", "status": "False"}]);
    assert_eq!(
        behind(3, false, &serde_json::json!({"status": {"conditions": not_ready}})),
        is(
            Severity::Warning,
            "all masters have the newest configuration, but node/NODE is not Ready",
            "oc describe node/NODE"
        )
    );
    let (severity, message, hint) = behind(2, true, &none);
    let waits = "not all masters have the newest configuration yet, because the pool is paused";
    assert_eq!((severity, message.as_str()), (Severity::Blocker, waits));
    assert!(hint.starts_with("oc patch machineconfigpool/master"), "{hint}");
    let (severity, _, hint) = behind(2, false, &none);
    assert_eq!((severity, hint.starts_with("oc wait ")), (Severity::Blocker, true));
}

#[test]
fn an_operator_of_which_a_condition_is_missing_is_not_told_as_available() {
    for name in ["etcd", "machine-api"] {
        let report = of(changed(&cluster(&["4.20"]), Kind::ClusterOperator, name, |it| {
            let conditions = it["status"]["conditions"].as_array_mut().unwrap();
            conditions.retain(|it| it["type"] != "Degraded");
        }));
        assert_eq!(row(&report, Check::OperatorDegraded).verdict, Verdict::Unknown, "{name}");
    }
}

#[test]
fn an_upgrade_or_a_rollout_of_which_the_cluster_itself_does_not_know_is_unknown() {
    for (kind, name, condition, check) in [
        (Kind::ClusterVersion, "version", "Progressing", Check::UpgradeInProgress),
        (Kind::MachineConfigPool, "master", "Updated", Check::MasterPoolNotUpdated),
    ] {
        for status in ["Unknown", ""] {
            let doubtful = changed(&cluster(&["4.20"]), kind, name, |it| {
                let conditions = it["status"]["conditions"].as_array_mut().unwrap();
                conditions.retain(|it| it["type"] != condition);
                if !status.is_empty() {
                    conditions.push(serde_json::json!({"type": condition, "status": status}));
                }
            });
            let report = of(doubtful.clone());
            assert_eq!(row(&report, check).verdict, Verdict::Unknown, "{condition} {status}");
            assert!(init::plan(&doubtful, &InitRequest::new("1.0.0")).is_blocked(), "{condition}");
        }
    }
}

#[test]
fn a_machine_api_without_its_operator_keeps_no_pool_from_being_created() {
    for (kind, status) in [("Degraded", "True"), ("Available", "False"), ("Available", "Unknown")] {
        let calm = cluster(&["4.20"]);
        let degraded = changed(&calm, Kind::ClusterOperator, "machine-api", |it| {
            let conditions = it["status"]["conditions"].as_array_mut().unwrap();
            conditions.retain(|it| it["type"] != kind);
            conditions.push(serde_json::json!({"type": kind, "status": status}));
        });
        let report = of(degraded.clone());
        let operators = row(&report, Check::OperatorDegraded);
        assert_eq!(operators.verdict, Verdict::Warning, "{kind} {status}");
        assert_eq!(operators.found.as_deref(), Some("clusteroperator/machine-api"));
        assert!(!init::plan(&degraded, &InitRequest::new("1.0.0")).is_blocked());
        let request = AddMachineRequest::new(vec!["us-east-1a".to_owned()], "1.0.0");
        let plan = add_machine::plan(&degraded, &request);
        let is_told = |it: &Finding| {
            it.severity == Severity::Blocker && it.subject == "clusteroperator/machine-api"
        };
        assert!(plan.findings.iter().any(is_told), "{kind} {status}");
    }
}

#[test]
fn what_a_plan_that_ended_early_has_not_looked_at_is_unknown() {
    let early = [
        Check::ControlPlaneTopologyUnsupported,
        Check::DiskDeviceUncertain,
        Check::EtcdMembersUnmanaged,
        Check::OperatorDegraded,
        Check::UpgradeInProgress,
    ];
    for (kind, what) in [
        (Kind::Infrastructure, "infrastructure/cluster"),
        (Kind::ClusterVersion, "clusterversion/version"),
    ] {
        let mut lacking = cluster(&["4.20"]);
        forbid(&mut lacking, kind, what);
        let report = of(lacking);
        for check in early {
            assert_eq!(row(&report, check).verdict, Verdict::Unknown, "{what}: {check}");
        }
    }
    let mut lacking = cluster(&["4.20"]);
    forbid(&mut lacking, Kind::MachineConfigPool, "machineconfigpools");
    assert_eq!(row(&of(lacking), Check::DiskDeviceUncertain).verdict, Verdict::Unknown);
}

#[test]
fn machines_that_could_not_be_read_hide_only_what_rests_on_machines() {
    let mut lacking = initialized(3);
    forbid(&mut lacking, Kind::Machine, "machines.machine.openshift.io");
    let report = of(lacking);
    for it in report.checks() {
        let rests = it.check.about().reads.contains(&Kind::Machine);
        let is_unknown = it.verdict == Verdict::Unknown;
        assert_eq!(is_unknown, rests, "{}: {:?} {:?}", it.check, it.verdict, it.found);
    }
    let topology = row(&report, Check::ControlPlaneTopologyUnsupported);
    assert_eq!(topology.found, None, "the masters were not counted");
}

#[test]
fn addresses_that_are_withheld_leave_the_stability_of_etcd_unknown() {
    let calm = cluster(&["4.20"]);
    let masked = calm.all(Kind::Node).map(|node| {
        let mut body = node.body().clone();
        for it in body["status"]["addresses"].as_array_mut().unwrap() {
            it["address"] = "xxx.xxx.xxx.xxx".into();
        }
        Object::from_value(body).unwrap()
    });
    let masked: Vec<Object> = masked.collect();
    let report = of(calm.with_objects(masked));
    assert_eq!(row(&report, Check::EtcdUnstable).verdict, Verdict::Unknown);
}

#[test]
fn an_upgrade_that_stands_still_is_an_upgrade() {
    let report = of(changed(&cluster(&["4.20"]), Kind::ClusterVersion, "version", |it| {
        let mut newer = it["status"]["history"][0].clone();
        newer["state"] = "Partial".into();
        newer["version"] = "4.20.9".into();
        it["status"]["history"].as_array_mut().unwrap().insert(0, newer);
        it["status"]["desired"]["version"] = "4.20.9".into();
    }));
    assert_eq!(row(&report, Check::UpgradeInProgress).verdict, Verdict::Blocker);
    let findings = report.findings();
    let found = findings.iter().find(|it| it.check == Check::UpgradeInProgress).unwrap();
    assert!(found.message.starts_with("an upgrade is not completed"), "{}", found.message);
}

#[test]
fn a_release_that_nobody_tested_is_told() {
    let of_release = |version: &str| {
        let report = of(changed(&cluster(&["4.20"]), Kind::ClusterVersion, "version", |it| {
            it["status"]["history"][0]["version"] = version.into();
        }));
        row(&report, Check::ReleaseUntested).verdict
    };
    assert_eq!(of_release("4.22.40"), Verdict::Passed);
    assert_eq!(of_release("4.23.0-rc.1"), Verdict::Note);
    assert_eq!(of_release("5.0.0"), Verdict::Note);
}

#[test]
fn without_valid_user_data_no_row_speaks_of_it_as_there() {
    let calm = cluster(&["4.20"]);
    let source = calm.machine_secret(crate::model::names::MASTER_USER_DATA).unwrap();
    let mut body = source.body().clone();
    body["data"] = serde_json::json!({});
    let report = of(calm.clone().with_objects([Object::from_value(body).unwrap()]));
    assert_eq!(row(&report, Check::UserDataInvalid).verdict, Verdict::Blocker);
    assert_eq!(row(&report, Check::UserDataCaMissing).verdict, Verdict::Unknown);
    let copies = row(&report, Check::SourceUnexpected).found.as_deref();
    assert_eq!(copies, Some("3 objects can be created, without the user data"));
}

#[test]
fn a_release_candidate_is_told_with_its_whole_version() {
    let candidate = changed(&cluster(&["4.20"]), Kind::ClusterVersion, "version", |it| {
        it["status"]["history"][0]["version"] = "4.20.0-rc.2".into();
    });
    let report = of(candidate);
    let found = row(&report, Check::NotOpenShift).found.as_deref();
    assert_eq!(found, Some("OpenShift 4.20.0-rc.2"));
}

#[test]
fn a_row_whose_check_rests_on_a_withheld_part_of_the_rendered_config_does_not_pass() {
    let marker = serde_json::json!({"_REDACTED": "x", "length": 3});
    for (list, name, key, check) in [
        ("systemd/units", "kubelet.service", "contents", Check::KubeletRoleWrong),
        ("systemd/units", "var-lib-etcd.mount", "contents", Check::NotRendered),
        ("storage/files", "/etc/oc-etcd/prepare-disk", "contents", Check::DiskDeviceUncertain),
    ] {
        let snapshot = two_machines();
        let mut body = snapshot.machine_config("rendered-etcd-1").unwrap().clone().into_body();
        let parts =
            body.pointer_mut(&format!("/spec/config/{list}")).unwrap().as_array_mut().unwrap();
        let is_it = |it: &&mut serde_json::Value| it["name"] == name || it["path"] == name;
        parts.iter_mut().find(is_it).unwrap()[key] = marker.clone();
        let report = of(snapshot.with_objects([Object::from_value(body).unwrap()]));
        for check in [check, Check::NotRendered] {
            let row = report.checks().find(|it| it.check == check).unwrap();
            assert_eq!(row.verdict, Verdict::Unknown, "{name}: {check}: {row:?}");
        }
        let claims = [Check::KubeletRoleWrong, Check::DiskDeviceUncertain, Check::NotRendered];
        let found = report.findings();
        let is_claimed = |it: &&Finding| claims.contains(&it.check) && it.severity < Severity::Note;
        assert_eq!(found.iter().find(is_claimed), None, "{name}");
    }
}
