"""UI pages: the recall room and the effectiveness report - the same figures, one to act on, one to print."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.recall_reconciliation import Totals
from services.permissions import Permission
from services.recall_view import ConsigneeState, RecalledBatch, RecallRoom
from ui import words as codes
from ui.contexts.parts import Action, Cell, Chip, Column, Empty, Fact, Row, Section, Table
from ui.contexts.records import RecordPage
from ui.pages import acceptance_record, recall_words
from ui.pages.recall_clocks import clocks_table
from ui.view import View

CONSIGNEES_SHOWN = 500


@dataclass(frozen=True)
class RoomReading:
    """A recall as one person reads it."""

    view: View
    room: RecallRoom
    standing: str = ""
    """How the recall stood when it was read, for a page that is being watched."""

    def page(self) -> RecordPage:
        """How far are we: clocks and figures first, who has not answered next, then every balance."""
        _ = self.view.words.gettext
        return self._page(
            _("Recall room"),
            [
                Section(_("How far"), facts=self._progress()),
                Section(_("Time limits"), table=clocks_table(self.view, self.room)),
                Section(_("Not answered yet"), table=self._silent()),
                Section(_("Batches: sealed and balanced"), table=self._batches()),
                Section(_("Consignees"), table=self._consignees()),
                Section(_("Balance per batch and consignee"), table=self._balance()),
                Section(_("Notice"), facts=self._notice(), text=str(self.room.recall.header["scope"])),
            ],
            self._actions(),
            events=f"{self._address}/events?known={self.standing}" if self.standing else "",
        )

    def report(self) -> RecordPage:
        """The effectiveness report: rates, times, balance, what was assessed."""
        _ = self.view.words.gettext
        return self._page(
            _("Effectiveness report"),
            [
                Section(_("Result"), facts=self._result()),
                Section(_("How far"), facts=self._progress()),
                Section(_("Time limits"), table=clocks_table(self.view, self.room)),
                Section(_("Batches: sealed and balanced"), table=self._batches()),
                Section(_("Balance per batch and consignee"), table=self._balance()),
                Section(_("Notice"), facts=self._notice(), text=str(self.room.recall.header["scope"])),
                Section(
                    _("Signatures"), table=acceptance_record.signature_table(self.view, self.room.signatures)
                ),
            ],
            [Action(_("To the recall room"), self._address, "route")],
            printable=True,
        )

    @property
    def _address(self) -> str:
        return f"/recalls/{self.room.recall.document_id}"

    def _page(
        self,
        eyebrow: str,
        sections: Sequence[Section],
        actions: Sequence[Action],
        *,
        printable: bool = False,
        events: str = "",
    ) -> RecordPage:
        _, recall = self.view.words.gettext, self.room.recall
        chips = [
            codes.chip(recall_words.CLASSES, recall.class_name, self.view.words),
            recall_words.standing(recall, self.view.words),
        ]
        drill = _("DRILL: nothing was sealed, sent or booked") if recall.drill else ""
        if recall.drill:
            chips.insert(0, Chip(_("Drill"), "alert", "warn"))
        return RecordPage(
            title=recall.number,
            eyebrow=eyebrow,
            subtitle=drill or str(recall.header["reason"]),
            sections=sections,
            mono=True,
            chips=chips,
            actions=actions,
            back=Action(_("Recalls"), "/recalls"),
            printable=printable,
            events=events,
        )

    def _actions(self) -> list[Action]:
        _, recall = self.view.words.gettext, self.room.recall
        actions = [Action(_("Effectiveness report"), f"{self._address}/report", "document")]
        if recall.run_id and self.view.may(Permission.RUN_READ):
            actions.append(Action(_("To the run"), f"/runs/{recall.run_id}", "route"))
        if recall.state == "reopened" and self.view.may(Permission.RUN_START):
            href = f"/runs/new?sop=recall&recall={recall.document_id}"
            actions.insert(0, Action(_("Balance it again"), href, "play", primary=True))
        return actions

    def _progress(self) -> list[Fact]:
        _, room, sums = self.view.words.gettext, self.room, self.room.totals
        count = len(room.consignees)
        seconds = room.seconds_to_seal
        return [
            Fact(_("Sealed at"), Cell(room.recall.sealed_at, "evidence", sub=self._after(seconds))),
            Fact(_("Batches"), Cell(len(room.batches), "quantity")),
            Fact(_("Notified"), Cell(f"{room.notified} / {count}")),
            Fact(_("Acknowledged"), Cell(f"{room.acknowledged} / {count}")),
            Fact(_("Answered"), Cell(f"{sums.answered} / {count}")),
            Fact(_("Shipped"), Cell(sums.shipped, "quantity")),
            Fact(
                _("Recovered"),
                Cell(sums.recovered, "quantity", sub=recall_words.share(sums, self.view.words)),
            ),
            Fact(_("Used or sold on"), Cell(sums.consumed, "quantity")),
            Fact(_("Destroyed at consignees"), Cell(sums.destroyed, "quantity")),
            Fact(_("Unaccounted for"), Cell(sums.unaccounted, "quantity", sub=self._explained(sums))),
            *self._own(),
        ]

    def _own(self) -> list[Fact]:
        """What became of what stood in our own recall zones, that which consignees sent back among it."""
        _, batches = self.view.words.gettext, self.room.batches
        figures = {
            _("Recalled stock now"): sum(one.recalled_now for one in batches),
            _("Destroyed by us"): sum(one.destroyed for one in batches),
            _("Returned to the supplier"): sum(one.sent_back for one in batches),
        }
        return [Fact(label, Cell(figure, "quantity")) for label, figure in figures.items()]

    def _after(self, seconds: int | None) -> str:
        if seconds is None:
            return ""
        return self.view.words.gettext("%(n)s s after the recall was opened", n=seconds)

    def _explained(self, sums: Totals) -> str:
        _ = self.view.words.gettext
        if not sums.open_lines:
            return _("all of it explained") if sums.unaccounted else ""
        return self.view.words.ngettext("%(n)s line open", "%(n)s lines open", sums.open_lines)

    def _result(self) -> list[Fact]:
        _, header = self.view.words.gettext, self.room.recall.header
        said = header.get("effectiveness")
        return [
            Fact(
                _("Effectiveness"),
                Cell(codes.word(recall_words.EFFECTIVENESS, said, self.view.words) if said else ""),
            ),
            Fact(_("Assessment"), Cell(header.get("assessment"))),
            Fact(_("Concluded at"), Cell(header.get("concluded_at"), "evidence")),
        ]

    def _notice(self) -> list[Fact]:
        _, header, words = self.view.words.gettext, self.room.recall.header, self.view.words
        return [
            Fact(_("Who recalls"), Cell(codes.word(recall_words.INITIATORS, header["initiated_by"], words))),
            Fact(_("Notice received on"), Cell(header["noticed_on"], "date")),
            Fact(_("Time limits"), Cell(codes.word(recall_words.PROFILES, self.room.recall.profile, words))),
            Fact(_("Reason"), Cell(header["reason"])),
        ]

    def _silent(self) -> Table:
        _ = self.view.words.gettext
        labels = [_("Consignee"), _("Notified"), _("Acknowledged"), _("Waits for"), _("To be met by")]
        rows = [self._waiting(one) for one in self.room.non_responders[:CONSIGNEES_SHOWN]]
        nobody = _("Everybody has answered") if self.room.consignees else _("Nobody has been told yet")
        empty = Empty(nobody, icon="check" if self.room.consignees else "inbox")
        return Table("silent", _("Not answered yet"), [Column(one) for one in labels], rows, empty)

    def _waiting(self, one: ConsigneeState) -> Row:
        _, told, pick = self.view.words.gettext, one.contact, self.view.words.pick
        due = told.due_at if told else None
        late = due is not None and due < self.room.now
        step = pick({"zh": told.step_zh or "", "en": told.step_en or ""}) if told else _("not notified yet")
        return Row(
            [
                self._name(one),
                Cell(told.notified_at if told else None, "instant"),
                Cell(told.acknowledged_at if told else None, "instant"),
                Cell(step, sub=_("escalated") if told and told.escalated else ""),
                Cell(due, "instant", sub=_("overdue") if late else ""),
            ],
            "bad" if late else "warn",
        )

    def _name(self, one: ConsigneeState) -> Cell:
        run = one.contact.run_id if one.contact else None
        return Cell(one.name, href=f"/runs/{run}" if run else "", sub=one.code)

    def _batches(self) -> Table:
        _ = self.view.words.gettext
        numbers = [
            *(
                _("On hand at the seal"),
                _("Reserved"),
                _("In transit"),
                _("In return"),
                _("Recalled stock now"),
            ),
            *(_("Destroyed by us"), _("Returned to the supplier")),
            *(_("Shipped"), _("Recovered"), _("Unaccounted for")),
        ]
        columns = [Column(_("Batch")), Column(_("State")), *(Column(one, numeric=True) for one in numbers)]
        rows = [self._batch(one) for one in self.room.batches]
        return Table(
            "batches", _("Batches: sealed and balanced"), columns, rows, Empty(_("No batch is confirmed yet"))
        )

    def _batch(self, one: RecalledBatch) -> Row:
        _, words = self.view.words.gettext, self.view.words
        sums = self.room.by_batch[one.batch_id]
        chip = Chip(_("sealed"), "lock", "bad") if one.held else Chip(_("not sealed"), "dot", "neutral")
        figures = [one.on_hand, one.reserved, one.in_transit, one.in_return, one.recalled_now]
        figures += [one.destroyed, one.sent_back, sums.shipped, sums.recovered, sums.unaccounted]
        why = codes.word(recall_words.BECAUSE, one.because, words)
        name = words.pick({"zh": one.material_zh, "en": one.material_en})
        return Row(
            [
                Cell(one.number, "code", f"/batches/{one.batch_id}", sub=name),
                Cell(chip, "chip", sub=why),
                *(Cell(figure, "quantity", unit=one.unit) for figure in figures),
            ],
            "bad" if sums.open_lines else "good",
        )

    def _consignees(self) -> Table:
        _ = self.view.words.gettext
        columns = [Column(one) for one in (_("Consignee"), _("Notified"), _("Acknowledged"), _("Answered"))]
        columns += [Column(one, numeric=True) for one in (_("Shipped"), _("Recovered"), _("Unaccounted for"))]
        rows = [self._consignee(one) for one in self.room.consignees[:CONSIGNEES_SHOWN]]
        return Table("consignees", _("Consignees"), columns, rows, Empty(_("Nothing of it was sold")))

    def _consignee(self, one: ConsigneeState) -> Row:
        _, told = self.view.words.gettext, one.contact
        answered = (
            Chip(_("answered"), "check", "good") if one.answered else Chip(_("not yet"), "clock", "warn")
        )
        return Row(
            [
                self._name(one),
                Cell(told.notified_at if told else None, "instant"),
                Cell(
                    told.acknowledged_at if told else None,
                    "instant",
                    sub=(told.acknowledged_by or "") if told else "",
                ),
                Cell(answered, "chip"),
                *(
                    Cell(figure, "quantity")
                    for figure in (one.totals.shipped, one.totals.recovered, one.totals.unaccounted)
                ),
            ],
            "bad" if one.totals.open_lines else "good",
        )

    def _balance(self) -> Table:
        _ = self.view.words.gettext
        columns = [Column(_("Batch")), Column(_("Consignee")), Column(_("Documents"))]
        numbers = [_("Shipped"), _("Recovered"), _("Used or sold on"), _("Destroyed at consignees")]
        numbers += [_("Said to be still there"), _("Unaccounted for"), _("Explained")]
        columns += [Column(one, numeric=True) for one in numbers]
        lines = [line for one in self.room.consignees for line in one.lines][:CONSIGNEES_SHOWN]
        rows = []
        for line in lines:
            figures = [line.shipped, line.recovered, line.consumed, line.destroyed, line.on_hand]
            figures += [line.consigned.unaccounted, line.explained]
            rows.append(
                Row(
                    [
                        Cell(line.batch_number, "code", f"/batches/{line.batch_id}", sub=line.material),
                        Cell(line.party_name, sub=line.party),
                        Cell("、".join(line.documents[:5])),
                        *(Cell(figure, "quantity", unit=line.unit) for figure in figures),
                    ],
                    "good" if line.consigned.settled else "bad",
                )
            )
        empty = Empty(_("Nothing of it was sold"))
        return Table("balance", _("Balance per batch and consignee"), columns, rows, empty)
