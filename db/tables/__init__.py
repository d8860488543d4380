"""Db tables: every table by its name, and the evidence tables among them."""

from ._metadata import EVIDENCE_COLUMNS, metadata
from .archives import archive, archive_body
from .audit import audit_event, outbox
from .calendars import calendar_day, clock_setting, limit_profile
from .changeovers import changeover, changeover_run
from .decision_tables import decision_table_approval, decision_table_revision, decision_table_version
from .documents import attachment, attachment_body, document, document_change, document_line
from .lines import added_line, line, line_result, line_set, scan
from .master import licence, material, material_gtin, material_unit, party, party_role
from .organisation import (
    api_key,
    credential,
    department,
    idempotency,
    legal_entity,
    location,
    login_session,
    person,
    post,
    post_assignment,
    site,
    training_record,
    zone,
)
from .packages import package, package_content, package_serial, sscc_reference
from .recalls import recall, recall_batch, recall_position, recall_record
from .retention import attachment_use, legal_hold, retention_floor, retention_rule, tombstone
from .runs import OPEN_STATES, effect, notification, run, run_separation
from .schedules import schedule, schedule_firing
from .seals import seal_block, seal_key
from .signals import signal, signal_wait
from .sops import (
    drill_evidence,
    sop,
    sop_approval,
    sop_comment,
    sop_draft_revision,
    sop_effectivity,
    sop_version,
)
from .stock import (
    balance,
    batch,
    hold,
    move,
    move_serial,
    movement_rule,
    posting,
    reservation,
    serial,
    serial_place,
)
from .tasks import signature, submission, submission_verdict, task, task_draft, task_performer

EVIDENCE = tuple(table for table in metadata.sorted_tables if "row_hash" in table.c)
"""Append-only tables: no role may change or delete their rows, the owner included."""

__all__ = [
    "EVIDENCE",
    "EVIDENCE_COLUMNS",
    "OPEN_STATES",
    "added_line",
    "api_key",
    "archive",
    "archive_body",
    "attachment",
    "attachment_body",
    "attachment_use",
    "audit_event",
    "balance",
    "batch",
    "calendar_day",
    "changeover",
    "changeover_run",
    "clock_setting",
    "credential",
    "decision_table_approval",
    "decision_table_revision",
    "decision_table_version",
    "department",
    "document",
    "document_change",
    "document_line",
    "drill_evidence",
    "effect",
    "hold",
    "idempotency",
    "legal_entity",
    "legal_hold",
    "licence",
    "limit_profile",
    "line",
    "line_result",
    "line_set",
    "location",
    "login_session",
    "material",
    "material_gtin",
    "material_unit",
    "metadata",
    "move",
    "move_serial",
    "movement_rule",
    "notification",
    "outbox",
    "package",
    "package_content",
    "package_serial",
    "party",
    "party_role",
    "person",
    "post",
    "post_assignment",
    "posting",
    "recall",
    "recall_batch",
    "recall_position",
    "recall_record",
    "reservation",
    "retention_floor",
    "retention_rule",
    "run",
    "run_separation",
    "scan",
    "schedule",
    "schedule_firing",
    "seal_block",
    "seal_key",
    "serial",
    "serial_place",
    "signal",
    "signal_wait",
    "signature",
    "site",
    "sop",
    "sop_approval",
    "sop_comment",
    "sop_draft_revision",
    "sop_effectivity",
    "sop_version",
    "sscc_reference",
    "submission",
    "submission_verdict",
    "task",
    "task_draft",
    "task_performer",
    "tombstone",
    "training_record",
    "zone",
]
