"""Verifies an evidence package of Xunji / 循迹 off-line: one file, Python 3.8 or later, nothing else.

    python3 -I -S verify.py PACKAGE.zip [--fingerprint "abcd ef01 ..."] [--json]

It is given away inside every package as `verify.py` and imports nothing of the product. It is one file, and
longer than a module of this house: who takes it along can read it through and run it beside a package, and
no part of it can be left behind or come from elsewhere. What it finds has the same codes and places as the
checks of `verify.html` (`evidence_package_checks.js`): the vectors of tests/evidence_vectors.json hold both
to it.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import struct
import sys
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

MANIFEST, SEAL, PAGE = "manifest.json", "seal.json", "verify.html"
UNLISTED = (MANIFEST, SEAL, PAGE)
OPEN_SEAL = ("manifest_unsealed",)
"""What leaves a package incomplete, not false."""

WORDS = {
    "account_differs": (
        "批次账目与包内的库存变动不符",
        "The account of the batch is not what the stock moves in the package add up to",
    ),
    "archive_altered": ("归档内容与归档头不符", "A content of the archive is not what its header says"),
    "archive_missing": ("归档内容缺失", "A content of the archive is missing"),
    "attachment_altered": ("附件内容与登记的摘要不符", "An attachment is not what its record says"),
    "attachment_missing": ("附件内容缺失", "The content of an attachment is missing"),
    "block_missing": ("封存区块缺失", "The block that seals a record is missing"),
    "block_unchained": ("区块与前一区块不衔接", "A block does not follow the block before it"),
    "container_altered": ("压缩包结构被改动", "The ZIP itself was changed"),
    "file_altered": ("文件内容被改动", "A file was changed"),
    "file_missing": ("文件缺失", "A file is missing"),
    "file_unlisted": ("清单之外的文件", "A file is not on the list"),
    "fingerprint_differs": (
        "封存密钥与给定的指纹不符",
        "The seal key is not the one of the fingerprint given",
    ),
    "key_not_trusted": (
        "区块由给定指纹之前的密钥签署",
        "A block is signed by a key from before the one of the fingerprint given",
    ),
    "key_unknown": ("签署区块的密钥不在密钥链中", "The key that signed a block is not in the chain of keys"),
    "key_unvouched": ("密钥未经前一密钥担保", "A key is not vouched for by the key before it"),
    "manifest_altered": ("清单与封存的摘要不符", "The manifest is not the one that was sealed"),
    "manifest_unsealed": ("清单尚未封存", "The manifest is not sealed (yet)"),
    "page_differs": (
        "校验页中的数据与包内文件不同",
        "The page verify.html carries other data than the package",
    ),
    "path_wrong": ("记录的证明与区块不符", "The proof of a record does not lead to its block"),
    "row_altered": ("记录被改动", "A record was changed"),
    "row_missing": ("记录缺失", "A record is missing"),
    "row_unproven": ("记录没有封存证明", "A record has no proof"),
    "signature_differs": (
        "电子签名与所签内容或签名人不符",
        "An electronic signature is not over what was submitted, or not by who submitted it",
    ),
    "signature_invalid": ("区块签名无效", "The signature of a block is not valid"),
    "signature_missing": ("提交所引用的电子签名缺失", "The electronic signature of a submission is missing"),
    "tombstone_differs": (
        "删除记录与归档头或三人签名不符",
        "A tombstone is not about its archive, or not signed by three persons",
    ),
    "unreadable": ("文件无法按约定读取", "A file cannot be read as what it should be"),
}
STEPS = {
    "container": ("压缩包结构", "structure of the ZIP"),
    "files": ("文件与清单", "files against the manifest"),
    "keys": ("封存密钥链", "chain of seal keys"),
    "blocks": ("封存区块签名", "signatures of the blocks"),
    "seal": ("清单的封存", "seal of the manifest"),
    "run": ("流程", "run"),
    "subject": ("流程之外的记录与批次账目", "records outside the runs, and the account of the batch"),
}
VERDICTS = {
    "sound": ("完好：内容与封存时一致", "SOUND: everything is as it was sealed"),
    "incomplete": ("未完全封存：未发现改动", "NOT SEALED COMPLETELY: no change was found"),
    "unsound": ("不可信：内容与封存时不一致", "NOT SOUND: something is not as it was sealed"),
}


class Finding(NamedTuple):
    """What is wrong, in which file, and which record, block or key of it."""

    code: str
    file: str
    row: str = ""


class Damaged(Exception):
    """The ZIP cannot be read any further; the argument names the member."""


# --- canonical JSON (RFC 8785): strings, integers, booleans, null, lists, objects are all that occur ---


def canonical(value: Any) -> str:
    """The canonical text; ValueError for what has none."""
    if value is None or isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(canonical(key) + ":" + canonical(value[key]) for key in keys) + "}"
    raise ValueError("no canonical form")


def digest_of(type_: str, version: int, fields: dict[str, Any]) -> str:
    """SHA-256 over `{"type", "v", ...fields}` in canonical form."""
    named = {**fields, "type": type_, "v": version}
    return hashlib.sha256(canonical(named).encode()).hexdigest()


# --- Merkle paths (RFC 6962, 2.1.1) ---


def root_by_path(entry: bytes, index: int, count: int, path: list[bytes]) -> bytes | None:
    """The root that the path gives for the entry; None when it is too short or too long."""
    if not 0 <= index < count:
        return None
    found, last = hashlib.sha256(b"\0" + entry).digest(), count - 1
    for beside in path:
        if last == 0:
            return None
        if index % 2 or index == last:
            found = hashlib.sha256(b"\1" + beside + found).digest()
            while index % 2 == 0 and index:
                index, last = index >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + beside).digest()
        index, last = index >> 1, last >> 1
    return None if last else found


# --- Ed25519 (RFC 8032, 5.1.7), points in extended coordinates ---

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


class Point(NamedTuple):
    x: int
    y: int
    z: int
    product: int


def _point(x: int, y: int) -> Point:
    return Point(x, y, 1, x * y % P)


def _add(one: Point, two: Point) -> Point:
    a = (one.y - one.x) * (two.y - two.x) % P
    b = (one.y + one.x) * (two.y + two.x) % P
    c, d = 2 * one.product * two.product * D % P, 2 * one.z * two.z % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return Point(e * f % P, g * h % P, f * g % P, e * h % P)


def _decoded(raw: bytes) -> Point | None:
    number = int.from_bytes(raw, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if len(raw) != 32 or y >= P:  # noqa: PLR2004
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return _point(P - x if x & 1 != sign else x, y)


def _encoded(point: Point) -> bytes:
    inverse = pow(point.z, P - 2, P)
    x, y = point.x * inverse % P, point.y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = _decoded(b"\x58" + b"\x66" * 31) or _point(0, 1)


def is_signed(public: bytes, content: bytes, signature: bytes) -> bool:
    """Whether the signature is that of the public key over the content."""
    key = _decoded(public)
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or len(signature) != 64 or scalar >= ORDER:  # noqa: PLR2004
        return False
    digest = hashlib.sha512(signature[:32] + public + content).digest()
    factor = int.from_bytes(digest, "little") % ORDER
    minus = Point(P - key.x, key.y, key.z, P - key.product)
    both, total = _add(BASE, minus), _point(0, 1)
    for at in range(252, -1, -1):  # scalar * BASE - factor * key
        total = _add(total, total)
        bits = (scalar >> at & 1, factor >> at & 1)
        if bits != (0, 0):
            total = _add(total, {(1, 0): BASE, (0, 1): minus, (1, 1): both}[bits])
    return _encoded(total) == signature[:32]


# --- the package: a ZIP in the one form in which it is written, or the folder that it was unpacked into ---


class Package:
    """Names and contents; `damage` are the members of the ZIP that are not as they were written."""

    def __init__(self, names: list[str], read: Callable[[str], bytes | None], damage: list[str]) -> None:
        self.names, self.read, self.damage = names, read, damage

    def json(self, name: str) -> Any:
        content = self.read(name)
        if content is None:
            raise ValueError(name)
        return json.loads(content.decode("utf-8"))


def of_folder(folder: Path) -> Package:
    """A package that was unpacked."""
    names = [one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()]

    def read(name: str) -> bytes | None:
        try:
            return (folder / name).read_bytes()
        except OSError:
            return None

    return Package(sorted(names), read, [])


def of_zip(data: bytes) -> Package:
    """A package as it was given. Every byte outside the deflated contents has one value that is right."""
    if len(data) < 22:  # noqa: PLR2004
        raise Damaged("")
    count, size, start = struct.unpack("<HLL", data[-12:-10] + data[-10:-2])
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, size, start, 0)
    damage = [] if data[-22:] == end else [""]
    members: dict[str, tuple[int, int, int, int]] = {}
    at, behind = start, 0
    for _ in range(count):
        if at + 46 > len(data) or data[at : at + 4] != b"PK\1\2":
            raise Damaged("")
        flags = struct.unpack("<H", data[at + 8 : at + 10])[0]
        crc, packed, full, length = struct.unpack("<LLLH", data[at + 16 : at + 30])
        raw = data[at + 46 : at + 46 + length]
        name = raw.decode("utf-8", "replace")
        text = 0 if all(byte < 128 for byte in raw) else 0x800  # noqa: PLR2004
        facts = (20, text, 8, 0, 0x21, crc, packed, full, length)
        head = struct.pack("<4s5H3L2H", b"PK\3\4", *facts, 0) + raw
        listed = struct.pack("<4s6H3L5H2L", b"PK\1\2", 0x314, *facts, 0, 0, 0, 0, 0o644 << 16, behind) + raw
        if flags != text or data[at : at + len(listed)] != listed or name in members:
            damage.append(name)
        if data[behind : behind + len(head)] != head:
            damage.append(name)
        members[name] = (behind + len(head), packed, full, crc)
        behind, at = behind + len(head) + packed, at + 46 + length
    if (behind, at, start + size) != (start, len(data) - 22, len(data) - 22):
        damage.append("")

    def read(name: str) -> bytes | None:
        if name not in members:
            return None
        begin, packed, full, crc = members[name]
        unpacker = zlib.decompressobj(-15)
        try:
            content = unpacker.decompress(data[begin : begin + packed]) + unpacker.flush()
        except zlib.error:
            return b""
        whole = unpacker.eof and not unpacker.unused_data
        return content if whole and len(content) == full and zlib.crc32(content) == crc else b""

    return Package(sorted(members), read, sorted(set(damage)))


# --- the checks ---


class Check:
    """All checks of one package; `lines` are the steps with how much was looked at."""

    def __init__(self, package: Package, fingerprint: str = "") -> None:
        self.package, self.fingerprint = package, fingerprint
        self.findings: list[Finding] = []
        self.lines: list[tuple[str, str, int, int]] = []
        self.manifest: Any = {}
        self.keys: dict[int, bytes] = {}
        self.blocks: dict[int, dict[str, Any]] = {}
        self.fields: Any = {}
        self.folders: list[tuple[str, Any]] = []
        self.ledger: dict[tuple[str, str], Any] = {}
        self.rows = self.unsealed = self.deleted = 0

    def found(self, code: str, file: str, row: str = "") -> None:
        if Finding(code, file, row) not in self.findings:
            self.findings.append(Finding(code, file, row))

    def run(self) -> Check:
        """Everything, in order; what cannot be read is a finding."""
        self.step("container", "", self.container)
        if not self.step("files", MANIFEST, self.files):
            return self
        self.step("keys", "keys.json", self.key_chain)
        self.step("blocks", "blocks.json", self.block_heads)
        self.step("seal", SEAL, self.seal)
        for folder, run in self.folders:
            self.step("run", folder, partial(self.one_run, folder, run))
        subject = self.manifest.get("subject")
        if subject:
            folder = str(subject["folder"])
            self.step("subject", folder, partial(self.subject, folder, subject))
        return self

    def step(self, name: str, place: str, work: Callable[[], int]) -> bool:
        """One step; what its file should have and has not makes it unreadable."""
        before = len(self.findings)
        try:
            count = work()
        except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
            count = 0
            self.found("unreadable", place)
        self.lines.append((name, place, count, len(self.findings) - before))
        return Finding("unreadable", place) not in self.findings

    def container(self) -> int:
        for name in self.package.damage:
            self.found("container_altered", name)
        return len(self.package.names)

    def files(self) -> int:
        """Every file but three is on the list of the manifest, with its digest."""
        self.manifest = self.package.json(MANIFEST)
        listed = {one["name"]: one["sha256"] for one in self.manifest["files"]}
        self.folders = [(str(run["folder"]), run) for run in self.manifest["runs"]]
        for name in sorted(listed):
            content = self.package.read(name)
            if content is None:
                self.found("file_missing", name)
            elif hashlib.sha256(content).hexdigest() != listed[name]:
                self.found("file_altered", name)
        for name in self.package.names:
            if name not in listed and name not in UNLISTED:
                self.found("file_unlisted", name)
        self.page()
        self.fields = self.package.json("fields.json")["tables"]
        return len(listed)

    def page(self) -> None:
        """The page's own code is in the manifest, what it carries is what is here."""
        content = self.package.read(PAGE)
        if content is None:
            return
        before, mark, rest = content.partition(b'id="package">')
        data, end, after = rest.partition(b"</script>")
        if hashlib.sha256(before + mark + end + after).hexdigest() != self.manifest["page_sha256"]:
            self.found("file_altered", PAGE)
        if not data:
            return
        try:
            inner = of_zip(base64.b64decode(data, validate=True))
        except (Damaged, binascii.Error, struct.error):
            self.found("page_differs", PAGE)
            return
        other = [name for name in inner.names if inner.read(name) != self.package.read(name)]
        if inner.damage or other or inner.names != [name for name in self.package.names if name != PAGE]:
            self.found("page_differs", PAGE)

    def key_chain(self) -> int:
        kept = self.package.json("keys.json")["keys"]
        for number, key in enumerate(kept, 1):
            public = bytes.fromhex(key["public_key"])
            content = canonical({"type": "seal_key", "v": 1, "number": number, "public_key": public.hex()})
            before = self.keys.get(number - 1)
            sure = key["certificate"] is None
            if before is not None:
                sure = is_signed(before, content.encode(), bytes.fromhex(key["certificate"] or ""))
            if key["number"] != number or not sure:
                self.found("key_unvouched", "keys.json", f"key {number}")
            self.keys[number] = public
        return len(kept)

    def block_heads(self) -> int:
        """Each block is signed by a key of the chain, and follows the one before where both are here."""
        kept = self.package.json("blocks.json")["blocks"]
        for head in kept:
            self.block(head, "blocks.json")
        if self.fingerprint:
            self.trusted()
        return len(kept)

    def block(self, head: dict[str, Any], file: str) -> None:
        content = {name: value for name, value in head.items() if name != "signature"}
        row, public = f"block {head['number']}", self.keys.get(head["key_number"])
        signed = canonical({**content, "type": "seal_block", "v": 1}).encode()
        if public is None:
            self.found("key_unknown", file, row)
        elif not is_signed(public, signed, bytes.fromhex(head["signature"])):
            self.found("signature_invalid", file, row)
        before = self.blocks.get(head["number"] - 1)
        if before is not None and head["previous"] != digest_of("seal_block", 1, before):
            self.found("block_unchained", file, row)
        self.blocks[head["number"]] = content

    def trusted(self) -> None:
        """The key of the fingerprint is in the chain, and no block is older than it."""
        wanted = "".join(self.fingerprint.lower().split())
        known = [n for n, key in self.keys.items() if hashlib.sha256(key).hexdigest() == wanted]
        if not known:
            self.found("fingerprint_differs", "keys.json")
            return
        for number, head in self.blocks.items():
            if head["key_number"] < known[0]:
                self.found("key_not_trusted", "blocks.json", f"block {number}")

    def seal(self) -> int:
        """The record of the audit log that has the manifest's digest is proven like any other."""
        if self.package.read(SEAL) is None:
            self.found("manifest_unsealed", MANIFEST)
            return 0
        seal = self.package.json(SEAL)
        row = seal["row"]
        digest = hashlib.sha256(self.package.read(MANIFEST) or b"").hexdigest()
        told = (row["action"], row["object_id"], row["after"]["manifest_sha256"])
        if told != ("export.evidence", self.manifest["id"], digest):
            self.found("manifest_altered", MANIFEST)
        if seal["proof"] is None:
            self.found("manifest_unsealed", MANIFEST)
            return 0
        self.block(seal["block"], SEAL)
        self.proof(seal["proof"], {("audit_event", row["id"]): row}, SEAL, SEAL)
        return 1

    def proof(self, proof: dict[str, Any], rows: dict[tuple[str, str], Any], file: str, proofs: str) -> None:
        """One record: its fields give the hash, the path leads from the hash to the root of its block."""
        table, key = proof["table"], proof["key"]
        place, row = f"{table}/{key}", rows.get((table, key))
        if row is None:
            self.found("row_missing", file, place)
        elif self.row_hash(table, row) != proof["hash"] or row["row_hash"] != proof["hash"]:
            self.found("row_altered", file, place)
        block = self.blocks.get(proof["block"])
        if block is None:
            self.found("block_missing", proofs, place)
            return
        entry = canonical([table, key, proof["hash"]]).encode()
        path = [bytes.fromhex(one) for one in proof["path"]]
        root = root_by_path(entry, proof["index"], block["count"], path)
        if root is None or root.hex() != block["root"]:
            self.found("path_wrong", proofs, place)

    def row_hash(self, table: str, row: dict[str, Any]) -> str:
        version = row["hash_version"]
        fields = {name: row[name] for name in self.fields[table]["versions"][str(version)]}
        return digest_of(table, version, {**fields, "tx": str(fields["tx"])})

    def one_run(self, folder: str, run: dict[str, Any]) -> int:
        """A run's records, its archive or what a deletion has left of it, its attachments, its signatures."""
        kept, proofs = self.package.json(folder + "record.json")["rows"], folder + "proofs.json"
        record = folder + "record.json"
        rows = self.rows_in(kept)
        files: dict[tuple[str, str], str] = {}
        if run["archived"]:
            header = self.package.json(folder + "archive.json")["row"]
            rows["archive", header["id"]] = header
            files["archive", header["id"]] = folder + "archive.json"
            if run.get("deleted"):
                left = self.tombstones(folder + "tombstone.json", header)
                rows.update(left)
                files.update(dict.fromkeys(left, folder + "tombstone.json"))
            else:
                self.archive(folder, header)
        self.proven(rows, files, record, proofs)
        stones = [row for (table, _), row in rows.items() if table == "tombstone"]
        self.attachments(folder, kept.get("attachment", []), stones)
        self.signatures(record, kept)
        return len(rows)

    def rows_in(self, kept: dict[str, Any]) -> dict[tuple[str, str], Any]:
        """The rows of evidence of a record, by table and key."""
        return {
            (table, self.key_of(table, row)): row
            for table in sorted(self.fields)
            for row in kept.get(table, [])
        }

    def proven(
        self, rows: dict[tuple[str, str], Any], files: dict[tuple[str, str], str], record: str, proofs: str
    ) -> None:
        """Each row has a proof, or is told as not sealed yet. Rows are in `record` unless in `files`."""
        told = self.package.json(proofs)
        for proof in told["proofs"]:
            file = files.get((proof["table"], proof["key"]), record)
            self.proof(proof, rows, file, proofs)
        proven = {(one["table"], one["key"]) for one in told["proofs"]}
        unsealed = {(one["table"], one["key"]) for one in told["unsealed"]}
        for table, key in sorted(rows):
            if (table, key) not in proven and (table, key) not in unsealed:
                self.found("row_unproven", files.get((table, key), record), f"{table}/{key}")
        self.ledger.update({place: row for place, row in rows.items() if place[0] in ("move", "posting")})
        self.rows, self.unsealed = self.rows + len(proven), self.unsealed + len(unsealed)

    def subject(self, folder: str, subject: dict[str, Any]) -> int:
        """What the package has about its batch, person or period beside the runs."""
        record = folder + "record.json"
        rows = self.rows_in(self.package.json(record)["rows"])
        self.proven(rows, {}, record, folder + "proofs.json")
        if subject["account"]:
            self.account(folder + "account.json", record)
        return len(rows)

    def account(self, file: str, record: str) -> None:
        """The account of a batch is what all moves of it in the package add up to, line by line."""
        told = self.package.json(file)
        found: dict[tuple[str, str], int] = {}
        for (table, _), move in sorted(self.ledger.items()):
            if table == "move" and move["batch_id"] == told["batch_id"]:
                posting = self.ledger.get(("posting", move["posting_id"]))
                if posting is None:
                    self.found("row_missing", record, "posting/" + move["posting_id"])
                    continue
                for kind, where, quantity in counted(move, posting, told["sites"]):
                    found[kind, where] = found.get((kind, where), 0) + quantity
        for kind, where in sorted(found):
            if kind == "transit" and found[kind, where] < 0:  # came from a site that is not told of
                found["arrived", ""] = found.get(("arrived", ""), 0) - found.pop((kind, where))
        lines = {(one["kind"], one["where"]): one["quantity"] for one in told["lines"]}
        for place in sorted({*lines, *found}):
            if lines.get(place, 0) != found.get(place, 0):
                self.found("account_differs", file, " ".join(place).strip())

    def key_of(self, table: str, row: dict[str, Any]) -> str:
        return "/".join(str(row[name]) for name in self.fields[table]["key"])

    def archive(self, folder: str, header: dict[str, Any]) -> None:
        for part in header["parts"]:
            content = self.package.read(folder + part["name"])
            if content is None:
                self.found("archive_missing", folder + part["name"])
            elif hashlib.sha256(content).hexdigest() != part["sha256"]:
                self.found("archive_altered", folder + part["name"])

    def tombstones(self, file: str, header: dict[str, Any]) -> dict[tuple[str, str], Any]:
        """What is left of contents that were deleted under retention: rows to be proven as any other.

        The first tombstone is about this archive; the others are of runs that used files of this one
        longer. For each three persons have signed in the run that deleted.
        """
        told = self.package.json(file)
        stone = told["row"]
        about = [[one["run_id"], one["parts"]] for one in (stone, header)]
        same = about[0] == about[1] and stone["archive_id"] == header["id"]
        left: dict[tuple[str, str], Any] = {}
        for one in [told, *told.get("others", [])]:
            row = one["row"]
            if not witnessed(row, one["signatures"]) or (row is stone and not same):
                self.found("tombstone_differs", file, "tombstone/" + row["id"])
            left["tombstone", row["id"]] = row
            left.update({("signature", signature["id"]): signature for signature in one["signatures"]})
        self.deleted += 1
        return left

    def attachments(self, folder: str, rows: list[dict[str, Any]], stones: list[dict[str, Any]]) -> None:
        """Files are as their records say, or were deleted later with a tombstone that names them."""
        for row in rows:
            begin = folder + "attachments/" + row["sha256"] + "-"
            name = next((name for name in self.package.names if name.startswith(begin)), None)
            if name is None:
                if not any(takes(stone, row) for stone in stones):
                    self.found("attachment_missing", begin.rstrip("-"), "attachment/" + row["id"])
            elif hashlib.sha256(self.package.read(name) or b"").hexdigest() != row["sha256"]:
                self.found("attachment_altered", name, "attachment/" + row["id"])

    def signatures(self, record: str, kept: dict[str, Any]) -> None:
        """An electronic signature is over what was submitted, by who submitted it."""
        known = {row["id"]: row for row in kept["signature"]}
        for row in kept["submission"]:
            if row["signature_id"] is None:
                continue
            signature = known.get(row["signature_id"])
            if signature is None:
                self.found("signature_missing", record, "submission/" + row["id"])
                continue
            signed = (row["content_hash"], (row["data"] or {}).get("content_hash"))
            if signature["content_sha256"] not in signed or signature["person_id"] != row["actor_id"]:
                self.found("signature_differs", record, "signature/" + signature["id"])

    @property
    def verdict(self) -> str:
        if any(found.code not in OPEN_SEAL for found in self.findings):
            return "unsound"
        return "incomplete" if self.findings else "sound"

    @property
    def anchor(self) -> str:
        """The fingerprint to compare: of the earliest key that signed something here."""
        used = [head["key_number"] for head in self.blocks.values() if head["key_number"] in self.keys]
        if not used:
            return ""
        text = hashlib.sha256(self.keys[min(used)]).hexdigest()
        return " ".join(text[at : at + 4] for at in range(0, 64, 4))

    def report(self) -> dict[str, Any]:
        """The outcome as JSON."""
        return {
            "verdict": self.verdict,
            "findings": [found._asdict() for found in self.findings],
            "records": self.rows,
            "unsealed_records": self.unsealed,
            "deleted_runs": self.deleted,
            "blocks": len(self.blocks),
            "fingerprint": self.anchor,
        }


