// Every way by which text of a person comes in, with script in each of its fields. What is not
// here stands in `routes.mjs` with the reason, and the test asks for each route of the program.

export const PROJECT = "inert";

// Leaves text, an attribute of either quote, a text area, a title, a comment and a script.
export const BREAKS = `"'></textarea></title></script>-->`;
export const RUNS = [
  `<script>window.ran=1</script>`,
  `<img src=x onerror=window.ran=2>`,
  `<svg onload=window.ran=3></svg>`,
  `<a href="javascript:window.ran=4">x</a>`,
  `[x](javascript:window.ran=5)`,
  `![x](x"onerror="window.ran=6)`,
];
export const SCRIPT = `${BREAKS}${RUNS[0]}${RUNS[1]}`;
/** Short enough for every field, and found again by its name. */
export const hot = (name) => `"'></title><img src=x onerror=window.ran=7>~${name}~`;

const here = `/p/${PROJECT}`;
const root = `/api/v1/projects/${PROJECT}`;
const later = new Date(Date.now() + 9 * 86_400_000).toISOString().slice(0, 10);
const live = (state) => `${here}/postmortems/${state.live}`;
/** The id that the answer's address ends with. */
const last = (key) => (answer, state) => (state[key] = answer.url().split(/[?#]/)[0].split("/").at(-1));
const json = (key, name) => async (answer, state) => (state[key] = (await answer.json())[name]);

/**
 * `route` as the program names it, `to` where it goes, and one of `form` (sent by the browser from
 * a page, so that its answer is shown; a value with `name` and `text` is a file), `json` or `text`
 * (sent by a program). `keep` takes what later rows need. `seen` are the names that some page
 * shows afterwards; all names of the row where it is absent.
 */
export const FIELDS = [
  { route: "POST /settings/profile", form: { display_name: hot("display-name") } },
  { route: "POST /settings/tokens", form: { role: "viewer", label: hot("token"), days: "1" } },
  {
    route: "POST /people/invitations",
    form: { role: "viewer", label: hot("invitation"), days: "1", project: PROJECT },
  },
  {
    route: "POST /people/services",
    form: { name: "robot", display_name: hot("service"), role: "viewer", project: PROJECT },
  },
  {
    route: "POST /people/tokens",
    form: { person: "robot", project: PROJECT, role: "viewer", days: "1", label: hot("robot-token") },
  },

  // The live record of an incident.
  {
    route: "POST /p/{project}/incidents",
    form: { title: hot("incident"), severity: "sev1" },
    keep: last("live"),
  },
  {
    route: "POST /p/{project}/postmortems/{id}/note",
    to: (state) => `${live(state)}/note`,
    form: {
      text: hot("note"),
      file: { name: `${hot("file-name").replace("/", "")}.log`, text: `ERROR ${hot("log-line")}\n` },
    },
    // A file is given out as text to be saved.
    seen: ["note", "file-name"],
  },
  {
    route: "POST /p/{project}/postmortems/{id}/note",
    to: (state) => `${live(state)}/note`,
    form: { text: hot("refused-note"), at: hot("note-time") },
    seen: [],
  },
  {
    route: "POST /p/{project}/postmortems/{id}/lead",
    to: (state) => `${live(state)}/lead`,
    form: { lead: hot("lead") },
  },
  {
    route: "POST /p/{project}/postmortems/{id}/cause",
    to: (state) => `${live(state)}/cause`,
    form: { title: hot("cause"), kind: "root" },
    keep: async (_, state, page) => {
      const link = await page.locator("#causes h3 a").first().getAttribute("href");
      state.cause = link.split("/").at(-1);
    },
  },
  {
    route: "POST /p/{project}/postmortems/{id}/apply",
    to: (state) => `${live(state)}/apply`,
    form: (state) => ({
      fix: `${state.cause}/`,
      summary: hot("stopgap"),
      outcome: "worked",
      expires: later,
      until: "new",
      until_summary: hot("permanent-fix"),
      until_owner: hot("fix-owner"),
    }),
  },
  {
    route: "POST /p/{project}/postmortems/{id}/apply",
    to: (state) => `${live(state)}/apply`,
    form: { summary: hot("refused-fix"), at: hot("a"), expires: hot("b"), why_none: hot("c") },
    seen: [],
  },
  {
    route: "POST /p/{project}/postmortems/{id}/time",
    to: (state) => `${live(state)}/time`,
    form: { stage: "detected", at: hot("time") },
    seen: [],
  },
  {
    route: "POST /p/{project}/postmortems/{id}/state",
    to: (state) => `${live(state)}/state`,
    form: { status: "mitigated", at: hot("state-time") },
    seen: [],
  },
  {
    route: "POST /p/{project}/postmortems/{id}/entries/{entry}",
    to: async (state, page) => {
      await page.goto(new URL(live(state), page.url()).href);
      return page.locator("a[href*='/entries/']").first().getAttribute("href");
    },
    form: { text: hot("correction"), at: "" },
  },
  {
    route: "POST /p/{project}/causes/{id}/fix",
    to: (state) => `${here}/causes/${state.cause}/fix`,
    form: async (state, page) => {
      await page.goto(new URL(`${here}/causes/${state.cause}`, page.url()).href);
      const fix = await page.locator("input[name=fix]").first().getAttribute("value");
      const said = { owner: hot("owner"), proof: hot("proof"), proven_by: hot("proven-by") };
      return { fix, status: "proven", due: later, ...said };
    },
  },
  {
    route: "POST /p/{project}/webhooks",
    form: { url: `http://127.0.0.1:9/${hot("hook")}` },
    seen: [],
  },
  { route: "POST /p/{project}/webhooks", form: { url: `ftp://${hot("hook-host")}/` }, seen: [] },

  {
    route: "POST /incidents",
    form: { project: PROJECT, title: hot("anywhere"), severity: "sev2" },
  },
  {
    route: "POST /p/{project}/postmortems/{id}/elsewhere",
    to: (state) => `${live(state)}/elsewhere`,
    form: { number: "1", services: hot("service-elsewhere") },
    seen: [],
  },

  // Causes and fixes, as programs tell them.
  {
    route: "POST /api/v1/projects/{project}/postmortems/{id}/causes",
    to: (state) => `${root}/postmortems/${state.live}/causes`,
    json: { cause: hot("c"), title: hot("t"), role: hot("r") },
    seen: [],
  },
  {
    route: "POST /api/v1/projects/{project}/postmortems/{id}/applied",
    to: (state) => `${root}/postmortems/${state.live}/applied`,
    json: {
      fix: hot("f"),
      summary: hot("s"),
      at: hot("a"),
      outcome: hot("o"),
      expires: hot("e"),
      until: hot("u"),
      why_none: hot("w"),
      run: hot("r"),
    },
    seen: [],
  },
  {
    route: "PUT /api/v1/projects/{project}/postmortems/{id}/applied/{number}/outcome",
    to: (state) => `${root}/postmortems/${state.live}/applied/1/outcome`,
    json: { outcome: hot("o") },
    seen: [],
  },
  {
    route: "POST /api/v1/projects/{project}/postmortems/{id}/action-items",
    to: (state) => `${root}/postmortems/${state.live}/action-items`,
    json: { type: hot("k"), summary: hot("s"), owner: hot("o"), due: hot("d") },
    seen: [],
  },
  {
    route: "PUT /api/v1/projects/{project}/postmortems/{id}/action-items/{number}",
    to: (state) => `${root}/postmortems/${state.live}/action-items/1`,
    json: { status: hot("s"), owner: hot("o"), due: hot("d") },
    seen: [],
  },
  {
    route: "POST /api/v1/projects/{project}/postmortems/{id}/action-items/{number}/elsewhere",
    to: (state) => `${root}/postmortems/${state.live}/action-items/1/elsewhere`,
    json: { services: [hot("s")] },
    seen: [],
  },
  {
    route: "POST /api/v1/projects/{project}/causes/{id}/temporary-fixes",
    to: (state) => `${root}/causes/${state.cause}/temporary-fixes`,
    json: { summary: hot("api-temporary") },
  },
  {
    route: "POST /api/v1/projects/{project}/causes/{id}/temporary-fixes",
    to: (state) => `${root}/causes/${state.cause}/temporary-fixes`,
    json: { summary: hot("s"), action: hot("a"), args: { [hot("n")]: hot("v") } },
    seen: [],
  },
  {
    route: "POST /api/v1/projects/{project}/causes/{id}/permanent-fixes",
    to: (state) => `${root}/causes/${state.cause}/permanent-fixes`,
    json: { summary: hot("api-permanent"), owner: hot("api-owner"), due: later },
  },
  {
    route: "POST /api/v1/projects/{project}/causes/{id}/permanent-fixes",
    to: (state) => `${root}/causes/${state.cause}/permanent-fixes`,
    json: { summary: hot("s"), url: hot("u") },
    seen: [],
  },
  {
    route: "PUT /api/v1/projects/{project}/causes/{id}/permanent-fixes/{fix}",
    to: (state) => `${root}/causes/${state.cause}/permanent-fixes/none`,
    json: { status: hot("s"), owner: hot("o"), due: hot("d"), proof: hot("p"), proven_by: hot("b") },
    seen: [],
  },

  // Agreeing.
  {
    route: "POST /p/{project}/polls/new",
    form: { kind: "definition", word: hot("poll-word"), lang: "en", question: hot("question") },
    keep: last("poll"),
  },
  {
    route: "POST /p/{project}/polls/{poll}/answer",
    to: (state) => `${here}/polls/${state.poll}/answer`,
    form: { lang: "en", text: hot("answer") },
  },
  {
    route: "POST /p/{project}/polls/{poll}/reveal",
    to: (state) => `${here}/polls/${state.poll}/reveal`,
    form: {},
  },
  {
    route: "POST /p/{project}/polls/{poll}/define",
    to: (state) => `${here}/polls/${state.poll}/define`,
    form: {
      id: "from-poll",
      "definition-ko": hot("defined-ko"),
      "definition-en": hot("defined-en"),
      "definition-ja": hot("defined-ja"),
      source: hot("defined-source"),
    },
  },
  {
    route: "POST /p/{project}/polls/new",
    form: {
      kind: "cases",
      word: hot("cases-word"),
      lang: "en",
      question: hot("cases-question"),
      cases: `${hot("case-a")}\n${hot("case-b")}`,
    },
  },
  {
    route: "POST /p/{project}/polls/new",
    form: { kind: "colours", word: hot("colour-word"), lang: "en", question: "" },
    keep: last("colours"),
  },
  {
    route: "POST /p/{project}/polls/{poll}/answer",
    to: (state) => `${here}/polls/${state.colours}/answer`,
    form: { "colour-1": hot("colour") },
    seen: [],
  },
  {
    route: "POST /p/{project}/words/{concept}/propose",
    to: `${here}/words/outage/propose`,
    form: {
      "definition-ko": hot("proposed-ko"),
      "definition-en": hot("proposed-en"),
      "definition-ja": hot("proposed-ja"),
      not: hot("proposed-not"),
      example: hot("proposed-example"),
      source: hot("proposed-source"),
      reason: hot("proposal-reason"),
    },
  },
  // One that is decided; it is then on no page any more.
  {
    route: "POST /p/{project}/words/{concept}/propose",
    to: `${here}/words/premium-color/propose`,
    form: { "definition-ko": hot("decided-ko"), reason: hot("decided-reason") },
    seen: [],
  },
  {
    route: "POST /p/{project}/proposals",
    form: async (_, page) => {
      await page.goto(new URL(`${here}/proposals?concept=premium-color`, page.url()).href);
      const choice = page.locator("section.proposal", { hasText: "~decided-reason~" });
      const proposal = await choice.locator("input[name=proposal]").last().getAttribute("value");
      return { proposal, decision: "rejected", reason: hot("decision-reason") };
    },
    seen: [],
  },
  {
    route: "POST /p/{project}/words/{concept}/rejected",
    to: `${here}/words/outage/rejected`,
    form: {
      what: hot("rejected-what"),
      at: "2026-03-01",
      cost: "12",
      currency: "KRW",
      why: hot("rejected-why"),
      url: "",
    },
  },
  {
    route: "POST /p/{project}/words/{concept}/rejected",
    to: `${here}/words/outage/rejected`,
    form: { what: hot("r"), at: hot("r"), cost: hot("r"), currency: hot("r"), url: hot("r") },
    seen: [],
  },
  {
    route: "POST /p/{project}/words/{concept}/step",
    to: `${here}/words/outage/step`,
    form: { to: "disputed", reason: hot("step-reason") },
  },
  {
    route: "POST /p/{project}/kickoff",
    form: { text: `장해 "${hot("brief")}" outage\n\n“${hot("quoted")}” 신속히\n` },
    seen: [],
  },
  {
    route: "POST /p/{project}/kickoff/draft",
    form: {
      id: "drafted",
      word: hot("draft-word"),
      lang: "ko",
      "definition-ko": hot("draft-ko"),
      "definition-en": hot("draft-en"),
      "definition-ja": hot("draft-ja"),
      not: hot("draft-not"),
      example: hot("draft-example"),
      source: hot("draft-source"),
    },
  },

  { route: "POST /p/{project}/inherit", form: { from: hot("heir") }, seen: [] },

  // Checking and exchanging.
  { route: "POST /p/{project}/check", form: { text: `장해 ${hot("checked")} 조치\n` }, seen: [] },
  {
    route: "POST /p/{project}/exchange",
    form: {
      format: "csv",
      do: "look",
      text: `concept,status,rev,definition:ko,lang,term,use\nshown,draft,1,"${hot("x").replaceAll('"', '""')}",ko,"${hot("y").replaceAll('"', '""')}",preferred\n`,
    },
    seen: [],
  },
  {
    route: "POST /p/{project}/exchange",
    form: { format: "tbx", do: "look", file: { name: `${hot("f").replace("/", "")}.tbx`, text: `<tbx ${hot("tbx")}>` } },
    seen: [],
  },
  {
    route: "POST /p/{project}/words/{concept}/triage",
    to: `${here}/words/outage/triage`,
    form: { term: "0", word: hot("triage"), revision: "1", verdict: "shield" },
    seen: [],
  },

  {
    route: "POST /p/{project}/requirements",
    form: { do: "keep", title: hot("requirement"), url: hot("u"), text: `${hot("requirement-text")} 장해\n` },
    seen: [],
  },
  {
    route: "POST /api/v1/projects/{project}/requirements",
    json: { title: hot("api-requirement"), url: hot("u"), text: hot("t"), path: hot("path") },
    seen: [],
  },

  // Recovery.
  { route: "POST /freeze", form: { project: PROJECT, reason: hot("freeze"), minutes: "30" } },
  { route: "POST /freeze/end", form: { project: PROJECT } },
  {
    route: "POST /recovery/{action}",
    to: "/recovery/say",
    form: { "arg.word": hot("argument"), confirm: hot("confirm"), break_glass: hot("glass") },
    seen: [],
  },
  {
    route: "POST /recovery/{action}/runs",
    to: "/recovery/say/runs",
    form: { "arg.word": hot("ran"), expires: hot("expires"), postmortem: hot("named"), run: hot("pressed") },
    seen: [],
  },
  {
    route: "POST /api/v1/recovery/actions/{id}/runs",
    to: "/api/v1/recovery/actions/say/runs",
    json: { mode: "real", environment: "lab", args: { word: "a b" } },
    keep: json("run", "run"),
    // Said by the program that ran.
    said: ["output"],
  },
  {
    route: "POST /api/v1/recovery/playbooks/{id}/runs",
    to: "/api/v1/recovery/playbooks/ask-and-say/runs",
    json: { mode: "real", environment: "lab", args: {} },
    keep: json("playbook", "run"),
  },
  {
    route: "POST /api/v1/recovery/actions/{id}/runs",
    to: "/api/v1/recovery/actions/say/runs",
    json: {
      mode: "real",
      environment: hot("environment"),
      args: { word: hot("arg"), [hot("name")]: hot("value") },
      postmortem: hot("p"),
      fix: hot("f"),
      confirm: hot("c"),
      break_glass: hot("b"),
      why_none: hot("w"),
      expires: hot("e"),
      from: hot("g"),
      step: hot("h"),
    },
    seen: [],
  },
  {
    route: "POST /api/v1/recovery/playbooks/{id}/runs",
    to: "/api/v1/recovery/playbooks/ask-and-say/runs",
    json: {
      mode: hot("mode"),
      environment: "lab",
      args: {},
      postmortem: hot("p"),
      fix: hot("f"),
      confirm: hot("c"),
      break_glass: hot("b"),
      why_none: hot("w"),
      expires: hot("e"),
      from: hot("g"),
      step: hot("h"),
    },
    seen: [],
  },
  {
    route: "POST /api/v1/runs/{run}/answer",
    to: (state) => `/api/v1/runs/${state.playbook}/answer`,
    json: { choice: hot("choice") },
    seen: [],
  },
  { route: "PUT /api/v1/recovery/locks", json: { project: PROJECT, reason: hot("lock"), for_s: 60 } },

  // What programs send. Records have a part of the test for each of their keys.
  {
    route: "POST /api/v1/projects/{project}/incidents",
    json: { title: hot("api-incident"), text: hot("api-text"), lead: hot("api-lead"), services: [hot("api-service")] },
    keep: json("api", "id"),
  },
  {
    route: "POST /api/v1/projects/{project}/incidents",
    json: { title: hot("t"), cause: hot("c"), detected: hot("d"), started: hot("s"), severity: hot("v") },
    seen: [],
  },
  {
    route: "POST /api/v1/projects/{project}/postmortems/{id}/events",
    to: (state) => `${root}/postmortems/${state.api}/events`,
    json: { text: hot("api-event") },
    keep: json("entry", "entry"),
    // Corrected below.
    seen: [],
  },
  {
    route: "POST /api/v1/projects/{project}/postmortems/{id}/events",
    to: (state) => `${root}/postmortems/${state.api}/events`,
    json: { text: hot("t"), at: hot("at"), kind: hot("kind") },
    seen: [],
  },
  {
    route: "PUT /api/v1/projects/{project}/postmortems/{id}/events/{entry}",
    to: (state) => `${root}/postmortems/${state.api}/events/${state.entry}`,
    json: { text: hot("api-correction") },
  },
  {
    route: "PUT /api/v1/projects/{project}/postmortems/{id}/events/{entry}",
    to: (state) => `${root}/postmortems/${state.api}/events/${state.entry}`,
    json: { text: hot("t"), at: hot("at"), kind: hot("kind") },
    seen: [],
  },
  {
    route: "POST /api/v1/projects/{project}/postmortems/{id}/evidence",
    to: (state) =>
      `${root}/postmortems/${state.api}/evidence?name=${encodeURIComponent(hot("api-file").replace("/", ""))}`,
    text: `ERROR ${hot("evidence")}\n`,
    type: "application/octet-stream",
    seen: ["api-file"],
  },
  {
    route: "POST /api/v1/projects/{project}/postmortems/{id}/state",
    to: (state) => `${root}/postmortems/${state.api}/state`,
    json: { status: "mitigated", at: hot("api-at") },
    seen: [],
  },
  {
    route: "POST /api/v1/hooks/alertmanager/{project}",
    json: {
      version: "4",
      status: "firing",
      alerts: [
        {
          status: "firing",
          labels: { alertname: hot("alert-name"), service: hot("alert-service"), [hot("label")]: hot("label-value") },
          annotations: { summary: hot("alert-summary"), description: hot("alert-description") },
          startsAt: "2026-03-01T00:15:00Z",
          fingerprint: "8d1f0a2b3c4d5e6f",
        },
      ],
    },
    seen: ["alert-summary"],
  },
  {
    route: "POST /api/v1/projects/{project}/polls",
    json: { kind: "definition", word: hot("api-word"), lang: "en", question: hot("api-question"), concept: null, cases: [] },
  },
  {
    route: "POST /api/v1/projects/{project}/polls",
    json: { kind: hot("k"), word: hot("w"), concept: hot("c"), reveal_at: hot("r"), cases: [hot("x")] },
    seen: [],
  },
  {
    route: "PUT /api/v1/projects/{project}/polls/{poll}/answer",
    to: (state) => `${root}/polls/${state.poll}/answer`,
    json: { definition: { lang: "en", text: hot("late-answer") } },
    seen: [],
  },
  {
    route: "POST /api/v1/projects/{project}/proposals",
    json: { concept: "outage", reason: hot("api-reason"), definition: { en: hot("api-definition") }, source: hot("api-source") },
    keep: json("proposal", "id"),
  },
  {
    route: "POST /api/v1/projects/{project}/proposals",
    json: { concept: hot("c"), reason: hot("r"), meaning: hot("m"), text: hot("t") },
    seen: [],
  },
  {
    route: "POST /api/v1/projects/{project}/proposals/{proposal}/decision",
    to: (state) => `${root}/proposals/${state.proposal}/decision`,
    json: { decision: hot("decision"), reason: hot("api-decision") },
    seen: [],
  },
  {
    route: "POST /api/v1/projects/{project}/concepts/{id}/status",
    to: `${root}/concepts/outage/status`,
    json: { status: "disputed", reason: hot("api-status") },
    seen: [],
  },
  {
    route: "POST /api/v1/projects/{project}/glossary/import",
    to: `${root}/glossary/import?format=csv`,
    text: `concept,status,rev,definition:ko,lang,term,use\nimported,draft,1,"${hot("csv-definition").replaceAll('"', '""')}",ko,"${hot("csv-term").replaceAll('"', '""')}",preferred\n`,
    type: "text/csv",
  },
  { route: "POST /api/v1/projects/{project}/check", json: { text: `장해 ${hot("k")}`, path: hot("path") }, seen: [] },
  { route: "POST /api/v1/similar", json: { text: hot("similar"), project: hot("j"), before: hot("i") }, seen: [] },
];
