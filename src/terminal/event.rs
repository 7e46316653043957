//! What happens, for programs: with `--progress=json`, each line of stderr is one JSON object.

use std::io::{self, Write as _};

use jiff::Timestamp;
use serde::Serialize;

use super::{ProgressMode, Terminal};
use crate::exit::Exit;
use crate::report::document::Document;

/// Tells the time. One that is fixed, unless it is given the system's.
#[derive(Clone, Copy, Debug)]
pub struct Clock(pub fn() -> Timestamp);

impl Default for Clock {
    fn default() -> Self {
        Self(|| Timestamp::UNIX_EPOCH)
    }
}

/// The type of an event. The words are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum EventType {
    /// A step that is planned.
    Plan,
    /// A write that was done.
    Applied,
    /// The progress of an object.
    Progress,
    /// Something to know.
    Note,
    /// Something that may be wrong.
    Warning,
    /// Something that is wrong.
    Error,
    /// The remedy of a finding or an error.
    Hint,
    /// The end: the last event of every run.
    Done,
}

/// Something that happened.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    time: Timestamp,
    r#type: EventType,
    #[serde(skip_serializing_if = "Option::is_none")]
    object: Option<&'a str>,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit_code: Option<u8>,
}

impl Terminal {
    /// Returns whether stderr is for events, and nothing else may be written there.
    #[must_use]
    pub fn tells_events(&self) -> bool {
        self.settings.progress == ProgressMode::Json
    }

    /// Tells programs what happened, to an object such as `machineconfigpool/etcd` or to none. People are
    /// told by other means.
    pub fn event(&self, kind: EventType, object: Option<&str>, message: &str) {
        self.write_event(kind, object, message, None);
    }

    /// Tells programs that the run ends, and how.
    pub fn done(&self, exit: Exit) {
        self.write_event(EventType::Done, None, exit.word(), Some(exit.code()));
    }

    fn write_event(
        &self,
        r#type: EventType,
        object: Option<&str>,
        message: &str,
        exit_code: Option<u8>,
    ) {
        if !self.tells_events() {
            return;
        }
        let Clock(now) = self.settings.clock;
        let event = Event { time: now(), r#type, object, message, exit_code };
        if let Ok(line) = serde_json::to_string(&Document::new("Event", event)) {
            let mut line = self.settings.letters.document(&line);
            line.push('\n');
            let _told = io::stderr().lock().write_all(line.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_a_document_in_one_line() {
        let event = Event {
            time: Timestamp::UNIX_EPOCH,
            r#type: EventType::Applied,
            object: Some("secret/etcd-user-data"),
            message: "created",
            exit_code: None,
        };
        assert_eq!(
            serde_json::to_string(&Document::new("Event", event)).unwrap(),
            r#"{"apiVersion":"oc-etcd/v1","kind":"Event","time":"1970-01-01T00:00:00Z","type":"applied","object":"secret/etcd-user-data","message":"created"}"#
        );
    }
}
