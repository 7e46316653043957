//! What went wrong on the way to the API server, in kubectl's words.
//!
//! kube's own errors print Rust structs, and some print tokens: none of them gets past this file.

mod cause;

use std::fmt;
use std::time::Duration;

use http::StatusCode;
use kube::core::Status;

use super::certificates;
use super::server::Endpoint;
use crate::api::retry::FailedRequest;
use crate::api::transport;
use crate::model::kind::Kind;
use crate::model::object::ObjectRef;
use crate::plan::outcome::Stored;
use crate::redact::answer;
use crate::redact::quotes::Secrets;

/// A request that failed: what was attempted, and why it failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{attempted}: {fault}")]
pub struct ClusterError {
    /// A gerund and an object: `applying machineconfig/00-etcd`.
    pub attempted: String,
    /// Why.
    pub fault: Fault,
}

/// A write that failed, and whether it is stored all the same.
#[derive(Debug, Clone)]
pub struct WriteError {
    /// What was attempted, and why it failed.
    pub error: ClusterError,
    /// Whether the API server stored the write.
    pub stored: Stored,
    /// The delay that the API server asks for before the next attempt.
    pub retry_after: Option<Duration>,
}

impl WriteError {
    /// A write that the API server refused, or whose answer was lost.
    pub(crate) fn of(attempted: &str, reference: &ObjectRef, failed: FailedRequest) -> Self {
        let stored = if failed.is_ambiguous { Stored::Unknown } else { Stored::No };
        let error = ClusterError::new(attempted, reference, failed.fault);
        Self { error, stored, retry_after: failed.retry_after }
    }

    /// A write whose answer was lost, and a read after it that failed as well.
    pub(crate) const fn unread(error: ClusterError) -> Self {
        Self { error, stored: Stored::Unknown, retry_after: None }
    }
}

impl From<ClusterError> for WriteError {
    /// Converts the error of a request that comes before the write.
    fn from(error: ClusterError) -> Self {
        Self { error, stored: Stored::No, retry_after: None }
    }
}

/// Why a request failed.
#[derive(Debug, Clone)]
pub enum Fault {
    /// The API server refused it.
    Api {
        /// The HTTP status.
        code: u16,
        /// `Forbidden`, `Conflict`, `AlreadyExists`, …
        reason: String,
        /// The API server's own words, without what could be a body.
        message: String,
        /// Indicates whether the answer is about one object, rather than about a kind that the server does
        /// not serve.
        names_object: bool,
    },
    /// Another server than an API server answered: a load balancer, a proxy, a login page. The answer tells nothing of
    /// the cluster.
    Gateway(StatusCode),
    /// No answer came in time.
    Timeout(Duration),
    /// The server could not be reached, or the connection broke.
    Connection {
        /// Host and port; empty where the request that failed does not tell.
        server: String,
        /// The innermost cause.
        cause: String,
    },
    /// The credentials could not be had or were not accepted.
    Credentials(String),
    /// The answer could not be understood.
    Answer,
    /// The server told that the request breaks the protocol.
    Malformed,
}

impl Fault {
    /// The HTTP status, where there was an answer.
    #[must_use]
    pub(crate) fn code(&self) -> Option<u16> {
        match self {
            Self::Api { code, .. } => Some(*code),
            Self::Gateway(status) => Some(status.as_u16()),
            _ => None,
        }
    }

    /// Returns whether the API server answered with this status.
    #[must_use]
    pub fn is_code(&self, expected: u16) -> bool {
        matches!(self, Self::Api { code, .. } if *code == expected)
    }

    /// An object of that name that somebody else made.
    #[must_use]
    pub(crate) fn already_exists(reference: &ObjectRef) -> Self {
        Self::Api {
            code: 409,
            reason: "AlreadyExists".to_owned(),
            message: format!("{reference} was created by another client in the meantime"),
            names_object: true,
        }
    }

    /// An object that holds what somebody else wrote beside what we did.
    #[must_use]
    pub(crate) fn merged(reference: &ObjectRef, manager: &str) -> Self {
        Self::Api {
            code: 409,
            reason: "Conflict".to_owned(),
            message: format!(
                "{manager} created {reference} at the same time, and the object contains the fields of \
                 both: inspect the object, and delete the object if it is not needed"
            ),
            names_object: true,
        }
    }

