//! The requests, one function each, over whole untyped objects.

use kube::api::{
    DeleteParams, GetParams, ListParams, Patch, PatchParams, PostParams, Preconditions,
    ValidationDirective,
};
use kube::core::Request;
use serde_json::{Value, json};

use super::error::{ClusterError, Fault, WriteError};
use crate::api::Cluster;
use crate::api::retry::{FailedRequest, Retry};
use crate::model::kind::Kind;
use crate::model::object::{Object, ObjectRef, ResourceVersion};
use crate::model::snapshot::{MetadataOnly, Permission, is_ours};
use crate::plan::compare;
use crate::plan::list_edit::ListEdit;
use crate::plan::outcome::{Persistence, Stored};

/// The number of objects that one answer of a list may hold, as kubectl's `--chunk-size`.
const PAGE: u32 = 500;

/// The number of times that a list is begun whose place the server did not keep.
const BEGINNINGS: usize = 5;

/// The treatment of unknown and duplicate fields by the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum FieldValidation {
    /// The server refuses the fields.
    #[default]
    Strict,
    /// The server warns of the fields.
    Warn,
    /// The server ignores the fields.
    Ignore,
}

impl FieldValidation {
    pub(crate) const fn directive(self) -> ValidationDirective {
        match self {
            Self::Strict => ValidationDirective::Strict,
            Self::Warn => ValidationDirective::Warn,
            Self::Ignore => ValidationDirective::Ignore,
        }
    }
}

/// The options with which objects are applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplyOptions {
    /// Name of the field manager.
    pub field_manager: String,
    /// Indicates whether fields of other managers are taken over.
    pub force: bool,
    /// The persistence of the write.
    pub persistence: Persistence,
    /// The treatment of fields that the server does not know.
    pub validation: FieldValidation,
}

/// The objects of a kind to list; all when the selector names nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selector<'a> {
    /// By labels: `app=etcd`.
    pub labels: Option<&'a str>,
    /// By fields: `spec.nodeName=a`.
    pub fields: Option<&'a str>,
}

impl Cluster {
    pub(crate) async fn send(
        &self,
        subject: Kind,
        request: Result<http::Request<Vec<u8>>, kube::core::request::Error>,
        repeat: Retry,
    ) -> Result<Value, FailedRequest> {
        let request = request.map_err(|_| FailedRequest::from(Fault::Answer))?;
        self.send_with_retry(Some(subject), &request, repeat).await
    }

    /// Gets one object. `None` when the object does not exist.
    ///
    /// # Errors
    /// Everything but its absence; a kind that is not served is a 404 that names no object.
    pub async fn get(&self, reference: &ObjectRef) -> Result<Option<Object>, ClusterError> {
        let request = collection(reference.kind, reference.namespace.as_deref())
            .get(&reference.name, &GetParams::default());
        found(reference, self.send(reference.kind, request, Retry::Read).await)
    }

    /// Gets the metadata of one object, without its body. `None` when it is not there.
    ///
    /// # Errors
    /// Everything but its absence.
    pub async fn get_metadata(
        &self,
        reference: &ObjectRef,
    ) -> Result<Option<MetadataOnly>, ClusterError> {
        let request = collection(reference.kind, reference.namespace.as_deref())
            .get_metadata(&reference.name, &GetParams::default());
        let mut answer = self.send(reference.kind, request, Retry::Read).await;
        if let Some(fields) = answer.as_mut().ok().and_then(Value::as_object_mut) {
            // The answer is a PartialObjectMetadata, or the whole object of a server that has none.
            fields.insert("apiVersion".to_owned(), reference.kind.api_version().into());
            fields.insert("kind".to_owned(), reference.kind.resource().kind.into());
        }
        Ok(found(reference, answer)?.as_ref().map(MetadataOnly::of))
    }

