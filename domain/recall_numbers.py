"""Domain: batch numbers and ranges of them as recall notices write them. Knows no table.

`4087202-4087203` is two batches, `2038-1537` one number with a hyphen, `209202-2093203` a slip of somebody's
keyboard. What may be read in more than one way says so (`doubt`); nothing is guessed in silence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

NUMBER = r"[A-Za-z0-9]+(?:[-/_.@][A-Za-z0-9]+)*"
"""One number as it is printed: letters and digits, with signs between them."""
MANY = 100
"""A range of more batches than this is doubted: it may be a number with a hyphen."""
LONGEST = 100_000
_RUNS = re.compile(r"[0-9]+|[^0-9]+")
_ALIKE = str.maketrans("OQILSBZ", "0011582")
_SIGNS = re.compile(r"[^0-9A-Z]+")


@dataclass(frozen=True)
class LotRange:
    """All numbers from `first` to `last`, which differ in one run of digits; both ends are included.

    `doubt` names why a person has to look: `many`, `hyphen` (perhaps one number), `letters` (the ends differ
    in more than one run of digits, so only what lies between them in the books can be found).
    """

    first: str
    last: str
    doubt: str | None = None

    @property
    def size(self) -> int | None:
        """How many batches the range names; None when it cannot be counted out."""
        found = _difference(self.first, self.last)
        return None if found is None else found[2] - found[1] + 1

    def numbers(self) -> Iterator[str]:
        """Every number of the range in order; none when it cannot be counted out."""
        found = _difference(self.first, self.last)
        if found is None:
            return
        at, low, high, width = found
        before, after = self.first[:at], self.first[at + width :]
        for value in range(low, high + 1):
            yield f"{before}{value:0{width}d}{after}"

    def holds(self, number: str) -> bool:
        """Whether a batch of this number lies in the range."""
        key, first, last = same(number), same(self.first), same(self.last)
        if _shape(key) != _shape(first):
            return False
        found = _difference(first, last)
        if found is None:
            return first <= key <= last
        at, low, high, width = found
        return (
            key[:at] == first[:at]
            and key[at + width :] == first[at + width :]
            and low <= int(key[at : at + width]) <= high
        )


class BrokenRange(ValueError):
    """The text looks like a range, and its ends do not make one."""


def same(number: str) -> str:
    """The number as two people write it alike: capitals, no blanks."""
    return re.sub(r"\s+", "", number).upper()


def alike(number: str) -> str:
    """What is left when look-alikes (O and 0, I and 1 ...) and signs are taken for the same."""
    return _SIGNS.sub("", same(number)).translate(_ALIKE)


def range_of(first: str, last: str, *, hyphen: bool) -> LotRange | None:
    """The range between two ends, or None when a hyphen stands inside one number.

    A shorter last end replaces the tail of the first (`TV070073-0079`, `VNT16 I003-I005`). With a sign that
    only ever joins ranges (`~`, 至, "to") there is no other reading: BrokenRange then, as for ends of
    long digits that differ in length (`209202-2093203`).
    """
    short = len(last) < len(first)
    whole = first[: len(first) - len(last)] + last if short else last
    low, high = same(first), same(whole)
    found = _difference(low, high)
    if found is not None and found[1] < found[2] and found[2] - found[1] < LONGEST:
        return LotRange(first, whole, _doubt(first, last, found[2] - found[1] + 1, hyphen=hyphen))
    if len(first) == len(last) and low < high and _shape(low) == _shape(high) and _lettered(first, last):
        return LotRange(first, last, "letters")
    if not hyphen or _slip(first, last):
        raise BrokenRange(f"{first} {last}")
    return None


def _doubt(first: str, last: str, size: int, *, hyphen: bool) -> str | None:
    if size > MANY:
        return "many"
    if hyphen and len(last) < len(first) and len(last) <= 2:  # noqa: PLR2004
        return "hyphen"
    return None


def _lettered(first: str, last: str) -> bool:
    """Ends that carry letters and digits in the same places, and more than a few signs."""
    return len(first) >= 5 and any(c.isalpha() for c in first) and any(c.isdigit() for c in last)  # noqa: PLR2004


def _slip(first: str, last: str) -> bool:
    """Ends of long digits whose lengths differ by one, or that run backwards: a digit is missing or wrong."""
    if not (first.isdigit() and last.isdigit() and min(len(first), len(last)) >= 6):  # noqa: PLR2004
        return False
    return abs(len(first) - len(last)) <= 1


def _shape(number: str) -> str:
    return "".join("9" if c.isdigit() else "A" if c.isalpha() else c for c in number)


def _difference(first: str, last: str) -> tuple[int, int, int, int] | None:
    """Place, low, high and width of the one run of digits in which two numbers of a shape differ."""
    ours, others = list(_RUNS.finditer(first)), _RUNS.findall(last)
    if len(ours) != len(others):
        return None
    differing = [(run, other) for run, other in zip(ours, others, strict=True) if run[0] != other]
    if len(differing) != 1:
        return None
    run, other = differing[0]
    if not (run[0].isdigit() and other.isdigit()) or len(run[0]) != len(other):
        return None
    return run.start(), int(run[0]), int(other), len(run[0])
