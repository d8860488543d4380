"""UI pages: a flowchart on paper - one page, standing or lying, or cut into several that can be read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.sop_layout import Box

PAGE = (190.0, 255.0)
"""What an A4 page has for the picture, in mm."""
LEAST = 1.9
"""The least size of type on paper, in mm."""
GOOD = 2.2
"""The size of type, in mm, down to which a picture is made smaller to save a page."""
KEPT = 120.0
"""How high a box is at most that is never cut, in the picture's pixels; larger ones are groups."""
BROAD = 860.0
"""How broad a picture is at least that is cut: a narrow one is not blown up."""


@dataclass(frozen=True)
class Paper:
    """How a picture is printed: lying or not, or in slices (from where, how high) that begin at `left`."""

    lying: bool
    slices: Sequence[tuple[float, float]] = ()
    left: float = 0.0


def paper_for(width: float, height: float, boxes: Iterable[Box], type_size: float) -> Paper:
    """The paper for a picture of this size in pixels; `boxes` are not to be cut."""
    lying = width > height
    page = PAGE[::-1] if lying else PAGE
    if min(page[0] / width, page[1] / height) * type_size >= LEAST:
        return Paper(lying)
    kept = [box for box in boxes if box.height < KEPT]
    least, most = max(width, BROAD), PAGE[0] * type_size / GOOD
    tried = [(_slices(kept, broad, height), broad) for broad in (least, *_between(least, most))]
    slices, broad = min(tried, key=lambda one: (len(one[0]), one[1]))
    return Paper(lying=False, slices=slices, left=round((width - broad) / 2, 1))


def _between(least: float, most: float) -> list[float]:
    """Somewhat broader than need be: a little smaller in print, if that saves a page."""
    return [least * part for part in (1.05, 1.1, 1.15, 1.2, 1.25) if least * part <= most]


def _slices(kept: Sequence[Box], broad: float, height: float) -> list[tuple[float, float]]:
    """Cuts between boxes, where that is possible."""
    most, found, top = broad * PAGE[1] / PAGE[0], [], 0.0
    while top < height:
        low = min(top + most, height)
        cut = low
        while top + most / 2 < cut < height and any(box.y - 4 < cut < box.y + box.height + 4 for box in kept):
            cut -= 2
        cut = cut if cut > top + most / 2 else low
        found.append((round(top, 1), round(cut - top, 1)))
        top = cut
    return found
