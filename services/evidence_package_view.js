// What the page of an evidence package shows: the verdict, what it rests on, and the runs in words.
// It stands behind evidence_package_checks.js in one script; WORDS, STEPS and VERDICTS are the verifier's own.
const state = { language: navigator.language.startsWith("zh") ? 0 : 1, found: null, report: null, stories: [], subject: null, fingerprint: "", own: true };
const say = (name, values = {}) => SAID[name][state.language].replace(/\{(\w+)\}/g, (_, key) => values[key]);
const pick = (both) => (both ? both[state.language ? "en" : "zh"] || both.zh || "" : "");
const place = (id) => document.getElementById(id);

function verdict() {
  const { report, found } = state;
  const section = place("verdict");
  if (!report) {
    const done = found ? found.lines.length : 0;
    section.className = "verdict checking";
    section.replaceChildren(make("span", { class: "sign", "aria-hidden": "true" }, "…"), make("div", {}, make("strong", {}, say(state.waiting ? "checking" : "empty")), make("p", {}, done ? String(done) : "")));
    return;
  }
  section.className = `verdict ${report.verdict}`;
  const signs = { sound: "✓", unsound: "✗", incomplete: "!" };
  const files = found.manifest?.files?.length ?? 0;
  const said = [make("strong", {}, say(report.verdict)), make("p", {}, say(report.verdict === "unsound" ? "looked" : "count", { rows: report.records, blocks: report.blocks, files }))];
  if (report.unsealed_records) said.push(make("p", {}, say("unsealed", { n: report.unsealed_records })));
  section.replaceChildren(make("span", { class: "sign", "aria-hidden": "true" }, signs[report.verdict]), make("div", {}, ...said));
}

function findings() {
  const items = (state.report?.findings ?? []).map((one) =>
    make("li", {}, make("strong", {}, WORDS[one.code][state.language]), make("br"), `${say("place")} `, make("code", {}, [one.file, one.row].filter(Boolean).join(" → ") || "ZIP"), " ", make("span", { class: "quiet mono" }, one.code)),
  );
  place("findings").replaceChildren(...(items.length ? [make("h2", {}, say("findings")), make("ul", {}, ...items)] : []));
}

function key() {
  const { report } = state;
  if (!report?.fingerprint) {
    place("key").replaceChildren();
    return;
  }
  const field = make("input", { type: "text", value: state.fingerprint, autocomplete: "off", spellcheck: "false", id: "given" });
  const compare = (event) => {
    event.preventDefault();
    state.fingerprint = field.value.trim();
    again();
  };
  const known = state.fingerprint && !report.findings.some((one) => ["fingerprint_differs", "key_not_trusted"].includes(one.code));
  place("key").replaceChildren(
    make("h2", {}, say("key")),
    make("p", { class: "mono print" }, report.fingerprint),
    make("p", { class: "quiet" }, say("compare")),
    make("form", { onsubmit: compare }, make("label", { for: "given" }, say("given"), make("br"), field), make("button", { type: "submit" }, say("check"))),
    known ? make("p", { class: "ok" }, say("matches")) : "",
  );
}

function steps() {
  const rows = (state.found?.lines ?? []).map((one) => [
    `${STEPS[one.name][state.language]} ${one.place}`,
    String(one.count),
    make("span", { class: one.wrong ? "fail" : "ok" }, one.wrong ? say("wrong", { n: one.wrong }) : say("fine")),
  ]);
  place("steps").replaceChildren(...(rows.length && state.report ? [make("h2", {}, say("steps")), table("", [say("what"), say("count_of"), say("result")], rows)] : []));
}

function oneRun(run, story, alone) {
  const zone = story.time_zone;
  const lines = story.lines.map((one) => Object.assign([instantOf(one.at, zone), pick(one.text), one.actor || say("system"), pick(one.filled)], { tone: one.refused ? "refused" : "" }));
  const signed = story.signatures.map((one) => [instantOf(one.at, zone), [pick(one.meaning), pick(one.superseded)].filter(Boolean).join(" · "), `${one.printed_name} · ${pick(one.post)}`]);
  const moved = story.moves.map((one) => [instantOf(one.at, zone), pick(one.kind), pick(one.material), one.batch, pick(one.from), pick(one.to), one.quantity]);
  return make(
    "details",
    { open: alone },
    make("summary", {}, `${pick(story.title)} ${story.number || story.id} · ${pick(story.state)}`),
    facts([
      [say("procedure"), `${story.sop} v${story.version}`],
      [say("site"), pick(story.site)],
      [say("started"), `${instantOf(story.started_at, zone)} ${story.started_by}`],
      [say("ended"), story.ended_at ? instantOf(story.ended_at, zone) : say("open")],
      [say("documents"), story.documents.join(state.language ? ", " : "、")],
      ["ID", story.id],
      [say("state"), run.deleted ? say("deleted").replace("{at}", instantOf(run.deleted, zone)) : run.archived ? pick(story.state) : say("not_archived")],
    ]),
    table(say("signatures"), [say("when"), say("meaning"), say("who")], signed),
    table(say("lines"), [say("when"), say("what"), say("who"), say("filled")], lines),
    table(say("moves"), [say("when"), say("kind"), say("goods"), say("batch"), say("from"), say("to"), say("quantity")], moved),
  );
}

