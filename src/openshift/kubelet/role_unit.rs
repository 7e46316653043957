//! Our unit that gives the kubelet the role of etcd on the machine: whether the MachineConfigs have the
//! unit as we write it, and what it makes of the command.

use super::beside::{self, beside_unit};
use super::command::{FlagItem, KubeletCommand};
use super::merged::{File, Merged};
use super::service::Service;
use super::{ConfigPlace, KubeletDoubt, Provenance};
use crate::derive::kubelet_role::{self, DROP_IN, REQUIREMENT, SCRIPT_PATH, UNIT};
use crate::derive::machine_config::KUBELET_UNIT;
use crate::model::field::Field;
use crate::model::names::NODE_ROLE_ETCD;

/// Looks for the unit. Returns the place of its script where everything is as we write it, and `None`
/// where nothing of it is there.
pub(crate) fn find(
    merged: &Merged<'_>,
    service: &Service,
) -> Result<Option<Provenance>, KubeletDoubt> {
    let script = merged.file(SCRIPT_PATH)?;
    let unit = merged.unit(UNIT);
    let Some(unit) = unit else {
        return match script {
            None => Ok(None),
            Some(File { provenance, .. }) => Err(KubeletDoubt::about(
                &provenance,
                format!("exists, but no MachineConfig contains {UNIT}"),
            )),
        };
    };
    let of_unit = |machine_config: &str| Provenance {
        machine_config: machine_config.to_owned(),
        place: ConfigPlace::Unit(UNIT.to_owned()),
    };
    let Some((contents, machine_config)) = unit.contents else {
        let places = [unit.enabled, unit.mask].into_iter().flatten().map(|(_, name)| name);
        let name = places.chain(unit.drop_ins.values().map(|(_, name)| *name)).next();
        return Err(KubeletDoubt::about(&of_unit(name.unwrap_or_default()), "has no contents"));
    };
    let provenance = of_unit(machine_config);
    as_written(&contents, &kubelet_role::unit(), &provenance)?;
    match unit.enabled {
        Some((Field::Known(true), _)) => {}
        Some((Field::Unknown(why), name)) => return Err(KubeletDoubt::Unknown(of_unit(name), why)),
        other => {
            let provenance = other.map_or(provenance, |(_, name)| of_unit(name));
            return Err(KubeletDoubt::about(&provenance, "is not enabled"));
        }
    }
    match unit.mask {
        None | Some((Field::Known(false) | Field::Absent, _)) => {}
        Some((Field::Unknown(why), name)) => return Err(KubeletDoubt::Unknown(of_unit(name), why)),
        Some((Field::Known(true), name)) => {
            return Err(KubeletDoubt::about(&of_unit(name), "is masked"));
        }
    }
    if let Some((name, (_, machine_config))) = unit.drop_ins.first_key_value() {
        let place = ConfigPlace::DropIn(UNIT.to_owned(), (*name).to_owned());
        let provenance = Provenance { machine_config: (*machine_config).to_owned(), place };
        return Err(KubeletDoubt::about(&provenance, beside::CHANGES));
    }
    beside_unit(merged, UNIT)?;
    required(merged, machine_config)?;
    let Some(File { text, provenance, .. }) = script else {
        return Err(KubeletDoubt::about(
            &provenance,
            format!("has no script: no MachineConfig contains {SCRIPT_PATH}"),
        ));
    };
    as_written(&text, kubelet_role::SCRIPT, &provenance)?;
    let name = DROP_IN.rsplit('/').next().unwrap_or(DROP_IN);
    match service.commanding.iter().find(|(it, _)| it.as_str() >= name) {
        Some((_, provenance)) => {
            Err(KubeletDoubt::about(provenance, format!("comes after {name} of oc-etcd")))
        }
        None => Ok(Some(provenance)),
    }
}

/// Fails where a text is not the one that oc-etcd writes.
fn as_written(
    text: &Field<impl AsRef<str>>,
    wanted: &str,
    provenance: &Provenance,
) -> Result<(), KubeletDoubt> {
    match text {
        Field::Known(text) if text.as_ref() == wanted => Ok(()),
        Field::Unknown(why) => Err(KubeletDoubt::Unknown(provenance.clone(), *why)),
        _ => Err(KubeletDoubt::about(provenance, "differs from the version that oc-etcd writes")),
    }
}

/// Fails where the drop-in with which the kubelet requires our unit is not as we write it.
fn required(merged: &Merged<'_>, ours: &str) -> Result<(), KubeletDoubt> {
    let drop_in = merged.unit(KUBELET_UNIT).and_then(|it| it.drop_ins.get(REQUIREMENT));
    let place = |machine_config: &str| Provenance {
        machine_config: machine_config.to_owned(),
        place: ConfigPlace::DropIn(KUBELET_UNIT.to_owned(), REQUIREMENT.to_owned()),
    };
    match drop_in {
        Some((text, name)) => as_written(text, &kubelet_role::requirement(), &place(name)),
        None => Err(KubeletDoubt::about(&place(ours), "does not exist")),
    }
}

/// Does to the command what the script does on the machine.
///
/// # Errors
/// When the script would refuse the command, so that the kubelet does not start.
pub(crate) fn apply(command: &mut KubeletCommand, script: &Provenance) -> Result<(), KubeletDoubt> {
    let place = command.provenance.clone();
    let refused =
        |why: &str| Err(KubeletDoubt::about(&place, format!("{why}, which {UNIT} rejects")));
    if !command.is_usual {
        return refused("writes the names of flags with underscores");
    }
    let [labels] = &mut command.labels[..] else {
        return refused("does not have exactly one --node-labels");
    };
    if command.taints.len() > 1 {
        return refused("has more than one --register-with-taints");
    }
    let taints = command.taints.iter().flatten();
    let by_variable = labels.iter().filter(|it| it.is_role()).chain(taints);
    if let Some(it) = by_variable.into_iter().find(|it| it.is_by_variable) {
        let why = format!("sets a role or a taint with a variable, which {UNIT} rejects");
        return Err(KubeletDoubt::about(&it.provenance, why));
    }
    if !labels.iter().any(FlagItem::is_role) {
        return refused("has no role in --node-labels");
    }
    let ours = |text: String| FlagItem { text, provenance: script.clone(), is_by_variable: false };
    labels.retain(|it| !it.is_role());
    labels.push(ours(NODE_ROLE_ETCD.to_owned()));
    let mut taints = command.taints.pop().unwrap_or_default();
    taints.retain(|it| !it.is_role());
    taints.push(ours(format!("{NODE_ROLE_ETCD}=:NoSchedule")));
    command.taints.push(taints);
    Ok(())
}
