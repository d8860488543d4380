"""Domain: findings about evidence - what is not as it was sealed, and where, in both languages.

Level 1 is hashes, blocks and signatures; 2 the engine's replay; 3 the strict replay; 4 the reconciliation
with ledger, signatures and audit.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Level = Literal[1, 2, 3, 4]

_WORDS = {
    "row_edited": ("记录内容与封存时不同", "A record is not what it was when it was sealed"),
    "row_rehashed": ("记录的哈希值被改动", "The hash that a record carries was changed"),
    "row_missing": ("封存过的记录不见了", "A record that was sealed is gone"),
    "row_inserted": ("封存之后插入的记录", "A record was put into a stretch that was sealed before"),
    "clock_ran_back": (
        "封存时间早于上一区块，时钟被拨回",
        "Sealed before the block it follows: the clock was set back",
    ),
    "clock_ahead": (
        "记录时间晚于封存时间，时钟被改动",
        "Recorded after it was sealed: the clock was changed",
    ),
    "clock_behind": (
        "记录时间远早于上一区块的封存时间，时钟被改动",
        "Recorded long before the block it follows was sealed: the clock was changed",
    ),
    "block_missing": ("缺少区块", "A block is missing"),
    "block_altered": ("区块头被改动", "The head of a block was changed"),
    "block_unsigned": ("区块签名不符", "The signature of a block does not fit"),
    "block_unchained": ("区块与上一区块不衔接", "A block does not follow the one before it"),
    "list_altered": ("区块的记录清单被改动", "The list of a block's records was changed"),
    "key_unknown": ("封存密钥来历不明", "A seal key that no key before vouches for"),
    "key_not_ours": (
        "最新的封存密钥不是本系统的密钥",
        "The latest seal key is not this installation's",
    ),
    "head_differs": (
        "导出的链头与数据库中的区块不同",
        "A head that was exported says otherwise than the block in the database",
    ),
    "tail_cut": (
        "导出过的区块在数据库中已不存在，链尾被截断",
        "A block that was exported is no longer in the database: the tail was cut off",
    ),
    "heads_unreadable": ("导出的链头文件无法读取", "A file of exported heads cannot be read"),
    "replay": ("重放与历史不符", "The replay does not lead to the history"),
    "update_without_submission": (
        "引擎受理的指令在数据库中没有提交记录",
        "A command that the engine took in has no submission in the database",
    ),
    "update_differs": (
        "引擎受理的指令与提交记录内容不同",
        "A command that the engine took in says otherwise than its submission",
    ),
    "submission_without_update": (
        "已受理的提交在引擎历史中没有对应的指令",
        "A submission that was accepted is not in the engine's history",
    ),
    "submission_without_verdict": (
        "提交没有（或有多个）处理结论",
        "A submission has no verdict, or more than one",
    ),
    "signature_missing": ("提交所引用的签名不存在", "A submission refers to a signature that is not there"),
    "signature_differs": (
        "签名与所签内容或签名人不符",
        "A signature is not over what was submitted, or not by who submitted it",
    ),
    "signed_twice": (
        "同一任务由同一人签名两次",
        "One person signed the same task twice",
    ),
    "posting_without_effect": (
        "库存过账没有对应的流程步骤",
        "A posting comes from no step that the run performed",
    ),
    "posting_without_moves": ("库存过账没有移动明细", "A posting has no moves"),
    "serials_incomplete": (
        "移动的序列号数量与数量不符",
        "The serials of a move are not as many as its quantity",
    ),
    "task_without_submission": (
        "已完成的任务没有对应的提交",
        "A task that is done has no submission that closed it",
    ),
    "row_changed_since_archived": (
        "归档后记录被改动",
        "A record was changed after its run was archived",
    ),
    "row_gone_since_archived": ("归档后记录不见了", "A record is gone since its run was archived"),
    "segregation": ("办理人违反职责分离", "Performers violate the segregation of duties"),
    "ledger": ("台账核对不符", "The books do not reconcile"),
    "body_missing": ("附件或存档的内容不见了", "The content of an attachment or archive is gone"),
    "tombstone_differs": (
        "删除记录与归档头不符",
        "A tombstone is not about what the header of its archive says",
    ),
    "tombstone_unfounded": (
        "删除记录缺少规程步骤或三人签名",
        "A tombstone has no step behind it, or not the signatures of three persons",
    ),
    "body_not_deleted": (
        "有删除记录，归档或附件内容却仍存在",
        "A content is there although a tombstone says that it was deleted",
    ),
    "body_altered": (
        "附件或存档的内容与摘要不符",
        "The content of an attachment or archive does not fit its digest",
    ),
}


@dataclass(frozen=True)
class EvidenceFinding:
    """One finding. `block` counts from 1; `table` and `key` name the row."""

    level: Level
    code: str
    block: int | None = None
    table: str | None = None
    key: str | None = None
    detail: str = ""

    def message(self, language: str = "zh") -> str:
        """The finding in words, with its place."""
        words = _WORDS[self.code][1 if language == "en" else 0]
        return f"{words}{': ' if language == 'en' else '：'}{self.place}" if self.place else words

    @property
    def place(self) -> str:
        row = " ".join(part for part in (self.table, self.key) if part)
        block = f"#{self.block}" if self.block is not None else ""
        return ", ".join(part for part in (block, row, self.detail) if part)

    def as_data(self) -> dict[str, Any]:
        """For a program: all fields and the words."""
        return {**asdict(self), "zh": self.message("zh"), "en": self.message("en")}
