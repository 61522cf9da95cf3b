//! Words that a brief uses as if everybody knew them, and that no glossary defines.
//!
//! No dictionary of a language is needed: what is quoted or linked is a term to its writer, and so
//! is what stands again and again.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::text::korean;
use crate::text::normal::form;
use crate::text::script::Script;

/// How often a plain word must stand before it is a candidate.
const OFTEN: usize = 3;
/// Characters of a quoted term.
const QUOTED_CHARS_MAX: usize = 30;

/// English words that stand again and again and are nobody's term.
const PLAIN: &[&str] = &[
    "about", "after", "again", "also", "because", "been", "before", "being", "between", "both",
    "client", "could", "does", "down", "each", "every", "from", "have", "here", "into", "just",
    "like", "made", "make", "many", "more", "most", "must", "need", "needs", "only", "other",
    "over", "page", "please", "project", "same", "shall", "should", "some", "such", "than", "that",
    "their", "them", "then", "there", "these", "they", "this", "those", "through", "under", "very",
    "want", "wants", "well", "were", "what", "when", "where", "which", "while", "will", "with",
    "within", "without", "would", "year", "years", "your",
];

/// Korean words that stand again and again and are nobody's term.
const PLAIN_KOREAN: &[&str] = &[
    "경우",
    "관련",
    "그리고",
    "기준",
    "내용",
    "다음",
    "대한",
    "또는",
    "모두",
    "모든",
    "및",
    "반드시",
    "부분",
    "사용",
    "아래",
    "위해",
    "이상",
    "이하",
    "이후",
    "있는",
    "있다",
    "작업",
    "전체",
    "정도",
    "진행",
    "통해",
    "필요",
    "하는",
    "한다",
    "합니다",
    "해야",
    "됩니다",
    "있습니다",
    "없는",
    "없다",
    "프로젝트",
    "고객",
    "우리",
    "저희",
    "오늘",
    "내일",
    "그것",
    "이것",
    "때문",
    "같은",
    "따라",
];

/// Japanese words of the same kind.
const PLAIN_JAPANESE: &[&str] = &[
    "以上",
    "以下",
    "以内",
    "場合",
    "必要",
    "使用",
    "可能",
    "対象",
    "全体",
    "今回",
    "弊社",
    "御社",
    "作業",
    "内容",
    "基準",
    "部分",
    "関連",
    "次",
    "上記",
    "下記",
    "お客様",
    "プロジェクト",
    "ページ",
];

/// A brief with code, addresses and HTML comments blanked out, byte for byte.
pub fn blanked(brief: &str) -> String {
    let mut out = String::with_capacity(brief.len());
    let mut fenced = false;
    for line in brief.split_inclusive('\n') {
        let start = line.trim_start();
        let fence = start.starts_with("```") || start.starts_with("~~~");
        if fence || fenced {
            out.extend(line.bytes().map(blank));
            fenced ^= fence;
        } else {
            inline(line, &mut out);
        }
    }
    out
}

fn blank(byte: u8) -> char {
    if byte == b'\n' { '\n' } else { ' ' }
}

/// A line without inline code and addresses.
fn inline(line: &str, out: &mut String) {
    let mut rest = line;
    while !rest.is_empty() {
        let code = rest.find('`').map(|at| (at, rest[at + 1..].find('`').map(|end| at + end + 2)));
        let web = ["https://", "http://"].iter().filter_map(|scheme| rest.find(scheme)).min();
        let web = web.map(|at| {
            let end = rest[at..].find(|c: char| c.is_whitespace() || ")>\"'`」』".contains(c));
            (at, Some(at + end.unwrap_or(rest.len() - at)))
        });
        let first = [code, web].into_iter().flatten().min();
        let Some((at, end)) = first else { break };
        let end = end.unwrap_or(at + 1);
        out.push_str(&rest[..at]);
        out.extend(rest[at..end].bytes().map(blank));
        rest = &rest[end..];
    }
    out.push_str(rest);
}

