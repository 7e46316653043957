//! Kubeconfigs, credential plugins and servers that hold fake secrets, or are wrong in another way.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use anyhow::Result;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::suite::Suite;

/// Writes a kubeconfig for the suite's server, with what a test puts into its user and cluster.
pub(crate) fn kubeconfig(
    suite: &Suite,
    name: &str,
    user: &Value,
    cluster: &Value,
) -> Result<String> {
    let text = std::fs::read_to_string(suite.dir().join("admin.kubeconfig"))?;
    let mut config: Value = serde_json::from_str(&text)?;
    config["users"][0]["user"] = user.clone();
    for (key, value) in cluster.as_object().into_iter().flatten() {
        config["clusters"][0]["cluster"][key] = value.clone();
    }
    let file = format!("{}.kubeconfig", name.replace(' ', "-"));
    suite.write_file(&file, &config.to_string())
}

fn exec(script: &str) -> Value {
    json!({"exec": {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "sh",
        "args": ["-c", script, "CANARY-ARGUMENT"],
        "env": [{"name": "SECRET", "value": "CANARY-ENV"}],
        "installHint": "install it",
        "interactiveMode": "Never",
    }})
}

/// What `exec` prints: a credential with this status.
fn credential(status: &str) -> String {
    format!(
        r#"echo CANARY-STDERR >&2; echo '{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{status}}}'"#
    )
}

/// Users of a kubeconfig, each with fake secrets in a place of its own.
pub(crate) fn users() -> Vec<(&'static str, Value)> {
    let mut missing = exec("");
    missing["exec"]["command"] = json!("/not-there");
    vec![
        ("a token", json!({"token": "CANARY-TOKEN"})),
        ("a token with a line end", json!({"token": "CANARY-TOKEN\nCANARY-TOKEN"})),
        ("a token that is none", json!({"token": {"CANARY-TOKEN": ["CANARY-TOKEN"]}})),
        ("a password", json!({"username": "admin", "password": "CANARY-PASSWORD"})),
        (
            "a key that is no base64",
            json!({
                "client-certificate-data": "CANARY-CERTIFICATE", "client-key-data": "CANARY-KEY",
            }),
        ),
        (
            "a key that is no key",
            json!({
                "client-certificate-data": STANDARD.encode("CANARY-CERTIFICATE"),
                "client-key-data": STANDARD.encode("-----BEGIN PRIVATE KEY-----\nCANARY-KEY\n-----END PRIVATE KEY-----\n"),
            }),
        ),
        (
            "an auth provider",
            json!({"auth-provider": {
                "name": "oidc",
                "config": {"id-token": "CANARY-ID", "refresh-token": "CANARY-REFRESH", "client-secret": "CANARY-CLIENT"},
            }}),
        ),
        (
            "another auth provider",
            json!({"auth-provider": {
                "name": "gcp", "config": {"access-token": "CANARY-ACCESS", "cmd-path": "CANARY-CMD"},
            }}),
        ),
        ("a token where its file belongs", json!({"tokenFile": "CANARY-TOKEN"})),
        (
            "a key where its file belongs",
            json!({"client-certificate-data": STANDARD.encode("x"), "client-key": "CANARY-/KEY=="}),
        ),
        (
            "a certificate where its file belongs",
            json!({"client-certificate": "CANARY-CERTIFICATE", "client-key": "CANARY-KEY"}),
        ),
        (
            "arguments behind the command of a plugin",
            json!({"exec": {
                "apiVersion": "client.authentication.k8s.io/v1",
                "command": "login --token=CANARY-TOKEN",
                "interactiveMode": "Never",
            }}),
        ),
        ("a plugin with a token", exec(&credential(r#"{"token":"CANARY-TOKEN"}"#))),
        (
            "a plugin with a key",
            exec(&credential(
                r#"{"clientCertificateData":"CANARY-CERTIFICATE","clientKeyData":"CANARY-KEY"}"#,
            )),
        ),
        (
            "a plugin with a date",
            exec(&credential(r#"{"token":"CANARY-TOKEN","expirationTimestamp":"CANARY-DATE"}"#)),
        ),
        ("a plugin without JSON", exec("echo CANARY-STDOUT; echo CANARY-STDERR >&2")),
        ("a plugin without a status", exec("echo '{\"CANARY-KEY\": \"CANARY-VALUE\"}'")),
        ("a plugin that fails", exec("echo CANARY-STDOUT; echo CANARY-STDERR >&2; exit 7")),
        ("a plugin that is missing", missing),
    ]
}

/// A server that gives every request the same answer, until the process ends.
pub(crate) fn answering(status: &str, body: &str) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut request = [0; 16384];
            // Who asks may be gone already.
            let _read = stream.read(&mut request);
            let _written = stream.write_all(answer.as_bytes());
        }
    });
    Ok(format!("http://{address}"))
}
