//! What a new machine gets from the masters' and what stays with them, and clusters that etcd machines were not made
//! for.

use std::collections::BTreeSet;

use oc_etcd::check::{Check, Finding, Severity};
use oc_etcd::derive::disk::Disk;
use oc_etcd::derive::machine::{ConfidentialCompute, MachineOptions};
use oc_etcd::model::kind::Kind;
use oc_etcd::model::layout::Layout;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::plan::add_machine::{self, AddMachineRequest, Another};
use oc_etcd::plan::layout::LayoutChoice;
use oc_etcd::plan::{Plan, init, teardown, zones};
use oc_etcd::preflight::{Verdict, report};
use oc_etcd::status::{Health, assess};
use serde_json::{Value, json};

use crate::hand_made::of_release;
use crate::snapshot::{self, TOOL_VERSION};

const ZONE: &str = "us-east-1a";

/// A cluster after `init`.
fn initialized(cluster: &str) -> Snapshot {
    let before = snapshot::load(cluster, &[]);
    let plan = init::plan(&before, &snapshot::init_request());
    snapshot::rendered(snapshot::generated(snapshot::carried_out(before, &plan)))
}

fn changed(snapshot: &Snapshot, reference: &ObjectRef, change: impl Fn(&mut Value)) -> Snapshot {
    let mut body = snapshot.get(reference).unwrap().body().clone();
    change(&mut body);
    snapshot.clone().with_objects([Object::from_value(body).unwrap()])
}

/// The same cluster with something in the provider spec of every master.
fn with_masters(snapshot: &Snapshot, change: impl Fn(&mut Value)) -> Snapshot {
    let masters: Vec<ObjectRef> =
        snapshot.machines_of(names::MASTER).map(|it| it.reference().clone()).collect();
    masters.iter().fold(snapshot.clone(), |all, master| {
        changed(&all, master, |it| change(&mut it["spec"]["providerSpec"]["value"]))
    })
}

fn add(snapshot: &Snapshot, zones: &[&str], flags: impl FnOnce(&mut AddMachineRequest)) -> Plan {
    let zones = zones.iter().map(|&it| it.to_owned()).collect();
    let mut request = AddMachineRequest::new(zones, TOOL_VERSION);
    flags(&mut request);
    add_machine::plan(snapshot, &request)
}

/// The provider spec of the machine that a plan makes.
fn provider_spec(plan: &Plan) -> Value {
    let machine = plan.manifests().next().unwrap();
    machine.get("/spec/providerSpec/value").unwrap().clone()
}

/// The findings of a check, as `severity subject: message`.
fn told(plan: &Plan, check: Check) -> Vec<String> {
    let of_check = plan.findings.iter().filter(|it| it.check == check);
    of_check.map(|it| format!("{} {}: {}", it.severity, it.subject, it.message)).collect()
}

/// What masters may have that is bound to their type, place, reservation or market.
fn bound(spec: &mut Value) {
    spec["networkInterfaceType"] = "EFA".into();
    spec["placementGroupName"] = "lab-cp".into();
    spec["placementGroupPartition"] = 1.into();
    spec["cpuOptions"] = json!({"confidentialCompute": "AMDEncryptedVirtualizationNestedPaging"});
    spec["capacityReservationId"] = "cr-0aaaaaaaaaaaaaaa0".into();
    spec["spotMarketOptions"] = json!({"maxPrice": "0.5"});
    spec["marketType"] = "Spot".into();
    spec["placement"]["tenancy"] = "dedicated".into();
}

#[test]
fn the_user_data_of_etcd_machines_fits_the_boot_image_of_the_masters() {
    let plans = |cluster: &str, secret: &str| {
        let there =
            with_masters(&initialized(cluster), |it| it["userDataSecret"]["name"] = secret.into());
        [init::plan(&there, &snapshot::init_request()), add(&there, &[ZONE], |_| ())]
    };
    for (cluster, secret, severity) in [
        // `master-user-data` has Ignition 2 there.
        ("4.10", "master-user-data-managed", Severity::Blocker),
        ("4.10", "site", Severity::Warning),
        ("4.16", "master-user-data-managed", Severity::Note),
    ] {
        for plan in plans(cluster, secret) {
            let found = plan.findings.iter().find(|it| it.check == Check::UserDataInvalid);
            let found = found.unwrap_or_else(|| panic!("{cluster} {secret}"));
            assert_eq!(found.severity, severity, "{cluster} {secret}");
            let hint = found.hint.as_deref().unwrap_or_default();
            assert_eq!(
                hint.contains(&format!("of secret {secret} to")),
                severity != Severity::Note
            );
        }
    }
    // The Secret is valid all the same, and its authorities are known.
    let other = with_masters(&initialized("4.16"), |it| {
        it["userDataSecret"]["name"] = "master-user-data-managed".into();
    });
    let report = report(&other, &BTreeSet::new(), TOOL_VERSION);
    let row = report.checks().find(|it| it.check == Check::UserDataCaMissing).unwrap();
    assert_eq!(row.verdict, Verdict::Passed, "{row:?}");
    for cluster in ["4.10", "4.16"] {
        for plan in plans(cluster, names::MASTER_USER_DATA) {
            assert_eq!(told(&plan, Check::UserDataInvalid), [""; 0], "{cluster}");
        }
    }
}

