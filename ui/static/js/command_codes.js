// Command codes: bars on a sheet that press what is on the screen, so that hands with a scanner need nothing else.
// They are ordinary text (XJCMD-…) that a wedge scanner types and ends with Enter, wherever the focus is. A
// password is never in one: who signs types it.

const COMMAND = /XJCMD-(GO|UNDO|INBOX|[1-9])$/;
const LONGEST = 12;
let typed = "";

function shown(selector, within = document) {
  return [...within.querySelectorAll(selector)].find((one) => !one.disabled && one.checkVisibility());
}

// Decisions stand in the dialog that is open, else at the line at hand, else at the task.
function place() {
  return document.querySelector("dialog[open]") ?? document.getElementById("line-panel") ?? document;
}

function target(command) {
  if (command === "INBOX") return shown("a[href='/inbox']");
  if (command === "UNDO") return shown("form[action$='/undo'] button");
  if (command === "GO") return shown("[data-goes]", document.querySelector("dialog[open]") ?? document);
  return [...place().querySelectorAll(".outcomes button")][Number(command) - 1];
}

// The scan field and the finder keep nothing of it; any other field only loses what the scanner typed.
function wipe(element, command) {
  if (typeof element?.value === "string" && element.value.endsWith(command)) {
    element.value = element.value.slice(0, -command.length);
  }
}

document.addEventListener(
  "keydown",
  (event) => {
    if (event.key.length === 1 && !event.ctrlKey && !event.metaKey) typed = (typed + event.key).slice(-LONGEST);
    if (event.key !== "Enter") return;
    const found = COMMAND.exec(typed);
    typed = "";
    if (!found) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    wipe(document.activeElement, found[0]);
    const pressed = target(found[1]);
    if (pressed) pressed.click();
    else document.getElementById("code")?.focus();
  },
  true,
);
