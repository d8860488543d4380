"""Services: the scans of a task, for who may see the task. Nothing here writes."""

from uuid import UUID

from db.queries import scan_list as queries
from db.queries._paging import Page
from db.queries.scan_list import ScanRow
from services import blind_counts, eligibility
from services.platform import Actor, Platform
from services.task_view import check_visible

__all__ = ["ScanRow", "of_task"]


async def of_task(
    platform: Platform, task_id: UUID, *, actor: Actor, after: str | None = None, limit: int = 50
) -> Page[ScanRow]:
    """A page of the task's scans, the newest first."""
    async with platform.database.read() as tx:
        task = await eligibility.task_for(tx, task_id, actor)
        check_visible(task, actor)
        await blind_counts.check_figures(tx, task, actor)
        return await queries.of_task(tx, task_id, after=after, limit=limit)
