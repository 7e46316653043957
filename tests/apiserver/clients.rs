//! Clients as people have them: each kubeconfig and proxy is tried with the real kubectl and with the
//! program, which have to agree on whether it can be used, and as whom.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oc_etcd_lab::certificates::Authority;
use oc_etcd_lab::fault::{Fault, FaultServer, Listen, Match, Reply, Rule, When};
use oc_etcd_lab::{Cluster, User};
use serde_json::{Value, json};

use crate::Case;
use crate::fakes::answering;
use crate::suite::{Ran, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("a_user_of_a_kubeconfig_is_whom_kubectl_takes_it_for", users),
        ("a_kubeconfig_is_taken_and_refused_as_by_kubectl", kubeconfigs),
        ("a_proxy_is_used_as_by_kubectl", proxies),
        ("who_is_logged_out_is_told_so", logged_out),
        ("a_command_that_is_advised_acts_on_the_same_cluster_as_the_same_person", advice),
        ("where_ascii_is_all_there_is_nothing_else_is_written", ascii),
    ]
}

/// Whether a run got an answer of the cluster's.
fn is_taken(ran: &Ran) -> bool {
    ran.stdout.contains("lab-x99n4")
}

/// Runs kubectl and the program alike. A refusal is not tried again.
fn both(suite: &Suite, adjust: impl Fn(&mut Command)) -> Result<(Ran, Ran)> {
    let theirs = ["get", "infrastructures/cluster", "-o", "jsonpath={.status.infrastructureName}"];
    let mut theirs = suite.kubectl_command(&theirs)?;
    let mut ours = suite.oc_etcd(User::Admin, &["status", "-o", "json"]);
    adjust(&mut theirs);
    adjust(&mut ours);
    let theirs = suite.run_command(theirs)?;
    let ours = suite.run_command(ours)?;
    ensure!(!ours.stderr.contains("retrying"), "{}", ours.stderr);
    Ok((theirs, ours))
}

fn agree(name: &str, theirs: &Ran, ours: &Ran) -> Result<bool> {
    ensure!(
        is_taken(theirs) == is_taken(ours),
        "{name}\n--- kubectl\n{}{}--- oc-etcd\n{}{}",
        theirs.stdout,
        theirs.stderr,
        ours.stdout,
        ours.stderr
    );
    Ok(is_taken(ours))
}

/// What a server was shown first, without what nobody may see.
fn shown(server: &FaultServer) -> Option<String> {
    let seen = server.requests().into_iter().next()?;
    seen.headers.get("authorization").and_then(|it| it.to_str().ok()).map(str::to_owned)
}

