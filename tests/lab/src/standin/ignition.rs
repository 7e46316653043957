//! Ignition's own merge, run as the program that is built with the control
//! plane, and what there is to read in a merged config.

use std::process::Stdio;

use anyhow::{Context, Result, bail};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::binaries;

/// Merges Ignition configs, later ones winning, into one of a given version.
pub async fn merge(configs: &[&Value], version: &str) -> Result<Value> {
    let mut child = Command::new(binaries::program("ignition-merge")?)
        .args(["-version", version])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .context("run ignition-merge")?;
    let mut stdin = child.stdin.take().context("ignition-merge has no stdin")?;
    let input = serde_json::to_vec(configs)?;
    // It reads all before it writes.
    let written = stdin.write_all(&input).await;
    drop(stdin);
    let output = child.wait_with_output().await?;
    if !output.status.success() {
        bail!("{}", String::from_utf8_lossy(&output.stderr).trim());
    }
    written.context("write to ignition-merge")?;
    serde_json::from_slice(&output.stdout).context("read from ignition-merge")
}

/// The contents of a unit, if the config has the unit itself and not only
/// drop-ins for it.
pub fn unit<'a>(ignition: &'a Value, name: &str) -> Option<&'a str> {
    ignition["systemd"]["units"].as_array()?.iter().find(|unit| unit["name"] == name)?["contents"]
        .as_str()
}
