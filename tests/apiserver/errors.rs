//! What each kind of failure looks like to whoever runs into it: the whole output and the exit code, as
//! files under tests/golden/errors.

use std::net::TcpListener;

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oc_etcd_lab::certificates::Authority;
use oc_etcd_lab::kind::MACHINE_CONFIG_OBJECT;
use oc_etcd_lab::rest::status_code;
use oc_etcd_lab::{Cluster, User};
use serde_json::{Value, json};

use crate::Case;
use crate::fakes::{answering, kubeconfig};
use crate::golden_file::Folder;
use crate::suite::{Ran, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![("every_error_is_worded_for_whoever_reads_it", every_error)]
}

fn every_error(suite: &mut Suite) -> Result<()> {
    let mut errors = Errors { folder: Folder::new("errors") };
    errors.of_flags(suite)?;
    errors.of_kubeconfigs(suite)?;
    errors.of_certificates(suite)?;
    errors.of_servers(suite)?;
    errors.of_users(suite)?;
    errors.of_waiting(suite)?;
    errors.of_admission(suite)?;
    let complaints = errors.folder.complaints();
    ensure!(
        complaints.is_empty(),
        "{}\n\nUPDATE=1 with the same test writes the files anew",
        complaints.join("\n\n")
    );
    Ok(())
}

/// The outputs, by the name of the failure.
struct Errors {
    folder: Folder,
}

impl Errors {
    /// Keeps what a run printed. No run may speak of types of the source, or go well.
    fn keep(&mut self, suite: &Suite, name: &str, arguments: &[&str], ran: &Ran) -> Result<()> {
        ensure!(ran.code != 0, "{name} went well: {}", ran.stdout);
        for word in ["Status {", "Some(", "Error(", "panicked", "Err(", "Name("] {
            ensure!(!ran.stderr.contains(word), "{name} speaks of `{word}`: {}", ran.stderr);
        }
        let shown = if arguments.contains(&"--help") { "" } else { ran.stdout.as_str() };
        let text = format!(
            "$ oc etcd {}\n{shown}--- stderr\n{}--- exit code {}\n",
            arguments.join(" "),
            ran.stderr,
            ran.code
        );
        self.folder.add(format!("{name}.txt"), normal(suite, &text));
        Ok(())
    }

    fn run(&mut self, suite: &Suite, name: &str, arguments: &[&str]) -> Result<()> {
        self.run_as(suite, User::Admin, name, arguments)
    }

    fn run_as(&mut self, suite: &Suite, user: User, name: &str, arguments: &[&str]) -> Result<()> {
        let ran = suite.run(user, arguments)?;
        self.keep(suite, name, arguments, &ran)
    }

    /// Runs `status` with a kubeconfig of its own.
    fn run_with(&mut self, suite: &Suite, name: &str, path: &str) -> Result<()> {
        let arguments = ["status"];
        let mut command = suite.oc_etcd(User::Admin, &arguments);
        command.env("KUBECONFIG", path);
        let ran = suite.run_command(command)?;
        self.keep(suite, name, &arguments, &ran)
    }

    fn of_flags(&mut self, suite: &Suite) -> Result<()> {
        self.run(suite, "flag-unknown", &["init", "--nope"])?;
        self.run(suite, "flag-value", &["init", "--dry-run=maybe"])?;
        self.run(suite, "flag-size", &["add-machine", "--zone=a", "--volume-size=much"])?;
        self.run(suite, "flag-duration", &["init", "--timeout=soon"])?;
        self.run(suite, "flag-check-unknown", &["init", "--ignore-checks=nope"])?;
        self.run(suite, "verb-unknown", &["statsu"])?;
        self.run(suite, "server-no-url", &["status", "--server=https://["])
    }

    fn of_kubeconfigs(&mut self, suite: &Suite) -> Result<()> {
        self.run_with(suite, "kubeconfig-none", "/nowhere/config")?;
        self.run(suite, "kubeconfig-missing", &["status", "--kubeconfig=/nowhere/config"])?;
        let malformed = suite.write_file("malformed.kubeconfig", "users:\n- {name: a\n")?;
        self.run_with(suite, "kubeconfig-malformed", &malformed)?;
        let empty = suite.write_file("empty.kubeconfig", "kind: Config\napiVersion: v1\n")?;
        self.run_with(suite, "kubeconfig-empty", &empty)?;
        self.run(suite, "context-unknown", &["status", "--context=nope"])?;
        self.run(suite, "user-unknown", &["status", "--user=nope"])?;
        let missing = ["status", "--certificate-authority=/nowhere/ca.crt"];
        self.run(suite, "certificate-authority-missing", &missing)?;
        let user = json!({"client-certificate": "/nowhere/a.crt", "client-key": "/nowhere/a.key"});
        self.of_user(suite, "client-certificate-missing", &user)?;
        let exec = |command: &str, arguments: &[&str]| {
            json!({"exec": {
                "apiVersion": "client.authentication.k8s.io/v1",
                "command": command,
                "args": arguments,
                "installHint": "Install it with: dnf install login-helper",
                "interactiveMode": "Never",
            }})
        };
        let path = suite.write_file("encrypted.key", ENCRYPTED)?;
        let certificate = suite.dir().join("apiserver.crt").display().to_string();
        let user = json!({"client-certificate": certificate, "client-key": path});
        self.of_user(suite, "client-key-encrypted", &user)?;
        self.of_user(suite, "plugin-missing", &exec("login-helper", &[]))?;
        self.of_user(suite, "plugin-failing", &exec("sh", &["-c", "exit 7"]))?;
        self.of_user(suite, "plugin-silent", &exec("true", &[]))?;
        self.of_user(suite, "token-with-line-end", &json!({"token": "a\nb"}))
    }

