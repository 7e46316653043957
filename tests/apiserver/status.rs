//! `status` and `version`.

use anyhow::{Context as _, Result};
use oc_etcd::model::names;
use oc_etcd_lab::Cluster;
use serde_json::Value;

use super::init::{copied, initialized};
use crate::Case;
use crate::observe::written;
use crate::suite::Suite;

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("status_before_init_says_so_and_names_it", before_init),
        ("status_is_healthy_after_init_and_machines", healthy),
        ("status_finds_drift_and_names_the_way_back", drift),
        ("status_finds_a_missing_object", missing),
        ("a_worker_that_was_labeled_etcd_is_found_with_and_without_its_label", labeled_worker),
        ("status_is_one_document_in_json_and_yaml", documents),
        ("status_writes_nothing", writes_nothing),
        ("versions_of_client_server_and_openshift_are_told", version),
        ("a_server_that_is_not_there_is_told", unreachable),
    ]
}

fn before_init(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let ran = suite.admin(&["status"])?.expect_code(0)?;
    ran.expect("Health not initialized")?.expect("Next oc etcd init")?;
    let json = suite.admin(&["status", "-o", "json"])?.expect_code(0)?.json()?;
    assert_eq!(json["health"], "notInitialized");
    assert_eq!(json["next"], "oc etcd init");
    Ok(())
}

fn healthy(suite: &mut Suite) -> Result<()> {
    for release in ["4.10", "4.16", "4.20"] {
        initialized(suite, release)?;
        suite.reconciled()?;
        let ran = suite.admin(&["status"])?.expect_code(0)?;
        ran.expect("Health healthy")?.expect("Next oc etcd add-machine --zone us-east-1a")?;
        let zones = "us-east-1a,us-east-1b,us-east-1c";
        suite.admin(&["add-machine", "--yes", "--zone", zones])?.expect_code(0)?;
        suite.reconciled()?;
        let ran = suite.admin(&["status"])?.expect_code(0)?;
        ran.expect("Health healthy")?.expect("Pool rendered · 3 nodes")?;
        let json = suite.admin(&["status", "-o", "json"])?.expect_code(0)?.json()?;
        let machines = json["machines"].as_array().into_iter().flatten();
        let machines: Vec<_> = machines
            .map(|it| {
                [&it["name"], &it["zone"], &it["phase"], &it["progress"]].map(Value::to_string)
            })
            .collect();
        assert_eq!(
            machines,
            [
                ["lab-x99n4-etcd-0", "us-east-1a", "Running", "Ready"],
                ["lab-x99n4-etcd-1", "us-east-1b", "Running", "Ready"],
                ["lab-x99n4-etcd-2", "us-east-1c", "Running", "Ready"],
            ]
            .map(|row| row.map(|cell| format!("\"{cell}\"")))
        );
        for counted in ["machineCount", "updatedCount", "readyCount"] {
            assert_eq!(json["pool"][counted], 3, "{release} {counted}");
        }
        let names = suite.admin(&["status", "-o", "name"])?.expect_code(0)?.stdout;
        assert!(
            names.lines().any(|it| it == "machine.machine.openshift.io/lab-x99n4-etcd-2"),
            "{names}"
        );
        suite.admin(&["status", "-o", "wide"])?.expect_code(0)?.expect("c5n.xlarge")?;
    }
    Ok(())
}

fn drift(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.reconciled()?;
    suite.put("sources-upgraded-4.16")?;
    suite.reconciled()?;
    let ran = suite.admin(&["status"])?.expect_code(5)?;
    ran.expect("[stale-after-upgrade]")?.expect("oc etcd init")?;
    let json = suite.admin(&["status", "-o", "json"])?.expect_code(5)?.json()?;
    let stale: Vec<&str> = json["machineConfigs"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|it| it["state"] == "stale")
        .filter_map(|it| it["name"].as_str())
        .collect();
    assert_eq!(stale, ["00-etcd", "01-etcd-container-runtime", "01-etcd-kubelet"]);
    Ok(())
}

fn missing(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.reconciled()?;
    suite.kubectl(&["delete", "machineconfig/99-etcd-ssh"])?;
    suite.reconciled()?;
    let ran = suite.admin(&["status"])?.expect_code(5)?;
    ran.expect("99-etcd-ssh")?.expect("oc etcd init")?;
    Ok(())
}

