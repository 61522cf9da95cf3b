//! Reading causes and postmortems of ours, with the rules that span several keys.

use super::cause::Cause;
use super::incident::Postmortem;
use crate::glossary::file::{check_stem, check_unique};
use crate::record::check::Faults;
use crate::record::diagnostic::Diagnostic;
use crate::record::tree::Node;
use crate::record::{Kind, reader};

/// Reads a cause file.
///
/// # Errors
/// Every fault of the text.
pub fn read_cause(path: &str, text: &str) -> Result<Cause, Vec<Diagnostic>> {
    let (cause, body) = reader::read_as(Kind::Cause, path, text)?;
    Ok(Cause { body, ..cause })
}

/// Reads a postmortem of ours; [`super::foreign`] reads another tool's.
///
/// # Errors
/// Every fault of the text.
pub fn read_postmortem(path: &str, text: &str) -> Result<Postmortem, Vec<Diagnostic>> {
    let (postmortem, body) = reader::read_as(Kind::Postmortem, path, text)?;
    Ok(Postmortem { body, ..postmortem })
}

/// The rules of a cause that span several keys.
pub fn check_cause(tree: &Node, faults: &mut Faults<'_>) {
    check_stem(Kind::Cause, tree, faults);
    // `cause/fix` names a fix of either class, so an id belongs to one of them.
    let fixes = tree.list("temporary_fix").iter().chain(tree.list("permanent_fix"));
    check_unique(fixes, |fix| fix.text("id"), "fix", faults);
    for fix in tree.list("permanent_fix") {
        if fix.text("status") == Some("proven") {
            check_proven(fix, faults);
        }
    }
}

/// A proven fix has a proof, and somebody other than its owner looked at it.
fn check_proven(fix: &Node, faults: &mut Faults<'_>) {
    for (key, need) in [
        ("proof", "a proven fix needs `proof`: the test, drill or measurement that shows it"),
        ("proven_by", "a proven fix needs `proven_by`: somebody other than the owner"),
    ] {
        match fix.get(key) {
            None => faults.add_missing(fix, key, need),
            Some(node) if node.as_str().is_some_and(|text| text.trim().is_empty()) => {
                faults.add(node, need);
            }
            Some(_) => {}
        }
    }
    if let (Some(owner), Some(by), Some(node)) =
        (fix.text("owner"), fix.text("proven_by"), fix.get("proven_by"))
        && !by.trim().is_empty()
        && owner.trim() == by.trim()
    {
        faults.add(node, "the owner cannot prove the own fix; `proven_by` is somebody else");
    }
}

/// The rules of a postmortem that span several keys.
pub fn check_postmortem(tree: &Node, faults: &mut Faults<'_>) {
    check_stem(Kind::Postmortem, tree, faults);
    check_unique(tree.list("cause"), |cause| cause.text("id"), "cause", faults);
    for applied in tree.list("applied") {
        let filled = |key| applied.text(key).is_some_and(|text| !text.trim().is_empty());
        if applied.get("until").is_none() && !filled("why_none") {
            let message = "a temporary fix needs `until` (the permanent fix that replaces it) \
                           or `why_none`";
            faults.add_missing(applied, "until", message);
        }
    }
}
