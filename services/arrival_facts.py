"""Services: what a record says of how goods came - when, how carried, how warm, received by whom (GSP 73-75).

Taken from the check on arrival of the record's own run: nothing is typed anew, and the person and the moment
are those of the answer (GSP annex 2). A run without such a check, and a record of before, says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from db.queries import run_answers
from domain.canonical import instant

if TYPE_CHECKING:
    from uuid import UUID

    from db.session import Reader

CHECK = "transport_mode"
"""The field by which a check on arrival is known: how the goods were carried."""
LOADED = "loading_temperature"
FIELDS: Mapping[str, str] = {
    CHECK: "transport_mode",
    "departure_temperature": "departure_temperature",
    "temperature": "arrival_temperature",
    "lowest": "lowest",
    "highest": "highest",
    "recorder": "recorder",
    "temperature_record": "temperature_record",
    "packaging": "packaging",
    "note": "arrival_note",
}
"""A field of the check -> the name under which the head of a record keeps it."""
NAMES = frozenset({*FIELDS.values(), "arrived_at", "receiver"})
"""What a head has of an arrival; `receiver` is a person's id, `temperature_record` those of files."""


async def of_run(tx: Reader, run_id: UUID) -> dict[str, Any]:
    """The head entries of a run's check on arrival, instants and decimals as text; {} before there is one."""
    check = await run_answers.last_with(tx, run_id, CHECK)
    if check is None:
        return {}
    said = {head: check.data[name] for name, head in FIELDS.items() if check.data.get(name)}
    known = {**await departure(tx, run_id), **said}
    return {**known, "arrived_at": instant(check.at), "receiver": str(check.person_id)}


async def departure(tx: Reader, run_id: UUID) -> dict[str, Any]:
    """How warm it was when the goods were loaded, where the run itself sent them."""
    loaded = await run_answers.last_with(tx, run_id, LOADED)
    return {"departure_temperature": loaded.data[LOADED]} if loaded is not None else {}
