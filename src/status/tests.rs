//! Verdicts over whole clusters.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::*;
use crate::model::invocation::Invocation;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::shell_command::Command;
use crate::model::snapshot::{Unreadable, UnreadableReason};
use crate::status::fixtures::{cluster, forbid, initialized, machine, node, running, two_machines};

/// The verdict, the ids of all findings but notes, and the next command.
fn verdict(snapshot: &Snapshot) -> (Health, Vec<&'static str>, String) {
    let status = assess(snapshot, "1.0.0");
    let findings = status.findings.iter().filter(|it| it.severity < Severity::Note);
    (
        status.health,
        findings.map(|it| it.check.id()).collect(),
        status.next.map(|it| it.to_string()).unwrap_or_default(),
    )
}

fn with_pool(snapshot: Snapshot, change: impl Fn(&mut Value)) -> Snapshot {
    let mut body = snapshot.pool(names::ETCD).unwrap().body().clone();
    change(&mut body);
    snapshot.with_objects([Object::from_value(body).unwrap()])
}

fn without(mut snapshot: Snapshot, kind: Kind, name: &str) -> Snapshot {
    snapshot.remove(&ObjectRef::cluster(kind, name));
    snapshot
}

fn forbidden(mut snapshot: Snapshot, kind: Kind) -> Snapshot {
    forbid(&mut snapshot, kind, &kind.qualified());
    snapshot
}

#[test]
fn user_data_that_could_not_be_read_is_a_note_in_every_format() {
    let status = assess(&forbidden(initialized(0), Kind::Secret), "1.0.0");
    let found = status.findings.iter().find(|it| it.check == Check::PermissionDenied).unwrap();
    assert_eq!(found.severity, Severity::Note);
    assert!(found.message.contains("secrets"), "{found:?}");
}

#[test]
fn user_data_is_judged_where_the_user_data_of_the_masters_is_unread() {
    let secret = |name| ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, name);
    let mut unread = initialized(0);
    unread.remove(&secret(names::MASTER_USER_DATA));
    unread.unreadable.push(Unreadable {
        what: "secret/master-user-data".to_owned(),
        kind: Kind::Secret,
        reason: UnreadableReason::Forbidden,
    });
    let with = |data: Option<&str>| {
        let mut snapshot = unread.clone();
        match data {
            None => snapshot.remove(&secret(names::ETCD_USER_DATA)),
            Some(data) => snapshot.insert(
                Object::new(secret(names::ETCD_USER_DATA))
                    .with_labels([names::MANAGED_BY])
                    .with("data", json!({"userData": data})),
            ),
        }
        verdict(&snapshot).1
    };
    assert_eq!(verdict(&unread).1, [""; 0]);
    assert_eq!(with(None), ["drifted"]);
    assert_eq!(with(Some("e30=")), ["user-data-invalid"]);
    let source = json!({"source": "https://h:22623/config/master"});
    let of_masters = json!({"ignition": {"version": "3.2.0", "config": {"merge": [source]}}});
    let of_masters = STANDARD.encode(of_masters.to_string());
    assert_eq!(with(Some(&of_masters)), ["kubelet-uncertain", "user-data-invalid"]);
}

#[test]
fn no_command_that_an_edit_of_somebody_blocks_is_advised() {
    let snapshot = initialized(0);
    let mut body = snapshot.machine_secret(names::ETCD_USER_DATA).unwrap().clone().into_body();
    let source = json!({"source": "https://h:22623/config/nope"});
    let other = json!({"ignition": {"version": "3.2.0", "config": {"merge": [source]}}});
    body["data"]["userData"] = STANDARD.encode(other.to_string()).into();
    body["metadata"]["managedFields"] = json!([{
        "manager": "kubectl-patch",
        "operation": "Update",
        "fieldsV1": {"f:data": {"f:userData": {}}},
    }]);
    let status = assess(&snapshot.with_objects([Object::from_value(body).unwrap()]), "1.0.0");
    let hints = status.findings.iter().filter_map(|it| it.hint.as_ref());
    let commands: Vec<String> = hints.flat_map(Hint::commands).map(ToString::to_string).collect();
    let of_init: Vec<&String> =
        commands.iter().filter(|it| it.starts_with("oc etcd init")).collect();
    assert_eq!(of_init, ["oc etcd init --force-conflicts"; 2], "{:#?}", status.findings);
    assert_eq!(status.next.unwrap().to_string(), "oc etcd init --force-conflicts");
}

#[test]
fn a_cluster_whose_masters_have_a_disk_for_etcd_is_not_sent_to_init() {
    let reference = ObjectRef::cluster(Kind::MachineConfig, names::MASTERS_DISK);
    let of_others = Object::new(reference).with_labels([names::MANAGED_BY]);
    let ours = of_others.clone().with_annotations([(names::SOURCE, "oc-etcd")]);
    let next = |disk| assess(&cluster(&["4.20"]).with_objects([disk]), "1").next;
    assert_eq!(next(of_others).as_deref(), Some("oc etcd init"));
    assert_eq!(next(ours), None);
}

