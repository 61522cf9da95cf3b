//! What the headings and labels of other tools' postmortems mean, in three languages: one table.
//!
//! Sources: the example postmortem of Google's SRE book, Atlassian's and `PagerDuty`'s templates,
//! 장애 보고서 as Korean service companies write it, 障害報告書 as Japanese ones do.
//! A word that could mean two of our fields is [`Means::AskTime`] or [`Means::AskFix`]: a person
//! says which. Resolution and 복구 say neither usable again nor no longer watched, and a plain 조치
//! or 対応 says neither temporary nor permanent.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::cause::CauseKind;
use super::incident::ActionItemKind;
use crate::text::normal::form;

/// What a heading, a label or a key of another tool means here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// The summary, which stays in the text.
    Summary,
    /// What users felt.
    Impact,
    /// The timeline.
    Timeline,
    /// Causes of one kind.
    Cause(CauseKind),
    /// What brought the service back.
    TemporaryFix,
    /// What removes the cause.
    PermanentFix,
    /// Something was done, and a person has to say whether it removes the cause.
    AskFix,
    /// What has to be done, with its type where the word says it.
    ActionItems(Option<ActionItemKind>),
    /// Lessons, which stay in the text.
    Lessons,
    /// Why people were surprised, which stays in the text.
    Surprise,
    /// How it was noticed, which stays in the text.
    Detection,
    /// One of the five times, by its key.
    Time(&'static str),
    /// When it was "over": usable again or no longer watched is for a person to say.
    AskTime,
    /// How bad it was.
    Severity,
    /// Which services were hit.
    Services,
    /// Who led.
    Lead,
    /// Labels.
    Tags,
    /// Part of an entry: when.
    When,
    /// Part of an entry: what.
    What,
    /// Part of an entry: who.
    Owner,
    /// Part of an entry: until when.
    Due,
    /// Part of an entry: how far.
    State,
    /// Part of an entry: what it is for.
    Type,
}

impl Means {
    /// A stable word for it, for JSON and as the key of the interface's text.
    pub fn word(self) -> &'static str {
        match self {
            Self::Summary => "summary",
            Self::Impact => "impact",
            Self::Timeline => "timeline",
            Self::Cause(CauseKind::Trigger) => "cause-trigger",
            Self::Cause(CauseKind::Root) => "cause-root",
            Self::Cause(CauseKind::Contributing) => "cause-contributing",
            Self::Cause(CauseKind::Vocabulary) => "cause-vocabulary",
            Self::TemporaryFix => "temporary-fix",
            Self::PermanentFix => "permanent-fix",
            Self::AskFix => "ask-fix",
            Self::ActionItems(_) => "action-items",
            Self::Lessons => "lessons",
            Self::Surprise => "surprise",
            Self::Detection => "detection",
            Self::Time(key) => key,
            Self::AskTime => "ask-time",
            Self::Severity => "severity",
            Self::Services => "services",
            Self::Lead => "lead",
            Self::Tags => "tags",
            Self::When => "when",
            Self::What => "what",
            Self::Owner => "owner",
            Self::Due => "due",
            Self::State => "state",
            Self::Type => "type",
        }
    }

    /// Whether it means something as a heading; the others are heads of columns.
    pub fn is_section(self) -> bool {
        !matches!(
            self,
            Self::When | Self::What | Self::Owner | Self::Due | Self::State | Self::Type
        )
    }
}

