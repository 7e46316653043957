//! The command line: clap types only, and their conversion into requests.

mod add_disk;
mod add_machine;
mod check;
mod completion;
mod connection;
mod diff;
mod environment;
mod from;
mod help;
mod init;
mod mistakes;
mod options;
mod output;
mod perf;
mod remove_disk;
mod remove_machine;
mod repeated;
mod status;
mod switches;
mod teardown;
mod verb_first;
mod version;
mod write;

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::parser::ValueSource;
use clap::{
    ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum as _,
};

use crate::archive::ArchiveSource;
use crate::model::invocation::{Files, Invocation};

pub use add_disk::{AddDisk, MastersFlags};
pub use add_machine::AddMachine;
pub use check::CheckArgs;
pub use completion::{Completion, CompletionTarget};
pub use connection::{ConnectionFlags, Warnings};
pub use diff::Diff;
pub use environment::Environment;
pub use from::FromFlag;
pub use help::global_options;
pub use init::{Init, InitPlanFlags};
pub use options::Options;
pub use output::{OutputFlags, OutputFormat, ProgressWhen};
pub use perf::Perf;
pub use remove_disk::RemoveDisk;
pub use remove_machine::RemoveMachine;
pub use status::StatusArgs;
pub use teardown::Teardown;
pub use version::VersionArgs;
pub use write::{ConsentFlags, DryRun, PolicyFlags, Validate, WriteFlags};

// Options are shown in the order in which these structs declare them. Help stays within 80 columns.

/// Provision dedicated machines for etcd on OpenShift
#[derive(Debug, Parser)]
#[command(
    name = "oc-etcd",
    version,
    about = "Provision dedicated machines for etcd on OpenShift",
    long_about = "Provision dedicated machines for etcd on OpenShift.\n\n\
        In large clusters on AWS, etcd is slowed down by the control plane components \
        that share its machines. init and add-machine create a machine config pool and \
        machines for etcd, on every OpenShift release from 4.10 to 4.22. add-disk gives \
        the etcd on the masters a disk of its own, from 4.12 on.\n\n\
        OpenShift's etcd operator does not place etcd members on the machines for etcd, \
        and Red Hat supports neither these machines nor the disk.",
    after_help = "Exit codes: 0 done, 1 failed or diff differs, 2 usage, \
        3 refused by a check, 4 declined, 5 problem found, 6 not compared, \
        124 timed out, 130 and 143 interrupted",
    max_term_width = 80,
    help_expected = true,
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    infer_subcommands = false
)]
pub struct Cli {
    /// Flags of the output.
    #[command(flatten)]
    pub output: OutputFlags,
    /// Which cluster, as whom.
    #[command(flatten)]
    pub connection: ConnectionFlags,
    /// What to do.
    #[command(subcommand)]
    pub command: Verb,
    /// The verb's name, as it is typed.
    #[arg(skip)]
    pub verb: String,
    /// The flags that were given and that say what the verb plans: names without dashes, and values.
    #[arg(skip)]
    pub plan_flags: Vec<(String, String)>,
}

impl Cli {
    /// Returns the invocation of the run, for the commands that the run advises.
    #[must_use]
    pub fn invocation(&self, program: &str) -> Invocation {
        let files = self.command.from().map(|it| match it.readable_again() {
            Some(path) => Files::At(path.display().to_string()),
            None => Files::ReadOnce,
        });
        let run = self.connection.invocation(program).over(files);
        let run = run.planning(self.command.planning(), self.plan_flags.clone());
        let takes_ignore_checks = match &self.command {
            // A saved plan has the flags of its own run.
            Verb::Init(init) => init.saved.is_none(),
            Verb::AddMachine(_) | Verb::Diff(_) | Verb::Check(_) => true,
            _ => false,
        };
        if takes_ignore_checks { run.that_ignores_checks() } else { run }
    }
}

/// The verbs. What each does is said at its struct: a comment here would take the place of the long text.
#[expect(missing_docs, reason = "each is documented by its struct")]
#[derive(Debug, Subcommand)]
pub enum Verb {
    Init(Box<Init>),
    Diff(Box<Diff>),
    AddMachine(Box<AddMachine>),
    RemoveMachine(RemoveMachine),
    Teardown(Teardown),
    AddDisk(Box<AddDisk>),
    RemoveDisk(RemoveDisk),
    Status(StatusArgs),
    Check(CheckArgs),
    Perf(Perf),
    Completion(Completion),
    Options(Options),
    Version(VersionArgs),
}

