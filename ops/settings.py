"""Room `ops`: what the environment says. Every setting has its name in docs/reference and nowhere else.

Passwords and keys are `SecretStr`, so that printing settings shows none.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

REPOSITORY = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """One installation. Names in the environment carry the prefix `XUNJI_`."""

    model_config = SettingsConfigDict(env_prefix="XUNJI_", extra="ignore", frozen=True)

    home: Path = Field(
        default=REPOSITORY / ".xunji", description="data, logs and secrets of the embedded servers"
    )
    host: str = Field(default="127.0.0.1", description="address the web process listens on")
    port: int = Field(default=8000, ge=1, le=65535, description="port the web process listens on")
    secret_key: SecretStr | None = Field(
        default=None, description="signs sessions and cursors; `up` makes one"
    )
    seal_key: SecretStr | None = Field(
        default=None, description="signs blocks of evidence (Ed25519, 32 bytes as base64url); `up` makes one"
    )
    seal_key_before: SecretStr | None = Field(
        default=None, description="the seal key before a change, which vouches for the new one"
    )
    heads_file: Path | None = Field(
        default=None, description="where heads of sealed evidence are written, outside the database"
    )
    temporal_address: str | None = Field(default=None, description="host:port of Temporal; `up` embeds one")
    temporal_namespace: str = Field(
        default="xunji", description="namespace with retention of 90 days or more"
    )
    database_url: SecretStr | None = Field(default=None, description="PostgreSQL as the application role")
    owner_database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL as the owner, to migrate"
    )
    demo: bool = Field(default=False, description="demo company: log-ins are shown on the log-in page")
    mode: Literal["live", "drill"] = Field(default="live", description="a drill may advance its own clock")

    @field_validator("home")
    @classmethod
    def resolve_home(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @field_validator("database_url", "owner_database_url")
    @classmethod
    def name_the_driver(cls, value: SecretStr | None) -> SecretStr | None:
        """Operators write `postgresql://`; SQLAlchemy wants the driver named."""
        if value is None or not value.get_secret_value():
            return None
        scheme, separator, rest = value.get_secret_value().partition("://")
        if scheme not in {"postgresql", "postgres", "postgresql+psycopg"} or not separator:
            raise ValueError("a database address starts with postgresql://")
        return SecretStr(f"postgresql+psycopg://{rest}")

    @field_validator("secret_key")
    @classmethod
    def long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        """A key somebody can guess signs nothing: 32 characters at least."""
        if value is not None and len(value.get_secret_value()) < 32:  # noqa: PLR2004 - the sentence above
            raise ValueError("XUNJI_SECRET_KEY needs at least 32 characters")
        return value

    @property
    def heads(self) -> Path:
        """The file of exported heads: the one named, else the home's."""
        return self.heads_file or self.home / "seal-heads.jsonl"

    @property
    def demo_file(self) -> Path:
        return self.home / "demo.json"
