//! The objects of an OpenShift cluster as a value: read from `tests/fixtures`,
//! changed by variants, loaded into a control plane elsewhere. It talks to no
//! server.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::binaries::{repository, yaml_files};
use crate::documents;
use crate::kind::{annotation, label, name, namespace};

const ROLE: &str = "machineconfiguration.openshift.io/role";
const RELEASE: &str = "machineconfiguration.openshift.io/release-image-version";

/// A cluster's objects, none of them in a server yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    objects: Vec<Value>,
}

impl Cluster {
    /// Reads `tests/fixtures/<name>`.
    pub fn load(name: &str) -> Result<Self> {
        let objects = read_directory(&clusters().join(name))?;
        Ok(Self { objects })
    }

    /// Takes objects from anywhere.
    pub fn of(objects: Vec<Value>) -> Self {
        Self { objects }
    }

    /// Puts `tests/fixtures/variants/<variant>` over the cluster.
    pub fn with(mut self, variant: &str) -> Result<Self> {
        let directory = clusters().join("variants").join(variant);
        let absent = directory.join("absent.txt");
        if absent.is_file() {
            let text = std::fs::read_to_string(&absent)
                .with_context(|| format!("read {}", absent.display()))?;
            self.remove_all(&text)?;
        }
        Ok(self.with_objects(read_directory(&directory)?))
    }

    /// Replaces the objects of the same kind, namespace and name; adds others.
    pub fn with_objects(mut self, objects: Vec<Value>) -> Self {
        for object in objects {
            let position =
                self.objects.iter().position(|known| identity(known) == identity(&object));
            match position {
                Some(position) => self.objects[position] = object,
                None => self.objects.push(object),
            }
        }
        self
    }

    /// Removes the object that `kind/name` or `kind/namespace/name` names; it
    /// may be missing already.
    pub fn without(mut self, reference: &str) -> Self {
        self.objects.retain(|object| !is_named(object, reference));
        self
    }

    /// Takes the MachineConfigs of a file instead of its own ones of the same
    /// roles. Rendered ones stay.
    pub fn with_machine_configs_from(mut self, file: &Path) -> Result<Self> {
        let read = documents::read(file)?;
        let roles: Vec<String> =
            read.iter().filter_map(|object| label(object, ROLE)).map(str::to_owned).collect();
        self.objects.retain(|object| {
            object["kind"] != "MachineConfig"
                || name(object).starts_with("rendered-")
                || !label(object, ROLE).is_some_and(|role| roles.iter().any(|r| r == role))
        });
        Ok(self.with_objects(read))
    }

    /// Has the cluster tell another version of OpenShift. Nothing else follows:
    /// not the MachineConfigs, not the objects that only some releases have.
    pub fn with_version(mut self, version: &str) -> Self {
        for object in &mut self.objects {
            match object["kind"].as_str() {
                Some("ClusterVersion") => set_cluster_version(object, version),
                Some("ClusterOperator") => set_operator_version(object, version),
                _ if annotation(object, RELEASE).is_some() => {
                    object["metadata"]["annotations"][RELEASE] = version.into();
                }
                _ => {}
            }
        }
        self
    }

    /// The objects, in the order of the files.
    pub fn objects(&self) -> &[Value] {
        &self.objects
    }

    /// The object that `kind/name` or `kind/namespace/name` names.
    pub fn object(&self, reference: &str) -> Option<&Value> {
        self.objects.iter().find(|object| is_named(object, reference))
    }

    /// The version of OpenShift that the cluster says it runs.
    pub fn version(&self) -> Option<&str> {
        self.object("clusterversion/version")?["status"]["desired"]["version"].as_str()
    }

    fn remove_all(&mut self, list: &str) -> Result<()> {
        for line in list.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if !matches!(line.split('/').count(), 2 | 3) {
                bail!("{line} is neither kind/name nor kind/namespace/name");
            }
            self.objects.retain(|object| !is_named(object, line));
        }
        Ok(())
    }
}

