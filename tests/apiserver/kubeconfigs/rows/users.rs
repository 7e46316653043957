//! Rows about the user: credentials, impersonation, plugins and providers.

use serde_json::{Value, json};

use super::Expected::{Refused, RefusedByUs, Taken, TakenByUs};
use super::{Row, edited, row, user, with};

pub(super) fn users() -> Vec<Row> {
    let prompts = "kubectl asks for a user and a password, which no supported server takes";
    let pair = || json!({"client-certificate-data": "@CERT@", "client-key-data": "@KEY@"});
    let and = |mut user: Value, more: Value| {
        for (key, value) in more.as_object().into_iter().flatten() {
            user[key] = value.clone();
        }
        super::user(user)
    };
    vec![
        row("nobody", user(json!({})), TakenByUs(prompts)),
        row(
            "nobody, null",
            with("/users/0/user", json!("X")).replace("user: X", "user: null"),
            TakenByUs(prompts),
        ),
        row(
            "nobody in the context",
            with("/contexts/0/context", json!({"cluster": "c"})),
            TakenByUs(prompts),
        ),
        row("token a number", edited("token: t", "token: 12345"), Refused)
            .says("users[0].user.token must be a string"),
        row("token null", and(pair(), json!({"token": null})), Taken),
        row(
            "token with a newline",
            user(json!({"token": "t\n"})),
            TakenByUs("whoever wrote the newline means the token"),
        ),
        row("token with a newline inside", user(json!({"token": "a\nb"})), Refused),
        row(
            "token with other letters",
            user(json!({"token": "t\u{f6}"})),
            RefusedByUs("no server issues such a token (RFC 6750)"),
        ),
        row("token file", user(json!({"tokenFile": "../token"})), Taken),
        row("token file missing", user(json!({"tokenFile": "/nowhere"})), Refused)
            .says("reading the token file /nowhere: no such file or directory"),
        row("token where its file belongs", user(json!({"tokenFile": "S3CRET"})), Refused)
            .says("error: tokenFile of user \"u\" in @FILE@ names a file that cannot be read: no such file"),
        row("key where its file belongs", and(pair(), json!({"client-key-data": null, "client-key": "S3CRET/S3CRET="})), Refused)
            .says("client-key of user \"u\" in @FILE@ names a file that cannot be read"),
        row("certificate where its file belongs", and(pair(), json!({"client-certificate-data": null, "client-certificate": "S3CRET"})), Refused)
            .says("client-certificate of user \"u\" in @FILE@ names a file that cannot be read"),
        row("arguments behind the command of a plugin", user(json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "login --token=S3CRET", "interactiveMode": "Never"}})), Refused)
            .says("the credential plugin login could not be started"),
        row("token file a directory", user(json!({"tokenFile": "@DIR@"})), Refused),
        row("password", user(json!({"username": "u", "password": "p"})), Taken),
        row("user without a password", user(json!({"username": "u"})), Taken),
        row(
            "token and password",
            user(json!({"token": "t", "username": "u", "password": "p"})),
            Refused,
        ),
        row("certificate", user(pair()), Taken),
        row(
            "certificate in files",
            user(json!({"client-certificate": "../me.crt", "client-key": "../me.key"})),
            Taken,
        ),
        row(
            "certificate, key with parameters",
            user(json!({"client-certificate": "../me.crt", "client-key": "../parameters.key"})),
            Taken,
        ),
        row(
            "certificate and key in one file",
            user(json!({"client-certificate": "../both.pem", "client-key": "../both.pem"})),
            Taken,
        ),
        row(
            "certificate, key with Windows line endings",
            user(json!({"client-certificate": "../me.crt", "client-key": "../crlf.key"})),
            Taken,
        ),
        row(
            "certificate and key exchanged",
            user(json!({"client-certificate": "../me.key", "client-key": "../me.crt"})),
            RefusedByUs("kubectl logs the error, and asks without a certificate"),
        )
        .says("client-certificate of user \"u\" in @FILE@ names @HOME@/../me.key, which has a private key"),
        row(
            "certificate with a key that is encrypted",
            user(json!({"client-certificate": "../me.crt", "client-key": "../encrypted.key"})),
            RefusedByUs("kubectl logs the error, and asks without a certificate"),
        )
        .says("client-key of user \"u\" in @FILE@ names @HOME@/../encrypted.key, which is encrypted"),
        row(
            "certificate with data of a key that is none",
            user(json!({"client-certificate-data": "@CERT@", "client-key-data": "IFMzQ1JFVA=="})),
            Refused,
        )
        .says("client-key-data of user \"u\" in @FILE@ has no private key in PEM"),
        row(
            "certificate in an empty file",
            user(json!({"client-certificate": "../empty", "client-key": "../me.key"})),
            RefusedByUs("kubectl asks without a certificate"),
        )
        .says("client-certificate of user \"u\" in @FILE@ names @HOME@/../empty, which is empty"),
        row(
            "certificate with data behind and before it",
            user(json!({"client-certificate": "../around-me.crt", "client-key": "../me.key"})),
            Taken,
        ),
        row(
            "certificate, key a directory",
            user(json!({"client-certificate": "../me.crt", "client-key": ".."})),
            Refused,
        )
        .says("which is a directory"),
        row(
            "certificate of another key",
            user(json!({"client-certificate": "../me.crt", "client-key": "../other.key"})),
            RefusedByUs("kubectl logs the error, and asks without a certificate"),
        ),
        row(
            "certificate without a key",
            user(json!({"client-certificate-data": "@CERT@"})),
            Refused,
        ),
        row("key without a certificate", user(json!({"client-key-data": "@KEY@"})), Refused)
            .says("user \"u\" of the kubeconfig: a client key is set without a client certificate"),
        row(
            "key without a certificate, and a token",
            user(json!({"client-key-data": "@KEY@", "token": "t"})),
            Taken,
        ),
        row(
            "certificate twice",
            and(pair(), json!({"client-certificate": "@DIR@/me.crt"})),
            Refused,
        ),
        row("key twice", and(pair(), json!({"client-key": "@DIR@/me.key"})), Refused),
        row(
            "key twice without a certificate",
            user(json!({"client-key-data": "@KEY@", "client-key": "@DIR@/me.key", "token": "t"})),
            Taken,
        ),
        row(
            "certificate missing",
            user(json!({"client-certificate": "no.crt", "client-key": "no.key"})),
            Refused,
        ),
        row(
            "certificate that is none",
            user(json!({"client-certificate-data": "eA==", "client-key-data": "eA=="})),
            Refused,
        ),
        row(
            "as",
            user(
                json!({"token": "t", "as": "me", "as-groups": ["g", "h"], "as-uid": "5", "as-user-extra": {"a": ["b"]}}),
            ),
            Taken,
        ),
        row(
            "as with nulls",
            user(
                json!({"token": "t", "as": "me", "as-groups": null, "as-user-extra": {"a": null}}),
            ),
            Taken,
        ),
        row("groups alone", user(json!({"token": "t", "as-groups": ["g"]})), Refused)
            .says("not the user to impersonate"),
        row("uid alone", user(json!({"token": "t", "as-uid": "5"})), Refused),
        row("extra alone", user(json!({"token": "t", "as-user-extra": {"a": null}})), Refused),
        Row {
            flags: vec!["--as=me"],
            ..row("groups with --as", user(json!({"token": "t", "as-groups": ["g"]})), Taken)
        },
        row("groups as a text", user(json!({"token": "t", "as-groups": "g"})), Refused),
    ]
}

