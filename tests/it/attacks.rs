//! What another site, a thief of an address and a planter of cookies try, each by its name.

use reqwest::Method;

use crate::fixture::{self, demo};
use crate::harness::sandbox::PASSWORD;
use crate::harness::{Answer, Sandbox, Service, Tree};

const FORM: &str = "application/x-www-form-urlencoded";

fn hidden() -> Tree {
    demo()
        .with("glossary/demo/glossary.toml", &fixture::PROJECT.replace("\"public\"", "\"private\""))
}

/// Signs in as a browser does, with cookies that it already has; gives the answer.
async fn sign_in(service: &Service, name: &str, cookie: &str) -> Answer {
    let form = format!("name={name}&password={}", PASSWORD.replace(' ', "+"));
    let request = service.request(Method::POST, "/sign-in").form(&form);
    request.header("sec-fetch-site", "same-origin").header("cookie", cookie).send().await
}

/// `name=value` of the session that an answer gives.
fn cookie(answer: &Answer) -> String {
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(cookie.contains("sajeon_"), "{}", answer.shown());
    cookie
}

/// Whether the cookie lets somebody in.
async fn is_in(service: &Service, cookie: &str) -> bool {
    let answer = service.get("/settings").header("cookie", cookie).send().await;
    assert!(matches!(answer.status, 200 | 303 | 401), "{}", answer.shown());
    answer.status == 200
}

/// A service with one person, and the cookie of that person.
async fn signed_in() -> (Service, String) {
    let service = Service::start(&hidden()).await;
    service.sandbox.person("minji", "owner", None);
    let answer = sign_in(&service, "minji", "").await.is(303);
    let cookie = cookie(&answer);
    assert!(is_in(&service, &cookie).await);
    (service, cookie)
}

/// Unsafe requests that a person with a session may make.
const UNSAFE: [(&str, &str); 6] = [
    ("POST", "/sign-out"),
    ("POST", "/language"),
    ("POST", "/p/demo/words/outage/delete"),
    ("POST", "/p/demo/words/new"),
    ("PUT", "/api/v1/projects/demo/concepts/outage"),
    ("DELETE", "/api/v1/projects/demo/concepts/outage"),
];

async fn each_is_refused(service: &Service, cookie: &str, headers: &[(&str, &str)]) {
    for (method, path) in UNSAFE {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = service.request(method, path).form("").header("cookie", cookie);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let answer = request.send().await;
        assert_eq!(answer.status, 403, "{headers:?}\n{}", answer.shown());
        assert_eq!(answer.json()["type"], "urn:sajeon:problem:cross-site", "{}", answer.shown());
    }
    assert!(is_in(service, cookie).await, "{headers:?}");
}

#[tokio::test]
async fn cross_site_post() {
    let (service, cookie) = signed_in().await;
    for site in ["cross-site", "same-site", "nonsense", ""] {
        each_is_refused(&service, &cookie, &[("sec-fetch-site", site)]).await;
    }
    // A browser that says nothing but has the cookie, as old ones do for a form of another site.
    each_is_refused(&service, &cookie, &[]).await;
    // Without a cookie nobody's rights are borrowed, and signing somebody in is refused as well.
    let request = service.request(Method::POST, "/sign-in").form("name=a&password=b");
    request.header("sec-fetch-site", "cross-site").gives(403).await;
}

#[tokio::test]
async fn wrong_origin() {
    let (service, cookie) = signed_in().await;
    let port = service.address().rsplit(':').next().unwrap().to_owned();
    for origin in [
        "https://evil.example".to_owned(),
        "http://127.0.0.1:1".to_owned(),
        "http://127.0.0.1".to_owned(),
        format!("https://127.0.0.1:{port}"),
        format!("http://127.0.0.1:{port}.evil.example"),
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{port}, http://evil.example"),
    ] {
        each_is_refused(&service, &cookie, &[("origin", &origin)]).await;
    }
    // The right one is not enough when the browser says that another site asks.
    let own = service.address().to_owned();
    let both = [("origin", own.as_str()), ("sec-fetch-site", "cross-site")];
    each_is_refused(&service, &cookie, &both).await;
    let request = service.request(Method::POST, "/sign-out").form("");
    request.header("origin", &own).header("cookie", &cookie).gives(303).await;
}

