//! Words that are vague in any project, in three languages, with the question that each raises.
//!
//! The lists are ours: `vague/LANGUAGE.txt`. A line is `group | word | question | forms | except`;
//! without forms they follow from the word's own ending (적절하다, 適切/na), and `except` are longer
//! words that are something else.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use daachorse::CharwiseDoubleArrayAhoCorasick;

use crate::glossary::edges;
use crate::text::normal::View;
use crate::text::script::Script;
use crate::text::{japanese, korean};

const LISTS: [(&str, &str); 3] = [
    ("ko", include_str!("vague/ko.txt")),
    ("ja", include_str!("vague/ja.txt")),
    ("en", include_str!("vague/en.txt")),
];

/// What makes a word vague.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// How many?
    Quantity,
    /// By when?
    Time,
    /// Measured how?
    Quality,
    /// What else?
    OpenEnd,
    /// Who may leave it out?
    Escape,
    /// Than what?
    Comparison,
    /// Who does it?
    Actor,
    /// Done how far?
    Done,
}

impl Group {
    /// All groups.
    pub const ALL: [Self; 8] = [
        Self::Quantity,
        Self::Time,
        Self::Quality,
        Self::OpenEnd,
        Self::Escape,
        Self::Comparison,
        Self::Actor,
        Self::Done,
    ];

    /// Its name in the lists and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Quantity => "quantity",
            Self::Time => "time",
            Self::Quality => "quality",
            Self::OpenEnd => "open-end",
            Self::Escape => "escape",
            Self::Comparison => "comparison",
            Self::Actor => "actor",
            Self::Done => "done",
        }
    }
}

/// A vague word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VagueWord {
    /// Its language.
    pub lang: &'static str,
    /// What makes it vague.
    pub group: Group,
    /// As the list has it, in its dictionary form.
    pub word: &'static str,
    /// What to ask, in the language of the word.
    pub question: &'static str,
}

/// Every vague word, in the order of the lists.
pub fn words() -> impl Iterator<Item = &'static VagueWord> {
    BOOK.words.iter()
}

/// A word that a rule of its own looks at more closely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trigger {
    /// What is said of a fix: [`super::fix_class`].
    Fix,
    /// What is said of a mistake: [`super::blame`].
    Mistake,
}

const FIX: &[&str] =
    &["조치", "해결", "대응", "대처", "対応", "対処", "措置", "処置", "解決", "fixed"];
const MISTAKE: &[&str] = &[
    "실수",
    "부주의",
    "과실",
    "잘못",
    "탓",
    "착오",
    "깜빡",
    "깜박",
    "태만",
    "미숙",
    "때문",
    "인적오류",
    "휴먼에러",
    "ミス",
    "不注意",
    "過失",
    "せい",
    "失念",
    "うっかり",
    "誤って",
    "怠慢",
    "怠った",
    "忘れ",
    "ヒューマンエラー",
    "人的エラー",
    "mistake",
    "error",
    "fault",
    "carelessness",
    "careless",
    "carelessly",
    "negligence",
    "oversight",
    "forgot",
    "forgetting",
    "neglected",
    "mistyped",
    "incompetence",
    "caused by",
    "due to",
    "because of",
    "blame",
];

/// One form of a word, or what is none of it.
#[derive(Debug, Clone, Default)]
struct Pattern {
    /// Index of the vague word.
    word: Option<usize>,
    /// A longer word that is something else than the vague word in it.
    other: bool,
    trigger: Option<Trigger>,
    length: usize,
    gaps: Vec<usize>,
    /// Whether letters of the same script may stand before it.
    free_left: bool,
    /// Whether letters of the same script may follow it.
    free_right: bool,
}

struct Book {
    words: Vec<VagueWord>,
    patterns: Vec<Pattern>,
    automaton: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
}

static BOOK: LazyLock<Book> = LazyLock::new(Book::read);

