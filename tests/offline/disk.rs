//! What administrators put beside the MachineConfig of the etcd disk, over whole clusters.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oc_etcd::check::pool::{self, PoolState};
use oc_etcd::check::{Check, Finding, Severity};
use oc_etcd::derive::user_data;
use oc_etcd::model::kind::Kind;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::plan::Plan;
use oc_etcd::plan::add_machine::{self, AddMachineRequest};
use oc_etcd::plan::init;
use oc_etcd::status;
use serde_json::{Value, json};

use crate::snapshot;

const SITE: &str = "98-site";

/// A MachineConfig of an administrator.
fn site(role: &str, config: Value) -> Object {
    let mut config = config;
    config["ignition"] = json!({"version": "3.2.0"});
    Object::new(ObjectRef::cluster(Kind::MachineConfig, SITE))
        .with_labels([(names::MACHINE_CONFIG_ROLE, role)])
        .with("spec", json!({ "config": config }))
}

fn of_disk(plan: &Plan) -> Vec<&Finding> {
    plan.findings.iter().filter(|it| it.check == Check::DiskDeviceUncertain).collect()
}

fn units(units: &Value) -> Value {
    json!({"systemd": {"units": units}})
}

fn files(path: &str) -> Value {
    json!({"storage": {"files": [{"path": path, "contents": {"source": "data:,%5BUnit%5D%0AConditionPathExists=%2Fnone%0A"}}]}})
}

fn links(path: &str, target: &str) -> Value {
    json!({"storage": {"links": [{"path": path, "target": target}]}})
}

/// Configs that leave the names of the units as they are, and take the disk away.
fn overriding() -> Vec<Value> {
    let script = "/etc/oc-etcd/prepare-disk";
    vec![
        units(
            &json!([{"name": "var-lib-etcd.mount", "enabled": true, "contents": "[Mount]\nWhat=/dev/vdb\nWhere=/var/lib/etcd\n"}]),
        ),
        units(&json!([{"name": "var-lib-etcd.mount", "mask": true}])),
        units(&json!([{"name": "var-lib-etcd.mount", "enabled": false}])),
        units(
            &json!([{"name": "var-lib-etcd.mount", "dropins": [{"name": "a.conf", "contents": "[Mount]\nWhat=/dev/vdb\n"}]}]),
        ),
        units(
            &json!([{"name": "oc-etcd-disk.service", "contents": "[Service]\nExecStart=/bin/true\n"}]),
        ),
        units(&json!([{"name": "oc-etcd-disk.service", "mask": true}])),
        units(
            &json!([{"name": "oc-etcd-disk.service", "dropins": [{"name": "a.conf", "contents": "[Service]\nExecStart=\n"}]}]),
        ),
        units(&json!([{"name": "oc-etcd-restorecon.service", "mask": true}])),
        units(
            &json!([{"name": r"dev-disk-by\x2dlabel-var\x2dlib\x2detcd.device", "dropins": [{"name": "oc-etcd.conf", "contents": "[Unit]\n"}]}]),
        ),
        files(script),
        files("/etc/systemd/system/oc-etcd-disk.service"),
        files("/etc/systemd/system/oc-etcd-disk.service.d/a.conf"),
        files("/etc/systemd/system/oc-etcd-.service.d/a.conf"),
        files("/etc/systemd/system/var-lib-.mount.d/a.conf"),
        files("/etc/systemd/system/mount.d/a.conf"),
        files("/etc/systemd/system/service.d/a.conf"),
        files("/etc/oc-etcd/disk-is-made"),
        units(&json!([{"name": "var-lib-etcd-member.mount", "contents": "[Mount]\nWhat=tmpfs\n"}])),
        units(&json!([{"name": "var-lib-etcd.automount", "contents": "[Automount]\n"}])),
        units(
            &json!([{"name": "site.service", "contents": "[Unit]\nConflicts=oc-etcd-disk.service\n"}]),
        ),
        files("/run/systemd/system.control/var-lib-etcd.mount"),
        json!({"kernelArguments": {"shouldExist": ["systemd.mask=var-lib-etcd.mount"]}}),
        links(script, "/usr/bin/true"),
        links("/etc/oc-etcd", "/var/oc-etcd"),
        links("/var/lib/etcd", "/var/home/etcd"),
        links("/etc/systemd/system/var-lib-etcd.mount", "/dev/null"),
        links("/etc/systemd/system/oc-etcd-disk.service.d", "/etc/site"),
        links("/etc/systemd/system/site.service", "/etc/systemd/system/oc-etcd-disk.service"),
    ]
}

fn with(cluster: &str, role: &str, config: Value) -> Snapshot {
    snapshot::load(cluster, &[]).with_objects([site(role, config)])
}

#[test]
fn a_machine_config_that_takes_the_disk_away_is_named_before_anything_is_written() {
    for config in overriding() {
        let before = with("4.20", names::ETCD, config.clone());
        let plan = init::plan(&before, &snapshot::init_request());
        let [finding] = of_disk(&plan)[..] else { panic!("{config}: {:?}", plan.findings) };
        let found = (finding.severity, finding.subject.as_str());
        assert_eq!(found, (Severity::Blocker, "machineconfig/98-site"), "{config}");
        let hint = finding.hint.as_ref().unwrap().to_string();
        assert!(hint.ends_with("oc edit machineconfig/98-site"), "{config}: {hint}");
    }
}

