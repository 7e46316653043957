//! Compares the merge order of the masters' MachineConfigs with that of their copies. The operator merges MachineConfigs in
//! the order of their names, and a copy has another name than its source.

use std::collections::BTreeMap;

use crate::check::{Check, Finding};
use crate::ignition;
use crate::model::names;
use crate::model::object::Object;
use crate::model::ours::name_of_copy;
use crate::redact::policy::quotable_name;

/// Reports each part that one MachineConfig of the masters decides, and the copy of another one decides on etcd machines.
/// What the operator generates for the masters, it generates for the etcd pool under the name of a copy.
pub(super) fn findings<'a>(sources: impl Iterator<Item = &'a Object>) -> Vec<Finding> {
    let mut holders: BTreeMap<String, Vec<&Object>> = BTreeMap::new();
    for source in sources {
        // The type `default` takes no other type back.
        let kernel_type =
            source.text("/spec/kernelType").filter(|it| !matches!(*it, "" | "default"));
        let parts =
            ignition::parts(source).into_iter().chain(kernel_type.map(|_| "kernelType".to_owned()));
        parts.for_each(|it| holders.entry(it).or_default().push(source));
    }
    let mut changed: BTreeMap<(&str, &str), Vec<String>> = BTreeMap::new();
    for (part, holders) in &holders {
        let on_masters = holders.iter().map(|it| it.name()).max();
        let on_etcd = holders.iter().map(|it| it.name()).max_by_key(|it| name_of_copy(it));
        if let Some(pair) = on_masters.zip(on_etcd).filter(|(masters, etcd)| masters != etcd) {
            changed.entry(pair).or_default().push(quotable_name(part));
        }
    }
    let told = changed.into_iter().map(|((on_masters, on_etcd), parts)| {
        let (copy, wrong) = (name_of_copy(on_masters), name_of_copy(on_etcd));
        let message = format!(
            "on the masters, this MachineConfig replaces parts of {on_etcd}; on etcd machines, {wrong} replaces the same \
             parts of {copy}, because the operator merges MachineConfigs in the order of their names: {}",
            parts.join(", ")
        );
        let hint = format!(
            "if etcd machines need the parts of {on_masters}, create a MachineConfig with these parts, the label {}={} and \
             a name after {wrong}",
            names::MACHINE_CONFIG_ROLE,
            names::ETCD
        );
        Check::SourceUnexpected.warning(format!("machineconfig/{on_masters}"), message).hint(hint)
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;

    fn source(name: &str, path: &str) -> Object {
        let files = [ignition::file(path, 0o644, "")];
        Object::new(ObjectRef::cluster(Kind::MachineConfig, name))
            .with("spec", json!({"config": {"storage": {"files": files}}}))
    }

    #[test]
    fn a_part_that_another_copy_decides_is_told() {
        let found = |names: [&str; 2], paths: [&str; 2]| {
            let sources = [source(names[0], paths[0]), source(names[1], paths[1])];
            findings(sources.iter()).into_iter().map(|it| it.subject).collect::<Vec<_>>()
        };
        let (chrony, other) = ("/etc/chrony.conf", "/etc/other.conf");
        let subject = |name: &str| vec![format!("machineconfig/{name}")];
        for (names, expected) in [
            (["99-foo", "99-master-x"], subject("99-master-x")),
            (["98-foo", "98-master-generated-kubelet"], subject("98-master-generated-kubelet")),
            (["98-foo", "99-master-x"], vec![]),
            (["98-bar", "98-foo"], vec![]),
        ] {
            assert_eq!(found(names, [chrony, chrony]), expected, "{names:?}");
            assert_eq!(found(names, [chrony, other]), Vec::<String>::new(), "{names:?}");
        }
    }

    #[test]
    fn a_kernel_type_is_such_a_part() {
        let with = |name: &str, kind: &str| {
            let object = Object::new(ObjectRef::cluster(Kind::MachineConfig, name));
            object.with("spec", json!({ "kernelType": kind }))
        };
        for (kind, expected) in [("64k-pages", 1), ("default", 0)] {
            let sources = [with("99-foo", kind), with("99-master-x", "realtime")];
            assert_eq!(findings(sources.iter()).len(), expected, "{kind}");
        }
    }
}
