//! Asks Prometheus: by the cluster's own route with the user's token, or by a URL without credentials.
//!
//! The token goes to the host that the cluster's route names, over TLS that is verified, and nowhere else.

use std::time::Duration;

use futures::future::join_all;
use http::Uri;
use kube::client::Body;
use kube::config::{AuthInfo, Config};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::Value;

use super::scrape::at_most;
use crate::api::address::host_and_port;
use crate::api::connect::ProxyVariables;
use crate::api::renewable_client::RenewableClient;
use crate::api::settings::Settings;
use crate::api::{Cluster, Fault, proxy};
use crate::perf::members::{MemberView, Question, Series, questions, series};

/// The route to the cluster's Prometheus, found as `oc adm inspect-alerts` reaches its neighbor.
const ROUTE: &str =
    "/apis/route.openshift.io/v1/namespaces/openshift-monitoring/routes/thanos-querier";
/// The authorities of the router's certificate, which need not be those of the API server's.
const ROUTER_AUTHORITIES: &str =
    "/api/v1/namespaces/openshift-config-managed/configmaps/default-ingress-cert";
/// The time that one question may take. A week of buckets takes Prometheus a second or two.
const QUESTION_TIMEOUT: Duration = Duration::from_secs(30);
/// The time that a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The longest answer that is read, in bytes: some thousand series.
const LONGEST_ANSWER: usize = 4 << 20;

/// The reason why Prometheus was not asked or did not answer. A sentence without its beginning and end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotAsked(String);

fn not_asked(reason: impl Into<String>) -> NotAsked {
    NotAsked(reason.into())
}

impl Cluster {
    /// Asks the cluster's own Prometheus for the members' view, with the user's token.
    ///
    /// # Errors
    /// The reason why it was not asked or did not answer.
    pub async fn members_by_route(&self, proxies: &ProxyVariables) -> Result<MemberView, NotAsked> {
        let config = self.client.config();
        may_send_token(config)?;
        let route = self.read(ROUTE, "route/thanos-querier in openshift-monitoring").await?;
        let mut ingresses = route["status"]["ingress"].as_array().into_iter().flatten();
        let host = ingresses.find_map(|it| it["host"].as_str());
        let host = host.ok_or_else(|| not_asked("route/thanos-querier has no host"))?;
        let url: Uri = format!("https://{host}")
            .parse()
            .map_err(|_| not_asked("route/thanos-querier has an invalid host"))?;
        let router =
            self.read(ROUTER_AUTHORITIES, "the certificate authorities of the router").await;
        let router = router.ok().and_then(|it| it["data"]["ca-bundle.crt"].as_str().map(pem));
        let mut authorities = config.root_cert.clone().unwrap_or_default();
        authorities.extend(router.into_iter().flatten());
        let auth = config.auth_info.clone();
        let mut ours = anonymous(config, url, proxies)?;
        ours.config.root_cert = Some(authorities).filter(|it| !it.is_empty());
        ours.config.auth_info.token = auth.token;
        ours.config.auth_info.token_file = auth.token_file;
        ours.config.auth_info.exec = auth.exec;
        // A router's certificate may be one that the system knows.
        let of_system = of_system(&ours);
        match self.members_at(ours).await {
            Err(QueryFailed::Untrusted(_)) => {
                self.members_at(of_system).await.map_err(QueryFailed::reason)
            }
            other => other.map_err(QueryFailed::reason),
        }
    }

    /// Asks a Prometheus by its URL for the members' view. No credentials are sent.
    ///
    /// # Errors
    /// The reason why it did not answer.
    pub async fn members_by_url(
        &self,
        url: &Uri,
        proxies: &ProxyVariables,
    ) -> Result<MemberView, NotAsked> {
        let of_cluster = anonymous(self.client.config(), url.clone(), proxies)?;
        match self.members_at(of_system(&of_cluster)).await {
            Err(QueryFailed::Untrusted(_)) => {
                self.members_at(of_cluster).await.map_err(QueryFailed::reason)
            }
            other => other.map_err(QueryFailed::reason),
        }
    }

    /// Reads an object of a kind that nothing else of this program reads.
    async fn read(&self, path: &str, what: &str) -> Result<Value, NotAsked> {
        self.read_path(path, what).await.map_err(|error| not_asked(error.to_string()))
    }

    async fn members_at(&self, settings: Settings) -> Result<MemberView, QueryFailed> {
        let url = &settings.config.cluster_url;
        let host = host_and_port(url);
        let path = url.path().trim_end_matches('/').to_owned();
        let renewable = RenewableClient::new(settings, self.notices.clone()).await;
        let renewable = renewable.map_err(|error| QueryFailed::Other(error.to_string()))?;
        let client = renewable.held().client;
        let ask = async |question: Question| {
            let answer = ask(&client, &path, &question).await.map_err(|it| it.at(&host))?;
            Ok::<_, QueryFailed>((question, answer))
        };
        let mut questions = questions().into_iter();
        // The first one goes alone, so that a host that cannot be reached costs one error.
        let Some(first) = questions.next() else { return Err(QueryFailed::Other(String::new())) };
        let mut answers = vec![ask(first).await?];
        for answer in join_all(questions.map(ask)).await {
            answers.push(answer?);
        }
        MemberView::of(&host, &answers)
            .ok_or_else(|| QueryFailed::Other(format!("{host} has no metrics of etcd members")))
    }
}

/// The reason why a Prometheus gave no answers.
enum QueryFailed {
    /// A certificate that is not trusted.
    Untrusted(String),
    /// Another reason.
    Other(String),
}

impl QueryFailed {
    fn reason(self) -> NotAsked {
        let (Self::Untrusted(reason) | Self::Other(reason)) = self;
        NotAsked(reason)
    }

