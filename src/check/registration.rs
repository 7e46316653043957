//! Checks whether the machines of the etcd pool register only with the role etcd. The checks evaluate the effective
//! kubelet of the MachineConfigs that the pool will select, before anything is written, and of the rendered
//! MachineConfig.
//!
//! A finding names the MachineConfig that causes the problem, and a remedy: a command, or the object to edit.

use super::finding::{Check, Finding, Severity};
use crate::ignition;
use crate::model::field::Unknown;
use crate::model::layout::Layout;
use crate::model::machine_config_author::{
    TEMPLATES_OF_WORKERS, is_generated_by_operator, is_template,
};
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::openshift::kubelet;
use crate::openshift::kubelet::boot::Boot;
use crate::openshift::kubelet::uncertain::{self, Reason, Uncertain};
use crate::openshift::kubelet::{ConfigPlace, KubeletDoubt, Provenance, RegistrationFault};
use crate::redact::policy::quotable_name;

const POOL: &str = "machineconfigpool/etcd";

/// Another way than a change of the workers' MachineConfigs. The upgrade to 4.18 needs the layout inherit, with the same
/// fault.
pub const OR_DOCUMENTED: &str = "; or, until the upgrade to 4.18: oc etcd init --layout=documented";

/// A command that avoids a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Instead {
    /// `init`, which corrects the MachineConfigs of oc-etcd, or reports why this is not possible.
    Again,
    /// `init` with another layout.
    Layout(Layout),
}

/// The MachineConfigs that the pool selects once `wanted` are written, in merge order.
#[must_use]
pub fn selected<'a>(
    snapshot: &'a Snapshot,
    layout: Layout,
    wanted: impl Iterator<Item = &'a Object>,
) -> Vec<&'a Object> {
    let of_others: Vec<&Object> =
        snapshot.machine_configs_of(names::ETCD).filter(|it| !is_ours(it)).collect();
    // What somebody else made with the name of a wanted object stays as it is.
    let is_taken = |it: &&Object| of_others.iter().any(|other| other.name() == it.name());
    let wanted: Vec<&Object> = wanted.filter(|it| !is_taken(it)).collect();
    let all = wanted.into_iter().chain(of_others);
    let release = snapshot.release();
    match layout {
        Layout::Documented => kubelet::in_merge_order(all, release),
        Layout::Inherit => {
            kubelet::in_merge_order(all.chain(snapshot.machine_configs_of(names::WORKER)), release)
        }
    }
}

/// Finds why machines of the pool would not register as etcd alone, before anything is written.
/// `instead` is a command that would avoid the fault, where there is one.
#[must_use]
pub fn predicted(boot: &Boot<'_>, instead: Option<Instead>) -> Option<Finding> {
    kubelet::fault(boot).map(|fault| finding(&fault, boot.machine_configs(), instead))
}

/// Finds the MachineConfigs, in merge order, with units whose effect on the kubelet is unknown. A finding is a note where
/// a kubelet with another role than etcd does not start, and a warning where nothing stops such a kubelet, or where the
/// Node may change later.
pub fn uncertain(boot: &Boot<'_>, layout: Layout) -> impl Iterator<Item = Finding> {
    uncertain::uncertain(boot).into_iter().map(move |it| uncertainty(&it, layout))
}

fn uncertainty(it: &Uncertain, layout: Layout) -> Finding {
    let subject = format!("machineconfig/{}", it.provenance.machine_config);
    let place = &it.provenance.place;
    // Only the layout inherit has a check of the role on the machine.
    let is_checked = layout == Layout::Inherit;
    let role = |what: &str| {
        let then = if is_checked {
            "the kubelet does not start"
        } else {
            "the machine may become a Node of another role"
        };
        format!("if {what} the role of the kubelet, {then}")
    };
    let message = match &it.reason {
        Reason::Program(path) => format!(
            "{place} starts {} before the kubelet, and no MachineConfig contains the text of this program: {}",
            quotable_name(path),
            role("the program changes")
        ),
        Reason::Script => format!(
            "{place} starts commands before the kubelet that are known on the machine only: {}",
            role("the commands change")
        ),
        Reason::Files(program) => format!(
            "{place} starts {} before the kubelet, which may change any file below /etc or /usr: {}",
            quotable_name(program),
            role("the program changes")
        ),
        Reason::Kubelet => {
            format!("{place} may change the kubelet's files or flags: {}", role("the unit changes"))
        }
        Reason::Node(program) => format!(
            "{place} changes labels or taints of a Node with {}: the Node of an etcd machine may get another role, \
                 or lose the taint etcd",
            quotable_name(program)
        ),
        Reason::Condition(key) => format!(
            "{place} has the setting {}: if the condition does not hold on a machine, the kubelet does not start",
            quotable_name(key)
        ),
    };
    let hint = format!("oc get {subject} -o yaml");
    let worst = match it.reason {
        // Nothing on the machine keeps a Node from a change after the kubelet has registered.
        Reason::Node(_) => Severity::Warning,
        Reason::Condition(_) => Severity::Note,
        _ if is_checked => Severity::Note,
        _ => Severity::Warning,
    };
    Check::KubeletUncertain.warning(subject, message).at_most(worst).hint(hint)
}

