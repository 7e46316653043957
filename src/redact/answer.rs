//! Words of a server as a message has them: in one line, not too long, and without what may be a secret.

use super::shape::{self, WITHHELD};

/// The longest message that is shown.
const LONGEST: usize = 1_000;

/// A message without what is a secret by its place or its form, in one line, and without what is too long for a message.
#[must_use]
pub(crate) fn text(message: &str) -> String {
    let shown = shape::without(message);
    let mut words: Vec<&str> = shown.split_whitespace().collect();
    words.dedup_by(|a, b| a == b && *a == WITHHELD);
    let text = words.join(" ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}… (shortened)", &text[..end]),
        None => text,
    }
}

/// A text of our own that quotes an argument, without the secrets of URLs. Other words stay: they name flags.
#[must_use]
pub(crate) fn with_urls(text: &str) -> String {
    let text = shape::shown(text, shape::users_of(text));
    let of_word = |word: &str| {
        if word.contains("://") { shape::without(word) } else { word.to_owned() }
    };
    text.split_inclusive(char::is_whitespace).map(of_word).collect()
}

/// A reason as API servers have them: one word of letters.
#[must_use]
pub(crate) fn reason(reason: &str) -> String {
    let is_one = reason.len() <= 40 && reason.bytes().all(|it| it.is_ascii_alphabetic());
    if is_one { reason.to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn what_servers_say_of_themselves_stays() {
        for message in [
            "machineconfigs.machineconfiguration.openshift.io \"00-etcd\" is forbidden: User \"viewer\" \
             cannot patch resource \"machineconfigs\" in API group \"machineconfiguration.openshift.io\" \
             at the cluster scope",
            "Apply failed with 1 conflict: conflict with \"kubectl-edit\" using \
             machineconfiguration.openshift.io/v1: .spec.config.systemd.units",
            "strict decoding error: unknown field \"metadata.x\" in metadata: no such field",
            "spec.password: Required value; the password of the user may not be empty",
            "rendered-etcd-aa74e1cc2e92e4aa2e1719c63f74c817 does not hold 00-etcd",
            "ValidatingAdmissionPolicy 'custom-machine-config-pool-selector' with binding \
             'custom-machine-config-pool-selector-binding' denied request",
        ] {
            assert_eq!(text(message), message);
        }
        assert_eq!(reason("AlreadyExists"), "AlreadyExists");
    }

    #[test]
    fn what_may_be_a_secret_goes() {
        for secret in [
            "eyJpZ25pdGlvbiI6eyJjb25maWci",
            "data:text/plain;base64,eyJhdXRocyI6",
            "{\"auths\":{\"registry\":{}}}",
            "Bearer CANARY",
            "Authorization: Basic: CANARY",
            "authorization:Bearer CANARY",
            "token=sha256~CANARY",
            "passwordHash:$6$salt$CANARY./x",
            "\"$y$j9T$CANARY\"",
            "MIIEpAIBAAKCAQEA7n3kP0x9aQyT1bV5",
            "password is CANARY",
            "Passphrase: CANARY",
            "db_password = \"CANARY\",",
            "--password=CANARY",
        ] {
            let told = text(&format!("denied: 'x {secret}' it says"));
            assert!(told.contains(WITHHELD) && !told.contains("CANARY"), "{told}");
            assert!(told.starts_with("denied: 'x ") && told.ends_with(" it says"), "{told}");
        }
        assert!(text(&"word ".repeat(1_000)).len() < 1_100);
        assert_eq!(reason("eyJ9"), "");
    }
}
