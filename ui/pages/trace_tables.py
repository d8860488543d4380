"""UI pages: the tables of a trace - the account of each batch, who has how much, and the way row by row."""

from collections.abc import Sequence

from services.permissions import Permission
from services.trace import Trace
from services.trace_lines import Place, TraceAccount, TraceLine, TraceRun
from ui import formats, goods_words
from ui import words as codes
from ui.contexts.parts import Cell, Column, Empty, Row, Table, Tone
from ui.pages.stock import EDGES, place_href
from ui.translation import mark
from ui.view import View

CAME: tuple[tuple[str, str], ...] = (
    ("received", mark("Received from suppliers")),
    ("found", mark("Counted in: surplus, opening stock")),
    ("arrived", mark("Arrived from other sites")),
)
HELD: tuple[tuple[str, str], ...] = (
    ("on_hand", mark("On hand")),
    ("in_transit", mark("On the way")),
    ("at_customers", mark("At customers")),
    ("returned", mark("Returned to suppliers")),
    ("destroyed", mark("Destroyed")),
    ("samples", mark("Taken as samples")),
    ("missing", mark("Missing in counts")),
)
ALWAYS = frozenset({"received", "on_hand", "at_customers"})
"""What an account of one batch says even if it is none."""


def trace_href(kind: str, ref: object) -> str:
    """The trace that begins with something."""
    return f"/trace?{kind}={ref}"


def account_table(view: View, found: Trace) -> Table:
    """What came in and where it is: of one batch line by line, of several a row for each."""
    _ = view.words.gettext
    empty = Empty(_("Nothing of it had come in"), _("Choose a later day."))
    if len(found.accounts) == 1:
        return _statement(view, found.accounts[0], empty)
    held = [one for one in HELD if any(getattr(row, one[0]) for row in found.accounts)]
    came = [one for one in CAME if any(getattr(row, one[0]) for row in found.accounts)]
    columns = [Column(_("Batch")), *(Column(_(label), numeric=True) for _name, label in (*came, *held))]
    rows = [
        Row(
            [
                Cell(one.batch_number, "code", trace_href("batch", one.batch_id), sub=goods(view, one)),
                *(Cell(getattr(one, name), "quantity", unit=one.base_unit) for name, _l in (*came, *held)),
                Cell(one.difference, "quantity", unit=one.base_unit),
            ],
            _tone(one),
        )
        for one in found.accounts
    ]
    return Table("account", _("Account"), [*columns, Column(_("Difference"), numeric=True)], rows, empty)


def _statement(view: View, one: TraceAccount, empty: Empty) -> Table:
    _ = view.words.gettext
    rows = [_amount(view, one, name, label) for name, label in CAME if getattr(one, name) or name in ALWAYS]
    rows += [_amount(view, one, name, label) for name, label in HELD if getattr(one, name) or name in ALWAYS]
    rows.append(
        Row(
            [
                Cell(_("Difference"), sub=_("what came in, less where it is")),
                Cell(one.difference, "quantity", unit=one.base_unit),
            ],
            _tone(one),
        )
    )
    return Table(
        "account", _("Account"), [Column(_("What")), Column(_("Quantity"), numeric=True)], rows, empty
    )


def _amount(view: View, one: TraceAccount, name: str, label: str) -> Row:
    came = name in dict(CAME)
    cell = Cell(getattr(one, name), "quantity", unit=one.base_unit)
    return Row([Cell(view.words.gettext(label)), cell], "info" if came else "neutral")


def _tone(one: TraceAccount) -> Tone:
    return "bad" if one.difference else "good"


def goods(view: View, one: TraceAccount | TraceLine) -> str:
    """What a batch is of."""
    return f"{view.words.pick({'zh': one.material_zh, 'en': one.material_en})} · {one.material_code}"


def places_table(view: View, found: Trace) -> Table:
    """Each place that has some of it: location and status, transfer, partner, or gone for good."""
    _ = view.words.gettext
    several = len(found.accounts) > 1
    order = {kind: at for at, kind in enumerate(("on_hand", "transit", "customer", "supplier"))}
    places = sorted(
        found.places, key=lambda one: (one.batch_number, order.get(one.kind, len(order)), -one.quantity)
    )
    rows = [
        Row(
            [
                *([Cell(one.batch_number, "code", trace_href("batch", one.batch_id))] if several else []),
                _where(view, one, partial=found.partial),
                Cell(codes.chip(goods_words.STOCK_STATUSES, one.status, view.words), "chip")
                if one.status
                else Cell(_state(view, one)),
                Cell(one.quantity, "quantity", unit=one.base_unit),
            ],
            EDGES.get(one.status or "", "neutral"),
        )
        for one in places
    ]
    columns = [*([Column(_("Batch"))] if several else []), Column(_("Place")), Column(_("Status"))]
    empty = Empty(_("Nowhere"), _("Nothing of it was there at that time."))
    return Table("places", _("Places"), [*columns, Column(_("Quantity"), numeric=True)], rows, empty)


