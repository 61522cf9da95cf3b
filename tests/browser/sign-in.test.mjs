// Signing in and out, with and without script.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { at, launch, visit } from "./browser.mjs";

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

for (const script of ["on", "off"]) {
  test(`a person signs in and out, script ${script}`, async () => {
    const { page, complaints, close } = await visit(browser, { script });
    try {
      await page.goto(at("/sign-in"));
      await page.locator("input[type=password]").fill("wrong, and long enough to be sent");
      await page.locator("input[name=name], input[autocomplete=username]").fill(process.env.SAJEON_USER);
      await page.locator("main form button").first().click();
      await page.locator("[role=alert]").waitFor();

      await page.locator("input[name=name], input[autocomplete=username]").fill(process.env.SAJEON_USER);
      await page.locator("input[type=password]").fill(process.env.SAJEON_PASSWORD);
      await page.locator("main form button").first().click();
      await page.locator("header").getByText(process.env.SAJEON_USER).first().waitFor();
      const cookies = await page.context().cookies();
      const session = cookies.find((cookie) => /^(__Host-sajeon|sajeon-\d+)$/.test(cookie.name));
      assert.ok(session, "a session cookie");
      assert.deepEqual([session.httpOnly, session.sameSite], [true, "Lax"]);
      await page.locator("header .person").click();
      await page.locator("form[action*='sign-out'] button").first().click();
      await page.goto(at("/"));
      assert.equal(await page.locator("header .person").count(), 0);
      // The browser itself reports the refused password.
      assert.deepEqual(complaints.filter((one) => !/40[13]|422/.test(one)), []);
    } finally {
      await close();
    }
  });
}
