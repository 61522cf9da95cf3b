//! A form as templates print it.

use super::apply::{Fault, Inputs, ROWS_MAX, is_blank, row_name};
use super::choices::{Choice, Choices};
use super::spec::{Control, Field, FormSpec, Part, Rows, Section, Source, label_key};
use crate::http::text::Text;
use crate::record::rule::is_hex_colour;

/// One choice of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptionView {
    /// What is sent.
    pub value: String,
    /// What a person reads.
    pub label: String,
    /// Whether it is the one chosen.
    pub chosen: bool,
}

/// One input with its label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldView {
    /// The element's id.
    pub id: String,
    /// The name that is sent.
    pub name: String,
    /// Its label.
    pub label: String,
    /// A line beneath; may be empty.
    pub hint: String,
    /// Which element: `line`, `area`, `choice`, `date`, `moment`, `number`, `flag`, `colour`.
    pub shape: &'static str,
    /// What stands in it.
    pub value: String,
    /// The choices of a list.
    pub options: Vec<OptionView>,
    /// The id of the suggestions; may be empty.
    pub list: String,
    /// The language of what is written; empty when it may be any.
    pub lang: String,
    /// What is wrong.
    pub errors: Vec<String>,
    /// Whether it is marked as needed.
    pub needed: bool,
    /// Whether the browser insists on it.
    pub required: bool,
    /// Lines of a text area.
    pub lines: usize,
    /// Whether it takes a whole line of its row.
    pub wide: bool,
}

impl FieldView {
    /// The ids of what describes the input.
    pub fn described_by(&self) -> String {
        let mut ids = Vec::new();
        if !self.errors.is_empty() {
            ids.push(format!("{}-error", self.id));
        }
        if !self.hint.is_empty() {
            ids.push(format!("{}-hint", self.id));
        }
        ids.join(" ")
    }

    /// Whether a colour can be shown.
    pub fn is_colour(&self) -> bool {
        self.shape == "colour" && is_hex_colour(&self.value)
    }

    /// Whether a ticked box.
    pub fn is_ticked(&self) -> bool {
        !self.value.is_empty()
    }
}

/// One row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowView {
    /// `Term 1`.
    pub legend: String,
    /// The name of the box that removes it.
    pub remove: String,
    /// Whether there is anything to remove.
    pub removable: bool,
    /// Whether it is ticked.
    pub removed: bool,
    /// Its inputs.
    pub fields: Vec<FieldView>,
}

/// A list of rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowsView {
    /// The key in the file.
    pub key: &'static str,
    /// What the rows are.
    pub title: String,
    /// `Add terms`.
    pub more: String,
    /// The rows, empty ones too.
    pub rows: Vec<RowView>,
    /// What is wrong with all of them.
    pub errors: Vec<String>,
}

/// Whether the meaning changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeaningView {
    /// The number that a new meaning gets.
    pub next: i64,
    /// `same`, `grows` or nothing.
    pub chosen: String,
    /// What is wrong.
    pub errors: Vec<String>,
}

/// A part of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PartView {
    /// An input.
    One(FieldView),
    /// Inputs by language.
    ByLanguage {
        /// What they are.
        legend: String,
        /// A line beneath; may be empty.
        hint: String,
        /// One for each language.
        fields: Vec<FieldView>,
    },
    /// Repeating rows.
    Many(RowsView),
    /// Whether the meaning changed.
    Meaning(MeaningView),
}

/// Parts that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SectionView {
    /// The element's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// A line beneath; may be empty.
    pub hint: String,
    /// Whether it can be folded up.
    pub folded: bool,
    /// Whether it stands open.
    pub open: bool,
    /// Its parts.
    pub parts: Vec<PartView>,
}

/// What a form is shown with.
#[derive(Debug, Clone, Copy)]
pub struct Showing<'a> {
    /// The reader's texts.
    pub t: Text,
    /// What stands in the inputs.
    pub inputs: &'a Inputs,
    /// What can be chosen.
    pub choices: &'a Choices,
    /// What is wrong.
    pub faults: &'a [Fault],
    /// The languages of the project.
    pub languages: &'a [String],
    /// The number of a changed meaning; absent where nothing can change.
    pub next_rev: Option<i64>,
    /// The list that gets more empty rows.
    pub more: Option<&'a str>,
    /// Whether the form is fresh and gets its empty rows.
    pub fresh: bool,
}

