"""Services: the sheets of command codes - bars that press and fill in what is on the screen.

The script is `command_codes.js`. Nobody needs more than a scanner between two signatures; passwords are
typed, never scanned.
"""

import json
from pathlib import Path

from domain import labels as codes
from services import barcodes, print_notes
from services.permissions import Permission, require
from services.platform import Actor, Platform

TEMPLATE = Path(__file__).resolve().parent / "command_sheet.typ"
PREFIX = "XJCMD-"
WIDTH_MM, BARS_MM, MODULE_MM = 66, 11, 0.38
DECISIONS = 6
"""Decisions and tasks that have a code on the sheet; hardly any step has more."""
Words = tuple[str, str]
PRESSES: dict[str, Words] = {
    "GO": ("下一步：领取 / 去扫描 / 回到任务 / 确定", "Go on: claim, scan, back to the task, confirm"),
    "UNDO": ("撤销上一次扫描 / 关闭对话框", "Undo the last scan / close the dialog"),
    "INBOX": ("回到待办", "To the inbox"),
    "LINE": ("打开下一条未完成的明细", "Open the next line that is not done"),
    "BACK": ("退回前一步骤（再选步骤、写原因）", "Send back to an earlier step (then step and reason)"),
    "ADD": ("登记盘点表以外的药品", "Add goods that are not on the sheet"),
    **{
        str(at): (f"第 {at} 个结论（待办中：第 {at} 项任务）", f"Decision {at} (in the inbox: task {at})")
        for at in range(1, DECISIONS + 1)
    },
}
FIELDS: dict[str, Words] = {
    "NEXT": ("下一栏", "The next field"),
    "ERASE": ("清空本栏", "Empty this field"),
    "N0": ("数字 0", "Digit 0"),
    **{f"N{at}": (f"数字 {at} / 第 {at} 项", f"Digit {at} / option {at}") for at in range(1, 10)},
    "POINT": ("小数点", "Decimal point"),
    "MINUS": ("负号", "Minus"),
    "PHOTO": ("打开相机", "Open the camera"),
}
PHRASES: tuple[Words, ...] = (
    ("实物短少", "Less than stated"),
    ("外包装破损", "Packaging damaged"),
    ("污染或受潮", "Soiled or wet"),
    ("标签不清或不符", "Label illegible or wrong"),
    ("批号或效期不符", "Batch or expiry differs"),
    ("温度超限", "Temperature out of limits"),
    ("客户退货", "Returned by the customer"),
    ("对方已使用或销售", "Used or sold on by the customer"),
    ("情况见照片", "See the photo"),
)
"""Reasons that a scanner can give; other words are typed."""
TEXTS: dict[str, Words] = {f"T{at}": words for at, words in enumerate(PHRASES, 1)}
COMMANDS: dict[str, Words] = {**PRESSES, **FIELDS, **TEXTS}
TITLE = ("指令码", "Command codes")
SHEETS: tuple[tuple[Words, dict[str, Words]], ...] = (
    (("按钮", "Buttons"), PRESSES),
    (("填写", "Filling in"), FIELDS),
    (("说明用语", "Words for a reason"), TEXTS),
)
INTRO = (
    "扫描即按下屏幕上的按钮或填写当前一栏；签名密码须由本人键入，不能扫描。",
    "A scan presses a button on the screen or fills in a field; a password is typed, never scanned.",
)


async def pdf(
    platform: Platform, *, actor: Actor, language: str = "zh", request_id: str = ""
) -> tuple[str, bytes]:
    """File name and PDF of the sheets, a page each, for who works with tasks."""
    require(actor, Permission.TASK_WORK)
    at = 0 if language == "zh" else 1
    sheets = [
        {"title": title[at], "codes": [_code(command, says[at]) for command, says in listed.items()]}
        for title, listed in SHEETS
    ]
    data = {"title": TITLE[at], "intro": INTRO[at], "sheets": sheets, "language": language}
    made = await print_notes.typeset(TEMPLATE, "sheet", json.dumps(data, ensure_ascii=False))
    async with platform.database.write(actor.ref, request_id) as tx:
        await tx.audit("print.label", "label", "commands", after={"language": language})
    return f"{TITLE[at]}.pdf", made


def _code(command: str, says: str) -> dict[str, str]:
    barcode = codes.of_text(PREFIX + command)
    assert barcode is not None
    drawn = barcodes.svg(barcode, width_mm=WIDTH_MM, height_mm=BARS_MM, module_mm=MODULE_MM)
    return {"says": says, "bars": drawn, "text": barcode.text}
