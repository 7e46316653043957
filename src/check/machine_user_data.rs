//! The user data of Machines: the role for whose configuration it asks, by the name of its Secret or by what the Secret
//! has, and the certificate authorities that it trusts.

use super::finding::{Check, Finding};
use crate::derive::user_data;
use crate::model::field::Field;
use crate::model::names;
use crate::model::object::Object;
use crate::model::snapshot::Snapshot;
use crate::platform::aws;

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
        // The operator keeps a second secret of each pool, `master-user-data-managed`.
        let is_of = |role: &&str| {
            let rest = name.strip_prefix(*role);
            rest.is_some_and(|it| ["-user-data", "-user-data-managed"].contains(&it))
        };
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
