// An open incident: the clock, notes as they come, notes that are sent without leaving the page,
// causes found while typing. The page works without any of it.

const live = document.getElementById("live");
const timeline = document.getElementById("timeline");

/** Two digits. */
const two = (number) => String(number).padStart(2, "0");

/** Runs the clock. */
function tick() {
  for (const clock of document.querySelectorAll("[data-since]")) {
    const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(clock.dataset.since)) / 1000));
    const days = Math.floor(seconds / 86400);
    const rest = `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    clock.textContent = days > 0 ? `${days} ${clock.dataset.days} ${rest}` : rest;
  }
}

/** One entry of the timeline; everything that people wrote goes in as text. */
function element(entry) {
  const item = document.createElement("li");
  item.id = `entry-${entry.entry}`;
  item.dataset.entry = entry.entry;
  const time = document.createElement("time");
  time.dateTime = entry.at;
  time.textContent = entry.clock;
  const kind = document.createElement("span");
  kind.className = "quiet";
  kind.textContent = timeline.dataset[`${entry.kind}Word`] ?? entry.kind;
  const body = document.createElement("p");
  body.lang = timeline.dataset.lang;
  const said = document.createElement("span");
  said.className = "said";
  said.textContent = entry.text;
  body.append(said);
  if (entry.by) {
    const by = document.createElement("span");
    by.className = "quiet";
    by.textContent = `— ${entry.by}`;
    body.append(" ", by);
  }
  if (timeline.dataset.correct) {
    const link = document.createElement("a");
    link.className = "noprint correct";
    link.href = timeline.dataset.correct + entry.entry;
    link.textContent = timeline.dataset.correctWord;
    body.append(" ", link);
  }
  item.append(time, " ", kind, " ", body);
  return item;
}

/** The list of a day, in its place among the days. */
function listOf(day) {
  const days = [...timeline.querySelectorAll("[data-day]")];
  const known = days.find((section) => section.dataset.day === day);
  if (known) return known.querySelector("ol");
  const section = document.createElement("section");
  section.dataset.day = day;
  const heading = document.createElement("h3");
  heading.textContent = day;
  const list = document.createElement("ol");
  list.className = "timeline";
  section.append(heading, list);
  const after = days.find((other) => other.dataset.day > day);
  timeline.insertBefore(section, after ?? null);
  return list;
}

/** Puts an entry where it happened. */
function place(entry) {
  const list = listOf(entry.day);
  const at = Date.parse(entry.at);
  const later = [...list.children].find((item) => Date.parse(item.querySelector("time").dateTime) > at);
  list.insertBefore(element(entry), later ?? null);
}

/** Reads the page again and takes over its parts, but for one in which somebody types. */
async function refresh() {
  const response = await fetch(location.pathname, { headers: { accept: "text/html" } });
  if (!response.ok) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
    const typing = part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
    if (fresh && !typing) part.replaceChildren(...fresh.childNodes);
  }
  tick();
}

/** Follows the incident. Each edit has a number; none is shown twice. */
function follow() {
  let seen = Number(live.dataset.revision);
  const lost = document.getElementById("live-lost");
  const said = document.getElementById("live-said");
  const source = new EventSource(`${live.dataset.incident}?after=${seen}`);
  source.addEventListener("open", () => (lost.hidden = true));
  source.addEventListener("error", () => (lost.hidden = false));
  source.addEventListener("reset", () => location.reload());
  source.addEventListener("change", (event) => {
    const change = JSON.parse(event.data);
    if (change.revision <= seen) return;
    seen = change.revision;
    for (const name of change.gone) timeline.querySelector(`[data-entry="${CSS.escape(name)}"]`)?.remove();
    for (const entry of change.added) place(entry);
    if (change.added.length > 0) said.textContent = change.added.at(-1).text;
    if (change.other) refresh();
  });
  window.addEventListener("pagehide", () => source.close());
}

/** Sends notes without leaving the page; what was typed stays until it is taken. */
function sendNotes(form) {
  const text = form.elements.text;
  const files = form.elements.file;
  const error = document.getElementById("note-error");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (text.value.trim() === "" && files.files.length === 0) {
      text.focus();
      return;
    }
    const button = form.querySelector("button");
    button.disabled = true;
    error.textContent = "";
    try {
      const response = await fetch(form.action, { method: "POST", body: new FormData(form) });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      if (response.ok) {
        const at = form.elements.at.value;
        form.reset();
        text.value = "";
        form.elements.at.value = "";
        form.elements.once.value = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
        if (at !== "") text.focus();
      } else {
        error.textContent = page.querySelector("[role=alert]")?.textContent || page.title;
      }
    } catch {
      // Sent again with the same number it is taken once, however far the first one came.
      error.textContent = document.getElementById("live-lost").textContent;
    } finally {
      button.disabled = false;
      text.focus();
    }
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  text.addEventListener("paste", (event) => {
    const pasted = [...event.clipboardData.files];
    const words = event.clipboardData.getData("text/plain");
    if (pasted.length === 0 && words.length > 8000) {
      pasted.push(new File([words], "pasted.txt", { type: "text/plain" }));
    }
    if (pasted.length === 0) return;
    event.preventDefault();
    const all = new DataTransfer();
    for (const file of [...files.files, ...pasted]) all.items.add(file);
    files.files = all.files;
  });
}

/** Shows causes of the same meaning while a title is typed; the known ones first. */
function findCauses(form) {
  const box = form.elements.title;
  const list = document.getElementById("cause-found");
  let timer = 0;
  let asked = 0;
  const choose = (id) => {
    form.elements.cause.value = id;
    box.value = "";
    list.hidden = true;
    form.querySelector("button:not([type])").focus();
  };
  const show = async () => {
    const words = box.value.trim();
    const mine = ++asked;
    if (words === "") {
      list.hidden = true;
      return;
    }
    const response = await fetch(form.dataset.causes + encodeURIComponent(words));
    if (!response.ok || mine !== asked) return;
    const { hits } = await response.json();
    list.replaceChildren(
      ...hits.map((hit) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.textContent = hit.title;
        button.addEventListener("click", () => choose(hit.id));
        item.append(button);
        return item;
      }),
    );
    list.hidden = hits.length === 0;
  };
  box.addEventListener("input", (event) => {
    if (event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(show, 150);
  });
  box.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(show, 150);
  });
}

if (live && timeline) {
  tick();
  setInterval(tick, 1000);
  if (live.dataset.watched === "true") follow();
  const form = document.querySelector("[data-note]");
  if (form) sendNotes(form);
  const causes = document.querySelector("[data-causes]");
  if (causes) findCauses(causes);
}