#[test]
fn a_rendered_config_without_the_disk_as_described_is_incomplete_and_names_the_cause() {
    for config in overriding() {
        if !config["kernelArguments"].is_null() {
            // The merge of these tests has units, files and links.
            continue;
        }
        let before = with("4.20", names::ETCD, config.clone());
        let plan = init::plan(&before, &snapshot::init_request());
        let after = snapshot::rendered(snapshot::generated(snapshot::carried_out(before, &plan)));
        let PoolState::Incomplete(lacking) = pool::of(&after) else { panic!("{config}") };
        let of_disk = lacking.iter().filter(|it| it.check == Check::DiskDeviceUncertain);
        let [finding] = of_disk.collect::<Vec<_>>()[..] else { panic!("{config}: {lacking:?}") };
        assert_eq!(finding.subject, "machineconfig/98-site", "{config}");
    }
}

#[test]
fn nobody_is_told_to_edit_what_the_operator_does_not_change_in_a_rendered_pool() {
    let mounts = |path: &str| json!({"storage": {"filesystems": [{"device": "/dev/disk/by-id/coreos-boot-disk", "path": path}]}});
    let hints = |there: &Snapshot, check: Check| -> Vec<String> {
        let found = init::plan(there, &snapshot::init_request()).findings.into_iter();
        let found = found.filter(|it| it.check == check && it.subject.ends_with(SITE));
        found.filter_map(|it| Some(it.hint?.to_string())).collect()
    };
    let kept = "do not edit the object, because the Machine Config Operator does not change";
    for (config, check, edits_etcd) in [
        (mounts("/var/lib/etcd"), Check::DiskDeviceUncertain, false),
        (mounts("/etc/kubernetes"), Check::KubeletRoleWrong, true),
        (links("/var/lib/etcd", "/var/home/etcd"), Check::DiskDeviceUncertain, true),
        (
            json!({"kernelArguments": {"shouldExist": ["systemd.mask=var-lib-etcd.mount"]}}),
            Check::DiskDeviceUncertain,
            false,
        ),
    ] {
        let of_workers = hints(&with("4.20", names::WORKER, config.clone()), check);
        assert!(!of_workers.is_empty(), "{config}");
        for hint in of_workers {
            assert!(hint.contains(kept) && !hint.contains("oc edit"), "{config}: {hint}");
        }
        let of_etcd = site(names::ETCD, config.clone());
        let new = hints(&with("4.20", names::ETCD, config.clone()), check);
        assert!(new.iter().all(|it| it.ends_with("oc edit machineconfig/98-site")), "{new:?}");
        let rendered = added_later("4.20", &snapshot::init_request(), of_etcd);
        let rendered = hints(&snapshot::rendered(rendered), check);
        assert_eq!(rendered.iter().any(|it| it.contains(kept)), !edits_etcd, "{rendered:?}");
    }
}

#[test]
fn the_order_of_merging_decides_whose_mount_is_in_effect() {
    let mount = || {
        let contents = "[Mount]\nWhat=/dev/vdb\nWhere=/var/lib/etcd\n";
        units(&json!([{"name": "var-lib-etcd.mount", "enabled": true, "contents": contents}]))
    };
    // From 4.15 on the workers' come first, before by name.
    for (cluster, expected) in [("4.10", 1), ("4.16", 0), ("4.20", 0)] {
        let plan = init::plan(&with(cluster, names::WORKER, mount()), &snapshot::init_request());
        assert_eq!(of_disk(&plan).len(), expected, "{cluster}: {:?}", plan.findings);
    }
}

#[test]
fn what_leaves_the_disk_alone_is_no_finding() {
    let same = "/etc/systemd/system/service.d/limits.conf";
    let limits =
        json!({"path": same, "contents": {"source": "data:,%5BService%5D%0ATasksMax=1%0A"}});
    for config in [
        units(
            &json!([{"name": "site.service", "enabled": true, "contents": "[Service]\nExecStart=/bin/true\n"}]),
        ),
        json!({"storage": {"files": [limits]}}),
        files("/etc/systemd/system/oc-other-.service.d/a.conf"),
    ] {
        let before = with("4.20", names::ETCD, config.clone());
        let plan = init::plan(&before, &snapshot::init_request());
        assert_eq!(of_disk(&plan), [] as [&Finding; 0], "{config}");
        let after = snapshot::rendered(snapshot::generated(snapshot::carried_out(before, &plan)));
        assert!(matches!(pool::of(&after), PoolState::Rendered(_)), "{config}");
    }
}

/// The warnings of a plan about disks.
fn formatted(plan: &Plan) -> Vec<String> {
    let warnings = of_disk(plan).into_iter().filter(|it| it.severity == Severity::Warning);
    warnings.map(|it| format!("{}: {}", it.subject, it.message)).collect()
}

#[test]
fn a_disk_of_the_workers_leads_to_the_layout_documented_where_the_layout_helps() {
    let disks = || json!({"storage": {"disks": [{"device": "/dev/nvme1n1", "wipeTable": true}]}});
    let leads = |snapshot: &Snapshot| {
        let plan = init::plan(snapshot, &snapshot::init_request());
        let hints = of_disk(&plan).into_iter().filter_map(|it| it.hint.clone());
        let hints: Vec<String> = hints.map(|it| it.to_string()).collect();
        assert!(!hints.is_empty());
        hints.iter().any(|it| it.ends_with("oc etcd init --layout=documented"))
    };
    for (cluster, expected) in [("4.10", true), ("4.16", true), ("4.20", false)] {
        assert_eq!(leads(&with(cluster, names::WORKER, disks())), expected, "{cluster}");
    }
    let of_masters = with("4.16", names::MASTER, disks());
    let of_both = with("4.16", names::WORKER, disks());
    let mut master = of_masters.machine_config("98-site").unwrap().body().clone();
    master["metadata"]["name"] = "98-site-of-masters".into();
    let of_both = of_both.with_objects([Object::from_value(master).unwrap()]);
    assert!(!leads(&of_both), "the copies format the disk, too");
}

