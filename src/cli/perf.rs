//! `oc etcd perf`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use http::Uri;

use super::write;
use crate::perf::settings::{Mode, PerfSettings, PrometheusChoice, Servers};

/// The length of a window unless a flag gives it.
const LENGTH: Duration = Duration::from_secs(30);
/// The shortest window and the shortest pause between two scrapes.
const SHORTEST: Duration = Duration::from_secs(1);

/// Measure the performance and the load of etcd.
///
/// Reads the metrics of the API server at the start and at the end of an interval. Shows the latency of
/// reads, lists and writes, the size of the database, and the resources with the most writes, and compares
/// the values with the limits that etcd, Red Hat and Kubernetes document. No privileged pod and no
/// Prometheus are required. If Prometheus is reachable, the metrics of the etcd members are included.
///
/// Exits with 5 if a value exceeds its limit. docs/perf.md lists the sources of all values and limits.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # Measure etcd for 30 seconds\n  oc etcd perf\n\n  \
    # Measure through all API servers for five minutes\n  oc etcd perf --all --for 5m\n\n  \
    # Compare the performance before and after a change\n  oc etcd perf --for 5m --save before.json\n  \
    oc etcd perf --for 5m --compare before.json\n\n  \
    # Read two metrics files that were saved one minute apart\n  oc get --raw /metrics > one\n  \
    oc get --raw /metrics > two\n  oc etcd perf --from one two --for 1m\n\n  \
    # Include the metrics of the etcd members through a forwarded port\n  \
    oc -n openshift-monitoring port-forward prometheus-k8s-0 9090 &\n  \
    oc etcd perf --prometheus http://localhost:9090")]
pub struct Perf {
    /// Length of the measurement [default: 30s]; with --from: time between the files
    #[arg(long = "for", value_name = "TIME", value_parser = length)]
    pub length: Option<Duration>,
    /// Interval of additional readings [default: none]
    #[arg(long, value_name = "TIME", value_parser = length, conflicts_with = "from")]
    pub interval: Option<Duration>,
    /// Measure repeatedly; -o json prints one line per measurement
    #[arg(short = 'w', long, conflicts_with_all = ["from", "save", "compare"])]
    pub watch: bool,
    /// Measure every API server at its own address
    #[arg(long, conflicts_with = "from")]
    pub all: bool,
    /// Read two saved metrics files instead of a cluster; gzip is supported
    #[arg(long, num_args = 2, action = clap::ArgAction::Set, value_names = ["FILE1", "FILE2"])]
    pub from: Option<Vec<PathBuf>>,
    /// URL of the Prometheus with the metrics of the members; `none` disables it
    #[arg(
        long,
        value_name = "URL",
        value_parser = prometheus,
        conflicts_with = "from",
        long_help = "URL of the Prometheus that has the metrics of the etcd members; `none` disables these \
            metrics. No credentials are sent to this URL. By default, the Prometheus of the cluster is queried through the route thanos-querier in openshift-monitoring with the user's bearer token"
    )]
    pub prometheus: Option<PrometheusChoice>,
    /// Save the measurement to a new file
    #[arg(long, value_name = "FILE", value_parser = new_file)]
    pub save: Option<PathBuf>,
    /// Compare the measurement with a saved measurement
    #[arg(long, value_name = "FILE")]
    pub compare: Option<PathBuf>,
}

impl Perf {
    /// Returns the request of the flags.
    #[must_use]
    pub fn settings(self) -> PerfSettings {
        let files = self.from.and_then(|files| <[PathBuf; 2]>::try_from(files).ok());
        let length = self.length.unwrap_or(LENGTH);
        PerfSettings {
            apart: self.length,
            length,
            interval: self.interval.unwrap_or(length),
            mode: if self.watch { Mode::Watch } else { Mode::Once },
            servers: if self.all { Servers::Every } else { Servers::One },
            files,
            prometheus: self.prometheus.unwrap_or_default(),
            save: self.save,
            compare: self.compare,
        }
    }
}

fn length(text: &str) -> Result<Duration, String> {
    let length = write::timeout(text)?;
    if length < SHORTEST { Err("the minimum is 1s".to_owned()) } else { Ok(length) }
}

/// A measurement is shown while it is saved: standard output has the text for people.
fn new_file(text: &str) -> Result<PathBuf, String> {
    match text {
        "-" => Err("must be the name of a file; `-o json` prints the measurement".to_owned()),
        _ => Ok(PathBuf::from(text)),
    }
}

fn prometheus(text: &str) -> Result<PrometheusChoice, String> {
    if text == "none" {
        return Ok(PrometheusChoice::None);
    }
    let url: Option<Uri> = text.parse().ok();
    let is_http = |it: &Uri| matches!(it.scheme_str(), Some("http" | "https"));
    let url = url.filter(|it| is_http(it) && it.host().is_some());
    let url = url.ok_or("the URL must begin with http:// or https://")?;
    if url.authority().is_some_and(|it| it.as_str().contains('@')) {
        return Err("the URL must not contain credentials".to_owned());
    }
    Ok(PrometheusChoice::Url(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_measurement_is_not_saved_in_a_file_with_the_name_of_standard_output() {
        assert!(new_file("-").is_err());
        assert_eq!(new_file("./-"), Ok(PathBuf::from("./-")));
    }

    #[test]
    fn a_prometheus_is_a_url_without_credentials() {
        for text in ["prometheus:9090", "ftp://h", "https://me:secret@h", "", "http://"] {
            assert!(prometheus(text).is_err(), "{text}");
        }
        assert_eq!(prometheus("none"), Ok(PrometheusChoice::None));
        assert!(matches!(prometheus("http://[::1]:9090/path"), Ok(PrometheusChoice::Url(_))));
    }

    #[test]
    fn a_window_has_at_least_a_second() {
        assert!(length("0").is_err() && length("999ms").is_err());
        assert_eq!(length("1s"), Ok(SHORTEST));
    }
}
