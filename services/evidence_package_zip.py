"""Services: the file of an evidence package - a ZIP in one form, so that each byte of it can be checked.

Every field of every header has one value that is right: no times, no owners, no comments. The contents are
deflated. Both verifiers know the form.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import tempfile
import zipfile
from dataclasses import dataclass, field
from typing import IO

EPOCH = (1980, 1, 1, 0, 0, 0)
PLAIN_FILE = 0o644 << 16
_UNIX = 3
_CHUNK = 3 << 18
"""A multiple of three: base64 of the parts is base64 of the whole."""


@dataclass
class PackageFile:
    """A ZIP that is being written; `listed` are its members for the manifest, in their order."""

    target: IO[bytes]
    listed: list[dict[str, object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.zip = zipfile.ZipFile(self.target, "w", zipfile.ZIP_DEFLATED)

    def add(self, name: str, content: bytes, *, listed: bool = True) -> None:
        """A member; what is not `listed` is what binds the list itself."""
        with self.zip.open(_facts(name), "w") as member:
            member.write(content)
        if listed:
            digest = hashlib.sha256(content).hexdigest()
            self.listed.append({"name": name, "sha256": digest, "size": len(content)})

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self.target.tell()

    def close(self) -> None:
        self.zip.close()

    def add_page(self, name: str, before: bytes, after: bytes, *, embeds: bool) -> None:
        """Closes the ZIP and adds a page that carries it, as base64 between `before` and `after`."""
        self.close()
        size = self.target.tell()
        with (
            _copy(self.target, size if embeds else 0) as carried,
            zipfile.ZipFile(self.target, "a", zipfile.ZIP_DEFLATED) as whole,
            whole.open(_facts(name), "w") as member,
        ):
            member.write(before)
            while part := carried.read(_CHUNK):
                member.write(base64.b64encode(part))
            member.write(after)


def _copy(source: IO[bytes], size: int) -> IO[bytes]:
    """The file as it is now, up to `size`: its directory is written over when a member is added."""
    made = tempfile.TemporaryFile()  # noqa: SIM115 - closed by who reads it
    at = source.tell()
    source.seek(0)
    shutil.copyfileobj(source, made)
    source.seek(at)
    made.truncate(size)
    made.seek(0)
    return made


def _facts(name: str) -> zipfile.ZipInfo:
    facts = zipfile.ZipInfo(name, EPOCH)
    facts.compress_type, facts.create_system, facts.external_attr = zipfile.ZIP_DEFLATED, _UNIX, PLAIN_FILE
    return facts
