//! `diff`: what `init` would change now, and that nothing of it is secret.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oc_etcd_lab::{Cluster, User};
use serde_json::{Value, json};

use super::init::{copied, initialized};
use crate::observe::written;
use crate::suite::{Ran, Suite};
use crate::{Case, leak};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("after_init_nothing_differs", same),
        ("before_init_everything_is_missing", missing),
        ("after_an_upgrade_diff_shows_the_flag_that_changed", upgraded),
        ("diff_shows_what_somebody_edited_and_that_init_refuses", edited),
        ("diff_shows_no_edit_that_was_applied_under_our_name", applied_under_our_name),
        ("diff_that_cannot_compare_ends_with_neither_0_nor_1", not_compared),
        ("a_viewer_is_told_what_is_left_out_of_the_diff", viewer),
        ("diff_shows_secrets_to_who_asks_and_never_in_files", sensitive),
        ("the_users_own_diff_program_is_run_over_private_files", external),
        ("the_files_of_a_diff_program_are_objects_in_yaml", objects),
        ("a_signal_ends_the_diff_program_and_its_files", interrupted),
        ("no_canary_of_a_users_machine_config_is_in_a_diff", users_secrets),
    ]
}

fn same(suite: &mut Suite) -> Result<()> {
    for release in ["4.16", "4.20"] {
        initialized(suite, release)?;
        suite.reconciled()?;
        for format in [&["diff"][..], &["diff", "-o", "wide"], &["diff", "-o", "name"]] {
            let ran = suite.admin(format)?.expect_code(0)?;
            assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""), "{format:?}");
        }
        let json = suite.admin(&["diff", "-o", "json"])?.expect_code(0)?.json()?;
        assert_eq!((&json["kind"], &json["objects"]), (&json!("Diff"), &json!([])));
    }
    Ok(())
}

fn missing(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.20")?)?;
    let before = suite.reconciled()?;
    let ran = suite.admin(&["diff", "-o", "name"])?.expect_code(1)?;
    assert_eq!(
        ran.stdout,
        "machineconfig/00-etcd-disk\nmachineconfig/01-etcd-kubelet\nsecret/etcd-user-data\n\
         machineconfigpool/etcd\n"
    );
    let ran = suite.admin(&["diff", "--color=always"])?.expect_code(1)?;
    let place = "--- machineconfigpool/etcd (not there)\u{1b}[0m\n";
    ensure!(ran.stdout.contains(place), "{}", ran.stdout);
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn upgraded(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.put("sources-upgraded-4.16")?;
    let before = suite.reconciled()?;
    let ran = suite.admin(&["diff"])?.expect_code(1)?;
    let changed = |mark: char| {
        let lines = ran.stdout.lines().filter_map(move |line| line.strip_prefix(mark));
        let is_digest = |line: &&str| line.contains("sha256:") || line.contains("source-digest");
        lines.filter(|line| !is_digest(line)).map(str::trim).collect::<Vec<_>>()
    };
    let headers = changed('-').into_iter().filter(|line| line.starts_with("-- machineconfig/"));
    assert_eq!(
        headers.collect::<Vec<_>>(),
        [
            "-- machineconfig/00-etcd (live)",
            "-- machineconfig/01-etcd-container-runtime (live)",
            "-- machineconfig/01-etcd-kubelet (live)",
        ]
    );
    // Of the kubelet one flag alone has changed, and that line comes last.
    let added = changed('+');
    let kubelet =
        added.iter().position(|line| line.starts_with("++ machineconfig/01-etcd-kubelet"));
    assert_eq!(added[kubelet.unwrap_or_default() + 1..], ["--v=3"]);
    let text = suite.admin(&["diff", "-o", "json"])?.expect_code(1)?.stdout;
    let again = suite.admin(&["diff", "-o", "json"])?.expect_code(1)?.stdout;
    ensure!(text != again, "digests can be compared between runs:\n{text}");
    let json: Value = serde_json::from_str(&without_digests(&text))?;
    let kubelet = &json["objects"][2];
    assert_eq!(kubelet["change"], "update");
    assert_eq!(kubelet["hunks"][1]["part"], "unit kubelet.service");
    let yaml = suite.admin(&["diff", "-o", "yaml"])?.expect_code(1)?.stdout;
    assert_eq!(serde_yaml::from_str::<Value>(&without_digests(&yaml))?, json);
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);

    let ran = suite.admin(&["status"])?.expect_code(5)?;
    ran.expect("→ oc etcd diff")?;
    suite.admin(&["init", "--yes"])?.expect_code(0)?;
    assert_eq!(suite.admin(&["diff"])?.expect_code(0)?.stdout, "");
    Ok(())
}

