//! `add-machine`: creates Machines, and follows the Machines until their Nodes are Ready.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Context;
use super::carry_out::{Resume, carry_out, exit_of, report_outcome};
use crate::api::{Cluster, Interrupt};
use crate::cluster::deadline::Deadline;
use crate::cluster::read::{Scope, read};
use crate::cluster::wait;
use crate::command::consent::{
    ConsentResult, approve, show, tell_findings, tell_refused, tell_refused_after,
};
use crate::command::replan::{Replan, untold};
use crate::exit::Exit;
use crate::failure;
use crate::model::kind::Kind;
use crate::model::object::ObjectRef;
use crate::model::shell_command::quoted;
use crate::model::snapshot::Snapshot;
use crate::openshift::machine::MachineProgress;
use crate::plan::add_machine::{self, AddMachineRequest, Another};
use crate::plan::consent::{Approved, Refused};
use crate::plan::outcome::{Outcome, Stored};
use crate::plan::{Change, Plan, zones};
use crate::platform::aws;
use crate::request::WriteSettings;

/// The number of times that a plan is made again because somebody else took its name first.
const ATTEMPTS: usize = 10;

/// Runs `add-machine`.
pub(super) async fn run(
    mut request: AddMachineRequest,
    settings: &WriteSettings,
    context: &Context,
) -> Result<Exit> {
    let (cluster, interrupt) = context.connect().await?;
    let mut scope = scope(request.name.as_deref());
    if settings.will_wait() {
        scope = scope.watching(&[Kind::Machine, Kind::Node]);
    }
    let snapshot = context.read(&cluster, &scope, &interrupt).await?;
    if request.zones.is_empty() {
        match pick_zone(&snapshot, context)? {
            Ok(zone) => request.zones.push(zone),
            Err(exit) => return Ok(exit),
        }
    }
    let plan = |snapshot: &Snapshot| add_machine::plan(snapshot, &request);
    let shown = plan(&snapshot).with_invocation(&context.program);
    let approved = match approve(shown, settings, context)? {
        ConsentResult::Approved(approved) => approved,
        ConsentResult::End(exit) => return Ok(exit),
    };
    let replan = Replan { cluster: &cluster, scope: &scope, plan: &plan, context };
    let (_, approved) = match replan.after_asking(snapshot, approved, settings).await {
        Ok(again) => again,
        Err(exit) => return Ok(exit),
    };
    let resume = match request.another {
        Another::No => Resume::Again,
        Another::Yes => Resume::WithoutAnother,
    };
    let cluster = cluster.ending_after(settings.timeout);
    let run = AddMachineRun { cluster, interrupt, settings, context, resume };
    let (outcome, names, missing) = run.apply(&request, approved).await?;
    let rest = rest(&request, &missing).filter(|_| !outcome.is_dry_run);
    let how = rest.as_ref().map_or(resume, |_| Resume::Divided);
    report_outcome(&outcome, context, how)?;
    if let Some(rest) = rest {
        context.tell_hint(&rest);
    }
    let exit = exit_of(&outcome, &run.interrupt);
    if exit != Exit::Done || !settings.will_wait() {
        return Ok(exit);
    }
    run.follow(&names).await
}

/// Returns the scope to read for these names. Reads the Machine of each name, and not all Machines.
fn scope<'a>(names: impl IntoIterator<Item = &'a str>) -> Scope {
    names.into_iter().fold(Scope::add_machine(), Scope::machine)
}

/// Returns the zone that the user picks. Prints the known zones and returns an exit code when the user cannot be
/// asked.
fn pick_zone(snapshot: &Snapshot, context: &Context) -> Result<Result<String, Exit>> {
    let zones = zones::eligible(snapshot);
    if !zones.is_empty() && context.terminal.can_ask() {
        let picked = context.terminal.pick("Zone of the machine", &zones)?.cloned();
        return Ok(picked.ok_or_else(|| tell_refused(Refused::Declined, context)));
    }
    let known = if zones.is_empty() { "no zone is known".to_owned() } else { zones.join(", ") };
    context.terminal.error(&format!("--zone is missing; known zones: {known}"));
    Ok(Err(Exit::Usage))
}

/// Returns the names of the Machines that a plan creates, and of the Machines that are in progress.
fn names_to_follow(plan: &Plan) -> Vec<String> {
    plan.steps
        .iter()
        .filter(|step| matches!(step.change, Change::Create(_) | Change::Follow))
        .map(|step| step.object.name.clone())
        .collect()
}

