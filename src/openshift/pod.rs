//! Whether a Pod runs an etcd, and the little that is kept of a Pod.
//!
//! ConfigMap `etcd-endpoints` names the voting members of OpenShift's own etcd alone. A learner, and an etcd of
//! somebody else's, are seen as Pods only. Commands and environments of Pods may hold secrets: of a Pod nothing
//! stays but what tells of an etcd, and of a Pod without an etcd nothing at all.
//!
//! A Pod that may be a member counts as one, because a member that is overlooked is lost with its Machine. A Pod that
//! is mistaken for a member can be deleted, and its Machine then goes.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::model::field::holds_withheld;
use crate::model::object::Object;
use crate::redact::policy::quotable_name;

/// The program, the container and the image that run a member of etcd.
const ETCD: &str = "etcd";

/// Programs of etcd that run no server.
const CLIENT_PROGRAMS: [&str; 2] = ["etcdctl", "etcdutl"];

/// Programs that run a script.
const SHELLS: [&str; 4] = ["ash", "bash", "dash", "sh"];

/// Parts of the names of containers, images and programs that look after an etcd, or wait for one, and are none.
const CLIENT_PARTS: [&str; 14] = [
    "backup", "browser", "client", "defrag", "druid", "exporter", "metrics", "monitor", "operator",
    "perf", "proxy", "snapshot", "suite", "wait",
];

/// What every variable of a server begins with (etcd, "Configuration options"). Clients' variables begin so too.
const VARIABLE: &str = "ETCD_";

/// The words that follow in variables that only a server takes (etcd, "Configuration options").
const SERVER_VARIABLES: [&str; 20] = [
    "ADVERTISE",
    "AUTO",
    "BACKEND",
    "BCRYPT",
    "CONFIG",
    "DATA",
    "ELECTION",
    "ENABLE",
    "EXPERIMENTAL",
    "FORCE",
    "HEARTBEAT",
    "INITIAL",
    "LISTEN",
    "MAX",
    "NAME",
    "PEER",
    "QUOTA",
    "SNAPSHOT",
    "STRICT",
    "WAL",
];

/// What the flags begin with that only a server takes, or the restoration of its data.
const SERVER_FLAGS: [&str; 5] = [
    "initial-cluster",
    "initial-advertise-peer",
    "listen-peer",
    "listen-client",
    "advertise-client",
];

/// The directory of a member's data on a Node.
const DATA: &str = "/var/lib/etcd";

/// The sources of volumes that a claim binds: a local volume is a directory of the Node.
const CLAIMS: [&str; 2] = ["persistentVolumeClaim", "ephemeral"];

/// The sign by which a Pod is known to run an etcd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A container that runs etcd, by its name, and what tells so.
    Container(String, Evidence),
    /// A volume at /var/lib/etcd of the Node.
    Data,
    /// A volume of which it is unknown whether it is at /var/lib/etcd of the Node.
    UnknownData,
    /// The containers cannot be told.
    Unknown,
}

/// The part of a container that tells of an etcd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The command, or its arguments.
    Command,
    /// The beginning of a flag.
    Flag(&'static str),
    /// The name of the container.
    Name,
    /// The last part of the name of the image.
    Image(String),
    /// The name of a variable.
    Variable(String),
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command => f.write_str("the command"),
            Self::Flag(flag) => write!(f, "the flag --{flag}…"),
            Self::Name => f.write_str("the name"),
            Self::Image(name) => write!(f, "the image {}", quotable_name(name)),
            Self::Variable(name) => write!(f, "the variable {}", quotable_name(name)),
        }
    }
}

impl Evidence {
    /// Returns a container with nothing but this part.
    fn container(&self, name: &Value) -> Value {
        match self {
            Self::Command => json!({ "name": name, "command": [ETCD] }),
            Self::Flag(flag) => json!({ "name": name, "args": [format!("--{flag}")] }),
            Self::Name => json!({ "name": name }),
            Self::Image(image) => json!({ "name": name, "image": image }),
            Self::Variable(it) => json!({ "name": name, "env": [{ "name": it }] }),
        }
    }
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container(name, by) => {
                write!(f, "the container {name} runs etcd, as far as {by} tells")
            }
            Self::Data => write!(f, "the Pod uses {DATA} of the Node"),
            Self::UnknownData => {
                write!(f, "the Pod uses a volume that may be {DATA} of the Node")
            }
            Self::Unknown => f.write_str("the containers are unknown"),
        }
    }
}

