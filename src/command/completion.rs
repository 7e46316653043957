//! `completion`: scripts for shells, and those through which oc and kubectl ask us.

use std::io;

use anyhow::Result;
use clap_complete::{Shell as Target, generate};

use super::Context;
use crate::cli::{self, CompletionTarget};
use crate::exit::Exit;

/// The programs that a script completes.
const NAMES: [&str; 2] = ["oc-etcd", "kubectl-etcd"];

/// Prints the script; that of a shell is for both names of the program.
pub(super) fn run(target: CompletionTarget, context: &Context) -> Result<Exit> {
    context.terminal.answer(|out| write(target, out))?;
    Ok(Exit::Done)
}

fn write(target: CompletionTarget, out: &mut dyn io::Write) -> io::Result<()> {
    let target = match target {
        CompletionTarget::Bash => return out.write_all(bash().as_bytes()),
        CompletionTarget::Zsh => return write_zsh(out),
        CompletionTarget::Fish => Target::Fish,
        CompletionTarget::PowerShell => Target::PowerShell,
        CompletionTarget::Oc => return out.write_all(asking("oc", "kubectl").as_bytes()),
        CompletionTarget::Kubectl => return out.write_all(asking("kubectl", "oc").as_bytes()),
    };
    for name in NAMES {
        out.write_all(script(target, name).as_bytes())?;
    }
    Ok(())
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

/// Zsh autoloads a file by its first line, so that one function has to serve both names.
fn write_zsh(out: &mut dyn io::Write) -> io::Result<()> {
    let both = NAMES.join(" ");
    let script = script(Target::Zsh, NAMES[0])
        .replace(&format!("#compdef {}\n", NAMES[0]), &format!("#compdef {both}\n"))
        .replace(&format!(" {}\nfi", NAMES[0]), &format!(" {both}\nfi"));
    out.write_all(script.as_bytes())
}

/// Returns the script for bash: one function that serves both names. `clap_complete` 4.6 separates the words of a verb in
/// two ways if the name of the program has a hyphen, and then completes no verb.
fn bash() -> String {
    let name = NAMES[0].replace('-', "_");
    script(Target::Bash, &name).replace(&format!(" {name}\n"), &format!(" {}\n", NAMES.join(" ")))
}

fn script(target: Target, name: &str) -> String {
    let mut script = Vec::new();
    generate(target, &mut cli::command(name), name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
