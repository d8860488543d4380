"""UI pages: what-if - what its pages are made of: sentences, tables, bars, the listed runs, flowcharts."""

from __future__ import annotations

from collections.abc import Sequence

from domain.sop_definition import SopDefinition
from domain.sop_whatif import VERDICTS, Side, Work
from domain.sop_whatif_tally import Tally
from services.sop_whatif import Looked, PastRun, Wanted
from ui import words as codes
from ui.contexts.flowchart import Mark, Picture
from ui.contexts.parts import Cell, Column, Empty, Row, Table
from ui.contexts.sop_whatif import Bar, Share, WhatIf, WhatIfLine
from ui.pages.flow_picture import picture
from ui.pages.whatif_words import WhatIfWords
from ui.view import View

SHOWN = 12
"""Assumptions and refusals that are told of all runs together, the most frequent first."""


def found_so_far(
    view: View, words: WhatIfWords, looked: Looked, tally: Tally, wanted: Wanted, address: str
) -> WhatIf:
    """All batches so far, with what the next one goes on with."""
    _ = view.words.gettext
    state: list[tuple[str, str]] = []
    if looked.after is not None:
        state = [
            ("site", wanted.site or ""),
            ("since", wanted.since.isoformat() if wanted.since else ""),
            ("until", wanted.until.isoformat() if wanted.until else ""),
            ("most", str(wanted.most)),
            ("after", str(looked.after)),
            ("sha256", looked.sha256),
            ("tally", tally.model_dump_json(exclude_defaults=True)),
        ]
    lines = [line_of(view, words, run, address) for run in looked.runs if _is_listed(run)]
    groups = [("all", _("All"))]
    groups += [(v, codes.word(codes.WHAT_IFS, v, view.words)) for v in VERDICTS if v != "same"]
    groups.append(("signatures", _("Signed otherwise")))
    return WhatIf(
        done=tally.runs,
        total=looked.found,
        sentences=_sentences(view, words, tally, looked),
        shares=_shares(tally),
        verdicts=_verdicts(view, tally),
        bars=_bars(words, tally),
        work=_work(view, words, tally),
        outcomes=_outcomes(view, words, tally),
        refused=[f"{words.refused(one.note)} ({one.runs})" for one in tally.refused[:SHOWN]],
        assumed=[f"{words.assumed(one.note)} ({one.runs})" for one in tally.assumed[:SHOWN]],
        lines=lines,
        groups=groups,
        address=address,
        state=state,
        flowcharts=[] if state or not tally.runs else _summed_picture(view, words, tally),
    )


def _is_listed(run: PastRun) -> bool:
    before, after = run.result.signatures
    return run.result.verdict != "same" or before != after


def _sentences(view: View, words: WhatIfWords, tally: Tally, looked: Looked) -> list[str]:
    _, ngettext = view.words.gettext, view.words.ngettext
    if not looked.found:
        return [_("No run of this procedure has ended in that time: there is nothing to try it on.")]
    told = [
        ngettext(
            "%(n)s run was played again by this version.",
            "%(n)s runs were played again by this version.",
            tally.runs,
        )
    ]
    if tally.differing:
        told.append(
            ngettext(
                "%(n)s of them would not go the same way.",
                "%(n)s of them would not go the same way.",
                tally.differing,
            )
        )
    elif tally.runs:
        told.append(_("All that can be compared go the same way."))
    before, after = tally.signatures
    if tally.signed_otherwise:
        told.append(
            _(
                "Signatures: %(before)s, by this version %(after)s; runs that are signed otherwise: %(n)s.",
                before=before,
                after=after,
                n=tally.signed_otherwise,
            )
        )
    if tally.middle is not None:
        then, now = (words.long(seconds) for seconds in tally.middle)
        told.append(
            _(
                "Median time of a run: %(then)s, by this version %(now)s.",
                then=then,
                now=now,
            )
        )
    if tally.unknown:
        steps = _(", ").join(words.step(step) for step in tally.unknown)
        told.append(
            _("Nobody knows how long these steps take, they count as no time: %(steps)s.", steps=steps)
        )
    if tally.why:
        told.append(_("Some cannot be compared: by their own version they do not go exactly as recorded."))
    return told


