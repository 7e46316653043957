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

/// The program, the container and the image that run a member of etcd.
const ETCD: &str = "etcd";

/// Programs of etcd that run no server.
const CLIENT_PROGRAMS: [&str; 2] = ["etcdctl", "etcdutl"];

/// Parts of the names of containers, images and programs that look after an etcd and are none.
const CLIENT_PARTS: [&str; 5] = ["backup", "client", "defrag", "exporter", "operator"];

/// What every variable of a server begins with (etcd, "Configuration options"). Clients' variables begin so too.
const VARIABLE: &str = "ETCD_";

/// The words that follow in the variables with which clients, such as Calico, find an etcd and log in.
const CLIENT_VARIABLES: [&str; 13] = [
    "ADDRESS",
    "CA",
    "CACERT",
    "CERT",
    "ENDPOINT",
    "ENDPOINTS",
    "HOST",
    "HOSTS",
    "KEY",
    "PASSWORD",
    "PORT",
    "USER",
    "USERNAME",
];

/// What the flags begin with that only a server takes, or the restoration of its data.
const SERVER_FLAGS: [&str; 5] = [
    "initial-cluster",
    "initial-advertise-peer",
    "listen-peer",
    "listen-client",
    "advertise-client",
];

/// The label by which the Pods of OpenShift's own etcd are listed.
const APP: &str = "app";

/// The directory of a member's data on a Node.
const DATA: &str = "/var/lib/etcd";

/// The sign by which a Pod is known to run an etcd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A container that runs etcd, as far as its name, image, command and variables tell.
    Container(String),
    /// A volume at /var/lib/etcd of the Node.
    Data,
    /// The containers cannot be told.
    Unknown,
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container(name) => write!(
                f,
                "the container {name} runs etcd, as far as its name, image, command and variables tell"
            ),
            Self::Data => write!(f, "the Pod uses {DATA} of the Node"),
            Self::Unknown => f.write_str("the containers are unknown"),
        }
    }
}

impl Sign {
    /// Looks for an etcd in a Pod, whatever its phase: the data of a member that has ended is still the member's.
    #[must_use]
    pub fn of(pod: &Object) -> Option<Self> {
        if let Some(name) =
            containers(pod).filter(|it| is_etcd(it)).find_map(|it| it["name"].as_str())
        {
            return Some(Self::Container(name.to_owned()));
        }
        if containers(pod).next().is_none() || containers(pod).any(is_unknown) {
            return Some(Self::Unknown);
        }
        has_data(pod).then_some(Self::Data)
    }
}

/// Returns what is kept of a Pod; `None` when no etcd is in it.
#[must_use]
pub fn kept(pod: &Object) -> Option<Object> {
    Sign::of(pod)?;
    let etcds = |kind: &str| -> Vec<Value> {
        let all = pod.list(&format!("/spec/{kind}")).iter();
        all.map(|it| {
            if is_etcd(it) {
                json!({ "name": it["name"], "command": [ETCD] })
            } else if is_unknown(it) {
                json!({})
            } else {
                json!({ "name": "other" })
            }
        })
        .collect()
    };
    let mut spec: Map<String, Value> =
        CONTAINERS.iter().map(|kind| ((*kind).to_owned(), etcds(kind).into())).collect();
    spec.insert("nodeName".to_owned(), pod.get("/spec/nodeName").cloned().unwrap_or_default());
    if has_data(pod) {
        spec.insert("volumes".to_owned(), json!([{ "hostPath": { "path": DATA } }]));
    }
    let kept = Object::new(pod.reference().clone());
    let kept = match pod.label(APP) {
        Some(app) => kept.with_labels([(APP, app)]),
        None => kept,
    };
    Some(kept.with("spec", Value::Object(spec)))
}

const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

fn containers(pod: &Object) -> impl Iterator<Item = &Value> {
    CONTAINERS.into_iter().flat_map(|kind| pod.list(&format!("/spec/{kind}")))
}

