//! The edge as a client meets it.
#![allow(clippy::unwrap_used)]

use axum::Router;
use axum::body::Body;
use axum::http::StatusCode;
use axum::routing::{get, post};

use super::health::{IndexState, Readiness};
use super::problem::Problem;
use super::router::around;
use super::test_app::TestApp;
use crate::account::role::Role;
use crate::record::Diagnostic;
use crate::store::StoreError;

const HEADERS: [(&str, &str); 7] = [
    ("content-security-policy", super::headers::CONTENT_SECURITY_POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("x-frame-options", "DENY"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
];

/// A service with routes that fail in each way.
async fn failing() -> TestApp {
    let mut test = TestApp::with(|config| {
        config.limits.body_bytes = 100;
        config.limits.query_bytes = 100;
        config.limits.header_bytes = 1_000;
        config.limits.request_timeout_ms = 50;
    })
    .await;
    let fault = || Diagnostic {
        path: "glossary/hanbit/outage.md".to_owned(),
        line: 3,
        column: 1,
        key: Some("titel".to_owned()),
        nearest: Some("title".to_owned()),
        message: "unknown key".to_owned(),
    };
    let routes = Router::new()
        .route("/panic", get(async || -> StatusCode { panic!("xyzzy") }))
        .route("/full", get(async || Problem::from(StoreError::Full)))
        .route("/away", get(async || Problem::from(StoreError::Unreachable("xyzzy".into()))))
        .route("/damaged", get(async || Problem::from(StoreError::Damaged("xyzzy".into()))))
        .route("/invalid", get(async move || Problem::Invalid(vec![fault(), fault()])))
        .route("/bare", get(async || StatusCode::NOT_FOUND))
        .route("/slow", get(async || tokio::time::sleep(std::time::Duration::from_secs(9)).await))
        .route("/echo", post(async |body: String| body));
    let app = std::sync::Arc::clone(&test.app);
    test.router = around(routes.fallback(async || Problem::NotFound), &app).with_state(app);
    test
}

#[tokio::test]
async fn every_answer_carries_the_headers_and_an_id() {
    let test = TestApp::new().await;
    for path in ["/healthz", "/readyz", "/metrics", "/sign-in", "/nowhere", "/assets/none.css"] {
        let answer = test.get(path).await;
        for (name, value) in HEADERS {
            assert_eq!(answer.header(name), value, "{name} of {path}");
        }
        assert_eq!(answer.header("x-request-id").len(), 36, "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "{path}");
    }
    let tls = TestApp::with(|config| config.edge.https = true).await;
    let answer = tls.get("/healthz").await;
    let year = "max-age=31536000; includeSubDomains";
    assert_eq!(answer.header("strict-transport-security"), year);
}

#[tokio::test]
async fn failures_are_problem_documents() {
    let test = failing().await;
    for (path, status, kind) in [
        ("/panic", 500, "internal-error"),
        ("/full", 507, "storage-full"),
        ("/away", 503, "database-unreachable"),
        ("/damaged", 500, "internal-error"),
        ("/invalid", 422, "invalid-content"),
        ("/bare", 404, "not-found"),
        ("/nowhere", 404, "not-found"),
        ("/slow", 503, "timed-out"),
        ("/echo", 405, "method-not-allowed"),
    ] {
        let answer = test.get(path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
        let json = answer.json();
        assert_eq!(json["type"], format!("urn:sajeon:problem:{kind}"), "{path}");
        assert_eq!(json["status"], status, "{path}");
        assert_eq!(json["request_id"], answer.header("x-request-id"), "{path}");
        assert!(json["title"].is_string(), "{path}");
        // What only the operator may know stays here.
        assert!(!answer.body.contains("xyzzy"), "{}", answer.body);
    }
    assert_eq!(test.get("/away").await.header("retry-after"), "2");
    let fault = &test.get("/invalid").await.json()["errors"][0];
    assert_eq!((&fault["line"], &fault["nearest"]), (&3.into(), &"title".into()));
}

#[tokio::test]
async fn a_person_gets_a_page_in_their_language() {
    let test = failing().await;
    for (language, title) in [("ko-KR,ko;q=0.9", "찾을 수 없습니다"), ("ja", "見つかりません")]
    {
        let request = TestApp::request("GET", "/nowhere")
            .header("accept", "text/html,*/*;q=0.8")
            .header("accept-language", language);
        let answer = test.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, 404);
        assert!(answer.header("content-type").starts_with("text/html"));
        assert!(answer.body.contains(title), "{}", answer.body);
        assert!(answer.body.contains(answer.header("x-request-id")));
    }
    let request = TestApp::request("GET", "/api/v1/nowhere").header("accept", "text/html");
    let answer = test.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.header("content-type"), "application/problem+json");
}

#[tokio::test]
async fn every_problem_has_its_texts_in_every_language() {
    let source = include_str!("problem.rs");
    let slugs = source.split('"').filter(|word| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
    });
    let mut found = 0;
    for lang in super::text::Lang::ALL {
        let t = super::text::Text::new(lang);
        for slug in slugs.clone().filter(|slug| slug.contains('-') || *slug == "stale") {
            for key in [format!("edge-{slug}"), format!("edge-{slug}-hint")] {
                assert_ne!(t.get(&key), key, "in {}", lang.code());
                found += 1;
            }
        }
    }
    assert!(found > 100);
}

#[tokio::test]
async fn too_much_is_refused() {
    let test = failing().await;
    let long = "x".repeat(101);
    assert_eq!(test.get(&format!("/bare?q={long}")).await.status, 414);
    let request = TestApp::request("GET", "/bare").header("x-long", "x".repeat(2_000));
    assert_eq!(test.send(request.body(Body::empty()).unwrap()).await.status, 431);
    let request = TestApp::request("POST", "/echo");
    let answer = test.send(request.body(Body::from(long)).unwrap()).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.json()["type"], "urn:sajeon:problem:body-too-large");
    assert_eq!(answer.json()["detail"], "At most 100 bytes are read.");
}

