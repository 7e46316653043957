//! `init` from nothing, again, and after an upgrade.

use anyhow::{Context as _, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oc_etcd_lab::host::{Host, Start};
use oc_etcd_lab::omission::left_out;
use oc_etcd_lab::standin::kubelet::Registration;
use oc_etcd_lab::{Cluster, User, captured};
use serde_json::{Value, json};

use crate::Case;
use crate::observe::{unit, written};
use crate::suite::{Ran, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("init_makes_the_documented_layout_before_4_18", documented),
        ("init_makes_the_inherit_layout_from_4_18_on", inherit),
        ("every_object_says_what_it_was_made_from_and_by_whom", marks),
        ("no_copy_holds_what_belongs_to_its_source", clean_copies),
        ("machine_configs_come_first_and_the_pool_last", order),
        ("the_rendered_config_makes_an_etcd_node_and_nothing_else", rendered),
        ("the_rendered_config_of_real_machine_configs_makes_an_etcd_node", rendered_captured),
        ("user_data_of_any_age_points_at_the_etcd_config", user_data),
        ("init_twice_writes_nothing_the_second_time", twice),
        ("init_after_an_upgrade_on_4_16_writes_what_drifted", upgraded_documented),
        ("init_after_an_upgrade_on_4_20_writes_what_drifted", upgraded_inherit),
        ("init_brings_back_what_somebody_deleted", deleted),
        ("init_removes_the_copy_whose_source_is_gone", source_gone),
        ("init_without_consent_and_terminal_writes_nothing", no_terminal),
        ("init_keeps_a_pool_paused_and_a_choice_made", choices),
        ("after_a_refresh_the_next_command_is_not_to_add_machines", next_after_refresh),
        ("init_does_not_wait_for_a_paused_pool_to_roll_out", held_back),
        ("without_waiting_init_says_how_to_go_on", no_wait),
        ("two_inits_at_once_make_one_pool", at_once),
        ("the_request_log_holds_no_secret", request_log),
    ]
}

/// Loads a cluster, and has `init` make everything.
pub(crate) fn initialized(suite: &mut Suite, release: &str) -> Result<Ran> {
    suite.load(&Cluster::load(release)?)?;
    suite.admin(&["init", "--yes"])?.expect_code(0)
}

/// Loads the cluster of 4.16, and has `init` make everything as copies, which an upgrade makes stale.
pub(crate) fn copied(suite: &mut Suite) -> Result<Ran> {
    suite.load(&Cluster::load("4.16")?)?;
    suite.admin(&["init", "--layout=documented", "--yes"])?.expect_code(0)
}

fn documented(suite: &mut Suite) -> Result<()> {
    let ran = copied(suite)?;
    let created = ran.stdout.lines().filter_map(|line| line.strip_suffix(" created"));
    assert_eq!(
        created.collect::<Vec<_>>(),
        [
            "machineconfig/00-etcd",
            "machineconfig/00-etcd-disk",
            "machineconfig/01-etcd-container-runtime",
            "machineconfig/01-etcd-kubelet",
            "machineconfig/99-etcd-ssh",
            "secret/etcd-user-data",
            "machineconfigpool/etcd",
        ]
    );
    suite.reconciled()?;
    assert_eq!(
        suite.machine_configs_of("etcd")?,
        [
            "00-etcd",
            "00-etcd-disk",
            "01-etcd-container-runtime",
            "01-etcd-kubelet",
            "99-etcd-generated-registries",
            "99-etcd-ssh",
        ]
    );
    let pool = suite.get("machineconfigpool/etcd")?;
    assert_eq!(
        pool["spec"]["machineConfigSelector"],
        json!({"matchLabels": {"machineconfiguration.openshift.io/role": "etcd"}})
    );
    assert_pool(&pool);
    Ok(())
}

