// What HTML cannot do on every page: dialogs that arrive open themselves, forms are sent once, what is wrong
// gets the focus.

import "./kept_entries.js";

function attend() {
  const dialog = document.querySelector("dialog[data-modal]");
  if (dialog) {
    dialog.removeAttribute("data-modal");
    dialog.close(); // it arrives open, for browsers without scripts
    dialog.showModal();
    const first =
      dialog.querySelector("[aria-invalid='true']") ??
      dialog.querySelector("input:not([type='hidden']), textarea, button");
    first?.focus({ preventScroll: true });
    if (first && hidden(first, dialog.querySelector(".foot"))) first.scrollIntoView({ block: "center" });
    return;
  }
  const summary = document.querySelector(".summary[role='alert']:not([data-seen])");
  if (summary) {
    summary.dataset.seen = "1";
    // A form that says which of its fields is to be looked at first has the focus there; else the list has it.
    const wrong = document.querySelector("main [autofocus][aria-invalid='true']");
    (wrong ?? summary).focus({ preventScroll: true });
    if (wrong?.matches("input[type='text'], textarea")) wrong.select(); // what is typed or scanned next replaces it
    (wrong ?? summary).scrollIntoView({ block: "center" }); // not under what sticks to an edge
  }
}

// Whether a field is under the foot of its dialog, which sticks to the lower edge.
function hidden(field, foot) {
  return foot && !foot.contains(field) && field.getBoundingClientRect().bottom > foot.getBoundingClientRect().top;
}

// A file that was asked for and is there now is no longer told as missing.
function untell() {
  for (const link of document.querySelectorAll(".summary li a[href^='#']")) {
    const box = document.getElementById(`${link.hash.slice(1)}-box`);
    if (!box || box.querySelector(".error")) continue;
    const summary = link.closest(".summary");
    link.closest("li").remove();
    if (!summary.querySelector("li")) summary.remove();
  }
}

// What the dialog shows has been found right: what was wrong before is not told behind it any more.
function repaired() {
  const dialog = document.querySelector("#task-form dialog[open]");
  if (!dialog) return;
  const stale = [...document.querySelectorAll("#task-form .summary, #task-form .error")];
  for (const box of stale.filter((found) => !dialog.contains(found))) box.remove();
  for (const field of document.querySelectorAll("#task-fields [aria-invalid]")) field.removeAttribute("aria-invalid");
}

// A field takes so many characters and no more; the browser cuts the rest without a word.
function full(event) {
  const field = event.target;
  const room = field.closest(".field");
  if (!room || !(field.maxLength > 0) || field.closest("dialog")) return;
  let told = room.querySelector(".full");
  if (field.value.length < field.maxLength) {
    told?.remove();
    return;
  }
  if (!told) {
    told = document.createElement("p");
    told.className = "help full";
    told.setAttribute("role", "status");
    room.append(told);
  }
  told.textContent = document.body.dataset.full.replace("999", String(field.maxLength));
}

// A file that is still on its way is waited for: the button is pressed again once it is there.
let pressed = null;
function uploading(form) {
  return form?.querySelector("input[type='file'].htmx-request");
}
document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest("button[type='submit']");
    if (!button || !uploading(button.form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    pressed = button;
  },
  true,
);
document.addEventListener("htmx:afterSettle", () => {
  const button = pressed;
  if (!button || uploading(button.form)) return;
  pressed = null;
  if (button.isConnected) button.click();
});

for (const failed of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failed, () => {
    pressed = null; // it did not arrive: the person is told and presses again
  });
}

document.addEventListener("input", full);
document.addEventListener("htmx:afterSettle", repaired);
document.addEventListener("htmx:afterSettle", attend);
document.addEventListener("htmx:afterSettle", untell);

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  // A browser that knows `command` opens it by itself, before this script is there as well.
  if (opener && !("commandForElement" in opener)) document.getElementById(opener.dataset.opens)?.showModal();
  const closer = event.target.closest("[data-closes]");
  if (closer) closer.closest("dialog")?.close();
  const printer = event.target.closest("[data-prints]");
  if (printer) window.print();
  const adder = event.target.closest("[data-adds]");
  if (adder) addLine(document.getElementById(adder.dataset.adds));
  const remover = event.target.closest("[data-removes]");
  if (remover) removeLine(remover.closest(".doc-line"));
});

