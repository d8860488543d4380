"""Services: the report of an evidence package - what is inside, in words on paper (Chinese or English).

Made of the package's manifest and the stories of its runs, so that paper and page say the same.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services.note_parts import Sayer, Words
from services.print_notes import typeset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TEMPLATE = Path(__file__).resolve().parent / "evidence_report.typ"
MOST_LINES = 12_000
"""Lines of the whole report; a run has its share, at least FEW of them."""
FEW = 40
MOST_BESIDE = 1_000
"""Lines of a table beside the runs."""
ZONE = "Asia/Shanghai"

TITLE: Words = ("证据包报告", "Report of an evidence package")
FOOTER: Words = ("由系统根据记录生成", "Set by the system from the records")
INTRO: Words = (
    (
        "本报告供人阅读；作为证据的是包内的记录、历史与签名。包内的 verify.py（Python 3.8 及以上）和"
        " verify.html（浏览器）可在不联网、无本系统的电脑上校验：每个文件与清单相符，每条记录与封存区块相符，"
        "每个区块由企业的密钥签名。请将密钥指纹与企业公布的核对。"
    ),
    (
        "This report is for reading; evidence are the records, histories and signatures in the package."
        " verify.py (Python 3.8 or later) and verify.html (a browser) check, without network and without this"
        " product, that every file is on the manifest, every record in a sealed block, and every block signed"
        " by the key of the house. Compare the fingerprint with the one that the house publishes."
    ),
)
NOT_ARCHIVED: Words = (
    "本流程在导出时尚未归档：内容是当时的记录，之后可能还有新的。",
    "Not archived when the package was made: the records of that moment, more may follow.",
)
DELETED: Words = (
    "本流程的归档内容已按保存期限删除：包内是归档头、删除记录与数据库中仍有的记录。",
    "Deleted under retention: inside are header and tombstone, and the records that the database still has.",
)
UNSEALED: Words = ("{} 条记录在导出时尚未封存", "{} records were not sealed yet when the package was made")
CUT: Words = (
    "此处仅列前 {} 行（共 {} 行），全部内容见 verify.html 与 story.json",
    "Only the first {} of {} lines are printed; verify.html and story.json have all",
)
BLIND: Words = (
    "未收录 {} 个流程：盘点进行中，导出人不得查看",
    "{} runs are left out: a blind count is under way that the exporter may not see",
)
ELSEWHERE: Words = (
    "另有 {} 个流程在导出人无权查看的仓库",
    "{} further runs are at sites that the exporter may not see",
)
COLUMNS: tuple[Words, ...] = (
    ("流程", "Run"),
    ("编号", "Number"),
    ("发起", "Started"),
    ("结束", "Ended"),
    ("状态", "State"),
    ("记录", "Records"),
)
LINES: tuple[Words, ...] = (("时间", "When"), ("内容", "What"), ("人员", "Who"), ("填写内容", "Filled in"))
MOVES: tuple[Words, ...] = (
    ("时间", "When"),
    ("类别", "Kind"),
    ("商品", "Goods"),
    ("批号", "Batch"),
    ("自", "From"),
    ("至", "To"),
    ("数量", "Quantity"),
)


async def pdf(
    manifest: Mapping[str, Any],
    stories: Sequence[Mapping[str, Any]],
    fingerprint: str,
    language: str,
    subject: Mapping[str, Any] | None = None,
) -> bytes:
    """The report as a PDF; `subject` is the story of what stands beside the runs."""
    data = _data(manifest, stories, fingerprint, language) | {"subject": _subject(subject, language)}
    return await typeset(TEMPLATE, "report", json.dumps(data, ensure_ascii=False, default=str))


def _data(
    manifest: Mapping[str, Any], stories: Sequence[Mapping[str, Any]], fingerprint: str, language: str
) -> dict[str, Any]:
    say = Sayer(language, stories[0]["time_zone"] if stories else ZONE)
    share = max(FEW, MOST_LINES // max(1, len(stories)))
    runs = manifest["runs"]
    facts = [
        (("范围", "Scope"), manifest["scope"]["words"][language]),
        (("导出时间", "Exported"), say.instant(manifest["made_at"])),
        (("导出人", "Exported by"), f"{manifest['made_by']['name']} ({manifest['made_by']['username']})"),
        (("流程数", "Runs"), str(len(runs))),
        (("证据包编号", "Package"), manifest["id"]),
        (("封存密钥指纹", "Fingerprint of the seal key"), fingerprint),
    ]
    return {
        "language": language,
        "title": say.word(TITLE),
        "house": manifest["house"][language],
        "footer": say.word(FOOTER),
        "facts": [(say.word(label), value) for label, value in facts if value],
        "intro": [say.word(INTRO), *_left_out(say, manifest)],
        "words": {
            "runs": say.word(("包内的流程", "Runs in this package")),
            "signatures": say.word(("电子签名", "Electronic signatures")),
            "lines": say.word(("经过", "What was done")),
            "moves": say.word(("库存变动", "Stock moves")),
            "line_columns": [say.word(one) for one in LINES],
            "move_columns": [say.word(one) for one in MOVES],
        },
        "list": {
            "columns": [say.word(one) for one in COLUMNS],
            "widths": [8, 8, 6, 6, 5, 3],
            "rows": [_row(one, told, language) for one, told in zip(runs, stories, strict=True)],
        },
        "runs": [_run(one, told, language, share) for one, told in zip(runs, stories, strict=True)],
    }


def _subject(story: Mapping[str, Any] | None, language: str) -> dict[str, Any] | None:
    if story is None:
        return None
    say = Sayer(language, ZONE)
    cut = [len(one["rows"]) for one in story["tables"] if len(one["rows"]) > MOST_BESIDE]
    tables = [
        {
            "title": one["title"][language],
            "columns": [column[language] for column in one["columns"]],
            "widths": one["widths"],
            "rows": [[cell[language] for cell in row] for row in one["rows"][:MOST_BESIDE]],
        }
        for one in story["tables"]
    ]
    return {
        "title": story["title"][language],
        "facts": [[label[language], value[language]] for label, value in story["facts"]],
        "tables": tables,
        "remarks": [
            *(one[language] for one in story["remarks"]),
            *(say.word(CUT).format(MOST_BESIDE, count) for count in cut),
        ],
    }


def _left_out(say: Sayer, manifest: Mapping[str, Any]) -> list[str]:
    found = [(BLIND, len(manifest["left_out"])), (ELSEWHERE, manifest["elsewhere"])]
    return [say.word(words).format(number) for words, number in found if number]


def _row(run: Mapping[str, Any], story: Mapping[str, Any], language: str) -> list[str]:
    say = Sayer(language, story["time_zone"])
    return [
        f"{story['title'][language]} v{story['version']}",
        story["number"] or story["id"],
        say.instant(story["started_at"]),
        say.instant(story["ended_at"]),
        story["state"][language],
        str(run["records"]),
    ]


def _run(run: Mapping[str, Any], story: Mapping[str, Any], language: str, share: int) -> dict[str, Any]:
    say = Sayer(language, story["time_zone"])
    facts = [
        (("规程版本", "Version of the procedure"), f"{story['sop']} v{story['version']}"),
        (("业务编号", "Number"), story["number"]),
        (("仓库", "Site"), story["site"][language]),
        (("状态", "State"), story["state"][language]),
        (("发起", "Started"), f"{say.instant(story['started_at'])} {story['started_by']}"),
        (("结束", "Ended"), say.instant(story["ended_at"])),
        (("单据", "Documents"), say.word(("、", ", ")).join(story["documents"])),
        (("流程编号", "Run"), story["id"]),
        (("定义 SHA-256", "SHA-256 of the definition"), story["definition_sha256"]),
    ]
    remarks = [say.word(UNSEALED).format(run["unsealed"])] if run["unsealed"] else []
    cut = [len(kept) for kept in (story["lines"], story["moves"]) if len(kept) > share]
    remarks += [say.word(CUT).format(share, count) for count in cut]
    return {
        "title": story["title"][language],
        "note": _note(say, run),
        "facts": [(say.word(label), value) for label, value in facts if value],
        "signatures": [
            {
                "meaning": one["meaning"][language],
                "name": f"{one['printed_name']} · {one['post'][language]}",
                "at": say.instant(one["at"]),
                "superseded": one["superseded"][language],
            }
            for one in story["signatures"]
        ],
        "lines": [_line(say, one, language) for one in story["lines"][:share]],
        "moves": [_move(say, one, language) for one in story["moves"][:share]],
        "remarks": remarks,
    }


def _note(say: Sayer, run: Mapping[str, Any]) -> str:
    if run.get("deleted"):
        return say.word(DELETED)
    return "" if run["archived"] else say.word(NOT_ARCHIVED)


def _line(say: Sayer, line: Mapping[str, Any], language: str) -> list[str]:
    who = line["actor"] or say.word(("系统", "System"))
    return [say.instant(line["at"]), line["text"][language], who, line["filled"][language]]


def _move(say: Sayer, move: Mapping[str, Any], language: str) -> list[str]:
    said = [move[name][language] for name in ("kind", "material")]
    places = [move[name][language] for name in ("from", "to")]
    return [say.instant(move["at"]), *said, move["batch"], *places, move["quantity"]]
