//! One request and its whole answer, sent again where that is safe.
//!
//! kube's own retry repeats creates, sleeps for as long as `Retry-After` says, and its parser logs the
//! bodies that it cannot read; so answers are taken in here (edges: API servers restart, etcd changes
//! its leader, and load balancers cut connections while this tool runs).

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use kube::client::Body;
use kube::core::Status;
use serde_json::Value;
use tokio::time::Instant;
use tower::retry::backoff::{
    Backoff as _, ExponentialBackoff, ExponentialBackoffMaker, MakeBackoff as _,
};
use tower::util::rng::HasherRng;

use crate::api::renewable_client::Held;
use crate::api::{Cluster, Fault, Notice, transport};
use crate::model::kind::Kind;
use crate::redact::quotes::Secrets;

/// The retry policy of a request: the reason and the time for which a failed request is sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// The request reads, and somebody waits for the answer.
    Read,
    /// The request writes, and sending it twice is the same as once.
    Write,
    /// Doing it twice is not the same.
    Never,
}

impl Retry {
    /// Returns the time for which a request may be repeated: people wait for an answer, and a half-done run
    /// should end done.
    const fn budget(self) -> Duration {
        match self {
            Self::Read => Duration::from_secs(15),
            Self::Write => Duration::from_secs(120),
            Self::Never => Duration::ZERO,
        }
    }
}

/// A request that failed for good.
#[derive(Debug)]
pub(crate) struct FailedRequest {
    pub fault: Fault,
    /// Indicates whether this or an earlier attempt may have been carried out all the same.
    pub is_ambiguous: bool,
    /// The delay that the server asks for.
    pub retry_after: Option<Duration>,
}

impl FailedRequest {
    /// The server accepted the request, and its answer cannot be understood.
    pub(crate) const fn unread() -> Self {
        Self { fault: Fault::Answer, is_ambiguous: true, retry_after: None }
    }
}

impl From<Fault> for FailedRequest {
    fn from(fault: Fault) -> Self {
        Self { fault, is_ambiguous: false, retry_after: None }
    }
}

/// An attempt that failed.
struct Attempt {
    fault: Fault,
    retry_after: Option<Duration>,
    is_connecting: bool,
}

impl From<Fault> for Attempt {
    fn from(fault: Fault) -> Self {
        Self { fault, retry_after: None, is_connecting: false }
    }
}

/// The time that is left to repeat a request, and the delay before the next attempt.
pub(crate) struct RetryBudget {
    until: Instant,
    backoff: ExponentialBackoff,
}

impl RetryBudget {
    /// Returns the budget of a request, within the deadline of the run.
    pub(crate) fn of(repeat: Retry, deadline: Option<Instant>) -> Self {
        Self::since(Instant::now(), repeat, deadline)
    }

    fn since(start: Instant, repeat: Retry, deadline: Option<Instant>) -> Self {
        // Half of each pause is random, so that clients do not come back all at once.
        let (least, most) = (Duration::from_millis(100), Duration::from_secs(10));
        let maker = ExponentialBackoffMaker::new(least, most, 0.5, HasherRng::default());
        let backoff = maker.map(|mut maker| maker.make_backoff());
        let backoff = backoff.unwrap_or_else(|_| ExponentialBackoffMaker::default().make_backoff());
        let until = start + repeat.budget();
        Self { until: deadline.map_or(until, |deadline| until.min(deadline)), backoff }
    }

    /// Waits before the next try; `false` when there is no time left for it.
    pub(crate) async fn pause(&mut self, at_least: Option<Duration>) -> bool {
        let asked_for = Instant::now().checked_add(at_least.unwrap_or_default());
        let Some(asked_for) = asked_for.filter(|it| *it < self.until) else { return false };
        self.backoff.next_backoff().await;
        tokio::time::sleep_until(asked_for).await;
        Instant::now() < self.until
    }
}

impl Cluster {
    /// Sends a request and takes in the answer.
    pub(crate) async fn send_with_retry(
        &self,
        subject: Option<Kind>,
        request: &http::Request<Vec<u8>>,
        repeat: Retry,
    ) -> Result<Value, FailedRequest> {
        let parse = |body: &[u8]| serde_json::from_slice(body).ok();
        self.send_with_retry_as(subject, request, repeat, parse).await
    }

