//! A plan that was saved for review and for a later run: the basis of the plan, and whether the basis is unchanged.
//!
//! The document contains no body of any object. The document contains the request, the objects that the plan was made
//! from (`uid`, and `resourceVersion` if the object is copied or written), and a digest of each wanted object, for a copy
//! of the version of its source. To carry
//! out the plan, `init` reads the cluster and plans again: the sources must not have changed, and the same steps must
//! lead to the same contents. A file that somebody changed can therefore cause no change that `init` with its flags
//! would not make.

mod fit;
mod request;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Change, Plan};
use crate::model::kind::Kind;
use crate::model::machine_config_author::is_generated_by_operator;
use crate::model::object::{Object, ObjectRef, digest};
use crate::model::snapshot::Snapshot;
use crate::model::yaml::YamlError;
use crate::model::{names, yaml};

use super::init::InitRequest;
pub use fit::{Misfit, fit};
pub use request::SavedRequest;

/// The basis of a plan, beside its own contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Basis {
    /// The version of the tool that planned.
    pub tool_version: String,
    /// The request.
    pub request: SavedRequest,
    /// The objects that the plan was made from.
    pub observed: Vec<Observed>,
}

/// An object, as it was when the plan was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Observed {
    /// The object.
    pub object: ObjectRef,
    /// The `metadata.uid`.
    pub uid: Option<String>,
    /// The `metadata.resourceVersion` of objects that are copied or written. Pools and the rest are written
    /// by the operators all the time: of them it is what the plan makes of them that must be the same.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub resource_version: Option<String>,
}

impl Basis {
    /// Returns the basis of a plan.
    #[must_use]
    pub fn of(snapshot: &Snapshot, request: &InitRequest) -> Self {
        Self {
            tool_version: request.tool_version.clone(),
            request: SavedRequest::of(request),
            observed: observed(snapshot),
        }
    }
}

fn observed(snapshot: &Snapshot) -> Vec<Observed> {
    let observe = |object: &Object, version: Option<&str>| Observed {
        object: object.reference().clone(),
        uid: object.text("/metadata/uid").map(str::to_owned),
        resource_version: version.map(str::to_owned),
    };
    let pools = [names::MASTER, names::ETCD].into_iter().filter_map(|it| snapshot.pool(it));
    let known =
        snapshot.infrastructure().into_iter().chain(snapshot.cluster_version()).chain(pools);
    let bound = bound(snapshot);
    known
        .map(|it| observe(it, None))
        .chain(bound.map(|it| observe(it, it.resource_version())))
        .collect()
}

/// Returns the objects that are copied or written, pools aside. What the operator generates for the etcd pool
/// is neither.
fn bound(snapshot: &Snapshot) -> impl Iterator<Item = &Object> {
    let etcd = snapshot.machine_configs_of(names::ETCD).filter(|it| !is_generated_by_operator(it));
    let secrets = [names::MASTER_USER_DATA, names::ETCD_USER_DATA];
    let secrets = secrets.into_iter().filter_map(|name| snapshot.machine_secret(name));
    snapshot.machine_configs_of(names::MASTER).chain(etcd).chain(secrets)
}

/// Makes digests of what steps want.
///
/// An object that is made from nothing but decisions of ours has a digest of its content. A copy may hold a password of
/// an admin, which could be guessed from such a digest: the digest of a copy is of the version of its source.
#[derive(Clone, Copy, Debug)]
pub struct Digests<'a>(&'a Snapshot);

impl<'a> Digests<'a> {
    /// Takes the Snapshot that holds the sources.
    #[must_use]
    pub const fn of(snapshot: &'a Snapshot) -> Self {
        Self(snapshot)
    }

    /// Returns the digest of what a step wants; `None` when the step wants nothing.
    #[must_use]
    pub fn digest(self, change: &Change) -> Option<String> {
        let wanted = match change {
            Change::Unchanged(wanted) => wanted.as_ref(),
            Change::LeftToOperator { fallback } => fallback.as_ref(),
            change => change.wanted(),
        };
        wanted.map(|it| match source(it) {
            Some(source) => digest(&json!([it.name(), source.to_string(), self.version(&source)])),
            None => digest(it.body()),
        })
    }

    fn version(self, source: &ObjectRef) -> Value {
        let source = self.0.get(source);
        let uid = source.and_then(|it| it.text("/metadata/uid"));
        json!([uid, source.and_then(Object::resource_version)])
    }
}

