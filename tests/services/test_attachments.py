"""Attachments: kept once by digest, typed by their bytes, evidence that nobody changes."""

import hashlib
from uuid import UUID

import pytest
import sqlalchemy as sa

from db import tables as t
from domain.attachments import MAX_BYTES, AttachmentTooLarge, MediaTypeNotAccepted
from domain.errors import NotFound, Refusal
from domain.evidence import EvidenceIsImmutable
from services import attachments
from services.permissions import NotPermitted
from tests.services.company import Company, powerless

PDF = b"%PDF-1.7\n" + bytes(range(256))


async def test_the_same_bytes_are_kept_once_and_come_back_as_they_were(company: Company) -> None:
    first = await attachments.add(
        company.platform, PDF, actor=company.admin, media_type="application/pdf", file_name="检验报告<1>.pdf"
    )
    second = await attachments.add(company.platform, PDF, actor=company.admin, file_name="../../x.pdf")
    assert first.sha256 == second.sha256 == hashlib.sha256(PDF).hexdigest()
    assert (first.file_name, second.file_name) == ("检验报告_1_.pdf", "_.._x.pdf")
    assert (first.size, first.media_type, first.uploaded_by) == (len(PDF), "application/pdf", "admin")
    found = await attachments.read(company.platform, second.id, actor=company.admin)
    assert found.content == PDF
    async with company.database.read() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(t.attachment_body)) == 1


async def test_the_name_says_nothing_and_the_bytes_everything(company: Company) -> None:
    for content, media_type in (
        (b"<html><script>", "application/pdf"),
        (b"MZ\x90", None),
        (PDF, "image/png"),
    ):
        with pytest.raises(MediaTypeNotAccepted):
            await attachments.add(
                company.platform, content, actor=company.admin, media_type=media_type, file_name="report.pdf"
            )


async def test_an_oversized_file_is_refused_and_the_attempt_audited(company: Company) -> None:
    with pytest.raises(AttachmentTooLarge):
        await attachments.add(company.platform, PDF + bytes(MAX_BYTES), actor=company.admin)
    async with company.database.read() as tx:
        event = await tx.one_or_none(sa.select(t.audit_event).where(t.audit_event.c.refused))
    assert event is not None
    assert event["after"]["code"] == "attachment_too_large"


async def test_without_permission_or_for_an_unknown_task_nothing_is_kept(company: Company) -> None:
    with pytest.raises(NotPermitted):
        await attachments.add(company.platform, PDF, actor=powerless(company))
    with pytest.raises(NotFound):
        await attachments.add(company.platform, PDF, actor=company.admin, task_id=UUID(int=1))
    with pytest.raises(NotFound):
        await attachments.read(company.platform, UUID(int=1), actor=company.admin)
    with pytest.raises(NotPermitted):
        await attachments.read(company.platform, UUID(int=1), actor=powerless(company))
    async with company.database.read() as tx:
        assert await tx.scalar(sa.select(sa.func.count()).select_from(t.attachment_body)) == 0


async def test_nobody_changes_or_removes_an_attachment(company: Company) -> None:
    made = await attachments.add(company.platform, PDF, actor=company.admin)
    for statement in (
        sa.update(t.attachment).where(t.attachment.c.id == made.id).values(file_name="x"),
        sa.delete(t.attachment).where(t.attachment.c.id == made.id),
    ):
        with pytest.raises((EvidenceIsImmutable, Refusal, sa.exc.ProgrammingError)):
            async with company.write() as tx:
                await tx.execute(statement)
