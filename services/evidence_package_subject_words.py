"""Services: the words for what stands beside the runs of an evidence package, Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.note_parts import Words


@dataclass(frozen=True)
class TableWords:
    """A table's title, and its columns with their widths on paper."""

    title: Words
    columns: Sequence[tuple[Words, int]]


TITLES: Mapping[str, Words] = {
    "batch": ("批次：主数据、账目与流程之外的记录", "The batch: master data, account, records outside runs"),
    "person": ("人员：岗位、培训与流程之外的记录", "The person: posts, training, records outside runs"),
    "period": ("期间：流程之外的库存变动", "The period: stock moves outside runs"),
}
FACTS: Mapping[str, Words] = {
    "material": ("商品", "Goods"),
    "code": ("商品编码", "Code"),
    "generic_name": ("通用名称", "Generic name"),
    "dosage_form": ("剂型", "Dosage form"),
    "specification": ("规格", "Specification"),
    "approval_number": ("批准文号", "Approval number"),
    "holder": ("上市许可持有人", "Licence holder"),
    "manufacturer": ("生产企业", "Manufacturer"),
    "storage": ("储存条件", "Storage"),
    "special": ("特殊管理", "Special control"),
    "number": ("批号", "Batch number"),
    "produced_on": ("生产日期", "Produced on"),
    "expires_on": ("有效期至", "Expires on"),
    "name": ("姓名", "Name"),
    "username": ("用户名", "User name"),
    "inactive": ("已停用", "Inactive"),
    "as_of": ("截至", "As of"),
}
STORAGE: Mapping[str, Words] = {
    "ambient": ("常温", "Ambient"),
    "cool": ("阴凉", "Cool"),
    "refrigerated": ("冷藏（2–8 ℃）", "Refrigerated (2–8 °C)"),
    "frozen": ("冷冻", "Frozen"),
}
LINES: Mapping[str, Words] = {
    "received": ("从供应商收到", "Received from suppliers"),
    "found": ("盘盈与期初库存", "Counted in: surplus, opening stock"),
    "arrived": ("由其他仓库到达", "Arrived from other sites"),
    "on_hand": ("在库", "On hand"),
    "transit": ("在途", "On the way"),
    "customer": ("在客户处", "At customers"),
    "supplier": ("退回供应商", "Returned to suppliers"),
    "destroyed": ("已销毁", "Destroyed"),
    "sample": ("已抽样", "Taken as samples"),
    "count": ("盘点盘亏", "Missing in counts"),
}
"""As the page of a trace says them."""
SUMS: Mapping[str, Words] = {
    "came": ("来源合计", "Came in, in all"),
    "held": ("去向合计", "Accounted for, in all"),
    "difference": ("差异", "Difference"),
}
CAME = frozenset({"received", "found", "arrived"})
"""Which of the lines say where units came from."""
HOLD_KINDS: Mapping[str, Words] = {
    "quality": ("质量", "Quality"),
    "recall": ("召回", "Recall"),
    "date_mismatch": ("日期与登记不符", "Dates differ from those on record"),
}
SCOPES: Mapping[str, Words] = {
    "drug": ("药品", "medicines"),
    "device": ("医疗器械", "medical devices"),
    "cold_chain": ("冷链", "cold chain"),
    "special_control": ("特殊管理", "special control"),
}
HOW: Mapping[str, Words] = {"recorded": ("登记", "recorded"), "read": ("阅读并签名", "read and signed")}
WORDS: Mapping[str, Words] = {
    "yes": ("是", "yes"),
    "loaded": ("载入的历史", "loaded history"),
    "everywhere": ("全部仓库", "everywhere"),
    "still": ("未解除", "still on hold"),
    "set": ("设定保全", "set"),
    "lifted": ("解除保全", "lifted"),
    "withdrawn": ("已收回", "withdrawn"),
    "refused": ("被拒绝", "refused"),
}
PARTIAL: Words = (
    "账目只含导出人可查看的仓库。",
    "The account is of the sites that the exporter may see.",
)
COPY: Words = (
    (
        "主数据（商品、批次、单位与证照、锁定、岗位、培训）是导出时从数据库复制的副本（master.json），不是封存的证据；"
        "其每次变更的审计记录是封存的证据，在 record.json 中。"
    ),
    (
        "Master data (goods, batch, partners with licences, holds, posts, trainings) is a copy of the moment"
        " of the export (master.json), no sealed evidence; the audit events of its changes are (record.json)."
    ),
)
LEFT_OUT: Mapping[str, Words] = {
    "blind_count": (
        "未收录库存变动与账目：盘点进行中，导出人不得查看。",
        "Stock moves and account are left out: a blind count is under way that the exporter may not see.",
    ),
    "too_many": (
        "未收录流程之外的库存变动与账目：数量过多，请缩小范围。",
        "Stock moves outside runs, and the account, are left out: too many. Choose a smaller scope.",
    ),
}
ACCOUNT = TableWords(
    ("每一件现在在哪里", "Where every unit is now"),
    ((("项目", "Line"), 4), (("地点", "Place"), 6), (("数量", "Quantity"), 2)),
)
MOVES = TableWords(
    (
        "包内流程之外的库存变动（期初库存、载入的历史等）",
        "Stock moves of no run in the package: opening stock, history",
    ),
    (
        (("时间", "When"), 4),
        (("类别", "Kind"), 3),
        (("商品与批号", "Goods and batch"), 4),
        (("自", "From"), 3),
        (("至", "To"), 3),
        (("数量", "Quantity"), 3),
        (("记录", "Recorded"), 4),
        (("单据与原因", "Document, reason"), 4),
    ),
)
HOLDS = TableWords(
    ("锁定记录", "Holds"),
    (
        (("锁定", "Opened"), 4),
        (("类别", "Kind"), 1),
        (("仓库", "Site"), 2),
        (("原因", "Reason"), 4),
        (("解除", "Closed"), 4),
    ),
)
LEGAL_HOLDS = TableWords(
    ("保全", "Legal holds"),
    ((("时间", "When"), 4), (("内容", "What"), 2), (("人员", "Who"), 2), (("原因", "Reason"), 5)),
)
ANSWERS = TableWords(
    ("购货单位在召回中的答复（包内流程之外）", "Answers of customers in recalls of no run in the package"),
    (
        (("时间", "When"), 4),
        (("单位", "Partner"), 4),
        (("库存", "On hand"), 2),
        (("已用", "Consumed"), 2),
        (("已毁", "Destroyed"), 2),
        (("记录人", "Recorded by"), 2),
    ),
)
LICENCES = TableWords(
    ("往来单位的证照", "Licences of the partners"),
    (
        (("单位", "Partner"), 4),
        (("证照", "Kind"), 3),
        (("编号", "Number"), 3),
        (("范围", "Scope"), 3),
        (("有效期", "Valid"), 3),
        (("状态", "State"), 1),
    ),
)
POSTS = TableWords(
    ("岗位", "Posts"),
    ((("岗位", "Post"), 3), (("仓库", "Site"), 3), (("自", "From"), 4), (("至", "Until"), 4)),
)
TRAININGS = TableWords(
    ("培训记录", "Training"),
    ((("日期", "Day"), 2), (("规程", "Procedure"), 6), (("方式", "How"), 2), (("登记人", "Recorded by"), 2)),
)
SIGNATURES = TableWords(
    ("包内流程之外的电子签名", "Electronic signatures of no run in the package"),
    ((("时间", "When"), 4), (("含义", "Meaning"), 4), (("签名人", "Who"), 4), (("所签内容", "Of what"), 3)),
)
EVENTS = TableWords(
    ("审计日志", "Audit log"),
    ((("时间", "When"), 4), (("操作", "Action"), 4), (("人员", "Who"), 2), (("原因", "Reason"), 5)),
)
