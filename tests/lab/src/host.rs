//! A machine, as far as the start of its kubelet goes: a rendered config's files and units in a directory, and
//! the units of oc-etcd that stand before the kubelet, run as they are.
//!
//! systemd itself is imitated by `host/systemctl.sh`, which reads units on its own. It is the only place for
//! that, for the tests of the script and for the Nodes of the stand-ins.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context as _, Result};
use serde_json::Value;

const SYSTEMCTL: &str = include_str!("host/systemctl.sh");
/// The directory on the machine that holds what oc-etcd runs there.
const OURS: &str = "/etc/oc-etcd/";
const KUBELET: &str = "kubelet.service";

/// A machine's root.
#[derive(Debug)]
pub struct Host {
    root: PathBuf,
}

/// What became of a start of the kubelet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// The kubelet runs with these words, variables replaced.
    Kubelet(Vec<String>),
    /// It was not started, for what the console says.
    Stopped(String),
}

impl Host {
    /// A machine with nothing but a release of its operating system, in an existing empty directory.
    pub fn new(root: &Path) -> Result<Self> {
        let host = Self { root: root.to_owned() };
        host.write("/etc/os-release", "NAME=\"Red Hat Enterprise Linux CoreOS\"\nID=\"rhcos\"\n")?;
        host.write("/bin/systemctl", SYSTEMCTL)?;
        let program = fs::Permissions::from_mode(0o755);
        fs::set_permissions(host.path("/bin/systemctl"), program)?;
        host.write("/dev/console", "")?;
        Ok(host)
    }

    /// Writes what a config holds, as Ignition does: files, units and drop-ins.
    pub fn write_config(&self, config: &Value) -> Result<()> {
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        for file in list(&config["storage"]["files"]) {
            let source = file["contents"]["source"].as_str().and_then(data_of_url);
            if let (Some(path), Some(text)) = (file["path"].as_str(), source) {
                self.write(path, &text)?;
            }
        }
        for unit in list(&config["systemd"]["units"]) {
            let Some(name) = unit["name"].as_str() else { continue };
            let path = format!("/etc/systemd/system/{name}");
            if unit["mask"] == true {
                fs::create_dir_all(self.path("/etc/systemd/system"))?;
                std::os::unix::fs::symlink("/dev/null", self.path(&path))?;
            } else if let Some(text) = unit["contents"].as_str().filter(|text| !text.is_empty()) {
                self.write(&path, text)?;
            }
            for drop_in in list(&unit["dropins"]) {
                if let (Some(name), Some(text)) =
                    (drop_in["name"].as_str(), drop_in["contents"].as_str())
                {
                    self.write(&format!("{path}.d/{name}"), text)?;
                }
            }
            if unit["enabled"] == true {
                self.write(&format!("/enabled/{name}"), "")?;
            }
        }
        Ok(())
    }

    /// Where a path of the machine is.
    #[must_use]
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// Writes a file of the machine.
    pub fn write(&self, path: &str, text: &str) -> Result<()> {
        let file = self.path(path);
        if let Some(directory) = file.parent() {
            fs::create_dir_all(directory)?;
        }
        fs::write(&file, text).with_context(|| format!("write {path}"))
    }

    /// What systemd does when it starts the kubelet: the units of ours that the kubelet requires, what is to run before the
    /// kubelet, and the kubelet. The script of ours tries once.
    pub fn start_kubelet(&self) -> Result<Start> {
        self.start_kubelet_after(|_| Ok(()))
    }

    /// The same, with what other units do between the units of ours and the kubelet.
    pub fn start_kubelet_after(&self, between: impl FnOnce(&Self) -> Result<()>) -> Result<Start> {
        for unit in self.required_units()? {
            for line in unit.lines().filter_map(|line| line.strip_prefix("ExecStart=")) {
                let line = line.replace(" derive ", " try ");
                if let Some(stopped) = stopped(&self.run(&line, &BTreeMap::new())?, &self.root) {
                    return Ok(Start::Stopped(stopped));
                }
            }
        }
        between(self)?;
        let environment = self.environment()?;
        for line in self.effective("ExecStartPre")? {
            if !line.contains(OURS) {
                continue;
            }
            if let Some(stopped) = stopped(&self.run(&line, &environment)?, &self.root) {
                return Ok(Start::Stopped(stopped));
            }
        }
        let words = self.systemctl(&["words"])?;
        let words = words.lines().filter_map(|word| expanded(word, &environment));
        Ok(Start::Kubelet(words.collect()))
    }

    /// How often systemd was told to read its units anew.
    #[must_use]
    pub fn reloads(&self) -> usize {
        fs::read_to_string(self.path("/reloads")).unwrap_or_default().lines().count()
    }

