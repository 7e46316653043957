//! The files of commands that the operating system carries out, each as the unit that would do the same: scripts,
//! tables of cron, rules of udev, quadlets and static Pods. What they run is then judged as what units run.

use serde_json::Value;

use super::text::{Assignment, assignments};
use crate::derive::machine_config::KUBELET_UNIT;
use crate::model::yaml;

/// The files whose commands the operating system itself runs or carries out.
pub(crate) const RUN_BY_THE_SYSTEM: [&str; 15] = [
    "/etc/cron.d/",
    "/etc/crontab",
    "/var/spool/cron/",
    "/etc/tmpfiles.d/",
    "/run/tmpfiles.d/",
    "/usr/lib/tmpfiles.d/",
    "/usr/local/lib/tmpfiles.d/",
    "/etc/udev/rules.d/",
    "/run/udev/rules.d/",
    "/etc/modprobe.d/",
    "/etc/NetworkManager/dispatcher.d/",
    "/etc/rc.local",
    "/etc/rc.d/rc.local",
    QUADLETS,
    MANIFESTS,
];

/// The directory of the files of which Podman makes units with containers (podman-systemd.unit(5)).
const QUADLETS: &str = "/etc/containers/systemd/";

/// The directory of the Pods that the kubelet runs by itself.
const MANIFESTS: &str = "/etc/kubernetes/manifests/";

/// Returns whether a file has the lines of tmpfiles.d(5), which are no commands.
pub(crate) fn is_of_tmpfiles(path: &str) -> bool {
    path.contains("/tmpfiles.d/")
}

/// Returns the settings of the unit that would do what the file at a path has the system do.
pub(super) fn settings(path: &str, text: &str) -> Vec<Assignment> {
    let is_yaml = [".yaml", ".yml", ".json"].iter().any(|it| path.ends_with(it));
    match () {
        () if path.starts_with(MANIFESTS) => unit("After", of_pods(text)),
        () if path.starts_with(QUADLETS) && is_yaml => unit("", of_pods(text)),
        () if path.starts_with(QUADLETS) => of_quadlet(text),
        () if path.contains("/cron") => unit("", text.lines().map(of_cron).collect()),
        () if path.contains("/udev/rules.d/") => of_udev(text),
        () if path.starts_with("/etc/modprobe.d/") => {
            unit("Before", text.lines().filter_map(of_modprobe).collect())
        }
        () if is_of_tmpfiles(path) => Vec::new(),
        () => unit("Before", vec![path.to_owned()]),
    }
}

/// A unit that runs commands, in an order with the kubelet.
fn unit(order: &str, commands: Vec<String>) -> Vec<Assignment> {
    let commands = commands.into_iter().map(|it| setting("Service", "ExecStart", it));
    let order = Some(setting("Unit", order, KUBELET_UNIT.to_owned())).filter(|_| !order.is_empty());
    order.into_iter().chain(commands).collect()
}

fn setting(section: &str, key: &str, value: String) -> Assignment {
    let written = value.clone();
    Assignment { section: section.to_owned(), key: key.to_owned(), value, written }
}

/// The command of a line of a table of cron, which starts in no order with the kubelet: without times and user
/// (crontab(5)).
fn of_cron(line: &str) -> String {
    let times = match line.trim_start().chars().next() {
        Some('@') => 1,
        Some('*' | '0'..='9') => 5,
        _ => return line.to_owned(),
    };
    let mut words: Vec<&str> = line.split_whitespace().skip(times).collect();
    if words.first() == Some(&"root") {
        words.remove(0);
    }
    words.join(" ")
}

/// The command that the kernel runs in the place of loading or removing a module (modprobe.d(5)).
fn of_modprobe(line: &str) -> Option<String> {
    let mut words = line.split_whitespace();
    words.next().filter(|it| ["install", "remove"].contains(it))?;
    Some(words.skip(1).collect::<Vec<_>>().join(" "))
}

