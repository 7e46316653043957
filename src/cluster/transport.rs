//! The connection to the API server: directly or through a proxy, HTTP/2 where the server offers it.
//!
//! kube's own client speaks HTTP/1.1, where requests side by side take a connection each, and a
//! connection takes two or three round trips to open. Here the first request opens one, and what it
//! negotiated decides for the rest of the run.

use std::error::Error;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response, Uri};
use hyper_rustls::builderstates::WantsProtocols1;
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::client::legacy::{Builder, Client};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::{Body, ClientBuilder, ConfigExt as _};
use kube::config::Config;
use rustls_pki_types::ServerName;
use tokio::sync::{OnceCell, watch};
use tower::{BoxError, Service, ServiceBuilder};
use tower_http::decompression::DecompressionLayer;
use tower_http::timeout::ResponseBodyTimeoutLayer;

use super::Notices;

/// How long an answer may be silent. A watch hears from the server once a minute (bookmarks).
const SILENCE: Duration = Duration::from_secs(150);
/// How long a connection may be silent before it is asked whether it is still there, and how long the
/// answer to that may take; Go's client takes the same.
const PING_AFTER: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(15);

/// What the server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// One request at a time on a connection.
    Http1,
    /// All requests on one connection.
    Http2,
}

/// Tells what the server speaks, as soon as there is a connection.
pub(super) type Opened = watch::Receiver<Option<Protocol>>;

/// Makes the client. A credential plugin runs here, and blocks.
///
/// # Errors
/// When certificates, credentials or the proxy cannot be used.
pub(super) fn client(
    config: &Config,
    notices: &Notices,
) -> Result<(kube::Client, Opened), kube::Error> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let Some(proxy) = &config.proxy_url else { return over(tcp, config, notices) };
    match proxy.scheme_str() {
        Some("socks5") => over(SocksV5::new(proxy.clone(), tcp), config, notices),
        Some("http") => over(tunnel(proxy, tcp), config, notices),
        Some("https") => {
            let tls = https(config, &without_plugin(config))?.enable_http1().wrap_connector(tcp);
            over(tunnel(proxy, tls), config, notices)
        }
        _ => Err(kube::Error::ProxyProtocolUnsupported { proxy_url: Box::new(proxy.clone()) }),
    }
}

/// A tunnel through a proxy, with the user and password that its URL may hold.
fn tunnel<C>(proxy: &Uri, connector: C) -> Tunnel<C> {
    let tunnel = Tunnel::new(proxy.clone(), connector);
    let found = Matcher::builder().all(proxy.to_string()).build();
    let found = found.intercept(&Uri::from_static("https://kubernetes"));
    match found.as_ref().and_then(|it| it.basic_auth()) {
        Some(credentials) => tunnel.with_auth(credentials.clone()),
        None => tunnel,
    }
}

/// The client over a way to connect.
fn over<C>(
    connector: C,
    config: &Config,
    notices: &Notices,
) -> Result<(kube::Client, Opened), kube::Error>
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError>,
{
    let authorization = config.auth_layer()?;
    // It has its token, so the plugin need not run again for a certificate.
    let without_plugin = without_plugin(config);
    let identity = if authorization.is_some() { &without_plugin } else { config };
    let connector = https(config, identity)?.enable_all_versions().wrap_connector(connector);
    let (transport, opened) = Transport::new(connector, config);
    let gzip = DecompressionLayer::new().gzip(!config.disable_compression);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .layer(gzip)
        .map_err(BoxError::from)
        .option_layer(authorization)
        .layer(config.extra_headers_layer()?)
        .layer(ResponseBodyTimeoutLayer::new(SILENCE))
        .service(transport);
    let client = ClientBuilder::new(service, config.default_namespace.clone());
    Ok((client.with_layer(notices).build(), opened))
}

fn without_plugin(config: &Config) -> Config {
    let mut config = config.clone();
    config.auth_info.exec = None;
    config.auth_info.auth_provider = None;
    config
}

/// TLS by the settings of a kubeconfig. `identity` tells which certificate the client shows.
fn https(
    config: &Config,
    identity: &Config,
) -> Result<HttpsConnectorBuilder<WantsProtocols1>, kube::Error> {
    let builder = HttpsConnectorBuilder::new()
        .with_tls_config(identity.rustls_client_config()?)
        .https_or_http();
    let Some(name) = &config.tls_server_name else { return Ok(builder) };
    let name =
        ServerName::try_from(name.clone()).map_err(|error| kube::Error::Service(error.into()))?;
    Ok(builder.with_server_name_resolver(FixedServerNameResolver::new(name)))
}

