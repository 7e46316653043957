//! `init`: creates the pool and the objects of the pool, and waits until the pool is rendered.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::carry_out::{Resume, carry_out, exit_of, report_outcome};
use super::{Context, VERSION, saved};
use crate::api::requests::ApplyOptions;
use crate::api::{Cluster, Interrupt};
use crate::check::pool::PoolState;
use crate::check::worker_settings::needed_type;
use crate::check::{Check, etcd_disk, pool};
use crate::cli::Init;
use crate::cluster::deadline::{Deadline, WaitError};
use crate::cluster::read::Scope;
use crate::cluster::wait;
use crate::cluster::wait::{PoolRendered, Rendering};
use crate::command::consent::{ConsentResult, approve};
use crate::command::replan::Replan;
use crate::derive::disk;
use crate::exit::Exit;
use crate::failure;
use crate::model::kind::Kind;
use crate::model::names;
use crate::model::object::{Object, ObjectRef};
use crate::model::shell_command::quoted;
use crate::model::snapshot::Snapshot;
use crate::plan::consent::Approved;
use crate::plan::init::{self, Conflicts, InitRequest, OPERATOR_TIME};
use crate::plan::layout::LayoutChoice;
use crate::plan::outcome::Outcome;
use crate::plan::saved::SavedPlan;
use crate::plan::{Change, Plan, Step, compare, zones};
use crate::request::{Consent, WriteSettings};

const POOL: &str = "machineconfigpool/etcd";

/// Runs `init` with the request of the flags, or with the request of a saved plan.
pub(super) async fn start(init: &Init, settings: WriteSettings, context: &Context) -> Result<Exit> {
    let Some(place) = init.saved_plan() else {
        return run(&init.request(VERSION), None, &settings, context).await;
    };
    let read = saved::read(&place)?;
    let Some((saved, request)) = saved::accept(read, &place, context) else {
        return Ok(Exit::Refused);
    };
    let policy = &request.write_policy;
    let apply = ApplyOptions {
        field_manager: policy.field_manager.clone(),
        force: policy.conflicts == Conflicts::Force,
        ..settings.apply
    };
    run(&request, Some(&saved), &WriteSettings { apply, ..settings }, context).await
}

async fn run(
    request: &InitRequest,
    saved: Option<&SavedPlan>,
    settings: &WriteSettings,
    context: &Context,
) -> Result<Exit> {
    let mut scope = match request.layout {
        LayoutChoice::Only(layout) => Scope::init().with_layout(layout),
        LayoutChoice::Auto => Scope::init(),
    };
    if settings.consent == Consent::ShowOnly && saved.is_none() {
        let snapshot = context.observe(&scope).await?;
        let plan = init::plan(&snapshot, request).with_invocation(&context.program);
        return saved::show(plan, (&snapshot, request), settings, context);
    }
    let (cluster, interrupt) = context.connect().await?;
    if settings.will_wait() {
        scope = scope.watching(&[Kind::MachineConfig, Kind::MachineConfigPool]);
    }
    let snapshot = context.read(&cluster, &scope, &interrupt).await?;
    let planned = |snapshot: &Snapshot| init::plan(snapshot, request);
    let plan = planned(&snapshot).with_invocation(&context.program);
    let refused = |snapshot: &Snapshot, plan: &Plan| {
        saved.and_then(|saved| saved::refuse((saved, request), snapshot, plan, context))
    };
    if let Some(exit) = refused(&snapshot, &plan) {
        return Ok(exit);
    }
    let approved = match approve(plan, settings, context)? {
        ConsentResult::Approved(approved) => approved,
        ConsentResult::End(exit) => return Ok(exit),
    };
    let replan = Replan { cluster: &cluster, scope: &scope, plan: &planned, context };
    let (snapshot, approved) = match replan.after_asking(snapshot, approved, settings).await {
        Ok(again) => again,
        Err(exit) => return Ok(exit),
    };
    if let Some(exit) = refused(&snapshot, approved.plan()) {
        return Ok(exit);
    }
    // `add-machine` is refused until a paused pool is resumed, and may need another instance type: `status` says so.
    let is_special = needed_type(&snapshot).is_some()
        || approved.plan().findings.iter().any(|it| it.check == Check::WorkerSettingsUnsuitable);
    let zones = if is_special || init::is_paused(&snapshot) {
        String::new()
    } else {
        zones::without_machine(&snapshot).join(",")
    };
    let mut wanted = approved.plan().steps.iter().filter_map(|it| it.change.wanted());
    let wanted = wanted.find(|it| it.name() == disk::NAME);
    let disk = wanted.or_else(|| etcd_disk::ours(&snapshot)).cloned();
    let cluster = cluster.ending_after(settings.timeout);
    let run =
        InitRun { cluster, interrupt, settings, context, started: Instant::now(), zones, disk };
    let mut outcome = run.apply(&approved).await;
    let mut exit = exit_of(&outcome, &run.interrupt);
    let is_ready = approved.plan().is_empty()
        && approved.fallbacks().is_none()
        && matches!(pool::of(&snapshot), PoolState::Rendered(_));
    if exit == Exit::Done && settings.will_wait() && !is_ready {
        exit = match run.follow(&snapshot, &approved, &mut outcome).await {
            Ok(exit) => exit,
            // The outcome has the writes that were done, and is reported after the error.
            Err(error) => failure::tell(&error, Exit::Failed, &context.terminal),
        };
    }
    run.finish(&outcome, &approved, exit)
}

