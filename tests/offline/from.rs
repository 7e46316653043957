//! `--from`: a must-gather, and files of `oc get`, in the place of a cluster. Runs the built program.
//!
//! The files are made of tests/fixtures, as `oc adm inspect` and `oc get` write them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oc_etcd::model::kind::Kind;
use oc_etcd::model::layout::Layout;
use oc_etcd::plan::LayoutChoice;
use oc_etcd::plan::init::{self, InitRequest};
use oc_etcd_lab::Cluster;
use serde_json::{Value, json};

use crate::golden_file::{self, Folder};
use crate::program::{self, Run, directory, run};
use crate::snapshot;

/// The folder of golden files that is this module's.
pub(crate) const FOLDER: &str = "from-must-gather";

/// The folder of an image, as `oc adm must-gather` calls it.
const IMAGE: &str = "quay-io-openshift-release-dev-ocp-v4-0-art-dev-sha256-0123";

const TIMESTAMP: &str = "2024-08-21 14:00:00.5 +0200 CEST m=+0.07\n\
                         2024-08-21 14:09:00.1 +0200 CEST m=+540.7\n";

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub(crate) fn yaml(value: &Value) -> String {
    oc_etcd::model::yaml::to_string(value).unwrap()
}

/// Below which folder of an image `oc adm inspect` puts an object, and under which plural.
fn home(object: &Value) -> Option<(String, &'static str)> {
    let kind = Kind::of(object["apiVersion"].as_str()?, object["kind"].as_str()?)?;
    let resource = kind.resource();
    let group = if resource.group.is_empty() { "core" } else { resource.group };
    let folder = match object["metadata"]["namespace"].as_str() {
        Some(namespace) => format!("namespaces/{namespace}/{group}"),
        None => format!("cluster-scoped-resources/{group}"),
    };
    Some((folder, resource.plural))
}

/// Writes a cluster as a must-gather: lists of the configuration and of what a namespace holds, single
/// objects of the rest, and beside them what nobody should look at.
pub(crate) fn must_gather(name: &str, cluster: &Cluster) -> PathBuf {
    let top = directory(name);
    let image = top.join(IMAGE);
    write(&top.join("timestamp"), TIMESTAMP);
    write(&image.join("version"), "openshift/must-gather\n4.16.8\n");
    let mut lists: BTreeMap<PathBuf, Vec<Value>> = BTreeMap::new();
    for object in cluster.objects() {
        let Some((folder, plural)) = home(object) else { continue };
        let folder = image.join(folder);
        let mut object = object.clone();
        let data = object["data"].as_object_mut().filter(|_| plural == "secrets");
        for value in data.into_iter().flatten().map(|it| it.1) {
            let size = value.as_str().map_or(0, |it| STANDARD.decode(it).unwrap().len());
            *value = STANDARD.encode(format!("{size} bytes long")).into();
        }
        match plural {
            "infrastructures" | "clusterversions" | "etcds" | "configmaps" | "secrets" => {
                lists.entry(folder.join(plural).with_extension("yaml")).or_default().push(object);
            }
            _ => {
                let name = object["metadata"]["name"].as_str().unwrap();
                write(
                    &folder.join(plural).join(format!("{name}.yaml")),
                    &format!("---\n{}", yaml(&object)),
                );
            }
        }
    }
    for (path, items) in lists {
        let (api_version, kind) = (&items[0]["apiVersion"], items[0]["kind"].as_str().unwrap());
        let kind = format!("{kind}List");
        let list = json!({"apiVersion": api_version, "kind": kind, "metadata": {}, "items": items});
        write(&path, &format!("---\n{}", yaml(&list)));
    }
    let broken = "kind: [CANARY\n";
    for path in [
        "namespaces/openshift-etcd/pods/etcd-0/etcd/etcd/logs/current.yaml",
        "namespaces/openshift-console/core/secrets.yaml",
        "cluster-scoped-resources/core/persistentvolumes/pv.yaml",
        "cluster-scoped-resources/machineconfiguration.openshift.io/machineconfigs/rendered-worker-0.yaml",
        "audit_logs/kube-apiserver/audit.yaml",
    ] {
        write(&image.join(path), broken);
    }
    top
}

/// The program's answer, with `DIR` for the directory.
fn shown(directory: &Path, arguments: &[&str]) -> (i32, String) {
    let from = directory.to_str().unwrap();
    let name = directory.file_name().unwrap().to_str().unwrap();
    let Run { code, stdout, stderr } = run(&[arguments, &["--from", from]].concat());
    (
        code,
        format!("{stdout}---\n{stderr}")
            .replace(from, "DIR")
            .replace(&format!("in {name}"), "in DIR"),
    )
}

fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

pub(crate) fn plain(name: &str, files: &[(&str, String)]) -> PathBuf {
    let top = directory(name);
    for (path, text) in files {
        write(&top.join(path), text);
    }
    top
}

fn objects() -> Vec<Value> {
    Cluster::load("4.16").unwrap().objects().to_vec()
}

/// All but one kind's.
fn without(kind: &str) -> String {
    let kept = objects().into_iter().filter(|it| it["kind"] != kind);
    json!({"apiVersion": "v1", "kind": "List", "items": kept.collect::<Vec<_>>()}).to_string()
}

/// The cluster after `init`, with the pool rendered.
pub(crate) fn initialized() -> Cluster {
    initialized_as(Layout::Inherit)
}

/// The same in a layout.
pub(crate) fn initialized_as(layout: Layout) -> Cluster {
    let before = snapshot::load("4.16", &[]);
    let request = InitRequest { layout: LayoutChoice::Only(layout), ..snapshot::init_request() };
    let plan = init::plan(&before, &request);
    let after = snapshot::rendered(snapshot::generated(snapshot::carried_out(before, &plan)));
    let bodies = Kind::ALL.into_iter().flat_map(|kind| after.all(kind)).map(|it| it.body().clone());
    Cluster::of(bodies.collect())
}

#[test]
fn a_must_gather_is_planned_and_judged_as_far_as_it_tells() {
    let mut folder = Folder::new(FOLDER);
    let initialized = initialized();
    for (name, cluster) in [("fresh", Cluster::load("4.16").unwrap()), ("initialized", initialized)]
    {
        let top = must_gather(name, &cluster);
        for (verb, file) in [("init", "init"), ("status", "status")] {
            let (code, text) = shown(&top, &[verb]);
            folder.add(format!("{name}-{file}.txt"), format!("{text}exit code {code}\n"));
        }
    }
    golden_file::expect_none(&folder.complaints());
}

#[test]
fn a_hint_reads_the_same_files_or_is_for_the_cluster() {
    // A copy that somebody changed, so that a hint shows the difference.
    let mut drifted = initialized_as(Layout::Documented).objects().to_vec();
    let disk = drifted.iter_mut().find(|it| it["metadata"]["name"] == "01-etcd-kubelet").unwrap();
    disk["spec"]["config"]["systemd"]["units"][0]["enabled"] = false.into();
    let top = must_gather("hints", &Cluster::of(drifted));
    let from = top.to_str().unwrap();
    let mut hints = Vec::new();
    for verb in ["status", "check", "init", "add-disk"] {
        let ran = run(&[verb, "-o", "json", "--context=lab", "--from", from]);
        let document: Value = serde_json::from_str(&ran.stdout).unwrap();
        collect_hints(&document, &mut hints);
    }
    let (of_files, others): (Vec<&String>, Vec<&String>) =
        hints.iter().partition(|it| it.contains(&format!("--from={from}")));
    assert!(of_files.iter().any(|it| it.starts_with("oc etcd diff")), "{hints:#?}");
    let others: Vec<&&String> = others.iter().filter(|it| it.contains("oc")).collect();
    assert!(!others.is_empty());
    for it in others {
        assert!(it.starts_with("on the cluster") && it.contains("--context=lab"), "{it}");
    }
    for it in of_files {
        assert!(!it.contains("on the cluster") && !it.contains("--context"), "{it}");
    }
}

/// `--from <(oc get ... -o yaml)`
#[test]
fn a_hint_does_not_read_a_pipe_again() {
    let file = plain(
        "piped",
        &[(
            "all.json",
            json!({"apiVersion": "v1", "kind": "List", "items": objects()}).to_string(),
        )],
    );
    for line in ["init --dry-run=client", "status", "diff"] {
        let command = format!(
            "'{}' {line} --from <(cat '{}/all.json')",
            env!("CARGO_BIN_EXE_oc-etcd"),
            file.display()
        );
        let ran = Command::new("bash").args(["-c", &command]).output().unwrap();
        let text = String::from_utf8([ran.stdout, ran.stderr].concat()).unwrap();
        assert!(text.contains("read from /dev/fd/"), "{line}: {text}");
        assert!(!text.contains("--from") && !text.contains("not in 6"), "{line}: {text}");
    }
}

fn collect_hints(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(list) => list.iter().for_each(|it| collect_hints(it, found)),
        Value::Object(fields) => {
            found.extend(fields.get("hint").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|it| collect_hints(it, found));
        }
        _ => {}
    }
}

