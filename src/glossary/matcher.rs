//! Finding the words of a project in running text.
//!
//! One automaton over labels, shields, override examples and stems of a project runs over the
//! [`View`] of a text and reports every overlapping occurrence. Then, in this order: what is no
//! word there is dropped; shields that lose to a copula, a particle or an example are dropped;
//! labels that a shield covers are dropped; of the rest the leftmost and longest stay.

use std::fmt;
use std::ops::Range;

use daachorse::CharwiseDoubleArrayAhoCorasick;
use serde::{Deserialize, Serialize, Serializer};

use crate::glossary::concept::{Concept, Use};
use crate::glossary::forms::{Collected, Form, Forms, Shield, TermRef};
use crate::glossary::{edges, phrase};
use crate::text::korean;
use crate::text::normal::{View, spelling};
use crate::text::script::Script;

/// How sure a mention is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// A word of its own: may be an error, may be fixed automatically.
    Strong,
    /// Inside a longer run (서버장애): tagged, but never blocks and never fixed automatically.
    Weak,
}

/// A place where a text uses a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// First byte in the source.
    pub start: usize,
    /// Byte after it in the source.
    pub end: usize,
    /// Index of the concept in the slice that the lexicon was built of.
    pub concept: usize,
    /// Index of the term in the concept.
    pub term: usize,
    /// How sure it is.
    pub tier: Tier,
}

/// The words of one project, ready to be found in texts.
pub struct Lexicon {
    project: String,
    concepts: Vec<Entry>,
    forms: Forms,
    /// Reports places in `forms`. `None` when there is no word at all: the automaton refuses an
    /// empty set.
    automaton: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
}

/// What the lexicon keeps of a concept.
#[derive(Serialize, Deserialize)]
struct Entry {
    id: String,
    terms: Vec<Word>,
    /// Of all its terms, as spelled.
    shields: Vec<String>,
}

/// What the lexicon keeps of a term.
#[derive(Serialize, Deserialize)]
pub(crate) struct Word {
    text: String,
    #[serde(serialize_with = "variant")]
    usage: Use,
    acronym: bool,
    /// Words that must stand near a stem: forms and distance in words.
    pub(crate) near: Option<u32>,
}

/// An occurrence of a form: character range in the view.
#[derive(Clone)]
pub(crate) struct Occurrence<'a> {
    pub(crate) form: &'a Form,
    pub(crate) range: Range<usize>,
}

impl fmt::Debug for Lexicon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lexicon({}: {} forms)", self.project, self.forms.len())
    }
}

