//! Finds what may write to a disk that may be the disk of etcd: every command that names such a disk, itself or by a
//! variable, except those of programs that only read disks. A list of the programs that write would never be complete.

use std::collections::BTreeMap;

use super::disk_names::{Device, devices, foremost, is_formatting, is_other_device};
use super::kubelet::ConfigPlace;
use super::kubelet::merged::{File, Merged};
use super::kubelet::script::{whole_lines, with_texts};
use super::kubelet::shell::{self, Language, behind_options, is_of_name, is_option};
use crate::model::field::Field;

/// The programs that write to no disk that they name, or that `formatters` judges.
const READERS: [&str; 85] = [
    ".",
    ":",
    "[",
    "[[",
    "awk",
    "basename",
    "blkid",
    "blockdev",
    "cat",
    "chcon",
    "chgrp",
    "chmod",
    "chown",
    "cksum",
    "cmp",
    "cut",
    "df",
    "diff",
    "dirname",
    "dumpe2fs",
    "ebsnvme-id",
    "echo",
    "egrep",
    "exit",
    "expr",
    "fgrep",
    "file",
    "findfs",
    "findmnt",
    "fuser",
    "gawk",
    "grep",
    "head",
    "hexdump",
    "iostat",
    "jq",
    "kpartx",
    "less",
    "ln",
    "logger",
    "ls",
    "lsblk",
    "lsof",
    "lvdisplay",
    "lvs",
    "md5sum",
    "mount",
    "mountpoint",
    "multipath",
    "namei",
    "od",
    "partprobe",
    "partx",
    "printf",
    "pvdisplay",
    "pvs",
    "pvscan",
    "read",
    "readlink",
    "realpath",
    "restorecon",
    "return",
    "scsi_id",
    "sed",
    "set",
    "sha1sum",
    "sha256sum",
    "sha512sum",
    "sleep",
    "smartctl",
    "sort",
    "source",
    "stat",
    "strings",
    "swapoff",
    "swapon",
    "systemctl",
    "systemd-escape",
    "systemd-mount",
    "tail",
    "test",
    "udevadm",
    "umount",
    "wc",
    "xfs_info",
];

/// The programs that only read with one of these words.
const READERS_BY_WORD: [(&str, &[&str]); 17] = [
    ("ceph-volume", &["activate", "inventory", "list", "trigger"]),
    ("cryptsetup", &["close", "isLuks", "luksDump", "luksOpen", "luksUUID", "open", "status"]),
    ("dmsetup", &["deps", "info", "ls", "status", "table"]),
    ("e2fsck", &["-n"]),
    ("fsck", &["-N", "-n"]),
    ("hdparm", &["-I", "-T", "-g", "-i", "-t", "-tT"]),
    ("losetup", &["--list", "-a", "-j", "-l"]),
    ("mdadm", &["--assemble", "--detail", "--examine", "--query", "-A", "-D", "-E", "-Q"]),
    ("nvme", &["amzn", "get-feature", "get-log", "id-ctrl", "id-ns", "list", "smart-log"]),
    ("parted", &["--list", "-l", "print"]),
    ("qemu-img", &["check", "compare", "info", "map", "measure"]),
    ("stratis", &["list", "report"]),
    ("tune2fs", &["-l"]),
    ("xfs_admin", &["-l", "-lu", "-u"]),
    ("xfs_db", &["-r"]),
    ("xfs_repair", &["-n"]),
    ("zpool", &["get", "history", "import", "iostat", "list", "status"]),
];

/// Stands for every parameter of a script or a function.
const PARAMETER: &str = "@";

