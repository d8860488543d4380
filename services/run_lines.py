"""Services: a page of the time line of a run - its lines, filtered, and what waits lay between them.

What it asks of the database does not grow with the run. The sentences are `domain.timeline`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from db.queries import changeovers, drill_evidence, superseded, timeline_beside, timeline_page
from db.queries._paging import cursor_of, position_of
from db.queries.timeline_page import Kind, LineFilter, LineRows
from domain.drill_clock import ClockTold
from domain.outages import AT_ONCE, START, Outage, outages
from domain.sop_definition import Text
from domain.timeline import timeline
from domain.timeline_entries import RunFacts, SignatureShown, TimelineEntry
from domain.waiting import Band, bands
from services import bundles, run_view
from services.permissions import Permission
from services.timeline import history_of, without_message

if TYPE_CHECKING:
    from db.queries.run_head import RunHead
    from db.session import Reader
    from services.platform import Actor, Platform

__all__ = ["Band", "Kind", "LineFilter", "Outage", "RunLines", "page"]

SIGNATURES = 15
TRIES = 20
"""Pages of rows of which none makes a line, one after the other, before a page is given as it is."""
Span = tuple[datetime, datetime]
EVER: Span = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
"""Tasks of a drill keep its clock, rows the real one: all its tasks are looked at."""


@dataclass(frozen=True)
class RunLines:
    """Lines, the oldest first, and where the next page is (None: there is none).

    `ways` are the paths that the whole run went, each once; `people` who acted in it, by id.
    """

    head: RunHead
    entries: Sequence[TimelineEntry]
    next: str | None
    waits: Sequence[Band] = ()
    outages: Sequence[Outage] = ()
    ways: Sequence[str] = ()
    people: Sequence[tuple[str, str]] = ()
    posts: Mapping[str, Text] = field(default_factory=dict)
    signatures: Sequence[SignatureShown] = ()


async def page(
    platform: Platform,
    run_id: UUID,
    *,
    actor: Actor,
    wanted: LineFilter | None = None,
    after: str | None = None,
    limit: int = 50,
    forward: bool = False,
    most: int | None = None,
    with_events: bool = True,
    with_rest: bool = False,
) -> RunLines:
    """The newest lines first, or `forward` the oldest; `with_rest` adds what is told of the whole run.

    A page has `limit` lines, or fewer so that they hold no more than `most` bytes of data.

    Who may count in the run, or counts at its site, sees what was entered and computed when that is over.
    """
    wanted = wanted or LineFilter()
    beyond, told = position_of(after, datetime, int) if after else (None, 0)
    drill = platform.settings.mode == "drill"
    async with platform.database.read() as tx:
        head = await run_view.readable_head(tx, run_id, actor)
        rows = await _rows(tx, head, wanted, beyond, limit, forward=forward, most=most)
        span = _span(head, rows, beyond, forward=forward)
        clock = ClockTold(await drill_evidence.advances(tx)) if drill else None
        near = timeline_page.tasks(
            run_id, rows.paths(), (EVER if drill else span) if wanted.everything else None
        )
        rest: Mapping[str, Any] = {}
        if with_rest:
            rest = await timeline_beside.beside(tx, run_id, head.workflow_id, SIGNATURES, near)
        tasks = rest["tasks"] if with_rest else await tx.rows(near)
        facts = await _facts(tx, head, rows, tasks, rest)
    first, last = beyond is None, rows.next_at is None
    facts = replace(
        facts,
        begins=_tells_beginning(head, wanted) and (first if forward else last),
        ends=wanted.everything and (last if forward else first),
        effects=[without_message(row) for row in facts.effects] if head.blind else facts.effects,
    )
    over = head.row.ended_at is not None
    history = await history_of(platform, run_id, archived=over) if with_events else []
    entries = timeline(facts, history)
    entries = [replace(one, seq=one.seq + told, data={} if head.blind else one.data) for one in entries]
    now = datetime.now(UTC)
    if clock:
        entries, now = [clock.line(one) for one in entries], clock.at(now)
    until = now if head.row.ended_at is None and first and not forward else None
    waits = bands([one.at for one in entries], tasks, until) if wanted.everything else []
    cursor = cursor_of(rows.next_at, told + len(entries)) if rows.next_at else None
    away = _outages(head, rows, history, span) if wanted.everything else []
    return RunLines(head, entries, cursor, waits, away, **_rest(rest, actor, facts, clock))


def _outages(head: RunHead, rows: LineRows, history: Sequence[Mapping[str, Any]], span: Span) -> list[Outage]:
    """When the system did not answer, of what begins on this page; also now, while the run is open."""
    asked = {str(row["id"]): row["recorded_at"] for row in rows.submissions}
    now = datetime.now(UTC) if head.row.ended_at is None else None
    waiting = [row for row in rows.submissions if row["accepted"] is None and row["kind"] in AT_ONCE]
    unanswered = {str(row["id"]) for row in waiting} if head.row.state == "running" else ()
    found = outages(history, {START: head.row.started_at, **asked}, now, unanswered)
    return [one for one in found if span[0] <= one.start < span[1]]


async def _rows(
    tx: Reader,
    head: RunHead,
    wanted: LineFilter,
    beyond: datetime | None,
    limit: int,
    *,
    forward: bool,
    most: int | None,
) -> LineRows:
    """The rows of the page; where none of them makes a line, those of the page beyond."""
    run = {"id": head.row.id, "workflow_id": head.workflow_id}
    for _ in range(TRIES):
        rows = await timeline_page.lines(
            tx, run, wanted, beyond=beyond, limit=limit, forward=forward, most=most
        )
        facts = RunFacts(run, (), rows.submissions, rows.effects, rows.audit, begins=False, ends=False)
        if rows.next_at is None or timeline(facts):
            break
        beyond = rows.next_at
    return rows


def _span(head: RunHead, rows: LineRows, beyond: datetime | None, *, forward: bool) -> Span:
    """From when to when the page tells."""
    begun, now = head.row.started_at, datetime.now(UTC)
    if forward:
        return beyond or begun, rows.next_at or now
    return rows.next_at or begun, beyond or now


def _tells_beginning(head: RunHead, wanted: LineFilter) -> bool:
    return wanted.everything or wanted == LineFilter(person=head.row.started_by)


async def _facts(
    tx: Reader,
    head: RunHead,
    rows: LineRows,
    tasks: Sequence[Mapping[str, Any]],
    rest: Mapping[str, Any],
) -> RunFacts:
    """What the sentences are made of; `rest` has the whole run's already, or is empty."""
    if rest:
        left, over = rest["left"], superseded.of_steps(rest["steps"])
    else:
        left = await changeovers.left_by(tx, head.row.id) if head.changeovers else []
        over = await superseded.of_run(tx, head.row.id)
    definition = (await bundles.bundle_of(tx, head.row.sop_version_id, head.row.sha256)).definition
    return RunFacts(
        run={**vars(head.row), "inputs": head.inputs},
        tasks=tasks,
        submissions=rows.submissions,
        effects=rows.effects,
        audit=rows.audit,
        definition=definition,
        chosen=_chosen(rows.submissions),
        changeovers=left,
        left=[(await bundles.bundle_of(tx, one["sop_version_id"], one["sha256"])).definition for one in left],
        superseded=over,
    )


