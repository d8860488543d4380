"""UI: audit actions and permissions in words. An action is `verb.noun`; an unknown one shows itself."""

from ui.translation import Translations, mark

VERBS = {
    "acknowledge": mark("Confirm"),
    "add": mark("Add"),
    "add_signer": mark("Ask for a signature on the"),
    "answer": mark("Fill in"),
    "approve": mark("Approve"),
    "balance": mark("Balance"),
    "call": mark("Call"),
    "cancel": mark("Cancel"),
    "change": mark("Change"),
    "claim": mark("Claim"),
    "close": mark("End"),
    "complete": mark("Complete"),
    "conclude": mark("Conclude"),
    "correct": mark("Correct"),
    "create": mark("Create"),
    "delegate": mark("Delegate"),
    "draft": mark("Write"),
    "end": mark("End"),
    "explain": mark("Explain differences of the"),
    "find_vacant": mark("Find vacant"),
    "fire": mark("Come due"),
    "hand_over": mark("Hand over"),
    "import": mark("Import"),
    "leave": mark("Leave in place"),
    "lock": mark("Lock"),
    "move": mark("Move goods of the"),
    "notify": mark("Tell of the"),
    "open": mark("Begin"),
    "publish": mark("Publish"),
    "read": mark("Read"),
    "record": mark("Register"),
    "refuse": mark("Refuse"),
    "reject": mark("Reject"),
    "release": mark("Release"),
    "remind": mark("Remind of the"),
    "resume": mark("Resume"),
    "retire": mark("Retire"),
    "reverse": mark("Reverse"),
    "revoke": mark("Revoke"),
    "save": mark("Save"),
    "scan": mark("Scan"),
    "seal": mark("Seal goods of the"),
    "send": mark("Send"),
    "send_back": mark("Send back"),
    "sign": mark("Sign"),
    "start": mark("Start"),
    "submit": mark("Submit"),
    "suspend": mark("Suspend"),
    "take": mark("Take in"),
    "take_back": mark("Take back goods of the"),
    "undo": mark("Undo"),
    "withdraw": mark("Withdraw"),
}
NOUNS = {
    "acceptance": mark("acceptance"),
    "api": mark("interface"),
    "api_key": mark("API key"),
    "attachment": mark("attachment"),
    "audit": mark("audit log"),
    "calendar": mark("calendar"),
    "call": mark("call of the interface"),
    "delivery": mark("delivery"),
    "department": mark("department"),
    "deviation": mark("deviation"),
    "document": mark("document"),
    "draft": mark("entries"),
    "effect": mark("effect"),
    "expired": mark("expired goods"),
    "hold": mark("hold"),
    "language": mark("language"),
    "legal_entity": mark("legal entity"),
    "line": mark("line"),
    "location": mark("location"),
    "material": mark("material"),
    "party": mark("partner"),
    "person": mark("person"),
    "post": mark("post"),
    "posting": mark("posting"),
    "put_away": mark("put-away"),
    "recall": mark("recall"),
    "receipt": mark("receipt"),
    "run": mark("run"),
    "scan": mark("scan"),
    "schedule": mark("schedule"),
    "session": mark("session"),
    "signal": mark("outside event"),
    "site": mark("site"),
    "sop": mark("procedure"),
    "sop_version": mark("procedure version"),
    "task": mark("task"),
    "training": mark("training"),
}
FIELDS = {
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
}
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
    verb, _dot, noun = action.partition(".")
    if verb not in VERBS or noun not in NOUNS:
        return action
    between = "" if words.language == "zh" else " "
    return words.gettext(VERBS[verb]) + between + words.gettext(NOUNS[noun])


def object_words(noun: str, words: Translations) -> str:
    """The sort of thing that was acted on."""
    return words.gettext(NOUNS[noun]) if noun in NOUNS else noun


def field_words(name: str, words: Translations) -> str:
    """The name of a recorded field; one that people do not know by name shows itself."""
    return words.gettext(FIELDS[name]) if name in FIELDS else name


def permission_words(permission: str, words: Translations) -> str:
    """What a permission allows."""
    return words.gettext(PERMISSIONS[permission]) if permission in PERMISSIONS else permission
