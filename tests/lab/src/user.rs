//! The users of the control plane and their kubeconfig files. What each may do
//! is written in deploy/rbac.yaml, which the control plane applies.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::certificates::{Authority, Identity};

/// Somebody who talks to the control plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum User {
    /// May do everything: a member of `system:masters`.
    Admin,
    /// May do what `init` and `add-machine` need.
    Operator,
    /// May do what `remove-machine` and `teardown` need.
    Remover,
    /// May do what the plugin's reading commands need.
    Viewer,
    /// May do what `add-disk` and `remove-disk` need.
    Disk,
    /// May do what `perf` needs.
    Perf,
}

impl User {
    /// Every user there is.
    pub const ALL: [User; 6] =
        [User::Admin, User::Operator, User::Remover, User::Viewer, User::Disk, User::Perf];

    /// The name of the user, of its context and of its kubeconfig.
    pub fn name(self) -> &'static str {
        match self {
            User::Admin => "admin",
            User::Operator => "operator",
            User::Remover => "remover",
            User::Viewer => "viewer",
            User::Disk => "disk",
            User::Perf => "perf",
        }
    }

    fn group(self) -> Option<&'static str> {
        match self {
            User::Admin => Some("system:masters"),
            User::Operator | User::Remover | User::Viewer | User::Disk | User::Perf => None,
        }
    }

    /// The user's kubeconfig file in a control plane's directory.
    pub fn kubeconfig(self, directory: &Path) -> PathBuf {
        directory.join(format!("{}.kubeconfig", self.name()))
    }

    /// Makes the user's certificate and writes its kubeconfig.
    pub fn write_kubeconfig(
        self,
        directory: &Path,
        authority: &Authority,
        server: &str,
    ) -> Result<()> {
        let identity = authority.user(self.name(), self.group())?;
        write(&self.kubeconfig(directory), self.name(), &identity, authority, server)
    }
}

/// Writes the kubeconfig of somebody whose certificate has expired; gives its path.
pub fn write_expired_kubeconfig(
    directory: &Path,
    authority: &Authority,
    server: &str,
) -> Result<PathBuf> {
    let path = directory.join("expired.kubeconfig");
    write(&path, "expired", &authority.expired_user("expired")?, authority, server)?;
    Ok(path)
}

fn write(
    path: &Path,
    name: &str,
    identity: &Identity,
    authority: &Authority,
    server: &str,
) -> Result<()> {
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": {
            "server": server,
            "certificate-authority-data": STANDARD.encode(authority.certificate()),
        }}],
        "users": [{"name": name, "user": {
            "client-certificate-data": STANDARD.encode(&identity.certificate),
            "client-key-data": STANDARD.encode(&identity.key),
        }}],
        "contexts": [{"name": name, "context": {
            "cluster": "lab",
            "user": name,
        }}],
        "current-context": name,
    });
    // JSON is YAML too, and needs no writer of its own.
    std::fs::write(path, serde_json::to_string_pretty(&config)?)
        .with_context(|| format!("write {}", path.display()))
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