#[test]
fn a_device_that_ignition_formats_and_that_may_be_the_etcd_disk_is_named() {
    let disk = |device: &str| json!([{"device": device, "wipeTable": true}]);
    for (storage, named) in [
        (json!({"disks": disk("/dev/nvme1n1")}), Some("/dev/nvme1n1 in storage.disks")),
        (json!({"luks": disk("/dev/nvme1n1")}), Some("/dev/nvme1n1 in storage.luks")),
        (json!({"filesystems": disk("/dev/xvdb")}), Some("/dev/xvdb in storage.filesystems")),
        (
            json!({"filesystems": [{"mount": {"device": "/dev/xvdb"}}]}),
            Some("/dev/xvdb in storage.filesystems"),
        ),
        (
            json!({"raid": [{"devices": ["/dev/disk/by-id/coreos-boot-disk", "/dev/nvme1n1"]}]}),
            Some("/dev/nvme1n1 in storage.raid"),
        ),
        (
            json!({"disks": disk("/dev/disk/by-path/pci-0000:00:1f.0-nvme-1")}),
            Some("/dev/disk/by-path/pci-0000:00:1f.0-nvme-1 in storage.disks"),
        ),
        (
            json!({"filesystems": disk("/dev/disk/by-label/var-lib-etcd")}),
            Some("/dev/disk/by-label/var-lib-etcd in storage.filesystems"),
        ),
        (
            json!({"filesystems": [{"device": "/dev/disk/by-partlabel/data", "label": "var-lib-etcd"}]}),
            Some("/dev/disk/by-partlabel/data in storage.filesystems"),
        ),
        (
            json!({"disks": {"_REDACTED": "x", "length": 9}}),
            Some("a device in storage.disks that is withheld from the files"),
        ),
        (
            json!({"disks": disk("/dev/<device_name>")}),
            Some(
                "a device whose name has characters that names of devices usually do not have, in storage.disks,",
            ),
        ),
        (json!({"disks": disk("/dev/disk/by-id/coreos-boot-disk")}), None),
        (
            json!({
                "disks": [{"device": "/dev/disk/by-id/coreos-boot-disk", "partitions": [{"label": "var"}]}],
                "filesystems": disk("/dev/disk/by-partlabel/var"),
            }),
            None,
        ),
        (json!({"filesystems": disk("/dev/disk/by-label/root")}), None),
        (json!({"filesystems": disk("/dev/mapper/root")}), None),
    ] {
        let config = json!({ "storage": storage });
        // The workers' reaches a pool that inherits, the masters' one of copies.
        for (role, layout) in
            [(names::WORKER, snapshot::init_request()), (names::MASTER, snapshot::documented())]
        {
            let plan = init::plan(&with("4.16", role, config.clone()), &layout);
            let found = formatted(&plan);
            match named {
                None => assert_eq!(found, [""; 0], "{config}"),
                Some(named) => {
                    let begin = format!(
                        "machineconfig/98-site: Ignition formats {named} at the first boot"
                    );
                    assert!(
                        found.len() == 1 && found[0].starts_with(&begin),
                        "{config}: {found:?}"
                    );
                }
            }
        }
        let before = with("4.16", names::MASTER, config.clone());
        assert_eq!(formatted(&init::plan(&before, &snapshot::init_request())), [""; 0], "{config}");
    }
}

#[test]
fn a_device_that_ignition_waits_for_and_that_no_etcd_machine_has_is_named() {
    let disks = |device: &str| json!({"storage": {"disks": [{"device": device}]}});
    let file_system =
        |device: &str| json!({"storage": {"filesystems": [{"device": device, "path": "/data"}]}});
    let store = "/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWS1";
    let never = "no new machine has this device: each new machine stops at its first boot";
    let of_type =
        |kind: &str| format!("only machines with {kind} have this device: a machine without");
    let (by_store, by_xen) = (of_type("instance store volumes"), of_type("a Xen instance type"));
    let unmade =
        "no MachineConfig makes this device: a machine without the device stops at its first";
    for (config, severity, told, on_default, on_store) in [
        (disks("/dev/sdb"), Severity::Blocker, never, Some(true), Some(true)),
        (disks("/dev/nvme2n1"), Severity::Warning, &by_store, Some(true), Some(false)),
        (disks("/dev/xvdb"), Severity::Warning, &by_xen, Some(true), Some(true)),
        (disks(store), Severity::Warning, &by_store, Some(true), None),
        (
            file_system("/dev/disk/by-partlabel/data"),
            Severity::Warning,
            unmade,
            Some(false),
            Some(false),
        ),
    ] {
        let plan =
            init::plan(&with("4.20", names::WORKER, config.clone()), &snapshot::init_request());
        let [finding] = of_disk(&plan)[..] else { panic!("{config}: {:?}", plan.findings) };
        assert_eq!(
            (finding.severity, finding.message.contains(told)),
            (severity, true),
            "{finding:?}"
        );
        assert!(!finding.hint.as_deref().unwrap().contains("oc edit"), "{finding:?}");
        // A pool that exists can be refreshed.
        let later =
            added_later("4.20", &snapshot::init_request(), site(names::WORKER, config.clone()));
        let again = init::plan(&later, &snapshot::init_request());
        assert_eq!(of_disk(&again)[0].severity, Severity::Warning, "{config}");
        for (instance_type, is_blocked) in [("c5n.xlarge", on_default), ("m6id.xlarge", on_store)] {
            let mut request =
                AddMachineRequest::new(vec!["us-east-1a".to_owned()], snapshot::TOOL_VERSION);
            request.instance_type = instance_type.to_owned();
            let plan = add_machine::plan(&later, &request);
            let found = of_disk(&plan).first().map(|it| it.severity == Severity::Blocker);
            assert_eq!(found, is_blocked, "{config} {instance_type}");
        }
    }
}

