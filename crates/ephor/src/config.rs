//! Settings: from the command line, else the environment, else the file; each checked, none guessed.
//!
//! [`KEYS`] is the one list of them. An unknown key is refused by name and line, because a setting that is
//! misspelt and silently ignored is worse than a server that does not start. `docs/operating/settings.md`
//! describes each key; a test holds the two equal.

mod limits;
mod mail;
mod providers;

use std::collections::BTreeMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;

use ephor_core::signin::session::Session;
use ephor_core::time::{IsoDuration, Length};
use ephor_http::{ApiStepUp, MasterKey, ProviderOptions, RateLimits, TrustedProxies};
use ephor_store::Database;
use tracing_subscriber::filter::LevelFilter;

pub(crate) use mail::MailConfig;

use crate::failure::Failure;
use crate::serve::TlsFiles;

/// A setting.
#[derive(Debug)]
pub(crate) struct Key {
    /// Its name in the file: `section.key`.
    pub(crate) name: &'static str,
    /// Whether it is a list: an array in the file, divided by commas in the environment.
    list: bool,
}

const fn one(name: &'static str) -> Key {
    Key { name, list: false }
}

/// Every setting there is.
pub(crate) const KEYS: &[Key] = &[
    one("server.listen"),
    one("server.public_url"),
    Key {
        name: "server.allowed_hosts",
        list: true,
    },
    Key {
        name: "server.trusted_proxies",
        list: true,
    },
    one("server.tls_cert"),
    one("server.tls_key"),
    one("store.data"),
    one("store.database"),
    one("store.database_file"),
    one("log.format"),
    one("log.level"),
    one("security.master_key"),
    one("security.master_key_file"),
    one("security.master_key_previous"),
    one("security.master_key_previous_file"),
    one("security.operator_tokens"),
    one("security.reset_hold"),
    one("security.api_step_up"),
    one("limits.sign_in"),
    one("limits.token"),
    one("limits.reads"),
    one("limits.writes"),
    one("limits.search"),
    one("limits.export"),
    one("mail.host"),
    one("mail.port"),
    one("mail.security"),
    one("mail.from"),
    one("mail.username"),
    one("mail.password_file"),
    one("mail.ca_file"),
    one("mail.time_zone"),
    Key {
        name: "outbound.private_hosts",
        list: true,
    },
];

/// Where the database is can be said in three ways; whoever says it in one overrides the other two.
const PLACES: [&str; 3] = ["store.data", "store.database", "store.database_file"];

impl Key {
    /// Its name in the environment: `EPHOR_SECTION_KEY`.
    pub(crate) fn variable(&self) -> String {
        format!("EPHOR_{}", self.name.replace('.', "_").to_uppercase())
    }
}

/// Where a value comes from, and what it is.
#[derive(Debug, Clone)]
struct Given {
    values: Vec<String>,
    origin: String,
}

