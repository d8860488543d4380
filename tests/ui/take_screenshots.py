"""Takes the pictures of the manual from a running demo company, with a delivery received on the way.

    ./xunji up --home DIR        (a fresh home: one delivery of the Shanghai site has to be waiting)
    ./xunji demo --home DIR --runs 2
    .venv/bin/python -m tests.ui.take_screenshots DIR [--only certify]

Needs chromium and poppler's pdftoppm on PATH. The pictures go to docs/manual/images, demo data only.
"""

import argparse
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import FilePayload, sync_playwright

from tests.ui.picture_studio import DESK, HANDHELD, IMAGES, Studio, take, take_paper

REPORT = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
WAITING = "/documents?kind=dispatch_advice&state=open&text=SH-"


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


def certify(studio: Studio, language: str) -> None:
    """The certificate of a run that is executed again from its archive."""
    with studio.person("auditor", DESK, language) as page:
        page.goto("/runs?state=completed&sop=receiving_acceptance")
        run = page.locator("#runs tbody a").first.get_attribute("href")
        take_paper(page, f"{run}/certificate", f"inspection-certificate-{language}")


def keep_records(studio: Studio, language: str) -> None:
    """How long records are kept, with a hold on those of a procedure because of a letter of the authority."""
    page_of_holds = "/evidence/retention"
    with studio.person("qa_manager", DESK, "zh") as page:
        page.goto(page_of_holds)
        if not page.locator("a[href*='/holds/']").count():
            page.locator("[name=kind][value=sop]").check()
            page.locator("[name=about]").fill("receiving_acceptance")
            page.locator("[name=reason]").fill("药监部门来函核查 / letter of the authority")
            page.locator("form[action$='/holds'] button[type=submit]").click()
            page.locator("a[href*='/holds/']").first.wait_for()
    with studio.person("auditor", (1280, 1000), language) as page:
        page.goto(page_of_holds)
        take(page, f"inspection-retention-{language}-1280")


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


def in_each_language(part: Callable[[Studio, str], None]) -> Callable[[Studio], None]:
    def both(studio: Studio) -> None:
        for language in ("zh", "en"):
            part(studio, language)

    return both


def deliver(studio: Studio) -> None:
    """A delivery from the gate to its shelf."""
    number = receive(studio)
    accept(studio, number)
    put_away(studio, number)


PARTS = {
    "deliver": deliver,
    "look": look,
    "trace": in_each_language(trace),
    "inspect": in_each_language(inspect),
    "certify": in_each_language(certify),
    "keep_records": in_each_language(keep_records),
    "design": design,
    "decide": decide,
    "change_over": change_over,
}
"""In their order: later ones show what earlier ones did."""


def main() -> None:
    """Takes all of them, or those of one part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path, help="the home of a running `./xunji up`")
    parser.add_argument("--only", choices=PARTS, help="the pictures of this part alone")
    asked = parser.parse_args()
    demo = json.loads((asked.home / "demo.json").read_text())
    IMAGES.mkdir(exist_ok=True)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        studio = Studio(browser, demo)
        for name, part in PARTS.items():
            if asked.only in {None, name}:
                part(studio)
        browser.close()


if __name__ == "__main__":
    main()