#[test]
#[allow(clippy::too_many_lines, reason = "a table of cases")]
fn a_verdict_follows_from_what_is_there_and_known() {
    let add = "oc etcd add-machine --zone us-east-1a,us-east-1b,us-east-1c";
    let degraded = |pool: &mut Value| set_condition(pool, "RenderDegraded", &json!("True"));
    let unrendered = |pool: &mut Value| {
        pool["spec"]["configuration"] = Value::Null;
        pool["status"] = Value::Null;
    };
    let behind =
        |pool: &mut Value| pool["status"]["configuration"]["name"] = "rendered-etcd-0".into();
    let disk = |snapshot| without(snapshot, Kind::MachineConfig, "00-etcd-disk");
    let pool = |snapshot| without(snapshot, Kind::MachineConfigPool, "etcd");
    for (snapshot, health, findings, next) in [
        (cluster(&["4.16"]), Health::NotInitialized, vec![], "oc etcd init"),
        (cluster(&["4.10"]), Health::NotInitialized, vec![], "oc etcd init"),
        (cluster(&["4.20"]), Health::NotInitialized, vec![], "oc etcd init"),
        (
            cluster(&["4.20", "variants/upgrading"]),
            Health::NotInitialized,
            vec![],
            "oc adm upgrade",
        ),
        (
            cluster(&["4.16", "variants/master-pool-updating"]),
            Health::NotInitialized,
            vec![],
            "oc etcd init --dry-run=client",
        ),
        (initialized(0), Health::Healthy, vec![], add),
        (forbidden(initialized(0), Kind::Secret), Health::Healthy, vec![], add),
        (
            forbidden(initialized(0), Kind::MachineConfigPool),
            Health::Unknown,
            vec!["permission-denied"],
            "",
        ),
        (
            forbidden(initialized(0), Kind::MachineConfig),
            Health::Unknown,
            vec!["permission-denied"],
            "",
        ),
        (forbidden(initialized(0), Kind::Machine), Health::Unknown, vec!["permission-denied"], ""),
        (
            forbidden(initialized(0), Kind::Infrastructure),
            Health::Unknown,
            vec!["permission-denied"],
            "",
        ),
        (
            forbidden(cluster(&["4.16"]), Kind::MachineConfigPool),
            Health::Unknown,
            vec!["permission-denied"],
            "",
        ),
        (
            forbidden(cluster(&["4.16"]), Kind::Machine),
            Health::Unknown,
            vec!["permission-denied"],
            "",
        ),
        (disk(initialized(0)), Health::Trouble, vec!["drifted"], "oc etcd init"),
        (pool(initialized(0)), Health::Trouble, vec!["not-initialized"], ""),
        (
            with_pool(initialized(0), unrendered),
            Health::Trouble,
            vec!["not-rendered"],
            "oc get machineconfigpool/etcd -w",
        ),
        (
            with_pool(initialized(0), behind),
            Health::Progressing,
            vec![],
            "oc get machineconfigpool/etcd -w",
        ),
        (
            with_pool(initialized(0), degraded),
            Health::Trouble,
            vec!["not-rendered"],
            "oc describe machineconfigpool/etcd",
        ),
        (
            with_pool(initialized(1), |pool| pool["status"]["degradedMachineCount"] = 1.into()),
            Health::Trouble,
            vec!["operator-degraded"],
            "",
        ),
        (
            cluster(&["4.16", "variants/foreign-pool"]),
            Health::Trouble,
            vec!["foreign-object", "kubelet-role-wrong", "not-rendered"],
            "",
        ),
        (
            cluster(&["4.16", "variants/not-aws-gcp"]),
            Health::Trouble,
            vec!["platform-unsupported"],
            "",
        ),
    ] {
        let expected = (health, findings, next.to_owned());
        assert_eq!(verdict(&snapshot), expected);
    }
}

#[test]
fn a_paused_pool_is_mentioned_with_what_waits_for_it() {
    let pause = |pool: &mut Value| {
        pool["spec"]["paused"] = true.into();
        pool["status"]["configuration"]["name"] = "rendered-etcd-0".into();
        pool["status"]["updatedMachineCount"] = 0.into();
    };
    let paused = with_pool(initialized(1), pause);
    let paused = without(paused, Kind::MachineConfig, "00-etcd-disk");
    let messages: Vec<String> =
        assess(&paused, "1.0.0").findings.into_iter().map(|it| it.message).collect();
    assert_eq!(
        messages,
        [
            "the object is missing; the pool is paused, and the nodes keep their configuration",
            "the pool is paused: rendered-etcd-1 is not rolled out, and new machines get rendered-etcd-0",
        ]
    );
}

#[test]
fn a_machine_may_take_its_time_and_no_longer() {
    let made = |minutes: i64| format!("2024-08-21T11:{:02}:00Z", 60 - minutes);
    let phase = |phase: &str| json!({ "phase": phase });
    for (minutes, status, expected) in [
        (14, phase("Provisioned"), None),
        (16, phase("Provisioned"), Some("the Machine is 16m old, Provisioned, and has no Node")),
        (
            16,
            phase("Provisioning"),
            Some("the Machine is 16m old and waits for AWS to start the instance"),
        ),
        (
            16,
            phase("Deleting"),
            Some("the Machine is 16m old and waits for AWS to start the instance"),
        ),
    ] {
        let snapshot =
            initialized(0).with_objects([machine("m", "us-east-1a", &made(minutes), status)]);
        let found = assess(&snapshot, "1.0.0").findings;
        let found = found.iter().find(|it| it.check == Check::NodeNotJoining);
        let message = found.and_then(|it| it.message.split(';').next());
        assert_eq!(message, expected);
    }
}

