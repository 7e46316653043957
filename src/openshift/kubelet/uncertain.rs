//! Finds units whose effect on the kubelet is unknown: units that start a program before the kubelet that neither a
//! MachineConfig contains nor the operating system brings, and conditions of the kubelet's own unit.
//!
//! On the machine, the last command before the kubelet checks the role that systemd loaded: whatever such a unit does,
//! no kubelet starts with another role.

use super::destinations::{self, writes_variables};
use super::editors::{Order, order};
use super::merged::{File, Merged};
use super::mounts;
use super::places;
use super::programs::{self, Part, Unit, is_of_operator};
use super::quotes;
use super::shell::{self, is_of_path, is_option, is_unknown_variable, whole_lines};
use super::text::Assignment;
use super::{ConfigPlace, Provenance};
use crate::derive::machine_config::KUBELET_UNIT;
use crate::model::field::{Field, Unknown};
use crate::model::object::Object;

/// A unit whose effect on the kubelet is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncertain {
    /// Place of the unit.
    pub provenance: Provenance,
    /// Reason.
    pub reason: Reason,
}

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
    /// The unit writes the variables of the kubelet before the kubelet starts.
    Variables,
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

/// Returns the units of these MachineConfigs, in merge order, whose effect on the kubelet is unknown, each with the first
/// reason. Units whose text is unknown are left out: the finding of the kubelet's role names them.
#[must_use]
pub fn uncertain(machine_configs: &[&Object]) -> Vec<Uncertain> {
    let Ok(merged) = Merged::of(machine_configs) else { return Vec::new() };
    let units = programs::units(&merged).unwrap_or_default();
    let reason = |unit: &Unit, part: &Part| {
        let texts = texts(&merged, unit, part);
        let is_before = order(unit) == Order::Before;
        let before = || {
            let mut unseen = texts.iter().filter_map(|it| unseen(it, &merged));
            let variables =
                || texts.iter().any(|it| writes_variables(it)).then_some(Reason::Variables);
            let known = condition(unit, part).or_else(|| container(part)).or_else(variables);
            known.or_else(|| unseen.next())
        };
        // A Node is there only once the kubelet has registered.
        let node = || texts.iter().find_map(|it| changes_node(it)).map(Reason::Node);
        is_before.then(before).flatten().or_else(node)
    };
    let by_system = programs::RUN_BY_THE_SYSTEM.iter().flat_map(|it| merged.paths(it));
    let by_system = by_system.filter_map(|path| {
        let File { text, provenance } = merged.file_behind(path)?;
        let reason = Reason::Node(changes_node(&whole_lines(&text.known()?))?);
        Some(Uncertain { provenance, reason })
    });
    let of_units = units.into_iter().filter_map(|unit| {
        // The programs of the operator's own parts are in the image of the operating system.
        let of_others =
            unit.parts.iter().filter(|it| !is_of_operator(&it.provenance.machine_config));
        of_others.into_iter().find_map(|part| {
            let provenance = part.provenance.clone();
            Some(Uncertain { provenance, reason: reason(&unit, part)? })
        })
    });
    of_units.chain(by_system).chain(extending(&merged)).collect()
}

/// The commands of a part of a unit, and the scripts that they name, in whole lines.
fn texts(merged: &Merged<'_>, unit: &Unit, part: &Part) -> Vec<String> {
    let commands = unit.commands(part);
    let files = programs::named_files(merged, &commands);
    let scripts = files.into_iter().filter_map(|it| it.text.known());
    let scripts = scripts.filter(|it| shell::is_script(it));
    std::iter::once(commands).chain(scripts).map(|it| whole_lines(&it)).collect()
}

/// A unit that starts something whose contents, or whose files, are unknown.
pub(crate) struct Started {
    /// The commands of the unit and the scripts, in whole lines.
    pub(crate) texts: Vec<String>,
    pub(crate) provenance: Provenance,
    pub(crate) reason: Reason,
}

/// The units, in any order with the kubelet, that start something whose contents, or whose files, are unknown.
pub(crate) fn started(merged: &Merged<'_>) -> Vec<Started> {
    let units = programs::units(merged).unwrap_or_default();
    let parts = units.iter().flat_map(|unit| unit.parts.iter().map(move |part| (unit, part)));
    let of_others = parts.filter(|(_, it)| !is_of_operator(&it.provenance.machine_config));
    let started = of_others.filter_map(|(unit, part)| {
        let texts = texts(merged, unit, part);
        let reason = texts.iter().find_map(|it| unseen(it, merged))?;
        Some(Started { texts, provenance: part.provenance.clone(), reason })
    });
    started.collect()
}

/// The units of systemd that are enabled and put the files of extensions below /usr and /etc.
fn extending(merged: &Merged<'_>) -> impl Iterator<Item = Uncertain> {
    ["systemd-sysext.service", "systemd-confext.service"].into_iter().filter_map(|name| {
        let (enabled, machine_config) = merged.unit(name)?.enabled?;
        let provenance = Provenance {
            machine_config: machine_config.to_owned(),
            place: ConfigPlace::Unit(name.to_owned()),
        };
        let reason = Reason::Files(name.trim_end_matches(".service").to_owned());
        (enabled != Field::Known(false)).then_some(Uncertain { provenance, reason })
    })
}

/// The volume of a quadlet that gives a container the directory /etc.
fn container(part: &Part) -> Option<Reason> {
    let is_volume = |it: &&Assignment| ["Volume", "Mount"].contains(&it.key.as_str());
    let mut volumes = part.settings.iter().filter(is_volume);
    volumes.any(|it| is_written_volume(&it.value)).then(|| Reason::Files("podman".to_owned()))
}

