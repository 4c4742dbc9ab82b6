//! The certificate and key of the server, and taking connections with them.
//!
//! Both files are read at the start and anew at each SIGHUP; what is wrong then leaves the old pair in
//! force. A key that others on the machine can read is refused (T-59).

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::failure::Failure;
use crate::secret_file;

/// Where the certificate and its key are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    /// The certificate chain, the server's own first, as PEM.
    pub(crate) certificate: PathBuf,
    /// Its private key, as PEM.
    pub(crate) key: PathBuf,
}

/// What connections are taken with.
pub(crate) struct Tls {
    files: TlsFiles,
    config: RwLock<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads the pair.
    pub(crate) fn load(files: TlsFiles) -> Result<Self, Failure> {
        let config = RwLock::new(read(&files)?);
        Ok(Self { files, config })
    }

    /// Reads the pair anew; connections that come from now on get it.
    pub(crate) fn reload(&self) -> Result<(), Failure> {
        let fresh = read(&self.files)?;
        *self.config.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// What the next connection is taken with.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let config = self.config.read().unwrap_or_else(PoisonError::into_inner);
        TlsAcceptor::from(Arc::clone(&config))
    }
}

fn read(files: &TlsFiles) -> Result<Arc<ServerConfig>, Failure> {
    let wrong =
        |file: &Path, what: &str| Failure::usage(format!("the file `{}` {what}", file.display()));
    secret_file::check(&files.key, "key")?;
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(&files.certificate, &format!("can't be read: {error}")))?;
    if chain.is_empty() {
        return Err(wrong(&files.certificate, "holds no certificate")
            .hint("give --tls-cert a file in PEM form: -----BEGIN CERTIFICATE-----"));
    }
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| wrong(&files.key, &format!("holds no private key: {error}")))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(
        rustls::crypto::aws_lc_rs::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .map_err(|error| Failure::new(format!("TLS can't be set up: {error}")))?
    .with_no_client_auth()
    .with_single_cert(chain, key)
    .map_err(|error| {
        wrong(
            &files.key,
            &format!("does not go with the certificate: {error}"),
        )
    })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
