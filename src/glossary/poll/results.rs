//! What a revealed poll shows.

use super::answer::{Answer, Verdict};
use super::divergence::{Compared, Divergence};
use super::store::AnswerRow;
use super::{Poll, PollKind};
use crate::glossary::matcher::Lexicon;

/// One answer of a revealed poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Who gave it.
    pub person: String,
    /// What it says.
    pub answer: Answer,
    /// Given after the reveal: kept out of figures and groups.
    pub late: bool,
}

/// A revealed poll.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// Blind answers first, in an order that says nothing of who or when; then late ones.
    pub given: Vec<Given>,
    /// How many of them are blind.
    pub blind: usize,
    /// Answers that do not open with this data folder's key.
    pub unopened: usize,
    /// How far the blind ones are apart.
    pub divergence: Divergence,
    /// Groups of blind answers, as positions in `given`, larger ones first.
    pub groups: Vec<Vec<usize>>,
    /// The middle answer of each group.
    pub middles: Vec<usize>,
}

impl Results {
    /// Reads the rows of a revealed poll; empty for one that is not.
    pub fn new(poll: &Poll, rows: &[AnswerRow], lexicon: &Lexicon) -> Self {
        let rows: &[AnswerRow] = if poll.is_revealed() { rows } else { &[] };
        let read = |row: &AnswerRow| {
            let answer = Answer::from_json(poll, &row.body).filter(|_| row.opened)?;
            Some(Given { person: row.person.clone(), answer, late: row.late })
        };
        let mut given: Vec<Given> = rows.iter().filter_map(read).collect();
        let unopened = rows.len() - given.len();
        // The rows come by keyed hash, which is as good as chance.
        given.sort_by_key(|one| one.late);
        let blind = given.iter().filter(|one| !one.late).count();
        let compared = Compared::new(given[..blind].iter().map(|one| &one.answer), lexicon);
        let groups = compared.groups();
        let middles = groups.iter().filter_map(|group| compared.middle(group)).collect();
        Self { blind, unopened, divergence: compared.divergence(), groups, middles, given }
    }

    /// How often each case got each verdict, among blind answers.
    pub fn verdicts(&self, poll: &Poll) -> Vec<[usize; 3]> {
        let blind = &self.given[..self.blind];
        let chose = |one: &Given, case: usize, verdict: Verdict| match &one.answer {
            Answer::Cases(all) => all.get(case) == Some(&verdict),
            _ => false,
        };
        let count = |case: usize, verdict: Verdict| {
            blind.iter().filter(|one| chose(one, case, verdict)).count()
        };
        (0..poll.cases.len()).map(|case| Verdict::ALL.map(|v| count(case, v))).collect()
    }

    /// The wording that a definition could start from: the middle of the largest group that wrote
    /// in this language.
    pub fn wording(&self, poll: &Poll, lang: &str) -> Option<&str> {
        if poll.kind != PollKind::Definition {
            return None;
        }
        self.middles.iter().find_map(|at| match &self.given[*at].answer {
            Answer::Definition { lang: own, text } if own == lang => Some(text.as_str()),
            _ => None,
        })
    }
}
