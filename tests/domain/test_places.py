from uuid import UUID

import pytest

from domain.places import Goods, Place, rejected_place, unsuitable, waiting_place


def place(code: str, kind: str, storage_class: str, *, special: bool = False) -> Place:
    return Place(UUID(int=1), code, kind, storage_class, special)


PLACES = {
    one.code: one
    for one in (
        place("W-C", "waiting", "refrigerated"),
        place("W-A", "waiting", "ambient"),
        place("R-A", "rejected", "ambient"),
        place("R-C", "rejected", "refrigerated"),
        place("A-01", "storage", "ambient"),
        place("B-01", "storage", "cool"),
        place("C-01", "storage", "refrigerated"),
        place("X-01", "storage", "ambient", special=True),
        place("F-A", "shipping", "ambient"),
    )
}
AMBIENT, COLD, SPECIAL = Goods("ambient"), Goods("refrigerated"), Goods("ambient", special_control=True)
REJECTED = Goods("ambient", rejected=True)


def test_cold_goods_wait_in_the_cold_and_others_do_not() -> None:
    everywhere = list(PLACES.values())
    assert waiting_place(everywhere, COLD) == PLACES["W-C"]
    assert waiting_place(everywhere, Goods("cool")) == PLACES["W-A"]
    assert waiting_place(everywhere, Goods("frozen")) is None
    assert waiting_place([PLACES["W-C"]], AMBIENT) is None


def test_a_waiting_zone_for_special_control_is_for_such_goods_alone() -> None:
    locked = place("A-W", "waiting", "ambient", special=True)
    places = [PLACES["W-A"], locked]
    assert waiting_place(places, SPECIAL) == locked
    assert waiting_place(places, AMBIENT) == PLACES["W-A"]
    assert waiting_place([PLACES["W-A"]], SPECIAL) == PLACES["W-A"]
    assert waiting_place([locked], AMBIENT) is None


def test_rejected_goods_stand_in_the_rejected_zone() -> None:
    assert rejected_place(PLACES.values(), COLD) == PLACES["R-C"]
    assert rejected_place(PLACES.values(), Goods("cool")) == PLACES["R-A"]
    assert rejected_place([], AMBIENT) is None


@pytest.mark.parametrize(
    ("goods", "fitting"),
    [
        (AMBIENT, {"A-01"}),
        (Goods("cool"), {"B-01"}),
        (COLD, {"C-01"}),
        (SPECIAL, {"X-01"}),
        (REJECTED, {"R-A"}),
        (Goods("refrigerated", rejected=True), {"R-C"}),
        (Goods("ambient", special_control=True, rejected=True), {"R-A"}),
        (Goods("refrigerated", special_control=True), set()),
    ],
)
def test_goods_may_stand_where_they_belong_and_nowhere_else(goods: Goods, fitting: set[str]) -> None:
    assert {code for code, one in PLACES.items() if unsuitable(one, goods) is None} == fitting


@pytest.mark.parametrize(
    ("code", "goods", "zh", "en"),
    [
        ("B-01", AMBIENT, "阴凉库区，该药品须常温储存", "stored ambient"),
        ("R-A", AMBIENT, "红色", "this batch was accepted"),
        ("A-01", REJECTED, "该批不合格", "this batch was rejected"),
        ("F-A", AMBIENT, "不在合格品储存区", "not in a storage zone"),
        ("A-01", SPECIAL, "特殊管理药品须专库存放", "must stand"),
        ("X-01", AMBIENT, "只存放特殊管理药品", "alone"),
    ],
)
def test_the_refusal_says_the_real_reason(code: str, goods: Goods, zh: str, en: str) -> None:
    told = unsuitable(PLACES[code], goods)
    assert told is not None
    assert code in told[0] and zh in told[0]
    assert code in told[1] and en in told[1]


def test_the_goods_of_a_line_are_as_the_line_says() -> None:
    line = {"storage_class": "ambient", "special_control": True, "outcome": "rejected"}
    assert Goods.of_line(line) == Goods("ambient", special_control=True, rejected=True)
    assert Goods.of_line({"quantity": 1}) is None
