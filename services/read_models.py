"""Services: what services hand out of the read side, by name, so that doors can type it without any db."""

from db.queries.batches import BatchCard
from db.queries.master import MaterialRow, PartyRow
from db.queries.organisation import PersonRow, PostRow
from db.queries.stock import StockRow
from db.queries.transit import InTransit

__all__ = ["BatchCard", "InTransit", "MaterialRow", "PartyRow", "PersonRow", "PostRow", "StockRow"]
