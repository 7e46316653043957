//! What the commands of a script write: the files that a known command names as its destination, which are few. What a
//! command reads, prints or asks systemd decides nothing.

use super::merged::normal;
use super::places::{WILDCARDS, is_above, may_be_name, may_name};
use super::script::{self, NAMED};
use super::shell::{self, Language, is_option};
use super::words::GREATER;

/// What a command writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// The files and directories at these places, as written; there may be none.
    Places(Vec<String>),
    /// Something that the command does not tell.
    Unknown,
}

/// Returns what one command writes.
pub(super) fn written(command: &str) -> Written {
    let (words, mut places) = redirections(command);
    let words = without_wrappers(&words);
    let Some((program, arguments)) = words.split_first() else { return Written::Places(places) };
    match by_program(shell::name(program), arguments) {
        Some(own) => {
            places.extend(own.into_iter().map(str::to_owned));
            Written::Places(places)
        }
        None => Written::Unknown,
    }
}

/// The words of a command without redirections, and the files that output is sent to.
fn redirections(command: &str) -> (Vec<&str>, Vec<String>) {
    let mut words = Vec::new();
    let mut places = Vec::new();
    for (at, piece) in command.split('>').enumerate() {
        let mut of_piece = piece.split_whitespace();
        if at > 0 {
            // `>>` has an empty piece.
            places.extend(of_piece.next().map(str::to_owned));
        }
        let is_number = |it: &&str| it.len() == 1 && it.starts_with(|it: char| it.is_ascii_digit());
        let mut own: Vec<&str> = of_piece.collect();
        let is_before_redirection = !piece.ends_with(char::is_whitespace);
        if is_before_redirection && own.last().is_some_and(is_number) {
            own.pop();
        }
        words.extend(own);
    }
    let mut read = words.iter().position(|it| it.starts_with('<'));
    while let Some(at) = read {
        let word = words.remove(at);
        if word.trim_matches(['<', '-']).is_empty() && at < words.len() {
            words.remove(at);
        }
        read = words.iter().position(|it| it.starts_with('<'));
    }
    (words, places)
}

/// The words from the program on, also in the commands of a shell.
fn without_wrappers<'a, 'w>(words: &'a [&'w str]) -> &'a [&'w str] {
    match shell::program(words) {
        [program, option, rest @ ..]
            if shell::run_by(program) == Some(Language::Shell) && is_option(option, &['c']) =>
        {
            without_wrappers(rest)
        }
        // A loop over words assigns each of them.
        ["for", _, "in", ..] => &[],
        words => words,
    }
}

/// Returns the program that a command starts, and the arguments of the program.
pub(super) fn started(command: &str) -> Option<(&str, Vec<&str>)> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let (program, arguments) = without_wrappers(&words).split_first()?;
    Some((program, arguments.to_vec()))
}

/// Returns whether a command runs a script, or a text, of another language than a shell's.
pub(super) fn is_of_other_language(command: &str) -> bool {
    started(command).is_some_and(|it| shell::run_by(it.0) == Some(Language::Other))
}

/// The directory of a shell, which is empty where it is unknown, and those of the shells around.
#[derive(Default)]
pub(super) struct Directory {
    path: String,
    outer: Vec<String>,
}

impl Directory {
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Follows a command, if the command is about that: `cd /etc`.
    pub(super) fn follow(&mut self, command: &str) {
        match command {
            script::BEGIN => return self.outer.push(self.path.clone()),
            script::FINISH => return self.path = self.outer.pop().unwrap_or_default(),
            _ => {}
        }
        let Some((program, arguments)) = started(command) else { return };
        match (program, &arguments[..]) {
            ("cd" | "pushd", [directory]) => {
                let directory = absolute(directory, &self.path);
                let is_known = directory.starts_with('/') && !directory.contains('$');
                self.path = if is_known { normal(&directory) } else { String::new() };
            }
            ("cd" | "popd" | "pushd", _) => self.path.clear(),
            _ => {}
        }
    }
}

/// A path as a command has it, in a directory. A path in an unknown directory stays as it is.
pub(super) fn absolute(path: &str, directory: &str) -> String {
    let is_relative = !path.starts_with(['/', '$', '~', '-']) && !directory.is_empty();
    if is_relative { format!("{directory}/{path}") } else { path.to_owned() }
}

