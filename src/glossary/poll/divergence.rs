//! How far answers are apart, as figures that say what they are made of.
//!
//! None of them measures meaning. Colours are compared as an eye sees them, verdicts by agreement
//! beyond chance, texts by the words and letters that they share.

use std::collections::BTreeSet;

use super::answer::{Answer, Verdict};
use crate::glossary::colour::{Colour, Lab, delta_e_2000};
use crate::glossary::matcher::Lexicon;
use crate::text::normal::form;

/// Colours this near (CIEDE2000) belong to one group: side by side they are told apart, but both
/// would be called by the same name.
pub const COLOUR_GROUP: f64 = 10.0;
/// Texts that share this much belong to one group.
pub const TEXT_GROUP: f64 = 0.5;

/// How far the answers of one poll are apart.
#[derive(Debug, Clone, PartialEq)]
pub enum Divergence {
    /// Fewer than two answers: nothing to compare.
    None,
    /// CIEDE2000 differences over all pairs of answers.
    Colours {
        /// Mean over the pairs.
        mean: f64,
        /// The two that are farthest apart.
        largest: f64,
    },
    /// Agreement on borderline cases.
    Cases {
        /// Fleiss' kappa (J. L. Fleiss 1971): 1 is agreement, 0 is chance. Absent where everybody
        /// gave one and the same verdict everywhere, which leaves chance nothing to explain.
        kappa: Option<f64>,
        /// Share of agreeing pairs, by case.
        by_case: Vec<f64>,
    },
    /// What definitions share.
    Texts {
        /// Mean overlap (Jaccard) of the agreed concepts that the texts name, over the pairs in
        /// which at least one names any; in all languages. Absent without such a pair.
        concepts: Option<f64>,
        /// Mean overlap (Dice) of character bigrams, over the pairs in one language. Absent
        /// without such a pair.
        bigrams: Option<f64>,
    },
}

/// What is compared of an answer.
#[derive(Debug, Clone)]
enum Trait {
    Colours(Vec<Lab>),
    Cases(Vec<Verdict>),
    Text { lang: String, concepts: BTreeSet<String>, bigrams: BTreeSet<[char; 2]> },
}

/// Answers made ready to be compared.
#[derive(Debug, Clone)]
pub struct Compared {
    traits: Vec<Trait>,
}

impl Compared {
    /// Takes answers of one poll; `lexicon` finds the project's words in texts.
    pub fn new<'a>(answers: impl IntoIterator<Item = &'a Answer>, lexicon: &Lexicon) -> Self {
        let traits = answers.into_iter().map(|answer| match answer {
            Answer::Colours(colours) => {
                Trait::Colours(colours.iter().copied().map(Colour::into).collect())
            }
            Answer::Cases(verdicts) => Trait::Cases(verdicts.clone()),
            Answer::Definition { lang, text } => Trait::Text {
                lang: lang.clone(),
                concepts: concepts(text, lexicon),
                bigrams: bigrams(text),
            },
        });
        Self { traits: traits.collect() }
    }

    /// The figure of these answers.
    pub fn divergence(&self) -> Divergence {
        match self.traits.as_slice() {
            [] | [_] => Divergence::None,
            [Trait::Colours(_), ..] => self.colours(),
            [Trait::Cases(_), ..] => self.cases(),
            [Trait::Text { .. }, ..] => self.texts(),
        }
    }

    fn pairs(&self) -> impl Iterator<Item = (&Trait, &Trait)> {
        let all = &self.traits;
        (0..all.len()).flat_map(move |i| (i + 1..all.len()).map(move |j| (&all[i], &all[j])))
    }

    fn colours(&self) -> Divergence {
        let mut found = Vec::new();
        for pair in self.pairs() {
            if let (Trait::Colours(one), Trait::Colours(two)) = pair {
                found.push(colour_distance(one, two));
            }
        }
        let mean = mean(&found).unwrap_or_default();
        Divergence::Colours { mean, largest: found.into_iter().fold(0.0, f64::max) }
    }

    fn cases(&self) -> Divergence {
        let rows: Vec<&[Verdict]> = self
            .traits
            .iter()
            .filter_map(|one| match one {
                Trait::Cases(verdicts) => Some(verdicts.as_slice()),
                _ => None,
            })
            .collect();
        let subjects = rows.iter().map(|row| row.len()).min().unwrap_or_default();
        let counts: Vec<[usize; 3]> = (0..subjects)
            .map(|case| Verdict::ALL.map(|v| rows.iter().filter(|row| row[case] == v).count()))
            .collect();
        let (kappa, by_case) = fleiss(&counts);
        Divergence::Cases { kappa, by_case }
    }

    fn texts(&self) -> Divergence {
        let (mut shared_concepts, mut shared_bigrams) = (Vec::new(), Vec::new());
        for (one, two) in self.pairs() {
            shared_concepts.extend(concept_overlap(one, two));
            shared_bigrams.extend(bigram_overlap(one, two));
        }
        Divergence::Texts { concepts: mean(&shared_concepts), bigrams: mean(&shared_bigrams) }
    }

    /// Answers in groups, each as positions, larger groups first. Every two of a group are near
    /// (complete linkage, taken greedily in the order of the answers).
    pub fn groups(&self) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for (index, one) in self.traits.iter().enumerate() {
            let near = |group: &Vec<usize>| group.iter().all(|at| near(&self.traits[*at], one));
            match groups.iter_mut().find(|group| near(group)) {
                Some(group) => group.push(index),
                None => groups.push(vec![index]),
            }
        }
        groups.sort_by_key(|group| (std::cmp::Reverse(group.len()), group[0]));
        groups
    }

    /// The answer of a group that is nearest to all others of it.
    pub fn middle(&self, group: &[usize]) -> Option<usize> {
        let distance = |at: usize| {
            group.iter().map(|other| 1.0 - likeness(&self.traits[at], &self.traits[*other])).sum()
        };
        let by_sum = |a: &(f64, usize), b: &(f64, usize)| a.0.total_cmp(&b.0);
        group.iter().map(|at| (distance(*at), *at)).min_by(by_sum).map(|(_, at)| at)
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts of answers are small")]
    let count = values.len() as f64;
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / count)
}

