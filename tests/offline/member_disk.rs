//! What `add-disk` and `remove-disk` plan: each state that is refused, with its id and its way out, and every state
//! between the first write and the last.

use std::collections::BTreeSet;

use oc_etcd::check::template_changes::TemplateChanges;
use oc_etcd::check::{Asker, Check, Finding, Severity};
use oc_etcd::derive::disk::Disk;
use oc_etcd::derive::member_disk::NAME;
use oc_etcd::diff::{ChangeAuthor, changes};
use oc_etcd::ignition;
use oc_etcd::model::kind::Kind;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::{Snapshot, Unreadable, UnreadableReason};
use oc_etcd::openshift::control_plane_machine_set::{BLOCK_DEVICES, reference};
use oc_etcd::openshift::master_volumes::Wish;
use oc_etcd::plan::add_disk::{self, AddDiskRequest};
use oc_etcd::plan::member_disk::{Phase, Planned, Replacement, refresh};
use oc_etcd::plan::remove_disk::{self, RemoveDiskRequest};
use oc_etcd::plan::{Change, Plan, Step};
use oc_etcd::preflight;
use oc_etcd::redact::policy::{Policy, Sensitivity};
use oc_etcd::redact::salt::Salt;
use oc_etcd::status::assess;
use serde_json::{Value, json};

use crate::snapshot::{self, TOOL_VERSION};

const VOLUME: &str = "/dev/xvdb";
const RENDERED: &str = "rendered-master-2";

fn masters() -> [String; 3] {
    [0, 1, 2].map(|it| format!("lab-x99n4-master-{it}"))
}

fn machine(name: &str) -> ObjectRef {
    ObjectRef::namespaced(Kind::Machine, names::MACHINE_NAMESPACE, name)
}

fn operator(name: &str) -> ObjectRef {
    ObjectRef::cluster(Kind::ClusterOperator, name)
}

fn pool() -> ObjectRef {
    ObjectRef::cluster(Kind::MachineConfigPool, names::MASTER)
}

fn etcd() -> ObjectRef {
    ObjectRef::cluster(Kind::Etcd, "cluster")
}

/// A cluster in which nothing stands in the way.
pub(crate) fn calm(cluster: &str) -> Snapshot {
    let snapshot = snapshot::load(cluster, &[]);
    if snapshot.get(&operator("control-plane-machine-set")).is_some() {
        return snapshot;
    }
    let mut body = snapshot.get(&operator("etcd")).unwrap().body().clone();
    body["metadata"]["name"] = "control-plane-machine-set".into();
    snapshot.with_objects([Object::from_value(body).unwrap()])
}

fn changed(snapshot: &Snapshot, of: &ObjectRef, change: impl FnOnce(&mut Value)) -> Snapshot {
    let mut body = snapshot.get(of).unwrap_or_else(|| panic!("no {of}")).body().clone();
    change(&mut body);
    snapshot.clone().with_objects([Object::from_value(body).unwrap()])
}

fn without(snapshot: &Snapshot, of: &ObjectRef) -> Snapshot {
    let mut rest = snapshot.clone();
    rest.remove(of);
    rest
}

fn condition(
    snapshot: &Snapshot,
    of: &ObjectRef,
    kind: &str,
    status: &str,
    reason: &str,
) -> Snapshot {
    changed(snapshot, of, |it| {
        let all = it["status"]["conditions"].as_array_mut().unwrap();
        all.retain(|it| it["type"] != kind);
        all.push(json!({"type": kind, "status": status, "reason": reason, "message": "m"}));
    })
}

fn template(it: &mut Value) -> &mut Value {
    let pointer = BLOCK_DEVICES.strip_suffix("/blockDevices").unwrap();
    it.pointer_mut(pointer).unwrap()
}

fn add(snapshot: &Snapshot) -> Planned {
    add_disk::plan(snapshot, &AddDiskRequest::new(TOOL_VERSION))
}

fn remove(snapshot: &Snapshot) -> Planned {
    remove_disk::plan(snapshot, &RemoveDiskRequest::default())
}

fn blockers(plan: &Plan) -> Vec<&Finding> {
    plan.findings.iter().filter(|it| it.severity == Severity::Blocker).collect()
}

fn steps(plan: &Plan) -> Vec<String> {
    plan.steps.iter().map(|it| format!("{} {}", it.change.word(), it.object)).collect()
}

/// The cluster after the first write that a plan has, as the API server stores it.
fn written(snapshot: &Snapshot, plan: &Plan) -> Snapshot {
    assert!(!plan.is_blocked(), "{:?}", blockers(plan));
    let step = plan.writes().next().unwrap();
    match &step.change {
        Change::Create(wanted) | Change::Update { wanted, .. } => {
            let stored = snapshot::stored(wanted, None);
            snapshot.clone().with_objects([stored])
        }
        Change::Edit { edit, .. } => changed(snapshot, &step.object, |it| {
            *it.pointer_mut(edit.pointer).unwrap() = edit.becomes().into();
            let generation = it["metadata"]["generation"].as_i64().unwrap();
            it["metadata"]["generation"] = (generation + 1).into();
        }),
        Change::Remove { .. } => without(snapshot, &step.object),
        _ => panic!("no write: {step:?}"),
    }
}

/// The masters' pool once the operator has rendered it from what is there, and so many masters have it.
fn rolled_out(snapshot: &Snapshot, updated: i64) -> Snapshot {
    let sources: Vec<&Object> = snapshot.machine_configs_of(names::MASTER).collect();
    let names: Vec<Value> = sources.iter().map(|it| json!({"name": it.name()})).collect();
    let list = |pointer: &str| -> Vec<Value> {
        sources.iter().flat_map(|it| it.list(pointer).iter().cloned()).collect()
    };
    let config = json!({
        "systemd": {"units": list("/spec/config/systemd/units")},
        "storage": {"files": list("/spec/config/storage/files")},
    });
    let rendered = Object::new(ObjectRef::cluster(Kind::MachineConfig, RENDERED))
        .with("spec", json!({ "config": config }));
    let snapshot = changed(snapshot, &pool(), |it| {
        it["spec"]["configuration"] = json!({"name": RENDERED, "source": &names});
        let status = &mut it["status"];
        if updated == 3 {
            status["configuration"] = json!({"name": RENDERED, "source": names});
        }
        status["machineCount"] = 3.into();
        status["updatedMachineCount"] = updated.into();
        status["readyMachineCount"] = updated.into();
    });
    let snapshot = snapshot.with_objects([rendered]);
    let nodes: Vec<ObjectRef> = snapshot
        .machines_of(names::MASTER)
        .filter_map(|it| snapshot.node_of(it))
        .take(usize::try_from(updated).unwrap())
        .map(|it| it.reference().clone())
        .collect();
    let snapshot = nodes.iter().fold(snapshot, |snapshot, node| {
        changed(&snapshot, node, |it| {
            for key in [names::CURRENT_CONFIG, names::DESIRED_CONFIG] {
                it["metadata"]["annotations"][key] = RENDERED.into();
            }
        })
    });
    let status = if updated == 3 { "True" } else { "False" };
    condition(&snapshot, &pool(), "Updated", status, "")
}

/// The cluster once one master is replaced: by a Machine as the template, with a Node that has a member.
fn replaced(snapshot: &Snapshot, index: usize) -> Snapshot {
    let old = snapshot
        .machines_of(names::MASTER)
        .find(|it| it.name().ends_with(&format!("-{index}")))
        .unwrap();
    let devices = snapshot.get(&reference()).unwrap().list(BLOCK_DEVICES).to_vec();
    let mut body = old.body().clone();
    let suffix = devices.len();
    body["metadata"]["name"] = format!("lab-x99n4-master-abcd{suffix}-{index}").into();
    body["spec"]["providerSpec"]["value"]["blockDevices"] = devices.into();
    let old = old.reference().clone();
    without(snapshot, &old).with_objects([Object::from_value(body).unwrap()])
}

/// What the status of the ControlPlaneMachineSet says at the end.
fn observed(snapshot: &Snapshot) -> Snapshot {
    changed(snapshot, &reference(), |it| {
        it["status"]["observedGeneration"] = it["metadata"]["generation"].clone();
    })
}

/// The cluster with the volume on every master.
fn with_disk(cluster: &str) -> Snapshot {
    let snapshot = calm(cluster);
    let snapshot = rolled_out(&written(&snapshot, &add(&snapshot).plan), 3);
    let snapshot = observed(&written(&snapshot, &add(&snapshot).plan));
    (0..3).fold(snapshot, |snapshot, index| replaced(&snapshot, index))
}

#[test]
fn each_state_between_the_first_write_and_the_last_is_gone_on_from() {
    for cluster in ["4.16", "4.20"] {
        let before = calm(cluster);
        let planned = add(&before);
        assert_eq!(planned.phase, Some(Phase::Untouched), "{:?}", blockers(&planned.plan));
        let [one, two, three] = masters().map(|it| format!("replace machine/{it}"));
        assert_eq!(
            steps(&planned.plan),
            [
                "create machineconfig/98-master-etcd-disk",
                "reboot machineconfigpool/master",
                "update controlplanemachineset/cluster",
                &one,
                &two,
                &three,
            ]
        );
        let prepared = written(&before, &planned.plan);
        for (snapshot, phase) in [
            (prepared.clone(), Phase::PoolRolling),
            (rolled_out(&prepared, 1), Phase::PoolRolling),
            (rolled_out(&prepared, 3), Phase::Prepared),
        ] {
            let planned = add(&snapshot);
            assert_eq!(planned.phase, Some(phase));
            assert_eq!(blockers(&planned.plan), [&planned.plan.findings[0]; 0]);
        }
        let ready = rolled_out(&prepared, 3);
        let patched = written(&ready, &add(&ready).plan);
        let entry = patched.get(&reference()).unwrap().list(BLOCK_DEVICES)[1].clone();
        let root = before.get(&reference()).unwrap().list(BLOCK_DEVICES)[0].clone();
        assert_eq!(
            entry,
            json!({"deviceName": VOLUME, "ebs": {
                "encrypted": true, "kmsKey": root["ebs"]["kmsKey"], "volumeSize": 64, "volumeType": "gp3",
            }})
        );
        // The status is stale, then the masters go one after the other.
        let mut snapshot = patched;
        for index in 0..3 {
            let planned = add(&snapshot);
            assert_eq!(planned.phase, Some(Phase::Replacing), "{index}");
            let mut elsewhere = AddDiskRequest::new(TOOL_VERSION);
            elsewhere.disk = Disk::device("/dev/nvme1n1");
            let found = add_disk::plan(&snapshot, &elsewhere).plan;
            assert_eq!(blockers(&found)[0].check, Check::EtcdVolumeDiffers);
            assert!(planned.plan.is_empty() && !planned.plan.is_blocked());
            let left = steps(&planned.plan).iter().filter(|it| it.starts_with("replace")).count();
            assert_eq!(left, 3 - index);
            snapshot = replaced(&snapshot, index);
        }
        assert_eq!(add(&snapshot).phase, Some(Phase::Replacing), "the status is stale");
        let done = observed(&snapshot);
        assert_eq!(add(&done).phase, Some(Phase::Done));
        // The operator of the machines is done before etcd's.
        let rolling = condition(&done, &etcd(), "NodeInstallerProgressing", "True", "");
        assert_eq!(add(&rolling).phase, Some(Phase::Replacing));
        let rolling = condition(&done, &operator("etcd"), "Progressing", "True", "");
        assert_eq!(add(&rolling).phase, Some(Phase::Replacing));
    }
}

#[test]
fn the_way_back_takes_the_machine_config_away_last() {
    let before = with_disk("4.16");
    assert_eq!(add(&before).phase, Some(Phase::Done));
    let planned = remove(&before);
    assert_eq!(planned.phase, Some(Phase::Untouched), "{:?}", blockers(&planned.plan));
    let replaces = steps(&planned.plan).iter().filter(|it| it.starts_with("replace")).count();
    assert_eq!(replaces, 3);
    let first = planned.plan.writes().next().unwrap().object.to_string();
    assert_eq!(first, "controlplanemachineset/cluster");
    let mut snapshot = written(&before, &planned.plan);
    assert_eq!(snapshot.get(&reference()).unwrap().list(BLOCK_DEVICES).len(), 1);
    for index in 0..3 {
        assert_eq!(remove(&snapshot).phase, Some(Phase::Replacing));
        snapshot = replaced(&snapshot, index);
    }
    assert_eq!(remove(&snapshot).phase, Some(Phase::Replacing), "the status is stale");
    let snapshot = observed(&snapshot);
    let planned = remove(&snapshot);
    assert_eq!(planned.phase, Some(Phase::Prepared));
    let missing = condition(&snapshot, &etcd(), "EtcdMembersDegraded", "True", "");
    assert_eq!(remove(&missing).phase, Some(Phase::Replacing), "a member is missing");
    // Whatever may need the MachineConfig keeps it.
    let version = ObjectRef::cluster(Kind::ClusterVersion, "version");
    let upgrading = condition(&snapshot, &version, "Progressing", "True", "");
    assert!(remove(&upgrading).plan.is_blocked(), "an upgrade is in progress");
    let has_disk =
        changed(&snapshot, snapshot.machines_of(names::MASTER).next().unwrap().reference(), |it| {
            let devices = &mut it["spec"]["providerSpec"]["value"]["blockDevices"];
            devices
                .as_array_mut()
                .unwrap()
                .push(json!({"deviceName": VOLUME, "ebs": {"volumeSize": 64}}));
        });
    assert_eq!(remove(&has_disk).phase, Some(Phase::Replacing), "a master has the disk");
    let gone = written(&snapshot, &planned.plan);
    assert!(gone.machine_config(NAME).is_none());
    assert_eq!(remove(&gone).phase, Some(Phase::PoolRolling));
    assert_eq!(remove(&rolled_out(&gone, 2)).phase, Some(Phase::PoolRolling));
    let done = remove(&rolled_out(&gone, 3));
    assert_eq!(done.phase, Some(Phase::Done));
    assert!(done.plan.steps.is_empty());
    assert_eq!(remove(&calm("4.16")).phase, Some(Phase::Done), "nothing was ever there");
}