/// Candidates with the place of each occurrence. `text` is the blanked brief; `known` says what a
/// glossary or a list knows already.
pub fn candidates(
    brief: &str,
    text: &str,
    known: impl Fn(&Range<usize>) -> bool,
) -> Vec<(String, usize)> {
    let mut quoted: BTreeMap<String, ()> = BTreeMap::new();
    let mut found: BTreeMap<String, (String, Vec<usize>)> = BTreeMap::new();
    for range in quotes(text) {
        if !known(&range) {
            let word = brief[range.clone()].trim();
            quoted.insert(form(word), ());
            let entry = found.entry(form(word)).or_insert_with(|| (word.to_owned(), Vec::new()));
            entry.1.push(range.start);
        }
    }
    for (range, acronym) in words(text) {
        if known(&range) {
            continue;
        }
        let word = &brief[range.clone()];
        let key = form(word);
        if acronym {
            quoted.insert(key.clone(), ());
        }
        let places = &mut found.entry(key).or_insert_with(|| (word.to_owned(), Vec::new())).1;
        if !places.contains(&range.start) {
            places.push(range.start);
        }
    }
    let is_term = |key: &String, places: &Vec<usize>| {
        let least = if quoted.contains_key(key) { 1 } else { OFTEN };
        places.len() >= least
    };
    found
        .into_iter()
        .filter(|(key, (_, places))| is_term(key, places))
        .flat_map(|(_, (word, places))| places.into_iter().map(move |at| (word.clone(), at)))
        .collect()
}

/// What stands in quotation marks or `[[…]]`, without the marks, where it is short.
fn quotes(text: &str) -> Vec<Range<usize>> {
    const PAIRS: [(&str, &str); 6] =
        [("[[", "]]"), ("“", "”"), ("「", "」"), ("『", "』"), ("‘", "’"), ("\"", "\"")];
    let mut found = Vec::new();
    for (open, close) in PAIRS {
        let mut from = 0;
        while let Some(at) = text[from..].find(open).map(|at| from + at + open.len()) {
            let Some(end) = text[at..].find(close).map(|end| at + end) else { break };
            let inside = &text[at..end];
            let plain = inside.split(['|', '@']).next().unwrap_or_default();
            let short = plain.chars().count() <= QUOTED_CHARS_MAX && !plain.contains('\n');
            if short && plain.chars().any(char::is_alphabetic) {
                found.push(at..at + plain.len());
            }
            from = end + close.len();
        }
    }
    found
}

/// Words by script: Hangul without particles, runs of Katakana or Kanji, Latin words. The flag
/// says that a word is written in capitals.
fn words(text: &str) -> Vec<(Range<usize>, bool)> {
    let mut found = Vec::new();
    let mut run: Option<(Script, usize)> = None;
    let ends = text.char_indices().map(|(at, c)| (at, Some(c))).chain([(text.len(), None)]);
    for (at, c) in ends {
        let script = c.map(Script::of);
        match run {
            Some((own, _)) if script == Some(own) => {}
            _ => {
                if let Some((own, start)) = run.take() {
                    found.extend(word(own, text, start..at));
                }
                run = script.filter(|script| script.is_letter()).map(|script| (script, at));
            }
        }
    }
    found
}

fn word(script: Script, text: &str, range: Range<usize>) -> Option<(Range<usize>, bool)> {
    let run = &text[range.clone()];
    let chars: Vec<char> = run.chars().collect();
    match script {
        Script::Hangul => {
            let stem: String = chars[..korean::stem_length(&chars)].iter().collect();
            let plain = PLAIN_KOREAN.contains(&stem.as_str()) || PLAIN_KOREAN.contains(&run);
            (stem.chars().count() >= 2 && !plain)
                .then(|| (range.start..range.start + stem.len(), false))
        }
        Script::Katakana | Script::Han => {
            let plain = PLAIN_JAPANESE.contains(&run);
            (chars.len() >= 2 && !plain).then_some((range, false))
        }
        Script::Word => {
            let acronym = (2..=6).contains(&chars.len()) && chars.iter().all(|c| c.is_uppercase());
            let plain = PLAIN.contains(&run.to_lowercase().as_str());
            (acronym || chars.len() >= 4 && !plain).then_some((range, acronym))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_quoted_linked_or_often_is_a_candidate() {
        let brief = "“무드보드”를 [[결재선|결재]]에 맞춘다. 회원등급은 셋. 회원등급이 바뀐다. \
                     회원등급을 본다. 표지는 하나. SLA 참고. `코드코드` http://a.example/회원등급";
        let text = blanked(brief);
        assert_eq!(text.len(), brief.len());
        let found = candidates(brief, &text, |_| false);
        let count = |word: &str| found.iter().filter(|(one, _)| one == word).count();
        assert_eq!(
            [count("무드보드"), count("결재선"), count("회원등급"), count("SLA"), count("표지")],
            [1, 1, 3, 1, 0],
            "{found:?}"
        );
        assert_eq!(count("코드코드"), 0);
    }

    #[test]
    fn fences_are_blank_and_lines_stay() {
        let brief = "a\n```\n코드\n```\n나";
        let text = blanked(brief);
        assert_eq!(text.lines().count(), brief.lines().count());
        assert!(!text.contains("코드") && text.contains('나'));
    }
}
