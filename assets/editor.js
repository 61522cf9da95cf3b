// What helps while writing. The text area stays what it is: everything here stands beside it, and
// goes through the browser's own editing, so that undo works. Without script the page works too.

const form = document.querySelector("form[data-check]");
const area = form?.querySelector("textarea[name=body], textarea[name=text]");
const say = form?.dataset;

/** Characters above which nothing is checked or shown while typing; the buttons still do. */
const LIVE_MAX = 200_000;
/** Findings that are listed. */
const LISTED_MAX = 50;
/** How long a draft is kept. */
const DRAFT_MS = 30 * 24 * 3600 * 1000;

const make = (name, attributes = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
};

/** Calls `work` when nothing was asked for `ms`. */
function later(ms, work) {
  let timer;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, ms);
  };
}

/** Puts text in the place of a part of the area, as if it were typed. */
function type(start, end, text) {
  area.focus();
  area.setSelectionRange(start, end);
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, start, end, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

/** Offsets of UTF-16 units for offsets of UTF-8 bytes, which must ascend. */
function units(text, bytes) {
  const found = new Map();
  let at = 0;
  let byte = 0;
  for (const wanted of [...new Set(bytes)].sort((a, b) => a - b)) {
    while (byte < wanted && at < text.length) {
      const code = text.codePointAt(at);
      byte += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
      at += code < 0x10000 ? 1 : 2;
    }
    found.set(wanted, at);
  }
  return found;
}

/** A notice above the form; a second one of the same name takes its place. */
function notice(name, text, ...buttons) {
  document.getElementById(`notice-${name}`)?.remove();
  const box = make("p", { class: "note", role: "status", id: `notice-${name}` }, text, " ", ...buttons);
  form.before(box);
  return box;
}

// ---- The checker's findings, underlined and listed ----

function startChecker() {
  const shell = make("div", { class: "marked-area" });
  const under = make("div", { class: area.classList.contains("code") ? "under code" : "under", "aria-hidden": "true" });
  area.before(shell);
  shell.append(under, area);
  const list = make("ul", {});
  const none = make("p", { class: "quiet" }, say.tNone);
  const box = make("section", { class: "findings", "aria-label": say.tFindings }, list, none);
  shell.after(box);
  list.hidden = true;
  area.addEventListener("scroll", () => {
    under.scrollTop = area.scrollTop;
  });
  let running;
  const check = async () => {
    const text = area.value;
    running?.abort();
    if (text.length > LIVE_MAX) return;
    running = new AbortController();
    try {
      const answer = await fetch(say.check, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ text }),
        signal: running.signal,
      });
      if (!answer.ok) return;
      const { findings } = await answer.json();
      if (text === area.value) show(text, findings);
    } catch {
      // Aborted, or no connection: the next change asks again.
    }
  };
  function show(text, findings) {
    const bytes = findings.flatMap((one) => [one.start, one.end, one.edit?.start, one.edit?.end]);
    const at = units(text, bytes.filter((byte) => byte !== undefined));
    under.replaceChildren();
    let last = 0;
    for (const one of findings) {
      const [start, end] = [at.get(one.start), at.get(one.end)];
      if (start < last) continue;
      under.append(text.slice(last, start), make("mark", { class: one.level }, text.slice(start, end)));
      last = end;
    }
    under.append(`${text.slice(last)}\n`);
    under.scrollTop = area.scrollTop;
    list.replaceChildren(...findings.slice(0, LISTED_MAX).map((one) => line(text, one, at)));
    list.hidden = findings.length === 0;
    none.hidden = findings.length > 0;
  }
  function line(text, one, at) {
    const go = make("button", { type: "button", class: "plain" }, one.text);
    go.addEventListener("click", () => {
      if (area.value !== text) return;
      area.focus();
      area.setSelectionRange(at.get(one.start), at.get(one.end));
    });
    const rule = document.querySelector(`#rule-says [data-rule="${CSS.escape(one.rule)}"]`);
    const said = rule?.textContent.replaceAll("{word}", one.replace ?? "…") ?? one.message;
    const item = make("li", { class: one.level }, go, ` ${said} `);
    if (one.detail) item.append(make("span", { class: "quiet" }, one.detail), " ");
    item.title = rule?.dataset.name ?? one.rule;
    const change = one.edit ?? (one.replace ? { start: one.start, end: one.end, text: one.replace } : null);
    if (change) {
      const put = make("button", { type: "button" }, `${say.tReplace} ${change.text}`);
      put.addEventListener("click", () => {
        if (area.value === text) type(at.get(change.start), at.get(change.end), change.text);
      });
      item.append(put);
    }
    return item;
  }
  area.addEventListener("input", later(500, check));
  area.addEventListener("input", () => {
    // What is underlined no longer stands where it stood.
    under.replaceChildren();
  });
  check();
}

// ---- The preview ----

