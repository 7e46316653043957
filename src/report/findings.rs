//! Writes findings for people.

use std::io::{self, Write};

use crate::check::Finding;
use crate::model::hint::{Hint, Part};
use crate::model::text::printable;
use crate::report::style::Style;

/// Writes each finding as its severity and id, its subject and message, and its hint below.
///
/// # Errors
/// Errors of the writer.
pub fn write(findings: &[Finding], style: &Style, out: &mut impl Write) -> io::Result<()> {
    for finding in findings {
        let head = format!("{} [{}]: ", finding.severity, finding.check);
        let text = if finding.is_about_everything() {
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
            for (index, line) in hint_lines(hint, style).iter().enumerate() {
                let arrow = if index == 0 { style.dim("→") } else { " ".to_owned() };
                writeln!(out, "  {arrow} {line}")?;
            }
        }
    }
    Ok(())
}

/// A hint as lines. Words are wrapped; a command, which is to be pasted, stays whole, and has a line of
/// its own where it does not fit.
fn hint_lines(hint: &Hint, style: &Style) -> Vec<String> {
    const INDENT: usize = 4;
    if hint.chars().count() + INDENT <= style.width {
        return vec![printable(hint)];
    }
    let mut lines: Vec<String> = Vec::new();
    let mut parts = hint.parts().iter().peekable();
    let is_in_a_sentence = |words: &str| words.ends_with('`');
    let mut sentence = String::new();
    while let Some(part) = parts.next() {
        match part {
            Part::Words(words) if words.trim() == "&&" || words.trim() == ";" => {
                // A shell goes on behind it.
                if let Some(line) = lines.last_mut() {
                    line.push_str(words.trim_end());
                }
            }
            Part::Words(words) => {
                let rest = words.strip_prefix([',', ';']).filter(|_| sentence.is_empty());
                if let (Some(rest), Some(line)) = (rest, lines.last_mut()) {
                    line.push_str(words.trim_end_matches(rest));
                }
                sentence.push_str(rest.unwrap_or(words));
                let goes_on = is_in_a_sentence(words) && parts.peek().is_some();
                if !goes_on {
                    lines.extend(wrapped(std::mem::take(&mut sentence).trim(), style, INDENT));
                }
            }
            // Wrapped as one word.
            Part::Command(command) if is_in_a_sentence(&sentence) => {
                sentence.push_str(&command.to_string().replace(' ', UNBROKEN));
            }
            Part::Command(command) => lines.push(printable(&command.to_string())),
        }
    }
    lines
}

/// Stands for a space at which no line ends.
const UNBROKEN: &str = "\u{e000}";

fn wrapped(words: &str, style: &Style, indent: usize) -> Vec<String> {
    style.wrap(words, indent).into_iter().map(|it| it.replace(UNBROKEN, " ")).collect()
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
                "take it out first; `oc etcd status` shows where the members run".to_owned(),
                vec!["take it out first; `oc etcd status`", "shows where the members run"],
            ),
            (
                "oc etcd remove-machine lab-etcd-0, then run the command again".to_owned(),
                vec!["oc etcd remove-machine lab-etcd-0,", "then run the command again"],
            ),
            (
                "oc describe clusteroperator/machine-config; to continue anyway, add --x"
                    .to_owned(),
                vec!["oc describe clusteroperator/machine-config;", "to continue anyway, add --x"],
            ),
            (
                "create a MachineConfig with them, and the label".to_owned(),
                vec!["create a MachineConfig with them,", "and the label"],
            ),
        ] {
            assert_eq!(hint_lines(&Hint::from(hint), &style), expected);
        }
    }
}
