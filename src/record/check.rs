//! Walking front matter along the schema: every fault at once, and the table that it means.

use jiff::Timestamp;
use toml::value::Datetime;

use super::diagnostic::{Diagnostic, place};
use super::front_matter::has_control_characters;
use super::nearest::nearest;
use super::schema::{Field, Form, Rule};
use super::tree::{Content, Entry, Node};

/// Most faults that are told of one text: what follows more of them is not read by anybody.
pub const MAX_FAULTS: usize = 200;

/// Collects the faults of one text.
#[derive(Debug)]
pub struct Faults<'a> {
    path: &'a str,
    text: Option<&'a str>,
    /// What was found so far.
    pub list: Vec<Diagnostic>,
}

impl<'a> Faults<'a> {
    /// For the file `path` with its `text`; without a text every place is line 1, column 1.
    pub fn new(path: &'a str, text: Option<&'a str>) -> Self {
        Self { path, text, list: Vec::new() }
    }

    /// The file that is looked at.
    pub fn path(&self) -> &'a str {
        self.path
    }

    /// A fault of a value.
    pub fn add(&mut self, node: &Node, message: impl Into<String>) {
        self.push(node.at, &node.label, None, message.into());
    }

    /// A fault of a value, with the known word that is nearest to it.
    pub fn add_nearest(&mut self, node: &Node, nearest: Option<&str>, message: impl Into<String>) {
        self.push(node.at, &node.label, nearest, message.into());
    }

    /// A fault of `key`, which `table` lacks.
    pub fn add_missing(&mut self, table: &Node, key: &str, message: impl Into<String>) {
        // Only JSON needs the path; elsewhere the place says which table it is.
        let in_json = table.at.is_none() && !table.label.is_empty();
        let label = if in_json { format!("{}.{key}", table.label) } else { key.to_owned() };
        self.push(table.at, &label, None, message.into());
    }

    fn push(&mut self, at: Option<usize>, key: &str, nearest: Option<&str>, message: String) {
        if self.list.len() >= MAX_FAULTS {
            return;
        }
        let (line, column) = match (self.text, at) {
            (Some(text), Some(at)) => place(text, at),
            _ => (1, 1),
        };
        self.list.push(Diagnostic {
            path: self.path.to_owned(),
            line,
            column,
            key: Some(key.to_owned()),
            nearest: nearest.map(str::to_owned),
            message,
        });
    }

    /// Walks `node` along `fields` and gives what is right of it.
    ///
    /// Date-times may be strings where the grammar has no date-times (`text_times`).
    pub fn table(&mut self, node: &Node, fields: &[Field], text_times: bool) -> toml::Table {
        let mut table = toml::Table::new();
        let Content::Table(entries) = &node.content else {
            self.add(node, format!("expected a table, found {}", describe(&node.content)));
            return table;
        };
        for entry in entries {
            match fields.iter().find(|field| field.name == entry.key) {
                Some(_) if entry.node.content == Content::Null => {}
                Some(field) => {
                    if let Some(value) = self.value(&entry.node, field.form, text_times) {
                        table.insert(entry.key.clone(), value);
                    }
                }
                None => self.unknown(entry, fields),
            }
        }
        for field in fields.iter().filter(|field| field.required) {
            if node.get(field.name).is_none_or(|node| node.content == Content::Null) {
                self.add_missing(node, field.name, format!("`{}` is missing", field.name));
            }
        }
        table
    }

    fn unknown(&mut self, entry: &Entry, fields: &[Field]) {
        let near = nearest(&entry.key, fields.iter().map(|field| field.name));
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let message = format!("unknown key `{}`{hint}", entry.key);
        self.push(entry.at, &entry.node.label, near, message);
    }

    /// The value of one field, if it has the field's form.
    pub fn field(&mut self, node: &Node, field: &Field, text_times: bool) -> Option<toml::Value> {
        self.value(node, field.form, text_times)
    }

    fn value(&mut self, node: &Node, form: Form, text_times: bool) -> Option<toml::Value> {
        use toml::Value;
        match (form, &node.content) {
            (Form::Str, Content::String(text)) => self.string(node, text),
            (Form::Text, Content::String(text)) => self.word(node, text, Rule::Filled),
            (Form::Word(rule), Content::String(text)) => self.word(node, text, rule),
            (Form::Enum(words), Content::String(text)) => self.choice(node, text, words),
            (Form::Bool, Content::Boolean(truth)) => Some(Value::Boolean(*truth)),
            (Form::Integer { min, max }, Content::Integer(number)) => {
                if (min..=max).contains(number) {
                    return Some(Value::Integer(*number));
                }
                self.add(node, format!("expected a whole number from {min} to {max}"));
                None
            }
            (Form::Float, Content::Integer(number)) => Some(Value::Integer(*number)),
            (Form::Float, Content::Float(number)) if number.is_finite() => {
                Some(Value::Float(*number))
            }
            (Form::DateTime, Content::Datetime(time)) => self.date_time(node, *time),
            (Form::Date, Content::Datetime(date)) => self.date(node, *date),
            (Form::DateTime | Form::Date, Content::String(text)) if text_times => {
                // RFC 3339 allows lower case and a blank; TOML's parser reads all of these.
                match (text.parse::<Datetime>(), form) {
                    (Ok(time), Form::DateTime) => self.date_time(node, time),
                    (Ok(date), _) => self.date(node, date),
                    (Err(_), _) => self.wrong_form(node, form),
                }
            }
            (Form::StrList, Content::Array(nodes)) => self.list(nodes, Form::Str, text_times),
            (Form::WordList(rule), Content::Array(nodes)) => {
                self.list(nodes, Form::Word(rule), text_times)
            }
            (Form::Tables(fields), Content::Array(nodes)) => {
                self.list(nodes, Form::Table(fields), text_times)
            }
            (Form::Table(fields), Content::Table(_)) => {
                Some(Value::Table(self.table(node, fields, text_times)))
            }
            (Form::LangMap, Content::Table(entries)) => self.lang_map(entries),
            (Form::Free, Content::Table(_)) | (Form::Any, _) => self.free(node),
            _ => self.wrong_form(node, form),
        }
    }

    fn wrong_form(&mut self, node: &Node, form: Form) -> Option<toml::Value> {
        let expected = expected(form);
        self.add(node, format!("expected {expected}, found {}", describe(&node.content)));
        None
    }

    fn string(&mut self, node: &Node, text: &str) -> Option<toml::Value> {
        if has_control_characters(text) {
            self.add(node, "control characters other than tab and newline are not allowed");
            return None;
        }
        Some(toml::Value::String(text.to_owned()))
    }

    fn word(&mut self, node: &Node, text: &str, rule: Rule) -> Option<toml::Value> {
        if !rule.holds(text) {
            self.add(node, format!("expected {}, found {}", rule.expected(), quote(text)));
            return None;
        }
        self.string(node, text)
    }

    fn choice(&mut self, node: &Node, text: &str, words: &[&str]) -> Option<toml::Value> {
        if words.contains(&text) {
            return Some(toml::Value::String(text.to_owned()));
        }
        let near = nearest(text, words.iter().copied());
        let list = words.join(", ");
        self.add_nearest(node, near, format!("expected one of {list}, found {}", quote(text)));
        None
    }

    fn date_time(&mut self, node: &Node, time: Datetime) -> Option<toml::Value> {
        let complete = time.date.is_some() && time.time.is_some() && time.offset.is_some();
        if !complete {
            return self.wrong_form(node, Form::DateTime);
        }
        if time.to_string().parse::<Timestamp>().is_err() {
            self.add(node, format!("`{time}` is outside the times that can be kept"));
            return None;
        }
        Some(toml::Value::Datetime(time))
    }

    fn date(&mut self, node: &Node, date: Datetime) -> Option<toml::Value> {
        if date.date.is_none() || date.time.is_some() {
            return self.wrong_form(node, Form::Date);
        }
        if date.to_string().parse::<jiff::civil::Date>().is_err() {
            self.add(node, format!("`{date}` is outside the dates that can be kept"));
            return None;
        }
        Some(toml::Value::Datetime(date))
    }

    fn list(&mut self, nodes: &[Node], form: Form, text_times: bool) -> Option<toml::Value> {
        let before = self.list.len();
        let values: Vec<_> =
            nodes.iter().filter_map(|node| self.value(node, form, text_times)).collect();
        (self.list.len() == before).then_some(toml::Value::Array(values))
    }

    fn lang_map(&mut self, entries: &[Entry]) -> Option<toml::Value> {
        let mut table = toml::Table::new();
        for entry in entries.iter().filter(|entry| entry.node.content != Content::Null) {
            if !Rule::Language.holds(&entry.key) {
                let expected = Rule::Language.expected();
                let message = format!("expected {expected} as key, found {}", quote(&entry.key));
                self.push(entry.at, &entry.node.label, None, message);
            }
            if let Some(value) = self.value(&entry.node, Form::Text, false) {
                table.insert(entry.key.clone(), value);
            }
        }
        Some(toml::Value::Table(table))
    }

    /// Any value, as long as JSON and the database can hold it.
    fn free(&mut self, node: &Node) -> Option<toml::Value> {
        use toml::Value;
        Some(match &node.content {
            Content::Null => return None,
            Content::String(text) => return self.string(node, text),
            Content::Integer(number) => Value::Integer(*number),
            Content::Float(number) if !number.is_finite() => {
                self.add(node, "expected a finite number");
                return None;
            }
            Content::Float(number) => Value::Float(*number),
            Content::Boolean(truth) => Value::Boolean(*truth),
            Content::Datetime(time) => Value::Datetime(*time),
            Content::Array(nodes) => {
                Value::Array(nodes.iter().filter_map(|node| self.free(node)).collect())
            }
            Content::Table(entries) => {
                let mut table = toml::Table::new();
                for entry in entries {
                    if has_control_characters(&entry.key) {
                        self.add(&entry.node, "control characters are not allowed in a key");
                    }
                    if let Some(value) = self.free(&entry.node) {
                        table.insert(entry.key.clone(), value);
                    }
                }
                Value::Table(table)
            }
        })
    }
}

