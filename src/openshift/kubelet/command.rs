//! The command that starts the kubelet, and its flags (kubernetes `cmd/kubelet/app/options`).

use super::boot::Boot;
use super::environment::UnitEnvironment;
use super::merged::Merged;
use super::service::Service;
use super::shell;
use super::text::words;
use super::{KubeletDoubt, Provenance, Role};
use crate::model::field::Field;
use crate::model::names::NODE_ROLE_PREFIX;

/// Programs that start the kubelet with all of its arguments and none of their own.
const PLAIN_WRAPPERS: [&str; 2] = ["kubenswrapper", "kubensenter"];

/// Programs that start another one behind options of their own, and pass its arguments on.
const WRAPPERS: [&str; 15] = [
    "chrt", "env", "ionice", "nice", "nohup", "nsenter", "numactl", "prlimit", "runcon", "setarch",
    "setpriv", "setsid", "stdbuf", "taskset", "unshare",
];

/// An item of the list of a flag.
#[derive(Clone)]
pub(crate) struct FlagItem {
    pub(crate) text: String,
    pub(crate) provenance: Provenance,
}

/// The kubelet's flags that decide on its registration. A flag that stands twice is there twice.
pub(crate) struct KubeletCommand {
    labels: Vec<Argument>,
    taints: Vec<Argument>,
    pub(crate) config: Option<String>,
    pub(crate) config_directory: Option<String>,
    pub(crate) provenance: Provenance,
    /// The command as its file has the command, with a newline character for each continuation.
    pub(crate) written: String,
    pub(crate) environment: UnitEnvironment,
}

impl KubeletCommand {
    /// The labels of all flags.
    pub(crate) fn labels(&self) -> Result<Vec<FlagItem>, KubeletDoubt> {
        let lists = self.labels.iter().map(|it| items(it, &self.environment));
        Ok(lists.collect::<Result<Vec<_>, _>>()?.concat())
    }

    /// The taints of the last flag. `None` where no flag has any.
    pub(crate) fn taints(&self) -> Result<Option<Vec<FlagItem>>, KubeletDoubt> {
        self.taints.last().map(|it| items(it, &self.environment)).transpose()
    }

    fn take_flags(&mut self, arguments: Vec<Argument>) -> Result<(), KubeletDoubt> {
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            if argument.text == "--" {
                break;
            }
            let (name, value) = match argument.text.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (argument.text.as_str(), None),
            };
            let plain = name.replace("%%", "");
            if !argument.is_literal && plain.contains('%') && plain.contains('-') {
                let why = "has a specifier of systemd in the place of a flag";
                return Err(KubeletDoubt::about(&argument.provenance, why));
            }
            let name = if argument.is_literal || !name.contains('$') {
                name.to_owned()
            } else {
                let expanded = self.environment.expand(name, &argument.provenance)?.text;
                if expanded.is_empty() || expanded.contains('=') || value.is_some() {
                    let why = "has a variable in place of a flag";
                    return Err(KubeletDoubt::about(&argument.provenance, why));
                }
                expanded
            };
            // The kubelet takes `_` for `-` in the names of its flags (`WordSepNormalizeFunc`).
            let usual = name.replace('_', "-");
            let is_known = |it: &&str| *it == usual;
            let flags = ["--node-labels", "--register-with-taints", "--config", "--config-dir"];
            let Some(flag) = flags.iter().find(|it| is_known(it)) else {
                if usual == "--register-node" && value.as_deref().is_some_and(|it| it != "true") {
                    return Err(KubeletDoubt::about(
                        &argument.provenance,
                        "prevents the kubelet from registering a Node",
                    ));
                }
                continue;
            };
            let value = match value {
                Some(text) => Argument { text, ..argument },
                None => arguments.next().ok_or_else(|| {
                    KubeletDoubt::about(&argument.provenance, format!("has no value for {flag}"))
                })?,
            };
            match *flag {
                "--node-labels" => self.labels.push(value),
                "--register-with-taints" => self.taints.push(value),
                "--config" => self.config = Some(whole(&value, &self.environment)?),
                _ => self.config_directory = Some(whole(&value, &self.environment)?),
            }
        }
        Ok(())
    }
}

/// An argument. A literal one has its variables expanded already.
struct Argument {
    text: String,
    provenance: Provenance,
    is_literal: bool,
}

impl FlagItem {
    fn role(&self) -> Option<&str> {
        self.text.strip_prefix(NODE_ROLE_PREFIX)
    }

