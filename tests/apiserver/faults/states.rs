//! Clusters that are busy with something else, and answers that only seem to say so.

use anyhow::{Result, ensure};
use oc_etcd_lab::fault::{Fault, Match, Rule, When};
use serde_json::Value;

use super::{quiet, run};
use crate::Case;
use crate::suite::Suite;

/// The tests.
pub(super) fn cases() -> Vec<Case> {
    vec![("f22_a_cluster_that_is_busy_is_refused_by_a_named_check", busy)]
}

/// Sets a condition of an object, or of each of a list.
fn with_condition(mut answer: Value, name: &str, condition: &str, status: &str) -> Value {
    let set = |object: &mut Value| {
        if object["metadata"]["name"] != name {
            return;
        }
        let conditions = object["status"]["conditions"].as_array_mut();
        for it in conditions.into_iter().flatten().filter(|it| it["type"] == condition) {
            it["status"] = status.into();
            it["message"] = "as the test says".into();
        }
        // A pool that is not updated has a Node that is not.
        if condition == "Updated" {
            object["status"]["updatedMachineCount"] = 0.into();
        }
    };
    match answer.get_mut("items").and_then(Value::as_array_mut) {
        Some(items) => items.iter_mut().for_each(set),
        None => set(&mut answer),
    }
    answer
}

fn busy(suite: &mut Suite) -> Result<()> {
    let server = quiet(suite)?;
    let pool = Fault::malformed(|it| with_condition(it, "master", "Updated", "False"));
    let upgrade = Fault::malformed(|mut it| {
        it["status"]["history"][0]["state"] = "Partial".into();
        with_condition(it, "version", "Progressing", "True")
    });
    let operator = Fault::malformed(|it| with_condition(it, "machine-config", "Degraded", "True"));
    for (path, fault, check) in [
        ("/machineconfigpools", pool, "master-pool-not-updated"),
        ("/clusteroperators/machine-config", operator, "operator-degraded"),
        ("/clusterversions/version", upgrade, "upgrade-in-progress"),
    ] {
        server.forget();
        server.add(Rule::new(Match::read(path), When::Always, fault));
        let ran = run(suite, &server, &["init", "--yes", "--wait=false"])?.expect_code(3)?;
        ran.expect(check)?;
        ensure!(server.count(&Match::of("PATCH", "")) == 0, "{check}: it wrote");
    }
    Ok(())
}
