//! Section templates: the headings that a postmortem begins with, by kind and language.
//!
//! Sources: the example postmortem of Google's *Site Reliability Engineering* (appendix D); the
//! reports that Korean and Japanese service companies hand to their clients. Each asks why people
//! were surprised: what nobody expected is what there is to learn.

use crate::markdown::blocks::{BlockKind, blocks};
use crate::text::normal::form;

/// A template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outline {
    /// A stable word for it, which names its text in the interface too.
    pub word: &'static str,
    headings: [&'static [&'static str]; 3],
}

/// The templates that ship.
pub const OUTLINES: [Outline; 4] = [
    Outline {
        word: "short",
        headings: [
            &["Summary", "Why were we surprised?", "Lessons"],
            &["요약", "왜 예상하지 못했나", "교훈"],
            &["概要", "なぜ想定外だったか", "教訓"],
        ],
    },
    Outline {
        word: "google",
        headings: [
            &[
                "Summary",
                "Impact",
                "Root causes",
                "Trigger",
                "Detection",
                "Resolution",
                "Why were we surprised?",
                "What went well",
                "What went wrong",
                "Where we got lucky",
                "Lessons",
            ],
            &[
                "요약",
                "영향",
                "근본 원인",
                "촉발 요인",
                "감지",
                "복구",
                "왜 예상하지 못했나",
                "잘한 점",
                "아쉬운 점",
                "운이 좋았던 점",
                "교훈",
            ],
            &[
                "概要",
                "影響",
                "根本原因",
                "発生契機",
                "検知",
                "復旧",
                "なぜ想定外だったか",
                "うまくいったこと",
                "うまくいかなかったこと",
                "幸運だったこと",
                "教訓",
            ],
        ],
    },
    Outline {
        word: "report-ko",
        headings: [
            &[
                "Overview",
                "Impact",
                "What happened",
                "Cause",
                "Temporary fix",
                "Permanent fix",
                "Why were we surprised?",
                "Preventive measures",
            ],
            &[
                "장애 개요",
                "영향 범위",
                "장애 경과",
                "장애 원인",
                "임시 조치",
                "영구 조치",
                "왜 예상하지 못했나",
                "재발 방지 대책",
            ],
            &[
                "障害概要",
                "影響範囲",
                "障害経緯",
                "障害原因",
                "暫定対応",
                "恒久対応",
                "なぜ想定外だったか",
                "再発防止策",
            ],
        ],
    },
    Outline {
        word: "report-ja",
        headings: [
            &[
                "Event",
                "Impact",
                "Chronology",
                "Direct cause",
                "Root cause",
                "Temporary fix",
                "Permanent fix",
                "Why were we surprised?",
                "Apply elsewhere",
                "Preventive measures",
            ],
            &[
                "현상",
                "영향 범위",
                "경위",
                "직접 원인",
                "근본 원인",
                "임시 조치",
                "영구 조치",
                "왜 예상하지 못했나",
                "수평 전개",
                "재발 방지 대책",
            ],
            &[
                "発生事象",
                "影響範囲",
                "時系列",
                "直接原因",
                "根本原因",
                "暫定対応",
                "恒久対応",
                "なぜ想定外だったか",
                "水平展開",
                "再発防止策",
            ],
        ],
    },
];

impl Outline {
    /// The headings in a language; English for one that has none.
    pub fn headings(&self, lang: &str) -> &'static [&'static str] {
        match lang {
            "ko" => self.headings[1],
            "ja" => self.headings[2],
            _ => self.headings[0],
        }
    }

    /// The template of a word.
    pub fn parse(word: &str) -> Option<Self> {
        OUTLINES.into_iter().find(|outline| outline.word == word)
    }
}

/// A text with the headings added that it does not have yet, at its end and in their order.
pub fn with_headings<'a>(body: &str, headings: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<String> = blocks(body)
        .iter()
        .filter(|block| matches!(block.kind, BlockKind::Heading(_)))
        .map(|block| form(&block.text))
        .collect();
    let mut text = body.to_owned();
    for heading in headings.filter(|heading| !known.contains(&form(heading))) {
        if !text.is_empty() {
            text.push_str(if text.ends_with('\n') { "\n" } else { "\n\n" });
        }
        text.push_str(&format!("## {heading}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_has_the_same_sections_in_every_language_and_asks_about_surprise() {
        for outline in OUTLINES {
            let lengths = ["en", "ko", "ja"].map(|lang| outline.headings(lang).len());
            assert!(lengths.iter().all(|length| *length == lengths[0]), "{}", outline.word);
            for (lang, asked) in [
                ("en", "Why were we surprised?"),
                ("ko", "왜 예상하지 못했나"),
                ("ja", "なぜ想定外だったか"),
            ] {
                assert!(outline.headings(lang).contains(&asked), "{} {lang}", outline.word);
            }
        }
    }

    #[test]
    fn headings_are_added_once_and_nothing_else_changes() {
        let short = Outline::parse("short").map(|outline| outline.headings("ko")).unwrap_or(&[]);
        let body = with_headings("## 요약\n결제가 멈췄다.\n", short.iter().copied());
        assert_eq!(body, "## 요약\n결제가 멈췄다.\n\n## 왜 예상하지 못했나\n\n## 교훈\n");
        assert_eq!(with_headings(&body, short.iter().copied()), body);
        assert_eq!(with_headings("", ["A"].into_iter()), "## A\n");
    }
}
