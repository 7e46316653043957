//! MachineConfigs as administrators write them, on the role worker of a pool that inherits: what clusters ordinarily
//! have is no finding, and what may change the role or the disk of a machine is one.

use std::fs;

use oc_etcd::check::etcd_disk::{self, Machines};
use oc_etcd::check::{Check, Finding, Severity};
use oc_etcd::model::kind::Kind;
use oc_etcd::model::layout::Layout;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::model::yaml;
use oc_etcd::openshift::kubelet::boot::Boot;
use oc_etcd::plan::LayoutChoice;
use oc_etcd::plan::init::{self, InitRequest};
use oc_etcd_lab::captured::{self, RELEASES};
use serde_json::{Value, json};

use crate::snapshot;

pub(crate) const NAME: &str = "99-worker-site";

/// The parts of one MachineConfig.
#[derive(Default)]
pub(crate) struct Site {
    units: Vec<Value>,
    files: Vec<Value>,
    kernel_arguments: Vec<&'static str>,
    storage: Option<Value>,
    spec: Option<Value>,
}

impl Site {
    pub(crate) fn unit(mut self, name: &str, text: &str) -> Self {
        self.units.push(json!({"name": name, "enabled": true, "contents": text}));
        self
    }

    /// A unit that runs one command once.
    pub(crate) fn oneshot(self, of_unit: &str, command: &str) -> Self {
        let text = format!(
            "[Unit]\nDescription=Site\n{of_unit}\n[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart={command}\n\n\
             [Install]\nWantedBy=multi-user.target\n"
        );
        self.unit("site.service", &text)
    }

    pub(crate) fn drop_in(mut self, unit: &str, text: &str) -> Self {
        self.units
            .push(json!({"name": unit, "dropins": [{"name": "10-site.conf", "contents": text}]}));
        self
    }

    pub(crate) fn file(self, path: &str, text: &str) -> Self {
        self.bytes(path, text.as_bytes())
    }

    fn bytes(mut self, path: &str, contents: &[u8]) -> Self {
        let source = format!("data:,{}", percent_encoded(contents));
        let file =
            json!({"path": path, "mode": 0o755, "overwrite": true, "contents": {"source": source}});
        self.files.push(file);
        self
    }

    /// An entry of a list in `storage`.
    pub(crate) fn entry(mut self, list: &str, entry: Value) -> Self {
        let storage = self.storage.get_or_insert_with(|| json!({}));
        if storage[list].is_null() {
            storage[list] = json!([]);
        }
        storage[list].as_array_mut().unwrap().push(entry);
        self
    }

    pub(crate) fn link(self, path: &str, target: &str) -> Self {
        self.entry("links", json!({"path": path, "target": target, "overwrite": true}))
    }

    pub(crate) fn argument(mut self, argument: &'static str) -> Self {
        self.kernel_arguments.push(argument);
        self
    }

    pub(crate) fn object(self) -> Object {
        self.of_role(names::WORKER)
    }

    pub(crate) fn of_role(self, role: &str) -> Object {
        let mut storage = self.storage.unwrap_or_else(|| json!({}));
        storage["files"] = self.files.into();
        let mut spec = self.spec.unwrap_or_else(|| json!({}));
        spec["kernelArguments"] = self.kernel_arguments.into();
        spec["config"] = json!({
            "ignition": {"version": "3.2.0"}, "storage": storage, "systemd": {"units": self.units},
        });
        Object::new(ObjectRef::cluster(Kind::MachineConfig, NAME))
            .with_labels([(names::MACHINE_CONFIG_ROLE, role)])
            .with("spec", spec)
    }
}

fn percent_encoded(bytes: &[u8]) -> String {
    let keep = |it: u8| it.is_ascii_alphanumeric();
    bytes
        .iter()
        .map(|&it| if keep(it) { char::from(it).to_string() } else { format!("%{it:02X}") })
        .collect()
}

pub(crate) fn site() -> Site {
    Site::default()
}

