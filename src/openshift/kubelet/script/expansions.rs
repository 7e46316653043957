//! The words of a script without quotes, and with what a variable or a substitution stands for.

use brush_parser::ast::Word;
use brush_parser::word::{
    Parameter, ParameterExpr as Expression, SpecialParameter, WordPiece, WordPieceWithSource,
};
use brush_parser::{ParserOptions, word};

use super::super::shell;
use super::super::words::Words;
use super::{NAMED, Reader};

impl Reader {
    pub(super) fn word(&mut self, word: &Word, words: &mut Words) {
        let text = self.raw(&word.value, &mut words.inner);
        words.push(&text);
    }

    /// A word without quotes.
    pub(super) fn raw(&mut self, word: &str, inner: &mut Vec<String>) -> String {
        // Most words have no quotes and no variables.
        if !word.contains(['"', '\'', '\\', '$', '`']) {
            return word.to_owned();
        }
        match word::parse(word, &ParserOptions::default()) {
            Ok(pieces) => self.pieces(&pieces, inner),
            Err(_) => word.replace(['"', '\''], ""),
        }
    }

    pub(super) fn pieces(
        &mut self,
        pieces: &[WordPieceWithSource],
        inner: &mut Vec<String>,
    ) -> String {
        let mut text = String::new();
        for (at, it) in pieces.iter().enumerate() {
            match &it.piece {
                WordPiece::Text(it)
                | WordPiece::SingleQuotedText(it)
                | WordPiece::AnsiCQuotedText(it) => text.push_str(it),
                WordPiece::EscapeSequence(it) => text.push_str(it.trim_start_matches('\\')),
                WordPiece::DoubleQuotedSequence(it)
                | WordPiece::GettextDoubleQuotedSequence(it) => {
                    text.push_str(&self.pieces(it, inner));
                }
                WordPiece::TildeExpansion(_) => text.push('~'),
                WordPiece::ParameterExpansion(it) => {
                    let next = pieces.get(at + 1).map(|it| &it.piece);
                    let is_joined = matches!(next, Some(WordPiece::Text(it)) if it.starts_with(shell::is_of_name));
                    let value = self.parameter(it, is_joined, inner);
                    text.push_str(&value);
                }
                WordPiece::CommandSubstitution(it)
                | WordPiece::BackquotedCommandSubstitution(it) => {
                    text.push_str(NAMED);
                    inner.extend(self.inside(|inner| inner.text(it)));
                }
                WordPiece::ArithmeticExpression(it) => {
                    self.raw(&it.value, inner);
                    text.push('0');
                }
            }
        }
        text
    }

    /// The name of a variable, or the value that a variable has unless the script assigns another one.
    fn parameter(
        &mut self,
        expression: &Expression,
        is_joined: bool,
        inner: &mut Vec<String>,
    ) -> String {
        let (name, is_whole) = match expression {
            Expression::UseDefaultValues { parameter, default_value: Some(value), .. }
            | Expression::AssignDefaultValues { parameter, default_value: Some(value), .. }
                if !value.is_empty() =>
            {
                let value = self.raw(value, inner);
                let is_assigned =
                    matches!(parameter, Parameter::Named(it) if self.assigned.contains(it));
                // An assignment has the other value already; another command may get either.
                return if is_assigned && !self.is_assignment {
                    format!("{} {value}", self.value_of(parameter, is_joined))
                } else {
                    value
                };
            }
            Expression::UseAlternativeValue { alternative_value: Some(value), .. } => {
                return self.raw(value, inner);
            }
            Expression::Parameter { parameter, .. }
            | Expression::UseDefaultValues { parameter, .. }
            | Expression::AssignDefaultValues { parameter, .. }
            | Expression::IndicateErrorIfNullOrUnset { parameter, .. } => (parameter, true),
            Expression::UseAlternativeValue { parameter, .. }
            | Expression::ParameterLength { parameter, .. }
            | Expression::RemoveSmallestSuffixPattern { parameter, .. }
            | Expression::RemoveLargestSuffixPattern { parameter, .. }
            | Expression::RemoveSmallestPrefixPattern { parameter, .. }
            | Expression::RemoveLargestPrefixPattern { parameter, .. }
            | Expression::Substring { parameter, .. }
            | Expression::Transform { parameter, .. }
            | Expression::UppercaseFirstChar { parameter, .. }
            | Expression::UppercasePattern { parameter, .. }
            | Expression::LowercaseFirstChar { parameter, .. }
            | Expression::LowercasePattern { parameter, .. }
            | Expression::ReplaceSubstring { parameter, .. } => (parameter, false),
            Expression::VariableNames { .. } | Expression::MemberKeys { .. } => {
                return NAMED.to_owned();
            }
        };
        match variable(name) {
            // A part of the value, or another one that depends on the value.
            Some(it) if !is_whole => format!("${{{it}%}}"),
            _ => self.value_of(name, is_joined),
        }
    }

    /// What stands for the value of a parameter.
    fn value_of(&self, parameter: &Parameter, is_joined: bool) -> String {
        if let Some(it) = variable(parameter) {
            return if is_joined { format!("${{{it}}}") } else { format!("${it}") };
        }
        match parameter {
            Parameter::Positional(it) => {
                let argument = usize::try_from(*it).ok().and_then(|it| self.arguments.get(it));
                argument.cloned().unwrap_or_else(|| format!("${it}"))
            }
            Parameter::Special(SpecialParameter::ShellName) if !self.arguments.is_empty() => {
                self.arguments[0].clone()
            }
            Parameter::Special(SpecialParameter::AllPositionalParameters { .. })
                if self.arguments.len() > 1 =>
            {
                self.arguments[1..].join(" ")
            }
            _ => "$@".to_owned(),
        }
    }
}

/// The name of the variable, if a parameter is one.
const fn variable(parameter: &Parameter) -> Option<&String> {
    match parameter {
        Parameter::Named(it)
        | Parameter::NamedWithIndex { name: it, .. }
        | Parameter::NamedWithAllIndices { name: it, .. } => Some(it),
        Parameter::Positional(_) | Parameter::Special(_) => None,
    }
}
