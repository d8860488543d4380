"""Services: what was read is written down - all by an auditor, sensitive records by anybody.

Asked once for each page and call, before anything is shown: what cannot be written down is not shown (E6,
E7).
What only refreshes a page that is open is the same reading for ten minutes; each process counts for itself.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

from domain.submissions import printable
from services.permissions import Permission

if TYPE_CHECKING:
    from services.platform import Actor, Platform

SAME_READING_S = 600
REMEMBERED = 10_000
TELL_THEMSELVES = re.compile(r"/audit(\.csv)?$|/note$|/label$|^/inbox/events$")
"""Written down where they are made, with more than the address; and the number of one's own tasks."""
REFRESHED = re.compile(r"/(live|events|standing)$")
"""What a page asks for while it is open: it belongs to the page above."""
SENSITIVE = (
    ("personal", re.compile(r"^/(api/v1|admin)/persons(/|$)|^/(api/v1/)?training/register$")),
    (
        "evidence",
        re.compile(r"^/(api/v1/)?(attachments|evidence|archives?|drill-records)(/|$)|/(history|engine)$"),
    ),
    ("export", re.compile(r"/export\.|\.(csv|xlsx|pdf|bpmn|yaml)$|/bpmn$|/report$")),
)
_seen: OrderedDict[tuple[str, str, str, str], float] = OrderedDict()


async def note(
    platform: Platform,
    actor: Actor,
    path: str,
    query: str = "",
    *,
    refreshes: bool = False,
    request_id: str = "",
) -> None:
    """Writes down that the actor reads what is at a path, if that is to be known.

    `refreshes`: an open page asks for a part of it, or a machine looks again and again.
    """
    page = REFRESHED.sub("", path)
    why = reasons(actor, page)
    if not why or TELL_THEMSELVES.search(path):
        return
    key = (platform.database.url, str(actor.person_id), page, query if page == path else "")
    if _again(key) and refreshes:
        return
    looked_for = printable(unquote_plus(query))[:500]
    async with platform.database.write(actor.ref, request_id) as tx:
        await tx.audit("read.page", "page", page[:200], after={"query": looked_for, "why": why})


def reasons(actor: Actor, path: str) -> list[str]:
    """Why it is written down that this actor reads what is at a path; nothing: it is not."""
    found = ["auditor"] if actor.may(Permission.AUDIT_READ) else []
    return found + [name for name, pattern in SENSITIVE if pattern.search(path)]


def _again(key: tuple[str, str, str, str]) -> bool:
    """Whether the same was written down a moment ago; if not, it counts as written down from now on."""
    now = monotonic()
    if now - _seen.get(key, -SAME_READING_S) < SAME_READING_S:
        return True
    _seen[key] = now
    _seen.move_to_end(key)
    if len(_seen) > REMEMBERED:
        _seen.popitem(last=False)
    return False
