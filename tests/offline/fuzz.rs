//! Random and damaged input for everything that reads text: nothing panics, nothing hangs, and no error
//! tells what it was given. A short run is part of every test run; `make fuzz` is a long one.
//!
//! Texts are real ones, damaged: random bytes rarely get past the first check.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oc_etcd::derive::{kubelet_unit, machine_config, user_data};
use oc_etcd::model::kind::Kind;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::model::{names, yaml};
use oc_etcd::plan::add_machine::{self, AddMachineRequest};
use oc_etcd::plan::init;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::program;
use crate::snapshot::{self, TOOL_VERSION};
use crate::unexpected::config;

/// Stands for a secret.
const CANARY: &str = "CANARY";

/// How long one case may take: generous, for a machine that does much else.
const TIMEOUT: Duration = Duration::from_secs(20);

/// One change of a text. Positions are shares of its length, in 1/65536.
#[derive(Clone, Debug)]
enum Damage {
    Cut(u16, u16),
    Double(u16, u16),
    Insert(u16, String),
    Replace(u16, u8),
}

fn damage() -> impl Strategy<Value = Damage> {
    let words = select(vec![
        "",
        " ",
        "\n",
        "\t",
        "\0",
        "\"",
        "'",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        "-",
        "---\n",
        "...",
        "&a ",
        "*a",
        "<<: ",
        "!!binary ",
        "|\n",
        ">\n",
        "%",
        "#",
        "null",
        "1e999",
        "-0",
        "99999999999999999999",
        "\u{feff}",
        "\u{2028}",
        "é",
        "😀",
        "CANARY",
        "=",
        "$(",
        "${X}",
        "\\\n",
        "ExecStart=",
        "--node-labels=",
        "--register-with-taints=",
        "data:;base64,",
        "ignition",
        "=,=,",
        "\r\n",
    ])
    .prop_map(str::to_owned);
    let text = prop_oneof![4 => words, 1 => any::<String>()];
    prop_oneof![
        any::<(u16, u16)>().prop_map(|(from, length)| Damage::Cut(from, length)),
        any::<(u16, u16)>().prop_map(|(from, length)| Damage::Double(from, length)),
        (any::<u16>(), text).prop_map(|(at, text)| Damage::Insert(at, text)),
        any::<(u16, u8)>().prop_map(|(at, byte)| Damage::Replace(at, byte)),
    ]
}

/// Up to six changes.
fn damages() -> impl Strategy<Value = Vec<Damage>> {
    prop::collection::vec(damage(), 0..6)
}