    /// The role that the item gives as a label: `node-role.kubernetes.io/etcd=`.
    pub(crate) fn into_label(self) -> Option<Role> {
        let name = self.role()?.split('=').next().unwrap_or_default();
        Some(Role {
            name: printable(name.trim()),
            effect: String::new(),
            provenance: self.provenance,
        })
    }

    /// The role that the item gives as a taint: `node-role.kubernetes.io/etcd=:NoSchedule`.
    pub(crate) fn into_taint(self) -> Option<Role> {
        let (name, effect) = self.role()?.rsplit_once(':').unwrap_or((self.role()?, "none"));
        let name = name.split('=').next().unwrap_or_default();
        Some(Role { name: printable(name), effect: printable(effect), provenance: self.provenance })
    }
}

/// The name of a role where it is one, so that nothing else is ever shown.
pub(crate) fn printable(name: &str) -> String {
    let is_name = !name.is_empty()
        && name.len() <= 63
        && name.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '-' | '.' | '_'));
    if is_name { name.to_owned() } else { "with an invalid name".to_owned() }
}

/// Reads the one command of the service. `is_checked` says whether our unit checks the command on the machine.
pub(crate) fn read(
    boot: &Boot<'_>,
    service: &Service,
    is_checked: bool,
) -> Result<KubeletCommand, KubeletDoubt> {
    let merged = boot.merged()?;
    let commands = service.commands();
    let (assignment, provenance) = match commands[..] {
        [(assignment, provenance)] => (assignment, provenance),
        [] => {
            // The last assignment is empty, where there is any.
            let reset = service.settings.iter().rfind(|(it, _)| it.key == "ExecStart");
            return Err(match reset {
                Some((_, by)) => KubeletDoubt::about(by, "resets ExecStart and sets no command"),
                None => KubeletDoubt::about(&service.fragment, "has no ExecStart"),
            });
        }
        [.., (_, last)] => {
            let why = format!("is one of {} commands, which systemd rejects", commands.len());
            return Err(KubeletDoubt::about(last, why));
        }
    };
    let environment = UnitEnvironment::of(boot, service, is_checked)?;
    let arguments = arguments(&assignment.value, provenance, &environment)?;
    let arguments = after_wrappers(merged, arguments, provenance)?;
    let mut command = KubeletCommand {
        labels: Vec::new(),
        taints: Vec::new(),
        config: None,
        config_directory: None,
        provenance: provenance.clone(),
        written: assignment.written.clone(),
        environment,
    };
    command.take_flags(arguments)?;
    Ok(command)
}

/// The words of the command, its program without the signs that systemd takes before a program.
fn arguments(
    value: &str,
    provenance: &Provenance,
    environment: &UnitEnvironment,
) -> Result<Vec<Argument>, KubeletDoubt> {
    let words = words(value)
        .ok_or_else(|| KubeletDoubt::about(provenance, "has a command with invalid quotes"))?;
    let mut words = words.into_iter();
    let first = words.next().unwrap_or_default();
    let program = first.trim_start_matches(['-', ':', '+', '!', '@', '|']);
    let signs = &first[..first.len() - program.len()];
    let argument =
        |text: String, is_literal| Argument { text, provenance: provenance.clone(), is_literal };
    let mut found = vec![argument(program.to_owned(), true)];
    if signs.contains('@') {
        // The name under which the program runs.
        words.next();
    }
    for word in words {
        if word == ";" {
            return Err(KubeletDoubt::about(provenance, "has more than one command"));
        }
        if signs.contains(':') {
            found.push(argument(word, true));
            continue;
        }
        match environment.split(&word, provenance)? {
            None => found.push(argument(word, false)),
            Some(words) => found.extend(words.into_iter().map(|(text, provenance)| Argument {
                text,
                provenance,
                is_literal: true,
            })),
        }
    }
    Ok(found)
}

