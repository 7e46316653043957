//! The completion scripts in completions/ are what the program prints, and the shells take them. How oc
//! and kubectl are answered is in `complete`.

use std::process::{Command, Stdio};

use oc_etcd_lab::omission::left_out;
use serde_json::json;

use crate::golden_file::{self, Folder};
use crate::program;

/// The shells, and the names under which they look for a script of ours.
const SCRIPTS: [(&str, &str); 3] =
    [("bash", "oc-etcd.bash"), ("zsh", "_oc-etcd"), ("fish", "oc-etcd.fish")];

/// What cannot be looked through without being run, or is no script of a shell's own.
const OTHERS: [(&str, &str); 3] = [
    ("powershell", "_oc-etcd.ps1"),
    ("oc", "oc_complete-etcd"),
    ("kubectl", "kubectl_complete-etcd"),
];

fn script(shell: &str) -> String {
    let run = program::run(&["completion", shell]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{shell}");
    run.stdout
}

/// Runs a shell on a script of its own; `None` where there is no such shell.
fn run(shell: &str, arguments: &[&str]) -> Option<(bool, String)> {
    let output = Command::new(shell).args(arguments).stdin(Stdio::null()).output();
    match output {
        Ok(output) => {
            let text = [output.stdout, output.stderr].concat();
            Some((output.status.success(), String::from_utf8(text).unwrap()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            left_out(&format!("there is no {shell} here"));
            None
        }
        Err(error) => panic!("{shell}: {error}"),
    }
}

#[test]
fn the_scripts_in_completions_are_what_the_program_prints() {
    let mut folder = Folder::at("completions");
    for (shell, name) in SCRIPTS.into_iter().chain(OTHERS) {
        folder.add(name, script(shell));
    }
    golden_file::expect_none(&folder.complaints());
}

/// Whoever unpacks a release, or clones the repository, need not think of it.
#[test]
#[cfg(unix)]
fn what_oc_and_kubectl_run_can_be_run() {
    use std::os::unix::fs::PermissionsExt as _;
    for name in ["oc_complete-etcd", "kubectl_complete-etcd"] {
        let path = golden_file::repository().join("completions").join(name);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{name} is not executable");
        let Some((is_sound, told)) = run("sh", &["-n", path.to_str().unwrap()]) else { return };
        assert!(is_sound && told.is_empty(), "{name}: {told}");
    }
}

#[test]
fn each_shell_finds_its_script_sound() {
    let directory = program::directory("completions");
    for (shell, name) in SCRIPTS {
        let path = directory.join(name);
        std::fs::write(&path, script(shell)).unwrap();
        let option = if shell == "fish" { "--no-execute" } else { "-n" };
        if let Some((is_sound, told)) = run(shell, &[option, path.to_str().unwrap()]) {
            assert!(is_sound && told.is_empty(), "{shell}: {told}");
        }
    }
}

#[test]
fn bash_completes_both_names_of_the_program_and_every_verb() {
    let path = program::directory("completions-bash").join("oc-etcd.bash");
    std::fs::write(&path, script("bash")).unwrap();
    let test = r#"source "$1" && complete -p oc-etcd kubectl-etcd
        offered() {
            words=$(complete -p "$1"); function=${words#*-F }
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
            "${function%% *}" "$1" "${@: -1}" "${@: -2:1}" && echo "$*: ${COMPREPLY[*]}"
        }
        shift
        # Bash offers files where an option says so, and not otherwise.
        complete -p oc-etcd kubectl-etcd | grep -c -e default -e file -e dir
        export PATH=$1:$PATH KUBECONFIG=$1/config; shift
        for program in oc-etcd kubectl-etcd; do
            offered "$program" st
            offered "$program" '"st'
            offered "$program" status --context odd
            offered "$program" status --context '"odd'
            offered "$program" init --layout ''
            offered "$program" init --layout = d
            offered "$program" status -o json
            offered "$program" remove-machine ''
            offered "$program" status --context = default/api-lab : 64
            offered "$program" status --context default/api-lab : 64
            for verb; do offered "$program" "$verb" --cont; done
        done"#;
    let verbs = oc_etcd::cli::verbs();
    let programs = programs("completions-bash-programs");
    let context = |name| json!({"name": name, "context": {"cluster": "c", "user": "u"}});
    let contexts = ["default/api-lab:6443/kube:admin", "odd $(touch x)"].map(context);
    let kubeconfig = json!({"apiVersion": "v1", "kind": "Config", "contexts": contexts});
    std::fs::write(programs.join("config"), kubeconfig.to_string()).unwrap();
    let fixed = ["-c", test, "bash", path.to_str().unwrap(), programs.to_str().unwrap()];
    let arguments: Vec<&str> = fixed.into_iter().chain(verbs.iter().map(String::as_str)).collect();
    let Some((is_sound, told)) = run("bash", &arguments) else {
        return;
    };
    assert!(is_sound, "{told}");
    assert!(told.lines().any(|it| it == "0"), "files are offered: {told}");
    for program in ["oc-etcd", "kubectl-etcd"] {
        let of_verbs = verbs.iter().map(|it| format!("{program} {it} --cont: --context"));
        let layouts = format!("{program} init --layout : auto documented inherit");
        let others = [
            format!("{program} st: status"),
            format!("{program} \"st: status"),
            format!("{program} status --context odd: odd\\ \\$\\(touch\\ x\\)"),
            format!("{program} status --context \"odd: "),
            format!("{program} init --layout = d: documented"),
            format!("{program} status -o json: json jsonpath= jsonpath-as-json= jsonpath-file="),
            format!("{program} remove-machine : "),
            format!("{program} status --context = default/api-lab : 64: 6443/kube:admin"),
            format!("{program} status --context default/api-lab : 64: 6443/kube:admin"),
        ];
        for line in of_verbs.chain(others).chain([layouts]) {
            assert!(told.lines().any(|it| it == line), "no line `{line}` in:\n{told}");
        }
    }
}

/// `compinit` reads the first line of a file alone: a name that is not there is not completed.
#[test]
fn zsh_is_told_of_both_names_on_the_first_line() {
    let script = script("zsh");
    let heads: Vec<&str> = script.lines().filter(|line| line.starts_with("#compdef")).collect();
    assert_eq!(heads, ["#compdef oc-etcd kubectl-etcd"]);
    assert!(script.starts_with("#compdef"), "the first line is another");
}

/// The functions of zsh's completion are replaced by such that print what they are given.
#[test]
fn zsh_offers_the_words_of_the_program_and_files_only_for_files() {
    let path = program::directory("completions-zsh").join("_oc-etcd");
    std::fs::write(&path, script("zsh")).unwrap();
    let test = r#"compdef() { : }
        _describe() { print -rl -- ${(P)2} }
        _files() { print -r -- "files $*" }
        compset() { : }
        source $1; path=($2 $path)
        offered() { words=("$@") CURRENT=$#; print -r -- "$* ="; _oc-etcd }
        offered oc-etcd st
        offered kubectl-etcd init --layout=d
        offered oc-etcd remove-machine ''
        offered oc-etcd status --kubeconfig ''"#;
    let programs = programs("completions-zsh-programs");
    let arguments = ["-f", "-c", test, "zsh", path.to_str().unwrap(), programs.to_str().unwrap()];
    let Some((_, told)) = run("zsh", &arguments) else { return };
    let expected = "oc-etcd st =\nstatus:Show the state of the etcd pool and machines\n\
                    kubectl-etcd init --layout=d =\n\
                    documented:An isolated pool with copies of the masters' MachineConfigs; up to 4.17\n\
                    oc-etcd remove-machine  =\n\noc-etcd status --kubeconfig  =\nfiles \n";
    assert_eq!(told, expected);
}

/// A directory with the program under both names.
fn programs(name: &str) -> std::path::PathBuf {
    let directory = program::directory(name);
    for name in ["oc-etcd", "kubectl-etcd"] {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_oc-etcd"), directory.join(name)).unwrap();
    }
    directory
}

#[test]
fn fish_offers_the_words_of_the_program_and_files_only_for_files() {
    let path = program::directory("completions-fish").join("oc-etcd.fish");
    std::fs::write(&path, script("fish")).unwrap();
    let test = r#"source $argv[1]; set -x PATH $argv[2] $PATH; cd $argv[2]
        for line in 'oc-etcd st' 'kubectl-etcd init --layout=d' 'oc-etcd remove-machine ' \
            'oc-etcd status --kubeconfig oc'
            echo "$line ="; complete -C "$line"
        end"#;
    let programs = programs("completions-fish-programs");
    let arguments = ["--no-config", "-c", test, path.to_str().unwrap(), programs.to_str().unwrap()];
    let Some((is_sound, told)) = run("fish", &arguments) else { return };
    assert!(is_sound, "{told}");
    let expected = "oc-etcd st =\nstatus\tShow the state of the etcd pool and machines\n\
                    kubectl-etcd init --layout=d =\n\
                    --layout=documented\tAn isolated pool with copies of the masters' MachineConfigs; up to 4.17\n\
                    oc-etcd remove-machine  =\noc-etcd status --kubeconfig oc =\noc-etcd\n";
    assert_eq!(told.replace("\tlink", "").replace("\tCommand", ""), expected);
}
