//! What a check noticed: severity, a stable id, a subject, a message and a hint.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Nothing is written while it stands.
    Blocker,
    /// Read it before you answer yes.
    Warning,
    /// Good to know.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocker => "blocker",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// Whether `--ignore-checks` may turn a blocker of a check into a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ignorable {
    Yes,
    /// Going on would break the cluster, or cannot work.
    No,
}

macro_rules! checks {
    ($($variant:ident $id:literal $ignorable:ident $summary:literal)*) => {
        /// The checks, each with a stable id.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Check {
            $(#[doc = $summary] $variant,)*
        }

        impl Check {
            /// Every check.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// Its stable id, in kebab case.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// What it asks, in one sentence.
            #[must_use]
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary,)* }
            }

            const fn ignorable(self) -> Ignorable {
                match self { $(Self::$variant => Ignorable::$ignorable,)* }
            }
        }
    };
}

checks! {
    NotOpenShift "not-openshift" No "The cluster is OpenShift 4.10 or newer."
    NoMachineApi "no-machine-api" No "The cluster makes its machines with the Machine API, masters included."
    PlatformUnsupported "platform-unsupported" No "The cluster runs on AWS."
    HostedControlPlane "hosted-control-plane" No "The control plane runs on nodes of this cluster."
    Permission "permission" No "The user may do what the command does."
    Unreadable "unreadable" No "Everything that a decision rests on could be read."
    OperatorDegraded "operator-degraded" Yes "The operators that carry the change out are available."
    UpgradeInProgress "upgrade-in-progress" Yes "No upgrade of the cluster is under way."
    MasterPoolNotUpdated "master-pool-not-updated" Yes "The master pool has finished its last update."
    SourceMissing "source-missing" No "Everything that is copied is there."
    SourceUnexpected "source-unexpected" No "Everything that is copied looks as it should."
    UserData "user-data" No "The masters' user data can be derived from."
    UserDataCa "user-data-ca" Yes "The user data trusts the certificate authority of the Machine Config Server."
    ForeignObject "foreign-object" No "No object of somebody else's stands in the way."
    PoolPolicy "pool-policy" No "The cluster's admission policy allows the pool's selector."
    PoolOrder "pool-order" No "The etcd MachineConfigs come after the worker's when the pool is rendered."
    OsPinned "os-pinned" No "No MachineConfig pins the operating system of the etcd pool."
    BootImageSkew "boot-image-skew" Yes "New machines reach their release's operating system at the first boot."
    KernelArgumentsLost "kernel-arguments-lost" Yes "The etcd pool gets the masters' kernel arguments."
    Fips "fips" Yes "The etcd pool is in FIPS mode when the masters are."
    KubeletConfigTargets "kubelet-config-targets" Yes "KubeletConfigs and ContainerRuntimeConfigs of the masters select the etcd pool too."
    GeneratedLater "generated-later" Yes "The operator has generated everything for the etcd pool that it generates."
    UnknownZone "unknown-zone" No "The zone is one that the cluster knows."
    ZoneSubnet "zone-subnet" No "The subnet lies in the machine's zone."
    InstanceArchitecture "instance-architecture" No "The instance type has the masters' processor architecture."
    DiskDevice "disk-device" No "The second disk is found on the machine without doubt."
    ThroughputUnsupported "throughput-unsupported" No "The release's Machine API knows a volume's throughput."
    EvenMachines "even-machines" Yes "The number of etcd machines is odd."
    NotInitialised "not-initialised" No "`init` has made the etcd pool."
    NotRendered "not-rendered" No "The operator has rendered the etcd pool, with the role and the disk in it."
    Drifted "drifted" No "What init made is as init would make it."
    StaleAfterUpgrade "stale-after-upgrade" Yes "The copies are as new as their sources."
    MachineFailed "machine-failed" Yes "No etcd Machine has failed."
    NodeNotJoining "node-not-joining" Yes "Every etcd Machine has become a Node that is Ready."
    EtcdMembers "etcd-members" Yes "Where etcd's members run."
    MachineRole "machine-role" No "Only machines of the role etcd are removed."
    ControlPlaneMachine "control-plane-machine" No "No machine of the control plane is removed."
    CarriesEtcdMember "carries-etcd-member" No "No machine is removed that carries a member of etcd."
    ForeignMachine "foreign-machine" No "A machine that oc-etcd did not make is removed only by its own name."
    DeletionHeld "deletion-held" Yes "Nothing holds the deletion of a machine back."
    LastMachine "last-machine" Yes "An etcd machine stays."
    NodeLeft "node-left" No "No Node with the role etcd stays without its pool."
    LeftBehind "left-behind" Yes "Nothing stays behind that the operator made for the pool."
}