/// Mean difference of each colour to the nearest of the other answer, both ways.
fn colour_distance(one: &[Lab], two: &[Lab]) -> f64 {
    let nearest = |colour: &Lab, others: &[Lab]| {
        others.iter().map(|other| delta_e_2000(*colour, *other)).fold(f64::INFINITY, f64::min)
    };
    let there = one.iter().map(|colour| nearest(colour, two));
    let back = two.iter().map(|colour| nearest(colour, one));
    mean(&there.chain(back).collect::<Vec<_>>()).unwrap_or_default()
}

/// Fleiss' kappa and the agreement of each subject, from how many raters chose each category.
///
/// J. L. Fleiss, "Measuring nominal scale agreement among many raters" (1971). Every subject has
/// the same number of raters.
fn fleiss(counts: &[[usize; 3]]) -> (Option<f64>, Vec<f64>) {
    #[expect(clippy::cast_precision_loss, reason = "counts of answers are small")]
    let real = |count: usize| count as f64;
    let raters: usize = counts.first().map_or(0, |row| row.iter().sum());
    if raters < 2 {
        return (None, Vec::new());
    }
    let pairs = real(raters) * real(raters - 1);
    let by_case: Vec<f64> = counts
        .iter()
        .map(|row| row.iter().map(|n| real(*n) * (real(*n) - 1.0)).sum::<f64>() / pairs)
        .collect();
    let all = real(counts.len() * raters);
    let chance: f64 = (0..3)
        .map(|category| real(counts.iter().map(|row| row[category]).sum()) / all)
        .map(|share| share * share)
        .sum();
    let observed = mean(&by_case).unwrap_or_default();
    let kappa = (1.0 - chance > 1e-12).then(|| (observed - chance) / (1.0 - chance));
    (kappa, by_case)
}

fn concepts(text: &str, lexicon: &Lexicon) -> BTreeSet<String> {
    let mentions = lexicon.find(text);
    mentions.iter().map(|found| lexicon.concept_id(found.concept).to_owned()).collect()
}

/// Neighbouring letters of a text's normal form, without spaces.
fn bigrams(text: &str) -> BTreeSet<[char; 2]> {
    let letters: Vec<char> = form(text).chars().filter(|c| c.is_alphanumeric()).collect();
    letters.windows(2).map(|pair| [pair[0], pair[1]]).collect()
}

fn concept_overlap(one: &Trait, two: &Trait) -> Option<f64> {
    let (Trait::Text { concepts: one, .. }, Trait::Text { concepts: two, .. }) = (one, two) else {
        return None;
    };
    let all = one.union(two).count();
    #[expect(clippy::cast_precision_loss, reason = "counts of words are small")]
    (all > 0).then(|| one.intersection(two).count() as f64 / all as f64)
}