/// The label alone gives the Node to the etcd pool, and its loss gives the Node to no pool.
fn labeled_worker(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.20")?;
    suite.reconciled()?;
    suite.stop_stand_ins();
    let nodes = suite.kubectl(&["get", "nodes", "-l", names::NODE_ROLE_WORKER, "-o", "name"])?;
    let node = nodes.lines().next().context("no worker")?.to_owned();
    let (etcd, worker) = (names::NODE_ROLE_ETCD, names::NODE_ROLE_WORKER);
    let desired = format!("{}=rendered-etcd-1", names::DESIRED_CONFIG);
    suite.kubectl(&["annotate", &node, &desired, "--overwrite"])?;
    suite.kubectl(&["label", &node, &format!("{etcd}="), &format!("{worker}-")])?;
    let (back, again) = (format!("{worker}= {etcd}-"), format!("{worker}="));
    for arguments in [&["status"][..], &["check"], &["init", "--dry-run"]] {
        let ran = suite.admin(arguments)?;
        ran.expect("[mixed-roles]")?.expect(&format!("oc label {node} {back}"))?;
    }
    suite.kubectl(&["label", &node, &format!("{etcd}-")])?;
    for command in ["status", "check"] {
        let ran = suite.admin(&[command])?.expect_code(5)?;
        ran.expect("[node-not-in-pool]")?.expect(&format!("oc label {node} {again}"))?;
    }
    Ok(())
}

fn documents(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.20")?;
    suite.admin(&["add-machine", "--yes", "--zone", "us-east-1a"])?.expect_code(0)?;
    suite.reconciled()?;
    let json = suite.admin(&["status", "-o", "json"])?.expect_code(0)?.json()?;
    assert_eq!(json["apiVersion"], "oc-etcd/v1");
    assert_eq!(json["kind"], "Status");
    assert_eq!(json["health"], "healthy");
    assert_eq!(json["layout"], "inherit");
    assert_eq!(json["pool"]["machineCount"], 1);
    let yaml = suite.admin(&["status", "-o", "yaml"])?.expect_code(0)?.stdout;
    let yaml: Value = serde_yaml::from_str(&yaml)?;
    assert_eq!(without_times(yaml), without_times(json));
    let ran = suite.admin(&["status", "-o", "csv"])?.expect_code(2)?;
    ran.expect("wide, json, yaml, name")?;
    Ok(())
}

/// They were read one after the other.
fn without_times(mut status: Value) -> Value {
    status["readAt"] = Value::Null;
    for list in ["machines", "nodes"] {
        for entry in status[list].as_array_mut().into_iter().flatten() {
            entry["ageSeconds"] = Value::Null;
        }
    }
    status
}

fn writes_nothing(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.16")?;
    let before = suite.reconciled()?;
    // The request log of `-v=9` names paths, and no content.
    for arguments in [&["status"][..], &["status", "-o", "yaml", "-v=9"], &["version"]] {
        suite.admin(arguments)?.expect_code(0)?;
    }
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn version(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let client = env!("CARGO_PKG_VERSION");
    let kubernetes = suite.kubectl(&["version", "-o", "json"])?;
    let kubernetes: Value = serde_json::from_str(&kubernetes)?;
    let kubernetes = kubernetes["serverVersion"]["gitVersion"].as_str().unwrap_or_default();
    let ran = suite.admin(&["version"])?.expect_code(0)?;
    assert_eq!(
        ran.stdout,
        format!(
            "Client Version: {client}\nKubernetes Version: {kubernetes}\nOpenShift Version: 4.16.8\n"
        )
    );
    let json = suite.admin(&["version", "-o", "json"])?.expect_code(0)?.json()?;
    assert_eq!(
        json,
        serde_json::json!({
            "apiVersion": "oc-etcd/v1",
            "kind": "Version",
            "client": client,
            "server": kubernetes,
            "openshift": "4.16.8",
        })
    );
    let ran = suite.admin(&["version", "--client"])?.expect_code(0)?;
    assert_eq!(ran.stdout, format!("Client Version: {client}\n"));
    Ok(())
}

fn unreachable(suite: &mut Suite) -> Result<()> {
    for verb in [&["status"][..], &["init", "--yes"], &["version"]] {
        let ran = suite.admin(&[verb, &["--server=https://127.0.0.1:1"]].concat())?;
        let ran = ran.expect_code(1)?.expect("127.0.0.1:1")?;
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    }
    Ok(())
}
