"""Domain: rules about people - who does a step, signs it, by when, and who is kept apart from it."""

# ruff: noqa: E501 - a table of sentences, one rule to a line
from domain.sop_changes import reasons as why
from domain.sop_changes.shape import Op, Rule

ANY: tuple[Op, ...] = ("added", "removed", "changed")

# fmt: off
RULES: tuple[Rule, ...] = (
    Rule("human", ("removed",), "high", why.CONTROL, "不再由人来做", "no longer done by a person"),
    Rule("human", ("added",), "high", why.WHO, "改由人来做", "now done by a person"),
    Rule("human.post", ANY, "high", why.WHO, "岗位由{before}改为{after}", "post changed: {after} instead of {before}"),
    Rule("human.site", ANY, "high", why.WHO, "所在仓库由 {before} 改为 {after}", "done at the site {after} instead of {before}"),
    Rule("human.department", ANY, "high", why.WHO, "所属部门由 {before} 改为 {after}", "done in the department {after} instead of {before}"),
    Rule("human.instruction.**", ANY, "medium", why.WORK, "操作说明由“{before}”改为“{after}”", "instruction reads “{after}” instead of “{before}”"),
    Rule("human.signature.*", ("removed",), "high", why.CONTROL, "取消{name}“{before}”", "{name} “{before}” removed"),
    Rule("human.signature.*", ("added",), "medium", why.STRICTER, "新增{name}“{after}”", "{name} “{after}” added"),
    Rule("human.signature.*.meaning.**", ANY, "high", why.MEANING, "{name}的含义由“{before}”改为“{after}”", "{name} means “{after}” instead of “{before}”"),
    Rule("human.signature.*.post", ANY, "high", why.WHO, "{name}的岗位由{before}改为{after}", "{name} given by {after} instead of {before}"),
    Rule("human.signature.*.site", ANY, "high", why.WHO, "{name}所在仓库由 {before} 改为 {after}", "{name} given at the site {after} instead of {before}"),
    Rule("human.signature.*.department", ANY, "high", why.WHO, "{name}所属部门由 {before} 改为 {after}", "{name} given in the department {after} instead of {before}"),
    Rule("human.signature.*.when", ("added",), "high", why.CONTROL, "{name}只在 {after} 时才需要", "{name} only needed when {after}"),
    Rule("human.signature.*.when", ("removed",), "medium", why.STRICTER, "{name}改为始终需要（原条件：{before}）", "{name} always needed, not only when {before}"),
    Rule("human.signature.*.when", ("changed",), "high", why.CONTROL, "{name}的条件由 {before} 改为 {after}", "{name} needed when {after} instead of {before}"),
    Rule("human.signature.(order)", ("changed",), "low", why.WORDS, "签名的写法改变，所需签名不变", "signatures are written otherwise; who signs stays", lambda before, after: not (before or after)),
    Rule("human.signature.(order)", ("changed",), "high", why.CONTROL, "签名的分组方式改变，影响会签的计数", "signatures are grouped otherwise, which changes how many of them count"),
    Rule("human.signature_policy.need", ANY, "high", why.CONTROL, "需要的签名由{before}改为{after}", "signatures needed: {after} instead of {before}"),
    Rule("human.signature_policy.on_refusal", ANY, "high", why.CONTROL, "一人拒签时由{before}改为{after}", "when one refuses to sign: {after} instead of {before}"),
    Rule("human.signature_policy.**", ANY, "high", why.CONTROL, "会签规则由{before}改为{after}", "rule for counting signatures: {after} instead of {before}"),
    Rule("human.commands.**", ANY, "medium", why.WORK, "对任务可做的操作由{before}改为{after}", "what people may do with the task: {after} instead of {before}"),
    Rule("human.due.**", ("removed",), "high", why.TIME, "取消时限（原为{before}）", "deadline of {before} removed"),
    Rule("human.due.**", ("added",), "medium", why.TIME, "新增时限{after}", "deadline of {after} added"),
    Rule("human.due.**", ("changed",), "medium", why.TIME, "时限由{before}改为{after}", "deadline from {before} to {after}"),
    Rule("human.remind.**", ANY, "medium", why.TIME, "提醒由{before}改为{after}", "reminders at {after} instead of {before}"),
    Rule("human.escalate", ("removed",), "high", why.CONTROL, "取消超时上报（原为{before}）", "escalation ({before}) removed"),
    Rule("human.escalate", ("added",), "medium", why.INFORMED, "新增超时上报：{after}", "escalation added: {after}"),
    Rule("human.escalate.after.**", ANY, "medium", why.TIME, "超时上报由{before}改为{after}", "escalated after {after} instead of {before}"),
    Rule("human.escalate.to.**", ANY, "medium", why.INFORMED, "超时上报给{after}，原为{before}", "escalated to {after} instead of {before}"),
    Rule("human.separate_from.(order)", ("changed",), "low", why.LOOK, "职责分离所列步骤的顺序改变", "steps that are kept apart stand in another order"),
    Rule("human.separate_from.*", ("removed",), "high", why.CONTROL, "取消与“{name}”的职责分离", "segregation from “{name}” removed"),
    Rule("human.separate_from.*", ("added",), "medium", why.STRICTER, "与“{name}”不得为同一人", "not by whoever did “{name}”"),
    Rule("human.across", ANY, "high", why.CONTROL, "职责分离的范围由{before}改为{after}", "kept apart {after} instead of {before}"),
    Rule("human.send_back.(order)", ("changed",), "low", why.LOOK, "可退回步骤的顺序改变", "steps to send back to stand in another order"),
    Rule("human.send_back.*", ("removed",), "medium", why.WAY, "不再可以退回到“{name}”", "can no longer be sent back to “{name}”"),
    Rule("human.send_back.*", ("added",), "medium", why.WAY, "可以退回到“{name}”", "can be sent back to “{name}”"),
)
# fmt: on