#[tokio::test]
async fn null_origin() {
    let (service, cookie) = signed_in().await;
    each_is_refused(&service, &cookie, &[("origin", "null")]).await;
    // And it is never given back to a page that asks to read.
    for origin in ["null", "https://evil.example"] {
        let answer = service.get("/api/v1/projects").header("origin", origin).gives(200).await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{}", answer.shown());
        let preflight = service.request(Method::OPTIONS, "/api/v1/projects");
        let preflight = preflight.header("access-control-request-method", "PUT");
        let answer = preflight.header("origin", origin).send().await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{}", answer.shown());
        assert_eq!(answer.header("access-control-allow-methods"), "", "{}", answer.shown());
    }
}

#[tokio::test]
async fn rebound_host() {
    let (service, cookie) = signed_in().await;
    let port = service.address().rsplit(':').next().unwrap().to_owned();
    let token = service.sandbox.person("tanaka", "owner", None);
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("localhost.evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        "192.0.2.1".to_owned(),
        "[::ffff:192.0.2.1]".to_owned(),
        "localhost@evil.example".to_owned(),
    ] {
        for path in ["/", "/p/demo", "/api/v1/projects", "/metrics", "/assets/site.css"] {
            let request = service.get(path).header("host", &host).header("cookie", &cookie);
            assert_eq!(request.send().await.status, 421, "{host} {path}");
            let request = service.get(path).header("host", &host).token(&token);
            assert_eq!(request.send().await.status, 421, "{host} {path}");
        }
        // Nor does what the page claims of itself help.
        let origin = format!("http://{host}");
        let request = service.request(Method::POST, "/sign-out").form("").header("host", &host);
        let request = request.header("origin", &origin).header("sec-fetch-site", "same-origin");
        request.header("cookie", &cookie).gives(421).await;
    }
    assert!(is_in(&service, &cookie).await);
}

#[tokio::test]
async fn replayed_cookie() {
    let (service, cookie) = signed_in().await;
    let request = service.request(Method::POST, "/sign-out").form("");
    let request = request.header("sec-fetch-site", "same-origin").header("cookie", &cookie);
    let answer = request.gives(303).await;
    assert!(answer.header("set-cookie").contains("Max-Age=0"), "{}", answer.shown());
    assert!(!is_in(&service, &cookie).await, "a cookie from before signing out");
    // One that was changed, cut short, made up, or is another's name for a known one.
    let answer = sign_in(&service, "minji", "").await.is(303);
    let fresh = self::cookie(&answer);
    let (name, secret) = fresh.split_once('=').unwrap();
    let last = if secret.ends_with('0') { "1" } else { "0" };
    for wrong in [
        format!("{name}={}{last}", &secret[..secret.len() - 1]),
        format!("{name}={}", &secret[..secret.len() - 2]),
        format!("{name}={secret}{secret}"),
        format!("{name}=sajeon_"),
        format!("other-{name}={secret}"),
    ] {
        assert!(!is_in(&service, &wrong).await, "{wrong}");
    }
    // A session is no token, and a token is no session.
    service.get("/api/v1/projects").token(secret).gives(401).await;
    let token = service.sandbox.person("tanaka", "owner", None);
    assert!(!is_in(&service, &format!("{name}={token}")).await);
    assert!(is_in(&service, &fresh).await);
}

#[tokio::test]
async fn session_fixation() {
    let (service, planted) = signed_in().await;
    service.sandbox.person("tanaka", "viewer", Some("demo"));
    // The attacker's own live session stands in the victim's browser, who signs in over it.
    let answer = sign_in(&service, "tanaka", &planted).await.is(303);
    let own = cookie(&answer);
    assert_ne!(own, planted);
    assert!(is_in(&service, &own).await);
    assert!(!is_in(&service, &planted).await, "the session that was there before ends");
    // A value that was never given out is not taken over.
    let (name, _) = planted.split_once('=').unwrap();
    let made_up = format!("{name}=sajeon_{}", "a".repeat(64));
    let answer = sign_in(&service, "tanaka", &made_up).await.is(303);
    assert_ne!(cookie(&answer), made_up);
    assert!(!is_in(&service, &made_up).await);
}

