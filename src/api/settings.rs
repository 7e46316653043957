//! The settings of a connection: those of the kubeconfig or of a pod, with kubectl's flags over them.

use std::collections::HashMap;
use std::path::PathBuf;

use kube::config::{AuthInfo, Cluster, Config};
use secrecy::ExposeSecret as _;

use super::connect_error::ConnectError;
use super::connection::Connection;
use super::kubeconfig::{self, Choice, Chosen, KubeconfigFault, Others, Paths};
use super::{proxy, server, token_file};

/// The settings of the chosen cluster and user, checked.
///
/// # Errors
/// When kubectl would refuse them too, or when there is no server.
pub(crate) fn configuration(flags: &Connection) -> Result<Config, ConnectError> {
    let chosen = chosen(flags)?;
    let cluster = cluster_with(chosen.cluster, flags);
    let user = user_with(chosen.user, flags);
    kubeconfig::check_cluster(&chosen.cluster_name, &cluster)?;
    kubeconfig::check_user(&chosen.user_name, &user)?;
    let refused = |why| KubeconfigFault::Cluster(chosen.cluster_name.clone(), why);
    let text = cluster.server.as_deref().ok_or_else(|| refused("no server is set"))?;
    let url = server::url(text).ok_or_else(|| match flags.server {
        Some(_) => ConnectError::Unusable("--server is not a URL such as https://HOST:PORT".into()),
        None => refused("server is not a URL such as https://HOST:PORT").into(),
    })?;
    let mut config = Config::new(url);
    config.disable_compression = cluster.disable_compression.unwrap_or(false);
    config.auth_info = if config.cluster_url.scheme_str() == Some("https") {
        kubeconfig::check_tls(&chosen.cluster_name, &cluster)?;
        kubeconfig::check_credentials(&chosen.user_name, &user, flags.has_terminal)?;
        config.root_cert = kubeconfig::certificate_authority(&cluster)?;
        config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
        config.tls_server_name.clone_from(&cluster.tls_server_name);
        credentials(user, &cluster, flags)?
    } else {
        impersonation(user)
    };
    let proxy = proxy::resolve(&config.cluster_url, cluster.proxy_url.as_deref(), &flags.proxies);
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

/// The kubeconfig files that the flags or the environment name.
pub(crate) fn paths(flags: &Connection) -> Paths {
    match &flags.kubeconfig {
        Some(path) => Paths { files: vec![path.clone()], must_exist: true },
        None => Paths { files: flags.default_kubeconfigs.clone(), must_exist: false },
    }
}

/// The cluster and the user of the kubeconfig, or those of a pod.
fn chosen(flags: &Connection) -> Result<Chosen, ConnectError> {
    let choice = Choice {
        context: flags.context.as_deref(),
        cluster: flags.cluster.as_deref(),
        user: flags.user.as_deref(),
        has_server: flags.server.is_some(),
        has_credentials: flags.token.is_some() || flags.client_certificate.is_some(),
    };
    let names_none = choice.context.is_none() && choice.cluster.is_none() && !choice.has_server;
    match kubeconfig::load(&paths(flags))? {
        None if names_none && choice.user.is_none() => of_pod(),
        Some(kubeconfig) if names_none && kubeconfig.current_context.is_none() => {
            Err(ConnectError::NoContext)
        }
        kubeconfig => Ok(kubeconfig::choose(kubeconfig.unwrap_or_default(), choice)?),
    }
}

/// The service account of the pod in which the program runs.
fn of_pod() -> Result<Chosen, ConnectError> {
    let config = Config::incluster().map_err(|_| ConnectError::NoConfiguration)?;
    let path = |it: PathBuf| it.display().to_string();
    let cluster = Cluster {
        server: Some(config.cluster_url.to_string()),
        certificate_authority: config.root_cert_file.map(path),
        ..Cluster::default()
    };
    Ok(Chosen { cluster, user: config.auth_info, ..Chosen::default() })
}

/// A cluster with the flags over it. The flags of the authority take the place of both fields of it, and a
/// server leaves the name behind that the kubeconfig has for another server's certificate.
fn cluster_with(mut cluster: Cluster, flags: &Connection) -> Cluster {
    if flags.insecure_skip_tls_verify || flags.certificate_authority.is_some() {
        let path = flags.certificate_authority.as_ref();
        cluster.insecure_skip_tls_verify = Some(flags.insecure_skip_tls_verify);
        cluster.certificate_authority = path.map(|it| it.display().to_string());
        note_flag(
            &mut cluster.other,
            "certificate-authority",
            flags.certificate_authority.as_ref(),
        );
        cluster.certificate_authority_data = None;
    }
    if flags.server.is_some() || flags.tls_server_name.is_some() {
        cluster.tls_server_name.clone_from(&flags.tls_server_name);
    }
    if flags.server.is_some() {
        cluster.server.clone_from(&flags.server);
    }
    if flags.disable_compression {
        cluster.disable_compression = Some(true);
    }
    cluster
}

/// Notes whether the value of a flag is certainly a path.
fn note_flag(others: &mut Others, flag: &str, value: Option<&PathBuf>) {
    if let Some(path) = value {
        kubeconfig::note(others, flag, path.to_str(), || format!("the flag --{flag}"));
    }
}

/// A user with the flags over it, field by field.
fn user_with(mut user: AuthInfo, flags: &Connection) -> AuthInfo {
    let path = |it: &Option<PathBuf>| it.as_ref().map(|it| it.display().to_string());
    let over = |field: &mut Option<String>, flag: Option<String>| {
        *field = flag.or_else(|| field.take());
    };
    note_flag(&mut user.other, "client-certificate", flags.client_certificate.as_ref());
    note_flag(&mut user.other, "client-key", flags.client_key.as_ref());
    over(&mut user.client_certificate, path(&flags.client_certificate));
    over(&mut user.client_key, path(&flags.client_key));
    over(&mut user.impersonate, flags.impersonate.clone());
    over(&mut user.impersonate_uid, flags.impersonate_uid.clone());
    if let Some(token) = &flags.token {
        user.token = Some(token.clone().into());
    }
    if !flags.impersonate_groups.is_empty() {
        user.impersonate_groups = Some(flags.impersonate_groups.clone());
    }
    let mut extras: HashMap<String, Vec<String>> = HashMap::new();
    for (key, value) in flags.impersonate_extra.iter().cloned() {
        extras.entry(key).or_default().push(value);
    }
    if !extras.is_empty() {
        user.impersonate_user_extra = Some(extras);
    }
    user
}

/// What is left of a user over plain HTTP: client-go sends no credentials unencrypted, and does not look at them.
fn impersonation(user: AuthInfo) -> AuthInfo {
    AuthInfo {
        impersonate: user.impersonate,
        impersonate_uid: user.impersonate_uid,
        impersonate_groups: user.impersonate_groups,
        impersonate_user_extra: user.impersonate_user_extra,
        ..AuthInfo::default()
    }
}

/// The credentials of a user that was checked, as kube uses them. `--token` takes the place of all others:
/// kubectl shows them too, and the server may prefer them.
fn credentials(
    mut user: AuthInfo,
    cluster: &Cluster,
    flags: &Connection,
) -> Result<AuthInfo, ConnectError> {
    if flags.token.is_some() {
        user = AuthInfo { token: user.token.take(), ..impersonation(user) };
    }
    if user.client_certificate.is_none() && user.client_certificate_data.is_none() {
        user.client_key = None;
        user.client_key_data = None;
    }
    // kube uses a user without a password for nothing.
    if user.username.is_some() || user.password.is_some() {
        user.username.get_or_insert_default();
        user.password.get_or_insert_with(|| String::new().into());
    }
    if let Some(token) = &user.token {
        let token = token.expose_secret().trim().to_owned();
        token_file::header(&token)
            .map_err(|why| KubeconfigFault::Token("the token".to_owned(), why))?;
        user.token = Some(token.into());
    }
    // client-go runs no plugin where the user has other credentials.
    let has_others = user.token.is_some()
        || user.token_file.is_some()
        || user.username.is_some()
        || user.client_certificate.is_some()
        || user.client_certificate_data.is_some();
    user.exec.take_if(|_| has_others);
    if let Some(exec) = user.exec.as_mut().filter(|it| it.provide_cluster_info) {
        exec.cluster = Some(cluster.try_into().map_err(|_| KubeconfigFault::Describe)?);
    }
    Ok(user)
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
