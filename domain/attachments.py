"""Domain: what may be attached to a step - kinds by their first bytes, a size, a safe name. Knows no table.

The media type is what the bytes say, not what the sender says: HTML named `report.pdf` is refused. Evidence
holds digests; the file name stands only where it is shown.
"""

import re
import unicodedata

from domain.errors import Refusal

MAX_BYTES = 25 * 1024 * 1024
NAME_LENGTH = 120
_UNSAFE = re.compile(r'[\\/:*?"<>|]')


class AttachmentTooLarge(Refusal):
    """More than 25 MiB."""

    code = "attachment_too_large"
    kind = "limit"
    zh = "附件超过 {limit} MiB"
    en = "The attachment is larger than {limit} MiB"


class AttachmentDeleted(Refusal):
    """The bytes were deleted with the contents of the runs that used them; header and digest stay."""

    code = "attachment_deleted"
    kind = "gone"
    zh = "文件已于 {at} 按保存期限删除，由销毁流程 {by} 执行；登记信息与摘要永久保存"
    en = "Deleted under retention on {at}, by the run {by}; what the file was and its digest stay on record"


class MediaTypeNotAccepted(Refusal):
    """The bytes are none of PDF, PNG, JPEG, WebP, or not what the sender calls them."""

    code = "media_type_not_accepted"
    kind = "invalid"
    zh = "附件只接受 PDF、PNG、JPEG、WebP（{why_zh}）"
    en = "Only PDF, PNG, JPEG and WebP can be attached ({why_en})"


def media_type_of(content: bytes, told: str | None = None) -> str:
    """The media type by the first bytes; refused when unknown or when `told` names another of the four."""
    found = _sniff(content)
    if found is None:
        raise MediaTypeNotAccepted(why_zh="内容无法识别", why_en="content not recognised")
    told = (told or "").split(";", 1)[0].strip().lower()
    generic = {"", "application/octet-stream", "binary/octet-stream", "image/jpg", found}
    if told not in generic:
        differ = f"{told[:60]} ≠ {found}"
        raise MediaTypeNotAccepted(why_zh=differ, why_en=differ)
    return found


def check_size(content: bytes) -> None:
    """AttachmentTooLarge above 25 MiB; an empty file is not recognised as anything."""
    if len(content) > MAX_BYTES:
        raise AttachmentTooLarge(limit=MAX_BYTES // (1024 * 1024))


def shown_name(name: str, media_type: str) -> str:
    """A file name that can be shown and saved anywhere: no path, no control character, bounded."""
    plain = unicodedata.normalize("NFC", name or "")
    plain = "".join(sign for sign in plain if unicodedata.category(sign) not in {"Cc", "Cf", "Cs"})
    plain = _UNSAFE.sub("_", plain).strip(" .")[-NAME_LENGTH:].strip(" .")
    return plain or {"application/pdf": "attachment.pdf"}.get(
        media_type, f"attachment.{media_type.rsplit('/', 1)[-1]}"
    )


def _sniff(content: bytes) -> str | None:
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None
