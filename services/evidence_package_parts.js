// Pieces of the page of an evidence package: elements, instants, tables, facts.
function make(tag, facts = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(facts)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== "" && value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== "" && child !== null));
  return element;
}

// An instant as evidence: with seconds and offset, in the zone of the site.
function instantOf(text, zone) {
  if (!text) return "";
  const names = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" };
  const options = { ...names, hourCycle: "h23", timeZone: zone || "UTC", timeZoneName: "longOffset" };
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("en-GB", options).formatToParts(new Date(text)).map((part) => [part.type, part.value]),
  );
  const offset = parts.timeZoneName.replace("GMT", "UTC");
  return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}:${parts.second} ${offset}`;
}

function table(caption, heads, rows) {
  if (!rows.length) return "";
  const body = rows.map((cells) =>
    make("tr", { class: cells.tone ?? "" }, ...cells.map((cell, at) => make("td", { "data-label": heads[at], class: at === 0 ? "when" : "" }, cell))),
  );
  const head = make("thead", {}, make("tr", {}, ...heads.map((one) => make("th", { scope: "col" }, one))));
  return make("table", {}, make("caption", {}, caption), head, make("tbody", {}, ...body));
}

function facts(pairs) {
  return make("dl", {}, ...pairs.filter(([, value]) => value).map(([label, value]) => make("div", {}, make("dt", {}, label), make("dd", {}, value))));
}
