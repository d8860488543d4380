"""Domain: lint rules of inputs and forms - fields that a person can fill in and an expression can name."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from domain.action_catalogue import DOCUMENT_FIELDS, LineSetType
from domain.decimals import NotADecimal, order_key
from domain.expressions import GIVEN
from domain.form_checks import names_of
from domain.forms import pattern_is_sound
from domain.scanned_lines import REQUIRED
from domain.sop_definition import Check, Form, FormField, Human, Wait, WorkList
from domain.sop_lint_context import Lint, located
from domain.sop_parts import Apart
from domain.submissions import REOPENED
from domain.type_words import type_words
from domain.yaml_text import Path

FROM_STOCK = frozenset({"location", "batch_id", "batch_number", "quantity"})
"""What a line says of goods that are taken from their place."""
TAKEN = frozenset({"outcome", "lines", "actor"})
"""Names that every human step gives; a form's own reason is the outcome's, a line's reason is a field."""
POSITION = frozenset({"location_id", "batch_id", "status", "owner_id"})
"""What tells a position of stock; lists of positions can be added to."""
_MANY = {"choice", "attachment", "text"}
_RANGED = {"integer", "decimal", "date"}


def check_forms(lint: Lint) -> None:
    """Inputs name a known kind of document; forms and work lists are sound."""
    for name, input_ in lint.definition.inputs.items():
        if input_.type == "document" and input_.kind not in DOCUMENT_FIELDS:
            known = ", ".join(DOCUMENT_FIELDS)
            lint.error(
                "document_kind", ("inputs", name), f"单据种类须为 {known}", f"the kind must be one of {known}"
            )
        if input_.options and input_.type != "text":
            words = ("选项只用于 text", "options belong to `text`")
            lint.error("field", ("inputs", name, "options"), *words)
        for other, value in input_.required_with.items():
            if other not in lint.definition.inputs or value not in lint.definition.inputs[other].options:
                words = (f"没有值为“{value}”的输入“{other}”", f"no input `{other}` has the option `{value}`")
                lint.error("field", ("inputs", name, "required_with", other), *words)
    for path, step in located(lint.definition):
        if step.human:
            _check_human(lint, (*path, "human"), step.id, step.human)
        if step.wait and step.wait.event:
            _check_event(lint, (*path, "wait"), step.id, step.wait)


def _check_human(lint: Lint, path: Path, step: str, human: Human) -> None:
    _check_form(lint, (*path, "form"), step, human.form, TAKEN | {"reason"})
    _check_checks(lint, path, step, human.form, human.checks, {})
    if human.lines is None:
        return
    work = human.lines
    shape = lint.scopes[step].line_sets.get(work.of.strip(), LineSetType({}))
    _check_form(lint, (*path, "lines", "form"), step, work.form, TAKEN | set(shape.columns))
    _check_checks(lint, (*path, "lines"), step, work.form, work.checks, shape.columns)
    if human.form:
        lint.error(
            "form",
            (*path, "form"),
            "明细任务的表单须写在 lines 中",
            "a work list has its form in `lines`",
            step,
        )
    if work.additions and not shape.columns.keys() >= POSITION:
        named = ", ".join(sorted(POSITION))
        words = (
            f"可补充明细的任务，其明细须有列 {named}",
            f"lines are added to lists with the columns {named}",
        )
        lint.error("columns", (*path, "lines", "additions"), *words, step)
    _check_scanned(lint, (*path, "lines"), step, work, shape.columns)
    for name, outcome in work.outcomes.items():
        if outcome.reason == "required" and "reason" not in work.form:
            words = (
                f"“{outcome.label.zh}”须写原因：请在每行记录的内容中加一项，其代码为 reason",
                f"“{outcome.label.en or name}” needs a reason: record `reason` of each line",
            )
            lint.error("field", (*path, "lines", "outcomes", name), *words, step)
        if outcome.go != "next":
            here: Path = (*path, "lines", "outcomes", name, "go")
            lint.error("target", here, "明细的结果不能转移流程", "the outcome of a line leads nowhere", step)
    for index, column in enumerate(work.reveal or []):
        if shape.columns and column not in shape.columns:
            here = (*path, "lines", "reveal", index)
            lint.error("columns", here, f"明细没有列“{column}”", f"the lines have no column `{column}`", step)


def _check_scanned(lint: Lint, path: Path, step: str, work: WorkList, columns: Mapping[str, str]) -> None:
    """Lists that goods are taken from, and lists whose lines are done when they are counted."""
    if work.from_stock and columns and not columns.keys() >= FROM_STOCK:
        named = ", ".join(sorted(FROM_STOCK))
        words = (f"取货明细须有列 {named}", f"goods are taken by lists with the columns {named}")
        lint.error("columns", (*path, "from_stock"), *words, step)
    if REOPENED in work.outcomes:
        words = (f"“{REOPENED}”已有他用", f"`{REOPENED}` is taken")
        lint.error("reserved_name", (*path, "outcomes", REOPENED), *words, step)
    if work.scan == REQUIRED and not any(one.reason == "required" for one in work.outcomes.values()):
        words = (
            "须扫描的明细要有一个需要原因的结果：货物不在或扫描为红色时用",
            "where scans are required some outcome needs a reason: for goods that are not there or red",
        )
        lint.error("field", (*path, "scan"), *words, step)
    counted = work.counted
    if counted is None:
        return
    outcome = work.outcomes.get(counted.outcome)
    needed = [name for name, part in work.form.items() if part.required or part.required_if is not None]
    if not work.scan or outcome is None or outcome.reason == "required" or needed:
        words = (
            "扫满即完成的结果须存在、不需要原因，且表单没有必填项",
            "the outcome of a counted line exists, wants no reason, and nothing in the form is required",
        )
        lint.error("field", (*path, "counted"), *words, step)
    typed = work.form.get(counted.quantity) if counted.quantity else None
    if counted.quantity and (typed is None or typed.type != "integer"):
        words = (f"没有整数项“{counted.quantity}”", f"there is no integer field `{counted.quantity}`")
        lint.error("field", (*path, "counted", "quantity"), *words, step)
    if counted.apart is not None:
        _check_apart(lint, (*path, "counted", "apart"), step, work, columns, counted.apart)


