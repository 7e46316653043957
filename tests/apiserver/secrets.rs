//! No command prints a secret or writes it into a file, whatever goes wrong. Every run of this suite is
//! looked through by `leak`; here the secrets are put where nothing else puts them.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oc_etcd_lab::kind::MACHINE_CONFIG_OBJECT;
use oc_etcd_lab::{Cluster, User};
use serde_json::{Value, json};

use crate::diff::{carriers, with_carriers};
use crate::fakes::{answering, kubeconfig, users};
use crate::suite::{Ran, Suite};
use crate::{Case, leak};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("no_canary_in_any_output", clusters),
        ("no_canary_of_an_admin_in_any_output", admins),
        ("no_canary_in_any_output_when_a_policy_quotes_it", quoted),
        ("no_canary_in_any_output_when_objects_are_malformed", malformed),
        ("no_canary_in_any_output_when_the_connection_fails", connections),
        ("no_canary_in_any_output_when_the_server_answers_nonsense", nonsense),
        ("secrets_are_shown_to_who_asks_for_them", shown),
    ]
}

const FORMATS: [&[&str]; 6] =
    [&[], &["-o=wide"], &["-o=json"], &["-o=yaml"], &["-o=name"], &["-o=jsonpath={..}"]];
const VERBOSITIES: [&str; 3] = ["-v=0", "-v=8", "-v=9"];
const MACHINE: [&str; 3] = ["add-machine", "--zone=us-east-1a", "--yes"];

/// What can be run without changing the cluster.
const READING: [&[&str]; 11] = [
    &["init", "--dry-run=client"],
    &["init", "--dry-run=client", "--progress=json"],
    &["status", "--watch", "--timeout=100ms"],
    &["status", "--wait-for=rendered", "--timeout=100ms", "--progress=json"],
    &["init", "--dry-run=server"],
    &["add-machine", "--zone=us-east-1a", "--dry-run=client"],
    &["add-machine", "--zone=us-east-1a", "--dry-run=server"],
    &["diff"],
    &["status"],
    &["check"],
    &["version"],
];

/// What is run where nothing can be written anyway.
const WRITING: [&[&str]; 5] = [&["init", "--yes"], &MACHINE, &["diff"], &["status"], &["version"]];

/// Where a run could leave files: all three are empty before and after.
struct Places {
    root: PathBuf,
}

impl Places {
    fn new(suite: &Suite) -> Result<Self> {
        let places = Self { root: suite.dir().join("places") };
        for directory in places.directories() {
            std::fs::create_dir_all(directory)?;
        }
        Ok(places)
    }

    fn directories(&self) -> [PathBuf; 3] {
        ["home", "tmp", "cwd"].map(|name| self.root.join(name))
    }

    fn set(&self, command: &mut Command) {
        let [home, temporary, current] = self.directories();
        command.env("HOME", home).env("TMPDIR", temporary).current_dir(current);
    }

    fn expect_empty(&self) -> Result<()> {
        for directory in self.directories() {
            let left = std::fs::read_dir(&directory)?.next();
            ensure!(left.is_none(), "a run left {left:?}");
        }
        Ok(())
    }
}

/// What is added to each command line, and to the environment.
#[derive(Default)]
struct Setting {
    name: &'static str,
    arguments: Vec<String>,
    environment: Vec<(&'static str, OsString)>,
}

impl Setting {
    fn plain(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    fn kubeconfig(name: &'static str, path: &str) -> Self {
        Self { name, environment: vec![("KUBECONFIG", path.into())], ..Self::default() }
    }

    fn arguments(name: &'static str, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&it| it.to_owned()).collect();
        Self { name, arguments, ..Self::default() }
    }
}

/// The number of runs that are under way at once.
const SIDE_BY_SIDE: usize = 6;

/// Runs commands in every format and verbosity. `leak` looks through what each prints.
fn run_all(suite: &Suite, user: User, commands: &[&[&str]], setting: &Setting) -> Result<Vec<Ran>> {
    run_with(suite, user, commands, &VERBOSITIES, setting)
}

/// Runs commands in every format at the highest verbosity: where there are many cases.
fn run_verbosely(suite: &Suite, user: User, commands: &[&[&str]], setting: &Setting) -> Result<()> {
    run_with(suite, user, commands, &["-v=9"], setting).map(drop)
}

fn run_with(
    suite: &Suite,
    user: User,
    commands: &[&[&str]],
    verbosities: &[&str],
    setting: &Setting,
) -> Result<Vec<Ran>> {
    let places = Places::new(suite)?;
    let lines: Vec<Vec<&str>> = each_format(commands)
        .flat_map(|(verb, format)| verbosities.iter().map(move |it| [verb, format, &[it]].concat()))
        .collect();
    let mut all = Vec::new();
    for some in lines.chunks(SIDE_BY_SIDE) {
        let begin = |line: &Vec<&str>| Suite::begin(command(suite, user, line, setting, &places));
        let running = some.iter().map(begin).collect::<Result<Vec<_>>>()?;
        for (running, line) in running.into_iter().zip(some) {
            all.push(examined(suite.finish(running), &line.join(" "), setting)?);
        }
        places.expect_empty().with_context(|| setting.name)?;
    }
    Ok(all)
}

fn each_format<'a>(
    commands: &'a [&'a [&'a str]],
) -> impl Iterator<Item = (&'a [&'a str], &'static [&'static str])> {
    commands.iter().flat_map(|verb| FORMATS.map(|format| (*verb, format)))
}