fn inherit(suite: &mut Suite) -> Result<()> {
    initialized(suite, "4.20")?.expect("Layout inherit:")?;
    suite.reconciled()?;
    assert_eq!(
        suite.machine_configs_of("etcd")?,
        ["00-etcd-disk", "01-etcd-kubelet", "99-etcd-generated-registries"]
    );
    let pool = suite.get("machineconfigpool/etcd")?;
    assert_eq!(
        pool["spec"]["machineConfigSelector"],
        json!({"matchExpressions": [{
            "key": "machineconfiguration.openshift.io/role",
            "operator": "In",
            "values": ["worker", "etcd"],
        }]})
    );
    assert_pool(&pool);
    let kubelet = suite.get("machineconfig/01-etcd-kubelet")?;
    let config = &kubelet["spec"]["config"];
    assert_eq!(config["storage"]["files"].as_array().map(Vec::len), Some(1));
    let units = config["systemd"]["units"].as_array().context("no units")?;
    let names: Vec<&Value> = units.iter().map(|unit| &unit["name"]).collect();
    assert_eq!(names, ["kubelet.service", "oc-etcd-kubelet-role.service"]);
    assert_eq!(units[0]["contents"], Value::Null, "the kubelet's unit is copied");
    Ok(())
}

fn assert_pool(pool: &Value) {
    assert_eq!(
        pool["metadata"]["labels"],
        json!({
            "app.kubernetes.io/managed-by": "oc-etcd",
            "machineconfiguration.openshift.io/mco-built-in": "",
            "operator.machineconfiguration.openshift.io/required-for-upgrade": "",
            "pools.operator.machineconfiguration.openshift.io/etcd": "",
        })
    );
    assert_eq!(
        pool["spec"]["nodeSelector"],
        json!({"matchLabels": {"node-role.kubernetes.io/etcd": ""}})
    );
    assert_eq!(pool["spec"]["paused"], false);
}

/// What `init` has made, by `kind/name`.
fn made(suite: &Suite) -> Result<Vec<Value>> {
    let mut objects = Vec::new();
    for kind in ["machineconfigs", "secrets", "machineconfigpools"] {
        let list = suite.kubectl(&[
            "get",
            kind,
            "-n",
            "openshift-machine-api",
            "-l",
            "app.kubernetes.io/managed-by=oc-etcd",
            "-o",
            "json",
        ])?;
        let list: Value = serde_json::from_str(&list)?;
        objects.extend(list["items"].as_array().cloned().unwrap_or_default());
    }
    Ok(objects)
}

fn marks(suite: &mut Suite) -> Result<()> {
    for (release, expected) in [
        (
            "4.16",
            &[
                ("00-etcd", "machineconfig/00-master"),
                ("00-etcd-disk", "oc-etcd"),
                ("01-etcd-container-runtime", "machineconfig/01-master-container-runtime"),
                ("01-etcd-kubelet", "machineconfig/01-master-kubelet"),
                ("99-etcd-ssh", "machineconfig/99-master-ssh"),
                ("etcd-user-data", "secret/master-user-data"),
                ("etcd", "machineconfigpool/master"),
            ][..],
        ),
        (
            "4.20",
            &[
                ("00-etcd-disk", "oc-etcd"),
                ("01-etcd-kubelet", "oc-etcd"),
                ("etcd-user-data", "secret/master-user-data"),
                ("etcd", "machineconfigpool/worker"),
            ],
        ),
    ] {
        if release == "4.16" {
            copied(suite)?;
        } else {
            initialized(suite, release)?;
        }
        let mut found = Vec::new();
        for object in made(suite)? {
            let annotations = object["metadata"]["annotations"].as_object().context("no marks")?;
            assert_eq!(
                annotations.keys().collect::<Vec<_>>(),
                ["oc-etcd/source", "oc-etcd/source-digest", "oc-etcd/version"]
            );
            assert_eq!(annotations["oc-etcd/version"], env!("CARGO_PKG_VERSION"));
            let digest = annotations["oc-etcd/source-digest"].as_str().unwrap_or_default();
            assert!(digest.starts_with("sha256:") && digest.len() == 71, "{digest}");
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            found.push((text(&object["metadata"]["name"]), text(&annotations["oc-etcd/source"])));
        }
        let expected = expected.iter().map(|(name, source)| ((*name).into(), (*source).into()));
        assert_eq!(found, expected.collect::<Vec<(String, String)>>(), "{release}");
    }
    Ok(())
}

