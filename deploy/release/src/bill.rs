//! The bill of materials of one program: `CycloneDX` 1.6, as JSON.

use anyhow::Result;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::checksums::sha256;
use crate::crates::{Crate, Crates};

/// Lists the program, with the digest of its file, and every crate in it.
pub fn cyclonedx(crates: &Crates, program: &[u8], time: Timestamp) -> Result<Vec<u8>> {
    let mut own = component(&crates.root, "application");
    own["hashes"] = json!([{ "alg": "SHA-256", "content": sha256(program) }]);
    let others: Vec<Value> = crates.others.iter().map(|it| component(it, "library")).collect();
    let needs: Vec<Value> = crates
        .needs
        .iter()
        .map(|(name, needs)| json!({ "ref": name, "dependsOn": needs }))
        .collect();
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": { "timestamp": time.to_string(), "component": own },
        "components": others,
        "dependencies": needs,
    });
    let mut text = serde_json::to_vec_pretty(&document)?;
    text.push(b'\n');
    Ok(text)
}

fn component(package: &Crate, kind: &str) -> Value {
    json!({
        "type": kind,
        "bom-ref": package.purl(),
        "name": package.name,
        "version": package.version,
        "licenses": [{ "expression": package.license }],
        "purl": package.purl(),
    })
}
