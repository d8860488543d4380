// The checks of an evidence package, as evidence_package_verifier.py makes them: the same codes, the same places
// (tests/evidence_vectors.json). Knows no page; needs SHA-256 and, where there is, Ed25519 of the browser.
// What it is made of stands before it: evidence_package_bytes.js, _run.js, _deletion.js and _subject.js.
const MANIFEST = "manifest.json";
const SEAL = "seal.json";
const PAGE = "verify.html";
const CLOSE = "</" + "script>"; // this code stands in a page itself

export class Check {
  constructor(pack, { fingerprint = "", own = true, told = () => {} } = {}) {
    Object.assign(this, { pack, fingerprint, own, told });
    this.findings = [];
    this.lines = [];
    this.manifest = {};
    this.keys = new Map();
    this.blocks = new Map();
    this.fields = {};
    this.folders = [];
    this.ledger = new Map();
    this.rows = 0;
    this.unsealed = 0;
    this.deleted = 0;
  }

  found(code, file, row = "") {
    if (!this.findings.some((one) => one.code === code && one.file === file && one.row === row)) {
      this.findings.push({ code, file, row });
    }
  }

  async run() {
    await this.step("container", "", () => this.container());
    if (!(await this.step("files", MANIFEST, () => this.files()))) return this;
    await this.step("keys", "keys.json", () => this.keyChain());
    await this.step("blocks", "blocks.json", () => this.blockHeads());
    await this.step("seal", SEAL, () => this.seal());
    for (const [folder, run] of this.folders) {
      await this.step("run", folder, () => runOf(this, folder, run));
    }
    const { subject } = this.manifest;
    if (subject) await this.step("subject", String(subject.folder), () => subjectOf(this, String(need(subject, "folder")), subject));
    return this;
  }

  async step(name, place, work) {
    const before = this.findings.length;
    let count = 0;
    try {
      count = await work();
    } catch {
      this.found("unreadable", place);
    }
    this.lines.push({ name, place, count, wrong: this.findings.length - before });
    this.told(this);
    return !this.findings.some((one) => one.code === "unreadable" && one.file === place);
  }

  container() {
    for (const name of this.pack.damage) this.found("container_altered", name);
    return this.pack.names.length;
  }

  async files() {
    this.manifest = await this.pack.json(MANIFEST);
    const listed = new Map(need(this.manifest, "files").map((one) => [need(one, "name"), need(one, "sha256")]));
    this.folders = need(this.manifest, "runs").map((run) => [String(need(run, "folder")), run]);
    for (const name of [...listed.keys()].sort()) {
      const content = await this.pack.read(name);
      if (content === null) this.found("file_missing", name);
      else if (hex(await sha256(content)) !== listed.get(name)) this.found("file_altered", name);
    }
    for (const name of this.pack.names) {
      if (!listed.has(name) && ![MANIFEST, SEAL, PAGE].includes(name)) this.found("file_unlisted", name);
    }
    await this.page();
    this.fields = need(await this.pack.json("fields.json"), "tables");
    return listed.size;
  }

  async page() {
    const content = await this.pack.read(PAGE);
    if (content === null) return;
    const plain = new TextDecoder("latin1").decode(content);
    const mark = 'id="package">';
    const begin = plain.indexOf(mark) + mark.length;
    const end = plain.indexOf(CLOSE, begin);
    const code = joined(content.subarray(0, begin), content.subarray(end));
    if (hex(await sha256(code)) !== need(this.manifest, "page_sha256")) this.found("file_altered", PAGE);
    if (end === begin) return;
    let inner = null;
    try {
      inner = ofZip(ofBase64(plain.slice(begin, end)));
    } catch {
      this.found("page_differs", PAGE);
      return;
    }
    let same = inner.damage.length === 0;
    same &&= inner.names.join("\n") === this.pack.names.filter((name) => name !== PAGE).join("\n");
    for (const name of same ? inner.names : []) {
      const here = await this.pack.read(name);
      const there = await inner.read(name);
      same &&= here.length === there.length && here.every((byte, at) => byte === there[at]);
    }
    if (!same) this.found("page_differs", PAGE);
  }

  async keyChain() {
    const kept = need(await this.pack.json("keys.json"), "keys");
    for (const [at, key] of kept.entries()) {
      const number = at + 1;
      const made = unhex(need(key, "public_key"));
      const content = canonical({ type: "seal_key", v: 1, number, public_key: hex(made) });
      const before = this.keys.get(number - 1);
      let sure = need(key, "certificate") === null;
      if (before) sure = await isSigned(before, bytesOf(content), unhex(key.certificate ?? ""), this.own);
      if (need(key, "number") !== number || !sure) this.found("key_unvouched", "keys.json", `key ${number}`);
      this.keys.set(number, made);
    }
    return kept.length;
  }

  async blockHeads() {
    const kept = need(await this.pack.json("blocks.json"), "blocks");
    for (const head of kept) await this.block(head, "blocks.json");
    if (this.fingerprint) await this.trusted();
    return kept.length;
  }

  async block(head, file) {
    const { signature, ...content } = head;
    const row = `block ${need(head, "number")}`;
    const key = this.keys.get(need(head, "key_number"));
    const signed = bytesOf(canonical({ ...content, type: "seal_block", v: 1 }));
    if (!key) this.found("key_unknown", file, row);
    else if (!(await isSigned(key, signed, unhex(signature), this.own))) this.found("signature_invalid", file, row);
    const before = this.blocks.get(head.number - 1);
    if (before && need(head, "previous") !== (await digestOf("seal_block", 1, before))) {
      this.found("block_unchained", file, row);
    }
    this.blocks.set(head.number, content);
  }