/// Returns whether a container is an etcd: by its name, its image, a word of its command, or a variable that configures
/// it. OpenShift's own starts a script, in which etcd is one word.
fn is_etcd(container: &Value) -> bool {
    let program = container["command"][0].as_str().map(last_part).unwrap_or_default();
    if CLIENT_PROGRAMS.contains(&program) {
        return false;
    }
    let name = container["name"].as_str().unwrap_or_default();
    let image = last_part(container["image"].as_str().unwrap_or_default());
    let image = image.split([':', '@']).next().unwrap_or_default();
    let words = ["command", "args"].into_iter().flat_map(|field| list(&container[field]));
    let mut words = words
        .filter_map(Value::as_str)
        .flat_map(|it| it.split(|c: char| c.is_whitespace() || ";|&()'\"`".contains(c)));
    let mut variables = list(&container["env"]).filter_map(|it| it["name"].as_str());
    [name, image, program].into_iter().any(is_servers_name)
        || words.any(|it| last_part(it) == ETCD || is_servers_flag(it))
        || variables.any(is_servers_variable)
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

/// Returns whether a container, an image or a program is named after etcd, and not after work on an etcd.
fn is_servers_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let mut parts = name.split(|it: char| !it.is_ascii_alphanumeric());
    let is_client = parts.clone().any(|it| CLIENT_PARTS.contains(&it));
    !is_client && parts.any(|it| it.contains(ETCD) && !CLIENT_PROGRAMS.contains(&it))
}

fn is_servers_flag(word: &str) -> bool {
    let flag = word.strip_prefix("--").or_else(|| word.strip_prefix('-'));
    flag.is_some_and(|flag| SERVER_FLAGS.iter().any(|it| flag.starts_with(it)))
}

fn is_servers_variable(name: &str) -> bool {
    let word = name.strip_prefix(VARIABLE).map(|it| it.split('_').next().unwrap_or_default());
    word.is_some_and(|it| !CLIENT_VARIABLES.contains(&it))
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Returns whether a Pod uses the directory of etcd's data on the Node, or one inside of that.
fn has_data(pod: &Object) -> bool {
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|it| !it.is_empty() && *it != ".").map(str::to_owned).collect()
    };
    let is_data = |path: &str| parts(path).starts_with(&parts(DATA));
    let mounts: Vec<&Value> = containers(pod).flat_map(|it| list(&it["volumeMounts"])).collect();
    pod.list("/spec/volumes").iter().any(|volume| {
        let Some(path) = volume["hostPath"]["path"].as_str() else {
            return holds_withheld(&volume["hostPath"]);
        };
        let of_volume = mounts.iter().filter(|it| it["name"] == volume["name"]);
        let mut below = of_volume.filter_map(|it| it["subPath"].as_str());
        is_data(path) || below.any(|it| is_data(&format!("{path}/{it}")))
    })
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
    fn an_etcd_is_known_by_its_name_image_program_or_data() {
        let script = "set -e\nexec nice -n -19 etcd \\\n  --logger=zap --initial-cluster=CANARY";
        let variable = |name: &str| json!({ "env": [{ "name": name }] });
        for (mut container, is_etcd) in [
            (json!({"command": ["/bin/sh", "-c", script]}), true),
            (json!({"command": ["/usr/bin/etcd"]}), true),
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
        ] {
            if container["name"].is_null() {
                container["name"] = "c".into();
            }
            let name = container["name"].as_str().unwrap().to_owned();
            let expected = is_etcd.then_some(Sign::Container(name));
            for kind in ["containers", "initContainers"] {
                let mut spec = json!({ "containers": [{ "name": "first" }] });
                spec[kind] = json!([{ "name": "second" }, container]);
                let pod = pod(&spec);
                assert_eq!(Sign::of(&pod), expected, "{spec}");
                assert_eq!(kept(&pod).as_ref().and_then(Sign::of), expected, "{spec}");
            }
        }
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
        let mount = json!([{"name": "v", "mountPath": "/data", "subPath": "etcd"}]);
        let spec = json!({
            "containers": [{"name": "c", "volumeMounts": mount}],
            "volumes": [{"name": "v", "hostPath": {"path": "/var/lib"}}],
        });
        assert_eq!(Sign::of(&pod(&spec)), Some(Sign::Data));
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
        assert_eq!(Sign::of(&kept), Some(Sign::Container("etcd".to_owned())));
        assert_eq!(super::kept(&kept), Some(kept));
        assert_eq!(super::kept(&pod(&json!({"containers": [{"name": "c"}]}))), None);
        let unknown = super::kept(&pod(&json!({"nodeName": "x"}))).unwrap();
        assert_eq!(Sign::of(&unknown), Some(Sign::Unknown));
    }
}
