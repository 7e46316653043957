//! What an upgrade of the cluster means for either layout: before it, in the middle of it, and after it.

use std::collections::BTreeSet;

use oc_etcd::check::{Check, Finding, Severity};
use oc_etcd::derive::kubelet_role;
use oc_etcd::ignition;
use oc_etcd::model::kind::Kind;
use oc_etcd::model::layout::Layout;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::shell_command::Command;
use oc_etcd::model::snapshot::{Permission, Snapshot};
use oc_etcd::plan::add_machine::{self, AddMachineRequest};
use oc_etcd::plan::init::{self, InitRequest};
use oc_etcd::plan::{Change, LayoutChoice, Plan};
use oc_etcd::preflight::report;
use oc_etcd::status::{State, Status, assess};
use serde_json::{Value, json};

use crate::snapshot::{self, TOOL_VERSION};

/// The release that the masters' MachineConfigs of the variant come from.
const CONTROLLER: &str = "2142f04ac41afbab41cc721cdcd313b6ae15a1b3";

pub(crate) fn changed(
    snapshot: Snapshot,
    reference: &ObjectRef,
    change: impl FnOnce(&mut Value),
) -> Snapshot {
    let mut body = snapshot.get(reference).unwrap().clone().into_body();
    change(&mut body);
    snapshot.with_objects([Object::from_value(body).unwrap()])
}

fn pool(name: &str) -> ObjectRef {
    ObjectRef::cluster(Kind::MachineConfigPool, name)
}

fn machine_config(name: &str) -> ObjectRef {
    ObjectRef::cluster(Kind::MachineConfig, name)
}

/// A cluster with an etcd pool that is rendered.
fn initialized(before: Snapshot, request: &InitRequest) -> Snapshot {
    let plan = init::plan(&before, request);
    assert!(!plan.is_blocked(), "{:?}", plan.findings);
    snapshot::rendered(snapshot::generated(snapshot::carried_out(before, &plan)))
}

fn documented_pool() -> Snapshot {
    initialized(snapshot::load("4.16", &[]), &snapshot::documented())
}

/// The same cluster while it is upgraded from one release to another.
pub(crate) fn upgrading(snapshot: Snapshot, from: &str, to: &str) -> Snapshot {
    let version = ObjectRef::cluster(Kind::ClusterVersion, "version");
    changed(snapshot, &version, |body| {
        body["spec"]["desiredUpdate"] = json!({"version": to});
        body["status"]["desired"]["version"] = to.into();
        body["status"]["history"] = json!([
            {"state": "Partial", "version": to},
            {"state": "Completed", "version": from},
        ]);
        body["status"]["conditions"] = json!([{
            "type": "Progressing", "status": "True", "message": format!("Working towards {to}"),
        }]);
    })
}

/// The same cluster once the operator of a release has written the masters' MachineConfigs and rendered them.
pub(crate) fn with_new_sources(snapshot: Snapshot, release: &str) -> Snapshot {
    let sources = snapshot::load("4.16", &["sources-upgraded-4.16"]);
    let snapshot = snapshot.with_objects(sources.all(Kind::MachineConfig).cloned());
    let rendered = snapshot.pool("master").unwrap().text("/spec/configuration/name").unwrap();
    let rendered = machine_config(rendered);
    changed(snapshot, &rendered, |body| {
        body["metadata"]["annotations"] =
            json!({names::GENERATED_BY: CONTROLLER, names::RELEASE_IMAGE_VERSION: release});
    })
}

/// The same cluster with an operator that is degraded, in these words.
pub(crate) fn degraded(snapshot: Snapshot, operator: &str, message: &str) -> Snapshot {
    let operator = ObjectRef::cluster(Kind::ClusterOperator, operator);
    changed(snapshot, &operator, |body| {
        body["status"]["conditions"] = json!([
            {"type": "Available", "status": "True"},
            {"type": "Degraded", "status": "True", "message": message},
        ]);
    })
}

fn with_degraded_pool(snapshot: Snapshot, name: &str) -> Snapshot {
    changed(snapshot, &pool(name), |body| {
        body["status"]["conditions"] =
            json!([{"type": "Degraded", "status": "True"}, {"type": "Updated", "status": "True"}]);
    })
}

fn plan(snapshot: &Snapshot) -> Plan {
    init::plan(snapshot, &snapshot::init_request())
}

fn status(snapshot: &Snapshot) -> Status {
    assess(snapshot, TOOL_VERSION)
}

fn finding(findings: &[Finding], check: Check) -> Option<&Finding> {
    findings.iter().find(|it| it.check == check)
}

fn blockers(plan: &Plan) -> Vec<&'static str> {
    plan.findings
        .iter()
        .filter(|it| it.severity == Severity::Blocker)
        .map(|it| it.check.id())
        .collect()
}

/// Carries out what `status` names as next, as often as there is something to carry out, and fails where that
/// would be refused.
fn walk(mut snapshot: Snapshot) -> Snapshot {
    for _ in 0..3 {
        let next = status(&snapshot).next;
        let request = match next.as_deref() {
            Some("oc etcd init") => snapshot::init_request(),
            Some("oc etcd init --layout=inherit") => InitRequest {
                layout: LayoutChoice::Only(Layout::Inherit),
                ..snapshot::init_request()
            },
            _ => return snapshot,
        };
        let plan = init::plan(&snapshot, &request);
        assert!(!plan.is_blocked(), "{next:?}: {:?}", plan.findings);
        assert!(!plan.is_empty(), "{next:?} does nothing");
        snapshot = snapshot::rendered(snapshot::carried_out(snapshot, &plan));
    }
    panic!("{:?} leads back to itself", status(&snapshot).next)
}

