//! Reports the settings of the masters that no MachineConfig of the etcd pool has, where the pool gets no copies.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::check::{Check, Finding};
use crate::ignition;
use crate::model::field::{self, Field};
use crate::model::layout::Layout;
use crate::model::machine_config_author::{TEMPLATES, is_generated_by_operator};
use crate::model::names;
use crate::model::object::Object;
use crate::model::ours::name_of_copy;
use crate::model::snapshot::Snapshot;
use crate::openshift::etcd_directory;
use crate::redact::policy::quotable_name;

/// Returns a finding for each MachineConfig that an admin made for the masters and that neither workers nor
/// the etcd pool have a counterpart of, or only one without some of its settings.
pub(super) fn masters_only<'a>(
    snapshot: &'a Snapshot,
    of_masters: impl Iterator<Item = &'a Object>,
) -> impl Iterator<Item = Finding> {
    let roles = [names::WORKER, names::ETCD];
    let of_others: BTreeSet<String> = settings_of(snapshot, &roles).collect();
    let mut others = roles.iter().flat_map(|role| snapshot.machine_configs_of(role));
    let has_unknown_users = others.any(|it| it.get("/spec").is_none_or(has_unknown_users));
    let of_admins = of_masters
        .filter(|it| !is_generated_by_operator(it) && !TEMPLATES.contains(&it.name()))
        .filter(|it| etcd_directory::is_mounted_by(it) != Field::Known(true));
    of_admins.filter_map(move |it| {
        let settings = settings(it);
        let lost: Vec<&String> = settings.difference(&of_others).collect();
        let is_whole = lost.len() == settings.len() && !is_named(snapshot, it, &roles);
        // Kernel arguments have a finding of their own.
        let is_told = |it: &&String| {
            !(it.starts_with(KERNEL_ARGUMENTS) || has_unknown_users && it.starts_with(USERS))
        };
        let told = lost.into_iter().filter(is_told);
        let told: Vec<String> = told.map(|it| quotable_setting(it)).collect();
        let message = match told.join(", ").as_str() {
            _ if is_whole => "only the masters have this MachineConfig: the etcd pool extends the workers' MachineConfigs".to_owned(),
            "" => return None,
            told => format!("the etcd pool extends the workers' MachineConfigs, of which none has: {told}"),
        };
        let mut hint = format!(
            "if etcd machines need this MachineConfig too, create {} with the label {}={}",
            name_of_copy(it.name()),
            names::MACHINE_CONFIG_ROLE,
            names::ETCD
        );
        if etcd_directory::may_be_mounted_by(it).is_some() {
            hint.push_str(" and without what mounts /var/lib/etcd, which 00-etcd-disk mounts");
        }
        Some(Check::SourceUnexpected.warning(it.reference(), message).hint(hint))
    })
}

