// From the search box to the running fix in three interactions, on the real gateway of the lab:
// with a mouse, by keyboard alone, and without script.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { at, isUsable, languages, launch, pairwise, signIn, themes, visit, widths } from "./browser.mjs";
import { lab } from "./lab.mjs";

/** A line of a log as it is pasted; it names the node of today. */
const LINE = "web-2 ERROR payment: Connection is not available, request timed out (active=20)";

let browser;
let cookies;
before(async () => {
  lab("up");
  browser = await launch();
  cookies = await signIn(browser);
});
after(async () => {
  await browser?.close();
  lab("down");
});

/** What the gateway itself says of a node. */
function stands(node) {
  const found = lab("status").nodes.find((one) => one.name === node);
  return found.gateway.state;
}

/** A test by a responder; no complaint may be left, and the node is back afterwards. */
function responds(name, settings, body) {
  test(name, async () => {
    const { page, complaints, close } = await visit(browser, settings);
    try {
      await page.context().addCookies(cookies);
      await body(page, complaints);
      assert.deepEqual(complaints, []);
    } finally {
      await close();
    }
  });
}

const state = (page, word) => page.locator(`[data-state-word="${word}"]`);

/** Takes the run of this page back and waits for it. */
async function takeBack(page) {
  await page.locator("form[action$='/undo'] button").first().click();
  await finished(page);
}

/** Waits until the run of this page is done; without script by looking again. */
async function finished(page, script = "on") {
  await page.waitForURL(/\/runs\/[0-9a-f-]{36}$/);
  for (let look = 0; script === "off" && look < 120; look += 1) {
    if (await state(page, "done").count()) break;
    await page.waitForTimeout(500);
    await page.reload();
  }
  await state(page, "done").waitFor({ timeout: 60_000 });
}