def _where(view: View, one: Place, *, partial: bool) -> Cell:
    _, pick = view.words.gettext, view.words.pick
    if one.location and one.site_code:
        site = pick({"zh": one.site_zh or "", "en": one.site_en or ""})
        return Cell(one.location, "code", place_href(one.site_code, one.location), sub=site)
    if one.document_id:
        sub = _("on the way, or at a site that you do not see") if partial else _("on the way")
        return Cell(one.document_number, "code", document_href(view, one.document_id), sub=sub)
    if one.party_id:
        return Cell(one.party, href=trace_href("party", one.party_id), sub=one.party_code or "")
    return Cell(codes.word(goods_words.PLACE_KINDS, _outside(one.kind), view.words))


def _state(view: View, one: Place) -> str:
    _ = view.words.gettext
    said = {"customer": _("Sold"), "supplier": _("Returned"), "transit": _("In transit")}
    return said.get(one.kind, _("Gone"))


def _outside(kind: str) -> str:
    return "internal" if kind == "on_hand" else kind


def document_href(view: View, document_id: object) -> str:
    """A document's page, for who may read documents."""
    return f"/documents/{document_id}" if view.may(Permission.DOCUMENT_READ) else ""


def way_table(view: View, found: Trace, next_: str) -> Table:
    """The way row by row, oldest first: what went where, by which document, in which run, by whom."""
    _ = view.words.gettext
    several = len({row.batch_id for row in found.rows}) > 1
    labels = [_("When"), _("What"), *([_("Batch")] if several else []), _("From"), _("To")]
    columns = [*(Column(label) for label in labels), Column(_("Quantity"), numeric=True)]
    columns += [Column(label) for label in (_("Document"), _("Run"), _("Who"), _("Package"))]
    rows = [Row(_cells(view, one, several=several)) for one in found.rows]
    empty = Empty(_("Nothing went anywhere"), _("Look in both directions, or choose a later day."))
    return Table("way", _("The way"), columns, rows, empty, next_)


def _cells(view: View, one: TraceLine, *, several: bool) -> list[Cell]:
    _, pick = view.words.gettext, view.words.pick
    runs_seen = view.may(Permission.RUN_READ)
    runs = [
        (
            " ".join(filter(None, (pick({"zh": run.title_zh, "en": run.title_en}), _key(run, one)))),
            f"/runs/{run.id}" if runs_seen else "",
        )
        for run in one.runs
    ]
    until = (
        _("until %(at)s", at=formats.instant(one.last_at, view.zone)) if one.last_at != one.first_at else ""
    )
    document = document_href(view, one.document_id) if one.document_id else ""
    kind = codes.word(codes.DOCUMENT_KINDS, one.document_kind, view.words) if one.document_kind else ""
    batch = Cell(one.batch_number, "code", f"/batches/{one.batch_id}", sub=goods(view, one))
    return [
        Cell(one.first_at, "instant", sub=until),
        Cell(codes.word(goods_words.POSTING_KINDS, one.kind, view.words)),
        *([batch] if several else []),
        end(view, one, one.from_kind),
        end(view, one, one.to_kind),
        Cell(one.quantity, "quantity", unit=one.base_unit),
        Cell(one.document_number or "", "code", document, sub=kind),
        Cell(runs, "links"),
        Cell([(who.name, trace_href("person", who.id)) for who in one.people], "links"),
        Cell([(sscc, f"/packages/{sscc}") for sscc in one.packages], "links"),
    ]


def _key(run: TraceRun, one: TraceLine) -> str:
    """The business key of a run, unless the number of the document beside it has it already."""
    return "" if run.key and run.key in (one.document_number or "") else run.key or ""


def end(view: View, one: TraceLine, kind: str) -> Cell:
    """Where a row begins or ends: a site of ours, a partner, or a word."""
    if kind == "internal":
        return Cell(view.words.pick({"zh": one.site_zh, "en": one.site_en}), sub=one.site_code)
    if kind in {"supplier", "customer"} and one.party_id:
        return Cell(one.party, href=trace_href("party", one.party_id), sub=one.party_code or "")
    return Cell(codes.word(goods_words.PLACE_KINDS, kind, view.words))


def people_of(rows: Sequence[TraceLine]) -> list[str]:
    """The names of all who took part."""
    return list(dict.fromkeys(who.name for row in rows for who in row.people))
