"""The launcher against a stand-in uv and npm: what it installs, when, and what it says when it cannot."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ops.settings import REPOSITORY

TOOLS = ("sh", "dirname", "cmp", "mkdir", "cp", "flock", "echo", "chmod", "cat", "sleep", "env")
PYTHON = """#!/bin/sh
case "$*" in *version_info*) exit {old};; *--version*) echo "Python 3.9.2";; *) echo "ran $*";; esac
"""
UV = """#!/bin/sh
echo "uv $*" >>"$CALLS"
sleep 0.2
case "$1" in
venv) mkdir -p "$ROOT/.venv/bin"; cp "$ROOT/tools/new-python" "$ROOT/.venv/bin/python";;
esac
"""
NPM = """#!/bin/sh
echo "npm $*" >>"$CALLS"
mkdir -p node_modules
"""


class Checkout:
    """A directory with the launcher, locks, and a PATH that holds only what it says."""

    def __init__(self, root: Path, *, old_python: bool = False) -> None:
        self.root = root
        self.tools = root / "tools"
        self.tools.mkdir(parents=True)
        shutil.copy(REPOSITORY / "xunji", root / "xunji")
        (root / "requirements.lock").write_text("one==1\n")
        (root / "package-lock.json").write_text("{}\n")
        for tool in TOOLS:
            found = shutil.which(tool)
            if found:
                (self.tools / tool).symlink_to(found)
        self.tool("python3", PYTHON.format(old=int(old_python)))
        self.tool("new-python", PYTHON.format(old=0))
        self.tool("uv", UV)
        self.tool("npm", NPM)

    def tool(self, name: str, program: str) -> None:
        path = self.tools / name
        path.write_text(program)
        path.chmod(0o755)

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        env = {"PATH": str(self.tools), "CALLS": str(self.root / "calls"), "ROOT": str(self.root)}
        return subprocess.Popen(
            [str(self.root / "xunji"), *arguments],
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    @property
    def calls(self) -> list[str]:
        path = self.root / "calls"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path / "checkout")


def test_the_first_call_installs_and_then_runs_the_verb(checkout: Checkout) -> None:
    code, out, err = checkout.run("up", "--port", "8001")
    assert (code, out) == (0, "ran -P -m ops.command_line up --port 8001\n")
    assert [call.split()[:2] for call in checkout.calls] == [["uv", "venv"], ["uv", "pip"], ["npm", "ci"]]
    assert "--require-hashes" in checkout.calls[1]
    assert "--quiet" in checkout.calls[1]  # nobody watches a pipe
    assert [line.split()[1] for line in err.splitlines()] == ["installing", "installing"]
    assert "--omit=dev --ignore-scripts" in checkout.calls[2]


def test_a_current_environment_is_left_alone(checkout: Checkout) -> None:
    checkout.run("up")
    before = checkout.calls
    assert checkout.run("up")[0] == 0
    assert checkout.calls == before


def test_a_changed_lock_is_installed(checkout: Checkout) -> None:
    checkout.run("up")
    (checkout.root / "requirements.lock").write_text("one==2\n")
    checkout.run("up")
    assert [call.split()[1] for call in checkout.calls] == ["venv", "pip", "ci", "pip"]


def test_the_tests_get_the_development_packages_of_the_browser(checkout: Checkout) -> None:
    checkout.run("up")
    checkout.run("test")
    checkout.run("up")
    assert [call.split()[2] for call in checkout.calls if call.startswith("npm")] == [
        "--omit=dev",
        "--omit=optional",
    ]


def test_two_calls_at_once_install_once(checkout: Checkout) -> None:
    if not (checkout.tools / "flock").exists():
        pytest.skip("no flock on this system: concurrent first calls are not serialised here")
    calls = [checkout.start("up") for _ in range(4)]
    for call in calls:
        call.communicate(timeout=60)
    assert [call.returncode for call in calls] == [0] * 4
    assert [call.split()[1] for call in checkout.calls] == ["venv", "pip", "ci"]


def test_an_old_python_is_named_in_the_refusal(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path / "checkout", old_python=True)
    code, _, err = checkout.run("up")
    assert code == 1
    assert "Python 3.11 or newer is needed, found: Python 3.9.2" in err
    assert checkout.calls == []


def test_a_failed_install_leaves_no_mark_of_success(checkout: Checkout) -> None:
    checkout.tool("uv", f"{UV}\ncase $1 in pip) exit 3;; esac\n")
    assert checkout.run("up")[0] != 0
    checkout.tool("uv", UV)
    assert checkout.run("up")[0] == 0
    assert [call.split()[1] for call in checkout.calls] == ["venv", "pip", "pip", "ci"]


def test_it_works_from_any_directory_and_passes_the_exit_status_on(tmp_path: Path) -> None:
    (tmp_path / "domain").mkdir()  # a directory of the same name must not shadow ours
    (tmp_path / "domain" / "__init__.py").write_text("raise SystemExit('shadowed')")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "ops.command_line", "no-such-verb"],
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "No such command" in done.stderr
