#![allow(clippy::unwrap_used)]

use super::*;

fn meaning(project: &str, concept: &str, rev: Option<u32>) -> Option<Meaning> {
    let known = [("hanbit", "outage"), ("hanbit", "pool"), ("orion", "premium-color")];
    known.contains(&(project, concept)).then(|| Meaning {
        href: format!("/p/{project}/words/{concept}?rev={}", rev.unwrap_or(0)),
        name: if concept == "outage" { "장애" } else { concept }.to_owned(),
        name_lang: "ko".to_owned(),
        definition: format!("meaning {} of \"{concept}\" <b>", rev.unwrap_or(0)),
        definition_lang: "en".to_owned(),
        note: "rev".to_owned(),
    })
}

fn mentions(text: &str) -> Vec<Place> {
    let mut places: Vec<Place> = text
        .match_indices("장애")
        .map(|(start, word)| Place { start, end: start + word.len(), concept: "outage".to_owned() })
        .chain(text.match_indices("풀").map(|(start, word)| Place {
            start,
            end: start + word.len(),
            concept: "pool".to_owned(),
        }))
        .collect();
    places.sort_by_key(|place| place.start);
    places
}

fn render(text: &str) -> String {
    to_html(
        text,
        &Words {
            project: "hanbit",
            scope: "body",
            meaning: &meaning,
            word: &|project, word| {
                (project == "hanbit" && word == "장애").then(|| "outage".to_owned())
            },
            mentions: &mentions,
            image: &|path| path.starts_with("img/").then(|| format!("/p/hanbit/files/{path}")),
            unresolved: "no such word",
        },
    )
}

#[test]
fn nothing_that_runs_gets_through() {
    let attacks = [
        "<script>alert(1)</script>",
        "a <script>alert(1)</script> b",
        "<img src=x onerror=alert(1)>",
        "x <img src=x onerror=alert(1)> y",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](java\tscript:alert(1))",
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "[x](vbscript:x)",
        "<javascript:alert(1)>",
        "![x](javascript:alert(1))",
        "![x](data:image/svg+xml,<svg onload=alert(1)>)",
        "![x](https://elsewhere.example/pixel.png)",
        "<svg onload=alert(1)><script>1</script></svg>",
        "<math><mtext><script>alert(1)</script></mtext></math>",
        "<style>body{display:none}</style>",
        "<a href=\"x\" onclick=\"alert(1)\" style=\"x\">y</a>",
        "<iframe src=//evil.example></iframe>",
        "[[장애|<img src=x onerror=alert(1)>]]",
        "[[장애|\"><script>alert(1)</script>]]",
        "[[<script>alert(1)</script>]]",
        "[[[[장애]]]]",
        "[[a|[b](javascript:alert(1))]]",
        "[a [[장애]] b](javascript:alert(1))",
        "```<script>\n<script>alert(1)</script>\n```",
        "| a |\n|:-:|\n| <script>alert(1)</script> |",
        "[x]: javascript:alert(1)\n\n[x]",
        "[x](https://a.example \"\\\" onmouseover=alert(1) \\\"\")",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "\u{0}<scr\u{0}ipt>alert(1)</script>",
    ];
    for attack in attacks {
        let html = render(attack);
        let lower = html.to_lowercase();
        // Text inside of an attribute or of an element is harmless: look at real markup only.
        for tag in ["<script", "<svg", "<math", "<style", "<iframe", "<object"] {
            assert!(!lower.contains(tag), "{attack:?} gave {html}");
        }
        for attribute in ["href=\"javascript", "href=\"data", "href=\"vbscript", "src=\"http"] {
            assert!(!lower.contains(attribute), "{attack:?} gave {html}");
        }
        for piece in lower.split('<').filter_map(|piece| piece.split('>').next()) {
            let outside: String = piece.split('"').step_by(2).collect();
            assert!(!outside.contains(" on") && !outside.contains("style"), "{attack:?}: {html}");
        }
    }
}

#[test]
fn a_pinned_link_shows_the_pinned_meaning_on_hover_and_focus() {
    let html = render("[[outage@3|장애]]가 났다");
    assert!(html.contains("href=\"/p/hanbit/words/outage?rev=3\""), "{html}");
    assert!(html.contains("aria-describedby=\"user-body-1\""), "{html}");
    assert!(
        html.contains("role=\"tooltip\" id=\"user-body-1\"")
            || html.contains("id=\"user-body-1\" role=\"tooltip\""),
        "{html}"
    );
    assert!(html.contains("meaning 3 of \"outage\" &lt;b&gt;"), "{html}");
    assert!(html.contains(">장애</a>"), "{html}");
}

#[test]
fn a_word_a_bare_id_and_another_project_are_links() {
    assert!(render("[[장애]]").contains(">장애</a>"));
    assert!(render("[[outage@2]]").contains(">장애</a>"));
    assert!(render("[[orion:premium-color]]").contains("/p/orion/words/premium-color"));
}

#[test]
fn an_unresolved_link_is_marked_and_keeps_its_text() {
    let html = render("[[없는말|이 말]]");
    assert!(
        html.contains("<span class=\"unresolved\" title=\"no such word\">이 말</span>"),
        "{html}"
    );
    assert!(render("[[없는말]]").contains(">없는말</span>"));
}

#[test]
fn the_first_mention_in_each_section_is_linked() {
    let html =
        render("장애와 장애, 풀.\n\n장애.\n\n## 장애\n\n장애 또 장애\n\n`장애`\n\n    장애\n");
    assert_eq!(html.matches("words/outage").count(), 2, "{html}");
    assert_eq!(html.matches("words/pool").count(), 1, "{html}");
    assert!(html.contains("<h2>장애</h2>"), "{html}");
    let after = render("[[outage@1|이것]] 다음의 장애");
    assert_eq!(after.matches("words/outage").count(), 1, "{after}");
}

#[test]
fn links_get_a_rel_and_pictures_come_from_here_only() {
    let html = render("[x](https://a.example) ![그림](img/a.png) ![밖](https://a.example/b.png)");
    assert!(html.contains("rel=\"nofollow noopener noreferrer\""), "{html}");
    assert!(html.contains("<img src=\"/p/hanbit/files/img/a.png\" alt=\"그림\">"), "{html}");
    assert!(html.contains("밖") && html.matches("<img").count() == 1, "{html}");
}

#[test]
fn blocks_survive() {
    let html = render("# A\n\n| a | b |\n|--|--|\n| 1 | 2 |\n\n- [x] done\n\n~~gone~~ **b**");
    for piece in ["<h2>A</h2>", "<table>", "☑ done", "<del>gone</del>", "<strong>b</strong>"] {
        assert!(html.contains(piece), "{piece} in {html}");
    }
}

#[test]
fn targets_are_read() {
    let target = |written: &str| {
        let Target { project, name, rev } = Target::parse(written);
        (project, name, rev)
    };
    assert_eq!(target("outage@3"), (None, "outage".to_owned(), Some(3)));
    assert_eq!(target("orion:장애@2"), (Some("orion".to_owned()), "장애".to_owned(), Some(2)));
    assert_eq!(target("a@b"), (None, "a@b".to_owned(), None));
    assert_eq!(target("응답: 시간"), (None, "응답: 시간".to_owned(), None));
}

#[test]
fn a_snippet_keeps_marks_only() {
    assert_eq!(only_marks("a <mark>b</mark> &lt;i&gt;"), "a <mark>b</mark> &lt;i&gt;");
    assert_eq!(only_marks("<mark x=1><script>"), "&lt;mark x=1&gt;&lt;script&gt;");
}
