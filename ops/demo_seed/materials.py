"""Room `ops`, demo company: two hundred invented materials of public generic names. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator

from domain.master_data import BothNames, GtinIn, MaterialIn, UnitIn
from ops.demo_seed.medicines import ALL, Medicine

COUNT = 200
SECOND_SOURCES = 10
"""So many materials of the same generic name and pack come from a second maker."""


def materials(manufacturers: dict[str, str]) -> list[MaterialIn]:
    """The materials, codes M0001 to M0200; `manufacturers` are names by code."""
    chance = random.Random("xunji demo materials")
    codes = list(manufacturers)
    chosen = [(medicine, pack) for medicine in ALL for pack in medicine.packs]
    chosen += chance.sample([pair for pair in chosen if not pair[0].device], SECOND_SOURCES)
    gtins = _gtins(chance)
    made = []
    for number, (medicine, pack) in enumerate(chosen[:COUNT], 1):
        maker = chance.choice(codes)
        made.append(_material(number, medicine, pack, maker, manufacturers[maker], next(gtins), chance))
    return made


def _material(
    number: int,
    medicine: Medicine,
    pack: str,
    maker: str,
    maker_name: str,
    stem: str,
    chance: random.Random,
) -> MaterialIn:
    return MaterialIn(
        code=f"M{number:04}",
        name=BothNames(zh=f"{medicine.name} {pack}", en=f"{medicine.english} {_latin(pack)}"),
        generic_name=medicine.name,
        dosage_form=medicine.form,
        specification=pack,
        approval_number=_approval(medicine, chance),
        holder=maker_name,
        manufacturer=maker,
        storage_class=medicine.storage,
        special_control=medicine.special,
        category="device" if medicine.device else "drug",
        base_unit=medicine.unit,
        carton_quantity=medicine.carton,
        unit_value=_value(number, medicine),
        abc_class="A" if medicine.special else ("B", "C", "C", "A")[number % 4],
        units=[UnitIn(unit="中包", numerator=10), UnitIn(unit="件", numerator=medicine.carton)],
        gtins=[
            GtinIn(gtin=with_check_digit("0" + stem), unit=medicine.unit),
            GtinIn(gtin=with_check_digit("1" + stem), unit="件"),
        ],
    )


def _value(number: int, medicine: Medicine) -> str:
    """An invented value of one base unit in CNY, dearer in the cold."""
    cents = 150 + number * 137 % 4800
    return f"{cents * (8 if medicine.storage == 'refrigerated' else 1) / 100:.2f}"


def with_check_digit(digits: str) -> str:
    """Thirteen digits with the GS1 check digit behind them."""
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(digits))
    return f"{digits}{(10 - total % 10) % 10}"


def _gtins(chance: random.Random) -> Iterator[str]:
    """Stems of twelve digits below invented company prefixes, each once."""
    seen: set[str] = set()
    while True:
        stem = f"6979{chance.randrange(10**8):08}"
        if stem not in seen:
            seen.add(stem)
            yield stem


def _approval(medicine: Medicine, chance: random.Random) -> str:
    if medicine.device:
        return f"国械注准{chance.randrange(2015, 2025)}3{chance.randrange(10**6):06}"
    letter = "S" if medicine.storage == "refrigerated" else "H"
    return f"国药准字{letter}{chance.randrange(2000, 2025)}{chance.randrange(10**4):04}"


_WORDS = {
    "片": " tablets",
    "粒": " capsules",
    "支": " pcs",
    "袋": " sachets",
    "瓶": " bottle",
    "单位": " IU",
    "揿": " puffs",
    "丸": " pills",
    "只": " pcs",
}


def _latin(pack: str) -> str:
    for chinese, english in _WORDS.items():
        pack = pack.replace(chinese, english)
    return pack.replace("×", " x ")
