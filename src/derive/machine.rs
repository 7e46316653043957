//! Derives an etcd Machine from a master's.
//!
//! KEPT      the provider spec, field by field as `platform::aws::inherited` says: AMI, IAM profile, security
//!           groups, subnet, tags, the root volume, and every field that a newer release adds.
//! CHANGED   name, labels, instance type, user data, what flags ask for; one more volume.
//! DROPPED   what is bound to the masters' machines, and everything else, above all what would bind the copy to the control plane: owner (the
//!           garbage collector would delete it with the ControlPlaneMachineSet), lifecycle hooks
//!           (nobody would ever remove them), load balancers (it would be sent API requests),
//!           `providerID`, finalizers, and volumes other than the root's.

use serde_json::{Value, json};

use super::mark;
use super::volume::Volume;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::shell_command::quoted;
use crate::platform::aws::inherited::{self, FieldDecision};
use crate::platform::aws::{self, Placement};

/// The instance type of the procedure.
pub const INSTANCE_TYPE: &str = "c5n.xlarge";

/// The options for AWS that replace those of the masters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MachineOptions {
    /// `--placement-group`
    pub placement_group: Option<String>,
    /// `--placement-group-partition`: from 1 to 7.
    pub placement_group_partition: Option<u32>,
    /// `--capacity-reservation`: an id such as `cr-0123456789abcdef0`.
    pub capacity_reservation: Option<String>,
    /// `--tenancy`: `default`, `dedicated` or `host`.
    pub tenancy: Option<String>,
    /// `--confidential-compute`
    pub confidential_compute: Option<ConfidentialCompute>,
}

/// The encryption of a machine's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfidentialCompute {
    /// The memory is not encrypted.
    Disabled,
    /// By AMD SEV-SNP.
    SevSnp,
}

impl ConfidentialCompute {
    /// The word of the flag.
    #[must_use]
    pub const fn flag(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::SevSnp => "sev-snp",
        }
    }

    /// The word of the API.
    const fn word(self) -> &'static str {
        match self {
            Self::Disabled => "Disabled",
            Self::SevSnp => "AMDEncryptedVirtualizationNestedPaging",
        }
    }
}

impl MachineOptions {
    /// Returns the flags of `add-machine` for the options of a Machine. A flag for what the masters have too changes
    /// nothing.
    #[must_use]
    pub fn flags(provider_spec: &Value) -> String {
        let flag = |(name, field): (&str, &str)| match &provider_spec[field] {
            Value::String(text) if !text.is_empty() => Some(format!(" --{name} {}", quoted(text))),
            Value::Number(number) => Some(format!(" --{name} {number}")),
            _ => None,
        };
        let tenancy = provider_spec["placement"]["tenancy"].as_str().unwrap_or("default");
        let compute = provider_spec["cpuOptions"]["confidentialCompute"].as_str();
        let compute = compute.filter(|it| *it == ConfidentialCompute::SevSnp.word());
        let tenancy = (tenancy != "default").then(|| format!(" --tenancy {}", quoted(tenancy)));
        let compute = compute
            .map(|_| format!(" --confidential-compute {}", ConfidentialCompute::SevSnp.flag()));
        let fields = [
            ("placement-group", "placementGroupName"),
            ("placement-group-partition", "placementGroupPartition"),
            ("capacity-reservation", "capacityReservationId"),
        ];
        let fields = fields.into_iter().filter_map(flag);
        fields.chain(tenancy).chain(compute).collect()
    }

    /// Writes what was asked for, each field in the place of the masters'.
    fn write(&self, provider_spec: &mut Value) {
        let mut set = |field: &str, value: Option<Value>| {
            if let Some(value) = value {
                provider_spec[field] = value;
            }
        };
        set("placementGroupName", self.placement_group.as_deref().map(Value::from));
        set("placementGroupPartition", self.placement_group_partition.map(Value::from));
        set("capacityReservationId", self.capacity_reservation.as_deref().map(Value::from));
        let compute = self.confidential_compute.map(ConfidentialCompute::word);
        set("cpuOptions", compute.map(|it| json!({ "confidentialCompute": it })));
        if let Some(tenancy) = &self.tenancy {
            provider_spec["placement"]["tenancy"] = tenancy.as_str().into();
            // The API takes a host with the tenancy of one only.
            if let Some(placement) = provider_spec["placement"].as_object_mut()
                && tenancy != "host"
            {
                placement.remove("host");
            }
        }
    }

