// Pictures for the documentation, from the shipped content. SAJEON_SHOTS names one part of them
// (`pages`, `words` or `recovery`), or `all`.
import { join } from "node:path";
import { answers, ask, brief, define, people, reply, signedIn } from "./agreement.mjs";
import { at, launch, signIn, visit } from "./browser.mjs";
import { lab } from "./lab.mjs";

const folder = process.env.SAJEON_IMAGES;
const part = process.env.SAJEON_SHOTS;
const wanted = (name) => part === "all" || part === name;
const shots = [
  { name: "results-ko", path: "/?q=장해 DB 커넥션&project=hanbit", language: "ko" },
  { name: "results-ko-dark", path: "/?q=장해 DB 커넥션&project=hanbit", language: "ko", theme: "dark" },
  { name: "results-ko-phone", path: "/?q=장해 DB 커넥션&project=hanbit", language: "ko", width: 390 },
  { name: "results-ja", path: "/?q=障害 接続プール枯渇&project=orion", language: "ja" },
  { name: "results-en", path: "/?q=connection pool exhausted&project=sajeon", language: "en" },
  { name: "home-ko", path: "/", language: "ko" },
  { name: "home-ja", path: "/", language: "ja" },
  { name: "home-en", path: "/", language: "en" },
  { name: "concept-ko", path: "/p/hanbit/words/premium-color", language: "ko" },
  { name: "concept-ja", path: "/p/orion/words/premium-color", language: "ja" },
  { name: "concept-en", path: "/p/hanbit/words/outage", language: "en" },
  { name: "word-ko", path: "/words/장해", language: "ko" },
  { name: "word-ja", path: "/words/障害", language: "ja" },
  { name: "word-en", path: "/words/outage", language: "en" },
  { name: "postmortem-ko", path: "/p/hanbit/postmortems/hanbit-42", language: "ko" },
  { name: "postmortem-ja", path: "/p/orion/postmortems/orion-7", language: "ja" },
  { name: "postmortem-en", path: "/p/sajeon/postmortems/sajeon-1", language: "en" },
  { name: "cause-ko", path: "/p/hanbit/causes/pool-leak", language: "ko" },
  { name: "cause-ja", path: "/p/orion/causes/pool-held-during-call", language: "ja" },
  { name: "cause-en", path: "/p/sajeon/causes/pool-leak-timeout", language: "en" },
];

/** Texts to check by hand: what words the page underlines, in each language. */
const texts = [
  ["ko", "hanbit", "# 리뉴얼 브리프\n\n고급스러운 색감으로, 장해 없이 신속히 전환합니다.\n어제 결제 오류는 조치했습니다. 서버장애 때의 응답 시간도 봅니다.\n"],
  ["ja", "orion", "# 報告\n\n昨日の障害は適切に対応しました。\n予約の取消は[[ない言葉]]を見てください。障害者向けの画面は変えていません。\n"],
  ["en", "sajeon", "# Report\n\nThe outage was fixed promptly by Kim.\nSee [[no such word]] and the rollback of several nodes.\n"],
];