#[test]
fn a_pool_that_inherits_has_nothing_to_refresh_after_an_upgrade_on_any_release() {
    for (cluster, moved) in [("4.10", "4.16"), ("4.16", "4.16"), ("4.20", "4.20")] {
        let before = initialized(snapshot::load(cluster, &[]), &snapshot::init_request());
        let folder = format!("sources-upgraded-{moved}");
        let sources = snapshot::load(moved, &[&folder]);
        let after = before.with_objects(sources.all(Kind::MachineConfig).cloned());
        assert!(plan(&after).is_empty(), "{cluster}: {:?}", plan(&after).steps);
        let stale = finding(&status(&after).findings, Check::StaleAfterUpgrade).cloned();
        assert_eq!(stale, None, "{cluster}");
        assert_eq!(finding(&plan(&after).findings, Check::UpgradeNeedsPause), None, "{cluster}");
    }
}

#[test]
fn a_version_of_ignition_that_somebody_else_wrote_is_not_kept() {
    let after = initialized(snapshot::load("4.16", &[]), &snapshot::init_request());
    let edited = changed(after, &machine_config("00-etcd-disk"), |body| {
        body["spec"]["config"]["ignition"]["version"] = "3.2.0".into();
    });
    let writes: Vec<String> = plan(&edited).writes().map(|it| it.object.to_string()).collect();
    assert_eq!(writes, ["machineconfig/00-etcd-disk"]);
}

#[test]
fn a_pool_of_the_older_form_with_a_copied_unit_is_refreshed_by_init() {
    let after = initialized(snapshot::load("4.20", &[]), &snapshot::init_request());
    let older = changed(after.clone(), &machine_config(kubelet_role::NAME), |body| {
        body["metadata"]["annotations"][names::SOURCE] = "machineconfig/01-master-kubelet".into();
        body["metadata"]["annotations"][names::SOURCE_DIGEST] = "sha256:0".into();
        body["spec"]["config"] = json!({
            "ignition": {"version": "3.5.0"},
            "systemd": {"units": [{"name": "kubelet.service", "enabled": true, "contents":
                "ExecStart=kubelet --node-labels=node-role.kubernetes.io/etcd --register-with-taints=node-role.kubernetes.io/etcd=:NoSchedule\n"}]},
        });
    });
    let plan = plan(&older);
    assert!(!plan.is_blocked(), "{:?}", plan.findings);
    let writes: Vec<String> = plan.writes().map(|step| step.object.to_string()).collect();
    assert_eq!(writes, ["machineconfig/01-etcd-kubelet"]);
    assert_eq!(status(&older).next.as_deref(), Some("oc etcd init"));
    let refreshed = walk(older);
    let config = |snapshot: &Snapshot| {
        snapshot.machine_config(kubelet_role::NAME).unwrap().get("/spec/config").cloned()
    };
    assert_eq!(config(&refreshed), config(&after));
}

#[test]
fn a_pool_of_copies_is_told_to_be_paused_before_an_upgrade() {
    let snapshot = documented_pool();
    let told = |findings: &[Finding]| {
        let found = finding(findings, Check::UpgradeNeedsPause).unwrap();
        assert_eq!(found.severity, Severity::Note);
        assert!(found.hint.as_deref().unwrap().contains("\"paused\":true"), "{found:?}");
    };
    told(&status(&snapshot).findings);
    told(&report(&snapshot, &BTreeSet::new(), TOOL_VERSION).findings());
    told(&plan(&snapshot).findings);
    let paused = changed(snapshot, &pool("etcd"), |body| body["spec"]["paused"] = true.into());
    assert_eq!(finding(&status(&paused).findings, Check::UpgradeNeedsPause), None);
}

#[test]
fn in_an_upgrade_a_pool_of_copies_waits_for_the_masters_and_is_refreshed_then() {
    let begun = upgrading(documented_pool(), "4.16.8", "4.16.21");
    let early = begun.clone().with_objects(
        snapshot::load("4.16", &["sources-upgraded-4.16"]).all(Kind::MachineConfig).cloned(),
    );
    // Nothing, or not all, is the new release's yet.
    for waiting in [&begun, &early] {
        assert!(blockers(&plan(waiting)).contains(&"upgrade-in-progress"));
        let found = status(waiting);
        let pause = finding(&found.findings, Check::UpgradeNeedsPause).unwrap();
        assert_eq!(pause.severity, Severity::Warning, "{pause:?}");
        // The pause comes first, and every command of a hint is known as a command.
        assert_eq!(found.next.as_deref(), pause.hint.as_deref());
        let upgrade = finding(&found.findings, Check::UpgradeInProgress).unwrap();
        let hint = upgrade.hint.as_ref().unwrap();
        let commands: Vec<_> = hint.commands().map(Command::verb).collect();
        assert_eq!(commands, [Some("status"), Some("init")]);
    }
    let refreshable = with_new_sources(begun, "4.16.21");
    let masters_roll = changed(refreshable.clone(), &pool("master"), |body| {
        body["status"]["conditions"] = json!([{"type": "Updated", "status": "False"}]);
        body["status"]["updatedMachineCount"] = 2.into();
    });
    for refreshable in [refreshable, masters_roll] {
        assert_eq!(blockers(&plan(&refreshable)), [""; 0]);
        assert_eq!(status(&refreshable).next.as_deref(), Some("oc etcd init"));
        let refreshed = walk(refreshable);
        let kubelet = refreshed.machine_config("01-etcd-kubelet").unwrap();
        let kubelet =
            ignition::unit_contents(ignition::config(kubelet).unwrap(), "kubelet.service");
        assert!(kubelet.unwrap().contains("--v=3"), "it is the new release's copy");
    }
}

