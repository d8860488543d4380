// Entries are kept half a second after the last key. Who leaves the page or the line before that loses none:
// what was not kept yet is sent on the way out.

const waiting = new Map(); // what keeps a form's entries -> how often they changed since
const sent = new WeakMap(); // what keeps them -> at which change it last asked the server to
const asking = new WeakMap(); // what keeps them -> how many of its requests have no answer yet
const owed = new WeakSet(); // what keeps them, when that was to happen at once and waits for an answer

function keeperOf(element) {
  return element?.closest?.("form")?.querySelector("[data-keeps]");
}

function changed(event) {
  const keeper = !event.target.closest("dialog") && keeperOf(event.target); // a password is no entry
  if (keeper) waiting.set(keeper, (waiting.get(keeper) ?? 0) + 1);
}

// The server takes what comes last. An older request that is still under way may come later than a newer one:
// while the page stays, what is newer waits for its answer.
export function keepNow(leaving = true) {
  for (const keeper of [...waiting.keys()]) {
    const form = keeper.closest("form");
    if (!leaving && form && keeper.isConnected && asking.get(keeper) > 0) {
      owed.add(keeper);
      continue;
    }
    waiting.delete(keeper);
    owed.delete(keeper);
    if (!form || !keeper.isConnected) continue;
    const texts = [...new FormData(form)].filter(([, value]) => typeof value === "string");
    begun(keeper);
    fetch(keeper.getAttribute("hx-post"), {
      method: "POST",
      body: new URLSearchParams(texts.filter(([name]) => name !== "password")),
      headers: { "HX-Request": "true" },
      keepalive: true,
    })
      .catch(() => {})
      .finally(() => answered(keeper));
  }
}

function begun(keeper) {
  asking.set(keeper, (asking.get(keeper) ?? 0) + 1);
}

function answered(keeper) {
  asking.set(keeper, Math.max(0, (asking.get(keeper) ?? 0) - 1));
  if (owed.has(keeper)) keepNow(false);
}

document.addEventListener("input", changed);
document.addEventListener("htmx:beforeRequest", (event) => {
  const keeper = event.target;
  if (keeper.matches("[data-keeps]")) begun(keeper);
  if (waiting.has(keeper)) sent.set(keeper, waiting.get(keeper));
  else if (event.detail.requestConfig.path.endsWith("/review")) keepNow(false); // the form may come back as a new one
});

document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.matches("[data-keeps]")) answered(event.target);
});

// Kept, or counted by a button of the form: nothing is owed any more, unless it changed meanwhile.
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const by = event.target;
  const keeper = keeperOf(by);
  if (!waiting.has(keeper) || event.detail.xhr.status >= 400) return;
  const all = by === keeper ? sent.get(keeper) === waiting.get(keeper) : by.matches("form, [type='submit']");
  if (all) waiting.delete(keeper);
});

// On the way out a page may no longer be heard; what begins before that is. A button of the form sends them itself.
document.addEventListener("focusout", (event) => {
  if (!event.relatedTarget?.matches?.("[type='submit']")) keepNow(false);
});
window.addEventListener("beforeunload", () => keepNow());
window.addEventListener("pagehide", () => keepNow());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") keepNow();
});
