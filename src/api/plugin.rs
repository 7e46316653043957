//! Runs the credential plugin of a user, as client-go does (`plugin/pkg/client/auth/exec/exec.go`).
//!
//! kube runs plugins too, and accepts what client-go refuses: another `apiVersion`, another kind, half a
//! certificate. It runs a plugin once for a token and once for a certificate, lets a plugin read a standard
//! input that is not a terminal, and its errors hold what the plugin prints.

use std::io::{self, IsTerminal as _};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::SystemTime;

use http::header::{AUTHORIZATION, HeaderValue};
use kube::config::{AuthInfo, ExecConfig, ExecInteractiveMode};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Map, Value, json};
use tokio::process::Command;
use tokio::sync::Mutex;
use tower::BoxError;

use super::kubeconfig::{self, Fields};
use super::token_file;
use crate::model::yaml;
use crate::redact::quotes::Secrets;
use crate::{redact, system};

/// What a plugin returns.
pub(crate) struct Credential {
    token: Option<SecretString>,
    /// The certificate and its key.
    certificate: Option<(String, SecretString)>,
    expires: Option<SystemTime>,
}

/// Why a plugin gives no credentials. What a plugin prints may hold a token, so that nothing of its answer is shown.
#[derive(Debug, thiserror::Error)]
pub enum PluginFault {
    /// The program cannot be started. With the kubeconfig's hint on how to install it.
    #[error("the credential plugin {0} could not be started: {1}{hint}", hint = line(.2.as_deref()))]
    Start(String, String, Option<String>),
    /// The program ends with an error. With what it wrote to stderr, without secrets.
    #[error("the credential plugin {0} failed: {1}{said}", said = said(.2))]
    Failed(String, ExitStatus, String),
    /// The answer lacks something, or is something else.
    #[error("the credential plugin {0} returned {1}")]
    Answer(String, &'static str),
    /// The certificate or the key of the answer cannot be used.
    #[error("the credential plugin {0} returned {1}")]
    Identity(String, String),
    /// The answer is of another version than the kubeconfig asks for.
    #[error(
        "the credential plugin {0} returned another apiVersion than {1}, which the kubeconfig sets: update the \
         plugin, and let the plugin write the kubeconfig again"
    )]
    Version(String, String),
}

fn line(hint: Option<&str>) -> String {
    hint.map(|it| format!("\n{it}")).unwrap_or_default()
}

fn said(words: &str) -> String {
    if words.is_empty() { String::new() } else { format!(": {words}") }
}

/// Runs a plugin, and ends the plugin where nobody waits for it any more.
///
/// # Errors
/// When client-go would refuse the plugin or its answer.
pub(crate) async fn run(plugin: &ExecConfig) -> Result<Credential, PluginFault> {
    let is_silent = plugin.interactive_mode == Some(ExecInteractiveMode::Never);
    let is_interactive = !is_silent && io::stdin().is_terminal();
    let mut command = Command::new(plugin.command.as_deref().unwrap_or_default());
    command.args(plugin.args.iter().flatten());
    for variable in plugin.env.iter().flatten() {
        command.env(&variable["name"], &variable["value"]);
    }
    command.env("KUBERNETES_EXEC_INFO", request(plugin, is_interactive).to_string());
    command.stdin(if is_interactive { Stdio::inherit() } else { Stdio::null() });
    command.stderr(if is_silent { Stdio::piped() } else { Stdio::inherit() });
    command.stdout(Stdio::piped()).kill_on_drop(true);
    let failed = |error: io::Error| {
        PluginFault::Start(name(plugin), system::words(&error), plugin.install_hint.clone())
    };
    let ran = command.spawn().map_err(failed)?.wait_with_output().await.map_err(failed)?;
    if !ran.status.success() {
        let words = without_secrets(plugin, &ran.stdout, &ran.stderr);
        return Err(PluginFault::Failed(name(plugin), ran.status, words));
    }
    answer(plugin, &String::from_utf8_lossy(&ran.stdout))
}

