//! Reports the parts of the masters' MachineConfigs that the etcd pool does not get.

use serde_json::{Value, json};

use super::finding::{Check, Finding, Severity};
use crate::ignition;
use crate::model::field::Field;
use crate::model::layout::Layout;
use crate::model::machine_config_author::is_generated_by_operator;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
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
    let units = others(source, config, "/systemd/units", ("name", "unit"));
    let files = others(source, config, "/storage/files", ("path", "file"));
    let fields =
        // Kernel arguments and FIPS mode have findings of their own.
        ["kernelType", "extensions"].into_iter().filter(|field| {
            let is_set = |it: &Value| match it {
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
        let message = format!(
            "the etcd pool does not get this object, which mounts /var/lib/etcd; the object also has: {}",
            all.join(", ")
        );
        Check::SourceUnexpected.warning(source.reference(), message).hint(format!(
            "if etcd machines need these parts, create a MachineConfig with these parts and the label {}={}",
            names::MACHINE_CONFIG_ROLE,
            names::ETCD
        ))
    })
}

/// Returns the entries of a list in an Ignition config that have no part in the mount: an entry has a part if the entry
/// mounts /var/lib/etcd on its own, or if nothing does without the entry.
fn others<'a>(
    source: &'a Object,
    config: &'a Value,
    list: &'a str,
    (key, word): (&'a str, &'a str),
) -> impl Iterator<Item = String> + 'a {
    let is_mount = move |config: Value| {
        let alone = source.clone().with("spec", json!({ "config": config }));
        etcd_directory::is_mounted_by(&alone) == Field::Known(true)
    };
    let entries = config.pointer(list).and_then(Value::as_array);
    let entries = entries.into_iter().flatten().enumerate().filter(move |(at, entry)| {
        let with = |mut config: Value, entries: Value| {
            if let Some(list) = config.pointer_mut(list) {
                *list = entries;
            }
            config
        };
        let empty = json!({
            "ignition": config["ignition"],
            "systemd": { "units": [] },
            "storage": { "files": [] },
        });
        let rest = config.pointer(list).and_then(Value::as_array).into_iter().flatten();
        let rest = rest.enumerate().filter(|(other, _)| other != at).map(|(_, it)| it.clone());
        let rest: Vec<Value> = rest.collect();
        !is_mount(with(empty, json!([entry]))) && is_mount(with(config.clone(), rest.into()))
    });
    entries.filter_map(move |(_, it)| Some(format!("{word} {}", quotable_name(it[key].as_str()?))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;

    #[test]
    fn what_mounts_is_not_among_the_parts_that_etcd_machines_may_need() {
        let unit = |name: &str, contents: &str| json!({"name": name, "contents": contents});
        let file = |path: &str, text: &str| {
            let source = format!("data:,{}", text.replace(' ', "%20"));
            json!({"path": path, "contents": {"source": source}})
        };
        let fstab = file("/etc/fstab", "/dev/nvme1n1 /var/lib/etcd xfs defaults 0 0");
        let other = unit("corp.service", "[Service]\nExecStart=/usr/bin/true");
        let starts = unit("m.service", "[Service]\nExecStart=/usr/local/bin/m");
        let script = file("/usr/local/bin/m", "mount /dev/nvme1n1 /var/lib/etcd");
        let mounts = "[Service]\nExecStart=/bin/mount /dev/nvme1n1 /var/lib/etcd";
        let automount = "[Automount]\nWhere=/var/lib/etcd";
        let mount = unit("var-lib-etcd.mount", "[Mount]\nWhere=/var/lib/etcd");
        for (units, files) in [
            (json!([]), json!([fstab])),
            (json!([mount]), json!([fstab])),
            (json!([unit("var-lib-etcd.automount", automount)]), json!([])),
            (json!([unit("m.service", mounts)]), json!([])),
            (json!([starts]), json!([script])),
        ] {
            let found = |units: &Value, files: &Value| {
                let config = json!({
                    "ignition": {"version": "3.2.0"},
                    "systemd": { "units": units },
                    "storage": { "files": files },
                });
                let reference = ObjectRef::cluster(Kind::MachineConfig, "98-etcd");
                let source = Object::new(reference).with("spec", json!({ "config": config }));
                beside_the_disk(&source).map(|it| it.message)
            };
            assert_eq!(found(&units, &files), None, "{units} {files}");
            let mut more = units.clone();
            more.as_array_mut().unwrap().push(other.clone());
            let told = found(&more, &files).unwrap();
            assert!(told.ends_with("also has: unit corp.service"), "{told}");
        }
    }
}
