// What the page of an evidence package shows: the verdict, what it rests on, and the runs in words.
// It stands behind evidence_package_checks.js in one script; WORDS, STEPS and VERDICTS are the verifier's own.
const SAID = {
  title: ["证据包校验", "Verification of an evidence package"],
  other: ["English", "中文"],
  print: ["打印", "Print"],
  checking: ["正在校验……", "Checking…"],
  empty: ["请放入证据包", "Give an evidence package"],
  sound: ["内容与封存时一致", "Everything is as it was sealed"],
  incomplete: ["未发现改动，但未完全封存", "No change was found, but not all is sealed"],
  unsound: ["内容与封存时不一致", "Something is not as it was sealed"],
  count: ["{rows} 条记录由 {blocks} 个签名区块证明，{files} 个文件已与清单核对。", "{rows} records proven by {blocks} signed blocks; {files} files compared with the manifest."],
  looked: ["已核对 {rows} 条记录、{blocks} 个区块、{files} 个文件，不一致之处见下。", "{rows} records, {blocks} blocks and {files} files were compared; what differs stands below."],
  unsealed: ["其中 {n} 条记录尚未封存，无法证明。", "{n} records are not sealed yet and not proven."],
  findings: ["不一致之处", "What is not as it was"],
  place: ["位置", "Place"],
  key: ["封存密钥的指纹", "Fingerprint of the seal key"],
  compare: ["请与企业公布的指纹核对：只有指纹一致，才能证明封存者是该企业。", "Compare it with the fingerprint that the house publishes: only then it is certain who sealed."],
  given: ["企业公布的指纹", "Fingerprint that the house publishes"],
  check: ["核对", "Compare"],
  matches: ["与给定的指纹一致。", "It is the one given."],
  steps: ["校验步骤", "What was checked"],
  what: ["内容", "What"],
  count_of: ["数量", "Count"],
  result: ["结果", "Result"],
  fine: ["通过", "passed"],
  wrong: ["{n} 处不一致", "{n} findings"],
  content: ["包内的流程", "Runs in this package"],
  scope: ["范围", "Scope"],
  made: ["导出时间", "Exported"],
  by: ["导出人", "Exported by"],
  house: ["企业", "House"],
  procedure: ["规程", "Procedure"],
  site: ["仓库", "Site"],
  started: ["发起", "Started"],
  ended: ["结束", "Ended"],
  open: ["尚未结束", "not ended"],
  deleted: ["内容已于 {at} 按保存期限删除，归档头与删除记录在包内", "contents deleted under retention on {at}: header and tombstone are inside"],
  not_archived: ["尚未归档：内容为导出时的数据库记录", "not archived yet: the records as they were when exported"],
  state: ["状态", "State"],
  documents: ["单据", "Documents"],
  lines: ["经过", "What was done"],
  when: ["时间", "When"],
  who: ["人员", "Who"],
  filled: ["填写内容", "Filled in"],
  signatures: ["电子签名", "Electronic signatures"],
  meaning: ["含义", "Meaning"],
  moves: ["库存变动", "Stock moves"],
  goods: ["商品", "Goods"],
  batch: ["批号", "Batch"],
  from: ["自", "From"],
  to: ["至", "To"],
  quantity: ["数量", "Quantity"],
  kind: ["类别", "Kind"],
  system: ["系统", "System"],
  files: ["文件", "Files"],
  drop: ["校验另一个证据包：把 ZIP 拖到此处，或", "Check another package: drop its ZIP here, or"],
  choose: ["选择文件", "choose a file"],
  left_out: ["未收录的流程", "Runs that are left out"],
  blind: ["盘点进行中，导出人不得查看", "a blind count is under way that the exporter may not see"],
  elsewhere: ["另有 {n} 个流程在导出人无权查看的仓库", "{n} further runs are at sites that the exporter may not see"],
  about: [
    "此页不使用网络，校验在本机完成。签名算法由{by}计算。此页与证据包来自同一来源：如不信任，请用自备的 Python 与企业另行发布的 verify.py 校验。",
    "This page uses no network; all is computed here. Signatures are computed by {by}. The page came with the package: who does not trust it uses a Python of their own and a verify.py from elsewhere.",
  ],
  browser: ["浏览器", "the browser"],
  library: ["页内的库", "the library in this page"],
};

const state = { language: navigator.language.startsWith("zh") ? 0 : 1, found: null, report: null, stories: [], fingerprint: "", own: true };
const say = (name, values = {}) => SAID[name][state.language].replace(/\{(\w+)\}/g, (_, key) => values[key]);
const pick = (both) => (both ? both[state.language ? "en" : "zh"] || both.zh || "" : "");
const place = (id) => document.getElementById(id);

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

async function verify(data) {
  Object.assign(state, { data, report: null, found: null, stories: [], waiting: true });
  draw();
  const telling = (found) => {
    state.found = found;
    verdict();
  };
  state.own = await knowsEd25519();
  const found = await check(data, { fingerprint: state.fingerprint, own: state.own, told: telling });
  Object.assign(state, { found, stories: await stories(found), report: await found.report(), waiting: false });
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
