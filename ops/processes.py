"""Room `ops`: how a child process is started, found and ended. It knows no server and no settings."""

import contextlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

CHILD_SCRIPT = Path(__file__).with_name("child.py")
OURS = range(15_000, 32_000)
"""Below the ports that a kernel gives away by itself: from 32768 on Linux, from 49152 elsewhere."""
LOG_LIMIT_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True)
class SystemUser:
    """The operating-system user that a child takes on."""

    uid: int
    gid: int


def start_child(
    command: Sequence[str],
    *,
    log: Path | None = None,
    env: Mapping[str, str] | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
    user: SystemUser | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start `command` in a session of its own, tied to the life of this process; output goes to `log`.

    Its own session keeps the terminal's Ctrl-C away from it: the supervisor decides the order of stopping.
    """
    wrapped = [sys.executable, "-I", "-S", str(CHILD_SCRIPT), "--parent", str(os.getpid())]
    wrapped += ["--death-signal", str(int(death_signal))]
    if user is not None:
        wrapped += ["--uid", str(user.uid), "--gid", str(user.gid)]
    output = subprocess.DEVNULL if log is None else open_log(log)
    try:
        return subprocess.Popen(
            [*wrapped, "--", *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            start_new_session=True,
            umask=0o077,  # what our servers write is business data: nobody else's to read
            cwd=cwd,
        )
    finally:
        if output != subprocess.DEVNULL:
            os.close(output)


def open_log(path: Path) -> int:
    """Open a log for appending; one over 20 MiB first moves aside, in place of the one before it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)


def end_child(
    process: subprocess.Popen[bytes], *, first: signal.Signals = signal.SIGTERM, grace_seconds: float = 10
) -> None:
    """Ask a child to end, then kill its whole process group; returns when it is gone."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(first)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace_seconds)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def end_stranger(pid: int, *, first: signal.Signals, grace_seconds: float = 20) -> None:
    """End a process that is not our child (an orphan of an earlier run)."""
    try:
        process = psutil.Process(pid)
        process.send_signal(first)
        process.wait(grace_seconds)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(grace_seconds)


def free_port(preferred: int | None = None) -> int:
    """A port of 127.0.0.1 that nobody listens on, `preferred` if it is free.

    It is none of those that the kernel gives to whoever asks for any: Temporal asks for several, and each
    connection takes one, so that such a port may be gone before our own server has begun to listen.
    """
    if preferred is not None and port_is_free(preferred):
        return preferred
    while not port_is_free(port := OURS.start + secrets.randbelow(len(OURS))):
        pass
    return port


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen on this port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def answers(port: int, *, host: str = "127.0.0.1", timeout_seconds: float = 1) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=timeout_seconds):
            return True
    except OSError:
        return False


def wait_until_it_answers(process: subprocess.Popen[bytes], port: int, *, seconds: float) -> bool:
    """Poll until the port answers; False when the process ended or the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            return False
        if answers(port):
            return True
        time.sleep(0.05)
    return False
