//! The age of an object, in the format of kubectl.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::model::object::Object;

/// The age of an object, in seconds; shown as kubectl shows it: `45s`, `5m`, `3h12m`, `12d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Age(i64);

impl Age {
    pub(crate) fn of(object: &Object, now: Timestamp) -> Option<Self> {
        Self::since(object.text("/metadata/creationTimestamp")?, now)
    }

    /// The time since a timestamp.
    pub(crate) fn since(time: &str, now: Timestamp) -> Option<Self> {
        let time: Timestamp = time.parse().ok()?;
        // The API server's clock may be ahead of ours.
        Some(Self(now.duration_since(time).as_secs().max(0)))
    }

    pub(crate) const fn exceeds(self, time: SignedDuration) -> bool {
        self.0 > time.as_secs()
    }
}

impl fmt::Display for Age {
    /// After `duration.HumanDuration` of k8s.io/apimachinery.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0;
        let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
        let mut two = |large: i64, unit, small: i64, rest| match small {
            0 => write!(f, "{large}{unit}"),
            _ => write!(f, "{large}{unit}{small}{rest}"),
        };
        match (minutes, hours, days) {
            (0..2, ..) => two(seconds, 's', 0, ' '),
            (2..10, ..) => two(minutes, 'm', seconds % 60, 's'),
            (_, 0..3, _) => two(minutes, 'm', 0, ' '),
            (_, 3..8, _) => two(hours, 'h', minutes % 60, 'm'),
            (_, 8..48, _) => two(hours, 'h', 0, ' '),
            (_, _, 2..8) => two(days, 'd', hours % 24, 'h'),
            (_, _, 8..730) => two(days, 'd', 0, ' '),
            (_, _, 730..2920) => two(days / 365, 'y', days % 365, 'd'),
            _ => two(days / 365, 'y', 0, ' '),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_read_as_kubectl_writes_them() {
        for (seconds, expected) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (599, "9m59s"),
            (600, "10m"),
            (3 * 3600 - 1, "179m"),
            (3 * 3600 + 12 * 60, "3h12m"),
            (8 * 3600 + 60, "8h"),
            (48 * 3600 + 3600, "2d1h"),
            (8 * 86_400, "8d"),
            (730 * 86_400, "2y"),
            (9 * 365 * 86_400, "9y"),
        ] {
            assert_eq!(Age(seconds).to_string(), expected);
        }
    }
}