#[test]
fn a_refreshed_pool_of_copies_is_resumed_and_gets_no_machine_before() {
    let begun = upgrading(documented_pool(), "4.16.8", "4.16.21");
    let paused = changed(begun, &pool("etcd"), |body| {
        body["spec"]["paused"] = true.into();
        body["status"]["configuration"]["name"] = "rendered-etcd-old".into();
    });
    let told = |snapshot: &Snapshot| {
        let found = status(snapshot);
        let held = finding(&found.findings, Check::NotRendered).unwrap();
        (held.hint.as_deref().map(str::to_owned), found.next.as_deref().map(str::to_owned))
    };
    let (hint, next) = told(&paused);
    assert!(hint.unwrap().contains("as soon as the masters'"));
    assert_eq!(next.as_deref(), Some("oc adm upgrade"));
    let refreshable = with_new_sources(paused, "4.16.21");
    assert_eq!(told(&refreshable).1.as_deref(), Some("oc etcd init"));
    // `check` writes nothing: the pool still has the copies of the old release.
    let node = Object::new(ObjectRef::cluster(Kind::Node, "etcd-0"))
        .with_labels([(names::NODE_ROLE_ETCD, "")]);
    let with_node = refreshable.clone().with_objects([node]);
    let checked = report(&with_node, &BTreeSet::new(), TOOL_VERSION).findings();
    let rolls = |it: &&Finding| {
        it.check == Check::StaleAfterUpgrade && it.subject == "machineconfigpool/etcd"
    };
    let hint = checked.iter().find(rolls).unwrap().hint.as_deref().unwrap();
    assert!(hint.starts_with("after init, `oc etcd status`"), "{hint}");
    let refreshed = snapshot::carried_out(refreshable.clone(), &plan(&refreshable));
    assert!(plan(&refreshed).is_empty());
    let resume = Some(oc_etcd::openshift::pool_status::RESUME.to_owned());
    assert_eq!(told(&refreshed), (resume.clone(), resume));
    // `add-machine` does not read the sources of the copies, and cannot know.
    let request = AddMachineRequest::new(vec!["us-east-1a".to_owned()], TOOL_VERSION);
    let refused = add_machine::plan(&refreshed, &request);
    let held = finding(&refused.findings, Check::NotRendered).unwrap();
    assert!(held.hint.as_deref().unwrap().starts_with("`oc etcd status`"), "{held:?}");
}

#[test]
fn sources_of_two_releases_or_of_an_unknown_one_are_not_stable() {
    let refreshable =
        with_new_sources(upgrading(documented_pool(), "4.16.8", "4.16.21"), "4.16.21");
    assert_eq!(blockers(&plan(&refreshable)), [""; 0]);
    let rendered = refreshable.pool("master").unwrap().text("/spec/configuration/name").unwrap();
    let rendered = machine_config(rendered);
    let of_older = changed(refreshable.clone(), &machine_config("01-master-kubelet"), |body| {
        body["metadata"]["annotations"][names::GENERATED_BY] = "older".into();
    });
    let of_other = changed(refreshable.clone(), &rendered, |body| {
        body["metadata"]["annotations"][names::RELEASE_IMAGE_VERSION] = "4.16.8".into();
    });
    let mut unread = refreshable;
    unread.remove(&rendered);
    for snapshot in [of_older, of_other, unread] {
        assert_eq!(blockers(&plan(&snapshot)), ["upgrade-in-progress"]);
    }
}

#[test]
fn a_new_pool_is_not_made_in_an_upgrade() {
    for request in [snapshot::init_request(), snapshot::documented()] {
        let fresh = upgrading(snapshot::load("4.16", &[]), "4.16.8", "4.16.21");
        let refreshable = with_new_sources(fresh.clone(), "4.16.21");
        for snapshot in [fresh, refreshable] {
            let plan = init::plan(&snapshot, &request);
            assert_eq!(blockers(&plan), ["upgrade-in-progress"]);
        }
    }
}

/// The operator's words when a pool is the reason.
const FOR_THE_POOL: &str = "Unable to apply 4.16.21: error during syncRequiredMachineConfigPools: [context deadline exceeded, MachineConfigPool etcd has not progressed to latest configuration: controller version mismatch, retrying]";

/// The operator's words up to 4.13 when a paused pool is the reason.
const FOR_THE_PAUSED_POOL: &str = "Unable to apply 4.11.59: Required MachineConfigPool 'etcd' is paused and can not sync until it is unpaused";

#[test]
fn an_operator_that_is_degraded_for_the_pools_sake_does_not_refuse_the_cure() {
    let refreshable =
        with_new_sources(upgrading(documented_pool(), "4.16.8", "4.16.21"), "4.16.21");
    let by_words = degraded(refreshable.clone(), "machine-config", FOR_THE_POOL);
    let by_old_words = degraded(refreshable.clone(), "machine-config", FOR_THE_PAUSED_POOL);
    let by_pool = with_degraded_pool(
        degraded(
            refreshable.clone(),
            "machine-config",
            "One or more machine config pools are degraded",
        ),
        "etcd",
    );
    for snapshot in [&by_words, &by_old_words, &by_pool] {
        assert_eq!(blockers(&plan(snapshot)), [""; 0]);
        let told = plan(snapshot).findings;
        assert_eq!(finding(&told, Check::OperatorDegraded).unwrap().severity, Severity::Warning);
        walk(snapshot.clone());
    }
    // Another pool, or another operator.
    for snapshot in [
        with_degraded_pool(by_words.clone(), "worker"),
        degraded(refreshable, "etcd", "EtcdMembersDegraded"),
    ] {
        assert_eq!(blockers(&plan(&snapshot)), ["operator-degraded"]);
    }
}

