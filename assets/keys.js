// Keyboard: "/" search, "j" and "k" move between hits, "r" run, "?" help, Escape closes.

const typing = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable || element.matches("input, textarea, select"));

/** Focuses the link of the hit `step` places away from the focused one. */
function move(step) {
  const hits = [...document.querySelectorAll("[data-hit]")];
  if (hits.length === 0) return;
  const current = hits.findIndex((hit) => hit.contains(document.activeElement));
  const next = Math.min(Math.max(current + step, 0), hits.length - 1);
  hits[next].querySelector("a")?.focus();
  hits[next].scrollIntoView({ block: "nearest" });
}

/** Presses the run button of the focused hit, else of the first one. */
function run() {
  const focused = document.activeElement?.closest("[data-hit]");
  // Where several targets stand side by side, none of them is meant before one is looked at.
  if (!focused && document.querySelector("[data-choose]")) return move(1);
  (focused ?? document).querySelector("[data-run]")?.click();
}

export function startKeys() {
  const help = document.getElementById("keys");
  const open = document.getElementById("keys-open");
  if (open && help) {
    open.hidden = false;
    open.addEventListener("click", () => help.showModal());
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      // A definition that is in the way goes; it comes back at the next hover or focus.
      for (const tip of document.querySelectorAll(".term:hover, .term:focus-within")) {
        tip.classList.add("dismissed");
      }
      document.querySelector("details.menu[open]")?.removeAttribute("open");
      if (typing(document.activeElement)) document.activeElement.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || help?.open) return;
    if (event.key === "/") {
      const box = document.getElementById("q");
      box?.focus();
      box?.select();
    } else if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    // A key that is held down does not confirm what it has just opened.
    else if (event.key === "r") event.repeat || run();
    else if (event.key === "?") help?.showModal();
    else return;
    event.preventDefault();
  });
  const back = (event) => event.target.closest?.(".dismissed")?.classList.remove("dismissed");
  document.addEventListener("focusout", back);
  document.addEventListener("mouseout", back);
}
