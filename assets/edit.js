// Extras for forms: Ctrl+S saves, leaving with unsaved changes warns, rows are added in place,
// colours show while they are typed, and a fault leads to its place in the text.

const form = document.querySelector("form[data-edit]");

/** What stands in the form now. */
const state = (element) => JSON.stringify([...new FormData(element)]);

function watch() {
  const before = "dirty" in form.dataset || document.getElementById("faults") ? null : state(form);
  let leaving = false;
  form.addEventListener("submit", () => {
    leaving = true;
  });
  for (const link of document.querySelectorAll("[data-discard]")) {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || state(form) === before) return;
      if (confirm(form.dataset.leave)) leaving = true;
      else event.preventDefault();
    });
  }
  // A page that comes back from the history is a form again.
  window.addEventListener("pageshow", () => {
    leaving = false;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!leaving && state(form) !== before) event.preventDefault();
  });
}

function saveByKey() {
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
    event.preventDefault();
    if (!event.isComposing) form.requestSubmit(form.querySelector('.actions button[value="save"]'));
  });
}

/** Copies the last row of a list, empty and with the next number. */
function addRow(list) {
  const rows = list.querySelectorAll("fieldset.row");
  const last = rows[rows.length - 1];
  const key = list.dataset.rows;
  const name = last.querySelector("[name]").name;
  const number = Number(name.slice(key.length + 1).split(".")[0]);
  const row = last.cloneNode(true);
  const next = (text) => text.replaceAll(`${key}.${number}.`, `${key}.${number + 1}.`);
  const nextId = (text) => text.replaceAll(`f-${key}-${number}-`, `f-${key}-${number + 1}-`);
  for (const old of row.querySelectorAll(".fault, .patch, p.tick")) old.remove();
  for (const wrong of row.querySelectorAll(".wrong")) wrong.classList.remove("wrong");
  for (const element of row.querySelectorAll("[name], [id], [for], [aria-describedby]")) {
    if (element.name) element.name = next(element.name);
    if (element.id) element.id = nextId(element.id);
    if (element.htmlFor) element.htmlFor = nextId(element.htmlFor);
    const described = element.getAttribute("aria-describedby");
    if (described) {
      const hints = nextId(described).split(" ").filter((id) => id.endsWith("-hint"));
      element.setAttribute("aria-describedby", hints.join(" "));
    }
    element.removeAttribute("aria-invalid");
    if (element.matches("textarea, input:not([type=checkbox]):not([type=hidden])")) element.value = "";
    if (element.matches("input[type=checkbox]")) element.checked = false;
    if (element.matches("select")) {
      const given = [...element.options].findIndex((option) => option.defaultSelected);
      element.selectedIndex = element.options[0]?.value === "" ? 0 : Math.max(given, 0);
    }
  }
  const legend = row.querySelector("legend");
  legend.textContent = legend.textContent.replace(/\d+/, (shown) => Number(shown) + 1);
  last.after(row);
  row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
}

function growLists() {
  for (const button of form.querySelectorAll("button[data-more]")) {
    button.addEventListener("click", (event) => {
      const list = button.closest("[data-rows]");
      if (!list?.querySelector("fieldset.row")) return;
      event.preventDefault();
      addRow(list);
    });
  }
}

/** Shows a colour beside the input that it is typed into. */
function showColour(input) {
  let patch = input.parentElement.querySelector("svg.patch");
  if (!/^#[0-9a-f]{6}$/i.test(input.value)) {
    patch?.remove();
    return;
  }
  const make = (name, attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  if (!patch) {
    patch = make("svg", { class: "patch", width: 48, height: 32, role: "img" });
    patch.append(make("rect", { width: 48, height: 32 }));
    input.after(patch);
  }
  patch.setAttribute("aria-label", input.value);
  patch.firstElementChild.setAttribute("fill", input.value);
}

/** Puts the caret of the source to the place of a fault. */
function leadToFaults() {
  const source = document.getElementById("text");
  for (const link of document.querySelectorAll("#faults a[data-line]")) {
    link.addEventListener("click", (event) => {
      const lines = source.value.split("\n");
      const line = Number(link.dataset.line) - 1;
      // Columns count characters, offsets UTF-16 units.
      const before = [...(lines[line] ?? "")].slice(0, Number(link.dataset.column) - 1).join("");
      const start = lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0);
      event.preventDefault();
      source.focus();
      source.setSelectionRange(start + before.length, start + (lines[line] ?? "").length);
      const height = Number.parseFloat(getComputedStyle(source).lineHeight) || 20;
      source.scrollTop = Math.max(0, (line - 4) * height);
    });
  }
}

if (form) {
  watch();
  saveByKey();
  growLists();
  form.addEventListener("input", (event) => {
    if (event.target.matches?.("[data-colour]")) showColour(event.target);
  });
  leadToFaults();
  document.getElementById("faults")?.focus();
}
