//! `add-machine`: which Machine it makes where, and that one wish never makes two.

use std::time::Duration;

use anyhow::{Context as _, Result};
use oc_etcd_lab::kind::MACHINE_OBJECT;
use oc_etcd_lab::{Cluster, MachineFailure, StandInOptions, User};
use serde_json::{Value, json};

use super::init::initialized;
use crate::Case;
use crate::follow::without_versions;
use crate::observe::written;
use crate::suite::{Ran, Suite};

const MACHINES: Option<&str> = Some("openshift-machine-api");

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("a_machine_becomes_an_etcd_node_that_is_ready", ready),
        ("a_machine_is_a_copy_of_the_master_in_its_zone_and_of_nothing_more", copy),
        ("zone_and_subnet_come_from_whatever_knows_the_zone", known_zones),
        ("subnets_by_id_are_those_of_the_zone", subnet_ids),
        ("a_subnet_can_be_named_for_a_zone_that_nothing_knows", named_subnet),
        ("an_unknown_zone_is_refused_with_those_that_are_known", unknown_zone),
        ("without_zone_and_terminal_the_zones_are_named", no_zone),
        ("before_init_a_machine_is_refused", before_init),
        ("a_second_run_has_nothing_to_do", again),
        ("another_makes_one_more", another),
        ("each_of_two_zones_gets_a_machine", two_zones),
        ("a_name_can_be_chosen_and_is_kept", named),
        ("the_disk_and_the_instance_type_are_as_asked_for", disk),
        ("a_machine_that_fails_is_told_in_the_operators_words", fails),
        ("a_machine_is_not_made_of_outdated_copies", outdated),
        ("an_interrupted_run_is_resumed_with_the_same_machine", resumed),
        ("two_runs_at_once_for_one_zone_make_one_machine", same_zone),
        ("two_runs_at_once_for_two_zones_make_two_machines", other_zone),
        ("a_deadline_tells_what_was_waited_for", deadline),
        ("without_waiting_the_machine_is_only_created", no_wait),
        ("a_machine_of_somebody_else_counts_for_its_zone", foreign),
        ("a_machine_that_is_deleted_meanwhile_ends_the_wait", deleted),
        ("a_machine_whose_node_is_deleted_meanwhile_ends_the_wait", node_deleted),
        ("a_machine_that_loses_its_label_meanwhile_is_not_called_deleted", unlabeled),
    ]
}

pub(super) fn add(suite: &Suite, zone: &str, flags: &[&str]) -> Result<Ran> {
    suite.admin(&[&["add-machine", "--yes", "--zone", zone], flags].concat())
}

/// An initialized cluster whose operators have nothing left to do.
pub(super) fn prepared(
    suite: &mut Suite,
    cluster: &Cluster,
    options: StandInOptions,
) -> Result<()> {
    suite.load_with(cluster, options)?;
    suite.admin(&["init", "--yes"])?.expect_code(0)?;
    suite.reconciled()?;
    Ok(())
}

/// The same, where Machines take their time.
pub(super) fn slow(suite: &mut Suite, step: Duration) -> Result<()> {
    let options = StandInOptions { machine_step_delay: step, ..StandInOptions::default() };
    prepared(suite, &Cluster::load("4.16")?, options)
}

fn machine(suite: &Suite, name: &str) -> Result<Value> {
    suite.get(&format!("machine/{name}"))
}

fn provider_spec(machine: &Value) -> &Value {
    &machine["spec"]["providerSpec"]["value"]
}

fn ready(suite: &mut Suite) -> Result<()> {
    for release in ["4.10", "4.16", "4.20"] {
        prepared(suite, &Cluster::load(release)?, StandInOptions::default())?;
        let ran = add(suite, "us-east-1b", &[])?.expect_code(0)?;
        ran.expect("machine/lab-x99n4-etcd-0 created")?
            .expect("The machine is a Ready etcd node.")?
            .expect("Next: oc etcd status")?;
        let node = machine(suite, "lab-x99n4-etcd-0")?["status"]["nodeRef"]["name"].clone();
        let node = suite.get(&format!("node/{}", node.as_str().context("it has no Node")?))?;
        let roles: Vec<&String> = node["metadata"]["labels"]
            .as_object()
            .into_iter()
            .flat_map(|labels| labels.keys())
            .filter(|label| label.starts_with("node-role.kubernetes.io/"))
            .collect();
        assert_eq!(roles, ["node-role.kubernetes.io/etcd"], "{release}");
        assert_eq!(
            node["spec"]["taints"],
            json!([{"key": "node-role.kubernetes.io/etcd", "effect": "NoSchedule"}]),
            "{release}"
        );
    }
    Ok(())
}

