"""A first start that was cut short begins anew, and never one that had been whole."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ops import first_start
from ops.processes import free_port
from tests.conftest import temporary_home
from tests.ops.test_supervisor import rehearsal


@pytest.fixture
def home() -> Iterator[Path]:
    with temporary_home() as path:
        yield path


def made(home: Path) -> Path:
    (home / "postgres").mkdir()
    (home / "postgres" / "PG_VERSION").write_text("18")
    (home / "temporal.db").write_text("")
    (home / "secrets.json").write_text("{}")
    return home


def test_without_a_mark_nothing_is_touched(tmp_path: Path) -> None:
    assert not first_start.clear_unfinished(made(tmp_path))
    assert (tmp_path / "postgres" / "PG_VERSION").exists()


def test_an_unfinished_start_leaves_only_its_secrets(tmp_path: Path) -> None:
    first_start.begin(made(tmp_path))
    assert first_start.clear_unfinished(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["secrets.json"]


def test_a_company_that_was_loaded_stays_though_the_mark_does(tmp_path: Path) -> None:
    first_start.begin(made(tmp_path))
    (tmp_path / "demo.json").write_text("{}")
    assert first_start.clear_unfinished(tmp_path)
    assert (tmp_path / "postgres" / "PG_VERSION").exists()
    assert not (tmp_path / first_start.MARK).exists()


def test_a_start_killed_while_the_company_is_loaded_begins_anew(home: Path) -> None:
    (home / "endless").touch()
    with rehearsal(home, demo=True) as up:
        up.hear("loading the demo company")
        up.process.kill()
        up.process.wait()
    of_the_old_cluster = home / "postgres" / "left-by-the-first-start"
    of_the_old_cluster.touch()
    (home / "endless").unlink()
    with rehearsal(home, demo=True) as up:
        up.hear("begins anew")
        up.hear("who may log in")
        assert (home / "postgres" / "PG_VERSION").exists()
        assert not of_the_old_cluster.exists()
        up.process.send_signal(signal.SIGTERM)
        up.process.communicate(timeout=60)
    assert not (home / first_start.MARK).exists()


def test_a_home_with_people_of_its_own_stays_without_the_company(home: Path) -> None:
    (home / "peopled").touch()
    with rehearsal(home, free_port(), demo=True) as up:
        up.hear("no demo company")
    assert not (home / "demo.json").exists()