/// The program with which a text of commands changes labels or taints of a Node. Other labels than roles do not matter.
fn changes_node(text: &str) -> Option<String> {
    const CHANGES: [&str; 5] = ["edit", "label", "patch", "replace", "taint"];
    const NODE: [&str; 3] = ["no", "node", "nodes"];
    // The value of a label may be a variable.
    let is_of_unknown_key =
        |word: &str| word.split_once('=').is_some_and(|(key, _)| key.contains('$'));
    let is_role_of_node =
        text.contains("node-role") && text.lines().any(|it| it.trim() == "kind: Node");
    let of_command = |command: &str| {
        let words: Vec<&str> =
            command.split(|it: char| it.is_whitespace() || "()`".contains(it)).collect();
        // An image of a container has a tag.
        let name = |word: &str| {
            let name = word.rsplit('/').next().unwrap_or_default();
            name.split([':', '@']).next().unwrap_or_default().to_owned()
        };
        let is_call = words.iter().any(|it| it.contains("PATCH") || it.contains("PUT"));
        if is_call && words.iter().any(|it| it.contains("/api/v1/nodes/")) {
            return words.first().map(|it| name(it));
        }
        let program =
            words.iter().map(|it| name(it)).find(|it| ["kubectl", "oc"].contains(&it.as_str()))?;
        if words.iter().any(|it| ["apply", "create"].contains(it)) && is_role_of_node {
            return Some(program);
        }
        let verb = words.iter().find(|it| CHANGES.contains(it))?;
        let is_of_node =
            words.iter().any(|it| NODE.contains(&it.split('/').next().unwrap_or_default()));
        let is_of_role = *verb != "label"
            || words.iter().any(|it| it.contains("node-role") || is_of_unknown_key(it));
        (is_of_node && is_of_role).then_some(program)
    };
    shell::commands(text).find_map(of_command)
}

/// The condition with which systemd may not start the kubelet (systemd.unit(5)).
fn condition(unit: &Unit, part: &Part) -> Option<Reason> {
    let of_kubelet = part.settings.iter().filter(|_| unit.name == KUBELET_UNIT);
    let is_one = |it: &&Assignment| {
        let is_one = it.key == "ExecCondition"
            || ["Assert", "Condition"].iter().any(|word| it.key.starts_with(word));
        is_one && !it.value.is_empty()
    };
    of_kubelet.into_iter().find(is_one).map(|it| Reason::Condition(it.key.clone()))
}

/// The first program of a text of commands whose contents, or whose files, are unknown.
fn unseen(text: &str, merged: &Merged<'_>) -> Option<Reason> {
    let lines = commands(text);
    let pipelines = lines.iter().flat_map(|it| it.split([';', '&']));
    let mut commands =
        pipelines.flat_map(|it| it.split('|').enumerate().map(|(at, it)| (at > 0, it)));
    let mut directory = String::new();
    commands.find_map(|(is_fed, command)| {
        if let Some(entered) = destinations::entered(command, &directory) {
            directory = entered;
        }
        let words: Vec<&str> = command.split_whitespace().collect();
        let (program, arguments) = shell::program(&words).split_first()?;
        let program = program.trim_start_matches(['-', '@', ':', '+', '!', '(']);
        if mounts::may_be_over_kubelet(command, merged) {
            return Some(Reason::Files("mount".to_owned()));
        }
        if writes_tree(program, arguments, &directory) {
            return Some(Reason::Files(program.to_owned()));
        }
        if shell::is_interpreter(program) || program == "eval" {
            return script(arguments, is_fed, merged);
        }
        if is_unknown_variable(program) {
            return Some(Reason::Script);
        }
        is_unseen(program, merged).then(|| Reason::Program(program.to_owned()))
    })
}

/// The lines of a text that are commands: no text between `<<WORD` and `WORD`.
fn commands(text: &str) -> Vec<&str> {
    let mut end: Option<&str> = None;
    let mut is_in_list = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(word) = end {
            end = Some(word).filter(|it| line.trim() != *it);
            continue;
        }
        // The rest of a condition or of a list begins with no program.
        let is_list =
            found.last().is_some_and(|it: &&str| it.trim_end().ends_with("&&")) || is_in_list;
        is_in_list = (is_in_list || line.contains("=(")) && !line.contains(')');
        if is_list && is_unknown_variable(line.trim_start()) {
            continue;
        }
        // The text for a shell is commands.
        let program = line.split("<<").next().unwrap_or_default().rsplit([';', '&', '|']).next();
        let words: Vec<&str> = program.unwrap_or_default().split_whitespace().collect();
        let is_for_shell =
            shell::program(&words).first().is_some_and(|it| shell::is_interpreter(it));
        end = quotes::text_end(line).filter(|_| !is_for_shell);
        found.push(line);
    }
    found
}

/// Judges the script that a shell, or `eval`, runs.
fn script(arguments: &[&str], is_fed: bool, merged: &Merged<'_>) -> Option<Reason> {
    let is_option = |it: &str| it.starts_with('-') && !["-", "-s"].contains(&it);
    match arguments.iter().copied().find(|it| !is_option(it)) {
        None | Some("-" | "-s") => is_fed.then_some(Reason::Script),
        Some(script)
            if is_unknown_variable(script)
                || ["<(", "$(", "`"].iter().any(|sign| script.starts_with(sign)) =>
        {
            Some(Reason::Script)
        }
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
            ("if [[ $A == x &&\n  $B == y ]]; then", None),
            ("run() { \"$@\"; }", None),
            ("bash <<EOF\n/opt/run\nEOF", Some(program("/opt/run"))),
            ("case $d in\n/dev/sd*) exit ;;\nesac", None),
        ] {
            assert_eq!(unseen(&whole_lines(text), &merged), expected, "{text}");
        }
    }
}
