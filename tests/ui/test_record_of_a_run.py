"""A run of any procedure is printed: its whole time line, what was filled in, who signed; who printed it is audited."""

import sqlalchemy as sa

from db import tables as t
from tests.pdf_text import text_of
from tests.ui.house import House


async def test_the_record_of_a_run_is_printed_and_that_is_audited(house: House) -> None:
    run = await house.run("RN-1")
    await house.arrive(run)
    async with house.as_person("zhou") as client:
        assert f"/runs/{run}/note" in (await client.get(f"/runs/{run}")).text
        answer = await client.get(f"/runs/{run}/note")
        assert answer.headers["content-type"] == "application/pdf"
        text = text_of(answer.content)
        for said in ("收货与验收", "RN-1", "到货检查", "运输方式", "常温", "LI"):
            assert said in text, said
        assert (await client.get("/runs/not-a-run/note")).status_code == 404
    async with house.as_person("far") as client:  # of another site
        assert (await client.get(f"/runs/{run}/note")).status_code in {403, 404}
    printed = sa.select(t.audit_event.c.object_id).where(t.audit_event.c.action == "print.run")
    assert await house.world.scalar(printed) == str(run)
