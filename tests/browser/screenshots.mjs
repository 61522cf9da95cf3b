// Pictures for the documentation, from the shipped content.
import { join } from "node:path";
import { answers, ask, brief, define, people, reply, signedIn } from "./agreement.mjs";
import { at, launch, visit } from "./browser.mjs";
import { lab, signIn } from "./lab.mjs";

const folder = process.env.SAJEON_IMAGES;
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
  { name: "postmortem-ko", path: "/p/hanbit/postmortems/hanbit-42", language: "ko" },
  { name: "postmortem-ja", path: "/p/orion/postmortems/orion-7", language: "ja" },
  { name: "postmortem-en", path: "/p/sajeon/postmortems/sajeon-1", language: "en" },
  { name: "cause-ko", path: "/p/hanbit/causes/pool-leak", language: "ko" },
  { name: "cause-ja", path: "/p/orion/causes/pool-held-during-call", language: "ja" },
  { name: "cause-en", path: "/p/sajeon/causes/pool-leak-timeout", language: "en" },
];

// Text smoothed in grey looks the same on every screen.
const browser = await launch("--disable-lcd-text");
for (const { name, path, ...settings } of shots) {
  const { page, close } = await visit(browser, { width: 1200, ...settings });
  await page.setViewportSize({ width: settings.width ?? 1200, height: 800 });
  const answer = await page.goto(at(path));
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()}`);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  console.log(`docs/images/${name}.png`);
  await close();
}
// From a brief to signatures.
const owner = await signedIn(browser, process.env.SAJEON_USER, { width: 1200 });
const shoot = async (name) => {
  await owner.page.setViewportSize({ width: 1200, height: 900 });
  await owner.page.screenshot({ path: join(folder, `${name}.png`) });
  console.log(`docs/images/${name}.png`);
};
await owner.page.goto(at("/p/hanbit/kickoff"));
await owner.page.locator("#text").fill(brief("무드보드"));
await owner.page.locator("form.poll button").click();
await owner.page.locator(".agenda").waitFor();
await shoot("kickoff-agenda");
const poll = await ask(owner.page, "무드보드");
await shoot("poll-blind");
const others = [];
for (const [index, name] of people.entries()) {
  const person = await signedIn(browser, name);
  others.push(person);
  await reply(person.page, poll, answers[index]);
}
const word = await define(owner.page, poll, "mood-board");
await owner.page.goto(poll);
await shoot("poll-revealed");
for (const person of others) {
  await person.page.goto(word);
  await person.page.locator("#sign").click();
  await person.page.locator(".note[role=status]").waitFor();
  await person.close();
}
await owner.page.goto(word);
await owner.page.locator("#signatures").scrollIntoViewIfNeeded();
await shoot("word-signed");
await owner.close();

// Recovery, by a responder, on the lab.
lab("up");
try {
  const cookies = await signIn(browser);
  for (const language of ["ko", "ja", "en"]) {
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
  lab("down");
}
await browser.close();
