"""Services: one advance while it is performed - its transaction, run and bundle, and what it collects.

Shared by the modules `advance_*`; it performs nothing itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from contracts.advance import AdvanceInput, AskedResult, EndRun
from contracts.tasks import OpenTask, Recipient
from db import tables as t
from db.kept import Call, Kept
from db.queries.actors import assignment_in_force
from services.action_context import ActionFunction, RunInAdvance, UndoFunction

if TYPE_CHECKING:
    from db.session import Transaction
    from domain.sop_bundle import Bundle


@dataclass(frozen=True)
class Addressee:
    """A post with its site and department as ids; `held` says that somebody holds it there now."""

    post_id: UUID
    site_id: UUID
    department_id: UUID | None
    held: bool


@dataclass
class Advance:
    """The advance in hand."""

    tx: Transaction
    given: AdvanceInput
    run: RunInAdvance
    bundle: Bundle
    actions: Mapping[str, ActionFunction]
    undos: Mapping[str, UndoFunction]
    settled: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    actor_id: UUID | None = None
    asked: AskedResult | None = None
    end: EndRun | None = None
    withdrawn: dict[str, list[str]] = field(default_factory=dict)
    addressees: dict[Recipient, Addressee | None] = field(default_factory=dict)
    opened: dict[str, Any] = field(default_factory=dict)
    earlier: list[Mapping[str, Any]] | None = None

    @property
    def opens_at_the_end(self) -> bool:
        """Whether the advance opens one task that nothing else in it meets: `opened`, written at its end."""
        return opened_at_the_end(self.given) is not None

    async def change(self, kept: Kept, params: Mapping[str, Any]) -> None:
        """Writes; in an advance of the usual shape together with what is sent next.

        Elsewhere at once: an action would take the refusal of an earlier change for its own.
        """
        if self.opens_at_the_end:
            await self.tx.later(kept, params)
        else:
            await self.tx.run(kept, params)

    async def last_actor(self) -> UUID:
        """Who caused what the system does now: the last who submitted something, or who started the run."""
        if self.actor_id is None:
            s = t.submission.c
            found = await self.tx.scalar(
                sa.select(s.actor_id).where(s.run_id == self.run.id).order_by(s.recorded_at.desc()).limit(1)
            )
            self.actor_id = found or self.run.started_by
        return self.actor_id

    async def addressee(self, to: Recipient) -> Addressee | None:
        """The recipient's ids, None when there is no such post; looked up once per advance."""
        return (await self.addressee_with(to))[0]

    async def addressee_with(
        self, to: Recipient, *calls: Call
    ) -> tuple[Addressee | None, list[list[Mapping[str, Any]]]]:
        """The recipient's ids, and what `calls` give, with one wait for all."""
        asked = [] if to in self.addressees else [asking_for(to, self.run.id)]
        found = await self.tx.together(*asked, *calls) if asked or calls else []
        if asked:
            self.found_for(to, found.pop(0))
        return self.addressees[to], found

    def found_for(self, to: Recipient, rows: Sequence[Mapping[str, Any]]) -> None:
        """Keeps what the look for a recipient gave."""
        self.addressees[to] = Addressee(**rows[0]) if rows else None

    async def owner(self) -> Addressee:
        """The owner of the procedure, who gets incidents and deviations."""
        owner = self.bundle.definition.owner
        found = await self.addressee(Recipient(post=owner.post, department=owner.department))
        if found is None:
            raise OwnerUnknown(owner.post)
        return found


def opened_at_the_end(given: AdvanceInput) -> OpenTask | None:
    """The one task that an advance of the usual shape opens: what precedes it in the advance is no action."""
    opening = [operation for operation in given.operations if isinstance(operation, OpenTask)]
    usual = all(operation.op in {"settle", "decide", "open_task"} for operation in given.operations)
    return opening[0] if usual and len(opening) == 1 else None


def asking_for(to: Recipient, run_id: UUID) -> Call:
    """The look for a recipient of a run."""
    return _addressee(), {"post": to.post, "site": to.site, "department": to.department, "run": run_id}


@cache
def _addressee() -> Kept:
    """A post by code with its site (None: the run's own) and department, and whether it is held there."""
    held = t.post_assignment.c
    site = sa.func.coalesce(
        sa.select(t.site.c.id).where(t.site.c.code == sa.bindparam("site")).scalar_subquery(),
        sa.select(t.run.c.site_id).where(t.run.c.id == sa.bindparam("run", type_=sa.Uuid)).scalar_subquery(),
    )
    department = (
        sa.select(t.department.c.id)
        .where(t.department.c.code == sa.bindparam("department"))
        .scalar_subquery()
    )
    holders = (
        sa.exists()
        .where(
            held.post_id == t.post.c.id,
            held.person_id == t.person.c.id,
            t.person.c.active,
            sa.or_(held.site_id.is_(None), held.site_id == site),
            sa.or_(held.department_id.is_(None), held.department_id == department, department.is_(None)),
            assignment_in_force(),
        )
        .correlate(t.post)
    )
    return Kept(
        sa.select(
            t.post.c.id.label("post_id"),
            site.label("site_id"),
            department.label("department_id"),
            holders.label("held"),
        ).where(t.post.c.code == sa.bindparam("post"))
    )


class OwnerUnknown(Exception):
    """The procedure's owner is a post that does not exist: the linter refuses such a definition."""
