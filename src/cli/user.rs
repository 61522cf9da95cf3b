//! `sajeon user`: accounts from the terminal.

use std::io::{self, BufRead, Read};

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::account::operation::{self, AccountError};
use crate::account::os;
use crate::account::password::{CHARS_MAX, HashError, Password};
use crate::account::person::{AccountKind, InputError, Person, parse_display_name, parse_name};
use crate::account::role::Role;
use crate::account::store::people as rows;
use crate::account::{demand, people, second_factor};
use crate::clock::Clock;
use crate::store::{Database, StoreError};

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
            AccountError::Store(_) | AccountError::Seal(_) => 2,
            AccountError::RoleTooHigh { .. }
            | AccountError::LastAdministrator(_)
            | AccountError::LastOwner { .. }
            | AccountError::MayNotSignIn(_) => 3,
        };
        Self { status, message: error.to_string() }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        AccountError::from(error).into()
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
    /// Adds a person, or a service
    Add(UserAdd),
    /// Lists every account with its roles
    List,
    /// Gives a role, or takes it away
    Role(UserRole),
    /// Keeps somebody out: ends their sessions and tokens for good
    Disable(UserName),
    /// Lets somebody in again; they sign in anew, with new tokens
    Enable(UserName),
    /// Sets a new password and ends all sessions
    Password(UserPassword),
    /// Takes the second factor away from somebody who lost it
    EndSecondFactor(UserName),
    /// Asks everybody for a second factor at the next page, or no longer
    DemandSecondFactor(UserDemand),
}

/// Which account.
#[derive(Debug, Clone, Args)]
pub struct UserName {
    /// The account's name.
    pub name: String,
}

/// Whether everybody must have a second factor.
#[derive(Debug, Clone, Args)]
pub struct UserDemand {
    /// Leaves it to each person again.
    #[arg(long)]
    pub off: bool,
}

/// A new password.
#[derive(Debug, Clone, Args)]
pub struct UserPassword {
    /// The account's name.
    pub name: String,
    /// Reads the password from standard input; there is no other way.
    #[arg(long, required = true)]
    pub password_stdin: bool,
}

/// A role to give or to take away.
#[derive(Debug, Clone, Args)]
pub struct UserRole {
    /// The account's name.
    pub name: String,
    /// viewer, author, responder, lead or owner; an owner of all projects is a site administrator.
    #[arg(long, value_parser = parse_role, required_unless_present = "none")]
    pub role: Option<Role>,
    /// Takes the role away.
    #[arg(long, conflicts_with = "role")]
    pub none: bool,
    /// The project; without it, the role that holds in all.
    #[arg(long)]
    pub project: Option<String>,
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
    /// Adds a service: a program that only tokens act for and that never signs in.
    #[arg(long, conflicts_with = "password_stdin")]
    pub service: bool,
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
        match &self.command {
            UserCommand::Add(add) => add.answer(database, clock, input).await,
            UserCommand::List => list(database).await,
            UserCommand::Role(change) => change.answer(database, clock).await,
            UserCommand::Disable(UserName { name }) => {
                let name = parse_name(name)?;
                people::set_disabled(database, clock, os::actor(), &name, true).await?;
                let human = format!("disabled {name}; its sessions and tokens have ended");
                Ok((human, json!({ "name": name, "disabled": true })))
            }
            UserCommand::Enable(UserName { name }) => {
                let name = parse_name(name)?;
                people::set_disabled(database, clock, os::actor(), &name, false).await?;
                Ok((format!("enabled {name}"), json!({ "name": name, "disabled": false })))
            }
            UserCommand::Password(UserPassword { name, .. }) => {
                let name = parse_name(name)?;
                let hash = Password::parse(&read_password(input)?, &[&name])?.hash()?;
                people::set_password(database, clock, os::actor(), &name, &hash, None).await?;
                let human = format!("{name} has a new password; all sessions have ended");
                Ok((human, json!({ "name": name })))
            }
            UserCommand::EndSecondFactor(UserName { name }) => {
                let name = parse_name(name)?;
                let ended = second_factor::end(database, clock, os::actor(), &name).await?;
                let human = if ended { "ended the second factor of" } else { "no second factor:" };
                Ok((format!("{human} {name}"), json!({ "name": name, "ended": ended })))
            }
            UserCommand::DemandSecondFactor(UserDemand { off }) => {
                demand::set(database, clock, os::actor(), !off).await?;
                let people = rows::all(&mut *database.read().await?).await?;
                let owing = |one: &&Person| one.may_sign_in() && !one.has_second_factor;
                let without = people.iter().filter(owing).count();
                let human = match off {
                    true => "a second factor is left to each person".to_owned(),
                    false => format!("everybody must have a second factor; {without} have none"),
                };
                Ok((human, json!({ "demanded": !off, "without": without })))
            }
        }
    }
}

