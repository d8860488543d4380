"""Nothing that operators rely on is undocumented."""

import re
import subprocess

from typer.main import get_command

from ops.command_line import app
from ops.settings import REPOSITORY, Settings


def test_every_setting_is_in_the_reference() -> None:
    page = (REPOSITORY / "docs/reference/settings.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `(XUNJI_\w+)`", page, re.MULTILINE))
    assert rows == {f"XUNJI_{name.upper()}" for name in Settings.model_fields}


def test_every_verb_is_in_the_reference() -> None:
    page = (REPOSITORY / "docs/reference/command-line.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (\w+)", page, re.MULTILINE)
    assert sorted(headings) == sorted(get_command(app).commands)  # type: ignore[attr-defined]


def test_links_of_the_readme_lead_somewhere() -> None:
    page = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)]+)\)", page)
    assert links
    for link in links:
        assert link.startswith("https://") or (REPOSITORY / link).exists(), link


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
