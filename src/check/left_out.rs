//! Reports the parts of the masters' MachineConfigs that the etcd pool does not get.

use serde_json::Value;

use super::finding::{Check, Finding, Severity};
use crate::ignition;
use crate::model::field::Field;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::{Snapshot, is_generated_by_operator};
use crate::openshift::etcd_directory;
use crate::redact::policy::quotable_name;

/// Returns a finding for each MachineConfig of the masters that is omitted, as a whole or in part, and that no other
/// finding reports.
pub(crate) fn findings(snapshot: &Snapshot, layout: Layout) -> Vec<Finding> {
    // If the layout copies nothing, users do not expect a copy.
    let worst = match layout {
        Layout::Documented => Severity::Warning,
        Layout::Inherit => Severity::Note,
    };
    let masters = snapshot.machine_configs_of(names::MASTER);
    masters.filter_map(beside_the_disk).map(|it| it.at_most(worst)).collect()
}

/// Reports the other contents of a MachineConfig that mounts /var/lib/etcd. The whole MachineConfig is not copied.
fn beside_the_disk(source: &Object) -> Option<Finding> {
    let config = ignition::config(source)
        .filter(|_| etcd_directory::is_mounted_by(source) == Field::Known(true))?;
    if is_generated_by_operator(source) {
        return None;
    }
    let units = named(ignition::units(config), "name", "unit").filter(|it| it != MOUNT);
    let files = named(ignition::files(config), "path", "file");
    let fields =
        ["kernelArguments", "kernelType", "extensions", "fips"].into_iter().filter(|field| {
            let is_set = |it: &Value| match it {
                Value::Bool(is_set) => *is_set,
                Value::String(text) => !text.is_empty() && text != "default",
                Value::Array(list) => !list.is_empty(),
                _ => false,
            };
            source.get(&format!("/spec/{field}")).is_some_and(is_set)
        });
    let users = config.pointer("/passwd/users").and_then(Value::as_array);
    let users = users.filter(|it| !it.is_empty()).map(|_| "users".to_owned());
    let all: Vec<String> =
        units.chain(files).chain(fields.map(str::to_owned)).chain(users).collect();
    (!all.is_empty()).then(|| {
        let message = format!("the following parts are not copied either: {}", all.join(", "));
        Check::SourceUnexpected.warning(source.reference(), message).hint(format!(
            "if etcd machines need these parts, create a MachineConfig with these parts and the label {}={}",
            names::MACHINE_CONFIG_ROLE,
            names::ETCD
        ))
    })
}

const MOUNT: &str = "unit var-lib-etcd.mount";

fn named<'a>(
    entries: &'a [Value],
    key: &'a str,
    word: &'a str,
) -> impl Iterator<Item = String> + 'a {
    entries
        .iter()
        .filter_map(move |it| Some(format!("{word} {}", quotable_name(it[key].as_str()?))))
}
