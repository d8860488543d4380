"""Domain: the shapes of master data - materials, parties with licences, sites, persons. Knows no table.

Record fields of materials: 药品管理法 57, GSP 80. Units are rational factors of the base unit; GTINs carry
their check digit. A change names only what it changes; its reason is asked for by the service.
"""

from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StrictBool,
    StrictInt,
    StringConstraints,
    model_validator,
)

from domain.plain_text import Code, Day, Name, Words

StorageClass = Literal["ambient", "cool", "refrigerated", "frozen"]
MaterialCategory = Literal["drug", "device"]
AbcClass = Literal["A", "B", "C"]
RecordClass = Literal["vaccine", "implant"]
"""Goods whose records are kept longer than those of their category."""
RECORD_CATEGORY = {"vaccine": "drug", "implant": "device"}
"""How often goods are counted, A most often: by what is issued of them, or as the site decides."""
UnitValue = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[0-9]{1,12}(\.[0-9]{1,4})?$")]
"""What one base unit is worth, CNY, a decimal string: what a count's variance is valued by."""
PartyRole = Literal["supplier", "customer", "manufacturer", "carrier", "holder"]
ZoneKind = Literal["waiting", "storage", "rejected", "returned", "recalled", "shipping"]
PersonLanguage = Literal["zh", "en"]
RemainingDays = Annotated[StrictInt, Field(ge=0, le=36_600)]
"""Days of shelf life that a customer asks for on everything that it is sent; 0 asks for none."""
Factor = Annotated[StrictInt, Field(ge=1, le=10**9)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_.-]{0,62}$")]
"""A code that definitions refer to (posts, departments) and a user name: lower case, no blanks."""


class Shape(BaseModel):
    """Base of every shape: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BothNames(Shape):
    """A name in Chinese, and in English where there is one; plain text is taken for the Chinese one."""

    zh: Name
    en: Words = ""

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, value: Any) -> Any:
        return {"zh": value} if isinstance(value, str) else value


class UnitIn(Shape):
    """One `unit` is `numerator / denominator` base units: a box of ten is 10/1."""

    unit: Code
    numerator: Factor
    denominator: Factor = 1


def gtin14(value: str) -> str:
    """A GTIN-8, -12, -13 or -14 as 14 digits; ValueError when its check digit (GS1, modulo 10) is wrong."""
    digits = value.strip()
    if len(digits) not in {8, 12, 13, 14} or not (digits.isascii() and digits.isdigit()):
        raise ValueError("GTIN 须为 8、12、13 或 14 位数字 / a GTIN has 8, 12, 13 or 14 digits")
    full = digits.zfill(14)
    total = sum(int(digit) * (3 if at % 2 == 0 else 1) for at, digit in enumerate(full[:-1]))
    if (10 - total % 10) % 10 != int(full[-1]):
        raise ValueError("GTIN 校验位错误 / wrong check digit in the GTIN")
    return full


Gtin = Annotated[str, StringConstraints(max_length=20), AfterValidator(gtin14)]


class GtinIn(Shape):
    """A GTIN and the unit that it stands on; the base unit unless said."""

    gtin: Gtin
    unit: Code | None = None


class MaterialIn(Shape):
    """A material with all record fields."""

    code: Code
    name: BothNames
    generic_name: Name
    dosage_form: Words = ""
    specification: Name
    approval_number: Words = ""
    holder: Words = ""
    manufacturer: Code
    storage_class: StorageClass
    special_control: StrictBool = False
    category: MaterialCategory = "drug"
    base_unit: Code
    carton_quantity: Annotated[StrictInt, Field(ge=1, le=10**9)] = 1
    unit_value: UnitValue | None = None
    abc_class: AbcClass | None = None
    record_class: RecordClass | None = None
    units: Annotated[list[UnitIn], Field(max_length=20)] = []
    gtins: Annotated[list[Gtin | GtinIn], Field(max_length=50)] = []

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        units = [unit.unit for unit in self.units]
        if len(set(units)) != len(units) or self.base_unit in units:
            raise ValueError("单位重复 / a unit is given twice")
        gtins = [gtin if isinstance(gtin, str) else gtin.gtin for gtin in self.gtins]
        if len(set(gtins)) != len(gtins):
            raise ValueError("GTIN 重复 / a GTIN is given twice")
        stray = {gtin.unit for gtin in self.gtins if isinstance(gtin, GtinIn) and gtin.unit} - {
            *units,
            self.base_unit,
        }
        if stray:
            raise ValueError("GTIN 的单位未定义 / a GTIN names a unit that the material has not")
        if self.record_class is not None and self.category != RECORD_CATEGORY[self.record_class]:
            raise ValueError("记录类别与类别不符 / the class of the records does not belong to the category")
        return self


class MaterialChanges(Shape):
    """What may change on a material; its code and base unit never do (every quantity counts in it)."""

    name: BothNames | None = None
    generic_name: Name | None = None
    dosage_form: Words | None = None
    specification: Name | None = None
    approval_number: Words | None = None
    holder: Words | None = None
    storage_class: StorageClass | None = None
    special_control: StrictBool | None = None
    carton_quantity: Annotated[StrictInt, Field(ge=1, le=10**9)] | None = None
    unit_value: UnitValue | None = None
    abc_class: AbcClass | None = None
    record_class: RecordClass | None = None
    add_units: Annotated[list[UnitIn], Field(max_length=20)] = []
    add_gtins: Annotated[list[Gtin | GtinIn], Field(max_length=50)] = []
    active: StrictBool | None = None


class LicenceIn(Shape):
    """A licence of a partner: `scope` lists the categories that it covers, `valid_until` its last day."""

    kind: Code
    number: Code
    scope: Annotated[list[Key], Field(min_length=1, max_length=20)]
    valid_from: Day | None = None
    valid_until: Day
    withdrawn: StrictBool = False

    @model_validator(mode="after")
    def _from_before_until(self) -> Self:
        if self.valid_from is not None and self.valid_from > self.valid_until:
            raise ValueError("许可起止日期颠倒 / the licence ends before it begins")
        return self


class PartyIn(Shape):
    """A partner in its roles, with its licences."""

    code: Code
    name: Name
    roles: Annotated[list[PartyRole], Field(min_length=1, max_length=5)]
    licences: Annotated[list[LicenceIn], Field(max_length=100)] = []
    min_remaining_days: RemainingDays | None = None


class PartyChanges(Shape):
    """What may change on a partner. A licence named again (kind, number) is replaced, another is added."""

    name: Name | None = None
    roles: Annotated[list[PartyRole], Field(min_length=1, max_length=5)] | None = None
    licences: Annotated[list[LicenceIn], Field(max_length=100)] = []
    min_remaining_days: RemainingDays | None = None
    active: StrictBool | None = None


def known_time_zone(value: str) -> str:
    """An IANA time zone, or ValueError."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise ValueError("未知时区 / unknown time zone") from unknown
    return value


