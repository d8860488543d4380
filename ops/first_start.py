"""Room `ops`: the first start of a home is done whole, or it begins anew. It knows no server.

The demo company is loaded by many commands. Cut short in between, it would be neither empty nor complete, and
nobody could log in. A mark stands in the home from before the database cluster is made until the company is
loaded; nobody else has been let in meanwhile, so nothing of anybody's is lost when it all begins again.
"""

import shutil
from pathlib import Path

MARK = "first-start"
MADE = ("postgres", "temporal.db", "temporal.db-shm", "temporal.db-wal")


def begin(home: Path) -> None:
    """Mark the home of a cluster that is about to be made."""
    home.mkdir(parents=True, exist_ok=True)
    (home / MARK).touch(mode=0o600)


def finish(home: Path) -> None:
    """Take the mark away: from now on there is something to lose."""
    (home / MARK).unlink(missing_ok=True)


def clear_unfinished(home: Path) -> bool:
    """Remove what an unfinished first start made; False when there is nothing of that sort.

    The caller holds the lock of the home, and has ended a server that a killed run left on it.
    """
    if not (home / MARK).exists():
        return False
    if not (home / "demo.json").exists():
        for name in MADE:
            path = home / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    finish(home)
    return True
