//! What Ignition itself makes of the etcd pool: the merged config holds the role and the disk, and
//! Ignition takes everything that is written. The programs come from `make controlplane`.

use std::process::Command;

use oc_etcd::check::{Severity, pool};
use oc_etcd::derive::disk::{Disk, MOUNT_UNIT};
use oc_etcd::derive::user_data;
use oc_etcd::model::kind::Kind;
use oc_etcd::model::layout::Layout;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::plan::init::{self, InitRequest};
use oc_etcd::plan::{Change, LayoutChoice};
use oc_etcd_lab::binaries;
use oc_etcd_lab::captured::RELEASES;
use oc_etcd_lab::host::{Host, Start};
use oc_etcd_lab::standin::ignition::{merge, unit};
use oc_etcd_lab::standin::kubelet::Registration;
use oc_etcd_lab::standin::release::Release;
use oc_etcd_lab::standin::render;
use serde_json::{Value, json};

use crate::checks::changed;
use crate::{program, snapshot};

const LAYOUTS: [Layout; 2] = [Layout::Documented, Layout::Inherit];

/// Every cluster that there is: ours, and those with what the real operator rendered.
fn clusters() -> Vec<(String, Snapshot)> {
    let ours = ["4.10", "4.16", "4.20"].map(|name| (name.to_owned(), snapshot::load(name, &[])));
    let captured = RELEASES.iter().filter_map(|release| {
        Some((format!("captured {release}"), snapshot::load_captured(release)?))
    });
    ours.into_iter().chain(captured).collect()
}

fn request(layout: Layout, disk: &Disk) -> InitRequest {
    let mut request = snapshot::init_request();
    request.layout = LayoutChoice::Only(layout);
    request.disk = Some(disk.clone());
    request
}

/// The Ignition config of the etcd pool, merged by Ignition in the operator's order.
fn merged(snapshot: &Snapshot) -> Value {
    let version = snapshot.release().unwrap().to_string();
    let release = Release::of(&version).unwrap();
    let selected = snapshot::selected(snapshot).into_iter().map(|it| it.body().clone()).collect();
    let ordered = render::order(selected, release);
    let configs: Vec<&Value> = ordered.iter().map(|it| &it["spec"]["config"]).collect();
    tokio::runtime::Runtime::new()
        .unwrap()
        .block_on(merge(&configs, release.ignition_version()))
        .unwrap_or_else(|error| panic!("{version}: {error:#}"))
}

fn as_machine_config(config: &Value) -> Object {
    Object::new(ObjectRef::cluster(Kind::MachineConfig, "rendered-etcd-1"))
        .with("spec", json!({ "config": config }))
}

#[test]
fn the_merged_config_makes_an_etcd_node_with_its_disk() {
    for (name, before) in clusters() {
        for layout in LAYOUTS {
            let plan = init::plan(&before, &request(layout, &Disk::Probe));
            let after = snapshot::carried_out(before.clone(), &plan);
            let config = merged(&after);
            let case = format!("{name}, {layout}");
            // As a machine would start it.
            let host = Host::new(&program::directory("rendered-host")).unwrap();
            host.write_config(&config).unwrap();
            let Start::Kubelet(command) = host.start_kubelet().unwrap() else {
                panic!("{case}: the kubelet does not start")
            };
            let registration = Registration::of(&command).unwrap();
            let roles = registration.labels.iter().map(|(key, _)| key.as_str());
            let roles = roles.filter(|key| key.starts_with("node-role."));
            assert_eq!(roles.collect::<Vec<_>>(), [names::NODE_ROLE_ETCD], "{case}");
            let effect = json!([{"key": names::NODE_ROLE_ETCD, "effect": "NoSchedule"}]);
            assert_eq!(json!(registration.taints), effect, "{case}");

            let mount = unit(&config, MOUNT_UNIT).unwrap();
            assert!(mount.contains("Where=/var/lib/etcd\n"), "{case}: {mount}");
            for name in ["oc-etcd-disk.service", "oc-etcd-restorecon.service"] {
                assert!(unit(&config, name).is_some(), "{case}: {name}");
            }
            let files = config["storage"]["files"].as_array().unwrap();
            let script = files.iter().find(|it| it["path"] == "/etc/oc-etcd/prepare-disk");
            assert_eq!(script.unwrap()["mode"], 0o755, "{case}");
            assert_eq!(pool::lacking(&as_machine_config(&config), None, None), [], "{case}");
        }
    }
}

