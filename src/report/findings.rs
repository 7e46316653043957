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
            for (index, line) in hint_lines(&printable(hint), style).iter().enumerate() {
                let arrow = if index == 0 { style.dim("→") } else { " ".to_owned() };
                writeln!(out, "  {arrow} {line}")?;
            }
        }
    }
    Ok(())
}

/// A hint as lines. Words are wrapped; a command, which is to be pasted, stays whole, and has a line of
/// its own where it does not fit.
fn hint_lines(hint: &str, style: &Style) -> Vec<String> {
    const INDENT: usize = 4;
    if hint.chars().count() + INDENT <= style.width {
        return vec![hint.to_owned()];
    }
    if is_command(hint) {
        // A shell goes on behind `&&`.
        return hint.split_inclusive("&& ").map(|it| it.trim_end().to_owned()).collect();
    }
    let behind_colon = hint.match_indices(": ").map(|(at, _)| hint.split_at(at + 2));
    match behind_colon.into_iter().find(|(_, rest)| is_command(rest)) {
        Some((words, command)) => {
            let mut lines = style.wrap(words.trim_end(), INDENT);
            lines.push(command.to_owned());
            lines
        }
        None => style.wrap(hint, INDENT),
    }
}

/// Whether a text begins with a program that is run.
fn is_command(text: &str) -> bool {
    text.split_once(' ').is_some_and(|(program, _)| matches!(program, "oc" | "kubectl" | "oc-etcd"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_a_hint_are_wrapped_and_its_command_is_not() {
        let style = Style { width: 40, ..Style::default() };
        let long = "oc get machineconfigpool/etcd -o jsonpath='{.spec}'";
        for (hint, expected) in [
            ("oc etcd init".to_owned(), vec!["oc etcd init"]),
            (long.to_owned(), vec![long]),
            (format!("to see: {long}"), vec!["to see:", long]),
            (format!("oc etcd init && {long}"), vec!["oc etcd init &&", long]),
            ("oc a && oc b".to_owned(), vec!["oc a && oc b"]),
            (
                "create a MachineConfig with them, and the label".to_owned(),
                vec!["create a MachineConfig with them,", "and the label"],
            ),
        ] {
            assert_eq!(hint_lines(&hint, &style), expected);
        }
    }
}
