"""Room `ops`, trial `whatif`: a thousand recorded runs, by changed definitions, over the outward doors.

`./xunji trial whatif runs=1000` lets people receive a thousand small deliveries of ambient, cold and
specially controlled goods. Then it asks of four drafts what would have become of the runs: of one that says
the same, of one without the second signature, of one with a stricter temperature, of one with a new step.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ops import addresses
from ops.company_client import Caller, CompanyClient, percentile
from ops.company_staff import Staff
from ops.demo_seed.places import MAIN
from ops.private_instance import PrivateInstance, private_instance
from ops.receiving_script import Course, ReceivingScript
from ops.settings import Settings
from ops.trials import chance, evidence, stream
from ops.trials.receiving import SOP, auditor, gathered, verdict

BATCH = 50
"""Runs that one call asks for."""
COLD: tuple[Course, ...] = ("usual", "usual", "excursion_go_on", "excursion_keep", "came_warm")
AMBIENT: tuple[Course, ...] = ("usual", "usual", "usual", "turned_away")
KINDS = ("ambient", "refrigerated", "special")
CLASSES = ("ambient", "cool", "refrigerated")
LIMIT_SECONDS = 300
"""A what-if over all runs may take so long."""
SECOND = """        - meaning: {zh: 验收（双人）, en: acceptance inspection (second person)}
          post: second_acceptor
          department: "'quality'"
          when: sample.lines.any_special_control
"""
WARMEST = "cold_chain.verdict == 'excursion'"
STRICTER = f"{WARMEST} || (arrival.temperature_given && arrival.temperature > decimal('4.5'))"
BEFORE_PUT_AWAY = "  - id: put_away\n"
NEW_STEP = """  - id: label_check
    title: {zh: 标签复核, en: Check the labels}
    clauses: [GSP 81]
    human:
      post: keeper
      instruction: {zh: 核对货位标签, en: Check the labels of the places}
      due: P1D
      outcomes: {done: {label: {zh: 已核对, en: Checked}}}
      signature: {meaning: {zh: 标签复核, en: labels checked}}

