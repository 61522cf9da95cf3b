//! Values that programs would take for more than text, through every way in: nothing of them ever
//! reaches a program, and each is refused with a reason.

use serde_json::{Value, json};

use super::{Lab, Served};

/// What was seen to work as an attack elsewhere, and more.
const HOSTILE: [&str; 37] = [
    "--upload-pack=touch x;",
    "n2 state ready; set server web/n3",
    r"\! echo X",
    "host=127.0.0.1 port=15434 dbname=x",
    "file:///etc/passwd",
    "fileb:///etc/passwd",
    "@/etc/passwd",
    "-o ProxyCommand=id",
    "web-2; id",
    "web-2 && id",
    "web-2|id",
    "$(id)",
    "`id`",
    "${IFS}id",
    "web-2\nid",
    "web-2\r\nid",
    "web-2\u{0}id",
    "../../../etc/passwd",
    "web-2\u{202e}",
    "web-2\u{200b}",
    "http://169.254.169.254/latest",
    "ext::sh -c id",
    "proxy_command=id",
    "{{7*7}}",
    "{node}",
    "%(id)s",
    "' or 1=1 --",
    "\"; drop table run; --",
    "*",
    "~root",
    "",
    " ",
    "web-2 web-3",
    "<script>alert(1)</script>",
    "web-2%0aid",
    "service=prod",
    "unix:/run/x.sock",
];

/// A way in. Each is given the same table.
#[derive(Debug, Clone, Copy)]
enum Door {
    Terminal,
    Api,
    WebForm,
    /// The plan of a run that was, asked for again with another value.
    Again,
    PlaybookApi,
    PlaybookTerminal,
}

const DOORS: [Door; 6] = [
    Door::Terminal,
    Door::Api,
    Door::WebForm,
    Door::Again,
    Door::PlaybookApi,
    Door::PlaybookTerminal,
];

/// What a form sends, byte for byte.
fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// Where hostile values are tried, with a run that went before.
struct Target {
    served: Served,
    token: String,
    /// The address under which the page of that run asks for the same again.
    again: String,
}

impl Target {
    async fn new() -> Self {
        let served = Served::new().await;
        let token = served.service.sandbox.person("ren", "responder", None);
        let run = served.begin(&token, "gateway-isolate", json!({ "node": "web-3" })).await;
        served.ended(&token, &run).await;
        let page = served.service.get(&format!("/runs/{run}")).token(&token).gives(200).await;
        let link = page.text().split("class=\"button\" href=\"").nth(1).unwrap();
        let again = link.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
        assert!(again.contains("arg.node=web-3"), "{again}");
        Self { served, token, again }
    }

    fn recover(&self, words: &[&str]) -> crate::harness::Ran {
        let content = self.served.content.to_str().unwrap();
        let all = [&["recover", "--content", content], words].concat();
        self.served.service.sandbox.cli(&all)
    }

    /// Why the value is refused, as this door says it; with the name of the parameter.
    async fn refusal(&self, door: Door, value: &str) -> String {
        match door {
            Door::Terminal | Door::PlaybookTerminal => {
                let (action, name) = match door {
                    Door::Terminal => ("gateway-isolate", "node"),
                    _ => ("one-bad-node", "sick"),
                };
                let given = format!("{name}={value}");
                self.recover(&["run", action, &given, "--env", "lab"]).exits(2).stderr
            }
            Door::Api | Door::PlaybookApi => {
                let (action, name) = match door {
                    Door::Api => ("gateway-isolate", "node"),
                    _ => ("one-bad-node", "sick"),
                };
                let body = json!({ "args": { name: value }, "environment": "lab", "mode": "real" });
                let problem = self.served.ask(&self.token, action, &body).await.problem(422);
                let error = &problem["errors"][0];
                let (key, message) = (&error["key"], &error["message"]);
                format!("{}: {}", key.as_str().unwrap(), message.as_str().unwrap())
            }
            Door::WebForm => {
                let form = format!("arg.node={}&run=lab+-+sha256%3A00", encoded(value));
                self.page(reqwest::Method::POST, "/recovery/gateway-isolate/runs", Some(&form), 422)
                    .await
            }
            Door::Again => {
                let mut path =
                    self.again.replace("arg.node=web-3", &format!("arg.node={}", encoded(value)));
                // Shown again it is refused, and sent again, too.
                let shown = self.page(reqwest::Method::GET, &path, None, 200).await;
                if !value.trim().is_empty() {
                    assert!(!shown.contains("name=\"run\""), "{value:?} is offered: {shown}");
                }
                let (_, query) = path.split_once('?').unwrap();
                let form = format!("{query}&run=lab+-+sha256%3A00");
                path = "/recovery/gateway-isolate/runs".to_owned();
                self.page(reqwest::Method::POST, &path, Some(&form), 422).await
            }
        }
    }

