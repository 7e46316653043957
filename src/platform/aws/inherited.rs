//! What a copy of a master's provider spec keeps of it, field by field, and why.
//!
//! The table is the one place that knows. A field that is not in it is one of a newer release: it is kept, and
//! named where the instance type is another, because nobody can tell whether it depends on that. Fields:
//! openshift/api `machine/v1beta1/types_awsprovider.go`, 4.10 to 4.23.

use std::fmt;

use serde_json::Value;

use crate::model::field::{Field, first_withheld, is_withheld};

/// The rule for a field of the master's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    /// Copied as it is.
    Keep,
    /// Copied as it is, and told: a tenancy. That of a Dedicated Host depends on the instance type.
    Tenancy,
    /// Written for each machine; what the master has does not matter.
    Own,
    /// Never copied, for a reason that is the same on every cluster.
    Never,
    /// Never copied, and told.
    Leave(Weight),
    /// Copied to a machine of the master's instance type; omitted, and told, for another type.
    OfInstanceType(Weight),
    /// A Dedicated Host: copied, and told, where each machine gets a host of its own; omitted where the host is that of the
    /// master.
    Host,
}

/// The weight of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The machine lacks, or may have, something that a person may rely on.
    Warning,
    /// Good to know.
    Note,
}

struct Row {
    /// The field, or the field of `placement`.
    field: &'static str,
    rule: Rule,
    /// Why, as it is told; empty where nothing is.
    reason: &'static str,
    /// Indicates whether a value binds to nothing, so that it is copied and not told.
    is_free: fn(&Value) -> bool,
}

const fn row(field: &'static str, rule: Rule) -> Row {
    Row { field, rule, reason: "", is_free: |_| false }
}

impl Row {
    const fn because(self, reason: &'static str) -> Self {
        Self { reason, ..self }
    }

    const fn unless(self, is_free: fn(&Value) -> bool) -> Self {
        Self { is_free, ..self }
    }
}

/// Every field of `AWSMachineProviderConfig`. Those of `placement` follow.
static FIELDS: [Row; 25] = [
    row("apiVersion", Rule::Keep),
    row("kind", Rule::Keep),
    row("metadata", Rule::Never),
    row("ami", Rule::Keep),
    row("instanceType", Rule::Own),
    row("cpuOptions", Rule::OfInstanceType(Weight::Warning)).because(
        "few instance types support this option; set --confidential-compute for an instance type with \
         support",
    ),
    row("tags", Rule::Keep),
    row("iamInstanceProfile", Rule::Keep),
    row("userDataSecret", Rule::Own),
    row("credentialsSecret", Rule::Keep),
    row("keyName", Rule::Keep),
    row("deviceIndex", Rule::Keep),
    row("publicIp", Rule::Keep),
    row("networkInterfaceType", Rule::OfInstanceType(Weight::Note))
        .because("few instance types have an Elastic Fabric Adapter, and etcd does not use it")
        .unless(|it| it == "ENA"),
    row("securityGroups", Rule::Keep),
    row("subnet", Rule::Own),
    row("placement", Rule::Own),
    row("loadBalancers", Rule::Never),
    row("blockDevices", Rule::Own),
    row("spotMarketOptions", Rule::Leave(Weight::Note))
        .because("AWS can interrupt a Spot instance at any time, and its etcd disk is deleted"),
    row("metadataServiceOptions", Rule::Keep),
    row("placementGroupName", Rule::Leave(Weight::Note)).because(
        "the masters' placement group may have no capacity for another instance type; set a group with \
         --placement-group",
    ),
    row("placementGroupPartition", Rule::Leave(Weight::Note)).because(
        "the partition belongs to the masters' placement group; set a partition with \
         --placement-group-partition",
    ),
    row("capacityReservationId", Rule::Leave(Weight::Note))
        .because("the capacity is reserved for the masters; set another reservation with \
            --capacity-reservation"),
    row("marketType", Rule::Leave(Weight::Note))
        .because("etcd machines are on-demand instances: AWS can interrupt other instances at any time")
        .unless(|it| it == "OnDemand"),
];