TimeZone = Annotated[
    str, StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9_+\-/]+$"), AfterValidator(known_time_zone)
]


class ZoneIn(Shape):
    """A zone of a site: what it is for, for which class; `special_control`: locked, for those drugs alone."""

    code: Code
    name: BothNames
    kind: ZoneKind
    storage_class: StorageClass
    special_control: StrictBool = False
    locations: Annotated[list[Code], Field(max_length=5_000)] = []


class SiteIn(Shape):
    """A site of a legal entity in a region; its time zone decides which day it is there."""

    code: Code
    name: BothNames
    legal_entity: Code
    region: Code
    time_zone: TimeZone
    zones: Annotated[list[ZoneIn], Field(max_length=200)] = []


class SiteChanges(Shape):
    """What may change on a site; zones named anew are added, locations are added to known ones."""

    name: BothNames | None = None
    region: Code | None = None
    zones: Annotated[list[ZoneIn], Field(max_length=200)] = []
    active: StrictBool | None = None


class NamedIn(Shape):
    """A legal entity or department: a code with names."""

    code: Code
    name: BothNames


class LegalEntityIn(NamedIn):
    """A legal entity; `gs1_prefix` is its GS1 company prefix, of which its SSCCs are made."""

    gs1_prefix: Annotated[str, Field(pattern=r"^[0-9]{6,12}$")] | None = None


class PostIn(Shape):
    """A post (岗位) with the permissions that it carries."""

    code: Key
    name: BothNames
    permissions: Annotated[list[Code], Field(max_length=100)] = []


class AssignmentIn(Shape):
    """A post held at a site (all when none) in a department."""

    post: Key
    site: Code | None = None
    department: Key | None = None


class TrainingIn(Shape):
    """Training passed on a version of an SOP."""

    sop: Key
    version: Annotated[StrictInt, Field(ge=1)]
    trained_on: Day | None = None


Password = Annotated[SecretStr, Field(min_length=1, max_length=200)]
"""What is long enough is the policy's to say (services/passwords.py): one rule, told in one place."""


class PersonIn(Shape):
    """A person (or a machine account) with posts and training."""

    username: Key
    name: Name
    kind: Literal["person", "machine"] = "person"
    password: Password | None = None
    language: PersonLanguage = "zh"
    posts: Annotated[list[AssignmentIn], Field(max_length=50)] = []
    trained: Annotated[list[TrainingIn], Field(max_length=200)] = []


class PersonChanges(Shape):
    """What may change on a person. `posts` replaces the posts held now; `trained` only adds."""

    name: Name | None = None
    password: Password | None = None
    language: PersonLanguage | None = None
    posts: Annotated[list[AssignmentIn], Field(max_length=50)] | None = None
    trained: Annotated[list[TrainingIn], Field(max_length=200)] = []
    active: StrictBool | None = None
