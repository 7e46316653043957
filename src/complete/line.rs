//! Reads a command line that is not finished yet: what is there, and what is being typed.

use clap::{Arg, ArgAction, Command};

/// A command line up to the cursor.
#[derive(Debug)]
pub(super) struct Line<'a> {
    root: &'a Command,
    /// The verb, once it is there.
    pub verb: Option<&'a Command>,
    /// Indicates whether the line began with `help`.
    pub is_help: bool,
    /// The flags that are there, each with its value.
    pub flags: Vec<(&'a Arg, Option<String>)>,
    /// The words of the verb that belong to no flag.
    pub words: Vec<String>,
    /// The word that is being typed.
    pub typing: Typing<'a>,
}

/// The kind of the last word.
#[derive(Debug)]
pub(super) enum Typing<'a> {
    /// The name of a flag.
    Flag(String),
    /// The value of a flag.
    Value(&'a Arg, String),
    /// A verb, or a word of a verb.
    Word(String),
    /// Something behind a word that makes no sense.
    Nothing,
}

impl<'a> Line<'a> {
    /// Reads the words; the last is the one being typed.
    pub(super) fn read(root: &'a Command, words: &[String]) -> Self {
        let (last, before) = words.split_last().map_or(("", words), |(it, rest)| (it, rest));
        let mut line = Self {
            root,
            verb: None,
            is_help: false,
            flags: Vec::new(),
            words: Vec::new(),
            typing: Typing::Nothing,
        };
        let mut words = before.iter();
        let mut only_words = false;
        while let Some(word) = words.next() {
            if word == "--" && !only_words {
                only_words = true;
            } else if only_words || !is_flag(word) {
                if !line.take_word(word) {
                    return line;
                }
            } else if let Some(flag) = line.take_flag(word) {
                let Some(value) = words.next() else {
                    line.typing = Typing::Value(flag, last.to_owned());
                    return line;
                };
                line.flags.push((flag, Some(value.clone())));
            }
        }
        line.typing = line.typed(last, only_words);
        line
    }

    /// The flags that can stand here: those of the verb and those of every command.
    pub(super) fn known_flags(&self) -> impl Iterator<Item = &'a Arg> {
        let root = self.root.get_arguments();
        let verb = self.verb.into_iter().flat_map(Command::get_arguments);
        let is_of_a_verb = self.verb.is_some();
        let all = verb.chain(root.filter(move |it| !is_of_a_verb || it.is_global_set()));
        all.filter(|it| !it.is_positional())
    }

    /// The flags of every command that are there, as words: which cluster is meant, and as whom.
    pub(super) fn global_words(&self) -> Vec<String> {
        let global = self.flags.iter().filter(|(flag, _)| flag.is_global_set());
        let word = |(flag, value): &(&Arg, Option<String>)| {
            let name = flag.get_long()?;
            Some(value.as_ref().map_or(format!("--{name}"), |it| format!("--{name}={it}")))
        };
        global.filter_map(word).collect()
    }

    /// Takes a word that is no flag. `false` when it makes no sense.
    fn take_word(&mut self, word: &str) -> bool {
        if self.verb.is_some() {
            self.words.push(word.to_owned());
            return true;
        }
        if word == "help" && !self.is_help {
            self.is_help = true;
            return true;
        }
        self.verb = self.root.find_subcommand(word);
        self.verb.is_some()
    }

    /// Takes a flag. One that waits for its value in the next word is returned instead.
    fn take_flag(&mut self, word: &str) -> Option<&'a Arg> {
        if let Some((name, value)) = word.split_once('=') {
            let flag = self.find(name)?;
            self.flags.push((flag, Some(value.to_owned())));
            return None;
        }
        let Some(letters) = word.strip_prefix('-').filter(|it| !it.starts_with('-')) else {
            let flag = self.find(word)?;
            return self.take_found(flag);
        };
        // `-yojson` is -y and -o json.
        for (at, letter) in letters.char_indices() {
            let flag = self.find(&format!("-{letter}"))?;
            let rest = &letters[at + letter.len_utf8()..];
            if takes_value(flag) && !rest.is_empty() {
                self.flags.push((flag, Some(rest.to_owned())));
                return None;
            }
            if let Some(flag) = self.take_found(flag) {
                return Some(flag);
            }
        }
        None
    }

    fn take_found(&mut self, flag: &'a Arg) -> Option<&'a Arg> {
        if takes_value(flag) && !flag.is_require_equals_set() {
            return Some(flag);
        }
        self.flags.push((flag, None));
        None
    }

    /// Finds a flag by its name. Before the verb, those of every verb may stand.
    fn find(&self, name: &str) -> Option<&'a Arg> {
        let verbs = self.root.get_subcommands().filter(|_| self.verb.is_none());
        self.known_flags()
            .chain(verbs.flat_map(Command::get_arguments))
            .find(|it| is_called(it, name))
    }

    fn typed(&self, last: &str, only_words: bool) -> Typing<'a> {
        if only_words || !last.starts_with('-') {
            return Typing::Word(last.to_owned());
        }
        match last.split_once('=') {
            None => Typing::Flag(last.to_owned()),
            Some((name, value)) => match self.find(name).filter(|it| takes_value(it)) {
                Some(flag) => Typing::Value(flag, value.to_owned()),
                None => Typing::Nothing,
            },
        }
    }
}

fn is_flag(word: &str) -> bool {
    word.starts_with('-') && word.len() > 1
}

/// Returns whether a value belongs to a flag.
pub(super) fn takes_value(flag: &Arg) -> bool {
    matches!(flag.get_action(), ArgAction::Set | ArgAction::Append)
}

/// Returns whether a flag has this name: `-n`, `--namespace`.
pub(crate) fn is_called(flag: &Arg, name: &str) -> bool {
    if let Some(long) = name.strip_prefix("--") {
        return flag.get_long_and_visible_aliases().is_some_and(|all| all.contains(&long));
    }
    let short = flag.get_short();
    short.is_some_and(|it| name.strip_prefix('-') == Some(&*it.to_string()))
}
