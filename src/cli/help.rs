//! How help looks: in kubectl's order, which is long text, examples, options, usage.
//!
//! A verb declares its text as its struct's doc comment, and its examples as `after_help`; where they
//! stand is decided here, once for all of them. A flag of every command that is `hide_short_help` is left
//! to `options`.

use std::ffi::OsString;

use clap::{Arg, Command, CommandFactory as _};

use super::Cli;

/// The verbs by what one wants to do. One that is in no group is shown last.
const GROUPS: [(&str, &[&str]); 4] = [
    ("Setup Commands", &["init", "add-machine"]),
    ("Commands for the Masters", &["add-disk", "remove-disk"]),
    ("Inspection Commands", &["status", "check", "diff", "perf"]),
    ("Removal Commands", &["remove-machine", "teardown"]),
];
const OTHERS: &str = "Other Commands";

/// The same command line, with help as kubectl has it.
pub(super) fn arrange(command: Command, program: &str) -> Command {
    let overview = overview(&command, program);
    let verb = format!(
        "{{about}}{{after-help}}\n\n{{all-args}}\n\nUsage:\n  {{usage}}\n\n{}",
        on_options(program)
    );
    command
        .help_template(overview)
        .mut_args(|flag| if is_left_out(&flag) { flag.hide(true) } else { flag })
        .mut_subcommands(|it| it.help_template(verb.clone()))
}

/// `help status` is `status --help`, as it is for kubectl.
pub(super) fn as_flag(mut arguments: Vec<OsString>) -> Vec<OsString> {
    if arguments.get(1).is_some_and(|it| it == "help") {
        arguments.remove(1);
        arguments.push("--help".into());
    }
    arguments
}

/// The flags of every command, as help shows them.
#[must_use]
pub fn global_options() -> Command {
    let flags = Cli::command();
    let flags = flags.get_arguments().filter(|flag| flag.is_global_set()).cloned();
    Command::new("options")
        .args(flags)
        .disable_help_flag(true)
        .max_term_width(80)
        .help_template("The following options can be passed to any command:\n\n{all-args}\n")
}

fn is_left_out(flag: &Arg) -> bool {
    flag.is_global_set() && flag.is_hide_short_help_set()
}

fn overview(command: &Command, program: &str) -> String {
    format!(
        "{{about}}\n\n{}Usage:\n  {{usage}}\n\n\
         Use \"{program} <command> --help\" for more information about a command.\n{}{{after-help}}\n",
        groups(command),
        on_options(program)
    )
}

fn on_options(program: &str) -> String {
    format!(
        "Use \"{program} options\" for a list of global command-line options\n\
         (applies to all commands)."
    )
}

/// The verbs with what they do, each group under its name.
fn groups(command: &Command) -> String {
    let verbs: Vec<&Command> = command.get_subcommands().filter(|it| !it.is_hide_set()).collect();
    let is_grouped = |it: &Command| GROUPS.iter().any(|(_, names)| names.contains(&it.get_name()));
    let others: Vec<&str> =
        verbs.iter().filter(|it| !is_grouped(it)).map(|it| it.get_name()).collect();
    let width = verbs.iter().map(|it| it.get_name().len()).max().unwrap_or_default();
    let mut text = String::new();
    for (title, names) in GROUPS.into_iter().chain([(OTHERS, &others[..])]) {
        let mut found = names.iter().filter_map(|name| command.find_subcommand(name)).peekable();
        if found.peek().is_none() {
            continue;
        }
        text.push_str(&format!("{title}:\n"));
        for verb in found {
            let about = verb.get_about().map(ToString::to_string).unwrap_or_default();
            text.push_str(&format!("  {:width$}  {about}\n", verb.get_name()));
        }
        text.push('\n');
    }
    text
}
