//! The sockets of the fault server: accepting, TLS, and how a connection ends.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use anyhow::Result;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, crypto};

use super::{Speaks, State, handle};
use crate::certificates::Identity;

/// How a connection is to end: set by a handler, obeyed when the socket closes.
#[derive(Clone, Default)]
pub(super) struct Fate {
    is_reset: Arc<AtomicBool>,
    ending: Arc<Notify>,
    /// The fate that it shares with all others.
    all: Option<Arc<AtomicBool>>,
}

impl Fate {
    /// The connection will end with a reset, not in good order.
    pub(super) fn reset(&self) {
        self.is_reset.store(true, Ordering::SeqCst);
        self.ending.notify_one();
    }

    /// Waits until the connection is to end.
    async fn ended(&self) {
        self.ending.notified().await;
    }

    fn is_reset(&self) -> bool {
        let is_set = |it: &Arc<AtomicBool>| it.load(Ordering::SeqCst);
        is_set(&self.is_reset) || self.all.as_ref().is_some_and(is_set)
    }
}

/// A socket that knows how it is to end.
struct Wire {
    stream: TcpStream,
    fate: Fate,
    state: Arc<State>,
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.fate.is_reset() {
            // What fails here is already closed.
            let _set = self.stream.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.state.log.received(buffer.filled().len() - before);
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(count)) = &written {
            self.state.log.sent(*count);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.fate.is_reset() {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// HTTP/2, as TLS negotiates it.
const HTTP2: &[u8] = b"h2";

/// What it takes to speak TLS.
#[derive(Clone)]
pub(super) struct Tls(TlsAcceptor);

impl Tls {
    /// Shows a certificate, and asks for none.
    pub(super) fn new(identity: &Identity, speaks: Speaks) -> Result<Self> {
        let certificate = CertificateDer::from_pem_slice(identity.certificate.as_bytes())?;
        let key = PrivateKeyDer::from_pem_slice(identity.key.as_bytes())?;
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()?
                .with_no_client_auth()
                .with_single_cert(vec![certificate], key)?;
        if speaks == Speaks::Http2 {
            config.alpn_protocols = vec![HTTP2.to_vec(), b"http/1.1".to_vec()];
        }
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }
}

/// Takes connections for ever, but for the times for which it is told to be away. Those that are open
/// end with it.
pub(super) async fn accept(
    mut listener: TcpListener,
    tls: Option<Tls>,
    state: Arc<State>,
    mut absences: UnboundedReceiver<Duration>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    loop {
        let open = Fate::default();
        let taking = take(&listener, tls.as_ref(), &state, &open);
        let told = async {
            let time = absences.recv().await;
            // Before the connections end with the future that serves them.
            open.reset();
            time
        };
        let time = tokio::select! {
            () = taking => return Ok(()),
            Some(time) = told => time,
        };
        drop(listener);
        tokio::time::sleep(time).await;
        listener = TcpListener::bind(address).await?;
    }
}

/// Takes connections that share a fate.
async fn take(listener: &TcpListener, tls: Option<&Tls>, state: &Arc<State>, open: &Fate) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        state.log.connected();
        // An answer goes out at once, even half of one.
        let _set = stream.set_nodelay(true);
        connections.spawn(connection(stream, tls.cloned(), Arc::clone(state), open.clone()));
        while connections.try_join_next().is_some() {}
    }
}

async fn connection(stream: TcpStream, tls: Option<Tls>, state: Arc<State>, all: Fate) {
    let fate = Fate { all: Some(all.is_reset), ..Fate::default() };
    let wire = Wire { stream, fate: fate.clone(), state: Arc::clone(&state) };
    match tls {
        None => serve(wire, Speaks::Http1, fate, state).await,
        Some(tls) => {
            // A client that does not like the certificate goes away; that is what some tests are about.
            if let Ok(stream) = tls.0.accept(wire).await {
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(HTTP2);
                let speaks = if is_http2 { Speaks::Http2 } else { Speaks::Http1 };
                serve(stream, speaks, fate, state).await;
            }
        }
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    speaks: Speaks,
    fate: Fate,
    state: Arc<State>,
) {
    let told = fate.clone();
    let service =
        service_fn(move |request| handle::answer(Arc::clone(&state), told.clone(), request));
    let stream = TokioIo::new(stream);
    // It ends with an error wherever a fault breaks it off.
    match speaks {
        Speaks::Http1 => {
            let _ended = http1::Builder::new().serve_connection(stream, service).await;
        }
        Speaks::Http2 => {
            let serving =
                http2::Builder::new(TokioExecutor::new()).serve_connection(stream, service);
            // A reset ends the connection with all that is under way on it, as a load balancer does.
            tokio::select! {
                _ended = serving => {}
                () = fate.ended() => {}
            }
        }
    }
}