// Enter in a dialog's field presses its first button: the person is answering a question there. In the forms
// of tasks Enter (a scanner sends it) never decides.
document.addEventListener("keydown", (event) => {
  const inside = event.key === "Enter" && event.target.matches("dialog input:not([type='checkbox'], [type='radio'])");
  const button = inside && event.target.closest("dialog").querySelector("button[type='submit']:not([disabled])");
  if (!button) return;
  event.preventDefault();
  button.click();
});

// A reason that is scanned or typed ends with Enter as well: on to the password or, where none is asked, to the button,
// which a second Enter presses. Shift and Enter begin a new line.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.matches("dialog textarea[name='reason']")) return;
  const dialog = event.target.closest("dialog");
  event.preventDefault();
  dialog.querySelector("input[type='password'], button[type='submit']:not([hidden])")?.focus();
});

// A badge ends the name with Enter: the password is still to be typed.
document.addEventListener("keydown", (event) => {
  const password = event.key === "Enter" && event.target.matches("#login [name='username']") && document.querySelector("#login [name='password']");
  if (!password || password.value) return;
  event.preventDefault();
  password.focus();
});

// Whether the server can be reached is told where people look first - on the page, and in an open dialog, which
// covers the page - and taken back by itself. That what a dialog sent was lost is told until the dialog has an answer:
// another request that succeeds meanwhile says nothing of it.
function connected(yes, sender) {
  const dialog = sender?.closest("dialog");
  for (const said of document.querySelectorAll("[data-connection]")) {
    if (dialog?.contains(said)) said.toggleAttribute("data-lost", !yes);
    said.hidden = yes && !said.hasAttribute("data-lost");
  }
}

// So is a fault: behind a dialog nobody would see it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const within = event.detail.target.id === "notice" && document.querySelector("dialog[open] [data-notice]");
  if (within) event.detail.target = within;
});

// What is too large was not read by the server, so that its answer has no words for the page.
document.addEventListener("htmx:afterRequest", (event) => {
  const much = event.detail.xhr?.status === 413;
  for (const said of document.querySelectorAll("[data-too-much]")) {
    if (much) said.hidden = false;
    else if (event.detail.successful) said.hidden = true;
  }
});

document.addEventListener("htmx:sendError", (event) => connected(false, event.target));
document.addEventListener("htmx:timeout", (event) => connected(false, event.target));
document.addEventListener("htmx:afterOnLoad", (event) => connected(true, event.target));
window.addEventListener("offline", () => connected(false));
window.addEventListener("online", () => connected(true));

// A second press while the first is on its way does nothing.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog" || form.hasAttribute("hx-get") || form.hasAttribute("hx-post")) return;
  if (event.submitter?.hasAttribute("hx-post")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  form.setAttribute("aria-busy", "true");
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
  attend();
});

// Lines of a document form: a new one is a copy of the template with the next number.
function addLine(template) {
  const list = document.getElementById(template.dataset.list);
  const number = Number(list.dataset.next);
  list.dataset.next = String(number + 1);
  const holder = document.createElement("div");
  holder.append(template.content.cloneNode(true));
  for (const element of holder.querySelectorAll("[name], [id], [for]")) {
    for (const attribute of ["name", "id", "for"]) {
      const value = element.getAttribute(attribute);
      if (value) element.setAttribute(attribute, value.replaceAll("999", String(number)));
    }
  }
  list.append(...holder.children);
  list.lastElementChild.querySelector("input, select")?.focus();
}

function removeLine(line) {
  const list = line.parentElement;
  if (list.children.length > 1) line.remove();
  list.querySelector("input, select")?.focus();
}
