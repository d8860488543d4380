"""Children are restarted, stopped in order, and gone with their parent, however it dies."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest

from ops.addresses import NothingToConnectTo, database_url
from ops.processes import free_port
from ops.settings import REPOSITORY, Settings
from tests.conftest import temporary_home

SCRIPT = Path(__file__).with_name("rehearsal.py")
CHILDREN = ("postgres", "temporal", "worker", "web")


class Up:
    """A running rehearsal and what it has said."""

    def __init__(self, home: Path, port: int, *, demo: bool = False) -> None:
        self.home, self.port = home, port
        env = {key: value for key, value in os.environ.items() if not key.startswith("XUNJI_")}
        self.process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(home), str(port), *(["demo"] if demo else [])],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**env, "PYTHONPATH": str(REPOSITORY)},
            cwd=REPOSITORY,
        )
        self.said: list[str] = []

    def hear(self, words: str) -> str:
        """Read on until a line holds these words."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if words in f"\n{line}":
                return line
        pytest.fail(f"never said {words!r}:\n{''.join(self.said)}")

    def ready(self) -> str:
        """Read on until it says that it is ready; "Address already in use" is not that."""
        return self.hear("\nready in ")

    def children(self) -> dict[str, psutil.Process]:
        """The supervised processes by name."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            try:
                line = " ".join(child.cmdline())
            except psutil.NoSuchProcess:  # gone, or going, since it was listed
                continue
            for name, mark in zip(
                CHILDREN, ("bin/postgres", "start-dev", "signal.pause", "http.server"), strict=True
            ):
                if mark in line:
                    found[name] = child
        return found

    def everything(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        url = database_url(Settings(home=self.home)).replace("+psycopg", "")
        return psycopg.connect(url, autocommit=True)


@contextmanager
def rehearsal(home: Path, port: int | None = None, *, demo: bool = False) -> Iterator[Up]:
    up = Up(home, port or free_port(), demo=demo)
    try:
        yield up
    finally:
        if up.process.poll() is None:
            up.process.send_signal(signal.SIGTERM)
        rest, _ = up.process.communicate(timeout=60)
        sys.stdout.write(  # pytest shows it when the test fails
            f"{up.process.pid} ended with {up.process.returncode}:\n{''.join(up.said)}{rest}\n"
        )


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as path:
        yield path


def eventually(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.05)


def test_terminate_stops_every_child_and_ends_with_status_zero(home: Path) -> None:
    with rehearsal(home) as up:
        assert "http://127.0.0.1" in up.ready()
        running = up.everything()
        assert set(all_children(up)) == set(CHILDREN)
        assert [file for file in home.rglob("*") if file.is_file() and file.stat().st_mode & 0o077] == []
        up.process.send_signal(signal.SIGTERM)
        up.hear("stopping")
        up.process.communicate(timeout=60)
        assert up.process.returncode == 0
    assert [child for child in running if child.is_running()] == []
    assert not (home / "postgres" / "postmaster.pid").exists()


def test_children_die_with_a_supervisor_that_is_killed(home: Path) -> None:
    with rehearsal(home) as up:
        up.ready()
        running = up.everything()
        assert len(running) > len(CHILDREN)
        up.process.kill()
        _, alive = psutil.wait_procs(running, timeout=60)
        assert alive == []


def test_a_new_start_after_a_kill_finds_the_data(home: Path) -> None:
    with rehearsal(home) as up:
        up.ready()
        secrets = (home / "secrets.json").read_bytes()
        running = up.everything()
        for process in running:  # no child gets the time to clean up
            process.suspend()
        up.process.kill()
        for process in running:
            process.kill()
        psutil.wait_procs(running, timeout=60)
    assert (home / "postgres" / "postmaster.pid").exists()
    with rehearsal(home) as up:
        up.ready()
        assert (home / "secrets.json").read_bytes() == secrets
        with up.connect() as session:
            assert session.execute("SELECT current_user").fetchone() == ("xunji_app",)


def test_a_killed_child_is_restarted_alone(home: Path) -> None:
    with rehearsal(home) as up:
        up.ready()
        for name in CHILDREN:
            before = all_children(up)
            before[name].kill()
            up.hear(f"{name} ended (signal 9)")
            up.hear(f"{name} was restarted")
            after = all_children(up)
            assert {child for child in CHILDREN if after[child].pid != before[child].pid} == {name}
            eventually(lambda: answers_again(up))


def all_children(up: Up) -> dict[str, psutil.Process]:
    """Each child by name. A process has no words of its own while it becomes its command: look again then."""
    found: dict[str, psutil.Process] = {}

    def whole() -> bool:
        found.clear()
        found.update(up.children())
        return set(found) == set(CHILDREN)

    eventually(whole)
    return found


def answers_again(up: Up) -> bool:
    try:
        with up.connect() as session:
            return session.execute("SELECT 1").fetchone() == (1,)
    except (psycopg.Error, NothingToConnectTo):
        return False


def test_a_second_start_on_the_same_home_says_so(home: Path) -> None:
    with rehearsal(home) as first:
        first.ready()
        with rehearsal(home) as second:
            said, _ = second.process.communicate(timeout=60)
            assert second.process.returncode == 1
            assert "home_in_use" in said
            assert str(first.process.pid) in said
        assert set(all_children(first)) == set(CHILDREN)


def test_a_taken_port_is_a_clear_error_and_leaves_nothing_running(home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for one in (home, home / "new"):
            with rehearsal(one, port) as up:
                said, _ = up.process.communicate(timeout=60)
                assert up.process.returncode == 1
                assert f"port_taken port {port} is taken" in said
    assert not (home / "postgres").exists()
    assert not (home / "new").exists()


def test_a_stop_while_starting_stops_what_has_started(home: Path) -> None:
    with rehearsal(home) as up:
        eventually(lambda: "postgres" in up.children())
        running = up.everything()
        up.process.send_signal(signal.SIGINT)
        up.process.communicate(timeout=60)
        _, alive = psutil.wait_procs(running, timeout=60)
        assert alive == []


def test_a_server_whose_port_was_taken_meanwhile_comes_back_on_another(home: Path) -> None:
    with rehearsal(home) as up:
        up.ready()
    port = int((home / "ports.json").read_text().partition('"postgres": ')[2].partition("\n")[0].strip(", }"))
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with rehearsal(home) as up:
            up.ready()
            with up.connect() as session:
                assert session.info.port != port
