"""Takes the pictures of the manual's first procedure, made by its steps from an empty page to a finished run.

    ./xunji up --home DIR        (a fresh home)
    .venv/bin/python -m tests.ui.take_first_procedure DIR             (another fresh home: --language en)

Needs chromium on PATH. It counts what a person clicks and fills in, and says so at the end.
"""

import argparse
import json
import os
import re
import shutil
import sys
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote

from playwright.sync_api import Locator, Page, sync_playwright

from tests.ui import picture_studio
from tests.ui.picture_studio import DESK, HANDHELD, IMAGES, Studio
from ui.translation import read_catalogue

TITLE = "在库养护检查"
SITE = "上海浦东仓 (SHP)"
IN_ENGLISH = {
    TITLE: "Storage maintenance check",
    SITE: "Shanghai Pudong (SHP)",
    "有没有要检查的": "Anything to check",
    "逐货位检查": "Check place by place",
    "逐货位检查外观、包装与储存条件": "Check looks, packaging and storage conditions place by place",
    "正常": "Good",
    "发现问题": "Finding",
    "已养护检查": "maintenance checked",
    "处理发现的问题": "Deal with the findings",
    "锁定并调查": "Hold and investigate",
    "养护检查发现问题": "found at a maintenance check",
    "发现一处问题，锁定批号": "One finding, the batch is held",
    "外包装破损": "Outer packaging damaged",
    "外包装受潮变形": "Outer packaging damp and out of shape",
    "年度养护计划": "Yearly maintenance plan",
}
"""What the procedure itself says and what is filled in, in English."""


class Hand:
    """What a person does on a page: every click and every field is counted."""

    def __init__(self, page: Page, done: Counter[str], language: str) -> None:
        self.page, self.done, self.language = page, done, language

    def own(self, chinese: str) -> str:
        """What somebody writes, in the language of the pictures."""
        return chinese if self.language == "zh" else IN_ENGLISH[chinese]

    def said(self, chinese: str) -> str | re.Pattern[str]:
        """What the page says, in the language of the pictures; what the procedure says as it says it."""
        if self.language == "zh":
            return chinese
        known = [str(one.id) for one in read_catalogue("zh") if one.string == chinese]
        every = [IN_ENGLISH[chinese]] if chinese in IN_ENGLISH else known
        return re.compile(rf"^\s*({'|'.join(map(re.escape, every))})(?! ?\w)")

    def take(self, name: str, width: int = DESK[0]) -> None:
        picture_studio.take(self.page, f"first-{name}-{self.language}-{width}")

    def labelled(self, chinese: str) -> Locator:
        return self.page.get_by_label(self.said(chinese))

    def rest(self) -> None:
        """Until the page has answered."""
        self.page.wait_for_timeout(150)
        self.page.wait_for_function("() => !document.querySelector('.htmx-request')")
        self.page.wait_for_timeout(100)

    def seen(self, found: Locator) -> Locator:
        """Something in a folded part, unfolded by hand."""
        one = found.first
        while not one.is_visible():
            fold = one.locator("xpath=ancestor::details[not(@open)]").first
            self.click(fold.locator("summary").first)
        return one

    def click(self, found: Locator) -> None:
        found.first.click()
        self.done["clicks"] += 1
        self.rest()

    def press(self, name: str) -> None:
        """A button or a link by its words."""
        page, said = self.page, self.said(name)
        self.click(page.get_by_role("button", name=said).or_(page.get_by_role("link", name=said)))

    def fill(self, found: Locator, value: str) -> None:
        one = self.seen(found)
        one.fill(value)
        one.press("Tab")
        self.done["fields"] += 1
        self.rest()

    def choose(self, found: Locator, value: str) -> None:
        self.seen(found).select_option(value)
        self.done["choices"] += 1
        self.rest()

    # -- in the designer ------------------------------------------------------------------------

    def put(self, place: str, value: str) -> None:
        self.fill(self.page.locator(f"[name='{place}']"), value)

    def words(self, place: str, chinese: str) -> None:
        self.put(f"{place}/zh", chinese)
        if self.language != "zh":
            self.put(f"{place}/en", self.own(chinese))

    def pick(self, place: str, value: str) -> None:
        self.choose(self.page.locator(f"[name='{place}']"), value)

    def add(self, place: str) -> None:
        self.click(self.seen(self.page.locator(f"[hx-post*='add?at={quote(place, safe='')}&']")))

    def name(self, place: str, key: str) -> None:
        self.fill(self.page.locator(f"[hx-post$='rename?at={place}'] input"), key)

    def insert(self, place: str, kind: str, picture: str = "") -> None:
        gap = self.page.locator(f".gap[data-before='{place}']")
        self.click(gap.locator("summary"))
        if picture:
            gap.scroll_into_view_if_needed()
            self.take(picture)
        self.click(gap.locator(f"[hx-post$='&kind={kind}']"))


