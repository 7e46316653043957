//! kubectl's connection flags.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Args, ValueHint};

use super::environment::Environment;
use crate::api::{Connection, server};
use crate::model::invocation::Invocation;

/// A time that was not given where the value of its flag is empty.
type OptionalDuration = Option<Duration>;

/// Flags of the connection and of the user.
#[derive(Clone, Default, Args)]
#[command(next_help_heading = "Connection options")]
pub struct ConnectionFlags {
    /// Path to the kubeconfig file to use
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        value_parser = path(),
        hide_short_help = true
    )]
    pub kubeconfig: Option<PathBuf>,
    /// The name of the kubeconfig context to use
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub context: Option<String>,
    /// The name of the kubeconfig cluster to use
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub cluster: Option<String>,
    /// The name of the kubeconfig user to use
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub user: Option<String>,
    /// Accepted for compatibility and ignored: Machines are in openshift-machine-api
    #[arg(short, long, global = true, value_name = "NAME", hide_short_help = true)]
    pub namespace: Option<String>,
    /// The address and port of the Kubernetes API server
    #[arg(short, long, global = true, value_name = "URL", hide_short_help = true)]
    pub server: Option<String>,
    /// Bearer token for authentication to the API server
    #[arg(long, global = true, value_name = "TOKEN", hide_short_help = true)]
    pub token: Option<String>,
    /// Username to impersonate for the operation
    #[arg(long = "as", global = true, value_name = "USER", hide_short_help = true)]
    pub impersonate: Option<String>,
    /// Group to impersonate for the operation; can be repeated
    #[arg(long = "as-group", global = true, value_name = "GROUP", hide_short_help = true)]
    pub impersonate_groups: Vec<String>,
    /// UID to impersonate for the operation
    #[arg(long = "as-uid", global = true, value_name = "UID", hide_short_help = true)]
    pub impersonate_uid: Option<String>,
    /// Extra field of the impersonated user; can be repeated
    #[arg(
        long = "as-user-extra",
        global = true,
        value_name = "KEY=VALUE",
        value_parser = extra,
        hide_short_help = true
    )]
    pub impersonate_extra: Vec<(String, String)>,
    /// Path to a certificate file for the certificate authority
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        value_parser = path(),
        hide_short_help = true
    )]
    pub certificate_authority: Option<PathBuf>,
    /// Path to a client certificate file for TLS
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        value_parser = path(),
        hide_short_help = true
    )]
    pub client_certificate: Option<PathBuf>,
    /// Path to a client key file for TLS
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        value_parser = path(),
        hide_short_help = true
    )]
    pub client_key: Option<PathBuf>,
    /// Skip validation of the server's certificate; makes the connection insecure
    #[arg(long, global = true, hide_short_help = true)]
    pub insecure_skip_tls_verify: bool,
    /// Server name for the validation of the server's certificate
    #[arg(long, global = true, value_name = "NAME", hide_short_help = true)]
    pub tls_server_name: Option<String>,
    /// Timeout of a single request, e.g. 1s, 2m, 3h; 0 means none [default: 30s]
    #[arg(
        long,
        global = true,
        value_name = "TIME",
        value_parser = request_timeout,
        allow_negative_numbers = true,
        hide_short_help = true
    )]
    pub request_timeout: Option<OptionalDuration>,
    /// Do not request compressed responses
    #[arg(long, global = true, hide_short_help = true)]
    pub disable_compression: bool,
    /// Accepted for compatibility and ignored: nothing is cached
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        value_hint = ValueHint::DirPath,
        value_parser = path(),
        hide_short_help = true
    )]
    pub cache_dir: Option<PathBuf>,
    /// Exit with 1 if the server returns a warning
    #[arg(long, global = true, hide_short_help = true)]
    pub warnings_as_errors: bool,
    /// Log level for stderr: 6 requests, 7 adds request headers, 8 adds response headers, 9 adds curl
    /// commands. Credentials are masked; bodies are never logged
    #[arg(
        short = 'v',
        long = "v",
        visible_alias = "loglevel",
        global = true,
        value_name = "LEVEL",
        value_parser = level,
        allow_negative_numbers = true,
        default_value_t = 0,
        hide_default_value = true,
        hide_short_help = true
    )]
    pub verbosity: u8,
}

impl std::fmt::Debug for ConnectionFlags {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectionFlags").field("context", &self.context).finish_non_exhaustive()
    }
}

/// Treatment of the warnings of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warnings {
    /// The program prints the warnings.
    AreTold,
    /// `--warnings-as-errors`
    AreErrors,
}

