"""Domain: what the engine's own events are called, in both languages. Data for `raw_events`, no rule.

`{what}` is the name that an event gives or has from the one it points to, `{why}` a reason, `{long}` a time.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.sop_definition import Text

UNKNOWN = Text(zh="未知的事件类型 {what}，照原样显示", en="Unknown event type {what}, shown as it is")
NO_EVENT = Text(zh="没有事件类型，照原样显示", en="No event type, shown as it is")

SENTENCES: Mapping[str, Text] = {
    "WORKFLOW_EXECUTION_STARTED": Text(zh="启动“{what}”", en="Started {what}"),
    "WORKFLOW_EXECUTION_COMPLETED": Text(zh="正常结束", en="It came to its end"),
    "WORKFLOW_EXECUTION_FAILED": Text(zh="失败：{why}", en="It failed: {why}"),
    "WORKFLOW_EXECUTION_TIMED_OUT": Text(zh="超过时限而终止", en="It took longer than it may"),
    "WORKFLOW_EXECUTION_CANCEL_REQUESTED": Text(
        zh="收到取消请求：{why}", en="Its cancellation was asked for: {why}"
    ),
    "WORKFLOW_EXECUTION_CANCELED": Text(zh="已取消", en="It was cancelled"),
    "WORKFLOW_EXECUTION_TERMINATED": Text(
        zh="被引擎强行终止：{why}", en="It was terminated in the engine: {why}"
    ),
    "WORKFLOW_EXECUTION_CONTINUED_AS_NEW": Text(
        zh="历史已长，接续为新的一段", en="The history is long: it goes on as a new execution"
    ),
    "WORKFLOW_EXECUTION_SIGNALED": Text(zh="收到信号“{what}”", en="The signal “{what}” came"),
    "WORKFLOW_EXECUTION_UPDATE_ADMITTED": Text(zh="登记指令“{what}”", en="The command “{what}” was admitted"),
    "WORKFLOW_EXECUTION_UPDATE_REQUESTED": Text(
        zh="提出指令“{what}”", en="The command “{what}” was asked for"
    ),
    "WORKFLOW_EXECUTION_UPDATE_ACCEPTED": Text(zh="接受指令“{what}”", en="The command “{what}” was accepted"),
    "WORKFLOW_EXECUTION_UPDATE_REJECTED": Text(
        zh="不接受指令“{what}”：{why}", en="The command “{what}” was not accepted: {why}"
    ),
    "WORKFLOW_EXECUTION_UPDATE_COMPLETED": Text(
        zh="答复指令“{what}”", en="The command “{what}” was answered"
    ),
    "WORKFLOW_EXECUTION_OPTIONS_UPDATED": Text(
        zh="引擎选项已更改", en="Its options in the engine were changed"
    ),
    "WORKFLOW_EXECUTION_PAUSED": Text(zh="在引擎中暂停", en="It was paused in the engine"),
    "WORKFLOW_EXECUTION_UNPAUSED": Text(zh="在引擎中恢复", en="It was resumed in the engine"),
    "WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED": Text(
        zh="引擎的时间快进", en="The engine's time was moved forward"
    ),
    "WORKFLOW_TASK_SCHEDULED": Text(zh="等待程序推进", en="It waits for the program to go on"),
    "WORKFLOW_TASK_STARTED": Text(zh="程序开始推进", en="The program begins to go on"),
    "WORKFLOW_TASK_COMPLETED": Text(zh="程序推进完毕", en="The program has gone on"),
    "WORKFLOW_TASK_TIMED_OUT": Text(
        zh="程序未在时限内推进，将重试", en="The program did not go on in time; once more"
    ),
    "WORKFLOW_TASK_FAILED": Text(
        zh="程序推进出错，将重试：{why}", en="The program could not go on; once more: {why}"
    ),
    "ACTIVITY_TASK_SCHEDULED": Text(zh="安排系统执行“{what}”", en="{what} is to be performed by the system"),
    "ACTIVITY_TASK_STARTED": Text(
        zh="开始执行“{what}”，第 {attempt} 次", en="{what} begins, attempt {attempt}"
    ),
    "ACTIVITY_TASK_COMPLETED": Text(zh="“{what}”执行完毕", en="{what} was performed"),
    "ACTIVITY_TASK_FAILED": Text(zh="“{what}”执行失败：{why}", en="{what} failed: {why}"),
    "ACTIVITY_TASK_TIMED_OUT": Text(zh="“{what}”超时：{why}", en="{what} took too long: {why}"),
    "ACTIVITY_TASK_CANCEL_REQUESTED": Text(
        zh="请求取消“{what}”", en="The cancellation of {what} was asked for"
    ),
    "ACTIVITY_TASK_CANCELED": Text(zh="“{what}”已取消", en="{what} was cancelled"),
    "ACTIVITY_PROPERTIES_MODIFIED_EXTERNALLY": Text(
        zh="系统执行的选项已从外部更改", en="The options of an activity were changed from outside"
    ),
    "TIMER_STARTED": Text(
        zh="设定时器 {what}，{long} 后到时", en="The timer {what} was set to ring in {long}"
    ),
    "TIMER_FIRED": Text(zh="定时器 {what} 到时", en="The timer {what} rang"),
    "TIMER_CANCELED": Text(zh="定时器 {what} 已取消", en="The timer {what} was cancelled"),
    "MARKER_RECORDED": Text(zh="记下标记“{what}”", en="The mark “{what}” was recorded"),
    "UPSERT_WORKFLOW_SEARCH_ATTRIBUTES": Text(
        zh="更改检索属性：{what}", en="Search attributes were changed: {what}"
    ),
    "WORKFLOW_PROPERTIES_MODIFIED": Text(zh="更改备注：{what}", en="The memo was changed: {what}"),
    "WORKFLOW_PROPERTIES_MODIFIED_EXTERNALLY": Text(
        zh="选项已从外部更改", en="Its options were changed from outside"
    ),
    "START_CHILD_WORKFLOW_EXECUTION_INITIATED": Text(
        zh="将启动子流程“{what}”", en="The child workflow {what} is to be started"
    ),
    "START_CHILD_WORKFLOW_EXECUTION_FAILED": Text(
        zh="未能启动子流程“{what}”：{why}", en="The child workflow {what} could not be started: {why}"
    ),
    "CHILD_WORKFLOW_EXECUTION_STARTED": Text(
        zh="子流程“{what}”已启动", en="The child workflow {what} has started"
    ),
    "CHILD_WORKFLOW_EXECUTION_COMPLETED": Text(
        zh="子流程“{what}”正常结束", en="The child workflow {what} came to its end"
    ),
    "CHILD_WORKFLOW_EXECUTION_FAILED": Text(
        zh="子流程“{what}”失败：{why}", en="The child workflow {what} failed: {why}"
    ),
    "CHILD_WORKFLOW_EXECUTION_CANCELED": Text(
        zh="子流程“{what}”已取消", en="The child workflow {what} was cancelled"
    ),
    "CHILD_WORKFLOW_EXECUTION_TIMED_OUT": Text(
        zh="子流程“{what}”超过时限", en="The child workflow {what} took longer than it may"
    ),
    "CHILD_WORKFLOW_EXECUTION_TERMINATED": Text(
        zh="子流程“{what}”被强行终止", en="The child workflow {what} was terminated"
    ),
    "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED": Text(
        zh="将向其他流程发信号“{what}”", en="The signal “{what}” is to be sent to another workflow"
    ),
    "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED": Text(
        zh="信号“{what}”未能发出：{why}", en="The signal “{what}” could not be sent: {why}"
    ),
    "EXTERNAL_WORKFLOW_EXECUTION_SIGNALED": Text(
        zh="信号“{what}”已送达其他流程", en="The signal “{what}” has come to the other workflow"
    ),
    "REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED": Text(
        zh="将请求取消其他流程“{what}”", en="The cancellation of the workflow {what} is to be asked for"
    ),
    "REQUEST_CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED": Text(
        zh="未能请求取消其他流程“{what}”：{why}",
        en="The cancellation of the workflow {what} could not be asked for: {why}",
    ),
    "EXTERNAL_WORKFLOW_EXECUTION_CANCEL_REQUESTED": Text(
        zh="已请求取消其他流程“{what}”", en="The cancellation of the workflow {what} was asked for"
    ),
    "NEXUS_OPERATION_SCHEDULED": Text(zh="将调用外部操作“{what}”", en="The operation {what} is to be called"),
    "NEXUS_OPERATION_STARTED": Text(zh="外部操作“{what}”已开始", en="The operation {what} has begun"),
    "NEXUS_OPERATION_COMPLETED": Text(zh="外部操作“{what}”已完成", en="The operation {what} was completed"),
    "NEXUS_OPERATION_FAILED": Text(zh="外部操作“{what}”失败：{why}", en="The operation {what} failed: {why}"),
    "NEXUS_OPERATION_CANCELED": Text(zh="外部操作“{what}”已取消", en="The operation {what} was cancelled"),
    "NEXUS_OPERATION_TIMED_OUT": Text(zh="外部操作“{what}”超时", en="The operation {what} took too long"),
    "NEXUS_OPERATION_CANCEL_REQUESTED": Text(
        zh="请求取消外部操作“{what}”", en="The cancellation of the operation {what} was asked for"
    ),
    "NEXUS_OPERATION_CANCEL_REQUEST_COMPLETED": Text(
        zh="取消外部操作“{what}”的请求已送达", en="The request to cancel the operation {what} was delivered"
    ),
    "NEXUS_OPERATION_CANCEL_REQUEST_FAILED": Text(
        zh="取消外部操作“{what}”的请求未送达：{why}",
        en="The request to cancel the operation {what} was not delivered: {why}",
    ),
}

OWN: Mapping[str, Text] = {
    "SopRun": Text(zh="流程", en="the run of a procedure"),
    "ScheduledStart": Text(zh="定时启动", en="the scheduled start"),
    "advance": Text(zh="推进", en="advance"),
    "start_scheduled": Text(zh="按计划启动流程", en="start of what is scheduled"),
    "complete_task": Text(zh="完成任务", en="complete a task"),
    "sign_task": Text(zh="签名", en="sign a task"),
    "command_run": Text(zh="流程操作", en="command the run"),
    "command_task": Text(zh="任务操作", en="command a task"),
    "take_signal": Text(zh="接收外部事件", en="take an event"),
    "change_over": Text(zh="转到新版", en="move to another version"),
    "advance_clock": Text(zh="演练时钟", en="move the drill's clock"),
    "calls_ended": Text(zh="所发起的流程已结束", en="called runs have ended"),
}
"""What our own names in a history mean; those of others are shown as they are."""
