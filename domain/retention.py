"""Domain: how long records are kept - the rules' names in words, and the refusals of deleting. Pure.

The rules are computed where they bind, in the database (db/migrations/sql/0031): no caller deletes earlier.
"""

from __future__ import annotations

from typing import Any

from domain.errors import Refusal

RULES = {
    "under_way": ("流程尚未结束", "a run of the business is under way"),
    "destruction": ("删除记录永久保存", "records of a deletion are kept for ever"),
    "law": ("法定最低期限", "the least that the law asks for"),
    "sop": ("规程规定的期限", "what the procedure asks for"),
    "record_class": ("品种类别的期限", "the class of the goods"),
    "batch": ("所涉批号的有效期", "the expiry of a batch"),
}
"""Which rule keeps a run's contents longest."""


def rule_words(rule: str, language: str) -> str:
    """A rule's name in a language."""
    zh, en = RULES.get(rule, (rule, rule))
    return en if language == "en" else zh


class RetentionNotOver(Refusal):
    """The longest of all rules keeps the contents still."""

    code = "retention_not_over"
    kind = "forbidden"
    zh = "保存期限未满，不得删除：须保存至 {until}（{rule_zh} {about}）"
    en = "The retention is not over: kept until {until} ({rule_en}: {about})"

    def __init__(self, **params: Any) -> None:
        rule = str(params.get("rule", ""))
        super().__init__(rule_zh=rule_words(rule, "zh"), rule_en=rule_words(rule, "en"), **params)


class UnderLegalHold(Refusal):
    """Somebody has ordered that nothing of it is deleted."""

    code = "under_legal_hold"
    kind = "forbidden"
    zh = "已被要求保全，不得删除：{hold}"
    en = "It is under a legal hold and is not deleted: {hold}"


class DeletionNotWitnessed(Refusal):
    """Three persons sign in a run that lists it: who asks for it, who approves it, who witnesses it."""

    code = "deletion_not_witnessed"
    kind = "forbidden"
    zh = "删除须列入规程清单，并由申请人、批准人、见证人三人分别签名"
    en = "A deletion needs a run that lists it, and three persons who sign: asked for, approved, witnessed"


class ArchiveNotWhole(Refusal):
    """There is no archive, or contents of it are gone already: a verification tells more."""

    code = "archive_not_whole"
    kind = "conflict"
    zh = "归档不存在、不完整或内容已删除，不能删除"
    en = "There is no archive, or its contents are not all there, or were deleted before"


class HoldNotInForce(Refusal):
    """Only a hold in force is lifted, once."""

    code = "hold_not_in_force"
    kind = "conflict"
    zh = "该保全令不存在或已解除"
    en = "There is no such hold, or it was lifted"
