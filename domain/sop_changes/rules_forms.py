"""Domain: rules about what is recorded - the fields of forms, checks, outcomes and work lists."""

# ruff: noqa: E501 - a table of sentences, one rule to a line
from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.sop_changes import reasons as why
from domain.sop_changes.shape import Rule

FORMS = ("human.form", "human.lines.form", "wait.data")
BODIES = ("human", "human.lines")
ORDER = "(order)"


def required(value: Any, _other: Any = None) -> bool:
    """Whether a field (or input) that is there had to be filled in."""
    return isinstance(value, dict) and bool(value.get("required") or value.get("required_if"))


def was_required(before: Any, _after: Any) -> bool:
    return required(before)


def is_required(_before: Any, after: Any) -> bool:
    return required(after)


def _number(value: Any) -> Decimal | None:
    try:
        return None if value is None else Decimal(str(value))
    except InvalidOperation:
        return None


def higher(before: Any, after: Any) -> bool:
    """Whether a number grew."""
    old, new = _number(before), _number(after)
    return old is not None and new is not None and new > old


def lower(before: Any, after: Any) -> bool:
    """Whether a number fell."""
    return higher(after, before)


def _fields(form: str) -> Iterator[Rule]:
    one = f"{form}.*"
    # fmt: off
    yield Rule(one, ("removed",), "high", why.LESS, "取消必填项“{name}”", "required field “{name}” removed", was_required)
    yield Rule(one, ("removed",), "medium", why.LESS, "取消填写项“{name}”", "field “{name}” removed")
    yield Rule(one, ("added",), "medium", why.MORE, "新增必填项“{name}”", "required field “{name}” added", is_required)
    yield Rule(one, ("added",), "low", why.MORE, "新增选填项“{name}”", "optional field “{name}” added")
    yield Rule(f"{one}.type", ("added", "removed", "changed"), "high", why.MEANING, "“{name}”由{before}改为{after}", "“{name}” is {after} instead of {before}")
    yield Rule(f"{one}.required", ("removed",), "high", why.LESS, "“{name}”不再必填", "“{name}” need not be filled in any more")
    yield Rule(f"{one}.required", ("added", "changed"), "medium", why.STRICTER, "“{name}”改为必填", "“{name}” must be filled in")
    yield Rule(f"{one}.required_if", ("removed",), "high", why.LESS, "“{name}”不再有条件必填（原条件：{before}）", "“{name}” is no longer required when {before}")
    yield Rule(f"{one}.required_if", ("added",), "medium", why.STRICTER, "“{name}”在 {after} 时必填", "“{name}” is required when {after}")
    yield Rule(f"{one}.required_if", ("changed",), "high", why.LESS, "“{name}”的必填条件由 {before} 改为 {after}", "“{name}” is required when {after} instead of {before}")
    yield Rule(f"{one}.label.**", ("added", "removed", "changed"), "low", why.WORDS, "填写项名称由“{before}”改为“{after}”", "field label “{before}” now reads “{after}”")
    yield Rule(f"{one}.help.**", ("added", "removed", "changed"), "low", why.WORDS, "“{name}”的说明由“{before}”改为“{after}”", "help of “{name}” now reads “{after}” instead of “{before}”")
    yield Rule(f"{one}.options.{ORDER}", ("changed",), "low", why.LOOK, "“{name}”各选项的顺序改变", "options of “{name}” stand in another order")
    yield Rule(f"{one}.options.*", ("removed",), "medium", why.MEANING, "“{name}”取消选项“{before}”", "“{name}”: choice “{before}” removed")
    yield Rule(f"{one}.options.*", ("added",), "medium", why.MEANING, "“{name}”新增选项“{after}”", "“{name}”: choice “{after}” added")
    yield Rule(f"{one}.options.*.**", ("added", "removed", "changed"), "low", why.WORDS, "“{name}”的选项“{before}”改称“{after}”", "“{name}”: choice “{before}” now reads “{after}”")
    yield Rule(f"{one}.many", ("added", "removed", "changed"), "medium", why.MEANING, "“{name}”可填多个：由{before}改为{after}", "“{name}” takes several values: {after} instead of {before}")
    yield Rule(f"{one}.unit", ("added", "removed", "changed"), "high", why.MEANING, "“{name}”的单位由{before}改为{after}", "unit of “{name}” is {after} instead of {before}")
    yield Rule(f"{one}.min", ("changed",), "medium", why.STRICTER, "“{name}”的下限由 {before} 提高到 {after}", "lower limit of “{name}” raised from {before} to {after}", higher)
    yield Rule(f"{one}.min", ("added",), "medium", why.STRICTER, "“{name}”新增下限 {after}", "“{name}” has a lower limit of {after}")
    yield Rule(f"{one}.min", ("removed", "changed"), "high", why.CONTROL, "“{name}”的下限由 {before} 放宽为 {after}", "lower limit of “{name}” relaxed from {before} to {after}")
    yield Rule(f"{one}.max", ("changed",), "medium", why.STRICTER, "“{name}”的上限由 {before} 降到 {after}", "upper limit of “{name}” lowered from {before} to {after}", lower)
    yield Rule(f"{one}.max", ("added",), "medium", why.STRICTER, "“{name}”新增上限 {after}", "“{name}” has an upper limit of {after}")
    yield Rule(f"{one}.max", ("removed", "changed"), "high", why.CONTROL, "“{name}”的上限由 {before} 放宽为 {after}", "upper limit of “{name}” relaxed from {before} to {after}")
    yield Rule(f"{one}.max_length", ("added", "removed", "changed"), "low", why.WORDS, "“{name}”的字数上限由{before}改为{after}", "“{name}” holds {after} characters instead of {before}")
    yield Rule(f"{one}.min_length", ("changed",), "medium", why.STRICTER, "“{name}”的最少字数由{before}提高到{after}", "“{name}” needs {after} characters instead of {before}", higher)
    yield Rule(f"{one}.min_length", ("added",), "medium", why.STRICTER, "“{name}”至少填{after}个字", "“{name}” needs {after} characters")
    yield Rule(f"{one}.min_length", ("removed", "changed"), "high", why.LESS, "“{name}”的最少字数由{before}放宽为{after}", "“{name}” needs {after} characters instead of {before}")
    yield Rule(f"{one}.pattern", ("removed",), "high", why.CONTROL, "“{name}”不再检查格式", "format of “{name}” is no longer checked")
    yield Rule(f"{one}.pattern", ("added", "changed"), "medium", why.MEANING, "“{name}”的格式检查由 {before} 改为 {after}", "format of “{name}” is {after} instead of {before}")
    yield Rule(f"{form}.{ORDER}", ("changed",), "low", why.LOOK, "填写项的顺序改变", "fields stand in another order")
    # fmt: on