def witnessed(stone: dict[str, Any], signatures: list[dict[str, Any]]) -> bool:
    """Whether three persons have signed for a deletion: who asked, who approved, who witnessed it."""
    signed = {row["id"]: row for row in signatures}
    persons = [stone[name] for name in ("asked_by", "approved_by", "witnessed_by")]
    names = ("asked_signature_id", "approved_signature_id", "witness_signature_id")
    three = [signed.get(stone[name]) for name in names]
    wanted = [(person, stone["destruction_run_id"]) for person in persons]
    found = [(row["person_id"], row["run_id"]) if row else None for row in three]
    return found == wanted and len(set(persons)) == len(persons)


def takes(stone: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether a deletion took a file along that was added before it."""
    named = {"sha256": row["sha256"], "size": row["size"]}
    return named in (stone.get("attachments") or []) and stone["recorded_at"] > row["recorded_at"]


CAME = {"supplier": "received", "count": "found"}


def counted(move: dict[str, Any], posting: dict[str, Any], sites: Any) -> Iterator[tuple[str, str, int]]:
    """What a move adds to each line of the account of its batch, at these sites (None: at all of them)."""
    crosses = sites is None or (move["to_site_id"] or move["from_site_id"]) in sites
    back = posting["kind"] == "reversal"  # a reversal takes back what came, or what went
    for side, sign in (("from", -1), ("to", 1)):
        kind, quantity = move[side + "_kind"], sign * move["quantity"]
        if kind == "internal":
            if sites is None or move[side + "_site_id"] in sites:
                place = (move[side + "_site_id"], move[side + "_location_id"], move[side + "_status"])
                yield "on_hand", "/".join(place), quantity
        elif not crosses:
            continue
        elif kind in CAME and back == (side == "to"):
            yield CAME[kind], "", -quantity
        elif kind == "transit":
            yield kind, posting["document_id"] or "", quantity
        else:
            yield kind, (move["party_id"] or "") if kind in ("supplier", "customer") else "", quantity


def check(data: bytes, fingerprint: str = "") -> Check:
    """The checks of a package given as the bytes of its ZIP."""
    try:
        package = of_zip(data)
    except (Damaged, struct.error):
        package = Package([], lambda _name: None, [""])
    return Check(package, fingerprint).run()


def told(found: Check) -> Iterator[str]:
    """What people read: one line for each step, each finding, the verdict, the fingerprint."""
    for name, place, count, wrong in found.lines:
        zh, en = STEPS[name]
        yield f"{'FAIL' if wrong else 'OK  '}  {zh} / {en} {place} ({count})"
    for one in found.findings:
        zh, en = WORDS[one.code]
        yield f"FAIL  {one.code}  {one.file}  {one.row}\n      {zh} / {en}"
    if found.unsealed:
        yield f"NOTE  尚未封存的记录 / records that no block seals yet: {found.unsealed}"
    if found.deleted:
        yield f"NOTE  按保存期限删除内容的流程 / runs whose contents were deleted: {found.deleted}"
    if found.anchor:
        yield "      封存密钥指纹，请与企业公布的核对 / Fingerprint of the seal key, to be compared:"
        yield f"      {found.anchor}"
    zh, en = VERDICTS[found.verdict]
    yield f"{zh} / {en}"


def main(arguments: list[str] | None = None) -> int:
    """0: sound. 1: not sound, or not sealed completely. 2: wrong usage."""
    parser = argparse.ArgumentParser(description="校验证据包 / verifies an evidence package")
    parser.add_argument("package", help="ZIP 文件或解压后的文件夹 / ZIP or unpacked folder")
    words = "企业公布的密钥指纹 / fingerprint that the house publishes"
    parser.add_argument("--fingerprint", default="", help=words)
    parser.add_argument("--json", action="store_true", help="输出 JSON / print JSON")
    asked = parser.parse_args(arguments)
    place = Path(asked.package)
    if place.is_dir():
        found = Check(of_folder(place), asked.fingerprint).run()
    else:
        found = check(place.read_bytes(), asked.fingerprint)
    text = json.dumps(found.report(), ensure_ascii=False) if asked.json else "\n".join(told(found))
    sys.stdout.buffer.write(text.encode("utf-8") + b"\n")
    return 0 if found.verdict == "sound" else 1


if __name__ == "__main__":
    sys.exit(main())