    /// An object that is another version than the one that a patch was bound to.
    #[must_use]
    pub(super) fn moved(reference: &ObjectRef) -> Self {
        Self::Api {
            code: 409,
            reason: "Conflict".to_owned(),
            message: format!("{reference} has changed since it was read"),
            names_object: true,
        }
    }

    /// An object that the server stored otherwise than it was sent.
    #[must_use]
    pub(super) fn dropped(reference: &ObjectRef) -> Self {
        Self::Api {
            code: 422,
            reason: "Invalid".to_owned(),
            message: format!("the server stored {reference} without a part of what was sent"),
            names_object: true,
        }
    }

    /// Returns whether the object is not there; a kind that is not served is another matter.
    #[must_use]
    pub(crate) fn is_absence(&self) -> bool {
        matches!(self, Self::Api { code: 404, names_object: true, .. })
    }

    /// Returns whether an object of that name was there already.
    #[must_use]
    pub fn is_already_exists(&self) -> bool {
        matches!(self, Self::Api { reason, .. } if reason == "AlreadyExists")
    }

    /// Returns whether the object is not the version that the write was bound to.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        matches!(self, Self::Api { code: 409, reason, .. } if reason == "Conflict")
    }

    /// Returns whether it makes no sense to ask again: the user is not known or may not.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self.code(), Some(401 | 403)) || matches!(self, Self::Credentials(_))
    }

    /// Returns whether it may be over soon: the server is busy, restarts, or elects a leader of etcd.
    #[must_use]
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Api { code: 429 | 503 | 504, .. }
            | Self::Connection { .. }
            | Self::Timeout(_) => true,
            Self::Api { code: 500, message, .. } => is_of_etcd(message),
            Self::Gateway(status) => matches!(status.as_u16(), 429 | 503 | 504),
            Self::Api { .. } | Self::Credentials(_) | Self::Answer | Self::Malformed => false,
        }
    }

    /// Returns whether the request may have been carried out all the same.
    #[must_use]
    pub(crate) fn is_ambiguous(&self) -> bool {
        match self {
            Self::Api { code, .. } => *code >= 500,
            Self::Gateway(status) => status.is_server_error(),
            Self::Connection { .. } | Self::Timeout(_) | Self::Answer | Self::Malformed => true,
            Self::Credentials(_) => false,
        }
    }

    /// The same fault, saying that the server asks for more time than there is.
    #[must_use]
    pub(crate) fn asking_to_wait(self, time: Option<Duration>) -> Self {
        match (self, time) {
            (Self::Api { code, reason, message, names_object }, Some(time)) => {
                let message = format!(
                    "{message}; the server requests a delay of {} s, then try again",
                    time.as_secs()
                );
                Self::Api { code, reason, message, names_object }
            }
            (other, _) => other,
        }
    }

    /// Reads an answer that is no success. `subject` as for `from_kube`.
    ///
    /// An API server answers with a `Status`, or with one of a few plain texts. Nothing else is an API server's, whatever
    /// its code, and nothing of it is shown.
    #[must_use]
    pub(crate) fn from_answer(code: StatusCode, body: &[u8], subject: Option<Kind>) -> Self {
        let told: Option<Status> = serde_json::from_slice(body).ok();
        match told.filter(|it| it.code != 0) {
            Some(told) => Self::from_status(&told, subject),
            None if body.starts_with(EXPECTS_HTTPS) => {
                let message =
                    "the server expects HTTPS: begin the address of the server with https://";
                Self::Credentials(message.to_owned())
            }
            None => Self::from_plain_text(code, body).unwrap_or(Self::Gateway(code)),
        }
    }

    /// Reads an answer in one of the API server's plain texts; `None` for any other.
    fn from_plain_text(code: StatusCode, body: &[u8]) -> Option<Self> {
        let body = body.trim_ascii();
        // What follows a path that is not found is a proxy's.
        let is_whole = |text: &str| code != StatusCode::NOT_FOUND || body == text.as_bytes();
        let (code, _, reason, message) = PLAIN_TEXTS.iter().find(|(of, text, ..)| {
            *of == code.as_u16() && body.starts_with(text.as_bytes()) && is_whole(text)
        })?;
        Some(Self::Api {
            code: *code,
            reason: (*reason).to_owned(),
            message: (*message).to_owned(),
            names_object: false,
        })
    }

    /// Reads kube's error. `subject` tells whether the server's message may quote a secret body.
    #[must_use]
    pub fn from_kube(error: &kube::Error, subject: Option<Kind>) -> Self {
        match error {
            kube::Error::Api(status) => Self::from_status(status, subject),
            kube::Error::Auth(_) => Self::Credentials(cause::UNUSABLE.to_owned()),
            // What a request is made of before it is sent is no fault of the connection.
            error if cause::of_credentials(error).is_some() => {
                Self::Credentials(cause::of_credentials(error).unwrap_or_default())
            }
            kube::Error::HyperError(error) if transport::is_malformed(error) => Self::Malformed,
            kube::Error::Service(error) if transport::is_malformed(error.as_ref()) => {
                Self::Malformed
            }
            kube::Error::HyperError(error) => Self::connection(cause::of(error)),
            kube::Error::Service(error) => Self::connection(cause::of(error.as_ref())),
            kube::Error::ReadEvents(error) => Self::connection(cause::of(error)),
            kube::Error::RustlsTls(error) => Self::connection(cause::of(error)),
            _ => Self::Answer,
        }
    }

    const fn connection(cause: String) -> Self {
        Self::Connection { server: String::new(), cause }
    }

    /// The same fault, naming the server that could not be reached, and the authorities that do not know it.
    #[must_use]
    pub fn at(self, server: &Endpoint) -> Self {
        match self {
            Self::Connection { mut cause, .. } => {
                if cause == certificates::UNKNOWN_AUTHORITY {
                    cause = format!("{cause} {}", server.authorities);
                }
                Self::Connection { server: server.address.clone(), cause }
            }
            other => other,
        }
    }

    /// The same fault, without words of what was sent.
    #[must_use]
    pub(crate) fn without(self, secrets: &Secrets) -> Self {
        match self {
            Self::Api { code, reason, message, names_object } => {
                let reason = answer::reason(&secrets.without_credentials(&reason));
                Self::Api { code, reason, message: secrets.without(&message), names_object }
            }
            Self::Credentials(cause) => Self::Credentials(secrets.without(&cause)),
            other => other,
        }
    }

    /// Reads an API server's own account of a failure. `subject` as for `from_kube`.
    #[must_use]
    pub(crate) fn from_status(status: &Status, subject: Option<Kind>) -> Self {
        let is_secret = matches!(subject, Some(Kind::MachineConfig | Kind::Secret));
        let causes = status.details.as_ref().map(|it| it.causes.as_slice()).unwrap_or_default();
        let is_harmless = matches!(status.code, 401 | 403 | 404 | 409 | 429 | 503 | 504)
            || is_of_etcd(&status.message);
        let message = if is_secret && !is_harmless && !is_of_admission(&status.message) {
            // The server quotes the values that it cannot take.
            let fields: Vec<&str> = causes.iter().map(|cause| cause.field.as_str()).collect();
            let fields = fields.join(", ");
            let place = if fields.is_empty() { fields } else { format!(": {fields}") };
            format!("the server rejected the request{place}")
        } else {
            // An admission policy's message may quote the object too.
            answer::text(&status.message)
        };
        let names_object = status.details.as_ref().is_some_and(|it| !it.name.is_empty());
        let reason = answer::reason(&status.reason);
        let of_kind = status.details.as_ref().map_or("", |it| it.kind.as_str());
        if status.code == 403 && IMPERSONATED.contains(&of_kind) {
            // The server refuses every request of this run, whatever the request reads.
            return Self::Credentials(format!("Error from server ({reason}): {message}"));
        }
        Self::Api { code: status.code, reason, message, names_object }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api { code: 401, .. } => {
                f.write_str("You must be logged in to the server (Unauthorized)")
            }
            Self::Api { code, reason, message, .. } if reason.is_empty() => {
                write!(f, "Error from server ({code}): {message}")
            }
            Self::Api { reason, message, .. } => {
                write!(f, "Error from server ({reason}): {message}")
            }
            Self::Gateway(status) => write!(
                f,
                "Error from server ({}): the response {status} does not come from an API server",
                status.canonical_reason().unwrap_or(status.as_str())
            ),
            Self::Timeout(after) => {
                write!(f, "the server did not respond within {} s", after.as_secs_f32())
            }
            Self::Connection { server, cause }
                if cause.contains("refused") && !is_of_proxy(cause) =>
            {
                write!(
                    f,
                    "The connection to the server {server} was refused - did you specify the right \
                 host or port?"
                )
            }
            Self::Connection { server, cause } => {
                write!(f, "the connection to the server {server} failed: {cause}")
            }
            Self::Credentials(cause) => f.write_str(cause),
            Self::Answer => f.write_str("the server's response could not be parsed"),
            Self::Malformed => {
                f.write_str("the server reports that the request breaks the protocol")
            }
        }
    }
}