/// What stands in a view, as character ranges.
#[derive(Debug, Default)]
pub(crate) struct Phrases {
    /// Vague words, the longest at each place.
    pub(crate) vague: Vec<(&'static VagueWord, Range<usize>)>,
    /// Words that other rules look at, in order.
    pub(crate) triggers: Vec<(Trigger, Range<usize>)>,
}

/// The vague words and triggers of a view.
pub(crate) fn find(view: &View) -> Phrases {
    let book = &*BOOK;
    let Some(automaton) = &book.automaton else { return Phrases::default() };
    let mut words: Vec<(usize, Range<usize>)> = Vec::new();
    let mut other: Vec<Range<usize>> = Vec::new();
    let mut triggers = Vec::new();
    let found = automaton.find_overlapping_iter(&view.text).map(|found| {
        let pattern = &book.patterns[found.value() as usize];
        (pattern, found.end(), pattern.length)
    });
    for (pattern, range) in view.ranges(found) {
        if !edges::may_cross(view, &range, &pattern.gaps, false) {
            continue;
        }
        if pattern.other {
            other.push(range.clone());
        }
        if let Some(trigger) = pattern.trigger.filter(|_| edges::latin(view, &range)) {
            triggers.push((trigger, range.clone()));
        }
        if let Some(word) = pattern.word.filter(|_| pattern.stands(view, &range)) {
            words.push((word, pattern.whole(view, range)));
        }
    }
    words.sort_by_key(|(word, range)| (range.start, std::cmp::Reverse(range.end), *word));
    triggers.sort_by_key(|(trigger, range)| (range.start, range.end, *trigger));
    let mut vague = Vec::new();
    let mut reached = 0;
    for (word, range) in words {
        let covered = other.iter().any(|o| {
            let around = o.start < range.start || o.len() > range.len();
            around && o.start <= range.start && range.start < o.end
        });
        if !covered && range.start >= reached {
            reached = range.end;
            vague.push((&book.words[word], range));
        }
    }
    Phrases { vague, triggers }
}

impl Pattern {
    /// The word with its ending: 고급스러운, found by its stem 고급스러; 確認しました by 確認しま.
    fn whole(&self, view: &View, range: Range<usize>) -> Range<usize> {
        /// As long as the longest ending.
        const ENDING_CHARS: usize = 8;
        let last = view.chars[range.end - 1];
        let end = match last.script {
            Script::Hangul if self.free_right => edges::word_end(view, range.end - 1),
            Script::Hiragana if self.free_right => {
                let following = view.following(range.end, ENDING_CHARS);
                range.end + japanese::ending(last.c, &following)
            }
            _ => range.end,
        };
        range.start..end
    }

    fn stands(&self, view: &View, range: &Range<usize>) -> bool {
        let first = view.chars[range.start].script;
        let last = view.chars[range.end - 1].script;
        if !edges::latin(view, range) {
            return false;
        }
        let left =
            self.free_left || first == Script::Hiragana || view.left(range.start) != Some(first);
        let right = self.free_right
            || match last {
                Script::Hangul => korean::ends_before(&view.following(range.end, 12)),
                Script::Han | Script::Katakana => view.right(range.end) != Some(last),
                _ => true,
            };
        left && right
    }
}

impl Book {
    fn read() -> Self {
        let mut words = Vec::new();
        let mut patterns: BTreeMap<String, Pattern> = BTreeMap::new();
        for (lang, list) in LISTS {
            for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                let mut parts = line.split('|').map(str::trim);
                let mut next = || parts.next().unwrap_or_default();
                let (group, word, question, forms, except) =
                    (next(), next(), next(), next(), next());
                let Some(group) = Group::ALL.into_iter().find(|g| g.as_str() == group) else {
                    continue;
                };
                let index = words.len();
                let bare = word.split('/').next().unwrap_or(word);
                words.push(VagueWord { lang, group, word: bare, question });
                let forms = if forms.is_empty() { inflected(word) } else { list_of(forms) };
                for form in &forms {
                    let pattern = entry(&mut patterns, form);
                    // The first line that has a form keeps it.
                    if pattern.word.is_none() {
                        pattern.word = Some(index);
                        pattern.free_left = form.starts_with('+');
                        pattern.free_right = form.ends_with('+');
                    }
                }
                for other in list_of(except) {
                    entry(&mut patterns, &other).other = true;
                }
            }
        }
        for (trigger, texts) in [(Trigger::Fix, FIX), (Trigger::Mistake, MISTAKE)] {
            for text in texts {
                entry(&mut patterns, text).trigger = Some(trigger);
            }
        }
        patterns.remove("");
        let texts = patterns.keys().map(String::as_str).zip(0_u32..);
        // Distinct texts that are not empty, as the test of the lists shows.
        let automaton = CharwiseDoubleArrayAhoCorasick::with_values(texts).ok();
        Self { words, patterns: patterns.into_values().collect(), automaton }
    }
}

fn list_of(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}

/// The pattern of a form as it is written; `+` at an end says that more may be glued there.
fn entry<'a>(patterns: &'a mut BTreeMap<String, Pattern>, written: &str) -> &'a mut Pattern {
    let view = View::new(written.trim_matches('+').trim());
    let gaps = view.chars.iter().enumerate().filter(|(_, c)| c.gap).map(|(i, _)| i);
    let pattern = patterns.entry(view.text.clone()).or_default();
    pattern.length = view.chars.len();
    pattern.gaps.extend(gaps);
    pattern
}

