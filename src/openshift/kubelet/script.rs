//! The commands of a shell script, written so that each can be read word by word: no quotes, comments or syntax.

mod expansions;

use std::collections::BTreeSet;

use brush_parser::ast::{
    AndOr, Assignment, AssignmentName, AssignmentValue, Command, CommandPrefixOrSuffixItem as Item,
    CompoundCommand, CompoundList, ExtendedTestExpr, IoFileRedirectKind, IoFileRedirectTarget,
    IoRedirect, Pipeline, Program, SimpleCommand,
};
use brush_parser::{Parser, ParserOptions, word};

use super::shell::Language;
use super::variables;
use super::words::{Words, runs, script_of, without_signs};

/// Stands for what another command prints, or for a file that another command names.
pub(super) const NAMED: &str = "$_";

/// Begins a text that a command reads: `cat << text`. The text stands on the next lines, up to `END`.
const TEXT: &str = "<< text";

/// Ends the text that a command reads.
const END: &str = "<<";

/// Begins what a shell of its own runs.
pub(super) const BEGIN: &str = "(";

/// Finishes what a shell of its own runs.
pub(super) const FINISH: &str = ")";

/// Returns the commands of a text, in the order in which the text has them. A line has the commands of a pipeline with
/// ` | ` between them, and behind ` ; ` the pipelines whose output is among the words. A variable has braces or a sign
/// behind the name, and quoted signs of the shell are commas. The words of a text that is not of a shell stay as they are.
pub(super) fn commands(text: &str) -> Vec<String> {
    let mut reader = Reader::default();
    reader.text(text);
    reader.lines
}

/// Returns the commands of a script as `commands` does, with the values of the variables that have one value
/// throughout.
pub(crate) fn whole_lines(script: &str) -> String {
    let text = commands(&script.replace("\\\n", " ")).join("\n");
    if !text.contains('$') {
        return text;
    }
    let constants = variables::constants(&text);
    variables::filled(&text, |it| constants.get(it)?.as_deref())
}

/// Returns each of the whole lines with the text that its command reads, which is empty for most.
pub(crate) fn with_texts(lines: &str) -> impl Iterator<Item = (&str, String)> {
    let mut lines = lines.lines();
    std::iter::from_fn(move || {
        let line = lines.find(|it| *it != END)?;
        let text: Vec<&str> = if line.contains(TEXT) {
            lines.by_ref().take_while(|it| *it != END).collect()
        } else {
            Vec::new()
        };
        Some((line, text.join("\n")))
    })
}

/// The depth of brackets up to which a script is parsed: the time doubles with each one that is not closed.
const DEEPEST: usize = 16;

/// The depth of compound commands up to which a script is parsed: the parser needs stack for each.
const DEEPEST_COMPOUND: usize = 64;

