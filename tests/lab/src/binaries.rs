//! Where the control plane's programs and OpenShift's CRDs are found: below
//! `target/controlplane` of this repository. It builds nothing.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The root of the repository that this crate was compiled in.
pub fn repository() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or(root)
}

/// The directory of the control plane's programs, for a `PATH`.
pub fn directory() -> PathBuf {
    repository().join("target/controlplane/bin")
}

/// The path of one of the programs: `etcd`, `kube-apiserver`, `kubectl`,
/// `ignition-validate` or `ignition-merge`.
pub fn program(name: &str) -> Result<PathBuf> {
    let path = directory().join(name);
    if !path.is_file() {
        bail!("no {}: run `make controlplane`", path.display());
    }
    Ok(path)
}

/// The files of OpenShift's CRDs, sorted by name.
pub fn crds() -> Result<Vec<PathBuf>> {
    let directory = repository().join("target/controlplane/crds");
    let files = yaml_files(&directory)
        .with_context(|| format!("no {}: run `make controlplane`", directory.display()))?;
    if files.is_empty() {
        bail!("no CRDs in {}: run `make controlplane`", directory.display());
    }
    Ok(files)
}

/// The `.yaml` files directly in a directory, sorted by name.
pub fn yaml_files(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
