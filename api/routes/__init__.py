"""Room `api`: the calls, one module per noun; each route declares who may call it."""

from api.routes import (
    attachments,
    documents,
    invoices,
    materials,
    packages,
    parties,
    persons,
    recalls,
    runs,
    schedules,
    signals,
    sites,
    sops,
    stock,
    task_commands,
    tasks,
    tokens,
    work_lists,
)

ROUTERS = (
    tokens.router,
    tasks.router,
    runs.router,
    signals.router,
    schedules.router,
    task_commands.router,
    work_lists.router,
    attachments.router,
    recalls.router,
    documents.router,
    invoices.router,
    packages.router,
    stock.router,
    materials.router,
    parties.router,
    sites.router,
    persons.router,
    sops.router,
)
"""In the order of the OpenAPI document and of the search for an address: what is asked most comes first."""
