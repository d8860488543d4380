"""The time line: one pure function over rows and history, in the order of time."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from domain.sop_yaml import parse
from domain.timeline import timeline
from domain.timeline_entries import RunFacts
from domain.timeline_events import EventIndex
from services.sop_files import newest

AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
HISTORIES = Path(__file__).parents[2] / "replay" / "histories" / "probe"


def run(**more: Any) -> dict[str, Any]:
    return {
        "started_at": AT,
        "ended_at": None,
        "started_by_name": "李四",
        "title_zh": "收货{0}",
        "title_en": "Receiving {x}",
        "version": 2,
        "inputs": {},
        "sha256": "0" * 64,
        "state": "running",
        "outcome": None,
        **more,
    }


def submission(**more: Any) -> dict[str, Any]:
    return {
        **dict.fromkeys(("outcome", "data", "lines", "reason", "state", "signature_id", "accepted")),
        "id": "s1",
        "kind": "complete",
        "path": "one#1",
        "recorded_at": AT,
        "actor_name": "王五",
        "message_zh": "",
        "message_en": "",
        **more,
    }


TASKS = [{"path": "one#1", "title_zh": "验收", "title_en": "Acceptance"}]


def test_words_of_people_are_parameters_and_never_templates() -> None:
    hostile = submission(kind="cancel", reason="{step}{0}%s'; DROP TABLE run; --<b>", accepted=True)
    lines = timeline(RunFacts(run(), TASKS, [hostile]))
    assert "{step}{0}%s'; DROP TABLE run; --<b>" in lines[1].text.zh
    assert "收货{0}" in lines[0].text.zh


def test_a_submission_without_verdict_is_being_processed_and_a_refused_one_says_why() -> None:
    waiting = submission()
    refused = submission(id="s2", accepted=False, message_zh="数据已变化", message_en="changed")
    lines = timeline(RunFacts(run(), TASKS, [waiting, refused]))
    assert "处理中" in lines[1].text.zh and not lines[1].refused
    assert "数据已变化" in lines[2].text.zh and lines[2].refused


def test_a_second_signature_keeps_its_name_time_and_meaning() -> None:
    signed = submission(
        kind="sign", accepted=True, signature_id="g", printed_name="赵六", post_name_zh="验收员",
        post_name_en="acceptor", meaning_zh="验收", meaning_en="accepted", signed_at=AT, content_sha256="1" * 64,
    )  # fmt: skip
    [_, line] = timeline(RunFacts(run(), TASKS, [signed]))
    assert line.signature is not None
    assert (line.signature.printed_name, line.signature.meaning.en) == ("赵六", "accepted")


def test_what_still_waits_for_a_signature_is_not_called_completed() -> None:
    definition = parse(newest("receiving_acceptance").text).definition
    waits, done = {"accepted": True, "state": "awaiting_signature"}, {"accepted": True, "state": "done"}
    said = [
        submission(path="arrival#1", outcome="received", **waits),
        submission(id="s2", path="arrival#1", kind="sign", **done),
        submission(id="s3", path="acceptance#1", outcome="done", **waits),
    ]
    told = [line.text for line in timeline(RunFacts(run(), [], said, definition=definition))][1:]
    assert [text.zh for text in told] == [
        "填写“到货检查”，结果：收货；等待另一人签名",
        "签署“到货检查”，签名齐全，任务完成",
        "填写“逐批验收”；等待另一人签名",
    ]
    assert not any("Completed" in (text.en or "") for text in told)


def test_an_undo_that_found_nothing_more_is_not_told() -> None:
    at = {"recorded_at": AT, "kind": "undo", "action": None, "result": {"undoes": None}}
    effects = [
        {**at, "path": "undo#1", "seq": 1000, "undoes_path": "one#1"},
        {**at, "path": "undo#1@2", "seq": 2000, "undoes_path": None},
    ]
    lines = timeline(RunFacts(run(), TASKS, [], effects))
    assert [line.text.zh for line in lines[1:]] == ["撤销“验收”"]


def test_lines_stand_in_the_order_of_time_and_the_end_comes_last() -> None:
    effects = [
        {"path": f"x{n}#1", "seq": n * 1000, "kind": kind, "action": "a.b", "result": result,
         "undoes_path": "x1#1", "recorded_at": AT + timedelta(seconds=n)}
        for n, (kind, result) in enumerate(
            [("task", {}), ("action", {"asked": {"refused": "not_today"}}), ("undo", {}), ("settle", {})], 1
        )
    ]  # fmt: skip
    ended = run(ended_at=AT + timedelta(minutes=1), state="cancelled", outcome="cancelled")
    lines = timeline(RunFacts(ended, TASKS, [], effects))
    assert [line.kind for line in lines] == ["started", "task", "action_refused", "undo", "ended"]
    assert lines[2].refused and "not_today" in lines[2].text.en
    assert [line.seq for line in lines] == [1, 2, 3, 4, 5]


def test_steps_outcomes_and_refusals_are_told_in_the_words_of_the_definition() -> None:
    definition = parse(newest("receiving_acceptance").text).definition
    at = {"recorded_at": AT, "undoes_path": None}
    effects: list[dict[str, Any]] = [
        {**at, "path": "cold_chain#1", "seq": 1000, "kind": "decision", "action": None, "result": {}},
        {**at, "path": "book_in#1", "seq": 2000, "kind": "action", "action": "receiving.book_in", "result": {}},
        {**at, "path": "match#1", "seq": 3000, "kind": "action", "action": "receiving.match_order",
         "result": {"asked": {"refused": "supplier_blocked", "message": "华东医药：许可证过期 / licence expired"}}},
        {**at, "path": "waiting_zone#1", "seq": 4000, "kind": "undo", "action": "holds.open", "result": {},
         "undoes_path": "waiting_zone#1"},
        {**at, "path": "gone#1", "seq": 5000, "kind": "decision", "action": None, "result": {}},
    ]  # fmt: skip
    said = [
        submission(path="arrival#1", outcome="received", accepted=True),
        submission(id="s2", path="put_away#1", outcome="done", accepted=True),
        submission(id="s3", path="arrival#1", outcome="unheard_of", accepted=True),
        submission(id="s4", kind="send_back", path=None, outcome="sample", reason="重抽", accepted=True),
    ]
    facts = RunFacts(run(), [], said, effects, definition=definition)
    told = [line.text.zh for line in timeline(facts)]
    assert told[1:5] == [
        "完成“到货检查”，结果：收货",
        "完成“上架”",
        "完成“到货检查”，结果：unheard_of",
        "退回到“随机抽样”，原因：重抽",
    ]
    assert told[5:7] == ["判断“冷链温度判定”", "系统执行“入库”"]
    assert told[7] == "系统执行“核对采购订单”未成：供货单位资质缺失、过期或超范围（华东医药：许可证过期）"
    assert (
        "Match the purchase order was not performed: The supplier's licence is missing, expired or out of "
        "scope (licence expired)" in [line.text.en for line in timeline(facts)]
    )
    assert told[8:] == ["撤销“放入待验区”", "判断“gone#1”"]
    assert "Completed Put away" in [line.text.en for line in timeline(facts)]


def test_a_recorded_history_gives_the_events_of_updates_and_advances() -> None:
    recorded = json.loads((HISTORIES / "human.s1.json").read_text())
    index = EventIndex(recorded["events"])
    assert index.start == (1,)
    assert len(index.of_advance(1)) == 3
    updates = [
        event["workflowExecutionUpdateAcceptedEventAttributes"]["acceptedRequest"]["meta"]["updateId"]
        for event in recorded["events"]
        if "workflowExecutionUpdateAcceptedEventAttributes" in event
    ]
    assert updates and all(len(index.of_update(update)) == 2 for update in updates)
    assert index.of_update("unknown") == index.of_advance(99) == ()
