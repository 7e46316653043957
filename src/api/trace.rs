//! A layer around every request: keeps what the server warns of, and logs.
//!
//! The levels are kubectl's: 6 method, URL, status and time; 7 the request's headers too; 8 those of the
//! answer; 9 the request as a command of curl. Credentials are masked. A body is never logged.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::header::{HeaderMap, WARNING};
use http::{Method, Request, Response, Uri};
use kube::config::Config;
use tower::{Layer, Service};

use super::address::host_and_port;
use super::headers::{self, Shown};
use crate::redact::answer;
use crate::redact::quotes::{Learned, Secrets};

/// From this verbosity on, requests are logged, as kubectl does.
const LOG_REQUESTS: u8 = 6;
const LOG_REQUEST_HEADERS: u8 = 7;
const LOG_ANSWER_HEADERS: u8 = 8;
const LOG_CURL: u8 = 9;

/// A line for the user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notice {
    /// A warning of the API server.
    ServerWarning,
    /// A warning of this program.
    Warning,
    /// Advice, as a command to paste.
    Hint,
    /// A line of the request log.
    Log,
}

/// Takes a line for the user, at the time when it comes up.
pub type Tell = Arc<dyn Fn(Notice, &str) + Send + Sync>;

/// The warnings of the API server, each once, and the request log.
#[derive(Clone)]
pub struct Notices {
    tell: Tell,
    told: Arc<Mutex<BTreeSet<(Notice, String)>>>,
    warnings: Arc<AtomicUsize>,
    verbosity: u8,
    /// Scheme, host and port, which the layers below put into each request.
    server: Arc<str>,
    /// The headers that those layers add to each request.
    added: Arc<[Shown]>,
    /// The secrets that the answers of the server held so far: no words of the server quote one.
    pub(crate) learned: Learned,
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
        Self {
            tell,
            told: Arc::default(),
            warnings: Arc::default(),
            verbosity,
            server: Arc::from(""),
            added: Arc::from([]),
            learned: Learned::default(),
        }
    }

    /// The same, for the requests of one connection.
    pub(crate) fn of(self, config: &Config) -> Self {
        let added = headers::added(config).into();
        Self { server: address(&config.cluster_url).trim_end_matches('/').into(), added, ..self }
    }

    /// Returns the number of warnings of the server.
    #[must_use]
    pub fn warnings(&self) -> usize {
        self.warnings.load(Ordering::Relaxed)
    }

    /// Tells a line unless it was told before; whether it is new.
    pub(crate) fn tell_once(&self, notice: Notice, line: &str) -> bool {
        let is_new = self.told.lock().is_ok_and(|mut told| told.insert((notice, line.to_owned())));
        if is_new {
            (self.tell)(notice, line);
        }
        is_new
    }

    fn log(&self, line: &str) {
        if self.verbosity >= LOG_REQUESTS {
            (self.tell)(Notice::Log, line);
        }
    }

    /// Logs that an answer was taken in whole.
    pub(crate) fn log_body(&self, length: usize, time: Duration) {
        if self.verbosity >= LOG_CURL {
            let ms = time.as_millis();
            let line = format!("HTTP Statistics: Duration {ms} ms, body of {length} bytes");
            (self.tell)(Notice::Log, &line);
        }
    }

    fn log_answer(&self, sent: &Sent, answer: Option<(http::StatusCode, &HeaderMap)>) {
        if self.verbosity < LOG_REQUESTS {
            return;
        }
        let ms = sent.at.elapsed().as_millis();
        let mut text = match answer {
            Some((status, _)) => format!("{} {} {status} in {ms} ms", sent.method, sent.url),
            None => format!("{} {} failed after {ms} ms", sent.method, sent.url),
        };
        if (LOG_REQUEST_HEADERS..LOG_CURL).contains(&self.verbosity) {
            text.push_str("\nRequest Headers:");
            text.push_str(&headers::lines(&sent.headers));
        }
        if let Some((_, headers)) = answer.filter(|_| self.verbosity >= LOG_ANSWER_HEADERS) {
            text.push_str("\nResponse Headers:");
            let shown = headers::lines(&headers::all_shown(headers));
            text.push_str(&self.learned.secrets().without_quotes(&sent.contents.without(&shown)));
        }
        self.log(&text);
    }

    fn keep_warnings(&self, headers: &HeaderMap, contents: &Secrets) {
        for value in headers.get_all(WARNING) {
            if let Some(text) = value.to_str().ok().and_then(warning_text)
                && self.tell_once(Notice::ServerWarning, &self.warning(&text, contents))
            {
                self.warnings.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn warning(&self, text: &str, contents: &Secrets) -> String {
        self.learned.secrets().without(&contents.without(&answer::text(text)))
    }

    /// Notes a request that is about to be sent.
    fn sending<B>(&self, request: &Request<B>) -> Sent {
        let uri = request.uri();
        let url = match uri.host() {
            Some(_) => address(uri),
            None => format!("{}{uri}", self.server),
        };
        let mut shown = Vec::new();
        if self.verbosity >= LOG_REQUEST_HEADERS {
            shown = headers::all_shown(request.headers());
            let is_missing = |it: &&Shown| shown.iter().all(|(name, _)| *name != it.0);
            let added: Vec<Shown> = self.added.iter().filter(is_missing).cloned().collect();
            shown.extend(added);
        }
        if self.verbosity >= LOG_CURL {
            self.log(&headers::curl(request.method(), &url, &shown));
        }
        let contents = request.extensions().get().cloned().unwrap_or_default();
        Sent { method: request.method().clone(), url, headers: shown, at: Instant::now(), contents }
    }
}

/// A request under way.
struct Sent {
    method: Method,
    url: String,
    headers: Vec<Shown>,
    at: Instant,
    /// The contents that a warning may not quote.
    contents: Secrets,
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
        let sent = notices.sending(&request);
        let response = self.inner.call(request);
        Box::pin(async move {
            let response = response.await;
            let answer = response.as_ref().ok().map(|it| (it.status(), it.headers()));
            notices.log_answer(&sent, answer);
            if let Some((_, headers)) = answer {
                notices.keep_warnings(headers, &sent.contents);
            }
            response
        })
    }
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
        let notices = Notices::new(
            0,
            Arc::new(move |notice, line: &str| {
                kept.lock().unwrap().push((notice, line.to_owned()));
            }),
        );
        for _ in 0..2 {
            let text = warning_text(r#"299 - "unknown field \"spec.x\"""#).unwrap();
            notices.tell_once(Notice::ServerWarning, &text);
        }
        notices.log("GET https://h/");
        assert_eq!(
            *lines.lock().unwrap(),
            [(Notice::ServerWarning, "unknown field \"spec.x\"".to_owned())]
        );
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