#[test]
fn a_machine_that_does_not_join_has_a_cause_and_a_way_out() {
    let told = |snapshot: Snapshot, instance: Option<&str>| {
        let status = json!({
            "phase": "Provisioned",
            "providerStatus": {"instanceId": instance},
            "addresses": [{"type": "InternalIP", "address": "10.0.90.5"}],
        });
        let machine = machine("m", "us-east-1a", "2024-08-21T11:00:00Z", status);
        let found = assess(&snapshot.with_objects([machine]), "1.0.0").findings;
        let found = found.into_iter().find(|it| it.check == Check::NodeNotJoining).unwrap();
        (found.message, found.hint.unwrap().to_string())
    };
    let joined = |parts: &[&str]| parts.join("; ");
    let console = "the console of the instance shows the reason, and docs/disk.md what to do: aws ec2 \
                   get-console-output --latest --instance-id";
    let look = "oc get machine.machine.openshift.io/m -n openshift-machine-api -o yaml";
    let again = "oc etcd remove-machine m && oc etcd add-machine --zone us-east-1a";
    let (message, hint) = told(initialized(0), Some("i-0eee0"));
    assert_eq!(
        message,
        "the Machine is 60m old, Provisioned, and has no Node; common causes are a stop of the script for the disk or \
         of the script for the kubelet, the certificate authority in the user data, the boot image, and pending \
         certificate signing requests"
    );
    let (console, last) =
        (format!("{console} i-0eee0"), format!("if the machine does not become Ready: {again}"));
    assert_eq!(hint, joined(&[&console, "oc get csr", look, &last]));
    // Without an instance that is known by its id, the console is not named.
    for unknown in [None, Some("x-id-0000000001-x"), Some("i-0; rm")] {
        assert_eq!(
            told(initialized(0), unknown).1,
            joined(&["oc get csr", look, &last]),
            "{unknown:?}"
        );
    }
    // No kubelet runs, so that there is no request to sign.
    let worker = Object::new(ObjectRef::cluster(Kind::MachineConfig, "99-etcd-site"))
        .with_labels([(names::MACHINE_CONFIG_ROLE, names::ETCD)])
        .with(
            "spec",
            json!({"config": {"ignition": {"version": "3.2.0"}, "systemd": {"units": [
                {"name": "kubelet.service", "mask": true},
            ]}}}),
        );
    let (message, hint) = told(initialized(0).with_objects([worker]), Some("i-0eee0"));
    assert_eq!(
        message,
        "the Machine is 60m old, Provisioned, and has no Node; a possible cause is the finding kubelet-role-wrong of \
         machineconfig/99-etcd-site"
    );
    let first = "first solve this finding, which also applies to the next machine; then: ";
    assert_eq!(hint, joined(&[&console, &format!("{first}oc etcd remove-machine m")]));
}

#[test]
fn what_is_on_its_way_is_watched_and_what_is_lost_is_replaced() {
    let delete = "oc etcd remove-machine m";
    let replace = format!("{delete} && oc etcd add-machine --zone us-east-1a");
    let other_settings = format!(
        "first solve the cause, or choose other settings, for example another --instance-type; then: {replace}"
    );
    let worker = worker_node("10.0.9.9");
    for (status, hint, next) in [
        (
            json!({"phase": "Provisioning"}),
            None,
            "oc get machines.machine.openshift.io -n openshift-machine-api -w",
        ),
        (json!({"phase": "Failed"}), Some(other_settings.as_str()), delete),
        // No setting is at fault where somebody deleted the instance.
        (
            json!({
                "phase": "Failed",
                "errorMessage": "can't find created instance",
                "conditions": [{"type": "InstanceExists", "status": "False", "reason": "InstanceMissing"}],
            }),
            Some(replace.as_str()),
            delete,
        ),
        (running("n"), Some(replace.as_str()), delete),
    ] {
        let machine = machine("m", "us-east-1a", "2024-08-21T11:59:00Z", status);
        let snapshot = initialized(0).with_objects([machine, worker.clone()]);
        let status = assess(&snapshot, "1.0.0");
        let found = status.findings.iter().find(|it| it.subject == "machine/m");
        assert_eq!(found.and_then(|it| it.hint.as_deref()), hint);
        assert_eq!(status.next.as_deref(), Some(next));
    }
}

/// A Node that a Machine became with another pool's configuration.
fn worker_node(address: &str) -> Object {
    let status = json!({
        "conditions": [{"type": "Ready", "status": "True"}],
        "addresses": [{"type": "InternalIP", "address": address}],
    });
    Object::new(ObjectRef::cluster(Kind::Node, "n")).with("status", status)
}

#[test]
fn no_machine_is_advised_that_add_machine_would_refuse_or_whose_zone_is_unknown() {
    let of = |pool: &dyn Fn(&mut Value), zone: &str| {
        let mut lost =
            machine("m", zone, "2024-08-21T11:59:00Z", json!({"phase": "Failed"})).into_body();
        if zone.is_empty() {
            lost["spec"]["providerSpec"]["value"]["placement"] = json!({});
        }
        let snapshot = with_pool(initialized(0), pool);
        let status = assess(&snapshot.with_objects([Object::from_value(lost).unwrap()]), "1.0.0");
        let found = status.findings.into_iter().find(|it| it.subject == "machine/m").unwrap();
        let hint = found.hint.unwrap();
        let words = |it: &Command| it.arguments().collect::<Vec<_>>().join(" ");
        hint.commands().map(words).collect::<Vec<_>>()
    };
    let zone = "us-east-1a";
    let degraded = |pool: &mut Value| {
        set_condition(pool, "RenderDegraded", &json!("True"));
    };
    assert_eq!(of(&|_| {}, zone), ["remove-machine m", "add-machine --zone us-east-1a"]);
    assert_eq!(
        of(&degraded, zone),
        ["add-machine --zone us-east-1a --another --dry-run=client", "remove-machine m"]
    );
    assert_eq!(of(&|_| {}, ""), ["remove-machine m"]);
}

