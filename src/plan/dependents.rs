//! Finds what else uses the objects that a plan deletes: pools that are rendered from the MachineConfigs, and MachineSets
//! whose machines boot with the user data.

use kube_core::SelectorExt as _;

use crate::check::{Check, Finding, node_pools, other_pools};
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::openshift::machine::machine_set_of;
use crate::plan::{Change, Step, removal};
use crate::platform::aws;

/// Reports the pools and MachineSets that need an object that the plan deletes, and that are not objects of the plan.
pub(super) fn findings(snapshot: &Snapshot, steps: &[Step]) -> Vec<Finding> {
    let is_deleted = |it: &&Object| {
        let is_deletion = |step: &Step| {
            matches!(step.change, Change::Remove { .. }) && step.object == *it.reference()
        };
        steps.iter().any(is_deletion)
    };
    let is_of_plan = |it: &&Object| {
        let is_it = |step: &Step| step.object == *it.reference();
        steps.iter().any(|step| is_it(step) && !matches!(step.change, Change::LeftToOwner))
    };
    let machine_configs: Vec<&Object> =
        snapshot.all(Kind::MachineConfig).filter(is_deleted).collect();
    let pools = snapshot.all(Kind::MachineConfigPool).filter(|it| !is_of_plan(it));
    let pools = pools.filter_map(|it| rendered_from(it, &machine_configs));
    let user_data = snapshot.machine_secret(names::ETCD_USER_DATA).filter(is_deleted);
    let sets = user_data.into_iter().flat_map(|_| snapshot.all(Kind::MachineSet));
    pools.chain(sets.filter_map(|it| booting(snapshot, it))).collect()
}

/// Reports a pool that is rendered from MachineConfigs that are deleted, or that selects them.
fn rendered_from(pool: &Object, deleted: &[&Object]) -> Option<Finding> {
    let selector = node_pools::selector(pool, "/spec/machineConfigSelector");
    let sources = ["/spec/configuration/source", "/status/configuration/source"];
    let is_source = |it: &&Object| {
        sources.iter().any(|at| pool.list(at).iter().any(|of| of["name"] == it.name()))
    };
    let is_selected = |it: &&Object| {
        let labels = other_pools::labels(it);
        matches!(&selector, Field::Known(selector) if selector.matches(&labels))
    };
    let mut used = deleted.iter().filter(|it| is_source(it) || is_selected(it));
    let reference = pool.reference();
    let Some(first) = used.next() else {
        let Field::Unknown(why) = selector else { return None };
        let message = format!(
            "it is unknown whether the pool is rendered from MachineConfigs that would be deleted: the \
             machineConfigSelector is {why}"
        );
        return (!deleted.is_empty()).then(|| Check::ForeignObject.unknown(reference, message));
    };
    let more = match used.count() {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "the pool is rendered from {}{more}, which would be deleted: its nodes would reboot without this \
         configuration",
        first.reference()
    );
    let hint = match other_pools::way_out(pool, first) {
        Some(hint) => hint,
        None if other_pools::is_of_openshift(pool) => {
            format!("oc wait {reference} --for=condition=Updated --timeout=1h")
        }
        None => format!("if no node is in the pool any more: oc delete {reference}"),
    };
    Some(Check::ForeignObject.blocker(reference, message).hint(hint))
}

/// Returns whether each Machine of a MachineSet was read and may be deleted. What keeps a Machine is a finding of its own.
fn may_all_go(snapshot: &Snapshot, set: &Object) -> bool {
    let all = snapshot.all(Kind::Machine);
    let of_set: Vec<&Object> =
        all.filter(|it| machine_set_of(it).as_ref() == Some(set.reference())).collect();
    let count = set.integer("/spec/replicas").and_then(|it| usize::try_from(it).ok());
    count == Some(of_set.len()) && of_set.iter().all(|it| removal::is_allowed(snapshot, it))
}

/// Reports a MachineSet whose machines boot with the user data.
fn booting(snapshot: &Snapshot, set: &Object) -> Option<Finding> {
    let reference = set.reference();
    let secret = format!("secret/{}", names::ETCD_USER_DATA);
    let is_user_data = |path: &[&str]| path.first() == Some(&"userDataSecret");
    if let Some(part) = aws::withheld_part_of(set, is_user_data) {
        let message = format!(
            "it is unknown whether machines of the MachineSet boot with {secret}, which would be deleted: {part} is \
             withheld from the files"
        );
        return Some(Check::ForeignObject.unknown(reference, message));
    }
    let name = set.text("/spec/template/spec/providerSpec/value/userDataSecret/name");
    name.filter(|it| *it == names::ETCD_USER_DATA)?;
    let message = format!("machines of the MachineSet boot with {secret}, which would be deleted");
    let place = reference.command_line();
    Some(if set.integer("/spec/replicas") == Some(0) {
        Check::ForeignObject
            .warning(reference, format!("{message}; the MachineSet has no replicas now"))
            .hint(format!("if the MachineSet is not needed: oc delete {place}"))
    } else {
        let finding = Check::ForeignObject.blocker(reference, message);
        if may_all_go(snapshot, set) {
            finding.hint(format!("oc scale {place} --replicas=0"))
        } else {
            finding
        }
    })
}
