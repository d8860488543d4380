"""Room `ops`: worker and web refuse to run with more rights than they need. It knows no table.

Triggers and grants guard the evidence only while nobody runs as superuser or owner.
"""

import psycopg

QUESTION = """
SELECT current_user,
       rolsuper OR rolbypassrls OR rolcreaterole,
       pg_has_role(current_user, (SELECT datdba FROM pg_database WHERE datname = current_database()),
                   'MEMBER')
       OR EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                  AND pg_has_role(current_user, c.relowner, 'MEMBER'))
FROM pg_roles WHERE rolname = current_user
"""


class RoleTooPowerful(Exception):
    """The database address belongs to a superuser or to the owner of the schema."""

    code = "role_too_powerful"


def refuse_powerful_role(database_url: str) -> None:
    """Raise RoleTooPowerful unless the address logs in as a plain application role."""
    with psycopg.connect(
        database_url.replace("postgresql+psycopg://", "postgresql://"), connect_timeout=15
    ) as session:
        row = session.execute(QUESTION).fetchone()
    assert row is not None
    role, superuser, owner = row
    if superuser or owner:
        what = "a superuser" if superuser else "the owner of the database or its tables"
        raise RoleTooPowerful(
            f"XUNJI_DATABASE_URL logs in as {role}, which is {what}. Worker and web run only as the "
            f"application role (xunji_app): with more rights the database could not guard the evidence."
        )