fn expected(form: Form) -> String {
    match form {
        Form::Str | Form::Text => "a text".to_owned(),
        Form::Word(rule) => rule.expected().to_owned(),
        Form::Bool => "true or false".to_owned(),
        Form::Integer { min, .. } => format!("a whole number of at least {min}"),
        Form::Float => "a finite number".to_owned(),
        Form::DateTime => "a date-time with an offset such as 2026-03-01T09:12:00+09:00".to_owned(),
        Form::Date => "a date such as 2026-03-15".to_owned(),
        Form::Enum(words) => format!("one of {}", words.join(", ")),
        Form::StrList => "a list of texts".to_owned(),
        Form::WordList(rule) => format!("a list, each {}", rule.expected()),
        Form::LangMap => "a table of texts by language".to_owned(),
        Form::Table(_) | Form::Free => "a table".to_owned(),
        Form::Tables(_) => "a list of tables".to_owned(),
        Form::Any => "a value".to_owned(),
    }
}

fn describe(content: &Content) -> String {
    match content {
        Content::Null => "null".to_owned(),
        Content::String(text) => format!("the text {}", quote(text)),
        Content::Integer(number) => format!("the number {number}"),
        Content::Float(number) => format!("the number {number}"),
        Content::Boolean(truth) => format!("{truth}"),
        Content::Datetime(time) => format!("{time} without quotes"),
        Content::Array(_) => "a list".to_owned(),
        Content::Table(_) => "a table".to_owned(),
    }
}

/// `text` in quotes, cut where it is long, so that a message stays one readable line.
fn quote(text: &str) -> String {
    const LONGEST: usize = 60;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{:?}", format!("{}…", &text[..end])),
        None => format!("{text:?}"),
    }
}
