"""Domain: refusals of the evidence rule - records are added, never changed. Knows no table."""

from domain.errors import Refusal


class EvidenceIsImmutable(Refusal):
    code = "evidence_is_immutable"
    kind = "forbidden"
    zh = "记录只能追加，不可修改或删除：{table}"
    en = "Records are only ever added, never changed or deleted: {table}"


class EvidenceNotCanonical(Refusal):
    """A float or an integer beyond 2^53 has no canonical form, so its hash would mean nothing."""

    code = "evidence_not_canonical"
    kind = "invalid"
    zh = "数值须为整数，小数请用文本：{value}"
    en = "Numbers must be whole; write decimals as text: {value}"


class LoadingClosed(Refusal):
    """Only history loaded in an open loading window gives its own instants."""

    code = "loading_closed"
    kind = "forbidden"
    zh = "历史数据导入窗口未开放"
    en = "The window for loading history is not open"


class NotADrill(Refusal):
    """Time is moved in a drill only, and only forward."""

    code = "not_a_drill"
    kind = "conflict"
    zh = "这不是演练系统：时间不能拨动"
    en = "This is no drill: its clock is not moved"


class VersionIsFrozen(Refusal):
    """A version stands still once it has left the draft, and goes through its states in order."""

    code = "version_is_frozen"
    zh = "该版本已不可更改"
    en = "This version can no longer be changed"


class ApprovedBySecondPerson(Refusal):
    """The author of a version may not approve it (GSP 31-36)."""

    code = "approved_by_second_person"
    kind = "forbidden"
    zh = "须由作者以外的人批准"
    en = "A version is approved by somebody other than its author"


class InForceBySignature(Refusal):
    """A version comes into force and goes out of it when somebody signs that, in the same change."""

    code = "in_force_by_signature"
    kind = "forbidden"
    zh = "规程版本的生效与失效须有签名"
    en = "A version comes into force and goes out of it by a signature"


class RunKeepsItsVersion(Refusal):
    """A run goes by the version that it was started with, unless a signed order moves it (S10)."""

    code = "run_keeps_its_version"
    kind = "forbidden"
    zh = "在途流程的版本只能凭签名批准的转版单改变"
    en = "A run under way keeps its version unless a signed order moves it"


class ChangeoverFixed(Refusal):
    """An order to move runs is proposed once, decided once, and settled once for each run."""

    code = "changeover_fixed"
    kind = "conflict"
    zh = "转版单已提出或已决定，内容不可更改"
    en = "An order to move runs stands still once it is proposed, and is decided once"


class InForceInThePast(Refusal):
    """What was in force, where and since when, is never changed afterwards."""

    code = "in_force_in_the_past"
    kind = "forbidden"
    zh = "不得更改过去的生效时间"
    en = "What was in force in the past is not changed"


class SealNotNext(Refusal):
    """Blocks and keys of the seal follow each other; another sealer was quicker, or a caller made one up."""

    code = "seal_not_next"
    kind = "conflict"
    zh = "封存链只能接在末尾：{what} {number}"
    en = "The chain of seals is only continued at its end: {what} {number}"
