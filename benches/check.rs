//! Measures `sajeon check` on a generated trilingual tree against `grep -rFob -f terms`, in one
//! run and turn by turn. Prints Markdown; `cargo xtask bench` runs it.
#![allow(clippy::unwrap_used, reason = "a measurement that cannot go on fails there")]
#![expect(clippy::disallowed_methods, reason = "it starts what it measures, and takes the time")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const FILES: usize = 484;
const TREE_BYTES: usize = 5 << 20;
const TURNS: usize = 7;

const HANGUL: &str =
    "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고노도로모보소오조초코토포호";
const KANJI: &str = "決済承認在庫障害復旧配信接続認証検証監視基盤構成移行開発運用分析設計試験評価";
const LATIN: [&str; 12] = [
    "pool", "queue", "batch", "ledger", "token", "shard", "replica", "gateway", "cursor", "lease",
    "quorum", "beacon",
];

/// The same numbers in every run (a linear congruential generator, as in Numerical Recipes).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn letters(&mut self, alphabet: &str, count: usize) -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        (0..count).map(|_| letters[self.below(letters.len())]).collect()
    }
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let (few, many) = (words(1_000), words(10_000));
    let tree = folder.path().join("tree");
    write_tree(&tree, &few);
    let (small, large) = (folder.path().join("g1"), folder.path().join("g10"));
    write_glossary(&small, &few);
    write_glossary(&large, &many);
    let list = folder.path().join("terms");
    std::fs::write(&list, few.join("\n")).unwrap();
    // What was read of the words is kept only once it stood still for a moment.
    std::thread::sleep(Duration::from_millis(3_100));
    let [first_few, first_many] = [&small, &large].map(|words| run(&mut check(words, &tree)).0);
    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    let mut peak_kib = 0;
    for _ in 0..TURNS {
        let mut grep = Command::new("grep");
        grep.args(["-rFob", "-f"]).arg(&list).arg(&tree);
        times[0].push(run(&mut grep).0);
        let (time, kib) = run(&mut check(&small, &tree));
        times[1].push(time);
        peak_kib = peak_kib.max(kib);
        times[2].push(run(&mut check(&large, &tree)).0);
    }
    let [grep, check_few, check_many] = times.map(median);
    println!("## The checker\n\n{FILES} files, {TREE_BYTES} bytes; median of {TURNS} turns.\n");
    println!("| what | measured | reference | ratio |\n| --- | --- | --- | --- |");
    row("`sajeon check`, 1,000 terms", check_few, "`grep -rFob -f terms`", grep);
    row("`sajeon check`, 10,000 terms", check_many, "1,000 terms", check_few);
    row("the first check of 1,000 terms, before any is kept", first_few, "later ones", check_few);
    row("the first check of 10,000 terms", first_many, "later ones", check_many);
    println!("| memory at most, 1,000 terms | {:.1} MiB | | |", f64::from(peak_kib) / 1024.0);
    textlint(folder.path(), &tree, &few, grep);
}