fn parsed(text: &str) -> Option<Program> {
    let (mut depth, mut deepest) = (0_usize, 0);
    for it in text.chars() {
        match it {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    let (mut compound, mut deepest_compound) = (0_usize, 0);
    for it in text.split(|it: char| it.is_whitespace() || it == ';') {
        match it {
            "case" | "for" | "if" | "select" | "until" | "while" => compound += 1,
            "done" | "esac" | "fi" => compound = compound.saturating_sub(1),
            _ => {}
        }
        deepest_compound = deepest_compound.max(compound);
    }
    // The parser does not return from some texts between `<<` and a bracket that is not closed.
    let is_endless = depth > 0 && text.contains("<<");
    if deepest > DEEPEST || deepest_compound > DEEPEST_COMPOUND || compound > 8 || is_endless {
        return None;
    }
    Parser::new(text.as_bytes(), &ParserOptions::default()).parse_program().ok()
}

#[derive(Default)]
struct Reader {
    lines: Vec<String>,
    /// The variables that the script has assigned so far.
    assigned: BTreeSet<String>,
    /// What feeds the next command, such as `find / | `.
    feed: String,
    /// The file that the commands of a loop read: ` < /etc/fstab`, with the commands that print it.
    read: String,
    /// The texts that the commands of the pipeline read.
    texts: Vec<String>,
    /// The number of scripts inside of scripts.
    depth: usize,
    /// The words behind a script among the words of a command: `bash -c 'rm $1' name a`.
    arguments: Vec<String>,
    /// The word is the value of a variable.
    is_assignment: bool,
    /// The script is inside of a word.
    is_inside: bool,
}

impl Reader {
    /// Reads a text; one that is no script is read line by line.
    fn text(&mut self, text: &str) {
        if self.depth > DEEPEST {
            return self.words(text);
        }
        self.depth += 1;
        match parsed(text) {
            Some(program) => program.complete_commands.iter().for_each(|it| self.list(it)),
            None if text.trim().contains('\n') => {
                text.lines().for_each(|line| self.text(line));
            }
            None => self.words(text),
        }
        self.depth -= 1;
    }

    /// Takes the words of a line that is not of a shell.
    fn words(&mut self, line: &str) {
        let line = line.trim();
        if !line.is_empty() && !line.starts_with('#') {
            let line = line.replace("&&", ";").replace("||", ";").replace(['&', ';'], " ; ");
            self.lines.push(line.replace('|', " | ").replace(['"', '\''], ""));
        }
    }

    fn list(&mut self, list: &CompoundList) {
        for item in &list.0 {
            self.pipeline(&item.0.first);
            for it in &item.0.additional {
                let (AndOr::And(pipeline) | AndOr::Or(pipeline)) = it;
                self.pipeline(pipeline);
            }
        }
    }

    /// Reads a pipeline. The first command of a compound one reads what the commands before print, and its last one
    /// prints to the next command.
    fn pipeline(&mut self, pipeline: &Pipeline) {
        let mut commands = pipeline.seq.iter().peekable();
        while let Some(command) = commands.next() {
            let start = self.lines.len();
            self.command(command);
            let is_printing = |it: &mut String| ![END, FINISH].contains(&it.as_str());
            if commands.peek().is_some()
                && self.lines.len() > start
                && let Some(line) = self.lines.pop_if(is_printing)
            {
                let (printing, others) = line.split_once(" ; ").unwrap_or((&line, ""));
                self.feed = format!("{printing} | ");
                if !others.is_empty() {
                    self.read = format!(" ; {others}");
                }
            }
        }
        self.feed.clear();
        self.read.clear();
        for text in std::mem::take(&mut self.texts) {
            self.lines.extend(text.lines().map(|it| it.replace(['"', '\''], "")));
            self.lines.push(END.to_owned());
        }
    }

    /// Adds a line with what feeds it.
    fn push(&mut self, line: &str, inner: &[String]) {
        let feed = std::mem::take(&mut self.feed);
        let read = std::mem::take(&mut self.read);
        let line = format!("{feed}{}{read}", line.trim_start());
        let lines = std::iter::once(line).filter(|it| !it.is_empty());
        let line = lines.chain(inner.iter().cloned()).collect::<Vec<_>>().join(" ; ");
        self.lines.push(line);
    }

    fn command(&mut self, command: &Command) {
        match command {
            Command::Simple(it) => self.simple(it),
            Command::Compound(it, redirects) => {
                let redirects = redirects.iter().flat_map(|it| &it.0);
                let (read, written): (Vec<_>, Vec<_>) = redirects.partition(|it| is_read(it));
                let mut words = Words::default();
                for it in read {
                    self.redirect(it, &mut words);
                }
                if let Some(text) = words.text.take() {
                    words.redirects.push_str(&format!(" < {}", without_signs(&text)));
                }
                if !words.redirects.is_empty() {
                    words.inner.insert(0, words.redirects);
                    self.read = words.inner.join(" ; ");
                }
                self.compound(it);
                let mut words = Words::default();
                for it in written {
                    self.redirect(it, &mut words);
                }
                if !words.redirects.is_empty() {
                    self.push(&words.redirects, &words.inner);
                }
            }
            Command::Function(it) => {
                let body = Command::Compound(it.body.0.clone(), it.body.1.clone());
                self.command(&body);
            }
            Command::ExtendedTest(it, _) => {
                let mut words = Words::starting("[[".to_owned());
                self.test(&it.expr, &mut words);
                self.push(&words.line, &words.inner);
            }
        }
    }

    fn compound(&mut self, command: &CompoundCommand) {
        match command {
            // `( ( rm a ) )` is read as one too.
            CompoundCommand::Arithmetic(it) => self.text(&it.expr.value),
            CompoundCommand::ArithmeticForClause(it) => self.list(&it.body.list),
            CompoundCommand::BraceGroup(it) => self.list(&it.list),
            CompoundCommand::Subshell(it) => {
                self.lines.push(BEGIN.to_owned());
                self.list(&it.list);
                self.lines.push(FINISH.to_owned());
            }
            CompoundCommand::ForClause(it) => {
                self.assigned.insert(it.variable_name.clone());
                let mut words = Words::starting(format!("for {} in", it.variable_name));
                for value in it.values.iter().flatten() {
                    self.word(value, &mut words);
                }
                self.push(&words.line, &words.inner);
                self.list(&it.body.list);
            }
            CompoundCommand::CaseClause(it) => {
                let mut words = Words::starting("test".to_owned());
                self.word(&it.value, &mut words);
                self.push(&words.line, &words.inner);
                it.cases.iter().filter_map(|it| it.cmd.as_ref()).for_each(|it| self.list(it));
            }
            CompoundCommand::IfClause(it) => {
                self.list(&it.condition);
                self.list(&it.then);
                for it in it.elses.iter().flatten() {
                    it.condition.iter().for_each(|it| self.list(it));
                    self.list(&it.body);
                }
            }
            CompoundCommand::WhileClause(it) | CompoundCommand::UntilClause(it) => {
                self.list(&it.0);
                self.list(&it.1.list);
            }
            CompoundCommand::Coprocess(it) => self.command(&it.body),
        }
    }

    fn test(&mut self, test: &ExtendedTestExpr, words: &mut Words) {
        match test {
            ExtendedTestExpr::And(a, b) | ExtendedTestExpr::Or(a, b) => {
                self.test(a, words);
                self.test(b, words);
            }
            ExtendedTestExpr::Not(it) | ExtendedTestExpr::Parenthesized(it) => self.test(it, words),
            ExtendedTestExpr::UnaryTest(_, it) => self.word(it, words),
            ExtendedTestExpr::BinaryTest(_, a, b) => {
                self.word(a, words);
                self.word(b, words);
            }
        }
    }

    fn simple(&mut self, command: &SimpleCommand) {
        let mut words = Words::default();
        let prefix = command.prefix.iter().flat_map(|it| &it.0);
        let suffix = command.suffix.iter().flat_map(|it| &it.0);
        prefix.for_each(|it| self.item(it, &mut words));
        command.word_or_name.iter().for_each(|it| self.word(it, &mut words));
        suffix.for_each(|it| self.item(it, &mut words));
        let raw: Vec<&str> = words.raw.iter().map(String::as_str).collect();
        // What a variable holds, or another command prints, is unknown.
        let is_known = |it: &String| !it.starts_with('$') || it.contains(char::is_whitespace);
        if let Some((script, arguments)) = script_of(&raw).filter(|it| is_known(&it.0)) {
            self.lines.append(&mut words.inner);
            let outer = std::mem::replace(&mut self.arguments, arguments);
            self.text(&script);
            self.arguments = outer;
            if !words.redirects.is_empty() {
                self.push(&words.redirects, &[]);
            }
            return;
        }
        match words.text {
            Some(text) if runs(&raw) == Some(Language::Shell) => {
                self.push(&words.line, &words.inner);
                self.text(&text);
            }
            Some(text) if self.is_inside => {
                self.push(&format!("{} {}", words.line, without_signs(&text)), &words.inner);
            }
            Some(text) => {
                self.push(&format!("{} {TEXT}", words.line), &words.inner);
                self.texts.push(text);
            }
            None => self.push(&words.line, &words.inner),
        }
    }

    fn item(&mut self, item: &Item, words: &mut Words) {
        match item {
            Item::Word(it) => self.word(it, words),
            Item::AssignmentWord(it, _) => self.assignment(it, words),
            Item::IoRedirect(it) => self.redirect(it, words),
            Item::ProcessSubstitution(_, it) => {
                words.push(NAMED);
                let inner = self.inside(|inner| inner.list(&it.list));
                words.inner.extend(inner);
            }
        }
    }

    fn assignment(&mut self, assignment: &Assignment, words: &mut Words) {
        let name = match &assignment.name {
            AssignmentName::VariableName(it) | AssignmentName::ArrayElementName(it, _) => it,
        };
        match &assignment.value {
            AssignmentValue::Scalar(value) => {
                self.is_assignment = true;
                let value = self.raw(&value.value, &mut words.inner);
                self.is_assignment = false;
                let sign = if assignment.append { "+=" } else { "=" };
                words.push(&format!("{name}{sign}{value}"));
            }
            AssignmentValue::Array(values) => {
                let mut array = Words::starting(format!("for {name} in"));
                for (_, it) in values {
                    self.word(it, &mut array);
                }
                words.inner.push(array.line);
                words.inner.extend(array.inner);
            }
        }
        self.assigned.insert(name.clone());
    }

    fn redirect(&mut self, redirect: &IoRedirect, words: &mut Words) {
        let (sign, target) = match redirect {
            IoRedirect::File(_, kind, target) => {
                let sign = if matches!(kind, IoFileRedirectKind::Read) { "<" } else { ">" };
                let is_copy = matches!(
                    kind,
                    IoFileRedirectKind::DuplicateInput | IoFileRedirectKind::DuplicateOutput
                );
                match target {
                    IoFileRedirectTarget::Filename(it) => {
                        (sign, self.raw(&it.value, &mut words.inner))
                    }
                    IoFileRedirectTarget::Duplicate(it) if !is_copy || it.value.contains('/') => {
                        (sign, self.raw(&it.value, &mut words.inner))
                    }
                    IoFileRedirectTarget::ProcessSubstitution(_, it) => {
                        let inner = self.inside(|inner| inner.list(&it.list));
                        words.inner.extend(inner);
                        (sign, if sign == "<" { NAMED } else { "/dev/fd/63" }.to_owned())
                    }
                    IoFileRedirectTarget::Fd(_) | IoFileRedirectTarget::Duplicate(_) => return,
                }
            }
            IoRedirect::OutputAndError(it, _) => (">", self.raw(&it.value, &mut words.inner)),
            IoRedirect::HereString(_, it) => ("<", self.raw(&it.value, &mut words.inner)),
            IoRedirect::HereDocument(_, it) => {
                if it.requires_expansion {
                    let pieces = word::parse_heredoc(&it.doc.value, &ParserOptions::default());
                    let pieces = pieces.unwrap_or_default();
                    self.pieces(&pieces, &mut words.inner);
                }
                words.text = Some(it.doc.value.clone());
                return;
            }
        };
        words.redirect(sign, &target);
    }

    /// The lines that another reader reads, which knows the same variables.
    fn inside(&mut self, read: impl FnOnce(&mut Self)) -> Vec<String> {
        let mut inner = Self {
            assigned: std::mem::take(&mut self.assigned),
            depth: self.depth,
            arguments: self.arguments.clone(),
            is_inside: true,
            ..Self::default()
        };
        read(&mut inner);
        self.assigned = inner.assigned;
        let lines = inner.lines.into_iter();
        std::iter::once(BEGIN.to_owned()).chain(lines).chain([FINISH.to_owned()]).collect()
    }
}

fn is_read(redirect: &IoRedirect) -> bool {
    match redirect {
        IoRedirect::File(_, kind, _) => matches!(kind, IoFileRedirectKind::Read),
        IoRedirect::HereString(..) | IoRedirect::HereDocument(..) => true,
        IoRedirect::OutputAndError(..) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::GREATER;
    use super::*;

    #[test]
    fn a_script_is_told_as_its_commands() {
        for (text, expected) in [
            ("echo \"a; b > c\" > d; e", "echo a, b \u{203a} c > d|e"),
            ("sed -i 's|a|b|;s/c/d/' x | y", "sed -i s,a,b,,s/c/d/ x | y"),
            ("bash -c 'a; b' > /c", "a|b|> /c"),
            ("echo a | sudo sh -c \"b; c\"", "echo a | b|c"),
            ("echo \"$(a; b) c; d\"", "echo $_ c, d ; ( ; a ; b ; )"),
            ("echo \"`a; b`\"", "echo $_ ; ( ; a ; b ; )"),
            ("echo \"a\nb; c\" > d; e", "echo a b, c > d|e"),
            ("echo \\\"a, b\\\"; # c", "echo \"a, b\""),
            ("A=b C='d e' f", "A=b C=d e f"),
            ("A=(a $B); f", "for A in a $B|f"),
            ("a && b || c & d", "a|b|c|d"),
            ("if a; then b; elif c; then d; else e; fi", "a|b|c|d|e"),
            ("case $(a) in b|c) d;; esac", "test $_ ; ( ; a ; )|d"),
            ("for a in b $(c); do d $a; done | e", "for a in b $_ ; ( ; c ; )|d $a | e"),
            ("a | while read -r b; do c; done > /d", "a | read -r b|c|> /d"),
            ("while read -r b; do c; done < <(a | e)", "read -r b < $_ ; ( ; a | e ; )|c"),
            ("f() { a; }; ( b ); { c; }", "a|(|b|)|c"),
            ("a 2>&1 >/dev/null &> /b", "a > /dev/null > /b"),
            ("cat <<EOF | tee /a\nb 'c'\nEOF\nd", "cat << text | tee /a|b c|<<|d"),
            ("bash <<EOF\na; b\nEOF", "bash|a|b"),
            ("A=$(cat <<EOF\nb; c\nEOF\n)", "A=$_ ; ( ; cat b, c  ; )"),
            ("cat <<< a; diff <(b) c", "cat < a|diff $_ c ; ( ; b ; )"),
            ("[[ a == \"$b\" && -f c ]]", "[[ a $b c"),
            ("echo ${A:-b} ${#A} ${A##*/} ${A}b $((1 + 2))", "echo b ${A%} ${A%} ${A}b 0"),
            ("bash -c \"$A\"; eval \"$(b)\"", "bash -c $A|eval $_ ; ( ; b ; )"),
            ("subprocess.run([\"a\", \"b; c\"])\nif x; d", "subprocess.run([a, b ;  c])|if x ;  d"),
            ("((((((((((((((((((a", "((((((((((((((((((a"),
            ("$( << ( ${\nb; c", "$( << ( ${|b|c"),
            ("A=$1; b ${A:-c}; A=${A:-d}", "A=$1|b $A c|A=d"),
            ("sh -c 'a $0 $1' b c; d $1", "a b c|d $1"),
            ("( ( a ) ); (( b > 1 )); echo $(( $(c) + 1 ))", "a|b > 1|echo 0 ; ( ; c ; )"),
        ] {
            let found = commands(text).join("|");
            let expected = expected.replace("\u{203a}", &GREATER.to_string());
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_variable_of_one_value_stands_for_the_value() {
        for (text, expected) in [
            ("D=/etc\nF=$D/kubernetes\ncp a ${F}/b", "cp a /etc/kubernetes/b"),
            ("export C='mkfs'; $C.xfs /dev/a", "mkfs.xfs"),
            ("A=b make; echo $A", "echo $A"),
            ("A=a\nA=b\necho $A", "echo $A"),
            ("A=a\nA=a\necho $A", "echo a"),
            ("A=a\nfor A in b c; do\necho $A", "echo $A"),
            ("A=a\nread -r A\necho $A", "echo $A"),
            ("A=a\nA+=b\necho $A", "echo $A"),
            ("A=$(date)\necho $A", "echo $A"),
            ("A=a\necho ${A:-b} $1 $@ $", "echo a b $1 $@ $"),
            ("A=$1\necho ${A:-b} ${A%c}", "echo $A b ${A%}"),
            ("A=${A:-a}\necho $A/b ${A}b ${B-c}", "echo a/b ab c"),
            ("A=$A$A\necho $A", "echo $A"),
        ] {
            let whole = whole_lines(text);
            assert!(whole.contains(expected), "{text}: {whole}");
        }
    }
}