/// Opens the first connection, and sends everything in the way that it negotiated.
struct Transport<C: Service<Uri>> {
    connector: Prepared<C>,
    server: Uri,
    client: Arc<OnceCell<Client<Prepared<C>, Body>>>,
    opened: Arc<watch::Sender<Option<Protocol>>>,
}

impl<C: Service<Uri> + Clone> Clone for Transport<C> {
    fn clone(&self) -> Self {
        Self {
            connector: self.connector.clone(),
            server: self.server.clone(),
            client: Arc::clone(&self.client),
            opened: Arc::clone(&self.opened),
        }
    }
}

impl<H> Transport<HttpsConnector<H>>
where
    H: Service<Uri> + Clone + Send + Sync + 'static,
    H::Response: Connection + hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    H::Future: Send + 'static,
    H::Error: Into<BoxError>,
{
    fn new(connector: HttpsConnector<H>, config: &Config) -> (Self, Opened) {
        let (opened, receiver) = watch::channel(None);
        let connector =
            Prepared { inner: connector, ready: Arc::default(), timeout: config.connect_timeout };
        let transport = Self {
            connector,
            server: config.cluster_url.clone(),
            client: Arc::default(),
            opened: Arc::new(opened),
        };
        (transport, receiver)
    }

    /// The client, once there is a connection for it. Who comes meanwhile waits for the same one.
    async fn client(mut self) -> Result<Client<Prepared<HttpsConnector<H>>, Body>, BoxError> {
        let cell = Arc::clone(&self.client);
        let client = cell.get_or_try_init(|| async move {
            let stream = self.connector.call(self.server.clone()).await.map_err(Unreached)?;
            let is_http2 = stream.connected().is_negotiated_h2();
            let protocol = if is_http2 { Protocol::Http2 } else { Protocol::Http1 };
            self.connector.keep(stream);
            let client = settings(protocol).build(self.connector);
            self.opened.send_replace(Some(protocol));
            Ok::<_, BoxError>(client)
        });
        client.await.cloned()
    }
}

/// How a protocol is spoken. The windows are hyper's: 2 MiB for a stream and 5 for a connection, so that
/// no MachineConfig waits for one.
fn settings(protocol: Protocol) -> Builder {
    let mut builder = Client::<(), ()>::builder(TokioExecutor::new());
    builder
        .pool_timer(TokioTimer::new())
        .timer(TokioTimer::new())
        .http2_only(protocol == Protocol::Http2)
        .http2_keep_alive_interval(PING_AFTER)
        .http2_keep_alive_timeout(PING_TIMEOUT);
    builder
}

impl<H> Service<Request<Body>> for Transport<HttpsConnector<H>>
where
    H: Service<Uri> + Clone + Send + Sync + 'static,
    H::Response: Connection + hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    H::Future: Send + 'static,
    H::Error: Into<BoxError>,
{
    type Response = Response<hyper::body::Incoming>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let transport = self.clone();
        Box::pin(async move {
            let client = transport.client().await?;
            // Nothing asked here makes the server think for so long.
            let answer = tokio::time::timeout(SILENCE, client.request(request)).await?;
            answer.map_err(BoxError::from)
        })
    }
}

/// A connector that first gives away the connection that was made to learn what the server speaks.
struct Prepared<C: Service<Uri>> {
    inner: C,
    ready: Arc<Mutex<Option<C::Response>>>,
    timeout: Option<Duration>,
}

impl<C: Service<Uri>> Prepared<C> {
    fn keep(&self, stream: C::Response) {
        *self.ready.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream);
    }
}

impl<C: Service<Uri> + Clone> Clone for Prepared<C> {
    fn clone(&self) -> Self {
        let ready = Arc::clone(&self.ready);
        Self { inner: self.inner.clone(), ready, timeout: self.timeout }
    }
}

impl<C> Service<Uri> for Prepared<C>
where
    C: Service<Uri>,
    C::Response: Send + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError>,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        let ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(stream) = ready {
            return Box::pin(futures::future::ready(Ok(stream)));
        }
        let connecting = self.inner.call(server);
        let Some(timeout) = self.timeout else {
            return Box::pin(async move { connecting.await.map_err(Into::into) });
        };
        Box::pin(async move {
            let connected = tokio::time::timeout(timeout, connecting).await?;
            connected.map_err(Into::into)
        })
    }
}

/// There was no connection: nothing can have been carried out.
#[derive(Debug, thiserror::Error)]
#[error("no connection")]
struct Unreached(#[source] BoxError);

/// Whether an error came before there was a connection.
pub(super) fn is_connecting(error: &(dyn Error + 'static)) -> bool {
    error.is::<Unreached>()
        || error
            .downcast_ref::<hyper_util::client::legacy::Error>()
            .is_some_and(hyper_util::client::legacy::Error::is_connect)
}