#[test]
fn an_instance_type_that_no_machine_has_is_told() {
    let snapshot = initialized("4.16");
    let of_type = |it: &str| {
        told(
            &add(&snapshot, &[ZONE], |request| request.instance_type = it.to_owned()),
            Check::InstanceTypeUnverified,
        )
    };
    for known in ["c5n.xlarge", "m6i.2xlarge"] {
        assert_eq!(of_type(known), [""; 0], "{known}");
    }
    let told = of_type("c9z.xlarge");
    assert!(told[0].starts_with("note instance type c9z.xlarge: "), "{told:?}");
}

#[test]
fn a_tenancy_of_dedicated_hosts_is_kept_with_a_warning_on_another_type() {
    let snapshot =
        with_masters(&initialized("4.16"), |it| it["placement"]["tenancy"] = "host".into());
    let plan = add(&snapshot, &[ZONE], |_| ());
    assert_eq!(provider_spec(&plan)["placement"]["tenancy"], "host");
    let told = told(&plan, Check::MastersOptionsBound).join("\n");
    assert!(
        told.starts_with("warning placement.tenancy: the value of the masters (host) is kept"),
        "{told}"
    );
}

#[test]
fn nothing_that_is_bound_to_the_masters_machines_is_copied_without_a_word() {
    let snapshot = with_masters(&initialized("4.20"), bound);
    let plan = add(&snapshot, &["us-east-1a", "us-east-1b", "us-east-1c"], |_| ());
    assert!(!plan.is_blocked(), "{:?}", plan.findings);
    let spec = provider_spec(&plan);
    for field in [
        "networkInterfaceType",
        "placementGroupName",
        "placementGroupPartition",
        "cpuOptions",
        "capacityReservationId",
        "spotMarketOptions",
        "marketType",
    ] {
        assert!(spec.get(field).is_none(), "{field}");
    }
    assert_eq!(spec["placement"]["tenancy"], "dedicated");
    // Once for all three machines.
    let told = told(&plan, Check::MastersOptionsBound);
    let start = |it: &String| {
        let (start, rest) = it.split_once(") is ")?;
        Some(format!("{start}) is {}", rest.split(':').next()?))
    };
    let starts: Vec<String> = told.iter().filter_map(start).collect();
    assert_eq!(
        starts,
        [
            "warning cpuOptions: the value of the masters (confidentialCompute: \
             AMDEncryptedVirtualizationNestedPaging) is omitted",
            "note capacityReservationId: the value of the masters (cr-0aaaaaaaaaaaaaaa0) is omitted",
            "note marketType: the value of the masters (Spot) is omitted",
            "note networkInterfaceType: the value of the masters (EFA) is omitted",
            "note placement.tenancy: the value of the masters (dedicated) is kept",
            "note placementGroupName: the value of the masters (lab-cp) is omitted",
            "note placementGroupPartition: the value of the masters (1) is omitted",
            "note spotMarketOptions: the value of the masters (maxPrice: 0.5) is omitted",
        ]
    );
    // The same instance type can do what the masters' can, and is no more bound to their place and price.
    let same = add(&snapshot, &[ZONE], |it| it.instance_type = "m6i.2xlarge".to_owned());
    let spec = provider_spec(&same);
    assert_eq!(spec["networkInterfaceType"], "EFA");
    assert!(spec.get("cpuOptions").is_some() && spec.get("marketType").is_none());
}

#[test]
fn a_flag_takes_the_place_of_what_the_masters_have() {
    let snapshot = with_masters(&initialized("4.20"), bound);
    let plan = add(&snapshot, &[ZONE], |it| {
        it.options = MachineOptions {
            placement_group: Some("etcd".to_owned()),
            placement_group_partition: Some(3),
            capacity_reservation: Some("cr-1".to_owned()),
            tenancy: Some("default".to_owned()),
            confidential_compute: None,
        };
    });
    assert!(!plan.is_blocked(), "{:?}", plan.findings);
    let spec = provider_spec(&plan);
    assert_eq!(
        (&spec["placementGroupName"], &spec["placementGroupPartition"]),
        (&json!("etcd"), &json!(3))
    );
    assert_eq!(spec["capacityReservationId"], "cr-1");
    assert_eq!(spec["placement"]["tenancy"], "default");
    let told = told(&plan, Check::MastersOptionsBound).join("\n");
    for field in ["placementGroup", "capacityReservationId", "placement.tenancy"] {
        assert!(!told.contains(field), "{field}: {told}");
    }
    let because = &plan.steps[0].because;
    let asked = "placement group etcd, partition 3, capacity reservation cr-1, tenancy default";
    assert!(because.ends_with(asked), "{because}");
}