/// What clusters have, after the documentation of OpenShift and what people publish.
fn ordinary() -> Vec<(&'static str, Site)> {
    let script = "/usr/local/bin/site";
    vec![
        ("chrony", site().file("/etc/chrony.conf", "pool ntp.example.com iburst\ndriftfile /var/lib/chrony/drift\n")),
        ("core users' keys", site().file("/home/core/.ssh/authorized_keys.d/site", "ssh-ed25519 AAAA site\n")),
        ("sysctl", site().file("/etc/sysctl.d/99-site.conf", "net.core.somaxconn = 4096\nkernel.pid_max = 4194304\n")),
        ("registries", site().file("/etc/containers/registries.conf.d/99-site.conf", "unqualified-search-registries = []\n")),
        ("signature policy", site().file("/etc/containers/policy.json", "{\"default\": [{\"type\": \"insecureAcceptAnything\"}]}\n")),
        ("crio", site().file("/etc/crio/crio.conf.d/01-ulimits", "[crio.runtime]\ndefault_ulimits = [\"nofile=65536:65536\"]\n")),
        ("journald", site().file("/etc/systemd/journald.conf.d/site.conf", "[Journal]\nRateLimitBurst=10000\n").oneshot("", "/usr/bin/systemctl restart systemd-journald")),
        ("system.conf", site().file("/etc/systemd/system.conf.d/site.conf", "[Manager]\nDefaultLimitNOFILE=65536\n")),
        ("auditd", site().file("/etc/audit/rules.d/site.rules", "-w /etc/kubernetes/ -p wa -k kubernetes\n-w /etc/passwd -p wa\n")),
        ("banner", site().file("/etc/issue.d/site.issue", "Authorized use only.\n").file("/etc/motd", "etcd, kubelet.service\n")),
        ("time zone", site().oneshot("", "/usr/bin/timedatectl set-timezone Europe/Berlin")),
        ("sshd", site().file("/etc/ssh/sshd_config.d/99-site.conf", "PermitRootLogin no\n").drop_in("sshd.service", "[Service]\nRestart=always\n")),
        ("certificate", site().file("/etc/pki/ca-trust/source/anchors/site.crt", "-----BEGIN CERTIFICATE-----\n").oneshot("Before=crio.service kubelet.service", "/usr/bin/update-ca-trust")),
        ("huge pages", site().argument("hugepagesz=1G").argument("hugepages=2").argument("default_hugepagesz=1G")),
        ("cgroups", site().argument("systemd.unified_cgroup_hierarchy=1").argument("cgroup_no_v1=\"all\"").argument("psi=1")),
        ("old cgroups", site().argument("systemd.unified_cgroup_hierarchy=0").argument("systemd.legacy_systemd_cgroup_controller=1")),
        ("CPUs", site().argument("nosmt").argument("mitigations=auto,nosmt").argument("isolcpus=2-7").argument("nohz_full=2-7").argument("systemd.cpu_affinity=0,1")),
        ("console", site().argument("console=tty0").argument("console=ttyS0,115200n8").argument("systemd.journald.forward_to_console=1").argument("systemd.log_level=debug")),
        ("a masked unit", site().argument("systemd.mask=kdump.service")),
        ("SELinux and FIPS", site().argument("enforcing=0").argument("fips=1")),
        ("kernel and extensions", Site { spec: Some(json!({"kernelType": "realtime", "extensions": ["usbguard", "kernel-devel"], "fips": false})), ..site() }),
        ("multipath", site().argument("rd.multipath=default").argument("root=/dev/disk/by-label/dm-mpath-root").oneshot("", "/usr/sbin/mpathconf --enable --with_multipathd y")),
        ("iSCSI", Site { units: vec![json!({"name": "iscsid.service", "enabled": true})], ..site() }),
        ("kdump", Site { units: vec![json!({"name": "kdump.service", "enabled": true})], ..site() }.argument("crashkernel=256M")),
        ("a partition for containers", Site {
            storage: Some(json!({
                "disks": [{"device": "/dev/disk/by-id/coreos-boot-disk", "partitions": [{"label": "var-lib-containers", "startMiB": 120_000, "sizeMiB": 0}]}],
                "filesystems": [{"device": "/dev/disk/by-partlabel/var-lib-containers", "path": "/var/lib/containers", "format": "xfs"}],
            })),
            ..site()
        }.unit("var-lib-containers.mount", "[Unit]\nBefore=local-fs.target\n[Mount]\nWhere=/var/lib/containers\nWhat=/dev/disk/by-partlabel/var-lib-containers\nOptions=defaults,prjquota\n[Install]\nWantedBy=local-fs.target\n")),
        ("local disks by their model", site().file(script, "#!/bin/bash\nset -e\nD=$(ls /dev/disk/by-id/nvme-Amazon_EC2_NVMe_Instance_Storage_* | head -1)\n[ -n \"$D\" ] || exit 0\nblkid \"$D\" || mkfs.xfs -f \"$D\"\nmount \"$D\" /var/lib/containers\n").oneshot("Before=crio.service", script)),
        ("a swap file", site().oneshot("Before=swap.target", "/bin/bash -c 'fallocate -l 4G /var/swapfile && mkswap /var/swapfile && swapon /var/swapfile'")),
        ("disk scheduler", site().file("/etc/udev/rules.d/60-site.rules", "ACTION==\"add|change\", KERNEL==\"nvme[0-9]*n[0-9]*\", ATTR{queue/scheduler}=\"none\"\n")),
        ("temporary files", site().file("/etc/tmpfiles.d/site.conf", "d /var/lib/site 0755 root root -\n")),
        ("modules", site().file("/etc/modules-load.d/site.conf", "nf_conntrack\n").file("/etc/modprobe.d/site.conf", "blacklist sctp\noptions nvme_core io_timeout=4294967295\n")),
        ("a dispatcher", site().file("/etc/NetworkManager/dispatcher.d/99-site", "#!/bin/bash\nif [ \"$2\" = up ]; then ethtool -G \"$1\" rx 4096; fi\n")),
        ("a static route", site().file("/etc/sysconfig/network-scripts/route-ens3", "10.1.0.0/16 via 10.0.0.1\n").oneshot("After=network-online.target\nWants=network-online.target", "/usr/sbin/ip route add 10.1.0.0/16 via 10.0.0.1")),
        ("a proxy for crio", site().drop_in("crio.service", "[Service]\nEnvironment=HTTPS_PROXY=http://proxy.example.com:3128\n")),
        ("a proxy for the kubelet", site().drop_in("kubelet.service", "[Service]\nEnvironment=HTTPS_PROXY=http://proxy.example.com:3128\n")),
        ("limits for the kubelet", site().drop_in("kubelet.service", "[Service]\nLimitNOFILE=1048576\nCPUAffinity=0 1\n")),
        ("the kubelet waits", site().drop_in("kubelet.service", "[Unit]\nAfter=site.service\nWants=site.service\n[Service]\nExecStartPre=/usr/bin/sleep 5\n")),
        ("log level of the kubelet", site().drop_in("kubelet.service", "[Service]\nEnvironment=\"KUBELET_LOG_LEVEL=4\"\n")),
        ("labels that are no role", site().drop_in("kubelet.service", "[Service]\nEnvironment=CUSTOM_KUBELET_LABELS=site=a\n")),
        ("a directory before the kubelet", site().oneshot("Before=kubelet.service", "/usr/bin/mkdir -p /var/lib/site")),
        ("a link to a log before the kubelet", site().oneshot("Before=kubelet.service crio.service", "/usr/bin/ln -sf /var/log/site /var/lib/site")),
        ("a reader before the kubelet", site().file(script, "#!/bin/bash\nif grep -q maxPods /etc/kubernetes/kubelet.conf; then\n  systemctl status kubelet.service\nfi\n").oneshot("Before=kubelet.service", script)),
        ("a path in a variable", site().file(script, "#!/bin/bash\nnodes=\"/sys/devices/system/node\"\ncat > /etc/site.conf <<EOF\n/opt/site/run --x\nEOF\n").oneshot("Before=kubelet.service", script)),
        ("a line in a log", site().file(script, "#!/bin/bash\necho \"kubelet.service starts\" >> /var/log/site.log\ncp -p /etc/kubernetes/kubelet.conf /var/backup/kubelet.conf\n").oneshot("Before=kubelet.service", script)),
        ("the version of the kubelet", site().oneshot("", "/bin/bash -c '/usr/bin/kubelet --version > /var/log/kubelet-version'")),
        ("a comment", site().file(script, "#!/bin/bash\n# runs before kubelet.service, see /etc/kubernetes/kubelet.conf\nmkdir -p /var/lib/site\n").oneshot("Before=kubelet.service", script)),
        ("an agent after the kubelet", site().oneshot("After=kubelet.service", "/usr/bin/podman run --rm -v /etc/kubernetes:/host:ro registry.example.com/agent")),
        ("a restart of the kubelet", site().oneshot("After=network-online.target", "/bin/bash -c 'systemctl restart kubelet.service || true'")),
        ("a timer", site().unit("site.timer", "[Timer]\nOnCalendar=daily\n[Install]\nWantedBy=timers.target\n").unit("site.service", "[Service]\nType=oneshot\nExecStart=/usr/bin/find /var/log -mtime +30 -delete\n")),
        ("a security module", site().file("/etc/selinux/site.cil", "(allow container_t etc_t (file (read)))\n").oneshot("", "/usr/sbin/semodule -i /etc/selinux/site.cil")),
        ("cron", site().file("/etc/cron.daily/site", "#!/bin/bash\ncp -a /etc/kubernetes/kubelet.conf /var/lib/site/ || true\n")),
        ("PAM", site().file("/etc/security/limits.d/site.conf", "* hard core 0\n").file("/etc/security/faillock.conf", "deny = 5\n")),
        ("other arguments of systemd", site().argument("systemd.zram=0").argument("systemd.swap=0").argument("systemd.gpt_auto=0").argument("systemd.unit=multi-user.target").argument("systemd.anything=1").argument("systemd.set_credential=site:x")),
        ("plugins of the kubelet", site().oneshot("Before=kubelet.service", "/usr/bin/cp -r /opt/site/driver /etc/kubernetes/kubelet-plugins/volume/exec/")),
        ("a copy of an authority", site().oneshot("Before=kubelet.service", "/usr/bin/cp /etc/kubernetes/kubelet-ca.crt /var/lib/site/")),
        ("permissions of the CIS benchmark", site().oneshot("Before=kubelet.service", "/usr/bin/chmod 600 /etc/kubernetes/kubelet.conf")),
        ("a restart by a shell", site().oneshot("After=crio.service", "/bin/bash -c \"systemctl daemon-reload; systemctl restart crio.service kubelet.service\"")),
        ("an enabled kubelet", site().oneshot("Before=multi-user.target", "/usr/bin/systemctl enable --now kubelet.service")),
        ("a line of a log", site().oneshot("Before=kubelet.service", "/usr/bin/logger -t site kubelet.service follows")),
        ("a mount below the kubelet's directory", site().file("/etc/fstab", "# /opt/k /etc/kubernetes none bind\n/dev/disk/by-label/data /data xfs nofail 0 0\n").oneshot("Before=kubelet.service", "/usr/bin/mount -o remount,rw /usr")),
        ("a rack of the Node", site().oneshot("After=kubelet.service", "/usr/local/bin/oc label node %H topology.example.com/rack=a")),
        ("a script of Perl", site().file("/usr/local/bin/site", "#!/usr/bin/perl\nmy $x = 1;\n$x++;\n").oneshot("Before=kubelet.service", "/usr/local/bin/site")),
        ("a quadlet", site().file("/etc/containers/systemd/site.container", "[Container]\nImage=registry.example.com/x\nVolume=/var/lib/x:/x\nExec=/opt/run\n[Install]\nWantedBy=multi-user.target\n")),
        ("programs in variables", site().file("/usr/local/bin/site", "#!/bin/bash\nSED=/usr/bin/sed\nF=\"${1:-/etc/sysconfig/kdump}\"\n${SED} -i s/a/b/ ${F}\n").oneshot("Before=crio.service", "/usr/local/bin/site")),
    ]
}