/// Finds the MachineConfigs, in merge order, with units that change labels or taints of a Node.
#[must_use]
pub fn changing_nodes(boot: &Boot<'_>, layout: Layout) -> Vec<Finding> {
    let is_of_node = |it: &Uncertain| matches!(it.reason, Reason::Node(_));
    let found = uncertain::uncertain(boot).into_iter().filter(is_of_node);
    found.map(|it| uncertainty(&it, layout)).collect()
}

/// Finds why machines that boot with a rendered MachineConfig do not register as etcd alone. `sources`
/// are what there is now of what the MachineConfig was rendered from, in merge order; `None` where that
/// was not read.
#[must_use]
pub fn of_rendered(rendered: &Boot<'_>, sources: Option<&Boot<'_>>) -> Option<Finding> {
    let fault = kubelet::fault(rendered)?;
    let Some(sources) = sources.filter(|_| !is_withheld(&fault)) else {
        let message = format!("{}: {}", creation(fault.doubt.is_some()), fault.message);
        return Some(weighed(&fault, POOL.to_owned(), message, "oc etcd status".to_owned()));
    };
    if let Some(fault) = kubelet::fault(sources) {
        return Some(finding(&fault, sources.machine_configs(), Some(Instead::Again)));
    }
    let message = format!(
        "{}: {}; the operator has not rendered the current MachineConfigs",
        creation(fault.doubt.is_some()),
        fault.message
    );
    let hint = format!("oc get {POOL} -w");
    Some(Check::NotRendered.blocker(POOL, message).hint(hint))
}

fn finding(fault: &RegistrationFault, selected: &[&Object], instead: Option<Instead>) -> Finding {
    let holder = |it: &Provenance| selected.iter().find(|mc| mc.name() == it.machine_config);
    let found = fault.provenance.as_ref().and_then(|it| Some((&it.place, holder(it)?)));
    let outcome = |machines: &str| {
        if fault.doubt.is_some() {
            format!("it is unknown whether {machines} would become etcd nodes: {}", fault.message)
        } else {
            format!("{machines} would not become etcd nodes: {}", fault.message)
        }
    };
    let Some((place, culprit)) = found else {
        let message = outcome("the machines");
        let hint = match instead {
            Some(Instead::Again) => "oc etcd init",
            _ => "oc get machineconfigs; oc get clusteroperator machine-config",
        };
        return weighed(fault, POOL.to_owned(), message, hint.to_owned());
    };
    let source =
        culprit.annotation(names::SOURCE).filter(|it| is_ours(culprit) && *it != "oc-etcd");
    let (subject, message) = match source {
        Some(source) => (
            source.to_owned(),
            format!("with its copy {}, {}", culprit.name(), outcome("machines of the etcd pool")),
        ),
        None => (
            culprit.reference().to_string(),
            format!("with this object, {}", outcome("machines of the etcd pool")),
        ),
    };
    // Where the operator's own MachineConfig decides, ours is missing or is not understood.
    let is_operators =
        is_template(culprit.name()) || TEMPLATES_OF_WORKERS.contains(&culprit.name());
    let change = || {
        if is_operators {
            "the object belongs to the operator; a newer version of oc-etcd may be required: oc get clusterversion"
                .to_owned()
        } else if is_generated_by_operator(culprit) {
            "change the KubeletConfig that the object is generated from: oc get kubeletconfigs"
                .to_owned()
        } else {
            by_hand(place, culprit, &subject, selected)
        }
    };
    let hint = match instead {
        Some(Instead::Again) if is_ours(culprit) || is_operators => "oc etcd init".to_owned(),
        Some(Instead::Layout(Layout::Inherit)) => "oc etcd init --layout=inherit".to_owned(),
        Some(Instead::Layout(Layout::Documented)) => {
            format!("{}{OR_DOCUMENTED}", change())
        }
        Some(Instead::Again) | None => change(),
    };
    weighed(fault, subject, message, hint)
}

