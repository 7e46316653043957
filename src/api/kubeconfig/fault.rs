//! Why no kubeconfig can be had. No error quotes a line or a value of a file: they hold tokens.

use std::fmt;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::model::yaml::YamlError;

/// Why no kubeconfig can be had.
#[derive(Debug, thiserror::Error)]
pub enum KubeconfigFault {
    /// A file that was named cannot be read.
    #[error("reading the kubeconfig {path}: {words}", path = shown(.0), words = words(*.1))]
    Read(PathBuf, ErrorKind),
    /// None of the files exists in which a kubeconfig was looked for.
    #[error("no kubeconfig found{missing}", missing = missing(.0))]
    NotFound(Vec<PathBuf>),
    /// A file is not a kubeconfig.
    #[error("the kubeconfig {0} {1}")]
    File(PathBuf, FileFault),
    /// A user or a cluster contradicts itself or lacks something.
    #[error("{0}: {1}")]
    Entry(Entry, &'static str),
    /// The kubeconfig has no context, cluster or user of that name.
    #[error("{0} \"{1}\" does not exist in the kubeconfig")]
    NoSuch(&'static str, String),
    /// A context leads nowhere.
    #[error(
        "context \"{0}\" of the kubeconfig names no cluster: choose one with --cluster or --server"
    )]
    NoCluster(String),
    /// A file that it names cannot be read.
    #[error("reading the {0} {path}: {words}", path = shown(.1), words = words(*.2))]
    ReadNamed(&'static str, PathBuf, ErrorKind),
    /// A file that it names cannot be read, and the text may be no path.
    #[error(
        "{0} names a file that cannot be read: {words}; the value is not shown, because it may be a credential",
        words = words(*.1)
    )]
    Withheld(String, ErrorKind),
    /// A token or the file of one holds nothing that can be sent.
    #[error("{0} holds {1}")]
    Token(String, &'static str),
    /// A client certificate or its key cannot be used. With the place of the field, and the file that the field
    /// names.
    #[error("{0}{names} {why}", names = names(.1.as_deref()), why = .2)]
    Identity(String, Option<PathBuf>, String),
    /// The certificate authority of the kubeconfig is none.
    #[error("the certificate authority {0} has no PEM certificate")]
    Authority(String),
    /// The input that a credential plugin asks for cannot be given to the plugin.
    #[error("the cluster cannot be described to the credential plugin")]
    Describe,
}

/// Why a text is not a kubeconfig.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FileFault {
    /// The bytes are no text.
    #[error("is not text in UTF-8 or UTF-16")]
    NotText,
    /// The text is not YAML.
    #[error("is {0}")]
    Yaml(YamlError),
    /// It is an object of another kind.
    #[error("is not a kubeconfig: kind must be Config, and apiVersion must be v1")]
    Kind,
    /// A field, named by its path, is of another type.
    #[error("is not a kubeconfig: {0} must be {1}")]
    Type(String, &'static str),
    /// Two things in a file have the same name: which one is meant cannot be told, and kubectl refuses.
    #[error("has two {0}s with the name \"{1}\"")]
    Twice(&'static str, String),
}

/// A user or a cluster, for errors: an entry of the kubeconfig, and the flags over the entry.
#[derive(Clone, Debug)]
pub struct Entry {
    /// `user` or `cluster`
    what: &'static str,
    /// The name; empty where flags alone are the user or the cluster.
    name: String,
    /// The flags that are set.
    flags: Vec<&'static str>,
}

impl Entry {
    /// An entry with the flags of those that are set.
    pub(crate) fn new(
        what: &'static str,
        name: &str,
        flags: impl IntoIterator<Item = (&'static str, bool)>,
    ) -> Self {
        let set = flags.into_iter().filter(|it| it.1);
        Self { what, name: name.to_owned(), flags: set.map(|it| it.0).collect() }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, name, flags } = self;
        let flags = flags.join(", ");
        match (name.as_str(), flags.as_str()) {
            ("", "") => write!(f, "the {what} of the connection flags"),
            ("", flags) => write!(f, "the {what} of the flags {flags}"),
            (name, "") => write!(f, "{what} \"{name}\" of the kubeconfig"),
            (name, flags) => write!(f, "{what} \"{name}\" of the kubeconfig with {flags}"),
        }
    }
}

/// A path as an error may show it: people put the contents of a file where its path belongs.
fn shown(path: &Path) -> String {
    if is_contents(path) {
        return "(withheld, because it is no path)".to_owned();
    }
    path.display().to_string()
}

/// Returns whether a path may be the contents of a file.
fn is_contents(path: &Path) -> bool {
    let text = path.display().to_string();
    let has_long_part = text.split('/').any(|it| it.len() > 255);
    has_long_part || text.contains(['\n', '\r', '{', '"']) || text.contains("-----BEGIN")
}

/// The files that do not exist, behind what was not found. The contents of a file in the place of paths are cut at each
/// colon: one part that is no path withholds all.
fn missing(files: &[PathBuf]) -> String {
    if files.iter().any(|it| is_contents(it)) {
        return ": the files do not exist (the paths are withheld, because one is no path)"
            .to_owned();
    }
    let names: Vec<String> = files.iter().map(|it| shown(it)).collect();
    match names.as_slice() {
        [] => String::new(),
        [only] => format!(": {only} does not exist"),
        [first @ .., last] => format!(": {} and {last} do not exist", first.join(", ")),
    }
}

/// The file that a field names, in a sentence that goes on with the file or with the field's value.
fn names(path: Option<&Path>) -> String {
    path.map(|it| format!(" names {}, which", shown(it))).unwrap_or_default()
}

/// The system's words for why a file cannot be read.
pub(super) fn words(kind: ErrorKind) -> String {
    match kind {
        ErrorKind::NotFound => "no such file or directory".to_owned(),
        other => other.to_string(),
    }
}