    /// Runs `status` as a user of a kubeconfig.
    fn of_user(&mut self, suite: &Suite, name: &'static str, user: &Value) -> Result<()> {
        let path = kubeconfig(suite, name, user, &json!({}))?;
        self.run_with(suite, name, &path)
    }

    fn of_certificates(&mut self, suite: &Suite) -> Result<()> {
        let text = std::fs::read_to_string(suite.dir().join("admin.kubeconfig"))?;
        let admin = serde_json::from_str::<Value>(&text)?["users"][0]["user"].clone();
        let authority = |pem: &str| json!({"certificate-authority-data": STANDARD.encode(pem)});
        let other = authority(Authority::new()?.certificate());
        let path = kubeconfig(suite, "authority-wrong", &admin, &other)?;
        self.run_with(suite, "certificate-authority-wrong", &path)?;
        let leaf = authority(&std::fs::read_to_string(suite.dir().join("apiserver.crt"))?);
        let path = kubeconfig(suite, "authority-leaf", &admin, &leaf)?;
        self.run_with(suite, "certificate-authority-of-a-server", &path)?;
        let name = ["status", "--tls-server-name=elsewhere.example.com"];
        self.run(suite, "certificate-of-another-host", &name)?;
        let expired = suite.dir().join("expired.kubeconfig").display().to_string();
        self.run_with(suite, "client-certificate-expired", &expired)?;
        let mut old = admin;
        let data = old["client-certificate-data"].as_str().context("it has no certificate")?;
        let pem = String::from_utf8(STANDARD.decode(data)?)?;
        old["client-certificate-data"] = STANDARD.encode(as_version_1(&pem)?).into();
        self.of_user(suite, "client-certificate-x509-v1", &old)
    }

