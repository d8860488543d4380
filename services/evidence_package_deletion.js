// What is left in an evidence package of contents and files that were deleted under retention.
const BY = ["asked_by", "approved_by", "witnessed_by"];
const SIGNATURES_OF = ["asked_signature_id", "approved_signature_id", "witness_signature_id"];

// Whether three persons have signed for a deletion: who asked, who approved, who witnessed it.
function witnessed(stone, signatures) {
  const signed = new Map(signatures.map((row) => [need(row, "id"), row]));
  const persons = BY.map((name) => need(stone, name));
  const wanted = persons.map((person) => canonical([person, need(stone, "destruction_run_id")]));
  const three = SIGNATURES_OF.map((name) => signed.get(need(stone, name)));
  const found = three.map((row) => (row ? canonical([need(row, "person_id"), need(row, "run_id")]) : null));
  return new Set(persons).size === persons.length && found.every((one, at) => one === wanted[at]);
}

// Rows to be proven as any other. The first tombstone is about this archive; the others are of runs that used files
// of this one longer.
async function tombstonesOf(check, file, header) {
  const told = await check.pack.json(file);
  const stone = need(told, "row");
  const about = [stone, header].map((one) => canonical([need(one, "run_id"), need(one, "parts")]));
  const same = about[0] === about[1] && need(stone, "archive_id") === need(header, "id");
  const left = [];
  for (const one of [told, ...(told.others ?? [])]) {
    const [row, signatures] = [need(one, "row"), need(one, "signatures")];
    if (!witnessed(row, signatures) || (row === stone && !same)) {
      check.found("tombstone_differs", file, `tombstone/${need(row, "id")}`);
    }
    left.push([`tombstone/${need(row, "id")}`, row], ...signatures.map((each) => [`signature/${need(each, "id")}`, each]));
  }
  check.deleted += 1;
  return left;
}

// Whether a deletion took a file along that was added before it.
function takes(stone, row) {
  const named = (stone.attachments ?? []).some((one) => one.sha256 === row.sha256 && one.size === need(row, "size"));
  return named && need(stone, "recorded_at") > need(row, "recorded_at");
}

// Files are as their records say, or were deleted later with a tombstone that names them.
async function attachmentsOf(check, folder, rows, stones) {
  for (const row of rows) {
    const begin = `${folder}attachments/${need(row, "sha256")}-`;
    const name = check.pack.names.find((one) => one.startsWith(begin));
    const place = `attachment/${need(row, "id")}`;
    if (name !== undefined) {
      if (hex(await sha256(await check.pack.read(name))) !== row.sha256) check.found("attachment_altered", name, place);
    } else if (!stones.some((stone) => takes(stone, row))) check.found("attachment_missing", begin.slice(0, -1), place);
  }
}
