//! Reports images of the operating system that keep the etcd pool from being upgraded with the cluster.

use super::finding::{Check, Finding};
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;

/// Returns the MachineConfigs that pin the operating system of the etcd pool: those of the role etcd, and those of the
/// workers where the pool extends the workers.
pub fn pinning(snapshot: &Snapshot, layout: Layout) -> impl Iterator<Item = &Object> {
    let roles = match layout {
        Layout::Documented => &[names::ETCD][..],
        Layout::Inherit => &[names::ETCD, names::WORKER],
    };
    let is_pinning = |it: &&Object| {
        it.text("/spec/osImageURL").is_some_and(|it| !it.is_empty())
            && it.annotation(names::GENERATED_BY).is_none()
    };
    roles.iter().flat_map(|it| snapshot.machine_configs_of(it)).filter(is_pinning)
}

/// MachineConfigs for the etcd pool that pin its operating system, and a rendered one that is pinned.
#[must_use]
pub fn findings(snapshot: &Snapshot, layout: Layout) -> Vec<Finding> {
    let pinning = pinning(snapshot, layout)
        .map(|it| {
            let message = "`spec.osImageURL` pins the operating system of the etcd pool: cluster upgrades \
                           do not update the nodes and report no error";
            let finding = Check::OsPinned.warning(it.reference(), message);
            if it.label(names::MACHINE_CONFIG_ROLE) == Some(names::ETCD) {
                let hint = format!("oc patch {} --type=merge -p '{{\"spec\":{{\"osImageURL\":\"\"}}}}'", it.reference());
                return finding.hint(hint);
            }
            // An image of the workers, with their drivers for example, is a feature of OpenShift.
            let hint = "the workers have this image too, and lose its contents if the field is removed: set an image of \
                        the new release with each upgrade";
            finding.hint(hint)
        });
    let rendered = snapshot
        .all(Kind::MachineConfig)
        .filter(|it| {
            it.name().starts_with(names::RENDERED)
                && it.annotation(names::OS_IMAGE_OVERRIDDEN) == Some("true")
        })
        .map(|it| {
            Check::OsPinned
                .warning(it.reference(), "the operating system image is not that of the release")
        });
    pinning.chain(rendered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::object::ObjectRef;
    use crate::status::fixtures::cluster;

    #[test]
    fn an_image_of_the_workers_is_not_taken_from_them_for_the_sake_of_etcd() {
        for (role, is_removed) in [(names::WORKER, false), (names::ETCD, true)] {
            let reference = ObjectRef::cluster(Kind::MachineConfig, "99-os");
            let layered = Object::new(reference)
                .with_labels([(names::MACHINE_CONFIG_ROLE, role)])
                .with("spec", serde_json::json!({"osImageURL": "quay.io/site/os"}));
            let found = findings(&cluster(&["4.16"]).with_objects([layered]), Layout::Inherit);
            let hint = found[0].hint.as_deref().unwrap();
            assert_eq!(hint.starts_with("oc patch machineconfig/99-os"), is_removed, "{hint}");
        }
    }
}
