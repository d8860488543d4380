// One thing after another, as it was scanned: a scan waits for the answer before it, and a command code waits for
// the answer to the scan that it came after. It then belongs to the line which that scan led to and to no other: where
// the scan was not taken, or another line is open by now, it presses nothing and that is told.

import { refused, silent, tell } from "./field_codes.js";

const ANY_LINE = new Set(["GO", "UNDO", "INBOX", "LINE", "ADD", "BACK"]);
const UNPRESSED = "xunji-unpressed";
const queue = [];
const answers = new Set(); // of decisions that were pressed and have none yet
let running = false;
let leaving = false; // nothing more is done on this page
let pressing = false;
let held = 0; // commands that wait
let subject = null; // what the last thing in the queue is about: { taken, line }, known with its answer

function openLine() {
  return document.querySelector("#line-panel form")?.dataset.line ?? null;
}

function said() {
  return document.getElementById("command-said");
}

function here() {
  return { taken: true, line: openLine() };
}

// Scans or commands wait or have no answer yet.
function busy() {
  return running || queue.length > 0;
}

async function run() {
  if (running) return;
  running = true;
  while (queue.length && !leaving) {
    await quiet();
    await queue.shift()();
  }
  running = leaving;
}

// Until nothing that was pressed is without its answer, and what the answer brought can be pressed.
async function quiet() {
  while (answers.size) await Promise.all(answers);
  while (document.querySelector(".htmx-added, .htmx-settling")) await new Promise((done) => setTimeout(done, 20));
}

// `send` says whether the scan was taken and which line it led to; null when there was nothing to send.
export function scanInTurn(send) {
  const about = {};
  subject = about;
  queue.push(async () => {
    const answer = await send();
    Object.assign(about, answer ?? here());
  });
  run();
}

export function leave() {
  leaving = true;
}

// Presses at once where nothing is outstanding, else in its turn.
export function pressInTurn(command, press) {
  if (document.querySelector("dialog[open]") || (!busy() && !answers.size)) return press();
  if (!busy()) subject = here();
  return hold(press, subject, ANY_LINE.has(command));
}

function hold(press, about, anyLine) {
  held += 1;
  tell(said().dataset.later);
  queue.push(async () => {
    held -= 1;
    if (!about.taken) return refused("notTaken");
    if (!anyLine && about.line !== openLine()) return refused("otherLine");
    if (said().textContent === said().dataset.later) silent();
    pressing = true;
    press();
    pressing = false;
    return quiet();
  });
  run();
}

document.addEventListener("htmx:beforeSend", (event) => {
  if (!event.target.closest("#scan-part") || event.target.matches("[data-keeps], [type='file']")) return;
  const answer = new Promise((done) => event.detail.xhr.addEventListener("loadend", done));
  answers.add(answer);
  answer.then(() => answers.delete(answer));
});

// Enter, a tap or a key on a decision is about the line that is looked at, whatever an earlier scan leads to.
document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest("#line-panel button[name='outcome']");
    if (!button || pressing || !busy() || leaving) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    subject = here();
    const same = () => [...document.querySelectorAll("#line-panel button[name='outcome']")].find((one) => one.value === button.value);
    hold(() => same()?.click(), subject, false);
  },
  true,
);

// A link that a command pressed leads away; what was scanned after it is told on the next page.
document.addEventListener("click", (event) => {
  if (pressing && event.target.closest("a[href]:not([hx-get])")) leave();
});
window.addEventListener("pagehide", () => {
  if (held) sessionStorage.setItem(UNPRESSED, "1");
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted && leaving) window.location.reload();
  if (!sessionStorage.getItem(UNPRESSED) || !said()) return;
  sessionStorage.removeItem(UNPRESSED);
  refused("unpressed");
});
