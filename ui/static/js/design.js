// What HTML cannot do in the designer: dragging a card, names into an expression, undo by keyboard.

const design = () => document.getElementById("design");
let dragged = "";

document.addEventListener("dragstart", (event) => {
  const card = event.target.closest?.("[data-step]");
  if (!card) return;
  dragged = card.dataset.step;
  card.classList.add("dragged");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged);
  event.stopPropagation();
});
document.addEventListener("dragend", () => {
  dragged = "";
  for (const card of document.querySelectorAll(".dragged, .gap.over")) card.classList.remove("dragged", "over");
});

// A card is dropped between two others: the nearest gap takes it.
function gapOf(event) {
  const gap = event.target.closest?.(".gap");
  const card = event.target.closest?.("[data-step]");
  if (gap || !card) return gap;
  const box = card.getBoundingClientRect();
  return event.clientY < box.top + box.height / 2 ? card.previousElementSibling : card.nextElementSibling;
}
document.addEventListener("dragover", (event) => {
  const gap = dragged && gapOf(event);
  if (!gap) return;
  event.preventDefault();
  for (const other of document.querySelectorAll(".gap.over")) other.classList.toggle("over", other === gap);
  gap.classList.add("over");
});
document.addEventListener("drop", (event) => {
  const gap = dragged && gapOf(event);
  const form = document.getElementById("design-move");
  if (!gap || !form) return;
  event.preventDefault();
  form.elements.at.value = dragged;
  form.elements.to.value = gap.dataset.before;
  window.htmx.trigger(form, "submit");
});

document.addEventListener("click", (event) => {
  const name = event.target.closest?.("[data-name]");
  const field = name?.closest(".entry")?.querySelector("input, textarea");
  if (!field) return;
  field.setRangeText(name.dataset.name, field.selectionStart ?? field.value.length, field.selectionEnd ?? field.value.length, "end");
  field.focus();
  field.dataset.put = "1"; // a browser tells of a change only when somebody typed it
});
document.addEventListener("focusout", (event) => {
  if (!event.target.dataset?.put) return;
  delete event.target.dataset.put;
  event.target.dispatchEvent(new Event("change", { bubbles: true }));
});

// Who writes the Chinese words of a new part is not left with English ones that say what it was before.
document.addEventListener("input", (event) => {
  const written = event.target;
  if (!design() || !written.name?.endsWith("/zh")) return;
  const [other] = document.getElementsByName(`${written.name.slice(0, -2)}en`);
  if (other?.value && JSON.parse(design().dataset.starts)[written.defaultValue] === other.value) other.value = "";
});

document.addEventListener("keydown", (event) => {
  if (!design() || !(event.ctrlKey || event.metaKey) || event.target.matches?.("input, textarea")) return;
  const wanted = { z: "[data-undo]", y: "[data-redo]" }[event.key.toLowerCase()];
  if (!wanted) return;
  event.preventDefault();
  document.querySelector(wanted)?.click();
});

// The open card stays as it was read when its parts change: where it was scrolled to, what was unfolded, what was
// being typed. A part that has just been added is unfolded and its first field is ready to be filled in.
const cardOf = () => document.querySelector("#design-state [name='card']")?.value;
const folds = () => document.querySelectorAll("#design details[data-fold]");
let read = { card: "", top: 0, folds: new Map(), typed: null };
document.addEventListener("htmx:beforeSwap", () => {
  const field = document.activeElement;
  const typing = field?.matches?.("#design-editor :is(input[type='text'], input:not([type]), textarea)");
  read = {
    card: cardOf(),
    top: document.getElementById("design-editor")?.scrollTop ?? 0,
    folds: new Map([...folds()].map((one) => [one.dataset.fold, one.open])),
    typed: typing && field.value !== field.defaultValue ? { id: field.id, value: field.value } : null,
  };
});
// What a fold was called before a part of it was renamed.
function before(fold, path) {
  const [, renamed] = path.match(/[/]rename[?]at=(.+)[/][^/]+$/) ?? [];
  if (!renamed || read.folds.has(fold) || !fold.startsWith(`${renamed}/`)) return fold;
  const old = path.match(/[?]at=(.+)$/)[1];
  return old + fold.slice(renamed.length + 1).replace(/^[^/]+/, "");
}
function unfolded(path = "") {
  if (cardOf() !== read.card) return;
  for (const one of folds()) {
    const known = before(one.dataset.fold, path);
    if (read.folds.has(known)) one.open = read.folds.get(known);
  }
}
document.addEventListener("htmx:oobAfterSwap", () => unfolded());
document.addEventListener("htmx:afterSwap", (event) => {
  const editor = document.getElementById("design-editor");
  if (!editor || cardOf() !== read.card) return;
  unfolded(event.detail.requestConfig?.path ?? "");
  editor.scrollTop = read.top;
  const field = read.typed?.id && document.getElementById(read.typed.id);
  if (field) field.value = read.typed.value;
  if (!event.detail.requestConfig?.path?.includes("/add?")) return;
  const added = [...editor.querySelectorAll("details[data-fold]:not(.names)")].filter((one) => !read.folds.has(one.dataset.fold));
  for (const one of added) one.open = true;
  added.at(-1)?.querySelector(".entry:not(.key) :is(input, select, textarea)")?.focus();
});

// The card that was opened gets the focus, so that a keyboard or a screen reader goes on there.
document.addEventListener("htmx:afterSwap", (event) => {
  const asked = event.detail.requestConfig;
  if (asked?.verb === "get" && event.detail.target?.id === "design") document.getElementById("editor-title")?.focus();
});

// What staff will see follows what was entered.
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.requestConfig?.verb !== "post" || !event.target.closest?.("#design")) return;
  const frame = document.querySelector("details.preview[open] iframe");
  if (frame) frame.src = frame.getAttribute("src");
});

// The open card is in sight among the others.
document.querySelector(".design-card.chosen:not(.head)")?.scrollIntoView({ block: "nearest" });
