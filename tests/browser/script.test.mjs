// Script in every field that a person can write, stored and reflected: nothing of it runs, and
// the Content-Security-Policy has nothing to report.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { at, launch, visit } from "./browser.mjs";

// Leaves text, an attribute of either quote, a text area, a title, a comment and a script.
const BREAKS = `"'></textarea></title></script>-->`;
const RUNS = [
  `<script>window.ran=1</script>`,
  `<img src=x onerror=window.ran=2>`,
  `<svg onload=window.ran=3></svg>`,
  `<a href="javascript:window.ran=4">x</a>`,
  `[x](javascript:window.ran=5)`,
  `![x](x"onerror="window.ran=6)`,
];
const SCRIPT = `${BREAKS}${RUNS[0]}${RUNS[1]}`;
const MARKDOWN = `# ${SCRIPT}\n\n${RUNS.join("\n\n")}\n\n\`\`\`${SCRIPT}\n${SCRIPT}\n\`\`\`\n\n|${SCRIPT}|b|\n|-|-|\n|${RUNS[4]}|${RUNS[5]}|\n\n[[outage|${SCRIPT}]] <${RUNS[3]}>\n`;
/** Shorter ones for fields with a limit. */
const PAYLOADS = [SCRIPT, `"><img src=x onerror=window.ran=7>`, `<svg/onload=window.ran=8>`];
const PROJECT = "inert";
const ADDRESSES = 150;

