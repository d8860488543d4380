"""Services: the page of an evidence package - one HTML file with all its code, which checks what it carries.

It loads nothing: its content policy allows its own two scripts and one style by their digests, and nothing
else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services import evidence_package_verifier as verifier

HERE = Path(__file__).resolve().parent
NOBLE = HERE.parent / "node_modules" / "@noble" / "ed25519" / "index.js"
DATA = "@@DATA@@"
PARTS = ("bytes", "subject", "deletion", "run", "checks", "words", "parts", "view")
"""The scripts of the page, in their order."""


class LibraryMissing(RuntimeError):
    """The library for browsers without Ed25519 is not installed."""

    code = "library_missing"


@dataclass(frozen=True)
class Page:
    """What stands before and after the data, and the digest of both together."""

    before: bytes
    after: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.before + self.after).hexdigest()


@cache
def page() -> Page:
    """The page; LibraryMissing where the front-end packages are not installed."""
    if not NOBLE.is_file():
        raise LibraryMissing("no @noble/ed25519: run ./xunji, which installs it")
    words = {"WORDS": verifier.WORDS, "STEPS": verifier.STEPS}
    told = "".join(
        f"const {name} = {json.dumps(value, ensure_ascii=False)};\n" for name, value in words.items()
    )
    library = _text(NOBLE) + "\nglobalThis.ed25519 = verifyAsync;\n"
    code = told + "".join(_text(HERE / f"evidence_package_{name}.js") for name in PARTS)
    style = _text(HERE / "evidence_package_page.css")
    filled = _text(HERE / "evidence_package_page.html")
    for name, value in {
        "SCRIPTS": f"{_source(library)} {_source(code)}",
        "STYLES": _source(style),
        "STYLE": style,
        "LIBRARY": library,
        "CODE": code,
    }.items():
        filled = filled.replace(f"@@{name}@@", value, 1)
    before, _, after = filled.partition(DATA)
    return Page(before.encode(), after.encode())


def verify_script() -> bytes:
    """The verifier for Python, as it is given away."""
    return Path(verifier.__file__).read_bytes()


def readme() -> bytes:
    """How to verify the package, what it proves and what not, in both languages."""
    return (HERE / "evidence_package_readme.txt").read_bytes()


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _source(text: str) -> str:
    """A script or style as a content policy names it."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
