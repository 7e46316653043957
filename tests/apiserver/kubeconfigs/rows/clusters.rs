//! Rows about the cluster: its authority, its server and its proxy.

use serde_json::{Value, json};

use super::Expected::{Refused, Taken, TakenByUs};
use super::{Row, cluster, row, with};

pub(super) fn clusters() -> Vec<Row> {
    let without = |fields: Value| {
        let mut fields = fields;
        fields["server"] = "@SERVER@".into();
        with("/clusters/0/cluster", fields)
    };
    vec![
        row("authority in a file", without(json!({"certificate-authority": "@DIR@/ca.crt"})), Taken),
        row("authority in a file beside", without(json!({"certificate-authority": "../ca.crt"})), Taken),
        row("authority missing", without(json!({"certificate-authority": "/nowhere"})), Refused),
        row("authority twice", cluster(json!({"certificate-authority": "@DIR@/ca.crt"})), Refused)
            .says("both certificate-authority and certificate-authority-data are set"),
        row("authority twice, one missing", cluster(json!({"certificate-authority": "/nowhere"})), Refused),
        row("authority a directory", without(json!({"certificate-authority": "@DIR@"})), Refused),
        row("authority where its file belongs", without(json!({"certificate-authority": "S3CRET"})), Refused)
            .says("certificate-authority of cluster \"c\" in @FILE@ names a file that cannot be read"),
        row("authority with CRLF and a text around", without(json!({"certificate-authority": "@DIR@/around.crt"})), Taken),
        row("insecure and a name for the certificate", without(json!({"insecure-skip-tls-verify": true, "tls-server-name": "other.example.com"})), Taken),
        row("name for the certificate an address", cluster(json!({"tls-server-name": "127.0.0.1"})), Taken),
        row("name for the certificate with a dot at the end", cluster(json!({"tls-server-name": "localhost."})), Taken),
        row("authority empty file", without(json!({"certificate-authority": "@DIR@/empty"})), Refused),
        row("authority not PEM", cluster(json!({"certificate-authority-data": "aGVsbG8="})), Refused),
        row("authority null", format!("{}      certificate-authority-data: null\n", without(json!({"insecure-skip-tls-verify": true})).replace("current-context", "#")), Refused),
        row("insecure", without(json!({"insecure-skip-tls-verify": true})), Taken),
        row("insecure null", without(json!({"insecure-skip-tls-verify": null, "certificate-authority": "@DIR@/ca.crt"})), Taken),
        row("insecure a text", without(json!({"insecure-skip-tls-verify": "true"})), Refused),
        row("insecure as YAML 1.1", without(json!({"insecure-skip-tls-verify": "X"})).replace("verify: X", "verify: yes"), Taken),
        row("insecure and an authority", cluster(json!({"insecure-skip-tls-verify": true})), Refused)
            .says("cluster \"c\" of the kubeconfig: both a certificate authority and insecure-skip-tls-verify"),
        row("name for the certificate", cluster(json!({"tls-server-name": "elsewhere.example.com"})), Taken),
        row("empty name for the certificate", cluster(json!({"tls-server-name": ""})), Taken),
        row("bad name for the certificate", cluster(json!({"tls-server-name": "a b/!"})), Refused)
            .says("tls-server-name is neither a host name nor an IP address"),
        row("no compression", cluster(json!({"disable-compression": true})), Taken),
    ]
}

pub(super) fn servers() -> Vec<Row> {
    let server = |url: &str| cluster(json!({"server": url}));
    vec![
        row("server with a slash", server("@SERVER@/"), Taken),
        row("server with a path", server("@SERVER@/k8s/clusters/c-1"), Taken),
        row("server with a path and a slash", server("@SERVER@/k8s/"), Taken),
        row("server in upper case", server("HTTPS://@HOST@"), Taken),
        row("server with two slashes", server("@SERVER@//k8s"), Taken),
        row("server with a space in front", server(" @SERVER@"), Refused),
        row("server without slashes", server("https:@HOST@"), Refused),
        row("server of a name", server("https://localhost:@PORT@"), Taken),
        row("server of a name with a dot at the end", server("https://localhost.:@PORT@"), Refused),
        row("server of a name in upper case", server("https://LOCALHOST:@PORT@"), Taken),
        row("server with a query", server("@SERVER@?token=S3CRET"), Taken),
        row("server with a path and a query", server("@SERVER@/p?token=S3CRET#S3CRET"), Taken),
        row(
            "server with a fragment",
            server("@SERVER@/#S3CRET"),
            TakenByUs("kubectl takes the fragment for a path, and finds nothing there"),
        ),
        row(
            "server with a user",
            server("https://S3CRET:S3CRET@@HOST@"),
            TakenByUs(
                "kubectl shows the password of the URL instead of the token; no supported server takes one",
            ),
        ),
        row("server with a space", server("@SERVER@ "), Refused)
            .says("cluster \"c\" of the kubeconfig: server is not a URL"),
        row("server of another scheme", server("ftp://S3CRET@@HOST@"), Refused),
        row("server with a path and no scheme", server("@HOST@/p"), Refused),
        row("server empty", server(""), Refused).says("no server is set"),
        row("server nonsense", server("https://S3CRET:pa?S3CRET@@HOST@"), Refused),
        row("server a number", server("X").replace("server: X", "server: 5"), Refused),
    ]
}

