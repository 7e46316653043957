//! Reports etcd Machines whose provider spec is not that of an etcd machine. `add-machine` never writes such a spec: the
//! Machine was made by hand from a master's, as the procedure describes.

use serde_json::Value;

use super::etcd_disk;
use super::finding::{Check, Finding, Severity};
use super::machine_user_data::UserData;
use crate::derive::disk;
use crate::model::field::{Field, Masking, Unknown, is_withheld, masking};
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::openshift::machine::MachineProgress;
use crate::platform::aws;

/// The differences between the provider spec of an etcd Machine and that of an etcd machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// The differences with which the machine never becomes an etcd Node.
    pub fatal: Vec<String>,
    /// The differences that harm an etcd Node, or the cluster.
    pub harmful: Vec<String>,
    /// The differences that may be on purpose.
    risky: Vec<String>,
    /// The fields that are there without a known value, and that still decide on the machine.
    unknown: Vec<String>,
    /// Indicates whether the Node is an etcd Node, so that nothing unknown can keep it from becoming one.
    is_etcd_node: bool,
}

impl Differences {
    /// Compares an etcd Machine. A Machine that has failed or is being deleted is not compared.
    #[must_use]
    pub fn of(snapshot: &Snapshot, machine: &Object) -> Self {
        let progress = MachineProgress::of(machine, snapshot.node_of(machine));
        if matches!(progress, MachineProgress::Failed(_) | MachineProgress::Deleting) {
            return Self::default();
        }
        let is_etcd_node =
            matches!(progress, MachineProgress::Ready | MachineProgress::NotReady(_));
        let mut found = Self { is_etcd_node, ..Self::default() };
        let Some(spec) = aws::provider_spec(machine) else {
            let why = match aws::withheld_part(machine) {
                Some(_) => Unknown::Withheld.to_string(),
                None => "missing or not understood".to_owned(),
            };
            found.unknown.push(format!("spec.providerSpec is {why}"));
            return found;
        };
        // A machine whose Node has registered has not stopped at boot, and a Node that registered as etcd has used the
        // user data of etcd. Of a Node that was not read, the role is unknown.
        let is_other = progress == MachineProgress::WrongRole;
        let may_be_fatal = is_other || snapshot.node_name_of(machine).is_none();
        if !is_etcd_node {
            match UserData::of(snapshot, machine) {
                UserData::Etcd => {}
                UserData::Other(wrong) if may_be_fatal => found.fatal.push(wrong),
                UserData::Other(wrong) => found.harmful.push(wrong),
                UserData::Unread(why) | UserData::Unknown(why) => found.unknown.push(why),
            }
        }
        found.load_balancers(&spec["loadBalancers"]);
        // A Node with another role has booted without the volume of etcd.
        if !is_other {
            found.volumes(snapshot, machine, may_be_fatal, &spec["blockDevices"]);
        }
        match Field::text(&spec["marketType"]) {
            _ if !spec["spotMarketOptions"].is_null() => found.spot(),
            Field::Known("Spot") => found.spot(),
            Field::Absent | Field::Known(_) => {}
            Field::Unknown(why) => found.unknown.push(format!("marketType is {why}")),
        }
        found
    }

    fn spot(&mut self) {
        let words = "the machine is a Spot instance, which AWS can interrupt at any time, and its etcd disk is \
                     then deleted";
        self.risky.push(words.to_owned());
    }

    /// Looks for the load balancers of the API.
    fn load_balancers(&mut self, balancers: &Value) {
        let list = match balancers {
            Value::Null => return,
            Value::Array(list) => list,
            other => return self.unknown.push(format!("loadBalancers is {}", Unknown::of(other))),
        };
        let of_api: Vec<Field<bool>> = list.iter().map(is_of_api).collect();
        if of_api.contains(&Field::Known(true)) {
            let words = "loadBalancers has the load balancers of the API, which then send requests to a machine \
                         without an API server";
            return self.harmful.push(words.to_owned());
        }
        let unknown = of_api.into_iter().find_map(Field::unknown);
        self.unknown.extend(unknown.map(|why| format!("a name in loadBalancers is {why}")));
    }

