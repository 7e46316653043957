//! Makes a client from a kubeconfig, kubectl's flags, or the service account of a pod.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::Uri;
use kube::config::{AuthInfo, Config, ExecInteractiveMode, Kubeconfig};
use secrecy::ExposeSecret as _;

use super::connect_error::ConnectError;
pub use super::kubeconfig::Names;
use super::kubeconfig::{self, Chosen, KubeconfigFault, Paths};
pub use super::proxy::ProxyVariables;
use crate::api::renewable_client::RenewableClient;
use crate::api::{Cluster, Notices, headers, proxy, token_file, trace};

/// The time that one request may take, unless the user says otherwise. Watches are not requests.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Stands for no limit.
const NO_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 3600);

/// The cluster and the user: kubectl's connection flags, and the paths that the environment names.
#[derive(Clone, Default)]
#[allow(missing_docs, reason = "each field is kubectl's flag of the same name")]
pub struct Connection {
    pub kubeconfig: Option<PathBuf>,
    /// `KUBECONFIG`'s list, else the default file.
    pub default_kubeconfigs: Vec<PathBuf>,
    /// The proxy variables of the environment.
    pub proxies: ProxyVariables,
    pub context: Option<String>,
    pub cluster: Option<String>,
    pub user: Option<String>,
    pub server: Option<String>,
    pub token: Option<String>,
    pub impersonate: Option<String>,
    pub impersonate_groups: Vec<String>,
    pub impersonate_uid: Option<String>,
    pub impersonate_extra: Vec<(String, String)>,
    pub certificate_authority: Option<PathBuf>,
    pub client_certificate: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
    pub insecure_skip_tls_verify: bool,
    pub tls_server_name: Option<String>,
    /// `None` is our default, zero is no limit.
    pub request_timeout: Option<Duration>,
    pub disable_compression: bool,
    /// Indicates whether standard input is a terminal, where a credential plugin may ask its user something.
    pub has_terminal: bool,
    /// `-v`; from 6 on each request is logged.
    pub verbosity: u8,
    /// The command that runs, for the server's audit log: `etcd status`.
    pub command: String,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("context", &self.context).finish_non_exhaustive()
    }
}

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
    let config = configuration(connection)?;
    let plugin = config.auth_info.exec.as_ref();
    if plugin.is_some_and(|it| it.interactive_mode != Some(ExecInteractiveMode::Never)) {
        let why = "the credential plugin may prompt the user";
        return Err(ConnectError::Unusable(why.to_owned()));
    }
    open(config, connection, &Notices::new(0, Arc::new(|_, _| {}))).await
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
    mut config: Config,
    connection: &Connection,
    notices: &Notices,
) -> Result<Cluster, ConnectError> {
    kubeconfig::check_files(&config)?;
    config.headers.extend(headers::own(&connection.command));
    let server = trace::host_and_port(&config.cluster_url);
    let notices = notices.clone().of(&config);
    let client = RenewableClient::new(config, notices.clone()).await?;
    let request_timeout = match connection.request_timeout {
        None => REQUEST_TIMEOUT,
        Some(Duration::ZERO) => NO_TIMEOUT,
        Some(timeout) => timeout,
    };
    Ok(Cluster { client, server, request_timeout, notices, run_id: run_id(), deadline: None })
}

/// A mark that no other run has: 16 hexadecimal digits. The hasher's keys are random.
fn run_id() -> String {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    format!("{:016x}", hasher.finish())
}

/// The kubeconfig's settings with the flags' over them, or a pod's.
fn configuration(connection: &Connection) -> Result<Config, ConnectError> {
    let (mut config, proxy, user) = match kubeconfig::load(&paths(connection))? {
        Some(kubeconfig) => from_kubeconfig(kubeconfig, connection)?,
        None => (without_kubeconfig(connection)?, None, String::new()),
    };
    apply_flags(&mut config, connection)?;
    kubeconfig::check_user(&user, &config.auth_info, connection.has_terminal)?;
    check_credentials(&mut config.auth_info, connection)?;
    let proxy = proxy::resolve(&config.cluster_url, proxy.as_deref(), &connection.proxies);
    let is_unusable = || {
        let words = "the proxy URL is not valid: the scheme must be http, https, socks5 or socks5h";
        ConnectError::Unusable(words.to_owned())
    };
    config.proxy_url = match proxy {
        Some(url) => Some(proxy::url(&url).ok_or_else(is_unusable)?),
        None => None,
    };
    Ok(config)
}

fn paths(connection: &Connection) -> Paths {
    match &connection.kubeconfig {
        Some(path) => Paths { files: vec![path.clone()], must_exist: true },
        None => Paths { files: connection.default_kubeconfigs.clone(), must_exist: false },
    }
}

/// Refuses what would fail later, and worse. A token loses the white space around it.
fn check_credentials(auth: &mut AuthInfo, flags: &Connection) -> Result<(), ConnectError> {
    if let Some(token) = &auth.token {
        let token = token.expose_secret().trim().to_owned();
        token_file::header(&token)
            .map_err(|why| KubeconfigFault::Token("the token".to_owned(), why))?;
        auth.token = Some(token.into());
    }
    if auth.impersonate.is_none()
        && (flags.impersonate_uid.is_some()
            || !flags.impersonate_groups.is_empty()
            || !flags.impersonate_extra.is_empty())
    {
        let words =
            "requesting uid, groups or extras without impersonating a user: --as is missing";
        return Err(ConnectError::Unusable(words.to_owned()));
    }
    Ok(())
}

