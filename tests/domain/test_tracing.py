"""A trace as a graph: nothing is lost or made between the table and the picture."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.tracing import FOLDED, Passage, folded, graph

BEGAN = datetime(2026, 11, 1, tzinfo=UTC)
KINDS = ("internal", "supplier", "customer", "transit", "destroyed", "sample", "count")
ends = st.sampled_from(KINDS)


def passage(batch: str, source: str, target: str, quantity: int, day: int, who: int) -> Passage:
    at = BEGAN + timedelta(days=day)
    return Passage(
        batch,
        "issue",
        quantity,
        at,
        at,
        source,
        target,
        f"SH{who % 2}",
        (f"p{who}", f"单位{who}"),
        ("d1", "T-1"),
    )


passages = st.lists(
    st.builds(
        passage, st.sampled_from("ab"), ends, ends, st.integers(1, 99), st.integers(0, 30), st.integers(0, 3)
    )
)


@given(passages)
def test_every_passage_is_in_one_edge_between_two_nodes(given_rows: list[Passage]) -> None:
    nodes, edges = graph(given_rows)
    ids = [node.id for node in nodes]
    assert len(set(ids)) == len(ids)
    assert {end for edge in edges for end in (edge.source, edge.target)} == set(ids)
    keys = [(edge.source, edge.target, edge.batch) for edge in edges]
    assert len(set(keys)) == len(keys)
    wanted: Counter[str] = Counter()
    for one in given_rows:
        wanted[one.batch] += one.quantity
    told: Counter[str] = Counter()
    for edge in edges:
        told[edge.batch] += edge.quantity
        assert edge.first_at <= edge.last_at
    assert told == wanted


def test_nodes_are_partners_sites_what_is_on_the_way_and_what_is_gone() -> None:
    rows = [
        passage("a", "supplier", "internal", 9, 0, 0),
        passage("a", "internal", "transit", 5, 1, 0),
        passage("a", "transit", "internal", 5, 2, 1),
        passage("a", "internal", "destroyed", 1, 3, 1),
    ]
    nodes, edges = graph(rows)
    assert [node.id for node in nodes] == [
        "party:p0", "site:SH0", "transit:d1", "site:SH1", "outside:destroyed",
    ]  # fmt: skip
    assert [(edge.source, edge.quantity) for edge in edges] == [
        ("party:p0", 9), ("site:SH0", 5), ("transit:d1", 5), ("site:SH1", 1),
    ]  # fmt: skip
    assert graph([]) == ([], [])


@given(passages, st.integers(3, 8))
def test_folding_keeps_every_piece_and_leaves_no_arrow_without_ends(
    given_rows: list[Passage], most: int
) -> None:
    nodes, edges = graph(given_rows)
    few, told, more = folded(nodes, edges, most)
    assert {end for edge in told for end in (edge.source, edge.target)} <= {node.id for node in few}
    assert sum(edge.quantity for edge in told) == sum(edge.quantity for edge in edges)
    assert len(few) - len(more) + sum(more.values()) == len(nodes)
    fixed = [node for node in nodes if node.kind not in FOLDED]
    assert len(few) <= max(most, len(fixed) + 3)
    assert len(nodes) > most or (few, told, more) == (nodes, edges, {})