#[test]
fn a_diff_is_read_from_files_too() {
    let top = plain("diff", &[("all.json", without("Node"))]);
    let ran = run(&["diff", "-o", "name", "--from", top.to_str().unwrap()]);
    let plan = run(&["init", "-o", "name", "--from", top.to_str().unwrap()]);
    assert_eq!((ran.code, plan.code), (1, 0), "{}", ran.stderr);
    let names = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    assert!(names(&plan.stdout).iter().all(|it| names(&ran.stdout).contains(it)), "{}", ran.stdout);
    assert_eq!(run(&["diff", "--from", "/nowhere"]).code, 6);
}

#[test]
fn the_time_of_a_must_gather_is_when_it_began() {
    let top = must_gather("timestamp", &Cluster::load("4.16").unwrap());
    for place in [top.clone(), top.join(IMAGE)] {
        let ran = run(&["status", "-o", "json", "--from", place.to_str().unwrap()]);
        let status: Value = serde_json::from_str(&ran.stdout).unwrap();
        assert_eq!(status["readAt"], "2024-08-21T12:00:00.5Z", "{}", place.display());
    }
}

#[test]
fn files_of_any_shape_give_the_plan_of_the_cluster() {
    let all = objects();
    let list = json!({"apiVersion": "v1", "kind": "List", "items": all});
    let single: Vec<(String, String)> =
        all.iter().enumerate().map(|(at, it)| (format!("a/b/{at}.yml"), yaml(it))).collect();
    let single: Vec<(&str, String)> = single.iter().map(|(a, b)| (a.as_str(), b.clone())).collect();
    let documents: Vec<String> = all.iter().map(yaml).collect();
    let places = [
        plain("single", &single),
        plain("list", &[("all.yaml", yaml(&list)), (".hidden.yaml", "[".to_owned())]),
        plain("json", &[("deep/er/all.json", list.to_string()), ("notes.txt", "[".to_owned())]),
        plain("file", &[("x", documents.join("---\n"))]).join("x"),
    ];
    let expected = text(&init::plan(&snapshot::load("4.16", &[]), &snapshot::init_request()));
    for place in &places {
        let ran = run(&["init", "--from", place.to_str().unwrap()]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(ran.stdout.starts_with(&expected), "{}: {}", place.display(), ran.stdout);
        // Before 4.18 there is no policy that files could leave out.
        assert!(!ran.stdout.contains("not in"), "{}", ran.stdout);
    }
    let mut program = Command::new(env!("CARGO_BIN_EXE_oc-etcd"))
        .args(["init", "--from", "-", "-o", "name"])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    program.stdin.take().unwrap().write_all(list.to_string().as_bytes()).unwrap();
    let output = program.wait_with_output().unwrap();
    let names = run(&["init", "--from", places[0].to_str().unwrap(), "-o", "name"]).stdout;
    assert_eq!((names.lines().count(), String::from_utf8(output.stdout).unwrap()), (4, names));
}

/// The lines of a plan up to its findings.
fn text(plan: &oc_etcd::plan::Plan) -> String {
    let mut out = Vec::new();
    let (format, style) =
        (oc_etcd::report::Format::Human, oc_etcd::report::style::Style::default());
    oc_etcd::report::plan::write(plan, format, &style, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    text.split("\nwarning").next().unwrap().to_owned()
}

#[test]
fn a_kind_that_is_in_no_file_is_unknown_and_never_empty() {
    for (kind, code, blocker) in [
        (
            "MachineConfig",
            3,
            "blocker [unreadable]: machineconfigs.machineconfiguration.openshift.io: not in DIR",
        ),
        (
            "MachineConfigPool",
            3,
            "machineconfigpools.machineconfiguration.openshift.io: not in DIR",
        ),
        ("Machine", 3, "blocker [unreadable]: machines.machine.openshift.io: not in DIR"),
        ("ClusterVersion", 3, "blocker [unreadable]: clusterversion/version: not in DIR"),
        (
            "Secret",
            0,
            "secret/master-user-data: not in DIR; the output does not include this resource",
        ),
        (
            "ClusterOperator",
            0,
            "clusteroperator/etcd: not in DIR; the output does not include this resource",
        ),
    ] {
        let top = plain("x", &[("all.json", without(kind))]);
        let (ran, text) = shown(&top, &["init"]);
        let joined = in_one_line(&text).replace("in x", "in DIR");
        assert!(ran == code && joined.contains(blocker), "{kind}: {ran} {text}");
    }
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "data": {"userData": "MTc2OSBieXRlcyBsb25n"},
        "metadata": {"name": "master-user-data", "namespace": "openshift-machine-api"}});
    let masked = [("all.json", without("Secret")), ("secret.json", secret.to_string())];
    let text = in_one_line(&shown(&plain("x", &masked), &["init"]).1);
    let words =
        "secret/master-user-data: withheld in DIR; the output does not include this resource";
    assert!(text.contains(words), "{text}");
    let top = plain("x", &[("all.json", without("Node"))]);
    let ran = run(&["status", "-o", "json", "--from", top.to_str().unwrap()]);
    let status: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(status["nodes"], Value::Null);
    assert_eq!(status["unreadable"][0]["reason"], "not in x");
}

