"""Edits of the sample package, for its vectors: texts exchanged, files taken out or put in, bytes flipped."""

from __future__ import annotations

from typing import Any

from tests import evidence_sample as sample

MANIFEST = "manifest.json"
Edit = dict[str, Any]
Found = tuple[str, ...]
Case = tuple[str, list[Edit], list[Found]]
FORGED: Found = ("manifest_altered", MANIFEST)


def swap(file: str, old: str, new: str) -> Edit:
    return {"file": file, "old": old, "new": new}


def gone(file: str) -> Edit:
    return {"file": file, "text": None}


def whole(file: str, text: str) -> Edit:
    return {"file": file, "text": text}


def flip(part: str, file: str, at: int) -> Edit:
    """A byte of the ZIP: in a member's header, content or entry of the directory."""
    return {"flip": part, "file": file, "at": at}


RELIST: Edit = {"relist": True}
"""The manifest is made anew to fit the files; the seal is not."""


def of_sample(**other: Any) -> list[Edit]:
    """What turns the package into one made otherwise."""
    base, made = sample.package(), sample.package(**other)
    changed = [whole(name, made[name].decode()) for name in sorted(made) if made[name] != base.get(name)]
    return [*changed, *(gone(name) for name in sorted(base) if name not in made)]


def other(text: str) -> str:
    return ("0" if text[0] != "0" else "1") + text[1:]
