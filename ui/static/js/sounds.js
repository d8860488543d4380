// Good and bad as sounds and as a shake of the device: the ear knows before the eye. Switched off on the device.

const SILENT = "xunji-silent";
let context = null;

function tone(frequency, start, length, shape) {
  const oscillator = context.createOscillator();
  const volume = context.createGain();
  oscillator.type = shape;
  oscillator.frequency.value = frequency;
  volume.gain.setValueAtTime(0.18, context.currentTime + start);
  volume.gain.exponentialRampToValueAtTime(0.001, context.currentTime + start + length);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(context.currentTime + start);
  oscillator.stop(context.currentTime + start + length);
}

export function say(verdict) {
  if (navigator.vibrate && verdict) navigator.vibrate(verdict === "refused" ? [120, 60, 120] : 40);
  if (!context || localStorage.getItem(SILENT)) return;
  if (verdict === "matched") tone(1320, 0, 0.14, "sine");
  if (verdict === "refused") {
    tone(196, 0, 0.22, "square");
    tone(156, 0.24, 0.3, "square");
  }
}

// Sound needs a first gesture; a scanner's Enter is one.
document.addEventListener("keydown", () => (context ??= new AudioContext()), { once: true });

for (const button of document.querySelectorAll("[data-sound]")) {
  const show = () => button.setAttribute("aria-pressed", String(!localStorage.getItem(SILENT)));
  show();
  button.addEventListener("click", () => {
    context ??= new AudioContext();
    if (localStorage.getItem(SILENT)) localStorage.removeItem(SILENT);
    else localStorage.setItem(SILENT, "1");
    show();
    say("matched");
  });
}