fn outdated(suite: &mut Suite) -> Result<()> {
    suite.load_with(&Cluster::load("4.16")?, StandInOptions::default())?;
    suite.admin(&["init", "--yes", "--layout=documented"])?.expect_code(0)?;
    suite.reconciled()?;
    let kargs = r#"{"spec": {"kernelArguments": ["nosmt"]}}"#;
    suite.kubectl(&["patch", "machineconfig/01-master-kubelet", "--type=merge", "-p", kargs])?;
    let ran = add(suite, "us-east-1b", &["--dry-run=client"])?.expect_code(3)?;
    ran.expect("stale-after-upgrade")?.expect("machineconfig/01-etcd-kubelet")?;
    Ok(())
}

fn copy(suite: &mut Suite) -> Result<()> {
    for release in ["4.10", "4.16", "4.20"] {
        initialized(suite, release)?;
        suite.reconciled()?;
        // With nobody there to write to it, it is what was asked for.
        suite.stop_stand_ins();
        add(suite, "us-east-1b", &["--wait=false"])?.expect_code(0)?;
        let made = machine(suite, "lab-x99n4-etcd-0")?;
        let master = machine(suite, "lab-x99n4-master-1")?;

        let mut expected = provider_spec(&master).clone();
        let fields = expected.as_object_mut().context("a master has no provider spec")?;
        fields.remove("loadBalancers");
        fields.remove("metadata");
        expected["instanceType"] = "c5n.xlarge".into();
        expected["userDataSecret"] = json!({"name": "etcd-user-data"});
        let root = expected["blockDevices"][0].clone();
        let mut ebs = json!({"encrypted": true, "volumeSize": 64, "volumeType": "gp3"});
        if !root["ebs"]["kmsKey"].is_null() {
            ebs["kmsKey"] = root["ebs"]["kmsKey"].clone();
        }
        expected["blockDevices"] = json!([root, {"deviceName": "/dev/xvdb", "ebs": ebs}]);
        let mut spec = made["spec"].clone();
        // Defaults of the CRD.
        for field in ["lifecycleHooks", "metadata", "authoritativeAPI"] {
            let default = spec.as_object_mut().and_then(|spec| spec.remove(field));
            let is_default =
                matches!(&default, None | Some(Value::String(_))) || default == Some(json!({}));
            assert!(is_default, "{release}: {field} is {default:?}");
        }
        assert_eq!(spec, json!({"providerSpec": {"value": expected}}), "{release}");

        let metadata = &made["metadata"];
        assert_eq!(
            metadata["labels"],
            json!({
                "app.kubernetes.io/managed-by": "oc-etcd",
                "machine.openshift.io/cluster-api-cluster": "lab-x99n4",
                "machine.openshift.io/cluster-api-machine-role": "etcd",
                "machine.openshift.io/cluster-api-machine-type": "etcd",
                "machine.openshift.io/instance-type": "c5n.xlarge",
                "machine.openshift.io/zone": "us-east-1b",
            }),
            "{release}"
        );
        assert_eq!(metadata["annotations"]["oc-etcd/source"], "machine/lab-x99n4-master-1");
        for field in ["ownerReferences", "finalizers"] {
            assert_eq!(metadata[field], Value::Null, "{release} {field}");
        }
        assert_eq!(made["status"], Value::Null, "{release}");
    }
    Ok(())
}

