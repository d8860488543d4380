"""Room `ops`: which database, engine and key a command uses: the environment's, else the home's.

So that `./xunji migrate`, `seed` or `sop load` beside a running `./xunji up` need no configuration.
"""

from pydantic import SecretStr

from ops.embedded_postgres import embedded_url
from ops.postgres_roles import APP, OWNER
from ops.processes import answers
from ops.secrets_file import read_json, remembered_secret
from ops.settings import Settings


class NothingToConnectTo(Exception):
    """Neither the environment nor the home says where the server is."""

    code = "nothing_to_connect_to"


def database_url(settings: Settings) -> str:
    """The database as the application role."""
    return _database(settings.database_url, settings, APP, "XUNJI_DATABASE_URL")


def owner_database_url(settings: Settings) -> str:
    """The database as its owner, for migrations only."""
    return _database(settings.owner_database_url, settings, OWNER, "XUNJI_OWNER_DATABASE_URL")


def _database(given: SecretStr | None, settings: Settings, role: str, variable: str) -> str:
    if given is not None:
        return given.get_secret_value()
    port = read_json(settings.home / "ports.json").get("postgres")
    if port is None or not answers(int(port)):
        raise NothingToConnectTo(
            f"no database: set {variable}, or start ./xunji up (none answers for {settings.home})"
        )
    return embedded_url(settings.home, role, int(port))


def temporal_address(settings: Settings) -> str:
    """Temporal's host:port."""
    if settings.temporal_address:
        return settings.temporal_address
    port = read_json(settings.home / "ports.json").get("temporal")
    if port is None:
        raise NothingToConnectTo(
            f"no Temporal: set XUNJI_TEMPORAL_ADDRESS, or start ./xunji up (none runs for {settings.home})"
        )
    return f"127.0.0.1:{port}"


def secret_key(settings: Settings) -> str:
    """The key that signs sessions: the environment's, else this home's own."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    return remembered_secret(settings.home / "secrets.json", "secret_key")


def seal_keys(settings: Settings) -> tuple[str, str]:
    """The key that seals evidence and the one before it (or ""): the environment's, else this home's."""
    if settings.seal_key is not None:
        before = settings.seal_key_before
        return settings.seal_key.get_secret_value(), before.get_secret_value() if before else ""
    kept = settings.home / "secrets.json"
    return remembered_secret(kept, "seal_key"), str(read_json(kept).get("seal_key_before", ""))
