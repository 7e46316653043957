//! The contents of a file in which objects were expected and none are: what people save in the place of YAML.
//!
//! Only what is certain by its first line, or its first bytes, is named. Nothing of it is quoted.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use super::ArchiveSource;
use crate::model::encoding;
use crate::model::kind::Kind;

/// The contents of a file without objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoObjects {
    /// Nothing, as a failed command leaves it behind `>`.
    Nothing,
    /// A table of `oc get` or `oc adm top`.
    Table,
    /// Lines of `oc get -o name`.
    Names,
    /// The output of `oc describe`.
    Description,
    /// `No resources found`, which tells of one namespace, or of one selector.
    NoneFound,
    /// An error of the API server, and its reason.
    ServerError(Option<&'static str>),
    /// An error of `oc` or of the shell.
    CommandError,
    /// An HTML page.
    Page,
    /// Anything else, such as settings of another program.
    Other,
}

/// The reasons of the API server (`metav1.StatusReason`).
const REASONS: [&str; 13] = [
    "BadRequest",
    "Conflict",
    "Expired",
    "Forbidden",
    "Gone",
    "InternalError",
    "Invalid",
    "NotFound",
    "ServerTimeout",
    "ServiceUnavailable",
    "Timeout",
    "TooManyRequests",
    "Unauthorized",
];

impl NoObjects {
    /// Recognizes the contents of a text. `None` where the text may be anything.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(str::trim_end);
        let is_nothing = |it: &str| it.trim().is_empty() || it == "---" || it.starts_with('#');
        let Some(first) = lines.by_ref().find(|it| !is_nothing(it)) else {
            return Some(Self::Nothing);
        };
        let begins = |words: &[&str]| words.iter().any(|it| first.starts_with(it));
        let ends = |words: &[&str]| words.iter().any(|it| first.ends_with(it));
        if begins(&["Error from server"]) {
            let reason = |it: &&&str| first.contains(&format!("({it})"));
            return Some(Self::ServerError(REASONS.iter().find(reason).copied()));
        }
        if begins(&["{"]) && text.contains("\"Status\"") && text.contains("\"Failure\"") {
            let reason = |it: &&&str| text.contains(&format!("\"{it}\""));
            return Some(Self::ServerError(REASONS.iter().find(reason).copied()));
        }
        if begins(&["No resources found"]) {
            return Some(Self::NoneFound);
        }
        let errors =
            ["error: ", "Unable to connect to the server", "The connection to the server "];
        if begins(&errors)
            || ends(&["command not found", ": not found", "No such file or directory"])
        {
            return Some(Self::CommandError);
        }
        if begins(&["<!DOCTYPE", "<!doctype", "<html", "<HTML", "<?xml"]) {
            return Some(Self::Page);
        }
        if begins(&["NAME ", "NAMESPACE "]) && !first.contains(':') {
            return Some(Self::Table);
        }
        if begins(&["Name:  "]) {
            return Some(Self::Description);
        }
        let is_name = |it: &str| {
            let kind = it.split_once('/').filter(|(_, name)| !name.is_empty());
            kind.is_some_and(|(kind, name)| is_word(kind) && is_word(name))
        };
        (is_name(first) && lines.filter(|it| !it.is_empty()).all(is_name)).then_some(Self::Names)
    }
}

/// Returns whether a text is part of an object's name, or of a resource's.
fn is_word(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || b"-.:".contains(&it))
}

impl fmt::Display for NoObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "is empty",
            Self::Table => "contains a table, and no objects",
            Self::Names => "contains the names of objects, and no objects",
            Self::Description => "contains the output of oc describe, and no objects",
            Self::NoneFound => "contains the message that no resources were found, and no list",
            Self::ServerError(Some(reason)) => {
                return write!(f, "contains an error of the API server ({reason})");
            }
            Self::ServerError(None) => "contains an error of the API server",
            Self::CommandError => "contains an error message of a command",
            Self::Page => "contains an HTML page, such as the login page of a proxy",
            Self::Other => "contains no objects",
        })
    }
}

/// A file in which objects were expected, and none are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithoutObjects {
    place: ArchiveSource,
    contents: NoObjects,
    /// The kinds of the objects that were expected, as far as the path tells.
    pub(super) kinds: BTreeSet<Kind>,
}

