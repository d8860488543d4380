"""Services: the replay certificate as a printed note, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.replay_findings import NOT_NOTICED
from services import print_notes
from services.note_parts import COLON, Sayer
from services.print_notes import Note, NoteTable
from services.run_note import STATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from domain.replay_findings import LevelVerdict
    from services.note_parts import Words
    from services.replay_certificate import Certified

MOST = 200
"""Findings that are printed; how many there are is always said."""
TITLE = ("流程重放证书", "Replay certificate of a run")
REPRODUCED = (
    "结论：重放一致。用归档内容和现在的程序从头重放，得到与当初记录完全相同的结果，四级校验均未发现问题。",
    "Verdict: REPRODUCED. Replayed from its archive by the present code; no level has found anything.",
)
DIFFERS = (
    "结论：未能一致重现。四级校验共发现 {} 处不符，逐条列在下面；在查明之前，本流程的记录不应视为可靠。",
    "Verdict: NOT REPRODUCED. Found: {}, each listed below. Do not rely on this record until explained.",
)
NO_REPLAY = (
    "结论：无法重放。归档中没有可以重放的引擎历史，只能作第一级和第四级校验。",
    "Verdict: NOT REPLAYED. The archive has no engine history to replay; only levels 1 and 4 were run.",
)
LEVELS = (
    ("摘要、区块、签名与归档内容", "Hashes, blocks, signatures, archived contents"),
    ("引擎重放：命令的种类与次序", "The engine's replay: kinds and order of commands"),
    ("严格重放：参数、时限、结果逐项比对", "Strict replay: arguments, times, results, one by one"),
    ("历史、提交、签名与台账互相核对", "Histories, submissions, signatures and books agree"),
)
NOTHING = ("未发现问题", "nothing found")
FOUND = ("发现 {} 处", "{} found")
KNOWN = (
    "未发现问题（{} 处为已登记的程序变更）",
    "nothing found ({} explained by registered changes of the code)",
)
NOT_RUN = ("未进行", "not run")
UNNOTICED = (
    "重放本身察觉不到以下内容，由第一级的摘要和签名覆盖：{}。",
    "A replay cannot notice the following, which the hashes and signatures of level 1 cover: {}.",
)
CALLED = (
    "第一级和第四级包括本流程调用的流程，共 {} 个流程；第二、三级只重放本流程。",
    "Levels 1 and 4 take in the runs that it called, {} runs in all; levels 2 and 3 replay this run alone.",
)
NOT_SEALED = (
    "归档记录尚未封存：没有区块签名为它作证，请稍后重新出具。",
    "The record of the archive is not sealed yet: no block vouches for it. Make the certificate again.",
)
FOOTER = (
    "出具本证书已记入审计日志，并附文件的 SHA-256",
    "That this was made is in the audit log, with the file's SHA-256",
)


async def pdf(found: Certified, language: str) -> bytes:
    return await print_notes.pdf(note(found, language))


def note(found: Certified, language: str) -> Note:
    row = found.run.row
    say = Sayer(language, row.time_zone)
    findings = list(_findings(found, say, language))
    tables = [_levels(found, say)]
    if findings:
        words = (("级别", "Level"), ("发现的问题", "Finding"))
        title = say.word(("不符之处", "Findings"))
        tables.append(NoteTable(title, [say.word(one) for one in words], findings[:MOST], widths=[1, 12]))
    return Note(
        title=say.word(TITLE),
        number=row.business_key or str(row.id),
        issuer=say.word((row.site_zh, row.site_en)),
        facts=list(_facts(found, say)),
        tables=tables,
        remarks=list(_remarks(found, say, language, len(findings))),
        footer=say.word(FOOTER),
        changed=_verdict(found, say),
        language=language,
        landscape=False,
    )


def _verdict(found: Certified, say: Sayer) -> str:
    if found.found:
        return say.word(DIFFERS).format(found.found)
    return say.word(REPRODUCED if found.replayed else NO_REPLAY)


def _facts(found: Certified, say: Sayer) -> Iterator[tuple[str, str]]:
    row, header, replay = found.run.row, found.header, found.replayed
    said: list[tuple[Words, str]] = [
        (("流程", "Procedure"), f"{say.word((row.title_zh, row.title_en))} ({row.sop} v{row.version})"),
        (("状态", "State"), say.word(STATES[row.state])),
        (("流程编号", "Run"), str(row.id)),
        (("发起", "Started"), say.instant(row.started_at)),
        (("结束", "Ended"), say.instant(row.ended_at)),
        (("归档", "Archived"), say.instant(header["recorded_at"])),
        (("校验", "Verified"), say.instant(found.at)),
        (("校验人", "Verified by"), found.by),
        (("语义版本", "Semantics"), str(header["semantics"] if header["semantics"] is not None else "-")),
        (("定义 SHA-256", "SHA-256 of the definition"), row.sha256),
        (("归档时的程序", "Code when archived"), header["code_sha256"]),
        (("重放的程序", "Code that replayed"), found.code if replay else "-"),
    ]
    if replay:
        counts = (replay.executions, replay.events, replay.commands)
        words = ("{} 段执行、{} 个事件、{} 条命令", "executions: {}, events: {}, commands: {}")
        said.append((("重放范围", "Replayed"), say.word(words).format(*counts)))
    if found.block is not None:
        said += [
            (
                ("封存区块", "Sealed in block"),
                f"#{found.block['number']} {say.instant(found.block['sealed_at'])}",
            ),
            (("区块哈希", "Hash of the block"), bytes(found.block["hash"]).hex()),
            (("封存密钥指纹", "Fingerprint of the seal key"), found.key),
        ]
    yield from ((say.word(label), value) for label, value in said)


def _levels(found: Certified, say: Sayer) -> NoteTable:
    def counted(level: int) -> str:
        number = found.recorded.of_level(level)
        return say.word(FOUND).format(number) if number else say.word(NOTHING)

    def replayed(verdict: LevelVerdict | None) -> str:
        if verdict is None:
            return say.word(NOT_RUN)
        known = sum(one.known for one in verdict.findings)
        if len(verdict.findings) > known:
            return say.word(FOUND).format(len(verdict.findings) - known)
        return say.word(KNOWN).format(known) if known else say.word(NOTHING)

    replay = found.replayed
    results = (
        counted(1),
        replayed(replay.sdk if replay else None),
        replayed(replay.strict if replay else None),
        counted(4),
    )
    return NoteTable(
        say.word(("各级结果", "Level by level")),
        [say.word(one) for one in (("级别", "Level"), ("校验内容", "What is compared"), ("结果", "Result"))],
        [
            [str(number), say.word(what), result]
            for number, (what, result) in enumerate(zip(LEVELS, results, strict=True), 1)
        ],
        widths=[1, 6, 6],
    )


def _findings(found: Certified, say: Sayer, language: str) -> Iterator[list[str]]:
    for one in found.recorded.findings:
        yield [str(one.level), one.message(language)]
    replay = found.replayed
    for level, verdict in ((2, replay.sdk), (3, replay.strict)) if replay else ():
        for found_there in verdict.findings:
            if not found_there.known:
                words = ("第 {} 段", "Execution {}")
                event = f" #{found_there.event_id}" if found_there.event_id else ""
                where = say.word(words).format(found_there.execution) + event
                yield [str(level), f"{where}{say.word(COLON)}{found_there.text.in_language(language)}"]


def _remarks(found: Certified, say: Sayer, language: str, count: int) -> Iterator[str]:
    if count > MOST:
        words = ("仅列出前 {} 条，共 {} 条。", "The first {} of {} findings are listed.")
        yield say.word(words).format(MOST, count)
    if found.why_not is not None:
        yield found.why_not.message(language)
    if found.block is None:
        yield say.word(NOT_SEALED)
    if found.recorded.runs > 1:
        yield say.word(CALLED).format(found.recorded.runs)
    for place in found.recorded.seals.places:
        if not place.trouble and place.until:
            words = (
                "数据库之外：{} 有第 {} 块的链头。",
                "Outside the database: {} has the head of block {}.",
            )
            yield say.word(words).format(place.name, place.until)
    listed = say.word(("；", "; ")).join(text.in_language(language) for text in NOT_NOTICED.values())
    yield say.word(UNNOTICED).format(listed)
