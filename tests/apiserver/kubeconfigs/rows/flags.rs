//! Rows about `KUBECONFIG` and the connection flags.

use serde_json::json;

use super::Expected::{Refused, RefusedByUs, Taken, TakenByUs};
use super::{Row, cluster, good, user, yaml};

pub(super) fn lists() -> Vec<Row> {
    let listed =
        |name, kubeconfig, expected| Row { kubeconfig, ..Row::new(name, yaml(&good()), expected) };
    vec![
        listed("list with a missing file and empty elements", "/nowhere::@FILE@:", Taken),
        listed("list with an empty file", "/dev/null:@FILE@", Taken),
        listed("list with the same file twice", "@FILE@:@FILE@", Taken),
        listed("list with another file first", "@DIR@/other:@FILE@", Refused),
        listed("list with another file second", "@FILE@:@DIR@/other", Taken),
        listed("list with a broken file", "@FILE@:@DIR@/broken", Refused).says("is not valid YAML"),
        listed("list with a directory", "@FILE@:@DIR@", Refused).says("reading the kubeconfig"),
        listed("list with a file for a directory", "@FILE@:@FILE@/nowhere", Refused),
        listed("a directory", "@DIR@", Refused),
        listed("a space in front", " @FILE@", Refused),
        Row {
            flags: vec!["--kubeconfig=@FILE@"],
            ..listed("a broken list, --kubeconfig", "@DIR@/broken", Taken)
        },
        Row {
            flags: vec!["--kubeconfig=@FILE@:@FILE@"],
            ..listed("--kubeconfig with a list", "@FILE@", Refused)
        },
        Row {
            environment: vec![("KUBECONFIG", ""), ("HOME", "@HOME@")],
            ..listed("the file of the home directory", "", Taken)
        },
        Row {
            kubeconfig: "@HOME@/link/kubeconfig",
            ..Row::new(
                "a link, and a path beside the link",
                cluster(
                    json!({"certificate-authority-data": null, "certificate-authority": "../../ca.crt"}),
                ),
                Taken,
            )
        },
        Row {
            kubeconfig: "@HOME@/link/kubeconfig",
            ..Row::new(
                "a link, and a path beside the file",
                cluster(
                    json!({"certificate-authority-data": null, "certificate-authority": "../ca.crt"}),
                ),
                Refused,
            )
        },
        listed("the contents of a file", "apiVersion: v1\nclusters: [{token: S3CRET}]", Refused),
        Row {
            flags: vec!["--kubeconfig={\"users\": [{\"user\": {\"token\": \"S3CRET\"}}]}"],
            ..listed("--kubeconfig with the contents of a file", "@FILE@", Refused)
        }
        .says("(withheld, because it is no path)"),
        listed("a missing file alone", "/nowhere", Refused).says("no kubeconfig found"),
    ]
}

