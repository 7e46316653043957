//! The masters, and the disk that etcd has on each.

use super::Detail;
use super::section::{Section, known};
use crate::report::table::Table;
use crate::status::{EtcdDisk, MasterDisk};

/// Writes a line where etcd's disks are alike, and a table of the masters elsewhere.
pub(super) fn disks(masters: &[MasterDisk], detail: Detail) -> Section {
    const LABEL: &str = "etcd disk";
    let count = |disk: Option<EtcdDisk>| masters.iter().filter(|it| it.etcd_disk == disk).count();
    let all = masters.len();
    let (own, root) = (count(Some(EtcdDisk::Own)), count(Some(EtcdDisk::Root)));
    let section = Section::line(
        LABEL,
        match (own, root) {
            _ if all == 0 => {
                return Section::line(LABEL, "unknown: no Machine of a master was read");
            }
            (0, 0) => match masters.iter().find_map(|it| it.because.as_deref()) {
                Some(because) => format!("unknown: {because}"),
                None => "unknown".to_owned(),
            },
            (own, _) if own == all => format!("own disk on each of {all} masters"),
            (_, root) if root == all => format!("root disk on each of {all} masters"),
            (own, _) => format!("own disk on {own} of {all} masters"),
        },
    );
    let is_alike = own == all || root == all || (own, root) == (0, 0);
    match detail {
        Detail::Usual if is_alike => section,
        Detail::Usual | Detail::Wide => {
            let empty = Table::new(["master", "node", "disk"]);
            section.with_table(masters.iter().fold(empty, |table, it| {
                let disk = match (it.etcd_disk, &it.because) {
                    (Some(EtcdDisk::Own), _) => "own disk",
                    (Some(EtcdDisk::Root), _) => "root disk",
                    (None, Some(because)) => &format!("unknown: {because}"),
                    (None, None) => "unknown",
                };
                table.row([it.machine.as_str(), known(it.node.as_deref()), disk])
            }))
        }
    }
}