/// The forms of a word by its ending.
fn inflected(word: &str) -> Vec<String> {
    let with = |stem: &str, ends: &[&str]| -> Vec<String> {
        ends.iter().map(|end| format!("{stem}{end}+")).collect()
    };
    if let Some((stem, kind)) = word.split_once('/') {
        return match kind {
            "na" => with(stem, &["な", "に", "で", "だ", "さ", "か"]),
            "i" => {
                let root = stem.strip_suffix('い').unwrap_or(stem);
                with(root, &["い", "く", "か", "け", "さ", "そう"])
            }
            "suru" => with(stem, &["する", "すれ", "し", "さ", "せ", "済", "ずみ"]),
            _ => vec![stem.to_owned()],
        };
    }
    for (ending, ends) in [
        ("스럽다", &["스럽", "스러", "스런", "스레"][..]),
        ("롭다", &["롭", "로우", "로운", "로울", "로워", "로이"]),
        ("하다", &["하", "한", "할", "함", "합", "해", "했", "히"]),
        ("되다", &["되", "된", "될", "됨", "됩", "돼", "됐"]),
    ] {
        if let Some(stem) = word.strip_suffix(ending) {
            return with(stem, ends);
        }
    }
    match word.strip_suffix("르다") {
        Some(stem) => {
            let mut forms = with(stem, &["르", "른", "를", "름", "릅", "리"]);
            if let Some(doubled) = with_rieul(stem) {
                forms.extend(with(&doubled, &["라", "랐", "러", "렀", "리"]));
            }
            forms
        }
        None => vec![word.to_owned()],
    }
}

/// 빠 → 빨: the stem of verbs in 르 before a vowel.
fn with_rieul(stem: &str) -> Option<String> {
    let last = stem.chars().next_back()?;
    let closed = char::from_u32(u32::from(last) + 8)?;
    let head = stem.strip_suffix(last)?;
    ('가'..='힣').contains(&last).then(|| format!("{head}{closed}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&'static str> {
        find(&View::new(text)).vague.into_iter().map(|(word, _)| word.word).collect()
    }

    #[test]
    fn every_list_has_enough_words_in_every_group_and_a_question_for_each() {
        for (lang, list) in LISTS {
            let lines = list.lines().filter(|l| !l.is_empty() && !l.starts_with('#')).count();
            let own: Vec<_> = words().filter(|word| word.lang == lang).collect();
            assert_eq!(own.len(), lines, "{lang}: a line has an unknown group");
            assert!(own.len() >= 120, "{lang}: {}", own.len());
            for group in Group::ALL {
                let count = own.iter().filter(|word| word.group == group).count();
                assert!(count >= 8, "{lang} {}: {count}", group.as_str());
            }
            for word in &own {
                assert!(word.question.ends_with(['?', '？']), "{lang}: {}", word.word);
            }
            let distinct: std::collections::BTreeSet<_> = own.iter().map(|w| w.word).collect();
            assert_eq!(distinct.len(), own.len(), "{lang}: a word stands twice");
        }
        assert!(BOOK.automaton.is_some());
    }

    #[test]
    fn a_word_is_marked_with_its_ending() {
        for (text, expected) in [
            ("고급스러운 화면을 신속하게", &["고급스러운", "신속하게"][..]),
            ("内容を確認しました。", &["確認しました"]),
            ("検討いたします", &["検討いたします"]),
            ("自動で処理されています", &["処理されています"]),
            ("より早く、適切なものを", &["より早く", "適切な"]),
            ("対応が適切でした", &["適切でした"]),
            ("使いやすい画面", &["使いやすい"]),
            ("件数が多かった", &["多かった"]),
            ("改善しまして", &["改善しまして"]),
        ] {
            let view = View::new(text);
            let marked = find(&view).vague.into_iter().map(|(_, range)| view.source(&range));
            let marked: Vec<_> = marked.map(|range| &text[range]).collect();
            assert_eq!(marked, expected);
        }
    }

    #[test]
    fn every_form_of_every_list_is_found_as_its_word() {
        for (lang, list) in LISTS {
            for line in list.lines().filter(|line| !line.starts_with('#')) {
                let parts: Vec<&str> = line.split('|').map(str::trim).collect();
                let word = parts[1].split('/').next().unwrap();
                let forms = match parts.get(3).filter(|forms| !forms.is_empty()) {
                    Some(forms) => list_of(forms),
                    None => inflected(parts[1]),
                };
                for form in forms {
                    let text = form.trim_matches('+');
                    // A longer word of another line may hold it.
                    assert!(!found(text).is_empty(), "{lang}: {word}: {form}");
                }
            }
        }
    }

    #[test]
    fn conjugated_forms() {
        for (text, expected) in [
            ("적절한 시점에", &["적절하다"][..]),
            ("적절히 조정", &["적절하다"]),
            ("고급스럽게", &["고급스럽다"]),
            ("고급스러운 화면", &["고급스럽다"]),
            ("더 빨라야 한다", &["더", "빠르다"]),
            ("빠른 응답", &["빠르다"]),
            ("適切な対策", &["適切"]),
            ("適切に", &["適切"]),
            ("適宜見直し、順次反映する", &["適宜", "順次"]),
            ("大量データ", &["大量"]),
            ("大量生産", &[]),
            ("용이해야 하고 정확한", &["용이하다", "정확하다"]),
            ("速くする", &["速い"]),
            ("as soon as possible", &["as soon as possible"]),
            ("robust", &["robust"]),
            ("평등", &[]),
            ("1등", &[]),
            ("고등학교", &[]),
            ("平等に", &[]),
            ("等級", &[]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }
}
