//! Which differences between two rendered MachineConfigs the operator refuses
//! to roll out. It only compares.

use serde_json::Value;

use crate::kind::name;

/// A part of a rendered MachineConfig that may not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Difference {
    pointer: &'static str,
    message: &'static str,
}

const FIXED: &[Difference] = &[
    Difference {
        pointer: "/config/kernelArguments",
        message: "ignition kargs section contains changes",
    },
    Difference {
        pointer: "/config/storage/disks",
        message: "ignition disks section contains changes",
    },
    Difference {
        pointer: "/config/storage/filesystems",
        message: "ignition filesystems section contains changes",
    },
    Difference {
        pointer: "/config/storage/raid",
        message: "ignition raid section contains changes",
    },
    Difference {
        pointer: "/config/storage/directories",
        message: "ignition directories section contains changes",
    },
    Difference {
        pointer: "/config/storage/links",
        message: "ignition links section contains changes",
    },
    Difference {
        pointer: "/fips",
        message: "detected change to FIPS flag; refusing to modify FIPS on a running cluster",
    },
];

impl Difference {
    /// The operator's words for it.
    pub fn message(&self) -> &'static str {
        self.message
    }

    fn is_between(&self, old: &Value, new: &Value) -> bool {
        let part = |spec: &Value| match spec.pointer(self.pointer) {
            Some(Value::Array(items)) if items.is_empty() => Value::Null,
            Some(Value::Object(fields)) if fields.is_empty() => Value::Null,
            Some(Value::Bool(false)) | None => Value::Null,
            Some(value) => value.clone(),
        };
        part(old) != part(new)
    }
}

/// The first part that may not change and did, between two specs.
pub fn difference(old: &Value, new: &Value) -> Option<Difference> {
    FIXED.iter().find(|fixed| fixed.is_between(old, new)).copied()
}

/// The MachineConfig to blame: the first that by itself differs in that part.
pub fn section_owner<'a>(
    old: &Value,
    configs: &'a [Value],
    difference: &Difference,
) -> Option<&'a str> {
    configs.iter().find(|config| difference.is_between(old, &config["spec"])).map(name)
}
