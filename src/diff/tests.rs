//! Whole objects, and the policy: of what an admin wrote nothing is shown, in whatever place and encoding.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::ignition::data_url;
use crate::model::object::ObjectRef;
use crate::model::yaml;
use crate::redact::policy::{Sensitivity, quotable, quotable_name};
use crate::redact::salt::Salt;

/// Letters and digits as in a password, so that no encoding can hide it from the search.
const CANARY: &str = "CANARY-hunter2";

const SALT: Salt = Salt::new([7; 32]);
const WITHHELD: Policy = Policy { sensitivity: Sensitivity::Withheld, salt: SALT };
const SHOWN: Policy = Policy { sensitivity: Sensitivity::Shown, salt: SALT };

/// Returns the text in place of withheld bytes, as YAML.
fn withheld(bytes: &[u8]) -> String {
    format!("\"{}\"", SALT.withheld(bytes))
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

/// Returns the text of an object that is shown, which must be one YAML document.
fn shown(object: &Object, author: Author) -> String {
    let text = lines(object, author, WITHHELD).join("\n");
    let documents = yaml::documents(&text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
    let [document] = &documents[..] else { panic!("{} documents:\n{text}", documents.len()) };
    assert_eq!(document["metadata"]["name"], object.name(), "{text}");
    text
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// A MachineConfig with everything in it that has a form of its own.
fn everything() -> Object {
    let packed = format!("data:;base64,{}", STANDARD.encode(gzip("net.core.somaxconn = 1\n")));
    let config = json!({
        "ignition": {"version": "3.4.0"},
        "passwd": {"users": [{"name": "core", "sshAuthorizedKeys": ["ssh-ed25519 AAAAC3NzaC1 me"]}]},
        "storage": {
            "disks": [{"device": "/dev/nvme1n1", "wipeTable": false, "partitions": [{"number": 1}]}],
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
    });
    let spec = json!({
        "config": config, "kernelArguments": ["audit=1", "psi=1", "nosmt"], "kernelType": "", "fips": true,
    });
    machine_config(&Value::Null)
        .with("spec", spec)
        .with_labels([(names::MACHINE_CONFIG_ROLE, "etcd"), ("team", "storage")])
        .with_annotations([
            ("oc-etcd/source", "machineconfig/00-master"),
            ("oc-etcd/version", "1"),
            ("other", "x"),
        ])
}

const HEAD: &str = "apiVersion: machineconfiguration.openshift.io/v1\nkind: MachineConfig\n\
                    metadata:\n  name: 00-etcd\n";

#[test]
fn what_openshift_wrote_is_shown_decoded_and_part_by_part() {
    let expected = format!(
        "{HEAD}  labels:\n    machineconfiguration.openshift.io/role: etcd\n    team: {team}\n  annotations:\n    \
         oc-etcd/source: machineconfig/00-master\n\
         spec:\n  fips: true\nkernel arguments:\n- audit=1\n- psi=1\n- nosmt\nignition:\n  version: 3.4.0\n\
         user core:\n  sshAuthorizedKeys:\n  - {keys}\n\
         storage disks /dev/nvme1n1:\n  device: /dev/nvme1n1\n  partitions:\n  -\n    number: 1\n\
         file /etc/crio/crio.conf.d/00-default:\n  mode: 0644\n  overwrite: true\n  user:\n    name: root\n  \
         contents: |\n    [crio]\n\n    pids = 1\n\
         file /etc/sysctl.d/x.conf:\n  contents: |\n    net.core.somaxconn = 1\n\
         file /var/lib/kubelet/config.json:\n  contents: {pull_secret}\n\
         unit kubelet.service:\n  enabled: true\n  contents: |\n    [Service]\n    ExecStart=/usr/bin/kubelet\n      \
         --node-labels=\n        a\n        b\n      --v=2\n  drop-in 10-x.conf: |\n    [Unit]",
        team = withheld(b"storage"),
        keys = withheld(b"ssh-ed25519 AAAAC3NzaC1 me"),
        pull_secret = withheld(b"{}"),
    );
    assert_eq!(shown(&everything(), Author::OpenShift), expected);
}

#[test]
fn of_what_an_admin_wrote_names_sizes_and_digests_are_shown() {
    let expected = format!(
        "{HEAD}  labels:\n    machineconfiguration.openshift.io/role: etcd\n    team: {team}\n  annotations:\n    \
         oc-etcd/source: machineconfig/00-master\n\
         spec:\n  fips: true\nkernel arguments:\n- {audit}\n- psi=1\n- {nosmt}\nignition:\n  version: 3.4.0\n\
         user core:\n  sshAuthorizedKeys:\n  - {keys}\n\
         storage disks /dev/nvme1n1:\n  device: {device}\n  partitions: {partitions}\n\
         file /etc/crio/crio.conf.d/00-default:\n  mode: 0644\n  overwrite: true\n  user: {root}\n  contents: {crio}\n\
         file /etc/sysctl.d/x.conf:\n  contents: {sysctl}\n\
         file /var/lib/kubelet/config.json:\n  contents: {pull_secret}\n\
         unit kubelet.service:\n  enabled: true\n  contents: {kubelet}\n  drop-in 10-x.conf: {dropin}",
        team = withheld(b"storage"),
        audit = withheld(b"1").replacen('"', "\"audit=", 1),
        nosmt = withheld(b"nosmt"),
        keys = withheld(b"ssh-ed25519 AAAAC3NzaC1 me"),
        device = withheld(b"/dev/nvme1n1"),
        partitions = withheld(br#"[{"number":1}]"#),
        root = withheld(br#"{"name":"root"}"#),
        crio = withheld(b"[crio]\n\npids = 1\n"),
        sysctl = withheld(b"net.core.somaxconn = 1\n"),
        pull_secret = withheld(b"{}"),
        kubelet = withheld(
            b"[Service]\nExecStart=/usr/bin/kubelet \\\n  --node-labels=a,b \\\n  --v=2\n"
        ),
        dropin = withheld(b"[Unit]\n"),
    );
    assert_eq!(shown(&everything(), Author::Admin), expected);
}

#[test]
fn what_openshift_shows_in_the_same_object_is_shown_of_an_edited_one_too() {
    let wanted = everything();
    let (_, texts) = lines_beside(&wanted, Author::OpenShift, WITHHELD, &BTreeSet::new());
    let known =
        |object: &Object| lines_beside(object, Author::Admin, WITHHELD, &texts).0.join("\n");
    let edited = known(&everything());
    for text in [
        "    [crio]\n\n    pids = 1\n",
        "      --node-labels=\n        a\n",
        "drop-in 10-x.conf: |\n",
    ] {
        assert!(edited.contains(text), "{edited}");
    }
    for hidden in ["    {}", "audit=1", "AAAAC3NzaC1"] {
        assert!(!edited.contains(hidden), "{edited}");
    }
    let other = known(&unit("[Unit]\nDescription=mine\n"));
    assert!(!other.contains("mine") && !other.contains("[Unit]"), "{other}");
}

#[test]
fn files_of_openshift_that_hold_what_an_admin_gave_the_cluster_are_withheld() {
    for path in [
        "/var/lib/kubelet/config.json",
        "/etc/mco/proxy.env",
        "/etc/mco/internal-registry-pull-secret.json",
        "/etc/kubernetes/cloud.conf",
        "/etc/kubernetes/kubeconfig",
        "/etc/kubernetes/kubelet-ca.crt",
        "/etc/kubernetes/static-pod-resources/configmaps/cloud-config/x",
        "/etc/pki/ca-trust/source/anchors/openshift-config-user-ca-bundle.crt",
        "/home/core/anything",
        "/etc/sysctl.d/../shadow",
    ] {
        let object = file(path, &json!({"source": data_url(CANARY)}));
        let shown = shown(&object, Author::OpenShift);
        assert!(
            shown.ends_with(&format!("  contents: {}", withheld(CANARY.as_bytes()))),
            "{shown}"
        );
    }
    for text in [
        format!("{{\"auths\": {{\"quay.io\": \"{CANARY}\"}}}}"),
        format!("-----BEGIN PRIVATE KEY-----\n{CANARY}\n"),
        format!("HTTPS_PROXY=http://me:{CANARY}@proxy\n"),
        format!("curl https://me:{CANARY}@host/x\n"),
    ] {
        for object in [unit(&text), file("/etc/kubernetes/x", &json!({"source": data_url(&text)}))]
        {
            let shown = shown(&object, Author::OpenShift);
            assert!(!shown.contains("CANARY") && shown.contains("<withheld: "), "{shown}");
        }
    }
}

#[test]
fn what_is_not_of_the_form_that_templates_have_is_withheld_of_openshifts_objects_too() {
    for config in [
        json!({"ignition": CANARY, "passwd": CANARY, "systemd": [CANARY], "fieldOfTomorrow": CANARY}),
        json!({"ignition": {"version": CANARY, "config": {"merge": [{"source": CANARY}]}}}),
        json!({"storage": {"files": [{"path": "/a", "new": {"a": [CANARY, {"b": CANARY}]}}]}}),
        json!({"systemd": {"units": [{"name": "a.service", "contents": [CANARY]}]}}),
        json!({"passwd": {"users": [{"name": "core", "passwordHash": CANARY}]}}),
        json!({"storage": {"files": [{"path": CANARY}]}}),
        json!(CANARY),
    ] {
        let shown = shown(&machine_config(&config), Author::OpenShift);
        assert!(!shown.contains("CANARY") && shown.contains("<withheld: "), "{shown}");
    }
}

#[test]
fn an_instance_of_a_unit_is_no_part_of_its_name() {
    for (name, expected) in [
        ("backup@hunter2.service", "backup@(withheld).service"),
        ("backup@hunter2@x.y.service", "backup@(withheld).service"),
        ("systemd-mkfs@dev-nvme1n1.service", "systemd-mkfs@dev-nvme1n1.service"),
        ("backup@hunter2", "backup@(withheld)"),
        ("backup@.service", "backup@.service"),
        ("var-lib-etcd.mount", "var-lib-etcd.mount"),
        ("/etc/x\\x2dy", "/etc/x\\x2dy"),
        ("a b", "(withheld)"),
        ("a\u{202e}b", "(withheld)"),
        ("", "(withheld)"),
    ] {
        assert_eq!(quotable_name(name), expected);
    }
    assert_eq!(SHOWN.name("backup@hunter2.service"), "backup@hunter2.service");
}

#[test]
fn a_kernel_argument_is_quoted_by_its_name() {
    for (argument, expected) in [
        ("psi=1", "psi=1"),
        ("cgroup_no_v1=\"all\"", "cgroup_no_v1=\"all\""),
        ("rd.iscsi.password=hunter2", "rd.iscsi.password=(withheld)"),
        ("systemd.set_credential=x:hunter2", "systemd.set_credential=(withheld)"),
        ("a=b password=hunter2", "a=(withheld)"),
        ("intel_iommu=on", "intel_iommu=on"),
        ("audit=1", "audit=1"),
        ("hunter2 x=y", "(withheld)"),
        ("hunter2", "(withheld)"),
        ("=hunter2", "(withheld)"),
    ] {
        assert_eq!(quotable(argument), expected);
    }
}

#[test]
fn what_is_withheld_still_differs_and_is_shown_to_who_asks() {
    let secret = |text: &str| file("/etc/x/anything", &json!({"source": data_url(text)}));
    assert_ne!(shown(&secret("one"), Author::Admin), shown(&secret("two"), Author::Admin));
    let asked = lines(&secret("one\ntwo"), Author::Admin, SHOWN);
    assert!(asked.ends_with(&["    one".into(), "    two".into()]), "{asked:?}");
    let binary = json!({"source": "data:;base64,AAEC"});
    let binary = lines(&file("/etc/sysctl.d/x", &binary), Author::Admin, SHOWN);
    assert_eq!(binary.last().unwrap(), &format!("  contents: {}", withheld(&[0, 1, 2])));
}

#[test]
fn a_digest_is_of_its_run_and_can_be_compared_with_no_guess() {
    let text = "hunter2";
    let two = json!({"storage": {"files": [
        {"path": "/a", "contents": {"source": data_url(text)}},
        {"path": "/b", "contents": {"source": data_url(text)}},
    ]}});
    let object = machine_config(&two).with_annotations([(names::SOURCE_DIGEST, "sha256:0123")]);
    let shown = |salt: u8| {
        lines(&object, Author::Admin, Policy { salt: Salt::new([salt; 32]), ..WITHHELD })
    };
    assert_eq!(shown(1), shown(1));
    let (one, other) = (shown(1), shown(2));
    assert_eq!(one.iter().zip(&other).filter(|(one, other)| one != other).count(), 3, "{one:?}");
    let text = one.join("\n");
    // The SHA-256 of the text begins so.
    assert!(!text.contains("sha256:0123") && !text.contains("f52fbd32b2b3"), "{text}");
    let contents: Vec<&String> = one.iter().filter(|it| it.contains("contents:")).collect();
    assert_eq!(contents[0], contents[1], "within a run, equal secrets are seen to be equal");
    assert_eq!(format!("{SALT:?}"), "Salt");
}

#[test]
fn user_data_shows_urls_of_the_machine_config_server_and_no_other() {
    let user_data = |url: &str| {
        let config =
            json!({"ignition": {"version": "3.4.0", "config": {"merge": [{"source": url}]}}});
        let secret = Object::new(ObjectRef::namespaced(Kind::Secret, "ns", "x"));
        shown(
            &secret.with("data", json!({"userData": STANDARD.encode(config.to_string())})),
            Author::Admin,
        )
    };
    for url in [
        "https://api-int.lab.example.com:22623/config/master",
        "https://[fd00::1]:22623/config/etcd",
        "http://10.0.0.1:22623/config/worker",
    ] {
        assert!(user_data(url).contains(url), "{}", user_data(url));
    }
    for url in [
        "https://me:hunter2@api-int.lab.example.com:22623/config/master",
        "https://host:22623/config/hunter",
        "https://host:22623/config/master?token=hunter2",
        "https://host:22623/x/hunter2:22623/config/master",
        "https://host/config/master",
        "s3://hunter2:22623/config/master",
    ] {
        assert!(
            !user_data(url).contains(url) && !user_data(url).contains("hunter"),
            "{}",
            user_data(url)
        );
    }
}

#[test]
fn a_pool_shows_its_selectors_and_no_field_that_nobody_knows() {
    let pool = Object::new(ObjectRef::cluster(Kind::MachineConfigPool, "etcd")).with(
        "spec",
        json!({
            "configuration": {"name": "rendered-etcd-1"}, "fieldOfTomorrow": {"a": CANARY}, "maxUnavailable": "34%",
            "nodeSelector": {"matchLabels": {"node-role.kubernetes.io/etcd": ""}}, "paused": true,
        }),
    );
    let expected = format!(
        "spec:\n  fieldOfTomorrow: {}\n  maxUnavailable: \"34%\"\n  nodeSelector:\n    matchLabels:\n      \
         node-role.kubernetes.io/etcd: \"\"\n  paused: true",
        withheld(format!("{{\"a\":\"{CANARY}\"}}").as_bytes())
    );
    let shown = shown(&pool, Author::Admin);
    assert!(shown.ends_with(&expected), "{shown}");
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

/// Lines of scripts, units and configuration with a password in them.
const LINES: [&str; 16] = [
    "{}",
    "podman login -u svc -p {} quay.io",
    "ipmitool -I lanplus -U admin -P {} chassis status",
    "ldapsearch -x -D cn=svc -w {} -b dc=lab",
    "mysql -uroot -p{} -e 'select 1'",
    "smbclient //nas/share -U svc%{}",
    "snmpget -v3 -u mon -A {} -l authNoPriv 10.0.0.1",
    "openssl enc -aes-256-cbc -k {} -in a -out b",
    "az login --service-principal -u id -p {} --tenant t",
    "ExecStart=/opt/CrowdStrike/falconctl -s -f --cid={}",
    "ExecStart=/usr/sbin/mount.cifs //nas/share /mnt -o username=svc,password={}",
    "wpa_passphrase lab {}",
    "ip=dhcp rd.iscsi.password={}",
    "HTTPS_PROXY=http://user:{}@proxy.example.com:3128",
    "{\"auths\": {\"quay.io\": {\"auth\": \"{}\"}}}",
    "[Service]\nEnvironment=A=1\\\n  {}\n",
];

/// The number of places that [`planted`] knows.
const PLACES: usize = 34;

/// A MachineConfig of an admin's with a text in one of the places that it may stand in.
fn planted(place: usize, text: &str) -> Object {
    let plain = json!({"source": data_url(text)});
    let base64 = json!({"source": format!("data:;base64,{}", STANDARD.encode(text))});
    let packed = json!({
        "source": format!("data:;base64,{}", STANDARD.encode(gzip(text))), "compression": "gzip",
    });
    let header = json!([{"name": "Authorization", "value": text}]);
    let storage = |list: &str, entry: Value| machine_config(&json!({"storage": {list: [entry]}}));
    let user = |user: Value| machine_config(&json!({"passwd": {"users": [user]}}));
    let spec = |field: &str, value: Value| {
        machine_config(&json!({})).with("spec", json!({ "config": {}, field: value }))
    };
    let luks = |key: &str, value: Value| storage("luks", json!({"name": "root", key: value}));
    match place {
        0 => unit(text),
        1 => machine_config(
            &json!({"systemd": {"units": [{"name": "kubelet.service", "contents": text}]}}),
        ),
        2 => machine_config(&json!({"systemd": {"units": [
            {"name": "a.service", "dropins": [{"name": "b.conf", "contents": text, "new": text}]}]}})),
        3 => file("/etc/kubernetes/kubelet.conf", &plain),
        4 => file("/usr/local/bin/script.sh", &base64),
        5 => file("/etc/containers/registries.conf", &packed),
        6 => file("/etc/sysctl.d/x", &json!({"source": format!("data:;base64,!{text}")})),
        7 => file("/etc/sysctl.d/x", &json!({"source": format!("https://me:{text}@x/y?z={text}")})),
        8 => file("/etc/sysctl.d/x", &json!({"source": "https://x/y", "httpHeaders": header})),
        9 => file("/etc/sysctl.d/x", &json!({"source": "data:,x", "verification": {"hash": text}})),
        10 => storage("files", json!({"path": "/etc/sysctl.d/x", "append": [plain, packed]})),
        11 => {
            storage("files", json!({"path": "/a", "user": {"name": text}, "group": {"name": text}}))
        }
        12 => storage("files", json!({"path": "/a", "fieldOfTomorrow": {"a": [text]}})),
        13 => spec("kernelArguments", json!([format!("a={text}"), text])),
        14 => spec("kernelArguments", json!({"shouldExist": [text]})),
        15 => spec("extensions", json!([text])),
        16 => spec("fieldOfTomorrow", json!({"a": {"b": text}})),
        17 => storage("filesystems", json!({"path": "/x", "mountOptions": [text], "label": text})),
        18 => storage("links", json!({"path": "/a", "target": text, "fieldOfTomorrow": text})),
        19 => storage("raid", json!({"name": "md0", "options": [text]})),
        20 => luks("keyFile", json!({"source": data_url(text), "httpHeaders": header})),
        21 => luks(
            "clevis",
            json!({"custom": {"pin": "sss", "config": text}, "tang": [{"url": text}]}),
        ),
        22 => luks("options", json!([format!("--passphrase={text}")])),
        23 => user(json!({"name": "core", "passwordHash": text})),
        24 => user(json!({"name": "core", "sshAuthorizedKeys": [text], "gecos": text})),
        25 => machine_config(&json!({"passwd": {"groups": [{"name": "g", "passwordHash": text}]}})),
        26 => machine_config(
            &json!({"ignition": {"security": {"tls": {"certificateAuthorities": [plain]}}}}),
        ),
        27 => machine_config(&json!({"ignition": {"version": text, "config": {"merge": [
            {"source": format!("https://x/{text}?sig={text}"), "httpHeaders": header}]}}})),
        28 => machine_config(&json!({"ignition": {"proxy": {"httpsProxy": text}}})),
        29 => machine_config(
            &json!({"systemd": text, "passwd": [text], "storage": {"files": text, "new": text}}),
        ),
        30 => machine_config(&json!(text)),
        31 => machine_config(&json!({"systemd": {"units": [
            {"name": format!("a@{text}.service"), "contents": {"new": text}, "dropins": text}]}})),
        32 => machine_config(&json!({}))
            .with_labels([("x", text)])
            .with_annotations([("oc-etcd/x", text), ("oc-etcd/source-digest", text)]),
        _ => {
            let config = json!({"ignition": {"version": text, "fieldOfTomorrow": text,
                "config": {"merge": [{"source": format!("https://x/config/{text}")}]},
                "security": {"tls": {"certificateAuthorities": [plain]}}}, "passwd": {"users": [text]}});
            let data = json!({"userData": STANDARD.encode(config.to_string()), "other": STANDARD.encode(text)});
            Object::new(ObjectRef::namespaced(Kind::Secret, "ns", "00-etcd")).with("data", data)
        }
    }
}

#[test]
fn a_kernel_argument_that_is_all_base64_has_no_name() {
    for argument in ["Q0FOQVJZQQ==", "Q0FOQVJZQUE=", "Q0FOQVJZ"] {
        let object = planted(13, argument);
        let shown = shown(&object, Author::Admin);
        assert!(!shown.contains("Q0FOQVJZ"), "{shown}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_shown_of_what_an_admin_wrote(
        place in 0..PLACES, line in 0..LINES.len(), form in 0..8_usize, tail in "[ -~]{0,24}",
    ) {
        let written = encoded(&format!("{CANARY}{tail}"), form);
        let text = LINES[line].replace("{}", &written);
        let shown = shown(&planted(place, &text), Author::Admin);
        for found in ["CANARY", "Q0FOQVJZ", &written] {
            prop_assert!(!shown.contains(found), "{found} is in\n{shown}");
        }
        // Nor is a word of what stands around it.
        for word in text.split_whitespace().filter(|it| it.len() > 8 && *it != "[Service]") {
            prop_assert!(!shown.contains(word), "{word} is in\n{shown}");
        }
    }

    #[test]
    fn whatever_is_shown_is_one_yaml_document(
        place in 0..PLACES, text in "[ -~\n\t\u{7f}-\u{a1}\u{85}\u{2028}\u{2029}]{0,60}", is_admins in any::<bool>(),
    ) {
        let author = if is_admins { Author::Admin } else { Author::OpenShift };
        for policy in [WITHHELD, SHOWN] {
            let text = lines(&planted(place, &text), author, policy).join("\n");
            prop_assert!(yaml::documents(&text).is_ok_and(|it| it.len() == 1), "{text}");
            // YAML 1.1 ends a line at each of them.
            prop_assert!(!text.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}']), "{text}");
        }
    }
}
