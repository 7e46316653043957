//! Which proxy leads to the API server.
//!
//! kube compares `NO_PROXY` with the proxy's own address, and takes an empty item for an error; so it is
//! resolved here, from kubectl's variables and with its precedence, by hyper-util's matcher.

use std::net::IpAddr;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

/// The proxy variables of the environment, the upper-case name before the lower-case one.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ProxyVariables {
    /// `HTTPS_PROXY`
    pub https: Option<String>,
    /// `HTTP_PROXY`
    pub http: Option<String>,
    /// `NO_PROXY`
    pub none: Option<String>,
}

impl std::fmt::Debug for ProxyVariables {
    /// A proxy's URL may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProxyVariables").finish_non_exhaustive()
    }
}

/// The proxy for a server; `None` for a direct connection. A cluster's own `proxy-url` comes before the
/// environment, and `NO_PROXY` does not concern it.
pub(super) fn resolve(
    server: &Uri,
    of_cluster: Option<&str>,
    variables: &ProxyVariables,
) -> Option<String> {
    if let Some(proxy) = of_cluster.filter(|it| !it.is_empty()) {
        return Some(proxy.to_owned());
    }
    let is_tls = server.scheme_str() == Some("https");
    let proxy = if is_tls { &variables.https } else { &variables.http }.as_deref()?;
    let list = variables.none.as_deref().unwrap_or_default();
    if is_loopback(server) || list.split(',').any(|it| it.trim() == "*") {
        return None;
    }
    let matcher = Matcher::builder().all("http://proxy").no(exceptions(server, list)).build();
    matcher.intercept(server).map(|_| proxy.to_owned())
}

/// `NO_PROXY` in the matcher's dialect: Go's also has `*.example.com`, and ports.
fn exceptions(server: &Uri, list: &str) -> String {
    let is_tls = server.scheme_str() == Some("https");
    let port = server.port_u16().unwrap_or(if is_tls { 443 } else { 80 }).to_string();
    let dialect = |item: &str| {
        let item = item.trim();
        let item = item.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(item);
        match item.rsplit_once(':') {
            Some((host, of_item)) if !host.contains(':') || host.ends_with(']') => {
                (of_item == port).then(|| host.trim_matches(['[', ']']).to_owned())
            }
            _ => Some(item.to_owned()),
        }
    };
    list.split(',').filter_map(dialect).collect::<Vec<_>>().join(",")
}

/// Go never asks a proxy for these.
fn is_loopback(server: &Uri) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(server: &'static str, no_proxy: &str) -> Option<String> {
        let variables = ProxyVariables {
            https: Some("http://proxy.example.net:3128".to_owned()),
            http: None,
            none: Some(no_proxy.to_owned()),
        };
        resolve(&Uri::from_static(server), None, &variables)
    }

    #[test]
    fn no_proxy_is_compared_with_the_api_servers_address() {
        let api = "https://api.lab.example.com:6443";
        for direct in [
            "api.lab.example.com",
            ".example.com",
            "example.com,",
            ", ,lab.example.com",
            "*.example.com",
            "api.lab.example.com:6443",
            "*",
        ] {
            assert_eq!(proxy(api, direct), None, "{direct}");
        }
        for other in ["", "proxy.example.net", "ample.com", "api.lab.example.com:443", ".net"] {
            assert!(proxy(api, other).is_some(), "{other}");
        }
        assert_eq!(proxy("https://10.0.3.7:6443", "10.0.0.0/16"), None);
        assert_eq!(proxy("https://10.0.3.7:6443", "a, *"), None);
        assert!(proxy("https://10.1.3.7:6443", "10.0.0.0/16").is_some());
        assert_eq!(proxy("https://[fd00::7]:6443", "fd00::/64"), None);
        assert_eq!(proxy("https://127.0.0.1:6443", ""), None);
    }

    #[test]
    fn a_clusters_own_proxy_comes_first_and_plain_http_has_its_own() {
        let variables = ProxyVariables {
            https: Some("http://secure".to_owned()),
            http: Some("http://plain".to_owned()),
            none: Some("api".to_owned()),
        };
        let of = |server, own| resolve(&Uri::from_static(server), own, &variables);
        assert_eq!(of("https://api", Some("socks5://own")).as_deref(), Some("socks5://own"));
        assert_eq!(of("https://other", Some("")).as_deref(), Some("http://secure"));
        assert_eq!(of("http://other", None).as_deref(), Some("http://plain"));
        assert_eq!(of("https://api", None), None);
    }
}
