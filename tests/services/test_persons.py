"""People: posts that end and stay on record, passwords that are nowhere, training, log-out."""

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from db import tables as t
from db.queries.organisation import PersonRow
from domain.errors import Invalid
from domain.master_data import PersonChanges, PersonIn
from services import passwords, persons
from services.changes import CodeTaken
from tests.services.company import PASSWORD, Company, last_event


async def person(company: Company, **more: Any) -> PersonRow:
    body = {"username": "wang.fang", "name": "王芳", "password": PASSWORD, **more}
    return await persons.create(company.platform, PersonIn.model_validate(body), actor=company.admin)


async def test_a_person_has_posts_training_and_a_password_that_is_nowhere(company: Company) -> None:
    made = await person(
        company,
        posts=[{"post": "administrator", "site": "SH1"}],
        trained=[{"sop": "receiving_acceptance", "version": 1, "trained_on": "2026-11-01"}],
    )
    assert [(one.post, one.site) for one in made.posts] == [("administrator", "SH1")]
    assert [(one.sop, one.version, one.trained_on) for one in made.trained] == [
        ("receiving_acceptance", 1, date(2026, 11, 1))
    ]
    assert made.has_password
    async with company.database.read() as tx:
        kept = await tx.scalar(
            sa.select(t.credential.c.password_hash).where(t.credential.c.person_id == made.id)
        )
        events = await tx.rows(sa.select(sa.cast(t.audit_event.c.after, sa.Text).label("after")))
    assert await passwords.matches(PASSWORD, kept)
    assert all(PASSWORD not in (event["after"] or "") for event in events)


async def test_changing_posts_ends_the_old_ones_and_keeps_them_on_record(company: Company) -> None:
    made = await person(company, posts=[{"post": "administrator", "site": "SH1"}, {"post": "administrator"}])
    changes = PersonChanges.model_validate({"posts": [{"post": "administrator", "site": "UR1"}]})
    after = await persons.change(company.platform, "wang.fang", changes, reason="调岗", actor=company.admin)
    assert [(one.post, one.site) for one in after.posts] == [("administrator", "UR1")]
    async with company.database.read() as tx:
        c = t.post_assignment.c
        rows = await tx.rows(sa.select(c.valid_to).where(c.person_id == made.id))
    assert sorted(row["valid_to"] is None for row in rows) == [False, False, True]
    holders = await persons.list_persons(
        company.platform, actor=company.admin, site="SH1", post="administrator"
    )
    assert [row.username for row in holders.items] == ["admin", "author"]


async def test_a_person_put_out_of_use_is_logged_out(company: Company) -> None:
    made = await person(company)
    async with company.write() as tx:
        await tx.execute(
            sa.insert(t.login_session).values(
                person_id=made.id,
                token_hash=b"x",
                kind="browser",
                expires_at=sa.func.clock_now() + sa.text("interval '1 hour'"),
            )
        )
    await persons.change(
        company.platform, made.id, PersonChanges(active=False), reason="离职", actor=company.admin
    )
    async with company.database.read() as tx:
        assert await tx.scalar(sa.select(t.login_session.c.ended_at)) is not None
    listed = await persons.list_persons(company.platform, actor=company.admin, active=False)
    assert [row.username for row in listed.items] == ["wang.fang"]


async def test_a_new_password_follows_the_policy_and_is_audited_without_itself(company: Company) -> None:
    await person(company)
    changes = PersonChanges.model_validate({"password": "another long one"})
    await persons.change(company.platform, "wang.fang", changes, reason="遗忘", actor=company.admin)
    assert (await last_event(company, "change.person"))["after"] == {"password": "changed"}
    with pytest.raises(Invalid):
        await persons.change(
            company.platform,
            "wang.fang",
            PersonChanges.model_validate({"password": "wang.fang.1"}),
            reason="x",
            actor=company.admin,
        )


async def test_unknown_posts_and_taken_names_are_refused_with_their_path(company: Company) -> None:
    with pytest.raises(Invalid) as refused:
        await person(company, posts=[{"post": "administrator"}, {"post": "nix"}])
    assert [one.field for one in refused.value.fields] == ["posts[1].post"]
    with pytest.raises(CodeTaken):
        await person(company, username="admin")