/// Returns the zones whose Machine was not created for sure.
fn missing(plan: &Plan, outcome: &Outcome) -> Vec<String> {
    let refused = outcome.failures().filter(|it| it.stored == Stored::No).map(|it| &it.object);
    let not_made: Vec<&ObjectRef> = refused.chain(&outcome.not_tried).collect();
    let steps = plan.steps.iter().filter(|step| not_made.contains(&&step.object));
    steps.filter_map(|step| aws::zone(step.change.wanted()?)).map(str::to_owned).collect()
}

/// Returns how a run with `--another` goes on of which some Machines were created. The same command would create these
/// once more; without `--another`, an older Machine that is Ready would count for a zone whose new Machine is missing. The
/// other flags of the run stay, so that the advice is no command.
fn rest(request: &AddMachineRequest, missing: &[String]) -> Option<String> {
    let (missing, made): (Vec<&str>, Vec<&str>) = request
        .zones
        .iter()
        .map(String::as_str)
        .partition(|it| missing.iter().any(|zone| zone == it));
    let is_divided = request.another == Another::Yes && !missing.is_empty() && !made.is_empty();
    is_divided.then(|| {
        let (missing, made) = (quoted(&missing.join(",")), quoted(&made.join(",")));
        format!(
            "to create the machines that are missing, run the command again with --zone={missing}; to follow the others, run \
             the command again with --zone={made} and without --another"
        )
    })
}

/// Returns whether one of the `made` Machines is the Machine of a plan for a zone.
fn is_made_in(plan: &Plan, made: &[String], zone: &str) -> bool {
    plan.steps.iter().any(|step| {
        made.contains(&step.object.name) && step.change.wanted().and_then(aws::zone) == Some(zone)
    })
}

struct AddMachineRun<'a> {
    cluster: Cluster,
    interrupt: Interrupt,
    settings: &'a WriteSettings,
    context: &'a Context,
    resume: Resume,
}

