//! The settings of a connection: those of the kubeconfig or of a pod, with kubectl's flags over them.

use std::collections::HashMap;
use std::path::PathBuf;

use kube::config::{AuthInfo, Cluster, Config};
use secrecy::ExposeSecret as _;

use super::connect_error::ConnectError;
use super::connection::Connection;
use super::kubeconfig::{self, Choice, Chosen, Entry, KubeconfigFault, Others, Paths};
use super::{proxy, server, token_file};

/// The settings of a connection.
#[derive(Clone)]
pub(crate) struct Settings {
    /// The settings that kube has.
    pub config: Config,
    /// The place that the proxy's URL comes from, for errors; empty without a proxy.
    pub proxy_origin: String,
}

/// The settings of the chosen cluster and user, checked.
///
/// # Errors
/// When kubectl would refuse them too, or when there is no server.
pub(crate) fn configuration(flags: &Connection) -> Result<Settings, ConnectError> {
    let chosen = chosen(flags, of_pod)?;
    let cluster = cluster_with(chosen.cluster, flags);
    let user = user_with(chosen.user, flags);
    let of_cluster = entry_of_cluster(&chosen.cluster_name, flags);
    let of_user = entry_of_user(&chosen.user_name, flags);
    kubeconfig::check_cluster(&of_cluster, &cluster)?;
    kubeconfig::check_user(&of_user, &user)?;
    let refused = |why| KubeconfigFault::Entry(of_cluster.clone(), why);
    let text = cluster.server.as_deref().ok_or_else(|| refused("no server is set"))?;
    let url = server::url(text).ok_or_else(|| match flags.server {
        Some(_) => ConnectError::Unusable("--server is not a URL such as https://HOST:PORT".into()),
        None => refused("server is not a URL such as https://HOST:PORT").into(),
    })?;
    let mut config = Config::new(url);
    config.disable_compression = cluster.disable_compression.unwrap_or(false);
    config.auth_info = if config.cluster_url.scheme_str() == Some("https") {
        kubeconfig::check_tls(&of_cluster, &cluster)?;
        kubeconfig::check_credentials(&of_user, &user, flags.has_terminal)?;
        config.root_cert = kubeconfig::certificate_authority(&cluster)?;
        config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
        config.tls_server_name.clone_from(&cluster.tls_server_name);
        credentials(&chosen.user_name, user, &cluster, flags)?
    } else {
        impersonation(user)
    };
    let of_cluster = cluster.proxy_url.as_deref().map(|it| (&*chosen.cluster_name, it));
    let proxy = proxy::resolve(&config.cluster_url, of_cluster, &flags.proxies);
    let (url, proxy_origin) = match proxy {
        Some(proxy) => (Some(proxy.url().map_err(ConnectError::Unusable)?), proxy.origin),
        None => (None, String::new()),
    };
    config.proxy_url = url;
    Ok(Settings { config, proxy_origin })
}

/// The kubeconfig files that the flags or the environment name.
pub(crate) fn paths(flags: &Connection) -> Paths {
    match &flags.kubeconfig {
        Some(path) => Paths { files: vec![path.clone()], must_exist: true },
        None => Paths { files: flags.default_kubeconfigs.clone(), must_exist: false },
    }
}

/// The cluster and the user of the kubeconfig, or those of a pod where the kubeconfig and the flags choose none
/// (client-go, `tools/clientcmd/merged_client_builder.go`).
fn chosen(
    flags: &Connection,
    of_pod: impl FnOnce() -> Option<Chosen>,
) -> Result<Chosen, ConnectError> {
    let choice = Choice {
        context: flags.context.as_deref(),
        cluster: flags.cluster.as_deref(),
        user: flags.user.as_deref(),
        has_server: flags.server.is_some(),
        has_credentials: flags.token.is_some() || flags.client_certificate.is_some(),
    };
    let names_none = choice.context.is_none() && choice.cluster.is_none() && !choice.has_server;
    let paths = paths(flags);
    let loaded = kubeconfig::load(&paths)?;
    let is_missing = loaded.is_none() && !paths.files.is_empty();
    let or_missing =
        |fault| if is_missing { KubeconfigFault::NotFound(paths.files.clone()) } else { fault };
    let names_none = names_none && loaded.as_ref().is_none_or(|it| it.current_context.is_none());
    if names_none && choice.user.is_none() {
        let why = match &loaded {
            None => ConnectError::NoConfiguration(KubeconfigFault::NotFound(paths.files.clone())),
            Some(kubeconfig) if kubeconfig.contexts.is_empty() => ConnectError::NoContexts,
            Some(_) => ConnectError::NoContext,
        };
        return of_pod().ok_or(why);
    }
    if let Some(user) = choice.user.filter(|_| names_none) {
        let mut users = loaded.iter().flat_map(|it| &it.auth_infos);
        return Err(if users.any(|it| it.name == user) {
            ConnectError::NoContext
        } else {
            or_missing(KubeconfigFault::NoSuch("user", user.to_owned())).into()
        });
    }
    Ok(kubeconfig::choose(loaded.unwrap_or_default(), choice).map_err(or_missing)?)
}

