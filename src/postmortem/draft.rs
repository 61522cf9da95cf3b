//! An incident's text while it is being changed: what is said goes in, all else stays as it is.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::file::read_postmortem;
use super::foreign;
use super::incident::{Event, EventKind, IncidentStatus, Postmortem};
use super::order::Stage;
use crate::record::{Diagnostic, Key, Kind, patch, reader};
use crate::store::audit::hex;

/// Bytes of one timeline entry.
pub const ENTRY_BYTES_MAX: usize = 16 * 1024;
/// Hex digits that name an entry.
const NAME_DIGITS: usize = 16;

/// A timeline entry to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When it happened.
    pub at: Timestamp,
    /// What.
    pub text: String,
    /// Where it comes from.
    pub kind: EventKind,
    /// Who says it.
    pub by: String,
    /// The recovery run that wrote it.
    pub run: Option<String>,
}

/// The name of a timeline entry: it is another one as soon as it says anything else.
pub fn name(event: &Event) -> String {
    let by = event.by.as_deref().unwrap_or_default();
    let said = format!("{}\n{}\n{by}\n{}", event.at, event.kind.as_str(), event.text);
    hex(&Sha256::digest(said.as_bytes()))[..NAME_DIGITS].to_owned()
}

/// An incident's text while it is being changed.
#[derive(Debug, Clone)]
pub struct Draft {
    path: String,
    text: String,
    table: Table,
    zone: TimeZone,
    /// What the text said before.
    pub before: Postmortem,
}

impl Draft {
    /// The draft of a standing text. Another tool's page becomes one of ours with its first change.
    ///
    /// # Errors
    /// When the text cannot be read.
    pub fn of(key: &Key, path: &str, text: &str, zone: TimeZone) -> Result<Self, Vec<Diagnostic>> {
        let text = if foreign::is_foreign(text) {
            foreign::adopt(text, &key.id, path)?
        } else {
            text.to_owned()
        };
        let before = read_postmortem(path, &text)?;
        let table = reader::read(Kind::Postmortem, path, &text)?.table;
        Ok(Self { path: path.to_owned(), text, table, zone, before })
    }

    /// The draft of an incident that begins now.
    pub fn new(id: &str, title: &str, lang: &str, zone: TimeZone) -> Self {
        let mut table = Table::new();
        for (key, value) in [
            ("id", id),
            ("title", title),
            ("lang", lang),
            ("kind", "incident"),
            ("status", IncidentStatus::Open.as_str()),
            ("review", "draft"),
        ] {
            table.insert(key.to_owned(), Value::String(value.to_owned()));
        }
        let before = Postmortem::new(id, title);
        let key = Key::new(Kind::Postmortem, "", id);
        Self { path: key.path(), text: String::new(), table, zone, before }
    }

    /// The project's zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether the draft says this under a key.
    pub fn says(&self, key: &str) -> Option<&str> {
        self.table.get(key)?.as_str()
    }

    /// Says `value` under a top-level key.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.table.insert(key.to_owned(), value.into());
    }

    /// Says nothing under a top-level key.
    pub fn clear(&mut self, key: &str) {
        self.table.remove(key);
    }

    /// Says when the incident came to a stage.
    pub fn set_time(&mut self, stage: Stage, at: Timestamp) {
        let value = self.time(at);
        self.set(stage.as_str(), value);
    }

    /// A moment as the file writes it: to the second, with the project's offset.
    pub fn time(&self, at: Timestamp) -> Value {
        let text = at.to_zoned(self.zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string();
        text.parse().map_or(Value::String(text), Value::Datetime)
    }

    /// Adds an element to a list of tables.
    pub fn push(&mut self, list: &str, element: Table) {
        self.elements(list).push(Value::Table(element));
    }

    /// The elements of a list of tables.
    pub fn elements(&mut self, list: &str) -> &mut Vec<Value> {
        let value = self.table.entry(list).or_insert_with(|| Value::Array(Vec::new()));
        if !value.is_array() {
            *value = Value::Array(Vec::new());
        }
        value.as_array_mut().expect("it was made one")
    }

    /// Puts an entry into the timeline, after all that happened before or at the same second.
    /// Returns its name.
    pub fn add_entry(&mut self, entry: &Entry) -> String {
        let mut element = Table::new();
        element.insert("at".to_owned(), self.time(entry.at));
        element.insert("text".to_owned(), Value::String(entry.text.clone()));
        if entry.kind != EventKind::Note {
            element.insert("kind".to_owned(), Value::String(entry.kind.as_str().to_owned()));
        }
        if !entry.by.is_empty() {
            element.insert("by".to_owned(), Value::String(entry.by.clone()));
        }
        if let Some(run) = &entry.run {
            element.insert("run".to_owned(), Value::String(run.clone()));
        }
        let at_s = entry.at.as_second();
        let events = self.elements("event");
        let earlier = |value: &Value| instant(value).is_none_or(|at| at.as_second() <= at_s);
        let place = events.iter().rposition(earlier).map_or(0, |place| place + 1);
        events.insert(place, Value::Table(element));
        name(&Event {
            at: Timestamp::from_second(at_s).unwrap_or(entry.at),
            text: entry.text.clone(),
            kind: entry.kind,
            by: (!entry.by.is_empty()).then(|| entry.by.clone()),
            run: entry.run.clone(),
        })
    }

    /// Takes the entry of this name out of the timeline.
    pub fn take_entry(&mut self, wanted: &str) -> Option<Event> {
        let place = self.before.events.iter().position(|event| name(event) == wanted)?;
        let event = self.before.events.remove(place);
        self.elements("event").remove(place);
        Some(event)
    }

    /// A fault of what was asked, at a key.
    pub fn fault(&self, key: &str, message: impl Into<String>) -> Vec<Diagnostic> {
        let fault = Diagnostic::of_file(&self.path, message);
        vec![Diagnostic { key: Some(key.to_owned()), ..fault }]
    }

    /// The text that says it, with as few changed lines as can be.
    ///
    /// # Errors
    /// When the standing text cannot be patched.
    pub fn finish(mut self) -> Result<String, Vec<Diagnostic>> {
        self.table.retain(|_, value| !value.as_array().is_some_and(Vec::is_empty));
        if self.text.is_empty() {
            return Ok(patch::new_text(Kind::Postmortem, &self.table, ""));
        }
        patch::merge(&self.text, Kind::Postmortem, &self.table, None)
    }
}

