// Kickoff without a manual: brief, blind poll, five answers, reveal, definition, signatures.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { answers, ask, define, people, reply, signedIn } from "./agreement.mjs";
import { isUsable, languages, launch } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const once = Date.now().toString(36);

for (const [index, language] of languages.entries()) {
  const settings = { language, theme: index === 1 ? "dark" : "light", width: [360, 800, 1440][index] };
  test(`from the brief to five signatures, ${language}`, async () => {
    const owner = await signedIn(browser, process.env.SAJEON_USER, settings);
    const others = [];
    try {
      const word = `무드보드${once}${language}`;
      const poll = await ask(owner.page, word);
      await isUsable(owner.page);
      for (const [at, name] of people.entries()) {
        const person = await signedIn(browser, name, { language });
        others.push(person);
        await reply(person.page, poll, answers[at]);
      }
      // Until the reveal the owner sees the number and nothing else.
      await owner.page.goto(poll);
      const before = await owner.page.locator("main").innerText();
      for (const [, text] of answers) assert.ok(!before.includes(text), "an answer leaks");
      for (const name of people) assert.ok(!before.includes(name), `${name} leaks`);
      assert.match(await owner.page.locator("#total").innerText(), /5/);
      const id = `mood-${language}-${once}`;
      const page = await define(owner.page, poll, id);
      await isUsable(owner.page);
      await owner.page.goto(poll);
      await isUsable(owner.page);
      const shown = await owner.page.locator("main").innerText();
      for (const [, text] of answers) assert.ok(shown.includes(text), `no ${text}`);
      assert.ok(!people.some((name) => shown.includes(name)), "names come second");
      await owner.page.goto(`${poll}?names=1`);
      const named = await owner.page.locator("main").innerText();
      for (const name of people) assert.ok(named.includes(name), `no ${name}`);
      for (const person of others) {
        await person.page.goto(page);
        await person.page.locator("#sign").click();
        await person.page.locator(".note[role=status]").waitFor();
        assert.deepEqual(person.complaints, []);
      }
      await owner.page.goto(page);
      const signed = await owner.page.locator("section[aria-labelledby=signatures]").innerText();
      for (const name of people) assert.ok(signed.includes(name), `no signature of ${name}`);
      assert.deepEqual(owner.complaints, []);
    } finally {
      for (const person of others) await person.close();
      await owner.close();
    }
  });
}