#[test]
fn a_pool_of_copies_that_was_carried_into_4_18_has_a_way_out() {
    let at = |version: &str| {
        let version = version.to_owned();
        changed(documented_pool(), &ObjectRef::cluster(Kind::ClusterVersion, "version"), |body| {
            body["status"]["desired"]["version"] = version.clone().into();
            body["status"]["history"] = json!([{"state": "Completed", "version": version}]);
        })
    };
    // 4.17, before the upgrade and as soon as it is asked for.
    let before = status(&at("4.17.9"));
    let told = finding(&before.findings, Check::PoolPolicyDenied).unwrap();
    assert_eq!(told.hint.as_deref(), Some("oc etcd init --layout=inherit"));
    let asked = upgrading(at("4.17.9"), "4.17.9", "4.18.2");
    assert!(blockers(&plan(&asked)).contains(&"pool-policy-denied"));
    assert_eq!(status(&asked).next.as_deref(), Some("oc etcd init --layout=inherit"));
    // In the middle of it: the operator may no longer write to the pool, and is degraded for that.
    let policy =
        ObjectRef::cluster(Kind::ValidatingAdmissionPolicy, "custom-machine-config-pool-selector");
    let stuck = with_degraded_pool(asked.clone().with_objects([Object::new(policy)]), "etcd");
    let stuck = degraded(stuck, "machine-config", FOR_THE_POOL);
    // And after it, should it ever complete.
    for snapshot in [asked, stuck, at("4.18.2")] {
        let told = status(&snapshot);
        let found = finding(&told.findings, Check::PoolPolicyDenied).unwrap();
        assert_eq!(found.hint.as_deref(), Some("oc etcd init --layout=inherit"));
        let cured = walk(snapshot);
        let layout = oc_etcd::check::pool_policy::existing(&cured);
        assert_eq!(layout, Some(Layout::Inherit));
        assert_eq!(finding(&status(&cured).findings, Check::PoolPolicyDenied), None);
        let names: Vec<&str> = cured
            .machine_configs_of(names::ETCD)
            .filter(|it| oc_etcd::model::snapshot::is_ours(it))
            .map(Object::name)
            .collect();
        assert_eq!(names, ["00-etcd-disk", "01-etcd-kubelet"]);
    }
}

#[test]
fn a_pool_that_the_policy_denies_is_paused_together_with_its_selector() {
    let policy =
        ObjectRef::cluster(Kind::ValidatingAdmissionPolicy, "custom-machine-config-pool-selector");
    let node = Object::new(ObjectRef::cluster(Kind::Node, "etcd-0"))
        .with_labels([(names::NODE_ROLE_ETCD, "")]);
    let during =
        upgrading(documented_pool(), "4.17.9", "4.18.2").with_objects([Object::new(policy), node]);
    let hint = |snapshot: &Snapshot| {
        let found = plan(snapshot).findings;
        let rolls = |it: &&Finding| {
            it.check == Check::StaleAfterUpgrade && it.subject == "machineconfigpool/etcd"
        };
        found.iter().find(rolls).unwrap().hint.as_ref().unwrap().to_string()
    };
    let pause = hint(&during);
    let patch: Value = serde_json::from_str(pause.split('\'').nth(1).unwrap()).unwrap();
    let selector = &patch["spec"]["machineConfigSelector"];
    let allowed = oc_etcd::derive::pool::selector(Layout::Inherit);
    assert_eq!(selector["matchExpressions"], allowed["matchExpressions"], "{pause}");
    assert_eq!(selector.get("matchLabels"), Some(&Value::Null));
    // Followed, the pool waits, and `init` brings the pool to the layout that it would have without the pause.
    let followed = changed(during.clone(), &pool("etcd"), |body| {
        body["spec"]["paused"] = patch["spec"]["paused"].clone();
        body["spec"]["machineConfigSelector"] =
            json!({"matchExpressions": selector["matchExpressions"]});
    });
    assert_eq!(blockers(&plan(&followed)), [""; 0]);
    assert_eq!(status(&followed).next.as_deref(), Some("oc etcd init"));
    assert!(hint(&followed).starts_with("after init"), "{}", hint(&followed));
    let specs = [during, followed].map(|it| {
        let cured = snapshot::carried_out(it.clone(), &plan(&it));
        let copies = cured.machine_configs_of(names::ETCD).map(|it| it.name().to_owned());
        let copies: Vec<String> = copies.collect();
        let pool = cured.pool("etcd").unwrap();
        (copies, pool.get("/spec/machineConfigSelector").cloned())
    });
    assert_eq!(specs[0], specs[1]);
}

/// A MachineConfig of the operator's that writes one file.
fn generated(name: &str, role: &str, path: &str) -> Object {
    Object::new(machine_config(name)).with_labels([(names::MACHINE_CONFIG_ROLE, role)]).with(
        "spec",
        json!({"config": {
            "ignition": {"version": "3.2.0"},
            "storage": {"files": [{"path": path, "contents": {"source": "data:,CANARY"}}]},
        }}),
    )
}

