//! Answers that the fault server gives by itself.

use serde_json::{Value, json};

/// An answer: a status, headers, and a body.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Reply {
    /// A Kubernetes `Status`.
    pub fn status(code: u16, reason: &str, message: &str) -> Self {
        let status = json!({
            "apiVersion": "v1",
            "kind": "Status",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "code": code,
        });
        Self::json(code, &status)
    }

    /// 429, as the API server's own flow control answers.
    pub fn too_many_requests() -> Self {
        Self::status(429, "TooManyRequests", "too many requests, please try again later")
    }

    /// 503 with a `Status`.
    pub fn unavailable() -> Self {
        Self::status(503, "ServiceUnavailable", "the server is currently unable to handle this")
    }

    /// 500 with a message of the API server.
    pub fn internal_error(message: &str) -> Self {
        Self::status(500, "InternalError", message)
    }

    /// 410, as for a version that is no longer kept.
    pub fn gone() -> Self {
        Self::status(410, "Expired", "The provided continue parameter is too old")
    }

    /// 401.
    pub fn unauthorized() -> Self {
        Self::status(401, "Unauthorized", "Unauthorized")
    }

    /// 403.
    pub fn forbidden(message: &str) -> Self {
        Self::status(403, "Forbidden", message)
    }

    /// Any JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("content-type", "application/json".to_owned())];
        Self { status, headers, body: body.to_string().into_bytes() }
    }

    /// A page of a load balancer.
    pub fn html(status: u16) -> Self {
        let body = b"<html><body><h1>Gateway Time-out</h1></body></html>".to_vec();
        Self { status, headers: vec![("content-type", "text/html".to_owned())], body }
    }

    /// Plain text, as the API server answers for a path that it does not know.
    pub fn text(status: u16, text: &str) -> Self {
        let headers = vec![("content-type", "text/plain; charset=utf-8".to_owned())];
        Self { status, headers, body: text.as_bytes().to_vec() }
    }

    /// The same, with a header `Retry-After` in seconds.
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.headers.push(("retry-after", seconds.to_string()));
        self
    }

    /// The same, with the seconds in the `Status` instead of a header.
    pub fn retry_after_in_details(self, seconds: u32) -> Self {
        let mut status: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        status["details"] = json!({"retryAfterSeconds": seconds});
        Self { body: status.to_string().into_bytes(), ..self }
    }
}
