"""Every end of a shipped procedure is told in words; people never read its code."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.yaml_text import read
from services import sop_files
from ui.words import RUN_OUTCOMES

FILES = sop_files.definition_files()


def ends(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("end"), str):
            yield node["end"]
        for value in node.values():
            yield from ends(value)
    elif isinstance(node, list):
        for value in node:
            yield from ends(value)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.key}-v{file.version}")
def test_every_end_has_words(file: sop_files.SopFile) -> None:
    found = set(ends(read(file.text).data))
    assert found - {"completed"} <= set(RUN_OUTCOMES), found - set(RUN_OUTCOMES)
