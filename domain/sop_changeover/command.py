"""Domain: the command that a run goes on by another version - checked at the door, taken in between advances.

The state stays: open tasks with their epochs, timers as instants, what is queued. Only the bundle is another.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import ValidationError

from contracts.advance import SettleChangeover
from contracts.commands import CommandResult
from domain.answers import answer_hash
from domain.errors import Refusal
from domain.sop_bundle import Bundle
from domain.sop_changeover import Obstacle, obstacles
from domain.sop_changes.values import HEAD
from domain.sop_definition import Text
from domain.sop_progress.loading import with_bundle
from domain.sop_progress.refusals import ChangeoverRefused, ReasonRequired, RunEnded

if TYPE_CHECKING:
    from contracts.commands import ChangeOver, ChangeoverQuestion
    from domain.sop_progress import Progress

UNREADABLE = Text(zh="新版的内容与其哈希值不符", en="the new version is not what its hash says")
OTHER = Text(
    zh="流程已不是按原来的版本执行", en="the run does not go by the version any more that it is to leave"
)


def asked(run: Progress, question: ChangeoverQuestion, now: datetime) -> list[Obstacle]:
    """What keeps the run from going on by this bundle now; changes nothing."""
    try:
        bundle = Bundle.from_json(question.bundle, question.sha256)
    except (Refusal, ValidationError):
        return [Obstacle("unreadable", None, HEAD, UNREADABLE)]
    return obstacles(run, bundle, now)


def check(run: Progress, command: ChangeOver, now: datetime) -> None:
    """RunEnded, ReasonRequired, ChangeoverRefused with every reason."""
    if run.state.ended or run.state.ending:
        raise RunEnded
    if not command.reason.strip():
        raise ReasonRequired
    found = asked(run, command, now)  # type: ignore[arg-type] # it brings what a question brings
    if command.of != run.bundle.sha256:
        found.append(Obstacle("other", None, HEAD, OTHER))
    if found:
        raise ChangeoverRefused([(one.in_language("zh"), one.in_language("en")) for one in found])


def take(run: Progress, command: ChangeOver, now: datetime) -> tuple[CommandResult, Progress]:
    """Settles it with the next advance; gives the answer, and the run as it goes on after that."""
    check(run, command, now)
    run.state.commands += 1
    run.emit(
        SettleChangeover(
            submission=command.submission,
            actor=command.actor,
            hash=command.hash,
            answer=answer_hash(
                outcome=str(command.version), data=said(command), lines=None, reason=command.reason
            ),
            order=command.order,
            of=command.of,
            sha256=command.sha256,
            number=run.given.changeovers + 1,
        )
    )
    after = with_bundle(run, Bundle.from_json(command.bundle, command.sha256))
    after.given = after.given.model_copy(update={"changeovers": run.given.changeovers + 1})
    return CommandResult(state="changed_over", missing=[]), after


def said(command: ChangeOver) -> dict[str, str]:
    """What of the command its submission holds as data."""
    return {"order": command.order, "of": command.of, "sha256": command.sha256}