/// Does the changes, one after the other.
fn damaged(text: &str, damages: &[Damage]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for damage in damages {
        let at = |share: u16| bytes.len() * usize::from(share) / 65_536;
        // Most cuts are short, so that several fit.
        let part = |from: u16, length: u16| {
            let start = at(from);
            start..(start + usize::from(length) % 97).min(bytes.len())
        };
        match damage {
            Damage::Cut(from, length) => drop(bytes.drain(part(*from, *length))),
            Damage::Double(from, length) => {
                let range = part(*from, *length);
                let copy = bytes[range.clone()].to_vec();
                bytes.splice(range.start..range.start, copy);
            }
            Damage::Insert(share, text) => {
                let start = at(*share);
                bytes.splice(start..start, text.bytes());
            }
            Damage::Replace(share, byte) => {
                let start = at(*share);
                if let Some(it) = bytes.get_mut(start) {
                    *it = *byte;
                }
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Counts what the reader took, and tells both figures at the end of each thousand.
struct Counter {
    name: &'static str,
    all: AtomicU64,
    taken: AtomicU64,
}

impl Counter {
    const fn new(name: &'static str) -> Self {
        Self { name, all: AtomicU64::new(0), taken: AtomicU64::new(0) }
    }

    fn count(&self, is_taken: bool) {
        let taken =
            self.taken.fetch_add(u64::from(is_taken), Ordering::Relaxed) + u64::from(is_taken);
        let all = self.all.fetch_add(1, Ordering::Relaxed) + 1;
        if all.is_multiple_of(1000) {
            eprintln!("fuzz: {all} {}, {taken} of them taken", self.name);
        }
    }
}

/// Fails when reading took too long, or when what is told holds the canary.
fn check(started: Instant, told: &str) -> Result<(), TestCaseError> {
    prop_assert!(started.elapsed() < TIMEOUT, "it took {:?}", started.elapsed());
    let encoded = STANDARD.encode(CANARY);
    prop_assert!(!told.contains(CANARY) && !told.contains(&encoded), "{}", told);
    Ok(())
}

static CLUSTER: LazyLock<Snapshot> = LazyLock::new(|| snapshot::load("4.16", &["subnet-by-id"]));

/// The cluster after `init`.
static INITIALIZED: LazyLock<Snapshot> = LazyLock::new(|| {
    let plan = init::plan(&CLUSTER, &snapshot::init_request());
    snapshot::rendered(snapshot::generated(snapshot::carried_out(CLUSTER.clone(), &plan)))
});

const USER_DATA: &str = r#"{"ignition":{"config":{"merge":[{"source":"https://api-int.lab.example.com:22623/config/master"}],"replace":{"verification":{}}},"proxy":{},"security":{"tls":{"certificateAuthorities":[{"source":"data:text/plain;charset=utf-8;base64,Q0FOQVJZ"}]}},"timeouts":{},"version":"3.2.0"},"passwd":{},"storage":{"files":[{"path":"/etc/x","contents":{"source":"data:,CANARY"}}]},"systemd":{}}"#;

fn unit() -> String {
    let kubelet = CLUSTER.machine_config("01-master-kubelet").unwrap();
    let units = kubelet.list("/spec/config/systemd/units");
    let unit = units.iter().find(|it| it["name"] == "kubelet.service").unwrap();
    format!("{}Environment=SECRET=CANARY\n", unit["contents"].as_str().unwrap())
}

const KUBECONFIG: &str = "\
apiVersion: v1
kind: Config
clusters:
- name: lab
  cluster: {server: 'https://127.0.0.1:1', insecure-skip-tls-verify: true}
users:
- name: me
  user:
    username: me
    password: CANARY-PASSWORD
    token: CANARY-TOKEN
contexts:
- name: lab
  context:
    cluster: lab
    user: me
current-context: lab
preferences: {}
";

/// What `oc adm must-gather` and `oc get -o yaml` write: one object, or a List of them.
fn objects_text() -> String {
    let secret = json!({
        "apiVersion": "v1", "kind": "Secret", "type": "Opaque",
        "metadata": {"name": "master-user-data", "namespace": "openshift-machine-api"},
        "data": {"userData": STANDARD.encode("CANARY")},
    });
    let pool = CLUSTER.pool("master").unwrap().body();
    let list = json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": [secret]});
    [pool, &list, &secret].map(|it| yaml::to_string(it).unwrap()).join("---\n")
}

/// A Machine or a MachineConfig whose YAML was damaged; `None` when that leaves no object of its name.
fn damaged_object(reference: &ObjectRef, damages: &[Damage]) -> Option<Object> {
    let text = yaml::to_string(CLUSTER.get(reference)?.body()).ok()?;
    let document = yaml::documents(&damaged(&text, damages)).ok()?.into_iter().next()?;
    let object = Object::from_value(document).ok()?;
    (object.reference() == reference).then_some(object)
}

fn secret(user_data: &str) -> Object {
    let name = names::MASTER_USER_DATA;
    let reference = ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, name);
    Object::new(reference).with("data", json!({"userData": user_data}))
}

static SECRETS: Counter = Counter::new("user data");
static UNITS: Counter = Counter::new("kubelet units");
static MACHINE_CONFIGS: Counter = Counter::new("MachineConfigs");
static MACHINES: Counter = Counter::new("Machines");
static FILES: Counter = Counter::new("files of objects");
static KUBECONFIGS: Counter = Counter::new("kubeconfigs");

proptest! {
    #![proptest_config(config(512))]

    #[test]
    fn damaged_user_data(damages in damages(), outer in damages()) {
        let started = Instant::now();
        let encoded = damaged(&STANDARD.encode(damaged(USER_DATA, &damages)), &outer[..outer.len() / 3]);
        let secret = secret(&encoded);
        let derived = user_data::derive(&secret, TOOL_VERSION);
        SECRETS.count(derived.is_ok());
        // The URL is shown, whatever it has become.
        let told = match &derived {
            Ok((object, _)) => format!("{object:?}"),
            Err(error) => format!("{error}{error:?}"),
        };
        check(started, &format!("{told}{secret:?}"))?;
    }

    #[test]
    fn damaged_kubelet_units(damages in damages()) {
        static UNIT: LazyLock<String> = LazyLock::new(unit);
        let started = Instant::now();
        let text = damaged(&UNIT, &damages);
        let changed = kubelet_unit::with_role(&text, "etcd");
        UNITS.count(changed.is_ok());
        let told = changed.as_ref().err().map(|error| format!("{error}{error:?}"));
        check(started, &told.unwrap_or_default())?;
        if let Ok(changed) = changed {
            prop_assert!(kubelet_unit::with_role(&changed, "etcd").is_ok(), "it is not one any more: {}", changed);
        }
    }

    #[test]
    fn damaged_files_of_objects(damages in damages()) {
        static TEXT: LazyLock<String> = LazyLock::new(objects_text);
        let started = Instant::now();
        let read = yaml::documents(&damaged(&TEXT, &damages));
        FILES.count(read.is_ok());
        let mut told = String::new();
        if let Err(error) = &read {
            told = format!("{error}{error:?}");
        }
        for document in read.unwrap_or_default() {
            match Object::from_value(document) {
                Ok(object) => told.push_str(&format!("{:?}", object.reference().kind)),
                // A kind is no secret, whatever it is.
                Err(oc_etcd::model::object::ObjectError::UnsupportedKind(_)) => {}
                Err(error) => told.push_str(&format!("{error}{error:?}")),
            }
        }
        check(started, &told)?;
    }

    #[test]
    fn text_of_any_kind_is_no_trouble_for_yaml(text in "[ -~\n\t]{0,200}") {
        let started = Instant::now();
        let read = yaml::documents(&text);
        if let Ok(documents) = &read {
            for document in documents {
                let written = yaml::to_string(document).unwrap();
                prop_assert_eq!(yaml::documents(&written).unwrap_or_default(), non_null(document));
            }
        }
        check(started, "")?;
    }
}

fn non_null(document: &Value) -> Vec<Value> {
    if document.is_null() { Vec::new() } else { vec![document.clone()] }
}

proptest! {
    #![proptest_config(config(64))]

    #[test]
    fn damaged_machine_configs(
        name in select(vec!["00-master", "01-master-kubelet", "99-master-ssh"]),
        damages in damages(),
    ) {
        let started = Instant::now();
        let object = damaged_object(&ObjectRef::cluster(Kind::MachineConfig, name), &damages);
        MACHINE_CONFIGS.count(object.is_some());
        let Some(object) = object else { return Ok(()) };
        let mut told = String::new();
        for error in [
            machine_config::copy(&object, TOOL_VERSION).err(),
            machine_config::copy_kubelet(&object, TOOL_VERSION).err(),
        ].into_iter().flatten() {
            told.push_str(&format!("{error}{error:?}"));
        }
        let plan = init::plan(&CLUSTER.clone().with_objects([object]), &snapshot::init_request());
        told.push_str(&format!("{plan:?}"));
        // Whose text is damaged may be the name of a file or a unit, which are shown.
        check(started, if damages.is_empty() { &told } else { "" })?;
    }

    #[test]
    fn damaged_machines(
        name in select(vec!["lab-x99n4-master-0", "lab-x99n4-master-1"]),
        damages in damages(),
    ) {
        let started = Instant::now();
        let reference = ObjectRef::namespaced(Kind::Machine, names::MACHINE_NAMESPACE, name);
        let object = damaged_object(&reference, &damages);
        MACHINES.count(object.is_some());
        let Some(object) = object else { return Ok(()) };
        let zones = ["us-east-1a", "us-east-1b", "us-east-1z"].map(str::to_owned).to_vec();
        let wish = AddMachineRequest::new(zones, TOOL_VERSION);
        let plan = add_machine::plan(&INITIALIZED.clone().with_objects([object]), &wish);
        prop_assert!(plan.findings.len() < 100);
        check(started, "")?;
    }

    /// The built program: it finds no server, and says so or what is wrong with the file.
    #[test]
    fn damaged_kubeconfigs(damages in damages()) {
        static DIRECTORY: LazyLock<PathBuf> = LazyLock::new(directory);
        let path = DIRECTORY.join("config");
        std::fs::write(&path, damaged(KUBECONFIG, &damages)).unwrap();
        let (code, told) = status(&path)?;
        KUBECONFIGS.count(told.contains("refused"));
        prop_assert_eq!(code, Some(1), "{}", &told);
        prop_assert!(!told.contains("panicked"), "{}", &told);
        // A server, a context and a user are named; a token that got into their place is not one any more.
        let is_name = damages.iter().any(|it| !matches!(it, Damage::Replace(..)));
        check(Instant::now(), if is_name { "" } else { &told })?;
    }
}

/// A directory of this process's own: a long run may go on beside a short one.
fn directory() -> PathBuf {
    program::directory(&format!("fuzz-{}", std::process::id()))
}

/// The exit code and stderr of `status` with a kubeconfig; killed when it hangs.
fn status(kubeconfig: &Path) -> Result<(Option<i32>, String), TestCaseError> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_oc-etcd"))
        // A damaged address might be somebody's.
        .args(["status", "--server=https://127.0.0.1:1", "--request-timeout=5s", "--kubeconfig"])
        .arg(kubeconfig)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > TIMEOUT {
            child.kill().unwrap();
            child.wait().unwrap();
            return Err(TestCaseError::fail("it hangs"));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().unwrap();
    Ok((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()))
}
