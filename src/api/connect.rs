//! Connects to a cluster by a kubeconfig, kubectl's flags, or the service account of a pod.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use kube::config::ExecInteractiveMode;

use super::connect_error::ConnectError;
pub use super::connection::Connection;
use super::kubeconfig;
pub use super::kubeconfig::Names;
pub use super::proxy::ProxyVariables;
use super::server::Endpoint;
use super::settings::{Settings, configuration, paths};
use crate::api::renewable_client::RenewableClient;
use crate::api::{Cluster, Notices, headers};

/// The time that one request may take, unless the user says otherwise. Watches are not requests.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Stands for no limit.
const NO_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 3600);

/// Connects. Nothing is sent yet. `notices` takes what there is to tell: warnings of the server, the
/// request log, and why a request is sent again.
///
/// # Errors
/// When there is no usable configuration.
pub async fn connect(connection: &Connection, notices: &Notices) -> Result<Cluster, ConnectError> {
    open(configuration(connection)?, connection, notices).await
}

/// Connects without a word, for who cannot be asked anything: a credential plugin is run only where the
/// kubeconfig says that it is never interactive, since another may open a browser.
///
/// # Errors
/// When there is no usable configuration, or the credentials may have to be asked for.
pub async fn connect_silently(connection: &Connection) -> Result<Cluster, ConnectError> {
    let settings = configuration(connection)?;
    let plugin = settings.config.auth_info.exec.as_ref();
    if plugin.is_some_and(|it| it.interactive_mode != Some(ExecInteractiveMode::Never)) {
        let why = "the credential plugin may prompt the user";
        return Err(ConnectError::Unusable(why.to_owned()));
    }
    open(settings, connection, &Notices::new(0, Arc::new(|_, _| {}))).await
}

/// The names that the kubeconfig has for contexts, clusters and users.
///
/// # Errors
/// When it cannot be read.
pub fn names(connection: &Connection) -> Result<Names, ConnectError> {
    let kubeconfig = kubeconfig::load(&paths(connection))?;
    Ok(kubeconfig.map(kubeconfig::names).unwrap_or_default())
}

async fn open(
    mut settings: Settings,
    connection: &Connection,
    notices: &Notices,
) -> Result<Cluster, ConnectError> {
    settings.config.headers.extend(headers::own(&connection.command));
    let server = Endpoint::new(connection, &settings.config);
    let notices = notices.clone().of(&settings.config);
    let client = RenewableClient::new(settings, notices.clone()).await?;
    let request_timeout = match connection.request_timeout {
        None => REQUEST_TIMEOUT,
        Some(Duration::ZERO) => NO_TIMEOUT,
        Some(timeout) => timeout,
    };
    let run_id = run_id();
    let (deadline, failing_since) = (None, None);
    Ok(Cluster { client, server, request_timeout, notices, run_id, deadline, failing_since })
}

/// A mark that no other run has: 16 hexadecimal digits. The hasher's keys are random.
fn run_id() -> String {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    format!("{:016x}", hasher.finish())
}
