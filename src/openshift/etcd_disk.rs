//! The effective disk of etcd: whether machines that boot with a set of MachineConfigs prepare and mount the disk
//! as `00-etcd-disk` describes.
//!
//! The names of the units and of the script do not tell. A later MachineConfig may replace a unit, the script or a
//! drop-in, mask a unit, or put a drop-in, a file or a link beside a unit. Each part of `00-etcd-disk` is therefore
//! compared with the result of the merge.

use super::etcd_directory::{self, TAKES_PLACE};
use super::kubelet::beside::{self, beside_unit};
use super::kubelet::boot::Boot;
use super::kubelet::merged::{File, Merged, MergedUnit, SYSTEMD};
use super::kubelet::text::assignments;
use super::kubelet::{ConfigPlace, KubeletDoubt, Provenance, programs, redirects};
use crate::derive::disk::{DIRECTORY, MOUNT_POINT};
use crate::derive::kubelet_role;
use crate::model::field::Field;
use crate::model::object::Object;

/// Returns why a machine would not prepare the disk as `ours` describes. `ours` is `00-etcd-disk`, or `98-master-etcd-disk`. `None` when every part of `ours` is in effect, and nothing else
/// changes the parts.
#[must_use]
pub fn fault(boot: &Boot<'_>, ours: &Object) -> Option<KubeletDoubt> {
    compare(boot, ours).err()
}

fn compare(boot: &Boot<'_>, ours: &Object) -> Result<(), KubeletDoubt> {
    let (merged, wanted) = (boot.merged()?, Merged::of(&[ours])?);
    for (name, unit) in wanted.units() {
        let there = merged.unit(name).ok_or_else(|| {
            let place = ConfigPlace::Unit(name.to_owned());
            let machine_config = ours.name().to_owned();
            KubeletDoubt::about(&Provenance { machine_config, place }, "is missing")
        })?;
        compare_unit(name, there, unit)?;
        beside_unit(merged, name)?;
    }
    redirects::none(merged)?;
    // A mount does not follow a link.
    merged.unlinked(MOUNT_POINT)?;
    for path in wanted.paths("/") {
        let Some(File { text, provenance, .. }) = wanted.file(path)? else { continue };
        match merged.file(path)? {
            None => return Err(KubeletDoubt::about(&provenance, "is missing")),
            Some(there) => same(&there.text, &text, &there.provenance)?,
        }
    }
    beside(merged, &wanted)?;
    etcd_directory::untouched(boot)
}

/// Finds files in the directory of oc-etcd, which the script keeps its notes in, units that stop a unit of the disk, and
/// what mounts something at or below the mount point.
fn beside(merged: &Merged<'_>, wanted: &Merged<'_>) -> Result<(), KubeletDoubt> {
    let ours = wanted.paths(DIRECTORY);
    for path in merged.paths(DIRECTORY) {
        if ours.contains(path) || path == kubelet_role::SCRIPT_PATH {
            continue;
        }
        if let Some(File { provenance, .. }) = merged.file(path)? {
            return Err(KubeletDoubt::about(&provenance, "is in the directory of oc-etcd"));
        }
    }
    for (name, unit) in merged.units() {
        if wanted.unit(name).is_some() || name == kubelet_role::UNIT {
            continue;
        }
        for (text, by) in unit.contents.iter().chain(unit.drop_ins.values()) {
            let place = ConfigPlace::Unit(name.to_owned());
            let provenance = Provenance { machine_config: (*by).to_owned(), place };
            let is_of_operator = programs::is_of_operator(by);
            match text {
                Field::Known(text) if stops_any(text, wanted) => {
                    return Err(KubeletDoubt::about(&provenance, TAKES_PLACE));
                }
                Field::Unknown(why) if !is_of_operator => {
                    return Err(KubeletDoubt::Unknown(provenance, *why));
                }
                _ => {}
            }
        }
    }
    for path in SYSTEMD.iter().flat_map(|it| merged.paths(it)) {
        if let Some(File { text: Field::Known(text), provenance, .. }) = merged.file_behind(path)
            && stops_any(&text, wanted)
        {
            return Err(KubeletDoubt::about(&provenance, TAKES_PLACE));
        }
    }
    Ok(())
}

/// Returns whether a unit stops one of the disk when it starts.
fn stops_any(text: &str, wanted: &Merged<'_>) -> bool {
    let settings = assignments(text);
    let mut conflicts = settings.iter().filter(|it| it.key == "Conflicts");
    conflicts.any(|it| it.value.split_whitespace().any(|unit| wanted.unit(unit).is_some()))
}

fn compare_unit(
    name: &str,
    there: &MergedUnit<'_>,
    wanted: &MergedUnit<'_>,
) -> Result<(), KubeletDoubt> {
    let of_unit = |machine_config: &str| Provenance {
        machine_config: machine_config.to_owned(),
        place: ConfigPlace::Unit(name.to_owned()),
    };
    match (&there.contents, &wanted.contents) {
        (Some((there, by)), Some((wanted, _))) => same(there, wanted, &of_unit(by))?,
        (Some((_, by)), None) => return Err(KubeletDoubt::about(&of_unit(by), DIFFERS)),
        (None, Some((_, by))) => return Err(KubeletDoubt::about(&of_unit(by), "is missing")),
        (None, None) => {}
    }
    let no = Field::Known(false);
    for (flag, wanted, what) in
        [(there.enabled, wanted.enabled, "is disabled"), (there.mask, wanted.mask, "is masked")]
    {
        let wanted = wanted.map_or(no, |it| it.0);
        let by = there.contents.as_ref().map_or_else(|| merged_name(there), |it| it.1);
        let (flag, by) = flag.unwrap_or((no, by));
        let flag = if flag == Field::Absent { no } else { flag };
        match flag {
            flag if flag == wanted => {}
            Field::Unknown(why) => return Err(KubeletDoubt::Unknown(of_unit(by), why)),
            _ => return Err(KubeletDoubt::about(&of_unit(by), what)),
        }
    }
    for (drop_in, (text, by)) in &there.drop_ins {
        let place = ConfigPlace::DropIn(name.to_owned(), (*drop_in).to_owned());
        let provenance = Provenance { machine_config: (*by).to_owned(), place };
        match wanted.drop_ins.get(drop_in) {
            Some((wanted, _)) => same(text, wanted, &provenance)?,
            None => return Err(KubeletDoubt::about(&provenance, beside::CHANGES)),
        }
    }
    Ok(())
}

/// The MachineConfig of a unit that has drop-ins alone.
fn merged_name<'a>(unit: &MergedUnit<'a>) -> &'a str {
    unit.drop_ins.values().next().map_or("", |it| it.1)
}

const DIFFERS: &str = "differs from the version of oc-etcd";

fn same<T: PartialEq>(
    there: &Field<T>,
    wanted: &Field<T>,
    provenance: &Provenance,
) -> Result<(), KubeletDoubt> {
    match there {
        Field::Unknown(why) => Err(KubeletDoubt::Unknown(provenance.clone(), *why)),
        there if there == wanted => Ok(()),
        _ => Err(KubeletDoubt::about(provenance, DIFFERS)),
    }
}