impl ConnectionFlags {
    /// Takes an empty value for none, as kubectl does: scripts write `--context="$CONTEXT"`.
    pub(super) fn without_empty(mut self) -> Self {
        for text in [
            &mut self.context,
            &mut self.cluster,
            &mut self.user,
            &mut self.namespace,
            &mut self.server,
            &mut self.token,
            &mut self.impersonate,
            &mut self.impersonate_uid,
            &mut self.tls_server_name,
        ] {
            text.take_if(|it| it.is_empty());
        }
        for path in [
            &mut self.kubeconfig,
            &mut self.certificate_authority,
            &mut self.client_certificate,
            &mut self.client_key,
            &mut self.cache_dir,
        ] {
            path.take_if(|it| it.as_os_str().is_empty());
        }
        self
    }

    /// Returns the treatment of the warnings of the server.
    #[must_use]
    pub const fn warnings(&self) -> Warnings {
        if self.warnings_as_errors { Warnings::AreErrors } else { Warnings::AreTold }
    }

    /// Returns the invocation of the run, for the commands that the run advises: these commands use the same cluster as
    /// the same user. A token is replaced by a placeholder, so that a pasted command is refused and does not run as
    /// another user.
    #[must_use]
    pub fn invocation(&self, program: &str) -> Invocation {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|it| it.display().to_string());
        let set = |flag: bool| flag.then(String::new);
        let single = [
            ("kubeconfig", path(&self.kubeconfig)),
            ("context", self.context.clone()),
            ("cluster", self.cluster.clone()),
            ("user", self.user.clone()),
            ("server", self.server.as_deref().and_then(server::shown)),
            ("certificate-authority", path(&self.certificate_authority)),
            ("tls-server-name", self.tls_server_name.clone()),
            ("insecure-skip-tls-verify", set(self.insecure_skip_tls_verify)),
            ("client-certificate", path(&self.client_certificate)),
            ("client-key", path(&self.client_key)),
            ("token", self.token.as_ref().map(|_| "TOKEN".to_owned())),
            ("as", self.impersonate.clone()),
            ("as-uid", self.impersonate_uid.clone()),
        ];
        let single = single.into_iter().filter_map(|(name, value)| Some((name, value?)));
        let groups = self.impersonate_groups.iter().map(|it| ("as-group", it.clone()));
        let extra = self.impersonate_extra.iter();
        let extra = extra.map(|(key, value)| ("as-user-extra", format!("{key}={value}")));
        let all = single.chain(groups).chain(extra).map(|(name, value)| (name.to_owned(), value));
        Invocation::of(program).with(all.collect())
    }

    /// Returns the connection that the flags and the environment describe.
    #[must_use]
    pub fn into_connection(self, environment: &Environment) -> Connection {
        Connection {
            kubeconfig: self.kubeconfig,
            default_kubeconfigs: environment.kubeconfigs(),
            proxies: environment.proxies.clone(),
            context: self.context,
            cluster: self.cluster,
            user: self.user,
            server: self.server,
            token: self.token,
            impersonate: self.impersonate,
            impersonate_groups: self.impersonate_groups,
            impersonate_uid: self.impersonate_uid,
            certificate_authority: self.certificate_authority,
            client_certificate: self.client_certificate,
            client_key: self.client_key,
            insecure_skip_tls_verify: self.insecure_skip_tls_verify,
            tls_server_name: self.tls_server_name,
            request_timeout: self.request_timeout.flatten(),
            impersonate_extra: self.impersonate_extra,
            disable_compression: self.disable_compression,
            verbosity: self.verbosity,
            command: String::new(),
            has_terminal: environment.has_terminal,
        }
    }
}

/// Parses a path, which may be empty: an empty value is none.
fn path() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// Reads a log level: below none there is nothing to log, and nothing more above the last level.
fn level(text: &str) -> Result<u8, String> {
    let level: i32 = text.parse().map_err(|_| "must be a number".to_owned())?;
    Ok(u8::try_from(level.max(0)).unwrap_or(u8::MAX))
}

/// Reads `key=value`.
fn extra(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("must be KEY=VALUE".to_owned()),
    }
}

/// Reads the time of a request: nothing is none, and less than nothing is no limit, as for kubectl.
fn request_timeout(text: &str) -> Result<OptionalDuration, String> {
    match text.strip_prefix('-') {
        _ if text.is_empty() => Ok(None),
        // A number alone is a number of seconds, which cannot be negative.
        Some(rest) if rest.parse::<u64>().is_ok_and(|it| it != 0) => Err(no_duration(text)),
        Some(rest) => duration(rest).map(|_| Some(Duration::ZERO)).map_err(|_| no_duration(text)),
        None => duration(text).map(Some),
    }
}

