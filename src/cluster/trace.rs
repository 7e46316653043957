//! A layer around every request: names us to the server, keeps what the server warns of, and logs.
//!
//! A log line holds method, URL, status and time; never a header, never a body.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Instant;

use http::{Request, Response, Uri};
use tower::{Layer, Service};

/// From this verbosity on, requests are logged, as kubectl does.
const LOG_REQUESTS: u8 = 6;

/// Lines for stderr, in the order in which they came up, each warning once.
#[derive(Clone, Default)]
pub struct Notices {
    inner: Arc<Mutex<Inner>>,
    verbosity: u8,
}

impl std::fmt::Debug for Notices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notices").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Inner {
    lines: Vec<String>,
    warned: BTreeSet<String>,
}

impl Notices {
    /// Collects warnings, and request lines from verbosity 6 on.
    #[must_use]
    pub fn new(verbosity: u8) -> Self {
        Self { verbosity, ..Self::default() }
    }

    /// Takes the lines that came up since the last call.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        self.inner.lock().map(|mut inner| std::mem::take(&mut inner.lines)).unwrap_or_default()
    }

    fn warn(&self, text: &str) {
        if let Ok(mut inner) = self.inner.lock()
            && inner.warned.insert(text.to_owned())
        {
            inner.lines.push(format!("Warning: {text}"));
        }
    }

    fn log(&self, line: String) {
        if self.verbosity >= LOG_REQUESTS
            && let Ok(mut inner) = self.inner.lock()
        {
            inner.lines.push(line);
        }
    }
}

impl<S> Layer<S> for Notices {
    type Service = Traced<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Traced { inner, notices: self.clone() }
    }
}

/// A service whose requests are noticed.
#[derive(Clone, Debug)]
pub struct Traced<S> {
    inner: S,
    notices: Notices,
}

impl<S, A, B> Service<Request<A>> for Traced<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    S::Future: Send + 'static,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let notices = self.notices.clone();
        let line = format!("{} {}", request.method(), address(request.uri()));
        let start = Instant::now();
        let response = self.inner.call(request);
        Box::pin(async move {
            let response = response.await;
            let ms = start.elapsed().as_millis();
            match &response {
                Ok(response) => {
                    notices.log(format!("{line} {} in {ms} ms", response.status()));
                    for value in response.headers().get_all(http::header::WARNING) {
                        if let Some(text) = value.to_str().ok().and_then(warning_text) {
                            notices.warn(&text);
                        }
                    }
                }
                Err(_) => notices.log(format!("{line} failed after {ms} ms")),
            }
            response
        })
    }
}

/// The host and port of a URL, without the user and password that it may hold.
pub(super) fn host_and_port(uri: &Uri) -> String {
    let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", uri.host().unwrap_or_default())
}

/// The URL of a request, without user and password.
fn address(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let path = uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    format!("{scheme}://{}{path}", host_and_port(uri))
}

/// The text of a warning header: `299 - "the text"` (RFC 7234, section 5.5).
fn warning_text(header: &str) -> Option<String> {
    let quoted = header.strip_prefix("299 ")?.split_once(' ')?.1;
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    Some(inner.replace("\\\"", "\"").replace("\\\\", "\\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_kept_once_and_without_its_wrapping() {
        let notices = Notices::new(0);
        for _ in 0..2 {
            notices.warn(&warning_text(r#"299 - "unknown field \"spec.x\"""#).unwrap());
        }
        notices.log("GET https://h/".to_owned());
        assert_eq!(notices.take(), ["Warning: unknown field \"spec.x\""]);
        assert_eq!(warning_text("199 - \"x\""), None);
    }

    #[test]
    fn the_password_in_a_url_is_not_logged() {
        for (url, shown) in [
            ("https://me:CANARY@h:6443/api/v1?limit=1", "https://h:6443/api/v1?limit=1"),
            ("https://h/api", "https://h/api"),
            ("https://me:CANARY@[::1]:6443/", "https://[::1]:6443/"),
        ] {
            assert_eq!(address(&url.parse().unwrap()), shown);
        }
    }
}
