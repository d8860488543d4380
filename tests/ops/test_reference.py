"""Nothing that operators rely on is undocumented."""

import re
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest
from babel.messages.pofile import read_po
from typer.main import get_command

from domain.action_catalogue import CATALOGUE
from ops.command_line import app
from ops.demo_seed import materials as catalogue
from ops.demo_seed import orders, partners
from ops.demo_seed.people import PASSWORD, holder
from ops.demo_seed.places import sites
from ops.settings import REPOSITORY, Settings
from services import command_sheet, sop_files
from services.permissions import Permission


def test_every_setting_is_in_the_reference() -> None:
    page = (REPOSITORY / "docs/reference/settings.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(XUNJI_\w+)`", page, re.MULTILINE))
    assert rows == {f"XUNJI_{name.upper()}" for name in Settings.model_fields}


def test_every_verb_is_in_the_reference() -> None:
    page = (REPOSITORY / "docs/reference/command-line.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (\w+)", page, re.MULTILINE)
    assert sorted(headings) == sorted(get_command(app).commands)  # type: ignore[attr-defined]


def _options(command: Any) -> set[str]:
    """The long options of a verb and of the verbs below it."""
    own = {name for part in command.params for name in part.opts if name.startswith("--")}
    return own.union(*(_options(one) for one in getattr(command, "commands", {}).values()))


def test_every_option_is_in_the_reference_and_every_one_there_is_an_option() -> None:
    page = (REPOSITORY / "docs/reference/command-line.md").read_text(encoding="utf-8")
    told = set(re.findall(r"(--[a-z][a-z-]+)", page)) - {"--help"}
    assert told == _options(get_command(app)) - {"--help", "--install-completion", "--show-completion"}