fn clean_copies(suite: &mut Suite) -> Result<()> {
    for (release, layout, objects) in [
        ("4.10", "documented", 7),
        ("4.16", "documented", 7),
        ("4.10", "inherit", 4),
        ("4.16", "inherit", 4),
        ("4.20", "inherit", 4),
    ] {
        suite.load_without_controllers(&Cluster::load(release)?)?;
        suite
            .admin(&["init", "--yes", "--wait=false", &format!("--layout={layout}")])?
            .expect_code(0)?;
        let made = made(suite)?;
        assert_eq!(made.len(), objects, "{release}");
        for object in made {
            let name = &object["metadata"]["name"];
            for field in ["ownerReferences", "finalizers"] {
                assert_eq!(object["metadata"][field], Value::Null, "{release} {name} {field}");
            }
            for field in ["osImageURL", "baseOSExtensionsContainerImage", "configuration"] {
                assert_eq!(object["spec"][field], Value::Null, "{release} {name} {field}");
            }
            let annotations = object["metadata"]["annotations"].to_string();
            assert!(!annotations.contains("openshift.io"), "{release} {name} {annotations}");
            assert_eq!(object["status"], Value::Null, "{release} {name} has a status");
        }
    }
    Ok(())
}

fn order(suite: &mut Suite) -> Result<()> {
    for release in ["4.10", "4.16", "4.20"] {
        suite.load_without_controllers(&Cluster::load(release)?)?;
        let before = suite.everything()?;
        suite.admin(&["init", "--yes", "--wait=false"])?.expect_code(0)?;
        let after = suite.everything()?;
        let mut new: Vec<(u64, String)> = written(&before, &after)
            .into_iter()
            .map(|name| Ok((after[&name].parse()?, name)))
            .collect::<Result<_>>()?;
        new.sort();
        let kinds: Vec<&str> = new.iter().filter_map(|(_, name)| name.split('/').next()).collect();
        let (last, others) = kinds.split_last().context("nothing was written")?;
        assert_eq!(*last, "machineconfigpool", "{release}");
        assert!(others.contains(&"secret") && others.contains(&"machineconfig"), "{others:?}");
        assert!(!others.contains(last), "{release}: {others:?}");
    }
    Ok(())
}

fn rendered(suite: &mut Suite) -> Result<()> {
    for release in ["4.10", "4.16", "4.20"] {
        initialized(suite, release)?;
        assert_makes_an_etcd_node(suite).context(release)?;
    }
    Ok(())
}

fn rendered_captured(suite: &mut Suite) -> Result<()> {
    for (release, base) in [("4.12", "4.16"), ("4.16", "4.16"), ("4.20", "4.20")] {
        let mut cluster = Cluster::load(base)?;
        for role in ["master", "worker"] {
            let Some(file) = captured::machine_configs(release, role) else {
                assert!(!captured::is_required(), "{release} is not captured");
                left_out(&format!("what the operator rendered for {release} is not at hand"));
                return Ok(());
            };
            cluster = cluster.with_machine_configs_from(&file)?;
        }
        if release == "4.12" {
            cluster = cluster.with_version("4.12.40");
        }
        suite.load(&cluster)?;
        suite.admin(&["init", "--yes"])?.expect_code(0).context(release)?;
        assert_makes_an_etcd_node(suite).context(release)?;
    }
    Ok(())
}

