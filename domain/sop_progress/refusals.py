"""Domain: why a run does not accept a command - one named fact each, the same code at every door."""

from __future__ import annotations

from typing import ClassVar

from domain.errors import FieldProblem, Invalid, Kind, Refusal


class CommandRefused(Refusal):
    """Base: the run does not accept the command in its present state."""

    code = "command_refused"
    kind: ClassVar[Kind] = "conflict"
    zh = "该流程现在不接受此操作。"
    en = "This run does not accept that now."


class RunEnded(CommandRefused):
    code = "run_ended"
    zh = "该流程已经结束。"
    en = "This run has ended."


class RunSuspended(CommandRefused):
    code = "run_suspended"
    zh = "该流程已暂停，恢复后才能继续。"
    en = "This run is suspended; resume it first."


class RunNotSuspended(CommandRefused):
    code = "not_suspended"
    zh = "该流程没有暂停。"
    en = "This run is not suspended."


class TaskDone(CommandRefused):
    code = "task_done"
    zh = "该任务已完成或已收回。"
    en = "This task is done or was withdrawn."


class StaleEpoch(CommandRefused):
    code = "stale_epoch"
    zh = "任务内容已变化，请刷新后重做。"
    en = "The task has changed; reload it and look again."


class NotSegregated(CommandRefused):
    """Names the step that bars, where it is known: of a run that has called this one it is not."""

    code = "not_segregated"
    kind = "forbidden"
    zh = "参与过{step_zh}的人员不能执行本步骤，须由另一人执行。"
    en = "Whoever took part in {step_en} may not perform this step: another person must."

    def __init__(self, step_zh: str = "", step_en: str = "") -> None:
        zh = f"“{step_zh}”" if step_zh else "被隔离步骤"
        en = f"“{step_en or step_zh}”" if step_zh else "a step that this one is separate from"
        super().__init__(step_zh=zh, step_en=en)


class UnknownOutcome(CommandRefused):
    code = "unknown_outcome"
    kind = "invalid"
    zh = "没有这个处理结果。"
    en = "There is no such outcome."


class ReasonRequired(CommandRefused, Invalid):
    """What is done or changed needs a reason - of a run as of master data."""

    code = "reason_required"
    kind = "invalid"
    zh = "请填写原因。"
    en = "Please give a reason."

    def __init__(self) -> None:
        super().__init__([FieldProblem("reason", "required", self.zh, self.en)])


class LinesMissing(CommandRefused):
    code = "lines_missing"
    zh = "缺少明细结果。"
    en = "The results of the lines are missing."


class FormInvalid(CommandRefused, Invalid):
    """The form's problems, all at once, each at its field."""

    code = "form_invalid"
    kind = "invalid"
    zh = "填写内容有误：{what}"
    en = "The input is not valid: {what}"


class SignatureRequired(CommandRefused):
    code = "signature_required"
    kind = "invalid"
    zh = "请签名。"
    en = "This outcome needs your signature."


class NothingToSign(CommandRefused):
    code = "nothing_to_sign"
    zh = "该签名已完成或不需要。"
    en = "That signature is given or not needed."


class ContentChanged(CommandRefused):
    code = "content_changed"
    zh = "签名内容已变化，请重新查看。"
    en = "What is signed has changed; look at it again."


class AlreadySigned(CommandRefused):
    code = "already_signed"
    kind = "forbidden"
    zh = "必须由另一人签名。"
    en = "The signature must come from another person."


class ReworkInProgress(CommandRefused):
    code = "rework_in_progress"
    zh = "正在撤销前面的步骤，请稍候。"
    en = "Earlier steps are being undone; wait a moment."


class StepNotPerformed(CommandRefused):
    code = "unknown_step"
    kind = "invalid"
    zh = "不能退回到“{step}”：该步骤尚未执行过。"
    en = 'Cannot send back to "{step}": it was not performed.'


class StepAmbiguous(CommandRefused):
    code = "ambiguous_step"
    zh = "“{step}”有多处在执行，请从具体任务退回。"
    en = '"{step}" is in execution more than once; send back from one of its tasks.'


class IrreversibleBetween(CommandRefused):
    code = "irreversible_between"
    zh = "其间有不可撤销的操作（{step}），不能退回。"
    en = "An irreversible action ({step}) lies in between; it cannot be sent back."


class WaitOver(CommandRefused):
    """The run does not wait for this event: it has gone on, or has not come there yet."""

    code = "wait_over"
    zh = "该流程现在不等待此事件。"
    en = "This run does not wait for that event now."


