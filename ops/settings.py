"""Room `ops`: what the environment says. Every setting has its name in docs/reference and nowhere else.

Passwords and keys are `SecretStr`, so that printing settings shows none.
"""

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
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
    heads_s3_bucket: str | None = Field(
        default=None, description="bucket of an S3-compatible store for the heads"
    )
    heads_s3_endpoint: str | None = Field(
        default=None, description="address of the store; none: Amazon's own"
    )
    heads_s3_region: str = Field(default="us-east-1", description="region of the store")
    heads_s3_prefix: str = Field(
        default="xunji-heads/", description="what the names in the bucket begin with"
    )
    heads_s3_access_key: str | None = Field(default=None, description="who writes into the bucket")
    heads_s3_secret_key: SecretStr | None = Field(default=None, description="its secret")
    heads_s3_addressing: Literal["path", "virtual"] = Field(
        default="path", description="whether the bucket stands in the path or in the host's name"
    )
    heads_mail_host: str | None = Field(default=None, description="SMTP server that mails the heads")
    heads_mail_port: int = Field(default=587, ge=1, le=65535, description="its port")
    heads_mail_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="how the connection is kept private"
    )
    heads_mail_user: str | None = Field(default=None, description="log-in at the SMTP server")
    heads_mail_password: SecretStr | None = Field(default=None, description="its password")
    heads_mail_from: str | None = Field(default=None, description="sender of the heads")
    heads_mail_to: str | None = Field(default=None, description="receivers of the heads, commas between")
    heads_mail_hours: float = Field(default=24.0, gt=0, description="hours between two mails")
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

    @model_validator(mode="after")
    def whole_places(self) -> Self:
        """A place that is named in part would silently have no heads."""
        if self.heads_s3_bucket is None and (self.heads_s3_endpoint or self.heads_s3_access_key):
            raise ValueError("a store for the heads needs XUNJI_HEADS_S3_BUCKET")
        if (self.heads_s3_access_key is None) != (self.heads_s3_secret_key is None):
            raise ValueError("XUNJI_HEADS_S3_ACCESS_KEY and XUNJI_HEADS_S3_SECRET_KEY go together")
        mail = (self.heads_mail_host, self.heads_mail_from, self.heads_mail_to)
        if any(mail) and not all(mail):
            raise ValueError(
                "mails need XUNJI_HEADS_MAIL_HOST, XUNJI_HEADS_MAIL_FROM and XUNJI_HEADS_MAIL_TO"
            )
        return self

    @property
    def heads(self) -> Path:
        """The file of exported heads: the one named, else the home's."""
        return self.heads_file or self.home / "seal-heads.jsonl"

    @property
    def demo_file(self) -> Path:
        return self.home / "demo.json"
