//! Folders of must-gathers, as people have them. Runs the built program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use oc_etcd_lab::Cluster;
use serde_json::{Value, json};

use crate::from::must_gather;
use crate::program::{directory, run};

fn cluster() -> Cluster {
    Cluster::load("4.16").unwrap()
}

/// Moves a must-gather to a path below a directory.
fn moved(top: &Path, below: &str) -> PathBuf {
    let to = top.join(below);
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    let name = top.file_name().unwrap().to_str().unwrap();
    fs::rename(must_gather(&format!("{name}-moved"), &cluster()), &to).unwrap();
    to
}

/// A file with the objects of the cluster.
fn objects(name: &str) -> PathBuf {
    let file = directory(name).join("all.yaml");
    let cluster = cluster();
    let documents = cluster.objects().iter().map(ToString::to_string);
    fs::write(&file, documents.collect::<Vec<_>>().join("\n---\n")).unwrap();
    file
}

fn status(top: &Path) -> (i32, String, String) {
    let ran = run(&["status", "--from", top.to_str().unwrap()]);
    let name = top.file_name().unwrap().to_str().unwrap();
    (ran.code, ran.stdout.replace(&format!("not in {name}"), "not in DIR"), ran.stderr)
}

#[test]
fn several_must_gathers_are_refused_and_named_with_their_times() {
    let top = directory("several-gathers");
    moved(&top, "a/must-gather.local.1");
    let newer = moved(&top, "b/must-gather.local.2");
    fs::write(newer.join("timestamp"), "2025-08-21 14:00:00.5 +0200 CEST m=+0.07\n").unwrap();
    for verb in ["init", "status", "check", "diff"] {
        let ran = run(&[verb, "--from", top.to_str().unwrap()]);
        assert!(ran.code != 0 && ran.stdout.is_empty(), "{verb}: {}", ran.stdout);
        for told in
            ["a/must-gather.local.1 of 2024-08-21 12:00:00Z", "b/must-gather.local.2 of 2025"]
        {
            assert!(ran.stderr.contains(told), "{verb}: {}", ran.stderr);
        }
        let hint = format!("--from {}", newer.display());
        assert!(ran.stderr.contains(&hint), "{verb}: {}", ran.stderr);
    }
    assert_eq!(status(&newer).0, status(&top.join("a")).0);
}

#[test]
fn the_folders_of_images_are_one_must_gather() {
    for (has_timestamp, name) in [(true, "anything"), (false, "must-gather.local.1")] {
        let top = directory("images");
        let gathered = moved(&top, name);
        let expected = status(&gathered);
        let image = fs::read_dir(&gathered).unwrap().map(|it| it.unwrap().path());
        let image = image.into_iter().find(|it| it.is_dir()).unwrap();
        let config = "cluster-scoped-resources/config.openshift.io";
        for other in ["quay-io-other", "quay-io-third/below"] {
            let other = gathered.join(other).join(config);
            fs::create_dir_all(&other).unwrap();
            let file = "infrastructures.yaml";
            fs::copy(image.join(config).join(file), other.join(file)).unwrap();
        }
        if !has_timestamp {
            fs::remove_file(gathered.join("timestamp")).unwrap();
        }
        let read = status(&top);
        assert_eq!(read.0, expected.0, "{name}: {}", read.2);
        assert!(!read.2.contains("several"), "{name}: {}", read.2);
    }
}

#[test]
fn a_must_gather_is_found_as_far_down_as_support_tools_unpack_it() {
    let top = directory("deep");
    let expected = status(&moved(&top, "0010-mg.tar.gz/must-gather.local.1"));
    let read = status(&top);
    assert_eq!((read.0, &read.1), (expected.0, &expected.1), "{}", read.2);
    let above = directory("deeper");
    // A tarball that was made with its whole path.
    let below = above.join("home/user/cases/2024/01234567");
    fs::create_dir_all(below.parent().unwrap()).unwrap();
    fs::rename(&top, &below).unwrap();
    // A link is not one more must-gather.
    std::os::unix::fs::symlink(below.join("0010-mg.tar.gz"), above.join("latest")).unwrap();
    let read = status(&above);
    assert_eq!((read.0, &read.1), (expected.0, &expected.1), "{}", read.2);
}

