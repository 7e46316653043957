//! What somebody else made or changed.

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::Cluster;
use oc_etcd_lab::kind::MACHINE_OBJECT;
use serde_json::{Value, json};

use super::init::{copied, initialized};
use crate::Case;
use crate::observe::{unit, written};
use crate::suite::Suite;

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("a_pool_of_somebody_else_is_refused_and_left_alone", foreign_pool),
        ("an_identical_object_of_somebody_else_can_be_adopted", adopted),
        ("a_different_object_of_somebody_else_is_not_adopted", not_adopted),
        ("an_object_of_ours_without_its_role_is_found_by_its_name", unlabeled),
        ("an_object_of_somebody_else_without_our_role_is_found_by_its_name", foreign_name),
        ("a_hand_edit_is_a_conflict_that_names_who_made_it", conflict),
        ("force_conflicts_overwrites_a_hand_edit", forced),
        ("a_hand_edit_of_what_goes_is_a_conflict_too", edited_and_obsolete),
        ("labels_that_others_add_stay_and_are_no_drift", labels),
        ("a_machine_of_another_role_keeps_its_name_and_leaves_the_next_one", name_of_another_role),
    ]
}

/// Only Machines of the roles master and etcd are read, for there may be thousands of workers.
fn name_of_another_role(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.16")?;
    let infrastructure = suite.get("infrastructure/cluster")?;
    let cluster = infrastructure["status"]["infrastructureName"].as_str().context("no name")?;
    let name = |number: usize| format!("{cluster}-etcd-{number}");
    let role = "machine.openshift.io/cluster-api-machine-role";
    for number in [0, 1] {
        let worker = json!({
            "apiVersion": "machine.openshift.io/v1beta1",
            "kind": "Machine",
            "metadata": {
                "name": name(number),
                "namespace": "openshift-machine-api",
                "labels": {role: "worker"},
            },
            "spec": {},
        });
        suite.ask(async |rest| Ok(rest.create(&MACHINE_OBJECT, &worker).await.map(drop)?))?;
    }
    let add = ["add-machine", "--zone=us-east-1a", "--yes", "--wait=false"];
    suite.admin(&add)?.expect_code(0)?.expect(&format!("machine/{} created", name(2)))?;
    let machine = suite.get(&format!("machine/{}", name(0)))?;
    assert_eq!(machine["metadata"]["labels"][role], "worker");

    let flag = format!("--name={}", name(1));
    let named = [&add[..], &["--another", &flag]].concat();
    let ran = suite.admin(&named)?.expect_code(3)?;
    ran.expect("a Machine with this name exists with another role")?;
    Ok(())
}

fn foreign_pool(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?.with("foreign-pool")?)?;
    let before = suite.reconciled()?;
    for flags in [&["init", "--layout=documented", "--yes"][..], &["init", "--yes", "--adopt"]] {
        let ran = suite.admin(flags)?.expect_code(3)?;
        ran.expect("blocker [foreign-object]: machineconfigpool/etcd")?;
        assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    }
    Ok(())
}

/// `99-etcd-ssh` as `init` would make it, without our marks.
fn unmarked_copy(suite: &Suite) -> Result<Value> {
    let manifests = suite.admin(&[
        "init",
        "--layout=documented",
        "--dry-run=client",
        "-o",
        "json",
        "--show-sensitive",
    ])?;
    let manifests = manifests.expect_code(0)?.json()?;
    let mut copies = manifests["items"].as_array().into_iter().flatten();
    let mut copy = copies
        .find(|it| it["metadata"]["name"] == "99-etcd-ssh")
        .cloned()
        .context("there is no 99-etcd-ssh")?;
    copy["metadata"]["annotations"] = Value::Null;
    copy["metadata"]["labels"] = json!({"machineconfiguration.openshift.io/role": "etcd"});
    Ok(copy)
}