impl Sign {
    /// Looks for an etcd in a Pod, whatever its phase: the data of a member that has ended is still the member's.
    #[must_use]
    pub fn of(pod: &Object) -> Option<Self> {
        let found = containers(pod).find_map(|it| Some((it["name"].as_str()?, evidence(it)?)));
        if let Some((name, by)) = found {
            return Some(Self::Container(name.to_owned(), by));
        }
        if containers(pod).next().is_none() || containers(pod).any(is_unknown) {
            return Some(Self::Unknown);
        }
        data(pod)
    }
}

/// Returns what is kept of a Pod; `None` when no etcd is in it.
#[must_use]
pub fn kept(pod: &Object) -> Option<Object> {
    Sign::of(pod)?;
    let etcds = |kind: &str| -> Vec<Value> {
        let all = pod.list(&format!("/spec/{kind}")).iter();
        all.map(|it| match evidence(it) {
            Some(by) => by.container(&it["name"]),
            None if is_unknown(it) => json!({}),
            None => json!({ "name": "other" }),
        })
        .collect()
    };
    let mut spec: Map<String, Value> =
        CONTAINERS.iter().map(|kind| ((*kind).to_owned(), etcds(kind).into())).collect();
    spec.insert("nodeName".to_owned(), pod.get("/spec/nodeName").cloned().unwrap_or_default());
    let volume = match data(pod) {
        Some(Sign::Data) => Some(json!({ "hostPath": { "path": DATA } })),
        Some(_) => Some(json!({ CLAIMS[0]: {} })),
        None => None,
    };
    spec.extend(volume.map(|it| ("volumes".to_owned(), json!([it]))));
    let kept = Object::new(pod.reference().clone());
    let owners = pod.list("/metadata/ownerReferences").iter();
    let owner = |it: &Value| json!({ "kind": it["kind"], "name": it["name"], "controller": it["controller"] });
    let owners = owners.map(owner).collect();
    Some(kept.with_owners(owners).with("spec", Value::Object(spec)))
}

const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

fn containers(pod: &Object) -> impl Iterator<Item = &Value> {
    CONTAINERS.into_iter().flat_map(|kind| pod.list(&format!("/spec/{kind}")))
}

/// Returns what tells that a container is an etcd. OpenShift's own starts a script, in which etcd is one word.
fn evidence(container: &Value) -> Option<Evidence> {
    let texts = ["command", "args"].into_iter().flat_map(|field| list(&container[field]));
    let texts: Vec<&str> = texts.filter_map(Value::as_str).collect();
    if runs_client(&texts) {
        return None;
    }
    let split = |c: char| c.is_whitespace() || ";|&()'\"`".contains(c);
    let words: Vec<&str> = texts.iter().flat_map(|it| it.split(split)).collect();
    let program = container["command"][0].as_str().map(last_part).unwrap_or_default();
    let is_server = |it: &&str| {
        !it.starts_with(['-', '$']) && parts(it) != parts(DATA) && is_server_program(last_part(it))
    };
    if words.iter().any(is_server) || is_servers_name(program) {
        return Some(Evidence::Command);
    }
    if let Some(flag) = words.iter().find_map(|it| servers_flag(it)) {
        return Some(Evidence::Flag(flag));
    }
    let name = container["name"].as_str().unwrap_or_default();
    let image = last_part(container["image"].as_str().unwrap_or_default());
    let image = image.split([':', '@']).next().unwrap_or_default();
    if is_servers_name(image) {
        return Some(Evidence::Image(image.to_owned()));
    }
    if is_servers_name(name) {
        return Some(Evidence::Name);
    }
    let mut variables = list(&container["env"]).filter_map(|it| it["name"].as_str());
    variables.find(|it| is_servers_variable(it)).map(|it| Evidence::Variable(it.to_owned()))
}

