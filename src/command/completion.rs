//! `completion`: scripts for shells, and those through which oc and kubectl ask us.

use std::io;

use anyhow::Result;
use clap_complete::aot::PowerShell;
use clap_complete::generate;

use super::Context;
use crate::cli::{self, CompletionTarget};
use crate::exit::Exit;

/// The programs that a script completes.
const NAMES: [&str; 2] = ["oc-etcd", "kubectl-etcd"];

// The scripts ask the program, so that each word is completed as through oc and kubectl, and no file is offered where
// the name of a Machine belongs.
const BASH: &str = include_str!("../../completions/oc-etcd.bash");
const ZSH: &str = include_str!("../../completions/_oc-etcd");
const FISH: &str = include_str!("../../completions/oc-etcd.fish");

/// Prints the script; that of a shell is for both names of the program.
pub(super) fn run(target: CompletionTarget, context: &Context) -> Result<Exit> {
    context.terminal.answer(|out| write(target, out))?;
    Ok(Exit::Done)
}

fn write(target: CompletionTarget, out: &mut dyn io::Write) -> io::Result<()> {
    let script = match target {
        CompletionTarget::Bash => BASH.to_owned(),
        CompletionTarget::Zsh => ZSH.to_owned(),
        CompletionTarget::Fish => FISH.to_owned(),
        CompletionTarget::PowerShell => NAMES.map(power_shell).concat(),
        CompletionTarget::Oc => asking("oc", "kubectl"),
        CompletionTarget::Kubectl => asking("kubectl", "oc"),
    };
    out.write_all(script.as_bytes())
}

/// The program that oc or kubectl runs to complete the plugin: it runs the plugin that it finds beside
/// itself, else on the PATH.
fn asking(caller: &str, other: &str) -> String {
    format!(
        "#!/bin/sh\n\
         # {caller} runs this to complete `{caller} etcd`. Its name has to be {caller}_complete-etcd,\n\
         # and its place a directory of the PATH.\n\
         here=${{0%/*}}\n\
         for plugin in \"$here/{caller}-etcd\" \"$here/{other}-etcd\"; do\n    \
             [ -x \"$plugin\" ] && exec \"$plugin\" __complete \"$@\"\n\
         done\n\
         for plugin in {caller}-etcd {other}-etcd; do\n    \
             command -v \"$plugin\" >/dev/null && exec \"$plugin\" __complete \"$@\"\n\
         done\n\
         echo :4\n"
    )
}

/// The script for PowerShell, which knows commands, flags and their fixed values.
fn power_shell(name: &str) -> String {
    let mut script = Vec::new();
    generate(PowerShell, &mut cli::command(name), name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
