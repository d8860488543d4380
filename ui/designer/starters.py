"""UI designer: what a new step or part says before anybody has filled it in."""

from __future__ import annotations

from typing import Any

from domain.action_catalogue import CATALOGUE
from domain.action_spec import LineSetType
from domain.sop_document import Data, free_key, step_around, steps
from domain.yaml_text import Path, write

STARTS = {
    "新操作": "New action",
    "新任务": "New task",
    "请说明要做什么": "Say what is to be done",
    "新判定": "New decision",
    "新通知": "New message to staff",
    "等待": "Wait",
    "同时进行": "At the same time",
    "逐行处理": "For each line",
    "重复": "Repeat",
    "调用规程": "Call a procedure",
    "新字段": "New field",
    "新选项": "New choice",
    "请核对": "Please check",
    "完成": "Done",
    "已确认": "confirmed",
    "新输入": "New input",
    "新问题": "New question",
    "正确的答案": "The right answer",
    "错误的答案": "A wrong answer",
    "新消息": "New message",
    "消息内容": "What the message says",
}
"""What new steps and parts say until somebody writes their words, in both languages."""


def _said(zh: str) -> dict[str, str]:
    return {"zh": zh, "en": STARTS[zh]}


NEW_ACTION = _said("新操作")
"""The title of an action until one is chosen."""
REASON = {"type": "text", "label": {"zh": "原因", "en": "Reason"}}
"""What a list of work records of a line whose result needs a reason."""
KINDS = ("human", "action", "decide", "notify", "wait", "parallel", "for_each", "repeat", "call", "end")


def lines_before(data: Data, path: Path) -> str:
    """The list that was ready last before a place: most likely what a new one goes through; '' for none."""
    found = ""
    for place, one in steps(data):
        if place >= path and place[:-1] == path[:-1]:
            break
        spec = CATALOGUE.get(str(one.get("action")))
        listed = (
            [name for name, type_ in spec.outputs.items() if isinstance(type_, LineSetType)] if spec else []
        )
        works = isinstance(one.get("human"), dict) and "lines" in one["human"]
        if "id" in one and (listed or works):
            found = f"{one['id']}.{listed[0] if listed else 'lines'}"
    return found


def step(kind: str, data: Data, post: str, path: Path = ()) -> Data:
    """A new step of a kind with a name that no other one has; `path` is where it will stand."""
    taken = dict.fromkeys(str(one.get("id", "")) for _, one in steps(data))
    name = free_key({"human": "task", "for_each": "lines", "end": "end"}.get(kind, kind), taken)
    task: dict[str, Any] = {
        "id": free_key("task", {**taken, name: None}),
        "title": _said("新任务"),
        "human": {"post": post, "instruction": _said("请说明要做什么")},
    }
    bodies: dict[str, dict[str, Any]] = {
        "human": {**task, "id": name},
        "action": {"title": NEW_ACTION, "action": ""},
        "decide": {
            "title": _said("新判定"),
            "decide": {"value": "true"},
            "routes": {"true": "next", "false": "next"},
        },
        "notify": {
            "title": _said("新通知"),
            "notify": {"to": {"post": post}, "template": ""},
        },
        "wait": {"title": _said("等待"), "wait": {"for": "P1D"}},
        "parallel": {
            "title": _said("同时进行"),
            "parallel": {
                "branches": {
                    "one": [task],
                    "two": [{**task, "id": free_key("task", {**taken, name: None, str(task["id"]): None})}],
                }
            },
        },
        "for_each": {
            "title": _said("逐行处理"),
            "for_each": {"lines": lines_before(data, path), "steps": [task]},
        },
        "repeat": {
            "title": _said("重复"),
            "repeat": {"until": "", "limit": 3, "steps": [task]},
        },
        "call": {"title": _said("调用规程"), "call": {"sop": ""}},
        "end": {"end": "completed"},
    }
    if kind == "end":
        ended = {str(one.get("end", "")): None for _, one in steps(data)}
        return {"end": free_key("completed", ended)}
    return {"id": name, **bodies[kind]}


def part(name: str, data: Data, post: str, path: Path = ()) -> tuple[str, Any]:
    """The key of a new part in a mapping, and what it says."""
    if name == "work_list":
        return "", {"of": lines_before(data, step_around(data, path)), "complete_when": "all"}
    if name == "branch":
        return "branch", [step("human", data, post)]
    if name == "escalation":
        return "", {"after": "P1D", "to": {"post": post}}
    return PARTS[name]


PARTS: dict[str, tuple[str, Any]] = {
    "field": ("field", {"type": "text", "label": _said("新字段")}),
    "option": ("choice", _said("新选项")),
    "check": ("", {"holds": "", "message": _said("请核对")}),
    "outcome": ("done", {"label": _said("完成")}),
    "signature": ("", {"meaning": _said("已确认")}),
    "policy": ("", {"need": "all"}),
    "reminder": ("", "PT1H"),
    "timeout": ("", {"after": "P1D"}),
    "route": ("result", "next"),
    "input": ("input", {"type": "text", "required": True, "label": _said("新输入")}),
    "question": (
        "question",
        {
            "label": _said("新问题"),
            "options": {"a": _said("正确的答案"), "b": _said("错误的答案")},
            "answer": "a",
        },
    ),
    "message": (
        "message",
        {"title": _said("新消息"), "body": _said("消息内容")},
    ),
}
"""By part: the key of a new one in a mapping, and what it says."""


def procedure(key: str, zh: str, en: str, department: str, post: str) -> str:
    """The text of a new procedure, which has one task."""
    site = {"type": "site", "required": True, "label": {"zh": "仓库", "en": "Site"}}
    head = {
        "sop": key,
        "title": {"zh": zh, **({"en": en} if en else {})},
        "owner": {"department": department, "post": post},
        "scope": {"site": "inputs.site"},
        "subject": "inputs.site",
        "inputs": {"site": site},
    }
    return write({**head, "steps": [step("human", {}, post), {"end": "completed"}]})
