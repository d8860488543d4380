"""UI pages: evidence - how far it is sealed and archived, and a verification that shows how far it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from domain.errors import Refusal
from domain.given_heads import given_heads
from services import audit, evidence_check, evidence_reading
from services.evidence_check import Cursor, EvidenceScope, EvidenceVerdict
from services.permissions import Permission
from ui.answers import PageRoute, status_of
from ui.contexts.evidence import EvidencePage, Verification, VerificationPart
from ui.formats import zone_of
from ui.pages import evidence_parts as parts
from ui.pages.evidence_package import to_package
from ui.pages.evidence_parts import LEVEL_CHOICES, Asked
from ui.pages.retention import to_retention
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.AUDIT_READ)]
Asker = Annotated[View, page_permission(Permission.AUDIT_READ, asks=True)]
COUNTS = ("blocks", "rows", "contents", "runs", "events", "deleted")
KEPT = 100
"""Findings that are written down with the verification; the page lists all."""


@router.get("/evidence")
async def show(view: Reader) -> Response:
    """How things stand; with something chosen, the first step of its verification."""
    begun, note, status = None, "", 200
    asked = parts.asked({name: view.query(name) for name in parts.NAMES})
    if view.query("begin"):
        try:
            begun = await _next(view, asked, {})
        except Refusal as refusal:
            note, status = refusal.message(view.language), status_of(refusal)
    return view.page(await _page(view, asked, begun, note), status)


@router.post("/evidence")
async def go_on(view: Asker) -> Response:
    """The next step; what came before is in the form."""
    fields = await view.fields()
    asked = parts.asked(fields)
    try:
        found = await _next(view, asked, fields)
    except Refusal as refusal:
        return view.page(await _page(view, asked, None, refusal.message(view.language)), status_of(refusal))
    if view.swaps:
        return view.page(VerificationPart(found))
    return view.page(await _page(view, asked, found, ""))


async def _page(view: View, asked: Asked, found: Verification | None, note: str) -> EvidencePage:
    _ = view.words.gettext
    standing = await evidence_reading.standing(view.platform, actor=view.person)
    earlier = await audit.list_events(
        view.platform,
        actor=view.person,
        wanted=audit.AuditFilter(action="verify.evidence"),
        limit=10,
        request_id=view.request_id,
    )
    return EvidencePage(
        title=_("Evidence"),
        intro=_(
            "Records are sealed in signed blocks within seconds, and runs are archived when they end. "
            "A verification computes everything anew and names what is not as it was recorded."
        ),
        facts=parts.standing_facts(view, standing),
        keys=parts.key_table(view, standing),
        choice=parts.choice(view, asked),
        earlier=parts.earlier_table(view, earlier.items),
        verification=found,
        note=note,
        actions=[*to_package(view), *to_retention(view)],
    )


@dataclass
class _State:
    """Where a verification stands, as the page posts it back."""

    cursor: Cursor | None
    verdict: EvidenceVerdict
    found: int
    by_level: dict[int, int]


async def _next(view: View, asked: Asked, fields: Mapping[str, str]) -> Verification:
    levels = LEVEL_CHOICES.get(asked.levels, LEVEL_CHOICES["all"])
    given = given_heads(asked.head, view.words.gettext("Head from a mail")) if asked.head else []
    scope = await _scope(view, asked)
    state = _state(fields, levels)
    verdict = state.verdict
    if not fields.get("block") and not fields.get("archive"):
        verdict.findings += await evidence_check.opening(view.platform, levels)
    if state.cursor is not None:
        step = await evidence_check.step(view.platform, scope, levels, state.cursor)
        verdict.add(step)
        state.cursor = step.next
    over = state.cursor is None
    if over:
        await evidence_check.close(view.platform, scope, verdict, given)
    for finding in verdict.findings:
        state.by_level[finding.level] = state.by_level.get(finding.level, 0) + 1
    state.found += len(verdict.findings)
    if over:
        await evidence_reading.note_verified(
            view.platform, scope, verdict, actor=view.person, request_id=view.request_id, found=state.found
        )
    total = await evidence_check.extent(view.platform, scope, levels)
    return parts.verification(
        view,
        asked,
        verdict,
        total=total,
        found=state.found,
        by_level=state.by_level,
        state=() if over or state.cursor is None else _kept(asked, state),
        run=scope.run_id,
    )


async def _scope(view: View, asked: Asked) -> EvidenceScope:
    run = None
    if asked.of == "run":
        run = await evidence_reading.run_named(view.platform, asked.ref, actor=view.person)
    return await evidence_reading.scope_of(
        view.platform,
        actor=view.person,
        run=run,
        batch=asked.ref if asked.of == "batch" else None,
        person=asked.ref if asked.of == "person" else None,
        since=_instant(view, asked.since),
        until=_instant(view, asked.until, timedelta(days=1)),
    )


def _instant(view: View, day: date | None, later: timedelta = timedelta()) -> datetime | None:
    """The beginning of a day (or of the next) in the page's zone."""
    if day is None:
        return None
    return (datetime.combine(day, time(), zone_of(view.zone)) + later).astimezone(UTC)


def _state(fields: Mapping[str, str], levels: tuple[int, ...]) -> _State:
    """What came before, as the page posts it back; anything else begins anew."""
    verdict = EvidenceVerdict(levels)
    try:
        block = fields.get("block", "")
        cursor = Cursor(
            int(block) if block else None, UUID(fields["archive"]) if fields.get("archive") else None
        )
        for name in COUNTS:
            setattr(verdict, name, int(fields[name]))
        by_level = {level: int(fields[f"found{level}"]) for level in levels}
        return _State(cursor, verdict, sum(by_level.values()), by_level)
    except (KeyError, ValueError):
        return _State(Cursor(), EvidenceVerdict(levels), 0, {})


def _kept(asked: Asked, state: _State) -> tuple[tuple[str, str], ...]:
    cursor = state.cursor or Cursor()
    counts = {name: str(getattr(state.verdict, name)) for name in COUNTS}
    found = {f"found{level}": str(state.by_level.get(level, 0)) for level in state.verdict.levels}
    where = {
        "block": "" if cursor.block is None else str(cursor.block),
        "archive": str(cursor.archive or ""),
    }
    return tuple({**asked.fields, **where, **counts, **found}.items())