fn command(
    suite: &Suite,
    user: User,
    arguments: &[&str],
    setting: &Setting,
    places: &Places,
) -> Command {
    let added = setting.arguments.iter().map(String::as_str);
    let arguments: Vec<&str> = arguments.iter().copied().chain(added).collect();
    let mut command = suite.oc_etcd(user, &arguments);
    places.set(&mut command);
    command.envs(setting.environment.iter().map(|(name, value)| (name, value)));
    command
}

fn examined(ran: Result<Ran>, line: &str, setting: &Setting) -> Result<Ran> {
    let ran = ran.with_context(|| setting.name)?;
    let is_panic = ran.stderr.contains("panicked");
    ensure!(!is_panic, "{}: {line:?}: {}", setting.name, ran.stderr);
    Ok(ran)
}

/// As [`run_all`], where every command must fail.
fn all_fail(suite: &Suite, setting: &Setting) -> Result<()> {
    let all = run_all(suite, User::Admin, &WRITING, setting)?;
    // `version` shows what it knows.
    let fine = all.iter().filter(|ran| ran.code == 0 && !ran.stdout.contains("0.1.0")).count();
    ensure!(fine == 0, "{}: {fine} commands went well", setting.name);
    Ok(())
}

fn clusters(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    run_all(suite, User::Admin, &READING, &Setting::plain("before init"))?;
    run_all(suite, User::Viewer, &WRITING, &Setting::plain("a viewer"))?;
    let nobody = Setting::arguments("somebody without rights", &["--as=nobody"]);
    run_all(suite, User::Admin, &WRITING, &nobody)?;
    all_fail(suite, &Setting::arguments("a wrong token", &["--token=CANARY-TOKEN"]))?;

    suite.admin(&["init", "--layout=documented", "--yes", "-o=yaml", "-v=9"])?.expect_code(0)?;
    suite
        .admin(&["add-machine", "--zone=us-east-1b", "--yes", "-o=json", "-v=9"])?
        .expect_code(0)?;
    run_all(suite, User::Admin, &READING, &Setting::plain("after init"))?;
    let conflict = "data:,CANARY-CONFLICT";
    let patch = json!({"spec": {"config": {"storage": {"files": [{
        "path": "/etc/x", "contents": {"source": conflict},
    }]}}}});
    let patch = patch.to_string();
    suite.kubectl(&["patch", "machineconfig/00-etcd", "--type=merge", "-p", &patch])?;
    run_verbosely(suite, User::Admin, &READING, &Setting::plain("a conflict"))
}

/// Before and after `init`, in both layouts, and after an admin edited what `init` made.
fn admins(suite: &mut Suite) -> Result<()> {
    let edited = [("4.16", "00-etcd", "documented"), ("4.20", "01-etcd-kubelet", "inherit")];
    for (release, edited, layout) in edited {
        suite.load(&with_carriers(release)?)?;
        run_verbosely(suite, User::Admin, &READING, &Setting::plain("an admin's secrets"))?;
        let layout = format!("--layout={layout}");
        suite.admin(&["init", "--yes", "-o=json", "-v=9", &layout])?.expect_code(0)?;
        run_verbosely(suite, User::Admin, &READING, &Setting::plain("copied secrets"))?;
        let patch = json!({"metadata": {"labels": {"x": "CANARY-LABEL"}, "annotations": {"oc-etcd/x": "CANARY-"}},
            "spec": carriers()});
        let name = format!("machineconfig/{edited}");
        suite.kubectl(&["patch", &name, "--type=merge", "-p", &patch.to_string()])?;
        suite.kubectl(&["label", "machineconfigpool/etcd", "y=CANARY-LABEL"])?;
        let ran = run_verbosely(suite, User::Admin, &READING, &Setting::plain("edited copies"));
        ran.with_context(|| release)?;
    }
    Ok(())
}