impl Lexicon {
    /// The words of `concepts`, all of `project`; mentions name concepts by their place there.
    pub fn build<'a>(project: &str, concepts: impl IntoIterator<Item = &'a Concept>) -> Self {
        let concepts: Vec<&Concept> = concepts.into_iter().collect();
        let entries = concepts.iter().map(|concept| Entry::new(concept)).collect();
        let mut forms = Collected::of(&concepts);
        let mut lexicon = Self::assemble(project.to_owned(), entries, forms.packed());
        let overruling = lexicon.missed_examples(&concepts);
        if !overruling.is_empty() {
            overruling.iter().for_each(|example| forms.overrule(example));
            lexicon = Self::assemble(lexicon.project, lexicon.concepts, forms.packed());
        }
        lexicon
    }

    fn assemble(project: String, concepts: Vec<Entry>, forms: Forms) -> Self {
        let patterns = forms.texts().zip(0_u32..);
        // Patterns are distinct and not empty, so only an absurd size could fail; then no word
        // matches, and the glossary's own examples say so.
        let automaton =
            CharwiseDoubleArrayAhoCorasick::with_values(patterns).ok().filter(|_| forms.len() > 0);
        Self { project, concepts, forms, automaton }
    }

    /// The lexicon as bytes that [`Self::of_bytes`] of the same build of the program reads.
    ///
    /// # Errors
    /// None is known: every part has a form in postcard's format.
    pub fn to_bytes(&self) -> Result<Vec<u8>, postcard::Error> {
        let parts = (&self.project, &self.concepts, &self.forms, self.automaton.is_some());
        let automaton = self.automaton.as_ref().map(CharwiseDoubleArrayAhoCorasick::serialize);
        Ok([postcard::to_stdvec(&parts)?, automaton.unwrap_or_default()].concat())
    }

    /// The lexicon that was written as `bytes`; `None` where they cannot be read.
    ///
    /// The caller sees to it that they are what was written: a damaged lexicon may well be read,
    /// and then report wrong places or never come to an end.
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let ((project, concepts, forms, any), rest): ((_, _, _, bool), _) =
            postcard::take_from_bytes(bytes).ok()?;
        let read = |rest| CharwiseDoubleArrayAhoCorasick::deserialize(rest).ok();
        let automaton = if any { Some(read(rest)?.0) } else { None };
        Some(Self { project, concepts, forms, automaton })
    }

    /// The project whose words these are.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// How many concepts there are.
    pub fn concepts(&self) -> usize {
        self.concepts.len()
    }

    /// The ids of the concepts, in the order of their indices.
    pub fn concept_ids(&self) -> impl ExactSizeIterator<Item = &str> {
        self.concepts.iter().map(|concept| concept.id.as_str())
    }

    /// The id of one concept; empty for an index that does not exist.
    pub fn concept_id(&self, concept: usize) -> &str {
        self.concepts.get(concept).map_or("", |concept| &concept.id)
    }

    /// The words as written that have any use for a concept; for typing errors in queries.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.concepts.iter().flat_map(|c| &c.terms).map(|term| term.text.as_str())
    }

    /// Whether a word of the concept has shields, so that its letters alone prove nothing.
    pub fn has_shields(&self, concept: usize) -> bool {
        self.concepts.get(concept).is_some_and(|concept| !concept.shields.is_empty())
    }

    /// Whether the letters of this very word stand in one of its concept's shields: 장애 does in
    /// 장애인, the concept's word in another script does not.
    pub fn is_shielded(&self, concept: usize, term: usize) -> bool {
        self.concepts.get(concept).is_some_and(|concept| {
            let word =
                concept.terms.get(term).map_or_else(String::new, |word| spelling(&word.text));
            concept.shields.iter().any(|shield| shield.contains(&word))
        })
    }

    /// Every mention of a concept in `text`, in order.
    ///
    /// A word that several concepts share gives one mention for each.
    pub fn find(&self, text: &str) -> Vec<Mention> {
        self.find_in(text, &View::new(text))
    }

    /// As [`Self::find`], for a caller who has the view of `text` already.
    pub fn find_in(&self, text: &str, view: &View) -> Vec<Mention> {
        let found = self.occurrences(view);
        let shields = standing_shields(view, &found);
        let free: Vec<&Occurrence<'_>> =
            found.iter().filter(|o| !shields.cover(&o.range)).collect();
        let mut mentions = self.labels(text, view, &free, &overruling(&found));
        if free.iter().any(|o| o.form.is_stem()) {
            let word = |(c, t): TermRef| &self.concepts[c].terms[t];
            phrase::add(view, &free, &self.forms, word, &mut mentions);
        }
        mentions.sort_unstable();
        mentions.dedup();
        mentions
    }

    /// The places of `text`, in bytes, that a shield holds: no shorter word is meant there, in
    /// this project or in another that knows no better.
    pub fn shields(&self, text: &str) -> Vec<Range<usize>> {
        let view = View::new(text);
        let shields = standing_shields(&view, &self.occurrences(&view));
        shields.ranges.iter().map(|range| view.source(range)).collect()
    }

    fn occurrences(&self, view: &View) -> Vec<Occurrence<'_>> {
        let Some(automaton) = &self.automaton else {
            return Vec::new();
        };
        let found = automaton.find_overlapping_iter(&view.text).filter_map(|found| {
            let form = self.forms.get(found.value())?;
            Some((form, found.end(), form.length()))
        });
        view.ranges(found)
            .filter(|(form, range)| {
                edges::may_cross(view, range, self.forms.gaps(form), form.shield.is_none())
            })
            .map(|(form, range)| Occurrence { form, range })
            .collect()
    }

    /// The form with this very text.
    fn form(&self, text: &str) -> Option<&Form> {
        let mut found = self.automaton.as_ref()?.find_overlapping_iter(text);
        let whole = found.find(|found| found.start() == 0 && found.end() == text.len())?;
        self.forms.get(whole.value())
    }

    /// The leftmost and longest labels among `free`, one mention for each of their concepts.
    ///
    /// Inside of one of `told`, a person has said that the word is meant.
    fn labels(
        &self,
        text: &str,
        view: &View,
        free: &[&Occurrence<'_>],
        told: &[Range<usize>],
    ) -> Vec<Mention> {
        let known = |word: &str| self.form(word).is_some_and(Form::is_label);
        let mut candidates: Vec<_> = free
            .iter()
            .filter(|o| o.form.is_label())
            .filter_map(|o| {
                let said = told.iter().any(|t| t.start <= o.range.start && o.range.end <= t.end);
                let tier = edges::tier(view, &o.range, self.forms.text(o.form), &known)
                    .or_else(|| (said && edges::latin(view, &o.range)).then_some(Tier::Weak))?;
                Some((with_long_vowel(view, &o.range), o.form, tier))
            })
            .collect();
        candidates.sort_by_key(|(range, ..)| (range.start, std::cmp::Reverse(range.end)));
        let mut mentions = Vec::new();
        let mut reached = 0;
        for (range, form, tier) in candidates {
            if range.start < reached {
                continue;
            }
            let source = view.source(&range);
            let written = &text[source.clone()];
            let before = mentions.len();
            for terms in self.forms.labels(form).chunk_by(|(a, _), (b, _)| a == b) {
                let concept = terms[0].0;
                if let Some(term) = self.choose(concept, terms, written) {
                    let (start, end) = (source.start, source.end);
                    mentions.push(Mention { start, end, concept, term, tier });
                }
            }
            if mentions.len() > before {
                reached = range.end;
            }
        }
        mentions
    }

    /// The term of `concept` that `written` is: as written, by spelling, or the most proper.
    fn choose(&self, concept: usize, terms: &[TermRef], written: &str) -> Option<usize> {
        let words = &self.concepts[concept].terms;
        if let [(_, only)] = *terms
            && !words[only].acronym
        {
            return Some(only);
        }
        let lower = written.chars().any(char::is_lowercase);
        let spelled = spelling(written);
        let terms = terms.iter().map(|(_, term)| *term);
        terms.filter(|&t| !(words[t].acronym && lower)).min_by_key(|&t| {
            let word = &words[t];
            (word.text != written, spelling(&word.text) != spelled, word.usage, t)
        })
    }

    /// Examples that are missed for a shield inside them, or for what stands around the word: these
    /// overrule it.
    fn missed_examples(&self, concepts: &[&Concept]) -> Vec<String> {
        let mut missed = Vec::new();
        for (index, concept) in concepts.iter().enumerate() {
            for hit in concept.terms.iter().flat_map(|term| &term.hit) {
                let view = View::new(hit);
                let named = self
                    .occurrences(&view)
                    .iter()
                    .any(|o| o.form.shield.is_some() || self.forms.is_label_of(o.form, index));
                if named && !self.find_in(hit, &view).iter().any(|m| m.concept == index) {
                    let edge = |c: char| !c.is_alphanumeric();
                    missed.push(hit.trim_matches(edge).to_owned());
                }
            }
        }
        missed
    }
}

