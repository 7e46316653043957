//! Writes a plan.

use std::io::{self, Write};

use serde::Serialize;

use super::document::{self, Document};
use super::style::Style;
use super::{Format, findings};
use crate::check::{Check, Finding, Severity};
use crate::model::kind::Kind;
use crate::model::object::ObjectRef;
use crate::plan::saved::{self, Basis, Digests};
use crate::plan::{Change, ClusterSummary, LayoutDecision, Plan, Step};

/// The document of a plan. Holds no body of any object.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlanDocument<'a> {
    cluster: &'a ClusterSummary,
    #[serde(skip_serializing_if = "Option::is_none")]
    layout: Option<LayoutDecision>,
    steps: Vec<StepDocument<'a>>,
    findings: &'a [Finding],
    is_blocked: bool,
    #[serde(flatten)]
    basis: Option<&'a Basis>,
}

#[derive(Serialize)]
struct StepDocument<'a> {
    change: &'static str,
    object: &'a ObjectRef,
    because: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<String>,
}

/// Writes a plan in the format that was asked for.
///
/// # Errors
/// Errors of the writer.
pub fn write(plan: &Plan, format: Format, style: &Style, out: &mut impl Write) -> io::Result<()> {
    match format {
        Format::Human | Format::Wide => write_human(plan, style, out),
        Format::Json | Format::Yaml => {
            document::write(&Document::new("Plan", content(plan, None)), format, out)
        }
        Format::Name => {
            plan.writes().try_for_each(|step| writeln!(out, "{}", step.object.argument()))
        }
    }
}

/// Writes a plan as a document that can be carried out later, by `init --plan`.
///
/// # Errors
/// Errors of the writer.
pub fn write_saved(
    plan: &Plan,
    (basis, digests): (&Basis, Digests<'_>),
    format: Format,
    out: &mut impl Write,
) -> io::Result<()> {
    let document = Document::new("Plan", content(plan, Some((basis, digests))));
    let seal = saved::seal(&serde_json::to_value(&document)?);
    document::write(&Sealed { document, digest: seal }, format, out)
}

#[derive(Serialize)]
struct Sealed<T> {
    #[serde(flatten)]
    document: T,
    digest: String,
}

fn content<'a>(plan: &'a Plan, basis: Option<(&'a Basis, Digests<'_>)>) -> PlanDocument<'a> {
    let step = |step: &'a Step| StepDocument {
        change: step.change.word(),
        object: &step.object,
        because: &step.because,
        digest: basis.and_then(|(_, digests)| digests.digest(&step.change)),
    };
    PlanDocument {
        cluster: &plan.cluster,
        layout: plan.layout,
        steps: plan.steps.iter().map(step).collect(),
        findings: &plan.findings,
        is_blocked: plan.is_blocked(),
        basis: basis.map(|(basis, _)| basis),
    }
}

fn write_human(plan: &Plan, style: &Style, out: &mut impl Write) -> io::Result<()> {
    write_cluster(&plan.cluster, style, out)?;
    if let Some(decision) = plan.layout {
        let text = format!("{}: {}", decision.layout, decision.layout.describe());
        write_headed("Layout", &text, style, out)?;
        write_headed("", &format!("({})", decision.because), style, out)?;
    }
    if !plan.is_blocked() && plan.is_empty() {
        write_nothing_to_do(plan, style, out)?;
    } else {
        write_steps(&plan.steps.iter().collect::<Vec<_>>(), style, out)?;
    }
    let shown = shown_findings(plan);
    if !shown.is_empty() {
        writeln!(out)?;
        findings::write(&shown, style, out)?;
    }
    Ok(())
}

/// Returns the findings that are shown: without notes where the plan does nothing.
fn shown_findings(plan: &Plan) -> Vec<Finding> {
    let is_shown = |finding: &&Finding| {
        finding.severity == Severity::Blocker
            || !plan.is_empty()
            || (finding.severity == Severity::Warning
                && finding.check != Check::EtcdMembersUnmanaged)
    };
    plan.findings.iter().filter(is_shown).cloned().collect()
}