def test_every_shipped_procedure_is_in_the_reference() -> None:
    page = (REPOSITORY / "docs/reference/procedures.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE))
    assert rows == {file.key for file in sop_files.definition_files()}


def test_every_action_is_in_the_reference_with_its_undo() -> None:
    page = (REPOSITORY / "docs/reference/sop-language.md").read_text(encoding="utf-8")
    table = page[page.index("| action | undo |") :].split("\n\n", 1)[0]
    rows = dict(re.findall(r"^\| `([\w.]+)` \| (.*) \|$", table, re.MULTILINE))
    assert rows == {
        name: f"`{action.undo}`" if action.undo else "irreversible" if action.irreversible else "no effect"
        for name, action in CATALOGUE.items()
    }


def test_every_permission_is_in_the_reference() -> None:
    page = (REPOSITORY / "docs/reference/permissions.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z_.]+)`", page, re.MULTILINE)
    assert sorted(rows) == sorted(permission.value for permission in Permission)


PAGES = sorted(
    str(page.relative_to(REPOSITORY))
    for page in [*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")]
)


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    page = REPOSITORY / name
    for link in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        assert link.startswith("https://") or (page.parent / link).exists(), link


NOT_YET = {"integrations/"}
GUIDES = (
    *("README.zh-CN.md", "README.md", "docs/manual/zh.md", "docs/manual/en.md"),
    *("docs/manual/first-procedure.zh.md", "docs/manual/first-procedure.en.md"),
    *("docs/manual/trace.zh.md", "docs/manual/trace.en.md"),
    *("docs/manual/evidence-package.zh.md", "docs/manual/evidence-package.en.md"),
    *("docs/manual/inspection.zh.md", "docs/manual/inspection.en.md"),
)


@pytest.mark.parametrize("name", PAGES)
def test_files_named_in_a_page_exist(name: str) -> None:
    """Paths from the top of the repository; in the table of rooms also names below their room."""
    rooms = {path.name for path in REPOSITORY.iterdir() if path.is_dir()}
    page = (REPOSITORY / name).read_text(encoding="utf-8")
    for path in set(re.findall(r"`([\w.-]+/[\w./-]*)`", page)) - NOT_YET:
        there = (REPOSITORY / path).exists() or (REPOSITORY / f"{path}.py").exists()
        assert there or path.partition("/")[0] not in rooms, path
    for room, what in re.findall(r"^\| `(\w+/)` \| (.+) \|$", page, re.MULTILINE):
        for below in re.findall(r"`([\w./]+(?:\.\w+|/))`", what):
            assert (REPOSITORY / room / below).exists(), room + below


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_a_readme_shows_who_logs_in_and_where_the_goods_go(name: str) -> None:
    """The first five minutes are followed to the letter, so their names have to be those of the demo company."""
    page = (REPOSITORY / name).read_text(encoding="utf-8")
    assert PASSWORD in page
    second = ("qa_manager", "warehouse_manager", "second_acceptor")
    for post in ("receiver", "acceptor", "keeper", "auditor", *second):
        assert f"`{holder(post)}`" in page, post
    main = sites()[0]
    classes = {place: zone.storage_class for zone in main.zones for place in zone.locations}
    assert (classes["A-01-01"], classes["B-01-01"]) == ("ambient", "cool")
    first = catalogue.materials({maker.code: maker.name for maker in partners.manufacturers()})
    stored = {material.code: material.storage_class for material in first}
    order, advice = orders.deliveries(first, datetime.now(UTC))[0]
    assert f"`{advice.number}`" in page
    assert (order.site, advice.site) == (main.code, main.code)
    assert [stored[line.material] for line in advice.lines] == ["ambient"] * 3
    zones = {place: zone for zone in main.zones for place in zone.locations}
    assert classes["C-01-01"] == "refrigerated" and zones["XA-01"].special_control
    assert zones["RA-01"].kind == "rejected"
    controlled = {material.code for material in first if material.special_control}
    cold, special = (advice for _, advice in orders.deliveries(first, datetime.now(UTC))[1:3])
    assert f"`{cold.number}`" in page and f"`{special.number}`" in page
    assert {stored[line.material] for line in cold.lines} == {"refrigerated"}
    assert controlled.issuperset(line.material for line in special.lines)


def words_on_the_screen() -> set[str]:
    """What pages, sheets of command codes and shipped procedures may show, in both languages."""
    shown = {said for words in command_sheet.COMMANDS.values() for one in words for said in one.split(" / ")}
    for definition in (REPOSITORY / "sop_definitions").glob("*/v1.yaml"):
        shown |= set(re.findall(r"\b(?:zh|en): '?([^,}'\n]+)", definition.read_text(encoding="utf-8")))
    for language in ("zh_CN", "en"):
        with (REPOSITORY / f"ui/locale/{language}/LC_MESSAGES/messages.po").open("rb") as file:
            for message in read_po(file):
                both = (message.id, message.string)
                shown |= {words for words in both if isinstance(words, str)}
    return {one.strip() for words in shown for one in (words, *re.split("[：:（(]", words)[:1])} | {"English"}


@pytest.mark.parametrize("name", GUIDES)
def test_a_guide_names_buttons_as_the_screen_does(name: str) -> None:
    """Every quoted word of the steps is one of the pages' or of the shipped procedure."""
    page = (REPOSITORY / name).read_text(encoding="utf-8")
    steps = page.split("1. **", maxsplit=2)[2].split("\n## ")[0] if name.startswith("README") else page
    quoted = r"“([^”]+)”" if "zh" in name else r"(?<![*\w])\*([A-Z][^*]+)\*(?!\*)"
    found = {" ".join(word.split()) for word in re.findall(quoted, steps)}
    assert len(found) > 5
    assert found - words_on_the_screen() == set()


def test_the_readme_pairs_each_english_word_with_its_chinese_one() -> None:
    page = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    procedure = (REPOSITORY / "sop_definitions/receiving_acceptance/v1.yaml").read_text(encoding="utf-8")
    pairs = {(en.strip(), zh) for zh, en in re.findall(r"zh: ([^,}]+), en: ([^,}]+)", procedure)}
    with (REPOSITORY / "ui/locale/zh_CN/LC_MESSAGES/messages.po").open("rb") as file:
        pairs |= {(str(message.id), str(message.string)) for message in read_po(file)}
    told = re.findall(r"\*([A-Z][^*]+)\*\s([\u3000-\u9fff\uff00-\uffef]+)", page)
    assert len(told) > 15
    assert {(" ".join(en.split()), zh) for en, zh in told} - pairs == set()


def test_variables_named_in_the_code_are_settings() -> None:
    known = {f"XUNJI_{name.upper()}" for name in Settings.model_fields}
    known |= {"XUNJI_PYTHON", "XUNJI_SHARED_DATA", "XUNJI_REQUIRE_BROWSER"}
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "xunji", ".ci/run"],
        check=True,
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
    )
    for name in listed.stdout.split():
        file = REPOSITORY / name
        if file.exists() and not name.startswith("tests/"):
            words = file.read_text(encoding="utf-8")
            assert set(re.findall(r"\bXUNJI_[A-Z_]*[A-Z]\b", words)) <= known, name
