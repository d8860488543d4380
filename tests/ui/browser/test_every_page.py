"""Every page that can be reached, in both languages: accessible, within 360 px, in one language, without complaints."""

import re
from collections.abc import Iterable
from uuid import UUID

import pytest

from services import tasks
from tests.ui.browsing import DESK, HANDHELD, Street, axe, too_small, too_wide, untold
from tests.ui.house import second_version
from tests.world import PASSWORD
from ui.translation import LANGUAGES, Language

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]
WORKING = ("/runs/new?sop=receiving_acceptance", "/-/patterns", "/nowhere", "/runs/not-an-id")
"""Addresses that no link leads to by itself."""
MOST = 170
SHAPES = (
    (r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID"),
    (r"/admin/(persons|parties|materials|sites|posts)/(?!new)[^/?]+", r"/admin/\1/X"),
    (r"/documents/import/\w+", "/documents/import/X"),
    (r"/decision-tables/(?!begin|new)[^/?]+", "/decision-tables/X"),
    (r"(after|older|reads|material|batch|site|post|line)=[^&]+", r"\1=X"),
)


@pytest.mark.timeout(600)  # more than a hundred pages, each read by axe-core
async def test_every_page_holds_in_both_languages(street: Street) -> None:
    run = await street.house.run("PAGES-1")
    await street.house.arrive(run)
    await street.house.run("PAGES-2")
    await second_version(street.house)
    work = await street.house.task_of(run, "acceptance")
    await tasks.claim(street.house.world.platform, work, actor=await street.house.actor("wang"))
    wrong: list[str] = []
    for language in LANGUAGES:
        seen = await walk(
            street, language, [f"/tasks/{work}", f"/tasks/{work}/scan", f"/tasks/{work}/scan?line=1"], wrong
        )
        assert len(seen) > 40, sorted(seen)
    assert not wrong, "\n".join(wrong)


async def walk(street: Street, language: Language, more: Iterable[str], wrong: list[str]) -> set[str]:
    """Follows every link as the administrator, once per kind of page."""
    seen: set[str] = set()
    async with street.person("admin", HANDHELD, language) as page:
        todo = ["/", *WORKING, *more]
        while todo:
            path = todo.pop(0).partition("#")[0]
            shape = shape_of(path)
            saved = path.partition("?")[0].endswith((".svg", ".bpmn", ".yaml", ".csv", ".xlsx", ".pdf"))
            if shape in seen or saved or path.startswith(("/static", "/attachments")):
                continue
            seen.add(shape)
            assert len(seen) < MOST, "\n".join(sorted(seen))
            answer = await page.goto(path)
            assert answer is not None
            assert answer.status < 500, path
            if not answer.headers.get("content-type", "text/html").startswith("text/html"):
                continue  # a sheet to print
            todo += await page.eval_on_selector_all("a[href^='/']", "a => a.map(e => e.getAttribute('href'))")
            wide = await too_wide(page)
            found = [f"{wide} px too wide"] if wide > 0 else []
            found += await too_small(page) + await untold(page, language)
            found += await axe(page) if language == "zh" else []  # the markup is the same in both
            wrong += [f"{language} {path}: {one}" for one in found]
    return seen


def shape_of(path: str) -> str:
    for pattern, stands_for in SHAPES:
        path = re.sub(pattern, stands_for, path)
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_pages_where_people_work_hold_on_a_desk_in_light_and_dark(street: Street, scheme: str) -> None:
    run = await street.house.run(f"DESK-{scheme}")
    task = await street.house.task_of(run, "arrival")
    wrong = []
    async with street.person("admin", DESK, "zh", color_scheme=scheme) as page:
        for path in ("/inbox?view=all", f"/tasks/{task}", f"/runs/{run}", "/stock", "/audit", "/-/patterns"):
            await page.goto(path)
            wrong += [f"{path}: {one}" for one in await axe(page)]
            assert await too_wide(page) <= 0, path
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_log_in_page_holds(street: Street, language: Language) -> None:
    async with street.visitor(HANDHELD, language) as page:
        await page.goto("/login")
        assert await axe(page) == []
        assert await too_wide(page) <= 0
        assert await too_small(page) == []
        assert await untold(page, language) == []


async def test_dialogs_hold(street: Street) -> None:
    run = await street.house.run("DIALOG-1")
    task: UUID = await street.house.task_of(run, "arrival")
    await tasks.claim(street.house.world.platform, task, actor=await street.house.actor("li"))
    async with street.person("li", HANDHELD, "zh") as page:
        await page.goto(f"/tasks/{task}")
        await page.get_by_text("常温", exact=True).click()
        await page.get_by_text("完好", exact=True).click()
        await page.get_by_role("button", name="收货").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("请再次输入密码").fill(PASSWORD)
        assert await dialog.get_by_text("SD-").count() == 0
        assert await axe(page) == []
        assert await too_wide(page) <= 0
        assert await too_small(page) == []
