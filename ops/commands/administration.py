"""Room `ops`, verbs of the administrator: admin create, admin key. They know no table."""

import asyncio
import sys
from typing import Annotated, Any

import typer

from ops.commands.asking import password_of

admin = typer.Typer(help="Administrators and keys of machines.", no_args_is_help=True)


@admin.command("create")
def create_administrator(
    username: Annotated[str, typer.Option(prompt=True, help="User name for logging in.")],
    name: Annotated[str, typer.Option(prompt=True, help="Name as printed beside signatures.")],
) -> None:
    """Create the first administrator of an empty installation; its password is asked for or piped in."""
    from ops.settings import Settings

    made = asyncio.run(_first_administrator(Settings(), username, name, password_of(confirm=True)))
    sys.stdout.write(f"administrator {made} may log in\n")


async def _first_administrator(settings: Any, username: str, name: str, password: str) -> str:
    from ops.platform_access import open_platform
    from services import first_administrator

    async with open_platform(settings) as platform:
        return await first_administrator.create(platform, username=username, name=name, password=password)


@admin.command("key")
def create_key(
    author: Annotated[str, typer.Option(help="User name of the administrator who makes or revokes it.")],
    machine: Annotated[
        str | None, typer.Argument(help="User name of the machine account, made if there is none.")
    ] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="What the key may do; may be given several times.")
    ] = None,
    revoke: Annotated[
        str | None, typer.Option(metavar="PREFIX", help="Revoke the key that begins so, for good.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why it is revoked.")] = None,
) -> None:
    """Make an API key for another system and print it, once; or revoke one. The password is asked for."""
    from ops.settings import Settings

    if revoke is not None:
        if machine or scope or not reason:
            raise typer.BadParameter("--revoke takes --reason, and neither a machine nor a scope")
        asyncio.run(_revoke(Settings(), revoke, reason, author, password_of()))
        sys.stdout.write(f"the key {revoke} is revoked\n")
        return
    if not machine or not scope:
        raise typer.BadParameter("a key is of a machine and has at least one --scope")
    from services.permissions import Permission

    known = {permission.value: permission for permission in Permission}
    unknown = sorted(set(scope) - set(known))
    if unknown:
        raise typer.BadParameter(f"there is no {', '.join(unknown)}; there are: {', '.join(sorted(known))}")
    chosen = [known[name] for name in sorted(set(scope))]
    key = asyncio.run(_key(Settings(), machine, chosen, author, password_of()))
    sys.stderr.write(f"the key of {machine}; it is kept nowhere, so keep it yourself:\n")
    sys.stdout.write(f"{key}\n")


async def _key(settings: Any, machine: str, scopes: list[Any], author: str, password: str) -> str:
    from domain.master_data import PersonIn
    from ops.platform_access import open_platform
    from services import api_keys, auth, persons

    account = PersonIn(username=machine, name=machine, kind="machine", posts=[])
    async with open_platform(settings) as platform:
        session = await auth.log_in(platform, author, password)
        try:
            found = await persons.list_persons(platform, actor=session.actor, text=machine, kind="machine")
            if machine not in {row.username for row in found.items}:
                await persons.create(platform, account, actor=session.actor)
            return await api_keys.create(platform, machine, scopes, actor=session.actor)
        finally:
            await auth.log_out(platform, actor=session.actor)


async def _revoke(settings: Any, prefix: str, reason: str, author: str, password: str) -> None:
    from ops.platform_access import open_platform
    from services import api_keys, auth

    async with open_platform(settings) as platform:
        session = await auth.log_in(platform, author, password)
        try:
            await api_keys.revoke(platform, prefix, reason=reason, actor=session.actor)
        finally:
            await auth.log_out(platform, actor=session.actor)


def register(app: typer.Typer) -> None:
    app.add_typer(admin, name="admin")