"""


@dataclass(frozen=True)
class Change:
    """A draft: how its text follows from the text in force, and what must become of the runs."""

    name: str
    text: Callable[[str], str]
    expected: Callable[["Played"], Mapping[str, int]]


@dataclass
class Played:
    """The runs that people played, by course; `special` are those of goods under special control."""

    courses: Counter[str] = field(default_factory=Counter)
    in_limits: int = 0
    special: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)

    @property
    def runs(self) -> int:
        """How many there are."""
        return self.courses.total()

    @property
    def put_away(self) -> int:
        """Those that come to put-away."""
        return self.courses["usual"] + self.courses["excursion_go_on"]


class TextChanged(Exception):
    """The shipped definition no longer has the words that the trial changes."""

    code = "text_changed"


def _replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        if text.count(old) != 1:
            raise TextChanged(old)
        return text.replace(old, new)

    return change


CHANGES = (
    Change("unchanged", lambda text: text, lambda played: {"same": played.runs}),
    Change("second_signature_removed", _replaced(SECOND, ""), lambda played: {"same": played.runs}),
    Change(
        "stricter_temperature",
        _replaced(WARMEST, STRICTER),
        lambda played: {"other": played.in_limits, "same": played.runs - played.in_limits},
    ),
    Change(
        "new_step",
        _replaced(BEFORE_PUT_AWAY, NEW_STEP + BEFORE_PUT_AWAY),
        lambda played: {"steps": played.put_away, "same": played.runs - played.put_away},
    ),
)


async def run(runs: int = 1000, at_once: int = 8) -> dict[str, Any]:
    """Play so many deliveries, `at_once` at a time, and ask what would have become of them."""
    with private_instance() as instance:
        return await play(instance, runs, at_once)


async def play(instance: PrivateInstance, runs: int, at_once: int = 8) -> dict[str, Any]:
    """The same on an installation that is there."""
    owner_url = addresses.owner_database_url(Settings(home=instance.home))
    async with CompanyClient(instance.base_url, instance.company) as client:
        began = time.monotonic()
        with evidence.look(owner_url) as session:
            before = evidence.Books.of(session)
            played = await deliveries(client, runs, at_once)
            found = before.contradictions(session)
        finished = time.monotonic()
        author = client.holders("qa_specialist", MAIN)[0]
        in_force = await author.get(f"/sops/{SOP}/versions/1")
        asked = {one.name: await ask(client, author, in_force["source"], one, played) for one in CHANGES}
    slowest = max(one["seconds"] for one in asked.values())
    return {
        "ok": not any(found.values())
        and all(one["as_expected"] for one in asked.values())
        and slowest <= LIMIT_SECONDS,
        "runs": played.runs,
        "courses": dict(sorted(played.courses.items())),
        "outcomes": dict(sorted(played.outcomes.items())),
        "special_control": played.special,
        "contradictions": found,
        "seconds_of_people": round(finished - began, 1),
        "limit_seconds": LIMIT_SECONDS,
        "what_ifs": asked,
    }


async def deliveries(client: CompanyClient, runs: int, at_once: int) -> Played:
    """So many deliveries from their documents to the end of their runs."""
    materials = await client.program().pages("/materials", limit=200)
    staff = Staff(client, client.person(auditor(client.company)))
    sign, played = new_sign(), Played()

    async def one(number: int) -> None:
        kind = KINDS[number % len(KINDS)]
        course = chance.one_of(COLD if kind == "refrigerated" else AMBIENT, "course", number)
        usable = [one for one in materials if _is_kind(one, kind)]
        order, advice = stream.documents(f"{sign}-{number:05}", usable, 1, site=MAIN, classes=CLASSES)
        run_id = await stream.begin(client, order, advice)
        ended = await staff.work_off(run_id, ReceivingScript(course, verdict, {}, scanned={}))
        played.ids.add(run_id)
        played.courses[course] += 1
        played.outcomes[str(ended["outcome"])] += 1
        played.in_limits += kind == "refrigerated" and course == "usual"
        played.special += kind == "special"

    await gathered([one(number) for number in range(runs)], at_once)
    return played


def new_sign() -> str:
    """A prefix of document numbers that no other trial on the installation has."""
    return f"WI{time.time_ns() // 1_000_000_000}"


def _is_kind(material: Mapping[str, Any], kind: str) -> bool:
    if kind == "special":
        return bool(material["special_control"])
    return material["storage_class"] == kind and not material["special_control"]


async def ask(
    client: CompanyClient, author: Caller, source: str, change: Change, played: Played
) -> dict[str, Any]:
    """A draft of the changed text and what it makes of all runs; how the web answers others meanwhile."""
    draft = await author.post(f"/sops/{SOP}/drafts", {"source": change.text(source)})
    answers: list[float] = []
    listening = asyncio.create_task(_listen(client, answers))
    began = time.monotonic()
    verdicts: Counter[str] = Counter()
    signatures, looked_at = [0, 0], 0
    after: str | None = None
    while True:
        address = f"/sops/{SOP}/versions/{draft['id']}/what-if"
        page = await author.get(address, after=after, limit=BATCH)
        looked_at += len(page["items"])
        own = [one for one in page["items"] if one["run"] in played.ids]
        verdicts.update(one["verdict"] for one in own)
        for one in own:
            for at, side in enumerate((one["before"], one["after"])):
                signatures[at] += sum(work["signatures"] for work in side["work"].values())
        after = page["next"]
        if after is None:
            break
    seconds = time.monotonic() - began
    listening.cancel()
    expected = {name: n for name, n in change.expected(played).items() if n}
    return {
        "as_expected": dict(verdicts) == expected,
        "verdicts": dict(sorted(verdicts.items())),
        "expected": dict(sorted(expected.items())),
        "signatures": {"then": signatures[0], "by_the_draft": signatures[1]},
        "seconds": round(seconds, 1),
        "runs_played": looked_at,
        "runs_per_second": round(looked_at / seconds, 1),
        "other_answers_ms": {
            "p50": percentile(answers, 50),
            "p95": percentile(answers, 95),
            "count": len(answers),
        },
    }


async def _listen(client: CompanyClient, answers: list[float]) -> None:
    """Asks for a small page again and again, as somebody else would."""
    while True:
        began = time.monotonic()
        await client.program().get("/sites", limit=1)
        answers.append(time.monotonic() - began)
        await asyncio.sleep(0.2)