/// The time of a timeline entry in a file's table.
fn instant(entry: &Value) -> Option<Timestamp> {
    entry.get("at")?.to_string().parse().ok()
}

/// A date as the file writes it.
pub fn date(day: Date) -> Value {
    let text = day.to_string();
    text.parse().map_or(Value::String(text), Value::Datetime)
}

/// A text of people as a record takes it: line ends of our own, no blanks around it.
pub fn tidy(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "+++\nid = \"demo-1\"\ntitle = \"x\"   # kept\nstatus = \"open\"\n\n\
        [[event]]\nat = 2026-03-01T09:12:00+09:00\ntext = \"a\"\n\n\
        [[event]]\nat = 2026-03-01T09:20:00+09:00\ntext = \"c\"\n+++\nBody.\n";

    fn draft() -> Draft {
        let key = Key::new(Kind::Postmortem, "demo", "demo-1");
        Draft::of(&key, "", TEXT, TimeZone::get("Asia/Seoul").unwrap()).unwrap()
    }

    fn entry(at: &str, text: &str) -> Entry {
        let (at, text) = (at.parse().unwrap(), text.to_owned());
        Entry { at, text, kind: EventKind::Note, by: "minji".to_owned(), run: None }
    }

    #[test]
    fn an_entry_stands_where_it_happened_and_nothing_else_changes() {
        let mut draft = draft();
        let name_of = draft.add_entry(&entry("2026-03-01T00:15:00.9Z", "b"));
        let text = draft.finish().unwrap();
        let added = "\n[[event]]\nat = 2026-03-01T09:15:00+09:00\ntext = \"b\"\nby = \"minji\"\n";
        assert!(text.contains(added), "{text}");
        assert_eq!(text.replace(added, ""), TEXT);
        let read = read_postmortem("", &text).unwrap();
        let texts: Vec<&str> = read.events.iter().map(|event| event.text.as_str()).collect();
        assert_eq!(texts, ["a", "b", "c"]);
        assert_eq!(name(&read.events[1]), name_of);
    }

    #[test]
    fn entries_of_one_second_keep_their_order() {
        let mut draft = draft();
        for text in ["1", "2", "3"] {
            draft.add_entry(&entry("2026-03-01T00:12:00Z", text));
        }
        let read = read_postmortem("", &draft.finish().unwrap()).unwrap();
        let texts: Vec<&str> = read.events.iter().map(|event| event.text.as_str()).collect();
        assert_eq!(texts, ["a", "1", "2", "3", "c"]);
    }

    #[test]
    fn a_new_incident_says_only_what_is_known() {
        let mut draft = Draft::new("demo-7", "결제 502", "ko", TimeZone::UTC);
        draft.set("severity", "sev1");
        let text = draft.finish().unwrap();
        assert_eq!(
            text,
            "+++\nid = \"demo-7\"\ntitle = \"결제 502\"\nlang = \"ko\"\nkind = \"incident\"\n\
             severity = \"sev1\"\nstatus = \"open\"\nreview = \"draft\"\n+++\n"
        );
        assert_eq!(read_postmortem("", &text).unwrap().started, None);
    }
}
