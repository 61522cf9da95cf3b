//! `sajeon token`: tokens for programs.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::user::{Refused, parse_role};
use crate::account::operation::{self, NewToken, TOKEN_DAYS_MAX};
use crate::account::os;
use crate::account::person::parse_name;
use crate::account::role::Role;
use crate::account::store::people as rows;
use crate::clock::Clock;
use crate::store::Database;

const HOUR_MS: i64 = 60 * 60 * 1_000;

/// Tokens for programs.
#[derive(Debug, Clone, Args)]
pub struct Token {
    /// What to do.
    #[command(subcommand)]
    pub command: TokenCommand,
}

/// What can be done with tokens.
#[derive(Debug, Clone, Subcommand)]
pub enum TokenCommand {
    /// Makes a token and prints it alone on standard output; it is not shown again.
    Create(TokenCreate),
    /// Lists the tokens that still hold, newest first
    List(TokenList),
    /// Revokes a token at once
    Revoke(TokenRevoke),
}

/// Which tokens to list.
#[derive(Debug, Clone, Args)]
pub struct TokenList {
    /// Only those of one person or service.
    #[arg(long)]
    pub user: Option<String>,
}

/// Which token to revoke.
#[derive(Debug, Clone, Args)]
pub struct TokenRevoke {
    /// The token's id, as `token list` shows it; never the token itself.
    pub id: String,
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
    /// What it is for, to know later which one to revoke.
    #[arg(long, default_value = "")]
    pub label: String,
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

impl Token {
    /// Does it, and gives the answer for a person and for a program.
    ///
    /// # Errors
    /// [`Refused`] with the exit status.
    pub async fn answer(
        &self,
        database: &Database,
        clock: &Clock,
    ) -> Result<(String, Value), Refused> {
        let create = match &self.command {
            TokenCommand::Create(create) => create,
            TokenCommand::List(list) => return list.answer(database, clock).await,
            TokenCommand::Revoke(revoke) => return revoke.answer(database, clock).await,
        };
        let new = NewToken {
            person: &parse_name(&create.user)?,
            label: &create.label,
            project: create.project.as_deref().unwrap_or_default(),
            role: create.role,
            life_ms: create.expires,
        };
        let secret = operation::create_token(database, clock, os::actor(), new).await?;
        Ok((secret.reveal().to_owned(), json!({ "token": secret.reveal() })))
    }
}

impl TokenList {
    async fn answer(&self, database: &Database, clock: &Clock) -> Result<(String, Value), Refused> {
        let user = self.user.as_deref().map(parse_name).transpose()?;
        let now_ms = clock.now_ms();
        let mut tokens = rows::tokens(&mut *database.read().await?).await?;
        tokens.retain(|token| {
            token.is_live(now_ms) && user.as_ref().is_none_or(|user| token.person == *user)
        });
        let mut human = String::new();
        let mut list = Vec::new();
        for token in &tokens {
            let project = Some(token.project.as_str()).filter(|project| !project.is_empty());
            let (id, person, role) = (&token.id, &token.person, token.role.as_str());
            let used = time(token.used_ms);
            let place = project.unwrap_or("all projects");
            let shown = used.as_deref().unwrap_or("never used");
            human.push_str(&format!(
                "{id}\t{person}\t{role} in {place}\t{shown}\t{}\n",
                token.label
            ));
            list.push(json!({
                "id": id, "user": person, "label": token.label, "project": project, "role": role,
                "created": time(token.created_ms), "expires": time(token.expires_ms),
                "last_used": used,
            }));
        }
        Ok((human, json!({ "tokens": list })))
    }
}

/// RFC 3339; none for a moment that never was.
fn time(at_ms: i64) -> Option<String> {
    let at = jiff::Timestamp::from_millisecond(at_ms).ok()?;
    (at_ms != 0).then(|| at.to_string())
}

impl TokenRevoke {
    async fn answer(&self, database: &Database, clock: &Clock) -> Result<(String, Value), Refused> {
        let found = rows::token_by_id(&mut *database.read().await?, &self.id).await?;
        let revoked = match &found {
            Some(token) => {
                let (person, id) = (&token.person, &token.id);
                operation::revoke_token(database, clock, os::actor(), person, id).await?
            }
            None => false,
        };
        if !revoked {
            let message = format!("no token {} is there to revoke", self.id);
            return Err(Refused { status: 1, message });
        }
        Ok((format!("revoked {}", self.id), json!({ "id": self.id })))
    }
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
        let person = Person::new("minji", "minji", vec![("hanbit".to_owned(), Role::Author)]);
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
                label: String::new(),
                expires: None,
            });
            let answer = Token { command }.answer(&database, &clock).await;
            let found = answer.as_ref().map_or_else(|refused| refused.status, |_| 0);
            assert_eq!(found, status, "{user} {role:?} {project:?}");
            let secret = answer.map_or(PREFIX.to_owned(), |(human, _)| human);
            assert!(secret.starts_with(PREFIX) && !secret.contains('\n'));
        }
    }
}