/// Returns whether the program is a client of etcd, or a shell that runs nothing else. A script that runs a client may run a
/// server as well, under any name.
fn runs_client(texts: &[&str]) -> bool {
    let is_client = |command: &str| {
        let mut words = command.split_whitespace();
        let program = words.find(|it| !it.contains('=')).unwrap_or_default();
        CLIENT_PROGRAMS.contains(&last_part(program))
    };
    let Some((program, rest)) = texts.split_first() else { return false };
    if !SHELLS.contains(&last_part(program)) {
        return is_client(program);
    }
    let script = rest.iter().find(|it| !it.starts_with('-')).copied().unwrap_or_default();
    let script = script.replace("\\\n", " ");
    let mut commands =
        script.split([';', '&', '|', '(', '`', '\n']).filter(|it| !it.trim().is_empty());
    commands.clone().next().is_some() && commands.all(is_client)
}

/// Returns whether a field is withheld, or has an unknown form, by which the container might be an etcd.
fn is_unknown(container: &Value) -> bool {
    let is_text = |it: &Value| it.is_string() && !holds_withheld(it);
    let is_list = |field: &str| container[field].is_null() || container[field].is_array();
    let words = ["command", "args"].into_iter().flat_map(|field| list(&container[field]));
    let names = list(&container["env"]).map(|it| &it["name"]);
    let image = Some(&container["image"]).filter(|it| !it.is_null());
    !["command", "args", "env"].into_iter().all(is_list)
        || !words.chain(names).chain(image).chain([&container["name"]]).all(is_text)
}

/// Returns whether a word is the name of the program, which may have a version: `etcd`, `etcd-3.5`, `etcd-v3.5.9`.
fn is_server_program(name: &str) -> bool {
    let Some(behind) = name.strip_prefix(ETCD) else { return false };
    let version = behind.trim_start_matches(['-', '_']).trim_start_matches('v');
    let mut numbers = version.split('.');
    let is_number =
        |it: &str| matches!(it.len(), 1 | 2) && it.bytes().all(|it| it.is_ascii_digit());
    behind.is_empty() || version.contains('.') && numbers.all(is_number)
}

/// Returns whether a container, an image or a program is named after etcd, and not after work on an etcd.
fn is_servers_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut parts = name.split(|it: char| !it.is_ascii_alphanumeric());
    let is_etcd = |it: &str| {
        let behind = it.strip_prefix(ETCD);
        behind.is_some_and(|it| {
            let version = it.strip_prefix('v').unwrap_or(it);
            version.bytes().all(|it| it.is_ascii_digit())
                || ["member", "node", "server"].contains(&it)
        })
    };
    !parts.clone().any(|it| CLIENT_PARTS.contains(&it)) && parts.any(is_etcd)
}

fn servers_flag(word: &str) -> Option<&'static str> {
    let flag = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
    SERVER_FLAGS.into_iter().find(|it| flag.starts_with(it))
}

