//! What holds for every cluster and every choice: planning twice is planning once, and a copy is its
//! source but for what is meant to differ.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use oc_etcd::check::Check;
use oc_etcd::derive::disk::Disk;
use oc_etcd::derive::machine_config::{FIRST_BOOT_UNITS, KUBELET_UNIT};
use oc_etcd::derive::pool::RequiredForUpgrade;
use oc_etcd::model::kind::Kind;
use oc_etcd::model::layout::Layout;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::plan::add_machine::{self, AddMachineRequest};
use oc_etcd::plan::first_boot::FirstBoot;
use oc_etcd::plan::init::{self, InitRequest};
use oc_etcd::plan::{Change, LayoutChoice, Plan};
use oc_etcd_lab::captured::RELEASES;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::captured::parts;
use crate::snapshot::{self, TOOL_VERSION};
use crate::unexpected::config;

/// Clusters with the variants that fit them; read once.
static CLUSTERS: LazyLock<Vec<(&str, Snapshot)>> = LazyLock::new(|| {
    let ours = ["4.10", "4.16", "4.20"].map(|name| (name, snapshot::load(name, &[])));
    let captured = RELEASES.iter().filter_map(|&name| Some((name, snapshot::load_captured(name)?)));
    ours.into_iter().chain(captured).collect()
});

const VARIANTS: [&str; 8] = [
    "subnet-by-id",
    "fips",
    "user-machine-configs",
    "operator-generated",
    "registries-annotated",
    "move-etcd-disk",
    "master-pool-updating",
    "zone-by-machineset",
];

/// What each variant changes, on the cluster that it fits; read once.
static CHANGES: LazyLock<BTreeMap<&str, Vec<Object>>> = LazyLock::new(|| {
    let plain = snapshot::load("4.16", &[]);
    let changes = |variant: &str| -> Vec<Object> {
        let varied = snapshot::load("4.16", &[variant]);
        let all = Kind::ALL.into_iter().flat_map(|kind| varied.all(kind));
        all.filter(|it| plain.get(it.reference()) != Some(it)).cloned().collect()
    };
    VARIANTS.into_iter().map(|variant| (variant, changes(variant))).collect()
});

/// When the operator makes the etcd pool's `99-etcd-generated-registries`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operator {
    InTime,
    /// Not yet, and its time is not over.
    Waiting,
    /// Never; what the plan said is made in its place.
    Late,
}

/// A cluster, changed at random, and what is asked of it.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    cluster: usize,
    variants: Vec<&'static str>,
    extra: Vec<(String, Value)>,
    unknown: Option<(String, Value)>,
    pub(crate) request: InitRequest,
    operator: Operator,
}

impl Scene {
    pub(crate) fn snapshot(&self) -> Snapshot {
        let (name, base) = &CLUSTERS[self.cluster % CLUSTERS.len()];
        // 4.10 has no ControlPlaneMachineSet, which most variants bring.
        let variants = if *name == "4.10" { &[] } else { &self.variants[..] };
        let varied = variants.iter().flat_map(|variant| &CHANGES[variant]);
        let snapshot = base.clone().with_objects(varied.cloned());
        let extra = self.extra.iter().map(|(name, spec)| {
            Object::new(ObjectRef::cluster(Kind::MachineConfig, name.as_str()))
                .with_labels([(names::MACHINE_CONFIG_ROLE, names::MASTER)])
                .with("spec", spec.clone())
        });
        let snapshot = snapshot.with_objects(extra.collect::<Vec<_>>());
        let Some((field, value)) = &self.unknown else { return snapshot };
        let known = snapshot.clone();
        let of_masters = known.machine_configs_of(names::MASTER).chain(known.pool(names::MASTER));
        let changed: Vec<Object> = of_masters
            .chain(known.machines_of(names::MASTER))
            .map(|it| {
                let mut spec = it.get("/spec").cloned().unwrap_or_default();
                spec[field] = value.clone();
                it.clone().with("spec", spec)
            })
            .collect();
        snapshot.with_objects(changed)
    }
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z=/ ]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-zA-Z]{1,8}", inner, 0..3).prop_map(|map| json!(map)),
        ]
    })
}

/// A MachineConfig as an admin writes it, with a field that nobody knows.
fn machine_config() -> impl Strategy<Value = (String, Value)> {
    let name = "(99-master-[a-z]{1,6}|[a-z]{3,8}|50-[a-z]{1,4}-master)";
    let arguments = subsequence(vec!["audit=1", "nosmt", "psi=1"], 0..3);
    (name, json(), arguments, any::<bool>()).prop_map(|(name, unknown, arguments, fips)| {
        let file = json!({"path": format!("/etc/{name}"), "contents": {"source": "data:,x"}, "of": unknown});
        let config = json!({"ignition": {"version": "3.2.0"}, "storage": {"files": [file]}});
        let mut spec = json!({"config": config, "kernelArguments": arguments, "fieldOfTomorrow": unknown});
        if fips {
            spec["fips"] = true.into();
        }
        (name, spec)
    })
}

fn request() -> impl Strategy<Value = InitRequest> {
    let layout = select(vec![
        LayoutChoice::Auto,
        LayoutChoice::Only(Layout::Documented),
        LayoutChoice::Only(Layout::Inherit),
    ]);
    let first_boot =
        prop::option::of(select(vec![FirstBoot::Auto, FirstBoot::Remove, FirstBoot::Keep]));
    let disk = prop::option::of(select(vec![Disk::Probe, Disk::Device("/dev/nvme1n1".to_owned())]));
    let required = prop::option::of(select(vec![RequiredForUpgrade::Yes, RequiredForUpgrade::No]));
    (layout, first_boot, disk, required).prop_map(|(layout, first_boot, disk, required)| {
        let mut request = snapshot::init_request();
        request.layout = layout;
        request.first_boot = first_boot;
        request.disk = disk;
        request.required_for_upgrade = required;
        request.ignored = Check::ALL.iter().copied().filter(|it| it.is_ignorable()).collect();
        request
    })
}

