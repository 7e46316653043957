//! A lens over the provider spec of a Machine on AWS (`AWSMachineProviderConfig`).
//!
//! Fields: openshift/api `machine/v1beta1/types_awsprovider.go`. Nothing is parsed into a fixed
//! type: a field of a newer release passes through a copy untouched.

pub mod inherited;
pub mod instance_type;

use serde_json::Value;

use crate::model::field::{
    Field, Masking, Unknown, first_withheld, holds_withheld, is_withheld, masking,
};
use crate::model::object::Object;

/// The path of the provider spec in a Machine, or in a MachineSet's template.
const MACHINE: &str = "/spec/providerSpec/value";
const MACHINE_SET: &str = "/spec/template/spec/providerSpec/value";
const CONTROL_PLANE_MACHINE_SET: &str = "/spec/template/machines_v1beta1_machine_openshift_io";

/// A zone with the subnet that something in the cluster uses there.
#[derive(Clone, Debug, PartialEq)]
pub struct Placement {
    /// `us-east-1a`
    pub zone: String,
    /// The `subnet` field, whole: an id, an ARN or filters.
    pub subnet: Option<Value>,
}

/// The provider spec of a Machine. `None` where the spec is missing, withheld or no object.
#[must_use]
pub fn provider_spec(machine: &Object) -> Option<&Value> {
    machine.get(MACHINE).filter(|value| value.is_object() && !is_withheld(value))
}

/// Returns the first part of the provider spec of a Machine, a MachineSet or a ControlPlaneMachineSet that files
/// withhold, and the object: `spec.providerSpec.value.placement of machine/lab-master-0`.
#[must_use]
pub fn withheld_part(object: &Object) -> Option<String> {
    withheld_part_of(object, |_| true)
}

/// Returns the same for a decision that does not rest on every field. `rests_on` gets the path of a part within the provider
/// spec. A withheld part around the provider spec may hold any field.
#[must_use]
pub fn withheld_part_of(object: &Object, rests_on: impl Fn(&[&str]) -> bool) -> Option<String> {
    let part = first_withheld(object.get("/spec")?, |path| {
        let within =
            path.iter().position(|it| *it == "value").map_or(&[][..], |at| &path[at + 1..]);
        !within.is_empty() && !rests_on(within)
    })?;
    let path = ["spec", &part].into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>();
    Some(format!("{} of {}", path.join("."), object.reference()))
}

/// Returns the name of the Secret with the user data of a Machine. A name of which a sanitizer replaced a part is unknown.
#[must_use]
pub fn user_data_secret(machine: &Object) -> Field<&str> {
    if withheld_part_of(machine, |it| it[0] == "userDataSecret").is_some() {
        return Field::Unknown(Unknown::Withheld);
    }
    let Some(spec) = provider_spec(machine) else { return Field::Unknown(Unknown::NotUnderstood) };
    let secret = &spec["userDataSecret"];
    let name = match secret.get("name") {
        None if !secret.is_null() => Field::Unknown(Unknown::of(secret)),
        name => name.map_or(Field::Absent, Field::text),
    };
    match name {
        Field::Known(name) if masking(name) != Masking::None => Field::Unknown(Unknown::Withheld),
        name => name,
    }
}

/// Returns whether a volume is the root volume: it has no name, or one that root volumes have.
#[must_use]
pub fn is_root_device(name: Option<&str>) -> bool {
    matches!(name, None | Some("" | "/dev/xvda" | "/dev/sda" | "/dev/sda1"))
}

/// The root volume among the entries of `blockDevices`, which is the first entry without a name or with a root's, and
/// the other volumes. An entry without `ebs` is no volume: the Machine API passes over `noDevice` and `virtualName`
/// (machine-api-provider-aws `getBlockDeviceMappings`).
#[must_use]
pub fn root_and_others(entries: &[Value]) -> (Option<&Value>, Vec<&Value>) {
    let is_root = |it: &&Value| match &it["deviceName"] {
        Value::Null => true,
        Value::String(name) => is_root_device(Some(name)),
        _ => false,
    };
    let volumes = || entries.iter().filter(|it| !it["ebs"].is_null());
    let root = volumes().find(is_root);
    let is_other = |it: &&Value| root.is_none_or(|root| !std::ptr::eq(root, *it));
    (root, volumes().filter(is_other).collect())
}

