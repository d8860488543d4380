"""UI pages: the engine's own events of a run, each beside the sentence that tells it."""

import json
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter
from starlette.responses import Response

from domain.raw_events import RawEvent, by_number, tell
from services import runs, timeline
from services.permissions import Permission
from ui import formats
from ui.answers import PageRoute
from ui.contexts.engine_events import EngineEventsPage, EventShown
from ui.contexts.parts import Action
from ui.pages.listing import identity
from ui.session import page_permission
from ui.view import View

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Reader = Annotated[View, page_permission(Permission.RUN_READ)]
SHOWN, DIGITS = 50, 9


@router.get("/runs/{run}/engine")
async def engine_events(run: str, view: Reader) -> Response:
    """All events of a run as the engine has or had them; with `only` those of one line of its time line."""
    run_id = identity(run, "流程 / run")
    row = (await runs.get(view.platform, run_id, actor=view.person)).row
    told = tell(await timeline.raw_history(view.platform, run_id, actor=view.person))
    only = [int(one) for one in view.query("only").split(",") if one.strip().isdecimal()]
    wanted = list(by_number(told, only)) if only else told
    first = _number(view.query("from"))
    first = first if first < len(wanted) else 0
    address, shown = f"/runs/{run}/engine", view.in_zone(row.time_zone)
    title = view.words.pick({"zh": row.summary_zh, "en": row.summary_en})
    kept = f"&only={','.join(map(str, only))}" if only else ""
    later = first + SHOWN
    return shown.page(
        EngineEventsPage(
            title=view.words.gettext("Engine events"),
            eyebrow=view.words.pick({"zh": row.title_zh, "en": row.title_en}),
            back=Action(title or row.business_key or str(row.id), f"/runs/{run}"),
            events=_shown(shown, wanted[first:later], several=bool(told) and told[-1].execution > 1),
            count=len(wanted),
            earlier_href=f"{address}?from={max(0, first - SHOWN)}{kept}" if first else "",
            later_href=f"{address}?from={later}{kept}" if later < len(wanted) else "",
            whole_href=address if only else "",
        )
    )


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= DIGITS else 0


def _shown(view: View, events: Sequence[RawEvent], *, several: bool) -> list[EventShown]:
    found: list[EventShown] = []
    execution = 0
    for event in events:
        begins = event.execution if several and event.execution != execution else 0
        execution = event.execution
        at, zone = _when(view, event.at)
        found.append(
            EventShown(
                number=event.number,
                at=at,
                zone=zone,
                text=view.words.pick(event.text),
                type=event.type,
                fields=json.dumps(event.fields, ensure_ascii=False, indent=2, default=str),
                odd=not event.known,
                begins=begins,
            )
        )
    return found


def _when(view: View, text: str) -> tuple[str, str]:
    """The instant in the site's zone; what is none is shown as it is."""
    try:
        at = formats.as_instant(text)
    except ValueError:
        return text or "–", ""
    return formats.instant(at, view.zone, seconds=True), formats.offset(at, view.zone)