#[test]
fn a_damaged_file_is_named_with_its_place_and_never_quoted() {
    let top = plain(
        "damaged",
        &[("a.yaml", yaml(&objects()[0])), ("b.yaml", "a: 1\nb: [CANARY\nc: d".to_owned())],
    );
    let (code, text) = shown(&top, &["status"]);
    assert_eq!(
        (code, text.as_str()),
        (1, "---\nerror: DIR/b.yaml: not valid YAML at line 3, column 2\n")
    );
    fs::write(top.join("b.yaml"), [b'a', 0xff]).unwrap();
    let (code, text) = shown(&top, &["status"]);
    assert_eq!(code, 1);
    assert_eq!(
        text,
        "---\nerror: reading DIR/b.yaml: the file is not text in UTF-8, or in UTF-16 with a byte order mark\n"
    );

    // In a must-gather the path tells which kind is not known any more.
    let top = must_gather("torn", &Cluster::load("4.16").unwrap());
    let pools = "cluster-scoped-resources/machineconfiguration.openshift.io/machineconfigpools";
    write(&top.join(IMAGE).join(pools).join("master.yaml"), "a: 1\nb: [CANARY\nc: d");
    let (code, text) = shown(&top, &["init"]);
    assert_eq!(code, 3);
    assert!(
        in_one_line(&text)
            .contains("the resource could not be read: not valid YAML at line 3, column 2 of "),
        "{text}"
    );
    assert!(!text.contains("CANARY"), "{text}");
}

/// The names of the resources that a status from files could not read, with the reasons.
fn unread(top: &Path) -> String {
    let ran = run(&["status", "-o", "json", "--from", top.to_str().unwrap()]);
    let status: Value = serde_json::from_str(&ran.stdout).unwrap();
    status["unreadable"].to_string()
}

#[test]
fn a_list_that_is_not_whole_is_unknown_and_its_objects_are_not_all_there_are() {
    let nodes: Vec<Value> = objects().into_iter().filter(|it| it["kind"] == "Node").collect();
    let list = |metadata: Value| {
        let list =
            json!({"apiVersion": "v1", "kind": "List", "items": nodes, "metadata": metadata});
        yaml(&list)
    };
    let whole = list(json!({"resourceVersion": ""}));
    let of = |name: &str, nodes: &str| {
        unread(&plain(name, &[("all.json", without("Node")), ("nodes.yaml", nodes.to_owned())]))
    };
    assert!(!of("whole", &whole).contains("nodes"), "{whole}");
    let page = of("page", &list(json!({"continue": "abc", "remainingItemCount": 7})));
    assert!(page.contains("nodes.yaml contains one page of a list"), "{page}");
    let end = whole.rfind("kind: List").unwrap();
    let cut = of("cut", &whole[..end]);
    assert!(cut.contains("nodes.yaml ends too early"), "{cut}");
}

#[test]
fn a_file_of_a_must_gather_that_was_cut_off_is_damaged_and_not_empty() {
    for (text, reason) in [
        ("", "is empty"),
        ("---\napiVersion: v1\nitems:\n", "contains no object of this kind"),
        (
            "---\napiVersion: v1\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: etcd-endpoints\n    namespace: openshift-etcd\n",
            "ends too early",
        ),
    ] {
        let top = must_gather("cut", &Cluster::load("4.16").unwrap());
        let core = top.join(IMAGE).join("namespaces/openshift-etcd/core");
        write(&core.join("configmaps.yaml"), text);
        let unread = unread(&top);
        assert!(unread.contains("configmaps.yaml ") && unread.contains(reason), "{text}: {unread}");
    }
}

/// OpenShift's CI puts `NAME.redacted` in the place of a file with secrets.
#[test]
fn a_redacted_file_of_a_must_gather_is_named() {
    let top = must_gather("redacted-file", &initialized());
    let pools = "cluster-scoped-resources/machineconfiguration.openshift.io/machineconfigpools";
    let pool = top.join(IMAGE).join(pools).join("etcd.yaml");
    fs::remove_file(&pool).unwrap();
    fs::write(pool.with_extension("yaml.redacted"), "REDACTED\n").unwrap();
    let unread = unread(&top);
    assert!(unread.contains("etcd.yaml.redacted is not read, because it is redacted"), "{unread}");
    let ran = run(&["status", "--from", top.to_str().unwrap()]);
    assert!(ran.stderr.contains("not read, because it is redacted: "), "{}", ran.stderr);
}