#[test]
fn a_flag_that_the_release_would_drop_is_refused() {
    let option = |name: &str| {
        let mut options = MachineOptions::default();
        match name {
            "--placement-group" => options.placement_group = Some("g".to_owned()),
            "--placement-group-partition" => options.placement_group_partition = Some(1),
            "--capacity-reservation" => options.capacity_reservation = Some("cr-1".to_owned()),
            _ => options.confidential_compute = Some(ConfidentialCompute::SevSnp),
        }
        options
    };
    for cluster in ["4.10", "4.16", "4.20"] {
        let snapshot = initialized(cluster);
        for (name, refused) in [
            ("--placement-group", &["4.10"][..]),
            ("--placement-group-partition", &["4.10", "4.16"]),
            ("--capacity-reservation", &["4.10", "4.16"]),
            ("--confidential-compute", &["4.10", "4.16", "4.20"]),
        ] {
            let plan = add(&snapshot, &[ZONE], |it| it.options = option(name));
            let told = told(&plan, Check::OptionUnsupported);
            assert_eq!(told.len(), usize::from(refused.contains(&cluster)), "{cluster} {name}");
            assert!(told.iter().all(|it| it.starts_with(&format!("blocker {name}: "))));
        }
    }
    // The first releases with the fields (openshift/api `machine/v1beta1/types_awsprovider.go`).
    for (cluster, version, name) in [
        ("4.16", "4.17.3", "--placement-group-partition"),
        ("4.16", "4.18.3", "--capacity-reservation"),
        ("4.20", "4.21.3", "--confidential-compute"),
    ] {
        let snapshot = of_release(initialized(cluster), version);
        let plan = add(&snapshot, &[ZONE], |it| it.options = option(name));
        assert_eq!(told(&plan, Check::OptionUnsupported), [""; 0], "{version} {name}");
    }
}

#[test]
fn a_field_of_tomorrow_is_kept_and_named_where_the_instance_type_is_another() {
    let snapshot = with_masters(&initialized("4.20"), |it| {
        it["fieldOfTomorrow"] = json!({"deep": "CANARY"});
        it["placement"]["ofTomorrow"] = true.into();
    });
    let plan = add(&snapshot, &[ZONE], |_| ());
    assert_eq!(provider_spec(&plan)["fieldOfTomorrow"]["deep"], "CANARY");
    let told_of = told(&plan, Check::MastersOptionsBound);
    let starts = ["warning fieldOfTomorrow: ", "warning placement.ofTomorrow: "];
    assert!(
        told_of.len() == 2 && told_of.iter().zip(starts).all(|(it, with)| it.starts_with(with))
    );
    assert!(!told_of.join("").contains("CANARY"));
    let same = add(&snapshot, &[ZONE], |it| it.instance_type = "m6i.2xlarge".to_owned());
    assert_eq!(told(&same, Check::MastersOptionsBound), [""; 0]);
}

#[test]
fn what_a_machine_may_do_and_who_may_reach_it_is_told_once() {
    for cluster in ["4.10", "4.16", "4.20"] {
        let snapshot = initialized(cluster);
        let plan = add(&snapshot, &["us-east-1a", "us-east-1b", "us-east-1c"], |_| ());
        let told = told(&plan, Check::MachineAccessInherited);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].contains(
                "the instance profile lab-x99n4-master-profile and the security groups lab"
            )
        );
        // A plan that makes nothing gives nobody access.
        let again = snapshot::carried_out(snapshot, &plan);
        let again = add(&again, &["us-east-1a"], |_| ());
        assert_eq!(again.writes().count(), 0);
        assert!(!again.findings.iter().any(|it| it.check == Check::MachineAccessInherited));
    }
}

#[test]
fn an_instance_type_is_judged_by_what_the_masters_are() {
    let snapshot = initialized("4.16");
    // Without Nodes of the masters, their own instance type tells.
    let mut unread = snapshot.clone();
    let nodes: Vec<ObjectRef> = snapshot.all(Kind::Node).map(|it| it.reference().clone()).collect();
    for node in &nodes {
        unread.remove(node);
    }
    for snapshot in [snapshot.clone(), unread] {
        let plan = add(&snapshot, &[ZONE], |it| it.instance_type = "m7g.xlarge".to_owned());
        assert_eq!(told(&plan, Check::InstanceArchitectureMismatch).len(), 1);
    }
    let xen = add(&snapshot, &[ZONE], |it| it.instance_type = "m4.xlarge".to_owned());
    let told_of = told(&xen, Check::DiskDeviceUncertain);
    assert!(told_of[0].starts_with("blocker instance type m4.xlarge: on Xen"), "{told_of:?}");
    assert_eq!(told(&add(&snapshot, &[ZONE], |_| ()), Check::DiskDeviceUncertain), [""; 0]);
}

#[test]
fn a_device_that_new_machines_do_not_have_is_refused() {
    let with_device = |path: &str| {
        let before = snapshot::load("4.16", &[]);
        let request = init::InitRequest { disk: Disk::device(path), ..snapshot::init_request() };
        let plan = init::plan(&before, &request);
        let of_init = plan.findings.iter().find(|it| it.check == Check::DiskDeviceUncertain);
        let severity = of_init.map(|it| it.severity);
        let after = snapshot::carried_out(before, &plan);
        (severity, snapshot::rendered(snapshot::generated(after)))
    };
    let volume = "/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_vol0123456789abcdef0";
    for (path, of_init, of_nitro, of_xen) in [
        ("/dev/sdb", Some(Severity::Blocker), "blocker", "blocker"),
        (volume, Some(Severity::Blocker), "blocker", "blocker"),
        ("/dev/xvda", Some(Severity::Note), "blocker", "blocker"),
        ("/dev/xvdb", Some(Severity::Note), "blocker", ""),
        ("/dev/nvme1n1", Some(Severity::Warning), "warning", "blocker"),
        ("/dev/disk/by-path/pci-0000:00:1f.0-nvme-1", None, "", "blocker"),
    ] {
        let (severity, snapshot) = with_device(path);
        assert_eq!(severity, of_init, "{path}");
        for (instance_type, expected) in [("c5n.xlarge", of_nitro), ("m4.xlarge", of_xen)] {
            let plan = add(&snapshot, &[ZONE], |it| it.instance_type = instance_type.to_owned());
            let found = told(&plan, Check::DiskDeviceUncertain);
            let severity = found.first().and_then(|it| it.split(' ').next()).unwrap_or_default();
            assert_eq!(severity, expected, "{path} {instance_type}: {found:?}");
        }
    }
}

