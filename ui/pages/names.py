"""UI pages: what codes are called - sites, posts, departments, procedures - in the person's language.

Names are read with the person's own permission; who may not read master data sees the codes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from services import sites, sop_catalogue
from services.permissions import Permission
from ui.view import View

Kind = Literal["site", "post", "department", "sop"]
MANY = 200


@dataclass(frozen=True)
class Names:
    """Names by code, of the kinds that were asked for; what has none is its code."""

    known: Mapping[Kind, Mapping[str, str]] = field(default_factory=dict)

    def of(self, kind: Kind, code: str | None) -> str:
        """The name of a code, '' of none."""
        return self.known.get(kind, {}).get(code or "", code or "")

    def owner(self, department: str, post: str) -> str:
        """The post and its department that own a procedure."""
        return " · ".join((self.of("post", post), self.of("department", department)))


async def read_names(view: View, *kinds: Kind) -> Names:
    """The names of the kinds, as far as the person may read them."""
    return Names({kind: await _read(view, kind) for kind in kinds})


async def _read(view: View, kind: Kind) -> Mapping[str, str]:
    if kind == "sop":
        if not view.may(Permission.SOP_READ):
            return {}
        found = await sop_catalogue.list_sops(view.platform, actor=view.person)
        return {row.key: view.words.pick({"zh": row.title_zh, "en": row.title_en}) for row in found}
    if not view.may(Permission.MASTER_READ):
        return {}
    if kind == "site":
        page = await sites.list_sites(view.platform, actor=view.person, limit=MANY)
        return _by_code(view, page.items)
    if kind == "post":
        return _by_code(view, await sites.list_posts(view.platform, actor=view.person))
    return _by_code(view, await sites.list_departments(view.platform, actor=view.person))


def _by_code(view: View, rows: Iterable[Any]) -> Mapping[str, str]:
    return {row.code: view.words.pick({"zh": row.name_zh, "en": row.name_en}) for row in rows}
