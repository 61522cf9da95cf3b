//! Values that programs would take for more than text, through every way in: nothing of them ever
//! reaches a program, and each is refused with a reason.

use serde_json::{Value, json};

use super::{Lab, Served};

/// What was seen to work as an attack elsewhere, and more.
const HOSTILE: [&str; 33] = [
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
];

#[tokio::test]
async fn through_the_terminal() {
    let lab = Lab::new().await;
    for value in HOSTILE.iter().filter(|value| !value.contains('\0')) {
        for command in ["run", "plan", "drill"] {
            let given = format!("node={value}");
            let ran = lab.recover(&[command, "gateway-isolate", &given, "--env", "lab"]);
            assert!(ran.status == 2 && ran.stderr.contains("node: "), "{value:?}\n{ran}");
        }
    }
    for given in ["mode=drain;id", "mode=DRAIN", "mode=", "mode=--help"] {
        let words = ["run", "gateway-isolate", "node=web-2", given, "--env", "lab"];
        lab.recover(&words).exits(2).says("mode: ");
    }
    assert_eq!(lab.calls(), 0);
    assert!(!lab.sandbox.data().join("runs").exists(), "a run was begun");
}

#[tokio::test]
async fn through_the_api() {
    let served = Served::new().await;
    let token = served.service.sandbox.token("responder", Some("demo"));
    for value in HOSTILE {
        for (action, name) in [("gateway-isolate", "node"), ("one-bad-node", "sick")] {
            for mode in ["real", "plan", "drill"] {
                let body = json!({ "args": { name: value }, "environment": "lab", "mode": mode });
                let problem = served.ask(&token, action, &body).await.problem(422);
                let errors = problem["errors"].as_array().unwrap();
                let key = errors[0]["key"].as_str().unwrap();
                assert!(key.ends_with("node") || key == "sick", "{problem:#}");
                assert!(!errors[0]["message"].as_str().unwrap().is_empty());
            }
        }
    }
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
