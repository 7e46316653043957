//! Reads `/metrics` of the API server, and of each API server by its own address.
//!
//! The answer is parsed while it arrives, and none of it is kept: a large cluster has tens of megabytes.

use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use hyper::body::Body as _;
use jiff::{SignedDuration, Timestamp};
use kube::client::Body;
use kube::config::Config;
use serde_json::Value;
use tokio::time::Instant;

use crate::api::renewable_client::RenewableClient;
use crate::api::retry::{Retry, RetryBudget};
use crate::api::server::Endpoint;
use crate::api::settings::Settings;
use crate::api::{Cluster, ClusterError, Fault, transport};
use crate::perf::scrape::{Scrape, ScrapeReader};

/// The page that is read.
const METRICS: &str = "/metrics";
/// The addresses of the API servers, as the control plane keeps them.
const ENDPOINTS: &str = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes";
/// The time that a connection to an API server's own address may take: from outside of the cluster's network
/// it is not answered at all.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// The most of an error's body that is looked at.
const MOST_OF_AN_ERROR: usize = 64 * 1024;

/// A clock that no correction of the system's clock moves: rates are made of its differences.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    began: Timestamp,
    at: Instant,
}

impl Stopwatch {
    /// Starts it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the time of a scrape, as that of a read")]
    pub fn start() -> Self {
        Self { began: Timestamp::now(), at: Instant::now() }
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.at.elapsed()).unwrap_or_default();
        self.began.checked_add(elapsed).unwrap_or(self.began)
    }
}

/// The reason why an API server cannot be asked by its own address.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EndpointError {
    /// The addresses cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ClusterError),
    /// The connection does not protect credentials.
    #[error("{0}, so credentials are not sent to other addresses")]
    Unprotected(&'static str),
    /// No client can be made for the address.
    #[error("{0}")]
    Client(String),
}

impl Cluster {
    /// Reads the metrics of the API server that answers.
    ///
    /// # Errors
    /// When it does not answer, the user may not, or the answer is no metrics.
    pub async fn scrape(&self, stopwatch: &Stopwatch) -> Result<Scrape, ClusterError> {
        let error = |fault| ClusterError { attempted: format!("reading {METRICS}"), fault };
        let mut budget: Option<RetryBudget> = None;
        loop {
            let held = self.client.held();
            let scraping = scrape(&held.client, stopwatch);
            let (fault, is_connecting) =
                match tokio::time::timeout(self.request_timeout, scraping).await {
                    Ok(Ok(scrape)) => {
                        self.client.reached();
                        return Ok(scrape);
                    }
                    Ok(Err(failed)) => failed,
                    Err(_) => (Fault::Timeout(self.request_timeout), false),
                };
            let fault = fault.at(&self.server);
            if fault.code() == Some(401) && self.client.renew(&held).await {
                continue;
            }
            // A server that never answered is probably the wrong one.
            let is_worth_it = fault.is_passing() && (!is_connecting || self.client.is_reached());
            let budget = budget.get_or_insert_with(|| RetryBudget::of(Retry::Read, self.deadline));
            if !is_worth_it || !budget.pause(None).await {
                return Err(error(fault));
            }
        }
    }

    /// Reads the addresses of all API servers: host and port.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn api_servers(&self) -> Result<Vec<String>, ClusterError> {
        let slice = self.read_path(ENDPOINTS, "endpointslice/kubernetes in default").await?;
        Ok(addresses(&slice))
    }

    /// Connects to one API server by its own address, with the same credentials and under the same name: the
    /// certificate must be the one that the kubeconfig's server has.
    ///
    /// # Errors
    /// When the connection would not be protected, or no client can be made.
    pub async fn at(&self, address: &str) -> Result<Self, EndpointError> {
        let config = toward(self.client.config(), address)?;
        let proxy_origin = self.client.proxy_origin().to_owned();
        let settings = Settings { config, proxy_origin };
        let client = RenewableClient::new(settings, self.notices.clone()).await;
        let client = client.map_err(|error| EndpointError::Client(error.to_string()))?;
        let server = Endpoint { address: address.to_owned(), ..self.server.clone() };
        Ok(Self { client, server, ..self.clone() })
    }
}

/// The settings of a connection to another address of the same server.
fn toward(config: &Config, address: &str) -> Result<Config, EndpointError> {
    if config.cluster_url.scheme_str() != Some("https") {
        return Err(EndpointError::Unprotected(
            "the connection to the API server is not encrypted",
        ));
    }
    if config.accept_invalid_certs {
        return Err(EndpointError::Unprotected("the API server's certificate is not verified"));
    }
    let url: Uri = format!("https://{address}")
        .parse()
        .map_err(|_| EndpointError::Client(format!("{address} is not an address")))?;
    let mut config = config.clone();
    let name = config.cluster_url.host().unwrap_or_default();
    let name = name.trim_start_matches('[').trim_end_matches(']').to_owned();
    config.tls_server_name = config.tls_server_name.or(Some(name));
    config.cluster_url = url;
    config.connect_timeout = Some(CONNECT_TIMEOUT);
    Ok(config)
}

