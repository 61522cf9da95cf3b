//! A Vale style with its vocabulary: each deprecated word of the agreed concepts as a
//! substitution, each preferred and admitted word as an accepted one.
//!
//! `nonword: true` keeps Vale from putting `\b` around a word, with which it finds nothing in
//! Korean and Japanese; shields are look-around in the expression itself. `reject.txt` is empty:
//! Vale would put `\b` around its words, and report Latin ones twice.

use std::fmt::Write as _;

use super::pattern::{escaped, rules, yaml};
use super::{Exported, Losses, Source, lose};
use crate::glossary::concept::{Concept, Use};

/// Writes the files as one tar.
pub fn write(source: Source<'_>) -> Exported {
    let mut losses = Losses::new();
    let files = files(source, &mut losses);
    let mut out = tar::Builder::new(Vec::new());
    for (path, text) in &files {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        // Writing into memory does not fail, and the paths are short and ours.
        let _ = out.append_data(&mut header, path, text.as_bytes());
    }
    let concepts = source.agreed().count();
    Exported { bytes: out.into_inner().unwrap_or_default(), concepts, losses }
}

/// The files, each with its path below the folder that holds `.vale.ini`.
pub fn files(source: Source<'_>, losses: &mut Losses) -> Vec<(String, String)> {
    let agreed: Vec<&Concept> = source.agreed().collect();
    for (concept, _) in source.concepts().filter(|(c, _)| !agreed.iter().any(|a| a.id == c.id)) {
        lose(losses, "concept", concept);
    }
    let style = format!("sajeon-{}", source.id);
    let mut swaps = [String::new(), String::new()];
    for rule in rules(&agreed, |concept, key| lose(losses, key, concept)) {
        let list = &mut swaps[usize::from(rule.ignores_case && rule.word.is_ascii())];
        let _ = writeln!(list, "  {}: {}", yaml(&rule.pattern), yaml(&rule.replace));
    }
    let [exact, any_case] = swaps;
    let mut files = vec![(
        ".vale.ini".to_owned(),
        format!(
            "StylesPath = styles\nVocab = {0}\nMinAlertLevel = suggestion\n\n\
             [*.{{md,txt}}]\nBasedOnStyles = {style}\n",
            source.id
        ),
    )];
    for (name, ignore_case, swap) in
        [("Deprecated", false, exact), ("DeprecatedAnyCase", true, any_case)]
    {
        let swap = if swap.is_empty() { "swap: {}\n".to_owned() } else { format!("swap:\n{swap}") };
        let rule = format!(
            "extends: substitution\nmessage: \"Write '%s', not '%s'.\"\nlevel: error\n\
             ignorecase: {ignore_case}\nnonword: true\naction:\n  name: replace\n{swap}"
        );
        files.push((format!("styles/{style}/{name}.yml"), rule));
    }
    let right = |usage| matches!(usage, Use::Preferred | Use::Admitted);
    let terms = agreed.iter().flat_map(|concept| &concept.terms);
    let words = terms.filter(|term| right(term.usage) && !term.text.contains('\n'));
    let mut accepted: Vec<String> = words.map(|term| escaped(term.text.trim())).collect();
    accepted.sort();
    accepted.dedup();
    let accepted: String = accepted.into_iter().map(|word| word + "\n").collect();
    let folder = format!("styles/config/vocabularies/{}", source.id);
    files.push((format!("{folder}/accept.txt"), accepted));
    files.push((format!("{folder}/reject.txt"), String::new()));
    files
}