/// Rows that a press on the button adds.
const MORE_ROWS: usize = 3;

impl Showing<'_> {
    fn optional(&self, key: &str) -> String {
        let text = self.t.get(key);
        if text == key { String::new() } else { text }
    }

    fn errors(&self, name: &str) -> Vec<String> {
        let own = self.faults.iter().filter(|fault| fault.name == name);
        own.map(|fault| fault.message.clone()).collect()
    }

    /// The form's sections.
    pub fn sections(&self, form: &FormSpec) -> Vec<SectionView> {
        form.sections.iter().map(|section| self.section(form, section)).collect()
    }

    fn section(&self, form: &FormSpec, section: &Section) -> SectionView {
        let parts: Vec<PartView> =
            section.parts.iter().filter_map(|part| self.part(form, part)).collect();
        let key = format!("edit-section-{}", section.name);
        SectionView {
            id: format!("s-{}", section.name),
            title: self.t.get(&key),
            hint: self.optional(&format!("{key}-hint")),
            folded: section.folded,
            open: !section.folded || self.grows(section) || parts.iter().any(is_used),
            parts,
        }
    }

    /// Whether a list of the section gets more rows now.
    fn grows(&self, section: &Section) -> bool {
        let lists = section.parts.iter();
        self.more.is_some_and(|key| {
            lists.into_iter().any(|part| matches!(part, Part::Many(rows) if rows.key == key))
        })
    }

    fn part(&self, form: &FormSpec, part: &Part) -> Option<PartView> {
        match part {
            Part::One(field) => {
                let required = field.required;
                Some(PartView::One(FieldView {
                    required,
                    ..self.field(form.group, field, field.key.to_owned())
                }))
            }
            Part::ByLanguage(field) => Some(self.by_language(form, field)),
            Part::Many(rows) => Some(PartView::Many(self.rows(rows))),
            Part::Body => {
                let field = Field::new("body", Control::Area).hint();
                let view = self.field("record", &field, "body".to_owned());
                let lines = view.value.lines().count() + 2;
                Some(PartView::One(FieldView { lines: lines.clamp(12, 40), ..view }))
            }
            Part::Meaning => self.next_rev.map(|next| {
                PartView::Meaning(MeaningView {
                    next,
                    chosen: self.inputs.text("meaning").to_owned(),
                    errors: self.errors("meaning"),
                })
            }),
        }
    }

    /// One input. `group` names its label.
    pub fn field(&self, group: &str, field: &Field, name: String) -> FieldView {
        let t = self.t;
        let key = label_key(group, field.key);
        let value = self.inputs.get(&name).unwrap_or(field.default).to_owned();
        let (shape, options, list) = match field.control {
            Control::Choice(words, wording) => {
                let named = words
                    .iter()
                    .map(|word| Choice { value: (*word).to_owned(), label: wording(t, word) });
                ("choice", self.options(named.collect(), &value, !field.default.is_empty()), "")
            }
            Control::Pick(source) => {
                ("choice", self.options(self.choices.of(source).to_vec(), &value, false), "")
            }
            Control::Suggest(source) => ("line", Vec::new(), list_id(source)),
            // A text that has lines keeps them.
            Control::Line if !value.contains('\n') => ("line", Vec::new(), ""),
            Control::Line | Control::Area | Control::Lines => ("area", Vec::new(), ""),
            Control::Date => ("date", Vec::new(), ""),
            Control::Moment => ("moment", Vec::new(), ""),
            Control::Number => ("number", Vec::new(), ""),
            Control::Flag => ("flag", Vec::new(), ""),
            Control::Colour => ("colour", Vec::new(), ""),
        };
        FieldView {
            id: element_id(&name),
            label: t.get(&key),
            hint: if field.hint { t.get(&format!("{key}-hint")) } else { String::new() },
            shape,
            options,
            list: list.to_owned(),
            lang: String::new(),
            errors: self.errors(&name),
            needed: field.required,
            required: false,
            wide: field.wide,
            lines: (value.lines().count() + 1).clamp(2, 12),
            value,
            name,
        }
    }

    fn options(&self, choices: Vec<Choice>, value: &str, settled: bool) -> Vec<OptionView> {
        let mut options = Vec::new();
        if !settled {
            let label = self.t.get("edit-choose-none");
            options.push(OptionView { value: String::new(), label, chosen: value.is_empty() });
        }
        let mut found = value.is_empty();
        for choice in choices {
            let chosen = choice.value == value;
            found |= chosen;
            options.push(OptionView { value: choice.value, label: choice.label, chosen });
        }
        if !found {
            // What the project no longer has is kept until a person changes it.
            let label = value.to_owned();
            options.push(OptionView { value: label.clone(), label, chosen: true });
        }
        options
    }

    fn by_language(&self, form: &FormSpec, field: &Field) -> PartView {
        let key = label_key(form.group, field.key);
        let mut languages = self.languages.to_vec();
        for language in self.inputs.languages(field.key) {
            if !languages.contains(&language) {
                languages.push(language);
            }
        }
        let views = languages.iter().enumerate().map(|(index, language)| {
            let view = self.field(form.group, field, format!("{}.{language}", field.key));
            let label = self.t.with("edit-in-language").arg("language", language).to_string();
            // The project's default language is the one that cannot be left out.
            let needed = field.required && index == 0;
            let hint = String::new();
            FieldView { label, hint, lang: language.clone(), needed, required: needed, ..view }
        });
        let fields = views.collect();
        PartView::ByLanguage {
            legend: self.t.get(&key),
            hint: self.optional(&format!("{key}-hint")),
            fields,
        }
    }

    fn rows(&self, rows: &Rows) -> RowsView {
        let filled = self.inputs.rows(rows.key);
        let spare = if self.more == Some(rows.key) {
            MORE_ROWS
        } else if self.fresh || filled == 0 {
            rows.spare
        } else {
            0
        };
        let key = format!("edit-{}", rows.group);
        let row = |number: usize| {
            let remove = format!("{}.{number}.remove", rows.key);
            let fields = rows.fields.iter();
            RowView {
                legend: self.t.with(&key).num("number", number + 1).to_string(),
                removable: number < filled && !is_blank(rows, number, self.inputs),
                removed: !self.inputs.text(&remove).is_empty(),
                remove,
                fields: fields
                    .map(|field| self.field(rows.group, field, row_name(rows, number, field)))
                    .collect(),
            }
        };
        RowsView {
            key: rows.key,
            title: self.t.get(&format!("{key}-list")),
            more: self.t.get(&format!("{key}-more")),
            // A row past the limit may be one of the record, which the form does not show.
            rows: (0..(filled + spare).min(ROWS_MAX)).map(row).collect(),
            errors: self.errors(rows.key),
        }
    }

    /// Suggestions for the inputs of a form.
    pub fn lists(&self) -> Vec<(&'static str, Vec<Choice>)> {
        [Source::Concepts, Source::TimeZones]
            .into_iter()
            .map(|source| (list_id(source), self.choices.of(source).to_vec()))
            .filter(|(_, choices)| !choices.is_empty())
            .collect()
    }
}

/// The id of the element with this name.
pub fn element_id(name: &str) -> String {
    format!("f-{}", name.replace('.', "-"))
}

fn list_id(source: Source) -> &'static str {
    match source {
        Source::Languages => "list-languages",
        Source::Concepts => "list-concepts",
        Source::Causes => "list-causes",
        Source::TemporaryFixes => "list-temporary-fixes",
        Source::PermanentFixes => "list-permanent-fixes",
        Source::TimeZones => "list-time-zones",
    }
}

/// Whether a part has anything in it, or anything wrong.
fn is_used(part: &PartView) -> bool {
    match part {
        PartView::One(field) => is_filled(field),
        PartView::ByLanguage { fields, .. } => fields.iter().any(is_filled),
        PartView::Many(rows) => {
            !rows.errors.is_empty()
                || rows.rows.iter().any(|row| {
                    row.removable || row.fields.iter().any(|field| !field.errors.is_empty())
                })
        }
        PartView::Meaning(_) => true,
    }
}

fn is_filled(field: &FieldView) -> bool {
    !field.value.is_empty() || !field.errors.is_empty()
}
