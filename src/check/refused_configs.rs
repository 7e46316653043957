//! Reports MachineConfigs because of which the Machine Config Operator does not render the etcd pool, or not again after
//! the next upgrade or change (MCO `pkg/controller/render`, `pkg/controller/common/{helpers,reconcile}.go`).

use serde_json::Value;

use super::finding::{Check, Finding, Severity};
use crate::ignition;
use crate::model::machine_config_author::{
    MachineConfigAuthor, TEMPLATES, TEMPLATES_OF_WORKERS, author,
};
use crate::model::names;
use crate::model::object::Object;
use crate::model::release::Release;
use crate::model::snapshot::Snapshot;
use crate::openshift::kubelet::boot::Boot;
use crate::redact::policy::quotable_name;

/// The kernel types of OpenShift, each with the first minor release that has it. An empty one is the default.
const KERNEL_TYPES: [(&str, u32); 4] =
    [("", 0), ("default", 0), ("realtime", 0), ("64k-pages", 15)];

/// The extensions of OpenShift, each with the first and the last minor release that has it: MCO `SupportedExtensions` of
/// release-4.10 to release-4.22.
const EXTENSIONS: [(&str, u32, u32); 8] = [
    ("ipsec", 14, u32::MAX),
    ("kerberos", 11, u32::MAX),
    ("kernel-devel", 0, u32::MAX),
    ("sandboxed-containers", 0, u32::MAX),
    ("sysstat", 18, u32::MAX),
    ("two-node-ha", 19, u32::MAX),
    ("usbguard", 0, u32::MAX),
    ("wasm", 14, 21),
];

/// Reports each of the pool's MachineConfigs that the operator refuses. `boot` is the configuration of the pool.
#[must_use]
pub fn findings(snapshot: &Snapshot, boot: &Boot<'_>) -> Vec<Finding> {
    // During an upgrade, the operator is that of the next release.
    let release = snapshot.newest_release();
    let is_okd = snapshot.is_okd();
    let of_config = |it: &&Object| {
        let is_of_others = author(it) == MachineConfigAuthor::SomebodyElse;
        let found = is_of_others.then(|| invalid(it, release, is_okd)).flatten().map(|message| {
            let hint = format!("oc edit {}", it.reference());
            Check::MachineConfigRefused.blocker(it.reference(), message).hint(hint)
        });
        // An annotation that somebody gave the object stays when the object is written.
        let existing = snapshot.machine_config(it.name());
        existing.and_then(|it| annotated(snapshot, it)).into_iter().chain(found)
    };
    boot.machine_configs().iter().flat_map(of_config).collect()
}

/// Reports the annotation of the operator on an object of somebody else: nobody keeps the annotation up to date.
fn annotated(snapshot: &Snapshot, object: &Object) -> Option<Finding> {
    let version = object.annotation(names::GENERATED_BY).filter(|it| !it.is_empty())?;
    let is_operators = author(object) == MachineConfigAuthor::Operator;
    // The operator keeps its objects up to date as long as their pool exists.
    let is_left = snapshot.pool(names::ETCD).is_none()
        && object.label(names::MACHINE_CONFIG_ROLE) == Some(names::ETCD);
    if is_operators && !is_left {
        return None;
    }
    let templates = TEMPLATES.iter().chain(&TEMPLATES_OF_WORKERS);
    let mut templates =
        templates.filter_map(|it| snapshot.machine_config(it)?.annotation(names::GENERATED_BY));
    let reference = object.reference();
    let key = names::GENERATED_BY;
    let is_old = templates
        .next()
        .is_some_and(|current| current != version && templates.all(|it| it == current));
    if is_operators {
        let message = "the object was generated in another release for a pool that no longer exists: the operator does \
                       not render a new pool with the object";
        let hint = format!("oc delete {reference}");
        let finding = Check::MachineConfigRefused.blocker(reference, message).hint(hint);
        return is_old.then_some(finding);
    }
    let (severity, when) = if is_old {
        (Severity::Blocker, "the operator does not render the pool")
    } else {
        (Severity::Warning, "the operator does not render the pool after the next upgrade")
    };
    let message = format!(
        "the operator did not generate the object, and the object has the operator's annotation {key}: {when}"
    );
    // Without the annotation, an image in the object counts.
    let images = ["osImageURL", "baseOSExtensionsContainerImage"];
    let mut images =
        images.into_iter().filter(|it| object.get(&format!("/spec/{it}")).is_some()).peekable();
    let hint = if images.peek().is_none() {
        format!("oc annotate {reference} {key}-")
    } else {
        let cleared: Vec<String> = images.map(|it| format!("\"{it}\":\"\"")).collect();
        format!(
            "oc patch {reference} --type=merge -p '{{\"metadata\":{{\"annotations\":{{\"{key}\":null}}}},\"spec\":{{{}}}}}'",
            cleared.join(",")
        )
    };
    Some(Check::MachineConfigRefused.blocker(reference, message).hint(hint).at_most(severity))
}

