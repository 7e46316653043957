//! Where `make demo` takes etcd, kube-apiserver and kubectl from: the script runs in a directory of its own, with a
//! `go` that writes down what it is asked to build.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A checkout with nothing but the script and what the script reads.
struct Checkout {
    dir: TempDir,
}

/// What a run of the script left behind.
struct Built {
    /// The arguments of each `go build`.
    go_build: String,
    stderr: String,
}

/// Writes the packages that it builds into the directory after `-o`.
const GO: &str = r#"#!/bin/bash
case "$*" in
    "list -m "*) echo v1.33.4 ;;
    *"{{.Dir}}"*) echo "$ROOT/crds" ;;
    list*) echo package ;;
    build*)
        echo "$*" >>"$ROOT/log"
        while [[ $1 != -o ]]; do shift; done
        out=$2
        shift 2
        for package; do
            name=${package%/v3}
            printf '#!/bin/sh\n' >"$out/${name##*/}"
            chmod +x "$out/${name##*/}"
            echo "$package" >&2
        done ;;
esac
"#;

fn program(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Programs as setup-envtest installs them.
fn assets(directory: &Path, version: &str) {
    let apiserver = format!("#!/bin/sh\necho Kubernetes v{version}\n");
    program(&directory.join("kube-apiserver"), &apiserver);
    for name in ["etcd", "kubectl"] {
        program(&directory.join(name), "#!/bin/sh\n");
    }
}

impl Checkout {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let script = include_str!("../controlplane/build");
        let here = dir.path().join("tests/controlplane");
        program(&here.join("build"), script);
        for file in ["tools/go.mod", "tools/go.sum", "crds/go.mod", "crds/go.sum", "crds/crds.go"] {
            program(&here.join(file), "");
        }
        program(&here.join("tools/ignition-merge/main.go"), "");
        let kinds = script.split_once("\ncrds=(").unwrap().1.split_once(')').unwrap().0;
        for kind in kinds.split_whitespace() {
            program(&dir.path().join(format!("crds/0_{kind}.crd.yaml")), "");
        }
        program(&dir.path().join("bin/go"), GO);
        program(&dir.path().join("bin/kubectl"), "#!/bin/sh\n");
        Self { dir }
    }

    fn installed(&self, version: &str) -> PathBuf {
        let directory = self.dir.path().join("home/.local/share/kubebuilder-envtest/k8s");
        directory.join(format!("{version}-linux-amd64"))
    }

    fn build_demo(&self, named: Option<&Path>) -> Built {
        let root = self.dir.path();
        let _ = fs::remove_file(root.join("log"));
        let mut command = Command::new(root.join("tests/controlplane/build"));
        command.arg("demo").env_clear().env("ROOT", root).env("HOME", root.join("home"));
        command.env("PATH", format!("{}:/usr/bin:/bin", root.join("bin").display()));
        if let Some(named) = named {
            command.env("KUBEBUILDER_ASSETS", named);
        }
        let output = command.output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{stderr}");
        Built { go_build: fs::read_to_string(root.join("log")).unwrap_or_default(), stderr }
    }

    /// The directory that a program of the control plane is linked from.
    fn directory_of(&self, name: &str) -> Option<PathBuf> {
        let path = self.dir.path().join("target/controlplane/bin").join(name);
        Some(fs::read_link(path).ok()?.parent()?.to_owned())
    }
}

#[test]
fn the_demo_takes_the_programs_that_are_named_or_installed_and_builds_the_rest() {
    let checkout = Checkout::new();
    let root = checkout.dir.path().canonicalize().unwrap();
    let is_of_kubernetes = |built: &Built| built.go_build.contains("k8s.io/kubernetes");

    if !Path::new("/usr/local/kubebuilder/bin").exists() {
        let built = checkout.build_demo(None);
        assert!(
            built.go_build.contains("k8s.io/kubernetes/cmd/kube-apiserver"),
            "{}",
            built.go_build
        );
        assert!(!built.go_build.contains("cmd/kubectl"), "one is on the PATH: {}", built.go_build);
        assert!(
            built.stderr.contains("building etcd kube-apiserver ignition-merge"),
            "{}",
            built.stderr
        );
        assert_eq!(checkout.directory_of("kube-apiserver"), None);
        // Warm: nothing is built, and nothing is said.
        let built = checkout.build_demo(None);
        assert_eq!((built.go_build.as_str(), built.stderr.as_str()), ("", ""));
    }
    fs::remove_dir_all(root.join("target")).unwrap_or_default();

    // The newest, and none that is too old for the demo.
    for version in ["1.29.9", "1.31.0", "1.33.0"] {
        assets(&checkout.installed(version), version);
    }
    let built = checkout.build_demo(None);
    assert!(!is_of_kubernetes(&built), "{}", built.go_build);
    assert!(built.go_build.ends_with(" ./ignition-merge\n"), "{}", built.go_build);
    assert_eq!(
        checkout.directory_of("kube-apiserver"),
        Some(checkout.installed("1.33.0").canonicalize().unwrap())
    );
    fs::remove_dir_all(root.join("target")).unwrap();

    let named = root.join("named");
    assets(&named, "1.32.0");
    let built = checkout.build_demo(Some(&named));
    assert!(!is_of_kubernetes(&built), "{}", built.go_build);
    for name in ["etcd", "kube-apiserver", "kubectl"] {
        assert_eq!(checkout.directory_of(name), Some(named.clone()), "{name}");
    }
}
