//! The rules for the cluster and the user that are chosen (client-go: tools/clientcmd/validation.go,
//! transport/transport.go and the plugins of rest). What is not chosen is not looked at.

use std::fs::File;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::{AuthInfo, AuthProviderConfig, Cluster, ExecConfig, ExecInteractiveMode};
use rustls::RootCertStore;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, ServerName};

use super::fault::{Entry, KubeconfigFault};
use super::file::UNKNOWN_MODE;
use super::named_file::{Others, flag, unread};
use crate::api::proxy;

/// Checks a cluster, whether its server speaks TLS or not.
///
/// # Errors
/// When kubectl would refuse the cluster.
pub(crate) fn check_cluster(of: &Entry, cluster: &Cluster) -> Result<(), KubeconfigFault> {
    let refuse = |why| Err(KubeconfigFault::Entry(of.clone(), why));
    let authority = cluster.certificate_authority.as_deref();
    if authority.is_some() && cluster.certificate_authority_data.is_some() {
        return refuse(
            "both certificate-authority and certificate-authority-data are set, but only one is allowed",
        );
    }
    readable("certificate authority", "certificate-authority", authority, &cluster.other)?;
    cluster.proxy_url.as_deref().and_then(proxy::fault_of_cluster).map_or(Ok(()), refuse)
}

/// Checks what of a cluster matters for TLS alone.
///
/// # Errors
/// When kubectl would refuse the cluster.
pub(crate) fn check_tls(of: &Entry, cluster: &Cluster) -> Result<(), KubeconfigFault> {
    let refuse = |why| Err(KubeconfigFault::Entry(of.clone(), why));
    let has_authority =
        cluster.certificate_authority.is_some() || cluster.certificate_authority_data.is_some();
    if cluster.insecure_skip_tls_verify == Some(true) && has_authority {
        return refuse(
            "both a certificate authority and insecure-skip-tls-verify are set, but only one is allowed",
        );
    }
    if cluster.tls_server_name.as_deref().is_some_and(|it| ServerName::try_from(it).is_err()) {
        return refuse("tls-server-name is neither a host name nor an IP address");
    }
    Ok(())
}

/// Checks a user, whether the user's credentials are sent or not.
///
/// # Errors
/// When kubectl would refuse the user.
pub(crate) fn check_user(of: &Entry, user: &AuthInfo) -> Result<(), KubeconfigFault> {
    let refuse = |why| Err(KubeconfigFault::Entry(of.clone(), why));
    if user.token.is_some() && has_password(user) {
        return refuse(TOKEN_AND_PASSWORD);
    }
    if has_certificate(user) {
        if let Some(why) = fault_of_certificate(user) {
            return refuse(why);
        }
        let readable = |what, field, path: &Option<String>| {
            readable(what, field, path.as_deref(), &user.other)
        };
        readable("client certificate", "client-certificate", &user.client_certificate)?;
        readable("client key", "client-key", &user.client_key)?;
    }
    let groups = user.impersonate_groups.as_deref().unwrap_or_default();
    let has_extra = user.impersonate_user_extra.is_some();
    if user.impersonate.is_none()
        && (user.impersonate_uid.is_some() || !groups.is_empty() || has_extra)
    {
        return refuse(
            "as-uid, as-groups or as-user-extra is set, but not the user to impersonate (as, --as)",
        );
    }
    let why = match (&user.exec, &user.auth_provider) {
        (Some(_), Some(_)) => Some("both a credential plugin and an auth-provider are set"),
        (Some(plugin), None) => fault_of_plugin(plugin),
        (None, _) => None,
    };
    why.map_or(Ok(()), refuse)
}

/// Checks the credentials of a user, which are sent over TLS alone. A plugin that needs a terminal is refused
/// without one: `is_terminal` tells of standard input.
///
/// # Errors
/// When kubectl would refuse the credentials.
pub(crate) fn check_credentials(
    of: &Entry,
    user: &AuthInfo,
    is_terminal: bool,
) -> Result<(), KubeconfigFault> {
    let has_token = user.token.is_some() || user.token_file.is_some();
    let has_key = user.client_key.is_some() || user.client_key_data.is_some();
    let is_identified = has_token
        || has_password(user)
        || has_certificate(user)
        || user.exec.is_some()
        || user.auth_provider.is_some();
    let has_credentials = has_token || has_password(user) || has_certificate(user);
    let why = match (&user.exec, &user.auth_provider) {
        _ if has_token && has_password(user) => Some(TOKEN_AND_PASSWORD),
        _ if has_key && !is_identified => Some("a client key is set without a client certificate"),
        (Some(plugin), _) => unusable_plugin(plugin, is_terminal || has_credentials),
        (None, Some(provider)) => fault_of_provider(provider),
        (None, None) => None,
    };
    why.map_or(Ok(()), |why| Err(KubeconfigFault::Entry(of.clone(), why)))
}

