"""Domain: the time line of a run - who did what, when and why, in sentences, down to the engine's event ids.

One pure function over the run's rows and, where there is one, its engine history; live or from an archive it
gives the same lines. It knows no table and no engine: rows are plain mappings. Steps, outcomes and refusals
are told in the words of the definition that the run is pinned to (`timeline_names`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.signals import DELIVERY
from domain.sop_definition import Text
from domain.superseded import Superseded
from domain.timeline_entries import Row, RunFacts, SignatureShown, TimelineEntry
from domain.timeline_events import EventIndex
from domain.timeline_names import Names, names_of
from domain.timeline_words import (
    ACTS,
    ATTEMPTS,
    CALLS,
    CHANGEOVER,
    COMMANDS,
    EFFECTS,
    ENDINGS,
    TASK_COMMANDS,
    words,
)


def timeline(facts: RunFacts, history: Sequence[Mapping[str, Any]] = ()) -> list[TimelineEntry]:
    """All lines in the order of time; lines of the same instant keep the order of their making."""
    events = EventIndex(history)
    names = _names_by_time(facts)
    lines = [
        *(_beginning(facts.run, facts.changeovers, events) if facts.begins else ()),
        *_submissions(facts, names, events),
        *_effects(facts.effects, names, events),
        *_audit(facts.audit, names),
        *(_ending(facts.run) if facts.ends else ()),
    ]
    effected = max((row["recorded_at"] for row in facts.effects), default=None)

    def order(pair: tuple[int, TimelineEntry]) -> tuple[datetime, int]:
        """The end has the instant at which its advance began, and stands behind what that advance did."""
        place, line = pair
        return max(line.at, effected) if line.kind == "ended" and effected else line.at, place

    ordered = sorted(enumerate(lines), key=order)
    return [replace(line, seq=seq) for seq, (_, line) in enumerate(ordered, 1)]


NamesAt = Callable[[datetime], Names]


def _names_by_time(facts: RunFacts) -> NamesAt:
    """The names by the definition that was in force for the run at an instant."""
    now = names_of(facts.definition, facts.tasks)
    left = [
        (row["settled_at"], names_of(definition, facts.tasks))
        for row, definition in zip(facts.changeovers, facts.left, strict=False)
    ]
    return lambda at: next((names for until, names in left if at <= until), now)


def _beginning(run: Row, changeovers: Sequence[Row], events: EventIndex) -> Iterator[TimelineEntry]:
    first = changeovers[0] if changeovers else run
    yield TimelineEntry(
        seq=0,
        at=run["started_at"],
        step_path="",
        kind="started",
        actor=run["started_by_name"],
        text=words("started", sop=(run["title_zh"], run["title_en"]), version=first["version"]),
        data={"inputs": run["inputs"], "sha256": first["sha256"]},
        event_ids=events.start,
    )


def _ending(run: Row) -> Iterator[TimelineEntry]:
    if run["ended_at"] is not None:
        yield TimelineEntry(
            seq=0,
            at=run["ended_at"],
            step_path="",
            kind="ended",
            actor=None,
            text=ENDINGS.get(run["state"], ENDINGS["completed"]),
            data={"state": run["state"], "outcome": run["outcome"]},
        )


def _submissions(facts: RunFacts, names: NamesAt, events: EventIndex) -> Iterator[TimelineEntry]:
    for row in facts.submissions:
        path = _path(row)
        verdict = row["accepted"]
        data = {key: row[key] for key in ("outcome", "data", "reason", "state") if row[key]}
        if row["kind"] == DELIVERY:
            data = {"event": row["outcome"], **{key: row["data"][key] for key in ("key", "at", "data")}}
        if row["lines"]:
            data["lines"] = row["lines"]
        yield TimelineEntry(
            seq=0,
            at=row["recorded_at"],
            step_path=path,
            kind=row["kind"],
            actor=row["actor_name"],
            text=_sentence(row, names(row["recorded_at"]), facts),
            data=data,
            signature=_signature(row, facts.superseded.get(path)),
            refused=verdict is False,
            event_ids=events.of_update(str(row["id"])),
        )


def _path(row: Row) -> str:
    """The step that a submission is about: its task's, or that which waits for the event."""
    return row["path"] or (row["data"].get("path", "") if row["kind"] == DELIVERY else "")


def _chosen(row: Row, chosen: Mapping[str, Text]) -> tuple[str, str]:
    """Whom the command is about: a person or a post, by name."""
    said = row["data"] if row["kind"] in TASK_COMMANDS else {}
    ref = str(said.get("person") or said.get("post") or "")
    return _pair(chosen.get(ref) or Text(zh=ref or "–", en=ref or "–"))


