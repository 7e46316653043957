//! `version`: of this program and of the cluster.

use anyhow::Result;

use super::{Context, VERSION};
use crate::api::interrupt::Interrupted;
use crate::cli::{self, Environment};
use crate::cluster::read::Scope;
use crate::exit::Exit;
use crate::failure;
use crate::model::kind::Kind;
use crate::model::snapshot::UnreadableReason;
use crate::plan::ClusterSummary;
use crate::report::version::{self as report, Versions};

/// Warns of plugins that are run in the place of a verb of this one.
pub(super) fn tell_shadows(environment: &Environment, context: &Context) {
    let verbs = cli::verbs();
    for (file, verb) in environment.shadows(&verbs) {
        let file = file.display();
        context.terminal.warning(&format!("`{verb}` runs {file} instead of this program"));
    }
}

/// Shows this program's version only; asks nobody.
pub(super) fn client(context: &Context) -> Result<Exit> {
    show(&Versions { client: VERSION.to_owned(), server: None, openshift: None }, context)
}

/// Shows every version. One that cannot be had is left out, and why goes to stderr.
pub(super) async fn all(context: &Context) -> Result<Exit> {
    let mut versions = Versions { client: VERSION.to_owned(), server: None, openshift: None };
    let exit = match ask(context, &mut versions).await {
        Ok(()) => Exit::Done,
        Err(error) if error.is::<Interrupted>() => return Err(error),
        Err(error) => failure::tell(&error, Exit::Failed, &context.terminal),
    };
    show(&versions, context)?;
    Ok(exit)
}

async fn ask(context: &Context, versions: &mut Versions) -> Result<()> {
    let (cluster, interrupt) = context.connect().await?;
    let server = async {
        versions.server = Some(interrupt.before_writing(cluster.server_version()).await??);
        Ok(())
    };
    let scope = Scope::version();
    let ((), snapshot) =
        futures::future::try_join(server, context.read(&cluster, &scope, &interrupt)).await?;
    if let Some(it) = snapshot.why_unreadable(Kind::ClusterVersion)
        && it.reason == UnreadableReason::Forbidden
    {
        context.terminal.warning(&format!("{} could not be read: {}", it.what, it.reason));
    }
    versions.openshift = ClusterSummary::of(&snapshot).release;
    Ok(())
}

fn show(versions: &Versions, context: &Context) -> Result<Exit> {
    context.terminal.answer(|mut out| report::write(versions, context.format, &mut out))?;
    Ok(Exit::Done)
}