class EventUnfit(CommandRefused):
    """What the event brings is not what the step declares."""

    code = "event_unfit"
    kind = "invalid"
    zh = "事件数据与该步骤的要求不符。"
    en = "The data of the event is not what the step declares."


class NotYourTurn(CommandRefused):
    """Somebody was added to sign before the others, or the others sign before somebody added."""

    code = "not_your_turn"
    zh = "还要先等其他人签名。"
    en = "Another signature comes first."


class CommandNotOffered(CommandRefused):
    """The procedure does not allow this command at this step."""

    code = "command_not_offered"
    kind = "forbidden"
    zh = "规程不允许在此步骤进行该操作。"
    en = "The procedure does not allow that at this step."


class TaskAnswered(CommandRefused):
    """A task that waits for signatures is neither delegated nor handed over."""

    code = "task_answered"
    zh = "任务已填写完毕、等待签名，不能再转办或委派。"
    en = "The task is answered and waits for signatures; it cannot be passed on or delegated."


class DelegatedTask(CommandRefused):
    """What was delegated is completed or goes back; it is not passed on."""

    code = "delegated_task"
    zh = "该任务是受托办理的：只能办理，或交还给委派人。"
    en = "The task was delegated: complete it, or give it back to who delegated it."


class SamePerson(CommandRefused):
    code = "same_person"
    kind = "invalid"
    zh = "请选择另一人。"
    en = "Choose another person."


class UntilInvalid(CommandRefused, Invalid):
    """A delegation ends in the future, and not later than a month from now."""

    code = "until_invalid"
    kind = "invalid"
    zh = "委派的截止时间须在将来{days}天之内。"
    en = "A delegation ends within the next {days} days."

    def __init__(self, days: int) -> None:
        zh, en = self.zh.format(days=days), self.en.format(days=days)
        super().__init__([FieldProblem("until", "range", zh, en)], days=days)

    def message(self, language: str = "zh") -> str:
        return (self.en if language == "en" else self.zh).format(**self.params)


class SignerKnown(CommandRefused):
    """Nobody signs twice: who completes, has signed, has refused or is to sign anyway is not added."""

    code = "signer_known"
    kind = "forbidden"
    zh = "此人已经签名、已拒签或本来就要签名；同一人不签两次。"
    en = "That person has signed, has refused or is to sign anyway; nobody signs twice."


class TooManySigners(CommandRefused):
    code = "too_many_signers"
    zh = "最多加签{limit}人。"
    en = "At most {limit} signers can be added."


class NotTheCompleter(CommandRefused):
    code = "not_the_completer"
    kind = "forbidden"
    zh = "只有提交人本人可以撤回。"
    en = "Only who completed the task can withdraw that."


class ActedSince(CommandRefused):
    """Somebody has claimed, answered or signed what follows: the completion stands."""

    code = "acted_since"
    zh = "不能撤回：“{step_zh}”已有其他人处理或签名。"
    en = "It cannot be withdrawn: somebody has acted on or signed {step_en} since."


class EffectSince(CommandRefused):
    """The system has done something that counts because of the completion."""

    code = "effect_since"
    zh = "不能撤回：系统已据此执行“{step_zh}”。如需更正，请申请退回。"
    en = "It cannot be withdrawn: {step_en} was performed because of it. Ask to have it sent back."


class MovedOn(CommandRefused):
    """The list of steps that the task was in is over."""

    code = "moved_on"
    zh = "不能撤回：流程已经越过该步骤所在的部分。"
    en = "It cannot be withdrawn: the run has left that part of the procedure."


class RemindedAlready(CommandRefused):
    """Reminding is not nagging: once in a while is enough."""

    code = "reminded_already"
    zh = "刚刚催办过，{minutes}分钟后可再次催办。"
    en = "They were reminded just now; remind again in {minutes} minutes."


class NotConfirmed(CommandRefused):
    code = "not_confirmed"
    kind = "forbidden"
    zh = "数据库中没有与该操作相符的提交记录，已开出偏差。"
    en = "The database does not confirm this command; a deviation was opened."


class ChangeoverRefused(CommandRefused):
    """The run cannot go on by that version: every reason on a line of its own."""

    code = "changeover_refused"
    zh = "该流程不能转到此版本：\n{reasons_zh}"
    en = "This run cannot go over to that version:\n{reasons_en}"

    def __init__(self, reasons: list[tuple[str, str]] | None = None) -> None:
        given = reasons or []
        super().__init__(
            reasons_zh="\n".join(zh for zh, _ in given), reasons_en="\n".join(en for _, en in given)
        )