    /// Lists whole objects, page by page.
    ///
    /// # Errors
    /// When a page cannot be had.
    pub async fn list(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        selector: Selector<'_>,
    ) -> Result<Vec<Object>, ClusterError> {
        let error =
            |fault| ClusterError { attempted: format!("listing {}", kind.qualified()), fault };
        let mut params = ListParams { limit: Some(PAGE), ..ListParams::default() };
        params.label_selector = selector.labels.map(str::to_owned);
        params.field_selector = selector.fields.map(str::to_owned);
        let mut objects = Vec::new();
        let mut begun = 1;
        loop {
            let request = collection(kind, namespace).list(&params);
            let mut page = match self.send(kind, request, Retry::Read).await {
                Ok(page) => page,
                // The server keeps a list's place for some minutes only.
                Err(failed)
                    if failed.fault.is_code(410)
                        && params.continue_token.is_some()
                        && begun < BEGINNINGS =>
                {
                    begun += 1;
                    params.continue_token = None;
                    objects.clear();
                    continue;
                }
                Err(failed) => return Err(error(failed.fault)),
            };
            let Some(Value::Array(items)) = page.get_mut("items").map(Value::take) else {
                return Err(error(Fault::Answer));
            };
            for mut item in items {
                // Items of a typed list carry no type of their own.
                let Some(fields) = item.as_object_mut() else { return Err(error(Fault::Answer)) };
                fields.insert("apiVersion".to_owned(), kind.api_version().into());
                fields.insert("kind".to_owned(), kind.resource().kind.into());
                objects.push(Object::from_value(item).map_err(|_| error(Fault::Answer))?);
            }
            match page["metadata"]["continue"].as_str().filter(|token| !token.is_empty()) {
                Some(token) => params.continue_token = Some(token.to_owned()),
                None => return Ok(objects),
            }
        }
    }

    /// Makes sure that nobody has made another object of that name since it was planned: applying
    /// would merge into it. One that is as wanted is as good as none: a run at the same time made it.
    ///
    /// # Errors
    /// `AlreadyExists` when another one is there.
    pub async fn must_not_merge(&self, wanted: &Object) -> Result<(), ClusterError> {
        let reference = wanted.reference();
        let Some(existing) = self.get(reference).await? else { return Ok(()) };
        if is_ours(&existing) && compare::differences(&existing, wanted).is_empty() {
            return Ok(());
        }
        Err(ClusterError::new("creating", reference, Fault::already_exists(reference)))
    }

    /// Applies an object on the server's side, and gives what is stored. With `before`, only if it is
    /// still that version of that object.
    ///
    /// # Errors
    /// When the server refuses; a 409 is a conflict with another manager, or with a later version.
    pub async fn apply(
        &self,
        object: &Object,
        before: Option<&ResourceVersion>,
        options: &ApplyOptions,
    ) -> Result<Object, WriteError> {
        let reference = object.reference();
        let error = |failed| WriteError::of("applying", reference, failed);
        let mut body = object.body().clone();
        if let Some(version) = before {
            // With its uid, an object that was deleted meanwhile is not made again.
            if !version.resource.is_empty() {
                body["metadata"]["resourceVersion"] = version.resource.as_str().into();
            }
            body["metadata"]["uid"] = version.uid.as_deref().into();
        }
        let params = PatchParams {
            dry_run: options.persistence == Persistence::DryRun,
            force: options.force,
            field_manager: Some(options.field_manager.clone()),
            field_validation: Some(options.validation.directive()),
        };
        let request = collection(reference.kind, reference.namespace.as_deref()).patch(
            &reference.name,
            &params,
            &Patch::Apply(&body),
        );
        let failed = match self.send(reference.kind, request, Retry::Write).await {
            Ok(answer) => {
                return Object::from_value(answer).map_err(|_| error(FailedRequest::unread()));
            }
            Err(failed) => failed,
        };
        // A try whose answer was lost may have moved the version that the next one was bound to.
        if failed.is_ambiguous
            && failed.fault.is_code(409)
            && let Some(existing) = self.get(reference).await.map_err(WriteError::unread)?
            && compare::differences(&existing, object).is_empty()
        {
            return Ok(existing);
        }
        Err(error(failed))
    }

    /// Takes fields out of an object, if its `resourceVersion` is still that. Gives the new one.
    ///
    /// # Errors
    /// When the server refuses; a 409 when the object has changed.
    pub async fn remove_fields(
        &self,
        reference: &ObjectRef,
        paths: &[Vec<String>],
        before: &ResourceVersion,
        options: &ApplyOptions,
    ) -> Result<ResourceVersion, WriteError> {
        let error = |failed| WriteError::of("changing", reference, failed);
        let params = PatchParams {
            dry_run: options.persistence == Persistence::DryRun,
            field_manager: Some(options.field_manager.clone()),
            ..PatchParams::default()
        };
        let request = collection(reference.kind, reference.namespace.as_deref()).patch(
            &reference.name,
            &params,
            &Patch::Merge(without(paths, before)),
        );
        let answer = match self.send(reference.kind, request, Retry::Write).await {
            Ok(answer) => answer,
            Err(failed) if failed.is_ambiguous && failed.fault.is_code(409) => {
                match self.get(reference).await.map_err(WriteError::unread)? {
                    Some(existing) if !paths.iter().any(|path| is_set(&existing, path)) => {
                        existing.into_body()
                    }
                    _ => return Err(error(failed)),
                }
            }
            Err(failed) => return Err(error(failed)),
        };
        let changed = Object::from_value(answer).map_err(|_| error(FailedRequest::unread()))?;
        Ok(ResourceVersion::of(&changed))
    }

