"""Domain: packages - their names (SSCC), how goods are divided among them, and what refuses. No I/O.

An SSCC has 18 digits: extension digit, company prefix, serial reference, check digit (GS1 General
Specifications 2.2.1, 7.9). A package is open while it is filled, closed when it stands, shipped for ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from domain.codes.digits import check_digit
from domain.errors import NotFound, Refusal

SSCC_LENGTH = 18
INTERNAL_PREFIX = "2000000"
"""Stands where a company has no GS1 prefix: such a number is known in our own warehouses only."""


class PackageUnknown(NotFound):
    """No package of ours has this number."""

    code = "package_unknown"
    zh = "箱码未登记：{sscc}"
    en = "There is no package {sscc}"


class PackageNotOpen(Refusal):
    """The package is not in the state that this needs."""

    code = "package_not_open"
    zh = "箱 {sscc} 当前不可如此操作（状态：{state}）"
    en = "This cannot be done with package {sscc} ({state})"


class PackageInItself(Refusal):
    code = "package_in_itself"
    zh = "箱 {sscc} 不能装入自身"
    en = "Package {sscc} cannot stand in itself"


class SerialPacked(Refusal):
    """The serial is in another package already."""

    code = "serial_packed"
    zh = "追溯码 {serial} 已在箱 {sscc} 中"
    en = "Serial {serial} is in package {sscc} already"


class SsccNotValid(Refusal):
    code = "sscc_not_valid"
    kind: ClassVar = "invalid"
    zh = "箱码无效：{sscc}"
    en = "Not a valid SSCC: {sscc}"


class ContentMissing(Refusal):
    """More is taken out of a package than is in it."""

    code = "content_missing"
    zh = "箱 {sscc} 中没有这么多：现有 {held}，取出 {wanted}"
    en = "Package {sscc} does not hold so much: {held} there, {wanted} wanted"


class PackagesNotFit(Refusal):
    """The packing as it was entered cannot be: an empty package, or goods that may not stand together."""

    code = "packages_not_fit"
    kind: ClassVar = "invalid"
    zh = "装箱不成立：{why_zh}"
    en = "The packing does not work: {why_en}"


def sscc(company_prefix: str, reference: int, extension: int = 0) -> str:
    """The SSCC of a serial reference; ValueError when the prefix leaves no room for it."""
    room = SSCC_LENGTH - 2 - len(company_prefix)
    serial = str(reference)
    if not company_prefix.isdigit() or len(serial) > room or reference < 0:
        raise ValueError(f"{company_prefix} leaves no room for {reference}")
    digits = f"{extension}{company_prefix}{serial.zfill(room)}"
    return f"{digits}{check_digit(digits)}"


@dataclass(frozen=True)
class Packed:
    """One line as it is packed: `quantity` base units in `count` packages from number `first` on.

    `cold` and `special` say with what it may not stand in one package.
    """

    line: int
    batch_id: UUID
    batch_number: str
    quantity: int
    first: int
    count: int
    cold: bool = False
    special: bool = False
    per_package: int | None = None
    """Base units of a full carton: that many in each package but the last, where they fit."""


@dataclass(frozen=True)
class Share:
    """So many base units of a line in one package."""

    line: int
    batch_id: UUID
    quantity: int


def shares(lines: Sequence[Packed]) -> Mapping[int, list[Share]]:
    """Package number -> what goes into it, numbers in order; PackagesNotFit says why not.

    Every base unit of every line is in exactly one package. Numbers have no gaps: package 3 of 2 is a slip.
    """
    found: dict[int, list[Share]] = {}
    kinds: dict[int, tuple[tuple[bool, bool], str]] = {}
    for line in lines:
        if line.count > line.quantity:
            raise PackagesNotFit(
                why_zh=f"批号 {line.batch_number} 只有 {line.quantity}，装不满 {line.count} 箱",
                why_en=f"batch {line.batch_number}: {line.quantity} do not fill {line.count} packages",
            )
        for at, quantity in enumerate(_divided(line)):
            number = line.first + at
            kind, other = kinds.setdefault(number, ((line.cold, line.special), line.batch_number))
            if kind != (line.cold, line.special):
                raise PackagesNotFit(
                    why_zh=f"第 {number} 箱：批号 {line.batch_number} 与 {other} 储运要求不同，不得同箱",
                    why_en=f"package {number}: batches {line.batch_number} and {other} may not share one",
                )
            found.setdefault(number, []).append(Share(line.line, line.batch_id, quantity))
    missing = next((n for n in range(1, max(found, default=0) + 1) if n not in found), None)
    if missing is not None:
        raise PackagesNotFit(why_zh=f"没有第 {missing} 箱", why_en=f"there is no package {missing}")
    return dict(sorted(found.items()))


def _divided(line: Packed) -> list[int]:
    """Full cartons and the rest where the count says so, else as evenly as whole units go."""
    full = line.per_package or 0
    rest = line.quantity - full * (line.count - 1)
    if full and 0 < rest <= full:
        return [*[full] * (line.count - 1), rest]
    each, more = divmod(line.quantity, line.count)
    return [each + (at < more) for at in range(line.count)]
