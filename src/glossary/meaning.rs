//! When an edit of a concept is a new meaning.

use super::concept::Concept;
use crate::record::Diagnostic;

/// `rev` stays or grows by one. An edit of what makes the meaning (definition, not, example,
/// swatch, `not_swatch`, measure) grows it, or says that the meaning is the same.
///
/// # Errors
/// One diagnostic, at the line of `rev`.
pub fn rev_rule(
    path: &str,
    text: &str,
    old: &Concept,
    new: &Concept,
    meaning_same: bool,
) -> Result<(), Diagnostic> {
    let message = if new.rev != old.rev && new.rev != old.rev + 1 {
        format!("rev is {}; it stays {} or becomes {}", new.rev, old.rev, old.rev + 1)
    } else if new.rev == old.rev && !meaning_same && meaning_changed(old, new) {
        format!(
            "the meaning changed, so rev becomes {}; if the meaning is the same, say so \
             (meaning=same)",
            old.rev + 1
        )
    } else {
        return Ok(());
    };
    let at = text.lines().take_while(|line| !line.starts_with("rev")).map(|l| l.len() + 1).sum();
    let at = if at < text.len() { at } else { 0 };
    Err(Diagnostic { key: Some("rev".to_owned()), ..Diagnostic::at(path, text, at, message) })
}

fn meaning_changed(old: &Concept, new: &Concept) -> bool {
    old.definition != new.definition
        || old.not != new.not
        || old.example != new.example
        || old.swatch != new.swatch
        || old.not_swatch != new.not_swatch
        || old.measure != new.measure
}
