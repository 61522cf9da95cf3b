//! Who may open each page and send each form.

use super::{
    ANYONE, AUTHORS, AUTHORS_FIND, Cell::Forbidden as No, Cell::Hidden, Cell::May, Cell::Out,
    LEADS, NOT_ASKED, Needs, OWNERS, READERS, Row,
};

const ADMINISTRATORS: Needs = [Out, No, No, No, No, No, No, May];
/// Who owns `demo`; for a member of another project it is as if it were any name.
const MANAGERS: Needs = [Out, No, No, No, No, No, May, May];
/// Who owns any project.
const OWNERS_OF_ANY: Needs = [Out, May, No, No, No, No, May, May];
/// Everybody with an account, about themselves.
const SIGNED_IN: Needs = [Out, May, May, May, May, May, May, May];
/// A link, a session or a token that is not theirs does not exist for anybody.
const NOT_THEIRS: Needs = [Out, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden, Hidden];

/// What the owners of the project could do with it, if there were one.
const OWN_NONE: Needs = [Out, Hidden, No, No, No, No, Hidden, Hidden];
/// Whoever is responder anywhere finds that there is none.
const RESPONDERS_FIND: Needs = [Out, Hidden, No, No, Hidden, Hidden, Hidden, Hidden];

const fn get(template: &'static str, path: &'static str, needs: Needs) -> Row {
    Row { method: "GET", template, path, form: "", needs }
}

const fn post(template: &'static str, path: &'static str, form: &'static str, needs: Needs) -> Row {
    Row { method: "POST", template, path, form, needs }
}