/// The service account of the pod in which the program runs.
fn of_pod() -> Option<Chosen> {
    let config = Config::incluster().ok()?;
    let path = |it: PathBuf| it.display().to_string();
    let cluster = Cluster {
        server: Some(config.cluster_url.to_string()),
        certificate_authority: config.root_cert_file.map(path),
        ..Cluster::default()
    };
    Some(Chosen { cluster, user: config.auth_info, ..Chosen::default() })
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

/// The cluster for errors, with the flags that change it.
fn entry_of_cluster(name: &str, flags: &Connection) -> Entry {
    let set = [
        ("--server", flags.server.is_some()),
        ("--certificate-authority", flags.certificate_authority.is_some()),
        ("--insecure-skip-tls-verify", flags.insecure_skip_tls_verify),
        ("--tls-server-name", flags.tls_server_name.is_some()),
    ];
    Entry::new("cluster", name, set)
}

/// The user for errors, with the flags that change it.
fn entry_of_user(name: &str, flags: &Connection) -> Entry {
    let set = [
        ("--token", flags.token.is_some()),
        ("--client-certificate", flags.client_certificate.is_some()),
        ("--client-key", flags.client_key.is_some()),
        ("--as", flags.impersonate.is_some()),
        ("--as-uid", flags.impersonate_uid.is_some()),
        ("--as-group", !flags.impersonate_groups.is_empty()),
        ("--as-user-extra", !flags.impersonate_extra.is_empty()),
    ];
    Entry::new("user", name, set)
}

/// Notes whether the value of a flag is certainly a path.
fn note_flag(others: &mut Others, flag: &str, value: Option<&PathBuf>) {
    if let Some(path) = value {
        kubeconfig::note(others, flag, path.to_str(), || format!("the flag --{flag}"));
        kubeconfig::note_place(others, flag, format!("--{flag}"));
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
    name: &str,
    mut user: AuthInfo,
    cluster: &Cluster,
    flags: &Connection,
) -> Result<AuthInfo, ConnectError> {
    let of_token = match flags.token {
        Some(_) => "--token".to_owned(),
        None => kubeconfig::place(&user.other, "token", name),
    };
    if flags.token.is_some() {
        user = AuthInfo { token: user.token.take(), ..impersonation(user) };
    }
    if user.client_certificate.is_none() && user.client_certificate_data.is_none() {
        user.client_key = None;
        user.client_key_data = None;
    }
    kubeconfig::read_identity(name, &mut user)?;
    // kube uses a user without a password for nothing.
    if user.username.is_some() || user.password.is_some() {
        user.username.get_or_insert_default();
        user.password.get_or_insert_with(|| String::new().into());
    }
    if let Some(token) = &user.token {
        let token = token.expose_secret().trim().to_owned();
        token_file::header(&token).map_err(|why| KubeconfigFault::Token(of_token, why))?;
        user.token = Some(token.into());
    }
    // client-go runs no plugin where the user has other credentials, and a provider adds no header where there is one
    // (client-go `transport/round_trippers.go`, `plugin/pkg/client/auth/oidc`).
    let has_header = user.token.is_some() || user.token_file.is_some() || user.username.is_some();
    user.auth_provider.take_if(|_| has_header);
    let has_others =
        has_header || user.client_certificate.is_some() || user.client_certificate_data.is_some();
    user.exec.take_if(|_| has_others);
    if let Some(exec) = user.exec.as_mut().filter(|it| it.provide_cluster_info) {
        exec.cluster = Some(cluster.try_into().map_err(|_| KubeconfigFault::Describe)?);
    }
    Ok(user)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which cluster is chosen where a pod has one: client-go takes the pod's for a kubeconfig that says nothing.
    #[test]
    fn the_pods_account_is_used_where_kubeconfig_and_flags_choose_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config");
        let entries = "clusters: [{name: c, cluster: {server: 'https://c'}}]\n\
                       users: [{name: u, user: {token: t}}]\n\
                       contexts: [{name: x, context: {cluster: c, user: u}}]\n";
        let current = format!("{entries}current-context: x\n");
        let flag = |fill: fn(&mut Connection)| {
            let mut flags = Connection::default();
            fill(&mut flags);
            flags
        };
        let (none, text) = (|| flag(|_| ()), |it: &str| Some(it.to_owned()));
        for (file, flags, in_pod, elsewhere) in [
            (None, none(), Some("pod"), text("no kubeconfig found")),
            (Some(""), none(), Some("pod"), text("has no contexts")),
            (Some("kind: Config\napiVersion: v1\n"), none(), Some("pod"), text("has no contexts")),
            (Some(entries), none(), Some("pod"), text("has no current context")),
            (Some(&*current), none(), Some("c"), None),
            (Some(entries), flag(|it| it.context = Some("x".into())), Some("c"), None),
            (Some(entries), flag(|it| it.cluster = Some("c".into())), Some("c"), None),
            (Some(entries), flag(|it| it.server = Some("https://s".into())), Some(""), None),
            // A user that was named is never replaced by the pod's.
            (
                Some(entries),
                flag(|it| it.user = Some("u".into())),
                None,
                text("no current context"),
            ),
            (None, flag(|it| it.user = Some("u".into())), None, text("config does not exist")),
            (Some("current-context: x"), none(), None, text("context \"x\" does not exist")),
        ] {
            let _absent = std::fs::remove_file(&path);
            if let Some(file) = file {
                std::fs::write(&path, file).unwrap();
            }
            let flags = Connection { default_kubeconfigs: vec![path.clone()], ..flags };
            let pod = || Some(Chosen { cluster_name: "pod".to_owned(), ..Chosen::default() });
            let chosen_in = chosen(&flags, pod).ok().map(|it| it.cluster_name);
            assert_eq!(chosen_in.as_deref(), in_pod, "{file:?}");
            let error = chosen(&flags, || None).err().map(|it| it.to_string());
            let is_right = match (&error, &elsewhere) {
                (Some(error), Some(part)) => error.contains(part),
                (error, part) => error.is_none() && part.is_none(),
            };
            assert!(is_right, "{file:?}: {error:?}");
        }
    }

    #[test]
    fn a_flag_whose_value_cannot_be_used_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config");
        let entries = "clusters: [{name: c, cluster: {server: 'https://c'}}]\n\
                       users: [{name: u, user: {username: a, password: b}}]\n\
                       contexts: [{name: x, context: {cluster: c, user: u}}]\n\
                       current-context: x\n";
        std::fs::write(&path, entries).unwrap();
        let file = Some(path.clone());
        let missing = Some(PathBuf::from("/nowhere/a.crt"));
        let none = Connection { default_kubeconfigs: vec![path], ..Connection::default() };
        for (flags, expected) in [
            (
                Connection { tls_server_name: Some("a b".into()), ..none.clone() },
                "cluster \"c\" of the kubeconfig with --tls-server-name: tls-server-name is neither",
            ),
            (
                Connection {
                    certificate_authority: file.clone(),
                    insecure_skip_tls_verify: true,
                    ..none.clone()
                },
                "with --certificate-authority, --insecure-skip-tls-verify: both a certificate",
            ),
            (
                Connection { certificate_authority: missing.clone(), ..none.clone() },
                "--certificate-authority names /nowhere/a.crt, which cannot be read: no such file",
            ),
            (
                Connection { certificate_authority: file.clone(), ..none.clone() },
                "--certificate-authority names",
            ),
            (
                Connection { token: Some("t".into()), ..none.clone() },
                "user \"u\" of the kubeconfig with --token: both a token and a password are set",
            ),
            (
                Connection { client_certificate: file.clone(), ..none.clone() },
                "user \"u\" of the kubeconfig with --client-certificate: a client certificate is set \
                 without a client key",
            ),
            (
                Connection { client_certificate: missing, client_key: file, ..none.clone() },
                "--client-certificate names /nowhere/a.crt, which cannot be read: no such file",
            ),
            (
                Connection { impersonate_uid: Some("5".into()), ..none.clone() },
                "user \"u\" of the kubeconfig with --as-uid: as-uid",
            ),
            (
                Connection { server: Some("a b".into()), ..none },
                "--server is not a URL such as https://HOST:PORT",
            ),
        ] {
            let told = configuration(&flags).err().map(|it| it.to_string()).unwrap_or_default();
            assert!(told.contains(expected), "{expected}: {told}");
        }
    }

    #[test]
    fn a_provider_counts_only_where_a_user_has_no_other_header() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config");
        std::fs::write(directory.path().join("token"), "T").unwrap();
        for (others, expected) in [
            ("", true),
            (", token: T", false),
            (", tokenFile: token", false),
            (", username: a, password: b", false),
        ] {
            let provider =
                "{name: oidc, config: {idp-issuer-url: 'https://i', client-id: c, id-token: I}}";
            let entries = format!(
                "clusters: [{{name: c, cluster: {{server: 'https://c'}}}}]\n\
                 users: [{{name: u, user: {{auth-provider: {provider}{others}}}}}]\n\
                 contexts: [{{name: x, context: {{cluster: c, user: u}}}}]\n\
                 current-context: x\n"
            );
            std::fs::write(&path, entries).unwrap();
            let flags =
                Connection { default_kubeconfigs: vec![path.clone()], ..Connection::default() };
            let settings = configuration(&flags).unwrap();
            assert_eq!(settings.config.auth_info.auth_provider.is_some(), expected, "{others}");
        }
    }

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
