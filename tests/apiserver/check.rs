//! `check`: whether a cluster is ready, and whether a user may do what the commands do.

use anyhow::{Result, ensure};
use oc_etcd_lab::fault::{Fault, FaultServer, Listen, Match, Reply, Rule, When};
use oc_etcd_lab::{Cluster, User};
use serde_json::{Value, json};

use super::init::{copied, initialized};
use crate::Case;
use crate::observe::written;
use crate::suite::{Ran, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("check_finds_a_cluster_ready_before_and_after_init", ready),
        ("check_names_a_degraded_operator_unless_it_is_ignored", degraded),
        ("check_tells_a_viewer_what_is_missing_and_writes_nothing", viewer),
        ("check_has_an_operator_do_without_rights_to_remove", operator),
        ("check_finds_plain_kubernetes_to_be_none_for_it", plain_kubernetes),
        ("check_finds_copies_that_are_stale_until_that_is_ignored", stale),
        ("check_is_one_document_in_json_and_yaml_and_names_what_is_in_the_way", documents),
    ]
}

fn run(suite: &Suite, server: &FaultServer, arguments: &[&str]) -> Result<Ran> {
    let mut command = suite.oc_etcd(User::Admin, arguments);
    command.env("KUBECONFIG", server.kubeconfig()?);
    suite.run_command(command)
}

/// The verdict of a check in a report.
fn verdict(report: &Value, id: &str) -> Value {
    let categories = report["categories"].as_array().into_iter().flatten();
    let mut checks = categories.flat_map(|it| it["checks"].as_array().into_iter().flatten());
    checks.find(|it| it["id"] == id).map(|it| it["verdict"].clone()).unwrap_or_default()
}

fn ready(suite: &mut Suite) -> Result<()> {
    for release in ["4.10", "4.16", "4.20"] {
        suite.load(&Cluster::load(release)?)?;
        let ran = suite.admin(&["check"])?.expect_code(0)?;
        ran.expect("note [not-initialized]")?.expect("Ready: ")?;
        initialized(suite, release)?;
        let zones = "us-east-1a,us-east-1b,us-east-1c";
        suite.admin(&["add-machine", "--yes", "--zone", zones])?.expect_code(0)?;
        suite.reconciled()?;
        let ran = suite.admin(&["check"])?.expect_code(0)?;
        ran.expect("Ready: ")?.expect("passed init has created the pool")?;
        assert_eq!(suite.admin(&["check", "-o", "name"])?.expect_code(0)?.stdout, "");
    }
    Ok(())
}

fn degraded(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    let server = suite.fault_server(Listen::default())?;
    let degraded = Fault::malformed(|mut it| {
        it["status"]["conditions"] =
            json!([{"type": "Degraded", "status": "True", "message": "as the test says"}]);
        it
    });
    let path = "/clusteroperators/machine-config";
    server.add(Rule::new(Match::read(path), When::Always, degraded));
    let ran = run(suite, &server, &["check"])?.expect_code(5)?;
    ran.expect("blocker operators clusteroperator/machine-config [operator-degraded]")?
        .expect("blocker [operator-degraded]: clusteroperator/machine-config")?
        .expect("Not ready: ")?;
    let ran =
        run(suite, &server, &["check", "--ignore-checks=operator-degraded"])?.expect_code(0)?;
    ran.expect("warning [operator-degraded]")?
        .expect("as the test says (ignored)")?
        .expect("1 warning, 1 of them ignored")?;
    run(suite, &server, &["check", "--ignore-checks=permission-denied"])?
        .expect_code(2)?
        .expect("`permission-denied` cannot be ignored")?;
    Ok(())
}

