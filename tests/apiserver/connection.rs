//! kubectl's connection and logging flags, as the server and whoever reads the log see them.

use anyhow::{Context as _, Result, ensure};
use oc_etcd_lab::certificates::Authority;
use oc_etcd_lab::fault::{Fault, FaultServer, Listen, Match, Rule, Seen, When};
use oc_etcd_lab::{Cluster, User};

use crate::Case;
use crate::suite::{Ran, Suite};

/// The tests.
pub(crate) fn cases() -> Vec<Case> {
    vec![
        ("each_request_names_program_command_and_run", names),
        ("an_impersonated_user_has_the_extras_that_flags_give", extras),
        ("a_verbose_log_shows_headers_and_no_credential_or_body", verbose),
        ("warnings_of_the_server_can_count_as_errors", warnings),
        ("flags_without_a_use_are_taken_and_one_is_told", unused),
        ("the_server_validates_what_is_written_as_it_is_told_to", validation),
    ]
}

fn behind(suite: &mut Suite) -> Result<FaultServer> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    suite.fault_server(Listen::default())
}

fn run(suite: &Suite, server: &FaultServer, arguments: &[&str]) -> Result<Ran> {
    let mut command = suite.oc_etcd(User::Admin, arguments);
    command.env("KUBECONFIG", server.kubeconfig()?);
    suite.run_command(command)
}

fn header<'a>(seen: &'a Seen, name: &str) -> Result<&'a str> {
    let value = seen.headers.get(name).with_context(|| format!("{} has no {name}", seen.path))?;
    Ok(value.to_str()?)
}

fn names(suite: &mut Suite) -> Result<()> {
    let server = behind(suite)?;
    let mut sessions = Vec::new();
    for (arguments, command) in [
        (&["status"][..], "etcd status"),
        (&["add-machine", "--zone=us-east-1a", "--dry-run"], "etcd add-machine"),
    ] {
        server.forget();
        run(suite, &server, arguments)?;
        let seen = server.requests();
        ensure!(seen.len() > 5, "{} requests", seen.len());
        let session = header(&seen[0], "kubectl-session")?.to_owned();
        for it in &seen {
            assert_eq!(header(it, "kubectl-command")?, command);
            assert_eq!(header(it, "kubectl-session")?, session);
            let agent = header(it, "user-agent")?;
            let start = concat!("oc-etcd/", env!("CARGO_PKG_VERSION"), " (linux/");
            ensure!(agent.starts_with(start) && agent.ends_with(')'), "{agent}");
        }
        sessions.push(session);
    }
    assert_ne!(sessions[0], sessions[1]);
    Ok(())
}

fn extras(suite: &mut Suite) -> Result<()> {
    let server = behind(suite)?;
    let flags = [
        "status",
        "--as=viewer",
        "--as-user-extra=scopes=view",
        "--as-user-extra=scopes=edit",
        "--as-user-extra",
        "example.com/team=etcd=1",
        "-v=7",
    ];
    let ran = run(suite, &server, &flags)?;
    let seen = server.requests();
    let headers = &seen.first().context("nothing was asked")?.headers;
    let values: Vec<_> = headers.get_all("impersonate-extra-scopes").iter().collect();
    assert_eq!(values, ["view", "edit"]);
    assert_eq!(headers["impersonate-extra-example.com%2fteam"], "etcd=1");
    ran.expect("Impersonate-User: viewer")?.expect("Impersonate-Extra-Scopes: edit")?;
    let alone = suite.admin(&["status", "--as-user-extra=a=b"])?.expect_code(1)?;
    alone.expect("is set, but not the user to impersonate (as, --as)")?;
    suite.admin(&["status", "--as=viewer", "--as-user-extra=a"])?.expect_code(2)?;
    Ok(())
}

