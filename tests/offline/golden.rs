//! What is planned and shown for the clusters of `tests/fixtures`, as files under tests/golden.

use std::sync::LazyLock;

use oc_etcd::derive::disk::Disk;
use oc_etcd::derive::pool::RequiredForUpgrade;
use oc_etcd::derive::user_data;
use oc_etcd::diff;
use oc_etcd::model::layout::Layout;
use oc_etcd::model::object::Object;
use oc_etcd::model::snapshot::Snapshot;
use oc_etcd::model::{names, yaml};
use oc_etcd::plan::add_machine::{self, AddMachineRequest, Another};
use oc_etcd::plan::first_boot::FirstBoot;
use oc_etcd::plan::init::{self, InitRequest};
use oc_etcd::plan::{Change, LayoutChoice, Plan};
use oc_etcd::redact::policy::{Policy, Sensitivity};
use oc_etcd::redact::salt::Salt;
use oc_etcd::report::style::Style;
use oc_etcd::report::{self, Format};
use oc_etcd::status::assess;

use crate::golden_file::{self, Folder};
use crate::snapshot::{self, TOOL_VERSION};
use crate::{captured, checks, from, help, removal};

/// The salt is the same in every run, as it is in no other.
const POLICY: Policy = Policy {
    sensitivity: Sensitivity::Withheld,
    salt: Salt::new(*b"the salt of the golden files ..."),
};

/// A cluster and what is asked of it; the folder is named after the case.
struct Case {
    name: &'static str,
    cluster: &'static str,
    variants: &'static [&'static str],
    flags: fn(&mut InitRequest),
    shown: Shown,
}

/// How much of a case is kept.
enum Shown {
    /// The plan of `init`.
    Plan,
    /// The plan and every object in it.
    Objects,
    /// The plan, every object, `status`, and `add-machine` for these zones.
    Everything(&'static [&'static str]),
    /// The plan of `init`, and `add-machine` for these zones after it.
    Machines(&'static [&'static str]),
    /// What `init` and `status` say once the sources have moved below what `init` made.
    Drift(&'static str),
}

const CASES: &[Case] = &[
    case("4.10", "4.10", &[], Shown::Everything(ZONES)),
    case("4.16", "4.16", &[], Shown::Everything(ZONES)),
    case("4.20", "4.20", &[], Shown::Everything(ZONES)),
    case("4.10-documented", "4.10", &[], Shown::Everything(ZONES)).with(documented),
    case("4.16-documented", "4.16", &[], Shown::Everything(ZONES)).with(documented),
    case("4.20-documented", "4.20", &[], Shown::Plan).with(documented),
    case("4.16-every-flag", "4.16", &[], Shown::Objects).with(every_flag),
    case("4.16-subnet-by-id", "4.16", &["subnet-by-id"], Shown::Machines(ZONES)),
    case(
        "4.16-zone-by-machineset",
        "4.16",
        &["zone-by-machineset"],
        Shown::Machines(&["us-east-1d"]),
    ),
    case("4.16-zone-by-cpms", "4.16", &["zone-by-cpms"], Shown::Machines(&["us-east-1e"])),
    case("4.16-fips", "4.16", &["fips"], Shown::Plan).with(documented),
    case("4.20-fips", "4.20", &["fips"], Shown::Plan),
    case("4.16-user-machine-configs", "4.16", &["user-machine-configs"], Shown::Plan)
        .with(documented),
    case("4.20-user-machine-configs", "4.20", &["user-machine-configs"], Shown::Plan),
    case("4.16-move-etcd-disk", "4.16", &["move-etcd-disk"], Shown::Plan).with(documented),
    case("4.20-move-etcd-disk", "4.20", &["move-etcd-disk"], Shown::Plan),
    case("4.16-operator-generated", "4.16", &["operator-generated"], Shown::Plan).with(documented),
    case("4.20-operator-generated", "4.20", &["operator-generated"], Shown::Plan),
    case("4.16-registries-annotated", "4.16", &["registries-annotated"], Shown::Plan)
        .with(documented),
    case("4.16-upgraded", "4.16", &["upgraded-4.16"], Shown::Plan).with(documented),
    case("4.16-upgrading", "4.16", &["upgrading-4.16"], Shown::Plan).with(documented),
    case("4.20-upgrading", "4.20", &["upgrading"], Shown::Plan),
    case("4.16-master-pool-updating", "4.16", &["master-pool-updating"], Shown::Plan),
    case("4.16-foreign-pool", "4.16", &["foreign-pool"], Shown::Plan),
    case("4.16-hosted", "4.16", &["hosted"], Shown::Machines(&["us-east-1a"])),
    case("4.16-not-aws-gcp", "4.16", &["not-aws-gcp"], Shown::Machines(&["us-east1-b"])),
    case("4.16-no-machines", "4.16", &["no-machines"], Shown::Machines(&["us-east-1a"])),
    case("4.16-sources-upgraded", "4.16", &[], Shown::Drift("sources-upgraded-4.16"))
        .with(documented),
    case("4.20-sources-upgraded", "4.20", &[], Shown::Drift("sources-upgraded-4.20")),
];

