use super::*;
use crate::cli;

/// Returns the completions behind these words, where the source has `found`; the last word is being typed.
fn answer(line: &str, found: &[&str]) -> Completions {
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let found = found.iter().map(|it| Candidate::new(*it, "")).collect();
    suggest(&cli::command("oc etcd"), &words).answer(found)
}

fn values(line: &str, found: &[&str]) -> Vec<String> {
    answer(line, found).candidates.into_iter().map(|it| it.value).collect()
}

fn source(line: &str) -> Option<ValueSource> {
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    suggest(&cli::command("oc etcd"), &words).source
}

#[test]
fn verbs_come_first_each_with_what_it_does() {
    let verbs = answer("", &[]).candidates;
    let status = verbs.iter().find(|it| it.value == "status").unwrap();
    assert_eq!(status.description, "Show the state of the etcd pool and machines");
    assert!(verbs.iter().any(|it| it.value == "help"));
    assert_eq!(values("sta", &[]), ["status"]);
    assert_eq!(values("--context lab -v 6 sta", &[]), ["status"]);
    assert_eq!(values("help sta", &[]), ["status"]);
    assert_eq!(values("help help", &[]), Vec::<String>::new());
}

#[test]
fn flags_are_suggested_until_they_are_given() {
    assert_eq!(values("init --lay", &[]), ["--layout"]);
    assert_eq!(values("init --layout=inherit --lay", &[]), Vec::<String>::new());
    assert_eq!(values("init --context lab --cont", &[]), Vec::<String>::new());
    assert_eq!(values("status --cont", &[]), ["--context"]);
    assert_eq!(values("--cont", &[]), ["--context"]);
    assert_eq!(values("add-machine --zone a --zo", &[]), ["--zone"]);
    assert_eq!(values("status --lay", &[]), Vec::<String>::new());
    assert_eq!(values("status --hel", &[]), ["--help"]);
    // Where no word can follow, an empty one asks for flags.
    assert!(values("status ", &[]).contains(&"--output".to_owned()));
}

#[test]
fn values_of_a_list_to_choose_from_come_with_their_help() {
    let layouts = answer("init --layout ", &[]);
    assert_eq!(layouts.directive, Directive::Nothing);
    let inherit = Candidate::new(
        "inherit",
        "A pool that extends the workers' MachineConfigs and copies nothing",
    );
    assert_eq!(layouts.candidates.last(), Some(&inherit));
    assert_eq!(values("status -o j", &[]), values("status --output=j", &[]));
    assert_eq!(values("-o j", &[]), values("status -o=j", &[]));
    assert!(values("status -o j", &[]).contains(&"json".to_owned()));
    // A template has to follow, or a file's name.
    assert_eq!(answer("status -o jsonpath=", &[]).directive, Directive::GoOn);
    for line in ["status -o jsonpath-file=", "status -o jsonpath-file=x"] {
        let file = Completions { candidates: Vec::new(), directive: Directive::Files };
        assert_eq!(answer(line, &[]), file, "{line}");
    }
    // Only what stands behind the sign of equality is its value.
    assert_eq!(values("init --dry-run=", &[]), ["none", "client", "server"]);
    assert_eq!(values("init --dry-run --lay", &[]), ["--layout"]);
    assert_eq!(values("completion kube", &[]), ["kubectl"]);
}

#[test]
fn a_list_goes_on_behind_its_comma_without_what_is_in_it() {
    let zones = ["us-a", "us-b", "us-c"];
    assert_eq!(values("add-machine --zone us-a,u", &zones), ["us-a,us-b", "us-a,us-c"]);
    assert_eq!(values("add-machine --zone=us-a,", &zones), ["us-a,us-b", "us-a,us-c"]);
    assert_eq!(values("add-machine --zone us-a --zone ", &zones), ["us-b", "us-c"]);
    let checks = answer("init --ignore-checks fips-mismatch,upgrade-i", &[]).candidates;
    assert_eq!(checks, [Candidate::new("fips-mismatch,upgrade-in-progress", "")]);
    // A check that cannot be ignored is not suggested.
    assert_eq!(values("init --ignore-checks pool-pol", &[]), Vec::<String>::new());
}

