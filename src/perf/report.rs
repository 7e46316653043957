//! The report of a measurement: what is shown, saved and compared.

use serde::{Deserialize, Serialize};

use super::conclusion::{self, Conclusion};
use super::figures::{Figures, Surroundings};
use super::judgment::{self, Judgment};
use super::window::Window;

/// A measurement and its meaning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PerfReport {
    /// The figures of a measurement.
    #[serde(flatten)]
    pub figures: Figures,
    /// Each figure beside its threshold.
    pub judgments: Vec<Judgment>,
    /// The meaning of the judgments together.
    pub conclusion: Conclusion,
}

impl PerfReport {
    /// Makes the report of a window.
    #[must_use]
    pub fn new(window: &Window, surroundings: Surroundings) -> Self {
        let figures = Figures::new(window, surroundings);
        let judgments = judgment::judge(&figures);
        let conclusion = conclusion::conclude(&figures, &judgments);
        Self { figures, judgments, conclusion }
    }
}