    /// Compares the volumes: the root volume, and one for etcd. `may_stop` says whether the machine may stop at boot.
    fn volumes(&mut self, snapshot: &Snapshot, machine: &Object, may_stop: bool, devices: &Value) {
        let devices = match devices {
            Value::Null => &[][..],
            Value::Array(list) => list.as_slice(),
            other => {
                return self.unknown.push(format!("blockDevices is {}", Unknown::of(other)));
            }
        };
        if let Some(entry) = devices.iter().find(|it| !it.is_object() || is_withheld(it)) {
            return self
                .unknown
                .push(format!("a volume of blockDevices is {}", Unknown::of(entry)));
        }
        let (root, others) = aws::root_and_others(devices);
        let unnamed = others.iter().find_map(|it| Field::text(&it["deviceName"]).unknown());
        let unnamed = unnamed.filter(|_| root.is_none());
        if let Some(why) = unnamed {
            let words = format!("the name of a volume in blockDevices is {why}");
            return self.unknown.push(words);
        }
        let ours = etcd_disk::ours(snapshot);
        let is_probe = ours.and_then(disk::Disk::of) == Some(disk::Disk::Probe);
        // A pool of another owner may use an instance store volume, or no disk for etcd.
        let may_have_other = ours.is_none()
            || !is_probe && aws::instance_type(machine).is_none_or(aws::has_instance_store);
        match others.len() {
            0 if may_have_other => {}
            0 if may_stop => self.fatal.push(
                "blockDevices has no second volume: the machine finds no empty volume for etcd and stops at \
                 boot"
                    .to_owned(),
            ),
            0 => self.harmful.push(
                "blockDevices has no second volume: the disk of etcd is not one that the Machine API creates \
                 and deletes with the machine"
                    .to_owned(),
            ),
            1 => {}
            several if is_probe && may_stop => self.fatal.push(format!(
                "blockDevices has {several} volumes besides the root volume: the machine cannot tell which \
                 volume is for etcd, and stops at boot"
            )),
            _ => {}
        }
    }

    /// Returns the findings of a Machine, without hints: the differences that are known, and the unknown fields.
    #[must_use]
    pub fn findings(&self, machine: impl std::fmt::Display) -> Vec<Finding> {
        let known = |check: Check, words: Vec<&str>| check.warning(&machine, words.join("; "));
        let words: Vec<&str> = self.fatal.iter().chain(&self.harmful).map(String::as_str).collect();
        let differs = (!words.is_empty()).then(|| known(Check::MachineDiffers, words));
        let risky = self.risky.iter().map(|it| Check::MachineDiffers.note(&machine, it.as_str()));
        let unknown = (!self.unknown.is_empty()).then(|| {
            let message = format!(
                "it is unknown whether the Machine is as add-machine creates it: {}",
                self.unknown.join("; ")
            );
            // An etcd Node shows that the machine became one.
            let worst = if self.is_etcd_node { Severity::Note } else { Severity::Warning };
            Check::MachineDiffers.unknown(&machine, message).at_most(worst)
        });
        differs.into_iter().chain(risky).chain(unknown).collect()
    }
}

