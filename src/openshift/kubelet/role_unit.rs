//! Our unit that gives the kubelet the role of etcd on the machine: whether the MachineConfigs have the
//! unit as we write it, and what it makes of the command.

use super::beside::{self, beside_unit};
use super::command::KubeletCommand;
use super::merged::{File, Merged};
use super::service::Service;
use super::{ConfigPlace, KubeletDoubt, Provenance, Registration, Role, rewriting};
use crate::derive::kubelet_role::{self, DROP_IN, REQUIREMENT, SCRIPT_PATH, UNIT};
use crate::derive::machine_config::KUBELET_UNIT;
use crate::model::field::Field;
use crate::model::names;

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

/// Returns the registration of the kubelet whose command the script rewrites on the machine.
///
/// # Errors
/// When the script would refuse the command, so that the kubelet does not start.
pub(crate) fn registration(
    command: &KubeletCommand,
    script: &Provenance,
) -> Result<Registration, KubeletDoubt> {
    let refused = |why: &str| {
        KubeletDoubt::about(&command.provenance, format!("{why}, which {UNIT} rejects"))
    };
    for variable in rewriting::uses(&command.written).map_err(refused)? {
        if let Some((value, set_by)) = command.environment.value(variable.name())?
            && let Some(what) = variable.brings(value)
        {
            let why = format!(
                "brings {what} with the variable {}, which {UNIT} rejects",
                variable.name()
            );
            return Err(KubeletDoubt::about(set_by, why));
        }
    }
    let role = |effect: &str| Role {
        name: names::ETCD.to_owned(),
        effect: effect.to_owned(),
        provenance: script.clone(),
    };
    Ok(Registration {
        labels: vec![role("")],
        taints: vec![role("NoSchedule")],
        command: command.provenance.clone(),
    })
}