impl AddMachineRun<'_> {
    /// Creates the Machines. If somebody else took a name first, reads and plans again: a Machine in a requested zone
    /// fulfills the request for the zone; if the Machine is in another zone, the next free name is used. Returns the outcome,
    /// the Machines to follow, and the zones without their Machine.
    async fn apply(
        &self,
        request: &AddMachineRequest,
        mut approved: Approved,
    ) -> Result<(Outcome, Vec<String>, Vec<String>)> {
        let mut request = request.clone();
        let mut outcome = Outcome::new(self.settings.persistence());
        let mut followed = names_to_follow(approved.plan());
        let mut names: BTreeSet<String> = request.name.iter().cloned().collect();
        let mut not_made = Vec::new();
        for _ in 0..ATTEMPTS {
            let applied =
                carry_out(&self.cluster, &approved, self.settings, &self.interrupt, self.context);
            let applied = applied.await;
            // A write that failed for another reason ends the run.
            let is_taken =
                applied.failed.is_some() && applied.failures().all(|it| it.is_already_exists);
            names.extend(applied.failures().map(|failed| failed.object.name.clone()));
            let made: Vec<String> = applied.done.iter().map(|it| it.object.name.clone()).collect();
            not_made = missing(approved.plan(), &applied);
            outcome.extend(applied);
            if !is_taken {
                break;
            }
            // The zones of Machines that were created are not requested again.
            request.zones.retain(|zone| !is_made_in(approved.plan(), &made, zone));
            let scope = scope(names.iter().map(String::as_str));
            let snapshot = match read(&self.cluster, &scope).await {
                Ok(snapshot) => snapshot,
                Err(error) => {
                    let _failed =
                        failure::tell(&error.into(), Exit::Failed, &self.context.terminal);
                    break;
                }
            };
            let plan =
                add_machine::plan(&snapshot, &request).with_invocation(&self.context.program);
            // Who took a name, and what that means.
            if plan.is_empty() {
                show(&plan, self.context)?;
            } else {
                tell_findings(&untold(approved.plan(), &plan), &self.context.terminal);
            }
            approved = match approved.replanned(plan, made.len()) {
                Ok(approved) => approved,
                Err(refused) => {
                    tell_refused_after(refused, &outcome, self.context);
                    break;
                }
            };
            followed.retain(|name| outcome.done.iter().any(|it| it.object.name == *name));
            followed.extend(names_to_follow(approved.plan()));
        }
        Ok((outcome, followed, not_made))
    }

    /// Follows the Machines that were created, and the Machines that were in progress.
    async fn follow(&self, names: &[String]) -> Result<Exit> {
        if names.is_empty() {
            return Ok(Exit::Done);
        }
        let deadline = Deadline::new(self.settings.timeout, self.interrupt.clone());
        let mut progress = self.context.terminal.progress();
        let waited = wait::machines_ready(&self.cluster, names, &deadline, |name, at| {
            let text = match at {
                MachineProgress::Ready => format!("{}, its Node is Ready", at.word()),
                MachineProgress::Failed(_) => at.word().to_owned(),
                _ => format!("{}, waiting for {}", at.word(), at.waiting_for()),
            };
            progress.set(&format!("machine/{name}"), &text);
        });
        let waited = waited.await;
        progress.finish();
        if let Err(error) = waited {
            return Ok(super::tell_wait_error(&error, self.context, Some(self.resume)));
        }
        if !self.context.format.is_document() {
            let line = match names.len() {
                1 => "The machine is a Ready etcd node.".to_owned(),
                count => format!("The {count} machines are Ready etcd nodes."),
            };
            let next = self.context.next("oc etcd status");
            self.context.terminal.answer(|out| writeln!(out, "\n{line}\n{next}"))?;
        }
        Ok(Exit::Done)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::check::Check;
    use crate::model::names;
    use crate::model::object::Object;
    use crate::plan::Step;
    use crate::plan::outcome::Failure;
    use crate::status::fixtures::{initialized, machine, two_machines};

    fn plan() -> Plan {
        let snapshot = two_machines();
        let machines = snapshot.all(Kind::Machine).cloned().collect::<Vec<_>>();
        let of = |name: &str| machines.iter().find(|it| it.name() == name).unwrap().clone();
        let step = |name: &str, change| Step {
            object: ObjectRef::namespaced(Kind::Machine, "openshift-machine-api", name),
            change,
            because: String::new(),
        };
        let mut plan = Plan::nothing(&snapshot);
        plan.steps = vec![
            step("lab-x99n4-etcd-0", Change::Create(of("lab-x99n4-etcd-0"))),
            step("lab-x99n4-etcd-1", Change::Follow),
            step("lab-x99n4-etcd-2", Change::Unchanged(None)),
        ];
        plan
    }

    #[test]
    fn machines_that_are_made_or_on_their_way_are_followed() {
        assert_eq!(names_to_follow(&plan()), ["lab-x99n4-etcd-0", "lab-x99n4-etcd-1"]);
    }

    #[test]
    fn the_machine_of_somebody_else_that_took_the_name_is_told() {
        let snapshot = initialized(0);
        let request = AddMachineRequest::new(vec!["us-east-1a".to_owned()], "1.0.0");
        let before = add_machine::plan(&snapshot, &request);
        let name = names_to_follow(&before).remove(0);
        let machine = machine(&name, "us-east-1a", "2024-08-21T11:59:00Z", json!({}));
        let mut body = machine.into_body();
        body["metadata"]["annotations"] = json!({});
        body["metadata"]["labels"] = json!({names::MACHINE_ROLE: names::ETCD});
        let taken = snapshot.with_objects([Object::from_value(body).unwrap()]);
        let found = untold(&before, &add_machine::plan(&taken, &request));
        assert!(found.iter().any(|it| it.check == Check::ForeignObject), "{found:?}");
        assert_eq!(untold(&before, &before), []);
    }

    #[test]
    fn what_is_missing_after_another_is_created_and_what_may_be_there_is_followed() {
        let snapshot = initialized(0);
        let zones = ["us-east-1a", "us-east-1b", "us-east-1c"].map(str::to_owned);
        let mut request = AddMachineRequest::new(zones.to_vec(), "1.0.0");
        request.another = Another::Yes;
        let plan = add_machine::plan(&snapshot, &request);
        let objects: Vec<ObjectRef> = plan.writes().map(|it| it.object.clone()).collect();
        let failure = |stored| Failure::of(objects[1].clone(), stored);
        let outcome = |stored, not_tried: &[ObjectRef]| Outcome {
            failed: Some(failure(stored)),
            not_tried: not_tried.to_vec(),
            ..Outcome::default()
        };
        let cut = missing(&plan, &outcome(Stored::No, &objects[2..]));
        assert_eq!(cut, ["us-east-1b", "us-east-1c"]);
        let told = rest(&request, &cut).unwrap();
        assert!(told.contains("again with --zone=us-east-1b,us-east-1c;"), "{told}");
        assert!(told.ends_with("again with --zone=us-east-1a and without --another"), "{told}");
        assert_eq!(missing(&plan, &outcome(Stored::Unknown, &[])), [""; 0]);
        assert_eq!(rest(&request, &[]), None);
        assert_eq!(rest(&request, &zones), None);
        request.another = Another::No;
        assert_eq!(rest(&request, &cut), None);
    }

    #[test]
    fn a_zone_has_its_machine_when_the_machine_of_that_zone_was_made() {
        let made = ["lab-x99n4-etcd-0".to_owned()];
        assert!(is_made_in(&plan(), &made, "us-east-1a"));
        assert!(!is_made_in(&plan(), &made, "us-east-1b"));
        assert!(!is_made_in(&plan(), &[], "us-east-1a"));
    }
}
