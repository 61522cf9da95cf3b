// From a brief to signatures, as people do it: what the test and the pictures share.
import { at, signIn, visit } from "./browser.mjs";

/** Everybody who answers. */
export const people = process.env.SAJEON_PEOPLE.split(" ");

const cookies = new Map();

/** A signed-in visitor. */
export async function signedIn(browser, name, settings = {}) {
  if (!cookies.has(name)) cookies.set(name, await signIn(browser, name));
  const visitor = await visit(browser, settings);
  await visitor.page.context().addCookies(cookies.get(name));
  return visitor;
}

/** What each of five people thinks that a word means, in their own language. */
export const answers = [
  ["ko", "화면의 색과 글꼴을 미리 모아 놓은 한 장의 그림"],
  ["ja", "画面の色と書体をあらかじめ集めた一枚の絵"],
  ["en", "One picture that collects colours and typefaces before anything is drawn"],
  ["ko", "화면의 색과 글꼴을 모아 놓은 그림 한 장"],
  ["ja", "雰囲気を伝える写真の寄せ集め"],
];

/** The brief of a client; `word` is one that nobody has defined. */
export const brief = (word) =>
  `# 리뉴얼 브리프\n\n고급스러운 색감으로, 장해 없이 신속히. “${word}”에 맞춰 주세요.\n`;

/** The owner pastes the brief and asks everybody about the word; gives the poll's address. */
export async function ask(page, word) {
  await page.goto(at("/p/hanbit/kickoff"));
  await page.locator("#text").fill(brief(word));
  await page.locator("form.poll button").click();
  const line = page.locator(".agenda > li").filter({ hasText: word });
  await line.locator("a[href*='/polls/new']").first().click();
  await page.locator("form.poll button").click();
  await page.waitForURL(/\/polls\/[0-9a-f]{12}$/);
  return page.url();
}

/** One person answers blindly. */
export async function reply(page, poll, [lang, text]) {
  await page.goto(poll);
  await page.locator("#answer-lang").selectOption(lang);
  await page.locator("#answer-text").fill(text);
  await page.locator("form[action$='/answer'] button").click();
  await page.locator(".note[role=status]").waitFor();
}

/** The owner reveals and writes the definition; gives the word's address. */
export async function define(page, poll, id) {
  await page.goto(poll);
  await page.locator("#reveal").click();
  await page.locator(".figure").waitFor();
  await page.locator("#id").fill(id);
  for (const [lang, text] of answers.slice(0, 3)) {
    await page.locator(`#definition-${lang}`).fill(text);
  }
  await page.locator("#source").fill("킥오프 회의");
  await page.locator("form[action$='/define'] button").click();
  await page.waitForURL(new RegExp(`/words/${id}`));
  return page.url();
}
