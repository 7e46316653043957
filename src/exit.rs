//! Exit codes, each with one meaning.

/// The result of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Success: done, healthy, or nothing to do.
    Done,
    /// Something failed.
    Failed,
    /// `diff` found what `init` would change.
    Differs,
    /// The command line is not valid, or a confirmation prompt is not possible.
    Usage,
    /// A check blocked the command; nothing was written.
    Refused,
    /// The user said no; nothing was written.
    Declined,
    /// `status`, `check` or `perf` found trouble.
    Trouble,
    /// `diff` could not compare: the cluster could not be read, or the diff program failed.
    NotCompared,
    /// `--timeout` passed.
    Deadline,
    /// SIGINT.
    Interrupted,
    /// SIGTERM.
    Terminated,
}

impl Exit {
    /// The word for it in an event.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::Declined => "declined",
            Self::Trouble => "trouble",
            Self::Differs => "differs",
            Self::NotCompared => "not compared",
            Self::Deadline => "deadline passed",
            Self::Interrupted => "interrupted",
            Self::Terminated => "terminated",
        }
    }

    /// The process's exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed | Self::Differs => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::Declined => 4,
            Self::Trouble => 5,
            Self::NotCompared => 6,
            Self::Deadline => 124,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }
}
