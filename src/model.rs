//! The words of the house: objects and their kinds, names, releases, and the Snapshot of all that one run read.
//!
//! Every other room speaks in these types. They ask nobody and decide nothing.

pub mod encoding;
pub mod field;
pub mod hint;
pub mod invocation;
pub mod kind;
pub mod layout;
pub mod machine_config_author;
pub mod manifest;
pub mod names;
pub mod node;
pub mod object;
pub mod ours;
pub mod release;
pub mod rights;
pub mod shell_command;
pub mod snapshot;
pub mod text;
pub mod yaml;