    fn at(self, host: &str) -> Self {
        match self {
            Self::Untrusted(reason) => Self::Untrusted(format!("{host}: {reason}")),
            Self::Other(reason) => Self::Other(format!("{host}: {reason}")),
        }
    }
}

async fn ask(
    client: &kube::Client,
    path: &str,
    question: &Question,
) -> Result<Vec<Series>, QueryFailed> {
    let expression = utf8_percent_encode(&question.expression, NON_ALPHANUMERIC);
    let request = http::Request::get(format!("{path}/api/v1/query?query={expression}"));
    let request = request.body(Body::empty());
    let request = request.map_err(|error| QueryFailed::Other(error.to_string()))?;
    let asking = async {
        let answer = client.send(request).await.map_err(|error| failed(&error))?;
        let (parts, mut body) = answer.into_parts();
        match parts.status.as_u16() {
            200 => Ok(at_most(&mut body, LONGEST_ANSWER).await),
            401 | 403 => Err(QueryFailed::Other(format!(
                "the response is {}: the user needs the cluster role cluster-monitoring-view",
                parts.status
            ))),
            _ => Err(QueryFailed::Other(format!("the response is {}", parts.status))),
        }
    };
    let body = match tokio::time::timeout(QUESTION_TIMEOUT, asking).await {
        Ok(body) => body?,
        Err(_) => return Err(QueryFailed::Other("the request timed out".to_owned())),
    };
    let answer: Option<Value> = body.and_then(|it| serde_json::from_slice(&it).ok());
    let found = answer.as_ref().and_then(series);
    found.ok_or_else(|| QueryFailed::Other("the response is not from Prometheus".to_owned()))
}

fn failed(error: &kube::Error) -> QueryFailed {
    let reason = match Fault::from_kube(error, None) {
        Fault::Connection { cause, .. } => cause,
        other => other.to_string(),
    };
    let is_untrusted = ["certificate", "UnknownIssuer"].iter().any(|it| reason.contains(it));
    if is_untrusted { QueryFailed::Untrusted(reason) } else { QueryFailed::Other(reason) }
}

/// Tells whether the user's token may leave for another host than the API server.
fn may_send_token(config: &Config) -> Result<(), NotAsked> {
    let auth = &config.auth_info;
    if auth.impersonate.is_some() {
        return Err(not_asked("Prometheus does not support impersonation (--as)"));
    }
    if auth.token.is_none() && auth.token_file.is_none() && auth.exec.is_none() {
        return Err(not_asked("the kubeconfig's user has no bearer token"));
    }
    if config.accept_invalid_certs {
        return Err(not_asked("certificates are not verified, so the token is not sent"));
    }
    Ok(())
}

/// Settings for another host, without credentials. The name that the kubeconfig's server has in its
/// certificate is that server's alone.
fn anonymous(config: &Config, url: Uri, proxies: &ProxyVariables) -> Result<Settings, NotAsked> {
    let proxy = proxy::resolve(&url, None, proxies);
    let mut other = config.clone();
    other.proxy_url = proxy.as_ref().map(|it| it.url().map_err(not_asked)).transpose()?;
    other.cluster_url = url;
    other.auth_info = AuthInfo::default();
    other.accept_invalid_certs = false;
    other.tls_server_name = None;
    other.connect_timeout = Some(CONNECT_TIMEOUT);
    let proxy_origin = proxy.map(|it| it.origin).unwrap_or_default();
    Ok(Settings { config: other, proxy_origin })
}

/// Returns the settings with the authorities that the system trusts.
fn of_system(settings: &Settings) -> Settings {
    let mut other = settings.clone();
    (other.config.root_cert, other.config.root_cert_file) = (None, None);
    other
}

/// The certificates of a PEM text, as DER. What is none is passed over: too few authorities refuse too much,
/// never too little.
fn pem(text: &str) -> Vec<Vec<u8>> {
    let certificates = CertificateDer::pem_slice_iter(text.as_bytes());
    certificates.filter_map(|it| it.ok().map(|it| it.to_vec())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_sent_where_there_is_one_and_certificates_are_verified() {
        let token = || {
            let mut config = Config::new("https://h".parse().unwrap());
            config.auth_info.token = Some("t".to_owned().into());
            config
        };
        assert_eq!(may_send_token(&token()), Ok(()));
        let (mut unverified, mut another) = (token(), token());
        unverified.accept_invalid_certs = true;
        another.auth_info.impersonate = Some("a".to_owned());
        let none = Config::new("https://h".parse().unwrap());
        for refused in [none, unverified, another] {
            assert!(may_send_token(&refused).is_err());
        }
    }

    #[test]
    fn nothing_of_the_user_goes_to_a_url() {
        let mut config = Config::new("https://h".parse().unwrap());
        config.auth_info.token = Some("CANARY".to_owned().into());
        config.auth_info.client_key = Some("CANARY".to_owned());
        config.tls_server_name = Some("h".to_owned());
        let url = "http://prometheus:9090".parse().unwrap();
        let other = anonymous(&config, url, &ProxyVariables::default()).unwrap();
        assert_eq!(
            (other.config.auth_info.token.is_none(), other.config.auth_info.client_key),
            (true, None)
        );
        assert_eq!(other.config.tls_server_name, None);
    }

    #[test]
    fn certificates_are_taken_out_of_pem() {
        let text = "x\n-----BEGIN CERTIFICATE-----\nAQI=\n-----END CERTIFICATE-----\n";
        assert_eq!(pem(text), [vec![1, 2]]);
        assert_eq!(pem("none"), [[0; 0]; 0]);
    }
}
