"""UI pages: samples of work and of runs for the pattern page."""

from dataclasses import replace
from datetime import date

from ui import words as codes
from ui.contexts import parts as p
from ui.contexts.runs import StepCard, TimelineMark
from ui.contexts.work import InboxItem, LinePanel, OutcomeButton, Verdict
from ui.translation import Translations

LONG = "注射用头孢曲松钠 <b>1.0 g</b> × 10 瓶; DROP TABLE run; --"


def items(words: Translations) -> list[InboxItem]:
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


def verdicts(words: Translations) -> list[Verdict]:
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


def outcomes(words: Translations) -> list[OutcomeButton]:
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


def panel(words: Translations) -> LinePanel:
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
        [replace(one, key="") for one in outcomes(words)],
        "0",
        1,
    )


def marks(words: Translations) -> list[TimelineMark]:
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


def steps(words: Translations) -> list[StepCard]:
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
