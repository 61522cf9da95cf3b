//! Settings: one small struct for each concern.
//!
//! The order is flag, then environment, then `sajeon.toml`, then default. A key or a `SAJEON_`
//! variable that nobody reads is an error that names its place and the nearest known one: a
//! setting that was mistyped must not be a setting that silently does nothing.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::record::Diagnostic;
use crate::record::nearest::nearest;

/// The file's name in the data folder.
pub const FILE_NAME: &str = "sajeon.toml";
/// Bytes of a settings file that are read at most.
const FILE_BYTES_MAX: u64 = 256 * 1024;

/// Every variable that is read.
const VARIABLES: [&str; 12] = [
    "SAJEON_CONFIG",
    "SAJEON_CONTENT",
    // Before the shorter one: of two equally near words the first is offered.
    "SAJEON_DATABASE_URL",
    "SAJEON_DATA",
    "SAJEON_HOSTS",
    "SAJEON_HTTPS",
    "SAJEON_LISTEN",
    "SAJEON_LOG",
    "SAJEON_LOG_FORMAT",
    "SAJEON_PLAIN_HTTP",
    "SAJEON_PROJECT",
    // Marks every process of a recovery run; an action may call this program.
    "SAJEON_RUN",
];
/// Variables with this start belong to the tests.
const TEST_PREFIX: &str = "SAJEON_TEST_";

/// All settings of the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The data folder: database, index, files, run journals.
    pub data: PathBuf,
    /// Where the service listens.
    pub listen: Listen,
    /// Where the truth is kept.
    pub database: DatabaseConfig,
    /// Where reviewed files are.
    pub content: Content,
    /// How the service is reached.
    pub edge: Edge,
    /// What is asked of everybody with an account.
    pub accounts: Accounts,
    /// What is meant at the terminal where nothing else is said.
    pub incident: Incidents,
    /// What is too much.
    pub limits: Limits,
    /// What is written to standard error.
    pub log: Log,
}

/// Where the service listens.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Listen {
    /// Address and port; port 0 takes a free one.
    pub address: SocketAddr,
}

impl Default for Listen {
    fn default() -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], 8080)) }
    }
}

/// Where the truth is kept.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatabaseConfig {
    /// `postgres://…` or `sqlite://…`; absent means SQLite in the data folder.
    pub url: Option<String>,
}

impl std::fmt::Debug for DatabaseConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The URL may hold a password.
        f.debug_struct("DatabaseConfig").finish_non_exhaustive()
    }
}

/// Where reviewed files are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Content {
    /// The folder that holds `recovery/`, `glossary/` and `postmortems/`.
    pub folder: Option<PathBuf>,
}

/// How the service is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Edge {
    /// Host names that people use, besides the loopback names and the listen address. A name
    /// may carry a port.
    pub hosts: Vec<String>,
    /// Whether people reach it over TLS (a proxy in front ends it).
    pub https: bool,
    /// Whether plain HTTP is allowed on an address that is not loopback.
    pub plain_http: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
    /// A certificate chain in PEM: the service then speaks TLS itself.
    pub tls_certificate: Option<PathBuf>,
    /// Its key in PEM.
    pub tls_key: Option<PathBuf>,
}

/// What is asked of everybody with an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Accounts {
    /// Whether everybody must have a second factor. A site administrator can demand it as well;
    /// what stands here cannot be undone on a page.
    pub demand_second_factor: bool,
}

/// What is meant at the terminal where nothing else is said.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Incidents {
    /// The project in which `sajeon incident open` opens.
    pub project: Option<String>,
}