/// Words by what they mean, in English, Korean and Japanese.
#[rustfmt::skip]
const TABLE: &[(Means, &[&str])] = &[
    (Means::Summary, &["summary", "executive summary", "incident summary", "overview", "abstract",
        "tl;dr", "tldr", "what happened", "요약", "개요", "장애 개요", "장애 요약", "사고 개요", "장애 내용",
        "현상", "장애 현상", "概要", "要約", "サマリー", "障害概要", "障害の概要", "インシデント概要", "事象",
        "事象概要", "発生事象", "障害内容", "現象"]),
    (Means::Impact, &["impact", "user impact", "customer impact", "business impact", "effect",
        "affected users", "영향", "영향 범위", "장애 영향", "고객 영향", "피해", "피해 범위", "피해 규모",
        "영향도", "影響", "影響範囲", "影響内容", "ユーザー影響", "ユーザへの影響", "お客様への影響",
        "業務影響", "被害状況", "影響度"]),
    (Means::Timeline, &["timeline", "incident timeline", "chronology", "log of events",
        "sequence of events", "경과", "장애 경과", "타임라인", "시간대별 경과", "시간별 경과", "조치 경과",
        "대응 경과", "진행 경과", "경위", "시간순 정리", "時系列", "経緯", "経過", "タイムライン", "障害経緯",
        "対応経緯", "対応経過", "時系列での経緯", "発生経緯"]),
    (Means::Cause(CauseKind::Root), &["root cause", "root causes", "root cause analysis", "rca",
        "cause", "causes", "why it happened", "why did it happen", "five whys", "5 whys",
        "근본 원인", "원인", "장애 원인", "발생 원인", "원인 분석", "근본 원인 분석", "직접 원인", "根本原因",
        "原因", "障害原因", "発生原因", "原因分析", "直接原因", "真因", "根本原因分析"]),
    (Means::Cause(CauseKind::Trigger), &["trigger", "triggers", "triggering event", "촉발 요인",
        "계기", "발생 계기", "트리거", "発生契機", "契機", "トリガー", "きっかけ", "誘因"]),
    (Means::Cause(CauseKind::Contributing), &["contributing factors", "contributing factor",
        "contributing causes", "contributors", "aggravating factors", "기여 요인", "간접 원인",
        "배경 요인", "가중 요인", "寄与要因", "背景要因", "間接原因", "要因"]),
    (Means::TemporaryFix, &["temporary fix", "temporary fixes", "workaround", "workarounds",
        "stopgap", "short term fix", "short-term fix", "immediate fix", "mitigation",
        "mitigation steps", "immediate actions", "일시 해결", "임시 조치", "임시 조치 사항", "응급 조치",
        "긴급 조치", "우회 조치", "잠정 조치", "단기 대책", "임시 대응", "暫定対応", "暫定対処", "暫定措置",
        "暫定対策", "応急対応", "応急処置", "応急措置", "回避策", "緊急対応"]),
    (Means::PermanentFix, &["permanent fix", "permanent fixes", "long term fix", "long-term fix",
        "permanent solution", "영구 해결", "영구 조치", "근본 조치", "근본 대책", "항구 대책", "항구 조치",
        "근본 해결", "恒久対応", "恒久対策", "恒久対処", "恒久措置", "根本対応", "根本対策", "本格対応"]),
    (Means::AskFix, &["resolution", "fix", "fixes", "remediation", "solution", "recovery",
        "how it was fixed", "조치", "조치 내용", "조치 사항", "조치 내역", "복구 조치", "복구 내용", "해결",
        "해결 방법", "해결 방안", "대응", "대응 내용", "対応", "対応内容", "対処", "対処内容", "対策", "復旧対応",
        "復旧作業", "復旧方法", "解決", "解決策", "処置"]),
    (Means::ActionItems(None), &["action items", "action item", "actions", "follow up",
        "follow-up", "follow ups", "follow-ups", "follow-up actions", "next steps",
        "corrective actions", "corrective and preventative measures", "todo items",
        "후속 과제", "후속 조치", "후속 조치 사항", "액션 아이템", "향후 계획", "향후 대책", "조치 계획",
        "개선 과제", "개선 사항", "アクションアイテム", "今後の対応", "今後の対策", "今後の課題", "残課題",
        "フォローアップ", "改善策", "再発防止アクション"]),
    (Means::ActionItems(Some(ActionItemKind::Prevent)), &["prevention", "preventive actions",
        "preventive measures", "prevent", "recurrence prevention", "재발 방지 대책", "재발 방지",
        "재발 방지책", "재발방지 계획", "예방 대책", "再発防止策", "再発防止", "再発防止対策", "予防策"]),
    (Means::ActionItems(Some(ActionItemKind::Detect)), &["detect", "detection improvements",
        "조기 감지", "감지 개선", "모니터링 개선", "早期検知", "検知改善", "監視強化"]),
    (Means::ActionItems(Some(ActionItemKind::Mitigate)), &["mitigate", "피해 축소", "영향 최소화",
        "影響低減", "影響軽減策"]),
    (Means::ActionItems(Some(ActionItemKind::Process)), &["process", "process improvements",
        "절차 개선", "프로세스 개선", "プロセス改善", "手順改善", "運用改善"]),
    (Means::Lessons, &["lessons", "lessons learned", "lessons learnt", "what went well",
        "what went wrong", "where we got lucky", "retrospective", "교훈", "배운 점", "잘한 점",
        "아쉬운 점", "회고", "시사점", "教訓", "学び", "得られた教訓", "振り返り", "うまくいったこと",
        "うまくいかなかったこと", "良かった点", "悪かった点", "反省点"]),
    (Means::Surprise, &["why were we surprised", "what surprised us", "surprises", "surprise",
        "왜 예상하지 못했나", "예상하지 못한 점", "なぜ想定外だったか", "想定外だったこと", "想定外の点"]),
    (Means::Detection, &["detection", "how it was detected", "how did we find out", "감지",
        "감지 경위", "인지 경위", "인지", "検知", "検知経緯", "検知方法", "発見の経緯"]),
    (Means::Time("started"), &["started", "start", "start time", "started at", "incident start",
        "time started", "began", "outage start", "발생", "발생 시각", "발생 일시",
        "발생 시간", "장애 발생 시각", "장애 발생 일시", "장애 시작", "시작 시각", "発生", "発生日時", "発生時刻",
        "障害発生日時", "障害発生時刻", "開始日時", "発生時間"]),
    (Means::Time("detected"), &["detected", "detected at", "time detected", "detection time",
        "감지 시각", "감지 일시", "인지 시각", "인지 일시", "장애 인지 시각", "検知日時", "検知時刻",
        "発見日時", "発覚日時", "認知日時"]),
    (Means::Time("acknowledged"), &["acknowledged", "acknowledged at", "time acknowledged",
        "response started", "대응 시작", "대응 시작 시각", "조치 시작 시각", "対応開始", "対応開始日時",
        "対応開始時刻"]),
    (Means::Time("mitigated"), &["mitigated", "mitigated at", "time mitigated",
        "service restored", "정상화", "정상화 시각", "정상화 일시", "서비스 재개 시각", "サービス再開日時",
        "暫定復旧日時", "正常化日時"]),
    (Means::Time("resolved"), &["closed", "closed at", "종료 시각", "종료 일시", "상황 종료", "상황 종료 시각",
        "終息日時", "収束日時", "収束時刻", "完了日時", "クローズ日時"]),
    (Means::AskTime, &["resolved", "resolved at", "time resolved", "recovered", "recovered at",
        "recovery time", "end", "end time", "ended", "ended at", "fixed at",
        "incident end", "outage end", "복구", "복구 시각", "복구 일시", "복구 시간", "복구 완료 시각",
        "장애 복구 시각", "해결 시각", "해소 시각", "장애 종료 시각", "復旧", "復旧日時", "復旧時刻", "復旧時間",
        "障害復旧日時", "解消日時", "解決日時", "回復日時", "終了日時", "復旧完了日時"]),
    (Means::Severity, &["severity", "sev", "priority", "incident level", "심각도", "장애 등급", "등급",
        "장애 레벨", "重大度", "深刻度", "障害レベル", "障害ランク", "緊急度", "優先度"]),
    (Means::Services, &["services", "service", "affected services", "affected systems",
        "affected components", "components", "system", "서비스", "대상 서비스", "장애 서비스", "영향 서비스",
        "대상 시스템", "장애 시스템", "サービス", "対象サービス", "対象システム", "影響サービス", "障害箇所",
        "発生システム"]),
    (Means::Lead, &["lead", "incident commander", "incident lead", "commander", "ic",
        "총괄", "장애 총괄", "대응 총괄", "지휘", "インシデントコマンダー", "指揮者", "対応責任者"]),
    (Means::Tags, &["tags", "labels", "keywords", "태그", "키워드", "タグ", "キーワード"]),
    (Means::When, &["time", "when", "date", "datetime", "timestamp", "at", "시각", "시간", "일시", "일자",
        "時刻", "日時", "時間", "日付"]),
    (Means::What, &["what", "event", "events", "description", "details", "item", "task", "action",
        "내용", "상황", "조치 및 상황", "이벤트", "항목", "과제", "작업", "대책", "内容", "出来事", "状況", "事柄",
        "項目", "課題", "タスク", "イベント", "対応事項", "実施内容"]),
    (Means::Owner, &["owner", "assignee", "who", "responsible", "by", "담당", "담당자", "책임자", "주관",
        "작성자", "担当", "担当者", "責任者", "実施者", "オーナー"]),
    (Means::Due, &["due", "due date", "deadline", "eta", "target date", "by when", "기한", "완료 예정",
        "완료 예정일", "예정일", "마감", "마감일", "期限", "期日", "完了予定", "完了予定日", "予定日",
        "実施予定日", "対応期限"]),
    (Means::State, &["status", "state", "done", "progress", "상태", "진행 상태", "진행 상황", "완료 여부",
        "状態", "ステータス", "進捗", "進捗状況"]),
    (Means::Type, &["type", "kind", "category", "구분", "유형", "분류", "種別", "種類", "分類", "区分"]),
];

