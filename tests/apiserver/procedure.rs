//! `oc-etcd` against the procedure that it automates: both on the same cluster, their objects compared
//! field by field. `docs/procedure.md` lists each difference with its reason, and there is no other.
//!
//! `UPDATE=1` prints the rows that the table lacks, without reasons: those are for a person to give.

mod fields;
mod table;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::kind::{self, Kind, MACHINE_CONFIG_OBJECT, MACHINE_OBJECT, POOL, SECRET};
use oc_etcd_lab::omission::left_out;
use oc_etcd_lab::{Cluster, Registries, StandInOptions, captured};
use serde_json::{Value, json};

use crate::Case;
use crate::suite::Suite;
use table::{Difference, Lab};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/procedure.md");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/procedure/documented.sh");
const RELEASE: &str = "4.12";
const VERSION: &str = "4.12.40";

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("the_comparison_with_the_procedure_finds_what_differs", comparison),
        ("the_procedure_differs_in_what_is_listed_and_nothing_else", |suite| {
            as_listed(suite, Lab::New)
        }),
        ("the_procedure_on_a_grown_cluster_differs_in_what_is_listed", |suite| {
            as_listed(suite, Lab::Grown)
        }),
    ]
}

/// What one of the two left in the API server, by `kind/name`.
type Objects = BTreeMap<String, Value>;

fn as_listed(suite: &mut Suite, lab: Lab) -> Result<()> {
    if !has_jq(suite)? {
        ensure!(!captured::is_required(), "there is no jq, which the procedure needs");
        left_out("the procedure's own commands: there is no jq here");
        return Ok(());
    }
    let document = std::fs::read_to_string(DOCUMENT).context(DOCUMENT)?;
    let listed = table::listed(&document, lab).context(DOCUMENT)?;
    let cluster = cluster(lab)?;
    let procedure = by_the_procedure(suite, &cluster)?;
    let mut ours = by_oc_etcd(suite, &cluster)?;
    let found = differences(&procedure, &ours);
    judge(&found, &listed)?;

    // The judgment is not blind: a field that is as the procedure has it belongs on no list.
    let pin = &procedure["machineconfig/00-etcd"]["spec"]["osImageURL"];
    ours.get_mut("machineconfig/00-etcd").context("00-etcd")?["spec"]["osImageURL"] = pin.clone();
    let error = judge(&differences(&procedure, &ours), &listed).err().context("nobody noticed")?;
    let wanted = "listed, and no longer there:\n  machineconfig/00-etcd spec.osImageURL\n";
    ensure!(error.to_string().contains(wanted), "{error}");
    Ok(())
}

/// The 4.12 cluster of both: `lab-x99n4`, its MachineConfigs as the real operator rendered them.
fn cluster(lab: Lab) -> Result<Cluster> {
    let mut cluster = Cluster::load("4.16")?;
    let captured = ["master", "worker"].map(|role| captured::machine_configs(RELEASE, role));
    if let [Some(master), Some(worker)] = captured {
        cluster = cluster.with_machine_configs_from(&master)?.with_machine_configs_from(&worker)?;
    } else {
        ensure!(!captured::is_required(), "what the operator rendered for 4.12 is missing");
        left_out("what the operator rendered for 4.12: our own MachineConfigs stand in");
        cluster = as_of_4_12(&cluster);
    }
    if lab == Lab::Grown {
        for variant in ["upgraded-4.16", "subnet-by-id", "user-machine-configs", "fips"] {
            cluster = cluster.with(variant)?;
        }
    }
    Ok(cluster.with_version(VERSION))
}

/// Our own MachineConfigs of 4.16 with what 4.12 has otherwise and a copy shows: the Ignition version,
/// and no generated kubelet configs.
fn as_of_4_12(cluster: &Cluster) -> Cluster {
    let objects = cluster
        .objects()
        .iter()
        .filter(|it| !kind::name(it).ends_with("-generated-kubelet"))
        .cloned()
        .map(|mut object| {
            if object["kind"] == "MachineConfig" {
                object["spec"]["config"]["ignition"]["version"] = "3.2.0".into();
            }
            object
        });
    Cluster::of(objects.collect())
}

