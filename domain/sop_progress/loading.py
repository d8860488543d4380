"""Domain: from a run's input to its Progress; bundles are indexed once per process, by their hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.errors import Refusal
from domain.sop_bundle import Bundle, Evaluator

from .machine import Progress
from .plan import Plan
from .state import State

if TYPE_CHECKING:
    from contracts.runs import RunStart

_LOADED: dict[str, tuple[Bundle, Evaluator, Plan]] = {}
_KEPT = 256


class BundleMismatch(Refusal):
    """The bundle in a run's input does not have the hash that stands beside it."""

    code = "bundle_mismatch"
    kind = "conflict"
    zh = "定义包与其哈希不符。"
    en = "The bundle does not match its hash."


def load(start: RunStart) -> Progress:
    """The state machine of a run, new or continued."""
    known = _LOADED.get(start.sha256)
    if known is None:
        bundle = Bundle.from_json(start.bundle)
        if bundle.sha256 != start.sha256:
            raise BundleMismatch
        if len(_LOADED) >= _KEPT:
            _LOADED.pop(next(iter(_LOADED)))
        known = _LOADED[start.sha256] = (bundle, Evaluator(bundle), Plan(bundle.definition))
    state = State.model_validate(start.state) if start.state is not None else State()
    return Progress(*known, start, state)
