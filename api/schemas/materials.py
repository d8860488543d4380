"""Room `api`: the shapes of materials. A material is posted in the domain's own shape."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import model_validator

from api.schemas.base import Answer, BothLanguages, Changed, both_names
from domain.master_data import MaterialChanges


class UnitOut(Answer):
    """One `unit` is `numerator / denominator` base units."""

    unit: str
    numerator: int
    denominator: int


class GtinOut(Answer):
    """A GTIN of 14 digits and the unit that it stands on."""

    gtin: str
    unit: str


class MaterialOut(Answer):
    """A material with all record fields."""

    id: UUID
    code: str
    name: BothLanguages
    generic_name: str
    dosage_form: str
    specification: str
    approval_number: str
    holder: str
    manufacturer: str
    manufacturer_name: str
    storage_class: str
    special_control: bool
    category: str
    base_unit: str
    carton_quantity: int
    unit_value: str | None
    abc_class: str | None
    record_class: str | None
    active: bool
    version: int
    units: list[UnitOut]
    gtins: list[GtinOut]

    @model_validator(mode="before")
    @classmethod
    def _names(cls, row: Any) -> Any:
        return both_names(cls, row)


class MaterialChange(Changed):
    """Changes to a material and why."""

    changes: MaterialChanges
