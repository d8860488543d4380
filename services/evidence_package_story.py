"""Services: a run as people read it in an evidence package - one story for the report and for the page.

Sentences, signatures and stock moves in both languages; nothing is typed anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.canonical import instant
from domain.sop_definition import Text
from services import run_moves, run_outages, runs, timeline
from services.note_parts import Sayer
from services.record_words import CODES
from services.run_note import STATES, filled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from db.queries.run_moves import RunMove
    from services.note_parts import Words
    from services.platform import Actor, Platform
    from services.runs import RunView
    from services.timeline import TimelineEntry

LANGUAGES = ("zh", "en")
MOST_MOVES = 5000
POSTINGS: Mapping[str, Words] = {
    "receipt": ("收货", "receipt"),
    "put_away": ("上架", "put-away"),
    "status_change": ("状态变更", "status change"),
    "issue": ("出库", "issue"),
    "destruction": ("销毁", "destruction"),
    "sample": ("取样", "sample"),
    "count_adjustment": ("盘点调整", "count adjustment"),
    "transfer_out": ("调拨出库", "transfer out"),
    "transfer_in": ("调拨入库", "transfer in"),
    "supplier_return": ("购进退出", "return to supplier"),
    "customer_return": ("销售退回", "return from customer"),
    "reversal": ("冲销", "reversal"),
}
OUTSIDE: Mapping[str, Words] = {
    "internal": ("仓库", "warehouse"),
    "supplier": ("供货单位", "supplier"),
    "customer": ("购货单位", "customer"),
    "transit": ("在途", "in transit"),
    "destroyed": ("已销毁", "destroyed"),
    "sample": ("样品", "sample"),
    "count": ("盘点差异", "count difference"),
}


async def story(platform: Platform, run_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """What is told of the run; NotFound, NotPermitted as for reading it."""
    entries = await timeline.run_timeline(platform, run_id, actor=actor, with_events=False)
    found = await runs.get(platform, run_id, actor=actor)
    moves = await run_moves.moves_of_run(platform, run_id, actor=actor, limit=MOST_MOVES)
    row = found.row
    entries = run_outages.among(entries, await run_outages.of_run(platform, row) or ())
    ended = found.outcomes.get(row.id)
    return {
        "type": "run_story",
        "v": 1,
        "id": str(row.id),
        "title": {"zh": row.title_zh, "en": row.title_en},
        "summary": {"zh": row.summary_zh, "en": row.summary_en},
        "number": row.business_key or "",
        "sop": row.sop,
        "version": row.version,
        "definition_sha256": row.sha256,
        "site": {"zh": row.site_zh, "en": row.site_en},
        "time_zone": row.time_zone,
        "started_at": instant(row.started_at),
        "started_by": row.started_by_name,
        "ended_at": instant(row.ended_at) if row.ended_at else None,
        "state": _text(ended) if ended else both(STATES[row.state]),
        "documents": [one.number for one in found.documents],
        "lines": [_line(found, one) for one in entries],
        "signatures": [_signature(found, one) for one in entries if one.signature],
        "moves": [_move(one) for one in moves],
    }


def _line(found: RunView, entry: TimelineEntry) -> dict[str, Any]:
    said = {}
    for language in LANGUAGES:
        say = Sayer(language, found.row.time_zone)
        said[language] = say.word(("；", "; ")).join(filled(say, found.definition, entry, language))
    return {
        "at": instant(entry.at),
        "text": _text(entry.text),
        "actor": entry.actor or "",
        "filled": said,
        "refused": entry.refused,
    }


def _signature(found: RunView, entry: TimelineEntry) -> dict[str, Any]:
    """As it must be shown; `superseded` says of work that was sent back that it counts no more, else ''."""
    one = entry.signature
    assert one is not None
    over = {lang: Sayer(lang, found.row.time_zone).superseded(one.superseded) for lang in LANGUAGES}
    return {
        "printed_name": one.printed_name,
        "post": _text(one.post),
        "meaning": _text(one.meaning),
        "at": instant(one.at),
        "content_sha256": one.content_sha256,
        "superseded": over,
    }


def _move(move: RunMove) -> dict[str, Any]:
    return {
        "at": instant(move.occurred_at),
        "kind": both(POSTINGS.get(move.kind, (move.kind, move.kind))),
        "material": {"zh": move.material_zh, "en": move.material_en or move.material_zh},
        "batch": move.batch_number,
        "quantity": f"{move.quantity} {move.base_unit}",
        "from": place_words(move.from_kind, move.from_site, move.from_location, move.from_status),
        "to": place_words(move.to_kind, move.to_site, move.to_location, move.to_status),
    }


def place_words(kind: str, site: str | None, location: str | None, status: str | None) -> dict[str, str]:
    """Where goods were or went, in both languages."""
    found = {}
    for at, language in enumerate(LANGUAGES):
        where = " ".join(part for part in (site, location) if part) if kind == "internal" else ""
        words = CODES["status"].get(status or "", ("", ""))[at]
        parts = [where or OUTSIDE.get(kind, (kind, kind))[at], words]
        found[language] = " · ".join(part for part in parts if part)
    return found


def _text(text: Text) -> dict[str, str]:
    return {"zh": text.in_language("zh"), "en": text.in_language("en")}


def both(words: Words) -> dict[str, str]:
    return {"zh": words[0], "en": words[1]}
