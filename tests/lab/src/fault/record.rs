//! What was asked of the fault server, and when.

use std::sync::atomic::{AtomicUsize, Ordering};
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
    /// When its answer began.
    pub answered: Option<Instant>,
}

/// How many requests had to wait for each other: the longest chain in which each was sent after the one
/// before it was answered.
pub fn depth(seen: &[Seen]) -> usize {
    let mut chains: Vec<usize> = Vec::new();
    for (index, request) in seen.iter().enumerate() {
        let is_before = |it: &&(&Seen, &usize)| it.0.answered.is_some_and(|at| at <= request.at);
        let before = seen[..index].iter().zip(&chains).filter(|it| is_before(&it));
        let longest = before.map(|it| *it.1).max().unwrap_or(0);
        chains.push(longest + 1);
    }
    chains.into_iter().max().unwrap_or(0)
}

/// Every request so far.
#[derive(Default)]
pub(super) struct Log {
    seen: Mutex<Vec<Seen>>,
    connections: AtomicUsize,
    received: AtomicUsize,
    sent: AtomicUsize,
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
            answered: None,
        });
        seen.len() - 1
    }

    /// Notes the status with which a request was answered.
    pub(super) fn answered(&self, number: usize, status: u16) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = seen.get_mut(number) {
            seen.status = Some(status);
            seen.answered = Some(Instant::now());
        }
    }

    pub(super) fn all(&self) -> Vec<Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes a connection.
    pub(super) fn connected(&self) {
        self.connections.fetch_add(1, Ordering::SeqCst);
    }

    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Notes bytes that came.
    pub(super) fn received(&self, bytes: usize) {
        self.received.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Notes bytes that went.
    pub(super) fn sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes, Ordering::Relaxed);
    }

    /// The bytes that came and that went.
    pub(super) fn bytes(&self) -> (u64, u64) {
        let of = |it: &AtomicUsize| it.load(Ordering::Relaxed) as u64;
        (of(&self.received), of(&self.sent))
    }

    pub(super) fn clear(&self) {
        for number in [&self.connections, &self.received, &self.sent] {
            number.store(0, Ordering::SeqCst);
        }
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
