//! Finds what has systemd, or the programs of the operating system, read other files than MachineConfigs hold at their
//! paths: links in the place of directories, generators of units, and extensions of the operating system.

use super::KubeletDoubt;
use super::by_system::RUN_BY_THE_SYSTEM;
use super::merged::{Merged, SYSTEMD, leads_to};
use super::places::DIRECTORIES;
use crate::model::field::Field;

/// The directories of extensions, whose files appear below /usr, /opt and /etc, units and drop-ins among them
/// (systemd-sysext(8), from systemd 248 on, and systemd-confext(8), from 254 on).
const EXTENSIONS: [&str; 10] = [
    "/etc/extensions",
    "/run/confexts",
    "/run/extensions",
    "/usr/lib/confexts",
    "/usr/lib/extensions",
    "/usr/local/lib/confexts",
    "/usr/local/lib/extensions",
    "/var/lib/confexts",
    "/var/lib/extensions",
    "/var/lib/extensions.mutable",
];

/// Looks for such a part of the MachineConfigs.
///
/// # Errors
/// When there is one.
pub(crate) fn none(merged: &Merged<'_>) -> Result<(), KubeletDoubt> {
    let of_system = SYSTEMD.iter().chain(&RUN_BY_THE_SYSTEM).filter(|it| it.ends_with('/'));
    for directory in of_system.chain(&DIRECTORIES) {
        merged.unlinked(directory)?;
    }
    for path in merged.all_paths() {
        let why = if EXTENSIONS.iter().any(|it| leads_to(it, path)) {
            "is an extension of the operating system, which may hold units and drop-ins"
        } else if is_generator(path) && !is_masked(merged, path) {
            "is a generator of systemd, which may write units and variables; an empty file writes none"
        } else {
            continue;
        };
        return merged.place(path).map_or(Ok(()), |it| Err(KubeletDoubt::about(&it, why)));
    }
    Ok(())
}

/// Returns whether a path is, or leads to, a program that writes units or variables before systemd reads them.
fn is_generator(path: &str) -> bool {
    let is_of_systemd = SYSTEMD.iter().any(|it| path.starts_with(it));
    // The generators of users cannot write units of the system.
    let of_system = ["system-environment-generators", "system-generators"];
    is_of_systemd && path.split('/').any(|it| of_system.contains(&it))
}

/// Returns whether a generator does nothing: the file is empty, or a link to /dev/null.
fn is_masked(merged: &Merged<'_>, path: &str) -> bool {
    let is_link = merged.link(path).is_some_and(|(target, _)| target == "/dev/null");
    let file = merged.file(path).ok().flatten();
    is_link || file.is_some_and(|it| matches!(it.text, Field::Known(text) if text.is_empty()))
}