#[test]
fn a_mount_that_the_boot_requires_of_a_device_that_etcd_machines_lack_is_named() {
    let device = "/dev/disk/by-label/containers";
    let unit = |what: &str, options: &str, install: &str| {
        let contents = format!(
            "[Mount]\nWhat={what}\nWhere=/var/lib/containers\n{options}[Install]\n{install}=local-fs.target\n"
        );
        json!({"name": "var-lib-containers.mount", "enabled": true, "contents": contents})
    };
    let required = |what: &str| unit(what, "", "RequiredBy");
    let disabled = {
        let mut it = required(device);
        it["enabled"] = false.into();
        it
    };
    let store = "/dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_AWS1";
    let makes = json!({
        "name": "make.service",
        "contents": format!("[Service]\nExecStart=mkfs.xfs -L containers {store}\n"),
    });
    let fstab = |line: &str| {
        let source = format!("data:;base64,{}", STANDARD.encode(line));
        json!({"storage": {"files": [{"path": "/etc/fstab", "contents": {"source": source}}]}})
    };
    let rule = json!({"path": "/etc/udev/rules.d/99-ebs.rules", "contents": {"source": "data:,SYMLINK%2B%3D%22sdb%22"}});
    let made_by_ignition = json!({
        "storage": {
            "disks": [{"device": "/dev/disk/by-id/coreos-boot-disk", "partitions": [{"label": "data"}]}],
        },
        "systemd": {"units": [required("/dev/disk/by-partlabel/data")]},
    });
    let of_unit = "the boot requires that var-lib-containers.mount mounts";
    let of_units = |all: Value| units(&all);
    let cases = [
        (of_units(json!([required(device)])), Some(of_unit)),
        (of_units(json!([required("/dev/md0")])), Some(of_unit)),
        (of_units(json!([required("/dev/sdb")])), Some(of_unit)),
        (of_units(json!([required("/dev/nvme2n1")])), Some(of_unit)),
        (
            fstab("LABEL=data /data xfs defaults 0 0\n"),
            Some("the boot requires that the file /etc/fstab mounts"),
        ),
        (fstab("LABEL=data /data xfs defaults,nofail 0 0\n"), None),
        (fstab("LABEL=boot /boot xfs defaults 0 0\nhost:/x /data nfs defaults 0 0\n"), None),
        (of_units(json!([unit(device, "", "WantedBy")])), None),
        (of_units(json!([unit(device, "Options=nofail\n", "RequiredBy")])), None),
        (of_units(json!([disabled])), None),
        (of_units(json!([required(device), makes])), None),
        (json!({"storage": {"files": [rule]}, "systemd": {"units": [required(device)]}}), None),
        (made_by_ignition, None),
    ];
    for (config, expected) in &cases {
        for (role, layout) in
            [(names::WORKER, snapshot::init_request()), (names::MASTER, snapshot::documented())]
        {
            let found = formatted(&init::plan(&with("4.16", role, config.clone()), &layout));
            assert_eq!(found.len(), usize::from(expected.is_some()), "{config}: {found:#?}");
            assert!(found.iter().all(|it| it.contains(expected.unwrap())), "{config}: {found:#?}");
        }
    }
    let request = snapshot::init_request();
    let after = added_later("4.20", &request, site(names::WORKER, cases[0].0.clone()));
    let expected = vec!["warning machineconfig/98-site".to_owned()];
    assert_eq!(told_later(&after), [expected.clone(), expected]);
}

