// A run of an evidence package: its record, its archive, its files and signatures.

// What the package has about a run; how many rows those are.
async function runOf(check, folder, run) {
  const record = `${folder}record.json`;
  const proofs = `${folder}proofs.json`;
  const kept = need(await check.pack.json(record), "rows");
  const rows = check.rowsIn(kept);
  const files = new Map();
  if (need(run, "archived")) {
    const header = need(await check.pack.json(`${folder}archive.json`), "row");
    rows.set(`archive/${need(header, "id")}`, header);
    files.set(`archive/${header.id}`, `${folder}archive.json`);
    if (run.deleted) {
      for (const [place, row] of await tombstonesOf(check, `${folder}tombstone.json`, header)) {
        rows.set(place, row);
        files.set(place, `${folder}tombstone.json`);
      }
    } else await archiveOf(check, folder, header);
  }
  await check.proven(rows, files, record, proofs);
  const stones = [...rows].filter(([place]) => place.startsWith("tombstone/")).map(([, row]) => row);
  await attachmentsOf(check, folder, kept.attachment ?? [], stones);
  signaturesOf(check, record, kept);
  return rows.size;
}

// The contents of an archive are as its header says.
async function archiveOf(check, folder, header) {
  for (const part of need(header, "parts")) {
    const content = await check.pack.read(folder + need(part, "name"));
    if (content === null) check.found("archive_missing", folder + part.name);
    else if (hex(await sha256(content)) !== need(part, "sha256")) check.found("archive_altered", folder + part.name);
  }
}

// Who has signed is who submitted, and what was signed is what was submitted.
function signaturesOf(check, record, kept) {
  const known = new Map(need(kept, "signature").map((row) => [need(row, "id"), row]));
  for (const row of need(kept, "submission")) {
    if (need(row, "signature_id") === null) continue;
    const signature = known.get(row.signature_id);
    if (!signature) {
      check.found("signature_missing", record, `submission/${need(row, "id")}`);
      continue;
    }
    const signed = [need(row, "content_hash"), (need(row, "data") ?? {}).content_hash];
    const same = signed.includes(need(signature, "content_sha256"));
    if (!same || need(signature, "person_id") !== need(row, "actor_id")) {
      check.found("signature_differs", record, `signature/${signature.id}`);
    }
  }
}
