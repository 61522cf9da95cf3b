//! Second factors, invitations, roles and tokens as a client meets them.
#![allow(clippy::unwrap_used)]

use std::sync::atomic::Ordering;

use axum::body::Body;

use crate::account::role::Role;
use crate::account::secret::PlainToken;
use crate::account::session::PROOF_MS;
use crate::account::totp::TotpSecret;
use crate::account::visitor::OwnSession;
use crate::account::{operation, seal, second_factor, sign_in, store, throttle};
use crate::http::page::encode;
use crate::http::test_app::{Answer, TestApp};
use crate::store::audit;

const HOUR_MS: i64 = 60 * 60 * 1_000;

async fn get(test: &TestApp, path: &str, cookie: &str) -> Answer {
    let request = TestApp::request("GET", path).header("cookie", cookie);
    test.send(request.body(Body::empty()).unwrap()).await
}

async fn bearer(test: &TestApp, method: &str, path: &str, token: &str) -> Answer {
    let request = TestApp::request(method, path).header("authorization", format!("Bearer {token}"));
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    test.send(request.body(Body::empty()).unwrap()).await
}

async fn sign_in(test: &TestApp, name: &str, password: &str) -> Answer {
    let form = format!("name={name}&password={}", encode(password));
    test.post("/sign-in", "", &form).await
}

/// The one after `before` on the page, up to the next quote or tag.
fn after<'a>(page: &'a str, before: &str) -> &'a str {
    let (_, rest) = page.split_once(before).unwrap_or_else(|| panic!("no {before}\n{page}"));
    rest.split(['"', '<']).next().unwrap()
}

/// Every secret that is shown once.
fn shown(page: &str) -> Vec<String> {
    page.split("<li><code>")
        .skip(1)
        .map(|rest| after(&format!("x{rest}"), "x").to_owned())
        .collect()
}

async fn audited(test: &TestApp) -> Vec<String> {
    let mut connection = test.app.database.read().await.unwrap();
    let rows = audit::rows_after(&mut connection, 0, 1_000).await.unwrap();
    assert_eq!(audit::first_broken(&mut connection).await.unwrap(), None);
    assert!(!rows.iter().any(|row| row.detail.contains("sajeon_")), "{rows:?}");
    rows.into_iter().map(|row| row.action).collect()
}

/// Sets a second factor up; its secret and the recovery codes.
async fn with_second_factor(test: &TestApp, cookie: &str) -> (TotpSecret, Vec<String>) {
    let offer = test.post("/settings/second-factor/offer", cookie, "").await;
    assert_eq!(offer.status, 200, "{}", offer.body);
    assert!(offer.body.contains("<svg role=\"img\"") && offer.body.contains("<path d=\"M"));
    let sealed = after(&offer.body, "name=\"sealed\" value=\"").to_owned();
    let own = own_session(test, cookie).await;
    let secret = second_factor::offered_secret(&test.app.accounts.seal, &own, &sealed);
    let secret = secret.unwrap();
    let wrong =
        test.post("/settings/second-factor", cookie, &format!("sealed={sealed}&code=12")).await;
    assert_eq!(wrong.status, 422);
    let code = secret.code_at(test.app.clock.now_ms());
    let form = format!("sealed={sealed}&code={code}");
    let begun = test.post("/settings/second-factor", cookie, &form).await;
    let codes = shown(&begun.body);
    assert_eq!((begun.status.as_u16(), codes.len()), (200, 10), "{}", begun.body);
    (secret, codes)
}

async fn own_session(test: &TestApp, cookie: &str) -> OwnSession {
    let (_, secret) = cookie.split_once('=').unwrap();
    let hash = PlainToken::received(secret).unwrap().hash();
    let found = store::session(&mut test.app.database.read().await.unwrap(), &hash).await;
    let found = found.unwrap().unwrap();
    OwnSession {
        id: found.id,
        person: found.person,
        proved_ms: found.proved_ms,
        owes_factor: false,
    }
}

