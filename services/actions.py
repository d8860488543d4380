"""Services: the registry of actions - catalogue name to function, and undo name to function.

A test compares it with domain/action_catalogue.py: every entry has exactly one implementation.
"""

from collections.abc import Mapping

from services import (
    destruction,
    expiry,
    holds,
    maintenance,
    purchase_return,
    purchase_return_pick,
    quality_hold,
    recall_closing,
    recall_consignees,
    recall_scope,
    recall_seal,
    retention_deletion,
    sales_return,
    sales_return_goods,
    shipping_handover,
    stocktake_adjust,
    stocktake_compare,
    stocktake_plan,
    stocktake_record,
    transfer_arrival,
    transfer_differences,
    transfer_receipt,
    transfers,
)
from services.action_context import ActionFunction, UndoFunction
from services.outbound_allocation import allocate_order, release_allocation
from services.outbound_orders import release_order, reopen_order
from services.outbound_reallocation import reallocate, restore_allocation
from services.receiving_acceptance import record_acceptance
from services.receiving_booking import book_in, reverse_booking
from services.receiving_match import cancel_receipt, match_order
from services.receiving_refusal import keep_on_hold, refuse_delivery
from services.receiving_sampling import draw
from services.receiving_waiting import place_in_waiting_zone, return_from_waiting_zone
from services.shipping_back import put_back, return_pick
from services.shipping_packing import pack, unpack
from services.shipping_pick import list_rest, record_pick
from services.shipping_refused import settle_refused
from services.shipping_review import record_review, undo_review

ACTIONS: Mapping[str, ActionFunction] = {
    "destruction.book": destruction.book,
    "destruction.prepare": destruction.prepare,
    "destruction.propose": destruction.propose,
    "expiry.list_near": expiry.list_near,
    "expiry.lock_expired": expiry.lock_expired,
    "holds.close": holds.close_holds,
    "holds.open": holds.open_holds,
    "maintenance.list": maintenance.list_positions,
    "outbound.allocate": allocate_order,
    "outbound.check_issuable": shipping_handover.check_issuable,
    "outbound.hand_over": shipping_handover.hand_over,
    "outbound.issue": shipping_handover.issue,
    "outbound.list_rest": list_rest,
    "outbound.load": shipping_handover.load,
    "outbound.pack": pack,
    "outbound.put_back": put_back,
    "outbound.reallocate": reallocate,
    "outbound.record_pick": record_pick,
    "outbound.record_review": record_review,
    "outbound.settle_refused": settle_refused,
    "purchase_return.book": purchase_return.book,
    "purchase_return.list_missing": purchase_return_pick.list_missing,
    "purchase_return.prepare": purchase_return.prepare,
    "purchase_return.propose": purchase_return.propose,
    "purchase_return.withdraw": purchase_return_pick.withdraw,
    "quality.hold_batch": quality_hold.hold_batch,
    "quality.reject_batch": quality_hold.reject_batch,
    "quality.release_batch": quality_hold.release_batch,
    "recall.acknowledge": recall_consignees.acknowledge,
    "recall.balance": recall_closing.balance,
    "recall.close": recall_closing.close,
    "recall.conclude": recall_closing.conclude,
    "recall.consignees": recall_consignees.list_consignees,
    "recall.move_stock": recall_seal.move_stock,
    "recall.notify": recall_consignees.notify,
    "recall.open": recall_scope.open_recall,
    "recall.record_answer": recall_consignees.record_answer,
    "recall.seal": recall_seal.seal,
    "recall.stock_by_site": recall_closing.stock_by_site,
    "recall.take_back": recall_consignees.take_back,
    "receiving.book_in": book_in,
    "receiving.draw_samples": draw,
    "receiving.keep_on_hold": keep_on_hold,
    "receiving.match_order": match_order,
    "receiving.place_in_waiting_zone": place_in_waiting_zone,
    "receiving.record_acceptance": record_acceptance,
    "receiving.refuse_delivery": refuse_delivery,
    "retention.delete_bodies": retention_deletion.delete_bodies,
    "retention.propose": retention_deletion.propose,
    "sales.release_order": release_order,
    "sales_return.open": sales_return.open_return,
    "sales_return.receive": sales_return_goods.receive,
    "sales_return.request": sales_return.request,
    "sales_return.settle": sales_return_goods.settle,
    "stocktake.adjust": stocktake_adjust.adjust,
    "stocktake.assess": stocktake_compare.assess,
    "stocktake.compare": stocktake_compare.compare,
    "stocktake.plan": stocktake_plan.plan,
    "stocktake.record": stocktake_record.record,
    "transfer.allocate": transfers.allocate_transfer,
    "transfer.book_in": transfer_arrival.book_in,
    "transfer.dispatch": transfers.dispatch,
    "transfer.receive": transfer_receipt.receive,
    "transfer.reject_all": transfer_arrival.reject_all,
    "transfer.return_surplus": transfer_differences.return_surplus,
    "transfer.stop": transfers.stop,
}

UNDOS: Mapping[str, UndoFunction] = {
    "destruction.cancel": destruction.cancel,
    "holds.close": holds.undo_open,
    "outbound.release_allocation": release_allocation,
    "outbound.restore_allocation": restore_allocation,
    "outbound.return_pick": return_pick,
    "outbound.take_back": shipping_handover.take_back,
    "outbound.undo_review": undo_review,
    "outbound.unload": shipping_handover.unload,
    "outbound.unpack": unpack,
    "purchase_return.cancel": purchase_return.cancel,
    "quality.undo_hold": quality_hold.undo_hold,
    "quality.undo_rejection": quality_hold.undo_rejection,
    "recall.withdraw": recall_scope.withdraw,
    "receiving.cancel_receipt": cancel_receipt,
    "receiving.return_from_waiting_zone": return_from_waiting_zone,
    "receiving.reverse_booking": reverse_booking,
    "sales.reopen_order": reopen_order,
    "sales_return.cancel": sales_return.cancel,
    "sales_return.undo_settlement": sales_return_goods.undo_settlement,
    "stocktake.cancel_plan": stocktake_plan.cancel_plan,
    "stocktake.reverse_adjustment": stocktake_adjust.reverse_adjustment,
    "transfer.release": transfers.release_transfer,
    "transfer.return_dispatch": transfers.return_dispatch,
    "transfer.return_receipt": transfer_receipt.return_receipt,
    "transfer.reverse_booking": transfer_arrival.reverse_booking,
}
