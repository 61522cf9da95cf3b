// Pictures for the documentation, from the shipped content.
import { join } from "node:path";
import { at, languages, launch, visit } from "./browser.mjs";

const folder = process.env.SAJEON_IMAGES;
const shots = [
  { name: "results-ko", path: "/?q=장해 DB 커넥션&project=hanbit", language: "ko" },
  { name: "results-ko-dark", path: "/?q=장해 DB 커넥션&project=hanbit", language: "ko", theme: "dark" },
  { name: "concept", path: "/p/hanbit/words/outage", language: "ko" },
  { name: "concept-colour", path: "/p/hanbit/words/premium-color", language: "ko" },
  { name: "postmortem", path: "/p/hanbit/postmortems/hanbit-42", language: "ko" },
  ...languages.map((language) => ({ name: `cause-${language}`, path: "/p/hanbit/causes/pool-leak", language })),
];

const browser = await launch();
for (const { name, path, ...settings } of shots) {
  const { page, close } = await visit(browser, { ...settings, width: 1200 });
  const answer = await page.goto(at(path));
  if (!answer.ok()) throw new Error(`${path}: ${answer.status()}`);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  console.log(`docs/images/${name}.png`);
  await close();
}
await browser.close();
