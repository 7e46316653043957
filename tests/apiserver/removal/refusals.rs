//! What `remove-machine` refuses: members of etcd, other roles, machines of somebody else's.

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::User;
use oc_etcd_lab::kind::{CONFIG_MAP, Kind, MACHINE_OBJECT, POD};
use oc_etcd_lab::rest::PatchType;
use oc_etcd_lab::standin::etcd_pod;
use serde_json::{Value, json};

use super::{FIRST, NAMESPACE, change, disown, node_of, remove, unwritten, with_machines};
use crate::Case;
use crate::suite::Suite;

/// The tests.
pub(super) fn cases() -> Vec<Case> {
    vec![
        ("a_machine_that_carries_a_member_of_etcd_is_never_removed", member),
        ("a_member_that_moves_while_the_question_stands_keeps_the_machine", moved_member),
        ("without_the_members_addresses_no_machine_is_removed", unknown_members),
        ("a_pod_that_runs_an_etcd_keeps_the_machine_in_whatever_namespace_it_is", pods),
        ("a_learner_keeps_every_machine", learner),
        ("machines_of_the_control_plane_and_of_other_roles_are_never_removed", other_roles),
        ("a_machine_of_somebody_else_goes_only_by_its_own_name", foreign),
        ("a_machine_of_somebody_else_goes_when_its_name_is_typed", typed),
    ]
}

pub(crate) fn set_members(suite: &Suite, data: &Value) -> Result<()> {
    suite.ask(async |rest| {
        let endpoints = rest.get(&CONFIG_MAP, Some("openshift-etcd"), "etcd-endpoints").await?;
        let change = json!({"data": data});
        rest.patch(&CONFIG_MAP, &endpoints, None, PatchType::Merge, &change).await?;
        Ok(())
    })
}

fn member(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    let machine = suite.get(&format!("machine/{FIRST}"))?;
    let address = machine["status"]["addresses"][0]["address"].clone();
    set_members(suite, &json!({"8e9e05c52164694d": address}))?;
    unwritten(suite, || {
        for arguments in [&["remove-machine", FIRST, "--yes"][..], &["teardown", "--yes"]] {
            let ran = suite.admin(arguments)?.expect_code(3)?;
            ran.expect(&format!("blocker [carries-etcd-member]: machine/{FIRST}"))?
                .expect("an etcd member runs on the machine, at 10.0.")?;
        }
        Ok(())
    })?;
    // The operator's hook says the same, whatever the list of members says.
    set_members(suite, &json!({"8e9e05c52164694d": null}))?;
    let hook = json!([{"name": "EtcdQuorumOperator", "owner": "clusteroperator/etcd"}]);
    change(suite, FIRST, &json!({"spec": {"lifecycleHooks": {"preDrain": hook}}}))?;
    unwritten(suite, || {
        let ran = remove(suite, &[FIRST])?.expect_code(3)?;
        ran.expect("blocker [carries-etcd-member]")?
            .expect("etcd's operator protects the machine")?;
        Ok(())
    })
}

fn moved_member(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    let machine = suite.get(&format!("machine/{FIRST}"))?;
    let address = machine["status"]["addresses"][0]["address"].clone();
    let members = json!({"8e9e05c52164694d": address});
    let arguments = ["remove-machine", FIRST];
    let answer = ("Remove 1 machine? [y/N]:", "y\n");
    let ran =
        suite.typed_while(User::Admin, &arguments, answer, || set_members(suite, &members))?;
    ran.expect(&format!(" [carries-etcd-member]: machine/{FIRST}"))?.expect_code(3)?;
    assert!(suite.get(&format!("machine/{FIRST}"))?["metadata"]["deletionTimestamp"].is_null());
    Ok(())
}