/// A run of `init`, after consent.
struct InitRun<'a> {
    cluster: Cluster,
    interrupt: Interrupt,
    settings: &'a WriteSettings,
    context: &'a Context,
    started: Instant,
    /// The zones that need a machine and can get one: `us-east-1a,us-east-1b`.
    zones: String,
    /// `00-etcd-disk` as this run leaves the object.
    disk: Option<Object>,
}

impl InitRun<'_> {
    async fn apply(&self, approved: &Approved) -> Outcome {
        carry_out(&self.cluster, approved, self.settings, &self.interrupt, self.context).await
    }

    /// Waits for the operator, and creates the objects that the operator did not create in time.
    async fn follow(
        &self,
        snapshot: &Snapshot,
        approved: &Approved,
        outcome: &mut Outcome,
    ) -> Result<Exit> {
        let deadline = Deadline::new(self.settings.timeout, self.interrupt.clone());
        let mut rendering = rendering(snapshot, approved.plan());
        let exit = self.wait_for_pool(&rendering, &deadline).await?;
        let Some(fallbacks) = approved.fallbacks().filter(|_| exit == Exit::Done) else {
            return Ok(exit);
        };
        match self.operator_made(fallbacks.plan(), &deadline).await {
            Ok(true) => {}
            Ok(false) => {
                let mut applied = self.apply(&fallbacks).await;
                // An object that exists by now needs no creation.
                applied.forgive(|failed| failed.is_already_exists);
                outcome.extend(applied);
            }
            Err(error) => {
                return Ok(super::tell_wait_error(&error, self.context, Some(Resume::Again)));
            }
        }
        if !outcome.is_complete() {
            return Ok(exit_of(outcome, &self.interrupt));
        }
        rendering.needed.extend(fallbacks.plan().writes().map(|step| step.object.name.clone()));
        self.wait_for_pool(&rendering, &deadline).await
    }

    /// Returns whether the operator created its own objects within the rest of its time.
    async fn operator_made(&self, plan: &Plan, deadline: &Deadline) -> Result<bool, WaitError> {
        let operator_time = Duration::from_secs(OPERATOR_TIME.as_secs().unsigned_abs());
        let mut progress = self.context.terminal.progress();
        for step in plan.writes() {
            let rest = operator_time.saturating_sub(self.started.elapsed());
            progress.set(
                &step.object.to_string(),
                &format!(
                    "waiting up to {} s for the operator to generate the object",
                    rest.as_secs()
                ),
            );
            match wait::appears(&self.cluster, &step.object, rest, deadline).await {
                Ok(true) => progress.set(&step.object.to_string(), "generated by the operator"),
                Ok(false) => {
                    progress.finish();
                    return Ok(false);
                }
                Err(error) => {
                    progress.finish();
                    return Err(error);
                }
            }
        }
        progress.finish();
        Ok(true)
    }

    async fn wait_for_pool(&self, rendering: &Rendering, deadline: &Deadline) -> Result<Exit> {
        let mut progress = self.context.terminal.progress();
        progress.set(POOL, "waiting for the operator to render the pool");
        let waited = wait::pool_rendered(&self.cluster, rendering, deadline, |reason| {
            progress.set(POOL, reason);
        });
        let waited = waited.await;
        if let Ok(rendered) = &waited {
            let name = rendered.name();
            progress.set(
                POOL,
                &match rendered {
                    PoolRendered::Served(_) => format!("rendered as {name}"),
                    PoolRendered::HeldBack(_) => {
                        format!(
                            "rendered as {name}; the pool is paused, and the nodes keep their configuration"
                        )
                    }
                },
            );
        }
        progress.finish();
        match waited {
            Ok(rendered) => self.check_rendered(rendered.name()).await,
            Err(error) => Ok(super::tell_wait_error(&error, self.context, Some(Resume::Again))),
        }
    }

    /// Judges the rendered MachineConfig: a pool that renders without the role or the disk is a failure.
    async fn check_rendered(&self, name: &str) -> Result<Exit> {
        let reference = ObjectRef::cluster(Kind::MachineConfig, name);
        let lacking: Vec<String> = match self.cluster.rendered(&reference, &BTreeSet::new()).await?
        {
            Some(rendered) => pool::lacking(&rendered, None, self.disk.as_ref())
                .into_iter()
                .map(|it| it.message)
                .collect(),
            None => vec!["the object no longer exists".to_owned()],
        };
        if lacking.is_empty() {
            return Ok(Exit::Done);
        }
        self.context.terminal.error(&format!("{reference}: {}", lacking.join("; ")));
        self.context.tell_hint("oc etcd status");
        Ok(Exit::Failed)
    }

    fn finish(&self, outcome: &Outcome, approved: &Approved, exit: Exit) -> Result<Exit> {
        report_outcome(outcome, self.context, Resume::Again)?;
        let is_real = self.settings.consent != Consent::DryRun;
        if exit == Exit::Done && is_real && !self.context.format.is_document() {
            let next = match &*self.zones {
                _ if approved.plan().is_empty() => "oc etcd status".to_owned(),
                _ if !self.settings.is_waiting => "oc etcd init".to_owned(),
                "" => "oc etcd status".to_owned(),
                zones => format!("oc etcd add-machine --zone {}", quoted(zones)),
            };
            let next = self.context.next(&next);
            self.context.terminal.answer(|out| writeln!(out, "\n{next}"))?;
        }
        Ok(exit)
    }
}

