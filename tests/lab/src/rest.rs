//! Plain requests to the API server for whole, untyped objects. Unlike kube's
//! own `Api` it takes the kind as a value and keeps objects as JSON.

use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use http::{Method, Request};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value;

use crate::kind::{self, Kind};
use crate::standin::digest::hex;

/// How a change is written down.
#[derive(Clone, Copy, Debug)]
pub enum PatchType {
    /// RFC 7386; `null` removes.
    Merge,
    /// Server-side apply, by force.
    Apply,
}

/// A connection that speaks of objects as JSON values.
#[derive(Clone)]
pub struct Rest {
    client: Client,
    manager: &'static str,
}

impl Rest {
    /// Speaks through an existing client.
    pub fn new(client: Client) -> Self {
        Self { client, manager: "oc-etcd-lab" }
    }

    /// Writes in the name of another manager of fields.
    pub fn as_manager(&self, manager: &'static str) -> Self {
        Self { client: self.client(), manager }
    }

    /// The client below.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Reads one object.
    pub async fn get(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> kube::Result<Value> {
        let path = format!("{}/{name}", kind.path(namespace));
        self.send(Method::GET, &path, None, None).await
    }

    /// Reads all objects of a kind, perhaps only those a label selector takes.
    pub async fn list(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        selector: Option<&str>,
    ) -> kube::Result<Vec<Value>> {
        let mut path = kind.path(namespace);
        if let Some(selector) = selector {
            path = format!("{path}?labelSelector={}", percent_encode(selector));
        }
        let mut list = self.send(Method::GET, &path, None, None).await?;
        let Value::Array(mut items) = list["items"].take() else {
            return Ok(Vec::new());
        };
        for item in &mut items {
            item["apiVersion"] = kind.api_version().into();
            item["kind"] = kind.name.into();
        }
        Ok(items)
    }

    /// Creates an object.
    pub async fn create(&self, kind: &Kind, object: &Value) -> kube::Result<Value> {
        let path = kind.path(kind::namespace(object));
        let path = format!("{path}?fieldManager={}", self.manager);
        self.send(Method::POST, &path, None, Some(object)).await
    }

    /// Has the server judge a creation without doing it.
    pub async fn try_create(&self, kind: &Kind, object: &Value) -> kube::Result<Value> {
        let path = format!("{}?dryRun=All", kind.path(kind::namespace(object)));
        self.send(Method::POST, &path, None, Some(object)).await
    }

    /// Replaces the status of an object; it must carry the version it replaces.
    pub async fn replace_status(&self, kind: &Kind, object: &Value) -> kube::Result<Value> {
        let path = format!(
            "{}/{}/status?fieldManager={}",
            kind.path(kind::namespace(object)),
            kind::name(object),
            self.manager
        );
        self.send(Method::PUT, &path, None, Some(object)).await
    }

    /// Changes an object, or with `subresource` a part of it.
    pub async fn patch(
        &self,
        kind: &Kind,
        object: &Value,
        subresource: Option<&str>,
        patch_type: PatchType,
        patch: &Value,
    ) -> kube::Result<Value> {
        let (namespace, name) = (kind::namespace(object), kind::name(object));
        let mut url = format!("{}/{name}", kind.path(namespace));
        if let Some(subresource) = subresource {
            url = format!("{url}/{subresource}");
        }
        url = format!("{url}?fieldManager={}", self.manager);
        let content_type = match patch_type {
            PatchType::Merge => "application/merge-patch+json",
            PatchType::Apply => {
                url.push_str("&force=true");
                "application/apply-patch+yaml"
            }
        };
        self.send(Method::PATCH, &url, Some(content_type), Some(patch)).await
    }

    /// Deletes an object.
    pub async fn delete(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> kube::Result<()> {
        let path = format!("{}/{name}?gracePeriodSeconds=0", kind.path(namespace));
        self.send(Method::DELETE, &path, None, None).await.map(drop)
    }

    /// Deletes all objects of a kind, in one namespace if the kind has such.
    pub async fn delete_all(&self, kind: &Kind, namespace: Option<&str>) -> kube::Result<()> {
        let path = format!("{}?gracePeriodSeconds=0", kind.path(namespace));
        self.send(Method::DELETE, &path, None, None).await.map(drop)
    }

    /// Creates an object from YAML that the server itself is to parse, which it
    /// does for the kinds built into it.
    pub async fn create_yaml(&self, kind: &Kind, yaml: Vec<u8>) -> kube::Result<Value> {
        let request = Request::post(kind.path(None))
            .header(http::header::CONTENT_TYPE, "application/yaml")
            .body(yaml)
            .map_err(kube::Error::HttpError)?;
        self.client.request(request).await
    }

    /// Reads a page that is no object, such as `/readyz`.
    pub async fn text(&self, path: &str) -> kube::Result<String> {
        let request = Request::get(path).body(Vec::new()).map_err(kube::Error::HttpError)?;
        self.client.request_text(request).await
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Option<&Value>,
    ) -> kube::Result<Value> {
        let bytes = match body {
            Some(body) => serde_json::to_vec(body).map_err(kube::Error::SerdeError)?,
            None => Vec::new(),
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::CONTENT_TYPE, content_type.unwrap_or("application/json"))
            .body(bytes)
            .map_err(kube::Error::HttpError)?;
        self.client.request(request).await
    }
}

/// Connects as the current context of a kubeconfig says.
pub async fn connect(kubeconfig: &std::path::Path) -> Result<Client> {
    let read = Kubeconfig::read_from(kubeconfig)
        .with_context(|| format!("read {}", kubeconfig.display()))?;
    let mut config = Config::from_custom_kubeconfig(read, &KubeConfigOptions::default()).await?;
    config.connect_timeout = Some(Duration::from_secs(5));
    // The proxy of the machine that tests run on does not lead to the lab.
    config.proxy_url = None;
    Client::try_from(config).map_err(|error| anyhow!(error))
}

/// The HTTP status with which the server refused a request.
pub fn status_code(error: &kube::Error) -> Option<u16> {
    match error {
        kube::Error::Api(status) => Some(status.code),
        _ => None,
    }
}

/// Takes success out of errors that say the object is already as wanted.
pub fn ignore<T>(result: kube::Result<T>, codes: &[u16]) -> kube::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if status_code(&error).is_some_and(|code| codes.contains(&code)) => Ok(None),
        Err(error) => Err(error),
    }
}

fn percent_encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => {
                encoded.push('%');
                encoded.push_str(&hex(&[byte]).to_uppercase());
            }
        }
    }
    encoded
}