/// Runs the procedure, as a person who is faster than the operator's 40 minutes.
fn by_the_procedure(suite: &mut Suite, cluster: &Cluster) -> Result<Objects> {
    suite.load_with(cluster, held(Registries::Never))?;
    let scratch = suite.dir().join("procedure");
    if scratch.exists() {
        std::fs::remove_dir_all(&scratch)?;
    }
    std::fs::create_dir(&scratch)?;
    let mut command = command(suite, "bash")?;
    command.arg(SCRIPT).arg(&scratch);
    // What it prints is looked through for secrets like the output of `oc-etcd`.
    let ran = suite.run_command(command);
    std::fs::remove_dir_all(&scratch)?;
    ran?.expect_code(0)?;
    collect(suite)
}

fn by_oc_etcd(suite: &mut Suite, cluster: &Cluster) -> Result<Objects> {
    suite.load_with(cluster, held(StandInOptions::default().registries))?;
    suite.admin(&["init", "--layout=documented", "--yes"])?.expect_code(0)?;
    let zones = ["--zone", "us-east-1a,us-east-1b"];
    suite
        .admin(&[&["add-machine", "--yes", "--wait=false"], &zones[..]].concat())?
        .expect_code(0)?;
    suite.wait("the registries are there", async |rest| {
        let configs = rest.list(&MACHINE_CONFIG_OBJECT, None, None).await?;
        let mut names = configs.iter().map(kind::name);
        Ok(names.any(|name| name == "99-etcd-generated-registries").then_some(()))
    })?;
    collect(suite)
}

/// Controllers that leave Machines alone, so that what is in them is what the two wrote.
fn held(registries: Registries) -> StandInOptions {
    let never = Duration::from_secs(24 * 60 * 60);
    StandInOptions { machine_step_delay: never, registries, ..StandInOptions::default() }
}

/// A program in the environment in which `kubectl` runs.
fn command(suite: &Suite, program: &str) -> Result<Command> {
    let kubectl = suite.kubectl_command(&[])?;
    let mut command = Command::new(program);
    command.env_clear();
    command.envs(kubectl.get_envs().filter_map(|(name, value)| Some((name, value?))));
    Ok(command)
}

fn has_jq(suite: &Suite) -> Result<bool> {
    Ok(command(suite, "jq")?.arg("--version").output().is_ok_and(|it| it.status.success()))
}

/// Everything of role etcd: the MachineConfigs, the pool, the Machines, the user data.
fn collect(suite: &Suite) -> Result<Objects> {
    const CONFIGS: &str = "machineconfiguration.openshift.io/role=etcd";
    const MACHINES: &str = "machine.openshift.io/cluster-api-machine-role=etcd";
    let kinds: [(&Kind, Option<&str>); 4] = [
        (&MACHINE_CONFIG_OBJECT, Some(CONFIGS)),
        (&POOL, None),
        (&MACHINE_OBJECT, Some(MACHINES)),
        (&SECRET, None),
    ];
    suite.ask(async |rest| {
        let mut objects = Objects::new();
        for (kind, selector) in kinds {
            for object in rest.list(kind, None, selector).await? {
                let name = kind::name(&object);
                if selector.is_some() || ["etcd", "etcd-user-data"].contains(&name) {
                    objects.insert(format!("{}/{name}", kind.name.to_lowercase()), object);
                }
            }
        }
        Ok(objects)
    })
}

fn differences(procedure: &Objects, ours: &Objects) -> BTreeSet<Difference> {
    let mut differences = BTreeSet::new();
    let names: BTreeSet<&String> = procedure.keys().chain(ours.keys()).collect();
    for object in names {
        let fields = match (procedure.get(object), ours.get(object)) {
            (Some(procedure), Some(ours)) => fields::differing(procedure, ours),
            _ => vec!["the object".to_owned()],
        };
        let of = |field| Difference { object: object.clone(), field };
        differences.extend(fields.into_iter().map(of));
    }
    differences
}

