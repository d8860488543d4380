"""Room `ops`, demo company: invented suppliers, makers, customers and carriers with their licences. Pure."""

from __future__ import annotations

import random
from datetime import date, timedelta

from domain.master_data import LicenceIn, PartyIn

EXPIRED_SUPPLIER = "S012"
"""The supplier whose licence ran out yesterday: nothing may be ordered or received from it."""
DRUGS_ONLY_SUPPLIER = "S011"
"""The supplier without the cold chain and special control in its scope."""

EXPIRED_CUSTOMER = "C015"
"""The customer whose licence ran out yesterday: nothing may be sold to it."""
DEMANDING_CUSTOMERS = frozenset({"C001", "C004"})
"""Hospitals that take nothing with less than half a year left."""
HALF_A_YEAR = 180

_PLACES = ("华东", "江南", "川北", "岭南", "关中", "天山", "辽海", "中原", "滇池", "赣江", "黄淮", "闽东")
_FANCY = (
    "康禾",
    "瑞川",
    "安泽",
    "明润",
    "德沐",
    "同济源",
    "百草渡",
    "恒仁堂",
    "佳合",
    "远山",
    "清源",
    "民安",
)
_HOSPITALS = ("第一人民医院", "中心医院", "妇幼保健院", "中医院", "社区卫生服务中心")
EVERYTHING = ["drug", "device", "cold_chain", "special_control"]


def suppliers(today: date) -> list[PartyIn]:
    """Twelve suppliers; the last one's licence expired yesterday."""
    made = []
    for number in range(1, 13):
        code = f"S{number:03}"
        until = date(2099, 12, 31) if code != EXPIRED_SUPPLIER else today - timedelta(days=1)
        scope = ["drug", "device"] if code == DRUGS_ONLY_SUPPLIER else EVERYTHING
        made.append(
            PartyIn(
                code=code,
                name=f"{_PLACES[number - 1]}{_FANCY[number - 1]}医药有限公司",
                roles=["supplier"],
                licences=[_licence("药品经营许可证", f"药经许{number:06}", scope, until)],
            )
        )
    return made


def manufacturers() -> list[PartyIn]:
    """Twenty makers of medicines."""
    chance = random.Random("xunji demo makers")
    names = [f"{place}{fancy}制药股份有限公司" for place in _PLACES for fancy in _FANCY]
    return [
        PartyIn(
            code=f"P{number:03}",
            name=name,
            roles=["manufacturer", "holder"],
            licences=[_licence("药品生产许可证", f"药产许{number:06}", EVERYTHING, date(2099, 12, 31))],
        )
        for number, name in enumerate(chance.sample(names, 20), 1)
    ]


def customers(today: date) -> list[PartyIn]:
    """Fifteen customers: hospitals and pharmacies; the last one's licence expired yesterday."""
    return [
        PartyIn(
            code=f"C{number:03}",
            name=f"{_PLACES[number % 12]}{_FANCY[(number * 5) % 12]}{_HOSPITALS[number % 5]}"
            if number <= 10  # noqa: PLR2004 - ten hospitals, five pharmacies
            else f"{_FANCY[number % 12]}大药房（{_PLACES[(number * 7) % 12]}店）",
            roles=["customer"],
            licences=[_licence("医疗机构执业许可证", f"医许{number:06}", EVERYTHING, _until(number, today))],
            min_remaining_days=HALF_A_YEAR if f"C{number:03}" in DEMANDING_CUSTOMERS else None,
        )
        for number in range(1, 16)
    ]


def _until(number: int, today: date) -> date:
    return today - timedelta(days=1) if f"C{number:03}" == EXPIRED_CUSTOMER else date(2099, 12, 31)


def carriers() -> list[PartyIn]:
    """Three carriers, one of them of the cold chain."""
    names = ("迅达医药物流", "北辰冷链运输", "顺途货运")
    return [
        PartyIn(code=f"L{number:03}", name=f"{name}有限公司", roles=["carrier"])
        for number, name in enumerate(names, 1)
    ]


def _licence(kind: str, number: str, scope: list[str], until: date) -> LicenceIn:
    return LicenceIn(
        kind=kind,
        number=number,
        scope=scope,
        valid_from=date(2021, 7, 1),
        valid_until=until,
    )
