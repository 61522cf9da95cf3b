//! What may stand in the front matter of each kind of record.
//!
//! One table drives everything: which keys are known, what their values look like, how JSON
//! becomes TOML and back, and the order and layout of new texts.

use super::Kind;
use super::check::Faults;
use super::tree::Node;
use crate::glossary::concept::{RelationKind, Status, Use};
use crate::glossary::project::Visibility;
use crate::postmortem::cause::{CauseKind, FixStatus};
use crate::postmortem::incident::{
    ActionItemKind, ActionItemStatus, EventKind, IncidentKind, IncidentStatus, Outcome, Review,
    Severity,
};

/// One key of a table.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What its value looks like.
    pub form: Form,
    /// Whether the table is wrong without it.
    pub required: bool,
    /// Written under its own header (`[definition]`, `[[term]]`) rather than on one line.
    pub section: bool,
}

/// What a value looks like.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Any text.
    Str,
    /// Text that is not empty or blank.
    Text,
    /// Text that follows a rule.
    Word(Rule),
    /// `true` or `false`.
    Bool,
    /// A whole number of at least this.
    Integer {
        /// Smallest allowed value.
        min: i64,
        /// Largest allowed value.
        max: i64,
    },
    /// A finite number, written with or without a fraction.
    Float,
    /// An RFC 3339 date-time with an offset.
    DateTime,
    /// A date.
    Date,
    /// One of these words.
    Enum(&'static [&'static str]),
    /// A list of any texts.
    StrList,
    /// A list of texts that follow a rule.
    WordList(Rule),
    /// Text by language code.
    LangMap,
    /// A table of these keys.
    Table(&'static [Field]),
    /// A list of tables of these keys.
    Tables(&'static [Field]),
    /// A table of any keys.
    Free,
    /// Any value.
    Any,
}

/// What a text has to look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// Not empty or blank.
    Filled,
    /// An id.
    Slug,
    /// A BCP 47 language tag, such as `ko` or `zh-Hant`.
    Language,
    /// An IANA time zone.
    TimeZone,
    /// `#RRGGBB`.
    Hex,
    /// 64 lower-case hex digits, or `…` while it is not known.
    Sha256,
    /// `id` or `project:id`.
    Id,
    /// `id@N` or `project:id@N`; a revision may be absent.
    Pin,
    /// `cause/fix`.
    Fix,
    /// `environment:target`.
    Target,
    /// A path inside the record's folder.
    Path,
    /// An `http` or `https` address, or nothing.
    Url,
}

/// Rules over more than one key of a record.
pub type CrossRule = fn(&Node, &mut Faults<'_>);

/// The keys of a kind of record, in the order in which a new text has them.
pub fn fields(kind: Kind) -> &'static [Field] {
    match kind {
        Kind::Project => PROJECT,
        Kind::Concept => CONCEPT,
        Kind::Cause => CAUSE,
        Kind::Postmortem => POSTMORTEM,
    }
}

/// The rules of a kind of record that look at more than one key.
pub fn cross_rule(kind: Kind) -> CrossRule {
    match kind {
        Kind::Project => crate::glossary::file::check_project,
        Kind::Concept => crate::glossary::file::check_concept,
        Kind::Cause => crate::postmortem::file::check_cause,
        Kind::Postmortem => crate::postmortem::file::check_postmortem,
    }
}

/// A key that must stand.
pub const fn must(name: &'static str, form: Form) -> Field {
    Field { name, form, required: true, section: false }
}

/// A key that may stand.
pub const fn may(name: &'static str, form: Form) -> Field {
    Field { name, form, required: false, section: false }
}

/// A key that may stand, under its own header.
pub const fn section(name: &'static str, form: Form) -> Field {
    Field { name, form, required: false, section: true }
}

const REV: Form = Form::Integer { min: 1, max: u32::MAX as i64 };
const COUNT: Form = Form::Integer { min: 0, max: u32::MAX as i64 };
const SIZE: Form = Form::Integer { min: 0, max: i64::MAX };
const SLUG: Form = Form::Word(Rule::Slug);
const LANGUAGE: Form = Form::Word(Rule::Language);
const FILLED_LIST: Form = Form::WordList(Rule::Filled);
const PIN_LIST: Form = Form::WordList(Rule::Pin);

const PROJECT: &[Field] = &[
    must("name", Form::Text),
    may("client", Form::Str),
    must("languages", Form::WordList(Rule::Language)),
    may("timezone", Form::Word(Rule::TimeZone)),
    may("visibility", Form::Enum(Visibility::WORDS)),
    may("postmortem_label", Form::LangMap),
    may("inherits", Form::WordList(Rule::Slug)),
    may("heirs", Form::WordList(Rule::Slug)),
    section("postmortem_sections", Form::LangMap),
    section("signoff", Form::Tables(INHERITED_SIGNOFF)),
    section("sla", Form::Tables(SLA)),
];

const INHERITED_SIGNOFF: &[Field] = &[
    must("concept", Form::Word(Rule::Id)),
    must("who", Form::Text),
    must("rev", REV),
    must("at", Form::DateTime),
];

const SLA: &[Field] = &[
    must("name", Form::Text),
    must("minutes_per_month", COUNT),
    may("services", Form::StrList),
    may("source", Form::Str),
];

