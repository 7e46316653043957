//! The judgement behind `status` and `check`: how things are, from a Snapshot alone.

pub mod check;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod machine;
pub mod status;
