// An incident in a real browser, in Korean and in Japanese: opened, like others, noted by two people
// at once, its fix applied, mitigated, its permanent fix proven.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
  const told = () => visitor.complaints.filter((one) => !/409|412|422/.test(one));
  return { ...visitor, told };
}

const words = {
  ko: {
    project: "hanbit",
    title: "결제 API 커넥션 풀 고갈",
    similar: "비슷한 과거 장애",
    known: "알려진 원인",
    note: "배포 직후부터 5xx 증가",
    ago: "10분 전",
    wrong: "언젠가",
    when: "시각을 이해하지 못했습니다",
    state: "정상화",
    cause: "타임아웃 경로의 커넥션 누수",
    fix: "노드를 하나씩 다시 시작",
    permanent: "타임아웃 시에도 반납한다",
    past: "hanbit-42",
    knownCause: "pool-leak",
    knownTitle: "타임아웃 경로에서 커넥션을 반납하지 않음",
    meant: "connection pool leak",
    timeline: [/배포 직후부터/, /장애 기록을 시작함/, /^알려진 원인과 비슷함.*pool-leak/, /document\.title/, /^알려진 원인: .*pool-leak.*미뤄지고/, /^원인: 「타임아웃 경로의/, /일시 해결 적용: 노드를/, /^정상화/],
    wrong_word: "장해",
    right_word: "장애",
    vague: "빠르게",
    text: "## 요약\n결제 장해가 12분 이어졌다. 다음에는 빠르게 알아챈다.\n",
    agreed: /"outage@\d+"/,
  },
  ja: {
    project: "orion",
    title: "接続プール枯渇で注文が失敗",
    similar: "似ている過去の障害",
    known: "既知の原因",
    note: "リリース直後から 5xx が増加",
    ago: "10分前",
    wrong: "いつか",
    when: "時刻を理解できませんでした",
    state: "復旧",
    cause: "タイムアウト時に接続を返さない",
    fix: "ノードを一台ずつ再起動",
    permanent: "タイムアウト時にも返す",
    past: "orion-",
    knownCause: "pool-held-during-call",
    knownTitle: "外部APIの応答を待つ間もDB接続を握り続ける",
    meant: "コネクション 枯渇",
    timeline: [/リリース直後から/, /障害の記録を開始/, /^既知の原因に似ている.*pool-held/, /^既知の原因に似ている.*shallow-health/, /document\.title/, /^既知の原因: .*pool-held.*待たされている/, /^原因: 「タイムアウト時に/, /暫定対応を適用: ノードを/, /^復旧/],
    wrong_word: "改修",
    right_word: "",
    vague: "迅速",
    text: "## 概要\n予約の障害が12分続いた。改修の前に迅速に気づく。\n",
    agreed: /"outage@\d+"/,
  },
};

const later = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

