//! How oc and kubectl are answered when they ask what can be typed next, without a cluster that helps.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use oc_etcd::complete::{Candidate, live};

use crate::{program, snapshot};

const KUBECONFIG: &str = r#"
apiVersion: v1
kind: Config
current-context: lab
contexts:
- {name: lab, context: {cluster: west, user: alice}}
- {name: other, context: {cluster: east}}
clusters:
- {name: west, cluster: {server: "https://api.lab.example.com:6443"}}
- {name: east, cluster: {server: "https://alice:hunter2@127.0.0.1:1"}}
users:
- {name: alice, user: {token: sha256~secret}}
"#;

/// Asks; the answer is on stdout, nothing is on stderr, and it never fails.
fn ask(words: &[&str]) -> String {
    let run = program::run(&[&["__complete"], words].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{words:?}");
    run.stdout
}

fn write(directory: &Path, name: &str, text: &str) -> String {
    let path = directory.join(name);
    fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn without_a_kubeconfig_verbs_flags_and_values_are_there() {
    assert_eq!(ask(&["add-machine", "--zone", ""]), ":4\n");
    assert_eq!(
        ask(&["init", "--dry-run="]),
        "none\tApply the changes\nclient\tPrint the plan only\nserver\tSubmit the requests without \
         persisting them\n:4\n"
    );
    assert_eq!(ask(&["status", "--kubeconfig", ""]), ":0\n");
    assert!(ask(&[]).contains("init\tCreate or refresh the etcd machine config pool\n"));
    assert!(ask(&[""]).ends_with("\n:4\n"));
}

#[test]
fn words_that_make_no_sense_are_no_error() {
    for words in
        [&["nonsense", ""][..], &["--zone", "a", "--", "\u{1b}", ""], &["-", "-="], &["\n"]]
    {
        assert_eq!(ask(words), ":4\n", "{words:?}");
    }
    let missing = ["--kubeconfig", "/nowhere", "add-machine", "--zone", ""];
    assert_eq!(ask(&missing), ":4\n");
    assert_eq!(ask(&["--request-timeout=soon", "add-machine", "--zone", ""]), ":4\n");
}

#[test]
fn the_kubeconfig_s_names_are_suggested_and_none_of_its_secrets() {
    let kubeconfig = write(&program::directory("complete-names"), "config", KUBECONFIG);
    let names = |flag: &str| ask(&["--kubeconfig", &kubeconfig, "status", flag, ""]);
    assert_eq!(names("--context"), "lab\twest as alice (current)\nother\teast\n:4\n");
    assert_eq!(names("--cluster"), "west\tapi.lab.example.com:6443\neast\t127.0.0.1:1\n:4\n");
    assert_eq!(names("--user"), "alice\n:4\n");
    // Nobody listens there.
    let other = ["--kubeconfig", &kubeconfig, "--context=other", "add-machine", "--zone", ""];
    assert_eq!(ask(&other), ":4\n");
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = format!("https://{}", silent.local_addr().unwrap());
    let started = Instant::now();
    assert_eq!(ask(&["add-machine", "-s", &server, "--zone", ""]), ":4\n");
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(900), "it was not asked: {took:?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
}

/// A plugin may open a browser, and nobody who presses a key expects one.
#[test]
#[cfg(unix)]
fn a_credential_plugin_is_run_only_where_it_is_never_interactive() {
    let directory = program::directory("complete-plugin");
    let plugin = write(&directory, "plugin", "#!/bin/sh\necho ran >\"$1\"\nexit 1\n");
    assert!(Command::new("chmod").args(["+x", &plugin]).status().unwrap().success());
    for (mode, runs) in [("Never", true), ("IfAvailable", false), ("Always", false)] {
        let mark = directory.join(mode);
        let user = format!(
            "{{name: alice, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: \
             {plugin}, args: [{}], interactiveMode: {mode}}}}}}}",
            mark.display()
        );
        let text = KUBECONFIG.replace("{name: alice, user: {token: sha256~secret}}", &user);
        let kubeconfig = write(&directory, "config", &text);
        assert_eq!(ask(&["add-machine", "--kubeconfig", &kubeconfig, "--zone", ""]), ":4\n");
        assert_eq!(mark.exists(), runs, "{mode}");
    }
}

#[test]
fn a_cluster_has_zones_with_their_machines_and_etcd_machines_with_their_zones() {
    let cluster = snapshot::load("4.20", &[]);
    let zones = [
        Candidate::new("us-east-1a", "lab-x99n4-master-0"),
        Candidate::new("us-east-1b", "lab-x99n4-master-1"),
        Candidate::new("us-east-1c", "lab-x99n4-master-2"),
    ];
    assert_eq!(live::zones(&cluster), zones);
    assert_eq!(live::etcd_machines(&cluster), []);
}

/// How cobra's script for bash chooses from the words, from 1.9 on: with descriptions, by the quoted word.
const BASH: &str = r#"
cur=$1
IFS=$'\n' read -ra completions -d '' < <(printf '%s' "$2")
tab=$'\t'
if [[ "${completions[*]}" != *$tab* ]]; then
    IFS=$'\n' read -ra completions -d '' < <(printf '%q\n' "${completions[@]}")
    IFS=$'\n' read -ra COMPREPLY -d '' < <(IFS=$'\n'; compgen -W "${completions[*]}" -- "$cur")
else
    while IFS='' read -r line; do
        printf -v word '%q' "${line%%$tab*}"
        [[ $word == "$cur"* ]] && COMPREPLY+=("${line%%$tab*}")
    done < <(printf '%s\n' "${completions[@]}")
fi
printf '%s\n' "${COMPREPLY[@]}"
"#;

#[test]
#[cfg(unix)]
fn bash_offers_what_goes_on_behind_a_comma() {
    let answer = ask(&["init", "--ignore-checks", "fips-mismatch,upgrade-i"]);
    let (words, _) = answer.rsplit_once(":4").unwrap();
    let suggested = |words: &str| {
        let bash = Command::new("bash")
            .args(["-c", BASH, "bash", "fips-mismatch,upgrade-i", words])
            .output();
        String::from_utf8(bash.unwrap().stdout).unwrap()
    };
    assert_eq!(suggested(words), "fips-mismatch,upgrade-in-progress\n");
    // What a description would lead to.
    assert_eq!(suggested("fips-mismatch,upgrade-in-progress\twhat it is\n").trim(), "");
}

/// As kubectl and oc run it: the script on its own, and the program beside it under either name.
#[test]
#[cfg(unix)]
fn the_script_runs_the_plugin_beside_it_or_on_the_path() {
    let scripts = crate::golden_file::repository().join("completions");
    for (script, plugin) in [
        ("oc_complete-etcd", Some("oc-etcd")),
        ("oc_complete-etcd", Some("kubectl-etcd")),
        ("kubectl_complete-etcd", Some("kubectl-etcd")),
        ("kubectl_complete-etcd", Some("oc-etcd")),
        ("kubectl_complete-etcd", None),
    ] {
        let directory =
            program::directory(&format!("complete-{script}-{}", plugin.unwrap_or("none")));
        let copy = directory.join(script);
        // A file that was just written may still be open in a process that another test starts, and does not run then.
        std::os::unix::fs::symlink(scripts.join(script), &copy).unwrap();
        let elsewhere = directory.join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        let place = plugin.map_or(elsewhere.join("kubectl-etcd"), |name| directory.join(name));
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_oc-etcd"), place).unwrap();
        assert_eq!(
            ask_script(&copy, &elsewhere),
            "status\tShow the state of the etcd pool and machines\n:4\n",
            "{script} {plugin:?}"
        );
    }
}

#[cfg(unix)]
fn ask_script(script: &Path, path: &Path) -> String {
    let mut command = Command::new(script);
    let command = command.arg("stat").env_clear().env("PATH", path).stdin(Stdio::null());
    let output = command.output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[cfg(unix)]
fn a_copy_of_the_program_under_the_name_of_a_script_answers_too() {
    let directory = program::directory("complete-names-of-scripts");
    for name in ["oc_complete-etcd", "kubectl_complete-etcd"] {
        let link: PathBuf = directory.join(name);
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_oc-etcd"), &link).unwrap();
        let run = program::run_as(&link, &["completion", "po"]);
        assert_eq!((run.code, run.stdout.as_str()), (0, "powershell\tPowerShell\n:4\n"), "{name}");
    }
}
