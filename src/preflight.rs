//! The judgment behind `check`: what `init` and `add-machine` would say now, what `status` finds, and
//! what the user may do, as a verdict on each check.
//!
//! Nothing is taken to hold that could not be looked at: such a check is [`Verdict::Unknown`].

mod collect;
mod fact;
mod subject;
mod unknown;

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use self::collect::{Collected, collect};
use self::fact::Facts;
use self::subject::subject;
use crate::check::{Asker, Category, Check, Finding, Severity, finding};
use crate::model::invocation::Invocation;
use crate::model::snapshot::Snapshot;
use crate::plan::ClusterSummary;
use crate::plan::init::{self, InitRequest};
use crate::status::{Status, Unread, assess_with};

/// Everything that `check` tells. Holds no secret.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckReport {
    /// Indicates that every check was judged that does not rest on Secrets which the user may not read, and that nothing was
    /// found but ignored findings and notes.
    #[serde(rename = "ready")]
    pub is_ready: bool,
    /// The time at which the cluster was read.
    pub read_at: Timestamp,
    /// The cluster.
    pub cluster: ClusterSummary,
    /// The number of checks by verdict.
    pub counts: Counts,
    /// The checks, by category.
    pub categories: Vec<CategoryReport>,
    /// The resources that could not be read.
    pub unreadable: Vec<Unread>,
}

/// The checks of a category.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CategoryReport {
    /// The category.
    pub name: Category,
    /// The checks of the category.
    pub checks: Vec<Checked>,
}

/// A check and its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// The check.
    #[serde(rename = "id")]
    pub check: Check,
    /// The wanted condition, in a few words.
    pub title: &'static str,
    /// The subject of the check, as the name of a row.
    pub subject: &'static str,
    /// The verdict.
    pub verdict: Verdict,
    /// The fact that the check found, in a few words; null where the fact is unknown.
    pub found: Option<String>,
    /// Why it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// Indicates whether `--ignore-checks` names the check.
    #[serde(rename = "ignored")]
    pub is_ignored: bool,
    /// The findings, worst first.
    pub findings: Vec<Finding>,
    /// Indicates that the check is unknown for want of Secrets alone, which a viewer does not read.
    #[serde(skip)]
    lacks_secrets_alone: bool,
}

/// The verdict of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The condition holds.
    Passed,
    /// The condition holds, and there is a note.
    Note,
    /// Something is to be read before going on.
    Warning,
    /// A command would refuse to go on.
    Blocker,
    /// The check could not be judged.
    Unknown,
}

impl Verdict {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Blocker => "blocker",
            Self::Unknown => "unknown",
        }
    }

    const fn of(severity: Severity) -> Self {
        match severity {
            Severity::Blocker => Self::Blocker,
            Severity::Warning => Self::Warning,
            Severity::Note => Self::Note,
        }
    }
}

/// The number of checks by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// All of them.
    pub checks: usize,
    /// The checks whose condition holds.
    pub passed: usize,
    /// The checks whose condition holds, with a note.
    pub notes: usize,
    /// With a warning.
    pub warnings: usize,
    /// The checks that forbid a command to go on.
    pub blockers: usize,
    /// The checks that could not be judged.
    pub unknown: usize,
    /// Of these all, with trouble that does not count because it is ignored.
    pub ignored: usize,
}

impl Counts {
    fn of<'a>(checks: impl Iterator<Item = &'a Checked>) -> Self {
        checks.fold(Self::default(), |mut counts, it| {
            counts.checks += 1;
            counts.ignored += usize::from(it.is_ignored && it.verdict_is_trouble());
            match it.verdict {
                Verdict::Passed => counts.passed += 1,
                Verdict::Note => counts.notes += 1,
                Verdict::Warning => counts.warnings += 1,
                Verdict::Blocker => counts.blockers += 1,
                Verdict::Unknown => counts.unknown += 1,
            }
            counts
        })
    }
}

