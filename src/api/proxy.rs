//! Which proxy leads to the API server.
//!
//! kube compares `NO_PROXY` with the proxy's own address, and takes an empty item for an error, and hyper-util's
//! matcher knows no ports and takes `.example.com` for `example.com` too; so it is resolved here, from kubectl's
//! variables and with its precedence.

use std::net::IpAddr;

use http::Uri;
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

/// The text of a proxy's URL, which may hold a password, and the place that the text comes from.
#[derive(Clone)]
pub(crate) struct Proxy {
    text: String,
    pub(crate) origin: String,
}

impl Proxy {
    /// The URL as it can be connected to.
    ///
    /// # Errors
    /// A sentence that names the place of the URL.
    pub(crate) fn url(&self) -> Result<Uri, String> {
        url(&self.text)
            .map_err(|why| format!("the URL of the proxy ({}) is not valid: {why}", self.origin))
    }
}

/// The proxy for a server; `None` for a direct connection. A cluster's own `proxy-url`, given with the name of the
/// cluster, comes before the environment, and `NO_PROXY` does not concern it.
pub(crate) fn resolve(
    server: &Uri,
    of_cluster: Option<(&str, &str)>,
    variables: &ProxyVariables,
) -> Option<Proxy> {
    if let Some((cluster, proxy)) = of_cluster.filter(|(_, it)| !it.is_empty()) {
        let origin = format!("proxy-url of cluster \"{cluster}\" of the kubeconfig");
        return Some(Proxy { text: proxy.to_owned(), origin });
    }
    let is_tls = server.scheme_str() == Some("https");
    let (proxy, origin) = if is_tls {
        (&variables.https, "HTTPS_PROXY or https_proxy in the environment")
    } else {
        (&variables.http, "HTTP_PROXY or http_proxy in the environment")
    };
    let list = variables.none.as_deref().unwrap_or_default();
    if is_loopback(server) || list.split(',').any(|it| leaves_out(it, server)) {
        return None;
    }
    Some(Proxy { text: proxy.clone()?, origin: origin.to_owned() })
}

/// A proxy's URL as it can be connected to: without a scheme it is of HTTP, as Go takes a variable, and
/// the port is the scheme's own where there is none.
///
/// # Errors
/// What is wrong with the URL. Quotes no part of the URL.
fn url(text: &str) -> Result<Uri, &'static str> {
    const NO_URL: &str = "it must have the form http://HOST:PORT";
    let (scheme, rest) = match text.split_once("://").filter(|(scheme, _)| !scheme.is_empty()) {
        Some((scheme, rest)) => (scheme.to_ascii_lowercase(), rest),
        None => ("http".to_owned(), text),
    };
    let default = match &*scheme {
        "http" => "80",
        "https" => "443",
        "socks5" | "socks5h" => "1080",
        _ => return Err("the scheme must be http, https, socks5 or socks5h"),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (user, address) = match authority.rsplit_once('@') {
        Some((user, address)) => (format!("{user}@"), address),
        None => (String::new(), authority),
    };
    let (host, port) = match address.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (address, ""),
    };
    if host.is_empty() {
        return Err(NO_URL);
    }
    let port = if port.is_empty() { default } else { port };
    if port.parse::<u16>().is_err() {
        return Err("the port must be a number from 0 to 65535");
    }
    let url = Uri::builder().scheme(&*scheme).authority(format!("{user}{host}:{port}"));
    url.path_and_query("/").build().map_err(|_| NO_URL)
}

/// Returns why a text cannot be the `proxy-url` of a cluster: unlike a variable, it needs a scheme, and
/// client-go knows no `socks5h` there (`tools/clientcmd/helpers.go`).
pub(crate) fn fault_of_cluster(text: &str) -> Option<&'static str> {
    let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    let is_known = scheme.is_some_and(|it| ["http", "https", "socks5"].contains(&&*it));
    if !is_known {
        return Some("proxy-url is not a URL with the scheme http, https or socks5");
    }
    match url(text) {
        Ok(_) => None,
        Err(why) if why.contains("port") => {
            Some("the port in proxy-url must be a number from 0 to 65535")
        }
        Err(_) => Some("proxy-url is not a URL such as http://HOST:PORT"),
    }
}