impl WithoutObjects {
    /// Creates the description of a file. `of` is the kind that the file is about by its place in a must-gather.
    pub(super) fn new(place: &ArchiveSource, contents: NoObjects, of: Option<Kind>) -> Self {
        let kinds = match (of, place) {
            (Some(kind), _) => BTreeSet::from([kind]),
            (None, ArchiveSource::Path(path)) => kinds_by_name(path),
            (None, ArchiveSource::Stdin) => BTreeSet::new(),
        };
        Self { place: place.clone(), contents, kinds }
    }

    /// Returns whether the file shows objects that another file may have whole, or is of another program.
    pub(super) const fn is_view(&self) -> bool {
        matches!(
            self.contents,
            NoObjects::Table | NoObjects::Names | NoObjects::Description | NoObjects::Other
        )
    }

    /// Returns the command that writes the objects.
    pub(super) fn hint(&self) -> String {
        let kind = self.kinds.first();
        let resource = kind.map_or("RESOURCE", |it| it.resource().plural);
        let namespace = kind.and_then(|it| super::namespace_of(*it));
        let namespace = namespace.map(|it| format!(" -n {it}")).unwrap_or_default();
        format!("write the objects to a file: oc get {resource}{namespace} -o yaml")
    }
}

impl fmt::Display for WithoutObjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.contents)
    }
}

/// Returns the kinds that a file is about by its name, or else by the name of its directory: `nodes.yaml`,
/// `machines-and-machinesets.yaml`, `mcp/etcd.yaml`.
pub(super) fn kinds_by_name(path: &Path) -> BTreeSet<Kind> {
    let of = |name: Option<&std::ffi::OsStr>| name.and_then(|it| it.to_str()).map(kinds_in);
    let found = of(path.file_name()).unwrap_or_default();
    if found.is_empty() {
        of(path.parent().and_then(Path::file_name)).unwrap_or_default()
    } else {
        found
    }
}

/// Every plural; where there is none, the first singular or short name.
fn kinds_in(name: &str) -> BTreeSet<Kind> {
    let name = name.to_ascii_lowercase();
    let words = || name.split(|it: char| !it.is_ascii_alphabetic());
    let plurals = words()
        .filter_map(|word| Kind::ALL.into_iter().find(|kind| kind.resource().plural == word));
    let plurals: BTreeSet<Kind> = plurals.collect();
    if plurals.is_empty() {
        words().find_map(|it| it.parse().ok().or_else(|| by_short_name(it))).into_iter().collect()
    } else {
        plurals
    }
}

fn by_short_name(word: &str) -> Option<Kind> {
    Some(match word {
        "cm" => Kind::ConfigMap,
        "co" => Kind::ClusterOperator,
        "cpms" => Kind::ControlPlaneMachineSet,
        "mc" => Kind::MachineConfig,
        "mcp" => Kind::MachineConfigPool,
        _ => return None,
    })
}

/// Returns whether objects may be in a file, or may have been expected in it, by its name and its first bytes.
pub(super) fn may_be_of_objects(path: &Path, head: &[u8]) -> bool {
    let is_without = || text_of(head).is_some_and(|it| NoObjects::of(&it).is_some());
    begins_with_objects(head) || !kinds_by_name(path).is_empty() && is_without()
}

/// Returns whether a text begins as objects of Kubernetes do.
pub(super) fn begins_with_objects(head: &[u8]) -> bool {
    let Some(head) = text_of(head) else { return false };
    let is_nothing = |it: &&str| it.is_empty() || it.starts_with("---") || it.starts_with('#');
    let first = head.lines().map(str::trim_end).find(|it| !is_nothing(it)).unwrap_or_default();
    let keys = ["apiVersion:", "kind:", "items:", "metadata:", "- apiVersion:"];
    keys.iter().any(|it| first.starts_with(it))
        || first.starts_with(['{', '[']) && head.contains("\"apiVersion\"")
}

/// The text up to the last whole line.
fn text_of(head: &[u8]) -> Option<String> {
    let end = head.iter().rposition(|it| *it == b'\n').map_or(head.len(), |at| {
        // A line break of UTF-16 in little endian has one byte more.
        at + 1 + usize::from(head.starts_with(&[0xff, 0xfe]))
    });
    encoding::text(head[..end.min(head.len())].to_vec())
}