    /// Returns whether a flag decided about a field, so that the masters' value there is no matter.
    fn decides(&self, field: &str) -> bool {
        match field {
            "placementGroupName" => self.placement_group.is_some(),
            "placementGroupPartition" => self.placement_group_partition.is_some(),
            "capacityReservationId" => self.capacity_reservation.is_some(),
            "cpuOptions" => self.confidential_compute.is_some(),
            "placement.tenancy" => self.tenancy.is_some(),
            "placement.host" => self.tenancy.as_ref().is_some_and(|it| it != "host"),
            _ => false,
        }
    }
}

/// The specification of a new Machine.
#[derive(Clone, Debug, PartialEq)]
pub struct MachineSpec {
    /// `lab-x99n4-etcd-0`
    pub name: String,
    /// The zone and the subnet; `None` for the source's own subnet.
    pub placement: Placement,
    /// `c5n.xlarge`
    pub instance_type: String,
    /// The second disk.
    pub volume: Volume,
    /// The options of flags that replace those of the masters.
    pub options: MachineOptions,
}

/// A Machine, and what was decided about the fields of the master's that is worth knowing.
#[derive(Clone, Debug, PartialEq)]
pub struct Derived {
    /// The Machine.
    pub machine: Object,
    /// The decisions about fields that were kept or left out.
    pub decisions: Vec<FieldDecision>,
}

/// A Machine that is to be copied has no provider spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`spec.providerSpec.value` is missing")]
pub struct NoProviderSpec;

/// The Machine.
///
/// # Errors
/// When the source has no provider spec.
pub fn derive(
    source: &Object,
    wanted: &MachineSpec,
    tool_version: &str,
) -> Result<Derived, NoProviderSpec> {
    let mut value = aws::provider_spec(source).cloned().ok_or(NoProviderSpec)?;
    let volumes = block_devices(&value, &wanted.volume);
    let mut decisions = inherited::inherit(&mut value, &wanted.instance_type);
    decisions.retain(|it| !wanted.options.decides(&it.field));
    value["instanceType"] = wanted.instance_type.as_str().into();
    value["userDataSecret"] = json!({ "name": names::ETCD_USER_DATA });
    value["blockDevices"] = volumes;
    if !value["placement"].is_object() {
        value["placement"] = json!({});
    }
    value["placement"]["availabilityZone"] = wanted.placement.zone.as_str().into();
    if let Some(subnet) = &wanted.placement.subnet {
        value["subnet"] = subnet.clone();
    }
    wanted.options.write(&mut value);

    let reference = ObjectRef::machine(wanted.name.as_str());
    let machine = Object::new(reference).with_labels([
        (names::MACHINE_ROLE, names::ETCD),
        (names::MACHINE_TYPE, names::ETCD),
        (names::MACHINE_INSTANCE_TYPE, wanted.instance_type.as_str()),
        (names::MACHINE_ZONE, wanted.placement.zone.as_str()),
    ]);
    let machine = match source.label(names::MACHINE_CLUSTER) {
        Some(cluster) => machine.with_labels([(names::MACHINE_CLUSTER, cluster)]),
        None => machine,
    };
    let source_name = source.reference().to_string();
    let machine = mark(machine, &source_name, &value, tool_version)
        .with_annotations([(names::MACHINE_NAME, wanted.name.as_str())]);
    let machine = machine.with("spec", json!({ "providerSpec": { "value": value } }));
    Ok(Derived { machine, decisions })
}

