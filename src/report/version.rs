//! Writes the versions.

use std::io::{self, Write};

use serde::Serialize;

use super::Format;
use super::document::{self, Document};
use crate::model::text::printable;

/// The versions of this program and of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Versions {
    /// The version of this program.
    pub client: String,
    /// The API server's Kubernetes version; `None` when it was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The release of OpenShift; `None` when it was not asked, or is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub openshift: Option<String>,
}

/// Writes them in the format that was asked for.
///
/// # Errors
/// Errors of the writer.
pub fn write(versions: &Versions, format: Format, out: &mut impl Write) -> io::Result<()> {
    if matches!(format, Format::Json | Format::Yaml) {
        return document::write(&Document::new("Version", versions), format, out);
    }
    writeln!(out, "Client Version: {}", versions.client)?;
    if let Some(server) = &versions.server {
        writeln!(out, "Kubernetes Version: {}", printable(server))?;
    }
    if let Some(openshift) = &versions.openshift {
        writeln!(out, "OpenShift Version: {}", printable(openshift))?;
    }
    Ok(())
}
