//! The Pods in which an etcd runs, as the API server shows them: static pods,
//! whose mirrors need neither a scheduler nor a kubelet here. It only composes
//! them.

use serde_json::{Value, json};

/// The Pod of OpenShift's own etcd on a Node.
pub fn operators(node: &str) -> Value {
    mirror(
        "openshift-etcd",
        &format!("etcd-{node}"),
        node,
        &json!({
            "containers": [
                container("etcdctl", &["/bin/bash", "-c", "trap TERM; sleep infinity"]),
                container("etcd", &["/bin/sh", "-c", "exec etcd --name=$NAME"]),
            ],
            "volumes": [{"name": "data-dir", "hostPath": {"path": "/var/lib/etcd", "type": ""}}],
        }),
    )
}

/// A Pod of somebody else's on a Node that runs a program with these words.
pub fn of_somebody(namespace: &str, name: &str, node: &str, command: &[&str]) -> Value {
    mirror(namespace, name, node, &json!({"containers": [container("main", command)]}))
}

fn container(name: &str, command: &[&str]) -> Value {
    json!({
        "name": name,
        "image": "registry.lab.example.com/lab@sha256:0",
        "command": command,
        "terminationMessagePolicy": "FallbackToLogsOnError",
    })
}

fn mirror(namespace: &str, name: &str, node: &str, spec: &Value) -> Value {
    let mut spec = spec.clone();
    spec["nodeName"] = node.into();
    spec["hostNetwork"] = true.into();
    spec["tolerations"] = json!([{"operator": "Exists"}]);
    // Nobody ends it, so the API server must not wait.
    spec["terminationGracePeriodSeconds"] = 0.into();
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": {"app": "etcd", "etcd": "true", "k8s-app": "etcd"},
            "annotations": {"kubernetes.io/config.mirror": "0", "kubernetes.io/config.source": "file"},
        },
        "spec": spec,
    })
}
