"""UI designer: what the system can do, by area of work, as it is chosen from."""

from __future__ import annotations

from domain.action_catalogue import CATALOGUE
from ui.contexts.parts import Option
from ui.translation import Translations, mark

AREAS = {
    mark("Receiving and acceptance"): ("receiving",),
    mark("Stock: maintenance and expiry"): ("maintenance", "expiry"),
    mark("Holds and quality"): ("holds", "quality"),
    mark("Sales and outbound"): ("sales", "outbound"),
    mark("Transfers between sites"): ("transfer",),
    mark("Stocktakes"): ("stocktake",),
    mark("Returns from customers"): ("sales_return",),
    mark("Returns to suppliers"): ("purchase_return",),
    mark("Recalls"): ("recall",),
    mark("Goods destroyed"): ("destruction",),
    mark("Records kept and deleted"): ("retention",),
}
"""The nouns before the dot of an action's name, by the words over them."""
SHOWN = 140


def actions_by_area(words: Translations) -> list[Option]:
    """Every action under the words of its area; one of an area without words stands at the end."""
    ranks = {noun: rank for rank, nouns in enumerate(AREAS.values()) for noun in nouns}
    said = [words.gettext(area) for area in AREAS]
    by_area = sorted(CATALOGUE.items(), key=lambda one: (ranks.get(_noun(one[0]), len(said)), one[0]))
    return [
        Option(
            name,
            f"{words.pick(spec.title)} – {words.pick(spec.description)}"[:SHOWN],
            said[ranks[_noun(name)]] if _noun(name) in ranks else "",
        )
        for name, spec in by_area
    ]


def _noun(name: str) -> str:
    return name.partition(".")[0]
