//! The crates that are in the program of a platform, as cargo resolves them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::repository;

/// One crate of the program.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crate {
    /// The name in the registry.
    pub name: String,
    /// The version.
    pub version: String,
    /// The license, as an SPDX expression.
    pub license: String,
    /// Where its sources are.
    pub directory: PathBuf,
}

/// The program's own crate, all others in it, and who needs whom.
#[derive(Debug)]
pub struct Crates {
    /// Our own.
    pub root: Crate,
    /// The others, sorted.
    pub others: Vec<Crate>,
    /// For each crate, by name and version, what it depends on.
    pub needs: BTreeMap<String, BTreeSet<String>>,
}

impl Crate {
    fn read(package: &Value) -> Result<Self> {
        let word = |key: &str| package[key].as_str().map(str::to_owned);
        let manifest = word("manifest_path").context("a package has no manifest")?;
        Ok(Self {
            name: word("name").context("a package has no name")?,
            version: word("version").context("a package has no version")?,
            // The old way to write a choice.
            license: word("license").unwrap_or_default().replace('/', " OR "),
            directory: Path::new(&manifest).parent().context("no directory")?.to_owned(),
        })
    }

    /// The package URL.
    pub fn purl(&self) -> String {
        format!("pkg:cargo/{}@{}", self.name, self.version)
    }
}

impl Crates {
    /// Asks cargo, for a target of rustc.
    pub fn resolve(triple: &str) -> Result<Self> {
        Self::read(&metadata(&["--filter-platform", triple])?)
    }

    /// Follows the dependencies from our own crate. Those of build scripts, of tests, and crates that run in
    /// the compiler, are not in the program.
    pub fn read(metadata: &Value) -> Result<Self> {
        let by_id = |list: &'_ Value| -> BTreeMap<String, Value> {
            let items = list.as_array().into_iter().flatten();
            items.map(|it| (it["id"].as_str().unwrap_or_default().to_owned(), it.clone())).collect()
        };
        let packages = by_id(&metadata["packages"]);
        let nodes = by_id(&metadata["resolve"]["nodes"]);
        let root = metadata["resolve"]["root"].as_str().context("cargo names no root package")?;
        let mut found = BTreeMap::new();
        let mut needs = BTreeMap::new();
        let mut waiting = vec![root.to_owned()];
        while let Some(id) = waiting.pop() {
            if found.contains_key(&id) {
                continue;
            }
            let package = Crate::read(packages.get(&id).context("an unknown package")?)?;
            let edges = nodes.get(&id).and_then(|it| it["deps"].as_array()).into_iter().flatten();
            let ids = edges
                .filter(|edge| is_normal(edge))
                .filter_map(|edge| edge["pkg"].as_str())
                .filter(|id| packages.get(*id).is_some_and(|it| !runs_in_the_compiler(it)));
            let ids: Vec<String> = ids.map(str::to_owned).collect();
            let names =
                ids.iter().filter_map(|id| Some(Crate::read(packages.get(id)?).ok()?.purl()));
            needs.insert(package.purl(), names.collect());
            found.insert(id, package);
            waiting.extend(ids);
        }
        let root = found.remove(root).context("no root package")?;
        let mut others: Vec<Crate> = found.into_values().collect();
        others.sort();
        Ok(Self { root, others, needs })
    }
}

/// The version that is released: the one in Cargo.toml.
pub fn version() -> Result<String> {
    let metadata = metadata(&["--no-deps"])?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let own = packages.filter(|it| it["name"] == "oc-etcd").find_map(|it| it["version"].as_str());
    Ok(own.context("cargo knows no package oc-etcd")?.to_owned())
}

fn metadata(arguments: &[&str]) -> Result<Value> {
    let output = Command::new("cargo")
        .args(["metadata", "--format-version=1", "--locked"])
        .args(arguments)
        .current_dir(repository())
        .output()
        .context("run cargo metadata")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn is_normal(edge: &Value) -> bool {
    edge["dep_kinds"].as_array().into_iter().flatten().any(|kind| kind["kind"].is_null())
}

fn runs_in_the_compiler(package: &Value) -> bool {
    let targets = package["targets"].as_array().into_iter().flatten();
    let mut kinds = targets.flat_map(|it| it["kind"].as_array().into_iter().flatten());
    kinds.any(|kind| kind == "proc-macro")
}
