"""Merkle trees as RFC 6962 has them."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.merkle import audit_path, leaf_hash, merkle_root, root_by_path

# Entries and roots of the reference implementation of RFC 6962 (certificate-transparency, merkle tree tests).
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        *("", "00", "10", "2021", "3031", "40414243"),
        *("5051525354555657", "606162636465666768696a6b6c6d6e6f"),
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_the_roots_are_those_of_the_reference() -> None:
    assert merkle_root([]) == hashlib.sha256(b"").digest()
    for count, root in enumerate(ROOTS, 1):
        assert merkle_root(ENTRIES[:count]).hex() == root


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
def test_a_path_leads_to_the_root(entries: list[bytes], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(entries) - 1))
    path = audit_path(index, entries)
    assert root_by_path(entries[index], index, len(entries), path) == merkle_root(entries)
    assert root_by_path(entries[index] + b"!", index, len(entries), path) != merkle_root(entries)
    if path:
        with pytest.raises(ValueError, match="short"):
            root_by_path(entries[index], index, len(entries), path[:-1])
    with pytest.raises(ValueError, match="long"):
        root_by_path(entries[index], index, len(entries), [*path, leaf_hash(b"")])


@pytest.mark.parametrize("index", [-1, 3])
def test_an_index_beyond_the_list_is_refused(index: int) -> None:
    with pytest.raises(IndexError):
        audit_path(index, ENTRIES[:3])
    with pytest.raises(ValueError, match="beyond"):
        root_by_path(b"", index, 3, [])
