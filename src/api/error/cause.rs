//! The cause of a failed request, from the errors of kube and of the libraries below, in words that may be shown.

use std::io;

use super::super::certificates;
use super::super::plugin::PluginFault;
use super::super::tunnel::ProxyFault;
use crate::redact::answer;
use crate::system;

/// Returns the cause of a broken connection.
pub(super) fn of(error: &(dyn std::error::Error + 'static)) -> String {
    // HTTP/2 has room for words of the server's, and a proxy's may be anything.
    certificates::explain(error).unwrap_or_else(|| answer::text(&root_cause(error)))
}

/// Returns the cause of an error. One of io passes over an error in it to the cause of that error.
fn inner<'a>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a (dyn std::error::Error + 'static)> {
    let held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    held.map(|it| it as &(dyn std::error::Error + 'static)).or_else(|| error.source())
}

/// Returns whether the other side ended a connection in the middle of an answer.
fn is_early_end(error: &(dyn std::error::Error + 'static)) -> bool {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    kind == Some(io::ErrorKind::UnexpectedEof)
}

/// The innermost cause, which is the one that tells something: `Connection refused (os error 111)`.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    loop {
        if is_early_end(cause) {
            return "the server closed the connection".to_owned();
        }
        match inner(cause) {
            Some(it) => cause = it,
            None => return system::plain(&cause.to_string()),
        }
    }
}

/// Returns the fault of the credentials, where the fault made a request fail: a token that makes no header, a
/// plugin that was run anew, a client certificate or the password of a proxy that were refused. Sending the
/// same again would be refused again.
pub(super) fn of_credentials(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let mut all = std::iter::successors(Some(error), |it| it.source());
    all.find_map(|it| {
        if let Some(fault) = it.downcast_ref::<PluginFault>() {
            return Some(fault.to_string());
        }
        if let Some(fault) = it.downcast_ref::<ProxyFault>() {
            return fault.is_of_credentials().then(|| fault.to_string());
        }
        if it.is::<kube::client::AuthError>() {
            return Some(UNUSABLE.to_owned());
        }
        if it.is::<http::header::InvalidHeaderValue>() {
            return Some(
                "the credentials contain characters that are not allowed in HTTP headers"
                    .to_owned(),
            );
        }
        refused_by(&it.to_string()).map(str::to_owned)
    })
}

pub(super) const UNUSABLE: &str = "the credentials of the kubeconfig could not be used";

/// Returns who refused credentials on the way to the API server, by the words of the libraries: their errors
/// are not types that can be named.
fn refused_by(words: &str) -> Option<&'static str> {
    const CERTIFICATE: &str = "the server rejected the client certificate";
    let refusals = [
        ("received fatal alert: BadCertificate", CERTIFICATE),
        ("received fatal alert: UnsupportedCertificate", CERTIFICATE),
        ("received fatal alert: CertificateRevoked", CERTIFICATE),
        ("received fatal alert: CertificateUnknown", CERTIFICATE),
        ("received fatal alert: UnknownCA", CERTIFICATE),
        ("received fatal alert: AccessDenied", CERTIFICATE),
        (
            "received fatal alert: CertificateExpired",
            "the server reports that the client certificate has expired",
        ),
        ("received fatal alert: CertificateRequired", "the server requires a client certificate"),
    ];
    refusals.iter().find(|(begins, _)| words.starts_with(begins)).map(|(_, meaning)| *meaning)
}
