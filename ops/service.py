"""Room `ops`: one supervised child: started, restarted after a crash, stopped. It knows no server."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 30.0
PROVEN_AFTER = 60.0  # seconds of life after which a crash counts as the first again


@dataclass
class Service:
    """`start` returns the child without waiting for it to answer; `stop` returns when it is gone."""

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    stop: Callable[[], None]
    process: subprocess.Popen[bytes] | None = None
    crashes: int = 0
    started_at: float = 0.0
    restart_at: float | None = None

    def launch(self) -> None:
        """Start it now."""
        self.restart_at = None
        self.process = self.start()
        self.started_at = time.monotonic()

    def look(self, now: float) -> str | None:
        """Notice a crash and restart when its pause is over; a sentence when something happened.

        Pauses double from 0.2 s to 30 s, so that a child that cannot start does not become a storm.
        """
        if self.restart_at is not None:
            if now < self.restart_at:
                return None
            try:
                self.launch()
            except Exception as error:  # noqa: BLE001 - the next try comes after a longer pause
                return self.plan_restart(now, f"could not be started ({error})")
            return f"{self.name} was restarted"
        if self.process is None or self.process.poll() is None:
            return None
        return self.plan_restart(now, f"ended ({describe_exit(self.process.returncode)})")

    def plan_restart(self, now: float, what: str) -> str:
        self.crashes = 1 if now - self.started_at > PROVEN_AFTER else self.crashes + 1
        pause = min(FIRST_PAUSE * 2 ** (self.crashes - 1), LONGEST_PAUSE)
        self.restart_at = now + pause
        return f"{self.name} {what}, next start in {pause:.1f} s"

    def end(self) -> None:
        """Stop it for good."""
        self.restart_at = None
        if self.process is not None:
            self.stop()
            self.process = None


def describe_exit(code: int) -> str:
    """An exit status in words."""
    return f"signal {-code}" if code < 0 else f"status {code}"