#[tokio::test]
async fn token_in_the_url_is_ignored() {
    let service = Service::start(&hidden()).await;
    let token = service.sandbox.person("minji", "owner", None);
    service.get("/api/v1/projects/demo").token(&token).gives(200).await;
    let encoded = token.replace('_', "%5F");
    for name in ["token", "access_token", "authorization", "sajeon", "session"] {
        for value in [&token, &encoded] {
            let answer = service.get(&format!("/p/demo?{name}={value}")).send().await;
            assert_eq!(answer.status, 404, "{}", answer.shown());
            let path = format!("/api/v1/projects/demo?{name}={value}");
            let answer = service.get(&path).send().await;
            assert!(matches!(answer.status, 400 | 404), "{}", answer.shown());
            let found = service.get(&format!("/settings?{name}={value}")).send().await;
            assert!(matches!(found.status, 303 | 401), "{}", found.shown());
        }
    }
    let log = std::fs::read_to_string(service.sandbox.path("service.log")).unwrap();
    assert!(!log.contains(&token) && !log.contains(&encoded), "the address was logged");
}

#[tokio::test]
async fn secrets_are_never_logged() {
    let sandbox = Sandbox::new().await;
    std::fs::create_dir_all(sandbox.data()).unwrap();
    let settings = "[log]\nfilter = \"trace\"\n";
    std::fs::write(sandbox.data().join("sajeon.toml"), settings).unwrap();
    let content = demo().write(&sandbox.path("content"));
    let service = Service::start_in(sandbox, content).await;
    let mut secrets = vec![PASSWORD.to_owned(), PASSWORD.replace(' ', "+")];
    // The sign-in link, opened and used.
    let line = service.printed().into_iter().find(|line| line.contains("/sign-in/")).unwrap();
    let link = line.rsplit("/sign-in/").next().unwrap().trim().to_owned();
    service.get(&format!("/sign-in/{link}")).gives(200).await;
    let form = "name=minji&display_name=Minji&password=nine+dark+ships+in+the+bay";
    let request = service.request(Method::POST, &format!("/sign-in/{link}")).form(form);
    let answer = request.header("sec-fetch-site", "same-origin").gives(303).await;
    secrets.push(cookie(&answer).split_once('=').unwrap().1.to_owned());
    secrets.extend([link, "nine dark ships".to_owned(), "nine+dark+ships".to_owned()]);
    // Signing in: rightly, wrongly, and with the password in the field of the name.
    let token = service.sandbox.person("tanaka", "author", Some("demo"));
    let answer = sign_in(&service, "tanaka", "").await.is(303);
    secrets.push(cookie(&answer).split_once('=').unwrap().1.to_owned());
    for form in ["name=tanaka&password=wrong+horse+here", "name=wrong+horse+here&password=x"] {
        let request = service.request(Method::POST, "/sign-in").form(form);
        let request = request.header("sec-fetch-site", "same-origin");
        assert_eq!(request.header("content-type", FORM).send().await.status, 401);
    }
    secrets.extend(["wrong horse".to_owned(), "wrong+horse".to_owned()]);
    // Tokens: a good one, and one that is not.
    service.get("/api/v1/projects").token(&token).gives(200).await;
    let bad = format!("sajeon_{}", "b".repeat(64));
    service.get("/api/v1/projects").token(&bad).gives(401).await;
    secrets.extend([token, bad]);
    let log = std::fs::read_to_string(service.sandbox.path("service.log")).unwrap();
    assert!(log.lines().count() > 50, "a log at level trace is long");
    for secret in secrets {
        let line = log.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{secret}");
    }
}
