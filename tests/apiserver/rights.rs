//! The roles of deploy/rbac.yaml: each right that a command needs is missed by name when the object no longer exists,
//! before anything is written.

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::kind::{self, Kind, MACHINE_CONFIG_OBJECT};
use oc_etcd_lab::rest::PatchType;
use oc_etcd_lab::{Cluster, User};
use serde_json::{Value, json};

use crate::Case;
use crate::observe::{Versions, written};
use crate::suite::Suite;

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("each_right_that_init_needs_is_missed_by_name_before_any_write", init),
        ("each_right_that_add_machine_needs_is_missed_by_name_before_any_write", add_machine),
        ("a_removal_needs_the_right_to_delete_and_nothing_else_does", removal),
        ("each_right_that_remove_machine_needs_is_missed_by_name_before_any_write", remove_machine),
        ("each_right_that_teardown_needs_is_missed_by_name_before_any_write", teardown),
        ("an_operator_may_remove_no_machine_and_no_pool", operator_removes),
        ("a_run_that_does_not_wait_needs_no_right_to_watch", without_waiting),
        ("status_shows_what_it_may_read_and_marks_the_rest", status),
        ("a_status_that_may_not_be_watched_ends_with_the_missing_right", watched_status),
        ("check_names_each_right_that_is_missing_and_what_it_may_not_see", check),
    ]
}

/// A right: the verb, the resource with its group, the object where it is limited to one, and the
/// namespace of the Role that grants it; `None` for the cluster-wide one.
struct Right {
    verb: &'static str,
    resource: &'static str,
    name: Option<&'static str>,
    namespace: Option<&'static str>,
}

const fn everywhere(verb: &'static str, resource: &'static str) -> Right {
    Right { verb, resource, name: None, namespace: None }
}

const fn machine_api(verb: &'static str, resource: &'static str) -> Right {
    Right { verb, resource, name: None, namespace: Some("openshift-machine-api") }
}

impl Right {
    const fn on(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }

    /// The resource and its group, empty for the core group.
    fn parts(&self) -> (&'static str, &'static str) {
        self.resource.split_once('.').unwrap_or((self.resource, ""))
    }

    /// How a finding speaks of it.
    fn denial(&self) -> String {
        let name = self.name.map(|it| format!(" {it}")).unwrap_or_default();
        let place = self.namespace.map(|it| format!(" in {it}")).unwrap_or_default();
        format!("you may not {} {}{name}{place}", self.verb, self.resource)
    }

    fn question(&self) -> String {
        let place = self.namespace.map(|it| format!(" -n {it}")).unwrap_or_default();
        let name = self.name.map(|it| format!("/{it}")).unwrap_or_default();
        format!("oc auth can-i {} {}{name}{place}", self.verb, self.resource)
    }

    /// The role without it. A rule over several objects or resources keeps it for the others.
    fn taken_from(&self, role: &Value) -> Value {
        let mut rules = Vec::new();
        for rule in role["rules"].as_array().into_iter().flatten() {
            for resource in rule["resources"].as_array().into_iter().flatten() {
                let mut one = rule.clone();
                one["resources"] = json!([resource]);
                self.take_from_rule(&mut one);
                rules.push(one);
            }
        }
        let mut role = bare(role);
        role["rules"] = Value::Array(rules);
        role
    }

    fn take_from_rule(&self, rule: &mut Value) {
        let (resource, group) = self.parts();
        let names = rule["resourceNames"].as_array();
        let is_named = self.name.is_none_or(|name| {
            names.is_some_and(|names| names.iter().any(|it| it.as_str() == Some(name)))
        });
        if rule["resources"][0] == resource && rule["apiGroups"][0] == group && is_named {
            let verbs = rule["verbs"].as_array().into_iter().flatten();
            let kept: Vec<Value> = verbs.filter(|it| **it != self.verb).cloned().collect();
            // A rule without verbs is none.
            rule["verbs"] = if kept.is_empty() { json!(["deletecollection"]) } else { json!(kept) };
        }
    }
}

/// A role as it is applied.
fn bare(role: &Value) -> Value {
    let mut metadata = json!({"name": role["metadata"]["name"]});
    if let Some(namespace) = kind::namespace(role) {
        metadata["namespace"] = namespace.into();
    }
    json!({
        "apiVersion": role["apiVersion"],
        "kind": role["kind"],
        "metadata": metadata,
        "rules": role["rules"],
    })
}