impl Entry {
    fn new(concept: &Concept) -> Self {
        let word = |term: &crate::glossary::concept::Term| Word {
            text: term.text.clone(),
            usage: term.usage,
            acronym: term.acronym,
            near: term.near.as_ref().map(|near| near.within),
        };
        Self {
            id: concept.id.clone(),
            terms: concept.terms.iter().map(word).collect(),
            shields: concept.terms.iter().flat_map(|t| &t.shield).map(|s| spelling(s)).collect(),
        }
    }
}

/// As the derived `Deserialize` reads it; a domain type does not say how it is written.
fn variant<S: Serializer>(usage: &Use, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_unit_variant("Use", *usage as u32, usage.as_str())
}

/// The whole of サーバー in サーバーエラー: forms have no ー at their end.
fn with_long_vowel(view: &View, range: &Range<usize>) -> Range<usize> {
    let katakana = view.chars[range.end - 1].script == Script::Katakana;
    let long = view.chars.get(range.end).is_some_and(|next| next.c == 'ー' && !next.gap);
    range.start..range.end + usize::from(katakana && long)
}

/// Shields that hold in a text, sorted by start.
struct Shields {
    ranges: Vec<Range<usize>>,
    longest: usize,
}

impl Shields {
    /// Whether a shield overlaps `range` and reaches beyond it.
    fn cover(&self, range: &Range<usize>) -> bool {
        let first = self.ranges.partition_point(|s| s.start + self.longest <= range.start);
        self.ranges[first..]
            .iter()
            .take_while(|s| s.start < range.end)
            .any(|s| s.end > range.start && (s.start < range.start || s.end > range.end))
    }
}

