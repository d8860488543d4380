"""Services: the printed record of a run of any procedure - what was done, by whom, filled in, signed.

It is the run's time line on paper; printing it is audited (E6). What the reader may not see yet - the figures
of a blind count - is not on it. Knows no HTTP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from domain.sop_definition import Text
from domain.timeline_names import step_of
from services import print_notes, run_outages, runs, timeline
from services.note_parts import COLON, SIGNATURES, Sayer
from services.print_notes import Note, NoteSignature, NoteTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from domain.sop_definition import SopDefinition
    from services.platform import Actor, Platform
    from services.runs import RunView
    from services.timeline import TimelineEntry

MOST_LINES = 2000
OF_A_SIGNATURE = ("rule", "content_hash")
"""What the system notes with a further signature; the signature itself tells it."""
STATES = {
    "running": ("进行中", "running"),
    "suspended": ("已暂停", "suspended"),
    "incident": ("有异常待处理", "has an incident"),
    "completed": ("已结束", "ended"),
    "cancelled": ("已取消", "cancelled"),
    "failed": ("被终止", "was ended from outside"),
}
UNKNOWN = (
    "无引擎历史可查，系统是否有过没有响应的时间，本记录未载",
    "There is no engine history at hand: whether the system ever did not answer is not in this record",
)
FOOTER = ("本记录由系统根据流程的全部历史生成", "Set by the system from the whole history of the run")


async def pdf(
    platform: Platform, run_id: UUID, *, actor: Actor, language: str = "zh", request_id: str = ""
) -> tuple[str, bytes]:
    """File name and PDF of a run's record; NotFound, NotPermitted as for reading it."""
    entries = await timeline.run_timeline(platform, run_id, actor=actor, with_events=False)
    found = await runs.get(platform, run_id, actor=actor)
    away = await run_outages.of_run(platform, found.row)
    entries = run_outages.among(entries, away or ())
    made = await print_notes.pdf(_note(found, entries, language, known=away is not None))
    async with platform.database.write(actor.ref, request_id) as tx:
        await tx.audit("print.run", "run", str(run_id), after={"language": language}, run_id=run_id)
    return f"{found.row.business_key or run_id}.pdf", made


def _note(found: RunView, entries: Sequence[TimelineEntry], language: str, *, known: bool) -> Note:
    """`known`: there is a history that tells when the system did not answer."""
    row = found.row
    say = Sayer(language, row.time_zone)
    shown = entries[:MOST_LINES]
    lines = NoteTable(
        say.word(("经过", "What was done")),
        [
            say.word(words)
            for words in (("时间", "When"), ("内容", "What"), ("人员", "Who"), ("填写内容", "Filled in"))
        ],
        [
            [
                say.instant(one.at),
                one.text.in_language(language),
                one.actor or say.word(("系统", "System")),
                say.word(("；", "; ")).join(filled(say, found.definition, one, language)),
            ]
            for one in shown
        ],
        widths=[3, 5, 2, 5],
    )
    cut = (
        "仅打印前 {} 行，其余见系统",
        "Only the first {} lines are printed; the others stand in the system",
    )
    return Note(
        title=_pick(Text(zh=row.title_zh, en=row.title_en), language),
        number=row.business_key or str(row.id),
        issuer=say.word((row.site_zh, row.site_en)),
        facts=list(_facts(say, found, language)),
        tables=[lines],
        signatures=[
            NoteSignature(
                _pick(one.signature.meaning, language),
                f"{one.signature.printed_name} · {_pick(one.signature.post, language)}",
                say.instant(one.signature.at),
                say.superseded(one.signature.superseded),
            )
            for one in entries
            if one.signature
        ],
        signatures_title=say.word(SIGNATURES),
        remarks=[
            *([say.word(cut).format(MOST_LINES)] if len(entries) > MOST_LINES else []),
            *([] if known else [say.word(UNKNOWN)]),
        ],
        footer=say.word(FOOTER),
        language=language,
    )


def _facts(say: Sayer, found: RunView, language: str) -> Iterator[tuple[str, str]]:
    row = found.row
    yield say.word(("规程版本", "Version of the procedure")), f"{row.sop} v{row.version}"
    yield say.word(("发起", "Started")), f"{say.instant(row.started_at)} {row.started_by_name}"
    if row.ended_at:
        yield say.word(("结束", "Ended")), say.instant(row.ended_at)
    ended = found.outcomes.get(row.id)
    yield say.word(("状态", "State")), _pick(ended, language) if ended else say.word(STATES[row.state])
    yield say.word(("流程编号", "Run")), str(row.id)
    yield say.word(("定义 SHA-256", "SHA-256 of the definition")), row.sha256


def filled(
    say: Sayer, definition: SopDefinition | None, entry: TimelineEntry, language: str
) -> Iterator[str]:
    """What was entered, by the labels of the form; a reason; how many lines a work list had."""
    data = entry.data.get("data")
    form = _form(definition, entry.step_path)
    for name, value in data.items() if isinstance(data, dict) else ():
        if name in OF_A_SIGNATURE and name not in form:
            continue
        field = form.get(name)
        label = _pick(field.label, language) if field else name
        options = field.options if field else {}
        said = (
            _pick(options[value], language)
            if isinstance(value, str) and value in options
            else _value(say, value)
        )
        yield f"{label}{say.word(COLON)}{said}"
    if reason := entry.data.get("reason"):
        yield f"{say.word(('原因', 'Reason'))}{say.word(COLON)}{reason}"
    lines = entry.data.get("lines")
    if isinstance(lines, dict) and "count" in lines:
        yield say.word(("作业清单 {} 行", "work list of {} lines")).format(lines["count"])


def _form(definition: SopDefinition | None, path: str) -> Mapping[str, Any]:
    step = step_of(path) if path else ""
    found = next((one for one in definition.walk() if one.id == step), None) if definition else None
    return found.human.form if found and found.human else {}


def _value(say: Sayer, value: Any) -> str:
    if isinstance(value, bool):
        return say.word(("是", "yes") if value else ("否", "no"))
    if isinstance(value, list):  # attachments stand in the system under these ids
        return say.word(("{} 个附件", "{} attachments")).format(len(value))
    return "" if value is None else str(value)


def _pick(text: Text, language: str) -> str:
    return text.in_language(language)
