"""The studio of the manual's pictures: the demo company in a browser, and pictures as small as they can be."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "manual" / "images"
HANDHELD, DESK = (360, 740), (1280, 800)
SITE = "SHP"


class Studio:
    """The demo company seen through one browser."""

    def __init__(self, browser: Browser, demo: dict[str, Any]) -> None:
        self.browser, self.demo = browser, demo

    @contextmanager
    def person(self, post: str, size: tuple[int, int], language: str) -> Iterator[Page]:
        """A page of somebody who holds a post at the site (or everywhere)."""
        user = next(
            u
            for u in self.demo["users"]
            if any(p["post"] == post and p["site"] in {SITE, None} for p in u["posts"])
        )
        context = self.browser.new_context(
            base_url=self.demo["base_url"],
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN" if language == "zh" else "en-GB",
        )
        page = context.new_page()
        page.goto("/login")
        page.locator("#login [name=username]").fill(user["username"])
        page.locator("#login [name=password]").fill(user["password"])
        page.locator("#login button[type=submit]").click()
        page.wait_for_load_state()
        other = page.locator(f"form[action='/language'] button[value='{language}']")
        if other.count():
            other.dispatch_event("click")
            page.wait_for_function(f"document.documentElement.lang.startsWith('{language}')")
        try:
            yield page
        finally:
            context.close()

    def sign(self, page: Page) -> None:
        """Answers the signature dialog."""
        page.locator("dialog [name=password]").fill(self.demo["users"][0]["password"])
        page.locator("dialog button[type=submit]").first.click()
        page.wait_for_url("**/inbox*")


def take(page: Page, name: str) -> None:
    """Keeps what the screen shows."""
    if any(part in page.url for part in ("/inbox", "/runs/", "/design")):
        page.wait_for_timeout(300)  # these are never idle: told what happens, or with a page inside
    else:
        page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    keep(page.screenshot(animations="disabled", caret="hide"), name)


def take_paper(page: Page, address: str, name: str) -> None:
    """Keeps the upper part of a PDF's first sheet, by poppler's pdftoppm: a browser without a screen shows none."""
    answer = page.request.get(address)
    assert answer.ok, answer.status
    drawn = subprocess.run(
        ["pdftoppm", "-png", "-r", "90", "-l", "1", "-x", "0", "-y", "0", "-W", "744", "-H", "640", "-"],
        input=answer.body(),
        capture_output=True,
        check=True,
    )
    keep(drawn.stdout, name)


def keep(png: bytes, name: str) -> None:
    """Writes a picture of the manual."""
    path = IMAGES / f"{name}.png"
    path.write_bytes(smaller(png))
    sys.stdout.write(f"{path.name}: {path.stat().st_size // 1024} KiB\n")


def smaller(png: bytes) -> bytes:
    """The same picture in as few colours as a page has, packed tightly."""
    out = BytesIO()
    picture = Image.open(BytesIO(png)).convert("RGB")
    picture.quantize(96, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
