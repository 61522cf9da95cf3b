#![allow(clippy::unwrap_used)]
use super::*;

fn read(front: &str, body: &str) -> Recognised {
    let zone = TimeZone::get("Asia/Seoul").unwrap();
    recognise(&toml::from_str(front).unwrap(), body, &zone)
}

fn shown(found: &Recognised) -> Vec<String> {
    let offers = found.offers.iter().map(|offer| match &offer.what {
        What::Text(key, text) => format!("{key}={text}"),
        What::List(key, words) => format!("{key}={}", words.join("|")),
        What::Severity(severity) => format!("severity={:?}", severity.map(|s| s.as_str())),
        What::Time { key, at } => {
            format!("{}={}", key.unwrap_or("?"), at.map(|at| at.to_string()).unwrap_or_default())
        }
        What::Cause { kind, title, .. } => format!("cause {}: {title}", kind.as_str()),
        What::Fix { permanent, summary, .. } => format!("fix {permanent:?}: {summary}"),
        What::Event { at, text, .. } => {
            format!("{} {text}", at.map(|at| at.to_string()).unwrap_or_default())
        }
        What::ActionItem { kind, summary, owner, due, done } => format!(
            "todo {:?} {summary} / {owner} / {} / {done}",
            kind.map(|kind| kind.as_str()),
            due.map(|due| due.to_string()).unwrap_or_default()
        ),
    });
    offers.collect()
}

#[test]
fn a_korean_report_is_recognised() {
    let body = "# 결제 장애 보고서\n\n| 항목 | 내용 |\n|---|---|\n| 발생 일시 | 2026-03-01 09:12 |\n\
        | 복구 시각 | 2026-03-01 09:26 |\n| 장애 등급 | 1등급 |\n\n## 1. 개요\n결제가 실패했다.\n\n\
        ## 2. 영향 범위\n주문 1,204건 실패\n\n## 3. 장애 경과\n- 09:15 알림\n- 09:24 노드 분리\n\
        - 어떤 말\n\n## 4. 근본 원인\n타임아웃 경로에서 커넥션을 반납하지 않았다. 그래서 고갈됐다.\n\n\
        ## 5. 조치 내용\n- 노드를 분리했다\n\n## 6. 재발 방지 대책\n\
        | 과제 | 담당자 | 기한 | 상태 |\n|---|---|---|---|\n\
        | 풀 사용률 알림 | 민지 | 2026-03-20 | 완료 |\n\n## 7. 참석자\n민지, 지훈\n";
    let found = read("", body);
    assert_eq!(
        shown(&found),
        [
            "started=2026-03-01T09:12:00",
            "?=2026-03-01T09:26:00",
            "severity=Some(\"sev1\")",
            "impact=주문 1,204건 실패",
            "2026-03-01T09:15:00 알림",
            "2026-03-01T09:24:00 노드 분리",
            "cause root: 타임아웃 경로에서 커넥션을 반납하지 않았다",
            "fix None: 노드를 분리했다",
            "todo Some(\"prevent\") 풀 사용률 알림 / 민지 / 2026-03-20 / true",
        ]
    );
    assert_eq!(found.unknown, [(31, "7. 참석자".to_owned())]);
    let heads: Vec<(u32, &str, usize)> =
        found.understood.iter().map(|one| (one.line, one.means.word(), one.offers)).collect();
    assert_eq!(heads[0], (9, "summary", 0));
    assert_eq!(heads[2], (15, "timeline", 2));
}

#[test]
fn a_japanese_report_is_recognised() {
    let body = "# 障害報告書\n\n**発生日時**：2026年3月1日（日）9時12分\n復旧日時：2026年3月1日 9時26分\n\n\
        ## 【時系列】\n\n| 時刻 | 内容 | 担当 |\n|---|---|---|\n| 9:15 | アラート検知 | 田中 |\n\n\
        ## 根本原因\n- 接続を返却していなかった\n- タイムアウトが長い\n\n## 暫定対応\nノードを切り離した。\n\n\
        ## 恒久対応\n- [ ] タイムアウト時も返却する\n\n## 再発防止策\n\
        - プール使用率の監視（担当：田中、期限：2026-03-20）\n";
    assert_eq!(
        shown(&read("", body)),
        [
            "started=2026-03-01T09:12:00",
            "?=2026-03-01T09:26:00",
            "2026-03-01T09:15:00 アラート検知",
            "cause root: 接続を返却していなかった",
            "cause root: タイムアウトが長い",
            "fix Some(false): ノードを切り離した。",
            "fix Some(true): タイムアウト時も返却する",
            "todo Some(\"prevent\") プール使用率の監視 / 田中 / 2026-03-20 / false",
        ]
    );
}

#[test]
fn keys_of_the_front_matter_are_recognised_or_kept() {
    let front = "incident_start = \"2026-03-01T00:12:00Z\"\nroot_cause = \"A leak. It grew.\"\n\
        jira = \"OPS-1\"\naffected_services = [\"pay\", \"order\"]\n\
        [[action_items]]\ntask = \"Alert\"\nowner = \"@kim\"\ndue_date = \"2026-03-20\"\n";
    let found = read(front, "");
    assert_eq!(
        shown(&found),
        [
            "todo None Alert / kim / 2026-03-20 / false",
            "services=pay|order",
            "started=2026-03-01T09:12:00",
            "cause root: A leak",
        ]
    );
    assert_eq!(found.kept, ["jira"]);
}

#[test]
fn a_clock_time_has_the_day_that_is_written_or_none() {
    let times = |body: &str| -> Vec<String> {
        let found = read("", body);
        let at = |offer: &Offer| match &offer.what {
            What::Event { at, day_from_elsewhere, .. } => {
                format!("{} {day_from_elsewhere}", at.map(|a| a.to_string()).unwrap_or_default())
            }
            _ => String::new(),
        };
        found.offers.iter().map(at).collect()
    };
    assert_eq!(times("## Timeline\n- 09:12 alert\n"), [" false"]);
    assert_eq!(
        times(
            "## Timeline\n### 2026-03-01\n- 23:50 alert\n- 00:10 fixed\n\n### 2026-03-02\n- 01:00 x\n"
        ),
        ["2026-03-01T23:50:00 true", " false", "2026-03-02T01:00:00 true"],
        "over midnight a person says the day"
    );
}

#[test]
fn an_offer_keeps_its_name_when_text_is_added_elsewhere() {
    let body = "## Action items\n- one\n- one\n- two\n";
    let ids = |found: Recognised| -> Vec<String> {
        found.offers.into_iter().map(|offer| offer.id).collect()
    };
    let before = ids(read("", body));
    assert_eq!(before.len(), 3);
    assert!(before[0] != before[1], "equal entries have names of their own");
    assert_eq!(before, ids(read("", &format!("## Summary\nnew\n\n{body}"))));
}

#[test]
fn no_text_is_too_odd() {
    for body in [
        "",
        "#",
        "|",
        "||\n|-|\n||",
        "- - - -",
        "\u{feff}# x",
        "## 09:12\n## Timeline\n:",
        "# Timeline\n```\n09:12\n```",
        "## Impact\n<table><tr><td>x</table>",
        "## 原因\n\n\n",
    ] {
        read("", body);
    }
    let long = format!("## Timeline\n- 2026-03-01 09:12 {}\n", "가".repeat(400_000));
    let found = read("", &long);
    assert_eq!(found.offers.len(), 1);
    let many = "- 2026-03-01 09:12 x\n".repeat(2_000);
    assert_eq!(read("", &format!("## Timeline\n{many}")).offers.len(), OFFERS_MAX);
}
