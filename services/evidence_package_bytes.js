// What the checks of an evidence package are made of: digests, canonical JSON, Merkle paths, signatures, the ZIP.
const text = new TextDecoder("utf-8", { fatal: true });
const bytesOf = (value) => new TextEncoder().encode(value);
const hex = (bytes) => Array.from(bytes, (one) => one.toString(16).padStart(2, "0")).join("");

function unhex(value) {
  if (typeof value !== "string" || value.length % 2 || !/^[0-9a-f]*$/i.test(value)) throw new TypeError("hex");
  return Uint8Array.from(value.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

// A value that has to be there: what is missing is no `undefined` but unreadable.
function need(object, name) {
  if (object === null || typeof object !== "object" || !Object.hasOwn(object, name)) throw new TypeError(name);
  return object[name];
}

// --- canonical JSON (RFC 8785) ---

export function canonical(value) {
  if (value === null || typeof value === "boolean" || typeof value === "string") return JSON.stringify(value);
  if (Number.isSafeInteger(value)) return String(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object") throw new TypeError("no canonical form");
  const keys = Object.keys(value).sort(); // by UTF-16 code units, as the RFC wants
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

async function digestOf(type, version, fields) {
  return hex(await sha256(bytesOf(canonical({ ...fields, type, v: version }))));
}

// --- Merkle paths (RFC 6962, 2.1.1) ---

async function rootByPath(entry, index, count, path) {
  if (!(index >= 0 && index < count)) return null;
  let found = await sha256(joined(Uint8Array.of(0), entry));
  let last = count - 1;
  for (const beside of path) {
    if (last === 0) return null;
    if (index % 2 || index === last) {
      found = await sha256(joined(Uint8Array.of(1), beside, found));
      while (index % 2 === 0 && index) [index, last] = [Math.floor(index / 2), Math.floor(last / 2)];
    } else {
      found = await sha256(joined(Uint8Array.of(1), found, beside));
    }
    [index, last] = [Math.floor(index / 2), Math.floor(last / 2)];
  }
  return last ? null : hex(found);
}

// --- Ed25519: the browser's own, else the library's ---

export async function isSigned(key, content, signature, own = true) {
  if (own) {
    try {
      const made = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
      return await crypto.subtle.verify("Ed25519", made, signature, content);
    } catch {
      // this browser has no Ed25519, or the bytes are no key: the library tells which
    }
  }
  try {
    return await globalThis.ed25519(signature, content, key, { zip215: false });
  } catch {
    return false;
  }
}

// --- the ZIP, in the one form in which it is written ---

const CRC = Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit += 1) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
  return byte >>> 0;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

class Damaged extends Error {}

function laid(...fields) {
  const out = new Uint8Array(fields.reduce((size, [width]) => size + width, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const [width, value] of fields) {
    if (width === 2) view.setUint16(at, value, true);
    else view.setUint32(at, value, true);
    at += width;
  }
  return out;
}

const short = (...values) => values.map((value) => [2, value]);
const long = (...values) => values.map((value) => [4, value]);
const stands = (data, at, wanted) =>
  at + wanted.length <= data.length && wanted.every((byte, offset) => data[at + offset] === byte);

export function ofZip(data) {
  if (data.length < 22) throw new Damaged();
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const end = data.length - 22;
  const [count, size, start] = [view.getUint16(end + 10, true), view.getUint32(end + 12, true), view.getUint32(end + 16, true)];
  const wanted = laid(...long(0x06054b50), ...short(0, 0, count, count), ...long(size, start), ...short(0));
  const damage = new Set(stands(data, end, wanted) ? [] : [""]);
  const members = new Map();
  let at = start;
  let behind = 0;
  for (let number = 0; number < count; number += 1) {
    if (at + 46 > data.length || view.getUint32(at, true) !== 0x02014b50) throw new Damaged();
    const flags = view.getUint16(at + 8, true);
    const [crc, packed, full] = [16, 20, 24].map((offset) => view.getUint32(at + offset, true));
    const raw = data.subarray(at + 46, at + 46 + view.getUint16(at + 28, true));
    const name = new TextDecoder().decode(raw);
    const utf8 = raw.every((byte) => byte < 128) ? 0 : 0x800;
    const facts = [...short(20, utf8, 8, 0, 0x21), ...long(crc, packed, full), ...short(raw.length)];
    const head = joined(laid(...long(0x04034b50), ...facts, ...short(0)), raw);
    const rest = [...short(0, 0, 0, 0), ...long(0o644 * 65536, behind)];
    const listed = joined(laid(...long(0x02014b50), ...short(0x314), ...facts, ...rest), raw);
    if (flags !== utf8 || !stands(data, at, listed) || members.has(name)) damage.add(name);
    if (!stands(data, behind, head)) damage.add(name);
    members.set(name, { begin: behind + head.length, packed, full, crc });
    behind += head.length + packed;
    at += 46 + raw.length;
  }
  if (behind !== start || at !== end || start + size !== end) damage.add("");
  return new Package(data, members, [...damage].sort());
}

class Package {
  constructor(data, members, damage) {
    this.data = data;
    this.members = members;
    this.names = [...members.keys()].sort();
    this.damage = damage;
    this.kept = new Map();
  }

  async read(name) {
    if (!this.kept.has(name)) this.kept.set(name, await this.unpacked(name));
    return this.kept.get(name);
  }

  async unpacked(name) {
    const member = this.members.get(name);
    if (!member) return null;
    const { begin, packed, full, crc } = member;
    try {
      const stream = new Blob([this.data.subarray(begin, begin + packed)]).stream();
      const unpacked = stream.pipeThrough(new DecompressionStream("deflate-raw"));
      const content = new Uint8Array(await new Response(unpacked).arrayBuffer());
      return content.length === full && crc32(content) === crc ? content : new Uint8Array();
    } catch {
      return new Uint8Array();
    }
  }

  async json(name) {
    const content = await this.read(name);
    if (content === null) throw new TypeError(name);
    return JSON.parse(text.decode(content));
  }
}

export function ofBase64(value) {
  const plain = atob(value);
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
}
