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
    let mut paths: Vec<String> = command.config.iter().cloned().collect();
    if let Some(directory) = &command.config_directory {
        let folder = format!("{}/", directory.trim_end_matches('/'));
        let inside =
            merged.paths(&folder).into_iter().filter(|it| it.strip_suffix(".conf").is_some());
        paths.extend(inside.map(str::to_owned));
    }
    let mut taints = Vec::new();
    for path in paths {
        let Some(file) = merged.file(&path)? else { continue };
        if let Some(found) = of_file(&file)? {
            taints = found;
        }
    }
    Ok(taints)
}

fn of_file(file: &File) -> Result<Option<Vec<FlagItem>>, KubeletDoubt> {
    let text = match &file.text {
        Field::Absent => return Ok(None),
        Field::Known(text) => text,
        Field::Unknown(why) => return Err(KubeletDoubt::Unknown(file.provenance.clone(), *why)),
    };
    let not_understood = || KubeletDoubt::Unknown(file.provenance.clone(), Unknown::NotUnderstood);
    let documents = yaml::documents(text).map_err(|_| not_understood())?;
    let [settings] = &documents[..] else { return Err(not_understood()) };
    if !settings.is_object() {
        return Err(not_understood());
    }
    if settings["registerNode"] == false {
        return Err(KubeletDoubt::about(
            &file.provenance,
            "prevents the kubelet from registering a Node",
        ));
    }
    match &settings["registerWithTaints"] {
        Value::Null => Ok(None),
        Value::Array(list) => list
            .iter()
            .map(|it| item(it, &file.provenance).ok_or_else(not_understood))
            .collect::<Result<Vec<_>, _>>()
            .map(Some),
        _ => Err(not_understood()),
    }
}

/// A taint, written as the flag has it.
fn item(taint: &Value, provenance: &Provenance) -> Option<FlagItem> {
    let (key, effect) = (taint["key"].as_str()?, taint["effect"].as_str()?);
    let text = format!("{key}=:{effect}");
    Some(FlagItem { text, provenance: provenance.clone(), is_by_variable: false })
}
