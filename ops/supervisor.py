"""Room `ops`: everything on one machine. PostgreSQL, Temporal, worker and web as supervised children.

Starts them in order, restarts what crashes, takes them along when it goes, even by kill -9 (ops/child.py).
It is single-threaded where it starts children: the kernel ties a child to the thread that made it.
"""

import asyncio
import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

from ops import first_start
from ops.embedded_postgres import EmbeddedPostgres, end_orphan
from ops.embedded_temporal import EmbeddedTemporal
from ops.home_lock import HomeLock
from ops.processes import end_child, port_is_free, start_child
from ops.readiness import ask, tail
from ops.secrets_file import read_json, remembered_number, remembered_secret, write_private_json
from ops.service import Service
from ops.settings import REPOSITORY, Settings

READY_WITHIN_SECONDS = 120
LOOK_EVERY_SECONDS = 0.1


class StartFailed(Exception):
    """Something needed did not start; the message says what and where to read more."""

    code = "start_failed"


class PortTaken(Exception):
    """Another program listens on the wanted port."""

    code = "port_taken"


class Supervisor:
    """Runs until it is told to stop; `say` prints a line for the operator."""

    def __init__(self, settings: Settings, *, demo: bool, say: Callable[[str], None] = print) -> None:
        self.settings = settings
        self.demo = demo
        self.say = say
        self.home = settings.home
        self.postgres = None if settings.database_url else EmbeddedPostgres(self.home)
        self.temporal = (
            None if settings.temporal_address else EmbeddedTemporal(self.home, settings.temporal_namespace)
        )
        self.services: list[Service] = []
        self.addresses: tuple[int, int] = (0, 0)
        self.written: dict[str, int] = {}
        self.stopping = asyncio.Event()

    @property
    def base_url(self) -> str:
        host = "127.0.0.1" if self.settings.host in {"0.0.0.0", "::"} else self.settings.host  # noqa: S104
        return f"http://{host}:{self.settings.port}"

    async def run(self) -> None:
        """Start everything, watch over it, stop everything. Raises HomeInUse, PortTaken, StartFailed."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.stopping.set)
        began = time.monotonic()
        if not self.home.exists():
            self.check_port()  # before the home is made: a start that cannot be leaves nothing behind
        lock = HomeLock(self.home)
        try:
            self.check_port()
            lock.keep_mode(self.settings.mode)
            remembered_number(self.home / "ports.json", "web", self.settings.port)
            starting = asyncio.create_task(self.start_all())
            stopped = asyncio.create_task(self.stopping.wait())
            await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                self.announce(time.monotonic() - began)
                await self.watch()
            else:
                starting.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await starting
        finally:
            self.stop_all()
            lock.release()

    def check_port(self) -> None:
        """Raises PortTaken while another program listens on the wanted port."""
        if not port_is_free(self.settings.port, self.settings.host):
            raise PortTaken(
                f"port {self.settings.port} is taken: stop what listens there, or choose another --port"
            )

    async def start_all(self) -> None:
        """PostgreSQL and Temporal at once; then schema, demo company, worker and web; then /readyz."""
        self.prepare_first_start()
        self.say("starting PostgreSQL and Temporal")
        if self.temporal is not None:
            self.add("temporal", self.temporal.start, self.temporal.stop)
        if self.postgres is not None:
            self.postgres.prepare()
            self.add("postgres", self.start_postgres, self.postgres.stop)
            await asyncio.to_thread(self.postgres.wait_ready)
        await self.run_once("migrate", owner=True)
        if self.demo and not self.settings.demo_file.exists():
            await self.load_demo_company()
        first_start.finish(self.home)
        if self.temporal is not None:
            await asyncio.to_thread(self.temporal.wait_ready)
        self.addresses = self.ports()
        for verb in ("worker", "web"):
            self.add_python(verb)
        self.say("starting worker and web")
        await self.wait_ready()

    def prepare_first_start(self) -> None:
        """Begin anew what was cut short; mark a home whose cluster is to be made and filled."""
        if self.postgres is None:
            return
        end_orphan(self.postgres.data)
        if first_start.clear_unfinished(self.home):
            self.say("the first start was cut short: it begins anew")
        if self.demo and not (self.postgres.data / "PG_VERSION").exists():
            first_start.begin(self.home)

    async def load_demo_company(self) -> None:
        """Load it into an empty installation; one that has people of its own stays as it is."""
        self.say("loading the demo company, once")
        await self.run_once("seed", "--if-empty")
        self.demo = self.settings.demo_file.exists()

    def start_postgres(self) -> "subprocess.Popen[bytes]":
        """First clear what a crash left, then start."""
        assert self.postgres is not None
        self.postgres.prepare()
        return self.postgres.start()

    def add(
        self, name: str, start: "Callable[[], subprocess.Popen[bytes]]", stop: Callable[[], None]
    ) -> None:
        service = Service(name, start, stop)
        service.launch()
        self.services.append(service)
        self.write_processes()

    def add_python(self, verb: str) -> None:
        """Supervise one of our own processes."""
        service = Service(verb, lambda: self.start_verb(verb), lambda: None)

        def stop() -> None:
            if service.process is not None:
                end_child(service.process, grace_seconds=15)

        service.stop = stop
        service.launch()
        self.services.append(service)
        self.write_processes()

    def start_verb(self, verb: str, *arguments: str, owner: bool = False) -> "subprocess.Popen[bytes]":
        log = self.home / "logs" / f"{verb}.log"
        return start_child(
            self.command(verb, *arguments),
            log=log,
            env=self.environment(owner=owner),
            death_signal=signal.SIGKILL,
            cwd=REPOSITORY,
        )

    def command(self, verb: str, *arguments: str) -> list[str]:
        """The command that runs one verb in a process of its own."""
        return [sys.executable, "-P", "-m", "ops.command_line", verb, *arguments]

    def environment(self, *, owner: bool = False) -> Mapping[str, str]:
        """What a child of ours is told; only `migrate` learns the owner's address."""
        settings, secrets = self.settings, self.home / "secrets.json"
        env = {
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "PYTHONUNBUFFERED": "1",
            "XUNJI_HOME": str(self.home),
            "XUNJI_HOST": settings.host,
            "XUNJI_PORT": str(settings.port),
            "XUNJI_TEMPORAL_NAMESPACE": settings.temporal_namespace,
            "XUNJI_DEMO": "1" if self.demo else "0",
            "XUNJI_MODE": settings.mode,
            "XUNJI_SECRET_KEY": settings.secret_key.get_secret_value()
            if settings.secret_key
            else remembered_secret(secrets, "secret_key"),
        }
        if self.temporal is not None:
            env["XUNJI_TEMPORAL_ADDRESS"] = self.temporal.address
        if self.postgres is not None:
            env["XUNJI_DATABASE_URL"] = self.postgres.app_url
            env["XUNJI_OWNER_DATABASE_URL"] = self.postgres.owner_url
        if not owner:
            env.pop("XUNJI_OWNER_DATABASE_URL", None)
        return env

    async def run_once(self, verb: str, *arguments: str, owner: bool = False) -> None:
        """Run a verb to its end; raises StartFailed with the last lines of its log."""
        child = self.start_verb(verb, *arguments, owner=owner)
        try:
            while child.poll() is None:  # noqa: ASYNC110 - a process has no event to wait for here
                await asyncio.sleep(LOOK_EVERY_SECONDS)
        finally:
            end_child(child, grace_seconds=5)
        if child.returncode != 0:
            raise StartFailed(f"{verb} failed:\n{tail(self.home / 'logs' / f'{verb}.log')}")

    async def wait_ready(self) -> None:
        """Poll /readyz; raises StartFailed when it stays unready, with what worker and web last said."""
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        answer = "no answer"
        while time.monotonic() < deadline:
            self.look()
            ready, answer = await asyncio.to_thread(ask, f"{self.base_url}/readyz")
            if ready:
                return
            if any(service.crashes > 3 for service in self.services):  # noqa: PLR2004 - it will not get better
                break
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        logs = "\n".join(
            f"--- {verb}\n{tail(self.home / 'logs' / f'{verb}.log')}" for verb in ("worker", "web")
        )
        raise StartFailed(f"not ready: {answer}\n{logs}")

    async def watch(self) -> None:
        """Restart what crashes until told to stop."""
        while not self.stopping.is_set():
            self.look()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), LOOK_EVERY_SECONDS)

    def look(self) -> None:
        """One look at every child. Servers that came back elsewhere make worker and web start again."""
        for service in self.services:
            message = service.look(time.monotonic())
            if message is not None:
                self.say(message)
        if self.addresses not in {(0, 0), self.ports()}:
            self.addresses = self.ports()
            for service in self.services:
                if service.name in {"worker", "web"}:
                    service.end()
                    service.launch()
        self.write_processes()

    def write_processes(self) -> None:
        """Keep `processes.json`, for `doctor` and for trials that kill."""
        running = {service.name: service.process.pid for service in self.services if service.process}
        if running != self.written:
            self.written = running
            write_private_json(self.home / "processes.json", running)

    def ports(self) -> tuple[int, int]:
        return (self.postgres.port if self.postgres else -1, self.temporal.port if self.temporal else -1)

    def stop_all(self) -> None:
        """The last started stops first: web, worker, then the servers they need."""
        if self.services:
            self.say("stopping")
        for service in reversed(self.services):
            service.end()
        self.write_processes()

    def announce(self, seconds: float) -> None:
        """Say where to go and, with the demo company, who may log in."""
        self.say(
            f"ready in {seconds:.1f} s: {self.base_url}   (Ctrl-C stops it; logs in {self.home / 'logs'})"
        )
        if not self.demo:
            elsewhere = (
                "" if self.home == REPOSITORY / ".xunji" else f"XUNJI_HOME={shlex.quote(str(self.home))} "
            )
            self.say(f"no demo company; the first administrator is made with {elsewhere}./xunji admin create")
            return
        demo = read_json(self.settings.demo_file)
        if demo and demo.get("base_url") != self.base_url:
            write_private_json(self.settings.demo_file, {**demo, "base_url": self.base_url})
        self.say("who may log in (user name, password, name, post@site):")
        for user in demo.get("users", []):
            posts = ", ".join(f"{post['post']}@{post['site'] or '*'}" for post in user.get("posts", []))
            self.say(f"  {user['username']:<16} {user['password']:<20} {user['name']}  {posts}")