def _answers(body: str) -> Iterator[Rule]:
    # fmt: off
    checks, outcomes = f"{body}.checks", f"{body}.outcomes"
    yield Rule(f"{checks}.*", ("removed",), "high", why.CONTROL, "取消检查“{before}”", "check “{before}” removed")
    yield Rule(f"{checks}.*", ("added",), "medium", why.STRICTER, "新增检查“{after}”", "check “{after}” added")
    yield Rule(f"{checks}.*.holds", ("added", "removed", "changed"), "high", why.CONTROL, "检查“{name}”的条件由 {before} 改为 {after}", "check “{name}” asks {after} instead of {before}")
    yield Rule(f"{checks}.*.**", ("added", "removed", "changed"), "low", why.WORDS, "检查“{name}”的提示由“{before}”改为“{after}”", "message of check “{name}” is “{after}” instead of “{before}”")
    yield Rule(f"{outcomes}.*", ("removed",), "high", why.WAY, "取消结论“{name}”", "outcome “{name}” removed")
    yield Rule(f"{outcomes}.*", ("added",), "medium", why.WAY, "新增结论“{name}”", "outcome “{name}” added")
    yield Rule(f"{outcomes}.*.go", ("added", "removed", "changed"), "high", why.WAY, "结论“{name}”由转到“{before}”改为转到“{after}”", "outcome “{name}” leads to “{after}” instead of “{before}”")
    yield Rule(f"{outcomes}.*.reason", ("removed", "changed"), "high", why.LESS, "结论“{name}”不再必须说明原因", "outcome “{name}” no longer needs a reason", lambda before, _after: before == "required")
    yield Rule(f"{outcomes}.*.reason", ("added", "removed", "changed"), "medium", why.STRICTER, "结论“{name}”说明原因：由{before}改为{after}", "reason for outcome “{name}”: {after} instead of {before}")
    yield Rule(f"{outcomes}.*.label.**", ("added", "removed", "changed"), "low", why.WORDS, "结论“{before}”改称“{after}”", "outcome “{before}” now reads “{after}”")
    yield Rule(f"{outcomes}.*.consequence.**", ("added", "removed", "changed"), "low", why.WORDS, "结论“{name}”的后果说明由“{before}”改为“{after}”", "consequence told of outcome “{name}” is “{after}” instead of “{before}”")
    yield Rule(f"{outcomes}.{ORDER}", ("changed",), "low", why.LOOK, "结论的顺序改变", "outcomes stand in another order")
    # fmt: on


