"""Domain: rules about the procedure as a whole and about steps that are not a person's."""

# ruff: noqa: E501 - a table of sentences, one rule to a line
from __future__ import annotations

from typing import Any

from domain.sop_changes import reasons as why
from domain.sop_changes.shape import Op, Rule

ANY: tuple[Op, ...] = ("added", "removed", "changed")


def _years(value: Any) -> int:
    return int(str(value or "P5Y").strip("PY"))


def shorter(before: Any, after: Any) -> bool:
    """Whether records are kept for less time."""
    return _years(after) < _years(before)


def was_required(before: Any, _after: Any) -> bool:
    return isinstance(before, dict) and bool(before.get("required") or before.get("required_with"))


# fmt: off
HEAD: tuple[Rule, ...] = (
    Rule("sop", ANY, "high", why.WAY, "规程由 {before} 改为 {after}", "another procedure: {after} instead of {before}"),
    Rule("title.**", ANY, "low", why.WORDS, "规程名称由“{before}”改为“{after}”", "title reads “{after}” instead of “{before}”"),
    Rule("summary.**", ANY, "low", why.WORDS, "概述由“{before}”改为“{after}”", "summary reads “{after}” instead of “{before}”"),
    Rule("owner.department", ANY, "high", why.WHO, "归口部门由{before}改为{after}", "owned by the department {after} instead of {before}"),
    Rule("owner.post", ANY, "high", why.WHO, "归口岗位由{before}改为{after}：异常与偏差交由该岗位处理", "owned by {after} instead of {before}, who gets incidents and deviations"),
    Rule("scope.site", ANY, "high", why.WHO, "所在仓库由 {before} 改为 {after}", "takes place at {after} instead of {before}"),
    Rule("scope.department", ANY, "high", why.WHO, "所属部门由 {before} 改为 {after}", "takes place in {after} instead of {before}"),
    Rule("jurisdiction", ANY, "high", why.TIME, "适用法域由 {before} 改为 {after}，工作日随之改变", "jurisdiction is {after} instead of {before}, and working days with it"),
    Rule("retention", ANY, "high", why.LESS, "保存期限由{before}缩短为{after}", "records kept for {after} instead of {before}", shorter),
    Rule("retention", ANY, "medium", why.MORE, "保存期限由{before}改为{after}", "records kept for {after} instead of {before}"),
    Rule("business_key", ANY, "high", why.CONTROL, "避免重复发起的依据由 {before} 改为 {after}", "what keeps it from being started twice: {after} instead of {before}"),
    Rule("subject.**", ANY, "low", why.WORDS, "列表中的摘要由 {before} 改为 {after}", "what lists show: {after} instead of {before}"),
    Rule("called_only", ANY, "medium", why.WORK, "只由其他规程发起：由{before}改为{after}", "started by other procedures only: {after} instead of {before}"),
    Rule("inputs.(order)", ("changed",), "low", why.LOOK, "发起时所填内容的顺序改变", "what is given at the start stands in another order"),
    Rule("inputs.*", ("removed",), "high", why.LESS, "发起时不再需要“{name}”", "“{name}” is no longer given at the start", was_required),
    Rule("inputs.*", ("removed",), "medium", why.LESS, "发起时不再可填“{name}”", "“{name}” can no longer be given at the start"),
    Rule("inputs.*", ("added",), "medium", why.MORE, "发起时新增“{name}”", "“{name}” is given at the start"),
    Rule("inputs.*.required", ("removed", "changed"), "high", why.LESS, "发起时“{name}”不再必填", "“{name}” need no longer be given at the start"),
    Rule("inputs.*.required", ("added",), "medium", why.STRICTER, "发起时“{name}”改为必填", "“{name}” must be given at the start"),
    Rule("inputs.*.label.**", ANY, "low", why.WORDS, "发起项“{before}”改称“{after}”", "“{before}” given at the start now reads “{after}”"),
    Rule("inputs.*.options.(order)", ("changed",), "low", why.LOOK, "发起项“{name}”各选项的顺序改变", "choices of “{name}” stand in another order"),
    Rule("inputs.*.options.*", ("added", "removed"), "medium", why.MEANING, "发起项“{name}”的选项由“{before}”改为“{after}”", "“{name}”: choice “{after}” instead of “{before}”"),
    Rule("inputs.*.options.*.**", ANY, "low", why.WORDS, "发起项“{name}”的选项“{before}”改称“{after}”", "“{name}”: choice “{before}” now reads “{after}”"),
    Rule("inputs.*.min", ANY, "medium", why.DATA, "发起项“{name}”的下限由{before}改为{after}", "least value of “{name}” is {after} instead of {before}"),
    Rule("inputs.*.**", ANY, "high", why.DATA, "发起项“{name}”由{before}改为{after}", "“{name}” given at the start: {after} instead of {before}"),
    Rule("messages.(order)", ("changed",), "low", why.LOOK, "通知的顺序改变", "messages stand in another order"),
    Rule("messages.*", ("removed",), "medium", why.INFORMED, "取消通知“{name}”", "message “{name}” removed"),
    Rule("messages.*", ("added",), "low", why.INFORMED, "新增通知“{name}”", "message “{name}” added"),
    Rule("messages.*.**", ANY, "low", why.WORDS, "通知“{name}”由“{before}”改为“{after}”", "message “{name}” reads “{after}” instead of “{before}”"),
    Rule("cases.(order)", ("changed",), "low", why.LOOK, "用例的顺序改变", "cases stand in another order"),
    Rule("cases.*", ("removed",), "medium", why.PROOF, "取消用例“{name}”", "case “{name}” removed"),
    Rule("cases.*", ("added",), "low", why.PROOF, "新增用例“{name}”", "case “{name}” added"),
    Rule("cases.*.**", ANY, "medium", why.PROOF, "用例“{name}”有改动", "case “{name}” is different"),
    Rule("quiz.(order)", ("changed",), "low", why.LOOK, "培训试题的顺序改变", "questions after reading stand in another order"),
    Rule("quiz.*", ("removed",), "medium", why.LEARNT, "取消培训试题“{name}”", "question after reading removed: “{name}”"),
    Rule("quiz.*", ("added",), "low", why.LEARNT, "新增培训试题“{name}”", "question after reading added: “{name}”"),
    Rule("quiz.*.**", ANY, "medium", why.LEARNT, "培训试题“{name}”有改动", "question after reading is different: “{name}”"),
    Rule("proofs.*", ("removed",), "high", why.CONTROL, "不再要求：{name}", "no longer required: {name}"),
    Rule("proofs.*", ("added",), "low", why.STRICTER, "新增要求：{name}", "now required: {name}"),
    Rule("proofs.**", ANY, "high", why.CONTROL, "要求改为：{name}", "requirement changed, now: {name}"),
)