impl Verb {
    /// Where to read, when it is not a cluster.
    #[must_use]
    pub fn from(&self) -> Option<ArchiveSource> {
        match self {
            Self::Init(init) => init.from.place(),
            Self::Status(status) => status.from.place(),
            Self::Check(check) => check.from.place(),
            Self::Diff(diff) => diff.from.place(),
            Self::AddDisk(add) => add.masters.from.place(),
            Self::RemoveDisk(remove) => remove.masters.from.place(),
            _ => None,
        }
    }

    /// Returns whether the command shows something again and again until it is interrupted.
    #[must_use]
    pub const fn watches(&self) -> bool {
        match self {
            Self::Status(status) => status.watch,
            Self::Perf(perf) => perf.watch,
            _ => false,
        }
    }

    /// Returns the verbs that plan the same with the same flags; none for a verb that plans nothing.
    const fn planning(&self) -> &'static [&'static str] {
        match self {
            Self::Init(_) | Self::Diff(_) => &["init", "diff"],
            Self::AddMachine(_) => &["add-machine"],
            Self::AddDisk(_) => &["add-disk"],
            Self::RemoveDisk(_) => &["remove-disk"],
            _ => &[],
        }
    }
}

/// Flags that say how a plan is made, shown and carried out, and not what is planned. A command that is advised asks for
/// consent, and waits.
const NOT_OF_THE_PLAN: [&str; 7] =
    ["from", "plan", "yes", "dry-run", "wait", "timeout", "show-sensitive"];

/// Returns the flags of a verb that were given and that say what is planned.
fn plan_flags(verb: &clap::Command, given: &ArgMatches) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for flag in verb.get_arguments() {
        let Some(name) = flag.get_long().filter(|it| !NOT_OF_THE_PLAN.contains(it)) else {
            continue;
        };
        let id = flag.get_id().as_str();
        if given.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        let has_value = flag.get_action().takes_values();
        let values = given.get_raw(id).into_iter().flatten().filter(|_| has_value);
        let values: Vec<_> = values.map(|it| it.to_string_lossy().into_owned()).collect();
        let values = if has_value { values } else { vec![String::new()] };
        found.extend(values.into_iter().map(|it| (name.to_owned(), it)));
    }
    found
}

/// Parses a command line. Usage and help speak of `oc etcd` or `kubectl etcd`, whichever ran us.
///
/// # Errors
/// clap's, which also stand for `--help` and `--version`.
pub fn parse(
    arguments: impl IntoIterator<Item = OsString>,
    program: &str,
) -> Result<Cli, clap::Error> {
    let command = help::arrange(command(program), program);
    let arguments = help::as_flag(arguments.into_iter().collect());
    let arguments = switches::normalize(arguments, &command)?;
    let arguments = verb_first::verb_first(arguments, &command);
    let described = command.clone();
    let matches = command
        .try_get_matches_from(&arguments)
        .map_err(|error| mistakes::explain(error, &described, &arguments, program))?;
    let cli = Cli::from_arg_matches(&matches)?;
    let (verb, given) = matches.subcommand().unwrap_or(("", &matches));
    let plan_flags = described.find_subcommand(verb).map(|it| plan_flags(it, given));
    let plan_flags = plan_flags.unwrap_or_default();
    let verb = verb.to_owned();
    Ok(Cli { verb, plan_flags, connection: cli.connection.without_empty(), ..cli })
}

/// Returns the flags of the output that also count for a command line that cannot be parsed: the form of the progress
/// output. The last one counts.
#[must_use]
pub fn output_of_usage(arguments: &[OsString]) -> OutputFlags {
    let words: Vec<_> = arguments.iter().map(|it| it.to_string_lossy()).collect();
    let words: Vec<&str> = words.iter().map(|it| &**it).take_while(|it| *it != "--").collect();
    let value = |(at, word): (usize, &&str)| match word.strip_prefix("--progress")? {
        "" => words.get(at + 1).copied().map(str::to_owned),
        rest => rest.strip_prefix('=').map(str::to_owned),
    };
    let last = words.iter().enumerate().filter_map(value).next_back();
    let progress = last.and_then(|it| ProgressWhen::from_str(&it, false).ok()).unwrap_or_default();
    OutputFlags { progress, ..OutputFlags::default() }
}