fn bigram_overlap(one: &Trait, two: &Trait) -> Option<f64> {
    let Trait::Text { lang: one_lang, bigrams: one, .. } = one else { return None };
    let Trait::Text { lang: two_lang, bigrams: two, .. } = two else { return None };
    let size = one.len() + two.len();
    #[expect(clippy::cast_precision_loss, reason = "counts of letters are small")]
    (one_lang == two_lang && size > 0)
        .then(|| 2.0 * one.intersection(two).count() as f64 / size as f64)
}

/// How like two answers are, 0 to 1; only for putting them in groups and in order.
fn likeness(one: &Trait, two: &Trait) -> f64 {
    match (one, two) {
        (Trait::Colours(one), Trait::Colours(two)) => {
            // 100 is the difference of black and white.
            1.0 - (colour_distance(one, two) / 100.0).min(1.0)
        }
        (Trait::Cases(one), Trait::Cases(two)) => {
            let same: Vec<f64> =
                one.iter().zip(two).map(|(a, b)| if a == b { 1.0 } else { 0.0 }).collect();
            mean(&same).unwrap_or(1.0)
        }
        _ => {
            let (concepts, bigrams) = (concept_overlap(one, two), bigram_overlap(one, two));
            concepts.into_iter().chain(bigrams).fold(0.0, f64::max)
        }
    }
}

fn near(one: &Trait, two: &Trait) -> bool {
    match (one, two) {
        (Trait::Colours(one), Trait::Colours(two)) => colour_distance(one, two) <= COLOUR_GROUP,
        (Trait::Cases(one), Trait::Cases(two)) => one == two,
        _ => likeness(one, two) >= TEXT_GROUP,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn colour(hex: &str) -> Answer {
        Answer::Colours(vec![Colour::parse(hex).unwrap()])
    }

    fn compared(answers: &[Answer]) -> Compared {
        Compared::new(answers, &Lexicon::build("demo", &[]))
    }

    #[test]
    fn kappa_is_that_of_fleiss() {
        // The worked example of the literature reduced to three categories: 4 raters, 3 subjects.
        let (kappa, by_case) = fleiss(&[[4, 0, 0], [2, 2, 0], [0, 1, 3]]);
        assert_eq!(by_case.len(), 3);
        assert!((by_case[0] - 1.0).abs() < 1e-12);
        assert!((by_case[1] - 1.0 / 3.0).abs() < 1e-12);
        assert!((by_case[2] - 0.5).abs() < 1e-12);
        let observed = (1.0 + 1.0 / 3.0 + 0.5) / 3.0;
        let chance = (36.0 + 9.0 + 9.0) / 144.0;
        assert!((kappa.unwrap() - (observed - chance) / (1.0 - chance)).abs() < 1e-12);
        assert_eq!(fleiss(&[[3, 0, 0], [3, 0, 0]]), (None, vec![1.0, 1.0]));
        assert_eq!(fleiss(&[[1, 0, 0]]), (None, Vec::new()));
    }

    #[test]
    fn red_green_and_gold_are_far_apart_and_two_reds_are_not() {
        let answers = [colour("#7A0019"), colour("#7B001A"), colour("#1B5E20"), colour("#D4AF37")];
        let compared = compared(&answers);
        let Divergence::Colours { mean, largest } = compared.divergence() else { panic!() };
        assert!(mean > 30.0 && largest > mean, "{mean} {largest}");
        assert_eq!(compared.groups(), [vec![0, 1], vec![2], vec![3]]);
        assert_eq!(compared.groups()[0].len(), 2);
    }

    #[test]
    fn texts_share_letters_only_within_a_language() {
        let text = |lang: &str, text: &str| Answer::Definition {
            lang: lang.to_owned(),
            text: text.to_owned(),
        };
        let answers = [
            text("ko", "계약된 기능을 1분 이상 쓸 수 없는 상태"),
            text("ko", "계약된 기능을 5분 이상 쓸 수 없는 상태"),
            text("ja", "計画外の状態"),
        ];
        let compared = compared(&answers);
        let Divergence::Texts { concepts, bigrams } = compared.divergence() else { panic!() };
        assert_eq!(concepts, None);
        assert!(bigrams.unwrap() > 0.8);
        assert_eq!(compared.groups(), [vec![0, 1], vec![2]]);
        assert!(compared.middle(&[0, 1]).is_some());
    }

    #[test]
    fn one_answer_has_no_divergence() {
        assert_eq!(compared(&[colour("#7A0019")]).divergence(), Divergence::None);
    }
}
