"""Room `ops`, history: loading it for an operator - a platform, a progress bar, the figures in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ops.history.seeding import seed
from ops.loading_window import owner_of_same_database
from ops.platform_access import open_platform
from ops.settings import Settings


async def load(settings: Settings, *, days: int, scale: int, progress: bool) -> dict[str, Any]:
    """Load the history into the installation of the settings; its figures."""
    owner_url = owner_of_same_database(settings)
    shown = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not progress,
    )
    async with open_platform(settings) as platform:
        with shown:
            bar = shown.add_task("loaded history")
            return await seed(
                platform,
                owner_url,
                days=days,
                scale=scale,
                advance=lambda done, of: shown.update(bar, completed=done, total=of),
            )


def in_words(figures: Mapping[str, Any]) -> str:
    """The figures for people: what was loaded, how long it took, and whether the numbers reconcile."""
    took, differing = figures["seconds"], len(figures["differing_from_the_plan"])
    first = f"history from {figures['from']} to {figures['until']}"
    compared = figures["days_compared_with_the_plan"]
    lines = [
        f"{first}: loaded in {took['loading']} s, checked in {took['checking']} s",
        *(f"  {number:>6}  {kind}" for kind, number in figures["events"].items()),
        *(f"  {number:>6}  {what.replace('_', ' ')} in all" for what, number in figures["loaded"].items()),
        "the numbers reconcile:" if figures["ok"] else "THE NUMBERS DO NOT RECONCILE:",
        *(f"  {number:>6}  {what}" for what, number in figures["contradictions"].items()),
        f"  {differing:>6}  positions that differ from the plan, on {compared} days",
    ]
    if begun := figures.get("recall_drill"):
        lines.append(f"a recall drill on these books waits in the inboxes: {begun}")
    return "\n".join(lines)