fn assert_makes_an_etcd_node(suite: &Suite) -> Result<()> {
    suite.reconciled()?;
    let rendered = suite.rendered()?;
    // As a machine would start it.
    let root = suite.dir().join("host");
    if root.exists() {
        std::fs::remove_dir_all(&root)?;
    }
    let host = Host::new(&root)?;
    host.write_config(&rendered["spec"]["config"])?;
    let Start::Kubelet(command) = host.start_kubelet()? else {
        anyhow::bail!("the kubelet does not start")
    };
    let registration = Registration::of(&command).context("the kubelet refuses its flags")?;
    let labels: Vec<&str> = registration.labels.iter().map(|(key, _)| key.as_str()).collect();
    let roles = labels.iter().filter(|label| label.starts_with("node-role.kubernetes.io/"));
    assert_eq!(roles.collect::<Vec<_>>(), [&"node-role.kubernetes.io/etcd"]);
    assert!(labels.contains(&"node.openshift.io/os_id"), "{labels:?}");
    let taint = json!([{"key": "node-role.kubernetes.io/etcd", "effect": "NoSchedule"}]);
    assert_eq!(json!(registration.taints), taint);
    let mount = unit(&rendered, "var-lib-etcd.mount")?;
    assert!(mount.contains("Where=/var/lib/etcd\n") && mount.contains("Type=xfs\n"), "{mount}");
    let pinned = &rendered["metadata"]["annotations"]["machineconfiguration.openshift.io/os-image-url-overridden"];
    assert_eq!(*pinned, Value::Null, "the operating system is pinned");
    Ok(())
}

fn user_data(suite: &mut Suite) -> Result<()> {
    for (release, how) in [("4.10", "append"), ("4.16", "merge"), ("4.20", "merge")] {
        suite.load_without_controllers(&Cluster::load(release)?)?;
        suite.admin(&["init", "--yes", "--wait=false"])?.expect_code(0)?;
        let mut expected = user_data_of(suite, "master-user-data")?;
        let source = &mut expected["ignition"]["config"][how][0]["source"];
        assert_eq!(*source, "https://api-int.lab.example.com:22623/config/master", "{release}");
        *source = "https://api-int.lab.example.com:22623/config/etcd".into();
        assert_eq!(user_data_of(suite, "etcd-user-data")?, expected, "{release}");
        let secret = suite.get("secret/etcd-user-data")?;
        assert_eq!(
            secret["data"]["disableTemplating"],
            suite.get("secret/master-user-data")?["data"]["disableTemplating"]
        );
    }
    Ok(())
}

/// The Ignition config in a user-data Secret.
pub(crate) fn user_data_of(suite: &Suite, secret: &str) -> Result<Value> {
    let secret = suite.get(&format!("secret/{secret}"))?;
    let encoded = secret["data"]["userData"].as_str().context("there is no user data")?;
    Ok(serde_json::from_slice(&STANDARD.decode(encoded)?)?)
}

fn twice(suite: &mut Suite) -> Result<()> {
    for (release, count) in [("4.10", 4), ("4.16", 4), ("4.20", 4)] {
        initialized(suite, release)?;
        let before = suite.reconciled()?;
        let ran = suite.admin(&["init", "--yes"])?.expect_code(0)?;
        ran.expect(&format!("Nothing to do: {count} objects are up to date."))?;
        assert_eq!(written(&before, &suite.everything()?), [""; 0], "{release}");
        // It needs no consent to do nothing.
        suite.admin(&["init"])?.expect_code(0)?;
    }
    Ok(())
}

/// Upgrades the sources under an initialized cluster, runs `init`, and gives what it wrote of ours.
fn refresh(suite: &mut Suite) -> Result<Vec<String>> {
    copied(suite)?;
    suite.put("sources-upgraded-4.16")?;
    let before = suite.reconciled()?;
    let old = suite.rendered()?["metadata"]["name"].clone();
    suite.admin(&["status"])?.expect_code(5)?.expect("oc etcd init")?;

    suite.admin(&["init", "--yes"])?.expect_code(0)?;
    // It has waited for the new rendering.
    let new = suite.rendered()?;
    assert_ne!(new["metadata"]["name"], old);
    assert!(unit(&new, "kubelet.service")?.contains("--v=3"), "the new flag is not rendered");
    assert_makes_an_etcd_node(suite)?;
    suite.admin(&["status"])?.expect_code(0)?;
    let written = written(&before, &suite.reconciled()?);
    let is_rendered = |name: &String| name.starts_with("machineconfig/rendered-");
    Ok(written.into_iter().filter(|name| !is_rendered(name)).collect())
}

