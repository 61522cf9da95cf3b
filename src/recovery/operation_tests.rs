//! What happens to a run that waits, when time goes by.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::Ordering;

use serde_json::json;

use super::*;

const TARGETS: &str =
    "[[target]]\nname = \"web-1\"\nkind = \"web-node\"\naddress = \"127.0.0.1:1\"\n";
const ACTION: &str = "title = { en = \"Take a node out\" }\nphase = \"isolate\"\n\
    effect = \"reversible\"\nundo = \"node-out\"\ntimeout = \"20s\"\nlock = [\"{node}\"]\n\
    [params.node]\ntype = \"target\"\nkind = \"web-node\"\n\
    [approve]\nrequired = 1\n[run]\nexec = [\"./node.sh\", \"{node}\"]\n";

fn place(folder: &Path, clock: Clock) -> Place {
    let content = folder.join("content");
    let actions = content.join("recovery/actions");
    std::fs::create_dir_all(&actions).unwrap();
    std::fs::create_dir_all(content.join("recovery/targets")).unwrap();
    std::fs::create_dir_all(folder.join("data")).unwrap();
    std::fs::write(content.join("recovery/targets/lab.toml"), TARGETS).unwrap();
    std::fs::write(actions.join("node-out.toml"), ACTION).unwrap();
    let script = actions.join("node.sh");
    std::fs::write(&script, "#!/bin/sh\ntouch \"$0.ran\"\n").unwrap();
    std::fs::set_permissions(script, std::fs::Permissions::from_mode(0o755)).unwrap();
    Place { data: folder.join("data"), content, clock }
}

fn person(name: &str) -> Asker {
    Asker { name: name.to_owned(), via: "api".to_owned() }
}

#[test]
fn an_approval_that_comes_too_late_begins_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, now) = Clock::held("2026-11-23T03:00:00Z".parse().unwrap());
    let place = place(folder.path(), clock);
    let ask = Ask {
        action: "node-out".to_owned(),
        args: BTreeMap::from([("node".to_owned(), json!("web-1"))]),
        environment: Some("lab".to_owned()),
        mode: Some(Mode::Real),
        ..Ask::default()
    };
    let begun = place.begin(&ask, &person("minji"), None).unwrap();
    assert_eq!(begun.state, State::Waiting);
    let (run, approval) = (begun.plan.run.clone(), &begun.plan.approval);
    let lead = person("yuna");

    // Until its last moment it is looked at, and this one is refused for its hash alone.
    now.fetch_add(approval.expires_ms - begun.plan.asked_ms, Ordering::SeqCst);
    let refused = place.approve(&run, &lead, Some("sha256:0"), None).unwrap_err().to_string();
    assert!(refused.contains("hash"), "{refused}");
    assert_eq!(place.view(&run).unwrap().state, State::Waiting);

    now.fetch_add(1, Ordering::SeqCst);
    let refused = place.approve(&run, &lead, Some(&approval.hash), None).unwrap_err().to_string();
    assert!(refused.contains("waited too long"), "{refused}");
    let ended = place.view(&run).unwrap();
    assert_eq!((ended.state, ended.started_ms), (State::Stopped, None));
    assert!(ended.approvals.is_empty(), "{ended:?}");
    let again = place.approve(&run, &lead, Some(&approval.hash), None).unwrap_err().to_string();
    assert!(again.contains("nothing waits"), "{again}");
}