fn is_servers_variable(name: &str) -> bool {
    let word = name.strip_prefix(VARIABLE).map(|it| it.split('_').next().unwrap_or_default());
    word.is_some_and(|it| SERVER_VARIABLES.contains(&it))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Returns the sign that a Pod may write the directory of etcd's data on the Node, or one inside of that. A server writes
/// its data.
fn data(pod: &Object) -> Option<Sign> {
    let mounts: Vec<&Value> = containers(pod).flat_map(|it| list(&it["volumeMounts"])).collect();
    let of_volume = |volume: &Value| {
        let mounts = || mounts.iter().copied().filter(|it| it["name"] == volume["name"]);
        let is_read_only = mounts().next().is_some() && mounts().all(|it| it["readOnly"] == true);
        if is_read_only {
            return None;
        }
        let Some(path) = volume["hostPath"]["path"].as_str() else {
            let is_claim = CLAIMS.iter().any(|it| !volume[it].is_null());
            let is_unknown = is_claim || holds_withheld(&volume["hostPath"]);
            return is_unknown.then_some(Sign::UnknownData);
        };
        let below = mounts().filter_map(|it| below(path, it));
        below.chain(at(path)).min_by_key(|it| *it != Sign::Data)
    };
    let found = pod.list("/spec/volumes").iter().filter_map(of_volume);
    found.min_by_key(|it| *it != Sign::Data)
}

fn parts(path: &str) -> Vec<&str> {
    path.split('/').filter(|it| !it.is_empty() && *it != ".").collect()
}

/// Returns the sign that a path is etcd's data.
fn at(path: &str) -> Option<Sign> {
    parts(path).starts_with(&parts(DATA)).then_some(Sign::Data)
}

/// Returns the sign that something in a directory is etcd's data.
fn somewhere_in(path: &str) -> Option<Sign> {
    at(path).or_else(|| parts(DATA).starts_with(&parts(path)).then_some(Sign::UnknownData))
}

/// Returns the sign that a mount of a directory of the Node is etcd's data, by the path below the directory. An
/// expression may have variables, whose values are unknown.
fn below(path: &str, mount: &Value) -> Option<Sign> {
    let below = [&mount["subPath"], &mount["subPathExpr"]];
    let below = below.into_iter().find(|it| !it.is_null())?;
    match below.as_str().filter(|_| !holds_withheld(below)) {
        None => somewhere_in(path),
        Some(below) => match below.split_once("$(") {
            None => at(&format!("{path}/{below}")),
            Some((known, _)) => {
                let directory = known.rsplit_once('/').map_or("", |(directory, _)| directory);
                somewhere_in(&format!("{path}/{directory}"))
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(spec: &Value) -> Object {
        let body = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "p", "namespace": "n", "annotations": {"a": "CANARY"}},
            "spec": spec,
        });
        Object::from_value(body).unwrap()
    }

    #[test]
    #[allow(clippy::too_many_lines, reason = "a table of cases")]
    fn an_etcd_is_known_by_its_name_image_program_or_data() {
        let script = "set -e\nexec nice -n -19 etcd \\\n  --logger=zap --initial-cluster=CANARY";
        let variable = |name: &str| json!({ "env": [{ "name": name }] });
        for (mut container, is_etcd) in [
            (json!({"command": ["/bin/sh", "-c", script]}), true),
            (json!({"command": ["/usr/bin/etcd"]}), true),
            (json!({"command": ["/bin/sh", "-c", "/usr/local/bin/etcd-3.5 --name x"]}), true),
            (json!({"command": ["/bin/sh", "-c", "exec etcd-v3.5.9"]}), true),
            (
                json!({"command": ["sh", "-c", "rm -r /backup/etcd-2024.01.01 etcd-0 etcd-3.5.tar"]}),
                false,
            ),
            (json!({"args": ["--storage-backend", "etcd3"]}), false),
            (json!({"command": ["/opt/etcd-3.5.9"]}), true),
            (json!({"args": ["etcd", "--name=x"]}), true),
            (json!({"args": ["--listen-client-urls=https://0.0.0.0:2379"]}), true),
            (json!({"args": ["--initial-advertise-peer-urls", "https://x:2380"]}), true),
            (json!({"image": "quay.io/coreos/etcd:v3.5.9"}), true),
            (json!({"image": "etcd@sha256:0"}), true),
            (json!({"image": "registry.redhat.io/openshift4/ose-etcd:v4.16"}), true),
            (json!({"image": "localhost:5000/openshift4/ose-etcd-rhel9@sha256:1"}), true),
            (json!({"image": "registry.k8s.io/etcd-amd64:3.5.9-0"}), true),
            (json!({"name": "etcd"}), true),
            (json!({"name": "etcd-member"}), true),
            (json!({"name": "etcd-0"}), true),
            (json!({"name": "main-etcd", "image": "quay.io/x@sha256:1"}), true),
            (json!({"name": "etcd-backup", "image": "quay.io/coreos/etcd:v3.5.9"}), true),
            (variable("ETCD_DATA_DIR"), true),
            (variable("ETCD_NAME"), true),
            (variable("ETCD_LISTEN_CLIENT_URLS"), true),
            (variable("ETCD_INITIAL_ADVERTISE_PEER_URLS"), true),
            (variable("ETCD_AUTO_TLS"), true),
            (variable("ETCD_ENDPOINTS"), false),
            (variable("ETCD_CA_CERT_FILE"), false),
            (variable("ETCDCTL_ENDPOINTS"), false),
            (json!({"image": "etcd-backup"}), false),
            (json!({"image": "quay.io/openshift/cluster-etcd-operator"}), false),
            (json!({"image": "etcd", "command": ["etcdctl", "snapshot", "save", "x"]}), false),
            (json!({"command": ["etcdctl", "--endpoints=etcd:2379"]}), false),
            (json!({"args": ["--etcd-servers=https://x"]}), false),
            (variable("ETCD_ADDR"), false),
            (variable("ETCD_URLS"), false),
            (variable("ETCD_ROOT_PATH"), false),
            (variable("ETCD_DISCOVERY_SRV"), false),
            (json!({"name": "wait-for-etcd"}), false),
            (json!({"name": "etcd-snapshot", "command": ["oc", "debug", "node/x"]}), false),
            (
                json!({"image": "ose-etcd", "command": ["sh", "-c", "etcdctl snapshot save x"]}),
                false,
            ),
            (
                json!({"image": "ose-etcd", "command": ["/bin/sh"], "args": ["-ec", "etcdctl \\\n snapshot save x;\n"]}),
                false,
            ),
            (
                json!({"image": "ose-etcd", "args": ["/usr/bin/etcdctl", "endpoint", "health"]}),
                false,
            ),
            (
                json!({"image": "etcd", "command": ["sh", "-c", "ETCDCTL_API=3 etcdctl snapshot save x"]}),
                false,
            ),
            // A server that asks as a client first, or later.
            (
                json!({"image": "etcd", "command": ["sh", "-c", "etcdctl get $(/usr/local/bin/start-server)"]}),
                true,
            ),
            (
                json!({"name": "etcd", "command": ["sh", "-c", "etcdctl member add $HOSTNAME || true; exec /usr/local/bin/start-server"]}),
                true,
            ),
            (
                json!({"image": "etcd", "command": ["/entrypoint.sh"], "args": ["--healthcheck", "etcdctl endpoint health"]}),
                true,
            ),
            (
                json!({"command": ["/start"], "args": ["etcdctl"], "env": [{"name": "ETCD_DATA_DIR"}]}),
                true,
            ),
            (json!({"command": ["sh", "-c", "/var/opt/etcd/etcd --config-file /x"]}), true),
            (json!({"command": ["sh", "-c", "/var/lib/etcd/bin/etcd --config-file /x"]}), true),
            (json!({"command": ["du", "/var/lib/etcd"], "args": ["/var/lib/etcd/"]}), false),
            (json!({"name": "etcdv3"}), true),
            (json!({"image": "example.com/etcdv3.5"}), true),
            (json!({"image": "etcdview"}), false),
            (json!({"image": "gardener/etcd-druid:v1"}), false),
            (json!({"image": "evildecay/etcdkeeper"}), false),
            (json!({"name": "assetcdn"}), false),
            (json!({"args": ["--exclude=/var/lib/etcd"]}), false),
            (json!({"command": ["df", "-h", "/var/lib/etcd"]}), false),
        ] {
            if container["name"].is_null() {
                container["name"] = "c".into();
            }
            let name = container["name"].as_str().unwrap().to_owned();
            let of = |pod: &Object| match Sign::of(pod) {
                Some(Sign::Container(name, _)) => Some(name),
                _ => None,
            };
            let expected = is_etcd.then_some(name);
            for kind in ["containers", "initContainers"] {
                let mut spec = json!({ "containers": [{ "name": "first" }] });
                spec[kind] = json!([{ "name": "second" }, container]);
                let pod = pod(&spec);
                assert_eq!(of(&pod), expected, "{spec}");
                assert_eq!(kept(&pod).as_ref().and_then(Sign::of), Sign::of(&pod), "{spec}");
            }
        }
    }

    #[test]
    fn a_pod_may_be_an_etcd_by_what_is_withheld_or_by_the_data_that_it_writes() {
        for containers in [
            json!(null),
            json!([]),
            json!({"_REDACTED": "x"}),
            json!([{"_REDACTED": "x"}]),
            json!([{"name": "c", "image": {"_REDACTED": "x"}}]),
            json!([{"name": "c", "command": {"_REDACTED": "x"}}]),
            json!([{"name": "c", "args": [{"_REDACTED": "x"}]}]),
            json!([{"name": "c", "env": [{"name": {"_REDACTED": "x"}}]}]),
            json!([{"name": "c", "env": {"_REDACTED": "x"}}]),
        ] {
            let pod = pod(&json!({ "containers": containers }));
            assert_eq!(Sign::of(&pod), Some(Sign::Unknown), "{containers}");
            let kept = kept(&pod).unwrap();
            assert_eq!(Sign::of(&kept), Some(Sign::Unknown), "{containers}");
        }
        for (path, expected) in [
            ("/var/lib/etcd", true),
            ("/var/lib/etcd/", true),
            ("/var//lib/./etcd/member", true),
            ("/var/lib/etcd-backup", false),
            ("/var/lib", false),
            ("/", false),
        ] {
            let volumes = json!([{"name": "v", "hostPath": {"path": path}}]);
            let spec = json!({"containers": [{"name": "c"}], "volumes": volumes});
            assert_eq!(Sign::of(&pod(&spec)), expected.then_some(Sign::Data), "{path}");
        }
        let mount = json!([{"name": "v", "mountPath": "/etcd", "readOnly": true}]);
        let spec = json!({
            "containers": [{"name": "c", "volumeMounts": mount}],
            "volumes": [{"name": "v", "hostPath": {"path": "/var/lib/etcd"}}],
        });
        assert_eq!(Sign::of(&pod(&spec)), None, "a Pod that only reads");
    }

    #[test]
    fn a_volume_whose_place_is_unknown_may_be_the_data() {
        let (data, unknown) = (Some(Sign::Data), Some(Sign::UnknownData));
        let of = |path: &str| json!({"hostPath": {"path": path}});
        let claim = json!({"persistentVolumeClaim": {"claimName": "data-0"}});
        let ephemeral = json!({"ephemeral": {"volumeClaimTemplate": {}}});
        let withheld = json!({"_REDACTED": "x"});
        let (sub, expr) =
            (|it: &str| json!({"subPath": it}), |it: &str| json!({"subPathExpr": it}));
        for (volume, mount, expected) in [
            (of("/var/lib"), sub("etcd"), data.clone()),
            (of("/var/lib"), sub("x"), None),
            (of("/var/lib"), expr("etcd"), data.clone()),
            (of("/var/lib"), expr("x"), None),
            (of("/var/lib"), expr("$(DIRECTORY)"), unknown.clone()),
            (of("/var"), expr("lib/et$(REST)"), unknown.clone()),
            (of("/var"), expr("lib/etcd/$(POD)"), data.clone()),
            (of("/var"), expr("log/$(POD)"), None),
            (of("/var/log"), expr("$(POD)"), None),
            (of("/var/lib"), json!({"subPath": withheld}), unknown.clone()),
            (json!({"hostPath": {"path": withheld}}), json!({}), unknown.clone()),
            (claim.clone(), json!({}), unknown.clone()),
            (claim, json!({"readOnly": true}), None),
            (ephemeral, json!({}), unknown),
            (json!({"emptyDir": {}}), json!({}), None),
        ] {
            let (mut volume, mut mount) = (volume, mount);
            (volume["name"], mount["name"]) = ("v".into(), "v".into());
            let containers = json!([{"name": "c", "volumeMounts": [mount]}]);
            let pod = pod(&json!({"containers": containers, "volumes": [volume]}));
            assert_eq!(Sign::of(&pod), expected, "{}", pod.body());
            assert_eq!(kept(&pod).as_ref().and_then(Sign::of), expected, "{}", pod.body());
        }
    }

    #[test]
    fn of_a_pod_nothing_stays_but_what_tells_of_an_etcd() {
        let spec = json!({
            "nodeName": "x",
            "containers": [{
                "name": "etcd",
                "command": ["etcd", "--password=CANARY"],
                "env": [{"name": "P", "value": "CANARY"}],
            }],
            "volumes": [{"name": "CANARY", "hostPath": {"path": "/var/lib/etcd/CANARY"}}],
        });
        let kept = kept(&pod(&spec)).unwrap();
        assert!(!kept.body().to_string().contains("CANARY"), "{}", kept.body());
        assert_eq!(kept.text("/spec/nodeName"), Some("x"));
        assert_eq!(Sign::of(&kept), Some(Sign::Container("etcd".to_owned(), Evidence::Command)));
        assert_eq!(super::kept(&kept), Some(kept));
        assert_eq!(super::kept(&pod(&json!({"containers": [{"name": "c"}]}))), None);
        let unknown = super::kept(&pod(&json!({"nodeName": "x"}))).unwrap();
        assert_eq!(Sign::of(&unknown), Some(Sign::Unknown));
    }
}
