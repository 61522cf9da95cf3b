// No axe violation on any page: languages, themes, widths and script pairwise, so that every page
// is seen in both themes, each language, each width, with our scripts and without them.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { at, isUsable, languages, launch, pages, pairwise, themes, visit, widths } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const rows = pairwise({ path: pages, language: languages, theme: themes, width: widths, script: ["on", "blocked"] });

for (const row of rows) {
  const { path, language, theme, width, script } = row;
  test(`${path} ${language} ${theme} ${width} script ${script}`, async () => {
    const { page, complaints, close } = await visit(browser, row);
    try {
      await page.goto(at(path));
      assert.equal(await page.getAttribute("html", "lang"), language);
      await isUsable(page);
      assert.deepEqual(complaints, []);
    } finally {
      await close();
    }
  });
}

// With script really switched off axe cannot run; what can be asked without it is asked.
for (const path of pages) {
  test(`${path} with script switched off`, async () => {
    const { page, complaints, close } = await visit(browser, { script: "off", width: 360 });
    try {
      await page.goto(at(path));
      assert.equal(await page.locator("h1").count(), 1);
      assert.ok(await page.locator("main").isVisible());
      assert.deepEqual(complaints, []);
    } finally {
      await close();
    }
  });
}
