//! What the commands of a script write: the files that a known command names as its destination, which are few. What a
//! command reads, prints or asks systemd decides nothing.

use super::merged::{SYSTEMD, leads_to, normal};
use super::places::is_over;
use super::programs::{QUADLETS, RUN_BY_THE_SYSTEM};
use super::shell::{is_of_path, is_option};

/// What a command writes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    /// The files and directories at these places, as written; there may be none.
    Places(Vec<String>),
    /// Something that the command does not tell.
    Unknown,
}

/// The commands of a line, by pipelines: what one writes, the next one reads. The commands of a substitution are a
/// pipeline of their own, and `$_` stands for what they print.
pub(super) fn pipelines(line: &str) -> Vec<Vec<String>> {
    let (line, inner) = without_substitutions(line);
    let replaced = [("&>>", ">"), ("&>", ">"), (">|", ">"), ("|&", "|"), (">&", "> /dev/fd/")];
    let line = replaced.into_iter().fold(line, |line, (from, to)| line.replace(from, to));
    let line = line.replace("&&", ";").replace("||", ";");
    let lists = line.split(['\n', ';', '&']);
    let outer = lists.map(|it| it.split('|').map(|it| it.trim().to_owned()).collect());
    outer.chain(inner.iter().flat_map(|it| pipelines(it))).collect()
}

/// A line with `$_` in the place of each outermost `$(…)` and `` `…` ``, and what stands inside.
fn without_substitutions(line: &str) -> (String, Vec<String>) {
    let (mut outer, mut inner) = (String::new(), Vec::new());
    let mut rest = line;
    while let Some(at) = rest.find(['$', '`']) {
        outer.push_str(&rest[..at]);
        rest = &rest[at..];
        let found = if let Some(text) = rest.strip_prefix("$(") {
            closing(text).map(|end| (&text[..end], &text[end + 1..]))
        } else if let Some(text) = rest.strip_prefix('`') {
            text.split_once('`')
        } else {
            None
        };
        if let Some((commands, behind)) = found {
            inner.push(commands.to_owned());
            outer.push_str("$_");
            rest = behind;
        } else {
            outer.push_str(&rest[..1]);
            rest = &rest[1..];
        }
    }
    outer.push_str(rest);
    (outer, inner)
}

/// The place of the bracket that closes a text.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_u32;
    text.char_indices().find_map(|(at, it)| match it {
        '(' => {
            depth += 1;
            None
        }
        ')' if depth == 0 => Some(at),
        ')' => {
            depth -= 1;
            None
        }
        _ => None,
    })
}

/// Returns what one command writes.
pub(super) fn written(command: &str) -> Written {
    let (words, mut places) = redirections(command);
    let words = without_wrappers(&words);
    let Some((program, arguments)) = words.split_first() else { return Written::Places(places) };
    let program = program.trim_start_matches(['-', '@', ':', '+', '!', '(', '{']);
    match by_program(program.rsplit('/').next().unwrap_or_default(), arguments) {
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

/// The words from the program on: without the words of the shell's syntax, assignments, and programs that start the
/// program.
fn without_wrappers<'a, 'w>(words: &'a [&'w str]) -> &'a [&'w str] {
    const AROUND: [&str; 24] = [
        "!", "(", "do", "done", "elif", "else", "esac", "exec", "export", "fi", "if", "local",
        "nice", "nohup", "readonly", "sudo", "then", "time", "until", "while", "{", "}", ")",
        "declare",
    ];
    const SHELLS: [&str; 2] = ["bash", "sh"];
    let is_assignment = |word: &str| {
        let name = word.split('=').next().unwrap_or_default();
        word.contains('=') && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
    };
    let mut words = words;
    loop {
        words = match words {
            [first, rest @ ..] if AROUND.contains(first) || is_assignment(first) => rest,
            [shell, option, rest @ ..]
                if SHELLS.contains(&shell.rsplit('/').next().unwrap_or_default())
                    && is_option(option, &['c']) =>
            {
                rest
            }
            // A loop over words assigns each of them.
            ["for", _, "in", ..] => &[],
            _ => return words,
        };
    }
}