/// A text without the digests of what is withheld, which are of one run.
fn without_digests(text: &str) -> String {
    let mut parts = text.split(" bytes, digest ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.get(12..).unwrap_or_default())
}

fn edited(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    let patch = json!({"spec": {"kernelArguments": ["audit=1"]}}).to_string();
    suite.kubectl(&["patch", "machineconfig/00-etcd", "--type=merge", "-p", &patch])?;
    let ran = suite.admin(&["diff"])?.expect_code(3)?;
    // What an admin wrote is not shown, and all that is still as OpenShift wrote it is no difference.
    let changed: Vec<&str> = ran.stdout.lines().filter(|it| it.starts_with(['-', '+'])).collect();
    ensure!(changed.len() == 4 && changed[2] == "-kernel arguments:", "{changed:?}");
    ensure!(changed[3].starts_with("-- \"audit=<withheld: 1 bytes, digest "), "{changed:?}");
    ensure!(ran.stderr.contains("blocker [drifted]"), "{}", ran.stderr);
    suite.admin(&["diff", "--force-conflicts"])?.expect_code(1)?;
    Ok(())
}

/// The README tells admins to apply the manifests of `init` with the name of our field manager.
fn applied_under_our_name(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.20")?;
    suite.reconciled()?;
    let mut manifest = suite.get("machineconfig/00-etcd-disk")?;
    let kept = ["name", "labels", "annotations"];
    let metadata = kept.map(|it| (it.to_owned(), manifest["metadata"][it].take()));
    manifest["metadata"] = Value::Object(metadata.into_iter().collect());
    let spec = &mut manifest["spec"];
    spec["kernelArguments"] = json!(["rd.x=Isc7si"]);
    let mut push = |pointer: &str, entry: Value| -> Result<()> {
        let list = spec.pointer_mut(pointer).and_then(Value::as_array_mut);
        list.context("no such list")?.push(entry);
        Ok(())
    };
    let login = "[Service]\nExecStart=/usr/bin/podman login -u svc -p hunter2podman quay.io\n";
    push("/config/systemd/units", json!({"name": "login.service", "contents": login}))?;
    let script = json!({"source": "data:,mysql%20-pMy7sqlpw%0A"});
    push("/config/storage/files", json!({"path": "/usr/local/bin/site.sh", "contents": script}))?;
    let file = suite.write_file("manifest.json", &manifest.to_string())?;
    suite.kubectl(&["apply", "--server-side", "--field-manager=oc-etcd", "-f", &file])?;
    let ran = suite.admin(&["diff"])?.expect_code(1)?;
    for secret in ["hunter2podman", "My7sqlpw", "Isc7si"] {
        ensure!(!ran.stdout.contains(secret), "{}", ran.stdout);
    }
    ran.expect("login.service")?.expect("/usr/local/bin/site.sh")?;
    Ok(())
}

fn not_compared(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.20")?)?;
    for (arguments, code) in [
        (&["diff", "--server=https://127.0.0.1:1"][..], 6),
        (&["diff", "--token=wrong"], 6),
        (&["diff", "--context=no-such-context"], 6),
        (&["diff", "--no-such-flag"], 2),
        (&["diff", "--layout=documented"], 3),
    ] {
        let ran = suite.admin(arguments)?.expect_code(code)?;
        ensure!(ran.stderr.contains("error: "), "{arguments:?}: {}", ran.stderr);
    }
    Ok(())
}

fn viewer(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.put("sources-upgraded-4.16")?;
    let ran = suite.run(User::Viewer, &["diff"])?.expect_code(3)?;
    ensure!(ran.stdout.contains("\n+      --v=3\n"), "{}", ran.stdout);
    let ran = ran.expect("you may not get secrets master-user-data in openshift-machine-api")?;
    ensure!(!ran.stderr.contains("patch"), "{}", ran.stderr);
    Ok(())
}

fn sensitive(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.put("sources-upgraded-4.16")?;
    let ran = suite.admin(&["diff"])?.expect_code(1)?;
    let withheld = ran.stdout.lines().filter(|line| line.ends_with(">\""));
    let withheld = withheld.filter(|line| line[1..].starts_with("  contents: \"<withheld: "));
    // The pull secret, before and after. Of the old copy of 00-master, whose digest covers units that the copy does not
    // have, the unit that changed is withheld as well.
    assert_eq!(withheld.map(|line| &line[..1]).collect::<String>(), "-+-");
    let ran = suite.admin(&["diff", "--show-sensitive"])?.expect_code(1)?;
    ensure!(leak::find(&ran.stdout).is_some(), "nothing was found in {}", ran.stdout);
    ensure!(leak::find(&ran.stderr).is_none(), "{}", ran.stderr);

    let mut command = suite.oc_etcd(User::Admin, &["diff", "--show-sensitive"]);
    command.env("KUBECTL_EXTERNAL_DIFF", "cat");
    let ran = suite.run_command(command)?.expect_code(2)?;
    assert_eq!(ran.stdout, "");
    Ok(())
}

/// `diff` with a program, and the directory in which it can leave files.
fn with_program(suite: &Suite, script: &str) -> Result<(Command, PathBuf)> {
    let path = PathBuf::from(suite.write_file("external-diff", script)?);
    make_executable(&path)?;
    let temporary = suite.dir().join("external-diff-files");
    std::fs::create_dir_all(&temporary)?;
    let mut command = suite.oc_etcd(User::Admin, &["diff"]);
    let program = format!("{} -N --brief /not/passed", path.display());
    command.env("KUBECTL_EXTERNAL_DIFF", program).env("TMPDIR", &temporary);
    Ok((command, temporary))
}

fn make_executable(path: &std::path::Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?)
}

