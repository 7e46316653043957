//! The judgement behind `status`: how things are, from a Snapshot alone.

#[cfg(test)]
pub(crate) mod fixtures;
pub mod machine;
pub mod status;
