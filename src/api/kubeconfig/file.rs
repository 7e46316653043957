//! A kubeconfig file as client-go reads it (tools/clientcmd: loader.go, api/v1/types.go and conversion.go).
//!
//! kube's own reader refuses what client-go never looks at (an unused context without a cluster, a key that
//! stands twice), and takes what client-go refuses (another kind, two entries of one name). The file is
//! therefore read here, once, into kube's types, in which an empty text is no text, base64 is valid and in
//! one line, and paths are absolute.

use std::collections::HashSet;
use std::path::Path;

use kube::config::{
    AuthInfo, AuthProviderConfig, Cluster, Context, ExecConfig, ExecInteractiveMode, Kubeconfig,
    NamedAuthInfo, NamedCluster, NamedContext, NamedExtension,
};

use super::fault::FileFault;
use super::fields::Fields;
use super::named_file::{Others, note, note_file};
use crate::model::{encoding, yaml};

/// The field of a plugin's `other` fields with a mode that client-go does not know. client-go refuses the mode
/// only where the user is chosen.
pub(super) const UNKNOWN_MODE: &str = "interactiveMode";

/// Reads a file. The paths in the file are relative to the directory of the file.
///
/// # Errors
/// When client-go would refuse the file, whichever of its entries are chosen.
pub(super) fn parse(bytes: Vec<u8>, path: &Path) -> Result<Kubeconfig, FileFault> {
    let text = encoding::text(bytes).ok_or(FileFault::NotText)?;
    let document = yaml::first(&text).map_err(FileFault::Yaml)?;
    let file = Fields::of_document(&document)?;
    let (kind, version) = (file.text("kind")?, file.text("apiVersion")?);
    if kind.is_some_and(|it| it != "Config") || version.is_some_and(|it| it != "v1") {
        return Err(FileFault::Kind);
    }
    let preferences = file.object("preferences")?;
    preferences.flag("colors")?;
    extensions(&preferences)?;
    extensions(&file)?;
    let cluster = |name: String, item: &Fields<'_>| {
        let place = Place { what: "cluster", name: &name, path };
        let cluster = Some(cluster(&item.object("cluster")?, place)?);
        Ok(NamedCluster { name, cluster, ..NamedCluster::default() })
    };
    let user = |name: String, item: &Fields<'_>| {
        let place = Place { what: "user", name: &name, path };
        let auth_info = Some(user(&item.object("user")?, place)?);
        Ok(NamedAuthInfo { name, auth_info, ..NamedAuthInfo::default() })
    };
    let context = |name, item: &Fields<'_>| {
        let context = Some(context(&item.object("context")?)?);
        Ok(NamedContext { name, context, ..NamedContext::default() })
    };
    Ok(Kubeconfig {
        clusters: named(&file, "clusters", "cluster", cluster)?,
        auth_infos: named(&file, "users", "user", user)?,
        contexts: named(&file, "contexts", "context", context)?,
        current_context: file.text("current-context")?,
        ..Kubeconfig::default()
    })
}

/// The entries of a list, each of which has a name of its own.
fn named<T>(
    fields: &Fields<'_>,
    list: &str,
    what: &'static str,
    read: impl Fn(String, &Fields<'_>) -> Result<T, FileFault>,
) -> Result<Vec<T>, FileFault> {
    let mut names = HashSet::new();
    let entry = |item: &Fields<'_>| {
        let name = item.text("name")?.unwrap_or_default();
        let entry = read(name.clone(), item)?;
        if names.insert(name.clone()) { Ok(entry) } else { Err(FileFault::Twice(what, name)) }
    };
    fields.objects(list)?.iter().map(entry).collect()
}

fn extensions(fields: &Fields<'_>) -> Result<Option<Vec<NamedExtension>>, FileFault> {
    let extension = |name, item: &Fields<'_>| {
        Ok(NamedExtension { name, extension: item.value("extension").clone() })
    };
    named(fields, "extensions", "extension", extension).map(Some)
}

fn context(fields: &Fields<'_>) -> Result<Context, FileFault> {
    extensions(fields)?;
    Ok(Context {
        cluster: fields.text("cluster")?.unwrap_or_default(),
        user: fields.text("user")?,
        namespace: fields.text("namespace")?,
        ..Context::default()
    })
}

