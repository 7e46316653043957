//! The difference of two scrapes of one API server's process.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::histogram::{Histogram, NotMonotonic};
use super::scrape::{Calls, Operation, Process, Scrape};

/// The reason why two scrapes cannot be subtracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interruption {
    /// The process of the second scrape started after the first scrape.
    Restart,
    /// The two scrapes come from two processes.
    OtherServer,
    /// A counter is lower than before, or has other buckets.
    CountersFell,
}

impl fmt::Display for Interruption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Restart => "the API server was restarted",
            Self::OtherServer => "another API server responded",
            Self::CountersFell => "the API server's counters were reset",
        })
    }
}

/// The beginning of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// With the first scrape.
    Scrape,
    /// With the start of the API server's process between the scrapes, when all counters were zero.
    Restart,
    /// With the start of the API server's process, at any time before the last scrape.
    ProcessStart,
}

/// The requests of a stretch of time, and the gauges at its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// The length in seconds; `None` where the time of a scrape is not known.
    pub seconds: Option<f64>,
    /// The beginning.
    pub beginning: Beginning,
    /// The durations of requests to etcd, by operation and resource.
    pub requests: BTreeMap<(Operation, String), Histogram>,
    /// The number of failed requests; `None` where the release does not tell.
    pub errors: Option<BTreeMap<Operation, f64>>,
    /// Requests to the API server by verb.
    pub calls: BTreeMap<String, Calls>,
    /// The last scrape, for its gauges: its counters are left out.
    pub last: Scrape,
}

/// The difference that two values of `process_start_time_seconds` of one process may have. The kernel derives
/// the boot time, in whole seconds, from a clock that is corrected now and then.
const WHOLE_SECOND: f64 = 1.0;
/// The kernel's unit of a process's start is a hundredth of a second.
const TICK: f64 = 0.005;

impl Process {
    /// Tells whether two scrapes come from different processes, as far as both say.
    fn is_other(&self, before: &Self) -> bool {
        let hashes = self.id_hash.as_ref().zip(before.id_hash.as_ref());
        if hashes.is_some_and(|(now, then)| now != then) {
            return true;
        }
        let (Some(now), Some(then)) = (self.started, before.started) else { return false };
        let apart = (now - then).abs();
        apart > TICK && (apart - WHOLE_SECOND).abs() > TICK
    }
}

impl Window {
    /// Subtracts an earlier scrape from a later one.
    ///
    /// # Errors
    /// The [`Interruption`] between them.
    pub fn between(before: &Scrape, after: &Scrape) -> Result<Self, Interruption> {
        if after.process.is_other(&before.process) {
            return Err(interruption(before, after));
        }
        let window = subtract(before, after).map_err(|_| Interruption::CountersFell)?;
        let seconds = before.read_at.zip(after.read_at);
        let seconds = seconds.map(|(then, now)| now.duration_since(then).as_secs_f64());
        Ok(Self { seconds: seconds.filter(|it| *it > 0.0), ..window })
    }

    /// Takes everything since the API server's process started. Only after a restart, all of that belongs to the
    /// time between the scrapes.
    #[must_use]
    pub fn since_start(scrape: &Scrape, why: Option<Interruption>) -> Self {
        let now = scrape.read_at.map(|it| it.as_duration().as_secs_f64());
        let seconds = now.zip(scrape.process.started).map(|(now, started)| now - started);
        Self {
            seconds: seconds.filter(|it| *it > 0.0),
            beginning: match why {
                Some(Interruption::Restart) => Beginning::Restart,
                _ => Beginning::ProcessStart,
            },
            requests: scrape.requests.clone(),
            errors: scrape.errors.clone(),
            calls: scrape.calls.clone(),
            last: gauges(scrape),
        }
    }

    /// Adds what another API server did meanwhile. Rates stay right as long as both windows have about
    /// the same length: the mean length is kept.
    pub fn add(&mut self, other: Self) {
        self.seconds = self.seconds.zip(other.seconds).map(|(a, b)| f64::midpoint(a, b));
        for (key, more) in other.requests {
            self.requests.entry(key).or_default().add(&more);
        }
        self.errors = match (self.errors.take(), other.errors) {
            (Some(mut errors), Some(more)) => {
                for (key, it) in more {
                    *errors.entry(key).or_default() += it;
                }
                Some(errors)
            }
            _ => None,
        };
        for (verb, more) in other.calls {
            let calls = self.calls.entry(verb).or_default();
            calls.duration.add(&more.duration);
            calls.answered += more.answered;
            calls.failed += more.failed;
            calls.rejected += more.rejected;
        }
        // Gauges are of what is stored, which every server sees alike, up to the time of its last look.
        let last = &mut self.last;
        for (all, more) in [
            (&mut last.sizes, other.last.sizes),
            (&mut last.objects, other.last.objects),
            (&mut last.object_bytes, other.last.object_bytes),
        ] {
            for (name, value) in more {
                let known = all.entry(name).or_insert(value);
                *known = known.max(value);
            }
        }
        last.unknown_operations.extend(other.last.unknown_operations);
    }

    /// The histogram of the operations for which something holds, all resources together.
    #[must_use]
    pub fn requests_of(&self, is_meant: impl Fn(Operation) -> bool) -> Histogram {
        let mut sum = Histogram::default();
        let meant = self.requests.iter().filter(|((operation, _), _)| is_meant(*operation));
        for (_, it) in meant {
            sum.add(it);
        }
        sum
    }

