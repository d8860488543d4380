"""Room `ops`, trial `outbound`: real orders through allocation, pick, review and hand-over, and back again.

`./xunji trial outbound orders=300` posts orders of the Online Retail data with their customers and materials,
starts a run for each, plays all people over HTTP by scan, invoices what left, plays what came back as sales
returns, and compares what database, ledger and engine hold with the plan. What the source returns beyond
what was sold, or without a sale, must be refused and is counted.
"""

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ops import addresses, outbound_script
from ops.company_client import CompanyClient, Refused
from ops.company_staff import Staff
from ops.demo_seed.places import MAIN
from ops.outbound_script import Course
from ops.private_instance import PrivateInstance, private_instance
from ops.settings import Settings
from ops.trials import chance, evidence, histories, memory, retail_books, retail_mapping, retail_reader
from ops.trials.receiving import POSTED_AT_ONCE, auditor, gathered, timelines
from ops.trials.retail_mapping import Back, Order, Plan, material_code, order_number
from ops.trials.retail_scripts import OF_SOURCE, OrderScript, ReturnScript, rejected
from ops.trials.retail_stock import count_in, storage_place

RETURN = "sales_return"
COURSES: tuple[tuple[int, Course], ...] = ((3, "short"), (6, "refused"), (7, "box_missing"))
"""Of a hundred orders without a return: three picked short, three refused in part, one with a box missing."""
ENDS: Mapping[Course, str] = {
    "usual": "completed",
    "short": "completed",
    "refused": "completed",
    "box_missing": "difference",
}


def course(planned: Plan, order: Order) -> Course:
    """What happens to an order; those that something comes back of leave as usual."""
    if any(back.order == order.number for back in planned.returns):
        return "usual"
    drawn = chance.number(100, "course", order.number)
    found: Course = next((name for below, name in COURSES if drawn < below), "usual")
    one_is_off = found in {"short", "refused"} and not any(n > 1 for n in order.quantities.values())
    return "usual" if one_is_off else found


@dataclass
class Expected:
    """What the plan says must be in the books afterwards."""

    outcomes: Counter[str] = field(default_factory=Counter)
    lines: dict[tuple[str, str], tuple[int, int, int]] = field(default_factory=dict)
    """(order, material) -> ordered, shipped, returned."""
    courses: dict[str, Course] = field(default_factory=dict)
    """By order. Of a `refused` one a piece stays here, of a `short` one where nothing else is free."""
    beyond: int = 0
    refused: int = 0
    rejected: int = 0

    @classmethod
    def of(cls, planned: Plan) -> "Expected":
        expected = cls()
        back: Counter[tuple[str, str]] = Counter()
        for one in planned.returns:
            expected.outcomes[f"completed: {'returned' if one.quantities else 'not_returned'}"] += 1
            expected.beyond += len(one.beyond)
            for code, quantity in one.quantities.items():
                back[one.order, code] += quantity
                expected.rejected += quantity if rejected(one, material_code(code)) else 0
        for order in planned.orders:
            went = course(planned, order)
            expected.outcomes[f"completed: {ENDS[went]}"] += 1
            expected.courses[order_number(order.number)] = went
            expected.refused += went == "refused"
            for code, quantity in order.quantities.items():
                shipped = 0 if went == "box_missing" else quantity
                key = order_number(order.number), material_code(code)
                expected.lines[key] = quantity, shipped, back[order.number, code]
        return expected

    def wrong(self, found: Mapping[tuple[str, str], tuple[int, int, int]]) -> dict[str, Any]:
        """Order lines that differ from the plan, but for the one piece of an order that may stay here."""
        missing = {key: (line, found.get(key)) for key, line in self.lines.items() if found.get(key) != line}
        stayed = self.stayed(found)
        twice = {number for number, n in Counter(number for number, _ in stayed).items() if n > 1}
        kept = {key for key in stayed if key[0] not in twice}
        wrong = {key: pair for key, pair in missing.items() if key not in kept}
        for number, went in self.courses.items():
            if went == "refused" and not any(key[0] == number for key in kept):
                wrong[number, "the piece that the review refused"] = ((1, 0, 0), None)
        return {" ".join(key): {"expected": line, "found": got} for key, (line, got) in wrong.items()}

    def stayed(self, found: Mapping[tuple[str, str], tuple[int, int, int]]) -> dict[tuple[str, str], Course]:
        """The lines of orders picked short or refused in part that left with one piece less."""
        return {
            (number, code): self.courses[number]
            for (number, code), (ordered, shipped, back) in self.lines.items()
            if self.courses[number] in {"short", "refused"}
            and found.get((number, code)) == (ordered, shipped - 1, back)
        }