let browser;
let visitor;
let api;
before(async () => {
  browser = await launch();
  visitor = await visit(browser, { language: "en" });
  await visitor.page.context().addInitScript(() => {
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) => {
      window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  visitor.page.on("dialog", (dialog) => {
    // Our own, before what was typed is left.
    if (dialog.type() === "beforeunload") return dialog.accept();
    visitor.complaints.push(`a dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  // The name of the browser is shown among the sessions.
  await visitor.page.setExtraHTTPHeaders({ "user-agent": `Mozilla/5.0 ${SCRIPT}` });
  await visitor.page.goto(at("/sign-in"));
  await visitor.page.locator("input[name=name]").fill(process.env.SAJEON_USER);
  await visitor.page.locator("input[type=password]").fill(process.env.SAJEON_PASSWORD);
  await visitor.page.locator("main form button").first().click();
  await visitor.page.locator("header .person").waitFor();
  const request = visitor.page.context().request;
  const headers = { origin: at("") };
  api = async (method, path, data, more = {}) =>
    request.fetch(at(path), { method, data, headers: { ...headers, ...more }, maxRedirects: 0 });
});
after(async () => {
  await visitor?.close();
  await browser.close();
});

/** What ran or could run on the page that is shown. */
const inspect = () => {
  const found = [...window.violations];
  if (window.ran !== undefined) found.push(`script ${window.ran} ran`);
  for (const element of document.querySelectorAll("*")) {
    const shown = element.outerHTML.slice(0, 200);
    if (element.localName === "script" && (!element.src || element.textContent.trim())) found.push(shown);
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name === "style" || name === "srcdoc") found.push(shown);
      if (/^(href|src|action|formaction)$/.test(name) && /^\s*(javascript|data|vbscript):/i.test(value)) {
        if (element.localName !== "img") found.push(shown);
      }
    }
  }
  return found;
};

async function isInert(where) {
  await visitor.page.waitForLoadState("load");
  assert.deepEqual(await visitor.page.evaluate(inspect), [], where);
  const real = visitor.complaints.filter((one) => !/the server responded with a status of 4/.test(one));
  assert.deepEqual(real, [], where);
}

/** Every text in a record, as the path to it. */
function texts(value, path = []) {
  if (typeof value === "string") return [path];
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => texts(inner, [...path, key]));
}

function put(record, path, text) {
  const changed = structuredClone(record);
  const holder = path.slice(0, -1).reduce((inner, key) => inner[key], changed);
  holder[path.at(-1)] = text;
  return changed;
}

/** A record of a shipped project as one of ours. */
async function copied(path, id) {
  const answer = await api("GET", path);
  assert.equal(answer.status(), 200, path);
  const record = await answer.json();
  for (const key of ["project", "revision", "updated", "source", "incidents"]) delete record[key];
  if (id) record.id = id;
  return record;
}

/** Puts script into every text of a record that takes it; how many did. */
async function poison(path, record) {
  let answer = await api("PUT", path, record);
  assert.ok(answer.ok(), `${path}: ${await answer.text()}`);
  let revision = answer.headers().etag;
  let standing = record;
  const taken = [];
  for (const place of texts(record)) {
    if (place.at(-1) === "id") continue;
    for (const text of place.at(-1) === "body" ? [MARKDOWN] : PAYLOADS) {
      const tried = put(standing, place, text);
      const why = `?meaning=same&reason=${encodeURIComponent(SCRIPT)}`;
      answer = await api("PUT", path + why, tried, { "if-match": revision });
      assert.ok(answer.status() < 500, `${path} ${place}: ${answer.status()}`);
      if (answer.ok()) {
        [standing, revision] = [tried, answer.headers().etag];
        taken.push(place.join("."));
        break;
      }
    }
  }
  return taken;
}

test("what is blocked is noticed", async () => {
  const { page } = visitor;
  await page.goto(at("/"));
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.ran = 0";
    document.body.append(script);
  });
  await page.waitForFunction(() => window.violations.length > 0);
  assert.equal(await page.evaluate(() => window.ran), undefined);
  visitor.complaints.length = 0;
});

test("stored script is inert on every page that can be reached", async () => {
  const root = `/api/v1/projects/${PROJECT}`;
  const project = { ...(await copied("/api/v1/projects/hanbit")), visibility: "private" };
  delete project.id;
  const counts = [await poison(root, project)];
  const from = "/api/v1/projects/hanbit";
  counts.push(await poison(`${root}/concepts/outage`, await copied(`${from}/concepts/outage`)));
  const colour = `${from}/concepts/premium-color`;
  counts.push(await poison(`${root}/concepts/premium-color`, await copied(colour)));
  counts.push(await poison(`${root}/causes/pool-leak`, await copied(`${from}/causes/pool-leak`)));
  const incident = await copied(`${from}/postmortems/hanbit-42`, `${PROJECT}-1`);
  counts.push(await poison(`${root}/postmortems/${PROJECT}-1`, incident));
  for (const taken of counts) assert.ok(taken.length >= 3, `script stands in: ${taken}`);

  const form = (path, fields) =>
    api("POST", path, new URLSearchParams(fields).toString(), {
      "content-type": "application/x-www-form-urlencoded",
    });
  const short = PAYLOADS[1];
  const sent = [
    await form("/settings/profile", { display_name: short }),
    await form("/settings/tokens", { role: "viewer", label: short, days: "1" }),
    await form("/people/invitations", { role: "viewer", label: short, days: "1", project: PROJECT }),
    await form("/people/services", { name: "robot", display_name: short, role: "viewer", project: PROJECT }),
  ];
  for (const answer of sent) assert.ok(answer.status() < 400, `${answer.url()} ${answer.status()}`);

  const open = [`/p/${PROJECT}`, "/settings", "/people", "/audit", `/?q=outage&project=${PROJECT}`];
  const seen = new Set();
  const wanted = new RegExp(`^/(p/${PROJECT}|settings|people|audit|words/|runs/|\\?q=)`);
  while (open.length > 0 && seen.size < ADDRESSES) {
    const path = open.shift();
    if (seen.has(path)) continue;
    seen.add(path);
    await visitor.page.goto(at(path));
    await isInert(path);
    const links = await visitor.page.$$eval("a[href]", (all) =>
      // In an SVG, `href` is an object.
      all.map((one) => new URL(one.getAttribute("href"), document.baseURI).href));
    for (const link of links.filter((link) => link.startsWith(at("/")))) {
      const path = link.slice(at("").length).split("#")[0];
      if (wanted.test(path) && !/download|\.jsonl|format=/.test(path)) open.push(path);
    }
  }
  assert.ok(seen.size > 30, `${seen.size} pages`);
  await form("/settings/profile", { display_name: process.env.SAJEON_USER });
});

test("reflected script is inert", async () => {
  const { page } = visitor;
  const code = encodeURIComponent(SCRIPT);
  for (const path of [
    `/?q=${code}`,
    `/?q=${code}&project=${code}&kind=${code}`,
    `/?q=outage&project=${PROJECT}&page=${code}`,
    `/words/${code}`,
    `/p/${code}`,
    `/p/${PROJECT}/words/${code}`,
    `/p/${PROJECT}/words?removed=${code}&q=${code}`,
    `/p/${PROJECT}/words/outage?saved=${code}&same=${code}&pinned=${code}`,
    `/p/${PROJECT}/words/outage/history?from=${code}&to=${code}`,
    `/sign-in?back=${code}`,
    `/sign-in/${code}`,
    `/invite/${code}`,
    `/settings/confirm?back=javascript:window.ran=9`,
    `/audit?person=${code}&action=${code}&project=${code}`,
    `/people?after=${code}&done=${code}`,
    `/api/v1/search?q=${code}`,
    `/api/v1/projects/${code}`,
    `/assets/${code}`,
    `/${code}`,
  ]) {
    await page.goto(at(path));
    await isInert(path);
  }
});

test("a form that is sent back with script in all its fields is inert", async () => {
  const { page } = visitor;
  for (const path of [
    `/p/${PROJECT}/edit`,
    `/p/${PROJECT}/words/outage/edit`,
    `/p/${PROJECT}/words/outage/source`,
    `/p/${PROJECT}/causes/pool-leak/edit`,
    `/p/${PROJECT}/postmortems/new`,
    `/p/${PROJECT}/words/new`,
    "/projects/new",
  ]) {
    for (const way of ["save", "preview"]) {
      await page.goto(at(path));
      const button = page.locator(`main form button[name=do][value=${way}]`).last();
      if ((await button.count()) === 0) continue;
      await page.$$eval(
        "main form textarea, main form input:not([type=hidden], [type=checkbox], [type=radio])",
        (fields, script) => {
          for (const field of fields) field.value = script;
          for (const form of document.querySelectorAll("main form")) form.noValidate = true;
        },
        `+++\nid = "${SCRIPT.replaceAll('"', "'")}"\n+++\n${SCRIPT}`,
      );
      const sent = page.waitForResponse((answer) => answer.request().method() === "POST");
      await Promise.all([sent, page.waitForEvent("load"), button.click()]);
      await isInert(`${path} ${way}`);
      const shown = await page.locator("main").innerText();
      assert.ok(shown.length > 0, path);
    }
  }
});