#[test]
fn a_lost_machine_is_replaced_with_the_settings_that_it_was_made_with() {
    let told = |change: &dyn Fn(&mut Value)| {
        let failed = json!({"phase": "Failed"});
        let mut body = machine("m", "us-east-1a", "2024-08-21T11:59:00Z", failed).into_body();
        change(&mut body["spec"]["providerSpec"]["value"]);
        let machine = Object::from_value(body).unwrap();
        let status = assess(&initialized(0).with_objects([machine]), "1.0.0");
        let found = status.findings.into_iter().find(|it| it.check == Check::MachineFailed);
        let hint = found.unwrap().hint.unwrap().to_string();
        hint.split_once("--zone us-east-1a").unwrap().1.to_owned()
    };
    assert_eq!(told(&|_| ()), "");
    let asked_for = |spec: &mut Value| {
        spec["instanceType"] = "m6i.xlarge".into();
        spec["placementGroupName"] = "etcd group".into();
        spec["placementGroupPartition"] = 2.into();
        spec["capacityReservationId"] = "cr-0123456789abcdef0".into();
        spec["blockDevices"][1]["deviceName"] = "/dev/xvdf".into();
        spec["blockDevices"][1]["ebs"]["iops"] = 6000.into();
    };
    assert_eq!(
        told(&asked_for),
        " --instance-type m6i.xlarge --iops 6000 --device-name /dev/xvdf --placement-group 'etcd group' \
         --placement-group-partition 2 --capacity-reservation cr-0123456789abcdef0"
    );
    let withheld = |spec: &mut Value| spec["placementGroupName"] = json!({"_REDACTED": "x"});
    assert_eq!(told(&withheld), "");
}

#[test]
fn a_lost_machine_beside_another_one_is_replaced_with_another() {
    let lost = machine("m", "us-east-1a", "2024-08-21T11:59:00Z", json!({"phase": "Failed"}));
    let beside = machine("n", "us-east-1a", "2024-08-21T11:59:00Z", json!({"phase": "Running"}));
    let status = assess(&initialized(0).with_objects([lost, beside]), "1.0.0");
    let found = status.findings.into_iter().find(|it| it.subject == "machine/m").unwrap();
    let hint = found.hint.unwrap().to_string();
    assert!(hint.ends_with("oc etcd add-machine --zone us-east-1a --another"), "{hint}");
}

fn set_condition(object: &mut Value, kind: &str, status: &Value) {
    let conditions = object["status"]["conditions"].as_array_mut().unwrap();
    conditions.retain(|it| it["type"] != kind);
    conditions.push(json!({"type": kind, "status": status}));
}

#[test]
fn a_pool_that_its_operator_reports_as_degraded_is_trouble_and_one_that_it_does_not_judge_unknown()
{
    let health = |kind: &str, status: &Value| {
        let snapshot = with_pool(initialized(1), |pool| set_condition(pool, kind, status));
        let status = assess(&snapshot, "1.0.0");
        let of_pool = status.findings.iter().filter(|it| {
            it.subject == "machineconfigpool/etcd" && it.severity <= Severity::Warning
        });
        (status.health, of_pool.count())
    };
    let all =
        ["RenderDegraded", "NodeDegraded", "Degraded", "PinnedImageSetsDegraded", "BuildFailed"];
    for kind in all {
        assert_eq!(health(kind, &json!("False")), (Health::Healthy, 0), "{kind}");
        assert_eq!(health(kind, &json!("True")), (Health::Trouble, 1), "{kind}");
        for unknown in [json!("Unknown"), json!("true"), json!(null), json!({"_REDACTED": "x"})] {
            assert_eq!(health(kind, &unknown).0, Health::Unknown, "{kind} {unknown}");
        }
    }
    assert_eq!(health("Updated", &json!("False")), (Health::Progressing, 0));
    assert_eq!(health("Updated", &json!("Unknown")), (Health::Unknown, 1));
    for kind in ["RenderDegraded", "NodeDegraded", "Degraded", "Updated"] {
        let snapshot = with_pool(initialized(1), |pool| {
            let conditions = pool["status"]["conditions"].as_array_mut().unwrap();
            conditions.retain(|it| it["type"] != kind);
        });
        assert_eq!(assess(&snapshot, "1.0.0").health, Health::Unknown, "{kind}");
    }
}

#[test]
fn no_removal_is_advised_that_would_be_refused() {
    let (namespace, name) = names::ETCD_ENDPOINTS;
    let endpoints = ObjectRef::namespaced(Kind::ConfigMap, namespace, name);
    let mut unknown = initialized(0).with_objects([worker_node("10.0.9.9")]);
    unknown.remove(&endpoints);
    let members = Object::new(endpoints).with("data", json!({"1f": "10.0.9.9"}));
    let member = initialized(0).with_objects([worker_node("10.0.9.9"), members]);
    let look = "oc etcd remove-machine m --dry-run=client";
    for snapshot in [unknown, member] {
        let lost = machine("m", "us-east-1a", "2024-08-21T11:59:00Z", running("n"));
        let status = assess(&snapshot.with_objects([lost]), "1.0.0");
        let found = status.findings.iter().find(|it| it.subject == "machine/m");
        assert_eq!(found.and_then(|it| it.hint.as_deref()), Some(look));
        assert_eq!(status.next.as_deref(), Some(look));
    }
}

