//! Makes a client from a kubeconfig, kubectl's flags, or the service account of a pod.

use std::path::PathBuf;
use std::time::Duration;

use http::header::{HeaderValue, USER_AGENT};
use kube::client::ClientBuilder;
use kube::config::{AuthInfo, Config, KubeConfigOptions, KubeconfigError};
use secrecy::{ExposeSecret as _, SecretString};

use super::kubeconfig::{self, KubeconfigFault, Paths};
use super::{Cluster, Notices, certificates, trace};

/// How long one request may take, unless the user says otherwise. Watches are not requests.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// Stands for no limit.
const NO_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 3600);

/// Which cluster, as whom: kubectl's connection flags, and the paths that the environment names.
#[derive(Clone, Default)]
#[allow(missing_docs, reason = "each field is kubectl's flag of the same name")]
pub struct Connection {
    pub kubeconfig: Option<PathBuf>,
    /// `KUBECONFIG`'s list, else the default file.
    pub default_kubeconfigs: Vec<PathBuf>,
    pub context: Option<String>,
    pub cluster: Option<String>,
    pub user: Option<String>,
    pub server: Option<String>,
    pub token: Option<String>,
    pub impersonate: Option<String>,
    pub impersonate_groups: Vec<String>,
    pub impersonate_uid: Option<String>,
    pub certificate_authority: Option<PathBuf>,
    pub client_certificate: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
    pub insecure_skip_tls_verify: bool,
    pub tls_server_name: Option<String>,
    /// `None` is our default, zero is no limit.
    pub request_timeout: Option<Duration>,
    pub disable_compression: bool,
    /// `-v`; from 6 on each request is logged.
    pub verbosity: u8,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("context", &self.context).finish_non_exhaustive()
    }
}

/// Why no connection can be made. Quotes no part of a kubeconfig but names.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The kubeconfig cannot be had.
    #[error(transparent)]
    Kubeconfig(#[from] KubeconfigFault),
    /// There is no kubeconfig, and this is no pod.
    #[error(
        "no kubeconfig found, and this is not a pod: log in with `oc login`, or set KUBECONFIG"
    )]
    NoConfiguration,
    /// No context is chosen.
    #[error("the kubeconfig has no current context: choose one with --context")]
    NoContext,
    /// The kubeconfig has no context, cluster or user of that name.
    #[error("{what} \"{name}\" does not exist in the kubeconfig")]
    NoSuch {
        /// `context`, `cluster` or `user`.
        what: &'static str,
        /// The name that was asked for.
        name: String,
    },
    /// A file or a value that the kubeconfig or a flag names cannot be used.
    #[error("{0}")]
    Unusable(String),
}

/// Connects. Nothing is sent yet.
///
/// # Errors
/// When there is no usable configuration.
pub async fn connect(connection: &Connection) -> Result<Cluster, ConnectError> {
    let mut config = configuration(connection).await?;
    apply_flags(&mut config, connection)?;
    check_token(&config.auth_info)?;
    kubeconfig::check_files(&config)?;
    if let Some(wrong) =
        certificates::not_an_authority(config.root_cert.as_deref().unwrap_or_default())
    {
        return Err(ConnectError::Unusable(wrong));
    }
    config.default_retry = false;
    config.headers.push((USER_AGENT, user_agent()));
    let server = trace::host_and_port(&config.cluster_url);
    let notices = Notices::new(connection.verbosity);
    let plugin = config.auth_info.exec.clone().map(|it| (it.command, it.install_hint));
    let client = ClientBuilder::try_from(config)
        .map_err(|error| ConnectError::Unusable(unusable(&error, plugin)))?
        .with_layer(&notices)
        .build();
    let request_timeout = match connection.request_timeout {
        None => REQUEST_TIMEOUT,
        Some(Duration::ZERO) => NO_TIMEOUT,
        Some(timeout) => timeout,
    };
    Ok(Cluster { client, server, request_timeout, notices })
}

fn user_agent() -> HeaderValue {
    HeaderValue::from_static(concat!("oc-etcd/", env!("CARGO_PKG_VERSION")))
}

