//! What records look like in the API's description, made from the one table of their keys.

use utoipa::openapi::schema::{AdditionalProperties, Schema, SchemaType};
use utoipa::openapi::{ArrayBuilder, KnownFormat, ObjectBuilder, RefOr, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

use super::Kind;
use super::schema::{Field, Form, Rule, fields};

/// An id: `a-z`, `0-9` and `-`.
pub const ID: &str = "^[a-z0-9][a-z0-9-]{0,63}$";

/// A project: the keys of its `glossary.toml`, and `id`.
pub struct ProjectRecord;
/// A concept: the keys of its front matter, and its text as `body`.
pub struct ConceptRecord;
/// A cause: the keys of its front matter, and its text as `body`.
pub struct CauseRecord;
/// A postmortem: the keys of its front matter, and its text as `body`.
pub struct PostmortemRecord;

impl PartialSchema for ProjectRecord {
    fn schema() -> RefOr<Schema> {
        let id = object(Form::Word(Rule::Slug)).description(Some("Its folder's name."));
        record(Kind::Project).property("id", id).into()
    }
}

impl PartialSchema for ConceptRecord {
    fn schema() -> RefOr<Schema> {
        with_body(Kind::Concept).into()
    }
}

impl PartialSchema for CauseRecord {
    fn schema() -> RefOr<Schema> {
        with_body(Kind::Cause).into()
    }
}

impl PartialSchema for PostmortemRecord {
    fn schema() -> RefOr<Schema> {
        let source = text("The file that it came from, within the project's folder.");
        with_body(Kind::Postmortem).property("source", source).into()
    }
}

impl ToSchema for ProjectRecord {}
impl ToSchema for ConceptRecord {}
impl ToSchema for CauseRecord {}
impl ToSchema for PostmortemRecord {}

fn with_body(kind: Kind) -> ObjectBuilder {
    let project = text("The project. Not read when it is sent.");
    record(kind).property("body", text("Markdown.")).property("project", project)
}

/// The keys of a kind, and those that the service adds and does not read.
fn record(kind: Kind) -> ObjectBuilder {
    let revision = ObjectBuilder::new().schema_type(Type::Integer).description(Some(
        "Counts the edits of this record; its `ETag`. Not read when it is sent.",
    ));
    let updated = text("When it was last changed, RFC 3339 UTC. Not read when it is sent.");
    table(fields(kind)).property("revision", revision).property("updated", updated)
}

fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

fn table(fields: &[Field]) -> ObjectBuilder {
    fields.iter().fold(ObjectBuilder::new().schema_type(Type::Object), |object, field| {
        let object = object.property(field.name, form(field.form));
        if field.required { object.required(field.name) } else { object }
    })
}

fn form(form: Form) -> RefOr<Schema> {
    match form {
        Form::StrList => list(object(Form::Str).into()),
        Form::WordList(rule) => list(object(Form::Word(rule)).into()),
        Form::Tables(fields) => list(table(fields).into()),
        Form::Any => ObjectBuilder::new().schema_type(SchemaType::AnyValue).into(),
        _ => object(form).into(),
    }
}

fn list(items: RefOr<Schema>) -> RefOr<Schema> {
    ArrayBuilder::new().items(items).into()
}

/// The form of one value that is no list.
fn object(form: Form) -> ObjectBuilder {
    let of = |kind: Type| ObjectBuilder::new().schema_type(kind);
    match form {
        Form::Text => of(Type::String).min_length(Some(1)),
        Form::Word(Rule::Slug) => of(Type::String).pattern(Some(ID)),
        Form::Word(Rule::Hex) => of(Type::String).pattern(Some("^#[0-9A-Fa-f]{6}$")),
        Form::Date => of(Type::String).format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))),
        Form::DateTime => {
            let time = SchemaFormat::KnownFormat(KnownFormat::DateTime);
            of(Type::String).format(Some(time))
        }
        Form::Enum(words) => of(Type::String).enum_values(Some(words.iter().copied())),
        Form::Bool => of(Type::Boolean),
        Form::Integer { min, .. } => of(Type::Integer).minimum(Some(min)),
        Form::Float => of(Type::Number),
        Form::LangMap => {
            let value: RefOr<Schema> = of(Type::String).into();
            let values = AdditionalProperties::RefOr(value);
            of(Type::Object)
                .description(Some("Text by language."))
                .additional_properties(Some(values))
        }
        Form::Table(fields) => table(fields),
        Form::Free => of(Type::Object)
            .description(Some("Keys of any name."))
            .additional_properties(Some(AdditionalProperties::FreeForm(true))),
        _ => of(Type::String),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_every_kind_is_described() {
        let schemas = [
            (Kind::Project, ProjectRecord::schema()),
            (Kind::Concept, ConceptRecord::schema()),
            (Kind::Cause, CauseRecord::schema()),
            (Kind::Postmortem, PostmortemRecord::schema()),
        ];
        for (kind, schema) in schemas {
            let schema = serde_json::to_value(schema).unwrap();
            for field in fields(kind) {
                let described = &schema["properties"][field.name];
                assert!(described.get("type").is_some(), "{kind:?} {}: {described}", field.name);
            }
            assert!(schema["properties"]["revision"]["type"] == "integer", "{schema}");
        }
    }
}
