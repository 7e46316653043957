//! What `init` was asked for, as a document keeps it: the flags, by their names.

use serde::{Deserialize, Serialize};

use crate::derive::disk::Disk;
use crate::derive::pool::RequiredForUpgrade;
use crate::model::layout::Layout;
use crate::plan::LayoutChoice;
use crate::plan::first_boot::FirstBoot;
use crate::plan::init::{Adopt, Conflicts, InitRequest, WritePolicy};

/// The flags of `init` that shape a plan. What was not given is left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedRequest {
    layout: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    first_boot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    disk_device: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    required_for_upgrade: Option<bool>,
    adopt: bool,
    force_conflicts: bool,
    field_manager: String,
    ignore_checks: Vec<String>,
}

const LAYOUTS: [(&str, LayoutChoice); 3] = [
    ("auto", LayoutChoice::Auto),
    ("documented", LayoutChoice::Only(Layout::Documented)),
    ("inherit", LayoutChoice::Only(Layout::Inherit)),
];

const FIRST_BOOT: [(&str, FirstBoot); 3] =
    [("auto", FirstBoot::Auto), ("remove", FirstBoot::Remove), ("keep", FirstBoot::Keep)];

fn word<T: PartialEq>(words: &[(&'static str, T)], value: &T) -> String {
    words.iter().find(|(_, it)| it == value).map_or("", |(word, _)| word).to_owned()
}

fn value<T: Copy>(words: &[(&'static str, T)], word: &str) -> Option<T> {
    words.iter().find(|(it, _)| *it == word).map(|(_, value)| *value)
}

impl SavedRequest {
    pub(super) fn of(request: &InitRequest) -> Self {
        let policy = &request.write_policy;
        Self {
            layout: word(&LAYOUTS, &request.layout),
            first_boot: request.first_boot.map(|it| word(&FIRST_BOOT, &it)),
            disk_device: request.disk.as_ref().map(|it| it.value().to_owned()),
            required_for_upgrade: request
                .required_for_upgrade
                .map(|it| it == RequiredForUpgrade::Yes),
            adopt: policy.adopt == Adopt::SameContent,
            force_conflicts: policy.conflicts == Conflicts::Force,
            field_manager: policy.field_manager.clone(),
            ignore_checks: request.ignored.iter().map(ToString::to_string).collect(),
        }
    }

    /// `None` when it holds a word that no flag has.
    pub(super) fn request(&self, tool_version: &str) -> Option<InitRequest> {
        let ignored = self.ignore_checks.iter().map(|it| it.parse().ok());
        Some(InitRequest {
            layout: value(&LAYOUTS, &self.layout)?,
            first_boot: match &self.first_boot {
                Some(word) => Some(value(&FIRST_BOOT, word)?),
                None => None,
            },
            disk: self.disk_device.as_deref().map(|it| match it {
                Disk::PROBE => Disk::Probe,
                path => Disk::Device(path.to_owned()),
            }),
            required_for_upgrade: self.required_for_upgrade.map(|is_required| {
                if is_required { RequiredForUpgrade::Yes } else { RequiredForUpgrade::No }
            }),
            write_policy: WritePolicy {
                field_manager: self.field_manager.clone(),
                adopt: if self.adopt { Adopt::SameContent } else { Adopt::No },
                conflicts: if self.force_conflicts { Conflicts::Force } else { Conflicts::Refuse },
            },
            ignored: ignored.collect::<Option<_>>()?,
            tool_version: tool_version.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Check;

    #[test]
    fn a_request_reads_back_as_itself() {
        let plain = InitRequest::new("1");
        let mut full = InitRequest::new("1");
        full.layout = LayoutChoice::Only(Layout::Inherit);
        full.first_boot = Some(FirstBoot::Keep);
        full.disk = Some(Disk::Device("/dev/nvme1n1".to_owned()));
        full.required_for_upgrade = Some(RequiredForUpgrade::No);
        full.write_policy.adopt = Adopt::SameContent;
        full.write_policy.conflicts = Conflicts::Force;
        full.write_policy.field_manager = "me".to_owned();
        full.ignored = [Check::FipsMismatch, Check::OperatorDegraded].into();
        for request in [plain, full] {
            assert_eq!(SavedRequest::of(&request).request("1"), Some(request));
        }
    }

    #[test]
    fn a_word_that_no_flag_has_makes_no_request() {
        let request = SavedRequest::of(&InitRequest::new("1"));
        let other = SavedRequest { layout: "other".to_owned(), ..request.clone() };
        assert_eq!(other.request("1"), None);
        let other = SavedRequest { ignore_checks: vec!["other".to_owned()], ..request };
        assert_eq!(other.request("1"), None);
    }
}
