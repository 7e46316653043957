//! `init --plan`: a plan that was saved is carried out as it was, or not at all.

use anyhow::{Result, ensure};
use oc_etcd_lab::kind::{self, MACHINE_CONFIG_OBJECT, SECRET};
use oc_etcd_lab::rest::PatchType;
use oc_etcd_lab::{Cluster, User};
use serde_json::{Value, json};

use crate::Case;
use crate::observe::written;
use crate::suite::{Ran, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("a_saved_plan_is_carried_out_as_it_was", carried_out),
        ("a_saved_plan_is_asked_about_and_can_be_tried", asked),
        ("a_saved_plan_is_refused_when_a_source_moved", moved),
        ("a_saved_plan_is_refused_when_an_object_was_made_again", recreated),
        ("a_saved_plan_of_another_cluster_is_refused", other_cluster),
        ("a_saved_plan_that_was_changed_or_refused_is_refused", changed),
        ("a_saved_plan_survives_what_the_operators_write", live),
        ("a_plan_out_of_files_is_carried_out_by_the_cluster_they_are_of", exported),
    ]
}

const SAVE: &[&str] = &["init", "--dry-run=client", "--output=json"];

/// Saves the plan of a fresh cluster.
fn saved(suite: &mut Suite, release: &str) -> Result<String> {
    suite.load(&Cluster::load(release)?)?;
    suite.reconciled()?;
    save(suite)
}

/// Saves the plan of the cluster as it is.
pub(crate) fn save(suite: &Suite) -> Result<String> {
    let plan = suite.admin(SAVE)?.expect_code(0)?.stdout;
    suite.write_file("plan.json", &plan)
}

fn carry_out(suite: &Suite, file: &str) -> Result<Ran> {
    suite.admin(&["init", "--plan", file, "--yes"])
}

