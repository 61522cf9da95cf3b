// A service of its own, whose reviewed files are hostile too: actions whose output is script and
// terminal escapes, targets and questions with markup in what they are called.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");

const ACTION = (text) => `
title = { en = ${JSON.stringify(text)} }
phase = "analyse"
effect = "read"
timeout = "20s"
reviewed = "only what the file says is printed"
[params.word]
type = "text"
pattern = "[a-z ]+"
default = "word"
[run]
exec = ["./say.sh", "--", "{word}"]
`;

const PLAYBOOK = (text) => `
title = { en = ${JSON.stringify(text)} }
[[step]]
id = "say"
action = "say"
ask = ${JSON.stringify(text)}
`;

const TARGETS = (text) => `
practice = true
[[target]]
name = "web-1"
kind = "web-node"
address = "127.0.0.1:18001"
role = ${JSON.stringify(text)}
aliases = [${JSON.stringify(text)}]
`;

/** The output of the action: `text` plain, coloured, in an odd line, in a link of a terminal. */
const OUTPUT = (text) => `#!/bin/sh
cat <<'END'
${text}
\u001b[31m${text}\u001b[0m
\u001b]8;;javascript:window.ran=40\u0007${text}\u001b]8;;\u0007
\u001b]0;${text}\u0007\u001b[2J\u0000\u009b31m${text}
END
cat >&2 <<'END'
${text}
END
`;

/** Starts it; `text` stands in the reviewed files, `name` and `password` are the owner's. */
export async function serve(program, { name, password, text }) {
  const folder = mkdtempSync(join(tmpdir(), "sajeon-hostile-"));
  const content = join(folder, "content");
  for (const part of ["glossary/hanbit", "postmortems/hanbit"]) {
    cpSync(join(root, part), join(content, part), { recursive: true });
  }
  for (const part of ["actions", "playbooks", "targets"]) {
    mkdirSync(join(content, "recovery", part), { recursive: true });
  }
  const files = {
    "actions/say.toml": ACTION(text),
    "playbooks/ask-and-say.toml": PLAYBOOK(text),
    "targets/lab.toml": TARGETS(text),
  };
  for (const [path, text] of Object.entries(files)) {
    writeFileSync(join(content, "recovery", path), text);
  }
  writeFileSync(join(content, "recovery/actions/say.sh"), OUTPUT(text), { mode: 0o755 });
  const data = join(folder, "data");
  // Variables of these tests are no settings of the program, which refuses what it does not know.
  const env = { PATH: process.env.PATH };
  const words = ["serve", "--listen", "127.0.0.1:0", "--data", data, "--content", content];
  // It goes when this process goes, however that ends.
  const child = spawn("setpriv", ["--pdeathsig", "KILL", "--", program, ...words], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = await Promise.race([
    new Promise((resolve) => createInterface({ input: child.stdout }).once("line", (line) => resolve([line]))),
    new Promise((_, reject) => setTimeout(() => reject(new Error("it printed no address")), 120_000)),
  ]);
  const add = ["user", "add", name, "--role", "owner", "--password-stdin", "--data", data];
  execFileSync(program, add, { env, input: password });
  const stop = () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  };
  return { url: line.replace("listening on ", "").replace(/\/$/, ""), stop };
}