/// Rows about what a plugin returns.
pub(super) fn answers() -> Vec<Row> {
    let of = |file: &str| {
        let file = format!("@DIR@/credential-{file}");
        user(json!({"exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": "cat",
            "args": [file],
            "interactiveMode": "Never",
        }}))
    };
    vec![
        row("answer without a status", of("without-status"), Refused)
            .says("returned no credentials"),
        row("answer with an empty status", of("with-empty-status"), Refused)
            .says("returned no credentials"),
        row("answer with an empty token", of("with-empty-token"), Refused)
            .says("returned no credentials"),
        row("answer with a number for a token", of("with-number"), Refused),
        row("answer with a certificate and a key", of("with-pair"), Taken),
        row("answer with a certificate, a key and a token", of("with-pair-and-token"), Taken),
        row("answer with a certificate alone", of("with-certificate"), Refused)
            .says("a certificate without a key"),
        row("answer with a key alone", of("with-key"), Refused).says("a key without a certificate"),
        row("answer with a certificate that is none", of("with-bad-pair"), Refused),
        row("answer with a date", of("with-date"), Taken),
        row("answer with an old date", of("with-old-date"), Taken),
        row("answer with a bad date", of("with-bad-date"), Refused)
            .says("an expirationTimestamp that is not"),
        row("answer with unknown fields", of("with-unknown-fields"), Taken),
        row(
            "answer with a newline behind the token",
            of("with-newline"),
            TakenByUs("whoever wrote the newline means the token"),
        ),
        row("answer without a kind", of("of-no-kind"), Taken),
        row("answer of another kind", of("of-kind-pod"), Refused)
            .says("returned no ExecCredential"),
        row("answer without a version", of("of-no-version"), Refused),
        row("answer of an old version", of("of-old-version"), Refused),
        row("answer of another group", of("of-other-group"), Refused),
        row("answer in YAML", of("in-yaml"), Taken),
        row("answer behind a line of a log", of("with-log-line"), Refused),
        row("answer with a text behind", of("with-text-behind"), Refused),
        row("answer twice", of("twice"), Refused),
        row("answer is the token alone", of("token-alone"), Refused),
    ]
}