#[test]
fn what_bash_quotes_has_no_description() {
    let given = |line: &str| {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let found = ["plain-1", "odd one"].map(|it| Candidate::new(it, "what it is"));
        suggest(&cli::command("oc etcd"), &words).answer(found.to_vec()).candidates
    };
    let described: Vec<Candidate> = vec![Candidate::new("plain-1", "what it is")];
    assert_eq!(given("status --context p"), described);
    assert_eq!(
        given("status --context "),
        [Candidate::new("plain-1", ""), Candidate::new("odd one", "")]
    );
}

#[test]
fn states_to_wait_for_are_suggested() {
    let states = answer("status --wait-for ", &[]);
    let words: Vec<&str> = states.candidates.iter().map(|it| it.value.as_str()).collect();
    assert_eq!(words, ["healthy", "initialized", "rendered", "machines="]);
    for word in words {
        assert!(format!("{word}3").parse::<Goal>().is_ok() || word.parse::<Goal>().is_ok());
    }
    assert_eq!(answer("status --wait-for=mach", &[]).directive, Directive::GoOn);
}

#[test]
fn who_knows_the_values_is_asked() {
    for (line, expected) in [
        ("add-machine --zone ", Some(ValueSource::Zones)),
        ("--zone=", Some(ValueSource::Zones)),
        ("status --context ", Some(ValueSource::Contexts)),
        ("--cluster=l", Some(ValueSource::Clusters)),
        ("--user ", Some(ValueSource::Users)),
        ("add-machine --name ", None),
        ("status ", None),
        ("nonsense --zone ", None),
    ] {
        assert_eq!(source(line), expected, "{line}");
    }
    let words = ["-s", "https://h", "--context=a", "init", "-vy", "--as", "me", "--zone", ""];
    let suggestion = suggest(&cli::command("oc etcd"), &words.map(str::to_owned));
    assert_eq!(suggestion.connection[..2], ["--server=https://h", "--context=a"]);
}

/// A command whose one word is an etcd Machine, as those that take it away have.
#[test]
fn machines_are_suggested_by_name_and_none_of_them_twice() {
    let names = Arg::new("name").action(ArgAction::Append).num_args(1..);
    let command = Command::new("oc-etcd").subcommand(Command::new("remove").arg(names));
    let words = ["remove", "lab-etcd-0", "lab-"].map(str::to_owned);
    let suggestion = suggest(&command, &words);
    assert_eq!(suggestion.source, Some(ValueSource::EtcdMachines));
    let found = ["lab-etcd-0", "lab-etcd-1"].map(|it| Candidate::new(it, ""));
    let answer = suggestion.answer(found.to_vec());
    assert_eq!(answer.candidates, [Candidate::new("lab-etcd-1", "")]);
}

#[test]
fn files_are_the_shell_s_to_complete() {
    for flag in [
        "--from",
        "--kubeconfig",
        "--certificate-authority",
        "--client-certificate",
        "--client-key",
    ] {
        assert_eq!(answer(&format!("status {flag} "), &[]).directive, Directive::Files, "{flag}");
    }
    assert_eq!(answer("status --cache-dir ", &[]).directive, Directive::Directories);
}

#[test]
fn words_that_make_no_sense_are_answered_with_nothing() {
    for line in
        ["nonsense ", "nonsense -", "--nonsense ", "status --nonsense=x", "init x y", "-= -="]
    {
        let given = answer(line, &[]);
        assert_eq!(given.directive, Directive::Nothing, "{line}");
        let has_words = !given.candidates.is_empty();
        // A flag that nobody knows may stand before the verb: what follows is a verb.
        assert_eq!(has_words, line == "--nonsense ", "{line}: {:?}", given.candidates);
    }
    assert_eq!(values("init -- --lay", &[]), Vec::<String>::new());
}