/// Every field of `placement`.
static PLACEMENT: [Row; 4] = [
    row("region", Rule::Keep),
    row("availabilityZone", Rule::Own),
    row("tenancy", Rule::Tenancy)
        .because("the tenancy may be required for compliance, and costs more; set another tenancy with \
            --tenancy")
        .unless(|it| it == "default"),
    row("host", Rule::Host)
        .because(
            "the Dedicated Host belongs to the masters; AWS requires a Dedicated Host with auto-placement, \
             unless another tenancy is set with --tenancy",
        )
        .unless(is_any_host),
];

/// Fields of an entry of `blockDevices`, and of its `ebs`.
const VOLUME: [&str; 4] = ["deviceName", "ebs", "noDevice", "virtualName"];
const EBS: [&str; 7] = [
    "deleteOnTermination",
    "encrypted",
    "iops",
    "kmsKey",
    "throughputMib",
    "volumeSize",
    "volumeType",
];

/// A decision about a field that a person should know of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FieldDecision {
    /// `placement.tenancy`
    pub field: String,
    /// The value of the master's; empty where it must not be shown, because its meaning is unknown.
    pub value: String,
    /// The fate of the field in the copy.
    pub fate: Fate,
    /// The weight of the decision.
    pub weight: Weight,
    /// Why.
    pub reason: String,
}

/// The fate of a field in a copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// The copy has the field.
    Kept,
    /// The copy does not have the field.
    LeftOut,
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kept => "kept",
            Self::LeftOut => "omitted",
        })
    }
}

/// Returns whether the value of a field decides what is told of a copy.
#[must_use]
pub fn is_told(path: &[&str]) -> bool {
    let (rows, field) = match path {
        ["placement", field, ..] => (&PLACEMENT[..], *field),
        // The volumes, and the type with which the machine's own is compared.
        [] | ["placement" | "blockDevices" | "instanceType", ..] => return true,
        [field, ..] => (&FIELDS[..], *field),
    };
    let row = rows.iter().find(|it| it.field == field);
    row.is_none_or(|it| !matches!(it.rule, Rule::Keep | Rule::Own | Rule::Never))
}

/// Takes from a master's provider spec what must not be copied to a machine of an instance type, and says what was
/// decided. Fields that are written for each machine are left as they are.
pub fn inherit(provider_spec: &mut Value, instance_type: &str) -> Vec<FieldDecision> {
    let source = Field::text(&provider_spec["instanceType"]);
    let is_same_type = source == Field::Known(instance_type);
    let types = match source {
        Field::Known(source) => {
            format!(
                "the masters have the instance type {source}, and this machine has {instance_type}"
            )
        }
        Field::Absent => {
            format!("the masters have no instance type, and this machine has {instance_type}")
        }
        Field::Unknown(why) => {
            format!("the masters' instance type is {why}, and this machine has {instance_type}")
        }
    };
    let mut decisions = volumes(provider_spec, is_same_type, &types);
    let mut judge = |object: &mut Value, prefix: &str, rows: &'static [Row]| {
        if is_withheld(object) {
            return;
        }
        let Some(fields) = object.as_object_mut() else { return };
        let names: Vec<String> = fields.keys().cloned().collect();
        for name in names {
            let row = rows.iter().find(|it| it.field == name);
            let value = &fields[&name];
            let decision = decide(row, value, is_same_type, &types);
            if row.is_some_and(|it| it.rule == Rule::Never)
                || decision.as_ref().is_some_and(|it| it.fate == Fate::LeftOut)
            {
                fields.remove(&name);
            }
            decisions.extend(
                decision.map(|it| FieldDecision { field: format!("{prefix}{name}"), ..it }),
            );
        }
    };
    judge(&mut provider_spec["placement"], "placement.", &PLACEMENT);
    judge(provider_spec, "", &FIELDS);
    // A host of its own supports the type of the machine.
    let has_own_host = is_allocated(&provider_spec["placement"]["host"]);
    decisions.retain(|it| !has_own_host || it.field != "placement.tenancy");
    decisions
}