/// The user and the password in a proxy's URL.
pub(crate) fn credentials(proxy: &Uri) -> Option<(String, String)> {
    let (user, _) = proxy.authority()?.as_str().rsplit_once('@')?;
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    let plain = |it| percent_decode_str(it).decode_utf8_lossy().into_owned();
    Some((plain(user), plain(password)))
}

/// Returns whether an item of `NO_PROXY` leaves the proxy out for a server, by Go's rules
/// (`golang.org/x/net/http/httpproxy`): `*`, an address or a network, and a host with its subdomains, or the subdomains
/// alone if the item begins with a dot. Hosts and addresses may have a port.
fn leaves_out(item: &str, server: &Uri) -> bool {
    let item = item.trim().to_ascii_lowercase();
    let host = bare(server.host().unwrap_or_default()).to_ascii_lowercase();
    let address = host.parse::<IpAddr>().ok();
    if item == "*" {
        return true;
    }
    if let Some((network, length)) = network(&item) {
        return address.is_some_and(|it| is_in(it, network, length));
    }
    let (name, port) = match item.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, port),
        _ => (&*item, ""),
    };
    let default = if server.scheme_str() == Some("https") { 443 } else { 80 };
    let is_port = port.is_empty() || *port == server.port_u16().unwrap_or(default).to_string();
    // Go reads brackets only in front of a port.
    let of_item = if port.is_empty() { name } else { bare(name) };
    if let Ok(of_item) = of_item.parse::<IpAddr>() {
        return is_port && address.is_some_and(|it| it.to_canonical() == of_item.to_canonical());
    }
    let name = if name.starts_with("*.") { &name[1..] } else { name };
    let is_named = match name.strip_prefix('.') {
        Some(_) => host.ends_with(name),
        None => host == name || host.strip_suffix(name).is_some_and(|it| it.ends_with('.')),
    };
    !name.is_empty() && address.is_none() && is_port && is_named
}

/// A host without the brackets of IPv6.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// A network as an address and the number of bits that count.
fn network(item: &str) -> Option<(IpAddr, u32)> {
    let (address, length) = item.split_once('/')?;
    let (address, length) = (address.parse::<IpAddr>().ok()?, length.parse::<u32>().ok()?);
    (length <= if address.is_ipv4() { 32 } else { 128 }).then_some((address, length))
}

fn is_in(address: IpAddr, network: IpAddr, length: u32) -> bool {
    let is_same = |left: u128, right: u128, bits: u32| {
        (left ^ right).checked_shr(bits - length).is_none_or(|it| it == 0)
    };
    match (address.to_canonical(), network) {
        (IpAddr::V4(left), IpAddr::V4(right)) => {
            is_same(left.to_bits().into(), right.to_bits().into(), 32)
        }
        (IpAddr::V6(left), IpAddr::V6(right)) => is_same(left.to_bits(), right.to_bits(), 128),
        _ => false,
    }
}

