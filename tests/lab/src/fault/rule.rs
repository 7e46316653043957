//! Which requests meet which fault.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use serde_json::Value;

use super::gate::Gate;
use super::record::Seen;
use super::reply::Reply;

/// A sort of requests. All that is said must hold.
#[derive(Clone, Debug, Default)]
pub struct Match {
    method: Option<&'static str>,
    path: Option<String>,
    path_end: Option<String>,
    query: Option<String>,
    without_query: Option<String>,
    token: Option<String>,
}

impl Match {
    /// Every request.
    pub fn any() -> Self {
        Self::default()
    }

    /// Those of a method, whose path contains a text.
    pub fn of(method: &'static str, path: &str) -> Self {
        Self { method: Some(method), path: Some(path.to_owned()), ..Self::default() }
    }

    /// Reads of objects that exist for themselves: no watch.
    pub fn read(path: &str) -> Self {
        Self::of("GET", path).without_query("watch=")
    }

    /// Watches of a kind, by its plural.
    pub fn watch(path: &str) -> Self {
        Self::of("GET", path).query("watch=")
    }

    /// Those whose path also ends in a text.
    pub fn path_end(self, text: &str) -> Self {
        Self { path_end: Some(text.to_owned()), ..self }
    }

    /// Those whose query contains a text.
    pub fn query(self, text: &str) -> Self {
        Self { query: Some(text.to_owned()), ..self }
    }

    /// Those whose query does not contain a text.
    pub fn without_query(self, text: &str) -> Self {
        Self { without_query: Some(text.to_owned()), ..self }
    }

    /// Those with this bearer token.
    pub fn token(self, token: &str) -> Self {
        Self { token: Some(format!("Bearer {token}")), ..self }
    }

    /// Whether it takes a request.
    pub fn takes(&self, method: &str, path: &str, query: &str, headers: &HeaderMap) -> bool {
        let token = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
        self.takes_line(method, path, query)
            && self.token.as_deref().is_none_or(|it| token == Some(it))
    }

    /// Whether it takes a request that was seen; a token is not looked at.
    pub fn takes_seen(&self, seen: &Seen) -> bool {
        self.takes_line(&seen.method, &seen.path, &seen.query)
    }

    fn takes_line(&self, method: &str, path: &str, query: &str) -> bool {
        self.method.is_none_or(|it| it == method)
            && self.path.as_deref().is_none_or(|it| path.contains(it))
            && self.path_end.as_deref().is_none_or(|it| path.ends_with(it))
            && self.query.as_deref().is_none_or(|it| query.contains(it))
            && self.without_query.as_deref().is_none_or(|it| !query.contains(it))
    }
}

/// Which of the requests that a rule matches it also breaks, counted from 1.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// Each.
    Always,
    /// The first so many.
    First(usize),
    /// Only this one.
    Nth(usize),
}

impl When {
    const fn holds(self, number: usize) -> bool {
        match self {
            Self::Always => true,
            Self::First(count) => number <= count,
            Self::Nth(which) => number == which,
        }
    }
}

/// A point in an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// Before anything of it is sent. The request is not passed on.
    BeforeHeaders,
    /// When the headers are sent.
    AfterHeaders,
    /// When half of the body is sent.
    MidBody,
}

/// A moment around passing a request on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The server knows nothing of it yet.
    BeforeForwarding,
    /// The server has carried it out.
    AfterForwarding,
}

/// How a watch ends.
#[derive(Clone, Debug)]
pub enum WatchEnd {
    /// As a watch ends whose time is over.
    Close,
    /// The connection is reset.
    Reset,
    /// Nothing more comes.
    Silence,
    /// With an event `ERROR` that holds this `Status`.
    Error(Reply),
}

/// A change to a JSON answer.
pub type Change = Arc<dyn Fn(Value) -> Value + Send + Sync>;

/// What happens to a request.
#[derive(Clone)]
pub enum Fault {
    /// It is passed on after this time.
    Delay(Duration),
    /// The answer stops there, and the connection stays.
    Stall(Point),
    /// The body comes in pieces of this many bytes, one per such time.
    Drip(usize, Duration),
    /// Every connection is reset, and for this time none is taken.
    GoAway(Duration),
    /// The connection is reset there.
    Reset(Point),
    /// The connection is closed in good order in the middle of the body.
    Truncate,
    /// Another answer; the server is not asked.
    Answer(Reply),
    /// The server carries it out, and this answer is given instead; `None`
    /// resets the connection.
    Lost(Option<Reply>),
    /// The server carries it out, and no answer ever comes.
    LostInSilence,
    /// The watch ends after so many events.
    DropWatch(usize, WatchEnd),
    /// The answer's JSON is changed; of a watch, each event.
    Malformed(Change),
    /// The answer's bytes are changed.
    Garbled(Arc<dyn Fn(Vec<u8>) -> Vec<u8> + Send + Sync>),
    /// A header is added to the answer.
    Header(&'static str, &'static str),
    /// It waits at a gate.
    Pause(Moment, Gate),
    /// It is passed on as it is: the rules behind this one do not see it.
    Nothing,
}

impl Fault {
    /// Changes the JSON of an answer.
    pub fn malformed(change: impl Fn(Value) -> Value + Send + Sync + 'static) -> Self {
        Self::Malformed(Arc::new(change))
    }

    /// Changes the bytes of an answer.
    pub fn garbled(change: impl Fn(Vec<u8>) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::Garbled(Arc::new(change))
    }
}

/// A fault, and the requests that meet it.
pub struct Rule {
    matcher: Match,
    when: When,
    fault: Fault,
    matched: usize,
}

impl Rule {
    /// Breaks those requests in that way.
    pub fn new(matcher: Match, when: When, fault: Fault) -> Self {
        Self { matcher, when, fault, matched: 0 }
    }

    /// The fault for a request, if it takes it.
    pub(super) fn meets(
        &mut self,
        method: &str,
        path: &str,
        query: &str,
        headers: &HeaderMap,
    ) -> Option<Fault> {
        if !self.matcher.takes(method, path, query, headers) {
            return None;
        }
        self.matched += 1;
        self.when.holds(self.matched).then(|| self.fault.clone())
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rule").field("matcher", &self.matcher).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_counts_what_it_matches_and_breaks_only_what_it_is_told_to() {
        let mut second = Rule::new(Match::read("/pods"), When::Nth(2), Fault::Nothing);
        let mut meets =
            |method, path, query| second.meets(method, path, query, &HeaderMap::new()).is_some();
        assert!(!meets("GET", "/api/v1/pods", ""));
        assert!(!meets("POST", "/api/v1/pods", ""));
        assert!(!meets("GET", "/api/v1/pods", "watch=true"));
        assert!(!meets("GET", "/api/v1/nodes", ""));
        assert!(meets("GET", "/api/v1/pods", "limit=5"));
        assert!(!meets("GET", "/api/v1/pods", ""));
    }
}
