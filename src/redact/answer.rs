//! Takes out of a server's words what may be a secret: admission policies and webhooks quote objects.

/// The longest word that is shown. Names of objects end at 253 characters, and none of ours is near that.
const LONGEST_WORD: usize = 100;
/// The longest message that is shown.
const LONGEST: usize = 1_000;

/// The beginnings of hashed passwords: those of a MachineConfig's users can be guessed from them.
const HASHES: [&str; 9] = ["$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$apr1$", "$argon2", "$y$"];

/// The words for a password.
const PASSWORDS: [&str; 5] = ["password", "passwd", "passphrase", "passcode", "pwd"];

/// A sentence as far as it tells a password in plain words: `the password is hunter2`. How such a word looks does not
/// tell it from another one, but its place does.
#[derive(Default)]
pub(crate) enum PasswordSentence {
    #[default]
    Before,
    /// A word for a password was the last one.
    Named,
    /// The next word is the password.
    Told,
}

impl PasswordSentence {
    /// Returns whether the next word may be a password.
    pub(crate) const fn may_follow(&self) -> bool {
        !matches!(self, Self::Before)
    }

    /// Takes in the next word, and returns whether the word is a password, or holds one.
    pub(crate) fn next(&mut self, word: &str) -> bool {
        let lower = word.to_lowercase();
        let bare = lower.trim_matches(|it: char| !it.is_alphanumeric() && !"=:".contains(it));
        let (name, value) =
            bare.split_once(['=', ':']).map_or((bare, None), |(name, value)| (name, Some(value)));
        // A field of an object has a path: `spec.password: Required value`.
        let is_name = !name.contains('.') && PASSWORDS.iter().any(|it| name.ends_with(it));
        let joins = matches!(bare, "is" | "was" | "=" | ":");
        let is_told = matches!(self, Self::Told) && !joins;
        *self = match (&self, value) {
            (Self::Named | Self::Told, _) if joins => Self::Told,
            (_, Some("")) if is_name => Self::Told,
            (_, None) if is_name => Self::Named,
            _ => Self::Before,
        };
        is_told || (is_name && value.is_some_and(|it| !it.is_empty()))
    }
}

/// A message without data URLs, keys, tokens, long encoded words and what is too long for a message.
#[must_use]
pub(crate) fn text(message: &str) -> String {
    let mut words = Vec::new();
    let mut is_after_bearer = false;
    let mut sentence = PasswordSentence::default();
    for word in message.split_whitespace() {
        let is_secret = sentence.next(word) | is_after_bearer | is_suspect(word);
        let lower = word.to_lowercase();
        let scheme = lower.trim_end_matches(|it: char| !it.is_ascii_alphanumeric());
        is_after_bearer = scheme.ends_with("bearer") || scheme.ends_with("basic");
        words.push(if is_secret { "(withheld)" } else { word });
    }
    words.dedup_by(|a, b| a == b && *a == "(withheld)");
    let text = words.join(" ");
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}… (shortened)", &text[..end]),
        None => text,
    }
}

/// Returns whether a word may be, or may hold, a secret: it is data, or is encoded.
fn is_suspect(word: &str) -> bool {
    let is_encoded = |part: &str| {
        let looks_like_base64 = part.len() >= 32
            && part.bytes().any(|it| it.is_ascii_digit())
            && part.bytes().any(|it| it.is_ascii_uppercase())
            && part.bytes().any(|it| it.is_ascii_lowercase());
        looks_like_base64 || part.starts_with("eyJ") || part.starts_with("sha256~")
    };
    let parts = word.split(|it: char| !it.is_ascii_alphanumeric() && !"+/_-~".contains(it));
    word.len() > LONGEST_WORD
        || has_data_url(word)
        || word.contains("auths")
        || HASHES.iter().any(|it| word.contains(it))
        || word.contains("-----BEGIN")
        || parts.into_iter().any(is_encoded)
}

/// `data:`, and not the end of `metadata:`.
fn has_data_url(word: &str) -> bool {
    let is_start = |at: usize| !word[..at].ends_with(|it: char| it.is_ascii_alphanumeric());
    word.match_indices("data:").any(|(at, _)| is_start(at))
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
            assert!(told.contains("(withheld)") && !told.contains("CANARY"), "{told}");
            let told = told.replace("Passphrase: ", "").replace("db_password = ", "");
            assert!(told.starts_with("denied: 'x ") && told.ends_with(" it says"), "{told}");
        }
        assert!(text(&"word ".repeat(1_000)).len() < 1_100);
        assert_eq!(reason("eyJ9"), "");
    }
}
