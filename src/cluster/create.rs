//! Creates an object exactly once, even if the answer is lost.

use kube::api::PostParams;

use crate::api::Cluster;
use crate::api::error::{Fault, WriteError};
use crate::api::requests::{ApplyOptions, FieldValidation, collection};
use crate::api::retry::{FailedRequest, Retry, RetryBudget};
use crate::model::names;
use crate::model::object::Object;
use crate::plan::outcome::Persistence;

impl Cluster {
    /// Creates an object that must not exist. The request is never sent again blindly: if the answer is lost, the
    /// object is read, and the annotation `oc-etcd/run-id` shows whether this run created the object.
    ///
    /// # Errors
    /// When the server refuses; `AlreadyExists` when an object of that name exists.
    pub async fn create(&self, object: &Object, options: &ApplyOptions) -> Result<(), WriteError> {
        let reference = object.reference();
        let error = |failed| WriteError::of("creating", reference, failed);
        let marked = object.clone().with_annotations([(names::RUN_ID, self.run_id.as_str())]);
        let mut budget = RetryBudget::of(Retry::Write, self.deadline);
        loop {
            let Err(failed) = self.create_once(&marked, options).await else { return Ok(()) };
            let is_there = failed.fault.is_already_exists();
            if !is_there && !failed.fault.is_passing() && !failed.is_ambiguous {
                return Err(error(failed));
            }
            match self.get(reference).await.map_err(WriteError::unread)? {
                Some(existing) if existing.annotation(names::RUN_ID) == Some(&self.run_id) => {
                    return Ok(());
                }
                Some(_) => return Err(error(Fault::already_exists(reference).into())),
                None if is_there || !failed.fault.is_passing() => return Err(error(failed)),
                None => {}
            }
            if !budget.pause(failed.retry_after).await {
                let fault = failed.fault.asking_to_wait(failed.retry_after);
                return Err(error(FailedRequest { fault, ..failed }));
            }
        }
    }

    async fn create_once(
        &self,
        object: &Object,
        options: &ApplyOptions,
    ) -> Result<(), FailedRequest> {
        let reference = object.reference();
        let params = PostParams {
            dry_run: options.persistence == Persistence::DryRun,
            field_manager: Some(options.field_manager.clone()),
        };
        let request = collection(reference.kind, reference.namespace.as_deref())
            .create(&params, object.body().to_string().into_bytes());
        let request = request.and_then(|it| validated(it, options.validation));
        self.send(reference.kind, request, Retry::Never).await.map(drop)
    }
}

/// The same request with the parameter that kube has for patches only.
fn validated(
    mut request: http::Request<Vec<u8>>,
    validation: FieldValidation,
) -> Result<http::Request<Vec<u8>>, kube::core::request::Error> {
    let directive = validation.directive();
    let uri = format!("{}&fieldValidation={}", request.uri(), directive.as_str());
    let uri: Result<http::Uri, _> = uri.parse();
    *request.uri_mut() =
        uri.map_err(|error| kube::core::request::Error::BuildRequest(error.into()))?;
    Ok(request)
}
