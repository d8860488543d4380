"""Domain: the actions that delete contents of archives when their retention is over (GSP 42)."""

from __future__ import annotations

from domain.action_spec import ActionSpec, LineSetType, words

DUE_COLUMNS = {
    "number": "int",
    "run": "string",
    "procedure": "string",
    "ended_on": "date",
    "kept_until": "date",
    "kept_because": "string",
    "contents": "int",
}

RETENTION_ACTIONS = (
    ActionSpec(
        name="retention.propose",
        version=1,
        title=words("列出保存期满的流程", "List runs whose retention is over"),
        description=words(
            "列出本仓库归档内容已过最长保存期限、且未被保全的流程，最早的在前。",
            "Lists runs of the site whose longest retention is over and that no hold covers, oldest first.",
        ),
        permission="run.read",
        outputs={"lines": LineSetType(DUE_COLUMNS, {"contents": "int"})},
        refusals={"nothing_due": words("没有保存期满的流程", "The retention of no run is over")},
        reads=("archive",),
    ),
    ActionSpec(
        name="retention.delete_bodies",
        version=1,
        title=words("删除归档内容", "Delete the contents"),
        description=words(
            "删除选定流程的归档内容和不再使用的附件并留下删除记录；归档头永久保存。数据库逐条核对期限、保全与三人签名。",
            "Deletes the contents of the chosen runs, and files that no other run uses, and leaves a "
            "tombstone of each; headers stay for ever. The database checks retention, holds and three "
            "signatures for each.",
        ),
        permission="run.read",
        inputs={"lines": "line_set", "approved_in": "string", "witnessed_in": "string", "reason": "string"},
        columns={"lines": {"run": "string", "outcome": "string"}},
        outputs={"deleted": "int"},
        refusals={
            "none_chosen": words("没有选定任何流程", "No run was chosen"),
            "no_longer_due": words(
                "选定的流程中有的已被保全或期限已延长",
                "A run among them is under a hold by now, or is kept longer",
            ),
            "contents_damaged": words(
                "选定的流程中有的归档内容缺失或被改动，须先查明",
                "Contents of a run among them are gone or were changed: find out first",
            ),
        },
        irreversible=words("已删除的内容不能恢复。", "What was deleted does not come back."),
        reads=("archive",),
        effects=("archive",),
    ),
)
