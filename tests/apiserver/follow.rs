//! `status --watch` and `--wait-for`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::fault::{Fault, Listen, Match, Reply, Rule, WatchEnd, When};
use oc_etcd_lab::{Cluster, StandInOptions, User};
use serde_json::Value;

use crate::Case;
use crate::add_machine::{add, prepared, slow};
use crate::init::{copied, initialized};
use crate::suite::{Running, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("a_watch_shows_a_machine_on_its_way_a_line_for_each_change", json_lines),
        ("a_watch_without_a_terminal_shows_the_text_again_with_the_time", text),
        ("a_watch_as_yaml_is_documents_and_as_columns_has_one_header", documents),
        ("a_watch_on_a_terminal_draws_in_place_and_ends_with_130", screen),
        ("a_watch_ends_with_its_time_and_tells_the_state", timeout),
        ("a_watch_ends_when_nobody_reads_its_output", unread),
        ("a_watch_survives_410_and_500_and_a_server_that_is_away", faults),
        ("a_viewer_may_watch_and_who_may_read_nothing_is_told", rights),
        ("a_wait_ends_when_it_is_healthy_for_long_enough", healthy),
        ("a_wait_whose_time_is_over_tells_what_was_wrong", deadline),
        ("a_wait_for_what_never_comes_ends_at_once_with_5", never),
        ("a_bad_moment_begins_the_wait_anew", interruption),
    ]
}

fn begin(suite: &Suite, arguments: &[&str]) -> Result<Running> {
    Suite::begin(suite.oc_etcd(User::Admin, arguments))
}

/// Waits until a text is printed, and ends the program as Ctrl-C does.
fn interrupt(suite: &Suite, mut running: Running, last: &str) -> Result<crate::suite::Ran> {
    running.until_printed(last)?;
    running.signal("INT")?;
    suite.finish(running)?.expect_code(130)
}

