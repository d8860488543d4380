"""Services: the tables beside the runs of an evidence package but those of stock: holds, licences, people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.audit_words import action_words
from services import evidence_package_subject_words as say
from services.evidence_package_subject_cells import in_words, instant, joined, named, pair, plain, table

if TYPE_CHECKING:
    from services.evidence_package_subject_cells import Both, Names, Row

SHOWN = 16
"""Digits of a digest that are shown: enough to find it."""


def holds(names: Names) -> dict[str, Any]:
    """Holds on the batch, open and closed."""
    rows = []
    for row in names.found.master["hold"]:
        past = pair(say.WORDS["loaded"]) if row["loaded"] else None
        closed = [instant(row["closed_at"]), plain(names.who(row["closed_by"])), plain(row["closed_reason"])]
        rows.append(
            [
                joined(instant(row["opened_at"]), plain(names.who(row["opened_by"])), past),
                in_words(say.HOLD_KINDS, row["kind"]),
                _site(names, row["scope_site_id"]),
                plain(row["reason"]),
                joined(*closed) if row["closed_at"] else pair(say.WORDS["still"]),
            ]
        )
    return table(say.HOLDS, rows)


def legal_holds(names: Names) -> dict[str, Any]:
    """What keeps records of the batch, set and lifted."""
    rows = [
        [
            instant(row["recorded_at"]),
            pair(say.WORDS["lifted" if row["kind"] == "lift" else "set"]),
            plain(names.who(row["actor_id"])),
            plain(row["reason"]),
        ]
        for row in names.found.rows.get("legal_hold", ())
    ]
    return table(say.LEGAL_HOLDS, rows)


def answers(names: Names) -> dict[str, Any]:
    """What customers said of the batch in recalls whose runs are not in the package."""
    rows = [
        [
            instant(row["recorded_at"]),
            plain(names.code("party", row["party_id"], "name")),
            *(plain(row[name]) for name in ("on_hand", "consumed", "destroyed")),
            plain(names.who(row["actor_id"])),
        ]
        for row in names.found.rows.get("recall_record", ())
        if row["kind"] == "answered"
    ]
    return table(say.ANSWERS, rows)


def licences(names: Names) -> dict[str, Any]:
    """Licences of who made, supplied and got the batch."""
    rows = []
    for row in names.found.master["licence"]:
        scopes = [in_words(say.SCOPES, one) for one in row["scope"]]
        rows.append(
            [
                plain(names.code("party", row["party_id"], "name")),
                plain(row["kind"]),
                plain(row["number"]),
                {"zh": "、".join(one["zh"] for one in scopes), "en": ", ".join(one["en"] for one in scopes)},
                plain(f"{row['valid_from'] or ''} – {row['valid_until']}"),
                pair(say.WORDS["withdrawn"]) if row["withdrawn"] else plain(""),
            ]
        )
    return table(say.LICENCES, rows)


def posts(names: Names) -> dict[str, Any]:
    rows = [
        [
            named(names.of("post", row["post_id"])),
            _site(names, row["site_id"]),
            instant(row["valid_from"]),
            instant(row["valid_to"]),
        ]
        for row in names.found.master["post_assignment"]
    ]
    return table(say.POSTS, rows)


def trainings(names: Names) -> dict[str, Any]:
    titles = {row["key"]: row for row in names.found.master["sop"]}
    rows = [
        [
            plain(row["trained_on"]),
            joined(_title(titles.get(row["sop_key"], {})), plain(f"{row['sop_key']} v{row['version']}")),
            in_words(say.HOW, row["how"]),
            plain(names.who(row["recorded_by"])),
        ]
        for row in names.found.master["training_record"]
    ]
    return table(say.TRAININGS, rows)


def signatures(names: Names) -> dict[str, Any]:
    """Signatures of no run in the package, with the version that was approved."""
    about = {
        row["signature_id"]: joined(_title(names.of("sop", version["sop_id"])), _number(version))
        for row in names.found.rows.get("sop_approval", ())
        if (version := names.of("sop_version", row["sop_version_id"]))
    }
    rows = [
        [
            instant(row["recorded_at"]),
            {language: row[f"meaning_{language}"] for language in ("zh", "en")},
            {
                language: f"{row['printed_name']} · {row[f'post_name_{language}']}"
                for language in ("zh", "en")
            },
            about.get(row["id"], plain(row["content_sha256"][:SHOWN])),
        ]
        for row in names.found.rows.get("signature", ())
    ]
    return table(say.SIGNATURES, rows)


def events(names: Names) -> dict[str, Any]:
    """What the audit log has, in its own codes where there is no word."""
    rows = [
        [
            instant(row["recorded_at"]),
            pair(action_words(row["action"])),
            plain(row["actor_name"]),
            joined(pair(say.WORDS["refused"]) if row["refused"] else None, plain(row["reason"])),
        ]
        for row in names.found.rows.get("audit_event", ())
    ]
    return table(say.EVENTS, rows)


def _site(names: Names, site_id: object) -> Both:
    return named(names.of("site", site_id)) if site_id else pair(say.WORDS["everywhere"])


def _number(version: Row) -> Both:
    """The number of a version; one that was never published has none."""
    return plain(f"v{version['version']}" if version["version"] else "")


def _title(sop: Row) -> Both:
    return {language: str(sop.get(f"title_{language}", "")) for language in ("zh", "en")}
