//! Measures a running cluster: scrapes its API servers, and asks meanwhile what else there is to know.

use anyhow::Result;
use futures::future::join_all;
use tokio::time::Instant;

use super::show::show_next;
use crate::api::{Cluster, ClusterError, Fault};
use crate::cluster::scrape::Stopwatch;
use crate::command::Context;
use crate::exit::Exit;
use crate::model::field::Field;
use crate::model::kind::Kind;
use crate::model::names::INFRASTRUCTURE_NAME;
use crate::model::object::{Object, ObjectRef};
use crate::openshift::etcd_quota;
use crate::perf::figures::{ApiServers, Gap, Quota, Surroundings};
use crate::perf::histogram::Histogram;
use crate::perf::members::MemberView;
use crate::perf::report::PerfReport;
use crate::perf::scrape::Operation;
use crate::perf::settings::{PerfSettings, PrometheusChoice, Servers};
use crate::perf::window::{Interruption, Sampling, Window};
use crate::report::quantity;
use crate::terminal::ProgressLine;

/// The number of times that a window may begin anew before it is taken as it is.
const MOST_BEGINNINGS: usize = 3;
const GIB: f64 = 1024.0 * 1024.0 * 1024.0;

/// An API server that is measured.
struct Target {
    cluster: Cluster,
    name: String,
    sampling: Sampling,
}

/// A measurement, from one window to the next.
struct Measuring<'a> {
    settings: &'a PerfSettings,
    context: &'a Context,
    stopwatch: Stopwatch,
    targets: Vec<Target>,
    failed: Vec<Gap>,
    /// The number of API servers of the cluster, or why the number is not known.
    count: Result<usize, Gap>,
}

/// Measures once. The inner error is how the run ends when the user may not measure.
pub(super) async fn measure(
    settings: &PerfSettings,
    context: &Context,
) -> Result<Result<PerfReport, Exit>> {
    let (cluster, interrupt) = context.connect().await?;
    let measuring = async {
        let mut measuring = match begin(settings, context, &cluster).await {
            Ok(measuring) => measuring,
            Err(error) => return refused(error, context).map(Err),
        };
        Ok(Ok(measuring.window(&cluster).await?))
    };
    interrupt.before_writing(Box::pin(measuring)).await?
}

/// Measures one window after the other, until a signal comes.
pub(super) async fn watch(settings: &PerfSettings, context: &Context) -> Result<Exit> {
    let (cluster, mut interrupt) = context.connect().await?;
    let watching = async {
        let mut measuring = match begin(settings, context, &cluster).await {
            Ok(measuring) => measuring,
            Err(error) => return refused(error, context),
        };
        let mut is_first = true;
        loop {
            let report = measuring.window(&cluster).await?;
            show_next(&report, is_first, context)?;
            is_first = false;
        }
    };
    tokio::select! {
        ended = watching => ended,
        signal = interrupt.wait() => Ok(signal.exit()),
    }
}

/// Says in one sentence that the user may not read the metrics.
fn refused(error: ClusterError, context: &Context) -> Result<Exit> {
    if !error.fault.is_code(403) {
        return Err(error.into());
    }
    context.terminal.error(
        "you may not read /metrics of the API server: the role oc-etcd-perf of deploy/rbac.yaml grants this \
         permission",
    );
    context.tell_hint("oc auth can-i get /metrics");
    Ok(Exit::Failed)
}

/// Scrapes each API server that is to be measured for the first time.
async fn begin<'a>(
    settings: &'a PerfSettings,
    context: &'a Context,
    cluster: &Cluster,
) -> Result<Measuring<'a>, ClusterError> {
    let stopwatch = Stopwatch::start();
    let addresses = cluster.api_servers().await;
    let count = match &addresses {
        Ok(found) if !found.is_empty() => Ok(found.len()),
        Ok(_) => Err(Gap::new(
            "number of API servers",
            "endpointslice/kubernetes in default has no address",
        )),
        Err(error) => Err(Gap::new("number of API servers", error.to_string())),
    };
    let mut measuring =
        Measuring { settings, context, stopwatch, targets: Vec::new(), failed: Vec::new(), count };
    if settings.servers == Servers::Every {
        measuring.begin_each(cluster, addresses.unwrap_or_default()).await;
    }
    if measuring.targets.is_empty() {
        let sampling = Sampling::begin(cluster.scrape(&stopwatch).await?);
        let name = "the API server".to_owned();
        measuring.targets.push(Target { cluster: cluster.clone(), name, sampling });
    }
    Ok(measuring)
}

