"""Domain: which cartons are opened at acceptance (GSP 76-78, annex 4). Knows numbers and a seed, no batch.

Per batch: two cartons or fewer, all; up to fifty, three; beyond, one more per further fifty or part of it.
Abnormal goods are sampled double. A loose (opened, partial) carton is always opened.
"""

import hashlib
from collections.abc import Iterator

ALL_UP_TO = 2
THREE_UP_TO = 50
PACKS_PER_CARTON = 3
"""Smallest packs from each opened carton, from different places (upper, middle, lower)."""


def cartons_to_open(cartons: int, *, abnormal: bool = False) -> int:
    """How many full cartons of one batch are opened."""
    if cartons < 0:
        raise ValueError(f"{cartons} cartons")
    if cartons <= ALL_UP_TO:
        return cartons
    further = max(0, cartons - THREE_UP_TO)
    wanted = 3 + -(-further // 50)
    return min(cartons, wanted * 2 if abnormal else wanted)


def draw_samples(cartons: int, *, loose: bool, abnormal: bool, seed: str) -> tuple[int, ...]:
    """The numbers of the cartons to open, 1 to `cartons`, in order; a loose carton is the last one.

    The same seed draws the same cartons for ever: SHA-256 of `seed:n` is the source of chance, and every
    choice of cartons is equally likely.
    """
    if cartons < int(loose):
        raise ValueError("a loose carton is one of the cartons")
    full = cartons - int(loose)
    drawn = draw_numbers(full, cartons_to_open(full, abnormal=abnormal), seed)
    return (*drawn, cartons) if loose else drawn


def draw_numbers(count: int, wanted: int, seed: str) -> tuple[int, ...]:
    """`wanted` numbers out of 1 to `count`, in order: the same seed draws the same for ever."""
    numbers = list(range(1, count + 1))
    chance = _chance(seed)
    wanted = min(wanted, count)
    for place in range(wanted):  # the first `wanted` steps of a Fisher-Yates shuffle
        other = place + _below(count - place, chance)
        numbers[place], numbers[other] = numbers[other], numbers[place]
    return tuple(sorted(numbers[:wanted]))


def _chance(seed: str) -> Iterator[int]:
    """Numbers of 64 bits, for ever the same for a seed."""
    count = 0
    while True:
        digest = hashlib.sha256(f"{seed}:{count}".encode()).digest()
        for start in range(0, len(digest), 8):
            yield int.from_bytes(digest[start : start + 8])
        count += 1


def _below(limit: int, chance: Iterator[int]) -> int:
    """A number from 0 to `limit` - 1, all equally likely: numbers of the uneven rest are passed over."""
    fair = 2**64 - 2**64 % limit
    return next(number for number in chance if number < fair) % limit
