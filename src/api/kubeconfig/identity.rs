//! The client certificate and the key of a user, judged before kube takes them: kube's errors name neither the user
//! nor the file, and call many things by the same name.

use std::io;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kube::config::AuthInfo;
use rustls::crypto::ring;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, Error};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::ExposeSecret;

use super::fault::KubeconfigFault;
use super::named_file::{place, unread};

/// Why a client certificate and a key cannot be used. The text goes on behind the name of the thing.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum IdentityFault {
    /// The certificate.
    Certificate(String),
    /// The key.
    Key(String),
}

impl IdentityFault {
    /// A sentence about what a program returned.
    pub(crate) fn of_answer(&self) -> String {
        match self {
            Self::Certificate(why) => format!("a client certificate that {why}"),
            Self::Key(why) => format!("a client key that {why}"),
        }
    }
}

/// Reads the client certificate and the key of a user whose fields were checked, and puts them into the fields of
/// the user that hold data.
///
/// # Errors
/// When they cannot be read or used.
pub(crate) fn read_identity(name: &str, user: &mut AuthInfo) -> Result<(), KubeconfigFault> {
    if user.client_certificate.is_none() && user.client_certificate_data.is_none() {
        return Ok(());
    }
    let fault = |field: &str, path: &Option<String>, why| {
        let data = if path.is_some() { "" } else { "-data" };
        let place = place(&user.other, &format!("{field}{data}"), name);
        KubeconfigFault::Identity(place, path.as_ref().map(PathBuf::from), why)
    };
    let read = |what, field, path: &Option<String>, data: Option<&str>| {
        let Some(path) = path else {
            return Ok(STANDARD.decode(data.unwrap_or_default()).unwrap_or_default());
        };
        std::fs::read(path).map_err(|error| match error.kind() {
            io::ErrorKind::IsADirectory => {
                fault(field, &Some(path.clone()), "is a directory".to_owned())
            }
            _ => unread(what, field, path, &user.other, &error),
        })
    };
    let (of_certificate, of_key) = (&user.client_certificate, &user.client_key);
    let data = user.client_certificate_data.as_deref();
    let certificate = read("client certificate", "client-certificate", of_certificate, data)?;
    let data = user.client_key_data.as_ref().map(ExposeSecret::expose_secret);
    let key = read("client key", "client-key", of_key, data)?;
    let (certificates, key) = judge(&certificate, &key).map_err(|it| match it {
        IdentityFault::Certificate(why) => fault("client-certificate", of_certificate, why),
        IdentityFault::Key(why) => fault("client-key", of_key, why),
    })?;
    let chain: String = certificates.iter().map(|it| pem("CERTIFICATE", it)).collect();
    let label = match &key {
        PrivateKeyDer::Pkcs1(_) => "RSA PRIVATE KEY",
        PrivateKeyDer::Sec1(_) => "EC PRIVATE KEY",
        _ => "PRIVATE KEY",
    };
    user.client_certificate_data = Some(STANDARD.encode(chain));
    user.client_key_data = Some(STANDARD.encode(pem(label, key.secret_der())).into());
    (user.client_certificate, user.client_key) = (None, None);
    Ok(())
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", STANDARD.encode(der))
}

/// A chain of certificates and the key of the first one.
pub(crate) type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Reads a client certificate and its key, in PEM: all certificates of the one text, and the first key of the other,
/// as Go's `X509KeyPair` does.
pub(crate) fn judge(certificate: &[u8], key: &[u8]) -> Result<Identity, IdentityFault> {
    let blocks = CertificateDer::pem_slice_iter(certificate).filter_map(Result::ok);
    let chain: Vec<_> = blocks.map(CertificateDer::into_owned).collect();
    if chain.is_empty() {
        return Err(IdentityFault::Certificate(without_certificate(certificate)));
    }
    let Ok(key) = PrivateKeyDer::from_pem_slice(key) else {
        return Err(IdentityFault::Key(without_key(key)));
    };
    let provider = ring::default_provider();
    match CertifiedKey::from_der(chain.clone(), key.clone_key(), &provider) {
        Ok(_) => Ok((chain, key)),
        Err(Error::InconsistentKeys(_)) => Err(IdentityFault::Key(
            "is not the key of the client certificate: get the certificate and the key again from whoever \
             issued them, or log in again"
                .to_owned(),
        )),
        Err(Error::InvalidCertificate(why)) => {
            Err(IdentityFault::Certificate(of_certificate(&why).to_owned()))
        }
        Err(_) => Err(IdentityFault::Key(of_key(key.secret_der()).to_owned())),
    }
}

