"""A definition goes out as a file and comes back the same: text, canonical form, checks, cases."""

import pytest

from domain.drill_record import definition_digest
from domain.sop_yaml import parse, to_yaml
from services import sop_catalogue, sop_files
from tests.ui.house import KEY, House


async def test_what_is_exported_comes_back_to_the_letter(house: House) -> None:
    shipped = sop_files.newest(KEY).text
    async with house.as_person("author") as client:
        answer = await client.get(f"/sops/{KEY}/versions/1/export.yaml")
        assert answer.text == shipped
        assert f"{KEY}-v1.yaml" in answer.headers["content-disposition"]
        assert f"/sops/{KEY}/versions/1/export.yaml" in (await client.get(f"/sops/{KEY}/versions/1")).text
        loaded = await client.post("/sops/new", data={"source": answer.text})
        assert loaded.status_code == 303
        draft = loaded.headers["location"]
        assert (await client.get(f"{draft}/export.yaml")).text == shipped
        assert (await client.get(f"/sops/{KEY}/versions/99/export.yaml")).status_code == 404
    first, second = [
        await sop_catalogue.get_version(house.world.platform, KEY, ref, actor=await house.actor("author"))
        for ref in (
            1,
            (await sop_catalogue.versions(house.world.platform, KEY, actor=await house.actor("author")))[
                0
            ].id,
        )
    ]
    assert first.row.id != second.row.id
    assert definition_digest(first.written) == definition_digest(second.written)


@pytest.mark.parametrize("file", sop_files.definition_files(), ids=lambda file: f"{file.key}-v{file.version}")
def test_a_definition_survives_being_written_by_the_product(file: sop_files.SopFile) -> None:
    written = to_yaml(parse(file.text).definition)
    assert definition_digest(parse(written).definition) == definition_digest(parse(file.text).definition)