/// Returns the fate of a field with a value, where that is told; without its name.
fn decide(
    row: Option<&Row>,
    value: &Value,
    is_same_type: bool,
    types: &str,
) -> Option<FieldDecision> {
    // `spotMarketOptions: {}` is how most people ask for a Spot instance.
    let is_asked_for = row.is_some_and(|it| it.field == "spotMarketOptions") && value.is_object();
    // What is withheld is told by name, and not as a setting of the masters.
    if !is_set(value) && !is_asked_for || first_withheld(value, |_| false).is_some() {
        return None;
    }
    let decision = |fate, weight, value, reason| {
        Some(FieldDecision { field: String::new(), value, fate, weight, reason })
    };
    let Some(row) = row else {
        if is_same_type {
            return None;
        }
        let reason = format!("oc-etcd does not know this value, and {types}");
        return decision(Fate::Kept, Weight::Warning, String::new(), reason);
    };
    if (row.is_free)(value) {
        return None;
    }
    let reason = row.reason.to_owned();
    match row.rule {
        Rule::Keep | Rule::Own | Rule::Never => None,
        // EC2 user guide, "Dedicated Host instance capacity configurations".
        Rule::Tenancy if value == "host" && !is_same_type => {
            let reason = format!(
                "a Dedicated Host supports one instance type or one family, and {types}: AWS starts the machine only \
                 if the account has a Dedicated Host for its type, with auto-placement; set another tenancy with \
                 --tenancy"
            );
            decision(Fate::Kept, Weight::Warning, shown(value), reason)
        }
        Rule::Tenancy => decision(Fate::Kept, Weight::Note, shown(value), reason),
        Rule::Host if is_allocated(value) => {
            let reason = "the Machine API allocates a Dedicated Host for each machine, which costs as much as the whole \
                          host; set another tenancy with --tenancy";
            decision(Fate::Kept, Weight::Warning, shown(value), reason.to_owned())
        }
        Rule::Host => decision(Fate::LeftOut, Weight::Warning, shown(value), reason),
        Rule::Leave(weight) => decision(Fate::LeftOut, weight, shown(value), reason),
        Rule::OfInstanceType(_) if is_same_type => None,
        // The default of AWS (openshift/api, `AWSConfidentialComputePolicyDisabled`).
        Rule::OfInstanceType(_) if value["confidentialCompute"] == "Disabled" => {
            let reason = "the value is the default, and few instance types support this option";
            decision(Fate::LeftOut, Weight::Note, shown(value), reason.to_owned())
        }
        Rule::OfInstanceType(weight) => {
            decision(Fate::LeftOut, weight, shown(value), format!("{types}: {reason}"))
        }
    }
}

/// Returns the remarks about the masters' volumes: those beside the root's, a root that costs, and unknown
/// fields of the root's.
fn volumes(provider_spec: &Value, is_same_type: bool, types: &str) -> Vec<FieldDecision> {
    let all = provider_spec["blockDevices"].as_array().map_or(&[][..], Vec::as_slice);
    let (root, others) = super::root_and_others(all);
    let mut decisions: Vec<FieldDecision> = others
        .iter()
        .map(|it| FieldDecision {
            field: "blockDevices".to_owned(),
            value: match it["deviceName"].as_str() {
                Some(name) => format!("deviceName: {name}"),
                None => "an entry without a deviceName".to_owned(),
            },
            fate: Fate::LeftOut,
            weight: Weight::Note,
            reason: "with a second empty disk, the machine cannot identify the etcd disk"
                .to_owned(),
        })
        .collect();
    let Some(root) = root else { return decisions };
    let ebs = &root["ebs"];
    if let Some(kind) = ebs["volumeType"].as_str().filter(|it| matches!(*it, "io1" | "io2")) {
        let iops = ebs["iops"].as_i64().map(|it| format!(", iops: {it}")).unwrap_or_default();
        decisions.push(FieldDecision {
            field: "blockDevices[root].ebs".to_owned(),
            value: format!("volumeType: {kind}{iops}"),
            fate: Fate::Kept,
            weight: Weight::Note,
            reason: "the root volume costs as much as the masters' root volume, although etcd uses its own \
                disk"
                .to_owned(),
        });
    }
    let unknown = |object: &Value, known: &[&str], prefix: &str| -> Vec<FieldDecision> {
        let fields = object.as_object().filter(|_| !is_withheld(object)).into_iter().flatten();
        let unknown =
            fields.filter(|(name, value)| !known.contains(&name.as_str()) && is_set(value));
        unknown
            .filter_map(|(name, value)| {
                let decision = decide(None, value, is_same_type, types)?;
                Some(FieldDecision { field: format!("{prefix}{name}"), ..decision })
            })
            .collect()
    };
    decisions.extend(unknown(root, &VOLUME, "blockDevices[root]."));
    decisions.extend(unknown(ebs, &EBS, "blockDevices[root].ebs."));
    decisions
}