/// Fails unless exactly what is listed was found. Names fields, and shows no value.
fn judge(found: &BTreeSet<Difference>, listed: &BTreeSet<Difference>) -> Result<()> {
    let unexpected: Vec<&Difference> = found.difference(listed).collect();
    let gone: Vec<&Difference> = listed.difference(found).collect();
    if unexpected.is_empty() && gone.is_empty() {
        return Ok(());
    }
    let mut message =
        "the procedure and oc-etcd differ otherwise than docs/procedure.md says\n".to_owned();
    let mut tell = |what: &str, differences: &[&Difference]| {
        if !differences.is_empty() {
            let lines = differences.iter().map(|it| format!("  {} {}\n", it.object, it.field));
            message.push_str(&format!("{what}:\n{}", lines.collect::<String>()));
        }
    };
    tell("there, and not listed", &unexpected);
    tell("listed, and no longer there", &gone);
    if is_update() {
        let rows = table::rows(unexpected.into_iter());
        message.push_str(&format!("rows to complete:\n{rows}"));
    }
    anyhow::bail!(message)
}

#[expect(clippy::disallowed_methods, reason = "the tests' own switch")]
fn is_update() -> bool {
    std::env::var_os("UPDATE").is_some()
}

/// The comparison itself, without a cluster.
fn comparison(_: &mut Suite) -> Result<()> {
    let machine_config = |label: &str, flag: &str, mode: u32| {
        json!({
            "kind": "MachineConfig",
            "metadata": {"name": "a", "uid": label, "labels": {"role": label}},
            "spec": {"kernelArguments": [], "config": {
                "storage": {"files": [{"path": "/b", "mode": 1}, {"path": "/a", "mode": mode}]},
                "systemd": {"units": [{
                    "name": "kubelet.service",
                    "contents": format!("[Service]\nExecStart=kubelet \\\n  --flag={flag} \\\n  --v=2\n"),
                }]},
            }},
            "status": {"anything": label},
        })
    };
    let other = |change: fn(&mut Value)| {
        let mut object = machine_config("x", "1", 1);
        change(&mut object);
        object
    };
    let changes: [(Value, &[&str]); 8] = [
        (other(|_| {}), &[]),
        (machine_config("y", "1", 1), &["metadata.labels.role"]),
        (
            machine_config("x", "2", 1),
            &["spec.config.systemd.units[kubelet.service].contents[--flag]"],
        ),
        (machine_config("x", "1", 2), &["spec.config.storage.files[/a].mode"]),
        (
            other(|it| {
                let files = &mut it["spec"]["config"]["storage"]["files"];
                *files = json!([{"path": "/a", "mode": 1}, {"path": "/b", "mode": 1}]);
            }),
            &[],
        ),
        (other(|it| it["spec"]["osImageURL"] = "".into()), &["spec.osImageURL"]),
        (other(|it| drop(it["spec"]["config"]["storage"].take())), &["spec.config.storage"]),
        (other(|it| drop(it["metadata"]["labels"].take())), &["metadata.labels.role"]),
    ];
    for (object, expected) in changes {
        let found = fields::differing(&machine_config("x", "1", 1), &object);
        ensure!(found == expected, "{found:?} instead of {expected:?}");
    }
    let secret = |data: &str| json!({"kind": "Secret", "data": {"userData": data}});
    // {"a":1,"b":2} with and without blanks, and {"a":1,"b":3}
    let [tight, wide, other] =
        ["eyJhIjoxLCJiIjoyfQ==", "eyAiYiI6IDIsICJhIjogMSB9Cg==", "eyJhIjoxLCJiIjozfQ=="];
    assert_eq!(fields::differing(&secret(tight), &secret(wide)), [""; 0]);
    assert_eq!(fields::differing(&secret(tight), &secret(other)), ["data.userData.b"]);
    Ok(())
}