/// A must-gather has no user data, so that people save the Secrets themselves.
#[test]
fn a_secret_that_is_withheld_in_one_file_is_known_by_another_one() {
    let cluster = initialized();
    let of_secrets = |version: Option<&str>| {
        let secrets = cluster.objects().iter().filter(|it| it["kind"] == "Secret").cloned();
        let of_version = |mut it: Value| {
            if let Some(version) = version {
                it["metadata"]["resourceVersion"] = version.into();
            }
            it
        };
        let items: Vec<Value> = secrets.map(of_version).collect();
        json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string()
    };
    for (version, is_known) in [(None, true), (Some("99999999"), true), (Some("1"), false)] {
        let top = must_gather("with-secrets", &cluster);
        write(&top.join("user-data.json"), &of_secrets(version));
        let unread = unread(&top);
        assert_eq!(!unread.contains("withheld in"), is_known, "{version:?}: {unread}");
    }
}

/// kubectl-gather (nirs/kubectl-gather) has a directory `cluster` beside the one of the namespaces.
#[test]
fn directories_beside_the_namespaces_are_read_where_no_other_has_the_objects_of_the_cluster() {
    let top = must_gather("kubectl-gather", &initialized());
    let image = top.join(IMAGE);
    fs::rename(image.join("cluster-scoped-resources"), image.join("cluster")).unwrap();
    // Each file is read, also those that a must-gather's reader passes over.
    let group = image.join("cluster/machineconfiguration.openshift.io");
    fs::remove_file(group.join("machineconfigs/rendered-worker-0.yaml")).unwrap();
    fs::remove_dir_all(image.join("cluster/core/persistentvolumes")).unwrap();
    let unread = unread(&top);
    assert!(!unread.contains("nodes") && !unread.contains("machineconfigpools"), "{unread}");
}

#[test]
fn of_two_objects_of_one_name_the_newer_one_counts() {
    let is_pool =
        |it: &Value| it["kind"] == "MachineConfigPool" && it["metadata"]["name"] == "master";
    let (pools, others): (Vec<Value>, Vec<Value>) = objects().into_iter().partition(is_pool);
    let mut pool = pools.into_iter().next().unwrap();
    let without = json!({"apiVersion": "v1", "kind": "List", "items": others}).to_string();
    let of_version = |pool: &mut Value, version: &str, updated: &str| {
        pool["metadata"]["resourceVersion"] = version.into();
        pool["status"]["conditions"] = json!([{"type": "Updated", "status": updated}]);
        pool["status"]["updatedMachineCount"] = if updated == "True" { 3 } else { 2 }.into();
        yaml(pool)
    };
    for (first, second, code) in [("9", "10", 0), ("10", "9", 3)] {
        let files = [
            ("a.yaml", of_version(&mut pool, first, "False")),
            ("all.json", without.clone()),
            ("z.yaml", of_version(&mut pool, second, "True")),
        ];
        assert_eq!(shown(&plain("twice", &files), &["init"]).0, code, "{first} {second}");
    }
}

/// People save the state of a cluster before and after a change.
#[test]
fn a_node_that_no_pool_counts_was_deleted_and_the_others_are_shown() {
    let there = crate::removal::with_machines("4.16", &["us-east-1a", "us-east-1b"]);
    let objects = Kind::ALL.into_iter().flat_map(|kind| there.all(kind));
    let objects: Vec<Value> = objects.map(|it| it.body().clone()).collect();
    let gone = there.etcd_nodes().next().unwrap().name();
    let rest = objects.iter().filter(|it| it["kind"] != "Node" || it["metadata"]["name"] != gone);
    let mut rest: Vec<Value> = rest.cloned().collect();
    let count = |label: &str| {
        let key = format!("node-role.kubernetes.io/{label}");
        rest.iter()
            .filter(|it| it["kind"] == "Node" && !it["metadata"]["labels"][&key].is_null())
            .count()
    };
    let counts: BTreeMap<String, usize> =
        ["master", "worker", "etcd"].map(|it| (it.to_owned(), count(it))).into();
    let of = |rest: &mut Vec<Value>, uncounted: usize| {
        for pool in rest.iter_mut().filter(|it| it["kind"] == "MachineConfigPool") {
            let name = pool["metadata"]["name"].as_str().unwrap();
            let more = if name == "worker" { uncounted } else { 0 };
            pool["status"]["machineCount"] = (counts[name] + more).into();
        }
        let list = json!({"apiVersion": "v1", "kind": "List", "items": rest}).to_string();
        let top = plain("node-deleted", &[("all.json", list)]);
        let ran = run(&["status", "-o", "json", "--from", top.to_str().unwrap()]);
        serde_json::from_str::<Value>(&ran.stdout).unwrap()
    };
    let status = of(&mut rest, 0);
    assert_eq!(status["nodes"].as_array().map(Vec::len), Some(counts["etcd"]), "{status}");
    let told = format!("its Node {gone} does not exist");
    let findings = status["findings"].as_array().unwrap();
    assert!(
        findings.iter().any(|it| it["message"].as_str().unwrap().contains(&told)),
        "{findings:?}"
    );
    // A Node of another pool may be the one.
    let status = of(&mut rest, 1);
    assert_eq!(status["nodes"], Value::Null);
    let one = format!("node/{gone}");
    assert!(status["unreadable"].to_string().contains(&one), "{}", status["unreadable"]);
}

