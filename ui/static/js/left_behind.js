// On every page: scans that this device still keeps are told, so that nobody finishes a task without them.

import { kept } from "./kept_scans.js";

async function tell() {
  const box = document.getElementById("kept-scans");
  const person = document.body.dataset.person;
  if (!box || !person) return;
  const here = document.querySelector("[data-scanner]")?.dataset.task;
  const tasks = new Map();
  let others = 0;
  for (const scan of await kept()) {
    if (scan.person !== person) others += 1;
    else if (scan.task !== here) tasks.set(scan.task, { scan, count: (tasks.get(scan.task)?.count ?? 0) + 1 });
  }
  const lines = [...tasks.values()].map(({ scan, count }) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = scan.page;
    link.textContent = `${scan.title} (${count})`;
    item.append(link);
    return item;
  });
  box.querySelector("ul").replaceChildren(...lines);
  const strangers = box.querySelector("[data-others]");
  strangers.hidden = !others;
  strangers.querySelector("b").textContent = String(others);
  box.querySelector("[data-own]").hidden = !lines.length;
  box.hidden = !lines.length && !others;
}

document.addEventListener("htmx:afterSettle", tell);
window.addEventListener("pageshow", tell);
document.addEventListener("xunji:kept", tell);
