//! The server that a URL names.

use http::Uri;

/// The host and port of a URL, without the user and password that it may hold.
pub(crate) fn host_and_port(uri: &Uri) -> String {
    let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{}{port}", uri.host().unwrap_or_default())
}