#[test]
fn what_has_other_content_than_init_would_give_it_differs() {
    let mut body = initialized(0).machine_config("00-etcd-disk").unwrap().body().clone();
    body["spec"]["config"]["systemd"] = Value::Null;
    let status = assess(&initialized(0).with_objects([Object::from_value(body).unwrap()]), "1.0.0");
    let found = status.findings.iter().find(|it| it.check == Check::Drifted).unwrap();
    assert_eq!(
        (found.subject.as_str(), found.message.as_str(), found.hint.as_deref()),
        (
            "machineconfig/00-etcd-disk",
            "the object differs from what init would create",
            Some("oc etcd diff"),
        )
    );
    let differing = status.machine_configs.entries().find(|it| it.state == State::Differs);
    assert_eq!(differing.map(|it| it.name.as_str()), Some("00-etcd-disk"));
    assert_eq!(status.next.as_deref(), Some("oc etcd init"));
}

#[test]
fn a_problem_ends_with_the_code_for_trouble_before_there_is_a_pool_too() {
    for (snapshot, is_trouble) in [
        (cluster(&["4.16"]), false),
        (forbidden(cluster(&["4.16"]), Kind::Node), true),
        (initialized(0), false),
    ] {
        assert_eq!(assess(&snapshot, "1.0.0").is_trouble(), is_trouble);
    }
}

#[test]
fn commands_name_the_program_that_the_user_typed() {
    let status =
        assess(&cluster(&["4.16"]), "1.0.0").with_invocation(&Invocation::of("kubectl etcd"));
    assert_eq!(status.next.as_deref(), Some("kubectl etcd init"));
}

/// The findings about etcd's members, worst first.
fn of_members(snapshot: &Snapshot) -> (Health, Vec<String>) {
    let status = assess(snapshot, "1.0.0");
    let found = status
        .findings
        .iter()
        .filter(|it| matches!(it.check, Check::EtcdUnhealthy | Check::EtcdMembersUnmanaged));
    let line =
        |it: &crate::check::Finding| format!("{} {}: {}", it.severity, it.subject, it.message);
    (status.health, found.map(line).collect())
}

fn with_address(node: Object, address: &str) -> Object {
    let mut status = node.get("/status").unwrap().clone();
    status["addresses"] = json!([{"type": "InternalIP", "address": address}]);
    node.with("status", status)
}

/// The list of members, and the count of etcd's operator, as told.
fn with_members(snapshot: Snapshot, addresses: &[&str]) -> Snapshot {
    let data: serde_json::Map<String, Value> =
        addresses.iter().map(|it| (format!("id of {it}"), (*it).into())).collect();
    let endpoints = Object::new(crate::openshift::members::endpoints()).with("data", data.into());
    let mut body = snapshot.cluster(Kind::Etcd, "cluster").unwrap().body().clone();
    for condition in body["status"]["conditions"].as_array_mut().unwrap() {
        if condition["type"] == "EtcdMembersAvailable" {
            condition["message"] = format!("{} members are available", addresses.len()).into();
        }
    }
    snapshot.with_objects([endpoints, Object::from_value(body).unwrap()])
}

#[test]
fn a_list_of_members_that_a_stopped_operator_wrote_proves_nothing() {
    let snapshot = two_machines();
    let changed = |reference: &ObjectRef, pointer: &str, value: Value| {
        let mut body = snapshot.get(reference).unwrap().body().clone();
        *body.pointer_mut(pointer).unwrap() = value;
        snapshot.clone().with_objects([Object::from_value(body).unwrap()])
    };
    let etcd = ObjectRef::cluster(Kind::Etcd, "cluster");
    let version = ObjectRef::cluster(Kind::ClusterVersion, "version");
    let operator = ObjectRef::cluster(Kind::ClusterOperator, "etcd");
    let spec = |reference: &ObjectRef, field: &str, value: Value| {
        let mut spec = snapshot.get(reference).unwrap().get("/spec").unwrap().clone();
        spec[field] = value;
        changed(reference, "/spec", spec)
    };
    let entry = json!([{"kind": "Deployment", "name": "etcd-operator", "unmanaged": true}]);
    let unavailable = json!([
        {"type": "Available", "status": "False"},
        {"type": "Degraded", "status": "False"},
    ]);
    for (snapshot, why) in [
        (spec(&etcd, "managementState", "Unmanaged".into()), "managementState is Unmanaged"),
        (spec(&version, "overrides", entry), "clusterversion/version: ClusterVersion leaves the"),
        (changed(&operator, "/status/conditions", unavailable), "clusteroperator/etcd: the cond"),
    ] {
        let (health, found) = of_members(&snapshot);
        assert_ne!(health, Health::Healthy, "{why}");
        let expected = format!("it is unknown whether another member runs there: {why}");
        assert!(found.iter().any(|it| it.contains(&expected)), "{found:#?}");
    }
    let hint =
        "oc patch etcd/cluster --type=merge -p '{\"spec\":{\"managementState\":\"Managed\"}}'";
    let status = assess(&spec(&etcd, "managementState", "Unmanaged".into()), "1.0.0");
    assert!(status.findings.iter().any(|it| it.hint.as_deref() == Some(hint)));
}

