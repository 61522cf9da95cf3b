//! The texts of the interface: three languages, looked up from Fluent files built into the program.

use std::borrow::Cow;
use std::fmt;

use fluent_templates::fluent_bundle::FluentValue;
use fluent_templates::{LanguageIdentifier, Loader, langid};

use self::locales::LOCALES;
use crate::text::particle;

#[expect(clippy::disallowed_types, reason = "the macro keeps its languages in one")]
mod locales {
    fluent_templates::static_loader! {
        pub static LOCALES = {
            locales: "./locales",
            fallback_language: "en",
            // All three languages are written left to right: no isolating marks around arguments.
            customise: |bundle| bundle.set_use_isolating(false),
        };
    }
}

static EN: LanguageIdentifier = langid!("en");
static KO: LanguageIdentifier = langid!("ko");
static JA: LanguageIdentifier = langid!("ja");

/// The cookie that keeps a reader's choice of language.
pub const LANGUAGE_COOKIE: &str = "sajeon-language";

/// A language of the interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// 한국어.
    Ko,
    /// 日本語.
    Ja,
}

impl Lang {
    /// Every language, in the order of the switcher.
    pub const ALL: [Self; 3] = [Self::Ko, Self::En, Self::Ja];

    /// The code in `lang` attributes, in the cookie and in content.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
            Self::Ja => "ja",
        }
    }

    /// What its speakers call it.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::Ko => "한국어",
            Self::Ja => "日本語",
        }
    }

    /// The language of a code such as `ko` or `ko-KR`.
    pub fn parse(code: &str) -> Option<Self> {
        let primary = code.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|lang| lang.code().eq_ignore_ascii_case(primary))
    }

    /// The reader's choice, else the best of an `Accept-Language` header, else English.
    pub fn choose(cookie: Option<&str>, accept_language: Option<&str>) -> Self {
        if let Some(chosen) = cookie.and_then(Self::parse) {
            return chosen;
        }
        let mut best = (Self::default(), 0.0);
        for part in accept_language.unwrap_or_default().split(',').take(20) {
            let mut pieces = part.split(';');
            let Some(lang) = pieces.next().and_then(Self::parse) else { continue };
            let quality = pieces
                .find_map(|piece| piece.trim().strip_prefix("q="))
                .map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0));
            // The first of equals wins: browsers list the preferred one first.
            if quality > best.1 {
                best = (lang, quality);
            }
        }
        best.0
    }

    fn identifier(self) -> &'static LanguageIdentifier {
        match self {
            Self::En => &EN,
            Self::Ko => &KO,
            Self::Ja => &JA,
        }
    }
}

/// Looks texts up in one language; a template's `t`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Text {
    /// Which language.
    pub lang: Lang,
}

impl Text {
    /// The texts of `lang`.
    pub fn new(lang: Lang) -> Self {
        Self { lang }
    }

    /// The text of a key. An unknown key shows itself; a test finds those.
    pub fn get(&self, key: &str) -> String {
        LOCALES.try_lookup(self.lang.identifier(), key).unwrap_or_else(|| key.to_owned())
    }

    /// The text of a key that takes arguments: `t.with("found").num("count", 3)`.
    pub fn with<'a>(&self, key: &'a str) -> Message<'a> {
        Message { text: *self, key, arguments: Vec::new() }
    }
}

/// A text with arguments; shows itself through `Display`, and templates escape the result.
#[derive(Debug, Clone)]
pub struct Message<'a> {
    text: Text,
    key: &'a str,
    arguments: Vec<(&'static str, FluentValue<'static>)>,
}

impl Message<'_> {
    /// Adds a word.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.arguments.push((name, FluentValue::from(value.to_string())));
        self
    }

    /// Adds a whole number, which chooses plural forms. Templates hand their values over now by
    /// reference, now by value: whatever prints itself as a number will do.
    #[must_use]
    pub fn num(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        let value: i64 = value.to_string().parse().unwrap_or(i64::MAX);
        self.arguments.push((name, FluentValue::from(value)));
        self
    }
}

impl fmt::Display for Message<'_> {
    #[expect(clippy::disallowed_types, reason = "fluent-templates takes its arguments so")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let arguments: std::collections::HashMap<Cow<'static, str>, FluentValue<'_>> = self
            .arguments
            .iter()
            .map(|(name, value)| (Cow::Borrowed(*name), value.clone()))
            .collect();
        let found = LOCALES.try_lookup_with_args(self.text.lang.identifier(), self.key, &arguments);
        let found = found.as_deref().unwrap_or(self.key);
        // What a person wrote so stays so.
        let written = |value: &FluentValue<'_>| match value {
            FluentValue::String(text) => particle::has_both(text),
            _ => false,
        };
        match self.text.lang {
            Lang::Ko if !self.arguments.iter().any(|(_, value)| written(value)) => {
                f.write_str(&particle::fitted(found))
            }
            _ => f.write_str(found),
        }
    }
}

#[cfg(test)]
mod tests;