/// The disk that commands, and the scripts among the files that they name, may write to. `lines` are those of all texts.
pub(super) fn may_be_written(
    merged: &Merged<'_>,
    lines: &str,
    files: &[File],
    commands: &str,
) -> Option<Device> {
    let lists_disks = lines.contains("lsblk") || lines.contains("nvme list");
    if !lists_disks && devices(lines).all(is_other_device) {
        return None;
    }
    let of_file = |it: &File| {
        let Field::Known(text) = &it.text else { return None };
        let ConfigPlace::File(path) = &it.provenance.place else { return None };
        let is_run =
            ["source ", ". ", "sh "].iter().any(|by| lines.contains(&format!("{by}{path}")));
        if shell::language(text).is_some() || is_run {
            return Some(text.clone());
        }
        // A file of variables, or one whose lines are no commands.
        Some(text.lines().filter(|it| shell::is_assignment(it)).collect::<Vec<_>>().join("\n"))
    };
    let texts: Vec<String> =
        files.iter().filter_map(of_file).chain([commands.to_owned()]).collect();
    let text = texts.join("\n");
    let is_function = |program: &str| {
        let forms =
            [format!("{program}()"), format!("{program} ()"), format!("function {program}")];
        text.lines().any(|line| forms.iter().any(|it| line.trim_start().starts_with(it.as_str())))
    };
    let is_script = |program: &str| {
        let file = merged.file_behind(program);
        file.is_some_and(|it| matches!(&it.text, Field::Known(text) if shell::is_script(text)))
    };
    written(&whole_lines(&text), |it| is_function(it) || is_script(it))
}

/// Returns the disk that whole lines may write to. `is_read` says of a program that its commands are among the lines.
fn written(lines: &str, is_read: impl Fn(&str) -> bool) -> Option<Device> {
    // A script that looks for local disks by their model does not take an EBS volume.
    let is_by_model = lines.contains("Instance Storage") || lines.contains("Instance_Storage");
    let lists_disks = lines.contains("lsblk") || lines.contains("nvme list");
    let mut held = Held { lists_disks: lists_disks && !is_by_model, ..Held::default() };
    let mut known = None;
    while !is_by_model && known != Some(held.devices.len()) {
        known = Some(held.devices.len());
        for (line, _) in with_texts(lines) {
            held.follow(line, &is_read);
        }
    }
    with_texts(lines).find_map(|(line, text)| {
        let is_other_language = || {
            let words: Vec<&str> = line.split_whitespace().collect();
            shell::program(&words).first().and_then(|it| shell::run_by(it)) == Some(Language::Other)
        };
        let by_text = || is_other_language().then(|| held.named(&text)).flatten();
        held.written_by(line, &is_read).or_else(by_text)
    })
}

/// The variables that hold the name of a disk.
#[derive(Default)]
struct Held<'a> {
    devices: BTreeMap<&'a str, Device>,
    lists_disks: bool,
}

impl<'a> Held<'a> {
    /// The disk that a text names.
    fn named(&self, text: &str) -> Option<Device> {
        let is_variable = |it: &&str| it.contains(['$', '%']);
        let mut raw = devices(text).filter(|it| !is_other_device(it));
        let literal = foremost(raw.clone().filter(|it| !is_variable(it)));
        let literal = literal.map(|it| Device::Named(it.to_owned()));
        let by_value = || {
            let words = text.split_whitespace().filter(|it| !it.starts_with("if="));
            let mut words = words.flat_map(|it| it.split(['(', ')', '[', ']', '=', ',', '`']));
            words.find_map(|it| self.devices.get(variable(it)?).cloned())
        };
        literal.or_else(by_value).or_else(|| {
            (self.lists_disks && raw.any(|it| is_variable(&it))).then_some(Device::Variable)
        })
    }

    /// The disk whose name a command prints.
    fn printed(&self, command: &str) -> Option<Device> {
        let words: Vec<&str> = command.split_whitespace().collect();
        let (program, arguments) = shell::program(&words).split_first()?;
        let has_path = |it: &&str| it.contains("PATH") || *it == "--paths" || is_option(it, &['p']);
        let is_list = match shell::name(program) {
            "echo" | "find" | "ls" | "printf" | "readlink" | "realpath" => {
                return self.named(command);
            }
            "lsblk" => arguments.iter().any(has_path),
            "nvme" => arguments.first() == Some(&"list"),
            _ => false,
        };
        is_list.then_some(Device::Variable)
    }