fn viewer(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let before = suite.reconciled()?;
    let ran = suite.run(User::Viewer, &["check"])?.expect_code(0)?;
    let ran = ran
        .expect("note permissions")?
        .expect("note [permission-denied]")?
        .expect("you may not create machineconfigs.machineconfiguration.openshift.io")?
        .expect("create machines.machine.openshift.io in openshift-machine-api")?
        .expect("get secrets master-user-data in openshift-machine-api")?
        .expect("the role oc-etcd-operator, for init and add-machine, has these permissions")?
        .expect("unknown user data secret/master-user-data could not be read [user-data-invalid]")?
        .expect("passed operators machine-config, etcd, kube-apiserver, machine-api available")?
        .expect("passed zones us-east-1a, us-east-1b, us-east-1c")?;
    ensure!(ran.stderr.is_empty(), "{}", ran.stderr);
    let nobody = suite.admin(&["check", "--as", "nobody"])?.expect_code(5)?;
    let nobody = nobody.expect("get infrastructures.config.openshift.io cluster")?;
    nobody.expect("the role oc-etcd-viewer, for status and check, has these permissions")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn operator(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.16")?;
    suite.reconciled()?;
    let ran = suite.run(User::Operator, &["check"])?.expect_code(0)?;
    let lacking =
        "the role oc-etcd-remover, for remove-machine and teardown, has these permissions";
    ran.expect("note permissions")?.expect("note [permission-denied]")?.expect(lacking)?;
    let ran =
        suite.admin(&["check"])?.expect_code(0)?.expect("passed permissions 22 of 22 granted")?;
    ensure!(!ran.stdout.contains("[permission-denied]"), "{}", ran.stdout);
    Ok(())
}

fn plain_kubernetes(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    let server = suite.fault_server(Listen::default())?;
    let words = "the server could not find the requested resource";
    let absent = Fault::Answer(Reply::status(404, "NotFound", words));
    server.add(Rule::new(Match::of("GET", "openshift"), When::Always, absent));
    let json = run(suite, &server, &["check", "-o", "json"])?.expect_code(5)?.json()?;
    assert_eq!(verdict(&json, "not-openshift"), "blocker");
    assert_eq!(verdict(&json, "permission-denied"), "passed");
    assert_eq!(verdict(&json, "machine-failed"), "unknown");
    assert_eq!(json["ready"], false);
    let ran = run(suite, &server, &["check"])?.expect_code(5)?;
    ran.expect("blocker [not-openshift]")?.expect("unknown changes not asked [drifted]")?;
    let writes = ["PATCH", "PUT", "DELETE"].map(|method| server.count(&Match::of(method, "")));
    assert_eq!(writes, [0; 3]);
    let posts = server.count(&Match::of("POST", ""));
    assert_eq!(posts, server.count(&Match::of("POST", "/selfsubjectaccessreviews")));
    Ok(())
}

fn stale(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.reconciled()?;
    suite.put("sources-upgraded-4.16")?;
    suite.reconciled()?;
    let ran = suite.admin(&["check"])?.expect_code(5)?;
    ran.expect("blocker refresh")?.expect("[stale-after-upgrade]")?.expect("Not ready: ")?;
    let names = suite.admin(&["check", "-o", "name"])?.expect_code(5)?.stdout;
    assert_eq!(names, "check/stale-after-upgrade\n");
    let ignored = ["check", "--ignore-checks=stale-after-upgrade"];
    suite.admin(&ignored)?.expect_code(0)?.expect("(ignored)")?;
    Ok(())
}

fn documents(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?.with("upgrading-4.16")?)?;
    suite.reconciled()?;
    let without_time = |mut report: Value| {
        report["readAt"] = Value::Null;
        report
    };
    let json = suite.admin(&["check", "-o", "json"])?.expect_code(5)?.json()?;
    assert_eq!(json["apiVersion"], "oc-etcd/v1");
    assert_eq!(json["kind"], "CheckReport");
    assert_eq!(verdict(&json, "upgrade-in-progress"), "blocker");
    let yaml = suite.admin(&["check", "-o", "yaml"])?.expect_code(5)?.stdout;
    let yaml: Value = serde_yaml::from_str(&yaml)?;
    assert_eq!(without_time(yaml), without_time(json));
    let names = suite.admin(&["check", "-o", "name"])?.expect_code(5)?.stdout;
    assert_eq!(names, "check/upgrade-in-progress\n");
    suite.admin(&["check", "-o", "wide"])?.expect_code(5)?.expect("IGNORABLE")?;
    Ok(())
}
