"""Domain: a definition and the decision tables that it decides by, as one text for another house.

The text is a stream of YAML documents (YAML 1.2, 9.2): the definition first, then each table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

SEPARATOR = "---\n"
_BETWEEN = re.compile(r"^---[ \t]*$\n?", re.MULTILINE)


def joined(definition: str, tables: Iterable[str]) -> str:
    """One text of a definition and tables."""
    return SEPARATOR.join(one.rstrip("\n") + "\n" for one in (definition, *tables))


def parted(text: str) -> tuple[str, list[str]]:
    """The definition and the tables of a text; a text without a separator is a definition alone."""
    definition, *tables = [one for one in _BETWEEN.split(text) if one.strip()] or [""]
    return definition, tables