#[tokio::test]
async fn a_foreign_host_is_refused() {
    let test = TestApp::with(|config| config.edge.hosts = vec!["sajeon.example".into()]).await;
    for (host, status) in [
        ("localhost:8080", 200),
        ("127.0.0.1:8080", 200),
        ("sajeon.example", 200),
        ("evil.example", 421),
    ] {
        let mut request = TestApp::request("GET", "/sign-in").body(Body::empty()).unwrap();
        request.headers_mut().insert("host", host.parse().unwrap());
        assert_eq!(test.send(request).await.status.as_u16(), status, "{host}");
    }
}

#[tokio::test]
async fn another_site_posts_nothing() {
    let test = TestApp::new().await;
    for (name, value, status) in [
        ("sec-fetch-site", "cross-site", 403),
        ("sec-fetch-site", "same-site", 403),
        ("origin", "null", 403),
        ("origin", "http://evil.example", 403),
        ("origin", "http://localhost:8080", 303),
        ("sec-fetch-site", "same-origin", 303),
        ("x-nothing", "", 403),
    ] {
        let request = TestApp::request("POST", "/language")
            .header("cookie", "sajeon-8080=x")
            .header("content-type", "application/x-www-form-urlencoded")
            .header(name, value)
            .body(Body::from("lang=ko"))
            .unwrap();
        assert_eq!(test.send(request).await.status.as_u16(), status, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_language_is_chosen_and_kept() {
    let test = TestApp::new().await;
    let answer = test.post("/language", "", "lang=ko&back=/sign-in?back=/p/hanbit").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("location")),
        (303, "/sign-in?back=/p/hanbit")
    );
    let cookie = answer.cookie();
    for (cookie, accepted, code) in
        [(cookie.as_str(), "ja", "ko"), ("", "ja,en;q=0.5", "ja"), ("", "fr", "en")]
    {
        let request = TestApp::request("GET", "/sign-in")
            .header("cookie", cookie)
            .header("accept-language", accepted);
        let answer = test.send(request.body(Body::empty()).unwrap()).await;
        assert!(answer.body.contains(&format!("<html lang=\"{code}\">")), "{accepted}");
    }
    let foreign = test.post("/language", "", "lang=ko&back=//evil.example/").await;
    assert_eq!(foreign.header("location"), "/");
    assert_eq!(test.post("/language", "", "lang=xx").await.status, 400);
}

#[tokio::test]
async fn readiness_says_what_is_missing() {
    let test = TestApp::new().await;
    let state = |caught_up, behind, writable| IndexState { caught_up, behind, writable };
    for (index, ready) in [
        (state(false, 0, true), false),
        (state(true, 0, true), true),
        (state(true, 10, true), true),
        (state(true, 10_000, true), false),
        (state(true, 0, false), false),
    ] {
        assert_eq!(Readiness { database: true, index }.is_ready(), ready, "{index:?}");
    }
    let answer = test.get("/readyz").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.json()["index"]["caught_up"], false);
    assert_eq!(answer.json()["database"]["reachable"], true);
    test.app.database.close().await;
    let answer = test.get("/readyz").await;
    assert_eq!((answer.status.as_u16(), answer.json()["ready"].as_bool()), (503, Some(false)));
    assert_eq!(test.get("/healthz").await.status, 200);
}

