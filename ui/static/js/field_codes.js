// Fields by command codes: the next field, digits, options, words for a reason, the camera. The field at hand is
// marked on the page; where there is a scan field it keeps the focus, except while a text is scanned.

import { say } from "./sounds.js";

const NUMBER = "input[inputmode='numeric'], input[inputmode='decimal']";
const TEXT = "input[type='text']:not([inputmode]), textarea";
const DATE = "input[type='date']";
let hand = null; // the name of the field at hand
let fresh = true; // its next digit begins a new number
let days = ""; // the digits of a date, until there are eight

function visible(element) {
  return !element.disabled && element.checkVisibility();
}

function within() {
  return document.querySelector("dialog[open]") ?? document.getElementById("line-panel") ?? document.querySelector("main");
}

// What can be filled in now: in the dialog that is open, else at the line at hand, else on the page.
function boxes() {
  return [...within().querySelectorAll(".form .field")].filter((box) => control(box));
}

function control(box) {
  return [...box.querySelectorAll("input:not([type='hidden']), select, textarea")].find(visible);
}

function nameOf(box) {
  return control(box).name;
}

function atHand() {
  return boxes().find((box) => nameOf(box) === hand);
}

function choices(box) {
  const select = box.querySelector("select");
  if (select) return [...select.options].filter((option) => option.value);
  return [...box.querySelectorAll("input[type='radio'], input[type='checkbox']")];
}

function wordsOf(choice) {
  return (choice.label || choice.closest("label")?.textContent || "").trim();
}

function labelOf(box) {
  const label = box.querySelector("legend, label, .label").cloneNode(true);
  for (const mark of label.querySelectorAll(".must, .unseen")) mark.remove();
  return label.textContent.trim();
}

// What a command code did or could not do, in words, above everything until the next code.
export function tell(words, good = true) {
  const box = document.getElementById("command-said");
  box.textContent = words;
  box.classList.toggle("bad", !good);
  if (box.matches(":popover-open")) box.hidePopover(); // above a dialog that was opened since
  box.showPopover();
  if (!good) say("refused");
}

export function refused(why) {
  tell(document.getElementById("command-said").dataset[why], false);
}

export function silent() {
  const box = document.getElementById("command-said");
  if (box?.matches(":popover-open")) box.hidePopover();
}

function mark() {
  for (const box of document.querySelectorAll(".field[data-hand]")) delete box.dataset.hand;
  const box = atHand();
  if (box) box.dataset.hand = "";
  else hand = null;
}

function take(box) {
  hand = nameOf(box);
  fresh = true;
  mark();
  const element = control(box);
  const scanned = document.getElementById("code")?.checkVisibility() && !document.querySelector("dialog[open]");
  if (element.matches(DATE)) document.activeElement.blur(); // its parts would take the keys of a code for their own
  else if (scanned && !element.matches(TEXT)) document.getElementById("code").focus({ preventScroll: true });
  else focus(box, element);
  box.scrollIntoView({ block: "center" });
  const listed = choices(box).map((choice, at) => `${at + 1} ${wordsOf(choice)}`);
  tell([labelOf(box), ...listed].join(" · "));
}

function focus(box, element) {
  (box.querySelector("input:checked") ?? element).focus({ preventScroll: true });
  if (element.matches("textarea")) element.setSelectionRange(element.value.length, element.value.length);
  else if (element.matches(`${NUMBER}, ${TEXT}`)) element.select();
}

// A scanner that came to a long text has written a line of it.
export function lined(element) {
  if (!element.matches("#line-panel textarea") || element.name !== hand) return false;
  put(element, element.value.replace(/\n*$/, "\n"));
  return true;
}

// The field after the one at hand; where none is, the first that is wrong, else the first.
export function next() {
  const all = boxes();
  if (!all.length) return refused("noField");
  const at = all.findIndex((box) => (hand ? nameOf(box) === hand : box.contains(document.activeElement)));
  const wrong = at < 0 && all.find((box) => box.querySelector("[aria-invalid='true']"));
  return take(wrong || all[(at + 1) % all.length]);
}

