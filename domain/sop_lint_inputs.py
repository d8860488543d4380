"""Domain: lint rules of what a step is given - names that are wanted, types that fit."""

from __future__ import annotations

from collections.abc import Mapping

from domain.sop_definition import Step
from domain.sop_lint_context import Lint
from domain.type_words import type_words
from domain.yaml_text import Path

Wanted = tuple[str, bool]
"""The type of an input, and whether it may be left out."""


def check_given(
    lint: Lint,
    path: Path,
    step: Step,
    given: Mapping[str, str],
    wanted: Mapping[str, Wanted],
    scope: str = "",
) -> list[tuple[str, Path, str]]:
    """Notes what is missing, unknown or of another type; gives name, place and type of what fits.

    `scope` is where the expressions see their names, if not where the step's others do.
    """
    fitting: list[tuple[str, Path, str]] = []
    for name, (_, optional) in wanted.items():
        if name not in given and not optional:
            lint.error(
                "input_missing",
                (*path, "with"),
                f"缺少输入“{name}”",
                f"the input `{name}` is missing",
                step.id,
            )
    for name, source in given.items():
        here: Path = (*path, "with", name)
        if name not in wanted:
            lint.error("input_unknown", here, f"没有输入“{name}”", f"there is no input `{name}`", step.id)
            continue
        type_, optional = wanted[name]
        found = lint.type_of(here, source, scope or step.id, step.id, absent_allowed=optional)
        if found is not None and found != type_:
            should, is_ = type_words(type_), type_words(found)
            zh, en = (
                f"“{name}”应为{should[0]}，实为{is_[0]}",
                f"`{name}` must be {should[1]}, this is {is_[1]}",
            )
            lint.error("type", here, zh, en, step.id)
        elif found is not None:
            fitting.append((name, here, found))
    return fitting
