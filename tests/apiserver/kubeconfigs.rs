//! Kubeconfigs and connection flags as people have them. Each row of the table is tried with the real kubectl
//! and with the program, which have to agree on whether the server is asked, by which path, and as whom. A row
//! on which they differ says why.

#[expect(
    clippy::too_many_lines,
    clippy::needless_pass_by_value,
    reason = "the rows of a table, each with a literal"
)]
mod rows;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::PoisonError;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oc_etcd_lab::User;
use oc_etcd_lab::certificates::Authority;
use oc_etcd_lab::fault::{FaultServer, Listen};

use crate::Case;
use crate::suite::Suite;
use rows::{Expected, Row};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![("a_table_of_kubeconfigs_and_flags_is_taken_and_refused_as_by_kubectl", table)]
}

/// The number of rows that are tried at the same time.
const WORKERS: usize = 3;

fn table(suite: &mut Suite) -> Result<()> {
    let authority = Authority::new()?;
    let identity = authority.serving(&["127.0.0.1", "localhost", "elsewhere.example.com"])?;
    let directory = suite.dir().join("table of kubeconfigs");
    std::fs::create_dir_all(&directory)?;
    let words = files(&authority, &directory)?;
    let rows = rows::rows();
    ensure!(rows.len() >= 100, "{} rows", rows.len());
    let (queue, complaints) = (Mutex::new(rows.iter()), Mutex::new(Vec::new()));
    let next = || queue.lock().unwrap_or_else(PoisonError::into_inner).next();
    let servers = (0..WORKERS)
        .map(|_| {
            let secure = Listen { identity: Some(&identity), ..Listen::default() };
            Ok(Servers {
                secure: suite.fault_server(secure)?,
                plain: suite.fault_server(Listen::default())?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let programs = [suite.kubectl_command(&["version"])?, suite.oc_etcd(User::Admin, &["version"])];
    std::thread::scope(|scope| {
        for (number, servers) in servers.iter().enumerate() {
            let (words, programs, directory) = (&words, &programs, &directory);
            let (next, complaints) = (&next, &complaints);
            scope.spawn(move || {
                let directory = directory.join(number.to_string());
                while let Some(row) = next() {
                    if let Err(error) = try_row(row, servers, words, programs, &directory) {
                        let text = format!("{}: {error:#}", row.name);
                        complaints.lock().unwrap_or_else(PoisonError::into_inner).push(text);
                    }
                }
            });
        }
    });
    let complaints = complaints.into_inner().unwrap_or_else(PoisonError::into_inner);
    ensure!(complaints.is_empty(), "{}", complaints.join("\n\n"));
    Ok(())
}

/// Writes the files that rows name. Gives the words of a row, each with what it stands for.
fn files(authority: &Authority, directory: &Path) -> Result<BTreeMap<&'static str, String>> {
    let user = authority.user("me", None)?;
    let write = |name: &str, text: &str| std::fs::write(directory.join(name), text);
    write("ca.crt", authority.certificate())?;
    write("me.crt", &user.certificate)?;
    write("me.key", &user.key)?;
    let crlf = authority.certificate().replace('\n', "\r\n");
    write(
        "around.crt",
        &format!("Bag Attributes\r\n    friendlyName: ca\r\n{crlf}-----BEGIN X-----\r\n"),
    )?;
    let parameters =
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    write("parameters.key", &format!("{parameters}{}", user.key))?;
    write("other.key", &authority.user("me", None)?.key)?;
    let encrypted =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nUzNDUkVU\n-----END ENCRYPTED PRIVATE KEY-----\n";
    write("encrypted.key", encrypted)?;
    write(
        "around-me.crt",
        &format!(
            "text\n{}-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
            user.certificate
        ),
    )?;
    write("both.pem", &format!("{}{}", user.key, user.certificate))?;
    write("crlf.key", &user.key.replace('\n', "\r\n"))?;
    write("token", "of-file\n")?;
    write("empty", "")?;
    let of_other = r#"{"clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}], "current-context": "x"}"#;
    write("other", of_other)?;
    write("broken", "a: [")?;
    for version in ["v1", "v1beta1"] {
        let status = r#""status": {"token": "of-plugin"}"#;
        let kind = format!(r#""apiVersion": "client.authentication.k8s.io/{version}""#);
        let text = format!(r#"{{"kind": "ExecCredential", {kind}, {status}}}"#);
        write(&format!("credential-{version}"), &text)?;
    }
    let whole = |kind: &str, status: &str| {
        let version = r#""apiVersion": "client.authentication.k8s.io/v1""#;
        format!(r#"{{{kind}{version}, "status": {status}}}"#)
    };
    let credential = |status: &str| whole(r#""kind": "ExecCredential", "#, status);
    let (certificate, key) = (serde_json::json!(user.certificate), serde_json::json!(user.key));
    let pair = format!(r#""clientCertificateData": {certificate}, "clientKeyData": {key}"#);
    for (name, text) in [
        ("without-status", credential("null")),
        ("with-empty-status", credential("{}")),
        ("with-empty-token", credential(r#"{"token": ""}"#)),
        ("with-number", credential(r#"{"token": 5}"#)),
        ("with-pair", credential(&format!("{{{pair}}}"))),
        ("with-pair-and-token", credential(&format!(r#"{{"token": "of-plugin", {pair}}}"#))),
        ("with-certificate", credential(&format!(r#"{{"token": "t", "clientCertificateData": {certificate}}}"#))),
        ("with-key", credential(&format!(r#"{{"token": "t", "clientKeyData": {key}}}"#))),
        ("with-bad-pair", credential(r#"{"clientCertificateData": "S3CRET", "clientKeyData": "S3CRET"}"#)),
        ("with-date", credential(r#"{"token": "t", "expirationTimestamp": "2999-01-02T03:04:05Z"}"#)),
        ("with-old-date", credential(r#"{"token": "t", "expirationTimestamp": "2001-01-02T03:04:05+02:00"}"#)),
        ("with-bad-date", credential(r#"{"token": "t", "expirationTimestamp": "S3CRET"}"#)),
        ("with-unknown-fields", credential(r#"{"token": "t", "more": [1]}"#)),
        ("with-newline", credential(r#"{"token": "t\n"}"#)),
        ("of-no-kind", whole("", r#"{"token": "t"}"#)),
        ("of-kind-pod", whole(r#""kind": "Pod", "#, r#"{"token": "t"}"#)),
        ("of-no-version", r#"{"kind": "ExecCredential", "status": {"token": "t"}}"#.to_owned()),
        ("of-old-version", credential(r#"{"token": "t"}"#).replace("/v1", "/v1alpha1")),
        ("of-other-group", credential(r#"{"token": "t"}"#).replace("client.auth", "auth")),
        ("in-yaml", "kind: ExecCredential\napiVersion: client.authentication.k8s.io/v1\nstatus:\n  token: t\n".to_owned()),
        ("with-log-line", format!("logged in\n{}", credential(r#"{"token": "t"}"#))),
        ("with-text-behind", format!("{}\nbye\n", credential(r#"{"token": "t"}"#))),
        ("twice", credential(r#"{"token": "t"}"#).repeat(2)),
        ("token-alone", "S3CRET\n".to_owned()),
    ] {
        write(&format!("credential-{name}"), &text)?;
    }
    write(
        "interactive",
        "#!/bin/sh\ncase \"$KUBERNETES_EXEC_INFO\" in *'\"interactive\":false'*) ;; *) exit 3 ;; esac\n[ -z \"$(cat)\" ] || exit 4\nexec cat \"$1\"\n",
    )?;
    write(
        "informed",
        "#!/bin/sh\ncase \"$KUBERNETES_EXEC_INFO\" in *'\"cluster\":'*'\"certificate-authority-data\":'*'\"audience\":\"etcd\"'*) ;; *) exit 3 ;; esac\nexec cat \"$1\"\n",
    )?;
    for name in ["interactive", "informed"] {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(directory.join(name), mode)?;
    }
    Ok(BTreeMap::from([
        ("@DIR@", directory.display().to_string()),
        ("@CA@", STANDARD.encode(authority.certificate())),
        ("@CERT@", STANDARD.encode(&user.certificate)),
        ("@KEY@", STANDARD.encode(&user.key)),
    ]))
}

/// What the server was asked, and as whom; `None` for nothing.
type Asked = Option<String>;

/// The servers of a worker.
struct Servers {
    secure: FaultServer,
    /// Speaks HTTP without TLS.
    plain: FaultServer,
}

fn asked(servers: &Servers) -> Asked {
    let all = [servers.secure.requests(), servers.plain.requests()].concat();
    // The program asks for the ClusterVersion named `version` beside it, below the path of the server.
    let seen =
        all.iter().find(|it| it.path.ends_with("/version") && !it.path.contains("/apis/"))?;
    let mut shown: Vec<String> = seen
        .headers
        .iter()
        .filter(|(name, _)| *name == "authorization" || name.as_str().starts_with("impersonate"))
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?")))
        .collect();
    shown.sort();
    // kubectl tells the server its own limit.
    let query = seen.query.split('&').filter(|it| !it.starts_with("timeout="));
    let query = query.collect::<Vec<_>>().join("&");
    Some(format!("{}?{query} {}", seen.path, shown.join(", ")))
}

fn try_row(
    row: &Row,
    servers: &Servers,
    words: &BTreeMap<&'static str, String>,
    programs: &[Command; 2],
    directory: &Path,
) -> Result<()> {
    std::fs::create_dir_all(directory)?;
    let path = directory.join("kubeconfig");
    let Servers { secure, plain } = servers;
    let filled = |text: &str| {
        let text = text.replace("@SERVER@", &secure.url()).replace("@PLAIN@", &plain.url());
        let text = text.replace("@PORT@", &secure.address().port().to_string());
        let text = text.replace("@HOST@", &secure.address().to_string());
        let text = text.replace("@PLAINHOST@", &plain.address().to_string());
        let text = text.replace("@FILE@", &path.display().to_string());
        let text = text.replace("@HOME@", &directory.display().to_string());
        words.iter().fold(text, |text, (word, meaning)| text.replace(word, meaning))
    };
    let bytes = match std::str::from_utf8(&row.file) {
        Ok(text) => filled(text).into_bytes(),
        Err(_) => row.file.clone(),
    };
    std::fs::write(&path, bytes)?;
    for link in [".kube/config", "link/kubeconfig"].map(|it| directory.join(it)) {
        std::fs::create_dir_all(link.parent().context("it is in no directory")?)?;
        if !link.is_symlink() {
            std::os::unix::fs::symlink(&path, &link)?;
        }
    }
    let mut both = Vec::new();
    for (name, program) in ["kubectl", "oc-etcd"].iter().zip(programs) {
        secure.forget();
        plain.forget();
        let mut command = Command::new(program.get_program());
        command.args(program.get_args()).args(row.flags.iter().map(|it| filled(it)));
        command.env_clear().stdin(Stdio::null());
        command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("KUBECONFIG", filled(row.kubeconfig));
        command.envs(row.environment.iter().map(|(name, value)| (name, filled(value))));
        let ran = command.output().context("cannot be run")?;
        let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
        ensure!(name == &"kubectl" || !stderr.contains("S3CRET"), "shows a secret: {stderr}");
        both.push((asked(servers), stderr));
    }
    let [(theirs, of_kubectl), (ours, of_program)] = &both[..] else { return Ok(()) };
    let told = format!(
        "\n  kubectl: {theirs:?} {}\n  oc-etcd: {ours:?} {}",
        of_kubectl.trim(),
        of_program.trim()
    );
    let is_right = match row.expected {
        Expected::Taken => ours.is_some() && ours == theirs,
        Expected::Refused => ours.is_none() && theirs.is_none(),
        Expected::TakenByUs(_) => ours.is_some() && ours != theirs,
        Expected::RefusedByUs(_) => ours.is_none() && theirs.is_some(),
    };
    ensure!(is_right, "expected {:?}{told}", row.expected);
    let says = row.says.is_none_or(|it| of_program.contains(&filled(it)));
    ensure!(says, "does not say {:?}{told}", row.says);
    Ok(())
}