#[test]
fn a_link_to_nothing_is_named_and_ends_nothing() {
    let top = directory("link-to-nothing");
    let expected = status(&moved(&top, "must-gather.local.1"));
    std::os::unix::fs::symlink("/nowhere/at/all", top.join("loop.yaml")).unwrap();
    let read = status(&top);
    assert_eq!((read.0, &read.1), (expected.0, &expected.1), "{}", read.2);
    assert!(read.2.contains("loop.yaml"), "{}", read.2);
}

#[test]
fn a_packed_file_is_unpacked_by_the_command_of_the_hint() {
    for (name, bytes, told) in [
        ("mg.zip", &b"PK\x03\x04"[..], "pass the directory: unzip "),
        ("mg.TAR.GZ", &[0x1f, 0x8b], "pass the directory: tar -xf "),
        ("mg.tar.zst", &[], "pass the directory: tar -xf "),
        ("mg.7z", &[], "pass the directory: 7z x "),
        ("mg.rar", &[], "pass the directory: unrar x "),
        ("nodes.yaml.gz", &[0x1f, 0x8b], "pass the unpacked file: gzip -dc "),
        ("nodes.yaml.xz", &[], "pass the unpacked file: xz -dc "),
    ] {
        let top = directory("packed");
        let file = top.join(name);
        fs::write(&file, bytes).unwrap();
        let (code, _, stderr) = status(&file);
        assert!(code == 1 && stderr.contains(&format!("{told}{}", file.display())), "{stderr}");
        let (code, _, stderr) = status(&top);
        let is_named = stderr.contains(name) && stderr.contains("must be unpacked first");
        assert!(code == 1 && is_named, "{stderr}");
    }
}

#[test]
fn a_file_of_a_must_gather_that_is_not_read_makes_its_kind_unknown() {
    let gzip = |file: &Path| {
        assert!(Command::new("gzip").arg(file).status().unwrap().success());
        file.with_extension("yaml.gz")
    };
    let nowhere = |file: &Path| {
        fs::remove_file(file).unwrap();
        std::os::unix::fs::symlink("/nowhere/at/all", file).unwrap();
        file.to_owned()
    };
    let of_another_name = |file: &Path| {
        let other = file.with_extension("txt");
        fs::rename(file, &other).unwrap();
        other
    };
    for (folder, what) in [
        ("cluster-scoped-resources/core/nodes", "nodes"),
        ("namespaces/openshift-machine-api/machine.openshift.io/machines", "machines"),
        ("cluster-scoped-resources/config.openshift.io/infrastructures.yaml", "infrastructure"),
    ] {
        for hide in [&gzip as &dyn Fn(&Path) -> PathBuf, &nowhere, &of_another_name] {
            let top = directory("not-read");
            let image = fs::read_dir(moved(&top, "mg")).unwrap().map(|it| it.unwrap().path());
            let place = image.into_iter().find(|it| it.is_dir()).unwrap().join(folder);
            let file = match fs::read_dir(&place) {
                Ok(files) => files.map(|it| it.unwrap().path()).min().unwrap(),
                Err(_) => place,
            };
            let hidden = hide(&file);
            let (_, stdout, stderr) = status(&top);
            let name = hidden.file_name().unwrap().to_str().unwrap();
            assert!(stdout.contains(&format!("[unreadable]: {what}")), "{name}: {stdout}");
            assert!(stderr.contains("not read, because") && stderr.contains(name), "{stderr}");
        }
    }
}

#[test]
fn a_node_that_its_pool_counts_and_no_file_has_makes_the_nodes_unknown() {
    let top = directory("uncounted");
    let image = fs::read_dir(moved(&top, "mg")).unwrap().map(|it| it.unwrap().path());
    let core = image.into_iter().find(|it| it.is_dir()).unwrap();
    let nodes = core.join("cluster-scoped-resources/core/nodes");
    let expected = status(&top).1;
    assert!(!expected.contains("counts"), "{expected}");
    fs::remove_file(fs::read_dir(&nodes).unwrap().next().unwrap().unwrap().path()).unwrap();
    // The Node that a Machine names is unknown by its name.
    let (_, stdout, _) = status(&top);
    assert!(stdout.contains("[unreadable]: node/ip-") && !stdout.contains("counts"), "{stdout}");
    let machines = "namespaces/openshift-machine-api/machine.openshift.io/machines";
    fs::remove_dir_all(core.join(machines)).unwrap();
    let (_, stdout, _) = status(&top);
    let words = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("counts 3 Nodes, and the files contain 2 of them"), "{stdout}");
}

