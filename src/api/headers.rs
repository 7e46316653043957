//! The headers that name this program and its run to the server, and headers as the log shows them.

use std::env::consts::{ARCH, OS};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use http::Uri;
use http::header::{
    AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION, PROXY_AUTHORIZATION,
    SET_COOKIE, USER_AGENT,
};
use kube::config::{AuthInfo, Config};

use super::address::host_and_port;
use crate::redact::answer;

/// The header for the command of kubectl that sends a request (KEP-859).
const COMMAND: HeaderName = HeaderName::from_static("kubectl-command");
/// The header for the run of the command (KEP-859).
const SESSION: HeaderName = HeaderName::from_static("kubectl-session");
/// The text in the log in place of a credential, as kubectl has it.
const MASK: &str = "<masked>";

/// The headers of every request of one run. A command that is no header's value is left out.
pub(crate) fn own(command: &str) -> Vec<(HeaderName, HeaderValue)> {
    let named = [(USER_AGENT, user_agent()), (COMMAND, command.to_owned()), (SESSION, session())];
    let valid = |(name, text): (HeaderName, String)| Some((name, text.parse().ok()?));
    named.into_iter().filter_map(valid).collect()
}

/// `oc-etcd/1.2.3 (linux/amd64)`, with Go's names for the system and the processor.
fn user_agent() -> String {
    let system = if OS == "macos" { "darwin" } else { OS };
    let processor = match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "powerpc64" => "ppc64le",
        other => other,
    };
    format!("oc-etcd/{} ({system}/{processor})", env!("CARGO_PKG_VERSION"))
}

/// A random UUID, version 4 (RFC 9562). The hasher's keys are random.
fn session() -> String {
    let random = || RandomState::new().build_hasher().finish();
    let (high, low) = (random(), random());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff
    )
}

/// A header as the log shows it.
pub(crate) type Shown = (String, String);

/// Returns the headers that the layers below ours add to each request: they run after the request is logged.
pub(crate) fn added(config: &Config) -> Vec<Shown> {
    let auth = &config.auth_info;
    let mut all: Vec<Shown> = config.headers.iter().map(|(name, it)| shown(name, it)).collect();
    let mut add = |name: &str, value: &str| all.push((name.to_owned(), value.to_owned()));
    if let Some(user) = &auth.impersonate {
        add("Impersonate-User", user);
    }
    if let Some(uid) = &auth.impersonate_uid {
        add("Impersonate-Uid", uid);
    }
    for group in auth.impersonate_groups.iter().flatten() {
        add("Impersonate-Group", group);
    }
    for (key, values) in auth.impersonate_user_extra.iter().flatten() {
        let name = title(&format!("Impersonate-Extra-{key}"));
        for value in values {
            add(&name, value);
        }
    }
    if let Some(scheme) = scheme(auth) {
        add("Authorization", &format!("{scheme}{MASK}"));
    }
    all
}

/// Returns the scheme of the header with the user's credential. A plugin may give a certificate instead of a
/// token.
fn scheme(auth: &AuthInfo) -> Option<&'static str> {
    match auth {
        AuthInfo { token: Some(_), .. } | AuthInfo { token_file: Some(_), .. } => Some("Bearer "),
        AuthInfo { username: Some(_), .. } => Some("Basic "),
        AuthInfo { exec: Some(_), .. } => Some(""),
        _ => None,
    }
}

/// Every header of a request or an answer as the log shows it.
pub(crate) fn all_shown(headers: &HeaderMap) -> Vec<Shown> {
    headers.iter().map(|(name, value)| shown(name, value)).collect()
}

fn shown(name: &HeaderName, value: &HeaderValue) -> Shown {
    let is_credential = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE, SET_COOKIE].contains(name);
    let text = match value.to_str() {
        _ if is_credential => MASK.to_owned(),
        Ok(url) if *name == LOCATION => place(url),
        // A warning may quote what it warns of.
        Ok(text) => answer::text(text),
        Err(_) => MASK.to_owned(),
    };
    (title(name.as_str()), text)
}

/// Returns the server to which an answer sends the client. The rest of such a URL may hold a token.
fn place(url: &str) -> String {
    let host = url.parse::<Uri>().ok().filter(|it| it.scheme().is_some());
    host.map_or_else(
        || MASK.to_owned(),
        |it| format!("{}://{}/{MASK}", it.scheme_str().unwrap_or_default(), host_and_port(&it)),
    )
}

/// `user-agent` as `User-Agent`.
fn title(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
        first.to_uppercase() + rest
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

/// Headers as lines, each indented by four as kubectl does.
pub(crate) fn lines(headers: &[Shown]) -> String {
    let add = |text: String, (name, value): &Shown| text + "\n    " + name + ": " + value;
    headers.iter().fold(String::new(), add)
}

/// A request as a command line of curl. A body is none of it.
pub(crate) fn curl(method: &http::Method, url: &str, headers: &[Shown]) -> String {
    let quoted = |text: &str| text.replace('\'', r"'\''");
    let add = |text: String, (name, value): &Shown| {
        text + &format!(" -H '{}'", quoted(&format!("{name}: {value}")))
    };
    let request = headers.iter().fold(format!("curl -v -X{method}"), add);
    format!("{request} '{}'", quoted(url))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_a_random_uuid_of_version_4() {
        let session = session();
        let parts: Vec<usize> = session.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{session}");
        assert_eq!(&session[14..15], "4", "{session}");
        assert!("89ab".contains(&session[19..20]), "{session}");
        assert_ne!(session, super::session());
    }

    #[test]
    fn every_request_names_program_command_and_run() {
        let own = own("etcd status");
        let shown: Vec<_> = own.iter().map(|(name, value)| shown(name, value)).collect();
        assert_eq!(shown[0].0, "User-Agent");
        assert!(shown[0].1.starts_with(concat!("oc-etcd/", env!("CARGO_PKG_VERSION"), " (")));
        assert_eq!(shown[1], ("Kubectl-Command".to_owned(), "etcd status".to_owned()));
        assert_eq!(shown[2].0, "Kubectl-Session");
    }

    #[test]
    fn of_a_redirect_nothing_but_the_server_is_shown() {
        for (url, expected) in [
            ("https://u:CANARY@h:8443/oauth/CANARY?code=CANARY#CANARY", "https://h:8443/<masked>"),
            ("/oauth/CANARY", MASK),
        ] {
            assert_eq!(shown(&LOCATION, &HeaderValue::from_static(url)).1, expected);
        }
    }

    #[test]
    fn no_credential_is_shown_and_curl_takes_the_line() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            (AUTHORIZATION, "Bearer CANARY"),
            (PROXY_AUTHORIZATION, "Basic CANARY"),
            (COOKIE, "session=CANARY"),
            (SET_COOKIE, "session=CANARY"),
            (http::header::WARNING, "299 - \"data:,CANARY\""),
            (http::header::ACCEPT, "application/json"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let shown = all_shown(&headers);
        let text = lines(&shown);
        assert!(!text.contains("CANARY"), "{text}");
        assert_eq!(text.matches(MASK).count(), 4, "{text}");
        assert!(text.contains("\n    Accept: application/json"), "{text}");
        let accept = shown.into_iter().filter(|(name, _)| name == "Accept").collect::<Vec<_>>();
        assert_eq!(
            curl(&http::Method::GET, "https://h/a?b='c'", &accept),
            r"curl -v -XGET -H 'Accept: application/json' 'https://h/a?b='\''c'\'''"
        );
    }
}
