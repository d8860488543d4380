"""Room `ops`: the two roles and the databases they share, made by the superuser. It knows no table."""

from collections.abc import Callable

import psycopg
from psycopg import sql

OWNER = "xunji_owner"
APP = "xunji_app"
DATABASE = "xunji"
Session = psycopg.Connection[tuple[object, ...]]


def ensure_roles(session: Session, password: Callable[[str], str]) -> None:
    """Two roles: `xunji_owner` owns database and schema, `xunji_app` has what it is granted."""
    for role in (OWNER, APP):
        found = session.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        verb = sql.SQL("ALTER" if found else "CREATE")
        verifier = session.pgconn.encrypt_password(
            password(role).encode(), role.encode(), b"scram-sha-256"
        )  # the server and its log see the verifier, never the password
        session.execute(
            sql.SQL("{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD {}").format(
                verb, sql.Identifier(role), sql.Literal(verifier.decode())
            )
        )
    if not session.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
        create_database(session, DATABASE)


def create_database(session: Session, name: str, *, template: str = "template1") -> None:
    """A database that the owner role owns and only the two roles may enter."""
    database = sql.Identifier(name)
    session.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
            database, sql.Identifier(OWNER), sql.Identifier(template)
        )
    )
    session.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    session.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, sql.Identifier(APP)))