    /// Takes the variables of a line, and the parameters of what it calls.
    fn follow(&mut self, line: &'a str, is_read: impl Fn(&str) -> bool) {
        let printed = shell::commands(line).find_map(|it| self.printed(it));
        for command in shell::commands(line) {
            let words: Vec<&str> = command.split_whitespace().collect();
            if program(&words).is_some_and(|it| is_read(it.0))
                && let Some(device) = self.named(command)
            {
                self.devices.entry(PARAMETER).or_insert(device);
            }
            let mut values: Vec<(&str, Option<Device>)> = Vec::new();
            let at =
                words.iter().position(|it| ["for", "mapfile", "read", "readarray"].contains(it));
            match at {
                Some(at) if words[at] == "for" => {
                    let of = self.named(&words[at + 1..].join(" ")).or_else(|| printed.clone());
                    values.extend(words.get(at + 1).map(|it| (*it, of)));
                }
                Some(at) => values.extend(words[at + 1..].iter().map(|it| (*it, printed.clone()))),
                None => values.extend(words.iter().filter_map(|it| {
                    let (name, value) = it.split_once('=')?;
                    let by_command = || printed.clone().filter(|_| value.contains("$_"));
                    Some((name, self.named(value).or_else(by_command)))
                })),
            }
            let is_name = |it: &str| !it.is_empty() && it.chars().all(is_of_name);
            for (name, device) in values.into_iter().filter(|it| is_name(it.0)) {
                if let Some(device) = device {
                    self.devices.entry(name).or_insert(device);
                }
            }
        }
    }

    /// The disk that a line may write to.
    fn written_by(&self, line: &str, is_read: impl Fn(&str) -> bool) -> Option<Device> {
        shell::pipelines(line).find_map(|mut commands| {
            let mut fed = None;
            commands.find_map(|command| {
                let spaced = command.replace('>', " > ").replace('<', " < ");
                let words: Vec<&str> = spaced.split_whitespace().collect();
                let mut targets = words.windows(2).filter(|it| it[0] == ">");
                let by_redirect = targets.find_map(|it| self.named(it[1]));
                let end = words.iter().position(|it| [">", "<"].contains(it));
                let words = &words[..end.unwrap_or(words.len())];
                let by_program = || {
                    let (program, arguments) = program(words)?;
                    let is_xargs = shell::name(program) == "xargs";
                    let inner =
                        if is_xargs { behind_options(arguments, "EILPadns", 0) } else { &[] };
                    let (reader, of_reader) = inner.split_first().unwrap_or((&program, arguments));
                    let is_harmless = is_read(reader) || only_reads(reader, of_reader);
                    let named = || self.named(&words.join(" "));
                    let fed = || fed.clone().filter(|_| is_xargs);
                    if is_harmless { None } else { named().or_else(fed) }
                };
                let found = by_redirect.or_else(by_program);
                fed = fed.clone().or_else(|| self.printed(command));
                found
            })
        })
    }
}

/// The variable at the beginning of a word.
fn variable(word: &str) -> Option<&str> {
    let name = word.strip_prefix('$')?.trim_start_matches('{');
    let is_parameter = name.starts_with(|it: char| it.is_ascii_digit() || "@*".contains(it));
    let end = name.find(|it| !is_of_name(it)).unwrap_or(name.len());
    Some(if is_parameter { PARAMETER } else { &name[..end] })
}

/// The program of a command, or the script that the program runs, and the words behind. `None` for commands that only
/// set variables.
fn program<'a>(words: &'a [&'a str]) -> Option<(&'a str, &'a [&'a str])> {
    let (program, arguments) = shell::program(words).split_first()?;
    if *program == "for" {
        return None;
    }
    if shell::run_by(program) == Some(Language::Shell) {
        let at = arguments.iter().position(|it| !it.starts_with('-'))?;
        return Some((arguments[at], &arguments[at + 1..]));
    }
    Some((*program, arguments))
}

/// Returns whether a program with these words writes to no disk that the words name, or whether `formatters` judges the
/// command.
fn only_reads(program: &str, arguments: &[&str]) -> bool {
    let name = shell::name(program);
    let has = |wanted: &[&str]| arguments.iter().any(|it| wanted.contains(it));
    let by_word = READERS_BY_WORD.iter().find(|it| it.0 == name);
    match name {
        _ if READERS.contains(&name) => true,
        "badblocks" => !arguments.iter().any(|it| is_option(it, &['n', 'w'])),
        "cryptsetup" if arguments.iter().any(|it| it.contains("plain")) => false,
        "find" => !arguments.iter().any(|it| it.starts_with("-exec") || it.starts_with("-ok")),
        "fdisk" | "gdisk" | "sfdisk" | "sgdisk" | "wipefs" => {
            !is_formatting(&format!("{name} {}", arguments.join(" ")))
        }
        "xxd" => !has(&["-r", "-revert"]),
        _ => by_word.is_some_and(|it| has(it.1)),
    }
}

#[cfg(test)]
mod tests;
