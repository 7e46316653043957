//! Finds the commands that start a program whose text no MachineConfig contains, or that write files which are not known.

use super::destinations::Directory;
use super::merged::Merged;
use super::mounts;
use super::places;
use super::script;
use super::shell::{self, is_of_path, is_option, is_unknown_variable};
use crate::model::field::{Field, Unknown};

/// Why the effect of a unit on the kubelet is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The unit starts the program at this path before the kubelet, and no MachineConfig contains the text of the program.
    Program(String),
    /// The unit starts commands before the kubelet that another command or a variable holds.
    Script,
    /// The unit starts this program before the kubelet, which writes files below /etc or /usr that are not known.
    Files(String),
    /// The unit starts this program, which changes labels or taints of a Node.
    Node(String),
    /// The unit may change the files or the flags of the kubelet.
    Kubelet,
    /// The unit of the kubelet has this condition, which may not hold on a machine: `ConditionPathExists`.
    Condition(String),
}

/// The directories of the operating system. `/usr/local` is a directory of the administrator on RHCOS.
const OF_SYSTEM: [&str; 8] = [
    "/bin/",
    "/lib/",
    "/sbin/",
    "/usr/bin/",
    "/usr/lib/",
    "/usr/lib64/",
    "/usr/libexec/",
    "/usr/sbin/",
];

/// The first program of a text of commands whose contents, or whose files, are unknown.
pub(super) fn unseen(text: &str, merged: &Merged<'_>) -> Option<Reason> {
    let pipelines = script::with_texts(text).flat_map(|(line, _)| shell::pipelines(line));
    let mut commands = pipelines.flat_map(|it| it.enumerate().map(|(at, it)| (at > 0, it)));
    let mut directory = Directory::default();
    commands.find_map(|(is_fed, command)| {
        directory.follow(command);
        let words: Vec<&str> = command.split_whitespace().collect();
        let (program, arguments) = shell::program(&words).split_first()?;
        let program = program.trim_start_matches(['-', '@', ':', '+', '!', '(']);
        if mounts::may_be_over_kubelet(command, merged) {
            return Some(Reason::Files("mount".to_owned()));
        }
        if writes_tree(program, arguments, directory.path()) {
            return Some(Reason::Files(program.to_owned()));
        }
        if shell::run_by(program).is_some() || program == "eval" {
            return script(arguments, is_fed, merged);
        }
        if is_unknown_variable(program) {
            return Some(Reason::Script);
        }
        is_unseen(program, merged).then(|| Reason::Program(program.to_owned()))
    })
}

/// Judges the script that a shell, or `eval`, runs.
fn script(arguments: &[&str], is_fed: bool, merged: &Merged<'_>) -> Option<Reason> {
    let is_option = |it: &str| it.starts_with('-') && !["-", "-s"].contains(&it);
    match arguments.iter().copied().find(|it| !is_option(it)) {
        None | Some("-" | "-s") => is_fed.then_some(Reason::Script),
        Some(script) if is_unknown_variable(script) => Some(Reason::Script),
        Some(script) => is_unseen(script, merged).then(|| Reason::Program(script.to_owned())),
    }
}

fn is_unseen(program: &str, merged: &Merged<'_>) -> bool {
    program.starts_with('/')
        && program.chars().all(is_of_path)
        && merged
            .file_behind(program)
            .is_none_or(|it| it.text == Field::Unknown(Unknown::NotUnderstood))
        && !OF_SYSTEM.iter().any(|it| merged.target(program).starts_with(it))
}

/// Returns whether a word is a directory that has the files of the kubelet at any depth.
fn is_of_system(word: &str) -> bool {
    word.starts_with('/') && places::is_above(word)
}