/// What is too much. `docs/LIMITS.md` gives the reasons.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of a request body.
    pub body_bytes: usize,
    /// Bytes of a request's query.
    pub query_bytes: usize,
    /// Bytes of all headers of a request.
    pub header_bytes: usize,
    /// Milliseconds until the head of a response must stand.
    pub request_timeout_ms: u64,
    /// Requests that are worked on at once; more are refused with 503.
    pub requests: usize,
    /// Connections that are open at once; more wait.
    pub connections: usize,
    /// Milliseconds that a connection may carry nothing.
    pub connection_idle_ms: u64,
    /// Milliseconds that a stop waits for what was begun.
    pub shutdown_ms: u64,
    /// Passwords that are hashed at once (19 MiB each).
    pub password_hashes: usize,
    /// Requests a minute from one network address, in a burst or spread out; 0 for no limit.
    pub address_per_minute: u32,
    /// Requests a minute of one person, from wherever; 0 for no limit.
    pub person_per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 2 * 1024 * 1024,
            query_bytes: 60 * 1024,
            header_bytes: 64 * 1024,
            request_timeout_ms: 30_000,
            requests: 512,
            connections: 2_048,
            connection_idle_ms: 90_000,
            shutdown_ms: 10_000,
            password_hashes: 2,
            address_per_minute: 6_000,
            person_per_minute: 12_000,
        }
    }
}

impl Limits {
    /// [`Limits::request_timeout_ms`] as a duration.
    pub fn request_timeout(&self) -> Duration {
        Duration::from_millis(self.request_timeout_ms)
    }

    /// [`Limits::shutdown_ms`] as a duration.
    pub fn shutdown(&self) -> Duration {
        Duration::from_millis(self.shutdown_ms)
    }

    /// [`Limits::connection_idle_ms`] as a duration.
    pub fn connection_idle(&self) -> Duration {
        Duration::from_millis(self.connection_idle_ms)
    }
}

/// How a log line looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For a person.
    #[default]
    Human,
    /// One JSON object a line.
    Json,
}

/// What is written to standard error.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Log {
    /// Which lines: a level, or directives such as `sajeon=debug,info`.
    pub filter: String,
    /// How a line looks.
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        // tantivy tells of every segment at `info`.
        Self { filter: "info,tantivy=warn,sqlx=warn".to_owned(), format: LogFormat::Human }
    }
}

