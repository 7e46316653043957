//! Decides whether two statuses are the same except for ages.

use super::{Observation, Status};
use crate::check::{Check, Severity};

impl Status {
    /// Returns whether somebody who has seen the other one learns nothing from this one. Ages do not count,
    /// nor do the words of findings, which may hold ages.
    #[must_use]
    pub fn tells_the_same_as(&self, other: &Self) -> bool {
        timeless(self) == timeless(other) && self.gist() == other.gist()
    }

    /// Returns the subjects of the findings.
    fn gist(&self) -> Vec<(Severity, Check, &str)> {
        self.findings.iter().map(|it| (it.severity, it.check, it.subject.as_str())).collect()
    }
}

/// The same status without times, and without findings.
fn timeless(status: &Status) -> Status {
    let mut status = status.clone();
    status.read_at = jiff::Timestamp::UNIX_EPOCH;
    status.findings.clear();
    if let Observation::Known(machines) = &mut status.machines {
        for it in machines {
            it.age = None;
        }
    }
    if let Observation::Known(nodes) = &mut status.nodes {
        for it in nodes {
            it.age = None;
        }
    }
    status
}

#[cfg(test)]
mod tests {
    use crate::model::kind::Kind;
    use crate::model::object::ObjectRef;
    use crate::model::snapshot::Snapshot;
    use crate::status::assess;
    use crate::status::fixtures::{troubled, two_machines};

    #[test]
    fn time_alone_is_no_change_and_everything_else_is() {
        let (before, after) = ("2024-08-21T12:00:00Z", "2024-08-21T12:10:00Z");
        let at = |snapshot: &Snapshot, time: &str| {
            let mut snapshot = snapshot.clone();
            snapshot.read_at = time.parse().unwrap();
            assess(&snapshot, "1.0.0")
        };
        for snapshot in [two_machines(), troubled()] {
            assert!(at(&snapshot, before).tells_the_same_as(&at(&snapshot, after)));
        }
        let mut fewer = two_machines();
        fewer.remove(&ObjectRef::cluster(Kind::Node, "ip-10-0-12-40.ec2.internal"));
        assert!(!at(&two_machines(), before).tells_the_same_as(&at(&fewer, before)));
        // A Machine that takes too long is news, though no object has changed.
        let late = "2024-08-21T11:30:00Z";
        assert!(!at(&troubled(), late).tells_the_same_as(&at(&troubled(), after)));
    }
}