#[test]
fn an_object_that_a_newer_list_lacks_is_unknown() {
    let name = "ip-10-0-12-40.ec2.internal";
    let is_gone = |it: &Value| it["metadata"]["name"] == name;
    let list =
        |items: &[Value]| json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
    let objects = crate::withheld::healthy().objects().to_vec();
    let (node, rest): (Vec<Value>, Vec<Value>) = objects.iter().cloned().partition(is_gone);
    let mut newer = rest.clone();
    for it in newer.iter_mut().filter(|it| it["kind"] == "Etcd") {
        it["metadata"]["resourceVersion"] = "99999999".into();
    }
    let of = |first: &[Value], second: &[Value]| {
        let files = [("after/all.json", list(second)), ("before/all.json", list(first))];
        let top = plain("two-states", &files);
        let ran = run(&["status", "--from", top.to_str().unwrap()]);
        (unread(&top), ran.stderr)
    };
    let (unread, stderr) = of(&objects, &newer);
    let why = "after/all.json is newer than";
    assert!(
        unread.contains(why) && unread.contains(&format!("does not contain node/{name}")),
        "{unread}"
    );
    let told = "in several versions, of which the newest is used: etcd/cluster\n";
    assert!(stderr.contains(told), "{stderr}");
    // A list of nodes and machines that change rarely.
    let (unread_of_equals, _) = of(&objects, &rest);
    let why = format!("before/all.json contains node/{name} and ");
    assert!(unread_of_equals.contains(&why), "{unread_of_equals}");
    // A newer list with more objects, of other kinds, by name, or of other labels.
    let etcd: Vec<Value> = newer.iter().filter(|it| it["kind"] == "Etcd").cloned().collect();
    let more = [newer.clone(), node.clone()].concat();
    let others = [rest.clone(), etcd.clone()].concat();
    let is_etcds = |it: &&Value| {
        it["kind"] == "Node" && !it["metadata"]["labels"]["node-role.kubernetes.io/etcd"].is_null()
    };
    let mut selected: Vec<Value> = objects.iter().filter(is_etcds).cloned().collect();
    assert!(!selected.is_empty());
    let is_master = |it: &&Value| {
        let labels = &it["metadata"]["labels"];
        it["kind"] == "Node" && !labels["node-role.kubernetes.io/master"].is_null()
    };
    let mut masters: Vec<Value> = objects.iter().filter(is_master).cloned().collect();
    assert!(masters.len() > 1);
    for it in selected.iter_mut().chain(&mut masters) {
        it["metadata"]["resourceVersion"] = "99999999".into();
    }
    for (first, second) in [
        (&rest, &more),
        (&objects, &etcd),
        (&objects, &selected),
        (&objects, &masters),
        (&node, &others),
    ] {
        let (unread, _) = of(first, second);
        assert!(!unread.contains("node"), "{unread}");
    }
}

