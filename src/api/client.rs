//! Assembles kube's client: the proxy, TLS, compression, credentials, and our own transport below.
//!
//! kube's own builder takes its connector, which speaks HTTP/1.1 alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use http::header::AUTHORIZATION;
use hyper_rustls::builderstates::WantsProtocols1;
use hyper_rustls::{FixedServerNameResolver, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::proxy::SocksV5;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use kube::client::{Body, ClientBuilder, ConfigExt as _};
use kube::config::Config;
use rustls_pki_types::ServerName;
use tower::filter::AsyncFilterLayer;
use tower::{BoxError, Service, ServiceBuilder, ServiceExt as _};
use tower_http::decompression::DecompressionLayer;
use tower_http::timeout::ResponseBodyTimeoutLayer;

use super::plugin::PluginToken;
use super::proxy;
use super::settings::Settings;
use super::token_file::TokenFile;
use super::transport::{Opened, SILENCE, Transport};
use super::tunnel::{Proxied, Tunnel};
use crate::api::Notices;
use crate::redact::quotes::Learned;

/// A token that changes while the program runs.
#[derive(Clone)]
pub(crate) enum Token {
    OfFile(TokenFile),
    OfPlugin(PluginToken),
}

impl Token {
    async fn authorize<B>(self, request: http::Request<B>) -> Result<http::Request<B>, BoxError> {
        match self {
            Self::OfFile(file) => Ok(file.authorize(request)),
            Self::OfPlugin(token) => token.authorize(request).await,
        }
    }
}

/// Makes the client.
///
/// # Errors
/// When certificates, credentials or the proxy cannot be used.
pub(crate) fn client(
    settings: &Settings,
    token: Option<Token>,
    notices: &Notices,
) -> Result<(kube::Client, Opened), kube::Error> {
    let config = &settings.config;
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    let Some(proxy) = &config.proxy_url else {
        return over(tcp, config, token, notices);
    };
    if let Some((_, password)) = proxy::credentials(proxy) {
        notices.learned.learn_credential(&password);
    }
    let proxied = Proxied::new(proxy, &settings.proxy_origin);
    match proxy.scheme_str() {
        Some("socks5" | "socks5h") => {
            let socks = socks(proxy, tcp).map_err(move |error| proxied.fault(&error));
            over(socks, config, token, notices)
        }
        Some("http") => over(Tunnel::new(proxied, tcp), config, token, notices),
        Some("https") => {
            let tls = https(config)?.enable_http1().wrap_connector(tcp);
            over(Tunnel::new(proxied, tls), config, token, notices)
        }
        _ => Err(kube::Error::ProxyProtocolUnsupported { proxy_url: Box::new(proxy.clone()) }),
    }
}

/// A way through a SOCKS5 proxy, with the user and password that its URL may hold. The proxy looks names
/// up, whichever of the two schemes is given, as Go has it.
fn socks<C>(proxy: &Uri, connector: C) -> SocksV5<C> {
    let socks = SocksV5::new(proxy.clone(), connector);
    match proxy::credentials(proxy) {
        Some((user, password)) => socks.with_auth(user, password),
        None => socks,
    }
}

/// The client over a way to connect.
fn over<C>(
    connector: C,
    config: &Config,
    token: Option<Token>,
    notices: &Notices,
) -> Result<(kube::Client, Opened), kube::Error>
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError>,
{
    // kube reads a token file with its final newline, and runs a plugin that has run already.
    let authorization = if token.is_some() { None } else { config.auth_layer()? };
    let token = token.map(|token| {
        AsyncFilterLayer::new(move |request: http::Request<Body>| token.clone().authorize(request))
    });
    let connector = https(config)?.enable_all_versions().wrap_connector(connector);
    let (transport, opened) = Transport::new(connector, config);
    let gzip = DecompressionLayer::new().gzip(!config.disable_compression);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .layer(gzip)
        .map_err(BoxError::from)
        .option_layer(authorization)
        .option_layer(token)
        .map_request(learning(notices.learned.clone()))
        .layer(config.extra_headers_layer()?)
        .layer(ResponseBodyTimeoutLayer::new(SILENCE))
        .service(transport);
    let client = ClientBuilder::new(service, config.default_namespace.clone());
    Ok((client.with_layer(notices).build(), opened))
}

/// Takes the credential of each request, wherever it comes from, so that no answer that repeats it is shown with it.
fn learning(
    learned: Learned,
) -> impl Fn(http::Request<Body>) -> http::Request<Body> + Clone + Send + Sync + 'static {
    move |request| {
        let header = request.headers().get(AUTHORIZATION).and_then(|it| it.to_str().ok());
        if let Some((scheme, credential)) = header.and_then(|it| it.split_once(' ')) {
            learned.learn_credential(credential);
            let login = STANDARD.decode(credential).ok().filter(|_| scheme == "Basic");
            let login = login.and_then(|it| String::from_utf8(it).ok());
            if let Some((_, password)) = login.as_deref().and_then(|it| it.split_once(':')) {
                learned.learn_credential(password);
            }
        }
        request
    }
}

/// TLS by the settings of a kubeconfig.
fn https(config: &Config) -> Result<HttpsConnectorBuilder<WantsProtocols1>, kube::Error> {
    let builder = HttpsConnectorBuilder::new()
        .with_tls_config(config.rustls_client_config()?)
        .https_or_http();
    let Some(name) = &config.tls_server_name else { return Ok(builder) };
    let name =
        ServerName::try_from(name.clone()).map_err(|error| kube::Error::Service(error.into()))?;
    Ok(builder.with_server_name_resolver(FixedServerNameResolver::new(name)))
}
