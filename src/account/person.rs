//! A person's account: its name, and what it may be called.

use unicode_normalization::UnicodeNormalization;

use super::password::{CHARS_MAX, CHARS_MIN};
use super::role::{Role, Visitor};
use crate::http::text::Lang;

/// Characters of a name.
const NAME_CHARS_MAX: usize = 64;
/// Characters of what a person is called.
const DISPLAY_NAME_CHARS_MAX: usize = 100;

/// Whom an account is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AccountKind {
    /// Somebody who signs in.
    #[default]
    Person,
    /// A program: only tokens act for it, and nobody signs in with it.
    Service,
}

impl AccountKind {
    /// The word in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Service => "service",
        }
    }

    /// The kind that `word` names.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Person, Self::Service].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// An account as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The name in histories, in the audit and at sign-in.
    pub name: String,
    /// What the person is called on a page.
    pub display_name: String,
    /// Person or service.
    pub kind: AccountKind,
    /// The language of pages; none means that the browser decides.
    pub language: Option<Lang>,
    /// The languages that the person reads, for whoever looks for a reader.
    pub languages: Vec<Lang>,
    /// Whether there is a password to sign in with.
    pub has_password: bool,
    /// Whether signing in also takes a code.
    pub has_second_factor: bool,
    /// Whether the person may come in.
    pub disabled: bool,
    /// Roles; project `""` means all projects.
    pub grants: Vec<(String, Role)>,
}

impl Person {
    /// An account that is new: nothing chosen yet, and no way in but what is stored beside it.
    pub fn new(
        name: impl Into<String>,
        display_name: impl Into<String>,
        grants: Vec<(String, Role)>,
    ) -> Self {
        Self {
            name: name.into(),
            display_name: display_name.into(),
            kind: AccountKind::Person,
            language: None,
            languages: Vec::new(),
            has_password: false,
            has_second_factor: false,
            disabled: false,
            grants,
        }
    }

    /// Whether this one may sign in.
    pub fn may_sign_in(&self) -> bool {
        !self.disabled && self.kind == AccountKind::Person
    }

    /// Whether this one is a site administrator who may come in.
    pub fn is_active_administrator(&self) -> bool {
        self.may_sign_in() && self.visitor().is_administrator()
    }

    /// The person as a visitor, with all rights.
    pub fn visitor(&self) -> Visitor {
        let mut visitor = Visitor {
            name: Some(self.name.clone()),
            display_name: Some(self.display_name.clone()),
            language: self.language,
            ..Visitor::anonymous()
        };
        for (project, role) in &self.grants {
            if project.is_empty() {
                visitor.everywhere = Some(*role);
            } else {
                visitor.roles.insert(project.clone(), *role);
            }
        }
        visitor
    }

    /// The person through a token: at most `role`, and only in `project` unless that is `""`.
    pub fn visitor_limited(&self, project: &str, role: Role) -> Visitor {
        let mut visitor = self.visitor();
        if project.is_empty() {
            visitor.everywhere = visitor.everywhere.map(|own| own.min(role));
            visitor.roles.values_mut().for_each(|own| *own = (*own).min(role));
        } else {
            let own = visitor.role_in(project).map(|own| own.min(role));
            visitor.everywhere = None;
            visitor.roles = own.map(|own| (project.to_owned(), own)).into_iter().collect();
        }
        visitor
    }
}

/// What is wrong with what somebody typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// The name is empty or too long.
    #[error("a name has 1 to {NAME_CHARS_MAX} characters")]
    NameLength,
    /// The name holds other characters.
    #[error(
        "a name is made of letters, digits, `-`, `_` and `.`, and starts with a letter or digit"
    )]
    NameCharacters,
    /// The name is the program's own.
    #[error("`system` is the program's own name in the audit")]
    NameReserved,
    /// What the person is called cannot be shown.
    #[error("a person's name has at most {DISPLAY_NAME_CHARS_MAX} characters, in one line")]
    DisplayName,
    /// The password is too short or too long.
    #[error("a password has {CHARS_MIN} to {CHARS_MAX} characters")]
    PasswordLength,
    /// The password is easily guessed.
    #[error("this password is among the first that anybody tries")]
    PasswordCommon,
    /// The password is the person's name, or the program's, with little around it.
    #[error("this password is little more than a name")]
    PasswordName,
}

impl InputError {
    /// The key of its text on a page.
    pub fn key(self) -> &'static str {
        match self {
            Self::NameLength => "account-name-length",
            Self::NameCharacters => "account-name-characters",
            Self::NameReserved => "account-name-reserved",
            Self::DisplayName => "account-display-name-rule",
            Self::PasswordLength => "account-password-length",
            Self::PasswordCommon => "account-password-common",
            Self::PasswordName => "account-password-name",
        }
    }
}

/// The stored form of a name: normalised, so that one person has one name however it is typed.
///
/// # Errors
/// [`InputError`].
pub fn parse_name(typed: &str) -> Result<String, InputError> {
    // Bounded before it is normalised, which can make one character into eighteen.
    let name: String = typed.trim().chars().take(4 * NAME_CHARS_MAX).nfkc().collect();
    let name = name.to_lowercase();
    let count = name.chars().count();
    if count == 0 || count > NAME_CHARS_MAX {
        return Err(InputError::NameLength);
    }
    let known = |c: char| c.is_alphanumeric() || "-_.".contains(c);
    if !name.chars().all(known) || !name.starts_with(char::is_alphanumeric) {
        return Err(InputError::NameCharacters);
    }
    if name == "system" {
        return Err(InputError::NameReserved);
    }
    Ok(name)
}

/// What a person is called; the name itself when nothing was typed.
///
/// # Errors
/// [`InputError::DisplayName`].
pub fn parse_display_name(typed: &str, name: &str) -> Result<String, InputError> {
    let typed = typed.trim();
    if typed.chars().count() > DISPLAY_NAME_CHARS_MAX || typed.chars().any(char::is_control) {
        return Err(InputError::DisplayName);
    }
    Ok(if typed.is_empty() { name } else { typed }.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_one_name() {
        for (typed, name) in [
            ("minji", Some("minji")),
            (" Minji ", Some("minji")),
            ("ｍｉｎｊｉ", Some("minji")),
            ("민지", Some("민지")),
            ("민지", Some("민지")),
            ("田中.t-1_x", Some("田中.t-1_x")),
            ("os:root", None),
            ("a b", None),
            ("-rf", None),
            ("System", None),
            ("", None),
            ("a\u{202e}b", None),
        ] {
            assert_eq!(parse_name(typed).ok().as_deref(), name, "{typed:?}");
        }
        assert!(parse_name(&"a".repeat(65)).is_err());
    }

    #[test]
    fn a_token_never_gives_more_than_its_person_has() {
        let grants = vec![(String::new(), Role::Viewer), ("hanbit".to_owned(), Role::Lead)];
        let person = Person::new("minji", "민지", grants);
        let all = person.visitor_limited("", Role::Author);
        assert_eq!(all.role_in("hanbit"), Some(Role::Author));
        assert_eq!(all.role_in("orion"), Some(Role::Viewer));
        let one = person.visitor_limited("hanbit", Role::Owner);
        assert_eq!(one.role_in("hanbit"), Some(Role::Lead));
        assert_eq!(one.role_in("orion"), None);
        let other = person.visitor_limited("orion", Role::Owner);
        assert_eq!(other.role_in("orion"), Some(Role::Viewer));
    }
}