/// The programs that write nothing but their output, or the attributes of files.
const READ: &str = "[ [[ auditctl basename break cat chcon chmod chown cmp column continue cut date diff dirname echo \
    egrep exit false fgrep file findmnt getent getfacl grep head hostname id journalctl jq logger ls \
    md5sum mkdir nl od pgrep pidof printf ps read readlink realpath restorecon return setfacl sha256sum \
    sha512sum sleep sort stat systemd-cat tail test tr true uniq wait wc xxd";

/// Returns what a program writes. `None` for a program that is not known, or an unknown form.
fn by_program<'a>(program: &str, arguments: &[&'a str]) -> Option<Vec<&'a str>> {
    let operands = || arguments.iter().copied().filter(|it| !it.starts_with('-'));
    let behind = |options: &[&str]| {
        let at = arguments.iter().position(|it| options.contains(it))?;
        arguments.get(at + 1).copied()
    };
    let is_in_place = || arguments.iter().any(|it| it.starts_with("--in") || is_option(it, &['i']));
    let is_path = |it: &&str| it.starts_with('/') || it.contains('$');
    match program {
        _ if READ.split(' ').any(|it| it == program) => Some(Vec::new()),
        "systemctl" => operands().any(asks_or_starts).then(Vec::new),
        "awk" | "gawk" => (!is_in_place()).then(Vec::new),
        "sed" | "yq" if !is_in_place() => Some(Vec::new()),
        "sed" | "yq" => Some(operands().filter(is_path).chain(operands().next_back()).collect()),
        "find" => {
            let is_acting =
                |it: &&str| ["-delete", "-exec", "-f", "-ok"].iter().any(|act| it.starts_with(act));
            (!arguments.iter().any(is_acting)).then(Vec::new)
        }
        "cp" | "install" | "ln" | "rsync" => {
            let named = behind(&["-t", "--target-directory"]);
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
                    behind(&["-C", "--directory"]).map(|it| vec![it])
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

/// Returns whether a text is the path of a place from which neither the kubelet nor the system starts anything.
pub(super) fn is_elsewhere(place: &str) -> bool {
    let is_started = |path: &str| {
        let of_system = SYSTEMD.iter().chain(&RUN_BY_THE_SYSTEM).chain([&QUADLETS]);
        let mut of_system = of_system.map(|it| it.trim_end_matches('/'));
        of_system.any(|it| leads_to(it, path) || leads_to(path, it))
            || path.split('/').any(|it| ["bin", "sbin"].contains(&it))
    };
    let is_literal = place.starts_with('/') && place.chars().all(is_of_path);
    let path = normal(place);
    is_literal && !is_over(&path) && !is_started(&path)
}

/// The file of the kubelet's variables. The check of the role on a machine sees what the file has.
pub(super) const VARIABLES: &str = "/etc/kubernetes/kubelet-env";

/// Returns whether one of the whole lines writes the file of the kubelet's variables.
pub(super) fn writes_variables(lines: &str) -> bool {
    let is_writing = |command: &String| match written(command) {
        Written::Places(places) => places.iter().any(|it| it == VARIABLES),
        Written::Unknown => false,
    };
    let lines = lines.lines().filter(|it| it.contains(VARIABLES));
    lines.flat_map(pipelines).flatten().any(|it| is_writing(&it))
}

/// Returns whether a place is one that the kubelet starts from, and stays there until the next boot.
pub(super) fn stays(place: &str) -> bool {
    let path = normal(place);
    is_over(&path) && (path.starts_with("/etc/") || path.starts_with("/usr/"))
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
            ("find / -name kubelet.conf -delete", None),
            ("/opt/site/run kubelet.service", None),
        ] {
            let expected = expected.map_or(Written::Unknown, |it| {
                Written::Places(it.split_whitespace().map(str::to_owned).collect())
            });
            assert_eq!(written(command), expected, "{command}");
        }
    }

    #[test]
    fn a_substitution_is_a_pipeline_of_its_own() {
        let found = pipelines("A=$(x $(y | z) 2>&1 || true) && echo `b` &> /c; d");
        let found: Vec<String> = found.iter().map(|it| it.join(" | ")).collect();
        let expected = ["A=$_", "echo $_ > /c", "d", "x $_ 2> /dev/fd/1", "true", "y | z", "b"];
        assert_eq!(found, expected);
    }
}
