//! `sajeon user add`: accounts from the terminal.

use std::io::{self, BufRead, Read};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::account::operation::{self, AccountError};
use crate::account::os;
use crate::account::password::{CHARS_MAX, HashError, Password};
use crate::account::person::{InputError, Person, parse_display_name, parse_name};
use crate::account::role::Role;
use crate::clock::Clock;
use crate::store::Database;

/// Why an account was not changed: the exit status, and what a person reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The exit status.
    pub status: u8,
    /// What a person reads, on standard error.
    pub message: String,
}

impl From<InputError> for Refused {
    fn from(error: InputError) -> Self {
        Self { status: 2, message: error.to_string() }
    }
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self { status: 2, message: format!("standard input: {error}") }
    }
}

impl From<HashError> for Refused {
    fn from(error: HashError) -> Self {
        Self { status: 2, message: error.to_string() }
    }
}

impl From<AccountError> for Refused {
    fn from(error: AccountError) -> Self {
        let status = match error {
            AccountError::Exists(_) | AccountError::NoSuchPerson(_) | AccountError::LinkOver => 1,
            AccountError::Store(_) => 2,
            AccountError::RoleTooHigh { .. } => 3,
        };
        Self { status, message: error.to_string() }
    }
}

/// Accounts.
#[derive(Debug, Clone, Args)]
pub struct User {
    /// What to do.
    #[command(subcommand)]
    pub command: UserCommand,
}

/// What can be done with accounts.
#[derive(Debug, Clone, Subcommand)]
pub enum UserCommand {
    /// Adds a person.
    Add(UserAdd),
}

/// Adds a person with one role.
#[derive(Debug, Clone, Args)]
pub struct UserAdd {
    /// The account's name, which stands in histories and in the audit.
    pub name: String,
    /// What the person may do: viewer, author, responder, lead or owner.
    #[arg(long, value_parser = parse_role)]
    pub role: Role,
    /// Limits the role to one project; without it, it holds in all.
    #[arg(long)]
    pub project: Option<String>,
    /// What the person is called on pages.
    #[arg(long)]
    pub display_name: Option<String>,
    /// Reads the password from standard input; without it, the person has none.
    #[arg(long)]
    pub password_stdin: bool,
}

/// Reads a role's word, for clap.
///
/// # Errors
/// The words that there are.
pub fn parse_role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| {
        let words: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
        format!("a role is one of {}", words.join(", "))
    })
}

impl User {
    /// Does it, and gives the answer for a person and for a program.
    ///
    /// # Errors
    /// [`Refused`] with the exit status.
    pub async fn answer(
        &self,
        database: &Database,
        clock: &Clock,
        input: &mut dyn BufRead,
    ) -> Result<(String, Value), Refused> {
        let UserCommand::Add(add) = &self.command;
        let name = parse_name(&add.name)?;
        let display_name = parse_display_name(add.display_name.as_deref().unwrap_or(""), &name)?;
        let hash = if add.password_stdin {
            Password::parse(&read_password(input)?)?.hash()?
        } else {
            String::new()
        };
        let grants = vec![(add.project.clone().unwrap_or_default(), add.role)];
        let person = Person { name, display_name, disabled: false, grants };
        operation::add_person(database, clock, os::actor(), &person, &hash).await?;
        let (name, role) = (&person.name, add.role.as_str());
        let place = add.project.as_ref().map_or("all projects".to_owned(), |p| format!("{p:?}"));
        let json = json!({ "name": name, "role": role, "project": add.project });
        Ok((format!("added {name}, {role} in {place}"), json))
    }
}

/// The whole of standard input without its last newline, which `echo` adds.
fn read_password(input: &mut dyn BufRead) -> io::Result<String> {
    // Four bytes a character at most, and some more so that a longer one is seen to be longer.
    let bytes_max = u64::try_from(CHARS_MAX * 4 + 8).expect("a small number");
    let mut text = String::new();
    input.take(bytes_max).read_to_string(&mut text)?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    async fn add(database: &Database, name: &str, password: &str) -> Result<String, u8> {
        let command = UserCommand::Add(UserAdd {
            name: name.to_owned(),
            role: Role::Author,
            project: Some("hanbit".to_owned()),
            display_name: None,
            password_stdin: true,
        });
        let mut input = password.as_bytes();
        let answer = User { command }.answer(database, &Clock::system(), &mut input).await;
        answer.map(|(human, _)| human).map_err(|refused| refused.status)
    }

    #[tokio::test]
    async fn adds_a_person_once_with_a_good_password() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&Database::sqlite_url(folder.path())).await.unwrap();
        let added = add(&database, "Minji", "correct horse\n").await;
        assert_eq!(added.as_deref(), Ok("added minji, author in \"hanbit\""));
        for (name, password, status) in [
            ("minji", "correct horse", 1),
            ("tanaka", "password1\n", 2),
            ("tanaka", &"x y".repeat(1_000), 2),
            ("os:root", "correct horse\n", 2),
        ] {
            assert_eq!(add(&database, name, password).await, Err(status), "{name} {password}");
        }
        let mut connection = database.read().await.unwrap();
        let rows = crate::store::audit::rows_after(&mut connection, 0, 10).await.unwrap();
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert!(row.actor.starts_with("os:") && row.via == "cli" && row.action == "person.add");
        assert_eq!(read_password(&mut "a b\r\n".as_bytes()).unwrap(), "a b");
    }
}