/// The object may still exist, or have been deleted between the two moments, however both were saved.
#[test]
fn an_object_of_etcd_that_one_of_two_states_lacks_is_unknown() {
    let objects = crate::withheld::healthy().objects().to_vec();
    let list =
        |items: &[Value]| json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
    let lines =
        |items: &[Value]| items.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let documents = |items: &[Value]| items.iter().map(yaml).collect::<Vec<_>>().join("\n---\n");
    let array = |items: &[Value]| Value::from(items).to_string();
    let forms = |items: &[Value]| {
        [
            ("list.json", list(items)),
            ("array.json", array(items)),
            ("lines.json", lines(items)),
            ("documents.yaml", documents(items)),
        ]
    };
    for (kind, name, shown) in [
        ("Node", "ip-10-0-12-40.ec2.internal", "node/"),
        ("MachineConfigPool", "etcd", "machineconfigpool/"),
        ("MachineConfig", "01-etcd-kubelet", "machineconfig/"),
        ("Secret", "etcd-user-data", "secret/"),
    ] {
        let is_it = |it: &Value| it["kind"] == kind && it["metadata"]["name"] == name;
        let mut newer: Vec<Value> = objects.iter().filter(|it| !is_it(it)).cloned().collect();
        assert_eq!(newer.len() + 1, objects.len(), "{name}");
        for it in newer.iter_mut().filter(|it| it["kind"] == "Etcd") {
            it["metadata"]["resourceVersion"] = "99999999".into();
        }
        let expect = |files: &[(&str, String)], word: &str| {
            let unread = unread(&plain("states-of-etcd", files));
            assert!(
                unread.contains(word) && unread.contains(&format!("{shown}{name}")),
                "{unread}"
            );
        };
        for ((file, before), (_, after)) in forms(&objects).into_iter().zip(forms(&newer)) {
            let files = [(&*format!("after-{file}"), after), (&*format!("before-{file}"), before)];
            expect(&files, "does not contain");
        }
        let single = |state: &str, items: &[Value]| -> Vec<(String, String)> {
            let name = |number: usize| format!("{state}/{number}.json");
            items.iter().enumerate().map(|(it, item)| (name(it), item.to_string())).collect()
        };
        let singles = [single("before", &objects), single("after", &newer)].concat();
        let singles: Vec<(&str, String)> =
            singles.iter().map(|(name, text)| (&**name, text.clone())).collect();
        expect(&singles, "does not contain");
        let both = [documents(&objects), documents(&newer)].join("\n---\n");
        expect(&[("all.yaml", both)], "once");
    }
}

#[test]
fn of_two_states_of_an_object_without_a_version_neither_is_known() {
    let is_node = |it: &&Value| it["metadata"]["name"] == "ip-10-0-12-34.ec2.internal";
    let mut node = objects().iter().find(is_node).unwrap().clone();
    node["metadata"].as_object_mut().unwrap().remove("resourceVersion");
    let mut other = node.clone();
    other["status"]["conditions"] = json!([{"type": "Ready", "status": "False"}]);
    let rest: Vec<Value> = objects().into_iter().filter(|it| !is_node(&it)).collect();
    let rest = json!({"apiVersion": "v1", "kind": "List", "items": rest}).to_string();
    let of = |states: &[&Value]| {
        let names = ["1.json", "2.json", "3.json"].into_iter();
        let states = names.zip(states).map(|(name, it)| (name, it.to_string()));
        let files: Vec<(&str, String)> = states.chain([("all.json", rest.clone())]).collect();
        unread(&plain("no-version", &files))
    };
    let why = "the files contain several states of node/ip-10-0-12-34.ec2.internal";
    for states in [&[&node, &other][..], &[&other, &node], &[&node, &other, &other]] {
        assert!(of(states).contains(why), "{}", of(states));
    }
    assert!(!of(&[&node, &node]).contains("node"), "{}", of(&[&node, &node]));
}

#[test]
fn different_objects_with_one_name_in_a_list_make_their_kind_unknown() {
    let renamed = |it: &Value| {
        let mut it = it.clone();
        if it["kind"] == "Node" {
            it["metadata"]["uid"] = it["metadata"]["name"].clone();
            it["metadata"]["name"] = "node-n".into();
        }
        it
    };
    let of = |items: Vec<Value>| {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string();
        unread(&plain("one-name", &[("all.json", list)]))
    };
    let why = "a list has different objects with the same name";
    let unknown = of(objects().iter().map(renamed).collect());
    assert!(unknown.contains(why) && unknown.contains("nodes"), "{unknown}");
    // What stands twice is one object, whether it has changed or not.
    assert!(!of([objects(), objects()].concat()).contains(why));
    let mut later = objects();
    for it in &mut later {
        it["metadata"]["resourceVersion"] = "99999999".into();
        it["metadata"]["annotations"]["later"] = "".into();
    }
    assert!(!of([objects(), later].concat()).contains(why));
}

