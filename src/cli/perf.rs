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

/// Measure how fast etcd is, and what causes its load.
///
/// Reads the metrics of the API server twice and shows what happened in between: how long reads, lists
/// and writes to etcd took, how large the database is, which resources write most, and how that stands
/// to the limits that etcd, Red Hat and Kubernetes document. It needs no privileged pod and no
/// Prometheus. Where Prometheus can be reached, the members' own view comes on top.
///
/// Exits with 5 when a figure of etcd is beyond its limit. docs/perf.md says where each figure and each
/// limit is from.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    # Is etcd the bottleneck now?\n  oc etcd perf\n\n  \
    # Every API server, over five minutes\n  oc etcd perf --all --for 5m\n\n  \
    # Before a change, and after it\n  oc etcd perf --for 5m --save before.json\n  \
    oc etcd perf --for 5m --compare before.json\n\n  \
    # Two scrapes that were saved a minute apart\n  oc get --raw /metrics > one\n  \
    oc get --raw /metrics > two\n  oc etcd perf --from one two --for 1m\n\n  \
    # The members' own view, by a port that is forwarded\n  \
    oc -n openshift-monitoring port-forward prometheus-k8s-0 9090 &\n  \
    oc etcd perf --prometheus http://localhost:9090")]
pub struct Perf {
    /// How long to measure [default: 30s]; with --from: how far the files are apart
    #[arg(long = "for", value_name = "TIME", value_parser = length)]
    pub length: Option<Duration>,
    /// How often to read meanwhile [default: at the end alone]
    #[arg(long, value_name = "TIME", value_parser = length, conflicts_with = "from")]
    pub interval: Option<Duration>,
    /// Measure again and again; -o json writes a line each time
    #[arg(short = 'w', long, conflicts_with_all = ["from", "save", "compare"])]
    pub watch: bool,
    /// Ask every API server by its own address
    #[arg(long, conflicts_with = "from")]
    pub all: bool,
    /// Read two saved scrapes, not a cluster; they may be packed by gzip
    #[arg(long, num_args = 2, value_names = ["FILE1", "FILE2"])]
    pub from: Option<Vec<PathBuf>>,
    /// Ask this Prometheus for the members' view; none asks none
    #[arg(
        long,
        value_name = "URL",
        value_parser = prometheus,
        conflicts_with = "from",
        long_help = "Ask this Prometheus for the members' view, without credentials; none asks none. \
            Unless it is given, the cluster's own is asked by the route thanos-querier in \
            openshift-monitoring, with the user's bearer token"
    )]
    pub prometheus: Option<PrometheusChoice>,
    /// Save the measurement into a new file
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Show the measurement beside one that was saved
    #[arg(long, value_name = "FILE")]
    pub compare: Option<PathBuf>,
}

impl Perf {
    /// Returns what the flags ask for.
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
    if length < SHORTEST { Err("the shortest time is 1s".to_owned()) } else { Ok(length) }
}

fn prometheus(text: &str) -> Result<PrometheusChoice, String> {
    if text == "none" {
        return Ok(PrometheusChoice::None);
    }
    let url: Option<Uri> = text.parse().ok();
    let is_http = |it: &Uri| matches!(it.scheme_str(), Some("http" | "https"));
    let url = url.filter(|it| is_http(it) && it.host().is_some());
    let url = url.ok_or("a URL begins with http:// or https://")?;
    if url.authority().is_some_and(|it| it.as_str().contains('@')) {
        return Err("no credentials are sent to a URL".to_owned());
    }
    Ok(PrometheusChoice::Url(url))
}

#[cfg(test)]
mod tests {
    use super::*;

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