#[test]
fn a_node_whose_machine_no_longer_exists_is_trouble() {
    let of_machine = |machine: &str| {
        let named = format!("openshift-machine-api/{machine}");
        node("n").with_annotations([(names::NODE_MACHINE, named.as_str())])
    };
    let told = |snapshot: &Snapshot| {
        let status = assess(snapshot, "1.0.0");
        let found = status.findings.iter().filter(|it| it.check == Check::NodeWithoutPool);
        (status.health, found.map(|it| it.subject.clone()).collect::<Vec<_>>(), status.next)
    };
    let left = initialized(1).with_objects([of_machine("m")]);
    let subjects = vec!["node/n".to_owned()];
    assert_eq!(told(&left), (Health::Trouble, subjects.clone(), None));
    // A new Machine has the name of the earlier one.
    let booting = json!({"phase": "Provisioned"});
    let again =
        left.clone().with_objects([machine("m", "us-east-1a", "2024-08-21T11:59:00Z", booting)]);
    let (health, found, _) = told(&again);
    assert_eq!((health, found), (Health::Trouble, subjects));
    let status = assess(&again, "1.0.0");
    let progress = &status.machines.known().unwrap()[0].progress;
    assert_eq!(*progress, MachineProgress::Phase("Provisioned".to_owned()));
    // Whether the Machine exists is not known.
    let (_, found, _) = told(&forbidden(left, Kind::Machine));
    assert_eq!(found, Vec::<String>::new());
    let (_, found, _) = told(&two_machines());
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_deletion_that_takes_too_long_is_trouble() {
    let told = |requested: &str, hooks: Value| {
        let mut body = machine("m", "us-east-1a", "2024-08-21T08:00:00Z", running("n")).into_body();
        body["metadata"]["deletionTimestamp"] = requested.into();
        body["spec"]["lifecycleHooks"]["preDrain"] = hooks;
        let status = assess(
            &initialized(1).with_objects([node("n"), Object::from_value(body).unwrap()]),
            "1.0.0",
        );
        let found = status.findings.iter().find(|it| it.check == Check::DeletionBlocked);
        let hint = |it: &Finding| it.hint.as_ref().map(ToString::to_string).unwrap_or_default();
        (status.health, found.map(|it| (it.message.clone(), hint(it))))
    };
    let hook = json!([{"name": "migrate", "owner": "storage"}]);
    assert_eq!(told("2024-08-21T11:01:00Z", hook.clone()).1, None);
    let (health, found) = told("2024-08-21T09:00:00Z", hook);
    let (message, hint) = found.unwrap();
    let expected = "the deletion was requested 3h ago: the deletion is blocked by the preDrain hook migrate of storage";
    assert_eq!((health, message.as_str()), (Health::Trouble, expected));
    assert!(hint.contains("oc get machine.machine.openshift.io/m -n"), "{hint}");
    let (_, found) = told("2024-08-21T09:00:00Z", json!([]));
    assert!(found.unwrap().1.starts_with("oc describe machine.machine.openshift.io/m -n"));
}

#[test]
fn a_node_that_somebody_deleted_is_told_from_an_instance_that_boots() {
    let gone = initialized(1).with_objects([machine(
        "m",
        "us-east-1a",
        "2024-08-21T11:59:00Z",
        running("n"),
    )]);
    let told = |snapshot: &Snapshot| {
        let status = assess(snapshot, "1.0.0");
        let found = status.findings.iter().find(|it| it.check == Check::NodeNotJoining);
        let message = status.machines.known().unwrap()[0].message.clone();
        (message.unwrap(), found.map(|it| it.message.clone()))
    };
    let (message, found) = told(&gone);
    assert_eq!(message, "its Node does not exist");
    let found = found.unwrap();
    assert!(found.starts_with("the Machine is Running and its Node n does not exist"), "{found}");
    for address in ["10.0.9.9", "10.0.12.34"] {
        let expected = "restart the kubelet, but not the instance, because an etcd member may";
        let machine = gone.get(&ObjectRef::machine("m")).unwrap().clone();
        let status = assess(&gone.clone().with_objects([with_address(machine, address)]), "1.0.0");
        let found = status.findings.into_iter().find(|it| it.check == Check::NodeNotJoining);
        let hint = found.unwrap().hint.unwrap().to_string();
        assert!(hint.starts_with(expected), "{address}: {hint}");
    }
    let unread = ("the Node could not be read".to_owned(), None);
    assert_eq!(told(&forbidden(gone, Kind::Node)), unread);
}

#[test]
fn a_member_on_an_etcd_node_is_trouble_and_one_nobody_finds_is_unknown() {
    let node = with_address(crate::status::fixtures::node("n"), "10.0.9.9");
    let machine = machine("m", "us-east-1a", "2024-08-21T08:48:00Z", running("n"));
    let etcd = initialized(1).with_objects([node, machine]);
    let pod = Object::new(ObjectRef::namespaced(Kind::Pod, "openshift-etcd", "etcd-n"))
        .with("spec", json!({"nodeName": "n", "containers": [{"name": "etcd"}]}));
    let (health, found) = of_members(&etcd);
    assert_eq!(health, Health::Healthy);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("note cluster: none of etcd's 3 members runs on"), "{found:?}");

    let masters = ["10.0.12.34", "10.0.55.101", "10.0.80.7"];
    let four = [&masters[..], &["10.0.9.9"]].concat();
    let (health, found) = of_members(&with_members(etcd.clone(), &four));
    assert_eq!((health, found.len()), (Health::Trouble, 1));
    let expected = "warning cluster: 1 of etcd's 4 members runs on etcd nodes (id of 10.0.9.9 at 10.0.9.9 on node/n): ";
    assert!(found[0].starts_with(expected), "{found:?}");
    // The Node was deleted, and its instance runs.
    let mut gone = with_members(etcd.clone(), &four);
    gone.remove(&ObjectRef::cluster(Kind::Node, "n"));
    let machine = gone.get(&ObjectRef::machine("m")).unwrap().clone();
    let (health, found) = of_members(&gone.with_objects([with_address(machine, "10.0.9.9")]));
    assert_eq!((health, found.len()), (Health::Trouble, 1));
    let expected = "warning cluster: 1 of etcd's 4 members runs on etcd nodes (id of 10.0.9.9 at 10.0.9.9 on machine/m): ";
    assert!(found[0].starts_with(expected), "{found:?}");
    // Neither a Node nor a Machine has the address.
    let nobodys = [&masters[..], &["10.0.9.8"]].concat();
    assert_eq!(of_members(&with_members(etcd.clone(), &nobodys)), (Health::Unknown, Vec::new()));

    // A learner is a Pod, and in no list.
    let (health, found) = of_members(&etcd.clone().with_objects([pod]));
    assert_eq!((health, found.len()), (Health::Trouble, 1));
    assert!(found[0].starts_with("warning node/n: pod/etcd-n counts as an etcd"), "{found:?}");

    // A member that the list does not have may run anywhere.
    let endpoints = cluster(&["4.16"]).get(&crate::openshift::members::endpoints()).cloned();
    let (_, found) = of_members(&with_members(etcd.clone(), &four).with_objects(endpoints));
    let expected = "note cluster: none of the 3 members that configmap/etcd-endpoints lists runs on etcd nodes; it is \
                    unknown whether another member runs there: the operator counts 4 members";
    assert!(found.iter().any(|it| it.starts_with(expected)), "{found:?}");

    // must-gather-clean puts words in the place of addresses.
    let (_, found) =
        of_members(&with_members(etcd.clone(), &["x-ipv4-0000000001-x", "10.0.55.101"]));
    assert!(found[0].starts_with("note cluster: it is unknown where 1 of etcd's 2"), "{found:?}");

    // A master without a member may not lose another.
    let (health, found) = of_members(&with_members(etcd.clone(), &masters[..2]));
    assert_eq!(health, Health::Trouble);
    let expected = "warning etcd/cluster: no voting member runs on node ip-10-0-80-7.ec2.internal";
    assert_eq!(found[0], expected);

    // The number of members is known whatever stands in the place of their addresses.
    for address in ["x-ipv4-0000000001-x", "", "etcd-3.example.com"] {
        let three = [&masters[..2], &[address]].concat();
        let listed = with_members(etcd.clone(), &three);
        let operator = with_members(etcd.clone(), &four).cluster(Kind::Etcd, "cluster").cloned();
        let (health, found) = of_members(&listed.with_objects(operator));
        let expected = "warning etcd/cluster: the operator counts 4 members but";
        assert_eq!(health, Health::Trouble, "{address}");
        assert!(found[0].starts_with(expected), "{address}: {found:?}");
    }
}

