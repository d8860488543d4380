"""The trials `receiving` and `delivery` in a size for every day, with the same code as the full ones."""

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ops.demo_plays import PLAYS
from ops.private_instance import PrivateInstance
from ops.processes import free_port
from ops.settings import REPOSITORY
from ops.trials import archiver, delivery, receiving, tamper, whatif
from ops.trials.scms_mapping import plan
from ops.trials.scms_reader import read


def verb(instance: PrivateInstance, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """A verb as an operator types it beside the running installation."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("XUNJI_")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "ops.command_line", *arguments],
        env={**env, "PYTHONPATH": str(REPOSITORY), "XUNJI_HOME": str(instance.home)},
        check=False,
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        timeout=300,
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_demo_company_is_handed_out_to_its_owner_alone(instance: PrivateInstance) -> None:
    file = instance.home / "demo.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    company = instance.company
    assert set(company) == {"base_url", "users", "api_key", "admin_api_key"}
    assert company["base_url"] == instance.base_url
    assert len(company["users"]) == 27
    for user in company["users"]:
        assert set(user) >= {"username", "password", "name", "posts"}
        assert all(set(post) >= {"post", "site"} for post in user["posts"])
        assert f"{user['username']} " in instance.said
    assert "who may log in" in instance.said
    assert not (instance.home / "first-start").exists()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_verbs_beside_a_running_installation(instance: PrivateInstance) -> None:
    examined = verb(instance, "doctor", "--json")
    findings = {finding["what"]: finding["state"] for finding in json.loads(examined.stdout)}
    assert {findings[what] for what in ("up", "database", "schema", "temporal", "home")} == {"ok"}
    again = verb(instance, "seed")
    assert (again.returncode, again.stdout) == (1, "")
    assert "people of its own" in again.stderr
    played = verb(instance, "demo", "--runs", "1", "--json")
    assert played.returncode == 0, played.stderr
    ended = json.loads(played.stdout)["runs"]
    assert sorted(how.split(": ")[:2] for how in ended) == sorted([one.sop, "completed"] for one in PLAYS)
    assert set(ended.values()) == {1}
    second = verb(instance, "up", "--port", str(free_port()))
    assert second.returncode == 1
    assert "already runs" in second.stderr


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_real_purchase_orders_go_from_documents_to_book_in(
    instance: PrivateInstance, shared_data: Path
) -> None:
    planned = plan(read(shared_data).lines, 12, datetime.now(UTC).date())
    figures = await receiving.play(instance, planned, at_once=4)
    assert figures["quantities_wrong"] == {}
    assert not {what: number for what, number in figures["contradictions"].items() if number}
    assert figures["timelines"]["runs_without"] == figures["engine_histories"]["incomplete"] == 0
    assert figures["ok"], figures


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_delivery_of_five_hundred_lines_keeps_history_and_memory_bounded(
    instance: PrivateInstance,
) -> None:
    figures = await delivery.play(instance, lines=500, lines_at_once=4)
    assert all(figures["bounded"].values()), figures
    assert not {what: number for what, number in figures["contradictions"].items() if number}
    assert figures["ok"], figures


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_dozen_recorded_runs_are_tried_by_changed_drafts(instance: PrivateInstance) -> None:
    figures = await whatif.play(instance, runs=12)
    assert not {what: number for what, number in figures["contradictions"].items() if number}
    assert {name: one["verdicts"] for name, one in figures["what_ifs"].items()} == {
        name: one["expected"] for name, one in figures["what_ifs"].items()
    }
    removed = figures["what_ifs"]["second_signature_removed"]["signatures"]
    assert removed["by_the_draft"] < removed["then"]
    assert figures["ok"], figures


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_what_a_superuser_changes_is_found_in_a_house_at_work(instance: PrivateInstance) -> None:
    figures = await tamper.prove(instance, runs=20, deliveries=1, columns=1, kinds=30)
    assert (figures["missed"], figures["untouched"]["findings"]) == ([], [])
    assert figures["kinds"] == 30
    assert figures["ok"], figures
    verified = verb(instance, "evidence", "verify", "--levels", "1", "--json")
    assert (verified.returncode, json.loads(verified.stdout)["sound"]) == (0, True), verified.stderr
    assert verb(instance, "evidence", "verify", "--levels", "9").returncode == 2


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_what_was_not_archived_for_long_is_caught_up_by_two_workers_that_are_killed(
    instance: PrivateInstance,
) -> None:
    figures = await archiver.prove(instance, runs=20, kills=2)
    assert figures["runs_waiting"] >= 20
    assert figures["ok"], figures
