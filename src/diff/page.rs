//! The lines of an object as they grow: one YAML document, whose keys without indentation are the object's parts.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::text::printable;
use crate::redact::author::Author;
use crate::redact::policy::{Policy, is_known_field, readable_text};

/// The lines so far, and what may be in them.
pub(crate) struct Page<'a> {
    pub policy: Policy,
    pub author: Author,
    /// The fields of OpenShift's objects that hold text which may be shown.
    pub fields: Fields,
    /// Texts that are shown elsewhere anyway: OpenShift's, in the other version of the object.
    known: &'a BTreeSet<String>,
    /// The texts that this page shows in full.
    pub shown: BTreeSet<String>,
    lines: Vec<String>,
}

/// The fields of OpenShift's objects that hold text which may be shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fields {
    /// The fields that the policy lists.
    Listed,
    /// All.
    Every,
}

impl<'a> Page<'a> {
    pub(crate) const fn new(policy: Policy, author: Author, known: &'a BTreeSet<String>) -> Self {
        let fields = Fields::Listed;
        Self { policy, author, fields, known, shown: BTreeSet::new(), lines: Vec::new() }
    }

    pub(crate) fn into_lines(self) -> (Vec<String>, BTreeSet<String>) {
        (self.lines.into_iter().map(|line| printable(&line)).collect(), self.shown)
    }

    /// Begins a part.
    pub(crate) fn heading(&mut self, text: &str) {
        self.key(0, text);
    }

    /// Takes the heading of a part back under which nothing came.
    pub(crate) fn drop_empty(&mut self) {
        let is_heading = |line: &String| line.ends_with(':') && !line.starts_with(' ');
        if self.lines.last().is_some_and(is_heading) {
            self.lines.pop();
        }
    }

    /// Adds a key without a value.
    pub(crate) fn key(&mut self, indent: usize, key: &str) {
        self.pair(indent, key, "");
    }

    /// Adds a key with a value that is YAML already. A key that stands there already gets a number.
    fn pair(&mut self, indent: usize, key: &str, value: &str) {
        let is_around = |line: &&String| {
            line.is_empty() || line.len() - line.trim_start_matches(' ').len() >= indent
        };
        let beside: Vec<&String> = self.lines.iter().rev().take_while(is_around).collect();
        let line = |key: &str| format!("{:indent$}{}:", "", scalar(key));
        let mut free = line(key);
        for number in 2.. {
            if !beside.iter().any(|it| it.starts_with(&free)) {
                break;
            }
            free = line(&format!("{key} #{number}"));
        }
        let space = if value.is_empty() { "" } else { " " };
        self.lines.push(format!("{free}{space}{value}"));
    }

    /// Adds a key with a value that may be shown.
    pub(crate) fn value(&mut self, indent: usize, key: &str, value: &str) {
        self.pair(indent, key, &scalar(value));
    }

    /// Adds a key with a number or a switch that may be shown.
    pub(crate) fn number(&mut self, indent: usize, key: &str, value: &str) {
        self.pair(indent, key, value);
    }

    /// Adds an item of a list.
    pub(crate) fn item(&mut self, indent: usize, value: &str) {
        self.lines.push(format!("{:indent$}- {}", "", scalar(value)));
    }

    /// Adds the size and digest of something in the place of the thing.
    pub(crate) fn withheld(&mut self, indent: usize, key: &str, bytes: &[u8]) {
        self.value(indent, key, &self.policy.withheld(bytes));
    }

    /// Adds what stands in a file or a unit, with the lines in `form`, or its digest.
    pub(crate) fn contents(
        &mut self,
        indent: usize,
        (key, path): (&str, Option<&str>),
        bytes: &[u8],
        form: impl Fn(&str) -> Vec<String>,
    ) {
        let text = readable_text(bytes).filter(|text| {
            text.is_empty()
                || self.author == Author::OpenShift
                || self.policy.shows_secrets()
                || self.known.contains(*text)
        });
        let lines = text.and_then(|text| {
            let is_known = text.is_empty() || self.known.contains(text);
            self.policy.text(path.filter(|_| !is_known), &form(text).join("\n"))
        });
        match (lines, text) {
            (Some(lines), Some(text)) => {
                self.shown.insert(text.to_owned());
                match &lines[..] {
                    [line] if !text.contains('\n') => self.value(indent, key, line),
                    lines => self.block(indent, key, lines),
                }
            }
            _ => self.withheld(indent, key, bytes),
        }
    }

