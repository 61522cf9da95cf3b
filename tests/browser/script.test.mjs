// Script in every field that a person can write, stored and reflected: nothing of it runs, and
// the Content-Security-Policy has nothing to report.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { readFileSync } from "node:fs";
import { FIELDS, PROJECT, RUNS, SCRIPT, hot } from "./fields.mjs";
import { serve } from "./hostile.mjs";
import { ELSEWHERE, WITHOUT_TEXT } from "./routes.mjs";

const program = process.env.SAJEON_PROGRAM;
const [name, password] = [process.env.SAJEON_USER, process.env.SAJEON_PASSWORD];
const service = await serve(program, { name, password, text: hot("output") });
// Read by what the tests share.
process.env.SAJEON_URL = service.url;
const { at, launch, signInOn, visit } = await import("./browser.mjs");

const MARKDOWN = `# ${SCRIPT}\n\n${RUNS.join("\n\n")}\n\n\`\`\`${SCRIPT}\n${SCRIPT}\n\`\`\`\n\n|${SCRIPT}|b|\n|-|-|\n|${RUNS[4]}|${RUNS[5]}|\n\n[[outage|${SCRIPT}]] <${RUNS[3]}>\n`;
/** Shorter ones for fields with a limit. */
const PAYLOADS = [SCRIPT, `"><img src=x onerror=window.ran=7>`, `<svg/onload=window.ran=8>`];
const ADDRESSES = 220;
/** Of addresses that differ only in numbers or in their query, so many are looked at. */
const ALIKE = 4;
/** What rows of the table need of earlier ones. */
const state = {};
/** The text of every page that was looked at. */
const shown = new Map();

