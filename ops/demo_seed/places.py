"""Room `ops`, demo company: two legal entities, three sites with zones and locations, departments. Pure."""

from __future__ import annotations

from domain.master_data import BothNames, LegalEntityIn, NamedIn, SiteIn, StorageClass, ZoneIn, ZoneKind

ENTITIES = [
    LegalEntityIn(
        code="XJE",
        name=BothNames(zh="循迹医药（华东）有限公司", en="Xunji Pharma East"),
        gs1_prefix="9521001",
    ),
    LegalEntityIn(
        code="XJW",
        name=BothNames(zh="循迹医药（西北）有限公司", en="Xunji Pharma Northwest"),
        gs1_prefix="9521002",
    ),
]
"""GS1 keeps the prefixes that begin with 952 for examples."""
DEPARTMENTS = [
    NamedIn(code="warehouse", name=BothNames(zh="仓储部", en="Warehouse")),
    NamedIn(code="quality", name=BothNames(zh="质量管理部", en="Quality")),
    NamedIn(code="purchasing", name=BothNames(zh="采购部", en="Purchasing")),
    NamedIn(code="sales", name=BothNames(zh="销售部", en="Sales")),
    NamedIn(code="management", name=BothNames(zh="总经办", en="Management")),
    NamedIn(code="it", name=BothNames(zh="信息部", en="Information technology")),
]
MAIN = "SHP"
SECOND = "SZW"
WEST = "URC"

SPECIAL = "X"
"""The sign of the locked zones for special-control drugs: they stand there and nowhere else."""

_CLASSES: dict[StorageClass, tuple[str, str, str]] = {
    "ambient": ("A", "常温", "Ambient"),
    "cool": ("B", "阴凉", "Cool"),
    "refrigerated": ("C", "冷藏", "Refrigerated"),
    "frozen": ("D", "冷冻", "Frozen"),
}
_KINDS: list[tuple[ZoneKind, str, str, str, tuple[StorageClass, ...]]] = [
    ("storage", SPECIAL, "特殊管理药品专库", "special-control store", ("ambient", "cool", "refrigerated")),
    ("waiting", "W", "待验区", "waiting zone", ("ambient", "cool", "refrigerated", "frozen")),
    ("rejected", "R", "不合格品区", "rejected zone", ("ambient", "refrigerated")),
    ("returned", "T", "退货区", "returns zone", ("ambient", "refrigerated")),
    ("recalled", "Z", "召回区", "recall zone", ("ambient", "refrigerated")),
    ("shipping", "F", "发货区", "shipping zone", ("ambient", "refrigerated")),
]


def sites() -> list[SiteIn]:
    """Three sites in two regions and two time zones."""
    return [
        _site(MAIN, "上海浦东仓", "Shanghai Pudong", "XJE", "华东", "Asia/Shanghai", 12),
        _site(SECOND, "苏州吴中仓", "Suzhou Wuzhong", "XJE", "华东", "Asia/Shanghai", 8),
        _site(WEST, "乌鲁木齐仓", "Urumqi", "XJW", "西北", "Asia/Urumqi", 8),
    ]


def _site(code: str, zh: str, en: str, entity: str, region: str, time_zone: str, places: int) -> SiteIn:
    return SiteIn(
        code=code,
        name=BothNames(zh=zh, en=en),
        legal_entity=entity,
        region=region,
        time_zone=time_zone,
        zones=[*_storage(places), *_special_zones()],
    )


def _storage(places: int) -> list[ZoneIn]:
    """A storage zone of each class; locations are letter-aisle-place, B-01-03."""
    return [
        ZoneIn(
            code=f"S{letter}",
            name=BothNames(zh=f"{zh}库合格品区", en=f"{en} storage"),
            kind="storage",
            storage_class=storage,
            locations=[
                f"{letter}-{aisle:02}-{place:02}" for aisle in (1, 2) for place in range(1, places + 1)
            ],
        )
        for storage, (letter, zh, en) in _CLASSES.items()
    ]


def _special_zones() -> list[ZoneIn]:
    """The coloured zones, and the locked one for special-control drugs."""
    return [
        ZoneIn(
            code=f"{sign}{_CLASSES[storage][0]}",
            name=BothNames(zh=f"{_CLASSES[storage][1]}{zh}", en=f"{_CLASSES[storage][2]} {en}"),
            kind=kind,
            storage_class=storage,
            special_control=sign == SPECIAL,
            locations=[f"{sign}{_CLASSES[storage][0]}-{place:02}" for place in (1, 2)],
        )
        for kind, sign, zh, en, classes in _KINDS
        for storage in classes
    ]
