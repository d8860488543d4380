"""People at browsers: pages opened as somebody, in a language and a size, and what must hold on each of them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from services import auth
from tests.ui.house import House
from tests.world import PASSWORD, POSTS
from ui.session import SESSION_COOKIE
from ui.translation import Language, read_catalogue

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page

HANDHELD, DESK = (360, 740), (1280, 800)
TARGET = 48
"""The least height of what a gloved finger presses, in pixels."""
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """async () => {
  const found = await axe.run(document, {resultTypes: ['violations']});
  return found.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target} ${n.failureSummary}`));
}"""
TEXTS = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = new Set();
  while (walker.nextNode()) {
    const at = walker.currentNode.parentElement;
    if (at.closest('script, style, code, pre, .code, .sub, textarea, option, template, [lang]:not(html)')) continue;
    const text = walker.currentNode.textContent.replace(/\\s+/g, ' ').trim();
    if (text) found.add(text);
  }
  return [...found];
}"""
SMALL = """(least) => [...document.querySelectorAll('a, button, select, textarea, summary, input:not([type=hidden])')]
  .filter(e => e.checkVisibility() && !e.closest('.unseen, .skip') && !e.matches('[type=checkbox], [type=radio]'))
  .map(e => [e.tagName + ' ' + (e.textContent || e.name).trim().slice(0, 40), e.getBoundingClientRect().height])
  .filter(([, height]) => height > 0 && height < least)
  .map(([what, height]) => `${what} is ${Math.round(height)} px high`)"""
HAN = re.compile("[\u4e00-\u9fff]")
RAW = re.compile(r"[a-z]+(_[a-z0-9]+)+|[a-z_]+#\d+|None( None)?|\{.*\}|undefined")
"""What only a program says: `put_away`, `arrival#1`, a missing value."""


@dataclass
class Street:
    """Where the house stands: its address for real browsers."""

    house: House
    address: str
    browser: Browser
    complaints: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def visitor(
        self, size: tuple[int, int] = DESK, language: Language = "zh", **more: Any
    ) -> AsyncIterator[Page]:
        """A page of somebody not logged in; what its console complains of is kept."""
        context = await self.browser.new_context(
            base_url=self.address,
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN" if language == "zh" else "en-GB",
            **more,
        )
        context.set_default_timeout(20_000)
        page = await context.new_page()
        page.on("console", lambda said: self.note(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.note(str(error)))
        try:
            yield page
        finally:
            await context.close()

    @asynccontextmanager
    async def person(
        self, username: str, size: tuple[int, int] = DESK, language: Language = "zh", **more: Any
    ) -> AsyncIterator[Page]:
        """A page of somebody who is logged in."""
        platform = self.house.world.platform
        actor = await self.house.actor(username)
        if actor.language != language:
            await auth.change_language(platform, language, actor=actor)
        async with self.visitor(size, language, **more) as page:
            await self.enter(page.context, username)
            yield page

    async def enter(self, context: BrowserContext, username: str) -> None:
        """Gives a browser somebody's session."""
        opened = await auth.log_in(self.house.world.platform, username, PASSWORD)
        await context.add_cookies(
            [{"name": SESSION_COOKIE, "value": opened.session_token, "url": self.address}]
        )

    def note(self, said: str) -> None:
        """Keeps a complaint, unless it only repeats the status of an answer that a test wanted."""
        if not said.startswith("Failed to load resource"):
            self.complaints.append(said)


async def axe(page: Page) -> list[str]:
    """What axe-core finds wrong. It is put in from outside the page's policy, as a browser extension would."""
    await page.evaluate(AXE.read_text() + "; void 0")
    found: list[str] = await page.evaluate(RUN_AXE)
    return found


async def too_wide(page: Page) -> int:
    """By how many pixels the page can be scrolled sideways."""
    wide: int = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wide


async def too_small(page: Page) -> list[str]:
    """What is too low for a finger."""
    found: list[str] = await page.evaluate(SMALL, TARGET)
    return found


async def untold(page: Page, language: Language) -> list[str]:
    """Texts that stand there in the wrong language, or that no person would write."""
    texts: list[str] = await page.evaluate(TEXTS)
    foreign = other_language(language)
    return [text for text in texts if text in foreign or (RAW.fullmatch(text) and text not in POSTS)]


@cache
def other_language(language: Language) -> frozenset[str]:
    """All messages as the other language has them, without names that both write alike."""
    own, other = _said(language), _said("en" if language == "zh" else "zh")
    chinese = language == "en"
    return frozenset(said for said in other - own if bool(HAN.search(said)) == chinese)


def _said(language: str) -> set[str]:
    forms = [
        m.string if isinstance(m.string, tuple | list) else (m.string,) for m in read_catalogue(language)
    ]
    return {str(form) for several in forms for form in several if form}
