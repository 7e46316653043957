//! Why no connection can be made.

use super::certificates;
use super::kubeconfig::KubeconfigFault;
use super::plugin::PluginFault;

/// Why no connection can be made. Quotes no part of a kubeconfig but names.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The kubeconfig cannot be had.
    #[error(transparent)]
    Kubeconfig(#[from] KubeconfigFault),
    /// The credential plugin gives no credentials.
    #[error(transparent)]
    Plugin(#[from] PluginFault),
    /// There is no kubeconfig, and this is no pod.
    #[error("{0}, and oc-etcd does not run in a pod")]
    NoConfiguration(KubeconfigFault),
    /// The kubeconfig has no context that could be chosen, and this is no pod.
    #[error("the kubeconfig has no contexts, and oc-etcd does not run in a pod")]
    NoContexts,
    /// No context is chosen.
    #[error("the kubeconfig has no current context: choose one with --context")]
    NoContext,
    /// A file or a value that the kubeconfig or a flag names cannot be used.
    #[error("{0}")]
    Unusable(String),
}

impl ConnectError {
    /// Returns advice for the user.
    #[must_use]
    pub const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoConfiguration(_) | Self::NoContexts => Some("`oc login`, or set KUBECONFIG"),
            _ => None,
        }
    }
}

/// Says why no client can be made.
pub(crate) fn unusable(error: &kube::Error) -> String {
    match error {
        kube::Error::RustlsTls(error) => certificates::explain(error)
            .unwrap_or_else(|| format!("the certificates cannot be used: {error}")),
        kube::Error::Auth(_) => crate::api::Fault::from_kube(error, None).to_string(),
        _ => "the connection's settings cannot be used".to_owned(),
    }
}
