//! What is asked of `perf`.

use std::path::PathBuf;
use std::time::Duration;

use http::Uri;

/// What is asked for.
#[derive(Clone, Debug)]
pub struct PerfSettings {
    /// How long a window is.
    pub length: Duration,
    /// How far apart two files are, where the user says so.
    pub apart: Option<Duration>,
    /// How long to wait between two scrapes.
    pub interval: Duration,
    /// Whether to measure once.
    pub mode: Mode,
    /// Which API servers are asked.
    pub servers: Servers,
    /// The files to read instead of a cluster.
    pub files: Option<[PathBuf; 2]>,
    /// Which Prometheus is asked.
    pub prometheus: PrometheusChoice,
    /// Where the report is saved.
    pub save: Option<PathBuf>,
    /// The report to compare with.
    pub compare: Option<PathBuf>,
}

/// How often to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Once.
    Once,
    /// Until a signal comes.
    Watch,
}

/// Which API servers are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Servers {
    /// The one that answers.
    One,
    /// Each by its own address.
    Every,
}

/// Which Prometheus is asked for the members' view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PrometheusChoice {
    /// The cluster's own, by its route.
    #[default]
    Route,
    /// The one at this URL.
    Url(Uri),
    /// None.
    None,
}
