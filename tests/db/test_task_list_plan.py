"""How PostgreSQL reads a list of tasks when it plans before the tables have grown: by run, never by all that was done."""

import psycopg

from db.ids import new_id
from db.kept import Kept
from db.queries.task_lists import listed
from db.queries.task_scope import Held, TaskFilter
from tests.servers import TestDatabase


def plan_of(database: TestDatabase, wanted: TaskFilter) -> str:
    """The plan for all values at once, as a connection keeps it for its life, without statistics."""
    kept = Kept(listed(wanted))
    with psycopg.connect(database.app_url.replace("+psycopg", "")) as session:
        cursor = psycopg.RawCursor(session)
        rows = cursor.execute(f"EXPLAIN (GENERIC_PLAN) {kept.text}".encode()).fetchall()
    return "\n".join(row[0] for row in rows)


def test_what_a_person_may_claim_is_read_by_run_and_not_by_what_they_have_ever_done(
    database: TestDatabase,
) -> None:
    site = new_id()
    plan = plan_of(
        database,
        TaskFilter(new_id(), (Held(new_id(), site, new_id()),), frozenset({site}), claimable=True),
    )
    assert "ix_task_performer_run" in plan, plan
    assert "ix_task_performer_person_id" not in plan, plan
    assert "Seq Scan on task" not in plan, plan
    assert "Seq Scan on task_performer" not in plan, plan
