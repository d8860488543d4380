"""Room `ops`, demo company: posts with their permissions and twenty-seven invented people. Pure."""

from __future__ import annotations

import random

from domain.master_data import AssignmentIn, BothNames, PersonIn, PostIn
from ops.demo_seed.places import MAIN, SECOND, WEST
from services.permissions import Permission as P

PASSWORD = "xunji-demo-2026"
"""Everybody's in the demo company; shown on its log-in page and nowhere used outside of it."""

READS = (P.RUN_READ, P.DOCUMENT_READ, P.MASTER_READ, P.SOP_READ, P.STOCK_READ, P.TASK_READ, P.ATTACHMENT_READ)
WORKS = (*READS, P.TASK_WORK, P.ATTACHMENT_ADD)

_POSTS: list[tuple[str, str, str, tuple[P, ...]]] = [
    ("receiver", "收货员", "Receiver", (*WORKS, P.RUN_START, P.DOCUMENT_WRITE)),
    ("acceptor", "验收员", "Acceptor", WORKS),
    ("second_acceptor", "第二验收员", "Second acceptor", WORKS),
    ("keeper", "保管员", "Keeper", WORKS),
    ("picker", "拣货员", "Picker", WORKS),
    ("reviewer", "复核员", "Reviewer", WORKS),
    ("shipper", "发货员", "Shipper", WORKS),
    ("maintainer", "养护员", "Storage maintenance", WORKS),
    (
        "warehouse_manager",
        "仓储经理",
        "Warehouse manager",
        (*WORKS, P.RUN_START, P.RUN_SUSPEND, P.RUN_SEND_BACK, P.RUN_CANCEL, P.STOCK_MOVE, P.DOCUMENT_WRITE),
    ),
    (
        "qa_manager",
        "质量负责人",
        "QA manager",
        (
            *WORKS,
            *(P.RUN_START, P.RUN_SUSPEND, P.RUN_SEND_BACK, P.RUN_CANCEL, P.HOLD_OPEN, P.HOLD_CLOSE),
            *(P.SOP_DRAFT, P.SOP_APPROVE, P.SOP_PUBLISH, P.MASTER_WRITE, P.DOCUMENT_WRITE, P.AUDIT_READ),
            *(P.ADMIN_SCHEDULES, P.EVIDENCE_HOLD),
        ),
    ),
    (
        "qa_specialist",
        "质量管理员",
        "QA specialist",
        (*WORKS, P.RUN_START, P.SOP_DRAFT, P.HOLD_OPEN, P.MASTER_WRITE, P.DOCUMENT_WRITE),
    ),
    ("buyer", "采购员", "Buyer", (*WORKS, P.DOCUMENT_WRITE, P.RUN_START)),
    ("sales", "销售内勤", "Sales", (*WORKS, P.DOCUMENT_WRITE, P.RUN_START)),
    ("auditor", "审计员", "Auditor", (*READS, P.AUDIT_READ)),
    (
        "manager",
        "总经理",
        "General manager",
        (*READS, P.AUDIT_READ, P.RUN_SUSPEND, P.SOP_APPROVE, P.SOP_PUBLISH),
    ),
    (
        "administrator",
        "系统管理员",
        "Administrator",
        (*READS, P.ADMIN_PEOPLE, P.ADMIN_SCHEDULES, P.ADMIN_SITES, P.MASTER_WRITE, P.AUDIT_READ),
    ),
]

SITE_WORK = (
    *("receiver", "acceptor", "second_acceptor", "keeper", "picker", "reviewer", "shipper", "maintainer"),
)
_QUALITY = frozenset({"acceptor", "second_acceptor", "maintainer", "qa_manager", "qa_specialist"})
_SMALL_SITE: tuple[tuple[str, ...], ...] = (
    ("receiver", "shipper"),
    ("acceptor", "maintainer"),
    ("second_acceptor", "reviewer"),
    ("keeper", "picker"),
    ("warehouse_manager",),
)
_ROSTER: list[tuple[str | None, tuple[str, ...]]] = [
    (MAIN, ("receiver",)),
    (MAIN, ("receiver", "shipper")),
    (MAIN, ("acceptor",)),
    (MAIN, ("acceptor",)),
    (MAIN, ("second_acceptor", "reviewer")),
    (MAIN, ("keeper",)),
    (MAIN, ("keeper", "picker")),
    (MAIN, ("maintainer",)),
    (MAIN, ("warehouse_manager",)),
    *((site, posts) for site in (SECOND, WEST) for posts in _SMALL_SITE),
    (None, ("qa_manager",)),
    (None, ("qa_specialist",)),
    (None, ("buyer",)),
    (None, ("auditor",)),
    (None, ("manager",)),
    (None, ("administrator",)),
    (None, ("sales",)),
    (None, ("qa_specialist",)),
]
_DEPARTMENT = {
    "buyer": "purchasing",
    "sales": "sales",
    "auditor": "management",
    "manager": "management",
    "administrator": "it",
}
_SURNAMES = (
    ("赵", "zhao"), ("钱", "qian"), ("孙", "sun"), ("李", "li"), ("周", "zhou"), ("吴", "wu"), ("郑", "zheng"),
    ("王", "wang"), ("冯", "feng"), ("陈", "chen"), ("褚", "chu"), ("卫", "wei"), ("蒋", "jiang"), ("沈", "shen"),
    ("韩", "han"), ("杨", "yang"), ("朱", "zhu"), ("秦", "qin"), ("许", "xu"), ("何", "he"), ("吕", "lv"),
    ("施", "shi"), ("张", "zhang"), ("孔", "kong"), ("曹", "cao"),
    ("严", "yan"), ("华", "hua"),
)  # fmt: skip
_GIVEN = (
    ("晓", "xiao"), ("雨", "yu"), ("思", "si"), ("明", "ming"), ("佳", "jia"), ("文", "wen"), ("子", "zi"),
    ("嘉", "jia"), ("宁", "ning"), ("安", "an"), ("清", "qing"), ("远", "yuan"), ("禾", "he"), ("川", "chuan"),
    ("岚", "lan"), ("溪", "xi"), ("桐", "tong"), ("舟", "zhou"),
)  # fmt: skip


def posts() -> list[PostIn]:
    """The posts of the company."""
    return [
        PostIn(code=code, name=BothNames(zh=zh, en=en), permissions=sorted({p.value for p in permissions}))
        for code, zh, en, permissions in _POSTS
    ]


def people() -> list[PersonIn]:
    """Twenty-seven people: surname and given name drawn from lists, the user name is their pinyin."""
    chance = random.Random("xunji demo people")
    made: list[PersonIn] = []
    for (surname, spelling), (site, held) in zip(_SURNAMES, _ROSTER, strict=True):
        (first, first_pinyin), (second, second_pinyin) = chance.sample(_GIVEN, 2)
        made.append(
            PersonIn(
                username=f"{spelling}{first_pinyin}{second_pinyin}",
                name=f"{surname}{first}{second}",
                posts=[AssignmentIn(post=post, site=site, department=department(post)) for post in held],
            )
        )
    return made


def department(post: str) -> str:
    """The department in which a post stands."""
    return "quality" if post in _QUALITY else _DEPARTMENT.get(post, "warehouse")


def holder(of: str, at: str | None = None) -> str:
    """The user name of the first holder of a post (at a site)."""
    return next(
        person.username
        for person in people()
        if any(held.post == of and at in {None, held.site} for held in person.posts)
    )
