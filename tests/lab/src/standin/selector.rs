//! Label selectors as values: what they select and how the API server and the
//! operator's messages write them.

use std::fmt;

use serde_json::Value;

/// One condition of a selector.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Requirement {
    Equals(String, String),
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    DoesNotExist(String),
}

/// A label selector, all of whose conditions must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector(Vec<Requirement>);

impl Selector {
    /// Reads a `metav1.LabelSelector`. One that is missing, empty or wrong
    /// selects nothing and is `None`.
    pub fn parse(selector: &Value) -> Option<Self> {
        let mut requirements = Vec::new();
        if let Some(labels) = selector["matchLabels"].as_object() {
            for (key, value) in labels {
                let value = value.as_str()?.to_owned();
                requirements.push(Requirement::Equals(key.clone(), value));
            }
        }
        if let Some(expressions) = selector["matchExpressions"].as_array() {
            for expression in expressions {
                requirements.push(requirement(expression)?);
            }
        }
        requirements.sort_by(|a, b| a.key().cmp(b.key()));
        (!requirements.is_empty()).then_some(Self(requirements))
    }

    /// Whether an object's labels fulfill it.
    pub fn matches(&self, object: &Value) -> bool {
        let labels = &object["metadata"]["labels"];
        self.0.iter().all(|requirement| requirement.holds(labels))
    }
}

impl Requirement {
    fn key(&self) -> &str {
        match self {
            Self::Equals(key, _)
            | Self::In(key, _)
            | Self::NotIn(key, _)
            | Self::Exists(key)
            | Self::DoesNotExist(key) => key,
        }
    }

    fn holds(&self, labels: &Value) -> bool {
        let value = labels[self.key()].as_str();
        match self {
            Self::Equals(_, wanted) => value == Some(wanted),
            Self::In(_, wanted) => value.is_some_and(|value| wanted.iter().any(|w| w == value)),
            Self::NotIn(_, wanted) => !value.is_some_and(|value| wanted.iter().any(|w| w == value)),
            Self::Exists(_) => value.is_some(),
            Self::DoesNotExist(_) => value.is_none(),
        }
    }
}

fn requirement(expression: &Value) -> Option<Requirement> {
    let key = expression["key"].as_str()?.to_owned();
    let mut values: Vec<String> = expression["values"]
        .as_array()
        .map(|values| values.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    values.sort();
    match expression["operator"].as_str()? {
        "In" => Some(Requirement::In(key, values)),
        "NotIn" => Some(Requirement::NotIn(key, values)),
        "Exists" => Some(Requirement::Exists(key)),
        "DoesNotExist" => Some(Requirement::DoesNotExist(key)),
        _ => None,
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, requirement) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            match requirement {
                Requirement::Equals(key, value) => write!(f, "{key}={value}")?,
                Requirement::In(key, values) => write!(f, "{key} in ({})", values.join(","))?,
                Requirement::NotIn(key, values) => {
                    write!(f, "{key} notin ({})", values.join(","))?;
                }
                Requirement::Exists(key) => f.write_str(key)?,
                Requirement::DoesNotExist(key) => write!(f, "!{key}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_selector_selects_and_is_written_as_kubernetes_does() {
        let worker = json!({"metadata": {"labels": {"role": "worker"}}});
        let bare = json!({"metadata": {}});
        let role = |operator: &str, values: &[&str]| json!({"matchExpressions": [{"key": "role", "operator": operator, "values": values}]});
        let cases = [
            (json!({"matchLabels": {"role": "etcd"}}), "role=etcd", false, false),
            (role("In", &["worker", "etcd"]), "role in (etcd,worker)", true, false),
            (role("NotIn", &["worker"]), "role notin (worker)", false, true),
            (role("Exists", &[]), "role", true, false),
            (role("DoesNotExist", &[]), "!role", false, true),
        ];
        for (selector, text, takes_worker, takes_bare) in cases {
            let selector = Selector::parse(&selector).unwrap();
            assert_eq!(selector.to_string(), text);
            assert_eq!(selector.matches(&worker), takes_worker, "{text}");
            assert_eq!(selector.matches(&bare), takes_bare, "{text}");
        }
        assert_eq!(Selector::parse(&json!({})), None);
    }
}
