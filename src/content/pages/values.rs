//! Values of front matter as inputs show them, and what an input means.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use toml::Value;
use toml::value::Datetime;

use super::spec::{Control, Field};

/// What an input that cannot be read should have been: a key of the Fluent files.
pub type Wrong = &'static str;

/// Newlines as files have them; browsers send forms with CR and LF.
pub fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// What the input of a field shows for a value.
pub fn show(field: &Field, value: Option<&Value>, zone: &TimeZone) -> String {
    let Some(value) = value else { return field.default.to_owned() };
    match (field.control, value) {
        (Control::Moment, Value::Datetime(time)) => show_moment(*time, zone),
        (Control::Flag, Value::Boolean(true)) => "1".to_owned(),
        (Control::Flag, _) => String::new(),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Array(values)) => {
            let lines: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
            lines.join("\n")
        }
        (_, value) => value.to_string(),
    }
}

/// `2026-03-01T09:12` in the project's zone, with seconds where there are any.
fn show_moment(time: Datetime, zone: &TimeZone) -> String {
    let text = time.to_string();
    let Ok(at) = text.parse::<Timestamp>() else { return text };
    let local = at.to_zoned(zone.clone());
    let format = if local.second() == 0 { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S" };
    local.strftime(format).to_string()
}

/// The value that an input means; `None` for an empty one.
///
/// # Errors
/// What was expected instead.
pub fn read(control: Control, text: &str, zone: &TimeZone) -> Result<Option<Value>, Wrong> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Ok(None);
    }
    Ok(Some(match control {
        Control::Lines => {
            let lines = trimmed.lines().map(str::trim).filter(|line| !line.is_empty());
            Value::Array(lines.map(|line| Value::String(line.to_owned())).collect())
        }
        Control::Flag => Value::Boolean(true),
        Control::Date => Value::Datetime(read_date(trimmed).ok_or("edit-wrong-date")?),
        Control::Moment => Value::Datetime(read_moment(trimmed, zone).ok_or("edit-wrong-moment")?),
        Control::Number => read_number(trimmed).ok_or("edit-wrong-number")?,
        Control::Line
        | Control::Area
        | Control::Choice(..)
        | Control::Pick(_)
        | Control::Suggest(_)
        | Control::Colour => Value::String(trimmed.to_owned()),
    }))
}

fn read_date(text: &str) -> Option<Datetime> {
    let date: jiff::civil::Date = text.parse().ok()?;
    date.to_string().parse().ok()
}

/// A moment as a browser sends it, in the project's zone; or one with an offset, as it is.
fn read_moment(text: &str, zone: &TimeZone) -> Option<Datetime> {
    if text.parse::<Timestamp>().is_ok() {
        return text.parse().ok();
    }
    let local: DateTime = text.parse().ok()?;
    // Where clocks are put back the earlier of both moments is meant, as everywhere.
    let zoned = local.to_zoned(zone.clone()).ok()?;
    let offset = zoned.offset();
    let sign = if offset.is_negative() { '-' } else { '+' };
    let minutes = offset.seconds().unsigned_abs() / 60;
    let written = format!(
        "{}{sign}{:02}:{:02}",
        zoned.datetime().strftime("%Y-%m-%dT%H:%M:%S"),
        minutes / 60,
        minutes % 60
    );
    written.parse().ok()
}

fn read_number(text: &str) -> Option<Value> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Value::Integer(whole));
    }
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(Value::Float(number))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::http::when::zone;

    #[test]
    fn moments_get_the_offset_of_the_project_at_that_time() {
        let read = |text: &str, name: &str| {
            read(Control::Moment, text, &zone(name)).map(|value| value.map(|v| v.to_string()))
        };
        let some = |text: &str| Ok(Some(text.to_owned()));
        for (text, name, written) in [
            ("2026-03-01T09:12", "Asia/Seoul", "2026-03-01T09:12:00+09:00"),
            ("2026-03-01 09:12:30", "Asia/Seoul", "2026-03-01T09:12:30+09:00"),
            ("2026-01-15T12:00", "America/St_Johns", "2026-01-15T12:00:00-03:30"),
            ("2026-07-15T12:00", "Europe/Berlin", "2026-07-15T12:00:00+02:00"),
            ("2026-01-15T12:00", "Europe/Berlin", "2026-01-15T12:00:00+01:00"),
            ("2026-03-01T09:12:00Z", "Asia/Seoul", "2026-03-01T09:12:00Z"),
        ] {
            assert_eq!(read(text, name), some(written), "{text} {name}");
        }
        assert_eq!(read(" ", "UTC"), Ok(None));
        assert_eq!(read("09:12", "UTC"), Err("edit-wrong-moment"));
    }

    #[test]
    fn moments_are_shown_in_the_projects_zone() {
        let field = Field::new("at", Control::Moment);
        let time = |text: &str| Value::Datetime(text.parse().unwrap());
        let seoul = zone("Asia/Seoul");
        let shown = |text: &str| show(&field, Some(&time(text)), &seoul);
        assert_eq!(shown("2026-03-01T00:12:00Z"), "2026-03-01T09:12");
        assert_eq!(shown("2026-03-01T09:12:07+09:00"), "2026-03-01T09:12:07");
        assert_eq!(show(&field, None, &seoul), "");
    }

    #[test]
    fn other_values_are_read_as_files_write_them() {
        let read = |control, text: &str| read(control, text, &TimeZone::UTC);
        assert_eq!(read(Control::Number, "3.5").unwrap(), Some(Value::Float(3.5)));
        assert_eq!(read(Control::Number, "300").unwrap(), Some(Value::Integer(300)));
        assert_eq!(read(Control::Number, "NaN"), Err("edit-wrong-number"));
        assert_eq!(read(Control::Date, "2026-02-30"), Err("edit-wrong-date"));
        let lines = read(Control::Lines, " 가\n\n나 \n").unwrap().unwrap();
        assert_eq!(lines.to_string(), r#"["가", "나"]"#);
        assert_eq!(read(Control::Flag, "1").unwrap(), Some(Value::Boolean(true)));
    }
}
