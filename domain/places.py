"""Domain: where goods may stand at a site - waiting, rejected, stored. Knows no table and no engine.

What was accepted goes to a storage zone of its own class, what was rejected to the red zone (GSP 81, 83);
special-control drugs stand in their own locked zone and nothing else does (GSP 83).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.licences import COLD_CLASSES

Words = tuple[str, str]
CLASSES: Mapping[str, Words] = {
    "ambient": ("常温", "ambient"),
    "cool": ("阴凉", "cool"),
    "refrigerated": ("冷藏", "refrigerated"),
    "frozen": ("冷冻", "frozen"),
}
"""Storage classes as they are said in Chinese and in English."""


@dataclass(frozen=True)
class Place:
    """A location with what its zone is for; `special_control`: the zone is locked for such drugs alone."""

    location_id: UUID
    code: str
    zone_kind: str
    storage_class: str
    special_control: bool = False


@dataclass(frozen=True)
class Goods:
    """What is to be put somewhere: its storage class, and whether acceptance rejected it."""

    storage_class: str
    special_control: bool = False
    rejected: bool = False

    @classmethod
    def of_line(cls, data: Mapping[str, Any]) -> "Goods | None":
        """The goods of a line of a work list; None where the line does not say how they are stored."""
        storage_class = data.get("storage_class")
        if not storage_class:
            return None
        special = data.get("special_control") is True
        return cls(str(storage_class), special, data.get("outcome") == "rejected")


def waiting_place(places: Iterable[Place], goods: Goods) -> Place | None:
    """Where goods wait for acceptance: cold goods in the cold (GSP 75), others in a zone that is not.

    A zone for special control comes first for such goods, then one of the very storage class, then the first
    by code, so that the answer is always the same.
    """
    return _first((p for p in places if p.zone_kind == "waiting" and _as_cold(p, goods, exact=True)), goods)


def rejected_place(places: Iterable[Place], goods: Goods) -> Place | None:
    """Where rejected goods stand: the rejected zone, of the same storage class when there is one (GSP 81)."""
    return _first((p for p in places if p.zone_kind == "rejected"), goods)


def shipping_place(places: Iterable[Place], goods: Goods) -> Place | None:
    """Where picked goods wait for their vehicle: cold goods in the cold (GSP annex 1), others not."""
    return _first((p for p in places if p.zone_kind == "shipping" and _as_cold(p, goods)), goods)


def apart_place(places: Iterable[Place], zone_kind: str, goods: Goods) -> Place | None:
    """Where returned or recalled goods are kept apart: a zone of that kind, cold goods in the cold."""
    return _first((p for p in places if p.zone_kind == zone_kind and _as_cold(p, goods)), goods)


def unsuitable(place: Place, goods: Goods) -> Words | None:
    """Why the goods may not be put there, in both languages; None when they may (药品管理法 59; GSP 83)."""
    wrong = _wrong_zone(place, goods) or _wrong_control(place, goods)
    if wrong is None and not _right_class(place, goods):
        (is_zh, is_en), (wants_zh, wants_en) = CLASSES[place.storage_class], CLASSES[goods.storage_class]
        wrong = (f"是{is_zh}库区，该药品须{wants_zh}储存", f"is {is_en}, these goods are stored {wants_en}")
    return wrong and (f"货位 {place.code} {wrong[0]}", f"location {place.code} {wrong[1]}")


def suitable(places: Iterable[Place], goods: Goods) -> list[Place]:
    """Where the goods may be put, by code."""
    return sorted((one for one in places if unsuitable(one, goods) is None), key=lambda one: one.code)


def _wrong_zone(place: Place, goods: Goods) -> Words | None:
    if goods.rejected:
        if place.zone_kind == "rejected":
            return None
        return "不在不合格品（红色）区，该批不合格", "is not in the red zone, and this batch was rejected"
    if place.zone_kind == "rejected":
        return "在不合格品（红色）区，该批为合格品", "is in the red zone, and this batch was accepted"
    if place.zone_kind != "storage":
        return "不在合格品储存区", "is not in a storage zone"
    return None


def _wrong_control(place: Place, goods: Goods) -> Words | None:
    if place.special_control and not goods.special_control:
        return (
            "在特殊管理药品专库，只存放特殊管理药品",
            "is in the special-control store, which is for special-control drugs alone",
        )
    if goods.special_control and not place.special_control and not goods.rejected:
        return (
            "不在特殊管理药品专库，特殊管理药品须专库存放",
            "is not in the special-control store, where special-control drugs must stand",
        )
    return None


def _right_class(place: Place, goods: Goods) -> bool:
    return _as_cold(place, goods) if goods.rejected else place.storage_class == goods.storage_class


def _as_cold(place: Place, goods: Goods, *, exact: bool = False) -> bool:
    """Cold goods stand in the cold, others do not; `exact`: cold goods in just their own class."""
    cold = goods.storage_class in COLD_CLASSES
    if cold and exact:
        return place.storage_class == goods.storage_class
    return (place.storage_class in COLD_CLASSES) == cold


def _first(places: Iterable[Place], goods: Goods) -> Place | None:
    fitting = [place for place in places if goods.special_control or not place.special_control]
    return min(
        fitting,
        key=lambda place: (
            place.special_control != goods.special_control,
            place.storage_class != goods.storage_class,
            place.code,
        ),
        default=None,
    )
