"""Domain: the shapes in which packages are made, filled and emptied. Knows no table."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator

from domain.codes.digits import check_digit_fits
from domain.plain_text import Code

MAX_CONTENTS = 1000
MAX_SERIALS = 20_000


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ContentIn(_Shape):
    """So many base units of a batch (an id or `material:number`); with serials, one for each unit."""

    batch: Annotated[str, Field(min_length=1, max_length=200)]
    quantity: Annotated[StrictInt, Field(ge=1, le=2**53 - 1)]
    serials: Annotated[list[Code], Field(max_length=MAX_SERIALS)] = []

    @model_validator(mode="after")
    def _all_serials_or_none(self) -> Self:
        if self.serials and len(set(self.serials)) != self.quantity:
            raise ValueError("追溯码数量与数量不符 / as many serials as units, each once")
        return self


class PackedIn(_Shape):
    """What goes into a package or comes out of it: goods, and whole packages by their numbers."""

    contents: Annotated[list[ContentIn], Field(max_length=MAX_CONTENTS)] = []
    packages: Annotated[list[Code], Field(max_length=MAX_CONTENTS)] = []


class PackageIn(PackedIn):
    """A new package at a location of a site; without `sscc` it gets a new one of the company's."""

    site: Code
    location: Code
    sscc: Annotated[str, Field(pattern=r"^[0-9]{18}$")] | None = None
    trace_code: Code | None = None
    closed: StrictBool = True

    @model_validator(mode="after")
    def _check_digit(self) -> Self:
        if self.sscc is not None and not check_digit_fits(self.sscc):
            raise ValueError("SSCC 校验位不符 / the check digit of the SSCC does not fit")
        return self
