//! A lens over ControlPlaneMachineSet `cluster`, whose operator replaces the machines of the masters.
//!
//! Fields: openshift/api `machine/v1/types_controlplanemachineset.go`. A count that is zero is absent. For
//! some time after each change of the template, the status is older than the template and reports that every machine is
//! updated. The status is therefore used only when `observedGeneration` has reached the generation of the object.

use jiff::Timestamp;
use serde_json::Value;

use crate::model::field::{Field, Unknown};
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;

/// Command that stops the operator from replacing further masters.
pub const PAUSE: &str = "oc patch controlplanemachineset/cluster -n openshift-machine-api --type=merge \
                         -p '{\"spec\":{\"strategy\":{\"type\":\"OnDelete\"}}}'";
/// Command that lets the operator replace further masters.
pub const RESUME: &str = "oc patch controlplanemachineset/cluster -n openshift-machine-api --type=merge \
                          -p '{\"spec\":{\"strategy\":{\"type\":\"RollingUpdate\"}}}'";

/// Place of the provider spec of the template.
const PROVIDER_SPEC: &str =
    "/spec/template/machines_v1beta1_machine_openshift_io/spec/providerSpec/value";
/// Place of the volumes of the template.
pub const BLOCK_DEVICES: &str =
    "/spec/template/machines_v1beta1_machine_openshift_io/spec/providerSpec/value/blockDevices";

/// State: tells whether the operator acts on the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// The operator replaces machines that differ from the template.
    Active,
    /// The operator recreates the object from the Machines, and replaces no machine.
    Inactive,
}

/// Time at which a machine that differs from the template is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Machines are replaced one after the other, by the operator.
    RollingUpdate,
    /// A machine is replaced when somebody deletes its Machine.
    OnDelete,
}

/// Progress of the replacement of machines, by the status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rollout {
    /// The status is older than the template.
    Stale,
    /// Every machine matches the template, and no surplus machine exists.
    Complete,
    /// Machines differ from the template, or there are too many or too few Machines; the message of the operator.
    Rolling(String),
    /// The operator has stopped, or fails again and again.
    Degraded(Trouble),
    /// The progress is unknown; the reason.
    Unknown(String),
}

/// Reason why the operator has stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// `FailedReplacement`, `UnmanagedNodes`, …
    pub reason: String,
    /// The operator's message.
    pub message: String,
    /// Time at which the operator stopped.
    pub since: Option<Timestamp>,
}

/// The name of the object, of which a cluster has at most one.
#[must_use]
pub fn reference() -> ObjectRef {
    ObjectRef::namespaced(Kind::ControlPlaneMachineSet, names::MACHINE_NAMESPACE, "cluster")
}

/// The ControlPlaneMachineSet of a cluster.
#[derive(Clone, Copy, Debug)]
pub struct ControlPlaneMachineSet<'a> {
    object: &'a Object,
}

impl<'a> ControlPlaneMachineSet<'a> {
    /// Returns the ControlPlaneMachineSet of a Snapshot. `None` when it is not there, or was not read.
    #[must_use]
    pub fn of(snapshot: &'a Snapshot) -> Option<Self> {
        snapshot.get(&reference()).map(|object| Self { object })
    }

