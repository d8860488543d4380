"""Services: heads of the chain in a file, only ever appended to: JSON, a head a line."""

from __future__ import annotations

import json
import os
from pathlib import Path

from domain.seal_check import ExportedHead


class HeadsUnreadable(Exception):
    """The file of exported heads has a line that is none; `line` counts from 1."""

    code = "heads_unreadable"

    def __init__(self, path: Path, line: int) -> None:
        super().__init__(f"{path}, line {line}: no exported head")
        self.line = line


def exported_heads(path: Path | None, place: str = "") -> list[ExportedHead]:
    """What was exported, in its order; empty when nothing was. HeadsUnreadable: the file was changed."""
    if path is None or not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            head = json.loads(line)
            found.append(ExportedHead(int(head["number"]), str(head["hash"]), place))
        except (ValueError, KeyError, TypeError) as error:
            raise HeadsUnreadable(path, number) from error
    return found


def append(path: Path, number: int, line: bytes) -> int | None:
    """Append a head unless the file has it or a later one; its number, None: nothing to do."""
    known = exported_heads(path)
    if known and known[-1].number >= number:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(line + b"\n")
        file.flush()
        os.fsync(file.fileno())
    return number
