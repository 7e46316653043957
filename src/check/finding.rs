//! The result of a check: a severity, a stable id, a subject, a message and a hint.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use crate::model::hint::Hint;
use crate::model::invocation::Invocation;

pub use crate::check::{Check, UnknownCheck};

/// The severity of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The finding forbids every write.
    Blocker,
    /// The finding should be read before the plan is confirmed.
    Warning,
    /// The finding is for information.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocker => "blocker",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

impl Check {
    /// Creates a finding that forbids every write.
    pub fn blocker(self, subject: impl fmt::Display, message: impl Into<String>) -> Finding {
        self.finding(Severity::Blocker, subject, message)
    }

    /// Creates a finding that should be read before the plan is confirmed.
    pub fn warning(self, subject: impl fmt::Display, message: impl Into<String>) -> Finding {
        self.finding(Severity::Warning, subject, message)
    }

    /// Creates a finding for information.
    pub fn note(self, subject: impl fmt::Display, message: impl Into<String>) -> Finding {
        self.finding(Severity::Note, subject, message)
    }

    /// Creates a finding that the condition of the check is unknown, as a blocker.
    pub fn unknown(self, subject: impl fmt::Display, message: impl Into<String>) -> Finding {
        Finding { doubts: Some(self), ..Self::Unreadable.blocker(subject, message) }
    }

    fn finding(
        self,
        severity: Severity,
        subject: impl fmt::Display,
        message: impl Into<String>,
    ) -> Finding {
        let message = message.into();
        let subject = subject.to_string();
        Finding { severity, check: self, subject, message, hint: None, doubts: None }
    }
}

/// Result of a check. Contains no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The severity.
    pub severity: Severity,
    /// The check that made the finding.
    #[serde(rename = "id")]
    pub check: Check,
    /// The subject: an object, a zone, the cluster.
    pub subject: String,
    /// The fact and its consequence; a fragment without a full stop.
    pub message: String,
    /// The remedy, as a command to paste or a short sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<Hint>,
    /// The check whose condition is unknown because of this finding.
    #[serde(skip)]
    pub doubts: Option<Check>,
}

impl Finding {
    /// Returns the same finding with at most this severity.
    #[must_use]
    pub fn at_most(self, worst: Severity) -> Self {
        Self { severity: self.severity.max(worst), ..self }
    }

    /// Returns the same finding with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Hint>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Returns whether the subject is the cluster or the user, so that naming the subject tells nothing.
    #[must_use]
    pub fn is_about_everything(&self) -> bool {
        matches!(self.subject.as_str(), "cluster" | "you")
    }

    /// Returns how the run continues in spite of the finding, where the command has a way.
    fn way_to_ignore(&self, invocation: &Invocation) -> Option<String> {
        let is_ignorable = self.severity == Severity::Blocker && self.check.is_ignorable();
        (is_ignorable && invocation.ignores_checks())
            .then(|| format!("to continue anyway, add --ignore-checks={}", self.check))
    }

    fn order(&self, other: &Self) -> Ordering {
        (self.severity, self.check.id(), &self.subject).cmp(&(
            other.severity,
            other.check.id(),
            &other.subject,
        ))
    }

    /// Returns whether another finding has the same message, regardless of its severity.
    fn says_what(&self, other: &Self) -> bool {
        (self.check, &self.subject, &self.message) == (other.check, &other.subject, &other.message)
    }
}

/// Returns the findings with the flags of the run in their commands.
#[must_use]
pub fn with_invocation(mut findings: Vec<Finding>, invocation: &Invocation) -> Vec<Finding> {
    for finding in &mut findings {
        let hint = finding.hint.take().map(|hint| invocation.complete(hint));
        finding.hint = match (hint, finding.way_to_ignore(invocation)) {
            (Some(hint), Some(way)) => Some(hint.or(&way)),
            (hint, way) => hint.or(way.map(Hint::from)),
        };
    }
    findings
}

/// Sorts findings, worst first, and turns ignored blockers into warnings. If several findings have the same message,
/// the most severe finding stays.
#[must_use]
pub fn normalize(mut findings: Vec<Finding>, ignored: &BTreeSet<Check>) -> Vec<Finding> {
    for finding in &mut findings {
        if finding.severity == Severity::Blocker
            && finding.check.is_ignorable()
            && ignored.contains(&finding.check)
        {
            finding.severity = Severity::Warning;
            finding.message.push_str(" (ignored)");
        }
    }
    // Stable: what is found first about a subject is told first.
    findings.sort_by(Finding::order);
    let mut told: Vec<Finding> = Vec::new();
    for finding in findings {
        match told.iter_mut().find(|it| it.says_what(&finding)) {
            Some(worse) => worse.hint = worse.hint.take().or(finding.hint),
            None => told.push(finding),
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_twice_is_told_once_wherever_it_stands() {
        let (a, b) = (Check::Drifted.warning("x", "a"), Check::Drifted.warning("x", "b"));
        let milder = Check::Drifted.note("x", "b").hint("oc etcd diff");
        let normalized = normalize(vec![a.clone(), b.clone(), milder, a.clone()], &BTreeSet::new());
        assert_eq!(normalized, [a, b.hint("oc etcd diff")]);
    }

    #[test]
    fn only_an_ignorable_blocker_can_be_ignored() {
        let ignored = BTreeSet::from([Check::FipsMismatch, Check::PoolPolicyDenied]);
        let normalized = normalize(
            vec![
                Check::EtcdMembersUnmanaged.note("cluster", "c"),
                Check::FipsMismatch.blocker("pool", "a"),
                Check::PoolPolicyDenied.blocker("pool", "b"),
            ],
            &ignored,
        );
        let shown: Vec<_> =
            normalized.iter().map(|it| (it.severity, it.message.as_str())).collect();
        assert_eq!(
            shown,
            [(Severity::Blocker, "b"), (Severity::Warning, "a (ignored)"), (Severity::Note, "c"),]
        );
    }
}