/// The settings of the chosen context, the proxy that its cluster names, and the name of its user. A
/// kubeconfig without a current context serves where flags choose a cluster or a server.
fn from_kubeconfig(
    kubeconfig: Kubeconfig,
    connection: &Connection,
) -> Result<(Config, Option<String>, String), ConnectError> {
    let has_context = connection.context.is_some() || kubeconfig.current_context.is_some();
    if !has_context && connection.cluster.is_none() && connection.server.is_none() {
        return Err(ConnectError::NoContext);
    }
    let Chosen { cluster, user_name, user } = kubeconfig::choose(
        kubeconfig,
        connection.context.as_deref(),
        connection.cluster.as_deref(),
        connection.user.as_deref(),
        connection.token.is_some(),
    )?;
    let server = connection.server.as_ref().or(cluster.server.as_ref());
    let server = server.ok_or_else(|| {
        ConnectError::Unusable("the kubeconfig's cluster has no server".to_owned())
    })?;
    let whose = if connection.server.is_some() { "--server" } else { "the kubeconfig's server" };
    let mut config = Config::new(server_url(server, whose)?);
    config.root_cert = kubeconfig::certificate_authority(&cluster)?;
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.disable_compression = cluster.disable_compression.unwrap_or(false);
    config.tls_server_name.clone_from(&cluster.tls_server_name);
    config.auth_info = user;
    Ok((config, cluster.proxy_url, user_name))
}

fn without_kubeconfig(connection: &Connection) -> Result<Config, ConnectError> {
    let named = [("context", &connection.context), ("cluster", &connection.cluster)];
    for (what, name) in named {
        if let Some(name) = name {
            return Err(KubeconfigFault::NoSuch(what, name.clone()).into());
        }
    }
    match bare(connection)? {
        Some(config) => Ok(config),
        None => Config::incluster().map_err(|_| ConnectError::NoConfiguration),
    }
}

/// `--server` alone is enough, as it is for kubectl.
fn bare(connection: &Connection) -> Result<Option<Config>, ConnectError> {
    let url = connection.server.as_ref().map(|server| server_url(server, "--server"));
    Ok(url.transpose()?.map(Config::new))
}

fn server_url(text: &str, whose: &str) -> Result<Uri, ConnectError> {
    let url: Option<Uri> = text.parse().ok().filter(|url: &Uri| url.host().is_some());
    let url = match url {
        // kubectl takes a host without a scheme too, and means HTTP by it.
        Some(url) if url.scheme().is_none() => format!("http://{text}").parse().ok(),
        other => other,
    };
    // It may hold a password.
    let shown = text.rsplit_once('@').map_or(text, |it| it.1);
    url.ok_or_else(|| ConnectError::Unusable(format!("{whose} {shown} is not a URL")))
}

fn apply_flags(config: &mut Config, flags: &Connection) -> Result<(), ConnectError> {
    if let Some(server) = &flags.server {
        config.cluster_url = server_url(server, "--server")?;
        // The kubeconfig's name is that of another server.
        config.tls_server_name = None;
    }
    if let Some(path) = &flags.certificate_authority {
        config.root_cert_file = None;
        config.root_cert = Some(kubeconfig::certificates(path)?);
    }
    if flags.insecure_skip_tls_verify {
        config.accept_invalid_certs = true;
        config.root_cert = None;
        config.root_cert_file = None;
    }
    if let Some(name) = &flags.tls_server_name {
        config.tls_server_name = Some(name.clone());
    }
    config.disable_compression |= flags.disable_compression;
    let auth = &mut config.auth_info;
    if let Some(token) = &flags.token {
        *auth = AuthInfo {
            impersonate: auth.impersonate.take(),
            impersonate_uid: auth.impersonate_uid.take(),
            impersonate_groups: auth.impersonate_groups.take(),
            impersonate_user_extra: auth.impersonate_user_extra.take(),
            ..AuthInfo::default()
        };
        auth.token = Some(token.clone().into());
    }
    if let (Some(certificate), Some(key)) = (&flags.client_certificate, &flags.client_key) {
        auth.client_certificate = Some(certificate.display().to_string());
        auth.client_certificate_data = None;
        auth.client_key = Some(key.display().to_string());
        auth.client_key_data = None;
    }
    if let Some(user) = &flags.impersonate {
        auth.impersonate = Some(user.clone());
    }
    if let Some(uid) = &flags.impersonate_uid {
        auth.impersonate_uid = Some(uid.clone());
    }
    if !flags.impersonate_groups.is_empty() {
        auth.impersonate_groups = Some(flags.impersonate_groups.clone());
    }
    if !flags.impersonate_extra.is_empty() {
        let mut extras: HashMap<String, Vec<String>> = HashMap::new();
        for (key, value) in flags.impersonate_extra.iter().cloned() {
            extras.entry(key).or_default().push(value);
        }
        auth.impersonate_user_extra = Some(extras);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_and_not_there_is_called_what_it_is() {
        let name = Some("nope".to_owned());
        for (connection, expected) in [
            (
                Connection { context: name.clone(), ..Connection::default() },
                "context \"nope\" does not exist in the kubeconfig",
            ),
            (
                Connection { cluster: name, ..Connection::default() },
                "cluster \"nope\" does not exist in the kubeconfig",
            ),
        ] {
            let error = configuration(&connection).err().map(|it| it.to_string());
            assert_eq!(error.as_deref(), Some(expected));
        }
    }
}