/// Returns the volumes of a Machine beside the root volume, as far as the provider spec is understood.
#[must_use]
pub fn volumes_beside_root(machine: &Object) -> Vec<&Value> {
    let entries = provider_spec(machine).and_then(|it| it["blockDevices"].as_array());
    entries.map(|it| root_and_others(it).1).unwrap_or_default()
}

/// Returns the kind of a zone outside of a region's own: `us-east-1-bos-1a` is a Local Zone,
/// `us-east-1-wl1-bos-wlz-1` a Wavelength Zone; `None` for `us-east-1a`. The name of a zone of the region has
/// one word that begins with a digit.
#[must_use]
pub fn edge(zone: &str) -> Option<&'static str> {
    let is_numbered = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    match zone.split('-').filter(is_numbered).count() {
        _ if zone.contains("-wlz-") => Some("a Wavelength Zone"),
        0 | 1 => None,
        _ => Some("a Local Zone"),
    }
}

/// Returns the name in a reference to a resource of AWS: an id, an ARN, or the values of its filters.
#[must_use]
pub fn resource_name(reference: &Value) -> Option<String> {
    let text = |field: &str| reference[field].as_str().filter(|it| !it.is_empty());
    if let Some(name) = text("id").or_else(|| text("arn")) {
        return Some(name.to_owned());
    }
    let filters = reference["filters"].as_array()?.iter();
    let values = filters.flat_map(|it| it["values"].as_array().into_iter().flatten());
    let values: Vec<&str> = values.filter_map(Value::as_str).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// Returns whether a reference names a subnet, or may do so. With `subnet: {}`, the Machine API takes any subnet of the
/// zone, perhaps a public one.
fn is_named(subnet: &Value) -> bool {
    resource_name(subnet).is_some() || holds_withheld(subnet)
}

/// The placement that a provider spec asks for.
#[must_use]
pub fn placement(provider_spec: &Value) -> Option<Placement> {
    let zone = provider_spec.pointer("/placement/availabilityZone")?.as_str()?;
    let subnet = provider_spec.get("subnet").filter(|it| is_named(it)).cloned();
    Some(Placement { zone: zone.to_owned(), subnet })
}

/// The zone that a Machine is in. One that a sanitizer replaced by the word for all is not known.
#[must_use]
pub fn zone(machine: &Object) -> Option<&str> {
    let zone = provider_spec(machine)?.pointer("/placement/availabilityZone")?.as_str()?;
    Some(zone).filter(|it| masking(it) != Masking::Uniform)
}

/// The instance type that a Machine asks for.
#[must_use]
pub fn instance_type(machine: &Object) -> Option<&str> {
    provider_spec(machine)?.get("instanceType")?.as_str()
}

/// The placement of the Machines that a MachineSet makes.
#[must_use]
pub fn machine_set_placement(machine_set: &Object) -> Option<Placement> {
    placement(machine_set.get(MACHINE_SET)?)
}

/// Returns whether the Machines that a MachineSet makes get a public IP address.
#[must_use]
pub fn has_public_machines(machine_set: &Object) -> Field<bool> {
    let spec = machine_set.get(MACHINE_SET).unwrap_or(&Value::Null);
    Field::at(spec, &["publicIp"]).and_then(|it| match it.as_bool() {
        Some(is_public) => Field::Known(is_public),
        None => Field::Unknown(Unknown::of(it)),
    })
}

/// The failure domains of a ControlPlaneMachineSet.
#[must_use]
pub fn failure_domains(control_plane_machine_set: &Object) -> Vec<Placement> {
    control_plane_machine_set
        .list(&format!("{CONTROL_PLANE_MACHINE_SET}/failureDomains/aws"))
        .iter()
        .filter_map(|domain| {
            Some(Placement {
                zone: domain.pointer("/placement/availabilityZone")?.as_str()?.to_owned(),
                subnet: domain.get("subnet").map(subnet_of_failure_domain).filter(is_named),
            })
        })
        .collect()
}

/// A failure domain's subnet is a union with a discriminator (`type: ID | ARN | Filters`); a
/// Machine's is the bare reference with a field of the same name in lower case.
fn subnet_of_failure_domain(subnet: &Value) -> Value {
    let mut bare = serde_json::Map::new();
    for field in ["id", "arn", "filters"] {
        if let Some(value) = subnet.get(field) {
            bare.insert(field.into(), value.clone());
        }
    }
    Value::Object(bare)
}

/// The subnet's id, where it is given by id.
#[must_use]
pub fn subnet_id(subnet: &Value) -> Option<&str> {
    subnet.get("id")?.as_str().filter(|id| !id.is_empty())
}

/// Returns whether an instance type has Arm processors: `m7g`, `c6gn`, `a1`, `p6e-gb200`; not `g5`.
#[must_use]
pub fn is_arm(instance_type: &str) -> bool {
    let (family, after_generation) = parts(instance_type);
    family == "a1" || after_generation.starts_with('g') || after_generation.contains("-gb")
}

/// Returns whether an instance type has disks of its own, which take device names as they come (AWS,
/// "Instance store volumes": types with a `d`, and families that always have them).
#[must_use]
pub fn has_instance_store(instance_type: &str) -> bool {
    let (family, after_generation) = parts(instance_type);
    let letters: String = family.chars().take_while(char::is_ascii_alphabetic).collect();
    after_generation.contains('d')
        || matches!(letters.as_str(), "i" | "im" | "is" | "d" | "h" | "trn" | "f" | "hs" | "dl")
        || matches!(
            family,
            "c1" | "c3"
                | "g2"
                | "g5"
                | "g6"
                | "g6e"
                | "gr6"
                | "m1"
                | "m2"
                | "m3"
                | "p4de"
                | "p5"
                | "p5e"
                | "p5en"
                | "r3"
                | "x1"
                | "x1e"
        )
}

/// The family of an instance type, and what follows the number in it: `c6gn` and `gn`.
fn parts(instance_type: &str) -> (&str, &str) {
    let family = instance_type.split('.').next().unwrap_or_default();
    let after_generation = family
        .trim_start_matches(|c: char| c.is_ascii_alphabetic())
        .trim_start_matches(char::is_numeric);
    (family, after_generation)
}

/// Returns whether an instance type runs on Xen, where a disk has the name that EC2 was asked for, and
/// nothing on the machine tells an EBS volume from an instance store (EC2 user guide, "Instances built on the
/// Nitro System").
#[must_use]
pub fn is_xen(instance_type: &str) -> bool {
    const FAMILIES: [&str; 26] = [
        "c1", "c3", "c4", "cc2", "cr1", "d2", "f1", "g2", "g3", "g3s", "h1", "hs1", "i2", "i3",
        "m1", "m2", "m3", "m4", "p2", "p3", "r3", "r4", "t1", "t2", "x1", "x1e",
    ];
    let (family, size) = instance_type.split_once('.').unwrap_or((instance_type, ""));
    FAMILIES.contains(&family) && size != "metal"
}

/// Returns the name that the kernel gives a volume on Xen. `name` is the name that EC2 was asked for: `/dev/sdf`
/// becomes `/dev/xvdf` (EC2 user guide, "Device names for volumes").
#[must_use]
pub fn xen_device(name: &str) -> String {
    match name.strip_prefix("/dev/sd") {
        Some(rest) => format!("/dev/xvd{rest}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn instance_types_tell_processor_and_disks() {
        for (instance_type, arm, store) in [
            ("c5n.xlarge", false, false),
            ("m6i.2xlarge", false, false),
            ("m6id.2xlarge", false, true),
            ("c6gn.xlarge", true, false),
            ("m7gd.large", true, true),
            ("a1.large", true, false),
            ("g5.xlarge", false, true),
            ("g4dn.xlarge", false, true),
            ("x1e.xlarge", false, true),
            ("r3.large", false, true),
            ("r5.large", false, false),
            ("g5g.xlarge", true, false),
            ("p6e-gb200.36xlarge", true, false),
            ("p6-b200.48xlarge", false, false),
            ("i3.large", false, true),
            ("i4i.large", false, true),
            ("inf1.xlarge", false, false),
            ("", false, false),
        ] {
            assert_eq!(is_arm(instance_type), arm, "{instance_type}");
            assert_eq!(has_instance_store(instance_type), store, "{instance_type}");
        }
        for xen in ["m4.xlarge", "t2.large", "i3.large", "x1e.xlarge"] {
            assert!(is_xen(xen), "{xen}");
        }
        for nitro in
            ["m5.xlarge", "c5n.xlarge", "i3.metal", "i3en.large", "p3dn.24xlarge", "t3.large"]
        {
            assert!(!is_xen(nitro), "{nitro}");
        }
    }

    #[test]
    fn what_the_machine_api_passes_over_is_no_volume() {
        let entries = json!([
            {"noDevice": ""},
            {"deviceName": "/dev/xvdc", "virtualName": "ephemeral0", "ebs": null},
            {"deviceName": {"_REDACTED": "x"}, "ebs": {}},
            {"ebs": {"volumeSize": 120}},
            {"deviceName": "/dev/xvda", "ebs": {}},
        ]);
        let entries = entries.as_array().unwrap();
        let (root, others) = root_and_others(entries);
        assert_eq!((root, others), (Some(&entries[3]), vec![&entries[2], &entries[4]]));
        assert_eq!(root_and_others(&entries[..2]), (None, Vec::new()));
    }

    #[test]
    fn xen_is_told_from_nitro() {
        let xen = ["m4.large", "t2.micro", "i3.large", "p3.2xlarge", "x1e.xlarge"];
        assert!(xen.iter().all(|it| is_xen(it)));
        let nitro =
            ["c5n.xlarge", "m5.large", "t3.micro", "i3en.large", "i3.metal", "p3dn.24xlarge"];
        assert!(!nitro.iter().any(|it| is_xen(it)));
    }

    #[test]
    fn a_zone_at_the_edge_is_known_by_its_name() {
        for (zone, expected) in [
            ("us-east-1a", None),
            ("us-gov-west-1b", None),
            ("eusc-de-east-1a", None),
            ("us-east-1-bos-1a", Some("a Local Zone")),
            ("us-west-2-lax-1b", Some("a Local Zone")),
            ("ap-northeast-1-tpe-1a", Some("a Local Zone")),
            ("us-east-1-wl1-bos-wlz-1", Some("a Wavelength Zone")),
            ("eu-west-3-cmn-wlz-1a", Some("a Wavelength Zone")),
        ] {
            assert_eq!(edge(zone), expected, "{zone}");
        }
    }

    #[test]
    fn a_reference_is_named_by_its_id_arn_or_filters() {
        let filters = json!({"filters": [{"name": "tag:Name", "values": ["a", "b"]}]});
        for (reference, expected) in [
            (json!({"id": "sg-1"}), Some("sg-1")),
            (json!({"id": "", "arn": "arn:x"}), Some("arn:x")),
            (filters, Some("a, b")),
            (json!({}), None),
            (json!({"_REDACTED": "x"}), None),
        ] {
            assert_eq!(resource_name(&reference).as_deref(), expected, "{reference}");
        }
    }

    #[test]
    fn a_subnet_that_names_nothing_is_no_subnet() {
        let of = |subnet: Value| {
            let spec = json!({"placement": {"availabilityZone": "a"}, "subnet": subnet});
            placement(&spec).unwrap().subnet
        };
        for subnet in [
            json!({"id": "subnet-1"}),
            json!({"filters": [{"name": "tag:Name", "values": ["x"]}]}),
            json!({"_REDACTED": "x", "length": 3}),
        ] {
            assert_eq!(of(subnet.clone()), Some(subnet));
        }
        for subnet in [json!(null), json!({}), json!({"id": ""}), json!({"filters": []})] {
            assert_eq!(of(subnet.clone()), None, "{subnet}");
        }
    }

    #[test]
    fn a_failure_domains_subnet_loses_its_discriminator() {
        let subnet = json!({"type": "Filters", "filters": [{"name": "tag:Name", "values": ["x"]}]});
        assert_eq!(
            subnet_of_failure_domain(&subnet),
            json!({"filters": [{"name": "tag:Name", "values": ["x"]}]})
        );
    }
}
