// No axe violation on any page: languages, themes, widths and script pairwise, so that every page
// is seen in both themes, each language, each width, with and without script.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import { at, languages, launch, pages, pairwise, themes, visit, widths } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const rows = pairwise({ path: pages, language: languages, theme: themes, width: widths, script: [true, false] });

for (const row of rows) {
  const { path, language, theme, width, script } = row;
  test(`${path} ${language} ${theme} ${width} ${script ? "script" : "no script"}`, async () => {
    const { page, complaints, close } = await visit(browser, row);
    try {
      await page.goto(at(path));
      assert.equal(await page.getAttribute("html", "lang"), language);
      // axe itself is script; a page made without script is what it then looks at.
      if (script) await violations(page);
      await fits(page, script);
      assert.deepEqual(complaints, []);
    } finally {
      await close();
    }
  });
}

async function violations(page) {
  const found = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  const told = found.violations.map(
    (one) => `${one.id} (${one.help}): ${one.nodes.map((node) => node.target).join(" | ")}`,
  );
  assert.deepEqual(told, []);
}

// The page never scrolls sideways.
async function fits(page, script) {
  if (!script) return;
  const [content, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    document.documentElement.clientWidth,
  ]);
  assert.ok(content <= window, `${content} px in a window of ${window} px`);
}

for (const path of pages) {
  test(`${path} as it is made for those without script`, async () => {
    const { page, close } = await visit(browser, { script: false });
    try {
      const answer = await page.goto(at(path));
      const text = await answer.text();
      await page.context().close();
      // The same bytes, their scripts taken out, in a browser in which axe can run.
      const looking = await visit(browser, {});
      const withoutScript = text.replace(/<script\b[^>]*><\/script>/g, "");
      await looking.page.route("**/*", async (route) => {
        if (route.request().isNavigationRequest()) {
          const headers = { ...answer.headers() };
          delete headers["content-encoding"];
          delete headers["content-length"];
          await route.fulfill({ status: 200, headers, body: withoutScript });
        } else {
          await route.continue();
        }
      });
      await looking.page.goto(at(path));
      await violations(looking.page);
      await looking.close();
    } finally {
      await close();
    }
  });
}
