"""UI pages: what the scan page says of one scan, in one word, one sentence and the code itself."""

from dataclasses import replace

from services import worklists
from services.worklists import ScanAnswer
from ui.contexts.work import LinePanel, Verdict
from ui.pages.line_context import places_of
from ui.pages.task_context import TaskReading

CODE_SHOWN = 48


def verdict_of(reading: TaskReading, answer: ScanAnswer, code: str, panel: LinePanel | None) -> Verdict:
    """What is said of one scan; `panel` is the line that it leads to or that was at hand."""
    _ = reading.view.words.gettext
    matched = answer.verdict == "matched"
    if answer.location and panel is None and _asks_for_a_place(reading):  # a place alone is kept nowhere
        said = _("Scan the goods or open their line first, then the place.")
        return Verdict("waiting", _("Goods first"), said, shown_code(code), fresh=True)
    why = answer.message.get(reading.view.language, "")
    repeated = "" if shown_code(code) in why else shown_code(code)  # told once
    undo_href = ""
    if matched and answer.line is not None:
        undo_href = f"{reading.address}/scans/{answer.scan_id}/undo"
    return Verdict(
        tone="matched" if matched else "refused",
        word=_("Right") if matched else _("Stop"),
        why=why,
        code=repeated,
        undo_href=undo_href,
        undo_label=_("Undo the last scan") if undo_href else "",
        fresh=True,
    )


async def with_undo(reading: TaskReading, verdict: Verdict) -> Verdict:
    """The same with the last scan that counts, to take it back where the one on the screen did not count."""
    view, _ = reading.view, reading.view.words.gettext
    if verdict.undo_href or not reading.found.scan or not reading.may_work or reading.awaiting:
        return verdict
    last = await worklists.last_counted(view.platform, reading.found.task.id, actor=view.person)
    if last is None:
        return verdict
    what = {"n": last.line, "count": last.quantity}
    asks = _("This scan counted nothing. Scan “undo” again to take back line %(n)s (%(count)s).", **what)
    return replace(
        verdict,
        undo_href=f"{reading.address}/scans/{last.scan_id}/undo",
        undo_label=_("Undo the last scan that counted: line %(n)s (%(count)s)", **what),
        undo_asks="" if verdict.tone == "waiting" else asks,
    )


def _asks_for_a_place(reading: TaskReading) -> bool:
    """Whether each line needs its place; elsewhere a place only says where somebody stands."""
    return any(name in reading.found.required for name in places_of(reading))


def shown_code(code: str) -> str:
    """A code as the screen repeats it: a long one by its beginning."""
    return code if len(code) <= CODE_SHOWN else f"{code[:CODE_SHOWN]}…"


def ready(reading: TaskReading) -> Verdict:
    """What is said before anything is scanned."""
    _ = reading.view.words.gettext
    if not reading.may_work or reading.awaiting:
        return Verdict("waiting", _("Line by line"), _("Open a line below to see what was found."), "")
    said = _("Scan a line, or open one below.") if reading.found.scan else _("Open a line below.")
    return Verdict("waiting", _("Ready"), said, "")
