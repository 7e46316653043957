//! The connection to the API server, HTTP/2 where the server offers it.
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
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::Connection;
use hyper_util::client::legacy::{Builder, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::Body;
use kube::config::Config;
use tokio::sync::{OnceCell, watch};
use tower::{BoxError, Service};

/// The time for which an answer may be silent. A watch hears from the server once a minute (bookmarks).
pub(crate) const SILENCE: Duration = Duration::from_secs(150);
/// The time for which a connection may be silent before a ping, and the time that the answer to the ping may
/// take; Go's client takes the same.
const PING_AFTER: Duration = Duration::from_secs(30);
const PING_TIMEOUT: Duration = Duration::from_secs(15);

/// The protocol of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/1.1: one request at a time on a connection.
    Http1,
    /// All requests on one connection.
    Http2,
}

/// Tells what the server speaks, as soon as there is a connection.
pub(crate) type Opened = watch::Receiver<Option<Protocol>>;

/// Opens the first connection, and sends everything in the way that it negotiated.
pub(crate) struct Transport<C: Service<Uri>> {
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
    pub(crate) fn new(connector: HttpsConnector<H>, config: &Config) -> (Self, Opened) {
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

/// Returns the settings of a protocol. The windows are hyper's: 2 MiB for a stream and 5 for a connection, so
/// that no MachineConfig waits for one.
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
            let (mut request, mut left) = (request, CONNECTIONS);
            loop {
                left -= 1;
                let copy = copy(&request).filter(|_| left > 0);
                // Nothing asked here makes the server think for so long.
                match (tokio::time::timeout(SILENCE, client.request(request)).await?, copy) {
                    (Err(error), Some(copy)) if is_unprocessed(&error) => request = copy,
                    (answer, _) => return answer.map_err(BoxError::from),
                }
            }
        })
    }
}

/// The number of connections that a request may be sent on, when the server closes them.
const CONNECTIONS: usize = 5;

/// The same request once more, where its body is at hand.
fn copy(request: &Request<Body>) -> Option<Request<Body>> {
    let mut copy = Request::new(request.body().try_clone()?);
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.headers_mut() = request.headers().clone();
    Some(copy)
}

/// Returns whether the server has told that it did nothing about a request: it takes leave of a connection
/// after a refused token, when it ends, and now and then for balance, and names the last request that it took
/// (RFC 9113, sections 6.8 and 8.7).
fn is_unprocessed(error: &(dyn Error + 'static)) -> bool {
    let Some(told) = error.downcast_ref::<h2::Error>() else {
        return error.source().is_some_and(is_unprocessed);
    };
    match told.reason() {
        Some(h2::Reason::NO_ERROR) => told.is_go_away() && told.is_remote(),
        reason => told.is_remote() && reason == Some(h2::Reason::REFUSED_STREAM),
    }
}

/// Returns whether the server has told that a request is malformed (RFC 9113, section 8.1.1), as the same request would
/// be again.
pub(crate) fn is_malformed(error: &(dyn Error + 'static)) -> bool {
    let Some(told) = error.downcast_ref::<h2::Error>() else {
        return error.source().is_some_and(is_malformed);
    };
    told.is_reset() && told.is_remote() && told.reason() == Some(h2::Reason::PROTOCOL_ERROR)
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

/// Returns whether an error came before there was a connection.
pub(crate) fn is_connecting(error: &(dyn Error + 'static)) -> bool {
    error.is::<Unreached>()
        || error
            .downcast_ref::<hyper_util::client::legacy::Error>()
            .is_some_and(hyper_util::client::legacy::Error::is_connect)
}

#[cfg(test)]
mod tests;
