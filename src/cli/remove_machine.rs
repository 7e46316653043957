//! `oc etcd remove-machine`

use std::time::Duration;

use clap::Args;

use super::write::{self, ConsentFlags};
use crate::model::kind::Kind;
use crate::plan::remove_machine::{Absent, RemoveMachineRequest};
use crate::request::WriteSettings;

/// Delete etcd machines.
///
/// The command waits until the Machines and their Nodes are deleted. A machine is never deleted if it runs
/// an etcd member, if it belongs to the control plane, or if either is unknown. To delete a machine that
/// oc-etcd did not create, type the machine's name at the prompt, or repeat the name with --confirm.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # Show which machine would be deleted\n  oc etcd remove-machine lab-x99n4-etcd-2 --dry-run=client\n\n  \
    # Delete a machine and wait until the Machine and its Node are deleted\n  \
    oc etcd remove-machine lab-x99n4-etcd-2\n\n  \
    # Delete a machine in a script, if the machine exists\n  \
    oc etcd remove-machine lab-x99n4-etcd-2 --yes --ignore-not-found\n\n  \
    # Delete a machine that oc-etcd did not create, in a script\n  \
    oc etcd remove-machine other-etcd-0 --yes --confirm=other-etcd-0")]
pub struct RemoveMachine {
    /// Machine names as listed by `oc etcd status`
    #[arg(value_name = "NAME", required = true, value_parser = name)]
    pub names: Vec<String>,
    /// Delete this machine although oc-etcd did not create it; can be repeated
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = name)]
    pub confirm: Vec<String>,
    /// Treat a missing machine as a successful delete
    #[arg(long)]
    pub ignore_not_found: bool,
    /// Flags of the consent, of the dry run and of the wait.
    #[command(flatten)]
    pub consent: ConsentFlags,
    /// Time to wait before giving up; 0 waits without limit
    #[arg(long, value_name = "TIME", default_value = "30m", value_parser = write::timeout)]
    pub timeout: Duration,
}

/// A name, or `machine.machine.openshift.io/NAME` as `-o name` prints it, with any name of the resource.
fn name(text: &str) -> Result<String, String> {
    let is_machine = |kind: &str| {
        let (resource, group) =
            kind.split_once('.').unwrap_or((kind, Kind::Machine.resource().group));
        let group = group.strip_prefix("v1beta1.").unwrap_or(group);
        matches!(resource, "machine" | "machines") && group == Kind::Machine.resource().group
    };
    let name = match text.split_once('/') {
        Some((kind, name)) if is_machine(kind) => name,
        _ => text,
    };
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
    if !name.is_empty() && name.chars().all(is_plain) {
        return Ok(name.to_owned());
    }
    Err(format!("`{text}` is not a Machine name such as lab-etcd-0"))
}

impl RemoveMachine {
    /// Returns the request of the flags, each name once.
    #[must_use]
    pub fn request(&self) -> RemoveMachineRequest {
        let mut names: Vec<String> = Vec::new();
        for name in &self.names {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        RemoveMachineRequest {
            names,
            confirmed: self.confirm.iter().cloned().collect(),
            absent: if self.ignore_not_found { Absent::Fulfilled } else { Absent::Mistake },
        }
    }

    /// Returns the settings of the run.
    #[must_use]
    pub fn settings(&self) -> WriteSettings {
        self.consent.settings(write::deadline(self.timeout))
    }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn a_machine_is_named_as_any_command_names_it() {
        for kind in [
            "",
            "machine/",
            "machines/",
            "machine.machine.openshift.io/",
            "machines.machine.openshift.io/",
            "machines.v1beta1.machine.openshift.io/",
        ] {
            assert_eq!(name(&format!("{kind}lab-etcd-0")).as_deref(), Ok("lab-etcd-0"), "{kind}");
        }
        for text in ["machine/", "node/lab-etcd-0", "machines.cluster.x-k8s.io/lab-etcd-0", "a/b/c"]
        {
            assert!(name(text).is_err(), "{text}");
        }
    }
}