/// What each case comes to, worked out once.
static FOLDERS: LazyLock<Vec<Folder>> = LazyLock::new(|| CASES.iter().map(Case::folder).collect());

const ZONES: &[&str] = &["us-east-1a", "us-east-1b", "us-east-1z"];

const fn case(
    name: &'static str,
    cluster: &'static str,
    variants: &'static [&'static str],
    shown: Shown,
) -> Case {
    Case { name, cluster, variants, flags: |_| {}, shown }
}

impl Case {
    const fn with(self, flags: fn(&mut InitRequest)) -> Self {
        Self {
            name: self.name,
            cluster: self.cluster,
            variants: self.variants,
            flags,
            shown: self.shown,
        }
    }

    fn request(&self) -> InitRequest {
        let mut request = snapshot::init_request();
        (self.flags)(&mut request);
        request
    }

    fn folder(&self) -> Folder {
        let mut folder = Folder::new(self.name);
        let before = snapshot::load(self.cluster, self.variants);
        let plan = init::plan(&before, &self.request());
        let after = snapshot::carried_out(before.clone(), &plan);
        if let Shown::Drift(variant) = self.shown {
            let sources = snapshot::load(self.cluster, &[variant]);
            let moved = sources.all(oc_etcd::model::kind::Kind::MachineConfig).cloned();
            let drifted = snapshot::rendered(snapshot::generated(after)).with_objects(moved);
            add_plan(&mut folder, &init::plan(&drifted, &self.request()));
            folder.add("status.txt", status(&drifted));
            let plan = init::plan(&drifted, &self.request());
            folder.add("diff.txt", diff(&drifted, &plan, Format::Human));
            folder.add("diff.json", diff(&drifted, &plan, Format::Json));
            folder.add("check.txt", checks::told(&drifted, Format::Human));
            return folder;
        }
        add_plan(&mut folder, &plan);
        folder.add("check.txt", checks::told(&before, Format::Human));
        let rendered = snapshot::rendered(snapshot::generated(after.clone()));
        match self.shown {
            Shown::Plan | Shown::Drift(_) => {}
            Shown::Objects => add_objects(&mut folder, &plan),
            Shown::Machines(zones) => add_machines(&mut folder, &rendered, zones),
            Shown::Everything(zones) => {
                add_objects(&mut folder, &plan);
                add_machines(&mut folder, &rendered, zones);
                let early = add_machine::plan(&before, &machine_request(&zones[..1]));
                folder.add("add-machine-before-init.txt", text(&early, Format::Human));
                folder.add("diff.txt", diff(&before, &plan, Format::Human));
                folder.add("status-before-init.txt", status(&before));
                folder.add("status-after-init.txt", status(&after));
                folder.add("status-rendered.txt", status(&rendered));
                folder.add("check.json", checks::told(&before, Format::Json));
                folder.add("check-rendered.txt", checks::told(&rendered, Format::Human));
            }
        }
        folder
    }
}

fn documented(request: &mut InitRequest) {
    request.layout = LayoutChoice::Only(Layout::Documented);
}

fn every_flag(request: &mut InitRequest) {
    documented(request);
    request.first_boot = Some(FirstBoot::Keep);
    request.disk = Some(Disk::Device("/dev/nvme1n1".to_owned()));
    request.required_for_upgrade = Some(RequiredForUpgrade::No);
}

fn machine_request(zones: &[&str]) -> AddMachineRequest {
    AddMachineRequest::new(zones.iter().map(|&it| it.to_owned()).collect(), TOOL_VERSION)
}

