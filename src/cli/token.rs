//! `sajeon token create`: tokens for programs.

use std::io::Write;

use clap::{Args, Subcommand};

use super::exit;
use super::user::parse_role;
use crate::account::operation::{self, AccountError, NewToken, TOKEN_DAYS_MAX};
use crate::account::os;
use crate::account::person::parse_name;
use crate::account::role::Role;
use crate::clock::Clock;
use crate::store::Database;

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// Tokens for programs.
#[derive(Debug, Clone, Subcommand)]
pub enum TokenCommand {
    /// Makes a token and prints it alone on standard output; it is not shown again.
    Create(TokenCreate),
}

/// Makes a token for a person.
#[derive(Debug, Clone, Args)]
pub struct TokenCreate {
    /// Whose token; the person's name stands in histories for what it does.
    #[arg(long)]
    pub user: String,
    /// At most this role; never more than the person has.
    #[arg(long, value_parser = parse_role)]
    pub role: Role,
    /// Limits the token to one project.
    #[arg(long)]
    pub project: Option<String>,
    /// How long it holds, such as 12h, 90d or 4w; without it, until it is revoked.
    #[arg(long, value_parser = parse_life_ms)]
    pub expires: Option<i64>,
}

/// Reads a time such as `90d` into milliseconds, for clap.
///
/// # Errors
/// What would be right.
pub fn parse_life_ms(text: &str) -> Result<i64, String> {
    let wrong = || format!("{text:?} is not a time such as 12h, 90d or 4w");
    let unit = text.chars().next_back().ok_or_else(wrong)?;
    let hours = match unit {
        'h' => 1,
        'd' => 24,
        'w' => 7 * 24,
        _ => return Err(wrong()),
    };
    let count: i64 = text.strip_suffix(unit).and_then(|n| n.parse().ok()).ok_or_else(wrong)?;
    let days_max = TOKEN_DAYS_MAX;
    match count.checked_mul(hours) {
        Some(hours) if hours >= 1 && hours <= days_max * 24 => Ok(hours * HOUR_MS),
        _ => Err(format!("a token holds from 1h to {days_max}d")),
    }
}

/// Runs a subcommand and gives the exit status.
///
/// # Errors
/// When the store fails, or standard output cannot be written.
pub async fn run(
    command: &TokenCommand,
    database: &Database,
    clock: &Clock,
    json: bool,
    output: &mut dyn Write,
) -> anyhow::Result<u8> {
    let TokenCommand::Create(create) = command;
    let name = match parse_name(&create.user) {
        Ok(name) => name,
        Err(error) => {
            eprintln!("error: {error}");
            return Ok(exit::USAGE);
        }
    };
    let new = NewToken {
        person: &name,
        project: create.project.as_deref().unwrap_or_default(),
        role: create.role,
        life_ms: create.expires,
    };
    let secret = match operation::create_token(database, clock, os::actor(), new).await {
        Ok(secret) => secret,
        Err(AccountError::Store(error)) => return Err(error.into()),
        Err(error) => {
            eprintln!("error: {error}");
            let refused = matches!(error, AccountError::RoleTooHigh { .. });
            return Ok(if refused { exit::REFUSED } else { exit::NO });
        }
    };
    if json {
        writeln!(output, "{}", serde_json::json!({ "token": secret.reveal() }))?;
    } else {
        writeln!(output, "{}", secret.reveal())?;
    }
    Ok(exit::DONE)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::account::person::Person;
    use crate::account::secret::PREFIX;

    #[test]
    fn reads_a_life() {
        assert_eq!(parse_life_ms("12h"), Ok(12 * HOUR_MS));
        assert_eq!(parse_life_ms("90d"), Ok(90 * 24 * HOUR_MS));
        for wrong in ["", "90", "d", "-1d", "0d", "9999999d", "90日", "9223372036854775807w"] {
            assert!(parse_life_ms(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn prints_the_token_alone_and_gives_no_more_than_the_person_has() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&Database::sqlite_url(folder.path())).await.unwrap();
        let clock = Clock::system();
        let person = Person {
            name: "minji".to_owned(),
            display_name: "minji".to_owned(),
            disabled: false,
            grants: vec![("hanbit".to_owned(), Role::Author)],
        };
        operation::add_person(&database, &clock, os::actor(), &person, "").await.unwrap();
        for (user, role, project, status) in [
            ("minji", Role::Author, Some("hanbit"), 0),
            ("minji", Role::Author, None, 0),
            ("minji", Role::Lead, Some("hanbit"), 3),
            ("minji", Role::Viewer, Some("orion"), 3),
            ("jihun", Role::Viewer, None, 1),
            ("os:x", Role::Viewer, None, 2),
        ] {
            let command = TokenCommand::Create(TokenCreate {
                user: user.to_owned(),
                role,
                project: project.map(str::to_owned),
                expires: None,
            });
            let mut output = Vec::new();
            let found = run(&command, &database, &clock, false, &mut output).await.unwrap();
            assert_eq!(found, status, "{user} {role:?} {project:?}");
            let text = String::from_utf8(output).unwrap();
            assert_eq!(text.lines().count(), usize::from(status == 0));
            assert!(status != 0 || (text.starts_with(PREFIX) && text.ends_with('\n')));
        }
    }
}
