//! The settings of mail: the server that takes letters, and the zone in which they tell the time.
//!
//! Without a server nothing is sent, and letters are kept for administrators to read. A server that is half
//! described is refused, because letters that silently go nowhere are worse than a start that fails.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ephor_connect::{Login, Security, Smtp, SmtpSettings};
use ephor_core::notice::{Address, Zone};
use jiff::tz::TimeZone;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::Given;
use crate::failure::Failure;
use crate::secret_file;

/// What the settings say about mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct MailConfig {
    /// The server that takes letters, where there is one.
    pub(crate) server: Option<MailServer>,
    /// The zone in which times are told to whoever has none of their own.
    pub(crate) zone: Zone,
}

/// A server that takes letters; its secrets are still in their files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MailServer {
    host: String,
    port: u16,
    security: Security,
    from: Address,
    account: Option<Account>,
    ca_file: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Account {
    username: String,
    password_file: PathBuf,
}

impl MailConfig {
    /// Reads the settings of the section `mail`.
    pub(super) fn check(settings: &BTreeMap<String, Given>) -> Result<Self, Failure> {
        Ok(Self {
            server: server(settings)?,
            zone: match settings.get("mail.time_zone") {
                None => Zone::default(),
                Some(given) => zone(given)?,
            },
        })
    }
}

fn server(settings: &BTreeMap<String, Given>) -> Result<Option<MailServer>, Failure> {
    let given = |name: &str| settings.get(name);
    let Some(host) = given("mail.host") else {
        // Whoever says how mail is sent wants it sent.
        let lonely = settings
            .iter()
            .find(|(name, _)| name.starts_with("mail.") && **name != "mail.time_zone");
        return match lonely {
            None => Ok(None),
            Some((_, lonely)) => {
                Err(lonely.wrong("is set, but no mail server is; set mail.host too"))
            }
        };
    };
    let security = match given("mail.security").map(|given| (given, given.text())) {
        None | Some((_, "starttls")) => Security::StartTls,
        Some((_, "tls")) => Security::Tls,
        Some((_, "none")) => Security::Plain,
        Some((given, _)) => return Err(given.wrong("is not one of starttls, tls and none")),
    };
    let from = given("mail.from").ok_or_else(|| {
        host.wrong("is to send mail, but it is not said from which address; set mail.from")
    })?;
    let account = match (given("mail.username"), given("mail.password_file")) {
        (None, None) => None,
        (Some(username), Some(file)) => Some(Account {
            username: username.text().to_owned(),
            password_file: file.text().into(),
        }),
        (Some(lonely), None) => {
            return Err(
                lonely.wrong("is an account without its password; set mail.password_file too")
            );
        }
        (None, Some(lonely)) => {
            return Err(lonely.wrong("is a password without its account; set mail.username too"));
        }
    };
    let server = MailServer {
        host: host_name(host)?,
        port: match given("mail.port") {
            None => security.usual_port(),
            Some(given) => port(given)?,
        },
        security,
        from: Address::parse(from.text())
            .ok_or_else(|| from.wrong("is not a mail address; write pim@contoso.example"))?,
        account,
        ca_file: given("mail.ca_file").map(|given| given.text().into()),
    };
    if let (Some(given), true) = (given("mail.username"), server.tells_secrets()) {
        return Err(given.wrong(
            "is an account whose password would cross the network in the clear; \
             set mail.security to starttls or tls",
        ));
    }
    Ok(Some(server))
}

fn host_name(given: &Given) -> Result<String, Failure> {
    let text = given.text();
    let is_name = !text.is_empty()
        && text.len() <= 253
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':'));
    if is_name {
        return Ok(text.to_owned());
    }
    Err(given
        .wrong("is not the name of a server; write smtp.contoso.example, the port in mail.port"))
}

fn port(given: &Given) -> Result<u16, Failure> {
    match given.text().parse() {
        Ok(port) if port > 0 => Ok(port),
        Ok(_) | Err(_) => Err(given.wrong("is not a port; write a number from 1 to 65535")),
    }
}

fn zone(given: &Given) -> Result<Zone, Failure> {
    TimeZone::get(given.text()).map(Zone::from).map_err(|_| {
        given.wrong("is not a time zone that this machine knows; write one such as Europe/Berlin, and see that tzdata is installed")
    })
}

impl MailServer {
    /// Whether the password of its account could be overheard.
    fn tells_secrets(&self) -> bool {
        let is_here = self.host == "localhost"
            || self
                .host
                .parse()
                .is_ok_and(|address: std::net::IpAddr| address.is_loopback());
        self.security == Security::Plain && !is_here
    }

    /// Reads the files that are named, and prepares for sending.
    pub(crate) fn courier(&self) -> Result<Smtp, Failure> {
        let login = match &self.account {
            None => None,
            Some(account) => Some(Login {
                username: account.username.clone(),
                password: secret_file::line(&account.password_file, "password")?,
            }),
        };
        let settings = SmtpSettings {
            host: self.host.clone(),
            port: self.port,
            security: self.security,
            roots: self.roots()?,
            from: self.from.clone(),
            login,
        };
        Smtp::new(settings).map_err(|wrong| Failure::usage(wrong.to_string()))
    }

    fn roots(&self) -> Result<Option<Vec<Vec<u8>>>, Failure> {
        let Some(file) = &self.ca_file else {
            return Ok(None);
        };
        let wrong = |what: &str| Failure::usage(format!("the file `{}` {what}", file.display()));
        let roots = CertificateDer::pem_file_iter(file)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| wrong(&format!("can't be read: {error}")))?;
        if roots.is_empty() {
            return Err(wrong("holds no certificate")
                .hint("give mail.ca_file a file in PEM form: -----BEGIN CERTIFICATE-----"));
        }
        Ok(Some(roots.iter().map(|root| root.to_vec()).collect()))
    }
}