/// What separates the words of a heading that names two things.
const SEPARATORS: [char; 8] = ['/', '／', '|', '·', '&', '＆', '、', ','];

/// What a heading or label means; `None` when nothing of the table does.
///
/// Numbers, brackets, emphasis and marks around it are no part of it. Of a heading that names two
/// things the first known one counts, and what stands in brackets when nothing else is known.
pub fn means(heading: &str) -> Option<Means> {
    let plain = undecorated(heading);
    if plain.chars().count() > 60 {
        return None;
    }
    let (outside, inside) = without_brackets(&plain);
    let parts = |text: &str| -> Vec<String> {
        let joined = [" and ", " 및 ", "及び", "および"]
            .iter()
            .fold(text.to_owned(), |text, word| text.replace(word, "/"));
        joined.split(SEPARATORS).map(str::to_owned).collect()
    };
    // With its number first: `5 whys`.
    let mut tried = vec![heading.trim().to_owned(), plain.clone(), outside.clone()];
    tried.extend(parts(&outside));
    tried.extend(parts(&inside));
    tried.iter().find_map(|word| exact(word))
}

fn exact(word: &str) -> Option<Means> {
    static FORMS: LazyLock<BTreeMap<String, Means>> = LazyLock::new(|| {
        let words = TABLE.iter().flat_map(|(means, words)| words.iter().map(|word| (word, *means)));
        words.map(|(word, means)| (form(word), means)).collect()
    });
    FORMS.get(&form(word)).copied()
}

