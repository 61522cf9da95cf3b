// Writing a word and an incident by form, with and without script.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { at, isUsable, languages, launch, pairwise, signIn, themes, visit, widths } from "./browser.mjs";

let browser;
let cookies;
before(async () => {
  browser = await launch();
  cookies = await signIn(browser);
});
after(() => browser.close());

// The tests may run twice on one database.
const once = Date.now().toString(36);
const save = ".actions button[value=save]";

async function signedIn(settings) {
  const visitor = await visit(browser, settings);
  await visitor.page.context().addCookies(cookies);
  // Answers to wrong or late forms are meant.
  const told = () => visitor.complaints.filter((one) => !/409|412|422/.test(one));
  return { ...visitor, told };
}

for (const script of ["on", "off"]) {
  test(`a word is written and corrected by form, script ${script}`, async () => {
    const { page, told, close } = await signedIn({ script });
    try {
      await page.goto(at("/p/hanbit/words/new"));
      await page.locator("[name='term.0.text']").fill("승인 지연");
      await page.locator("[name='term.0.hit']").fill("결제가 느리다");
      await page.locator("[name='definition.ko']").fill("승인 응답이 1초를 넘는 상태.");
      await page.locator("[name=id]").fill(`approval-lag-${script}-${once}`);
      await page.locator(save).click();
      const fault = page.locator("[id='f-term-0-hit-error']");
      await fault.waitFor();
      assert.equal(await page.locator("[name='term.0.text']").inputValue(), "승인 지연");
      await page.locator("[name='term.0.hit']").fill("승인 지연 알림");
      await page.locator(save).click();
      await page.waitForURL(/saved=1/);
      await page.locator("nav.tools a").first().click();
      await page.locator("[name=subject]").fill("결제");
      await page.locator(save).click();
      await page.waitForURL(/saved=2/);
      assert.deepEqual(told(), []);
    } finally {
      await close();
    }
  });

  test(`rows are added to an incident, script ${script}`, async () => {
    const { page, told, close } = await signedIn({ script });
    try {
      await page.goto(at("/p/hanbit/postmortems/hanbit-42/edit"));
      const rows = page.locator("[data-rows=event] fieldset.row");
      const before = await rows.count();
      await page.locator("[name=lead]").fill("typed before");
      await page.locator("button[value='more.event']").click();
      await rows.nth(before).waitFor();
      assert.equal(await page.locator("[name=lead]").inputValue(), "typed before");
      const names = await page.locator("[data-rows=event] [name$='.text']").evaluateAll((all) =>
        all.map((one) => one.name),
      );
      assert.equal(new Set(names).size, names.length, "every row has names of its own");
      assert.deepEqual(told(), []);
    } finally {
      await close();
    }
  });
}

test("a lost race shows both versions, and Ctrl+S saves", async () => {
  const { page, told, close } = await signedIn();
  try {
    const other = await page.context().newPage();
    await page.goto(at("/p/hanbit/causes/cdn-purge-scope/edit"));
    await other.goto(at("/p/hanbit/causes/cdn-purge-scope/edit"));
    await other.locator("[name=component]").fill(`payment-api ${once}`);
    await other.keyboard.press("Control+s");
    await other.waitForURL(/saved=/);
    await other.close();
    await page.locator("[name=title]").fill(`반납하지 않는 커넥션 ${once}`);
    await page.locator(save).click();
    await page.locator(".diff ins").first().waitFor();
    assert.match(await page.locator("#text").inputValue(), /반납하지 않는 커넥션/);
    await page.locator(save).click();
    await page.waitForURL(/saved=/);
    assert.deepEqual(told(), []);
  } finally {
    await close();
  }
});

const pages = [
  "/p/hanbit/words/new",
  "/p/hanbit/words/premium-color/edit",
  "/p/hanbit/postmortems/new",
  "/p/hanbit/postmortems/hanbit-42/edit",
  "/p/hanbit/causes/pool-leak/edit",
  "/p/hanbit/words/outage/source",
  "/p/hanbit/words/outage/delete",
  "/p/hanbit/edit",
  "/projects/new",
];
for (const row of pairwise({ path: pages, language: languages, theme: themes, width: widths })) {
  const { path, language, theme, width } = row;
  test(`${path} ${language} ${theme} ${width}`, async () => {
    const { page, told, close } = await signedIn({ language, theme, width });
    try {
      await page.goto(at(path));
      await isUsable(page);
      assert.deepEqual(told(), []);
    } finally {
      await close();
    }
  });
}
