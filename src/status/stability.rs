//! Measures the time for which a condition has held without interruption.
//!
//! The caller passes the time since the beginning of the wait.

use std::time::Duration;

/// The result of one look at the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// The goal is reached.
    Good,
    /// The condition does not hold.
    Bad,
    /// The API server gave no answer, so that the state is unknown.
    Blind,
}

/// The conclusion from all looks so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stable {
    /// The condition has held for long enough.
    Reached,
    /// The condition will have held for long enough at this time, without an interruption.
    At(Duration),
    /// The condition does not hold.
    No,
}

/// The time for which a condition has held without interruption.
#[derive(Clone, Copy, Debug)]
pub struct Stability {
    wanted: Duration,
    good_since: Option<Duration>,
}

impl Stability {
    /// Creates a measurement without a look; the condition has to hold for so long.
    #[must_use]
    pub const fn new(wanted: Duration) -> Self {
        Self { wanted, good_since: None }
    }

    /// Takes in one look, at a time since the wait began.
    pub fn look(&mut self, look: Look, at: Duration) -> Stable {
        if look != Look::Good {
            self.good_since = None;
            return Stable::No;
        }
        let since = *self.good_since.get_or_insert(at);
        let then = since.saturating_add(self.wanted);
        if at >= then { Stable::Reached } else { Stable::At(then) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_or_blind_look_begins_the_count_anew() {
        use Look::{Bad, Blind, Good};
        let (at, no, reached) =
            (|it| Stable::At(Duration::from_secs(it)), Stable::No, Stable::Reached);
        for (wanted, looks) in [
            (0, vec![(Bad, 0, no), (Good, 1, reached)]),
            (300, vec![(Good, 0, at(300)), (Good, 299, at(300)), (Good, 300, reached)]),
            (
                300,
                vec![
                    (Good, 0, at(300)),
                    (Bad, 299, no),
                    (Good, 300, at(600)),
                    (Good, 600, reached),
                ],
            ),
            (
                300,
                vec![
                    (Good, 10, at(310)),
                    (Blind, 20, no),
                    (Good, 21, at(321)),
                    (Good, 400, reached),
                ],
            ),
            (300, vec![(Blind, 0, no), (Bad, 1000, no), (Good, 2000, at(2300))]),
        ] {
            let mut stability = Stability::new(Duration::from_secs(wanted));
            for (look, seconds, expected) in looks {
                assert_eq!(stability.look(look, Duration::from_secs(seconds)), expected);
            }
        }
    }
}