/// The route, what is asked for, for a form its fields, and who may.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    get("/", "/?q=outage", ANYONE),
    get("/api", "/api", ANYONE),
    get("/assets/{*name}", "/assets/site.css", NOT_ASKED),
    post("/language", "/language", "lang=ko", ANYONE),
    get("/words/{word}", "/words/outage", ANYONE),
    get("/audit", "/audit?project=demo", LEADS),

    get("/p/{project}", "/p/demo", READERS),
    get("/p/{project}/edit", "/p/demo/edit", OWNERS),
    post("/p/{project}/edit", "/p/demo/edit", "", OWNERS),
    get("/p/{project}/source", "/p/demo/source", OWNERS),
    post("/p/{project}/source", "/p/demo/source", "", OWNERS),
    get("/projects/new", "/projects/new", ADMINISTRATORS),
    post("/projects/new", "/projects/new", "", ADMINISTRATORS),
    get("/p/{project}/files/{folder}/{*path}", "/p/demo/files/postmortems/none.png", NOT_THEIRS),

    get("/p/{project}/check", "/p/demo/check", READERS),
    post("/p/{project}/check", "/p/demo/check", "text=x", READERS),
    get("/p/{project}/requirements", "/p/demo/requirements", READERS),
    post("/p/{project}/requirements", "/p/demo/requirements", "text=x&title=y", AUTHORS),
    post("/p/{project}/requirements/{requirement}/forget", "/p/demo/requirements/none/forget", "", AUTHORS_FIND),
    get("/p/{project}/words/{concept}/triage", "/p/demo/words/outage/triage", READERS),
    post("/p/{project}/words/{concept}/triage", "/p/demo/words/outage/triage", "term=0&word=x&revision=0&verdict=shield", AUTHORS),
    get("/p/{project}/exchange", "/p/demo/exchange", READERS),
    post("/p/{project}/exchange", "/p/demo/exchange", "", AUTHORS),
    get("/p/{project}/reports", "/p/demo/reports", READERS),
    get("/p/{project}/kickoff", "/p/demo/kickoff", READERS),
    post("/p/{project}/kickoff", "/p/demo/kickoff", "text=x", READERS),
    get("/p/{project}/kickoff/draft", "/p/demo/kickoff/draft", AUTHORS),
    post("/p/{project}/kickoff/draft", "/p/demo/kickoff/draft", "", AUTHORS),
    get("/p/{project}/polls", "/p/demo/polls", READERS),
    get("/p/{project}/polls/new", "/p/demo/polls/new", AUTHORS),
    post("/p/{project}/polls/new", "/p/demo/polls/new", "", AUTHORS),
    get("/p/{project}/polls/{poll}", "/p/demo/polls/POLL", READERS),
    post("/p/{project}/polls/{poll}/answer", "/p/demo/polls/POLL/answer", "", READERS),
    post("/p/{project}/polls/{poll}/reveal", "/p/demo/polls/POLL/reveal", "", LEADS),
    post("/p/{project}/polls/{poll}/define", "/p/demo/polls/POLL/define", "", AUTHORS),
    get("/p/{project}/proposals", "/p/demo/proposals", READERS),
    post("/p/{project}/proposals", "/p/demo/proposals", "", AUTHORS),
    get("/p/{project}/annex", "/p/demo/annex", READERS),
    get("/p/{project}/annex.txt", "/p/demo/annex.txt", READERS),
    post("/p/{project}/words/{concept}/sign", "/p/demo/words/outage/sign", "", READERS),
    post("/p/{project}/words/{concept}/step", "/p/demo/words/outage/step", "", READERS),
    get("/p/{project}/words/{concept}/propose", "/p/demo/words/outage/propose", AUTHORS),
    post("/p/{project}/words/{concept}/propose", "/p/demo/words/outage/propose", "", AUTHORS),
    post("/p/{project}/words/{concept}/rejected", "/p/demo/words/outage/rejected", "", AUTHORS),

    get("/p/{project}/words", "/p/demo/words", READERS),
    get("/p/{project}/words/{concept}", "/p/demo/words/outage", READERS),
    get("/p/{project}/words/{id}/history", "/p/demo/words/outage/history", READERS),
    get("/p/{project}/words/new", "/p/demo/words/new", AUTHORS),
    post("/p/{project}/words/new", "/p/demo/words/new", "", AUTHORS),
    get("/p/{project}/words/{id}/edit", "/p/demo/words/outage/edit", AUTHORS),
    post("/p/{project}/words/{id}/edit", "/p/demo/words/outage/edit", "", AUTHORS),
    get("/p/{project}/words/{id}/source", "/p/demo/words/outage/source", AUTHORS),
    post("/p/{project}/words/{id}/source", "/p/demo/words/outage/source", "", AUTHORS),
    get("/p/{project}/words/{id}/delete", "/p/demo/words/outage/delete", AUTHORS),
    post("/p/{project}/words/{id}/delete", "/p/demo/words/outage/delete", "", AUTHORS),
    post("/p/{project}/words/{id}/restore", "/p/demo/words/outage/restore", "revision=1", AUTHORS),

    get("/p/{project}/causes", "/p/demo/causes", READERS),
    get("/p/{project}/causes/{id}", "/p/demo/causes/pool-leak", READERS),
    get("/p/{project}/causes/{id}/history", "/p/demo/causes/pool-leak/history", READERS),
    get("/p/{project}/causes/new", "/p/demo/causes/new", AUTHORS),
    post("/p/{project}/causes/new", "/p/demo/causes/new", "", AUTHORS),
    get("/p/{project}/causes/{id}/edit", "/p/demo/causes/pool-leak/edit", AUTHORS),
    post("/p/{project}/causes/{id}/edit", "/p/demo/causes/pool-leak/edit", "", AUTHORS),
    get("/p/{project}/causes/{id}/source", "/p/demo/causes/pool-leak/source", AUTHORS),
    post("/p/{project}/causes/{id}/source", "/p/demo/causes/pool-leak/source", "", AUTHORS),
    get("/p/{project}/causes/{id}/delete", "/p/demo/causes/pool-leak/delete", AUTHORS),
    post("/p/{project}/causes/{id}/delete", "/p/demo/causes/pool-leak/delete", "", AUTHORS),
    post("/p/{project}/causes/{id}/restore", "/p/demo/causes/pool-leak/restore", "revision=1", AUTHORS),

    get("/p/{project}/postmortems", "/p/demo/postmortems", READERS),
    get("/p/{project}/postmortems/{id}", "/p/demo/postmortems/demo-1", READERS),
    get("/figures", "/figures", ANYONE),
    get("/figures.csv", "/figures.csv", ANYONE),
    get("/p/{project}/figures", "/p/demo/figures", READERS),
    get("/p/{project}/figures.csv", "/p/demo/figures.csv", READERS),
    get("/p/{project}/moved", "/p/demo/moved", READERS),
    get("/p/{project}/postmortems/{id}/report", "/p/demo/postmortems/demo-1/report", READERS),
    get("/p/{project}/postmortems/{id}/briefing", "/p/demo/postmortems/demo-1/briefing", READERS),
    get("/p/{project}/postmortems/{id}/recognised", "/p/demo/postmortems/demo-1/recognised", AUTHORS),
    post("/p/{project}/postmortems/{id}/recognised", "/p/demo/postmortems/demo-1/recognised", "", AUTHORS),
    get("/p/{project}/postmortems/{id}/history", "/p/demo/postmortems/demo-1/history", READERS),
    get("/p/{project}/postmortems/new", "/p/demo/postmortems/new", AUTHORS),
    post("/p/{project}/postmortems/new", "/p/demo/postmortems/new", "", AUTHORS),
    get("/p/{project}/postmortems/{id}/edit", "/p/demo/postmortems/demo-1/edit", AUTHORS),
    post("/p/{project}/postmortems/{id}/edit", "/p/demo/postmortems/demo-1/edit", "", AUTHORS),
    get("/p/{project}/postmortems/{id}/source", "/p/demo/postmortems/demo-1/source", AUTHORS),
    post("/p/{project}/postmortems/{id}/source", "/p/demo/postmortems/demo-1/source", "", AUTHORS),
    get("/p/{project}/postmortems/{id}/delete", "/p/demo/postmortems/demo-1/delete", AUTHORS),
    post("/p/{project}/postmortems/{id}/delete", "/p/demo/postmortems/demo-1/delete", "", AUTHORS),
    post("/p/{project}/postmortems/{id}/restore", "/p/demo/postmortems/demo-1/restore", "revision=1", AUTHORS),

    get("/recovery", "/recovery", SIGNED_IN),
    get("/recovery/{action}", "/recovery/none", NOT_THEIRS),
    post("/recovery/{action}", "/recovery/none", "", RESPONDERS_FIND),
    post("/recovery/{action}/runs", "/recovery/none/runs", "", RESPONDERS_FIND),
    post("/freeze", "/freeze", "project=demo", LEADS),
    post("/freeze/end", "/freeze/end", "project=demo", LEADS),
    get("/runs", "/runs", SIGNED_IN),
    get("/runs/{run}", "/runs/0198c0de-0000-7000-8000-000000000000", NOT_THEIRS),
    post("/runs/{run}/stop", "/runs/0198c0de-0000-7000-8000-000000000000/stop", "", NOT_THEIRS),
    post("/runs/{run}/undo", "/runs/0198c0de-0000-7000-8000-000000000000/undo", "", NOT_THEIRS),
    post("/runs/{run}/approve", "/runs/0198c0de-0000-7000-8000-000000000000/approve", "", NOT_THEIRS),
    post("/runs/{run}/answer", "/runs/0198c0de-0000-7000-8000-000000000000/answer", "", NOT_THEIRS),
    post("/incidents", "/incidents", "project=demo&title=", AUTHORS),
    post("/p/{project}/incidents", "/p/demo/incidents", "title=", AUTHORS),
    post("/p/{project}/postmortems/{id}/note", "/p/demo/postmortems/demo-1/note", "", AUTHORS),
    post("/p/{project}/postmortems/{id}/state", "/p/demo/postmortems/demo-1/state", "status=none", AUTHORS),
    post("/p/{project}/postmortems/{id}/lead", "/p/demo/postmortems/demo-1/lead", "lead=minji", AUTHORS),
    post("/p/{project}/postmortems/{id}/severity", "/p/demo/postmortems/demo-1/severity", "severity=9", AUTHORS),
    post("/p/{project}/postmortems/{id}/time", "/p/demo/postmortems/demo-1/time", "stage=none", AUTHORS),
    post("/p/{project}/postmortems/{id}/cause", "/p/demo/postmortems/demo-1/cause", "title=", AUTHORS),
    post("/p/{project}/postmortems/{id}/outcome", "/p/demo/postmortems/demo-1/outcome", "number=9&outcome=worked", AUTHORS),
    post("/p/{project}/postmortems/{id}/elsewhere", "/p/demo/postmortems/demo-1/elsewhere", "number=9&services=a", AUTHORS),
    get("/p/{project}/postmortems/{id}/apply", "/p/demo/postmortems/demo-1/apply", AUTHORS),
    post("/p/{project}/postmortems/{id}/apply", "/p/demo/postmortems/demo-1/apply", "", AUTHORS),
    get("/p/{project}/postmortems/{id}/entries/{entry}", "/p/demo/postmortems/demo-1/entries/2ec6c387a78b1937", AUTHORS),
    post("/p/{project}/postmortems/{id}/entries/{entry}", "/p/demo/postmortems/demo-1/entries/2ec6c387a78b1937", "text=", AUTHORS),
    post("/p/{project}/causes/{id}/fix", "/p/demo/causes/pool-leak/fix", "fix=close-on-timeout&status=none", AUTHORS),
    get("/stopgaps", "/stopgaps", ANYONE),
    get("/stopgaps.ics", "/stopgaps.ics", ANYONE),
    get("/p/{project}/stopgaps", "/p/demo/stopgaps", READERS),
    get("/p/{project}/stopgaps.ics", "/p/demo/stopgaps.ics", READERS),
    post("/stopgaps/feed", "/stopgaps/feed", "project=demo", READERS),
    post("/stopgaps/feed/end", "/stopgaps/feed/end", "project=demo", READERS),
    get("/p/{project}/webhooks", "/p/demo/webhooks", OWNERS),
    post("/p/{project}/webhooks", "/p/demo/webhooks", "url=none", OWNERS),
    post("/p/{project}/webhooks/{hook}/test", "/p/demo/webhooks/none/test", "", OWN_NONE),
    post("/p/{project}/webhooks/{hook}/remove", "/p/demo/webhooks/none/remove", "", OWN_NONE),
    post("/p/{project}/webhooks/deliveries/{number}/again", "/p/demo/webhooks/deliveries/0/again", "", OWNERS),

    get("/sign-in", "/sign-in", ANYONE),
    post("/sign-in", "/sign-in", "", ANYONE),
    get("/sign-in/code", "/sign-in/code", [Out; 8]),
    post("/sign-in/code", "/sign-in/code", "code=000000", [Out; 8]),
    get("/sign-in/{link}", "/sign-in/sajeon_0000", [Hidden; 8]),
    post("/sign-in/{link}", "/sign-in/sajeon_0000", "name=mallory", [Hidden; 8]),
    post("/sign-out", "/sign-out", "", ANYONE),
    get("/invite/{link}", "/invite/sajeon_0000", [Hidden; 8]),
    post("/invite/{link}", "/invite/sajeon_0000", "name=mallory&password=long+enough+to+do", [Hidden; 8]),
    post("/invite/{link}/accept", "/invite/sajeon_0000/accept", "", NOT_THEIRS),

    get("/settings", "/settings", SIGNED_IN),
    post("/settings/profile", "/settings/profile", "display_name=Me", SIGNED_IN),
    post("/settings/password", "/settings/password", "current=PASSWORD&new=short", SIGNED_IN),
    get("/settings/confirm", "/settings/confirm", SIGNED_IN),
    post("/settings/confirm", "/settings/confirm", "password=PASSWORD", SIGNED_IN),
    get("/settings/second-factor", "/settings/second-factor", SIGNED_IN),
    post("/settings/second-factor/offer", "/settings/second-factor/offer", "", SIGNED_IN),
    post("/settings/second-factor", "/settings/second-factor", "code=000000", SIGNED_IN),
    post("/settings/second-factor/codes", "/settings/second-factor/codes", "", SIGNED_IN),
    post("/settings/second-factor/end", "/settings/second-factor/end", "", SIGNED_IN),
    post("/settings/sessions/end", "/settings/sessions/end", "", SIGNED_IN),
    post("/settings/sessions/{id}/end", "/settings/sessions/none/end", "", NOT_THEIRS),
    post("/settings/tokens", "/settings/tokens", "role=viewer", SIGNED_IN),
    post("/settings/tokens/{id}/revoke", "/settings/tokens/none/revoke", "", NOT_THEIRS),

    get("/people", "/people", OWNERS_OF_ANY),
    post("/people/roles", "/people/roles", "person=spare&project=demo&role=viewer", MANAGERS),
    post("/people/disable", "/people/disable", "person=spare&disabled=0", ADMINISTRATORS),
    post("/people/sessions/end", "/people/sessions/end", "person=spare", ADMINISTRATORS),
    post("/people/second-factor/end", "/people/second-factor/end", "person=spare", ADMINISTRATORS),
    post("/people/second-factor/demand", "/people/second-factor/demand", "demanded=0", ADMINISTRATORS),
    post("/people/services", "/people/services", "name=*&project=demo&role=viewer", MANAGERS),
    post("/people/tokens", "/people/tokens", "person=robot&project=demo&role=viewer&days=1", MANAGERS),
    post("/people/tokens/{id}/revoke", "/people/tokens/none/revoke", "", NOT_THEIRS),
    post("/people/invitations", "/people/invitations", "project=demo&role=viewer&days=1", MANAGERS),
    post("/people/invitations/{id}/withdraw", "/people/invitations/none/withdraw", "", NOT_THEIRS),
];
