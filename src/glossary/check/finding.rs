//! What the checker says of a text.

use std::ops::Range;

use crate::glossary::matcher::Tier;

/// What is wrong; the names are those of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A word that the project does not use.
    DeprecatedTerm,
    /// Two forms of one concept and language in one text.
    InconsistentTerm,
    /// A word that everybody reads differently.
    VagueWord,
    /// A `[[link]]` that no concept answers.
    UndefinedTerm,
    /// A word that is not agreed yet.
    DisputedTerm,
    /// A pinned meaning that is not the current one.
    MovedMeaning,
    /// A fix without saying whether it is temporary or permanent.
    FixClass,
    /// A person named as a cause.
    Blame,
    /// A colour that the client refused.
    NotSwatch,
    /// A colour in an agreed role that is outside its tolerance.
    OffSwatch,
    /// A comment that turns a rule off in a way that does not count.
    Suppression,
}

impl Rule {
    /// All rules.
    pub const ALL: [Self; 11] = [
        Self::DeprecatedTerm,
        Self::InconsistentTerm,
        Self::VagueWord,
        Self::UndefinedTerm,
        Self::DisputedTerm,
        Self::MovedMeaning,
        Self::FixClass,
        Self::Blame,
        Self::NotSwatch,
        Self::OffSwatch,
        Self::Suppression,
    ];

    /// Its name in files, answers and comments.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DeprecatedTerm => "deprecated-term",
            Self::InconsistentTerm => "inconsistent-term",
            Self::VagueWord => "vague-word",
            Self::UndefinedTerm => "undefined-term",
            Self::DisputedTerm => "disputed-term",
            Self::MovedMeaning => "moved-meaning",
            Self::FixClass => "fix-class",
            Self::Blame => "blame",
            Self::NotSwatch => "not-swatch",
            Self::OffSwatch => "off-swatch",
            Self::Suppression => "suppression",
        }
    }

    /// The rule of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|rule| rule.as_str() == name)
    }

    /// What it looks for, in one line.
    pub fn summary(self) -> &'static str {
        match self {
            Self::DeprecatedTerm => "A word that the project has agreed not to use",
            Self::InconsistentTerm => "Two forms of one concept in one text",
            Self::VagueWord => "A word that everybody reads differently",
            Self::UndefinedTerm => "A link to a word that is not in the glossary",
            Self::DisputedTerm => "A word whose meaning is not agreed yet",
            Self::MovedMeaning => "A pinned meaning that is not the current one",
            Self::FixClass => "A fix without saying whether it is temporary or permanent",
            Self::Blame => "A person named as a cause",
            Self::NotSwatch => "A colour that the client refused",
            Self::OffSwatch => "A colour outside the tolerance of its agreed role",
            Self::Suppression => "A comment that turns a rule off without a reason",
        }
    }
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Look at it.
    Hint,
    /// It will be misread.
    Warning,
    /// It is wrong.
    Error,
}

impl Level {
    /// Its name in answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }

    /// The level of a name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Hint, Self::Warning, Self::Error].into_iter().find(|l| l.as_str() == name)
    }
}

/// A change of the text, in bytes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What goes away.
    pub range: Range<usize>,
    /// What comes instead.
    pub text: String,
}

/// Something to look at in a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What is wrong.
    pub rule: Rule,
    /// How much it weighs; never above a hint for a weak match.
    pub level: Level,
    /// How sure the match is.
    pub tier: Tier,
    /// Where, in bytes of the text.
    pub range: Range<usize>,
    /// The concept it is about.
    pub concept: Option<String>,
    /// What a person reads, in English, with words of the content in their own language.
    pub message: String,
    /// What the content itself says of it: why a word is deprecated, the question that a vague
    /// word raises, why a colour was refused. Empty where it says nothing.
    pub detail: String,
    /// The word to write in its place.
    pub replace: Option<String>,
    /// The change that puts it right, particles included; only where that is certain.
    pub edit: Option<Edit>,
}

/// A place where a text uses a term, in bytes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Index of the concept in the dictionary.
    pub concept: usize,
    /// Index of the term in the concept.
    pub term: usize,
    /// How sure it is.
    pub tier: Tier,
    /// Where, in bytes of the text.
    pub range: Range<usize>,
}

/// Everything that is said of one text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// What to look at, in order of the text.
    pub findings: Vec<Finding>,
    /// Words that were recognised as terms, in order of the text.
    pub mentions: Vec<Found>,
}

impl Report {
    /// The weightiest finding.
    pub fn worst(&self) -> Option<Level> {
        self.findings.iter().map(|finding| finding.level).max()
    }
}