STEPS: tuple[Rule, ...] = (
    Rule("clauses.(order)", ("changed",), "low", why.LOOK, "所依条款的顺序改变", "clauses stand in another order"),
    Rule("clauses.*", ("removed",), "medium", why.DATA, "不再注明依据“{name}”", "clause “{name}” no longer named"),
    Rule("clauses.*", ("added",), "low", why.DATA, "注明依据“{name}”", "clause “{name}” named"),
    Rule("id", ANY, "low", why.WORDS, "步骤代号由 {before} 改为 {after}", "key of the step is {after} instead of {before}"),
    Rule("title.**", ANY, "low", why.WORDS, "步骤名称由“{before}”改为“{after}”", "step title reads “{after}” instead of “{before}”"),
    Rule("when", ("added",), "high", why.CONTROL, "只在 {after} 时才执行", "only done when {after}"),
    Rule("when", ("removed",), "medium", why.STRICTER, "改为始终执行（原条件：{before}）", "always done, not only when {before}"),
    Rule("when", ("changed",), "high", why.CONTROL, "执行条件由 {before} 改为 {after}", "done when {after} instead of {before}"),
    Rule("go", ANY, "high", why.WAY, "之后由转到“{before}”改为转到“{after}”", "then leads to “{after}” instead of “{before}”"),
    Rule("action", ("removed",), "high", why.EFFECT, "不再执行“{before}”", "action “{before}” removed"),
    Rule("action", ("added",), "high", why.EFFECT, "改为执行“{after}”", "action “{after}” added"),
    Rule("action", ("changed",), "high", why.EFFECT, "由执行“{before}”改为执行“{after}”", "action “{after}” instead of “{before}”"),
    Rule("with.(order)", ("changed",), "low", why.LOOK, "所给内容的顺序改变", "what is given stands in another order"),
    Rule("with.*", ANY, "high", why.EFFECT, "所给的“{name}”由 {before} 改为 {after}", "given for “{name}”: {after} instead of {before}"),
    Rule("refusals.(order)", ("changed",), "low", why.LOOK, "各种不成的情形的顺序改变", "refusals stand in another order"),
    Rule("refusals.*", ("removed",), "high", why.WAY, "“{name}”时不再转到“{before}”，而作为异常处理", "“{name}” no longer leads to “{before}”, it is an incident"),
    Rule("refusals.*", ("added",), "medium", why.WAY, "“{name}”时转到“{after}”，原作为异常处理", "“{name}” leads to “{after}”, it was an incident"),
    Rule("refusals.*", ("changed",), "high", why.WAY, "“{name}”时由转到“{before}”改为转到“{after}”", "“{name}” leads to “{after}” instead of “{before}”"),
    Rule("undo", ("removed", "changed"), "high", why.EFFECT, "撤销方式由“{before}”改为“{after}”", "undone by “{after}” instead of “{before}”"),
    Rule("undo", ("added",), "medium", why.EFFECT, "可由“{after}”撤销", "can be undone by “{after}”"),
    Rule("irreversible", ("added",), "high", why.EFFECT, "不再可以撤销：{after}", "can no longer be undone: {after}"),
    Rule("irreversible", ("removed",), "medium", why.EFFECT, "不再注明不可撤销", "no longer said to be irreversible"),
    Rule("irreversible.**", ANY, "low", why.WORDS, "不可撤销的说明由“{before}”改为“{after}”", "why it cannot be undone reads “{after}” instead of “{before}”"),
    Rule("decide", ANY, "high", why.WAY, "判定方式由{before}改为{after}", "decided by {after} instead of {before}"),
    Rule("decide.table", ANY, "high", why.DATA, "决策表由{before}改为{after}", "decision table {after} instead of {before}"),
    Rule("decide.value", ANY, "high", why.DATA, "判定由 {before} 改为 {after}", "decided by {after} instead of {before}"),
    Rule("decide.with.(order)", ("changed",), "low", why.LOOK, "判定所用内容的顺序改变", "what is decided on stands in another order"),
    Rule("decide.with.*", ANY, "high", why.DATA, "判定所用的“{name}”由 {before} 改为 {after}", "decided on “{name}”: {after} instead of {before}"),
    Rule("routes.(order)", ("changed",), "low", why.LOOK, "各走向的顺序改变", "routes stand in another order"),
    Rule("routes.*", ("removed",), "high", why.WAY, "取消“{name}”的走向（原为“{before}”）", "route of “{name}” (to “{before}”) removed"),
    Rule("routes.*", ("added",), "high", why.WAY, "新增走向：“{name}”转到“{after}”", "route added: “{name}” to “{after}”"),
    Rule("routes.*", ("changed",), "high", why.WAY, "“{name}”由转到“{before}”改为转到“{after}”", "“{name}” leads to “{after}” instead of “{before}”"),
    Rule("parallel", ANY, "high", why.WAY, "同时进行的部分由{before}改为{after}", "what is done at the same time: {after} instead of {before}"),
    Rule("parallel.branches.(order)", ("changed",), "low", why.LOOK, "各分支的顺序改变", "branches stand in another order"),
    Rule("parallel.branches.*", ("removed",), "high", why.CONTROL, "取消分支 {name}", "branch {name} removed"),
    Rule("parallel.branches.*", ("added",), "medium", why.WORK, "新增分支 {name}", "branch {name} added"),
    Rule("parallel.wait_for", ANY, "high", why.CONTROL, "等待的分支由{before}改为{after}", "goes on after {after} branches instead of {before}"),
    Rule("for_each", ANY, "high", why.WAY, "逐行处理由{before}改为{after}", "what is done for each line: {after} instead of {before}"),
    Rule("for_each.lines", ANY, "high", why.DATA, "逐行处理的清单由 {before} 改为 {after}", "done for each of {after} instead of {before}"),
    Rule("for_each.as", ANY, "low", why.WORDS, "行的代号由 {before} 改为 {after}", "a line is called {after} instead of {before}"),
    Rule("for_each.mode", ANY, "medium", why.WORK, "逐行处理由{before}改为{after}", "lines are done {after} instead of {before}"),
    Rule("for_each.limit", ANY, "low", why.WORK, "同时处理的行数由{before}改为{after}", "lines at the same time: {after} instead of {before}"),
    Rule("for_each.chunk", ANY, "low", why.WORK, "每批行数由{before}改为{after}", "lines in a batch: {after} instead of {before}"),
    Rule("wait", ANY, "high", why.WAY, "等待由{before}改为{after}", "waiting: {after} instead of {before}"),
    Rule("wait.for.**", ANY, "medium", why.TIME, "等待时间由{before}改为{after}", "waits for {after} instead of {before}"),
    Rule("wait.until", ANY, "medium", why.TIME, "等待至 {after}，原为 {before}", "waits until {after} instead of {before}"),
    Rule("wait.event", ANY, "high", why.DATA, "等待的消息由 {before} 改为 {after}", "waits for the event {after} instead of {before}"),
    Rule("wait.key", ANY, "high", why.DATA, "消息的对应依据由 {before} 改为 {after}", "the event is told by {after} instead of {before}"),
    Rule("wait.keep", ANY, "medium", why.TIME, "提前到来的消息保留{after}，原为{before}", "an early event counts for {after} instead of {before}"),
    Rule("wait.timeout", ("removed",), "high", why.CONTROL, "取消等待的期限（原为{before}）", "time-out ({before}) removed"),
    Rule("wait.timeout", ("added",), "medium", why.TIME, "新增等待的期限：{after}", "time-out added: {after}"),
    Rule("wait.timeout.after.**", ANY, "medium", why.TIME, "等待的期限由{before}改为{after}", "time-out after {after} instead of {before}"),
    Rule("wait.timeout.go", ANY, "high", why.WAY, "等不到时由转到“{before}”改为转到“{after}”", "a time-out leads to “{after}” instead of “{before}”"),
    Rule("call", ANY, "high", why.WAY, "调用的规程由{before}改为{after}", "procedure called: {after} instead of {before}"),
    Rule("call.sop", ANY, "high", why.WAY, "调用的规程由 {before} 改为 {after}", "calls the procedure {after} instead of {before}"),
    Rule("call.with.(order)", ("changed",), "low", why.LOOK, "所给内容的顺序改变", "what is given stands in another order"),
    Rule("call.with.*", ANY, "high", why.DATA, "调用时所给的“{name}”由 {before} 改为 {after}", "the call gives “{name}”: {after} instead of {before}"),
    Rule("call.lines", ANY, "high", why.DATA, "逐行调用的清单由 {before} 改为 {after}", "called for each of {after} instead of {before}"),
    Rule("call.as", ANY, "low", why.WORDS, "行的代号由 {before} 改为 {after}", "a line is called {after} instead of {before}"),
    Rule("call.mode", ANY, "high", why.CONTROL, "调用后由{before}改为{after}", "after the call: {after} instead of {before}"),
    Rule("notify", ("removed",), "high", why.INFORMED, "不再发出通知", "no message is sent any more"),
    Rule("notify", ("added",), "medium", why.INFORMED, "改为发出通知", "a message is sent"),
    Rule("notify.to.**", ANY, "medium", why.INFORMED, "通知{after}，原为{before}", "tells {after} instead of {before}"),
    Rule("notify.template", ANY, "medium", why.INFORMED, "通知内容由“{before}”改为“{after}”", "message “{after}” instead of “{before}”"),
    Rule("notify.with.**", ANY, "low", why.WORDS, "通知所填内容由 {before} 改为 {after}", "the message is filled in with {after} instead of {before}"),
    Rule("repeat", ANY, "high", why.WAY, "重复的部分由{before}改为{after}", "what is repeated: {after} instead of {before}"),
    Rule("repeat.until", ANY, "high", why.CONTROL, "重复至 {after}，原为 {before}", "repeated until {after} instead of {before}"),
    Rule("repeat.limit", ANY, "medium", why.CONTROL, "最多重复次数由{before}改为{after}", "repeated at most {after} times instead of {before}"),
    Rule("end", ANY, "high", why.WAY, "结束结果由“{before}”改为“{after}”", "ends as “{after}” instead of “{before}”"),
)
# fmt: on