    async fn page(
        &self,
        method: reqwest::Method,
        path: &str,
        form: Option<&str>,
        status: u16,
    ) -> String {
        let request = self.served.service.request(method, path).token(&self.token);
        let request = match form {
            Some(form) => request.form(form),
            None => request,
        };
        request.gives(status).await.text().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn through_every_door() {
    let target = Target::new().await;
    let runs = target.served.service.sandbox.data().join("runs");
    let begun = || std::fs::read_dir(&runs).unwrap().count();
    let (before, calls) = (begun(), target.served.calls());
    for value in HOSTILE {
        for door in DOORS {
            let by_terminal = matches!(door, Door::Terminal | Door::PlaybookTerminal);
            if by_terminal && value.contains('\0') {
                // No program can be given one.
                continue;
            }
            let told = target.refusal(door, value).await;
            let name = told.contains("node") || told.contains("sick");
            assert!(name, "{door:?} {value:?} does not say where: {told}");
            assert!(!told.contains("<script>alert"), "{door:?} {value:?}: {told}");
        }
    }
    for given in ["mode=drain;id", "mode=DRAIN", "mode=", "mode=--help"] {
        let words = ["run", "gateway-isolate", "node=web-2", given, "--env", "lab"];
        target.recover(&words).exits(2).says("mode: ");
    }
    assert_eq!((begun(), target.served.calls()), (before, calls), "a run was begun");
}

#[tokio::test]
async fn through_the_api() {
    let served = Served::new().await;
    let token = served.service.sandbox.token("responder", Some("demo"));
    let odd = [json!(["web-2"]), json!({ "name": "web-2" }), json!(null), json!(1e99), json!(true)];
    for value in odd {
        let body = json!({ "args": { "node": value }, "environment": "lab", "mode": "real" });
        served.ask(&token, "gateway-isolate", &body).await.problem(422);
    }
    for (name, value) in [("argv", "x"), ("ot_username", "root"), ("PATH", "/tmp"), ("node ", "x")]
    {
        let args = json!({ "node": "web-2", name: value });
        let body = json!({ "args": args, "environment": "lab", "mode": "real" });
        served.ask(&token, "gateway-isolate", &body).await.problem(422);
    }
    for environment in ["../lab", "LAB", "lab\n", "nowhere"] {
        let body = json!({ "args": { "node": "web-2" }, "environment": environment,
            "mode": "real" });
        served.ask(&token, "gateway-isolate", &body).await.problem(422);
    }
    for action in ["..%2Fgateway-isolate", "gateway.sh", "tree", "%00"] {
        let body = json!({ "args": { "node": "web-2" }, "environment": "lab", "mode": "real" });
        let status = served.ask(&token, action, &body).await.status;
        assert!(matches!(status, 400 | 404), "{action}: {status}");
    }
    for run in ["..%2F..%2Fdata", "0198c0de", "0198C0DE-0000-7000-8000-000000000000"] {
        let path = format!("/api/v1/runs/{run}");
        served.service.get(&path).token(&token).send().await.problem(404);
    }
    assert_eq!(served.calls(), 0);
}

#[tokio::test]
async fn nothing_is_glued_to_an_argument() {
    let lab = Lab::new().await;
    let ran = lab.recover(&["run", "node-show", "node=2번 웹 서버", "--env", "lab"]).ok();
    for line in ["| [web-2]", "| [n2]", "| [--n=web-2]"] {
        assert!(ran.stdout.contains(line), "{ran}");
    }
}

#[tokio::test]
async fn files_that_would_open_a_hole_are_withdrawn_with_all_their_faults() {
    let wrong = [
        ("[run]\nexec = [\"sh\", \"-c\", \"{node}\"]", "would read its arguments as commands"),
        ("[run]\nexec = [\"./gateway.sh\", \"x{node}\"]", "only a flag such as"),
        ("[run]\nexec = [\"./gateway.sh\", \"{nod}\"]", "did you mean {node}?"),
        ("[run]\nexec = [\"{node}\"]", "the program itself cannot be a parameter"),
        ("[run]\nexec = [\"./../x.sh\"]", "outside of the action's folder"),
        ("[run]\nexec = [\"gateway.sh\"]", "nor in `allow`"),
        ("[run]\nexec = [\"./gateway.sh\"]\nexpect = { stdout = \"(\" }", "not a pattern"),
        ("[params.x]\ntype = \"password\"\n[run]\nexec = [\"./gateway.sh\"]", "expected one of"),
        (
            "[params.x]\ntype = \"text\"\npattern = \"a+\"\n[run]\nexec = [\"./gateway.sh\", \"{x}\"]",
            "needs `reviewed`",
        ),
        (
            "[params.x]\ntype = \"text\"\npattern = \"a+\"\n[run]\nexec = [\"./gateway.sh\", \"{x}\"]",
            "needs `--` before it",
        ),
        (
            "[params.x]\ntype = \"secret\"\n[run]\nexec = [\"./gateway.sh\", \"{x}\"]",
            "everybody on the machine can read arguments",
        ),
        ("tiemout = \"1s\"\n[run]\nexec = [\"./gateway.sh\"]", "did you mean `timeout`?"),
    ];
    let mut tree = super::tree();
    for (number, (text, _)) in wrong.iter().enumerate() {
        let (top, rest) = text.split_once('[').unwrap();
        let node = "[params.node]\ntype = \"target\"\nkind = \"web-node\"\n";
        let action = format!(
            "title = {{ en = \"x\" }}\nphase = \"verify\"\neffect = \"read\"\ntimeout = \"1s\"\n\
             {top}{node}[{rest}\n"
        );
        tree = tree.with(&format!("recovery/actions/wrong-{number}.toml"), &action);
    }
    let lab = Lab::of(&tree).await;
    let ran = lab.recover(&["lint"]).exits(1);
    for (number, (_, message)) in wrong.iter().enumerate() {
        let place = format!("recovery/actions/wrong-{number}.toml:");
        let told = ran.stderr.lines().any(|l| l.starts_with(&place) && l.contains(message));
        let told = told || ran.stderr.contains(&format!("sajeon: {place}"));
        assert!(told, "{number} {message}\n{ran}");
        lab.recover(&["run", &format!("wrong-{number}"), "node=web-2", "--env", "lab"]).exits(1);
    }
    // What is right beside them still runs.
    lab.recover(&["run", "gateway-isolate", "node=web-2", "--env", "lab"]).ok();
    let listed = lab.recover(&["list", "--json"]).ok().json();
    let ids: Vec<&Value> =
        listed["actions"].as_array().unwrap().iter().map(|action| &action["id"]).collect();
    assert!(ids.iter().all(|id| !id.as_str().unwrap().starts_with("wrong")), "{ids:?}");
}
