"""UI: what the audit log has, in the words of the reader: actions, fields, permissions."""

from domain import audit_words
from ui.translation import Translations, mark

FIELDS = {
    "assignee": mark("Holder"),
    "batches": mark("Batches"),
    "business_key": mark("Business key"),
    "content_hash": mark("What is signed (SHA-256)"),
    "count": mark("How many"),
    "customer": mark("Customer"),
    "document": mark("Document"),
    "documents": mark("Documents"),
    "drill": mark("Drill"),
    "epoch": mark("Issue of the task"),
    "inputs": mark("Inputs"),
    "left_out": mark("Runs left out"),
    "manifest_sha256": mark("SHA-256 of the manifest"),
    "missing": mark("Missing"),
    "moved": mark("Moved"),
    "order": mark("order to move runs"),
    "packages": mark("Packages"),
    "party": mark("Partner"),
    "permissions": mark("Permissions"),
    "positions": mark("Positions"),
    "person": mark("Person"),
    "post": mark("Post"),
    "received": mark("Received"),
    "refused": mark("Refused"),
    "returned": mark("Returned"),
    "run": mark("Run"),
    "runs": mark("Runs"),
    "since": mark("From day"),
    "sha256": mark("Definition SHA-256"),
    "step": mark("Step"),
    "submission": mark("Submission"),
    "surplus": mark("Too much"),
    "until": mark("To day"),
    "active": mark("In use"),
    "batch": mark("Batch"),
    "code": mark("Code"),
    "kind": mark("Kind"),
    "language": mark("Language"),
    "line": mark("Line"),
    "lines": mark("Lines"),
    "location": mark("Location"),
    "media_type": mark("Kind of file"),
    "name": mark("Name"),
    "name_en": mark("Name in English"),
    "name_zh": mark("Name in Chinese"),
    "not_undone": mark("Not undone"),
    "number": mark("Number"),
    "outcome": mark("Outcome"),
    "path": mark("Path"),
    "posts": mark("Posts"),
    "quantity": mark("Quantity"),
    "query": mark("Looked for"),
    "reason": mark("Reason"),
    "site": mark("Site"),
    "size": mark("Size in bytes"),
    "sop": mark("Procedure"),
    "state": mark("State"),
    "status": mark("Status"),
    "title": mark("Title"),
    "trained_on": mark("Trained on"),
    "username": mark("User name"),
    "version": mark("Version"),
    "why": mark("Why recorded"),
}
WHYS = {
    "auditor": mark("read by an auditor"),
    "evidence": mark("evidence"),
    "export": mark("export"),
    "personal": mark("file of a person"),
}
"""Why it is written down that somebody read something."""
PERMISSIONS = {
    "admin.people": mark("Administer people and posts"),
    "admin.schedules": mark("Administer schedules"),
    "admin.sites": mark("Administer sites and places"),
    "attachment.add": mark("Add attachments"),
    "attachment.read": mark("See attachments"),
    "audit.read": mark("Read the audit log"),
    "document.read": mark("See documents"),
    "document.write": mark("Enter and correct documents"),
    "hold.close": mark("Release holds"),
    "evidence.hold": mark("Set and lift legal holds"),
    "hold.open": mark("Open holds"),
    "master.read": mark("See master data"),
    "master.write": mark("Change master data"),
    "run.cancel": mark("Cancel runs"),
    "run.read": mark("See runs"),
    "run.send_back": mark("Send runs back"),
    "run.start": mark("Start runs"),
    "run.suspend": mark("Suspend and resume runs"),
    "signal.send": mark("Send outside events"),
    "sop.approve": mark("Approve procedures"),
    "sop.draft": mark("Draft procedures"),
    "sop.publish": mark("Put procedures in force"),
    "sop.read": mark("See procedures"),
    "stock.move": mark("Move stock"),
    "stock.read": mark("See stock"),
    "task.read": mark("See tasks of others"),
    "task.work": mark("Perform tasks"),
}


def action_words(action: str, words: Translations) -> str:
    """`claim.task` as “Claim task”."""
    return _in(words, audit_words.action_words(action))


def object_words(noun: str, words: Translations) -> str:
    """The sort of thing that was acted on."""
    return _in(words, audit_words.object_words(noun))


def _in(words: Translations, said: audit_words.Words) -> str:
    return said[1] if words.language == "en" else said[0]


def field_words(name: str, words: Translations) -> str:
    """The name of a recorded field; one that people do not know by name shows itself."""
    return words.gettext(FIELDS[name]) if name in FIELDS else name


def permission_words(permission: str, words: Translations) -> str:
    """What a permission allows."""
    return words.gettext(PERMISSIONS[permission]) if permission in PERMISSIONS else permission