#[test]
fn settings_of_the_workers_that_do_not_fit_etcd_machines_are_told() {
    let worker = |spec: &Value| {
        let mut spec = spec.clone();
        spec["config"] = json!({"ignition": {"version": "3.2.0"}});
        Object::new(ObjectRef::cluster(Kind::MachineConfig, "50-nto-worker"))
            .with_labels([(names::MACHINE_CONFIG_ROLE, names::WORKER)])
            .with("spec", spec)
    };
    let of = |findings: &[Finding]| {
        let found = findings.iter().filter(|it| it.check == Check::WorkerSettingsUnsuitable);
        found.map(|it| it.severity).collect::<Vec<_>>()
    };
    let kernel = json!({"kernelType": "64k-pages"});
    let pages = json!({"kernelArguments": ["hugepagesz=1G", "hugepages=64"]});
    for (spec, before_init, of_status) in
        [(kernel, Severity::Blocker, Severity::Warning), (pages, Severity::Warning, Severity::Note)]
    {
        let cluster = snapshot::load("4.20", &[]).with_objects([worker(&spec)]);
        let plan = init::plan(&cluster, &snapshot::init_request());
        assert_eq!(of(&plan.findings), [before_init], "{spec}");
        let after = snapshot::rendered(snapshot::generated(snapshot::carried_out(cluster, &plan)));
        assert_eq!(of(&assess(&after, TOOL_VERSION).findings), [of_status], "{spec}");
        assert_eq!(of(&add(&after, &[ZONE], |_| ()).findings), [Severity::Blocker], "{spec}");
        let documented = snapshot::load("4.16", &[]).with_objects([worker(&spec)]);
        let plan = init::plan(&documented, &snapshot::documented());
        assert_eq!(of(&plan.findings), [], "{spec}");
    }
}

/// The masters of the fixture have the type m6i.2xlarge, with 8 CPUs and 32 GiB.
#[test]
fn the_next_command_has_an_instance_type_that_is_not_refused() {
    let next = |pages: u8| {
        let config = json!({"ignition": {"version": "3.2.0"}});
        let arguments = json!(["hugepagesz=1G", format!("hugepages={pages}")]);
        let worker = Object::new(ObjectRef::cluster(Kind::MachineConfig, "90-huge-pages"))
            .with_labels([(names::MACHINE_CONFIG_ROLE, names::WORKER)])
            .with("spec", json!({"config": config, "kernelArguments": arguments}));
        let cluster = snapshot::load("4.20", &[]).with_objects([worker]);
        let plan = init::plan(&cluster, &snapshot::init_request());
        let after = snapshot::rendered(snapshot::generated(snapshot::carried_out(cluster, &plan)));
        let status = assess(&after, TOOL_VERSION);
        let is_told = status.findings.iter().any(|it| it.check == Check::WorkerSettingsUnsuitable);
        assert!(is_told, "{pages}");
        status.next.map(|it| it.to_string())
    };
    let add = "oc etcd add-machine --zone us-east-1a,us-east-1b,us-east-1c";
    assert_eq!(next(1), Some(add.to_owned()));
    assert_eq!(next(12), Some(format!("{add} --instance-type m6i.2xlarge")));
    // The finding says what to choose.
    assert_eq!(next(64), None);
}

/// A MachineSet that makes machines at the edge, as openshift-installer makes it.
fn edge_set(zone: &str) -> Object {
    let value = json!({
        "placement": {"availabilityZone": zone, "region": "us-east-1"},
        "subnet": {"id": "subnet-0edge"},
    });
    let metadata = json!({"labels": {"node-role.kubernetes.io/edge": ""}});
    let template = json!({"spec": {"metadata": metadata, "providerSpec": {"value": value}}});
    let name = format!("lab-x99n4-edge-{zone}");
    Object::new(ObjectRef::namespaced(Kind::MachineSet, names::MACHINE_NAMESPACE, name))
        .with("spec", json!({"template": template}))
}

