//! The URL of an API server, as client-go understands the text of it.

use http::Uri;
use kube::config::Config;

use super::address::host_and_port;
use super::connection::Connection;

/// The server of a connection, as errors name the server.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// Host and port.
    pub address: String,
    /// URL, without user and password.
    pub url: String,
    /// The place of the certificate authorities that the connection trusts: `of the kubeconfig`.
    pub authorities: &'static str,
}

impl Endpoint {
    /// Returns the endpoint of a connection.
    pub(crate) fn new(connection: &Connection, config: &Config) -> Self {
        let authorities = match (&connection.certificate_authority, &config.root_cert) {
            (Some(_), _) => "of the file of --certificate-authority",
            (None, Some(_)) => "of the kubeconfig",
            (None, None) => "of this machine, and the kubeconfig has none",
        };
        let address = host_and_port(&config.cluster_url);
        let url = shown(&config.cluster_url.to_string()).unwrap_or_else(|| address.clone());
        Self { address, url, authorities }
    }
}

/// Reads the text of `server` (client-go, `rest/url_utils.go`): without a scheme it is a host that speaks
/// HTTP, neither a query nor a fragment gets into a request, and slashes of the path are one slash. A user and a password
/// are left out: no request may have them in its authority (RFC 9113, section 8.3.1). `None` for what is no URL of a
/// server.
pub(crate) fn url(text: &str) -> Option<Uri> {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let whole = if let Some((scheme, rest)) = text.split_once("://") {
        let scheme = scheme.to_ascii_lowercase();
        ["http", "https"]
            .contains(&&*scheme)
            .then(|| format!("{scheme}://{}", with_single_slashes(rest)))?
    } else {
        let host = text.strip_suffix('/').unwrap_or(text);
        (!host.contains('/')).then(|| format!("http://{host}"))?
    };
    let url: Uri = whole.parse().ok()?;
    let authority = url.authority()?.as_str();
    let host = url.host().filter(|it| !it.is_empty())?;
    let is_url = url.port_u16().is_some() || authority.ends_with(host);
    let without_user = authority.rsplit_once('@').map_or(authority, |(_, rest)| rest);
    let without_user = without_user.parse().ok().filter(|_| is_url)?;
    let mut parts = url.into_parts();
    parts.authority = Some(without_user);
    Uri::from_parts(parts).ok()
}

/// An authority and a path without empty parts of the path.
fn with_single_slashes(text: &str) -> String {
    let (authority, path) = text.split_once('/').unwrap_or((text, ""));
    let parts: Vec<&str> = path.split('/').filter(|it| !it.is_empty()).collect();
    format!("{authority}/{}", parts.join("/"))
}

/// The URL as a message or a hint may show it: without user, password, query and fragment. `None` for what
/// is no URL of a server: which part of it is the password is not known.
#[must_use]
pub fn shown(text: &str) -> Option<String> {
    let url = url(text)?;
    let path = url.path().trim_end_matches('/');
    Some(format!("{}://{}{path}", url.scheme_str()?, host_and_port(&url)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_read_as_client_go_reads_it_and_shown_without_secrets() {
        for (text, expected) in [
            ("https://h:6443", Some("https://h:6443")),
            ("https://h:6443/", Some("https://h:6443")),
            ("https://h/k8s/clusters/c-1/", Some("https://h/k8s/clusters/c-1")),
            ("https://h//k8s///c/", Some("https://h/k8s/c")),
            ("HTTPS://h", Some("https://h")),
            ("h:6443", Some("http://h:6443")),
            ("h:6443/", Some("http://h:6443")),
            ("https://[::1]:6443", Some("https://[::1]:6443")),
            ("https://h/?token=CANARY", Some("https://h")),
            ("https://h/p#CANARY", Some("https://h/p")),
            ("https://me:CANARY@h:1/p?a=b@c", Some("https://h:1/p")),
            ("h:6443/path", None),
            ("ftp://h", None),
            ("https://", None),
            ("https://[", None),
            ("https://u:pa?ss@h", None),
            ("https://h:6443 ", None),
            ("", None),
        ] {
            assert_eq!(shown(text).as_deref(), expected, "{text}");
        }
        for (text, expected) in [
            ("https://me:CANARY@h:1/p", "https://h:1/p"),
            ("https://me@[::1]:6443", "https://[::1]:6443/"),
            ("me:CANARY@h:6443", "http://h:6443/"),
        ] {
            let url = url(text).map(|it| it.to_string());
            assert_eq!(url.as_deref(), Some(expected), "what is sent of {text}");
        }
    }
}
