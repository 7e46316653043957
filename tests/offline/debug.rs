//! `Debug` of what holds secrets shows a size or nothing: an unsalted digest would let a password be guessed.

use std::fmt::Debug;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oc_etcd::api::{Connection, Notices};
use oc_etcd::cli;
use oc_etcd::cluster::wait::Rendering;
use oc_etcd::model::kind::Kind;
use oc_etcd::model::names;
use oc_etcd::model::object::{Object, ObjectRef};
use oc_etcd::plan::consent::{Answer, Approved};
use oc_etcd::plan::init;
use oc_etcd::status::assess;
use serde_json::json;

use crate::snapshot::{self, TOOL_VERSION};

/// `CANARY` plain and in base64, at each of the three offsets.
const NEEDLES: [&str; 4] = ["CANARY", "Q0FOQVJZ", "NBTkFSW", "DQU5BUl"];

fn check(name: &str, value: &dyn Debug) {
    for shown in [format!("{value:?}"), format!("{value:#?}")] {
        for needle in NEEDLES {
            assert!(!shown.contains(needle), "{name}: {shown}");
        }
    }
}

#[test]
fn an_object_shows_its_reference_and_its_size() {
    let reference = ObjectRef::namespaced(Kind::Secret, names::MACHINE_NAMESPACE, "etcd-user-data");
    let user_data = STANDARD.encode("CANARY");
    let object = Object::new(reference).with("data", json!({"userData": user_data}));
    let shown = format!("{object:?}");
    let size = object.body().to_string().len();
    assert_eq!(shown, format!("secret/etcd-user-data ({size} bytes)"));
    check("Object", &object);
}

#[test]
fn what_holds_objects_shows_no_body() {
    for (release, variants) in
        [("4.10", &[][..]), ("4.16", &["user-machine-configs"]), ("4.20", &[])]
    {
        let before = snapshot::load(release, variants);
        let plan = init::plan(&before, &snapshot::init_request());
        let bodies: String =
            before.all(Kind::MachineConfig).map(|it| it.body().to_string()).collect();
        assert!(NEEDLES.iter().any(|it| bodies.contains(it)), "{release} has no canary");
        let after = snapshot::carried_out(before.clone(), &plan);
        check("Snapshot", &after);
        check("Status", &assess(&after, TOOL_VERSION));
        for step in &plan.steps {
            check("Step", step);
        }
        let changed = plan.manifests().map(|it| (it.clone(), it.clone())).collect();
        check("Rendering", &Rendering { changed, ..Rendering::default() });
        check("Plan", &plan);
        check("Approved", &Approved::new(plan, Answer::Yes));
        // Changed sources: what differs is told by field, not by value.
        if release == "4.16" {
            let sources = snapshot::load("4.16", &["sources-upgraded-4.16"]);
            let moved = after.with_objects(sources.all(Kind::MachineConfig).cloned());
            check("Plan of a change", &init::plan(&moved, &snapshot::init_request()));
        }
    }
}

#[test]
fn what_holds_credentials_shows_none() {
    let line = ["oc-etcd", "status", "--token=CANARY", "--server=https://a:CANARY@h"];
    let cli = cli::parse(line.map(Into::into), "oc etcd").unwrap();
    check("Cli", &cli);
    check("ConnectionFlags", &cli.connection);
    let connection: Connection = cli.connection.into_connection(&cli::Environment::default());
    assert_eq!(connection.token.as_deref(), Some("CANARY"));
    check("Connection", &connection);
    check("Notices", &Notices::new(9, std::sync::Arc::new(|_, _| ())));
}
