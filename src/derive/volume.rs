//! Writes the entry of `blockDevices` for the volume of etcd, in a Machine and in a ControlPlaneMachineSet.

use crate::model::shell_command::quoted;
use serde_json::{Value, json};

/// The size of the volume in GiB, unless another size is given.
pub const SIZE: u32 = 64;
/// The type of the volume, unless another type is given.
pub const TYPE: &str = "gp3";
/// The name under which EC2 attaches the volume, unless another name is given.
pub const DEVICE_NAME: &str = "/dev/xvdb";
/// The IOPS and the MiB a second that the price of a volume of type gp3 includes.
const GP3_BASE: (u32, u32) = (3_000, 125);

/// The volume that etcd gets besides the root volume of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// The name under which EC2 attaches it: `/dev/xvdb`.
    pub device_name: String,
    /// In GiB.
    pub size: u32,
    /// `gp3`, `io2`, …
    pub kind: String,
    /// I/O operations a second; the type's default when `None`.
    pub iops: Option<u32>,
    /// In MiB a second; the type's default when `None`. The Machine API drops it before 4.21.
    pub throughput: Option<u32>,
    /// The ARN or id of the key that encrypts it; the root volume's key when `None`.
    pub kms_key: Option<String>,
}

impl Default for Volume {
    fn default() -> Self {
        Self {
            device_name: DEVICE_NAME.to_owned(),
            size: SIZE,
            kind: TYPE.to_owned(),
            iops: None,
            throughput: None,
            kms_key: None,
        }
    }
}

impl Volume {
    /// Refuses settings that EC2 refuses, so that no machine fails for them (EBS user guide, "Amazon EBS volume types").
    /// The largest values grow with new hardware, and are left to EC2.
    ///
    /// # Errors
    /// A message that names the flags.
    pub fn check(&self) -> Result<(), String> {
        let Self { kind, size, iops, throughput, .. } = self;
        // The fewest IOPS, and the IOPS for each GiB.
        let limits = match kind.as_str() {
            "gp3" => Some((GP3_BASE.0, 500)),
            "io1" => Some((100, 50)),
            "io2" => Some((100, 1_000)),
            _ => None,
        };
        if throughput.is_some() && kind != "gp3" {
            return Err("--throughput requires --volume-type gp3".to_owned());
        }
        if iops.is_none() && ["io1", "io2"].contains(&kind.as_str()) {
            return Err(format!("--volume-type {kind} requires --iops"));
        }
        if let Some(iops) = iops {
            let Some((fewest, for_each)) = limits else {
                return Err("--iops requires --volume-type gp3, io1 or io2".to_owned());
            };
            // EC2 gives the fewest IOPS to a volume of any size.
            let most = fewest.max(for_each * size);
            if !(fewest..=most).contains(iops) {
                return Err(format!(
                    "--iops must be from {fewest} to {most} for a volume of type {kind} and {size} GiB"
                ));
            }
        }
        // A volume of type gp3 has the fewest IOPS unless more are requested.
        let iops = iops.or(limits.map(|(fewest, _)| fewest)).unwrap_or_default();
        let most = iops / 4;
        if throughput.is_some_and(|it| it > most) {
            return Err(format!(
                "--throughput must be at most {most} for {iops} IOPS; set more --iops"
            ));
        }
        Ok(())
    }

    /// Returns the flags of `add-machine` for a volume like that of an entry of `blockDevices`, as far as this differs from the
    /// default.
    #[must_use]
    pub fn flags(entry: &Value) -> String {
        let ebs = &entry["ebs"];
        let number = |flag: &str, key: &str, default: u64| {
            let number = ebs[key].as_u64().filter(|it| *it != default);
            number.map(|it| format!(" --{flag} {it}"))
        };
        let kind = ebs["volumeType"].as_str().filter(|it| *it != TYPE);
        let parts = [
            kind.map(|it| format!(" --volume-type {}", quoted(it))),
            number("volume-size", "volumeSize", SIZE.into()),
            number("iops", "iops", 0),
            number("throughput", "throughputMib", 0),
        ];
        parts.into_iter().flatten().collect()
    }

