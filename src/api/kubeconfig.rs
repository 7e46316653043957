//! Finds, merges and reads kubeconfig files as kubectl does.

mod fault;
mod fields;
mod file;
mod identity;
mod named_file;
mod rules;

use std::io::ErrorKind;
use std::path::PathBuf;

use http::Uri;
use kube::config::{AuthInfo, Cluster, Context, Kubeconfig};

use super::address::host_and_port;

pub(crate) use fault::Entry;
pub use fault::KubeconfigFault;
pub(crate) use fields::Fields;
pub(crate) use identity::{judge, read_identity};
pub(crate) use named_file::{Others, note, note_place, place, unread};
pub(crate) use rules::{
    certificate_authority, check_cluster, check_credentials, check_tls, check_user,
};

/// The files to read, in order: the flag's, else `KUBECONFIG`'s list, else `~/.kube/config`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Paths {
    /// The files.
    pub files: Vec<PathBuf>,
    /// Indicates whether a missing file is an error: only the file that the flag names.
    pub must_exist: bool,
}

/// Reads and merges the files. `None` when none of them is there.
pub(crate) fn load(paths: &Paths) -> Result<Option<Kubeconfig>, KubeconfigFault> {
    let mut merged: Option<Kubeconfig> = None;
    for path in &paths.files {
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound && !paths.must_exist => continue,
            Err(error) => return Err(KubeconfigFault::Read(path.clone(), error.kind())),
        };
        let read =
            file::parse(bytes, path).map_err(|fault| KubeconfigFault::File(path.clone(), fault))?;
        merged = Some(match merged {
            None => read,
            Some(first) => merge(first, read),
        });
    }
    Ok(merged)
}

/// Merges two files: of a name, and of the current context, the first file's counts.
fn merge(mut first: Kubeconfig, second: Kubeconfig) -> Kubeconfig {
    add(&mut first.contexts, second.contexts, |it| &it.name);
    add(&mut first.clusters, second.clusters, |it| &it.name);
    add(&mut first.auth_infos, second.auth_infos, |it| &it.name);
    first.current_context = first.current_context.or(second.current_context);
    first
}

fn add<T>(to: &mut Vec<T>, more: Vec<T>, name: fn(&T) -> &String) {
    let is_new = |it: &T| to.iter().all(|before| name(before) != name(it));
    let new: Vec<T> = more.into_iter().filter(is_new).collect();
    to.extend(new);
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
    /// The name of the cluster; empty where there is none.
    pub cluster_name: String,
    /// The cluster.
    pub cluster: Cluster,
    /// The name of the user; empty where there is none.
    pub user_name: String,
    /// The user's credentials.
    pub user: AuthInfo,
}

/// The names that flags choose.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Choice<'a> {
    /// `--context`
    pub context: Option<&'a str>,
    /// `--cluster`
    pub cluster: Option<&'a str>,
    /// `--user`
    pub user: Option<&'a str>,
    /// Indicates whether flags have the server, so that no cluster is needed.
    pub has_server: bool,
    /// Indicates whether flags have credentials, so that no user is needed.
    pub has_credentials: bool,
}

/// The cluster and the user of a context, by kubectl's rules (client-go, `tools/clientcmd/client_config.go`):
/// without a user it is nobody's. Without a context, the flags' cluster and user are chosen, and there may be
/// neither. Where kubectl falls back to `http://localhost:8080`, a cluster is missing.
pub(crate) fn choose(
    kubeconfig: Kubeconfig,
    choice: Choice<'_>,
) -> Result<Chosen, KubeconfigFault> {
    let missing = |what, name: &str| KubeconfigFault::NoSuch(what, name.to_owned());
    let context_name = choice.context.or(kubeconfig.current_context.as_deref());
    let context = match context_name {
        None => Context::default(),
        Some(name) => {
            let found = kubeconfig.contexts.into_iter().find(|it| it.name == name);
            found.and_then(|it| it.context).ok_or_else(|| missing("context", name))?
        }
    };
    let cluster_name = choice.cluster.map_or(context.cluster, str::to_owned);
    if let Some(name) = context_name.filter(|_| cluster_name.is_empty() && !choice.has_server) {
        return Err(KubeconfigFault::NoCluster(name.to_owned()));
    }
    let found = kubeconfig.clusters.into_iter().find(|it| it.name == cluster_name);
    let cluster = match found.and_then(|it| it.cluster) {
        Some(cluster) => cluster,
        None if choice.cluster.is_none() && choice.has_server => Cluster::default(),
        None => return Err(missing("cluster", &cluster_name)),
    };
    let user_name = choice.user.map(str::to_owned).or(context.user).unwrap_or_default();
    let found = kubeconfig.auth_infos.into_iter().find(|it| it.name == user_name);
    let user = match found.and_then(|it| it.auth_info) {
        Some(user) => user,
        None if user_name.is_empty() => AuthInfo::default(),
        None if choice.user.is_none() && choice.has_credentials => AuthInfo::default(),
        None => return Err(missing("user", &user_name)),
    };
    Ok(Chosen { cluster_name, cluster, user_name, user })
}
