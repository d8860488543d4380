"""Room `ops`: the owner says, for good, that a database is a drill's and its clock may be moved."""

import psycopg


class LiveRuns(Exception):
    """The database has runs that are no drill's."""

    code = "live_runs"


def mark_as_drill(owner_url: str) -> None:
    """Mark it; again, it changes nothing. LiveRuns when real work has been done there."""
    with psycopg.connect(owner_url.replace("+psycopg", "")) as session:
        live = session.execute("SELECT 1 FROM run WHERE mode = 'live' LIMIT 1").fetchone()
        if live is not None:
            raise LiveRuns("this database holds real runs: a drill needs a database of its own")
        session.execute("UPDATE clock_setting SET drill = true WHERE NOT drill")
