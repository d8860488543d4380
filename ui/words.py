"""UI: the word, icon and tone of every code that the services hand out. Unknown codes show themselves.

Those of goods, their places and packages are in `goods_words`.
"""

from domain.sop_definition import Text
from ui.contexts.parts import Chip, Tone
from ui.translation import Translations, mark

Entry = tuple[str, str, Tone]

RUN_STATES: dict[str, Entry] = {
    "running": (mark("Running"), "play", "info"),
    "suspended": (mark("Suspended"), "pause", "warn"),
    "incident": (mark("Incident"), "alert", "bad"),
    "completed": (mark("Completed"), "check", "good"),
    "cancelled": (mark("Cancelled"), "x", "neutral"),
    "failed": (mark("Engine fault"), "alert", "bad"),
}
RUN_OUTCOMES: dict[str, Entry] = {
    "completed": (mark("Completed"), "check", "good"),
    "refused": (mark("Ended by a refusal"), "x", "bad"),
    "held": (mark("Kept on hold"), "lock", "warn"),
    "cancelled": (mark("Cancelled"), "x", "neutral"),
    "agreed": (mark("Books and goods agree"), "check", "good"),
    "not_adjusted": (mark("Differences not adjusted"), "alert", "warn"),
    "nothing_to_count": (mark("Nothing to count"), "dot", "neutral"),
    "expired_locked": (mark("Expired goods locked"), "lock", "warn"),
    "nothing_expired": (mark("Nothing has expired"), "check", "good"),
    "stopped": (mark("Stopped, goods put back"), "x", "warn"),
    "difference": (mark("Goods differed, put back"), "alert", "bad"),
    "nothing_sent": (mark("Nothing passed the review"), "x", "bad"),
    "destroyed": (mark("Destroyed"), "x", "neutral"),
    "nothing_to_destroy": (mark("Nothing to destroy"), "dot", "neutral"),
    "deleted": (mark("Deleted"), "x", "neutral"),
    "nothing_due": (mark("Nothing is due"), "dot", "neutral"),
    "none_chosen": (mark("All of it is kept"), "dot", "neutral"),
    "objected": (mark("The witness objected"), "alert", "bad"),
    "kept": (mark("Nothing was deleted"), "alert", "warn"),
    "returned": (mark("Returned"), "undo", "good"),
    "not_returned": (mark("Not taken back"), "x", "bad"),
    "nothing_to_return": (mark("Nothing to return"), "dot", "neutral"),
    "none_found": (mark("Goods not found, nothing went back"), "x", "bad"),
    "other_mode": (mark("Begun the other way"), "x", "bad"),
    "left_to_recall": (mark("Left to a recall"), "x", "bad"),
    "released": (mark("Released"), "check", "good"),
    "rejected": (mark("Rejected"), "x", "bad"),
    "return_to_supplier": (mark("To go back to the supplier"), "undo", "warn"),
    "destroy": (mark("To be destroyed"), "x", "warn"),
    "not_ours": (mark("None of our batches"), "dot", "neutral"),
    "closed_already": (mark("Closed before"), "check", "neutral"),
    "recovered": (mark("Came back"), "check", "good"),
    "nothing_left": (mark("Nothing left there"), "dot", "neutral"),
    "not_sent": (mark("Not sent"), "x", "warn"),
    "received": (mark("Arrived"), "check", "good"),
    "sent_back": (mark("Sent back to the author"), "undo", "warn"),
    "lapsed": (mark("Closed for lapse of time"), "clock", "warn"),
    "not_effective": (mark("Not effective"), "alert", "warn"),
}
"""How the shipped procedures end. A definition names an end by its title, which comes first; an end of
another procedure that has none shows its own id."""
DOCUMENT_RESULTS: dict[str, Entry] = {**RUN_OUTCOMES, "refused": (mark("Delivery refused"), "x", "bad")}
"""What became of the goods of a document, as its head says it: only a delivery is refused."""
FIRINGS: dict[str, Entry] = {
    "begun": (mark("Under way"), "clock", "info"),
    "started": (mark("Started"), "play", "good"),
    "skipped": (mark("Left out"), "dot", "neutral"),
    "refused": (mark("Not started"), "alert", "bad"),
}
"""What became of a time at which a schedule came due."""
LINE_OUTCOMES: dict[str, Entry] = {
    "accepted": (mark("Accepted"), "check", "good"),
    "partial": (mark("Accepted in part"), "alert", "warn"),
    "rejected": (mark("Rejected"), "x", "bad"),
    "adjust": (mark("Adjust the books"), "pen", "info"),
    "keep": (mark("Not adjusted"), "dot", "neutral"),
    "destroy": (mark("To be destroyed"), "x", "warn"),
    "delete": (mark("To be deleted"), "x", "warn"),
    "return": (mark("To be returned"), "undo", "info"),
    "received": (mark("Arrived"), "check", "good"),
    "differs": (mark("Differs"), "alert", "warn"),
    "passed": (mark("Passed"), "check", "good"),
    "partly": (mark("Passed in part"), "alert", "warn"),
    "refused": (mark("Refused"), "x", "bad"),
    "picked": (mark("Picked"), "check", "good"),
    "short": (mark("Short"), "alert", "warn"),
    "replaced": (mark("To be replaced"), "undo", "warn"),
    "qualified": (mark("Accepted"), "check", "good"),
    "undecided": (mark("Not decided yet"), "clock", "warn"),
}
"""The results of lines, as the steps after it show them."""
TASK_STATES: dict[str, Entry] = {
    "open": (mark("Unclaimed"), "inbox", "neutral"),
    "claimed": (mark("Claimed"), "hand", "info"),
    "awaiting_signature": (mark("Awaiting signature"), "pen", "warn"),
    "done": (mark("Done"), "check", "good"),
    "withdrawn": (mark("Withdrawn"), "undo", "neutral"),
    "cancelled": (mark("Cancelled"), "x", "neutral"),
}
TASK_KINDS: dict[str, Entry] = {
    "step": (mark("Step"), "list", "neutral"),
    "incident": (mark("Incident"), "alert", "bad"),
    "deviation": (mark("Deviation"), "alert", "bad"),
    "notice": (mark("Notice"), "bell", "info"),
}
DOCUMENT_KINDS: dict[str, Entry] = {
    "purchase_order": (mark("Purchase order"), "document", "neutral"),
    "dispatch_advice": (mark("Dispatch advice"), "truck", "neutral"),
    "receipt": (mark("Receipt"), "inbox", "neutral"),
    "acceptance_record": (mark("Acceptance record"), "pen", "neutral"),
    "put_away": (mark("Put-away"), "box", "neutral"),
    "sales_order": (mark("Sales order"), "document", "neutral"),
    "shipment": (mark("Shipment"), "truck", "neutral"),
    "invoice": (mark("Invoice"), "document", "neutral"),
    "credit_note": (mark("Credit note"), "document", "neutral"),
    "sales_return": (mark("Sales return"), "undo", "neutral"),
    "purchase_return": (mark("Return to supplier"), "undo", "neutral"),
    "transfer": (mark("Transfer"), "truck", "neutral"),
    "stocktake": (mark("Stocktake"), "box", "neutral"),
    "recall": (mark("Recall"), "alert", "bad"),
    "destruction": (mark("Destruction"), "x", "bad"),
}
DOCUMENT_STATES: dict[str, Entry] = {
    "open": (mark("Not started"), "dot", "info"),
    "in_process": (mark("In process"), "play", "info"),
    "closed": (mark("Closed"), "check", "good"),
    "cancelled": (mark("Cancelled"), "x", "neutral"),
}
DOCUMENT_AGAIN: Entry = (mark("Waits again"), "undo", "warn")
"""An open document that a run has worked on: given up, stopped, or done in part."""
VERSION_STATES: dict[str, Entry] = {
    "draft": (mark("Draft"), "pen", "neutral"),
    "in_review": (mark("In review"), "clock", "warn"),
    "approved": (mark("Approved"), "check", "info"),
    "scheduled": (mark("Scheduled"), "clock", "info"),
    "effective": (mark("In force"), "check", "good"),
    "superseded": (mark("Superseded"), "undo", "neutral"),
    "retired": (mark("Retired"), "x", "neutral"),
}
ORDER_STATES: dict[str, Entry] = {
    "proposed": (mark("Waits for a second person"), "clock", "warn"),
    "approved": (mark("Approved"), "check", "good"),
    "declined": (mark("Declined"), "x", "neutral"),
}
CHANGEOVER_RESULTS: dict[str, Entry] = {
    "moved": (mark("Gone over"), "check", "good"),
    "refused": (mark("Not gone over"), "alert", "bad"),
    "ended": (mark("Had ended before"), "x", "neutral"),
    "waiting": (mark("Is being asked"), "clock", "info"),
    "none": (mark("Not asked yet"), "dot", "neutral"),
}
RISKS: dict[str, Entry] = {
    "high": (mark("High risk"), "alert", "bad"),
    "medium": (mark("Medium risk"), "alert", "warn"),
    "low": (mark("Low risk"), "dot", "neutral"),
}
WHAT_IFS: dict[str, Entry] = {
    "same": (mark("Same way"), "check", "good"),
    "steps": (mark("Same way, other steps"), "plus", "info"),
    "other": (mark("Another way"), "route", "warn"),
    "refused": (mark("Would not be accepted"), "x", "bad"),
    "stopped": (mark("Comes to no end"), "alert", "bad"),
    "incomparable": (mark("Not comparable"), "dot", "neutral"),
}
"""What becomes of a past run by another definition."""
PARTY_ROLES: dict[str, Entry] = {
    "supplier": (mark("Supplier"), "truck", "neutral"),
    "customer": (mark("Customer"), "person", "neutral"),
    "manufacturer": (mark("Manufacturer"), "box", "neutral"),
    "carrier": (mark("Carrier"), "truck", "neutral"),
    "holder": (mark("Licence holder"), "document", "neutral"),
}
RETENTION_RULES: dict[str, Entry] = {
    "under_way": (mark("Not ended yet"), "clock", "info"),
    "destruction": (mark("Record of a deletion"), "lock", "neutral"),
    "law": (mark("Required by law"), "book", "neutral"),
    "sop": (mark("Set by the procedure"), "book", "neutral"),
    "record_class": (mark("The class of the goods"), "book", "neutral"),
    "batch": (mark("The expiry of a batch"), "clock", "neutral"),
}
"""Which rule keeps the contents of an archive longest."""

