"""Room `api`: the shapes of packages. Quantities count base units."""

from __future__ import annotations

from datetime import date
from typing import Self
from uuid import UUID

from api.schemas.base import Answer, Instant
from services.packages import PackageView


class ContentOut(Answer):
    """So much of a batch in a package or in one that stands in it; `serials` are all of them or none."""

    sscc: str
    batch_id: UUID
    batch_number: str
    expires_on: date | None
    material: str
    material_zh: str
    material_en: str
    specification: str
    unit: str
    quantity: int
    serials: list[str]


class PackageRowOut(Answer):
    """A package in a list; `batches`: how many are in it itself; the document is its shipment."""

    id: UUID
    sscc: str
    trace_code: str | None
    state: str
    site: str
    location: str | None
    document_id: UUID | None
    document_number: str | None
    number: int | None
    parent: str | None
    batches: int
    created_at: Instant


class PackageOut(Answer):
    """A package with everything in it; `state` is open, closed, shipped or dissolved."""

    id: UUID
    sscc: str
    trace_code: str | None
    state: str
    site: str
    location: str | None
    parent: str | None
    shipment_id: UUID | None
    shipment: str | None
    number: int | None
    run_id: UUID | None
    created_by: str
    created_at: Instant
    contents: list[ContentOut]
    packages: list[str]

    @classmethod
    def of(cls, view: PackageView) -> Self:
        """The answer for a service's view."""
        head = view.head
        return cls(
            **{
                name: getattr(head, name)
                for name in ("id", "sscc", "trace_code", "state", "site", "location")
            },
            parent=head.parent,
            shipment_id=head.document_id,
            shipment=head.document_number,
            number=head.number,
            run_id=head.run_id,
            created_by=head.created_by,
            created_at=head.created_at,
            contents=[
                ContentOut(
                    **{name: getattr(row, name) for name in ContentOut.model_fields if name != "serials"},
                    serials=sorted(row.serials.values()),
                )
                for row in view.contents
            ],
            packages=[one.sscc for one in view.inside],
        )