    /// Writes by resource.
    #[must_use]
    pub fn writes_by_resource(&self) -> BTreeMap<&str, f64> {
        let mut writes = BTreeMap::new();
        for ((operation, resource), it) in &self.requests {
            if operation.is_write() {
                *writes.entry(resource.as_str()).or_default() += it.count();
            }
        }
        writes
    }

    /// Operations that this version does not know.
    #[must_use]
    pub const fn unknown_operations(&self) -> &BTreeSet<String> {
        &self.last.unknown_operations
    }
}

/// A scrape without its counters, which are most of it.
fn gauges(scrape: &Scrape) -> Scrape {
    Scrape {
        read_at: scrape.read_at,
        process: scrape.process.clone(),
        sizes: scrape.sizes.clone(),
        objects: scrape.objects.clone(),
        object_bytes: scrape.object_bytes.clone(),
        unknown_operations: scrape.unknown_operations.clone(),
        collected: scrape.collected,
        ..Scrape::default()
    }
}

fn interruption(before: &Scrape, after: &Scrape) -> Interruption {
    let then = before.read_at.map(|it| it.as_duration().as_secs_f64());
    let is_younger = after.process.started.zip(then).is_some_and(|(it, then)| it > then);
    if is_younger { Interruption::Restart } else { Interruption::OtherServer }
}

fn subtract(before: &Scrape, after: &Scrape) -> Result<Window, NotMonotonic> {
    // What has no row yet counts from zero; what lost its row was reset.
    let is_missing = |key| !after.requests.contains_key(key);
    if before.requests.keys().any(is_missing)
        || before.calls.keys().any(|verb| !after.calls.contains_key(verb))
    {
        return Err(NotMonotonic);
    }
    let none = Histogram::default();
    let requests = after.requests.iter().map(|(key, now)| {
        let then = before.requests.get(key).unwrap_or(&none);
        now.since(then).map(|it| (key.clone(), it))
    });
    let errors = match (&before.errors, &after.errors) {
        (Some(then), Some(now)) => Some(fall_or_rise(then, now)?),
        _ => None,
    };
    let no_call = Calls::default();
    let calls = after.calls.iter().map(|(verb, now)| {
        let then = before.calls.get(verb).unwrap_or(&no_call);
        Ok((verb.clone(), calls_since(now, then)?))
    });
    Ok(Window {
        seconds: None,
        beginning: Beginning::Scrape,
        requests: requests.collect::<Result<_, _>>()?,
        errors,
        calls: calls.collect::<Result<_, NotMonotonic>>()?,
        last: gauges(after),
    })
}

fn fall_or_rise(
    then: &BTreeMap<Operation, f64>,
    now: &BTreeMap<Operation, f64>,
) -> Result<BTreeMap<Operation, f64>, NotMonotonic> {
    let since = |(key, now): (&Operation, &f64)| {
        let then = then.get(key).copied().unwrap_or_default();
        (*now >= then).then_some((*key, now - then)).ok_or(NotMonotonic)
    };
    now.iter().map(since).collect()
}

fn calls_since(now: &Calls, then: &Calls) -> Result<Calls, NotMonotonic> {
    let since = |now: f64, then: f64| (now >= then).then_some(now - then).ok_or(NotMonotonic);
    Ok(Calls {
        duration: now.duration.since(&then.duration)?,
        answered: since(now.answered, then.answered)?,
        failed: since(now.failed, then.failed)?,
        rejected: since(now.rejected, then.rejected)?,
    })
}

/// The scrapes of one API server, as they come in.
#[derive(Clone, Debug)]
pub struct Sampling {
    first: Arc<Scrape>,
    last: Arc<Scrape>,
    /// The number of scrapes behind the first one.
    more: usize,
    interruptions: Vec<Interruption>,
}

impl Sampling {
    /// Begins with a scrape.
    #[must_use]
    pub fn begin(first: Scrape) -> Self {
        let first = Arc::new(first);
        Self { last: Arc::clone(&first), first, more: 0, interruptions: Vec::new() }
    }

    /// Takes the next scrape. After an interruption the window begins anew with it, and the interruption
    /// is returned.
    pub fn take(&mut self, scrape: Scrape) -> Option<Interruption> {
        let scrape = Arc::new(scrape);
        let interruption = Window::between(&self.last, &scrape).err();
        if let Some(it) = interruption {
            self.interruptions.push(it);
            self.first = Arc::clone(&scrape);
            self.more = 0;
        } else {
            self.more += 1;
        }
        self.last = scrape;
        interruption
    }

    /// The window so far; `None` when there is but one scrape since it began.
    #[must_use]
    pub fn window(&self) -> Option<Window> {
        if self.more == 0 {
            return None;
        }
        Window::between(&self.first, &self.last).ok()
    }

    /// The last scrape.
    #[must_use]
    pub fn last(&self) -> &Scrape {
        &self.last
    }

    /// The interruptions so far.
    #[must_use]
    pub fn interruptions(&self) -> &[Interruption] {
        &self.interruptions
    }

    /// Begins the next window with the last scrape.
    #[must_use]
    pub fn next(self) -> Self {
        Self { first: Arc::clone(&self.last), more: 0, interruptions: Vec::new(), last: self.last }
    }
}
