//! The rows of the table, and here those about files and entries.

mod clusters;
mod flags;
mod users;

use serde_json::{Value, json};

/// What kubectl and the program do with a row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected {
    /// Both ask the server, as the same user.
    Taken,
    /// Neither asks the server.
    Refused,
    /// The program asks the server, and kubectl does not, or as somebody else. With the reason.
    TakenByUs(#[expect(dead_code, reason = "it is shown where the row fails")] &'static str),
    /// kubectl asks the server, and the program does not. With the reason.
    RefusedByUs(#[expect(dead_code, reason = "it is shown where the row fails")] &'static str),
}
use Expected::{Refused, Taken, TakenByUs};

/// A kubeconfig and flags. `@SERVER@`, `@FILE@` and other such words are filled in.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) file: Vec<u8>,
    pub(super) flags: Vec<&'static str>,
    pub(super) kubeconfig: &'static str,
    pub(super) environment: Vec<(&'static str, &'static str)>,
    pub(super) expected: Expected,
    /// What the program says.
    pub(super) says: Option<&'static str>,
}

impl Row {
    fn new(name: &'static str, file: impl Into<Vec<u8>>, expected: Expected) -> Self {
        Self {
            name,
            file: file.into(),
            flags: Vec::new(),
            kubeconfig: "@FILE@",
            environment: Vec::new(),
            expected,
            says: None,
        }
    }

    fn says(self, text: &'static str) -> Self {
        Self { says: Some(text), ..self }
    }
}

fn row(name: &'static str, file: impl Into<Vec<u8>>, expected: Expected) -> Row {
    Row::new(name, file, expected)
}

/// All rows.
pub(super) fn rows() -> Vec<Row> {
    [
        files(),
        texts(),
        entries(),
        clusters::clusters(),
        clusters::servers(),
        clusters::plain_servers(),
        clusters::proxies(),
        users::users(),
        users::plugins(),
        users::answers(),
        flags::lists(),
        flags::flags(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A kubeconfig that both take.
fn good() -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "c", "cluster": {"server": "@SERVER@", "certificate-authority-data": "@CA@"}},
        ],
        "users": [{"name": "u", "user": {"token": "t"}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    })
}

fn yaml(value: &Value) -> String {
    oc_etcd::model::yaml::to_string(value).unwrap_or_default()
}

/// The good kubeconfig with another value at a place; null takes the place away.
fn with(pointer: &str, value: Value) -> String {
    let mut config = good();
    let (parent, field) = pointer.rsplit_once('/').unwrap_or_default();
    match config.pointer_mut(parent) {
        Some(Value::Object(fields)) if value.is_null() => drop(fields.remove(field)),
        Some(Value::Object(fields)) => drop(fields.insert(field.to_owned(), value)),
        _ => {}
    }
    yaml(&config)
}

/// The good kubeconfig with one more entry, which is not used.
fn and(list: &str, entry: Value) -> String {
    let mut config = good();
    if let Some(entries) = config[list].as_array_mut() {
        entries.push(entry);
    }
    yaml(&config)
}

fn cluster(fields: Value) -> String {
    let mut cluster = good()["clusters"][0]["cluster"].clone();
    for (key, value) in fields.as_object().into_iter().flatten() {
        cluster[key] = value.clone();
    }
    with("/clusters/0/cluster", cluster)
}

fn user(fields: Value) -> String {
    with("/users/0/user", fields)
}

/// Replaces a text of the good kubeconfig.
fn edited(from: &str, to: &str) -> String {
    yaml(&good()).replacen(from, to, 1)
}

