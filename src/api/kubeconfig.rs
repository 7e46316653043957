//! Finds and merges kubeconfig files as kubectl does.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use kube::config::{AuthInfo, Cluster, Config, ExecInteractiveMode, Kubeconfig, KubeconfigError};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use secrecy::ExposeSecret;

use super::trace::host_and_port;

/// Why no kubeconfig can be had. Quotes no line of a file: they hold tokens.
#[derive(Debug, thiserror::Error)]
pub enum KubeconfigFault {
    /// A file that was named cannot be read.
    #[error("reading the kubeconfig {0}: {words}", words = words(*.1))]
    Read(PathBuf, ErrorKind),
    /// A file is not a kubeconfig.
    #[error("the kubeconfig {0} is not valid YAML or not a kubeconfig")]
    Parse(PathBuf),
    /// Two things in a file have the same name: which one is meant cannot be told, and kubectl refuses.
    #[error("the kubeconfig {0} has two {1}s with the name \"{2}\"")]
    Twice(PathBuf, &'static str, String),
    /// A field that has to be base64 is not base64.
    #[error("{0} of the kubeconfig is not base64")]
    Base64(&'static str),
    /// A user of the kubeconfig contradicts itself or lacks something. The same as kubectl refuses.
    #[error("user \"{0}\" of the kubeconfig: {1}")]
    User(String, &'static str),
    /// Two files contradict each other.
    #[error("the kubeconfig {0} cannot be merged with the preceding kubeconfig files")]
    Merge(PathBuf),
    /// The kubeconfig has no context, cluster or user of that name.
    #[error("{0} \"{1}\" does not exist in the kubeconfig")]
    NoSuch(&'static str, String),
    /// A file that it names cannot be read.
    #[error("reading the {0} {path}: {words}", path = shown(.1), words = words(*.2))]
    ReadNamed(&'static str, PathBuf, ErrorKind),
    /// A token or the file of one holds nothing that can be sent.
    #[error("{0} holds {1}")]
    Token(String, &'static str),
    /// A certificate authority is none.
    #[error("the certificate authority {0} is not PEM")]
    Authority(String),
    /// The input that a credential plugin asks for cannot be given to the plugin.
    #[error("the cluster cannot be described to the credential plugin")]
    Describe,
}

/// The files to read, in order: the flag's, else `KUBECONFIG`'s list, else `~/.kube/config`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Paths {
    /// The files.
    pub files: Vec<PathBuf>,
    /// Indicates whether a missing file is an error: only the file that the flag names.
    pub must_exist: bool,
}

/// A path as an error may show it: people put a key itself where the path of the key belongs.
fn shown(path: &Path) -> String {
    let text = path.display().to_string();
    let is_contents =
        text.contains(['\n', '\r']) || text.contains("-----BEGIN") || text.len() > 512;
    if is_contents { "(withheld, because it is no path)".to_owned() } else { text }
}

/// The system's words for why a file cannot be read.
fn words(kind: ErrorKind) -> String {
    match kind {
        ErrorKind::NotFound => "no such file or directory".to_owned(),
        other => other.to_string(),
    }
}

/// Looks whether the certificates and keys that are files can be read: kube does not name the one that
/// cannot.
///
/// # Errors
/// When one cannot.
pub(crate) fn check_files(config: &Config) -> Result<(), KubeconfigFault> {
    let auth = &config.auth_info;
    let named = |path: &Option<String>| path.as_ref().map(PathBuf::from);
    let unless_inline = |path: &Option<String>, is_inline: bool| named(path).filter(|_| !is_inline);
    for (what, path) in [
        (
            "client certificate",
            unless_inline(&auth.client_certificate, auth.client_certificate_data.is_some()),
        ),
        ("client key", unless_inline(&auth.client_key, auth.client_key_data.is_some())),
    ] {
        let Some(path) = path else { continue };
        if let Err(error) = std::fs::File::open(&path) {
            return Err(KubeconfigFault::ReadNamed(what, path, error.kind()));
        }
    }
    Ok(())
}

/// Reads and merges the files. `None` when none of them is there.
pub(crate) fn load(paths: &Paths) -> Result<Option<Kubeconfig>, KubeconfigFault> {
    let mut merged: Option<Kubeconfig> = None;
    for path in &paths.files {
        let read = match Kubeconfig::read_from(path) {
            Ok(read) => read,
            Err(KubeconfigError::ReadConfig(error, _))
                if error.kind() == ErrorKind::NotFound && !paths.must_exist =>
            {
                continue;
            }
            Err(KubeconfigError::ReadConfig(error, _)) => {
                return Err(KubeconfigFault::Read(path.clone(), error.kind()));
            }
            Err(_) => return Err(KubeconfigFault::Parse(path.clone())),
        };
        let read = as_kubectl_reads(read, path)?;
        merged = Some(match merged {
            None => read,
            Some(before) => before.merge(read).map_err(|_| KubeconfigFault::Merge(path.clone()))?,
        });
    }
    Ok(merged)
}

/// Reads a file as kubectl does: an empty text is none, base64 may have line breaks, and a name stands for
/// one thing (client-go, tools/clientcmd/api/v1/conversion.go).
fn as_kubectl_reads(mut read: Kubeconfig, path: &Path) -> Result<Kubeconfig, KubeconfigFault> {
    let twice = |what, names: Vec<&String>| {
        let found = names.iter().enumerate().find(|(at, it)| names[..*at].contains(it));
        let name = found.map(|(_, it)| (*it).clone());
        name.map_or(Ok(()), |it| Err(KubeconfigFault::Twice(path.to_owned(), what, it)))
    };
    twice("context", read.contexts.iter().map(|it| &it.name).collect())?;
    twice("cluster", read.clusters.iter().map(|it| &it.name).collect())?;
    twice("user", read.auth_infos.iter().map(|it| &it.name).collect())?;
    let absent = |text: &mut Option<String>| *text = text.take().filter(|it| !it.is_empty());
    absent(&mut read.current_context);
    // kube has made an empty path the directory of the file.
    let directory = path.parent().map(|it| it.join("").display().to_string());
    let absent_path = |text: &mut Option<String>| {
        *text = text.take().filter(|it| !it.is_empty() && Some(it) != directory.as_ref());
    };
    for cluster in read.clusters.iter_mut().filter_map(|it| it.cluster.as_mut()) {
        [&mut cluster.server, &mut cluster.proxy_url, &mut cluster.tls_server_name]
            .into_iter()
            .for_each(absent);
        absent_path(&mut cluster.certificate_authority);
        let data = &mut cluster.certificate_authority_data;
        *data = data.take().and_then(|it| one_line(&it));
    }
    for user in read.auth_infos.iter_mut().filter_map(|it| it.auth_info.as_mut()) {
        [&mut user.username, &mut user.impersonate, &mut user.impersonate_uid]
            .into_iter()
            .for_each(absent);
        [&mut user.token_file, &mut user.client_certificate, &mut user.client_key]
            .into_iter()
            .for_each(absent_path);
        for secret in [&mut user.token, &mut user.password] {
            *secret = secret.take().filter(|it| !it.expose_secret().is_empty());
        }
        let data = &mut user.client_certificate_data;
        *data = data.take().and_then(|it| one_line(&it));
        let data = &mut user.client_key_data;
        *data = data.take().and_then(|it| one_line(it.expose_secret())).map(Into::into);
    }
    Ok(read)
}

/// Base64 without the line breaks that Go passes over; `None` where there is nothing. YAML's `!!binary`
/// is decoded when it comes here: what it held is PEM, which is no base64.
fn one_line(data: &str) -> Option<String> {
    let data = if data.trim_start().starts_with("-----BEGIN") {
        STANDARD.encode(data)
    } else {
        data.replace(['\r', '\n'], "")
    };
    (!data.is_empty()).then_some(data)
}

/// Looks whether a user is one that kubectl takes (client-go, tools/clientcmd/validation.go). A plugin
/// that needs a terminal is refused without one: `is_terminal` tells of standard input.
pub(crate) fn check_user(
    name: &str,
    user: &AuthInfo,
    is_terminal: bool,
) -> Result<(), KubeconfigFault> {
    let refuse = |why| Err(KubeconfigFault::User(name.to_owned(), why));
    let has_basic = user.username.is_some() || user.password.is_some();
    if (user.token.is_some() || user.token_file.is_some()) && has_basic {
        return refuse("both a token and a password are set, but only one is allowed");
    }
    let has_certificate =
        user.client_certificate.is_some() || user.client_certificate_data.is_some();
    if has_certificate && user.client_key.is_none() && user.client_key_data.is_none() {
        return refuse("a client certificate is set without a client key");
    }
    for (data, what) in [
        (user.client_certificate_data.as_deref(), "client-certificate-data"),
        (user.client_key_data.as_ref().map(ExposeSecret::expose_secret), "client-key-data"),
    ] {
        if data.is_some_and(|it| STANDARD.decode(it).is_err()) {
            return Err(KubeconfigFault::Base64(what));
        }
    }
    let Some(plugin) = &user.exec else { return Ok(()) };
    let is_named = |it: &Option<String>| it.as_deref().is_some_and(|it| !it.is_empty());
    match &plugin.interactive_mode {
        _ if user.auth_provider.is_some() => {
            refuse("both a credential plugin and an auth-provider are set")
        }
        _ if !is_named(&plugin.command) => refuse("the credential plugin has no command"),
        _ if !is_named(&plugin.api_version) => refuse("the credential plugin has no apiVersion"),
        None if plugin.api_version.as_deref() == Some("client.authentication.k8s.io/v1") => {
            refuse("the credential plugin has no interactiveMode")
        }
        Some(ExecInteractiveMode::Always) if !is_terminal => refuse(
            "the credential plugin requires a terminal (interactiveMode: Always), but standard input is not \
             a terminal",
        ),
        _ => Ok(()),
    }
}

/// The names that a kubeconfig has, each with what it stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The contexts, each with its cluster and user.
    pub contexts: Vec<(String, String)>,
    /// The clusters, each with the host of its API server.
    pub clusters: Vec<(String, String)>,
    /// The users.
    pub users: Vec<(String, String)>,
}

/// The names that a kubeconfig has.
pub(crate) fn names(kubeconfig: Kubeconfig) -> Names {
    let current = kubeconfig.current_context;
    let contexts = kubeconfig.contexts.into_iter().map(|it| {
        let context = it.context.unwrap_or_default();
        let mut words = vec![context.cluster];
        words.extend(context.user.filter(|user| !user.is_empty()).map(|it| format!("as {it}")));
        words.extend((current.as_ref() == Some(&it.name)).then(|| "(current)".to_owned()));
        (it.name, words.join(" "))
    });
    let clusters = kubeconfig.clusters.into_iter().map(|it| {
        let server = it.cluster.and_then(|it| it.server).and_then(|it| it.parse::<Uri>().ok());
        // No user and no password.
        (it.name, server.as_ref().map(host_and_port).unwrap_or_default())
    });
    let users = kubeconfig.auth_infos.into_iter().map(|it| (it.name, String::new()));
    Names { contexts: contexts.collect(), clusters: clusters.collect(), users: users.collect() }
}

/// The context, cluster and user that a context or flags choose.
#[derive(Debug, Default)]
pub(crate) struct Chosen {
    /// The cluster.
    pub cluster: Cluster,
    /// The name of the user; empty where there is none.
    pub user_name: String,
    /// The user's credentials.
    pub user: AuthInfo,
}

/// The cluster and the user of a context, by kubectl's rules: without a user it is nobody's. Without a
/// context, the flags' cluster and user are chosen, and there may be neither.
pub(crate) fn choose(
    kubeconfig: Kubeconfig,
    context: Option<&str>,
    cluster: Option<&str>,
    user: Option<&str>,
    has_token: bool,
) -> Result<Chosen, KubeconfigFault> {
    let chosen = match context.or(kubeconfig.current_context.as_deref()) {
        None => None,
        Some(name) => {
            let found = kubeconfig.contexts.iter().find(|it| it.name == name);
            let found = found.and_then(|it| it.context.clone());
            Some(found.ok_or_else(|| KubeconfigFault::NoSuch("context", name.to_owned()))?)
        }
    };
    let of_context = chosen.as_ref().map(|it| it.cluster.as_str());
    let cluster = match cluster.or(of_context) {
        None => Cluster::default(),
        Some(name) => {
            let found = kubeconfig.clusters.into_iter().find(|it| it.name == name);
            let found = found.and_then(|it| it.cluster);
            found.ok_or_else(|| KubeconfigFault::NoSuch("cluster", name.to_owned()))?
        }
    };
    let wanted = user.map(str::to_owned).or_else(|| chosen.and_then(|it| it.user));
    let wanted = wanted.filter(|it| !it.is_empty());
    let found = kubeconfig.auth_infos.into_iter().find(|it| Some(&it.name) == wanted.as_ref());
    // A token of the flag's is a user of its own.
    if let (None, Some(name), false) = (&found, &wanted, has_token) {
        return Err(KubeconfigFault::NoSuch("user", name.clone()));
    }
    let mut user = found.and_then(|it| it.auth_info).unwrap_or_default();
    if let Some(exec) = user.exec.as_mut().filter(|it| it.provide_cluster_info) {
        exec.cluster = Some((&cluster).try_into().map_err(|_| KubeconfigFault::Describe)?);
    }
    Ok(Chosen { cluster, user_name: wanted.unwrap_or_default(), user })
}

/// The certificates of a cluster's authority, DER; `None` for those of the system.
pub(crate) fn certificate_authority(
    cluster: &Cluster,
) -> Result<Option<Vec<Vec<u8>>>, KubeconfigFault> {
    if let Some(data) = cluster.certificate_authority_data.as_deref().filter(|it| !it.is_empty()) {
        let whose = "of the kubeconfig";
        let is_no_base64 = |_| KubeconfigFault::Base64("certificate-authority-data");
        let pem = STANDARD.decode(data).map_err(is_no_base64)?;
        return der(&pem, whose).map(Some);
    }
    let path = cluster.certificate_authority.as_ref().filter(|it| !it.is_empty());
    path.map(|path| certificates(Path::new(path))).transpose()
}

/// The certificates of a PEM file, DER.
pub(crate) fn certificates(path: &Path) -> Result<Vec<Vec<u8>>, KubeconfigFault> {
    let pem = std::fs::read(path).map_err(|error| {
        KubeconfigFault::ReadNamed("certificate authority", path.to_owned(), error.kind())
    })?;
    der(&pem, &path.display().to_string())
}

fn der(pem: &[u8], whose: &str) -> Result<Vec<Vec<u8>>, KubeconfigFault> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => {
            Ok(certificates.into_iter().map(|it| it.to_vec()).collect())
        }
        _ => Err(KubeconfigFault::Authority(whose.to_owned())),
    }
}
