//! The completion scripts in completions/ are what the program prints, and the shells take them.

use std::process::{Command, Stdio};

use crate::golden_file;
use crate::program;

/// The shells, and the names under which they look for a script of ours.
const SCRIPTS: [(&str, &str); 3] =
    [("bash", "oc-etcd.bash"), ("zsh", "_oc-etcd"), ("fish", "oc-etcd.fish")];

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
            eprintln!("left out: there is no {shell} here");
            None
        }
        Err(error) => panic!("{shell}: {error}"),
    }
}

#[test]
fn the_scripts_in_completions_are_what_the_program_prints() {
    let directory = golden_file::repository().join("completions");
    let mut complaints = Vec::new();
    for (shell, name) in SCRIPTS {
        if golden_file::is_update() {
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::write(directory.join(name), script(shell)).unwrap();
        }
        complaints.extend(golden_file::complaint(&directory.join(name), &script(shell)));
    }
    golden_file::expect_none(&complaints);
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
fn bash_completes_both_names_of_the_program() {
    let path = program::directory("completions-bash").join("oc-etcd.bash");
    std::fs::write(&path, script("bash")).unwrap();
    let test = r#"source "$1" && complete -p oc-etcd kubectl-etcd
        for program in oc-etcd kubectl-etcd; do
            words=$(complete -p "$program"); function=${words#*-F }
            COMP_WORDS=("$program" st) COMP_CWORD=1 COMPREPLY=()
            "${function%% *}" "$program" st "$program" && echo "$program: ${COMPREPLY[*]}"
        done"#;
    let Some((is_sound, told)) = run("bash", &["-c", test, "bash", path.to_str().unwrap()]) else {
        return;
    };
    assert!(is_sound, "{told}");
    for line in ["oc-etcd: status", "kubectl-etcd: status"] {
        assert!(told.lines().any(|it| it == line), "no line `{line}` in:\n{told}");
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

#[test]
fn fish_completes_both_names_of_the_program() {
    let script = script("fish");
    for name in ["complete -c oc-etcd", "complete -c kubectl-etcd"] {
        assert!(script.contains(name), "no `{name}`");
    }
}
