"""Room `ops`, trials: SCMS purchase orders as documents and master data of the company. Pure.

What the source has not - batch, expiry, licences, GTINs, cartons, which batch is rejected, which lorry came
warm - is invented from the names of things, so that every run of the trial is the same. Materials are counted
in packs' contents: units = quantity x pack size; documents give packs, so the unit conversion is used.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from ops.demo_seed.materials import with_check_digit
from ops.demo_seed.places import MAIN, SECOND, WEST
from ops.trials import chance
from ops.trials.scms_reader import Shipped

Course = Literal["usual", "turned_away", "over_delivered", "excursion_go_on", "excursion_keep", "came_warm"]
LICENSED_SCOPE = ["drug", "device", "cold_chain", "special_control"]
LICENSED_UNTIL = "2099-12-31"
PACK, CARTON = "pack", "carton"
SPECIAL_PERCENT = 5
SPLIT_PERCENT = 20
SPLIT_ABOVE_PACKS = 10


@dataclass(frozen=True)
class Delivery:
    """One dispatch advice with the course that its run is to take."""

    advice: dict[str, Any]
    order: str
    site: str
    course: Course
    cold: bool


@dataclass(frozen=True)
class Plan:
    """Everything to post, in the order in which it has to be posted; `units` are base units per pack."""

    parties: list[dict[str, Any]]
    materials: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    deliveries: list[Delivery]
    units: Mapping[str, int]


def plan(lines: Iterable[Shipped], orders: int, today: date) -> Plan:
    """Plan so many purchase orders, evenly spread over the history, with all their deliveries."""
    by_order: dict[str, list[Shipped]] = {}
    for line in lines:
        by_order.setdefault(line.order, []).append(line)
    names = sorted(by_order, key=lambda name: int(name.rpartition("-")[2]))
    chosen = [names[at * len(names) // orders] for at in range(min(orders, len(names)))]
    used = [line for name in chosen for line in by_order[name]]
    parties = Parties.of(used)
    materials = Materials.of(used, parties)
    return Plan(
        parties=parties.bodies(),
        materials=materials.bodies,
        orders=[_order(by_order[name], parties, materials) for name in chosen],
        deliveries=[
            delivery for name in chosen for delivery in _deliveries(by_order[name], parties, materials, today)
        ],
        units={body["code"]: body["units"][0]["numerator"] for body in materials.bodies},
    )


@dataclass(frozen=True)
class Parties:
    """Codes of suppliers and makers by name."""

    suppliers: dict[str, str]
    makers: dict[str, str]

    @classmethod
    def of(cls, lines: list[Shipped]) -> "Parties":
        vendors, makers = sorted({line.vendor for line in lines}), sorted({line.maker for line in lines})
        return cls(
            {name: f"SCMS-V{number:03}" for number, name in enumerate(vendors, 1)},
            {name: f"SCMS-F{number:03}" for number, name in enumerate(makers, 1)},
        )

    def bodies(self) -> list[dict[str, Any]]:
        """Bodies for `POST /parties`."""
        return [
            _party(code, name, ["supplier"], "药品经营许可证") for name, code in self.suppliers.items()
        ] + [
            _party(code, name, ["manufacturer", "holder"], "药品生产许可证")
            for name, code in self.makers.items()
        ]


def _party(code: str, name: str, roles: list[str], kind: str) -> dict[str, Any]:
    licence = {"kind": kind, "number": f"{code}-L", "scope": LICENSED_SCOPE, "valid_until": LICENSED_UNTIL}
    return {"code": code, "name": name, "roles": roles, "licences": [licence]}


@dataclass(frozen=True)
class Materials:
    """Codes by (item, pack size, maker): another maker's product is another material (approval number)."""

    codes: dict[tuple[str, int, str], str]
    bodies: list[dict[str, Any]]

    @classmethod
    def of(cls, lines: list[Shipped], parties: Parties) -> "Materials":
        first: dict[tuple[str, int, str], Shipped] = {}
        for line in lines:
            first.setdefault(_product(line), line)
        codes = {product: f"SCMS-M{number:03}" for number, product in enumerate(sorted(first), 1)}
        bodies = [
            _material(codes[product], number, first[product], parties)
            for number, product in enumerate(sorted(first), 1)
        ]
        return cls(codes, bodies)

    def code(self, line: Shipped) -> str:
        return self.codes[_product(line)]


def _product(line: Shipped) -> tuple[str, int, str]:
    return line.item, line.pack_size, line.maker


