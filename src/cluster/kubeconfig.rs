//! Finds and merges kubeconfig files as kubectl does.

use std::path::PathBuf;

use kube::config::{Kubeconfig, KubeconfigError};

/// Why no kubeconfig can be had. Quotes no line of a file: they hold tokens.
#[derive(Debug, thiserror::Error)]
pub enum KubeconfigFault {
    /// A file that was named cannot be read.
    #[error("reading the kubeconfig {0}: {1}")]
    Read(PathBuf, std::io::ErrorKind),
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

/// Reads and merges the files. `None` when none of them is there.
pub(super) fn load(paths: &Paths) -> Result<Option<Kubeconfig>, KubeconfigFault> {
    let mut merged: Option<Kubeconfig> = None;
    for path in &paths.files {
        let read = match Kubeconfig::read_from(path) {
            Ok(read) => read,
            Err(KubeconfigError::ReadConfig(error, _))
                if error.kind() == std::io::ErrorKind::NotFound && !paths.must_exist =>
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
