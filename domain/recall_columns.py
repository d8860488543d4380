"""Domain: the columns of line sets and the inputs that the actions of a recall share."""

from __future__ import annotations

from collections.abc import Mapping

from domain.action_spec import words

SCOPE_COLUMNS: Mapping[str, str] = {
    "kind": "string",
    "text": "string",
    "because": "string",
    "certain": "bool",
    "batch_id": "string",
    "batch_id_given": "bool",
    "batch_number": "string",
    "material": "string",
    "material_name": "string",
    "specification": "string",
    "unit": "string",
    "expires_on": "date",
    "expires_on_given": "bool",
    "quantity": "int",
    "shipped": "int",
}
"""`kind` of a line: batch, absent (terms that name none of ours), unread (text that was not understood)."""
SCOPE_AGGREGATES: Mapping[str, str] = {
    "count_batches": "int",
    "count_doubtful": "int",
    "count_unread": "int",
    "any_special_control": "bool",
}
CONSIGNEE_COLUMNS: Mapping[str, str] = {
    "party": "string",
    "party_name": "string",
    "batches": "int",
    "quantity": "int",
}
CONSIGNED_COLUMNS: Mapping[str, str] = {
    "batch_id": "string",
    "batch_number": "string",
    "material": "string",
    "material_name": "string",
    "specification": "string",
    "unit": "string",
    "storage_class": "string",
    "special_control": "bool",
    "party": "string",
    "party_name": "string",
    "documents": "string",
    "quantity": "int",
    "recovered": "int",
    "unaccounted": "int",
}
STILL_THERE_COLUMNS: Mapping[str, str] = {**CONSIGNED_COLUMNS, "on_hand": "int"}
CONSIGNED_AGGREGATES: Mapping[str, str] = {
    "sum_quantity": "int",
    "sum_unaccounted": "int",
    "any_special_control": "bool",
}
SITE_COLUMNS: Mapping[str, str] = {"site": "string", "quantity": "int"}
RECALL = {"recall": "document<recall>"}
DRILL = {"drill": "bool"}
MAY_BE_DRILL = frozenset({"drill"})
OTHER_MODE = {
    "mode_differs": words(
        "该召回已按另一种方式（演练或真实）开立", "The recall is a drill and this is not, or the other way"
    )
}
PARTY = {**RECALL, "party": "string"}
ANSWER = {"batch_id": "string", "on_hand": "int", "consumed": "int", "destroyed": "int"}
