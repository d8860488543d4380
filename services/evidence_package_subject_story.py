"""Services: what stands beside the runs of an evidence package as people read it, on paper and on its page.

Facts and tables in both languages, of the rows and of the copy of master data that are in the package.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from services import evidence_package_subject_words as say
from services.evidence_package_report import ZONE
from services.evidence_package_story import POSTINGS, both, place_words
from services.evidence_package_subject_words import TableWords
from services.note_parts import Sayer

if TYPE_CHECKING:
    from services.evidence_package_subject import Subject

Both = dict[str, str]
Row = Mapping[str, Any]


def story(found: Subject) -> dict[str, Any]:
    """What is told of the subject: facts, tables, and what the reader has to know of them."""
    told = _Teller(found)
    facts, tables = {"batch": told.batch, "person": told.person, "period": told.period}[found.kind]()
    return {
        "type": "subject_story",
        "v": 1,
        "kind": found.kind,
        "title": both(say.TITLES[found.kind]),
        "facts": [[both(say.FACTS[name]), value] for name, value in facts if any(value.values())],
        "tables": [one for one in tables if one["rows"]],
        "remarks": told.remarks(),
    }


class _Teller:
    """Says what the rows say, with the names that the copy of master data has."""

    def __init__(self, found: Subject) -> None:
        self.found = found
        self.named = {
            table: {str(row["id"]): row for row in rows if "id" in row}
            for table, rows in found.master.items()
        }

    def batch(self) -> tuple[list[tuple[str, Both]], list[dict[str, Any]]]:
        [batch], [material] = self.found.master["batch"], self.found.master["material"]
        maker = self._of("party", batch["manufacturer_id"])
        facts = [
            ("material", {"zh": material["name_zh"], "en": material["name_en"] or material["name_zh"]}),
            *((name, _plain(material[name])) for name in ("code", "generic_name", "dosage_form")),
            *((name, _plain(material[name])) for name in ("specification", "approval_number")),
            ("holder", _plain(batch["licence_holder"] or material["holder"])),
            ("manufacturer", _plain(maker.get("name"))),
            ("storage", both(say.STORAGE[material["storage_class"]])),
            ("special", both(say.WORDS["yes"]) if material["special_control"] else _plain("")),
            *((name, _plain(batch[name])) for name in ("number", "produced_on", "expires_on")),
            ("as_of", _at(self.found.as_of)),
        ]
        return facts, [
            self._account(material["base_unit"]),
            self._moves(),
            self._holds(),
            self._legal_holds(),
            self._licences(),
            self._events(),
        ]

    def period(self) -> tuple[list[tuple[str, Both]], list[dict[str, Any]]]:
        return [("as_of", _at(self.found.as_of))], [self._moves(), self._events()]

    def person(self) -> tuple[list[tuple[str, Both]], list[dict[str, Any]]]:
        [person] = self.found.master["person"]
        facts = [
            ("name", _plain(person["name"])),
            ("username", _plain(person["username"])),
            ("inactive", _plain("") if person["active"] else both(say.WORDS["yes"])),
            ("as_of", _at(self.found.as_of)),
        ]
        return facts, [self._posts(), self._trainings(), self._signatures(), self._events()]

    def remarks(self) -> list[Both]:
        left_out = [both(say.LEFT_OUT[self.found.left_out])] if self.found.left_out else []
        partial = self.found.account is not None and self.found.account["sites"] is not None
        return [*left_out, *([both(say.PARTIAL)] if partial else []), both(say.COPY)]

    def _account(self, unit: str) -> dict[str, Any]:
        """Where every unit is, as the trace shows it: what came in, what is where, and the difference."""
        lines = list(self.found.account["lines"]) if self.found.account else []
        rows, sums = [], {"came": 0, "held": 0}
        for one in lines:
            came = one["kind"] in ("received", "found", "arrived")
            sums["came" if came else "held"] += one["quantity"]
            rows.append([both(say.LINES[one["kind"]]), self._where(one), _plain(f"{one['quantity']} {unit}")])
        if lines:
            totals = {**sums, "difference": sums["came"] - sums["held"]}
            rows += [
                [both(say.SUMS[name]), _plain(""), _plain(f"{quantity} {unit}")]
                for name, quantity in totals.items()
            ]
        return _table(say.ACCOUNT, rows)

    def _where(self, line: Row) -> Both:
        kind, where = line["kind"], line["where"]
        if kind == "on_hand":
            site, location, status = where.split("/")
            codes = self._code("site", site), self._code("location", location)
            return place_words("internal", *codes, status)
        if kind == "transit":
            return _plain(self._code("document", where, "number"))
        party = self._code("party", where, "name")
        return _plain(f"{party} ({self._code('party', where)})" if party else "")

    def _moves(self) -> dict[str, Any]:
        postings = {row["id"]: row for row in self.found.rows.get("posting", ())}
        moves = self.found.rows.get("move", ())
        ordered = sorted(
            ((postings[row["posting_id"]], row) for row in moves if row["posting_id"] in postings),
            key=lambda pair: (pair[0]["occurred_at"], pair[1]["id"]),
        )
        return _table(say.MOVES, [self._move(*pair) for pair in ordered])

    def _move(self, posting: Row, move: Row) -> list[Both]:
        batch = self._of("batch", move["batch_id"])
        material = self._of("material", batch.get("material_id"))
        name = {"zh": material["name_zh"], "en": material["name_en"] or material["name_zh"]}
        ends = []
        for side in ("from", "to"):
            kind = move[f"{side}_kind"]
            codes = [self._code(one, move[f"{side}_{one}_id"]) for one in ("site", "location")]
            place = place_words(kind, codes[0], codes[1], move[f"{side}_status"])
            party = self._code("party", move["party_id"], "name") if kind in ("supplier", "customer") else ""
            ends.append({at: " ".join(part for part in (place[at], party) if part) for at in place})
        reason = move["reason"] or posting["reason"]
        who = {"zh": self._who(posting["actor_id"]), "en": self._who(posting["actor_id"])}
        return [
            _at(posting["occurred_at"]),
            both(POSTINGS.get(posting["kind"], (posting["kind"], posting["kind"]))),
            {at: f"{name[at]} {batch['number']}" for at in name},
            *ends,
            _plain(f"{move['quantity']} {material['base_unit']}"),
            _joined(
                _at(posting["recorded_at"]), who, both(say.WORDS["loaded"]) if posting["loaded"] else None
            ),
            _joined(_plain(self._code("document", posting["document_id"], "number")), _plain(reason)),
        ]

    def _holds(self) -> dict[str, Any]:
        rows = []
        for row in self.found.master["hold"]:
            where = self._of("site", row["scope_site_id"])
            site = (
                {"zh": where["name_zh"], "en": where["name_en"]} if where else both(say.WORDS["everywhere"])
            )
            past = both(say.WORDS["loaded"]) if row["loaded"] else None
            closed = [
                _at(row["closed_at"]),
                _plain(self._who(row["closed_by"])),
                _plain(row["closed_reason"]),
            ]
            opened = [_at(row["opened_at"]), _plain(self._who(row["opened_by"])), past]
            kind = both(say.HOLD_KINDS.get(row["kind"], (row["kind"], row["kind"])))
            still = both(say.WORDS["still"])
            ended = _joined(*closed) if row["closed_at"] else still
            rows.append([_joined(*opened), kind, site, _plain(row["reason"]), ended])
        return _table(say.HOLDS, rows)

    def _legal_holds(self) -> dict[str, Any]:
        rows = [
            [
                _at(row["recorded_at"]),
                both(say.WORDS["lifted" if row["kind"] == "lift" else "set"]),
                _plain(self._who(row["actor_id"])),
                _plain(row["reason"]),
            ]
            for row in self.found.rows.get("legal_hold", ())
        ]
        return _table(say.LEGAL_HOLDS, rows)

    def _licences(self) -> dict[str, Any]:
        rows = [
            [
                _plain(self._code("party", row["party_id"], "name")),
                _plain(row["kind"]),
                _plain(row["number"]),
                _plain(", ".join(row["scope"])),
                _plain(f"{row['valid_from'] or ''} – {row['valid_until']}"),
                both(say.WORDS["withdrawn"]) if row["withdrawn"] else _plain(""),
            ]
            for row in self.found.master["licence"]
        ]
        return _table(say.LICENCES, rows)

    def _posts(self) -> dict[str, Any]:
        rows = []
        for row in self.found.master["post_assignment"]:
            post, where = self._of("post", row["post_id"]), self._of("site", row["site_id"])
            site = (
                {"zh": where["name_zh"], "en": where["name_en"]} if where else both(say.WORDS["everywhere"])
            )
            name = {"zh": post["name_zh"], "en": post["name_en"]}
            rows.append([name, site, _at(row["valid_from"]), _at(row["valid_to"])])
        return _table(say.POSTS, rows)

    def _trainings(self) -> dict[str, Any]:
        titles = {row["key"]: row for row in self.found.master["sop"]}
        rows = []
        for row in self.found.master["training_record"]:
            sop = titles.get(row["sop_key"], {"title_zh": "", "title_en": ""})
            title = {at: f"{sop[f'title_{at}']} {row['sop_key']} v{row['version']}" for at in ("zh", "en")}
            by = _plain(self._who(row["recorded_by"]))
            rows.append([_plain(row["trained_on"]), title, both(say.HOW[row["how"]]), by])
        return _table(say.TRAININGS, rows)

    def _signatures(self) -> dict[str, Any]:
        rows = [
            [
                _at(row["recorded_at"]),
                {"zh": row["meaning_zh"], "en": row["meaning_en"]},
                {at: f"{row['printed_name']} · {row[f'post_name_{at}']}" for at in ("zh", "en")},
                _plain(row["content_sha256"][:16]),
            ]
            for row in self.found.rows.get("signature", ())
        ]
        return _table(say.SIGNATURES, rows)

    def _events(self) -> dict[str, Any]:
        rows = [
            [
                _at(row["recorded_at"]),
                _plain(f"{row['action']} {row['object_type']}"),
                _plain(row["actor_name"]),
                _joined(both(say.WORDS["refused"]) if row["refused"] else None, _plain(row["reason"])),
            ]
            for row in self.found.rows.get("audit_event", ())
        ]
        return _table(say.EVENTS, rows)

    def _of(self, table: str, key: object) -> Row:
        return self.named.get(table, {}).get(str(key)) or {}

    def _code(self, table: str, key: object, name: str = "code") -> str:
        return str(self._of(table, key).get(name, ""))

    def _who(self, person: object) -> str:
        known = self.found.people.get(str(person)) if person else None
        return known["name"] if known else ""


def _table(words: TableWords, rows: list[list[Both]]) -> dict[str, Any]:
    return {
        "title": both(words.title),
        "columns": [both(column) for column, _ in words.columns],
        "widths": [width for _, width in words.columns],
        "rows": rows,
    }


def _at(moment: Any) -> Both:
    said = Sayer("zh", ZONE).instant(moment)
    return {"zh": said, "en": said}


def _plain(value: Any) -> Both:
    text = "" if value is None else str(value)
    return {"zh": text, "en": text}


def _joined(*parts: Both | None) -> Both:
    kept = [part for part in parts if part is not None]
    return {at: " · ".join(part[at] for part in kept if part[at]) for at in ("zh", "en")}
