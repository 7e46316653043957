//! Explains errors of the TLS library about the server's certificate and the server.

use std::error::Error;
use std::io;

use jiff::Timestamp;
use rustls::{AlertDescription, CertificateError, InvalidMessage};
use rustls_pki_types::{ServerName, UnixTime};

/// Another authority of the same name gives a bad signature, one of another name an unknown issuer. The sentence goes on
/// with the place of the authorities ([`super::server::Endpoint`]).
pub(crate) const UNKNOWN_AUTHORITY: &str =
    "the server's certificate is not signed by a certificate authority";
/// The number of names of a certificate that are shown.
const NAMES: usize = 10;

/// Explains an error of the TLS library to the author of the kubeconfig. `None` when its own words are as
/// good as any.
#[must_use]
pub(crate) fn explain(error: &(dyn Error + 'static)) -> Option<String> {
    let text = match of_tls(error)? {
        rustls::Error::InvalidCertificate(fault) => return of_certificate(fault),
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            "the server does not speak TLS on this port: check the port, or whether the URL must begin with \
             http:// (kubectl reports: server gave HTTP response to HTTPS client)"
        }
        rustls::Error::AlertReceived(
            AlertDescription::HandshakeFailure | AlertDescription::ProtocolVersion,
        ) => {
            "the server and oc-etcd support no TLS version or algorithm in common: oc-etcd supports TLS 1.2 \
             and 1.3, and no key of the server's certificate that is of the elliptic curve P-521"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

fn of_certificate(fault: &CertificateError) -> Option<String> {
    let text = match fault {
        CertificateError::UnknownIssuer | CertificateError::BadSignature => UNKNOWN_AUTHORITY,
        CertificateError::NotValidForNameContext { expected, presented } => {
            return Some(of_name(expected, presented));
        }
        CertificateError::ExpiredContext { time, not_after } => {
            return of_dates("expired at", *not_after, *time);
        }
        CertificateError::NotValidYetContext { time, not_before } => {
            return of_dates("is not valid before", *not_before, *time);
        }
        CertificateError::Expired => "the server's certificate has expired",
        CertificateError::NotValidYet => "the server's certificate is not valid yet",
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            "the server's certificate is not a certificate for servers (extended key usage)"
        }
        other => of_kind(&format!("{other:?}")),
    };
    Some(text.to_owned())
}

/// Explains an error that is known by the name of its type alone.
fn of_kind(name: &str) -> &'static str {
    if name.contains("UnsupportedCertVersion") {
        "the server's certificate, or one of its authorities, is X.509 v1, which rustls does not support"
    } else if name.contains("CaUsedAsEndEntity") {
        "the server's certificate is one of an authority (CA:TRUE), which rustls does not accept from a server: \
         issue a certificate for servers"
    } else {
        "the server's certificate is not valid, or has an extension or a signature that rustls does not support"
    }
}

/// The names for which a certificate is valid, as a sentence.
fn of_name(expected: &ServerName<'_>, presented: &[String]) -> String {
    let expected = expected.to_str();
    // `DnsName("api.example.com")`, `IpAddress(192.0.2.1)`
    let bare = |it: &String| {
        let inner = it.split_once('(').map_or(&**it, |(_, rest)| rest);
        inner.trim_end_matches(')').trim_matches('"').to_owned()
    };
    let mut names: Vec<String> = presented.iter().take(NAMES).map(bare).collect();
    if presented.len() > NAMES {
        names.push(format!("{} more", presented.len() - NAMES));
    }
    if names.is_empty() {
        return format!("the server's certificate is not valid for {expected}, and has no names");
    }
    format!(
        "the server's certificate is not valid for {expected}, but for {}; set one of these names with \
         --tls-server-name",
        names.join(", ")
    )
}

/// The date of a certificate, as a sentence with the time of this machine, which may be what is wrong.
fn of_dates(what: &str, at: UnixTime, now: UnixTime) -> Option<String> {
    let date = |it: UnixTime| {
        let seconds = i64::try_from(it.as_secs()).ok()?;
        Timestamp::from_second(seconds).ok()
    };
    let (at, now) = (date(at)?, date(now)?);
    Some(format!("the server's certificate {what} {at}; the clock of this machine shows {now}"))
}

/// The error of the TLS library among an error and its causes. `io::Error` leaves the error that it wraps out of its
/// causes.
fn of_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut all = std::iter::successors(Some(error), |it| (**it).source());
    all.find_map(|it| {
        it.downcast_ref().or_else(|| {
            let inner = it.downcast_ref::<io::Error>()?.get_ref()?;
            let inner: &'a (dyn Error + 'static) = inner;
            of_tls(inner)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_explained_by_any_of_its_causes() {
        let date = |seconds| UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds));
        let expected = ServerName::try_from("h").unwrap();
        let presented = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect();
        for (fault, words) in [
            (CertificateError::UnknownIssuer, "is not signed by"),
            (
                CertificateError::ExpiredContext { time: date(86_400), not_after: date(0) },
                "expired at 1970-01-01T00:00:00Z; the clock of this machine shows 1970-01-02T00:00:00Z",
            ),
            (
                CertificateError::NotValidYetContext { time: date(0), not_before: date(86_400) },
                "is not valid before 1970-01-02T00:00:00Z; the clock",
            ),
            (CertificateError::BadEncoding, "is not valid, or has an extension or a signature"),
            (
                CertificateError::NotValidForNameContext {
                    expected: expected.clone(),
                    presented: presented(&["DnsName(\"a.example\")", "IpAddress(192.0.2.1)"]),
                },
                "is not valid for h, but for a.example, 192.0.2.1; set one of these names with",
            ),
            (
                CertificateError::NotValidForNameContext { expected, presented: presented(&[]) },
                "is not valid for h, and has no names",
            ),
        ] {
            let inner = io::Error::other(rustls::Error::InvalidCertificate(fault));
            let told = explain(&io::Error::other(inner)).unwrap_or_default();
            assert!(told.contains(words), "{told}");
        }
        assert_eq!(explain(&io::Error::other("Connection refused")), None);
    }
}
