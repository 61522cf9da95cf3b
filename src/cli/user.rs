//! `sajeon user add`: accounts from the terminal.

use std::io::{self, BufRead, Read, Write};

use clap::{Args, Subcommand};

use super::exit;
use crate::account::operation::{self, AccountError};
use crate::account::os;
use crate::account::password::{CHARS_MAX, Password};
use crate::account::person::{InputError, Person, parse_display_name, parse_name};
use crate::account::role::Role;
use crate::clock::Clock;
use crate::store::Database;

/// People and their roles.
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

/// Runs a subcommand and gives the exit status.
///
/// # Errors
/// When the store fails, or a stream cannot be read or written.
pub async fn run(
    command: &UserCommand,
    database: &Database,
    clock: &Clock,
    json: bool,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> anyhow::Result<u8> {
    let UserCommand::Add(add) = command;
    let (person, password) = match parse(add, input)? {
        Ok(parsed) => parsed,
        Err(error) => {
            eprintln!("error: {error}");
            return Ok(exit::USAGE);
        }
    };
    let hash = password.map(|password| password.hash()).transpose()?.unwrap_or_default();
    match operation::add_person(database, clock, os::actor(), &person, &hash).await {
        Ok(()) => {}
        Err(AccountError::Store(error)) => return Err(error.into()),
        Err(error) => {
            eprintln!("error: {error}");
            return Ok(exit::NO);
        }
    }
    let (name, role) = (&person.name, add.role.as_str());
    if json {
        let document = serde_json::json!({ "name": name, "role": role, "project": add.project });
        writeln!(output, "{document}")?;
    } else {
        let place = add.project.as_deref().map_or("all projects".to_owned(), |p| format!("{p:?}"));
        writeln!(output, "added {name}, {role} in {place}")?;
    }
    Ok(exit::DONE)
}

type Parsed = Result<(Person, Option<Password>), InputError>;

fn parse(add: &UserAdd, input: &mut dyn BufRead) -> io::Result<Parsed> {
    let typed = if add.password_stdin { Some(read_password(input)?) } else { None };
    let parsed = || {
        let name = parse_name(&add.name)?;
        let display_name = parse_display_name(add.display_name.as_deref().unwrap_or(""), &name)?;
        let password = typed.as_deref().map(Password::parse).transpose()?;
        let grants = vec![(add.project.clone().unwrap_or_default(), add.role)];
        Ok((Person { name, display_name, disabled: false, grants }, password))
    };
    Ok(parsed())
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

    async fn add(database: &Database, name: &str, password: &str) -> (u8, String) {
        let command = UserCommand::Add(UserAdd {
            name: name.to_owned(),
            role: Role::Author,
            project: Some("hanbit".to_owned()),
            display_name: None,
            password_stdin: true,
        });
        let mut output = Vec::new();
        let mut input = password.as_bytes();
        let clock = Clock::system();
        let status = run(&command, database, &clock, false, &mut input, &mut output);
        (status.await.unwrap(), String::from_utf8(output).unwrap())
    }

    #[tokio::test]
    async fn adds_a_person_once_with_a_good_password() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(&Database::sqlite_url(folder.path())).await.unwrap();
        let added = (0, "added minji, author in \"hanbit\"\n".to_owned());
        assert_eq!(add(&database, "Minji", "correct horse\n").await, added);
        let nothing = |status| (status, String::new());
        assert_eq!(add(&database, "minji", "correct horse").await, nothing(1));
        assert_eq!(add(&database, "tanaka", "password1\n").await, nothing(2));
        assert_eq!(add(&database, "tanaka", &"x y".repeat(1_000)).await, nothing(2));
        assert_eq!(add(&database, "os:root", "correct horse\n").await, nothing(2));
        let mut connection = database.read().await.unwrap();
        let rows = crate::store::audit::rows_after(&mut connection, 0, 10).await.unwrap();
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert!(row.actor.starts_with("os:") && row.via == "cli" && row.action == "person.add");
        assert_eq!(read_password(&mut "a b\r\n".as_bytes()).unwrap(), "a b");
    }
}
