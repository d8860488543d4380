"""Services: what stands beside the runs of an evidence package as people read it, on paper and on its page.

Facts and tables in both languages, of the rows and of the copy of master data that are in the package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services import evidence_package_subject_tables as tables
from services import evidence_package_subject_words as say
from services.evidence_package_story import POSTINGS, place_words
from services.evidence_package_subject_cells import (
    Both,
    Names,
    Row,
    in_words,
    instant,
    joined,
    named,
    pair,
    plain,
    table,
)

if TYPE_CHECKING:
    from services.evidence_package_subject import Subject

Told = tuple[list[tuple[str, Both]], list[dict[str, Any]]]


def story(found: Subject) -> dict[str, Any]:
    """What is told of the subject: facts, tables, and what the reader has to know of them."""
    facts, shown = {"batch": _batch, "person": _person, "period": _period}[found.kind](Names(found))
    partial = found.account is not None and found.account["sites"] is not None
    remarks = [say.LEFT_OUT[found.left_out]] if found.left_out else []
    return {
        "type": "subject_story",
        "v": 1,
        "kind": found.kind,
        "title": pair(say.TITLES[found.kind]),
        "facts": [[pair(say.FACTS[name]), value] for name, value in facts if any(value.values())],
        "tables": [one for one in shown if one["rows"]],
        "remarks": [pair(one) for one in (*remarks, *([say.PARTIAL] if partial else []), say.COPY)],
    }


def _batch(names: Names) -> Told:
    [batch], [material] = names.found.master["batch"], names.found.master["material"]
    facts = [
        ("material", named(material)),
        *((name, plain(material[name])) for name in ("code", "generic_name", "dosage_form")),
        *((name, plain(material[name])) for name in ("specification", "approval_number")),
        ("holder", plain(batch["licence_holder"] or material["holder"])),
        ("manufacturer", plain(names.code("party", batch["manufacturer_id"], "name"))),
        ("storage", in_words(say.STORAGE, material["storage_class"])),
        ("special", pair(say.WORDS["yes"]) if material["special_control"] else plain("")),
        *((name, plain(batch[name])) for name in ("number", "produced_on", "expires_on")),
        ("as_of", instant(names.found.as_of)),
    ]
    return facts, [
        _account(names, material["base_unit"]),
        _moves(names),
        tables.holds(names),
        tables.legal_holds(names),
        tables.answers(names),
        tables.licences(names),
        tables.events(names),
    ]


def _period(names: Names) -> Told:
    return [("as_of", instant(names.found.as_of))], [_moves(names), tables.events(names)]


def _person(names: Names) -> Told:
    [person] = names.found.master["person"]
    facts = [
        ("name", plain(person["name"])),
        ("username", plain(person["username"])),
        ("inactive", plain("") if person["active"] else pair(say.WORDS["yes"])),
        ("as_of", instant(names.found.as_of)),
    ]
    return facts, [
        tables.posts(names),
        tables.trainings(names),
        tables.signatures(names),
        tables.events(names),
    ]


def _account(names: Names, unit: str) -> dict[str, Any]:
    """Where every unit is, as the trace shows it: what came in, what is where, and the difference."""
    lines = list(names.found.account["lines"]) if names.found.account else []
    parts: dict[str, list[Row]] = {"came": [], "held": []}
    for one in lines:
        parts["came" if one["kind"] in say.CAME else "held"].append(one)
    rows, sums = [], {}
    for part, of_part in parts.items():
        sums[part] = sum(one["quantity"] for one in of_part)
        rows += [
            [pair(say.LINES[one["kind"]]), _where(names, one), plain(f"{one['quantity']} {unit}")]
            for one in of_part
        ]
        rows.append([pair(say.SUMS[part]), plain(""), plain(f"{sums[part]} {unit}")])
    difference = plain(f"{sums['came'] - sums['held']} {unit}")
    rows.append([pair(say.SUMS["difference"]), plain(""), difference])
    return table(say.ACCOUNT, rows if lines else [])


def _where(names: Names, line: Row) -> Both:
    kind, where = line["kind"], line["where"]
    if kind == "on_hand":
        site, location, status = where.split("/")
        return place_words("internal", names.code("site", site), names.code("location", location), status)
    if kind == "transit":
        return plain(names.code("document", where, "number"))
    party = names.code("party", where, "name")
    return plain(f"{party} ({names.code('party', where)})" if party else "")


def _moves(names: Names) -> dict[str, Any]:
    postings = {row["id"]: row for row in names.found.rows.get("posting", ())}
    ordered = sorted(
        (
            (postings[row["posting_id"]], row)
            for row in names.found.rows.get("move", ())
            if row["posting_id"] in postings
        ),
        key=lambda pair: (pair[0]["occurred_at"], pair[1]["id"]),
    )
    return table(say.MOVES, [_move(names, *one) for one in ordered])


def _move(names: Names, posting: Row, move: Row) -> list[Both]:
    batch = names.of("batch", move["batch_id"])
    material = names.of("material", batch.get("material_id"))
    goods = named(material)
    loaded = pair(say.WORDS["loaded"]) if posting["loaded"] else None
    number = plain(names.code("document", posting["document_id"], "number"))
    return [
        instant(posting["occurred_at"]),
        in_words(POSTINGS, posting["kind"]),
        {language: f"{goods[language]} {batch['number']}" for language in goods},
        _end(names, move, "from"),
        _end(names, move, "to"),
        plain(f"{move['quantity']} {material['base_unit']}"),
        joined(instant(posting["recorded_at"]), plain(names.who(posting["actor_id"])), loaded),
        joined(number, plain(move["reason"] or posting["reason"])),
    ]


def _end(names: Names, move: Row, side: str) -> Both:
    kind = move[f"{side}_kind"]
    codes = [names.code(one, move[f"{side}_{one}_id"]) for one in ("site", "location")]
    place = place_words(kind, codes[0], codes[1], move[f"{side}_status"])
    party = names.code("party", move["party_id"], "name") if kind in {"supplier", "customer"} else ""
    return joined(place, plain(party))