async def run(orders: int = 300, at_once: int = 6) -> dict[str, Any]:
    """Post, run and check so many orders, `at_once` at a time."""
    source = retail_reader.read()
    planned = retail_mapping.plan(source.lines, orders)
    with private_instance() as instance:
        figures = await play(instance, planned, at_once)
    return {
        "orders": len(planned.orders),
        "source": dict(source.oddities),
        "plan": dict(planned.oddities),
        **figures,
    }


async def play(instance: PrivateInstance, planned: Plan, at_once: int) -> dict[str, Any]:
    """Play the plan on an installation and check it."""
    settings = Settings(home=instance.home)
    with evidence.look(addresses.owner_database_url(settings)) as session:
        before = evidence.Books.of(session)
        async with (
            CompanyClient(instance.base_url, instance.company) as client,
            memory.sampled(instance) as used,
        ):
            trial = Trial(client, Staff(client, client.person(auditor(instance.company))), planned, at_once)
            marks = [time.monotonic()]
            for stage in (trial.prepare(settings), trial.ship(), trial.bill(), trial.take_back()):
                await stage
                marks.append(time.monotonic())
            shown = await timelines(trial.staff, trial.ended)
        expected, lines_found = Expected.of(planned), retail_books.by_order_line(session)
        found = retail_books.contradictions(session, before.runs)
        ends, stock = before.outcomes(session), retail_books.stock(session, retail_mapping.MAKER)
        papers, rows = retail_books.documents(session), evidence.counts(session)
    engine = await histories.read_when_complete(instance.home, [run["id"] for run in trial.ended])
    wrong, stayed = expected.wrong(lines_found), Counter(expected.stayed(lines_found).values())
    beyond = sum(n for what, n in trial.asked.items() if what.startswith(OF_SOURCE))
    taken = {what: number for what, number in trial.asked.items() if not what.count("refused") and number}
    seconds = {
        name: round(after - was, 1)
        for name, was, after in zip(
            ("prepared", "shipped", "billed", "returned"), marks, marks[1:], strict=False
        )
    }
    lines = sum(len(order.quantities) for order in planned.orders)
    return {
        "ok": not wrong
        and not any(found.values())
        and not taken
        and beyond == expected.beyond
        and not shown["runs_without"]
        and not engine.incomplete
        and ends == dict(sorted(expected.outcomes.items()))
        and stock.get("rejected", 0) == expected.rejected + expected.refused,
        "order_lines": lines,
        "units": sum(planned.needed.values()),
        "returns": len(planned.returns),
        "master_data": {
            "customers": len({o.customer for o in planned.orders}),
            "materials": len(planned.names),
        },
        "courses": dict(sorted(Counter(course(planned, order) for order in planned.orders).items())),
        "runs": ends,
        "documents": papers,
        "order_lines_wrong": wrong,
        "one_piece_stayed_here": dict(stayed),
        "stock": stock,
        "refusals_wanted": dict(sorted(trial.asked.items())),
        "contradictions": found,
        "timelines": shown,
        "engine_histories": engine.report(),
        "rows": rows,
        "done": dict(sorted(trial.staff.done.items())),
        "refused_and_tried_again": dict(sorted(trial.staff.refused.items())),
        "seconds": seconds,
        "rates": {"order_lines_per_second": round(lines / seconds["shipped"], 2)},
        "calls": client.figures.report(),
        "memory": used.report(),
    }