async fn configuration(connection: &Connection) -> Result<Config, ConnectError> {
    let paths = match &connection.kubeconfig {
        Some(path) => Paths { files: vec![path.clone()], must_exist: true },
        None => Paths { files: connection.default_kubeconfigs.clone(), must_exist: false },
    };
    let options = KubeConfigOptions {
        context: connection.context.clone(),
        cluster: connection.cluster.clone(),
        user: connection.user.clone(),
    };
    match kubeconfig::load(&paths)? {
        Some(kubeconfig) => {
            let current = options.context.is_some() || kubeconfig.current_context.is_some();
            if !current && options.cluster.is_none() {
                return bare(connection).ok_or(ConnectError::NoContext);
            }
            // A token of the flag's is a user of its own.
            let missing = kubeconfig::missing_user(&kubeconfig, &options);
            if let Some(name) = missing.filter(|_| connection.token.is_none()) {
                return Err(ConnectError::NoSuch { what: "user", name });
            }
            Config::from_custom_kubeconfig(kubeconfig, &options)
                .await
                .map_err(|error| reword(&error))
        }
        None if options.context.is_some() || options.cluster.is_some() => {
            Err(ConnectError::NoSuch {
                what: "context",
                name: options.context.or(options.cluster).unwrap_or_default(),
            })
        }
        None => match bare(connection) {
            Some(config) => Ok(config),
            None => Config::incluster().map_err(|_| ConnectError::NoConfiguration),
        },
    }
}

/// `--server` alone is enough, as it is for kubectl.
fn bare(connection: &Connection) -> Option<Config> {
    Some(Config::new(connection.server.as_ref()?.parse().ok()?))
}

fn apply_flags(config: &mut Config, flags: &Connection) -> Result<(), ConnectError> {
    if let Some(server) = &flags.server {
        config.cluster_url = server
            .parse()
            // Not quoted: it may hold a password.
            .map_err(|_| ConnectError::Unusable("--server is not a URL".to_owned()))?;
    }
    if let Some(path) = &flags.certificate_authority {
        config.root_cert_file = Some(path.clone());
        config.root_cert = None;
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
    Ok(())
}

/// A token becomes a header, and the client panics over one that cannot be in it.
fn check_token(auth: &AuthInfo) -> Result<(), ConnectError> {
    let is_header = |token: &SecretString| HeaderValue::from_str(token.expose_secret()).is_ok();
    if auth.token.as_ref().is_none_or(is_header) {
        return Ok(());
    }
    let message = "the token cannot be sent: it holds a line end or another control character";
    Err(ConnectError::Unusable(message.to_owned()))
}

fn reword(error: &KubeconfigError) -> ConnectError {
    let no_such = |what, name: &String| ConnectError::NoSuch { what, name: name.clone() };
    match error {
        KubeconfigError::CurrentContextNotSet => ConnectError::NoContext,
        KubeconfigError::LoadContext(name) => no_such("context", name),
        KubeconfigError::LoadClusterOfContext(name) => no_such("cluster", name),
        KubeconfigError::MissingClusterUrl => {
            ConnectError::Unusable("the kubeconfig's cluster has no server".to_owned())
        }
        KubeconfigError::LoadCertificateAuthority(_) => {
            ConnectError::Unusable("the cluster's certificate authority cannot be read".to_owned())
        }
        KubeconfigError::LoadClientCertificate(_) => {
            ConnectError::Unusable("the user's client certificate cannot be read".to_owned())
        }
        KubeconfigError::LoadClientKey(_) => {
            ConnectError::Unusable("the user's client key cannot be read".to_owned())
        }
        KubeconfigError::ParseNoProxy(_) => {
            ConnectError::Unusable("NO_PROXY cannot be understood".to_owned())
        }
        _ => ConnectError::Unusable("the kubeconfig cannot be used".to_owned()),
    }
}

/// Says why no client can be made. `plugin` is the credential plugin's command and install hint.
fn unusable(error: &kube::Error, plugin: Option<(Option<String>, Option<String>)>) -> String {
    match error {
        kube::Error::RustlsTls(error) => certificates::explain(error)
            .unwrap_or_else(|| format!("the certificates cannot be used: {error}")),
        kube::Error::Auth(cause) => {
            let fault = super::Fault::from_kube(error, None).to_string();
            let (command, hint) = plugin.unwrap_or_default();
            let named = command
                .map_or(fault.clone(), |it| fault.replacen("plugin", &format!("plugin {it}"), 1));
            let is_missing = matches!(cause, kube::client::AuthError::AuthExecStart(_));
            hint.filter(|_| is_missing).map_or(named.clone(), |hint| format!("{named}\n{hint}"))
        }
        kube::Error::InferKubeconfig(error) => reword(error).to_string(),
        _ => "the connection's settings cannot be used".to_owned(),
    }
}