/// Returns whether a command tells of files from which the kubelet starts, by a pattern or as the files of a directory, in
/// a form that another command may take: `find /etc -name kube*`.
pub(super) fn reaches(command: &str, directory: &str) -> bool {
    let words: Vec<&str> = command.split_whitespace().collect();
    let is_pattern = |it: &&&str| it.contains(WILDCARDS);
    let mut patterns = words.iter().filter(is_pattern).map(|it| absolute(it, directory));
    if patterns.any(|it| may_name(&it)) {
        return true;
    }
    let Some((program, arguments)) = started(command) else { return false };
    let is_root = |it: &&str| {
        let path = absolute(it, directory);
        path.starts_with('/') && is_above(&path)
    };
    let operands = || arguments.iter().copied().filter(|it| !it.starts_with('-'));
    match shell::name(program) {
        "ls" => operands().any(|it| is_root(&it)),
        "egrep" | "fgrep" | "grep" => {
            let is_recursive = |it: &&str| *it == "--recursive" || is_option(it, &['R', 'r']);
            arguments.iter().any(is_recursive) && operands().any(|it| is_root(&it))
        }
        "find" => {
            let is_expression = |it: &&str| it.starts_with(['-', '(', '!']);
            let mut roots = arguments.iter().copied().take_while(|it| !is_expression(it));
            let mut names = arguments
                .windows(2)
                .filter(|it| ["-iname", "-name"].contains(&it[0]))
                .map(|it| it[1])
                .peekable();
            roots.any(|it| is_root(&it)) && (names.peek().is_none() || names.any(may_be_name))
        }
        _ => false,
    }
}

/// The programs that write nothing but their output, or the attributes of files.
const READ: &str = ". [ [[ auditctl basename break cat cd chcon chgrp chmod chown cmp column continue cut date df diff dirname \
    du echo egrep exit false fgrep file findmnt getent getfacl grep head hostname id journalctl jq logger ls \
    md5sum mkdir nl od pgrep pidof popd printf ps pushd pwd read readlink realpath restorecon return setfacl sha1sum \
    sha256sum sha512sum sleep source stat tail test tr true uniq wait wc xxd";

/// Returns what a program writes. `None` for a program that is not known, or an unknown form.
fn by_program<'a>(program: &str, arguments: &[&'a str]) -> Option<Vec<&'a str>> {
    let operands = || arguments.iter().copied().filter(|it| !it.starts_with('-'));
    // The value of an option: `-t DIR`, `-Dt DIR`, `-tDIR`, `--target-directory=DIR`.
    let value = |letter: char, long: &str| {
        arguments.iter().enumerate().find_map(|(at, word)| {
            let next = || arguments.get(at + 1).copied();
            if let Some(behind) = word.strip_prefix(long) {
                return if behind.is_empty() { next() } else { behind.strip_prefix('=') };
            }
            let (_, behind) = word.split_once(letter).filter(|_| is_option(word, &[letter]))?;
            if behind.is_empty() { next() } else { Some(behind) }
        })
    };
    let is_in_place = || arguments.iter().any(|it| it.starts_with("--in") || is_option(it, &['i']));
    let is_path = |it: &&str| it.starts_with('/') || it.contains('$');
    match program {
        _ if READ.split(' ').any(|it| it == program) => Some(Vec::new()),
        "systemctl" => operands().any(asks_or_starts).then(Vec::new),
        "awk" | "gawk" => {
            let mut printed = arguments.iter().skip_while(|it| !it.contains("print"));
            (!is_in_place() && !printed.any(|it| it.contains(GREATER))).then(Vec::new)
        }
        "sort" => match value('o', "--output") {
            Some(file) => Some(vec![file]),
            None => Some(Vec::new()),
        },
        "sed" | "yq" if !is_in_place() => Some(Vec::new()),
        "sed" | "yq" => {
            // The first operand is a script, unless an option has the script.
            let has_script = arguments.iter().any(|it| is_option(it, &['e', 'f']));
            let files = operands().skip(usize::from(!has_script));
            Some(files.filter(is_path).chain(operands().next_back()).collect())
        }
        "find" => {
            let is_acting = |it: &&str| ["-exec", "-ok"].iter().any(|act| it.starts_with(act));
            match arguments.iter().position(is_acting) {
                _ if arguments
                    .iter()
                    .any(|it| ["-fls", "-fprint"].iter().any(|act| it.starts_with(act))) =>
                {
                    None
                }
                _ if arguments.contains(&"-delete") => Some(vec![NAMED]),
                Some(at) => by_other_program(&arguments[at + 1..], false),
                None => Some(Vec::new()),
            }
        }
        "xargs" => {
            let command = shell::behind_options(arguments, "EILPadns", 0);
            let is_placed = arguments.iter().any(|it| it.starts_with("-I"));
            by_other_program(command, !is_placed)
        }
        "cp" | "install" | "ln" | "rsync" => {
            let named = value('t', "--target-directory").filter(|_| program != "rsync");
            named
                .or_else(|| operands().next_back().filter(|_| operands().count() > 1))
                .map(|it| vec![it])
        }
        // The file is gone at its old place.
        "mv" | "rm" | "rmdir" | "shred" | "tee" | "touch" | "truncate" | "unlink" => {
            Some(operands().collect())
        }
        "tar" => {
            let letters = arguments.first()?.trim_start_matches('-');
            match letters {
                _ if letters.contains('x') || arguments.contains(&"--extract") => {
                    value('C', "--directory").map(|it| vec![it])
                }
                _ if letters.contains('f') && letters.chars().all(char::is_alphabetic) => {
                    Some(vec![*arguments.get(1)?])
                }
                _ => None,
            }
        }
        "dd" => Some(arguments.iter().filter_map(|it| it.strip_prefix("of=")).collect()),
        _ => None,
    }
}

