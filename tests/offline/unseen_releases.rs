//! Releases of which nothing was captured come out too: clusters of ours, changed as those releases
//! changed, since what is done follows from what is there and not from the version.

use oc_etcd::derive::{kubelet_role, kubelet_unit, machine_config, user_data};
use oc_etcd::ignition;
use oc_etcd::model::layout::Layout;
use oc_etcd::model::names;
use oc_etcd::model::object::Object;
use oc_etcd::plan::{Plan, init};
use oc_etcd_lab::Cluster;
use serde_json::Value;

use crate::snapshot;

const LABELS_4_10: &str = "node-role.kubernetes.io/master,node.openshift.io/os_id=${ID}";
const LABELS_4_12: &str = "node-role.kubernetes.io/control-plane,node-role.kubernetes.io/master,node.openshift.io/os_id=${ID}";
const LABELS_4_19: &str = "node-role.kubernetes.io/control-plane,node-role.kubernetes.io/master,node.openshift.io/os_id=${ID},${CUSTOM_KUBELET_LABELS}";

/// A release, as a change of a cluster of ours.
struct Unseen {
    version: &'static str,
    ours: &'static str,
    ignition: &'static str,
    labels: &'static str,
    /// Whether the kubelet has `--pod-infra-container-image`.
    has_pod_infra: bool,
    expected: Expected,
}

struct Expected {
    /// Whether a pool of copies is allowed.
    may_copy: bool,
    labels: &'static str,
}

const DOCUMENTED: Expected = Expected {
    may_copy: true,
    labels: "node-role.kubernetes.io/etcd,node.openshift.io/os_id=${ID}",
};
const INHERIT: Expected = Expected { may_copy: false, ..DOCUMENTED };
const INHERIT_4_19: Expected = Expected {
    may_copy: false,
    labels: "node-role.kubernetes.io/etcd,node.openshift.io/os_id=${ID},${CUSTOM_KUBELET_LABELS}",
};

#[rustfmt::skip]
const RELEASES: &[Unseen] = &[
    Unseen { version: "4.10.67", ours: "4.10", ignition: "3.2.0", labels: LABELS_4_10, has_pod_infra: true, expected: DOCUMENTED },
    Unseen { version: "4.11.59", ours: "4.10", ignition: "3.2.0", labels: LABELS_4_10, has_pod_infra: true, expected: DOCUMENTED },
    Unseen { version: "4.13.50", ours: "4.10", ignition: "3.2.0", labels: LABELS_4_12, has_pod_infra: true, expected: DOCUMENTED },
    Unseen { version: "4.14.38", ours: "4.16", ignition: "3.4.0", labels: LABELS_4_12, has_pod_infra: true, expected: DOCUMENTED },
    Unseen { version: "4.17.9", ours: "4.16", ignition: "3.4.0", labels: LABELS_4_12, has_pod_infra: true, expected: DOCUMENTED },
    Unseen { version: "4.18.0-rc.1", ours: "4.16", ignition: "3.4.0", labels: LABELS_4_12, has_pod_infra: true, expected: INHERIT },
    Unseen { version: "4.18.22", ours: "4.20", ignition: "3.4.0", labels: LABELS_4_12, has_pod_infra: true, expected: INHERIT },
    Unseen { version: "4.19.10", ours: "4.20", ignition: "3.5.0", labels: LABELS_4_19, has_pod_infra: true, expected: INHERIT_4_19 },
    Unseen { version: "4.22.0", ours: "4.20", ignition: "3.5.0", labels: LABELS_4_19, has_pod_infra: false, expected: INHERIT_4_19 },
    Unseen { version: "5.0.1", ours: "4.20", ignition: "3.6.0", labels: LABELS_4_19, has_pod_infra: false, expected: INHERIT_4_19 },
];

impl Unseen {
    fn cluster(&self) -> Cluster {
        let cluster = Cluster::load(self.ours).unwrap().with_version(self.version);
        let mut objects = cluster.objects().to_vec();
        for object in objects.iter_mut().filter(|it| it["kind"] == "MachineConfig") {
            self.change(object);
        }
        Cluster::of(objects)
    }

    fn change(&self, object: &mut Value) {
        let config = &mut object["spec"]["config"];
        config["ignition"]["version"] = self.ignition.into();
        let Some(units) = config.pointer_mut("/systemd/units").and_then(Value::as_array_mut) else {
            return;
        };
        for unit in units.iter_mut().filter(|it| it["name"] == "kubelet.service") {
            let Some(contents) = unit["contents"].as_str() else { continue };
            let lines = contents
                .lines()
                .filter(|it| self.has_pod_infra || !it.contains("--pod-infra-container-image"));
            let lines: Vec<String> = lines.map(|line| self.line(line)).collect();
            unit["contents"] = format!("{}\n", lines.join("\n")).into();
        }
    }

