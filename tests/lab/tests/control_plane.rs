//! The lab itself, on a real etcd and kube-apiserver: it starts, takes a
//! cluster, gives it back, and leaves nothing behind however it ends.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use oc_etcd_lab::kind::{MACHINE_CONFIG_OBJECT, MACHINE_OBJECT, NODE, OF_A_CLUSTER, POOL, SECRET};
use oc_etcd_lab::{Cluster, ControlPlane, Options, Rest, User, policy};

/// Tells on stderr how long a step took.
async fn timed<T>(what: &str, step: impl Future<Output = anyhow::Result<T>>) -> T {
    let started = Instant::now();
    let done = step.await.unwrap();
    eprintln!("{what}: {:?}", started.elapsed());
    done
}

/// How many objects there are of all the kinds of a cluster.
async fn count(rest: &Rest) -> usize {
    let mut count = 0;
    for kind in OF_A_CLUSTER {
        let found = rest.list(kind, None, None).await.unwrap();
        count +=
            found.iter().filter(|object| object["metadata"]["name"] != "kube-root-ca.crt").count();
    }
    count
}

#[tokio::test]
async fn clusters_are_loaded_and_removed_again() {
    let control_plane = timed("start", ControlPlane::start(Options::default())).await;
    let rest = control_plane.rest().await.unwrap();
    let empty = count(&rest).await;

    for name in ["4.16", "4.20", "4.10"] {
        let cluster = Cluster::load(name).unwrap();
        timed(&format!("load {name}"), control_plane.load(&cluster)).await;
        let pool = rest.get(&POOL, None, "master").await.unwrap();
        let machine = "lab-x99n4-master-0";
        let machine =
            rest.get(&MACHINE_OBJECT, Some("openshift-machine-api"), machine).await.unwrap();
        assert_eq!(pool["status"]["machineCount"], 3, "{name}");
        assert_eq!(machine["status"]["phase"], "Running", "{name}");
        assert_eq!(rest.list(&NODE, None, None).await.unwrap().len(), 6, "{name}");
        let rendered = pool["spec"]["configuration"]["name"].as_str().unwrap();
        let rendered = rest.get(&MACHINE_CONFIG_OBJECT, None, rendered).await.unwrap();
        assert_eq!(
            rendered["metadata"]["ownerReferences"][0]["uid"], pool["metadata"]["uid"],
            "{name}"
        );
        let is_enforced = policy::probe(&rest).await.unwrap();
        let has_policy = cluster.objects().iter().any(policy::is_pool_policy);
        assert_eq!(is_enforced == policy::Enforced::Yes, has_policy, "{name}");

        timed(&format!("reset {name}"), control_plane.reset()).await;
        assert_eq!(count(&rest).await, empty, "{name}");
        assert_eq!(policy::probe(&rest).await.unwrap(), policy::Enforced::No, "{name}");
    }

    let cluster = Cluster::load("4.20").unwrap();
    timed("replace nothing by 4.20", control_plane.replace(&cluster)).await;
    timed("replace 4.20 by itself", control_plane.replace(&cluster)).await;
    assert_eq!(policy::probe(&rest).await.unwrap(), policy::Enforced::Yes);
    let cluster = Cluster::load("4.16").unwrap().with("foreign-pool").unwrap();
    timed("replace 4.20 by 4.16", control_plane.replace(&cluster)).await;
    assert_eq!(policy::probe(&rest).await.unwrap(), policy::Enforced::No);
}

#[tokio::test]
async fn users_may_do_what_their_role_says() {
    let control_plane = ControlPlane::start(Options::default()).await.unwrap();
    let cluster = Cluster::load("4.16").unwrap();
    control_plane.load(&cluster).await.unwrap();
    let user = async |user| Rest::new(control_plane.client(user).await.unwrap());
    let (operator, viewer) = (user(User::Operator).await, user(User::Viewer).await);

    viewer.list(&MACHINE_CONFIG_OBJECT, None, None).await.unwrap();
    let namespace = Some("openshift-machine-api");
    operator.get(&SECRET, namespace, "master-user-data").await.unwrap();
    for refused in [
        viewer.get(&SECRET, namespace, "master-user-data").await,
        operator.get(&SECRET, namespace, "worker-user-data").await,
        viewer.create(&POOL, cluster.object("machineconfigpool/master").unwrap()).await,
    ] {
        assert!(matches!(refused, Err(kube::Error::Api(status)) if status.code == 403));
    }
}

#[test]
fn nothing_survives_a_killed_process() {
    let mut lab = Command::new(env!("CARGO_BIN_EXE_oc-etcd-lab"))
        .args(["up", "--cluster", "4.16", "--fast"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(lab.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let kubeconfig = line.trim().strip_prefix("export KUBECONFIG=").unwrap();
    let directory = PathBuf::from(kubeconfig).parent().unwrap().to_owned();
    assert!(!processes(&directory).is_empty());

    // SIGKILL: it has no chance to clean up.
    lab.kill().unwrap();
    lab.wait().unwrap();
    let started = Instant::now();
    while directory.exists() || !processes(&directory).is_empty() {
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", processes(&directory));
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The processes that have a directory on their command line.
fn processes(directory: &Path) -> Vec<String> {
    let needle = directory.to_str().unwrap();
    let found = std::fs::read_dir("/proc").unwrap().filter_map(|entry| {
        let command = std::fs::read(entry.ok()?.path().join("cmdline")).ok()?;
        let command = String::from_utf8_lossy(&command).replace('\0', " ");
        command.contains(needle).then_some(command)
    });
    found.collect()
}