fn expect_empty(directory: &std::path::Path) -> Result<()> {
    let left = std::fs::read_dir(directory)?.next();
    ensure!(left.is_none(), "a run left {left:?}");
    Ok(())
}

fn run_with(suite: &Suite, script: &str, code: i32) -> Result<Ran> {
    let (command, temporary) = with_program(suite, script)?;
    let ran = suite.run_command(command)?.expect_code(code)?;
    expect_empty(&temporary)?;
    Ok(ran)
}

fn external(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    // Where nothing differs, nothing is run.
    run_with(suite, "#!/bin/sh\nexit 9\n", 0)?;
    suite.put("sources-upgraded-4.16")?;
    let script = "#!/bin/sh\nbasename \"$1\" | cut -c1-5\nbasename \"$2\" | cut -c1-7\nshift 2\necho \"$@\"\n";
    assert_eq!(run_with(suite, script, 0)?.stdout, "LIVE-\nMERGED-\n-N --brief\n");
    let script = "#!/bin/sh\nstat -c '%a %F' \"$1\" \"$2\" \"$1\"/* \"$2\"/*\nls \"$1\"\n";
    assert_eq!(
        run_with(suite, script, 0)?.stdout,
        "700 directory\n700 directory\n600 regular file\n600 regular file\n600 regular file\n\
         600 regular file\n600 regular file\n600 regular file\n\
         machineconfiguration.openshift.io.v1.MachineConfig..00-etcd\n\
         machineconfiguration.openshift.io.v1.MachineConfig..01-etcd-container-runtime\n\
         machineconfiguration.openshift.io.v1.MachineConfig..01-etcd-kubelet\n"
    );
    let ran = run_with(suite, "#!/bin/sh\nexec diff -u \"$1\" \"$2\"\n", 1)?;
    ensure!(ran.stdout.contains("\n+      --v=3\n"), "{}", ran.stdout);
    let ran = run_with(suite, "#!/bin/sh\ncat \"$1\"/* \"$2\"/*\nexit 7\n", 6)?;
    let ran = ran.expect("the diff program of KUBECTL_EXTERNAL_DIFF, failed (exit status: 7)")?;
    ensure!(ran.stdout.contains("unit kubelet.service:"), "{}", ran.stdout);
    // A document is a document.
    let (mut command, _) = with_program(suite, "#!/bin/sh\nexit 9\n")?;
    command.args(["-o", "json"]);
    suite.run_command(command)?.expect_code(1)?.json()?;
    let (mut command, _) = with_program(suite, "")?;
    command.env("KUBECTL_EXTERNAL_DIFF", "/no/such/program");
    suite.run_command(command)?.expect_code(6)?.expect("`/no/such/program`")?;
    Ok(())
}