#[test]
fn what_the_operator_says_of_its_members_must_agree_with_their_list() {
    let mut list = with_members(initialized(0), &["10.0.12.34"]);
    let endpoints =
        cluster(&["4.16"]).get(&crate::openshift::members::endpoints()).unwrap().clone();
    list.insert(endpoints);
    let (health, found) = of_members(&list);
    assert_eq!(health, Health::Trouble);
    assert_eq!(
        found,
        [
            "warning etcd/cluster: the operator counts 1 members but configmap/etcd-endpoints lists 3, without learners"
        ]
    );
}

#[test]
fn a_condition_that_is_missing_or_withheld_is_neither_healthy_nor_trouble() {
    let withheld = || json!({"_REDACTED": "x", "length": 3});
    let operator = |name: &str| ObjectRef::cluster(Kind::ClusterOperator, name);
    let version = ObjectRef::cluster(Kind::ClusterVersion, "version");
    let etcd = ObjectRef::cluster(Kind::Etcd, "cluster");
    let master = ObjectRef::cluster(Kind::MachineConfigPool, names::MASTER);
    for (reference, kind) in [
        (operator("machine-config"), "Degraded"),
        (operator("etcd"), "Available"),
        (operator("kube-apiserver"), "Degraded"),
        (version, "Progressing"),
        (etcd.clone(), "EtcdMembersDegraded"),
        (etcd, "EtcdMembersAvailable"),
        (master, "Updated"),
    ] {
        let there = initialized(0).get(&reference).unwrap().clone();
        let changes: [fn(&mut Value, &str, Value); 7] = [
            |body, _, withheld| body["status"] = withheld,
            |body, kind, _| of_type(body, kind)["status"] = "true".into(),
            |body, _, withheld| body["status"]["conditions"] = withheld,
            |body, kind, withheld| of_type(body, kind)["status"] = withheld,
            |body, kind, withheld| of_type(body, kind)["type"] = withheld,
            |body, kind, withheld| *of_type(body, kind) = withheld,
            |body, kind, _| *of_type(body, kind) = json!({"type": "Other", "status": "True"}),
        ];
        for (at, change) in changes.into_iter().enumerate() {
            // Without its status, a ClusterVersion has no release either.
            if reference.kind == Kind::ClusterVersion && at == 0 {
                continue;
            }
            let mut body = there.clone().into_body();
            change(&mut body, kind, withheld());
            let snapshot = initialized(0).with_objects([Object::from_value(body).unwrap()]);
            let status = assess(&snapshot, "1.0.0");
            let named = status.findings.iter().filter(|it| it.subject == reference.to_string());
            let named: Vec<&str> = named.map(|it| it.message.as_str()).collect();
            assert_eq!(status.health, Health::Unknown, "{reference} {kind} {at}: {named:?}");
            let begin = format!("the condition {kind} is ");
            assert!(named.iter().any(|it| it.starts_with(&begin)), "{reference} {at}: {named:?}");
        }
    }
}