#[test]
fn a_device_that_the_kubelet_requires_and_that_etcd_machines_lack_is_named() {
    let mount = |install: &str| {
        let contents =
            format!("[Mount]\nWhat=/dev/disk/by-label/data\nWhere=/var/lib/data\n{install}");
        json!({"name": "var-lib-data.mount", "enabled": true, "contents": contents})
    };
    let kubelet = |text: &str| {
        let drop_in = json!({"name": "10-site.conf", "contents": format!("[Unit]\n{text}\n")});
        json!({"name": "kubelet.service", "dropins": [drop_in]})
    };
    let script = "#!/bin/bash\nD=$(ls /dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_* | head -1)\nmkfs.xfs -f \"$D\"\n";
    let with_script = |unit: Value| {
        let source = format!("data:;base64,{}", STANDARD.encode(script));
        let file = json!({"path": "/usr/local/bin/store", "contents": {"source": source}});
        json!({"storage": {"files": [file]}, "systemd": {"units": [unit]}})
    };
    let store = |of_unit: &str, command: &str| {
        let contents = format!(
            "[Unit]\n{of_unit}\n[Service]\nType=oneshot\nExecStart={command}\n[Install]\nRequiredBy=kubelet.service\n"
        );
        json!({"name": "store.service", "enabled": true, "contents": contents})
    };
    let fstab = format!("data:;base64,{}", STANDARD.encode("LABEL=data /data xfs nofail 0 0\n"));
    let of_mount = "the kubelet requires that var-lib-data.mount mounts /dev/disk/by-label/data";
    let of_store =
        "the kubelet requires store.service, whose commands name /dev/disk/by-id/nvme-Amazon_EC2";
    let of_units = |all: Value| units(&all);
    for (config, expected) in [
        (of_units(json!([mount("[Install]\nRequiredBy=kubelet.service\n")])), Some(of_mount)),
        (of_units(json!([mount(""), kubelet("Requires=var-lib-data.mount")])), Some(of_mount)),
        (
            of_units(json!([mount(""), kubelet("RequiresMountsFor=/var/lib/data/x")])),
            Some(of_mount),
        ),
        (
            of_units(json!([
                mount(""),
                kubelet("BindsTo=site.service"),
                {"name": "site.service", "contents": "[Unit]\nRequires=var-lib-data.mount\n"},
            ])),
            Some(of_mount),
        ),
        (
            of_units(json!([kubelet("BindsTo=dev-nvme2n1.device")])),
            Some(
                "the kubelet requires that the drop-in 10-site.conf of kubelet.service finds /dev/nvme2n1, and only",
            ),
        ),
        (with_script(store("", "/usr/local/bin/store")), Some(of_store)),
        (
            json!({
                "storage": {"files": [{"path": "/etc/fstab", "contents": {"source": fstab}}]},
                "systemd": {"units": [kubelet("RequiresMountsFor=/data")]},
            }),
            Some("the kubelet requires that the file /etc/fstab mounts /dev/disk/by-label/data"),
        ),
        (with_script(store("", "-/usr/local/bin/store")), None),
        (with_script(store("ConditionPathExists=/dev/nvme1n1", "/usr/local/bin/store")), None),
        (of_units(json!([mount(""), kubelet("Wants=var-lib-data.mount")])), None),
        (of_units(json!([mount("[Install]\nWantedBy=kubelet.service\n")])), None),
        (of_units(json!([mount(""), kubelet("RequiresMountsFor=/var/lib")])), None),
        (of_units(json!([kubelet("BindsTo=dev-nvme0n1.device")])), None),
    ] {
        for (role, layout) in
            [(names::WORKER, snapshot::init_request()), (names::MASTER, snapshot::documented())]
        {
            let found = formatted(&init::plan(&with("4.16", role, config.clone()), &layout));
            assert_eq!(found.len(), usize::from(expected.is_some()), "{config}: {found:#?}");
            assert!(found.iter().all(|it| it.contains(expected.unwrap())), "{config}: {found:#?}");
        }
    }
}

#[test]
fn a_mount_of_a_device_is_named_unless_the_device_is_formatted_as_well() {
    let mount = |what: &str| json!({"name": "data.mount", "contents": format!("[Mount]\nWhat={what}\nWhere=/data\n")});
    let device = "/dev/nvme1n1";
    let name = "mkfs@dev-nvme1n1.service";
    let makes =
        json!({"name": name, "contents": format!("[Service]\nExecStart=mkfs.xfs {device}\n")});
    for (config, expected) in [
        (
            json!({"systemd": {"units": [mount(device)]}}),
            &["data.mount mounts /dev/nvme1n1: if"][..],
        ),
        (json!({"systemd": {"units": [mount(device), makes]}}), &["/dev/nvme1n1: if"]),
        (
            json!({"systemd": {"units": [mount("/dev/sdb"), makes]}}),
            &["formats /dev/nvme1n1: if", "data.mount mounts /dev/sdb: if"],
        ),
        (
            json!({
                "storage": {"filesystems": [{"device": device, "path": "/data"}]},
                "systemd": {"units": [mount(device)]},
            }),
            &["Ignition formats /dev/nvme1n1 in storage.filesystems"],
        ),
    ] {
        let plan =
            init::plan(&with("4.16", names::WORKER, config.clone()), &snapshot::init_request());
        let found = formatted(&plan);
        let is_told = found.iter().zip(expected).all(|(it, part)| it.contains(part));
        assert!(found.len() == expected.len() && is_told, "{config}: {found:#?}");
    }
}

#[test]
fn a_configuration_that_lets_multipathd_take_the_etcd_disk_is_named() {
    let multipath = |text: &str, unit: Value| {
        let source = format!("data:;base64,{}", STANDARD.encode(text));
        let file = json!({"path": "/etc/multipath.conf", "contents": {"source": source}});
        json!({"storage": {"files": [file]}, "systemd": {"units": [unit]}})
    };
    let enabled = |is_on: bool| json!({"name": "multipathd.service", "enabled": is_on});
    let greedy = "defaults {\n find_multipaths no\n}\n";
    let blacklist = "blacklist {\n devnode \"^nvme\"\n}\n";
    let told =
        "machineconfig/98-site: the file /etc/multipath.conf lets multipathd take every disk";
    for (config, is_told) in [
        (multipath(greedy, enabled(true)), true),
        (multipath(greedy, enabled(false)), false),
        (multipath(&format!("{greedy}{blacklist}"), enabled(true)), false),
        (multipath("defaults {\n find_multipaths yes\n}\n", enabled(true)), false),
    ] {
        for (role, layout) in
            [(names::WORKER, snapshot::init_request()), (names::MASTER, snapshot::documented())]
        {
            let found = formatted(&init::plan(&with("4.16", role, config.clone()), &layout));
            assert_eq!(found.len(), usize::from(is_told), "{config}: {found:?}");
            assert!(found.iter().all(|it| it.starts_with(told)), "{config}: {found:?}");
        }
    }
    // The label of a disk that is in use is seen twice at the next boot.
    let config = multipath(greedy, enabled(true));
    let after = added_later("4.20", &snapshot::init_request(), site(names::WORKER, config));
    let expected = vec!["warning machineconfig/98-site".to_owned()];
    assert_eq!(told_later(&after), [expected.clone(), expected]);
}