#[test]
fn a_machine_config_that_lost_its_role_gets_it_back_before_anything_is_removed() {
    let config = ObjectRef::cluster(Kind::MachineConfig, NAME);
    let snapshot = changed(&with_disk("4.16"), &config, |it| {
        it["metadata"]["labels"][names::MACHINE_CONFIG_ROLE].take();
    });
    let added = add(&snapshot).plan;
    let object = config.to_string();
    let is_update = |it: &String| it.starts_with(&format!("update {object}"));
    assert!(steps(&added).iter().any(is_update), "{:?}", steps(&added));
    let removed = remove(&snapshot).plan;
    let [only] = blockers(&removed)[..] else { panic!("{:?}", removed.findings) };
    assert_eq!((only.check, &only.subject), (Check::Drifted, &object));
}

#[test]
fn a_foreign_machine_config_with_our_name_is_not_called_missing() {
    let foreign =
        changed(&with_disk("4.16"), &ObjectRef::cluster(Kind::MachineConfig, NAME), |it| {
            it["metadata"]["labels"][names::MANAGED_BY.0] = Value::Null;
        });
    for planned in [add(&foreign), remove(&foreign)] {
        let blockers = planned.plan.findings.iter().map(|it| (it.check, it.subject.as_str()));
        let expected = (Check::ForeignObject, "machineconfig/98-master-etcd-disk");
        assert_eq!(blockers.collect::<Vec<_>>(), [expected]);
    }
}

/// A state, and how many of which checks refuse in it.
type State = (&'static str, Box<dyn Fn(&Snapshot) -> Snapshot>, Check);

#[allow(clippy::too_many_lines, reason = "one table of states")]
fn states() -> Vec<State> {
    fn state(
        name: &'static str,
        check: Check,
        change: impl Fn(&Snapshot) -> Snapshot + 'static,
    ) -> State {
        (name, Box::new(change), check)
    }
    let conditions =
        |name: &'static str, of: ObjectRef, kind: &'static str, status: &'static str, check| {
            state(name, check, move |it| condition(it, &of, kind, status, "Because"))
        };
    let mut states = vec![
        state("two masters", Check::MasterCountUnsupported, |it| {
            without(it, &machine(&masters()[0]))
        }),
        state("replicas of five", Check::MasterCountUnsupported, |it| {
            changed(it, &reference(), |it| it["spec"]["replicas"] = 5.into())
        }),
        state("no set", Check::MachineSetInactive, |it| without(it, &reference())),
        state("Inactive", Check::MachineSetInactive, |it| {
            changed(it, &reference(), |it| it["spec"]["state"] = "Inactive".into())
        }),
        state("a state of tomorrow", Check::Unreadable, |it| {
            changed(it, &reference(), |it| it["spec"]["state"] = "OfTomorrow".into())
        }),
        state("another instance type in the template", Check::TemplateDiffers, |it| {
            changed(it, &reference(), |it| template(it)["instanceType"] = "m6i.4xlarge".into())
        }),
        state("a withheld template", Check::Unreadable, |it| {
            changed(it, &reference(), |it| template(it)["instanceType"] = json!({"_REDACTED": "x"}))
        }),
        state("a stale status", Check::MastersRolling, |it| {
            changed(it, &reference(), |it| it["metadata"]["generation"] = 9.into())
        }),
        state("an operator that fails again and again", Check::OperatorDegraded, |it| {
            condition(it, &reference(), "Error", "True", "ContinuousErrors")
        }),
        state("an operator that fails and may leave masters", Check::MastersRolling, |it| {
            condition(it, &reference(), "Error", "True", "ContinuousErrors")
        }),
        state("a machine too many", Check::MastersRolling, |it| {
            changed(it, &reference(), |it| it["status"]["replicas"] = 4.into())
        }),
        state("a machine that is deleted", Check::MastersRolling, |it| {
            changed(it, &machine(&masters()[1]), |it| {
                it["metadata"]["deletionTimestamp"] = "2024-08-21T11:59:00Z".into();
            })
        }),
        state("a machine that does not run", Check::MastersRolling, |it| {
            changed(it, &machine(&masters()[1]), |it| it["status"]["phase"] = "Failed".into())
        }),
        state("a machine without the hook of etcd's operator", Check::EtcdUnstable, |it| {
            changed(it, &machine(&masters()[1]), |it| {
                it["spec"]["lifecycleHooks"] = Value::Null;
            })
        }),
        state("a machine with a hook of somebody else's", Check::EtcdUnstable, |it| {
            changed(it, &machine(&masters()[1]), |it| {
                it["spec"]["lifecycleHooks"]["preDrain"][0]["owner"] = "storage".into();
            })
        }),
        state("a machine whose hooks are withheld", Check::Unreadable, |it| {
            changed(it, &machine(&masters()[1]), |it| {
                it["spec"]["lifecycleHooks"]["preDrain"] = json!({"_REDACTED": "x"});
            })
        }),
        state("an operator that nobody manages", Check::OperatorDegraded, |it| {
            changed(it, &ObjectRef::cluster(Kind::ClusterVersion, "version"), |it| {
                let name = "control-plane-machine-set-operator";
                it["spec"]["overrides"] =
                    json!([{"kind": "Deployment", "name": name, "unmanaged": true}]);
            })
        }),
        state("a node that is not ready", Check::MastersRolling, |it| {
            let node = ObjectRef::cluster(Kind::Node, "ip-10-0-12-34.ec2.internal");
            condition(it, &node, "Ready", "Unknown", "")
        }),
        state("a paused pool", Check::MasterPoolPaused, |it| {
            changed(it, &pool(), |it| it["spec"]["paused"] = true.into())
        }),
        state("a pool without a configuration", Check::MasterPoolNotUpdated, |it| {
            changed(it, &pool(), |it| it["spec"]["configuration"] = Value::Null)
        }),
        state("no list of members", Check::EtcdUnstable, |it| {
            let (namespace, name) = names::ETCD_ENDPOINTS;
            without(it, &ObjectRef::namespaced(Kind::ConfigMap, namespace, name))
        }),
        state("a mount of somebody else's", Check::EtcdAlreadyMounted, |it| {
            let all = snapshot::load("4.16", &["move-etcd-disk"]);
            let theirs = all.machine_config("98-var-lib-etcd").unwrap().clone();
            it.clone().with_objects([theirs])
        }),
        state("a MachineConfig that fetches another", Check::Unreadable, |it| {
            changed(it, &ObjectRef::cluster(Kind::MachineConfig, "99-master-ssh"), |it| {
                it["spec"]["config"]["ignition"]["config"] =
                    json!({"merge": [{"source": "https://h/x"}]});
            })
        }),
        state("our name on a foreign MachineConfig", Check::ForeignObject, |it| {
            let ours = match it.machine_config(NAME) {
                Some(_) => it.clone(),
                None => written(it, &add(it).plan),
            };
            changed(&ours, &ObjectRef::cluster(Kind::MachineConfig, NAME), |it| {
                it["metadata"]["labels"][names::MANAGED_BY.0] = Value::Null;
            })
        }),
        state("a MachineConfig that masks the script", Check::DiskDeviceUncertain, |it| {
            let units = json!([{"name": "oc-etcd-disk.service", "mask": true}]);
            changed(it, &ObjectRef::cluster(Kind::MachineConfig, "99-master-ssh"), |it| {
                it["spec"]["config"]["systemd"] = json!({"units": units});
            })
        }),
        state("a generator of systemd", Check::DiskDeviceUncertain, |it| {
            changed(it, &ObjectRef::cluster(Kind::MachineConfig, "99-master-ssh"), |it| {
                let path = "/etc/systemd/system-generators/site";
                it["spec"]["config"]["storage"]["files"] = json!([{"path": path}]);
            })
        }),
        state("a link in the place of the units", Check::DiskDeviceUncertain, |it| {
            changed(it, &ObjectRef::cluster(Kind::MachineConfig, "99-master-ssh"), |it| {
                let link = json!({"path": "/etc/systemd/system", "target": "/opt/units"});
                it["spec"]["config"]["storage"]["links"] = json!([link]);
            })
        }),
        state("another volume in the template", Check::DiskDeviceUncertain, |it| {
            changed(it, &reference(), |it| {
                let devices = template(it)["blockDevices"].as_array_mut().unwrap();
                devices.push(json!({"deviceName": "/dev/xvdc", "ebs": {"volumeSize": 1}}));
            })
        }),
        state("Xen", Check::DiskDeviceUncertain, |it| {
            let xen = |it: &mut Value| {
                it["spec"]["providerSpec"]["value"]["instanceType"] = "m4.xlarge".into();
            };
            let snapshot =
                changed(it, &reference(), |it| template(it)["instanceType"] = "m4.xlarge".into());
            masters().iter().fold(snapshot, |all, name| changed(&all, &machine(name), xen))
        }),
        conditions("a degraded set", reference(), "Degraded", "True", Check::OperatorDegraded),
        conditions("an unknown set", reference(), "Degraded", "Unknown", Check::Unreadable),
        conditions("a rolling set", reference(), "Progressing", "True", Check::MastersRolling),
        conditions(
            "an upgrade",
            ObjectRef::cluster(Kind::ClusterVersion, "version"),
            "Progressing",
            "True",
            Check::UpgradeInProgress,
        ),
        conditions("a degraded pool", pool(), "NodeDegraded", "True", Check::MasterPoolNotUpdated),
        conditions(
            "a pool that rolls out",
            pool(),
            "Updated",
            "False",
            Check::MasterPoolNotUpdated,
        ),
        conditions(
            "an unhealthy member",
            etcd(),
            "EtcdMembersDegraded",
            "True",
            Check::EtcdUnstable,
        ),
        conditions(
            "a member that has not started",
            etcd(),
            "EtcdMembersProgressing",
            "True",
            Check::EtcdUnstable,
        ),
        conditions(
            "a revision on its way",
            etcd(),
            "NodeInstallerProgressing",
            "True",
            Check::EtcdUnstable,
        ),
        // The count of the operator has learners in it, the list has not.
        state("a learner", Check::EtcdUnstable, |it| {
            changed(it, &etcd(), |it| {
                let all = it["status"]["conditions"].as_array_mut().unwrap();
                all.retain(|it| it["type"] != "EtcdMembersAvailable");
                all.push(json!({"type": "EtcdMembersAvailable", "status": "True", "message": "4 members are available"}));
            })
        }),
    ];
    for name in
        ["etcd", "kube-apiserver", "machine-api", "machine-config", "control-plane-machine-set"]
    {
        states.push(conditions(name, operator(name), "Degraded", "True", Check::OperatorDegraded));
        states.push(conditions(
            name,
            operator(name),
            "Available",
            "Unknown",
            Check::OperatorDegraded,
        ));
        states.push(conditions(
            name,
            operator(name),
            "Progressing",
            "True",
            Check::OperatorProgressing,
        ));
        states.push(state("an operator that is not there", Check::Unreadable, move |it| {
            without(it, &operator(name))
        }));
    }
    states
}

/// Whether a state can be that of a cluster whose masters have been replaced, and matters to the way back.
fn is_of_the_way_back(name: &str) -> bool {
    let of_add = [
        "two masters",
        "Xen",
        "a mount of somebody else's",
        "a MachineConfig that fetches another",
        "our name on a foreign MachineConfig",
        "a MachineConfig that masks the script",
        "a generator of systemd",
        "a link in the place of the units",
    ];
    !of_add.contains(&name) && !name.starts_with("a machine")
}