/// Returns what a plugin wrote to stderr, without what is a secret by its place or form, and without words of the
/// plugin's answer, arguments and environment.
fn without_secrets(plugin: &ExecConfig, answer: &[u8], said: &[u8]) -> String {
    let answer = String::from_utf8_lossy(answer);
    let known = Secrets::of([&json!(answer), &json!(plugin.args), &json!(plugin.env)]);
    redact::answer::text(&known.without(&String::from_utf8_lossy(said)))
}

/// The name of a plugin as an error may show it: the first word, since people put arguments behind it, which
/// may be credentials.
fn name(plugin: &ExecConfig) -> String {
    let command = plugin.command.as_deref().unwrap_or_default();
    let is_file = std::path::Path::new(command).exists();
    let first = command.split_whitespace().next().unwrap_or_default();
    (if is_file { command } else { first }).to_owned()
}

/// What the plugin is told.
fn request(plugin: &ExecConfig, is_interactive: bool) -> Value {
    let mut spec = Map::from_iter([("interactive".to_owned(), is_interactive.into())]);
    if let Some(cluster) = plugin.cluster.as_ref().filter(|_| plugin.provide_cluster_info) {
        spec.insert("cluster".to_owned(), json!(cluster));
    }
    json!({"kind": KIND, "apiVersion": plugin.api_version, "spec": spec})
}

const KIND: &str = "ExecCredential";

/// Reads the answer.
fn answer(plugin: &ExecConfig, text: &str) -> Result<Credential, PluginFault> {
    let refuse = |why| PluginFault::Answer(name(plugin), why);
    let none = || refuse("no credentials");
    // What begins as JSON is nothing else, so that no text may stand behind it.
    let is_json = text.trim_start().starts_with('{');
    let read = if is_json { serde_json::from_str(text).ok() } else { yaml::first(text).ok() };
    let document = read.ok_or_else(|| refuse("neither JSON nor YAML"))?;
    let answer = Fields::of_document(&document).map_err(|_| none())?;
    let text = |of: &Fields<'_>, field| of.text(field).map_err(|_| none());
    // client-go takes an answer without a kind for the kind that it expects.
    if document.is_null() {
        return Err(none());
    }
    if text(&answer, "kind")?.is_some_and(|it| it != KIND) {
        return Err(refuse("no ExecCredential"));
    }
    if text(&answer, "apiVersion")? != plugin.api_version {
        let expected = plugin.api_version.clone().unwrap_or_default();
        return Err(PluginFault::Version(name(plugin), expected));
    }
    let status = answer.object("status").map_err(|_| none())?;
    let (certificate, key) =
        (text(&status, "clientCertificateData")?, text(&status, "clientKeyData")?);
    let credential = Credential {
        token: text(&status, "token")?.map(Into::into),
        certificate: match (certificate, key) {
            (Some(certificate), Some(key)) => {
                kubeconfig::judge(certificate.as_bytes(), key.as_bytes())
                    .map_err(|why| PluginFault::Identity(name(plugin), why.of_answer()))?;
                Some((certificate, key.into()))
            }
            (None, None) => None,
            (Some(_), None) => return Err(refuse("a certificate without a key")),
            (None, Some(_)) => return Err(refuse("a key without a certificate")),
        },
        expires: match text(&status, "expirationTimestamp")?.map(|it| it.parse::<jiff::Timestamp>())
        {
            None => None,
            Some(Ok(at)) => Some(at.into()),
            Some(Err(_)) => return Err(refuse("an expirationTimestamp that is not a timestamp")),
        },
    };
    if credential.token.is_none() && credential.certificate.is_none() {
        return Err(none());
    }
    credential.header().map_err(refuse)?;
    Ok(credential)
}

impl Credential {
    /// Puts the certificate and its key into a user.
    pub(crate) fn put_into(&self, user: &mut AuthInfo) {
        if let Some((certificate, key)) = &self.certificate {
            user.client_certificate_data = Some(base64(certificate));
            user.client_key_data = Some(base64(key.expose_secret()).into());
        }
    }

