//! `completion`: static scripts for shells.

use std::io;

use anyhow::Result;
use clap_complete::Shell as Target;
use clap_complete::generate;

use super::Context;
use crate::cli::{self, Shell};
use crate::exit::Exit;

/// The programs that a script completes.
const NAMES: [&str; 2] = ["oc-etcd", "kubectl-etcd"];

/// Prints the script of a shell, for both names of the program.
pub(super) fn run(shell: Shell, context: &Context) -> Result<Exit> {
    context.terminal.answer(|out| write(shell, out))?;
    Ok(Exit::Done)
}

fn write(shell: Shell, out: &mut dyn io::Write) -> io::Result<()> {
    let target = match shell {
        Shell::Bash => Target::Bash,
        Shell::Zsh => return write_zsh(out),
        Shell::Fish => Target::Fish,
        Shell::PowerShell => Target::PowerShell,
    };
    for name in NAMES {
        out.write_all(script(target, name).as_bytes())?;
    }
    Ok(())
}

/// The Z shell autoloads a file by its first line, so that one function has to serve both names.
fn write_zsh(out: &mut dyn io::Write) -> io::Result<()> {
    let both = NAMES.join(" ");
    let script = script(Target::Zsh, NAMES[0])
        .replace(&format!("#compdef {}\n", NAMES[0]), &format!("#compdef {both}\n"))
        .replace(&format!(" {}\nfi", NAMES[0]), &format!(" {both}\nfi"));
    out.write_all(script.as_bytes())
}

fn script(target: Target, name: &str) -> String {
    let mut script = Vec::new();
    generate(target, &mut cli::command(name), name, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
