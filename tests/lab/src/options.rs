//! What can be chosen about a control plane before it starts.

use std::path::PathBuf;

use crate::binaries::repository;

/// The choices; `Options::default()` suits tests.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether the directory with the logs stays when the control plane ends.
    pub keep: bool,
    /// The roles of the users and who has them, as files of objects.
    pub rbac: Vec<PathBuf>,
    /// Where to say what happens; nowhere if not set.
    pub progress: Option<fn(&str)>,
    /// The server's feature gates that are not as its version has them: `ConsistentListFromCache=false`.
    pub feature_gates: Vec<&'static str>,
}

#[expect(clippy::disallowed_methods, reason = "a switch for a person, not for the tests")]
impl Default for Options {
    fn default() -> Self {
        Self {
            keep: std::env::var_os("OC_ETCD_LAB_KEEP").is_some_and(|value| value != "0"),
            rbac: ["deploy/rbac.yaml", "tests/lab/bindings.yaml"]
                .map(|file| repository().join(file))
                .to_vec(),
            progress: None,
            feature_gates: Vec::new(),
        }
    }
}

impl Options {
    /// Tells the progress, if anybody wants to know.
    pub fn say(&self, message: &str) {
        if let Some(say) = self.progress {
            say(message);
        }
    }
}