# fmt: off
WORK_LISTS = (
    Rule("human.lines", ("removed",), "high", why.LESS, "不再逐行作业", "lines are no longer worked one by one"),
    Rule("human.lines", ("added",), "high", why.WORK, "改为逐行作业", "lines are worked one by one"),
    Rule("human.lines.of", ("added", "removed", "changed"), "high", why.DATA, "作业清单由 {before} 改为 {after}", "the work list is {after} instead of {before}"),
    Rule("human.lines.scan", ("added",), "medium", why.STRICTER, "扫码：改为{after}", "scanning: {after}"),
    Rule("human.lines.scan", ("removed",), "high", why.CONTROL, "扫码：由{before}改为不扫码", "scanning: none instead of {before}"),
    Rule("human.lines.scan", ("changed",), "high", why.CONTROL, "扫码：由{before}改为{after}", "scanning: {after} instead of {before}", lambda before, _after: before == "required"),
    Rule("human.lines.scan", ("changed",), "medium", why.STRICTER, "扫码：由{before}改为{after}", "scanning: {after} instead of {before}"),
    Rule("human.lines.complete_when", ("added", "removed", "changed"), "high", why.CONTROL, "完成条件由{before}改为{after}", "the list is complete when {after} instead of {before}"),
    Rule("human.lines.reveal", ("added", "removed", "changed"), "high", why.CONTROL, "作业人可见的列由{before}改为{after}", "columns shown to whoever works: {after} instead of {before}"),
    Rule("human.lines.blind", ("removed", "changed"), "high", why.CONTROL, "不再盲盘", "the list is no longer blind"),
    Rule("human.lines.blind", ("added",), "medium", why.STRICTER, "改为盲盘", "the list is blind"),
    Rule("human.lines.additions", ("removed", "changed"), "high", why.LESS, "清单外的货物不再可以补录", "goods beside the list can no longer be added"),
    Rule("human.lines.additions", ("added",), "medium", why.MORE, "清单外的货物可以补录", "goods beside the list can be added"),
    Rule("human.lines.from_stock", ("removed", "changed"), "high", why.CONTROL, "不再核对货物所在货位", "goods are no longer checked at their place"),
    Rule("human.lines.from_stock", ("added",), "medium", why.STRICTER, "核对货物所在货位", "goods are checked at their place"),
    Rule("human.lines.counted", ("removed",), "high", why.WORK, "扫足数量后不再自动得出结论", "a line scanned in full no longer has its result by itself"),
    Rule("human.lines.counted.**", ("added", "removed", "changed"), "high", why.WORK, "扫足数量后的处理由{before}改为{after}", "a line scanned in full: {after} instead of {before}"),
)
# fmt: on

RULES: tuple[Rule, ...] = (
    *(rule for form in FORMS for rule in _fields(form)),
    *(rule for body in BODIES for rule in _answers(body)),
    *WORK_LISTS,
)
