"""Domain: positions of stock as the lines of a set - the columns that procedures on whole positions share."""

from __future__ import annotations

from collections.abc import Mapping

POSITION_COLUMNS: Mapping[str, str] = {
    "number": "int",
    "batch_id": "string",
    "batch_number": "string",
    "expires_on": "date",
    "expires_on_given": "bool",
    "material": "string",
    "material_name": "string",
    "specification": "string",
    "unit": "string",
    "storage_class": "string",
    "special_control": "bool",
    "site": "string",
    "location": "string",
    "location_id": "string",
    "owner_id": "string",
    "status": "string",
    "quantity": "int",
}
POSITION_AGGREGATES: Mapping[str, str] = {"any_special_control": "bool", "sum_quantity": "int"}
