//! Whole objects, and the policy: where secrets stand, in whatever encoding, they are not shown.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::*;
use crate::derive::ignition::data_url;
use crate::object::ObjectRef;

/// Letters and digits as in a password, so that no encoding can hide it from the search.
const CANARY: &str = "CANARY-hunter2";

const SALT: Salt = Salt::new([7; 32]);
const WITHHELD: Policy = Policy { sensitivity: Sensitivity::Withheld, salt: SALT };
const SHOWN: Policy = Policy { sensitivity: Sensitivity::Shown, salt: SALT };

fn withheld(bytes: &[u8]) -> String {
    SALT.withheld(bytes)
}

fn machine_config(config: &Value) -> Object {
    Object::new(ObjectRef::cluster(Kind::MachineConfig, "00-etcd"))
        .with("spec", json!({ "config": config }))
}

fn file(path: &str, contents: &Value) -> Object {
    machine_config(&json!({"storage": {"files": [{"path": path, "contents": contents}]}}))
}

fn unit(contents: &str) -> Object {
    machine_config(&json!({"systemd": {"units": [{"name": "a.service", "contents": contents}]}}))
}

fn shown(object: &Object) -> String {
    lines(object, WITHHELD).join("\n")
}

/// What is shown of one line of a unit.
fn line(line: &str) -> String {
    let text = shown(&unit(line));
    text.rsplit("contents:\n    ").next().unwrap_or_default().to_owned()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_machine_config_is_shown_decoded_and_part_by_part() {
    let packed = format!("data:;base64,{}", STANDARD.encode(gzip("net.core.somaxconn = 1\n")));
    let object = machine_config(&json!({
        "ignition": {"version": "3.4.0"},
        "passwd": {"users": [{"name": "core", "sshAuthorizedKeys": ["ssh-ed25519 AAAAC3NzaC1 me"]}]},
        "storage": {
            "disks": [{"device": "/dev/nvme1n1", "wipeTable": false}],
            "files": [
                {"path": "/etc/crio/crio.conf.d/00-default", "mode": 420, "overwrite": true,
                 "user": {"name": "root"}, "contents": {"source": data_url("[crio]\n\npids = 1\n")}},
                {"path": "/etc/sysctl.d/x.conf", "contents": {"source": packed, "compression": "gzip"}},
                {"path": "/var/lib/kubelet/config.json", "contents": {"source": data_url("{}")}},
            ],
        },
        "systemd": {"units": [{
            "name": "kubelet.service", "enabled": true,
            "contents": "[Service]\nExecStart=/usr/bin/kubelet \\\n  --node-labels=a,b \\\n  --v=2\n",
            "dropins": [{"name": "10-x.conf", "contents": "[Unit]\n"}],
        }]},
    }));
    let mut spec = object.get("/spec").unwrap().clone();
    spec["kernelArguments"] = json!(["audit=1"]);
    spec["kernelType"] = "".into();
    spec["fips"] = true.into();
    let object = object.with("spec", spec).with_labels([("a/b", "c")]).with_annotations([
        ("oc-etcd/source", "machineconfig/00-master"),
        ("oc-etcd/version", "1"),
        ("other", "x"),
    ]);
    assert_eq!(
        shown(&object),
        format!(
            "metadata:\n  labels:\n    a/b: c\n  annotations:\n    oc-etcd/source: machineconfig/00-master\n\
             spec:\n  fips: true\nkernel arguments:\n  audit=1\nignition:\n  version: 3.4.0\n\
             user core:\n  sshAuthorizedKeys:\n  - {key}\n\
             storage disks:\n  disks:\n  -\n    device: /dev/nvme1n1\n\
             file /etc/crio/crio.conf.d/00-default:\n  mode: 0644\n  user: root\n  overwrite: true\n  contents:\n    \
             [crio]\n\n    pids = 1\n\
             file /etc/sysctl.d/x.conf:\n  contents:\n    net.core.somaxconn = 1\n\
             file /var/lib/kubelet/config.json:\n  contents:\n    {pull_secret}\n\
             unit kubelet.service:\n  enabled: true\n  contents:\n    [Service]\n    ExecStart=/usr/bin/kubelet\n      \
             --node-labels=\n        a\n        b\n      --v=2\n  drop-in 10-x.conf:\n    [Unit]",
            key = withheld(b"ssh-ed25519 AAAAC3NzaC1 me"),
            pull_secret = withheld(b"{}"),
        )
    );
}

#[test]
fn configuration_stays_readable() {
    for text in [
        "ExecStart=/usr/bin/podman run --authfile=/var/lib/kubelet/config.json --rm x",
        "Environment=\"KUBELET_LOG_LEVEL=2\"",
        "EnvironmentFile=-/etc/kubernetes/kubelet-env",
        "ConditionPathExists=!/etc/ignition-machine-config-encapsulated.json",
        "--image-credential-provider-config=/etc/kubernetes/credential-providers/ecr.yaml",
        "--node-labels=node-role.kubernetes.io/etcd,node.openshift.io/os_id=${ID}",
        "pause_image = \"quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"",
        "HTTP_PROXY=http://proxy.example.com:3128",
        "NO_PROXY=.cluster.local,.svc,10.0.0.0/16,127.0.0.1,localhost",
        "server 169.254.169.123 prefer iburst minpoll 4 maxpoll 4",
        "authentication-token-webhook: true",
        "x-systemd.device-timeout=0",
        "source: secret/master-user-data",
        "KillSignal=SIGTERM",
        "KeyringMode=inherit",
        "# The mapping is pinned: see the design.",
    ] {
        assert_eq!(line(text), text);
    }
}

#[test]
fn a_line_loses_its_secret_and_keeps_its_key() {
    let all = withheld(CANARY.as_bytes());
    let user = withheld(format!("me:{CANARY}").as_bytes());
    for (text, expected) in [
        (format!("Environment=DB_PASSWORD={CANARY}"), format!("Environment=DB_PASSWORD={all}")),
        (format!("token: {CANARY}"), format!("token: {all}")),
        (format!("  \"clientSecret\": {CANARY}"), format!("  \"clientSecret\": {all}")),
        (format!("run --password {CANARY} \\"), format!("run --password {all} \\")),
        (format!("curl -H 'x' bearer {CANARY}"), format!("curl -H 'x' bearer {all}")),
        (format!("authorization:Bearer {CANARY}"), {
            format!("authorization:{}", withheld(format!("Bearer {CANARY}").as_bytes()))
        }),
        (format!("Environment=ROOT_PW={CANARY}"), format!("Environment=ROOT_PW={all}")),
        (format!("curl -ume:{CANARY}"), format!("curl -u{user}")),
        (format!("requirepass {CANARY}"), format!("requirepass {all}")),
        (format!("curl -u me:{CANARY}"), format!("curl -u {user}")),
        (
            format!("HTTPS_PROXY=http://me:{CANARY}@proxy:3128"),
            format!("HTTPS_PROXY=http://{user}@proxy:3128"),
        ),
        (format!("curl -x me:{CANARY}@proxy:1"), format!("curl -x {user}@proxy:1")),
        (
            format!("x data:,{CANARY}"),
            format!("x {}", withheld(format!("data:,{CANARY}").as_bytes())),
        ),
        ("me:$6$abc$defghijk".to_owned(), withheld(b"me:$6$abc$defghijk")),
        (
            "A X=Q0FOQVJZLWh1bnRlcjI=".to_owned(),
            format!("A X={}", withheld(b"Q0FOQVJZLWh1bnRlcjI=")),
        ),
        ("x ghp_abcdef".to_owned(), format!("x {}", withheld(b"ghp_abcdef"))),
    ] {
        assert_eq!(line(&text), expected);
    }
}

#[test]
fn a_secret_that_goes_on_is_withheld_to_the_end() {
    for text in [
        format!("a: 1\npassword: |\n  {CANARY}\nb: 2"),
        format!("a: 1\npassword:\n  - {CANARY}"),
        format!("run --password \\\n  {CANARY}\nnext"),
        format!("TOKEN=\nx: \"password=one\n{CANARY}\""),
        format!("password: {{\n\"a\": \"{CANARY}\"\n}}"),
        format!("password:\n{CANARY}\nmore"),
        format!("Q0FOQVJZLWh1bnRlcjIgYW5kIG1vcmUg\nQ0FO\n{CANARY}="),
        format!("Environment=\nPASSWORD=\"one\n{CANARY}\""),
        format!("echo core:{CANARY} | chpasswd"),
        format!("printf '%s' {CANARY} | podman login -u me --password-stdin quay.io"),
        format!("podman login --password-stdin quay.io <<< {CANARY}"),
        format!("echo {CANARY} | passwd --stdin core"),
        format!("chpasswd -e <<EOF\ncore:{CANARY}\nEOF"),
        format!("cat <<EOF | chpasswd\ncore:{CANARY}\nEOF"),
        format!("cat > token <<EOF\n{CANARY}\nEOF"),
        format!("x\n-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----"),
    ] {
        let shown = shown(&unit(&text));
        assert!(!shown.contains("CANARY"), "{text}\n---\n{shown}");
        assert!(shown.contains("<withheld: "), "{text}\n---\n{shown}");
    }
}

#[test]
fn what_follows_a_block_is_shown() {
    for (text, last) in [
        (format!("a:\n  password: |\n    {CANARY}\n\n    more\n  b: 1"), "  b: 1"),
        (format!("tokens:\n- {CANARY}\n- {CANARY}\nb: 1"), "b: 1"),
        (format!("- token:\n    - {CANARY}\n- b"), "- b"),
        ("TOKEN=\nb: 1".to_owned(), "b: 1"),
    ] {
        let shown = shown(&unit(&text));
        assert!(!shown.contains("CANARY"), "{text}\n---\n{shown}");
        assert!(shown.ends_with(&format!("\n    {last}")), "{text}\n---\n{shown}");
    }
}

#[test]
fn what_is_withheld_still_differs_and_is_shown_to_who_asks() {
    let secret = |text: &str| file("/etc/x/anything", &json!({"source": data_url(text)}));
    assert_ne!(shown(&secret("one")), shown(&secret("two")));
    assert!(lines(&secret("one\ntwo"), SHOWN).ends_with(&["    one".into(), "    two".into()]));
    let binary = json!({"source": "data:;base64,AAEC"});
    let binary = lines(&file("/etc/sysctl.d/x", &binary), SHOWN);
    assert_eq!(binary.last().unwrap(), &format!("    {}", withheld(&[0, 1, 2])));
}

#[test]
fn a_digest_is_of_its_run_and_can_be_compared_with_no_guess() {
    let text = "Environment=PASSWORD=hunter2\nEnvironment=OTHER_PASSWORD=hunter2";
    let object = file("/etc/x/anything", &json!({"source": data_url("hunter2")}));
    let object = object.with_annotations([(role::SOURCE_DIGEST, "sha256:0123")]);
    for object in [unit(text), object] {
        let shown = |salt: u8| lines(&object, Policy { salt: Salt::new([salt; 32]), ..WITHHELD });
        assert_eq!(shown(1), shown(1));
        let differs = shown(1).iter().zip(shown(2)).filter(|(one, other)| *one != other).count();
        assert_eq!(differs, 2, "{:?}", shown(1));
        assert!(!shown(1).concat().contains("sha256:0123"));
    }
    let digests: Vec<String> = shown(&unit(text))
        .lines()
        .filter_map(|it| Some(it.split_once('<')?.1.to_owned()))
        .collect();
    assert_eq!(digests[0], digests[1], "within a run, equal secrets are seen to be equal");
    // Its SHA-256 begins so.
    assert!(!digests[0].contains("f52fbd32b2b3"));
    assert_eq!(format!("{SALT:?}"), "Salt");
}

/// Forms in which a secret may be written.
fn encoded(secret: &str, form: usize) -> String {
    let bytes = |write: fn(u8) -> String| secret.bytes().map(write).collect::<Vec<_>>().concat();
    match form {
        0 => secret.to_owned(),
        1 => STANDARD.encode(secret),
        2 => URL_SAFE.encode(secret),
        3 => STANDARD.encode(STANDARD.encode(secret)),
        4 => bytes(|byte| format!("{byte:02x}")),
        5 => bytes(|byte| format!("%{byte:02X}")),
        6 => bytes(|byte| format!("\\x{byte:02x}")),
        _ => STANDARD.encode(gzip(secret)),
    }
}

/// Where secrets stand in texts that are otherwise shown.
fn in_text(carrier: usize, secret: &str) -> String {
    match carrier {
        0 => format!("Environment=\"API_TOKEN={secret}\"\n"),
        1 => format!("Environment=A=1 PASSWORD={secret} B=2\n"),
        2 => format!("ExecStart=/usr/bin/x --client-secret {secret} --v=2\n"),
        3 => format!("ExecStart=/usr/bin/x \\\n  --token={secret} \\\n  --v=2\n"),
        4 => format!("HTTPS_PROXY=http://user:{secret}@proxy.example.com:3128\n"),
        5 => format!("export AWS_SECRET_ACCESS_KEY='{secret}'\n"),
        6 => format!("curl -H \"Authorization: Bearer {secret}\" https://x\n"),
        7 => format!("users:\n- name: a\n  user:\n    token: {secret}\n"),
        8 => format!("{{\"registry\": {{\"password\":\"{secret}\"}}}}\n"),
        9 => format!("{{\"auths\": {{\"quay.io\": {{\"auth\": \"{secret}\"}}}}}}\n"),
        10 => format!("-----BEGIN CERTIFICATE-----\n{secret}\n-----END CERTIFICATE-----\n"),
        11 => format!("psk={secret}\n"),
        12 => format!("password: >-\n  {secret}\n  more\nnext: 1\n"),
        13 => format!("curl 'https://x/y?X-Amz-Signature={secret}&z=1'\n"),
        14 => format!("echo {secret} | sshpass -p {secret} ssh x\n").replacen(
            &format!("echo {secret}"),
            "echo",
            1,
        ),
        15 => format!("mysql://root:{secret}@db/x\n"),
        _ => format!("ExecStart=/usr/bin/x data:text/plain;base64,{secret}\n"),
    }
}

/// An object that holds a text somewhere, in some encoding.
fn carried(place: usize, text: &str) -> Object {
    let plain = json!({"source": data_url(text)});
    let base64 = json!({"source": format!("data:;base64,{}", STANDARD.encode(text))});
    let packed = json!({
        "source": format!("data:;base64,{}", STANDARD.encode(gzip(text))), "compression": "gzip",
    });
    let kubelet = json!([{"name": "kubelet.service", "contents": text}]);
    match place {
        0 => unit(text),
        1 => machine_config(&json!({"systemd": {"units": kubelet}})),
        2 => machine_config(&json!({"systemd": {"units": [
            {"name": "a.service", "dropins": [{"name": "b.conf", "contents": text}]}]}})),
        3 => file("/etc/mco/proxy.env", &plain),
        4 => file("/usr/local/bin/script.sh", &base64),
        5 => file("/etc/kubernetes/manifests/x.yaml", &packed),
        6 => {
            let object = unit("");
            let mut spec = object.get("/spec").unwrap().clone();
            spec["kernelArguments"] = json!([text]);
            object.with("spec", spec)
        }
        7 => machine_config(
            &json!({"storage": {"files": [{"path": "/etc/sysctl.d/x", "append": [plain]}]}}),
        ),
        _ => machine_config(
            &json!({"storage": {"filesystems": [{"path": "/x", "mountOptions": [text]}]}}),
        ),
    }
}

/// An object that holds a secret where nothing is shown at all.
fn hidden(place: usize, secret: &str) -> Object {
    let plain = json!({"source": data_url(secret)});
    let user = |user: Value| machine_config(&json!({"passwd": {"users": [user]}}));
    match place {
        0 => file("/var/lib/kubelet/config.json", &plain),
        1 => file("/etc/mco/internal-registry-pull-secret.json", &plain),
        2 => file("/etc/kubernetes/kubeconfig", &plain),
        3 => file("/etc/kubernetes/kubelet-ca.crt", &plain),
        4 => file("/etc/chrony.keys", &plain),
        5 => file("/etc/httpd/users.htpasswd", &plain),
        6 => file("/home/core/anything", &plain),
        7 => user(json!({"name": "core", "passwordHash": secret})),
        8 => user(json!({"name": "core", "sshAuthorizedKeys": [secret]})),
        9 => machine_config(&json!({"storage": {"luks": [{"name": "a", "keyFile": plain}]}})),
        10 => machine_config(
            &json!({"storage": {"links": [{"path": "/a", "fieldOfTomorrow": secret}]}}),
        ),
        11 => machine_config(
            &json!({"ignition": {"security": {"tls": {"certificateAuthorities": [plain]}}}}),
        ),
        12 => machine_config(&json!({"ignition": {"config": {"merge": [
            {"source": format!("https://x/{secret}"), "httpHeaders": [{"name": "a", "value": secret}]}]}}})),
        13 => {
            machine_config(&json!({"storage": {"files": [{"path": "/etc/sysctl.d/x", "contents": {
            "source": format!("https://me:{secret}@x/y?z={secret}")}}]}}))
        }
        14 => machine_config(
            &json!({"systemd": secret, "passwd": [secret], "fieldOfTomorrow": secret}),
        ),
        15 => file(secret, &plain),
        16 => file("/etc/sysctl.d/x", &json!({"source": format!("data:;base64,!{secret}")})),
        17 => Object::new(ObjectRef::namespaced(Kind::Secret, "ns", "x")).with(
            "data",
            json!({"userData": STANDARD.encode(secret), "other": STANDARD.encode(secret)}),
        ),
        _ => {
            let config = json!({"ignition": {"version": "3.4.0", "fieldOfTomorrow": secret,
                "config": {"merge": [{"source": format!("https://x/config/{secret}")}]},
                "security": {"tls": {"certificateAuthorities": [plain]}}}, "passwd": {"users": [secret]}});
            Object::new(ObjectRef::namespaced(Kind::Secret, "ns", "x"))
                .with("data", json!({"userData": STANDARD.encode(config.to_string())}))
        }
    }
}

fn expect_hidden(object: &Object, written: &str) -> Result<(), TestCaseError> {
    let shown = shown(object);
    for found in ["CANARY", written] {
        prop_assert!(!shown.contains(found), "{found} is in\n{shown}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_secret_is_shown_of_a_text_whatever_carries_it(
        carrier in 0..17_usize, place in 0..9_usize, form in 0..8_usize, tail in "[A-Za-z0-9!#%+/_.-]{0,24}",
    ) {
        let written = encoded(&format!("{CANARY}{tail}"), form);
        expect_hidden(&carried(place, &in_text(carrier, &written)), &written)?;
    }

    #[test]
    fn no_secret_is_shown_where_nothing_is_known_to_be_configuration(
        place in 0..19_usize, form in 0..8_usize, tail in "[ -~]{0,24}",
    ) {
        let written = encoded(&format!("{CANARY}{tail}"), form);
        expect_hidden(&hidden(place, &written), &written)?;
    }

    #[test]
    fn encoded_words_are_withheld_wherever_they_stand(
        secret in select(vec!["a-long-passphrase-of-words", "0123456789012345678901234567890"]),
        form in 1..4_usize, place in 0..9_usize,
    ) {
        let written = encoded(secret, form);
        expect_hidden(&carried(place, &format!("ExecStart=/usr/bin/x {written} y\n")), &written)?;
    }
}
