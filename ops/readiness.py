"""Room `ops`: whether the product is ready, and what a child said last."""

import urllib.error
import urllib.request
from pathlib import Path


def ask(url: str) -> tuple[bool, str]:
    """Whether /readyz says 200, and what it says otherwise."""
    try:
        with urllib.request.urlopen(url, timeout=5) as response:  # noqa: S310 - our own http address
            return response.status == 200, ""  # noqa: PLR2004
    except urllib.error.HTTPError as error:
        return False, f"{error.code} {error.read(2000).decode(errors='replace')}"
    except OSError as error:
        return False, str(getattr(error, "reason", error))


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log."""
    if not log.exists():
        return "(no log)"
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