    /// Adds an entry to a list in an object, or takes one out, and gives what is stored. Only if it is still that
    /// version of that object, with that list.
    ///
    /// # Errors
    /// When the server refuses; a conflict when the object has changed.
    pub async fn edit(
        &self,
        reference: &ObjectRef,
        edit: &ListEdit,
        before: &ResourceVersion,
        options: &ApplyOptions,
    ) -> Result<Object, WriteError> {
        let error = |failed| WriteError::of("changing", reference, failed);
        let params = PatchParams {
            dry_run: options.persistence == Persistence::DryRun,
            field_manager: Some(options.field_manager.clone()),
            field_validation: Some(options.validation.directive()),
            ..PatchParams::default()
        };
        let request = collection(reference.kind, reference.namespace.as_deref())
            .patch(&reference.name, &params, &Patch::Merge(edit.patch(before)))
            .map(|mut request| {
                // kube has this kind of patch behind a feature and a crate of its own.
                let kind = http::HeaderValue::from_static("application/json-patch+json");
                request.headers_mut().insert(http::header::CONTENT_TYPE, kind);
                request
            });
        let failed = match self.send(reference.kind, request, Retry::Write).await {
            Ok(answer) => {
                let stored = Object::from_value(answer);
                let stored = stored.map_err(|_| error(FailedRequest::unread()))?;
                if edit.is_done_in(&stored) {
                    return Ok(stored);
                }
                let fault = Fault::dropped(reference);
                let error = ClusterError::new("changing", reference, fault);
                return Err(WriteError { stored: Stored::Yes, ..error.into() });
            }
            Err(failed) => failed,
        };
        // A test that fails is 422, and so is what the server does not take; and a try whose answer was lost may
        // have been carried out.
        if !failed.fault.is_code(422) && !failed.fault.is_code(409) {
            return Err(error(failed));
        }
        let existing = self.get(reference).await.map_err(WriteError::unread)?;
        let version = existing.as_ref().map(ResourceVersion::of);
        if let (Some(existing), Some(version)) = (existing, &version)
            && failed.is_ambiguous
            && version.uid == before.uid
            && edit.is_done_in(&existing)
        {
            return Ok(existing);
        }
        if version.as_ref() == Some(before) {
            return Err(error(failed));
        }
        Err(error(FailedRequest { fault: Fault::moved(reference), ..failed }))
    }

    /// Deletes an object, if the object still has this version. An object that no longer exists is no
    /// error.
    ///
    /// # Errors
    /// When the server refuses.
    pub(crate) async fn delete(
        &self,
        reference: &ObjectRef,
        before: &ResourceVersion,
        persistence: Persistence,
        repeat: Retry,
    ) -> Result<(), WriteError> {
        let params = DeleteParams {
            dry_run: persistence == Persistence::DryRun,
            preconditions: Some(Preconditions {
                resource_version: Some(before.resource.clone()).filter(|it| !it.is_empty()),
                uid: before.uid.clone(),
            }),
            ..DeleteParams::default()
        };
        let request = collection(reference.kind, reference.namespace.as_deref())
            .delete(&reference.name, &params);
        match self.send(reference.kind, request, repeat).await {
            Ok(_) => Ok(()),
            Err(failed) if failed.fault.is_absence() => Ok(()),
            // A try whose answer was lost may have moved the version that the next one was bound to, or is the only
            // one: what has finalizers is still there.
            Err(failed)
                if failed.is_ambiguous && (failed.fault.is_code(409) || repeat == Retry::Never) =>
            {
                match self.get(reference).await.map_err(WriteError::unread)? {
                    Some(it)
                        if ResourceVersion::of(&it).uid == before.uid && !it.is_terminating() =>
                    {
                        Err(WriteError::of("deleting", reference, failed))
                    }
                    _ => Ok(()),
                }
            }
            Err(failed) => Err(WriteError::of("deleting", reference, failed)),
        }
    }