fn without_certificate(text: &[u8]) -> String {
    let why = if text.trim_ascii().is_empty() {
        "is empty"
    } else if text.starts_with(&[0x30]) {
        "is in DER: convert the certificate to PEM with openssl x509 -inform DER"
    } else if has(text, "PRIVATE KEY-----") {
        "has a private key and no certificate: the certificate and the key may be exchanged"
    } else if has(text, "-----BEGIN CERTIFICATE-----") {
        "has a certificate in PEM that is damaged"
    } else {
        "has no certificate in PEM"
    };
    why.to_owned()
}

fn without_key(text: &[u8]) -> String {
    let is_encrypted = has(text, "-----BEGIN ENCRYPTED PRIVATE KEY-----")
        || (has(text, "Proc-Type:") && has(text, "ENCRYPTED"));
    let why = if text.trim_ascii().is_empty() {
        "is empty"
    } else if is_encrypted {
        "is encrypted with a passphrase, for which neither kubectl nor oc-etcd asks: write a key without a \
         passphrase with openssl pkey -in KEY -out NEW-KEY"
    } else if has(text, "-----BEGIN OPENSSH PRIVATE KEY-----") {
        "has a key in the format of OpenSSH, and not in PEM (PKCS #8, PKCS #1 or SEC 1)"
    } else if text.starts_with(&[0x30]) {
        "is in DER: convert the key to PEM with openssl pkey -inform DER"
    } else if has(text, "PRIVATE KEY-----") {
        "has a private key in PEM that is damaged"
    } else if has(text, "-----BEGIN CERTIFICATE-----") {
        "has a certificate and no private key: the certificate and the key may be exchanged"
    } else {
        "has no private key in PEM"
    };
    why.to_owned()
}

fn has(text: &[u8], words: &str) -> bool {
    text.windows(words.len()).any(|it| it == words.as_bytes())
}

/// Returns why a certificate in PEM cannot be used.
fn of_certificate(why: &CertificateError) -> &'static str {
    if format!("{why:?}").contains("UnsupportedCertVersion") {
        "is X.509 v1, which rustls does not support: reissue the certificate as v3, which requires an extension \
         (openssl x509 -req -extfile)"
    } else {
        "is not a valid X.509 certificate"
    }
}

/// Returns why a key in PEM cannot be used.
fn of_key(der: &[u8]) -> &'static str {
    /// The object identifier of the curve: 1.3.132.0.35.
    const P521: [u8; 7] = [0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23];
    if der.windows(P521.len()).any(|it| it == P521) {
        "is of the elliptic curve P-521: the TLS library of oc-etcd does not support this curve; issue a certificate \
         with an RSA key or a key of P-256 or P-384, or use a token"
    } else {
        "is damaged or not supported: oc-etcd supports RSA keys of at least 2048 bits, ECDSA keys of the curves \
         P-256 and P-384, and Ed25519 keys"
    }
}

#[cfg(test)]
mod tests {
    use oc_etcd_lab::certificates::Authority;

    use super::*;

    fn told(certificate: &str, key: &str) -> String {
        let fault = judge(certificate.as_bytes(), key.as_bytes()).err();
        fault.map(|it| it.of_answer()).unwrap_or_default()
    }

