//! The user data of Machines: the role for whose configuration it asks, by the name of its Secret or by what the Secret
//! has, and the certificate authorities that it trusts.

use super::finding::{Check, Finding, Severity};
use crate::derive::user_data;
use crate::model::field::Field;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::platform::aws;
use crate::redact::policy::quotable_name;

/// The user data of a Machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserData {
    /// The machine asks for the configuration of etcd machines.
    Etcd,
    /// The machine asks for the configuration of another role, or for none; the fault, as a fragment.
    Other(String),
    /// The Secret has another name than those of the roles, and was not read; the reason, as a fragment.
    Unread(String),
    /// The Secret is unknown; the reason, as a fragment.
    Unknown(String),
}

impl UserData {
    /// Judges the user data of a Machine.
    #[must_use]
    pub fn of(snapshot: &Snapshot, machine: &Object) -> Self {
        let name = match aws::user_data_secret(machine) {
            Field::Absent => {
                let words = "userDataSecret is missing: the machine gets no configuration, and does not join the \
                             cluster";
                return Self::Other(words.to_owned());
            }
            Field::Known(name) => name,
            Field::Unknown(why) => return Self::Unknown(format!("userDataSecret is {why}")),
        };
        let etcds = names::ETCD_USER_DATA;
        let is_of = |role: &&str| is_of_role(name, role);
        let is_read = snapshot.machine_secret(name).is_some_and(user_data::asks_for_etcd);
        if is_of(&names::ETCD) || is_read {
            return Self::Etcd;
        }
        match [names::MASTER, names::WORKER].iter().find(|it| is_of(it)) {
            Some(role) => Self::Other(format!(
                "userDataSecret is {name}, not {etcds}: a machine with this user data becomes a {role}"
            )),
            None => Self::Unread(format!(
                "userDataSecret is {name}, not {etcds}, and oc-etcd does not read this secret"
            )),
        }
    }

    /// Returns the fault, if the machine asks for the configuration of another role, or for none.
    #[must_use]
    pub fn fault(self) -> Option<String> {
        match self {
            Self::Other(fault) => Some(fault),
            Self::Etcd | Self::Unread(_) | Self::Unknown(_) => None,
        }
    }
}

/// Returns whether a Secret is the user data of a role, by its name: the operator keeps a second Secret of each pool,
/// `master-user-data-managed`.
#[must_use]
pub fn is_of_role(secret: &str, role: &str) -> bool {
    let rest = secret.strip_prefix(role);
    rest.is_some_and(|it| ["-user-data", "-user-data-managed"].contains(&it))
}

/// Reports a Secret other than `master-user-data` that Machines of masters name. `secret` is the user data that is made from
/// `master-user-data`, for Machines with the boot image of the masters.
///
/// A boot image from 4.6 on reads Ignition 3 only. `master-user-data` of a cluster that was installed before has Ignition 2,
/// and `master-user-data-managed`, which the operator writes, has Ignition 3 (MCO `manifests/userdata_secret.yaml`).
#[must_use]
pub fn of_masters(snapshot: &Snapshot, secret: &Object) -> Option<Finding> {
    let source = names::MASTER_USER_DATA;
    let masters = snapshot.machines_of(names::MASTER).filter(|it| !it.is_terminating());
    let others = masters.filter_map(|it| Some((it, aws::user_data_secret(it).known()?)));
    let others: Vec<_> = others.filter(|it| it.1 != source).collect();
    let is_managed = |it: &&(&Object, &str)| it.1.strip_prefix(source) == Some("-managed");
    let managed = others.iter().find(is_managed);
    let (machine, other) = managed.or(others.first())?;
    let config = user_data::decode(secret).ok()?;
    let version = config["ignition"]["version"].as_str()?;
    let (machine, other) = (machine.reference(), quotable_name(other));
    let named = format!("{machine} has the user data of secret {other}, not of {source}");
    if version.starts_with("3.") {
        let message = format!("{named}: etcd machines do not get what only {other} has");
        return Some(Check::UserDataInvalid.note(secret.reference(), message));
    }
    let message = format!(
        "{named}, and the user data for etcd machines has Ignition {}: a boot image that reads only Ignition 3 stops at the \
         first boot",
        quotable_name(version)
    );
    let hint = format!(
        "if {other} has Ignition 3, and no Machine needs the content of {source}, copy `data.userData` of secret {other} to \
         secret {source}, and then run: oc etcd init"
    );
    let finding = Check::UserDataInvalid.blocker(secret.reference(), message).hint(hint);
    // Another Secret may have Ignition 2 too.
    Some(if managed.is_some() { finding } else { finding.at_most(Severity::Warning) })
}

/// Reports the certificate authorities that the user data trusts.
#[must_use]
pub fn without_authority(secret: &Object) -> Vec<Finding> {
    let Ok(config) = user_data::decode(secret) else { return Vec::new() };
    match user_data::certificate_authorities(&config).len() {
        0 => {
            let message = "the user data contains no certificate authority: a new machine does not trust \
                           the Machine Config Server and never joins the cluster";
            vec![Check::UserDataCaMissing.warning(secret.reference(), message)]
        }
        _ => Vec::new(),
    }
}