fn upgraded_documented(suite: &mut Suite) -> Result<()> {
    assert_eq!(
        refresh(suite)?,
        [
            "machineconfig/00-etcd",
            "machineconfig/01-etcd-container-runtime",
            "machineconfig/01-etcd-kubelet",
            // The operator's, which now points at the new rendering.
            "machineconfigpool/etcd",
        ]
    );
    Ok(())
}

fn upgraded_inherit(suite: &mut Suite) -> Result<()> {
    for release in ["4.16", "4.20"] {
        initialized(suite, release)?;
        suite.put(&format!("sources-upgraded-{release}"))?;
        let before = suite.reconciled()?;
        assert!(unit(&suite.rendered()?, "kubelet.service")?.contains("--v=3"), "{release}");
        suite.admin(&["status"])?.expect_code(0)?;
        assert_eq!(suite.admin(&["diff"])?.expect_code(0)?.stdout, "", "{release}");
        suite.admin(&["init", "--yes"])?.expect_code(0)?.expect("Nothing to do")?;
        assert_eq!(written(&before, &suite.everything()?), [""; 0], "{release}");
        // A machine that comes now starts the new kubelet as etcd.
        suite.admin(&["add-machine", "--yes", "--zone", "us-east-1a"])?.expect_code(0)?;
    }
    Ok(())
}

fn deleted(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    suite.reconciled()?;
    suite.kubectl(&["delete", "machineconfig/99-etcd-ssh"])?;
    suite.kubectl(&["delete", "secret/etcd-user-data", "-n", "openshift-machine-api"])?;
    let before = suite.reconciled()?;
    suite.admin(&["init", "--yes"])?.expect_code(0)?.expect("machineconfig/99-etcd-ssh created")?;
    let written = written(&before, &suite.reconciled()?);
    assert!(written.contains(&"machineconfig/99-etcd-ssh".to_owned()), "{written:?}");
    assert!(written.contains(&"secret/etcd-user-data".to_owned()), "{written:?}");
    assert!(!written.contains(&"machineconfig/00-etcd".to_owned()), "{written:?}");
    suite.admin(&["status"])?.expect_code(0)?;
    Ok(())
}

fn source_gone(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?.with("user-machine-configs")?)?;
    suite.admin(&["init", "--layout=documented", "--yes"])?.expect_code(0)?;
    suite.reconciled()?;
    suite.kubectl(&["delete", "machineconfig/custom-sysctl"])?;
    let ran = suite.admin(&["init", "--yes"])?.expect_code(0)?;
    ran.expect("machineconfig/custom-sysctl-etcd deleted")?;
    suite.reconciled()?;
    assert!(!suite.machine_configs_of("etcd")?.contains(&"custom-sysctl-etcd".to_owned()));
    suite.admin(&["status"])?.expect_code(0)?;
    Ok(())
}

fn no_terminal(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let before = suite.everything()?;
    suite.admin(&["init"])?.expect_code(2)?.expect("--yes")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    Ok(())
}

fn choices(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let flags =
        ["init", "--yes", "--layout=documented", "--first-boot=keep", "--no-required-for-upgrade"];
    suite.admin(&flags)?.expect_code(0)?;
    suite.kubectl(&[
        "patch",
        "machineconfigpool/etcd",
        "--type=merge",
        "-p",
        r#"{"spec":{"paused":true}}"#,
    ])?;
    let before = suite.reconciled()?;
    suite.admin(&["init", "--yes"])?.expect_code(0)?.expect("Nothing to do")?;
    assert_eq!(written(&before, &suite.everything()?), [""; 0]);
    let base = suite.get("machineconfig/00-etcd")?;
    unit(&base, "machine-config-daemon-firstboot.service")?;
    let pool = suite.get("machineconfigpool/etcd")?;
    let required = "operator.machineconfiguration.openshift.io/required-for-upgrade";
    assert_eq!(pool["metadata"]["labels"][required], Value::Null);
    assert_eq!(pool["spec"]["paused"], true);

    // Asked for, it changes.
    suite.admin(&["init", "--yes", "--first-boot=remove"])?.expect_code(0)?;
    let base = suite.get("machineconfig/00-etcd")?;
    assert!(unit(&base, "machine-config-daemon-firstboot.service").is_err());
    suite.admin(&["init", "--yes", "--no-required-for-upgrade=false"])?.expect_code(0)?;
    let pool = suite.get("machineconfigpool/etcd")?;
    assert_eq!(pool["metadata"]["labels"][required], "");
    assert_eq!(pool["spec"]["paused"], true);
    Ok(())
}

