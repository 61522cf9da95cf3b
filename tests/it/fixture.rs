//! A small project, `demo`: two words, one cause, two incidents, one page about something else.

use crate::harness::Tree;

/// `glossary/demo/glossary.toml`.
pub(crate) const PROJECT: &str = r#"# The project of the tests.
name = "데모"
client = "Demo"
languages = ["ko", "ja", "en"]   # the first is the default
timezone = "Asia/Seoul"
visibility = "public"
postmortem_label = { ko = "장애 보고서", ja = "障害報告書", en = "Postmortem" }
"#;

/// `glossary/demo/outage.md`.
pub(crate) const OUTAGE: &str = r#"+++
id = "outage"
rev = 3                     # grows only with the meaning
status = "agreed"
subject = "operations"
owner = "minji"
not = ["계획된 점검", "사람의 장애"]

[definition]
ko = "사용자가 계약된 기능을 1분 이상 쓸 수 없는 상태."
ja = "利用者が契約上の機能を1分以上使えない状態。"
en = "State in which users cannot use a contracted function."

[[term]]
lang = "ko"
text = "장애"
use = "preferred"
shield = ["장애인", "무장애"]
hit = ["서버장애로 주문이 중단됐다"]
miss = ["장애인 주차구역", "무장애 여행"]

[[term]]
lang = "ja"
text = "障害"
use = "preferred"
shield = ["障害者"]

[[term]]
lang = "en"
text = "outage"
use = "preferred"

[[term]]
lang = "ko"
text = "장해"
use = "deprecated"
replace = "장애"
why = "障害를 한자음 그대로 읽은 말"
shield = ["후유장해"]
+++
Why this word.
"#;

/// `glossary/demo/pool.md`.
pub(crate) const POOL: &str = r#"+++
id = "pool"
rev = 1
status = "proposed"

[definition]
ko = "다시 쓰려고 열어 둔 데이터베이스 연결의 모음."

[[term]]
lang = "ko"
text = "커넥션 풀"
use = "preferred"

[[term]]
lang = "ja"
text = "接続プール"
use = "preferred"

[[term]]
lang = "en"
text = "connection pool"
use = "preferred"
+++
"#;

/// `postmortems/demo/causes/pool-leak.md`.
pub(crate) const CAUSE: &str = r#"+++
id = "pool-leak"
title = "타임아웃 경로에서 커넥션을 반납하지 않음"
kind = "root"
component = "payment-api"

[[temporary_fix]]
id = "restart-node"
summary = "노드를 하나씩 다시 시작한다"

[[permanent_fix]]
id = "close-on-timeout"
summary = "타임아웃 시에도 커넥션을 반납한다"
status = "in-progress"
owner = "minji"
due = 2026-12-15
+++
How we know.
"#;

/// `postmortems/demo/demo-1.md`.
pub(crate) const FIRST: &str = r#"+++
id = "demo-1"
title = "결제 API 커넥션 풀 고갈로 주문 실패"
lang = "ko"
kind = "incident"
severity = "sev1"
status = "mitigated"        # not watched any more in a week
review = "draft"
services = ["payment-api"]
tags = ["database"]
lead = "minji"
impact = "주문 1,204건 실패"
started   = 2026-03-01T09:12:00+09:00
detected  = 2026-03-01T09:15:00+09:00
mitigated = 2026-03-01T09:26:00+09:00

[[cause]]
id = "pool-leak"
role = "root"

[[applied]]
fix = "pool-leak/restart-node"
at = 2026-03-01T09:24:00+09:00
outcome = "worked"
expires = 2026-03-15
until = "pool-leak/close-on-timeout"

[[event]]
at = 2026-03-01T09:15:00+09:00
text = "5xx 비율 30% 초과 알림"
kind = "alert"
by = "minji"
+++
## 요약
결제 장애가 14분 동안 이어졌다. 타임아웃 경로에서 커넥션을 반납하지 않았다.
"#;

/// `postmortems/demo/demo-2.md`.
pub(crate) const SECOND: &str = r#"+++
id = "demo-2"
title = "決済障害の復旧"
lang = "ja"
kind = "incident"
severity = "sev2"
status = "resolved"
review = "draft"
services = ["order-api"]
started   = 2026-04-01T09:12:00+09:00
mitigated = 2026-04-01T09:26:00+09:00
resolved  = 2026-04-01T10:26:00+09:00

[[cause]]
id = "pool-leak"
role = "contributing"
+++
## 概要
接続プールが枯渇し、注文ができなかった。
"#;

/// `postmortems/demo/parking.md`: another tool's page, about another meaning of the word.
pub(crate) const PARKING: &str = "# 장애인 주차구역 안내\n\n장애인 주차구역은 지하 1층에 있다.\n";

/// All of them.
pub(crate) fn demo() -> Tree {
    Tree::new()
        .with("glossary/demo/glossary.toml", PROJECT)
        .with("glossary/demo/outage.md", OUTAGE)
        .with("glossary/demo/pool.md", POOL)
        .with("postmortems/demo/causes/pool-leak.md", CAUSE)
        .with("postmortems/demo/demo-1.md", FIRST)
        .with("postmortems/demo/demo-2.md", SECOND)
        .with("postmortems/demo/parking.md", PARKING)
}

/// A postmortem of `demo` with this number, title and text.
pub(crate) fn postmortem(number: u64, title: &str, body: &str) -> String {
    format!(
        "+++\nid = \"demo-{number}\"\ntitle = {title:?}\nlang = \"en\"\nkind = \"incident\"\n\
         severity = \"sev3\"\nstatus = \"open\"\nreview = \"draft\"\n\
         started = 2026-05-01T09:12:00Z\n+++\n{body}\n"
    )
}

/// Where a postmortem of `demo` is found.
pub(crate) fn postmortem_path(id: &str) -> String {
    format!("/api/v1/projects/demo/postmortems/{id}")
}
