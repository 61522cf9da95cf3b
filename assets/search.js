// Results as you type: fetches the page that the form would open and takes its results from it.

const WAIT_MS = 150;

export function startSearch() {
  const form = document.querySelector("form.search");
  const box = document.getElementById("q");
  if (!form || !box || !document.getElementById("results")) return;
  let timer = 0;
  let running = null;

  async function show() {
    running?.abort();
    running = new AbortController();
    const query = new URLSearchParams(new FormData(form));
    const kind = new URLSearchParams(location.search).get("kind");
    if (kind) query.set("kind", kind);
    const url = `/?${query}`;
    try {
      const answer = await fetch(url, { signal: running.signal });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("results");
      const old = document.getElementById("results");
      if (!fresh || !old) return;
      old.replaceChildren(...fresh.childNodes);
      document.title = page.title;
      const back = document.querySelector('.languages input[name="back"]');
      if (back) back.value = url;
      history.replaceState(null, "", url);
      const count = old.querySelector("[data-count]")?.textContent ?? "";
      document.getElementById("count").textContent = count;
    } catch (error) {
      // Without an answer the old results stay; Enter still asks the server the plain way.
      if (error.name !== "AbortError") console.warn(error);
    }
  }

  box.addEventListener("input", (event) => {
    if (event.isComposing) return;
    clearTimeout(timer);
    timer = setTimeout(show, WAIT_MS);
  });
  box.addEventListener("compositionend", () => {
    clearTimeout(timer);
    timer = setTimeout(show, WAIT_MS);
  });
}