def begun(hand: Hand) -> str:
    """The draft with its first steps; the address of the draft."""
    page = hand.page
    page.goto("/sops")
    hand.press("新建规程")
    hand.fill(hand.labelled("中文名称"), TITLE)
    if hand.language != "zh":
        hand.fill(hand.labelled("英文名称"), hand.own(TITLE))
    hand.choose(hand.labelled("负责部门"), "quality")
    hand.choose(hand.labelled("负责岗位"), "qa_manager")
    hand.take("begin")
    hand.press("开始")
    hand.put("clauses", "GSP 83; GSP 84")
    hand.insert("steps/0", "action", "insert")
    hand.pick("steps/0/action", "maintenance.list")
    hand.put("steps/0/with/parts", "3")
    hand.name("steps/0", "listed")
    hand.insert("steps/1", "decide")
    hand.words("steps/1/title", "有没有要检查的")
    hand.put("steps/1/decide/value", "listed.count == 0")
    hand.pick("steps/1/routes/true", "end_completed")
    return page.url.partition("/design")[0]


def checked(hand: Hand) -> None:
    """The task with its work list, signature and deadline."""
    page, task, lines = hand.page, "steps/2/human", "steps/2/human/lines"
    hand.click(page.locator(".card-open", has_text="新任务"))
    hand.words("steps/2/title", "逐货位检查")
    hand.pick(f"{task}/post", "maintainer")
    hand.words(f"{task}/instruction", "逐货位检查外观、包装与储存条件")
    hand.put(f"{task}/due", "3")
    hand.pick(f"{task}/due@unit", "days")
    hand.put("steps/2/clauses", "GSP 83")
    hand.name("steps/2", "check")
    hand.add(lines)
    for key, label in (("good", "正常"), ("finding", "发现问题")):
        hand.add(f"{lines}/outcomes")
        hand.words(f"{lines}/outcomes/done/label", label)
        hand.name(f"{lines}/outcomes/done", key)
    hand.pick(f"{lines}/outcomes/finding/reason", "required")
    page.locator(f"[name='{lines}/outcomes/finding/label/zh']").scroll_into_view_if_needed()
    hand.take("work-list")
    hand.add(f"{task}/signature")
    hand.words(f"{task}/signature/meaning", "已养护检查")
    hand.click(page.locator("details.preview summary"))
    page.wait_for_timeout(1500)
    page.locator("details.preview").scroll_into_view_if_needed()
    hand.take("preview")


def held(hand: Hand) -> None:
    """Each finding calls the quality hold."""
    page, call = hand.page, "steps/3/for_each/steps/0"
    hand.insert("steps/3", "for_each")
    hand.words("steps/3/title", "处理发现的问题")
    hand.insert(call, "call")
    hand.pick(f"{call}/call/sop", "quality_hold")
    hand.words(f"{call}/title", "锁定并调查")
    hand.put(f"{call}/when", "line.outcome == 'finding'")
    names = page.locator(f".entry:has([name='{call}/call/with/batch']) details.names")
    hand.click(names.locator("summary"))
    hand.click(names.locator("[data-name='line.batch_id']"))
    hand.put(f"{call}/call/with/site", "inputs.site")
    otherwise = hand.own("养护检查发现问题")
    hand.put(f"{call}/call/with/reason", f"line.reason_given ? line.reason : '{otherwise}'")
    page.locator(f"[name='{call}/call/with/batch']").scroll_into_view_if_needed()
    hand.take("call")
    hand.click(page.locator("[hx-post*='remove?at=steps/3/for_each/steps/1']"))
    left = page.locator("#design .remarks .bad").all_inner_texts()
    if left:
        raise SystemExit(f"the check still finds: {left}")


def tried(hand: Hand, draft: str) -> None:
    """A case is walked, a sentence about every path is ticked, the draft is submitted."""
    page = hand.page
    page.goto(f"{draft}/cases")
    hand.press("增加用例")
    hand.fill(hand.labelled("中文名称"), "发现一处问题，锁定批号")
    if hand.language != "zh":
        hand.fill(hand.labelled("英文名称"), hand.own("发现一处问题，锁定批号"))
    hand.choose(hand.labelled("各行结果"), "finding")
    hand.fill(hand.labelled("原因"), hand.own("外包装破损"))
    hand.choose(hand.labelled("如何结束"), "released")
    hand.press("保存")
    hand.take("case")
    page.goto(f"{draft}/proofs")
    hand.click(page.locator("input[name=says][value='step|call']"))
    hand.choose(hand.labelled("没有什么"), "signed|check")
    hand.press("添加")
    hand.take("proof")
    page.goto(draft)
    hand.press("提交审核")
    hand.click(page.get_by_role("dialog").get_by_role("button", name=hand.said("提交审核")))