/// Plans of both verbs in every state, for tests that look at every finding.
pub(crate) fn scenes() -> Vec<(Asker, Snapshot, Plan)> {
    let (calm, disk) = (calm("4.16"), with_disk("4.16"));
    let mut other = AddDiskRequest::new(TOOL_VERSION);
    (other.size, other.throughput) = (Some(128), Some(1_000));
    let on_delete =
        changed(&calm, &reference(), |it| it["spec"]["strategy"]["type"] = "OnDelete".into());
    let added = |it: Snapshot| {
        let plan = add(&it).plan;
        (Asker::AddDisk, it, plan)
    };
    let removed = |it: Snapshot| {
        let plan = remove(&it).plan;
        (Asker::RemoveDisk, it, plan)
    };
    let mut found = vec![
        added(calm.clone()),
        removed(disk.clone()),
        (Asker::AddDisk, calm.clone(), add_disk::plan(&calm, &other).plan),
        (Asker::AddDisk, disk.clone(), add_disk::plan(&disk, &other).plan),
        added(on_delete),
        added(restored(&with_disk("4.16"))),
        removed(restored(&with_disk("4.20"))),
    ];
    for (name, change, _) in states() {
        found.push(added(change(&calm)));
        if is_of_the_way_back(name) {
            found.push(removed(change(&disk)));
        }
    }
    found
}

/// Clusters in which something is in the way of a disk for etcd.
pub(crate) fn clusters() -> Vec<Snapshot> {
    let calm = calm("4.16");
    let begun = written(&calm, &add(&calm).plan);
    let ready = rolled_out(&begun, 3);
    let paused = changed(&observed(&written(&ready, &add(&ready).plan)), &reference(), |it| {
        it["spec"]["strategy"]["type"] = "OnDelete".into();
    });
    let others = [begun, paused, restored(&with_disk("4.16"))];
    states().iter().map(|(_, change, _)| change(&calm)).chain(others).collect()
}

/// Plans of both verbs for clusters that this tool is not for.
pub(crate) fn unsuitable() -> Vec<(Asker, Snapshot, Plan)> {
    let nothing = Snapshot::new("2024-08-21T12:00:00Z".parse().unwrap());
    let variants = ["hosted", "not-aws-gcp", "no-machines"];
    let clusters = variants.map(|it| snapshot::load("4.16", &[it]));
    let all = clusters.iter().chain([&nothing]);
    let both = |it: &Snapshot| {
        [
            (Asker::AddDisk, it.clone(), add(it).plan),
            (Asker::RemoveDisk, it.clone(), remove(it).plan),
        ]
    };
    all.flat_map(both).collect()
}

#[test]
fn each_state_is_refused_with_its_check_and_a_way_out() {
    let calm = calm("4.16");
    for (name, change, check) in states() {
        let plan = add(&change(&calm)).plan;
        let found = blockers(&plan);
        assert!(found.iter().any(|it| it.check == check), "{name}: {found:?}");
        // What cannot be read names what to read; everything else tells what to do.
        let is_told = |it: &&&Finding| it.hint.is_some() || it.check == Check::Unreadable;
        assert!(found.iter().all(|it| is_told(&it)), "{name}: {found:?}");
    }
}

#[test]
fn each_state_keeps_the_volume_from_being_taken_away() {
    let disk = with_disk("4.16");
    for (name, change, check) in states() {
        if !is_of_the_way_back(name) {
            continue;
        }
        let planned = remove(&change(&disk));
        let found = blockers(&planned.plan);
        assert!(found.iter().any(|it| it.check == check), "{name}: {found:?}");
    }
}

#[test]
fn the_way_back_stops_a_replacement_that_is_stuck_and_never_one_in_which_a_member_moves() {
    let calm = calm("4.16");
    let ready = rolled_out(&written(&calm, &add(&calm).plan), 3);
    let patched = written(&ready, &add(&ready).plan);
    let failed = |status: Value| {
        let old = patched.get(&machine(&masters()[0])).unwrap().clone();
        let mut body = old.body().clone();
        body["metadata"]["name"] = "lab-x99n4-master-abcde-0".into();
        let devices = patched.get(&reference()).unwrap().list(BLOCK_DEVICES).to_vec();
        body["spec"]["providerSpec"]["value"]["blockDevices"] = devices.into();
        body["status"] = status;
        let stuck = condition(&patched, &reference(), "Degraded", "True", "FailedReplacement");
        let stuck =
            condition(&stuck, &operator("control-plane-machine-set"), "Degraded", "True", "");
        stuck.with_objects([Object::from_value(body).unwrap()])
    };
    let stuck = failed(json!({"phase": "Failed", "errorMessage": "no capacity"}));
    assert_eq!(add(&stuck).phase, Some(Phase::Replacing));
    let planned = remove(&stuck);
    assert_eq!(blockers(&planned.plan), [&planned.plan.findings[0]; 0]);
    let edit = planned.plan.writes().next().unwrap();
    assert!(matches!(&edit.change, Change::Edit { edit, .. } if edit.becomes().len() == 1));
    // Once the new master is a Node, its member moves, and nobody is to change his mind.
    for (of, kind, status) in [
        (etcd(), "EtcdMembersProgressing", "True"),
        (etcd(), "EtcdMembersDegraded", "True"),
        (operator("etcd"), "Available", "False"),
    ] {
        let moving = condition(&stuck, &of, kind, status, "");
        assert!(remove(&moving).plan.is_blocked(), "{kind}");
    }
    let terminating = changed(&stuck, &machine(&masters()[0]), |it| {
        it["metadata"]["deletionTimestamp"] = "2024-08-21T11:59:00Z".into();
    });
    assert!(remove(&terminating).plan.is_blocked());
    // The old template replaces the new masters alone, which need the hook of etcd's operator.
    let unguarded = |snapshot: &Snapshot, name: &str| {
        changed(snapshot, &machine(name), |it| it["spec"]["lifecycleHooks"] = Value::Null)
    };
    assert!(!remove(&unguarded(&stuck, "lab-x99n4-master-abcde-0")).plan.is_blocked());
    let half = replaced(&patched, 0);
    assert!(!remove(&unguarded(&half, &masters()[1])).plan.is_blocked());
    let planned = remove(&unguarded(&half, "lab-x99n4-master-abcd2-0"));
    let checks: Vec<Check> = blockers(&planned.plan).iter().map(|it| it.check).collect();
    assert_eq!(checks, [Check::EtcdUnstable]);
}

#[test]
fn what_could_not_be_read_is_refused_whatever_it_is() {
    for kind in [
        Kind::ClusterOperator,
        Kind::ClusterVersion,
        Kind::ConfigMap,
        Kind::ControlPlaneMachineSet,
        Kind::Etcd,
        Kind::Infrastructure,
        Kind::Machine,
        Kind::MachineConfig,
        Kind::MachineConfigPool,
        Kind::Node,
    ] {
        for reason in [
            UnreadableReason::Forbidden,
            UnreadableReason::NotServed,
            UnreadableReason::NotInFiles("x".to_owned()),
            UnreadableReason::Failed("InternalError (500)".to_owned()),
        ] {
            for (snapshot, plan) in
                [(calm("4.16"), add as fn(&Snapshot) -> Planned), (with_disk("4.16"), remove)]
            {
                let mut snapshot = snapshot;
                let of_kind: Vec<ObjectRef> =
                    snapshot.all(kind).map(|it| it.reference().clone()).collect();
                for it in &of_kind {
                    snapshot.remove(it);
                }
                let what = kind.qualified();
                snapshot.unreadable.push(Unreadable { what, kind, reason: reason.clone() });
                let planned = plan(&snapshot);
                assert!(planned.plan.is_blocked(), "{kind} {reason}");
                assert!(planned.plan.steps.is_empty(), "{kind} {reason}");
            }
        }
    }
}

#[test]
fn an_inactive_set_is_activated_without_the_replacement_of_a_master() {
    let inactive = |it: &mut Value| it["spec"]["state"] = "Inactive".into();
    let plan = add(&changed(&calm("4.16"), &reference(), inactive)).plan;
    let hint = blockers(&plan)[0].hint.as_ref().unwrap().to_string();
    let patch = hint.split('\'').nth(1).unwrap();
    let patch: Value = serde_json::from_str(patch).unwrap();
    assert_eq!(patch, json!({"spec": {"state": "Active", "strategy": {"type": "OnDelete"}}}));
}

#[test]
fn a_release_without_the_set_is_refused_by_its_number() {
    let plan = add(&snapshot::load("4.10", &[])).plan;
    let found = blockers(&plan);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].check, Check::MachineSetInactive);
    assert!(found[0].message.contains("4.12 is the first"), "{found:?}");
}

/// Everything of `remove-disk` but the last reboot.
fn without_config(cluster: &str) -> Snapshot {
    let disk = with_disk(cluster);
    let back = observed(&written(&disk, &remove(&disk).plan));
    let back = (0..3).fold(back, |snapshot, index| replaced(&snapshot, index));
    written(&back, &remove(&back).plan)
}

#[test]
fn the_way_back_ends_only_when_no_master_has_the_machine_config() {
    let deleted = without_config("4.16");
    let half = rolled_out(&deleted, 2);
    let paused = |it: &Snapshot| changed(it, &pool(), |it| it["spec"]["paused"] = true.into());
    for (snapshot, check) in [
        (condition(&half, &pool(), "NodeDegraded", "True", ""), Check::MasterPoolNotUpdated),
        (paused(&half), Check::MasterPoolPaused),
        // Paused before the pool was rendered again.
        (paused(&deleted), Check::MasterPoolPaused),
    ] {
        let planned = remove(&snapshot);
        assert_eq!(planned.phase, Some(Phase::PoolRolling));
        assert!(blockers(&planned.plan).iter().any(|it| it.check == check), "{check:?}");
    }
    // A pool that is paused and has nothing to do with it.
    assert_eq!(remove(&paused(&rolled_out(&deleted, 3))).phase, Some(Phase::Done));
    assert_eq!(remove(&paused(&calm("4.16"))).phase, Some(Phase::Done));
}

#[test]
fn a_machine_config_that_was_deleted_under_the_masters_is_named_with_what_to_do_first() {
    let lost = without(&with_disk("4.16"), &ObjectRef::cluster(Kind::MachineConfig, NAME));
    for planned in [add(&lost), remove(&lost)] {
        let found = blockers(&planned.plan);
        let [found] = found[..] else { panic!("{found:?}") };
        assert!(
            found.message.contains("98-master-etcd-disk was deleted while masters have"),
            "{found:?}"
        );
        let hint = found.hint.as_ref().unwrap().to_string();
        assert!(hint.contains("oc patch machineconfigpool/master"), "{hint}");
    }
    let told = |snapshot: &Snapshot| {
        let findings = assess(snapshot, TOOL_VERSION).findings;
        findings
            .iter()
            .any(|it| it.check == Check::DiskDeviceUncertain && it.severity == Severity::Blocker)
    };
    assert!(told(&lost) && !told(&with_disk("4.16")) && !told(&without_config("4.16")));
    // MachineConfigs that could not be read are not deleted.
    let mut unread = lost.clone();
    unread.unreadable.push(Unreadable {
        what: "machineconfigs".to_owned(),
        kind: Kind::MachineConfig,
        reason: UnreadableReason::Forbidden,
    });
    assert!(!told(&unread));
}

/// A pause of the pool is advised while masters would stop at boot, and nobody else says that the pool stays paused.
#[test]
fn a_pause_of_the_masters_pool_is_told_until_the_pool_is_resumed() {
    let paused =
        |snapshot: &Snapshot| changed(snapshot, &pool(), |it| it["spec"]["paused"] = true.into());
    let told = |snapshot: &Snapshot| {
        let found = assess(snapshot, TOOL_VERSION).findings;
        let found = found.into_iter().find(|it| it.check == Check::MasterPoolPaused)?;
        assert!(found.hint.unwrap().contains("\"paused\":false"));
        Some(found.severity)
    };
    let disk = with_disk("4.16");
    assert_eq!(told(&disk), None);
    assert_eq!(told(&paused(&disk)), Some(Severity::Warning));
    assert_eq!(told(&paused(&snapshot::load("4.16", &[]))), Some(Severity::Note));
    // A pool that must stay paused is not resumed.
    assert_eq!(told(&restored(&disk)), None);
    // `check` has a row for the pause where the plan of add-disk does not come to the question.
    let inactive =
        changed(&paused(&disk), &reference(), |it| it["spec"]["state"] = "Inactive".into());
    let report = preflight::report(&inactive, &BTreeSet::new(), TOOL_VERSION);
    assert!(
        report.checks().any(|it| it.check == Check::MasterPoolPaused && !it.findings.is_empty())
    );
}