/// The addresses of an `EndpointSlice` with the port `https`, or the only one.
fn addresses(slice: &Value) -> Vec<String> {
    let ports = slice["ports"].as_array().into_iter().flatten();
    let port = ports
        .clone()
        .find(|it| it["name"] == "https")
        .or_else(|| ports.clone().next())
        .and_then(|it| it["port"].as_u64())
        .unwrap_or(6443);
    let endpoints = slice["endpoints"].as_array().into_iter().flatten();
    let hosts = endpoints.flat_map(|it| it["addresses"].as_array().into_iter().flatten());
    let with_port = |host: &str| match host.parse() {
        Ok(IpAddr::V6(host)) => format!("[{host}]:{port}"),
        _ => format!("{host}:{port}"),
    };
    hosts.filter_map(Value::as_str).map(with_port).collect()
}

/// Scrapes once. The second part of an error tells whether there was no connection.
async fn scrape(client: &kube::Client, stopwatch: &Stopwatch) -> Result<Scrape, (Fault, bool)> {
    let failed = |error: &kube::Error| {
        let is_connecting = matches!(
            error, kube::Error::Service(error) if transport::is_connecting(error.as_ref())
        );
        (Fault::from_kube(error, None), is_connecting)
    };
    let request = http::Request::get(METRICS).body(Body::empty());
    let request = request.map_err(|_| (Fault::Answer, false))?;
    let answer = client.send(request).await.map_err(|error| failed(&error))?;
    let read_at = stopwatch.now();
    let (parts, mut body) = answer.into_parts();
    if !parts.status.is_success() {
        let body = at_most(&mut body, MOST_OF_AN_ERROR).await.unwrap_or_default();
        return Err((Fault::from_answer(parts.status, &body, None), false));
    }
    let mut reader = ScrapeReader::default();
    while let Some(bytes) = next(&mut body).await.map_err(|error| failed(&error))? {
        reader.feed(&bytes).map_err(|_| (Fault::Answer, false))?;
    }
    let scrape = reader.finish().map_err(|_| (Fault::Answer, false))?;
    Ok(Scrape { read_at: Some(read_at), ..scrape })
}

/// The next piece of a body.
pub(super) async fn next(body: &mut Body) -> Result<Option<Bytes>, kube::Error> {
    loop {
        let frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context)).await;
        match frame {
            None => return Ok(None),
            Some(Err(error)) => return Err(error),
            Some(Ok(frame)) => {
                // Trailers are none of it.
                if let Ok(bytes) = frame.into_data() {
                    return Ok(Some(bytes));
                }
            }
        }
    }
}

/// A whole body, unless it is longer than that or breaks off.
pub(super) async fn at_most(body: &mut Body, most: usize) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    while let Some(bytes) = next(body).await.ok()? {
        whole.extend_from_slice(&bytes);
        if whole.len() > most {
            return None;
        }
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_endpoint_keeps_the_name_that_its_certificate_has() {
        let at = |url: &str| Config::new(url.parse().unwrap());
        let config = toward(&at("https://api.lab.example.com:6443"), "10.0.0.1:6443").unwrap();
        assert_eq!(config.cluster_url, "https://10.0.0.1:6443");
        assert_eq!(config.tls_server_name.as_deref(), Some("api.lab.example.com"));
        let config = toward(&at("https://[fd00::1]:6443"), "[fd00::2]:6443").unwrap();
        assert_eq!(config.tls_server_name.as_deref(), Some("fd00::1"));
        let mut named = at("https://h");
        named.tls_server_name = Some("given".to_owned());
        let config = toward(&named, "10.0.0.1:6443").unwrap();
        assert_eq!(config.tls_server_name.as_deref(), Some("given"));
    }

    #[test]
    fn no_credentials_leave_unprotected() {
        let plain = Config::new("http://h:8080".parse().unwrap());
        let mut unverified = Config::new("https://h".parse().unwrap());
        unverified.accept_invalid_certs = true;
        for config in [plain, unverified] {
            let refused = toward(&config, "10.0.0.1:6443");
            assert!(matches!(refused, Err(EndpointError::Unprotected(_))));
        }
    }

    #[test]
    fn the_addresses_have_the_port_of_https() {
        let slice = json!({
            "ports": [{"name": "other", "port": 1}, {"name": "https", "port": 6443}],
            "endpoints": [{"addresses": ["10.0.0.1"]}, {"addresses": ["fd00::1"]}, {}],
        });
        assert_eq!(addresses(&slice), ["10.0.0.1:6443", "[fd00::1]:6443"]);
        assert_eq!(addresses(&json!({})), [""; 0]);
    }
}
