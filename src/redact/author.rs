//! Who wrote the text of an object: OpenShift's release and this program, or an admin. Decided here, once for an object.
//!
//! Fails to the side of the admin. A mark alone proves nothing, because everybody can set a name, a label or
//! an annotation: a source must have the owner as well. Nor does the name of a field manager: an admin may apply an
//! edited manifest with the name of this program. Only the contents prove that this program wrote an object.

use serde_json::Value;

use crate::derive::{disk, machine_config};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, digest};
use crate::model::snapshot::{MetadataOnly, Snapshot, is_ours};

/// The author of the text of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// The text is that of a release's templates, or of this program.
    OpenShift,
    /// Everybody else, and whoever cannot be told.
    Admin,
}

/// The value of `oc-etcd/source` where an object is made from nothing but a decision of ours.
const OURS: &str = "oc-etcd";

/// The MachineConfigs that the operator renders from a release's templates, behind their role's name.
const TEMPLATES: [(&str, &str); 3] =
    [("00-", ""), ("01-", "-kubelet"), ("01-", "-container-runtime")];

impl Author {
    /// Tells who wrote an object that is in the cluster.
    ///
    /// MachineConfigs that the operator generates from custom resources (KubeletConfig, Image) are an
    /// admin's: the operator writes them, with an admin's words.
    #[must_use]
    pub fn of(snapshot: &Snapshot, object: &Object) -> Self {
        if is_template(object) || (is_ours(object) && is_as_written(snapshot, object)) {
            return Self::of_wanted(snapshot, object);
        }
        Self::Admin
    }

    /// Tells who wrote an object that this program is about to write: whoever wrote its source.
    #[must_use]
    pub fn of_wanted(snapshot: &Snapshot, object: &Object) -> Self {
        let source = object.annotation(names::SOURCE).unwrap_or_default();
        let is_of_template = || {
            let source = source.strip_prefix("machineconfig/")?;
            snapshot.machine_config(source).filter(|it| is_template(it))
        };
        // An object of the older form is written again with all that it holds, whoever put it there.
        let is_ours_alone = source == OURS && !disk::is_older_form(object);
        let is_known = is_template(object) || is_ours_alone || is_of_template().is_some();
        if object.reference().kind == Kind::MachineConfig && is_known {
            Self::OpenShift
        } else {
            Self::Admin
        }
    }
}

/// Returns whether the operator rendered a MachineConfig of which nothing but the metadata was read.
#[must_use]
pub fn is_unread_template(metadata: &MetadataOnly) -> bool {
    metadata.judge(is_template)
}

/// Returns whether the operator rendered a MachineConfig from its release's templates: the name, the owner
/// and the annotation say so, and nobody else has changed it (MCO `pkg/controller/template`).
fn is_template(object: &Object) -> bool {
    let role = object.label(names::MACHINE_CONFIG_ROLE).unwrap_or_default();
    let is_named = TEMPLATES
        .iter()
        .any(|(number, what)| !role.is_empty() && object.name() == format!("{number}{role}{what}"));
    let is_owner = |owner: &Value| {
        let version = owner["apiVersion"].as_str().unwrap_or_default();
        version.starts_with("machineconfiguration.openshift.io/")
            && owner["kind"] == "ControllerConfig"
            && owner["controller"] == true
    };
    is_named
        && object.annotation(names::GENERATED_BY).is_some()
        && object.list("/metadata/ownerReferences").iter().any(is_owner)
        && writers(object).all(|it| it.starts_with("machine-config-") || it == "cluster-bootstrap")
}

/// Returns whether the contents of an object of ours are as this program wrote them: the digest in the object is that of
/// the contents, or of what the contents were made from.
fn is_as_written(snapshot: &Snapshot, object: &Object) -> bool {
    let Some(spec) = object.get("/spec") else { return false };
    let is_digest = |of: &Value| object.annotation(names::SOURCE_DIGEST) == Some(&digest(of));
    let source = object.annotation(names::SOURCE).and_then(|it| it.strip_prefix("machineconfig/"));
    let source = source.and_then(|it| snapshot.machine_config(it));
    is_digest(spec) || source.is_some_and(|it| is_digest(&machine_config::made_from(spec, it)))
}

