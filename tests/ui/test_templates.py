"""Templates: each compiles, each page has a title, none carries a script or style of its own."""

import re
from html.parser import HTMLParser
from typing import ClassVar

import pytest

from ui.contexts import Context
from ui.pages import PAGES
from ui.rendering import STATIC, TEMPLATES, environment
from ui.translation import LANGUAGES, Language

FILES = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
PAGE_FILES = [name for name in FILES if "{% extends" in (TEMPLATES / name).read_text()]


def contexts(base: type = Context) -> set[type]:
    found: set[type] = set(base.__subclasses__())
    return found | {inner for one in found for inner in contexts(one)}


@pytest.mark.parametrize("name", FILES)
def test_a_template_compiles_in_both_languages_and_is_short(name: str) -> None:
    for language in LANGUAGES:
        environment(language).get_template(name)
    assert len((TEMPLATES / name).read_text().splitlines()) < 80


@pytest.mark.parametrize("name", PAGE_FILES)
def test_a_page_has_a_title_of_its_own(name: str) -> None:
    assert re.search(r"{% block title %}.+{% endblock %}", (TEMPLATES / name).read_text())


@pytest.mark.parametrize("name", FILES)
def test_a_template_has_no_inline_script_style_or_handler(name: str) -> None:
    text = (TEMPLATES / name).read_text()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|<script(?![^>]*\bsrc=)", text)
    assert "|safe" not in text.replace(" ", "")


def test_every_context_names_a_template_and_every_page_template_has_a_context() -> None:
    assert PAGES
    named = {one.template for one in contexts() if hasattr(one, "template")}
    assert named <= set(FILES)
    assert set(PAGE_FILES) - {"base.html"} <= named


def test_every_icon_that_a_template_or_word_names_exists() -> None:
    known = set(re.findall(r'<symbol id="([a-z]+)"', (STATIC / "icons.svg").read_text()))
    used = {
        icon
        for path in TEMPLATES.rglob("*.html")
        for icon in re.findall(r'icon\("([a-z]+)"', path.read_text())
    }
    from ui import goods_words, words

    for entries in [*vars(words).values(), *vars(goods_words).values()]:
        if isinstance(entries, dict):
            used |= {entry[1] for entry in entries.values() if isinstance(entry, tuple)}
    assert used <= known


class Balance(HTMLParser):
    """Counts what is opened and closed."""

    VOID: ClassVar = {"meta", "link", "input", "br", "use", "path", "img"}

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.roots = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.open:
            self.roots += 1
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        return

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1] == tag, f"</{tag}> closes <{self.open[-1]}>"
        self.open.pop()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pattern_page_is_well_formed_and_escapes_its_hostile_sample(language: Language) -> None:
    from ui.contexts.frame import Frame
    from ui.pages.pattern_samples import pattern_page
    from ui.rendering import render
    from ui.translation import translations

    frame = Frame(language, "/-/patterns", "/-/patterns", "token", "Asia/Shanghai", demo=True)
    html = render(pattern_page(translations(language)), frame, language)
    balance = Balance()
    balance.feed(html)
    assert balance.open == []
    assert "<b>1.0 g</b>" not in html
    assert "&lt;b&gt;1.0 g&lt;/b&gt;" in html