    /// Returns the requested performance, to follow other words: `, 6000 IOPS`. A volume of type gp3 has a base for which
    /// nothing is charged.
    #[must_use]
    pub fn performance(&self) -> String {
        let iops = self.iops.map(|it| format!(", {it} IOPS")).unwrap_or_default();
        let throughput = self.throughput.map(|it| format!(", {it} MiB/s")).unwrap_or_default();
        let (base_iops, base_throughput) = GP3_BASE;
        let is_above = self.iops.is_some_and(|it| it > base_iops)
            || self.throughput.is_some_and(|it| it > base_throughput);
        let cost = if self.kind == "gp3" && is_above {
            format!(" (extra cost above {base_iops} IOPS and {base_throughput} MiB/s)")
        } else {
            String::new()
        };
        iops + &throughput + &cost
    }

    /// Returns the entry of `blockDevices`. The key of the root volume encrypts the volume, unless the volume has a key of
    /// its own.
    #[must_use]
    pub fn entry(&self, root: Option<&Value>, encrypted: &Value) -> Value {
        let root_key = root.and_then(|it| it.pointer("/ebs/kmsKey")).filter(|key| !key.is_null());
        let mut ebs = json!({
            "encrypted": encrypted,
            "volumeSize": self.size,
            "volumeType": self.kind,
        });
        match (&self.kms_key, root_key) {
            (Some(key), _) => {
                let field = if key.starts_with("arn:") { "arn" } else { "id" };
                ebs["kmsKey"] = json!({ field: key });
                ebs["encrypted"] = true.into();
            }
            (None, Some(key)) => ebs["kmsKey"] = key.clone(),
            (None, None) => {}
        }
        if let Some(iops) = self.iops {
            ebs["iops"] = iops.into();
        }
        if let Some(throughput) = self.throughput {
            ebs["throughputMib"] = throughput.into();
        }
        json!({ "deviceName": self.device_name, "ebs": ebs })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_volume_that_ec2_refuses_is_refused_before_a_machine_fails() {
        let check = |(kind, size, iops, throughput): (&str, u32, Option<u32>, Option<u32>)| {
            let kind = kind.to_owned();
            Volume { size, kind, iops, throughput, ..Volume::default() }.check()
        };
        for settings in [
            ("gp3", 64, None, None),
            ("gp3", 64, Some(32_000), None),
            ("gp3", 1, Some(3_000), Some(750)),
            ("gp3", 64, Some(4_000), Some(1_000)),
            ("io1", 64, Some(3_200), None),
            ("io2", 64, Some(64_000), None),
            ("gp2", 64, None, None),
        ] {
            assert_eq!(check(settings), Ok(()), "{settings:?}");
        }
        for settings in [
            ("gp3", 64, Some(2_999), None),
            ("gp3", 64, Some(32_001), None),
            ("gp3", 64, None, Some(751)),
            ("gp3", 64, Some(3_996), Some(1_000)),
            ("io1", 64, Some(6_000), None),
            ("io1", 64, None, None),
            ("io2", 64, Some(64_001), None),
            ("io2", 64, Some(6_000), Some(125)),
            ("gp2", 64, Some(3_000), None),
        ] {
            assert!(check(settings).is_err(), "{settings:?}");
        }
    }

    #[test]
    fn a_volume_of_gp3_above_the_base_says_that_it_costs() {
        let words = |kind: &str, iops, throughput| {
            Volume { kind: kind.to_owned(), iops, throughput, ..Volume::default() }.performance()
        };
        let cost = " (extra cost above 3000 IOPS and 125 MiB/s)";
        assert_eq!(words("gp3", None, None), "");
        assert_eq!(words("gp3", Some(3_000), Some(125)), ", 3000 IOPS, 125 MiB/s");
        assert_eq!(words("gp3", Some(6_000), None), format!(", 6000 IOPS{cost}"));
        assert_eq!(words("gp3", None, Some(250)), format!(", 250 MiB/s{cost}"));
        assert_eq!(words("io2", Some(6_000), None), ", 6000 IOPS");
    }
}