#[tokio::test]
async fn a_second_factor_is_asked_after_the_password() {
    let test = TestApp::new().await;
    test.add("minji", "", Role::Owner, "correct horse").await;
    let other = sign_in(&test, "minji", "correct horse").await.cookie();
    let cookie = sign_in(&test, "minji", "correct horse").await.cookie();
    let (secret, _) = with_second_factor(&test, &cookie).await;
    // Other browsers came in without it.
    assert_eq!(get(&test, "/settings", &other).await.status, 401);

    let half = sign_in(&test, "minji", "correct horse").await;
    assert_eq!(half.header("location"), "/sign-in/code?back=%2F");
    let step = half.cookie();
    assert!(step.starts_with("sajeon-8080-step=sajeon_"), "{step}");
    // What goes on with a sign-in is no session, under whichever name.
    let as_session = step.replace("-step", "");
    for cookie in [&step, &as_session] {
        assert_eq!(get(&test, "/settings", cookie).await.status, 401, "{cookie}");
    }
    assert_eq!(get(&test, "/sign-in/code", &step).await.status, 200);
    let used = secret.code_at(test.app.clock.now_ms());
    let replayed = test.post("/sign-in/code", &step, &format!("code={used}")).await;
    assert_eq!(replayed.status, 401, "the code that set it up was used");
    test.now_ms.fetch_add(30_000, Ordering::Relaxed);
    let code = secret.code_at(test.app.clock.now_ms());
    let done = test.post("/sign-in/code", &step, &format!("code={code}&back=/p/x")).await;
    assert_eq!((done.status.as_u16(), done.header("location")), (303, "/p/x"));
    let session = done.cookie();
    assert!(session.starts_with("sajeon-8080=sajeon_") && session != as_session);
    assert_eq!(get(&test, "/settings", &session).await.status, 200);
    // The half-done sign-in is used up, and so is the code.
    let again = test.post("/sign-in/code", &step, &format!("code={code}")).await;
    assert!(again.header("location").starts_with("/sign-in?"), "{:?}", again.headers);
    let step = sign_in(&test, "minji", "correct horse").await.cookie();
    assert_eq!(test.post("/sign-in/code", &step, &format!("code={code}")).await.status, 401);
    let actions = audited(&test).await;
    assert!(actions.contains(&"second-factor.begin".to_owned()), "{actions:?}");
}

#[tokio::test]
async fn a_recovery_code_works_once_also_without_the_key() {
    let test = TestApp::new().await;
    test.add("minji", "", Role::Owner, "correct horse").await;
    let cookie = sign_in(&test, "minji", "correct horse").await.cookie();
    let (_, codes) = with_second_factor(&test, &cookie).await;
    let stored = store::stored_hashes(&mut test.app.database.read().await.unwrap()).await;
    assert!(stored.len() == 10 && !stored.contains(&codes[0]));
    // A restore elsewhere has another key.
    let key = test.app.data.join(seal::KEY_FILE);
    assert!(std::fs::read_to_string(key).unwrap().len() == 64);
    for (code, status) in [(&codes[0], 303), (&codes[0], 401), (&codes[1].to_uppercase(), 303)] {
        let step = sign_in(&test, "minji", "correct horse").await.cookie();
        let answer = test.post("/sign-in/code", &step, &format!("code={code}")).await;
        assert_eq!(answer.status.as_u16(), status, "{code}");
    }
    let cookie = sign_in(&test, "minji", "correct horse").await.cookie();
    let cookie = test.post("/sign-in/code", &cookie, &format!("code={}", codes[2])).await.cookie();
    assert!(get(&test, "/settings", &cookie).await.body.contains("7 recovery codes are left"));
    let renewed = shown(&test.post("/settings/second-factor/codes", &cookie, "").await.body);
    assert_eq!(renewed.len(), 10);
    let step = sign_in(&test, "minji", "correct horse").await.cookie();
    assert_eq!(test.post("/sign-in/code", &step, &format!("code={}", codes[3])).await.status, 401);
    let ended = test.post("/settings/second-factor/end", &cookie, "").await;
    assert_eq!(ended.status, 303);
    assert_eq!(sign_in(&test, "minji", "correct horse").await.header("location"), "/");
}