#[test]
fn the_instance_of_a_unit_is_shown_if_it_is_the_device_that_is_shown() {
    for (name, device, expected) in [
        (
            "systemd-mkfs@dev-nvme1n1.service",
            "/dev/nvme1n1",
            "systemd-mkfs@dev-nvme1n1.service formats /dev/nvme1n1",
        ),
        (
            r"mkfs@dev-disk-by\x2did-x.service",
            "/dev/disk/by-id/x",
            r"mkfs@dev-disk-by\x2did-x.service formats /dev/disk/by-id/x",
        ),
        ("mkfs@hunter2.service", "/dev/nvme1n1", "mkfs@(withheld).service formats /dev/nvme1n1"),
        ("hunter 2@dev-sdb.service", "/dev/sdb", "(withheld) formats /dev/sdb"),
        (
            "mkfs@a.service",
            "/dev/nvme1n1@a",
            "mkfs@(withheld).service formats a device whose name has characters that names of devices usually do not have",
        ),
    ] {
        let unit =
            json!({"name": name, "contents": format!("[Service]\nExecStart=mkfs.xfs {device}\n")});
        let config = json!({"systemd": {"units": [unit]}});
        let plan = init::plan(&with("4.16", names::WORKER, config), &snapshot::init_request());
        let begin = format!("machineconfig/98-site: {expected}: if");
        let found = formatted(&plan);
        assert!(found.len() == 1 && found[0].starts_with(&begin), "{name}: {found:#?}");
    }
}

#[test]
fn no_hint_edits_the_disks_of_nodes_that_exist() {
    // The operator refuses such a change, and the pool of these nodes becomes degraded.
    let config = json!({"storage": {"disks": [{"device": "/dev/nvme1n1", "wipeTable": true}]}});
    for (role, layout, is_edited) in [
        (names::WORKER, snapshot::init_request(), false),
        (names::MASTER, snapshot::documented(), false),
        (names::ETCD, snapshot::init_request(), true),
    ] {
        let plan = init::plan(&with("4.16", role, config.clone()), &layout);
        let hints: Vec<&str> =
            of_disk(&plan).into_iter().filter_map(|it| it.hint.as_deref()).collect();
        assert_eq!(hints.len(), 1, "{role}: {hints:?}");
        assert_eq!(hints[0].contains("oc edit"), is_edited, "{role}: {hints:?}");
    }
}

#[test]
fn a_device_that_the_user_data_formats_is_named() {
    let disks = json!({"disks": [{"device": "/dev/nvme1n1"}]});
    let before = with_user_data(&|it| it["storage"] = disks.clone());
    let found = formatted(&init::plan(&before, &snapshot::init_request()));
    assert!(found.len() == 1 && found[0].starts_with("secret/etcd-user-data: "), "{found:?}");
}

/// The cluster after `init`, to which an object was added later.
fn added_later(cluster: &str, request: &init::InitRequest, object: Object) -> Snapshot {
    let before = snapshot::load(cluster, &[]);
    let plan = init::plan(&before, request);
    let after = snapshot::generated(snapshot::carried_out(before, &plan));
    snapshot::rendered(after.with_objects([object]))
}

fn add(after: &Snapshot) -> Plan {
    let request = AddMachineRequest::new(vec!["us-east-1a".to_owned()], snapshot::TOOL_VERSION);
    add_machine::plan(after, &request)
}

/// The findings about disks of status and of add-machine, as `severity subject`.
fn told_later(after: &Snapshot) -> [Vec<String>; 2] {
    let of = |findings: &[Finding]| {
        let of_disk = findings.iter().filter(|it| it.check == Check::DiskDeviceUncertain);
        of_disk.map(|it| format!("{} {}", it.severity, it.subject)).collect()
    };
    [of(&status::assess(after, snapshot::TOOL_VERSION).findings), of(&add(after).findings)]
}

/// A unit of the name `site.service` that is started at each boot.
fn started(command: &str) -> Value {
    let contents =
        format!("[Service]\nExecStart={command}\n[Install]\nWantedBy=multi-user.target\n");
    units(&json!([{"name": "site.service", "enabled": true, "contents": contents}]))
}