/// A policy that quotes what it denies, and warns of.
fn quoted(suite: &mut Suite) -> Result<()> {
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "no-arguments"},
        "spec": {
            "matchConstraints": {"resourceRules": [{
                "apiGroups": ["machineconfiguration.openshift.io"], "apiVersions": ["v1"],
                "operations": ["CREATE", "UPDATE"], "resources": ["machineconfigs"],
            }]},
            "validations": [{
                "expression": "!object.metadata.name.startsWith('99-etcd-secrets')",
                "messageExpression": "'no arguments: ' + object.spec.kernelArguments.join(', ') + ' in ' + object.metadata.name",
            }],
        },
    });
    let file = suite.write_file("quoting.yaml", &policy.to_string())?;
    suite.load_with_policy(&with_carriers("4.16")?, file.as_ref())?;
    let init = ["init", "--dry-run=server", "--layout=documented", "-v=9"];
    for (action, told) in [("Deny", "denied request: no arguments: "), ("Warn", "Warning: ")] {
        let patch = json!({"spec": {"validationActions": [action]}}).to_string();
        let binding = "validatingadmissionpolicybinding/no-arguments-binding";
        suite.kubectl(&["patch", binding, "--type=merge", "-p", &patch])?;
        suite.wait("the server follows the policy", async |rest| {
            let denied = json!({"apiVersion": "machineconfiguration.openshift.io/v1", "kind": "MachineConfig",
                "metadata": {"name": "99-etcd-secrets-probe"}, "spec": {"kernelArguments": []}});
            let tried = rest.try_create(&MACHINE_CONFIG_OBJECT, &denied).await;
            Ok((tried.is_err() == (action == "Deny")).then_some(()))
        })?;
        let places = Places::new(suite)?;
        let setting = Setting::plain("a policy that quotes");
        let events = [&init[..], &["--progress=json"]].concat();
        let run = |arguments: &[&str]| {
            let command = command(suite, User::Admin, arguments, &setting, &places);
            let ran = examined(suite.run_command(command), &arguments.join(" "), &setting)?;
            places.expect_empty().map(|()| ran)
        };
        run(&events)?;
        let ran = run(&init)?.expect(told)?;
        ensure!(ran.stderr.contains("(withheld)"), "{}", ran.stderr);
        ensure!(ran.stderr.contains(" in 99-etcd-secrets"), "{}", ran.stderr);
    }
    Ok(())
}

fn malformed(suite: &mut Suite) -> Result<()> {
    for damage in damages()? {
        suite.load_without_controllers(&damage)?;
        run_verbosely(suite, User::Admin, &READING, &Setting::plain("malformed objects"))?;
    }
    Ok(())
}

