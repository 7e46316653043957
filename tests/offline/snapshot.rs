//! A cluster as a Snapshot, and what the API server and the operator make of a plan that is carried
//! out. It decides nothing that is tested.

use std::path::Path;

use oc_etcd::ignition::is_fips;
use oc_etcd::model::kind::Kind;
use oc_etcd::model::layout::Layout;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectError, ObjectRef};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::plan::init::InitRequest;
use oc_etcd::plan::{Change, LayoutChoice, Plan};
use oc_etcd_lab::omission::left_out;
use oc_etcd_lab::{Cluster, captured};
use serde_json::{Map, Value, json};

/// What stands in the annotation `oc-etcd/version`, so that a release changes no golden file.
pub(crate) const TOOL_VERSION: &str = "test";

/// The name of the rendered MachineConfig that [`rendered`] makes.
pub(crate) const RENDERED: &str = "rendered-etcd-1";

/// When every Snapshot was read.
pub(crate) const READ_AT: &str = "2024-08-21T12:00:00Z";

/// The objects of a cluster that oc-etcd reads.
pub(crate) fn of(cluster: &Cluster) -> Snapshot {
    let objects =
        cluster.objects().iter().filter_map(|body| match Object::from_value(body.clone()) {
            Ok(object) => Some(object),
            Err(ObjectError::UnsupportedKind(_)) => None,
            Err(error) => panic!("{error}: {}", body["metadata"]["name"]),
        });
    Snapshot::new(READ_AT.parse().unwrap()).with_objects(objects)
}

/// A cluster of `tests/fixtures`, with variants put over it.
pub(crate) fn load(cluster: &str, variants: &[&str]) -> Snapshot {
    let cluster = Cluster::load(cluster).unwrap();
    of(&variants.iter().fold(cluster, |cluster, variant| cluster.with(variant).unwrap()))
}

/// A cluster of ours with the MachineConfigs that the real operator rendered for a release. `None`
/// where they are not at hand, unless they must be.
pub(crate) fn load_captured(release: &str) -> Option<Snapshot> {
    let files = ["master", "worker"].map(|role| captured::machine_configs(release, role));
    let [Some(masters), Some(workers)] = files else {
        assert!(!captured::is_required(), "what the operator rendered for {release} is missing");
        left_out(&format!("what the operator rendered for {release} is not at hand"));
        return None;
    };
    let ours = if release == "4.12" { "4.10" } else { release };
    let with = |cluster: Cluster, file: &Path| cluster.with_machine_configs_from(file).unwrap();
    let cluster = with(with(Cluster::load(ours).unwrap(), &masters), &workers);
    Some(of(&cluster.with_version(&format!("{release}.0"))))
}

/// A request of `init` with every flag at its default.
pub(crate) fn init_request() -> InitRequest {
    InitRequest::new(TOOL_VERSION)
}

/// A request of `init` for a pool of copies.
pub(crate) fn documented() -> InitRequest {
    let mut request = init_request();
    request.layout = LayoutChoice::Only(Layout::Documented);
    request
}

/// The cluster after a plan was carried out: objects as the API server stores them.
pub(crate) fn carried_out(mut snapshot: Snapshot, plan: &Plan) -> Snapshot {
    for step in &plan.steps {
        match &step.change {
            Change::Create(wanted) | Change::Update { wanted, .. } => {
                let stored = stored(wanted, snapshot.get(&step.object));
                snapshot.insert(stored);
            }
            Change::Remove { .. } => snapshot.remove(&step.object),
            _ => {}
        }
    }
    snapshot
}

/// An applied object with all that the API server adds, and what others have in it.
pub(crate) fn stored(wanted: &Object, existing: Option<&Object>) -> Object {
    let mut body = wanted.body().clone();
    let metadata = &mut body["metadata"];
    metadata["uid"] = "6f2c1b7e-0000-5000-8000-000000000001".into();
    metadata["resourceVersion"] = "90001".into();
    metadata["generation"] = 1.into();
    metadata["creationTimestamp"] = READ_AT.into();
    let fields = json!({"f:spec": {}});
    metadata["managedFields"] =
        json!([{"manager": "oc-etcd", "operation": "Apply", "fieldsV1": fields}]);
    if let Some(existing) = existing {
        for pointer in ["/metadata/labels", "/metadata/annotations"] {
            let others = existing.get(pointer).and_then(Value::as_object).cloned();
            let map = body.pointer_mut(pointer).and_then(Value::as_object_mut).unwrap();
            for (key, value) in others.unwrap_or_default() {
                // What we applied before and no longer apply goes.
                if key != names::POOL_REQUIRED && key != names::FIRST_BOOT {
                    map.entry(key).or_insert(value);
                }
            }
        }
        for pointer in ["/status", "/spec/configuration"] {
            let (parent, field) = pointer.rsplit_once('/').unwrap();
            if let Some(value) = existing.get(pointer) {
                body.pointer_mut(parent).unwrap()[field] = value.clone();
            }
        }
    }
    Object::from_value(body).unwrap()
}

