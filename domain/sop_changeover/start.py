"""Domain: what of a run as a whole keeps it from another version - state, caller, inputs, site."""

# ruff: noqa: E501 - a table of sentences, one to a line
from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from domain.errors import Refusal
from domain.sop_changeover.differing import Obstacle, Versions
from domain.sop_changes.values import HEAD
from domain.sop_definition import Text

if TYPE_CHECKING:
    from domain.sop_bundle import Bundle
    from domain.sop_definition import Input
    from domain.sop_progress import Progress

# fmt: off
WHOLE = {
    "ended": Text(zh="流程已经结束", en="the run has ended"),
    "rework": Text(zh="正在撤销前面的步骤，完成后再试", en="earlier steps are being undone; try when that is over"),
    "called": Text(zh="由另一流程调用，版本由调用它的流程确定", en="another run has called it, and its version is fixed there"),
    "other_sop": Text(zh="不是同一规程的版本", en="this is no version of its procedure"),
    "same": Text(zh="已按此版本执行", en="it goes by this version already"),
    "scope": Text(zh="新版确定的仓库或部门与流程所在的不同", en="the new version puts it at another site or department"),
}
# fmt: on


def obstacles(run: Progress, bundle: Bundle) -> list[Obstacle]:
    """What speaks against any changeover of this run to this bundle; then nothing else is looked at."""
    state = run.state
    against = {
        "ended": bool(state.ended or state.ending),
        "rework": bool(state.reworks),
        "called": run.given.caller is not None,
        "other_sop": bundle.definition.sop != run.bundle.definition.sop,
        "same": bundle.sha256 == run.bundle.sha256,
    }
    return [_whole(code) for code, true in against.items() if true]


def _whole(code: str) -> Obstacle:
    return Obstacle(code, None, HEAD, WHOLE[code])


def of_inputs(versions: Versions) -> Iterator[Obstacle]:
    """Inputs that the new version needs or reads otherwise; a site or department that would be another."""
    given = versions.old.given
    before = versions.old.bundle.definition.inputs
    for name, wanted in versions.new.bundle.definition.inputs.items():
        label = wanted.label or Text(zh=name, en=name)
        zh, en = label.zh, label.in_language("en")
        value = given.inputs.get(name)
        if value is None:
            if wanted.needed(given.inputs):
                yield _of_input(
                    f"新版发起时须给出“{zh}”，本流程没有", f"the new version needs “{en}” from the start"
                )
        elif not _reads(before.get(name), wanted, value):
            yield _of_input(
                f"新版对发起时给出的“{zh}”要求不同",
                f"“{en}” given at the start is something else in the new version",
            )
    if not _same_scope(versions.new):
        yield _whole("scope")


def _of_input(zh: str, en: str) -> Obstacle:
    return Obstacle("input", None, HEAD, Text(zh=zh, en=en))


def _reads(before: Input | None, wanted: Input, value: object) -> bool:
    """Whether a value that was given by the one declaration is one of the other."""
    if before is None or (before.type, before.kind) != (wanted.type, wanted.kind):
        return False
    if wanted.options and str(value) not in wanted.options:
        return False
    return wanted.min is None or not isinstance(value, int) or value >= wanted.min


def _same_scope(new: Progress) -> bool:
    """Whether the new version puts the run where it is. Where it names no site, the start named it."""
    scope, context = new.bundle.definition.scope, new.context(new.state.scopes[""])
    seen = {name: context[name] for name in ("inputs", "run")}
    for expression, place in ((scope.site, new.given.site), (scope.department, new.given.department)):
        try:
            if expression and new.evaluator.value("", expression, seen) != place:
                return False
        except Refusal:
            return False
    return True
