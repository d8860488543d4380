"""Services: what the check says of the text of a procedure, by what is in force around it."""

from collections.abc import Mapping

import sqlalchemy as sa

from db import tables as t
from db.queries import references
from db.queries.actors import assignment_in_force
from db.session import Reader
from domain.action_catalogue import CATALOGUE, PROBE_CATALOGUE, ActionSpec
from domain.sop_bundle import Bundle, build
from domain.sop_definition import SopDefinition
from domain.sop_findings import DefinitionInvalid, Finding
from domain.sop_lint import lint
from domain.sop_mending import behind, mended
from domain.sop_yaml import ParsedSop, parse
from services import (
    calendars,
    decision_tables,
    sop_calls,
)
from services.platform import Platform


def catalogue_of(platform: Platform) -> Mapping[str, ActionSpec]:
    """The actions that a definition may use: the probes only in the drill."""
    if platform.settings.mode == "drill":
        return {**CATALOGUE, **PROBE_CATALOGUE}
    return CATALOGUE


async def check(tx: Reader, parsed: ParsedSop, platform: Platform, *, people: bool = False) -> list[Finding]:
    """Lint a definition; DefinitionInvalid when there are errors, otherwise its warnings."""
    held = await _people(tx)
    keys = sop_calls.keys_called(parsed.definition)
    findings = lint(
        parsed,
        catalogue_of(platform),
        await decision_tables.newest(tx),
        posts=set(held),
        people_per_post=held if people else None,
        called=await sop_calls.in_force(tx, keys, await references.clock_now(tx)),
    )
    if any(finding.severity == "error" for finding in findings):
        raise DefinitionInvalid(findings)
    return findings


async def findings_of(tx: Reader, source: str, platform: Platform) -> list[Finding]:
    """What the check says of a text today, errors and warnings; of an unfinished one what can be said."""
    try:
        parsed = parse(source)
    except DefinitionInvalid as invalid:
        other = mended(source)
        more = await _all_of(tx, parse(other.text), platform) if other else []
        return [*invalid.findings, *(behind(source, other, more) if other else [])]
    return await _all_of(tx, parsed, platform)


async def _all_of(tx: Reader, parsed: ParsedSop, platform: Platform) -> list[Finding]:
    try:
        return await check(tx, parsed, platform)
    except DefinitionInvalid as invalid:
        return invalid.findings


async def bundle_of(tx: Reader, definition: SopDefinition, platform: Platform) -> Bundle:
    """The definition frozen with tables, limits, calendar, actions and called SOPs as they are today."""
    keys = sop_calls.keys_called(definition)
    return build(
        definition,
        await decision_tables.newest(tx),
        await calendars.limits(tx),
        await calendars.calendar(tx, definition.jurisdiction),
        catalogue_of(platform),
        await sop_calls.in_force(tx, keys, await references.clock_now(tx)),
    )


async def _people(tx: Reader) -> dict[str, frozenset[str]]:
    """Every post with the people who hold it now, at any site."""
    held = t.post_assignment.c
    rows = await tx.rows(
        sa.select(t.post.c.code, sa.func.array_agg(held.person_id).label("people"))
        .outerjoin(t.post_assignment, sa.and_(held.post_id == t.post.c.id, assignment_in_force()))
        .group_by(t.post.c.code)
    )
    return {row["code"]: frozenset(str(one) for one in row["people"] if one) for row in rows}