def _sentence(row: Row, names: Names, facts: RunFacts) -> Text:
    verdict, path, outcome = row["accepted"], _path(row), row["outcome"] or ""
    kind = row["kind"] if row["kind"] in COMMANDS else "command"
    result = names.outcome(path, outcome) if kind == "complete" else names.step(outcome) if outcome else None
    form = kind
    if kind == "complete":
        waits = row["state"] == "awaiting_signature"
        form = ("answered" if waits else "complete") + ("_list" if result is None else "")
    elif kind == "sign" and row["state"] == "done":
        form = "sign_last"
    elif kind in TASK_COMMANDS:
        form = f"task_{kind}"
    said = words(
        form,
        step=_pair(names.step(path) if path else Text(zh="流程", en="the run")),
        outcome=_pair(result) if result else "",
        reason=row["reason"] or "",
        whom=_chosen(row, facts.chosen),
        **_order(row, facts),
    )
    if verdict is None:
        return Text(zh=said.zh + "（处理中）", en=said.en + " (being processed)")
    if verdict is False:
        return Text(
            zh=f"{said.zh}：被拒绝，{row['message_zh']}", en=f"{said.en}: refused, {row['message_en']}"
        )
    return said


def _order(row: Row, facts: RunFacts) -> dict[str, Any]:
    """From which version to which a run was moved, and who had proposed it."""
    if row["kind"] != CHANGEOVER:
        return {}
    known = next((one for one in facts.changeovers if one["submission_id"] == row["id"]), None)
    return {
        "before": known["version"] if known else "–",
        "after": row["outcome"],
        "proposer": known["proposer"] if known else "–",
    }


def _signature(row: Row, superseded: Superseded | None) -> SignatureShown | None:
    if row["signature_id"] is None:
        return None
    return SignatureShown(
        printed_name=row["printed_name"],
        post=Text(zh=row["post_name_zh"], en=row["post_name_en"]),
        meaning=Text(zh=row["meaning_zh"], en=row["meaning_en"]),
        at=row["signed_at"],
        content_sha256=row["content_sha256"],
        superseded=superseded,
    )


def _effects(effects: Sequence[Row], names_at: NamesAt, events: EventIndex) -> Iterator[TimelineEntry]:
    for row in effects:
        if row["kind"] not in EFFECTS or (row["kind"] == "undo" and not row["undoes_path"]):
            continue  # an undo of nothing: that there is nothing left to undo is no event
        path, result, names = row["path"], row["result"] or {}, names_at(row["recorded_at"])
        answer = result.get("asked") or {}
        problem, count = answer.get("refused") or answer.get("error"), 0
        kind = "action_refused" if row["kind"] in {"action", "chunk"} and problem else row["kind"]
        if kind == "wait" and answer.get("event"):
            kind = "wait_found"
        elif kind == "wait_over" and result.get("why") == "timed_out":
            kind = "wait_timed_out"
        elif kind in CALLS:
            kind, count = _of_call(kind, answer, result)
            if not kind:
                continue
        undone = names.step(row["undoes_path"]) if row["undoes_path"] else None
        yield TimelineEntry(
            seq=0,
            at=row["recorded_at"],
            step_path=path,
            kind=kind,
            actor=None,
            text=words(
                kind,
                step=_pair(names.step(path, row["action"])),
                problem=_pair(names.problem(row["action"], str(problem or ""), answer.get("message", ""))),
                undone=_pair(undone) if undone else "",
                count=count,
            ),
            data=result,
            refused=bool(problem),
            event_ids=events.of_advance(row["seq"] // 1000),
        )


def _of_call(kind: str, answer: Row, result: Row) -> tuple[str, int]:
    """How a call is told, and of how many runs; how its runs stand only once none is open."""
    if kind == "call":
        return ("call_refused" if answer.get("refused") else "call"), result.get("count", 0)
    read = answer.get("calls") or {}
    return ("" if read.get("open") else "calls_ended"), sum((read.get("outcomes") or {}).values())


def _audit(audit: Sequence[Row], names: NamesAt) -> Iterator[TimelineEntry]:
    for row in audit:
        if row["action"] not in ACTS and not row["refused"]:
            continue
        path = row["path"] or ""
        itself = Text(zh=row["object_id"], en=row["object_id"])
        title = names(row["recorded_at"]).step(path) if path else itself
        after = row["after"] or {}
        kind = "refused_attempt" if row["refused"] else ACTS[row["action"]]
        yield TimelineEntry(
            seq=0,
            at=row["recorded_at"],
            step_path=path,
            kind=kind,
            actor=row["actor_name"],
            text=words(
                kind,
                step=_pair(title),
                action=_pair(ATTEMPTS[row["action"]]) if row["action"] in ATTEMPTS else row["action"],
                problem=(after.get("message_zh", ""), after.get("message_en", "")),
            ),
            data={"reason": row["reason"]} if row["reason"] else {},
            refused=row["refused"],
        )


def _pair(text: Text) -> tuple[str, str]:
    """A text as a parameter of a sentence: its Chinese and its English form."""
    return text.zh, text.in_language("en")
