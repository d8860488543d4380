"""Domain: a scan against a work list - which line it is, or why not, in words a picker understands.

Pure: candidates come from a query, the code from the parser. Quantities are integers in the base unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal
from uuid import UUID

from domain.places import Goods, Place, suitable, unsuitable
from domain.sop_definition import Text

NAMED = 3
"""Expected batches that a refusal names."""
PLACES_NAMED = 3
"""Places that would do, which a refusal names."""


@dataclass(frozen=True)
class Scanned:
    """What a code says; a plain code has only `raw`. `problem` is why no parser could read it."""

    raw: str
    gtin: str | None = None
    batch: str | None = None
    serial: str | None = None
    expires_on: date | None = None
    quantity: int | None = None
    sscc: str | None = None
    problem: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class Candidate:
    """A line that the code may mean: `scanned` so far, `factor` base units in one of the code's units.

    `serialised`: the pieces of its batch have serials on record. `outcome` and `result_id`: its result
    so far. `stopped`: why its batch may not leave just now (`hold`, `expired`).
    """

    line: int
    data: Mapping[str, Any]
    scanned: int
    same_material: bool
    factor: int
    serialised: bool = False
    outcome: str | None = None
    result_id: UUID | None = None
    stopped: str | None = None
    material_en: str | None = None

    def goods(self, language: str = "zh") -> str:
        """The line's goods by name in a language, else by the name or code that the line has."""
        registered = str(self.data.get("material_name") or self.data.get("material") or "")
        return (self.material_en or registered) if language == "en" else registered


@dataclass(frozen=True)
class Verdict:
    """Green or red: the line, or the reason with its words."""

    verdict: Literal["matched", "refused"]
    code: str
    message: Text
    line: int | None = None
    quantity: int | None = None
    location: str | None = None


def refused(code: str, zh: str, en: str, line: int | None = None) -> Verdict:
    """A red verdict."""
    return Verdict("refused", code, Text(zh=zh, en=en), line)


def match(
    scanned: Scanned,
    candidates: Sequence[Candidate],
    *,
    location: str | None,
    serial_seen: bool,
    reveal: Sequence[str] | None,
    at_hand: str | None = None,
    line: int | None = None,
) -> Verdict:
    """The verdict on one scan. `location` is the place that the code names, if it names one.

    `at_hand` is the place of the line at hand: of goods that stand at several places, those there are meant.
    `line` is that line: of several that fit it is meant, while it is not full; of several materials with the
    scanned batch number, its material is.
    """
    if location is not None and not candidates:
        words = Text(zh=f"货位 {location}", en=f"Location {location}")
        return Verdict("matched", "location", words, location=location)
    if not candidates:
        return _not_on_list(scanned)
    fitting: Sequence[Candidate] = _of_batch(scanned, candidates)
    if not fitting:
        return _wrong_batch(scanned, candidates, reveal)
    fitting = [c for c in fitting if at_hand is not None and c.data.get("location") == at_hand] or fitting
    if scanned.gtin is None:
        fitting = _of_material_at(fitting, line)
    unclear = _unclear(scanned, fitting)
    if unclear:
        return unclear
    open_ = [c for c in fitting if c.scanned < (c.data.get("quantity") or 0)]
    chosen = next((c for c in open_ if c.line == line), (open_ or fitting)[0])
    return _problem(scanned, chosen, serial_seen=serial_seen, reveal=reveal) or _matched(scanned, chosen)


def _of_material_at(fitting: Sequence[Candidate], line: int | None) -> Sequence[Candidate]:
    """Those of the material of the line at hand, where that line is among them; else all."""
    meant = next((c.data.get("material") for c in fitting if c.line == line), None)
    return [c for c in fitting if meant and c.data.get("material") == meant] or fitting


def _unclear(scanned: Scanned, fitting: Sequence[Candidate]) -> Verdict | None:
    """A code that means goods of several kinds: what else has to be scanned or opened."""
    if len({c.data.get("material") for c in fitting}) > 1:
        return refused(
            "goods_needed",
            "几种商品都有此批号：请扫描商品条码，或先打开要核对的那一行",
            "Several materials have this batch number: scan the code of the goods, or open their line first",
        )
    if scanned.gtin and not scanned.batch and len({c.data.get("batch_number") for c in fitting}) > 1:
        return refused(
            "batch_needed",
            "该商品有多个批号，请扫描含批号的条码",
            "Several batches of this material are on the list; scan a code with the batch",
        )
    if _counts_places(fitting):
        return refused(
            "place_needed",
            "该批号在多个货位，请先扫描货位",
            "This batch stands at several places; scan the place first",
        )
    return None


def _counts_places(fitting: Sequence[Candidate]) -> bool:
    """Whether a count cannot tell which place is meant: without quantities no line is the next."""
    places = {c.data.get("location") for c in fitting}
    return len(places) > 1 and all("quantity" not in c.data for c in fitting)