def _material(code: str, number: int, line: Shipped, parties: Parties) -> dict[str, Any]:
    device = line.group in {"HRDT", "MRDT"}
    packs_per_carton = chance.one_of((10, 24, 48, 100), "carton", code)
    return {
        "code": code,
        "name": {"zh": line.item, "en": line.item},
        "generic_name": line.item.partition(",")[0],
        "dosage_form": line.form,
        "specification": f"{line.dosage} x {line.pack_size}"
        if line.dosage != "N/A"
        else f"x {line.pack_size}",
        "approval_number": f"SCMS-A{number:04}",
        "holder": line.maker,
        "manufacturer": parties.makers[line.maker],
        "storage_class": "refrigerated" if ", cool," in line.item else "ambient",
        "special_control": not device and chance.in_percent(SPECIAL_PERCENT, "special", *_product(line)),
        "category": "device" if device else "drug",
        "base_unit": "unit",
        "carton_quantity": line.pack_size * packs_per_carton,
        "units": [
            {"unit": PACK, "numerator": line.pack_size},
            {"unit": CARTON, "numerator": line.pack_size * packs_per_carton},
        ],
        "gtins": [{"gtin": with_check_digit(f"0694{number:09}"), "unit": PACK}],
    }


def _order(lines: list[Shipped], parties: Parties, materials: Materials) -> dict[str, Any]:
    ordered = [line.ordered_on for line in lines if line.ordered_on is not None]
    return {
        "number": lines[0].order,
        "supplier": parties.suppliers[lines[0].vendor],
        "site": site_of(lines[0]),
        "ordered_on": min(ordered, default=min(line.delivered_on for line in lines)).isoformat(),
        "lines": [
            {"line": at, "material": materials.code(line), "quantity": line.packs, "unit": PACK}
            for at, line in enumerate(lines, 1)
        ],
    }


def _deliveries(
    lines: list[Shipped], parties: Parties, materials: Materials, today: date
) -> Iterable[Delivery]:
    """The deliveries of one order, one for each of its advices."""
    by_advice: dict[str, list[tuple[int, Shipped]]] = {}
    for at, line in enumerate(lines, 1):
        by_advice.setdefault(line.advice, []).append((at, line))
    for number, part in by_advice.items():
        cold = any(", cool," in line.item for _, line in part)
        course = course_of(number, cold=cold)
        bodies = [body for at, line in part for body in _batches(at, line, materials.code(line), today)]
        if course == "over_delivered":
            bodies[0]["quantity"] += 1
        for position, body in enumerate(bodies, 1):
            body["line"] = position
        left_at = max(line.delivered_on for _, line in part) - timedelta(days=1)
        advice = {
            "number": number,
            "supplier": parties.suppliers[lines[0].vendor],
            "purchase_order": lines[0].order,
            "site": site_of(lines[0]),
            "shipped_at": datetime.combine(left_at, time(8), UTC).isoformat(),
            "carrier": chance.one_of(("DHL", "Kuehne + Nagel", "UPS"), number),
            "vehicle": f"SCMS-{chance.number(10_000, 'vehicle', number):04}",
            "lines": bodies,
        }
        yield Delivery(advice, lines[0].order, site_of(lines[0]), course, cold)


def _batches(at: int, line: Shipped, material: str, today: date) -> list[dict[str, Any]]:
    """One batch of the line, or two for a fifth of the larger ones."""
    split = line.packs > SPLIT_ABOVE_PACKS and chance.in_percent(SPLIT_PERCENT, "split", line.line_id)
    packs = [line.packs // 3, line.packs - line.packs // 3] if split else [line.packs]
    made = []
    for part, quantity in enumerate(packs):
        number = f"B{line.line_id}{'AB'[part] if split else ''}"
        produced_on = today - timedelta(days=30 + chance.number(300, "produced", number))
        made.append(
            {
                "order_line": at,
                "material": material,
                "batch": number,
                "produced_on": produced_on.isoformat(),
                "expires_on": (produced_on + timedelta(days=731 + chance.number(365, number))).isoformat(),
                "quantity": quantity,
                "unit": PACK,
            }
        )
    return made


def site_of(line: Shipped) -> str:
    """The site that stands for the country of destination."""
    return chance.one_of((MAIN, SECOND, WEST), "site", line.country)


def course_of(advice: str, *, cold: bool) -> Course:
    """What happens to a delivery: most are received, a few refused, a third of the cold ones came warm."""
    if cold:
        courses: tuple[Course, ...] = (
            "usual",
            "usual",
            "usual",
            "excursion_go_on",
            "excursion_keep",
            "came_warm",
        )
        return chance.one_of(courses, "cold course", advice)
    if chance.in_percent(2, "turned away", advice):
        return "turned_away"
    return "over_delivered" if chance.in_percent(2, "over", advice) else "usual"