impl Check {
    /// Whether `--ignore-checks` may turn its blockers into warnings.
    #[must_use]
    pub fn is_ignorable(self) -> bool {
        self.ignorable() == Ignorable::Yes
    }

    /// A finding that forbids going on.
    pub fn blocker(self, subject: impl fmt::Display, message: impl Into<String>) -> Finding {
        self.finding(Severity::Blocker, subject, message)
    }

    /// A finding to read before going on.
    pub fn warning(self, subject: impl fmt::Display, message: impl Into<String>) -> Finding {
        self.finding(Severity::Warning, subject, message)
    }

    /// A finding that is good to know.
    pub fn note(self, subject: impl fmt::Display, message: impl Into<String>) -> Finding {
        self.finding(Severity::Note, subject, message)
    }

    fn finding(
        self,
        severity: Severity,
        subject: impl fmt::Display,
        message: impl Into<String>,
    ) -> Finding {
        let message = message.into();
        Finding { severity, check: self, subject: subject.to_string(), message, hint: None }
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

/// Something that a check noticed. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Which check noticed it.
    #[serde(rename = "id")]
    pub check: Check,
    /// What it is about: an object, a zone, the cluster.
    pub subject: String,
    /// What was found and why it matters; a fragment without a full stop.
    pub message: String,
    /// What to do, as a command to paste or a short sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

impl Finding {
    /// The same finding with a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    fn order(&self, other: &Self) -> Ordering {
        (self.severity, self.check.id(), &self.subject).cmp(&(
            other.severity,
            other.check.id(),
            &other.subject,
        ))
    }
}

/// Findings whose hints and messages name the program that the user typed: `kubectl etcd`.
#[must_use]
pub fn spoken_by(mut findings: Vec<Finding>, program: &str) -> Vec<Finding> {
    for finding in &mut findings {
        finding.message = finding.message.replace("oc etcd", program);
        finding.hint = finding.hint.take().map(|hint| hint.replace("oc etcd", program));
    }
    findings
}

/// Sorts findings, worst first, and turns ignored blockers into warnings.
#[must_use]
pub fn settle(mut findings: Vec<Finding>, ignored: &BTreeSet<Check>) -> Vec<Finding> {
    for finding in &mut findings {
        if finding.severity == Severity::Blocker
            && finding.check.is_ignorable()
            && ignored.contains(&finding.check)
        {
            finding.severity = Severity::Warning;
            finding.message.push_str(" (ignored)");
        }
    }
    findings.sort_by(Finding::order);
    findings.dedup();
    findings
}

#[cfg(test)]
mod tests {
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
    fn only_an_ignorable_blocker_can_be_ignored() {
        let ignored = BTreeSet::from([Check::Fips, Check::PoolPolicy]);
        let settled = settle(
            vec![
                Check::EtcdMembers.note("cluster", "c"),
                Check::Fips.blocker("pool", "a"),
                Check::PoolPolicy.blocker("pool", "b"),
            ],
            &ignored,
        );
        let shown: Vec<_> = settled.iter().map(|it| (it.severity, it.message.as_str())).collect();
        assert_eq!(
            shown,
            [(Severity::Blocker, "b"), (Severity::Warning, "a (ignored)"), (Severity::Note, "c"),]
        );
    }
}
