//! What the process itself meets: closed pipes, full disks, odd arguments; and what it may never print.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::User;
use oc_etcd_lab::fault::{Fault, Match, Reply, Rule, When};

use super::{FIRST, http2, program, quiet, run, tidy, with_pool};
use crate::Case;
use crate::observe::written;
use crate::suite::{Ran, Suite};

/// The tests.
pub(super) fn cases() -> Vec<Case> {
    vec![
        ("f19_a_closed_stdout_is_no_panic", closed_stdout),
        ("f19_a_full_disk_is_told_and_odd_arguments_are_refused", odd_surroundings),
        ("f20_secrets_that_an_error_echoes_are_not_printed", echoed_secrets),
    ]
}

/// Runs a program whose stdout is somewhere else.
fn with_stdout(mut command: Command, stdout: Stdio) -> Result<Ran> {
    let child = command.stdin(Stdio::null()).stdout(stdout).stderr(Stdio::piped()).spawn()?;
    let output = child.wait_with_output()?;
    // A signal has no code; as a shell does, 128 and its number are taken.
    let signal = std::os::unix::process::ExitStatusExt::signal(&output.status);
    let code = output.status.code().or(signal.map(|it| 128 + it)).context("it has no end")?;
    tidy(Ran { code, stdout: String::new(), stderr: String::from_utf8(output.stderr)? })
}

/// A pipe that nobody reads any more.
fn closed() -> Result<Stdio> {
    let (_, writer) = std::io::pipe()?;
    Ok(writer.into())
}

fn closed_stdout(suite: &mut Suite) -> Result<()> {
    let server = quiet(suite)?;
    for arguments in [
        &["status"][..],
        &["status", "-o", "json"],
        &["version"],
        &["completion", "bash"],
        &["init", "--dry-run"],
        &["--help"],
    ] {
        let ran = with_stdout(program(suite, &server, arguments)?, closed()?)?;
        ensure!([0, 141].contains(&ran.code), "{arguments:?}: {} {}", ran.code, ran.stderr);
    }
    // What was agreed to is done, whether anybody reads about it or not.
    let init = program(suite, &server, &["init", "--yes", "--wait=false"])?;
    let ran = with_stdout(init, closed()?)?;
    ensure!([0, 141].contains(&ran.code), "{} {}", ran.code, ran.stderr);
    let before = suite.everything()?;
    suite.run(User::Admin, &["init", "--yes", "--wait=false"])?.expect_code(0)?;
    ensure!(written(&before, &suite.everything()?).is_empty(), "not all of it was done");
    Ok(())
}

fn odd_surroundings(suite: &mut Suite) -> Result<()> {
    let server = quiet(suite)?;
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full");
    for arguments in [&["status"][..], &["status", "-o", "json"], &["init", "--dry-run"]] {
        let ran = with_stdout(program(suite, &server, arguments)?, full()?.into())?;
        ensure!(ran.code == 1, "{arguments:?}: {} {}", ran.code, ran.stderr);
        ran.expect("No space left on device")?;
    }
    for argument in [&b"--zone=\xff\xfe"[..], b"\xff", b"--context=\xc3\x28"] {
        let mut command = program(suite, &server, &["add-machine"])?;
        command.arg(OsStr::from_bytes(argument));
        tidy(suite.run_command(command)?)?.expect_code(2)?;
    }
    Ok(())
}

/// Errors of all sorts whose bodies hold what a MachineConfig or user data holds. Whatever is printed is
/// searched for them, here as in every other test.
fn echoed_secrets(suite: &mut Suite) -> Result<()> {
    let server = with_pool(suite)?;
    let words = "cannot take: {\"auth\":\"CANARY-PULL-SECRET\",\"userData\":\"CANARY-USER-DATA\"}";
    let writes = [
        Match::of("PATCH", "/machineconfigs/"),
        Match::of("PATCH", "/secrets/"),
        Match::read("/secrets/"),
        Match::read("/machineconfigs"),
    ];
    for reply in [
        Reply::status(422, "Invalid", words),
        Reply::status(400, "BadRequest", words),
        Reply::internal_error(words),
        Reply::text(500, words),
        Reply::text(200, words),
    ] {
        for matcher in &writes {
            server.forget();
            server.add(Rule::new(matcher.clone(), When::Always, Fault::Answer(reply.clone())));
            suite.kubectl(&["delete", "machineconfig/00-etcd", "--ignore-not-found"])?;
            let started = Instant::now();
            run(suite, &server, &["-v9", "init", "--yes", "--wait=false"])?;
            run(suite, &server, &["-v9", "status"])?;
            ensure!(started.elapsed() < Duration::from_secs(30), "{matcher:?} {reply:?}");
        }
    }
    // Nor is a token, however talkative the program is told to be.
    server.forget();
    let refused = Fault::Answer(Reply::unauthorized());
    server.add(Rule::new(Match::read(FIRST), When::Always, refused));
    let flags = ["-v9", "status", "--token=CANARY-PULL-SECRET"];
    run(suite, &server, &flags)?.expect_code(1)?;
    // Nor is a token that looks like a word, where a server or a proxy before it repeats the token. It is sent over TLS.
    let server = http2(suite)?;
    let reply =
        Reply::status(400, "swordfish", "no user has the swordfish, says https://h/swordfish");
    let warned = Fault::Header("warning", "299 - \"swordfish is going away\"");
    for fault in [Fault::Answer(reply), warned, Fault::Header("x-seen", "a swordfish")] {
        server.forget();
        server.add(Rule::new(Match::read("/"), When::Always, fault));
        let ran = run(suite, &server, &["-v=8", "status", "--token=swordfish"])?;
        let text = format!("{}{}", ran.stdout, ran.stderr);
        ensure!(!text.contains("swordfish"), "{text}");
        ensure!(text.contains("Authorization: Bearer <masked>"), "{text}");
    }
    Ok(())
}
