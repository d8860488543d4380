// The part of an evidence package beside its runs: its records, and whether the account of a batch adds up.
const CAME = { supplier: "received", count: "found" };

// What a move adds to each line of the account of its batch, at these sites (null: at all of them).
function* counted(move, posting, sites) {
  const crosses = sites === null || sites.includes(need(move, "to_site_id") ?? need(move, "from_site_id"));
  const back = need(posting, "kind") === "reversal"; // a reversal takes back what came, or what went
  for (const [side, sign] of [["from", -1], ["to", 1]]) {
    const [kind, quantity] = [need(move, `${side}_kind`), sign * need(move, "quantity")];
    if (kind === "internal") {
      const place = ["site_id", "location_id", "status"].map((name) => need(move, `${side}_${name}`));
      if (sites === null || sites.includes(place[0])) yield ["on_hand", place.join("/"), quantity];
    } else if (!crosses) continue;
    else if (Object.hasOwn(CAME, kind) && back === (side === "to")) yield [CAME[kind], "", -quantity];
    else if (kind === "transit") yield [kind, need(posting, "document_id") ?? "", quantity];
    else yield [kind, ["supplier", "customer"].includes(kind) ? (need(move, "party_id") ?? "") : "", quantity];
  }
}

// What the package has about its batch, person or period beside the runs.
async function subjectOf(check, folder, subject) {
  const record = `${folder}record.json`;
  const rows = check.rowsIn(need(await check.pack.json(record), "rows"));
  await check.proven(rows, new Map(), record, `${folder}proofs.json`);
  if (need(subject, "account")) await accountOf(check, `${folder}account.json`, record);
  return rows.size;
}

// The account of a batch is what all moves of it in the package add up to, line by line.
async function accountOf(check, file, record) {
  const told = await check.pack.json(file);
  const batch = need(told, "batch_id");
  const found = new Map();
  const add = (line, quantity) => found.set(line, (found.get(line) ?? 0) + quantity);
  for (const [place, move] of check.ledger) {
    if (!place.startsWith("move/") || need(move, "batch_id") !== batch) continue;
    const posting = check.ledger.get(`posting/${need(move, "posting_id")}`);
    if (!posting) check.found("row_missing", record, `posting/${move.posting_id}`);
    else for (const [kind, where, quantity] of counted(move, posting, need(told, "sites"))) add(`${kind} ${where}`, quantity);
  }
  for (const [line, quantity] of [...found]) {
    if (!line.startsWith("transit ") || quantity >= 0) continue;
    found.delete(line); // came from a site that is not told of
    add("arrived ", -quantity);
  }
  const lines = new Map(need(told, "lines").map((one) => [`${need(one, "kind")} ${need(one, "where")}`, need(one, "quantity")]));
  for (const line of [...new Set([...lines.keys(), ...found.keys()])].sort()) {
    if ((lines.get(line) ?? 0) !== (found.get(line) ?? 0)) check.found("account_differs", file, line.trim());
  }
}
