//! `oc etcd completion`

use clap::{Args, ValueEnum};

/// Print a shell completion script.
///
/// To complete the arguments of a plugin, oc 4.15 or later and kubectl 1.26 or later run an executable named
/// `oc_complete-etcd` or `kubectl_complete-etcd`. `completion oc` and `completion kubectl` print this
/// executable as a shell script; save the script in a directory on the PATH. On Windows, save a copy of this
/// program under that name instead. Commands, flags and values are completed. Names of zones and machines
/// are read from the cluster, with a timeout of one second. A credential plugin is run for completion only
/// if the kubeconfig sets `interactiveMode: Never`.
///
/// The scripts for shells complete direct calls of `oc-etcd` and `kubectl-etcd`. The scripts for bash, zsh and fish ask
/// the program in the same way; the script for PowerShell completes commands, flags and fixed values.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # Enable completion for oc, in every shell in which oc has completion\n  \
    oc etcd completion oc > ~/.local/bin/oc_complete-etcd\n  \
    chmod +x ~/.local/bin/oc_complete-etcd\n\n  \
    # Enable completion for kubectl\n  \
    oc etcd completion kubectl > ~/.local/bin/kubectl_complete-etcd\n  \
    chmod +x ~/.local/bin/kubectl_complete-etcd\n\n  \
    # Enable completion for direct calls of `oc-etcd`, in this shell\n  source <(oc etcd completion bash)")]
pub struct Completion {
    /// Shell or client
    #[arg(value_enum, value_name = "SHELL")]
    pub target: CompletionTarget,
}

/// Whose completion a script serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompletionTarget {
    /// GNU Bash
    Bash,
    /// Zsh
    Zsh,
    /// fish
    Fish,
    /// PowerShell
    #[value(name = "powershell")]
    PowerShell,
    /// oc, in any shell
    Oc,
    /// kubectl, in any shell
    Kubectl,
}
