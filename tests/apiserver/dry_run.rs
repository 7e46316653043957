//! Dry runs: what they show, and that they store nothing.

use anyhow::{Result, ensure};
use oc_etcd_lab::Cluster;
use serde_json::{Value, json};

use super::init::{copied, initialized};
use crate::Case;
use crate::observe::written;
use crate::suite::{Ran, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("a_dry_run_on_the_client_shows_the_plan_and_stores_nothing", client),
        ("a_dry_run_on_the_server_stores_nothing", server),
        ("a_dry_run_of_a_refused_plan_is_refused_too", refused),
        ("a_plan_is_a_document", document),
        ("an_outcome_is_a_document", outcome),
        ("show_sensitive_goes_with_manifests_only", sensitive),
        ("manifests_that_kubectl_applies_are_what_init_makes", applied),
        ("manifests_applied_in_our_name_are_refreshed_by_init", refreshed),
        ("a_plan_is_nothing_that_kubectl_applies", not_applied),
    ]
}

/// Runs something that must not write.
fn writes_nothing(suite: &Suite, arguments: &[&str]) -> Result<Ran> {
    let before = suite.reconciled()?;
    let ran = suite.admin(arguments)?.expect_code(0)?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0], "{arguments:?}");
    Ok(ran)
}

fn client(suite: &mut Suite) -> Result<()> {
    for release in ["4.16", "4.20"] {
        suite.load(&Cluster::load(release)?)?;
        for flags in [&["init", "--dry-run=client"][..], &["init", "--dry-run", "--yes"]] {
            let ran = writes_nothing(suite, flags)?;
            ran.expect("create machineconfigpool/etcd")?
                .expect("Nothing was written (dry run).")?;
        }
    }
    initialized(suite, "4.16")?;
    let flags = ["add-machine", "--zone", "us-east-1a", "--dry-run=client"];
    let ran = writes_nothing(suite, &flags)?;
    ran.expect("create machine/lab-x99n4-etcd-0")?.expect("Nothing was written (dry run).")?;
    Ok(())
}

fn server(suite: &mut Suite) -> Result<()> {
    for release in ["4.10", "4.16", "4.20"] {
        suite.load(&Cluster::load(release)?)?;
        let ran = writes_nothing(suite, &["init", "--dry-run=server"])?;
        ran.expect("machineconfigpool/etcd created (server dry run)")?
            .expect("secret/etcd-user-data created (server dry run)")?;
        suite.admin(&["init", "--yes"])?.expect_code(0)?;
        let flags = ["add-machine", "--zone", "us-east-1a", "--dry-run=server"];
        let ran = writes_nothing(suite, &flags)?;
        ran.expect("machine/lab-x99n4-etcd-0 created (server dry run)")?;
    }
    copied(suite)?;
    suite.put("sources-upgraded-4.16")?;
    let ran = writes_nothing(suite, &["init", "--dry-run=server"])?;
    ran.expect("machineconfig/01-etcd-kubelet configured (server dry run)")?;
    Ok(())
}

fn refused(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.20")?)?;
    let before = suite.reconciled()?;
    for how in ["client", "server"] {
        let how = format!("--dry-run={how}");
        let ran = suite.admin(&["init", "--layout=documented", &how])?.expect_code(3)?;
        ran.expect("blocker [pool-policy-denied]")?;
    }
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn document(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let json =
        writes_nothing(suite, &["init", "--layout=documented", "--dry-run=client", "-o", "json"])?
            .json()?;
    assert_eq!(json["apiVersion"], "oc-etcd/v1");
    assert_eq!(json["kind"], "Plan");
    assert_eq!(json["layout"]["layout"], "documented");
    let yaml =
        writes_nothing(suite, &["init", "--layout=documented", "--dry-run=client", "-o", "yaml"])?
            .stdout;
    let from_yaml: Value = serde_yaml::from_str(&yaml)?;
    assert_eq!(from_yaml, json);
    let names =
        writes_nothing(suite, &["init", "--layout=documented", "--dry-run=client", "-o", "name"])?
            .stdout;
    assert_eq!(
        names.lines().collect::<Vec<_>>(),
        [
            "machineconfig/00-etcd",
            "machineconfig/00-etcd-disk",
            "machineconfig/01-etcd-container-runtime",
            "machineconfig/01-etcd-kubelet",
            "machineconfig/99-etcd-ssh",
            "secret/etcd-user-data",
            "machineconfigpool/etcd",
        ]
    );
    Ok(())
}

fn outcome(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.20")?)?;
    let json = suite.admin(&["init", "--yes", "-o", "json"])?.expect_code(0)?.json()?;
    assert_eq!(json["apiVersion"], "oc-etcd/v1");
    assert_eq!(json["kind"], "Outcome");
    assert_eq!(json["done"].as_array().map(Vec::len), Some(4));
    let flags = ["add-machine", "--yes", "--zone", "us-east-1a", "-o", "name"];
    let ran = suite.admin(&flags)?.expect_code(0)?;
    assert_eq!(ran.stdout, "machine.machine.openshift.io/lab-x99n4-etcd-0\n");
    // Nothing to do is a document too.
    let json = suite.admin(&["init", "--yes", "-o", "json"])?.expect_code(0)?.json()?;
    assert_eq!(json["done"], Value::Array(Vec::new()));
    assert_eq!(json["unchanged"].as_array().map(Vec::len), Some(4));
    let flags = ["add-machine", "--yes", "--zone", "us-east-1a", "-o", "json"];
    let json = suite.admin(&flags)?.expect_code(0)?.json()?;
    assert_eq!(json["unchanged"][0]["name"], "lab-x99n4-etcd-0");
    // The manifests are those of all that is wanted, whatever is there already.
    let flags = ["init", "--dry-run=client", "-o", "json", "--show-sensitive"];
    let json = suite.admin(&flags)?.expect_code(0)?.json()?;
    assert_eq!(json["items"].as_array().map(Vec::len), Some(4));
    Ok(())
}

fn sensitive(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let before = suite.reconciled()?;
    for flags in [
        &["init", "--yes", "--show-sensitive"][..],
        &["init", "--dry-run=client", "--show-sensitive"],
        &["init", "--dry-run=server", "--show-sensitive", "-o", "yaml"],
        &["init", "--dry-run=client", "--show-sensitive", "-o", "name"],
    ] {
        let ran = suite.admin(flags)?.expect_code(2)?;
        assert!(!ran.stdout.contains("CANARY"), "{flags:?}");
    }
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

/// Has the real kubectl apply what comes on its standard input.
fn apply(suite: &Suite, manifests: &str, flags: &[&str]) -> Result<(bool, String)> {
    let file = suite.write_file("manifests", manifests)?;
    let arguments = [&["apply", "--server-side", "-f", "-"], flags].concat();
    let mut kubectl = suite.kubectl_command(&arguments)?;
    let output = kubectl.stdin(std::fs::File::open(file)?).output()?;
    let said = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8(said)?))
}