impl Measuring<'_> {
    /// Scrapes every API server by its address. Those that cannot be asked are kept with the reason.
    async fn begin_each(&mut self, cluster: &Cluster, addresses: Vec<String>) {
        let stopwatch = self.stopwatch;
        let ask = async |address: String| {
            let failed = |error: &dyn std::fmt::Display| Gap::new(&address, error.to_string());
            let at = cluster.at(&address).await.map_err(|error| failed(&error))?;
            let scrape = at.scrape(&stopwatch).await.map_err(|error| failed(&error.fault))?;
            Ok(Target { cluster: at, name: address.clone(), sampling: Sampling::begin(scrape) })
        };
        for asked in join_all(addresses.into_iter().map(ask)).await {
            match asked {
                Ok(target) => self.targets.push(target),
                Err(gap) => self.failed.push(gap),
            }
        }
        for it in &self.failed {
            let line = format!("warning: {} is omitted: {}", it.what, it.reason);
            self.context.terminal.tell_line(&line);
        }
        if self.targets.is_empty() {
            let reason = self.count.as_ref().err().map(|it| format!(": {}", it.reason));
            let line = format!(
                "warning: no API server could be reached at its own address; only one API server is \
                 measured{}",
                reason.unwrap_or_default()
            );
            self.context.terminal.tell_line(&line);
        }
    }

    /// Measures one window, and asks meanwhile for the members' view and the quota.
    async fn window(&mut self, cluster: &Cluster) -> Result<PerfReport> {
        let choice = self.settings.prometheus.clone();
        let is_named = matches!(choice, PrometheusChoice::Url(_));
        let proxies = self.context.connection.proxies.clone();
        let asking = async {
            match choice {
                PrometheusChoice::Route => cluster.members_by_route(&proxies).await.map(Some),
                PrometheusChoice::Url(url) => {
                    cluster.members_by_url(&url, &proxies).await.map(Some)
                }
                PrometheusChoice::None => Ok(None),
            }
        };
        let (sampled, members, etcd, name) =
            tokio::join!(self.sample(), Box::pin(asking), etcd(cluster), cluster_name(cluster));
        let (window, interruptions) = sampled?;
        let mut unknown: Vec<Gap> = self.count.as_ref().err().cloned().into_iter().collect();
        let nodes = etcd.as_ref().ok().and_then(etcd_nodes);
        let of_cluster = |it: MemberView| it.of_nodes(nodes.as_deref());
        let members = members.map_err(|it| it.to_string());
        let members = members.and_then(|it| it.map(of_cluster).transpose());
        let members: Option<MemberView> = members.unwrap_or_else(|reason| {
            if is_named {
                let line =
                    format!("warning: the metrics of the members could not be read: {reason}");
                self.context.terminal.tell_line(&line);
            }
            unknown.push(Gap::new("metrics of the members", reason));
            None
        });
        if members.is_some() && nodes.is_none() {
            let reason = "etcd/cluster, which lists the Nodes of the members, is unknown";
            unknown.push(Gap::new("number of members", reason));
        }
        let name = name.map_err(|it| unknown.push(it)).ok().flatten();
        let quota = etcd.and_then(|it| quota(&it)).map_err(|it| unknown.push(it)).ok();
        let api_servers = ApiServers {
            asked: self.targets.len(),
            of: self.count.as_ref().ok().copied(),
            version: None,
            failed: self.failed.clone(),
        };
        let surroundings =
            Surroundings { cluster: name, api_servers, interruptions, quota, members, unknown };
        Ok(PerfReport::new(&window, surroundings))
    }

    /// Scrapes until the window is as long as it is to be.
    async fn sample(&mut self) -> Result<(Window, Vec<Interruption>), ClusterError> {
        let mut progress = self.context.terminal.progress();
        let (length, interval) = (self.settings.length, self.settings.interval);
        let mut interruptions = Vec::new();
        let mut until = Instant::now() + length;
        self.tell(&mut progress);
        loop {
            let next = (Instant::now() + interval).min(until);
            tokio::time::sleep_until(next).await;
            let found = self.scrape_each(&mut progress).await?;
            if !found.is_empty() && interruptions.len() < MOST_BEGINNINGS {
                until = Instant::now() + length;
                self.begin_anew();
            }
            interruptions.extend(found);
            if Instant::now() >= until {
                break;
            }
            self.tell(&mut progress);
        }
        progress.clear();
        let mut windows = self.targets.iter().filter_map(|it| it.sampling.window());
        let window = windows.next().map(|first| {
            windows.fold(first, |mut sum, it| {
                sum.add(it);
                sum
            })
        });
        let last = self.targets.first().map(|it| &it.sampling);
        let since_start =
            |it: &Sampling| Window::since_start(it.last(), it.interruptions().last().copied());
        let window = window.or_else(|| last.map(since_start));
        self.begin_anew();
        window.map(|window| (window, interruptions)).ok_or_else(no_server)
    }

    /// Begins the window of each API server with its last scrape, so that all windows have the same length: rates of
    /// windows of different lengths cannot be added.
    fn begin_anew(&mut self) {
        for it in &mut self.targets {
            it.sampling = it.sampling.clone().next();
        }
    }

    /// Scrapes each API server once more. One that no longer answers is left out from then on.
    async fn scrape_each(
        &mut self,
        progress: &mut ProgressLine,
    ) -> Result<Vec<Interruption>, ClusterError> {
        let stopwatch = self.stopwatch;
        let scrapes = join_all(self.targets.iter().map(|it| it.cluster.scrape(&stopwatch))).await;
        let is_alone = self.targets.len() == 1;
        let mut found = Vec::new();
        let mut kept = Vec::new();
        for (mut target, scrape) in std::mem::take(&mut self.targets).into_iter().zip(scrapes) {
            match scrape {
                Ok(scrape) => {
                    if let Some(it) = target.sampling.take(scrape) {
                        progress.set(&target.name, &format!("{it}; the measurement restarts"));
                        found.push(it);
                    }
                    kept.push(target);
                }
                Err(error) if is_alone => return Err(error),
                Err(error) => self.failed.push(Gap::new(target.name, error.fault.to_string())),
            }
        }
        self.targets = kept;
        if self.targets.is_empty() { Err(no_server()) } else { Ok(found) }
    }

    /// Tells what is measured and for how long, and what was found so far. A live line shows the time that has passed.
    fn tell(&self, progress: &mut ProgressLine) {
        let length = quantity::seconds(self.settings.length.as_secs_f64());
        let windows = self.targets.iter().filter_map(|it| it.sampling.window());
        let writes: Vec<_> = windows.map(|it| it.requests_of(Operation::is_write)).collect();
        let mut all = Histogram::default();
        for it in &writes {
            all.add(it);
        }
        let so_far = all.mean().map(|mean| {
            format!(", {:.0} writes so far, {:.1} ms on average", all.count(), mean * 1000.0)
        });
        let servers = match self.targets.len() {
            1 => "the API server".to_owned(),
            many => format!("{many} API servers"),
        };
        let text = format!("measuring {servers} for {length}{}", so_far.unwrap_or_default());
        progress.set("perf", &text);
    }
}

