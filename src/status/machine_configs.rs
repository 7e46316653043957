//! The MachineConfigs of the role etcd: those of `init`, the operator's, and anybody's else.

use serde::Serialize;

use super::state::{State, compared};
use crate::model::kind::Kind;
use crate::model::machine_config_author::is_generated_by_operator;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::plan::{Change, Plan, Step, compare};
use crate::status::observation::Observation;

/// A MachineConfig of the role etcd.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MachineConfig {
    /// `00-etcd`
    pub name: String,
    /// The source: `machineconfig/00-master`.
    pub source: Option<String>,
    /// The comparison with the MachineConfig that `init` would make.
    pub state: State,
    /// The source, or the reason why the MachineConfig is not current.
    pub because: String,
    /// The differences, where the MachineConfig is stale or differs: `unit kubelet.service`, `file
    /// /etc/chrony.conf`.
    pub differences: Vec<String>,
}

impl MachineConfig {
    pub(crate) fn read(snapshot: &Snapshot, plan: &Plan) -> Observation<Vec<Self>> {
        Observation::of(snapshot, Kind::MachineConfig, || Self::all(snapshot, plan))
    }

    fn all(snapshot: &Snapshot, plan: &Plan) -> Vec<Self> {
        let steps: Vec<(&Step, State)> = compared(snapshot, plan)
            .filter(|(step, _)| step.object.kind == Kind::MachineConfig)
            .collect();
        let is_planned =
            |it: &&Object| steps.iter().any(|(step, _)| step.object == *it.reference());
        let others = snapshot.machine_configs_of(names::ETCD).filter(|it| !is_planned(it));
        let planned = steps.iter().map(|(step, state)| Self::planned(snapshot, step, *state));
        let mut found: Vec<Self> = planned.chain(others.map(Self::other)).collect();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        found
    }

    fn planned(snapshot: &Snapshot, step: &Step, state: State) -> Self {
        let object = snapshot.get(&step.object).or_else(|| step.change.wanted());
        Self {
            name: step.object.name.clone(),
            because: step.because.clone(),
            differences: differences(snapshot, step),
            ..Self::marked(object, state)
        }
    }

    /// Reads a MachineConfig that `init` has nothing to do with, or that could not be compared.
    fn other(object: &Object) -> Self {
        let state = match (is_generated_by_operator(object), is_ours(object)) {
            (true, _) => State::MadeByOperator,
            (false, true) => State::Unknown,
            (false, false) => State::MadeBySomebodyElse,
        };
        Self { name: object.name().to_owned(), ..Self::marked(Some(object), state) }
    }

    /// Reads the marks of an object.
    fn marked(object: Option<&Object>, state: State) -> Self {
        let annotation = |key| object.and_then(|it| it.annotation(key)).map(str::to_owned);
        Self {
            name: String::new(),
            source: annotation(names::SOURCE),
            state,
            because: state.to_string(),
            differences: Vec::new(),
        }
    }
}

/// Names what an update would change, our own marks aside unless there is nothing else.
fn differences(snapshot: &Snapshot, step: &Step) -> Vec<String> {
    let (Change::Update { wanted, .. }, Some(existing)) =
        (&step.change, snapshot.get(&step.object))
    else {
        return Vec::new();
    };
    let (marks, content): (Vec<_>, Vec<_>) = compare::differences(existing, wanted)
        .into_iter()
        .partition(|it| it.path.first().is_some_and(|part| part == "metadata"));
    let shown = if content.is_empty() { marks } else { content };
    shown.into_iter().map(|it| it.what).collect()
}
