//! One person's answer: what may stand in it, and how it is written down to be sealed.

use serde::{Deserialize, Serialize};

use super::{COLOURS_MAX, Poll, PollKind, TEXT_CHARS_MAX};
use crate::glossary::colour::Colour;
use crate::record::rule::is_language;
use crate::record::words::words;

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// What the word means, in words.
    Definition {
        /// The language that it is written in.
        lang: String,
        /// The definition.
        text: String,
    },
    /// Colours, the most typical one first.
    Colours(Vec<Colour>),
    /// One verdict for each case of the poll, in its order.
    Cases(Vec<Verdict>),
}

/// Whether a word covers a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// The person cannot tell.
    Unsure,
}

words!(Verdict {
    Yes = "yes",
    No = "no",
    Unsure = "unsure",
});

impl Verdict {
    /// Every verdict, in the order of forms and counts.
    pub const ALL: [Self; 3] = [Self::Yes, Self::No, Self::Unsure];
}

/// An answer as requests carry it; exactly one of the three is there.
#[derive(Debug, Clone, Default, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "colours": ["#C9A227", "#1B1B1B"] }))]
pub struct AnswerJson {
    /// What the word means, in one's own language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<DefinitionJson>,
    /// Colours as `#RRGGBB`, the most typical one first; at most five.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colours: Option<Vec<String>>,
    /// `yes`, `no` or `unsure` for each case, in the poll's order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cases: Option<Vec<String>>,
}

/// A definition in an answer.
#[derive(Debug, Clone, Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DefinitionJson {
    /// Language code.
    pub lang: String,
    /// The definition.
    pub text: String,
}

/// What is sealed: an answer with its person.
#[derive(Debug, Deserialize, Serialize)]
struct SealedJson {
    person: String,
    answer: AnswerJson,
}

impl From<&Answer> for AnswerJson {
    fn from(answer: &Answer) -> Self {
        let mut json = Self::default();
        match answer {
            Answer::Definition { lang, text } => {
                json.definition = Some(DefinitionJson { lang: lang.clone(), text: text.clone() });
            }
            Answer::Colours(colours) => {
                json.colours = Some(colours.iter().map(ToString::to_string).collect());
            }
            Answer::Cases(cases) => {
                json.cases = Some(cases.iter().map(|one| one.as_str().to_owned()).collect());
            }
        }
        json
    }
}

impl Answer {
    /// Reads an answer to `poll`.
    ///
    /// # Errors
    /// The key and what is wrong with it.
    pub fn read(poll: &Poll, json: &AnswerJson) -> Result<Self, (&'static str, String)> {
        match (poll.kind, json) {
            (
                PollKind::Definition,
                AnswerJson { definition: Some(one), colours: None, cases: None },
            ) => definition(&one.lang, &one.text),
            (
                PollKind::Colours,
                AnswerJson { definition: None, colours: Some(hexes), cases: None },
            ) => colours(hexes),
            (
                PollKind::Cases,
                AnswerJson { definition: None, colours: None, cases: Some(verdicts) },
            ) => cases(poll, verdicts),
            (kind, _) => {
                let key = kind.as_str();
                Err((key, format!("this poll asks for `{key}`, and for nothing else")))
            }
        }
    }

    /// The text that is sealed. It is filled up with spaces, so that its length tells little of
    /// what was written.
    pub fn to_sealed(&self, person: &str) -> String {
        const STEP: usize = 1_024;
        let sealed = SealedJson { person: person.to_owned(), answer: AnswerJson::from(self) };
        let mut text = serde_json::to_string(&sealed).expect("its keys are texts");
        let length = text.len().next_multiple_of(STEP);
        text.extend(std::iter::repeat_n(' ', length - text.len()));
        text
    }

    /// Person and answer from what was sealed.
    pub fn from_sealed(poll: &Poll, text: &str) -> Option<(String, Self)> {
        let sealed: SealedJson = serde_json::from_str(text.trim_end()).ok()?;
        Some((sealed.person, Self::read(poll, &sealed.answer).ok()?))
    }

    /// The text that is stored once the poll is revealed.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&AnswerJson::from(self)).expect("its keys are texts")
    }

    /// Reads what [`Answer::to_json`] wrote.
    pub fn from_json(poll: &Poll, text: &str) -> Option<Self> {
        Self::read(poll, &serde_json::from_str(text).ok()?).ok()
    }
}

fn definition(lang: &str, text: &str) -> Result<Answer, (&'static str, String)> {
    let text = text.trim();
    let control = |c: char| c.is_control() && !"\n\t".contains(c);
    if text.is_empty() {
        return Err(("definition", "the definition is empty".to_owned()));
    }
    if text.chars().count() > TEXT_CHARS_MAX {
        let message = format!("the definition has more than {TEXT_CHARS_MAX} characters");
        return Err(("definition", message));
    }
    if text.contains(control) || !is_language(lang) {
        let message = "a language code, and text without control characters, are needed";
        return Err(("definition", message.to_owned()));
    }
    Ok(Answer::Definition { lang: lang.to_owned(), text: text.to_owned() })
}

fn colours(hexes: &[String]) -> Result<Answer, (&'static str, String)> {
    if hexes.is_empty() || hexes.len() > COLOURS_MAX {
        return Err(("colours", format!("1 to {COLOURS_MAX} colours are needed")));
    }
    let mut found: Vec<Colour> = Vec::new();
    for hex in hexes {
        let Some(colour) = Colour::parse(hex) else {
            return Err(("colours", format!("{hex:?} is no colour such as #7A0019")));
        };
        if !found.contains(&colour) {
            found.push(colour);
        }
    }
    Ok(Answer::Colours(found))
}

fn cases(poll: &Poll, verdicts: &[String]) -> Result<Answer, (&'static str, String)> {
    if verdicts.len() != poll.cases.len() {
        return Err(("cases", format!("{} verdicts are needed, one a case", poll.cases.len())));
    }
    let verdicts = verdicts.iter().map(|word| {
        Verdict::parse(word).ok_or(("cases", format!("{word:?} is not yes, no or unsure")))
    });
    Ok(Answer::Cases(verdicts.collect::<Result<_, _>>()?))
}
