//! The pages: in three languages, without script, with the headers that protect them.

use crate::harness::{Answer, Service};

const PAGES: [&str; 13] = [
    "/api",
    "/",
    "/?q=%EC%9E%A5%ED%95%B4",
    "/?q=%E9%9A%9C%E5%AE%B3&project=hanbit",
    "/?q=zzzzzzzz",
    "/p/hanbit",
    "/p/hanbit/check",
    "/p/hanbit/words/outage",
    "/p/hanbit/words/outage/triage",
    "/p/hanbit/words/premium-color",
    "/p/hanbit/postmortems/hanbit-42",
    "/p/hanbit/causes/pool-leak",
    "/words/%EC%9E%A5%ED%95%B4",
];

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

pub(crate) fn is_a_page(answer: &Answer, language: &str) {
    let text = answer.text();
    let shown = || format!("{language}\n{}", answer.shown());
    assert!(answer.header("content-type").starts_with("text/html"), "{}", shown());
    assert!(text.trim_start().to_lowercase().starts_with("<!doctype html>"), "{}", shown());
    assert!(text.contains(&format!("<html lang=\"{language}\"")), "{}", shown());
    assert!(text.contains("<title>") && text.contains("<main"), "{}", shown());
    assert!(text.contains("name=\"viewport\""), "{}", shown());
    for forbidden in ["<style", " style=\"", " onclick=", " onsubmit=", "javascript:", "http-equiv"]
    {
        assert!(!text.contains(forbidden), "{forbidden}\n{}", shown());
    }
    for script in text.match_indices("<script").map(|(place, _)| &text[place..]) {
        let tag = &script[..script.find('>').unwrap()];
        assert!(tag.contains("src=\"/"), "an inline script: {tag}");
    }
}

pub(crate) fn is_protected(answer: &Answer) {
    let shown = answer.shown();
    assert_eq!(answer.header("content-security-policy"), POLICY, "{shown}");
    assert_eq!(answer.header("x-content-type-options"), "nosniff", "{shown}");
    assert_eq!(answer.header("referrer-policy"), "same-origin", "{shown}");
}

#[tokio::test]
async fn every_page_in_every_language() {
    let service = Service::start_shipped().await;
    for language in ["en", "ko", "ja"] {
        for path in PAGES {
            let answer = service.get(path).header("accept-language", language).gives(200).await;
            is_a_page(&answer, language);
            is_protected(&answer);
            // A text without translation would show its key.
            assert!(!answer.text().contains("Unknown localization"), "{}", answer.shown());
        }
    }
}

#[tokio::test]
async fn the_first_screen_has_results_and_their_fixes_without_script() {
    let service = Service::start_shipped().await;
    let page = service
        .get("/?q=%EC%9E%A5%ED%95%B4%20DB%20%EC%BB%A4%EB%84%A5%EC%85%98&project=hanbit")
        .header("accept-language", "ko")
        .gives(200)
        .await;
    for text in ["hanbit-42", "<mark>", "일시 해결", "영구 해결", "장애</a></q>"] {
        assert!(page.text().contains(text), "no {text}\n{}", page.shown());
    }
    assert!(!page.text().contains("장애인 주차"), "{}", page.shown());
}

#[tokio::test]
async fn what_is_not_there_is_a_page_that_says_so() {
    let service = Service::start_shipped().await;
    for path in ["/nothing", "/p/nowhere", "/p/hanbit/words/nothing", "/p/hanbit/postmortems/x"] {
        for language in ["en", "ko", "ja"] {
            let request = service.get(path).header("accept-language", language);
            let answer = request.header("accept", "text/html").gives(404).await;
            is_a_page(&answer, language);
            is_protected(&answer);
        }
    }
}

#[tokio::test]
async fn text_of_people_is_never_markup() {
    let service = Service::start_shipped().await;
    let attack = "%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E%3Cimg%20src%3Dx%20onerror%3Dx%3E";
    for path in ["/?q=", "/words/", "/p/"] {
        let answer = service.get(&format!("{path}{attack}")).send().await;
        assert!(answer.status < 500, "{}", answer.shown());
        let text = answer.text();
        assert!(!text.contains("<script>") && !text.contains("<img"), "{}", answer.shown());
    }
}

#[tokio::test]
async fn assets_are_kept_by_browsers_until_they_change() {
    let service = Service::start_shipped().await;
    let page = service.get("/").gives(200).await;
    let text = page.text().to_owned();
    let mut assets = Vec::new();
    for attribute in ["href=\"/assets/", "src=\"/assets/"] {
        for (place, _) in text.match_indices(attribute) {
            let rest = &text[place + attribute.len() - "/assets/".len()..];
            assets.push(rest[..rest.find('"').unwrap()].to_owned());
        }
    }
    assert!(assets.iter().any(|path| path.contains(".css")), "{assets:?}");
    for path in assets {
        let asset = service.get(&path).gives(200).await;
        if !asset.header("cache-control").contains("immutable") {
            // A name that stays the same is asked for again, and costs no bytes.
            let tag = asset.header("etag");
            assert!(!tag.is_empty(), "{}", asset.shown());
            service.get(&path).header("if-none-match", tag).gives(304).await;
        }
        assert_eq!(asset.header("x-content-type-options"), "nosniff", "{}", asset.shown());
    }
}

#[tokio::test]
async fn a_change_by_another_site_is_refused() {
    let service = Service::start_shipped().await;
    for (name, value) in [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")] {
        let post = service.request(reqwest::Method::POST, "/sign-in").header(name, value);
        let answer = post
            .header("cookie", "sajeon=x")
            .header("content-type", "application/x-www-form-urlencoded")
            .send()
            .await;
        assert_eq!(answer.status, 403, "{name}\n{}", answer.shown());
    }
}