#[test]
fn what_is_no_cluster_is_said() {
    let infrastructure = objects().into_iter().find(|it| it["kind"] == "Infrastructure").unwrap();
    let mut other = infrastructure.clone();
    other["status"]["infrastructureName"] = "other-x".into();
    for (name, files, expected) in [
        (
            "empty",
            vec![("README", String::new())],
            "error: DIR contains no object of a supported kind\n→ on the cluster, create a must-gather, and pass its \
             directory: oc adm must-gather\n",
        ),
        (
            "two",
            vec![("a.yaml", yaml(&infrastructure)), ("b.yaml", yaml(&other))],
            "error: the files are from two clusters: DIR/b.yaml contains infrastructure/cluster of another cluster \
             than a file before it\n",
        ),
    ] {
        let (code, text) = shown(&plain(name, &files), &["status"]);
        assert_eq!((code, text), (1, format!("---\n{expected}")));
    }
    let packed = plain("packed", &[("mg.tar.gz", String::new())]).join("mg.tar.gz");
    let (code, text) = shown(&packed, &["status"]);
    assert_eq!(code, 1);
    assert_eq!(
        text,
        "---\nerror: DIR is an archive, but --from requires a directory\n→ unpack the archive and pass the directory: tar -xf DIR\n"
    );
    let (code, text) = shown(Path::new("/nowhere/at/all"), &["status"]);
    assert_eq!((code, text.as_str()), (1, "---\nerror: reading DIR: no such file or directory\n"));
}

#[test]
fn files_are_as_old_as_the_newest_of_them() {
    let top = plain("age", &[("a.json", without("Node")), ("b.yaml", "a: 1".to_owned())]);
    let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    for (name, older) in [("a.json", 60), ("b.yaml", 0)] {
        let file = fs::File::options().write(true).open(top.join(name)).unwrap();
        file.set_modified(then - Duration::from_secs(older)).unwrap();
    }
    let ran = run(&["status", "-o", "json", "--from", top.to_str().unwrap()]);
    let status: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(status["readAt"], "2023-11-14T22:13:20Z");
    assert!(ran.stderr.contains("as of 2023-11-14 22:13:20Z\n"), "{}", ran.stderr);
}

/// A copy of a file is as old as the copy. The heartbeat of a Node is at most five minutes older than what was saved.
#[test]
fn files_that_were_copied_are_as_old_as_the_heartbeats_in_them() {
    let read_at = |heartbeats: [Value; 2], modified: u64, created: &str| {
        let mut objects = objects();
        for it in &mut objects {
            it["metadata"]["creationTimestamp"] = created.into();
        }
        let nodes = objects.iter_mut().filter(|it| it["kind"] == "Node");
        for (node, heartbeat) in nodes.zip(heartbeats.iter().cycle()) {
            let condition = json!({"type": "Ready", "lastHeartbeatTime": heartbeat});
            node["status"]["conditions"] = json!([condition]);
        }
        let list = json!({"apiVersion": "v1", "kind": "List", "items": objects}).to_string();
        let top = plain("copied", &[("a.json", list)]);
        let file = fs::File::options().write(true).open(top.join("a.json")).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(modified)).unwrap();
        let ran = run(&["status", "-o", "json", "--from", top.to_str().unwrap()]);
        serde_json::from_str::<Value>(&ran.stdout).unwrap()["readAt"].as_str().unwrap().to_owned()
    };
    let of = |newest: &str| [json!("2023-11-14T20:00:00Z"), json!(newest)];
    let (saved, copied) = (1_700_000_000, 1_700_300_000);
    let (newest, old) = ("2023-11-14T22:12:00Z", "2023-01-01T00:00:00Z");
    assert_eq!(read_at(of(newest), saved, old), "2023-11-14T22:13:20Z");
    assert_eq!(read_at(of(newest), copied, old), "2023-11-14T22:17:00Z");
    // The Nodes were saved before the other objects.
    assert_eq!(read_at(of(newest), copied, "2023-11-15T10:00:00Z"), "2023-11-18T09:33:20Z");
    assert_eq!(
        read_at([Value::Null, json!({"_REDACTED": "x"})], saved, old),
        "2023-11-14T22:13:20Z"
    );
}

#[test]
fn from_files_nothing_is_written() {
    let top = plain("usage", &[("a.json", without("Node"))]);
    for flags in [&["--yes"][..], &["--dry-run=server"], &["--plan", "x"]] {
        for verb in ["init", "add-disk", "remove-disk"] {
            let (code, text) = shown(&top, &[&[verb], flags].concat());
            assert_eq!(code, 2, "{verb} {flags:?}: {text}");
        }
    }
    // Files that lack Nodes: both are refused, and no cluster is asked.
    for verb in ["add-disk", "remove-disk"] {
        let (code, text) = shown(&top, &[verb]);
        assert!(code == 3 && text.contains("[unreadable]"), "{verb}: {code} {text}");
    }
    let (code, text) = shown(&top, &["init"]);
    assert!(code == 0 && text.contains("Nothing was written (dry run)."), "{text}");
    let usage = program::run(&["add-machine", "--from", "x"]);
    assert_eq!(usage.code, 2);
}
