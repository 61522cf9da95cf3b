//! What came to an incident from one revision to the next.

use std::collections::BTreeMap;

use super::draft::name;
use super::incident::{Event, Postmortem};

/// What an edit did, as those who watch need to know it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Progress {
    /// Entries that came to the timeline, in its order.
    pub added: Vec<Event>,
    /// Names of entries that are no longer in it.
    pub gone: Vec<String>,
    /// Whether anything beside the timeline changed.
    pub other: bool,
}

/// Compares two revisions. Entries that say the same are counted: none is lost, none is doubled.
pub fn between(old: &Postmortem, new: &Postmortem) -> Progress {
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    for event in &old.events {
        *left.entry(name(event)).or_default() += 1;
    }
    let mut added = Vec::new();
    for event in &new.events {
        match left.get_mut(&name(event)) {
            Some(count) if *count > 0 => *count -= 1,
            _ => added.push(event.clone()),
        }
    }
    let gone =
        left.into_iter().flat_map(|(name, count)| std::iter::repeat_n(name, count)).collect();
    let bare = |postmortem: &Postmortem| Postmortem { events: Vec::new(), ..postmortem.clone() };
    Progress { added, gone, other: bare(old) != bare(new) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::postmortem::file::read_postmortem;

    fn read(lines: &str) -> Postmortem {
        read_postmortem("", &format!("+++\nid = \"demo-1\"\ntitle = \"x\"\n{lines}+++\n")).unwrap()
    }

    #[test]
    fn entries_are_counted_and_everything_else_is_told() {
        let entry =
            |text: &str| format!("\n[[event]]\nat = 2026-03-01T09:00:00Z\ntext = \"{text}\"\n");
        let (a, b) = (entry("a"), entry("b"));
        let texts = |progress: &Progress| {
            progress.added.iter().map(|event| event.text.clone()).collect::<Vec<_>>()
        };
        let progress = between(&read(&a), &read(&format!("{a}{a}{b}")));
        assert_eq!(
            (texts(&progress), progress.gone.len(), progress.other),
            (vec!["a".into(), "b".into()], 0, false)
        );
        let progress = between(&read(&format!("{a}{a}")), &read(&a));
        assert_eq!((progress.added.len(), progress.gone.len(), progress.other), (0, 1, false));
        let progress = between(&read(&a), &read(&format!("status = \"open\"\n{a}")));
        assert_eq!(progress, Progress { other: true, ..Progress::default() });
    }
}
