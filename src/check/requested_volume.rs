//! Checks of a requested volume of etcd, for masters and for etcd machines.

use super::finding::{Check, Finding};
use crate::model::release::Release;
use crate::model::snapshot::Snapshot;

/// Reports a requested throughput that the release ignores.
pub(crate) fn throughput(snapshot: &Snapshot, throughput: Option<u32>) -> Option<Finding> {
    throughput.filter(|_| snapshot.release().is_none_or(|it| it < Release::THROUGHPUT))?;
    let message = "before 4.21, the Machine API ignores the throughput: the volume would get the default of its type";
    Some(Check::ThroughputUnsupported.blocker("--throughput", message))
}