/// Returns how the rendered pool will be recognized: by the names of all MachineConfigs of oc-etcd and, if contents or the
/// selection of the MachineConfigs change, by another name than before and by the changed contents.
fn rendering(snapshot: &Snapshot, plan: &Plan) -> Rendering {
    let is_ours = |change: &Change| match change {
        Change::Create(_) | Change::Update { .. } | Change::Unchanged(_) => true,
        Change::Edit { .. }
        | Change::ByOperator(_)
        | Change::Remove { .. }
        | Change::Follow
        | Change::Unknown
        | Change::LeftToOwner
        | Change::LeftToOperator { .. } => false,
    };
    let machine_configs =
        || plan.steps.iter().filter(|step| step.object.kind == Kind::MachineConfig);
    let existing = |wanted: &Object| snapshot.get(wanted.reference());
    // A new mark on an object renders nothing anew.
    let is_rendered_anew =
        |step: &Step| step.change.is_write() && !compare::keeps_content(snapshot, step);
    let of_pool = plan.steps.iter().filter(|step| step.object.kind == Kind::MachineConfigPool);
    let is_outdated = machine_configs().chain(of_pool).any(is_rendered_anew);
    let changed = machine_configs().filter(|step| is_rendered_anew(step)).filter_map(|step| {
        let wanted = step.change.wanted()?;
        Some((existing(wanted)?.clone(), wanted.clone()))
    });
    let rendered = snapshot.rendered_name(names::ETCD);
    Rendering {
        needed: machine_configs()
            .filter(|step| is_ours(&step.change))
            .map(|step| step.object.name.clone())
            .collect(),
        outdated: rendered.filter(|_| is_outdated).map(str::to_owned),
        changed: changed.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::derive::pool::selector as selector_of;
    use crate::model::layout::Layout;
    use crate::plan::LayoutChoice;
    use crate::status::fixtures::{cluster, initialized};

    fn rendering_of(snapshot: &Snapshot) -> Rendering {
        let mut request = InitRequest::new("1.0.0");
        request.layout = LayoutChoice::Only(Layout::Documented);
        rendering(snapshot, &init::plan(snapshot, &request))
    }

    fn changed(rendering: &Rendering) -> Vec<&str> {
        rendering.changed.iter().map(|(_, after)| after.name()).collect()
    }

    #[test]
    fn a_new_pool_is_rendered_when_it_has_each_machine_config_that_init_makes() {
        let rendering = rendering_of(&cluster(&["4.16"]));
        for name in ["00-etcd", "00-etcd-disk", "01-etcd-kubelet", "99-etcd-ssh"] {
            assert!(rendering.needed.iter().any(|it| it == name), "{name}");
        }
        // The operator generates this object, or init makes the object later.
        assert!(!rendering.needed.iter().any(|it| it == "99-etcd-generated-registries"));
        assert_eq!((rendering.outdated.as_deref(), changed(&rendering)), (None, vec![]));
    }

    #[test]
    fn a_change_of_contents_makes_the_rendered_configuration_outdated_and_a_mark_does_not() {
        let same = rendering_of(&initialized(0));
        assert_eq!((same.outdated.as_deref(), changed(&same)), (None, vec![]));

        let mut marked = initialized(0);
        let kubelet = marked.machine_config("01-etcd-kubelet").unwrap().clone();
        marked.insert(kubelet.with_annotations([(names::SOURCE_DIGEST, "older")]));
        let marked = rendering_of(&marked);
        assert_eq!((marked.outdated.as_deref(), changed(&marked)), (None, vec![]));

        // The pool selected other MachineConfigs.
        let mut selector = initialized(0);
        let mut pool = selector.pool(names::ETCD).unwrap().clone().into_body();
        pool["spec"]["machineConfigSelector"] = selector_of(Layout::Inherit);
        selector.insert(Object::from_value(pool).unwrap());
        let selector = rendering_of(&selector);
        assert_eq!(selector.outdated.as_deref(), Some("rendered-etcd-1"));
        assert_eq!(changed(&selector), [""; 0]);

        let sources = cluster(&["variants/sources-upgraded-4.16"]);
        let upgraded = initialized(0).with_objects(sources.all(Kind::MachineConfig).cloned());
        let upgraded = rendering_of(&upgraded);
        assert_eq!(upgraded.outdated.as_deref(), Some("rendered-etcd-1"));
        assert!(changed(&upgraded).contains(&"01-etcd-kubelet"), "{:?}", changed(&upgraded));
    }
}
