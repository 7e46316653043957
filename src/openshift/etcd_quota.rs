//! The quota of etcd's database, which OpenShift's etcd operator sets.

use serde_json::Value;

use crate::model::field::{Field, Unknown};
use crate::model::object::Object;

/// The quota in GiB unless `spec.backendQuotaGiB` says otherwise, and the least that the field may have (CEO
/// `pkg/etcdenvvar`, the same from 4.10 to 4.22; openshift/api `operator/v1/types_etcd.go`).
pub const DEFAULT: u32 = 8;

/// Returns the quota in GiB that `etcd/cluster` sets.
#[must_use]
pub fn given(etcd: &Object) -> Field<u32> {
    let given = etcd.get("/spec/backendQuotaGiB").unwrap_or(&Value::Null);
    match given.as_u64().map(u32::try_from) {
        Some(Ok(0)) => Field::Absent,
        Some(Ok(quota)) => Field::Known(quota),
        None if given.is_null() => Field::Absent,
        Some(Err(_)) | None => Field::Unknown(Unknown::of(given)),
    }
}
