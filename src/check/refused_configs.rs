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

/// The kernel types of OpenShift. An empty one is the default.
const KERNEL_TYPES: [&str; 4] = ["", "default", "realtime", "64k-pages"];

/// The extensions of OpenShift 4.10 to 4.22 (MCO `SupportedExtensions`). A release has some of them.
const EXTENSIONS: [&str; 7] = [
    "ipsec",
    "kerberos",
    "kernel-devel",
    "sandboxed-containers",
    "sysstat",
    "two-node-ha",
    "usbguard",
];

/// Reports each of the pool's MachineConfigs that the operator refuses. `boot` is the configuration of the pool.
#[must_use]
pub fn findings(snapshot: &Snapshot, boot: &Boot<'_>) -> Vec<Finding> {
    let of_config = |it: &&Object| {
        let found = invalid(it, snapshot.release()).map(|message| {
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
    if author(object) == MachineConfigAuthor::Operator {
        return None;
    }
    let templates = TEMPLATES.iter().chain(&TEMPLATES_OF_WORKERS);
    let mut templates =
        templates.filter_map(|it| snapshot.machine_config(it)?.annotation(names::GENERATED_BY));
    let reference = object.reference();
    let key = names::GENERATED_BY;
    let (severity, when) = match templates.next() {
        Some(current) if current != version && templates.all(|it| it == current) => {
            (Severity::Blocker, "the operator does not render the pool")
        }
        _ => (Severity::Warning, "the operator does not render the pool after the next upgrade"),
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
fn invalid(object: &Object, release: Option<Release>) -> Option<String> {
    let tested = release.filter(|it| it.minor <= Release::NEWEST_TESTED.minor);
    if let (Some(version), Some(release)) = (ignition::version(object), tested)
        && let Some(minor) = minor_of(version)
        && minor > newest_ignition(release)
    {
        let newest = newest_ignition(release);
        return Some(format!(
            "the operator does not render a pool with the Ignition version {}: the newest of OpenShift 4.{} is 3.{newest}.0",
            quotable_name(version),
            release.minor
        ));
    }
    let mut extensions = object.list("/spec/extensions").iter().filter_map(Value::as_str);
    let unknown = [
        ("extension", extensions.find(|it| !EXTENSIONS.contains(it))),
        ("kernel type", object.text("/spec/kernelType").filter(|it| !KERNEL_TYPES.contains(it))),
    ];
    for (what, name) in unknown.into_iter().filter(|_| tested.is_some()) {
        let Some(name) = name else { continue };
        return Some(format!(
            "the operator does not render a pool with the {what} {}, which no release has",
            quotable_name(name)
        ));
    }
    let files = ignition::config(object)?.pointer("/storage/files")?.as_array()?;
    let appends = |it: &&Value| it["append"].as_array().is_some_and(|it| !it.is_empty());
    let path = files.iter().find(appends)?["path"].as_str().unwrap_or_default();
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
const fn newest_ignition(release: Release) -> u32 {
    match release.minor {
        ..=12 => 2,
        13..=18 => 4,
        _ => 5,
    }
}
