//! Takes an admin's words out of the text of OpenShift's templates: the cluster's proxy, and users in URLs.

use crate::redact::salt::Salt;

/// The line without what a proxy's setting or a URL may hold of a password.
pub(crate) fn line(line: &str, salt: Salt) -> String {
    match proxy(line) {
        Some(at) => format!("{}{}", &line[..at], withheld(&line[at..], salt)),
        None => without_users(line, salt),
    }
}

fn withheld(text: &str, salt: Salt) -> String {
    salt.withheld(text.as_bytes())
}

/// Returns where in a line the value of a proxy's setting begins: `HTTPS_PROXY=…`, `proxy: …`.
fn proxy(line: &str) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    let ends = lower.match_indices("proxy").map(|(at, word)| at + word.len());
    let values = ends.filter_map(|end| {
        let separator = line[end..].find(|it: char| !"\"' \t".contains(it))?;
        let at = end + separator;
        line[at..].starts_with(['=', ':']).then_some(at + 1)
    });
    values.into_iter().find(|&at| !line[at..].trim().is_empty())
}

/// Withholds what stands between a scheme and the last `@` of a URL. An image's digest stands behind one too.
fn without_users(line: &str, salt: Salt) -> String {
    let mut shown = String::new();
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, behind) = rest.split_at(at + 3);
        shown.push_str(before);
        let word = behind.find(char::is_whitespace).map_or(behind, |end| &behind[..end]);
        let user = word.rmatch_indices('@').find(|(at, _)| !word[*at..].starts_with("@sha256:"));
        rest = behind;
        if let Some((at, _)) = user {
            shown.push_str(&withheld(&behind[..at], salt));
            rest = &behind[at..];
        }
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: Salt = Salt::new([7; 32]);

    #[test]
    fn a_proxy_and_a_user_are_withheld() {
        for (text, shown, hidden) in [
            ("HTTP_PROXY=http://me:pw@p:1", "HTTP_PROXY=", "http://me:pw@p:1"),
            ("Environment=\"HTTPS_PROXY=x y\"", "Environment=\"HTTPS_PROXY=", "x y\""),
            ("  \"httpProxy\": \"x\"", "  \"httpProxy\":", " \"x\""),
            ("export no_proxy = a,b", "export no_proxy =", " a,b"),
        ] {
            assert_eq!(line(text, SALT), format!("{shown}{}", withheld(hidden, SALT)));
        }
        let of = |user| withheld(user, SALT);
        for (text, expected) in [
            ("a http://me:p@w@h/x b", format!("a http://{}@h/x b", of("me:p@w"))),
            ("x://a@b y://c:d@e", format!("x://{}@b y://{}@e", of("a"), of("c:d"))),
            (
                "docker://u:p@quay.io/x@sha256:01",
                format!("docker://{}@quay.io/x@sha256:01", of("u:p")),
            ),
        ] {
            assert_eq!(line(text, SALT), expected);
        }
    }

    #[test]
    fn what_templates_say_stays() {
        for text in [
            "image: quay.io/x/kube-rbac-proxy@sha256:0123",
            "HTTP_PROXY=",
            "# see https://issues.redhat.com/browse/OCPBUGS-7559",
            "ExecStart=/usr/bin/podman run --authfile=/var/lib/kubelet/config.json --rm x",
            "EnvironmentFile=-/etc/mco/proxy.env",
            "docker://quay.io/x@sha256:01",
        ] {
            assert_eq!(line(text, SALT), text);
        }
    }
}