impl ClusterError {
    /// Words a failed request about one object.
    #[must_use]
    pub fn new(gerund: &str, object: &ObjectRef, fault: Fault) -> Self {
        Self { attempted: format!("{gerund} {object}"), fault }
    }

    /// Words a failed request that reads something.
    pub(crate) fn reading(what: impl fmt::Display, fault: Fault) -> Self {
        Self { attempted: format!("reading {what}"), fault }
    }

    /// Returns advice for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match &self.fault {
            Fault::Api { code: 401, .. } => Some("oc login".to_owned()),
            Fault::Api { code: 409, message, .. } if message.starts_with("Apply failed") => Some(
                "check the fields above; --force-conflicts takes ownership of these fields"
                    .to_owned(),
            ),
            Fault::Api { code: 409, .. } => {
                Some("the object changed in the meantime; run the command again".to_owned())
            }
            Fault::Timeout(_) => Some("increase --request-timeout".to_owned()),
            Fault::Connection { cause, .. } if is_of_proxy(cause) => Some(
                "check the proxy; NO_PROXY names the hosts that are reached without the proxy of a \
                 variable, and proxy-url in the kubeconfig comes before the variables"
                    .to_owned(),
            ),
            Fault::Connection { cause, .. } if cause.contains("of --certificate-authority") => {
                Some("set the file that has the certificate authority of this server".to_owned())
            }
            Fault::Connection { cause, .. } if cause.contains("not signed by") => Some(
                "oc login, or set the certificate authority with --certificate-authority"
                    .to_owned(),
            ),
            Fault::Gateway(_) if self.fault.is_passing() => None,
            Fault::Answer | Fault::Malformed | Fault::Gateway(_) => Some(
                "check whether the address is that of the API server or of a proxy: oc whoami \
                 --show-server"
                    .to_owned(),
            ),
            Fault::Connection { cause, .. } if cause.contains("the server's certificate") => None,
            Fault::Connection { .. } => Some("oc whoami --show-server; oc cluster-info".to_owned()),
            _ => None,
        }
    }
}