#[tokio::test]
async fn codes_are_not_guessed() {
    let test = TestApp::new().await;
    test.add("minji", "", Role::Owner, "correct horse").await;
    let cookie = sign_in(&test, "minji", "correct horse").await.cookie();
    with_second_factor(&test, &cookie).await;
    let step = sign_in(&test, "minji", "correct horse").await.cookie();
    for _ in 0..sign_in::TRIES_MAX {
        assert_eq!(test.post("/sign-in/code", &step, "code=000000").await.status, 401);
    }
    assert_eq!(test.post("/sign-in/code", &step, "code=000000").await.status, 303);
    // The password counts too: it does not open a new row of tries.
    let mut waits = 0;
    for _ in 0..throttle::PER_NAME.at_once {
        let half = sign_in(&test, "minji", "correct horse").await;
        if half.status == 429 {
            waits += 1;
        }
    }
    assert!(waits > 0);
    let rest_ms = throttle::PER_NAME.at_once * throttle::PER_NAME.every_ms;
    test.now_ms.fetch_add(rest_ms, Ordering::Relaxed);
    let step = sign_in(&test, "minji", "correct horse").await.cookie();
    test.now_ms.fetch_add(sign_in::STEP_MS, Ordering::Relaxed);
    assert_eq!(get(&test, "/sign-in/code", &step).await.status, 303);
}

