"""Services: what an expression of a draft may name at each step, with an example value of each (D1).

Knows no HTTP.
"""

from collections.abc import Mapping

from db.queries import references
from domain.sop_definition import SopDefinition
from domain.sop_findings import DefinitionInvalid
from domain.sop_mending import mended
from domain.sop_scope import scopes
from domain.sop_stand_in import PLAUSIBLE
from domain.sop_yaml import parse
from services import decision_tables, sop_calls
from services.permissions import Permission, require
from services.platform import Actor, Platform
from services.sop_checks import catalogue_of

GIVEN = "_given"


async def names_of(platform: Platform, source: str, *, actor: Actor) -> Mapping[str, Mapping[str, str]]:
    """Types of the names by step id ("" for the definition itself); nothing while the text cannot be read.

    What is unfinished in one place does not take the names from the others.
    """
    require(actor, Permission.SOP_DRAFT)
    definition = readable(source)
    if definition is None:
        return {}
    async with platform.database.read() as tx:
        keys = sop_calls.keys_called(definition)
        called = await sop_calls.in_force(tx, keys, await references.clock_now(tx))
        tables = await decision_tables.newest(tx)
    found = scopes(definition, catalogue_of(platform), tables, calls=called)
    return {key: scope.types for key, scope in found.items()}


def readable(source: str) -> SopDefinition | None:
    """The definition that a text is, or would be if its unfinished places were filled in."""
    try:
        return parse(source).definition
    except DefinitionInvalid:
        other = mended(source)
        return parse(other.text).definition if other else None


def example(type_: str) -> str:
    """A value of a type as an expression writes it; '' where it has no literal."""
    value = PLAUSIBLE.get(type_)
    if value is None:
        return ""
    if type_ in {"string", "decimal"}:
        return f"'{value}'"
    return {"bool": "true", "date": f"date('{value}')"}.get(type_, str(value))
