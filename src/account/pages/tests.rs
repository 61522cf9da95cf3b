//! Coming in and going out as a client meets it.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::Ordering;

use axum::body::Body;

use crate::account::operation;
use crate::account::role::{Role, Visitor};
use crate::account::session::{ABSOLUTE_MS, IDLE_MS, TOUCH_MS};
use crate::account::store;
use crate::account::throttle;
use crate::http::connection::Peer;
use crate::http::test_app::{Answer, TestApp};
use crate::store::audit;

async fn with_bearer(test: &TestApp, path: &str, token: &str) -> Answer {
    let request = TestApp::request("GET", path).header("authorization", format!("Bearer {token}"));
    test.send(request.body(Body::empty()).unwrap()).await
}

async fn with_cookie(test: &TestApp, path: &str, cookie: &str) -> Answer {
    let request = TestApp::request("GET", path).header("cookie", cookie);
    test.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_token_works_at_once_and_an_invalid_one_is_refused_everywhere() {
    let test = TestApp::new().await;
    test.add("minji", "", Role::Owner, "").await;
    let token = test.token("minji", Role::Author, None).await;
    assert_eq!(with_bearer(&test, "/settings", &token).await.status, 200);
    for wrong in ["sajeon_0000", "x", "", &token[..token.len() - 1]] {
        for path in ["/settings", "/sign-in", "/nowhere"] {
            let answer = with_bearer(&test, path, wrong).await;
            assert_eq!(answer.status, 401, "{path} with {wrong:?}");
            assert_eq!(answer.json()["type"], "urn:sajeon:problem:invalid-token");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    }
    let request = TestApp::request("GET", "/sign-in").header("authorization", "Basic YTpi");
    assert_eq!(test.send(request.body(Body::empty()).unwrap()).await.status, 401);
    let mut connection = test.app.database.read().await.unwrap();
    let stored = store::stored_hashes(&mut connection).await;
    assert!(stored.len() == 1 && !token.contains(&stored[0]));
}

#[tokio::test]
async fn a_token_ends_when_it_expires_or_is_revoked() {
    let test = TestApp::new().await;
    test.add("minji", "", Role::Owner, "").await;
    let token = test.token("minji", Role::Viewer, Some(1_000)).await;
    assert_eq!(with_bearer(&test, "/settings", &token).await.status, 200);
    test.now_ms.fetch_add(1_000, Ordering::Relaxed);
    assert_eq!(with_bearer(&test, "/settings", &token).await.status, 401);
    let token = test.token("minji", Role::Viewer, None).await;
    let page = with_bearer(&test, "/settings", &token).await.body;
    let (_, rest) = page.split_once("/settings/tokens/").unwrap();
    let path = format!("/settings/tokens/{}", rest.split_once('"').unwrap().0);
    let request =
        TestApp::request("POST", &path).header("authorization", format!("bearer {token}"));
    assert_eq!(test.send(request.body(Body::empty()).unwrap()).await.status, 303);
    assert_eq!(with_bearer(&test, "/settings", &token).await.status, 401);
}

#[tokio::test]
async fn the_sign_in_link_makes_one_owner_and_looking_does_not_use_it_up() {
    let test = TestApp::new().await;
    let (database, clock) = (&test.app.database, &test.app.clock);
    let older = operation::make_link(database, clock).await.unwrap().unwrap();
    let link = operation::make_link(database, clock).await.unwrap().unwrap();
    let path = format!("/sign-in/{}", link.reveal());
    assert_eq!(test.get(&format!("/sign-in/{}", older.reveal())).await.status, 404);
    for _ in 0..3 {
        let answer = test.get(&path).await;
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-store"));
    }
    let weak = test.post(&path, "", "name=minji&password=password1").await;
    assert_eq!(weak.status, 422);
    assert!(weak.body.contains("value=\"minji\"") && !weak.body.contains("password1"));
    let done = test.post(&path, "", "name=Minji&display_name=%EB%AF%BC%EC%A7%80").await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/"));
    let page = with_cookie(&test, "/settings", &done.cookie()).await;
    assert!(page.body.contains("민지") && page.body.contains("Owner"), "{}", page.body);
    assert_eq!(test.post(&path, "", "name=eve").await.status, 404);
    assert_eq!(test.get(&path).await.status, 404);
    assert_eq!(operation::make_link(database, clock).await.unwrap(), None);
    let mut connection = database.read().await.unwrap();
    let rows = audit::rows_after(&mut connection, 0, 100).await.unwrap();
    let actions: Vec<_> = rows.iter().map(|row| row.action.as_str()).collect();
    assert_eq!(actions, ["link.make", "link.make", "person.add", "session.begin"]);
    assert_eq!(audit::first_broken(&mut connection).await.unwrap(), None);
    assert!(!rows.iter().any(|row| row.detail.contains("sajeon_")));
}

#[tokio::test]
async fn the_sign_in_link_ends_after_a_day() {
    let test = TestApp::new().await;
    let (database, clock) = (&test.app.database, &test.app.clock);
    let link = operation::make_link(database, clock).await.unwrap().unwrap();
    test.now_ms.fetch_add(operation::LINK_MS, Ordering::Relaxed);
    let path = format!("/sign-in/{}", link.reveal());
    assert_eq!(test.get(&path).await.status, 404);
    assert_eq!(test.post(&path, "", "name=minji").await.status, 404);
}

#[tokio::test]
async fn a_password_signs_in_and_a_wrong_one_tells_nothing() {
    let test = TestApp::new().await;
    test.add("minji", "hanbit", Role::Author, "correct horse").await;
    let wrong = test.post("/sign-in", "", "name=minji&password=correct+house").await;
    let unknown = test.post("/sign-in", "", "name=jihun&password=correct+house").await;
    assert_eq!((wrong.status, unknown.status), (401.try_into().unwrap(), wrong.status));
    assert_eq!(wrong.body, unknown.body.replace("jihun", "minji"));
    let form = "name=+Minji+&password=correct+horse&back=/p/hanbit";
    let done = test.post("/sign-in", "", form).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/p/hanbit"));
    let set = done.header("set-cookie");
    assert!(set.starts_with("sajeon-8080=sajeon_"), "{set}");
    assert!(set.ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax"), "{set}");
    assert_eq!(with_cookie(&test, "/settings", &done.cookie()).await.status, 200);
    // Signing in again ends the session that the browser had.
    let again = test.post("/sign-in", &done.cookie(), form).await;
    assert_ne!(again.cookie(), done.cookie());
    assert_eq!(with_cookie(&test, "/settings", &done.cookie()).await.status, 401);
    let out = test.post("/sign-out", &again.cookie(), "").await;
    assert!(out.header("set-cookie").starts_with("sajeon-8080=; Path=/; Max-Age=0;"));
    assert_eq!(with_cookie(&test, "/settings", &again.cookie()).await.status, 401);
}

#[tokio::test]
async fn over_tls_the_cookie_is_bound_to_the_host() {
    let test = TestApp::with(|config| config.edge.https = true).await;
    test.add("minji", "", Role::Owner, "correct horse").await;
    let done = test.post("/sign-in", "", "name=minji&password=correct+horse").await;
    let set = done.header("set-cookie");
    assert!(set.starts_with("__Host-sajeon=sajeon_") && set.ends_with("; Secure"), "{set}");
    assert_eq!(with_cookie(&test, "/settings", &done.cookie()).await.status, 200);
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let test = TestApp::new().await;
    for _ in 0..throttle::PER_NAME_HERE.at_once {
        let answer = test.post("/sign-in", "", "name=minji&password=x").await;
        assert_eq!(answer.status, 401);
    }
    let answer = test.post("/sign-in", "", "name=minji&password=x").await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, "5"));
}

/// The cookie that makes a browser known, of an answer that signed somebody in.
fn device(answer: &crate::http::test_app::Answer) -> String {
    let all = answer.headers.get_all("set-cookie").iter();
    let set = all.map(|value| value.to_str().unwrap()).find(|set| set.contains("-device="));
    let set = set.unwrap();
    assert!(set.ends_with("; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"), "{set}");
    set.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_flood_of_guesses_keeps_no_known_browser_out() {
    let test = TestApp::new().await;
    test.add("minji", "", Role::Owner, "correct horse").await;
    test.add("jihun", "", Role::Author, "correct horse").await;
    let right = "name=minji&password=correct+horse";
    let minji = device(&test.post("/sign-in", "", right).await);
    let jihun = device(&test.post("/sign-in", "", "name=jihun&password=correct+horse").await);
    for _ in 0..2 * throttle::PER_ADDRESS.at_once {
        test.post("/sign-in", "", "name=minji&password=x").await;
    }
    let refused = async |cookie: &str| test.post("/sign-in", cookie, right).await.status == 429;
    assert!(refused("").await);
    // Another's browser, and one that nobody gave, are strangers.
    assert!(refused(&jihun).await);
    let last = if minji.ends_with('0') { "1" } else { "0" };
    assert!(refused(&format!("{}{last}", &minji[..minji.len() - 1])).await);
    assert!(!refused(&minji).await);
    // It alone lets nobody in.
    assert_eq!(with_cookie(&test, "/settings", &minji).await.status, 401);
    assert_eq!(test.post("/sign-in", &minji, "name=minji&password=x").await.status, 401);
    // Whoever is new to this browser waits seconds, not minutes.
    test.now_ms.fetch_add(throttle::PER_ADDRESS.every_ms, Ordering::Relaxed);
    assert!(!refused("").await);
}

#[tokio::test]
async fn a_session_ends_when_idle_and_at_last() {
    let test = TestApp::new().await;
    test.add("minji", "", Role::Owner, "correct horse").await;
    let form = "name=minji&password=correct+horse";
    let cookie = test.post("/sign-in", "", form).await.cookie();
    test.now_ms.fetch_add(IDLE_MS, Ordering::Relaxed);
    assert_eq!(with_cookie(&test, "/settings", &cookie).await.status, 401);
    let cookie = test.post("/sign-in", "", form).await.cookie();
    let mut passed = 0;
    while passed + IDLE_MS - TOUCH_MS < ABSOLUTE_MS {
        passed += IDLE_MS - TOUCH_MS;
        test.now_ms.fetch_add(IDLE_MS - TOUCH_MS, Ordering::Relaxed);
        assert_eq!(with_cookie(&test, "/settings", &cookie).await.status, 200, "{passed}");
        // The use is noted beside the request.
        while !test.app.tasks.is_empty() {
            tokio::task::yield_now().await;
        }
    }
    test.now_ms.fetch_add(ABSOLUTE_MS - passed, Ordering::Relaxed);
    assert_eq!(with_cookie(&test, "/settings", &cookie).await.status, 401);
}

#[tokio::test]
async fn nobody_ends_another_persons_session() {
    let test = TestApp::new().await;
    test.add("minji", "", Role::Owner, "correct horse").await;
    test.add("jihun", "", Role::Owner, "correct house").await;
    let minji = test.post("/sign-in", "", "name=minji&password=correct+horse").await.cookie();
    let other = test.post("/sign-in", "", "name=minji&password=correct+horse").await.cookie();
    let jihun = test.post("/sign-in", "", "name=jihun&password=correct+house").await.cookie();
    let page = with_cookie(&test, "/settings", &minji).await.body;
    let (_, rest) = page.split_once("/settings/sessions/").unwrap();
    let path = format!("/settings/sessions/{}", rest.split_once('"').unwrap().0);
    assert_eq!(test.post(&path, &jihun, "").await.status, 404);
    assert_eq!(with_cookie(&test, "/settings", &other).await.status, 200);
    assert_eq!(test.post(&path, "", "").await.status, 401);
    assert_eq!(test.post(&path, &minji, "").await.status, 303);
    assert_eq!(with_cookie(&test, "/settings", &other).await.status, 401);
}

#[tokio::test]
async fn before_the_first_account_only_this_machine_reads_all() {
    use axum::extract::FromRequestParts;
    let test = TestApp::new().await;
    let reads_all = async |address: &str, host: &str, forwarded: bool| {
        let mut request = TestApp::request("GET", "/");
        if forwarded {
            request = request.header("x-forwarded-for", "192.0.2.1");
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.headers.insert("host", host.parse().unwrap());
        let peer = Peer(address.parse().unwrap());
        parts.extensions.insert(axum::extract::ConnectInfo(peer));
        let visitor = Visitor::from_request_parts(&mut parts, &test.app).await;
        visitor.unwrap().reads_all
    };
    assert!(reads_all("127.0.0.1:5", "localhost:8080", false).await);
    assert!(reads_all("[::1]:5", "[::1]:8080", false).await);
    assert!(!reads_all("192.0.2.1:5", "localhost:8080", false).await);
    assert!(!reads_all("127.0.0.1:5", "sajeon.example", false).await);
    assert!(!reads_all("127.0.0.1:5", "localhost:8080", true).await);
    test.add("minji", "hanbit", Role::Viewer, "").await;
    assert!(!reads_all("127.0.0.1:5", "localhost:8080", false).await);
}