fn unknown_members(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    set_members(suite, &json!({"a30eed9023167c27": "not an address"}))?;
    let told = "it is unknown whether an etcd member runs on a machine";
    unwritten(suite, || {
        remove(suite, &[FIRST])?.expect_code(3)?.expect("blocker [unreadable]")?.expect(told)?;
        Ok(())
    })?;
    suite.kubectl(&["delete", "configmap/etcd-endpoints", "-n", "openshift-etcd"])?;
    unwritten(suite, || {
        remove(suite, &[FIRST])?.expect_code(3)?.expect("blocker [unreadable]")?.expect(told)?;
        suite.admin(&["teardown", "--yes"])?.expect_code(3)?.expect(told)?;
        for command in ["status", "check"] {
            let ran = suite.admin(&[command])?.expect_code(5)?;
            ran.expect(
                "configmap/etcd-endpoints: the object does not exist, so it is unknown where etcd's members run",
            )?;
        }
        Ok(())
    })
}

fn add_pod(suite: &Suite, pod: &Value) -> Result<()> {
    suite.ask(async |rest| Ok(rest.create(&POD, pod).await.map(drop)?))
}

fn pods(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a,us-east-1b")?;
    let (node, other) = (node_of(suite, FIRST)?, node_of(suite, "lab-x99n4-etcd-1")?);
    // What runs on another Node, and what is no etcd, keeps nothing.
    add_pod(suite, &etcd_pod::operators(&other))?;
    add_pod(suite, &etcd_pod::of_somebody("default", "etcdctl", &node, &["etcdctl", "watch"]))?;
    remove(suite, &[FIRST, "--dry-run=server"])?.expect_code(0)?;
    add_pod(
        suite,
        &etcd_pod::of_somebody("default", "mine", &node, &["/usr/bin/etcd", "--pw=CANARY"]),
    )?;
    unwritten(suite, || {
        for arguments in [&["remove-machine", FIRST, "--yes"][..], &["teardown", "--yes"]] {
            let ran = suite.admin(arguments)?.expect_code(3)?;
            let is_shown = format!("{}{}", ran.stdout, ran.stderr).contains("CANARY");
            ensure!(!is_shown, "a command is shown");
            ran.expect(&format!("blocker [carries-etcd-member]: machine/{FIRST}"))?
                .expect(&format!(
                    "pod/mine runs on its Node {node}: the container main runs etcd, as far as"
                ))?
                .expect("oc describe pod/mine -n default")?;
        }
        Ok(())
    })?;
    // `status` reads the Pods of OpenShift's own etcd: one on an etcd node is no member that it lists.
    let ran = suite.admin(&["status"])?.expect_code(5)?;
    ran.expect(&format!(
        "warning [etcd-members-unmanaged]: node/{other}: pod/etcd-{other} counts as an etcd that"
    ))?;
    // Nor does the label decide, by which OpenShift's own are known.
    let mut unlabeled =
        etcd_pod::of_somebody("openshift-etcd", "unlabeled", &node, &["/usr/bin/etcd"]);
    unlabeled["metadata"]["labels"] = Value::Null;
    add_pod(suite, &unlabeled)?;
    let ran = suite.admin(&["status"])?.expect_code(5)?;
    ran.expect(&format!(
        "warning [etcd-members-unmanaged]: node/{node}: pod/unlabeled counts as an etcd that"
    ))?;
    suite.kubectl(&["delete", "pod", "unlabeled", "-n", "openshift-etcd"])?;
    suite.kubectl(&["delete", "pod", "mine", "-n", "default"])?;
    remove(suite, &[FIRST])?.expect_code(0)?;
    Ok(())
}

fn learner(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    let kind = Kind::of(&json!({"apiVersion": "operator.openshift.io/v1", "kind": "Etcd"}))?;
    let etcd = suite.get("etcd/cluster")?;
    let mut conditions = etcd["status"]["conditions"].clone();
    let available = conditions.as_array_mut().into_iter().flatten();
    for it in available.filter(|it| it["type"] == "EtcdMembersAvailable") {
        it["message"] = "4 members are available".into();
    }
    let change = json!({"status": {"conditions": conditions}});
    suite.ask(async |rest| {
        rest.patch(&kind, &etcd, Some("status"), PatchType::Merge, &change).await?;
        Ok(())
    })?;
    let told =
        "the operator counts 4 members but configmap/etcd-endpoints lists 3, without learners";
    unwritten(suite, || {
        for arguments in [&["remove-machine", FIRST, "--yes"][..], &["teardown", "--yes"]] {
            let ran = suite.admin(arguments)?.expect_code(3)?;
            ran.expect("blocker [etcd-unhealthy]: etcd/cluster")?.expect(told)?;
        }
        Ok(())
    })?;
    suite.admin(&["status"])?.expect_code(5)?.expect("warning [etcd-unhealthy]")?.expect(told)?;
    Ok(())
}