/// Returns whether a command writes a tree of files over such a directory, or gives a container the directory.
/// `directory` is the directory of the shell.
fn writes_tree(program: &str, arguments: &[&str], directory: &str) -> bool {
    let is_recursive = |it: &&str| {
        it.starts_with("--recursive") || *it == "--archive" || is_option(it, &['a', 'r', 'R'])
    };
    let may_be_copied = |it: &&str| {
        let name = it.rsplit('/').next().unwrap_or_default();
        name.contains(places::WILDCARDS) && places::may_be_name(name)
    };
    let is_extracting = |it: &str| {
        ["--extract", "--get"].contains(&it)
            || is_option(it, &['x'])
            || !it.starts_with('-') && it.starts_with('x')
    };
    match shell::name(program) {
        "ansible-playbook" | "ansible-pull" => true,
        "systemd-confext" | "systemd-sysext" => {
            arguments.iter().any(|it| ["merge", "refresh"].contains(it))
        }
        "portablectl" => arguments.iter().any(|it| ["attach", "reattach"].contains(it)),
        "cp" | "install" | "mv" => {
            let is_tree = arguments.iter().any(is_recursive) || arguments.iter().any(may_be_copied);
            is_tree && arguments.last().is_some_and(|it| is_of_system(it))
        }
        "rsync" => arguments.last().is_some_and(|it| is_of_system(it)),
        "tar" if !arguments.iter().any(|it| is_extracting(it)) => false,
        "cpio" | "git" | "patch" | "tar" | "unzip" => {
            is_of_system(directory)
                || arguments.iter().any(|it| is_of_system(it.trim_start_matches("-C")))
        }
        "docker" | "podman" => arguments.iter().any(|it| {
            let volume =
                ["--volume=", "--mount=", "-v"].iter().find_map(|flag| it.strip_prefix(flag));
            is_written_volume(volume.unwrap_or(it))
        }),
        _ => false,
    }
}

/// Returns whether a container may write the files of the system through a volume: `/etc:/host`,
/// `type=bind,src=/,dst=/host`. A container that starts units has directories of systemd, and OpenShift's own writes no
/// unit of the kubelet there.
fn is_written_volume(volume: &str) -> bool {
    let parts: Vec<&str> = volume.split([':', ',']).collect();
    let named = parts.iter().find_map(|it| it.strip_prefix("src=").or(it.strip_prefix("source=")));
    let from = named.unwrap_or(parts[0]);
    let is_read_only =
        parts.iter().any(|it| ["ro", "readonly", "ro=true", "readonly=true"].contains(it));
    parts.len() > 1 && !is_read_only && ["/", "/etc", "/etc/"].contains(&from)
}

#[cfg(test)]
mod tests {
    use super::super::script::whole_lines;
    use super::*;