fn clusters() -> PathBuf {
    repository().join("tests/fixtures")
}

fn read_directory(directory: &Path) -> Result<Vec<Value>> {
    let files = yaml_files(directory)
        .with_context(|| format!("read the cluster {}", directory.display()))?;
    let mut objects = Vec::new();
    for file in files {
        objects.extend(documents::read(&file)?);
    }
    Ok(objects)
}

fn identity(object: &Value) -> (&str, &str, Option<&str>, &str) {
    let api_version = object["apiVersion"].as_str().unwrap_or_default();
    // The version within the group says nothing of what the object is.
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    (group, object["kind"].as_str().unwrap_or_default(), namespace(object), name(object))
}

fn is_named(object: &Value, reference: &str) -> bool {
    let kind = object["kind"].as_str().unwrap_or_default().to_lowercase();
    let words: Vec<&str> = reference.split('/').collect();
    match *words.as_slice() {
        [wanted, wanted_name] => kind == wanted && name(object) == wanted_name,
        [wanted, wanted_namespace, wanted_name] => {
            kind == wanted
                && namespace(object) == Some(wanted_namespace)
                && name(object) == wanted_name
        }
        _ => false,
    }
}

fn set_cluster_version(object: &mut Value, version: &str) {
    let status = &mut object["status"];
    status["desired"]["version"] = version.into();
    if let Some(newest) = status["history"].get_mut(0) {
        newest["version"] = version.into();
    }
    if let Some(conditions) = status["conditions"].as_array_mut() {
        for condition in conditions {
            if condition["type"] == "Available" || condition["type"] == "Progressing" {
                rewrite_message(condition, version);
            }
        }
    }
}

/// "Done applying 4.16.8" and "Cluster version is 4.16.8" end in the version.
fn rewrite_message(condition: &mut Value, version: &str) {
    let Some((words, last)) =
        condition["message"].as_str().and_then(|message| message.rsplit_once(' '))
    else {
        return;
    };
    if last.starts_with("4.") {
        condition["message"] = format!("{words} {version}").into();
    }
}

fn set_operator_version(object: &mut Value, version: &str) {
    let Some(versions) = object["status"]["versions"].as_array_mut() else {
        return;
    };
    for entry in versions {
        if entry["name"] == "operator" {
            entry["version"] = version.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(kind: &str, name: &str, mark: u32) -> Value {
        json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, "mark": mark})
    }

    #[test]
    fn an_object_replaces_that_of_the_same_name_and_kind() {
        let cluster = Cluster::of(vec![object("Secret", "a", 1), object("Node", "a", 2)])
            .with_objects(vec![object("Node", "a", 3), object("Node", "b", 4)]);
        assert_eq!(
            cluster.objects(),
            [object("Secret", "a", 1), object("Node", "a", 3), object("Node", "b", 4)]
        );
    }

    #[test]
    fn absent_objects_are_removed_and_comments_are_not_names() {
        let mut cluster = Cluster::of(vec![object("Node", "a", 1), object("Node", "b", 2)]);
        cluster.remove_all("# gone\n\nnode/a\n").unwrap();
        assert_eq!(cluster.objects(), [object("Node", "b", 2)]);
        assert!(cluster.remove_all("node").is_err());
    }

    #[test]
    fn every_cluster_loads_and_tells_the_version_it_is_asked_to() {
        for (name, version) in [("4.10", "4.10.67"), ("4.16", "4.16.8"), ("4.20", "4.20.3")] {
            let cluster = Cluster::load(name).unwrap();
            assert_eq!(cluster.version(), Some(version));
            let cluster = cluster.with_version("4.12.40");
            assert_eq!(cluster.version(), Some("4.12.40"), "{name}");
            let master = cluster.object("clusteroperator/machine-config").unwrap();
            assert_eq!(master["status"]["versions"][0]["version"], "4.12.40", "{name}");
        }
    }
}
