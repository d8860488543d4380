"""Domain: what the shapes of documents are made of - entered quantities, line numbers, strictness.

Quantities arrive as integers or decimal strings with a unit; never as floats, which are not exact any more.
"""

import re
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StrictInt, WithJsonSchema

from domain.half_width import half_width

MAX_QUANTITY = 2**53 - 1
_DECIMAL = re.compile(r"^[0-9]{1,15}(\.[0-9]{1,6})?$", re.ASCII)


def quantity_of(value: object) -> int | str:
    """A positive integer, or a decimal as a string; never a float, which has lost its exactness already."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_QUANTITY:
        return value
    if isinstance(value, str):
        written = half_width(value).strip()
        if _DECIMAL.match(written) and written.strip("0."):
            return written
    raise ValueError(
        "数量应为大于零的数字，至多六位小数 / the quantity is a number above zero, with six decimals at most"
    )


Quantity = Annotated[
    int | str,
    PlainValidator(quantity_of),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MAX_QUANTITY},
                {"type": "string", "pattern": _DECIMAL.pattern},
            ]
        }
    ),
]
LineNumber = Annotated[StrictInt, Field(ge=1, le=1_000_000)]
RemainingDays = Annotated[StrictInt, Field(ge=0, le=36_600)]
"""Days of shelf life that must be left."""


class Shape(BaseModel):
    """Base of every document shape: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