fn verbose(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    // A token is sent over TLS alone.
    let identity = Authority::new()?.serving(&["127.0.0.1"])?;
    let server = suite.fault_server(Listen { identity: Some(&identity), ..Listen::default() })?;
    let cookie = Fault::Header("set-cookie", "session=CANARY-COOKIE");
    server.add(Rule::new(Match::read("/infrastructures"), When::Always, cookie));
    let run = |flag: &str| -> Result<String> {
        let token = "--token=CANARY-PULL-SECRET";
        Ok(run(suite, &server, &["version", token, flag])?.stderr)
    };
    let line = |log: &str, start: &str| {
        log.lines().filter(|line| line.trim_start().starts_with(start)).count()
    };
    for (flag, requests, masked, answers, curl) in [
        ("-v=5", 0, 0, 0, 0),
        ("-v=6", 2, 0, 0, 0),
        ("-v=7", 2, 2, 0, 0),
        ("--loglevel=8", 2, 2, 2, 0),
        ("-v9", 2, 0, 2, 2),
    ] {
        let log = run(flag)?;
        let url = format!("GET {}/", server.url());
        assert_eq!(line(&log, &url), requests, "{flag}: {log}");
        assert_eq!(line(&log, "Authorization: Bearer <masked>"), masked, "{flag}: {log}");
        assert_eq!(line(&log, "Request Headers:"), masked, "{flag}: {log}");
        assert_eq!(line(&log, "Response Headers:"), answers, "{flag}: {log}");
        assert_eq!(line(&log, "curl -v -XGET -H '"), curl, "{flag}: {log}");
        assert_eq!(line(&log, "HTTP Statistics: Duration "), curl, "{flag}: {log}");
        assert_eq!(log.matches("-H 'Authorization: Bearer <masked>'").count(), curl, "{log}");
        ensure!(!log.contains("gitVersion") && !log.contains("apiVersion"), "{flag}: {log}");
    }
    Ok(())
}

fn warnings(suite: &mut Suite) -> Result<()> {
    let server = behind(suite)?;
    let warned = Fault::Header("warning", "299 - \"this version is going away\"");
    server.add(Rule::new(Match::read("/clusterversions"), When::Always, warned));
    run(suite, &server, &["status"])?.expect_code(0)?.expect("Warning: this version is going")?;
    let ran = run(suite, &server, &["status", "--warnings-as-errors"])?.expect_code(1)?;
    ran.expect("error: 1 warning received")?;
    let ran = run(suite, &server, &["version", "--client", "--warnings-as-errors"])?;
    ran.expect_code(0)?;
    server.forget();
    run(suite, &server, &["status", "--warnings-as-errors"])?.expect_code(0)?;
    Ok(())
}

fn unused(suite: &mut Suite) -> Result<()> {
    suite.load_without_controllers(&Cluster::load("4.16")?)?;
    for flags in [&["-n", "default", "status"][..], &["status", "--namespace=default"]] {
        let ran = suite.admin(flags)?.expect_code(0)?;
        let told = "warning: --namespace is ignored: Machines are in openshift-machine-api";
        assert_eq!(ran.stderr, format!("{told}\n"));
    }
    let cache = suite.dir().join("cache").display().to_string();
    let ran = suite.admin(&["status", "--cache-dir", &cache])?.expect_code(0)?;
    assert_eq!(ran.stderr, "");
    ensure!(!std::path::Path::new(&cache).exists(), "something was cached");
    Ok(())
}

fn validation(suite: &mut Suite) -> Result<()> {
    crate::init::copied(suite)?;
    suite.reconciled()?;
    let server = suite.fault_server(Listen::default())?;
    for (flag, expected) in [
        ("--validate", "Strict"),
        ("--validate=strict", "Strict"),
        ("--validate=warn", "Warn"),
        ("--validate=ignore", "Ignore"),
    ] {
        server.forget();
        suite.kubectl(&["delete", "machineconfig/99-etcd-ssh", "--ignore-not-found"])?;
        for arguments in [
            &["init", "--yes", "--dry-run=server"][..],
            &["add-machine", "--yes", "--zone=us-east-1a", "--dry-run=server"],
        ] {
            run(suite, &server, &[arguments, &[flag]].concat())?.expect_code(0)?;
        }
        for writes in [Match::of("PATCH", "/99-etcd-ssh"), Match::of("POST", "/machines")] {
            let wanted = format!("fieldValidation={expected}");
            assert_eq!(server.count(&writes), 1, "{flag}");
            assert_eq!(server.count(&writes.query(&wanted)), 1, "{flag}");
        }
    }
    suite.admin(&["init", "--validate=perhaps"])?.expect_code(2)?.expect("strict, warn, ignore")?;
    Ok(())
}