#[test]
fn what_the_operator_generated_for_the_masters_alone_is_told_by_name() {
    for (cluster, middle, path) in [
        (
            "4.10",
            "99-master-generated-crio-seccomp-use-default",
            "/etc/crio/crio.conf.d/05-seccomp-use-default",
        ),
        (
            "4.16",
            "00-override-master-generated-crio-default-container-runtime",
            "/etc/crio/crio.conf.d/01-ctrcfg-defaultRuntime",
        ),
    ] {
        let of_masters = generated(middle, names::MASTER, path);
        let of_workers = generated(&middle.replace("master", "worker"), names::WORKER, path);
        let snapshot = snapshot::load(cluster, &[]).with_objects([of_masters, of_workers]);
        let lost = |snapshot: &Snapshot, request: &InitRequest| {
            let plan = init::plan(snapshot, request);
            plan.findings.into_iter().find(|it| it.subject == format!("machineconfig/{middle}"))
        };
        let told = lost(&snapshot, &snapshot::documented()).unwrap();
        assert!(told.message.contains(path) && !told.message.contains("CANARY"), "{told:?}");
        // Workers have their own, which a pool that inherits takes.
        assert_eq!(lost(&snapshot, &snapshot::init_request()), None, "{cluster}");
        // And the hint leads out.
        let hint = told.hint.unwrap();
        let name = hint.split("create ").nth(1).unwrap().split(' ').next().unwrap();
        let followed = snapshot.clone().with_objects([generated(name, names::ETCD, path)]);
        assert_eq!(lost(&followed, &snapshot::documented()), None, "{name}");
        let mut only_masters = snapshot;
        only_masters.remove(&machine_config(&middle.replace("master", "worker")));
        assert!(lost(&only_masters, &snapshot::init_request()).is_some(), "{cluster}");
    }
}

#[test]
fn a_counterpart_that_an_admin_made_is_seen_by_either_name() {
    let snapshot = snapshot::load("4.10", &[]);
    let of_masters = generated("99-master-site", names::MASTER, "/etc/site.conf");
    let told = |snapshot: &Snapshot| {
        let findings = plan(snapshot).findings;
        findings.into_iter().any(|it| it.subject == "machineconfig/99-master-site")
    };
    let snapshot = snapshot.with_objects([of_masters]);
    assert!(told(&snapshot));
    for (name, role) in
        [("99-worker-site", names::WORKER), ("99-etcd-site", names::ETCD), ("50-site", names::ETCD)]
    {
        let with = snapshot.clone().with_objects([generated(name, role, "/etc/site.conf")]);
        assert!(!told(&with), "{name}");
    }
}

#[test]
fn a_lost_kernel_argument_is_told_as_whose_it_is_and_where_it_stands() {
    let arguments = |role: &str, arguments: serde_json::Value| {
        let labels = [("machineconfiguration.openshift.io/role", role)];
        Object::new(machine_config(&format!("90-{role}-arguments"))).with_labels(labels).with(
            "spec",
            json!({"config": {"ignition": {"version": "3.2.0"}}, "kernelArguments": arguments}),
        )
    };
    let told = |masters: serde_json::Value, workers: serde_json::Value| {
        let of = [arguments(names::MASTER, masters), arguments(names::WORKER, workers)];
        let told = plan(&snapshot::load("4.16", &[]).with_objects(of)).findings;
        finding(&told, Check::KernelArgumentsMissing).map(|it| (it.severity, it.message.clone()))
    };
    // The operator joins the entries, and splits them at spaces.
    assert_eq!(
        told(json!(["iommu=pt intel_iommu=on"]), json!(["intel_iommu=on", "iommu=pt"])),
        None
    );
    let (severity, message) =
        told(json!(["psi=1 intel_iommu=on rd.iscsi.password=CANARY"]), json!([])).unwrap();
    assert_eq!(severity, Severity::Warning);
    let expected =
        "`psi=1 intel_iommu=on rd.iscsi.password=(withheld)` of machineconfig/90-master-arguments";
    assert!(message.ends_with(expected), "{message}");
}

#[test]
fn pressure_stall_information_asks_nobody_for_a_machine_config() {
    for psi in ["psi=0", "psi=1"] {
        let mut snapshot = snapshot::load("4.16", &[]);
        let arguments = json!(["systemd.unified_cgroup_hierarchy=1", "cgroup_no_v1=\"all\"", psi]);
        for name in ["97-master-generated-kubelet", "97-worker-generated-kubelet"] {
            snapshot = changed(snapshot, &machine_config(name), |body| {
                body["spec"]["kernelArguments"] = arguments.clone();
            });
        }
        let told = init::plan(&snapshot, &snapshot::documented()).findings;
        let told = finding(&told, Check::KernelArgumentsMissing).unwrap();
        assert_eq!((told.severity, told.hint.as_deref()), (Severity::Note, None), "{psi}");
        let told = plan(&snapshot).findings;
        assert_eq!(finding(&told, Check::KernelArgumentsMissing), None, "{psi}");
    }
}

#[test]
fn what_the_operator_makes_later_reboots_no_node_of_a_pool_that_inherits_but_for_a_kubelet_config()
{
    let later = |snapshot: &Snapshot, request: &InitRequest| {
        finding(&init::plan(snapshot, request).findings, Check::GeneratedConfigPending).cloned()
    };
    for cluster in ["4.10", "4.16", "4.20"] {
        assert_eq!(later(&snapshot::load(cluster, &[]), &snapshot::init_request()), None);
    }
    let with = |cluster: &str| {
        let name = "99-worker-generated-kubelet";
        let of_workers = generated(name, names::WORKER, "/etc/kubernetes/kubelet.conf");
        let made =
            generated("97-worker-generated-kubelet", names::WORKER, "/etc/kubernetes/kubelet.conf");
        snapshot::load(cluster, &[]).with_objects([of_workers, made])
    };
    // From 4.15 on the later names win over the workers'; before, the workers' do.
    let told = later(&with("4.16"), &snapshot::init_request()).unwrap();
    assert_eq!(told.severity, Severity::Warning);
    assert!(told.message.contains("99-worker-generated-kubelet"), "{}", told.message);
    // A selector with the labels of two pools selects neither, and the workers would lose their settings.
    assert!(told.hint.as_ref().unwrap().to_string().starts_with("create a second KubeletConfig"));
    let of_etcd =
        generated("99-etcd-generated-kubelet", names::ETCD, "/etc/kubernetes/kubelet.conf");
    let followed = with("4.16").with_objects([of_etcd]);
    assert_eq!(later(&followed, &snapshot::init_request()), None);
    assert_eq!(later(&with("4.10"), &snapshot::init_request()), None);
    let told = later(&snapshot::load("4.16", &[]), &snapshot::documented()).unwrap();
    assert!(told.message.contains("reboot"), "{}", told.message);
}

