//! Writes the entry of `blockDevices` for the volume of etcd, in a Machine and in a ControlPlaneMachineSet.

use serde_json::{Value, json};

/// The size of the volume in GiB, unless another size is given.
pub const SIZE: u32 = 64;
/// The type of the volume, unless another type is given.
pub const TYPE: &str = "gp3";
/// The name under which EC2 attaches the volume, unless another name is given.
pub const DEVICE_NAME: &str = "/dev/xvdb";

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
