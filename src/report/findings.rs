//! Writes findings for people.

use std::io::{self, Write};

use super::style::{Style, printable};
use crate::plan::Finding;

/// Writes each finding as its severity and id, its subject and message, and its hint below.
///
/// # Errors
/// Those of the writer.
pub fn write(findings: &[Finding], style: &Style, out: &mut impl Write) -> io::Result<()> {
    for finding in findings {
        let head = format!("{} [{}]: ", finding.severity, finding.check);
        let text = if finding.subject == "cluster" || finding.subject == "you" {
            finding.message.clone()
        } else {
            format!("{}: {}", finding.subject, finding.message)
        };
        // The first line shares its width with the head; the others are indented by two.
        let lines = style.wrap(&format!("{head}{text}"), 2);
        for (index, line) in lines.iter().enumerate() {
            let plain = finding.severity.to_string();
            match line.strip_prefix(&plain).filter(|_| index == 0) {
                Some(rest) => writeln!(out, "{}{rest}", style.severity(finding.severity))?,
                None => writeln!(out, "  {line}")?,
            }
        }
        if let Some(hint) = &finding.hint {
            writeln!(out, "  {} {}", style.dim("→"), printable(hint))?;
        }
    }
    Ok(())
}
