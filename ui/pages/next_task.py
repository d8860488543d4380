"""UI pages: who is next in a run, said to who has just done a task of it."""

from uuid import UUID

from services import whats_next
from ui.view import View


async def and_next(view: View, done: str, run_id: UUID) -> str:
    """What is done, and who is next as far as it is known now, or that the run has ended."""
    _, pick = view.words.gettext, view.words.pick
    found = await whats_next.of_run(view.platform, run_id, actor=view.person)
    if found.ended:
        return _("%(done)s · The run has ended.", done=done)
    left, right = "（）" if view.language == "zh" else (" (", ")")
    named = [
        pick({"zh": one.title_zh, "en": one.title_en})
        + left
        + pick({"zh": one.post_zh, "en": one.post_en})
        + right
        for one in found.tasks
    ]
    return _("%(done)s · Next: %(tasks)s", done=done, tasks=", ".join(named)) if named else done