    #[test]
    fn what_is_wrong_with_a_client_certificate_or_its_key_is_told() {
        let authority = Authority::new().unwrap();
        let user = authority.user("me", None).unwrap();
        let other = authority.user("me", None).unwrap();
        let (good, key) = (&*user.certificate, &*user.key);
        assert_eq!(told(good, key), "");
        assert_eq!(told(&format!("Bag Attributes\n{good}{}", authority.certificate()), key), "");
        let version_1 = user.as_version_1().unwrap();
        let block = |label: &str, text: &str| {
            format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
        };
        let old = "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA";
        let p521 = [0x30, 0x09, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23];
        for (certificate, key, expected) in [
            ("", key, "certificate that is empty"),
            ("\n", key, "certificate that is empty"),
            ("CANARY", key, "certificate that has no certificate in PEM"),
            ("0\u{1}CANARY", key, "certificate that is in DER"),
            (key, good, "certificate that has a private key and no certificate"),
            (&block("CERTIFICATE", "CANARY!"), key, "certificate that has a certificate in PEM"),
            (&block("CERTIFICATE", "AAAA"), key, "certificate that is not a valid X.509"),
            (&version_1.certificate, key, "certificate that is X.509 v1"),
            (good, "", "key that is empty"),
            (good, "CANARY", "key that has no private key in PEM"),
            (good, "0\u{1}CANARY", "key that is in DER"),
            (good, good, "key that has a certificate and no private key"),
            (good, &block("PRIVATE KEY", "CANARY!"), "key that has a private key in PEM that is"),
            (good, &block("ENCRYPTED PRIVATE KEY", "AAAA"), "key that is encrypted"),
            (good, &block("RSA PRIVATE KEY", old), "key that is encrypted"),
            (good, &block("OPENSSH PRIVATE KEY", "AAAA"), "key that has a key in the format of"),
            (good, &block("PRIVATE KEY", "AAAA"), "key that is damaged or not supported"),
            (good, &block("PRIVATE KEY", &STANDARD.encode(p521)), "key that is of the elliptic"),
            (good, &other.key, "key that is not the key of the client certificate"),
        ] {
            let told = told(certificate, key);
            let begins = format!("a client {expected}");
            assert!(told.starts_with(&begins) && !told.contains("CANARY"), "{expected}: {told}");
        }
    }

    #[test]
    fn an_error_names_the_field_and_the_file_and_no_value() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("me.key").display().to_string();
        let authority = Authority::new().unwrap();
        let certificate = STANDARD.encode(authority.user("me", None).unwrap().certificate);
        let mut others = super::super::named_file::Others::default();
        super::super::named_file::note_file(&mut others, std::path::Path::new("/k/config"));
        let fault = |fill: &dyn Fn(&mut AuthInfo)| {
            let mut user = AuthInfo {
                client_certificate_data: Some(certificate.clone()),
                other: others.clone(),
                ..AuthInfo::default()
            };
            fill(&mut user);
            read_identity("u", &mut user).unwrap_err().to_string()
        };
        let told = fault(&|it| it.client_key_data = Some(STANDARD.encode("CANARY").into()));
        assert_eq!(told, "client-key-data of user \"u\" in /k/config has no private key in PEM");
        std::fs::write(&file, "CANARY").unwrap();
        let told = fault(&|it| it.client_key = Some(file.clone()));
        let names = format!("client-key of user \"u\" in /k/config names {file}, which has no");
        assert!(told.starts_with(&names), "{told}");
        let told = fault(&|it| it.client_key = Some(directory.path().display().to_string()));
        assert!(told.ends_with("which is a directory"), "{told}");
        let told = fault(&|it| {
            it.client_key = Some(file.clone());
            super::super::note_place(&mut it.other, "client-key", "--client-key".to_owned());
        });
        assert!(told.starts_with(&format!("--client-key names {file}, which")), "{told}");
    }
}