#[test]
fn a_program_that_formats_a_disk_is_told_by_status_and_add_machine_whenever_it_came() {
    let request = snapshot::init_request();
    let told = "warning machineconfig/98-site".to_owned();
    for role in [names::WORKER, names::ETCD] {
        for command in ["/usr/sbin/mkfs.xfs -f /dev/nvme1n1", "/usr/bin/mount /dev/nvme1n1 /data"] {
            let after = added_later("4.20", &request, site(role, started(command)));
            let expected = vec![told.clone()];
            assert_eq!(told_later(&after), [expected.clone(), expected], "{role} {command}");
            let health = status::assess(&after, snapshot::TOOL_VERSION).health;
            assert_eq!(health, status::Health::Trouble, "{role} {command}");
            // `add-machine` reads the MachineConfigs of the role etcd, and the rendered one.
            let mut rendered_only = after.clone();
            let unread: Vec<ObjectRef> = [names::WORKER, names::MASTER]
                .iter()
                .flat_map(|it| after.machine_configs_of(it))
                .map(|it| it.reference().clone())
                .collect();
            for it in &unread {
                rendered_only.remove(it);
            }
            let name = after.rendered_name(names::ETCD).unwrap();
            let expected = format!("warning machineconfig/{name}");
            assert_eq!(told_later(&rendered_only)[1], [expected], "{role} {command}");
        }
        let after = added_later("4.20", &request, site(role, started("/usr/bin/true")));
        assert_eq!(told_later(&after), [vec![""; 0], vec![""; 0]], "{role}");
    }
    // What Ignition formats matters to a new machine only.
    let config = json!({"storage": {"disks": [{"device": "/dev/nvme1n1"}]}});
    let after = added_later("4.20", &request, site(names::WORKER, config));
    assert_eq!(told_later(&after), [vec![], vec![told]]);
}

#[test]
fn a_hint_about_a_disk_says_which_nodes_reboot_and_how_etcd_machines_alone_change() {
    let takes = "[Unit]\nConflicts=oc-etcd-disk.service\n";
    let takes = units(&json!([{"name": "site.service", "contents": takes}]));
    for config in [started("/usr/sbin/mkfs.xfs -f /dev/nvme1n1"), takes] {
        for (role, request, others) in [
            (names::WORKER, snapshot::init_request(), Some("the workers reboot")),
            (names::MASTER, snapshot::documented(), Some("the masters reboot")),
            (names::ETCD, snapshot::init_request(), None),
        ] {
            let plan = init::plan(&with("4.16", role, config.clone()), &request);
            let [finding] = of_disk(&plan)[..] else { panic!("{role}: {:?}", plan.findings) };
            let hint = finding.hint.as_deref().unwrap();
            assert!(hint.ends_with("oc edit machineconfig/98-site"), "{hint}");
            assert!(!hint.contains("by-id"), "{hint}");
            let is_alone = hint.contains("to change etcd machines only, create a MachineConfig");
            assert_eq!(is_alone, others.is_some(), "{hint}");
            assert!(others.is_none_or(|it| hint.contains(it)), "{hint}");
        }
    }
}

#[test]
fn the_replacement_that_a_hint_names_ends_the_finding() {
    for (role, request) in
        [(names::WORKER, snapshot::init_request()), (names::MASTER, snapshot::documented())]
    {
        let mut config = started("/usr/bin/true");
        config["ignition"] = json!({"version": "3.2.0"});
        let replacing = Object::new(ObjectRef::cluster(Kind::MachineConfig, "99-zz-site"))
            .with_labels([(names::MACHINE_CONFIG_ROLE, names::ETCD)])
            .with("spec", json!({ "config": config }));
        let before = with("4.16", role, started("/usr/sbin/mkfs.xfs -f /dev/nvme1n1"));
        assert_eq!(formatted(&init::plan(&before, &request)).len(), 1, "{role}");
        let found = formatted(&init::plan(&before.with_objects([replacing]), &request));
        assert_eq!(found, [""; 0], "{role}");
    }
}

/// A change of an Ignition config.
type Edit<'a> = &'a dyn Fn(&mut Value);

/// The cluster with another user data of the masters.
fn with_user_data(change: Edit<'_>) -> Snapshot {
    with_secret(snapshot::load("4.16", &[]), names::MASTER_USER_DATA, change)
}

fn with_secret(mut before: Snapshot, name: &str, change: Edit<'_>) -> Snapshot {
    let secret = before.machine_secret(name).unwrap().clone();
    let mut config = user_data::decode(&secret).unwrap();
    change(&mut config);
    let mut data = secret.get("/data").unwrap().clone();
    data["userData"] = STANDARD.encode(config.to_string()).into();
    before.insert(secret.with("data", data));
    before
}

fn merge(config: &mut Value, source: &str) {
    let merged = config["ignition"]["config"]["merge"].as_array_mut().unwrap();
    merged.push(json!({ "source": source }));
}