pub(super) fn flags() -> Vec<Row> {
    let row = |name, flags: &[&'static str], expected| Row {
        flags: flags.to_vec(),
        ..Row::new(name, yaml(&good()), expected)
    };
    let of = |name, flags: &[&'static str], file: String, expected| Row {
        flags: flags.to_vec(),
        ..Row::new(name, file, expected)
    };
    let pair = || json!({"client-certificate-data": "@CERT@", "client-key-data": "@KEY@"});
    vec![
        row("--context empty", &["--context="], Taken),
        row("--context empty, two words", &["--context", ""], Taken),
        row("--cluster empty", &["--cluster="], Taken),
        row("--user empty", &["--user="], Taken),
        row("--server empty", &["--server="], Taken),
        row("-s empty", &["-s", ""], Taken),
        row("--token empty", &["--token="], Taken),
        row("--kubeconfig empty", &["--kubeconfig="], Taken),
        row("--namespace empty", &["--namespace="], Taken),
        row("--certificate-authority empty", &["--certificate-authority="], Taken),
        row("--client-certificate empty", &["--client-certificate="], Taken),
        row("--client-key empty", &["--client-key="], Taken),
        row("--tls-server-name empty", &["--tls-server-name="], Taken),
        row("--cache-dir empty", &["--cache-dir="], Taken),
        row("--as empty", &["--as="], Taken),
        row("--as-uid empty", &["--as-uid="], Taken),
        row("--as-group empty", &["--as-group="], Refused),
        row("--as with an empty group", &["--as=me", "--as-group="], Taken),
        row("--request-timeout empty", &["--request-timeout="], Taken),
        row("--insecure-skip-tls-verify empty", &["--insecure-skip-tls-verify="], Refused),
        row("-v 300", &["--v=300"], Taken),
        row("-v -1", &["--v=-1"], Taken),
        row("-v empty", &["--v="], Refused),
        row("--context twice", &["--context=nope", "--context=x"], Taken),
        row("--context twice, wrong last", &["--context=x", "--context=nope"], Refused),
        row("--context twice, empty last", &["--context=nope", "--context="], Taken),
        row("--token twice", &["--token=a", "--token=b"], Taken),
        row("--as twice", &["--as=a", "--as=b"], Taken),
        row("--as-group twice", &["--as=me", "--as-group=g", "--as-group=h"], Taken),
        row("--as-group with a comma", &["--as=me", "--as-group=g,h"], Taken),
        row(
            "--request-timeout twice",
            &["--request-timeout=1d", "--request-timeout=9s"],
            RefusedByUs("the first one is a mistake too"),
        ),
        row("--request-timeout 5", &["--request-timeout=5"], Taken),
        row("--request-timeout 0", &["--request-timeout=0"], Taken),
        row("--request-timeout 9.5s", &["--request-timeout=9.5s"], Taken),
        row("--request-timeout 1m0.5s", &["--request-timeout=1m0.5s"], Taken),
        row("--request-timeout .5m", &["--request-timeout=.5m"], Taken),
        row("--request-timeout +9s", &["--request-timeout=+9s"], Taken),
        row("--request-timeout 9000000us", &["--request-timeout=9000000us"], Taken),
        row("--request-timeout -1s", &["--request-timeout=-1s"], Taken),
        row("--request-timeout -1", &["--request-timeout=-1"], Refused),
        row("--request-timeout 1d", &["--request-timeout=1d"], Refused),
        row("--request-timeout 1.5", &["--request-timeout=1.5"], Refused),
        row("--request-timeout soon", &["--request-timeout=soon"], Refused),
        row("--insecure-skip-tls-verify", &["--insecure-skip-tls-verify"], Taken),
        row("--insecure-skip-tls-verify=false", &["--insecure-skip-tls-verify=F"], Taken),
        row("--certificate-authority", &["--certificate-authority=@DIR@/ca.crt"], Taken),
        row("--certificate-authority missing", &["--certificate-authority=/nowhere"], Refused),
        row(
            "both flags of the authority",
            &["--certificate-authority=@DIR@/ca.crt", "--insecure-skip-tls-verify"],
            Refused,
        )
        .says("both a certificate authority and insecure-skip-tls-verify"),
        of(
            "--certificate-authority over insecure",
            &["--certificate-authority=@DIR@/ca.crt"],
            cluster(json!({"insecure-skip-tls-verify": true})),
            Taken,
        ),
        row("--server", &["--server=@SERVER@/p?q=S3CRET"], Taken),
        row("--server leaves the name behind", &["--server=@SERVER@"], Taken),
        row("--server nonsense", &["--server=foo:bar"], Refused).says("--server is not a URL"),
        row("--tls-server-name", &["--tls-server-name=elsewhere.example.com"], Taken),
        row("--tls-server-name of another host", &["--tls-server-name=other.example.com"], Refused),
        row("--token", &["--token=other"], Taken),
        of(
            "--token over a password",
            &["--token=other"],
            user(json!({"username": "u", "password": "p"})),
            Refused,
        ),
        of(
            "--token over a plugin",
            &["--token=other"],
            user(
                json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "not-there", "interactiveMode": "Always"}}),
            ),
            Taken,
        ),
        of(
            "--token over a token file",
            &["--token=other"],
            user(json!({"tokenFile": "../token"})),
            TakenByUs("kubectl shows the token of the file, which was not asked for"),
        ),
        row("--user unknown", &["--user=nope"], Refused),
        row("--user unknown and --token", &["--user=nope", "--token=t"], Refused),
        row("--cluster unknown", &["--cluster=nope"], Refused),
        row("--cluster unknown and --server", &["--cluster=nope", "--server=@SERVER@"], Refused),
        row("--kubeconfig missing", &["--kubeconfig=/nowhere"], Refused),
        row("--client-key alone", &["--client-key=@DIR@/me.key"], Taken),
        row("--client-certificate alone", &["--client-certificate=@DIR@/me.crt"], Refused),
        row(
            "--client-certificate and --client-key",
            &["--client-certificate=@DIR@/me.crt", "--client-key=@DIR@/me.key"],
            Taken,
        ),
        of(
            "--client-certificate over a certificate",
            &["--client-certificate=@DIR@/me.crt", "--client-key=@DIR@/me.key"],
            user(pair()),
            Refused,
        ),
        row("--as-uid alone", &["--as-uid=5"], Refused),
        row(
            "--client-key with a key",
            &["--client-certificate=@DIR@/me.crt", "--client-key=S3CRET"],
            Refused,
        )
        .says("the flag --client-key names a file that cannot be read"),
        row(
            "--certificate-authority with a certificate",
            &["--certificate-authority=S3CRET"],
            Refused,
        )
        .says("the flag --certificate-authority names a file that cannot be read"),
        row(
            "--token with a prefix",
            &["--token=Bearer t"],
            RefusedByUs("the server refuses such a token"),
        ),
        row(
            "--insecure-skip-tls-verify and a name",
            &["--insecure-skip-tls-verify", "--tls-server-name=other.example.com"],
            Taken,
        ),
        row("--disable-compression", &["--disable-compression"], Taken),
        Row {
            environment: vec![("HTTPS_PROXY", "http://127.0.0.1:1")],
            ..row("a proxy for other hosts", &[], Taken)
        },
    ]
}
