"""UI: the word, icon and tone of codes of goods: states, places, packages, postings. Shown as in `words`.

Zone colours are the regulation's: green qualified, yellow undecided, red rejected with icon and word.
"""

from ui.translation import mark
from ui.words import Entry

QUALITY_STATES: dict[str, Entry] = {
    "normal": (mark("Conforming"), "check", "good"),
    "damaged": (mark("Damaged, contaminated or unsealed"), "alert", "bad"),
    "noise_or_leakage": (mark("Noise inside or leakage"), "alert", "bad"),
    "label": (mark("Label off, unclear or not matching"), "alert", "bad"),
    "expired": (mark("Past expiry"), "alert", "bad"),
    "other": (mark("Other abnormality"), "alert", "bad"),
}
"""What the outbound review found (GSP 94)."""
HOLD_KINDS: dict[str, Entry] = {
    "quality": (mark("Quality"), "lock", "bad"),
    "recall": (mark("Recall"), "alert", "bad"),
    "date_mismatch": (mark("Dates differ from those on record"), "alert", "warn"),
}
"""Why a batch is on hold."""
TRANSPORT_MODES: dict[str, Entry] = {
    "ambient": (mark("Ambient"), "sun", "neutral"),
    "refrigerated": (mark("Refrigerated (2–8 °C)"), "snow", "info"),
    "frozen": (mark("Frozen"), "snow", "info"),
}
PACKAGE_STATES: dict[str, Entry] = {
    "open": (mark("Open"), "box", "info"),
    "closed": (mark("Closed"), "check", "good"),
    "shipped": (mark("Shipped"), "truck", "neutral"),
    "dissolved": (mark("Taken apart"), "x", "neutral"),
}
PACKAGING: dict[str, Entry] = {
    "conforming": (mark("Conforming"), "check", "good"),
    "abnormal": (mark("Abnormal"), "alert", "warn"),
    "intact": (mark("Intact"), "check", "good"),
    "damaged": (mark("Damaged, soiled or seal broken"), "alert", "warn"),
}
HANDLINGS: dict[str, Entry] = {
    "return_to_supplier": (mark("Return to the supplier"), "undo", "warn"),
    "destroy": (mark("Destroy"), "x", "bad"),
    "pending": (mark("Left to quality"), "lock", "warn"),
}
"""What becomes of rejected goods, as the shipped procedure names it."""
COUNT_KINDS: dict[str, Entry] = {
    "full": (mark("Everything"), "box", "neutral"),
    "cycle": (mark("Cycle count"), "clock", "neutral"),
    "random": (mark("At random"), "list", "neutral"),
    "movement": (mark("After movement"), "truck", "neutral"),
}
CAUSES: dict[str, Entry] = {
    "issued_wrong": (mark("Issued wrongly"), "truck", "warn"),
    "received_wrong": (mark("Received wrongly"), "inbox", "warn"),
    "misplaced": (mark("Put in another place"), "box", "warn"),
    "damaged": (mark("Damaged"), "alert", "warn"),
    "lost": (mark("Lost"), "x", "bad"),
    "not_booked": (mark("Papers not booked"), "document", "warn"),
    "unknown": (mark("Not found"), "alert", "bad"),
}
"""Why books and goods differ, as the shipped procedure names it."""
STOCK_STATUSES: dict[str, Entry] = {
    "quarantine": (mark("Quarantine"), "clock", "warn"),
    "qualified": (mark("Qualified"), "check", "good"),
    "rejected": (mark("Rejected"), "x", "bad"),
    "returned": (mark("Returned"), "undo", "warn"),
    "recalled": (mark("Recalled"), "alert", "bad"),
}
STORAGE_CLASSES: dict[str, Entry] = {
    "ambient": (mark("Ambient"), "sun", "neutral"),
    "cool": (mark("Cool"), "snow", "info"),
    "refrigerated": (mark("Refrigerated"), "snow", "info"),
    "frozen": (mark("Frozen"), "snow", "info"),
}
ZONE_KINDS: dict[str, Entry] = {
    "waiting": (mark("Waiting zone"), "clock", "warn"),
    "storage": (mark("Storage zone"), "check", "good"),
    "rejected": (mark("Rejected zone"), "x", "bad"),
    "returned": (mark("Returns zone"), "undo", "warn"),
    "recalled": (mark("Recall zone"), "alert", "bad"),
    "shipping": (mark("Shipping zone"), "truck", "good"),
}
POSTING_KINDS: dict[str, Entry] = {
    "receipt": (mark("Receipt"), "inbox", "neutral"),
    "put_away": (mark("Put-away"), "box", "neutral"),
    "status_change": (mark("Status change"), "pen", "neutral"),
    "issue": (mark("Issue"), "truck", "neutral"),
    "destruction": (mark("Destruction"), "x", "neutral"),
    "sample": (mark("Sample"), "list", "neutral"),
    "count_adjustment": (mark("Count adjustment"), "pen", "neutral"),
    "transfer_out": (mark("Transfer out"), "truck", "neutral"),
    "transfer_in": (mark("Transfer in"), "truck", "neutral"),
    "supplier_return": (mark("Return to supplier"), "undo", "neutral"),
    "customer_return": (mark("Return from customer"), "undo", "neutral"),
    "reversal": (mark("Reversal"), "undo", "neutral"),
}
PLACE_KINDS: dict[str, Entry] = {
    "internal": (mark("Warehouse"), "box", "neutral"),
    "supplier": (mark("Supplier"), "truck", "neutral"),
    "customer": (mark("Customer"), "truck", "neutral"),
    "transit": (mark("In transit"), "truck", "neutral"),
    "destroyed": (mark("Destroyed"), "x", "neutral"),
    "sample": (mark("Sample"), "list", "neutral"),
    "count": (mark("Count difference"), "pen", "neutral"),
}
MATERIAL_CATEGORIES: dict[str, Entry] = {
    "drug": (mark("Medicine"), "dot", "neutral"),
    "device": (mark("Medical device"), "dot", "neutral"),
}
RECORD_CLASSES: dict[str, Entry] = {
    "vaccine": (mark("Vaccine"), "dot", "neutral"),
    "implant": (mark("Implantable device"), "dot", "neutral"),
}