LAWS: dict[str, str] = {
    "药品管理法": mark("Drug Administration Law"),
    "药品召回管理办法": mark("Drug recall measures"),
    "附录": mark("annex "),
}
"""What the clauses of shipped definitions begin with; any other clause is shown as it is written."""


def clause(text: str, words: Translations) -> str:
    """A clause of a definition with the law's name in the reader's language."""
    for name, english in LAWS.items():
        text = text.replace(name, words.gettext(english))
    return text


def word(entries: dict[str, Entry], code: str | None, words: Translations) -> str:
    """The word of a code."""
    entry = entries.get(code or "")
    return words.gettext(entry[0]) if entry else (code or "–")


def chip(entries: dict[str, Entry], code: str | None, words: Translations) -> Chip:
    """The chip of a code."""
    entry = entries.get(code or "")
    if entry is None:
        return Chip(code or "–")
    return Chip(words.gettext(entry[0]), entry[1], entry[2])


def run_chip(state: str, outcome: str | None, words: Translations) -> Chip:
    """The state of a run; one that is over has the tone of its outcome: a refusal is not green."""
    ending = RUN_OUTCOMES.get(outcome or "")
    if state != "completed" or ending is None or ending[2] == "good":
        return chip(RUN_STATES, state, words)
    return Chip(words.gettext("Run over"), ending[1], ending[2])


def outcome_words(outcome: str | None, title: Text | None, words: Translations) -> str:
    """How a run ended: as its definition names that end, else the word of the code; '' while it goes on."""
    if not outcome:
        return ""
    return words.pick(title) if title else word(RUN_OUTCOMES, outcome, words)


def choices(entries: dict[str, Entry], words: Translations) -> list[tuple[str, str]]:
    """Code and word of every entry, for a list of choices."""
    return [(code, words.gettext(entry[0])) for code, entry in entries.items()]
