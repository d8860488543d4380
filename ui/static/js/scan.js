// The scan field: keeps the focus, sends one scan after another in order, keeps them while the network is
// away, and says by sound what the screen says by colour, icon and word.

const form = document.querySelector("[data-scanner]");
const field = form?.querySelector("[name='code']");
const state = document.getElementById("scan-queue");
const queue = [];
let sending = false;
let sound = null;

function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function tone(frequency, start, length, shape) {
  const oscillator = sound.createOscillator();
  const volume = sound.createGain();
  oscillator.type = shape;
  oscillator.frequency.value = frequency;
  volume.gain.setValueAtTime(0.18, sound.currentTime + start);
  volume.gain.exponentialRampToValueAtTime(0.001, sound.currentTime + start + length);
  oscillator.connect(volume).connect(sound.destination);
  oscillator.start(sound.currentTime + start);
  oscillator.stop(sound.currentTime + start + length);
}

function say(verdict) {
  if (!sound) return;
  if (verdict === "matched") tone(1320, 0, 0.14, "sine");
  if (verdict === "refused") {
    tone(196, 0, 0.22, "square");
    tone(156, 0.24, 0.3, "square");
  }
  if (navigator.vibrate) navigator.vibrate(verdict === "refused" ? [120, 60, 120] : 40);
}

function show(waiting) {
  const words = waiting ? state.dataset.waiting : state.dataset.sending;
  state.textContent = queue.length ? `${words} (${queue.length})` : "";
}

// What is already filled in for the line at hand travels with the scan, so that nothing typed is lost.
function atHand() {
  const line = document.querySelector("#line-panel form");
  if (!line) return [];
  const kept = [...new FormData(line)].filter(([name, value]) => name.startsWith("data.") && typeof value === "string");
  return [["line", line.dataset.line], ...kept];
}

async function post(values) {
  return fetch(form.action, {
    method: "POST",
    body: new URLSearchParams([...values, ...atHand()]),
    headers: { "HX-Request": "true" },
    redirect: "manual",
  });
}

// One at a time, in order. A scan keeps its id, so sending it twice counts once.
async function drain() {
  if (sending) return;
  sending = true;
  while (queue.length) {
    show(false);
    let response = null;
    try {
      response = await post(queue[0]);
    } catch {
      response = null;
    }
    if (!response || response.status >= 500) {
      show(true);
      await new Promise((done) => setTimeout(done, 2000));
      continue;
    }
    queue.shift();
    const redirect = response.headers.get("HX-Redirect");
    if (redirect) {
      window.location.assign(redirect);
      return;
    }
    swap(await response.text(), response.headers.get("HX-Retarget"));
  }
  show(false);
  sending = false;
}

// A line that has its result gives way to the next scan.
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "scan-part" || document.getElementById("line-panel")) return;
  window.scrollTo({ top: 0 });
  field?.focus({ preventScroll: true });
});

function swap(html, elsewhere) {
  const target = elsewhere ?? "#scan-part";
  htmx.swap(target, html, { swapStyle: elsewhere ? "innerHTML" : "outerHTML" });
  const verdict = document.querySelector("#verdict");
  say(elsewhere ? "refused" : verdict?.dataset.verdict);
}

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopPropagation();
  const code = field.value.trim();
  field.value = "";
  field.focus();
  if (!code) return;
  const values = [...new FormData(form)].filter(([name]) => name !== "code" && name !== "scan_id");
  values.push(["code", code], ["scan_id", freshId()], ["device_at", new Date().toISOString()]);
  queue.push(values);
  drain();
});

// Sound needs a first gesture; a scanner's Enter is one.
document.addEventListener("keydown", () => (sound ??= new AudioContext()), { once: true });

// A wedge scanner types wherever the focus is: bring it back unless a person is filling in a field.
document.addEventListener("keydown", (event) => {
  const busy = event.target.closest?.("input, select, textarea, button, a, dialog, summary");
  if (!field || busy || event.ctrlKey || event.altKey || event.metaKey || event.key.length !== 1) return;
  field.focus();
});