/// Does something while a user lacks a right, and gives it back.
fn without<T>(
    suite: &Suite,
    user: User,
    right: &Right,
    act: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let name = format!("oc-etcd-{}", user.name());
    let of_kind = |kind: &str| {
        let head = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind});
        Kind::of(&head)
    };
    let kind = of_kind(if right.namespace.is_some() { "Role" } else { "ClusterRole" })?;
    let role = suite.ask(async |rest| Ok(rest.get(&kind, right.namespace, &name).await?))?;
    put(suite, &kind, &right.taken_from(&role))?;
    expect_allowed(suite, user, right, false)?;
    let done = act();
    put(suite, &kind, &bare(&role))?;
    expect_allowed(suite, user, right, true)?;
    done.with_context(|| format!("without the right to {} {}", right.verb, right.resource))
}

fn put(suite: &Suite, kind: &Kind, role: &Value) -> Result<()> {
    suite.ask(async |rest| {
        rest.patch(kind, role, None, PatchType::Apply, role).await?;
        Ok(())
    })
}

/// Waits until the server has followed the change of a role.
fn expect_allowed(suite: &Suite, user: User, right: &Right, wanted: bool) -> Result<()> {
    let (resource, group) = right.parts();
    let review = json!({
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user.name(), "resourceAttributes": {
            "verb": right.verb,
            "group": group,
            "resource": resource,
            "namespace": right.namespace,
            "name": right.name,
        }},
    });
    let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    suite.wait("the server follows the role", async |rest| {
        let request = http::Request::post(path)
            .header(http::header::CONTENT_TYPE, "application/json")
            .body(review.to_string().into_bytes())?;
        let answer: Value = rest.client().request(request).await?;
        Ok((answer["status"]["allowed"] == wanted).then_some(()))
    })
}

/// Runs a command as a user without each of the rights. It is refused by name, and writes nothing.
fn refused(suite: &Suite, user: User, arguments: &[&str], rights: &[Right]) -> Result<()> {
    for right in rights {
        let before = suite.reconciled()?;
        without(suite, user, right, || {
            let ran = suite.run(user, arguments)?.expect_code(3)?;
            ran.expect("blocker [permission-denied]")?
                .expect(&right.denial())?
                .expect("bind a role of deploy/rbac.yaml to the user")?
                .expect(&right.question())?;
            unwritten(suite, &before)
        })?;
    }
    Ok(())
}

fn unwritten(suite: &Suite, before: &Versions) -> Result<()> {
    let written = written(before, &suite.everything()?);
    ensure!(written.is_empty(), "written: {written:?}");
    Ok(())
}

const MACHINE_CONFIGS: &str = "machineconfigs.machineconfiguration.openshift.io";
const POOLS: &str = "machineconfigpools.machineconfiguration.openshift.io";
const MACHINES: &str = "machines.machine.openshift.io";

fn init(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let rights = [
        everywhere("get", "infrastructures.config.openshift.io").on("cluster"),
        everywhere("get", "clusterversions.config.openshift.io").on("version"),
        everywhere("get", "clusteroperators.config.openshift.io").on("etcd"),
        everywhere("get", "validatingadmissionpolicies.admissionregistration.k8s.io")
            .on("custom-machine-config-pool-selector"),
        everywhere("get", MACHINE_CONFIGS),
        everywhere("list", MACHINE_CONFIGS),
        everywhere("watch", MACHINE_CONFIGS),
        everywhere("create", MACHINE_CONFIGS),
        everywhere("patch", MACHINE_CONFIGS),
        everywhere("get", POOLS),
        everywhere("list", POOLS),
        everywhere("watch", POOLS),
        everywhere("create", POOLS),
        everywhere("patch", POOLS),
        machine_api("list", MACHINES),
        machine_api("get", "secrets").on("master-user-data"),
        machine_api("get", "secrets").on("etcd-user-data"),
        machine_api("patch", "secrets").on("etcd-user-data"),
        machine_api("create", "secrets"),
    ];
    refused(suite, User::Operator, &["init", "--yes"], &rights)?;
    // What comes after the cluster is named in the same run.
    let [cluster, create] = [&rights[0], &rights[7]];
    without(suite, User::Operator, cluster, || {
        without(suite, User::Operator, create, || {
            let ran = suite.run(User::Operator, &["init", "--yes"])?.expect_code(3)?;
            ran.expect(&cluster.denial())?.expect(&create.denial())?;
            Ok(())
        })
    })?;
    suite.run(User::Operator, &["init", "--yes"])?.expect_code(0)?;
    Ok(())
}

