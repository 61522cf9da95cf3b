//! What operations on incidents and causes answer, as the API's description says it.

use serde::Serialize;
use utoipa::openapi::schema::{AllOfBuilder, Schema};
use utoipa::openapi::{Ref, RefOr};
use utoipa::{PartialSchema, ToSchema};

use super::live::KnownJson;
use crate::record::described::{CauseRecord, PostmortemRecord};
use crate::search::api::HitJson;

/// A postmortem after an operation on it.
pub struct IncidentJson;

/// What stands beside the record.
#[derive(Debug, Serialize, ToSchema)]
pub struct BesideIncident {
    /// What it says that cannot all be true, one sentence each.
    pub contradictions: Vec<String>,
    /// Causes that strike again while their permanent fix is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known: Option<Vec<KnownJson>>,
    /// Incidents of the past that are like it, of a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub similar: Option<Vec<HitJson>>,
    /// Incidents that are open now and like it, of a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<Vec<HitJson>>,
}

impl PartialSchema for IncidentJson {
    fn schema() -> RefOr<Schema> {
        both::<PostmortemRecord, BesideIncident>()
    }
}

impl ToSchema for IncidentJson {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        part::<PostmortemRecord>(schemas);
        part::<BesideIncident>(schemas);
    }
}

/// A cause after a fix was written down at it.
pub struct CauseJson;

/// What stands beside the record.
#[derive(Debug, Serialize, ToSchema)]
pub struct BesideCause {
    /// The id of what was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
}

impl PartialSchema for CauseJson {
    fn schema() -> RefOr<Schema> {
        both::<CauseRecord, BesideCause>()
    }
}

impl ToSchema for CauseJson {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        part::<CauseRecord>(schemas);
        part::<BesideCause>(schemas);
    }
}

/// A cause as it is read.
pub struct CauseReadJson;

/// What stands beside the record.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadBesideCause {
    /// Incidents that it made: their ids.
    pub incidents: Vec<String>,
}

impl PartialSchema for CauseReadJson {
    fn schema() -> RefOr<Schema> {
        both::<CauseRecord, ReadBesideCause>()
    }
}

impl ToSchema for CauseReadJson {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        part::<CauseRecord>(schemas);
        part::<ReadBesideCause>(schemas);
    }
}

/// The keys of two forms in one object.
fn both<A: ToSchema, B: ToSchema>() -> RefOr<Schema> {
    let [a, b] = [A::name(), B::name()].map(|name| Ref::from_schema_name(name.into_owned()));
    AllOfBuilder::new().item(a).item(b).into()
}

fn part<T: ToSchema>(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    schemas.push((T::name().into_owned(), T::schema()));
    T::schemas(schemas);
}
