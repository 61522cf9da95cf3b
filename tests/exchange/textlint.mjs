// Exported prh rules in textlint: every deprecated word is found, no shielded one is.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import yaml from "js-yaml";
import { createLinter, loadTextlintrc } from "textlint";

const root = resolve(process.argv[2]);
const node_modules = process.argv[3] ?? fileURLToPath(new URL("node_modules", import.meta.url));
let checks = 0;
for (const name of readdirSync(root, { withFileTypes: true })) {
  if (!name.isDirectory()) continue;
  const folder = join(root, name.name);
  const file = join(folder, "prh.yml");
  const { rules } = yaml.load(readFileSync(file, "utf8"));
  const config = join(folder, ".textlintrc.json");
  writeFileSync(config, JSON.stringify({ rules: { prh: { rulePaths: [file] } } }));
  const descriptor = await loadTextlintrc({ configFilePath: config, node_modulesDir: node_modules });
  const linter = createLinter({ descriptor });
  const words = rules.map((rule) => rule.specs[0].from);
  const shields = rules.flatMap((rule) => rule.specs.slice(1).map((spec) => spec.from));
  const found = await linter.lintText(words.map((word) => `- ${word}`).join("\n") + "\n", "a.md");
  const lines = new Set(found.messages.map((message) => message.loc.start.line));
  words.forEach((word, index) => assert.ok(lines.has(index + 1), `${name.name}: ${word}`));
  // A shield of one word may hold another that is deprecated in its own right.
  for (const shield of shields) {
    const { messages } = await linter.lintText(`${shield}\n`, "a.md");
    const own = rules.filter((rule) => rule.specs.slice(1).some((spec) => spec.from === shield));
    const replacements = own.map((rule) => `=> ${rule.expected}`);
    const wrong = messages.filter((m) => replacements.some((end) => m.message.includes(end)));
    assert.deepEqual(wrong, [], `${name.name}: ${shield}`);
  }
  checks += words.length + shields.length;
}
assert.ok(checks > 0, "there was no rule");
console.log(`# pass ${checks}`);