fn add_machine(suite: &mut Suite) -> Result<()> {
    super::init::initialized(suite, "4.16")?;
    let rights = [
        everywhere("get", "infrastructures.config.openshift.io").on("cluster"),
        everywhere("get", "clusterversions.config.openshift.io").on("version"),
        everywhere("list", MACHINE_CONFIGS),
        everywhere("list", POOLS),
        everywhere("list", "nodes"),
        everywhere("watch", "nodes"),
        machine_api("list", MACHINES),
        machine_api("watch", MACHINES),
        machine_api("create", MACHINES),
    ];
    let arguments = ["add-machine", "--yes", "--zone", "us-east-1a"];
    refused(suite, User::Operator, &arguments, &rights)?;
    suite.run(User::Operator, &arguments)?.expect_code(0)?;
    Ok(())
}

fn removal(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?.with("user-machine-configs")?)?;
    let right = everywhere("delete", MACHINE_CONFIGS);
    let run = |suite: &Suite, code| {
        suite.run(User::Operator, &["init", "--layout=documented", "--yes"])?.expect_code(code)
    };
    without(suite, User::Operator, &right, || run(suite, 0))?;
    suite.ask(async |rest| {
        Ok(rest.delete(&MACHINE_CONFIG_OBJECT, None, "99-master-chrony").await?)
    })?;
    refused(suite, User::Operator, &["init", "--yes"], &[right])?;
    run(suite, 0)?.expect("machineconfig/99-etcd-chrony deleted")?;
    Ok(())
}

/// A cluster with a pool and one machine.
fn with_machine(suite: &mut Suite) -> Result<()> {
    super::init::initialized(suite, "4.16")?;
    suite.admin(&["add-machine", "--yes", "--zone", "us-east-1a"])?.expect_code(0)?;
    suite.reconciled().map(drop)
}

/// What both commands need that remove.
fn removing() -> Vec<Right> {
    let endpoints = Right {
        verb: "get",
        resource: "configmaps",
        name: Some("etcd-endpoints"),
        namespace: Some("openshift-etcd"),
    };
    vec![
        everywhere("get", "infrastructures.config.openshift.io").on("cluster"),
        everywhere("get", "clusterversions.config.openshift.io").on("version"),
        everywhere("list", "nodes"),
        everywhere("watch", "nodes"),
        machine_api("list", MACHINES),
        machine_api("watch", MACHINES),
        machine_api("delete", MACHINES),
        everywhere("get", "etcds.operator.openshift.io").on("cluster"),
        everywhere("list", "pods"),
        endpoints,
    ]
}

fn remove_machine(suite: &mut Suite) -> Result<()> {
    with_machine(suite)?;
    let arguments = ["remove-machine", "--yes", "lab-x99n4-etcd-0"];
    refused(suite, User::Remover, &arguments, &removing())?;
    suite.run(User::Remover, &arguments)?.expect_code(0)?.expect("are deleted")?;
    suite.run(User::Remover, &["status"])?.expect_code(0)?;
    Ok(())
}

fn teardown(suite: &mut Suite) -> Result<()> {
    with_machine(suite)?;
    let mut rights = removing();
    rights.extend([
        everywhere("list", MACHINE_CONFIGS),
        everywhere("watch", MACHINE_CONFIGS),
        everywhere("delete", MACHINE_CONFIGS),
        everywhere("list", POOLS),
        everywhere("delete", POOLS).on("etcd"),
        machine_api("list", "machinesets.machine.openshift.io"),
        machine_api("get", "secrets").on("etcd-user-data"),
        machine_api("delete", "secrets").on("etcd-user-data"),
    ]);
    refused(suite, User::Remover, &["teardown", "--yes"], &rights)?;
    suite.run(User::Remover, &["teardown", "--yes"])?.expect_code(0)?;
    suite.run(User::Remover, &["status"])?.expect_code(0)?.expect("not initialized")?;
    Ok(())
}

fn operator_removes(suite: &mut Suite) -> Result<()> {
    with_machine(suite)?;
    let before = suite.reconciled()?;
    let denied = "you may not delete machines.machine.openshift.io in openshift-machine-api";
    for arguments in [&["remove-machine", "--yes", "lab-x99n4-etcd-0"][..], &["teardown", "--yes"]]
    {
        let ran = suite.run(User::Operator, arguments)?.expect_code(3)?;
        ran.expect("blocker [permission-denied]")?.expect(denied)?;
    }
    unwritten(suite, &before)
}

fn without_waiting(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let run =
        |suite: &Suite, flag| suite.run(User::Operator, &["init", "--yes", flag])?.expect_code(0);
    without(suite, User::Operator, &everywhere("watch", POOLS), || {
        run(suite, "--dry-run=server")?;
        run(suite, "--dry-run=client")?;
        run(suite, "--wait=false")
    })?;
    Ok(())
}

