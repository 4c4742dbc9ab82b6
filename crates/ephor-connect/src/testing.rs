//! A mail server for tests: it speaks SMTP on loopback, keeps what it is given, and misbehaves on request.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How the server takes connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// With TLS from the first byte.
    Tls,
    /// It offers TLS.
    StartTls,
    /// It knows no TLS.
    None,
}

/// What the server does wrong on one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bad {
    /// It hangs up at once.
    HangsUp,
    /// It speaks another language.
    Garbage,
    /// It says nothing at all.
    Silent,
    /// It answers this in the place of a greeting.
    Greets(&'static str),
    /// It answers this to a login.
    OnLogin(&'static str),
    /// It answers this to the sender.
    OnSender(&'static str),
    /// It answers this to a recipient.
    OnRecipient(&'static str),
    /// It answers this to the letter, and does not keep it.
    OnLetter(&'static str),
    /// It keeps the letter and hangs up without a word.
    KeepsAndHangsUp,
}

/// A letter as the server got it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// The message, headers and all.
    pub bytes: Vec<u8>,
    /// The login that came before it, as it was sent: base64.
    pub login: Option<String>,
    /// Whether it came over TLS.
    pub over_tls: bool,
}

/// The server; it stops when it is dropped.
pub struct Receiver {
    address: SocketAddr,
    shared: Arc<Shared>,
    root: Option<(Vec<u8>, String)>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Kept {
    letters: Vec<Received>,
    script: VecDeque<Bad>,
    connections: usize,
    /// Everything that was said to the server in the clear.
    heard: Vec<String>,
}

struct Shared {
    kept: Mutex<Kept>,
    more: Condvar,
    ended: AtomicBool,
    protection: Protection,
    tls: Option<Arc<ServerConfig>>,
}

impl Shared {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Receiver {
    /// A server on a free port of loopback.
    pub fn start(protection: Protection) -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), protection)
    }

    /// A server at this address.
    pub fn start_at(address: SocketAddr, protection: Protection) -> Self {
        let listener = TcpListener::bind(address).expect("loopback has a free port");
        let address = listener.local_addr().expect("it is bound");
        let (tls, root) = match protection {
            Protection::None => (None, None),
            Protection::Tls | Protection::StartTls => {
                let (config, root) = certificate();
                (Some(config), Some(root))
            }
        };
        let shared = Arc::new(Shared {
            kept: Mutex::default(),
            more: Condvar::new(),
            ended: AtomicBool::new(false),
            protection,
            tls,
        });
        let thread = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || listen(&listener, &shared)
        });
        Self {
            address,
            shared,
            root,
            thread: Some(thread),
        }
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The certificate (DER) that its own comes from; it is for `localhost`.
    pub fn root(&self) -> Option<Vec<u8>> {
        self.root.as_ref().map(|(der, _)| der.clone())
    }

    /// The same as PEM.
    pub fn root_pem(&self) -> Option<&str> {
        self.root.as_ref().map(|(_, pem)| pem.as_str())
    }

    /// What it does wrong on the next connections, one each.
    pub fn misbehave(&self, script: impl IntoIterator<Item = Bad>) {
        self.shared.kept().script.extend(script);
    }

    /// What it has got.
    pub fn letters(&self) -> Vec<Received> {
        self.shared.kept().letters.clone()
    }

    /// How often somebody connected.
    pub fn connections(&self) -> usize {
        self.shared.kept().connections
    }

    /// What was said to it in the clear.
    pub fn heard(&self) -> Vec<String> {
        self.shared.kept().heard.clone()
    }

    /// What it has got once there are so many letters, or what there is after `patience`.
    pub fn wait_for(&self, letters: usize, patience: Duration) -> Vec<Received> {
        let kept = self.shared.kept();
        let (kept, _) = self
            .shared
            .more
            .wait_timeout_while(kept, patience, |kept| kept.letters.len() < letters)
            .unwrap_or_else(PoisonError::into_inner);
        kept.letters.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.ended.store(true, Ordering::SeqCst);
        // It waits for a connection: this one is the last.
        drop(TcpStream::connect(self.address));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A certificate for `localhost` that speaks for itself, as DER and PEM.
fn certificate() -> (Arc<ServerConfig>, (Vec<u8>, String)) {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()])
        .expect("a certificate can be made");
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the usual versions")
        .with_no_client_auth()
        .with_single_cert(vec![own.cert.der().clone()], key)
        .expect("the key goes with the certificate");
    (Arc::new(config), (own.cert.der().to_vec(), own.cert.pem()))
}

fn listen(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.ended.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let shared = Arc::clone(shared);
        std::thread::spawn(move || {
            // Whoever hangs up in the middle has ended the talk.
            let _ = talk(stream, &shared);
        });
    }
}

enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Wire {
    fn over_tls(stream: TcpStream, shared: &Shared) -> io::Result<Self> {
        let config = shared.tls.clone().ok_or(io::ErrorKind::Unsupported)?;
        let connection = ServerConnection::new(config).map_err(io::Error::other)?;
        Ok(Self::Tls(Box::new(StreamOwned::new(connection, stream))))
    }

    fn say(&mut self, line: &str) -> io::Result<()> {
        let bytes = format!("{line}\r\n");
        match self {
            Self::Plain(stream) => stream.write_all(bytes.as_bytes()),
            Self::Tls(stream) => {
                stream.write_all(bytes.as_bytes())?;
                stream.flush()
            }
        }
    }

    /// The next line without its end.
    fn hear(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        loop {
            let mut byte = [0];
            match self {
                Self::Plain(stream) => stream.read_exact(&mut byte)?,
                Self::Tls(stream) => stream.read_exact(&mut byte)?,
            }
            line.push(byte[0]);
            if line.ends_with(b"\r\n") {
                line.truncate(line.len() - 2);
                return Ok(line);
            }
        }
    }
}

fn talk(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let bad = {
        let mut kept = shared.kept();
        kept.connections += 1;
        kept.script.pop_front()
    };
    let mut wire = match shared.protection {
        Protection::Tls => Wire::over_tls(stream, shared)?,
        Protection::StartTls | Protection::None => Wire::Plain(stream),
    };
    match bad {
        Some(Bad::HangsUp) => return Ok(()),
        Some(Bad::Garbage) => {
            wire.say("HTTP/1.1 400 Bad Request\r\n")?;
            return wire.hear().map(drop);
        }
        // Until the other side has had enough.
        Some(Bad::Silent) => loop {
            wire.hear()?;
        },
        Some(Bad::Greets(other)) => {
            wire.say(other)?;
            return wire.hear().map(drop);
        }
        Some(_) | None => wire.say("220 localhost ESMTP")?,
    }
    let mut letter = Received {
        from: String::new(),
        to: Vec::new(),
        bytes: Vec::new(),
        login: None,
        over_tls: shared.protection == Protection::Tls,
    };
    loop {
        let line = String::from_utf8_lossy(&wire.hear()?).into_owned();
        if !letter.over_tls {
            shared.kept().heard.push(line.clone());
        }
        let command = line.to_ascii_uppercase();
        match command.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => {
                wire.say("250-localhost")?;
                if shared.protection == Protection::StartTls && !letter.over_tls {
                    wire.say("250-STARTTLS")?;
                }
                wire.say("250 AUTH PLAIN")?;
            }
            "STARTTLS" => {
                wire.say("220 go ahead")?;
                wire = match wire {
                    Wire::Plain(stream) => Wire::over_tls(stream, shared)?,
                    Wire::Tls(_) => return Ok(()),
                };
                letter.over_tls = true;
            }
            "AUTH" => {
                letter.login = line.rsplit(' ').next().map(str::to_owned);
                wire.say(match bad {
                    Some(Bad::OnLogin(answer)) => answer,
                    _ => "235 welcome",
                })?;
            }
            "MAIL" => {
                letter.from = address(&line);
                wire.say(match bad {
                    Some(Bad::OnSender(answer)) => answer,
                    _ => "250 ok",
                })?;
            }
            "RCPT" => {
                letter.to.push(address(&line));
                wire.say(match bad {
                    Some(Bad::OnRecipient(answer)) => answer,
                    _ => "250 ok",
                })?;
            }
            "DATA" => {
                wire.say("354 go ahead")?;
                letter.bytes = text(&mut wire)?;
                if let Some(Bad::OnLetter(answer)) = bad {
                    wire.say(answer)?;
                    continue;
                }
                shared.kept().letters.push(letter.clone());
                shared.more.notify_all();
                if bad == Some(Bad::KeepsAndHangsUp) {
                    return Ok(());
                }
                wire.say("250 kept")?;
                letter.to.clear();
            }
            "QUIT" => return wire.say("221 goodbye"),
            _ => wire.say("502 what?")?,
        }
    }
}

/// What stands between the angle brackets.
fn address(line: &str) -> String {
    let inner = line.split_once('<').map_or("", |(_, rest)| rest);
    inner.split('>').next().unwrap_or_default().to_owned()
}

/// The lines up to the lonely dot, with doubled dots made single.
fn text(wire: &mut Wire) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let line = wire.hear()?;
        if line == b"." {
            return Ok(bytes);
        }
        bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        bytes.extend_from_slice(b"\r\n");
    }
}