/// A MachineSet for machines with a public IP address has a public subnet, from which another machine has no way out.
#[test]
fn a_subnet_that_needs_a_public_address_is_taken_last_and_named() {
    let zone = "us-east-1d";
    let set = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut body = edge_set(zone).into_body();
        body["metadata"]["name"] = name.into();
        let spec = &mut body["spec"]["template"]["spec"];
        spec["metadata"] = json!({});
        let value = &mut spec["providerSpec"]["value"];
        value["subnet"] = json!({"id": format!("subnet-0{name}")});
        change(value);
        Object::from_value(body).unwrap()
    };
    let public = || set("a-public", &|it| it["publicIp"] = true.into());
    let withheld = || set("a-withheld", &|it| it["publicIp"] = json!({"_REDACTED": "x"}));
    let anyone = || set("a-any", &|it| it["subnet"] = json!({}));
    let private = || set("private", &|it| it["publicIp"] = false.into());
    let found = |sets: Vec<Object>| {
        let plan = add(&initialized("4.20").with_objects(sets), &[zone], |_| ());
        let because = plan.steps.first().map(|it| it.because.clone()).unwrap_or_default();
        let taken = because.rsplit("machineset/").next().unwrap().to_owned();
        (taken, told(&plan, Check::ZoneSubnetMismatch))
    };
    let (taken, told) = found(vec![public(), withheld(), anyone(), private()]);
    assert_eq!(taken, "private");
    let others = "other MachineSets in this zone have subnet-0a-public, subnet-0a-withheld";
    assert!(told.len() == 1 && told[0].ends_with(others), "{told:?}");
    for (set, name, word) in
        [(public(), "a-public", "gives"), (withheld(), "a-withheld", "may give")]
    {
        let (taken, told) = found(vec![anyone(), set]);
        assert_eq!(taken, name);
        let words = format!("machineset/{name}, which {word} its machines a public IP address");
        assert!(
            told.len() == 1 && told[0].starts_with("warning") && told[0].contains(&words),
            "{told:?}"
        );
    }
    assert_eq!(found(vec![private()]).1, [""; 0]);
}

/// The subnet of an Outpost is of a zone that is no zone at the edge.
#[test]
fn the_subnet_of_an_outpost_is_not_one_of_its_zone() {
    let label = "node-role.kubernetes.io/outposts";
    let set = edge_set("us-east-1d");
    let mut spec = set.get("/spec").unwrap().clone();
    spec["template"]["spec"]["metadata"]["labels"] = json!({label: ""});
    let snapshot = initialized("4.16").with_objects([set.with("spec", spec)]);
    assert!(!zones::eligible(&snapshot).contains(&"us-east-1d".to_owned()));
    let plan = add(&snapshot, &["us-east-1d"], |_| ());
    assert!(plan.is_blocked() && told(&plan, Check::ZoneUnknown).len() == 1);
}

#[test]
fn a_subnet_leads_to_a_zone_of_the_region_alone() {
    for (zone, is_of_region) in [("us-east-1f", true), ("us-west-2a", false), ("us-east1a", false)]
    {
        for subnet in [None, Some("subnet-0123456789abcdef0")] {
            let subnet = subnet.map(str::to_owned);
            let plan = add(&initialized("4.20"), &[zone], |it| it.subnet.clone_from(&subnet));
            let found = plan.findings.iter().find(|it| it.check == Check::ZoneUnknown);
            assert_eq!(found.is_none(), is_of_region && subnet.is_some(), "{zone}");
            let hint = found.and_then(|it| it.hint.as_deref()).unwrap_or_default();
            assert_eq!(hint.contains("--subnet"), is_of_region && subnet.is_none(), "{zone}");
        }
    }
}

#[test]
fn a_zone_at_the_edge_is_no_place_for_etcd() {
    for zone in ["us-east-1-bos-1a", "us-east-1-wl1-bos-wlz-1"] {
        let snapshot = initialized("4.16").with_objects([edge_set(zone)]);
        let plan = add(&snapshot, &[zone], |_| ());
        assert!(plan.is_blocked());
        assert!(
            told(&plan, Check::EdgeZone)[0]
                .starts_with(&format!("blocker zone {zone}: the zone is a "))
        );
        // The zone is not eligible, and the finding does not depend on what else is known of the zone.
        assert!(!zones::eligible(&snapshot).contains(&zone.to_owned()));
        let report = report(&snapshot, &BTreeSet::new(), TOOL_VERSION);
        let row = report.checks().find(|it| it.check == Check::ZoneSubnetMismatch).unwrap();
        assert!(!row.found.as_ref().unwrap().contains(zone), "{row:?}");
        assert_eq!(told(&add(&initialized("4.16"), &[zone], |_| ()), Check::EdgeZone).len(), 1);

        let ignored = add(&snapshot, &[zone], |it| it.ignored = [Check::EdgeZone].into());
        assert!(!ignored.is_blocked(), "{:?}", ignored.findings);
        let there = snapshot::carried_out(snapshot, &ignored);
        let status = assess(&there, TOOL_VERSION);
        assert_eq!(status.health, Health::Trouble);
        let found = status.findings.iter().find(|it| it.check == Check::EdgeZone).unwrap();
        assert_eq!(found.hint.as_deref(), Some("oc etcd remove-machine lab-x99n4-etcd-0"));
    }
}

#[test]
fn a_control_plane_that_is_not_of_three_masters_is_never_healthy() {
    let infrastructure = ObjectRef::cluster(Kind::Infrastructure, "cluster");
    for topology in ["SingleReplica", "DualReplica", "HighlyAvailableArbiter", "OfTomorrow"] {
        let snapshot = changed(&initialized("4.16"), &infrastructure, |it| {
            it["status"]["controlPlaneTopology"] = topology.into();
        });
        let status = assess(&snapshot, TOOL_VERSION);
        assert_eq!(status.health, Health::Trouble, "{topology}");
        assert!(
            status.findings.iter().any(|it| it.check == Check::ControlPlaneTopologyUnsupported)
        );
        let mut request = snapshot::init_request();
        for is_ignored in [false, true] {
            request.ignored =
                is_ignored.then_some(Check::ControlPlaneTopologyUnsupported).into_iter().collect();
            let ignored = request.ignored.clone();
            let machine = add(&snapshot, &[ZONE], |it| it.ignored = ignored);
            assert_eq!(machine.is_blocked(), !is_ignored, "{topology}");
            assert_eq!(init::plan(&snapshot, &request).is_blocked(), !is_ignored, "{topology}");
        }
        // The way back is open.
        assert!(!teardown::plan(&snapshot).is_blocked(), "{topology}");
    }
}