    #[test]
    fn a_program_is_unseen_unless_the_operating_system_or_a_machine_config_brings_the_program() {
        let merged = Merged::of(&[]).unwrap();
        let program = |path: &str| Reason::Program(path.to_owned());
        let files = |program: &str| Reason::Files(program.to_owned());
        for (text, expected) in [
            ("/opt/agent/run --once", Some(program("/opt/agent/run"))),
            ("-/var/lib/site/run", Some(program("/var/lib/site/run"))),
            (
                "/bin/bash -c 'test -x /a && /usr/local/bin/tool'",
                Some(program("/usr/local/bin/tool")),
            ),
            ("if ! A=b /opt/x; then", Some(program("/opt/x"))),
            ("curl -sf https://cfg.example.com/run | bash -s -- a", Some(Reason::Script)),
            ("curl -sf https://cfg.example.com/run | sudo sh", Some(Reason::Script)),
            ("/usr/bin/timeout -k 5 60 /opt/run", Some(program("/opt/run"))),
            ("flock -n /run/l -c '/opt/run --x'", Some(program("/opt/run"))),
            ("env A=b nice -n 5 /opt/run", Some(program("/opt/run"))),
            ("nsenter -t 1 -m -- chroot /host /opt/run", Some(program("/opt/run"))),
            ("timeout 60 curl https://h/opt/run", None),
            ("X=$(/opt/run get)", Some(program("/opt/run"))),
            ("echo \"a `/opt/run`\"", Some(program("/opt/run"))),
            ("export X=\"$(awk '/MemTotal/ {print $2}' /proc/meminfo)\"", None),
            ("for d in $(find /var -name x) $(grep '/dev/x' /y); do echo $d; done", None),
            ("cp -r /opt/units/. /etc/systemd/system/", Some(files("cp"))),
            ("cp /opt/units/*.service /etc/systemd/system/", Some(files("cp"))),
            ("cp /opt/units/crio* /etc/systemd/system/", None),
            ("cp /opt/units/a.service /etc/systemd/system/", None),
            ("tar -xzf /opt/x.tgz -C /usr/local/bin oc", None),
            ("patch -p1 -d /etc/systemd/system -i /opt/x.patch", Some(files("patch"))),
            ("git -C /etc checkout main", Some(files("git"))),
            ("cd /etc && git checkout main", Some(files("git"))),
            ("restorecon -R /etc", None),
            ("bash <(curl -sf https://cfg.example.com/run)", Some(Reason::Script)),
            ("bash -c \"$(curl -sf https://cfg.example.com/run)\"", Some(Reason::Script)),
            ("/usr/bin/mkdir -p /opt/x", None),
            ("/usr/libexec/site", None),
            ("echo a | tee /opt/x", None),
            ("cat /opt/x | grep a", None),
            ("bash /usr/bin/site", None),
            ("# /opt/x", None),
            ("P=\"/sys/x\"", None),
            ("cat > /etc/site.conf <<EOF\n/opt/x/run --y\nEOF\necho", None),
            ("i=$((1 << 3))\n/opt/run", Some(program("/opt/run"))),
            ("cat <<< text\n/opt/run", Some(program("/opt/run"))),
            ("bash -c '/opt/run'", Some(program("/opt/run"))),
            ("eval \"$(cat /etc/site)\"", Some(Reason::Script)),
            ("podman run --rm --privileged -v /:/host quay.io/x/y", Some(files("podman"))),
            ("podman run --volume=/etc:/etc quay.io/x/y", Some(files("podman"))),
            ("podman run -v /var/lib/x:/x quay.io/x/y:1", None),
            ("podman run -v /:/host:ro quay.io/x/y", None),
            ("podman run -v /etc:/host/etc:rslave,ro quay.io/x/y", None),
            ("podman run --mount type=bind,src=/etc,dst=/h,ro quay.io/x/y", None),
            ("podman run --mount type=bind,src=/etc,dst=/h quay.io/x/y", Some(files("podman"))),
            ("podman run -v /etc/systemd:/etc/systemd:rslave quay.io/x/tuned", None),
            ("cp -a /opt/etc/. /etc/", Some(files("cp"))),
            ("cp /opt/site.conf /etc/", None),
            ("rsync -a /opt/etc/ /etc", Some(files("rsync"))),
            ("tar -xzf /opt/x.tgz -C /", Some(files("tar"))),
            ("ansible-pull -U https://git/x", Some(files("ansible-pull"))),
            ("$AGENT --once", Some(Reason::Script)),
            ("A=/opt/x; $A --once", Some(program("/opt/x"))),
            ("bash -c \"$TEXT\"", Some(Reason::Script)),
            ("eval \"$TEXT\"", Some(Reason::Script)),
            ("A=(--a\n  $B\n  $C)\n/usr/bin/x ${A[@]}", None),
            ("if [[ $A == x &&\n  $B == y ]]; then\n:; fi", None),
            ("run() { \"$@\"; }", None),
            ("bash <<EOF\n/opt/run\nEOF", Some(program("/opt/run"))),
            ("case $d in\n/dev/sd*) exit ;;\nesac", None),
        ] {
            assert_eq!(unseen(&whole_lines(text), &merged), expected, "{text}");
        }
    }
}