fn json_lines(suite: &mut Suite) -> Result<()> {
    slow(suite, Duration::from_millis(1500))?;
    let mut running = begin(suite, &["status", "-w", "-o", "json"])?;
    running.until_printed(r#""kind":"Status""#)?;
    add(suite, "us-east-1a", &[])?.expect_code(0)?;
    let ran = interrupt(suite, running, r#""progress":"Ready""#)?;
    let lines: Result<Vec<Value>, _> = ran.stdout.lines().map(serde_json::from_str).collect();
    let lines = lines.context("not every line is JSON")?;
    ensure!(lines.iter().all(|it| it["kind"] == "Status"), "{}", ran.stdout);
    let phases: Vec<String> = lines
        .iter()
        .map(|it| it["machines"][0]["progress"].as_str().unwrap_or("-").to_owned())
        .collect();
    ensure!(phases.first().is_some_and(|it| it == "-"), "{phases:?}");
    ensure!(phases.last().is_some_and(|it| it == "Ready"), "{phases:?}");
    let on_its_way = phases.iter().any(|it| it == "Provisioning" || it == "Provisioned");
    ensure!(on_its_way, "{phases:?}");
    ensure!(lines.windows(2).all(|it| it[0] != it[1]), "a line stands twice");
    ensure!(ran.stderr.is_empty(), "{}", ran.stderr);
    Ok(())
}

fn text(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.reconciled()?;
    let mut running = begin(suite, &["status", "--watch"])?;
    running.until_printed("Health healthy")?;
    suite.kubectl(&["delete", "machineconfig/99-etcd-ssh"])?;
    let ran = interrupt(suite, running, "Health trouble")?;
    let (first, then) = ran.stdout.split_once("\n--- 20").context(ran.stdout.clone())?;
    ensure!(first.contains("Health   healthy") && first.starts_with("Cluster"), "{first}");
    ensure!(then.contains("Health   trouble") && then.contains("99-etcd-ssh"), "{then}");
    Ok(())
}

fn documents(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.reconciled()?;
    let formats = ["-o=yaml", "-o=custom-columns=HEALTH:.health", "-o=jsonpath={.health}{\"\\n\"}"];
    let running: Result<Vec<Running>> =
        formats.iter().map(|it| begin(suite, &["status", "-w", it])).collect();
    let mut running = running?;
    for it in &mut running {
        it.until_printed("healthy")?;
    }
    suite.kubectl(&["delete", "machineconfig/99-etcd-ssh"])?;
    let ran: Result<Vec<_>> =
        running.into_iter().map(|it| interrupt(suite, it, "trouble")).collect();
    let [yaml, columns, path] = ran?.try_into().ok().context("there are three")?;
    let documents: Vec<&str> = yaml.stdout.split("---\n").collect();
    ensure!(documents.len() >= 2, "{}", yaml.stdout);
    for document in documents {
        let status: Value = serde_yaml::from_str(document)?;
        ensure!(status["kind"] == "Status", "{document}");
    }
    let lines: Vec<&str> = columns.stdout.lines().collect();
    ensure!(lines.first() == Some(&"HEALTH") && lines.last() == Some(&"trouble"), "{lines:?}");
    ensure!(lines.iter().filter(|it| **it == "HEALTH").count() == 1, "{lines:?}");
    ensure!(path.stdout.starts_with("healthy\n") && path.stdout.ends_with("trouble\n"), "{path:?}");
    Ok(())
}

/// On the pseudo-terminal of util-linux's `script`; Ctrl-C is typed.
fn screen(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.16")?;
    suite.reconciled()?;
    let shown = ("press Ctrl-C to exit", "\u{3}");
    let ran = suite.typed(User::Admin, &["status", "-w"], shown)?.expect_code(130)?;
    let frames: Vec<&str> = ran.stdout.split("\u{1b}[H").skip(1).collect();
    ensure!(!frames.is_empty(), "{:?}", ran.stdout);
    for frame in frames {
        ensure!(frame.contains("press Ctrl-C to exit") && frame.contains("Cluster"), "{frame:?}");
        ensure!(frame.contains("\u{1b}[K") && frame.contains("\u{1b}[J"), "{frame:?}");
    }
    // Neither another screen nor a hidden cursor is left behind.
    for mode in ["\u{1b}[?1049h", "\u{1b}[?25l"] {
        ensure!(!ran.stdout.contains(mode), "{:?}", ran.stdout);
    }
    Ok(())
}

fn timeout(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.reconciled()?;
    suite.admin(&["status", "-w", "--timeout=500ms", "-o=name"])?.expect_code(0)?;
    suite.kubectl(&["delete", "machineconfig/99-etcd-ssh"])?;
    let ran = suite.admin(&["status", "-w", "--timeout=500ms"])?.expect_code(5)?;
    ensure!(ran.stderr.is_empty(), "{}", ran.stderr);
    Ok(())
}

fn faults(suite: &mut Suite) -> Result<()> {
    let pools = "/machineconfigpools";
    for (what, fault) in [
        ("410", Fault::Answer(Reply::gone())),
        ("500", Fault::Answer(Reply::internal_error("etcdserver: leader changed"))),
        ("an event with 410", Fault::DropWatch(0, WatchEnd::Error(Reply::gone()))),
        ("an end", Fault::DropWatch(0, WatchEnd::Close)),
    ] {
        initialized(suite, "4.16")?;
        suite.reconciled()?;
        let server = suite.fault_server(Listen::default())?;
        server.add(Rule::new(Match::watch(pools), When::First(1), fault));
        let mut command = suite.oc_etcd(User::Admin, &["status", "-w", "-o=jsonpath={.health} "]);
        command.env("KUBECONFIG", server.kubeconfig()?);
        let mut running = Suite::begin(command)?;
        running.until_printed("healthy ")?;
        suite.wait("the watch begins again", async |_| {
            Ok((server.count(&Match::watch(pools)) > 1).then_some(()))
        })?;
        // A read fails too, and is repeated.
        let busy = Fault::Answer(Reply::internal_error("etcdserver: request timed out"));
        server.add(Rule::new(Match::read("/infrastructures"), When::First(1), busy));
        suite.kubectl(&["delete", "machineconfigpool/etcd"])?;
        let ran = interrupt(suite, running, "trouble").context(what)?;
        ensure!(ran.stdout.starts_with("healthy trouble"), "{what}: {ran:?}");
    }
    Ok(())
}

fn rights(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.16")?;
    suite.reconciled()?;
    let arguments = ["status", "-w", "-o=jsonpath={.health} "];
    // Whoever may read nothing is shown no change either.
    let nobody = suite.admin(&[&arguments[..], &["--as=nobody"]].concat())?.expect_code(5)?;
    nobody.expect("error: nothing can be watched")?;
    let mut viewer = Suite::begin(suite.oc_etcd(User::Viewer, &arguments))?;
    viewer.until_printed("healthy ")?;
    suite.kubectl(&["delete", "machineconfigpool/etcd"])?;
    let ran = interrupt(suite, viewer, "trouble")?;
    let is_of_secrets =
        |line: &str| line.starts_with("warning: secret/") && line.ends_with("forbidden");
    ensure!(ran.stderr.lines().all(is_of_secrets) && ran.stdout == "healthy trouble ", "{ran:?}");
    Ok(())
}

fn healthy(suite: &mut Suite) -> Result<()> {
    slow(suite, Duration::from_secs(1))?;
    let wait = begin(suite, &["status", "--wait-for=machines=1", "-o=name"])?;
    let stable =
        begin(suite, &["status", "--wait-for=healthy", "--stable=2s", "--progress=plain"])?;
    add(suite, "us-east-1a", &["--wait=false"])?.expect_code(0)?;
    let ran = suite.finish(wait)?.expect_code(0)?;
    ensure!(
        ran.stdout.lines().any(|it| it == "machine.machine.openshift.io/lab-x99n4-etcd-0"),
        "{ran:?}"
    );
    ran.expect("status  the Nodes of 0 of 1 machines are Ready")?;
    let ran = suite.finish(stable)?.expect_code(0)?;
    ensure!(ran.stdout.matches("Cluster").count() == 1, "{}", ran.stdout);
    ran.expect("Health   healthy")?.expect("healthy, and must last for 2s")?;

    // A goal that is reached already is not waited for.
    for goal in ["--wait-for=rendered", "--wait-for=initialized"] {
        let ran = suite.admin(&["status", goal, "--progress=plain"])?.expect_code(0)?;
        ensure!(ran.stderr.is_empty(), "{goal}: {}", ran.stderr);
    }
    let started = Instant::now();
    let ran = suite.admin(&["status", "--wait-for=healthy", "--stable=2s"])?.expect_code(0)?;
    ensure!(started.elapsed() > Duration::from_secs(2), "it was not stable for long enough");
    ran.expect("Health   healthy")?;
    Ok(())
}

fn deadline(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let ran = suite.admin(&["status", "--wait-for=rendered", "--timeout=1s"])?.expect_code(124)?;
    ensure!(ran.stdout.contains("not initialized"), "{}", ran.stdout);
    let ran =
        ran.expect("error: timed out after 1s: init has not created machineconfigpool/etcd")?;
    // The status says what is next; time alone does not help.
    ensure!(ran.stdout.contains("Next     oc etcd init"), "{}", ran.stdout);
    ensure!(!ran.stderr.contains("--timeout"), "{}", ran.stderr);
    for wrong in [
        &["--wait-for=well"][..],
        &["--stable=1s"],
        &["--timeout=1s"],
        &["-w", "--wait-for=healthy"],
    ] {
        suite.admin(&[&["status"], wrong].concat())?.expect_code(2)?;
    }
    Ok(())
}

fn never(suite: &mut Suite) -> Result<()> {
    prepared(suite, &Cluster::load("4.16")?, StandInOptions::default())?;
    suite.stop_stand_ins();
    add(suite, "us-east-1a", &["--wait=false"])?.expect_code(0)?;
    let failed = r#"{"status":{"phase":"Failed","errorReason":"x","errorMessage":"no such AMI"}}"#;
    suite.kubectl(&[
        "patch",
        "machine/lab-x99n4-etcd-0",
        "-n=openshift-machine-api",
        "--subresource=status",
        "--type=merge",
        "-p",
        failed,
    ])?;
    let ran = suite.admin(&["status", "--wait-for=healthy"])?.expect_code(5)?;
    ran.expect("error: machine/lab-x99n4-etcd-0 is Failed and does not recover")?
        .expect("Health   trouble")?;
    Ok(())
}

fn unread(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.reconciled()?;
    let mut command = suite.oc_etcd(User::Admin, &["status", "--watch", "-o", "json"]);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut stdout = BufReader::new(child.stdout.take().context("no stdout")?);
    stdout.read_line(&mut String::new())?;
    drop(stdout);
    let paused = r#"{"spec":{"paused":true}}"#;
    suite.kubectl(&["patch", "machineconfigpool/etcd", "--type=merge", "-p", paused])?;
    let begun = Instant::now();
    while child.try_wait()?.is_none() {
        if begun.elapsed() > Duration::from_secs(20) {
            child.kill()?;
            anyhow::bail!("the watch goes on");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut told = String::new();
    child.stderr.take().context("no stderr")?.read_to_string(&mut told)?;
    ensure!(child.wait()?.success() && told.is_empty(), "{told}");
    Ok(())
}

fn interruption(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.reconciled()?;
    let mut command = suite
        .oc_etcd(User::Admin, &["status", "--wait-for=healthy", "--stable=3s", "--progress=json"]);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(child.stderr.take().context("no stderr")?).lines();
    let mut expect = |text: &str| -> Result<()> {
        for line in lines.by_ref() {
            if line?.contains(text) {
                return Ok(());
            }
        }
        anyhow::bail!("`{text}` was not told")
    };
    expect("must last for 3s")?;
    suite.kubectl(&[
        "patch",
        "machineconfigpool/etcd",
        "--type=merge",
        "-p",
        r#"{"spec":{"paused":true}}"#,
    ])?;
    let file = suite.get("machineconfig/99-etcd-ssh")?;
    suite.kubectl(&["delete", "machineconfig/99-etcd-ssh"])?;
    expect("99-etcd-ssh")?;
    let broken = Instant::now();
    let path = suite.write_file("ssh.json", &without_versions(file).to_string())?;
    suite.kubectl(&[
        "patch",
        "machineconfigpool/etcd",
        "--type=merge",
        "-p",
        r#"{"spec":{"paused":false}}"#,
    ])?;
    suite.kubectl(&["create", "-f", &path])?;
    expect(r#""exitCode":0"#)?;
    ensure!(child.wait()?.success(), "it failed");
    ensure!(broken.elapsed() >= Duration::from_secs(3), "{:?}", broken.elapsed());
    Ok(())
}

/// An object as it was created.
pub(crate) fn without_versions(mut object: Value) -> Value {
    for field in ["resourceVersion", "uid", "managedFields", "creationTimestamp"] {
        if let Some(metadata) = object["metadata"].as_object_mut() {
            metadata.remove(field);
        }
    }
    object
}
