//! Flags that are given twice. The last one counts, as for kubectl, so that a shell alias can hold a flag that a
//! command line then sets anew. A flag that names files to read or to write is refused: kubectl's `-f` takes all
//! files, and to pass over one of them would give the answer of another cluster.

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command};

/// The names of the flags that name files.
const FILES: [&str; 4] = ["from", "plan", "save", "compare"];

/// The same command line, of which each flag can be given twice but those that name files.
pub(super) fn last_counts(command: Command) -> Command {
    command.mut_args(of_flag).mut_subcommands(|verb| verb.mut_args(of_flag))
}

fn of_flag(flag: Arg) -> Arg {
    let is_of_files = flag.get_long().is_some_and(|it| FILES.contains(&it));
    if is_of_files || matches!(flag.get_action(), ArgAction::Append | ArgAction::Count) {
        return flag;
    }
    let id = flag.get_id().clone();
    flag.overrides_with(id)
}

/// What to do instead of giving a flag twice.
pub(super) fn tip(error: &clap::Error) -> Option<String> {
    let is_of_files = error.to_string().contains("'--from <DIR>' cannot be used multiple times");
    (error.kind() == ErrorKind::ArgumentConflict && is_of_files)
        .then(|| "put the files into one directory, and name the directory".to_owned())
}

#[cfg(test)]
mod tests {
    fn parse(line: &str) -> Result<crate::cli::Cli, clap::Error> {
        crate::cli::parse(line.split(' ').map(Into::into), "kubectl etcd")
    }

    #[test]
    fn a_file_is_never_passed_over_and_of_other_flags_the_last_one_counts() {
        for twice in [
            "oc-etcd status --from a --from b",
            "oc-etcd init --from a --from=b",
            "oc-etcd init --plan a --plan b",
            "oc-etcd perf --from a b --from c d",
            "oc-etcd perf --compare a --compare b",
            "oc-etcd perf --save a --save b",
        ] {
            let error = parse(twice).unwrap_err().to_string();
            assert!(error.contains("cannot be used multiple times"), "{twice}: {error}");
            let has_tip = error.contains("tip: put the files into one directory");
            assert_eq!(has_tip, twice.contains("--from a --from"), "{twice}: {error}");
        }
        for twice in [
            "oc-etcd --context=a status --context=b -w -w",
            "oc-etcd status -o json -o yaml --insecure-skip-tls-verify --insecure-skip-tls-verify",
            "oc-etcd init --dry-run --dry-run=server --timeout=1m --timeout=2m --yes --yes",
            "oc-etcd add-machine --zone=a --zone=b --instance-type=m5.large --instance-type=m5.xlarge",
            "oc-etcd perf --from a b --for 1m --for 2m",
        ] {
            assert!(parse(twice).is_ok(), "{twice}: {:?}", parse(twice).err());
        }
        let cli = parse("oc-etcd --context=a status --context=b -v 1 -v 6").unwrap();
        assert_eq!((cli.connection.context.as_deref(), cli.connection.verbosity), (Some("b"), 6));
    }
}
