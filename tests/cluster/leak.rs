//! Looks for the test clusters' secrets in what a program printed.

use std::process::Command;

use anyhow::{Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::suite::Ran;

/// The words by which a fake secret is recognised; see `tests/clusters/README.md`.
const CANARIES: [&str; 2] = ["CANARY-PULL-SECRET", "CANARY-USER-DATA"];

/// Fails if a run of `oc-etcd` printed a secret, plain or in base64, that nobody asked for.
pub(crate) fn check(command: &Command, ran: &Ran) -> Result<()> {
    if shows_secrets(command) {
        return Ok(());
    }
    for needle in needles() {
        let is_leaked = ran.stdout.contains(&needle) || ran.stderr.contains(&needle);
        ensure!(!is_leaked, "{command:?} printed a secret: {needle}");
    }
    Ok(())
}

/// kubectl shows them, and so does `--show-sensitive`.
fn shows_secrets(command: &Command) -> bool {
    let program = std::path::Path::new(command.get_program()).file_stem();
    let is_kubectl = program.is_some_and(|name| name == "kubectl")
        && command.get_args().next().is_none_or(|verb| verb != "etcd");
    is_kubectl || command.get_args().any(|argument| argument == "--show-sensitive")
}

/// The canaries as they are, in base64, and in base64 of base64, as in a Secret that holds a data URL.
fn needles() -> Vec<String> {
    let plain: Vec<String> = CANARIES.map(str::to_owned).to_vec();
    let once: Vec<String> = plain.iter().flat_map(|it| encodings(it)).collect();
    let twice: Vec<String> = once.iter().flat_map(|it| encodings(it)).collect();
    let thrice: Vec<String> = twice.iter().flat_map(|it| encodings(it)).collect();
    [plain, once, twice, thrice].concat()
}

/// What a text becomes in base64, wherever it begins in the encoded whole: the characters that do not
/// depend on what stands around it.
fn encodings(text: &str) -> [String; 3] {
    [0, 1, 2].map(|before| {
        let whole = STANDARD.encode(format!("{}{text}", " ".repeat(before)));
        let sure = (before + text.len()) / 3 * 4;
        let start = [0, 2, 3][before];
        whole[start..sure].to_owned()
    })
}
