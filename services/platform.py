"""Services: what every service function is given - the platform's parts and who is acting.

Built in the doors (web, worker, tests). It knows no HTTP and no engine beyond the gateway.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol
from uuid import UUID

from db.session import ActorRef
from services.permissions import Permission

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from contracts.commands import ChangeoverQuestion
    from contracts.payload import Payload
    from contracts.runs import RunStart
    from db.session import Database
    from engine.gateway import Answer, Position
    from engine.histories import RunHistories
    from engine.scheduling import Scheduled, Timetable
    from services.head_places import MailSettings, StoreSettings
    from services.hearing import Hearing


class RunGateway(Protocol):
    """What services ask of the engine; `engine.gateway.Gateway` is the one that talks to Temporal."""

    async def start(self, start: RunStart, summary: str) -> None: ...

    async def update(
        self, run_id: str, name: str, payload: Payload, update_id: str, wait_s: float
    ) -> Answer: ...

    async def history(self, run_id: str) -> list[dict[str, Any]]: ...

    async def histories(self, run_id: str) -> RunHistories | None: ...

    async def is_known(self, run_id: str) -> bool: ...

    async def position(self, run_id: str) -> Position | None: ...

    async def obstacles(self, run_id: str, question: ChangeoverQuestion) -> list[dict[str, Any]] | None: ...

    async def tell(self, run_id: str, path: str) -> None: ...

    async def advance_clock(self, run_id: str, ahead_s: int) -> None: ...

    async def put_schedule(self, wanted: Timetable) -> None: ...

    async def schedule(self, schedule_id: str) -> Scheduled | None: ...

    async def reachable(self) -> bool: ...

    async def worker_polls(self) -> bool: ...


@dataclass(frozen=True)
class PlatformSettings:
    """Settings that services need. Times are in seconds."""

    secret_key: str
    mode: Literal["live", "drill"] = "live"
    demo: bool = False
    jurisdiction: str = "CN"
    update_wait_s: float = 8.0
    session_life_s: int = 12 * 3600
    session_idle_s: int = 2 * 3600
    lock_out_failures: int = 5
    lock_out_s: int = 15 * 60
    seal_key: str = ""
    """The private key that signs blocks of evidence (`domain.seal_keys`); without one nothing is sealed."""
    seal_key_before: str = ""
    """The key that sealed before, to vouch for a new one."""
    heads_file: Path | None = None
    """Where heads of the chain are exported to, outside the database; None: nowhere."""
    heads_store: StoreSettings | None = None
    """A bucket for them as well."""
    heads_mail: MailSettings | None = None
    """An inbox for them as well."""


@dataclass(frozen=True)
class Platform:
    """The database, the engine's gateway and the settings of one installation."""

    database: Database
    gateway: RunGateway
    settings: PlatformSettings
    hearing: Hearing | None = None
    """What the database says when it commits; without it verdicts are learnt from the engine alone."""


@dataclass(frozen=True)
class Assignment:
    """A post held at a site (None: all) in a department (None: all), with the post's permissions."""

    post: str
    post_id: UUID
    site_id: UUID | None = None
    site: str | None = None
    department_id: UUID | None = None
    department: str | None = None
    permissions: frozenset[str] = frozenset()
    post_name_zh: str = ""
    post_name_en: str = ""

    def covers(self, post_id: UUID, site_id: UUID | None, department_id: UUID | None) -> bool:
        """Whether this is the post asked for, at that site and in that department."""
        return (
            self.post_id == post_id
            and (self.site_id is None or site_id is None or self.site_id == site_id)
            and (self.department_id is None or department_id is None or self.department_id == department_id)
        )


@dataclass(frozen=True)
class Actor:
    """Who is acting: a person with posts, or a machine with the scopes of its key."""

    person_id: UUID
    username: str
    name: str
    kind: Literal["person", "machine"]
    language: Literal["zh", "en"]
    permissions: frozenset[Permission] = frozenset()
    assignments: tuple[Assignment, ...] = ()
    scopes: frozenset[str] = frozenset()
    session_id: UUID | None = None

    @property
    def ref(self) -> ActorRef:
        """As the audit log names the actor."""
        return ActorRef(self.person_id, self.name)

    def may(self, permission: Permission, site_id: UUID | None = None) -> bool:
        """Whether the actor has the permission, at the site where one is named."""
        if permission not in self.permissions:
            return False
        if self.kind == "machine" or site_id is None:
            return True
        return any(
            permission in held.permissions and held.site_id in {None, site_id} for held in self.assignments
        )

    def holding(self, post_id: UUID, site_id: UUID | None, department_id: UUID | None) -> Assignment | None:
        """The assignment by which the actor holds a post at a site and department, None if not."""
        return next((a for a in self.assignments if a.covers(post_id, site_id, department_id)), None)
