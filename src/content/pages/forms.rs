//! The forms of the four kinds of record. What they do not ask for is edited as source.

use super::spec::{Control, Field, FormSpec, Part, Rows, Section, Source};
use crate::glossary::concept::{RelationKind, Status, Use};
use crate::glossary::project::Visibility;
use crate::http::text::Text;
use crate::http::words;
use crate::postmortem::cause::{CauseKind, FixStatus};
use crate::postmortem::incident::{
    ActionItemKind, ActionItemStatus, EventKind, IncidentKind, IncidentStatus, Outcome, Review,
    Severity,
};
use crate::record::Kind;

/// The form of a kind of record; a new incident is opened with few fields.
pub fn form(kind: Kind, new: bool) -> &'static FormSpec {
    match kind {
        Kind::Project => &PROJECT,
        Kind::Concept => &CONCEPT,
        Kind::Cause => &CAUSE,
        Kind::Postmortem if new => &NEW_POSTMORTEM,
        Kind::Postmortem => &POSTMORTEM,
    }
}

/// Every form, for the test that holds labels and texts together.
#[cfg(test)]
pub(super) const ALL: [&FormSpec; 5] = [&PROJECT, &CONCEPT, &CAUSE, &POSTMORTEM, &NEW_POSTMORTEM];

macro_rules! wording {
    ($name:ident, $type:ty, $value:ident, $t:ident => $word:expr) => {
        fn $name($t: Text, word: &str) -> String {
            <$type>::parse(word).map_or_else(|| word.to_owned(), |$value| $word)
        }
    };
}

wording!(concept_status, Status, value, t => words::concept_status(t, value).word);
wording!(term_use, Use, value, t => words::term_use(t, value).word);
wording!(relation, RelationKind, value, t => words::relation(t, value));
wording!(visibility, Visibility, value, t => words::visibility(t, value));
wording!(cause_kind, CauseKind, value, t => words::cause_kind(t, value));
wording!(fix_status, FixStatus, value, t => words::fix_status(t, value).word);
wording!(incident_kind, IncidentKind, value, t => words::incident_kind(t, value));
wording!(severity, Severity, value, t => words::severity(t, value).word);
wording!(status, IncidentStatus, value, t => words::incident_status(t, value).word);
wording!(review, Review, value, t => words::review(t, value).word);
wording!(outcome, Outcome, value, t => words::outcome(t, value).word);
wording!(event_kind, EventKind, value, t => words::event_kind(t, value));
wording!(item_kind, ActionItemKind, value, t => words::action_item_kind(t, value));
wording!(item_status, ActionItemStatus, value, t => words::action_item_status(t, value).word);

const fn one(field: Field) -> Part {
    Part::One(field)
}

const fn open(name: &'static str, parts: &'static [Part]) -> Section {
    Section { name, folded: false, parts }
}

const fn folded(name: &'static str, parts: &'static [Part]) -> Section {
    Section { name, folded: true, parts }
}

const LINE: Control = Control::Line;
const AREA: Control = Control::Area;
const LINES: Control = Control::Lines;

const PROJECT: FormSpec = FormSpec {
    group: "project",
    sections: &[
        open(
            "project",
            &[
                one(Field::new("name", LINE).required()),
                one(Field::new("client", LINE)),
                one(Field::new("languages", LINES).required().hint()),
                one(Field::new("timezone", Control::Suggest(Source::TimeZones))
                    .hint()
                    .default("UTC")),
                one(Field::new("visibility", Control::Choice(Visibility::WORDS, visibility))
                    .default("internal")),
            ],
        ),
        open("label", &[Part::ByLanguage(Field::new("postmortem_label", LINE))]),
        folded(
            "client-words",
            &[one(Field::new("inherits", LINES).hint()), one(Field::new("heirs", LINES).hint())],
        ),
    ],
};