fn files() -> Vec<Row> {
    let good = yaml(&good());
    let utf16 = |text: &str| -> Vec<u8> {
        // The worker's server cannot be filled in, so that the file is merged with one that has it.
        let units = std::iter::once(0xfeff).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    };
    let json = |indent: &str| {
        let text = serde_json::to_string_pretty(&self::good()).unwrap_or_default();
        text.replace("  ", indent)
    };
    vec![
        row("good", good.clone(), Taken),
        row("JSON", json("  "), Taken),
        row("JSON with tabs", json("\t"), Taken),
        row("Windows line endings", good.replace('\n', "\r\n"), Taken),
        row("byte order mark", format!("\u{feff}{good}"), Taken),
        Row {
            kubeconfig: "@FILE@:@DIR@/with-server",
            ..row("UTF-16", utf16("current-context: nope"), Refused)
        }
        .says("context \"nope\" does not exist"),
        row("tabs in YAML", good.replace("  ", "\t"), Refused).says("is not valid YAML"),
        row("document marks", format!("---\n{good}---\n"), Taken),
        row("two documents", format!("{good}---\nkind: Pod\n"), Taken),
        row("an empty document first", format!("---\n---\n{good}"), Refused),
        row("broken second document", format!("{good}---\n[: {{\n"), Taken),
        row("comment in front", format!("# by CI\n\n{good}"), Taken),
        row("empty", "", Refused)
            .says("the kubeconfig has no contexts, and oc-etcd does not run in a pod"),
        row("comment alone", "# nothing\n", Refused),
        row("text", "hello", Refused).says("the document must be an object"),
        row("list", "[]", Refused),
        row("no text", vec![0xff, 0x00, 0x80], Refused).says("is not text"),
        row("duplicate key", format!("current-context: nope\n{good}"), Taken),
        row("duplicate key of an object", edited("token: t", "token: a\n    token: t"), Taken),
        row("unknown fields", format!("{good}foo: {{bar: [1]}}\n"), Taken),
        row("anchors", anchors(), Taken),
        row(
            "no kind and no version",
            with("/kind", Value::Null).replace("apiVersion: v1\n", ""),
            Taken,
        ),
        row("empty kind", with("/kind", json!("")), Taken),
        row("kind Pod", with("/kind", json!("Pod")), Refused).says("kind must be Config"),
        row("kind config", with("/kind", json!("config")), Refused),
        row("version v2", with("/apiVersion", json!("v2")), Refused),
        row("version a number", with("/apiVersion", json!(1)), Refused),
        row("preferences", with("/preferences", json!({"colors": true})), Taken),
        row("preferences null", format!("{good}preferences: null\n"), Taken),
        row("preferences wrong", with("/preferences", json!({"colors": "x"})), Refused),
        row("extensions null", format!("{good}extensions: null\n"), Taken),
        row("extension without extension", with("/extensions", json!([{"name": "a"}])), Taken),
        row(
            "extension twice",
            with(
                "/extensions",
                json!([{"name": "a", "extension": 1}, {"name": "a", "extension": 2}]),
            ),
            Refused,
        ),
    ]
}

/// Rows about what YAML takes for a text, and about the texts around an object.
fn texts() -> Vec<Row> {
    let token = |text: &str| edited("token: t", &format!("token: {text}"));
    let good = yaml(&good());
    let json = serde_json::to_string(&self::good()).unwrap_or_default();
    vec![
        row("token 1_000", token("1_000"), Refused),
        row("token 0b11", token("0b11"), Refused),
        row("token 0o17", token("0o17"), Refused),
        row("token 017", token("017"), Refused),
        row("token 089", token("089"), Refused),
        row("token +5", token("+5"), Refused),
        row("token .5", token(".5"), Refused),
        row("token 5.", token("5."), Refused),
        row("token .inf", token(".inf"), Refused),
        row("token .NaN", token(".NaN"), Refused),
        row("token 1e3", token("1e3"), Refused),
        row("token 0x1f", token("0x1f"), Refused),
        row("token y", token("y"), Refused),
        row("token on", token("on"), Refused),
        row("token TRUE", token("TRUE"), Refused),
        row("token NULL", token("NULL"), TakenByUs("kubectl asks for a user and a password")),
        row("token of a date", token("2001-12-14"), Taken),
        row("token of a time", token("12:30:45"), Taken),
        row("token with a tag", token("!!str 12345"), Taken),
        row(
            "token in a block",
            token("|\n      t"),
            TakenByUs("whoever wrote the newline means the token"),
        ),
        row("token in a folded block", token(">-\n      t"), Taken),
        row("token in lines", token("\"a\\\n      b\""), Taken),
        row("token before a comment", token("t # of CI"), Taken),
        row("directive of YAML 1.1", format!("%YAML 1.1\n---\n{good}"), Taken),
        row(
            "directive of YAML 1.2",
            format!("%YAML 1.2\n---\n{good}"),
            TakenByUs("kubectl knows YAML 1.1 alone"),
        ),
        row("end of a document", format!("{good}...\n"), Taken),
        row("no newline at the end", good.trim_end().to_owned(), Taken),
        row("indented", format!("  {}", good.trim_end().replace('\n', "\n  ")), Taken),
        row("JSON with a text behind", format!("{json}\nbye\n"), Taken),
        row("JSON twice", format!("{json}\n{json}"), Taken),
        row("JSON with a comma at the end", json.replace("\"x\"}", "\"x\",}"), Taken),
        row("JSON with a comment", format!("// by CI\n{json}"), Refused),
        row(
            "names in other letters",
            edited("name: x", "name: \u{1f600}")
                .replace("current-context: x", "current-context: \u{1f600}"),
            Taken,
        ),
        row("a zero byte", format!("{good}# \0\n"), Refused),
        row("a control character", format!("{good}# \u{1}\n"), Refused),
    ]
}

fn anchors() -> String {
    let whole = yaml(&good()).replace("cluster: c\n", "<<: *it\n");
    format!("anchor: &it {{cluster: c}}\n{whole}")
}

