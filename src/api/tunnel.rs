//! The way through an HTTP proxy, and the errors of proxies, which name the proxy.
//!
//! hyper-util's tunnel tells neither the status with which a proxy refuses nor the proxy, and connects to port 443
//! for a URL of plain HTTP.

use std::error::Error;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tower::{BoxError, Service};

use super::address::host_and_port;
use super::{certificates, proxy};
use crate::system;

/// The longest head of a proxy's answer, in bytes.
const LONGEST_HEAD: usize = 8192;

/// A proxy, and the place that its URL comes from.
#[derive(Clone)]
pub(crate) struct Proxied {
    url: Uri,
    origin: String,
}

impl Proxied {
    pub(crate) fn new(url: &Uri, origin: &str) -> Self {
        Self { url: url.clone(), origin: origin.to_owned() }
    }

    /// An error of a way through this proxy: the proxy cannot be reached, or says that it cannot go on.
    pub(crate) fn fault(&self, error: &(dyn Error + 'static)) -> ProxyFault {
        let mut all = std::iter::successors(Some(error), |it| (**it).source());
        if let Some(words) = certificates::explain(error) {
            // The error is the one of the connection to the proxy.
            return self.says(&format!("failed: {}", words.replace("the server", "the proxy")));
        }
        let is_unreached = all.any(<dyn Error>::is::<io::Error>);
        let last = std::iter::successors(Some(error), |it| (**it).source()).last();
        let words = system::plain(&last.unwrap_or(error).to_string());
        let words = words.trim_start_matches("SOCKS error: ");
        // hyper-util's error for SOCKS does not have the error of the connection among its causes.
        if words == "failed to create underlying connection" {
            return self.says("could not be reached");
        }
        if is_unreached {
            return self.says(&format!("could not be reached: {words}"));
        }
        // The words of the library for each refusal of a user and a password.
        let refusals =
            ["credentials not accepted", "user/pass authentication", "authentication incorrectly"];
        let is_refusal = refusals.iter().any(|it| words.contains(it));
        let text = if is_refusal { CREDENTIALS.to_owned() } else { format!("failed: {words}") };
        ProxyFault { is_of_credentials: is_refusal, ..self.says(&text) }
    }

    fn says(&self, text: &str) -> ProxyFault {
        let scheme = self.url.scheme_str().unwrap_or_default();
        let (proxy, origin) = (host_and_port(&self.url), &self.origin);
        let text = format!("the proxy {scheme}://{proxy} ({origin}) {text}");
        ProxyFault { text, is_of_credentials: false }
    }

    /// Asks the proxy for a tunnel.
    async fn open<S>(&self, stream: S, target: &Uri) -> Result<S, ProxyFault>
    where
        S: hyper::rt::Read + hyper::rt::Write + Unpin,
    {
        let port = if target.scheme_str() == Some("http") { 80 } else { 443 };
        let (host, port) = (target.host().unwrap_or_default(), target.port_u16().unwrap_or(port));
        let mut request = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n");
        if let Some((user, password)) = proxy::credentials(&self.url) {
            let credentials = STANDARD.encode(format!("{user}:{password}"));
            request.push_str(&format!("Proxy-Authorization: Basic {credentials}\r\n"));
        }
        request.push_str("\r\n");
        let mut stream = TokioIo::new(stream);
        let answer = async {
            stream.write_all(request.as_bytes()).await?;
            stream.flush().await?;
            let mut head = Vec::new();
            // What follows the head is the server's.
            while !head.ends_with(b"\r\n\r\n") && head.len() < LONGEST_HEAD {
                head.push(stream.read_u8().await?);
            }
            Ok::<_, io::Error>(head)
        };
        let answer = answer.await.map_err(|error| {
            let words = match error.kind() {
                io::ErrorKind::UnexpectedEof => {
                    "closed the connection without an answer".to_owned()
                }
                _ => format!("broke the connection: {}", system::words(&error)),
            };
            self.says(&words)
        })?;
        match status(&answer) {
            Some(StatusCode::OK) => Ok(stream.into_inner()),
            Some(StatusCode::PROXY_AUTHENTICATION_REQUIRED) => {
                Err(ProxyFault { is_of_credentials: true, ..self.says(CREDENTIALS) })
            }
            Some(status) => {
                let text =
                    format!("refused the connection to {host}:{port} with the status {status}");
                Err(self.says(&text))
            }
            None => Err(self.says("did not answer as an HTTP proxy")),
        }
    }
}

const CREDENTIALS: &str =
    "requires a user and password, or rejected the user and password of its URL";

/// The status in the head of an answer.
fn status(head: &[u8]) -> Option<StatusCode> {
    let line = head.strip_prefix(b"HTTP/1.")?;
    StatusCode::from_bytes(line.get(2..5)?).ok()
}

/// An error of a proxy. Names the proxy without its user and password.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{text}")]
pub(crate) struct ProxyFault {
    text: String,
    is_of_credentials: bool,
}

impl ProxyFault {
    /// Returns whether the proxy refused its user and password: the same again would be refused again.
    pub(crate) const fn is_of_credentials(&self) -> bool {
        self.is_of_credentials
    }
}

/// A connector through an HTTP proxy.
#[derive(Clone)]
pub(crate) struct Tunnel<C> {
    proxy: Proxied,
    inner: C,
}

impl<C> Tunnel<C> {
    pub(crate) const fn new(proxy: Proxied, inner: C) -> Self {
        Self { proxy, inner }
    }
}

impl<C> Service<Uri> for Tunnel<C>
where
    C: Service<Uri>,
    C::Response: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError>,
{
    type Response = C::Response;
    type Error = ProxyFault;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, ProxyFault>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), ProxyFault>> {
        let ready = self.inner.poll_ready(context);
        ready.map_err(|error| self.proxy.fault(error.into().as_ref()))
    }