/// Returns the change of the MachineConfig of another owner that corrects the role.
fn by_hand(place: &ConfigPlace, culprit: &Object, subject: &str, selected: &[&Object]) -> String {
    let is_right_without = || {
        let boot = Boot::of(selected.to_vec());
        kubelet::fault(&boot.without(culprit.reference())).is_none()
    };
    let change = match place {
        // Without the unit, no kubelet would run, or that of another role.
        ConfigPlace::Unit(_) if !is_right_without() => {
            format!("change {place} so that machines register only with the role etcd")
        }
        ConfigPlace::KernelArguments => "remove the kernel argument".to_owned(),
        ConfigPlace::Part(_) => format!("remove or change {place}"),
        place => format!(
            "remove {place}, or change {place} so that machines register only with the role etcd"
        ),
    };
    change_of(&change, place, culprit, subject)
}

/// Returns how to make a change in the MachineConfig of another owner, or in a copy of `subject`: for etcd machines only,
/// where this is possible, and with what the change does to the Nodes of another role.
pub(super) fn change_of(
    change: &str,
    place: &ConfigPlace,
    culprit: &Object,
    subject: &str,
) -> String {
    // The masters have the source of a copy.
    let is_copy = culprit.reference().to_string() != subject;
    let role =
        if is_copy { Some(names::MASTER) } else { culprit.label(names::MACHINE_CONFIG_ROLE) };
    let Some(role) = role.filter(|it| *it != names::ETCD) else {
        return format!("{change}: oc edit {subject}");
    };
    let role = quotable_name(role);
    let fixed = fixed(place, culprit).map(|it| kept_by_others(it, culprit));
    match place {
        ConfigPlace::KernelArguments | ConfigPlace::Part(_) if fixed.is_some() => {
            fixed.unwrap_or_default()
        }
        // A list of arguments only grows, and a part that is not understood stays in the merged config.
        ConfigPlace::KernelArguments | ConfigPlace::Part(_) => {
            format!("{change}; the {role}s change too, and reboot: oc edit {subject}")
        }
        // So does what a file is made longer by.
        ConfigPlace::File(path) if adds_to(culprit, path) => {
            format!("{change}; the {role}s change too, and reboot: oc edit {subject}")
        }
        place => {
            let others = fixed.unwrap_or_else(|| {
                format!("to change the {role}s too (the {role}s reboot): oc edit {subject}")
            });
            format!(
                "to change etcd machines only, create a MachineConfig with the label {}={} that replaces {place} and has a \
                 name that sorts after {}; {others}",
                names::MACHINE_CONFIG_ROLE,
                names::ETCD,
                culprit.name()
            )
        }
    }
}

/// Returns what a place in a MachineConfig is called, if the operator does not change it in a pool that is rendered, and
/// reports the pool as degraded (MCO `pkg/controller/common/reconcile.go`).
pub(super) fn fixed(place: &ConfigPlace, machine_config: &Object) -> Option<&'static str> {
    match place {
        ConfigPlace::Part(path) => {
            path.starts_with("spec.config.storage.filesystems").then_some("disks")
        }
        ConfigPlace::File(path) => {
            let config = ignition::config(machine_config)?;
            ["links", "directories"].into_iter().find(|list| {
                let entries = config["storage"][list].as_array();
                entries.is_some_and(|it| it.iter().any(|it| it["path"] == **path))
            })
        }
        // The operator changes its own kernel arguments, not those of Ignition.
        ConfigPlace::KernelArguments => {
            let is_own = !machine_config.list("/spec/kernelArguments").is_empty();
            (!is_own).then_some("config.kernelArguments")
        }
        ConfigPlace::Unit(_) | ConfigPlace::DropIn(..) => None,
    }
}

