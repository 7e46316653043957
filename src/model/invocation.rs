//! The invocation of this run, with which the commands of a hint act on the same cluster as the same person.

use std::sync::{Arc, OnceLock};

use crate::model::hint::{Hint, Part};
use crate::model::shell_command::{Command, Program, flag, quoted};

/// The invocation of this run: the words that a pasted command needs to act on the same cluster as the same
/// person. Holds no token, key or password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    program: String,
    connection: Vec<(String, String)>,
    /// The server of the run, and how the user logs in, if not with `oc login`; once the server is known.
    server: Arc<OnceLock<(String, Option<String>)>>,
    files: Option<Files>,
    ignores_checks: bool,
    plan: PlanFlags,
}

/// The flags of a run that say what is planned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct PlanFlags {
    /// The verbs that plan the same with these flags.
    verbs: &'static [&'static str],
    flags: Vec<(String, String)>,
}

/// The files that a run reads instead of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Files {
    /// A directory or a file, which another command can read again.
    At(String),
    /// Standard input or a pipe, which is read once.
    ReadOnce,
}

impl Default for Invocation {
    fn default() -> Self {
        Self::of("oc etcd")
    }
}

impl Invocation {
    /// A run under the name of a program, such as `kubectl etcd`, without flags.
    #[must_use]
    pub fn of(program: impl Into<String>) -> Self {
        Self {
            program: program.into(),
            connection: Vec::new(),
            server: Arc::default(),
            files: None,
            ignores_checks: false,
            plan: PlanFlags::default(),
        }
    }

    /// The same run with flags, each a name without its dashes and a value, which is not quoted yet. A
    /// flag without a value is on.
    #[must_use]
    pub fn with(self, connection: Vec<(String, String)>) -> Self {
        Self { connection, ..self }
    }

    /// The same run over files.
    #[must_use]
    pub fn over(self, files: Option<Files>) -> Self {
        Self { files, ..self }
    }