/// The whole command line, as clap knows it, under the name that runs it.
#[must_use]
pub fn command(program: &str) -> clap::Command {
    let command = repeated::last_counts(Cli::command().bin_name(program));
    if program == "oc etcd" {
        return command;
    }
    let named = |text: &clap::builder::StyledStr| text.to_string().replace("oc etcd", program);
    command.mut_subcommands(|verb| {
        let (long, examples) = (verb.get_long_about().map(named), verb.get_after_help().map(named));
        let verb = match long {
            Some(long) => verb.long_about(long),
            None => verb,
        };
        let verb = match examples {
            Some(examples) => verb.after_help(examples),
            None => verb,
        };
        verb.mut_args(|flag| match flag.get_help().map(named) {
            Some(help) if flag.get_long_help().is_none() => flag.help(help),
            _ => flag,
        })
    })
}

/// The names of the verbs.
#[must_use]
pub fn verbs() -> Vec<String> {
    Cli::command().get_subcommands().map(|it| it.get_name().to_owned()).collect()
}

/// How the program is called, by the name of the file that runs. oc and kubectl run `oc-etcd` and
/// `kubectl-etcd` by a path; a name without a directory is one that was typed.
#[must_use]
pub fn program_name(argv0: Option<&OsStr>, kubectl: Option<&OsStr>) -> String {
    let is_typed = |it: &OsStr| Path::new(it).parent().is_none_or(|it| it.as_os_str().is_empty());
    match argv0.and_then(stem).as_deref() {
        Some(name @ ("oc-etcd" | "kubectl-etcd"))
            if kubectl.is_none() && argv0.is_some_and(is_typed) =>
        {
            name.to_owned()
        }
        Some("kubectl-etcd" | "kubectl_complete-etcd") => {
            let caller = kubectl.and_then(stem).unwrap_or_else(|| "kubectl".to_owned());
            format!("{caller} etcd")
        }
        Some("oc-etcd" | "oc_complete-etcd") | None => "oc etcd".to_owned(),
        Some(other) => other.to_owned(),
    }
}

/// The words to complete, if that is what the program was run for: under a name such as
/// `oc_complete-etcd`, or with `__complete` before them.
#[must_use]
pub fn words_to_complete(arguments: &[OsString]) -> Option<&[OsString]> {
    let (argv0, words) = arguments.split_first()?;
    if stem(argv0).is_some_and(|it| it.ends_with("_complete-etcd")) {
        return Some(words);
    }
    words.split_first().filter(|(first, _)| *first == "__complete").map(|(_, words)| words)
}