/// The operator writes the latency profile of nodes.config.openshift.io/cluster for the pool `worker` alone.
#[test]
fn what_the_operator_makes_later_takes_the_latency_profile_of_the_workers_away() {
    let told = |cluster: &str, contents: serde_json::Value| {
        let of_workers = ["97-worker-generated-kubelet", "98-worker-generated-kubelet"];
        let file = json!({"path": "/etc/kubernetes/kubelet.conf", "contents": contents});
        let of_workers = of_workers.map(|name| {
            let config = json!({"ignition": {"version": "3.2.0"}, "storage": {"files": [file]}});
            Object::new(machine_config(name))
                .with_labels([(names::MACHINE_CONFIG_ROLE, names::WORKER)])
                .with("spec", json!({"config": config}))
        });
        let snapshot = snapshot::load(cluster, &[]).with_objects(of_workers);
        let found = init::plan(&snapshot, &snapshot::init_request()).findings;
        let told = finding(&found, Check::GeneratedConfigPending)?;
        let hint = told.hint.as_ref().unwrap().to_string();
        assert!(hint.starts_with("create a KubeletConfig for the etcd pool, with "), "{hint}");
        let (_, overridden) = told.message.split_once("they override ").unwrap();
        Some(overridden.split_once(" on the etcd nodes").unwrap().0.to_owned())
    };
    let every = |frequency: &str| {
        let text = format!(r#"{{"nodeStatusUpdateFrequency": "{frequency}"}}"#);
        ignition::file("", 0, &text)["contents"].clone()
    };
    let profile = "the workers' latency profile (nodeStatusUpdateFrequency)";
    assert_eq!(told("4.20", every("1m0s")).as_deref(), Some(profile));
    assert_eq!(told("4.20", every("10s")), None);
    // Before 4.15, the names decide, and those of the workers are later.
    assert_eq!(told("4.10", every("1m0s")), None);
    let withheld = json!({"_REDACTED": "", "length": 1});
    let unknown = "98-worker-generated-kubelet, whose contents are unknown,";
    assert_eq!(told("4.20", withheld).as_deref(), Some(unknown));
}

/// Before 4.15, the MachineConfigs of a pool that inherits are merged by name alone.
#[test]
fn a_kubelet_config_for_the_etcd_pool_is_advised_only_where_it_takes_effect() {
    let path = "/etc/kubernetes/kubelet.conf";
    let of = |role: &'static str| {
        let made = generated(&format!("99-{role}-generated-kubelet"), role, path);
        let mut body = made.into_body();
        let kind = "KubeletConfig";
        body["metadata"]["ownerReferences"] = json!([{
            "apiVersion": "machineconfiguration.openshift.io/v1", "kind": kind, "name": role,
            "uid": role, "controller": true,
        }]);
        body["metadata"]["annotations"] =
            json!({"machineconfiguration.openshift.io/generated-by-controller-version": "1"});
        body["spec"]["extensions"] = json!([role]);
        Object::from_value(body).unwrap()
    };
    let told = |cluster: &str, roles: &[&'static str]| {
        let there = snapshot::load(cluster, &[]).with_objects(roles.iter().map(|it| of(it)));
        let found = plan(&there).findings;
        let found = finding(&found, Check::KubeletConfigNotApplied);
        found.map(|it| it.hint.as_ref().unwrap().to_string())
    };
    let (master, worker, etcd) = (names::MASTER, names::WORKER, names::ETCD);
    for cluster in ["4.10", "4.16"] {
        let hint = told(cluster, &[master]).unwrap();
        assert!(hint.starts_with("create a second KubeletConfig"), "{hint}");
        assert_eq!(told(cluster, &[master, etcd]), None);
    }
    assert_eq!(told("4.16", &[master, worker, etcd]), None);
    for roles in [&[master, worker][..], &[master, worker, etcd]] {
        let hint = told("4.10", roles).unwrap();
        assert!(hint.contains("to the KubeletConfig of the workers"), "{hint}");
    }
}

