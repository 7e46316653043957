//! The secret that tells a new machine where its configuration is. Its content stays here.

use serde::Serialize;

use super::state::{State, compared, why_unreadable};
use crate::derive::user_data;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::snapshot::{Snapshot, is_ours};
use crate::plan::Plan;
use crate::status::observation::Observation;

/// The secret that tells a new machine where its configuration is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserData {
    /// `etcd-user-data`
    pub name: String,
    /// The URL at which a new machine asks for its configuration.
    pub url: Option<String>,
    /// The comparison with the user data that `init` would make.
    pub state: State,
    /// The difference.
    pub because: Option<String>,
    /// The number of certificate authorities that the user data trusts.
    pub certificate_authorities: usize,
}

impl UserData {
    pub(crate) fn read(snapshot: &Snapshot, plan: &Plan) -> Observation<Self> {
        match why_unreadable(snapshot) {
            Some(reason) => Observation::Unreadable(reason.to_string()),
            None => Observation::Known(Self::of(snapshot, plan)),
        }
    }

    fn of(snapshot: &Snapshot, plan: &Plan) -> Self {
        let secret = snapshot.machine_secret(names::ETCD_USER_DATA);
        let step = compared(snapshot, plan).find(|(step, _)| step.object.kind == Kind::Secret);
        let state = match (secret, &step) {
            (None, _) => State::Missing,
            (Some(_), Some((_, state))) => *state,
            (Some(secret), None) if is_ours(secret) => State::Unknown,
            (Some(_), None) => State::MadeBySomebodyElse,
        };
        let config = secret.and_then(|it| user_data::decode(it).ok());
        let authorities = config.as_ref().map(|it| user_data::certificate_authorities(it).len());
        Self {
            name: names::ETCD_USER_DATA.to_owned(),
            url: config.as_ref().and_then(user_data::url).map(str::to_owned),
            state,
            because: step.filter(|_| state.is_drift()).map(|(step, _)| step.because.clone()),
            certificate_authorities: authorities.unwrap_or_default(),
        }
    }
}
