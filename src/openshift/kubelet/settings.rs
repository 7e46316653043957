//! `registerWithTaints` of the kubelet's configuration file, which counts where no flag has taints:
//! the file of `--config`, then those of `--config-dir` in the order of their names, each of which
//! replaces the list (kubernetes `mergeKubeletConfigurations`; the flag is read once more after them).

use serde_json::Value;

use super::command::{FlagItem, KubeletCommand};
use super::merged::{File, Merged};
use super::{KubeletDoubt, Provenance};
use crate::model::field::{Field, Unknown};
use crate::model::yaml;

/// The taints of the configuration files. A file that no MachineConfig holds brings none.
pub(crate) fn taints(
    merged: &Merged<'_>,
    command: &KubeletCommand,
) -> Result<Vec<FlagItem>, KubeletDoubt> {
    let mut taints = Vec::new();
    for (settings, provenance) in documents(merged, command)? {
        if settings["registerNode"] == false {
            let why = "prevents the kubelet from registering a Node";
            return Err(KubeletDoubt::about(&provenance, why));
        }
        let not_understood = || KubeletDoubt::Unknown(provenance.clone(), Unknown::NotUnderstood);
        match &settings["registerWithTaints"] {
            Value::Null => {}
            Value::Array(list) => {
                let items = list.iter().map(|it| item(it, &provenance).ok_or_else(not_understood));
                taints = items.collect::<Result<Vec<_>, _>>()?;
            }
            _ => return Err(not_understood()),
        }
    }
    Ok(taints)
}

/// The configuration files, a later one of which replaces the settings of an earlier one.
pub(crate) fn documents(
    merged: &Merged<'_>,
    command: &KubeletCommand,
) -> Result<Vec<(Value, Provenance)>, KubeletDoubt> {
    let mut paths: Vec<String> = command.config.iter().cloned().collect();
    if let Some(directory) = &command.config_directory {
        let folder = format!("{}/", directory.trim_end_matches('/'));
        let inside =
            merged.paths(&folder).into_iter().filter(|it| it.strip_suffix(".conf").is_some());
        paths.extend(inside.map(str::to_owned));
    }
    let mut documents = Vec::new();
    for path in paths {
        let Some(file) = merged.file(&path)? else { continue };
        if let Some(document) = document(&file)? {
            documents.push((document, file.provenance));
        }
    }
    Ok(documents)
}

pub(super) fn document(file: &File) -> Result<Option<Value>, KubeletDoubt> {
    let text = match &file.text {
        Field::Absent => return Ok(None),
        Field::Known(text) => text,
        Field::Unknown(why) => return Err(KubeletDoubt::Unknown(file.provenance.clone(), *why)),
    };
    let not_understood = || KubeletDoubt::Unknown(file.provenance.clone(), Unknown::NotUnderstood);
    let documents = yaml::documents(text).map_err(|_| not_understood())?;
    match &documents[..] {
        [settings] if settings.is_object() => Ok(Some(settings.clone())),
        _ => Err(not_understood()),
    }
}

/// A taint, written as the flag has it.
fn item(taint: &Value, provenance: &Provenance) -> Option<FlagItem> {
    let (key, effect) = (taint["key"].as_str()?, taint["effect"].as_str()?);
    let text = format!("{key}=:{effect}");
    Some(FlagItem { text, provenance: provenance.clone() })
}
