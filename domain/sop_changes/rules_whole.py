"""Domain: rules about whole steps - one that comes, goes or stands elsewhere - by the kind of the step."""

from collections.abc import Mapping

from domain.sop_changes import reasons as why
from domain.sop_changes.shape import Op, Risk
from domain.sop_definition import StepKind, Text

Line = tuple[Risk, Text, str, str]

# fmt: off
ADDED: Mapping[StepKind, Line] = {
    "human": ("medium", why.STRICTER, "新增由{detail}完成的步骤", "step added, done by {detail}"),
    "action": ("high", why.EFFECT, "新增操作“{detail}”", "action added: “{detail}”"),
    "decide": ("high", why.WAY, "新增判定", "decision added"),
    "parallel": ("medium", why.WORK, "新增同时进行的部分", "part added that is done at the same time"),
    "for_each": ("medium", why.WORK, "新增逐行处理的部分", "part added that is done for each line"),
    "wait": ("medium", why.TIME, "新增等待", "wait added"),
    "call": ("high", why.WAY, "新增调用规程 {detail}", "call of the procedure {detail} added"),
    "notify": ("low", why.INFORMED, "新增通知{detail}", "message to {detail} added"),
    "repeat": ("medium", why.WORK, "新增重复进行的部分", "part added that is repeated"),
    "end": ("medium", why.WAY, "新增结束结果“{detail}”", "outcome “{detail}” added"),
}
REMOVED: Mapping[StepKind, Line] = {
    "human": ("high", why.CONTROL, "取消由{detail}完成的步骤", "step removed that was done by {detail}"),
    "action": ("high", why.EFFECT, "取消操作“{detail}”", "action removed: “{detail}”"),
    "decide": ("high", why.WAY, "取消判定", "decision removed"),
    "parallel": ("high", why.WAY, "取消同时进行的部分", "part removed that was done at the same time"),
    "for_each": ("high", why.WAY, "取消逐行处理的部分", "part removed that was done for each line"),
    "wait": ("high", why.WAY, "取消等待", "wait removed"),
    "call": ("high", why.WAY, "取消调用规程 {detail}", "call of the procedure {detail} removed"),
    "notify": ("medium", why.INFORMED, "取消通知{detail}", "message to {detail} removed"),
    "repeat": ("high", why.WAY, "取消重复进行的部分", "part removed that was repeated"),
    "end": ("high", why.WAY, "取消结束结果“{detail}”", "outcome “{detail}” removed"),
}
MOVED: Line = ("high", why.WAY, "步骤的先后改变", "done in another place of the order")
# fmt: on


def line_of(op: Op, kind: StepKind) -> Line:
    """What is said of a whole step."""
    return ADDED[kind] if op == "added" else REMOVED[kind] if op == "removed" else MOVED