/// The name of a file, without `.exe`.
fn stem(path: &OsStr) -> Option<String> {
    Some(Path::new(path).file_stem()?.to_str()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::add_machine::AddMachineRequest;
    use crate::plan::init::InitRequest;

    #[test]
    fn the_command_line_is_sound() {
        command("oc etcd").debug_assert();
    }

    #[test]
    fn the_program_is_called_as_the_user_calls_it() {
        for (argv0, kubectl, expected) in [
            ("/usr/local/bin/oc-etcd", None, "oc etcd"),
            ("oc-etcd", None, "oc-etcd"),
            ("./oc-etcd", None, "oc etcd"),
            ("kubectl-etcd", None, "kubectl-etcd"),
            ("/home/me/.krew/bin/kubectl-etcd", None, "kubectl etcd"),
            ("kubectl-etcd.exe", Some("/opt/k"), "k etcd"),
            ("/home/me/bin/oc_complete-etcd", None, "oc etcd"),
            ("kubectl_complete-etcd", None, "kubectl etcd"),
            ("./target/debug/other", None, "other"),
        ] {
            assert_eq!(program_name(Some(OsStr::new(argv0)), kubectl.map(OsStr::new)), expected);
        }
    }

    #[test]
    fn the_words_to_complete_stand_behind_the_name_or_the_request() {
        let words = |line: &str| -> Vec<OsString> { line.split(' ').map(OsString::from).collect() };
        for (line, expected) in [
            ("/bin/oc_complete-etcd status -", Some("status -")),
            ("kubectl_complete-etcd.exe i", Some("i")),
            ("oc-etcd __complete init --layout x", Some("init --layout x")),
            ("oc-etcd status __complete", None),
            ("oc-etcd", None),
        ] {
            let arguments = words(line);
            assert_eq!(words_to_complete(&arguments), expected.map(words).as_deref(), "{line}");
        }
    }

    #[test]
    fn global_flags_are_accepted_before_and_after_the_verb() {
        for line in [
            &["oc-etcd", "--context", "lab", "-o", "json", "status"][..],
            &["oc-etcd", "status", "--context", "lab", "-o", "json"],
        ] {
            let cli = parse(line.iter().map(Into::into), "oc etcd").unwrap();
            assert_eq!(cli.connection.context.as_deref(), Some("lab"));
            assert_eq!(cli.output.format, Some(OutputFormat::Json));
        }
    }

    #[test]
    fn without_flags_the_requests_are_those_that_check_and_status_judge_by() {
        let verb = |line: &[&str]| parse(line.iter().map(Into::into), "oc etcd").unwrap().command;
        let Verb::AddMachine(add) = verb(&["oc-etcd", "add-machine", "--zone=a"]) else {
            panic!("another verb")
        };
        assert_eq!(add.request("1"), Ok(AddMachineRequest::new(vec!["a".to_owned()], "1")));
        let Verb::Init(init) = verb(&["oc-etcd", "init"]) else { panic!("another verb") };
        assert_eq!(init.request("1"), InitRequest::new("1"));
    }

    #[test]
    fn the_same_command_that_is_advised_plans_the_same_but_for_what_it_sets_anew() {
        for (line, hint, expected) in [
            (
                "init --layout documented -y --dry-run --disk-device=/dev/nvme1n1 --timeout=3s --context lab",
                "to adopt it: oc etcd init --adopt",
                "to adopt it: oc etcd init --adopt --layout=documented --disk-device=/dev/nvme1n1 --context=lab",
            ),
            (
                "init --layout=documented --adopt=true --force-conflicts=false",
                "oc etcd init --layout=inherit",
                "oc etcd init --layout=inherit --adopt",
            ),
            ("init --layout=documented", "oc etcd status --watch", "oc etcd status --watch"),
            (
                "diff --layout=documented --from=/x",
                "KUBECTL_EXTERNAL_DIFF= oc etcd diff --show-sensitive",
                "KUBECTL_EXTERNAL_DIFF= oc etcd diff --show-sensitive --layout=documented --from=/x",
            ),
            (
                "diff --ignore-checks=upgrade-in-progress",
                "oc etcd init",
                "oc etcd init --ignore-checks=upgrade-in-progress",
            ),
            (
                "add-machine --zone=a,b --instance-type m6i.large",
                "oc etcd add-machine --zone a --another",
                "oc etcd add-machine --zone a --another --instance-type=m6i.large",
            ),
            (
                "add-machine --zone=a,b --ignore-checks=upgrade-in-progress",
                "oc etcd init && oc etcd add-machine",
                "oc etcd init && oc etcd add-machine --zone=a --zone=b --ignore-checks=upgrade-in-progress",
            ),
            (
                "add-disk --volume-size 500 --volume-type io2 --iops 9000",
                "oc etcd add-disk --accept-template-changes",
                "oc etcd add-disk --accept-template-changes --volume-size=500 --volume-type=io2 --iops=9000",
            ),
            ("status --watch", "oc etcd status", "oc etcd status"),
        ] {
            let words = ["oc-etcd"].into_iter().chain(line.split(' ')).map(OsString::from);
            let cli = parse(words, "oc etcd").unwrap();
            assert_eq!(&*cli.invocation("oc etcd").speak(hint), expected, "{line}");
        }
    }

    #[test]
    fn no_line_of_help_is_wider_than_80_columns() {
        fn walk(command: &mut clap::Command) {
            for help in [command.render_help(), command.render_long_help()] {
                for line in help.to_string().lines() {
                    assert!(line.chars().count() <= 80, "{}: {line}", command.get_name());
                }
            }
            command.get_subcommands_mut().for_each(walk);
        }
        let mut command = help::arrange(command("kubectl etcd"), "kubectl etcd");
        command.build();
        walk(&mut command);
    }
}
