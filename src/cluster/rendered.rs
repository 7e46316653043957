//! Reads a rendered MachineConfig without what is in its files, which is nearly all of it.
//!
//! A rendered MachineConfig has 300 to 500 KB. What is asked of it is in its units, in the names of its
//! files, and in the few files that decide on the role of its kubelet; the contents of all others are
//! passed over, and take no memory beside the answer's own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::api::Cluster;
use crate::api::error::{ClusterError, Fault};
use crate::api::requests::{collection, found};
use crate::api::retry::Retry;
use crate::model::object::{Object, ObjectRef};
use crate::openshift::kubelet;

/// The path of the files in a MachineConfig.
const FILES: [&str; 4] = ["spec", "config", "storage", "files"];

type Fields<'a> = BTreeMap<String, &'a RawValue>;

impl Cluster {
    /// Gets a rendered MachineConfig. `None` when the object does not exist. The contents of its files are
    /// left
    /// out, but for those of some paths.
    ///
    /// # Errors
    /// Everything but its absence.
    pub async fn rendered(
        &self,
        reference: &ObjectRef,
        paths: &BTreeSet<String>,
    ) -> Result<Option<Object>, ClusterError> {
        let request = collection(reference.kind, None)
            .get(&reference.name, &kube::api::GetParams::default())
            .map_err(|_| ClusterError::reading(reference, Fault::Answer))?;
        let parse = |body: &[u8]| with_the_kubelets_files(body, paths.clone()).ok();
        let kind = Some(reference.kind);
        found(reference, self.send_with_retry_as(kind, &request, Retry::Read, parse).await)
    }
}

/// The JSON of a MachineConfig without the contents of files, but for those of some paths and of those that
/// the effective kubelet rests on. A file may name another one: the reading is repeated until nothing is
/// asked for that is not there.
fn with_the_kubelets_files(body: &[u8], mut paths: BTreeSet<String>) -> serde_json::Result<Value> {
    loop {
        let value = without_contents(body, &paths)?;
        let Ok(object) = Object::from_value(value) else { return without_contents(body, &paths) };
        let asked = kubelet::files_asked(&object);
        if asked.is_subset(&paths) {
            return Ok(object.into_body());
        }
        paths.extend(asked);
    }
}

/// The JSON of a MachineConfig without the contents of files, but for those of some paths.
fn without_contents(body: &[u8], paths: &BTreeSet<String>) -> serde_json::Result<Value> {
    within(serde_json::from_slice(body)?, &FILES, paths)
}

/// Goes down to the files, and takes in everything beside the way. What is not as expected is taken in
/// as it is.
fn within(raw: &RawValue, way: &[&str], paths: &BTreeSet<String>) -> serde_json::Result<Value> {
    let Some((next, rest)) = way.split_first() else { return files(raw, paths) };
    let Ok(fields) = serde_json::from_str::<Fields<'_>>(raw.get()) else {
        return serde_json::from_str(raw.get());
    };
    let value = |(name, raw): (String, &RawValue)| {
        let value =
            if name == *next { within(raw, rest, paths) } else { serde_json::from_str(raw.get()) };
        value.map(|value| (name, value))
    };
    fields.into_iter().map(value).collect::<serde_json::Result<Map<_, _>>>().map(Value::Object)
}

fn files(raw: &RawValue, paths: &BTreeSet<String>) -> serde_json::Result<Value> {
    let Ok(files) = serde_json::from_str::<Vec<Fields<'_>>>(raw.get()) else {
        return serde_json::from_str(raw.get());
    };
    let file = |mut fields: Fields<'_>| {
        let path = fields.get("path").and_then(|it| serde_json::from_str::<String>(it.get()).ok());
        if !path.is_some_and(|path| paths.contains(&path)) {
            fields.remove("contents");
        }
        let value = |(name, raw): (String, &RawValue)| Ok((name, serde_json::from_str(raw.get())?));
        fields.into_iter().map(value).collect::<serde_json::Result<Map<_, _>>>().map(Value::Object)
    };
    files.into_iter().map(file).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: &Value, kept: &[&str]) -> Value {
        let paths = kept.iter().map(|it| (*it).to_owned()).collect();
        without_contents(body.to_string().as_bytes(), &paths).unwrap()
    }

    #[test]
    fn only_what_is_in_the_files_is_left_out() {
        let file =
            |path: &str| json!({"path": path, "mode": 420, "contents": {"source": "data:,x"}});
        let config = |files: Value| {
            let units = json!([{"name": "kubelet.service", "contents": "[Unit]"}]);
            json!({
                "kind": "MachineConfig",
                "metadata": {"name": "rendered-etcd-1", "annotations": {"a": "b"}},
                "spec": {"config": {"storage": {"files": files, "disks": []}, "systemd": {"units": units}}, "fips": false},
            })
        };
        let whole = config(json!([file("/etc/a"), file("/etc/b")]));
        let bare = json!({"path": "/etc/a", "mode": 420});
        assert_eq!(read(&whole, &["/etc/b"]), config(json!([bare, file("/etc/b")])));
        assert_eq!(read(&whole, &["/etc/a", "/etc/b"]), whole);
    }

    #[test]
    fn the_files_that_the_effective_kubelet_rests_on_are_kept() {
        let file = |path: &str, text: &str| {
            let source = format!("data:,{}", text.replace('\n', "%0A"));
            json!({"path": path, "contents": {"source": source}})
        };
        let unit =
            "[Service]\nExecStart=/usr/local/bin/start /usr/bin/kubelet --config=/etc/k.conf\n";
        let drop_in = "[Service]\nEnvironmentFile=/etc/site.env\n";
        let files = json!([
            file("/etc/secret", "x"),
            file("/etc/systemd/system/kubelet.service.d/9.conf", drop_in),
            file("/etc/site.env", "A=1\n"),
            file("/usr/local/bin/start", "exec \"$@\"\n"),
            file("/etc/k.conf", "{}"),
            file("/etc/sysctl.d/9.conf", "vm.nr_hugepages=1\n"),
            file("/etc/node-sizing-enabled.env", "SYSTEM_RESERVED_CPU=1\n"),
        ]);
        let units = json!([{"name": "kubelet.service", "contents": unit}]);
        let body = json!({
            "apiVersion": "machineconfiguration.openshift.io/v1",
            "kind": "MachineConfig",
            "metadata": {"name": "rendered-etcd-1"},
            "spec": {"config": {"storage": {"files": files}, "systemd": {"units": units}}},
        });
        let read = with_the_kubelets_files(body.to_string().as_bytes(), BTreeSet::new()).unwrap();
        let mut expected = body;
        expected["spec"]["config"]["storage"]["files"][0] = json!({"path": "/etc/secret"});
        assert_eq!(read, expected);
    }

    #[test]
    fn what_is_not_as_expected_is_taken_in_as_it_is() {
        for body in [
            json!(null),
            json!([1]),
            json!({"spec": null}),
            json!({"spec": {"config": "text"}}),
            json!({"spec": {"config": {"storage": {"files": {"path": "/a"}}}}}),
            json!({"spec": {"config": {"storage": {"files": [1, null]}}}}),
        ] {
            assert_eq!(read(&body, &[]), body);
        }
        assert!(without_contents(b"{\"spec\": ", &BTreeSet::new()).is_err());
    }
}