const CONCEPT: &[Field] = &[
    must("id", SLUG),
    must("rev", REV),
    must("status", Form::Enum(Status::WORDS)),
    may("subject", Form::Str),
    may("owner", Form::Str),
    may("not", Form::StrList),
    may("example", Form::StrList),
    may("source", Form::Str),
    may("relations", Form::Tables(RELATION)),
    may("targets", Form::WordList(Rule::Target)),
    may("swatch", Form::Tables(SWATCH)),
    may("not_swatch", Form::Tables(NOT_SWATCH)),
    may("images", Form::WordList(Rule::Path)),
    may("measure", Form::Tables(MEASURE)),
    Field { name: "definition", form: Form::LangMap, required: true, section: true },
    section("term", Form::Tables(TERM)),
    section("signoff", Form::Tables(SIGNOFF)),
    section("rejected", Form::Tables(REJECTED)),
];

const RELATION: &[Field] = &[
    must("type", Form::Enum(RelationKind::WORDS)),
    must("to", Form::Word(Rule::Id)),
    may("note", Form::Str),
];

const SWATCH: &[Field] =
    &[may("role", Form::Str), must("hex", Form::Word(Rule::Hex)), may("delta_e", Form::Float)];

const NOT_SWATCH: &[Field] = &[must("hex", Form::Word(Rule::Hex)), may("why", Form::Str)];

const MEASURE: &[Field] = &[
    must("name", Form::Text),
    may("min", Form::Float),
    may("max", Form::Float),
    may("unit", Form::Str),
];

const TERM: &[Field] = &[
    must("lang", LANGUAGE),
    must("text", Form::Text),
    must("use", Form::Enum(Use::WORDS)),
    may("replace", Form::Str),
    may("why", Form::Str),
    may("acronym", Form::Bool),
    may("shield", FILLED_LIST),
    may("hit", FILLED_LIST),
    may("miss", FILLED_LIST),
    may("stems", FILLED_LIST),
    may("near", Form::Table(NEAR)),
    may("false_positives", COUNT),
];

const NEAR: &[Field] = &[must("words", FILLED_LIST), must("within", COUNT)];

const SIGNOFF: &[Field] = &[must("who", Form::Text), must("rev", REV), must("at", Form::DateTime)];

const REJECTED: &[Field] = &[
    must("at", Form::Date),
    must("what", Form::Text),
    may("cost", Form::Float),
    may("currency", Form::Str),
    may("why", Form::Str),
    may("url", Form::Word(Rule::Url)),
];

const CAUSE: &[Field] = &[
    must("id", SLUG),
    must("title", Form::Text),
    must("kind", Form::Enum(CauseKind::WORDS)),
    may("component", Form::Str),
    may("concepts", PIN_LIST),
    section("temporary_fix", Form::Tables(TEMPORARY_FIX)),
    section("permanent_fix", Form::Tables(PERMANENT_FIX)),
];

const TEMPORARY_FIX: &[Field] =
    &[must("id", SLUG), must("summary", Form::Text), may("action", SLUG), may("args", Form::Free)];

const PERMANENT_FIX: &[Field] = &[
    must("id", SLUG),
    must("summary", Form::Text),
    must("status", Form::Enum(FixStatus::WORDS)),
    may("owner", Form::Str),
    may("due", Form::Date),
    may("url", Form::Word(Rule::Url)),
    may("proof", Form::Str),
    may("proven_by", Form::Str),
];

const POSTMORTEM: &[Field] = &[
    must("id", SLUG),
    must("title", Form::Text),
    may("lang", LANGUAGE),
    may("kind", Form::Enum(IncidentKind::WORDS)),
    may("severity", Form::Enum(Severity::WORDS)),
    may("status", Form::Enum(IncidentStatus::WORDS)),
    may("review", Form::Enum(Review::WORDS)),
    may("services", Form::StrList),
    may("tags", Form::StrList),
    may("lead", Form::Str),
    may("impact", Form::Str),
    may("started", Form::DateTime),
    may("detected", Form::DateTime),
    may("acknowledged", Form::DateTime),
    may("mitigated", Form::DateTime),
    may("resolved", Form::DateTime),
    may("concepts", PIN_LIST),
    may("related", Form::WordList(Rule::Id)),
    section("cause", Form::Tables(CAUSE_LINK)),
    section("applied", Form::Tables(APPLIED)),
    section("event", Form::Tables(EVENT)),
    section("action_item", Form::Tables(ACTION_ITEM)),
    section("evidence", Form::Tables(EVIDENCE)),
    section("extra", Form::Free),
];

const CAUSE_LINK: &[Field] = &[must("id", SLUG), may("role", Form::Enum(CauseKind::WORDS))];

const APPLIED: &[Field] = &[
    must("fix", Form::Word(Rule::Fix)),
    may("at", Form::DateTime),
    may("outcome", Form::Enum(Outcome::WORDS)),
    must("expires", Form::Date),
    may("until", Form::Word(Rule::Fix)),
    may("why_none", Form::Str),
    may("run", Form::Str),
    may("ended", Form::DateTime),
];

const EVENT: &[Field] = &[
    must("at", Form::DateTime),
    must("text", Form::Text),
    may("kind", Form::Enum(EventKind::WORDS)),
    may("by", Form::Str),
    may("run", Form::Str),
];

const ACTION_ITEM: &[Field] = &[
    must("type", Form::Enum(ActionItemKind::WORDS)),
    must("summary", Form::Text),
    may("owner", Form::Str),
    may("due", Form::Date),
    may("status", Form::Enum(ActionItemStatus::WORDS)),
    may("elsewhere", Form::StrList),
];

const EVIDENCE: &[Field] = &[
    must("name", Form::Text),
    must("sha256", Form::Word(Rule::Sha256)),
    must("size_bytes", SIZE),
    may("type", Form::Str),
];