const TOKEN_AND_PASSWORD: &str = "both a token and a password are set, but only one is allowed";

const fn has_password(user: &AuthInfo) -> bool {
    user.username.is_some() || user.password.is_some()
}

const fn has_certificate(user: &AuthInfo) -> bool {
    user.client_certificate.is_some() || user.client_certificate_data.is_some()
}

/// Returns what is wrong with the client certificate and its key.
fn fault_of_certificate(user: &AuthInfo) -> Option<&'static str> {
    if user.client_certificate.is_some() && user.client_certificate_data.is_some() {
        return Some(
            "the client certificate is set twice, as a file and as client-certificate-data",
        );
    }
    if user.client_key.is_some() && user.client_key_data.is_some() {
        return Some("the client key is set twice, as a file and as client-key-data");
    }
    let has_key = user.client_key.is_some() || user.client_key_data.is_some();
    (!has_key).then_some("a client certificate is set without a client key")
}

/// Returns what a plugin lacks, whether it is run or not.
fn fault_of_plugin(plugin: &ExecConfig) -> Option<&'static str> {
    let version = plugin.api_version.as_deref();
    let variables = plugin.env.iter().flatten();
    let has_no_name = |it: &std::collections::HashMap<String, String>| it["name"].is_empty();
    match (&plugin.interactive_mode, version) {
        _ if plugin.command.is_none() => Some("the credential plugin has no command"),
        (_, None) => Some("the credential plugin has no apiVersion"),
        _ if variables.into_iter().any(has_no_name) => {
            Some("an environment variable of the credential plugin has no name")
        }
        _ if plugin.other.contains_key(UNKNOWN_MODE) => Some(
            "the interactiveMode of the credential plugin must be Never, IfAvailable or Always",
        ),
        // Older versions have a default.
        (
            None,
            Some("client.authentication.k8s.io/v1beta1" | "client.authentication.k8s.io/v1alpha1"),
        ) => None,
        (None, Some(_)) => Some("the credential plugin has no interactiveMode"),
        _ => None,
    }
}

/// Returns why a plugin cannot be run.
fn unusable_plugin(plugin: &ExecConfig, can_be_interactive: bool) -> Option<&'static str> {
    match (&plugin.interactive_mode, plugin.api_version.as_deref()) {
        (Some(ExecInteractiveMode::Always), _) if !can_be_interactive => Some(
            "the credential plugin requires a terminal (interactiveMode: Always), but standard input is not \
             a terminal",
        ),
        (_, Some("client.authentication.k8s.io/v1" | "client.authentication.k8s.io/v1beta1")) => {
            None
        }
        _ => Some(
            "the apiVersion of the credential plugin must be client.authentication.k8s.io/v1 or v1beta1: \
             update the plugin, and let the plugin write the kubeconfig again",
        ),
    }
}

/// Returns why an auth-provider cannot be used. kubectl has only `oidc` left.
fn fault_of_provider(provider: &AuthProviderConfig) -> Option<&'static str> {
    let has = |key: &str| provider.config.get(key).is_some_and(|it| !it.is_empty());
    match &*provider.name {
        "oidc" if !has("idp-issuer-url") => Some("the auth-provider oidc has no idp-issuer-url"),
        "oidc" if !has("client-id") => Some("the auth-provider oidc has no client-id"),
        "oidc" if !has("id-token") => {
            Some("the auth-provider oidc has no id-token: log in again with the tool that wrote it")
        }
        "oidc" => None,
        "gcp" => Some(
            "the auth-provider gcp was removed from kubectl: install the credential plugin \
             gke-gcloud-auth-plugin, and run gcloud container clusters get-credentials",
        ),
        "azure" => Some(
            "the auth-provider azure was removed from kubectl: install the credential plugin kubelogin, and \
             run kubelogin convert-kubeconfig",
        ),
        _ => Some("the auth-provider is none that kubectl has: use a credential plugin"),
    }
}

