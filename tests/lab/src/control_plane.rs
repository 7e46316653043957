//! A control plane of one's own: start it, get at it, and the object no longer exists when the
//! value is dropped, when the test panics and when the process is killed.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use kube::Client;
use tempfile::TempDir;

use crate::options::Options;
use crate::rest::{Rest, connect};
use crate::server::Server;
use crate::user::User;
use crate::{binaries, install};

const ATTEMPTS: usize = 3;

/// A running etcd and kube-apiserver with OpenShift's CRDs and the users' RBAC.
pub struct ControlPlane {
    server: Server,
    directory: PathBuf,
}

impl ControlPlane {
    /// Starts a control plane and returns when it can take objects.
    pub async fn start(options: Options) -> Result<Self> {
        for name in ["etcd", "kube-apiserver"] {
            binaries::program(name)?;
        }
        let mut control_plane = Self::start_server(&options).await?;
        let installed = control_plane.install(&options).await;
        if installed.is_err() {
            control_plane.keep_logs();
        }
        installed.map(|()| control_plane)
    }

    /// Starts the programs; again, if another program took one of their ports.
    async fn start_server(options: &Options) -> Result<Self> {
        options.say("starting etcd and kube-apiserver");
        let mut attempt = 1;
        loop {
            let mut control_plane = Self::spawn(options)?;
            let Err(error) = control_plane.server.wait_for("/version").await else {
                return Ok(control_plane);
            };
            if attempt == ATTEMPTS {
                control_plane.keep_logs();
                return Err(error).context("start the control plane");
            }
            attempt += 1;
        }
    }

    fn spawn(options: &Options) -> Result<Self> {
        // From here on the directory is removed by the server's sweeper.
        let directory = TempDir::with_prefix("oc-etcd-lab-")?;
        let server = Server::spawn(directory.path(), &options.feature_gates)?;
        let directory = directory.keep();
        if options.keep {
            keep(&directory);
        }
        Ok(Self { server, directory })
    }

    async fn install(&mut self, options: &Options) -> Result<()> {
        let rest = self.rest().await?;
        options.say("installing OpenShift's CRDs and the users' rights");
        let files = binaries::crds()?;
        // The server takes them before it calls itself ready.
        futures::try_join!(
            install::crds(&rest, &files),
            install::rbac(&rest, &options.rbac),
            self.server.wait_for("/readyz"),
        )?;
        Ok(())
    }

    /// The kubeconfig of a user; its only context has the user's name.
    pub fn kubeconfig(&self, user: User) -> PathBuf {
        user.kubeconfig(&self.directory)
    }

    /// A new client of a user. It belongs to the tokio runtime that it was
    /// made in, as its connections do.
    pub async fn client(&self, user: User) -> Result<Client> {
        connect(&self.kubeconfig(user)).await
    }

    /// The administrator's connection for whole, untyped objects.
    pub async fn rest(&self) -> Result<Rest> {
        Ok(Rest::new(self.client(User::Admin).await?))
    }

    /// The address of the API server.
    pub fn server_url(&self) -> &str {
        self.server.url()
    }

    /// The path of a program that was built with the control plane, such as
    /// `kubectl` or `ignition-validate`.
    pub fn bin(&self, name: &str) -> Result<PathBuf> {
        binaries::program(name)
    }

    /// The directory with the logs, keys and kubeconfigs.
    pub fn dir(&self) -> &Path {
        &self.directory
    }

    /// Keeps the directory after the end and says where it is.
    pub fn keep_logs(&self) {
        keep(&self.directory);
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.keep_logs();
        }
    }
}

/// Leaves the mark that makes the sweeper spare the directory.
fn keep(directory: &Path) {
    eprintln!("oc-etcd-lab: logs are kept in {}", directory.display());
    if let Err(error) = std::fs::write(directory.join("keep"), "") {
        eprintln!("oc-etcd-lab: but for this error: {error}");
    }
}
