//! The certificates of one control plane: its own authority, the API server's
//! serving certificate, the key for service account tokens, and one client
//! certificate per user. All are X.509 v3; rustls refuses older ones.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
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
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "oc-etcd-lab");
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
