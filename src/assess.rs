//! The judgement behind `status` and `check`: how things are, from a Snapshot alone.

pub mod check;
pub mod departure;
#[cfg(test)]
pub(crate) mod fixtures;
pub mod goal;
pub mod machine;
pub mod members;
pub mod pod;
pub mod stability;
pub mod status;
pub mod wrong_role;