impl Given {
    fn text(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    /// "`yaml` (from EPHOR_LOG_FORMAT) is not …"
    fn wrong(&self, wrong: &str) -> Failure {
        Failure::usage(format!(
            "`{}` (from {}) {wrong}",
            self.text().escape_debug(),
            self.origin
        ))
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What the server takes of tokens that the operator issued (T-43).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OperatorTokens {
    /// All that the user may do.
    Full,
    /// Reading only.
    Read,
    /// Nothing.
    Off,
}

/// All settings, checked.
#[derive(Debug, Clone)]
pub(crate) struct Config {
    /// Address to listen on.
    pub(crate) listen: SocketAddr,
    /// The address that clients know the server by; without it what it listens on.
    pub(crate) public_url: Option<String>,
    /// Further values of `Host` that are accepted.
    pub(crate) allowed_hosts: Vec<String>,
    /// Proxies that are believed who asks.
    pub(crate) trusted_proxies: TrustedProxies,
    /// The certificate to serve with, and its key; without them plain HTTP is served.
    pub(crate) tls: Option<TlsFiles>,
    /// Which database, where one was named.
    pub(crate) database: Option<Database>,
    /// How log lines look.
    pub(crate) log_format: LogFormat,
    /// From which level on something is logged.
    pub(crate) log_level: LevelFilter,
    /// What the server takes of tokens that the operator issued.
    pub(crate) operator_tokens: OperatorTokens,
    /// For how long somebody else's reset of a user's sign-in holds back what takes their own.
    pub(crate) reset_hold: Length,
    /// Whether what programs send takes a fresh sign-in too.
    pub(crate) api_step_up: ApiStepUp,
    /// What the secrets in the database are wrapped by, where it was said.
    pub(crate) master_key: Option<MasterKey>,
    /// The one before, while what it wrapped is still about.
    pub(crate) master_key_previous: Option<MasterKey>,
    /// How often somebody may ask.
    pub(crate) limits: RateLimits,
    /// How mail is sent.
    pub(crate) mail: MailConfig,
    /// Other identity providers that people sign in through.
    pub(crate) providers: Vec<ProviderOptions>,
    /// Hosts in the own network that may be asked.
    pub(crate) private_hosts: Vec<String>,
}

impl Config {
    /// Reads all settings. `flags` are the command line's: the key each stands for, and its value.
    pub(crate) fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
        flags: &[(&'static str, Option<String>)],
    ) -> Result<Self, Failure> {
        let mut settings = match file {
            Some(file) => read_file(file)?,
            None => BTreeMap::new(),
        };
        overlay(&mut settings, from_environment(environment)?)?;
        overlay(&mut settings, from_flags(flags))?;
        Self::check(&settings)
    }

    fn check(settings: &BTreeMap<String, Given>) -> Result<Self, Failure> {
        let given = |name: &str| settings.get(name);
        Ok(Self {
            listen: match given("server.listen") {
                Some(given) => address(given)?,
                None => SocketAddr::from(([127, 0, 0, 1], 8080)),
            },
            public_url: given("server.public_url").map(public_url).transpose()?,
            allowed_hosts: given("server.allowed_hosts")
                .map(|given| given.values.clone())
                .unwrap_or_default(),
            trusted_proxies: match given("server.trusted_proxies") {
                None => TrustedProxies::default(),
                Some(given) => TrustedProxies::parse(given.values.iter().map(String::as_str))
                    .map_err(|_| {
                        given.wrong("holds what is neither an address nor a network; write 192.0.2.7 or 10.0.0.0/8")
                    })?,
            },
            tls: tls_files(given("server.tls_cert"), given("server.tls_key"))?,
            database: database(settings)?,
            log_format: match given("log.format").map(|given| (given, given.text())) {
                None | Some((_, "text")) => LogFormat::Text,
                Some((_, "json")) => LogFormat::Json,
                Some((given, _)) => {
                    return Err(given.wrong("is not a log format; write text or json"));
                }
            },
            log_level: match given("log.level") {
                Some(given) => level(given)?,
                None => LevelFilter::INFO,
            },
            operator_tokens: match given("security.operator_tokens")
                .map(|given| (given, given.text()))
            {
                None | Some((_, "full")) => OperatorTokens::Full,
                Some((_, "read")) => OperatorTokens::Read,
                Some((_, "off")) => OperatorTokens::Off,
                Some((given, _)) => return Err(given.wrong("is not one of full, read and off")),
            },
            reset_hold: match given("security.reset_hold") {
                None => Session::RESET_HOLD,
                Some(given) => length(given)?,
            },
            api_step_up: match given("security.api_step_up").map(|given| (given, given.text())) {
                None | Some((_, "policy")) => ApiStepUp::AsAsked,
                Some((_, "always")) => ApiStepUp::Always,
                Some((given, _)) => return Err(given.wrong("is not one of policy and always")),
            },
            master_key: crate::master_key::given(
                "security.master_key",
                given("security.master_key").map(Given::text),
                given("security.master_key_file").map(|given| Path::new(given.text())),
            )?,
            master_key_previous: crate::master_key::given(
                "security.master_key_previous",
                given("security.master_key_previous").map(Given::text),
                given("security.master_key_previous_file").map(|given| Path::new(given.text())),
            )?,
            limits: limits::check(settings)?,
            mail: MailConfig::check(settings)?,
            providers: providers::check(settings)?,
            private_hosts: given("outbound.private_hosts")
                .map(|given| given.values.clone())
                .unwrap_or_default(),
        })
    }
}

/// A length of time as ISO 8601 writes it, a week at most.
fn length(given: &Given) -> Result<Length, Failure> {
    let read: Result<IsoDuration, _> = given.text().parse();
    read.ok()
        .map(|duration| duration.length())
        .filter(|length| *length <= Length::days(7))
        .ok_or_else(|| given.wrong("is not a length of time up to P7D; write PT24H for a day"))
}

/// Lays `upper` over `settings`.
fn overlay(
    settings: &mut BTreeMap<String, Given>,
    upper: BTreeMap<String, Given>,
) -> Result<(), Failure> {
    let places: Vec<_> = PLACES.iter().filter_map(|name| upper.get(*name)).collect();
    if let [first, second, ..] = places.as_slice() {
        return Err(Failure::usage(format!(
            "the database is named twice, by {} and by {}",
            first.origin, second.origin
        ))
        .hint("keep one of store.data, store.database and store.database_file"));
    }
    if !places.is_empty() {
        for name in PLACES {
            settings.remove(name);
        }
    }
    settings.extend(upper);
    Ok(())
}

fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The setting that was probably meant: one that shares the section, or its last part.
fn meant(name: &str) -> String {
    let (section, last) = name.split_once('.').unwrap_or((name, name));
    let close: Vec<_> = KEYS
        .iter()
        .map(|key| key.name)
        .filter(|known| {
            known.starts_with(&format!("{section}.")) || known.ends_with(&format!(".{last}"))
        })
        .collect();
    let known = if close.is_empty() {
        KEYS.iter().map(|key| key.name).collect()
    } else {
        close
    };
    format!("there is {}", known.join(", "))
}

fn read_file(file: &Path) -> Result<BTreeMap<String, Given>, Failure> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|wrong| Failure::new(format!("can't read the settings in `{shown}`: {wrong}")))?;
    from_toml(&text, &shown.to_string())
}

/// Reads the text of a settings file; `shown` is its name.
fn from_toml(text: &str, shown: &str) -> Result<BTreeMap<String, Given>, Failure> {
    use toml::de::{DeTable, DeValue};
    let line = |at: usize| 1 + text[..at].matches('\n').count();
    let table = DeTable::parse(text).map_err(|wrong| {
        let at = wrong.span().map_or(0, |span| span.start);
        Failure::usage(format!(
            "`{shown}` line {}: {}",
            line(at),
            wrong.message().replace('\n', ", ")
        ))
    })?;
    let read = |full: &str, at: usize, value: &toml::Spanned<DeValue<'_>>, list: bool| {
        let text_of = |value: &DeValue<'_>| match value {
            DeValue::String(text) => Ok(text.to_string()),
            _ => Err(Failure::usage(format!(
                "`{shown}` line {at}: `{full}` must be text in quotes"
            ))),
        };
        let values = match (value.get_ref(), list) {
            (DeValue::Array(items), true) => items
                .iter()
                .map(|item| text_of(item.get_ref()))
                .collect::<Result<_, _>>()?,
            (single, _) => vec![text_of(single)?],
        };
        let origin = format!("`{full}` in `{shown}` line {at}");
        Ok::<_, Failure>(Given { values, origin })
    };
    let mut settings = BTreeMap::new();
    let mut tables = Vec::new();
    for (section, value) in table.get_ref() {
        let section_name: &str = section.get_ref();
        let DeValue::Table(keys) = value.get_ref() else {
            return Err(unknown(shown, line(section.span().start), section_name));
        };
        for (name, value) in keys {
            let at = line(name.span().start);
            let full = format!("{section_name}.{}", name.get_ref());
            if let (providers::SECTION, DeValue::Table(provider)) = (section_name, value.get_ref())
            {
                tables.push((full, at, provider));
                continue;
            }
            let key = key(&full).ok_or_else(|| unknown(shown, at, &full))?;
            settings.insert(full.clone(), read(&full, at, value, key.list)?);
        }
    }
    // `[provider.NAME]`, as many as there are.
    for (table, at, provider) in tables {
        providers::check_id(table.trim_start_matches("provider."))
            .map_err(|wrong| Failure::usage(format!("`{shown}` line {at}: `{table}` {wrong}")))?;
        for (name, value) in provider {
            let at = line(name.span().start);
            let full = format!("{table}.{}", name.get_ref());
            let list = providers::is_list(name.get_ref()).ok_or_else(|| {
                Failure::usage(format!("`{shown}` line {at}: there is no setting `{full}`"))
                    .hint(providers::there_is())
            })?;
            settings.insert(full.clone(), read(&full, at, value, list)?);
        }
    }
    let mut checked = BTreeMap::new();
    overlay(&mut checked, settings)?;
    Ok(checked)
}

