//! Mail by SMTP: a letter becomes a message, and a mail server takes it.
//!
//! The message is a function of the letter and nothing else, its date and its id included, so that a letter
//! that is sent twice arrives as the same message twice. Without the protection that is asked for not a
//! byte of a password or a letter leaves: there is no falling back (T-59).

mod message;

use std::fmt;
use std::time::Duration;

use ephor_core::notice::Address;
use ephor_core::time::Length;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters,
};
use lettre::transport::smtp::extension::ClientId;

use crate::{Courier, Letter, Outcome, Work};

/// How long a connection may take (`security.md` section 4).
const CONNECT_MAX: Duration = Duration::from_secs(3);
/// How long a letter may take in all, from the connection to the server's word that it has it.
const LETTER_MAX: Duration = Duration::from_secs(10);
/// How long the server may take to say goodbye; the letter is delivered by then.
const GOODBYE_MAX: Duration = Duration::from_secs(1);
/// The most characters that are kept of what a server said.
const SAID_MAX: usize = 300;

/// How the way to the mail server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// Plain at first, then TLS; a server that does not offer it gets nothing.
    StartTls,
    /// None.
    Plain,
}

impl Security {
    /// The port that mail servers take letters on this way.
    pub const fn usual_port(self) -> u16 {
        match self {
            Self::Tls => 465,
            Self::StartTls => 587,
            Self::Plain => 25,
        }
    }
}

/// What a mail server wants to know before it takes letters.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The name of the account.
    pub username: String,
    /// Its password.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login {{ username: {:?} }}", self.username)
    }
}

/// Where the mail server is, and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpSettings {
    /// Its name; its certificate has to be for it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way there is protected.
    pub security: Security,
    /// The certificates (DER) that the server's may come from; without them those that the machine trusts.
    pub roots: Option<Vec<Vec<u8>>>,
    /// Whom letters are from.
    pub from: Address,
    /// The account, where the server wants one.
    pub login: Option<Login>,
}

/// Settings by which nothing can be sent.
#[derive(Debug, thiserror::Error)]
pub enum BadSettings {
    /// The certificates to trust can't be used.
    #[error("TLS to the mail server can't be set up: {0}")]
    Tls(SmtpError),
    /// The sender is no address to a mail server.
    #[error("`{0}` is not an address that mail can be from")]
    From(Address),
}

/// The way to the mail server, with what it needs.
enum Way {
    Tls(TlsParameters),
    StartTls(TlsParameters),
    Plain,
}

impl Way {
    fn of(settings: &SmtpSettings) -> Result<Self, SmtpError> {
        let tls = || {
            let mut tls = TlsParameters::builder(settings.host.clone());
            if let Some(roots) = &settings.roots {
                tls = tls.certificate_store(CertificateStore::None);
                for root in roots {
                    tls = tls.add_root_certificate(Certificate::from_der(root.clone())?);
                }
            }
            tls.build()
        };
        Ok(match settings.security {
            Security::Tls => Self::Tls(tls()?),
            Security::StartTls => Self::StartTls(tls()?),
            Security::Plain => Self::Plain,
        })
    }
}

/// A mail server.
pub struct Smtp {
    host: String,
    port: u16,
    way: Way,
    hello: ClientId,
    from: lettre::Address,
    login: Option<Credentials>,
    letter_max: Duration,
}

impl Smtp {
    /// Prepares for these settings; nothing is sent and nobody is asked yet.
    pub fn new(settings: SmtpSettings) -> Result<Self, BadSettings> {
        Ok(Self {
            way: Way::of(&settings).map_err(BadSettings::Tls)?,
            from: settings
                .from
                .as_str()
                .parse()
                .map_err(|_| BadSettings::From(settings.from.clone()))?,
            login: settings
                .login
                .map(|login| Credentials::new(login.username, login.password)),
            host: settings.host,
            port: settings.port,
            hello: ClientId::default(),
            letter_max: LETTER_MAX,
        })
    }

    /// The same, which waits for at most this long until a letter is taken.
    pub fn waiting_at_most(self, letter_max: Duration) -> Self {
        Self { letter_max, ..self }
    }

    async fn send(&self, letter: Letter<'_>) -> Outcome {
        let message = match message::of(letter, &self.from) {
            Ok(message) => message,
            Err(why) => return Outcome::Refused { why },
        };
        let delivered = async {
            let mut connection = self.connect().await.map_err(|wrong| later(&wrong))?;
            connection
                .send(&message.envelope, &message.bytes)
                .await
                .map_err(|wrong| not_taken(&wrong))?;
            Ok(connection)
        };
        match tokio::time::timeout(self.letter_max, delivered).await {
            Ok(Ok(mut connection)) => {
                // It is delivered, whatever becomes of the goodbye.
                let _ = tokio::time::timeout(GOODBYE_MAX, connection.quit()).await;
                Outcome::Done
            }
            Ok(Err(outcome)) => outcome,
            Err(_) => Outcome::Later {
                why: format!("the mail server took longer than {:?}", self.letter_max),
                after: Length::ZERO,
            },
        }
    }

    /// A connection on which the server may be given a letter.
    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let from_the_start = match &self.way {
            Way::Tls(tls) => Some(tls.clone()),
            Way::StartTls(_) | Way::Plain => None,
        };
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            (self.host.as_str(), self.port),
            Some(CONNECT_MAX),
            &self.hello,
            from_the_start,
            None,
        )
        .await?;
        match &self.way {
            Way::StartTls(tls) => connection.starttls(tls.clone(), &self.hello).await?,
            Way::Tls(_) | Way::Plain => {}
        }
        if let Some(login) = &self.login {
            connection.auth(DEFAULT_MECHANISMS, login).await?;
        }
        Ok(connection)
    }
}

impl Courier for Smtp {
    fn name(&self) -> &str {
        &self.host
    }

    fn carry<'a>(&'a self, letter: Letter<'a>) -> Work<'a, Outcome> {
        Box::pin(self.send(letter))
    }
}

/// What stands between us and the server is the operator's to put right; letters wait for it.
fn later(wrong: &SmtpError) -> Outcome {
    Outcome::Later {
        why: said(wrong),
        after: Length::ZERO,
    }
}

/// The server's word on the letter itself: a `5xx` is for good, unless it only says who we are not.
fn not_taken(wrong: &SmtpError) -> Outcome {
    const LOGIN_WANTED: [&str; 4] = ["530", "534", "535", "538"];
    let is_about_us = wrong
        .status()
        .is_some_and(|code| LOGIN_WANTED.contains(&code.to_string().as_str()));
    if wrong.is_permanent() && !is_about_us {
        return Outcome::Refused { why: said(wrong) };
    }
    later(wrong)
}

/// What went wrong with its causes, on one line that can be shown.
fn said(wrong: &SmtpError) -> String {
    let mut text = wrong.to_string();
    let mut source = std::error::Error::source(wrong);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(SAID_MAX)
        .collect()
}