def in_force(hand: Hand, draft: str, password: str) -> None:
    """Read, approved and put in force at one site by a second person."""
    page = hand.page
    page.goto("/notifications")
    hand.click(page.locator("main a", has_text=hand.own(TITLE)))
    for words in ("批准并签名", "批准生效并签名"):
        hand.press(words)
        dialog = page.get_by_role("dialog")
        if words == "批准生效并签名":
            hand.click(dialog.get_by_label(hand.said(SITE)))
            hand.take("in-force")
        hand.fill(dialog.get_by_label(hand.said("请再次输入密码")), password)
        hand.click(dialog.locator("button[type=submit]"))


def scheduled(hand: Hand) -> str:
    """The monthly plan, and a run at once; the run's address."""
    page = hand.page
    page.goto("/admin/schedules")
    hand.press("新建定时计划")
    choice = page.locator("select[name=sop]")
    hand.choose(choice, str(choice.locator("option", has_text=hand.own(TITLE)).get_attribute("value")))
    hand.press("下一步")
    hand.click(hand.labelled(SITE))
    hand.fill(page.locator("[name=times]"), "08:00")
    hand.fill(hand.labelled("或仅在每月的日期"), "5")
    hand.fill(hand.labelled("原因"), hand.own("年度养护计划"))
    hand.press("创建")
    page.goto("/runs/new")
    choice = page.locator("select[name=sop]")
    hand.choose(choice, str(choice.locator("option", has_text=hand.own(TITLE)).get_attribute("value")))
    hand.press("下一步")
    hand.press("启动")
    page.wait_for_url("**/runs/*-*")
    return page.url


def walked(hand: Hand, password: str) -> None:
    """Read and understood, then every line looked at, one with a finding."""
    page = hand.page
    page.goto("/training")
    hand.press(TITLE)
    hand.fill(hand.labelled("请再次输入密码"), password)
    hand.press("我已阅读并理解，签名")
    page.goto("/inbox?view=claimable")
    hand.click(page.locator("#inbox-list a", has_text=hand.own("逐货位检查")))
    hand.press("领取任务")
    hand.click(page.locator("a[href$='/scan']"))
    panel, finish = page.locator("#line-panel form[data-line]"), page.locator(".stickbar a.primary")
    hand.click(page.locator(".line-item a"))
    panel.wait_for()
    hand.labelled("原因").fill(hand.own("外包装受潮变形"))
    hand.take("finding", HANDHELD[0])
    panel.get_by_role("button", name=hand.own("发现问题")).click()
    while not finish.count():
        page.wait_for_timeout(800)  # the next line opens by itself; a second tap at once does not count
        panel.get_by_role("button", name=hand.own("正常")).click()
        hand.rest()
    page.goto(page.url.partition("/scan")[0])
    hand.click(page.locator("button.outcome"))
    hand.fill(page.locator("dialog [name=password]"), password)
    hand.click(page.locator("dialog button[type=submit]"))
    page.wait_for_url("**/inbox*")


def main() -> None:
    """Makes the procedure and takes its pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path, help="the home of a running `./xunji up`")
    parser.add_argument("--language", choices=("zh", "en"), default="zh")
    given = parser.parse_args()
    demo: dict[str, Any] = json.loads((given.home / "demo.json").read_text())
    language = str(given.language)
    IMAGES.mkdir(exist_ok=True)
    password, done = str(demo["users"][0]["password"]), Counter[str]()
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []

    def told(what: str, since: float) -> None:
        sys.stdout.write(f"{what}: {dict(done)}, {monotonic() - since:.0f} s by machine\n")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        studio, began = Studio(browser, demo), monotonic()
        with studio.person("qa_manager", DESK, language) as page:
            hand = Hand(page, done, language)
            draft = begun(hand)
            checked(hand)
            held(hand)
            told("designed", began)
            tried(hand, draft)
            told("tried and submitted", began)
        with studio.person("manager", DESK, language) as page:
            in_force(Hand(page, done, language), draft, password)
            told("in force", began)
        with studio.person("qa_manager", DESK, language) as page:
            run = scheduled(Hand(page, done, language))
            told("scheduled and started", began)
        with studio.person("maintainer", HANDHELD, language) as page:
            walked(Hand(page, done, language), password)
        with studio.person("qa_manager", DESK, language) as page:
            page.goto(run)
            Hand(page, done, language).take("run")
        told("worked", began)
        browser.close()


if __name__ == "__main__":
    main()
