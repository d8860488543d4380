"""Room `ops`, trials: what the database holds after a trial, read only, in SQL of its own.

Not the product's queries on purpose: a proof that asks the accused proves little. The owner's address is used
to look, in a session that cannot write.
"""

from dataclasses import asdict, dataclass
from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import dict_row

Session = psycopg.Connection[dict[str, Any]]

BALANCE_DIFFERENCES: LiteralString = """
WITH told AS (
    SELECT to_site_id AS site, to_location_id AS location, batch_id, to_status AS status,
           to_owner_id AS owner, quantity FROM move WHERE to_kind = 'internal'
    UNION ALL
    SELECT from_site_id, from_location_id, batch_id, from_status, from_owner_id, -quantity
    FROM move WHERE from_kind = 'internal'
), summed AS (
    SELECT site, location, batch_id, status, owner, sum(quantity) AS quantity FROM told GROUP BY 1, 2, 3, 4, 5
)
SELECT count(*) AS n FROM summed FULL JOIN balance AS b
  ON (b.site_id, b.location_id, b.batch_id, b.status, b.owner_id)
   = (summed.site, summed.location, summed.batch_id, summed.status, summed.owner)
WHERE coalesce(summed.quantity, 0) <> coalesce(b.quantity, 0)
"""

FINDINGS: dict[str, LiteralString] = {
    "ledger and balances differ": BALANCE_DIFFERENCES,
    "balances below zero": "SELECT count(*) AS n FROM balance WHERE quantity < 0",
    "runs not ended": "SELECT count(*) AS n FROM run WHERE id <> ALL(%(known)s) AND "
    "(ended_at IS NULL OR state IN ('running', 'suspended', 'incident', 'failed'))",
    "tasks still open": "SELECT count(*) AS n FROM task WHERE run_id <> ALL(%(known)s) AND "
    "state IN ('open', 'claimed', 'awaiting_signature')",
    "tasks of a path twice": "SELECT count(*) AS n FROM (SELECT 1 FROM task GROUP BY run_id, path "
    "HAVING count(*) > 1) AS twice",
    "incidents and deviations": "SELECT count(*) AS n FROM task WHERE kind IN ('incident', 'deviation')",
    "submissions without a verdict": "SELECT count(*) AS n FROM submission AS s WHERE NOT EXISTS "
    "(SELECT 1 FROM submission_verdict AS v WHERE v.submission_id = s.id)",
    "tasks done without exactly one accepted completion": """
        SELECT count(*) AS n FROM task AS k WHERE k.kind = 'step' AND k.state = 'done' AND 1 <> (
            SELECT count(*) FROM submission AS s JOIN submission_verdict AS v ON v.submission_id = s.id
            WHERE s.task_id = k.id AND s.kind = 'complete' AND v.accepted)""",
    "tasks done whose rules and accepted signatures differ in number": """
        SELECT count(*) AS n FROM task AS k
        WHERE k.kind = 'step' AND k.state = 'done' AND jsonb_array_length(k.content -> 'rules') <> (
            SELECT count(*) FROM submission AS s JOIN submission_verdict AS v ON v.submission_id = s.id
            WHERE s.task_id = k.id AND s.signature_id IS NOT NULL AND v.accepted)""",
    "lines of a work list without exactly one standing result": """
        SELECT count(*) AS n FROM task AS k JOIN line AS l ON l.line_set_id = k.line_set_id
        WHERE k.state = 'done' AND 1 <> (
            SELECT count(*) FROM line_result AS r WHERE r.task_id = k.id AND r.line_no = l.line_no
            AND NOT EXISTS (SELECT 1 FROM line_result AS newer WHERE newer.supersedes_id = r.id))""",
    "effects twice": "SELECT count(*) AS n FROM (SELECT 1 FROM effect GROUP BY workflow_id, path, kind "
    "HAVING count(*) > 1) AS twice",
    "runs with an action's effect that the ledger lacks or has twice": """
        SELECT count(*) AS n FROM effect AS e JOIN run AS r ON r.workflow_id = e.workflow_id
        WHERE e.kind = 'action' AND e.action = 'receiving.place_in_waiting_zone' AND 1 <> (
            SELECT count(*) FROM posting AS p
            WHERE p.run_id = r.id AND p.path = e.path AND p.kind = 'receipt')""",
    "dispatch advices with more than one live receipt": """
        SELECT count(*) AS n FROM (SELECT 1 FROM document WHERE kind = 'receipt' AND state <> 'cancelled'
        GROUP BY source_document_id HAVING count(*) > 1) AS twice""",
    "receipt lines whose ledger quantity differs": """
        SELECT count(*) AS n FROM document_line AS l JOIN document AS d ON d.id = l.document_id
        WHERE d.kind = 'receipt' AND d.state <> 'cancelled' AND EXISTS (
            SELECT 1 FROM posting AS p WHERE p.run_id = d.run_id AND p.kind = 'receipt')
        AND l.quantity <> (
            SELECT coalesce(sum(m.quantity), 0) FROM move AS m JOIN posting AS p ON p.id = m.posting_id
            WHERE p.run_id = d.run_id AND p.kind = 'receipt' AND m.batch_id = l.batch_id
            AND m.from_kind = 'supplier')""",
    "accepted lines whose booked quantity differs": """
        SELECT count(*) AS n FROM document_line AS l JOIN document AS d ON d.id = l.document_id
        WHERE d.kind = 'put_away' AND d.state <> 'cancelled' AND l.quantity <> (
            SELECT coalesce(sum(m.quantity), 0) FROM move AS m JOIN posting AS p ON p.id = m.posting_id
            WHERE p.document_id = d.id AND p.kind = 'put_away' AND m.batch_id = l.batch_id
            AND m.from_status = 'quarantine' AND m.to_status = 'qualified')""",
    "order lines whose received quantity differs from what was put away": """
        SELECT count(*) AS n FROM document_line AS l JOIN document AS d ON d.id = l.document_id
        WHERE d.kind = 'purchase_order' AND coalesce((l.data ->> 'received')::bigint, 0) <> (
            SELECT coalesce(sum(w.quantity), 0) FROM document AS pa
            JOIN document_line AS w ON w.document_id = pa.id
            JOIN document AS rc ON rc.id = pa.source_document_id
            WHERE pa.kind = 'put_away' AND pa.state = 'closed' AND w.order_line_no = l.line_no
            AND rc.header ->> 'purchase_order_id' = d.id::text)""",
}
"""What must be zero after a trial, each as a query of its number; `known` are the runs of before."""