fn users(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    // Go shows no credentials over plain HTTP.
    let identity = Authority::new()?.serving(&["127.0.0.1"])?;
    let server = suite.fault_server(Listen { identity: Some(&identity), ..Listen::default() })?;
    let file = |name: &str, text: &str| suite.write_file(name, text);
    let (with_newline, empty) = (file("token-newline", "from-file\n")?, file("token-empty", "\n")?);
    let exec = |version: &str, mode: Option<&str>| {
        let credential = r#"{"apiVersion":"client.authentication.k8s.io/VERSION","kind":"ExecCredential","status":{"token":"of-plugin"}}"#;
        let credential = credential.replace("VERSION", version);
        let mut exec = json!({
            "apiVersion": format!("client.authentication.k8s.io/{version}"),
            "command": "echo",
            "args": [credential],
        });
        if let Some(mode) = mode {
            exec["interactiveMode"] = mode.into();
        }
        json!({ "exec": exec })
    };
    let (token, file) = (json!({"token": "own"}), json!({"tokenFile": with_newline}));
    let with = |user: &Value, more: Value| {
        let mut user = user.clone();
        for (key, value) in more.as_object().into_iter().flatten() {
            user[key] = value.clone();
        }
        user
    };
    let certificate = STANDARD.encode(std::fs::read(suite.dir().join("apiserver.crt"))?);
    for (name, user, expected) in [
        ("a token", token.clone(), Some("Bearer own")),
        ("a token with a newline", json!({"token": "own\n"}), Some("Bearer own")),
        ("a token file with a newline", file.clone(), Some("Bearer from-file")),
        ("a token and a file", with(&file, json!({"token": "own"})), Some("Bearer from-file")),
        (
            "a token and no file",
            with(&token, json!({"tokenFile": "/nowhere/token"})),
            Some("Bearer own"),
        ),
        (
            "a token and an empty file",
            with(&token, json!({"tokenFile": empty})),
            Some("Bearer own"),
        ),
        ("no token file", json!({"tokenFile": "/nowhere/token"}), None),
        ("an empty token file", json!({"tokenFile": empty}), None),
        ("an empty token", with(&file, json!({"token": ""})), Some("Bearer from-file")),
        ("a password", json!({"username": "u", "password": "p"}), Some("Basic dTpw")),
        ("a token and a password", with(&token, json!({"username": "u", "password": "p"})), None),
        ("a file and a password", with(&file, json!({"username": "u", "password": "p"})), None),
        ("a certificate without a key", json!({"client-certificate-data": certificate}), None),
        ("a plugin", exec("v1", Some("Never")), Some("Bearer of-plugin")),
        ("a plugin that may ask", exec("v1", Some("IfAvailable")), Some("Bearer of-plugin")),
        ("a plugin that must ask", exec("v1", Some("Always")), None),
        ("a plugin without a mode", exec("v1", None), None),
        ("an old plugin without a mode", exec("v1beta1", None), Some("Bearer of-plugin")),
        ("a token and a plugin", with(&token, exec("v1", Some("Never"))), Some("Bearer own")),
    ] {
        let path = server.kubeconfig_with(&json!({"insecure-skip-tls-verify": true}), &user)?;
        let run = |command: &mut Command| {
            command.env("KUBECONFIG", &path);
        };
        server.forget();
        let theirs = ["get", "infrastructures/cluster", "-o", "name"];
        let mut theirs = suite.kubectl_command(&theirs)?;
        run(&mut theirs);
        let theirs = suite.run_command(theirs)?;
        let of_kubectl = shown(&server);
        server.forget();
        let mut ours = suite.oc_etcd(User::Admin, &["status", "-o", "json"]);
        run(&mut ours);
        let ours = suite.run_command(ours)?;
        let of_program = shown(&server);
        assert_eq!(of_program.as_deref(), expected, "{name}: {}", ours.stderr);
        // Go sends no token with a newline; whoever wrote one means the token.
        if name != "a token with a newline" {
            assert_eq!(of_program, of_kubectl, "{name}: {}", theirs.stderr);
        }
        ensure!(!ours.stderr.contains("retrying"), "{name}: {}", ours.stderr);
    }
    Ok(())
}

/// The administrator's kubeconfig as a value: `admin` is the name of everything in it.
fn admins(suite: &Suite) -> Result<Value> {
    let text = std::fs::read_to_string(suite.dir().join("admin.kubeconfig"))?;
    Ok(serde_json::from_str(&text)?)
}