def _shares(tally: Tally) -> list[Share]:
    at, shares = 0.0, []
    for verdict in VERDICTS:
        n = tally.verdicts.get(verdict, 0)
        if n:
            width = round(100 * n / tally.runs, 2)
            shares.append(Share(codes.WHAT_IFS[verdict][2], round(at, 2), width))
            at += width
    return shares


def _verdicts(view: View, tally: Tally) -> Table:
    _ = view.words.gettext
    rows = [
        Row(
            [
                Cell(codes.chip(codes.WHAT_IFS, verdict, view.words), "chip"),
                Cell(tally.verdicts[verdict], "quantity"),
            ]
        )
        for verdict in VERDICTS
        if tally.verdicts.get(verdict)
    ]
    columns = [Column(_("What becomes of it")), Column(_("Runs"), numeric=True)]
    return Table("what-if-verdicts", _("What becomes of the runs"), columns, rows, Empty(_("No runs")))


def _outcomes(view: View, words: WhatIfWords, tally: Tally) -> Table:
    _ = view.words.gettext
    changed = [one for one in tally.outcomes if one.before != one.after]
    rows = [
        Row([Cell(words.end(one.before)), Cell(words.end(one.after)), Cell(one.runs, "quantity")])
        for one in changed
    ]
    columns = [Column(_("Ended")), Column(_("Would end")), Column(_("Runs"), numeric=True)]
    return Table("what-if-ends", _("Runs that would end otherwise"), columns, rows, Empty(_("No runs")))


def _bars(words: WhatIfWords, tally: Tally) -> list[Bar]:
    most = max(
        (max(b.tasks + b.signatures, a.tasks + a.signatures) for b, a in tally.work.values()), default=0
    )
    bars = []
    for post, (before, after) in tally.work.items():
        was, will = before.tasks + before.signatures, after.tasks + after.signatures
        widths = (round(100 * n / (most or 1), 2) for n in (was, will))
        bars.append(Bar(words.post(post), str(was), str(will), *widths))
    return bars


def _work(view: View, words: WhatIfWords, tally: Tally) -> Table:
    _ = view.words.gettext
    rows = []
    for post, (before, after) in tally.work.items():
        told = (
            words.post(post),
            f"{before.tasks} → {after.tasks}",
            f"{before.signatures} → {after.signatures}",
            f"{_hands(words, before)} → {_hands(words, after)}",
        )
        rows.append(Row([Cell(one) for one in told]))
    columns = [
        Column(_("Post")),
        Column(_("Tasks")),
        Column(_("Signatures")),
        Column(_("In hand")),
    ]
    return Table("what-if-work", _("Work by post: tasks and signatures"), columns, rows, Empty(_("No tasks")))


def _hands(words: WhatIfWords, work: Work) -> str:
    known = words.long(work.seconds)
    unknown = words.words.ngettext("+ %(n)s unknown", "+ %(n)s unknown", work.unknown) if work.unknown else ""
    return f"{known} {unknown}".strip()


# -- one run -----------------------------------------------------------------------------------------


