"""Takes the pictures of the manual from a running demo company, with a delivery received on the way.

    ./xunji up --home DIR        (a fresh home: one delivery of the Shanghai site has to be waiting)
    ./xunji demo --home DIR --runs 2
    .venv/bin/python -m tests.ui.take_screenshots DIR

Needs chromium on PATH. The pictures go to docs/manual/images, demo data only.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

IMAGES = Path(__file__).resolve().parents[2] / "docs" / "manual" / "images"
HANDHELD, DESK = (360, 740), (1280, 800)
SITE = "SHP"
REPORT = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
WAITING = "/documents?kind=dispatch_advice&state=open&text=SH-"


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
    path = IMAGES / f"{name}.png"
    path.write_bytes(smaller(page.screenshot(animations="disabled", caret="hide")))
    sys.stdout.write(f"{path.name}: {path.stat().st_size // 1024} KiB\n")


def smaller(png: bytes) -> bytes:
    """The same picture in as few colours as a page has, packed tightly."""
    out = BytesIO()
    picture = Image.open(BytesIO(png)).convert("RGB")
    picture.quantize(96, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()


def receive(studio: Studio) -> str:
    """The receiver starts the run and checks the delivery on arrival; the delivery's number."""
    with studio.person("receiver", HANDHELD, "zh") as page:
        page.goto(WAITING)
        rows = page.locator("#documents tbody tr", has_text="上海浦东仓")
        if not rows.count():
            raise SystemExit("no delivery is waiting at the site: start with a fresh home")
        number = rows.first.locator("a").first.inner_text()
        rows.first.locator("a").first.click()
        page.locator("a.primary").click()
        page.locator("main form button.primary").click()
        page.wait_for_url("**/runs/*-*")
        page.locator("#live a").first.wait_for()
        page.goto("/inbox?view=claimable")
        take(page, "inbox-zh-360")
        page.locator("#inbox-list a", has_text=number).click()
        page.locator("form[action$='/claim'] button").click()
        page.locator("[name='data.transport_mode'][value=ambient]").check()
        page.locator("[name='data.packaging'][value=intact]").check()
        take(page, "arrival-zh-360")
        page.locator("button[name=outcome][value=received]").click()
        page.locator("dialog[open]").wait_for()
        take(page, "signature-zh-360")
        studio.sign(page)
    return number


def accept(studio: Studio, number: str) -> None:
    """The acceptor records each batch, the first by scan, and signs."""
    report: FilePayload = {"name": "report.pdf", "mimeType": "application/pdf", "buffer": REPORT}
    with studio.person("acceptor", DESK, "en") as page:
        page.goto("/inbox?view=claimable")
        page.locator("#inbox-list a", has_text=number).click()
        page.locator("form[action$='/claim'] button").click()
        page.locator("a[href$='/scan']").click()
        lines = page.locator(".line-item")
        for index in range(lines.count()):
            number_of_line = index + 1
            lines.nth(index).locator("a").click()
            panel = page.locator("#line-panel", has=page.locator(f"form[data-line='{number_of_line}']"))
            panel.wait_for()
            panel.locator("input[type=file]:not([capture])").set_input_files([report])
            panel.locator(".upload li a").wait_for()
            panel.locator("[name='data.packaging'][value=conforming]").check()
            if index == 0:
                take(page, "acceptance-en-1280")
            panel.locator("button[value=accepted]").click()
            panel.wait_for(state="detached")
        page.goto(page.url.partition("/scan")[0])
        page.locator("button.outcome").first.click()
        page.locator("dialog[open]").wait_for()
        take(page, "signature-en-1280")
        studio.sign(page)


def put_away(studio: Studio, number: str) -> None:
    """The keeper scans a batch that is not on the list and one that is, and a place."""
    with studio.person("keeper", HANDHELD, "zh") as page:
        page.goto("/inbox?view=claimable")
        page.locator("#inbox-list a", has_text=number).click()
        page.locator("form[action$='/claim'] button").click()
        page.locator("a[href$='/scan']").click()
        page.keyboard.type("06901234567892\n")
        page.locator("#verdict.refused").wait_for()
        take(page, "scan-refused-zh-360")
        page.keyboard.type(page.locator(".line-item .code").first.inner_text() + "\n")
        page.locator("#verdict.matched").wait_for()
        page.keyboard.type("A-01-05\n")
        page.locator("#verdict", has_text="A-01-05").wait_for()
        take(page, "scan-right-zh-360")


def look(studio: Studio) -> None:
    """What others see: a finished run, stock by colour, a batch."""
    with studio.person("warehouse_manager", DESK, "zh") as page:
        page.goto("/runs?state=completed")
        page.locator("#runs tbody a").first.click()
        take(page, "run-zh-1280")
        page.goto("/stock")
        take(page, "stock-zh-1280")
    with studio.person("warehouse_manager", DESK, "en") as page:
        page.goto("/stock?status=qualified")
        page.locator("#positions tbody a").first.click()
        take(page, "batch-en-1280")


