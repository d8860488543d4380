"""Room `ops`: the first instant of every child process; run as a script, it knows only the standard library.

`python -I child.py --parent PID --death-signal N [--uid U --gid G] -- command args…` ties the child to its
parent (the kernel sends the death signal when the parent goes, even by kill -9), takes on another user
when asked, and becomes the command. The order matters: Linux forgets the tie when the user changes.
Elsewhere than on Linux a small watcher process does what the kernel does there.
"""

import argparse
import ctypes
import os
import signal
import sys
import time

PR_SET_PDEATHSIG = 1
WATCH_SECONDS = 0.5


def become_user(uid: int, gid: int) -> None:
    """Give up every right of the calling user; there is no way back."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def tie_to_parent(parent: int, death_signal: int) -> None:
    """Arrange that this process gets `death_signal` when `parent` ends."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    elif os.fork() == 0:
        watch(parent, os.getppid(), death_signal)
    if os.getppid() != parent:  # it died before the tie was made
        sys.exit(1)


def watch(parent: int, child: int, death_signal: int) -> None:
    """Send the death signal to the child once the parent is gone; end with the child."""
    while os.getppid() == child:
        try:
            os.kill(parent, 0)
        except ProcessLookupError:
            os.kill(child, death_signal)
            break
        except PermissionError:
            pass
        time.sleep(WATCH_SECONDS)
    os._exit(0)


def main() -> None:
    """Parse, tie, become."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--death-signal", type=int, default=int(signal.SIGTERM))
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if options.uid is not None:
        become_user(options.uid, options.gid)
    tie_to_parent(options.parent, options.death_signal)
    os.execvp(command[0], command)  # noqa: S606 - becoming the command is the purpose


if __name__ == "__main__":
    main()