/// Has a plan refused, and sees that nothing was written.
fn refused(suite: &Suite, file: &str, why: &str) -> Result<()> {
    let before = suite.reconciled()?;
    carry_out(suite, file)?.expect_code(3)?.expect("nothing was written")?.expect(why)?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn carried_out(suite: &mut Suite) -> Result<()> {
    for (release, flags, made) in
        [("4.16", &["-o=json", "--disk-device=/dev/nvme1n1"][..], 4), ("4.20", &["-o=yaml"], 4)]
    {
        suite.load(&Cluster::load(release)?)?;
        suite.reconciled()?;
        let flags = [&["init", "--dry-run=client"], flags].concat();
        let plan = suite.admin(&flags)?.expect_code(0)?.stdout;
        let file = suite.write_file("plan.yaml", &plan)?;
        let ran = carry_out(suite, &file)?.expect_code(0)?;
        assert_eq!(ran.stdout.lines().filter(|it| it.ends_with(" created")).count(), made);
        // The request came from the file.
        let disk = suite.get("machineconfig/00-etcd-disk")?;
        ensure!(disk.to_string().contains("/dev/nvme1n1") == (release == "4.16"), "{release}");
        // The same plan again finds its own work.
        suite.reconciled()?;
        let before = suite.everything()?;
        carry_out(suite, &file)?.expect_code(0)?.expect("Nothing to do")?;
        assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    }
    Ok(())
}

fn asked(suite: &mut Suite) -> Result<()> {
    let file = saved(suite, "4.20")?;
    let before = suite.reconciled()?;
    let arguments = ["init", "--plan", file.as_str()];
    suite.admin(&arguments)?.expect_code(2)?.expect("--yes")?;
    suite.typed(User::Admin, &arguments, ("[y/N]:", "n\r"))?.expect_code(4)?;
    for (how, said) in [
        ("--dry-run=server", "machineconfigpool/etcd created (server dry run)"),
        ("--dry-run=client", "create machineconfigpool/etcd"),
    ] {
        suite.admin(&[&arguments[..], &[how]].concat())?.expect_code(0)?.expect(said)?;
    }
    for flag in ["--adopt", "--layout=inherit", "--field-manager=x", "--from=x"] {
        suite.admin(&[&arguments[..], &[flag]].concat())?.expect_code(2)?;
    }
    suite.admin(&["init", "--plan", "/nowhere"])?.expect_code(1)?.expect("reading /nowhere")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

/// Writes an annotation, as anybody may: the object's `resourceVersion` moves, and nothing else.
fn touch(suite: &Suite, reference: &str) -> Result<()> {
    let object = suite.get(reference)?;
    let kind = kind::Kind::of(&object)?;
    let change = json!({"metadata": {"annotations": {"touched": "yes"}}});
    suite.ask(async |rest| {
        rest.patch(&kind, &object, None, PatchType::Merge, &change).await?;
        Ok(())
    })
}

fn moved(suite: &mut Suite) -> Result<()> {
    for object in ["machineconfig/01-master-kubelet", "secret/master-user-data"] {
        let file = saved(suite, "4.16")?;
        touch(suite, object)?;
        refused(suite, &file, &format!("{object} has changed"))?;
        // A plan that is made now fits.
        carry_out(suite, &save(suite)?)?.expect_code(0)?;
    }
    Ok(())
}

fn recreated(suite: &mut Suite) -> Result<()> {
    let file = saved(suite, "4.16")?;
    for (kind, reference) in [
        (MACHINE_CONFIG_OBJECT, "machineconfig/99-master-ssh"),
        (SECRET, "secret/master-user-data"),
    ] {
        let mut object = suite.get(reference)?;
        suite.ask(async |rest| {
            rest.delete(&kind, kind::namespace(&object), kind::name(&object)).await?;
            object["metadata"] = clean(&object["metadata"]);
            rest.create(&kind, &object).await?;
            Ok(())
        })?;
        refused(suite, &file, &format!("{reference} was deleted and recreated"))?;
    }
    Ok(())
}

fn clean(metadata: &Value) -> Value {
    let field = |name: &str| metadata[name].clone();
    json!({
        "name": field("name"),
        "namespace": field("namespace"),
        "labels": field("labels"),
        "annotations": field("annotations"),
    })
}

fn other_cluster(suite: &mut Suite) -> Result<()> {
    let file = saved(suite, "4.16")?;
    suite.load(&Cluster::load("4.16")?)?;
    refused(suite, &file, "the plan was created for another cluster")
}

fn changed(suite: &mut Suite) -> Result<()> {
    let file = saved(suite, "4.16")?;
    let plan: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    for (pointer, value, why) in [
        ("/request/adopt", true.into(), "the plan was changed after it was saved"),
        ("/apiVersion", json!("oc-etcd/v2"), "the apiVersion of the document is oc-etcd/v2"),
        ("/toolVersion", json!("0.0.1"), "the plan was created by version 0.0.1"),
        ("/kind", json!("Outcome"), "not a plan of init"),
    ] {
        let mut plan = plan.clone();
        if let Some(at) = plan.pointer_mut(pointer) {
            *at = value;
        }
        let file = suite.write_file("changed.json", &plan.to_string())?;
        refused(suite, &file, why)?;
    }
    suite.load(&Cluster::load("4.20")?)?;
    let flags = [SAVE, &["--layout=documented"]].concat();
    let blocked = suite.admin(&flags)?.expect_code(3)?.stdout;
    let file = suite.write_file("blocked.json", &blocked)?;
    refused(suite, &file, "a check blocked the plan when it was created")
}

fn live(suite: &mut Suite) -> Result<()> {
    let file = saved(suite, "4.20")?;
    for object in ["machineconfigpool/master", "clusterversion/version", "infrastructure/cluster"] {
        touch(suite, object)?;
    }
    carry_out(suite, &file)?.expect_code(0)?.expect("machineconfigpool/etcd created")?;
    Ok(())
}

/// What `oc get` shows is as good as the cluster, as long as nothing moves.
fn exported(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.20")?)?;
    suite.reconciled()?;
    let kinds = "infrastructures,clusterversions,clusteroperators,machineconfigs,machineconfigpools,nodes,\
                 validatingadmissionpolicies";
    let cluster = suite.kubectl(&["get", kinds, "-o", "yaml"])?;
    let of_machines = ["get", "machines,secrets", "-n", "openshift-machine-api", "-o", "json"];
    let machines = suite.kubectl(&of_machines)?;
    let directory = suite.dir().join("exported");
    std::fs::create_dir_all(&directory)?;
    std::fs::write(directory.join("cluster.yaml"), cluster)?;
    std::fs::write(directory.join("machines.json"), machines)?;
    let from = directory.display().to_string();

    let live = suite.admin(&["init", "--dry-run=client"])?.expect_code(0)?.stdout;
    let offline = suite.admin(&["init", "--from", &from])?.expect_code(0)?;
    // A hint says that its command is for the cluster, where the plan is of files.
    let same = live.replace("  → `oc etcd init", "  → on the cluster:\n    `oc etcd init");
    assert_eq!(offline.stdout, same);
    let plan = suite.admin(&["init", "--from", &from, "-o", "json"])?.expect_code(0)?.stdout;
    let file = suite.write_file("offline.json", &plan)?;
    carry_out(suite, &file)?.expect_code(0)?.expect("machineconfigpool/etcd created")?;
    Ok(())
}
