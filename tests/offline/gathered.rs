//! Folders of must-gathers, as people have them. Runs the built program.

use std::fs;
use std::path::{Path, PathBuf};

use oc_etcd_lab::Cluster;

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
        assert!(ran.code == 1 && ran.stdout.is_empty(), "{verb}: {}", ran.stdout);
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
        let other = gathered.join("quay-io-other").join(config);
        fs::create_dir_all(&other).unwrap();
        let file = "infrastructures.yaml";
        fs::copy(image.join(config).join(file), other.join(file)).unwrap();
        if !has_timestamp {
            fs::remove_file(gathered.join("timestamp")).unwrap();
        }
        let read = status(&top);
        assert_eq!(read.0, expected.0, "{name}: {}", read.2);
        assert!(!read.2.contains("several"), "{name}: {}", read.2);
    }
}
