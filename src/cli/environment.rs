//! What of the environment the command line falls back on. Read once, in `main`.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;

use crate::api::connect::ProxyVariables;
use crate::report::letters::Letters;
use crate::terminal::Clock;

/// The environment variables that matter.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `KUBECONFIG`: a list of files.
    pub kubeconfig: Option<OsString>,
    /// The home directory, for `~/.kube/config`.
    pub home: Option<PathBuf>,
    /// `KUBECTL_PATH`: the program that ran us, which kubectl 1.37 and newer set.
    pub kubectl: Option<OsString>,
    /// `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`.
    pub proxies: ProxyVariables,
    /// `KUBECTL_EXTERNAL_DIFF`: the program that `diff` is shown with.
    pub external_diff: Option<String>,
    /// `NO_COLOR`, set to whatever.
    pub no_color: bool,
    /// `TERM`
    pub term: Option<String>,
    /// `PATH`: a list of directories.
    pub path: Option<OsString>,
    /// The characters that the locale can show.
    pub letters: Letters,
    /// Indicates whether standard input is a terminal.
    pub has_terminal: bool,
    /// The system's clock.
    pub clock: Clock,
}

impl Environment {
    /// Reads the process's own.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads it")]
    pub fn of_process() -> Self {
        let text = |name: &str| std::env::var(name).ok().filter(|it| !it.is_empty());
        let either = |name: &str| text(name).or_else(|| text(&name.to_lowercase()));
        Self {
            proxies: ProxyVariables {
                https: either("HTTPS_PROXY"),
                http: either("HTTP_PROXY"),
                none: either("NO_PROXY"),
            },
            kubeconfig: std::env::var_os("KUBECONFIG").filter(|value| !value.is_empty()),
            home: std::env::home_dir(),
            kubectl: std::env::var_os("KUBECTL_PATH"),
            external_diff: text("KUBECTL_EXTERNAL_DIFF"),
            no_color: std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()),
            term: std::env::var("TERM").ok(),
            path: std::env::var_os("PATH"),
            letters: Letters::of_locale(
                ["LC_ALL", "LC_CTYPE", "LANG"].map(text).each_ref().map(|it| it.as_deref()),
            ),
            has_terminal: io::stdin().is_terminal(),
            clock: Clock(jiff::Timestamp::now),
        }
    }

    /// Random bytes that nobody can guess, of the system.
    ///
    /// # Errors
    /// When the system has none.
    pub fn random() -> io::Result<[u8; 32]> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(bytes)
    }

    /// Plugins on the PATH that oc or kubectl run in the place of a verb of ours: they look for the
    /// longest name first, `oc-etcd-add_machine` before `oc-etcd`. Each comes with the verb.
    #[must_use]
    pub fn shadows(&self, verbs: &[String]) -> Vec<(PathBuf, String)> {
        let directories = self.path.iter().flat_map(std::env::split_paths);
        let names: Vec<(String, String)> = ["oc", "kubectl"]
            .into_iter()
            .flat_map(|caller| verbs.iter().map(move |verb| (caller, verb)))
            .map(|(caller, verb)| {
                let file = format!("{caller}-etcd-{}", verb.replace('-', "_"));
                (format!("{file}{}", std::env::consts::EXE_SUFFIX), format!("{caller} etcd {verb}"))
            })
            .collect();
        let files = directories.flat_map(|directory| {
            let at = |(file, verb): &(String, String)| (directory.join(file), verb.clone());
            names.iter().map(at).collect::<Vec<_>>()
        });
        files.filter(|(file, _)| file.is_file()).collect()
    }

    /// The kubeconfig files, in the order in which they are merged.
    #[must_use]
    pub fn kubeconfigs(&self) -> Vec<PathBuf> {
        match &self.kubeconfig {
            Some(list) => {
                std::env::split_paths(list).filter(|it| !it.as_os_str().is_empty()).collect()
            }
            None => self.home.iter().map(|home| home.join(".kube").join("config")).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubeconfig_is_a_list_and_empty_entries_are_skipped() {
        let environment = Environment {
            kubeconfig: Some("/a/one::/b/two".into()),
            home: Some("/home/me".into()),
            ..Environment::default()
        };
        assert_eq!(environment.kubeconfigs(), [PathBuf::from("/a/one"), PathBuf::from("/b/two")]);
        let environment = Environment { kubeconfig: None, ..environment };
        assert_eq!(environment.kubeconfigs(), [PathBuf::from("/home/me/.kube/config")]);
    }
}