/// Every file is one YAML document, and an object to kubectl.
fn objects(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.put("sources-upgraded-4.16")?;
    let patch = json!({"spec": {"maxUnavailable": 2}}).to_string();
    suite.kubectl(&["patch", "machineconfigpool/etcd", "--type=merge", "-p", &patch])?;
    suite.kubectl(&["delete", "machineconfig/99-etcd-ssh"])?;
    let script =
        "#!/bin/sh\nfor file in \"$1\"/* \"$2\"/*; do echo ---; cat \"$file\"; done\nexit 1\n";
    let text = run_with(suite, script, 1)?.stdout;
    let name = |it: &Value| format!("{} {}", it["kind"], it["metadata"]["name"]).replace('"', "");
    let mut expected = Vec::new();
    for name in ["00-etcd", "01-etcd-container-runtime", "01-etcd-kubelet"] {
        expected.push(format!("MachineConfig {name}"));
    }
    expected.extend(expected.clone());
    expected.push("MachineConfig 99-etcd-ssh".to_owned());
    let documents = oc_etcd::model::yaml::documents(&text)?;
    assert_eq!(documents.iter().map(name).collect::<Vec<_>>(), expected, "{text}");
    let file = suite.write_file("external-diff.yaml", &text)?;
    let create = ["create", "--dry-run=client", "--validate=false", "-o", "name", "-f", &file];
    let created = suite.kubectl(&create)?;
    let names = created.lines().filter_map(|it| Some(it.split_once('/')?.1));
    ensure!(names.eq(expected.iter().filter_map(|it| Some(it.split_once(' ')?.1))), "{created}");
    Ok(())
}

fn interrupted(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.put("sources-upgraded-4.16")?;
    let started = suite.dir().join("external-diff-started");
    let script = format!("#!/bin/sh\ntouch {}\nexec sleep 60\n", started.display());
    let (command, temporary) = with_program(suite, &script)?;
    let running = Suite::begin(command)?;
    suite.wait("the diff program", async |_| Ok(started.exists().then_some(())))?;
    running.signal("TERM")?;
    suite.finish(running)?.expect_code(143)?;
    expect_empty(&temporary)
}

fn users_secrets(suite: &mut Suite) -> Result<()> {
    let mut cluster = with_carriers("4.16")?;
    let name = "machineconfig/99-master-secrets";
    let mut merging = cluster.object(name).context("no carrier")?.clone();
    merging["spec"]["config"]["ignition"]["config"] =
        json!({"merge": [{"source": "https://x/y?sig=CANARY-MERGED"}]});
    cluster = cluster.without(name).with_objects(vec![merging]);
    suite.load(&cluster)?;
    for format in ["-o=wide", "-o=json", "-o=yaml", "-o=name"] {
        // Each run is looked through. A check refuses the Ignition config that is merged from elsewhere.
        let ran = suite.admin(&["diff", "--layout=documented", format])?.expect_code(3)?;
        ensure!(ran.stdout.contains("99-etcd-secrets"), "{}", ran.stdout);
    }
    let (mut command, _) = with_program(suite, "#!/bin/sh\ncat \"$2\"/*\nexit 1\n")?;
    command.arg("--layout=documented").env("HOME", suite.dir());
    let ran = suite.run_command(command)?.expect_code(3)?;
    ensure!(ran.stdout.contains("unit x.service:\n  contents: \"<withheld: "), "{}", ran.stdout);
    Ok(())
}