/// A place in a file: the file, and the name of an entry.
#[derive(Clone, Copy)]
struct Place<'a> {
    what: &'static str,
    name: &'a str,
    path: &'a Path,
}

impl Place<'_> {
    /// The path that a field has, and a note in `others` if the text may be something else.
    fn path(
        self,
        fields: &Fields<'_>,
        field: &str,
        others: &mut Others,
    ) -> Result<Option<String>, FileFault> {
        let text = fields.text(field)?;
        note(others, field, text.as_deref(), || {
            format!("{field} of {} \"{}\" in {}", self.what, self.name, self.path.display())
        });
        Ok(text.map(|it| self.absolute(it)))
    }

    fn absolute(self, text: String) -> String {
        absolute(text, self.path.parent().unwrap_or(Path::new("")))
    }
}

fn cluster(fields: &Fields<'_>, place: Place<'_>) -> Result<Cluster, FileFault> {
    let mut other = Others::default();
    Ok(Cluster {
        server: fields.text("server")?,
        tls_server_name: fields.text("tls-server-name")?,
        insecure_skip_tls_verify: Some(fields.flag("insecure-skip-tls-verify")?),
        certificate_authority: place.path(fields, "certificate-authority", &mut other)?,
        certificate_authority_data: fields.bytes("certificate-authority-data")?,
        proxy_url: fields.text("proxy-url")?,
        disable_compression: Some(fields.flag("disable-compression")?),
        extensions: extensions(fields)?,
        other,
    })
}

fn user(fields: &Fields<'_>, place: Place<'_>) -> Result<AuthInfo, FileFault> {
    extensions(fields)?;
    let mut other = Others::default();
    note_file(&mut other, place.path);
    let mut path = |field| place.path(fields, field, &mut other);
    let provider = fields.optional("auth-provider")?.map(|it| provider(&it));
    let plugin = fields.optional("exec")?.map(|it| plugin(&it, place));
    Ok(AuthInfo {
        client_certificate: path("client-certificate")?,
        client_certificate_data: fields.bytes("client-certificate-data")?,
        client_key: path("client-key")?,
        client_key_data: fields.bytes("client-key-data")?.map(Into::into),
        token: fields.text("token")?.map(Into::into),
        token_file: path("tokenFile")?,
        impersonate: fields.text("as")?,
        impersonate_uid: fields.text("as-uid")?,
        impersonate_groups: Some(fields.texts("as-groups")?).filter(|it| !it.is_empty()),
        impersonate_user_extra: Some(fields.texts_map("as-user-extra")?)
            .filter(|it| !it.is_empty()),
        username: fields.text("username")?,
        password: fields.text("password")?.map(Into::into),
        auth_provider: provider.transpose()?,
        exec: plugin.transpose()?,
        other,
        ..AuthInfo::default()
    })
}

fn provider(fields: &Fields<'_>) -> Result<AuthProviderConfig, FileFault> {
    Ok(AuthProviderConfig {
        name: fields.text("name")?.unwrap_or_default(),
        config: fields.text_map("config")?,
        ..AuthProviderConfig::default()
    })
}

fn plugin(fields: &Fields<'_>, place: Place<'_>) -> Result<ExecConfig, FileFault> {
    let is_path = |it: &str| it.contains(std::path::MAIN_SEPARATOR);
    let located = |it: String| if is_path(&it) { place.absolute(it) } else { it };
    let variable = |it: &Fields<'_>| {
        let text = |name: &str| {
            let value = it.text(name)?.unwrap_or_default();
            Ok::<_, FileFault>((name.to_owned(), value))
        };
        Ok([text("name")?, text("value")?].into())
    };
    let variables: Result<_, FileFault> = fields.objects("env")?.iter().map(variable).collect();
    let mut plugin = ExecConfig {
        api_version: fields.text("apiVersion")?,
        command: fields.text("command")?.map(located),
        args: Some(fields.texts("args")?),
        env: Some(variables?),
        install_hint: fields.text("installHint")?,
        provide_cluster_info: fields.flag("provideClusterInfo")?,
        ..ExecConfig::default()
    };
    match fields.text("interactiveMode")?.as_deref() {
        None => {}
        Some("Never") => plugin.interactive_mode = Some(ExecInteractiveMode::Never),
        Some("IfAvailable") => plugin.interactive_mode = Some(ExecInteractiveMode::IfAvailable),
        Some("Always") => plugin.interactive_mode = Some(ExecInteractiveMode::Always),
        Some(other) => {
            plugin.other.insert(UNKNOWN_MODE.to_owned(), other.into());
        }
    }
    Ok(plugin)
}

