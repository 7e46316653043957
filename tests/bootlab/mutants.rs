//! The script broken in obvious ways. Each must break a rule of `script.rs`, or the rules prove too little.

use anyhow::{Context as _, Result, ensure};
use oc_etcd::derive::disk::{Disk, machine_config};

use crate::script::{RULES, Subject};
use crate::shell::script_of;

/// A name, a text of the script that occurs once, what takes its place, and the rule that it breaks.
const MUTANTS: &[[&str; 4]] = &[
    [
        "it takes the first of several",
        "((${#disks[@]} > 1))",
        "((${#disks[@]} > 99))",
        "several_empty_volumes_are_left_alone",
    ],
    [
        "it wipes what holds something",
        "    if [[ $answer != 2 ]]; then\n        why=",
        "    if wipefs -qa \"/dev/$name\"; [[ $answer != 2 ]]; then\n        why=",
        "no_disk_that_holds_something_changes",
    ],
    [
        "it forces mkfs.xfs, and asks no blkid",
        "    judge=judge_empty options=()",
        "    blkid() { return 2; }; is_zero() { true; }; judge=judge_empty options=(-f)",
        "no_disk_that_holds_something_changes",
    ],
    [
        "it looks once",
        " && [[ $seen == \"$before\" ]]",
        "",
        "a_disk_is_taken_only_when_two_looks_agree",
    ],
    [
        "it keeps no serial number before it makes",
        "[[ -z $serial ]] || keep \"$begun\" \"$uuid $serial\"",
        ":",
        "a_power_cut_at_any_step_leaves_a_disk_that_the_next_boot_finishes",
    ],
    [
        "it keeps no stamp",
        "    keep \"$made\" \"$(serial_of \"$(disk_of \"$1\")\")\"",
        "    :",
        "a_machine_that_had_its_disk_makes_no_other",
    ],
    [
        "it does not look at the stamp",
        "    elif [[ -e $made ]]; then\n        continue",
        "    elif false; then\n        continue",
        "a_machine_that_had_its_disk_makes_no_other",
    ],
    [
        "it reads no pieces of the whole disk",
        "$((size / 256 * i)) $piece",
        "0 $piece",
        "no_disk_that_holds_something_changes",
    ],
    [
        "it reads the first disk's beginning alone",
        "$((size - MiB)) $MiB",
        "0 $MiB",
        "no_disk_that_holds_something_changes",
    ],
    [
        "it does not look at what it read",
        "    [[ $rest == 0 ]]",
        "    true",
        "no_disk_that_holds_something_changes",
    ],
    [
        "it takes what cannot be read",
        "    [[ $(stat -c %s \"$samples\") == $((64 * MiB + 256 * piece + MiB)) ]] || return",
        "    :",
        "a_disk_that_is_no_volume_at_rest_is_left_alone",
    ],
    [
        "any NVMe disk will do",
        "[[ $model == \"Amazon Elastic Block Store\" ]]",
        "true",
        "a_disk_that_is_no_volume_at_rest_is_left_alone",
    ],
    [
        "any disk of Xen will do",
        "[[ -n $device ]] || why=\"on Xen",
        "true || why=\"on Xen",
        "on_xen_a_disk_is_taken_by_its_name_alone",
    ],
    [
        "partitions do not count",
        "elif compgen -G \"/sys/block/$name/$name*\"",
        "elif false",
        "a_disk_that_is_no_volume_at_rest_is_left_alone",
    ],
    [
        "holders do not count",
        "compgen -G \"/sys/block/$name/holders/*\"",
        "false",
        "a_disk_that_is_no_volume_at_rest_is_left_alone",
    ],
    [
        "a read-only disk will do",
        "[[ $(words_of \"/sys/block/$name/ro\") != 0 ]]",
        "false",
        "a_disk_that_is_no_volume_at_rest_is_left_alone",
    ],
    [
        "a name does not narrow",
        "[[ -n $device && $(readlink",
        "[[ -n '' && $(readlink",
        "a_named_device_is_judged_like_any_other",
    ],
    [
        "one of two labeled disks is used",
        "((${#found[@]} > 1))",
        "((${#found[@]} > 99))",
        "two_disks_with_the_label_stop_the_machine",
    ],
    [
        "a labeled disk of another serial number is used",
        "|| $own == \"$serial\" ]]",
        "|| -n $own ]]",
        "a_restored_copy_of_the_disk_stops_the_machine",
    ],
    [
        "any disk is made again",
        "[[ $(serial_of \"$name\") != \"$begun_serial\" ]]",
        "false",
        "a_file_system_that_was_begun_is_made_again_on_that_disk_alone",
    ],
    [
        "what was begun is made again over anything",
        "[[ $answer != 2 && $tags",
        "[[ $answer == 99 && $tags",
        "a_file_system_that_was_begun_is_made_again_on_that_disk_alone",
    ],
    [
        "the label comes before the file system is whole",
        "    mkfs.xfs -m",
        "    mkfs.xfs -L \"$label\" -m",
        "a_file_system_that_cannot_be_made_stops_the_machine",
    ],
    [
        "emergency mode does not count",
        "    is_booting || stop",
        "    true || stop",
        "nothing_is_made_in_emergency_mode",
    ],
    [
        "it looks for no label",
        "sleep 2\n    mapfile -t found < <(labeled)",
        "sleep 2\n    found=()",
        "the_disk_with_the_label_is_used_as_it_is",
    ],
    [
        "the size does not count",
        "! (($(words_of \"/sys/block/$name/size\") > 64 * MiB / 512))",
        "false",
        "a_disk_that_is_no_volume_at_rest_is_left_alone",
    ],
    [
        "a program that fails shows zeros",
        "| wc -c) || return",
        "| wc -c)",
        "a_program_that_fails_shows_no_zeros",
    ],
    [
        "another disk may come under the name",
        "[[ \";$seen\" == *\";$name $serial ;\"* ]]",
        "true",
        "a_disk_that_another_replaced_after_the_looks_is_left_alone",
    ],
    [
        "any XFS on the disk is made again",
        "\"UUID=$begun_uuid\" \"TYPE=xfs\")",
        "\"$(grep UUID= <<<\"$tags\")\" \"TYPE=xfs\")",
        "a_file_system_that_was_begun_is_made_again_on_that_disk_alone",
    ],
    [
        "a disk with the label is used where another was begun",
        "echo \"${serial:-$begun_serial}\"",
        "echo \"$serial\"",
        "a_file_system_that_was_begun_is_made_again_on_that_disk_alone",
    ],
    [
        "the label is not read back",
        "has_label \"$name\" || stop",
        "true || stop",
        "a_file_system_that_cannot_be_made_stops_the_machine",
    ],
    [
        "udev can stop the machine",
        "udevadm settle --timeout=60 || true",
        "udevadm settle --timeout=60",
        "a_program_that_fails_shows_no_zeros",
    ],
    [
        "nothing is told of the disks",
        "    describe_disks\n",
        "",
        "several_empty_volumes_are_left_alone",
    ],
];

/// Each mutant breaks the rule that it names.
pub(crate) fn each_breaks_a_rule() -> Result<()> {
    let (script, _) = script_of(&machine_config(&Disk::Probe, "3.2.0", "test"))?;
    let mut alive = Vec::new();
    for &[name, old, new, rule] in MUTANTS {
        let count = script.matches(old).count();
        ensure!(count == 1, "{name}: the script has \"{old}\" {count} times");
        let (_, rule) = RULES.iter().find(|it| it.0 == rule).context("no such rule")?;
        let subject = Subject { script: script.replace(old, new), directory: "mutant".to_owned() };
        if rule(&subject).is_ok() {
            alive.push(name);
        }
    }
    ensure!(alive.is_empty(), "no rule is broken where {}", alive.join("; where "));
    Ok(())
}
