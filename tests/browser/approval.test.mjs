// What nothing takes back: the target's name is typed, another person approves, never oneself.
// On a service of its own, whose content has such an action; the shipped content has none.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { isUsable, launch, signInOn, visit } from "./browser.mjs";

const PASSWORD = process.env.SAJEON_PASSWORD;
const ACTION = `
title = { en = "Wipe a node", ko = "노드 초기화", ja = "ノードを初期化する" }
phase = "replace"
effect = "destructive"
timeout = "20s"
env = ["STATE"]
[params.node]
type = "target"
kind = "web-node"
[[precondition]]
id = "right-node"
exec = ["./node.sh", "name", "{node}"]
expect = { stdout = "^{node}$" }
[run]
exec = ["./node.sh", "wipe", "{node}"]
[approve]
required = 1
`;
const SCRIPT = `#!/bin/sh
case "$1" in
  name) echo "$2" ;;
  wipe) echo "$2" >> "$STATE"; echo "wiped $2" ;;
esac
`;

const folder = mkdtempSync(join(tmpdir(), "approval-"));
const state = join(folder, "state");
const program = process.env.SAJEON_PROGRAM;
const env = { PATH: process.env.PATH };
let service;
let url;
let browser;

function write(path, text) {
  const file = join(folder, "content", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
}

before(async () => {
  write("recovery/actions/node-wipe.toml", ACTION);
  write("recovery/actions/node.sh", SCRIPT);
  const target = `[[target]]\nname = "web-2"\nkind = "web-node"\naddress = "127.0.0.1:18002"\n`;
  write("recovery/targets/lab.toml", `[env]\nSTATE = "${state}"\n${target}`);
  writeFileSync(state, "");
  const data = join(folder, "data");
  const words = ["serve", "--listen", "127.0.0.1:0", "--data", data, "--content"];
  service = spawn(program, [...words, join(folder, "content")], {
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const lines = createInterface({ input: service.stdout });
  url = await new Promise((resolve) => {
    lines.on("line", (line) => {
      const [, address] = line.match(/^listening on (\S+?)\/?$/) ?? [];
      if (address) resolve(address);
    });
  });
  for (const name of ["ren", "mina"]) {
    const add = ["user", "add", name, "--role", "lead", "--password-stdin", "--data", data];
    execFileSync(program, add, { env, input: `${PASSWORD}\n` });
  }
  browser = await launch();
});
after(async () => {
  await browser?.close();
  service?.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
});

/** A page of this person. */
async function signedIn(name, settings) {
  const visitor = await visit(browser, settings);
  await signInOn(visitor.page, name, url);
  return visitor;
}

const stands = (page, word) => page.locator(`[data-state-word="${word}"]`).waitFor();
const wiped = () => readFileSync(state, "utf8").trim().split("\n").filter(Boolean).length;

test("what nothing takes back needs its name and another person", async () => {
  const ren = await signedIn("ren", { language: "ko" });
  const mina = await signedIn("mina", { language: "ja", theme: "dark", width: 360 });
  await ren.page.goto(`${url}/recovery/node-wipe?arg.node=web-2`);
  const confirm = ren.page.locator("input[name=confirm]");
  await confirm.fill("web-1");
  await ren.page.locator("[data-run]").click();
  await ren.page.locator("[role=alert]").first().waitFor();
  const told = ren.page.locator("[role=alert] span").first();
  assert.equal(await told.getAttribute("lang"), "ko", await told.innerText());
  assert.equal(wiped(), 0);
  await ren.page.locator("input[name=confirm]").fill("web-2");
  await ren.page.locator("[data-run]").click();
  await ren.page.waitForURL(/\/runs\//);
  await stands(ren.page, "waiting");
  assert.equal(await ren.page.locator("form[action$='/approve']").count(), 0, "the own run");

  await mina.page.goto(ren.page.url());
  await stands(mina.page, "waiting");
  const hash = await mina.page.locator("code.hash").first().innerText();
  assert.match(hash, /^sha256:[0-9a-f]{64}$/);
  await isUsable(mina.page);
  // By keyboard alone: the button is reached and pressed.
  const there = "document.activeElement.closest(\"form[action$='/approve']\") !== null";
  for (let press = 0; press < 60 && !(await mina.page.evaluate(there)); press += 1) {
    await mina.page.keyboard.press("Tab");
  }
  await mina.page.keyboard.press("Enter");
  await stands(mina.page, "done");
  // Who asked sees it without doing anything.
  await stands(ren.page, "done");
  assert.equal(wiped(), 1);
  assert.ok((await ren.page.innerText("main")).includes("mina"), "who approved is not told");
  // This service is another one than that of the other tests, and 422 is what was asked for.
  const meant = (one) => one.includes(url) || one.includes("422");
  assert.deepEqual([...ren.complaints, ...mina.complaints].filter((one) => !meant(one)), []);
  await ren.close();
  await mina.close();
});