/// A path, which is relative to the directory of the file.
fn absolute(path: String, directory: &Path) -> String {
    let joined = std::path::absolute(directory.join(&path)).ok();
    joined.and_then(|it| it.into_os_string().into_string().ok()).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> Option<String> {
        parse(text.as_bytes().to_vec(), Path::new("/d/config")).err().map(|it| it.to_string())
    }

    #[test]
    fn a_value_of_another_type_is_named_by_its_path_and_not_quoted() {
        for (text, expected) in [
            (
                "users: [{name: u, user: {token: 12345}}]",
                "is not a kubeconfig: users[0].user.token must be a string",
            ),
            (
                "clusters:\n- cluster:\n    insecure-skip-tls-verify: \"yes\"\n",
                "is not a kubeconfig: clusters[0].cluster.insecure-skip-tls-verify must be true or false",
            ),
            (
                "users: [{user: {exec: {args: [a, 5]}}}]",
                "is not a kubeconfig: users[0].user.exec.args[1] must be a string",
            ),
            (
                "users: [{user: {client-key-data: CANARY!}}]",
                "is not a kubeconfig: users[0].user.client-key-data must be base64",
            ),
            ("clusters: {a: b}", "is not a kubeconfig: clusters must be a list"),
            ("CANARY", "is not a kubeconfig: the document must be an object"),
            (
                "{kind: Pod, apiVersion: v1}",
                "is not a kubeconfig: kind must be Config, and apiVersion must be v1",
            ),
            ("users: [{name: a}, {name: a}]", "has two users with the name \"a\""),
            ("a: [", "is not valid YAML at line 1, column 4"),
        ] {
            assert_eq!(fault(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_null_empty_or_missing_is_the_zero_value() {
        let text = "current-context: a\ncurrent-context: x\npreferences: null\nextensions: [{}]\nunknown: 1\n\
                    contexts: [{name: x}, null]\nclusters: [{cluster: {server: \"\", proxy-url: }}]\n\
                    users: [{user: {token: '', as-groups: null, as-user-extra: {a: null}, exec: {env: \
                    [{name: A, value: null}], provideClusterInfo: null, interactiveMode: Maybe}}}]\n";
        let read = parse(text.as_bytes().to_vec(), Path::new("/d/config")).unwrap();
        assert_eq!(read.current_context.as_deref(), Some("x"));
        assert_eq!(read.contexts[1].name, "");
        let cluster = read.clusters[0].cluster.as_ref().unwrap();
        assert_eq!((&cluster.server, &cluster.proxy_url), (&None, &None));
        let user = read.auth_infos[0].auth_info.as_ref().unwrap();
        assert!(user.token.is_none() && user.impersonate_groups.is_none());
        assert_eq!(user.impersonate_user_extra.as_ref().unwrap()["a"], [""; 0]);
        let plugin = user.exec.as_ref().unwrap();
        assert_eq!(plugin.env.as_ref().unwrap()[0]["value"], "");
        assert_eq!(plugin.interactive_mode, None);
    }

    #[test]
    fn paths_are_relative_to_the_file_and_commands_without_a_separator_are_not_paths() {
        let text = "users: [{user: {tokenFile: t, exec: {command: bin/x}}}, {name: b, user: {exec: \
                    {command: aws}, client-key: /k}}]";
        let read = parse(text.as_bytes().to_vec(), Path::new("/d/config")).unwrap();
        let user = |at: usize| read.auth_infos[at].auth_info.clone().unwrap();
        assert_eq!(user(0).token_file.as_deref(), Some("/d/t"));
        assert_eq!(user(0).exec.unwrap().command.as_deref(), Some("/d/bin/x"));
        assert_eq!(user(1).exec.unwrap().command.as_deref(), Some("aws"));
        assert_eq!(user(1).client_key.as_deref(), Some("/k"));
    }
}
