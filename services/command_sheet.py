"""Services: the sheet of command codes - bars that press what is on the screen (`command_codes.js`).

Nobody needs more than a scanner between two signatures. Passwords are typed, never scanned.
"""

import json
from pathlib import Path

from domain import labels as codes
from services import barcodes, print_notes
from services.permissions import Permission, require
from services.platform import Actor, Platform

TEMPLATE = Path(__file__).resolve().parent / "command_sheet.typ"
PREFIX = "XJCMD-"
WIDTH_MM, BARS_MM, MODULE_MM = 70, 16, 0.4
DECISIONS = 4
"""Decisions that have a code on the sheet; hardly any step has more."""
COMMANDS: dict[str, tuple[str, str]] = {
    "GO": ("下一步：领取 / 去扫描 / 回到任务", "Go on: claim, to the scans, back to the task"),
    "UNDO": ("撤销上一次扫描", "Undo the last scan"),
    "INBOX": ("回到待办", "To the inbox"),
    **{
        str(at): (f"按第 {at} 个按钮（结论）", f"Press button {at} (decision)")
        for at in range(1, DECISIONS + 1)
    },
}
TITLE = ("指令码", "Command codes")
INTRO = (
    "扫描即按下屏幕上的按钮；签名密码须由本人输入。",
    "A scan presses the button on the screen; a password for signing is typed by its person.",
)


async def pdf(
    platform: Platform, *, actor: Actor, language: str = "zh", request_id: str = ""
) -> tuple[str, bytes]:
    """File name and PDF of the sheet, for who works with tasks."""
    require(actor, Permission.TASK_WORK)
    at = 0 if language == "zh" else 1
    shown = []
    for command, says in COMMANDS.items():
        barcode = codes.of_text(PREFIX + command)
        assert barcode is not None
        drawn = barcodes.svg(barcode, width_mm=WIDTH_MM, height_mm=BARS_MM, module_mm=MODULE_MM)
        shown.append({"says": says[at], "bars": drawn, "text": barcode.text})
    data = {"title": TITLE[at], "intro": INTRO[at], "codes": shown, "language": language}
    made = await print_notes.typeset(TEMPLATE, "sheet", json.dumps(data, ensure_ascii=False))
    async with platform.database.write(actor.ref, request_id) as tx:
        await tx.audit("print.label", "label", "commands", after={"language": language})
    return f"{TITLE[at]}.pdf", made
