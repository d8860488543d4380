"""Exit statuses, words of refusal, and the clean way out."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from ops import command_line, log_output
from ops.commands import proofs
from ops.play_demo import in_words
from ops.processes import free_port
from ops.settings import REPOSITORY

VERBS = {"up", "worker", "web", "demo", "migrate", "seed", "test", "trial", "bench", "doctor"}


def test_every_verb_has_help() -> None:
    runner = CliRunner()
    for verb in VERBS:
        shown = runner.invoke(command_line.app, [verb, "--help"])
        assert shown.exit_code == 0, verb
        assert "Usage" in shown.output


def test_wrong_usage_is_status_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert command_line.run(["up", "--port", "many"]) == 2
    assert command_line.run(["up", "--port", "70000"]) == 2
    assert command_line.run(["trial", "flying"]) == 2
    assert "there are: " in capsys.readouterr().err
    assert command_line.run(["fly"]) == 2
    assert "No such command" in capsys.readouterr().err


def test_a_refusal_is_a_sentence_and_status_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XUNJI_HOME", str(tmp_path))
    for name in ("XUNJI_DATABASE_URL", "XUNJI_OWNER_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    assert command_line.run(["migrate"]) == 1
    said = capsys.readouterr().err
    assert said.startswith("xunji: no database")
    assert "Traceback" not in said


def test_a_wrong_setting_is_a_sentence_and_never_shows_a_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XUNJI_DATABASE_URL", "mysql://root:hunter2@db/xunji")
    assert command_line.run(["doctor"]) == 1
    said = capsys.readouterr().err
    assert "a database address starts with postgresql://" in said
    assert "hunter2" not in said


def test_demo_without_a_running_company_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XUNJI_HOME", str(tmp_path))
    assert command_line.run(["demo"]) == 1
    assert "start ./xunji up first" in capsys.readouterr().err
    (tmp_path / "demo.json").write_text(
        json.dumps({"base_url": f"http://127.0.0.1:{free_port()}", "users": []})
    )
    assert command_line.run(["demo"]) == 1
    assert "is not ready" in capsys.readouterr().err


def test_the_summary_of_a_demo_names_what_was_refused_and_who_is_stuck() -> None:
    said = in_words(
        {
            "ok": False,
            "runs": {"completed: completed": 2},
            "stuck": ["run 7: no task"],
            "done": {"arrival": 3},
            "refused_and_tried_again": {},
            "seconds": 4.2,
        }
    )
    assert said.splitlines()[0] == "2 runs played to the end in 4.2 s"
    assert "      3  arrival" in said
    assert "refused" not in said
    assert said.endswith("STUCK: run 7: no task")


def test_an_unexpected_error_shows_where_and_is_status_one(tmp_path: Path) -> None:
    program = "from ops import command_line; command_line.run = lambda _: 1 / 0; command_line.main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
    )
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr


def test_doctor_answers_in_json(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XUNJI_HOME", str(tmp_path))
    monkeypatch.delenv("XUNJI_DATABASE_URL", raising=False)
    status = command_line.run(["doctor", "--json"])
    findings = {finding["what"]: finding for finding in json.loads(capsys.readouterr().out)}
    assert findings["python"]["state"] == "ok"
    assert "no database" in findings["database"]["words"]
    assert status == int(any(finding["state"] == "problem" for finding in findings.values()))


def test_doctor_notices_secrets_that_others_may_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XUNJI_HOME", str(tmp_path))
    (tmp_path / "secrets.json").write_text("{}")
    (tmp_path / "secrets.json").chmod(0o644)
    assert command_line.run(["doctor"]) == 1
    assert "chmod 600" in capsys.readouterr().out


@pytest.fixture
def proof(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    package = tmp_path / "someproofs"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "counting.py").write_text(
        "async def run(up_to: int = 3, word: str = 'a') -> dict:\n"
        "    return {'count': up_to, 'word': word, 'ok': up_to < 10}\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(proofs, "REPOSITORY", tmp_path)
    monkeypatch.setattr(log_output, "configure", lambda _process: None)
    return "someproofs"


def figures(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_a_proof_is_found_by_name_and_prints_figures(proof: str, capsys: pytest.CaptureFixture[str]) -> None:
    proofs.report(proof, "counting", ["up_to=5", "word=b"])
    assert figures(capsys) == {"name": "counting", "count": 5, "word": "b", "ok": True}


def test_a_failed_proof_an_unknown_one_and_a_wrong_parameter_are_refused(proof: str) -> None:
    with pytest.raises(proofs.NoSuchProof, match="there are: counting"):
        proofs.report(proof, "flying", None)
    with pytest.raises(Exception, match="knows no size"):
        proofs.report(proof, "counting", ["size=5"])
    with pytest.raises(Exception, match="not NAME=VALUE"):
        proofs.report(proof, "counting", ["five"])
    with pytest.raises(typer.Exit):
        proofs.report(proof, "counting", ["up_to=10"])