fn entries() -> Vec<Row> {
    let plugin = |mode: &str| {
        json!({"name": "v", "user": {"exec": {
            "apiVersion": "client.authentication.k8s.io/v1", "command": "x", "interactiveMode": mode,
        }}})
    };
    let null = |list: &str| format!("{}{list}: null\n", with(&format!("/{list}"), Value::Null));
    vec![
        row(
            "another context without a cluster",
            and("contexts", json!({"name": "z", "context": {"user": "u"}})),
            Taken,
        ),
        row(
            "another context with null",
            and("contexts", json!({"name": "z", "context": {"cluster": null, "user": null}})),
            Taken,
        ),
        row("another context null", and("contexts", json!({"name": "z", "context": null})), Taken),
        row(
            "another context a text",
            and("contexts", json!({"name": "z", "context": "c"})),
            Refused,
        ),
        row("another entry null", and("contexts", Value::Null), Taken),
        row("another cluster without fields", and("clusters", json!({"name": "d"})), Taken),
        row(
            "another cluster, bad base64",
            and("clusters", json!({"name": "d", "cluster": {"certificate-authority-data": "!!"}})),
            Refused,
        )
        .says("clusters[1].cluster.certificate-authority-data must be base64"),
        row(
            "another cluster, loose base64",
            and(
                "clusters",
                json!({"name": "d", "cluster": {"certificate-authority-data": "YR=="}}),
            ),
            Taken,
        ),
        row(
            "another cluster, base64 without padding",
            and("clusters", json!({"name": "d", "cluster": {"certificate-authority-data": "YQ"}})),
            Refused,
        ),
        row(
            "another cluster, missing file",
            and("clusters", json!({"name": "d", "cluster": {"certificate-authority": "/nowhere"}})),
            Taken,
        ),
        row(
            "another user, bad base64",
            and("users", json!({"name": "v", "user": {"client-key-data": "!!"}})),
            Refused,
        ),
        row("another user, unknown mode", and("users", plugin("Maybe")), Taken),
        row("another user, empty mode", and("users", plugin("")), Taken),
        row(
            "another user, provider without settings",
            and(
                "users",
                json!({"name": "v", "user": {"auth-provider": {"name": "gcp", "config": null}}}),
            ),
            Taken,
        ),
        row(
            "another user, argument a number",
            and("users", json!({"name": "v", "user": {"exec": {"args": [1]}}})),
            Refused,
        ),
        row(
            "another user, both a token and a password",
            and("users", json!({"name": "v", "user": {"token": "t", "username": "u"}})),
            Taken,
        ),
        row("an entry without a name", and("users", json!({"user": {"token": "z"}})), Taken),
        row("a name that is a number", edited("name: u", "name: 5"), Refused)
            .says("users[0].name must be a string"),
        row("a user twice", and("users", json!({"name": "u", "user": {"token": "z"}})), Refused),
        row("clusters as an object", with("/clusters", json!({"c": {}})), Refused),
        row("users null", null("users"), Refused).says("user \"u\" does not exist"),
        row("contexts null", null("contexts"), Refused).says("context \"x\" does not exist"),
        row("clusters null", null("clusters"), Refused).says("cluster \"c\" does not exist"),
        Row {
            flags: vec!["--server=@SERVER@", "--certificate-authority=@DIR@/ca.crt"],
            ..row("clusters null, --server", null("clusters"), Taken)
        },
        Row { flags: vec!["--token=s"], ..row("users null, --token", null("users"), Taken) },
        Row {
            flags: vec!["--cluster=c", "--user=u"],
            ..row(
                "contexts null, both flags",
                null("contexts").replace("current-context: x\n", ""),
                Taken,
            )
        },
        row("context null", with("/contexts/0/context", Value::Null), Refused)
            .says("names no cluster"),
        Row {
            flags: vec!["--cluster=c", "--user=u"],
            ..row("context null, both flags", with("/contexts/0/context", Value::Null), Taken)
        },
        row("current context of another name", with("/current-context", json!("nope")), Refused),
        row("no current context", with("/current-context", Value::Null), Refused),
        row(
            "names with spaces",
            edited("name: x", "name: x y/\u{f6}")
                .replace("current-context: x", "current-context: x y/\u{f6}"),
            Taken,
        ),
        row("namespace null", edited("user: u", "user: u\n    namespace: null"), Taken),
        row("namespace", edited("user: u", "user: u\n    namespace: openshift-etcd"), Taken),
        row(
            "a kubeconfig of minikube",
            cluster(
                json!({"extensions": [{"name": "cluster_info", "extension": {"provider": "minikube"}}]}),
            ),
            Taken,
        ),
        row("a kubeconfig of oc login", oc_login(), Taken),
    ]
}

/// What `oc login` writes: names of host, port, user and project.
fn oc_login() -> String {
    let mut config = good();
    config["clusters"][0]["name"] = "api-lab-example-com:6443".into();
    config["users"][0] =
        json!({"name": "kube:admin/api-lab-example-com:6443", "user": {"token": "sha256~t"}});
    config["contexts"][0] = json!({
        "name": "default/api-lab-example-com:6443/kube:admin",
        "context": {
            "cluster": "api-lab-example-com:6443",
            "namespace": "default",
            "user": "kube:admin/api-lab-example-com:6443",
        },
    });
    config["current-context"] = "default/api-lab-example-com:6443/kube:admin".into();
    config["preferences"] = json!({});
    yaml(&config)
}
