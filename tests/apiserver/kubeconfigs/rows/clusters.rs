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

pub(super) fn proxies() -> Vec<Row> {
    let proxy = |url: &str| cluster(json!({"proxy-url": url}));
    vec![
        row("empty proxy", proxy(""), Taken),
        row("proxy without a scheme", proxy("127.0.0.1:1"), Refused).says("proxy-url is not a URL"),
        row("proxy socks5h", proxy("socks5h://127.0.0.1:1"), Refused)
            .says("proxy-url is not a URL"),
        row("proxy ftp", proxy("ftp://S3CRET@127.0.0.1:1"), Refused).says("proxy-url is not a URL"),
        row("proxy that is not there", proxy("http://S3CRET:S3CRET@127.0.0.1:1"), Refused),
        row("proxy in upper case that is not there", proxy("HTTP://127.0.0.1:1"), Refused),
    ]
}