fn adopted(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let copy = suite.write_file("copy.json", &unmarked_copy(suite)?.to_string())?;
    suite.kubectl(&["create", "-f", &copy])?;
    let before = suite.reconciled()?;
    let ran = suite.admin(&["init", "--layout=documented", "--yes"])?.expect_code(3)?;
    ran.expect("blocker [foreign-object]: machineconfig/99-etcd-ssh")?
        .expect("but its content matches")?
        .expect("oc etcd init --adopt")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);

    let ran = suite.admin(&["init", "--layout=documented", "--yes", "--adopt"])?.expect_code(0)?;
    ran.expect("machineconfig/99-etcd-ssh configured")?;
    let labels = &suite.get("machineconfig/99-etcd-ssh")?["metadata"]["labels"];
    assert_eq!(labels["app.kubernetes.io/managed-by"], "oc-etcd");
    suite.admin(&["init", "--yes"])?.expect_code(0)?.expect("Nothing to do")?;

    // Who created the object has changed nothing since, so that each refresh goes on.
    let set_key = |suite: &Suite, of: &str, key: &str, manager: &str| {
        let users = json!([{"name": "core", "sshAuthorizedKeys": [key]}]);
        let patch = json!({"spec": {"config": {"passwd": {"users": users}}}}).to_string();
        suite.kubectl(&["patch", of, "--type=merge", "-p", &patch, manager]).map(drop)
    };
    for key in ["ssh-ed25519 B b", "ssh-ed25519 C c"] {
        set_key(suite, "machineconfig/99-master-ssh", key, "--field-manager=kubectl-patch")?;
        suite.admin(&["init", "--yes"])?.expect_code(0)?.expect("99-etcd-ssh configured")?;
    }
    let ssh = "machineconfig/99-etcd-ssh";
    set_key(suite, ssh, "ssh-ed25519 D d", "--field-manager=kubectl-edit")?;
    suite.admin(&["init", "--yes"])?.expect_code(3)?.expect("was changed by kubectl-edit")?;
    suite.admin(&["init", "--yes", "--force-conflicts"])?.expect_code(0)?;
    set_key(suite, "machineconfig/99-master-ssh", "ssh-ed25519 E e", "--field-manager=x")?;
    suite.admin(&["init", "--yes"])?.expect_code(0)?.expect("99-etcd-ssh configured")?;
    Ok(())
}

/// The label by which MachineConfigs are listed.
const ROLE: &str = "machineconfiguration.openshift.io/role";

fn unlabeled(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.20")?;
    let disk = "machineconfig/00-etcd-disk";
    let unlabel = |suite: &mut Suite| -> Result<()> {
        suite.reconciled()?;
        suite.kubectl(&["label", disk, &format!("{ROLE}-")])?;
        Ok(())
    };
    unlabel(suite)?;
    let diff = suite.admin(&["diff"])?.expect_code(1)?;
    ensure!(!diff.stdout.contains("(not there)"), "{}", diff.stdout);
    suite.admin(&["status"])?.expect_code(5)?.expect(&format!("label {ROLE}"))?;
    suite.admin(&["init", "--yes"])?.expect_code(0)?.expect(&format!("{disk} configured"))?;
    assert_eq!(suite.get(disk)?["metadata"]["labels"][ROLE], "etcd");

    unlabel(suite)?;
    suite.admin(&["teardown", "--yes"])?.expect_code(0)?.expect(&format!("{disk} deleted"))?;
    ensure!(suite.get(disk).is_err(), "{disk} is there");
    suite.admin(&["init", "--yes"])?.expect_code(0)?;
    Ok(())
}

fn foreign_name(suite: &mut Suite) -> Result<()> {
    let machine_config = |name: &str, labels: &Value| {
        let spec = json!({"config": {"ignition": {"version": "3.2.0"}}});
        json!({
            "apiVersion": "machineconfiguration.openshift.io/v1",
            "kind": "MachineConfig",
            "metadata": {"name": name, "labels": labels},
            "spec": spec,
        })
    };
    for (name, labels, command) in [
        ("00-etcd-disk", json!({}), &["init"][..]),
        ("01-etcd-kubelet", json!({ROLE: "infra"}), &["init"]),
        ("99-etcd-ssh", json!({}), &["init", "--layout=documented"]),
        ("98-master-etcd-disk", json!({}), &["add-disk"]),
    ] {
        suite.load(&Cluster::load("4.16")?)?;
        let object = machine_config(name, &labels);
        let file = suite.write_file("object.json", &object.to_string())?;
        suite.kubectl(&["create", "-f", &file])?;
        let before = suite.reconciled()?;
        let ran = suite.admin(&[command, &["--yes"]].concat())?.expect_code(3)?;
        ran.expect(&format!("blocker [foreign-object]: machineconfig/{name}"))?;
        assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    }
    Ok(())
}