/// More of what people publish, and what stands near to something dangerous.
fn published() -> Vec<(&'static str, Site)> {
    let script = "/usr/local/bin/site";
    vec![
        ("permissions of tmpfiles", site().file("/etc/tmpfiles.d/site.conf", "z /etc/kubernetes/kubelet.conf 0600 root root - -\nd /etc/kubernetes/cni/net.d 0700 root root - -\nL+ /usr/local/bin/site - - - - /opt/site/bin/site\n")),
        ("a backup by cron", site().file("/etc/cron.d/site", "0 3 * * * root cp -a /etc/kubernetes/kubelet.conf /var/backup/\n5 3 * * * root tar -czf /var/backup/k.tgz /etc/kubernetes\n")),
        ("a backup of a directory", site().oneshot("", "/usr/bin/cp -a /etc/kubernetes /var/backup/site")),
        ("an archive of a directory before the kubelet", site().oneshot("Before=kubelet.service", "/usr/bin/tar -czf /var/backup/k.tgz /etc/kubernetes")),
        ("a copy of a file at any time", site().oneshot("", "/usr/bin/cp /etc/kubernetes/kubelet.conf /var/lib/site/")),
        ("a boolean of SELinux", site().oneshot("Before=kubelet.service", "/sbin/setsebool container_manage_cgroup=on")),
        ("a module", site().oneshot("Before=kubelet.service", "/usr/sbin/modprobe drbd")),
        ("a limit of the network", site().oneshot("Before=kubelet.service crio.service", "/sbin/tc qdisc add dev br-ex root tbf rate 1gbit burst 256kbit latency 400ms")),
        ("IPsec", site().oneshot("Before=kubelet.service", "systemctl enable --now ipsec.service").drop_in("site.service", "[Service]\nExecStartPre=systemd-tmpfiles --create /usr/lib/rpm-ostree/tmpfiles.d/libreswan.conf\n")),
        ("labels in the environment file", site().file("/etc/kubernetes/kubelet-env", "CUSTOM_KUBELET_LABELS=site=a\n")),
        ("a name for NVMe", site().oneshot("", "/usr/bin/sh -c '/usr/sbin/nvme gen-hostnqn > /etc/nvme/hostnqn'")),
        ("a limit of a slice", site().oneshot("Before=kubelet.service", "/bin/sh -c \"sudo systemctl set-property --runtime system.slice MemorySwapMax=0 IODeviceLatencyTargetSec=\\\"/ 50ms\\\"\"")),
        ("a swap file before the kubelet", site().oneshot("Before=kubelet.service", "/bin/sh -c \"sudo dd if=/dev/zero of=/var/tmp/swapfile count=1 bs=1G; sudo chmod 600 /var/tmp/swapfile; sudo mkswap /var/tmp/swapfile; sudo swapon /var/tmp/swapfile\"")),
        ("huge pages of a performance profile", site().file("/usr/local/bin/hugepages-allocation.sh", "#!/usr/bin/env bash\nset -euo pipefail\nnodes_path=\"/sys/devices/system/node\"\nhugepages_file=\"${nodes_path}/node${NUMA_NODE}/hugepages/hugepages-${HUGEPAGES_SIZE}kB/nr_hugepages\"\nif [ ! -f \"${hugepages_file}\" ]; then\n  echo \"ERROR: ${hugepages_file} does not exist\"\n  exit 1\nfi\necho \"${HUGEPAGES_COUNT}\" > \"${hugepages_file}\"\n").oneshot("Before=kubelet.service", "/usr/local/bin/hugepages-allocation.sh")),
        ("an address of the kubelet", site().file("/etc/default/nodeip-configuration", "KUBELET_NODEIP_HINT=10.0.0.1\n")),
        ("a script that waits before the kubelet", site().file("/usr/local/bin/wait-for-dns.sh", "#!/bin/bash\nuntil getent hosts api-int.lab.example.com; do sleep 1; done\n").drop_in("kubelet.service", "[Service]\nExecStartPre=/usr/local/bin/wait-for-dns.sh\n")),
        ("a proxy in drop-ins that are files", site().file("/etc/systemd/system/crio.service.d/10-site.conf", "[Service]\nEnvironment=HTTPS_PROXY=http://proxy.example.com:3128\nExecStartPre=/usr/bin/mkdir -p /var/lib/site\n").file("/etc/systemd/system/service.d/10-site.conf", "[Service]\nLimitCORE=0\n")),
        ("memory of the kubelet", site().drop_in("kubelet.service", "[Service]\nEnvironment=\"GOGC=50\"\nMemoryMax=4G\n")),
        ("time once", site().oneshot("After=network-online.target", "/usr/sbin/chronyd -n -f /etc/chrony.conf -q")),
        ("critical processes", site().file(script, "#!/bin/bash\ncriticalProcesses=\"systemd ovs crio kubelet NetworkManager conmon dbus\"\nfor p in $criticalProcesses; do\n  for pid in $(pgrep \"$p\"); do taskset -apc 0-3 \"$pid\"; done\ndone\n").oneshot("Before=kubelet.service", script)),
        ("a package", site().oneshot("Before=crio.service\nConditionPathExists=!/var/lib/site.done", "/usr/bin/rpm-ostree install --idempotent https://repo.example.com/agent.rpm")),
        ("a service that is off", Site { units: vec![json!({"name": "sshd.service", "enabled": false, "mask": true}), json!({"name": "rpcbind.socket", "mask": true})], ..site() }),
        ("a disk for containers by its label", site().unit("var-lib-containers.mount", "[Unit]\nBefore=local-fs.target\n[Mount]\nWhat=/dev/disk/by-label/var-lib-cont\nWhere=/var/lib/containers\nType=xfs\nTimeoutSec=120s\n[Install]\nWantedBy=local-fs.target\n").oneshot("DefaultDependencies=no\nAfter=var-lib-containers.mount\nBefore=crio.service", "/sbin/restorecon -R /var/lib/containers/")),
        ("an encrypted root", site().entry("luks", json!({"name": "root", "device": "/dev/disk/by-partlabel/root", "clevis": {"tpm2": true}, "options": ["--cipher", "aes-cbc-essiv:sha256"], "wipeVolume": true})).entry("filesystems", json!({"device": "/dev/mapper/root", "format": "xfs", "label": "root", "wipeFilesystem": true}))),
        ("a bind mount of containers", site().oneshot("Before=crio.service", "/bin/bash -c 'mkdir -p /var/data/containers && mount --bind /var/data/containers /var/lib/containers'")),
        ("a copy of the pull secret", site().oneshot("Before=crio.service", "/usr/bin/cp /var/lib/kubelet/config.json /etc/crio/pull.json")),
        ("links", site().link("/etc/localtime", "../usr/share/zoneinfo/Europe/Berlin").link("/etc/systemd/system/kdump.service", "/dev/null").link("/etc/systemd/system/multi-user.target.wants/site.service", "../site.service").link("/usr/local/bin/site", "/opt/site/bin/site")),
        ("directories", site().entry("directories", json!({"path": "/etc/kubernetes/site", "mode": 448})).entry("directories", json!({"path": "/var/lib/etcd-backup"})).entry("directories", json!({"path": "/etc/systemd/system/kubelet.service.d"}))),
        ("mounts of other devices", site().unit("data.mount", "[Mount]\nWhat=/dev/nvme0n1p5\nWhere=/data\n").unit("scratch.mount", "[Mount]\nWhat=tmpfs\nWhere=/scratch\nType=tmpfs\n").unit("nfs.mount", "[Mount]\nWhat=nfs.example.com:/dev/sdb\nWhere=/nfs\nType=nfs\n").file("/etc/fstab", "UUID=1-2 /a xfs nofail 0 0\nLABEL=data /b xfs nofail 0 0\n/dev/disk/by-partlabel/c /c xfs nofail 0 0\n/dev/mapper/vg-d /d xfs nofail 0 0\n/var/img /e ext4 loop 0 0\n# /dev/nvme1n1 /f xfs defaults 0 0\n").oneshot("", "/usr/bin/mount -o remount /dev/nvme1n1 /data")),
        ("a partition for /var", site().unit("var.mount", "[Unit]\nBefore=local-fs.target\n[Mount]\nWhere=/var\nWhat=/dev/disk/by-partlabel/var\nOptions=defaults,prjquota\n[Install]\nWantedBy=local-fs.target\n")),
        ("a mount below a known directory", site().file(script, "#!/bin/bash\nD=$(readlink -f /dev/disk/by-label/data)\nmount -o \"$OPTIONS\" \"$D\" /var/lib/data\nmount \"$D\" \"/mnt/$2\"\nmount -a\n").oneshot("Before=crio.service", script)),
        ("a program of another path of the operating system", site().file("/var/opt/site/run", "#!/bin/bash\nmkdir -p /var/lib/site\n").oneshot("Before=kubelet.service", "/opt/site/run")),
        ("a program behind a link to the operating system", site().link("/usr/local/bin/site", "/usr/bin/true").oneshot("Before=kubelet.service", "/usr/local/bin/site")),
        ("questions about the kubelet", site().file(script, "#!/bin/bash\nif systemctl is-active kubelet.service >/dev/null 2>&1; then\n  STATE=$(systemctl is-active kubelet.service 2>/dev/null || true)\nfi\nsystemctl restart kubelet.service >/dev/null 2>&1\nsystemctl restart kubelet.service >> /var/log/x.log\nsystemctl cat kubelet.service > /var/lib/site/unit\njournalctl -u kubelet.service > /var/log/k.log\necho \"site_kubelet{state=\\\"$(systemctl is-active kubelet.service)\\\"} 1\" > /var/lib/node_exporter/textfile/site.prom\n").oneshot("Before=kubelet.service", script)),
        ("questions by cron", site().file("/etc/cron.d/site", "0 * * * * root journalctl -u kubelet.service > /var/log/kubelet.log\n").oneshot("", "/bin/sh -c 'systemctl status kubelet.service > /var/log/status'")),
        ("copies of the kubelet's files", site().file(script, "#!/bin/bash\ncp /etc/kubernetes/kubelet.conf /opt/backup/\ntar czf /var/backup/x.tgz /etc/kubernetes\njq . /etc/kubernetes/kubelet.conf > /run/k.json\nps aux | grep -c node-labels > /run/x\nrm -f /etc/kubernetes/kubelet.conf.bak\n").oneshot("Before=kubelet.service", script)),
        ("text about the kubelet", site().file(script, "#!/bin/bash\necho \"see journalctl -u kubelet.service\" > /etc/motd.d/site\ncat > /etc/logrotate.d/k <<EOF\n/var/log/kubelet.conf.log { daily }\nEOF\n").oneshot("Before=kubelet.service", script)),
        ("data that is no text", site().bytes("/etc/selinux_local/my.pp", b"\x8f\xff\x7c\xf9\0").oneshot("Before=kubelet.service", "/usr/sbin/semodule -i /etc/selinux_local/my.pp")),
        ("a script with a character of another encoding", site().bytes(script, b"#!/bin/bash\n# 20 \xb0C\nmkdir -p /var/lib/site\n").oneshot("Before=kubelet.service", script)),
        ("a rack in a variable", site().file(script, "#!/bin/bash\noc label node $HOSTNAME topology.site/rack=$RACK\n").oneshot("After=kubelet.service", script)),
        ("a generator of users", site().file("/etc/systemd/user-generators/x", "#!/bin/sh\n")),
        ("a copy after the kubelet", site().oneshot("After=kubelet.service", "/bin/bash -c 'cp /etc/kubernetes/kubelet.conf $BACKUP; systemctl show kubelet.service > /run/k'")),
        ("swap in memory by udev", site().file("/etc/udev/rules.d/60-site.rules", "KERNEL==\"zram0\", RUN+=\"/usr/sbin/mkswap /dev/%k\"\n")),
        ("a template for a partition", site().unit("mkfs@.service", "[Service]\nExecStart=/usr/sbin/mkfs.xfs /dev/%I\n").oneshot("Requires=mkfs@disk-by\\x2dpartlabel-data.service", "/usr/bin/true")),
        ("a listing of the kubelet's files", site().file(script, "#!/bin/bash\nfor f in /etc/kubernetes/*.conf; do\n  cp \"$f\" \"/var/backup/$(basename \"$f\").$(date +%F)\"\ndone\nfind /etc/systemd/system -name 'kube*' -exec chmod 644 {} +\ngrep -rl node-role /etc/systemd/system | xargs -r sha256sum > /var/log/site.sha\nfind /etc -xdev -type f -perm -0002 -exec chmod o-w {} +\nfind /etc -name '*.rpmsave' -delete\n").oneshot("Before=kubelet.service", script)),
        ("edits beside the kubelet's files", site().file(script, "#!/bin/bash\ncd /etc/systemd/system/crio.service.d\nsed -i 's|a|b|;s/c/d/' *.conf\ncd /etc/ssh && sed -i s/a/b/ sshd*\nfor f in /etc/NetworkManager/system-connections/*; do sed -i s/a/b/ \"$f\"; done\nfind /etc/sysconfig -type f -exec sed -i s/a/b/ {} +\nrm -f /etc/systemd/system/multi-user.target.wants/site*\ntar -xzf /opt/oc.tgz -C /usr/local/bin oc\n").oneshot("Before=kubelet.service", script)),
        ("sentences about the kubelet", site().file(script, "#!/bin/bash\necho \"done; now kubelet.service > starts\" > /etc/motd\nlogger \"a | b; rm /etc/kubernetes/kubelet.conf\"\nprintf 'see kubelet.service; see\\nkubelet.conf & more\\n' >> /var/log/site.log\n").oneshot("Before=kubelet.service", script)),
        ("a configuration that names the kubelet's files", site().file("/etc/site/watch.conf", "watch = /etc/kubernetes/kubelet.conf\nunit = kubelet.service\nreplace node-labels\n").file("/etc/site/rules", "-w /etc/kubernetes/kubelet.conf -p wa\n").oneshot("Before=kubelet.service", "/usr/bin/fluent-bit -c /etc/site/watch.conf").drop_in("site.service", "[Service]\nExecStartPre=/usr/sbin/auditctl -R /etc/site/rules\n")),
        ("programs of the operating system behind others", site().oneshot("Before=kubelet.service", "/usr/bin/timeout -k 5 60 /usr/bin/flock /run/site.lock /usr/bin/env A=b nice -n 5 /usr/bin/grep a /etc/kubernetes/kubelet.conf")),
        ("a script of Python after the kubelet", site().file(script, "#!/usr/bin/python3\nimport json\nprefix = open('/etc/kubernetes/kubelet.conf').read()\n").oneshot("After=kubelet.service", script)),
        ("a script of Python", site().file(script, "#!/usr/bin/python3\nopen('/etc/sysctl.d/site.conf', 'w').write('a')\n").oneshot("Before=kubelet.service", script)),
        ("readers of disks", site().file(script, "#!/bin/bash\nwait_for() { until [ -b \"$1\" ]; do sleep 1; done; }\nwait_for /dev/nvme1n1\nfor d in /dev/nvme*n1; do\n  blockdev --setra 256 \"$d\"\n  echo none > \"/sys/block/$(basename \"$d\")/queue/scheduler\"\n  nvme smart-log \"$d\" >> /var/log/nvme.log\ndone\nlsblk -dpno NAME | while read -r d; do smartctl -a \"$d\" || logger \"no $d\"; done\nlogger \"see /dev/nvme1n1\"\ndf /dev/nvme1n1 | tail -1\n").oneshot("", script)),
        ("a reader of a disk of a parameter", site().file(script, "#!/bin/bash\nsmartctl -H \"$1\"\n").unit("site@.service", "[Service]\nExecStart=/usr/local/bin/site /dev/%I\n").oneshot("Requires=site@nvme1n1.service", "/usr/bin/true")),
        ("a table of file systems that a script writes", site().file(script, "#!/bin/bash\ncat >> /etc/fstab <<EOF\n/dev/nvme0n1p5 /data xfs nofail 0 0\nEOF\n").file("/etc/site.yaml", "devices:\n- /dev/nvme1n1\n").oneshot("", "/usr/bin/grep -q nvme /etc/site.yaml")),
        ("trace", site().argument("audit=1").argument("audit_backlog_limit=8192").argument("slub_debug=FZP").argument("page_poison=1")),
        ("a rule of udev that starts a script", site().file(script, "#!/bin/bash\nethtool -K \"$1\" gro off\n").file("/etc/udev/rules.d/60-site.rules", "# RUN+=\"/opt/kubelet.conf\"\nACTION==\"add\", SUBSYSTEM==\"net\", RUN+=\"/usr/local/bin/site %k\"\nACTION==\"add\", KERNEL==\"sd*\", PROGRAM=\"scsi_id -g\", ENV{SYSTEMD_WANTS}+=\"site@%k.service\"\n").unit("site@.service", "[Service]\nExecStart=/usr/sbin/blockdev --setra 256 /dev/%i\n")),
        ("links to EBS volumes by udev", site().file("/etc/udev/rules.d/70-ec2-nvme-devices.rules", "KERNEL==\"nvme[0-9]*n[0-9]*\", ENV{DEVTYPE}==\"disk\", ATTRS{model}==\"Amazon Elastic Block Store\", PROGRAM=\"/usr/sbin/ebsnvme-id -u /dev/%k\", SYMLINK+=\"%c\"\n")),
        ("directories of programs", site().drop_in("kubelet.service", "[Service]\nExecSearchPath=/opt/bin:/usr/bin\nExecPaths=/opt/bin\n")),
        ("options of modules", site().file("/etc/modprobe.d/site.conf", "options nvme_core io_timeout=4294967295\nblacklist kubelet.conf\ninstall cramfs /bin/false\n")),
        ("a static Pod", site().file("/etc/kubernetes/manifests/site.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: site, namespace: kube-system}\nspec:\n  containers:\n  - name: x\n    image: registry.example.com/node-label-exporter\n    command: [/bin/sh, -c, \"oc get node $HOSTNAME -o yaml\"]\n    volumeMounts: [{name: k, mountPath: /k, readOnly: true}]\n  volumes: [{name: k, hostPath: {path: /etc/kubernetes}}]\n")),
    ]
}