/// The root volume, which is the entry without a name or with a root's, and ours. Others would be empty disks too, and
/// the machine could not tell which is etcd's.
fn block_devices(provider_spec: &Value, volume: &Volume) -> Value {
    let existing = provider_spec["blockDevices"].as_array().map_or(&[][..], Vec::as_slice);
    let (root, _) = aws::root_and_others(existing);
    let ours = volume.entry(root, &Value::Bool(true));
    Value::Array(root.cloned().into_iter().chain([ours]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn master() -> Object {
        let body = json!({
            "apiVersion": "machine.openshift.io/v1beta1",
            "kind": "Machine",
            "metadata": {
                "name": "lab-master-0",
                "namespace": names::MACHINE_NAMESPACE,
                "labels": {names::MACHINE_CLUSTER: "lab", names::MACHINE_ROLE: "master", "other": "x"},
                "annotations": {"machine.openshift.io/instance-state": "running"},
                "finalizers": ["machine.machine.openshift.io"],
                "ownerReferences": [{"kind": "ControlPlaneMachineSet", "controller": true}],
            },
            "spec": {
                "authoritativeAPI": "MachineAPI",
                "lifecycleHooks": {"preDrain": [{"name": "EtcdQuorumOperator"}]},
                "metadata": {"labels": {"a": "b"}},
                "providerID": "aws:///us-east-1a/i-1",
                "providerSpec": {"value": {
                    "ami": {"id": "ami-1"},
                    "blockDevices": [
                        {"ebs": {"encrypted": true, "kmsKey": {"arn": "arn:root"}, "volumeSize": 120}},
                        {"deviceName": "/dev/xvdc", "ebs": {"volumeSize": 1}},
                    ],
                    "fieldOfTomorrow": {"deep": true},
                    "instanceType": "m6i.2xlarge",
                    "loadBalancers": [{"name": "lab-int"}],
                    "metadata": {"creationTimestamp": null},
                    "placement": {"availabilityZone": "us-east-1a", "region": "us-east-1"},
                    "subnet": {"id": "subnet-1"},
                    "userDataSecret": {"name": "master-user-data"},
                }},
            },
            "status": {"phase": "Running"},
        });
        Object::from_value(body).unwrap()
    }

    fn wanted(volume: Volume) -> MachineSpec {
        MachineSpec {
            name: "lab-etcd-0".to_owned(),
            placement: Placement { zone: "us-east-1a".to_owned(), subnet: None },
            instance_type: "c5n.xlarge".to_owned(),
            volume,
            options: MachineOptions::default(),
        }
    }

    fn volume() -> Volume {
        Volume {
            device_name: "/dev/xvdb".to_owned(),
            size: 64,
            kind: "gp3".to_owned(),
            iops: None,
            throughput: None,
            kms_key: None,
        }
    }

    #[test]
    fn a_machine_is_the_masters_provider_spec_and_nothing_else_of_it() {
        let machine = derive(&master(), &wanted(volume()), "1").unwrap().machine;
        let mut body = machine.into_body();
        body["metadata"]["annotations"][names::SOURCE_DIGEST] = "…".into();
        assert_eq!(
            body,
            json!({
                "apiVersion": "machine.openshift.io/v1beta1",
                "kind": "Machine",
                "metadata": {
                    "name": "lab-etcd-0",
                    "namespace": "openshift-machine-api",
                    "labels": {
                        "app.kubernetes.io/managed-by": "oc-etcd",
                        "machine.openshift.io/cluster-api-cluster": "lab",
                        "machine.openshift.io/cluster-api-machine-role": "etcd",
                        "machine.openshift.io/cluster-api-machine-type": "etcd",
                        "machine.openshift.io/instance-type": "c5n.xlarge",
                        "machine.openshift.io/zone": "us-east-1a",
                    },
                    "annotations": {
                        "oc-etcd/name": "lab-etcd-0",
                        "oc-etcd/source": "machine/lab-master-0",
                        "oc-etcd/source-digest": "…",
                        "oc-etcd/version": "1",
                    },
                },
                "spec": {"providerSpec": {"value": {
                    "ami": {"id": "ami-1"},
                    "blockDevices": [
                        {"ebs": {"encrypted": true, "kmsKey": {"arn": "arn:root"}, "volumeSize": 120}},
                        {"deviceName": "/dev/xvdb", "ebs": {
                            "encrypted": true,
                            "kmsKey": {"arn": "arn:root"},
                            "volumeSize": 64,
                            "volumeType": "gp3",
                        }},
                    ],
                    "fieldOfTomorrow": {"deep": true},
                    "instanceType": "c5n.xlarge",
                    "placement": {"availabilityZone": "us-east-1a", "region": "us-east-1"},
                    "subnet": {"id": "subnet-1"},
                    "userDataSecret": {"name": "etcd-user-data"},
                }}},
            })
        );
    }

    #[test]
    fn another_zone_takes_its_own_subnet_and_the_volume_its_own_settings() {
        let mut wanted = wanted(Volume {
            iops: Some(6000),
            throughput: Some(500),
            kms_key: Some("1234-abcd".to_owned()),
            ..volume()
        });
        wanted.placement =
            Placement { zone: "us-east-1d".to_owned(), subnet: Some(json!({"id": "subnet-4"})) };
        let machine = derive(&master(), &wanted, "1").unwrap().machine;
        let value = aws::provider_spec(&machine).unwrap();
        assert_eq!(value["placement"]["availabilityZone"], "us-east-1d");
        assert_eq!(value["subnet"], json!({"id": "subnet-4"}));
        assert_eq!(
            value["blockDevices"][1]["ebs"],
            json!({
                "encrypted": true,
                "iops": 6000,
                "kmsKey": {"id": "1234-abcd"},
                "throughputMib": 500,
                "volumeSize": 64,
                "volumeType": "gp3",
            })
        );
    }

    #[test]
    fn what_a_flag_asks_for_takes_the_place_of_the_masters() {
        let mut body = master().into_body();
        let spec = body.pointer_mut("/spec/providerSpec/value").unwrap();
        spec["placementGroupName"] = "cp".into();
        spec["cpuOptions"] =
            json!({"confidentialCompute": "AMDEncryptedVirtualizationNestedPaging"});
        spec["placement"]["tenancy"] = "host".into();
        spec["placement"]["host"] =
            json!({"affinity": "DedicatedHost", "dedicatedHost": {"id": "h-0"}});
        let bound = Object::from_value(body).unwrap();
        let plain = derive(&bound, &wanted(volume()), "1").unwrap();
        let fields: Vec<&str> = plain.decisions.iter().map(|it| it.field.as_str()).collect();
        assert_eq!(
            fields,
            [
                "blockDevices",
                "placement.host",
                "placement.tenancy",
                "cpuOptions",
                "fieldOfTomorrow",
                "placementGroupName",
            ]
        );
        let spec = aws::provider_spec(&plain.machine).unwrap();
        assert_eq!(spec["placement"]["tenancy"], "host");
        assert!(["cpuOptions", "placementGroupName"].iter().all(|it| spec.get(it).is_none()));

        let mut asked = wanted(volume());
        asked.options = MachineOptions {
            placement_group: Some("etcd".to_owned()),
            placement_group_partition: Some(2),
            capacity_reservation: Some("cr-1".to_owned()),
            tenancy: Some("default".to_owned()),
            confidential_compute: Some(ConfidentialCompute::SevSnp),
        };
        let asked = derive(&bound, &asked, "1").unwrap();
        let fields: Vec<&str> = asked.decisions.iter().map(|it| it.field.as_str()).collect();
        assert_eq!(fields, ["blockDevices", "fieldOfTomorrow"]);
        let spec = aws::provider_spec(&asked.machine).unwrap();
        assert_eq!(spec["placementGroupName"], "etcd");
        assert_eq!(spec["placementGroupPartition"], 2);
        assert_eq!(spec["capacityReservationId"], "cr-1");
        assert_eq!(
            spec["placement"],
            json!({"availabilityZone": "us-east-1a", "region": "us-east-1", "tenancy": "default"})
        );
        assert_eq!(
            spec["cpuOptions"]["confidentialCompute"],
            "AMDEncryptedVirtualizationNestedPaging"
        );
    }

    #[test]
    fn a_root_volume_may_have_a_name() {
        let mut body = master().into_body();
        let device = "/spec/providerSpec/value/blockDevices/0";
        body.pointer_mut(device).unwrap()["deviceName"] = "/dev/xvda".into();
        let named = Object::from_value(body).unwrap();
        let machine = derive(&named, &wanted(volume()), "1").unwrap().machine;
        let devices = machine.list("/spec/providerSpec/value/blockDevices");
        assert_eq!(devices[0], *named.get(device).unwrap());
        assert_eq!(devices[1]["ebs"]["kmsKey"], json!({"arn": "arn:root"}));
        assert_eq!(devices.len(), 2);
    }

    #[test]
    fn a_master_without_a_provider_spec_is_an_error() {
        let empty = Object::new(master().reference().clone());
        assert_eq!(derive(&empty, &wanted(volume()), "1"), Err(NoProviderSpec));
    }
}
