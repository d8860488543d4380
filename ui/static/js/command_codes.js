// Command codes: bars on a sheet that press and fill in what is on the screen, so that hands with a scanner need
// nothing else. They are ordinary text (XJCMD-…) that a wedge scanner types and ends with Enter, wherever the
// focus is. A password is never in one: who signs types it.

import { after, day, digit, erase, lined, next, phrase, photo, refused, silent, tell } from "./field_codes.js";
import { pressInTurn } from "./turns.js";

const COMMAND = /XJCMD-(GO|UNDO|INBOX|LINE|ADD|BACK|NEXT|ERASE|POINT|MINUS|PHOTO|[1-9]|N[0-9]|T[1-9])$/;
const PLAIN = /^-?[0-9]{1,10}([.,][0-9]{1,6})?$/; // longer is a code: EAN-13, SSCC, trace codes
const EDITS = new Set(["Backspace", "Delete", "Tab", "Escape", "Home", "End"]);
const LONGEST = 400;
let asked = null; // the button that a command code would have pressed, and that asks first
let typed = []; // what was typed since the last Enter: the key, where, and what stood there before

function shown(selector, within = document) {
  return [...within.querySelectorAll(selector)].find((one) => !one.disabled && one.checkVisibility());
}

function dialog() {
  return document.querySelector("dialog[open]");
}

// Decisions stand in the dialog that is open, else at the line at hand, else at the task or below another form; in
// the inbox tasks do.
function decision(number) {
  const place = dialog() ?? document.getElementById("line-panel") ?? document.getElementById("main");
  const kinds = [".outcomes button", ".form > .actions button[type='submit']", ".inbox-item a"];
  const listed = kinds.map((kind) => [...place.querySelectorAll(kind)].filter((one) => one.checkVisibility()));
  return listed.find((found) => found.length)?.[number - 1];
}

function nextLine() {
  const open = [...document.querySelectorAll(".line-item[data-open]")];
  const at = Number(document.querySelector("#line-panel form")?.dataset.line ?? 0);
  const item = open.find((one) => Number(one.dataset.open) > at) ?? open[0];
  return item?.querySelector("a") ?? shown("#lines .more a");
}

const PRESSES = {
  GO: () => shown("[data-goes]", dialog() ?? document) ?? (dialog() && shown("button[type='submit']", dialog())),
  UNDO: () => (dialog() ? shown("[data-closes]", dialog()) : shown("form[action$='/undo'] button")),
  INBOX: () => shown("a[href='/inbox']"),
  LINE: () => nextLine(),
  ADD: () => shown("[data-additions]"),
  BACK: () => (dialog() ? undefined : shown("[data-opens='send-back']")),
};
const FILLS = { NEXT: next, ERASE: erase, PHOTO: photo, POINT: () => digit("."), MINUS: () => digit("-") };

function perform(command) {
  if (FILLS[command]) return FILLS[command]();
  if (command.startsWith("N")) return digit(command.slice(1));
  if (command.startsWith("T")) return phrase(Number(command.slice(1)));
  const pressed = PRESSES[command] ? PRESSES[command]() : decision(Number(command));
  if (pressed?.dataset.asks && pressed !== asked) {
    asked = pressed;
    return tell(pressed.dataset.asks, false);
  }
  if (pressed) return pressed.click();
  scanField()?.focus({ preventScroll: true });
  const why = dialog() ? null : shown("[data-why-not]"); // why nothing can be pressed, where the page knows it
  return why ? tell(why.textContent.trim(), false) : refused("none");
}

function scanField() {
  return dialog() ? undefined : shown("#code, #finder");
}

// Whether letters have no meaning where the focus is: then they belong to the scan field.
function idle(element) {
  if (element.matches("input[type='radio'], input[type='checkbox'], button, a, summary")) return true;
  return !element.closest("input, textarea, select, dialog") || (element.matches("select") && document.getElementById("code"));
}

// Fields hold again what they held before a scanner typed into them.
function restore(keys) {
  for (const { element, value } of [...keys].reverse()) {
    if (typeof value !== "string" || element.value === value) continue;
    element.value = value;
    element.dispatchEvent(new Event("input", { bubbles: true }));
  }
}

function remember(event) {
  if (event.key !== " " && idle(event.target)) scanField()?.focus({ preventScroll: true });
  const element = document.activeElement;
  const holds = element.matches("input:not([type='radio'], [type='checkbox'], [type='file']), select, textarea");
  typed = [...typed, { key: event.key, element, value: holds ? element.value : null }].slice(-LONGEST);
}

// A code that was scanned into a number of the line at hand is goods, a place, a package: it is sent as a scan.
function strayed(element, text) {
  const field = document.getElementById("code");
  if (!field || !element.matches("#line-panel input[inputmode]") || !text || PLAIN.test(text)) return false;
  restore(typed);
  field.value = text;
  field.form.requestSubmit();
  return true;
}

// A code that nothing on the page can take, and whose Enter would press what happens to have the focus.
function unasked(element, text) {
  if (text.length < 3 || scanField() || !idle(element)) return false;
  refused("noScan");
  return true;
}

// Enter in a field never decides: it goes to the scan field or, where there is none, to the next field.
function entered(element) {
  if (scanField() && lined(element)) {
    scanField().focus({ preventScroll: true });
    return true;
  }
  if (!element.matches("#task-form input, #line-panel input") || element.closest("dialog")) return false;
  if (element.matches("[type='file'], [type='radio'], [type='checkbox']")) return false;
  if (scanField()) scanField().focus({ preventScroll: true });
  else after(element);
  return true;
}

document.addEventListener(
  "keydown",
  (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key.length === 1) {
      silent();
      remember(event);
    }
    if (EDITS.has(event.key) || event.key.startsWith("Arrow")) typed = [];
    if (event.key !== "Enter") return;
    const text = typed.map(({ key }) => key).join("");
    const found = COMMAND.exec(text);
    if (found) restore(typed.slice(-found[0].length));
    const handled = found || day(text, () => restore(typed)) || strayed(event.target, text) || unasked(event.target, text) || entered(event.target);
    typed = [];
    if (!handled) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (found) pressInTurn(found[1], () => perform(found[1]));
  },
  true,
);
