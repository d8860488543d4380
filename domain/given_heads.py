"""Domain: heads of the chain that somebody has kept, as text: a line of a mail, a copy of the file. Pure."""

from __future__ import annotations

import json
import re

from domain.errors import Invalid
from domain.seal_check import ExportedHead

_LINE = re.compile(r"(?<![\w.])#?(\d{1,15})[\s:：,]+([0-9a-fA-F]{64})\b")


class HeadsGivenUnclear(Invalid):
    """A text that should have heads has none."""

    code = "heads_given_unclear"
    zh = "没有找到链头：请填写邮件中的那一行，即区块号和 64 位哈希值"
    en = "There is no head in this: give the line of the mail, a block's number and its hash of 64 characters"


def given_heads(text: str, place: str) -> list[ExportedHead]:
    """All heads in a text: lines of the file, or number and hash as a mail has them. HeadsGivenUnclear."""
    found = [ExportedHead(int(number), value.lower(), place) for number, value in _LINE.findall(text)]
    for line in text.splitlines():
        if line.lstrip().startswith("{"):
            found += _of_json(line, place)
    if not found:
        raise HeadsGivenUnclear
    return found


def _of_json(line: str, place: str) -> list[ExportedHead]:
    try:
        head = json.loads(line)
        return [ExportedHead(int(head["number"]), str(head["hash"]), place)]
    except (ValueError, KeyError, TypeError):
        return []