def where_else(places: Iterable[Place], goods: Goods, found: Verdict) -> Verdict:
    """The red verdict on a place, with the first places where the goods may stand."""
    codes = [place.code for place in suitable(places, goods)]
    if not codes:
        return found
    first, more = codes[:PLACES_NAMED], len(codes) > PLACES_NAMED
    zh = f"{found.message.zh}；可放 {'、'.join(first)}{' 等' if more else ''}"
    en = f"{found.message.en}; {', '.join(first)}{' and others' if more else ''} would do"
    return replace(found, message=Text(zh=zh, en=en))


def at_place(place: Place, wanted: Sequence[Goods]) -> Verdict:
    """The verdict on a scanned place: green when any of the goods may stand there (GSP 83)."""
    wrong = [unsuitable(place, goods) for goods in wanted]
    why_not = next((words for words in wrong if words), None)
    if why_not and None not in wrong:
        return refused("location_unsuitable", *why_not)
    words = Text(zh=f"货位 {place.code}", en=f"Location {place.code}")
    return Verdict("matched", "location", words, location=place.code)


def _of_batch(scanned: Scanned, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The lines of the scanned material and batch; for a plain code all that it found."""
    if scanned.gtin is None:
        return list(candidates)
    same = [c for c in candidates if c.same_material]
    if scanned.batch is None:
        return same
    return [c for c in same if str(c.data.get("batch_number", "")).strip() == scanned.batch.strip()]


def _not_on_list(scanned: Scanned) -> Verdict:
    if scanned.problem is not None:
        return refused(*scanned.problem)
    if scanned.gtin:
        return refused("not_on_list", "该商品不在本单", "This material is not on this list")
    return refused(
        "not_on_list",
        f"此码不在本单：{scanned.raw[:60]}",
        f"This code is not on this list: {scanned.raw[:60]}",
    )


def _wrong_batch(scanned: Scanned, candidates: Sequence[Candidate], reveal: Sequence[str] | None) -> Verdict:
    same = [c for c in candidates if c.same_material]
    if not same:
        return _not_on_list(scanned)
    zh, en = f"批号 {scanned.batch} 不在本单", f"Batch {scanned.batch} is not on this list"
    if reveal is None or "batch_number" in reveal:
        expected = list(dict.fromkeys(str(c.data.get("batch_number", "")) for c in same))
        more = "…" if len(expected) > NAMED else ""
        zh += f"；应为 {'、'.join(expected[:NAMED])}{more}"
        en += f"; expected {', '.join(expected[:NAMED])}{more}"
    return refused("wrong_batch", zh, en)


def _problem(
    scanned: Scanned, line: Candidate, *, serial_seen: bool, reveal: Sequence[str] | None
) -> Verdict | None:
    """Why a line that fits by material and batch is refused all the same."""
    expires = line.data.get("expires_on")
    if scanned.expires_on and expires and scanned.expires_on.isoformat() != expires:
        return refused(
            "expiry_mismatch",
            f"条码有效期 {scanned.expires_on.isoformat()} 与本单不符；应为 {expires}",
            f"The code's expiry {scanned.expires_on.isoformat()} is not the list's: {expires}",
            line.line,
        )
    if scanned.serial:
        listed = line.data.get("serials") or []
        if listed and scanned.serial not in listed:
            return refused(
                "unknown_serial",
                f"序列号 {scanned.serial} 不在本单",
                f"Serial {scanned.serial} is not on this list",
                line.line,
            )
        if serial_seen:
            return refused(
                "already_scanned", "此件已扫描过", "This piece has been scanned already", line.line
            )
    return _over_quantity(scanned, line, reveal)


def _over_quantity(scanned: Scanned, line: Candidate, reveal: Sequence[str] | None) -> Verdict | None:
    expected = line.data.get("quantity")
    if not isinstance(expected, int) or (reveal is not None and "quantity" not in reveal):
        return None
    quantity = _quantity(scanned, line)
    if line.scanned + quantity <= expected:
        return None
    return refused(
        "over_quantity",
        f"超出数量：已扫 {line.scanned}，再加 {quantity} 超过 {expected}",
        f"Too many: {line.scanned} scanned, {quantity} more exceed {expected}",
        line.line,
    )


def _quantity(scanned: Scanned, line: Candidate) -> int:
    return scanned.quantity if scanned.quantity is not None else line.factor


def _matched(scanned: Scanned, line: Candidate) -> Verdict:
    batch = line.data.get("batch_number") or ""
    zh = f"第{line.line}行 {line.goods()} {batch}".strip()
    words = Text(zh=zh, en=f"Line {line.line} {line.goods('en')} {batch}".strip())
    return Verdict("matched", "matched", words, line.line, _quantity(scanned, line))
