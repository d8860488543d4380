"""Room `ops`: where heads of sealed evidence go besides the file, as the environment says."""

from pydantic import SecretStr

from ops.settings import Settings
from services.head_places import MailSettings, StoreSettings


def store(settings: Settings) -> StoreSettings | None:
    """The bucket, if one is named."""
    if not settings.heads_s3_bucket:
        return None
    return StoreSettings(
        bucket=settings.heads_s3_bucket,
        endpoint=settings.heads_s3_endpoint or None,
        region=settings.heads_s3_region,
        prefix=settings.heads_s3_prefix,
        access_key=settings.heads_s3_access_key or "",
        secret_key=_secret(settings.heads_s3_secret_key),
        addressing=settings.heads_s3_addressing,
    )


def mail(settings: Settings) -> MailSettings | None:
    """The inbox, if one is named."""
    if not settings.heads_mail_host:
        return None
    return MailSettings(
        host=settings.heads_mail_host,
        port=settings.heads_mail_port,
        security=settings.heads_mail_security,
        user=settings.heads_mail_user or "",
        password=_secret(settings.heads_mail_password),
        sender=settings.heads_mail_from or "",
        receivers=tuple(one.strip() for one in (settings.heads_mail_to or "").split(",") if one.strip()),
        every_hours=settings.heads_mail_hours,
    )


def _secret(given: SecretStr | None) -> str:
    return given.get_secret_value() if given else ""