/// Returns what a program writes that another one starts, for each file that the other one finds or is told. `{}` stands
/// for the file, or the file is the last argument.
fn by_other_program<'a>(command: &[&'a str], is_last: bool) -> Option<Vec<&'a str>> {
    let words = command.iter().copied().take_while(|it| !["+", ",", "\\"].contains(it));
    let words = words.map(|it| if it.contains("{}") { NAMED } else { it });
    let words: Vec<&'a str> = words.chain(is_last.then_some(NAMED)).collect();
    let (program, arguments) = without_wrappers(&words).split_first()?;
    by_program(shell::name(program), arguments)
}

/// Returns whether a command of systemctl asks systemd, or starts, stops or enables units.
fn asks_or_starts(verb: &str) -> bool {
    const VERBS: [&str; 20] = [
        "cat",
        "daemon-reload",
        "enable",
        "is-active",
        "is-enabled",
        "is-failed",
        "kill",
        "list-dependencies",
        "list-units",
        "reload",
        "reload-or-restart",
        "reset-failed",
        "restart",
        "show",
        "start",
        "status",
        "stop",
        "try-reload-or-restart",
        "try-restart",
        "is-system-running",
    ];
    VERBS.contains(&verb)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_destination_of_a_command_is_told_from_what_the_command_reads() {
        for (command, expected) in [
            (
                "systemctl is-active kubelet.service >/dev/null 2> /dev/null",
                Some("/dev/null /dev/null"),
            ),
            ("systemctl edit kubelet.service", None),
            ("/usr/bin/journalctl -u kubelet.service >> /var/log/k.log", Some("/var/log/k.log")),
            ("if ! sudo systemctl restart kubelet.service", Some("")),
            ("/bin/bash -c cat /a > /b", Some("/b")),
            ("A=b C=d", Some("")),
            ("cp -a /etc/kubernetes/kubelet.conf /opt/backup/", Some("/opt/backup/")),
            ("cp /a -t /b /c", Some("/b")),
            ("mv /a /b", Some("/a /b")),
            ("sed -i s/a/b/ /x /y", Some("/x /y /y")),
            ("sed s/a/b/ /x", Some("")),
            ("tar czf /var/backup/x.tgz /etc/kubernetes", Some("/var/backup/x.tgz")),
            ("tar -C /etc -xzf /a.tgz", None),
            ("tar -xzf /a.tgz -C /etc", Some("/etc")),
            ("dd if=/a of=/b", Some("/b")),
            ("while read -r line", Some("")),
            ("done < /etc/kubernetes/kubelet.conf", Some("")),
            ("cat <<EOF > /etc/motd", Some("/etc/motd")),
            ("find / -name kubelet.conf -delete", Some("$_")),
            ("find /etc -exec sed -i s/a/b/ {} +", Some("$_ $_")),
            ("find /etc -exec chmod 600 {} +", Some("")),
            ("find /etc -exec /opt/site/run {} +", None),
            ("xargs -0 -n 1 sed -i s/a/b/", Some("$_ $_")),
            ("xargs -I{} cp {} /b", Some("/b")),
            ("xargs grep a", Some("")),
            ("timeout 5 chroot /host rm /a", Some("/a")),
            ("flock /run/l sh -c rm /a", Some("/a")),
            ("/opt/site/run kubelet.service", None),
        ] {
            let expected = expected.map_or(Written::Unknown, |it| {
                Written::Places(it.split_whitespace().map(str::to_owned).collect())
            });
            assert_eq!(written(command), expected, "{command}");
        }
    }

    #[test]
    fn a_list_of_files_of_the_kubelet_is_told_from_others() {
        for (command, expected) in [
            ("find /etc/systemd/system -name kubelet* -exec sed -i x {} +", true),
            ("find . -type f", true),
            ("find /etc -name *.bak -delete", false),
            ("find /etc/ssh -type f", false),
            ("sudo grep -rl a /etc", true),
            ("grep a /etc", false),
            ("ls /etc/kubernetes", true),
            ("sed -i x *.service", true),
            ("for f in /etc/systemd/system/kube*", true),
            ("rm -f /etc/systemd/system/crio.service.d/*", false),
        ] {
            assert_eq!(reaches(command, "/etc/systemd/system"), expected, "{command}");
        }
    }
}