fn known_zones(suite: &mut Suite) -> Result<()> {
    for release in ["4.16", "4.20"] {
        let cluster = Cluster::load(release)?.with("zone-by-machineset")?.with("zone-by-cpms")?;
        prepared(suite, &cluster, StandInOptions::default())?;
        for (zone, of, made) in [
            ("us-east-1d", "machineset/", "lab-x99n4-etcd-0"),
            ("us-east-1e", "controlplanemachineset/cluster", "lab-x99n4-etcd-1"),
        ] {
            add(suite, zone, &[])?.expect_code(0)?.expect(&format!("subnet of {of}"))?;
            let made = machine(suite, made)?;
            assert_eq!(provider_spec(&made)["placement"]["availabilityZone"], zone, "{release}");
            let subnet = provider_spec(&made)["subnet"].to_string();
            assert!(subnet.contains(zone), "{release}: {subnet}");
            assert!(!subnet.contains("us-east-1a"), "{release}: {subnet}");
        }
    }
    Ok(())
}

fn subnet_ids(suite: &mut Suite) -> Result<()> {
    let cluster = Cluster::load("4.16")?.with("subnet-by-id")?;
    prepared(suite, &cluster, StandInOptions::default())?;
    add(suite, "us-east-1a,us-east-1c", &[])?.expect_code(0)?;
    for (made, master) in
        [("lab-x99n4-etcd-0", "lab-x99n4-master-0"), ("lab-x99n4-etcd-1", "lab-x99n4-master-2")]
    {
        let (made, master) = (machine(suite, made)?, machine(suite, master)?);
        let subnet = &provider_spec(&made)["subnet"];
        assert!(subnet["id"].is_string(), "{subnet}");
        assert_eq!(*subnet, provider_spec(&master)["subnet"]);
    }
    Ok(())
}

fn named_subnet(suite: &mut Suite) -> Result<()> {
    prepared(suite, &Cluster::load("4.16")?, StandInOptions::default())?;
    add(suite, "us-east-1f", &["--subnet", "subnet-0123456789abcdef0"])?.expect_code(0)?;
    let made = machine(suite, "lab-x99n4-etcd-0")?;
    assert_eq!(provider_spec(&made)["subnet"], json!({"id": "subnet-0123456789abcdef0"}));
    assert_eq!(provider_spec(&made)["placement"]["availabilityZone"], "us-east-1f");
    Ok(())
}