let browser;
let visitor;
let api;
before(async () => {
  browser = await launch();
  visitor = await visit(browser, { language: "en" });
  // Nothing here is measured, and a busy machine is slow.
  visitor.page.context().setDefaultTimeout(60_000);
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
  await signInOn(visitor.page, name);
  const request = visitor.page.context().request;
  const headers = { origin: at("") };
  api = async (method, path, data, more = {}) =>
    request.fetch(at(path), { method, data, headers: { ...headers, ...more }, maxRedirects: 0 });
});
after(async () => {
  await visitor?.close();
  await browser?.close();
  service.stop();
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

/** What a person sees of a page, and what stands in its fields. */
const words = () => {
  const fields = [...document.querySelectorAll("input, textarea")].map((field) => field.value);
  return [document.documentElement.textContent, ...fields].join("\n");
};

async function isInert(where) {
  await visitor.page.waitForLoadState("load");
  shown.set(where, await visitor.page.evaluate(words));
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

test("a record with script in all its keys is taken", async () => {
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

});

/** The address of a row; without one it is that of its route in the project. */
const address = async (row) => {
  if (typeof row.to === "function") return row.to(state, visitor.page);
  return row.to ?? row.route.split(" ")[1].replace("{project}", PROJECT);
};

/** Sends a form from a page of the service, as a person who can change its fields. */
async function send(path, fields) {
  const { page } = visitor;
  if (!page.url().startsWith(at("/"))) await page.goto(at("/settings"));
  const answered = page.waitForResponse((answer) => answer.request().method() === "POST");
  const loaded = page.waitForEvent("load");
  await page.evaluate(
    ([path, fields]) => {
      const form = document.createElement("form");
      Object.assign(form, { method: "post", action: path, hidden: true });
      for (const [name, value] of Object.entries(fields)) {
        const input = document.createElement(typeof value === "string" ? "textarea" : "input");
        input.name = name;
        if (typeof value === "string") {
          input.value = value;
        } else {
          form.enctype = "multipart/form-data";
          const files = new DataTransfer();
          files.items.add(new File([value.text], value.name));
          input.type = "file";
          input.files = files.files;
        }
        form.append(input);
      }
      if (/\/(note|exchange)$/.test(path)) form.enctype = "multipart/form-data";
      document.body.append(form);
      form.submit();
    },
    [path, fields],
  );
  const [answer] = await Promise.all([answered, loaded]);
  return answer;
}

for (const [number, row] of FIELDS.entries()) {
  test(`what is answered to script in ${row.route} (${number}) is inert`, async () => {
    const path = await address(row);
    let answer;
    if (row.form) {
      const fields = typeof row.form === "function" ? await row.form(state, visitor.page) : row.form;
      row.sent = JSON.stringify(fields);
      answer = await send(path, fields);
      await isInert(`${row.route} (${number})`);
    } else {
      const [method] = row.route.split(" ");
      row.sent = JSON.stringify(row.json ?? row.text);
      answer = await api(method, path, row.json ? JSON.stringify(row.json) : row.text, {
        "content-type": row.json ? "application/json" : row.type,
      });
      assert.match(answer.headers()["content-type"] ?? "", /^application\/(problem\+)?json|^$/);
    }
    const said = `${path}: ${answer.status()} ${row.form ? "" : await answer.text()}`;
    assert.ok(answer.status() < 500, said);
    // What is to be seen afterwards was taken.
    if (row.seen?.length !== 0) assert.ok(answer.status() < 400, said);
    if (row.keep) {
      const final = row.form ? { url: () => visitor.page.url() } : answer;
      await row.keep(final, state, visitor.page);
    }
  });
}

/** The state in which a run ends. */
async function over(id) {
  for (let tries = 0; tries < 200; tries += 1) {
    const run = await (await api("GET", `/api/v1/runs/${id}`)).json();
    if (/done|failed|unverified|lost|stopped|undone/.test(run.state)) return run.state;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the run is not over");
}

test("a run that prints script is done", async () => {
  assert.equal(await over(state.run), "done");
});

test("stored script is inert on every page that can be reached", { timeout: 900_000 }, async () => {
  const open = [
    `/runs/${state.run}`, `/runs/${state.playbook}`, "/runs", "/recovery", "/recovery/say",
    "/recovery/ask-and-say", `/p/${PROJECT}`, `/p/${PROJECT}/postmortems/${state.live}`,
    `/p/${PROJECT}/postmortems/${state.api}`, `/p/${PROJECT}/causes/${state.cause}`,
    `/p/${PROJECT}/polls`, `/p/${PROJECT}/polls/${state.poll}`, `/p/${PROJECT}/proposals`,
    `/p/${PROJECT}/words/outage`, `/p/${PROJECT}/webhooks`, "/stopgaps", "/settings", "/people",
    "/audit", `/audit?project=${PROJECT}`, `/?q=outage&project=${PROJECT}`,
    `/?q=${encodeURIComponent(hot("output"))}`, "/figures", `/p/${PROJECT}/annex`,
    `/p/${PROJECT}/reports`, `/p/${PROJECT}/moved`, "/api",
  ];
  const first = open.length;
  const seen = new Set();
  const alike = new Map();
  const isNew = (path) => {
    const shape = path.replace(/\?.*/, "?").replace(/[0-9a-f]{8,}|\d+/g, "0");
    alike.set(shape, (alike.get(shape) ?? 0) + 1);
    return alike.get(shape) <= ALIKE;
  };
  const wanted = new RegExp(`^/(p/${PROJECT}|settings|people|audit|words/|runs|recovery|stopgaps|\\?q=)`);
  while (open.length > 0 && seen.size < ADDRESSES) {
    const path = open.shift();
    if (seen.has(path) || (seen.size > first && !isNew(path))) continue;
    seen.add(path);
    await visitor.page.goto(at(path));
    await isInert(path);
    const links = await visitor.page.$$eval("a[href]", (all) =>
      // In an SVG, `href` is an object.
      all.map((one) => new URL(one.getAttribute("href"), document.baseURI).href));
    for (const link of links.filter((link) => link.startsWith(at("/")))) {
      const path = link.slice(at("").length).split("#")[0];
      const file = /download|\.jsonl|\.csv|\.ics|\.txt|format=|\/evidence\/|\/output|glossary\.|\.yml|\.tar/;
      if (wanted.test(path) && !file.test(path)) open.push(path);
    }
  }
  assert.ok(seen.size > 50, `${seen.size} pages`);
  // What was taken is on a page, so that the pages above are the ones that could have run it.
  const texts = [...seen].map((path) => shown.get(path));
  const names = (row) => [...new Set([...row.sent.matchAll(/~([a-z-]+)~/g)].map(([, name]) => name))];
  const missing = FIELDS.flatMap((row) => [...(row.seen ?? names(row)), ...(row.said ?? [])])
    .filter((name) => !texts.some((text) => text.includes(`~${name}~`)));
  assert.deepEqual(missing, [], "was taken and is on no page");
});

test("the live page and the output of a run are inert while they change", async () => {
  const { page } = visitor;
  await page.goto(at(`/p/${PROJECT}/postmortems/${state.live}`));
  const note = { text: hot("live-note") };
  const path = `/api/v1/projects/${PROJECT}/postmortems/${state.live}/events`;
  const json = { "content-type": "application/json" };
  assert.equal((await api("POST", path, JSON.stringify(note), json)).status(), 201);
  await page.locator("#timeline .said", { hasText: "~live-note~" }).waitFor();
  await isInert("a note of somebody else");

  const begun = await api("POST", "/api/v1/recovery/actions/say/runs",
    JSON.stringify({ mode: "real", environment: "lab", args: {} }), json);
  const { run } = await begun.json();
  await page.goto(at(`/runs/${run}`));
  await page.getByText("~output~").first().waitFor();
  await isInert("a run that is looked at");
});

test("each route by which text comes in has its line", async () => {
  const covered = new Set([...FIELDS.map((row) => row.route), ...ELSEWHERE, ...WITHOUT_TEXT]);
  const rows = readFileSync(new URL("../it/authorisation/page_rows.rs", import.meta.url), "utf8");
  const routes = [...rows.matchAll(/post\("([^"]+)"/g)].map(([, route]) => `POST ${route}`);
  const described = await (await api("GET", "/api/v1/openapi.json")).json();
  for (const [path, operations] of Object.entries(described.paths)) {
    for (const method of Object.keys(operations)) {
      if (/^(post|put|patch)$/.test(method)) routes.push(`${method.toUpperCase()} ${path}`);
    }
  }
  assert.ok(routes.length > 80, `${routes.length} routes`);
  assert.deepEqual(routes.filter((route) => !covered.has(route)), [], "say what they take");
  assert.deepEqual([...covered].filter((route) => !routes.includes(route)), [], "are no routes");
  // Every text of a described body was sent.
  const texts = (schema) => {
    const found = schema.$ref ? described.components.schemas[schema.$ref.split("/").at(-1)] : schema;
    return Object.entries(found.properties ?? {}).filter(([, one]) => [one.type].flat().includes("string"));
  };
  const unsent = [];
  for (const row of FIELDS.filter((row) => row.json)) {
    const [method, path] = row.route.split(" ");
    const body = described.paths[path][method.toLowerCase()].requestBody.content["application/json"];
    const sent = FIELDS.filter((other) => other.route === row.route).map((other) => other.json);
    for (const [key] of texts(body.schema)) {
      if (!sent.some((json) => key in json)) unsent.push(`${row.route}: ${key}`);
    }
  }
  assert.deepEqual([...new Set(unsent)], [], "say what is sent");
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
    `/settings/second-factor?back=${code}`,
    `/runs?action=${code}&postmortem=${code}&mode=${code}&before=${code}`,
    `/recovery/say?arg.word=${code}&postmortem=${code}&fix=${code}&from=${code}&environment=${code}`,
    `/recovery/${code}`,
    `/runs/${code}`,
    `/stopgaps?q=${code}&project=${code}`,
    `/figures?from=${code}&project=${code}`,
    `/p/${PROJECT}/moved?from=${code}&word=${code}`,
    `/p/${PROJECT}/reports?from=${code}&report=${code}`,
    `/p/${PROJECT}/causes?q=${code}&kind=${code}`,
    `/p/${PROJECT}/postmortems?q=${code}&status=${code}&severity=${code}`,
    `/p/${PROJECT}/polls/new?word=${code}&question=${code}&concept=${code}&kind=${code}&lang=${code}`,
    `/p/${PROJECT}/polls/${state.poll}?names=${code}&take=${code}`,
    `/p/${PROJECT}/kickoff/draft?word=${code}&lang=${code}`,
    `/p/${PROJECT}/proposals?concept=${code}`,
    `/p/${PROJECT}/postmortems/${state.live}/apply?fix=${code}&run=${code}`,
    `/p/${PROJECT}/files/postmortems/${code}.png`,
    `/p/${PROJECT}/edit?reason=${code}`,
    `/api?q=${code}`,
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

test("a run that waits for an answer is stopped", async () => {
  // It would outlive the service.
  const json = { "content-type": "application/json" };
  const answer = await api("POST", `/api/v1/runs/${state.playbook}/stop`, undefined, json);
  assert.ok(answer.ok(), `${answer.status()} ${await answer.text()}`);
  assert.equal(await over(state.playbook), "stopped");
});

test("who fails to come in with script as a name finds nothing that runs", async () => {
  await visitor.page.context().clearCookies();
  for (const [path, fields] of [
    ["/sign-in", { name: hot("account"), password: hot("password"), back: hot("back") }],
    ["/sign-in/code", { code: hot("code"), back: hot("back") }],
    ["/sign-in/sajeon_0000", { name: hot("account"), display_name: hot("called") }],
    ["/invite/sajeon_0000", { name: hot("account"), display_name: hot("called"), password: "x" }],
  ]) {
    await visitor.page.goto(at("/sign-in"));
    await send(path, fields);
    await isInert(`POST ${path}`);
  }
});
