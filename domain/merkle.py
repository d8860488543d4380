"""Domain: Merkle trees as in RFC 6962, section 2.1 - a root over a list, and a proof for one of its entries.

Entries are bytes. A leaf is SHA-256 of 0x00 and the entry, a node SHA-256 of 0x01 and its two children; a
list is split at the largest power of two below its length. The root of nothing is SHA-256 of nothing.
"""

import hashlib
from collections.abc import Sequence


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _split(count: int) -> int:
    """The largest power of two that is smaller than `count` (2 or more)."""
    return 1 << ((count - 1).bit_length() - 1)


def merkle_root(entries: Sequence[bytes]) -> bytes:
    """The root of the tree over `entries`, in their order."""
    level = [leaf_hash(entry) for entry in entries]
    if not level:
        return hashlib.sha256(b"").digest()
    while len(level) > 1:  # pairing level by level, an odd last one carried up, is the split of the RFC
        paired = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = [*paired, *level[len(paired) * 2 :]]
    return level[0]


def audit_path(index: int, entries: Sequence[bytes]) -> list[bytes]:
    """The hashes that lead from the entry at `index` to the root, the nearest first (RFC 6962, 2.1.1)."""
    if not 0 <= index < len(entries):
        raise IndexError(index)
    if len(entries) == 1:
        return []
    cut = _split(len(entries))
    if index < cut:
        return [*audit_path(index, entries[:cut]), merkle_root(entries[cut:])]
    return [*audit_path(index - cut, entries[cut:]), merkle_root(entries[:cut])]


def root_by_path(entry: bytes, index: int, count: int, path: Sequence[bytes]) -> bytes:
    """The root that `path` gives for `entry` at `index` of `count`; ValueError: too short or too long."""
    if not 0 <= index < count:
        raise ValueError("index beyond the list")
    found, at, last = leaf_hash(entry), index, count - 1
    for beside in path:
        if last == 0:
            raise ValueError("path too long")
        if at % 2 or at == last:
            found = _node(beside, found)
            while at % 2 == 0 and at:
                at, last = at >> 1, last >> 1
        else:
            found = _node(found, beside)
        at, last = at >> 1, last >> 1
    if last:
        raise ValueError("path too short")
    return found


class MerkleTree:
    """All nodes of the tree over `entries`, for who wants the paths of many of them."""

    def __init__(self, entries: Sequence[bytes]) -> None:
        self.levels = [[leaf_hash(entry) for entry in entries]]
        while len(level := self.levels[-1]) > 1:
            paired = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
            self.levels.append([*paired, *level[len(paired) * 2 :]])

    def path(self, index: int) -> list[bytes]:
        """The same as `audit_path`."""
        if not 0 <= index < len(self.levels[0]):
            raise IndexError(index)
        found = []
        for level in self.levels[:-1]:
            beside = index ^ 1
            if beside < len(level):  # an odd last one is carried up alone
                found.append(level[beside])
            index >>= 1
        return found