fn unknown(shown: &str, line: usize, name: &str) -> Failure {
    Failure::usage(format!(
        "`{shown}` line {line}: there is no setting `{name}`"
    ))
    .hint(meant(name))
}

/// The settings among the environment's variables. One that begins like a setting and is none is refused.
fn from_environment(
    variables: impl Iterator<Item = (String, String)>,
) -> Result<BTreeMap<String, Given>, Failure> {
    let sections = [
        "EPHOR_SERVER_",
        "EPHOR_STORE_",
        "EPHOR_LOG_",
        "EPHOR_SECURITY_",
        "EPHOR_LIMITS_",
        "EPHOR_MAIL_",
        "EPHOR_OUTBOUND_",
        "EPHOR_PROVIDER_",
    ];
    let mut settings = BTreeMap::new();
    for (variable, value) in variables {
        if !sections.iter().any(|section| variable.starts_with(section)) {
            continue;
        }
        let split = |value: String, list: bool| match list {
            true => value
                .split(',')
                .map(|part| part.trim().to_owned())
                .collect(),
            false => vec![value],
        };
        if let Some((name, list)) = providers::of_variable(&variable) {
            let values = split(value, list);
            let origin = variable;
            settings.insert(name, Given { values, origin });
            continue;
        }
        let Some(key) = KEYS.iter().find(|key| key.variable() == variable) else {
            let name = variable["EPHOR_".len()..]
                .to_lowercase()
                .replacen('_', ".", 1);
            return Err(
                Failure::usage(format!("`{variable}` in the environment is no setting"))
                    .hint(meant(&name)),
            );
        };
        let values = split(value, key.list);
        let origin = variable;
        settings.insert(key.name.to_owned(), Given { values, origin });
    }
    Ok(settings)
}