fn other_roles(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a")?;
    let all = suite.ask(async |rest| Ok(rest.list(&MACHINE_OBJECT, NAMESPACE, None).await?))?;
    let role = |it: &Value| {
        it["metadata"]["labels"]["machine.openshift.io/cluster-api-machine-role"].clone()
    };
    let name = |wanted: &str| {
        let found = all.iter().find(|it| role(it) == wanted);
        found.and_then(|it| it["metadata"]["name"].as_str()).context("there is none")
    };
    let (master, worker) = (name("master")?, name("worker")?);
    unwritten(suite, || {
        for (name, check) in [(master, "control-plane-machine"), (worker, "machine-role-wrong")] {
            let ran = remove(suite, &[name, "--confirm", name])?.expect_code(3)?;
            ran.expect(&format!("blocker [{check}]: machine/{name}"))?;
        }
        Ok(())
    })?;
    // An etcd node that somebody made a master is one.
    let node = node_of(suite, FIRST)?;
    suite.kubectl(&["label", "node", &node, "node-role.kubernetes.io/master="])?;
    unwritten(suite, || {
        let ran = remove(suite, &[FIRST])?.expect_code(3)?;
        ran.expect("blocker [control-plane-machine]")?
            .expect(&format!("its Node {node} has a label of the control plane"))?;
        Ok(())
    })
}

fn foreign(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a,us-east-1b")?;
    disown(suite, FIRST)?;
    unwritten(suite, || {
        for flags in [&[FIRST][..], &[FIRST, "--confirm", "lab-x99n4-etcd-1"]] {
            let ran = remove(suite, flags)?.expect_code(3)?;
            ran.expect(&format!("blocker [foreign-machine]: machine/{FIRST}"))?
                .expect(&format!("oc etcd remove-machine {FIRST} --yes --confirm={FIRST}"))?;
        }
        Ok(())
    })?;
    let confirm = format!("--confirm={FIRST}");
    let ran = remove(suite, &[FIRST, &confirm])?.expect_code(0)?;
    ran.expect("warning [foreign-machine]")?.expect(&format!("machine/{FIRST} deleted"))?;
    assert_eq!(suite.machines()?, ["lab-x99n4-etcd-1"]);
    Ok(())
}

fn typed(suite: &mut Suite) -> Result<()> {
    with_machines(suite, "us-east-1a,us-east-1b")?;
    disown(suite, FIRST)?;
    let question = format!("Type {FIRST} to remove this machine, which oc-etcd did not create");
    unwritten(suite, || {
        for typed in ["y\n", "yes\n", "\n", "lab-x99n4-etcd-1\n"] {
            let ran = suite.typed(User::Admin, &["remove-machine", FIRST], (&question, typed))?;
            ran.expect_code(4)?.expect("nothing was written")?;
        }
        // The other one is asked about as usual.
        let both = ["remove-machine", FIRST, "lab-x99n4-etcd-1"];
        let mut running = suite.on_terminal(User::Admin, &both)?;
        running.until_printed(&question)?;
        running.type_text(&format!("{FIRST}\n"))?;
        running.until_printed("Remove 2 machines? [y/N]:")?;
        running.type_text("n\n")?;
        suite.finish(running)?.expect_code(4).map(drop)
    })?;
    let name = format!("{FIRST}\n");
    suite.typed(User::Admin, &["remove-machine", FIRST], (&question, &name))?.expect_code(0)?;
    assert_eq!(suite.machines()?, ["lab-x99n4-etcd-1"]);
    Ok(())
}
