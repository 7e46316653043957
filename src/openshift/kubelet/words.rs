//! The words of a command, as a script has them and as the program gets them.

use super::shell::{self, Language, is_option};

/// The words of a command.
#[derive(Default)]
pub(super) struct Words {
    /// The words and the redirections, with a space before each.
    pub(super) line: String,
    /// The words as the program gets them.
    pub(super) raw: Vec<String>,
    pub(super) redirects: String,
    /// The lines of the commands whose output is among the words.
    pub(super) inner: Vec<String>,
    /// The text that the command reads.
    pub(super) text: Option<String>,
}

impl Words {
    pub(super) fn starting(line: String) -> Self {
        Self { line, ..Self::default() }
    }

    pub(super) fn push(&mut self, word: &str) {
        if !self.line.is_empty() {
            self.line.push(' ');
        }
        self.line.push_str(&without_signs(word));
        self.raw.push(word.to_owned());
    }

    pub(super) fn redirect(&mut self, sign: &str, target: &str) {
        let redirect = format!(" {sign} {}", without_signs(target));
        self.line.push_str(&redirect);
        self.redirects.push_str(&redirect);
    }
}

/// Stands for `>` in a word.
pub(super) const GREATER: char = '\u{203a}';

/// A word with a comma in the place of each sign of the shell.
pub(super) fn without_signs(word: &str) -> String {
    let sign = |it: char| match it {
        ';' | '&' | '|' | '<' | '`' => ',',
        '>' => GREATER,
        '\n' => ' ',
        it => it,
    };
    word.chars().map(sign).collect()
}

/// The language of the scripts that the program of a command runs.
pub(super) fn runs(words: &[&str]) -> Option<Language> {
    shell::run_by(shell::program(words).first()?)
}

/// The script among the words of a command, and the words behind: `bash -c 'rm $1' name a`.
pub(super) fn script_of(words: &[&str]) -> Option<(String, Vec<String>)> {
    let (program, arguments) = shell::program(words).split_first()?;
    let alone = |it: &str| (it.to_owned(), Vec::new());
    let behind_option = || {
        let at = arguments.iter().position(|it| is_option(it, &['c']))?;
        let (script, behind) = arguments[at + 1..].split_first()?;
        Some(((*script).to_owned(), behind.iter().map(|it| (*it).to_owned()).collect()))
    };
    match shell::name(program) {
        "eval" => Some(alone(&arguments.join(" "))),
        "trap" => arguments.iter().find(|it| !it.starts_with('-')).map(|it| alone(it)),
        "su" => behind_option(),
        program if shell::run_by(program) == Some(Language::Shell) => behind_option(),
        _ => None,
    }
}
