"""A file whose bytes were deleted under retention: 410 with when and by which run, its header as before."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from db import tables as t
from tests import aged
from tests.api.house_door import Door
from tests.db.retention_house import LONG_AGO

PHOTO = b"%PDF-of-long-ago"


async def test_a_deleted_file_is_gone_and_says_so(door: Door) -> None:
    people = door.world.people
    async with door.world.write() as tx:
        tx.audited_elsewhere("the test's own world")
        version = await aged.procedure(tx, people["li"])
        site = door.world.sites["SH1"]
        run = await aged.ended_run(tx, site=site, person=people["li"], version=version, ended_at=LONG_AGO)
        photo = await aged.attach(tx, PHOTO, person=people["li"], run=run)
        await aged.kept(tx, run)
        persons = [people[name] for name in ("li", "wang", "zhou")]
        by = await aged.asking(tx, site=site, version=version, persons=persons, runs=[run])
        await tx.scalar(aged.deletion(run, by))
    gone = await door.call("li", "GET", f"/attachments/{photo}/content")
    told = gone.json()
    assert (gone.status_code, told["code"], told["run"]) == (410, "attachment_deleted", str(by.run))
    assert str(by.run) in told["detail"] and told["title"] == "Deleted under the rules"
    head = await door.ok("li", "GET", f"/attachments/{photo}")
    digest = hashlib.sha256(PHOTO).hexdigest()
    assert (head["sha256"], head["size"], head["deleted_by"]) == (digest, len(PHOTO), str(by.run))
    assert head["deleted_at"]
    standing = await door.ok("zheng", "GET", "/retention")
    assert standing["deleted"][0]["attachments"] == [{"sha256": digest, "size": len(PHOTO)}]
    assert standing["next"] is None
    async with door.world.platform.database.read() as tx:
        kept = await tx.scalar(sa.select(sa.func.count()).where(t.attachment.c.id == photo))
    assert kept == 1