const CONCEPT: FormSpec = FormSpec {
    group: "concept",
    sections: &[
        open("terms", &[Part::Many(TERM)]),
        open(
            "meaning",
            &[
                Part::ByLanguage(Field::new("definition", AREA).required()),
                one(Field::new("not", LINES).hint()),
                one(Field::new("example", LINES).hint()),
                Part::Meaning,
            ],
        ),
        open(
            "agreement",
            &[
                one(Field::new("status", Control::Choice(Status::WORDS, concept_status))
                    .required()
                    .hint()),
                one(Field::new("owner", LINE).hint()),
                one(Field::new("source", LINE).hint()),
                one(Field::new("subject", LINE).hint()),
            ],
        ),
        folded("relations", &[Part::Many(RELATION)]),
        folded("colours", &[Part::Many(SWATCH), Part::Many(NOT_SWATCH)]),
        folded("measures", &[Part::Many(MEASURE)]),
        open("discussion", &[Part::Body]),
    ],
};

const TERM: Rows = Rows {
    key: "term",
    group: "term",
    fields: &[
        Field::new("text", LINE).required(),
        Field::new("lang", Control::Pick(Source::Languages)).required(),
        Field::new("use", Control::Choice(Use::WORDS, term_use)).required(),
        Field::new("replace", LINE).hint(),
        Field::new("why", LINE),
        Field::new("shield", LINES).hint(),
        Field::new("hit", LINES).hint(),
        Field::new("miss", LINES).hint(),
        Field::new("acronym", Control::Flag),
    ],
    spare: 1,
};

const RELATION: Rows = Rows {
    key: "relations",
    group: "relation",
    fields: &[
        Field::new("type", Control::Choice(RelationKind::WORDS, relation)).required(),
        Field::new("to", Control::Suggest(Source::Concepts)).required().hint(),
        Field::new("note", LINE).wide(),
    ],
    spare: 1,
};

const SWATCH: Rows = Rows {
    key: "swatch",
    group: "swatch",
    fields: &[
        Field::new("hex", Control::Colour).required(),
        Field::new("role", LINE),
        Field::new("delta_e", Control::Number).hint(),
    ],
    spare: 1,
};

const NOT_SWATCH: Rows = Rows {
    key: "not_swatch",
    group: "not-swatch",
    fields: &[Field::new("hex", Control::Colour).required(), Field::new("why", LINE)],
    spare: 1,
};

const MEASURE: Rows = Rows {
    key: "measure",
    group: "measure",
    fields: &[
        Field::new("name", LINE).required(),
        Field::new("min", Control::Number),
        Field::new("max", Control::Number),
        Field::new("unit", LINE),
    ],
    spare: 1,
};

const CAUSE: FormSpec = FormSpec {
    group: "cause",
    sections: &[
        open(
            "cause",
            &[
                one(Field::new("title", LINE).required()),
                one(Field::new("kind", Control::Choice(CauseKind::WORDS, cause_kind)).required()),
                one(Field::new("component", LINE).hint()),
            ],
        ),
        open("temporary", &[Part::Many(TEMPORARY_FIX)]),
        open("permanent", &[Part::Many(PERMANENT_FIX)]),
        open("evidence", &[Part::Body]),
    ],
};

const TEMPORARY_FIX: Rows = Rows {
    key: "temporary_fix",
    group: "temporary-fix",
    fields: &[
        Field::new("summary", LINE).required().wide(),
        Field::new("id", LINE).hint(),
        Field::new("action", LINE).hint(),
    ],
    spare: 1,
};

const PERMANENT_FIX: Rows = Rows {
    key: "permanent_fix",
    group: "permanent-fix",
    fields: &[
        Field::new("summary", LINE).required().wide(),
        Field::new("id", LINE).hint(),
        Field::new("status", Control::Choice(FixStatus::WORDS, fix_status)).required(),
        Field::new("owner", LINE),
        Field::new("due", Control::Date).hint(),
        Field::new("url", LINE).wide(),
        Field::new("proof", LINE).hint().wide(),
        Field::new("proven_by", LINE).hint(),
    ],
    spare: 1,
};