/// Returns the object that an object is a copy of. `None` for an object that is made from a decision of ours.
fn source(wanted: &Object) -> Option<ObjectRef> {
    let (kind, name) = wanted.annotation(names::SOURCE)?.split_once('/')?;
    match kind {
        "machineconfig" => Some(ObjectRef::cluster(Kind::MachineConfig, name)),
        "secret" => Some(ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, name)),
        _ => None,
    }
}

/// The digest of a whole document, but for the field that holds it.
#[must_use]
pub fn seal(document: &Value) -> String {
    let mut document = document.clone();
    if let Some(fields) = document.as_object_mut() {
        fields.remove("digest");
    }
    digest(&document)
}

/// A saved plan, as it was read back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedPlan {
    tool_version: String,
    /// The request.
    pub request: SavedRequest,
    observed: Vec<Observed>,
    steps: Vec<SavedStep>,
    findings: Vec<SavedFinding>,
    is_blocked: bool,
    digest: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
struct SavedStep {
    change: String,
    object: ObjectRef,
    because: String,
    digest: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct SavedFinding {
    severity: String,
    #[serde(rename = "id")]
    check: String,
    subject: String,
}

/// Reason why a file is no plan that can be carried out.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SavedPlanError {
    /// The file is neither JSON nor YAML.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// The file holds something else.
    #[error("not a plan of init: {0}")]
    NotAPlan(&'static str),
    /// The file has another format.
    #[error("the apiVersion of the document is {0}, not oc-etcd/v1")]
    OtherFormat(String),
    /// The plan was made by another version, which may plan otherwise.
    #[error("the plan was created by version {made_by}, and this is version {this}")]
    OtherVersion {
        /// The one that made it.
        made_by: String,
        /// The version of this program.
        this: String,
    },
    /// The file was changed after it was written.
    #[error("the plan was changed after it was saved")]
    Changed,
    /// A check forbade it.
    #[error("a check blocked the plan when it was created")]
    Blocked,
}

impl SavedPlan {
    /// Reads a document, JSON or YAML.
    ///
    /// # Errors
    /// When it is no plan of `init`, of another version, changed, or refused by a check.
    pub fn read(text: &str, tool_version: &str) -> Result<Self, SavedPlanError> {
        let documents = yaml::documents(text)?;
        let [document] = documents.as_slice() else {
            return Err(SavedPlanError::NotAPlan("the file does not contain exactly one document"));
        };
        match (document["apiVersion"].as_str(), document["kind"].as_str()) {
            (Some("oc-etcd/v1"), Some("Plan")) => {}
            (Some(other), Some("Plan")) if other.starts_with("oc-etcd/") => {
                return Err(SavedPlanError::OtherFormat(other.to_owned()));
            }
            _ => return Err(SavedPlanError::NotAPlan("the document has another kind")),
        }
        let made_by = document["toolVersion"].as_str();
        let made_by = made_by.ok_or(SavedPlanError::NotAPlan(
            "the list of objects that the plan depends on is \
                missing",
        ))?;
        if made_by != tool_version {
            let (made_by, this) = (made_by.to_owned(), tool_version.to_owned());
            return Err(SavedPlanError::OtherVersion { made_by, this });
        }
        if document["digest"] != seal(document).as_str() {
            return Err(SavedPlanError::Changed);
        }
        let plan: Self = serde_json::from_value(document.clone())
            .map_err(|_| SavedPlanError::NotAPlan("fields are missing"))?;
        if plan.is_blocked { Err(SavedPlanError::Blocked) } else { Ok(plan) }
    }

    /// Returns the request of the plan.
    ///
    /// # Errors
    /// When it names what this version does not know.
    pub fn request(&self) -> Result<InitRequest, SavedPlanError> {
        let request = self.request.request(&self.tool_version);
        request.ok_or(SavedPlanError::NotAPlan("the request in the plan is not valid"))
    }

    fn uid_of(&self, kind: Kind, name: &str) -> Option<&str> {
        let is_it = |it: &&Observed| it.object.kind == kind && it.object.name == name;
        self.observed.iter().find(is_it)?.uid.as_deref()
    }
}

/// The findings of a plan, as far as a saved one must have them too.
fn warnings(plan: &Plan) -> impl Iterator<Item = SavedFinding> {
    plan.findings.iter().map(|it| SavedFinding {
        severity: it.severity.to_string(),
        check: it.check.to_string(),
        subject: it.subject.clone(),
    })
}