def _check_apart(
    lint: Lint, path: Path, step: str, work: WorkList, columns: Mapping[str, str], apart: Apart
) -> None:
    """Pieces are set apart from lines that know their serials, by an integer and a text."""
    if columns and "serials" not in columns:
        words = ("逐件区分的明细须有列 serials", "pieces are set apart from lines with the column `serials`")
        lint.error("columns", path, *words, step)
    for name, type_ in ((apart.quantity, "integer"), (apart.serials, "text")):
        typed = work.form.get(name)
        if typed is None or typed.type != type_ or typed.many:
            words = (f"没有 {type_} 项“{name}”", f"there is no {type_} field `{name}`")
            lint.error("field", path, *words, step)


def _check_checks(
    lint: Lint, path: Path, step: str, form: Form, checks: list[Check], columns: Mapping[str, str]
) -> None:
    names = names_of(form, columns, _brought(lint, path, step, form, checks))
    for index, check in enumerate(checks):
        here: Path = (*path, "checks", index)
        found = lint.type_among(names, (*here, "holds"), check.holds, step)
        if found not in (None, "bool"):
            is_ = type_words(found or "")
            words = (f"检查条件应为是或否，实为{is_[0]}", f"a check must be yes or no, this is {is_[1]}")
            lint.error("type", (*here, "holds"), *words, step)
        if check.field is not None and check.field not in form:
            words = (f"表单没有“{check.field}”项", f"the form has no field `{check.field}`")
            lint.error("field", (*here, "field"), *words, step)


def _brought(lint: Lint, path: Path, step: str, form: Form, checks: list[Check]) -> dict[str, str]:
    """The types of what checks bring along from earlier steps; one name stands for one thing in a form."""
    own = names_of(form, {})
    said: dict[str, str] = {}
    types = {}
    for index, check in enumerate(checks):
        for name, source in check.with_.items():
            here: Path = (*path, "checks", index, "with", name)
            if name in own or name == "line" or said.get(name, source) != source:
                lint.error("reserved_name", here, f"“{name}”已有他用", f"`{name}` is taken", step)
                continue
            said[name] = source
            types[name] = lint.type_of(here, source, step, step) or "dyn"
    return types


def _check_form(lint: Lint, path: Path, step: str, form: Form, taken: AbstractSet[str]) -> None:
    for name, part in form.items():
        here: Path = (*path, name)
        if name in taken or name.endswith(GIVEN):
            lint.error("reserved_name", here, f"“{name}”已有他用", f"`{name}` is taken", step)
        for zh, en in _faults(part):
            lint.error("field", here, zh, en, step)


def _check_event(lint: Lint, path: Path, step: str, wait: Wait) -> None:
    """An event's data is filled in by a program: no files, no places, nothing conditional."""
    _check_form(lint, (*path, "data"), step, wait.data, frozenset({"at", "timed_out"}))
    for name, part in wait.data.items():
        if part.type in {"attachment", "location"} or part.required_if is not None:
            words = ("外部事件的数据不能用此写法", "the data of an event cannot say this")
            lint.error("field", (*path, "data", name), *words, step)
    if wait.timeout is None:
        words = ("没有时限：无人答复时将一直等待", "no timeout: without an answer it waits for ever")
        lint.warning("deadline", (*path, "event"), *words, step)


def _faults(part: FormField) -> list[tuple[str, str]]:
    faults = []
    if (part.type == "choice") is not bool(part.options):
        faults.append(("选项只用于、且必须用于 choice", "options belong to `choice`, which needs them"))
    if part.many and part.type not in _MANY:
        faults.append(("此类型不能多填", "this type cannot be `many`"))
    if part.required and part.required_if is not None:
        faults.append(("required 与 required_if 只能取一", "either `required` or `required_if`"))
    if part.pattern is not None and (part.type != "text" or not pattern_is_sound(part.pattern)):
        faults.append(("格式（pattern）无效", "the pattern is not valid here"))
    if part.min_length and (part.type != "text" or part.min_length > part.max_length):
        faults.append(("最少字数无效", "the least length is not valid here"))
    if part.min is not None or part.max is not None:
        if part.type not in _RANGED:
            faults.append(("此类型没有上下限", "this type has no bounds"))
        elif not _bounds_fit(part):
            faults.append(("上下限无效", "the bounds are not valid"))
    return faults


def _bounds_fit(part: FormField) -> bool:
    bounds = [str(bound) for bound in (part.min, part.max) if bound is not None]
    try:
        if part.type == "date":
            return bounds == sorted(bounds)
        keys = [order_key(bound) for bound in bounds]
        return keys == sorted(keys) and (part.type == "decimal" or all("." not in b for b in bounds))
    except NotADecimal:
        return False