    /// Runs the stand-in for systemctl.
    pub fn systemctl(&self, arguments: &[&str]) -> Result<String> {
        let output = self.command(&self.path("/bin/systemctl")).args(arguments).output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// The enabled units of ours that the kubelet requires.
    fn required_units(&self) -> Result<Vec<String>> {
        let enabled = self.path("/enabled");
        let mut names: Vec<PathBuf> = match fs::read_dir(&enabled) {
            Ok(entries) => entries.map(|it| it.map(|it| it.path())).collect::<Result<_, _>>()?,
            Err(_) => Vec::new(),
        };
        names.sort();
        let read = |name: PathBuf| {
            let unit = self.path("/etc/systemd/system").join(name.file_name()?);
            fs::read_to_string(unit).ok()
        };
        let is_before_kubelet = |unit: &String| {
            unit.lines().any(|line| line == format!("RequiredBy={KUBELET}")) && unit.contains(OURS)
        };
        Ok(names.into_iter().filter_map(read).filter(is_before_kubelet).collect())
    }

    /// Runs a command line of ours, its absolute paths taken as those of the machine.
    fn run(&self, line: &str, environment: &BTreeMap<String, String>) -> Result<Output> {
        let mut words = line.split_whitespace();
        let program = words.next().context("an empty command")?;
        let on_machine = |word: &str| {
            if word.starts_with('/') {
                self.path(word).display().to_string()
            } else {
                word.to_owned()
            }
        };
        self.command(Path::new(program))
            .args(words.map(on_machine))
            .envs(environment)
            .output()
            .with_context(|| format!("run {program}"))
    }

    fn command(&self, program: &Path) -> Command {
        let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", self.path("/bin").display());
        let mut command = Command::new(program);
        command.env_clear().env("PATH", path).env("HOST", &self.root);
        command
    }

    /// What a list of the kubelet's unit holds, after its last empty value.
    fn effective(&self, key: &str) -> Result<Vec<String>> {
        let mut list = Vec::new();
        for line in self.systemctl(&["settings"])?.lines() {
            match line.strip_prefix(key).and_then(|rest| rest.strip_prefix('=')) {
                Some("") => list.clear(),
                Some(value) => list.push(value.to_owned()),
                None => {}
            }
        }
        Ok(list)
    }

    /// The variables of the kubelet's unit: `Environment=`, then the files, of which some may be missing.
    fn environment(&self) -> Result<BTreeMap<String, String>> {
        let mut variables = BTreeMap::new();
        let mut add = |assignment: &str| {
            let assignment = assignment.trim().trim_matches('"');
            if let Some((name, value)) = assignment.split_once('=') {
                let value = value.trim_matches(['"', '\'']);
                variables.insert(name.to_owned(), value.to_owned());
            }
        };
        self.effective("Environment")?.iter().for_each(|it| add(it));
        for file in self.effective("EnvironmentFile")? {
            let text = fs::read_to_string(self.path(file.trim_start_matches('-')));
            let text = text.unwrap_or_default();
            text.lines().filter(|line| !line.trim_start().starts_with('#')).for_each(&mut add);
        }
        Ok(variables)
    }
}

/// What a run that failed said, without the directory that stands for the machine's root.
fn stopped(output: &Output, root: &Path) -> Option<String> {
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.replace(&root.display().to_string(), "");
    (!output.status.success()).then(|| said.trim_end().to_owned())
}

/// A word of a command with its variables replaced; `None` for a word that is a variable without a value.
fn expanded(word: &str, variables: &BTreeMap<String, String>) -> Option<String> {
    let mut text = String::new();
    let mut rest = word;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}').unwrap_or((after, ""));
        text.push_str(before);
        text.push_str(variables.get(name).map_or("", String::as_str));
        rest = tail;
    }
    text.push_str(rest);
    (!text.is_empty()).then_some(text)
}

/// The text of a `data:` URL, percent-encoded or in base64, not compressed.
fn data_of_url(url: &str) -> Option<String> {
    use base64::Engine as _;
    let (head, body) = url.strip_prefix("data:")?.split_once(',')?;
    if head.ends_with(";base64") {
        let bytes = base64::engine::general_purpose::STANDARD.decode(body).ok()?;
        return String::from_utf8(bytes).ok();
    }
    let mut bytes = Vec::new();
    let mut rest = body.as_bytes();
    while let [first, tail @ ..] = rest {
        if let (b'%', [a, b, after @ ..]) = (first, tail) {
            let digits = [*a, *b];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            rest = after;
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}
