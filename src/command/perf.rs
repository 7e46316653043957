//! `perf`: measures how etcd answers, now, again and again, or from two files.

mod live;
mod show;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use self::show::{exit_of, show, show_comparison};
use super::Context;
use crate::exit::Exit;
use crate::perf::comparison::PerfComparison;
use crate::perf::figures::{ApiServers, Gap, Surroundings};
use crate::perf::report::PerfReport;
use crate::perf::settings::{Mode, PerfSettings};
use crate::perf::window::{Interruption, Window};
use crate::perf_files;
use crate::report::{Format, perf as report};

/// Runs `perf`.
pub(super) async fn run(settings: PerfSettings, context: &Context) -> Result<Exit> {
    // What would make the measurement useless is told before it begins.
    if let Some(path) = &settings.save {
        perf_files::must_be_free(path)?;
    }
    let before = settings.compare.as_deref().map(perf_files::read_report).transpose()?;
    let report = match (&settings.files, settings.mode) {
        (Some(files), _) => of_files(files, settings.apart)?,
        (None, Mode::Watch) => return Box::pin(live::watch(&settings, context)).await,
        (None, Mode::Once) => match Box::pin(live::measure(&settings, context)).await? {
            Ok(report) => report,
            Err(exit) => return Ok(exit),
        },
    };
    if let Some(before) = before {
        show_comparison(&PerfComparison::of(&before.figures, &report.figures), context)?;
    } else {
        show(&report, context)?;
    }
    // A measurement that cannot be saved was shown at least.
    if let Some(path) = &settings.save {
        let mut document = Vec::new();
        let drawing = (&context.terminal.stdout_style(), context.terminal.bars());
        report::write(&report, Format::Json, drawing, &mut document)?;
        perf_files::write_report(path, &document)?;
        context.terminal.tell_line(&format!("saved in {}", path.display()));
    }
    Ok(exit_of(&report))
}

/// The report of two saved scrapes.
fn of_files(files: &[PathBuf; 2], apart: Option<Duration>) -> Result<PerfReport> {
    let [first, second] = files;
    let (before, after) = (perf_files::read_scrape(first)?, perf_files::read_scrape(second)?);
    if before.is_same(&after) {
        anyhow::bail!("{} and {} contain the same metrics", first.display(), second.display());
    }
    let (mut window, interruptions) = match Window::between(&before, &after) {
        Ok(window) => (window, Vec::new()),
        Err(Interruption::CountersFell) if Window::between(&after, &before).is_ok() => {
            anyhow::bail!("{} is older than {}", second.display(), first.display());
        }
        Err(it) => (Window::since_start(&after, Some(it)), vec![it]),
    };
    // What the user says holds, unless the window begins elsewhere.
    if let Some(apart) = apart.filter(|_| interruptions.is_empty()) {
        window.seconds = Some(apart.as_secs_f64());
    }
    let surroundings = Surroundings {
        api_servers: ApiServers { asked: 1, ..ApiServers::default() },
        interruptions,
        unknown: vec![
            Gap::new("quota", "not in the metrics file"),
            Gap::new("number of API servers", "not in the metrics file"),
            Gap::new("metrics of the members", "Prometheus is not queried with --from"),
        ],
        ..Surroundings::default()
    };
    Ok(PerfReport::new(&window, surroundings))
}
