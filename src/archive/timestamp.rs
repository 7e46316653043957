//! The time at which a cluster was written to files.

use jiff::{SignedDuration, Timestamp};

use crate::model::kind::Kind;
use crate::model::object::Object;

/// The time after which a kubelet reports the status of its Node again, whether anything changed or not
/// (`nodeStatusReportFrequency`).
const HEARTBEAT: SignedDuration = SignedDuration::from_mins(5);

/// Returns the time at which the objects were saved at the latest: with the next heartbeat of a Node, the Node would have
/// another one. `None` if no Node has one, or if the Nodes were saved before other objects. A file that was copied tells by
/// its own time when it was copied.
pub(super) fn latest<'a>(objects: impl Iterator<Item = &'a Object> + Clone) -> Option<Timestamp> {
    let created = objects.clone();
    let created = created.filter_map(|it| it.text("/metadata/creationTimestamp")?.parse().ok());
    let newest: Option<Timestamp> = created.max();
    let nodes = objects.filter(|it| it.reference().kind == Kind::Node);
    let conditions = nodes.flat_map(|it| it.list("/status/conditions"));
    let heartbeats = conditions.filter_map(|it| it["lastHeartbeatTime"].as_str()?.parse().ok());
    let last: Timestamp = heartbeats.max()?;
    let latest = last.saturating_add(HEARTBEAT).unwrap_or(last);
    newest.is_none_or(|it| it <= latest).then_some(latest)
}

/// The first time in the file `timestamp` of a must-gather, which has the times of its beginning and of its end as Go
/// prints times: `2024-08-21 12:00:00.123456789 +0200 CEST m=+0.012345678`. What follows
/// the offset repeats it, or is the process's own clock.
pub(super) fn first(text: &str) -> Option<Timestamp> {
    let mut words = text.lines().next()?.split_whitespace();
    let (date, time, offset) = (words.next()?, words.next()?, words.next()?);
    format!("{date}T{time}{offset}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_time_is_read_as_go_prints_it() {
        for (text, expected) in [
            (
                "2024-08-21 14:00:00.5 +0200 CEST m=+0.07\n2024-08-21 14:09:00 +0200 CEST m=+540\n",
                Some("2024-08-21T12:00:00.5Z"),
            ),
            ("2024-08-21 12:00:00 +0000 UTC\n", Some("2024-08-21T12:00:00Z")),
            ("2024-08-21 06:30:00 -0530 -0530 m=+1\n", Some("2024-08-21T12:00:00Z")),
            ("yesterday\n", None),
            ("", None),
        ] {
            assert_eq!(first(text), expected.map(|it| it.parse().unwrap()), "{text}");
        }
    }
}
