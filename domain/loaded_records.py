"""Domain: records of former books - documents with the moves that they stand for, as they happened. No table.

A record is taken over whole or not at all: its moves add up to its lines, its instants follow each other, and
only movements that its kind of document stands for are in it (architecture decision 7).
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any, Literal
from uuid import UUID

from domain.batches import PlaceKind, PostingKind, Status
from domain.errors import Refusal

RecordKind = Literal[
    "receipt",
    "acceptance_record",
    "put_away",
    "shipment",
    "sales_return",
    "purchase_return",
    "transfer",
    "stocktake",
    "destruction",
]


@dataclass(frozen=True)
class At:
    """A location of a site of ours, by their codes, and the state of the goods there."""

    site: str
    location: str
    status: Status = Status.QUALIFIED


End = At | PlaceKind


@dataclass(frozen=True)
class PastMove:
    """So many base units of a line's batch; `serials` are their numbers, all of them or none."""

    line: int
    quantity: int
    source: End
    target: End
    serials: Sequence[str] = ()
    reason: str | None = None


@dataclass(frozen=True)
class PastPosting:
    """Moves that happened together, at an instant."""

    kind: PostingKind
    at: datetime
    moves: Sequence[PastMove]


@dataclass(frozen=True)
class PastLine:
    """One batch of a record; `order_line` is the line of what the record follows, `data` its kind's own."""

    line: int
    material: str
    batch: str
    quantity: int
    produced_on: date | None = None
    expires_on: date | None = None
    order_line: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class PastRecord:
    """A document of the former books. `follows` is the number of what it followed from (kind by the rule).

    `id` is the document's: again, it does nothing. A transfer was entered before: its record has its number,
    and no lines of its own but those that the moves name.
    """

    id: UUID
    kind: RecordKind
    number: str
    site: str
    at: datetime
    lines: Sequence[PastLine]
    postings: Sequence[PastPosting] = ()
    party: str | None = None
    follows: str | None = None
    header: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """What a kind of record follows from, the movements it may have, and which add up to its lines."""

    follows: str | None
    postings: frozenset[PostingKind] = frozenset()
    measures: Sequence[tuple[str, Callable[[PostingKind, PastMove], int]]] = ()


class HistoryNotWhole(Refusal):
    """A record of former books contradicts itself or what stands in the books before it."""

    code = "history_not_whole"
    kind = "invalid"
    zh = "历史单据 {number} 前后不一致：{why}"
    en = "The record {number} of the past does not agree: {why}"


def _of(kind: PostingKind) -> Callable[[PostingKind, PastMove], int]:
    return lambda given, move: move.quantity if given is kind else 0


def _accepted(kind: PostingKind, move: PastMove) -> int:
    is_good = isinstance(move.target, At) and move.target.status is Status.QUALIFIED
    return move.quantity if kind is PostingKind.PUT_AWAY and is_good else 0


_QUANTITY = "quantity"
RULES: Mapping[str, Rule] = {
    "receipt": Rule(
        "dispatch_advice",
        frozenset({PostingKind.RECEIPT}),
        ((_QUANTITY, _of(PostingKind.RECEIPT)),),
    ),
    "acceptance_record": Rule("receipt"),
    "put_away": Rule("receipt", frozenset({PostingKind.PUT_AWAY}), ((_QUANTITY, _accepted),)),
    "shipment": Rule(
        "sales_order",
        frozenset({PostingKind.PUT_AWAY, PostingKind.ISSUE}),
        ((_QUANTITY, _of(PostingKind.ISSUE)),),
    ),
    "sales_return": Rule(
        "shipment",
        frozenset({PostingKind.CUSTOMER_RETURN, PostingKind.STATUS_CHANGE}),
        ((_QUANTITY, _of(PostingKind.CUSTOMER_RETURN)),),
    ),
    "purchase_return": Rule(
        None,
        frozenset({PostingKind.SUPPLIER_RETURN}),
        ((_QUANTITY, _of(PostingKind.SUPPLIER_RETURN)),),
    ),
    "transfer": Rule(
        None,
        frozenset({PostingKind.TRANSFER_OUT, PostingKind.TRANSFER_IN, PostingKind.PUT_AWAY}),
        (
            (_QUANTITY, _of(PostingKind.TRANSFER_OUT)),
            (_QUANTITY, _of(PostingKind.TRANSFER_IN)),
            (_QUANTITY, _of(PostingKind.PUT_AWAY)),
        ),
    ),
    "stocktake": Rule(
        None,
        frozenset({PostingKind.COUNT_ADJUSTMENT}),
        (("variance", lambda _, move: move.quantity if isinstance(move.target, At) else -move.quantity),),
    ),
    "destruction": Rule(
        None,
        frozenset({PostingKind.STATUS_CHANGE, PostingKind.DESTRUCTION}),
        ((_QUANTITY, _of(PostingKind.DESTRUCTION)),),
    ),
}


def check(record: PastRecord) -> None:
    """HistoryNotWhole when the record contradicts itself."""
    rule = RULES[record.kind]
    if (record.follows is None) != (rule.follows is None):
        _refuse(record, f"follows {rule.follows or 'nothing'}")
    instants = [posting.at for posting in record.postings]
    if any(at.tzinfo is None for at in (record.at, *instants)):
        _refuse(record, "an instant without a time zone")
    if any(later < earlier for earlier, later in pairwise(instants)):
        _refuse(record, "postings out of order")
    strange = {posting.kind for posting in record.postings} - rule.postings
    if strange:
        _refuse(record, f"no posting of kind {', '.join(sorted(kind.value for kind in strange))}")
    _check_lines(record, rule)


def _check_lines(record: PastRecord, rule: Rule) -> None:
    lines = {line.line: line for line in record.lines}
    if len(lines) != len(record.lines) or not lines:
        _refuse(record, "each line once, one at least")
    named = [move for posting in record.postings for move in posting.moves]
    if any(move.line not in lines or move.quantity <= 0 for move in named):
        _refuse(record, "a move of no line, or of nothing")
    if any(move.serials and len(set(move.serials)) != move.quantity for move in named):
        _refuse(record, "as many serials as units, or none")
    for what, measure in rule.measures:
        moved: dict[int, int] = defaultdict(int)
        for posting in record.postings:
            for move in posting.moves:
                moved[move.line] += measure(posting.kind, move)
        for number, line in lines.items():
            told = line.quantity if what == _QUANTITY else line.data.get(what, 0)
            if moved[number] != told:
                _refuse(record, f"line {number}: {what} {told}, moved {moved[number]}")


def _refuse(record: PastRecord, why: str) -> None:
    raise HistoryNotWhole(number=record.number, why=why)
