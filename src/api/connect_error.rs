//! Why no connection can be made.

use super::certificates;
use super::kubeconfig::KubeconfigFault;

/// Why no connection can be made. Quotes no part of a kubeconfig but names.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The kubeconfig cannot be had.
    #[error(transparent)]
    Kubeconfig(#[from] KubeconfigFault),
    /// There is no kubeconfig, and this is no pod.
    #[error(
        "no kubeconfig found, and oc-etcd does not run in a pod: log in with `oc login`, or set KUBECONFIG"
    )]
    NoConfiguration,
    /// No context is chosen.
    #[error("the kubeconfig has no current context: choose one with --context")]
    NoContext,
    /// A file or a value that the kubeconfig or a flag names cannot be used.
    #[error("{0}")]
    Unusable(String),
}

/// Says why no client can be made. `plugin` is the credential plugin's command and install hint.
pub(crate) fn unusable(
    error: &kube::Error,
    plugin: Option<(Option<String>, Option<String>)>,
) -> String {
    match error {
        kube::Error::RustlsTls(error) => certificates::explain(error)
            .unwrap_or_else(|| format!("the certificates cannot be used: {error}")),
        kube::Error::Auth(cause) => {
            let fault = crate::api::Fault::from_kube(error, None).to_string();
            let (command, hint) = plugin.unwrap_or_default();
            let named = command
                .map_or(fault.clone(), |it| fault.replacen("plugin", &format!("plugin {it}"), 1));
            let is_missing = matches!(cause, kube::client::AuthError::AuthExecStart(_));
            hint.filter(|_| is_missing).map_or(named.clone(), |hint| format!("{named}\n{hint}"))
        }
        _ => "the connection's settings cannot be used".to_owned(),
    }
}
