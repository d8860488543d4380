"""Room `ops`: the installation's own secrets and ports, kept in its home. It knows no server."""

import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any


def write_private_json(path: Path, content: dict[str, Any]) -> None:
    """Replace a file at once and readable by its owner alone (mode 0600)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False, indent=2)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any]:
    """The object kept in a file, empty when there is no file."""
    if not path.exists():
        return {}
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def remembered_secret(path: Path, name: str) -> str:
    """A random secret that stays the same for this home: made at the first call, read afterwards."""
    content = read_json(path)
    if name not in content:
        content[name] = secrets.token_urlsafe(32)
        write_private_json(path, content)
    return str(content[name])


def remembered_number(path: Path, name: str, value: int | None = None) -> int | None:
    """A number kept beside the secrets (a port); given a value, it is remembered."""
    content = read_json(path)
    if value is not None and content.get(name) != value:
        content[name] = value
        write_private_json(path, content)
    found = content.get(name)
    return None if found is None else int(found)
