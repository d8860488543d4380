// Flowcharts: zoom by buttons and keys. The size is an attribute of the picture, so no style is set on the page;
// how large it was stays when the server sends the picture anew.

const STEP = 1.25;
const LEAST = 0.2;
const MOST = 4;
const READABLE = 0.85;

function picture(frame) {
  return frame.querySelector("svg.chart");
}

function natural(chart) {
  const [, , width, height] = chart.getAttribute("viewBox").split(" ").map(Number);
  return { width, height };
}

function room(frame) {
  const view = frame.querySelector(".chart-view");
  return { width: view.clientWidth - 2, height: Math.max(window.innerHeight - 140, 240) };
}

function show(frame, scale) {
  const chart = picture(frame);
  if (!chart || !room(frame).width) return;
  const size = natural(chart);
  const kept = Math.min(Math.max(scale, LEAST), MOST);
  frame.dataset.scale = String(kept);
  chart.setAttribute("width", String(Math.round(size.width * kept)));
  chart.setAttribute("height", String(Math.round(size.height * kept)));
}

function fitting(frame, whole) {
  const size = natural(picture(frame));
  const free = room(frame);
  const wide = free.width / size.width;
  return whole ? Math.min(wide, free.height / size.height) : wide;
}

// At first as large as the page is wide, but never too small to be read.
function begin(frame) {
  if (!picture(frame)) return;
  const scale = frame.dataset.scale ? Number(frame.dataset.scale) : Math.min(Math.max(fitting(frame), READABLE), 1.25);
  const first = !frame.dataset.scale;
  show(frame, scale);
  if (first) toTheStart(frame);
}

// What is larger than its frame begins where the run is, or where the procedure begins.
function toTheStart(frame) {
  const view = frame.querySelector(".chart-view");
  const start = view.querySelector(".mark-failed, .mark-here") ?? view.querySelector(".is-start");
  if (!start) return;
  const box = start.getBoundingClientRect();
  const around = view.getBoundingClientRect();
  view.scrollLeft += box.left + box.width / 2 - around.left - view.clientWidth / 2;
  view.scrollTop += box.top + box.height / 2 - around.top - view.clientHeight / 2;
}

function zoom(frame, how) {
  const now = Number(frame.dataset.scale) || 1;
  if (how === "in") show(frame, now * STEP);
  else if (how === "out") show(frame, now / STEP);
  else show(frame, fitting(frame, how === "whole"));
}

function all() {
  for (const frame of document.querySelectorAll("[data-chart]")) begin(frame);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-zoom]");
  if (button) zoom(button.closest("[data-chart]"), button.dataset.zoom);
});

document.addEventListener("keydown", (event) => {
  const view = event.target.closest?.(".chart-view");
  if (!view || event.ctrlKey || event.metaKey || event.altKey) return;
  const how = { "+": "in", "=": "in", "-": "out", 0: "fit" }[event.key];
  if (!how) return;
  event.preventDefault();
  zoom(view.closest("[data-chart]"), how);
});

// Where there is room a run shows its way at once; on a handheld it is opened.
if (window.matchMedia("(min-width: 60rem)").matches) {
  for (const part of document.querySelectorAll("details[data-chart-opens]")) part.open = true;
}
document.addEventListener("toggle", (event) => event.target.matches?.("details") && all(), true);
document.addEventListener("htmx:oobAfterSwap", all);
document.addEventListener("htmx:afterSettle", all);
all();
