// The key "/" leads to the search field, from anywhere but a field. A scanner types "/" as well, as one of many
// keys in a burst: only a key that comes alone counts.
const ALONE_MS = 150;
let last = 0;
let waiting = 0;

const typed = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable], dialog[open]");

const field = () =>
  [...document.querySelectorAll("#search-text, #search-everywhere")].find((one) => one.checkVisibility());

document.addEventListener("keydown", (event) => {
  const before = event.timeStamp - last;
  last = event.timeStamp;
  clearTimeout(waiting);
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
  if (event.key !== "/" || !plain || before < ALONE_MS || typed(event.target)) return;
  event.preventDefault();
  waiting = setTimeout(() => {
    const found = field();
    if (found) {
      found.focus();
      found.select();
    } else {
      location.assign("/search");
    }
  }, ALONE_MS);
});
