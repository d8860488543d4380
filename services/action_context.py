"""Services: what a catalogue action is given and what it gives back.

An action runs inside the transaction and a savepoint of its advance; the effect key makes it happen once. It
knows no engine.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from domain.errors import Refusal

if TYPE_CHECKING:
    from db.session import Transaction


class ActionRefused(Refusal):
    """A business refusal: `name` is one that the catalogue declares, so that a definition can route it.

    Everything that the action wrote is rolled back to the savepoint; the rest of the advance commits.
    """

    code = "action_refused"
    zh = "{message}"
    en = "{message}"

    def __init__(self, name: str, message: str = "") -> None:
        self.name = name
        super().__init__(name=name, message=message or name)


@dataclass(frozen=True)
class RunInAdvance:
    """The run that an advance belongs to."""

    id: UUID
    workflow_id: str
    sop_id: UUID
    sop_key: str
    sop_version_id: UUID
    version: int
    sha256: str
    title_zh: str
    title_en: str
    site_id: UUID
    site: str
    department_id: UUID | None
    department: str | None
    time_zone: str
    legal_entity_id: UUID
    mode: Literal["live", "drill"]
    started_by: UUID
    started_by_name: str
    inputs: Mapping[str, Any]
    summary_zh: str
    summary_en: str
    state: str
    changeovers: int = 0


@dataclass(frozen=True)
class ActionContext:
    """One call of an action (or of its undo). `now` is the run's clock; `actor_id` the last performer.

    A chunked action gets the `cursor` that it returned last and the number of the `chunk`; an undo gets `why`
    its effect is undone, and the reason that was given.
    """

    tx: Transaction
    run: RunInAdvance
    path: str
    step: str
    actor_id: UUID
    now: datetime
    cursor: int | None = None
    chunk: int = 0
    why: Literal["", "sent_back", "cancelled"] = ""
    reason: str = ""


@dataclass(frozen=True)
class ActionOutcome:
    """What an action gives: JSON outputs as the catalogue declares, a cursor while there is more to do."""

    outputs: dict[str, Any] = field(default_factory=dict)
    cursor: int | None = None


@dataclass(frozen=True)
class Told:
    """What the owner of the procedure has to know of an undo: what it has left to be done, and where."""

    template: str
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    link: str | None = None


ActionFunction = Callable[[ActionContext, dict[str, Any]], Awaitable[ActionOutcome]]
UndoFunction = Callable[[ActionContext, dict[str, Any], dict[str, Any]], Awaitable[Told | None]]
"""An undo gets the inputs and the outputs of what it undoes; it refuses by raising `ActionRefused`."""