fn row(what: &str, time: Duration, reference: &str, other: Duration) {
    println!(
        "| {what} | {:.0} ms | {reference}: {:.0} ms | {:.2} |",
        time.as_secs_f64() * 1e3,
        other.as_secs_f64() * 1e3,
        time.as_secs_f64() / other.as_secs_f64()
    );
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// 40 % Hangul, 35 % Han, 25 % Latin pairs, each once.
fn words(count: usize) -> Vec<String> {
    let mut chance = Chance(7);
    let mut seen = std::collections::BTreeSet::new();
    let mut words = Vec::new();
    while words.len() < count {
        let length = 3 + chance.below(2);
        let word = match chance.below(20) {
            0..8 => chance.letters(HANGUL, length),
            8..15 => chance.letters(KANJI, length),
            _ => {
                let pair = [chance.below(12), chance.below(12)].map(|i| LATIN[i]);
                format!("{} {}{}", pair[0], pair[1], words.len())
            }
        };
        if seen.insert(word.clone()) {
            words.push(word);
        }
    }
    words
}

/// A concept for each three words, in three languages; the words of one concept in ten are not to
/// be written.
fn write_glossary(folder: &Path, words: &[String]) {
    let project = folder.join("bench");
    std::fs::create_dir_all(&project).unwrap();
    let frame = "name = \"Bench\"\nlanguages = [\"en\"]\n";
    std::fs::write(project.join("glossary.toml"), frame).unwrap();
    for (number, words) in words.chunks(3).enumerate() {
        let mut text = format!(
            "+++\nid = \"c{number}\"\nrev = 1\nstatus = \"agreed\"\n\n[definition]\nen = \"One.\"\n\
             \n[[term]]\nlang = \"en\"\ntext = \"right{number}\"\nuse = \"preferred\"\n"
        );
        let usage = match number % 10 {
            0 => format!("\"deprecated\"\nreplace = \"right{number}\""),
            _ => "\"admitted\"".to_owned(),
        };
        for (language, word) in ["ko", "ja", "en"].iter().zip(words) {
            let _ = write!(
                text,
                "\n[[term]]\nlang = \"{language}\"\ntext = \"{word}\"\nuse = {usage}\n"
            );
        }
        text.push_str("+++\n");
        std::fs::write(project.join(format!("c{number}.md")), text).unwrap();
    }
}

const PHRASES: [&str; 12] = [
    "결제 화면에서 주문을 다시 보내면 ",
    "저녁 회의에서 새 일정을 나누고 ",
    "월요일에 배포한 뒤로 기록이 늘었고 ",
    "고객에게 먼저 알린 다음 ",
    "月曜日の会議で新しい日程を決めて、",
    "注文の画面から再び送ると、",
    "昨夜の配備のあとで記録が増え、",
    "利用者に先に知らせてから、",
    "the second page shows what was sent on Monday, ",
    "a new row stands in the table of orders ",
    "nobody had looked at the graph before noon ",
    "two people read the page and wrote a note ",
];

/// Phrases with a word of the list after one to four of them, some 40,000 in all.
fn write_tree(folder: &Path, words: &[String]) {
    let mut chance = Chance(11);
    std::fs::create_dir_all(folder).unwrap();
    let particles = ["가 ", "를 ", "로 ", "が、", "を", "の", " is ", ". "];
    for number in 0..FILES {
        let mut text = format!("# Report {number}\n\n");
        while text.len() < TREE_BYTES / FILES {
            for _ in 0..=chance.below(4) {
                text.push_str(PHRASES[chance.below(PHRASES.len())]);
            }
            text.push_str(&words[chance.below(words.len())]);
            text.push_str(particles[chance.below(particles.len())]);
            match chance.below(40) {
                0 => text.push_str("\n\n- item\n- [link](https://a.example/page)\n\n"),
                1 => text.push_str("\n\n```\ncode here\n```\n\n"),
                2 => text.push_str("\n\n## Part\n\n"),
                3..=9 => text.push('\n'),
                _ => {}
            }
        }
        std::fs::write(folder.join(format!("{number:03}.md")), text).unwrap();
    }
}

fn check(glossary: &Path, tree: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sajeon"));
    command.arg("check").arg(tree).arg("--glossary").arg(glossary);
    command.env("XDG_CACHE_HOME", glossary.with_file_name("cache"));
    command
}

/// How long a command took, and the most memory that it held, in KiB.
fn run(command: &mut Command) -> (Duration, u32) {
    let begin = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut output = child.stdout.take().unwrap();
    let reader = std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(kib.unwrap_or(0));
        if child.try_wait().unwrap().is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let time = begin.elapsed();
    reader.join().unwrap().unwrap();
    (time, peak)
}

/// textlint with prh beside it, where npm can install them.
fn textlint(folder: &Path, tree: &Path, words: &[String], grep: Duration) {
    let tools = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/textlint");
    std::fs::create_dir_all(&tools).unwrap();
    let install = ["install", "--no-audit", "--no-fund", "textlint@15", "textlint-rule-prh@6"];
    let mut npm = Command::new("npm");
    npm.args(install).current_dir(&tools).stdout(Stdio::null()).stderr(Stdio::null());
    if !npm.status().is_ok_and(|status| status.success()) {
        println!("| textlint with prh | npm is not there | | |");
        return;
    }
    let mut rules = "version: 1\nrules:\n".to_owned();
    for (number, word) in words.iter().enumerate() {
        let _ = writeln!(rules, "  - expected: x{number}x\n    pattern: \"{word}\"");
    }
    let prh = folder.join("prh.yml");
    std::fs::write(&prh, rules).unwrap();
    let config = folder.join("textlintrc.json");
    let path = prh.display();
    let text = format!("{{\"rules\": {{\"prh\": {{\"rulePaths\": [\"{path}\"]}}}}}}");
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new(tools.join("node_modules/.bin/textlint"));
    command.arg("--config").arg(&config).arg(tree).current_dir(&tools);
    row("textlint with prh, 1,000 terms", run(&mut command).0, "`grep -rFob -f terms`", grep);
}
