//! The man pages in man/, one for each command, made from what help says.

use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};
use oc_etcd::cli;
use oc_etcd::exit::Exit;

use crate::golden_file::{self, Folder};

const ENVIRONMENT: [(&str, &str); 5] = [
    ("KUBECONFIG", "Colon-separated list of kubeconfig files; missing files are skipped."),
    ("HTTPS_PROXY, HTTP_PROXY", "Proxy for requests to the API server."),
    (
        "NO_PROXY",
        "Servers that are reached without a proxy: host names, domains, addresses, networks.",
    ),
    ("NO_COLOR", "If set, output has no colors unless --color=always is given."),
    ("PATH", "Directories in which oc and kubectl find the plugin and its completion."),
];

const FILES: [(&str, &str); 1] =
    [("~/.kube/config", "Default kubeconfig if neither --kubeconfig nor KUBECONFIG is set.")];

const EXITS: [(Exit, &str); 9] = [
    (Exit::Done, "Success: done, healthy, or nothing to do."),
    (Exit::Failed, "Something failed."),
    (Exit::Usage, "The command line is not valid, or a confirmation prompt is not possible."),
    (Exit::Refused, "A check blocked the command; nothing was written."),
    (Exit::Declined, "The user declined; nothing was written."),
    (Exit::Trouble, "A problem was found."),
    (Exit::Deadline, "The timeout of --timeout expired."),
    (Exit::Interrupted, "Interrupted from the keyboard."),
    (Exit::Terminated, "Terminated by a signal."),
];

/// Behind the options of the command itself.
const LAST: usize = 900;

/// A page: clap's sections, and those that clap knows nothing of.
fn page(command: &clap::Command, name: &str, pages: &[String]) -> String {
    let called = name.replacen("oc-etcd", "oc etcd", 1).replacen("etcd-", "etcd ", 1);
    let command = command.clone().bin_name(&called).display_name(name).disable_help_flag(true);
    let usage = command.clone().render_usage().to_string();
    let command = command.override_usage(usage.trim_start_matches("Usage: ").to_owned());
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let has_options = command.get_arguments().next().is_some();
    let has_verbs = command.has_subcommands();
    let version = concat!("oc-etcd ", env!("CARGO_PKG_VERSION"));
    // roff takes an empty argument for none.
    let man = Man::new(command).date(" ").source(version).manual("oc etcd");
    let mut text = Vec::new();
    man.render_title(&mut text).unwrap();
    man.render_name_section(&mut text).unwrap();
    man.render_synopsis_section(&mut text).unwrap();
    man.render_description_section(&mut text).unwrap();
    if has_verbs {
        man.render_subcommands_section(&mut text).unwrap();
    }
    if has_options {
        man.render_options_section(&mut text).unwrap();
    }
    let mut more = Roff::new();
    if name != "oc-etcd-options" {
        more.control("PP", []);
        more.text([roman("Global options are described in oc-etcd-options(1).")]);
    }
    add_examples(&mut more, &examples);
    if has_verbs {
        add_list(&mut more, "ENVIRONMENT", ENVIRONMENT.map(|(name, what)| (name.to_owned(), what)));
        add_list(&mut more, "FILES", FILES.map(|(name, what)| (name.to_owned(), what)));
        add_list(
            &mut more,
            "EXIT STATUS",
            EXITS.map(|(exit, what)| (exit.code().to_string(), what)),
        );
    }
    add_others(&mut more, name, pages);
    more.to_writer(&mut text).unwrap();
    once(&String::from_utf8(text).unwrap())
}

/// The lines of the examples, as they are.
fn add_examples(page: &mut Roff, examples: &str) {
    let Some(examples) = examples.strip_prefix("Examples:\n") else { return };
    page.control("SH", ["EXAMPLES"]).control("nf", []);
    for line in examples.lines() {
        page.text([roman(line.trim_start())]);
    }
    page.control("fi", []);
}

fn add_list<const N: usize>(page: &mut Roff, title: &str, items: [(String, &str); N]) {
    page.control("SH", [title]);
    for (name, what) in items {
        page.control("TP", []).text([bold(name)]).text([roman(what)]);
    }
}

fn add_others(page: &mut Roff, name: &str, pages: &[String]) {
    page.control("SH", ["SEE ALSO"]);
    let others = pages.iter().filter(|it| *it != name).map(String::as_str).chain(["oc", "kubectl"]);
    let mut text: Vec<Inline> = Vec::new();
    for other in others {
        let comma = if text.is_empty() { "" } else { ", " };
        text.extend([roman(comma), bold(other), roman("(1)")]);
    }
    page.text(text);
}

/// Each section is written with the same first lines; the page needs them once.
fn once(text: &str) -> String {
    let is_first_line = |line: &str| line.starts_with(".ie ") || line.starts_with(".el ");
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines() {
        if !is_first_line(line) || !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n") + "\n"
}

/// The command lines of the pages: a verb with its own options, and `options` with those of all.
fn commands() -> Vec<(String, clap::Command)> {
    let shown = |command: clap::Command| command.mut_args(|it| it.hide_short_help(false));
    let root = cli::command("oc etcd");
    let is_behind_options = |it: &&clap::Arg| it.is_global_set() && it.is_hide_short_help_set();
    let common: Vec<clap::Arg> = root
        .get_arguments()
        .filter(|it| it.is_global_set() && !is_behind_options(it))
        .map(|it| it.clone().display_order(LAST))
        .collect();
    let mut commands: Vec<(String, clap::Command)> = root
        .get_subcommands()
        .map(|verb| {
            let name = format!("oc-etcd-{}", verb.get_name());
            let all = cli::global_options();
            let flags = if verb.get_name() == "options" {
                all.get_arguments().cloned().collect()
            } else {
                common.clone()
            };
            (name, shown(verb.clone().args(flags)))
        })
        .collect();
    let overview = root.get_arguments().map(|it| it.get_id().clone()).collect::<Vec<_>>();
    let root = overview.iter().fold(root.clone(), |it, id| it.mut_arg(id, |flag| flag.hide(true)));
    commands.insert(0, ("oc-etcd".to_owned(), root));
    commands
}

#[test]
fn the_man_pages_are_what_help_says() {
    let commands = commands();
    let names: Vec<String> = commands.iter().map(|(name, _)| name.clone()).collect();
    let mut folder = Folder::at("man");
    for (name, command) in &commands {
        folder.add(format!("{name}.1"), page(command, name, &names));
        let other = name.replacen("oc-", "kubectl-", 1);
        folder.add(format!("{other}.1"), format!(".so man1/{name}.1\n"));
    }
    golden_file::expect_none(&folder.complaints());
}