def _chosen(submissions: Sequence[Mapping[str, Any]]) -> dict[str, Text]:
    """The names of whom people gave tasks or asked to sign: persons by id, posts by code."""
    found = {}
    for row in submissions:
        if row["chosen_person"]:
            found[str(row["data"]["person"])] = Text(zh=row["chosen_person"], en=row["chosen_person"])
        if row["chosen_post_zh"]:
            found[str(row["data"]["post"])] = Text(zh=row["chosen_post_zh"], en=row["chosen_post_en"])
    return found


def _rest(rest: Mapping[str, Any], actor: Actor, facts: RunFacts, clock: ClockTold | None) -> dict[str, Any]:
    """What is told of the whole run; posts by name for who may read what they are called."""
    if not rest:
        return {}
    named = actor.may(Permission.MASTER_READ)
    signed = [_signature(row, facts) for row in rest["signatures"]]
    return {
        "ways": [row["path"] for row in rest["ways"]],
        "people": [(str(row["id"]), row["name"]) for row in rest["people"]],
        "posts": {row["code"]: Text(zh=row["name_zh"], en=row["name_en"]) for row in rest["posts"] if named},
        "signatures": [clock.signature(one) for one in signed] if clock else signed,
    }


def _signature(row: Mapping[str, Any], facts: RunFacts) -> SignatureShown:
    return SignatureShown(
        printed_name=row["printed_name"],
        post=Text(zh=row["post_name_zh"], en=row["post_name_en"]),
        meaning=Text(zh=row["meaning_zh"], en=row["meaning_en"]),
        at=row["recorded_at"],
        content_sha256=row["content_sha256"],
        superseded=facts.superseded.get(row["path"] or ""),
    )