/// A cluster without MachineConfigs of a site, and the findings that the cluster has anyway.
pub(crate) struct Cluster {
    before: Snapshot,
    usual: Vec<Finding>,
}

impl Cluster {
    pub(crate) fn of(name: &str) -> Self {
        let before = snapshot::load(name, &[]);
        let usual = init::plan(&before, &snapshot::init_request()).findings;
        Self { before, usual }
    }

    /// The blockers, the warnings, and the notes about the kubelet, that a MachineConfig adds to the plan.
    pub(crate) fn found(&self, site: Site) -> Vec<Finding> {
        let counts =
            |it: &Finding| it.severity != Severity::Note || it.check == Check::KubeletUncertain;
        let with_site = self.before.clone().with_objects([site.object()]);
        let plan = init::plan(&with_site, &snapshot::init_request());
        let new = plan.findings.into_iter().filter(|it| counts(it) && !self.usual.contains(it));
        new.collect()
    }
}

#[test]
fn the_operators_own_units_are_no_finding_of_the_disk() {
    let releases = RELEASES.iter();
    for file in releases.filter_map(|it| captured::machine_configs(it, names::WORKER)) {
        let captured = yaml::documents(&fs::read_to_string(&file).unwrap()).unwrap();
        let all = captured.into_iter().flat_map(|it| match &it["items"] {
            Value::Array(items) => items.clone(),
            _ => vec![it],
        });
        // A name that does not tell that the operator wrote the object.
        let renamed = all.map(|it| {
            let reference = ObjectRef::cluster(Kind::MachineConfig, "merged");
            Object::new(reference).with("spec", it["spec"].clone())
        });
        let renamed: Vec<Object> = renamed.collect();
        assert!(!renamed.is_empty(), "{}", file.display());
        let boot = Boot::of(renamed.iter().collect());
        let found = etcd_disk::formatting(&boot, Machines::ETCD);
        assert!(found.is_empty(), "{}: {found:#?}", file.display());
    }
}