    /// The same run with the flags that say what it plans. A command of one of the verbs that plan the same means the
    /// same command again: it gets each flag that it does not set anew.
    #[must_use]
    pub fn planning(self, verbs: &'static [&'static str], flags: Vec<(String, String)>) -> Self {
        Self { plan: PlanFlags { verbs, flags }, ..self }
    }

    /// Notes the URL of the server that the run has found, and how the user logs in, if not with `oc login`, in all copies of
    /// the value.
    pub fn found_server(&self, url: String, login: Option<String>) {
        // A run has one server.
        let _ = self.server.set((url, login));
    }

    /// The same run of a command that takes `--ignore-checks`.
    #[must_use]
    pub fn that_ignores_checks(self) -> Self {
        Self { ignores_checks: true, ..self }
    }

    /// Returns whether the command takes `--ignore-checks`.
    #[must_use]
    pub const fn ignores_checks(&self) -> bool {
        self.ignores_checks
    }

    /// The name of the program: `oc etcd`.
    #[must_use]
    pub fn program(&self) -> &str {
        &self.program
    }

    /// Advice in the words of this run.
    #[must_use]
    pub fn speak(&self, text: &str) -> Hint {
        self.complete(Hint::from(text))
    }

    /// The same hint, its commands as the run has to be called again. Over files, its commands read the same
    /// files if all of them can; otherwise the hint says that the commands are for the cluster.
    #[must_use]
    pub fn complete(&self, hint: Hint) -> Hint {
        let files = match &self.files {
            Some(Files::At(path)) => hint.commands().all(Command::only_reads).then_some(path),
            Some(Files::ReadOnce) | None => None,
        };
        let is_elsewhere =
            self.files.is_some() && files.is_none() && hint.commands().next().is_some();
        let mut parts = hint.into_parts();
        for part in &mut parts {
            if let Part::Command(command) = part {
                if let Some((_, Some(login))) = self.server.get().filter(|_| is_login(command)) {
                    *part = Part::Words(login.clone());
                    continue;
                }
                let place = match files {
                    Some(path) => vec![format!("--from={}", quoted(path))],
                    None => self.flags(command),
                };
                let of_run = self.plan_flags(command).chain(place).collect();
                command.call(&self.program, of_run);
            }
        }
        if is_elsewhere {
            let is_word = |it: &String| it.starts_with(char::is_alphabetic);
            let begins_with_words = matches!(&parts[0], Part::Words(words) if is_word(words));
            let place = if begins_with_words { "on the cluster, " } else { "on the cluster: " };
            parts.insert(0, Part::Words(place.to_owned()));
        }
        Hint::of(parts)
    }

    /// The flags for a command, quoted for a shell.
    fn flags(&self, command: &Command) -> Vec<String> {
        let is_login = is_login(command);
        let chooses_cluster =
            self.connection.iter().any(|(name, _)| matches!(&**name, "context" | "cluster"));
        let has_server = self.connection.iter().any(|(name, _)| name == "server");
        // `oc login` asks the server of the current context (oc `pkg/cli/login/login.go`).
        let server = self.server.get().map(|it| it.0.as_str());
        let server = server.filter(|_| is_login && chooses_cluster && !has_server);
        // Who logs in does so as nobody yet.
        let is_for_login = |name: &str| {
            !matches!(name, "user" | "cluster" | "context" | "token") && !name.starts_with("as")
        };
        let wanted = self.connection.iter().filter(|(name, _)| !is_login || is_for_login(name));
        // Only the newest oc and kubectl have this flag.
        let is_known = |name: &str| command.program() == Program::Etcd || name != "as-user-extra";
        let wanted = wanted.filter(|(name, _)| is_known(name));
        let wanted = wanted.map(|(name, value)| flag(name, value));
        wanted.chain(server.map(|it| flag("server", it))).collect()
    }

    /// The flags of the plan for a command, quoted for a shell.
    fn plan_flags(&self, command: &Command) -> impl Iterator<Item = String> {
        let is_same = command.program() == Program::Etcd
            && command.verb().is_some_and(|it| self.plan.verbs.contains(&it));
        let wanted = self.plan.flags.iter().filter(move |(name, _)| is_same && !command.sets(name));
        wanted.map(|(name, value)| flag(name, value))
    }
}

