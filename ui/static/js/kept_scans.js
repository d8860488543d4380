// What was scanned and has no answer yet, on this device: it outlives the page, the battery and the session.
// A scan belongs to who made it and is sent under nobody else's name.

import { openDB } from "/static/vendor/idb.js";

const NAME = "xunji";
const STORE = "scans";
const inMemory = []; // where the browser keeps nothing (private windows): better than losing it at once
let opened = null;

async function store() {
  opened ??= openDB(NAME, 1, {
    upgrade(database) {
      database.createObjectStore(STORE, { keyPath: "number", autoIncrement: true });
    },
  }).catch(() => null);
  return opened;
}

// In the order in which they were made.
export async function kept() {
  const database = await store();
  return database ? database.getAll(STORE) : [...inMemory];
}

// A scan with its id, its task, who made it, and when by the device's clock; gives it its number.
export async function keep(scan) {
  const database = await store();
  if (database) return { ...scan, number: await database.add(STORE, scan) };
  const numbered = { ...scan, number: (inMemory.at(-1)?.number ?? 0) + 1 };
  inMemory.push(numbered);
  return numbered;
}

// It has its answer: it stands in the records now.
export async function settle(number) {
  const database = await store();
  if (database) return database.delete(STORE, number);
  const at = inMemory.findIndex((scan) => scan.number === number);
  if (at >= 0) inMemory.splice(at, 1);
  return undefined;
}

// It was sent late and not taken: it stays until its person has read why.
export async function refuse(scan, why) {
  const database = await store();
  if (database) return database.put(STORE, { ...scan, why });
  const known = inMemory.find((one) => one.number === scan.number);
  if (known) known.why = why;
  return undefined;
}