/// A heading without its number, its marks and its colon.
fn undecorated(heading: &str) -> String {
    let heading = heading.trim().trim_end_matches([':', '：', '?', '？', '.', '。']);
    let heading = heading.replace('_', " ");
    let mark = |c: char| !c.is_alphanumeric() && !matches!(c, '(' | '（' | '[' | '【' | '〔');
    let mut rest = heading.trim_start_matches(mark);
    // `1.`, `2-1)`, `(3)`, `第4章`, `IV.`: a number, and what ends it.
    let digits = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '①'..='⑳' | '０'..='９');
    let after = rest.trim_start_matches(['第', '(', '（', '[', '제']).trim_start_matches(digits);
    let numbered = after.len() < rest.len() && rest.chars().any(|c| c.is_numeric());
    if numbered && rest.chars().next().is_some_and(|c| c.is_numeric() || "第(（[제".contains(c))
    {
        // The counter stands at the number: 장 of `제3장 원인`, not of `3. 장애 경과`.
        let after = after.strip_prefix(['章', '節', '장']).unwrap_or(after);
        rest = after.trim_start_matches([')', '）', ']', '.', '．', '、', ' ', ':']);
    }
    let brackets =
        |c: char| matches!(c, '[' | ']' | '【' | '】' | '〔' | '〕' | '■' | '*' | '<' | '>');
    let rest = rest.trim_start_matches(mark).trim_matches(|c: char| brackets(c) || c == ' ');
    rest.trim_end_matches([':', '：', ' ']).to_owned()
}