    fn header(&self) -> Result<Option<HeaderValue>, &'static str> {
        let token = self.token.as_ref().map(|it| token_file::header(it.expose_secret()));
        token.transpose()
    }
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// The token of a plugin, which is run anew when the token has expired. Clones share both.
#[derive(Clone)]
pub(crate) struct PluginToken {
    plugin: Arc<ExecConfig>,
    last: Arc<Mutex<(Option<HeaderValue>, Option<SystemTime>)>>,
}

impl PluginToken {
    /// The token that a plugin has returned.
    pub(crate) fn of(plugin: ExecConfig, credential: &Credential) -> Self {
        let header = credential.header().ok().flatten();
        Self { plugin: Arc::new(plugin), last: Arc::new(Mutex::new((header, credential.expires))) }
    }

    /// Puts the token into a request. Other requests wait while the plugin runs.
    ///
    /// # Errors
    /// When the token has expired and the plugin gives no other.
    pub(crate) async fn authorize<B>(
        self,
        mut request: http::Request<B>,
    ) -> Result<http::Request<B>, BoxError> {
        let mut last = self.last.lock().await;
        if last.1.is_some_and(|at| SystemTime::now() > at) {
            let credential = Box::pin(run(&self.plugin)).await?;
            *last = (credential.header().ok().flatten(), credential.expires);
        }
        if let Some(header) = &last.0 {
            request.headers_mut().insert(AUTHORIZATION, header.clone());
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: &str = "client.authentication.k8s.io/v1";

    fn plugin(command: &str, arguments: &[&str]) -> ExecConfig {
        ExecConfig {
            api_version: Some(VERSION.to_owned()),
            command: Some(command.to_owned()),
            args: Some(arguments.iter().map(|it| (*it).to_owned()).collect()),
            ..ExecConfig::default()
        }
    }

    fn answered(text: &str) -> Result<Credential, String> {
        answer(&plugin("login", &[]), text).map_err(|it| it.to_string())
    }

    fn with(status: &str) -> String {
        format!("{{\"kind\": \"{KIND}\", \"apiVersion\": \"{VERSION}\", \"status\": {status}}}")
    }

    #[tokio::test]
    async fn a_plugin_that_nobody_waits_for_any_more_is_ended() {
        let directory = tempfile::tempdir().unwrap();
        let pipe = directory.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let login = plugin("sh", &["-c", &format!("exec sleep 600 > '{}'", pipe.display())]);
        let (opened, is_open) = tokio::sync::oneshot::channel();
        let (closed, is_closed) = tokio::sync::oneshot::channel();
        // The pipe is open for as long as the plugin runs.
        std::thread::spawn(move || {
            let mut pipe = std::fs::File::open(pipe).unwrap();
            opened.send(()).unwrap();
            closed.send(io::copy(&mut pipe, &mut io::sink())).unwrap();
        });
        tokio::select! {
            _ = run(&login) => panic!("the plugin ended"),
            it = is_open => it.unwrap(),
        }
        let closed = tokio::time::timeout(std::time::Duration::from_secs(60), is_closed).await;
        assert_eq!(closed.unwrap().unwrap().unwrap(), 0);
    }

    #[test]
    fn an_answer_that_client_go_refuses_is_refused_and_not_quoted() {
        for (text, expected) in [
            (String::new(), "no credentials"),
            ("CANARY".to_owned(), "no credentials"),
            ("a: [CANARY".to_owned(), "neither JSON nor YAML"),
            (with("{}") + "CANARY", "neither JSON nor YAML"),
            (with("{}"), "no credentials"),
            (with("null"), "no credentials"),
            (with("\"CANARY\""), "no credentials"),
            (with(r#"{"token": 5}"#), "no credentials"),
            (with(r#"{"token": ""}"#), "no credentials"),
            (with(r#"{"token": "CANARY\nX"}"#), "characters that are not valid in a token"),
            (with(r#"{"clientKeyData": "CANARY"}"#), "a key without a certificate"),
            (
                with(r#"{"clientCertificateData": "CANARY", "clientKeyData": "CANARY"}"#),
                "a client certificate that has no certificate in PEM",
            ),
            (
                with(r#"{"token": "t", "clientCertificateData": "x"}"#),
                "a certificate without a key",
            ),
            (
                with(r#"{"token": "t", "expirationTimestamp": "CANARY"}"#),
                "an expirationTimestamp that is not a timestamp",
            ),
            (with(r#"{"token": "t"}"#).replace("Exec", "CANARY"), "no ExecCredential"),
            (
                with(r#"{"token": "t"}"#).replace("/v1", "/CANARY"),
                "another apiVersion than client.authentication.k8s.io/v1",
            ),
            (r#"{"status": {"token": "CANARY"}}"#.to_owned(), "another apiVersion than"),
        ] {
            let fault = answered(&text).err().unwrap_or_default();
            let begins = format!("the credential plugin login returned {expected}");
            assert!(fault.starts_with(&begins) && !fault.contains("CANARY"), "{text}: {fault}");
        }
    }

    #[test]
    fn an_answer_in_json_or_yaml_is_taken() {
        let authority = oc_etcd_lab::certificates::Authority::new().unwrap();
        let user = authority.user("me", None).unwrap();
        let both = with(
            &json!({
                "token": " t\n",
                "clientCertificateData": user.certificate,
                "clientKeyData": user.key,
                "expirationTimestamp": "2026-01-02T03:04:05Z",
            })
            .to_string(),
        );
        let credential = answered(&both).unwrap();
        assert_eq!(credential.header().unwrap().unwrap(), "Bearer t");
        assert!(credential.certificate.is_some() && credential.expires.is_some());
        let text = format!("apiVersion: {VERSION}\nstatus:\n  token: t\n  unknown: 1\n");
        assert!(answered(&text).is_ok());
    }

    #[tokio::test]
    async fn an_expired_token_is_asked_for_again() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("runs");
        let script = format!("echo run >> '{0}'; cat '{0}.answer'", file.display());
        let answer = directory.path().join("runs.answer");
        let plugin = plugin("sh", &["-c", &script]);
        let write = |token: &str, until: &str| {
            let status = format!(r#"{{"token": "{token}", "expirationTimestamp": "{until}"}}"#);
            std::fs::write(&answer, with(&status)).unwrap();
        };
        write("first", "2001-01-01T00:00:00Z");
        let token = PluginToken::of(plugin.clone(), &run(&plugin).await.unwrap());
        write("second", "2999-01-01T00:00:00Z");
        for _ in 0..2 {
            let request = token.clone().authorize(http::Request::new(())).await.unwrap();
            assert_eq!(request.headers()[AUTHORIZATION], "Bearer second");
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 2);
    }

    #[tokio::test]
    async fn the_words_of_a_plugin_that_fails_are_told_without_secrets() {
        let directory = tempfile::tempdir().unwrap();
        let script = directory.path().join("login.sh");
        let says = "echo CANARY1; echo \"$1 $SECRET CANARY1\" >&2; \
                    echo 'the session has expired, password=CANARY4' >&2; echo 'log in again' >&2; exit 3";
        std::fs::write(&script, says).unwrap();
        let mut plugin = plugin("sh", &[&script.display().to_string(), "CANARY2"]);
        plugin.interactive_mode = Some(ExecInteractiveMode::Never);
        let variable = [("name", "SECRET"), ("value", "CANARY3")];
        let variable = variable.map(|(key, value)| (key.to_owned(), value.to_owned()));
        plugin.env = Some(vec![variable.into_iter().collect()]);
        let fault = run(&plugin).await.err().map(|it| it.to_string()).unwrap_or_default();
        assert!(fault.contains("the session has expired, password=(withheld) log in"), "{fault}");
        assert!(!fault.contains("CANARY"), "{fault}");
    }

    #[tokio::test]
    async fn arguments_behind_a_command_are_not_shown() {
        let plugin = plugin("no-such-login --token=CANARY", &[]);
        let fault = run(&plugin).await.err().map(|it| it.to_string()).unwrap_or_default();
        assert!(fault.starts_with("the credential plugin no-such-login could not be"), "{fault}");
        assert!(!fault.contains("CANARY"), "{fault}");
    }
}