/// What the command line says; it wins over everything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--data`
    pub data: Option<PathBuf>,
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--database-url`
    pub database_url: Option<String>,
    /// `--content`
    pub content: Option<PathBuf>,
    /// `--listen`
    pub listen: Option<String>,
}

/// Why the settings cannot be used. The program then ends with status 2.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ConfigError {
    /// The file says something that is not known or not right.
    #[error("{0}{nearest}", nearest = did_you_mean(.0.nearest.as_deref()))]
    File(Diagnostic),
    /// The file cannot be read.
    #[error("{path}: {message}")]
    Unreadable {
        /// Which file.
        path: String,
        /// What the system says.
        message: String,
    },
    /// A variable is not known.
    #[error("the environment variable {name} is not known; did you mean {nearest}?")]
    UnknownVariable {
        /// Its name.
        name: String,
        /// The known one that is nearest.
        nearest: String,
    },
    /// A value from a flag or a variable is not right.
    #[error("{name}: {message}")]
    Value {
        /// The flag or variable.
        name: String,
        /// What is wrong and what would be right.
        message: String,
    },
    /// The settings contradict each other.
    #[error("{0}")]
    Refused(String),
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map(|word| format!("; did you mean {word}?")).unwrap_or_default()
}

/// `sajeon.toml` as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    listen: Listen,
    database: DatabaseConfig,
    content: Content,
    edge: Edge,
    accounts: Accounts,
    incident: Incidents,
    limits: Limits,
    log: Log,
}

impl Config {
    /// Settings for a data folder where nothing else was said.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self::of(data.into(), File::default())
    }

    fn of(data: PathBuf, file: File) -> Self {
        let File { listen, database, content, edge, accounts, incident, limits, log } = file;
        Self { data, listen, database, content, edge, accounts, incident, limits, log }
    }

    /// Settings of flags, environment and file. `environment` holds all variables.
    ///
    /// # Errors
    /// [`ConfigError`] for the first thing that is not known or not right.
    pub fn load(
        flags: &Flags,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, ConfigError> {
        check_names(environment)?;
        let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty());
        let data = flags
            .data
            .clone()
            .or_else(|| variable("SAJEON_DATA").map(PathBuf::from))
            .unwrap_or_else(|| PathBuf::from("data"));
        let named = flags.config.clone().or_else(|| variable("SAJEON_CONFIG").map(PathBuf::from));
        let file = match &named {
            Some(path) => read_file(path, true)?,
            None => read_file(&data.join(FILE_NAME), false)?,
        };
        let mut config = Self::of(data, file);
        config.take_environment(&variable)?;
        config.take_flags(flags)?;
        config.take_tls()?;
        Ok(config)
    }

    fn take_environment<'a>(
        &mut self,
        variable: &impl Fn(&str) -> Option<&'a String>,
    ) -> Result<(), ConfigError> {
        if let Some(url) = variable("SAJEON_DATABASE_URL") {
            self.database.url = Some(url.clone());
        }
        if let Some(folder) = variable("SAJEON_CONTENT") {
            self.content.folder = Some(PathBuf::from(folder));
        }
        if let Some(address) = variable("SAJEON_LISTEN") {
            self.listen.address = parse_address("SAJEON_LISTEN", address)?;
        }
        if let Some(filter) = variable("SAJEON_LOG") {
            self.log.filter.clone_from(filter);
        }
        if let Some(format) = variable("SAJEON_LOG_FORMAT") {
            self.log.format = parse_format(format)?;
        }
        if let Some(hosts) = variable("SAJEON_HOSTS") {
            self.edge.hosts = hosts.split(',').map(|host| host.trim().to_owned()).collect();
        }
        if let Some(word) = variable("SAJEON_HTTPS") {
            self.edge.https = parse_flag("SAJEON_HTTPS", word)?;
        }
        if let Some(project) = variable("SAJEON_PROJECT") {
            self.incident.project = Some(project.clone());
        }
        if let Some(word) = variable("SAJEON_PLAIN_HTTP") {
            self.edge.plain_http = parse_flag("SAJEON_PLAIN_HTTP", word)?;
        }
        Ok(())
    }

    /// A service that speaks TLS itself is reached over it.
    fn take_tls(&mut self) -> Result<(), ConfigError> {
        match (&self.edge.tls_certificate, &self.edge.tls_key) {
            (None, None) => Ok(()),
            (Some(_), Some(_)) => {
                self.edge.https = true;
                Ok(())
            }
            _ => Err(ConfigError::Refused(
                "`edge.tls_certificate` and `edge.tls_key` belong together".to_owned(),
            )),
        }
    }

    fn take_flags(&mut self, flags: &Flags) -> Result<(), ConfigError> {
        if let Some(url) = &flags.database_url {
            self.database.url = Some(url.clone());
        }
        if let Some(folder) = &flags.content {
            self.content.folder = Some(folder.clone());
        }
        if let Some(address) = &flags.listen {
            self.listen.address = parse_address("--listen", address)?;
        }
        Ok(())
    }

    /// The URL of the database.
    pub fn database_url(&self) -> String {
        self.database.url.clone().unwrap_or_else(|| crate::store::Database::sqlite_url(&self.data))
    }

    /// Whether the service may listen where it is told to: passwords and sessions must not cross
    /// a network in the clear by accident. Only `serve` asks.
    ///
    /// # Errors
    /// [`ConfigError::Refused`] with what to set.
    pub fn check_listen(&self) -> Result<(), ConfigError> {
        let address = self.listen.address;
        if address.ip().is_loopback() || self.edge.https || self.edge.plain_http {
            return Ok(());
        }
        Err(ConfigError::Refused(format!(
            "{address} is not a loopback address, and passwords would cross the network in the \
             clear: set `edge.tls_certificate` and `edge.tls_key`, or put a proxy with TLS in \
             front and set `edge.https = true`, or set \
             `edge.plain_http = true` (SAJEON_PLAIN_HTTP=1) if the network itself is trusted"
        )))
    }
}

fn check_names(environment: &BTreeMap<String, String>) -> Result<(), ConfigError> {
    let unknown = environment.keys().find(|name| {
        name.starts_with("SAJEON_")
            && !name.starts_with(TEST_PREFIX)
            && !VARIABLES.contains(&name.as_str())
    });
    let Some(name) = unknown else { return Ok(()) };
    let nearest = nearest(name, VARIABLES).expect("there are variables").to_owned();
    Err(ConfigError::UnknownVariable { name: name.clone(), nearest })
}

fn parse_address(name: &str, text: &str) -> Result<SocketAddr, ConfigError> {
    let text =
        text.strip_prefix("localhost:").map_or(text.to_owned(), |p| format!("127.0.0.1:{p}"));
    text.parse().map_err(|_| ConfigError::Value {
        name: name.to_owned(),
        message: format!("{text:?} is not ADDRESS:PORT such as 127.0.0.1:8080 or [::1]:8080"),
    })
}

fn parse_flag(name: &str, word: &str) -> Result<bool, ConfigError> {
    match word {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err(ConfigError::Value {
            name: name.to_owned(),
            message: format!("{word:?} is neither 1 (true) nor 0 (false)"),
        }),
    }
}

fn parse_format(word: &str) -> Result<LogFormat, ConfigError> {
    match word {
        "human" => Ok(LogFormat::Human),
        "json" => Ok(LogFormat::Json),
        _ => Err(ConfigError::Value {
            name: "SAJEON_LOG_FORMAT".to_owned(),
            message: format!("{word:?} is neither human nor json"),
        }),
    }
}

fn read_file(path: &Path, required: bool) -> Result<File, ConfigError> {
    let unreadable =
        |message: String| ConfigError::Unreadable { path: path.display().to_string(), message };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !required => {
            return Ok(File::default());
        }
        Err(error) => return Err(unreadable(error.to_string())),
        Ok(found) if found.len() > FILE_BYTES_MAX => {
            return Err(unreadable(format!("is larger than {FILE_BYTES_MAX} bytes")));
        }
        Ok(_) => {}
    }
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    let mut file = parse_file(&path.display().to_string(), &text)?;
    // Relative to the file that says so, wherever the program was started.
    let beside = path.parent().unwrap_or(Path::new("."));
    let edge = &mut file.edge;
    let named = [&mut file.content.folder, &mut edge.tls_certificate, &mut edge.tls_key];
    for named in named.into_iter().flatten() {
        *named = beside.join(&*named);
    }
    Ok(file)
}

fn parse_file(path: &str, text: &str) -> Result<File, ConfigError> {
    toml::from_str(text).map_err(|error| {
        let (line, column) = place(text, error.span().unwrap_or(0..0));
        let (key, nearest) = unknown_key(error.message());
        ConfigError::File(Diagnostic {
            path: path.to_owned(),
            line,
            column,
            key,
            nearest,
            message: error.message().lines().collect::<Vec<_>>().join(" "),
        })
    })
}

/// Line and column, from 1, of the start of a span; columns in characters.
fn place(text: &str, span: Range<usize>) -> (u32, u32) {
    let before = text.get(..span.start).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let count = |n: usize| u32::try_from(n + 1).unwrap_or(u32::MAX);
    (count(before.matches('\n').count()), count(before[line_start..].chars().count()))
}

/// The key that serde does not know, and the nearest of those that it lists after it.
fn unknown_key(message: &str) -> (Option<String>, Option<String>) {
    let Some(rest) = message.strip_prefix("unknown field `") else { return (None, None) };
    let mut words = rest.split('`').step_by(2);
    let Some(key) = words.next() else { return (None, None) };
    (Some(key.to_owned()), nearest(key, words.filter(|word| !word.is_empty())).map(str::to_owned))
}

#[cfg(test)]
mod tests;