/// The places of examples that overrule.
fn overruling(found: &[Occurrence<'_>]) -> Vec<Range<usize>> {
    found.iter().filter(|o| o.form.overrules).map(|o| o.range.clone()).collect()
}

fn standing_shields(view: &View, found: &[Occurrence<'_>]) -> Shields {
    let overruling = overruling(found);
    let overruled = |range: &Range<usize>| {
        overruling
            .iter()
            .any(|o| o.start <= range.start && range.end <= o.end && o.len() > range.len())
    };
    let mut ranges: Vec<Range<usize>> = found
        .iter()
        .enumerate()
        .filter(|(_, o)| o.form.shield.is_some_and(|kind| stands(view, &o.range, kind)))
        .filter(|(at, _)| !is_accident(view, found, *at))
        .map(|(_, o)| o.range.clone())
        .filter(|range| !overruled(range))
        .collect();
    ranges.sort_by_key(|range| (range.start, range.end));
    let longest = ranges.iter().map(Range::len).max().unwrap_or(0);
    Shields { ranges, longest }
}

/// Whether a label that the shield at `found[at]` overlaps shows that it is none. Occurrences come
/// in the order of their ends.
fn is_accident(view: &View, found: &[Occurrence<'_>], at: usize) -> bool {
    /// Letters beyond the end of the shield that a label may have.
    const REACH: usize = 16;
    let shield = &found[at].range;
    let before = found[..at].iter().rev().take_while(|o| o.range.end > shield.start);
    let after = found[at + 1..].iter().take_while(|o| o.range.end <= shield.end + REACH);
    before
        .chain(after)
        .filter(|o| o.form.is_label() && o.range.start < shield.end)
        .any(|o| edges::is_accident(view, shield, &o.range))
}

fn stands(view: &View, range: &Range<usize>, kind: Shield) -> bool {
    let rest = || view.following(range.end, 8);
    edges::latin(view, range)
        && match kind {
            Shield::Plain => true,
            Shield::Person => !korean::copula_goes_on(&rest()),
            Shield::Particle => !korean::predicate_follows(&rest()),
        }
}

#[cfg(test)]
#[path = "matcher_tests.rs"]
pub(crate) mod tests;
