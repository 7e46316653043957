//! Which proxy leads to the API server.
//!
//! kube compares `NO_PROXY` with the proxy's own address, and takes an empty item for an error; so it is
//! resolved here, from kubectl's variables and with its precedence, by hyper-util's matcher.

use std::net::IpAddr;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use percent_encoding::percent_decode_str;

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
pub(crate) fn resolve(
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

/// A proxy's URL as it can be connected to: without a scheme it is of HTTP, as Go takes a variable, and
/// the port is the scheme's own where there is none. `None` for what is no URL of a proxy.
pub(crate) fn url(text: &str) -> Option<Uri> {
    let whole = match text.split_once("://").filter(|(scheme, _)| !scheme.is_empty()) {
        Some((scheme, rest)) => format!("{}://{rest}", scheme.to_ascii_lowercase()),
        None => format!("http://{text}"),
    };
    let url: Uri = whole.parse().ok()?;
    let port = match url.scheme_str()? {
        "http" => 80,
        "https" => 443,
        "socks5" | "socks5h" => 1080,
        _ => return None,
    };
    let authority = url.authority().filter(|it| !it.host().is_empty())?;
    let port =
        url.port_u16().map_or_else(|| format!("{authority}:{port}"), |_| authority.to_string());
    let url = Uri::builder().scheme(url.scheme()?.clone()).authority(port).path_and_query("/");
    url.build().ok()
}

/// Returns whether a text can be the `proxy-url` of a cluster: unlike a variable, it needs a scheme, and
/// client-go knows no `socks5h` there (`tools/clientcmd/helpers.go`).
pub(crate) fn is_of_cluster(text: &str) -> bool {
    let is_known = |scheme: &str| ["http", "https", "socks5"].contains(&scheme);
    text.contains("://") && url(text).is_some_and(|it| it.scheme_str().is_some_and(is_known))
}

/// The user and the password in a proxy's URL.
pub(crate) fn credentials(proxy: &Uri) -> Option<(String, String)> {
    let (user, _) = proxy.authority()?.as_str().rsplit_once('@')?;
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let plain = |it| percent_decode_str(it).decode_utf8_lossy().into_owned();
    Some((plain(user), plain(password)))
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
    fn a_proxy_is_one_of_http_unless_it_says_another_scheme() {
        for (text, expected) in [
            ("proxy.example.net:3128", Some("http://proxy.example.net:3128/")),
            ("10.0.0.1:3128", Some("http://10.0.0.1:3128/")),
            ("proxy", Some("http://proxy:80/")),
            ("u:p@proxy:3128", Some("http://u:p@proxy:3128/")),
            ("https://proxy", Some("https://proxy:443/")),
            ("socks5h://proxy", Some("socks5h://proxy:1080/")),
            ("socks5://[fd00::7]:9/x", Some("socks5://[fd00::7]:9/")),
            ("ftp://proxy", None),
            ("http://", None),
            ("a b", None),
        ] {
            assert_eq!(url(text).map(|it| it.to_string()).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_user_and_the_password_of_a_proxy_are_decoded() {
        let of = |text| credentials(&url(text).unwrap());
        let some = |user: &str, password: &str| Some((user.to_owned(), password.to_owned()));
        assert_eq!(of("socks5://me:p%40ss:w@proxy"), some("me", "p@ss:w"));
        assert_eq!(of("socks5://me@proxy"), some("me", ""));
        assert_eq!(of("socks5://proxy"), None);
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