    fn line(&self, line: &str) -> String {
        match line.find("--node-labels=") {
            Some(at) if line.contains("node-role.kubernetes.io/master") => {
                format!("{}--node-labels={} \\", &line[..at], self.labels)
            }
            _ => line.to_owned(),
        }
    }

    fn plan(&self) -> (Plan, Cluster) {
        let cluster = self.cluster();
        (init::plan(&snapshot::of(&cluster), &snapshot::init_request()), cluster)
    }
}

fn kubelet(object: &Object) -> &str {
    let config = ignition::config(object).unwrap();
    ignition::unit_contents(config, machine_config::KUBELET_UNIT).unwrap()
}

fn wanted<'a>(plan: &'a Plan, name: &str) -> &'a Object {
    plan.manifests().find(|it| it.name() == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn every_release_gives_an_etcd_kubelet_and_the_layout_that_it_allows() {
    for release in RELEASES {
        let version = release.version;
        let (plan, _) = release.plan();
        assert!(!plan.is_blocked(), "{version}: {:?}", plan.findings);
        // The default copies nothing, on every release.
        assert_eq!(plan.layout.unwrap().layout, Layout::Inherit, "{version}");
        let kubelet_role = wanted(&plan, "01-etcd-kubelet");
        let config = ignition::config(kubelet_role).unwrap();
        let is_copy = |it: &Value| it["name"] != kubelet_role::UNIT && !it["contents"].is_null();
        assert!(
            kubelet_role::is_in(config) && !ignition::units(config).iter().any(is_copy),
            "{version}"
        );
        let copies = init::plan(&snapshot::of(&release.cluster()), &snapshot::documented());
        assert_eq!(copies.is_blocked(), !release.expected.may_copy, "{version}");
        let unit = kubelet(wanted(&copies, "01-etcd-kubelet"));
        let items = |flag| kubelet_unit::flag_items(unit, flag).unwrap().join(",");
        assert_eq!(items(kubelet_unit::LABELS), release.expected.labels, "{version}");
        assert_eq!(
            items(kubelet_unit::TAINTS),
            "node-role.kubernetes.io/etcd=:NoSchedule",
            "{version}"
        );
        assert_eq!(
            unit.contains("--pod-infra-container-image"),
            release.has_pod_infra,
            "{version}"
        );
        let disk = wanted(&plan, "00-etcd-disk");
        assert_eq!(ignition::version(disk), Some(release.ignition), "{version}");
        let user_data = user_data::decode(wanted(&plan, names::ETCD_USER_DATA)).unwrap();
        assert!(user_data.to_string().contains("/config/etcd\""), "{version}");
    }
}

#[test]
fn no_release_pins_the_operating_system_or_gets_an_annotation_of_the_operator() {
    for release in RELEASES {
        let (plan, _) = release.plan();
        for object in plan.manifests() {
            let spec = object.get("/spec").cloned().unwrap_or_default();
            for pin in ["osImageURL", "baseOSExtensionsContainerImage"] {
                assert!(spec.get(pin).is_none(), "{}: {}", release.version, object.reference());
            }
            let annotations = object.get("/metadata/annotations").unwrap().as_object().unwrap();
            assert!(
                annotations.keys().all(|key| key.starts_with("oc-etcd/")),
                "{}: {annotations:?}",
                release.version
            );
        }
    }
}

#[test]
fn the_edited_clusters_are_what_those_releases_look_like() {
    for release in RELEASES {
        let (_, cluster) = release.plan();
        assert_eq!(cluster.version(), Some(release.version));
        let snapshot = snapshot::of(&cluster);
        let unit = kubelet(snapshot.machine_config("01-master-kubelet").unwrap());
        let labels = kubelet_unit::flag_items(unit, kubelet_unit::LABELS).unwrap().join(",");
        assert_eq!(labels, release.labels, "{}", release.version);
    }
}

#[test]
fn a_release_older_than_4_10_is_refused() {
    let cluster = Cluster::load("4.10").unwrap().with_version("4.9.59");
    let plan = init::plan(&snapshot::of(&cluster), &snapshot::init_request());
    assert!(plan.is_blocked() && plan.steps.is_empty(), "{:?}", plan.findings);
}