fn no_server() -> ClusterError {
    let fault = Fault::Answer;
    ClusterError { attempted: "reading /metrics of every API server".to_owned(), fault }
}

/// Reads the name of the cluster, with which a comparison tells two clusters apart. A cluster that is not OpenShift's
/// has none.
async fn cluster_name(cluster: &Cluster) -> Result<Option<String>, Gap> {
    let infrastructure = cluster.get(&ObjectRef::cluster(Kind::Infrastructure, "cluster")).await;
    let infrastructure =
        infrastructure.map_err(|error| Gap::new("name of the cluster", error.to_string()))?;
    let name = infrastructure.and_then(|it| Some(it.text(INFRASTRUCTURE_NAME)?.to_owned()));
    Ok(name.filter(|it| !it.is_empty()))
}

/// Reads what OpenShift's etcd operator tells of etcd.
async fn etcd(cluster: &Cluster) -> Result<Object, Gap> {
    let etcd = cluster.get(&ObjectRef::cluster(Kind::Etcd, "cluster")).await;
    let etcd = etcd.map_err(|error| Gap::new("quota", error.to_string()))?;
    etcd.ok_or_else(|| Gap::new("quota", "etcd/cluster does not exist"))
}

/// Returns the Nodes on which the operator runs a member of etcd. `None` if the operator lists none.
fn etcd_nodes(etcd: &Object) -> Option<Vec<String>> {
    let statuses = etcd.list("/status/nodeStatuses").iter();
    let nodes: Option<Vec<String>> =
        statuses.map(|it| it["nodeName"].as_str().map(str::to_owned)).collect();
    nodes.filter(|it| !it.is_empty())
}

/// Returns the quota that the operator gives etcd.
fn quota(etcd: &Object) -> Result<Quota, Gap> {
    let (quota, source) = match etcd_quota::given(etcd) {
        Field::Known(quota) => (quota, "spec.backendQuotaGiB of etcd/cluster"),
        Field::Absent => (etcd_quota::DEFAULT, "the default of OpenShift's etcd operator"),
        Field::Unknown(why) => return Err(Gap::new("quota", why.to_string())),
    };
    Ok(Quota { bytes: f64::from(quota) * GIB, source: source.to_owned() })
}