/// The selector `mco-built-in: Exists` selects all pools of OpenShift, and the etcd pool that has the label too.
#[test]
fn a_config_for_masters_and_workers_is_not_taken_for_one_of_the_masters_alone() {
    let of = |name: &str, role: &'static str, (owner, settings): (&str, &str)| {
        let path = "/etc/crio/crio.conf.d/01-ctrcfg-defaultRuntime";
        let mut body = generated(name, role, path).into_body();
        body["metadata"]["ownerReferences"] = json!([{
            "apiVersion": "machineconfiguration.openshift.io/v1",
            "kind": "ContainerRuntimeConfig", "name": owner, "uid": owner, "controller": true,
        }]);
        body["metadata"]["annotations"] =
            json!({"machineconfiguration.openshift.io/generated-by-controller-version": "1"});
        body["spec"]["extensions"] = json!([settings]);
        Object::from_value(body).unwrap()
    };
    let of_masters = || of("99-master-generated-containerruntime", names::MASTER, ("all", "a"));
    let of_workers = || of("99-worker-generated-containerruntime", names::WORKER, ("all", "a"));
    let later = |settings| {
        of("99-worker-generated-containerruntime-1", names::WORKER, ("workers", settings))
    };
    let told = |cluster: &str, request: InitRequest, made: Vec<Object>| {
        let there = snapshot::load(cluster, &[]).with_objects(made);
        let found = init::plan(&there, &request).findings;
        finding(&found, Check::KubeletConfigNotApplied).cloned()
    };
    for cluster in ["4.10", "4.16", "4.20"] {
        let both = vec![of_masters(), of_workers()];
        assert_eq!(told(cluster, snapshot::init_request(), both), None, "{cluster}");
        // The file of the last one counts.
        let three = |settings| vec![of_masters(), of_workers(), later(settings)];
        assert!(told(cluster, snapshot::init_request(), three("b")).is_some(), "{cluster}");
        // Of another object, with the same settings.
        assert_eq!(told(cluster, snapshot::init_request(), three("a")), None, "{cluster}");
    }
    let told = told("4.16", snapshot::documented(), vec![of_masters(), of_workers()]).unwrap();
    assert!(told.message.contains("for masters and workers"), "{}", told.message);
    let hint = told.hint.unwrap().to_string();
    assert!(hint.starts_with("compare the selector"), "{hint}");
}

/// The operator writes a new certificate authority into the user data of every pool.
#[test]
fn an_object_that_is_as_wanted_is_current_whatever_its_digest() {
    let before = snapshot::load("4.20", &[]);
    let there = initialized(before, &snapshot::init_request());
    let secret =
        ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, names::ETCD_USER_DATA);
    let is_changed = |there: &Snapshot| {
        let plan = plan(there);
        let step = plan.steps.iter().find(|it| it.object == secret).unwrap();
        step.change.is_write()
    };
    let other = |key: &'static str, value: &'static str| {
        changed(there.clone(), &secret, move |it| it["metadata"]["annotations"][key] = value.into())
    };
    assert!(!is_changed(&there));
    assert!(!is_changed(&other(names::SOURCE_DIGEST, "other")));
    assert!(is_changed(&other(names::SOURCE, "other")));
}

#[test]
fn that_an_upgrade_waits_is_told_once_and_only_where_it_does() {
    for request in [snapshot::init_request(), snapshot::documented()] {
        let before = snapshot::load("4.16", &[]);
        let count = |snapshot: &Snapshot, request: &InitRequest| {
            let findings = init::plan(snapshot, request).findings;
            findings.iter().filter(|it| it.check == Check::UpgradeWaitsForPool).count()
        };
        assert_eq!(count(&before, &request), 1);
        let after = initialized(before.clone(), &request);
        assert_eq!(count(&after, &request), 0);
        let mut without = request;
        without.required_for_upgrade = Some(oc_etcd::derive::pool::RequiredForUpgrade::No);
        assert_eq!(count(&before, &without), 0);
    }
}

#[test]
fn every_change_of_the_pool_is_carried_out_by_the_plan_that_cures() {
    let refreshable =
        with_new_sources(upgrading(documented_pool(), "4.16.8", "4.16.21"), "4.16.21");
    let updates = plan(&refreshable);
    let updates = updates.steps.iter().filter(|step| matches!(step.change, Change::Update { .. }));
    assert!(updates.count() >= 2);
}

#[test]
fn what_matters_only_to_writes_does_not_block_a_plan_that_writes_nothing() {
    let masters_roll = |it: Snapshot| {
        changed(it, &pool("master"), |body| {
            body["status"]["conditions"] = json!([{"type": "Updated", "status": "False"}]);
            body["status"]["updatedMachineCount"] = 2.into();
        })
    };
    let unknown = |it: Snapshot| {
        let operator = ObjectRef::cluster(Kind::ClusterOperator, "etcd");
        changed(it, &operator, |body| body["status"]["conditions"] = json!([]))
    };
    let denied = |mut it: Snapshot| {
        it.permissions.push(Permission {
            verb: "patch",
            kind: Kind::MachineConfig,
            namespace: None,
            name: None,
            is_allowed: false,
        });
        it
    };
    let inherit = || initialized(snapshot::load("4.20", &[]), &snapshot::init_request());
    let states: [(Check, &dyn Fn(Snapshot) -> Snapshot); 4] = [
        (Check::UpgradeInProgress, &|it| upgrading(it, "4.20.3", "4.21.1")),
        (Check::MasterPoolNotUpdated, &masters_roll),
        (Check::OperatorDegraded, &|it| degraded(it, "machine-config", "master is degraded")),
        (Check::Unreadable, &unknown),
    ];
    for (check, state) in states {
        let idle = plan(&state(inherit()));
        assert!(idle.is_empty() && !idle.is_blocked(), "{:?}", idle.findings);
        let found = finding(&idle.findings, check).unwrap();
        assert_eq!(found.severity, Severity::Warning, "{found:?}");
        // Without the pool there is something to write.
        let mut fresh = state(inherit());
        fresh.remove(&pool("etcd"));
        assert!(blockers(&plan(&fresh)).contains(&check.id()), "{:?}", plan(&fresh).findings);
    }
    assert_eq!(blockers(&plan(&denied(inherit()))), [""; 0]);
    // Copies are not as they should be merely because their sources do not have the new release yet.
    let copies = upgrading(documented_pool(), "4.16.8", "4.16.21");
    assert_eq!(blockers(&plan(&copies)), ["upgrade-in-progress"]);
}