// Text smoothed in grey looks the same on every screen.
const browser = await launch("--disable-lcd-text");
for (const { name, path, ...settings } of wanted("pages") ? shots : []) {
  const { page, close } = await visit(browser, { width: 1200, ...settings });
  await page.setViewportSize({ width: settings.width ?? 1200, height: 800 });
  const answer = await page.goto(at(path));
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()}`);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  console.log(`docs/images/${name}.png`);
  await close();
}
/** From a brief to signatures, and what then keeps texts to what was signed. */
async function words() {
  const owner = await signedIn(browser, process.env.SAJEON_USER, { width: 1200 });
  const { page } = owner;
  const shoot = async (name, top) => {
    await page.setViewportSize({ width: 1200, height: 900 });
    if (top) await page.locator(top).evaluate((node) => node.scrollIntoView());
    await page.screenshot({ path: join(folder, `${name}.png`) });
    console.log(`docs/images/${name}.png`);
  };
  await page.goto(at("/p/hanbit/kickoff"));
  await page.locator("#text").fill(brief("무드보드"));
  await page.locator("form.poll button").first().click();
  await page.locator(".agenda").waitFor();
  await shoot("kickoff-agenda", ".agenda");
  const poll = await ask(page, "무드보드");
  await shoot("poll-blind");
  const others = [];
  for (const [index, name] of people.entries()) {
    const person = await signedIn(browser, name);
    others.push(person);
    await reply(person.page, poll, answers[index]);
  }
  const word = await define(page, poll, "mood-board");
  await page.goto(poll);
  await shoot("poll-revealed");
  for (const person of others) {
    await person.page.goto(word);
    await person.page.locator("#sign").click();
    await person.page.locator(".note[role=status]").waitFor();
    await person.close();
  }
  await page.goto(word);
  await page.locator("details:has(button[name=to]) summary").click();
  await page.locator("button[name=to][value=agreed]").click();
  await page.locator("#signatures").waitFor();
  await shoot("word-signed");

  await page.goto(at("/p/hanbit/exchange"));
  await page.locator("#format").selectOption("csv");
  const sheet = "concept,definition:ko\noutage,사용자가 계약된 기능을 3분 이상 쓸 수 없는 상태.\n";
  await page.locator("#text").fill(sheet);
  await page.locator("button[value=look]").click();
  await page.locator("button[value=take]").waitFor();
  await shoot("exchange-proposal");

  await page.goto(at("/p/hanbit/requirements"));
  await page.locator("#title").fill("요구 사항 4.2: 장애 통지");
  await page.locator("#text").fill("장애가 나면 5분 안에 알리고, 무드보드와 응답 시간을 다시 본다.");
  await page.locator("section form button.first").click();
  await page.locator("li[data-hit]").waitFor();
  await shoot("requirements");
  await owner.close();
  for (const [language, project, text] of texts) {
    const { page, close } = await visit(browser, { width: 1200, language });
    await page.setViewportSize({ width: 1200, height: 900 });
    await page.goto(at(`/p/${project}/check`));
    await page.locator("#check-text").fill(text);
    await page.locator("#mirror mark").first().waitFor();
    await page.screenshot({ path: join(folder, `check-${language}.png`) });
    console.log(`docs/images/check-${language}.png`);
    await close();
  }
}
if (wanted("words")) await words();

// Recovery, by a responder, on the lab.
if (wanted("recovery")) lab("up");
try {
  const cookies = wanted("recovery") ? await signIn(browser) : [];
  for (const language of wanted("recovery") ? ["ko", "ja", "en"] : []) {
    const { page, close } = await visit(browser, { width: 1200, language });
    await page.setViewportSize({ width: 1200, height: 900 });
    await page.context().addCookies(cookies);
    const shoot = async (name) => {
      await page.screenshot({ path: join(folder, `${name}-${language}.png`) });
      console.log(`docs/images/${name}-${language}.png`);
    };
    await page.goto(at("/?q=web-2 connection pool exhausted&project=sajeon"));
    await page.locator("form[action^='/recovery/gateway-isolate'] [data-run]").first().click();
    await page.locator(".candidate [data-run]").waitFor();
    await shoot("plan");
    await page.locator(".candidate [data-run]").click();
    await page.locator('[data-state-word="done"]').waitFor({ timeout: 60_000 });
    await shoot("run");
    await page.locator("form[action$='/undo'] button").first().click();
    await page.locator('[data-state-word="done"]').waitFor({ timeout: 60_000 });
    await page.goto(at("/recovery/one-bad-node?arg.sick=web-2"));
    await shoot("playbook");
    await close();
  }
} finally {
  if (wanted("recovery")) lab("down");
}
await browser.close();