    fn call(&mut self, target: Uri) -> Self::Future {
        let (connecting, proxy) = (self.inner.call(self.proxy.url.clone()), self.proxy.clone());
        Box::pin(async move {
            let stream = connecting.await.map_err(|error| proxy.fault(error.into().as_ref()))?;
            proxy.open(stream, &target).await
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use hyper_util::client::legacy::connect::HttpConnector;

    use super::*;

    /// A proxy that gives one answer to one client, and what the client asked.
    fn proxy(answer: &'static str) -> (Uri, std::thread::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://me:CANARY@{}", listener.local_addr().unwrap()).parse().unwrap();
        let asked = std::thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                client.read_exact(&mut byte).unwrap();
                head.push(byte[0]);
            }
            client.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(head).unwrap()
        });
        (url, asked)
    }

    async fn told(url: &Uri, target: &'static str) -> String {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        let mut tunnel = Tunnel::new(Proxied::new(url, "HTTPS_PROXY"), tcp);
        let fault = tunnel.call(Uri::from_static(target)).await.err();
        fault.map(|it| it.to_string()).unwrap_or_default()
    }

    #[tokio::test]
    async fn a_proxy_that_refuses_is_named_with_its_status() {
        const API: &str = "https://api.example:6443";
        for (answer, expected) in [
            ("HTTP/1.1 200 Connection established\r\n\r\n", ""),
            ("HTTP/1.0 200 OK\r\nVia: x\r\n\r\n", ""),
            (
                "HTTP/1.1 403 No\r\n\r\n",
                "refused the connection to api.example:6443 with the status 403 Forbidden",
            ),
            ("HTTP/1.1 502 CANARY\r\n\r\n", "api.example:6443 with the status 502 Bad Gateway"),
            ("HTTP/1.1 407 x\r\n\r\n", "requires a user and password, or rejected the user"),
            ("", "closed the connection without an answer"),
            ("HTTP/1.1 200", "closed the connection without an answer"),
            ("SSH-2.0-CANARY\r\n\r\n", "did not answer as an HTTP proxy"),
        ] {
            let (url, asked) = proxy(answer);
            let told = told(&url, API).await;
            let asked = asked.join().unwrap();
            assert!(asked.starts_with("CONNECT api.example:6443 HTTP/1.1\r\n"), "{asked}");
            assert!(asked.contains("\r\nProxy-Authorization: Basic bWU6Q0FOQVJZ\r\n"), "{asked}");
            let port = url.port_u16().unwrap_or_default();
            let named = format!("the proxy http://127.0.0.1:{port} (HTTPS_PROXY) {expected}");
            let is_right = if expected.is_empty() {
                told.is_empty()
            } else {
                told.contains(expected) && told.starts_with(&named[..named.len() - expected.len()])
            };
            assert!(is_right && !told.contains("CANARY"), "{answer}: {told}");
        }
        let (url, asked) = proxy("HTTP/1.1 200 OK\r\n\r\n");
        assert_eq!(told(&url, "http://api.example").await, "");
        assert!(asked.join().unwrap().starts_with("CONNECT api.example:80 HTTP/1.1\r\n"));
    }

    #[tokio::test]
    async fn a_proxy_that_is_not_there_is_named() {
        let told = told(&Uri::from_static("http://me:CANARY@127.0.0.1:1"), "https://h").await;
        let expected =
            "the proxy http://127.0.0.1:1 (HTTPS_PROXY) could not be reached: Connection";
        assert!(told.starts_with(expected), "{told}");
    }
}