fn from_flags(flags: &[(&'static str, Option<String>)]) -> BTreeMap<String, Given> {
    flags
        .iter()
        .filter_map(|(name, value)| {
            let last = name.rsplit('.').next().unwrap_or(name);
            let given = Given {
                values: vec![value.clone()?],
                origin: format!("--{}", last.replace('_', "-")),
            };
            Some(((*name).to_owned(), given))
        })
        .collect()
}

fn address(given: &Given) -> Result<SocketAddr, Failure> {
    given
        .text()
        .to_socket_addrs()
        .ok()
        .and_then(|mut found| found.next())
        .ok_or_else(|| given.wrong("is not an address to listen on; write 127.0.0.1:8080"))
}

/// An origin: scheme, host and port, nothing behind. It is kept without a final slash.
/// The certificate and its key: both or neither.
fn tls_files(
    certificate: Option<&Given>,
    key: Option<&Given>,
) -> Result<Option<TlsFiles>, Failure> {
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => Ok(Some(TlsFiles {
            certificate: certificate.text().into(),
            key: key.text().into(),
        })),
        (Some(lonely), None) => {
            Err(lonely.wrong("is a certificate without its key; give server.tls_key too"))
        }
        (None, Some(lonely)) => {
            Err(lonely.wrong("is a key without its certificate; give server.tls_cert too"))
        }
    }
}

fn public_url(given: &Given) -> Result<String, Failure> {
    let wrong = || {
        given.wrong(
            "is not the address of a server; write https://ephor.contoso.example, without a path",
        )
    };
    let text = given.text().trim_end_matches('/');
    let url: reqwest::Url = text.parse().map_err(|_| wrong())?;
    let is_origin = matches!(url.scheme(), "http" | "https")
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none();
    if is_origin {
        Ok(url.as_str().trim_end_matches('/').to_owned())
    } else {
        Err(wrong())
    }
}

fn database(settings: &BTreeMap<String, Given>) -> Result<Option<Database>, Failure> {
    if let Some(given) = settings.get("store.data") {
        return Ok(Some(Database::Directory(given.text().into())));
    }
    if let Some(given) = settings.get("store.database") {
        return postgres(given, given.text()).map(Some);
    }
    let Some(given) = settings.get("store.database_file") else {
        return Ok(None);
    };
    let text = std::fs::read_to_string(given.text())
        .map_err(|wrong| given.wrong(&format!("can't be read: {wrong}")))?;
    postgres(given, text.trim()).map(Some)
}

fn postgres(given: &Given, url: &str) -> Result<Database, Failure> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok(Database::Postgres(url.to_owned()));
    }
    // The value itself may hold a password, so it is not repeated.
    Err(Failure::usage(format!(
        "{} does not name a PostgreSQL database; write postgres://user@host/database",
        given.origin
    ))
    .hint("for a directory with SQLite in it use --data or store.data"))
}

