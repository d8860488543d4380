"""UI pages: what a scan has put into the line at hand is kept, and a line that is left unconfirmed is named.

The browser keeps what is typed; what a scan fills in comes with the answer, and the next scan may follow
at once.
"""

from collections.abc import Mapping
from uuid import uuid4

from domain.errors import Refusal
from services import worklists
from services.worklists import ScanAnswer
from ui.contexts.work import LinePanel
from ui.definition_forms import posted_data
from ui.pages.line_context import places_of, unscanned
from ui.pages.task_context import TaskReading


async def keep_at_hand(
    reading: TaskReading, answer: ScanAnswer, fields: Mapping[str, str], panel: LinePanel | None
) -> str:
    """Keep a scanned place with its line; words for a line that was left with one and is not confirmed."""
    number, places = fields.get("line", ""), places_of(reading)
    if not number.isdigit() or not places or not reading.found.scan:
        return ""
    values = dict(posted_data(reading.line_form, await reading.view.posted()))
    left = panel is None or panel.number != int(number)
    if answer.location and not left:
        values |= dict.fromkeys(places, answer.location)
    elif not left or not any(values.get(name) for name in places):
        return ""
    try:
        kept = await _keep(reading, int(number), values)
    except Refusal:
        return ""
    if not left or not kept:
        return ""
    return reading.view.words.gettext(
        "Line %(n)s is not confirmed yet; what was filled in is kept.", n=number
    )


async def _keep(reading: TaskReading, number: int, values: Mapping[str, object]) -> bool:
    """Whether there was something to keep: a line that has its result is not touched."""
    page = await worklists.lines(
        reading.view.platform, reading.found.task.id, actor=reading.view.person, after=number - 1, limit=1
    )
    if not page.items or page.items[0].line != number or page.items[0].outcome:
        return False
    await worklists.keep_line(
        reading.view.platform,
        reading.found.task.id,
        number,
        result_id=uuid4(),  # a scan names none; that the line has no result was seen above
        data=unscanned(reading, page.items[0], values),
        epoch=reading.found.task.epoch,
        actor=reading.view.person,
        request_id=reading.view.request_id,
    )
    return True
