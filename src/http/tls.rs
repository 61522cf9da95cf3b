//! TLS with a certificate from files, which are read again when they change.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::Edge;

/// How often the files are looked at. A renewed certificate is in use this long after it was
/// written; connections that are open go on.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds nothing of that kind.
    #[error("{path}: {message}")]
    File {
        /// Which file.
        path: String,
        /// What is wrong.
        message: String,
    },
    /// Certificate and key do not go together, or are of a kind that is not spoken.
    #[error("the certificate cannot be used: {0}")]
    Unusable(#[from] rustls::Error),
}

/// A certificate with its key, as they stand in their files.
#[derive(Debug)]
pub struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    config: ArcSwap<ServerConfig>,
}

/// When and how large both files were.
type Stamp = [Option<(SystemTime, u64)>; 2];

impl Certificate {
    /// The certificate that the settings name, if they name one.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn of(edge: &Edge) -> Result<Option<Self>, TlsError> {
        let (Some(chain), Some(key)) = (&edge.tls_certificate, &edge.tls_key) else {
            return Ok(None);
        };
        let config = ArcSwap::from_pointee(read(chain, key)?);
        Ok(Some(Self { chain: chain.clone(), key: key.clone(), config }))
    }

    /// What answers the next connection.
    pub fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.config.load_full())
    }

    /// Takes the files over whenever they change, until `stopped`. While they cannot be used the
    /// certificate from before stays.
    pub async fn follow(self: Arc<Self>, stopped: impl Future<Output = ()>) {
        let mut seen = self.stamp();
        let mut look = tokio::time::interval(LOOK_EVERY);
        tokio::pin!(stopped);
        loop {
            tokio::select! {
                () = &mut stopped => return,
                _ = look.tick() => {}
            }
            let stamp = self.stamp();
            if stamp == seen {
                continue;
            }
            // Also when it fails: the second of two files is written in a moment, and changes it.
            seen = stamp;
            match read(&self.chain, &self.key) {
                Ok(config) => {
                    self.config.store(Arc::new(config));
                    tracing::info!("the new certificate is in use");
                }
                Err(error) => tracing::error!(%error, "the old certificate stays: {error}"),
            }
        }
    }

    fn stamp(&self) -> Stamp {
        [&self.chain, &self.key].map(|path| {
            let found = std::fs::metadata(path).ok()?;
            Some((found.modified().ok()?, found.len()))
        })
    }
}

fn read(chain: &Path, key: &Path) -> Result<ServerConfig, TlsError> {
    let wrong =
        |path: &Path, message: String| TlsError::File { path: path.display().to_string(), message };
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(chain)
        .and_then(Iterator::collect)
        .map_err(|error| wrong(chain, error.to_string()))?;
    if certificates.is_empty() {
        return Err(wrong(chain, "holds no certificate in PEM".to_owned()));
    }
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, error.to_string()))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