/// What stands outside and what stands inside of round brackets.
fn without_brackets(text: &str) -> (String, String) {
    let (mut outside, mut inside, mut depth) = (String::new(), String::new(), 0_u32);
    for c in text.chars() {
        match c {
            '(' | '（' => depth += 1,
            ')' | '）' => depth = depth.saturating_sub(1),
            _ if depth > 0 => inside.push(c),
            _ => outside.push(c),
        }
    }
    (outside.trim().to_owned(), inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_mean_the_same_in_three_languages_however_they_are_dressed() {
        let root = Means::Cause(CauseKind::Root);
        let prevent = Means::ActionItems(Some(ActionItemKind::Prevent));
        for (heading, expected) in [
            ("Summary", Some(Means::Summary)),
            ("■ 요약", Some(Means::Summary)),
            ("1. 概要", Some(Means::Summary)),
            ("【影響】", Some(Means::Impact)),
            ("２．影響範囲", Some(Means::Impact)),
            ("영향 범위 (고객)", Some(Means::Impact)),
            ("Root Cause(s)", Some(root)),
            ("3) 근본원인:", Some(root)),
            ("根本原因", Some(root)),
            ("🔍 Root cause & trigger", Some(root)),
            ("ROOT_CAUSE", Some(root)),
            ("第4章 時系列", Some(Means::Timeline)),
            ("제3장 원인", Some(root)),
            ("3. 장애 경과", Some(Means::Timeline)),
            ("Timeline (KST)", Some(Means::Timeline)),
            ("장애 경과", Some(Means::Timeline)),
            ("Action Items", Some(Means::ActionItems(None))),
            ("재발방지 대책", Some(prevent)),
            ("再発防止策", Some(prevent)),
            ("임시 조치", Some(Means::TemporaryFix)),
            ("暫定対応", Some(Means::TemporaryFix)),
            ("恒久対策", Some(Means::PermanentFix)),
            ("조치 및 결과", Some(Means::AskFix)),
            ("対応内容", Some(Means::AskFix)),
            ("복구 시각", Some(Means::AskTime)),
            ("復旧日時", Some(Means::AskTime)),
            ("정상화 시각", Some(Means::Time("mitigated"))),
            ("Lessons Learned", Some(Means::Lessons)),
            ("Why were we surprised?", Some(Means::Surprise)),
            ("なぜ想定外だったか", Some(Means::Surprise)),
            ("참석자", None),
            ("Appendix: graphs", None),
            ("장애인 지원", None),
            ("", None),
            ("   ### ", None),
        ] {
            assert_eq!(means(heading), expected, "{heading}");
        }
    }

    #[test]
    fn no_word_means_two_things() {
        let mut known: BTreeMap<String, Means> = BTreeMap::new();
        for (means, words) in TABLE {
            for word in *words {
                let form = form(word);
                if let Some(other) = known.insert(form, *means) {
                    assert_eq!(other, *means, "{word}");
                }
                assert_eq!(super::means(word), Some(*means), "{word}");
            }
        }
    }
}
