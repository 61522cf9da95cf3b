// Underlines findings while a text is typed: sends the form as the button would, and takes the
// findings from the page that comes back.

const WAIT_MS = 300;

const form = document.querySelector("form[data-check]");
const box = document.getElementById("check-text");
const mirror = document.getElementById("mirror");

if (form && box && mirror) {
  form.classList.add("live");
  let timer = 0;
  let running = null;

  /** Puts the marks of the last answer behind the letters, as far as these are still the same. */
  function draw() {
    const marked = document.getElementById("marked");
    const same = marked && marked.textContent === box.value;
    mirror.replaceChildren(...(same ? [...marked.childNodes].map((node) => node.cloneNode(true)) : []));
    // A line feed at the end has no height of its own.
    mirror.append("\n");
    mirror.scrollTop = box.scrollTop;
  }

  async function check() {
    running?.abort();
    running = new AbortController();
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        signal: running.signal,
      });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("findings");
      const old = document.getElementById("findings");
      if (!fresh || !old) return;
      old.replaceChildren(...fresh.childNodes);
      draw();
    } catch (error) {
      // Without an answer the old findings stay; the button still asks the plain way.
      if (error.name !== "AbortError") console.warn(error);
    }
  }

  function later() {
    mirror.replaceChildren();
    clearTimeout(timer);
    timer = setTimeout(check, WAIT_MS);
  }

  box.addEventListener("input", (event) => {
    if (!event.isComposing) later();
  });
  box.addEventListener("compositionend", later);
  box.addEventListener("scroll", () => {
    mirror.scrollTop = box.scrollTop;
  });
  form.addEventListener("submit", (event) => {
    // The button that keeps the check goes elsewhere.
    if (event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    clearTimeout(timer);
    check();
  });
  draw();
}
