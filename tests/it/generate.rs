//! Documents from a seed: a project with a glossary, causes, and postmortems in three languages.
//! The same seed gives the same bytes everywhere; the measurements use this file too.

use crate::harness::chance::Chance;

/// The project that everything stands in.
pub(crate) const PROJECT: &str = "bulk";

/// A concept: its id, and its preferred term in Korean, Japanese and English.
const CONCEPTS: [(&str, [&str; 3]); 12] = [
    ("outage", ["장애", "障害", "outage"]),
    ("connection-pool", ["커넥션 풀", "接続プール", "connection pool"]),
    ("rollback", ["롤백", "ロールバック", "rollback"]),
    ("failover", ["장애 조치", "フェイルオーバー", "failover"]),
    ("replica", ["복제본", "レプリカ", "replica"]),
    ("gateway", ["게이트웨이", "ゲートウェイ", "gateway"]),
    ("latency", ["지연 시간", "レイテンシ", "latency"]),
    ("settlement", ["정산", "精算", "settlement"]),
    ("certificate", ["인증서", "証明書", "certificate"]),
    ("deploy", ["배포", "デプロイ", "deployment"]),
    ("queue", ["대기열", "キュー", "queue"]),
    ("backup", ["백업", "バックアップ", "backup"]),
];

const LANGUAGES: [&str; 3] = ["ko", "ja", "en"];

const SENTENCES: [[&str; 6]; 3] = [
    [
        "{service}에서 {term} 관련 오류가 {n}건 발생했다.",
        "{term} 설정을 바꾼 뒤 응답이 {n} ms까지 느려졌다.",
        "담당자는 {n}분 뒤에 알림을 받고 {service} 로그를 확인했다.",
        "원인은 {term} 한계를 점검하지 않은 배치 작업이었다.",
        "{service} 노드 {n}대를 차례로 다시 시작해 정상화했다.",
        "같은 설정을 쓰는 다른 서비스도 {term} 값을 점검한다.",
    ],
    [
        "{service}で{term}に関するエラーが{n}件発生した。",
        "{term}の設定変更後、応答が{n} msまで遅くなった。",
        "担当者は{n}分後に通知を受け、{service}のログを確認した。",
        "原因は{term}の上限を確認しないバッチ処理だった。",
        "{service}のノード{n}台を順に再起動して復旧した。",
        "同じ設定を使う他のサービスでも{term}の値を点検する。",
    ],
    [
        "{service} reported {n} errors that mention the {term}.",
        "After the {term} setting changed, responses slowed down to {n} ms.",
        "The responder was paged after {n} minutes and read the logs of {service}.",
        "The cause was a batch job that never checked the limit of the {term}.",
        "Restarting {n} nodes of {service} one by one brought it back.",
        "Other services with the same setting check their {term} as well.",
    ],
];

const SERVICES: [&str; 8] = [
    "payment-api",
    "order-api",
    "stock-api",
    "search-web",
    "member-db",
    "mail-relay",
    "image-cdn",
    "batch-runner",
];

/// A file: its path in a content folder, and its text.
pub(crate) type File = (String, String);

/// The project, its concepts and its causes.
pub(crate) fn glossary() -> Vec<File> {
    let mut files = vec![(
        format!("glossary/{PROJECT}/glossary.toml"),
        "name = \"Bulk\"\nclient = \"Bulk\"\nlanguages = [\"en\", \"ko\", \"ja\"]\n\
         timezone = \"Asia/Seoul\"\nvisibility = \"public\"\n"
            .to_owned(),
    )];
    for (id, terms) in CONCEPTS {
        files.push((format!("glossary/{PROJECT}/{id}.md"), concept(id, terms)));
        files.push((format!("postmortems/{PROJECT}/causes/{id}-limit.md"), cause(id)));
    }
    files
}

fn concept(id: &str, terms: [&str; 3]) -> String {
    let mut text = format!(
        "+++\nid = \"{id}\"\nrev = 1\nstatus = \"agreed\"\n\n\
         [definition]\nen = \"What the team calls {}.\"\n",
        terms[2]
    );
    for (language, term) in LANGUAGES.iter().zip(terms) {
        text.push_str(&format!(
            "\n[[term]]\nlang = \"{language}\"\ntext = \"{term}\"\nuse = \"preferred\"\n"
        ));
    }
    text.push_str("+++\nGenerated.\n");
    text
}

fn cause(id: &str) -> String {
    format!(
        "+++\nid = \"{id}-limit\"\ntitle = \"The limit of {id} was never checked\"\n\
         kind = \"root\"\n\n\
         [[temporary_fix]]\nid = \"restart\"\nsummary = \"Restart the nodes one by one\"\n\n\
         [[permanent_fix]]\nid = \"check\"\nsummary = \"Check the limit at start\"\n\
         status = \"proposed\"\n+++\nGenerated.\n"
    )
}

/// The postmortem with this number, from 1; about 1.5 KB of text.
pub(crate) fn postmortem(seed: u64, number: u64) -> File {
    let mut chance = Chance::new(seed ^ number.wrapping_mul(0x517c_c1b7_2722_0a95));
    let language = chance.below(3);
    let concept = CONCEPTS[chance.below(CONCEPTS.len())];
    let service = chance.pick(&SERVICES);
    let title = sentence(&mut chance, language, concept, service);
    let severity = 1 + chance.below(4);
    let [month, day] = [1 + chance.below(9), 1 + chance.below(28)];
    let date = format!("2026-{month:02}-{day:02}");
    let mut text = format!(
        "+++\nid = \"{PROJECT}-{number}\"\ntitle = \"{title}\"\nlang = \"{}\"\n\
         kind = \"incident\"\nseverity = \"sev{severity}\"\nstatus = \"resolved\"\n\
         review = \"draft\"\nservices = [\"{service}\"]\n\
         started = {date}T09:12:00+09:00\nmitigated = {date}T09:26:00+09:00\n\
         resolved = {date}T11:00:00+09:00\n\n\
         [[cause]]\nid = \"{}-limit\"\nrole = \"root\"\n\n\
         [[event]]\nat = {date}T09:15:00+09:00\ntext = \"alert\"\nkind = \"alert\"\n+++\n",
        LANGUAGES[language], concept.0
    );
    for _ in 0..3 {
        text.push_str("## ");
        text.push_str(&sentence(&mut chance, language, concept, service));
        text.push('\n');
        for _ in 0..4 {
            let other = CONCEPTS[chance.below(CONCEPTS.len())];
            let service = chance.pick(&SERVICES);
            text.push_str(&sentence(&mut chance, language, other, service));
            text.push(' ');
        }
        text.push_str("\n\n");
    }
    text.push_str(&format!("```\nERROR {service} trace={:016x}\n```\n", chance.number()));
    (format!("postmortems/{PROJECT}/{PROJECT}-{number}.md"), text)
}

fn sentence(
    chance: &mut Chance,
    language: usize,
    concept: (&str, [&str; 3]),
    service: &str,
) -> String {
    chance
        .pick(&SENTENCES[language])
        .replace("{service}", service)
        .replace("{term}", concept.1[language])
        .replace("{n}", &(1 + chance.below(900)).to_string())
}
