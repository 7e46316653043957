//! The only room that talks to the API server: connect, read, apply, wait.
//!
//! It decides nothing. What to write was decided in `plan`, and only an `Approved` plan gets in here.

pub mod apply;
mod create;
pub mod deadline;
pub mod follow;
pub mod prometheus;
pub mod read;
mod rendered;
pub mod scrape;
pub mod wait;
mod watch;
