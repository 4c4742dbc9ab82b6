//! The server's certificate, and changing it while it serves.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::process::Signal;

use super::support::{Scratch, Server};

/// How often a connection is tried before it is said that the new pair never came.
const TRIES: usize = 2_000;

/// A certificate for this machine, and its key, written over what was there.
fn issue(files: &(PathBuf, PathBuf)) -> reqwest::Certificate {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let made = rcgen::generate_simple_self_signed(names).unwrap();
    write(&files.1, &made.signing_key.serialize_pem());
    write(&files.0, &made.cert.pem());
    reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap()
}

fn write(file: &Path, text: &str) {
    std::fs::write(file, text).unwrap();
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// Whether a new connection that trusts nothing but this certificate is answered.
fn answers(server: &Server, certificate: &reqwest::Certificate) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let client = reqwest::Client::builder()
        .tls_certs_only([certificate.clone()])
        .no_proxy()
        .build()
        .unwrap();
    let asked = client.get(format!("{}/healthz", server.url())).send();
    runtime
        .block_on(asked)
        .is_ok_and(|answer| answer.status() == 200)
}

/// A pair that was renewed is taken up at SIGHUP; one that can't be read leaves the old one in force.
#[test]
fn sighup_takes_up_a_renewed_certificate_and_a_bad_one_changes_nothing() {
    let scratch = Scratch::with_tenant();
    let files = (
        scratch.path().join("cert.pem"),
        scratch.path().join("key.pem"),
    );
    let first = issue(&files);
    let (cert, key) = (files.0.to_str().unwrap(), files.1.to_str().unwrap());
    let server = scratch.serve_with(&["--tls-cert", cert, "--tls-key", key]);
    assert!(server.url().starts_with("https://"), "{}", server.url());
    assert!(answers(&server, &first));

    let second = issue(&files);
    assert!(!answers(&server, &second), "before it is told to");
    server.signal(Signal::HUP);
    let taken_up = |certificate| (0..TRIES).any(|_| answers(&server, certificate));
    assert!(taken_up(&second));
    assert!(!answers(&server, &first), "the old one is gone");

    write(&files.0, "no certificate");
    server.signal(Signal::HUP);
    assert!(answers(&server, &second));
    // Signals are heard one after the other: once the next is, that one was.
    let third = issue(&files);
    server.signal(Signal::HUP);
    assert!(taken_up(&third));
}
