"""A run driven by hand goes over to another version, as the workflow does it."""

from __future__ import annotations

from typing import Any

from domain.sop_bundle import Bundle
from domain.sop_changeover import command as changeover
from domain.sop_changeover import obstacles
from tests.domain.progress.driving import Driver
from tests.procedures import bundle_of
from tests.saying import moving

ALL = 1_000_000


def change_over(d: Driver, new: Bundle | dict[str, Any], advances: int = ALL) -> None:
    """Raises what the run refuses; then the run is the one that goes on, and continues as new with it."""
    bundle = new if isinstance(new, Bundle) else bundle_of(new)
    d.run.now = d.now
    _, after = changeover.take(d.run, moving(d.run.bundle, bundle), d.now)
    result = d.advance(d.run.take())
    d.run = after
    d.begin = after.given
    if result.asked:
        d.run.answer(result.asked, d.now)
    d.continue_as_new()
    d.written_down()
    d.settle(advances)


def codes(d: Driver, new: Bundle | dict[str, Any]) -> dict[str, str | None]:
    """What speaks against it: codes with the step each is about."""
    bundle = new if isinstance(new, Bundle) else bundle_of(new)
    before = d.run.state.model_dump()
    found = {one.code: one.step for one in obstacles(d.run, bundle, d.now)}
    assert d.run.state.model_dump() == before
    return found
