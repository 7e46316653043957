//! Reports once for all machines of a plan what a new machine gets from a master: the fields of the provider spec that
//! are kept or omitted, and the access of the machine.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::check::{Check, Finding};
use crate::model::field::{first_withheld, is_withheld};
use crate::model::object::Object;
use crate::platform::aws;
use crate::platform::aws::inherited::{Fate, FieldDecision, Weight};

/// Returns a finding for each field, with the values of all masters that are copied.
pub(super) fn decisions(all: &[FieldDecision]) -> Vec<Finding> {
    let mut told: BTreeMap<(Weight, &str, Fate, &str), BTreeSet<&str>> = BTreeMap::new();
    for it in all {
        let values = told.entry((it.weight, &it.field, it.fate, &it.reason)).or_default();
        values.extend(Some(it.value.as_str()).filter(|value| !value.is_empty()));
    }
    let finding = |((weight, field, fate, reason), values): (_, BTreeSet<&str>)| {
        let values: Vec<&str> = values.into_iter().collect();
        let values = match values.as_slice() {
            [] => String::new(),
            values => format!(" ({})", values.join("; ")),
        };
        let message = format!("the value of the masters{values} is {fate}: {reason}");
        match weight {
            Weight::Warning => Check::MastersOptionsBound.warning(field, message),
            Weight::Note => Check::MastersOptionsBound.note(field, message),
        }
    };
    told.into_iter().map(finding).collect()
}

/// Reports the access of new machines: their instance profile and security groups are those of the masters.
pub(super) fn access(machines: &[&Object]) -> Option<Finding> {
    let specs: Vec<&Value> = machines.iter().filter_map(|it| aws::provider_spec(it)).collect();
    if specs.is_empty() {
        return None;
    }
    let names = |of: &dyn Fn(&Value) -> Vec<String>| -> String {
        let names: BTreeSet<String> = specs.iter().flat_map(|it| of(it)).collect();
        names.into_iter().collect::<Vec<_>>().join(", ")
    };
    let of_reference = |reference: &Value| match first_withheld(reference, |_| false) {
        Some(_) => "(withheld)".to_owned(),
        None => aws::resource_name(reference).unwrap_or("(not understood)".to_owned()),
    };
    let profile = names(&|it| {
        let profile = it.get("iamInstanceProfile").filter(|it| !it.is_null());
        profile.map(of_reference).into_iter().collect()
    });
    let groups = names(&|it| {
        let groups = &it["securityGroups"];
        match groups.as_array() {
            Some(groups) => groups.iter().map(of_reference).collect(),
            None => Some(groups).filter(|it| !it.is_null()).map(of_reference).into_iter().collect(),
        }
    });
    let or_none = |what: &str, names: String| match names.as_str() {
        "" => format!("no {what}"),
        names => format!("the {what} {names}"),
    };
    let message = format!(
        "like the masters, each machine has {} and {}",
        or_none("instance profile", profile),
        or_none("security groups", groups)
    );
    let any = |is_it: &dyn Fn(&Value) -> bool| specs.iter().any(|it| is_it(&it["publicIp"]));
    let is_public =
        |it: &Value| !matches!(it, Value::Null | Value::Bool(false)) && !is_withheld(it);
    let public = match (any(&is_public), any(&is_withheld)) {
        (true, _) => ", and a public IP address",
        (false, true) => ", and possibly a public IP address, which the files withhold",
        (false, false) => return Some(Check::MachineAccessInherited.note("machines", message)),
    };
    Some(Check::MachineAccessInherited.warning("machines", format!("{message}{public}")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::Severity;
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;

    fn machine(value: &Value) -> Object {
        Object::new(ObjectRef::namespaced(Kind::Machine, "n", "m"))
            .with("spec", json!({"providerSpec": {"value": value}}))
    }

    #[test]
    fn a_field_is_told_once_with_the_values_of_all_masters() {
        let decision = |value: &str| FieldDecision {
            field: "placementGroupPartition".to_owned(),
            value: value.to_owned(),
            fate: Fate::LeftOut,
            weight: Weight::Note,
            reason: "r".to_owned(),
        };
        let found = decisions(&[decision("2"), decision("1"), decision("2")]);
        let found: Vec<_> =
            found.iter().map(|it| (it.subject.as_str(), it.message.as_str())).collect();
        assert_eq!(
            found,
            [("placementGroupPartition", "the value of the masters (1; 2) is omitted: r")]
        );
    }

    #[test]
    fn what_matters_for_security_is_told_once_for_all_machines() {
        let value = |group: &str| {
            json!({
                "iamInstanceProfile": {"id": "lab-master-profile"},
                "securityGroups": [{"filters": [{"name": "tag:Name", "values": [group]}]}],
            })
        };
        let (one, other) = (machine(&value("lab-node")), machine(&value("lab-controlplane")));
        let found = access(&[&one, &other]).unwrap();
        assert_eq!(
            found.message,
            "like the masters, each machine has the instance profile lab-master-profile and the security groups \
             lab-controlplane, lab-node"
        );
        let marker = json!({"_REDACTED": "x", "length": 3});
        let hidden =
            access(&[&machine(&json!({"publicIp": marker, "securityGroups": marker}))]).unwrap();
        assert_eq!(
            hidden.message,
            "like the masters, each machine has no instance profile and the security groups (withheld), and possibly a \
             public IP address, which the files withhold"
        );
        let bare = access(&[&machine(&json!({"publicIp": true, "securityGroups": [{}]}))]).unwrap();
        assert_eq!(bare.severity, Severity::Warning);
        assert_eq!(
            bare.message,
            "like the masters, each machine has no instance profile and the security groups (not understood), and a \
             public IP address"
        );
    }
}
