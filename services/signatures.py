"""Services: electronic signatures - the password again, then a row bound to the hash of what is signed (T4).

`check_password_again` gives the proof that `sign` demands, so that no signature is written without it. The
proof holds no password. It knows no form and no page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.ids import new_id
from db.queries import actors
from domain.signatures import WrongPassword, check_shown
from domain.sop_definition import Text
from services import lock_out
from services.permissions import require_person

if TYPE_CHECKING:
    from db.session import Transaction
    from services.platform import Actor, Assignment, Platform


@dataclass(frozen=True)
class SignatureGiven:
    """What a person sends to sign: the password again, the meaning and the digest as they were shown."""

    password: str
    meaning: str | None = None
    content_sha256: str | None = None

    def __repr__(self) -> str:
        return "SignatureGiven(password=***)"


@dataclass(frozen=True)
class PasswordProof:
    """That this person has just given the right password. Made by `check_password_again` alone.

    `shown` is the digest of what the person was shown, where it was sent along.
    """

    person_id: UUID
    shown: str | None = None


async def check_password_again(platform: Platform, actor: Actor, given: SignatureGiven) -> PasswordProof:
    """WrongPassword or LockedOut unless it is the actor's; refused attempts are counted, the caller audits.

    Argon2 takes tens of milliseconds: call it before the transaction that writes, never inside.
    """
    require_person(actor)
    async with platform.database.read() as tx:
        row = await actors.person_with_credential(tx, person_id=actor.person_id)
    await lock_out.check(platform, row, given.password, WrongPassword())
    return PasswordProof(actor.person_id, given.content_sha256)


async def sign(
    tx: Transaction,
    proof: PasswordProof,
    *,
    actor: Actor,
    meaning: Text,
    content_sha256: str,
    purpose: str,
    held: Assignment | None = None,
    task_id: UUID | None = None,
    run_id: UUID | None = None,
    epoch: int | None = None,
) -> UUID:
    """Writes the signature with printed name, post and meaning; the caller's transaction audits it.

    ContentChanged, and nothing is written, when the person was shown something else.
    `held` is the post under which the person signs; without it all posts are printed.
    """
    if proof.person_id != actor.person_id:
        raise WrongPassword
    check_shown(proof.shown, content_sha256)
    posts = (held,) if held else actor.assignments
    signature_id = new_id()
    await tx.execute(
        sa.insert(t.signature).values(
            id=signature_id,
            person_id=actor.person_id,
            printed_name=actor.name,
            post_name_zh="、".join(dict.fromkeys(p.post_name_zh for p in posts)),
            post_name_en=", ".join(dict.fromkeys(p.post_name_en for p in posts)),
            meaning_zh=meaning.zh,
            meaning_en=meaning.in_language("en"),
            content_sha256=content_sha256,
            purpose=purpose,
            task_id=task_id,
            run_id=run_id,
            epoch=epoch,
            method="password",
        )
    )
    return signature_id