function startPreview() {
  let running;
  const look = async () => {
    running?.abort();
    if (area.value.length > LIVE_MAX) return;
    running = new AbortController();
    const pairs = new URLSearchParams(new FormData(form));
    pairs.set("do", "preview");
    try {
      const answer = await fetch(form.action, { method: "POST", body: pairs, signal: running.signal });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      // Made by the server, which escapes and sanitises them like every page.
      for (const id of ["preview", "beside"]) {
        const fresh = page.getElementById(id);
        if (!fresh) continue;
        const old = document.getElementById(id);
        const shown = document.importNode(fresh, true);
        // Whoever reads there with the keyboard is not thrown out.
        if (old?.contains(document.activeElement)) continue;
        if (old) old.replaceWith(shown);
        else (form.closest(".editing") ?? form).after(shown);
      }
    } catch {
      // As above.
    }
  };
  area.addEventListener("input", later(1500, look));
}

// ---- Completion ----

function startCompletion() {
  const list = make("ul", { class: "completions", role: "listbox", id: "completions", "aria-label": say.tComplete });
  list.hidden = true;
  (area.closest(".marked-area") ?? area).after(list);
  area.setAttribute("aria-controls", "completions");
  let from = 0;
  let chosen = 0;
  let running;
  const close = () => {
    list.hidden = true;
    area.removeAttribute("aria-activedescendant");
  };
  const mark = (place) => {
    const items = [...list.children];
    chosen = (place + items.length) % items.length;
    items.forEach((item, number) => item.setAttribute("aria-selected", String(number === chosen)));
    area.setAttribute("aria-activedescendant", items[chosen].id);
  };
  const take = (item) => {
    type(from, area.selectionEnd, item.dataset.insert);
    close();
  };
  /** What is being typed: `[[` begins a word, `@` a person; on demand any word does. */
  const typed = (asked) => {
    const before = area.value.slice(0, area.selectionEnd);
    const open = /\[\[([^\][\n|]{0,60})$/.exec(before);
    if (open) return { q: open[1], kind: "word", from: open.index };
    const person = /(?:^|[\s(（])@([\p{L}\p{N}_.-]{0,40})$/u.exec(before);
    if (person) return { q: person[1], kind: "person", from: before.length - person[1].length - 1 };
    const word = asked ? /[\p{L}\p{N}_-]{1,40}$/u.exec(before) : null;
    return word ? { q: word[0], kind: "", from: word.index } : null;
  };
  /** The text for which a person asked by key. */
  let demanded = null;
  const ask = async (asked) => {
    // What was typed just before the key does not close what the key opens.
    if (asked) demanded = area.value;
    else if (demanded === area.value) return;
    const what = typed(asked);
    running?.abort();
    if (!what) return close();
    running = new AbortController();
    const kind = what.kind ? `&kind=${what.kind}` : "";
    try {
      const url = `${say.complete}?q=${encodeURIComponent(what.q)}${kind}`;
      const answer = await fetch(url, { signal: running.signal });
      if (!answer.ok) return close();
      const { completions } = await answer.json();
      if (completions.length === 0) return close();
      from = what.from;
      list.replaceChildren(
        ...completions.map((one, number) => {
          const item = make("li", { role: "option", id: `completion-${number}` }, one.label, " ");
          item.append(make("span", { class: "quiet" }, one.detail));
          item.dataset.insert = one.insert;
          item.addEventListener("mousedown", (event) => {
            event.preventDefault();
            take(item);
          });
          return item;
        }),
      );
      list.hidden = false;
      mark(0);
    } catch {
      // As above.
    }
  };
  const soon = later(150, () => ask(false));
  area.addEventListener("input", soon);
  area.addEventListener("blur", close);
  area.addEventListener("keydown", (event) => {
    // The Enter that ends a Korean or Japanese composition is not ours.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      ask(true);
    } else if (!list.hidden) {
      if (event.key === "ArrowDown") mark(chosen + 1);
      else if (event.key === "ArrowUp") mark(chosen - 1);
      else if (event.key === "Enter" || event.key === "Tab") take(list.children[chosen]);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
    }
  });
}

// ---- Pasted pictures and logs become evidence ----

/** Pasted text from here on is a log. */
const LOG_CHARACTERS = 8_000;

function startPaste() {
  if (!/\/postmortems\/[^/]+$/.test(say.record ?? "")) return;
  const keep = async (name, body) => {
    const start = area.selectionStart;
    const mark = `[${name} …]`;
    type(start, area.selectionEnd, mark);
    const put = (text) => {
      const at = area.value.indexOf(mark);
      if (at >= 0) type(at, at + mark.length, text);
    };
    try {
      const url = `${say.record}/evidence?name=${encodeURIComponent(name)}`;
      const headers = { "content-type": "application/octet-stream", "idempotency-key": `${Date.now()}-${Math.random()}` };
      const answer = await fetch(url, { method: "POST", headers, body });
      const kept = await answer.json();
      if (!answer.ok) throw new Error(kept.detail ?? kept.title);
      put(`[${kept.name}](${say.record}/evidence/${kept.sha256})`);
    } catch (error) {
      put("");
      notice("paste", `${say.tPaste} ${error.message}`);
      return false;
    }
    return true;
  };
  area.addEventListener("paste", async (event) => {
    const now = new Date().toISOString().replace(/[:.]/g, "-").slice(0, 19);
    const picture = [...event.clipboardData.files].find((file) => file.type.startsWith("image/"));
    const text = event.clipboardData.getData("text/plain");
    if (picture) {
      event.preventDefault();
      const end = picture.type.split("/")[1].replace("jpeg", "jpg").replace(/[^a-z0-9]/g, "");
      await keep(`paste-${now}.${end}`, picture);
    } else if (text.length >= LOG_CHARACTERS && text.split("\n").length > 20) {
      event.preventDefault();
      if (!(await keep(`paste-${now}.log`, text))) type(area.selectionStart, area.selectionEnd, text);
    }
  });
}

// ---- A draft in this browser ----

const key = `sajeon-draft ${location.pathname}`;
const revision = Number(form?.querySelector("input[name=revision]")?.value ?? 0);
const fields = () => [...new FormData(form)].filter(([name]) => name !== "do" && name !== "revision");

function store(draft) {
  try {
    if (draft) localStorage.setItem(key, JSON.stringify(draft));
    else localStorage.removeItem(key);
  } catch {
    // Full or forbidden: then there is no draft.
  }
}

function stored() {
  try {
    const draft = JSON.parse(localStorage.getItem(key));
    return draft && Date.now() - draft.at < DRAFT_MS ? draft : null;
  } catch {
    return null;
  }
}

/** Puts a draft into the form; rows that were added to a list are added again. */
function restore(draft) {
  const ticked = new Map();
  for (const [name, value] of draft.fields) ticked.set(name, [...(ticked.get(name) ?? []), value]);
  for (const [name, values] of ticked) {
    const [list, row] = name.split(".");
    for (let tries = 0; tries < 100 && row !== undefined && !form.elements[name]; tries += 1) {
      const more = form.querySelector(`[data-rows="${CSS.escape(list)}"] button[data-more]`);
      if (!more) break;
      more.click();
    }
    for (const element of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (element.type === "checkbox" || element.type === "radio") {
        element.checked = values.includes(element.value);
      } else if (element.type !== "hidden") {
        element.value = values.at(-1);
      }
    }
  }
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function startDraft() {
  const fresh = JSON.stringify(fields());
  const draft = stored();
  const differs = draft && JSON.stringify(draft.fields) !== fresh;
  if (draft && (!differs || (draft.sent && draft.revision < revision))) {
    store(null);
  } else if (differs) {
    const yes = make("button", { type: "button" }, say.tRestore);
    const no = make("button", { type: "button", class: "plain" }, say.tDiscard);
    const box = notice("draft", say.tDraft, yes, " ", no);
    yes.addEventListener("click", () => {
      restore(draft);
      box.remove();
      area.focus();
    });
    no.addEventListener("click", () => {
      store(null);
      box.remove();
    });
  }
  const keep = later(400, () => {
    const now = fields();
    if (JSON.stringify(now) !== fresh) store({ at: Date.now(), revision, fields: now });
  });
  form.addEventListener("input", keep);
  for (const link of document.querySelectorAll("[data-discard]")) {
    link.addEventListener("click", () => store(null));
  }
  let answered = false;
  form.addEventListener("submit", async (event) => {
    store({ at: Date.now(), revision, fields: fields(), sent: true });
    if (answered) return;
    // The form is sent only where somebody takes it: an error page of the browser takes nothing.
    event.preventDefault();
    const { submitter } = event;
    try {
      await fetch("/healthz", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(5000) });
      answered = true;
      form.requestSubmit(submitter);
      answered = false;
    } catch {
      store({ at: Date.now(), revision, fields: fields() });
      notice("offline", say.tOffline);
    }
  });
  addEventListener("online", () => document.getElementById("notice-offline")?.remove());
  addEventListener("offline", () => notice("offline", say.tOffline));
}

// ---- The other writer ----

function startWatch() {
  if (!say.record || !revision) return;
  const timer = setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(say.record, { method: "HEAD", cache: "no-store" });
      const now = Number(/\d+/.exec(answer.headers.get("etag") ?? "")?.[0] ?? 0);
      if (now > revision) {
        notice("other", say.tOther);
        clearInterval(timer);
      }
    } catch {
      // No connection: asked again.
    }
  }, 10_000);
}

if (area) {
  startChecker();
  startPreview();
  startCompletion();
  startPaste();
  startDraft();
  startWatch();
}
