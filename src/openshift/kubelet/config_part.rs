//! A part of a MachineConfig with its path, so that a doubt about the part says where the part is.

use serde_json::Value;

use super::{ConfigPlace, KubeletDoubt, Provenance};
use crate::model::field::{Field, Unknown, is_withheld};

/// A part of the spec of a MachineConfig.
pub(super) struct ConfigPart<'a> {
    pub(super) value: &'a Value,
    pub(super) machine_config: &'a str,
    /// The names of fields and the numbers of entries, never a value: `spec.config.storage.files[0]`.
    path: String,
}

impl<'a> ConfigPart<'a> {
    /// The spec of a MachineConfig.
    pub(super) fn spec(value: &'a Value, machine_config: &'a str) -> Self {
        Self { value, machine_config, path: "spec".to_owned() }
    }

    /// A field of an object; null where the object does not have the field.
    ///
    /// # Errors
    /// When this part is no object, or is withheld.
    pub(super) fn field(&self, name: &str) -> Result<Self, KubeletDoubt> {
        self.object()?;
        Ok(Self { path: format!("{}.{name}", self.path), value: &self.value[name], ..*self })
    }

    /// The entries of a list of objects; none where the part is null.
    ///
    /// # Errors
    /// When this part is no list, or an entry is no object, or is withheld.
    pub(super) fn entries(&self) -> Result<Vec<Self>, KubeletDoubt> {
        let list = match self.value {
            Value::Null => &[][..],
            Value::Array(list) => list,
            _ => return Err(self.unknown()),
        };
        let entry = |(number, value)| {
            let entry = Self { path: format!("{}[{number}]", self.path), value, ..*self };
            if value.is_null() { Err(entry.unknown()) } else { entry.object().map(|()| entry) }
        };
        list.iter().enumerate().map(entry).collect()
    }

    /// The text of a field that an object must have: its name or its path.
    ///
    /// # Errors
    /// When the object does not have the field, or when the text is unknown.
    pub(super) fn key(&self, name: &str) -> Result<&'a str, KubeletDoubt> {
        let field = self.field(name)?;
        match Field::text(field.value) {
            Field::Known(text) => Ok(text),
            Field::Absent => Err(self.doubt(&format!("has no {name}"))),
            Field::Unknown(_) => Err(field.unknown()),
        }
    }

    /// The place of this part.
    pub(super) fn provenance(&self) -> Provenance {
        Provenance {
            machine_config: self.machine_config.to_owned(),
            place: ConfigPlace::Part(self.path.clone()),
        }
    }

    /// A doubt with a reason.
    pub(super) fn doubt(&self, why: &str) -> KubeletDoubt {
        KubeletDoubt::about(&self.provenance(), why)
    }

    fn object(&self) -> Result<(), KubeletDoubt> {
        let is_object = self.value.is_object() || self.value.is_null();
        if is_object && !is_withheld(self.value) { Ok(()) } else { Err(self.unknown()) }
    }

    fn unknown(&self) -> KubeletDoubt {
        KubeletDoubt::Unknown(self.provenance(), Unknown::of(self.value))
    }
}