/// A cluster with the volume on the masters, whose MachineConfig was deleted and created again: one master has rebooted
/// without the MachineConfig, and an admin paused the pool.
fn restored(disk: &Snapshot) -> Snapshot {
    const BEFORE: &str = "rendered-master-without";
    let without_script = Object::new(ObjectRef::cluster(Kind::MachineConfig, BEFORE))
        .with("spec", json!({"config": {"systemd": {"units": [{"name": "kubelet.service"}]}}}));
    let disk = disk.clone().with_objects([without_script]);
    let paused = changed(&disk, &pool(), |it| {
        it["spec"]["paused"] = true.into();
        it["status"]["updatedMachineCount"] = 2.into();
        it["status"]["readyMachineCount"] = 2.into();
    });
    let node = disk.machines_of(names::MASTER).find_map(|it| disk.node_of(it)).unwrap().reference();
    let rebooted = changed(&paused, node, |it| {
        it["metadata"]["annotations"][names::CURRENT_CONFIG] = BEFORE.into();
    });
    condition(&rebooted, &pool(), "Updated", "False", "")
}

#[test]
fn a_master_that_ran_without_the_machine_config_is_replaced_before_the_pool_is_resumed() {
    let paused = restored(&with_disk("4.20"));
    let config = ObjectRef::cluster(Kind::MachineConfig, NAME);
    // What all commands say, without hints to resume the pool.
    let told = |snapshot: &Snapshot| {
        let status = assess(snapshot, TOOL_VERSION).findings;
        let plans = [add(snapshot).plan, remove(snapshot).plan];
        for plan in &plans {
            assert!(plan.steps.is_empty() && plan.is_blocked(), "{:?}", plan.steps);
        }
        let said = |found: &[Finding]| -> Vec<(String, String)> {
            for finding in found {
                let hint = finding.hint.as_ref().map(ToString::to_string).unwrap_or_default();
                assert!(!hint.contains(r#""paused":false"#), "{finding:?}");
            }
            let of_master = found.iter().filter(|it| it.subject.starts_with("machine/"));
            let told = of_master.filter(|it| it.severity == Severity::Blocker).map(|it| {
                let hint = it.hint.as_ref().map(ToString::to_string).unwrap_or_default();
                (it.check.id().to_owned(), hint)
            });
            told.collect()
        };
        let [one] = said(&status).try_into().unwrap();
        assert!(plans.iter().all(|it| said(&it.findings) == [one.clone()]), "{one:?}");
        assert!(status.iter().all(|it| it.check != Check::MastersReplaced), "{status:?}");
        one
    };
    let (check, hint) = told(&paused);
    assert_eq!(check, "disk-device-uncertain");
    assert!(hint.contains("oc delete machine.machine.openshift.io/lab-x99n4-master-"), "{hint}");
    let rolling = changed(&paused, &pool(), |it| it["spec"]["paused"] = false.into());
    let (_, hint) = told(&rolling);
    let pausing = hint.find(r#""paused":true"#).unwrap();
    assert!(pausing < hint.find("oc delete machine.").unwrap(), "{hint}");
    // Which configuration a Node has may be unknown: then the ages tell whether somebody created the MachineConfig again.
    let unlisted =
        without(&paused, &ObjectRef::cluster(Kind::MachineConfig, "rendered-master-without"));
    let created = |time: &str| {
        changed(&unlisted, &config, |it| it["metadata"]["creationTimestamp"] = time.into())
    };
    let (check, hint) = told(&created("2025-12-01T08:00:00Z"));
    assert_eq!(check, "unreadable");
    assert!(hint.contains("findmnt /var/lib/etcd"), "{hint}");
    let has_blocker = |snapshot: &Snapshot| {
        assess(snapshot, TOOL_VERSION).findings.iter().any(|it| it.subject.starts_with("machine/"))
    };
    assert!(!has_blocker(&created("2020-01-01T00:00:00Z")));
    // A new master would boot without the MachineConfig, which no master has.
    let served = |count: i64| {
        changed(&paused, &pool(), |it| {
            let name = "rendered-master-without";
            it["status"]["configuration"] =
                json!({"name": name, "source": [{"name": "00-master"}]});
            it["status"]["updatedMachineCount"] = count.into();
        })
    };
    assert!(told(&served(2)).1.contains("oc delete machine.machine.openshift.io/"));
    assert!(told(&served(0)).1.contains("oc get machineconfigpool/master -w"));
    let of_others: Vec<&Object> = paused.machines_of(names::MASTER).skip(1).collect();
    let nobody = of_others.iter().fold(served(0), |it, machine| without(&it, machine.reference()));
    let (_, hint) = told(&nobody);
    assert!(hint.ends_with(&format!("oc delete machineconfig/{NAME}")), "{hint}");
    // The Node of the new master has the configuration.
    let resumed = changed(&with_disk("4.20"), &pool(), |it| it["spec"]["paused"] = true.into());
    assert!(!has_blocker(&condition(&resumed, &pool(), "Updated", "False", "")));
    assert!(add(&resumed).plan.findings.iter().any(|it| it.check == Check::MasterPoolPaused));
}

#[test]
fn a_removal_whose_machine_config_was_restored_keeps_masters_from_stopping_at_boot() {
    let disk = with_disk("4.20");
    let paused = restored(&observed(&written(&disk, &remove(&disk).plan)));
    let told = |snapshot: &Snapshot| {
        let status = assess(snapshot, TOOL_VERSION).findings;
        let all = [add(snapshot).plan.findings, remove(snapshot).plan.findings, status];
        let [of_add, of_remove, of_status] = all.map(|found| {
            let stops =
                found.into_iter().filter(|it| it.message.contains("the master stops at boot"));
            let told = stops.map(|it| (it.subject, it.severity, it.hint.unwrap().to_string()));
            told.collect::<Vec<_>>()
        });
        assert_eq!((&of_add, &of_status), (&of_remove, &of_remove));
        of_remove
    };
    let [(subject, severity, hint)] = told(&paused).try_into().unwrap();
    assert_eq!(severity, Severity::Blocker);
    // The operator replaces the master, whose new machine needs no MachineConfig.
    let machine = subject.strip_prefix("machine/").unwrap();
    let wait = format!("oc wait --for=delete machine.machine.openshift.io/{machine}");
    assert!(hint.starts_with("wait for the replacement") && hint.contains(&wait), "{hint}");
    let unserved = changed(&paused, &pool(), |it| {
        it["status"]["configuration"] =
            json!({"name": "rendered-master-without", "source": [{"name": "00-master"}]});
    });
    assert_eq!(told(&unserved)[0].2, hint);
    let rolling = changed(&paused, &pool(), |it| it["spec"]["paused"] = false.into());
    let (_, _, first) = &told(&rolling)[0];
    assert!(first.starts_with("pause the pool first") && first.contains(&hint), "{first}");
    let on_delete = changed(&paused, &reference(), |it| {
        it["spec"]["strategy"]["type"] = "OnDelete".into();
    });
    let (_, _, hint) = &told(&on_delete)[0];
    assert!(hint.contains("oc delete machine.machine.openshift.io/"), "{hint}");
    let index = machine.rsplit_once('-').unwrap().1.parse().unwrap();
    assert!(told(&replaced(&paused, index)).is_empty());
    // A volume that oc-etcd did not create has another purpose.
    let by = |manager: &str| {
        let fields = volumes_written_by(manager);
        changed(&paused, &reference(), |it| it["metadata"]["managedFields"] = fields)
    };
    assert_eq!(told(&by(names::FIELD_MANAGER)).len(), 1);
    assert!(told(&by("kubectl-edit")).is_empty());
}

/// The `managedFields` of a ControlPlaneMachineSet whose volumes a manager wrote last.
fn volumes_written_by(manager: &str) -> Value {
    let fields = BLOCK_DEVICES.rsplit('/').filter(|it| !it.is_empty());
    let fields = fields.fold(json!({}), |below, field| json!({format!("f:{field}"): below}));
    json!([
        {"manager": "installer", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
        {"manager": manager, "fieldsV1": fields},
    ])
}

#[test]
fn volumes_that_a_deleted_machine_config_left_behind_are_named_as_far_as_their_author_is_known() {
    let deleted = without(&with_disk("4.20"), &ObjectRef::cluster(Kind::MachineConfig, NAME));
    let rolled_out = rolled_out(&deleted, 3);
    let by = |manager: &str| {
        let fields = volumes_written_by(manager);
        changed(&rolled_out, &reference(), |it| it["metadata"]["managedFields"] = fields)
    };
    for (snapshot, expected) in [
        (by(names::FIELD_MANAGER), Some(Severity::Warning)),
        (by("kubectl-edit"), None),
        // Most files have no field managers.
        (rolled_out.clone(), Some(Severity::Note)),
    ] {
        let planned = remove(&snapshot);
        assert_eq!(planned.phase, Some(Phase::Done));
        assert!(!planned.plan.is_blocked() && planned.plan.steps.is_empty());
        for found in [planned.plan.findings, assess(&snapshot, TOOL_VERSION).findings] {
            let left = found.iter().find(|it| it.message.contains("stops at boot"));
            assert_eq!(left.map(|it| it.severity), expected, "{found:?}");
            let hint = left.and_then(|it| it.hint.as_deref());
            assert!(
                hint.is_none_or(|it| it.contains("oc edit controlplanemachineset")),
                "{hint:?}"
            );
        }
        assert!(add(&snapshot).plan.is_blocked());
    }
    let calm = changed(&calm("4.20"), &reference(), |it| {
        it["metadata"]["managedFields"] = volumes_written_by(names::FIELD_MANAGER);
    });
    assert!(remove(&calm).plan.findings.is_empty());
}

#[test]
fn a_machine_config_that_was_deleted_in_the_middle_is_told_in_either_direction() {
    let config = ObjectRef::cluster(Kind::MachineConfig, NAME);
    let calm = calm("4.20");
    let ready = rolled_out(&written(&calm, &add(&calm).plan), 3);
    let forth = without(&written(&ready, &add(&ready).plan), &config);
    let disk = with_disk("4.20");
    let back = without(&replaced(&written(&disk, &remove(&disk).plan), 0), &config);
    // While masters have the MachineConfig and the volume, the MachineConfig has to come back first.
    for plan in [add(&back).plan, remove(&back).plan] {
        let found = blockers(&plan);
        let [found] = found[..] else { panic!("{found:?}") };
        assert!(found.message.contains("starts etcd with an empty directory"), "{found:?}");
        assert!(found.hint.as_ref().unwrap().contains("pause the pool"), "{found:?}");
    }
    let by = |snapshot: &Snapshot, manager: &str| {
        let fields = volumes_written_by(manager);
        changed(snapshot, &reference(), |it| it["metadata"]["managedFields"] = fields)
    };
    let (back, effect) = (rolled_out(&back, 3), "the template no longer has");
    for (lost, effect) in [(forth.clone(), UNUSED), (rolled_out(&forth, 3), UNUSED), (back, effect)]
    {
        for (snapshot, expected) in [
            (by(&lost, names::FIELD_MANAGER), Some(Severity::Warning)),
            (by(&lost, "kubectl-edit"), None),
            (lost.clone(), Some(Severity::Note)),
        ] {
            let plan = remove(&snapshot).plan;
            for found in [plan.findings, assess(&snapshot, TOOL_VERSION).findings] {
                let left = found.iter().find(|it| it.message.contains(effect));
                assert_eq!(left.map(|it| it.severity), expected, "{found:?}");
                assert!(left.is_none_or(|it| it.hint.is_some()), "{left:?}");
            }
        }
    }
}

/// What is so where only the template has the volume.
const UNUSED: &str = "etcd of each new master runs on the root disk beside an empty volume";

/// A cluster whose masters have a volume that oc-etcd did not create.
fn with_own_volume(snapshot: &Snapshot) -> Snapshot {
    let volume =
        json!({"deviceName": "/dev/xvdb", "ebs": {"volumeSize": 200, "volumeType": "gp3"}});
    let add = |devices: &mut Value| devices.as_array_mut().unwrap().push(volume.clone());
    let set = changed(snapshot, &reference(), |it| {
        add(&mut template(it)["blockDevices"]);
        it["metadata"]["managedFields"] = volumes_written_by("kubectl-edit");
    });
    let masters: Vec<ObjectRef> =
        snapshot.machines_of(names::MASTER).map(|it| it.reference().clone()).collect();
    masters.iter().fold(set, |snapshot, master| {
        changed(&snapshot, master, |it| {
            add(&mut it["spec"]["providerSpec"]["value"]["blockDevices"]);
        })
    })
}

#[test]
fn volumes_of_another_purpose_are_no_sign_of_a_deleted_machine_config() {
    let own = with_own_volume(&calm("4.16"));
    let theirs = snapshot::load("4.16", &["move-etcd-disk"]);
    let theirs = theirs.machine_config("98-var-lib-etcd").unwrap().clone();
    let moved = own.clone().with_objects([theirs]);
    for (snapshot, check) in
        [(&own, Check::DiskDeviceUncertain), (&moved, Check::EtcdAlreadyMounted)]
    {
        let findings = assess(snapshot, TOOL_VERSION).findings;
        assert!(findings.iter().all(|it| it.check != Check::DiskDeviceUncertain), "{findings:?}");
        let planned = add(snapshot);
        let found = blockers(&planned.plan);
        assert!(found.iter().any(|it| it.check == check), "{found:?}");
        assert!(found.iter().all(|it| !it.message.contains("deleted")), "{found:?}");
        // There is nothing of ours to take back.
        let planned = remove(snapshot);
        assert_eq!(planned.phase, Some(Phase::Done), "{:?}", blockers(&planned.plan));
        assert!(planned.plan.steps.is_empty() && !planned.plan.is_blocked());
    }
}

#[test]
fn a_rollout_that_a_cordoned_master_holds_up_is_told_with_the_way_out() {
    let calm = calm("4.16");
    let name = "ip-10-0-12-34.ec2.internal";
    let node = ObjectRef::cluster(Kind::Node, name);
    let cordoned =
        |it: &Snapshot| changed(it, &node, |it| it["spec"]["unschedulable"] = true.into());
    let told = |plan: &Plan| {
        let mut found = plan.findings.iter();
        let found = found.find(|it| it.check == Check::MasterPoolNotUpdated)?;
        Some((found.severity, found.message.clone(), found.hint.as_ref()?.to_string()))
    };
    let words = format!(
        "node/{name} is cordoned, and until this changes, the operator may update no master"
    );
    let way_out = format!("oc adm uncordon {name}");
    let rolling = rolled_out(&written(&calm, &add(&calm).plan), 0);
    assert_eq!(told(&add(&rolling).plan), None);
    let (severity, message, hint) = told(&add(&cordoned(&rolling)).plan).unwrap();
    assert_eq!((severity, &message, &hint), (Severity::Warning, &words, &way_out));
    let (severity, message, hint) = told(&remove(&cordoned(&rolling)).plan).unwrap();
    let message_of = format!("0 of 3 masters have {RENDERED}, and 0 are ready: {words}");
    assert_eq!((severity, message, &hint), (Severity::Blocker, message_of, &way_out));
    // The operator cordons a master for its update, and the Machine API before a deletion.
    let own = changed(&cordoned(&rolling), &node, |it| {
        it["metadata"]["annotations"][names::DESIRED_CONFIG] = RENDERED.into();
        it["metadata"]["annotations"][names::CONFIG_STATE] = "Working".into();
    });
    assert_eq!(told(&add(&own).plan), None);
    let left = changed(&cordoned(&rolling), &machine(&masters()[0]), |it| {
        it["metadata"]["deletionTimestamp"] = "2024-08-21T11:59:00Z".into();
    });
    assert_eq!(told(&add(&left).plan), None);
    // The way back ends with the same rollout.
    let gone = rolled_out(&without_config("4.16"), 0);
    assert_eq!(told(&remove(&gone).plan), None);
    assert_eq!(told(&remove(&cordoned(&gone)).plan).unwrap().2, way_out);
}

#[test]
fn a_master_that_reboots_is_waited_for_and_not_replaced() {
    let calm = calm("4.16");
    let rolling = rolled_out(&written(&calm, &add(&calm).plan), 0);
    let node = ObjectRef::cluster(Kind::Node, "ip-10-0-12-34.ec2.internal");
    let rebooting = condition(&rolling, &node, "Ready", "Unknown", "");
    let [one, ..] = masters();
    let steps = steps(&remove(&rebooting).plan);
    assert!(steps.contains(&format!("follow machine/{one}")), "{steps:?}");
    assert!(!steps.iter().any(|it| it.starts_with("replace")), "{steps:?}");
    // The same of a new master, whose old Machine is gone.
    let forth = written(&rolled_out(&rolling, 3), &add(&rolled_out(&rolling, 3)).plan);
    let joining = condition(&replaced(&forth, 0), &node, "Ready", "Unknown", "");
    let steps = self::steps(&add(&joining).plan);
    assert_eq!(steps.iter().filter(|it| it.starts_with("replace")).count(), 2, "{steps:?}");
    assert_eq!(steps.iter().filter(|it| it.starts_with("follow")).count(), 1, "{steps:?}");
}

#[test]
fn changes_that_wait_in_the_template_are_taken_along_only_when_told() {
    let differing = changed(&calm("4.16"), &reference(), |it| {
        template(it)["instanceType"] = "m6i.4xlarge".into();
        it["spec"]["strategy"]["type"] = "OnDelete".into();
    });
    let waiting = condition(&differing, &reference(), "Progressing", "True", "NeedsUpdateReplicas");
    // The ClusterOperator has the conditions of the set.
    let operator = ObjectRef::cluster(Kind::ClusterOperator, "control-plane-machine-set");
    let waiting = condition(&waiting, &operator, "Progressing", "True", "NeedsUpdateReplicas");
    let refused = add(&waiting).plan;
    let told =
        blockers(&refused).into_iter().find(|it| it.check == Check::TemplateDiffers).unwrap();
    assert!(
        told.message.contains("instanceType is m6i.2xlarge, and m6i.4xlarge in the template"),
        "{told:?}"
    );
    assert_eq!(
        told.hint.as_ref().unwrap().to_string(),
        "to apply these changes too: oc etcd add-disk --accept-template-changes"
    );
    let mut request = AddDiskRequest::new(TOOL_VERSION);
    request.template_changes = TemplateChanges::Accept;
    let accepted = add_disk::plan(&waiting, &request).plan;
    assert!(!accepted.is_blocked(), "{:?}", blockers(&accepted));
    let of_workers = changed(&waiting, &reference(), |it| {
        template(it)["userDataSecret"]["name"] = "worker-user-data-managed".into();
    });
    assert!(add_disk::plan(&of_workers, &request).plan.is_blocked());
    let unknown = condition(&waiting, &operator, "Progressing", "Unknown", "");
    assert!(add_disk::plan(&unknown, &request).plan.is_blocked());
    let warned: Vec<Check> = accepted
        .findings
        .iter()
        .filter(|it| it.severity == Severity::Warning)
        .map(|it| it.check)
        .collect();
    assert!(
        warned.contains(&Check::TemplateDiffers) && warned.contains(&Check::RolloutPaused),
        "{warned:?}"
    );
    // The new machines are of the template's type, and the other differences stay in the template.
    let message = |subject: &str| {
        accepted.findings.iter().find(|it| it.subject == subject).unwrap().message.clone()
    };
    assert!(message("quota").contains("(m6i.4xlarge)"), "{}", message("quota"));
    assert!(!message("to stop").contains("changes no master"), "{}", message("to stop"));
}

#[test]
fn what_else_a_replacement_takes_along_is_told_in_the_middle_too() {
    let calm = calm("4.20");
    let ready = rolled_out(&written(&calm, &add(&calm).plan), 3);
    let forth = replaced(&written(&ready, &add(&ready).plan), 0);
    let disk = with_disk("4.20");
    let back = replaced(&written(&disk, &remove(&disk).plan), 0);
    for (midway, is_forth) in [(&forth, true), (&back, false)] {
        let told = |snapshot: &Snapshot| {
            let planned = if is_forth { add(snapshot) } else { remove(snapshot) };
            assert_eq!(planned.phase, Some(Phase::Replacing));
            assert!(!planned.plan.is_blocked());
            in_plan_and_status(snapshot, &planned, Check::TemplateDiffers)
        };
        assert!(told(midway).is_empty());
        let differing = changed(midway, &reference(), |it| {
            template(it)["instanceType"] = "m6i.4xlarge".into();
        });
        for found in told(&differing) {
            assert_eq!(found.severity, Severity::Warning);
            assert!(found.message.contains("instanceType is m6i.2xlarge"), "{found:?}");
            assert!(found.hint.unwrap().contains(r#"{"type":"OnDelete"}"#));
        }
        assert_eq!(told(&differing).len(), 3);
        let on_delete = changed(&differing, &reference(), |it| {
            it["spec"]["strategy"]["type"] = "OnDelete".into();
        });
        let hint = told(&on_delete)[0].hint.as_ref().unwrap().to_string();
        assert!(!hint.contains("oc patch") && hint.contains("oc edit"), "{hint}");
    }
}

/// The cluster with the strategy `OnDelete`, in which the operator finds that each master differs from the template.
fn waiting(snapshot: &Snapshot) -> Snapshot {
    let on_delete =
        changed(snapshot, &reference(), |it| it["spec"]["strategy"]["type"] = "OnDelete".into());
    let set = condition(&on_delete, &reference(), "Progressing", "True", "NeedsUpdateReplicas");
    let operator = operator("control-plane-machine-set");
    condition(&set, &operator, "Progressing", "True", "NeedsUpdateReplicas")
}

#[test]
fn a_difference_that_only_the_operator_finds_waits_as_each_other_one() {
    let domains =
        "/spec/template/machines_v1beta1_machine_openshift_io/failureDomains/aws/0/subnet";
    let moved = changed(&calm("4.16"), &reference(), |it| {
        *it.pointer_mut(domains).unwrap() = json!({"type": "ID", "id": "subnet-0new"});
    });
    let refused = add(&waiting(&moved)).plan;
    let told: Vec<Check> = blockers(&refused).iter().map(|it| it.check).collect();
    assert_eq!(told, [Check::TemplateDiffers], "{:?}", blockers(&refused));
    let mut request = AddDiskRequest::new(TOOL_VERSION);
    request.template_changes = TemplateChanges::Accept;
    let accepted = |it: &Snapshot| add_disk::plan(it, &request).plan;
    assert!(!accepted(&waiting(&moved)).is_blocked(), "{:?}", blockers(&accepted(&moved)));
    // A Machine that is being deleted is replaced, and a status that counts a Machine that is not ready is no sign.
    let [one, ..] = masters().map(|it| machine(&it));
    let deleted = changed(&waiting(&moved), &one, |it| {
        it["metadata"]["deletionTimestamp"] = "2024-08-21T12:00:00Z".into();
    });
    let unready = changed(&waiting(&moved), &reference(), |it| {
        it["status"]["readyReplicas"] = 2.into();
    });
    for under_way in [deleted, unready] {
        let plan = accepted(&under_way);
        let told = blockers(&plan);
        let is_told =
            |it: &&Finding| it.message.contains("a replacement of masters is in progress");
        assert!(told.into_iter().any(|it| is_told(&it)), "{:?}", blockers(&plan));
    }
}

#[test]
fn a_change_that_waits_for_a_deletion_keeps_no_change_of_the_disk_from_its_end() {
    let calm = calm("4.16");
    let config = rolled_out(&written(&calm, &add(&calm).plan), 3);
    let other = |snapshot: &Snapshot| {
        let differing = changed(snapshot, &reference(), |it| {
            template(it)["instanceType"] = "m6i.4xlarge".into();
        });
        waiting(&differing)
    };
    // No Machine has the volume: the MachineConfig may go.
    let back = remove(&other(&config));
    assert_eq!(back.phase, Some(Phase::Prepared), "{:?}", back.plan.findings);
    let gone = written(&other(&config), &back.plan);
    assert!(gone.get(&ObjectRef::cluster(Kind::MachineConfig, NAME)).is_none());
    // All Machines have it: the disks are there.
    assert_eq!(add(&other(&with_disk("4.16"))).phase, Some(Phase::Done));
    // A Machine that is being deleted is waited for.
    let [one, ..] = masters();
    let deleted = changed(&other(&config), &machine(&one), |it| {
        it["metadata"]["deletionTimestamp"] = "2024-08-21T12:00:00Z".into();
    });
    assert_eq!(remove(&deleted).phase, Some(Phase::Replacing));
}

/// The findings of a check in the plan, which are also those of `status`.
fn in_plan_and_status(snapshot: &Snapshot, planned: &Planned, check: Check) -> Vec<Finding> {
    let status = assess(snapshot, TOOL_VERSION).findings;
    let [of_plan, of_status] = [planned.plan.findings.clone(), status].map(|it| {
        let found = it.into_iter().filter(|it| it.check == check);
        found.collect::<Vec<_>>()
    });
    assert_eq!(of_plan, of_status);
    of_plan
}

#[test]
fn a_replacement_that_is_paused_is_told_in_the_middle_with_the_way_to_resume_it() {
    let calm = calm("4.20");
    let ready = rolled_out(&written(&calm, &add(&calm).plan), 3);
    let before_the_first = written(&ready, &add(&ready).plan);
    let disk = with_disk("4.20");
    let back = written(&disk, &remove(&disk).plan);
    let told = |snapshot: &Snapshot, verb: &str| {
        let planned = if verb == "add-disk" { add(snapshot) } else { remove(snapshot) };
        assert_eq!(planned.phase, Some(Phase::Replacing));
        in_plan_and_status(snapshot, &planned, Check::RolloutPaused)
    };
    for (midway, verb) in [
        (before_the_first.clone(), "add-disk"),
        (replaced(&before_the_first, 0), "add-disk"),
        (replaced(&back, 0), "remove-disk"),
    ] {
        assert!(told(&midway, verb).is_empty());
        let paused = waiting(&observed(&midway));
        let [only] = &told(&paused, verb)[..] else { panic!("{verb}: not told once") };
        assert_eq!(only.severity, Severity::Warning);
        let hint = only.hint.as_ref().unwrap().to_string();
        assert!(hint.contains(r#"{"type":"RollingUpdate"}"#), "{hint}");
        // The command alone continues nothing.
        let (hint, _) = change(&paused).unwrap();
        let expected = format!("when the replacement is no longer paused: oc etcd {verb}");
        assert_eq!(hint, expected);
    }
    // A Machine that is being deleted is replaced, and nothing waits when each master is.
    let two = [1, 2].into_iter().fold(before_the_first.clone(), |it, index| replaced(&it, index));
    let deleted = changed(&waiting(&observed(&two)), &machine(&masters()[0]), |it| {
        it["metadata"]["deletionTimestamp"] = "2024-08-21T12:00:00Z".into();
    });
    assert!(told(&deleted, "add-disk").is_empty());
}

#[test]
fn a_change_of_the_template_after_the_disks_are_there_is_told_of_each_master() {
    let disk = with_disk("4.20");
    let larger = changed(&disk, &reference(), |it| {
        template(it)["blockDevices"][1]["ebs"]["volumeSize"] = 128.into();
    });
    let other_type = changed(&disk, &reference(), |it| {
        template(it)["instanceType"] = "m6i.4xlarge".into();
    });
    let size = "blockDevices.1.ebs.volumeSize is 64, and 128 in the template";
    let kind = "instanceType is m6i.2xlarge, and m6i.4xlarge in the template";
    let needs_update =
        |it: &Snapshot| condition(it, &reference(), "Progressing", "True", "NeedsUpdateReplicas");
    for (differing, difference) in [(larger, size), (other_type, kind)] {
        for rolling in [true, false] {
            let snapshot = if rolling { needs_update(&differing) } else { waiting(&differing) };
            let planned = add(&snapshot);
            let told = in_plan_and_status(&snapshot, &planned, Check::TemplateDiffers);
            assert_eq!(told.len(), 3, "{told:?}");
            assert!(told.iter().all(|it| it.message.ends_with(difference)), "{told:?}");
            assert!(told.iter().all(|it| it.severity == Severity::Warning), "{told:?}");
            let expected = if rolling { Phase::Replacing } else { Phase::Done };
            assert_eq!(planned.phase, Some(expected));
            // The operator replaces them, or waits until somebody deletes their Machines.
            let steps = steps(&planned.plan);
            let replaces = steps.iter().filter(|it| it.starts_with("replace")).count();
            assert_eq!(replaces, if rolling { 3 } else { 0 }, "{steps:?}");
            let replacement = Replacement::of(&snapshot, &Wish::Volume(VOLUME.to_owned()));
            for master in &replacement.masters {
                assert_eq!(master.stage.words(), "differs from the template");
            }
        }
        // One master after the other matches the template again.
        let next = replaced(&needs_update(&differing), 0);
        let replacement = Replacement::of(&next, &Wish::Volume(VOLUME.to_owned()));
        let outdated = replacement.masters.iter().filter(|it| it.stage.words() != "done");
        assert_eq!(outdated.count(), if difference == size { 2 } else { 3 });
    }
    // Where the operator finds no difference, there is none, and `remove-disk` removes a volume of any size.
    assert!(in_plan_and_status(&disk, &add(&disk), Check::TemplateDiffers).is_empty());
    let smaller = changed(&disk, &reference(), |it| {
        template(it)["blockDevices"][1]["ebs"]["volumeSize"] = 32.into();
    });
    let back = remove(&waiting(&smaller)).plan;
    assert!(!back.is_blocked(), "{:?}", blockers(&back));
}

#[test]
fn a_volume_is_as_the_flags_ask_and_never_changed_later() {
    let calm = calm("4.20");
    let mut request = AddDiskRequest::new(TOOL_VERSION);
    request.kind = Some("io2".to_owned());
    request.iops = Some(9000);
    request.size = Some(128);
    request.kms_key = Some("arn:aws:kms:us-east-1:1:key/a".to_owned());
    request.device_name = Some("/dev/sdf".to_owned());
    let plan = add_disk::plan(&calm, &request).plan;
    assert!(!plan.is_blocked(), "{:?}", blockers(&plan));
    let edit = plan.writes().find_map(|it| match &it.change {
        Change::Edit { edit, .. } => Some(edit.becomes()),
        _ => None,
    });
    assert_eq!(
        edit.unwrap()[1],
        json!({"deviceName": "/dev/sdf", "ebs": {
            "encrypted": true, "iops": 9000, "kmsKey": {"arn": "arn:aws:kms:us-east-1:1:key/a"},
            "volumeSize": 128, "volumeType": "io2",
        }})
    );
    let of_template = plan.writes().find(|it| it.object == reference()).unwrap();
    assert_eq!(
        of_template.because,
        "template: /dev/sdf io2 128 GiB for etcd, 9000 IOPS, key arn:aws:kms:us-east-1:1:key/a"
    );
    request.throughput = Some(250);
    let refused = add_disk::plan(&calm, &request).plan;
    assert_eq!(blockers(&refused)[0].check, Check::ThroughputUnsupported);
    let there = with_disk("4.16");
    // The size of a volume that the template has decides, and that of a new volume is the default.
    let fast = AddDiskRequest { iops: Some(40_000), ..AddDiskRequest::new(TOOL_VERSION) };
    let large = changed(&there, &reference(), |it| {
        let ebs = &mut template(it)["blockDevices"][1]["ebs"];
        ebs["volumeSize"] = 128.into();
        ebs["iops"] = 40_000.into();
    });
    let checks = |snapshot: &Snapshot| -> Vec<Check> {
        let plan = add_disk::plan(snapshot, &fast).plan;
        blockers(&plan).iter().map(|it| it.check).collect()
    };
    assert_eq!(checks(&large), []);
    assert_eq!(checks(&calm), [Check::VolumeSettingsRefused]);
    for (flags, is_refused) in [
        (AddDiskRequest { size: Some(64), ..AddDiskRequest::new(TOOL_VERSION) }, false),
        (AddDiskRequest { size: Some(128), ..AddDiskRequest::new(TOOL_VERSION) }, true),
        (
            AddDiskRequest {
                device_name: Some("/dev/sdf".to_owned()),
                ..AddDiskRequest::new(TOOL_VERSION)
            },
            true,
        ),
    ] {
        let plan = add_disk::plan(&there, &flags).plan;
        let checks: Vec<Check> = blockers(&plan).iter().map(|it| it.check).collect();
        assert_eq!(checks, vec![Check::EtcdVolumeDiffers; usize::from(is_refused)]);
    }
}

#[test]
fn a_volume_has_room_for_the_database_and_its_copy() {
    let calm = calm("4.20");
    let said = |quota: Value, size: Option<u32>| {
        let cluster = changed(&calm, &etcd(), |it| it["spec"]["backendQuotaGiB"] = quota);
        let plan =
            add_disk::plan(&cluster, &AddDiskRequest { size, ..AddDiskRequest::new(TOOL_VERSION) })
                .plan;
        let found = plan
            .findings
            .iter()
            .find(|it| it.severity < Severity::Note && it.check != Check::NotSupported);
        found.map(|it| {
            (it.severity, it.check.id(), it.hint.as_deref().unwrap_or_default().to_owned())
        })
    };
    let small = |severity, enough: u32| {
        Some((severity, "volume-too-small", format!("set --volume-size={enough} or more")))
    };
    let (blocker, warning) = (Severity::Blocker, Severity::Warning);
    for (quota, size, expected) in [
        (json!(null), None, None),
        (json!(null), Some(17), None),
        (json!(null), Some(16), small(warning, 64)),
        (json!(0), Some(8), small(blocker, 64)),
        (json!(16), Some(16), small(blocker, 64)),
        (json!(16), Some(33), None),
        (json!(32), None, small(warning, 80)),
        (json!("16"), None, Some((blocker, "unreadable", String::new()))),
    ] {
        assert_eq!(said(quota.clone(), size), expected, "{quota}, {size:?}");
    }
}

/// A cluster whose masters are of an instance type.
fn of_type(instance_type: &str) -> Snapshot {
    let of_machine = |it: &mut Value| {
        it["spec"]["providerSpec"]["value"]["instanceType"] = instance_type.into();
    };
    let snapshot = changed(&calm("4.16"), &reference(), |it| {
        template(it)["instanceType"] = instance_type.into();
    });
    masters().iter().fold(snapshot, |all, name| changed(&all, &machine(name), of_machine))
}

#[test]
fn a_device_is_named_on_xen_and_nowhere_with_an_instance_store() {
    let checks = |snapshot: &Snapshot, disk: Option<Disk>| -> Vec<Check> {
        let request = AddDiskRequest { disk, ..AddDiskRequest::new(TOOL_VERSION) };
        blockers(&add_disk::plan(snapshot, &request).plan).iter().map(|it| it.check).collect()
    };
    let device = Disk::device("/dev/xvdb");
    assert_eq!(checks(&of_type("m4.xlarge"), None), [Check::DiskDeviceUncertain]);
    assert_eq!(checks(&of_type("m4.xlarge"), device.clone()), []);
    assert_eq!(checks(&of_type("m6id.2xlarge"), None), []);
    assert_eq!(checks(&of_type("m6id.2xlarge"), device), [Check::DiskDeviceUncertain]);
}

#[test]
fn a_plan_names_the_labels_and_taints_that_only_the_nodes_of_the_masters_have() {
    let told = |plan: &Plan| -> Option<String> {
        let mut found = plan.findings.iter().filter(|it| it.subject == "labels and taints");
        found.next().map(|it| it.message.clone())
    };
    let node = ObjectRef::cluster(Kind::Node, "ip-10-0-12-34.ec2.internal");
    for cluster in ["4.16", "4.20"] {
        let calm = calm(cluster);
        assert_eq!(told(&add(&calm).plan), None, "nothing but what each Node of a master has");
        let labels = json!({
            "node-role.kubernetes.io/infra": "", "node-role.kubernetes.io/worker": "", "example.com/rack": "r1",
            "cluster.ocs.openshift.io/openshift-storage": "", "topology.ebs.csi.aws.com/zone": "us-east-1a",
            "topology.topolvm.io/node": "ip-10-0-12-34.ec2.internal",
        });
        let taints = json!([
            {"key": "node.ocs.openshift.io/storage", "value": "true", "effect": "NoSchedule"},
            {"key": "example.com/own", "effect": "NoExecute"},
            {"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"},
            {"key": "UpdateInProgress", "effect": "PreferNoSchedule"},
            {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"},
        ]);
        let labeled = changed(&calm, &node, |it| {
            let all = it["metadata"]["labels"].as_object_mut().unwrap();
            all.extend(labels.as_object().unwrap().clone());
            it["spec"]["taints"] = taints.clone();
        });
        let plan = add(&labeled).plan;
        assert!(!plan.is_blocked(), "{:?}", blockers(&plan));
        let message = told(&plan).unwrap();
        assert!(
            message.contains(
                "do not get the labels cluster.ocs.openshift.io/openshift-storage, example.com/rack, \
                 node-role.kubernetes.io/infra and the taints example.com/own, node.ocs.openshift.io/storage: "
            ),
            "{message}"
        );
        // The way back replaces the masters as well.
        let disk = with_disk(cluster);
        let alone = |it: &mut Value| it["metadata"]["labels"]["example.com/rack"] = "r1".into();
        let back = remove(&changed(&disk, &node, alone)).plan;
        assert!(told(&back).unwrap().contains("do not get the labels example.com/rack: "));
        // What the template or a MachineConfig gives is not lost.
        let machine = |it: &mut Value| {
            let spec = &mut it["spec"]["template"]["machines_v1beta1_machine_openshift_io"]["spec"];
            spec["metadata"]["labels"] = labels.clone();
            spec["taints"] = taints.clone();
        };
        assert_eq!(told(&add(&changed(&labeled, &reference(), machine)).plan), None);
        let withheld = changed(&labeled, &reference(), |it| {
            let spec = &mut it["spec"]["template"]["machines_v1beta1_machine_openshift_io"]["spec"];
            spec["metadata"]["labels"] = json!({"_REDACTED": "x"});
        });
        assert!(told(&add(&withheld).plan).unwrap().contains("may not get"));
        let racked = changed(&calm, &node, alone);
        let unit = json!({"systemd": {"units": [{"name": "kubelet.service", "dropins": [
            {"name": "20-rack.conf", "contents": "[Service]\nEnvironment=RACK=--node-labels=example.com/rack=r1\n"},
        ]}]}});
        let drop_in = Object::new(ObjectRef::cluster(Kind::MachineConfig, "99-master-rack"))
            .with_labels([(names::MACHINE_CONFIG_ROLE, names::MASTER)])
            .with("spec", json!({ "config": unit }));
        assert!(told(&add(&racked).plan).is_some());
        assert_eq!(told(&add(&racked.with_objects([drop_in])).plan), None);
    }
}

#[test]
fn a_plan_says_what_happens_how_to_stop_it_and_what_it_costs() {
    let plan = add(&calm("4.16")).plan;
    let hint = |subject: &str| {
        let found = plan.findings.iter().find(|it| it.subject == subject);
        found.unwrap_or_else(|| panic!("{subject}")).hint.clone().map(|it| it.to_string())
    };
    assert!(hint("to pause").unwrap().contains(r#"{"spec":{"strategy":{"type":"OnDelete"}}}"#));
    assert!(hint("to stop").unwrap().contains(r#"{"op":"remove","path":"/spec/template/"#));
    assert_eq!(hint("the way back").unwrap(), "oc etcd remove-disk");
    let message = |check: Check, subject: &str| {
        let is_it = |it: &&Finding| it.check == check && it.subject == subject;
        plan.findings.iter().find(is_it).unwrap().message.clone()
    };
    assert!(message(Check::MastersReplaced, "masters").contains("is unknown"));
    assert!(message(Check::AwsQuotaNeeded, "quota").contains("(m6i.2xlarge) and 4 more volumes"));
}

#[test]
fn a_diff_shows_the_machine_config_of_the_masters_when_add_disk_would_change_it() {
    let policy = Policy { sensitivity: Sensitivity::Withheld, salt: Salt::new([0; 32]) };
    let shown = |snapshot: &Snapshot| -> Vec<(String, ChangeAuthor)> {
        let steps = refresh(snapshot, TOOL_VERSION).into_iter().collect();
        let plan = Plan { steps, ..Plan::nothing(snapshot) };
        changes(snapshot, &plan, policy)
            .iter()
            .map(|it| (it.object.to_string(), it.author))
            .collect()
    };
    assert_eq!(shown(&calm("4.16")), [], "add-disk was never run");
    let disk = with_disk("4.16");
    assert_eq!(shown(&disk), []);
    let older = changed(&disk, &ObjectRef::cluster(Kind::MachineConfig, NAME), |it| {
        it["spec"]["config"]["storage"]["files"][0]["contents"]["source"] = "data:,older".into();
    });
    assert_eq!(shown(&older), [(format!("machineconfig/{NAME}"), ChangeAuthor::AddDisk)]);
    // The masters get it by a reboot.
    let plan = add(&older).plan;
    let said: Vec<&str> = plan.findings.iter().map(|it| it.message.as_str()).collect();
    assert!(said.iter().any(|it| it.contains("and none is replaced")), "{said:?}");
    assert!(!plan.findings.iter().any(|it| it.check == Check::AwsQuotaNeeded), "{said:?}");
}

#[test]
fn a_device_that_the_masters_have_already_is_refused() {
    let snapshot = calm("4.16");
    let found = |snapshot: &Snapshot, disk: Option<&str>| -> Vec<String> {
        let disk = disk.and_then(Disk::device);
        let request = AddDiskRequest { disk, ..AddDiskRequest::new(TOOL_VERSION) };
        let plan = add_disk::plan(snapshot, &request).plan;
        let of_device =
            blockers(&plan).into_iter().filter(|it| it.check == Check::DiskDeviceUncertain);
        of_device.map(|it| it.subject.clone()).collect()
    };
    assert_eq!(found(&snapshot, None), [""; 0]);
    assert_eq!(found(&snapshot, Some("/dev/nvme1n1")), [""; 0]);
    // The order of NVMe disks may change from boot to boot.
    let disk = Disk::device("/dev/nvme1n1");
    let plan =
        add_disk::plan(&snapshot, &AddDiskRequest { disk, ..AddDiskRequest::new(TOOL_VERSION) });
    let is_warned =
        |it: &Finding| it.check == Check::DiskDeviceUncertain && it.severity == Severity::Warning;
    assert!(plan.plan.findings.iter().any(is_warned), "{:?}", plan.plan.findings);
    for path in ["/dev/nvme0n1", "/dev/nvme0n1p4", "/dev/xvdb", "/dev/sdb"] {
        assert_eq!(found(&snapshot, Some(path)), [format!("--disk-device {path}")], "Nitro");
    }
    let xen = of_type("m4.xlarge");
    assert_eq!(found(&xen, Some("/dev/xvdb")), [""; 0]);
    for path in ["/dev/xvda", "/dev/xvdc", "/dev/sdb", "/dev/nvme1n1"] {
        assert_eq!(found(&xen, Some(path)), [format!("--disk-device {path}")], "Xen");
    }
    // A master has a volume of the name that the volume of etcd would get.
    let name = &masters()[1];
    let other = changed(&snapshot, &machine(name), |it| {
        let devices = &mut it["spec"]["providerSpec"]["value"]["blockDevices"];
        devices
            .as_array_mut()
            .unwrap()
            .push(json!({"deviceName": VOLUME, "ebs": {"volumeSize": 1}}));
    });
    assert_eq!(found(&other, None), [format!("machine/{name}")]);
}

#[test]
fn the_status_tells_which_disk_etcd_has_on_each_master() {
    let told = |snapshot: &Snapshot| -> Vec<Value> {
        let status = serde_json::to_value(assess(snapshot, TOOL_VERSION)).unwrap();
        status["masters"].as_array().unwrap().iter().map(|it| it["etcdDisk"].clone()).collect()
    };
    let calm = calm("4.16");
    assert_eq!(told(&calm), ["root"; 3]);
    let disk = with_disk("4.16");
    assert_eq!(told(&disk), ["own"; 3]);
    let ready = rolled_out(&written(&calm, &add(&calm).plan), 3);
    assert_eq!(told(&ready), ["root"; 3]);
    let one = replaced(&written(&ready, &add(&ready).plan), 0);
    assert_eq!(told(&one).iter().filter(|it| **it == "own").count(), 1);
    // A change that is under way has two ways to go on, and `init` is neither.
    let next = |it: &Snapshot| assess(it, TOOL_VERSION).next.map(|it| it.to_string());
    assert_eq!(next(&calm).as_deref(), Some("oc etcd init"));
    for begun in [&written(&calm, &add(&calm).plan), &ready, &one] {
        assert_eq!(next(begun), None);
    }
    let finding = assess(&one, TOOL_VERSION).findings;
    let finding = finding.iter().find(|it| it.check == Check::MastersReplaced).unwrap();
    assert!(finding.message.contains("on 1 of 3 masters"), "{finding:?}");
    // Withheld is neither.
    let name = disk.machines_of(names::MASTER).next().unwrap().reference().clone();
    let withheld = changed(&disk, &name, |it| {
        it["spec"]["providerSpec"]["value"]["blockDevices"] = json!({"_REDACTED": "x"});
    });
    assert!(told(&withheld).contains(&Value::Null));
    // A master has a MachineConfig from the time on at which its Node has a configuration with it.
    let theirs = snapshot::load("4.16", &["move-etcd-disk"]);
    assert_eq!(told(&theirs), ["root"; 3]);
    let paused = rolled_out(&theirs, 0);
    assert_eq!(told(&paused), ["root"; 3]);
    let count = |it: &Snapshot| told(it).iter().filter(|it| **it == "own").count();
    assert_eq!(count(&rolled_out(&theirs, 1)), 1);
    let all = rolled_out(&theirs, 3);
    assert_eq!(told(&all), ["own"; 3]);
    // A deleted one stays until the Node has the next configuration.
    let deleted = without(&disk, &ObjectRef::cluster(Kind::MachineConfig, NAME));
    assert_eq!(told(&deleted), ["own"; 3]);
    assert_eq!(told(&rolled_out(&deleted, 3)), ["root"; 3]);
    // What is not read, or is in neither list of the pool, is unknown.
    let node = all.machines_of(names::MASTER).find_map(|it| all.node_of(it)).unwrap();
    let node = node.reference().clone();
    let other = changed(&all, &node, |it| {
        it["metadata"]["annotations"][names::CURRENT_CONFIG] = "rendered-master-3".into();
    });
    let rendered = ObjectRef::cluster(Kind::MachineConfig, RENDERED);
    let theirs_alone = ObjectRef::cluster(Kind::MachineConfig, "98-var-lib-etcd");
    for (unread, unknown) in [
        (other, 1),
        (without(&all, &node), 1),
        (without(&all, &pool()), 0),
        (without(&without(&all, &rendered), &pool()), 3),
        (without(&without(&all, &rendered), &theirs_alone), 3),
    ] {
        assert_eq!(told(&unread).iter().filter(|it| it.is_null()).count(), unknown);
    }
}

/// A pause or a rollout keeps a configuration of which the operator has merged a MachineConfig that is deleted since.
#[test]
fn the_status_tells_the_disk_from_what_was_rendered_or_why_it_is_unknown() {
    let told = |snapshot: &Snapshot| {
        let status = serde_json::to_value(assess(snapshot, TOOL_VERSION)).unwrap();
        let master = &status["masters"][0];
        (master["etcdDisk"].clone(), master["because"].clone())
    };
    let named = |it: &str| ObjectRef::cluster(Kind::MachineConfig, it);
    let deleted = |it: &Snapshot| without(&rolled_out(it, 3), &named("99-master-ssh"));
    let theirs = deleted(&snapshot::load("4.16", &["move-etcd-disk"]));
    assert_eq!(told(&theirs), (json!("own"), Value::Null));
    for plain in [
        Some(snapshot::load("4.16", &[])),
        snapshot::load_captured("4.16"),
        snapshot::load_captured("4.20"),
    ] {
        let Some(plain) = plain else { continue };
        let plain = deleted(&plain);
        assert_eq!(told(&plain), (json!("root"), Value::Null));
        let gone =
            "machineconfig/99-master-ssh, a source of the Node's configuration, does not exist";
        assert_eq!(told(&without(&plain, &named(RENDERED))), (Value::Null, json!(gone)));
        // The contents of the files were not read.
        let bare = changed(&plain, &named(RENDERED), |it| {
            for file in it["spec"]["config"]["storage"]["files"].as_array_mut().unwrap() {
                file.as_object_mut().unwrap().remove("contents");
            }
        });
        assert_eq!(told(&bare), (Value::Null, json!(gone)));
    }
    let plain = rolled_out(&snapshot::load("4.16", &[]), 3);
    let node = plain.machines_of(names::MASTER).find_map(|it| plain.node_of(it)).unwrap();
    let node = node.reference().clone();
    let because = |it: &Snapshot| told(it).1.as_str().unwrap_or_default().to_owned();
    assert!(because(&without(&plain, &node)).starts_with(&format!("{node} ")));
    assert_eq!(told(&without(&plain, &pool())).0, json!("root"));
    let bare = without(&without(&plain, &named(RENDERED)), &pool());
    assert!(because(&bare).starts_with("machineconfigpool/master does not tell"));
    let other = changed(&plain, &node, |it| {
        it["metadata"]["annotations"].as_object_mut().unwrap().remove(names::CURRENT_CONFIG);
    });
    assert!(because(&other).starts_with(&format!("{node} does not name")));
}

/// Memory, a part of a disk and a disk that other directories share are neither a disk of its own nor the root disk.
#[test]
fn the_status_tells_a_disk_only_where_a_machine_config_leaves_no_other() {
    let mount = |name: &str, settings: &str| json!({"units": [{"name": name, "enabled": true, "contents": format!("[Mount]\n{settings}")}]});
    let disk = |device: &str, labels: &[&str]| {
        let partitions: Vec<Value> = labels.iter().map(|it| json!({"label": it})).collect();
        json!({"disks": [{"device": device, "partitions": partitions}]})
    };
    let file = ignition::file("/etc/provisioner.yaml", 0o644, "- /var/lib/etcd\n");
    let service = "[Service]\nExecStart=/usr/local/bin/provision-instance-store\n\
                   [Install]\nWantedBy=multi-user.target\n";
    let (etcd, part) = ("var-lib-etcd.mount", "What=/dev/disk/by-partlabel/etcd\n");
    let nothing = json!({});
    for (storage, systemd, expected) in [
        (nothing.clone(), mount(etcd, "What=/dev/disk/by-label/etcd\n"), json!("own")),
        (nothing.clone(), mount(etcd, "What=/dev/nvme1n1\n"), json!("own")),
        (disk("/dev/nvme1n1", &["etcd"]), mount(etcd, part), json!("own")),
        (disk("/dev/nvme1n1", &["etcd", "containers"]), mount(etcd, part), Value::Null),
        (disk("/dev/disk/by-id/coreos-boot-disk", &["etcd"]), mount(etcd, part), Value::Null),
        (json!({"disks": {"_REDACTED": "x"}}), mount(etcd, part), Value::Null),
        (nothing.clone(), mount(etcd, part), Value::Null),
        (nothing.clone(), mount(etcd, "What=/dev/nvme1n1p1\n"), Value::Null),
        (nothing.clone(), mount(etcd, "What=none\nType=tmpfs\n"), Value::Null),
        (nothing.clone(), mount("var-lib.mount", "What=/dev/nvme1n1\n"), Value::Null),
        (
            disk("/dev/disk/by-id/coreos-boot-disk", &["var"]),
            mount("var.mount", "What=/dev/disk/by-partlabel/var\n"),
            json!("root"),
        ),
        (nothing.clone(), mount("var-lib-containers.mount", "What=/dev/nvme1n1\n"), json!("root")),
        (
            json!({"files": [file]}),
            json!({"units": [{"name": "provision.service", "enabled": true, "contents": service}]}),
            Value::Null,
        ),
    ] {
        let config =
            json!({"ignition": {"version": "3.2.0"}, "storage": storage, "systemd": systemd});
        let theirs = Object::new(ObjectRef::cluster(Kind::MachineConfig, "98-theirs"))
            .with_labels([(names::MACHINE_CONFIG_ROLE, names::MASTER)])
            .with("spec", json!({"config": config}));
        let snapshot = rolled_out(&snapshot::load("4.16", &[]).with_objects([theirs]), 3);
        let status = serde_json::to_value(assess(&snapshot, TOOL_VERSION)).unwrap();
        assert_eq!(status["masters"][0]["etcdDisk"], expected, "{storage} {systemd}");
    }
}

/// The Machine that is to take the place of a master: as the template, without a Node.
fn with_new_machine(snapshot: &Snapshot, index: usize, status: Value) -> Snapshot {
    let new = replaced(snapshot, index);
    let is_old = |it: &&Object| snapshot.get(it.reference()).is_some();
    let mut body = new.machines_of(names::MASTER).find(|it| !is_old(it)).unwrap().body().clone();
    body["status"] = status;
    snapshot.clone().with_objects([Object::from_value(body).unwrap()])
}

/// The change of the masters that `status` reports: the command of its hint, and `own disk on N of M`.
fn change(snapshot: &Snapshot) -> Option<(String, String)> {
    let found = assess(snapshot, TOOL_VERSION).findings;
    let found = found.into_iter().find(|it| it.subject == "masters")?;
    let count = found.message.split(':').next()?.strip_prefix("etcd has its own disk on ")?;
    Some((found.hint?.to_string(), count.to_owned()))
}

#[test]
fn the_status_tells_the_direction_of_a_change_from_the_template() {
    let told = |command: &str, count: &str| {
        Some((format!("oc etcd {command}"), format!("{count} of 3 masters")))
    };
    // The beginning of the one command and the end of the other are the same state.
    let both = |count: &str| {
        let hint = "to give each master the disk: oc etcd add-disk; to go on without the disk: oc etcd remove-disk";
        Some((hint.to_owned(), format!("{count} of 3 masters")))
    };
    let calm = calm("4.16");
    assert_eq!(change(&calm), None);
    let ready = rolled_out(&written(&calm, &add(&calm).plan), 3);
    assert_eq!(change(&ready), both("0"));
    let forth = written(&ready, &add(&ready).plan);
    assert_eq!(change(&forth), told("add-disk", "0"));
    assert_eq!(change(&replaced(&forth, 0)), told("add-disk", "1"));
    let disk = with_disk("4.16");
    assert_eq!(change(&disk), None);
    let back = written(&disk, &remove(&disk).plan);
    assert_eq!(change(&back), told("remove-disk", "3"));
    assert_eq!(change(&replaced(&back, 0)), told("remove-disk", "2"));
    assert_eq!(change(&(0..3).fold(back.clone(), |it, index| replaced(&it, index))), both("0"));
    // Until then, `add-disk` refuses, and nothing offers it.
    let found = assess(&replaced(&back, 0), TOOL_VERSION).findings;
    assert!(!found.iter().any(|it| it.message.contains("add-disk")), "{found:?}");
    let plan = add(&replaced(&back, 0)).plan;
    let still = |it: &Finding| it.message.contains("still has a volume /dev/xvdb");
    let hints: Vec<String> = blockers(&plan)
        .into_iter()
        .filter(|it| still(it))
        .filter_map(|it| it.hint.as_ref().map(ToString::to_string))
        .collect();
    assert_eq!(hints, ["complete the removal first: oc etcd remove-disk"; 2]);
    // Without the template, neither is known.
    let one = without(&replaced(&back, 0), &reference());
    assert_eq!(change(&one), both("2"));
    let found = assess(&one, TOOL_VERSION).findings;
    assert!(found.iter().any(|it| it.message.contains("it is unknown whether new masters")));
}

#[test]
fn the_status_counts_masters_and_names_a_replacement_that_failed() {
    let calm = calm("4.16");
    let ready = rolled_out(&written(&calm, &add(&calm).plan), 3);
    let forth = written(&ready, &add(&ready).plan);
    let disk = with_disk("4.16");
    let back = written(&disk, &remove(&disk).plan);
    let failed = json!({"phase": "Failed", "errorMessage": "no capacity"});
    for (begun, own) in [(&forth, "0"), (&back, "3")] {
        // A Machine without a Node has no member of etcd.
        let booting = with_new_machine(begun, 0, json!({"phase": "Provisioned"}));
        assert_eq!(booting.machines_of(names::MASTER).count(), 4);
        assert_eq!(change(&booting).unwrap().1, format!("{own} of 3 masters"));
        let stuck = with_new_machine(begun, 0, failed.clone());
        let found = assess(&stuck, TOOL_VERSION);
        let warned = found.findings.iter().find(|it| it.severity == Severity::Warning).unwrap();
        let new = stuck.machines_of(names::MASTER).find(|it| begun.get(it.reference()).is_none());
        let new = new.unwrap().reference();
        assert_eq!(warned.subject, new.to_string());
        assert!(warned.message.ends_with("is deleted: no capacity"), "{warned:?}");
        let hint = warned.hint.as_deref().unwrap();
        assert!(hint.ends_with(&format!("oc delete {}", new.command_line())), "{hint}");
        assert!(found.is_trouble());
        assert_eq!(found.next, None);
        // With this strategy, the operator creates no machine beside a master that is not deleted.
        let paused = changed(&stuck, &reference(), |it| {
            it["spec"]["strategy"]["type"] = "OnDelete".into();
        });
        let found = assess(&paused, TOOL_VERSION);
        let warned = found.findings.iter().find(|it| it.severity == Severity::Warning).unwrap();
        let hint = warned.hint.as_deref().unwrap();
        let old = begun.machines_of(names::MASTER).next().unwrap().reference();
        assert!(hint.contains(&format!("oc delete {}", new.command_line())), "{hint}");
        assert!(hint.ends_with(&format!("too: oc delete {}", old.command_line())), "{hint}");
    }
}

/// How many masters a plan says are rebooted and replaced, and its steps of the operators.
fn counted(plan: &Plan) -> (String, Vec<String>) {
    let each = plan.findings.iter().find(|it| it.subject == "masters").unwrap();
    let each = each.message.split(", one after the other").next().unwrap().to_owned();
    let of_operators = |it: &&Step| matches!(it.change, Change::ByOperator(_));
    let steps = plan.steps.iter().filter(of_operators);
    (each, steps.map(|it| format!("{} {}", it.object.name, it.because)).collect())
}

#[test]
fn a_plan_in_the_middle_of_a_replacement_counts_the_masters_that_are_left() {
    let calm = calm("4.16");
    let ready = rolled_out(&written(&calm, &add(&calm).plan), 3);
    let forth = written(&ready, &add(&ready).plan);
    let (each, _) = counted(&add(&calm).plan);
    assert_eq!(
        each,
        "each of the 3 masters is rebooted once (for the MachineConfig) and replaced once"
    );
    // The member of master 1 has moved, and its first machine is being deleted.
    let second = replaced(&replaced(&forth, 0), 1);
    let old = changed(&forth, &machine(&masters()[1]), |it| {
        it["metadata"]["deletionTimestamp"] = "2024-08-21T11:59:00Z".into();
    });
    let mut both = second.with_objects([old.get(&machine(&masters()[1])).unwrap().clone()]);
    both = changed(&both, &machine("lab-x99n4-master-abcd2-1"), |it| {
        it["metadata"]["creationTimestamp"] = "2024-08-21T11:50:00Z".into();
    });
    let mut node =
        both.node_of(both.machines_of(names::MASTER).next().unwrap()).unwrap().body().clone();
    node["metadata"]["name"] = "new".into();
    let both = both.with_objects([Object::from_value(node).unwrap()]);
    let (each, steps) = counted(&remove(&both).plan);
    assert_eq!(
        each,
        "each of the 3 masters is rebooted once (when the MachineConfig is deleted), and 2 of 3 masters are replaced \
         once"
    );
    assert_eq!(
        steps,
        [
            "lab-x99n4-master-abcd2-0 by a machine without the volume",
            "lab-x99n4-master-abcd2-1 by a machine without the volume",
            "master 3 masters, one after the other",
        ]
    );
    // The operator has created no machine yet.
    let (each, _) = counted(&remove(&forth).plan);
    assert_eq!(each, "each of the 3 masters is rebooted once (when the MachineConfig is deleted)");
    let plan = remove(&forth).plan;
    assert!(plan.findings.iter().any(|it| it.message.ends_with("and none is replaced")));
}

/// Somebody changes the template while or after the masters get the volume, and the machine for this change fails.
#[test]
fn a_replacement_for_another_change_of_the_template_that_fails_is_named() {
    let disk = with_disk("4.16");
    let failed = json!({"phase": "Failed", "errorMessage": "vCPU limit"});
    let mut new = disk.machines_of(names::MASTER).next().unwrap().body().clone();
    new["metadata"]["name"] = "lab-x99n4-master-zzzzz-0".into();
    new["metadata"]["creationTimestamp"] = "2024-08-21T11:50:00Z".into();
    new["spec"]["providerSpec"]["value"]["instanceType"] = "m6i.8xlarge".into();
    new["status"] = failed;
    let stuck = disk.with_objects([Object::from_value(new).unwrap()]);
    let stuck = condition(&stuck, &reference(), "Degraded", "True", "FailedReplacement");
    let stuck = changed(&stuck, &reference(), |it| {
        template(it)["instanceType"] = "m6i.8xlarge".into();
    });
    let planned = add(&stuck);
    assert_eq!(planned.phase, Some(Phase::Replacing));
    let is_told = |it: &Step| it.because.ends_with("lab-x99n4-master-zzzzz-0: failed: vCPU limit");
    assert!(planned.plan.steps.iter().any(is_told), "{:?}", planned.plan.steps);
    let found = assess(&stuck, TOOL_VERSION).findings;
    let is_named = |it: &&Finding| it.subject == "machine/lab-x99n4-master-zzzzz-0";
    let warned = found.iter().find(is_named).unwrap();
    assert!(warned.message.ends_with("until the Machine is deleted: vCPU limit"), "{warned:?}");
    // It is not the replacement that `remove-disk` stops.
    assert!(remove(&stuck).plan.is_blocked());
}

/// The only way out of a quota that is exhausted must not ask for the quota.
#[test]
fn a_replacement_that_has_not_run_yet_is_stopped_without_a_replacement() {
    let calm = calm("4.16");
    let ready = rolled_out(&written(&calm, &add(&calm).plan), 3);
    let forth = written(&ready, &add(&ready).plan);
    let failed = json!({"phase": "Failed", "errorMessage": "vCPU limit"});
    for status in [json!({"phase": "Provisioned"}), failed] {
        let begun = with_new_machine(&forth, 0, status);
        let new = begun.machines_of(names::MASTER).find(|it| forth.get(it.reference()).is_none());
        let new = new.unwrap().reference().clone();
        let begun = changed(&begun, &new, |it| {
            it["metadata"]["creationTimestamp"] = "2024-08-21T11:50:00Z".into();
        });
        let plan = remove(&begun).plan;
        assert!(!plan.is_blocked(), "{:?}", blockers(&plan));
        let (each, operators) = counted(&plan);
        assert!(each.ends_with("rebooted once (when the MachineConfig is deleted)"), "{each}");
        assert_eq!(operators, ["master 3 masters, one after the other"]);
        let step = plan.steps.iter().find(|it| it.object == new).unwrap();
        assert!(matches!(step.change, Change::Follow), "{step:?}");
        assert!(step.because.starts_with("lab-x99n4-master-0: stays, and the new"), "{step:?}");
        let of_a_replacement = ["quota", "to pause", "to stop"];
        let told = |it: &Finding| of_a_replacement.contains(&it.subject.as_str());
        assert!(!plan.findings.iter().any(told), "{:?}", plan.findings);
    }
}