fn manifests(suite: &Suite, format: &str, layout: &str) -> Result<String> {
    let flags = ["init", layout, "--dry-run=client", "--show-sensitive", "-o", format];
    Ok(suite.admin(&flags)?.expect_code(0)?.stdout)
}

/// What is in the cluster of what a plan makes, without what the API server adds to every object.
fn made(suite: &Suite, names: &[String]) -> Result<Vec<Value>> {
    let of = |name: &String| {
        let object = suite.get(name)?;
        let metadata = &object["metadata"];
        // The manifests do not say that the pool is not paused.
        let mut spec = object["spec"].clone();
        if let Some(fields) =
            spec.as_object_mut().filter(|it| it.get("paused") == Some(&false.into()))
        {
            fields.remove("paused");
        }
        Ok(json!({
            "name": name,
            "labels": metadata["labels"],
            "annotations": metadata["annotations"],
            "type": object["type"],
            "spec": spec,
            "data": object["data"],
        }))
    };
    names.iter().map(of).collect()
}

fn applied(suite: &mut Suite) -> Result<()> {
    for (release, formats) in
        [("4.10", &["yaml"][..]), ("4.16", &["yaml", "json"]), ("4.20", &["yaml", "json"])]
    {
        suite.load(&Cluster::load(release)?)?;
        let names = writes_nothing(suite, &["init", "--dry-run=client", "-o", "name"])?.stdout;
        let names: Vec<String> = names.lines().map(str::to_owned).collect();
        suite.admin(&["init", "--yes"])?.expect_code(0)?;
        suite.reconciled()?;
        let by_init = made(suite, &names)?;
        for format in formats {
            suite.load(&Cluster::load(release)?)?;
            let (is_done, said) = apply(suite, &manifests(suite, format, "--layout=auto")?, &[])?;
            ensure!(is_done, "{said}");
            // In the order in which init does it: the pool last.
            let order: Vec<String> = said
                .lines()
                .filter_map(|line| line.strip_suffix(" serverside-applied"))
                .map(|line| match line.split_once('/') {
                    Some((kind, name)) => {
                        format!("{}/{name}", kind.split('.').next().unwrap_or(kind))
                    }
                    None => line.to_owned(),
                })
                .collect();
            assert_eq!(order, names);
            suite.reconciled()?;
            assert!(
                made(suite, &names)? == by_init,
                "{release} {format}: it is not what init makes"
            );
            let before = suite.everything()?;
            let ran = suite.admin(&["init", "--yes"])?.expect_code(0)?;
            ran.expect("objects are up to date.")?;
            assert_eq!(written(&before, &suite.everything()?), [""; 0]);
        }
    }
    Ok(())
}

fn refreshed(suite: &mut Suite) -> Result<()> {
    let stale = "machineconfig/01-etcd-kubelet";
    for (flags, code, said) in [
        (&["--field-manager=oc-etcd"][..], 0, format!("{stale} configured")),
        (&[], 3, format!("{stale}: `.spec.config.systemd.units` was written by kubectl")),
    ] {
        suite.load(&Cluster::load("4.16")?)?;
        let (is_done, applied) =
            apply(suite, &manifests(suite, "yaml", "--layout=documented")?, flags)?;
        ensure!(is_done, "{applied}");
        suite.reconciled()?;
        suite.put("sources-upgraded-4.16")?;
        suite.admin(&["init", "--yes"])?.expect_code(code)?.expect(&said)?;
    }
    Ok(())
}

fn not_applied(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let before = suite.reconciled()?;
    for format in ["yaml", "json"] {
        let flags = ["init", "--dry-run=client", "-o", format];
        let plan = suite.admin(&flags)?.expect_code(0)?.stdout;
        let (is_done, said) = apply(suite, &plan, &[])?;
        ensure!(!is_done && said.contains("no matches for kind \"Plan\""), "{said}");
    }
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}
