"""The fixtures that every other test stands on."""

import psycopg
import pytest
from playwright.async_api import Browser
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from ops.embedded_postgres import EmbeddedPostgres
from tests.servers import TemporalServer


def plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def test_the_two_roles_log_in_and_are_not_superusers(postgres_server: EmbeddedPostgres) -> None:
    for url in (postgres_server.app_url, postgres_server.owner_url):
        with psycopg.connect(plain(url)) as session:
            assert session.execute(
                "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
            ).fetchone() == (False, False, False)


def test_a_wrong_password_is_refused(postgres_server: EmbeddedPostgres) -> None:
    url = plain(postgres_server.app_url).replace(postgres_server.password("xunji_app"), "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


def test_the_application_role_cannot_make_tables(postgres_server: EmbeddedPostgres) -> None:
    with (
        psycopg.connect(plain(postgres_server.app_url)) as session,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        session.execute("CREATE TABLE mine (id int)")


async def test_the_temporal_server_has_the_namespace_with_ninety_days(
    temporal_server: TemporalServer,
) -> None:
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest

    client = await Client.connect(temporal_server.address, namespace=temporal_server.namespace)
    described = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="xunji"))
    assert described.config.workflow_execution_retention_ttl.ToTimedelta().days == 90


async def test_the_time_skipping_server_skips(time_skipping_env: WorkflowEnvironment) -> None:
    before = await time_skipping_env.get_current_time()
    await time_skipping_env.sleep(3600)
    assert (await time_skipping_env.get_current_time() - before).total_seconds() >= 3600


@pytest.mark.browser
async def test_the_browser_shows_chinese(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content("<h1>收货</h1>")
    assert await page.inner_text("h1") == "收货"
