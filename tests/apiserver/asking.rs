//! Questions, asked on a real terminal (the pseudo-terminal of util-linux's `script`).

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::{Cluster, User};

use crate::Case;
use crate::observe::written;
use crate::suite::Suite;

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("only_a_whole_yes_is_consent", consent),
        ("ctrl_c_at_a_question_writes_nothing", interrupted),
        ("the_end_of_the_input_is_no_consent", ended),
        ("what_others_did_while_a_question_stood_is_judged_before_the_write", judged_again),
        ("a_plan_is_on_the_screen_before_the_question_wherever_stdout_goes", shown),
        ("a_zone_can_be_picked", picked),
        ("what_follows_live_lines_begins_a_line", after_live_lines),
        ("a_live_line_is_drawn_with_its_text_from_the_start", live_lines),
    ]
}

/// The question of `init`, as far as the tests read it.
const CREATE: &str = "Create 4 objects? [y/N]:";
/// The last zone that `add-machine` offers.
const ZONE: &str = "us-east-1c";

fn consent(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let before = suite.reconciled()?;
    for typed in ["\n", "n\n", "maybe later\n", "yesterday\n", "don't you dare\n"] {
        let ran = suite.typed(User::Admin, &["init"], (CREATE, typed))?.expect_code(4)?;
        ran.expect("nothing was written")?;
    }
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    let ran = suite.typed(User::Admin, &["init"], (CREATE, "YES\n"))?.expect_code(0)?;
    ran.expect("machineconfigpool/etcd created")?;
    Ok(())
}

fn interrupted(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let before = suite.reconciled()?;
    let ran = suite.typed(User::Admin, &["init"], (CREATE, "\u{3}"))?.expect_code(130)?;
    ran.expect("interrupted; nothing was written")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

/// Ctrl-D, at a question with yes or no, and at one with several answers.
fn ended(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let before = suite.reconciled()?;
    let ran = suite.typed(User::Admin, &["init"], (CREATE, "\u{4}"))?.expect_code(4)?;
    ran.expect("nothing was written")?;
    // Behind something that was typed, it does nothing; what was typed can be taken back.
    let taken_back = "yes\u{4}\u{7f}\u{7f}\u{7f}n\n";
    suite.typed(User::Admin, &["init"], (CREATE, taken_back))?.expect_code(4)?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    suite.admin(&["init", "--yes"])?.expect_code(0)?;
    let before = suite.reconciled()?;
    let ran = suite.typed(User::Admin, &["add-machine"], (ZONE, "\u{4}"))?.expect_code(4)?;
    ran.expect("nothing was written")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn judged_again(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let ssh = r#"{"spec":{"config":{"passwd":{"users":[{"name":"core","sshAuthorizedKeys":["ssh-ed25519 B b"]}]}}}}"#;
    let change = ["patch", "machineconfig/99-master-ssh", "--type=merge", "-p", ssh];
    let init = ["init", "--layout=documented"];
    let ran = suite
        .typed_while(User::Admin, &init, ("[y/N]:", "y\n"), || suite.kubectl(&change).map(drop))?;
    ran.expect("the new plan differs from the confirmed plan")?.expect_code(3)?;
    ensure!(suite.get("machineconfig/00-etcd").is_err(), "it was written");

    suite.admin(&["init", "--yes"])?.expect_code(0)?;
    let add = ["add-machine", "--zone=us-east-1a", "--wait=false"];
    let question = ("Create 1 machine? [y/N]:", "y\n");
    let by_other = [&add[..], &["--name=other", "--yes"]].concat();
    let ran = suite.typed_while(User::Admin, &add, question, || {
        suite.admin(&by_other)?.expect_code(0).map(drop)
    })?;
    ran.expect("machine/other")?.expect_code(0)?;
    ensure!(suite.get("machine/lab-x99n4-etcd-0").is_err(), "the zone has two machines");

    let add = ["add-machine", "--zone=us-east-1b", "--wait=false"];
    let ran = suite.typed_while(User::Admin, &add, question, || {
        let secret = ["delete", "secret/etcd-user-data", "-n", "openshift-machine-api"];
        suite.kubectl(&secret).map(drop)
    })?;
    ran.expect("a check blocks this command; nothing was written")?.expect_code(3)?;
    ensure!(suite.get("machine/lab-x99n4-etcd-0").is_err(), "the machine has no user data");
    Ok(())
}

fn shown(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let file = suite.write_file("plan.txt", "")?;
    let ran = suite.typed(User::Admin, &["init", ">", &file], (CREATE, "n\n"))?.expect_code(4)?;
    let question = ran.stdout.find(CREATE).context("no question")?;
    ensure!(ran.stdout[..question].contains("machineconfig/00-etcd-disk"), "{}", ran.stdout);
    ensure!(std::fs::read_to_string(&file)?.contains("machineconfig/00-etcd-disk"));
    Ok(())
}

fn picked(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    suite.admin(&["init", "--yes"])?.expect_code(0)?;
    // One down, and it is the second zone.
    let mut running = suite.on_terminal(User::Admin, &["add-machine", "--wait=false"])?;
    running.until_printed(ZONE)?;
    running.type_text("\u{1b}[B\n")?;
    running.until_printed("Create 1 machine? [y/N]")?;
    running.type_text("y\n")?;
    suite.finish(running)?.expect_code(0)?.expect("c5n.xlarge in us-east-1b")?;
    Ok(())
}

fn after_live_lines(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    let running = suite.on_terminal(User::Admin, &["init", "--yes", "--timeout=300ms"])?;
    let ran = suite.finish(running)?.expect_code(124)?;
    let error = ran.stdout.find("error: timed out").context("no error")?;
    assert!(ran.stdout[..error].ends_with('\n'), "{:?}", &ran.stdout[error - 40..]);
    Ok(())
}

/// A line that is drawn before it is one of several stays on the screen, and has no text.
fn live_lines(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    for _ in 0..5 {
        let running = suite.on_terminal(User::Admin, &["init", "--yes", "--timeout=1s"])?;
        let ran = suite.finish(running)?.expect_code(124)?;
        let mut wheels = ran.stdout.split('\u{2801}').skip(1);
        let is_text = |it: &str| it.trim_start().starts_with("machineconfigpool/etcd");
        let first = wheels.next().context("no live line")?;
        ensure!(is_text(first) && wheels.all(is_text), "{:?}", ran.stdout);
    }
    Ok(())
}
