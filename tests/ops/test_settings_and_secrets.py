"""Settings from the environment, and the files that keep this installation's secrets."""

import stat
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr, ValidationError

import web
import worker
from ops import addresses, head_places
from ops.database_role import RoleTooPowerful, refuse_powerful_role
from ops.embedded_postgres import EmbeddedPostgres
from ops.home_lock import HomeInUse, HomeLock, ModeMixed, running_pid
from ops.secrets_file import read_json, remembered_number, remembered_secret, write_private_json
from ops.service import describe_exit
from ops.settings import REPOSITORY, Settings


def test_the_home_is_in_the_repository_unless_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("XUNJI_HOME", raising=False)
    assert Settings().home == REPOSITORY / ".xunji"
    monkeypatch.setenv("XUNJI_HOME", str(tmp_path / "x" / ".." / "y"))
    assert Settings().home == tmp_path / "y"


def test_a_database_address_gets_its_driver_and_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XUNJI_DATABASE_URL", "postgres://xunji_app:hunter2@db/xunji")
    settings = Settings()
    assert addresses.database_url(settings) == "postgresql+psycopg://xunji_app:hunter2@db/xunji"
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("XUNJI_DATABASE_URL", "mysql://root@db/xunji"),
        ("XUNJI_PORT", "70000"),
        ("XUNJI_MODE", "play"),
        ("XUNJI_SECRET_KEY", "short"),
        ("XUNJI_HEADS_S3_ENDPOINT", "https://store"),
        ("XUNJI_HEADS_S3_SECRET_KEY", "alone"),
        ("XUNJI_HEADS_MAIL_HOST", "mail"),
        ("XUNJI_HEADS_MAIL_HOURS", "0"),
    ],
)
def test_a_wrong_setting_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        Settings()


def test_places_for_heads_are_none_unless_they_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert head_places.store(Settings()) is None
    assert head_places.mail(Settings()) is None
    for name, value in {
        "XUNJI_HEADS_S3_BUCKET": "heads",
        "XUNJI_HEADS_S3_ACCESS_KEY": "us",
        "XUNJI_HEADS_S3_SECRET_KEY": "hunter2",
        "XUNJI_HEADS_MAIL_HOST": "mail",
        "XUNJI_HEADS_MAIL_PASSWORD": "hunter2",
        "XUNJI_HEADS_MAIL_FROM": "xunji@example.com",
        "XUNJI_HEADS_MAIL_TO": "a@example.com, b@example.com",
    }.items():
        monkeypatch.setenv(name, value)
    settings = Settings()
    store, mail = head_places.store(settings), head_places.mail(settings)
    assert store is not None and mail is not None
    assert (store.name, store.secret_key, store.endpoint) == ("s3://heads/xunji-heads/", "hunter2", None)
    assert (mail.receivers, mail.port) == (("a@example.com", "b@example.com"), 587)
    assert "hunter2" not in repr(settings) + repr(store) + repr(mail)


def test_without_servers_the_words_say_what_to_do(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=None, temporal_address=None)
    with pytest.raises(addresses.NothingToConnectTo, match=r"XUNJI_DATABASE_URL, or start ./xunji up"):
        addresses.database_url(settings)
    with pytest.raises(addresses.NothingToConnectTo, match=r"XUNJI_TEMPORAL_ADDRESS, or start ./xunji up"):
        addresses.temporal_address(settings)


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    first = remembered_secret(path, "key")
    assert remembered_secret(path, "key") == first
    assert remembered_secret(path, "other") != first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert remembered_number(path, "port") is None
    assert remembered_number(path, "port", 5) == 5
    assert set(read_json(path)) == {"key", "other", "port"}


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    write_private_json(path, {"a": 1})
    with pytest.raises(TypeError):
        write_private_json(path, {"a": object()})
    assert read_json(path) == {"a": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["demo.json"]


def test_a_home_has_one_supervisor(tmp_path: Path) -> None:
    assert running_pid(tmp_path) is None
    lock = HomeLock(tmp_path)
    with pytest.raises(HomeInUse, match="already runs"):
        HomeLock(tmp_path)
    assert running_pid(tmp_path) is not None
    lock.release()
    assert running_pid(tmp_path) is None
    HomeLock(tmp_path).release()


def test_a_home_is_for_live_or_for_drill_and_stays_so(tmp_path: Path) -> None:
    for name, first, other in (("a", "live", "drill"), ("b", "drill", "live")):
        lock = HomeLock(tmp_path / name)
        lock.keep_mode(first)
        lock.keep_mode(first)
        with pytest.raises(ModeMixed, match=f"a home for {first}"):
            lock.keep_mode(other)
        lock.release()


def test_a_home_from_before_the_modes_is_live(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    lock = HomeLock(tmp_path)
    with pytest.raises(ModeMixed):
        lock.keep_mode("drill")
    lock.keep_mode("live")
    lock.release()


def test_worker_and_web_take_the_application_role_only(postgres_server: EmbeddedPostgres) -> None:
    refuse_powerful_role(postgres_server.app_url)
    with pytest.raises(RoleTooPowerful, match="superuser"):
        refuse_powerful_role(postgres_server.superuser_url)
    with pytest.raises(RoleTooPowerful, match="owner"):
        refuse_powerful_role(postgres_server.owner_url)


async def test_the_doors_themselves_refuse_a_powerful_role(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    for url in (postgres_server.superuser_url, postgres_server.owner_url):
        settings = Settings(home=tmp_path, database_url=SecretStr(url), temporal_address="127.0.0.1:9")
        for serve in (worker.work, web.serve):
            with pytest.raises(RoleTooPowerful):
                await serve(settings)


@pytest.mark.parametrize("role", ["postgres", "xunji_owner", "xunji_app"])
def test_nobody_enters_the_database_without_the_right_password(
    postgres_server: EmbeddedPostgres, role: str
) -> None:
    for password in (None, "wrong"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(
                host="127.0.0.1", port=postgres_server.port, user=role, dbname="postgres", password=password
            )
    rules = (postgres_server.data / "pg_hba.conf").read_text(encoding="utf-8").split("\n")
    assert {rule.split()[-1] for rule in rules if rule} == {"scram-sha-256"}


def test_exit_statuses_are_words() -> None:
    assert describe_exit(-9) == "signal 9"
    assert describe_exit(3) == "status 3"
