//! Answers kubectl and oc, which ask what can be typed next. Somebody holds a key down meanwhile: nothing
//! is asked, nothing is said, nothing takes long, and nothing is an error.

use std::ffi::OsString;
use std::time::Duration;

use anyhow::Result;

use crate::api::{Connection, connect_silently, names};
use crate::cli::{self, Environment};
use crate::cluster::read::{Scope, read};
use crate::complete::{Candidate, ValueSource, live, suggest};
use crate::exit::Exit;
use crate::model::snapshot::Snapshot;
use crate::terminal::{Terminal, TerminalSettings};

/// The time that the cluster has to answer a completion. After that the answer is what is known without it.
const DEADLINE: Duration = Duration::from_secs(1);

/// Answers what can stand in the place of the last word.
pub fn complete(words: &[OsString], environment: &Environment, program: &str) -> Exit {
    let words: Vec<String> = words.iter().map(|it| it.to_string_lossy().into_owned()).collect();
    let suggestion = suggest(&cli::command(program), &words);
    let found = suggestion.source.map(|source| {
        let connection = connection(&suggestion.connection, environment, program)?;
        find(source, &connection)
    });
    // Whatever went wrong, there is nobody to tell.
    let mut answer = suggestion.answer(found.and_then(Result::ok).unwrap_or_default());
    for it in &mut answer.candidates {
        it.description = environment.letters.text(&it.description);
    }
    let terminal = Terminal::new(TerminalSettings::default());
    let _answered = terminal.answer(|out| answer.write(out));
    Exit::Done
}

/// Returns the connection: the flags that are typed, over the environment.
fn connection(flags: &[String], environment: &Environment, program: &str) -> Result<Connection> {
    let words = ["oc-etcd", "options"].map(OsString::from).into_iter();
    let cli = cli::parse(words.chain(flags.iter().map(OsString::from)), program)?;
    Ok(cli.connection.into_connection(environment))
}

fn find(source: ValueSource, connection: &Connection) -> Result<Vec<Candidate>> {
    let named = |names: Vec<(String, String)>| {
        names.into_iter().map(|(name, what)| Candidate::new(name, what)).collect()
    };
    Ok(match source {
        ValueSource::Contexts => named(names(connection)?.contexts),
        ValueSource::Clusters => named(names(connection)?.clusters),
        ValueSource::Users => named(names(connection)?.users),
        ValueSource::Zones => live::zones(&ask(connection)?),
        ValueSource::EtcdMachines => live::etcd_machines(&ask(connection)?),
    })
}

/// Reads the cluster's Machines, for as long as it may take.
fn ask(connection: &Connection) -> Result<Snapshot> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let asked = runtime.block_on(async {
        tokio::time::timeout(DEADLINE, async {
            let cluster = connect_silently(connection).await?;
            anyhow::Ok(read(&cluster, &Scope::completion()).await?)
        })
        .await
    });
    // A name that is looked up, or a credential plugin, is not waited for.
    runtime.shutdown_background();
    asked?
}