#[test]
fn the_command_of_the_hint_unpacks_a_file_of_any_name() {
    let plain = objects("packed-by-any-name");
    let file = plain.with_file_name("all objects.yaml");
    let text = format!("gzip -c {} >'{}'", plain.display(), file.display());
    assert!(Command::new("sh").args(["-c", &text]).status().unwrap().success());
    let (code, _, stderr) = status(&file);
    let hint = stderr.split_once("pass the unpacked file: ").unwrap().1.trim();
    assert_eq!(code, 1);
    assert!(Command::new("sh").args(["-c", hint]).status().unwrap().success(), "{hint}");
    let unpacked = hint.rsplit_once('>').unwrap().1.trim_matches('\'');
    assert_eq!(status(Path::new(unpacked)).0, status(&plain).0);
}

#[test]
fn a_pipe_is_read_once_and_a_socket_is_named() {
    let file = objects("pipe");
    let read = |from: &str| {
        let text = format!("{} status --from {from}", env!("CARGO_BIN_EXE_oc-etcd"));
        let output = Command::new("bash").args(["-c", &text]).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let expected = read(&file.display().to_string());
    assert!(expected.contains("Health"), "{expected}");
    assert_eq!(read(&format!("<(cat {})", file.display())), expected);
    let top = directory("socket");
    fs::copy(&file, top.join("all.yaml")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(top.join("agent.yaml")).unwrap();
    let (_, _, stderr) = status(&top);
    assert!(stderr.contains("because it is no regular file, or cannot be opened: "), "{stderr}");
}

#[test]
fn a_text_in_another_encoding_is_named() {
    let top = directory("encodings");
    let file = top.join("nodes.yaml");
    for (width, told) in [(2, "UTF-16 without a byte order mark"), (4, "UTF-32")] {
        let bytes =
            "apiVersion: v1\n".chars().flat_map(|it| u32::from(it).to_le_bytes()[..width].to_vec());
        fs::write(&file, bytes.collect::<Vec<u8>>()).unwrap();
        let (code, _, stderr) = status(&top);
        assert!(code == 1 && stderr.contains(told), "{stderr}");
    }
}

#[test]
fn a_directory_beside_a_must_gather_is_named() {
    let top = directory("beside-a-gather");
    moved(&top, "must-gather.local.1");
    assert!(!status(&top).2.contains("not read"));
    fs::create_dir(top.join("extra")).unwrap();
    fs::write(top.join("extra/secret.yaml"), "a: 1\n").unwrap();
    let (_, _, stderr) = status(&top);
    assert!(
        stderr.contains("not read, because it is a directory beside a must-gather"),
        "{stderr}"
    );
    assert!(stderr.contains("beside-a-gather/extra"), "{stderr}");
}

#[test]
fn the_folders_of_a_backup_are_read_whatever_they_are_called() {
    let list = |top: &Path| {
        let items = cluster().objects().to_vec();
        fs::write(
            top.join("all.json"),
            json!({"apiVersion": "v1", "kind": "List", "items": items}).to_string(),
        )
    };
    let one = directory("one-file");
    list(&one).unwrap();
    let top = directory("backup");
    for object in cluster().objects() {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let folder = match text("/metadata/namespace") {
            Some(namespace) => format!("namespaces/{namespace}"),
            None => "cluster".to_owned(),
        };
        let kind = text("/kind").unwrap().to_lowercase();
        let folder = top.join(folder).join(format!("{kind}s"));
        fs::create_dir_all(&folder).unwrap();
        let name = text("/metadata/name").unwrap();
        fs::write(folder.join(format!("{name}.json")), object.to_string()).unwrap();
    }
    let (read, expected) = (status(&top), status(&one));
    assert_eq!((read.0, &read.1), (expected.0, &expected.1), "{}", read.2);
}