fn status(suite: &mut Suite) -> Result<()> {
    super::init::initialized(suite, "4.16")?;
    suite.admin(&["add-machine", "--yes", "--zone", "us-east-1a"])?.expect_code(0)?;
    suite.reconciled()?;
    for (right, what, shown) in [
        (everywhere("list", "nodes"), "nodes", "lab-x99n4-etcd-0"),
        (everywhere("list", MACHINE_CONFIGS), MACHINE_CONFIGS, "lab-x99n4-etcd-0"),
        (everywhere("list", POOLS), POOLS, "lab-x99n4-etcd-0"),
        (machine_api("list", MACHINES), MACHINES, "MachineConfigs"),
        (
            everywhere("get", "etcds.operator.openshift.io").on("cluster"),
            "etcd/cluster",
            "lab-x99n4-etcd-0",
        ),
        (
            Right { verb: "list", resource: "pods", name: None, namespace: Some("openshift-etcd") },
            "pods in openshift-etcd",
            "lab-x99n4-etcd-0",
        ),
    ] {
        without(suite, User::Viewer, &right, || {
            let ran = suite.run(User::Viewer, &["status", "-o", "json"])?;
            ensure!([0, 5].contains(&ran.code), "{}: {}", ran.code, ran.stderr);
            let unreadable = ran.json()?["unreadable"].clone();
            let is_told = unreadable.as_array().into_iter().flatten().any(|it| it["what"] == what);
            ensure!(is_told, "{what} is not in {unreadable}");
            let ran = suite.run(User::Viewer, &["status"])?;
            ran.expect("could not be read: forbidden")?.expect(shown)?;
            Ok(())
        })?;
    }
    Ok(())
}

/// As `kubectl get --watch`, which shows the objects and ends with the error. What may not be read is told once, and
/// everything else is watched.
fn watched_status(suite: &mut Suite) -> Result<()> {
    super::init::initialized(suite, "4.16")?;
    suite.reconciled()?;
    let ended = ["--timeout=3s", "-o=jsonpath={.health} "];
    let watch = |code| {
        suite.run(User::Viewer, &[&["status", "-w"], &ended[..]].concat())?.expect_code(code)
    };
    for right in [everywhere("watch", "nodes"), machine_api("watch", MACHINES)] {
        without(suite, User::Viewer, &right, || {
            let (resource, group) = right.parts();
            let told = format!("cannot watch resource \"{resource}\" in API group \"{group}\"");
            let ran = watch(1)?.expect(&told)?;
            ensure!(ran.stdout.starts_with("healthy "), "{ran:?}");
            let wait = ["status", "--wait-for=machines=1", "--timeout=3s"];
            suite.run(User::Viewer, &wait)?.expect_code(1)?.expect(&told)?;
            Ok(())
        })?;
    }
    let pods = Right { namespace: Some("openshift-etcd"), ..everywhere("list", "pods") };
    without(suite, User::Viewer, &pods, || {
        let ran = watch(0)?.expect("pods in openshift-etcd could not be read: forbidden")?;
        ensure!(!ran.stderr.contains("error"), "{ran:?}");
        Ok(())
    })?;
    Ok(())
}

fn check(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    for right in [
        everywhere("create", MACHINE_CONFIGS),
        everywhere("watch", POOLS),
        everywhere("watch", "nodes"),
        machine_api("create", MACHINES),
        machine_api("get", "secrets").on("master-user-data"),
        everywhere("get", "etcds.operator.openshift.io").on("cluster"),
    ] {
        without(suite, User::Operator, &right, || {
            // What the user may not do, and the user data, tell nothing about the cluster.
            let is_read = right.verb == "get" && !right.resource.starts_with("secrets");
            let code = if is_read { 5 } else { 0 };
            let ran = suite.run(User::Operator, &["check"])?.expect_code(code)?;
            ran.expect("[permission-denied]")?
                .expect(&right.denial())?
                .expect(&right.question())?;
            Ok(())
        })?;
    }
    for (right, unknown) in [
        (machine_api("list", "machinesets.machine.openshift.io"), "zone-subnet-mismatch"),
        (everywhere("list", "nodes"), "node-not-joining"),
        (everywhere("list", MACHINE_CONFIGS), "source-missing"),
    ] {
        without(suite, User::Viewer, &right, || {
            let ran = suite.run(User::Viewer, &["check"])?.expect_code(5)?;
            ran.expect(&right.denial())?.expect(&format!("could not be read [{unknown}]"))?;
            Ok(())
        })?;
    }
    suite.run(User::Operator, &["check"])?.expect_code(0)?;
    Ok(())
}