    fn of_servers(&mut self, suite: &Suite) -> Result<()> {
        self.run(suite, "server-unreachable", &["status", "--server=https://127.0.0.1:1"])?;
        let unknown = ["status", "--server=https://api.lab.invalid:6443"];
        self.run(suite, "server-unknown", &unknown)?;
        let plain = answering("400 Bad Request", "")?.replace("http:", "https:");
        self.run(suite, "server-without-tls", &["status", &format!("--server={plain}")])?;
        // kubectl takes an address without a scheme for one of HTTP, too.
        let text = std::fs::read_to_string(suite.dir().join("admin.kubeconfig"))?;
        let admin: Value = serde_json::from_str(&text)?;
        let url = admin["clusters"][0]["cluster"]["server"].as_str().context("no server")?;
        let server = url.replace("https://", "--server=");
        self.run(suite, "server-with-tls", &["status", &server])?;
        let refusing = answering("403 Forbidden", "")?;
        for (name, proxy) in
            [("proxy-unreachable", "http://me:secret@127.0.0.1:1"), ("proxy-refusing", &*refusing)]
        {
            let mut command = suite.oc_etcd(User::Admin, &unknown);
            command.env("HTTPS_PROXY", proxy);
            let ran = suite.run_command(command)?;
            self.keep(suite, name, &unknown, &ran)?;
        }
        let silent = TcpListener::bind("127.0.0.1:0")?;
        let server = format!("--server=http://{}", silent.local_addr()?);
        self.run(suite, "server-silent", &["status", &server, "--request-timeout=1s"])?;
        let not_found = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 404,
            "message": "the server could not find the requested resource", "reason": "NotFound",
            "details": {},
        });
        let server = format!("--server={}", answering("404 Not Found", &not_found.to_string())?);
        self.run(suite, "not-openshift", &["status", &server])?;
        let server = format!("--server={}", answering("200 OK", "<html>log in first</html>")?);
        self.run(suite, "server-answers-html", &["status", &server])?;
        // A gateway in front of the API server tells nothing of the cluster and of the user's permissions.
        let page = "<html>body-that-nobody-may-see</html>";
        for (name, status, command) in [
            ("gateway-knows-no-path", "404 Not Found", "status"),
            ("gateway-forbids", "403 Forbidden", "status"),
            ("gateway-forbids-metrics", "403 Forbidden", "perf"),
            ("gateway-redirects", "302 Found", "status"),
        ] {
            let server = format!("--server={}", answering(status, page)?);
            self.run(suite, name, &[command, &server])?;
        }
        Ok(())
    }

    fn of_users(&mut self, suite: &mut Suite) -> Result<()> {
        suite.load(&Cluster::load("4.16")?)?;
        self.run(suite, "unauthorized", &["status", "--token=nonsense"])?;
        self.run(suite, "forbidden-to-read", &["init", "--yes", "--as=nobody"])?;
        self.run_as(suite, User::Viewer, "forbidden-to-write", &["init", "--yes"])?;
        self.run(suite, "question-without-terminal", &["init"])?;
        suite.admin(&["init", "--layout=documented", "--yes"])?.expect_code(0)?;
        suite.reconciled()?;
        self.run(suite, "zone-missing", &["add-machine", "--yes"])?;
        self.run(suite, "zone-unknown", &["add-machine", "--yes", "--zone=mars-1a"])?;
        let foreign = suite.write_file(
            "foreign-label.json",
            &json!({
                "apiVersion": "machineconfiguration.openshift.io/v1",
                "kind": "MachineConfig",
                "metadata": {"name": "00-etcd-disk"},
                "spec": {"config": {"ignition": {"version": "3.2.0"}}},
            })
            .to_string(),
        )?;
        let apply = [
            "apply",
            "--server-side",
            "--force-conflicts",
            "--field-manager=gitops",
            "-f",
            &foreign,
        ];
        suite.kubectl(&apply)?;
        self.run(suite, "conflict-with-another-manager", &["init", "--yes"])
    }

    fn of_admission(&mut self, suite: &mut Suite) -> Result<()> {
        for (name, reason, code) in
            [("invalid", "Invalid", 422), ("denied-by-admission", "Forbidden", 403)]
        {
            suite.load_with_policy(&Cluster::load("4.16")?, &deny_kubelet(suite, reason)?)?;
            wait_until(suite, Some(code))?;
            self.run(suite, name, &["init", "--yes"])?;
        }
        suite.load_without_controllers(&Cluster::load("4.16")?)?;
        wait_until(suite, None)
    }

    fn of_waiting(&mut self, suite: &mut Suite) -> Result<()> {
        suite.load_without_controllers(&Cluster::load("4.16")?)?;
        self.run(suite, "deadline", &["init", "--yes", "--timeout=1s"])
    }
}

/// What begins as an encrypted key.
const ENCRYPTED: &str =
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";

/// A policy that denies 01-etcd-kubelet, which is neither the first nor the last object to be written.
fn deny_kubelet(suite: &Suite, reason: &str) -> Result<std::path::PathBuf> {
    let policy = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": "no-kubelet"},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [{
                "apiGroups": ["machineconfiguration.openshift.io"],
                "apiVersions": ["v1"],
                "operations": ["CREATE", "UPDATE"],
                "resources": ["machineconfigs"],
            }]},
            "validations": [{
                "expression": "object.metadata.name != '01-etcd-kubelet'",
                "message": "kubelets are not to be changed before the audit",
                "reason": reason,
            }],
        },
    });
    let path = suite.write_file(&format!("deny-{reason}.yaml"), &policy.to_string())?;
    Ok(path.into())
}

/// Waits until the policy denies with a code, or no longer: the server takes up to a second to follow.
fn wait_until(suite: &Suite, denied: Option<u16>) -> Result<()> {
    let object = json!({
        "apiVersion": "machineconfiguration.openshift.io/v1",
        "kind": "MachineConfig",
        "metadata": {"name": "01-etcd-kubelet"},
        "spec": {},
    });
    suite.wait("the server follows the policy", async |rest| {
        let tried = rest.try_create(&MACHINE_CONFIG_OBJECT, &object).await;
        let refused = tried.err().and_then(|error| status_code(&error));
        Ok((refused == denied).then_some(()))
    })
}

/// The same certificate, saying that it is of version 1. Its signature is wrong now; nobody gets that far.
fn as_version_1(pem: &str) -> Result<String> {
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let mut der = STANDARD.decode(body)?;
    let at = der.windows(5).position(|it| it == [0xa0, 3, 2, 1, 2]).context("it is not of v3")?;
    der[at + 4] = 0;
    let body = STANDARD.encode(der);
    Ok(format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"))
}

/// The text without what differs from run to run: ports and directories.
fn normal(suite: &Suite, text: &str) -> String {
    let text = text.replace(&suite.dir().display().to_string(), "/lab");
    let mut parts = text.split("127.0.0.1:");
    let mut normal = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|it: char| it.is_ascii_digit());
        normal.push_str("127.0.0.1:PORT");
        normal.push_str(rest);
    }
    normal
}