@dataclass(frozen=True)
class Quantities:
    """Sums in base units: documents and stock of the whole database, moves of receiving."""

    ordered: int
    advised: int
    received: int
    accepted: int
    rejected: int
    qualified_stock: int
    rejected_stock: int
    quarantine_stock: int


def look(owner_url: str) -> Session:
    """A session of the owner that can only read."""
    address = owner_url.replace("postgresql+psycopg://", "postgresql://")
    options = "-c default_transaction_read_only=on -c statement_timeout=300s"
    return psycopg.connect(address, autocommit=True, row_factory=dict_row, options=options)


@dataclass(frozen=True)
class Books:
    """What the database held before a trial; afterwards only what has come since is looked at."""

    quantities: Quantities
    runs: list[UUID]

    @classmethod
    def of(cls, session: Session) -> "Books":
        return cls(quantities(session), run_ids(session))

    def contradictions(self, session: Session) -> dict[str, int]:
        """The number of rows that contradict each statement; all zero when the trial is passed."""
        return {what: number(session, query, known=self.runs) for what, query in FINDINGS.items()}

    def moved(self, session: Session) -> dict[str, int]:
        """What the quantities have grown by."""
        was = asdict(self.quantities)
        return {name: value - was[name] for name, value in asdict(quantities(session)).items()}

    def outcomes(self, session: Session) -> dict[str, int]:
        """The new runs by state and outcome."""
        query = (
            "SELECT state, outcome, count(*) AS n FROM run WHERE id <> ALL(%(known)s)"
            " GROUP BY 1, 2 ORDER BY 1, 2"
        )
        rows = session.execute(query, {"known": self.runs}).fetchall()
        return {f"{row['state']}: {row['outcome']}": row["n"] for row in rows}


