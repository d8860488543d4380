"""Room `ops`: one `up` per home, and never live and drill on the same one. It knows no server.

The lock is the kernel's, so a killed process leaves none behind.
"""

import fcntl
import os
from pathlib import Path


class HomeInUse(Exception):
    """Another supervisor runs on this home."""

    code = "home_in_use"


class ModeMixed(Exception):
    """The home belongs to the other mode."""

    code = "mode_mixed"


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

    def keep_mode(self, mode: str) -> None:
        """Remember the mode of a new home; ModeMixed when it has another: invented runs are no evidence."""
        kept = self.path.with_name("mode")
        if not kept.exists():
            known = "live" if self.path.with_name("postgres").exists() else mode
            kept.touch(mode=0o600)
            kept.write_text(f"{known}\n", encoding="ascii")
        found = kept.read_text(encoding="ascii").strip()
        if found != mode:
            raise ModeMixed(f"{kept.parent} is a home for {found}, not for {mode}: choose another --home")

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
