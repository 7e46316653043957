//! `oc etcd completion`

use clap::{Args, ValueEnum};

/// Print a script that completes what is typed.
///
/// oc from 4.15 on and kubectl from 1.26 on complete a plugin by running a program of their own name
/// beside it: `oc_complete-etcd`, `kubectl_complete-etcd`. `completion oc` and `completion kubectl` print it, as a
/// shell script to save on the PATH; on Windows, save a copy of this program under that name instead. It
/// completes commands, flags and values. Zones and machines are asked of the cluster, for a second at
/// most; a credential plugin is run for that only where the kubeconfig says `interactiveMode: Never`.
///
/// The scripts for shells complete the programs themselves, `oc-etcd` and `kubectl-etcd`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # For oc, in every shell that completes oc itself\n  \
    oc etcd completion oc > ~/.local/bin/oc_complete-etcd\n  \
    chmod +x ~/.local/bin/oc_complete-etcd\n\n  \
    # For kubectl\n  \
    oc etcd completion kubectl > ~/.local/bin/kubectl_complete-etcd\n  \
    chmod +x ~/.local/bin/kubectl_complete-etcd\n\n  \
    # For `oc-etcd` itself, in this shell\n  source <(oc etcd completion bash)")]
pub struct Completion {
    /// Whose completion
    #[arg(value_enum, value_name = "SHELL")]
    pub target: CompletionTarget,
}

/// Whose completion a script serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompletionTarget {
    /// GNU Bash
    Bash,
    /// The Z shell
    Zsh,
    /// The friendly interactive shell
    Fish,
    /// PowerShell
    #[value(name = "powershell")]
    PowerShell,
    /// oc, in whichever shell
    Oc,
    /// kubectl, in whichever shell
    Kubectl,
}
