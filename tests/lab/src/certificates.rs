//! The certificates of one control plane: its own authority, the API server's
//! serving certificate, the key for service account tokens, and one client
//! certificate per user. All are X.509 v3; rustls refuses older ones.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

/// A certificate with its private key, both in PEM.
pub struct Identity {
    /// The certificate.
    pub certificate: String,
    /// The private key of the certificate.
    pub key: String,
}

/// The authority that signs everything in one control plane.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate: String,
}

impl Authority {
    /// Makes a new authority.
    pub fn new() -> Result<Self> {
        Self::named("oc-etcd-lab")
    }

    /// Makes a new authority of another name.
    pub fn named(name: &str) -> Result<Self> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?.pem();
        Ok(Self { issuer: Issuer::new(params, key), certificate })
    }

    /// The authority's own certificate in PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Signs a serving certificate for the given names and addresses.
    pub fn serving(&self, names: &[&str]) -> Result<Identity> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, "kube-apiserver");
        self.sign(params, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// Signs a serving certificate that expired years ago.
    pub fn expired(&self, name: &str) -> Result<Identity> {
        let mut params = CertificateParams::new(vec![name.to_owned()])?;
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(2021, 1, 1);
        self.sign(params, ExtendedKeyUsagePurpose::ServerAuth)
    }

    /// Signs a client certificate for a user, perhaps a member of a group.
    pub fn user(&self, name: &str, group: Option<&str>) -> Result<Identity> {
        let mut params = CertificateParams::default();
        if let Some(group) = group {
            params.distinguished_name.push(DnType::OrganizationName, group);
        }
        params.distinguished_name.push(DnType::CommonName, name);
        self.sign(params, ExtendedKeyUsagePurpose::ClientAuth)
    }

    /// Signs a client certificate that expired long ago.
    pub fn expired_user(&self, name: &str) -> Result<Identity> {
        let mut params = CertificateParams::default();
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
        params.distinguished_name.push(DnType::CommonName, name);
        self.sign(params, ExtendedKeyUsagePurpose::ClientAuth)
    }

    fn sign(
        &self,
        mut params: CertificateParams,
        purpose: ExtendedKeyUsagePurpose,
    ) -> Result<Identity> {
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![purpose];
        let key = KeyPair::generate()?;
        Ok(Identity {
            certificate: params.signed_by(&key, &self.issuer)?.pem(),
            key: key.serialize_pem(),
        })
    }
}

impl Identity {
    /// The same as a certificate of X.509 version 1, which OpenSSL makes when it
    /// is given no extensions. Its signature no longer holds.
    pub fn as_version_1(&self) -> Result<Identity> {
        let der = pem_body(&self.certificate)?;
        let certificate = Element::parse(&der).context("no certificate")?;
        let signed = Element::parse(certificate.body).context("no certificate")?;
        let signature = &certificate.body[signed.length..];
        let mut fields = Vec::new();
        let mut rest = signed.body;
        while let Some(field) = Element::parse(rest) {
            let whole = &rest[..field.length];
            // [0] is the version, which is 1 where it is left out; [3] are the extensions.
            if ![0xa0, 0xa3].contains(&field.tag) {
                fields.extend_from_slice(whole);
            }
            rest = &rest[field.length..];
        }
        let body = [sequence(&fields), signature.to_vec()].concat();
        let text = STANDARD.encode(sequence(&body));
        let certificate = format!("{BEGIN}\n{text}\n{END}\n");
        Ok(Identity { certificate, key: self.key.clone() })
    }
}

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

fn pem_body(pem: &str) -> Result<Vec<u8>> {
    let text: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    Ok(STANDARD.decode(text)?)
}

/// An element of DER: a tag, a length of one to three bytes, a body.
struct Element<'a> {
    tag: u8,
    body: &'a [u8],
    /// Of all of it.
    length: usize,
}

impl<'a> Element<'a> {
    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (head, size) = match *bytes.get(1)? {
            0x81 => (3, usize::from(*bytes.get(2)?)),
            0x82 => (4, usize::from(*bytes.get(2)?) * 256 + usize::from(*bytes.get(3)?)),
            short => (2, usize::from(short)),
        };
        Some(Self { tag: bytes[0], body: bytes.get(head..head + size)?, length: head + size })
    }
}

/// A sequence, its length in as few bytes as DER demands.
fn sequence(body: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes();
    let head = match (high, low) {
        (0, ..0x80) => vec![0x30, low],
        (0, _) => vec![0x30, 0x81, low],
        _ => vec![0x30, 0x82, high, low],
    };
    [head.as_slice(), body].concat()
}

/// The files that the API server reads its keys from.
pub struct ServerFiles {
    /// The authority's certificate.
    pub authority: PathBuf,
    /// The serving certificate.
    pub certificate: PathBuf,
    /// The serving certificate's key.
    pub key: PathBuf,
    /// The key that signs service account tokens.
    pub token_key: PathBuf,
    /// The public half of it, which checks them.
    pub token_public_key: PathBuf,
}

impl ServerFiles {
    /// Makes the server's keys and writes them into a directory.
    pub fn write(authority: &Authority, directory: &Path) -> Result<Self> {
        let serving = authority.serving(&["127.0.0.1", "localhost", "kubernetes.default.svc"])?;
        let token_key = KeyPair::generate()?;
        let file = |name: &str, text: &str| {
            let path = directory.join(name);
            std::fs::write(&path, text)
                .with_context(|| format!("write {}", path.display()))
                .map(|()| path)
        };
        Ok(Self {
            authority: file("ca.crt", authority.certificate())?,
            certificate: file("apiserver.crt", &serving.certificate)?,
            key: file("apiserver.key", &serving.key)?,
            token_key: file("service-account.key", &token_key.serialize_pem())?,
            token_public_key: file("service-account.pub", &token_key.public_key_pem())?,
        })
    }
}
