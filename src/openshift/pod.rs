//! Whether a Pod runs an etcd, and the little that is kept of a Pod.
//!
//! ConfigMap `etcd-endpoints` names the voting members of OpenShift's own etcd alone. A learner, and an etcd of
//! somebody else's, are seen as Pods only. Commands and environments of Pods may hold secrets: of a Pod nothing
//! stays but what tells of an etcd, and of a Pod without an etcd nothing at all.

use std::fmt;

use serde_json::{Map, Value, json};

use crate::model::object::Object;

/// The program, the container and the image that run a member of etcd.
const ETCD: &str = "etcd";

/// Variables that configure a server of etcd, and no client (etcd, "Configuration options").
const VARIABLES: [&str; 4] =
    ["ETCD_DATA_DIR", "ETCD_INITIAL_CLUSTER", "ETCD_LISTEN_PEER_URLS", "ETCD_DISCOVERY_SRV"];

/// The label by which the Pods of OpenShift's own etcd are listed.
const APP: &str = "app";

/// The directory of a member's data on a Node.
const DATA: &str = "/var/lib/etcd";

/// The sign by which a Pod is known to run an etcd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A container that is called etcd, runs its image, or starts a program of that name.
    Container(String),
    /// A volume at /var/lib/etcd of the Node.
    Data,
    /// The containers cannot be told.
    Unknown,
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Container(name) => write!(f, "the container {name} runs etcd"),
            Self::Data => write!(f, "the Pod uses {DATA} of the Node"),
            Self::Unknown => f.write_str("the containers are unknown"),
        }
    }
}

impl Sign {
    /// Looks for an etcd in a Pod, whatever its phase: the data of a member that has ended is still the member's.
    #[must_use]
    pub fn of(pod: &Object) -> Option<Self> {
        let containers: Vec<&Value> = containers(pod).collect();
        if containers.is_empty() || containers.iter().any(|it| !it["name"].is_string()) {
            return Some(Self::Unknown);
        }
        let container = containers.into_iter().find(|it| is_etcd(it));
        container
            .and_then(|it| Some(Self::Container(it["name"].as_str()?.to_owned())))
            .or_else(|| volumes(pod).any(is_data).then_some(Self::Data))
    }
}

/// Returns what is kept of a Pod; `None` when no etcd is in it.
#[must_use]
pub fn kept(pod: &Object) -> Option<Object> {
    Sign::of(pod)?;
    let etcds = |kind: &str| -> Vec<Value> {
        let all = pod.list(&format!("/spec/{kind}")).iter();
        all.map(|it| {
            let mut kept = json!({ "name": it["name"] });
            if is_etcd(it) {
                kept["command"] = json!([ETCD]);
            }
            kept
        })
        .collect()
    };
    let mut spec: Map<String, Value> =
        CONTAINERS.iter().map(|kind| ((*kind).to_owned(), etcds(kind).into())).collect();
    spec.insert("nodeName".to_owned(), pod.get("/spec/nodeName").cloned().unwrap_or_default());
    let data = volumes(pod).filter(|it| is_data(it));
    let data = data.map(|_| json!({ "hostPath": { "path": DATA } }));
    spec.insert("volumes".to_owned(), data.collect());
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

fn volumes(pod: &Object) -> impl Iterator<Item = &Value> {
    pod.list("/spec/volumes").iter()
}

/// Returns whether a container is an etcd: by its name, its image, a word of its command, or a variable that configures it.
/// OpenShift's own starts a script, in which etcd is one word.
fn is_etcd(container: &Value) -> bool {
    let words = ["command", "args"].into_iter().filter_map(|field| container[field].as_array());
    let words = words
        .flatten()
        .filter_map(Value::as_str)
        .flat_map(|it| it.split(|c: char| c.is_whitespace() || ";|&()'\"`".contains(c)));
    let image = container["image"].as_str().unwrap_or_default();
    let image = last_part(image).split([':', '@']).next();
    let mut variables = container["env"].as_array().into_iter().flatten();
    container["name"] == ETCD
        || image == Some(ETCD)
        || words.map(last_part).any(|it| it == ETCD)
        || variables.any(|it| it["name"].as_str().is_some_and(|it| VARIABLES.contains(&it)))
}

fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Returns whether a volume is the directory of etcd's data on the Node, or one inside of that.
fn is_data(volume: &Value) -> bool {
    let parts = |path: &str| -> Vec<String> {
        path.split('/').filter(|it| !it.is_empty() && *it != ".").map(str::to_owned).collect()
    };
    let path = volume["hostPath"]["path"].as_str();
    path.is_some_and(|path| parts(path).starts_with(&parts(DATA)))
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
        let container = |container: Value| json!({ "containers": [container] });
        let of_etcd = Some(Sign::Container("c".to_owned()));
        for (spec, expected) in [
            (container(json!({"name": "etcd"})), Some(Sign::Container("etcd".to_owned()))),
            (
                container(json!({"name": "c", "command": ["/bin/sh", "-c", script]})),
                of_etcd.clone(),
            ),
            (container(json!({"name": "c", "command": ["/usr/bin/etcd"]})), of_etcd.clone()),
            (container(json!({"name": "c", "args": ["etcd", "--name=x"]})), of_etcd.clone()),
            (
                container(json!({"name": "c", "image": "quay.io/coreos/etcd:v3.5.9"})),
                of_etcd.clone(),
            ),
            (container(json!({"name": "c", "image": "etcd@sha256:0"})), of_etcd.clone()),
            (container(json!({"name": "c", "env": [{"name": "ETCD_DATA_DIR"}]})), of_etcd),
            (container(json!({"name": "c", "env": [{"name": "ETCD_ENDPOINTS"}]})), None),
            (
                json!({"initContainers": [{"name": "etcd"}], "containers": [{"name": "c"}]}),
                Some(Sign::Container("etcd".to_owned())),
            ),
            (container(json!({"name": "c", "image": "etcd-backup"})), None),
            (
                container(json!({"name": "c", "command": ["etcdctl", "--endpoints=etcd:2379"]})),
                None,
            ),
            (container(json!({"name": "guard", "args": ["--etcd-servers=https://x"]})), None),
            (json!({}), Some(Sign::Unknown)),
            (json!({"containers": {"_REDACTED": "x"}}), Some(Sign::Unknown)),
            (container(json!({"_REDACTED": "x"})), Some(Sign::Unknown)),
        ] {
            assert_eq!(Sign::of(&pod(&spec)), expected, "{spec}");
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