    /// Returns the object itself.
    #[must_use]
    pub const fn object(&self) -> &'a Object {
        self.object
    }

    /// Returns whether oc-etcd wrote the volumes of the template last. Unknown without `managedFields`, which most files
    /// lack.
    #[must_use]
    pub fn has_our_volumes(&self) -> Field<bool> {
        let volumes = BLOCK_DEVICES.replace('/', "/f:");
        let entries = self.object.list("/metadata/managedFields");
        let is_ours = |entry: &Value| {
            entry["manager"] == names::FIELD_MANAGER
                && entry["fieldsV1"].pointer(&volumes).is_some()
        };
        match entries {
            [] => Field::Unknown(Unknown::NotRead),
            entries => Field::Known(entries.iter().any(is_ours)),
        }
    }

    /// Returns whether the operator acts on the object. The API's default is `Inactive`.
    #[must_use]
    pub fn state(&self) -> Field<State> {
        match self.field("/spec/state") {
            Field::Absent | Field::Known("Inactive") => Field::Known(State::Inactive),
            Field::Known("Active") => Field::Known(State::Active),
            Field::Known(_) => Field::Unknown(Unknown::NotUnderstood),
            Field::Unknown(why) => Field::Unknown(why),
        }
    }

    /// Returns when machines are replaced. The API's default is `RollingUpdate`.
    #[must_use]
    pub fn strategy(&self) -> Field<Strategy> {
        match self.field("/spec/strategy/type") {
            Field::Absent | Field::Known("RollingUpdate") => Field::Known(Strategy::RollingUpdate),
            Field::Known("OnDelete") => Field::Known(Strategy::OnDelete),
            Field::Known(_) => Field::Unknown(Unknown::NotUnderstood),
            Field::Unknown(why) => Field::Unknown(why),
        }
    }

    fn field(self, pointer: &str) -> Field<&'a str> {
        self.object.body().pointer(pointer).map_or(Field::Absent, Field::text)
    }

    /// Returns the provider spec that new machines get. `None` when there is none that can be read.
    #[must_use]
    pub fn provider_spec(&self) -> Option<&'a Value> {
        let value = self.object.get(PROVIDER_SPEC);
        value.filter(|it| it.is_object() && it.get("_REDACTED").is_none())
    }

    /// Returns the volumes that new machines get.
    #[must_use]
    pub fn block_devices(&self) -> &'a [Value] {
        self.object.list(BLOCK_DEVICES)
    }

    /// Returns whether zone and subnet of a machine come from failure domains, and not from the template.
    #[must_use]
    pub fn has_failure_domains(&self) -> bool {
        let domains = "/spec/template/machines_v1beta1_machine_openshift_io/failureDomains/aws";
        !self.object.list(domains).is_empty()
    }

    /// Returns what the status tells about the replacement of machines.
    #[must_use]
    pub fn rollout(&self) -> Rollout {
        // While the operator fails, the other conditions and the generation keep their old values.
        match self.object.condition("Error").map(|it| it.status) {
            None | Some("False") => {}
            Some("True") => return Rollout::Degraded(self.trouble("Error")),
            Some(other) => return Rollout::Unknown(format!("Error is {other}")),
        }
        let of_object = self.object.integer("/metadata/generation");
        if of_object.is_none() || of_object != self.object.integer("/status/observedGeneration") {
            return Rollout::Stale;
        }
        let Some(degraded) = self.object.condition("Degraded") else {
            return Rollout::Unknown("the condition Degraded is missing".to_owned());
        };
        match degraded.status {
            "False" => {}
            "True" => return Rollout::Degraded(self.trouble("Degraded")),
            other => return Rollout::Unknown(format!("Degraded is {other}")),
        }
        let Some(progressing) = self.object.condition("Progressing") else {
            return Rollout::Unknown("the condition Progressing is missing".to_owned());
        };
        match (progressing.status, progressing.reason) {
            ("True", reason) => {
                let message = progressing.message;
                Rollout::Rolling(if message.is_empty() { reason } else { message }.to_owned())
            }
            ("False", "AllReplicasUpdated") => self.counts(),
            (status, reason) => {
                Rollout::Unknown(format!("Progressing is {status}, because of {reason}"))
            }
        }
    }

    fn trouble(self, condition: &str) -> Trouble {
        let is_it = |it: &&Value| it["type"] == condition;
        let entry = self.object.list("/status/conditions").iter().find(is_it);
        let text = |field: &str| entry.and_then(|it| it[field].as_str()).unwrap_or_default();
        Trouble {
            reason: text("reason").to_owned(),
            message: text("message").to_owned(),
            since: text("lastTransitionTime").parse().ok(),
        }
    }

    /// The conditions say that every machine is updated: so must the counts.
    fn counts(self) -> Rollout {
        let count = |field: &str| self.object.integer(&format!("/status/{field}")).unwrap_or(0);
        let wanted = self.object.integer("/spec/replicas").unwrap_or(0);
        let [there, ready, updated] = ["replicas", "readyReplicas", "updatedReplicas"].map(count);
        if [there, ready, updated].iter().all(|it| *it == wanted)
            && count("unavailableReplicas") == 0
        {
            return Rollout::Complete;
        }
        Rollout::Rolling(format!(
            "{there} machines for {wanted} replicas, {ready} ready and {updated} updated"
        ))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A ControlPlaneMachineSet of three with these conditions and counts.
    fn set(
        generation: (i64, i64),
        degraded: &str,
        progressing: (&str, &str),
        counts: Value,
    ) -> Object {
        let mut status = counts;
        status["observedGeneration"] = generation.1.into();
        status["conditions"] = json!([
            {"type": "Degraded", "status": degraded, "reason": "UnmanagedNodes", "message": "m",
             "lastTransitionTime": "2024-08-21T12:00:00Z"},
            {"type": "Progressing", "status": progressing.0, "reason": progressing.1, "message": ""},
        ]);
        let mut body = Object::new(reference())
            .with("spec", json!({"replicas": 3, "state": "Active"}))
            .with("status", status)
            .into_body();
        body["metadata"]["generation"] = generation.0.into();
        Object::from_value(body).unwrap()
    }

    fn counts(replicas: i64, ready: i64, updated: i64) -> Value {
        // The operator's status leaves out what is zero.
        let all = [("replicas", replicas), ("readyReplicas", ready), ("updatedReplicas", updated)];
        all.into_iter()
            .filter(|it| it.1 > 0)
            .map(|(key, it)| (key.to_owned(), Value::from(it)))
            .collect()
    }

    #[test]
    fn a_rollout_is_complete_only_when_generation_conditions_and_counts_say_so() {
        let done = ("False", "AllReplicasUpdated");
        let rolling = |text: &str| Rollout::Rolling(text.to_owned());
        for (object, expected) in [
            (set((2, 2), "False", done, counts(3, 3, 3)), Rollout::Complete),
            (set((2, 1), "False", done, counts(3, 3, 3)), Rollout::Stale),
            (
                set((2, 2), "False", ("True", "NeedsUpdateReplicas"), counts(3, 3, 0)),
                rolling("NeedsUpdateReplicas"),
            ),
            (
                set((2, 2), "False", ("True", "ExcessReplicas"), counts(4, 4, 3)),
                rolling("ExcessReplicas"),
            ),
            (
                set((3, 3), "False", done, counts(4, 3, 3)),
                rolling("4 machines for 3 replicas, 3 ready and 3 updated"),
            ),
            (
                set((3, 3), "False", done, counts(0, 0, 0)),
                rolling("0 machines for 3 replicas, 0 ready and 0 updated"),
            ),
            (
                set((2, 2), "False", ("False", "OperatorDegraded"), counts(3, 3, 3)),
                Rollout::Unknown("Progressing is False, because of OperatorDegraded".to_owned()),
            ),
            (
                set((2, 2), "Unknown", done, counts(3, 3, 3)),
                Rollout::Unknown("Degraded is Unknown".to_owned()),
            ),
            (
                set((2, 2), "True", ("False", "OperatorDegraded"), counts(3, 3, 3)),
                Rollout::Degraded(Trouble {
                    reason: "UnmanagedNodes".to_owned(),
                    message: "m".to_owned(),
                    since: Some("2024-08-21T12:00:00Z".parse().unwrap()),
                }),
            ),
        ] {
            assert_eq!(ControlPlaneMachineSet { object: &object }.rollout(), expected);
        }
        let bare = Object::new(reference());
        assert_eq!(ControlPlaneMachineSet { object: &bare }.rollout(), Rollout::Stale);
    }

    /// The operator sets `Error` after 15 equal errors, and does not touch what it wrote before.
    #[test]
    fn an_operator_that_fails_has_stopped_whatever_it_wrote_before() {
        for generation in [(2, 2), (2, 1)] {
            let mut body =
                set(generation, "False", ("False", "AllReplicasUpdated"), counts(3, 3, 3))
                    .into_body();
            body["status"]["conditions"].as_array_mut().unwrap().push(Value::Null);
            let mut with = |status: &str| {
                body["status"]["conditions"][2] = json!({
                    "type": "Error", "status": status, "reason": "ContinuousErrors",
                    "message": "denied", "lastTransitionTime": "2024-08-21T11:00:00Z",
                });
                let object = Object::from_value(body.clone()).unwrap();
                ControlPlaneMachineSet { object: &object }.rollout()
            };
            let stopped = Rollout::Degraded(Trouble {
                reason: "ContinuousErrors".to_owned(),
                message: "denied".to_owned(),
                since: Some("2024-08-21T11:00:00Z".parse().unwrap()),
            });
            assert_eq!(with("True"), stopped);
            assert_eq!(with("Unknown"), Rollout::Unknown("Error is Unknown".to_owned()));
            let is_complete = with("False") == Rollout::Complete;
            assert_eq!(is_complete, generation == (2, 2));
        }
    }

    #[test]
    fn a_state_that_nobody_knows_is_neither_active_nor_inactive() {
        for (state, expected) in [
            (json!("Active"), Field::Known(State::Active)),
            (json!("Inactive"), Field::Known(State::Inactive)),
            (json!(null), Field::Known(State::Inactive)),
            (json!("OfTomorrow"), Field::Unknown(Unknown::NotUnderstood)),
            (json!({"_REDACTED": "x"}), Field::Unknown(Unknown::Withheld)),
        ] {
            let object = Object::new(reference()).with("spec", json!({"state": state.clone()}));
            assert_eq!(ControlPlaneMachineSet { object: &object }.state(), expected, "{state}");
        }
        let strategy = |it: &str| {
            let object = Object::new(reference()).with("spec", json!({"strategy": {"type": it}}));
            ControlPlaneMachineSet { object: &object }.strategy()
        };
        assert_eq!(strategy("OnDelete"), Field::Known(Strategy::OnDelete));
        assert_eq!(strategy(""), Field::Known(Strategy::RollingUpdate));
        assert_eq!(strategy("Recreate"), Field::Unknown(Unknown::NotUnderstood));
    }
}
