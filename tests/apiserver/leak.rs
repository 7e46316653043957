//! Looks for fake secrets in what a program printed: those of the test clusters, and those that a test
//! hides in kubeconfigs, tokens and the output of credential plugins.

use std::process::Command;
use std::sync::LazyLock;

use anyhow::{Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::suite::Ran;

/// How every fake secret begins; see `tests/fixtures/README.md`.
const CANARY: &str = "CANARY-";

/// Fails if a run of `oc-etcd` printed a secret, plain or in base64, that nobody asked for.
pub(crate) fn check(command: &Command, ran: &Ran) -> Result<()> {
    if shows_secrets(command) {
        return Ok(());
    }
    let found = find(&ran.stdout).or_else(|| find(&ran.stderr));
    ensure!(
        found.is_none(),
        "{command:?} printed a secret: {found:?}\n--- stdout\n{}--- stderr\n{}",
        ran.stdout,
        ran.stderr
    );
    Ok(())
}

/// The first fake secret in a text, in the form in which it is there.
pub(crate) fn find(text: &str) -> Option<&'static str> {
    static NEEDLES: LazyLock<Vec<String>> = LazyLock::new(needles);
    NEEDLES.iter().map(String::as_str).find(|needle| text.contains(needle))
}

/// kubectl shows them, and so does `--show-sensitive`.
fn shows_secrets(command: &Command) -> bool {
    let program = std::path::Path::new(command.get_program()).file_stem();
    let is_kubectl = program.is_some_and(|name| name == "kubectl")
        && command.get_args().next().is_none_or(|verb| verb != "etcd");
    is_kubectl || command.get_args().any(|argument| argument == "--show-sensitive")
}

/// The canary as it is, in base64, and in base64 of base64, as in a Secret that holds a data URL.
fn needles() -> Vec<String> {
    let plain = vec![CANARY.to_owned()];
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