/// Returns what not to do about a part of a MachineConfig that the operator does not change in a pool that is rendered.
pub(super) fn kept(part: &str) -> String {
    format!(
        "do not edit the object, because the Machine Config Operator does not change {part} of a rendered pool"
    )
}

/// Returns the same, and what follows where the MachineConfig is that of the workers: their pool is rendered, too.
pub(super) fn kept_by_others(part: &str, machine_config: &Object) -> String {
    let is_of_workers = machine_config.label(names::MACHINE_CONFIG_ROLE) == Some(names::WORKER);
    let pool = "; every machine of a pool that extends the workers gets this object";
    format!("{}{}", kept(part), if is_of_workers { pool } else { "" })
}

/// Returns whether a MachineConfig adds to a file of others.
fn adds_to(machine_config: &Object, path: &str) -> bool {
    let files = ignition::config(machine_config).map_or(&[][..], ignition::files);
    files.iter().any(|it| it["path"] == path && ignition::is_appending(it))
}

/// Returns the beginning of a message about a rendered configuration that does not create etcd nodes, or of which that is
/// unknown.
pub(super) const fn creation(is_unknown: bool) -> &'static str {
    if is_unknown {
        "it is unknown whether the rendered configuration creates etcd nodes"
    } else {
        "the rendered configuration does not create etcd nodes"
    }
}

/// Returns whether files withhold what would tell.
const fn is_withheld(fault: &RegistrationFault) -> bool {
    matches!(fault.doubt, Some(KubeletDoubt::Unknown(_, Unknown::Withheld)))
}

