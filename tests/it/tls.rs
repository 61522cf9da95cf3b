//! The service speaks TLS itself, with a certificate from files that may change.
//!
//! `tls/` holds two certificates for `localhost` and the authority that signed both; its key was
//! thrown away, and nothing but these tests trusts it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::fixture::demo;
use crate::harness::Sandbox;
use crate::harness::sandbox::PASSWORD;

fn pem(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/tls");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn certificate(name: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem(name).as_bytes()).unwrap()
}

/// Puts a certificate and its key where the settings say.
fn install(sandbox: &Sandbox, name: &str) {
    std::fs::write(sandbox.data().join("tls.key"), pem(&format!("{name}.key"))).unwrap();
    std::fs::write(sandbox.data().join("tls.pem"), pem(&format!("{name}.pem"))).unwrap();
}

async fn prepared(settings: &str) -> Sandbox {
    let sandbox = Sandbox::new().await;
    std::fs::create_dir_all(sandbox.data()).unwrap();
    std::fs::write(sandbox.data().join("sajeon.toml"), settings).unwrap();
    install(&sandbox, "first");
    sandbox
}

const SETTINGS: &str = "[edge]\ntls_certificate = \"tls.pem\"\ntls_key = \"tls.key\"\n";

struct Served {
    child: Child,
    address: String,
    /// Kept open: it prints more than its address.
    _printed: BufReader<ChildStdout>,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    async fn start(sandbox: &Sandbox) -> Self {
        let content = demo().write(&sandbox.path("content"));
        let log = std::fs::File::create(sandbox.path("service.log")).unwrap();
        let mut command = sandbox.program();
        command.args(["serve", "--listen", "127.0.0.1:0", "--content"]).arg(content);
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        let mut printed = BufReader::new(child.stdout.take().unwrap());
        printed.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on https://").unwrap().to_owned();
        let served = Self { child, address, _printed: printed };
        for _ in 0..600 {
            if served.get("/readyz", "").await.is_ok_and(|(_, text)| text.contains(" 200 ")) {
                return served;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("not ready");
    }

    /// One request; the certificate that the service showed, and the whole answer.
    async fn send(&self, head: &str, body: &str) -> std::io::Result<(Vec<u8>, String)> {
        let mut roots = RootCertStore::empty();
        roots.add(certificate("ca.pem")).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let stream = TcpStream::connect(&self.address).await?;
        let name = ServerName::try_from("localhost").unwrap();
        let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
        let shown = stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
        let request = format!(
            "{head} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n\
             content-type: application/x-www-form-urlencoded\r\nsec-fetch-site: same-origin\r\n\
             \r\n{body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        // The end without a farewell is an end as well.
        let _ = stream.read_to_end(&mut answer).await;
        Ok((shown, String::from_utf8_lossy(&answer).into_owned()))
    }

    async fn get(&self, path: &str, body: &str) -> std::io::Result<(Vec<u8>, String)> {
        self.send(&format!("GET {path}"), body).await
    }
}

#[tokio::test]
async fn pages_come_over_tls_with_a_cookie_for_this_host_alone() {
    let sandbox = prepared(SETTINGS).await;
    sandbox.person("minji", "owner", None);
    let served = Served::start(&sandbox).await;
    let (shown, page) = served.get("/p/demo", "").await.unwrap();
    assert_eq!(shown, certificate("first.pem").to_vec());
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    let lower = page.to_lowercase();
    assert!(lower.contains("strict-transport-security: max-age=31536000"), "{page}");
    let form = format!("name=minji&password={}", PASSWORD.replace(' ', "+"));
    let (_, answer) = served.send("POST /sign-in", &form).await.unwrap();
    let cookie = answer.lines().find(|line| line.to_lowercase().starts_with("set-cookie:"));
    let cookie = cookie.unwrap_or_else(|| panic!("{answer}"));
    assert!(cookie.contains("__Host-sajeon=") && cookie.contains("; Secure"), "{cookie}");
    assert!(cookie.contains("Path=/") && !cookie.contains("Domain"), "{cookie}");
    // Plain HTTP gets no page, and no cookie crosses in the clear.
    let mut plain = TcpStream::connect(&served.address).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP/1.1"), "{answer:?}");
}

#[tokio::test]
async fn a_renewed_certificate_is_used_and_a_broken_one_is_not() {
    let sandbox = prepared(SETTINGS).await;
    let served = Served::start(&sandbox).await;
    let shows = async |name: &str| {
        let wanted = certificate(name).to_vec();
        for _ in 0..100 {
            if served.get("/healthz", "").await.unwrap().0 == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        panic!("{name} never came into use");
    };
    shows("first.pem").await;
    install(&sandbox, "second");
    shows("second.pem").await;
    // One that does not go with its key, and half a file, change nothing.
    for text in [pem("first.pem"), pem("first.pem")[..200].to_owned(), String::new()] {
        std::fs::write(sandbox.data().join("tls.pem"), text).unwrap();
        tokio::time::sleep(Duration::from_secs(3)).await;
        shows("second.pem").await;
    }
    let log = std::fs::read_to_string(sandbox.path("service.log")).unwrap();
    assert!(log.contains("the old certificate stays"), "{log}");
}

#[tokio::test]
async fn what_cannot_be_used_is_said_before_anything_listens() {
    let only = "[edge]\ntls_certificate = \"tls.pem\"\n";
    let absent = "[edge]\ntls_certificate = \"nothing.pem\"\ntls_key = \"tls.key\"\n";
    let swapped = "[edge]\ntls_certificate = \"tls.key\"\ntls_key = \"tls.pem\"\n";
    for (settings, said) in [(only, "tls_key"), (absent, "nothing.pem"), (swapped, "tls.key")] {
        let sandbox = prepared(settings).await;
        let ran = sandbox.cli(&["serve", "--listen", "127.0.0.1:0"]).exits(2).says(said);
        assert!(!ran.stdout.contains("listening"), "{ran}");
    }
}
