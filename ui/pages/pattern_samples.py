"""UI pages: invented examples for the pattern page - one of every component in every state."""

from datetime import date

from ui import words as codes
from ui.contexts import parts as p
from ui.contexts.patterns import PatternPage
from ui.contexts.runs import StepCard, TimelineMark
from ui.contexts.work import InboxItem, LinePanel, OutcomeButton, Signer, Verdict, WorkProgress
from ui.translation import Translations

LONG = "注射用头孢曲松钠 <b>1.0 g</b> × 10 瓶; DROP TABLE run; --"


SAMPLE_STOCK: tuple[tuple[str, int, p.Tone], ...] = (
    ("qualified", 12480, "good"),
    ("quarantine", 240, "warn"),
    ("rejected", 3, "bad"),
)


def pattern_page(words: Translations) -> PatternPage:
    """The whole page in one language."""
    _ = words.gettext
    groups = (
        codes.STOCK_STATUSES,
        codes.TASK_STATES,
        codes.RUN_STATES,
        codes.VERSION_STATES,
        codes.STORAGE_CLASSES,
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
        items=_items(words),
        verdicts=_verdicts(words),
        progress=WorkProgress(
            7, 12, ["done"] * 6 + ["bad"] + [""] * 5, [(_("Scans"), "42"), (_("Quantity"), "1 240")]
        ),
        panel=_panel(words),
        outcomes=_outcomes(words),
        signers=[
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
        ],
        marks=_marks(words),
        steps=_steps(words),
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
                p.Cell(codes.chip(codes.STOCK_STATUSES, code, words), "chip"),
                p.Cell(quantity, "quantity", unit=box),
                p.Cell("2026-11-24T08:31:05Z", "instant"),
            ],
            tone,
        )
        for code, quantity, tone in SAMPLE_STOCK
    ]
    return p.Table("sample", _("Stock"), columns, rows, p.Empty(""), "/-/patterns")


def _items(words: Translations) -> list[InboxItem]:
    _ = words.gettext
    title = words.pick({"zh": "收货与验收 · 验收", "en": "Receiving and acceptance · acceptance"})
    place = words.pick({"zh": "成都仓 · 验收员", "en": "Chengdu · acceptor"})
    return [
        InboxItem(
            "1",
            title,
            "DN-2026-1107 华北制药",
            place,
            tone,
            text,
            codes.chip(codes.TASK_STATES, state, words),
            state == "open",
        )
        for tone, text, state in (
            ("late", _("%(time)s overdue", time="2 h 10 min"), "claimed"),
            ("soon", _("due in %(time)s", time="35 min"), "awaiting_signature"),
            ("calm", _("due in %(time)s", time="6 h"), "open"),
        )
    ]


def _verdicts(words: Translations) -> list[Verdict]:
    _ = words.gettext
    return [
        Verdict("matched", _("Right"), _("Line %(n)s", n=3) + " · 240513", "(01)06901234000017(10)240513"),
        Verdict(
            "refused",
            _("Stop"),
            words.pick(
                {
                    "zh": "批号 240601 不在本单；应为 240513",
                    "en": "Batch 240601 is not on this list; expected 240513",
                }
            ),
            "(01)06901234000017(10)240601",
        ),
        Verdict("waiting", _("Ready"), _("Scan the first line."), ""),
    ]


def _outcomes(words: Translations) -> list[OutcomeButton]:
    return [
        OutcomeButton(
            "accepted",
            words.pick({"zh": "合格", "en": "Accept"}),
            words.pick({"zh": "进入合格品上架", "en": "Goes on to put-away"}),
            "good",
            True,
            "1",
        ),
        OutcomeButton(
            "rejected",
            words.pick({"zh": "不合格", "en": "Reject"}),
            words.pick({"zh": "移入不合格品区", "en": "Moves to the rejected zone"}),
            "bad",
            True,
            "2",
        ),
    ]


def _panel(words: Translations) -> LinePanel:
    _ = words.gettext
    facts = [
        p.Fact(_("Expiry"), p.Cell(date(2027, 11, 30), "date")),
        p.Fact(_("Quantity"), p.Cell(240, "quantity")),
    ]
    form = p.Form(
        "", "", [p.Group([p.Field("accepted", _("Quantity accepted"), "integer", "240", required=True)])]
    )
    return LinePanel(
        3,
        words.pick({"zh": "阿莫西林胶囊", "en": "Amoxicillin capsules"}),
        "240513",
        facts,
        form,
        _outcomes(words),
        "0",
        1,
    )


def _marks(words: Translations) -> list[TimelineMark]:
    zone = "UTC+08:00"
    return [
        TimelineMark(
            1,
            "2026-11-24 15:02:11",
            zone,
            words.pick({"zh": "运行开始", "en": "The run started"}),
            "integrator",
            "info",
        ),
        TimelineMark(
            2,
            "2026-11-24 15:40:32",
            zone,
            words.pick({"zh": "收货完成：收货", "en": "Arrival completed: received"}),
            "李文博",
            "good",
            "arrival#1",
            "李文博 · 收货 · 3f9a0c1d22ab",
            '{"temperature": "4.6"}',
            "11–17",
        ),
        TimelineMark(
            3,
            "2026-11-24 16:31:05",
            zone,
            words.pick({"zh": "验收被拒：同一人不得复核", "en": "Acceptance refused: not the same person"}),
            "李文博",
            "bad",
            "acceptance#1",
        ),
    ]


def _steps(words: Translations) -> list[StepCard]:
    _ = words.gettext
    inner = StepCard(
        "lock",
        words.pick({"zh": "封存", "en": "Lock"}),
        p.Chip(_("Action"), "gear", "neutral"),
        "action",
        ["holds.open"],
    )
    return [
        StepCard(
            "arrival",
            words.pick({"zh": "到货检查", "en": "Arrival"}),
            p.Chip(_("Person"), "person", "info"),
            "human",
            [words.pick({"zh": "收货员，2 小时内", "en": "Receiver, within 2 h"})],
            words.pick(
                {"zh": "核对运输方式与随货同行单。", "en": "Check the transport and the delivery note."}
            ),
            "GSP 72-75",
        ),
        StepCard(
            "each",
            words.pick({"zh": "逐行", "en": "For each line"}),
            p.Chip(_("For each"), "list", "neutral"),
            "for_each",
            [],
            inner=[("", [inner])],
        ),
        StepCard(
            "end_completed",
            words.pick({"zh": "完成", "en": "Completed"}),
            p.Chip(_("End"), "check", "good"),
            "end",
            [],
        ),
    ]