#[test]
fn what_user_data_brings_is_judged_like_the_machine_configs() {
    let unit = |command: &str| {
        let contents = format!("[Unit]\nBefore=kubelet.service\n[Service]\nExecStart={command}\n");
        units(&json!([{"name": "site.service", "enabled": true, "contents": contents}]))
    };
    let (changes, formats) = (unit("/opt/site"), unit("/usr/sbin/mkfs.xfs -f /dev/nvme1n1"));
    let nested = |config: &Value| format!("data:;base64,{}", STANDARD.encode(config.to_string()));
    let cases: [(Edit<'_>, Check); 7] = [
        (&|it| it["systemd"] = changes["systemd"].clone(), Check::KubeletUncertain),
        (&|it| it["systemd"] = formats["systemd"].clone(), Check::DiskDeviceUncertain),
        (
            &|it| {
                it["kernelArguments"] = json!({"shouldExist": ["systemd.mask=var-lib-etcd.mount"]});
            },
            Check::DiskDeviceUncertain,
        ),
        (&|it| merge(it, &nested(&changes)), Check::KubeletUncertain),
        (&|it| merge(it, &nested(&formats)), Check::DiskDeviceUncertain),
        (&|it| merge(it, "https://cfg.example.com/extra.ign"), Check::KubeletUncertain),
        (&|it| merge(it, "data:;base64,!"), Check::KubeletUncertain),
    ];
    let seen = |findings: &[Finding], subject: &str| {
        let of_subject = findings.iter().filter(|it| it.subject == subject);
        of_subject.map(|it| (it.check, it.severity)).collect::<Vec<_>>()
    };
    for layout in [snapshot::init_request(), snapshot::documented()] {
        for (number, (change, check)) in cases.iter().enumerate() {
            let before = with_user_data(*change);
            let plan = init::plan(&before, &layout);
            let found = seen(&plan.findings, "secret/etcd-user-data");
            let [(found, severity)] = found[..] else { panic!("{number}: {found:?}") };
            assert_eq!(found, *check, "{number}");
            let after =
                snapshot::rendered(snapshot::generated(snapshot::carried_out(before, &plan)));
            let found = seen(&add(&after).findings, "secret/etcd-user-data");
            assert_eq!(found, [(*check, severity)], "{number}");
            let status = status::assess(&after, snapshot::TOOL_VERSION);
            let found = seen(&status.findings, "secret/etcd-user-data");
            assert_eq!(seen(&status.findings, "secret/master-user-data"), []);
            assert_eq!(found, [(*check, severity.max(Severity::Warning))], "{number}");
        }
        let plan = init::plan(&with_user_data(&|_| ()), &layout);
        assert_eq!(seen(&plan.findings, "secret/etcd-user-data"), []);
    }
}

#[test]
fn what_only_the_user_data_of_etcd_machines_has_is_removed_by_init() {
    let contents = "[Unit]\nBefore=kubelet.service\n[Service]\nExecStart=/opt/site\n";
    let unit = units(&json!([{"name": "site.service", "enabled": true, "contents": contents}]));
    let change: Edit<'_> = &|it| it["systemd"] = unit["systemd"].clone();
    let made = |before: Snapshot| {
        let plan = init::plan(&before, &snapshot::init_request());
        snapshot::rendered(snapshot::generated(snapshot::carried_out(before, &plan)))
    };
    let hint = |snapshot: &Snapshot| {
        let found = status::assess(snapshot, snapshot::TOOL_VERSION).findings.into_iter();
        let mut found = found.filter(|it| it.subject == "secret/etcd-user-data");
        let found = found.find(|it| it.check == Check::KubeletUncertain).unwrap();
        found.hint.unwrap().to_string()
    };
    let of_both = made(with_user_data(change));
    assert!(hint(&of_both).starts_with("remove the part from secret master-user-data"));
    let of_etcd = with_secret(made(with_user_data(&|_| ())), names::ETCD_USER_DATA, change);
    assert_eq!(hint(&of_etcd), "oc etcd init");
    let mut unread = of_etcd;
    let masters = unread.machine_secret(names::MASTER_USER_DATA).unwrap().reference().clone();
    unread.remove(&masters);
    let found = hint(&unread);
    assert!(found.starts_with("`oc etcd init` removes the part, unless secret master"), "{found}");
}

#[test]
fn a_unit_that_is_masked_on_etcd_machines_is_not_started() {
    let oneshot =
        |command: &str| format!("[Unit]\nBefore=kubelet.service\n[Service]\nExecStart={command}\n");
    let unit = |name: &str, contents: &str| {
        units(&json!([{"name": name, "enabled": true, "contents": contents}]))
    };
    let instance = "format@dev-nvme1n1.service";
    let template = units(&json!([
        {"name": "format@.service", "contents": oneshot("/usr/sbin/mkfs.xfs -f %f")},
        {"name": instance, "enabled": true},
    ]));
    let told = |snapshot: &Snapshot| {
        let found = init::plan(snapshot, &snapshot::init_request()).findings.into_iter();
        let mut of_site = found.filter(|it| it.subject == "machineconfig/98-site");
        of_site.any(|it| [Check::DiskDeviceUncertain, Check::KubeletUncertain].contains(&it.check))
    };
    let mount = "[Mount]\nWhat=/dev/nvme1n1\nWhere=/var/lib/etcd/member\n";
    for (name, config) in [
        ("site.service", unit("site.service", &oneshot("/usr/bin/rm -rf /var/lib/etcd/member"))),
        ("site.service", unit("site.service", &oneshot("/usr/sbin/mkfs.xfs -f /dev/nvme1n1"))),
        ("site.service", unit("site.service", &oneshot("/opt/site"))),
        ("var-lib-etcd-member.mount", unit("var-lib-etcd-member.mount", mount)),
        (instance, template),
    ] {
        let before = with("4.20", names::WORKER, config.clone());
        assert!(told(&before), "{config}");
        let with_etcds = |config: Value| {
            let body = site(names::ETCD, config).into_body();
            let reference = ObjectRef::cluster(Kind::MachineConfig, "99-etcd-masked");
            let object = Object::new(reference)
                .with_labels([(names::MACHINE_CONFIG_ROLE, names::ETCD)])
                .with("spec", body["spec"].clone());
            before.clone().with_objects([object])
        };
        let masked = with_etcds(units(&json!([{"name": name, "enabled": false, "mask": true}])));
        assert!(!told(&masked), "{config}");
        // Ignition writes the contents of a unit over a link.
        let linked = with_etcds(links(&format!("/etc/systemd/system/{name}"), "/dev/null"));
        assert_eq!(told(&linked), name != instance, "{config}");
    }
}