fn level(given: &Given) -> Result<LevelFilter, Failure> {
    match given.text() {
        "error" => Ok(LevelFilter::ERROR),
        "warn" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        "trace" => Ok(LevelFilter::TRACE),
        _ => Err(given.wrong("is not a log level; write error, warn, info, debug or trace")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<Config, Failure> {
        Config::check(&from_toml(text, "ephor.toml")?)
    }

    fn told(text: &str) -> String {
        file(text).unwrap_err().report()
    }

    #[test]
    fn an_unknown_key_is_refused_by_name_and_line() {
        let told = told("[server]\nlisten = \"127.0.0.1:1\"\nlistne = \"x\"\n");
        assert!(
            told.contains("`ephor.toml` line 3: there is no setting `server.listne`"),
            "{told}"
        );
        assert!(told.contains("there is server.listen"), "{told}");
    }

    #[test]
    fn what_a_key_does_not_take_is_refused_with_what_would_be_right() {
        for (text, wanted) in [
            ("[log]\nformat = \"yaml\"", "write text or json"),
            (
                "[log]\nlevel = 3",
                "line 2: `log.level` must be text in quotes",
            ),
            ("[server]\nlisten = \"nowhere\"", "write 127.0.0.1:8080"),
            (
                "[server]\npublic_url = \"https://a.example/x\"",
                "without a path",
            ),
            (
                "[security]\noperator_tokens = \"some\"",
                "full, read and off",
            ),
            (
                "[store]\ndatabase = \"mysql://u:secret@h\"",
                "postgres://user@host/database",
            ),
            (
                "[store]\ndata = \"a\"\ndatabase = \"postgres://h/d\"",
                "named twice",
            ),
            (
                "[limits]\nreads = \"0\"",
                "write a number from 1 to 1000000, or off",
            ),
            ("[limits]\nwrites = \"many\"", "or off"),
            ("colour = 1", "there is no setting `colour`"),
            ("[mail]\nport = \"25\"", "set mail.host too"),
            ("[mail]\nhost = \"smtp.contoso.example\"", "set mail.from"),
            (
                "[mail]\nhost = \"smtp:25/x\"\nfrom = \"a@b.example\"",
                "not the name of a server",
            ),
            (
                "[mail]\nhost = \"h\"\nfrom = \"a@b.example\\r\\nBcc: c@d.example\"",
                "`a@b.example\\r\\nBcc: c@d.example` (from `mail.from` in `ephor.toml` line 3) is not a mail address",
            ),
            (
                "[mail]\nhost = \"h\"\nfrom = \"a@b.example\"\nport = \"0\"",
                "write a number from 1 to 65535",
            ),
            (
                "[mail]\nhost = \"h\"\nfrom = \"a@b.example\"\nsecurity = \"ssl\"",
                "starttls, tls and none",
            ),
            (
                "[mail]\nhost = \"h\"\nfrom = \"a@b.example\"\nusername = \"u\"",
                "set mail.password_file too",
            ),
            (
                "[mail]\nhost = \"h\"\nfrom = \"a@b.example\"\npassword_file = \"p\"",
                "set mail.username too",
            ),
            (
                "[mail]\nhost = \"h\"\nfrom = \"a@b.example\"\nsecurity = \"none\"\nusername = \"u\"\npassword_file = \"p\"",
                "in the clear",
            ),
            (
                "[mail]\ntime_zone = \"Mars/Olympus\"",
                "such as Europe/Berlin",
            ),
            ("[log\n", "line 1"),
        ] {
            let told = told(text);
            assert!(told.contains(wanted), "{text}: {told}");
            assert!(!told.contains("secret"), "{told}");
        }
    }

    #[test]
    fn flags_win_over_the_environment_and_that_over_the_file() {
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            &path,
            "[server]\nlisten = \"127.0.0.1:1\"\n[store]\ndata = \"one\"\n[log]\nlevel = \"warn\"",
        )
        .unwrap();
        let environment = [
            ("EPHOR_SERVER_LISTEN", "127.0.0.1:2"),
            ("EPHOR_SERVER_ALLOWED_HOSTS", "a.example, b.example"),
            ("EPHOR_STORE_DATABASE", "postgres://h/d"),
            ("EPHOR_SERVER", "http://not-a-setting"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let config = Config::load(
            Some(path.path()),
            environment.into_iter(),
            &[("store.data", Some("two".into())), ("server.listen", None)],
        )
        .unwrap();
        assert_eq!(config.listen.port(), 2);
        assert_eq!(config.allowed_hosts, ["a.example", "b.example"]);
        assert_eq!(config.database, Some(Database::Directory("two".into())));
        assert_eq!(config.log_level, LevelFilter::WARN);
    }

    #[test]
    fn a_misspelt_variable_is_refused() {
        let variables = [("EPHOR_LOG_FORMATT".to_owned(), "json".to_owned())];
        let told = from_environment(variables.into_iter())
            .unwrap_err()
            .report();
        assert!(
            told.contains("`EPHOR_LOG_FORMATT`") && told.contains("log.format"),
            "{told}"
        );
    }

    #[test]
    fn the_document_describes_every_setting_and_no_other() {
        let document = include_str!("../../../docs/operating/settings.md");
        let described: Vec<_> = document
            .lines()
            .filter_map(|line| line.strip_prefix("### `"))
            .map(|line| line.trim_end_matches('`').to_owned())
            .collect();
        let known: Vec<_> = KEYS.iter().map(|key| key.name.to_owned()).collect();
        assert_eq!(described, known);
        for key in KEYS {
            let variable = format!("`{}`", key.variable());
            assert!(document.contains(&variable), "{variable} is not described");
        }
    }
}
