"""Services: a task's content - everything that is shown to the person, fixed when the task is opened.

Its hash is part of what is signed: instruction, data, form, outcomes and rules as they were seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

import sqlalchemy as sa

from db import tables as t
from db.kept import Call, Kept
from domain.action_catalogue import CATALOGUE
from domain.form_checks import brought_by
from domain.form_checks import names_of as checked_names
from domain.sop_definition import Check, Form, Human, Step, Text
from domain.sop_order import arranged
from domain.sop_order import of_step as order_of_step
from domain.sop_parts import Counted
from domain.timeline_names import in_both, names_of
from services import task_words
from services.asked_signatures import policy_of
from services.task_outcomes import outcomes_of, step_title

if TYPE_CHECKING:
    from contracts.tasks import OpenTask
    from db.session import Reader
    from domain.sop_bundle import Bundle
    from services.action_context import RunInAdvance

NAMES = names_of(None, ())
EARLIER_SHOWN = 12
"""Earlier answers that a task shows; the run's page has them all."""


async def of_step(
    tx: Reader,
    run: RunInAdvance,
    bundle: Bundle,
    operation: OpenTask,
    rules: list[dict[str, Any]],
    earlier: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """The content of a step's task; `earlier` are the rows of `earlier_answers`."""
    step = bundle.steps[operation.step]
    human = step.human
    assert human is not None
    return {
        **_written(bundle, step),
        "data": [*await _named(tx, _inputs(run, bundle)), *_shown(bundle, earlier)],
        "required": list(operation.required),
        **({"brought": dict(operation.brought)} if operation.brought else {}),
        "rules": rules,
        **policy_of(human, operation.rules),
        "lines": _work_list(human, bundle, step, operation),
        "line_scope": operation.line_scope,
    }


_kept: dict[tuple[str, str], dict[str, Any]] = {}
KEPT = 2000


def _written(bundle: Bundle, step: Step) -> Mapping[str, Any]:
    """The part of a step's content that its author wrote; made once per process and not to be changed."""
    found = _kept.get((bundle.sha256, step.id))
    if found is None:
        human = step.human
        assert human is not None
        while len(_kept) >= KEPT:
            del _kept[next(iter(_kept))]
        found = _kept[bundle.sha256, step.id] = {
            "instruction": human.instruction.model_dump(),
            "clauses": list(step.clauses),
            "form": _dump_form(human.form),
            "checks": _dump_checks(bundle, step, human.checks, human.form, {}),
            "outcomes": outcomes_of(human.outcomes, bundle, step),
            "order": order_of_step(bundle.order, step.id),
            **({} if human.commands is None else {"commands": list(human.commands)}),
        }
    return found


def of_incident(code: str, message: str, of: str, title: Text, action: str | None = None) -> dict[str, Any]:
    """The content of an incident: what happened, the one thing that can be answered, and the ways out.

    A refused action says why in the catalogue's words and in those of the case, `zh / en`; each reader gets
    the own ones.
    """
    spec = CATALOGUE.get(action or "")
    why = NAMES.problem(action, code, message) if spec and code in spec.refusals else in_both(message or code)
    zh, en = why.zh, why.in_language("en")
    return {
        "instruction": {
            "zh": f"“{title.zh}”未能执行：{zh or code}。排除原因后选择重试；"
            "重试无济于事的，在流程页面将流程退回前面的步骤，或取消流程。",
            "en": f"{title.in_language('en')} could not be performed: {en or zh or code}. Remove the cause "
            "and try again. If trying again cannot help, send the run back to an earlier step or cancel it, "
            "on the run's page.",
        },
        "data": [
            {"label": {"zh": "代码", "en": "Code"}, "value": code},
            {"label": {"zh": "步骤", "en": "Step"}, "value": of},
        ],
        "form": {},
        "required": [],
        "rules": [],
        "lines": None,
        "outcomes": {
            "retry": {"label": {"zh": "重试", "en": "Try again"}, "reason": "optional", "go": "next"}
        },
    }


def _inputs(run: RunInAdvance, bundle: Bundle) -> list[dict[str, Any]]:
    shown = []
    for name, given in arranged(bundle.definition.inputs, bundle.order.get("inputs", ())).items():
        value = run.inputs.get(name)
        label = given.label or task_words.DOCUMENT_KINDS.get(given.kind or "") or Text(zh=name, en=name)
        if given.type == "document" and isinstance(value, Mapping):
            shown += [
                {
                    "group": label.model_dump(),
                    "label": text.model_dump(),
                    "value": value[field],
                    **({"noun": task_words.NOUNS[field]} if field in task_words.NOUNS else {}),
                    **({"id": str(value["id"])} if field == "number" and value.get("id") else {}),
                }
                for field, text in task_words.DOCUMENT_LABELS.items()
                if value.get(field) is not None
            ]
        elif given.type not in {"line_set", "document"} and value is not None:
            option = given.options.get(str(value)) if given.options else None
            shown.append(
                {
                    "label": label.model_dump(),
                    "value": value,
                    **({"noun": given.type} if given.type in task_words.NAMED else {}),
                    **({"text": option.model_dump()} if option else {}),
                }
            )
    return shown


async def _named(tx: Reader, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries, codes of partners and sites with the names that they have now; a batch by its number."""
    codes = {entry["value"] for entry in entries if entry.get("noun") in {"party", "site"}}
    batches = [UUID(str(entry["value"])) for entry in entries if entry.get("noun") == "batch"]
    if not codes and not batches:
        return entries
    p, s, b, m = t.party.c, t.site.c, t.batch.c, t.material.c
    kind = sa.literal_column
    rows = await tx.rows(
        sa.union_all(
            sa.select(
                kind("'batch'").label("noun"),
                sa.cast(b.id, sa.Text).label("code"),
                (m.name_zh + " " + b.number).label("zh"),
                (sa.func.coalesce(sa.func.nullif(m.name_en, ""), m.name_zh) + " " + b.number).label("en"),
            )
            .join(t.material, m.id == b.material_id)
            .where(b.id.in_(batches)),
            sa.select(kind("'party'").label("noun"), p.code, p.name.label("zh"), p.name.label("en")).where(
                p.code.in_(codes)
            ),
            sa.select(
                kind("'site'").label("noun"), s.code, s.name_zh.label("zh"), s.name_en.label("en")
            ).where(s.code.in_(codes)),
        )
    )
    names = {(row["noun"], row["code"]): {"zh": row["zh"], "en": row["en"] or row["zh"]} for row in rows}
    return [
        {**entry, "text": names[key]} if (key := (entry.get("noun"), str(entry["value"]))) in names else entry
        for entry in entries
    ]


@cache
def _earlier_answers() -> Kept:
    k = t.task.c
    own_scope = sa.func.regexp_replace(k.path, "[^.]*$", "")
    return Kept(
        sa.select(
            k.step_id,
            k.outcome,
            k.result["data"].label("data"),
            k.result["reason"].as_string().label("reason"),
        )
        .where(
            k.run_id == sa.bindparam("run_id"),
            k.state == "done",
            k.kind == "step",
            sa.func.starts_with(sa.bindparam("path", type_=sa.Text), own_scope),
        )
        .order_by(k.closed_at.desc())
        .limit(EARLIER_SHOWN)
    )


def earlier_answers(run_id: UUID, path: str) -> Call:
    """What was answered in earlier steps of this and the enclosing lists, the latest first."""
    return _earlier_answers(), {"run_id": run_id, "path": path}


def _shown(bundle: Bundle, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Earlier answers as a task shows them, the last pass of each step.

    What was sent back and done no more is no step of the version that the run has gone over to.
    """
    known = [row for row in rows if (step := bundle.steps.get(row["step_id"])) and step.human]
    latest = {row["step_id"]: row for row in reversed(known)}
    return [entry for row in latest.values() for entry in _answers(bundle, row)]


def _answers(bundle: Bundle, row: Mapping[str, Any]) -> list[dict[str, Any]]:
    step = bundle.steps[row["step_id"]]
    title = step_title(step)
    group = {"zh": title.zh, "en": title.in_language("en")}
    content, data = _written(bundle, step), row["data"] or {}
    outcome = content["outcomes"].get(row["outcome"])
    entries: list[dict[str, Any]] = []
    if outcome:
        label = {"zh": "结果", "en": "Outcome"}
        entries.append({"group": group, "label": label, "value": row["outcome"], "text": outcome["label"]})
    if row["reason"]:
        label = {"zh": "原因", "en": "Reason"}
        entries.append({"group": group, "label": label, "value": row["reason"], "type": "text"})
    for name, field in arranged(content["form"], content.get("order", {}).get("form", ())).items():
        if name in data:
            entry = {"group": group, "label": field["label"], "value": data[name], "type": field["type"]}
            if field.get("unit"):
                entry["unit"] = field["unit"]
            option = (field.get("options") or {}).get(str(data[name]))
            entries.append({**entry, "text": option} if option else entry)
    return entries


def _dump_form(form: Form) -> dict[str, Any]:
    return {name: field.model_dump(mode="json", exclude_defaults=True) for name, field in form.items()}


def _dump_checks(
    bundle: Bundle, step: Step, checks: Sequence[Check], form: Form, columns: Mapping[str, str]
) -> dict[str, Any] | None:
    """The checks with the names that they may use, so that answers can be checked from the task alone."""
    if not checks:
        return None
    return {
        "rules": [c.model_dump(exclude_defaults=True) for c in checks],
        "names": checked_names(form, columns, bundle.evaluator.types(step.id, brought_by(checks))),
    }


def _work_list(human: Human, bundle: Bundle, step: Step, operation: OpenTask) -> dict[str, Any] | None:
    work, lines = human.lines, operation.lines
    if work is None or lines is None:
        return None
    return {
        "line_set": lines.id,
        "count": lines.count,
        "root": lines.root,
        "aggregates": dict(lines.aggregates),
        "scan": work.scan,
        "complete_when": work.complete_when,
        "reveal": list(work.reveal) if work.reveal is not None else None,
        **({"brought": dict(operation.brought)} if operation.brought else {}),
        **({"from_stock": True} if work.from_stock else {}),
        **({"counted": _counted(work.counted)} if work.counted else {}),
        "form": _dump_form(work.form),
        "checks": _dump_checks(bundle, step, work.checks, work.form, bundle.evaluator.columns(step.id)),
        "outcomes": outcomes_of(work.outcomes, bundle, step),
        **({"blind": _blind_posts(bundle)} if work.blind else {}),
        **({"additions": True} if work.additions else {}),
    }


def _counted(counted: Counted) -> dict[str, Any]:
    """As it always was for lists that set nothing apart: a task's content has its hash."""
    return counted.model_dump(exclude=None if counted.apart else {"apart"})


def _blind_posts(bundle: Bundle) -> list[str]:
    """The posts of all blind lists of the procedure: nobody who may do one of them sees what others found."""
    people = [step.human for step in bundle.definition.walk() if step.human is not None]
    return sorted({human.post for human in people if human.lines is not None and human.lines.blind})