@dataclass
class Trial:
    """The stages, one after another; `asked` is what doors said to what they must refuse."""

    client: CompanyClient
    staff: Staff
    planned: Plan
    at_once: int
    ended: list[dict[str, Any]] = field(default_factory=list)
    asked: Counter[str] = field(default_factory=Counter)
    gtins: dict[str, str] = field(default_factory=dict)

    async def prepare(self, settings: Settings) -> None:
        """Master data by the administrator, stock as counted, orders by the integrator."""
        administrator, integrator = self.client.administrator(), self.client.program()
        for path, bodies in (
            ("/parties", retail_mapping.parties(self.planned)),
            ("/materials", retail_mapping.materials(self.planned)),
        ):
            await gathered([administrator.post(path, body) for body in bodies], POSTED_AT_ONCE)
        await count_in(settings, self.client.company, self.planned)
        self.gtins = retail_mapping.gtins(self.planned)
        bodies = [retail_mapping.sales_order(order, MAIN) for order in self.planned.orders]
        await gathered([integrator.post("/documents/sales-orders", body) for body in bodies], POSTED_AT_ONCE)

    async def ship(self) -> None:
        """A run for each order, the longest first: nobody waits for one at the end."""
        longest_first = sorted(self.planned.orders, key=lambda order: -len(order.quantities))
        self.ended += await gathered([self._ship(order) for order in longest_first], self.at_once)

    async def _ship(self, order: Order) -> dict[str, Any]:
        inputs = {"sales_order": order_number(order.number)}
        run = await self.client.program().post("/runs", {"sop": outbound_script.SOP, "inputs": inputs})
        script = OrderScript(course(self.planned, order), self.gtins)
        return await self.staff.work_off(run["id"], script)

    async def bill(self) -> None:
        """An invoice for each shipment, first for one unit too many; its shipping note is printed."""
        gone = [order for order in self.planned.orders if course(self.planned, order) != "box_missing"]
        await gathered([self._bill(order) for order in gone], self.at_once)

    async def _bill(self, order: Order) -> None:
        integrator, number = self.client.program(), f"CK-{order_number(order.number)}"
        head = await integrator.get(f"/documents/{number}", limit=200)
        sent, after = head["lines"]["items"], head["lines"]["next"]
        while after is not None:
            page = await integrator.get(f"/documents/{number}", limit=200, after=after)
            sent, after = sent + page["lines"]["items"], page["lines"]["next"]
        lines = [
            {
                "line": at,
                "shipment_line": line["line_no"],
                "material": line["material"],
                "batch": line["batch_number"],
                "quantity": line["quantity"],
                "unit": retail_mapping.UNIT,
            }
            for at, line in enumerate((line for line in sent if line["quantity"]), 1)
        ]
        body = {
            "number": f"FP-{number}",
            "customer": retail_mapping.customer_code(order.customer),
            "shipment": number,
            "invoiced_on": f"{datetime.now(UTC):%Y-%m-%d}",
        }
        more = [{**lines[0], "quantity": lines[0]["quantity"] + 1}, *lines[1:]]
        await self._must_be_refused("invoice for one more", "/documents/invoices", {**body, "lines": more})
        await integrator.post("/documents/invoices", {**body, "lines": lines})

    async def take_back(self) -> None:
        """A return run for each order that something came back of; two of one shipment one after another."""
        site = await self.staff.watcher.get(f"/sites/{MAIN}")
        place = storage_place(site)
        of_order: dict[str, list[Back]] = {}
        for back in self.planned.returns:
            of_order.setdefault(back.order, []).append(back)
        works = [self._take_back(backs, place) for backs in of_order.values()]
        for ended in await gathered(works, self.at_once):
            self.ended += ended
        for number in self.planned.without_sale:
            body = {"sop": RETURN, "inputs": {"shipment": f"CK-{order_number(number)}"}}
            await self._must_be_refused("return without a sale", "/runs", body)

    async def _take_back(self, backs: list[Back], place: str) -> list[dict[str, Any]]:
        ended = []
        for back in backs:
            inputs = {"shipment": f"CK-{order_number(back.order)}"}
            script = ReturnScript(back, place, self.gtins)
            try:
                run = await self.client.program().post("/runs", {"sop": RETURN, "inputs": inputs})
            except Refused as refusal:
                self.asked[f"return: refused {refusal.code}"] += 1
                continue
            ended.append(await self.staff.work_off(run["id"], script))
            self.asked += script.asked
            told = sum(n for what, n in script.asked.items() if what.startswith(OF_SOURCE))
            self.asked[f"{OF_SOURCE}: refused, nothing of it can come back any more"] += (
                len(back.beyond) - told
            )
        return ended

    async def _must_be_refused(self, what: str, path: str, body: dict[str, Any]) -> None:
        try:
            await self.client.program().post(path, body)
        except Refused as refusal:
            self.asked[f"{what}: refused {refusal.code}"] += 1
        else:
            self.asked[f"{what}: taken"] += 1
