// The scan field: keeps the focus, keeps each scan on the device until it has its answer, sends one after
// another in order, and says by sound what the screen says by colour, icon and word.

import { keepNow } from "./kept_entries.js";
import { keep, kept, refuse, settle } from "./kept_scans.js";
import { say } from "./sounds.js";
import { leave, scanInTurn } from "./turns.js";

const form = document.querySelector("[data-scanner]");
const field = form?.querySelector("[name='code']");
const state = document.getElementById("scan-queue");
const person = document.body.dataset.person;
const AGAIN_MS = 2000;

function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

async function mine() {
  return (await kept()).filter((scan) => scan.task === form.dataset.task && scan.person === person);
}

async function waiting() {
  return (await mine()).filter((scan) => !scan.why);
}

async function show(words) {
  const count = (await waiting()).length;
  state.textContent = count ? `${words} (${count})` : "";
}

// What is already filled in for the line at hand travels with the scan, so that nothing typed is lost.
function atHand() {
  const line = document.querySelector("#line-panel form");
  if (!line) return [];
  const typed = [...new FormData(line)].filter(([name, value]) => name.startsWith("data.") && typeof value === "string");
  return [["line", line.dataset.line], ...typed];
}

async function post(scan) {
  const token = form.querySelector("[name='csrf']").value;
  const values = [["csrf", token], ["epoch", scan.epoch], ["code", scan.code], ["scan_id", scan.id], ["device_at", scan.at]];
  return fetch(form.action, {
    method: "POST",
    body: new URLSearchParams([...values, ...atHand()]),
    headers: { "HX-Request": "true" },
    redirect: "manual",
  });
}

// The answer to one scan; null while there is none, so that it is sent again with the same id and counts once.
async function answered(scan) {
  let response = null;
  try {
    response = await post(scan);
  } catch {
    return null;
  }
  return response.status >= 500 ? null : response;
}

// The session is over, or is somebody else's by now: the scan stays here until its person is back.
function notOurs(response) {
  const elsewhere = response.headers.get("HX-Redirect");
  if (!elsewhere && !(response.status === 403 && response.headers.get("HX-Retarget"))) return false;
  if (elsewhere) window.location.assign(elsewhere);
  else window.location.reload();
  return true;
}

// Sends what waits up to this one, one at a time and in order; says what the last of them led to.
async function sendUpTo(number) {
  const next = async () => (await waiting()).find((scan) => scan.number <= number);
  let led = null;
  for (let scan = await next(); scan; scan = await next()) {
    await show(state.dataset.sending);
    const response = await answered(scan);
    if (!response) {
      await show(state.dataset.waiting);
      await new Promise((done) => setTimeout(done, AGAIN_MS));
      continue;
    }
    if (notOurs(response)) {
      leave();
      return { taken: false, line: null };
    }
    led = await taken(scan, await response.text(), response.headers.get("HX-Retarget"));
  }
  await show(state.dataset.sending);
  return led;
}

async function taken(scan, html, elsewhere) {
  swap(html, elsewhere);
  const verdict = document.getElementById("verdict");
  const line = document.querySelector("#line-panel form")?.dataset.line ?? null;
  const led = { taken: !elsewhere && verdict?.dataset.verdict === "matched", line };
  const why = elsewhere ? document.querySelector(elsewhere)?.textContent : verdict?.querySelector(".why")?.textContent;
  const refused = elsewhere || verdict?.dataset.verdict === "refused";
  const late = Date.now() - Date.parse(scan.at) > 2 * AGAIN_MS;
  if (refused && late) await refuse(scan, (why ?? "").trim());
  else await settle(scan.number);
  await list();
  return led;
}

function swap(html, elsewhere) {
  const target = elsewhere ?? "#scan-part";
  keepNow(); // the answer may lead to another line
  htmx.swap(target, html, { swapStyle: elsewhere ? "innerHTML" : "outerHTML" });
  say(elsewhere ? "refused" : document.getElementById("verdict")?.dataset.verdict);
}

// Scans that were sent late and not taken: nobody looked at the screen then, so they stay until they are read.
async function list() {
  const box = document.getElementById("late-scans");
  const refused = (await mine()).filter((scan) => scan.why);
  box.hidden = !refused.length;
  const lines = refused.map((scan) => {
    const line = document.getElementById("late-scan").content.cloneNode(true);
    line.querySelector("[data-code]").textContent = scan.code;
    line.querySelector("[data-at]").textContent = new Date(scan.at).toLocaleTimeString(document.documentElement.lang);
    line.querySelector("[data-why]").textContent = scan.why;
    line.querySelector("button").addEventListener("click", async () => {
      await settle(scan.number);
      await list();
      field.focus();
    });
    return line;
  });
  box.querySelector("ul").replaceChildren(...lines);
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopPropagation();
  const code = field.value.trim();
  field.value = "";
  field.focus();
  if (!code) return;
  const one = keep({
    id: freshId(),
    code,
    at: new Date().toISOString(),
    epoch: form.querySelector("[name='epoch']").value,
    task: form.dataset.task,
    title: form.dataset.title,
    page: window.location.pathname,
    person,
  });
  one.then(() => show(state.dataset.sending));
  scanInTurn(async () => sendUpTo((await one).number));
});

// The next line stands where the one before stood, its buttons under the same finger: a second tap within this
// time was meant for the line before and records nothing.
const SECOND_TAP_MS = 700;
let opened = -SECOND_TAP_MS;
document.addEventListener("htmx:afterSettle", () => {
  const panel = document.querySelector("#line-panel[data-by-itself]");
  if (!panel) return;
  panel.removeAttribute("data-by-itself");
  opened = performance.now();
  panel.scrollIntoView({ block: "start" });
});
document.addEventListener(
  "click",
  (event) => {
    const tapped = event.detail > 0 && event.target.closest("#line-panel button[name='outcome']");
    if (!tapped || performance.now() - opened > SECOND_TAP_MS) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);

// After every answer the scan field has the focus again, unless a person is in a field of the line at hand or is
// told what is wrong with it; a line that has its result gives way to the next scan.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "scan-part") return;
  const panel = document.getElementById("line-panel");
  if (!panel) window.scrollTo({ top: 0 });
  if (!panel?.contains(document.activeElement)) field?.focus({ preventScroll: true });
});

if (form) {
  list();
  scanInTurn(() => sendUpTo(Infinity)); // what an earlier visit left
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js");
}
