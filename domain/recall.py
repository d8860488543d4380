"""Domain: the notice that starts a recall - who recalls what, of which class, why, by which clock. No table.

The clock of a recall is its profile and class together (`cn-drug-2022/I`): statutory limits are dated data
under that name (`sop_definitions/_limits/recall.json`, overruled by QA's own).
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from pydantic.functional_validators import AfterValidator

from domain.document_parts import Shape
from domain.errors import Refusal
from domain.plain_text import Code, Day, Reason, plain_lines

RecallClass = Literal["I", "II", "III"]
Initiator = Literal["holder", "us", "authority"]
LIMITS = "recall"
"""The name under which the clocks of recalls stand among the limits."""
MAX_MATERIALS = 500

ScopeText = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000),
    AfterValidator(plain_lines),
]


class RecallIn(Shape):
    """A recall notice: class I, II or III (一级 is the gravest), and the text that says which batches.

    `site` coordinates the recall; it is on every site all the same. `holder` is the partner that answers for
    the product, where it is one of ours.
    """

    number: Code
    site: Code
    recall_class: RecallClass
    profile: Code
    initiated_by: Initiator
    noticed_on: Day
    scope: ScopeText
    reason: Reason
    materials: Annotated[list[Code], Field(min_length=1, max_length=MAX_MATERIALS)]
    holder: Code | None = None

    @property
    def clock(self) -> str:
        """The name of the limits that hold for it."""
        return f"{self.profile}/{self.recall_class}"


class RecallSealed(Refusal):
    """A recall that has sealed its batches is not withdrawn; it is closed when it is balanced."""

    code = "recall_sealed"
    zh = "召回已封存，不能撤回，只能在平衡后结案"
    en = "The recall has sealed its batches: it is not withdrawn, it is closed when it is balanced"
