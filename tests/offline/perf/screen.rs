//! The first screen fits a terminal of 80 × 24 with its prompt, and means the same without bars.

use oc_etcd::perf::figures::{ApiServers, Gap, Surroundings};
use oc_etcd::report::Format;
use oc_etcd::report::bar::Bars;
use oc_etcd::report::style::Style;

use super::{GIB, calls, healthy, members, report, requests, surroundings, text};
use crate::golden_file::{self, Folder};

/// The folder of golden files that is this module's.
pub(crate) const FOLDER: &str = "perf";

/// The rows of a terminal, without the one for the prompt.
const ROWS: usize = 23;

fn screen() -> Style {
    Style { width: 80, columns: 80, is_screen: true, ..Style::default() }
}

/// One API server of three, which could not be told from where Prometheus is.
fn one_of_three() -> Surroundings {
    Surroundings {
        api_servers: ApiServers { asked: 1, of: Some(3), ..ApiServers::default() },
        unknown: vec![Gap::new(
            "metrics of the members",
            "the kubeconfig's user has no bearer token",
        )],
        ..surroundings()
    }
}

/// A storm of events over a slow disk.
fn trouble() -> String {
    [
        requests("create", "events", &[(0.03, 800), (0.3, 200)]),
        requests("update", "leases.coordination.k8s.io", &[(0.03, 90), (0.3, 20)]),
        requests("get", "pods", &[(0.002, 500)]),
        requests("list", "pods", &[(0.04, 20)]),
        calls("POST", 1.4, 1000, 30),
        calls("GET", 0.03, 40, 0),
    ]
    .concat()
}

#[test]
fn the_first_screen_is_as_it_is_kept_and_fits() {
    let mut folder = Folder::new(FOLDER);
    let with = |members| Surroundings { members: Some(members), ..surroundings() };
    for (name, rows, surroundings) in [
        ("healthy", healthy(), one_of_three()),
        ("trouble", trouble(), one_of_three()),
        ("members", healthy(), with(members("0.008", "0.0016", 1.5 * GIB))),
        ("members-trouble", trouble(), with(members("0.016", "0.0016", GIB))),
        ("nothing", String::new(), Surroundings::default()),
    ] {
        let report = report(&rows, GIB, surroundings);
        let shown = text(&report, &screen(), Bars::Unicode, Format::Human);
        let lines: Vec<&str> = shown.lines().collect();
        let wide = lines.iter().find(|it| it.chars().count() > 80);
        // Where several things are wrong, what is said of them comes on top.
        let rows = if name == "members-trouble" { ROWS + 8 } else { ROWS };
        assert!(
            lines.len() <= rows && wide.is_none(),
            "{name}: {} lines, {wide:?}\n{shown}",
            lines.len()
        );
        folder.add(format!("{name}.txt"), shown);
        folder.add(
            format!("{name}-plain.txt"),
            text(&report, &Style::default(), Bars::None, Format::Human),
        );
        folder.add(
            format!("{name}-wide.txt"),
            text(&report, &Style::default(), Bars::None, Format::Wide),
        );
        folder.add(
            format!("{name}-name.txt"),
            text(&report, &Style::default(), Bars::None, Format::Name),
        );
    }
    golden_file::expect_none(&folder.complaints());
}

#[test]
fn a_screen_that_leaves_its_end_out_begins_with_the_verdict() {
    let surroundings =
        Surroundings { members: Some(members("0.016", "0.0016", GIB)), ..surroundings() };
    let report = report(&trouble(), GIB, surroundings);
    let mut out = Vec::new();
    let drawing = (&screen(), Bars::Unicode);
    oc_etcd::report::perf::write_verdict_first(&report, Format::Human, drawing, &mut out).unwrap();
    let shown = String::from_utf8(out).unwrap();
    let (first, rest) = shown.split_once("Requests to etcd").unwrap();
    assert!(first.contains("Verdict") && first.contains("Disk: etcd-a"), "{shown}");
    assert!(first.lines().count() < ROWS - 5, "{first}");
    // Nothing is lost by the other order.
    let once = text(&report, &screen(), Bars::Unicode, Format::Human);
    assert_eq!(once.lines().count(), shown.lines().count());
    assert!(rest.contains("WAL FSYNC"), "{shown}");
}

#[test]
fn a_pipe_gets_every_unknown_figure() {
    let report = report("", GIB, Surroundings::default());
    let names = report.figures.unknown.iter().map(|it| it.what.as_str());
    let expected =
        format!("unknown (use -o wide for reasons): {}", names.collect::<Vec<_>>().join(", "));
    assert!(expected.len() > 80, "{expected}");
    let shown = text(&report, &Style::default(), Bars::None, Format::Human);
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(shown.contains(&expected), "{shown}");
}

#[test]
fn a_judgment_names_its_member_whole() {
    let mut view = members("0.064", "0.0016", GIB);
    for it in &mut view.ranges[0].members {
        "etcd-ip-10-0-172-109.ec2.internal".clone_into(&mut it.member);
    }
    let surroundings = Surroundings { members: Some(view), ..surroundings() };
    let shown =
        text(&report(&trouble(), GIB, surroundings), &screen(), Bars::Unicode, Format::Human);
    assert!(shown.contains("WAL fsync, p99 (ip-10-0-172-109)  "), "{shown}");
    let wide = shown.lines().find(|it| it.chars().count() > 80);
    assert_eq!(wide, None);
}

#[test]
fn in_the_c_locale_bars_and_signs_are_ascii() {
    let report = report(&trouble(), GIB, one_of_three());
    let shown = text(&report, &screen(), Bars::Ascii, Format::Human);
    assert!(shown.contains("####") && shown.contains("<= 5 ms"), "{shown}");
    assert!(!shown.contains(['█', '▏', '▌', '≤']), "{shown}");
    let plain = text(&report, &Style::default(), Bars::None, Format::Human);
    assert!(!plain.contains('#') && !plain.contains('█'), "{plain}");
}

#[test]
fn a_name_of_a_resource_moves_no_cursor() {
    let rows = requests("create", "a\\nb\u{1b}[2J\u{202e}c", &[(0.003, 10)]);
    let report = report(&rows, GIB, one_of_three());
    let shown = text(&report, &screen(), Bars::Unicode, Format::Wide);
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown}");
}
