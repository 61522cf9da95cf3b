//! What there is to find of a project's words: normal forms of labels, shields, stems, words near
//! them and examples, each with what it stands for.
//!
//! They are collected in a map and then packed: one text, one list of terms and one small row for
//! each form, so that a large glossary is read back with few allocations and takes little room in
//! the processor's cache.

use std::ops::Range;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::glossary::concept::Concept;
use crate::glossary::phrase;
use crate::text::korean;
use crate::text::normal::{View, form};

/// A term by its place: concept and term index.
pub(crate) type TermRef = (usize, usize);

/// How a shield ends, when it begins with a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Shield {
    Plain,
    /// Label + 인: the same letters are a copula.
    Person,
    /// Label + a particle of one syllable (배치도).
    Particle,
}

/// The forms of a project; the automaton reports places among them.
#[derive(Serialize, Deserialize)]
pub(crate) struct Forms {
    rows: Vec<Form>,
    texts: String,
    terms: Vec<TermRef>,
    gaps: Vec<usize>,
}

/// Everything that one normal form stands for.
#[derive(Serialize, Deserialize)]
pub(crate) struct Form {
    text: Span,
    /// Where its sources have spaces that the view removes.
    gaps: Span,
    /// Terms that are written so, sorted.
    labels: Span,
    stems: Span,
    near: Span,
    /// Characters.
    length: u32,
    pub(super) shield: Option<Shield>,
    /// An example that overrules the shields inside it.
    pub(super) overrules: bool,
}

/// A part of one of the lists.
type Span = Range<u32>;

impl Form {
    /// Characters.
    pub(super) fn length(&self) -> usize {
        self.length as usize
    }

    /// Whether a term is written so.
    pub(super) fn is_label(&self) -> bool {
        !self.labels.is_empty()
    }

    /// Whether a stem of a term is written so.
    pub(super) fn is_stem(&self) -> bool {
        !self.stems.is_empty()
    }
}

impl Forms {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The form at a place.
    pub(super) fn get(&self, place: u32) -> Option<&Form> {
        self.rows.get(place as usize)
    }

    /// Each form's text, in the order of their places.
    pub(super) fn texts(&self) -> impl ExactSizeIterator<Item = &str> {
        self.rows.iter().map(|form| self.text(form))
    }

    /// Its letters.
    pub(super) fn text(&self, form: &Form) -> &str {
        &self.texts[range(&form.text)]
    }

    /// Where its sources have spaces that the view removes.
    pub(super) fn gaps(&self, form: &Form) -> &[usize] {
        &self.gaps[range(&form.gaps)]
    }

    /// Terms that are written so, sorted.
    pub(super) fn labels(&self, form: &Form) -> &[TermRef] {
        &self.terms[range(&form.labels)]
    }

    /// Terms with this stem.
    pub(crate) fn stems(&self, form: &Form) -> &[TermRef] {
        &self.terms[range(&form.stems)]
    }

    /// Terms whose stem this word stands near.
    pub(crate) fn near(&self, form: &Form) -> &[TermRef] {
        &self.terms[range(&form.near)]
    }

    /// Whether a term of this concept is written so.
    pub(super) fn is_label_of(&self, form: &Form, concept: usize) -> bool {
        self.labels(form).iter().any(|(labelled, _)| *labelled == concept)
    }
}

fn range(span: &Span) -> Range<usize> {
    span.start as usize..span.end as usize
}

/// The forms while they are collected, by their text.
pub(super) struct Collected(IndexMap<String, Uses>);

/// What one form stands for so far.
#[derive(Default)]
struct Uses {
    length: usize,
    gaps: Vec<usize>,
    labels: Vec<TermRef>,
    stems: Vec<TermRef>,
    near: Vec<TermRef>,
    shield: Option<Shield>,
    overrules: bool,
}

impl Collected {
    /// The forms of labels, shields, stems and near words.
    pub(super) fn of(concepts: &[&Concept]) -> Self {
        let terms_count: usize = concepts.iter().map(|concept| concept.terms.len()).sum();
        let mut forms = Self(IndexMap::with_capacity(2 * terms_count));
        let terms = |concept: usize| concepts[concept].terms.iter().enumerate();
        for c in 0..concepts.len() {
            for (t, term) in terms(c) {
                forms.uses(&term.text).labels.push((c, t));
                for inflected in phrase::inflected(&term.text) {
                    forms.uses(&inflected).labels.push((c, t));
                }
                for stem in &term.stems {
                    forms.uses(stem).stems.push((c, t));
                }
                for word in term.near.iter().flat_map(|near| &near.words) {
                    forms.uses(word).near.push((c, t));
                }
            }
        }
        for c in 0..concepts.len() {
            for shield in terms(c).flat_map(|(_, term)| &term.shield) {
                let kind = forms.shield_kind(&form(shield));
                let uses = forms.uses(shield);
                // A word of the concept itself cannot keep others from being words of it.
                if !uses.labels.iter().any(|(labelled, _)| *labelled == c) {
                    uses.shield = Some(kind);
                }
            }
        }
        forms
    }

    /// Takes in an example that overrules the shields inside it.
    pub(super) fn overrule(&mut self, example: &str) {
        self.uses(example).overrules = true;
    }

    /// What the normal form of `word` stands for, with its spaces noted.
    fn uses(&mut self, word: &str) -> &mut Uses {
        let view = View::new(word.trim());
        let gaps = view.chars.iter().enumerate().filter(|(_, c)| c.gap).map(|(i, _)| i);
        let uses = self.0.entry(view.text).or_default();
        uses.length = view.chars.len();
        uses.gaps.extend(gaps);
        uses
    }

    /// How a shield ends that begins with a label; the shortest such label decides.
    fn shield_kind(&self, shield: &str) -> Shield {
        let stem = |(at, _): (usize, char)| {
            let (label, tail) = shield.split_at(at);
            self.0.get(label).filter(|uses| !uses.labels.is_empty())?;
            match tail {
                "인" => Some(Shield::Person),
                _ if korean::is_particle_of(label, tail) => Some(Shield::Particle),
                _ => None,
            }
        };
        shield.char_indices().find_map(stem).unwrap_or(Shield::Plain)
    }

    /// The forms, packed; a word without a letter has none.
    pub(super) fn packed(&self) -> Forms {
        let count = self.0.len();
        let mut forms = Forms {
            rows: Vec::with_capacity(count),
            texts: String::new(),
            terms: Vec::with_capacity(count),
            gaps: Vec::new(),
        };
        for (text, uses) in self.0.iter().filter(|(text, _)| !text.is_empty()) {
            let start = forms.texts.len();
            forms.texts.push_str(text);
            let row = Form {
                text: span(start, forms.texts.len()),
                gaps: added(&mut forms.gaps, &uses.gaps),
                labels: added(&mut forms.terms, &uses.labels),
                stems: added(&mut forms.terms, &uses.stems),
                near: added(&mut forms.terms, &uses.near),
                length: place(uses.length),
                shield: uses.shield,
                overrules: uses.overrules,
            };
            forms.rows.push(row);
        }
        forms
    }
}

/// Adds `more` to a list, and says where it stands there.
fn added<T: Copy>(list: &mut Vec<T>, more: &[T]) -> Span {
    let start = list.len();
    list.extend_from_slice(more);
    span(start, list.len())
}

fn span(start: usize, end: usize) -> Span {
    place(start)..place(end)
}

fn place(at: usize) -> u32 {
    u32::try_from(at).expect("a project's words are less than four gigabytes")
}
