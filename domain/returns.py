"""Domain: returns - only what was sold comes back, to the customer's own sale (GSP 113; annex 2).

And only what a supplier delivered goes back to it.

Quantities are integers in the base unit. The original sale is never touched: what came back is counted from
returns. The database refuses the same for each batch and customer, whoever asks. Knows no table.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from domain.errors import Refusal


class ReturnExceedsSale(Refusal):
    """More of the batch would come back from the customer than it was sold."""

    code = "return_exceeds_sale"
    zh = "退货数量超过该客户尚未退回的数量：尚有 {sold}，退货 {returned}"
    en = "More would come back than the customer still has of it: {sold} left, {returned} returned"


class SerialNotSold(Refusal):
    """The piece was not sold to this customer, or came back already."""

    code = "serial_not_sold"
    zh = "追溯码 {serial} 未售予该客户，或已退回"
    en = "Serial {serial} was not sold to this customer, or came back already"


class ReturnExceedsDelivery(Refusal):
    """More of the batch would go back to the supplier than it delivered."""

    code = "return_exceeds_delivery"
    zh = "退出数量超过该供货单位的供货数量：尚可退 {delivered}，退出 {returned}"
    en = "More would go back than this supplier delivered: {delivered} can, {returned} would"


class SerialNotDelivered(Refusal):
    """The piece was delivered by another supplier."""

    code = "serial_not_delivered"
    zh = "追溯码 {serial} 不是该供货单位供货，不能退给它"
    en = "Serial {serial} was not delivered by this supplier and does not go back to it"


class QuantityNotReturnable(Refusal):
    """A line's quantity to return is not possible."""

    code = "quantity_not_returnable"
    kind: ClassVar = "invalid"
    zh = "批号 {batch}：可退 {most}，退货 {given} 不成立"
    en = "batch {batch}: {given} cannot be returned, 0 to {most} can"


@dataclass(frozen=True)
class SoldLine:
    """A line of the original sale: what was shipped, what came back before, the serials still out."""

    line_no: int
    batch_number: str
    shipped: int
    returned: int = 0
    serials: frozenset[str] = frozenset()

    @property
    def returnable(self) -> int:
        """What of it can still come back."""
        return self.shipped - self.returned


def returned(line: SoldLine, given: int | None, serials: Iterable[str] = ()) -> int:
    """How much of a line comes back: what was entered, else as many as were scanned.

    QuantityNotReturnable outside 0 to what is left of the sale; SerialNotSold for a piece that was not in it.
    """
    scanned = list(dict.fromkeys(serials))
    for serial in scanned:
        if serial not in line.serials:
            raise SerialNotSold(serial=serial)
    quantity = len(scanned) if given is None else given
    if not 0 <= quantity <= line.returnable or (line.serials and len(scanned) != quantity):
        raise QuantityNotReturnable(batch=line.batch_number, given=quantity, most=line.returnable)
    return quantity


def lines_of_sale(sale: Iterable[SoldLine]) -> Mapping[int, SoldLine]:
    """Line number -> line."""
    return {line.line_no: line for line in sale}