  async trusted() {
    const wanted = this.fingerprint.toLowerCase().replace(/\s+/g, "");
    let known = 0;
    for (const [number, key] of this.keys) if (!known && hex(await sha256(key)) === wanted) known = number;
    if (!known) {
      this.found("fingerprint_differs", "keys.json");
      return;
    }
    for (const [number, head] of this.blocks) {
      if (head.key_number < known) this.found("key_not_trusted", "blocks.json", `block ${number}`);
    }
  }

  async seal() {
    if ((await this.pack.read(SEAL)) === null) {
      this.found("manifest_unsealed", MANIFEST);
      return 0;
    }
    const seal = await this.pack.json(SEAL);
    const row = need(seal, "row");
    const digest = hex(await sha256(await this.pack.read(MANIFEST)));
    const told = [need(row, "action"), need(row, "object_id"), need(need(row, "after"), "manifest_sha256")];
    const wanted = ["export.evidence", need(this.manifest, "id"), digest];
    if (told.some((one, at) => one !== wanted[at])) this.found("manifest_altered", MANIFEST);
    if (need(seal, "proof") === null) {
      this.found("manifest_unsealed", MANIFEST);
      return 0;
    }
    await this.block(need(seal, "block"), SEAL);
    await this.proof(seal.proof, new Map([[`audit_event/${need(row, "id")}`, row]]), SEAL, SEAL);
    return 1;
  }

  async proof(proof, rows, file, proofs) {
    const [table, key, hash] = [need(proof, "table"), need(proof, "key"), need(proof, "hash")];
    const place = `${table}/${key}`;
    const row = rows.get(place);
    if (!row) this.found("row_missing", file, place);
    else if ((await this.rowHash(table, row)) !== hash || need(row, "row_hash") !== hash) {
      this.found("row_altered", file, place);
    }
    const block = this.blocks.get(need(proof, "block"));
    if (!block) {
      this.found("block_missing", proofs, place);
      return;
    }
    const entry = bytesOf(canonical([table, key, hash]));
    const root = await rootByPath(entry, need(proof, "index"), need(block, "count"), need(proof, "path").map(unhex));
    if (root === null || root !== need(block, "root")) this.found("path_wrong", proofs, place);
  }

  async rowHash(table, row) {
    const version = need(row, "hash_version");
    const names = need(need(need(this.fields, table), "versions"), String(version));
    const fields = Object.fromEntries(names.map((name) => [name, need(row, name)]));
    return digestOf(table, version, { ...fields, tx: String(fields.tx) });
  }

  // The rows of evidence of a record, by table and key.
  rowsIn(kept) {
    const rows = new Map();
    for (const table of Object.keys(this.fields).sort()) {
      for (const row of kept[table] ?? []) rows.set(`${table}/${this.keyOf(table, row)}`, row);
    }
    return rows;
  }

  // Each of the rows has a proof, or is told as not sealed yet. Rows are in `record` unless in `files`.
  async proven(rows, files, record, proofs) {
    const told = await this.pack.json(proofs);
    const known = new Set();
    for (const proof of need(told, "proofs")) {
      const file = files.get(`${proof.table}/${proof.key}`) ?? record;
      await this.proof(proof, rows, file, proofs);
      known.add(`${proof.table}/${proof.key}`);
    }
    const unsealed = new Set(need(told, "unsealed").map((one) => `${need(one, "table")}/${need(one, "key")}`));
    const order = (one) => one.replace("/", "\u0000"); // by table, then key
    for (const place of [...rows.keys()].sort((a, b) => (order(a) < order(b) ? -1 : 1))) {
      if (!known.has(place) && !unsealed.has(place)) this.found("row_unproven", files.get(place) ?? record, place);
    }
    for (const [place, row] of rows) if (/^(move|posting)\//.test(place)) this.ledger.set(place, row);
    this.rows += known.size;
    this.unsealed += unsealed.size;
  }

  keyOf(table, row) {
    return need(this.fields[table], "key").map((name) => need(row, name)).join("/");
  }

  get verdict() {
    if (this.findings.some((one) => one.code !== "manifest_unsealed")) return "unsound";
    return this.findings.length ? "incomplete" : "sound";
  }

  // The fingerprint to compare: of the earliest key that signed something here.
  async anchor() {
    const used = [...this.blocks.values()].map((head) => head.key_number).filter((one) => this.keys.has(one));
    if (!used.length) return "";
    return hex(await sha256(this.keys.get(Math.min(...used)))).match(/.{4}/g).join(" ");
  }

  async report() {
    return {
      verdict: this.verdict,
      findings: this.findings,
      records: this.rows,
      unsealed_records: this.unsealed,
      deleted_runs: this.deleted,
      blocks: this.blocks.size,
      fingerprint: await this.anchor(),
    };
  }
}

export async function check(data, options = {}) {
  let pack = null;
  try {
    pack = ofZip(data);
  } catch {
    pack = new Package(data, new Map(), [""]);
  }
  return new Check(pack, options).run();
}

globalThis.evidence = { check, canonical, isSigned, ofBase64, ofZip };
