//! The tests that need no API server: what is planned and written for known clusters, what holds for
//! all of them, and the files that go with the program.
//!
//! `UPDATE=1 cargo test --test offline` writes the golden files anew, the completion scripts and the
//! man pages; read the difference before you commit it.
#![cfg(test)]

mod by_hand;
mod captured;
mod checks;
mod cleaned;
mod complete;
mod completions;
mod debug;
mod demo_programs;
mod disk;
mod etcd_directory;
mod foreign_words;
mod from;
mod fuzz;
mod gathered;
mod golden;
mod golden_file;
mod hand_made;
mod help;
mod hints;
mod house;
mod krew_rules;
mod kubeconfigs;
mod kubelet_flags;
mod kubelet_script;
mod large_templates;
mod machines;
mod man;
mod manifest;
mod member_disk;
mod node_updates;
mod ours;
mod pasted;
mod perf;
mod program;
mod property;
mod purity;
mod rbac;
mod readme;
mod redacted;
mod references;
mod refused_configs;
mod registration;
mod removal;
mod rendered;
mod saved;
mod schema;
mod schemas;
mod site_configs;
mod snapshot;
mod unexpected;
mod unseen_releases;
mod upgrades;
mod withheld;
mod without_objects;
mod yaml_as_go;
mod yaml_read;
