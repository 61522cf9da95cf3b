//! What a monitoring system tells, read as it comes: Prometheus Alertmanager's webhook, version 4.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

/// Alerts of one message.
pub const ALERTS_MAX: usize = 500;
/// Characters of a fingerprint that is given.
const FINGERPRINT_CHARS_MAX: usize = 128;
/// Characters of what one alert says.
const SAID_CHARS_MAX: usize = 2_000;

/// A message of an Alertmanager. What is not read here may be there too.
#[derive(Debug, Clone, Deserialize)]
pub struct Message {
    /// What the grouped alerts have in common.
    #[serde(default, rename = "commonAnnotations")]
    pub common_annotations: BTreeMap<String, String>,
    /// The alerts.
    pub alerts: Vec<Alert>,
}

/// One alert.
#[derive(Debug, Clone, Deserialize)]
pub struct Alert {
    /// `firing` or `resolved`.
    pub status: String,
    /// What names it.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// What explains it.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    /// When it began to fire.
    #[serde(rename = "startsAt")]
    pub starts: Timestamp,
    /// When it ended, for one that is resolved.
    #[serde(default, rename = "endsAt")]
    pub ends: Option<Timestamp>,
    /// Its page in the monitoring system.
    #[serde(default, rename = "generatorURL")]
    pub url: String,
    /// The same for every message about the same alert.
    #[serde(default)]
    pub fingerprint: String,
}

impl Alert {
    /// Whether it fires.
    pub fn is_firing(&self) -> bool {
        self.status != "resolved"
    }

    /// What it is told apart by: its fingerprint, else its labels.
    pub fn fingerprint(&self) -> String {
        let given = self.fingerprint.trim();
        if !given.is_empty() && given.len() <= FINGERPRINT_CHARS_MAX {
            return given.to_owned();
        }
        let labels: Vec<String> =
            self.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        crate::store::audit::sha256_hex(&labels.join("\n"))
    }

    /// One line that names it.
    pub fn title(&self) -> String {
        let said = ["summary", "title", "description", "message"];
        let said = said.iter().find_map(|key| filled(self.annotations.get(*key)));
        let name = filled(self.labels.get("alertname"));
        let title = said.or(name).unwrap_or("alert");
        title.lines().next().unwrap_or_default().trim().chars().take(200).collect()
    }

    /// The service that it is about, where it says so.
    pub fn service(&self) -> Option<String> {
        let service = filled(self.labels.get("service")).or(filled(self.labels.get("job")));
        service.map(|service| service.chars().take(100).collect())
    }

    /// What it says, for the timeline.
    pub fn said(&self) -> String {
        let name = filled(self.labels.get("alertname")).unwrap_or("alert");
        let mut lines = vec![format!("{name}: {}", self.title())];
        if let Some(more) = filled(self.annotations.get("description"))
            && more.trim() != self.title()
        {
            lines.push(more.trim().to_owned());
        }
        let labels: Vec<String> = self
            .labels
            .iter()
            .filter(|(name, _)| *name != "alertname")
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if !labels.is_empty() {
            lines.push(labels.join(" "));
        }
        if self.url.starts_with("https://") || self.url.starts_with("http://") {
            lines.push(self.url.clone());
        }
        let text: String = lines.join("\n").chars().take(SAID_CHARS_MAX).collect();
        // Alerts carry what a machine wrote; a record holds what a person can read.
        text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
    }
}

fn filled(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_read_as_it_comes() {
        let message: Message = serde_json::from_str(
            r#"{"version":"4","groupKey":"{}:{alertname=\"HighErrors\"}","status":"firing",
                "receiver":"sajeon","alerts":[{"status":"firing",
                "labels":{"alertname":"HighErrors","service":"payment-api","severity":"critical"},
                "annotations":{"summary":"5xx 비율 30% 초과\n자세히"},
                "startsAt":"2026-03-01T00:15:00.123Z","endsAt":"0001-01-01T00:00:00Z",
                "generatorURL":"javascript:alert(1)","fingerprint":"a1b2"}]}"#,
        )
        .unwrap();
        let alert = &message.alerts[0];
        assert!(alert.is_firing());
        assert_eq!(alert.title(), "5xx 비율 30% 초과");
        assert_eq!(alert.service().as_deref(), Some("payment-api"));
        assert_eq!(alert.fingerprint(), "a1b2");
        let said = alert.said();
        assert_eq!(said, "HighErrors: 5xx 비율 30% 초과\nservice=payment-api severity=critical");
        let bare = Alert { fingerprint: String::new(), ..alert.clone() };
        assert_eq!(bare.fingerprint().len(), 64);
    }
}
