//! MachineConfigs that mount something on the directory of etcd, or remove the data, on masters and on etcd machines.

use oc_etcd::check::{Check, Finding, Severity};
use oc_etcd::model::names;
use oc_etcd::plan::add_disk::{self, AddDiskRequest};
use serde_json::json;

use crate::site_configs::{Cluster, NAME, Site, site};
use crate::{member_disk, snapshot};

/// What puts another file system in the place of etcd's directory, or removes the data, on machines of any role.
fn in_place_of_the_data() -> Vec<(&'static str, Site)> {
    let script = "/usr/local/bin/site";
    let unit = "[Mount]\nWhat=LABEL=etcd\nWhere=/var/lib/etcd\n";
    vec![
        ("a mount by a script", site().file(script, "#!/bin/bash\nmount -L etcd /var/lib/etcd\n").oneshot("Before=kubelet.service", script)),
        ("a mount by a script at any time", site().file(script, "#!/bin/bash\nD=/var/lib/etcd\nmount -L etcd $D\n").oneshot("", script)),
        ("a mount by a unit", site().oneshot("", "/usr/bin/mount -t xfs LABEL=etcd /var/lib/etcd")),
        ("a mount of fstab", site().file("/etc/fstab", "LABEL=etcd /var/lib/etcd xfs defaults 0 0\n")),
        ("a mount unit in a file", site().file("/etc/systemd/system/var-lib-etcd.mount", unit)),
        ("a mount below", site().unit("var-lib-etcd-member.mount", unit)),
        ("a file system of Ignition", site().entry("filesystems", json!({"device": "/dev/disk/by-label/e", "path": "/var/lib/etcd/", "format": "xfs"}))),
        ("a mount of the kernel arguments", site().argument("systemd.mount-extra=/opt/k:/var/lib/etcd:none:bind")),
        ("a mount by NetworkManager", site().file("/etc/NetworkManager/dispatcher.d/99-site", "#!/bin/bash\nmount -L etcd /var/lib/etcd\n")),
    ]
}

/// What does not touch the data.
fn beside_the_data() -> Vec<(&'static str, Site)> {
    let script = "/usr/local/bin/site";
    vec![
        ("permissions of the CIS benchmark", site().oneshot("Before=kubelet.service", "/usr/bin/chmod 700 /var/lib/etcd").file("/etc/tmpfiles.d/site.conf", "z /var/lib/etcd 0700 etcd etcd - -\n")),
        ("an audit rule beside an agent", site().file("/etc/audit/rules.d/site.rules", "-w /var/lib/etcd/ -p wa\n").oneshot("After=kubelet.service", "/opt/site/agent")),
        ("a partition for /var", site().unit("var.mount", "[Mount]\nWhat=/dev/disk/by-partlabel/var\nWhere=/var\n")),
        ("a backup", site().file(script, "#!/bin/bash\nmkdir -p /var/lib/etcd-backup\nmount -L backup /var/lib/etcd-backup\nrm -rf /var/lib/etcd-backup/old\ndu -sh /var/lib/etcd\n").oneshot("", script)),
    ]
}

#[test]
fn whatever_mounts_on_the_directory_of_etcd_is_found_on_masters_and_on_etcd_machines() {
    let masters = member_disk::calm("4.20");
    let added = |site: Site| {
        let with_site = masters.clone().with_objects([site.of_role(names::MASTER)]);
        let request = AddDiskRequest::new(snapshot::TOOL_VERSION);
        add_disk::plan(&with_site, &request).plan.findings
    };
    let cluster = Cluster::of("4.20");
    let mut wrong = Vec::new();
    let of_site = format!("machineconfig/{NAME}");
    for (what, site) in in_place_of_the_data() {
        let is_told = |it: &Finding| {
            it.check == Check::EtcdAlreadyMounted && it.severity == Severity::Blocker
        };
        let found = added(site);
        if !found.iter().any(|it| is_told(it) && it.subject == of_site) {
            wrong.push(format!("{what} on masters: {found:?}"));
        }
    }
    let removals = vec![
        ("a removal", site().oneshot("", "/usr/bin/bash -c 'rm -rf /var/lib/etcd/*'")),
        (
            "a removal by tmpfiles",
            site().file("/etc/tmpfiles.d/site.conf", "R! /var/lib/etcd/member\n"),
        ),
        (
            "a table with a directory below",
            site().file("/etc/fstab", "LABEL=m /var/lib/etcd/member xfs defaults 0 0\n"),
        ),
    ];
    for (what, site) in in_place_of_the_data().into_iter().chain(removals) {
        let found = cluster.found(site);
        let is_told = |it: &Finding| {
            it.check == Check::DiskDeviceUncertain && it.severity == Severity::Blocker
        };
        if !found.iter().any(|it| is_told(it) && it.subject == of_site) {
            wrong.push(format!("{what} on etcd machines: {found:?}"));
        }
    }
    for (what, site) in beside_the_data() {
        let found = added(site);
        let is_of_disk = |it: &Finding| {
            [Check::EtcdAlreadyMounted, Check::DiskDeviceUncertain].contains(&it.check)
        };
        wrong.extend(found.iter().find(|it| is_of_disk(it)).map(|it| format!("{what}: {it:?}")));
    }
    let fetched = site()
        .file("/etc/site/disks.yaml", "disks:\n- model: Instance Storage\n  mount: /var/lib/etcd\n")
        .oneshot("Before=kubelet.service", "/opt/site/disks --config /etc/site/disks.yaml");
    let found = added(fetched);
    let mut of_mounts = found.iter().filter(|it| it.check == Check::EtcdAlreadyMounted);
    let is_told = of_mounts.any(|it| it.severity == Severity::Warning && it.subject == of_site);
    assert!(wrong.is_empty() && is_told, "{}\n{found:?}", wrong.join("\n"));
}