pub(crate) fn scene() -> impl Strategy<Value = Scene> {
    let operator = select(vec![Operator::InTime, Operator::Waiting, Operator::Late]);
    let unknown = prop::option::of(("[a-z]{3,8}Of[A-Z][a-z]{2,5}", json()));
    (
        0..6_usize,
        subsequence(VARIANTS.to_vec(), 0..3),
        prop::collection::vec(machine_config(), 0..3),
        unknown,
        request(),
        operator,
    )
        .prop_map(|(cluster, variants, extra, unknown, request, operator)| Scene {
            cluster,
            variants,
            extra,
            unknown,
            request,
            operator,
        })
}

/// The cluster after a plan was carried out, and the operator had its time or not.
pub(crate) fn after(scene: &Scene, before: Snapshot, plan: &Plan) -> Snapshot {
    let mut snapshot = snapshot::carried_out(before, plan);
    let fallback = plan.steps.iter().find_map(|step| match &step.change {
        Change::LeftToOperator { fallback } => fallback.clone(),
        _ => None,
    });
    match (scene.operator, fallback) {
        (Operator::InTime, Some(_)) => snapshot = snapshot::generated(snapshot),
        (Operator::Late, Some(fallback)) => {
            snapshot.insert(snapshot::stored(&fallback, None));
            snapshot.read_at += jiff::SignedDuration::from_mins(5);
        }
        _ => {}
    }
    snapshot::rendered(snapshot)
}

pub(crate) fn writes(plan: &Plan) -> Vec<String> {
    let line = |step: &oc_etcd::plan::Step| {
        format!("{} {}: {}", step.change.word(), step.object, step.because)
    };
    plan.writes().map(line).collect()
}

/// Whether a part of a source is to be in its copy.
fn is_kept(name: &str) -> bool {
    let is_first_boot = |unit: &str| FIRST_BOOT_UNITS.contains(&unit);
    !["spec.osImageURL", "spec.baseOSExtensionsContainerImage"].contains(&name)
        && !name.strip_prefix("unit ").is_some_and(is_first_boot)
}

/// A unit with its kubelet's two flags blanked out.
fn without_role_flags(unit: &Value) -> Value {
    let contents = unit["contents"].as_str().unwrap_or_default();
    let lines = contents.lines().map(|line| {
        let flags = ["--node-labels=", "--register-with-taints="];
        let at = flags.iter().find_map(|flag| Some(line.find(flag)? + flag.len()));
        at.map_or(line, |at| &line[..at])
    });
    let mut unit = unit.clone();
    unit["contents"] = lines.collect::<Vec<_>>().join("\n").into();
    unit
}

proptest! {
    #![proptest_config(config(96))]

    #[test]
    fn planning_over_what_was_planned_changes_nothing(scene in scene()) {
        let before = scene.snapshot();
        let plan = init::plan(&before, &scene.request);
        prop_assume!(!plan.is_blocked());
        let after = after(&scene, before, &plan);
        let again = init::plan(&after, &scene.request);
        prop_assert_eq!(writes(&again), Vec::<String>::new());
        // Nor does a plain `init`, which must not undo a choice.
        let mut plain = snapshot::init_request();
        plain.ignored = scene.request.ignored.clone();
        let plain = init::plan(&after, &plain);
        prop_assert_eq!(writes(&plain), Vec::<String>::new());
        prop_assert!(!plain.is_blocked(), "{:?}", plain.findings);

        let wish = AddMachineRequest::new(vec!["us-east-1a".to_owned()], TOOL_VERSION);
        let machines = add_machine::plan(&after, &wish);
        prop_assert!(!machines.is_blocked(), "{:?}", machines.findings);
        prop_assert_eq!(machines.writes().count(), 1);
        let after = snapshot::carried_out(after, &machines);
        prop_assert_eq!(writes(&add_machine::plan(&after, &wish)), Vec::<String>::new());
    }

    #[test]
    fn a_copy_is_its_source_but_for_what_is_listed(scene in scene()) {
        let before = scene.snapshot();
        let plan = init::plan(&before, &scene.request);
        for copy in plan.manifests().filter(|it| it.reference().kind == Kind::MachineConfig) {
            let reference = copy.annotation(names::SOURCE).unwrap();
            let Some(source) = reference.strip_prefix("machineconfig/") else { continue };
            let source = before.machine_config(source).unwrap();
            let (old, new) = (parts(&source.body()["spec"]), parts(&copy.body()["spec"]));
            let is_inherit = plan.layout.unwrap().layout == Layout::Inherit;
            let kubelet = format!("unit {KUBELET_UNIT}");
            for (name, value) in &old {
                if is_inherit && *name != kubelet && name != "spec.config.ignition.version" {
                    prop_assert!(!new.contains_key(name), "{reference}: {name}");
                } else if source.name() == "01-master-kubelet" && *name == kubelet {
                    let kept = new.get(name).map(without_role_flags);
                    prop_assert_eq!(kept, Some(without_role_flags(value)), "{}: {}", reference, name);
                } else if is_kept(name) {
                    prop_assert_eq!(new.get(name), Some(value), "{}: {}", reference, name);
                } else {
                    prop_assert!(new.get(name).is_none_or(|it| it == value), "{reference}: {name}");
                }
            }
            prop_assert!(new.keys().all(|name| old.contains_key(name)), "{reference}");
        }
    }
}
