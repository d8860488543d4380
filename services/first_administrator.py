"""Services: the first administrator of an empty installation; everybody else is created by an administrator.

There is nobody yet who could be asked for permission, so this works exactly once. It knows no terminal.
"""

import sqlalchemy as sa

from db import tables as t
from domain.errors import Refusal
from domain.master_data import AssignmentIn, BothNames, PersonIn, PostIn
from services import passwords, persons, sites
from services.permissions import Permission
from services.platform import Platform

POST = "administrator"
PERMISSIONS = (
    Permission.ADMIN_PEOPLE,
    Permission.ADMIN_SCHEDULES,
    Permission.ADMIN_SITES,
    Permission.ATTACHMENT_READ,
    Permission.AUDIT_READ,
    Permission.DOCUMENT_READ,
    Permission.MASTER_READ,
    Permission.MASTER_WRITE,
    Permission.RUN_READ,
    Permission.SOP_READ,
    Permission.STOCK_READ,
    Permission.TASK_READ,
)


class AdministratorExists(Refusal):
    """Somebody already holds a post that administers people."""

    code = "administrator_exists"
    kind = "conflict"
    zh = "已有管理员，请由管理员新建人员"
    en = "There is an administrator already; further people are created by an administrator"


async def create(platform: Platform, *, username: str, name: str, password: str) -> str:
    """Create the post and the person who holds it at every site; returns the user name.

    AdministratorExists when somebody administers people already; the password follows the policy.
    """
    person = PersonIn.model_validate(
        {"username": username, "name": name, "password": password, "posts": [AssignmentIn(post=POST)]}
    )
    passwords.check_policy(password, person.username)
    hashed = await passwords.hash_password(password)
    async with platform.database.write() as tx:
        await tx.execute(sa.text("LOCK TABLE post_assignment IN SHARE ROW EXCLUSIVE MODE"))
        administers = t.post.c.permissions.any_() == Permission.ADMIN_PEOPLE.value
        held = sa.select(t.post_assignment.c.id).join(t.post).where(administers).limit(1)
        if await tx.scalar(held) is not None:
            raise AdministratorExists
        known = await tx.scalar(sa.select(t.post.c.id).where(t.post.c.code == POST))
        if known is None:
            post = PostIn(
                code=POST,
                name=BothNames(zh="系统管理员", en="Administrator"),
                permissions=[permission.value for permission in PERMISSIONS],
            )
            await sites.create_post_in(tx, post)
        person_id = await persons.create_in(tx, person, hashed)
        await tx.audit(
            "create.person", "person", str(person_id), after={"username": person.username, "posts": [POST]}
        )
    return person.username