    /// Asks whether the user may do something (SelfSubjectAccessReview).
    ///
    /// # Errors
    /// When the question itself is refused.
    pub async fn may(&self, mut question: Permission) -> Result<Permission, ClusterError> {
        let resource = question.kind.resource();
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": { "resourceAttributes": {
                "verb": question.verb,
                "group": resource.group,
                "resource": resource.plural,
                "namespace": question.namespace,
                "name": question.name,
            } },
        });
        let request = Request::new("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews")
            .create(&PostParams::default(), review.to_string().into_bytes());
        let answer = self.send(question.kind, request, Retry::Read).await.map_err(|failed| {
            ClusterError { attempted: "checking your permissions".to_owned(), fault: failed.fault }
        })?;
        question.is_allowed = answer["status"]["allowed"].as_bool() == Some(true);
        Ok(question)
    }

    /// The API server's Kubernetes version: `v1.33.4`.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn server_version(&self) -> Result<String, ClusterError> {
        let what = "the server's version";
        let version = self.read_path("/version", what).await?;
        let version = version["gitVersion"].as_str().map(str::to_owned);
        version.ok_or_else(|| ClusterError::reading(what, Fault::Answer))
    }

    /// Reads what is at a path of the API server; `what` names it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(crate) async fn read_path(&self, path: &str, what: &str) -> Result<Value, ClusterError> {
        let error = |fault| ClusterError::reading(what, fault);
        let request = http::Request::get(path).body(Vec::new());
        let request = request.map_err(|_| error(Fault::Answer))?;
        let answer = self.send_with_retry(None, &request, Retry::Read).await;
        answer.map_err(|failed| error(failed.fault))
    }

    /// kube's own handle on a kind, for watches.
    #[must_use]
    pub(crate) fn watchable<K>(&self, kind: Kind, namespace: Option<&str>) -> kube::Api<K>
    where
        K: kube::Resource<
                DynamicType = kube::api::ApiResource,
                Scope = kube::core::DynamicResourceScope,
            >,
    {
        let resource = kind.resource();
        let api_resource = kube::api::ApiResource {
            group: resource.group.to_owned(),
            version: resource.version.to_owned(),
            api_version: kind.api_version(),
            kind: resource.kind.to_owned(),
            plural: resource.plural.to_owned(),
        };
        match namespace {
            Some(namespace) => {
                kube::Api::namespaced_with(self.client.held().client, namespace, &api_resource)
            }
            None => kube::Api::all_with(self.client.held().client, &api_resource),
        }
    }
}

/// A merge patch that takes fields out: each is null (RFC 7386).
fn without(paths: &[Vec<String>], before: &ResourceVersion) -> Value {
    let mut patch = json!({ "metadata": { "resourceVersion": before.resource } });
    for path in paths {
        let mut at = &mut patch;
        for part in path {
            at = &mut at[part];
        }
        *at = Value::Null;
    }
    patch
}

fn is_set(object: &Object, path: &[String]) -> bool {
    let found = path.iter().try_fold(object.body(), |at, part| at.get(part));
    found.is_some_and(|value| !value.is_null())
}

/// Reads the answer to a request for one object. `None` when the object does not exist.
pub(crate) fn found(
    reference: &ObjectRef,
    answer: Result<Value, FailedRequest>,
) -> Result<Option<Object>, ClusterError> {
    let error = |fault| ClusterError::reading(reference, fault);
    match answer {
        Ok(body) => Object::from_value(body).map(Some).map_err(|_| error(Fault::Answer)),
        Err(failed) if failed.fault.is_absence() => Ok(None),
        Err(failed) => Err(error(failed.fault)),
    }
}

/// The URL path of a kind's objects.
pub(crate) fn collection(kind: Kind, namespace: Option<&str>) -> Request {
    let resource = kind.resource();
    let group = match resource.group {
        "" => format!("/api/{}", resource.version),
        group => format!("/apis/{group}/{}", resource.version),
    };
    Request::new(match namespace {
        Some(namespace) => format!("{group}/namespaces/{namespace}/{}", resource.plural),
        None => format!("{group}/{}", resource.plural),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_names_each_field_that_goes() {
        let path = |text: &str| text.split('.').map(str::to_owned).collect();
        let version = ResourceVersion { resource: "7".to_owned(), uid: None };
        assert_eq!(
            without(&[path("spec.kernelArguments"), path("metadata.labels.x")], &version),
            json!({
                "metadata": { "resourceVersion": "7", "labels": { "x": null } },
                "spec": { "kernelArguments": null },
            })
        );
    }
}