fn not_adopted(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let mut copy = unmarked_copy(suite)?;
    copy["spec"]["kernelArguments"] = json!(["quiet"]);
    let copy = suite.write_file("copy.json", &copy.to_string())?;
    suite.kubectl(&["create", "-f", &copy])?;
    let before = suite.reconciled()?;
    let ran = suite.admin(&["init", "--layout=documented", "--yes", "--adopt"])?.expect_code(3)?;
    ran.expect("the object was not created by oc-etcd, and differs in")?
        .expect("kernelArguments")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

/// Makes the kubelet more talkative, as with `kubectl edit`.
fn edit(suite: &Suite) -> Result<()> {
    let mut kubelet = suite.get("machineconfig/01-etcd-kubelet")?;
    let units = kubelet["spec"]["config"]["systemd"]["units"].as_array_mut().context("no units")?;
    for unit in units {
        if let Some(contents) = unit["contents"].as_str().filter(|it| it.contains("--v=")) {
            unit["contents"] = contents.replace("--v=", "--v=9").into();
        }
    }
    let patch = json!({"spec": {"config": {"systemd": kubelet["spec"]["config"]["systemd"]}}});
    suite.kubectl(&[
        "patch",
        "machineconfig/01-etcd-kubelet",
        "--type=merge",
        "--field-manager=kubectl-edit",
        "-p",
        &patch.to_string(),
    ])?;
    Ok(())
}

fn conflict(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    edit(suite)?;
    let before = suite.reconciled()?;
    let ran = suite.admin(&["init", "--yes"])?.expect_code(3)?;
    ran.expect("blocker [drifted]: machineconfig/01-etcd-kubelet")?
        .expect("was changed by kubectl-edit")?
        .expect("oc etcd init --force-conflicts")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn forced(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    let was = suite.get("machineconfig/01-etcd-kubelet")?;
    edit(suite)?;
    suite.reconciled()?;
    let ran = suite.admin(&["init", "--yes", "--force-conflicts"])?.expect_code(0)?;
    ran.expect("machineconfig/01-etcd-kubelet configured")?;
    let now = suite.get("machineconfig/01-etcd-kubelet")?;
    assert_eq!(unit(&now, "kubelet.service")?, unit(&was, "kubelet.service")?);
    suite.admin(&["init", "--yes"])?.expect_code(0)?.expect("Nothing to do")?;
    Ok(())
}

/// Its source is gone, so `init` would remove the copy, and with it what an admin wrote there.
fn edited_and_obsolete(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    let edit = r#"{"spec":{"config":{"storage":{"files":[{"path":"/etc/mine"}]}}}}"#;
    let edit = ["patch", "machineconfig/99-etcd-ssh", "--type=merge", "-p", edit];
    suite.kubectl(&[&edit[..], &["--field-manager=kubectl-edit"]].concat())?;
    suite.kubectl(&["delete", "machineconfig/99-master-ssh"])?;
    let before = suite.reconciled()?;
    let ran = suite.admin(&["init", "--yes"])?.expect_code(3)?;
    ran.expect("blocker [drifted]: machineconfig/99-etcd-ssh")?.expect("kubectl-edit")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    let ran = suite.admin(&["init", "--yes", "--force-conflicts"])?.expect_code(0)?;
    ran.expect("machineconfig/99-etcd-ssh deleted")?;
    Ok(())
}

fn labels(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.kubectl(&["label", "machineconfig/00-etcd", "team=platform"])?;
    suite.kubectl(&["annotate", "machineconfigpool/etcd", "note=ours"])?;
    suite.admin(&["init", "--yes"])?.expect_code(0)?.expect("Nothing to do")?;
    suite.admin(&["status"])?.expect_code(0)?;

    // They survive a write of ours.
    suite.put("sources-upgraded-4.16")?;
    suite.reconciled()?;
    suite.admin(&["init", "--yes"])?.expect_code(0)?;
    assert_eq!(suite.get("machineconfig/00-etcd")?["metadata"]["labels"]["team"], "platform");
    Ok(())
}
