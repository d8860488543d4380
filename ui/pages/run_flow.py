"""UI pages: the flowchart of a run - the way it went, and where it is."""

from collections.abc import Iterable, Mapping

from domain.sop_flow import flow_of
from services.runs import RunView
from ui.contexts.flowchart import Mark, Picture
from ui.pages.flow_picture import picture
from ui.view import View


def run_picture(view: View, found: RunView, paths: Iterable[str], posts: Mapping[str, str]) -> Picture | None:
    """The picture of the pinned definition with the walked paths."""
    if found.definition is None:
        return None
    around = flow_of(found.definition).enclosing
    passed = {step for path in paths for step in steps_of(path)}
    marks: dict[str, Mark] = {}
    for step in passed:
        marks |= dict.fromkeys([step, *around(step)], "walked")
    here: Mark = "failed" if found.row.state == "incident" else "here"
    marks |= {one.step: here for one in found.current}
    ends = {step.id for step in found.definition.walk() if step.end and step.end == found.row.outcome}
    reached = ends & passed or (ends if len(ends) == 1 else set())
    marks |= dict.fromkeys(reached, "walked")
    return picture(found.definition, view.words, marks=marks, posts=posts, tables=found.tables)


def steps_of(path: str) -> Iterable[str]:
    """The steps that a path passes: `inspect` and `acceptance` of `inspect#2[17].acceptance#1`."""
    for part in path.partition("/")[0].split("."):
        step, passed, _ = part.partition("#")
        if passed:
            yield step
