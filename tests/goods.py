"""Sites, partners and materials of the tests' company."""

from typing import Any


def zone(code: str, kind: str, storage_class: str, *locations: str) -> dict[str, Any]:
    return {"code": code, "name": code, "kind": kind, "storage_class": storage_class, "locations": locations}


SITE: dict[str, Any] = {
    "code": "SH1",
    "name": {"zh": "上海一库", "en": "Shanghai 1"},
    "legal_entity": "LE1",
    "region": "east",
    "time_zone": "Asia/Shanghai",
    "zones": [
        zone("W", "waiting", "ambient", "W-01"),
        zone("WC", "waiting", "refrigerated", "WC-01"),
        zone("A", "storage", "ambient", "A-01", "A-02"),
        zone("C", "storage", "refrigerated", "C-01"),
        zone("X", "storage", "ambient", "X-01") | {"special_control": True},
        zone("R", "rejected", "ambient", "R-01"),
        zone("RC", "rejected", "refrigerated", "RC-01"),
        zone("F", "shipping", "ambient", "F-01"),
        zone("FC", "shipping", "refrigerated", "FC-01"),
    ],
}
SITES: list[dict[str, Any]] = [SITE, {**SITE, "code": "UR1", "time_zone": "Asia/Urumqi"}]
LICENCE = {"kind": "gsp", "number": "L1", "scope": ["drug", "device", "cold_chain", "special_control"]}


def supplier(code: str, name: str, **licence: Any) -> dict[str, Any]:
    valid = {**LICENCE, "valid_until": "2099-12-31", **licence}
    return {"code": code, "name": name, "roles": ["supplier"], "licences": [valid]}


PARTIES: list[dict[str, Any]] = [
    {"code": "MF1", "name": "甲药厂", "roles": ["manufacturer"]},
    supplier("S1", "甲医药"),
    {"code": "C1", "name": "甲医院", "roles": ["customer"]},
    {**supplier("C2", "乙医院"), "roles": ["customer"]},
]


def material(code: str, storage_class: str = "ambient", **more: Any) -> dict[str, Any]:
    return {
        "code": code,
        "name": {"zh": f"药品{code}", "en": f"Drug {code}"},
        "generic_name": f"通用名{code}",
        "dosage_form": "片剂",
        "specification": "10mg*12",
        "approval_number": "国药准字H20000001",
        "holder": "甲药厂",
        "manufacturer": "MF1",
        "storage_class": storage_class,
        "base_unit": "盒",
        "carton_quantity": 10,
        "units": [{"unit": "件", "numerator": 10}],
        **more,
    }


GTINS = {"M1": "4006381333931", "M2": "6901234567892", "M3": "4012345678901"}
MATERIALS = [
    material("M1", gtins=[GTINS["M1"]]),
    material("M2", "refrigerated", gtins=[GTINS["M2"]]),
    material("M3", gtins=[GTINS["M3"]], special_control=True),
]