const TITLE: Field = Field::new("title", LINE).required().hint();
const SEVERITY: Field = Field::new("severity", Control::Choice(Severity::WORDS, severity));
const STATUS: Field = Field::new("status", Control::Choice(IncidentStatus::WORDS, status)).hint();
const INCIDENT_KIND: Field =
    Field::new("kind", Control::Choice(IncidentKind::WORDS, incident_kind)).default("incident");
const SERVICES: Field = Field::new("services", LINES).hint();
const LEAD: Field = Field::new("lead", LINE);
const IMPACT: Field = Field::new("impact", AREA).hint();
const STARTED: Field = Field::new("started", Control::Moment);
const DETECTED: Field = Field::new("detected", Control::Moment);

const NEW_POSTMORTEM: FormSpec = FormSpec {
    group: "incident",
    sections: &[
        open(
            "incident",
            &[
                one(TITLE),
                one(SEVERITY),
                one(STATUS),
                one(INCIDENT_KIND),
                one(SERVICES),
                one(IMPACT),
                one(LEAD),
            ],
        ),
        open("times", &[one(STARTED), one(DETECTED)]),
    ],
};

const POSTMORTEM: FormSpec = FormSpec {
    group: "incident",
    sections: &[
        open(
            "incident",
            &[
                one(TITLE),
                one(SEVERITY),
                one(STATUS),
                one(INCIDENT_KIND),
                one(SERVICES),
                one(Field::new("tags", LINES).hint()),
                one(LEAD),
                one(IMPACT),
                one(Field::new("lang", Control::Pick(Source::Languages))),
            ],
        ),
        open(
            "times",
            &[
                one(STARTED),
                one(DETECTED),
                one(Field::new("acknowledged", Control::Moment)),
                one(Field::new("mitigated", Control::Moment).hint()),
                one(Field::new("resolved", Control::Moment).hint()),
            ],
        ),
        open("causes", &[Part::Many(CAUSE_LINK)]),
        open("applied", &[Part::Many(APPLIED)]),
        open("timeline", &[Part::Many(EVENT)]),
        open("items", &[Part::Many(ACTION_ITEM)]),
        open("text", &[Part::Body]),
        open(
            "review",
            &[
                one(Field::new("review", Control::Choice(Review::WORDS, review))
                    .hint()
                    .default("draft")),
                one(Field::new("related", LINES).hint()),
            ],
        ),
    ],
};

const CAUSE_LINK: Rows = Rows {
    key: "cause",
    group: "cause-link",
    fields: &[
        Field::new("id", Control::Pick(Source::Causes)).required().wide(),
        Field::new("role", Control::Choice(CauseKind::WORDS, cause_kind)).hint(),
    ],
    spare: 1,
};

const APPLIED: Rows = Rows {
    key: "applied",
    group: "applied",
    fields: &[
        Field::new("fix", Control::Pick(Source::TemporaryFixes)).required().wide(),
        Field::new("at", Control::Moment),
        Field::new("outcome", Control::Choice(Outcome::WORDS, outcome)),
        Field::new("expires", Control::Date).required().hint(),
        Field::new("until", Control::Pick(Source::PermanentFixes)).hint().wide(),
        Field::new("why_none", LINE).hint().wide(),
        Field::new("ended", Control::Moment).hint(),
    ],
    spare: 1,
};

const EVENT: Rows = Rows {
    key: "event",
    group: "event",
    fields: &[
        Field::new("text", LINE).required().wide(),
        Field::new("at", Control::Moment).required(),
        Field::new("kind", Control::Choice(EventKind::WORDS, event_kind)).default("note"),
        Field::new("by", LINE),
    ],
    spare: 1,
};

const ACTION_ITEM: Rows = Rows {
    key: "action_item",
    group: "item",
    fields: &[
        Field::new("summary", LINE).required().wide(),
        Field::new("type", Control::Choice(ActionItemKind::WORDS, item_kind)).required(),
        Field::new("owner", LINE),
        Field::new("due", Control::Date).hint(),
        Field::new("status", Control::Choice(ActionItemStatus::WORDS, item_status)).default("open"),
        Field::new("elsewhere", LINES).hint(),
    ],
    spare: 1,
};