/// The kubelet's own arguments.
fn after_wrappers(
    merged: &Merged<'_>,
    mut arguments: Vec<Argument>,
    provenance: &Provenance,
) -> Result<Vec<Argument>, KubeletDoubt> {
    let mut at = 0;
    while let Some(argument) = arguments.get(at) {
        if let Some(file) = merged.file(&argument.text)? {
            match file.text {
                Field::Known(text) if passes_arguments_on(&text) => {}
                Field::Unknown(why) => return Err(KubeletDoubt::Unknown(file.provenance, why)),
                Field::Known(_) | Field::Absent => {
                    if !["kubelet", "hyperkube"].contains(&shell::name(&argument.text)) {
                        // With other contents, the file would pass on these arguments.
                        after_wrappers(merged, arguments.split_off(at + 1), provenance)?;
                    }
                    let why = "starts the kubelet and may give it other flags";
                    return Err(KubeletDoubt::about(&file.provenance, why));
                }
            }
        }
        let is_script = argument.text.starts_with('/') && merged.file(&argument.text)?.is_some();
        let next = arguments.get(at + 1).map(|it| it.text.as_str());
        match shell::name(&argument.text) {
            "kubelet" => return Ok(arguments.into_iter().skip(at + 1).collect()),
            "hyperkube" if next == Some("kubelet") => {
                return Ok(arguments.into_iter().skip(at + 2).collect());
            }
            program if PLAIN_WRAPPERS.contains(&program) || is_script => at += 1,
            program if WRAPPERS.contains(&program) => {
                let is_program = |it: &&Argument| {
                    it.text.starts_with('/')
                        || matches!(shell::name(&it.text), "kubelet" | "hyperkube")
                };
                let Some(next) = arguments.iter().skip(at + 1).position(|it| is_program(&it))
                else {
                    return Err(KubeletDoubt::about(provenance, "does not start the kubelet"));
                };
                at += 1 + next;
            }
            _ => {
                let why = "starts the kubelet through an unknown program";
                return Err(KubeletDoubt::about(provenance, why));
            }
        }
    }
    Err(KubeletDoubt::about(provenance, "does not start the kubelet"))
}

/// Returns whether a script does nothing to the kubelet's arguments but pass them on: each `exec` ends with
/// all of them, behind a program that is known and words that are written out, no other file is read in, and
/// nothing speaks of what decides on the registration.
fn passes_arguments_on(script: &str) -> bool {
    const CHANGES: [&str; 9] = [
        "node-labels",
        "node_labels",
        "register",
        "node-role",
        "--config",
        "shift",
        "set --",
        "$*",
        "eval ",
    ];
    let lines = || script.lines().map(str::trim).filter(|it| !it.starts_with('#'));
    let words = |it: &'_ str| it.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let is_plain = |statement: &str| {
        let words = words(statement);
        if matches!(words.first().map(String::as_str), Some("." | "source")) {
            return false;
        }
        let Some(at) = words.iter().position(|it| it == "exec") else { return true };
        let Some((last, before)) = words[at + 1..].split_last() else { return false };
        let is_written_out =
            |it: &String| !it.contains(['$', '`', '(', '\'', '"', '\\', '*', '?', '[', '{']);
        let is_known = |it: &String| {
            let name = it.rsplit('/').next().unwrap_or_default();
            name == "kubelet" || PLAIN_WRAPPERS.contains(&name) || WRAPPERS.contains(&name)
        };
        last == "\"$@\"" && before.iter().all(is_written_out) && before.first().is_none_or(is_known)
    };
    let starts = |it: &str| it.split_whitespace().any(|word| word == "exec");
    let mut statements = lines().flat_map(|it| it.split([';', '&', '|'])).map(str::trim);
    lines().any(starts)
        && !lines().any(|it| CHANGES.iter().any(|change| it.contains(change)))
        && statements.all(is_plain)
}

fn whole(value: &Argument, environment: &UnitEnvironment) -> Result<String, KubeletDoubt> {
    if value.is_literal {
        return Ok(value.text.clone());
    }
    environment.expand(&value.text, &value.provenance).map(|it| it.text)
}

/// The items of a list. One that a variable brings has the place of the variable.
fn items(value: &Argument, environment: &UnitEnvironment) -> Result<Vec<FlagItem>, KubeletDoubt> {
    let mut found = Vec::new();
    for written in value.text.split(',') {
        let (text, variable) = if value.is_literal {
            (written.to_owned(), None)
        } else {
            let expanded = environment.expand(written, &value.provenance)?;
            (expanded.text, expanded.variable)
        };
        let provenance = variable.unwrap_or_else(|| value.provenance.clone());
        let parts = text.split(',').map(str::trim).filter(|it| !it.is_empty());
        found.extend(
            parts.map(|it| FlagItem { text: it.to_owned(), provenance: provenance.clone() }),
        );
    }
    Ok(found)
}
