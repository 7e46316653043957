//! Makes the user data of etcd machines from that of the masters.

use super::request::InitRequest;
use crate::check::{Check, Finding, boot_image, machine_user_data};
use crate::derive::user_data;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::ObjectRef;
use crate::model::snapshot::Snapshot;
use crate::plan::reconcile::Wanted;

pub(super) fn wanted(
    snapshot: &Snapshot,
    request: &InitRequest,
    findings: &mut Vec<Finding>,
) -> Option<Wanted> {
    let secret = |name| ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, name);
    if snapshot.is_unreadable(&secret(names::ETCD_USER_DATA)) {
        return None;
    }
    let Some(source) = snapshot.machine_secret(names::MASTER_USER_DATA) else {
        if !snapshot.is_unreadable(&secret(names::MASTER_USER_DATA)) {
            let subject = format!("secret/{}", names::MASTER_USER_DATA);
            findings.push(
                Check::SourceMissing
                    .blocker(subject, "the object does not exist; the installer creates it"),
            );
        }
        return None;
    };
    match user_data::derive(source, &request.tool_version) {
        Ok((object, because)) => {
            findings.extend(machine_user_data::without_authority(source));
            findings.extend(machine_user_data::of_masters(snapshot, source));
            findings.extend(boot_image::finding(snapshot, Some(source)));
            Some(Wanted::new(object, because))
        }
        Err(error) => {
            findings.push(Check::UserDataInvalid.blocker(source.reference(), error.to_string()));
            None
        }
    }
}