fn text(plan: &Plan, format: Format) -> String {
    let mut out = Vec::new();
    report::plan::write(plan, format, &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn status(snapshot: &Snapshot) -> String {
    let mut out = Vec::new();
    let status = assess(snapshot, TOOL_VERSION);
    report::status::write(&status, Format::Human, &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn diff(snapshot: &Snapshot, plan: &Plan, format: Format) -> String {
    let changes = diff::changes(snapshot, plan, POLICY);
    let mut out = Vec::new();
    report::diff::write((plan, &changes), format, &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn add_plan(folder: &mut Folder, plan: &Plan) {
    folder.add("plan.txt", text(plan, Format::Human));
    folder.add("plan.json", text(plan, Format::Json));
}

/// Every object of a plan, what stands in for the operator included, with user data decoded beside it.
fn add_objects(folder: &mut Folder, plan: &Plan) {
    let fallbacks = plan.steps.iter().filter_map(|step| match &step.change {
        Change::LeftToOperator { fallback } => fallback.as_ref(),
        _ => None,
    });
    for object in plan.manifests().chain(fallbacks) {
        add_object(folder, object);
        if object.name() == names::ETCD_USER_DATA {
            let config = user_data::decode(object).unwrap();
            let config = serde_json::to_string_pretty(&config).unwrap();
            folder.add("secret-etcd-user-data.userData.json", format!("{config}\n"));
        }
    }
}

fn add_object(folder: &mut Folder, object: &Object) {
    let name = object.reference().to_string().replace('/', "-");
    folder.add(format!("{name}.yaml"), yaml::to_string(object.body()).unwrap());
}

/// `add-machine` for each zone alone and, where there are several, for the first two and once more
/// after they are there.
fn add_machines(folder: &mut Folder, snapshot: &Snapshot, zones: &[&str]) {
    for zone in zones {
        let plan = add_machine::plan(snapshot, &machine_request(&[zone]));
        folder.add(format!("add-machine-{zone}.txt"), text(&plan, Format::Human));
        for object in plan.manifests() {
            let body = yaml::to_string(object.body()).unwrap();
            folder.add(format!("add-machine-{zone}.yaml"), body);
        }
    }
    let [first, second, ..] = zones else { return };
    let plan = add_machine::plan(snapshot, &machine_request(&[first, second]));
    folder.add("add-machine-two.txt", text(&plan, Format::Human));
    folder.add("add-machine-two.json", text(&plan, Format::Json));
    let after = snapshot::carried_out(snapshot.clone(), &plan);
    let again = add_machine::plan(&after, &machine_request(&[first, second]));
    folder.add("add-machine-two-again.txt", text(&again, Format::Human));
    let mut another = machine_request(&[first]);
    another.another = Another::Yes;
    let another = add_machine::plan(&after, &another);
    folder.add("add-machine-another.txt", text(&another, Format::Human));
}

#[test]
fn every_cluster_gives_the_plan_the_words_and_the_objects_that_are_kept() {
    let complaints: Vec<String> = FOLDERS.iter().flat_map(Folder::complaints).collect();
    golden_file::expect_none(&complaints);
}

#[test]
fn every_folder_of_golden_files_belongs_to_a_case() {
    let mut owned: Vec<String> = CASES.iter().map(|case| case.name.to_owned()).collect();
    owned.extend(captured::folders());
    owned.push(help::FOLDER.to_owned());
    owned.push(crate::perf::screen::FOLDER.to_owned());
    owned.extend(removal::folders());
    owned.push(from::FOLDER.to_owned());
    // tests/apiserver/errors.rs
    owned.push("errors".to_owned());
    for folder in golden_file::folders() {
        assert!(owned.contains(&folder), "no test reads tests/golden/{folder}");
    }
}

/// The commands of ours in a text: what follows an arrow or `Next`, up to a comma and a space.
fn advised(text: &str) -> Vec<Vec<String>> {
    let command = |line: &str| {
        let at = line.strip_prefix("  → ").or_else(|| line.strip_prefix("Next "))?;
        let words = at.split(", ").next()?.trim().strip_prefix("oc etcd")?.split_whitespace();
        Some(std::iter::once("oc-etcd").chain(words).map(str::to_owned).collect())
    };
    text.lines().filter_map(command).collect()
}

#[test]
fn every_command_that_is_advised_is_one_that_there_is() {
    let mut commands: Vec<Vec<String>> =
        FOLDERS.iter().flat_map(Folder::texts).flat_map(advised).collect();
    commands.sort();
    commands.dedup();
    assert!(commands.len() > 4, "{commands:?}");
    let wrong: Vec<String> = commands
        .iter()
        .filter(|words| oc_etcd::cli::parse(words.iter().map(Into::into), "oc etcd").is_err())
        .map(|words| words.join(" "))
        .collect();
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn no_plan_and_no_status_shows_a_secret() {
    for case in CASES {
        let before = snapshot::load(case.cluster, case.variants);
        let plan = init::plan(&before, &case.request());
        let after = snapshot::rendered(snapshot::carried_out(before.clone(), &plan));
        let machines = add_machine::plan(&after, &machine_request(&["us-east-1a"]));
        let shown = [
            text(&plan, Format::Human),
            text(&plan, Format::Json),
            text(&machines, Format::Yaml),
            diff(&before, &plan, Format::Human),
            diff(&before, &plan, Format::Json),
            status(&after),
            checks::told(&after, Format::Wide),
            checks::told(&after, Format::Yaml),
            format!("{plan:?}{after:?}"),
        ];
        for text in shown {
            assert!(!text.contains("CANARY"), "{}", case.name);
            // `CANARY` in base64, at each of the three offsets.
            for encoded in ["Q0FOQVJZ", "NBTkFSW", "DQU5BUl"] {
                assert!(!text.contains(encoded), "{}", case.name);
            }
        }
    }
}