/// A kubeconfig with a server that speaks HTTP without TLS.
fn plain(fields: Value, user: Value) -> String {
    let mut config = super::good();
    config["clusters"][0]["cluster"] = fields;
    config["users"][0]["user"] = user;
    super::yaml(&config)
}

/// Rows about servers without TLS, to which kubectl sends no credentials.
pub(super) fn plain_servers() -> Vec<Row> {
    let server = || json!({"server": "@PLAIN@"});
    let and = |mut fields: Value, more: Value| {
        for (key, value) in more.as_object().into_iter().flatten() {
            fields[key] = value.clone();
        }
        fields
    };
    let of = |more: Value| plain(server(), more);
    let token = || json!({"token": "t"});
    let exec = |version: &str, mode: &str| json!({"exec": {"apiVersion": version, "command": "not-there", "interactiveMode": mode}});
    let both = "client.authentication.k8s.io/v1";
    vec![
        row("plain server, nobody", of(json!({})), Taken),
        row("plain server, token", of(token()), Taken),
        row("plain server, token with a newline inside", of(json!({"token": "a\nb"})), Taken),
        row("plain server, token file", of(json!({"tokenFile": "../token"})), Taken),
        row("plain server, token file missing", of(json!({"tokenFile": "/nowhere"})), Taken),
        row("plain server, password", of(json!({"username": "u", "password": "p"})), Taken),
        row(
            "plain server, token and password",
            of(json!({"token": "t", "username": "u"})),
            Refused,
        ),
        row(
            "plain server, token file and password",
            of(json!({"tokenFile": "../token", "username": "u"})),
            Taken,
        ),
        row(
            "plain server, certificate",
            of(json!({"client-certificate-data": "@CERT@", "client-key-data": "@KEY@"})),
            Taken,
        ),
        row(
            "plain server, certificate that is none",
            of(json!({"client-certificate-data": "eA==", "client-key-data": "eA=="})),
            Taken,
        ),
        row(
            "plain server, certificate without a key",
            of(json!({"client-certificate-data": "@CERT@"})),
            Refused,
        ),
        row(
            "plain server, certificate missing",
            of(json!({"client-certificate": "no.crt", "client-key": "no.key"})),
            Refused,
        ),
        row("plain server, key alone", of(json!({"client-key-data": "@KEY@"})), Taken),
        row("plain server, key missing", of(json!({"client-key": "/nowhere"})), Taken),
        row(
            "plain server, as",
            of(
                json!({"token": "t", "as": "me", "as-groups": ["g"], "as-uid": "5", "as-user-extra": {"a": ["b"]}}),
            ),
            Taken,
        ),
        row("plain server, groups alone", of(json!({"as-groups": ["g"]})), Refused),
        row("plain server, plugin that is not there", of(exec(both, "Never")), Taken),
        row("plain server, plugin that must ask", of(exec(both, "Always")), Taken),
        row(
            "plain server, plugin of an old version",
            of(
                json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1alpha1", "command": "not-there"}}),
            ),
            Taken,
        ),
        row("plain server, plugin of an unknown version", of(exec("v7", "Never")), Taken),
        row(
            "plain server, plugin of an unknown version without a mode",
            of(json!({"exec": {"apiVersion": "v7", "command": "not-there"}})),
            Refused,
        ),
        row(
            "plain server, plugin without a command",
            of(json!({"exec": {"apiVersion": both, "interactiveMode": "Never"}})),
            Refused,
        ),
        row("plain server, plugin of an unknown mode", of(exec(both, "Maybe")), Refused),
        row(
            "plain server, provider gcp",
            of(json!({"auth-provider": {"name": "gcp", "config": {"cmd-path": "/bin/true"}}})),
            Taken,
        ),
        row(
            "plain server, provider and plugin",
            of(json!({"auth-provider": {"name": "oidc"}, "exec": exec(both, "Never")["exec"]})),
            Refused,
        ),
        row(
            "plain server, authority",
            plain(and(server(), json!({"certificate-authority-data": "@CA@"})), token()),
            Taken,
        ),
        row(
            "plain server, authority not PEM",
            plain(and(server(), json!({"certificate-authority-data": "aGVsbG8="})), token()),
            Taken,
        ),
        row(
            "plain server, authority missing",
            plain(and(server(), json!({"certificate-authority": "/nowhere"})), token()),
            Refused,
        ),
        row(
            "plain server, insecure and an authority",
            plain(
                and(
                    server(),
                    json!({"certificate-authority-data": "@CA@", "insecure-skip-tls-verify": true}),
                ),
                token(),
            ),
            Taken,
        ),
        row(
            "plain server, bad name for the certificate",
            plain(and(server(), json!({"tls-server-name": "a b/!"})), token()),
            Taken,
        ),
        row(
            "plain server in upper case",
            plain(json!({"server": "HTTP://@PLAINHOST@"}), token()),
            Taken,
        ),
        row(
            "plain server with a path",
            plain(json!({"server": "@PLAIN@/k8s/clusters/c-1"}), token()),
            Taken,
        ),
        row(
            "plain server without a scheme",
            plain(json!({"server": "@PLAINHOST@"}), token()),
            Taken,
        ),
        row(
            "plain server without a scheme, with a slash",
            plain(json!({"server": "@PLAINHOST@/"}), token()),
            Taken,
        ),
        row(
            "plain server without a scheme, and an authority",
            plain(json!({"server": "@PLAINHOST@", "certificate-authority-data": "@CA@"}), token()),
            Taken,
        ),
        row(
            "plain server without a scheme, insecure",
            plain(json!({"server": "@PLAINHOST@", "insecure-skip-tls-verify": true}), token()),
            Taken,
        ),
        row(
            "plain server with a user",
            plain(json!({"server": "http://S3CRET:S3CRET@@PLAINHOST@"}), token()),
            TakenByUs("kubectl shows the password of the URL"),
        ),
        row("TLS server without a scheme", cluster(json!({"server": "@HOST@"})), Refused),
        Row {
            flags: vec!["--server=@PLAIN@", "--token=other"],
            ..row("plain server of flags", super::yaml(&super::good()), Taken)
        },
        Row {
            flags: vec!["--server=@PLAINHOST@"],
            ..row("plain server of a flag without a scheme", super::yaml(&super::good()), Taken)
        },
        Row {
            flags: vec!["--server=@PLAIN@", "--as=me"],
            ..row("plain server of a flag, --as", super::yaml(&super::good()), Taken)
        },
        Row {
            flags: vec!["--client-certificate=@DIR@/me.crt", "--client-key=@DIR@/me.key"],
            ..row("plain server, flags of a certificate", of(token()), Taken)
        },
        Row {
            environment: vec![("HTTP_PROXY", "http://127.0.0.1:1")],
            ..row("plain server, a proxy for other hosts", of(token()), Taken)
        },
    ]
}

pub(super) fn proxies() -> Vec<Row> {
    let proxy = |url: &str| cluster(json!({"proxy-url": url}));
    vec![
        row("empty proxy", proxy(""), Taken),
        row("proxy without a scheme", proxy("127.0.0.1:1"), Refused).says("proxy-url is not a URL"),
        row("proxy socks5h", proxy("socks5h://127.0.0.1:1"), Refused)
            .says("proxy-url is not a URL"),
        row("proxy ftp", proxy("ftp://S3CRET@127.0.0.1:1"), Refused).says("proxy-url is not a URL"),
        row("proxy with a port that is none", proxy("http://S3CRET@127.0.0.1:x"), Refused)
            .says("the port in proxy-url must be a number"),
        row("proxy that is not there", proxy("http://S3CRET:S3CRET@127.0.0.1:1"), Refused).says(
            "the proxy http://127.0.0.1:1 (proxy-url of cluster \"c\" of the kubeconfig) could not be reached",
        ),
        row("proxy in upper case that is not there", proxy("HTTP://127.0.0.1:1"), Refused),
    ]
}