#[test]
fn a_master_that_was_labeled_etcd_by_hand_is_never_healthy() {
    let snapshot = initialized("4.16");
    let is_master = |it: &&Object| it.label("node-role.kubernetes.io/master").is_some();
    let master = snapshot.all(Kind::Node).find(is_master).unwrap().reference().clone();
    let mixed = changed(&snapshot, &master, |it| {
        it["metadata"]["labels"][names::NODE_ROLE_ETCD] = "".into();
    });
    let status = assess(&mixed, TOOL_VERSION);
    assert_eq!(status.health, Health::Trouble);
    let found = status.findings.iter().find(|it| it.check == Check::MixedRoles).unwrap();
    assert_eq!((found.severity, &found.subject), (Severity::Warning, &master.to_string()));
    assert_eq!(found.hint, Some(format!("oc label {master} node-role.kubernetes.io/etcd-").into()));
    // Its member of etcd is a master's.
    let members =
        status.findings.iter().find(|it| it.check == Check::EtcdMembersUnmanaged).unwrap();
    let expected = "none of etcd's 3 members runs on nodes with the role etcd alone";
    assert!(members.message.starts_with(expected), "{}", members.message);
}

#[test]
fn a_node_that_was_labeled_etcd_by_hand_keeps_init_from_creating_the_pool() {
    for role in ["node-role.kubernetes.io/master", "node-role.kubernetes.io/worker"] {
        for (snapshot, severity) in [
            (snapshot::load("4.20", &[]), Severity::Blocker),
            (initialized("4.20"), Severity::Warning),
        ] {
            let is_it = |it: &&Object| it.label(role).is_some();
            let node = snapshot.all(Kind::Node).find(is_it).unwrap().reference().clone();
            let labeled = changed(&snapshot, &node, |it| {
                it["metadata"]["labels"][names::NODE_ROLE_ETCD] = "".into();
            });
            let plan = init::plan(&labeled, &snapshot::init_request());
            let told: Vec<(Check, Severity, &str)> = plan
                .findings
                .iter()
                .filter(|it| matches!(it.check, Check::MixedRoles | Check::StaleAfterUpgrade))
                .map(|it| (it.check, it.severity, it.subject.as_str()))
                .collect();
            assert_eq!(told, [(Check::MixedRoles, severity, node.to_string().as_str())], "{role}");
            let status = assess(&labeled, TOOL_VERSION);
            let is_told = |it: &&Finding| it.check == Check::MixedRoles;
            let found: Vec<&Finding> = status.findings.iter().filter(is_told).collect();
            assert_eq!(found.len(), 1, "{role}");
            assert_eq!(found[0].severity, Severity::Warning, "{role}");
        }
    }
}

/// A change of an object.
type Edit<'a> = &'a dyn Fn(&mut Value);