/// Go never asks a proxy for these.
fn is_loopback(server: &Uri) -> bool {
    let host = bare(server.host().unwrap_or_default());
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row as Go's `httpproxy` decides it.
    #[test]
    fn no_proxy_is_compared_with_the_api_servers_address() {
        let api = "https://api.lab.example.com:6443";
        let (v4, v6) = ("https://192.0.2.10:6443", "https://[fd00::7]:6443");
        for (server, direct, proxied) in [
            (
                api,
                &[
                    "api.lab.example.com",
                    "API.Lab.Example.COM",
                    ".example.com",
                    "example.com,",
                    ", ,lab.example.com",
                    "*.example.com",
                    "api.lab.example.com:6443",
                    ".example.com:6443",
                    "*.lab.example.com:6443",
                    "*",
                    "x, *",
                    "com",
                ][..],
                &[
                    "",
                    "proxy.example.net",
                    "ample.com",
                    "api.lab.example.com:443",
                    ".net",
                    ".api.lab.example.com",
                    "*.api.lab.example.com",
                    "*example.com",
                    "*.example.com:443",
                    "*:6443",
                    ":6443",
                    "https://api.lab.example.com",
                    "192.0.2.0/24",
                ][..],
            ),
            (
                "https://example.com",
                &["example.com", "example.com:443"],
                &[".example.com", "*.example.com"],
            ),
            (
                v4,
                &[
                    "192.0.2.10",
                    "192.0.2.10:6443",
                    "192.0.2.0/24",
                    "0.0.0.0/0",
                    "192.0.2.10/32",
                    "::ffff:192.0.2.10",
                ],
                &[
                    "192.0.2.1",
                    "192.0.2.10:443",
                    "192.0.3.0/24",
                    "192.0.2.0/33",
                    "192.0.2.0/24:6443",
                    "2.10",
                    "::/0",
                ],
            ),
            (
                v6,
                &["fd00::7", "[fd00::7]:6443", "fd00::/8", "::/0"],
                &["[fd00::7]", "fd00::8", "fe00::/8", "0.0.0.0/0"],
            ),
            ("http://plain.example.com", &["example.com:80"], &["example.com:443"]),
        ] {
            for (list, is_direct) in
                direct.iter().map(|it| (it, true)).chain(proxied.iter().map(|it| (it, false)))
            {
                let variables = ProxyVariables {
                    https: Some("http://proxy.example.net:3128".to_owned()),
                    http: Some("http://proxy.example.net:3128".to_owned()),
                    none: Some((*list).to_owned()),
                };
                let found = resolve(&Uri::from_static(server), None, &variables);
                assert_eq!(found.is_none(), is_direct, "{server}: NO_PROXY={list}");
            }
        }
        let variables = ProxyVariables { https: Some("p".to_owned()), ..ProxyVariables::default() };
        for own in ["https://127.0.0.1:6443", "https://localhost:6443", "https://[::1]:6443"] {
            assert!(resolve(&Uri::from_static(own), None, &variables).is_none(), "{own}");
        }
    }

    #[test]
    fn a_proxy_is_what_go_takes_for_one() {
        for (text, expected) in [
            ("http://proxy:3128", Ok("http://proxy:3128/")),
            ("HTTP://proxy:3128/", Ok("http://proxy:3128/")),
            ("proxy:3128", Ok("http://proxy:3128/")),
            ("10.0.0.1:3128", Ok("http://10.0.0.1:3128/")),
            ("proxy", Ok("http://proxy:80/")),
            ("http://proxy:", Ok("http://proxy:80/")),
            ("u:p@proxy:3128", Ok("http://u:p@proxy:3128/")),
            ("https://proxy", Ok("https://proxy:443/")),
            ("socks5h://proxy", Ok("socks5h://proxy:1080/")),
            ("socks5://[fd00::7]:9/x", Ok("socks5://[fd00::7]:9/")),
            ("http://[fd00::7]", Ok("http://[fd00::7]:80/")),
            ("ftp://proxy", Err("the scheme must be")),
            ("http://proxy:notaport", Err("the port must be")),
            ("http://proxy:99999", Err("the port must be")),
            ("http://", Err("it must have the form")),
            ("a b", Err("it must have the form")),
        ] {
            let found = url(text).map(|it| it.to_string());
            let is_right = match (&found, expected) {
                (Ok(found), Ok(expected)) => found == expected,
                (Err(found), Err(expected)) => found.starts_with(expected),
                _ => false,
            };
            assert!(is_right, "{text}: {found:?}");
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
        let of = |server, own: Option<&str>| {
            let own = own.map(|it| ("c", it));
            resolve(&Uri::from_static(server), own, &variables).map(|it| it.text)
        };
        assert_eq!(of("https://api", Some("socks5://own")).as_deref(), Some("socks5://own"));
        assert_eq!(of("https://other", Some("")).as_deref(), Some("http://secure"));
        assert_eq!(of("http://other", None).as_deref(), Some("http://plain"));
        assert_eq!(of("https://api", None), None);
    }
}
