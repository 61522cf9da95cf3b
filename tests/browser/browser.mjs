// What every test of the pages shares: one browser, and pages in a chosen theme, width and language.
import assert from "node:assert/strict";
import AxeBuilder from "@axe-core/playwright";
import { chromium } from "playwright-core";

const url = process.env.SAJEON_URL;
if (!url) throw new Error("SAJEON_URL is not set; run `cargo xtask test --only browser`");

/** An address on the service. */
export const at = (path) => url + path;

/** Pages of the shipped content that everybody may read. */
export const pages = [
  "/",
  "/?q=장해",
  "/?q=障害&project=hanbit",
  "/?q=zzzzzzzz",
  "/p/hanbit",
  "/p/hanbit/words/outage",
  "/p/hanbit/words/premium-color",
  "/p/hanbit/postmortems/hanbit-42",
  "/p/hanbit/causes/pool-leak",
  "/words/장해",
  "/p/hanbit/kickoff",
  "/p/hanbit/polls",
  "/p/hanbit/proposals",
  "/p/hanbit/annex",
  "/sign-in",
  "/nothing-is-here",
];

export const languages = ["en", "ko", "ja"];
export const themes = ["light", "dark"];
export const widths = [360, 800, 1440];

/** Starts the browser; Debian's, since no other can be downloaded. */
export const launch = (...more) =>
  chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-background-networking", ...more],
  });

/**
 * A fresh visitor; everything that the pages complain about is kept in `complaints`.
 * `script` is "on", "off", or "blocked": the browser runs script but gets none of ours.
 */
export async function visit(browser, settings = {}) {
  const { language = "ko", theme = "light", width = 1440, script = "on" } = settings;
  const context = await browser.newContext({
    locale: language,
    colorScheme: theme,
    viewport: { width, height: 900 },
    javaScriptEnabled: script !== "off",
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  if (script === "blocked") {
    await page.route(/\.m?js(\?|$)/, (route) => route.fulfill({ contentType: "text/javascript", body: "" }));
  }
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // A page that is not there is meant to be a 404.
    if (message.type() === "error" && !message.text().includes("404")) {
      complaints.push(message.text());
    }
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("data:")) {
      complaints.push(`asks another server: ${request.url()}`);
    }
  });
  return { page, complaints, close: () => context.close() };
}

/** Signs in on the page that is shown, as this person. */
export async function signInOn(page, name, where = url) {
  await page.goto(`${where}/sign-in`);
  await page.locator("input[name=name]").fill(name);
  await page.locator("input[type=password]").fill(process.env.SAJEON_PASSWORD);
  await page.locator("main form button").first().click();
  await page.locator("header .person").waitFor();
}

/** The cookies of a person, so that each signs in once for many tests. */
export async function signIn(browser, name = process.env.SAJEON_USER) {
  const { page, close } = await visit(browser);
  await signInOn(page, name);
  const cookies = await page.context().cookies();
  await close();
  return cookies;
}

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** No axe violation, and the page never scrolls sideways. */
export async function isUsable(page) {
  // Our pages have no frames, for which axe would open a second page each time.
  const axe = new AxeBuilder({ page }).setLegacyMode(true);
  const found = await axe.options({ resultTypes: ["violations"] }).withTags(RULES).analyze();
  const told = found.violations.map(
    (one) => `${one.id} (${one.help}): ${one.nodes.map((node) => node.target).join(" | ")}`,
  );
  assert.deepEqual(told, []);
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok(content <= window, `${content} px in a window of ${window} px`);
}

/**
 * Rows in which every pair of values of any two columns stands at least once: nearly as good at
 * finding faults as all combinations, and far fewer.
 */
export function pairwise(columns) {
  const names = Object.keys(columns);
  const open = new Set();
  const pair = (a, x, b, y) => `${a}=${x}&${b}=${y}`;
  names.forEach((a, i) =>
    names.slice(i + 1).forEach((b) =>
      columns[a].forEach((x) => columns[b].forEach((y) => open.add(pair(a, x, b, y)))),
    ),
  );
  const every = names.reduce(
    (rows, name) => rows.flatMap((row) => columns[name].map((value) => ({ ...row, [name]: value }))),
    [{}],
  );
  const covered = (row) =>
    names.flatMap((a, i) => names.slice(i + 1).map((b) => pair(a, row[a], b, row[b])));
  const rows = [];
  while (open.size > 0) {
    const gain = (row) => covered(row).filter((one) => open.has(one)).length;
    const best = every.reduce((a, b) => (gain(b) > gain(a) ? b : a));
    covered(best).forEach((one) => open.delete(one));
    rows.push(best);
  }
  return rows;
}
