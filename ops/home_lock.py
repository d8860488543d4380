"""Room `ops`: one `up` per home. The lock is the kernel's, so a killed process leaves none behind."""

import fcntl
import os
from pathlib import Path


class HomeInUse(Exception):
    """Another supervisor runs on this home."""

    code = "home_in_use"


class HomeLock:
    """Held from construction to the end of the process."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.path = home / "up.lock"
        self.file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = self.path.read_text(encoding="ascii").strip()
            os.close(self.file)
            raise HomeInUse(
                f"./xunji up already runs on {home} (process {other}): stop it, or choose another --home"
            ) from None
        os.ftruncate(self.file, 0)
        os.write(self.file, str(os.getpid()).encode())

    def release(self) -> None:
        os.close(self.file)


def running_pid(home: Path) -> int | None:
    """The process of a running `up` on that home, or None."""
    try:
        lock = HomeLock(home) if (home / "up.lock").exists() else None
    except HomeInUse:
        return int((home / "up.lock").read_text(encoding="ascii"))
    if lock is not None:
        lock.release()
    return None
