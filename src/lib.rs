//! oc-etcd gives OpenShift's etcd machines of its own.
//!
//! Four sentences carry it: read everything first, into one value; decide everything next, without
//! touching anything; show it and get consent; then do exactly that.
//!
//! # Rooms
//!
//! From the lowest floor to the highest; `docs/architecture.md` says more.
//!
//! | room | purpose | kind |
//! |---|---|---|
//! | [`mod@exit`], [`mod@system`] | exit codes; the operating system's words for an error, without numbers | pure |
//! | [`mod@model`] | objects, kinds, names of labels and namespaces, releases, rights, hints, fields as far as they are known, the Snapshot of all that one run read; the only file that names the YAML crate | pure |
//! | [`mod@platform`], [`mod@ignition`] | views of what objects embed: the AWS provider spec of a Machine; the Ignition config of a MachineConfig | pure |
//! | [`mod@redact`] | the one policy of what may be shown: who wrote an object, which text is secret, what of an answer is left | pure |
//! | [`mod@derive`] | one file per transformation of a source object into an object of etcd: pool, MachineConfig, kubelet role, disk, Machine, user data | pure |
//! | [`mod@openshift`] | what OpenShift makes of objects: the role with which a kubelet registers, a Machine on its way in and out, the Pods and members of etcd | pure |
//! | [`mod@check`] | the checks in one table, their findings, and the conditions that several verbs judge | pure |
//! | [`mod@plan`] | one planner per verb that writes, comparison, ownership, saved plans, consent, outcome | pure |
//! | [`mod@status`], [`mod@diff`], [`mod@perf`] | judgments: how the cluster is; what `init` would change, line by line; how etcd performs | pure |
//! | [`mod@preflight`] | the judgment of `check`: every check at once | pure |
//! | [`mod@report`] | documents and their writers | pure over `Write` |
//! | [`mod@query`] | kubectl's JSONPath templates and custom columns over a document | pure over `Write` |
//! | [`mod@complete`] | what can be typed next: clap's description of the command line, and a cluster's words | pure |
//! | [`mod@api`] | the connection to the API server and the requests over it; knows nothing of etcd | I/O |
//! | [`mod@cluster`] | what is read, applied and waited for, over `api/`; the only room beside `api/` that talks to a server | I/O |
//! | [`mod@archive`], [`mod@perf_files`] | a cluster from files: a must-gather, or what `oc get` wrote; scrapes and saved reports of `perf` | I/O |
//! | [`mod@request`] | what was asked for, between the command line and a command | edge |
//! | [`mod@external_diff`], [`mod@terminal`] | the user's own diff program, run over files that hold no secret; the terminal: printing, asking, progress, events | I/O |
//! | [`mod@failure`] | an error as a message and an exit code; prints where there is no terminal | I/O |
//! | [`mod@cli`] | clap types only, one file per verb; the environment; conversion into requests | edge |
//! | [`mod@command`] | one file per verb: read → plan → consent → apply → report; and the answer to a completion | glue |
#![forbid(unsafe_code)]

pub mod api;
pub mod archive;
pub mod check;
pub mod cli;
pub mod cluster;
pub mod command;
pub mod complete;
pub mod derive;
pub mod diff;
pub mod exit;
pub mod external_diff;
pub mod failure;
pub mod ignition;
pub mod model;
pub mod openshift;
pub mod perf;
pub mod perf_files;
pub mod plan;
pub mod platform;
pub mod preflight;
pub mod query;
pub mod redact;
pub mod report;
pub mod request;
pub mod status;
pub mod system;
pub mod terminal;