#[tokio::test]
async fn what_matters_most_asks_again_who_it_is() {
    let test = TestApp::new().await;
    test.add("minji", "", Role::Owner, "correct horse").await;
    let cookie = sign_in(&test, "minji", "correct horse").await.cookie();
    test.now_ms.fetch_add(PROOF_MS, Ordering::Relaxed);
    for path in [
        "/settings/tokens",
        "/settings/second-factor/offer",
        "/settings/second-factor/end",
        "/settings/second-factor/codes",
    ] {
        let answer = test.post(path, &cookie, "role=viewer").await;
        assert!(answer.header("location").starts_with("/settings/confirm?"), "{path}");
    }
    assert_eq!(test.post("/settings/confirm", &cookie, "password=wrong").await.status, 403);
    let confirmed = test.post("/settings/confirm", &cookie, "password=correct+horse&back=/p").await;
    assert_eq!((confirmed.status.as_u16(), confirmed.header("location")), (303, "/p"));
    // A new secret, as at every sign-in; the old one is worth nothing.
    let fresh = confirmed.cookie();
    assert_eq!(get(&test, "/settings", &cookie).await.status, 401);
    let made = test.post("/settings/tokens", &fresh, "role=viewer&label=CI&days=30").await;
    let [token] = shown(&made.body).try_into().unwrap();
    assert_eq!((made.status.as_u16(), made.header("cache-control")), (200, "no-store"));
    assert_eq!(bearer(&test, "GET", "/settings", &token).await.status, 200);
    assert!(!get(&test, "/settings", &fresh).await.body.contains(&token));
    // A token changes no account, whatever its role.
    for path in ["/settings/tokens", "/settings/password", "/people/roles", "/people/invitations"] {
        assert_eq!(bearer(&test, "POST", path, &token).await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let test = TestApp::new().await;
    test.add("minji", "", Role::Owner, "correct horse").await;
    let other = sign_in(&test, "minji", "correct horse").await.cookie();
    let own = sign_in(&test, "minji", "correct horse").await.cookie();
    for (form, status) in [
        ("current=wrong&new=battery+staple", 403),
        ("new=battery+staple", 403),
        ("current=correct+horse&new=password1", 422),
        ("current=correct+horse&new=battery+staple", 303),
    ] {
        let answer = test.post("/settings/password", &own, form).await;
        assert_eq!(answer.status.as_u16(), status, "{form}");
        if status == 303 {
            assert_eq!(get(&test, "/settings", &answer.cookie()).await.status, 200);
        }
    }
    assert_eq!(get(&test, "/settings", &other).await.status, 401);
    assert_eq!(get(&test, "/settings", &own).await.status, 401);
    assert_eq!(sign_in(&test, "minji", "correct horse").await.status, 401);
    let own = sign_in(&test, "minji", "battery staple").await.cookie();
    let second = sign_in(&test, "minji", "battery staple").await.cookie();
    assert_eq!(test.post("/settings/sessions/end", &own, "").await.status, 303);
    assert_eq!(get(&test, "/settings", &second).await.status, 401);
    assert_eq!(get(&test, "/settings", &own).await.status, 200);
}

#[tokio::test]
async fn who_has_no_password_sets_the_first_one() {
    let test = TestApp::new().await;
    let (database, clock) = (&test.app.database, &test.app.clock);
    let link = operation::make_link(database, clock).await.unwrap().unwrap();
    let path = format!("/sign-in/{}", link.reveal());
    let own = test.post(&path, "", "name=minji").await.cookie();
    let set = test.post("/settings/password", &own, "new=correct+horse").await;
    assert_eq!(set.status, 303);
    let wrong = test.post("/settings/password", &set.cookie(), "new=battery+staple").await;
    assert_eq!(wrong.status, 403);
}

async fn invite(test: &TestApp, cookie: &str, form: &str) -> String {
    let made = test.post("/people/invitations", cookie, form).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let [link] = shown(&made.body).try_into().unwrap();
    link.strip_prefix("http://localhost:8080").unwrap().to_owned()
}

#[tokio::test]
async fn an_invitation_works_once_and_in_time() {
    let test = TestApp::new().await;
    test.add("minji", "", Role::Owner, "correct horse").await;
    let owner = sign_in(&test, "minji", "correct horse").await.cookie();
    let link = invite(&test, &owner, "role=author&days=1&label=Tanaka").await;
    for _ in 0..3 {
        assert_eq!(test.get(&link).await.status, 200);
    }
    let form = "name=tanaka&display_name=%E7%94%B0%E4%B8%AD&password=battery+staple";
    assert_eq!(test.post(&link, "", "name=tanaka&password=short").await.status, 422);
    assert_eq!(test.post(&link, "", "name=minji&password=battery+staple").await.status, 409);
    let joined = test.post(&link, "", form).await;
    assert_eq!((joined.status.as_u16(), joined.header("location")), (303, "/"));
    let settings = get(&test, "/settings", &joined.cookie()).await.body;
    assert!(settings.contains("田中") && settings.contains("Author"), "{settings}");
    assert_eq!(get(&test, "/people", &joined.cookie()).await.status, 403);
    assert_eq!(test.post(&link, "", form).await.status, 404);
    assert_eq!(test.get(&link).await.status, 404);

    // Somebody with an account gets the role, and never a lower one.
    let link = invite(&test, &owner, "role=viewer&days=1").await;
    let accept = format!("{link}/accept");
    assert_eq!(test.post(&accept, "", "").await.status, 401);
    assert_eq!(test.post(&accept, &joined.cookie(), "").await.status, 303);
    assert_eq!(test.post(&accept, &joined.cookie(), "").await.status, 404);
    assert!(get(&test, "/settings", &joined.cookie()).await.body.contains("Author"));

    let late = invite(&test, &owner, "role=author&days=1").await;
    test.now_ms.fetch_add(24 * HOUR_MS, Ordering::Relaxed);
    let owner = sign_in(&test, "minji", "correct horse").await.cookie();
    assert_eq!(test.get(&late).await.status, 404);
    assert_eq!(test.post(&late, "", "name=late&password=battery+staple").await.status, 404);

    let taken_back = invite(&test, &owner, "role=author&days=1").await;
    let page = get(&test, "/people", &owner).await.body;
    let path = format!("/people/invitations/{}", after(&page, "/people/invitations/"));
    assert_eq!(test.post(&path, "", "").await.status, 401);
    assert_eq!(test.post(&path, &owner, "").await.status, 303);
    assert_eq!(test.get(&taken_back).await.status, 404);

    // What somebody made ends with their right to make it.
    test.add("jihun", "", Role::Owner, "correct house").await;
    let jihun = sign_in(&test, "jihun", "correct house").await.cookie();
    let orphan = invite(&test, &jihun, "role=owner&days=1").await;
    assert_eq!(test.post("/people/roles", &owner, "person=jihun&role=lead").await.status, 303);
    assert_eq!(test.get(&orphan).await.status, 404);
    audited(&test).await;
}

#[tokio::test]
async fn a_role_above_ones_own_is_refused() {
    let test = TestApp::new().await;
    test.add("minji", "hanbit", Role::Owner, "correct horse").await;
    test.add("jihun", "orion", Role::Author, "correct house").await;
    let owner = sign_in(&test, "minji", "correct horse").await.cookie();
    // An owner of one project has no say in another, nor in all.
    for form in ["project=&role=viewer&days=1", "project=orion&role=viewer&days=1"] {
        assert_eq!(test.post("/people/invitations", &owner, form).await.status, 403, "{form}");
        let form = format!("{form}&person=minji&name=bot");
        for path in ["/people/roles", "/people/services", "/people/tokens"] {
            assert_eq!(test.post(path, &owner, &form).await.status, 403, "{path} {form}");
        }
    }
    for path in ["/people/disable", "/people/sessions/end", "/people/second-factor/end"] {
        assert_eq!(test.post(path, &owner, "person=jihun&disabled=1").await.status, 403, "{path}");
    }
    let page = get(&test, "/people", &owner).await;
    assert!(page.status == 200 && !page.body.contains("jihun"), "{}", page.body);
    let author = sign_in(&test, "jihun", "correct house").await.cookie();
    assert_eq!(get(&test, "/people", &author).await.status, 403);
    assert_eq!(test.get("/people").await.status, 401);
    for (form, status) in [
        ("project=orion&role=author&days=7", 200),
        ("project=orion&role=responder&days=7", 403),
        ("project=hanbit&role=viewer&days=7", 403),
        ("project=&role=owner&days=7", 403),
        ("project=orion&role=king&days=7", 400),
        ("project=orion&role=author&days=99999999", 400),
    ] {
        let answer = test.post("/settings/tokens", &author, form).await;
        assert_eq!(answer.status.as_u16(), status, "{form}");
    }
}

#[tokio::test]
async fn a_disabled_account_is_out_for_good() {
    let test = TestApp::new().await;
    test.add("minji", "", Role::Owner, "correct horse").await;
    test.add("jihun", "", Role::Author, "correct house").await;
    let owner = sign_in(&test, "minji", "correct horse").await.cookie();
    let jihun = sign_in(&test, "jihun", "correct house").await.cookie();
    let token = test.token("jihun", Role::Viewer, None).await;
    assert_eq!(bearer(&test, "GET", "/settings", &token).await.status, 200);
    let disable = |value: u8| format!("person=jihun&disabled={value}");
    assert_eq!(test.post("/people/disable", &owner, &disable(1)).await.status, 303);
    assert_eq!(get(&test, "/settings", &jihun).await.status, 401);
    assert_eq!(bearer(&test, "GET", "/settings", &token).await.status, 401);
    assert_eq!(sign_in(&test, "jihun", "correct house").await.status, 401);
    // Let in again, what was stolen before stays worthless.
    assert_eq!(test.post("/people/disable", &owner, &disable(0)).await.status, 303);
    assert_eq!(get(&test, "/settings", &jihun).await.status, 401);
    assert_eq!(bearer(&test, "GET", "/settings", &token).await.status, 401);
    let jihun = sign_in(&test, "jihun", "correct house").await.cookie();
    assert_eq!(test.post("/people/sessions/end", &owner, "person=jihun").await.status, 303);
    assert_eq!(get(&test, "/settings", &jihun).await.status, 401);
    let nobody = test.post("/people/disable", &owner, "person=nobody&disabled=1").await;
    assert_eq!(nobody.status, 404);
    assert!(nobody.body.contains("Nobody has this account name."), "{}", nobody.body);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let test = TestApp::new().await;
    test.add("minji", "", Role::Owner, "correct horse").await;
    let owner = sign_in(&test, "minji", "correct horse").await.cookie();
    let attempts = [
        ("/people/roles", "person=minji&role="),
        ("/people/roles", "person=minji&role=lead"),
        ("/people/disable", "person=minji&disabled=1"),
    ];
    for (path, form) in attempts {
        let answer = test.post(path, &owner, form).await;
        assert_eq!(answer.status, 409, "{path} {form}");
        assert!(answer.body.contains("the only site administrator"));
    }
    // A service is nobody who could sign in and put things right.
    assert_eq!(test.post("/people/services", &owner, "name=bot&role=owner").await.status, 303);
    assert_eq!(test.post("/people/roles", &owner, "person=minji&role=").await.status, 409);
    test.add("jihun", "", Role::Owner, "").await;
    assert_eq!(test.post("/people/roles", &owner, "person=minji&role=lead").await.status, 303);
    assert_eq!(get(&test, "/people", &owner).await.status, 403);
}

#[tokio::test]
async fn a_service_acts_with_tokens_and_never_signs_in() {
    let test = TestApp::new().await;
    test.add("minji", "", Role::Owner, "correct horse").await;
    let owner = sign_in(&test, "minji", "correct horse").await.cookie();
    let form = "name=ci-bot&display_name=CI&role=author";
    assert_eq!(test.post("/people/services", &owner, form).await.status, 303);
    assert_eq!(test.post("/people/services", &owner, form).await.status, 409);
    let form = "person=ci-bot&role=viewer&label=nightly&days=30";
    let made = test.post("/people/tokens", &owner, form).await;
    let [token] = shown(&made.body).try_into().unwrap();
    let too_much = test.post("/people/tokens", &owner, "person=ci-bot&role=lead&days=30").await;
    assert_eq!(too_much.status, 403);
    // Nobody makes tokens in another person's name.
    let other = test.post("/people/tokens", &owner, "person=minji&role=viewer&days=30").await;
    assert_eq!(other.status, 404);
    assert_eq!(bearer(&test, "GET", "/settings", &token).await.status, 200);
    assert_eq!(sign_in(&test, "ci-bot", "").await.status, 401);
    while !test.app.tasks.is_empty() {
        tokio::task::yield_now().await;
    }
    let page = get(&test, "/people", &owner).await.body;
    assert!(page.contains("nightly") && !page.contains("not yet"), "{page}");
    let path = format!("/people/tokens/{}", after(&page, "/people/tokens/"));
    assert_eq!(test.post(&path, &owner, "").await.status, 303);
    assert_eq!(bearer(&test, "GET", "/settings", &token).await.status, 401);
}

#[tokio::test]
async fn a_persons_language_stands_before_the_browsers() {
    let test = TestApp::new().await;
    test.add("minji", "", Role::Owner, "correct horse").await;
    let cookie = sign_in(&test, "minji", "correct horse").await.cookie();
    let form = "display_name=%EB%AF%BC%EC%A7%80&language=ko&reads_ja=on&reads_ko=on";
    assert_eq!(test.post("/settings/profile", &cookie, form).await.status, 303);
    let both = format!("{cookie}; sajeon-language=ja");
    for path in ["/settings", "/people", "/sign-in"] {
        let request = TestApp::request("GET", path).header("cookie", &both);
        let request = request.header("accept-language", "en").header("accept", "text/html");
        let page = test.send(request.body(Body::empty()).unwrap()).await;
        assert!(page.body.contains("<html lang=\"ko\">"), "{path}");
    }
    // Also where something failed.
    let request = TestApp::request("GET", "/nowhere").header("cookie", &both);
    let request = request.header("accept", "text/html");
    let page = test.send(request.body(Body::empty()).unwrap()).await;
    assert!(page.status == 404 && page.body.contains("<html lang=\"ko\">"));
    assert!(page.body.contains("민지"), "{}", page.body);
    // The switcher changes what is kept.
    assert_eq!(test.post("/language", &cookie, "lang=ja&back=/settings").await.status, 303);
    assert!(get(&test, "/settings", &cookie).await.body.contains("<html lang=\"ja\">"));
    let person = store::person(&mut test.app.database.read().await.unwrap(), "minji").await;
    let person = person.unwrap().unwrap();
    let codes: Vec<_> = person.languages.iter().map(|lang| lang.code()).collect();
    assert_eq!((person.display_name.as_str(), codes), ("민지", vec!["ko", "ja"]));
    let long = format!("display_name={}", "x".repeat(101));
    assert_eq!(test.post("/settings/profile", &cookie, &long).await.status, 422);
}

/// The path that an answer leads to.
fn led(answer: &Answer) -> &str {
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.header("location")
}

#[tokio::test]
async fn a_second_factor_can_be_demanded_from_everybody() {
    let test = TestApp::new().await;
    test.add("minji", "", Role::Owner, "correct horse").await;
    test.add("jihun", "", Role::Author, "correct horse").await;
    let token = test.token("jihun", Role::Author, None).await;
    let admin = sign_in(&test, "minji", "correct horse").await.cookie();
    let before = sign_in(&test, "jihun", "correct horse").await.cookie();
    let demand = "/people/second-factor/demand";
    assert_eq!(test.post(demand, &before, "demanded=1").await.status, 403);
    assert!(get(&test, "/people", &admin).await.body.contains("2 people have none yet"));
    assert_eq!(led(&test.post(demand, &admin, "demanded=1").await), "/people?done");

    // Sessions from before are led there, too; so is who demanded it.
    let first = "/settings/second-factor?back=";
    let entered = sign_in(&test, "jihun", "correct horse").await.cookie();
    for cookie in [&entered, &before, &admin] {
        for path in ["/", "/settings", "/people", "/p/demo?x=1", "/settings/tokens", "/nowhere"] {
            let answer = get(&test, path, cookie).await;
            assert_eq!(led(&answer), format!("{first}{}", encode(path)), "{path}");
        }
        for path in ["/settings/tokens", "/settings/second-factor/end", demand, "/projects/new"] {
            assert_eq!(test.post(path, cookie, "role=viewer").await.status, 403, "{path}");
        }
        assert_eq!(get(&test, "/api/v1/projects", cookie).await.status, 403);
        let page = get(&test, "/settings/second-factor?back=/p/demo", cookie).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("Everybody here has a second factor"), "{}", page.body);
        assert!(page.body.contains("name=\"back\" value=\"/p/demo\""), "{}", page.body);
    }
    // A program goes on, and who is not signed in reads what is public.
    assert_eq!(bearer(&test, "GET", "/api/v1/projects", &token).await.status, 200);
    assert_eq!(test.get("/").await.status, 200);

    let (secret, codes) = with_second_factor(&test, &entered).await;
    assert_eq!(get(&test, "/settings", &entered).await.status, 200);
    test.now_ms.fetch_add(30_000, Ordering::Relaxed);
    let step = sign_in(&test, "jihun", "correct horse").await.cookie();
    let form = format!("code={}", secret.code_at(test.app.clock.now_ms()));
    assert_eq!(led(&test.post("/sign-in/code", &step, &form).await), "/");

    // Turned off by its person, or by an administrator for who lost it: it is demanded again.
    assert_eq!(codes.len(), 10);
    test.post("/settings/second-factor/end", &entered, "").await;
    assert!(led(&get(&test, "/settings", &entered).await).starts_with(first));
    assert!(audited(&test).await.contains(&"second-factor.demand".to_owned()));
}

#[tokio::test]
async fn who_came_by_a_link_without_a_password_is_led_through() {
    let test = TestApp::with(|config| config.accounts.demand_second_factor = true).await;
    let link = operation::make_link(&test.app.database, &test.app.clock).await;
    let link = link.unwrap().unwrap();
    let path = format!("/sign-in/{}", link.reveal());
    let cookie = test.post(&path, "", "name=minji").await.cookie();
    test.now_ms.fetch_add(PROOF_MS, Ordering::Relaxed);
    let page = get(&test, "/settings/second-factor", &cookie).await;
    assert!(page.body.contains("action=\"/settings/password\""), "{}", page.body);
    let set = test.post("/settings/password", &cookie, "new=correct+horse").await;
    let cookie = set.cookie();
    assert_eq!(set.status, 303);
    with_second_factor(&test, &cookie).await;
    // What the settings file says is not undone on a page.
    let people = get(&test, "/people", &cookie).await;
    assert!(people.body.contains("The settings file demands it"), "{}", people.body);
    assert!(!people.body.contains("name=\"demanded\""));
    assert_eq!(led(&test.post("/settings/second-factor/end", &cookie, "").await), "/settings?done");
    assert_eq!(get(&test, "/settings", &cookie).await.status, 303);
}