/// The copy of `00-master`, as `status` compares it with what `init` would make.
fn base(snapshot: &Snapshot) -> (State, String, Vec<String>) {
    let status = status(snapshot);
    let base = status.machine_configs.entries().find(|it| it.name == "00-etcd").unwrap();
    let told = status.findings.iter().filter(|it| {
        it.subject == "machineconfig/00-etcd"
            && [Check::Drifted, Check::StaleAfterUpgrade].contains(&it.check)
    });
    let told = told.map(|it| format!("{}: {}", it.check, it.message)).collect();
    (base.state, base.because.clone(), told)
}

/// The same cluster after somebody changed a unit of the copy that no upgrade changes.
fn edited(snapshot: Snapshot) -> Snapshot {
    changed(snapshot, &machine_config("00-etcd"), |body| {
        let units = body["spec"]["config"]["systemd"]["units"].as_array_mut().unwrap();
        units.push(json!({"name": "site.service", "enabled": true}));
    })
}

#[test]
fn a_copy_that_nobody_changed_is_stale_when_its_machines_come_to_need_the_first_boot_units() {
    let kept = "first-boot units kept: the cluster was upgraded after its installation";
    let outdated = (
        State::Stale,
        format!("copy of 00-master, {kept}"),
        vec![format!("stale-after-upgrade: the object is outdated: copy of 00-master, {kept}")],
    );
    let fresh = documented_pool();
    assert_eq!(base(&fresh).0, State::Current);
    let upgraded = upgrading(fresh.clone(), "4.16.8", "4.16.21");
    assert_eq!(base(&upgraded), outdated);
    // `init` cures this, and has nothing to do afterwards.
    let done = walk(with_new_sources(upgraded.clone(), "4.16.21"));
    assert_eq!(base(&done).0, State::Current);

    // The units are needed for another reason.
    let arguments = json!({"kernelArguments": ["nosmt"]});
    let arguments = Object::new(machine_config("99-master-nosmt"))
        .with_labels([(names::MACHINE_CONFIG_ROLE, names::MASTER)])
        .with("spec", arguments);
    let (state, because, _) = base(&fresh.clone().with_objects([arguments]));
    assert_eq!(state, State::Stale);
    assert!(because.ends_with("kept: machineconfig/99-master-nosmt requests kernel arguments"));

    // The source changed, too: the line says both.
    let both = with_new_sources(upgraded.clone(), "4.16.21");
    let (state, because, _) = base(&both);
    assert_eq!(state, State::Stale);
    assert!(because.starts_with("source changed: ") && because.ends_with(kept), "{because}");

    // What is unknown makes no copy outdated.
    let version = ObjectRef::cluster(Kind::ClusterVersion, "version");
    let unknown = changed(fresh.clone(), &version, |body| body["status"]["history"] = Value::Null);
    assert_eq!(base(&unknown).0, State::Current);

    // An edit stays an edit.
    for snapshot in [edited(fresh), edited(upgraded)] {
        let (state, because, told) = base(&snapshot);
        assert_eq!(state, State::Differs, "{because}");
        assert_eq!(told, ["drifted: the object differs from what init would create"]);
    }
}

#[test]
fn a_selector_that_somebody_changed_is_put_back_and_the_layout_stays() {
    let role = |value: &str| json!({"matchLabels": {names::MACHINE_CONFIG_ROLE: value}});
    let workers = json!({"matchExpressions": [
        {"key": names::MACHINE_CONFIG_ROLE, "operator": "In", "values": ["worker"]}]});
    let both = json!({"matchExpressions": [
        {"key": names::MACHINE_CONFIG_ROLE, "operator": "In", "values": ["worker", "etcd"]}]});
    let node = Object::new(ObjectRef::cluster(Kind::Node, "etcd-0"))
        .with_labels([(names::NODE_ROLE_ETCD, "")]);
    for (request, others, lost) in [
        (snapshot::init_request(), role("etcd"), role("worker")),
        (snapshot::documented(), both, workers),
    ] {
        let before = snapshot::load("4.16", &[]);
        let plan = init::plan(&before, &request);
        let layout = plan.layout.as_ref().unwrap().layout;
        let made = snapshot::generated(snapshot::carried_out(before, &plan));
        let made = snapshot::rendered(made.with_objects([node.clone()]));
        for selector in [others, lost] {
            let set = |it: &mut Value| it["spec"]["machineConfigSelector"] = selector.clone();
            let there = snapshot::rendered(changed(made.clone(), &pool("etcd"), set));
            let status = assess(&there, TOOL_VERSION);
            assert_eq!(status.layout, Some(layout));
            let plan = init::plan(&there, &snapshot::init_request());
            assert_eq!(plan.layout.as_ref().unwrap().layout, layout);
            let written = plan.steps.iter().filter(|it| it.change.is_write());
            let written: Vec<String> = written.map(|it| it.object.to_string()).collect();
            assert_eq!(written, ["machineconfigpool/etcd"], "{selector}");
            let reboots = |it: &&Finding| it.check == Check::StaleAfterUpgrade;
            assert!(plan.findings.iter().any(|it| reboots(&it)), "{:?}", plan.findings);
            // New machines become what the rendered MachineConfig makes of them, whatever is still to be selected.
            if selector.to_string().contains("etcd") {
                continue;
            }
            let wrong = |it: &Finding| {
                it.check == Check::KubeletRoleWrong && it.message.contains("role label worker")
            };
            assert!(status.findings.iter().any(wrong), "{:?}", status.findings);
        }
    }
}
