//! Checks what the user data of etcd machines brings beside the configuration of the Machine Config Server. Ignition merges
//! both, and the parts of the user data win (coreos/ignition `config/merge`).

use serde_json::json;

use super::etcd_disk::formatted_by_ignition;
use super::finding::{Check, Finding};
use super::registration;
use crate::derive::user_data;
use crate::model::kind::Kind;
use crate::model::layout::Layout;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::snapshot::Snapshot;
use crate::openshift::devices::Made;
use crate::openshift::kubelet::boot::Boot;
use crate::openshift::kubelet::{self, Provenance};
use crate::openshift::{etcd_disk, formatters};

/// Judges the user data that `init` makes for etcd machines together with the configuration of the pool. `disk` is
/// `00-etcd-disk`, if oc-etcd created the object.
#[must_use]
pub fn findings(
    secret: &Object,
    boot: &Boot<'_>,
    disk: Option<&Object>,
    layout: Layout,
) -> Vec<Finding> {
    let hint = of_masters();
    judged(secret, boot, disk, layout).into_iter().map(|it| it.hint(hint.as_str())).collect()
}

/// Judges the user data of etcd machines as it is. What the user data of the masters does not have is gone after `init`.
#[must_use]
pub fn of_existing(
    snapshot: &Snapshot,
    secret: &Object,
    boot: &Boot<'_>,
    layout: Layout,
) -> Vec<Finding> {
    let disk = super::etcd_disk::ours(snapshot);
    let source = snapshot.machine_secret(names::MASTER_USER_DATA);
    let made = source.map(|it| user_data::derive(it, ""));
    let made = made.map(|it| it.map(|(again, _)| judged(&again, boot, disk, layout)));
    let hint = |finding: &Finding| match &made {
        Some(Ok(made)) if !made.contains(finding) => "oc etcd init".to_owned(),
        Some(_) => of_masters(),
        None => format!(
            "`oc etcd init` removes the part, unless secret {} has the part too",
            names::MASTER_USER_DATA
        ),
    };
    let found = judged(secret, boot, disk, layout).into_iter();
    found.map(|it| Finding { hint: Some(hint(&it).into()), ..it }).collect()
}

/// Returns what to do about a part of the masters' user data.
fn of_masters() -> String {
    format!(
        "remove the part from secret {}, if new masters do not need the part, and then run: oc etcd init",
        names::MASTER_USER_DATA
    )
}

fn judged(secret: &Object, boot: &Boot<'_>, disk: Option<&Object>, layout: Layout) -> Vec<Finding> {
    let Ok(config) = user_data::decode(secret) else { return Vec::new() };
    let subject = secret.reference().to_string();
    let (configs, unknown) = user_data::brought(&config);
    let mut found: Vec<Finding> = unknown
        .iter()
        .map(|(place, url)| {
            if url.as_deref().is_some_and(user_data::is_config) {
                let message = format!(
                    "{place} requests the configuration of another role: the machine may become a Node of this role"
                );
                return Check::KubeletUncertain.warning(&subject, message);
            }
            let message = format!(
                "{place} names an Ignition config that is known on the machine only: if the config changes the kubelet, \
                 the machine may become a Node of another role; if it changes the etcd disk, the machine may stop"
            );
            Check::KubeletUncertain.warning(&subject, message)
        })
        .collect();
    let brought: Vec<Object> = configs.iter().cloned().map(as_machine_config).collect();
    let mut all = boot.machine_configs().to_vec();
    all.extend(&brought);
    let with = Boot::of(all);
    let made = Made::of(&with);
    found.extend(configs.iter().flat_map(|it| formatted_by_ignition(&subject, it, &made)));
    let is_brought = |it: &Provenance| it.machine_config == NAME;
    if kubelet::fault(boot).is_none()
        && let Some(fault) = kubelet::fault(&with)
    {
        let message =
            format!("machines with this user data would not become etcd nodes: {}", fault.message);
        found.push(Check::KubeletRoleWrong.blocker(&subject, message));
    }
    if let Some(ours) = disk
        && etcd_disk::fault(boot, ours).is_none()
        && let Some(doubt) = etcd_disk::fault(&with, ours)
    {
        let message = format!(
            "machines with this user data would not prepare the etcd disk as {} describes: {}",
            names::ETCD_DISK,
            doubt.reason()
        );
        found.push(Check::DiskDeviceUncertain.blocker(&subject, message));
    }
    let uncertain = registration::uncertain(&with, layout);
    found.extend(uncertain.filter(|it| it.subject == format!("machineconfig/{NAME}")));
    let programs = formatters::formatters(&with);
    let programs = programs.iter().filter(|it| is_brought(&it.provenance));
    found.extend(programs.map(|it| {
        let message = format!(
            "{} in the user data formats, mounts or takes a disk, or may write to a disk: if this is the etcd disk, the machine \
             stops at its first boot, or loses the data of etcd at a later boot",
            it.provenance.place
        );
        Check::DiskDeviceUncertain.warning(&subject, message)
    }));
    let of_secret = |it: Finding| Finding { subject: subject.clone(), hint: None, ..it };
    found.into_iter().map(of_secret).collect()
}

/// Name of the user data among the MachineConfigs, which no MachineConfig can have.
const NAME: &str = "user data";

/// The parts of a config that Ignition merges with those of the pool.
fn as_machine_config(mut config: serde_json::Value) -> Object {
    if let Some(ignition) = config["ignition"].as_object_mut() {
        ignition.remove("config");
    }
    Object::new(ObjectRef::cluster(Kind::MachineConfig, NAME))
        .with("spec", json!({ "config": config }))
}