/// A cluster in which masters and workers have a MachineConfig of an admin's with secrets.
pub(crate) fn with_carriers(release: &str) -> Result<Cluster> {
    let cluster = Cluster::load(release)?;
    let mut added = Vec::new();
    for role in ["master", "worker"] {
        let ssh = cluster.object(&format!("machineconfig/99-{role}-ssh")).context("no ssh")?;
        let mut machine_config = ssh.clone();
        machine_config["metadata"]["name"] = format!("99-{role}-secrets").into();
        machine_config["spec"] = carriers();
        added.push(machine_config);
    }
    Ok(cluster.with_objects(added))
}

/// A MachineConfig with a secret wherever admins put them.
pub(crate) fn carriers() -> Value {
    let file = |path: &str, text: &str| {
        let source = format!("data:text/plain;base64,{}", STANDARD.encode(text));
        json!({"path": path, "mode": 384, "contents": {"source": source}})
    };
    let header = json!([{"name": "Authorization", "value": "Bearer CANARY-BEARER"}]);
    let unit = "[Service]\nEnvironment=API_TOKEN=CANARY-ENVIRONMENT\nExecStart=/x --cid=CANARY-CID\n\
                ExecStart=/usr/sbin/mount.cifs //nas/share /mnt -o username=svc,password=CANARY-CIFS\n";
    json!({
        "kernelArguments": ["rd.iscsi.password=CANARY-ISCSI", "systemd.set_credential=x:CANARY-CREDENTIAL"],
        "config": {
            "ignition": {
                "version": "3.4.0",
                "security": {"tls": {"certificateAuthorities": [{"source": "https://x/y?sig=CANARY-SIG", "httpHeaders": header}]}},
            },
            "passwd": {"users": [{"name": "core", "passwordHash": "CANARY-HASH", "sshAuthorizedKeys": ["CANARY-SSH"]}]},
            "storage": {
                "files": [
                    file("/etc/mco/proxy.env", "HTTPS_PROXY=http://me:CANARY-PROXY@proxy:3128\n"),
                    file("/etc/chrony.keys", "1 SHA1 CANARY-CHRONY\n"),
                    file("/etc/kubernetes/manifests/x.yaml", "env:\n- name: A\n  value: CANARY-YAML\n"),
                    file("/etc/containers/registries.conf", "location = \"me:CANARY-MIRROR@mirror\"\n"),
                    file("/usr/local/bin/x.sh", SCRIPT),
                ],
                "luks": [{
                    "name": "root", "options": ["--passphrase=CANARY-LUKS"],
                    "device": "/dev/disk/by-partlabel/root",
                    "keyFile": {"source": "https://x/CANARY-LUKS", "httpHeaders": header},
                    "clevis": {"custom": {"pin": "sss", "config": "{\"pw\": \"CANARY-CLEVIS\"}"}},
                }],
                "fieldOfTomorrow": {"a": ["CANARY-TOMORROW"]},
            },
            "systemd": {"units": [
                {"name": "x.service", "contents": unit,
                 "dropins": [{"name": "a.conf", "contents": "[Service]\nExecStart=/y -p CANARY-DROPIN\n"}]},
                {"name": "backup@CANARY-INSTANCE.service", "enabled": true},
            ]},
        },
    })
}

/// How admins give passwords to programs.
const SCRIPT: &str = "#!/bin/bash
podman login -u svc -p CANARY-PODMAN quay.io
ipmitool -I lanplus -H 10.0.0.9 -U admin -P CANARY-IPMI chassis status
ldapsearch -x -D cn=svc,dc=lab -w CANARY-LDAP -b dc=lab
mysql -h db.lab.example.com -uroot -pCANARY-MYSQL -e 'select 1'
smbclient //nas/share -U svc%CANARY-SMB
snmpget -v3 -u mon -A CANARY-SNMP -l authNoPriv 10.0.0.1 sysUpTime.0
openssl enc -aes-256-cbc -k CANARY-OPENSSL -in a -out b
az login --service-principal -u id -p CANARY-AZURE --tenant t
echo CANARY-STDIN | podman login -u svc --password-stdin quay.io
";
