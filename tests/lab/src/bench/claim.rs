//! What is promised, and what was found.

/// One line of the first table.
#[derive(Clone)]
pub(super) struct Claim {
    what: String,
    wanted: String,
    found: String,
    is_met: bool,
}

impl Claim {
    /// At least so many times less than the other takes.
    pub(super) fn times_less(what: &str, wanted: f64, found: f64) -> Self {
        Self {
            what: what.to_owned(),
            wanted: format!("at least {wanted:.0} times less"),
            found: format!("{found:.1} times less"),
            is_met: found >= wanted,
        }
    }

    /// At most so much of a unit.
    pub(super) fn at_most(what: &str, (wanted, found): (f64, f64), unit: &str) -> Self {
        Self {
            what: what.to_owned(),
            wanted: format!("at most {wanted} {unit}"),
            found: format!("{found:.2} {unit}"),
            is_met: found <= wanted,
        }
    }

    /// A row of the table.
    pub(super) fn row(&self) -> String {
        let verdict = if self.is_met { "yes" } else { "**no**" };
        format!("| {} | {} | {} | {verdict} |\n", self.what, self.wanted, self.found)
    }
}
