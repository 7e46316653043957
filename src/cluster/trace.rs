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

use super::redact;

/// From this verbosity on, requests are logged, as kubectl does.
const LOG_REQUESTS: u8 = 6;

/// Takes a line for the user, at the time when it comes up.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// What the API server and the request log have to say, each warning once.
#[derive(Clone)]
pub struct Notices {
    tell: Tell,
    told: Arc<Mutex<BTreeSet<String>>>,
    verbosity: u8,
}

impl std::fmt::Debug for Notices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Notices").finish_non_exhaustive()
    }
}

impl Notices {
    /// Passes warnings on, and request lines from verbosity 6 on.
    #[must_use]
    pub fn new(verbosity: u8, tell: Tell) -> Self {
        Self { tell, told: Arc::default(), verbosity }
    }

    /// Tells a line unless it was told before.
    pub(super) fn tell_once(&self, line: &str) {
        let is_new = self.told.lock().is_ok_and(|mut told| told.insert(line.to_owned()));
        if is_new {
            (self.tell)(line);
        }
    }

    fn log(&self, line: &str) {
        if self.verbosity >= LOG_REQUESTS {
            (self.tell)(line);
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
                    notices.log(&format!("{line} {} in {ms} ms", response.status()));
                    for value in response.headers().get_all(http::header::WARNING) {
                        if let Some(text) = value.to_str().ok().and_then(warning_text) {
                            notices.tell_once(&format!("Warning: {}", redact::text(&text)));
                        }
                    }
                }
                Err(_) => notices.log(&format!("{line} failed after {ms} ms")),
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
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let notices =
            Notices::new(0, Arc::new(move |line| kept.lock().unwrap().push(line.to_owned())));
        for _ in 0..2 {
            let text = warning_text(r#"299 - "unknown field \"spec.x\"""#).unwrap();
            notices.tell_once(&format!("Warning: {text}"));
        }
        notices.log("GET https://h/");
        assert_eq!(*lines.lock().unwrap(), ["Warning: unknown field \"spec.x\""]);
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
