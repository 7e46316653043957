//! What two scrapes have in common: a reset, a restart and another server are noticed.

use oc_etcd::perf::scrape::{Operation, Scrape};
use oc_etcd::perf::window::{Beginning, Interruption, Sampling, Window};

use super::{read_at, requests, rest};

/// A scrape of a process that started at a time, with that many writes so far.
fn scrape(started: f64, writes: usize, second: i64) -> Scrape {
    let rows = requests("create", "events", &[(0.003, writes)]);
    read_at(&format!("{rows}{}", rest(started, 1.0)), second)
}

#[test]
fn only_what_came_in_between_counts() {
    let window = Window::between(&scrape(1000.0, 10, 5000), &scrape(1000.0, 30, 5010)).unwrap();
    assert_eq!((window.seconds, window.beginning), (Some(10.0), Beginning::Scrape));
    assert_eq!(window.requests_of(Operation::is_write).count(), 20.0);
}

#[test]
fn a_restart_another_server_and_a_reset_are_told_apart() {
    let between = |before: Scrape, after: Scrape| Window::between(&before, &after).err();
    let first = || scrape(1000.0, 10, 5000);
    assert_eq!(between(first(), scrape(5005.0, 30, 5010)), Some(Interruption::Restart));
    assert_eq!(between(first(), scrape(2000.0, 30, 5010)), Some(Interruption::OtherServer));
    assert_eq!(between(first(), scrape(1000.0, 9, 5010)), Some(Interruption::CountersFell));
    // The kernel's idea of the boot moves by whole seconds when the clock is corrected.
    assert_eq!(between(first(), scrape(1001.0, 30, 5010)), None);
    assert_eq!(between(first(), scrape(1000.01, 30, 5010)), Some(Interruption::OtherServer));
    // Without the start of the process, only a counter that falls tells.
    let nameless = |mut it: Scrape| {
        it.process.started = None;
        it
    };
    assert_eq!(between(nameless(first()), scrape(2000.0, 30, 5010)), None);
    assert_eq!(
        between(nameless(first()), scrape(2000.0, 3, 5010)),
        Some(Interruption::CountersFell)
    );
}

#[test]
fn a_row_that_is_new_counts_from_zero_and_one_that_is_gone_is_a_reset() {
    let before = scrape(1000.0, 10, 5000);
    let more = format!(
        "{}{}{}",
        requests("create", "events", &[(0.003, 10)]),
        requests("delete", "events", &[(0.003, 4)]),
        rest(1000.0, 1.0)
    );
    let after = read_at(&more, 5010);
    let window = Window::between(&before, &after).unwrap();
    assert_eq!(window.requests_of(Operation::is_write).count(), 4.0);
    assert_eq!(Window::between(&after, &before).err(), Some(Interruption::CountersFell));
}

#[test]
fn after_an_interruption_the_window_begins_anew() {
    let mut sampling = Sampling::begin(scrape(1000.0, 100, 5000));
    assert!(sampling.window().is_none());
    assert_eq!(sampling.take(scrape(1000.0, 110, 5010)), None);
    assert_eq!(sampling.take(scrape(5015.0, 7, 5020)), Some(Interruption::Restart));
    assert!(sampling.window().is_none(), "one scrape is no window");
    assert_eq!(sampling.take(scrape(5015.0, 12, 5030)), None);
    let window = sampling.window().unwrap();
    assert_eq!(window.requests_of(Operation::is_write).count(), 5.0);
    assert_eq!(window.seconds, Some(10.0));
    assert_eq!(sampling.interruptions(), [Interruption::Restart]);
}

#[test]
fn windows_of_several_servers_are_added() {
    let one = || Window::between(&scrape(1000.0, 10, 5000), &scrape(1000.0, 30, 5010)).unwrap();
    let mut sum = one();
    sum.add(one());
    assert_eq!(sum.requests_of(Operation::is_write).count(), 40.0);
    assert_eq!(sum.seconds, Some(10.0));
    // They see the same database.
    assert_eq!(sum.last.sizes.len(), 1);
}

#[test]
fn since_the_start_everything_counts() {
    let window = Window::since_start(&scrape(1000.0, 10, 5000), None);
    assert_eq!((window.seconds, window.beginning), (Some(4000.0), Beginning::ProcessStart));
    let restarted = |why| Window::since_start(&scrape(1000.0, 10, 5000), Some(why)).beginning;
    assert_eq!(restarted(Interruption::Restart), Beginning::Restart);
    assert_eq!(restarted(Interruption::OtherServer), Beginning::ProcessStart);
    assert_eq!(restarted(Interruption::CountersFell), Beginning::ProcessStart);
    assert_eq!(window.requests_of(Operation::is_write).count(), 10.0);
}