    /// The same, making something else of the answer. `None` of `parse` is an answer that cannot be
    /// understood.
    pub(crate) async fn send_with_retry_as<T>(
        &self,
        subject: Option<Kind>,
        request: &http::Request<Vec<u8>>,
        repeat: Retry,
        parse: impl Fn(&[u8]) -> Option<T>,
    ) -> Result<T, FailedRequest> {
        // It begins with the first failure: an answer may take longer than all of it.
        let mut budget: Option<RetryBudget> = None;
        let mut is_ambiguous = false;
        loop {
            let held = self.client.held();
            let failed = match self.attempt(&held, subject, request).await {
                Ok(body) => match parse(&body) {
                    Some(answer) => return Ok(answer),
                    None => Attempt::from(Fault::Answer),
                },
                Err(failed) => failed,
            };
            let fault = failed.fault.clone().at(&self.server);
            if fault.code() == Some(401) && self.client.renew(&held).await {
                continue;
            }
            is_ambiguous |= fault.is_ambiguous() && !failed.is_connecting;
            let is_worth_it = repeat != Retry::Never
                && fault.is_passing()
                && (!failed.is_connecting || self.client.is_reached() || held.protocol().is_some());
            if !is_worth_it {
                return Err(FailedRequest { fault, is_ambiguous, retry_after: failed.retry_after });
            }
            let code = fault.code().map(|it| format!(" ({it})")).unwrap_or_default();
            let time = repeat.budget().as_secs();
            let line = format!("{fault}{code}; retrying for up to {time} s");
            self.notices.tell_once(Notice::Warning, &line);
            let budget = budget.get_or_insert_with(|| self.budget(repeat));
            if !budget.pause(failed.retry_after).await {
                let fault = fault.asking_to_wait(failed.retry_after);
                return Err(FailedRequest { fault, is_ambiguous, retry_after: failed.retry_after });
            }
        }
    }

    /// Returns the budget of a request that has failed: its own, or what is left of the budget of the reading.
    fn budget(&self, repeat: Retry) -> RetryBudget {
        let reading = self.failing_since.as_ref().filter(|_| repeat == Retry::Read);
        let start = reading.map_or_else(Instant::now, |it| *it.get_or_init(Instant::now));
        RetryBudget::since(start, repeat, self.deadline)
    }

    async fn attempt(
        &self,
        held: &Held,
        subject: Option<Kind>,
        request: &http::Request<Vec<u8>>,
    ) -> Result<Bytes, Attempt> {
        let sent_at = Instant::now();
        let is_secret = matches!(subject, Some(Kind::MachineConfig | Kind::Secret));
        let body = serde_json::from_slice(request.body()).ok().filter(|_| is_secret);
        let secrets = Secrets::of(body.as_ref());
        let mut request = request.clone();
        // A layer below keeps the warnings.
        request.extensions_mut().insert(secrets.clone());
        let answering = whole_answer(&held.client, request);
        let Ok(answer) = tokio::time::timeout(self.request_timeout, answering).await else {
            return Err(Attempt::from(Fault::Timeout(self.request_timeout)));
        };
        let (status, headers, body) = answer.map_err(|error| Attempt {
            is_connecting: is_connecting(&error),
            ..Attempt::from(Fault::from_kube(&error, subject))
        })?;
        self.notices.log_body(body.len(), sent_at.elapsed());
        self.client.reached();
        if status.is_success() {
            return Ok(body);
        }
        let fault = Fault::from_answer(status, &body, subject).without(&secrets);
        let fault = fault.without(&self.notices.learned.secrets());
        if matches!(&fault, Fault::Api { code: 401 | 403, message, .. } | Fault::Credentials(message)
            if message.contains(ANONYMOUS))
        {
            let is_tls = self.client.config().cluster_url.scheme_str() == Some("https");
            let (warning, hint) = if is_tls { NOT_LOGGED_IN } else { NOT_ENCRYPTED };
            self.notices.tell_once(Notice::Warning, warning);
            self.notices.tell_once(Notice::Hint, hint);
        }
        let retry_after = retry_after(&headers).or_else(|| {
            let told: Status = serde_json::from_slice(&body).ok()?;
            let seconds = told.details?.retry_after_seconds;
            (seconds > 0).then(|| Duration::from_secs(seconds.into()))
        });
        Err(Attempt { retry_after, ..Attempt::from(fault) })
    }
}

/// Whom the API server takes somebody for who shows no credentials.
const ANONYMOUS: &str = "\"system:anonymous\"";
/// The warning and the hint for a user without a token, as `oc logout` leaves it behind.
const NOT_LOGGED_IN: (&str, &str) =
    ("you are not logged in: the API server treats you as system:anonymous", "oc login");
/// The same over plain HTTP.
const NOT_ENCRYPTED: (&str, &str) = (
    "credentials are not sent over a connection without TLS: the API server treats you as system:anonymous",
    "use the https:// address of the API server",
);

async fn whole_answer(
    client: &kube::Client,
    request: http::Request<Vec<u8>>,
) -> Result<(StatusCode, HeaderMap, Bytes), kube::Error> {
    let answer = client.send(request.map(Body::from)).await?;
    let (parts, body) = answer.into_parts();
    Ok((parts.status, parts.headers, body.collect_bytes().await?))
}

/// Returns whether there was no connection yet: nothing can have been carried out.
fn is_connecting(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Service(error) if transport::is_connecting(error.as_ref()))
}

/// `Retry-After` in seconds; API servers send no dates.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
