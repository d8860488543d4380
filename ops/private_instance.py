"""Room `ops`: a whole installation of one's own, for trials and tests: its own home, ports and processes.

It runs `up` as a child, exactly as an operator would, and can kill any process of it by name.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from ops.processes import end_child, free_port, start_child
from ops.secrets_file import read_json
from ops.settings import REPOSITORY

READY_WITHIN_SECONDS = 180


class InstanceDidNotStart(Exception):
    """`up` ended or stayed unready; the message is what it said."""

    code = "instance_did_not_start"


@dataclass
class PrivateInstance:
    """`up` on a home of its own. `home/processes.json` names its processes."""

    home: Path
    port: int
    process: "subprocess.Popen[bytes]"
    ready_after_seconds: float = 0.0

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def company(self) -> dict[str, Any]:
        """The demo company's log-ins and keys (`demo.json`)."""
        return read_json(self.home / "demo.json")

    @property
    def said(self) -> str:
        return (self.home / "up.log").read_text(encoding="utf-8", errors="replace")

    def pid(self, name: str) -> int:
        """The process of postgres, temporal, worker or web."""
        return int(read_json(self.home / "processes.json")[name])

    def kill(self, name: str) -> int:
        """Kill it the hard way (signal 9) and return the pid it had; the supervisor starts another."""
        pid = self.pid(name)
        victim = psutil.Process(pid)
        if victim.ppid() == self.process.pid:  # a pid is used again once its process has ended
            victim.kill()
        return pid

    def wait_restarted(self, name: str, old_pid: int, seconds: float = 90) -> None:
        """Return when another process of that name runs."""
        deadline = time.monotonic() + seconds
        while self.pid(name) == old_pid or not psutil.pid_exists(self.pid(name)):
            if time.monotonic() > deadline:
                raise InstanceDidNotStart(f"{name} was not restarted:\n{self.said}")
            time.sleep(0.05)

    def wait_ready(self) -> None:
        began = time.monotonic()
        while "\nready in " not in f"\n{self.said}":  # "Address already in use" is not that
            if self.process.poll() is not None or time.monotonic() - began > READY_WITHIN_SECONDS:
                raise InstanceDidNotStart(self.said)
            time.sleep(0.05)
        self.ready_after_seconds = time.monotonic() - began

    def stop(self) -> None:
        end_child(self.process, grace_seconds=60)


def start_instance(
    home: Path, *, demo: bool = True, port: int | None = None, drill: bool = False
) -> PrivateInstance:
    """Start `up` on that home (made or found) and wait until it is ready."""
    chosen = port or free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("XUNJI_")}
    command = [
        sys.executable,
        "-P",
        "-m",
        "ops.command_line",
        "up",
        "--home",
        str(home),
        "--port",
        str(chosen),
    ]
    home.mkdir(parents=True, exist_ok=True)
    (home / "up.log").unlink(missing_ok=True)
    process = start_child(
        [*command, *([] if demo else ["--no-demo"]), *(["--drill"] if drill else [])],
        log=home / "up.log",
        env={**env, "PYTHONPATH": str(REPOSITORY)},
        cwd=REPOSITORY,
    )
    instance = PrivateInstance(home, chosen, process)
    try:
        instance.wait_ready()
    except BaseException:
        instance.stop()
        raise
    return instance


@contextlib.contextmanager
def private_instance(*, demo: bool = True, drill: bool = False) -> Iterator[PrivateInstance]:
    """An installation in a temporary home that is stopped and deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="xunji-instance-", ignore_cleanup_errors=True) as home:
        instance = start_instance(Path(home), demo=demo, drill=drill)
        try:
            yield instance
        finally:
            instance.stop()
