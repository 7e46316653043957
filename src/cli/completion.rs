//! `oc etcd completion`

use clap::{Args, ValueEnum};

/// Print a script that completes what is typed.
///
/// The script completes `oc-etcd` and `kubectl-etcd`, the programs themselves.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # For this shell only\n  source <(oc etcd completion bash)\n\n  \
    # For every fish shell\n  \
    oc etcd completion fish > ~/.config/fish/completions/oc-etcd.fish")]
pub struct Completion {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// The shells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU Bash
    Bash,
    /// The Z shell
    Zsh,
    /// The friendly interactive shell
    Fish,
    /// PowerShell
    #[value(name = "powershell")]
    PowerShell,
}
