// Writing a postmortem: what the editor does beside its text area, in Korean and in Japanese.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { at, isUsable, launch, signIn, visit } from "./browser.mjs";

let browser;
let cookies;
before(async () => {
  browser = await launch();
  cookies = await signIn(browser);
});
after(() => browser.close());

async function signedIn(settings) {
  const visitor = await visit(browser, settings);
  await visitor.page.context().addCookies(cookies);
  const told = () =>
    visitor.complaints.filter((one) => !/409|412|422|ERR_INTERNET_DISCONNECTED/.test(one));
  return { ...visitor, told };
}

const save = ".actions button[value=save]";
const once = Date.now().toString(36);

/** Makes a postmortem by its form and opens its editor; gives the address of the record. */
async function write(page, project, title) {
  await page.goto(at(`/p/${project}/postmortems/new`));
  await page.locator("[name=title]").fill(title);
  await page.locator(save).click();
  await page.waitForURL(/saved=1/);
  const url = page.url().split("?")[0];
  await page.goto(`${url}/edit`);
  return url;
}

const scenes = [
  { language: "ko", project: "hanbit", wrong: "어제 결제 장해가 있었다.", right: /장애/, begun: "[[커넥" },
  { language: "ja", project: "orion", wrong: "昨日の障害は長かった。", right: null, begun: "[[接続" },
];
for (const { language, project, wrong, right, begun } of scenes) {
  test(`the editor checks, completes and previews in ${language}`, async () => {
    const { page, told, close } = await signedIn({ language });
    try {
      await write(page, project, `편집 ${language} ${once}`);
      const area = page.locator("textarea[name=body]");
      const before = await area.inputValue();
      await area.focus();
      await page.keyboard.press("Control+End");
      await page.keyboard.type(`\n${wrong}\n`);
      if (right) {
        await page.locator(".marked-area mark").first().waitFor();
        await page.locator(".findings li button:not(.plain)").first().click();
        assert.match(await area.inputValue(), right);
        await area.focus();
        await page.keyboard.press("Control+z");
        assert.ok((await area.inputValue()).includes(wrong), "undo takes the replacement back");
      }
      await page.keyboard.press("Control+End");
      await page.keyboard.type(begun);
      const list = page.locator(".completions li");
      await list.first().waitFor();
      await page.keyboard.press("Enter");
      assert.match(await area.inputValue(), /\[\[[^\]]+\]\]$/);
      await page.locator("#preview .term").first().waitFor();
      assert.ok((await area.inputValue()).startsWith(before));
      await isUsable(page);
      await page.keyboard.press("Control+s");
      await page.waitForURL(/saved=2/);
      assert.deepEqual(told(), []);
    } finally {
      await close();
    }
  });
}

test("causes, people and services are completed, too", async () => {
  const { page, told, close } = await signedIn({ language: "ko" });
  try {
    await write(page, "hanbit", `완성 ${once}`);
    const area = page.locator("textarea[name=body]");
    await area.fill("");
    for (const [typed, key, choice, written] of [
      ["타임아웃", "Control+Space", "pool-leak", /\]\(\/p\/hanbit\/causes\/pool-leak\)$/],
      [" payment", "Control+Space", "payment-api", /\) payment-api$/],
      [" @minj", null, "minji", / payment-api minji$/],
    ]) {
      await area.focus();
      await page.keyboard.type(typed);
      if (key) await page.keyboard.press(key);
      const item = page.locator(".completions li", { hasText: choice }).first();
      await item.waitFor();
      await item.click();
      assert.match(await area.inputValue(), written);
    }
    assert.deepEqual(told(), []);
  } finally {
    await close();
  }
});

