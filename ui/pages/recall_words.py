"""UI pages: the words of recalls - states, classes, clocks, why a batch is in scope."""

from domain.recall_reconciliation import Totals
from services.recall_view import RecallRow
from ui.contexts.parts import Chip
from ui.translation import Translations, mark
from ui.words import Entry, chip

STATES: dict[str, Entry] = {
    "open": (mark("Scope to be confirmed"), "clock", "warn"),
    "confirmed": (mark("Scope confirmed"), "check", "info"),
    "sealed": (mark("Sealed"), "lock", "bad"),
    "closed": (mark("Recall closed"), "check", "good"),
    "reopened": (mark("Opened again"), "alert", "bad"),
}
CLASSES: dict[str, Entry] = {
    "I": (mark("Class I"), "alert", "bad"),
    "II": (mark("Class II"), "alert", "warn"),
    "III": (mark("Class III"), "alert", "info"),
}
CLOCKS: dict[str, Entry] = {
    "notify": (mark("All consignees notified"), "bell", "neutral"),
    "plan": (mark("Recall plan filed"), "document", "neutral"),
    "progress": (mark("Progress report"), "document", "neutral"),
    "completion": (mark("Recall completed"), "check", "neutral"),
}
BECAUSE: dict[str, Entry] = {
    "listed": (mark("Named in the notice"), "dot", "neutral"),
    "in_range": (mark("In a range of the notice"), "dot", "neutral"),
    "all": (mark("All batches are recalled"), "dot", "neutral"),
    "by_date": (mark("By its date"), "dot", "neutral"),
    "looks_alike": (mark("Looks like a number of the notice"), "alert", "warn"),
    "doubtful": (mark("The notice can be read in more than one way"), "alert", "warn"),
    "entered": (mark("Entered by the person who confirmed the scope"), "pen", "info"),
    "not_in_our_books": (mark("Not in our books"), "dot", "neutral"),
    "broken_range": (mark("A range that cannot be right"), "alert", "warn"),
    "unknown": (mark("Not understood"), "alert", "warn"),
    "open": (mark("The list is not complete"), "alert", "warn"),
    "count": (mark("The number of batches does not fit"), "alert", "warn"),
}
INITIATORS: dict[str, Entry] = {
    "holder": (mark("Marketing authorisation holder"), "dot", "neutral"),
    "us": (mark("Our company"), "dot", "neutral"),
    "authority": (mark("Authority"), "dot", "neutral"),
}
EFFECTIVENESS: dict[str, Entry] = {
    "effective": (mark("Effective"), "check", "good"),
    "partly": (mark("Partly effective"), "alert", "warn"),
    "not_effective": (mark("Not effective"), "x", "bad"),
    "not_ours": (mark("None of our batches"), "dot", "neutral"),
}
PROFILES: dict[str, Entry] = {
    "cn-drug-2022": (mark("Drugs: recall rules of 2022"), "clock", "neutral"),
    "cn-drug-strict": (mark("Drugs: stricter limits of the house"), "clock", "neutral"),
    "cn-device-2017": (mark("Devices: recall rules of 2017"), "clock", "neutral"),
}
"""The rules whose time limits hold; a profile that quality has added since shows its own name."""


def standing(recall: RecallRow, words: Translations) -> Chip:
    """How a recall stands. A drill is never sealed: once its batches are confirmed, that is what is said."""
    known = recall.confirmed and recall.drill and recall.state == "open"
    return chip(STATES, "confirmed" if known else recall.state, words)


def share(sums: Totals, words: Translations) -> str:
    """How much has been recovered, and of what; '' where nothing can be."""
    percent = sums.recovered_percent
    of_what = words.gettext("of what is neither used nor destroyed")
    return "" if percent is None else f"{percent} % {of_what}"