fn place(project: Option<&str>) -> String {
    project.map_or("all projects".to_owned(), |project| format!("{project:?}"))
}

impl UserAdd {
    async fn answer(
        &self,
        database: &Database,
        clock: &Clock,
        input: &mut dyn BufRead,
    ) -> Result<(String, Value), Refused> {
        let name = parse_name(&self.name)?;
        let display_name = parse_display_name(self.display_name.as_deref().unwrap_or(""), &name)?;
        let hash = if self.password_stdin {
            Password::parse(&read_password(input)?, &[&name, &display_name])?.hash()?
        } else {
            String::new()
        };
        let grants = vec![(self.project.clone().unwrap_or_default(), self.role)];
        let mut person = Person::new(name, display_name, grants);
        if self.service {
            person.kind = AccountKind::Service;
        }
        operation::add_person(database, clock, os::actor(), &person, &hash).await?;
        let (name, role) = (&person.name, self.role.as_str());
        let place = place(self.project.as_deref());
        let json = json!({ "name": name, "role": role, "project": self.project });
        Ok((format!("added {name}, {role} in {place}"), json))
    }
}

impl UserRole {
    async fn answer(&self, database: &Database, clock: &Clock) -> Result<(String, Value), Refused> {
        let name = parse_name(&self.name)?;
        let project = self.project.as_deref().unwrap_or_default();
        people::set_role(database, clock, os::actor(), &name, project, self.role).await?;
        let role = self.role.map(Role::as_str);
        let place = place(self.project.as_deref());
        let human = format!("{name} is {} in {place}", role.unwrap_or("nobody"));
        Ok((human, json!({ "name": name, "role": role, "project": self.project })))
    }
}

async fn list(database: &Database) -> Result<(String, Value), Refused> {
    let people = rows::all(&mut *database.read().await?).await?;
    let mut human = String::new();
    for person in &people {
        let roles: Vec<String> = person
            .grants
            .iter()
            .map(|(project, role)| match project.as_str() {
                "" => role.as_str().to_owned(),
                project => format!("{project}:{}", role.as_str()),
            })
            .collect();
        let mut notes = Vec::new();
        notes.extend((person.kind == AccountKind::Service).then_some("service"));
        notes.extend(person.disabled.then_some("disabled"));
        notes.extend(person.has_second_factor.then_some("second factor"));
        let columns =
            [person.name.as_str(), &person.display_name, &roles.join(" "), &notes.join(", ")];
        human.push_str(columns.join("\t").trim_end());
        human.push('\n');
    }
    let users: Vec<Value> = people.iter().map(user_json).collect();
    Ok((human, json!({ "users": users })))
}

fn user_json(person: &Person) -> Value {
    let roles: Vec<Value> = person
        .grants
        .iter()
        .map(|(project, role)| {
            let project = Some(project.as_str()).filter(|project| !project.is_empty());
            json!({ "project": project, "role": role.as_str() })
        })
        .collect();
    json!({
        "name": person.name,
        "display_name": person.display_name,
        "kind": person.kind.as_str(),
        "disabled": person.disabled,
        "second_factor": person.has_second_factor,
        "languages": person.languages.iter().map(|lang| lang.code()).collect::<Vec<_>>(),
        "roles": roles,
    })
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
            service: false,
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