responds("three interactions from a pasted line to done, and one back", {}, async (page) => {
  await page.goto(at("/?project=sajeon"));
  await page.locator("#q").fill(LINE);
  await page.locator("#q").press("Enter"); // one
  await page.waitForURL((url) => url.searchParams.get("q") === LINE);
  await page.locator("form[action^='/recovery/gateway-isolate'] [data-run]").first().click(); // two
  const plan = page.locator(".candidate");
  await plan.first().waitFor();
  assert.equal(await plan.count(), 1, "the line names the node");
  const text = await plan.innerText();
  for (const part of ["web-2", "gateway.sh", "gateway-rejoin", "two-left"]) {
    assert.ok(text.includes(part), `${part}: ${text}`);
  }
  assert.equal(await plan.locator(".badge.good").count(), 2, "both conditions were asked");
  assert.equal(stands("web-2"), "ready", "nothing has happened yet");
  await plan.locator("[data-run]").click(); // three
  await page.waitForURL(/\/runs\//);
  await page.evaluate(() => (window.stayed = true));
  await finished(page);
  assert.equal(await page.evaluate(() => window.stayed), true, "the page was not loaded again");
  assert.equal(stands("web-2"), "drain");
  await takeBack(page);
  assert.equal(stands("web-2"), "ready");
});

responds("the same by keyboard alone", { language: "ja" }, async (page) => {
  await page.goto(at("/?project=sajeon"));
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await page.keyboard.type(LINE);
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.searchParams.get("q") === LINE);
  await page.locator("[data-hit] [data-run]").first().waitFor();
  // To the first entry that has a button, then run it.
  for (let press = 0; press < 20; press += 1) {
    await page.keyboard.press("j");
    const here = () => document.activeElement.closest("[data-hit]")?.querySelector("[data-run]");
    if (await page.evaluate((isIt) => Boolean(eval(`(${isIt})()`)), here.toString())) break;
  }
  await page.keyboard.press("r");
  await page.waitForURL(/\/recovery\//);
  await page.locator(".candidate [data-run]").first().waitFor();
  await page.keyboard.press("r");
  await finished(page);
  assert.equal(stands("web-2"), "drain");
  // And back: Tab reaches the button.
  for (let press = 0; press < 60; press += 1) {
    await page.keyboard.press("Tab");
    const there = "document.activeElement.closest(\"form[action$='/undo']\") !== null";
    if (await page.evaluate(there)) break;
  }
  await page.keyboard.press("Enter");
  await finished(page);
  assert.equal(stands("web-2"), "ready");
});

responds("where no node is named, none is meant before it is chosen", {}, async (page) => {
  await page.goto(at("/recovery/gateway-isolate"));
  assert.ok((await page.locator(".candidate").count()) >= 3);
  await page.keyboard.press("r");
  await page.waitForTimeout(300);
  assert.match(page.url(), /\/recovery\/gateway-isolate$/, "r alone begins nothing");
  const focused = () => document.activeElement.closest("[data-hit]") !== null;
  assert.equal(await page.evaluate(focused), true, "it goes to the first one");
});

responds("without script the same pages do the same", { script: "off" }, async (page) => {
  await page.goto(at("/?project=sajeon"));
  await page.locator("#q").fill(LINE.replace("web-2", "web-3"));
  await page.locator("#q").press("Enter");
  await page.locator("form[action^='/recovery/gateway-isolate'] [data-run]").first().click();
  await page.locator(".candidate [data-run]").click();
  await finished(page, "off");
  assert.equal(stands("web-3"), "drain");
  await page.locator("form[action$='/undo'] button").first().click();
  await finished(page, "off");
  assert.equal(stands("web-3"), "ready");
});

responds("a stream that breaks goes on where it was", {}, async (page, complaints) => {
  let broken = 0;
  await page.route(/\/events\?after=/, (route) => {
    broken += 1;
    return broken === 1 ? route.abort("connectionreset") : route.continue();
  });
  await page.goto(at("/recovery/node-preserve?arg.node=web-1"));
  await page.locator("[data-run]").first().click();
  await finished(page);
  await page.locator("#output .line").first().waitFor({ timeout: 20_000 });
  const numbers = await page
    .locator("#output [data-n]")
    .evaluateAll((lines) => lines.map((line) => Number(line.dataset.n)));
  const expected = [...numbers].sort((a, b) => a - b);
  assert.deepEqual(numbers, expected, "in order");
  assert.equal(new Set(numbers).size, numbers.length, "no line twice");
  complaints.splice(0, complaints.length, ...complaints.filter((one) => !/ERR_|reset/i.test(one)));
});

responds("a playbook runs, one step is taken back, then all of it", {}, async (page) => {
  await page.goto(at("/recovery/one-bad-node?arg.sick=web-2"));
  await page.locator(".candidate [data-run]").click();
  await page.waitForURL(/\/runs\//);
  await page.evaluate(() => (window.stayed = true));
  await state(page, "done").waitFor({ timeout: 120_000 });
  assert.equal(await page.evaluate(() => window.stayed), true, "the page was not loaded again");
  assert.equal(await page.locator("#run-head .badge.good").count() > 6, true, "every step is done");
  assert.equal(stands("web-2"), "drain");
  assert.equal(stands("web-4"), "ready");
  const whole = page.url();
  // The step that showed the node to testers, alone.
  const back = page.locator("form[action$='/undo']").filter({ hasText: "test" });
  await back.locator("button").click();
  await finished(page);
  await page.goto(whole);
  await page.locator(".steps").first().waitFor();
  assert.equal(await page.locator("form[action$='/undo']").filter({ hasText: "test" }).count(), 0);
  assert.equal(stands("web-2"), "drain", "nothing else was taken back");
  await page.locator(".run-tools form[action$='/undo'] button").click();
  await state(page, "undone").waitFor({ timeout: 120_000 });
  assert.equal(stands("web-2"), "ready");
  assert.notEqual(stands("web-4"), "ready");
});

const shown = [
  "/recovery",
  "/recovery/gateway-isolate",
  "/recovery/gateway-isolate?arg.node=web-2",
  "/recovery/one-bad-node?arg.sick=web-2",
  "/runs",
  "/runs/one",
];
const rows = pairwise({ path: shown, language: languages, theme: themes, width: widths });
for (const row of rows) {
  responds(`axe ${row.path} ${row.language} ${row.theme} ${row.width}`, row, async (page) => {
    if (row.path === "/runs/one") {
      await page.goto(at("/recovery/node-logs?arg.node=web-1"));
      await page.locator("[data-run]").first().click();
      await finished(page);
    } else {
      await page.goto(at(row.path));
    }
    assert.equal(await page.getAttribute("html", "lang"), row.language);
    await isUsable(page);
  });
}