/// Looks whether a file that is named can be opened.
fn readable(
    what: &'static str,
    field: &str,
    path: Option<&str>,
    others: &Others,
) -> Result<(), KubeconfigFault> {
    let Some(path) = path else { return Ok(()) };
    let opened = File::open(path).map(|_| ());
    opened.map_err(|error| unread(what, field, path, others, &error))
}

/// The certificates of a cluster's authority, DER; `None` for those of the system.
///
/// # Errors
/// When the authority is no base64 or has no certificate, or its file cannot be read.
pub(crate) fn certificate_authority(
    cluster: &Cluster,
) -> Result<Option<Vec<Vec<u8>>>, KubeconfigFault> {
    let data = cluster.certificate_authority_data.as_deref();
    let (pem, whose) = match (data, cluster.certificate_authority.as_deref()) {
        (Some(data), _) => (STANDARD.decode(data).unwrap_or_default(), "of the kubeconfig"),
        (None, Some(path)) => {
            let read = std::fs::read(Path::new(path));
            let field = "certificate-authority";
            let unread = |error: std::io::Error| {
                unread("certificate authority", field, path, &cluster.other, &error)
            };
            (read.map_err(unread)?, path)
        }
        (None, None) => return Ok(None),
    };
    // Go passes over blocks that it cannot parse, and so is a bundle good that has one good certificate.
    let is_certificate =
        |it: &CertificateDer<'_>| RootCertStore::empty().add(it.clone().into_owned()).is_ok();
    let blocks = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok);
    let all: Vec<Vec<u8>> = blocks.filter(is_certificate).map(|it| it.to_vec()).collect();
    if !all.is_empty() {
        return Ok(Some(all));
    }
    Err(match flag(&cluster.other, "certificate-authority") {
        Some(flag) => {
            let why = "has no PEM certificate".to_owned();
            KubeconfigFault::Identity(flag.to_owned(), Some(whose.into()), why)
        }
        None => KubeconfigFault::Authority(whose.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(fill: impl FnOnce(&mut AuthInfo)) -> Option<String> {
        let mut user = AuthInfo::default();
        fill(&mut user);
        let of = Entry::new("user", "u", []);
        let checked = check_user(&of, &user).and_then(|()| check_credentials(&of, &user, false));
        checked.err().map(|it| it.to_string())
    }

    #[test]
    fn a_user_that_cannot_be_used_is_told_why() {
        let text = || Some("x".to_owned());
        let provider = |name: &str| {
            Some(AuthProviderConfig { name: name.to_owned(), ..AuthProviderConfig::default() })
        };
        let says = |fault: Option<String>, expected: &str| {
            let fault = fault.unwrap_or_default();
            assert!(fault.contains(expected), "{fault}");
        };
        says(user(|it| it.client_key_data = Some("x".into())), "without a client certificate");
        says(user(|it| it.client_certificate = text()), "without a client key");
        says(user(|it| it.impersonate_uid = text()), "not the user to impersonate");
        says(user(|it| it.auth_provider = provider("gcp")), "gke-gcloud-auth-plugin");
        says(user(|it| it.auth_provider = provider("azure")), "kubelogin convert-kubeconfig");
        says(user(|it| it.auth_provider = provider("oidc")), "no idp-issuer-url");
        assert_eq!(
            user(|it| {
                it.client_key = text();
                it.token = Some("x".into());
            }),
            None
        );
    }

    #[test]
    fn a_name_for_the_certificate_that_is_no_name_is_said_to_be_none() {
        let cluster =
            |name: &str| Cluster { tls_server_name: Some(name.to_owned()), ..Cluster::default() };
        let of = |is_flag| Entry::new("cluster", "c", [("--tls-server-name", is_flag)]);
        let fault = |of| check_tls(&of, &cluster("a b/!")).unwrap_err().to_string();
        let told = fault(of(false));
        assert!(told.contains("cluster \"c\" of the kubeconfig: tls-server-name"), "{told}");
        let told = fault(of(true));
        assert!(told.contains("of the kubeconfig with --tls-server-name: tls-server"), "{told}");
        assert!(check_tls(&of(false), &cluster("api.example.com")).is_ok());
    }
}
