//! The checks, each with a stable id, and what there is to know about them.
//!
//! `table` is the one place that lists them; `docs/checks.md` is written from it.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::model::kind::Kind;

/// The category of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// The suitability of the cluster.
    Cluster,
    /// The permissions of the user.
    Permissions,
    /// The state of the operators.
    Operators,
    /// The objects that are copied, and the settings that a copy loses.
    Sources,
    /// The etcd pool and what belongs to it.
    Pool,
    /// The placement, creation and state of Machines.
    Machines,
    /// The Nodes that the Machines become, and etcd itself.
    Nodes,
    /// The masters, and a disk of its own for the etcd on them.
    Masters,
    /// The objects that a removal may and may not delete.
    Removal,
}

impl Category {
    /// Every category, in the order in which they are shown.
    pub const ALL: [Self; 9] = [
        Self::Cluster,
        Self::Permissions,
        Self::Operators,
        Self::Sources,
        Self::Pool,
        Self::Machines,
        Self::Nodes,
        Self::Masters,
        Self::Removal,
    ];

    /// Returns the heading of the category.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Cluster => "Suitability",
            Self::Permissions => "Permissions",
            Self::Operators => "Operators",
            Self::Sources => "Sources",
            Self::Pool => "Pool",
            Self::Machines => "Machines",
            Self::Nodes => "Nodes and etcd",
            Self::Masters => "Masters",
            Self::Removal => "Removal",
        }
    }
}

/// A command that asks a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asker {
    /// `init`
    Init,
    /// `add-machine`
    AddMachine,
    /// `remove-machine`
    RemoveMachine,
    /// `teardown`
    Teardown,
    /// `add-disk`
    AddDisk,
    /// `remove-disk`
    RemoveDisk,
    /// `status`
    Status,
    /// `check`
    Check,
}

impl Asker {
    /// The command, as it is typed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::AddMachine => "add-machine",
            Self::RemoveMachine => "remove-machine",
            Self::Teardown => "teardown",
            Self::AddDisk => "add-disk",
            Self::RemoveDisk => "remove-disk",
            Self::Status => "status",
            Self::Check => "check",
        }
    }
}

/// The effect of `--ignore-checks` on a blocker of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ignorable {
    Yes,
    /// Going on would break the cluster, or cannot work.
    No,
}

/// The description of a check.
#[derive(Debug)]
pub struct About {
    id: &'static str,
    ignorable: Ignorable,
    /// The category of the check.
    pub category: Category,
    /// The wanted condition, in a few words.
    pub title: &'static str,
    /// The question that the check answers, in one sentence.
    pub asks: &'static str,
    /// Why that matters.
    pub why: &'static str,
    /// The remedy when the condition does not hold.
    pub remedy: &'static str,
    /// The commands that ask it.
    pub asked_by: &'static [Asker],
    /// The kinds that the check reads. Without these it cannot be judged.
    pub reads: &'static [Kind],
}

macro_rules! checks {
    ($($variant:ident $id:literal $category:ident $ignorable:ident by [$($asker:ident)+] reads [$($kind:ident)*]
       $title:literal asks $asks:literal why $why:literal remedy $remedy:literal)*) => {
        /// The checks, each with a stable id.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Check {
            $(#[doc = $asks] $variant,)*
        }

        impl Check {
            /// Every check, by category.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Returns the description of the check.
            #[must_use]
            pub const fn about(self) -> &'static About {
                match self { $(Self::$variant => &About {
                    id: $id,
                    ignorable: Ignorable::$ignorable,
                    category: Category::$category,
                    title: $title,
                    asks: $asks,
                    why: $why,
                    remedy: $remedy,
                    asked_by: &[$(Asker::$asker,)+],
                    reads: &[$(Kind::$kind,)*],
                },)* }
            }
        }
    };
}

pub mod boot_image;
pub mod cluster;
pub mod control_plane;
pub mod deletion;
pub mod disk_device;
mod disk_holder;
pub mod edge_zones;
pub mod etcd_disk;
pub mod etcd_machines;
pub mod etcd_member;
pub mod etcd_nodes;
pub mod etcd_user_data;
pub mod finding;
pub mod left_out;
pub mod lost_settings;
pub mod machine_labels;
pub mod machine_sets;
pub mod machine_ties;
pub mod machine_user_data;
pub mod master_losses;
pub mod master_pool;
pub mod master_stop;
pub mod master_volume;
pub mod max_unavailable;
pub mod mixed_roles;
pub mod node_metadata;
pub mod node_pools;
pub mod node_tuning;
pub mod node_updates;
pub mod operators;
pub mod os_image;
pub mod other_pools;
pub mod overrides;
pub mod overriding;
pub mod permissions;
pub mod pool;
pub(crate) mod pool_anew;
pub mod pool_configuration;
pub mod pool_policy;
pub mod refused_configs;
pub mod registration;
pub mod requested_volume;
mod required_device;
pub mod stray_node;
mod table;
pub mod template;
pub mod template_changes;
pub mod topology;
mod unseen_program;
pub mod worker_pool;
pub mod worker_settings;

pub use finding::{Finding, Severity};
pub use table::Check;

impl Check {
    /// Returns the stable id of the check, in kebab case.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.about().id
    }

    /// Returns the question that the check answers, in one sentence.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        self.about().asks
    }

    /// Returns whether `--ignore-checks` may turn its blockers into warnings.
    #[must_use]
    pub fn is_ignorable(self) -> bool {
        self.about().ignorable == Ignorable::Yes
    }

    /// Returns whether a command asks it.
    #[must_use]
    pub fn is_asked_by(self, asker: Asker) -> bool {
        self.about().asked_by.contains(&asker)
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

/// No check has this id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no check is called `{0}`")]
pub struct UnknownCheck(String);

impl FromStr for Check {
    type Err = UnknownCheck;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.iter().find(|check| check.id() == text);
        found.copied().ok_or_else(|| UnknownCheck(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_kebab_case_and_read_back() {
        for check in Check::ALL {
            assert_eq!(check.id().parse(), Ok(*check));
            assert!(check.id().chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{check}");
        }
        let ids: BTreeSet<_> = Check::ALL.iter().map(|check| check.id()).collect();
        assert_eq!(ids.len(), Check::ALL.len());
    }

    #[test]
    fn the_table_goes_by_category_and_its_titles_fit_a_line() {
        let categories: Vec<Category> = Check::ALL.iter().map(|it| it.about().category).collect();
        assert!(categories.is_sorted());
        for check in Check::ALL {
            let title = check.about().title;
            assert!((8..=43).contains(&title.chars().count()), "{check}: {title}");
        }
    }
}