/// Returns whether a load balancer is one of the API (installer, `INFRA-int` and `INFRA-ext`).
fn is_of_api(balancer: &Value) -> Field<bool> {
    match Field::text(&balancer["name"]) {
        Field::Known(it) if it.ends_with("-int") || it.ends_with("-ext") => Field::Known(true),
        Field::Known(it) if masking(it) == Masking::None => Field::Known(false),
        Field::Known(_) => Field::Unknown(Unknown::Withheld),
        Field::Absent => Field::Unknown(Unknown::of(balancer)),
        Field::Unknown(why) => Field::Unknown(why),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::kind::Kind;
    use crate::model::names;
    use crate::plan::add_machine::{self, AddMachineRequest};
    use crate::preflight::{self, Verdict};
    use crate::status::fixtures::{forbid, initialized, machine, node, running};
    use crate::status::goal::{Goal, Judgment};
    use crate::status::{Health, Status, assess};

    /// The cluster with one etcd Machine in this state, whose provider spec is changed, and its Node.
    fn with(status: Value, change: impl Fn(&mut Value), node: Option<Object>) -> Snapshot {
        let mut body = machine("m", "us-east-1a", "2024-08-21T11:59:00Z", status).into_body();
        change(&mut body["spec"]["providerSpec"]["value"]);
        let machine = Object::from_value(body).unwrap();
        initialized(1).with_objects([machine]).with_objects(node)
    }

    fn found(status: &Status) -> Vec<(Severity, Check)> {
        let about = status.findings.iter().filter(|it| it.subject == "machine/m");
        about.map(|it| (it.severity, it.check)).collect()
    }

    fn replan(snapshot: &Snapshot) -> (Vec<Check>, usize) {
        let plan = add_machine::plan(
            snapshot,
            &AddMachineRequest::new(vec!["us-east-1a".to_owned()], "1"),
        );
        let about = plan.findings.iter().filter(|it| it.subject == "machine/m");
        let blockers = about.filter(|it| it.severity == Severity::Blocker).map(|it| it.check);
        (blockers.collect(), plan.steps.len())
    }

    #[test]
    fn a_machine_that_never_becomes_an_etcd_node_is_not_waited_for() {
        let marker = || json!({"_REDACTED": "x", "length": 3});
        let user_data =
            |name: Value| move |it: &mut Value| it["userDataSecret"]["name"] = name.clone();
        let volumes = |count: usize| {
            move |it: &mut Value| {
                let root = it["blockDevices"][0].clone();
                let volume = it["blockDevices"][1].clone();
                it["blockDevices"] = std::iter::once(root).chain(vec![volume; count]).collect();
            }
        };
        let on_its_way = || json!({"phase": "Provisioning"});
        for (change, words) in [
            (&user_data(json!("master-user-data")) as &dyn Fn(&mut Value), "becomes a master"),
            (&user_data(json!("worker-user-data-managed")), "becomes a worker"),
            (&user_data(json!("")), "userDataSecret is missing"),
            (&|it: &mut Value| it["userDataSecret"] = json!(null), "userDataSecret is missing"),
            (&volumes(0), "no second volume"),
            (&volumes(2), "2 volumes besides the root"),
        ] {
            let snapshot = with(on_its_way(), change, None);
            let status = assess(&snapshot, "1");
            let finding = status.findings.iter().find(|it| it.check == Check::MachineDiffers);
            let finding = finding.unwrap();
            assert!(finding.message.contains(words), "{}", finding.message);
            let hint = "oc etcd remove-machine m && oc etcd add-machine --zone us-east-1a";
            assert_eq!(finding.hint.as_deref(), Some(hint));
            assert_eq!(status.health, Health::Trouble);
            assert_eq!(status.next.as_deref(), Some("oc etcd remove-machine m"));
            let never = "machine/m does not become an etcd node and does not recover".to_owned();
            assert_eq!(Goal::Healthy.judge(&status), Judgment::Never(never));
            assert_eq!(replan(&snapshot), (vec![Check::MachineDiffers], 0));
        }
        for change in [
            &user_data(marker()) as &dyn Fn(&mut Value),
            &user_data(json!("by-hand")),
            &user_data(json!("master-user-data-etcd")),
            &|it: &mut Value| it["userDataSecret"] = marker(),
            &|it: &mut Value| it["blockDevices"] = marker(),
            &|it: &mut Value| it["blockDevices"][1] = marker(),
            &|it: &mut Value| {
                it["blockDevices"][0]["deviceName"] = marker();
                it["blockDevices"][1]["deviceName"] = marker();
            },
            &|it: &mut Value| it["userDataSecret"] = json!(["x"]),
            &|it: &mut Value| it["loadBalancers"] = json!([marker()]),
            &|it: &mut Value| it["loadBalancers"] = json!(["x"]),
            &|it: &mut Value| it["loadBalancers"] = json!([{"type": "network"}]),
            &|it: &mut Value| it["loadBalancers"] = json!([{"name": marker()}]),
            &|it: &mut Value| it["marketType"] = marker(),
            &|it: &mut Value| *it = marker(),
            &|it: &mut Value| *it = json!("x"),
            &|it: &mut Value| *it = json!(null),
        ] {
            let snapshot = with(on_its_way(), change, None);
            let status = assess(&snapshot, "1");
            assert_eq!(found(&status), [(Severity::Warning, Check::Unreadable)]);
            assert_eq!(status.health, Health::Unknown);
            let report = preflight::report(&snapshot, &std::collections::BTreeSet::new(), "1");
            let row = report.checks().find(|it| it.check == Check::MachineDiffers).unwrap();
            assert_eq!(row.verdict, Verdict::Unknown);
        }
        let balancer = |it: &mut Value| it["loadBalancers"] = json!([{"name": "site-monitoring"}]);
        for change in [
            &(|_: &mut Value| ()) as &dyn Fn(&mut Value),
            &user_data(json!("etcd-user-data-managed")),
            &balancer,
        ] {
            let own = with(on_its_way(), change, None);
            assert_eq!((found(&assess(&own, "1")), replan(&own)), (vec![], (vec![], 1)));
        }
    }

    #[test]
    fn a_difference_of_an_etcd_node_is_told() {
        let masters = |it: &mut Value| it["userDataSecret"]["name"] = "master-user-data".into();
        let balanced = |it: &mut Value| it["loadBalancers"] = json!([{"name": "lab-int"}]);
        let without_volume = |it: &mut Value| it["blockDevices"] = json!([{"ebs": {}}]);
        let spot = |it: &mut Value| it["spotMarketOptions"] = json!({});
        let withheld = |it: &mut Value| it["loadBalancers"] = json!({"_REDACTED": "x"});
        let differs = |severity| vec![(severity, Check::MachineDiffers)];
        for (change, expected) in [
            // The Node shows that the user data was etcd's when the machine booted.
            (&masters as &dyn Fn(&mut Value), vec![]),
            (&balanced, differs(Severity::Warning)),
            (&without_volume, differs(Severity::Warning)),
            (&spot, differs(Severity::Note)),
            (&withheld, vec![(Severity::Note, Check::Unreadable)]),
        ] {
            let snapshot = with(running("n"), change, Some(node("n")));
            assert_eq!(found(&assess(&snapshot, "1")), expected);
            assert_eq!(replan(&snapshot), (vec![], 1));
        }
    }

    #[test]
    fn a_machine_whose_node_has_registered_has_not_stopped_at_boot() {
        let without_volume = |it: &mut Value| it["blockDevices"] = json!([{"ebs": {}}]);
        for ready in ["False", "Unknown"] {
            let conditions = json!({"conditions": [{"type": "Ready", "status": ready}]});
            let node = node("n").with("status", conditions);
            let snapshot = with(running("n"), without_volume, Some(node));
            let status = assess(&snapshot, "1");
            let found = status.findings.iter().find(|it| it.check == Check::MachineDiffers);
            assert!(found.unwrap().message.contains("is not one that the Machine API creates"));
            assert!(!matches!(Goal::Healthy.judge(&status), Judgment::Never(_)), "{ready}");
            assert_eq!(replan(&snapshot).0, []);
        }
        let mut unread = with(running("n"), without_volume, None);
        forbid(&mut unread, Kind::Node, "nodes");
        let lost = assess(&unread, "1").machines.entries().any(crate::status::Machine::is_lost);
        assert!(!lost, "the Machine has a Node");
    }

    #[test]
    fn the_row_of_machine_settings_counts_what_was_compared() {
        let row = |snapshot: &Snapshot| {
            let report = preflight::report(snapshot, &std::collections::BTreeSet::new(), "1");
            let row = report.checks().find(|it| it.check == Check::MachineDiffers).unwrap();
            row.found.clone().unwrap()
        };
        let one = with(running("n"), |_| (), Some(node("n")));
        assert_eq!(row(&one), "no harmful difference in 1 Machine");
        let failed = machine("o", "us-east-1b", "2024-08-21T11:59:00Z", json!({"phase": "Failed"}));
        let two = one.with_objects([failed]);
        assert_eq!(row(&two), "no harmful difference in 1 Machine; 1 not compared");
    }

    #[test]
    fn the_user_data_of_a_machine_is_the_cause_of_the_role_of_its_node() {
        for (role, secret) in [("worker", "worker-user-data"), ("master", "master-user-data")] {
            let mut body = node("n").into_body();
            body["metadata"]["labels"] = json!({(format!("node-role.kubernetes.io/{role}")): ""});
            let config = format!("rendered-{role}-1");
            for key in [names::CURRENT_CONFIG, names::DESIRED_CONFIG] {
                body["metadata"]["annotations"][key] = config.as_str().into();
            }
            // The kubelet registered without the taint of etcd.
            body["spec"] = json!({});
            let other = Object::from_value(body).unwrap();
            let change = |it: &mut Value| it["userDataSecret"]["name"] = secret.into();
            let status = assess(&with(running("n"), change, Some(other)), "1");
            let found =
                status.findings.iter().find(|it| it.check == Check::NodeNotJoining).unwrap();
            assert!(found.message.contains(&format!("userDataSecret is {secret}")), "{found:?}");
            let hint = found.hint.as_deref().unwrap();
            let is_replaced = hint.starts_with("oc etcd remove-machine m");
            assert_eq!(is_replaced, role == "worker", "{hint}");
        }
    }
}
