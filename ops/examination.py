"""Room `ops`: what is missing or misconfigured on this machine, in words. It repairs nothing."""

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ops import addresses
from ops.database_role import RoleTooPowerful, refuse_powerful_role
from ops.embedded_postgres import binaries
from ops.embedded_temporal import temporal_binary
from ops.home_lock import running_pid
from ops.processes import answers, port_is_free
from ops.settings import REPOSITORY, Settings

State = Literal["ok", "note", "problem"]
ENOUGH_DISK_BYTES = 2 * 1024**3
PRIVATE_FILES = ("secrets.json", "demo.json", "ports.json")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. A note is worth knowing, a problem stops something from working."""

    what: str
    state: State
    words: str


def examine(settings: Settings) -> list[Finding]:
    """Look at everything; a look that fails by itself is a problem with its reason."""
    findings: list[Finding] = []
    for look in LOOKS:
        try:
            findings += look(settings)
        except Exception as error:  # noqa: BLE001 - the reason is the finding
            findings.append(Finding(look.__name__.replace("_", " "), "problem", str(error)))
    return findings


def python_and_packages(_: Settings) -> Iterator[Finding]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding("python", "ok", version)
    stamp = Path(sys.prefix) / "installed.lock"
    lock = REPOSITORY / "requirements.lock"
    same = stamp.exists() and stamp.read_bytes() == lock.read_bytes()
    words = "as in requirements.lock" if same else "not installed by ./xunji from requirements.lock"
    yield Finding("packages", "ok" if same else "note", words)


def servers_in_the_environment(_: Settings) -> Iterator[Finding]:
    yield Finding("temporal program", "ok", temporal_binary())
    yield Finding("postgres program", "ok", str(binaries() / "postgres"))


def front_end_assets(_: Settings) -> Iterator[Finding]:
    found = (REPOSITORY / "node_modules" / "htmx.org").is_dir()
    words = "installed" if found else "node_modules lacks htmx.org: run ./xunji, which installs it"
    yield Finding("front-end assets", "ok" if found else "problem", words)


def browser(_: Settings) -> Iterator[Finding]:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    words = found or "no chromium on PATH: browser tests are skipped (Debian: apt-get install chromium)"
    yield Finding("chromium", "ok" if found else "note", words)


def home(settings: Settings) -> Iterator[Finding]:
    place = settings.home if settings.home.exists() else settings.home.parent
    writable = os.access(place, os.W_OK)
    yield Finding(
        "home", "ok" if writable else "problem", f"{settings.home}{'' if writable else ' is not writable'}"
    )
    free = shutil.disk_usage(place).free
    state: State = "ok" if free > ENOUGH_DISK_BYTES else "problem"
    yield Finding("disk", state, f"{free / 1024**3:.1f} GiB free (2 GiB wanted)")
    for name in PRIVATE_FILES:
        file = settings.home / name
        if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
            yield Finding(name, "problem", f"others may read {file}: chmod 600 it")


def running_instance(settings: Settings) -> Iterator[Finding]:
    pid = running_pid(settings.home)
    if pid is not None:
        yield Finding("up", "ok", f"runs as process {pid}")
        return
    free = port_is_free(settings.port, settings.host)
    words = f"not running; port {settings.port} is {'free' if free else 'taken by another program'}"
    yield Finding("up", "note" if free else "problem", words)


def database(settings: Settings) -> Iterator[Finding]:
    from db.migrations import current_and_head

    try:
        url = addresses.database_url(settings)
    except addresses.NothingToConnectTo as nothing:
        yield Finding("database", "note", str(nothing))
        return
    try:
        refuse_powerful_role(url)
        yield Finding("database", "ok", "answers, and the role is a plain application role")
    except RoleTooPowerful as error:
        yield Finding("database", "problem", str(error))
    current, head = current_and_head(url)
    same = current == head
    words = f"at {current}" if same else f"at {current}, the code needs {head}: ./xunji migrate"
    yield Finding("schema", "ok" if same else "problem", words)


def engine(settings: Settings) -> Iterator[Finding]:
    try:
        address = addresses.temporal_address(settings)
    except addresses.NothingToConnectTo as nothing:
        yield Finding("temporal", "note", str(nothing))
        return
    host, _, port = address.rpartition(":")
    reached = answers(int(port), host=host)
    embedded = settings.temporal_address is None
    state: State = "ok" if reached else "note" if embedded else "problem"
    yield Finding("temporal", state, f"{address} {'answers' if reached else 'does not answer'}")


LOOKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    python_and_packages,
    servers_in_the_environment,
    front_end_assets,
    browser,
    home,
    running_instance,
    database,
    engine,
)