/// Clusters whose secret-bearing objects are not what they should be, each in a way of its own.
fn damages() -> Result<Vec<Cluster>> {
    let cluster = Cluster::load("4.16")?;
    let object = |name| cluster.object(name).cloned().context("it is not in the cluster");
    let user_data = |text: &str| -> Result<Value> {
        let mut secret = object("secret/openshift-machine-api/master-user-data")?;
        secret["data"]["userData"] = STANDARD.encode(text).into();
        Ok(secret)
    };
    let config = |name: &'static str, config: Value| -> Result<Value> {
        let mut machine_config = object(name)?;
        machine_config["spec"]["config"] = config;
        Ok(machine_config)
    };
    let unit = |contents: &str| json!({"name": "kubelet.service", "contents": contents});
    let ignition = json!({"version": "3.4.0"});
    let kubelet = |units: Value| {
        config(
            "machineconfig/01-master-kubelet",
            json!({"ignition": ignition, "systemd": {"units": units}}),
        )
    };
    let file = json!({"path": "CANARY-PATH", "contents": {"source": "data:;base64,CANARY-!!"}});
    let damaged = [
        user_data("CANARY-USER-DATA")?,
        user_data(r#"{"ignition": {"version": "CANARY-VERSION"}}"#)?,
        user_data(r#"{"ignition": {"version": "3.2.0", "config": {"merge": "CANARY-MERGE"}}}"#)?,
        user_data(r#"{"CANARY-KEY": [1,2"#)?,
        kubelet(json!([unit("CANARY-UNIT"), unit("CANARY-UNIT")]))?,
        kubelet(json!([unit("[Service]\nExecStart=CANARY-\\\n 'CANARY- \\")]))?,
        kubelet(json!("CANARY-UNITS"))?,
        config("machineconfig/00-master", json!({"ignition": "CANARY-CONFIG"}))?,
        config(
            "machineconfig/00-master",
            json!({"ignition": ignition, "storage": {"files": [file]}, "passwd": "CANARY-"}),
        )?,
    ];
    Ok(damaged.into_iter().map(|it| cluster.clone().with_objects(vec![it])).collect())
}

fn connections(suite: &mut Suite) -> Result<()> {
    for (name, user) in users() {
        let path = kubeconfig(suite, name, &user, &json!({}))?;
        all_fail(suite, &Setting::kubeconfig(name, &path))?;
    }
    let token = json!({"token": "CANARY-TOKEN"});
    for (name, cluster) in [
        ("a password in the URL", json!({"server": "https://admin:CANARY-PASSWORD@127.0.0.1:1"})),
        (
            "an authority where its file belongs",
            json!({"certificate-authority-data": null, "certificate-authority": "CANARY-AUTHORITY"}),
        ),
        (
            "a password in the proxy",
            json!({"proxy-url": "http://admin:CANARY-PASSWORD@127.0.0.1:1"}),
        ),
        ("a URL that is none", json!({"server": "https://admin:CANARY-PASSWORD@[127"})),
        ("an authority that is none", json!({"certificate-authority-data": "CANARY-CERTIFICATE"})),
    ] {
        let path = kubeconfig(suite, name, &token, &cluster)?;
        all_fail(suite, &Setting::kubeconfig(name, &path))?;
    }
    for (name, text) in [
        ("no YAML", "users:\n- name: a\n  user: {token: CANARY-TOKEN\n"),
        ("a tab", "users:\n- name: a\n  user:\n    token: \"CANARY-TOKEN\n\t\tCANARY\"x\n"),
        ("a list", "users: CANARY-USERS\n"),
        ("a number", "users:\n- name: a\n  user: {token: 'CANARY-TOKEN', exec: CANARY-EXEC}\n"),
        (
            "a key twice",
            "users:\n- name: a\n  user:\n    token: CANARY-TOKEN\n    token: CANARY-OTHER\n",
        ),
        ("a kind", "kind: CANARY-KIND\napiVersion: CANARY-VERSION\n"),
        ("an alias", "users: *CANARY-ALIAS\n"),
        ("nothing of a kubeconfig", "CANARY-TOKEN"),
    ] {
        let file = format!("{}.malformed", name.replace(' ', "-"));
        let path = suite.write_file(&file, text)?;
        all_fail(suite, &Setting::kubeconfig(name, &path))?;
    }
    let server = ["--server=https://admin:CANARY-PASSWORD@127.0.0.1:1"];
    all_fail(suite, &Setting::arguments("a password in --server", &server))?;
    let server = ["--server=https://admin:CANARY-PASSWORD@[127"];
    all_fail(suite, &Setting::arguments("a password in no --server", &server))?;
    let proxy = "http://admin:CANARY-PASSWORD@127.0.0.1:1";
    let proxied = Setting {
        name: "a password in HTTPS_PROXY",
        environment: vec![("HTTPS_PROXY", proxy.into())],
        // A loopback address is never reached through a proxy.
        ..Setting::arguments("", &["--server=https://192.0.2.10:6443"])
    };
    all_fail(suite, &proxied)
}

fn nonsense(suite: &mut Suite) -> Result<()> {
    for (status, body) in [
        ("200 OK", r#"{"kind":"Secret","data":{"userData":"CANARY-USER-DATA"#),
        ("200 OK", r#""CANARY-STRING""#),
        ("200 OK", r#"{"kind":"List","items":"CANARY-ITEMS","metadata":"CANARY-METADATA"}"#),
        ("200 OK", r#"{"kind":{"CANARY-KIND":1},"metadata":{"name":["CANARY-NAME"]}}"#),
        ("302 Found", "CANARY-BODY"),
    ] {
        let server = format!("--server={}", answering(status, body)?);
        let setting = Setting::arguments("a server that answers nonsense", &[&server]);
        run_all(suite, User::Admin, &WRITING, &setting)?;
    }
    Ok(())
}

/// The search itself finds what there is to find.
fn shown(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    for format in ["-o=yaml", "-o=json"] {
        let ran = suite.admin(&["init", "--dry-run=client", "--show-sensitive", format])?;
        let ran = ran.expect_code(0)?;
        ensure!(leak::find(&ran.stdout).is_some(), "nothing was found in {}", ran.stdout);
        ensure!(leak::find(&ran.stderr).is_none(), "{}", ran.stderr);
    }
    Ok(())
}