// A story that was changed may be anything: the verdict above has named it, the page goes on.
function readable(run, story, alone) {
  try {
    return oneRun(run, story, alone);
  } catch {
    return make("p", { class: "fail" }, `${run.folder}story.json`);
  }
}

// What stands beside the runs: facts and tables as they are told.
function besideRuns(told, alone) {
  if (!told) return "";
  try {
    const shown = 5000;
    const tables = told.tables.flatMap((one) => [
      table(pick(one.title), one.columns.map(pick), one.rows.slice(0, shown).map((cells) => cells.map(pick))),
      one.rows.length > shown ? make("p", {}, say("more", { shown, n: one.rows.length })) : "",
    ]);
    const summary = make("summary", {}, pick(told.title));
    const known = facts(told.facts.map(([label, value]) => [pick(label), pick(value)]));
    return make("details", { open: alone }, summary, known, ...tables, ...told.remarks.map((one) => make("p", { class: "quiet" }, pick(one))));
  } catch {
    return make("p", { class: "fail" }, "subject/story.json");
  }
}

function files() {
  const save = async (event) => {
    const { name } = event.currentTarget.dataset;
    const content = await state.found.pack.read(name);
    const address = URL.createObjectURL(new Blob([content]));
    make("a", { href: address, download: name.split("/").pop() }).click();
    URL.revokeObjectURL(address);
  };
  const listed = state.found.manifest.files.map((one) => make("li", {}, make("a", { href: "#", "data-name": one.name, onclick: (event) => (event.preventDefault(), save(event)) }, one.name)));
  return make("details", {}, make("summary", {}, `${say("files")} (${listed.length})`), make("ul", { class: "files mono" }, ...listed));
}

function content() {
  const manifest = state.found?.manifest;
  if (!state.report || !manifest?.runs) {
    place("content").replaceChildren();
    return;
  }
  const told = state.stories.map(([run, story]) => readable(run, story, state.stories.length === 1));
  const left = (manifest.left_out ?? []).map((one) => make("li", {}, `${one.id}：${say("blind")}`));
  if (manifest.elsewhere) left.push(make("li", {}, say("elsewhere", { n: manifest.elsewhere })));
  place("content").replaceChildren(
    make("h2", {}, `${say("content")} (${manifest.runs.length})`),
    facts([
      [say("house"), pick(manifest.house)],
      [say("scope"), pick(manifest.scope?.words)],
      [say("made"), instantOf(manifest.made_at, state.stories[0]?.[1].time_zone)],
      [say("by"), manifest.made_by?.name],
    ]),
    besideRuns(state.subject, state.stories.length < 2),
    ...told,
    left.length ? make("h3", {}, say("left_out")) : "",
    left.length ? make("ul", {}, ...left) : "",
    files(),
  );
}

function drop() {
  const input = make("input", { type: "file", accept: ".zip", hidden: true, id: "zip", onchange: () => input.files[0] && take(input.files[0]) });
  place("drop").replaceChildren(say("drop"), " ", make("button", { type: "button", onclick: () => input.click() }, say("choose")), input);
}

function draw() {
  document.documentElement.lang = state.language ? "en" : "zh-CN";
  place("title").textContent = say("title");
  place("language").textContent = say("other");
  place("print").textContent = say("print");
  for (const part of [verdict, findings, key, content, steps, drop]) part();
  place("about").textContent = say("about", { by: say(state.own ? "browser" : "library") });
}

async function stories(found) {
  const told = [];
  for (const [folder, run] of found.folders) {
    try {
      told.push([run, await found.pack.json(`${folder}story.json`)]);
    } catch {
      // told by a finding already
    }
  }
  return told;
}

async function besideStory(found) {
  const { subject } = found.manifest;
  if (!subject) return null;
  try {
    return await found.pack.json(`${subject.folder}story.json`);
  } catch {
    return null; // told by a finding already
  }
}

async function verify(data) {
  Object.assign(state, { data, report: null, found: null, stories: [], subject: null, waiting: true });
  draw();
  const telling = (found) => {
    state.found = found;
    verdict();
  };
  state.own = await knowsEd25519();
  const found = await check(data, { fingerprint: state.fingerprint, own: state.own, told: telling });
  Object.assign(state, { found, stories: await stories(found), subject: await besideStory(found), report: await found.report(), waiting: false });
  draw();
  document.documentElement.dataset.verdict = state.report.verdict;
}

async function knowsEd25519() {
  try {
    await crypto.subtle.importKey("raw", Uint8Array.of(0x58, ...Array(31).fill(0x66)), { name: "Ed25519" }, false, ["verify"]);
    return true;
  } catch {
    return false;
  }
}

const again = () => state.data && verify(state.data);
const take = async (file) => verify(new Uint8Array(await file.arrayBuffer()));

place("language").addEventListener("click", () => {
  state.language = 1 - state.language;
  draw();
});
place("print").addEventListener("click", () => window.print());
window.addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((one) => (one.open = true)));
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  place("drop").classList.add("over");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  place("drop").classList.remove("over");
  if (event.dataTransfer.files[0]) take(event.dataTransfer.files[0]);
});

const carried = place("package").textContent.trim();
draw();
if (carried) verify(ofBase64(carried));
