// The search box: as typed, by keyboard alone, and without script.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { at, launch, visit } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

/** Runs a test with a fresh visitor; no complaint may be left. */
function visited(name, settings, body) {
  test(name, async () => {
    const { page, complaints, close } = await visit(browser, settings);
    try {
      await body(page);
      assert.deepEqual(complaints, []);
    } finally {
      await close();
    }
  });
}

const box = (page) => page.locator("input[name=q]").first();
const results = (page) => page.locator("main a[href*='/postmortems/']");

visited("results come while typing, and the address follows", {}, async (page) => {
  await page.goto(at("/?project=hanbit"));
  await box(page).pressSequentially("장해", { delay: 30 });
  await page.locator("main a[href='/p/hanbit/postmortems/hanbit-42']").first().waitFor();
  await page.waitForURL((url) => url.searchParams.get("q") === "장해");
  const text = await page.locator("main").innerText();
  assert.match(text, /장애/, "the agreed word is shown");
  assert.doesNotMatch(text, /장애인 주차/, "another meaning is not");
  // The page that the address names shows the same.
  const shown = await results(page).allInnerTexts();
  await page.reload();
  assert.deepEqual(await results(page).allInnerTexts(), shown);
});

visited("the last word typed wins", {}, async (page) => {
  await page.goto(at("/"));
  await box(page).pressSequentially("커넥션", { delay: 5 });
  await box(page).fill("");
  await box(page).pressSequentially("zzzzzz", { delay: 5 });
  await page.waitForURL((url) => url.searchParams.get("q") === "zzzzzz");
  await page.waitForTimeout(500);
  assert.equal(await results(page).count(), 0);
});

visited("a keyboard is enough from the question to the incident", {}, async (page) => {
  await page.goto(at("/p/hanbit"));
  await page.keyboard.press("/");
  assert.ok(await box(page).evaluate((element) => element === document.activeElement), "/ searches");
  await page.keyboard.type("결제 커넥션 풀 고갈");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.searchParams.has("q"));
  await results(page).first().waitFor();
  // A letter in the box is a letter; away from it, it moves.
  await page.locator("body").evaluate(() => document.activeElement.blur());
  await page.keyboard.press("j");
  const first = await focused(page);
  await page.keyboard.press("j");
  const second = await focused(page);
  assert.notEqual(first, second, "j moves down");
  await page.keyboard.press("k");
  assert.equal(await focused(page), first, "k moves up");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/p\/[a-z0-9-]+\/(postmortems|causes|words)\//);
});

const focused = (page) =>
  page.evaluate(() => document.activeElement.closest("a, [href]")?.getAttribute("href"));

visited("Tab reaches everything that can be used, and shows where it is", {}, async (page) => {
  await page.goto(at("/?q=장애&project=hanbit"));
  const wanted = await page
    .locator("a[href]:visible, button:visible, input:visible:not([type=hidden]), select:visible")
    .count();
  const seen = new Set();
  for (let press = 0; press < wanted + 40; press += 1) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body) return null;
      const style = getComputedStyle(element);
      const outlined = style.outlineStyle !== "none" || style.boxShadow !== "none";
      const all = [...document.querySelectorAll("*")];
      return { place: all.indexOf(element), outlined, tag: element.outerHTML.slice(0, 120) };
    });
    if (here === null) continue;
    if (seen.has(here.place)) break;
    seen.add(here.place);
    assert.ok(here.outlined, `no focus ring on ${here.tag}`);
  }
  // Links that are only shown on focus may come on top.
  assert.ok(seen.size >= wanted, `${seen.size} of ${wanted}`);
});

visited("the question mark opens help, Escape closes it", {}, async (page) => {
  await page.goto(at("/"));
  await page.locator("body").evaluate(() => document.activeElement?.blur());
  await page.keyboard.press("?");
  const help = page.locator("dialog[open]");
  await help.waitFor();
  assert.match(await help.innerText(), /\bj\b/);
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "hidden" });
});

visited("without script the form does the same", { script: "off" }, async (page) => {
  await page.goto(at("/?project=hanbit"));
  await box(page).fill("障害");
  await box(page).press("Enter");
  await page.waitForURL((url) => url.searchParams.get("q") === "障害");
  await page.locator("main a[href='/p/hanbit/postmortems/hanbit-42']").first().waitFor();
});

visited("a word in the text leads to its meaning", {}, async (page) => {
  await page.goto(at("/p/hanbit/postmortems/hanbit-42"));
  const word = page.locator("main a[href*='/words/']").first();
  const target = await word.getAttribute("href");
  await word.click();
  await page.waitForURL((url) => url.pathname === new URL(target, page.url()).pathname);
  assert.ok((await page.locator("h1").innerText()).length > 0);
});

visited("the language can be changed and stays", { language: "en" }, async (page) => {
  await page.goto(at("/p/hanbit/words/outage"));
  for (const language of ["ja", "ko", "en"]) {
    await page.locator(`[lang=${language}]:is(a, button), [hreflang=${language}]`).first().click();
    await page.waitForFunction((wanted) => document.documentElement.lang === wanted, language);
    assert.match(page.url(), /\/p\/hanbit\/words\/outage/, "on the same page");
  }
});