#[test]
fn a_named_device_is_an_argument_of_the_script() {
    for (name, before) in clusters() {
        let disk = Disk::Device("/dev/nvme1n1".to_owned());
        let plan = init::plan(&before, &request(Layout::Documented, &disk));
        let config = merged(&snapshot::carried_out(before, &plan));
        assert!(config["storage"]["disks"].as_array().is_none_or(Vec::is_empty), "{name}");
        let prepare = unit(&config, "oc-etcd-disk.service").unwrap();
        let command = "ExecStart=/usr/bin/bash /etc/oc-etcd/prepare-disk /dev/nvme1n1\n";
        assert!(prepare.contains(command), "{name}: {prepare}");
        assert_eq!(pool::lacking(&as_machine_config(&config), None, None), [], "{name}");
    }
}

/// The operator refuses to change these of a pool that is rendered.
#[test]
fn a_rendered_pool_keeps_the_disks_that_an_earlier_version_wrote() {
    let before = snapshot::load("4.16", &[]);
    let plan = init::plan(&before, &request(Layout::Documented, &Disk::Probe));
    let storage = json!({"disks": [{"device": "/dev/nvme1n1", "wipeTable": false}]});
    let older = |cluster: &Snapshot| {
        changed(cluster, Kind::MachineConfig, "00-etcd-disk", |it| {
            it["spec"]["config"]["storage"] = storage.clone();
        })
    };
    let made = snapshot::carried_out(before, &plan);
    let of_plan = |plan: &oc_etcd::plan::Plan| {
        let steps = plan.steps.iter().find(|it| it.object.name == "00-etcd-disk");
        let found =
            plan.findings.iter().find(|it| it.check == oc_etcd::check::Check::DiskDeviceUncertain);
        let wanted = match &steps.unwrap().change {
            Change::Create(wanted) | Change::Update { wanted, .. } => Some(wanted.clone()),
            Change::Unchanged(wanted) => wanted.clone(),
            _ => None,
        };
        (wanted, found.map(|it| it.severity))
    };
    let mut kept = request(Layout::Documented, &Disk::Probe);
    kept.disk = None;
    // Not rendered yet: the script takes the place, and looks where Ignition would have written.
    let (wanted, found) = of_plan(&init::plan(&older(&made), &kept));
    assert_eq!(wanted.as_ref().and_then(Disk::of), Some(Disk::Device("/dev/nvme1n1".to_owned())));
    assert_eq!(found, Some(Severity::Warning));
    let rendered = snapshot::rendered(older(&made));
    let (wanted, found) = of_plan(&init::plan(&rendered, &kept));
    assert_eq!(
        wanted.map(|it| it.get("/spec/config/storage").cloned()),
        Some(Some(storage.clone()))
    );
    assert_eq!(found, Some(Severity::Warning));
    let plan = init::plan(&rendered, &request(Layout::Documented, &Disk::Probe));
    assert!(plan.is_blocked());
}

/// What Ignition says to a config: empty when it takes it without a word.
fn objection(config: &Value) -> String {
    let file = program::directory("ignition").join("config.ign");
    std::fs::write(&file, config.to_string()).unwrap();
    let validate = binaries::program("ignition-validate").unwrap_or_else(|error| panic!("{error}"));
    let output = Command::new(validate).arg(&file).output().unwrap();
    let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    if output.status.success() { told } else { format!("refused: {told}") }
}

#[test]
fn ignition_takes_every_config_that_is_written() {
    let disks = [Disk::Probe, Disk::Device("/dev/nvme1n1".to_owned())];
    let mut count = 0;
    for (name, before) in clusters() {
        for layout in LAYOUTS {
            for disk in &disks {
                let plan = init::plan(&before, &request(layout, disk));
                for object in plan.manifests() {
                    let config = match object.reference().kind {
                        Kind::MachineConfig => object.get("/spec/config").cloned().unwrap(),
                        Kind::Secret => user_data::decode(object).unwrap(),
                        _ => continue,
                    };
                    let case = format!("{name}, {layout}, {disk:?}: {}", object.reference());
                    let told = objection(&config);
                    let version = config["ignition"]["version"].as_str().unwrap();
                    if version.starts_with("2.") {
                        // Ignition of spec 3 names such a version and nothing else.
                        assert!(told.contains("unsupported config version"), "{case}: {told}");
                    } else {
                        assert_eq!(told, "", "{case}");
                    }
                    count += 1;
                }
            }
        }
    }
    assert!(count > 50, "only {count} configs were shown to Ignition");
    let wrong =
        json!({"ignition": {"version": "3.2.0"}, "storage": {"disks": [{"wipe_table": true}]}});
    assert_ne!(objection(&wrong), "", "a fault is seen");
}
