//! The rights that a scope asks for, and those that a user without any is told.

use super::*;
use crate::model::object::Object;
use crate::model::snapshot::{Snapshot, UnreadableReason};
use crate::plan::add_disk::{self, AddDiskRequest};
use crate::plan::add_machine::{self, AddMachineRequest};
use crate::plan::init::{self, InitRequest};
use crate::plan::remove_machine::{self, Absent, RemoveMachineRequest};
use crate::plan::{Plan, teardown};

#[test]
fn check_asks_for_every_right_that_a_command_asks_for() {
    let asked = Scope::check().permissions;
    let (pool, machines) = (
        [Kind::MachineConfig, Kind::MachineConfigPool],
        [Kind::Machine, Kind::Node, Kind::MachineConfig],
    );
    for scope in [
        Scope::init().watching(&pool),
        Scope::add_machine().watching(&machines),
        Scope::remove_machine(&[]).watching(&machines),
        Scope::teardown().watching(&machines),
        Scope::add_disk(),
        Scope::remove_disk(),
    ] {
        for right in scope.permissions {
            assert!(asked.contains(&right), "{right:?}");
        }
    }
}

/// What a user without any right is told.
fn told(scope: &Scope, plan: impl Fn(&Snapshot) -> Plan) -> Vec<String> {
    let mut snapshot = Snapshot::new(jiff::Timestamp::UNIX_EPOCH);
    snapshot.permissions.clone_from(&scope.permissions);
    for query in &scope.queries {
        super::super::note(&mut snapshot, query, UnreadableReason::Forbidden);
    }
    plan(&snapshot).findings.into_iter().map(|it| it.message).collect()
}

#[test]
fn a_user_without_rights_is_told_all_that_a_command_needs_at_once() {
    let (pool, machines) = (
        [Kind::MachineConfig, Kind::MachineConfigPool],
        [Kind::Machine, Kind::Node, Kind::MachineConfig],
    );
    let names = vec!["a".to_owned()];
    let removal = RemoveMachineRequest {
        names: names.clone(),
        confirmed: BTreeSet::new(),
        absent: Absent::Mistake,
    };
    let init = Scope::init().watching(&pool);
    let add = Scope::add_machine().watching(&machines);
    let remove = Scope::remove_machine(&names).watching(&machines);
    let teardown = Scope::teardown().watching(&machines);
    let init_request = InitRequest::new("");
    let add_request = AddMachineRequest::new(vec!["z".to_owned()], "");
    let disk_request = AddDiskRequest::new("");
    let all: [(&Scope, &[Kind], Vec<String>); 5] = [
        (&init, &[Kind::Node], told(&init, |it| init::plan(it, &init_request))),
        // Zones are looked for in these, too.
        (
            &add,
            &[Kind::MachineSet, Kind::ControlPlaneMachineSet, Kind::ClusterOperator, Kind::Secret],
            told(&add, |it| add_machine::plan(it, &add_request)),
        ),
        (
            &remove,
            &[],
            told(&remove, |it| remove_machine::plan(it, &removal).expect("it is refused")),
        ),
        (&teardown, &[], told(&teardown, teardown::plan)),
        (
            &Scope::add_disk(),
            &[],
            told(&Scope::add_disk(), |it| add_disk::plan(it, &disk_request).plan),
        ),
    ];
    for (scope, optional, told) in all {
        for it in scope.queries.iter().filter(|it| !optional.contains(&it.kind())) {
            let kind = it.kind().qualified();
            let is_read = |it: &&String| {
                it.contains(&kind) && (it.contains(" get ") || it.contains(" list "))
            };
            assert!(told.iter().any(|it| is_read(&it)), "{it:?}: {told:#?}");
        }
        let is_of_layout = |it: &&Permission| {
            it.verb == "delete" && std::ptr::eq(scope, std::ptr::from_ref(&init))
        };
        for it in scope.permissions.iter().filter(|it| !is_of_layout(it)) {
            let words = format!("you may not {} {}", it.verb, it.kind.qualified());
            assert!(told.iter().any(|it| it.starts_with(&words)), "{it:?}: {told:#?}");
        }
    }
}

#[test]
fn a_removal_reads_machine_sets_where_they_make_a_machine_that_is_removed() {
    let of_set = |name: &str| {
        let owner = serde_json::json!({"kind": "MachineSet", "name": "etcd-a"});
        let machine = Object::new(ObjectRef::machine(name)).with_owners(vec![owner]);
        machine.with_labels([(names::MACHINE_ROLE, names::ETCD)])
    };
    let alone = Object::new(ObjectRef::machine("alone"));
    let snapshot =
        Snapshot::new(jiff::Timestamp::UNIX_EPOCH).with_objects([of_set("of-set"), alone]);
    let remove = |name: &str| Scope::remove_machine(&[name.to_owned()]);
    for (scope, expected) in [
        (remove("of-set"), true),
        (remove("alone"), false),
        (Scope::teardown(), true),
        (Scope::status(), false),
    ] {
        let second = super::super::dependent_queries(&snapshot, &scope);
        let mut all = scope.queries.iter().chain(&second);
        assert_eq!(all.any(|it| it.kind() == Kind::MachineSet), expected);
    }
}