/// Returns what the operator refuses in a MachineConfig. A release that was not tested may have other limits.
fn invalid(object: &Object, release: Option<Release>, is_okd: bool) -> Option<String> {
    let newest = Release::NEWEST_TESTED;
    let tested = release.filter(|it| (it.major, it.minor) <= (newest.major, newest.minor));
    let minor = tested.map(|it| it.minor);
    let of_release = |it| unsupported(object, it, is_okd).or_else(|| mode(object, it));
    minor.and_then(of_release).or_else(|| appending(object))
}

/// Returns what a minor release does not have, and the operator refuses at any time.
fn unsupported(object: &Object, release: u32, is_okd: bool) -> Option<String> {
    let newest = newest_ignition(release);
    let version = ignition::version(object).filter(|it| minor_of(it).is_some_and(|it| it > newest));
    // OKD installs any package of its operating system as an extension.
    let has = |name: &&str| {
        is_okd
            || EXTENSIONS
                .iter()
                .any(|(it, first, last)| it == name && (*first..=*last).contains(&release))
    };
    let mut extensions = object.list("/spec/extensions").iter().filter_map(Value::as_str);
    let is_type =
        |name: &str| KERNEL_TYPES.iter().any(|(it, first)| *it == name && release >= *first);
    let kernel_type = object.text("/spec/kernelType").filter(|it| !is_type(it));
    let mut refused = [
        ("Ignition version", version),
        ("extension", extensions.find(|it| !has(it))),
        ("kernel type", kernel_type),
    ]
    .into_iter();
    let (what, name) = refused.find_map(|(what, name)| Some((what, name?)))?;
    Some(format!(
        "the operator does not render a pool with the {what} {}, which OpenShift 4.{release} does not have",
        quotable_name(name)
    ))
}

/// Returns a mode of a file that the operator refuses. From 4.13 on, the operator drops the special bits of the versions 3.0
/// to 3.3 as it converts them (MCO `validateIgn3FileModes`).
fn mode(object: &Object, release: u32) -> Option<String> {
    let is_converted = release >= 13
        && ignition::version(object).and_then(minor_of).is_some_and(|minor| minor <= 3);
    let files = ignition::files(ignition::config(object)?);
    let is_refused = |it: &&Value| it["mode"].as_i64().is_some_and(|mode| mode > 0o777);
    let file = files.iter().find(is_refused).filter(|_| !is_converted)?;
    Some(format!(
        "the operator does not render a pool with the mode {:#o} of the file {}: the largest mode is 0o777, and \
         Ignition takes modes as decimal numbers",
        file["mode"].as_i64().unwrap_or_default(),
        quotable_name(file["path"].as_str().unwrap_or_default())
    ))
}

/// Returns what the operator refuses as soon as the pool is rendered once more.
fn appending(object: &Object) -> Option<String> {
    let files = ignition::files(ignition::config(object)?);
    let appending = files.iter().find(|it| ignition::is_appending(it))?;
    let path = appending["path"].as_str().unwrap_or_default();
    Some(format!(
        "the operator does not change a pool again after a rendered configuration has `append`, as that of the file {}: \
         the file must have `contents` instead",
        quotable_name(path)
    ))
}

/// Returns the minor number of a version of Ignition's spec 3.
fn minor_of(version: &str) -> Option<u32> {
    version.strip_prefix("3.")?.split('.').next()?.parse().ok()
}

/// Returns the minor number of the newest version of Ignition's spec that the operator of a release takes.
const fn newest_ignition(release: u32) -> u32 {
    match release {
        ..=12 => 2,
        13..=18 => 4,
        _ => 5,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;
    use crate::status::fixtures::cluster;

    fn told(version: &str) -> bool {
        let config =
            Object::new(ObjectRef::cluster(Kind::MachineConfig, "99-worker-okd-extensions"))
                .with_labels([(names::MACHINE_CONFIG_ROLE, names::WORKER)])
                .with("spec", json!({"extensions": ["glusterfs"]}));
        let snapshot = cluster(&["4.16"]);
        let mut body = snapshot.cluster_version().unwrap().clone().into_body();
        body["status"]["history"] = json!([{"state": "Completed", "version": version}]);
        body["status"]["desired"]["version"] = version.into();
        let snapshot = snapshot.with_objects([Object::from_value(body).unwrap()]);
        !findings(&snapshot, &Boot::of(vec![&config])).is_empty()
    }

    #[test]
    fn okd_has_other_extensions_than_openshift() {
        assert!(told("4.16.8"));
        assert!(!told("4.15.0-0.okd-2024-03-10-010116"));
    }
}