/// Writes which cluster this is.
///
/// # Errors
/// Errors of the writer.
pub fn write_cluster(
    cluster: &ClusterSummary,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    let place = [cluster.platform.as_deref(), cluster.region.as_deref()];
    let place = place.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let release = cluster.release.as_ref().map(|it| format!("OpenShift {it}"));
    let parts = [cluster.name.clone(), Some(place).filter(|it| !it.is_empty()), release];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    let text = if parts.is_empty() { "unknown".to_owned() } else { parts.join(" · ") };
    write_headed("Cluster", &text, style, out)
}

/// Writes a line that begins with a heading of eight columns.
///
/// # Errors
/// Errors of the writer.
pub fn write_headed(
    heading: &str,
    text: &str,
    style: &Style,
    out: &mut impl Write,
) -> io::Result<()> {
    for (index, line) in style.wrap(text, 9).iter().enumerate() {
        let heading = if index == 0 { heading } else { "" };
        writeln!(out, "{}  {line}", style.bold(format!("{heading:<7}")))?;
    }
    Ok(())
}

fn write_nothing_to_do(plan: &Plan, style: &Style, out: &mut impl Write) -> io::Result<()> {
    let is_shown = |step: &&Step| {
        matches!(step.object.kind, Kind::Machine | Kind::Node)
            || matches!(step.change, Change::ByOperator(_))
            || matches!(step.change, Change::LeftToOwner | Change::Unknown)
    };
    let shown: Vec<&Step> = plan.steps.iter().filter(is_shown).collect();
    write_steps(&shown, style, out)?;
    let is_under_way = |step: &Step| matches!(step.change, Change::Follow | Change::ByOperator(_));
    if plan.steps.iter().any(is_under_way) {
        return Ok(());
    }
    let same = plan.steps.iter().filter(|step| matches!(step.change, Change::Unchanged(_))).count();
    let is_unread = plan.findings.iter().any(|it| it.check == Check::Unreadable);
    if is_unread || plan.unknown().next().is_some() {
        return writeln!(out, "\nNothing to do, but the state of some objects is unknown.");
    }
    let text = match same {
        0 => "Nothing to do.".to_owned(),
        1 => "Nothing to do: 1 object is up to date.".to_owned(),
        same => format!("Nothing to do: {same} objects are up to date."),
    };
    writeln!(out, "\n{}", style.good(text))
}

fn write_steps(steps: &[&Step], style: &Style, out: &mut impl Write) -> io::Result<()> {
    if steps.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    let width = steps.iter().map(|it| it.object.to_string().len()).max().unwrap_or_default();
    let word_width = steps.iter().map(|it| it.change.word().len()).max().unwrap_or_default();
    for step in steps {
        let word = format!("{:<word_width$}", step.change.word());
        let word = if step.change.is_write() { style.bold(word) } else { style.dim(word) };
        let object = step.object.to_string();
        let indent = 2 + word_width + 2 + width + 2;
        let lines = style.wrap_cell(&step.because, indent);
        let room = style.columns.saturating_sub(indent);
        if lines.iter().any(|line| line.chars().count() > room) {
            // A URL that is longer than what is left of the line, and has to stay whole.
            writeln!(out, "  {word}  {object}")?;
            let indent = 2 + word_width + 4;
            for line in style.wrap_cell(&step.because, indent) {
                writeln!(out, "{:indent$}{line}", "")?;
            }
            continue;
        }
        writeln!(out, "  {word}  {object:<width$}  {}", lines.first().map_or("", String::as_str))?;
        for line in lines.iter().skip(1) {
            writeln!(out, "{:indent$}{line}", "")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_that_does_not_fit_beside_its_object_has_a_line_of_its_own() {
        let step = |kind, name: &str, because: &str| Step {
            object: ObjectRef::cluster(kind, name),
            change: Change::Follow,
            because: because.to_owned(),
        };
        let steps = [
            step(Kind::Secret, "etcd", "https://api-int.lab.example.com:22623/config/etcd"),
            step(Kind::MachineConfig, "01-etcd-kubelet", "role master → etcd, and a word more"),
        ];
        let style = Style { width: 60, columns: 60, ..Style::default() };
        let mut out = Vec::new();
        write_steps(&steps.iter().collect::<Vec<_>>(), &style, &mut out).unwrap();
        let expected = "
  follow  secret/etcd
            https://api-int.lab.example.com:22623/config/etcd
  follow  machineconfig/01-etcd-kubelet  role master → etcd,
                                         and a word more
";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