/// Returns the managers of the fields of a spec.
fn writers(object: &Object) -> impl Iterator<Item = &str> {
    let entries = object.list("/metadata/managedFields").iter();
    let entries = entries.filter(|it| it["fieldsV1"].get("f:spec").is_some());
    entries.map(|it| it["manager"].as_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::ObjectRef;
    use crate::model::ours::name_of_copy;
    use serde_json::json;

    type Derive = fn(&Object, &str) -> Result<Object, machine_config::MachineConfigError>;

    fn snapshot() -> Snapshot {
        Snapshot::new("2024-08-21T12:00:00Z".parse().unwrap())
    }

    /// A MachineConfig of a role with metadata besides its name.
    fn machine_config(name: &str, role: &str, metadata: &Value) -> Object {
        let mut body = Object::new(ObjectRef::cluster(Kind::MachineConfig, name)).into_body();
        for (key, value) in metadata.as_object().unwrap() {
            body["metadata"][key] = value.clone();
        }
        body["metadata"]["labels"][names::MACHINE_CONFIG_ROLE] = role.into();
        body["spec"] = json!({"config": {"ignition": {"version": "3.4.0"}}});
        Object::from_value(body).unwrap()
    }

    fn template(manager: Option<&str>) -> Value {
        let managers: Vec<Value> = manager.into_iter().map(writer).collect();
        json!({
            "annotations": {names::GENERATED_BY: "7327"},
            "ownerReferences": [{"apiVersion": "machineconfiguration.openshift.io/v1",
                "kind": "ControllerConfig", "name": "machine-config-controller", "controller": true}],
            "managedFields": managers,
        })
    }

    fn writer(manager: &str) -> Value {
        json!({"manager": manager, "fieldsV1": {"f:spec": {"f:config": {}}}})
    }

    /// A copy of ours, of a source, with managers of its spec and a digest.
    fn copy(source: &str, managers: &[&str], digest: &str) -> Object {
        let name = source.strip_prefix("machineconfig/").map(name_of_copy);
        let object = machine_config(
            &name.unwrap_or_else(|| names::ETCD_DISK.to_owned()),
            names::ETCD,
            &json!({
                "annotations": {names::SOURCE: source, names::SOURCE_DIGEST: digest},
                "managedFields": managers.iter().map(|it| writer(it)).collect::<Vec<_>>(),
            }),
        );
        object.with_labels([names::MANAGED_BY])
    }

    #[test]
    fn a_source_is_the_operators_by_name_owner_annotation_and_writer_together() {
        let operator = |manager| template(manager);
        let without = |key: &str| {
            let mut metadata = template(None);
            metadata.as_object_mut().unwrap().remove(key);
            metadata
        };
        let mut other_owner = template(None);
        other_owner["ownerReferences"][0]["kind"] = "KubeletConfig".into();
        for (name, role, metadata, expected) in [
            ("00-master", "master", operator(None), Author::OpenShift),
            (
                "01-master-kubelet",
                "master",
                operator(Some("machine-config-controller")),
                Author::OpenShift,
            ),
            ("00-worker", "worker", operator(None), Author::OpenShift),
            ("00-master", "master", without("ownerReferences"), Author::Admin),
            ("00-master", "master", without("annotations"), Author::Admin),
            ("00-master", "master", operator(Some("kubectl-edit")), Author::Admin),
            ("00-master", "master", other_owner.clone(), Author::Admin),
            ("00-master", "", operator(None), Author::Admin),
            ("00-mine", "master", operator(None), Author::Admin),
            ("99-master-generated-kubelet", "master", other_owner, Author::Admin),
            ("99-master-generated-registries", "master", operator(None), Author::Admin),
        ] {
            let object = machine_config(name, role, &metadata);
            assert_eq!(Author::of(&snapshot(), &object), expected, "{name}: {metadata}");
        }
    }

    #[test]
    fn a_copy_is_as_secret_as_its_source_and_as_whoever_edited_it() {
        let master = machine_config("00-master", "master", &template(None));
        let admins = machine_config("99-master-ssh", "master", &json!({}));
        let snapshot = snapshot().with_objects([master.clone(), admins]);
        let whole = digest(master.get("/spec").unwrap());
        let (ours, both) = (&["oc-etcd"][..], &["oc-etcd", "kubectl-edit"][..]);
        for (source, digest, expected) in [
            ("machineconfig/00-master", whole.as_str(), Author::OpenShift),
            ("oc-etcd", &whole, Author::OpenShift),
            ("machineconfig/99-master-ssh", &whole, Author::Admin),
            ("machineconfig/00-worker", &whole, Author::Admin),
        ] {
            // The name of a manager is free.
            for managers in [&[], ours, both, &["gitops"]] {
                let of = |object: &Object| Author::of(&snapshot, object);
                let case = format!("{source} {managers:?} {digest}");
                assert_eq!(of(&copy(source, managers, digest)), expected, "{case}");
                let edited = copy(source, managers, digest)
                    .with("spec", json!({"kernelArguments": ["rd.x=Isc7si"]}));
                assert_eq!(of(&edited), Author::Admin, "{case}");
            }
        }
        let unmarked = machine_config("00-etcd", names::ETCD, &json!({}));
        assert_eq!(Author::of(&snapshot, &unmarked), Author::Admin);
    }

    #[test]
    fn a_copy_that_this_program_edits_is_known_by_the_digest_of_its_source() {
        let flags = "--node-labels=node-role.kubernetes.io/control-plane,node-role.kubernetes.io/master \
            --register-with-taints=node-role.kubernetes.io/master=:NoSchedule";
        let source = |name, level: u8| {
            let kubelet = format!("[Service]\nExecStart=/usr/bin/kubelet {flags} --v={level}\n");
            let units = json!([
                {"name": "a.service", "contents": format!("[Unit]\n# {level}\n")},
                {"name": "machine-config-daemon-pull.service", "contents": "[Unit]\n"},
                {"name": "kubelet.service", "contents": kubelet},
            ]);
            machine_config(name, "master", &template(None))
                .with("spec", json!({"config": {"systemd": {"units": units}}}))
        };
        for (name, derive) in [
            ("00-master", machine_config::copy_without_first_boot as Derive),
            ("01-master-kubelet", machine_config::copy_kubelet),
        ] {
            let written = derive(&source(name, 2), "1").unwrap();
            let mut spec = written.get("/spec").unwrap().clone();
            spec["kernelArguments"] = json!(["rd.x=Isc7si"]);
            let edited = written.clone().with("spec", spec);
            let labeled = written.get("/spec").unwrap().to_string();
            let labeled = labeled.replace(" --register-with", ",token=Isc7si --register-with");
            let labeled =
                serde_json::from_str(&labeled.replace("=:NoSchedule", "=p4ss:NoSchedule"));
            let labeled = written.clone().with("spec", labeled.unwrap());
            // An upgrade changes the source, and not at once the copy.
            for level in [2, 3] {
                let now = snapshot().with_objects([source(name, level)]);
                let of = |object| Author::of(&now, object);
                assert_eq!(of(&written), Author::OpenShift, "{name} {level}");
                for edited in [&edited, &labeled] {
                    assert_eq!(of(edited), Author::Admin, "{name} {level}: {}", edited.body());
                }
            }
        }
    }

    #[test]
    fn what_is_kept_of_an_older_form_may_be_an_admins() {
        let contents = json!({"source": "data:,mysql%20-pMy7sqlpw"});
        let storage = json!({"disks": [{"device": "/dev/nvme1n1"}],
            "files": [{"path": "/x", "contents": contents}]});
        let older = machine_config(names::ETCD_DISK, names::ETCD, &json!({}))
            .with("spec", json!({"config": {"storage": storage}}));
        let kept = disk::keep_older_form(&older, "3.2.0", "1");
        assert_eq!(Author::of(&snapshot(), &kept), Author::Admin);
        assert_eq!(Author::of_wanted(&snapshot(), &kept), Author::Admin);
    }
}
