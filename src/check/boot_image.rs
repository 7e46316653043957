//! Reports boot images of the installation that are too old for new machines. New machines get the image of the Machines of
//! the masters, which an upgrade does not change before 4.22.

use super::finding::{Check, Finding};
use crate::derive::user_data;
use crate::model::object::Object;
use crate::model::release::Release;
use crate::model::snapshot::Snapshot;
use crate::redact::policy::quotable_name;

/// The release of the oldest boot image that the operator supports (MCO 4.22 `pkg/controller/common/constants.go`,
/// `OCPVersionBootImageSkewLimit`).
const OLDEST_SUPPORTED: Release = Release::minor(13);

/// The release of the oldest boot image that reads Ignition 3.
const IGNITION_3: Release = Release::minor(6);

/// Reports the boot image of a cluster that was installed with an old release. `secret` is the user data of new machines.
#[must_use]
pub fn finding(snapshot: &Snapshot, secret: Option<&Object>) -> Option<Finding> {
    let version = snapshot.installed_version()?;
    let installed: Release = version.parse().ok()?;
    if installed >= OLDEST_SUPPORTED {
        return None;
    }
    let image = format!(
        "the cluster was installed with {}, and the Machines of the masters have the boot image of that release, unless \
         somebody changed the image",
        quotable_name(version)
    );
    let config = secret.and_then(|it| user_data::decode(it).ok());
    let of_secret = config.as_ref().and_then(|it| it["ignition"]["version"].as_str());
    let place = "clusterversion/version";
    let newer = "the images of this release: oc get configmap/coreos-bootimages -n openshift-machine-config-operator -o yaml";
    if installed < IGNITION_3 && of_secret.is_some_and(|it| it.starts_with("3.")) {
        let message = format!(
            "{image}: this image reads only Ignition 2, and the user data has Ignition 3, so that a new machine stops at \
             its first boot"
        );
        return Some(Check::BootImageSkew.warning(place, message).hint(newer));
    }
    if snapshot.release()? < OLDEST_SUPPORTED {
        return None;
    }
    let message = format!(
        "{image}: OpenShift supports boot images from 4.13 on, and a machine with an older image may never join the cluster"
    );
    Some(Check::BootImageSkew.note(place, message).hint(newer))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde_json::json;

    use super::*;
    use crate::check::Severity;
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;
    use crate::status::fixtures::cluster;

    fn told(installed: &str, ignition: &str) -> Option<Severity> {
        let snapshot = cluster(&["4.16"]);
        let mut version = snapshot.cluster_version().unwrap().clone().into_body();
        let history = version.pointer_mut("/status/history").unwrap().as_array_mut().unwrap();
        history.push(json!({"state": "Completed", "version": installed}));
        let snapshot = snapshot.with_objects([Object::from_value(version).unwrap()]);
        finding(&snapshot, Some(&secret(ignition))).map(|it| it.severity)
    }

    fn secret(ignition: &str) -> Object {
        let config = json!({"ignition": {"version": ignition}}).to_string();
        Object::new(ObjectRef::cluster(Kind::Secret, "master-user-data"))
            .with("data", json!({"userData": STANDARD.encode(config)}))
    }

    #[test]
    fn an_image_that_is_older_than_the_user_data_or_the_operator_allow_is_told() {
        assert_eq!(told("4.3.5", "3.2.0"), Some(Severity::Warning));
        assert_eq!(told("4.3.5", "2.2.0"), Some(Severity::Note));
        assert_eq!(told("4.12.50", "3.2.0"), Some(Severity::Note));
        assert_eq!(told("4.13.0", "3.2.0"), None);
        let older = cluster(&["4.10"]);
        let mut version = older.cluster_version().unwrap().clone().into_body();
        let history = version.pointer_mut("/status/history").unwrap().as_array_mut().unwrap();
        history.push(json!({"state": "Completed", "version": "4.3.5"}));
        let older = older.with_objects([Object::from_value(version).unwrap()]);
        assert_eq!(finding(&older, None), None, "the operator of 4.10 has no limit");
        assert_eq!(finding(&older, Some(&secret("3.2.0"))).unwrap().severity, Severity::Warning);
    }
}
