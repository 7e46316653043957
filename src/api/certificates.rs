//! Explains what is wrong with certificates that kubectl takes and rustls does not. Knows no cluster and
//! no file: certificates come in as DER, errors as they are.

use std::error::Error;

/// Another authority of the same name gives a bad signature, one of another name an unknown issuer.
const UNKNOWN_AUTHORITY: &str = "the server's certificate is signed by none of the certificate authorities that the kubeconfig names";

/// Explains an error of the TLS library to the author of the kubeconfig. `None` when its own words are as
/// good as any.
#[must_use]
pub(crate) fn explain(error: &(dyn Error + 'static)) -> Option<String> {
    let words = chain(error);
    let known = [
        (
            "UnsupportedCertVersion",
            "the client certificate is X.509 v1, which rustls does not take: have it issued again \
             with extensions, which makes it v3 (with openssl: x509 -req -extfile)",
        ),
        ("BadSignature", UNKNOWN_AUTHORITY),
        ("UnknownIssuer", UNKNOWN_AUTHORITY),
        ("CertificateExpired", "the server says that the client certificate has expired"),
        (
            "not valid for name",
            "the server's certificate is not for this host name; --tls-server-name tells another",
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

/// Says so where all certificate authorities, as DER, are the certificates of servers: nothing that a
/// server shows can be signed by them. kubectl takes such a certificate at its word.
#[must_use]
pub(crate) fn not_an_authority(authorities: &[Vec<u8>]) -> Option<String> {
    let is_leaf = |der: &Vec<u8>| is_leaf(der) == Some(true);
    (!authorities.is_empty() && authorities.iter().all(is_leaf)).then(|| {
        "the certificate authority is a server's own certificate: name the authority that signed it, \
         in certificate-authority-data or with --certificate-authority"
            .to_owned()
    })
}

/// The basicConstraints extension's object identifier, as DER.
const BASIC_CONSTRAINTS: [u8; 5] = [0x06, 0x03, 0x55, 0x1d, 0x13];
/// `cA TRUE` in it.
const CA_TRUE: [u8; 3] = [0x01, 0x01, 0xff];
/// The distance to the identifier: a critical flag and two lengths lie between.
const REACH: usize = 16;

/// Returns whether a certificate is of X.509 v3, signed by another one, and not allowed to sign (RFC 5280,
/// section 4.2.1.9). `None` when it cannot be read.
fn is_leaf(der: &[u8]) -> Option<bool> {
    let certificate = Element::read(der)?;
    let signed = Element::read(certificate.content)?;
    let version = Element::read(signed.content)?;
    if version.tag != 0xa0 || !version.content.ends_with(&[2]) {
        return Some(false);
    }
    let serial = Element::read(version.rest)?;
    let algorithm = Element::read(serial.rest)?;
    let issuer = Element::read(algorithm.rest)?;
    let validity = Element::read(issuer.rest)?;
    let subject = Element::read(validity.rest)?;
    let constraints = subject.rest.windows(BASIC_CONSTRAINTS.len());
    let at = constraints.into_iter().position(|it| it == BASIC_CONSTRAINTS);
    let may_sign = at.is_some_and(|at| {
        let behind = &subject.rest[at + BASIC_CONSTRAINTS.len()..];
        let value = &behind[..behind.len().min(REACH)];
        // The critical flag looks the same, and stands first.
        let value = value.strip_prefix(&CA_TRUE[..]).unwrap_or(value);
        value.windows(CA_TRUE.len()).any(|it| it == CA_TRUE)
    });
    Some(issuer.content != subject.content && !may_sign)
}

/// A DER element: its tag, its contents, and the bytes that follow.
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Element<'a> {
    /// `None` when the bytes end too early, or the length takes more than four of them.
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (&tag, rest) = bytes.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
                (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        Some(Self { tag, content, rest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An element of a tag, with elements in it.
    fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content = parts.concat();
        let length = u8::try_from(content.len()).unwrap();
        [&[tag, 0x81, length][..], &content].concat()
    }

    /// As much of a certificate as is looked at.
    fn certificate(version: u8, issuer: &str, subject: &str, extensions: &[u8]) -> Vec<u8> {
        let name = |text: &str| element(0x30, &[text.as_bytes()]);
        let signed = element(
            0x30,
            &[
                &[0xa0, 3, 2, 1, version],
                &[2, 1, 7],
                &element(0x30, &[]),
                &name(issuer),
                &element(0x30, &[]),
                &name(subject),
                &element(0xa3, &[extensions]),
            ],
        );
        element(0x30, &[&signed])
    }

    fn constraints(critical: &[u8], value: &[u8]) -> Vec<u8> {
        let value = element(0x04, &[&element(0x30, &[value])]);
        element(0x30, &[&BASIC_CONSTRAINTS, critical, &value])
    }

    #[test]
    fn a_leaf_is_told_from_an_authority() {
        let (no, yes) = (constraints(&CA_TRUE, &[]), constraints(&CA_TRUE, &CA_TRUE));
        for (name, der, expected) in [
            ("no constraints", certificate(2, "ca", "server", &[]), Some(true)),
            ("not an authority", certificate(2, "ca", "server", &no), Some(true)),
            ("an authority", certificate(2, "root", "ca", &yes), Some(false)),
            (
                "not critical",
                certificate(2, "root", "ca", &constraints(&[], &CA_TRUE)),
                Some(false),
            ),
            ("signed by itself", certificate(2, "server", "server", &[]), Some(false)),
            ("X.509 v1", certificate(0, "ca", "server", &[]), Some(false)),
            ("cut off", certificate(2, "ca", "server", &[])[..20].to_vec(), None),
            ("nothing", Vec::new(), None),
        ] {
            assert_eq!(is_leaf(&der), expected, "{name}");
        }
    }

    #[test]
    fn one_authority_among_leaves_is_enough() {
        let leaf = certificate(2, "ca", "server", &[]);
        let authority = certificate(2, "ca", "ca", &constraints(&CA_TRUE, &CA_TRUE));
        assert!(not_an_authority(std::slice::from_ref(&leaf)).is_some());
        assert_eq!(not_an_authority(&[leaf, authority]), None);
        assert_eq!(not_an_authority(&[]), None);
    }

    #[test]
    fn an_error_is_explained_by_any_of_its_causes() {
        let error = std::io::Error::other("invalid peer certificate: UnknownIssuer");
        assert!(explain(&error).unwrap().contains("signed by none of"));
        assert_eq!(explain(&std::io::Error::other("Connection refused")), None);
    }
}