// After a field that a scanner has filled in: the next one, never a decision.
export function after(element) {
  const all = boxes();
  const at = all.findIndex((box) => box.contains(element));
  if (at >= 0 && at + 1 < all.length) take(all[at + 1]);
}

function put(element, value) {
  element.value = value;
  element.dispatchEvent(new Event("input", { bubbles: true }));
}

export function digit(sign) {
  const box = atHand() ?? boxes().find((one) => one.querySelector(NUMBER));
  if (!box) return refused("noField");
  if (choices(box).length) return choose(box, Number(sign));
  const element = control(box);
  if (element.matches(DATE)) return dated(box, element, sign);
  if (!element.matches(`${NUMBER}, ${TEXT}`)) return refused("noNumber");
  if (nameOf(box) !== hand) take(box);
  put(element, fresh ? sign : element.value + sign);
  fresh = false;
  box.scrollIntoView({ block: "center" }); // the keys of the code led back to the scan field
  return tell(`${labelOf(box)} · ${element.value}`);
}

// A date by its eight digits: year, month, day.
function dated(box, element, sign) {
  if (!/^[0-9]$/.test(sign)) return refused("noNumber");
  if (nameOf(box) !== hand) take(box);
  days = (fresh ? "" : days) + sign;
  fresh = days.length === 8;
  const said = days.padEnd(8, "_").replace(/(....)(..)(..)/, "$1-$2-$3");
  if (fresh) put(element, said);
  box.scrollIntoView({ block: "center" });
  return tell(`${labelOf(box)} · ${said}`, !fresh || element.value === said);
}

// A date that was typed or scanned as a whole, while its field is at hand; `first` takes it out of where it stands.
export function day(text, first) {
  const box = /^\d{4}-\d{2}-\d{2}$/.test(text) && atHand();
  if (!box || !control(box).matches(DATE)) return false;
  first();
  put(control(box), text);
  tell(`${labelOf(box)} · ${text}`, control(box).value === text);
  return true;
}

function choose(box, number) {
  const choice = choices(box)[number - 1];
  if (!choice) return refused("noOption");
  const element = control(box);
  if (choice instanceof HTMLOptionElement) choice.selected = true;
  else choice.checked = choice.type === "radio" || !choice.checked;
  for (const kind of ["input", "change"]) element.dispatchEvent(new Event(kind, { bubbles: true }));
  box.scrollIntoView({ block: "center" });
  return tell(`${labelOf(box)} · ${wordsOf(choice)}`);
}

export function erase() {
  const box = atHand() ?? boxes().find((one) => one.querySelector(NUMBER));
  if (!box || box.classList.contains("upload")) return refused("noField");
  for (const choice of choices(box)) choice.checked = choice.selected = false;
  put(control(box), choices(box).length && !box.querySelector("select") ? control(box).value : "");
  fresh = true;
  box.scrollIntoView({ block: "center" });
  return tell(labelOf(box));
}

// Words go where a text is at hand, else where a reason is asked for.
export function phrase(number) {
  const words = document.getElementById("phrases").content.children[number - 1]?.textContent;
  const texts = boxes().filter((box) => control(box).matches(TEXT));
  const box = texts.find((one) => nameOf(one) === hand) ?? texts.find((one) => /(^|\.)(reason|note|remark)$/.test(nameOf(one)));
  if (!box || !words) return refused("noText");
  const element = control(box);
  put(element, element.value.trim() ? `${element.value.trim()}；${words}` : words);
  box.scrollIntoView({ block: "center" });
  within().querySelector("input[type='password']")?.focus();
  return tell(`${labelOf(box)} · ${element.value}`);
}

export function photo() {
  const open = boxes().filter((box) => box.matches(".upload"));
  const box = open.find((one) => nameOf(one) === hand) ?? open.find((one) => !one.querySelector("ul")) ?? open[0];
  if (!box) return refused("noPhoto");
  return [...box.querySelectorAll("input[type='file']")].filter(visible).at(-1).click();
}

// A part of the page was made anew: the field at hand is the same by its name, and its number begins again. Where
// something is wrong none is at hand, so that the next one is what is wrong.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.querySelector?.(".field")) {
    fresh = true;
    if (within().querySelector("[aria-invalid='true']")) hand = null;
  }
  mark();
});
