//! The admission policy on `MachineConfigPools`: told from other objects, and
//! waited for, since the server takes up to a second to follow a change.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};

use crate::kind::{self, ADMISSION_POLICY, ADMISSION_POLICY_BINDING, POOL};
use crate::rest::{Rest, status_code};

/// The operator's name for the policy, from 4.18 on.
pub const POOL_POLICY: &str = "custom-machine-config-pool-selector";

const FOLLOWED_WITHIN: Duration = Duration::from_secs(20);

/// Whether the policy is at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Enforced {
    /// A pool that it forbids is denied.
    Yes,
    /// The same pool is let in.
    No,
}

/// Whether an object is an admission policy or the binding of one.
pub fn is_policy(object: &Value) -> bool {
    object["kind"].as_str().is_some_and(|kind| kind.starts_with("ValidatingAdmissionPolicy"))
}

/// Parts the policies and their bindings from all other objects.
pub fn split(objects: &[Value]) -> (Vec<Value>, Vec<Value>) {
    objects.iter().cloned().partition(is_policy)
}

/// Adds a binding for each policy that has none.
pub fn bound(mut policies: Vec<Value>) -> Vec<Value> {
    let is_bound = |policy: &Value| {
        policies.iter().any(|other| other["spec"]["policyName"] == policy["metadata"]["name"])
    };
    let missing: Vec<Value> = policies
        .iter()
        .filter(|object| object["kind"] == ADMISSION_POLICY.name && !is_bound(object))
        .map(binding)
        .collect();
    policies.extend(missing);
    policies
}

fn binding(policy: &Value) -> Value {
    let name = kind::name(policy);
    json!({
        "apiVersion": ADMISSION_POLICY_BINDING.api_version(),
        "kind": ADMISSION_POLICY_BINDING.name,
        "metadata": {"name": format!("{name}-binding")},
        "spec": {"policyName": name, "validationActions": ["Deny"]},
    })
}

/// Whether an object is the policy on `MachineConfigPools`.
pub fn is_pool_policy(object: &Value) -> bool {
    is_policy(object) && kind::name(object) == POOL_POLICY
}

/// Whether the server has just these policies and bindings, unchanged, and
/// denies what they deny.
pub async fn are_in_force(rest: &Rest, policies: &[Value]) -> Result<bool> {
    let mut present = Vec::new();
    for kind in [&ADMISSION_POLICY, &ADMISSION_POLICY_BINDING] {
        let listed = rest.list(kind, None, None).await?;
        present.extend(listed);
    }
    let is_same = present.len() == policies.len()
        && policies.iter().all(|policy| present.iter().any(|known| is_like(policy, known)));
    Ok(is_same && probe(rest).await? == Enforced::Yes)
}

/// Whether the server's object has all that the other one says; the server
/// adds defaults.
fn is_like(wanted: &Value, known: &Value) -> bool {
    wanted["kind"] == known["kind"]
        && kind::name(wanted) == kind::name(known)
        && is_within(&wanted["spec"], &known["spec"])
}

fn is_within(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => part
            .iter()
            .all(|(key, value)| whole.get(key).is_some_and(|known| is_within(value, known))),
        (Value::Array(part), Value::Array(whole)) => {
            part.len() == whole.len()
                && part.iter().zip(whole).all(|(value, known)| is_within(value, known))
        }
        _ => part == whole,
    }
}

/// Waits until the server does, or no longer does, deny a forbidden pool.
pub async fn wait_until(rest: &Rest, wanted: Enforced) -> Result<()> {
    let started = Instant::now();
    while probe(rest).await? != wanted {
        if started.elapsed() > FOLLOWED_WITHIN {
            bail!("the server does not follow the change of {POOL_POLICY}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Has the server judge a pool that the policy forbids.
pub async fn probe(rest: &Rest) -> Result<Enforced> {
    let pool = json!({
        "apiVersion": POOL.api_version(),
        "kind": POOL.name,
        "metadata": {"name": "oc-etcd-lab-probe"},
        "spec": {"machineConfigSelector": {"matchLabels": {
            "machineconfiguration.openshift.io/role": "oc-etcd-lab-probe",
        }}},
    });
    match rest.try_create(&POOL, &pool).await {
        Ok(_) => Ok(Enforced::No),
        Err(error) if matches!(status_code(&error), Some(403 | 422)) => Ok(Enforced::Yes),
        Err(error) => Err(error.into()),
    }
}
