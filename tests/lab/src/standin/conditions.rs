//! The conditions in a status, as operators keep them. It touches nothing.

use serde_json::{Value, json};

/// Conditions, each with the time at which it last turned.
pub struct Conditions<'a> {
    list: Vec<Value>,
    now: &'a str,
}

impl<'a> Conditions<'a> {
    /// The conditions of a status, to be changed at a time.
    pub fn of(status: &Value, now: &'a str) -> Self {
        let list = status["conditions"].as_array().cloned();
        Self { list: list.unwrap_or_default(), now }
    }

    /// Whether a condition is true.
    pub fn is_true(&self, kind: &str) -> bool {
        self.list.iter().any(|condition| condition["type"] == kind && condition["status"] == "True")
    }

    /// What a condition says; nothing where there is none.
    pub fn message(&self, kind: &str) -> &str {
        let condition = self.list.iter().find(|condition| condition["type"] == kind);
        condition.and_then(|it| it["message"].as_str()).unwrap_or_default()
    }

    /// Sets a condition; its time stays unless it turned.
    pub fn set(&mut self, kind: &str, is: bool, reason: &str, message: &str) {
        let status = if is { "True" } else { "False" };
        let mut condition = json!({
            "type": kind,
            "status": status,
            "reason": reason,
            "message": message,
            "lastTransitionTime": self.now,
        });
        match self.list.iter_mut().find(|known| known["type"] == kind) {
            Some(known) => {
                if known["status"] == status {
                    condition["lastTransitionTime"] = known["lastTransitionTime"].clone();
                }
                *known = condition;
            }
            None => self.list.push(condition),
        }
    }

    /// Says of every condition which generation of the object it is about.
    pub fn observe(&mut self, generation: &Value) {
        for condition in &mut self.list {
            condition["observedGeneration"] = generation.clone();
        }
    }

    /// The conditions as a status has them.
    pub fn into_list(self) -> Value {
        self.list.into()
    }
}
