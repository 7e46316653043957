//! Measures etcd as an API server feels it and as the members see it.
//!
//! Bytes of `/metrics` become a [`scrape::Scrape`], two scrapes a [`window::Window`], and a window a
//! [`report::PerfReport`] with its judgments. Nothing here knows where the bytes are from.

pub mod comparison;
pub mod conclusion;
pub mod exposition;
pub mod figures;
pub mod histogram;
pub mod judgment;
pub mod members;
pub mod report;
pub mod saved;
pub mod scrape;
pub mod settings;
pub mod threshold;
pub mod window;