impl Checked {
    fn new(check: Check, collected: &Collected, facts: &Facts, ignored: &BTreeSet<Check>) -> Self {
        let lacks_secrets_alone = collected.lacks_secrets_alone(facts.snapshot, check);
        let of_check = |it: &&Finding| it.check == check;
        let findings: Vec<Finding> = collected.findings.iter().filter(of_check).cloned().collect();
        let worst = findings.iter().map(|it| it.severity).min();
        let because = collected.why_unknown(check).filter(|_| worst.is_none_or(is_note));
        let verdict = match worst {
            _ if because.is_some() => Verdict::Unknown,
            Some(severity) => Verdict::of(severity),
            None => Verdict::Passed,
        };
        let title = check.about().title;
        // What could not be judged was not found either.
        let is_judged = verdict != Verdict::Unknown;
        let found = is_judged.then(|| facts.words(check, &findings)).flatten();
        let (subject, is_ignored) = (subject(check), ignored.contains(&check));
        Self {
            check,
            title,
            subject,
            verdict,
            found,
            because,
            is_ignored,
            findings,
            lacks_secrets_alone,
        }
    }

    const fn verdict_is_trouble(&self) -> bool {
        matches!(self.verdict, Verdict::Warning | Verdict::Blocker | Verdict::Unknown)
    }

    /// Returns whether it keeps the cluster from being ready.
    #[must_use]
    pub const fn is_trouble(&self) -> bool {
        let is_of_others = matches!(self.verdict, Verdict::Unknown) && self.lacks_secrets_alone;
        self.verdict_is_trouble() && !self.is_ignored && !is_of_others
    }
}

fn is_note(severity: Severity) -> bool {
    severity == Severity::Note
}

/// Judges a cluster.
#[must_use]
pub fn report(snapshot: &Snapshot, ignored: &BTreeSet<Check>, tool_version: &str) -> CheckReport {
    let plan = init::plan(snapshot, &InitRequest::new(tool_version));
    let status = assess_with(snapshot, &plan);
    let mut collected = collect(snapshot, &status, &plan, tool_version);
    let facts = Facts { snapshot, status: &status, plan: &plan };
    collected.findings = normalized(collected.findings, ignored);
    let of_category = |category| CategoryReport {
        name: category,
        checks: Check::ALL
            .iter()
            .filter(|it| it.about().category == category && it.is_asked_by(Asker::Check))
            .filter(|it| collected.tells(**it))
            .map(|it| Checked::new(*it, &collected, &facts, ignored))
            .collect(),
    };
    let categories = Category::ALL.into_iter().map(of_category);
    let categories: Vec<CategoryReport> = categories.filter(|it| !it.checks.is_empty()).collect();
    let Status { read_at, cluster, unreadable, .. } = status;
    let all = || categories.iter().flat_map(|it| &it.checks);
    let is_ready = !all().any(Checked::is_trouble);
    CheckReport { is_ready, read_at, cluster, counts: Counts::of(all()), categories, unreadable }
}

/// Findings in order. A warning of a check that is ignored says so, as a blocker does.
fn normalized(findings: Vec<Finding>, ignored: &BTreeSet<Check>) -> Vec<Finding> {
    let mark = |mut finding: Finding| {
        if finding.severity == Severity::Warning && ignored.contains(&finding.check) {
            finding.message.push_str(" (ignored)");
        }
        finding
    };
    finding::normalize(findings.into_iter().map(mark).collect(), ignored)
}

impl CheckReport {
    /// Every check.
    pub fn checks(&self) -> impl Iterator<Item = &Checked> {
        self.categories.iter().flat_map(|it| &it.checks)
    }

    /// Every finding, worst first.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let all = self.checks().flat_map(|it| it.findings.iter().cloned()).collect();
        finding::normalize(all, &BTreeSet::new())
    }

    /// The same report, its commands as the run has to be called again.
    #[must_use]
    pub fn with_invocation(mut self, invocation: &Invocation) -> Self {
        for checked in self.categories.iter_mut().flat_map(|it| &mut it.checks) {
            let findings = std::mem::take(&mut checked.findings);
            checked.findings = finding::with_invocation(findings, invocation);
        }
        self
    }
}

#[cfg(test)]
mod tests;
