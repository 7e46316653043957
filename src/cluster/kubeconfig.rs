//! Finds and merges kubeconfig files as kubectl does.

use std::io::ErrorKind;
use std::path::PathBuf;

use kube::config::{Config, KubeConfigOptions, Kubeconfig, KubeconfigError};

/// Why no kubeconfig can be had. Quotes no line of a file: they hold tokens.
#[derive(Debug, thiserror::Error)]
pub enum KubeconfigFault {
    /// A file that was named cannot be read.
    #[error("reading the kubeconfig {0}: {words}", words = words(*.1))]
    Read(PathBuf, ErrorKind),
    /// A file that a kubeconfig or a flag names cannot be read.
    #[error("reading the {0} {1}: {words}", words = words(*.2))]
    ReadNamed(&'static str, PathBuf, ErrorKind),
    /// A file is not a kubeconfig.
    #[error("the kubeconfig {0} is not valid YAML or not a kubeconfig")]
    Parse(PathBuf),
    /// Two files contradict each other.
    #[error("the kubeconfig {0} cannot be merged with the ones before it")]
    Merge(PathBuf),
}

/// The files to read, in order: the flag's, else `KUBECONFIG`'s list, else `~/.kube/config`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Paths {
    /// The files.
    pub files: Vec<PathBuf>,
    /// Whether a missing file is an error: only the one that the flag names.
    pub must_exist: bool,
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
pub(super) fn check_files(config: &Config) -> Result<(), KubeconfigFault> {
    let auth = &config.auth_info;
    let named = |path: &Option<String>| path.as_ref().map(PathBuf::from);
    let unless_inline = |path: &Option<String>, is_inline: bool| named(path).filter(|_| !is_inline);
    for (what, path) in [
        ("certificate authority", config.root_cert_file.clone()),
        (
            "client certificate",
            unless_inline(&auth.client_certificate, auth.client_certificate_data.is_some()),
        ),
        ("client key", unless_inline(&auth.client_key, auth.client_key_data.is_some())),
        ("token file", unless_inline(&auth.token_file, auth.token.is_some())),
    ] {
        let Some(path) = path else { continue };
        if let Err(error) = std::fs::File::open(&path) {
            return Err(KubeconfigFault::ReadNamed(what, path, error.kind()));
        }
    }
    Ok(())
}

/// The user that is asked for and that the kubeconfig does not have. kube would go on as nobody.
pub(super) fn missing_user(kubeconfig: &Kubeconfig, options: &KubeConfigOptions) -> Option<String> {
    let context = options.context.as_ref().or(kubeconfig.current_context.as_ref());
    let of_context = || {
        let named = kubeconfig.contexts.iter().find(|it| Some(&it.name) == context)?;
        named.context.as_ref()?.user.clone()
    };
    let wanted = options.user.clone().or_else(of_context).filter(|name| !name.is_empty())?;
    let is_there = kubeconfig.auth_infos.iter().any(|it| it.name == wanted);
    (!is_there).then_some(wanted)
}

/// Reads and merges the files. `None` when none of them is there.
pub(super) fn load(paths: &Paths) -> Result<Option<Kubeconfig>, KubeconfigFault> {
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
        merged = Some(match merged {
            None => read,
            Some(before) => before.merge(read).map_err(|_| KubeconfigFault::Merge(path.clone()))?,
        });
    }
    Ok(merged)
}
