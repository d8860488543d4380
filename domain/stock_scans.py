"""Domain: scans of goods that are taken from stock, and of whole packages - which line, or why not, in words.

A serial is taken from where it stands, of the batch that was allocated, for one order alone; a package is its
contents. Pure: what is known of serials and packages comes from queries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.errors import Conflict
from domain.scan_matching import NAMED, Candidate, Verdict, refused
from domain.sop_definition import Text


class TakenMeanwhile(Conflict):
    """Two scanned the same goods at the same moment; who scans again is told who has them."""

    code = "taken_meanwhile"
    zh = "刚刚已为 {taker} 拣取，请换一件"
    en = "Picked for {taker} just now; take another"


@dataclass(frozen=True)
class StockUnit:
    """One piece by its serial: its batch, where it stands (None: outside), who else takes it just now."""

    serial: str
    batch_id: str
    batch_number: str
    material: str
    location: str | None
    status: str | None
    taken_for: str | None = None
    seen: bool = False


@dataclass(frozen=True)
class Inside:
    """So much of a batch in a package and in those that stand in it."""

    batch_id: str
    batch_number: str
    material: str
    quantity: int
    serials: tuple[str, ...] = ()


@dataclass(frozen=True)
class StockPackage:
    """A package as it is scanned: what is in it, where it stands, whether any of it was scanned before."""

    sscc: str
    state: str
    location: str | None
    inside: tuple[Inside, ...]
    every: tuple[str, ...]
    """Its own number and those of all packages in it."""
    seen: bool = False
    taken_for: str | None = None


def needed(candidates: Sequence[Candidate]) -> Text:
    """What is still wanted of the goods, with where it stands: `应取 240513（A-01-02）`."""
    wanted = [c for c in candidates if c.scanned < (c.data.get("quantity") or 0)] or list(candidates)
    zh, en = [], []
    for one in wanted[:NAMED]:
        place = one.data.get("location")
        batch = one.data.get("batch_number", "")
        zh.append(f"{batch}（货位 {place}）" if place else f"{batch}")
        en.append(f"{batch} ({place})" if place else f"{batch}")
    more = "…" if len(wanted) > NAMED else ""
    return Text(zh=f"应取 {'、'.join(zh)}{more}", en=f"you need {', '.join(en)}{more}")


def not_on_order(batch: str | None, same: Sequence[Candidate]) -> Verdict:
    """The batch is not on the order: what is needed instead, if anything of the material is."""
    if not same:
        zh, en = f"批号 {batch} 的商品不在本单", f"The material of batch {batch} is not on this order"
        return refused("not_on_list", zh, en)
    wanted = needed(same)
    zh = f"批号 {batch} 不在本单，{wanted.zh}"
    return refused("wrong_batch", zh, f"batch {batch} is not on this order; {wanted.en}")


def nothing_here(location: str) -> Verdict:
    """A place where nothing of the list stands."""
    zh, en = f"货位 {location} 没有本单要取的货", f"Nothing of this order stands at {location}"
    return refused("not_here", zh, en)


def no_place_asked(location: str) -> Verdict:
    """A place, where nothing of the list stands and no line asks for one."""
    zh = f"这里不需要货位（{location}）：请扫描药品"
    return refused("no_place_asked", zh, f"No place is asked for here ({location}): scan the goods")


def of_unit(unit: StockUnit, candidates: Sequence[Candidate], *, from_stock: bool = True) -> Verdict:
    """The verdict on one piece; `candidates` are the lines of its material."""
    same = [c for c in candidates if c.data.get("batch_id") == unit.batch_id]
    if not same:
        return not_on_order(unit.batch_number, candidates)
    if unit.seen:
        line = same[0].line
        return refused("already_scanned", "此件已扫描过", "This piece has been scanned already", line)
    here = [c for c in same if c.data.get("location") == unit.location]
    if from_stock and not here:
        return _elsewhere(f"追溯码 {unit.serial}", f"Serial {unit.serial}", unit.location, same)
    if unit.taken_for is not None:
        return refused(
            "taken",
            f"此件已为 {unit.taken_for} 拣取，请换一件",
            f"This piece has been picked for {unit.taken_for}; take another",
            here[0].line,
        )
    return (from_stock and _not_to_take(unit, here[0])) or _taken(
        here or same, 1, f"追溯码 {unit.serial}", f"serial {unit.serial}"
    )


def _not_to_take(unit: StockUnit, line: Candidate) -> Verdict | None:
    """Why a piece that stands where it should is not taken."""
    if unit.status != "qualified":
        return refused(
            "not_qualified", "此件不是合格品，不得取用", "This piece is not qualified stock", line.line
        )
    return stopped(line) if line.stopped is not None else None


def stopped(line: Candidate) -> Verdict:
    """A batch that was sealed or has expired since the list was made: red at once (GSP 85, 87).

    Not only at the hand-over, when it is packed and stands on a vehicle.
    """
    batch, no_zh, no_en = (
        line.data.get("batch_number", ""),
        "不得取用、不得发出",
        "do not take it, do not send it",
    )
    if line.stopped == "expired":
        zh, en = f"批号 {batch} 已过有效期，{no_zh}", f"Batch {batch} has expired: {no_en}"
        return refused("expired", zh, en, line.line)
    zh, en = f"批号 {batch} 已锁定，{no_zh}", f"Batch {batch} is on hold: {no_en}"
    return refused("on_hold", zh, en, line.line)


def serial_needed(line: Candidate) -> Verdict:
    """A code without a serial for goods that are tracked piece by piece."""
    return refused(
        "serial_needed",
        "该批逐件追溯，请扫描每件的追溯码",
        "This batch is tracked piece by piece: scan the serial of each piece",
        line.line,
    )


def of_package(
    package: StockPackage, candidates: Sequence[Candidate], *, from_stock: bool
) -> list[tuple[Verdict, Inside | None]]:
    """The verdicts on a package, one for each line that it counts for; one red one if it does not fit."""
    stop = _unusable(package)
    if stop is not None:
        return [(stop, None)]
    found: list[tuple[Verdict, Inside | None]] = []
    for inside in package.inside:
        of_material = [c for c in candidates if c.data.get("material") == inside.material]
        same = [c for c in of_material if c.data.get("batch_id") == inside.batch_id]
        if not same:
            return [(not_on_order(inside.batch_number, of_material), None)]
        here = [c for c in same if not from_stock or c.data.get("location") == package.location]
        name = package.sscc
        if not here:
            return [(_elsewhere(f"箱 {name}", f"Package {name}", package.location, same), None)]
        if from_stock and here[0].stopped is not None:
            return [(stopped(here[0]), None)]
        verdict = _taken(here, inside.quantity, f"箱 {name}", f"package {name}")
        if verdict.verdict == "refused":
            return [(verdict, None)]
        found.append((verdict, inside))
    return found


def _unusable(package: StockPackage) -> Verdict | None:
    name = package.sscc
    if package.state in {"shipped", "dissolved"}:
        zh, en = f"箱 {name} 已发出或已拆除", f"Package {name} has left or is taken apart"
        return refused("package_gone", zh, en)
    if not package.inside:
        return refused("package_empty", f"箱 {name} 是空箱", f"Package {name} is empty")
    if package.seen:
        zh = f"箱 {name} 或其中的货物已扫描过"
        return refused("already_scanned", zh, f"Package {name} or a piece in it has been scanned already")
    if package.taken_for is not None:
        zh = f"箱 {name} 已为 {package.taken_for} 拣取"
        return refused("taken", zh, f"Package {name} has been picked for {package.taken_for}")
    return None


def _elsewhere(zh: str, en: str, location: str | None, lines: Sequence[Candidate]) -> Verdict:
    wanted = needed(lines)
    at_zh, at_en = (f"在货位 {location}", f"is at {location}") if location else ("不在库", "is not in stock")
    return refused("not_here", f"{zh} {at_zh}；{wanted.zh}", f"{en} {at_en}; {wanted.en}", lines[0].line)


def _taken(lines: Sequence[Candidate], quantity: int, zh: str, en: str) -> Verdict:
    """Green on the first line with room for it, red when none has."""
    for line in lines:
        if line.scanned + quantity <= (line.data.get("quantity") or 0):
            said = Text(zh=f"{named(line)} {zh}", en=f"{named(line, 'en')} {en}")
            return Verdict("matched", "matched", said, line.line, quantity)
    first = lines[0]
    most = first.data.get("quantity") or 0
    return refused(
        "over_quantity",
        f"超出数量：已扫 {first.scanned}，再加 {quantity} 超过 {most}",
        f"Too many: {first.scanned} scanned, {quantity} more exceed {most}",
        first.line,
    )


def named(line: Candidate, language: str = "zh") -> str:
    """A line as it is said: number, goods, batch."""
    number = f"第{line.line}行" if language == "zh" else f"Line {line.line}"
    return f"{number} {line.goods(language)} {line.data.get('batch_number') or ''}".strip()


def is_full(data: Mapping[str, object], scanned: int) -> bool:
    """Whether a line's scans have reached its quantity."""
    quantity = data.get("quantity")
    return isinstance(quantity, int) and 0 < quantity <= scanned
