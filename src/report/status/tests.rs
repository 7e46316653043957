//! What a person and a program get to see.

use serde_json::json;

use super::*;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::status::assess;
use crate::status::fixtures::{cluster, troubled, two_machines};

fn text(snapshot: &Snapshot, format: Format) -> String {
    let mut out = Vec::new();
    write(&assess(snapshot, "1.0.0"), format, &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_cluster_without_anything_of_ours_is_not_initialized() {
    let expected = "\
Cluster  lab-x99n4 · AWS us-east-1 · OpenShift 4.16.8
Health   not initialized: nothing that init makes is there

Pool            none
etcd members    3 members are available
Machines        none
Nodes           none

Next     oc etcd init
";
    assert_eq!(text(&cluster(&["4.16"]), Format::Human), expected);
}

#[test]
fn a_healthy_cluster_takes_one_screen() {
    let expected = "\
Cluster  lab-x99n4 · AWS us-east-1 · OpenShift 4.16.8
Layout   documented: an isolated pool with copies of the master MachineConfigs
Health   healthy

Pool            rendered · 2 nodes, updated and ready
MachineConfigs  5 current, 2 made by the operator
User data       current · https://api-int.lab.example.com:22623/config/etcd
etcd members    3 members are available

Machines
  NAME              PHASE    ZONE        AGE
  lab-x99n4-etcd-0  Running  us-east-1a  3h12m
  lab-x99n4-etcd-1  Running  us-east-1b  45m

Nodes
  NAME                        STATUS  AGE    VERSION          CONFIG
  ip-10-0-12-40.ec2.internal  Ready   3h10m  v1.29.7+6abe8a1  current
  ip-10-0-55-41.ec2.internal  Ready   3h10m  v1.29.7+6abe8a1  current

note [etcd-members-unmanaged]: none of etcd's 3 members runs on these nodes:
  OpenShift's etcd operator does not place members there by itself
note [even-machine-count]: there are 2 etcd machines: etcd survives no more
  failures with an even number than with one less
note [upgrade-needs-pause]: machineconfigpool/etcd: its copies do not follow
  an upgrade of the cluster: pause the pool before one, refresh it with init in
  the middle, and resume it then
  → before an upgrade:
    oc patch machineconfigpool/etcd --type=merge -p '{\"spec\":{\"paused\":true}}'

Next     oc etcd add-machine --zone us-east-1c
";
    assert_eq!(text(&two_machines(), Format::Human), expected);
}

#[test]
fn trouble_is_listed_and_what_was_not_read_is_not_shown_as_empty() {
    let expected = "\
Cluster  lab-x99n4 · AWS us-east-1 · OpenShift 4.16.8
Layout   documented: an isolated pool with copies of the master MachineConfigs
Health   trouble: 4 warnings

Pool            rendered · 1 node, updated and ready

MachineConfigs  2 current, 3 stale, 2 made by the operator
  stale  00-etcd                    file /var/lib/kubelet/config.json, unit nodeip-configuration.service
  stale  01-etcd-container-runtime  file /etc/crio/crio.conf.d/00-default
  stale  01-etcd-kubelet            unit kubelet.service

User data       current · https://api-int.lab.example.com:22623/config/etcd
etcd members    3 members are available

Machines
  NAME              PHASE        ZONE        AGE  MESSAGE
  lab-x99n4-etcd-0  Failed       us-east-1a  60m  InvalidConfiguration: no such AMI
  lab-x99n4-etcd-1  Provisioned  us-east-1b  40m  waiting for the instance to boot and join as a Node
  lab-x99n4-etcd-2  Running      us-east-1c  40m  its Node could not be read

Nodes           could not be read: forbidden

warning [machine-failed]: machine/lab-x99n4-etcd-0: it failed and will not
  recover: InvalidConfiguration: no such AMI
  → oc etcd remove-machine lab-x99n4-etcd-0 &&
    oc etcd add-machine --zone us-east-1a
warning [node-not-joining]: machine/lab-x99n4-etcd-1: it is 40m old,
  Provisioned, and no Node; the usual causes are the certificate authority in
  the user data, the boot image, and certificate requests that wait for approval
  → oc get csr; oc get machine/lab-x99n4-etcd-1 -n openshift-machine-api -o yaml
warning [permission-denied]: you may not list nodes
  → the roles of deploy/rbac.yaml grant it; then see: oc auth can-i list nodes
warning [stale-after-upgrade]: machineconfig/00-etcd,
  machineconfig/01-etcd-container-runtime and machineconfig/01-etcd-kubelet are
  older than what they were made from
  → oc etcd diff
note [upgrade-needs-pause]: machineconfigpool/etcd: its copies do not follow
  an upgrade of the cluster: pause the pool before one, refresh it with init in
  the middle, and resume it then
  → before an upgrade:
    oc patch machineconfigpool/etcd --type=merge -p '{\"spec\":{\"paused\":true}}'

Next     oc etcd init
";
    assert_eq!(text(&troubled(), Format::Human), expected);
}

#[test]
fn wide_lists_everything() {
    let expected = "\
Cluster  lab-x99n4 · AWS us-east-1 · OpenShift 4.16.8
Layout   documented: an isolated pool with copies of the master MachineConfigs
Health   healthy

Pool            rendered · 2 nodes, updated and ready
  configuration  rendered-etcd-1
  served         rendered-etcd-1

MachineConfigs  5 current, 2 made by the operator
  NAME                          STATE                 SOURCE                                     BECAUSE
  00-etcd                       current               machineconfig/00-master                    copy of 00-master, first-boot units removed
  00-etcd-disk                  current               oc-etcd                                    the one empty EBS disk → xfs → /var/lib/etcd
  01-etcd-container-runtime     current               machineconfig/01-master-container-runtime  copy of 01-master-container-runtime
  01-etcd-kubelet               current               machineconfig/01-master-kubelet            copy of 01-master-kubelet, role master → etcd
  97-etcd-generated-kubelet     made by the operator  -
  99-etcd-generated-registries  made by the operator  -
  99-etcd-ssh                   current               machineconfig/99-master-ssh                copy of 99-master-ssh

User data       current
  url                      https://api-int.lab.example.com:22623/config/etcd
  certificate authorities  1

etcd members    3 members are available
  ID                ADDRESS      NODE                         ETCD NODE
  a30eed9023167c27  10.0.12.34   ip-10-0-12-34.ec2.internal   no
  a4d56c2a8f82b782  10.0.55.101  ip-10-0-55-101.ec2.internal  no
  ab86f59e306b2fa9  10.0.80.7    ip-10-0-80-7.ec2.internal    no

Machines
  NAME              PHASE    TYPE        ZONE        AGE    NODE
  lab-x99n4-etcd-0  Running  c5n.xlarge  us-east-1a  3h12m  ip-10-0-12-40.ec2.internal
  lab-x99n4-etcd-1  Running  c5n.xlarge  us-east-1b  45m    ip-10-0-55-41.ec2.internal

Nodes
  NAME                        STATUS  ROLES  AGE    VERSION          CONFIG   CONFIGURATION
  ip-10-0-12-40.ec2.internal  Ready   etcd   3h10m  v1.29.7+6abe8a1  current  rendered-etcd-1
  ip-10-0-55-41.ec2.internal  Ready   etcd   3h10m  v1.29.7+6abe8a1  current  rendered-etcd-1

note [etcd-members-unmanaged]: none of etcd's 3 members runs on these nodes:
  OpenShift's etcd operator does not place members there by itself
note [even-machine-count]: there are 2 etcd machines: etcd survives no more
  failures with an even number than with one less
note [upgrade-needs-pause]: machineconfigpool/etcd: its copies do not follow
  an upgrade of the cluster: pause the pool before one, refresh it with init in
  the middle, and resume it then
  → before an upgrade:
    oc patch machineconfigpool/etcd --type=merge -p '{\"spec\":{\"paused\":true}}'

Next     oc etcd add-machine --zone us-east-1c
";
    assert_eq!(text(&two_machines(), Format::Wide), expected);
}

#[test]
fn names_are_those_of_what_is_ours_and_there() {
    let expected = "\
machineconfig/00-etcd
machineconfig/00-etcd-disk
machineconfig/01-etcd-container-runtime
machineconfig/01-etcd-kubelet
machineconfig/99-etcd-ssh
secret/etcd-user-data
machineconfigpool/etcd
machine/lab-x99n4-etcd-0
machine/lab-x99n4-etcd-1
";
    assert_eq!(text(&two_machines(), Format::Name), expected);
}

#[test]
fn a_document_has_null_for_what_was_not_read_and_no_secret() {
    let json = text(&troubled(), Format::Json);
    let status: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(status["apiVersion"], "oc-etcd/v1");
    assert_eq!(status["kind"], "Status");
    assert_eq!(status["health"], "trouble");
    assert_eq!(status["nodes"], serde_json::Value::Null);
    assert_eq!(status["unreadable"], json!([{"what": "nodes", "reason": "forbidden"}]));
    assert_eq!(
        status["machines"][0],
        json!({
            "name": "lab-x99n4-etcd-0",
            "zone": "us-east-1a",
            "instanceType": "c5n.xlarge",
            "phase": "Failed",
            "progress": "Failed",
            "node": null,
            "ageSeconds": 3600,
            "message": "InvalidConfiguration: no such AMI",
            "managed": true,
        })
    );
    assert_eq!(status["machineConfigs"][3]["differences"], json!(["unit kubelet.service"]));
    for format in [Format::Json, Format::Yaml, Format::Wide] {
        assert!(!text(&troubled(), format).contains("CANARY"));
    }
}

#[test]
fn nodes_of_the_pool_are_counted_where_they_do_not_all_follow() {
    for (updated, ready, degraded, paused, expected) in [
        (2, 2, 0, false, "rendered · 2 nodes, updated and ready"),
        (1, 2, 0, false, "rendered · 2 nodes, 1 updated, 2 ready"),
        (1, 1, 1, true, "rendered, paused · 2 nodes, 1 updated, 1 ready, 1 degraded"),
    ] {
        let mut body = two_machines().pool("etcd").unwrap().body().clone();
        body["spec"]["paused"] = paused.into();
        body["status"]["updatedMachineCount"] = updated.into();
        body["status"]["readyMachineCount"] = ready.into();
        body["status"]["degradedMachineCount"] = degraded.into();
        let snapshot = two_machines().with_objects([Object::from_value(body).unwrap()]);
        let text = text(&snapshot, Format::Human);
        assert!(text.contains(&format!("Pool            {expected}\n")), "{text}");
    }
}

#[test]
fn health_is_green_on_a_terminal() {
    let style = Style { color: crate::report::style::Color::Ansi, ..Style::default() };
    let mut out = Vec::new();
    write(&assess(&two_machines(), "1.0.0"), Format::Human, &style, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let line = text.lines().find(|line| line.contains("Health"));
    assert_eq!(line, Some("\u{1b}[1mHealth \u{1b}[0m  \u{1b}[32mhealthy\u{1b}[0m"));
}
