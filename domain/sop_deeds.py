"""Domain: what a procedure can do to goods, in the words of proofs - each deed with the actions that do it.

A proof names the deed, not the action, so that it stays true when a procedure reaches the same end another
way. Every action that touches stock or holds belongs to a deed or prepares one; a test keeps both lists
complete. `usual` is what the rules ask for before the deed, offered to whoever writes a procedure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from domain.sop_definition import SopDefinition, Step, Text
from domain.sop_proof import Evidence

TWO_PERSONS = Evidence(persons="any")


@dataclass(frozen=True)
class Deed:
    """`words` complete "no path ...": zh a verb phrase, en in the third person."""

    words: Text
    actions: frozenset[str]
    usual: tuple[Evidence, ...] = field(default=())


def _deed(zh: str, en: str, *actions: str, usual: tuple[Evidence, ...] = ()) -> Deed:
    return Deed(Text(zh=zh, en=en), frozenset(actions), usual)


DEEDS: Mapping[str, Deed] = {
    "book_in": _deed(
        "将药品入合格品库",
        "books stock in",
        *("receiving.book_in", "transfer.book_in", "sales_return.settle"),
        usual=(Evidence(signed_by="acceptor"), TWO_PERSONS),  # GSP 76, 81
    ),
    "ship": _deed("将药品发给客户", "ships to a customer", "outbound.issue", usual=(TWO_PERSONS,)),  # GSP 94
    "dispatch": _deed(
        "将药品调出仓库", "sends stock to another site", "transfer.dispatch", usual=(TWO_PERSONS,)
    ),
    "take_in": _deed(
        "将退回或召回的药品收入仓库",
        "takes goods back in",
        *("sales_return.receive", "recall.take_back"),
    ),
    "return_to_supplier": _deed(
        "将药品退给供货单位",
        "returns stock to a supplier",
        "purchase_return.book",
        usual=(Evidence(signed_by="qa_manager"), TWO_PERSONS),
    ),
    "release": _deed(
        "解除锁定",
        "releases a hold",
        *("holds.close", "quality.release_batch"),
        usual=(Evidence(signed_by="qa_manager"),),  # GSP 87
    ),
    "settle_refused": _deed(
        "处置复核不通过的药品",
        "decides on what the review refused",
        "outbound.settle_refused",
        usual=(Evidence(signed_by="qa_manager"),),
    ),
    "reject": _deed(
        "将药品判为不合格",
        "rejects stock",
        *("quality.reject_batch", "transfer.reject_all"),
        usual=(Evidence(signed_by="qa_manager"),),
    ),
    "destroy": _deed(
        "登记销毁",
        "destroys stock",
        "destruction.book",
        usual=(Evidence(signed_by="qa_manager"), TWO_PERSONS),  # GSP 88
    ),
    "delete_records": _deed(
        "删除归档内容",
        "deletes contents of records",
        "retention.delete_bodies",
        usual=(Evidence(signed_by="qa_manager"), TWO_PERSONS),  # GSP 42
    ),
    "adjust": _deed(
        "调整账面库存",
        "adjusts the books",
        *("stocktake.adjust", "transfer.return_surplus"),
        usual=(TWO_PERSONS,),
    ),
    "seal": _deed(
        "封存召回药品",
        "seals recalled stock",
        "recall.seal",
        usual=(Evidence(signed_by="qa_manager"),),
    ),
    "close_recall": _deed(
        "结束召回",
        "concludes a recall",
        "recall.conclude",
        usual=(Evidence(signed_by="qa_manager"),),
    ),
}

PREPARING = frozenset(
    [
        *("receiving.place_in_waiting_zone", "transfer.receive"),
        *("outbound.record_pick", "outbound.record_review", "outbound.put_back"),
        *("holds.open", "quality.hold_batch", "recall.move_stock", "expiry.lock_expired"),
    ]
)
"""Actions on stock or holds that nobody need prove anything of: they hold goods, or move them inside."""


def steps_doing(definition: SopDefinition, deed: str) -> Iterator[Step]:
    """The steps of a definition that do a deed."""
    known = DEEDS.get(deed)
    if known is not None:
        yield from (step for step in definition.walk() if step.action in known.actions)


def deeds_of(definition: SopDefinition) -> list[str]:
    """The deeds that a definition does, in the order of the vocabulary."""
    return [key for key in DEEDS if any(steps_doing(definition, key))]