for (const script of ["on", "off"]) {
  test(`similar incidents and the checklist stand beside what is typed, script ${script}`, async () => {
    const { page, told, close } = await signedIn({ language: "ko", script });
    try {
      await write(page, "hanbit", `옆 ${script} ${once}`);
      const area = page.locator("textarea[name=body]");
      const beside = page.locator("#beside");
      assert.equal(await beside.locator(".hit", { hasText: "hanbit-42" }).count(), 0, "nothing is like it yet");
      await area.fill("## 요약\n결제 API 커넥션 풀이 고갈되어 주문이 실패했다. 빠르게 조치했다.\n");
      if (script === "off") await page.locator("button[value=similar]").click();
      // Others may name it, too.
      const own = page.locator("h3 .id", { hasText: /^hanbit-42$/ });
      const hit = beside.locator(".hit", { has: own });
      await hit.waitFor();
      assert.ok((await hit.locator(".fixes dd").count()) > 0, "each with its fix");
      // What is typed is judged, although nothing is saved.
      await beside.locator(".checklist", { hasText: "빠르게" }).waitFor();
      assert.match(await area.inputValue(), /빠르게 조치했다/);
      if (script === "on") {
        // The checker speaks the reader's language.
        await page.locator(".findings li", { hasText: "읽는 사람마다 다르게 이해합니다" }).first().waitFor();
        assert.equal(await page.locator(".findings li", { hasText: /reader|word that/ }).count(), 0);
      }
      assert.deepEqual(told(), []);
    } finally {
      await close();
    }
  });
}

