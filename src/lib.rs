//! oc-etcd gives OpenShift's etcd machines of its own.
//!
//! Four sentences carry it: read everything first, into one value; decide everything next, without
//! touching anything; show it and get consent; then do exactly that.
//!
//! # Rooms
//!
//! | room | what for | kind |
//! |---|---|---|
//! | [`cli`] | the command line, and its conversion into requests | edge |
//! | [`command`] | one file per verb: read → plan → approve → apply → report | glue |
//! | [`cluster`] | the only room that talks to the API server | I/O |
//! | [`external_diff`] | runs the user's own diff program over files that hold no secret | I/O |
//! | [`archive`] | the only room that reads a cluster from files | I/O |
//! | [`perf_files`] | scrapes and saved reports of `perf` in files | I/O |
//! | [`terminal`], [`failure`] | the only places that print, ask, draw progress or tell events | I/O |
//! | [`snapshot`] | all that one run read | pure |
//! | [`field`] | a value as far as it is known | pure |
//! | [`object`], [`kind`] | whole, untyped objects, their references and kinds | pure |
//! | [`manifest`] | objects out of text | pure |
//! | [`release`], [`role`], [`platform`] | names and numbers of the domain | pure |
//! | [`mod@derive`] | one file per transformation | pure |
//! | [`hint`] | advice, with its commands as values | pure |
//! | [`kubelet`] | with which roles a Node registers that boots with some MachineConfigs | pure |
//! | [`legible`] | an object as lines that may be shown, and the policy of what may | pure |
//! | [`plan`] | requests, checks, comparison, one planner per verb that writes, saved plans | pure |
//! | [`assess`] | the judgement behind `status` and `check`, and when what is waited for has come | pure |
//! | [`perf`] | metrics of an API server, and how etcd performs by them | pure |
//! | [`complete`] | what can be typed next | pure |
//! | [`approval`], [`outcome`], [`exit`] | consent, what was done, exit codes | pure |
//! | [`query`] | JSONPath templates and custom columns over a document | pure over `Write` |
//! | [`system`] | the operating system's words for an error | pure |
//! | [`report`] | documents and their writers | pure over `Write` |
//! | [`yaml`] | the only file that names the YAML crate | pure |
#![forbid(unsafe_code)]

pub mod approval;
pub mod archive;
pub mod assess;
pub mod cli;
pub mod cluster;
pub mod command;
pub mod complete;
pub mod derive;
pub mod exit;
pub mod external_diff;
pub mod failure;
pub mod field;
pub mod hint;
pub mod kind;
pub mod kubelet;
pub mod legible;
pub mod manifest;
pub mod object;
pub mod outcome;
pub mod perf;
pub mod perf_files;
pub mod plan;
pub mod platform;
pub mod query;
pub mod release;
pub mod report;
pub mod role;
pub mod snapshot;
pub mod system;
pub mod terminal;
pub mod yaml;
