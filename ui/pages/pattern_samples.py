"""UI pages: invented examples for the pattern page - one of every component in every state."""

from datetime import date

from ui import goods_words
from ui import words as codes
from ui.contexts import parts as p
from ui.contexts.patterns import PatternPage
from ui.contexts.work import Signer, WorkProgress
from ui.pages.pattern_parts import LONG, items, marks, outcomes, panel, steps, verdicts
from ui.translation import Translations

SAMPLE_STOCK: tuple[tuple[str, int, p.Tone], ...] = (
    ("qualified", 12480, "good"),
    ("quarantine", 240, "warn"),
    ("rejected", 3, "bad"),
)


def pattern_page(words: Translations) -> PatternPage:
    """The whole page in one language."""
    _ = words.gettext
    groups = (
        goods_words.STOCK_STATUSES,
        codes.TASK_STATES,
        codes.RUN_STATES,
        codes.VERSION_STATES,
        goods_words.STORAGE_CLASSES,
    )
    return PatternPage(
        title=_("Patterns"),
        chips=[codes.chip(group, code, words) for group in groups for code in group],
        notices=[
            (_("Entries kept at %(time)s", time="16:31"), "good"),
            (_("This page is out of date: reload it and try again"), "warn"),
            (_("Something failed on our side. Nothing was lost: look, then try again."), "bad"),
            (_("It is recorded and on its way."), "info"),
        ],
        form=_form(words),
        plain=p.Form(
            "/-/patterns",
            _("Confirm"),
            [p.Group([p.Field("comment", _("Comment"), "textarea")])],
            problem=LONG,
            tone="bad",
        ),
        table=_table(words),
        nothing=p.Table("nothing", _("Stock"), [], [], p.Empty(_("Nothing matches"), _("Widen the filter."))),
        empty=p.Empty(_("Nothing to do"), _("New tasks appear here by themselves."), "/runs", _("Runs")),
        items=items(words),
        verdicts=verdicts(words),
        progress=WorkProgress(
            7, 12, ["done"] * 6 + ["bad"] + [""] * 5, [(_("Scans"), "42"), (_("Quantity"), "1 240")]
        ),
        panel=panel(words),
        outcomes=outcomes(words),
        signers=_signers(words),
        marks=marks(words),
        steps=steps(words),
        facts=p.Section(
            _("Record"),
            [
                p.Fact(_("Batch"), p.Cell("B2406010113", "code")),
                p.Fact(
                    _("Quantity"), p.Cell(12480, "quantity", unit=words.pick({"zh": "盒", "en": "boxes"}))
                ),
                p.Fact(_("Remark"), p.Cell(LONG)),
            ],
        ),
    )


def _signers(words: Translations) -> list[Signer]:
    return [
        Signer(
            words.pick({"zh": "验收", "en": "Accepted"}),
            words.pick({"zh": "陈晓岚（验收员）", "en": "Chen Xiaolan (acceptor)"}),
            "2026-11-24 16:31:05 UTC+08:00",
            True,
        ),
        Signer(
            words.pick({"zh": "验收（双人）", "en": "Accepted (second person)"}),
            words.pick({"zh": "第二验收员", "en": "Second acceptor"}),
            "",
            False,
        ),
    ]


def _form(words: Translations) -> p.Form:
    _ = words.gettext
    modes = [
        p.Option("ambient", _("Ambient")),
        p.Option("cool", _("Cool")),
        p.Option("refrigerated", _("Refrigerated")),
    ]
    many = [p.Option(str(n), f"A-01-{n:02}") for n in range(1, 9)]
    fields = [
        p.Field("mode", _("Transport"), "choice", "cool", required=True, options=modes),
        p.Field(
            "temperature",
            _("Temperature"),
            "decimal",
            "9.4",
            required=True,
            unit="°C",
            help=_("As the logger shows it."),
            error=_("outside %(low)s to %(high)s", low="2", high="8"),
        ),
        p.Field("cartons", _("Cartons"), "integer", "12"),
        p.Field("expires_on", _("Expiry"), "date", "2027-11-30"),
        p.Field("place", _("Location"), "choice", "", options=many),
        p.Field(
            "sealed",
            _("Seal unbroken"),
            "boolean",
            "true",
            required=True,
            options=[p.Option("true", _("Yes")), p.Option("false", _("No"))],
        ),
        p.Field(
            "photos",
            _("Photos"),
            "attachment",
            many=True,
            upload_href="/-/patterns",
            uploads=[p.Upload("0", "IMG_0107.jpg", "1.2 MiB")],
        ),
        p.Field("comment", _("Comment"), "textarea", LONG, max_length=500),
    ]
    return p.Form("/-/patterns", _("Confirm"), [p.Group(fields, _("Arrival"))], cancel_href="/inbox")


def _table(words: Translations) -> p.Table:
    _ = words.gettext
    columns = [
        p.Column(_("Material")),
        p.Column(_("Batch")),
        p.Column(_("Expiry")),
        p.Column(_("Status")),
        p.Column(_("Quantity"), numeric=True),
        p.Column(_("Recorded")),
    ]
    box = words.pick({"zh": "盒", "en": "boxes"})
    rows = [
        p.Row(
            [
                p.Cell(
                    words.pick({"zh": "阿莫西林胶囊", "en": "Amoxicillin capsules"}),
                    href="/stock",
                    sub="0.25 g × 24",
                ),
                p.Cell("240601011", "code"),
                p.Cell(date(2027, 11, 30), "date"),
                p.Cell(codes.chip(goods_words.STOCK_STATUSES, code, words), "chip"),
                p.Cell(quantity, "quantity", unit=box),
                p.Cell("2026-11-24T08:31:05Z", "instant"),
            ],
            tone,
        )
        for code, quantity, tone in SAMPLE_STOCK
    ]
    return p.Table("sample", _("Stock"), columns, rows, p.Empty(""), "/-/patterns")