def quantities(session: Session) -> Quantities:
    """What was ordered, advised, received, accepted, rejected, and what stands where now."""
    return Quantities(
        ordered=_lines(session, "purchase_order"),
        advised=_lines(session, "dispatch_advice"),
        received=_moved(session, "receipt", "quarantine"),
        accepted=_moved(session, "put_away", "qualified"),
        rejected=_moved(session, "put_away", "rejected"),
        qualified_stock=_stock(session, "qualified"),
        rejected_stock=_stock(session, "rejected"),
        quarantine_stock=_stock(session, "quarantine"),
    )


def counts(session: Session) -> dict[str, int]:
    """How many rows the trial made."""
    tables = ("run", "task", "submission", "signature", "line_result", "scan", "posting", "move")
    rest = (
        "effect",
        "document",
        "document_line",
        "attachment",
        "batch",
        "hold",
        "audit_event",
        "notification",
    )
    return {name: number(session, count_of(name)) for name in (*tables, *rest)}


def count_of(table: str) -> psycopg.sql.Composed:
    """The query of a table's number of rows."""
    return psycopg.sql.SQL("SELECT count(*) AS n FROM {}").format(psycopg.sql.Identifier(table))


def step_seconds(session: Session, run_id: str) -> dict[str, dict[str, float]]:
    """For each task of a run: seconds from the task before until it was open, and until it was done."""
    query = """
        SELECT step_id, extract(epoch FROM opened_at - lag(closed_at) OVER (ORDER BY opened_at)) AS waited,
               extract(epoch FROM closed_at - opened_at) AS took
        FROM task WHERE run_id = %s AND closed_at IS NOT NULL ORDER BY opened_at"""
    rows = session.execute(query, (run_id,)).fetchall()
    return {
        row["step_id"]: {
            "opened_after": round(float(row["waited"] or 0), 1),
            "done_after": round(float(row["took"]), 1),
        }
        for row in rows
    }


def run_ids(session: Session) -> list[UUID]:
    """All runs, the oldest first."""
    return [row["id"] for row in session.execute("SELECT id FROM run ORDER BY id").fetchall()]


def _lines(session: Session, kind: str) -> int:
    query = (
        "SELECT coalesce(sum(l.quantity), 0)::bigint AS n FROM document_line AS l"
        " JOIN document AS d ON d.id = l.document_id WHERE d.kind = %(kind)s"
    )
    return number(session, query, kind=kind)


def _moved(session: Session, kind: str, status: str) -> int:
    """By runs of receiving alone: a pick or a transfer puts goods away, too."""
    query = (
        "SELECT coalesce(sum(m.quantity), 0)::bigint AS n FROM move AS m"
        " JOIN posting AS p ON p.id = m.posting_id JOIN run AS r ON r.id = p.run_id"
        " JOIN sop AS s ON s.id = r.sop_id AND s.key = 'receiving_acceptance'"
        " WHERE p.kind = %(kind)s AND m.to_status = %(status)s"
    )
    return number(session, query, kind=kind, status=status)


def _stock(session: Session, status: str) -> int:
    query = "SELECT coalesce(sum(quantity), 0)::bigint AS n FROM balance WHERE status = %(status)s"
    return number(session, query, status=status)


def number(session: Session, query: LiteralString | psycopg.sql.Composed, **values: Any) -> int:
    """The number `n` that a query answers."""
    row = session.execute(query, values).fetchone()
    assert row is not None
    return int(row["n"])
