//! Reading TOML date-times into instants and dates.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use toml::value::Datetime;

/// Reads an RFC 3339 date-time with an offset.
///
/// # Errors
/// When the value is not a date-time with an offset.
pub fn timestamp<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let value = Datetime::deserialize(deserializer)?;
    value.to_string().parse().map_err(D::Error::custom)
}

/// Reads an RFC 3339 date-time with an offset that may be absent.
///
/// # Errors
/// When the value is not a date-time with an offset.
pub fn optional_timestamp<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Timestamp>, D::Error> {
    timestamp(deserializer).map(Some)
}

/// Reads a date.
///
/// # Errors
/// When the value is not a date.
pub fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let value = Datetime::deserialize(deserializer)?;
    value.to_string().parse().map_err(D::Error::custom)
}

/// Reads a date that may be absent.
///
/// # Errors
/// When the value is not a date.
pub fn optional_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    date(deserializer).map(Some)
}