#[test]
fn a_master_that_does_not_run_is_the_last_one_to_be_copied() {
    let snapshot = initialized("4.20");
    let masters: Vec<ObjectRef> =
        snapshot.machines_of(names::MASTER).map(|it| it.reference().clone()).collect();
    let failed =
        |it: &mut Value| it["status"] = json!({"phase": "Failed", "errorMessage": "no subnet"});
    let deleted =
        |it: &mut Value| it["metadata"]["deletionTimestamp"] = "2024-08-21T11:00:00Z".into();
    let provisioned = |it: &mut Value| it["status"] = json!({"phase": "Provisioned"});
    let mut without_nodes = snapshot.clone();
    for it in snapshot.all(Kind::Node) {
        without_nodes.remove(it.reference());
    }
    let cases: [(&Snapshot, Edit<'_>, &str); 3] = [
        (&snapshot, &failed, "is Failed (no subnet)"),
        (&snapshot, &deleted, "is being deleted"),
        (&without_nodes, &provisioned, "has no Node"),
    ];
    for (snapshot, change, words) in cases {
        let one = changed(snapshot, &masters[0], change);
        let plan = add(&one, &[ZONE], |_| ());
        assert!(plan.steps[0].because.contains("copy of lab-x99n4-master-1"), "{:?}", plan.steps);
        assert_eq!(told(&plan, Check::SourceUnexpected), [""; 0]);
        let all = masters.iter().fold(snapshot.clone(), |all, it| changed(&all, it, change));
        let found = told(&add(&all, &[ZONE], |_| ()), Check::SourceUnexpected);
        let start =
            format!("warning machine/lab-x99n4-master-0: the Machine {words}, and no other");
        assert!(found.len() == 1 && found[0].starts_with(&start), "{found:?}");
    }
}

#[test]
fn with_masters_of_another_architecture_the_next_command_has_an_instance_type() {
    let arm = |it: &mut Value| it["status"]["nodeInfo"]["architecture"] = "arm64".into();
    let before = with_masters(&initialized("4.20"), |it| it["instanceType"] = "m7g.2xlarge".into());
    let nodes: Vec<ObjectRef> = before.all(Kind::Node).map(|it| it.reference().clone()).collect();
    let snapshot = nodes.iter().fold(before, |all, it| changed(&all, it, arm));
    let next = assess(&snapshot, TOOL_VERSION).next.unwrap().to_string();
    let zones = "us-east-1a,us-east-1b,us-east-1c";
    assert_eq!(next, format!("oc etcd add-machine --zone {zones} --instance-type m7g.2xlarge"));
    let report = report(&snapshot, &BTreeSet::new(), TOOL_VERSION);
    let row = report.checks().find(|it| it.check == Check::InstanceArchitectureMismatch).unwrap();
    assert_eq!(row.verdict, Verdict::Passed);
    let plan = add(&snapshot, &[ZONE], |_| ());
    let is_it = |it: &&Finding| it.check == Check::InstanceArchitectureMismatch;
    let hint = plan.findings.iter().find(is_it).unwrap().hint.as_ref().unwrap().to_string();
    assert_eq!(hint, "set an instance type of arm64 with --instance-type, such as m7g.2xlarge");
    let plan = add(&snapshot, &[ZONE], |it| it.instance_type = "m7g.2xlarge".to_owned());
    assert_eq!(told(&plan, Check::InstanceArchitectureMismatch), [""; 0]);
}

#[test]
fn a_subnet_that_is_one_of_several_in_its_zone_is_named() {
    let snapshot = initialized("4.20");
    assert_eq!(told(&add(&snapshot, &[ZONE], |_| ()), Check::ZoneSubnetMismatch), [""; 0]);
    let second =
        snapshot.machines_of(names::MASTER).nth(1).map(|it| it.reference().clone()).unwrap();
    let several = changed(&snapshot, &second, |it| {
        let spec = &mut it["spec"]["providerSpec"]["value"];
        spec["placement"]["availabilityZone"] = ZONE.into();
        spec["subnet"] = json!({"id": "subnet-0second"});
    });
    let found = told(&add(&several, &[ZONE], |_| ()), Check::ZoneSubnetMismatch);
    let [note] = &found[..] else { panic!("{found:?}") };
    assert!(note.starts_with("note zone us-east-1a: the machine gets the subnet "), "{note}");
    assert!(note.contains("other masters in this zone have subnet-0second"), "{note}");
    let plan = add(&several, &[ZONE], |it| it.subnet = Some("subnet-0second".to_owned()));
    assert_eq!(told(&plan, Check::ZoneSubnetMismatch), [""; 0]);
}

#[test]
fn in_a_cluster_of_one_or_two_zones_a_zone_gets_another_machine() {
    let snapshot = initialized("4.20");
    let in_zones = |of: [&str; 3]| {
        let masters: Vec<ObjectRef> =
            snapshot.machines_of(names::MASTER).map(|it| it.reference().clone()).collect();
        masters.iter().zip(of).fold(snapshot.clone(), |all, (master, zone)| {
            changed(&all, master, |it| {
                let spec = &mut it["spec"]["providerSpec"]["value"];
                spec["placement"]["availabilityZone"] = zone.into();
                spec["subnet"] = json!({"id": format!("subnet-{zone}")});
            })
        })
    };
    let with = |before: Snapshot, zones: &[&str], another: Another| {
        let plan = add(&before, zones, |it| it.another = another);
        snapshot::carried_out(before, &plan)
    };
    let one = in_zones([ZONE; 3]);
    assert_eq!(zones::with_another_machine(&one), None);
    let mut one = with(one, &[ZONE], Another::No);
    for _ in 0..2 {
        assert_eq!(zones::without_machine(&one), [""; 0]);
        assert_eq!(zones::with_another_machine(&one), Some(ZONE));
        one = with(one, &[ZONE], Another::Yes);
    }
    assert_eq!(zones::with_another_machine(&one), None);
    let two = in_zones([ZONE, "us-east-1b", ZONE]);
    let two = with(two, &[ZONE], Another::No);
    assert_eq!(zones::with_another_machine(&two), None);
    let two = with(two, &["us-east-1b"], Another::No);
    assert_eq!(zones::with_another_machine(&two), Some(ZONE));
}

/// The cluster with the Machines that a plan makes, each with this status.
fn carried_out(snapshot: &Snapshot, plan: &Plan, status: &Value) -> Snapshot {
    let made = plan.manifests().map(|it| it.clone().with("status", status.clone()));
    snapshot.clone().with_objects(made.collect::<Vec<_>>())
}

#[test]
fn a_machine_that_is_ignored_is_no_machine_of_its_zone() {
    let there = initialized("4.20");
    let first = add(&there, &[ZONE], |_| ());
    let failed = carried_out(&there, &first, &json!({"phase": "Failed", "errorMessage": "no"}));
    let plan = add(&failed, &[ZONE], |_| ());
    assert!(plan.is_blocked());
    let ignoring = |check, name: Option<String>| {
        move |it: &mut AddMachineRequest| {
            it.ignored = BTreeSet::from([check]);
            it.name = name;
        }
    };
    let plan = add(&failed, &[ZONE], ignoring(Check::MachineFailed, None));
    assert!(!plan.is_blocked() && plan.manifests().count() == 1, "{:?}", plan.findings);
    assert!(told(&plan, Check::MachineFailed)[0].ends_with("(ignored)"));
    // The name is taken.
    let name = first.manifests().next().unwrap().name().to_owned();
    assert!(add(&failed, &[ZONE], ignoring(Check::MachineFailed, Some(name))).is_blocked());
    // Nothing is known of the subnet there.
    let plan = add(&there, &["us-east-1-bos-1a"], ignoring(Check::EdgeZone, None));
    assert!(plan.is_blocked() && told(&plan, Check::EdgeZone).is_empty());
}

#[test]
fn a_machine_that_failed_is_none_whoever_made_it() {
    let there = initialized("4.20");
    let first = add(&there, &[ZONE], |_| ());
    let failed = carried_out(&there, &first, &json!({"phase": "Failed", "errorMessage": "no"}));
    let name = first.manifests().next().unwrap().reference().clone();
    let foreign = changed(&failed, &name, |it| {
        let labels = it["metadata"]["labels"].as_object_mut().unwrap();
        labels.retain(|key, _| !key.contains("managed-by"));
    });
    let plan = add(&foreign, &[ZONE], |_| ());
    assert!(plan.is_blocked() && told(&plan, Check::MachineFailed).len() == 1);
}

#[test]
fn no_machine_boots_with_copies_that_init_would_refresh() {
    let before = snapshot::load("4.16", &[]);
    for (layout, is_refused) in [(Layout::Documented, true), (Layout::Inherit, false)] {
        let mut request = snapshot::init_request();
        request.layout = LayoutChoice::Only(layout);
        let plan = init::plan(&before, &request);
        let there = snapshot::carried_out(before.clone(), &plan);
        let there = snapshot::rendered(snapshot::generated(there));
        assert!(!add(&there, &[ZONE], |_| ()).is_blocked(), "{layout}");
        let source = ObjectRef::cluster(Kind::MachineConfig, "01-master-kubelet");
        let upgraded = changed(&there, &source, |it| {
            it["spec"]["config"]["systemd"]["units"][0]["enabled"] = false.into();
        });
        let plan = add(&upgraded, &[ZONE], |_| ());
        let found = told(&plan, Check::StaleAfterUpgrade);
        assert_eq!((plan.is_blocked(), !found.is_empty()), (is_refused, is_refused), "{found:?}");
        let ignored = |it: &mut AddMachineRequest| {
            it.ignored = BTreeSet::from([Check::StaleAfterUpgrade]);
        };
        assert!(!add(&upgraded, &[ZONE], ignored).is_blocked(), "{layout}");
    }
}

#[test]
fn a_volume_that_the_least_quota_of_etcd_fills_is_told() {
    let there = initialized("4.20");
    for (size, is_told) in [(8, true), (16, true), (17, false), (64, false)] {
        let plan = add(&there, &[ZONE], |it: &mut AddMachineRequest| it.volume.size = size);
        let found = plan.findings.iter().find(|it| it.check.id() == "volume-too-small");
        let severity = found.map(|it| it.severity);
        assert_eq!(severity, is_told.then_some(Severity::Warning), "{size}");
    }
}

#[test]
fn settings_that_an_existing_machine_does_not_get_are_told() {
    let there = initialized("4.20");
    let of = |size: u32| {
        move |it: &mut AddMachineRequest| {
            it.instance_type = "m6i.2xlarge".to_owned();
            it.volume.size = size;
            it.volume.iops = Some(4000);
        }
    };
    let running = json!({"phase": "Provisioning"});
    let made = carried_out(&there, &add(&there, &[ZONE], of(100)), &running);
    let unmet = |plan: Plan| told(&plan, Check::MachineDiffers);
    assert_eq!(unmet(add(&made, &[ZONE], |_| ())), [""; 0]);
    assert_eq!(unmet(add(&made, &[ZONE], of(100))), [""; 0]);
    assert!(unmet(add(&made, &[ZONE], of(200)))[0].ends_with("are not applied: volume"));
    let other = |it: &mut AddMachineRequest| it.instance_type = "r6i.xlarge".to_owned();
    assert!(unmet(add(&made, &[ZONE], other))[0].ends_with("are not applied: instance type"));
    let tenancy = |it: &mut AddMachineRequest| it.options.tenancy = Some("dedicated".to_owned());
    assert!(unmet(add(&made, &[ZONE], tenancy))[0].ends_with("are not applied: options"));
    let named = |it: &mut AddMachineRequest| it.name = Some("other".to_owned());
    assert!(unmet(add(&made, &[ZONE], named))[0].ends_with("are not applied: name"));
    // The next machine is like the first one.
    let next = assess(
        &carried_out(
            &there,
            &add(&there, &[ZONE], of(100)),
            &json!({
                "phase": "Failed", "errorMessage": "no",
            }),
        ),
        TOOL_VERSION,
    );
    let failed = next.findings.iter().find(|it| it.check == Check::MachineFailed).unwrap();
    let again = "--zone us-east-1a --instance-type m6i.2xlarge --volume-size 100 --iops 4000";
    assert!(failed.hint.as_deref().unwrap().ends_with(again), "{:?}", failed.hint);
}