def trace(studio: Studio, language: str) -> None:
    """Where every unit of a batch is that was sold and came back."""
    with studio.person("auditor", (1280, 1180), language) as page:
        page.goto("/documents?kind=sales_return")
        page.locator("#documents tbody a").first.click()
        page.locator("#head-actions a[href^='/trace']").click()
        batch = page.locator("#account tbody a")
        if batch.count():
            batch.first.click()
        page.locator("#way").wait_for()
        take(page, f"trace-{language}-1280")


def inspect(studio: Studio, language: str) -> None:
    """What an inspector asks: who approved a procedure, and who says that nobody edited anything."""
    with studio.person("auditor", DESK, language) as page:
        page.goto("/sops/receiving_acceptance/versions/1")
        take(page, f"inspection-approvals-{language}-1280")
    with studio.person("auditor", (1280, 900), language) as page:
        page.goto("/evidence")
        page.locator("form.filter button.primary").click()
        page.locator("#verification .notice").wait_for(timeout=120_000)
        take(page, f"inspection-verified-{language}-1280")


def design(studio: Studio) -> None:
    """QA opens a procedure of the house as a draft of its own, at the acceptance."""
    with studio.person("qa_manager", DESK, "zh") as page:
        page.goto("/sops/receiving_acceptance/versions/1")
        page.locator("[data-opens=copy]").click()
        page.locator("#copy button[type=submit]").click()
        page.wait_for_url("**/design")
        page.locator(".card-open", has_text="逐批验收").click()
        page.locator("#editor-title", has_text="逐批验收").wait_for()
        page.locator("details.preview summary").click()
        page.wait_for_timeout(1500)
        page.locator(".design-card.chosen").scroll_into_view_if_needed()
        take(page, "designer-zh-1280")
        page.goto(page.url.partition("/design")[0] + "/flowchart")
        take(page, "flowchart-zh-1280")


def decide(studio: Studio) -> None:
    """A limit of a decision table changed in a draft, with what its tests then say."""
    with studio.person("qa_specialist", DESK, "zh") as page:
        page.goto("/decision-tables/cold_chain_limits")
        page.locator("[data-opens='copy']").click()
        page.locator("dialog[open] button[type=submit]").click()
        page.wait_for_url("**/edit")
        cell = page.locator("#c-rows-2-when-arrival")
        cell.fill("2.0..8.5")
        cell.press("Tab")
        page.locator("#v-tests-3 .bad").wait_for()
        page.goto(page.url)
        take(page, "decision-table-zh-1280")


def change_over(studio: Studio) -> None:
    """A newer version gives more time for putting away: the runs under way may go over."""
    password = str(studio.demo["users"][0]["password"])
    with studio.person("qa_specialist", DESK, "zh") as page:
        page.goto("/sops/receiving_acceptance/versions/1")
        page.get_by_role("button", name="在新草稿中修改").click()
        page.locator("dialog[open] button[type=submit]").first.click()
        page.wait_for_url("**/design*")
        draft = page.url.partition("/design")[0]
        page.get_by_role("link", name="上架", exact=True).click()
        page.locator("#editor-title", has_text="上架").wait_for()
        page.get_by_label("办理时限").fill("6")
        page.get_by_label("办理时限").press("Tab")
        page.wait_for_timeout(500)
        page.goto(draft)
        page.get_by_role("button", name="提交审核").click()
        page.locator("dialog[open] button[type=submit]").first.click()
        page.wait_for_load_state()
    with studio.person("manager", DESK, "zh") as page:
        for name in ("批准并签名", "批准生效并签名"):
            page.goto(draft)
            page.get_by_role("button", name=name).first.click()
            dialog = page.locator("dialog[open]")
            if name == "批准生效并签名":
                dialog.get_by_text("全部仓库", exact=True).click()
            dialog.locator("[name=password]").fill(password)
            dialog.locator("button[type=submit]").first.click()
            page.wait_for_load_state("networkidle")
    for language, reason in (("zh", "上架时限放宽"), ("en", "More time for putting away")):
        with studio.person("qa_specialist", DESK, language) as page:
            page.goto(f"{draft}/running")
            page.locator("textarea").fill(reason)
            take(page, f"changeover-{language}-1280")


def main() -> None:
    """Takes all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path, help="the home of a running `./xunji up`")
    demo = json.loads((parser.parse_args().home / "demo.json").read_text())
    IMAGES.mkdir(exist_ok=True)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        studio = Studio(browser, demo)
        number = receive(studio)
        accept(studio, number)
        put_away(studio, number)
        look(studio)
        for language in ("zh", "en"):
            trace(studio, language)
            inspect(studio, language)
        design(studio)
        decide(studio)
        change_over(studio)
        browser.close()


if __name__ == "__main__":
    main()