/// Returns whether a command is `oc login`.
fn is_login(command: &Command) -> bool {
    command.program() != Program::Etcd && command.verb() == Some("login")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn every_command_of_a_hint_gets_what_the_run_was_given() {
        let run = Invocation::of("kubectl etcd").with(flags(&[
            ("context", "lab"),
            ("as", "o'neil"),
            ("insecure-skip-tls-verify", ""),
        ]));
        let end = r"--context=lab --as='o'\''neil' --insecure-skip-tls-verify";
        for (text, expected) in [
            ("oc etcd init", format!("kubectl etcd init {end}")),
            (
                "oc etcd remove-machine a && oc etcd add-machine --zone b",
                format!(
                    "kubectl etcd remove-machine a {end} && kubectl etcd add-machine --zone b {end}"
                ),
            ),
            (
                "oc get csr; oc describe node/a",
                format!("oc get csr {end}; oc describe node/a {end}"),
            ),
            (
                "to wait for the pool, run: oc etcd init",
                format!("to wait for the pool, run: kubectl etcd init {end}"),
            ),
            (
                "oc etcd remove-machine a, then run the command again",
                format!("kubectl etcd remove-machine a {end}, then run the command again"),
            ),
            (
                "first; `oc etcd status` shows where, `oc get nodes` what",
                format!(
                    "first; `kubectl etcd status {end}` shows where, `oc get nodes {end}` what"
                ),
            ),
            (
                "oc etcd init --dry-run=client -o json > FILE",
                format!("kubectl etcd init --dry-run=client -o json {end} > FILE"),
            ),
            (
                "KUBECTL_EXTERNAL_DIFF= oc etcd diff --show-sensitive",
                format!("KUBECTL_EXTERNAL_DIFF= kubectl etcd diff --show-sensitive {end}"),
            ),
            (
                "oc patch machineconfigpool/etcd -p '{\"a\": \"b; c, d\"}'",
                format!("oc patch machineconfigpool/etcd -p '{{\"a\": \"b; c, d\"}}' {end}"),
            ),
            ("kubectl get nodes", format!("kubectl get nodes {end}")),
            ("is it? oc whoami --show-server", format!("is it? oc whoami --show-server {end}")),
            ("--timeout allows more time", "--timeout allows more time".to_owned()),
            ("an oc etcd node is one", "an oc etcd node is one".to_owned()),
        ] {
            assert_eq!(run.speak(text).to_string(), expected);
            assert_eq!(Hint::from(text).to_string(), text, "as it was written");
        }
    }

    #[test]
    fn who_logs_in_does_so_as_nobody_yet() {
        let run = Invocation::default().with(flags(&[
            ("kubeconfig", "a b"),
            ("user", "u"),
            ("as", "v"),
            ("as-group", "g"),
            ("token", "TOKEN"),
        ]));
        assert_eq!(&*run.speak("oc login, or --token"), "oc login --kubeconfig='a b', or --token");
    }

    #[test]
    fn who_has_a_credential_plugin_logs_in_with_the_plugin() {
        let run = Invocation::default().with(flags(&[("as-user-extra", "a=b")]));
        run.found_server("https://h:6443".to_owned(), Some("log in again with tsh".to_owned()));
        assert_eq!(&*run.speak("oc login"), "log in again with tsh");
        assert_eq!(&*run.speak("oc get nodes"), "oc get nodes");
        assert_eq!(&*run.speak("oc etcd status"), "oc etcd status --as-user-extra=a=b");
    }

    #[test]
    fn who_logs_in_does_so_on_the_server_of_the_run() {
        let server = || "https://h:6443".to_owned();
        for (chosen, expected) in [
            (
                &[("context", "c"), ("kubeconfig", "k")][..],
                "oc login --kubeconfig=k --server=https://h:6443",
            ),
            (&[("cluster", "c")], "oc login --server=https://h:6443"),
            (&[("server", "https://other")], "oc login --server=https://other"),
            (&[("kubeconfig", "k")], "oc login --kubeconfig=k"),
        ] {
            let run = Invocation::default().with(flags(chosen));
            let earlier = run.clone();
            run.found_server(server(), None);
            assert_eq!(&*earlier.speak("oc login"), expected);
            assert_eq!(
                &*earlier.speak("oc etcd status").contains("https://h").to_string(),
                "false"
            );
        }
    }

    #[test]
    fn over_files_a_command_reads_the_same_files_or_is_for_the_cluster() {
        let run = Invocation::default().with(flags(&[("context", "lab")]));
        let files = run.clone().over(Some(Files::At("/a b".to_owned())));
        for (text, expected) in [
            ("oc etcd diff", "oc etcd diff --from='/a b'"),
            (
                "`oc etcd init --dry-run=client` shows more",
                "`oc etcd init --dry-run=client --from='/a b'` shows more",
            ),
            ("oc etcd init", "on the cluster: oc etcd init --context=lab"),
            ("oc etcd status --watch", "on the cluster: oc etcd status --watch --context=lab"),
            (
                "look first: oc describe node/a",
                "on the cluster, look first: oc describe node/a --context=lab",
            ),
            (
                "`oc etcd status` shows where, `oc get nodes` what",
                "on the cluster: `oc etcd status --context=lab` shows where, `oc get nodes --context=lab` what",
            ),
            ("set a subnet with --subnet", "set a subnet with --subnet"),
        ] {
            assert_eq!(&*files.speak(text), expected);
        }
        let stdin = run.over(Some(Files::ReadOnce));
        assert_eq!(&*stdin.speak("oc etcd diff"), "on the cluster: oc etcd diff --context=lab");
    }
}
