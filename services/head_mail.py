"""Services: heads of the chain by e-mail, once a day: what lies in somebody's inbox nobody takes back.

That a mail was sent, and with which head, is in the audit log. A mail is not read back: whoever has one gives
its head to a verification (`domain.given_heads`).
"""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import TYPE_CHECKING

import structlog

from db.queries import evidence_packages, head_mails
from services import head_places
from services.head_places import MailSettings, PlaceUnreadable

if TYPE_CHECKING:
    from services.platform import Platform

log = structlog.get_logger(__name__)

TIMEOUT_S = 20
SUBJECT = "循迹 封存链头 / Xunji seal head #{number}"
BODY = """\
{house}

封存记录到第 {number} 个区块，链头如下。请保存本邮件；校验时可将下面一行填入“证据”页。
Records are sealed up to block {number}; this is its head. Keep this mail: the line below can be given to a
verification on the page Evidence, which then tells whether the chain still has it.

{number} {head_hash}
"""


async def send_if_due(platform: Platform) -> int | None:
    """Mail the latest head when it is time; its number, None: nothing to do. PlaceUnreadable."""
    mail = platform.settings.heads_mail
    if mail is None:
        return None
    async with platform.database.read() as tx:
        if not await head_mails.begin(tx):
            return None  # another worker is about it
        try:
            before = await head_mails.last(tx)
            latest = await head_places.latest_line(tx)
            house = await evidence_packages.legal_entity(tx)
            due = before is None or datetime.now(UTC) - before.at >= timedelta(hours=mail.every_hours)
            if latest is None or not due or (before is not None and latest.number <= before.number):
                return None
            name = f"{house['name_zh']} {house['name_en'] or ''}".strip() if house else ""
            await asyncio.to_thread(_send, mail, _message(mail, latest, name))
            async with platform.database.write() as out:
                await out.audit(
                    "export.heads",
                    "seal_head",
                    latest.number,
                    after={"hash": latest.hash, "to": list(mail.receivers)},
                )
        finally:
            await head_mails.end(tx)
    return latest.number


def _message(mail: MailSettings, head: head_places.HeadLine, house: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = SUBJECT.format(number=head.number)
    message["From"] = mail.sender
    message["To"] = ", ".join(mail.receivers)
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=mail.sender.rpartition("@")[2] or None)
    message.set_content(BODY.format(house=house, number=head.number, head_hash=head.hash))
    message.add_attachment(
        head.line + b"\n",
        maintype="application",
        subtype="json",
        filename=f"seal-head-{head.number}.json",
    )
    return message


def _send(mail: MailSettings, message: EmailMessage) -> None:
    try:
        with _connection(mail) as server:
            if mail.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if mail.user:
                server.login(mail.user, mail.password)
            refused = server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise PlaceUnreadable(f"{mail.host}:{mail.port}: {error}"[:300]) from error
    if refused:  # the others got it, so that it counts as sent
        log.warning("a head was not taken for all receivers", refused=sorted(refused))


def _connection(mail: MailSettings) -> smtplib.SMTP:
    if mail.security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=TIMEOUT_S, context=context)
    return smtplib.SMTP(mail.host, mail.port, timeout=TIMEOUT_S)
