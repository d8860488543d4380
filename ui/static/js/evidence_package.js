// An evidence package is made while its page says how far it is; then it is saved as any download. The answer
// begins with lines - how many runs of how many, a refusal, at last the file's name - and an empty one; the
// file follows. Without this script the form is posted as it is, and the answer is the file.

const form = document.querySelector("form[data-package]");

async function make() {
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Progress": "1" } });
  if (!answer.ok || !answer.body) throw new Error(String(answer.status));
  const reader = answer.body.getReader();
  let head = new Uint8Array();
  let name = "";
  while (!name) {
    const { done, value } = await reader.read();
    if (done) throw new Error("cut off");
    head = joined(head, value);
    let end = head.indexOf(10);
    while (end >= 0 && !name) {
      name = line(new TextDecoder().decode(head.subarray(0, end)));
      head = head.slice(end + 1);
      end = head.indexOf(10);
    }
  }
  const parts = [head];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
  }
  return [name, new Blob(parts, { type: "application/zip" })];
}

// One line of the answer; the name of the file when it is that one.
function line(text) {
  const [word, ...rest] = text.split(" ");
  if (word === "refused") throw new Error(rest.join(" "));
  if (word === "file") return rest.join(" ");
  const [done, total] = rest.map(Number);
  const told = form.querySelector("[data-progress]");
  const words = done < total ? told.dataset.progress.replace("{done}", done + 1).replace("{total}", total) : told.dataset.sealing;
  told.querySelector("span").textContent = words;
  Object.assign(told.querySelector("progress"), { value: done, max: Math.max(1, total) });
  return "";
}

function joined(one, two) {
  const all = new Uint8Array(one.length + two.length);
  all.set(one);
  all.set(two, one.length);
  return all;
}

function tell(words, tone) {
  const box = document.createElement("div");
  box.className = `notice ${tone}`;
  box.setAttribute("role", tone === "good" ? "status" : "alert");
  box.textContent = words;
  document.querySelector("[data-note]").replaceChildren(box);
}

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  event.stopPropagation(); // it may be sent again
  const [button, progress] = [form.querySelector("button"), form.querySelector("[data-progress]")];
  if (button.disabled) return;
  button.disabled = true;
  progress.hidden = false;
  try {
    const [name, file] = await make();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    tell(form.dataset.saved, "good");
  } catch (error) {
    tell(error.message, "bad");
  } finally {
    button.disabled = false;
    progress.hidden = true;
  }
});