/// Returns whether a Dedicated Host is one that AWS chooses.
fn is_any_host(host: &Value) -> bool {
    host["affinity"] == "AnyAvailable" && !is_set(&host["dedicatedHost"])
}

/// Returns whether the Machine API allocates a Dedicated Host for each machine (machine-api-provider-aws
/// `shouldAllocateDedicatedHost`).
fn is_allocated(host: &Value) -> bool {
    host["dedicatedHost"]["allocationStrategy"] == "Dynamic" && host["affinity"].is_string()
}

/// Returns whether a field says anything. The Machine API writes empty values of fields that nobody set.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::Bool(true) => true,
        Value::Number(number) => number.as_i64() != Some(0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => items.iter().any(is_set),
        Value::Object(fields) => fields.values().any(is_set),
    }
}

/// A value as a message shows it: a text or number alone, and each one in an object or list with its path, as
/// `maxPrice: 0.5`.
fn shown(value: &Value) -> String {
    let mut all = Vec::new();
    collect(value, "", &mut all);
    all.join(", ")
}

fn collect(value: &Value, path: &str, all: &mut Vec<String>) {
    let text = match value {
        Value::Null => return,
        Value::Array(items) => {
            return items.iter().for_each(|it| collect(it, path, all));
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                collect(value, &format!("{path}{dot}{name}"), all);
            }
            return;
        }
        Value::String(text) if text.is_empty() => return,
        Value::String(text) => text.clone(),
        Value::Number(_) | Value::Bool(_) => value.to_string(),
    };
    all.push(if path.is_empty() { text } else { format!("{path}: {text}") });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Returns the remarks, and the fields that are gone.
    fn inherited(mut spec: Value, instance_type: &str) -> (Vec<String>, Vec<String>) {
        spec["instanceType"] = "m6a.2xlarge".into();
        let before = spec.clone();
        let decisions = inherit(&mut spec, instance_type);
        let told = decisions.iter().map(|it| {
            let weight = if it.weight == Weight::Warning { "!" } else { "" };
            format!("{weight}{} {} {}", it.field, it.value, it.fate)
        });
        let names = |spec: &Value| -> Vec<String> {
            let of = |at: &str| spec.pointer(at).and_then(Value::as_object).cloned();
            let placement = of("/placement").into_iter().flatten();
            let all = of("").into_iter().flatten().map(|(name, _)| name);
            all.chain(placement.map(|(name, _)| format!("placement.{name}"))).collect()
        };
        let left = names(&spec);
        let gone = names(&before).into_iter().filter(|it| !left.contains(it)).collect();
        (told.collect(), gone)
    }

    /// Returns whether a field is told and gone on another instance type, and on the masters' own.
    fn on_both(spec: &Value) -> [(String, bool); 2] {
        ["c5n.xlarge", "m6a.2xlarge"].map(|it| {
            let (told, gone) = inherited(spec.clone(), it);
            (told.join("; "), !gone.is_empty())
        })
    }

    #[test]
    fn what_is_bound_to_an_instance_type_stays_with_it() {
        let snp = json!({"cpuOptions": {"confidentialCompute": "AMDEncryptedVirtualization"}});
        for (spec, told) in [
            (json!({"networkInterfaceType": "EFA"}), "networkInterfaceType EFA omitted"),
            (json!({"networkInterfaceType": "NEW"}), "networkInterfaceType NEW omitted"),
            (snp, "!cpuOptions confidentialCompute: AMDEncryptedVirtualization omitted"),
            (
                json!({"cpuOptions": {"confidentialCompute": "Disabled"}}),
                "cpuOptions confidentialCompute: Disabled omitted",
            ),
        ] {
            let expected = [(told.to_owned(), true), (String::new(), false)];
            assert_eq!(on_both(&spec), expected, "{spec}");
        }
    }

    #[test]
    fn what_is_bound_to_the_masters_place_market_or_reservation_stays_with_them() {
        let host = json!({"affinity": "DedicatedHost", "dedicatedHost": {"id": "h-0"}});
        for (spec, told) in [
            (json!({"placementGroupName": "cp"}), "placementGroupName cp omitted"),
            (json!({"placementGroupPartition": 1}), "placementGroupPartition 1 omitted"),
            (json!({"capacityReservationId": "cr-0"}), "capacityReservationId cr-0 omitted"),
            (
                json!({"spotMarketOptions": {"maxPrice": "0.5"}}),
                "spotMarketOptions maxPrice: 0.5 omitted",
            ),
            (json!({"spotMarketOptions": {}}), "spotMarketOptions  omitted"),
            (json!({"marketType": "Spot"}), "marketType Spot omitted"),
            (json!({"marketType": "CapacityBlock"}), "marketType CapacityBlock omitted"),
            (
                json!({"placement": {"host": host}}),
                "!placement.host affinity: DedicatedHost, dedicatedHost.id: h-0 omitted",
            ),
            (json!({"placement": {"host": {"of": "x"}}}), "!placement.host of: x omitted"),
        ] {
            let expected = (told.to_owned(), true);
            assert_eq!(on_both(&spec), [expected.clone(), expected], "{spec}");
        }
        for silent in [json!({"loadBalancers": [{"name": "a"}]}), json!({"metadata": {"a": null}})]
        {
            assert_eq!(
                on_both(&silent),
                [(String::new(), true), (String::new(), true)],
                "{silent}"
            );
        }
    }

    #[test]
    fn the_rest_is_kept_and_told_where_a_person_should_know() {
        let allocated = json!({"allocationStrategy": "Dynamic"});
        let host = json!({"affinity": "DedicatedHost", "dedicatedHost": allocated});
        let allocation = "!placement.host affinity: DedicatedHost, dedicatedHost.allocationStrategy: Dynamic kept";
        let dedicated = "placement.tenancy dedicated kept";
        for (spec, on_another, on_the_same) in [
            (json!({"placement": {"tenancy": "dedicated"}}), dedicated, dedicated),
            (
                json!({"placement": {"tenancy": "host"}}),
                "!placement.tenancy host kept",
                "placement.tenancy host kept",
            ),
            (json!({"placement": {"tenancy": "default"}}), "", ""),
            (json!({"placement": {"host": host, "tenancy": "host"}}), allocation, allocation),
            (json!({"placement": {"host": {"affinity": "AnyAvailable"}}}), "", ""),
            (json!({"networkInterfaceType": "ENA"}), "", ""),
            (json!({"marketType": "OnDemand"}), "", ""),
            (json!({"capacityReservationId": ""}), "", ""),
            (json!({"fieldOfTomorrow": {"secret": "CANARY"}}), "!fieldOfTomorrow  kept", ""),
            (json!({"placement": {"ofTomorrow": 1}}), "!placement.ofTomorrow  kept", ""),
            (json!({"fieldOfTomorrow": ""}), "", ""),
            (json!({"iamInstanceProfile": {"id": "p"}, "keyName": "k", "publicIp": true}), "", ""),
        ] {
            let expected = [(on_another.to_owned(), false), (on_the_same.to_owned(), false)];
            assert_eq!(on_both(&spec), expected, "{spec}");
        }
    }

    #[test]
    fn volumes_beside_the_root_and_a_root_that_costs_are_told() {
        let devices = json!({"blockDevices": [
            {"ebs": {"volumeType": "io2", "iops": 16000, "volumeSize": 120, "ofTomorrow": true}},
            {"deviceName": "/dev/xvdc", "ebs": {}},
            {"deviceName": "/dev/xvdd", "virtualName": "ephemeral0"},
            {"noDevice": ""},
        ]});
        let (told, gone) = inherited(devices.clone(), "c5n.xlarge");
        assert_eq!(
            told,
            [
                "blockDevices deviceName: /dev/xvdc omitted",
                "blockDevices[root].ebs volumeType: io2, iops: 16000 kept",
                "!blockDevices[root].ebs.ofTomorrow  kept",
            ]
        );
        assert_eq!(gone, [""; 0]);
        assert_eq!(inherited(devices, "m6a.2xlarge").0.len(), 2);
    }
}
