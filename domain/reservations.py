"""Domain: stock that is promised to a line of an order, as pure data. Knows positions, no table.

What is reserved cannot be taken by anybody else: neither by another allocation nor by another move. The
database keeps the sum beside the balance and refuses both.
"""

from dataclasses import dataclass
from uuid import UUID

from domain.errors import Refusal
from domain.stock import Position


@dataclass(frozen=True)
class Reserved:
    """`quantity` base units of a batch at a position, for a line of a document."""

    line_id: UUID
    batch_id: UUID
    position: Position
    quantity: int


@dataclass(frozen=True)
class Released:
    """A reservation that ended without being used: whose it was, and how much of which batch."""

    reservation_id: UUID
    document_id: UUID
    number: str
    line_no: int
    run_id: UUID | None
    batch_id: UUID
    site_id: UUID
    quantity: int


class StockReserved(Refusal):
    """The goods are there, but promised to another order."""

    code = "stock_reserved"
    zh = "库存已为其他单据预留：可用 {available}，需要 {wanted}"
    en = "The stock is reserved for another document: {available} free, {wanted} wanted"


class NotReserved(Refusal):
    """Nothing, or not so much, is reserved there for this line."""

    code = "not_reserved"
    zh = "该货位没有为本单预留这么多：已预留 {reserved}，需要 {wanted}"
    en = "Not so much is reserved there for this document: {reserved} reserved, {wanted} wanted"
