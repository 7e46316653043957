//! What was asked of the fault server, and when.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use http::HeaderMap;

/// A request.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `GET`, `POST`, …
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The query, empty where there is none.
    pub query: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// When it came.
    pub at: Instant,
    /// The status of its answer; `None` as long as there is none.
    pub status: Option<u16>,
}

/// Every request so far.
#[derive(Default)]
pub(super) struct Log {
    seen: Mutex<Vec<Seen>>,
}

impl Log {
    /// Notes a request. Gives its number.
    pub(super) fn note<B>(&self, request: &http::Request<B>) -> usize {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.push(Seen {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
            at: Instant::now(),
            status: None,
        });
        seen.len() - 1
    }

    /// Notes the status with which a request was answered.
    pub(super) fn answered(&self, number: usize, status: u16) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = seen.get_mut(number) {
            seen.status = Some(status);
        }
    }

    pub(super) fn all(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn clear(&self) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