fn no_duration(text: &str) -> String {
    format!("`{text}` is not a duration such as 30s, 10m or 1h30m")
}

/// Reads a duration as Go and kubectl do: `90s`, `1m30s`, `1.5h`, `500ms`, or a number of seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let error = || no_duration(text);
    if let Ok(seconds) = text.parse::<u64>() {
        return Ok(Duration::from_secs(seconds));
    }
    let is_of_number = |c: char| c.is_ascii_digit() || c == '.';
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    let mut total = Duration::ZERO;
    let mut is_empty = true;
    while !rest.is_empty() {
        let (amount, after) = rest.split_at(rest.find(|c| !is_of_number(c)).ok_or_else(error)?);
        let (unit, after) = after.split_at(after.find(is_of_number).unwrap_or(after.len()));
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(error()),
        };
        let amount: f64 = amount.parse().map_err(|_| error())?;
        let part = Duration::try_from_secs_f64(amount * seconds).map_err(|_| error())?;
        total = total.checked_add(part).ok_or_else(error)?;
        (rest, is_empty) = (after, false);
    }
    if is_empty { Err(error()) } else { Ok(total) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_is_advised_acts_on_the_same_cluster_as_the_same_person() {
        let line = "oc-etcd status --kubeconfig=/a/b --context c -s https://u:CANARY@h:6443/p --as=v \
                    --as-group=g --as-group=h --token=CANARY --insecure-skip-tls-verify";
        let cli = crate::cli::parse(line.split_whitespace().map(Into::into), "oc etcd").unwrap();
        let spoken = cli.connection.invocation("oc-etcd").speak("oc etcd init");
        assert_eq!(
            &*spoken,
            "oc-etcd init --kubeconfig=/a/b --context=c --server=https://h:6443/p \
             --insecure-skip-tls-verify --token=TOKEN --as=v --as-group=g --as-group=h"
        );
        for command in spoken.commands() {
            let words = ["oc-etcd"].into_iter().chain(command.arguments()).map(Into::into);
            assert!(crate::cli::parse(words, "oc etcd").is_ok());
        }
    }

    #[test]
    fn durations_are_read_as_kubectl_reads_them() {
        for (text, milliseconds) in [
            ("0", 0),
            ("45", 45_000),
            ("30s", 30_000),
            ("1m30s", 90_000),
            ("2h", 7_200_000),
            ("500ms", 500),
            ("1.5s", 1_500),
            (".5m", 30_000),
            ("1.h", 3_600_000),
            ("1h0.5s", 3_600_500),
            ("2000us", 2),
            ("+3s", 3_000),
        ] {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in
            ["", "+", "s", "10x", "1m30", "-1s", "1.5", ".s", "1..5s", "99999999999999999999h"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
        assert_eq!(request_timeout(""), Ok(None));
        assert_eq!(request_timeout("-1s"), Ok(Some(Duration::ZERO)));
        for text in ["-1", "-", "--1s", "1d"] {
            assert!(request_timeout(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_empty_value_is_none_and_of_two_the_last_one_counts() {
        let flags = |line: &str| {
            let words = ["oc-etcd", "status"].into_iter().chain(line.split_whitespace());
            crate::cli::parse(words.map(Into::into), "oc etcd").unwrap().connection
        };
        let connection = |line: &str| flags(line).into_connection(&Environment::default());
        let empty = connection(
            "--kubeconfig= --context= --cluster= --user= --server= --token= --as= --as-uid= \
             --certificate-authority= --client-certificate= --client-key= --tls-server-name= \
             --request-timeout= --namespace= --cache-dir=",
        );
        assert_eq!((empty.kubeconfig, empty.certificate_authority), (None, None));
        assert_eq!((empty.client_certificate, empty.client_key), (None, None));
        assert_eq!((empty.context, empty.cluster, empty.user), (None, None, None));
        assert_eq!((empty.server, empty.token, empty.tls_server_name), (None, None, None));
        assert_eq!((empty.impersonate, empty.impersonate_uid), (None, None));
        assert_eq!(empty.request_timeout, None);
        let twice = connection(
            "--context=a --request-timeout=1s --context=b --token=t --token= --as-group=g --as-group=h \
             --request-timeout=2s --as=x",
        );
        assert_eq!((twice.context.as_deref(), twice.token), (Some("b"), None));
        assert_eq!(twice.request_timeout, Some(Duration::from_secs(2)));
        assert_eq!(twice.impersonate_groups, ["g", "h"]);
    }
}