#[tokio::test]
async fn metrics_name_routes_and_never_paths() {
    let test = TestApp::new().await;
    test.get("/sign-in/sajeon_0123").await;
    test.get("/scanner/a").await;
    let text = test.get("/metrics").await.body;
    assert!(text.contains("route=\"/sign-in/{link}\""), "{text}");
    assert!(text.contains("sajeon_request_duration_seconds_bucket"));
    assert!(!text.contains("scanner") && !text.contains("sajeon_0123"));
}

/// A request from somewhere on the network, through no proxy.
fn from_network(path: &str) -> axum::http::request::Builder {
    let peer = super::connection::Peer(std::net::SocketAddr::from(([192, 0, 2, 7], 40_000)));
    TestApp::request("GET", path).extension(axum::extract::ConnectInfo(peer))
}

#[tokio::test]
async fn one_address_is_slowed_down_and_told_for_how_long() {
    let app = TestApp::with(|config| config.limits.address_per_minute = 3).await;
    let ask = || app.send(from_network("/").body(Body::empty()).unwrap());
    for _ in 0..3 {
        assert_eq!(ask().await.status, StatusCode::OK);
    }
    let refused = ask().await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "21");
    assert_eq!(refused.json()["title"], "Too many requests");
    // A probe is answered, and so is a person at this machine.
    let probe = from_network("/healthz").body(Body::empty()).unwrap();
    assert_eq!(app.send(probe).await.status, StatusCode::OK);
    assert_eq!(app.get("/").await.status, StatusCode::OK);
    app.now_ms.fetch_add(21_000, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(ask().await.status, StatusCode::OK);
}

#[tokio::test]
async fn one_person_is_slowed_down_from_wherever() {
    let app = TestApp::with(|config| config.limits.person_per_minute = 2).await;
    app.add("minji", "", Role::Viewer, "").await;
    app.add("tanaka", "", Role::Viewer, "").await;
    let [minji, tanaka] = [
        app.token("minji", Role::Viewer, None).await,
        app.token("tanaka", Role::Viewer, None).await,
    ];
    let ask = async |token: &str| {
        let request = TestApp::request("GET", "/api/v1/projects");
        let request = request.header("authorization", format!("Bearer {token}"));
        app.send(request.body(Body::empty()).unwrap()).await
    };
    assert_eq!(ask(&minji).await.status, StatusCode::OK);
    assert_eq!(ask(&minji).await.status, StatusCode::OK);
    let refused = ask(&minji).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.header("retry-after"), "31");
    assert_eq!(ask(&tanaka).await.status, StatusCode::OK);
}

#[tokio::test]
async fn only_a_stated_proxy_may_say_where_a_request_comes_from() {
    let app = TestApp::with(|config| {
        config.limits.address_per_minute = 1;
        config.edge.proxies = vec!["192.0.2.7".parse().unwrap()];
    })
    .await;
    let ask = |from: &'static str| {
        let request = from_network("/").header("x-forwarded-for", from);
        app.send(request.body(Body::empty()).unwrap())
    };
    assert_eq!(ask("198.51.100.1").await.status, StatusCode::OK);
    assert_eq!(ask("198.51.100.2").await.status, StatusCode::OK);
    // What a client wrote before the proxy's own entry counts for nothing.
    assert_eq!(ask("203.0.113.9, 198.51.100.1").await.status, StatusCode::TOO_MANY_REQUESTS);
    let app = TestApp::with(|config| config.limits.address_per_minute = 1).await;
    let ask = |from: &'static str| {
        let request = from_network("/").header("x-forwarded-for", from);
        app.send(request.body(Body::empty()).unwrap())
    };
    assert_eq!(ask("198.51.100.1").await.status, StatusCode::OK);
    assert_eq!(ask("198.51.100.2").await.status, StatusCode::TOO_MANY_REQUESTS);
}