/// The plain texts with which an API server begins an answer, each with its code, and the reason and the words that kubectl
/// has for it: `http.NotFound` for a group that is not served, k8s.io/apiserver `pkg/server/filters` (`maxinflight.go`,
/// `wrap.go`), k8s.io/kube-aggregator `handler_proxy.go`.
const PLAIN_TEXTS: [(u16, &str, &str, &str); 5] = [
    (404, "404 page not found", "NotFound", "the server could not find the requested resource"),
    (
        429,
        "Too many requests",
        "TooManyRequests",
        "the server has received too many requests and has asked us to try again later",
    ),
    (503, "service unavailable", "ServiceUnavailable", UNABLE),
    (503, "Error trying to reach service", "ServiceUnavailable", UNABLE),
    (500, "This request caused apiserver to panic", "InternalError", UNABLE),
];

/// The words of kubectl for a server that cannot answer.
const UNABLE: &str = "the server is currently unable to handle the request";

/// The answer of net/http's server of TLS to a request without TLS. kubectl takes an address without a scheme for one of
/// HTTP too.
const EXPECTS_HTTPS: &[u8] = b"Client sent an HTTP request to an HTTPS server";

/// The resources that an API server names if the user may not impersonate, and that no request of ours reads
/// (`WithImpersonation` of k8s.io/apiserver).
const IMPERSONATED: [&str; 5] = ["users", "groups", "serviceaccounts", "uids", "userextras"];

/// Returns whether it is etcd that could not answer, while its members elect a leader.
fn is_of_etcd(message: &str) -> bool {
    message.contains("leader changed") || message.contains("request timed out")
}

/// Returns whether an admission policy or webhook refused it, whose words are those of whoever wrote the policy, or whether
/// a webhook could not be asked (apiserver `pkg/admission/plugin/webhook`).
fn is_of_admission(message: &str) -> bool {
    message.contains("denied request: ")
        || message.contains("denied the request: ")
        || message.contains("failed calling webhook ")
            && message.contains(": failed to call webhook: ")
}

/// Returns whether a cause is the fault of a proxy, which is named.
fn is_of_proxy(cause: &str) -> bool {
    cause.starts_with("the proxy ")
}

#[cfg(test)]
mod tests;
