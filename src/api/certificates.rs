//! Explains errors about certificates that kubectl takes and rustls does not.

use std::error::Error;

/// Another authority of the same name gives a bad signature, one of another name an unknown issuer.
const UNKNOWN_AUTHORITY: &str = "the server's certificate is not signed by a certificate authority of the \
                                 kubeconfig";

/// Explains an error of the TLS library to the author of the kubeconfig. `None` when its own words are as
/// good as any.
#[must_use]
pub(crate) fn explain(error: &(dyn Error + 'static)) -> Option<String> {
    let words = chain(error);
    let known = [
        (
            "UnsupportedCertVersion",
            "the client certificate is X.509 v1, which rustls does not support: reissue the certificate as \
             v3, which requires an extension (openssl x509 -req -extfile)",
        ),
        ("BadSignature", UNKNOWN_AUTHORITY),
        ("UnknownIssuer", UNKNOWN_AUTHORITY),
        ("CertificateExpired", "the server reports that the client certificate has expired"),
        (
            "not valid for name",
            "the server's certificate is not valid for this host name; set another name with \
             --tls-server-name",
        ),
        ("certificate expired", "the server's certificate has expired"),
        ("Expired", "the server's certificate has expired"),
        ("NotValidYet", "the server's certificate is not valid yet"),
    ];
    let (_, meaning) = known.iter().find(|(word, _)| words.contains(word))?;
    Some((*meaning).to_owned())
}

/// The words of an error and of all its causes.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_explained_by_any_of_its_causes() {
        let error = std::io::Error::other("invalid peer certificate: UnknownIssuer");
        assert!(explain(&error).unwrap().contains("is not signed by"));
        assert_eq!(explain(&std::io::Error::other("Connection refused")), None);
    }
}