pub(super) fn plugins() -> Vec<Row> {
    let plugin = |version: &str, mode: Option<&str>, more: Value| {
        let mut exec = json!({
            "apiVersion": format!("client.authentication.k8s.io/{version}"),
            "command": "cat",
            "args": [format!("@DIR@/credential-{version}")],
        });
        if let Some(mode) = mode {
            exec["interactiveMode"] = mode.into();
        }
        for (key, value) in more.as_object().into_iter().flatten() {
            exec[key] = value.clone();
        }
        user(json!({"exec": exec}))
    };
    let provider = |name: &str, config: Value| {
        user(json!({"auth-provider": {"name": name, "config": config}}))
    };
    let none = || json!({});
    vec![
        row("plugin", plugin("v1", Some("Never"), none()), Taken),
        row(
            "plugin of ROSA",
            plugin(
                "v1beta1",
                None,
                json!({"env": [{"name": "AWS_PROFILE", "value": "p"}], "provideClusterInfo": false}),
            ),
            Taken,
        ),
        row(
            "plugin with nulls",
            plugin(
                "v1",
                Some("IfAvailable"),
                json!({"env": [{"name": "A", "value": null}], "provideClusterInfo": null, "installHint": null}),
            ),
            Taken,
        ),
        row(
            "plugin that is told the cluster",
            plugin("v1", Some("Never"), json!({"provideClusterInfo": true})),
            Taken,
        ),
        row(
            "plugin with an unnamed variable",
            plugin("v1", Some("Never"), json!({"env": [{"value": "a"}]})),
            Refused,
        )
        .says("variable of the credential plugin has no name"),
        row("plugin of an unknown mode", plugin("v1", Some("Maybe"), none()), Refused)
            .says("interactiveMode of the credential plugin"),
        row("plugin without a mode", plugin("v1", None, none()), Refused),
        row("plugin that must ask", plugin("v1", Some("Always"), none()), Refused)
            .says("requires a terminal"),
        row("plugin of an old version", plugin("v1alpha1", None, none()), Refused)
            .says("apiVersion of the credential plugin must be"),
        row(
            "plugin without a command",
            plugin("v1", Some("Never"), json!({"command": ""})),
            Refused,
        ),
        row(
            "plugin without a version",
            plugin("v1", Some("Never"), json!({"apiVersion": ""})),
            Refused,
        ),
        row(
            "plugin that is not there",
            plugin("v1", Some("Never"), json!({"command": "not-there"})),
            Refused,
        ),
        row(
            "plugin beside the kubeconfig that is not there",
            plugin("v1", Some("Never"), json!({"command": "./not-there"})),
            Refused,
        ),
        row(
            "plugin that answers in another version",
            plugin("v1", Some("Never"), json!({"args": ["@DIR@/credential-v1beta1"]})),
            Refused,
        )
        .says("returned another apiVersion than client.authentication.k8s.io/v1"),
        row(
            "plugin that may ask, without a terminal",
            plugin("v1", Some("IfAvailable"), json!({"command": "../interactive", "args": ["@DIR@/credential-v1"]})),
            Taken,
        ),
        row(
            "plugin that may not ask",
            plugin("v1", Some("Never"), json!({"command": "../interactive", "args": ["@DIR@/credential-v1"]})),
            Taken,
        ),
        row(
            "plugin beside a certificate",
            user(json!({
                "client-certificate-data": "@CERT@", "client-key-data": "@KEY@",
                "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "not-there", "interactiveMode": "Never"},
            })),
            Taken,
        ),
        row(
            "plugin beside a password",
            user(json!({
                "username": "u", "password": "p",
                "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "not-there", "interactiveMode": "Never"},
            })),
            Taken,
        ),
        row(
            "plugin beside a token file",
            user(json!({
                "tokenFile": "../token",
                "exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "not-there", "interactiveMode": "Never"},
            })),
            Taken,
        ),
        row(
            "plugin that is told the cluster with its extension",
            super::with(
                "/clusters/0/cluster/extensions",
                json!([{"name": "client.authentication.k8s.io/exec", "extension": {"audience": "etcd"}}]),
            )
            .replace(
                "token: t",
                "exec: {apiVersion: client.authentication.k8s.io/v1, command: ../informed, args: ['@DIR@/credential-v1'], interactiveMode: Never, provideClusterInfo: true}",
            ),
            Taken,
        ),
        row(
            "plugin and provider",
            user(
                json!({"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "cat", "interactiveMode": "Never"}, "auth-provider": {"name": "oidc"}}),
            ),
            Refused,
        ),
        row(
            "provider gcp",
            provider("gcp", json!({"access-token": "S3CRET", "cmd-path": "/bin/true"})),
            Refused,
        )
        .says("gke-gcloud-auth-plugin"),
        row("provider azure", provider("azure", none()), Refused)
            .says("kubelogin convert-kubeconfig"),
        row(
            "provider azure and a token",
            user(json!({"token": "t", "auth-provider": {"name": "azure"}})),
            Refused,
        ),
        row("provider unknown", provider("openstack", none()), Refused)
            .says("none that kubectl has"),
        row(
            "provider oidc without an issuer",
            provider("oidc", json!({"id-token": "S3CRET"})),
            Refused,
        )
        .says("no idp-issuer-url"),
    ]
}