/// What rules of udev run and start, with the names of the devices that a rule is for in the place of the name of the
/// device (udev(7)). A character of several is `?`.
fn of_udev(text: &str) -> Vec<Assignment> {
    const PROGRAMS: [&str; 4] = ["RUN", "RUN{program}", "PROGRAM", "IMPORT{program}"];
    let mut found = unit("Before", Vec::new());
    for rule in text.replace("\\\n", " ").lines().filter(|it| !it.trim_start().starts_with('#')) {
        let pieces: Vec<&str> = rule.split('"').collect();
        let keys = pieces.chunks_exact(2).map(|it| {
            let is_operator = |it: char| it.is_whitespace() || ",=+-:!".contains(it);
            (it[0].trim_matches(is_operator), it[1])
        });
        let device = keys.clone().find(|it| it.0 == "KERNEL" && !it.1.contains('|'));
        for (key, value) in keys {
            let key = match key {
                _ if PROGRAMS.contains(&key) => "ExecStart",
                "ENV{SYSTEMD_WANTS}" => "Wants",
                _ => continue,
            };
            let value = device.map_or_else(|| value.to_owned(), |it| with_device(value, it.1));
            found.push(setting("Service", key, value));
        }
    }
    found
}

/// A value of a rule of udev for the devices of a pattern.
fn with_device(value: &str, pattern: &str) -> String {
    let mut pieces = pattern.split('[');
    let mut name = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        name.push('?');
        name.push_str(piece.split_once(']').map_or("", |it| it.1));
    }
    let path = format!("/dev/{name}");
    let values = [("%k", &name), ("$kernel", &name), ("%N", &path), ("$devnode", &path)];
    values.into_iter().fold(value.to_owned(), |value, (from, to)| value.replace(from, to))
}

/// The unit that Podman makes of a quadlet. What it says of a container is the command that starts the container.
fn of_quadlet(text: &str) -> Vec<Assignment> {
    const OF_COMMAND: [&str; 6] = ["PodmanArgs", "AddDevice", "Volume", "Mount", "Image", "Exec"];
    let all = assignments(text).into_iter();
    let (of_container, mut found): (Vec<_>, Vec<_>) =
        all.partition(|it| ["Container", "Pod"].contains(&it.section.as_str()));
    let words =
        OF_COMMAND.iter().flat_map(|key| of_container.iter().filter(move |it| it.key == *key));
    let words: Vec<&str> = words.map(|it| it.value.as_str()).collect();
    found.push(setting("Service", "ExecStart", format!("podman run {}", words.join(" "))));
    found
}

/// The commands that would start the containers of Pods with the same volumes and programs.
fn of_pods(text: &str) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let of_pod = |pod: Value| {
        let spec = &pod["spec"];
        let spec = if spec["template"].is_object() { &spec["template"]["spec"] } else { spec };
        let volumes = list(&spec["volumes"]);
        let of_container = |it: Value| {
            let volume = |mount: &Value| {
                let volume = volumes.iter().find(|it| it["name"] == mount["name"])?;
                let mode = if mount["readOnly"] == true { "ro" } else { "rw" };
                Some(format!("-v {}:/host:{mode}", volume["hostPath"]["path"].as_str()?))
            };
            let words = list(&it["command"]).into_iter().chain(list(&it["args"]));
            let words = words.filter_map(|it| it.as_str().map(str::to_owned));
            let volumes = list(&it["volumeMounts"]).iter().filter_map(volume).collect::<Vec<_>>();
            let image = it["image"].as_str().unwrap_or_default().to_owned();
            let all = volumes.into_iter().chain([image]).chain(words).collect::<Vec<_>>();
            format!("podman run {}", all.join(" "))
        };
        let containers = list(&spec["initContainers"]).into_iter().chain(list(&spec["containers"]));
        containers.map(of_container).collect::<Vec<_>>()
    };
    yaml::documents(text).unwrap_or_default().into_iter().flat_map(of_pod).collect()
}
