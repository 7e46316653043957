//! The settings of `perf`.

use std::path::PathBuf;
use std::time::Duration;

use http::Uri;

/// The settings of a run.
#[derive(Clone, Debug)]
pub struct PerfSettings {
    /// The length of a window.
    pub length: Duration,
    /// The time between two files, where the user gives it.
    pub apart: Option<Duration>,
    /// The time between two scrapes.
    pub interval: Duration,
    /// The number of windows.
    pub mode: Mode,
    /// The API servers that are asked.
    pub servers: Servers,
    /// The files to read instead of a cluster.
    pub files: Option<[PathBuf; 2]>,
    /// The Prometheus that is asked.
    pub prometheus: PrometheusChoice,
    /// The file that the report is saved in.
    pub save: Option<PathBuf>,
    /// The report to compare with.
    pub compare: Option<PathBuf>,
}

/// The number of windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Once.
    Once,
    /// Until a signal comes.
    Watch,
}

/// The API servers that are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Servers {
    /// The one that answers.
    One,
    /// Each by its own address.
    Every,
}

/// The Prometheus that is asked for the members' view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PrometheusChoice {
    /// The cluster's own, by its route.
    #[default]
    Route,
    /// The one at this URL.
    Url(Uri),
    /// No source.
    None,
}