/// Three machines, and sources that an upgrade has changed.
fn upgraded_with_machines(suite: &mut Suite) -> Result<()> {
    copied(suite)?;
    let zones = "us-east-1a,us-east-1b,us-east-1c";
    suite.admin(&["add-machine", "--yes", "--zone", zones])?.expect_code(0)?;
    suite.reconciled()?;
    suite.put("sources-upgraded-4.16")?;
    suite.reconciled()?;
    Ok(())
}

fn next_after_refresh(suite: &mut Suite) -> Result<()> {
    upgraded_with_machines(suite)?;
    let ran = suite.admin(&["init", "--yes"])?.expect_code(0)?;
    ran.expect("machineconfig/01-etcd-kubelet configured")?.expect("Next: oc etcd status")?;
    Ok(())
}

fn held_back(suite: &mut Suite) -> Result<()> {
    upgraded_with_machines(suite)?;
    let pause = r#"{"spec":{"paused":true}}"#;
    suite.kubectl(&["patch", "machineconfigpool/etcd", "--type=merge", "-p", pause])?;
    let before = suite.get("machineconfigpool/etcd")?;
    let init = ["init", "--yes", "--timeout=90s"];
    let ran = suite.admin(&init)?.expect_code(0)?;
    ran.expect(
        "note [stale-after-upgrade]: machineconfigpool/etcd: the pool is paused: the nodes keep",
    )?
    .expect("the pool is paused, and the nodes keep their configuration")?;
    let after = suite.get("machineconfigpool/etcd")?;
    assert_eq!(after["status"]["configuration"]["name"], before["status"]["configuration"]["name"]);
    assert_ne!(after["spec"]["configuration"]["name"], before["spec"]["configuration"]["name"]);
    suite.admin(&init)?.expect_code(0)?.expect("Nothing to do")?;
    let resume = r#"oc patch machineconfigpool/etcd --type=merge -p '{"spec":{"paused":false}}'"#;
    let status = suite.admin(&["status"])?.expect_code(0)?;
    status.expect("rendered, not rolled out, paused")?.expect(resume)?;
    // The command does not read what the copies were made from.
    suite
        .admin(&["add-machine", "--yes", "--zone=us-east-1a", "--another"])?
        .expect_code(3)?
        .expect("`oc etcd status` says when the pool can be resumed")?;
    Ok(())
}

fn no_wait(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    let ran = suite.run(User::Operator, &["init", "--yes", "--wait=false"])?.expect_code(0)?;
    ran.expect("Next: oc etcd init")?;
    suite
        .admin(&["add-machine", "--zone", "us-east-1a", "--yes"])?
        .expect_code(3)?
        .expect("blocker [not-rendered]")?;
    Ok(())
}

fn at_once(suite: &mut Suite) -> Result<()> {
    for release in ["4.16", "4.20"] {
        suite.load(&Cluster::load(release)?)?;
        let begin = || Suite::begin(suite.oc_etcd(User::Admin, &["init", "--yes"]));
        let (first, second) = (begin()?, begin()?);
        suite.finish(first)?.expect_code(0)?;
        suite.finish(second)?.expect_code(0)?;
        suite.reconciled()?;
        suite.admin(&["init", "--yes"])?.expect_code(0)?.expect("Nothing to do")?;
        suite.admin(&["status"])?.expect_code(0)?;
    }
    Ok(())
}

/// What is printed is looked through for secrets whatever the command is; this one prints most.
fn request_log(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let ran = suite.admin(&["init", "--yes", "-v=9"])?.expect_code(0)?;
    ran.expect("/api/v1/namespaces/openshift-machine-api/secrets/etcd-user-data")?;
    Ok(())
}