fn kubeconfigs(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    let admin = admins(suite)?;
    let text = |value: &Value, pointer: &str| -> Result<String> {
        let text = value.pointer(pointer).and_then(Value::as_str);
        Ok(text.with_context(|| format!("no {pointer}"))?.to_owned())
    };
    let server = text(&admin, "/clusters/0/cluster/server")?;
    let (cluster, user) = (text(&admin, "/clusters/0/name")?, text(&admin, "/users/0/name")?);
    let authority = suite.dir().join("ca.from-kubeconfig").display().to_string();
    let data = text(&admin, "/clusters/0/cluster/certificate-authority-data")?;
    std::fs::write(&authority, STANDARD.decode(&data)?)?;
    let mut with_user = admin.clone();
    with_user["clusters"][0]["cluster"]["server"] =
        server.replacen("https://", "https://us:pw@", 1).into();
    let mut none = admin.clone();
    none["current-context"] = "".into();
    let twice = |list: &str| {
        let mut config = admin.clone();
        let first = config[list][0].clone();
        if let Some(list) = config[list].as_array_mut() {
            list.push(first);
        }
        config
    };
    let mut empty_paths = admin.clone();
    empty_paths["clusters"][0]["cluster"]["certificate-authority"] = "".into();
    empty_paths["clusters"][0]["cluster"]["tls-server-name"] = "".into();
    empty_paths["clusters"][0]["cluster"]["proxy-url"] = "".into();
    empty_paths["users"][0]["user"]["token"] = "".into();
    empty_paths["users"][0]["user"]["tokenFile"] = "".into();
    empty_paths["users"][0]["user"]["as"] = "".into();
    // What base64 prints, 76 characters a line, in a block of YAML.
    let folded = |style: &str| -> Result<String> {
        let mut config = admin.clone();
        let mut blocks = Vec::new();
        for pointer in [
            "/clusters/0/cluster/certificate-authority-data",
            "/users/0/user/client-certificate-data",
            "/users/0/user/client-key-data",
        ] {
            let data = text(&config, pointer)?;
            let lines: Vec<&str> =
                data.as_bytes().chunks(76).filter_map(|it| std::str::from_utf8(it).ok()).collect();
            let mark = format!("@{}@", blocks.len());
            if let Some(field) = config.pointer_mut(pointer) {
                *field = mark.clone().into();
            }
            blocks.push((mark, format!("{style}\n            {}", lines.join("\n            "))));
        }
        let mut text = oc_etcd::model::yaml::to_string(&config)?;
        for (mark, block) in blocks {
            let quoted = [format!("\"{mark}\""), format!("'{mark}'"), mark];
            let found = quoted.iter().find(|it| text.contains(*it)).context("no mark")?;
            text = text.replace(found.as_str(), &block);
        }
        Ok(text)
    };
    let path = |name: &str, text: &str| suite.write_file(&format!("{name}.kubeconfig"), text);
    let whole = path("whole", &admin.to_string())?;
    let none = path("none", &none.to_string())?;
    for (name, files, flags, expected) in [
        ("whole", whole.clone(), vec![], true),
        ("a server with a user", path("server-user", &with_user.to_string())?, vec![], true),
        ("no context", none.clone(), vec![], false),
        ("no context, then one", format!("{none}:{whole}"), vec![], true),
        ("a context, then none", format!("{whole}:{none}"), vec![], true),
        ("no context, twice", format!("{none}:{none}"), vec![], false),
        ("a cluster and a user", none.clone(), vec![("cluster", &cluster), ("user", &user)], true),
        ("a cluster that is not there", none.clone(), vec![("cluster", &"no".to_owned())], false),
        (
            "a server and a user",
            none.clone(),
            vec![("server", &server), ("user", &user), ("certificate-authority", &authority)],
            true,
        ),
        ("a context that is not there", whole.clone(), vec![("context", &"no".to_owned())], false),
        ("a context twice", path("contexts", &twice("contexts").to_string())?, vec![], false),
        ("a cluster twice", path("clusters", &twice("clusters").to_string())?, vec![], false),
        ("a user twice", path("users", &twice("users").to_string())?, vec![], false),
        ("one name in two files", format!("{whole}:{whole}"), vec![], true),
        ("nothing in its fields", path("empty-fields", &empty_paths.to_string())?, vec![], true),
        ("base64 in lines", path("lines", &folded("|")?)?, vec![], true),
        ("base64 in folded lines", path("folded", &folded(">-")?)?, vec![], false),
        // YAML decodes what is marked so, and what comes out is no base64.
        ("base64 that YAML decodes", path("binary", &folded("!!binary |")?)?, vec![], false),
    ] {
        let (theirs, ours) = both(suite, |command| {
            command.env("KUBECONFIG", &files);
            command.args(flags.iter().map(|(flag, value)| format!("--{flag}={value}")));
        })?;
        assert_eq!(agree(name, &theirs, &ours)?, expected, "{name}: {}", ours.stderr);
    }
    Ok(())
}

/// What a proxy was told before it made its tunnel.
type Told = Arc<Mutex<Vec<String>>>;

/// A proxy that leads to one server whatever it is asked for, and notes what it is told. SOCKS5 (RFC 1928
/// and 1929) and HTTP's CONNECT are told apart by the first byte.
fn proxy(server: &str) -> Result<(String, Told)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?.to_string();
    let told: Told = Arc::default();
    let (server, notes) = (server.to_owned(), Arc::clone(&told));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (server, notes) = (server.clone(), Arc::clone(&notes));
            std::thread::spawn(move || {
                // Who asks may be gone already.
                let _served = serve(stream, &server, &notes);
            });
        }
    });
    Ok((address, told))
}

