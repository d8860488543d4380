"""What the linter refuses is never kept, reviewed or run: every seeded error comes back from the door."""

from copy import deepcopy

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.sop_findings import DefinitionInvalid
from domain.yaml_text import read, write
from services import sop_catalogue, sop_files
from tests.domain.seeded_faults.all_faults import FAULTS
from tests.domain.seeded_faults.edits import POSTS, Fault
from tests.services.company import Company

WARNINGS = frozenset(
    [
        *("end_inside", "refusal_unrouted", "deadline", "remind", "escalate", "constant", "never_done"),
        *("decision_unused", "english_missing", "message_unused", "clauses", "cases", "proof_idle"),
    ]
)
OUTSIDE = frozenset({"table_test", "table_gap", "table_overlap", "post_vacant", "signers"})
"""Rules about what stands beside a definition: tables are files, people are asked for at submission."""


def one_of_each_rule() -> list[Fault]:
    """The first seeded error of each rule, those of people and tables left out."""
    own = (f for f in FAULTS if f.people is None and f.rule not in WARNINGS | OUTSIDE and f.step)
    return list({fault.rule: fault for fault in reversed(list(own))}.values())


async def test_every_rule_of_severity_error_keeps_a_text_from_becoming_a_draft(company: Company) -> None:
    faults = one_of_each_rule()
    assert len(faults) > 20
    async with company.write() as tx:
        for post in POSTS:
            known = await tx.scalar(sa.select(t.post.c.id).where(t.post.c.code == post))
            if known is None:
                await tx.execute(sa.insert(t.post).values(code=post, name_zh=post, name_en=post))
                await tx.audit("create.post", "post", post, after={"code": post})
    before = await _versions(company)
    for fault in faults:
        data = deepcopy(read(sop_files.newest(fault.sop).text).data)
        fault.edit(data)
        with pytest.raises(DefinitionInvalid) as refused:
            await sop_catalogue.load_draft(company.platform, write(data), actor=company.author)
        mine = [(f.rule, f.step_id) for f in refused.value.findings if f.severity == "error"]
        assert (fault.rule, fault.step) in mine, fault
    assert await _versions(company) == before


async def _versions(company: Company) -> int:
    async with company.database.read() as tx:
        return int(await tx.scalar(sa.select(sa.func.count()).select_from(t.sop_version)))