fn of_type<'a>(body: &'a mut Value, kind: &str) -> &'a mut Value {
    let conditions = body["status"]["conditions"].as_array_mut().unwrap();
    conditions.iter_mut().find(|it| it["type"] == kind).unwrap()
}

#[test]
fn an_operator_that_is_not_there_or_may_not_be_read_is_unknown() {
    let healthy = assess(&initialized(0), "1.0.0");
    assert_eq!(healthy.health, Health::Healthy, "{:?}", healthy.findings);
    for snapshot in [
        without(initialized(0), Kind::ClusterOperator, "etcd"),
        without(initialized(0), Kind::Etcd, "cluster"),
        forbidden(initialized(0), Kind::ClusterOperator),
        forbidden(initialized(0), Kind::Etcd),
    ] {
        let status = assess(&snapshot, "1.0.0");
        assert_eq!(status.health, Health::Unknown, "{:?}", status.findings);
    }
}

#[test]
fn what_the_operator_of_etcd_does_not_say_is_unknown_for_the_reason_that_is_known() {
    let etcd = initialized(1).with_objects([
        with_address(node("n"), "10.0.9.9"),
        machine("m", "us-east-1a", "2024-08-21T08:48:00Z", running("n")),
    ]);
    let unread = |reason: UnreadableReason| {
        let mut unread = forbidden(etcd.clone(), Kind::Etcd);
        unread.unreadable.last_mut().unwrap().reason = reason;
        unread
    };
    for (snapshot, why) in [
        (without(etcd.clone(), Kind::Etcd, "cluster"), "the object does not exist"),
        (unread(UnreadableReason::Forbidden), "the object could not be read: forbidden"),
        (
            unread(UnreadableReason::NotServed),
            "the object could not be read: not served by this cluster",
        ),
    ] {
        let (health, found) = of_members(&snapshot);
        assert_eq!(health, Health::Unknown, "{why}");
        assert!(found.iter().any(|it| it.ends_with(why)), "{why}: {found:?}");
    }
}

#[test]
fn a_node_under_pressure_is_trouble_and_a_cordoned_node_is_told() {
    let told = |change: fn(&mut Value)| {
        let mut body = with_address(node("n"), "10.0.9.9").into_body();
        change(&mut body);
        let node = Object::from_value(body).unwrap();
        let machine = machine("m", "us-east-1a", "2024-08-21T08:48:00Z", running("n"));
        let status = assess(&initialized(1).with_objects([node, machine]), "1.0.0");
        let of_node = status.findings.iter().filter(|it| it.subject == "node/n");
        (status.health, of_node.map(|it| it.message.clone()).collect::<Vec<_>>().join("; "))
    };
    let pressed = told(|it| {
        let all = it["status"]["conditions"].as_array_mut().unwrap();
        all.push(json!({"type": "DiskPressure", "status": "True"}));
    });
    assert_eq!(pressed, (Health::Trouble, "the Node reports DiskPressure".to_owned()));
    let (health, words) = told(|it| it["spec"]["unschedulable"] = true.into());
    assert_eq!(health, Health::Healthy);
    let expected = "the Node is cordoned: no new Pod runs on the Node, and a cluster upgrade would wait until the Node \
                    is uncordoned";
    assert_eq!(words, expected);
}

#[test]
fn a_node_whose_role_has_a_value_is_told_once() {
    for current in ["rendered-etcd-1", "rendered-etcd-0"] {
        let node = node("n")
            .with_labels([(names::NODE_ROLE_ETCD, "true")])
            .with_annotations([(names::CURRENT_CONFIG, current), (names::DESIRED_CONFIG, current)]);
        let machine = machine("m", "us-east-1a", "2024-08-21T08:48:00Z", running("n"));
        let status = assess(&initialized(0).with_objects([node, machine]), "1.0.0");
        let found = status.findings.iter().filter(|it| it.check == Check::NodeNotInPool);
        let hints: Vec<&str> = found.filter_map(|it| it.hint.as_deref()).collect();
        assert_eq!(hints, ["oc label node/n node-role.kubernetes.io/etcd= --overwrite"]);
        assert_eq!(status.health, Health::Trouble);
    }
}

#[test]
fn a_machine_without_a_phase_is_unknown() {
    let status = |status: Value| {
        let machine = machine("m", "us-east-1a", "2024-08-21T08:48:00Z", status);
        let snapshot = initialized(1).with_objects([with_address(node("n"), "10.0.9.9"), machine]);
        assess(&snapshot, "1.0.0")
    };
    assert_eq!(status(running("n")).health, Health::Healthy);
    let unknown = status(json!({"nodeRef": {"name": "n"}}));
    assert_eq!(unknown.health, Health::Unknown, "{:?}", unknown.findings);
}

#[test]
fn a_pool_whose_status_is_withheld_is_unknown() {
    let withheld = || json!({"_REDACTED": "x", "length": 3});
    let changes: [fn(&mut Value, Value); 3] = [
        |pool, withheld| pool["status"]["conditions"] = withheld,
        |pool, withheld| pool["status"]["degradedMachineCount"] = withheld,
        |pool, withheld| pool["status"]["machineCount"] = withheld,
    ];
    for change in changes {
        let snapshot = with_pool(initialized(1), |pool| change(pool, withheld()));
        let status = assess(&snapshot, "1.0.0");
        assert_eq!(status.health, Health::Unknown, "{:?}", status.findings);
    }
}
