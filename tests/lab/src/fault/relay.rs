//! Passes requests on to the real API server, in the name of one of its users.

use std::path::Path;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::header::{
    ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, HOST, HeaderMap, TRANSFER_ENCODING,
};
use http::{Request, Response, Version};
use http_body_util::BodyExt;
use kube::client::Body;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

/// A connection to the real API server.
pub(super) struct Relay {
    client: Client,
}

impl Relay {
    /// Connects as the kubeconfig's user. Nothing is sent yet.
    pub(super) async fn new(kubeconfig: &Path) -> Result<Self> {
        let read = Kubeconfig::read_from(kubeconfig)
            .with_context(|| format!("read {}", kubeconfig.display()))?;
        let mut config =
            Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await?;
        config.proxy_url = None;
        config.default_retry = false;
        // A rule may change the body, which must be readable for that.
        config.disable_compression = true;
        Ok(Self { client: Client::try_from(config)? })
    }

    /// Passes a request on.
    pub(super) async fn forward(&self, request: Request<Bytes>) -> Result<Response<Body>> {
        let (mut parts, body) = request.into_parts();
        for header in [HOST, CONNECTION, TRANSFER_ENCODING, ACCEPT_ENCODING, AUTHORIZATION] {
            parts.headers.remove(header);
        }
        // With HTTP/2 a request names the server, and here that is the fault server.
        parts.version = Version::HTTP_11;
        parts.uri = parts.uri.path_and_query().context("a request without a path")?.clone().into();
        let response = self.client.send(Request::from_parts(parts, Body::from(body.to_vec())));
        response.await.context("pass a request on")
    }
}

/// Reads an answer to its end.
pub(super) async fn whole(response: Response<Body>) -> Result<Response<Bytes>> {
    let (parts, body) = response.into_parts();
    let body = body.collect().await.map_err(|error| anyhow::anyhow!(error))?.to_bytes();
    Ok(Response::from_parts(parts, body))
}

/// Takes away what holds for one connection only, or for a body that has been changed.
pub(super) fn clean(headers: &mut HeaderMap) {
    for header in [CONNECTION, TRANSFER_ENCODING, http::header::CONTENT_LENGTH] {
        headers.remove(header);
    }
}
