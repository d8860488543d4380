"""Room `api`: the calls, one module per noun."""

from fastapi import APIRouter

from api.routes import (
    attachments,
    documents,
    materials,
    parties,
    persons,
    runs,
    sites,
    sops,
    stock,
    tasks,
    tokens,
    work_lists,
)

ROUTERS: tuple[APIRouter, ...] = (
    tokens.router,
    runs.router,
    tasks.router,
    work_lists.router,
    attachments.router,
    documents.router,
    stock.router,
    materials.router,
    parties.router,
    sites.router,
    persons.router,
    sops.router,
)
