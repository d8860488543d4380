"""Domain: from a run's input to its Progress; bundles are indexed once per process, by their hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, overload

from domain.sop_bundle import KEPT, Bundle

from .machine import Progress
from .plan import Plan
from .state import State

if TYPE_CHECKING:
    from contracts.runs import RunStart

_plans: dict[str, Plan] = {}
Machine = TypeVar("Machine", bound=Progress)


@overload
def load(start: RunStart) -> Progress: ...
@overload
def load(start: RunStart, machine: type[Machine]) -> Machine: ...
def load(start: RunStart, machine: type[Progress] = Progress) -> Progress:
    """The state machine of a run, new or continued; BundleMismatch when bundle and hash differ."""
    return of_bundle(Bundle.from_json(start.bundle, start.sha256), start, machine)


def of_bundle(bundle: Bundle, start: RunStart, machine: type[Machine]) -> Machine:
    """The same of a bundle that is read already; what the input says of a bundle is not looked at."""
    state = State.model_validate(start.state) if start.state is not None else State()
    return machine(bundle, bundle.evaluator, _plan(bundle), start, state)


def with_bundle(run: Progress, bundle: Bundle) -> Progress:
    """The same run in the same state by another bundle; both share the state."""
    given = run.given.model_copy(update={"bundle": bundle.to_json(), "sha256": bundle.sha256})
    return type(run)(bundle, bundle.evaluator, _plan(bundle), given, run.state)


def _plan(bundle: Bundle) -> Plan:
    while len(_plans) > KEPT:
        del _plans[next(iter(_plans))]
    if bundle.sha256 not in _plans:
        _plans[bundle.sha256] = Plan(bundle.definition)
    return _plans[bundle.sha256]