    /// Adds a text over several lines, as YAML's literal block.
    fn block(&mut self, indent: usize, key: &str, lines: &[String]) {
        let mut lines = lines.iter().map(|line| printable(line)).peekable();
        let Some(first) = lines.peek() else { return self.value(indent, key, "") };
        let begins_with_space = first.is_empty() || first.starts_with(char::is_whitespace);
        self.pair(indent, key, if begins_with_space { "|2" } else { "|" });
        let width = indent + 2;
        // An empty line stays one.
        self.lines.extend(lines.map(|line| match line.as_str() {
            "" => line,
            _ => format!("{:width$}{line}", ""),
        }));
    }

    /// Adds a field and all that is in it. Of what an admin wrote, that is its name and the digest of all the
    /// rest. Empty fields are left out: the operator writes them out, and people leave them away.
    pub(crate) fn field(&mut self, indent: usize, key: &str, value: &Value) {
        let name = self.policy.name(key);
        self.named_field(indent, &name, value);
    }

    /// Adds a field whose name may be shown.
    pub(crate) fn named_field(&mut self, indent: usize, name: &str, value: &Value) {
        let is_shown = self.author == Author::OpenShift || self.policy.shows_secrets();
        let is_text_shown = is_shown
            && (self.fields == Fields::Every
                || self.policy.shows_secrets()
                || is_known_field(name));
        match value {
            Value::Null | Value::Bool(false) => {}
            Value::Bool(true) => self.number(indent, name, "true"),
            Value::String(text) if text.is_empty() && indent <= 2 => {}
            Value::Array(items) if items.is_empty() => {}
            Value::Object(map) if map.is_empty() => self.number(indent, name, "{}"),
            Value::String(text) if !is_text_shown => self.withheld(indent, name, text.as_bytes()),
            Value::Array(items) if !is_text_shown && items.iter().all(Value::is_string) => {
                self.key(indent, name);
                for text in items.iter().filter_map(Value::as_str) {
                    self.item(indent, &self.policy.withheld(text.as_bytes()));
                }
            }
            Value::Array(_) if !is_text_shown => {
                self.withheld(indent, name, value.to_string().as_bytes());
            }
            _ if !is_shown => self.withheld(indent, name, value.to_string().as_bytes()),
            Value::String(text) => self.contents(indent, (name, None), text.as_bytes(), plain),
            Value::Object(map) => {
                self.key(indent, name);
                map.iter().for_each(|(key, value)| self.field(indent + 2, key, value));
            }
            Value::Array(items) => {
                self.key(indent, name);
                for item in items {
                    self.entry(indent, item);
                }
            }
            Value::Number(_) => self.number(indent, name, &value.to_string()),
        }
    }

    /// Adds an entry of a list that may be shown.
    fn entry(&mut self, indent: usize, value: &Value) {
        match value {
            Value::Object(map) => {
                self.lines.push(format!("{:indent$}-", ""));
                map.iter().for_each(|(key, value)| self.field(indent + 2, key, value));
            }
            Value::String(text) => {
                let lines = self.policy.text(None, text).map(|lines| lines.join("\n"));
                self.item(indent, &lines.unwrap_or_else(|| self.policy.withheld(text.as_bytes())));
            }
            other => self.item(indent, &other.to_string()),
        }
    }
}

/// Returns the lines of a text as they stand.
pub(crate) fn plain(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// Words that readers of old YAML take for something else than text.
const WORDS: [&str; 8] = ["true", "false", "yes", "no", "on", "off", "null", "y"];

/// Returns a text as YAML writes it in one line.
fn scalar(text: &str) -> String {
    let is_of_plain = |it: char| it.is_ascii_alphanumeric() || " /_-.:+=@$,()\\".contains(it);
    let lower = text.to_ascii_lowercase();
    // No number, date or time in any notation has one of these letters.
    let is_of_word = |it: char| matches!(it, 'g'..='n' | 'p'..='w' | 'y'..='z');
    let begins_as_word = |it: char| it.is_ascii_alphabetic() || it == '/';
    let begins = text.starts_with(begins_as_word)
        || (text.starts_with(|it: char| it.is_ascii_digit()) && lower.contains(is_of_word))
        || is_version(text);
    let is_plain = begins
        && text.chars().all(is_of_plain)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && lower != "n"
        && !WORDS.contains(&&*lower);
    if is_plain { text.to_owned() } else { Value::from(text).to_string() }
}

/// Returns whether a text is the version of an Ignition config: `3.4.0`, `3.5.0-experimental`.
pub(crate) fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.trim_end_matches("-experimental").split('.').collect();
    let is_number =
        |it: &&str| matches!(it.len(), 1 | 2) && it.bytes().all(|it| it.is_ascii_digit());
    parts.len() == 3 && parts.iter().all(is_number)
}