/// The cluster once the operator has made what it makes for every pool.
pub(crate) fn generated(snapshot: Snapshot) -> Snapshot {
    let registries =
        Object::new(ObjectRef::cluster(Kind::MachineConfig, "99-etcd-generated-registries"));
    let mut body = registries.with_labels([(names::MACHINE_CONFIG_ROLE, names::ETCD)]).into_body();
    body["metadata"]["ownerReferences"] =
        json!([{"apiVersion": "config.openshift.io/v1", "kind": "Image", "name": "cluster"}]);
    body["spec"] = json!({"config": {"ignition": {"version": "3.2.0"}}});
    snapshot.with_objects([Object::from_value(body).unwrap()])
}

/// The cluster once the operator has rendered the etcd pool and serves the result.
pub(crate) fn rendered(mut snapshot: Snapshot) -> Snapshot {
    let Some(pool) = snapshot.pool(names::ETCD).cloned() else { return snapshot };
    let sources: Vec<Object> = selected(&snapshot).into_iter().cloned().collect();
    let names: Vec<Value> = sources.iter().map(|it| json!({"name": it.name()})).collect();
    let configuration = json!({"name": RENDERED, "source": names});
    let mut spec = pool.get("/spec").unwrap().clone();
    spec["configuration"] = configuration.clone();
    let status = json!({
        "configuration": configuration,
        "machineCount": 0, "updatedMachineCount": 0, "readyMachineCount": 0,
        "conditions": [
            {"type": "RenderDegraded", "status": "False"},
            {"type": "NodeDegraded", "status": "False"},
            {"type": "Degraded", "status": "False"},
            {"type": "Updated", "status": "True"},
        ],
    });
    snapshot.insert(pool.with("spec", spec).with("status", status));
    let merged = Object::new(ObjectRef::cluster(Kind::MachineConfig, RENDERED))
        .with("spec", json!({"config": merged(&sources), "fips": sources.iter().any(is_fips)}));
    snapshot.insert(merged);
    snapshot
}

/// The MachineConfigs that the etcd pool selects, the workers' first.
pub(crate) fn selected(snapshot: &Snapshot) -> Vec<&Object> {
    let pool = snapshot.pool(names::ETCD);
    let selector =
        pool.and_then(|it| it.get("/spec/machineConfigSelector")).unwrap_or(&Value::Null);
    let values = &selector["matchExpressions"][0]["values"];
    let is_selected = |role: &str| {
        selector["matchLabels"][names::MACHINE_CONFIG_ROLE] == role
            || values.as_array().is_some_and(|it| it.contains(&role.into()))
    };
    let roles = [names::WORKER, names::ETCD].into_iter().filter(|it| is_selected(it));
    roles.flat_map(|it| snapshot.machine_configs_of(it)).collect()
}

/// A merge that is good enough to look at: a later unit or file takes the place of an earlier one.
/// What Ignition itself makes of it is asked in `rendered`.
fn merged(sources: &[Object]) -> Value {
    let mut lists = Map::new();
    for (pointer, field, key) in [
        ("/spec/config/systemd/units", "units", "name"),
        ("/spec/config/storage/files", "files", "path"),
        ("/spec/config/storage/links", "links", "path"),
        ("/spec/config/storage/disks", "disks", "device"),
        ("/spec/config/storage/filesystems", "filesystems", "device"),
        ("/spec/config/storage/raid", "raid", "name"),
        ("/spec/config/storage/luks", "luks", "name"),
        ("/spec/config/storage/directories", "directories", "path"),
        ("/spec/config/passwd/users", "users", "name"),
        ("/spec/config/passwd/groups", "groups", "name"),
    ] {
        let mut entries: Vec<Value> = Vec::new();
        for entry in sources.iter().flat_map(|it| it.list(pointer)) {
            if entry.get("contents").is_some() {
                entries.retain(|it| it[key] != entry[key] || it.get("contents").is_none());
            }
            entries.push(entry.clone());
        }
        lists.insert(field.to_owned(), entries.into());
    }
    let links = lists["links"].as_array().unwrap().clone();
    let files = lists["files"].as_array_mut().unwrap();
    files.retain(|file| links.iter().all(|link| link["path"] != file["path"]));
    let mut storage = json!({"files": lists["files"], "links": links});
    for section in ["disks", "filesystems", "raid", "luks", "directories"] {
        if lists[section] != json!([]) {
            storage[section] = lists[section].clone();
        }
    }
    let passwd = json!({"users": lists["users"], "groups": lists["groups"]});
    let arguments: Vec<&Value> =
        sources.iter().flat_map(|it| it.list("/spec/config/kernelArguments/shouldExist")).collect();
    let mut config =
        json!({"systemd": {"units": lists["units"]}, "storage": storage, "passwd": passwd});
    if !arguments.is_empty() {
        config["kernelArguments"]["shouldExist"] = json!(arguments);
    }
    config
}
