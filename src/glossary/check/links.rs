//! `[[links]]`: to words that are not there, and to meanings that have moved on.

use super::finding::{Finding, Level, Rule};
use super::{Checker, Known};
use crate::glossary::matcher::Tier;
use crate::record::link::{WikiLink, markdown_links};

/// The findings on the links of `text`, whose body begins at byte `start`.
pub(super) fn check(checker: &Checker<'_>, text: &str, start: usize, out: &mut Vec<Finding>) {
    for link in markdown_links(&text[start..]) {
        let own = checker.dictionary.id.as_str();
        let project = link.project.as_deref().unwrap_or(own);
        let known = if project == own {
            checker.named(&link.target)
        } else {
            (checker.others)(project, &link.target)
        };
        let range = start + link.start..start + link.end;
        let finding = match (known, link.rev) {
            (None, _) => undefined(&link, project, own),
            (Some(known), Some(rev)) if rev != known.rev => moved(&link, known, rev),
            _ => continue,
        };
        out.push(Finding { range, ..finding });
    }
}

fn undefined(link: &WikiLink, project: &str, own: &str) -> Finding {
    let message = if project == own {
        format!("no concept of {own} answers [[{}]]", link.target)
    } else {
        format!("no concept of {project} answers [[{project}:{}]]", link.target)
    };
    finding(Rule::UndefinedTerm, Level::Error, message, None)
}

fn moved(link: &WikiLink, known: Known, rev: u32) -> Finding {
    let now = known.rev;
    let message = if rev < now {
        format!("{}@{rev} is an earlier meaning; it is at {now} now", link.target)
    } else {
        format!("{}@{rev} does not exist; the meaning is at {now}", link.target)
    };
    finding(Rule::MovedMeaning, Level::Warning, message, Some(known.concept))
}

fn finding(rule: Rule, level: Level, message: String, concept: Option<String>) -> Finding {
    Finding {
        rule,
        level,
        tier: Tier::Strong,
        range: 0..0,
        concept,
        message,
        detail: String::new(),
        replace: None,
        edit: None,
    }
}
