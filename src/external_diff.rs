//! Runs the user's own diff program over two directories: what is there, and what `init` would make of it.
//!
//! An edge: no other room writes a file. It is given lines that may be shown and never
//! an object, its directories are for this user alone, and they go when the program ends or a signal comes.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use tempfile::TempDir;

use crate::api::Interrupt;
use crate::api::interrupt::Interrupted;
use crate::diff::ObjectChange;
use crate::model::object::ObjectRef;

/// The interval at which the program is checked for its end.
const PACE: Duration = Duration::from_millis(20);

/// Why there is no answer of the program.
#[derive(Debug, thiserror::Error)]
pub enum ExternalDiffError {
    /// The files for it cannot be written.
    #[error(
        "the files for `{program}`, the diff program of KUBECTL_EXTERNAL_DIFF, could not be written"
    )]
    Files {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// The program does not exist, or may not be run.
    #[error("`{program}`, the diff program of KUBECTL_EXTERNAL_DIFF, could not be run")]
    Run {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// The program ended with another code than 0 (same) or 1 (different).
    #[error("`{program}`, the diff program of KUBECTL_EXTERNAL_DIFF, failed ({status})")]
    Failed {
        /// The program.
        program: String,
        /// The exit status of the program.
        status: ExitStatus,
    },
    /// A signal ended it.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

/// The result of the diff program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffResult {
    /// The files do not differ in anything that the program compares.
    Same,
    /// Something does.
    Differs,
}

/// A diff program with its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExternalDiff {
    program: String,
    arguments: Vec<String>,
}

impl ExternalDiff {
    /// Reads `KUBECTL_EXTERNAL_DIFF` as kubectl does: words between spaces, of which the first is the program
    /// and the others are arguments when they are made of letters, digits, `-` and `=`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ').filter(|word| !word.is_empty());
        let is_plain = |it: char| it.is_ascii_alphanumeric() || "-=".contains(it);
        Some(Self {
            program: words.next()?.to_owned(),
            arguments: words.filter(|it| it.chars().all(is_plain)).map(str::to_owned).collect(),
        })
    }

    /// Runs it over the changes. What it prints is the answer.
    ///
    /// # Errors
    /// When it cannot be run, fails, or is ended by a signal.
    pub async fn run(
        &self,
        changes: &[ObjectChange],
        interrupt: &Interrupt,
    ) -> Result<DiffResult, ExternalDiffError> {
        let program = || self.program.clone();
        let directories = || {
            let (live, merged) = (directory("LIVE-")?, directory("MERGED-")?);
            for change in changes {
                let name = file_name(&change.object);
                write(&live.path().join(&name), change.live.as_deref())?;
                write(&merged.path().join(&name), change.merged.as_deref())?;
            }
            Ok((live, merged))
        };
        let (live, merged) = directories()
            .map_err(|source| ExternalDiffError::Files { program: program(), source })?;
        // As kubectl has it: the directories before the arguments.
        let child = Command::new(&self.program)
            .args([live.path(), merged.path()])
            .args(&self.arguments)
            .spawn();
        let ended = match child {
            Ok(child) => wait(child, interrupt).await?,
            Err(error) => Err(error),
        };
        let status =
            ended.map_err(|source| ExternalDiffError::Run { program: program(), source })?;
        match status.code() {
            Some(0) => Ok(DiffResult::Same),
            Some(1) => Ok(DiffResult::Differs),
            _ => Err(ExternalDiffError::Failed { program: program(), status }),
        }
    }
}

/// Waits for the program. It dies with us: a signal that only we got ends it too.
async fn wait(
    mut child: Child,
    interrupt: &Interrupt,
) -> Result<io::Result<ExitStatus>, Interrupted> {
    loop {
        match child.try_wait() {
            Ok(None) => {}
            Ok(Some(status)) => return Ok(Ok(status)),
            Err(error) => return Ok(Err(error)),
        }
        if let Some(signal) = interrupt.signal() {
            let _gone = child.kill().and_then(|()| child.wait());
            return Err(Interrupted(signal));
        }
        tokio::time::sleep(PACE).await;
    }
}

/// A directory for this user alone, which goes when it is dropped.
fn directory(prefix: &str) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(prefix);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        builder.permissions(std::fs::Permissions::from_mode(0o700));
    }
    builder.tempdir()
}

/// The name that kubectl gives the file of an object: `apps.v1.Deployment.default.nginx`.
fn file_name(object: &ObjectRef) -> String {
    let resource = object.kind.resource();
    let namespace = object.namespace.as_deref().unwrap_or_default();
    let parts = [resource.group, resource.version, resource.kind, namespace, object.name.as_str()];
    parts.join(".").replace('/', "-")
}

/// Writes a file for this user alone. What is not there is an empty file.
fn write(path: &Path, lines: Option<&[String]>) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut text = lines.unwrap_or_default().join("\n");
    if !text.is_empty() {
        text.push('\n');
    }
    options.open(path)?.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::kind::Kind;

    #[test]
    fn the_variable_is_read_as_kubectl_reads_it() {
        let parsed = |text: &str| {
            ExternalDiff::parse(text).map(|it| [vec![it.program], it.arguments].concat().join("|"))
        };
        for (text, expected) in [
            ("colordiff -N -u", Some("colordiff|-N|-u")),
            ("/usr/bin/dyff  between --omit-header", Some("/usr/bin/dyff|between|--omit-header")),
            ("diff --color=always $(x) ;rm a/b", Some("diff|--color=always")),
            ("", None),
            ("  ", None),
        ] {
            assert_eq!(parsed(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_file_is_named_as_kubectl_names_it() {
        let pool = ObjectRef::cluster(Kind::MachineConfigPool, "etcd");
        assert_eq!(
            file_name(&pool),
            "machineconfiguration.openshift.io.v1.MachineConfigPool..etcd"
        );
        let secret = ObjectRef::namespaced(Kind::Secret, "ns", "x");
        assert_eq!(file_name(&secret), ".v1.Secret.ns.x");
    }
}