/// Returns whether roles have what one of the masters' MachineConfigs sets: a MachineConfig with the masters' name and the
/// other role in it, or all of the files, units, kernel arguments, extensions and the kernel type.
fn has_counterpart(snapshot: &Snapshot, of_masters: &Object, roles: &[&'static str]) -> bool {
    let settings = settings(of_masters);
    let of_others = || settings_of(snapshot, roles).collect();
    is_named(snapshot, of_masters, roles)
        || (!settings.is_empty() && settings.is_subset(&of_others()))
}

/// Returns whether a role has a MachineConfig with the name of one of the masters and the other role in the name.
fn is_named(snapshot: &Snapshot, of_masters: &Object, roles: &[&'static str]) -> bool {
    roles.iter().any(|role| {
        let words = of_masters.name().split('-');
        let words = words.map(|word| if word == names::MASTER { role } else { word });
        let name = words.collect::<Vec<_>>().join("-");
        let is_it = |it: &str| it == name || it == name_of_copy(of_masters.name());
        snapshot.machine_configs_of(role).any(|it| is_it(it.name()))
    })
}

fn settings_of(snapshot: &Snapshot, roles: &[&'static str]) -> impl Iterator<Item = String> {
    roles.iter().flat_map(|role| snapshot.machine_configs_of(role)).flat_map(settings)
}

/// Returns a setting as a sentence may quote it: what stands behind the name of a field is a name.
fn quotable_setting(setting: &str) -> String {
    match setting.split_once(' ') {
        Some((field @ ("extensions" | "kernelType"), name)) => {
            format!("{field} {}", quotable_name(name))
        }
        _ => quotable_name(setting),
    }
}

/// Returns whether users of the spec of a MachineConfig are withheld.
fn has_unknown_users(spec: &Value) -> bool {
    let config = &spec["config"];
    field::is_withheld(spec)
        || field::is_withheld(config)
        || field::holds_withheld(&config["passwd"])
}

/// The beginning of the settings of users.
const USERS: &str = "users/";

/// The beginning of the settings that are kernel arguments.
const KERNEL_ARGUMENTS: &str = "kernelArguments ";

/// Returns the names of the parts that a MachineConfig writes to a machine, and what the MachineConfig sets beside Ignition.
fn settings(machine_config: &Object) -> BTreeSet<String> {
    let texts = |field: &'static str| {
        let texts = machine_config.list(&format!("/spec/{field}")).iter().filter_map(Value::as_str);
        texts.map(move |it| format!("{field} {it}"))
    };
    let kernel_type = machine_config.text("/spec/kernelType").map(|it| format!("kernelType {it}"));
    let users =
        ignition::config(machine_config).and_then(|it| it.pointer("/passwd/users")?.as_array());
    let users = users.into_iter().flatten().filter(|it| !field::holds_withheld(it));
    let users = users.flat_map(|user| {
        let name = user["name"].as_str().unwrap_or_default();
        let keys = user.as_object().into_iter().flat_map(|it| it.keys());
        keys.filter(|it| *it != "name").map(move |it| format!("{USERS}{name}/{it}"))
    });
    let parts = ignition::parts(machine_config).into_iter().chain(users);
    parts.chain(texts("kernelArguments")).chain(texts("extensions")).chain(kernel_type).collect()
}

/// The operator's MachineConfigs for the masters that the operator makes for every pool, or that a finding of
/// their own is about, by the words between the role and the end of their names.
const MADE_FOR_EVERY_POOL: [&str; 5] = [
    "generated-kubelet",
    "generated-containerruntime",
    "generated-registries",
    "generated-credentialproviderconfig",
    "internalreleaseimage",
];

/// Returns a finding for each MachineConfig that the operator generated for the masters, and of which the etcd
/// pool gets no counterpart: those of an upgrade that keep an older default for the pools of that day.
pub(super) fn generated_lost(snapshot: &Snapshot, layout: Layout) -> Vec<Finding> {
    let roles: &[&'static str] = match layout {
        Layout::Documented => &[names::ETCD],
        Layout::Inherit => &[names::WORKER, names::ETCD],
    };
    let is_made_later = |it: &&Object| {
        let name = it.name();
        MADE_FOR_EVERY_POOL.iter().any(|made| name.contains(&format!("-{}-{made}", names::MASTER)))
    };
    snapshot
        .machine_configs_of(names::MASTER)
        .filter(|it| is_generated_by_operator(it) && !is_made_later(it))
        .filter(|it| !has_counterpart(snapshot, it, roles))
        .map(|it| {
            let parts: Vec<String> = ignition::parts(it).iter().map(|it| quotable_name(it)).collect();
            let lost = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
            let message = format!(
                "the operator generated this MachineConfig for the masters but generates none for the etcd \
                 pool, so etcd machines do not have it{lost}"
            );
            let name = name_of_copy(it.name()).replace("generated-", "");
            let create = format!(
                "if etcd machines need this MachineConfig too, create {name} with the same spec and the \
                 label {}={}",
                names::MACHINE_CONFIG_ROLE,
                names::ETCD
            );
            Check::SourceUnexpected.warning(it.reference(), message).hint(create)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;

    fn machine_config(name: &str, role: &str, spec: Value) -> Object {
        Object::new(ObjectRef::cluster(Kind::MachineConfig, name))
            .with_labels([(names::MACHINE_CONFIG_ROLE, role)])
            .with("spec", spec)
    }

    #[test]
    fn the_workers_have_a_setting_under_another_name_or_in_several_machine_configs() {
        let lost = |of_masters: Value| {
            let workers = [
                ("50-karg", json!({"kernelArguments": ["audit=1", "nosmt"]})),
                ("60-usbguard", json!({"extensions": ["usbguard"], "kernelType": "realtime"})),
            ];
            let workers = workers.map(|(name, spec)| machine_config(name, names::WORKER, spec));
            let master = machine_config("99-hardening", names::MASTER, of_masters);
            let snapshot = Snapshot::new(jiff::Timestamp::UNIX_EPOCH).with_objects(workers);
            masters_only(&snapshot.with_objects([master.clone()]), std::iter::once(&master)).count()
        };
        assert_eq!(lost(json!({"kernelArguments": ["audit=1"], "extensions": ["usbguard"]})), 0);
        assert_eq!(lost(json!({"kernelType": "realtime"})), 0);
        // Kernel arguments have a finding of their own.
        assert_eq!(lost(json!({"kernelArguments": ["audit=1", "fips=1"]})), 0);
        assert_eq!(lost(json!({"kernelArguments": ["audit=1"], "extensions": ["ipsec"]})), 1);
        assert_eq!(lost(json!({"extensions": ["ipsec"]})), 1);
        assert_eq!(lost(json!({})), 1);
    }

    #[test]
    fn what_a_counterpart_of_the_workers_does_not_have_is_named() {
        let file = |path: &str| ignition::file(path, 0o644, "x");
        let spec = |paths: &[&str], more: Value| {
            let files: Vec<Value> = paths.iter().map(|it| file(it)).collect();
            let mut spec =
                json!({"config": {"storage": {"files": files}, "passwd": more["passwd"]}});
            spec["extensions"] = more["extensions"].clone();
            spec["kernelArguments"] = more["kernelArguments"].clone();
            spec
        };
        let lost = |of_masters: Value| {
            let of_workers = spec(&["/etc/chrony.conf"], json!({"extensions": ["ipsec"]}));
            let worker = machine_config("99-worker-site", names::WORKER, of_workers);
            let ssh = json!({"passwd": {"users": [{"name": "core", "sshAuthorizedKeys": []}]}});
            let ssh = machine_config("99-worker-ssh", names::WORKER, spec(&[], ssh));
            let master = machine_config("99-master-site", names::MASTER, of_masters);
            let snapshot = Snapshot::new(jiff::Timestamp::UNIX_EPOCH);
            let snapshot = snapshot.with_objects([worker, ssh]);
            let messages = masters_only(&snapshot, std::iter::once(&master))
                .map(|it| it.message)
                .collect::<Vec<_>>();
            messages.first().map(|it| it.rsplit(": ").next().unwrap().to_owned())
        };
        let none = json!({});
        assert_eq!(lost(spec(&["/etc/chrony.conf"], none.clone())), None);
        assert_eq!(lost(spec(&[], json!({"kernelArguments": ["nosmt"]}))), None);
        let keys = json!({"passwd": {"users": [{"name": "core", "sshAuthorizedKeys": ["k"]}]}});
        assert_eq!(lost(spec(&[], keys)), None);
        let ca = "/etc/pki/ca-trust/source/anchors/corp.crt";
        assert_eq!(lost(spec(&["/etc/chrony.conf", ca], none)).as_deref(), Some(ca));
        let more = json!({
            "extensions": ["usbguard"],
            "passwd": {"users": [{"name": "core", "passwordHash": "CANARY"}]},
        });
        let told = lost(spec(&["/etc/chrony.conf"], more)).unwrap();
        assert_eq!(told, "extensions usbguard, users/core/passwordHash");
    }
}