for (const [language, say] of Object.entries(words)) {
  test(`an incident is played in ${language}`, { timeout: 120_000 }, async () => {
    const { page, told, close } = await signedIn({ language });
    const other = await signedIn({ language });
    try {
      await page.goto(at(`/p/${say.project}`));
      await page.locator("#open-title").fill(say.title);
      await page.locator("#open-severity").selectOption("sev1");
      await page.locator("[data-open] button").click();
      await page.waitForURL(/postmortems\/[a-z]+-\d+$/);
      const address = page.url();
      await page.getByRole("heading", { name: say.similar }).waitFor();
      const hit = page.locator(".hits .hit", { hasText: say.past }).first();
      await hit.waitFor();
      assert.ok((await hit.locator(".fixes dd").count()) > 0, "with the fix that worked");
      await page.locator("[data-since]").waitFor();

      // Somebody else looks; each sees what the other writes, once.
      await other.page.goto(address);
      await page.locator("#note-text").fill(say.note);
      await page.locator("#note-at").fill(say.wrong);
      await page.locator("[data-note] button").click();
      await page.getByText(say.when).waitFor();
      assert.equal(await page.locator("#note-text").inputValue(), say.note, "what was typed stays");
      await page.locator("#note-at").fill(say.ago);
      await page.locator("[data-note] button").click();
      for (const one of [page, other.page]) {
        await one.locator("#timeline .said", { hasText: say.note }).waitFor();
        assert.equal(await one.locator("#timeline .said", { hasText: say.note }).count(), 1);
      }
      assert.equal(page.url(), address, "the page was not left");
      const log = "<script>document.title = 'hacked'</script>";
      await other.page.locator("#note-text").fill(log);
      await other.page.locator("[data-note] button").click();
      await page.locator("#timeline .said", { hasText: "document.title" }).waitFor();
      assert.doesNotMatch(await page.title(), /hacked/);

      // A cause that is known is linked: the incident says at once how long its fix has waited.
      await page.locator("#causes-form summary").click();
      await page.locator("#cause-title").pressSequentially(say.meant, { delay: 20 });
      await page.locator("#cause-found button", { hasText: say.knownTitle }).click();
      assert.equal(await page.locator("#cause-known").inputValue(), say.knownCause, "found by what it means");
      await page.locator("#causes-form button:not([type])").click();
      await page.locator('[data-part="known"] .alert', { hasText: say.known }).first().waitFor();

      await page.locator("#causes-form summary").click();
      await page.locator("#cause-title").fill(say.cause);
      await page.locator("#causes-form button:not([type])").click();
      await page.locator("#causes h3 a", { hasText: say.cause }).waitFor();
      const cause = await page.locator("#causes h3 a", { hasText: say.cause }).getAttribute("href");

      await page.locator(`.live-acts a[href$="/apply"]`).click();
      await page.locator("#apply-fix").selectOption(`${cause.split("/").at(-1)}/`);
      await page.locator("#apply-summary").fill(say.fix);
      await page.locator("#apply-outcome").selectOption("worked");
      await page.locator("#apply-expires").fill(later(7));
      await page.locator("#apply-until").selectOption("new");
      await page.locator("#until-summary").fill(say.permanent);
      await page.locator("#until-owner").fill("tanaka");
      await page.locator("form.edit button.first").click();
      await page.waitForURL(/#applied$/);
      await page.locator("#applied", { hasText: say.fix }).waitFor();

      await page.locator(".live-acts button[value=mitigated]").click();
      await page.locator(".badge", { hasText: say.state }).first().waitFor();
      await other.page.locator(".badge", { hasText: say.state }).first().waitFor();

      // The timeline is complete and in order: each thing that was done, once, and nothing else.
      const times = await page.locator("#timeline time").evaluateAll((all) => all.map((one) => one.dateTime));
      assert.deepEqual(times, [...times].sort(), "the timeline is in order");
      const entries = await page.locator("#timeline .said").allTextContents();
      assert.equal(entries.length, say.timeline.length, entries.join("\n"));
      say.timeline.forEach((wanted, number) => assert.match(entries[number], wanted));

      // Written: the checker finds the wrong word and the vague one while it is typed.
      await page.goto(`${address}/edit`);
      await page.locator("textarea[name=body]").fill(say.text);
      const finding = page.locator(".findings li", { hasText: say.wrong_word }).first();
      await finding.waitFor();
      await page.locator("#beside .checklist", { hasText: say.vague }).waitFor();
      const replace = finding.locator("button:not(.plain)");
      if (say.right_word) await replace.click();
      const body = await page.locator("textarea[name=body]").inputValue();
      if (say.right_word) assert.ok(!body.includes(say.wrong_word) && body.includes(say.right_word), body);
      await page.locator("textarea[name=body]").fill(body.replace(say.vague, "3分"));
      await page.locator("#beside .checklist", { hasText: say.vague }).waitFor({ state: "detached" });
      await page.locator("[name=impact]").fill("12 min");
      await page.locator(".actions button[value=save]").click();
      await page.waitForURL(/saved=/);
      // Checked, then published: the meaning of its words is pinned.
      await page.locator("details.checklist summary").click();
      assert.equal(await page.locator("details.checklist li", { hasText: say.vague }).count(), 0);
      await page.goto(`${address}/edit`);
      await page.locator("select[name=review]").selectOption("published");
      await page.locator(".actions button[value=save]").click();
      await page.waitForURL(/saved=/);
      await page.locator(".pins a").first().waitFor();

      await page.goto(at(`/p/${say.project}/stopgaps`));
      await page.getByText(say.fix).waitFor();
      await page.goto(at(cause));
      await page.locator("details.forms summary").first().click();
      await page.locator("select[name=status]").first().selectOption("proven");
      await page.locator("input[name=proof]").first().fill("drill 2026-11");
      await page.locator("input[name=proven_by]").first().fill("minji");
      await page.locator("details.forms button").first().click();
      await page.locator(".badge.good").first().waitFor();

      // The exported file: read back by its own grammar, and the same as what the API gives.
      const [, project, id] = /\/p\/([^/]+)\/postmortems\/(.*)$/.exec(address);
      const folder = mkdtempSync(join(tmpdir(), "sajeon-export-"));
      // Variables of these tests are no settings of the program, which refuses what it does not know.
      const env = { PATH: process.env.PATH };
      const sajeon = (...words) =>
        execFileSync(process.env.SAJEON_PROGRAM, [...words, "--json"], { encoding: "utf8", env });
      let text;
      try {
        sajeon("export", folder, "--data", process.env.SAJEON_DATA);
        text = readFileSync(join(folder, "postmortems", project, `${id}.md`), "utf8");
        const fresh = mkdtempSync(join(folder, "data-"));
        const taken = JSON.parse(sajeon("import", folder, "--dry-run", "--data", fresh));
        assert.ok(taken.files.some((one) => one.id === id && one.outcome === "new"), "it reads");
      } finally {
        rmSync(folder, { recursive: true });
      }
      const file = await page.context().request.get(at(`/api/v1/projects/${project}/postmortems/${id}`), { headers: { accept: "text/markdown" } });
      assert.equal(await file.text(), text);
      const keys = [...text.matchAll(/^(?:\[\[(\w+)\]\]|(\w+) = )/gm)].map((one) => one[1] ?? one[2]);
      const known = ["id", "title", "lang", "kind", "severity", "status", "review", "lead", "impact", "mitigated", "concepts", "cause", "role", "applied", "fix", "at", "outcome", "expires", "until", "event", "text", "by"];
      assert.deepEqual([...new Set(keys)].filter((key) => !known.includes(key)), [], "keys of formats.md alone");
      for (const [key, times] of [["cause", 2], ["applied", 1], ["event", say.timeline.length]]) {
        assert.equal(keys.filter((one) => one === key).length, times, `${times} × ${key} in\n${text}`);
      }
      for (const part of ['severity = "sev1"', 'status = "mitigated"', 'review = "published"', 'outcome = "worked"', `expires = ${later(7)}`, 'id = "' + say.knownCause + '"']) {
        assert.ok(text.includes(part), `${part} in\n${text}`);
      }
      assert.match(text, say.agreed, "the meaning of that day is pinned");
      assert.doesNotMatch(text, /^started|^detected/m, "nothing was guessed");
      assert.deepEqual([...told(), ...other.told()], []);
    } finally {
      await close();
      await other.close();
    }
  });
}

for (const [path, theme, width] of [
  ["", "light", 360],
  ["/apply", "dark", 800],
]) {
  test(`an open incident${path} can be used by everybody, ${theme} ${width}`, async () => {
    const { page, told, close } = await signedIn({ language: "ko", theme, width });
    try {
      await page.goto(at(`/p/hanbit/postmortems/hanbit-42${path}`));
      await isUsable(page);
      assert.deepEqual(told(), []);
    } finally {
      await close();
    }
  });
}
