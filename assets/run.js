// A run as it happens: lines as they are printed, and the head of the page as the server says it.
const run = document.getElementById("run");
const log = document.getElementById("output");

/** Lines that stand open before they are folded, and those that are kept folded. */
const TAIL_LINES = 300;
const FOLDED_LINES = 5_000;
/** The head is asked for at most this often. */
const HEAD_MS = 250;

const OVER = ["done", "already-done", "failed", "unverified", "stopped", "lost", "undone"];

const fill = (text, values) => text.replace(/%(\w+)%/g, (_, name) => String(values[name]));

/** Adds a line or a gap as text, never as markup. */
function piece(data, isGap) {
  const line = document.createElement("span");
  if (isGap) {
    line.className = "gap";
    line.dataset.n = data.to;
    line.textContent = `${fill(log.dataset.gap, data)}\n`;
    return line;
  }
  line.className = data.stream === "err" ? "line err" : "line";
  line.dataset.n = data.n;
  for (const [kind, text] of data.spans ?? [["", data.text]]) {
    const span = document.createElement("span");
    span.className = kind;
    span.textContent = text;
    line.append(span);
  }
  line.append("\n");
  return line;
}

function startOutput() {
  const tail = log.querySelector(".tail");
  const fold = log.querySelector(".fold");
  const folded = fold.querySelector("pre");
  let last = Number(log.dataset.last);
  let waiting = [];
  let asked = false;

  function show() {
    asked = false;
    // Who has scrolled up to read is not torn away.
    const follows = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    tail.append(...waiting);
    waiting = [];
    const over = tail.childElementCount - TAIL_LINES;
    if (over > 0) {
      folded.append(...[...tail.children].slice(0, over));
      const gone = folded.childElementCount - FOLDED_LINES;
      if (gone > 0) {
        const first = folded.firstElementChild;
        const from = first.dataset.from ?? first.dataset.n;
        const taken = [...folded.children].slice(0, gone + 1);
        const to = taken.at(-1).dataset.n;
        taken.forEach((line) => line.remove());
        const gap = piece({ from, to }, true);
        gap.dataset.from = from;
        folded.prepend(gap);
      }
      fold.hidden = false;
      fold.querySelector("summary").textContent = fill(log.dataset.folded, {
        count: folded.childElementCount,
      });
    }
    if (follows) log.scrollTop = log.scrollHeight;
  }

  return (data, isGap) => {
    const number = isGap ? data.to : data.n;
    // A stream that begins again tells what is known already.
    if (number <= last) return;
    last = number;
    log.hidden = false;
    document.getElementById("run-empty").hidden = true;
    waiting.push(piece(data, isGap));
    if (!asked) {
      asked = true;
      requestAnimationFrame(show);
    }
  };
}

/** Takes the head of the page from the server: its words are in the reader's language. */
function startHead() {
  let timer = 0;
  let again = false;
  async function take() {
    try {
      const answer = await fetch(location.pathname);
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [old, fresh] = ["run-head", "run-head"].map((id, at) =>
        (at ? page : document).getElementById(id),
      );
      if (!old || !fresh) return;
      const typed = old.contains(document.activeElement) && document.activeElement.matches("input");
      // What somebody types is never thrown away.
      if (!typed) old.replaceChildren(...fresh.childNodes);
      document.title = page.title;
      run.dataset.state = page.getElementById("run")?.dataset.state ?? run.dataset.state;
    } catch (error) {
      console.warn(error);
    }
  }
  return function soon() {
    if (timer) {
      again = true;
      return;
    }
    timer = setTimeout(async () => {
      await take();
      timer = 0;
      if (again) {
        again = false;
        soon();
      }
    }, HEAD_MS);
  };
}

function follow() {
  const link = document.getElementById("run-link");
  const write = log ? startOutput() : () => {};
  const head = startHead();
  let known = Number(run.dataset.lines);
  // What stands on the page is not sent again.
  const seen = `${known}-${log ? log.dataset.last : 0}`;
  const stream = new EventSource(`/api/v1/runs/${run.dataset.runId}/events?after=${seen}`);
  const lost = (is) => {
    if (!link) return;
    link.hidden = !is;
    link.textContent = is ? link.dataset.lost : "";
  };
  let over = false;
  let heard = 0;
  stream.addEventListener("open", () => {
    heard = 0;
    lost(false);
  });
  stream.addEventListener("output", (event) => {
    heard += 1;
    write(JSON.parse(event.data), false);
  });
  stream.addEventListener("gap", (event) => {
    heard += 1;
    write(JSON.parse(event.data), true);
  });
  stream.addEventListener("state", (event) => {
    const state = JSON.parse(event.data);
    over = OVER.includes(state.state) && !state.watching_until;
    const lines = Number(event.lastEventId.split("-")[0]);
    if (lines > known) {
      known = lines;
      head();
    }
  });
  stream.addEventListener("error", () => {
    // The server ends a stream that has no more to tell; a browser would ask again for ever. Once
    // more it is asked when there were lines, in case the connection broke among them.
    if (over && heard === 0) stream.close();
    lost(!over && stream.readyState !== EventSource.OPEN);
  });
  // Steps of a playbook are runs of their own: the head is looked at while it goes on.
  if (!log) setInterval(() => run.dataset.state === "running" && head(), 1_000);
}

if (run && "live" in run.dataset && "EventSource" in window) follow();