fn unknown_zone(suite: &mut Suite) -> Result<()> {
    prepared(suite, &Cluster::load("4.16")?, StandInOptions::default())?;
    let before = suite.reconciled()?;
    for zones in ["us-east-1f", "us-east-1a,us-east-1f"] {
        let ran = add(suite, zones, &[])?.expect_code(3)?;
        ran.expect("blocker [zone-unknown]: zone us-east-1f")?
            .expect("us-east-1a, us-east-1b, us-east-1c")?
            .expect("--subnet")?;
    }
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn no_zone(suite: &mut Suite) -> Result<()> {
    prepared(suite, &Cluster::load("4.16")?, StandInOptions::default())?;
    let ran = suite.admin(&["add-machine", "--yes"])?.expect_code(2)?;
    ran.expect("--zone")?.expect("us-east-1a, us-east-1b, us-east-1c")?;
    Ok(())
}

fn before_init(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let before = suite.reconciled()?;
    let ran = add(suite, "us-east-1a", &[])?.expect_code(3)?;
    ran.expect("blocker [not-initialized]")?.expect("oc etcd init")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn again(suite: &mut Suite) -> Result<()> {
    prepared(suite, &Cluster::load("4.16")?, StandInOptions::default())?;
    add(suite, "us-east-1a", &[])?.expect_code(0)?;
    let before = suite.reconciled()?;
    let ran = add(suite, "us-east-1a", &[])?.expect_code(0)?;
    ran.expect("Nothing to do")?.expect("--another")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn another(suite: &mut Suite) -> Result<()> {
    prepared(suite, &Cluster::load("4.16")?, StandInOptions::default())?;
    add(suite, "us-east-1a", &[])?.expect_code(0)?;
    add(suite, "us-east-1a", &["--another"])?.expect_code(0)?;
    assert_eq!(suite.machines()?, ["lab-x99n4-etcd-0", "lab-x99n4-etcd-1"]);
    // The lowest free number is taken.
    suite.kubectl(&["delete", "machine/lab-x99n4-etcd-0", "-n", "openshift-machine-api"])?;
    suite.reconciled()?;
    add(suite, "us-east-1c", &[])?.expect_code(0)?;
    assert_eq!(suite.machines()?, ["lab-x99n4-etcd-0", "lab-x99n4-etcd-1"]);
    Ok(())
}

fn two_zones(suite: &mut Suite) -> Result<()> {
    prepared(suite, &Cluster::load("4.20")?, StandInOptions::default())?;
    let flags = ["add-machine", "--yes", "--zone", "us-east-1c", "--zone", "us-east-1a"];
    suite.admin(&flags)?.expect_code(0)?.expect("The 2 machines are Ready etcd nodes.")?;
    for (name, zone) in [("lab-x99n4-etcd-0", "us-east-1c"), ("lab-x99n4-etcd-1", "us-east-1a")] {
        let made = machine(suite, name)?;
        assert_eq!(provider_spec(&made)["placement"]["availabilityZone"], zone);
    }
    // One of them again, and one more.
    let ran = add(suite, "us-east-1a,us-east-1b", &[])?.expect_code(0)?;
    ran.expect("unchanged machine/lab-x99n4-etcd-1")?.expect("machine/lab-x99n4-etcd-2 created")?;
    Ok(())
}

fn named(suite: &mut Suite) -> Result<()> {
    prepared(suite, &Cluster::load("4.16")?, StandInOptions::default())?;
    add(suite, "us-east-1a", &["--name", "first"])?.expect_code(0)?;
    assert_eq!(suite.machines()?, ["first"]);
    add(suite, "us-east-1a", &["--name", "first"])?.expect_code(0)?.expect("Nothing to do")?;
    let ran = add(suite, "us-east-1a", &["--name", "second"])?.expect_code(0)?;
    ran.expect("Nothing to do")?.expect("use --another to create a second machine")?;
    assert_eq!(suite.machines()?, ["first"]);
    let before = suite.reconciled()?;
    for name in ["first", "lab-x99n4-master-0"] {
        let ran = add(suite, "us-east-1b", &["--name", name])?.expect_code(3)?;
        ran.expect("blocker [foreign-object]")?.expect("choose another --name")?;
    }
    add(suite, "us-east-1b,us-east-1c", &["--name", "x"])?.expect_code(2)?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn disk(suite: &mut Suite) -> Result<()> {
    prepared(suite, &Cluster::load("4.20")?, StandInOptions::default())?;
    let flags = [
        "--wait=false",
        "--instance-type=m6i.xlarge",
        "--volume-size=100",
        "--volume-type=io2",
        "--iops=9000",
        "--kms-key=arn:aws:kms:us-east-1:0:key/x",
        "--device-name=/dev/sdf",
    ];
    add(suite, "us-east-1a", &flags)?.expect_code(0)?;
    let made = machine(suite, "lab-x99n4-etcd-0")?;
    assert_eq!(provider_spec(&made)["instanceType"], "m6i.xlarge");
    assert_eq!(
        provider_spec(&made)["blockDevices"][1],
        json!({"deviceName": "/dev/sdf", "ebs": {
            "encrypted": true,
            "iops": 9000,
            "kmsKey": {"arn": "arn:aws:kms:us-east-1:0:key/x"},
            "volumeSize": 100,
            "volumeType": "io2",
        }})
    );
    for (flags, check) in [
        (["--instance-type=m6g.xlarge", "--wait=false"], "instance-architecture-mismatch"),
        (["--throughput=500", "--wait=false"], "throughput-unsupported"),
        (["--device-name=/dev/xvda", "--wait=false"], "disk-device-uncertain"),
    ] {
        let ran = add(suite, "us-east-1b", &flags)?.expect_code(3)?;
        ran.expect(&format!("blocker [{check}]"))?;
    }
    // The operators may still write to what is there.
    assert!(machine(suite, "lab-x99n4-etcd-1").is_err(), "a refused command made a Machine");
    Ok(())
}

fn fails(suite: &mut Suite) -> Result<()> {
    let failure = MachineFailure {
        machine_or_zone: "us-east-1b".to_owned(),
        message: "error launching instance: InsufficientInstanceCapacity".to_owned(),
    };
    let options = StandInOptions { fail_machines: vec![failure], ..StandInOptions::default() };
    prepared(suite, &Cluster::load("4.16")?, options)?;
    let ran = add(suite, "us-east-1b", &[])?.expect_code(1)?;
    ran.expect("machine/lab-x99n4-etcd-0 failed")?
        .expect("error launching instance: InsufficientInstanceCapacity")?;
    let before = suite.reconciled()?;
    let ran = add(suite, "us-east-1b", &[])?.expect_code(3)?;
    ran.expect("blocker [machine-failed]: machine/lab-x99n4-etcd-0")?
        .expect("InsufficientInstanceCapacity")?
        .expect("oc etcd remove-machine lab-x99n4-etcd-0, then run the command again")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    // It stands in the way of its own zone only.
    add(suite, "us-east-1c", &[])?.expect_code(0)?;
    Ok(())
}

fn resumed(suite: &mut Suite) -> Result<()> {
    slow(suite, Duration::from_millis(400))?;
    let flags = ["add-machine", "--yes", "--zone", "us-east-1a"];
    let running = Suite::begin(suite.oc_etcd(User::Admin, &flags))?;
    suite.wait("the Machine is made", async |rest| {
        let made = rest.get(&MACHINE_OBJECT, MACHINES, "lab-x99n4-etcd-0").await;
        Ok(made.ok())
    })?;
    running.signal("INT")?;
    suite.finish(running)?.expect_code(130)?.expect("run the command again to continue")?;

    let ran = suite.admin(&flags)?.expect_code(0)?;
    ran.expect("follow machine/lab-x99n4-etcd-0")?.expect("The machine is a Ready etcd node.")?;
    assert_eq!(suite.machines()?, ["lab-x99n4-etcd-0"]);
    Ok(())
}

/// Runs `add-machine` for two zones at once.
fn at_once(suite: &Suite, zones: [&str; 2]) -> Result<[Ran; 2]> {
    let begin =
        |zone| Suite::begin(suite.oc_etcd(User::Admin, &["add-machine", "--yes", "--zone", zone]));
    let [first, second] = zones.map(begin);
    Ok([suite.finish(first?)?.expect_code(0)?, suite.finish(second?)?.expect_code(0)?])
}

fn same_zone(suite: &mut Suite) -> Result<()> {
    slow(suite, Duration::from_millis(60))?;
    for (zone, machines) in [("us-east-1a", 1), ("us-east-1b", 2), ("us-east-1c", 3)] {
        for ran in at_once(suite, [zone, zone])? {
            ran.expect("is a Ready etcd node")?;
        }
        assert_eq!(suite.machines()?.len(), machines, "{zone}");
    }
    Ok(())
}

fn other_zone(suite: &mut Suite) -> Result<()> {
    slow(suite, Duration::from_millis(60))?;
    at_once(suite, ["us-east-1a", "us-east-1b"])?;
    assert_eq!(suite.machines()?, ["lab-x99n4-etcd-0", "lab-x99n4-etcd-1"]);
    let zone = |name| -> Result<Value> {
        Ok(provider_spec(&machine(suite, name)?)["placement"]["availabilityZone"].clone())
    };
    assert_ne!(zone("lab-x99n4-etcd-0")?, zone("lab-x99n4-etcd-1")?);
    Ok(())
}

fn deadline(suite: &mut Suite) -> Result<()> {
    slow(suite, Duration::from_secs(60))?;
    let ran = add(suite, "us-east-1a", &["--timeout", "1s"])?.expect_code(124)?;
    ran.expect("timed out after 1s: machine/lab-x99n4-etcd-0 is Pending, waiting for")?
        .expect("→ oc get machine.machine.openshift.io/lab-x99n4-etcd-0 -n openshift-machine-api")?
        .expect("run the command again to continue; increase --timeout to wait longer")?;
    assert_eq!(suite.machines()?, ["lab-x99n4-etcd-0"]);
    Ok(())
}

fn no_wait(suite: &mut Suite) -> Result<()> {
    slow(suite, Duration::from_secs(60))?;
    let ran = add(suite, "us-east-1a", &["--wait=false"])?.expect_code(0)?;
    ran.expect("machine/lab-x99n4-etcd-0 created")?;
    assert_eq!(machine(suite, "lab-x99n4-etcd-0")?["status"], Value::Null);
    Ok(())
}

fn foreign(suite: &mut Suite) -> Result<()> {
    prepared(suite, &Cluster::load("4.16")?, StandInOptions::default())?;
    add(suite, "us-east-1a", &[])?.expect_code(0)?;
    suite.kubectl(&[
        "label",
        "machine/lab-x99n4-etcd-0",
        "-n",
        "openshift-machine-api",
        "app.kubernetes.io/managed-by-",
    ])?;
    let before = suite.reconciled()?;
    let ran = add(suite, "us-east-1a", &[])?.expect_code(0)?;
    let left =
        "leave machine/lab-x99n4-etcd-0 in us-east-1a, not created by oc-etcd; use --another";
    ran.expect(left)?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn deleted(suite: &mut Suite) -> Result<()> {
    slow(suite, Duration::from_secs(60))?;
    let flags = ["add-machine", "--yes", "--zone", "us-east-1a"];
    let mut running = Suite::begin(suite.oc_etcd(User::Admin, &flags))?;
    running.until_printed("machine/lab-x99n4-etcd-0 Pending, waiting for")?;
    suite.kubectl(&["delete", "machine/lab-x99n4-etcd-0", "-n", "openshift-machine-api"])?;
    suite.finish(running)?.expect_code(1)?.expect("machine/lab-x99n4-etcd-0 was deleted")?;
    Ok(())
}

/// The kubelet registers its Node when it starts, and never again. The Machine need not name the Node yet.
fn node_deleted(suite: &mut Suite) -> Result<()> {
    slow(suite, Duration::from_millis(100))?;
    add(suite, "us-east-1a", &[])?.expect_code(0)?;
    let name = "machine/lab-x99n4-etcd-0";
    let node = suite.get(name)?["status"]["nodeRef"]["name"].clone();
    let node = format!("node/{}", node.as_str().context("it has no Node")?);
    suite.stop_stand_ins();
    let registered = suite.get(&node)?;
    let flags = ["add-machine", "--yes", "--zone", "us-east-1a"];
    for (reference, phase) in
        [(json!({"name": &node[5..]}), "Running"), (json!(null), "Provisioned")]
    {
        let mut not_ready = without_versions(registered.clone());
        not_ready["status"]["conditions"] = json!([{"type": "Ready", "status": "False"}]);
        let file = suite.write_file("node.json", &not_ready.to_string())?;
        if suite.get(&node).is_err() {
            suite.kubectl(&["create", "-f", &file])?;
        }
        suite.kubectl(&["replace", "--subresource=status", "-f", &file])?;
        let status = json!({"status": {"phase": phase, "nodeRef": reference}}).to_string();
        let change = ["--subresource=status", "--type=merge", "-p", &status];
        suite.kubectl(&[&["patch", name, "-n=openshift-machine-api"][..], &change].concat())?;
        let mut running = Suite::begin(suite.oc_etcd(User::Admin, &flags))?;
        running.until_printed("Running, waiting for the Node to be Ready")?;
        suite.kubectl(&["delete", &node])?;
        let ran = suite.finish(running)?.expect_code(1)?;
        ran.expect(&format!("{name}: its Node {} was deleted", &node[5..]))?;
    }
    Ok(())
}

fn unlabeled(suite: &mut Suite) -> Result<()> {
    slow(suite, Duration::from_secs(60))?;
    let machine = "machine/lab-x99n4-etcd-0";
    let role = "machine.openshift.io/cluster-api-machine-role";
    let label = |change: &str| {
        suite.kubectl(&["label", "--overwrite", machine, "-n", "openshift-machine-api", change])
    };
    for change in [format!("{role}-"), format!("{role}=worker")] {
        let flags = ["add-machine", "--yes", "--zone", "us-east-1a"];
        let mut running = Suite::begin(suite.oc_etcd(User::Admin, &flags))?;
        running.until_printed("Pending, waiting for")?;
        label(&change)?;
        let expected = format!("{machine} lost its label {role}=etcd");
        suite.finish(running)?.expect_code(1)?.expect(&expected)?;
        label(&format!("{role}=etcd"))?;
    }
    Ok(())
}