/// A finding of the kubelet's role; one about reading where files withhold what would tell.
fn weighed(fault: &RegistrationFault, subject: String, message: String, hint: String) -> Finding {
    if is_withheld(fault) {
        let hint = "use the cluster itself, or files that are not sanitized";
        return Check::KubeletRoleWrong.unknown(subject, message).hint(hint);
    }
    Check::KubeletRoleWrong.blocker(subject, message).hint(hint)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;
    use crate::plan::add_machine::{self, AddMachineRequest};
    use crate::status::fixtures::{initialized, machine, node, running};
    use crate::status::{Health, Status, assess};

    const SUBJECT: &str = "machineconfig/99-etcd-site";

    /// The cluster with one etcd Node, whose pool has a unit that changes Nodes after the kubelet has registered. Without the
    /// sources, the rendered MachineConfig alone has the unit.
    fn with_unit(are_sources_read: bool) -> Snapshot {
        let command = "/usr/bin/oc adm taint node n node-role.kubernetes.io/etcd-";
        let contents = format!("[Unit]\nAfter=kubelet.service\n[Service]\nExecStart={command}\n");
        let unit = json!({"name": "site.service", "enabled": true, "contents": contents});
        let snapshot = initialized(1);
        let mut rendered = snapshot.machine_config("rendered-etcd-1").unwrap().clone().into_body();
        let units = rendered.pointer_mut("/spec/config/systemd/units").unwrap();
        units.as_array_mut().unwrap().push(unit.clone());
        let config = json!({"ignition": {"version": "3.2.0"}, "systemd": {"units": [unit]}});
        let site = Object::new(ObjectRef::cluster(Kind::MachineConfig, "99-etcd-site"))
            .with_labels([(names::MACHINE_CONFIG_ROLE, names::ETCD)])
            .with("spec", json!({ "config": config }));
        let mut pool = snapshot.pool(names::ETCD).unwrap().clone().into_body();
        let sources = pool.pointer_mut("/spec/configuration/source").unwrap();
        sources.as_array_mut().unwrap().push(json!({"name": "99-etcd-site"}));
        let machine = machine("m", "us-east-1a", "2024-08-21T11:59:00Z", running("n"));
        let mut snapshot = snapshot.with_objects([
            Object::from_value(rendered).unwrap(),
            Object::from_value(pool).unwrap(),
            site.clone(),
            machine,
            node("n"),
        ]);
        if !are_sources_read {
            snapshot.remove(site.reference());
            let masters: Vec<ObjectRef> = snapshot
                .machine_configs_of(names::MASTER)
                .map(|it| it.reference().clone())
                .collect();
            for it in &masters {
                snapshot.remove(it);
            }
        }
        snapshot
    }

    fn told(status: &Status, check: Check) -> Vec<(Severity, String, String)> {
        let found = status.findings.iter().filter(|it| it.check == check);
        let hint = |it: &Finding| it.hint.as_ref().map(ToString::to_string).unwrap_or_default();
        found.map(|it| (it.severity, it.subject.clone(), hint(it))).collect()
    }

    #[test]
    fn a_unit_that_changes_nodes_is_told_by_status_and_add_machine() {
        for (are_sources_read, subject) in
            [(true, SUBJECT), (false, "machineconfig/rendered-etcd-1")]
        {
            let snapshot = with_unit(are_sources_read);
            let expected =
                [(Severity::Warning, subject.to_owned(), format!("oc get {subject} -o yaml"))];
            let status = assess(&snapshot, "1");
            assert_eq!(told(&status, Check::KubeletUncertain), expected);
            let request = AddMachineRequest::new(vec!["us-east-1b".to_owned()], "1");
            let plan = add_machine::plan(&snapshot, &request);
            let found = plan.findings.iter().find(|it| it.check == Check::KubeletUncertain);
            assert_eq!(found.map(|it| it.subject.as_str()), Some(subject));
        }
        assert_eq!(assess(&with_unit(true), "1").health, Health::Trouble);
        assert_eq!(told(&assess(&initialized(1), "1"), Check::KubeletUncertain), []);
    }

    #[test]
    fn a_kubelet_that_is_not_understood_leaves_the_role_unknown() {
        let contents = "[Service]\nExecStart=\nExecStart=/usr/local/bin/start-it\n";
        let dropins = json!([{"name": "99-site.conf", "contents": contents}]);
        let unit = json!({"name": "kubelet.service", "dropins": dropins});
        let config = json!({"ignition": {"version": "3.2.0"}, "systemd": {"units": [unit]}});
        let site = |role: &str| {
            Object::new(ObjectRef::cluster(Kind::MachineConfig, "99-site"))
                .with_labels([(names::MACHINE_CONFIG_ROLE, role)])
                .with("spec", json!({ "config": config }))
        };
        let told = |role: &str| {
            let snapshot = initialized(0).with_objects([site(role)]);
            let request = crate::plan::init::InitRequest::new("1");
            let findings = crate::plan::init::plan(&snapshot, &request).findings;
            let found = findings.into_iter().find(|it| it.check == Check::KubeletRoleWrong);
            found.map(|it| (it.message, it.hint.map(|it| it.to_string()).unwrap_or_default()))
        };
        let (message, hint) = told(names::ETCD).unwrap();
        let unknown =
            "with this object, it is unknown whether machines of the etcd pool would become etcd";
        assert!(message.starts_with(unknown), "{message}");
        assert!(hint.ends_with("oc edit machineconfig/99-site"), "{hint}");
    }

    #[test]
    fn what_a_unit_removes_at_each_boot_is_not_only_given_back() {
        let changed = |change: &dyn Fn(&mut Value)| {
            let mut body = node("n").into_body();
            change(&mut body);
            assess(&with_unit(true).with_objects([Object::from_value(body).unwrap()]), "1")
        };
        let first = "first exclude etcd nodes from this program, then:";
        for (change, check, subject, hint) in [
            (
                &(|it: &mut Value| it["spec"]["taints"] = json!([])) as &dyn Fn(&mut Value),
                Check::TaintMissing,
                "node/n",
                "oc adm taint node n node-role.kubernetes.io/etcd=:NoSchedule",
            ),
            (
                &|it: &mut Value| {
                    it["metadata"]["labels"]["node-role.kubernetes.io/infra"] = "".into();
                },
                Check::MixedRoles,
                "node/n",
                "oc label node/n node-role.kubernetes.io/infra-",
            ),
            (
                &|it: &mut Value| it["metadata"]["labels"] = json!({}),
                Check::NodeNotJoining,
                "machine/m",
                "oc label node/n node-role.kubernetes.io/etcd=",
            ),
        ] {
            let status = changed(change);
            let found = told(&status, check);
            assert_eq!((&*found[0].1, &*found[0].2), (subject, &*format!("{first} {hint}")));
            let message = &status.findings.iter().find(|it| it.check == check).unwrap().message;
            assert!(message.contains(&format!("a possible cause is {SUBJECT}")), "{message}");
        }
    }
}
