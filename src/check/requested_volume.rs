//! Checks of a requested volume of etcd, for masters and for etcd machines.

use super::finding::{Check, Finding, Severity};
use crate::derive::volume;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::release::Release;
use crate::model::snapshot::Snapshot;
use crate::openshift::etcd_quota;

/// Reports a requested throughput that the release ignores.
pub(crate) fn throughput(snapshot: &Snapshot, throughput: Option<u32>) -> Option<Finding> {
    throughput.filter(|_| snapshot.release().is_none_or(|it| it < Release::THROUGHPUT))?;
    let message = "before 4.21, the Machine API ignores the throughput: the volume would get the default of its type";
    Some(Check::ThroughputUnsupported.blocker("--throughput", message))
}

/// Reports a requested size in GiB that is too small for OpenShift's etcd with the quota of this cluster.
pub(crate) fn for_members(snapshot: &Snapshot, size: u32) -> Option<Finding> {
    let etcd = snapshot.cluster(Kind::Etcd, "cluster")?;
    match etcd_quota::given(etcd) {
        Field::Known(quota) => too_small(size, quota, ""),
        Field::Absent => too_small(size, etcd_quota::DEFAULT, ""),
        Field::Unknown(why) => {
            let message = format!(
                "it is unknown whether the volume has room for the database of etcd: the quota is {why}"
            );
            Some(Check::VolumeTooSmall.unknown(etcd.reference(), message))
        }
    }
}

/// Reports a requested size in GiB that is too small for an etcd with the least quota of OpenShift. A quota may be
/// larger, and whoever places a member on the machine decides on the quota.
pub(crate) fn for_any_etcd(size: u32) -> Option<Finding> {
    let found = too_small(size, etcd_quota::DEFAULT, " or more");
    found.map(|it| it.at_most(Severity::Warning))
}

/// To defragment the database, etcd writes a copy beside the database (etcd `server/mvcc/backend/backend.go`).
fn too_small(size: u32, quota: u32, or_more: &str) -> Option<Finding> {
    let both = quota.saturating_mul(2);
    let grows = format!("OpenShift's etcd has a quota of {quota} GiB{or_more} for its database");
    let subject = format!("--volume-size {size}");
    let found = if size <= quota {
        let message = format!(
            "{grows}, and the volume is not larger: a database that grows fills the volumes of all members at the same \
             time, and etcd stops"
        );
        Check::VolumeTooSmall.blocker(subject, message)
    } else if size <= both {
        let message = format!(
            "{grows}, and the volume has no room for a second copy, which etcd writes when its operator defragments \
             the database"
        );
        Check::VolumeTooSmall.warning(subject, message)
    } else {
        return None;
    };
    let enough = volume::SIZE.max(both.saturating_add(quota / 2));
    Some(found.hint(format!("set --volume-size={enough} or more")))
}