def line_of(
    view: View, words: WhatIfWords, run: PastRun, address: str, before: SopDefinition | None = None
) -> WhatIfLine:
    """A run that is listed; `before` is the definition that it had, on the page of this run alone."""
    _ = view.words.gettext
    result = run.result
    signed_before, signed_after = result.signatures
    said = []
    if result.parts_at:
        said.append(_("The ways part at %(step)s.", step=words.step(result.parts_at)))
    if result.verdict in ("refused", "stopped", "incomparable"):
        said.append(words.why(result))
    if result.before.outcome != result.after.outcome and result.after.state:
        ends = words.end(result.before.outcome), words.end(result.after.outcome)
        said.append(_("It ended: %(before)s; it would end: %(after)s.", before=ends[0], after=ends[1]))
    if signed_before != signed_after and result.verdict in ("same", "steps", "other"):
        signed = {"before": signed_before, "after": signed_after}
        said.append(_("Signatures: %(before)s as it was, %(after)s by this version.", **signed))
    notes = [words.refused(one) for one in result.refused] + [words.assumed(one) for one in result.assumed]
    name = view.words.pick(
        {"zh": run.row["summary_zh"], "en": run.row["summary_en"] or run.row["summary_zh"]}
    )
    group = "signatures" if result.verdict == "same" else result.verdict
    return WhatIfLine(
        group=group,
        chip=codes.chip(codes.WHAT_IFS, result.verdict, view.words),
        name=f"{name} · {run.row['site']}",
        href=f"/runs/{run.run_id}",
        seen="" if before else f"{address}/runs/{run.run_id}",
        said=" ".join(said),
        before=words.path(result.before.path, before),
        after=words.path(result.after.path),
        notes=notes,
    )


def facts_of(view: View, words: WhatIfWords, run: PastRun) -> Table:
    """A run by both definitions, in figures."""
    _ = view.words.gettext
    before, after = run.result.before, run.result.after
    signed = run.result.signatures
    pairs = [
        (_("End"), words.end(before.outcome), words.end(after.outcome) if after.state else "–"),
        (_("From start to end"), words.long(before.seconds), words.long(after.seconds)),
        (_("Tasks"), str(_tasks(before)), str(_tasks(after))),
        (_("Signatures"), str(signed[0]), str(signed[1])),
    ]
    rows = [Row([Cell(label), Cell(was), Cell(will)]) for label, was, will in pairs]
    columns = [Column(""), Column(_("as it was")), Column(_("by this version"))]
    return Table("what-if-facts", _("As it was, and by this version"), columns, rows, Empty(_("No runs")))


def _tasks(side: Side) -> int:
    return sum(work.tasks for work in side.work.values())


# -- flowcharts --------------------------------------------------------------------------------------


def both_pictures(
    view: View, words: WhatIfWords, run: PastRun, before: SopDefinition
) -> list[tuple[str, Picture]]:
    """The way of a run on both flowcharts, this version's first."""
    _ = view.words.gettext
    result = run.result
    halted = result.at if result.verdict in ("refused", "stopped") else ""
    sides: Sequence[tuple[str, SopDefinition, Side, str, str]] = (
        (_("By this version"), words.definition, result.after, halted, "flow_after"),
        (_("As it was"), before, result.before, "", "flow_before"),
    )
    shown = []
    for title, definition, side, failed, name in sides:
        marks: dict[str, Mark] = {part.step: "walked" for part in side.path}
        if failed:
            marks[failed] = "failed"
        shown.append(
            (
                title,
                picture(
                    definition, view.words, marks=marks, posts=words.posts, tables=words.tables, name=name
                ),
            )
        )
    return shown


def _summed_picture(view: View, words: WhatIfWords, tally: Tally) -> list[tuple[str, Picture]]:
    """The steps that more or fewer runs would walk, and those at which the ways part."""
    marks: dict[str, Mark] = {}
    for step, (before, after) in tally.steps.items():
        if before == 0 and after:
            marks[step] = "added"
        elif before and after == 0:
            marks[step] = "removed"
        elif before != after:
            marks[step] = "changed"
    marks |= dict.fromkeys(tally.parts_at, "changed")
    known = {step.id for step in words.definition.walk()}
    marks = {step: one for step, one in marks.items() if step in known}
    if not marks:
        return []
    name = view.words.gettext("Flowchart: where more, fewer or other runs would come")
    return [
        (name, picture(words.definition, view.words, marks=marks, posts=words.posts, tables=words.tables))
    ]