#[test]
fn what_clusters_ordinarily_have_is_no_finding() {
    let mut wrong = Vec::new();
    for name in ["4.10", "4.16", "4.20"] {
        let cluster = Cluster::of(name);
        for (what, site) in ordinary().into_iter().chain(published()) {
            let found = cluster.found(site);
            wrong.extend((!found.is_empty()).then(|| format!("{what} on {name}: {found:#?}")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What may edit the kubelet's files. On a machine that checks the role, each is a note.
#[rustfmt::skip]
fn editors() -> Vec<(&'static str, Site)> {
    let script = "/usr/local/bin/site";
    vec![
        ("an edit in Python", site().file(script, "#!/usr/bin/python3\np=\"/etc/systemd/system/kubelet.service\"\ns=open(p).read().replace(\"worker\",\"infra\")\nopen(p,\"w\").write(s)\n").oneshot("Before=kubelet.service", script)),
        ("an edit in Python at any time", site().file(script, "#!/usr/bin/python3\np=\"/etc/systemd/system/kubelet.service\"\ns=open(p).read().replace(\"worker\",\"infra\")\nopen(p,\"w\").write(s)\n").oneshot("", script)),
        ("an edit of a pattern in Python", site().file("/opt/site.py", "from pathlib import Path\nfor p in Path('/etc/systemd/system').glob('kubelet*'):\n    p.write_text(p.read_text().replace('worker', 'infra'))\n").oneshot("Before=kubelet.service", "/usr/bin/python3 /opt/site.py")),
        ("an edit in Python by NetworkManager", site().file("/etc/NetworkManager/dispatcher.d/99-site", "#!/usr/bin/python3\np=\"/etc/systemd/system/kubelet.service\"\ns=open(p).read().replace(\"worker\",\"infra\")\nopen(p,\"w\").write(s)\n")),
        ("an edit of what find finds", site().oneshot("Before=kubelet.service", "/usr/bin/bash -c \"find /etc/systemd/system -name kubelet* -exec sed -i s/worker/infra/ {} +\"")),
        ("an edit of what grep finds", site().file(script, "#!/bin/bash\ngrep -rl node-labels /etc/systemd/system | xargs sed -i s/worker/infra/\n").oneshot("Before=kubelet.service", script)),
        ("an edit of what grep finds after the kubelet", site().file(script, "#!/bin/bash\ngrep -rl worker /etc/systemd/system | xargs sed -i s/worker/infra/\n").oneshot("After=kubelet.service", script)),
        ("an edit of a pattern", site().file(script, "#!/bin/bash\nfor f in /etc/systemd/system/kube*; do\n  sed -i s/worker/infra/ \"$f\"\ndone\n").oneshot("Before=kubelet.service", script)),
        ("an edit in the directory of the unit", site().unit("site.service", "[Unit]\nBefore=kubelet.service\n[Service]\nWorkingDirectory=/etc/systemd/system\nExecStart=/usr/bin/perl -pi -e s/worker/infra/ kubelet.service\n")),
        ("a file in a directory that is entered", site().file(script, "#!/bin/bash\ncd /etc/systemd/system/kubelet.service.d || exit\nprintf '[Service]\\n' > 9.conf\n").oneshot("", script)),
        ("an edit after the kubelet", site().file(script, "#!/bin/bash\nsed -i s/a/b/ /etc/kubernetes/kubelet.conf\n").oneshot("After=kubelet.service", script)),
        ("a copy that replaces the file", site().file(script, "#!/bin/bash\nsed s/a/b/ /etc/kubernetes/kubelet.conf > /run/k\nmv /run/k $1\n").oneshot("Before=kubelet.service", script)),
        ("an edit by an instance", site().unit("site@.service", "[Unit]\nBefore=kubelet.service\n[Service]\nExecStart=/usr/bin/cp /opt/k /etc/kubernetes/%i\n").oneshot("Requires=site@kubelet.conf.service", "/usr/bin/true")),
        ("a reader that writes", site().file(script, "#!/bin/bash\ngrep -v taint /etc/kubernetes/kubelet.conf > /run/k && mv /run/k /etc/kubernetes/kubelet.conf\n").oneshot("Before=kubelet.service", script)),
        ("an environment file by a variable", site().file(script, "#!/bin/bash\nDIR=/etc/kubernetes\necho x > $DIR/kubelet-env\n").oneshot("", script)),
        ("a copied directory", site().oneshot("", "/usr/bin/rsync -a /opt/k/ /etc/kubernetes/")),
        ("a variable for systemd", site().oneshot("Before=kubelet.service", "/usr/bin/systemctl set-environment CUSTOM_KUBELET_LABELS=x")),
        ("a command in a drop-in of another unit", site().file("/etc/systemd/system/crio.service.d/10-site.conf", "[Service]\nExecStartPre=/usr/bin/cp /opt/k /etc/kubernetes/kubelet.conf\n")),
        ("a unit behind a link", site().link("/etc/systemd/system/site.service", "/opt/site/site.service").file("/opt/site/site.service", "[Unit]\nBefore=kubelet.service\n[Service]\nExecStart=/usr/bin/cp /opt/k /etc/kubernetes/kubelet.conf\n")),
        ("a script behind a link", site().link(script, "../../../opt/site/run").file("/opt/site/run", "#!/bin/bash\nsed -i s/a/b/ /etc/kubernetes/kubelet.conf\n").oneshot("Before=kubelet.service", script)),
        ("a script in a directory behind a link", site().link("/opt/site", "site-1").file("/opt/site-1/run", "#!/bin/bash\nsed -i s/a/b/ /etc/kubernetes/kubelet.conf\n").oneshot("Before=kubelet.service", "/opt/site/run")),
        ("a dispatcher behind a link", site().link("/etc/NetworkManager/dispatcher.d/99-site", script).file(script, "#!/bin/bash\nsed -i s/a/b/ /etc/kubernetes/kubelet.conf\n")),
        ("a script of another path of the operating system", site().file("/var/opt/site", "#!/bin/bash\nsed -i s/a/b/ /etc/kubernetes/kubelet.conf\n").oneshot("Before=kubelet.service", "/opt/site")),
        ("a script whose failure does not count", site().file(script, "#!/bin/bash\nsed -i s/a/b/ /etc/kubernetes/kubelet.conf\n").oneshot("Before=kubelet.service", &format!("-{script}"))),
        ("files of a directory", site().oneshot("", "/usr/bin/bash -c \"sed -i s/a/b/ /etc/kubernetes/*\"")),
        ("an archive into a directory", site().oneshot("", "/usr/bin/tar -C /etc/kubernetes -xzf /opt/k.tgz")),
        ("a table of cron", site().file("/etc/crontab", "@reboot root cp /opt/k /etc/kubernetes/kubelet-env\n")),
        ("a job of cron", site().file("/etc/cron.d/site", "@reboot root cp /opt/k /etc/kubernetes/kubelet-env\n")),
        ("a unit in another directory", site().file("/usr/local/lib/systemd/system/site.service", "[Unit]\nBefore=kubelet.service\n[Service]\nExecStart=/usr/bin/cp /opt/k /etc/kubernetes/kubelet.conf\n")),
        ("a path in variables", site().file(script, "#!/bin/bash\nD=/etc/kube\nF=${D}rnetes/kube\nsed -i s/a/b/ \"${F}let.conf\"\n").oneshot("Before=kubelet.service", script)),
        ("a drop-in that a script writes from another", site().file(script, "#!/bin/bash\nDROPIN_DIR=\"/etc/systemd/system/kubelet.service.d\"\nEXISTING=$(grep -oP 'CUSTOM_KUBELET_LABELS=\\K[^\"]*' \"$DROPIN_DIR/20-nodenet.conf\" || true)\ncat > \"$DROPIN_DIR/30-site.conf\" <<EOF\n[Service]\nEnvironment=\"CUSTOM_KUBELET_LABELS=${EXISTING},a=b\"\nEOF\nsystemctl daemon-reload\n").oneshot("After=nodeip-configuration.service\nBefore=kubelet.service", script)),
        ("a script that a rule of udev starts", site().file(script, "#!/bin/bash\nsed -i s/worker/infra/ /etc/systemd/system/kubelet.service\n").file("/etc/udev/rules.d/60-site.rules", "ACTION==\"add\", SUBSYSTEM==\"net\", RUN+=\"/usr/local/bin/site\"\n")),
        ("a script with the name of the kubelet's variables", site().file("/etc/NetworkManager/dispatcher.d/30-kubelet-env", "#!/bin/bash\nsed -i s/worker/infra/ /etc/systemd/system/kubelet.service\n")),
        ("a command of a module", site().file("/etc/modprobe.d/site.conf", "install nbd /bin/sh -c 'cp /opt/k /etc/systemd/system/kubelet.service'\n")),
        ("an edit of one of several", site().oneshot("", "/usr/bin/bash -c 'sed -i s/worker/infra/ /etc/systemd/system/{crio,kubelet}.service'")),
        ("an address of the Node", site().file(script, "#!/bin/bash\ncat > /etc/systemd/system/kubelet.service.d/98-nodenet-override.conf << EOF\n[Service]\nEnvironment=\"KUBELET_NODE_IP=$1\"\nEOF\nsystemctl daemon-reload\n").oneshot("Before=kubelet.service", "/usr/local/bin/site 192.0.2.1")),
        ("a file by an installer", site().oneshot("Before=kubelet.service", "/usr/bin/install -m 0644 -Dt /etc/systemd/system/kubelet.service.d /opt/site/20-labels.conf")),
        ("an edit in a loop", site().file(script, "#!/bin/bash\nfind /etc/systemd/system -name 'kubelet*' | while read -r f; do\n  sed -i s/worker/infra/ \"$f\"\ndone\n").oneshot("Before=kubelet.service", script)),
    ]
}

/// What may make a machine join as something else, or keep it from its disk. Each with the severity of its finding on a
/// machine that checks the role.
fn dangerous() -> Vec<(&'static str, Site, Check, Severity)> {
    let script = "/usr/local/bin/site";
    let role = |site| (site, Check::KubeletRoleWrong, Severity::Blocker);
    let uncertain = |site| (site, Check::KubeletUncertain, Severity::Note);
    let changes = |site| (site, Check::KubeletUncertain, Severity::Warning);
    let start = |name, (site, check, severity)| (name, site, check, severity);
    vec![
        start("an edit of a pattern in a directory", role(site().file(script, "#!/bin/bash\ncd /etc/systemd/system\nsed -i 's|worker|infra|' *.service\n").oneshot("", script))),
        start("units from an archive", uncertain(site().oneshot("Before=kubelet.service", "/usr/bin/unzip -o /opt/units.zip -d /etc/systemd/system"))),
        start("units of a repository", uncertain(site().oneshot("Before=kubelet.service", "/usr/bin/git -C /etc/systemd checkout -f main"))),
        start("a patch", uncertain(site().oneshot("Before=kubelet.service", "/usr/bin/patch -p1 -d /etc/systemd/system -i /opt/x.patch"))),
        start("a program with a time limit", uncertain(site().oneshot("Before=kubelet.service", "/usr/bin/timeout 60 /opt/site/run"))),
        start("a program behind a lock", uncertain(site().oneshot("Before=kubelet.service", "/usr/bin/flock -n /run/site.lock -c '/usr/bin/nice -n 5 /opt/site/run'"))),
        start("a binary program", uncertain(site().bytes("/usr/local/bin/tool", b"\x7fELF\xff\0").oneshot("Before=kubelet.service", "/usr/local/bin/tool"))),
        start("a condition that is a command", uncertain(site().drop_in("kubelet.service", "[Service]\nExecCondition=/usr/bin/test -e /x\n"))),
        start("a label by a container", changes(site().oneshot("After=kubelet.service", "/usr/bin/podman run --rm quay.io/site/kubectl:1.29 label node a node-role.kubernetes.io/infra="))),
        start("a Node that is applied", changes(site().file(script, "#!/bin/bash\noc apply -f - <<EOF\nkind: Node\nmetadata:\n  labels:\n    node-role.kubernetes.io/infra: \"\"\nEOF\n").oneshot("After=kubelet.service", script))),
        start("labels from the metadata", uncertain(site().file(script, "#!/bin/bash\nAZ=$(curl -s http://169.254.169.254/latest/meta-data/placement/availability-zone-id)\necho \"CUSTOM_KUBELET_LABELS=site/az-id=$AZ\" > /etc/kubernetes/kubelet-env\n").oneshot("Before=kubelet.service", script))),
        start("variables by a command of the kubelet's own unit", role(site().drop_in("kubelet.service", "[Service]\nExecStartPre=/bin/bash -c 'echo CUSTOM_KUBELET_LABELS=a=b > /etc/kubernetes/kubelet-env'\n"))),
        start("another init", role(site().argument("init=/usr/local/bin/init"))),
        start("another target", role(site().argument("quiet systemd.unit=rescue.target"))),
        start("single", role(site().argument("single"))),
        start("a command of the kernel's", role(site().argument("systemd.run=/usr/local/bin/site"))),
        start("a drop-in as a credential", role(site().argument("systemd.set_credential=systemd.unit-dropin.kubelet.service:x"))),
        start("our unit is masked", role(site().argument("quiet systemd.mask=oc-etcd-kubelet-role.service"))),
        start("an editor of our script", role(site().oneshot("Before=kubelet.service", "/usr/bin/rm -rf /etc/oc-etcd"))),
        start("an editor of our drop-in", role(site().oneshot("Before=crio.service", "/usr/bin/cp /dev/null /run/systemd/system/kubelet.service.d/zzzz-oc-etcd-role.conf"))),
        start("a mask at boot", role(site().oneshot("Before=kubelet.service", "/usr/bin/systemctl mask oc-etcd-kubelet-role.service"))),
        start("an environment file by a directory", uncertain(site().file(script, "#!/bin/bash\ncd /etc/kubernetes\necho CUSTOM_KUBELET_LABELS=x > kubelet-env\n").oneshot("Before=kubelet.service", script))),
        start("a directory of tmpfiles", role(site().file("/etc/tmpfiles.d/site.conf", "C+ /etc/kubernetes - - - - /opt/site\n"))),
        start("a program of the site's", uncertain(site().oneshot("Before=kubelet.service", "/opt/site/run"))),
        start("a fetched script", uncertain(site().file(script, "#!/bin/bash\ncurl -sf https://cfg.example.com/run | bash\n").oneshot("Before=kubelet.service", script))),
        start("a program in a command before the kubelet's", uncertain(site().drop_in("kubelet.service", "[Service]\nExecStartPre=/var/lib/site/run\n"))),
        start("a container that has all files", uncertain(site().oneshot("Before=kubelet.service", "/usr/bin/podman run --rm --privileged -v /:/host registry.example.com/tune"))),
        start("a tree of files", uncertain(site().oneshot("Before=kubelet.service", "/usr/bin/cp -a /opt/site/etc/. /etc/"))),
        start("a second kubelet", role(site().unit("site.service", "[Unit]\nConflicts=kubelet.service\n[Service]\nExecStart=/usr/bin/kubelet --config=/etc/kubernetes/kubelet.conf --node-labels=node-role.kubernetes.io/worker\n"))),
        start("a kubelet of systemd-run", role(site().oneshot("", "/usr/bin/systemd-run --unit=k2 /usr/bin/kubelet --node-labels=a=b"))),
        start("a command in a drop-in that is a file", role(site().file("/etc/systemd/system/kubelet.service.d/10-site.conf", "[Service]\nExecStartPre=/usr/bin/cp /opt/k /etc/kubernetes/kubelet-env\n"))),
        start("a command in a drop-in of all services", role(site().file("/etc/systemd/system/service.d/10-site.conf", "[Service]\nExecStartPre=/usr/bin/sh -c 'K=/etc/kubernetes/kubelet-env; echo a >> $K'\n"))),
        start("a program in a drop-in of another unit", uncertain(site().drop_in("crio.service", "[Service]\nExecStartPre=/opt/site/run\n"))),
        start("a link in the place of the units", role(site().link("/etc/systemd/system", "/opt/units"))),
        start("a link in the place of generators", role(site().link("/etc/systemd/system-generators", "/opt/generators"))),
        start("a link in the place of the kubelet's directory", role(site().link("/etc/kubernetes", "/opt/k"))),
        start("a link in the place of a drop-in directory", role(site().link("/run/systemd/system/kubelet.service.d", "/opt/k"))),
        start("a link in the place of tables", role(site().link("/etc/tmpfiles.d", "/opt/t"))),
        start("a directory in the place of the kubelet's configuration", role(site().entry("directories", json!({"path": "/etc/kubernetes/kubelet.conf"})))),
        start("a file system in the place of the kubelet's directory", role(site().entry("filesystems", json!({"device": "/dev/disk/by-label/k", "path": "/etc/kubernetes", "format": "xfs"})))),
        start("an image of an extension", role(site().file("/var/lib/extensions/site.raw", "x"))),
        start("an extension as a tree", role(site().file("/etc/extensions/site/usr/lib/systemd/system/kubelet.service.d/9.conf", "[Service]\n"))),
        start("an extension of /etc", role(site().link("/var/lib/confexts/site.raw", "/opt/site.raw"))),
        start("a fetched extension", uncertain(site().file(script, "#!/bin/bash\ncurl -o /var/lib/extensions/a.raw https://h/a\nsystemd-sysext refresh\n").oneshot("Before=kubelet.service", script))),
        start("extensions of the operating system", uncertain(Site { units: vec![json!({"name": "systemd-sysext.service", "enabled": true})], ..site() })),
        start("a mount at a place in a variable", uncertain(site().file(script, "#!/bin/bash\nsource /etc/site\nmount --bind \"$FROM\" \"$TO\"\n").oneshot("Before=kubelet.service", script))),
        start("a mount by an unknown table", uncertain(site().oneshot("Before=kubelet.service", "/usr/bin/mount -a -T /opt/site.fstab"))),
        start("a mount by a table", role(site().file("/opt/site.fstab", "/opt/k /etc/kubernetes none bind 0 0\n").oneshot("Before=kubelet.service", "/usr/bin/mount -a -T /opt/site.fstab"))),
        start("a line for the table of mounts", role(site().file(script, "#!/bin/bash\necho \"/opt/k /etc/kubernetes none bind 0 0\" >> /etc/fstab\nmount -a\n").oneshot("Before=kubelet.service", script))),
        start("a mount with its place first", role(site().oneshot("Before=kubelet.service", "/usr/bin/mount --target /etc/kubernetes --source /opt/k -o bind"))),
        start("a mount by systemd", role(site().oneshot("", "/usr/bin/systemd-mount -o bind /opt/k /etc/kubernetes"))),
        start("a mount in a namespace", role(site().oneshot("", "/usr/bin/nsenter -t 1 -m -- mount --rbind /opt/k /etc/kubernetes"))),
        start("a drop-in directory of tmpfiles", role(site().file("/etc/tmpfiles.d/site.conf", "L+ /etc/systemd/system - - - - /opt/units\n"))),
        start("a file that tmpfiles writes", role(site().file("/etc/tmpfiles.d/site.conf", "w /etc/kubernetes/kubelet-e* - - - - CUSTOM_KUBELET_LABELS=x\n"))),
        start("a condition of the kubelet", uncertain(site().drop_in("kubelet.service", "[Unit]\nConditionKernelCommandLine=site\n"))),
        start("a kubelet that does not register", role(site().file("/etc/kubernetes/kubelet.conf", "kind: KubeletConfiguration\napiVersion: kubelet.config.k8s.io/v1beta1\nregisterNode: false\n"))),
        start("a bind mount over a directory", role(site().oneshot("Before=kubelet.service", "/usr/bin/mount --bind /opt/k /etc/kubernetes"))),
        start("a bind mount over a file at any time", role(site().file(script, "#!/bin/bash\nC=/etc/kubernetes/kubelet.conf\nmount -o bind /opt/k $C\n").oneshot("", script))),
        start("an overlay", role(site().oneshot("Before=crio.service", "/usr/bin/mount -t overlay overlay -o lowerdir=/etc/systemd,upperdir=/opt/u,workdir=/opt/w /etc/systemd"))),
        start("a mount unit over a drop-in directory", role(site().unit("etc-systemd-system-kubelet.service.d.mount", "[Mount]\nWhat=/opt/k\nWhere=/etc/systemd/system/kubelet.service.d\nType=none\nOptions=bind\n"))),
        start("a mount unit in a file", role(site().file("/etc/systemd/system/etc-kubernetes.mount", "[Mount]\nWhat=/opt/k\nWhere=/etc/kubernetes\nOptions=bind\n"))),
        start("a mount of fstab", role(site().file("/etc/fstab", "/opt/k /etc/kubernetes none bind 0 0\n"))),
        start("a mount of the kernel arguments", role(site().argument("systemd.mount-extra=/opt/k:/etc/kubernetes:none:bind"))),
        start("a quadlet that has all files", uncertain(site().file("/etc/containers/systemd/site.container", "[Unit]\nBefore=kubelet.service\n[Container]\nImage=registry.example.com/tune\nVolume=/:/host\n"))),
        start("commands in a variable", uncertain(site().file(script, "#!/bin/bash\nsource /etc/site\n$COMMAND --now\n").oneshot("Before=kubelet.service", script))),
        start("a label of the Node", changes(site().file(script, "#!/bin/bash\noc --kubeconfig /var/lib/kubelet/kubeconfig label --overwrite \\\n  node $(hostname) node-role.kubernetes.io/infra=\n").oneshot("After=kubelet.service", script))),
        start("a taint of the Node", changes(site().oneshot("After=kubelet.service", "/usr/local/bin/oc adm taint nodes %H node-role.kubernetes.io/etcd-"))),
        start("a label by NetworkManager", changes(site().file("/etc/NetworkManager/dispatcher.d/99-site", "#!/bin/bash\noc label node $(hostname) node-role.kubernetes.io/infra=\n"))),
        start("a call that changes the Node", changes(site().oneshot("After=kubelet.service", "/usr/bin/curl -X PATCH https://localhost:6443/api/v1/nodes/a -d @/opt/patch"))),
        start("an image of the operating system", (Site { spec: Some(json!({"osImageURL": "registry.example.com/rhcos@sha256:0"})), ..site() }, Check::OsPinned, Severity::Warning)),
        start("a namespace of mounts for the kubelet", role(site().drop_in("kubelet.service", "[Unit]\nWants=container-mount-namespace.service\n[Service]\nExecStartPre=/usr/local/bin/extractExecStart %n /%t/%N-execstart.env ORIG_EXECSTART\nEnvironmentFile=-/%t/%N-execstart.env\nExecStart=\nExecStart=bash -c \"nsenter --mount=%t/container-mount-namespace/mnt ${ORIG_EXECSTART} --housekeeping-interval=30s\"\n"))),
        start("a provider's name in the environment file", uncertain(site().file(script, "#!/bin/bash\nNODEENV=/etc/kubernetes/kubelet-env\necho \"KUBELET_PROVIDERID=${ID}\" >> \"${NODEENV}\"\n").oneshot("Before=kubelet.service", script))),
        start("an environment file of the kubelet that a script writes", uncertain(site().file(script, "#!/bin/bash\necho \"ID=rhcos,node-role.kubernetes.io/worker=\" > /run/site.env\n").drop_in("kubelet.service", "[Service]\nExecStartPre=/usr/local/bin/site\nEnvironmentFile=-/run/site.env\n"))),
        start("a program that a rule of udev starts", uncertain(site().file("/etc/udev/rules.d/60-site.rules", "SUBSYSTEM==\"net\", RUN{program}+=\"/opt/site/run --now\"\n"))),
        start("a kernel argument that masks the kubelet", role(site().argument("systemd.mask=kubelet.service"))),
        start("a kernel argument that starts extensions", uncertain(site().argument("systemd.wants=systemd-sysext.service"))),
        start("a kernel argument that mounts over the kubelet's files", role(site().argument("systemd.mount-extra=/dev/vdb:/etc/kubernetes:xfs"))),
        start("a label by a script of NetworkManager", changes(site().file("/opt/label", "#!/bin/bash\noc label node $HOSTNAME node-role.kubernetes.io/infra=\n").file("/etc/NetworkManager/dispatcher.d/99-site", "#!/bin/bash\n/opt/label\n"))),
        start("a program of NetworkManager", uncertain(site().file("/etc/NetworkManager/dispatcher.d/99-site", "#!/bin/bash\n/opt/site/run\n"))),
        start("a quadlet that has all files by its arguments", uncertain(site().file("/etc/containers/systemd/site.container", "[Unit]\nBefore=kubelet.service\n[Container]\nImage=registry.example.com/tune\nPodmanArgs=-v /:/host --privileged\n"))),
        start("a quadlet with a setting in a drop-in", uncertain(site().file("/etc/containers/systemd/site.container.d/10.conf", "[Unit]\nBefore=kubelet.service\n[Container]\nVolume=/etc:/host\n"))),
        start("a label by a quadlet", changes(site().file("/etc/containers/systemd/site.container", "[Container]\nImage=registry.example.com/cli\nExec=oc label node %H node-role.kubernetes.io/infra=\n"))),
        start("a label by a static Pod", changes(site().file("/etc/kubernetes/manifests/site.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: site, namespace: kube-system}\nspec:\n  containers:\n  - name: x\n    image: registry.example.com/cli\n    command: [oc, label, node]\n    args: [$(NODE), node-role.kubernetes.io/infra=]\n"))),
        start("a label by a Pod of podman", changes(site().file("/etc/containers/systemd/site.yml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: site}\nspec:\n  template:\n    spec:\n      initContainers:\n      - {name: x, image: registry.example.com/cli, command: [/bin/bash, -c, \"oc adm taint node $H node-role.kubernetes.io/etcd-\"]}\n").file("/etc/containers/systemd/site.kube", "[Kube]\nYaml=site.yml\n"))),
    ]
}

/// What may format the disk of etcd, or mount it in another place.
fn on_disks() -> Vec<(&'static str, Site)> {
    let script = "/usr/local/bin/site";
    vec![
        ("a file system of a device in a template", site().unit("mkfs@.service", "[Service]\nExecStart=/usr/sbin/mkfs.xfs /dev/%I\n").oneshot("Requires=mkfs@nvme1n1.service", "/usr/bin/true")),
        ("a file system of a device by an enabled instance", Site { units: vec![json!({"name": "fmt@.service", "contents": "[Service]\nExecStart=/usr/sbin/mkfs.xfs /dev/%i\n"}), json!({"name": "fmt@nvme1n1.service", "enabled": true})], ..site() }),
        ("a file system by udev", site().file("/etc/udev/rules.d/60-site.rules", "KERNEL==\"nvme[1-9]n1\", RUN+=\"/usr/sbin/mkfs.xfs -f /dev/%k\"\n")),
        ("a file system by systemd", site().unit("systemd-mkfs@dev-nvme1n1.service", "[Service]\nType=oneshot\nExecStart=/usr/lib/systemd/systemd-makefs xfs /dev/nvme1n1\n")),
        ("a file system by a mount", site().unit("data.mount", "[Mount]\nWhat=/dev/nvme1n1\nWhere=/data\nOptions=x-systemd.makefs\n")),
        ("a mount of a device", site().unit("var-lib-containers.mount", "[Mount]\nWhat=/dev/nvme1n1\nWhere=/var/lib/containers\nType=xfs\n[Install]\nWantedBy=local-fs.target\n")),
        ("a mount of a device by a drop-in", site().unit("data.mount", "[Mount]\nWhat=/dev/disk/by-label/data\nWhere=/data\n").drop_in("data.mount", "[Mount]\nWhat=/dev/xvdb\n")),
        ("a mount of a device by a unit in a file", site().file("/etc/systemd/system/data.mount", "[Mount]\nWhat=/dev/nvme1n1\nWhere=/data\n")),
        ("a mount of a device by fstab", site().file("/etc/fstab", "/dev/sdb /data xfs defaults 0 0\n")),
        ("a mount of a device by a command", site().oneshot("", "/usr/bin/mount -t xfs /dev/nvme1n1 /data")),
        ("swap by a unit", site().unit("dev-nvme1n1.swap", "[Swap]\nWhat=/dev/nvme1n1\nOptions=x-systemd.makefs\n")),
        ("a file system by fstab", site().file("/etc/fstab", "/dev/nvme1n1 /data xfs defaults,x-systemd.makefs 0 0\n")),
        ("swap by crypttab", site().file("/etc/crypttab", "swap /dev/nvme1n1 /dev/urandom swap,cipher=aes-xts-plain64\n")),
        ("a program for file systems in a variable", site().oneshot("", "/bin/bash -c 'T=mkfs; $T.xfs /dev/nvme1n1'")),
        ("a file system at each boot", site().oneshot("Before=crio.service", "/usr/sbin/mkfs.xfs -f /dev/nvme1n1")),
        ("a file system by a script", site().file(script, "#!/bin/bash\nfor d in $(lsblk -dno NAME | grep nvme); do\n  blkid /dev/$d || mkfs.ext4 /dev/$d\ndone\n").oneshot("", script)),
        ("swap on a device", site().oneshot("Before=swap.target", "/bin/bash -c 'mkswap /dev/nvme1n1 && swapon /dev/nvme1n1'")),
        ("the documented script for a second disk", site().file("/etc/find-secondary-device", "#!/bin/bash\nset -uo pipefail\nfor device in /dev/nvme*n*; do\n/usr/sbin/blkid \"${device}\" &> /dev/null\nif [ $? == 2 ]; then\n  mkfs.xfs -L var-lib-cont -f \"${device}\" &> /dev/null\n  udevadm settle\n  touch /etc/var-lib-cont-mount\n  exit\nfi\ndone\nexit 77\n").unit("find-secondary-device.service", "[Unit]\nDefaultDependencies=false\nAfter=systemd-udev-settle.service\nBefore=local-fs-pre.target\nConditionPathExists=!/etc/var-lib-cont-mount\n[Service]\nRemainAfterExit=yes\nExecStart=/etc/find-secondary-device\n")),
        ("an image on a device", site().oneshot("", "/bin/bash -c 'zcat /opt/image.gz > /dev/nvme1n1'")),
        ("an image on a device by a program", site().oneshot("", "/usr/bin/coreos-installer install /dev/nvme1n1")),
        ("a plain encrypted device", site().oneshot("", "/usr/sbin/cryptsetup open --type plain --key-file /key /dev/xvdb data")),
        ("a device of a program that no MachineConfig contains", site().file("/etc/sysconfig/site", "DISK=/dev/nvme1n1\n").unit("site.service", "[Service]\nEnvironmentFile=/etc/sysconfig/site\nExecStart=/opt/site/run --disk ${DISK}\n")),
        ("a device of a quadlet", site().file("/etc/containers/systemd/site.container", "[Container]\nImage=registry.example.com/x\nAddDevice=/dev/nvme1n1\n")),
        ("a device of a static Pod", site().file("/etc/kubernetes/manifests/site.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: site}\nspec:\n  containers:\n  - name: x\n    image: registry.example.com/x\n    volumeMounts: [{name: d, mountPath: /d}]\n  volumes: [{name: d, hostPath: {path: /dev/nvme1n1}}]\n")),
        ("output to a device", site().unit("site.service", "[Service]\nExecStart=/usr/bin/journalctl -f\nStandardOutput=append:/dev/nvme1n1\n")),
        ("text that tmpfiles writes to a device", site().file("/etc/tmpfiles.d/site.conf", "w /dev/nvme1n1 - - - - x\n")),
        ("a device of a function", site().file(script, "#!/bin/bash\nprepare() {\n  local disk=$1\n  tool --force \"$disk\"\n}\nprepare /dev/nvme1n1\n").oneshot("", script)),
        ("a device of a script of Python", site().file(script, "#!/usr/bin/python3\nimport os\nf = os.open('/dev/nvme1n1', os.O_RDWR)\n").oneshot("", script)),
        ("a file that lists the directory of etcd for a program that is not seen", site().file("/etc/site.yaml", "wipe:\n- /var/lib/etcd\n").oneshot("", "/opt/site/run --config /etc/site.yaml")),
        ("a file that lists a disk for a program that is not seen", site().file("/etc/site.yaml", "wipe:\n- /dev/nvme1n1\n").oneshot("Before=kubelet.service", "/opt/site/run --config /etc/site.yaml")),
        ("a wiped device", site().oneshot("", "/usr/sbin/wipefs -af /dev/xvdb")),
        ("a volume group", site().file("/etc/rc.d/rc.local", "#!/bin/bash\npvcreate /dev/nvme1n1\n")),
        ("a unit that a rule of udev starts for a device", site().file("/etc/udev/rules.d/60-site.rules", "KERNEL==\"nvme[1-9]n1\", TAG+=\"systemd\", ENV{SYSTEMD_WANTS}+=\"format@%k.service\"\n").unit("format@.service", "[Service]\nExecStart=/usr/sbin/mkfs.xfs /dev/%I\n")),
        ("a parameter", site().file(script, "#!/bin/bash\nmkfs.xfs \"$1\"\n").oneshot("", "/usr/local/bin/site /dev/nvme1n1")),
    ]
}

#[test]
fn what_may_change_the_role_or_the_disk_is_a_finding_of_its_machine_config() {
    let mut wrong = Vec::new();
    let cluster = Cluster::of("4.20");
    let note = |(what, site)| (what, site, Check::KubeletUncertain, Severity::Note);
    let disk = |(what, site)| (what, site, Check::DiskDeviceUncertain, Severity::Warning);
    let others = editors().into_iter().map(note).chain(on_disks().into_iter().map(disk));
    for (what, site, check, severity) in dangerous().into_iter().chain(others) {
        let found = cluster.found(site);
        let expected = (check, severity, format!("machineconfig/{NAME}"));
        let of = |it: &Finding| (it.check, it.severity, it.subject.clone());
        let is_told = found.iter().any(|it| of(it) == expected);
        if !is_told || found.iter().any(|it| it.hint.is_none()) {
            wrong.push(format!("{what}: {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_edit_of_the_kubelets_files_is_a_blocker_where_the_layout_has_no_check_on_the_machine() {
    let before = snapshot::load("4.20", &[]);
    let layout = LayoutChoice::Only(Layout::Documented);
    let request = InitRequest { layout, ..snapshot::init_request() };
    let mut wrong = Vec::new();
    for (what, site) in editors() {
        let with_site = before.clone().with_objects([site.of_role(names::ETCD)]);
        let findings = init::plan(&with_site, &request).findings;
        let expected =
            (Check::KubeletRoleWrong, Severity::Blocker, format!("machineconfig/{NAME}"));
        let of = |it: &Finding| (it.check, it.severity, it.subject.clone());
        if !findings.iter().any(|it| of(it) == expected) {
            wrong.push(format!("{what}: {findings:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_program_is_a_warning_where_the_layout_has_no_check_on_the_machine() {
    let before = snapshot::load("4.20", &[]);
    for (layout, severity, then) in [
        (Layout::Inherit, Severity::Note, "the kubelet does not start"),
        (Layout::Documented, Severity::Warning, "the machine may become a Node of another role"),
    ] {
        let program = site().oneshot("Before=kubelet.service", "/opt/site/run");
        let with_site = before.clone().with_objects([program.of_role(names::ETCD)]);
        let request =
            InitRequest { layout: LayoutChoice::Only(layout), ..snapshot::init_request() };
        let findings = init::plan(&with_site, &request).findings;
        let found = findings.iter().find(|it| it.check == Check::KubeletUncertain).unwrap();
        assert_eq!(found.severity, severity, "{found:?}");
        assert!(found.message.ends_with(then), "{found:?}");
    }
}
