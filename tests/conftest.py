"""Fixtures shared by every test: real servers, a fresh database each, a browser, the shared data.

Each xdist worker has servers of its own. Servers are session fixtures without an event loop, so that any
test may use them from any loop.
"""

import asyncio
import itertools
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from ops.embedded_postgres import FAST, SUPERUSER, EmbeddedPostgres
from ops.postgres_roles import APP, OWNER, create_database
from tests.servers import TemporalServer, TestDatabase, homes_in_memory, in_memory_temporal

if TYPE_CHECKING:
    from playwright.async_api import Browser
    from temporalio.testing import WorkflowEnvironment

REPOSITORY = Path(__file__).resolve().parent.parent
TEMPLATE = "xunji_template"
CloneDatabase = Callable[..., AbstractContextManager[TestDatabase]]
"""Without an argument of the empty template, else of the template named."""
FillTemplate = Callable[[str, Callable[[str], Coroutine[Any, Any, None]]], str]
SESSION = pytest.StashKey[pytest.Session]()
WAITING = ("browser", "trials", "faults", "ops")
"""Folders whose tests mostly wait: for a page, a server that starts, a clock."""
BROWSER_ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


structlog.configure(  # its own tracebacks show all variables: three quarters of the time of some tests
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)


@contextmanager
def temporary_home() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="xunji-test-", dir=homes_in_memory()))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """An empty PostgreSQL cluster with the two roles; its data may be lost, so it does not wait for the disk."""
    with temporary_home() as home:
        server = EmbeddedPostgres(home, settings=FAST)
        server.prepare()
        server.start()
        try:
            server.wait_ready()
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def template_database(postgres_server: EmbeddedPostgres) -> str:
    """A database migrated once; the others are its clones."""
    from db import migrations

    with postgres_server.connect() as session:
        create_database(session, TEMPLATE)
    migrations.upgrade(postgres_server.url(OWNER, TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="session")
def clone_database(postgres_server: EmbeddedPostgres, template_database: str) -> CloneDatabase:
    """Make a migrated database as a context; it is dropped, sessions and all, at the end."""
    numbers = itertools.count(1)

    @contextmanager
    def clone(template: str = template_database) -> Iterator[TestDatabase]:
        name = f"xunji_{next(numbers)}"
        with postgres_server.connect() as session:
            session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                [template],
            )
            create_database(session, name, template=template)
        urls = [postgres_server.url(role, name) for role in (APP, OWNER, SUPERUSER)]
        try:
            yield TestDatabase(name, *urls)
        finally:
            with postgres_server.connect() as session:
                session.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())

    return clone


@pytest.fixture(scope="session")
def fill_template(postgres_server: EmbeddedPostgres, template_database: str) -> FillTemplate:
    """Make a template of a name that many tests begin with, filled once by a coroutine; its name."""

    def fill(name: str, filling: Callable[[str], Coroutine[Any, Any, None]]) -> str:
        with postgres_server.connect() as session:
            create_database(session, name, template=template_database)
        asyncio.run(filling(postgres_server.url(APP, name)))
        return name

    return fill


@pytest.fixture
def database(clone_database: CloneDatabase) -> Iterator[TestDatabase]:
    """A migrated database for this test alone."""
    with clone_database() as made:
        yield made


@pytest.fixture(scope="module")
def module_database(clone_database: CloneDatabase) -> Iterator[TestDatabase]:
    """A migrated database for this module, for tests that only read or that keep out of each other's way."""
    with clone_database() as made:
        yield made


@pytest.fixture(scope="session")
def temporal_server() -> Iterator[TemporalServer]:
    """A Temporal dev server in memory, namespace `xunji`."""
    with in_memory_temporal() as server:
        yield server


@pytest.fixture
async def time_skipping_env() -> AsyncIterator["WorkflowEnvironment"]:
    """The time-skipping test server, from the environment and never downloaded."""
    from temporalio.testing import WorkflowEnvironment

    binary = Path(sys.executable).with_name("temporal-test-server")
    if not binary.exists():
        pytest.skip("no temporal-test-server in the environment (it exists for x86-64 Linux)")
    env = await WorkflowEnvironment.start_time_skipping(test_server_existing_path=str(binary))
    async with env:
        yield env


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of public sample data beside the repository, or where XUNJI_SHARED_DATA says."""
    path = Path(os.environ.get("XUNJI_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not path.is_dir():
        pytest.skip(f"no shared data at {path}: set XUNJI_SHARED_DATA")
    return path


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of chromium; without one the test is skipped, or fails where XUNJI_REQUIRE_BROWSER is set."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None and os.environ.get("XUNJI_REQUIRE_BROWSER"):
        pytest.fail("XUNJI_REQUIRE_BROWSER is set and there is no chromium on PATH")
    if found is None:
        pytest.skip("NO BROWSER: there is no chromium on PATH, so nothing that a person sees was tested")
    return found


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator["Browser"]:
    """A headless chromium (Playwright's asynchronous API: the synchronous one blocks other tests' loops)."""
    from playwright.async_api import async_playwright

    arguments = [*BROWSER_ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield started
        await started.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files whose tests wait stand evenly between those that compute: processors have work to the end."""
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    waiting = [path for path in files if set(path.relative_to(REPOSITORY).parts) & set(WAITING)]
    others = [path for path in files if path not in waiting]
    places = {path: (n + 0.5) / len(group) for group in (waiting, others) for n, path in enumerate(group)}
    items[:] = [item for path in sorted(files, key=places.__getitem__) for item in files[path]]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    session.config.stash[SESSION] = session


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End without the interpreter's own exit, which sometimes crashes after a Temporal client was used."""
    session = config.stash.get(SESSION, None)
    if session is None:
        return
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0 if hasattr(config, "workerinput") else int(session.exitstatus))