test("a section template adds what is missing, with and without script", async () => {
  for (const script of ["on", "off"]) {
    const { page, told, close } = await signedIn({ language: "ja", script });
    try {
      await write(page, "hanbit", `서식 ${script} ${once}`);
      await page.locator("select[name=outline]").selectOption("report-ja");
      await page.locator("button[value=outline]").click();
      await page.waitForFunction(() => true);
      const body = await page.locator("textarea[name=body]").inputValue();
      assert.match(body, /## 재발 방지 대책/);
      assert.match(body, /## 왜 예상하지 못했나/);
      assert.deepEqual(told(), []);
    } finally {
      await close();
    }
  }
});

test("a draft survives a lost connection and is restored with a notice", async () => {
  const { page, told, close } = await signedIn({ language: "ko" });
  try {
    const url = await write(page, "hanbit", `초안 ${once}`);
    const area = page.locator("textarea[name=body]");
    await page.context().setOffline(true);
    await area.fill("## 요약\n끊긴 사이에 쓴 글\n");
    await page.locator(save).click();
    await page.locator("#notice-offline").waitFor();
    await page.context().setOffline(false);
    page.once("dialog", (dialog) => dialog.accept());
    await page.goto(url);
    await page.goto(`${url}/edit`);
    await page.locator("#notice-draft button").first().click();
    assert.match(await area.inputValue(), /끊긴 사이에 쓴 글/);
    await page.locator(save).click();
    await page.waitForURL(/saved=2/);
    await page.goto(`${url}/edit`);
    assert.equal(await page.locator("#notice-draft").count(), 0, "what was saved is no draft");
    assert.deepEqual(told(), []);
  } finally {
    await close();
  }
});

test("two writers lose nothing: the later one sees both as one and saves it", async () => {
  const { page, told, close } = await signedIn({ language: "ja" });
  try {
    const url = await write(page, "hanbit", `병합 ${once}`);
    const area = page.locator("textarea[name=body]");
    await area.fill("## 요약\n처음 글\n\n## 교훈\n");
    await page.locator(save).click();
    await page.waitForURL(/saved=2/);
    await page.goto(`${url}/edit`);
    const other = await page.context().newPage();
    await other.goto(`${url}/edit`);
    await other.locator("textarea[name=body]").fill("## 요약\n처음 글\n\n## 교훈\n남이 쓴 교훈\n");
    await other.locator(save).click();
    await other.waitForURL(/saved=3/);
    await area.fill("## 요약\n내가 고친 글\n\n## 교훈\n");
    await page.locator(save).click();
    await page.locator("#merged").waitFor();
    const merged = await page.locator("#text").inputValue();
    assert.match(merged, /내가 고친 글/);
    assert.match(merged, /남이 쓴 교훈/);
    await page.locator(save).click();
    await page.waitForURL(/saved=4/);
    await other.close();
    assert.deepEqual(told(), []);
  } finally {
    await close();
  }
});

test("what is pasted and typed never runs", async () => {
  const { page, told, close } = await signedIn({ language: "ko" });
  try {
    await page.addInitScript(() => {
      window.alert = () => document.documentElement.setAttribute("data-ran", "yes");
    });
    await write(page, "hanbit", `<img src=x onerror=alert(1)> ${once}`);
    const evil =
      '<script>alert(1)</script><img src=x onerror=alert(1)>\n[x](javascript:alert(1))\n' +
      '<svg onload=alert(1)>\n\n<a href="javascript:alert(1)">y</a>\n\n[[<img src=x onerror=alert(1)>]]\n';
    const looked = page.waitForResponse((answer) => answer.request().method() === "POST" && answer.url().endsWith("/edit"));
    await page.locator("textarea[name=body]").fill(evil);
    await looked;
    await page.locator("#preview p").first().waitFor();
    assert.equal(await page.locator("html[data-ran]").count(), 0, "the preview");
    await page.locator(save).click();
    await page.waitForURL(/saved=2/);
    for (const place of ["", "/report", "/briefing", "/history", "/recognised"]) {
      await page.goto(page.url().split("?")[0].replace(/\/(report|briefing|history|recognised)$/, "") + place);
      assert.equal(await page.locator("html[data-ran]").count(), 0, place);
      assert.equal(await page.locator("main script:not([src]), main [onerror], main [onload], main a[href^=javascript]").count(), 0, place);
    }
    assert.deepEqual(told(), []);
  } finally {
    await close();
  }
});

/** What stands out of the column that A4 leaves, or is cut off by its own box. */
const cutOff = () => {
  const column = document.querySelector("main");
  const edge = column.getBoundingClientRect().right + 1;
  const wrong = [];
  for (const one of column.querySelectorAll("*")) {
    const box = one.getBoundingClientRect();
    if (box.width === 0 || box.height === 0 || one.closest(".unseen")) continue;
    const name = `${one.tagName} ${one.className} ${one.textContent.trim().slice(0, 40)}`;
    if (box.right > edge) wrong.push(`stands out: ${name}`);
    const { overflowX, overflowY } = getComputedStyle(one);
    if (overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1) wrong.push(`cut: ${name}`);
    if (overflowY !== "visible" && one.scrollHeight > one.clientHeight + 1) wrong.push(`cut: ${name}`);
  }
  return wrong;
};

const onPaper = [
  ["ko", "/p/hanbit/postmortems/hanbit-42/report?lang=ko", "article.report"],
  ["ko", "/p/orion/postmortems/orion-7/report?lang=ja", "article.report"],
  ["en", "/p/hanbit/postmortems/hanbit-42/report?lang=en", "article.report"],
  ["ko", "/p/hanbit/postmortems/hanbit-42", ".prose"],
  ["ja", "/p/orion/postmortems/orion-7", ".prose"],
  ["ko", "/p/hanbit/causes/pool-leak", "main"],
];
for (const [language, path, what] of onPaper) {
  test(`${path} in ${language} is a clean A4 whatever the theme`, async () => {
    const { page, told, close } = await signedIn({ language, theme: "dark" });
    try {
      await page.goto(at(path));
      await page.emulateMedia({ media: "print" });
      // A4 without its margins of 14 mm, at 96 pixels an inch.
      await page.setViewportSize({ width: 688, height: 1000 });
      assert.equal(await page.locator("header.top").isVisible(), false);
      assert.equal(await page.locator(what).first().isVisible(), true);
      assert.deepEqual(await page.evaluate(cutOff), []);
      for (const away of ['[data-part="similar"] .hit', "main button", "main textarea"]) {
        for (const one of await page.locator(away).all()) assert.equal(await one.isVisible(), false, away);
      }
      for (const pin of await page.locator(".pins a").all()) assert.ok(await pin.isVisible(), "meanings of that day");
      const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.match(dark, /^(rgb\(255, 255, 255\)|rgba\(0, 0, 0, 0\))$/);
      const paper = (await page.pdf({ format: "A4", preferCSSPageSize: true })).toString("latin1");
      const sizes = [...paper.matchAll(/\/MediaBox \[0 0 (\d+\.?\d*) (\d+\.?\d*)\]/g)];
      assert.ok(sizes.length > 0 && sizes.length <= 8, `${sizes.length} pages`);
      for (const [, width, height] of sizes) {
        assert.ok(Math.abs(width - 595) < 2 && Math.abs(height - 842) < 2, `${width} × ${height}`);
      }
      assert.deepEqual(told(), []);
    } finally {
      await close();
    }
  });
}

for (const path of [
  "/figures",
  "/p/hanbit/figures",
  "/p/hanbit/moved",
  "/p/hanbit/postmortems/hanbit-42/report",
  "/p/hanbit/postmortems/hanbit-42/briefing",
  "/p/hanbit/postmortems/hanbit-42/recognised",
]) {
  for (const [language, theme, width] of [["ko", "dark", 360], ["ja", "light", 1440]]) {
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
}
