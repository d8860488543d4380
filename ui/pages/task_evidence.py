"""UI pages: what a decision rests on, at the head of its task: differences themselves."""

from collections.abc import Mapping
from typing import Any

from domain.errors import Refusal
from domain.sop_definition import FormField
from services import found_before, stocktakes
from services.found_before import FoundBefore, LineView
from services.permissions import Permission
from services.stocktakes import Differences, Variance
from services.tasks import TaskView
from ui import formats, goods_words
from ui import words as codes
from ui.contexts.parts import Cell, Fact, Section
from ui.definition_forms import answer_facts, read_form
from ui.pages.stocktakes import ORDERS
from ui.translation import mark
from ui.view import View

STOCKTAKING = "stocktaking"
DEAREST = 5
OF_A_NOTICE = {"absent": mark("Not in our books"), "unread": mark("Words that were not understood")}
"""Lines of a recall's scope that are no batch."""


async def sections(view: View, found: TaskView) -> list[Section]:
    """The differences of a count for who reviews or approves it; else what earlier lists of the run found."""
    task = found.task
    if task.sop != STOCKTAKING:
        before = await found_before.of_task(view.platform, task, actor=view.person)
        return [_list(view, one) for one in sorted(before, key=lambda one: not one.with_reason)]
    if "blind" in (task.content["lines"] or {}):
        return []
    try:
        differences = await stocktakes.differences(view.platform, task.run_id, actor=view.person)
    except Refusal:
        return []
    return [variances(view, differences)]


def variances(view: View, found: Differences) -> Section:
    """The dearest differences with value and cause, and the way to all of them."""
    _ = view.words.gettext
    lines = sorted(found.lines, key=ORDERS["value"][1])
    facts = [_variance(view, one) for one in lines[:DEAREST]]
    href = f"/runs/{found.run.id}/variances"
    label = _("All %(n)s, by value, with photos", n=len(lines))
    return Section(_("Differences"), facts=[*facts, Fact(label, Cell(_("Open"), href=href))])


def _variance(view: View, one: Variance) -> Fact:
    _, data, words = view.words.gettext, one.data, view.words
    name = words.pick({"zh": data["material_name"], "en": one.material_en})
    worth = _("%(value)s CNY", value=data["value"]) if "value" in data else _("not valued")
    review: Mapping[str, Any] = one.review or {}
    said = [name, _("Books %(n)s", n=formats.quantity(data["expected"], str(data["unit"])))]
    if review.get("cause"):
        said.append(codes.word(goods_words.CAUSES, str(review["cause"]), words))
    said += [str(review["reason"])] if review.get("reason") else []
    if one.outcome:
        said.append(codes.word(codes.LINE_OUTCOMES, one.outcome, words))
    label = f"{data['batch_number']} · {data['location']}"
    return Fact(
        label, Cell(f"{data['variance']:+d}{formats.NO_BREAK}{data['unit']} · {worth}", sub=" · ".join(said))
    )


def _list(view: View, one: FoundBefore) -> Section:
    """A list: its lines with what was found; folded where nobody gave a reason for anything."""
    _, task = view.words.gettext, one.task
    title = view.words.pick({"zh": task.title_zh, "en": task.title_en})
    form = read_form(task.content["lines"]["form"], task.content.get("order") or {}, "lines/form")
    facts = [_line(view, one, line, form) for line in one.lines]
    if view.person.may(Permission.TASK_READ, task.site_id):
        more = _("There are more") if one.more else _("The whole list")
        facts.append(Fact(more, Cell(_("Open"), href=f"/tasks/{task.id}/scan")))
    elif one.more:
        facts.append(Fact(_("There are more"), Cell("")))
    head = _("%(step)s: what was found", step=title) if one.with_reason else title
    return Section(head, facts=facts, folded=not one.with_reason)


def _line(view: View, one: FoundBefore, line: LineView, form: Mapping[str, FormField]) -> Fact:
    """Goods and batch; the result; how many the list said and what was written down instead."""
    _, data, result = view.words.gettext, line.data, line.result or {}
    label = _label(view, line)
    known = {"zh": str(data.get("material_name") or data.get("text") or ""), "en": line.material_en or ""}
    name = view.words.pick(known) or view.words.own(str(data.get("material") or label))
    listed = one.task.content["lines"]["outcomes"].get(line.outcome or "", {}).get("label")
    word = view.words.pick(listed) if listed else ""
    said = [name]
    if data.get("quantity"):  # of words in a notice there is none
        said.append(_("listed %(n)s", n=formats.quantity(data["quantity"], str(data.get("unit") or ""))))
    said += [f"{fact.label} {_plain(fact.cell.value)}" for fact in answer_facts(form, result, view.words)]
    if result.get("reason") and "reason" not in form:
        said.append(str(result["reason"]))
    return Fact(label, Cell(word or _("open"), sub=" · ".join(said)))


def _label(view: View, line: LineView) -> str:
    """What a line is about: its batch, else what it is among the lines of its list, else its key."""
    kind = OF_A_NOTICE.get(str(line.data.get("kind")))
    return str(line.data.get("batch_number") or (view.words.gettext(kind) if kind else line.key))


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