fn serve(mut client: TcpStream, server: &str, told: &Told) -> Result<()> {
    let note = |text: String| told.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    let mut first = [0; 1];
    client.read_exact(&mut first)?;
    if first[0] == 5 {
        let bytes = |client: &mut TcpStream, count: usize| -> Result<Vec<u8>> {
            let mut bytes = vec![0; count];
            client.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        let count = bytes(&mut client, 1)?[0];
        let methods = bytes(&mut client, count.into())?;
        if methods.contains(&2) {
            client.write_all(&[5, 2])?;
            let mut parts = Vec::new();
            bytes(&mut client, 1)?;
            for _ in 0..2 {
                let length = bytes(&mut client, 1)?[0];
                parts.push(String::from_utf8(bytes(&mut client, length.into())?)?);
            }
            note(format!("user {}", parts.join(" password ")));
            client.write_all(&[1, 0])?;
        } else {
            note("nobody".to_owned());
            client.write_all(&[5, 0])?;
        }
        let request = bytes(&mut client, 4)?;
        let host = match request[3] {
            3 => {
                let length = bytes(&mut client, 1)?[0];
                format!("name {}", String::from_utf8(bytes(&mut client, length.into())?)?)
            }
            1 => format!("address {:?}", bytes(&mut client, 4)?),
            _ => format!("address {:?}", bytes(&mut client, 16)?),
        };
        bytes(&mut client, 2)?;
        note(host);
        client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    } else {
        let mut head = first.to_vec();
        while !head.ends_with(b"\r\n\r\n") {
            let mut next = [0; 1];
            client.read_exact(&mut next)?;
            head.push(next[0]);
        }
        let head = String::from_utf8(head)?;
        let authorization = head.lines().find_map(|it| {
            let (name, value) = it.split_once(": ")?;
            name.eq_ignore_ascii_case("proxy-authorization").then(|| value.to_owned())
        });
        note(authorization.unwrap_or_else(|| "nobody".to_owned()));
        note(head.lines().next().unwrap_or_default().to_owned());
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    }
    let upstream = TcpStream::connect(server)?;
    let (mut from, mut to) = (client.try_clone()?, upstream.try_clone()?);
    let forth = std::thread::spawn(move || {
        let _copied = std::io::copy(&mut from, &mut to);
        to.shutdown(Shutdown::Write)
    });
    let _copied = std::io::copy(&mut &upstream, &mut client);
    client.shutdown(Shutdown::Write)?;
    forth.join().ok();
    Ok(())
}

fn proxies(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    let mut config = admins(suite)?;
    let server = config["clusters"][0]["cluster"]["server"].as_str().context("no server")?;
    let (proxy, told) = proxy(server.trim_start_matches("https://"))?;
    // No proxy is asked for an address of the machine's own, and nobody knows this name.
    let cluster = &mut config["clusters"][0]["cluster"];
    cluster["server"] = "https://api.lab.invalid:6443".into();
    cluster["tls-server-name"] = "localhost".into();
    let elsewhere = suite.write_file("elsewhere.kubeconfig", &config.to_string())?;
    let seen =
        |told: &Told| std::mem::take(&mut *told.lock().unwrap_or_else(PoisonError::into_inner));
    let name = "name api.lab.invalid";
    let connect = "CONNECT api.lab.invalid:6443 HTTP/1.1";
    for (variable, expected) in [
        (proxy.clone(), Some(["nobody", connect])),
        (format!("http://{proxy}"), Some(["nobody", connect])),
        (format!("http://me:p%40ss@{proxy}"), Some(["Basic bWU6cEBzcw==", connect])),
        (format!("me:p%40ss@{proxy}"), Some(["Basic bWU6cEBzcw==", connect])),
        (format!("socks5://{proxy}"), Some(["nobody", name])),
        (format!("socks5h://{proxy}"), Some(["nobody", name])),
        (format!("socks5://me:p%40ss@{proxy}"), Some(["user me password p@ss", name])),
        (format!("socks5h://me:p%40ss@{proxy}"), Some(["user me password p@ss", name])),
    ] {
        let adjust = |command: &mut Command| {
            command.env("KUBECONFIG", &elsewhere).env("HTTPS_PROXY", &variable);
        };
        let mut theirs =
            suite.kubectl_command(&["get", "infrastructures/cluster", "-o", "yaml"])?;
        adjust(&mut theirs);
        let theirs = suite.run_command(theirs)?;
        let of_kubectl = seen(&told);
        let mut ours = suite.oc_etcd(User::Admin, &["status", "-o", "json"]);
        adjust(&mut ours);
        let ours = suite.run_command(ours)?;
        let of_program = seen(&told);
        assert_eq!(agree(&variable, &theirs, &ours)?, expected.is_some(), "{variable}");
        let expected: Vec<&str> = expected.into_iter().flatten().collect();
        assert_eq!(of_program[..2], expected, "{variable}");
        assert_eq!(of_kubectl[..2], expected, "kubectl: {variable}");
    }
    let (refusing, closed) = (answering("403 Forbidden", "CANARY")?, "127.0.0.1:1");
    let named = "(HTTPS_PROXY or https_proxy in the environment)";
    for (variable, expected) in [
        ("ftp://CANARY-USER:CANARY-PW@h", "is not valid: the scheme must be"),
        ("http://CANARY-USER:CANARY-PW@h:CANARY", "is not valid: the port must be"),
        (&format!("CANARY-USER:CANARY-PW@{closed}"), "could not be reached: Connection refused"),
        (&format!("socks5://CANARY:CANARY@{closed}"), "could not be reached"),
        (&refusing, "api.lab.invalid:6443 with the status 403 Forbidden"),
        (&refusing.replace("http:", "https:"), "failed: the proxy does not speak TLS"),
        (&refusing.replace("http:", "socks5:"), "failed: "),
    ] {
        let mut ours = suite.oc_etcd(User::Admin, &["status"]);
        ours.env("KUBECONFIG", &elsewhere).env("HTTPS_PROXY", variable);
        let ran = suite.run_command(ours)?.expect_code(1)?.expect(named)?.expect(expected)?;
        ensure!(!ran.stderr.contains("CANARY"), "{}", ran.stderr);
        ensure!(!ran.stderr.contains("cluster-info"), "the advice is no use: {}", ran.stderr);
    }
    Ok(())
}

fn logged_out(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    let told = "warning: you are not logged in: the API server treats you as system:anonymous";
    for user in [json!({}), Value::Null] {
        let mut config = admins(suite)?;
        match user {
            Value::Null => {
                config["contexts"][0]["context"]["user"] = "".into();
                config["users"] = json!([]);
            }
            user => config["users"][0]["user"] = user,
        }
        let path = suite.write_file("logged-out.kubeconfig", &config.to_string())?;
        for verb in ["status", "check", "init"] {
            let flag = format!("--kubeconfig={path}");
            let ran = suite.admin(&[verb, &flag])?;
            ensure!(ran.code != 0, "{verb} went well");
            assert_eq!(ran.stderr.matches(told).count(), 1, "{verb}: {}", ran.stderr);
            ran.expect(&format!("→ oc login {flag}"))?;
        }
    }
    let server = suite.fault_server(Listen::default())?;
    let forbidden = json!({
        "kind": "Status", "apiVersion": "v1", "code": 403, "reason": "Forbidden",
        "message": "infrastructures is forbidden: User \"system:anonymous\" cannot get resource",
    });
    let answer = Fault::Answer(Reply::json(403, &forbidden));
    server.add(Rule::new(Match::any(), When::Always, answer));
    let ran = suite.admin(&["status", "--token=t", &format!("--server={}", server.url())])?;
    let ran = ran.expect("warning: credentials are not sent over a connection without TLS")?;
    ran.expect("→ use the https:// address of the API server")?;
    let ran = suite.admin(&["status", "--as=nobody"])?;
    ensure!(!ran.stderr.contains("not logged in"), "{}", ran.stderr);
    Ok(())
}

/// Runs what `status` says is next, and looks whom the server sees.
fn advice(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    let mut config = admins(suite)?;
    config["contexts"][0]["name"] = "it's me".into();
    config["current-context"] = "".into();
    let path = suite.write_file("with a space.kubeconfig", &config.to_string())?;
    let flag = format!("--kubeconfig={path}");
    let flags = [&*flag, "--context=it's me", "--as=admin", "--as-group=system:masters"];
    let run = |more: &[&str]| suite.admin(&[more, &flags].concat());
    let json = run(&["status", "-o", "json"])?.expect_code(0)?.json()?;
    let next = json["next"].as_str().context("nothing is next")?;
    assert_eq!(
        next,
        format!(
            "oc etcd init --kubeconfig='{path}' --context='it'\\''s me' --as=admin \
             --as-group=system:masters"
        )
    );
    run(&["status"])?.expect(&format!("Next {next}"))?;
    // Pasted into a shell, by the name that a file of this name has.
    let shell = next.replacen("oc etcd", "oc-etcd", 1) + " --dry-run=client";
    let mut command = Command::new("sh");
    command.args(["-c", &shell]);
    for (name, value) in suite.oc_etcd(User::Admin, &[]).get_envs() {
        match (name.to_str(), value) {
            (Some("KUBECONFIG"), _) => command.env(name, "/nowhere"),
            (_, Some(value)) => command.env(name, value),
            (_, None) => command.env_remove(name),
        };
    }
    let ran = suite.run_command(command)?.expect_code(0)?;
    ran.expect("create machineconfigpool/etcd")?;
    let as_nobody =
        suite.admin(&["status", &flag, "--context=it's me", "--as=nobody", "-o", "json"])?;
    let findings = as_nobody.json()?["findings"].to_string();
    ensure!(findings.contains("oc auth can-i"), "{findings}");
    for finding in as_nobody.json()?["findings"].as_array().into_iter().flatten() {
        let Some(hint) = finding["hint"].as_str().filter(|it| it.contains("oc ")) else { continue };
        ensure!(hint.contains("--as=nobody") && hint.contains("--kubeconfig='"), "{hint}");
    }
    let secret = "CANARY-TOKEN";
    for verb in ["status", "version"] {
        let ran = suite.admin(&[verb, &format!("--token={secret}")])?.expect_code(1)?;
        ran.expect("→ oc login")?;
    }
    Ok(())
}

fn ascii(suite: &mut Suite) -> Result<()> {
    suite.load(&Cluster::load("4.16")?)?;
    let run = |variables: &[(&str, &str)], arguments: &[&str]| -> Result<Ran> {
        let mut command = suite.oc_etcd(User::Admin, arguments);
        command.envs(variables.iter().copied());
        suite.run_command(command)
    };
    let plain = [("LC_ALL", "C"), ("LANG", "en_US.UTF-8")];
    for arguments in [
        &["--help"][..],
        &["options"],
        &["init", "--nope…"],
        &["status"],
        &["status", "-o", "wide"],
        &["status", "-o", "json"],
        &["check"],
        &["check", "-o", "yaml"],
        &["init", "--dry-run=client", "-o", "json"],
        &["init", "--dry-run=client", "-o", "yaml"],
        &["diff"],
        &["init", "--yes", "--progress=json"],
        &["add-machine", "--yes", "--zone=us-east-1a"],
        &["__complete", "init", ""],
        &["completion", "bash"],
        &["remove-machine", "lab-x99n4-etcd-0", "--dry-run=client"],
        &["teardown", "--dry-run=client"],
    ] {
        let ran = run(&plain, arguments)?;
        ensure!(ran.stdout.is_ascii(), "{arguments:?}: {}", ran.stdout);
        ensure!(ran.stderr.is_ascii(), "{arguments:?}: {}", ran.stderr);
    }
    let ran = run(&plain, &["status", "-o", "jsonpath={.layout} · {.health}"])?;
    ensure!(ran.stdout.contains(" · "), "a template is changed: {}", ran.stdout);
    for (variables, is_ascii) in [
        (&[("LANG", "C")][..], true),
        (&[("LANG", "en_US.ISO-8859-1")], true),
        (&[("LC_CTYPE", "POSIX"), ("LANG", "en_US.UTF-8")], true),
        (&[("LC_CTYPE", "C.UTF-8"), ("LANG", "C")], false),
        (&[("LC_ALL", "en_US.utf8"), ("LC_CTYPE", "C")], false),
        (&[("LANG", "en_US.UTF-8")], false),
        (&[], false),
    ] {
        let ran = run(variables, &["status"])?;
        assert_eq!(ran.stdout.is_ascii(), is_ascii, "{variables:?}: {}", ran.stdout);
    }
    // A live line on a terminal has a wheel that turns.
    let ran = suite.finish(suite.on_terminal(User::Admin, &["init", "--help"])?)?.expect_code(0)?;
    ensure!(!ran.stdout.is_ascii(), "help has no mark of its own");
    Ok(())
}
