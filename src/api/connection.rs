//! kubectl's connection flags.

use std::path::PathBuf;
use std::time::Duration;

use super::proxy::ProxyVariables;

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
